//! Payments that came back and are presented again: which ones tonight, for how much, and which can be presented no more in time.
//!
//! Rejected payments of one customer, invoice, method and amount make a chain: the first was sent by the customer's own wish, each later
//! one presented it again. Nobody is written to; what came back is presented once per rejection, on the first night that sees its day, and
//! never after its last day: then a finding tells it, once.

use std::collections::BTreeMap;

use crate::base::contract::values::METHODS;
use crate::base::contract::{payments, state};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::documents::{InvoiceIx, Rejection};
use crate::night::escalation::action::{Draft, Status};
use crate::night::escalation::block::Stops;
use crate::night::escalation::ladder::Next;
use crate::night::escalation::{Outcome, Rulebook, after};
use crate::night::facts::{Debtor, FactTable, Subject};
use crate::night::ledger::Item;
use crate::night::memory::RepresentRecord;
use crate::night::normalise::reject::Finding;
use crate::rules::program::{self, Action, Representation, Verb};

/// Months after which nobody expects a payment that came back to be presented again: what is older is left to the ladders.
const LONGEST_AGO: i32 = 2;

/// What representations of a shard come to.
#[derive(Debug, Default)]
pub struct Representations {
    /// In order of debtor.
    pub due: Vec<Represented>,
    /// Open items that a payment will be presented again for on a later night, by position, with that night.
    pub coming: Vec<(usize, Date)>,
    /// State rows, in order of customer.
    pub remembered: Table,
    /// Those that can be presented no more in time.
    pub findings: Vec<Finding>,
}

/// A payment to be presented again tonight.
#[derive(Debug, Clone)]
pub struct Represented {
    /// Position in the program's representations.
    pub rule: usize,
    /// The payment that came back.
    pub payment: Vec<u8>,
    /// Whether it is about one invoice.
    pub of_invoice: bool,
    pub amount: Amount,
    /// The business day on which it is presented.
    pub on: Date,
    /// The action, as one of a ladder without a policy.
    pub outcome: Outcome,
}

/// Looks at every payment that came back.
pub fn representations(
    subject: &Subject<'_>,
    facts: &FactTable,
    rulebook: &Rulebook<'_>,
    stops: &[Stops],
    outcomes: &[Outcome],
) -> Representations {
    let mut clerk = Clerk {
        subject,
        rulebook,
        remembered: TableBuilder::output(&state::SPEC),
        due: Vec::new(),
        coming: Vec::new(),
        findings: Vec::new(),
        outcomes,
    };
    if !rulebook.program.representations.is_empty() {
        for (at, debtor) in subject.debtors.iter().enumerate() {
            let rejections = subject.documents.rejections.of(debtor.customer);
            if !rejections.is_empty() {
                clerk.customer(facts, stops, at, debtor, rejections);
            }
        }
    }
    Representations { due: clerk.due, coming: clerk.coming, remembered: clerk.remembered.finish(), findings: clerk.findings }
}

struct Clerk<'a> {
    subject: &'a Subject<'a>,
    rulebook: &'a Rulebook<'a>,
    remembered: TableBuilder,
    due: Vec<Represented>,
    coming: Vec<(usize, Date)>,
    findings: Vec<Finding>,
    /// What the ladders come to, in order of debtor.
    outcomes: &'a [Outcome],
}

impl<'a> Clerk<'a> {
    fn customer(&mut self, facts: &FactTable, stops: &[Stops], at: usize, debtor: &Debtor, rejections: &[Rejection]) {
        let as_of = self.subject.as_of;
        for (number, rule) in self.rulebook.program.representations.iter().enumerate() {
            let applies = rule.rule.in_force(as_of) && rule.rule.when.holds(&facts.debtor(at), self.rulebook.env);
            for chain in chains(rejections, rule).into_values() {
                for (attempts, rejection) in chain.iter().enumerate() {
                    let id = self.payment_id(rejection);
                    let told = self.subject.memory.represented(debtor.customer, id).copied();
                    told.into_iter().for_each(|record| self.remember(debtor, id, record));
                    let is_last = attempts + 1 == chain.len();
                    let wanted = applies && is_last && told.is_none() && rule.kind.is_none_or(|kind| rejection.kind == Some(kind));
                    let is_recent = rejection.on > self.subject.window(LONGEST_AGO);
                    if wanted && is_recent && u32::try_from(attempts).is_ok_and(|attempts| attempts < rule.at_most) {
                        self.present(number, rule, &stops[at], at, debtor, rejection);
                    }
                }
            }
        }
    }

    /// Presents a payment tonight, where its day has come; tells it, where its last day is over.
    fn present(&mut self, number: usize, rule: &Representation, stops: &Stops, at: usize, debtor: &Debtor, last: &Rejection) {
        let (as_of, calendar) = (self.subject.as_of, self.rulebook.calendar);
        let items: Vec<usize> = debtor.items.clone().filter(|item| self.is_about(last, *item)).collect();
        let amount = last.amount.min(self.can_be_asked(debtor, last, &items));
        if !amount.is_positive() {
            return;
        }
        let earliest = calendar.on_or_after(after(rule.after, last.on, calendar));
        let on = earliest.max(calendar.on_or_after(as_of));
        let limit = rule.same_month.then(|| calendar.on_or_before(last.on.end_of_month()));
        let id = self.payment_id(last);
        if let Some(limit) = limit.filter(|limit| on > *limit) {
            self.remember(debtor, id, RepresentRecord { on: None });
            self.findings.push(self.missed(last, amount, on, limit));
            return;
        }
        let stopped = stops.reason(program::Represented::Write, Verb::Represent);
        let stopped = stopped.or_else(|| items.iter().find_map(|item| stops.item_reason(*item)).map(str::to_owned));
        if earliest > as_of {
            self.coming.extend(items.into_iter().filter(|_| stopped.is_none()).map(|item| (item, earliest)));
            return;
        }
        let status = stopped.map_or(Status::Due, Status::Held);
        if status == Status::Due {
            self.remember(debtor, id, RepresentRecord { on: Some(as_of) });
        }
        let next = self.outcomes.iter().find(|outcome| outcome.debtor == at).map(|outcome| outcome.next.clone());
        let of_invoice = last.invoice.is_some();
        let outcome = outcome(at, items, status, next.unwrap_or_else(|| Next::Nothing("presented again".to_owned())));
        self.due.push(Represented { rule: number, payment: id.to_vec(), of_invoice, amount, on, outcome });
    }

    fn item(&self, at: usize) -> &'a Item {
        &self.subject.ledger.items[self.subject.open_items[at] as usize]
    }

    /// Whether a payment was for an open item: of its invoice, else of its currency.
    fn is_about(&self, last: &Rejection, item: usize) -> bool {
        let item = self.item(item);
        let is_its = last.invoice.map_or(self.subject.currency(item) == last.currency, |invoice| item.invoice == invoice);
        is_its && item.collectible().is_positive()
    }

    /// What of the items can be asked for: money on account covers a debt as well.
    fn can_be_asked(&self, debtor: &Debtor, last: &Rejection, items: &[usize]) -> Amount {
        let own: Amount = items.iter().map(|item| self.item(*item).collectible()).sum();
        let of_currency = debtor.items.clone().filter(|item| self.subject.currency(self.item(*item)) == last.currency);
        let whole: Amount = of_currency.map(|item| self.item(item).collectible()).sum();
        own.min(whole - self.subject.on_account(debtor.customer, last.currency))
    }

    fn payment_id(&self, rejection: &Rejection) -> &'a [u8] {
        self.subject.shard.payments.text(payments::PAYMENT_ID, rejection.row as usize).unwrap_or_default()
    }

    fn remember(&mut self, debtor: &Debtor, payment: &[u8], record: RepresentRecord) {
        let table = &mut self.remembered;
        table.text(state::RECORD, b"represent");
        table.text(state::CUSTOMER_ID, self.subject.documents.customer_ids[debtor.customer as usize]);
        table.text(state::ACTION_ID, payment);
        table.date(state::STEP_ON, record.on);
        table.end_row();
    }

    fn missed(&self, last: &Rejection, amount: Amount, on: Date, limit: Date) -> Finding {
        let method = last.method.and_then(|method| METHODS.get(usize::from(method))).copied().unwrap_or_default();
        let message =
            format!("the {method} that came back on {} could be presented again on {on} at the earliest, which is after {limit}", last.on);
        Finding {
            kind: "representation_missed",
            table: "payments",
            key: String::from_utf8_lossy(self.payment_id(last)).into_owned(),
            message: message.into(),
            amount: Some(amount.0.saturating_mul(last.currency.thousandths())),
        }
    }
}

/// What payments of one chain have in common: invoice, amount, currency, and the month in which they came back where only that binds them.
type ChainKey = (Option<InvoiceIx>, Amount, Currency, Option<Date>);

/// Payments of a method that are one, presented again, each chain in order of day. Without an invoice only those of one month are.
fn chains<'r>(rejections: &'r [Rejection], rule: &Representation) -> BTreeMap<ChainKey, Vec<&'r Rejection>> {
    let mut chains: BTreeMap<ChainKey, Vec<&Rejection>> = BTreeMap::new();
    for rejection in rejections.iter().filter(|rejection| rejection.method == Some(rule.method)) {
        let month = (rule.same_month || rejection.invoice.is_none()).then(|| rejection.on.first_of_month());
        chains.entry((rejection.invoice, rejection.amount, rejection.currency, month)).or_default().push(rejection);
    }
    chains
}

/// The action of a representation: nothing of a ladder depends on it.
fn outcome(debtor: usize, items: Vec<usize>, status: Status, next: Next) -> Outcome {
    let action =
        Action { verb: Verb::Represent, template: None, tone: None, to: None, pay_within: None, cost: None, ask: None, offers: Vec::new() };
    let draft = Draft {
        step: 0,
        companion: None,
        action,
        approve: None,
        fallback: None,
        ordered: None,
        ahead: 0,
        reworded_by: None,
        status,
        items,
        days_late: 0,
        before: None,
        arrives_on: None,
        spare: None,
    };
    Outcome { drafts: vec![draft], ..Outcome::beside(debtor, next) }
}
