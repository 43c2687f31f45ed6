//! When open items are expected to be paid, as far as the ledger says: announced payments, promises, and due dates of the rest.
//!
//! Each by the method its debtor usually pays by, where the ledger tells methods: who is debited pays sooner than who writes a cheque.
//! What payers are used to beyond their due dates, and what becomes of claims older than that, is for the whole portfolio to say.

use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::night::documents::{CustomerIx, MoneyKind, Promise};
use crate::night::kpi::monthly::Additive;
use crate::night::kpi::{FLOW_DAYS, KpiInput, merge_maps};
use crate::night::ledger::ApplicationKind;
use crate::night::promise;

/// A way to pay, by position in [`METHODS`](crate::base::contract::values::METHODS); `None` where it is not known.
pub type Method = Option<u8>;

/// How everybody pays. Empty where the ledger tells no methods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Methods {
    /// What most receipts of each customer came by.
    pub usual: Vec<Method>,
    /// What each money document came by.
    pub of_money: Vec<Method>,
    /// Payments that came back.
    pub returned: Vec<Returned>,
}

/// A payment that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned {
    pub customer: CustomerIx,
    pub on: Date,
    pub method: Method,
    pub currency: Currency,
    pub amount: Amount,
}

/// What was received by a method in the 90-day window, minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Habit {
    /// Receipts that settled items, and the same x days from due to value date.
    pub received: i128,
    pub received_days_late: i128,
    /// All receipts, and what came back.
    pub paid: i128,
    pub returned: i128,
}

impl Additive for Habit {
    fn merge(&mut self, other: &Habit) {
        self.received += other.received;
        self.received_days_late += other.received_days_late;
        self.paid += other.paid;
        self.returned += other.returned;
    }
}

/// What is expected in one currency, minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpectedCash {
    /// Announced payments by their day, as far as they settle something.
    pub announced: BTreeMap<(Method, Date), i128>,
    /// Promised of what may be asked for, by the promised day.
    pub promised: BTreeMap<(Method, Date), i128>,
    /// All else that may be asked for, by due date.
    pub due: BTreeMap<(Method, Date), i128>,
    /// What is withheld for announced payments, added up by itself.
    pub pending: i128,
    /// How methods did; empty where the ledger tells none.
    pub habits: BTreeMap<Method, Habit>,
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
        merge_maps(&mut self.habits, &other.habits);
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
            let method = shard.usual(item.customer);
            *shard.of(currency).due.entry((method, item.due_date)).or_default() += left.wide();
        }
    }
    if !input.methods.of_money.is_empty() {
        shard.habits();
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

    /// The method a customer usually pays by.
    fn usual(&self, customer: CustomerIx) -> Method {
        self.input.methods.usual.get(customer as usize).copied().flatten()
    }

    /// How methods did in the 90-day window: what settled items when, what came in, what came back.
    fn habits(&mut self) {
        let (input, after) = (self.input, self.input.as_of.plus_days(-FLOW_DAYS));
        for at in input.item_range() {
            let item = &input.ledger.items[at];
            let history = input.ledger.history(u32::try_from(at).unwrap_or(u32::MAX));
            for application in history.iter().filter(|application| application.date > after && application.kind == ApplicationKind::Cash) {
                let source = application.source as usize;
                let value_date = input.money[source].date;
                if value_date > after {
                    let habit = self.habit(input.invoice_of(item).currency, input.methods.of_money[source]);
                    habit.received += application.amount.wide();
                    habit.received_days_late += application.amount.wide() * i128::from(value_date.days_since(item.due_date));
                }
            }
        }
        for at in input.money_range() {
            let document = &input.money[at];
            if document.kind == MoneyKind::Payment && document.amount.is_positive() && document.date > after {
                self.habit(document.currency, input.methods.of_money[at]).paid += document.amount.wide();
            }
        }
        for returned in input.methods.returned.iter().filter(|returned| returned.on > after && input.counts(returned.customer)) {
            self.habit(returned.currency, returned.method).returned += returned.amount.wide();
        }
    }

    fn habit(&mut self, currency: Currency, method: Method) -> &mut Habit {
        self.of(currency).habits.entry(method).or_default()
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
                    let method = self.usual(invoice.customer);
                    *self.of(invoice.currency).announced.entry((method, on)).or_default() += settles.wide();
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
                    let method = self.usual(promise.customer);
                    *self.of(promise.currency).promised.entry((method, promise.due_on)).or_default() += taken.wide();
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
