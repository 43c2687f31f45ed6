//! How a customer pays: lateness of what it settled, promises, payments that came back. Windows end at `as_of` inclusive.
//!
//! An item counts as settled on the day its last cent was paid or credited; items written off or sold never do.

use crate::base::date::Date;
use crate::base::money::divide_half_up;
use crate::night::documents::{Promise, PromiseKind};
use crate::night::facts::balances::{number, share};
use crate::night::facts::{Debtor, Subject, day};
use crate::night::ledger::{ApplicationKind, Item};
use crate::night::promise::Outcome;
use crate::rules::program::{Cell, MISSING};

/// Facts of this file.
pub const NAMES: &[&str] = &[
    "payment_pattern",
    "average_days_late_3m",
    "average_days_late_12m",
    "weighted_days_late_3m",
    "weighted_days_late_12m",
    "dmp_12m",
    "on_time_share_12m",
    "paid_invoices_12m",
    "broken_promises_12m",
    "kept_promises_12m",
    "promise_date",
    "promise_amount",
    "plan_state",
    "rejections_12m",
    "technical_rejections_12m",
    "last_rejection_date",
    "last_payment_date",
    "days_since_last_payment",
];

/// Average lateness of the last three months must exceed that of twelve by this many days to count as worsening.
const WORSENING_DAYS: i64 = 5;
/// A plan instalment due within this many days and not yet paid puts the plan at risk.
const PLAN_WARNING_DAYS: i32 = 3;
/// A promise stays a fact for this many days after it fell due: longer than any grace a rule would give.
pub const RECENT_DAYS: i32 = 31;
/// `plan_state` of a plan with an instalment that was not paid in time.
const PLAN_BROKEN: Cell = 3;

/// The column of a fact; `None` where the name is not of this file.
pub fn column(subject: &Subject<'_>, name: &str) -> Option<Vec<Cell>> {
    let settled = |months: i32, fact: fn(&[Settled]) -> Cell| {
        Some(subject.debtors.iter().map(|debtor| fact(&settled_since(subject, debtor, months))).collect())
    };
    match name {
        "payment_pattern" => Some(subject.debtors.iter().map(|debtor| pattern(subject, debtor)).collect()),
        "average_days_late_3m" => settled(3, average_days_late),
        "average_days_late_12m" => settled(12, average_days_late),
        "weighted_days_late_3m" => settled(3, weighted_days_late),
        "weighted_days_late_12m" => settled(12, weighted_days_late),
        "on_time_share_12m" => settled(12, on_time_share),
        "paid_invoices_12m" => settled(12, |settled| number(settled.len())),
        "dmp_12m" => Some(subject.debtors.iter().map(|debtor| mean_payment_delay(subject, debtor)).collect()),
        "broken_promises_12m" => Some(promise_counts(subject, |outcome| !outcome.is_kept())),
        "kept_promises_12m" => Some(promise_counts(subject, Outcome::is_kept)),
        "promise_date" => Some(open_promises(subject, |promise| day(Some(promise.due_on)))),
        "promise_amount" => Some(open_promises(subject, |promise| {
            subject.rates.convert_amount(promise.amount, promise.currency).map_or(MISSING, |amount| amount.0)
        })),
        "plan_state" => Some(plan_states(subject)),
        "rejections_12m" => Some(rejections(subject, |_| true)),
        "technical_rejections_12m" => Some(rejections(subject, |technical| technical)),
        "last_rejection_date" => Some(last_rejections(subject)),
        "last_payment_date" => Some(subject.debtors.iter().map(|debtor| day(last_payment(subject, debtor))).collect()),
        "days_since_last_payment" => {
            let since = |debtor: &Debtor| last_payment(subject, debtor).map_or(MISSING, |date| Cell::from(subject.as_of.days_since(date)));
            Some(subject.debtors.iter().map(since).collect())
        }
        _ => None,
    }
}

/// A settled item: how late, and how much.
#[derive(Debug, Clone, Copy)]
struct Settled {
    /// Negative where it was early.
    days_late: i64,
    amount: i128,
}

/// All items of a debtor, open or not, with their positions.
fn all_items<'a>(subject: &Subject<'a>, debtor: &Debtor) -> impl Iterator<Item = (u32, &'a Item)> + use<'a> {
    let items = &subject.ledger.items;
    let customer = debtor.customer;
    let start = items.partition_point(|item| item.customer < customer);
    let positions = u32::try_from(start).unwrap_or(u32::MAX)..;
    positions.zip(&items[start..]).take_while(move |(_, item)| item.customer == customer)
}

fn settled_since(subject: &Subject<'_>, debtor: &Debtor, months: i32) -> Vec<Settled> {
    let after = subject.window(months);
    let settled = all_items(subject, debtor).filter(|(_, item)| item.open.is_zero() && item.exited.is_zero());
    settled
        .filter_map(|(at, item)| {
            let on = subject.ledger.history(at).last()?.date;
            (on > after).then(|| Settled { days_late: i64::from(on.days_since(item.due_date)), amount: item.amount.wide() })
        })
        .collect()
}

fn average_days_late(settled: &[Settled]) -> Cell {
    let late: i128 = settled.iter().map(|item| i128::from(item.days_late.max(0))).sum();
    ratio(late, i128::try_from(settled.len()).unwrap_or(0))
}

fn weighted_days_late(settled: &[Settled]) -> Cell {
    let late = settled.iter().map(|item| i128::from(item.days_late.max(0)) * item.amount).sum();
    ratio(late, settled.iter().map(|item| item.amount).sum())
}

fn on_time_share(settled: &[Settled]) -> Cell {
    let on_time = settled.iter().filter(|item| item.days_late <= 0).count();
    share(number(on_time), number(settled.len()))
}

fn ratio(numerator: i128, denominator: i128) -> Cell {
    if denominator <= 0 { MISSING } else { super::cell(divide_half_up(numerator, denominator)) }
}

/// Amount-weighted days from issue to cash over the receipts of twelve months.
fn mean_payment_delay(subject: &Subject<'_>, debtor: &Debtor) -> Cell {
    let after = subject.window(12);
    let (mut weighted, mut total) = (0_i128, 0_i128);
    for (at, item) in all_items(subject, debtor) {
        let issued = subject.documents.invoices[item.invoice as usize].issue_date;
        for cash in subject.ledger.history(at).iter().filter(|application| application.kind == ApplicationKind::Cash) {
            let paid_on = subject.documents.money[cash.source as usize].date;
            if paid_on > after {
                weighted += cash.amount.wide() * i128::from(paid_on.days_since(issued));
                total += cash.amount.wide();
            }
        }
    }
    ratio(weighted, total)
}

/// 0 none, 1 isolated, 2 recurrent, 3 worsening: late items of twelve months, overdue ones included.
fn pattern(subject: &Subject<'_>, debtor: &Debtor) -> Cell {
    let year = settled_since(subject, debtor, 12);
    let late_settled = year.iter().filter(|item| item.days_late > 0).count();
    let late_open = subject.items(debtor).filter(|item| subject.as_of > item.due_date).count();
    let quarter = average_days_late(&settled_since(subject, debtor, 3));
    match late_settled + late_open {
        0 => 0,
        1 => 1,
        _ if quarter != MISSING && quarter > average_days_late(&year).saturating_add(WORSENING_DAYS) => 3,
        _ => 2,
    }
}

fn promise_counts(subject: &Subject<'_>, counts: impl Fn(&Outcome) -> bool) -> Vec<Cell> {
    let outcomes = subject.promises_matured;
    let after = subject.window(12);
    subject
        .debtors
        .iter()
        .map(|debtor| {
            let start = outcomes.partition_point(|outcome| outcome.promise.customer < debtor.customer);
            let own = outcomes[start..].iter().take_while(|outcome| outcome.promise.customer == debtor.customer);
            number(own.filter(|outcome| outcome.promise.due_on > after && counts(outcome)).count())
        })
        .collect()
}

fn promises_of<'a>(subject: &Subject<'a>, debtor: &Debtor) -> impl Iterator<Item = &'a Promise> + use<'a> {
    let promises = &subject.documents.promises;
    let customer = debtor.customer;
    let start = promises.partition_point(|promise| promise.customer < customer);
    promises[start..].iter().take_while(move |promise| promise.customer == customer).filter(|promise| promise.cancelled_on.is_none())
}

/// A fact of the promise that matters at `as_of`: the next one due, else the last one that fell due lately, so that rules can give it
/// their own grace. Extensions count, they move a date too; the instalments of a broken plan promise nothing any more.
fn open_promises(subject: &Subject<'_>, fact: impl Fn(&Promise) -> Cell) -> Vec<Cell> {
    let plans = plan_states(subject);
    let of = |(debtor, plan): (&Debtor, &Cell)| {
        let stands = |promise: &&Promise| *plan != PLAN_BROKEN || promise.kind != Some(PromiseKind::PlanInstallment);
        let lately = subject.as_of.plus_days(-RECENT_DAYS);
        let next = promises_of(subject, debtor).filter(stands).find(|promise| promise.due_on >= subject.as_of);
        next.or_else(|| promises_of(subject, debtor).filter(stands).filter(|promise| promise.due_on >= lately).last())
            .map_or(MISSING, &fact)
    };
    subject.debtors.iter().zip(&plans).map(of).collect()
}

/// 0 none, 1 on track, 2 at risk, 3 broken: the worst of the customer's plan instalments of twelve months.
fn plan_states(subject: &Subject<'_>) -> Vec<Cell> {
    let outcomes = subject.promises_matured;
    let after = subject.window(12);
    let is_plan = |promise: &Promise| promise.kind == Some(PromiseKind::PlanInstallment) && promise.due_on > after;
    subject
        .debtors
        .iter()
        .map(|debtor| {
            let start = outcomes.partition_point(|outcome| outcome.promise.customer < debtor.customer);
            let mut own = outcomes[start..].iter().take_while(|outcome| outcome.promise.customer == debtor.customer);
            if own.any(|outcome| is_plan(&outcome.promise) && !outcome.is_kept()) {
                return PLAN_BROKEN;
            }
            let ahead = |promise: &&Promise| is_plan(promise) && promise.due_on.plus_days(subject.promise_grace_days) >= subject.as_of;
            let next = promises_of(subject, debtor).filter(ahead).map(|promise| promise.due_on.days_since(subject.as_of)).min();
            next.map_or(0, |days| if days <= PLAN_WARNING_DAYS { 2 } else { 1 })
        })
        .collect()
}

fn rejections(subject: &Subject<'_>, counts: impl Fn(bool) -> bool) -> Vec<Cell> {
    let after = subject.window(12);
    let all = &subject.documents.rejections;
    subject
        .debtors
        .iter()
        .map(|debtor| {
            let start = all.partition_point(|rejection| rejection.customer < debtor.customer);
            let own = all[start..].iter().take_while(|rejection| rejection.customer == debtor.customer);
            number(own.filter(|rejection| rejection.on > after && counts(rejection.technical)).count())
        })
        .collect()
}

fn last_rejections(subject: &Subject<'_>) -> Vec<Cell> {
    let all = &subject.documents.rejections;
    subject
        .debtors
        .iter()
        .map(|debtor| {
            let end = all.partition_point(|rejection| rejection.customer <= debtor.customer);
            let last = end.checked_sub(1).map(|at| all[at]).filter(|rejection| rejection.customer == debtor.customer);
            day(last.map(|rejection| rejection.on))
        })
        .collect()
}

fn last_payment(subject: &Subject<'_>, debtor: &Debtor) -> Option<Date> {
    let money = &subject.documents.money;
    let start = money.partition_point(|money| money.customer < debtor.customer);
    let own = money[start..].iter().take_while(|money| money.customer == debtor.customer);
    own.filter(|money| money.kind == crate::night::documents::MoneyKind::Payment && money.amount.is_positive())
        .map(|money| money.date)
        .max()
}
