//! Debts that are to be handed over: which of them may be, which agencies could take them, and why others are not.

use std::collections::{BTreeMap, BTreeSet};

use super::standing::{NOT_IN_LEDGER, SETTLED, fee_rate, position_of};
use super::{Placements, debtor_print};
use crate::base::contract::values::{DEDUCTION_CLAIMED, DISPUTED, NO_AGENCY, PAYMENT_PENDING};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency, Rate, divide_half_up};
use crate::night::error::NightError;
use crate::night::escalation::Rulebook;
use crate::night::escalation::block::Stops;
use crate::night::facts::placed::{given_back, holder, records};
use crate::night::facts::{FactTable, Subject, cell};
use crate::night::ledger::Item;
use crate::night::memory::{PlacementRecord, Position};
use crate::night::proposals::HandOver;
use crate::night::routes;
use crate::rules::program::Cell;

/// A debtor with something to hand over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Id of its debtor group: who has one of a group is given the others too.
    pub group: Vec<u8>,
    pub customer_id: Vec<u8>,
    pub proposal: String,
    /// What it owes of it, minor units of the reporting currency.
    pub amount: Cell,
    /// Agencies that could take it, in the order of the rules.
    pub takers: Vec<Taker>,
    /// Its debts, but for who takes them, in order of invoice and instalment.
    pub debts: Vec<PlacementRecord>,
}

/// An agency that could take the debts of a debtor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taker {
    pub agency: String,
    /// What is expected to be left of what comes in, minor units of the reporting currency.
    pub net: Cell,
    /// Its terms for each debt.
    pub terms: Vec<Terms>,
}

/// What was agreed for a debt, and where it stands from the view of an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub fee_rate: Rate,
    pub minimum_fee: Amount,
    /// See [`PlacementRecord::direct_from`].
    pub direct_from: Option<Amount>,
    pub told: Position,
}

/// A debt that was to be handed over, and is not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    pub customer_id: Vec<u8>,
    pub invoice_id: Vec<u8>,
    pub sequence: i64,
    pub currency: Currency,
    pub amount: Amount,
    /// What is missing, by name.
    pub missing: Vec<String>,
    pub proposal: String,
}

impl Ready {
    /// Its debts as refused, all for one reason.
    pub fn refused(&self, reason: &str) -> impl Iterator<Item = Refusal> {
        self.debts.iter().map(move |debt| Refusal {
            customer_id: debt.customer_id.clone(),
            invoice_id: debt.invoice_id.clone(),
            sequence: debt.sequence,
            currency: debt.currency,
            amount: debt.amount,
            missing: vec![reason.to_owned()],
            proposal: self.proposal.clone(),
        })
    }
}

/// Finds what may be handed over tonight, and stops what else would be done about it.
///
/// # Errors
/// [`NightError::NoExchangeRate`] for a currency without a rate.
pub(super) fn find(
    subject: &Subject<'_>,
    facts: &FactTable,
    rulebook: &Rulebook<'_>,
    stops: &mut [Stops],
    to_hand_over: &[HandOver],
    placements: &mut Placements,
) -> Result<(), NightError> {
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut refused: BTreeMap<usize, Refusal> = BTreeMap::new();
    let mut by_debtor: Vec<(&HandOver, Vec<usize>)> = Vec::new();
    for wanted in to_hand_over {
        let mut free = Vec::new();
        for item in candidates(subject, wanted).filter(|item| !taken.contains(item)) {
            let mut missing = missing(subject, stops, wanted.debtor, item);
            missing.extend(unfit(facts, rulebook, wanted, item));
            if missing.is_empty() {
                free.push(item);
            } else {
                refused.entry(item).or_insert_with(|| refusal(subject, wanted, item, missing));
            }
        }
        taken.extend(&free);
        match by_debtor.last_mut().filter(|(before, _)| before.debtor == wanted.debtor) {
            Some((_, items)) => items.append(&mut free),
            None if free.is_empty() => {}
            None => by_debtor.push((wanted, free)),
        }
    }
    // What one proposal leaves another one may take.
    placements.refusals.extend(refused.into_iter().filter(|(item, _)| !taken.contains(item)).map(|(_, refusal)| refusal));
    for (wanted, mut items) in by_debtor {
        items.sort_unstable();
        let ready = ready(subject, facts, rulebook, wanted, &items)?;
        // What was agreed to is asked for by nobody else, also while no agency has room for it: it may be gone tomorrow.
        stops[wanted.debtor].hand_over(&items);
        if ready.takers.is_empty() {
            placements.refusals.extend(ready.refused(NO_AGENCY));
        } else {
            placements.ready.push(ready);
        }
    }
    placements.ready.sort_by(|one, other| (&one.group, &one.customer_id).cmp(&(&other.group, &other.customer_id)));
    homes(subject, placements);
    Ok(())
}

/// Late items of a proposal that no agency has yet.
fn candidates<'s>(subject: &'s Subject<'_>, wanted: &'s HandOver) -> impl Iterator<Item = usize> + use<'s> {
    let all = if wanted.items.is_empty() { subject.debtors[wanted.debtor].items.clone() } else { 0..0 };
    let is_late = |item: &usize| {
        let ledger_item = item_of(subject, *item);
        ledger_item.due_date < subject.as_of && ledger_item.open.is_positive()
    };
    all.chain(wanted.items.iter().copied()).filter(is_late).filter(|item| holder(subject, *item).is_none())
}

fn item_of<'a>(subject: &Subject<'a>, item: usize) -> &'a Item {
    &subject.ledger.items[subject.open_items[item] as usize]
}

/// What a debt lacks before anybody else may be given it: a claim that is certain, liquid, due, and free.
fn missing(subject: &Subject<'_>, stops: &[Stops], debtor: usize, item: usize) -> Vec<String> {
    let ledger_item = item_of(subject, item);
    let amounts = [(DISPUTED, ledger_item.disputed), (DEDUCTION_CLAIMED, ledger_item.deducted), (PAYMENT_PENDING, ledger_item.pending)];
    let mut missing: Vec<String> =
        amounts.into_iter().filter(|(_, amount)| amount.is_positive()).map(|(name, _)| name.to_owned()).collect();
    let stops = &stops[debtor];
    let of_item = || stops.item_reason(item).or_else(|| stops.kept_home(item)).map(str::to_owned);
    let stopped = stops.hand_over_reason().or_else(of_item);
    missing.extend(stopped);
    missing.extend(stops.forbids_agency(item).map(str::to_owned).filter(|reason| !missing.contains(reason)));
    missing
}

/// What a debt lacks of what the rules ask of each one that goes.
fn unfit(facts: &FactTable, rulebook: &Rulebook<'_>, wanted: &HandOver, item: usize) -> Vec<String> {
    let row = facts.item(wanted.debtor, item);
    let debts = &rulebook.program.proposals[wanted.rule].debts;
    debts.iter().filter(|need| !need.when.holds(&row, rulebook.env)).map(|need| need.name.clone()).collect()
}

fn refusal(subject: &Subject<'_>, wanted: &HandOver, item: usize, missing: Vec<String>) -> Refusal {
    let ledger_item = item_of(subject, item);
    Refusal {
        customer_id: subject.documents.customer_ids[ledger_item.customer as usize].to_vec(),
        invoice_id: subject.invoice_id(item).to_vec(),
        sequence: ledger_item.sequence,
        currency: subject.currency(ledger_item),
        amount: ledger_item.open,
        missing,
        proposal: wanted.proposal.clone(),
    }
}

/// A debtor with its debts and whoever could take them.
fn ready(
    subject: &Subject<'_>,
    facts: &FactTable,
    rulebook: &Rulebook<'_>,
    wanted: &HandOver,
    items: &[usize],
) -> Result<Ready, NightError> {
    let debtor = &subject.debtors[wanted.debtor];
    let customer = &subject.documents.customers[debtor.customer as usize];
    let customer_id = subject.documents.customer_ids[debtor.customer as usize];
    let mut amounts = Vec::with_capacity(items.len());
    for item in items {
        let ledger_item = item_of(subject, *item);
        amounts.push(subject.rates.convert_amount(ledger_item.open, subject.currency(ledger_item))?.0);
    }
    let mut takers = Vec::new();
    for open in routes::open_to(subject, facts, rulebook, wanted.debtor)? {
        let route = &rulebook.program.routes.all[open.route];
        let Some(agency) = route.agency.as_ref().filter(|_| open.missing == 0) else { continue };
        if items.iter().any(|item| is_tired(subject, *item, &agency.id, agency.cooling_off)) {
            continue;
        }
        let mut terms = Vec::with_capacity(items.len());
        for (item, amount) in items.iter().zip(&amounts) {
            let ledger_item = item_of(subject, *item);
            let age = subject.as_of.days_since(ledger_item.due_date);
            let told = position_of(subject, subject.open_items[*item] as usize, &agency.id);
            terms.push(Terms {
                fee_rate: fee_rate(route, agency, *amount, age),
                minimum_fee: least(agency.minimum_fee, *amount, ledger_item.open),
                direct_from: agency.fee_on_direct_payments.then_some(told.paid),
                told,
            });
        }
        takers.push(Taker { agency: agency.id.clone(), net: open.net, terms });
    }
    let print = debtor_print(subject, debtor.customer);
    let debt = |item: &usize| {
        let ledger_item = item_of(subject, *item);
        PlacementRecord {
            customer_id: customer_id.to_vec(),
            invoice_id: subject.invoice_id(*item).to_vec(),
            sequence: ledger_item.sequence,
            placed_on: subject.as_of,
            agency: String::new(),
            batch: 0,
            line: 0,
            currency: subject.currency(ledger_item),
            amount: ledger_item.open,
            told: Position::default(),
            fee_rate: Rate(0),
            minimum_fee: Amount::ZERO,
            direct_from: None,
            debtor: print.clone(),
            recall: None,
            ended: None,
        }
    };
    Ok(Ready {
        group: subject.documents.group_ids.get(customer.group as usize).copied().unwrap_or(customer_id).to_vec(),
        customer_id: customer_id.to_vec(),
        proposal: wanted.proposal.clone(),
        amount: cell(amounts.iter().copied().map(i128::from).sum()),
        takers,
        debts: items.iter().map(debt).collect(),
    })
}

/// A least fee of the reporting currency in that of a debt, by what the debt is worth in both; rounded half-up.
fn least(fee: Cell, in_reporting: Cell, own: Amount) -> Amount {
    if fee == 0 || in_reporting == 0 {
        return Amount::ZERO;
    }
    let own = divide_half_up(i128::from(fee) * own.wide(), i128::from(in_reporting));
    Amount(i64::try_from(own).unwrap_or(i64::MAX))
}

/// Whether an agency must not take a debt: it gave it back before, or another one did too short a time ago. What was closed because nothing
/// was left of it, and is open again, was given back by nobody.
fn is_tired(subject: &Subject<'_>, item: usize, agency: &str, cooling_off: i32) -> bool {
    records(subject, item).iter().any(|record| {
        let invoice = item_of(subject, item).invoice;
        let back = given_back(subject, record, Some(invoice));
        let back = back.filter(|(_, reason)| ![SETTLED, NOT_IN_LEDGER].contains(&reason.as_str()));
        back.is_some_and(|(on, _)| record.agency == agency || subject.as_of < on.plus_days(cooling_off))
    })
}

/// Who has debts of the same debtor groups already; of several the one that was given some last.
fn homes(subject: &Subject<'_>, placements: &mut Placements) {
    let groups: BTreeSet<&[u8]> = placements.ready.iter().map(|ready| ready.group.as_slice()).collect();
    let mut latest: BTreeMap<Vec<u8>, (Date, i64, String)> = BTreeMap::new();
    for record in placements.records.iter().filter(|record| record.ended.is_none()) {
        let Ok(customer) = subject.documents.customer_ids.binary_search_by(|id| (*id).cmp(&record.customer_id)) else { continue };
        let group = subject.documents.customers[customer].group as usize;
        let Some(group) = subject.documents.group_ids.get(group).filter(|group| groups.contains(**group)) else { continue };
        let this = (record.placed_on, record.batch, record.agency.clone());
        match latest.get_mut(*group) {
            Some(known) if *known >= this => {}
            Some(known) => *known = this,
            None => {
                latest.insert(group.to_vec(), this);
            }
        }
    }
    placements.homes = latest.into_iter().map(|(group, (.., agency))| (group, agency)).collect();
}
