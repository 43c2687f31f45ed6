//! Count-back DSO: the balance is used up with the sales of the newest months, whole months first, then a part of one.

use crate::base::date::Date;
use crate::night::kpi::Monthly;
use crate::portfolio::ratio::{Figure, ONE, Reason, share};

/// Days of sales in the balance, counted back from `as_of`, whose own month has only the days up to it.
///
/// A month without sales, or with more credit notes than invoices, gives all its days and pushes the balance further back.
/// Where the sales on file end first, the days counted so far are a lower bound.
pub fn count_back(balance: i128, sales: &Monthly<i128>, as_of: Date) -> Figure {
    if balance <= 0 {
        return if balance < 0 { Figure::noted(0, Reason::NetCredit) } else { Figure::exact(0) };
    }
    let (mut rest, mut days) = (balance, 0);
    let newest = as_of.month_index();
    for month in (sales.first().unwrap_or(newest)..=newest).rev() {
        let (sold, length) = (sales.get(month).copied().unwrap_or(0), days_of(month, as_of));
        if sold > rest {
            return share(days * sold + length * rest, sold);
        }
        rest -= sold;
        days += length;
        if rest == 0 {
            return Figure::exact(days * ONE);
        }
    }
    Figure::noted(days * ONE, Reason::HistoryExhausted)
}

/// Days of a month up to `as_of`.
fn days_of(month: i32, as_of: Date) -> i128 {
    let first = Date::from_month_index(month);
    i128::from(first.end_of_month().min(as_of).days_since(first)) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::divide_half_up;

    /// Count-back over sales of the months before and up to the one of `as_of`, newest first.
    fn counted(balance: i128, newest_first: &[i128], as_of: &str) -> (Option<i128>, Option<Reason>) {
        let as_of = Date::parse(as_of).unwrap();
        let mut sales = Monthly::default();
        for (back, sold) in (0..).zip(newest_first) {
            *sales.at(as_of.month_index() - back) = *sold;
        }
        let figure = count_back(balance, &sales, as_of);
        (figure.value.map(|value| divide_half_up(value, 10_000)), figure.reason)
    }

    #[test]
    fn c_05_to_c_14_count_back() {
        let cases = [
            ("C-05", 2_500, [1_200, 800, 700].as_slice(), "2025-11-30", 82_43, None),
            ("C-08 and N-20, printed 74", 20_000, &[12_500, 10_000], "2025-11-30", 53_25, None),
            ("C-13 net credit", -500, &[1_000], "2025-11-30", 0, Some(Reason::NetCredit)),
            ("C-14", 1_000, &[600], "2025-11-30", 30_00, Some(Reason::HistoryExhausted)),
            ("nothing open", 0, &[600], "2025-11-30", 0, None),
            ("used up at the month's end", 2_000, &[1_200, 800], "2025-11-30", 61_00, None),
            ("a month of credit notes", 1_000, &[600, -100, 1_000], "2025-11-30", 76_00, None),
            ("the month of as_of is partial", 150, &[100, 100], "2025-11-10", 25_50, None),
        ];
        for (name, balance, sales, as_of, expected, reason) in cases {
            assert_eq!(counted(balance, sales, as_of), (Some(expected), reason), "{name}");
        }
    }

    #[test]
    fn c_07_whole_months_give_their_days_and_the_last_its_fraction() {
        // The vector wants three months of 30 days, which the calendar does not have: November to September have 30, 31 and 30.
        assert_eq!(counted(212_000, &[100_000, 80_000, 70_000], "2025-11-30"), (Some(74_71), None), "30 + 31 + 32/70 x 30");
    }

    #[test]
    fn n_20_the_published_74_days_are_not_repeated() {
        assert_eq!(counted(20_000, &[12_500, 10_000], "2025-11-30").0, Some(53_25));
    }
}
