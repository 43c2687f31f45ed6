//! What a cash discount is worth to whoever pays early, as a yearly rate; and the discount that a yearly rate gives.

use super::Discount;
use crate::base::fixed_point::{ONE, power, root};
use crate::base::money::{Amount, Rate, divide_half_up};

/// Days of a year of banks.
pub const BANK_YEAR: i32 = 360;
/// Days of a year of the calendar.
pub const YEAR: i32 = 365;

impl Discount {
    /// What paying this many days later costs, as simple interest on what would have been paid: `p / (1 - p) x year / days`.
    /// `None` where nothing is gained by waiting.
    pub fn yearly_cost(&self, days_later: i32, year: i32) -> Option<Rate> {
        let (share, rest) = (i128::from(self.share.0), i128::from(Rate::ONE.0 - self.share.0));
        let exact = share * i128::from(Rate::ONE.0) * i128::from(year);
        (days_later > 0 && rest > 0).then(|| divide_half_up(exact, rest * i128::from(days_later))).and_then(rate)
    }

    /// The same with interest on interest: `(1 / (1 - p)) ^ (365 / days) - 1`. `None` also where it is beyond every rate.
    pub fn effective_yearly_cost(&self, days_later: i32) -> Option<Rate> {
        let days = u32::try_from(days_later).ok().filter(|days| *days > 0)?;
        let rest = u128::try_from(Rate::ONE.0 - self.share.0).ok()? * ONE / u128::try_from(Rate::ONE.0).ok()?;
        let left_after_a_year = i128::try_from(power(root(rest, days), YEAR.unsigned_abs())).ok().filter(|left| *left > 0)?;
        let one = i128::try_from(ONE).ok()?;
        rate(divide_half_up((one - left_after_a_year) * i128::from(Rate::ONE.0), left_after_a_year))
    }
}

/// The discount of banks (*escompte*): interest at a yearly rate, of a year of 360 days, on an amount paid so many days early; half-up.
/// In French invoices the amount is the price without tax.
pub fn banker_discount(amount: Amount, yearly: Rate, days_early: i32) -> Amount {
    let exact = amount.wide() * i128::from(yearly.0) * i128::from(days_early.max(0));
    Amount(i64::try_from(divide_half_up(exact, i128::from(Rate::ONE.0) * i128::from(BANK_YEAR))).unwrap_or(amount.0))
}

fn rate(millionths: i128) -> Option<Rate> {
    i64::try_from(millionths).ok().map(Rate)
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]
mod tests {
    use super::*;
    use crate::base::terms::DayUnit;

    fn discount(percent: i64) -> Discount {
        Discount { share: Rate(percent * 10_000), days: 10, unit: DayUnit::Days }
    }

    /// Hundredths of a percent, as the vectors are printed.
    fn hundredths(rate: Option<Rate>) -> Option<i128> {
        rate.map(|rate| divide_half_up(i128::from(rate.0), 100))
    }

    #[test]
    fn b_26_to_b_28_what_it_costs_a_year_not_to_take_a_discount() {
        // Percent, the last day of the discount, the net term: simple of 360 and 365 days, effective; B-26 and B-28 are published so.
        let cases = [
            ("B-26: 2/10 net 30", 2, 10, 30, [36_73, 37_24, 44_59]),
            ("B-27: 1/10 net 30", 1, 10, 30, [18_18, 18_43, 20_13]),
            ("B-27: 3/10 net 45", 3, 10, 45, [31_81, 32_25, 37_39]),
            ("B-27: 2/15 net 60", 2, 15, 60, [16_33, 16_55, 17_81]),
            ("B-28: 2/20 net 45", 2, 20, 45, [29_39, 29_80, 34_31]),
        ];
        for (name, percent, until, net, expected) in cases {
            let (offer, later) = (discount(percent), net - until);
            let found = [offer.yearly_cost(later, BANK_YEAR), offer.yearly_cost(later, YEAR), offer.effective_yearly_cost(later)];
            assert_eq!(found.map(hundredths), expected.map(Some), "{name}");
        }
    }

    #[test]
    fn a_discount_that_lasts_as_long_as_the_term_costs_nothing_to_wait_for() {
        for later in [0, -1] {
            assert_eq!((discount(2).yearly_cost(later, YEAR), discount(2).effective_yearly_cost(later)), (None, None));
        }
        assert_eq!(discount(99).effective_yearly_cost(1), None, "beyond every rate");
        assert_eq!(discount(50).effective_yearly_cost(365), Some(Rate(1_000_000)));
    }

    #[test]
    fn b_29_the_discount_of_banks() {
        let early = |days| banker_discount(Amount(10_000_00), Rate(20_000), days);
        assert_eq!((early(30), Amount(10_000_00) - early(30)), (Amount(16_67), Amount(9_983_33)));
        assert_eq!((early(0), early(-5)), (Amount::ZERO, Amount::ZERO), "on the day, and late");
    }
}
