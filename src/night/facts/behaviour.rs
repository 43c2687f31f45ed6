//! How a customer pays: lateness of what it settled, payments that came back. Windows end at `as_of` inclusive.
//!
//! An item counts as settled on the day its last cent was paid or credited; items written off or sold never do.

use std::cell::OnceCell;

use crate::base::date::Date;
use crate::base::money::divide_half_up;
use crate::night::documents::{MoneyKind, Rejection};
use crate::night::facts::balances::{number, share};
use crate::night::facts::{Debtor, Subject, day};
use crate::night::ledger::ApplicationKind;
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
    "rejections_12m",
    "technical_rejections_12m",
    "last_rejection_date",
    "last_payment_date",
    "days_since_last_payment",
];

/// Average lateness of the last three months must exceed that of twelve by this many days to count as worsening.
const WORSENING_DAYS: i64 = 5;
/// The column of a fact; `None` where the name is not of this file.
pub fn column(subject: &Subject<'_>, paying: &Paying, name: &str) -> Option<Vec<Cell>> {
    let settled = |months: i32, fact: fn(&Settled) -> Cell| {
        let of = |history: &History| fact(if months == 3 { &history.quarter } else { &history.year });
        Some(paying.of(subject).iter().map(of).collect())
    };
    match name {
        "payment_pattern" => {
            Some(subject.debtors.iter().zip(paying.of(subject)).map(|(debtor, history)| pattern(subject, debtor, history)).collect())
        }
        "average_days_late_3m" => settled(3, average_days_late),
        "average_days_late_12m" => settled(12, average_days_late),
        "weighted_days_late_3m" => settled(3, weighted_days_late),
        "weighted_days_late_12m" => settled(12, weighted_days_late),
        "on_time_share_12m" => settled(12, on_time_share),
        "paid_invoices_12m" => settled(12, |settled| number(settled.count)),
        "dmp_12m" => Some(paying.of(subject).iter().map(|history| ratio(history.cash_days, history.cash)).collect()),
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

/// How every debtor of the shard pays, worked out once for all facts that ask.
#[derive(Debug, Default)]
pub struct Paying(OnceCell<Vec<History>>);

impl Paying {
    /// How late every debtor was on average with what it settled within twelve months, in days; missing where nothing was.
    pub fn average_days_late(&self, subject: &Subject<'_>) -> impl Iterator<Item = Cell> {
        self.of(subject).iter().map(|history| average_days_late(&history.year))
    }

    fn of(&self, subject: &Subject<'_>) -> &[History] {
        self.0.get_or_init(|| {
            let (quarter, year) = (subject.window(3), subject.window(12));
            subject.debtors.iter().map(|debtor| History::of(subject, debtor, quarter, year)).collect()
        })
    }
}

/// What a debtor settled lately, and what it paid.
#[derive(Debug, Clone, Copy, Default)]
struct History {
    /// Of three months.
    quarter: Settled,
    /// Of twelve months.
    year: Settled,
    /// Receipts of twelve months applied to items.
    cash: i128,
    /// The same x days from issue to cash.
    cash_days: i128,
}

/// Items settled within a window.
#[derive(Debug, Clone, Copy, Default)]
struct Settled {
    count: usize,
    late: usize,
    amount: i128,
    /// Days late of all of them, early ones counted as none.
    days_late: i128,
    /// The same, each x its amount.
    weighted_days_late: i128,
}

impl Settled {
    fn add(&mut self, days_late: i32, amount: i128) {
        let late = i128::from(days_late.max(0));
        self.count += 1;
        self.late += usize::from(days_late > 0);
        self.amount += amount;
        self.days_late += late;
        self.weighted_days_late += late * amount;
    }
}

impl History {
    /// Reads the applications of all items of a debtor, open or not.
    fn of(subject: &Subject<'_>, debtor: &Debtor, quarter: Date, year: Date) -> History {
        let mut found = History::default();
        for at in subject.all_items(debtor.customer) {
            let item = &subject.ledger.items[at];
            let history = subject.ledger.history(u32::try_from(at).unwrap_or(u32::MAX));
            let Some(last) = history.last() else { continue };
            if item.open.is_zero() && item.exited.is_zero() && last.date > year {
                let days_late = last.date.days_since(item.due_date);
                found.year.add(days_late, item.amount.wide());
                if last.date > quarter {
                    found.quarter.add(days_late, item.amount.wide());
                }
            }
            let issued = subject.documents.invoices[item.invoice as usize].issue_date;
            for cash in history.iter().filter(|application| application.kind == ApplicationKind::Cash) {
                let paid_on = subject.documents.money[cash.source as usize].date;
                if paid_on > year {
                    found.cash_days += cash.amount.wide() * i128::from(paid_on.days_since(issued));
                    found.cash += cash.amount.wide();
                }
            }
        }
        found
    }
}

fn average_days_late(settled: &Settled) -> Cell {
    ratio(settled.days_late, i128::try_from(settled.count).unwrap_or(0))
}

fn weighted_days_late(settled: &Settled) -> Cell {
    ratio(settled.weighted_days_late, settled.amount)
}

fn on_time_share(settled: &Settled) -> Cell {
    share(number(settled.count - settled.late), number(settled.count))
}

fn ratio(numerator: i128, denominator: i128) -> Cell {
    if denominator <= 0 { MISSING } else { super::cell(divide_half_up(numerator, denominator)) }
}

/// 0 none, 1 isolated, 2 recurrent, 3 worsening: late items of twelve months, overdue ones included.
fn pattern(subject: &Subject<'_>, debtor: &Debtor, history: &History) -> Cell {
    let late_open = subject.items(debtor).filter(|item| subject.as_of > item.due_date).count();
    let quarter = average_days_late(&history.quarter);
    match history.year.late + late_open {
        0 => 0,
        1 => 1,
        _ if quarter != MISSING && quarter > average_days_late(&history.year).saturating_add(WORSENING_DAYS) => 3,
        _ => 2,
    }
}

fn rejections(subject: &Subject<'_>, counts: impl Fn(bool) -> bool) -> Vec<Cell> {
    let after = subject.window(12);
    let counted = |rejection: &&Rejection| rejection.on > after && counts(rejection.is_technical());
    let all = &subject.documents.rejections;
    subject.debtors.iter().map(|debtor| number(all.of(debtor.customer).iter().filter(counted).count())).collect()
}

fn last_rejections(subject: &Subject<'_>) -> Vec<Cell> {
    let all = &subject.documents.rejections;
    subject.debtors.iter().map(|debtor| day(all.of(debtor.customer).last().map(|rejection| rejection.on))).collect()
}

/// Money is in order of day.
fn last_payment(subject: &Subject<'_>, debtor: &Debtor) -> Option<Date> {
    let own = subject.documents.money.of(debtor.customer);
    let last = own.iter().rfind(|money| money.kind == MoneyKind::Payment && money.amount.is_positive());
    last.map(|money| money.date)
}
