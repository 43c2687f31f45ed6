//! Expected recovery by age: the survey curve of commercial claims (69.6 % at 90 days past due, 52.1 % at 180, 22.8 % at a year),
//! linear between its knots and flat outside them. For ranking and planning, never an accounting allowance.

use crate::base::money::{Amount, divide_half_up};

/// Days past due and share recovered in thousandths.
const KNOTS: [(i32, i128); 3] = [(90, 696), (180, 521), (365, 228)];

/// A share recovered as an exact fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub numerator: i128,
    /// Positive.
    pub denominator: i128,
}

impl Share {
    /// The share of an amount, rounded half-up to the minor unit.
    pub fn of(self, amount: Amount) -> i128 {
        divide_half_up(amount.wide() * self.numerator, self.denominator)
    }
}

/// The share expected to be recovered of a claim this many days past due.
pub fn expected_share(days_past_due: i32) -> Share {
    let (first, last) = (KNOTS[0], KNOTS[KNOTS.len() - 1]);
    if days_past_due <= first.0 {
        return Share { numerator: first.1, denominator: 1_000 };
    }
    let between = KNOTS.windows(2).find(|pair| days_past_due <= pair[1].0);
    let Some([(from, high), (to, low)]) = between else { return Share { numerator: last.1, denominator: 1_000 } };
    let width = i128::from(to - from);
    Share { numerator: high * width - (high - low) * i128::from(days_past_due - from), denominator: 1_000 * width }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vector C-31 of the domain definitions, in thousandths of a percent.
    #[test]
    fn c_31_the_curve_is_linear_between_its_knots() {
        let cases = [
            (90, 69_600),
            (120, 63_767),
            (135, 60_850),
            (150, 57_933),
            (180, 52_100),
            (240, 42_597),
            (270, 37_846),
            (300, 33_095),
            (365, 22_800),
            (500, 22_800),
            (-5, 69_600),
        ];
        for (days, expected) in cases {
            let share = expected_share(days);
            assert_eq!(divide_half_up(share.numerator * 100_000, share.denominator), expected, "{days} days");
        }
    }

    /// Vector C-34.
    #[test]
    fn c_34_expected_recovery_of_three_claims() {
        let claims = [(90, 10_000_000), (180, 5_000_000), (365, 2_000_000)];
        let total: i128 = claims.iter().map(|(days, cents)| expected_share(*days).of(Amount(*cents))).sum();
        assert_eq!(total, 10_021_000);
    }
}
