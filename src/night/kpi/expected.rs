//! When open items are expected to be paid, as far as the ledger says: announced payments, promises, and due dates of the rest.
//!
//! What payers are used to beyond their due dates, and what becomes of claims older than that, is for the whole portfolio to say.

use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::night::documents::Promise;
use crate::night::kpi::monthly::Additive;
use crate::night::kpi::{KpiInput, merge_maps};
use crate::night::promise;

/// What is expected in one currency, minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpectedCash {
    /// Announced payments by their day, as far as they settle something.
    pub announced: BTreeMap<Date, i128>,
    /// Promised of what may be asked for, by the promised day.
    pub promised: BTreeMap<Date, i128>,
    /// All else that may be asked for, by due date.
    pub due: BTreeMap<Date, i128>,
    /// What is withheld for announced payments, added up by itself.
    pub pending: i128,
}

impl ExpectedCash {
    /// Everything that is expected on any day.
    pub fn whole(&self) -> i128 {
        [&self.announced, &self.promised, &self.due].into_iter().flat_map(BTreeMap::values).sum()
    }
}

impl Additive for ExpectedCash {
    fn merge(&mut self, other: &ExpectedCash) {
        merge_maps(&mut self.announced, &other.announced);
        merge_maps(&mut self.promised, &other.promised);
        merge_maps(&mut self.due, &other.due);
        self.pending += other.pending;
    }
}

/// What is expected of one shard.
pub fn expected(input: &KpiInput) -> BTreeMap<Currency, ExpectedCash> {
    let mut shard = Expecting { input, left: input.ledger.items.iter().map(|item| item.collectible()).collect(), found: BTreeMap::new() };
    shard.announce();
    shard.promise();
    for at in input.item_range() {
        let item = &input.ledger.items[at];
        let currency = input.invoice_of(item).currency;
        if item.pending.is_positive() {
            shard.of(currency).pending += item.pending.wide();
        }
        let left = shard.left[at];
        if left.is_positive() {
            *shard.of(currency).due.entry(item.due_date).or_default() += left.wide();
        }
    }
    shard.found
}

struct Expecting<'a> {
    input: &'a KpiInput<'a>,
    /// What no promise has taken yet, by item.
    left: Vec<Amount>,
    found: BTreeMap<Currency, ExpectedCash>,
}

impl Expecting<'_> {
    fn of(&mut self, currency: Currency) -> &mut ExpectedCash {
        self.found.entry(currency).or_default()
    }

    /// What is announced for an invoice settles no more than is withheld for it, the earliest first.
    fn announce(&mut self) {
        let input = self.input;
        for group in input.pending.chunk_by(|a, b| a.invoice == b.invoice) {
            let Some(invoice) = input.invoices.get(group[0].invoice as usize).filter(|invoice| input.counts(invoice.customer)) else {
                continue;
            };
            let first = invoice.first_item as usize;
            let mut rest: Amount = input.ledger.items[first..first + invoice.items as usize].iter().map(|item| item.pending).sum();
            let mut by_day: Vec<(Date, Amount)> = group.iter().map(|pending| (pending.on, pending.amount)).collect();
            by_day.sort_unstable();
            for (on, amount) in by_day {
                let settles = amount.min(rest);
                rest -= settles;
                if settles.is_positive() {
                    *self.of(invoice.currency).announced.entry(on).or_default() += settles.wide();
                }
            }
        }
    }

    /// Each promise that still stands takes what it is about: its invoice, or the customer's items in its currency, the oldest first.
    fn promise(&mut self) {
        let input = self.input;
        let mut standing: Vec<&Promise> = input.promises.iter().filter(|promise| self.stands(promise)).collect();
        standing.sort_by_key(|promise| {
            (promise.customer, promise.due_on, promise.promised_on, promise.invoice, promise.amount, promise.currency)
        });
        for promise in standing {
            let mut rest = promise.amount;
            for at in self.items_of(promise) {
                let taken = rest.min(self.left[at]);
                self.left[at] -= taken;
                rest -= taken;
                if taken.is_positive() {
                    *self.of(promise.currency).promised.entry(promise.due_on).or_default() += taken.wide();
                }
            }
        }
    }

    fn stands(&self, promise: &Promise) -> bool {
        let input = self.input;
        let is_open = promise.due_on.plus_days(input.promise_grace_days) >= input.as_of;
        promise::stands(promise, input.as_of) && is_open && input.counts(promise.customer)
    }

    /// Positions of the items a promise is about, the oldest first.
    fn items_of(&self, promise: &Promise) -> Vec<usize> {
        let items = &self.input.ledger.items;
        let own = KpiInput { only: Some(promise.customer), ..*self.input }.item_range();
        let is_meant = |at: &usize| {
            let item = &items[*at];
            promise.invoice.is_none_or(|invoice| invoice == item.invoice) && self.input.invoice_of(item).currency == promise.currency
        };
        let mut found: Vec<usize> = own.filter(is_meant).collect();
        found.sort_by_key(|at| (items[*at].due_date, *at));
        found
    }
}
