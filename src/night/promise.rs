//! Promises kept: each receipt feeds one promise with each of its cents, the oldest promise first.
//!
//! A promise about an invoice is fed by the cash applied to it, any other by all receipts of the customer in its currency, from the day
//! it was made to the end of its grace. Extensions are not promises; cancelled ones do not count; refunds take nothing back.

use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::night::documents::{InvoiceIx, Money, MoneyKind, Promise, PromiseKind};
use crate::night::ledger::{ApplicationKind, Ledger};

/// Days after the due day in which a promise can still be kept.
pub const GRACE_DAYS: i32 = 3;

/// A promise and the cash it was given so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub promise: Promise,
    /// At most the amount promised.
    pub cash: Amount,
    /// Whether its due day and grace have passed: nothing can be added to the cash any more.
    pub is_matured: bool,
}

impl Outcome {
    /// Whether all of it was paid in time; of one that has not matured, whether it is paid already.
    pub fn is_kept(&self) -> bool {
        self.cash == self.promise.amount
    }

    /// Whether its time is over and something is missing.
    pub fn is_broken(&self) -> bool {
        self.is_matured && !self.is_kept()
    }
}

/// What became of every promise that stands, so far: in order of customer and due day.
pub fn outcomes(promises: &[Promise], money: &[Money], ledger: &Ledger, as_of: Date, grace_days: i32) -> Vec<Outcome> {
    let mut standing: Vec<Promise> = promises.iter().filter(|promise| stands(promise, as_of)).copied().collect();
    // Promises equal in all of this may change places: the order of rows must not decide which one is kept.
    let order = |promise: &Promise| (promise.customer, promise.due_on, promise.promised_on, promise.invoice, promise.amount, promise.kind);
    standing.sort_by_key(|promise| (order(promise), promise.currency));
    let mut found = Vec::with_capacity(standing.len());
    let mut purse = Purse::default();
    for promises in standing.chunk_by(|a, b| a.customer == b.customer) {
        purse.fill(promises, money, ledger, grace_days);
        found.extend(promises.iter().map(|promise| Outcome {
            promise: *promise,
            cash: purse.feed(promise, grace_days),
            is_matured: promise.due_on.plus_days(grace_days) < as_of,
        }));
    }
    found
}

/// Whether somebody is bound by a promise: neither an extension nor a proposal nobody agreed to, and not cancelled.
pub fn stands(promise: &Promise, as_of: Date) -> bool {
    let is_promise = promise.kind != Some(PromiseKind::Extension) && !promise.is_proposal;
    is_promise && promise.cancelled_on.is_none_or(|cancelled| cancelled > as_of)
}

/// The part of a receipt that went to one invoice, or to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cash {
    date: Date,
    /// Position of the receipt among the money documents.
    source: u32,
    invoice: Option<InvoiceIx>,
    currency: Currency,
    rest: Amount,
}

/// The receipts of one customer that its promises can be fed from; its buffers serve one customer after another.
#[derive(Debug, Default)]
struct Purse {
    /// Oldest first, each receipt cut into what went to which invoice and what went to none.
    cash: Vec<Cash>,
    /// What of each money document of the customer was applied.
    applied: Vec<Amount>,
}

impl Purse {
    /// Takes the receipts within reach of a customer's promises.
    fn fill(&mut self, promises: &[Promise], money: &[Money], ledger: &Ledger, grace_days: i32) {
        let customer = promises[0].customer;
        let first = promises.iter().map(|promise| promise.promised_on).min().unwrap_or(Date::MAX);
        let last = promises.iter().map(|promise| promise.due_on.plus_days(grace_days)).max().unwrap_or(Date::MIN);
        let start = money.partition_point(|document| document.customer < customer);
        let documents = &money[start..start + money[start..].iter().take_while(|document| document.customer == customer).count()];
        let (start, reach) = (u32::try_from(start).unwrap_or(u32::MAX), first..=last);
        self.cash.clear();
        self.applied.clear();
        self.applied.resize(documents.len(), Amount::ZERO);
        let first_item = ledger.items.partition_point(|item| item.customer < customer);
        let items = (u32::try_from(first_item).unwrap_or(u32::MAX)..).zip(&ledger.items[first_item..]);
        for (at, item) in items.take_while(|(_, item)| item.customer == customer) {
            for application in ledger.history(at).iter().filter(|application| application.kind == ApplicationKind::Cash) {
                let receipt = &money[application.source as usize];
                if reach.contains(&receipt.date) {
                    self.applied[(application.source - start) as usize] += application.amount;
                    self.cash.push(Cash::of(application.source, receipt, Some(item.invoice), application.amount));
                }
            }
        }
        for ((source, receipt), applied) in (start..).zip(documents).zip(&self.applied) {
            if receipt.kind == MoneyKind::Payment && receipt.amount.is_positive() && reach.contains(&receipt.date) {
                self.cash.push(Cash::of(source, receipt, None, receipt.amount - *applied));
            }
        }
        self.cash.sort_unstable();
    }

    /// Feeds a promise what is left, and says how much that was.
    fn feed(&mut self, promise: &Promise, grace_days: i32) -> Amount {
        let mut missing = promise.amount;
        let first = self.cash.partition_point(|part| part.date < promise.promised_on);
        let end = self.cash.partition_point(|part| part.date <= promise.due_on.plus_days(grace_days));
        for part in self.cash[first..end.max(first)].iter_mut().filter(|part| part.feeds(promise)) {
            let taken = part.rest.min(missing);
            part.rest -= taken;
            missing -= taken;
        }
        promise.amount - missing
    }
}

impl Cash {
    fn of(source: u32, receipt: &Money, invoice: Option<InvoiceIx>, rest: Amount) -> Cash {
        Cash { date: receipt.date, source, invoice, currency: receipt.currency, rest }
    }

    fn feeds(&self, promise: &Promise) -> bool {
        self.currency == promise.currency && promise.invoice.is_none_or(|invoice| self.invoice == Some(invoice))
    }
}
