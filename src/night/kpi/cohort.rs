//! Recovery cohorts: items that fell due, or were issued, in one month, and the cash they brought by days after their due date.

use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::base::money::Currency;
use crate::night::kpi::monthly::{Additive, MonthCodes, Monthly};

/// Days after the due date at which a cohort is looked at; 0 is "by the due date".
pub const HORIZONS: [i32; 6] = [0, 30, 60, 90, 180, 365];

/// Cash by horizon: what came by each of [`HORIZONS`] but not by the one before, then what came later.
pub type Recovered = [i128; HORIZONS.len() + 1];

/// Position in [`Recovered`] of cash that came this many days after the due date.
pub fn horizon_of(days_after_due: i32) -> usize {
    HORIZONS.partition_point(|horizon| *horizon < days_after_due)
}

/// The items of one month.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cohort {
    /// Latest due date among the items.
    pub last_due: Option<Date>,
    /// Amounts less credit notes applied.
    pub amount: i128,
    /// Cash applied, refunds negative, by value date.
    pub recovered: Recovered,
}

impl Cohort {
    /// Cash that came by [`HORIZONS`]`[horizon]`; by `as_of` where `horizon` is past the last one.
    pub fn recovered_by(&self, horizon: usize) -> i128 {
        self.recovered.iter().take(horizon + 1).sum()
    }

    /// Whether every item has had `days` since its due date.
    pub fn is_mature(&self, days: i32, as_of: Date) -> bool {
        self.last_due.is_some_and(|last| last.plus_days(days) <= as_of)
    }

    /// The cohort in another currency; `None` where a sum cannot be converted.
    pub fn converted(&self, convert: impl Fn(i128) -> Option<i128>) -> Option<Cohort> {
        Some(Cohort { last_due: self.last_due, amount: convert(self.amount)?, recovered: self.recovered_converted(convert)? })
    }

    /// Converts what came by each horizon, not what came between two, so that each published sum is rounded once.
    fn recovered_converted(&self, convert: impl Fn(i128) -> Option<i128>) -> Option<Recovered> {
        let (mut converted, mut before) = (Recovered::default(), 0);
        for (horizon, between) in converted.iter_mut().enumerate() {
            let by_now = convert(self.recovered_by(horizon))?;
            *between = by_now - before;
            before = by_now;
        }
        Some(converted)
    }
}

impl Cohort {
    /// Adds one item: its due date, its amount less credit notes, and the cash applied to it.
    pub fn add_item(&mut self, due: Date, amount: i128, recovered: &Recovered) {
        self.last_due = self.last_due.max(Some(due));
        self.amount += amount;
        for (own, part) in self.recovered.iter_mut().zip(recovered) {
            *own += part;
        }
    }
}

impl Additive for Cohort {
    fn merge(&mut self, other: &Cohort) {
        self.last_due = self.last_due.max(other.last_due);
        self.amount += other.amount;
        for (own, part) in self.recovered.iter_mut().zip(&other.recovered) {
            *own += part;
        }
    }
}

/// The cohorts of one currency.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cohorts {
    /// By month of the item's due date.
    pub by_due_month: Monthly<Cohort>,
    /// By month of the invoice's issue date.
    pub by_issue_month: Monthly<Cohort>,
}

impl Additive for Cohorts {
    fn merge(&mut self, other: &Cohorts) {
        self.by_due_month.merge(&other.by_due_month);
        self.by_issue_month.merge(&other.by_issue_month);
    }
}

/// The cohorts of a shard while it is read, by currency and month code.
pub struct OpenCohorts<'a> {
    months: &'a MonthCodes,
    /// There are few currencies, and neighbours mostly share theirs.
    currencies: Vec<OpenCurrency>,
    last: usize,
}

/// Cohorts by code of the due month and of the month of issue.
struct OpenCurrency {
    currency: Currency,
    due: Vec<Option<Cohort>>,
    issue: Vec<Option<Cohort>>,
}

impl<'a> OpenCohorts<'a> {
    /// No cohort yet.
    pub fn new(months: &'a MonthCodes) -> OpenCohorts<'a> {
        OpenCohorts { months, currencies: Vec::new(), last: 0 }
    }

    /// Adds one item to the cohorts of its due month and of the month its invoice was issued, by code.
    pub fn add_item(&mut self, currency: Currency, (due, issue_code): (Date, usize), amount: i128, recovered: &Recovered) {
        let due_code = self.months.code(due);
        let open = self.of(currency);
        open.due[due_code].get_or_insert_default().add_item(due, amount, recovered);
        open.issue[issue_code].get_or_insert_default().add_item(due, amount, recovered);
    }

    fn of(&mut self, currency: Currency) -> &mut OpenCurrency {
        if self.currencies.get(self.last).is_none_or(|open| open.currency != currency) {
            self.last = self.currencies.iter().position(|open| open.currency == currency).unwrap_or_else(|| {
                let empty = || vec![None; self.months.len()];
                self.currencies.push(OpenCurrency { currency, due: empty(), issue: empty() });
                self.currencies.len() - 1
            });
        }
        &mut self.currencies[self.last]
    }

    /// The cohorts of each currency.
    pub fn finish(self) -> BTreeMap<Currency, Cohorts> {
        let months = self.months;
        let named = |open: OpenCurrency| Cohorts { by_due_month: months.named(open.due), by_issue_month: months.named(open.issue) };
        self.currencies.into_iter().map(|open| (open.currency, named(open))).collect()
    }
}
