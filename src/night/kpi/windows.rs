//! The stretches of days that flow figures look back on. All end with `as_of`, included.

use crate::base::date::Date;

/// Days of the window of simple DSO, CEI, DMP and days beyond terms.
pub const FLOW_DAYS: i32 = 90;

/// The windows of one night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    pub as_of: Date,
    /// `as_of - 90`: the last day outside the 90-day window, at whose end the opening balance is taken.
    pub opening: Date,
    /// Last day outside the rolling three months.
    pub three_months: Date,
    /// Last day outside the rolling twelve months.
    pub twelve_months: Date,
}

impl Windows {
    /// The windows that end on `as_of`.
    pub fn ending(as_of: Date) -> Windows {
        Windows { as_of, opening: as_of.plus_days(-FLOW_DAYS), three_months: as_of.plus_months(-3), twelve_months: as_of.plus_months(-12) }
    }

    /// Days of the window that starts after `start`.
    pub fn days_after(&self, start: Date) -> i32 {
        self.as_of.days_since(start)
    }
}
