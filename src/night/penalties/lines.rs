//! Interest lines and their rounding.
//!
//! Interest is summed exactly, in whole parts of a minor unit, and rounded once per invoice. The lines carry the
//! rounded running sum's increments, so that they add up to the invoice's interest to the minor unit.

use crate::base::date::Date;
use crate::base::day_count::DayCount;
use crate::base::money::{Amount, Rate, divide_half_up};
use crate::night::penalties::PenaltyError;
use crate::night::penalties::schedule::Applicable;

/// A stretch of days with one base and one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The instalment; 0 for an invoice without instalments.
    pub sequence: i64,
    /// The day before the first day on which the instalment bore interest: where its day count begins.
    pub start: Date,
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
    /// Days counted, as the day count counts them.
    pub fn days(&self, day_count: DayCount) -> i64 {
        day_count.days(self.start, self.from, self.to)
    }

    /// Interest of the line before rounding, in parts of a minor unit.
    fn exact(&self, day_count: DayCount) -> Result<i128, PenaltyError> {
        exact(self.base, self.rate, day_count.share(self.start, self.from, self.to))
    }
}

/// A rate is in millionths.
const PARTS_OF_A_RATE: i128 = 1_000_000;

/// Interest on parts of a year, in parts of a minor unit.
fn exact(base: Amount, rate: Rate, share: i64) -> Result<i128, PenaltyError> {
    // Nearly all products fit a machine word.
    if let Some(product) = base.0.checked_mul(rate.0).and_then(|yearly| yearly.checked_mul(share)) {
        return Ok(i128::from(product));
    }
    let yearly = base.wide().checked_mul(i128::from(rate.0)).ok_or(PenaltyError::TooLarge)?;
    yearly.checked_mul(i128::from(share)).ok_or(PenaltyError::TooLarge)
}

/// The item a line is of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bearer {
    pub sequence: i64,
    /// The day after which it bears interest.
    pub start: Date,
}

/// Writes the lines of one invoice behind those of others.
pub(super) struct Writer<'a> {
    lines: &'a mut Vec<Line>,
    day_count: DayCount,
    /// Parts of a minor unit in which interest is exact: those of a rate times those of a year.
    parts: i128,
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
        let parts = PARTS_OF_A_RATE * i128::from(day_count.parts());
        Writer { lines, day_count, parts, unrounded, exact: 0, rounded: 0 }
    }

    /// Adds the days after `from` through `to` of an item; they join its last line where base and rate are the same.
    pub fn add(&mut self, bearer: Bearer, from: Date, to: Date, base: Amount, applicable: &Applicable) -> Result<(), PenaltyError> {
        let Bearer { sequence, start } = bearer;
        let added = exact(base, applicable.rate, self.day_count.share(start, from, to))?;
        self.exact = self.exact.checked_add(added).ok_or(PenaltyError::TooLarge)?;
        let last = self.lines[self.unrounded..].iter_mut().rev().find(|line| line.sequence == sequence);
        match last {
            Some(line) if line.to == from && line.base == base && line.rate == applicable.rate => line.to = to,
            _ => {
                let Applicable { rate, contractual, .. } = *applicable;
                self.lines.push(Line { sequence, start, from, to, base, rate, contractual, amount: Amount::ZERO });
            }
        }
        Ok(())
    }

    /// Interest of one instalment since the last settlement, rounded.
    pub fn running_of(&self, sequence: i64) -> Result<Amount, PenaltyError> {
        let lines = self.lines[self.unrounded..].iter().filter(|line| line.sequence == sequence);
        let sum = lines.map(|line| line.exact(self.day_count)).sum::<Result<i128, PenaltyError>>()?;
        amount(divide_half_up(sum, self.parts))
    }

    /// Interest since the last settlement, rounded.
    pub fn running(&self) -> i128 {
        divide_half_up(self.exact, self.parts)
    }

    /// Closes the lines so far at their rounded sum: a payment has covered it. The fraction of a minor unit beyond is dropped.
    pub fn settle(&mut self) -> Result<(), PenaltyError> {
        let (parts, day_count) = (self.parts, self.day_count);
        let open = &mut self.lines[self.unrounded..];
        if open.len() > 1 {
            open.sort_unstable_by_key(|line| (line.from, line.to, line.sequence));
        }
        let (mut sum, mut written) = (0, 0);
        for line in open {
            sum += line.exact(day_count)?;
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
