//! Promises kept: each receipt feeds one promise with each of its cents, the oldest promise first.
//!
//! A promise about an invoice is fed by the cash applied to it, any other by all receipts of the customer in its currency, from the day
//! it was made to the end of its grace. Extensions are not promises; cancelled ones do not count; refunds take nothing back.

use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::night::documents::{CustomerIx, InvoiceIx, Money, MoneyKind, Promise, PromiseKind};
use crate::night::ledger::{ApplicationKind, Ledger};

/// Days after the due day in which a promise can still be kept.
pub const GRACE_DAYS: i32 = 3;

/// A matured promise and the cash it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub promise: Promise,
    /// At most the amount promised.
    pub cash: Amount,
}

impl Outcome {
    /// Whether all of it was paid in time.
    pub fn is_kept(&self) -> bool {
        self.cash == self.promise.amount
    }
}

/// What became of the promises whose due day and grace have passed.
pub fn outcomes(promises: &[Promise], money: &[Money], ledger: &Ledger, as_of: Date, grace_days: i32) -> Vec<Outcome> {
    let mut matured: Vec<Promise> = promises.iter().filter(|promise| is_matured(promise, as_of, grace_days)).copied().collect();
    // Promises equal in all of this may change places: the order of rows must not decide which one is kept.
    let order = |promise: &Promise| (promise.customer, promise.due_on, promise.promised_on, promise.invoice, promise.amount, promise.kind);
    matured.sort_by_key(|promise| (order(promise), promise.currency));
    let customers = matured.chunk_by(|a, b| a.customer == b.customer);
    customers.flat_map(|promises| feed(promises, cash_of(promises[0].customer, money, ledger), grace_days)).collect()
}

fn is_matured(promise: &Promise, as_of: Date, grace_days: i32) -> bool {
    let is_promise = promise.kind != Some(PromiseKind::Extension);
    let stands = promise.cancelled_on.is_none_or(|cancelled| cancelled > as_of);
    is_promise && stands && promise.due_on.plus_days(grace_days) < as_of
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

/// `cash` is in order of date.
fn feed(promises: &[Promise], mut cash: Vec<Cash>, grace_days: i32) -> Vec<Outcome> {
    let outcome = |promise: &Promise| {
        let mut missing = promise.amount;
        let first = cash.partition_point(|part| part.date < promise.promised_on);
        let end = cash.partition_point(|part| part.date <= promise.due_on.plus_days(grace_days));
        for part in cash[first..end.max(first)].iter_mut().filter(|part| feeds(part, promise)) {
            let taken = part.rest.min(missing);
            part.rest -= taken;
            missing -= taken;
        }
        Outcome { promise: *promise, cash: promise.amount - missing }
    };
    promises.iter().map(outcome).collect()
}

fn feeds(cash: &Cash, promise: &Promise) -> bool {
    cash.currency == promise.currency && promise.invoice.is_none_or(|invoice| cash.invoice == Some(invoice))
}

/// The customer's receipts, oldest first, each cut into what went to which invoice and what went to none.
fn cash_of(customer: CustomerIx, money: &[Money], ledger: &Ledger) -> Vec<Cash> {
    let mut cash = applied_cash(customer, money, ledger);
    let mut applied = BTreeMap::<u32, Amount>::new();
    for part in &cash {
        *applied.entry(part.source).or_default() += part.rest;
    }
    let start = money.partition_point(|document| document.customer < customer);
    let documents = numbered_from(start, money).take_while(|(_, document)| document.customer == customer);
    let receipts = documents.filter(|(_, document)| document.kind == MoneyKind::Payment && document.amount.is_positive());
    cash.extend(receipts.map(|(source, receipt)| {
        let rest = receipt.amount - applied.get(&source).copied().unwrap_or_default();
        Cash { date: receipt.date, source, invoice: None, currency: receipt.currency, rest }
    }));
    cash.sort_unstable();
    cash
}

fn applied_cash(customer: CustomerIx, money: &[Money], ledger: &Ledger) -> Vec<Cash> {
    let items = &ledger.items;
    let start = items.partition_point(|item| item.customer < customer);
    let own = numbered_from(start, items).take_while(|(_, item)| item.customer == customer);
    own.flat_map(|(at, item)| {
        let receipts = ledger.history(at).iter().filter(|application| application.kind == ApplicationKind::Cash);
        receipts.map(|application| {
            let receipt = &money[application.source as usize];
            let invoice = Some(item.invoice);
            Cash { date: receipt.date, source: application.source, invoice, currency: receipt.currency, rest: application.amount }
        })
    })
    .collect()
}

/// The elements from `start` on with their positions, found without walking over those before.
fn numbered_from<T>(start: usize, all: &[T]) -> impl Iterator<Item = (u32, &T)> {
    (u32::try_from(start).unwrap_or(u32::MAX)..).zip(&all[start..])
}
