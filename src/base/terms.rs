//! Payment terms: from an invoice date to a due date.
//!
//! "45 days end of month" is counted in two lawful ways that differ by up to a month and a half; the contract must say which,
//! so there is no default term and no default way to count.

use crate::base::date::Date;

/// A payment term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// So many calendar days after the anchor: the invoice date, or the receipt of the goods.
    Net { days: i32 },
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

impl Term {
    /// The due date of an invoice of this date (or of goods received on it).
    #[must_use]
    pub fn due_date(self, anchor: Date) -> Date {
        match self {
            Term::Net { days } => anchor.plus_days(days),
            Term::EomAfter { days } => anchor.plus_days(days).end_of_month(),
            Term::EomThen { days } => anchor.end_of_month().plus_days(days),
            Term::EomMonthAndHalf => anchor.first_of_month().plus_months(2).plus_days(14),
            Term::EomAfterThenDay { days, day } => day_of_month(anchor.plus_days(days).first_of_month().plus_months(1), day),
            Term::NextEom => anchor.first_of_month().plus_months(1).end_of_month(),
        }
    }
}

/// The day of this number in the month that starts on `first`, or the month's last day.
fn day_of_month(first: Date, day: u32) -> Date {
    let (year, month, _) = first.ymd();
    Date::from_ymd(year, month, day).unwrap_or_else(|| first.end_of_month())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Term::{EomAfter, EomAfterThenDay, EomMonthAndHalf, EomThen, Net, NextEom};

    const A30: Term = EomAfter { days: 30 };
    const A45: Term = EomAfter { days: 45 };
    const B45: Term = EomThen { days: 45 };

    fn check(cases: &[(Term, &str, &str)]) {
        for (term, invoice_date, due_date) in cases {
            let anchor = Date::parse(invoice_date).expect("an invoice date");
            assert_eq!(term.due_date(anchor).to_string(), *due_date, "{term:?} from {invoice_date}");
        }
    }

    #[test]
    fn b_01_to_b_07_forty_five_days_end_of_month() {
        check(&[
            (A45, "2025-04-10", "2025-05-31"), // B-01
            (A45, "2025-03-10", "2025-04-30"), // B-02
            (B45, "2025-03-10", "2025-05-15"),
            (A45, "2025-01-15", "2025-03-31"), // B-03
            (B45, "2025-01-15", "2025-03-17"),
            (A45, "2025-02-15", "2025-04-30"), // B-04: 15 February + 45 is 1 April
            (B45, "2025-02-15", "2025-04-14"),
            (A45, "2024-02-15", "2024-03-31"), // B-05
            (A45, "2008-04-15", "2008-05-31"), // B-06
            (A45, "2008-04-17", "2008-06-30"),
            (B45, "2008-04-15", "2008-06-14"), // B-07
        ]);
    }

    #[test]
    fn b_08_and_b_09_a_day_of_the_following_month() {
        check(&[
            (EomAfterThenDay { days: 30, day: 10 }, "2008-04-15", "2008-06-10"), // B-08
            (EomAfterThenDay { days: 60, day: 20 }, "2008-04-15", "2008-07-20"), // B-09
            (EomAfterThenDay { days: 30, day: 31 }, "2026-12-15", "2027-02-28"),
        ]);
    }

    #[test]
    fn b_10_to_b_14_course_examples() {
        check(&[
            (A45, "2011-10-05", "2011-11-30"), // B-10
            (B45, "2011-10-05", "2011-12-15"),
            (A45, "2011-10-22", "2011-12-31"), // B-11
            (B45, "2011-10-22", "2011-12-15"),
            (A30, "2023-01-05", "2023-02-28"), // B-12
            (A30, "2023-03-15", "2023-04-30"),
            (A30, "2023-06-28", "2023-07-31"),
            (Net { days: 45 }, "2011-10-07", "2011-11-21"), // B-13
            (Net { days: 60 }, "2011-10-07", "2011-12-06"),
            (Net { days: 30 }, "2017-11-08", "2017-12-08"), // B-14
        ]);
    }

    #[test]
    fn b_15_to_b_20_month_ends() {
        check(&[
            (A45, "2026-01-01", "2026-02-28"), // B-15
            (B45, "2026-01-01", "2026-03-17"),
            (A45, "2026-01-31", "2026-03-31"), // B-16
            (B45, "2026-01-31", "2026-03-17"),
            (A45, "2023-12-31", "2024-02-29"), // B-18
            (A30, "2026-01-30", "2026-03-31"), // B-20
            (NextEom, "2026-01-30", "2026-02-28"),
        ]);
    }

    /// Figures others printed for method A or B that belong to another way of counting.
    #[test]
    fn n_10_to_n_12_are_told_apart() {
        check(&[
            (B45, "2008-04-15", "2008-06-14"), // N-10
            (EomMonthAndHalf, "2008-04-15", "2008-06-15"),
            (A45, "2011-10-22", "2011-12-31"), // N-11
            (B45, "2009-01-12", "2009-03-17"), // N-12
            (EomMonthAndHalf, "2009-01-12", "2009-03-15"),
        ]);
    }
}
