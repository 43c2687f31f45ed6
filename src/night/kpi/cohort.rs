//! Recovery cohorts: items that fell due, or were issued, in one month, and the cash they brought by days after their due date.

use crate::base::date::Date;
use crate::night::kpi::monthly::{Additive, Monthly};

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
