//! What became of the debts agencies have, against what they were told last.

use std::collections::{BTreeMap, BTreeSet};

use super::{Load, Placements, debtor_print};
use crate::base::contract::invoices::INVOICE_ID;
use crate::base::contract::payments::COLLECTED_BY;
use crate::base::date::Date;
use crate::base::money::{Amount, Currency, Rate};
use crate::night::documents::{CustomerIx, MoneyKind};
use crate::night::error::NightError;
use crate::night::escalation::Rulebook;
use crate::night::escalation::block::Stops;
use crate::night::facts::placed::given_back;
use crate::night::facts::{FactTable, Subject, cell};
use crate::night::ledger::ApplicationKind;
use crate::night::memory::{PlacementRecord, Position, Recall};
use crate::night::normalise::reject::Finding;
use crate::rules::program::{Agency, Cell, Route};

/// Why a debt that is in the ledger no more is closed.
pub(super) const NOT_IN_LEDGER: &str = "not_in_ledger";
/// Why a debt of which nothing is left is closed.
pub(super) const SETTLED: &str = "settled";
/// Kind of the finding about a debt at an agency that the rules no longer know.
const WITHOUT_CONTRACT: &str = "agency_without_contract";
/// Months for which a debt is remembered after its hand-over, however it ended: figures compare agencies over two years.
pub(super) const REMEMBERED_MONTHS: i32 = 25;

/// What an agency is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub agency: String,
    pub kind: ChangeKind,
    pub customer_id: Vec<u8>,
    pub invoice_id: Vec<u8>,
    pub sequence: i64,
    /// Batch and line with which the debt was handed over.
    pub placed: (i64, i64),
    pub currency: Currency,
    /// How much more is to be collected, negative for less; `None` where no money moved.
    pub amount: Option<Amount>,
    /// What is left to be collected.
    pub balance: Amount,
    pub reason: String,
    pub due_by: Option<Date>,
}

/// What happened to a debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// The debtor paid us.
    Payment,
    /// What the agency collected arrived.
    Receipt,
    CreditNote,
    /// The invoice came to another amount.
    Correction,
    /// It was written off, sold, or is in the ledger no more; taken up again with a positive amount.
    Exit,
    Dispute,
    DisputeSettled,
    /// The debtor has another name or address.
    NewAddress,
    Insolvency,
    Recall,
    Closed,
}

impl ChangeKind {
    /// Its word in outputs.
    pub fn name(self) -> &'static str {
        match self {
            ChangeKind::Payment => "payment",
            ChangeKind::Receipt => "receipt",
            ChangeKind::CreditNote => "credit_note",
            ChangeKind::Correction => "correction",
            ChangeKind::Exit => "exit",
            ChangeKind::Dispute => "dispute",
            ChangeKind::DisputeSettled => "dispute_settled",
            ChangeKind::NewAddress => "new_address",
            ChangeKind::Insolvency => "insolvency",
            ChangeKind::Recall => "recall",
            ChangeKind::Closed => "closed",
        }
    }
}

/// Where a record's debt is among tonight's documents.
#[derive(Clone, Copy)]
pub(super) struct Place {
    customer: CustomerIx,
    /// Position among the items of the ledger.
    pub item: usize,
}

/// Brings all records up to tonight; with what agencies have to be told.
pub(super) fn bring_up(subject: &Subject<'_>, facts: &FactTable, rulebook: &Rulebook<'_>, stops: &[Stops], placements: &mut Placements) {
    // A new address is told once for all debts of a customer that an agency has.
    let mut addressed: BTreeSet<(&[u8], &str)> = BTreeSet::new();
    for before in &subject.memory.placements {
        let place = find(subject, before);
        if before.ended.is_some() {
            let is_open = place.is_some_and(|place| subject.ledger.items[place.item].open.is_positive());
            if is_open || before.placed_on.plus_months(REMEMBERED_MONTHS) > subject.as_of {
                placements.records.push(before.clone());
            }
            continue;
        }
        *placements.opening.entry(before.currency).or_default() += before.told.balance().wide();
        let mut teller = Teller { record: before.clone(), changes: &mut placements.changes };
        teller.positions(position(subject, before, place));
        let invoice = place.map(|place| subject.ledger.items[place.item].invoice);
        if let Some((on, reason)) = given_back(subject, before, invoice) {
            teller.end(on, reason);
        } else {
            if place.is_some_and(|place| teller.moved(subject, place)) && addressed.insert((&before.customer_id, &before.agency)) {
                teller.tell(ChangeKind::NewAddress, None);
            }
            if teller.record.told.balance() == Amount::ZERO {
                teller.end(subject.as_of, if place.is_some() { SETTLED } else { NOT_IN_LEDGER }.to_owned());
            } else {
                let agency = rulebook.program.routes.agency(&before.agency).map(|(_, agency)| agency);
                if agency.is_none() {
                    placements.findings.push(without_contract(before));
                }
                let reason = place.filter(|_| teller.record.recall.is_none());
                let reason = reason.and_then(|place| recalled(subject, facts, rulebook, stops, place, agency));
                if let Some(reason) = reason {
                    // The law does not wait for a contract that nobody knows any more.
                    let within = agency.map_or(0, |agency| agency.recall_within);
                    teller.recall(reason, (subject.as_of, subject.as_of.plus_days(within)));
                }
            }
        }
        *placements.closing.entry(before.currency).or_default() += closing(subject, place);
        placements.records.push(teller.record);
    }
}

/// An agency has a debt, and the rules no longer say on what terms.
fn without_contract(record: &PlacementRecord) -> Finding {
    let agency = &record.agency;
    let message = format!(
        "{agency} has it since {}, and no route names {agency}: keep the route with when: false until all is back",
        record.placed_on
    );
    let key = String::from_utf8_lossy(&record.invoice_id).into_owned();
    let amount = record.told.balance().0.saturating_mul(record.currency.thousandths());
    Finding { kind: WITHOUT_CONTRACT, table: "invoices", key, message: message.into(), amount: Some(amount) }
}

/// What is open of a debt tonight, as the ledger has it.
fn closing(subject: &Subject<'_>, place: Option<Place>) -> i128 {
    match place {
        Some(place) => subject.ledger.items[place.item].open.wide(),
        None => 0,
    }
}

/// Why a debt has to come back: the law, a hold, limitation, or a condition agreed with the agency.
fn recalled(
    subject: &Subject<'_>,
    facts: &FactTable,
    rulebook: &Rulebook<'_>,
    stops: &[Stops],
    place: Place,
    agency: Option<&Agency>,
) -> Option<String> {
    let debtor = subject.debtors.binary_search_by_key(&place.customer, |debtor| debtor.customer).ok()?;
    let claims = subject.debtors[debtor].items.clone();
    let item = claims.into_iter().find(|at| subject.open_items[*at] as usize == place.item)?;
    if let Some(reason) = stops[debtor].forbids_agency(item) {
        return Some(reason.to_owned());
    }
    let row = facts.debtor(debtor);
    let called = agency?.recall_if.iter().find(|need| need.when.holds(&row, rulebook.env))?;
    Some(called.name.clone())
}

/// A record that is brought up, with what is told of it.
struct Teller<'c> {
    record: PlacementRecord,
    changes: &'c mut Vec<Change>,
}

impl Teller<'_> {
    fn tell(&mut self, kind: ChangeKind, amount: Option<Amount>) {
        let record = &self.record;
        let due_by = (kind == ChangeKind::Recall).then(|| record.recall.as_ref().map(|recall| recall.by)).flatten();
        let has_reason = matches!(kind, ChangeKind::Recall | ChangeKind::Closed);
        self.changes.push(Change {
            agency: record.agency.clone(),
            kind,
            customer_id: record.customer_id.clone(),
            invoice_id: record.invoice_id.clone(),
            sequence: record.sequence,
            placed: (record.batch, record.line),
            currency: record.currency,
            amount,
            balance: record.told.balance(),
            reason: record.reason().filter(|_| has_reason).unwrap_or_default().to_owned(),
            due_by,
        });
    }

    fn end(&mut self, on: Date, reason: String) {
        self.record.ended = Some((on, reason));
        self.tell(ChangeKind::Closed, None);
    }

    /// Notes what the agency is to know of the debtor; whether that is new.
    fn moved(&mut self, subject: &Subject<'_>, place: Place) -> bool {
        let print = debtor_print(subject, place.customer);
        let before = std::mem::replace(&mut self.record.debtor, print);
        before != self.record.debtor
    }

    /// Tells every part that moved, one after the other, so that the balance of each change is that after it.
    fn positions(&mut self, tonight: Position) {
        let told = self.record.told;
        let moves = [
            (ChangeKind::Correction, tonight.amount - told.amount),
            (ChangeKind::CreditNote, told.credited - tonight.credited),
            (ChangeKind::Payment, told.paid - tonight.paid),
            (ChangeKind::Receipt, told.collected - tonight.collected),
            (ChangeKind::Exit, told.exited - tonight.exited),
        ];
        for (kind, amount) in moves.into_iter().filter(|(_, amount)| *amount != Amount::ZERO) {
            let told = &mut self.record.told;
            match kind {
                ChangeKind::Correction => told.amount = tonight.amount,
                ChangeKind::CreditNote => told.credited = tonight.credited,
                ChangeKind::Payment => told.paid = tonight.paid,
                ChangeKind::Receipt => told.collected = tonight.collected,
                _ => told.exited = tonight.exited,
            }
            self.tell(kind, Some(amount));
        }
        if told.disputed != tonight.disputed {
            self.record.told.disputed = tonight.disputed;
            let kind = if tonight.disputed.is_positive() { ChangeKind::Dispute } else { ChangeKind::DisputeSettled };
            self.tell(kind, None);
        }
    }

    fn recall(&mut self, reason: String, (on, by): (Date, Date)) {
        let is_insolvency = reason == "guard:insolvency";
        self.record.recall = Some(Recall { on, by, reason });
        if is_insolvency {
            self.tell(ChangeKind::Insolvency, None);
        }
        self.tell(ChangeKind::Recall, None);
    }
}

pub(super) fn find(subject: &Subject<'_>, record: &PlacementRecord) -> Option<Place> {
    let documents = subject.documents;
    let at = documents.customer_ids.binary_search_by(|id| (*id).cmp(&record.customer_id)).ok()?;
    let customer = u32::try_from(at).ok()?;
    let id_of = |invoice: usize| {
        let row = documents.invoices[invoice].row as usize;
        subject.shard.invoices.text(INVOICE_ID, row).unwrap_or_default()
    };
    let range = documents.invoices.range(customer);
    let first = range.start;
    let found = first + range.collect::<Vec<_>>().binary_search_by(|at| id_of(*at).cmp(&record.invoice_id)).ok()?;
    let invoice = &documents.invoices[found];
    // An amount in another currency is another debt.
    let items = invoice.first_item as usize..(invoice.first_item + invoice.items) as usize;
    let item = items.into_iter().find(|item| subject.ledger.items[*item].sequence == record.sequence)?;
    (invoice.currency == record.currency).then_some(Place { customer, item })
}

/// Where a debt stands tonight; what is in the ledger no more has left it.
fn position(subject: &Subject<'_>, record: &PlacementRecord, place: Option<Place>) -> Position {
    match place {
        Some(place) => position_of(subject, place.item, &record.agency),
        None => Position { exited: record.told.exited + record.told.balance(), disputed: Amount::ZERO, ..record.told },
    }
}

/// Where an item stands tonight, its cash told apart by whether an agency collected it.
pub(super) fn position_of(subject: &Subject<'_>, item: usize, agency: &str) -> Position {
    let ledger_item = &subject.ledger.items[item];
    let mut collected = Amount::ZERO;
    for application in subject.ledger.history(u32::try_from(item).unwrap_or(u32::MAX)) {
        match application.kind {
            ApplicationKind::Cash if is_collected(subject, application.source, agency) => collected += application.amount,
            ApplicationKind::Refund if is_collected(subject, application.source, agency) => collected -= application.amount,
            _ => {}
        }
    }
    Position {
        amount: ledger_item.amount,
        paid: ledger_item.paid - collected,
        collected,
        credited: ledger_item.credited,
        exited: ledger_item.exited,
        disputed: ledger_item.disputed,
    }
}

/// Whether an agency collected the money at this position.
pub(super) fn is_collected(subject: &Subject<'_>, source: u32, agency: &str) -> bool {
    let money = subject.documents.money.get(source as usize).filter(|money| money.kind == MoneyKind::Payment);
    money.is_some_and(|money| subject.shard.payments.text(COLLECTED_BY, money.row as usize) == Some(agency.as_bytes()))
}

/// What each agency has tonight.
///
/// # Errors
/// [`NightError::NoExchangeRate`] for a currency without a rate.
pub(super) fn loads(subject: &Subject<'_>, records: &[PlacementRecord]) -> Result<BTreeMap<String, Load>, NightError> {
    let mut loads: BTreeMap<String, Load> = BTreeMap::new();
    let mut debtors: BTreeSet<(&str, &[u8])> = BTreeSet::new();
    for record in records.iter().filter(|record| record.ended.is_none()) {
        let load = loads.entry(record.agency.clone()).or_default();
        load.debtors += u32::from(debtors.insert((&record.agency, &record.customer_id)));
        let balance: Cell = subject.rates.convert_amount(record.told.balance(), record.currency)?.0;
        load.amount = cell(i128::from(load.amount) + i128::from(balance));
    }
    Ok(loads)
}

/// What an agency keeps of a debt of this amount and age, as agreed tonight.
pub(super) fn fee_rate(route: &Route, agency: &Agency, amount: Cell, days_past_due: i32) -> Rate {
    agency.fee_of(amount).unwrap_or_else(|| route.fee_at(days_past_due))
}
