//! Interest lines and their rounding.
//!
//! Interest is summed exactly, in whole parts of a minor unit, and rounded once per invoice. The lines carry the
//! rounded running sum's increments, so that they add up to the invoice's interest to the minor unit.

use crate::base::date::Date;
use crate::base::money::{Amount, Rate, divide_half_up};
use crate::night::penalties::PenaltyError;
use crate::night::penalties::schedule::Applicable;
use crate::rules::rates::DayCount;

/// A stretch of days with one base and one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The instalment; 0 for an invoice without instalments.
    pub sequence: i64,
    /// The day before the first day counted.
    pub from: Date,
    /// The last day counted.
    pub to: Date,
    pub base: Amount,
    pub rate: Rate,
    /// The rate is the contract's rather than the law's.
    pub contractual: bool,
    pub amount: Amount,
}

impl Line {
    /// Days counted.
    pub fn days(&self) -> i32 {
        self.to.days_since(self.from)
    }

    /// Interest of the line before rounding, in parts of a minor unit.
    fn exact(&self) -> Result<i128, PenaltyError> {
        exact(self.base, self.rate, self.days())
    }
}

/// Parts of a minor unit in which interest is exact: a rate is in millionths, a day is one of the year's.
fn parts(day_count: DayCount) -> i128 {
    match day_count {
        DayCount::Actual365Fixed => 365 * 1_000_000,
    }
}

fn exact(base: Amount, rate: Rate, days: i32) -> Result<i128, PenaltyError> {
    // Nearly all products fit a machine word.
    if let Some(product) = base.0.checked_mul(rate.0).and_then(|yearly| yearly.checked_mul(i64::from(days))) {
        return Ok(i128::from(product));
    }
    let yearly = base.wide().checked_mul(i128::from(rate.0)).ok_or(PenaltyError::TooLarge)?;
    yearly.checked_mul(i128::from(days)).ok_or(PenaltyError::TooLarge)
}

/// Writes the lines of one invoice behind those of others.
pub(super) struct Writer<'a> {
    lines: &'a mut Vec<Line>,
    day_count: DayCount,
    /// First line that is not rounded yet.
    unrounded: usize,
    /// Exact interest of the unrounded lines.
    exact: i128,
    /// Interest of the rounded ones.
    rounded: i128,
}

impl<'a> Writer<'a> {
    pub fn new(lines: &'a mut Vec<Line>, day_count: DayCount) -> Writer<'a> {
        let unrounded = lines.len();
        Writer { lines, day_count, unrounded, exact: 0, rounded: 0 }
    }

    /// Adds the days after `from` through `to`; they join the item's last line where base and rate are the same.
    pub fn add(&mut self, sequence: i64, from: Date, to: Date, base: Amount, applicable: &Applicable) -> Result<(), PenaltyError> {
        let added = exact(base, applicable.rate, to.days_since(from))?;
        self.exact = self.exact.checked_add(added).ok_or(PenaltyError::TooLarge)?;
        let last = self.lines[self.unrounded..].iter_mut().rev().find(|line| line.sequence == sequence);
        match last {
            Some(line) if line.to == from && line.base == base && line.rate == applicable.rate => line.to = to,
            _ => {
                let Applicable { rate, contractual, .. } = *applicable;
                self.lines.push(Line { sequence, from, to, base, rate, contractual, amount: Amount::ZERO });
            }
        }
        Ok(())
    }

    /// Interest since the last settlement, rounded.
    pub fn running(&self) -> i128 {
        divide_half_up(self.exact, parts(self.day_count))
    }

    /// Closes the lines so far at their rounded sum: a payment has covered it. The fraction of a minor unit beyond is dropped.
    pub fn settle(&mut self) -> Result<(), PenaltyError> {
        let parts = parts(self.day_count);
        let open = &mut self.lines[self.unrounded..];
        if open.len() > 1 {
            open.sort_unstable_by_key(|line| (line.from, line.to, line.sequence));
        }
        let (mut sum, mut written) = (0, 0);
        for line in open {
            sum += line.exact()?;
            let reached = divide_half_up(sum, parts);
            line.amount = amount(reached - written)?;
            written = reached;
        }
        self.rounded += written;
        self.unrounded = self.lines.len();
        self.exact = 0;
        Ok(())
    }

    /// Rounds what is left and returns the interest of all lines.
    pub fn finish(mut self) -> Result<Amount, PenaltyError> {
        self.settle()?;
        amount(self.rounded)
    }
}

/// An amount within what tables can hold.
fn amount(value: i128) -> Result<Amount, PenaltyError> {
    i64::try_from(value).ok().filter(|value| *value <= Amount::LIMIT).map(Amount).ok_or(PenaltyError::TooLarge)
}
