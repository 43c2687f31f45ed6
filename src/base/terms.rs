//! Payment terms: from an invoice date to a due date, to the last day of a cash discount, and whether the law allows them.
//!
//! "45 days end of month" is counted in two lawful ways that differ by up to a month and a half; the contract must say which,
//! so there is no default term and no default way to count.

pub mod cost;
#[cfg(test)]
mod tests;
mod text;

use crate::base::calendar::Calendar;
use crate::base::date::Date;
use crate::base::money::{Amount, Rate, divide_half_up};

/// What an invoice says about its payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub term: Term,
    pub discount: Option<Discount>,
    /// Agreed in writing, as the law asks of some terms.
    pub express: bool,
    /// Of an invoice that sums up the deliveries of a period.
    pub periodic: bool,
}

/// When payment is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// So many calendar days after the invoice date.
    Net { days: i32 },
    /// So many calendar days after the goods were received or the work was done.
    NetFromReceipt { days: i32 },
    /// Method A: the days first, then the end of that month.
    EomAfter { days: i32 },
    /// Method B: the end of the month first, then the days.
    EomThen { days: i32 },
    /// Usage C, a month and a half from the end of the month: the 15th of the second month after.
    EomMonthAndHalf,
    /// Method A, then this day of the following month ("30 jours fin de mois le 10"); the month's last day where it is shorter.
    EomAfterThenDay { days: i32, day: u32 },
    /// The end of the next month: "30 days end of month" read as one month.
    NextEom,
}

/// How "days end of month" is counted where a contract does not say so itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EomMethod {
    /// Method A, the days first: [`Term::EomAfter`].
    After,
    /// Method B, the end of the month first: [`Term::EomThen`].
    Then,
}

/// What may be kept back for paying early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discount {
    /// Share of the amount, tax included.
    pub share: Rate,
    /// Length of the window from the day after the invoice date; its last day counts.
    pub days: i32,
    pub unit: DayUnit,
}

/// What the days of a discount are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayUnit {
    /// Calendar days.
    Days,
    /// Monday to Friday without holidays, the French *jours ouvrés*.
    BusinessDays,
    /// Monday to Saturday without holidays, the French *jours ouvrables*.
    WorkingDays,
}

impl Term {
    /// The due date of an invoice of this date, of goods received on it where the term counts from there.
    #[must_use]
    pub fn due_date(self, anchor: Date) -> Date {
        match self {
            Term::Net { days } | Term::NetFromReceipt { days } => anchor.plus_days(days),
            Term::EomAfter { days } => anchor.plus_days(days).end_of_month(),
            Term::EomThen { days } => anchor.end_of_month().plus_days(days),
            Term::EomMonthAndHalf => anchor.first_of_month().plus_months(2).plus_days(14),
            Term::EomAfterThenDay { days, day } => day_of_month(anchor.plus_days(days).first_of_month().plus_months(1), day),
            Term::NextEom => anchor.first_of_month().plus_months(1).end_of_month(),
        }
    }
}

impl Terms {
    /// The due date; `None` where the term counts from the receipt of the goods and its day is not known.
    pub fn due_date(&self, invoice_date: Date, received_on: Option<Date>) -> Option<Date> {
        let anchor = if matches!(self.term, Term::NetFromReceipt { .. }) { received_on? } else { invoice_date };
        Some(self.term.due_date(anchor))
    }
}

impl Discount {
    /// The last day on which payment earns the discount.
    pub fn until(&self, invoice_date: Date, calendar: &Calendar) -> Date {
        match self.unit {
            DayUnit::Days => invoice_date.plus_days(self.days),
            DayUnit::BusinessDays => calendar.plus_business_days(invoice_date, self.days),
            DayUnit::WorkingDays => calendar.with_saturdays().plus_business_days(invoice_date, self.days),
        }
    }

    /// What may be kept back of an amount, rounded half-up to the minor unit.
    pub fn of(&self, amount: Amount) -> Amount {
        let exact = amount.wide() * i128::from(self.share.0);
        Amount(i64::try_from(divide_half_up(exact, i128::from(Rate::ONE.0))).unwrap_or(amount.0))
    }
}

/// The longest terms a law allows, in calendar days from the invoice date.
///
/// France (C. com. L441-10, I): 60 days; or 45 days end of month, counted in either way, where agreed expressly; 45 days for periodic
/// invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegalMaximum {
    pub days: i32,
    /// Longest "days end of month" that may be agreed expressly, whatever day that is.
    pub end_of_month: Option<i32>,
    /// For periodic invoices.
    pub periodic: Option<i32>,
}

impl LegalMaximum {
    /// Whether an invoice of this date may be due on that day under these terms.
    pub fn allows(&self, terms: &Terms, invoice_date: Date, due_date: Date) -> bool {
        let longest = if terms.periodic { self.periodic.unwrap_or(self.days) } else { self.days };
        let by_end_of_month = match (terms.term, self.end_of_month) {
            (Term::EomAfter { days } | Term::EomThen { days }, Some(most)) => {
                terms.express && !terms.periodic && days <= most && due_date <= terms.term.due_date(invoice_date)
            }
            _ => false,
        };
        due_date <= invoice_date.plus_days(longest) || by_end_of_month
    }
}

/// The day of this number in the month that starts on `first`, or the month's last day.
fn day_of_month(first: Date, day: u32) -> Date {
    let (year, month, _) = first.ymd();
    Date::from_ymd(year, month, day).unwrap_or_else(|| first.end_of_month())
}
