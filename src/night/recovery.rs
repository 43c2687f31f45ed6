//! What part of an open item is still expected to come in, by its age: a curve of knots, joined by straight lines.
//!
//! For ranking and planning, never an accounting allowance. Weights are whole numbers over one common denominator, so that a sum over a whole portfolio is exact and is rounded once.

use std::borrow::Cow;

use crate::base::money::{Amount, Rate, divide_half_up};

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

/// The share expected to be recovered of a claim this many days past due, by the seed curve.
pub fn expected_share(days_past_due: i32) -> Share {
    let curve = &RecoveryCurve::SEED;
    Share { numerator: curve.weight(days_past_due), denominator: curve.denominator() }
}

/// A recovery curve: shares at ages, flat before the first knot and after the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryCurve {
    /// Days past due and the share recovered from there, ascending by day.
    knots: Cow<'static, [(i32, Rate)]>,
    /// Least common multiple of the distances between knots.
    span: i128,
}

impl RecoveryCurve {
    /// 69.6 % at 90 days, 52.1 % at 180, 22.8 % at 365 (survey of commercial collection agencies, 18 October 2004).
    pub const SEED: RecoveryCurve =
        RecoveryCurve { knots: Cow::Borrowed(&[(90, Rate(696_000)), (180, Rate(521_000)), (365, Rate(228_000))]), span: 3_330 };

    /// Bound of the common denominator, so that the sum over a portfolio stays within `i128`.
    pub const LARGEST_SPAN: i128 = 1_000_000;

    /// A curve through these knots; `None` unless there is a knot, the days ascend, and their distances have a common multiple
    /// of at most [`RecoveryCurve::LARGEST_SPAN`] days.
    pub fn new(knots: &[(i32, Rate)]) -> Option<RecoveryCurve> {
        let span = knots.windows(2).try_fold(1, |span, pair| {
            let length = distance(pair[0].0, pair[1].0);
            (length > 0).then(|| least_common_multiple(span, length)).filter(|span| *span <= RecoveryCurve::LARGEST_SPAN)
        })?;
        (!knots.is_empty()).then(|| RecoveryCurve { knots: Cow::Owned(knots.to_vec()), span })
    }

    /// The share of an item this many days past due that is still expected, over [`RecoveryCurve::denominator`].
    pub fn weight(&self, days_past_due: i32) -> i128 {
        let after = self.knots.partition_point(|(day, _)| *day <= days_past_due);
        let (Some(left), Some(right)) = (after.checked_sub(1).and_then(|at| self.knots.get(at)), self.knots.get(after)) else {
            let edge = if after == 0 { self.knots.first() } else { self.knots.last() };
            return edge.map_or(0, |(_, share)| share_of(*share) * self.span);
        };
        let (from_left, to_right) = (distance(left.0, days_past_due), distance(days_past_due, right.0));
        (share_of(left.1) * to_right + share_of(right.1) * from_left) * (self.span / distance(left.0, right.0))
    }

    /// What weights are divided by.
    pub fn denominator(&self) -> i128 {
        self.span * share_of(Rate::ONE)
    }
}

fn share_of(rate: Rate) -> i128 {
    i128::from(rate.0)
}

fn distance(from: i32, to: i32) -> i128 {
    i128::from(to) - i128::from(from)
}

fn least_common_multiple(a: i128, b: i128) -> i128 {
    a / greatest_common_divisor(a, b) * b
}

fn greatest_common_divisor(a: i128, b: i128) -> i128 {
    if b == 0 { a.max(1) } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(curve: &RecoveryCurve, cases: &[(i32, i128)]) {
        for (days, thousandths_of_percent) in cases {
            let share = divide_half_up(curve.weight(*days) * 100_000, curve.denominator());
            assert_eq!(share, *thousandths_of_percent, "{days} days past due");
        }
    }

    #[test]
    fn c_31_seed_knots_joined_by_lines() {
        let cases = [
            (-30, 69_600),
            (0, 69_600),
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
        ];
        check(&RecoveryCurve::SEED, &cases);
    }

    #[test]
    fn c_34_expected_recovery_of_three_claims() {
        let claims = [(90, 10_000_000), (180, 5_000_000), (365, 2_000_000)];
        let total: i128 = claims.iter().map(|(days, cents)| expected_share(*days).of(Amount(*cents))).sum();
        assert_eq!(total, 10_021_000);
    }

    #[test]
    fn c_32_full_curve() {
        let knots =
            [(0, 949_000), (30, 899_000), (60, 813_000), (90, 696_000), (180, 521_000), (270, 391_000), (365, 228_000), (730, 93_000)];
        let curve = RecoveryCurve::new(&knots.map(|(day, share)| (day, Rate(share)))).unwrap();
        check(&curve, &[(45, 85_600), (75, 75_450), (240, 43_433), (300, 33_953), (500, 17_807)]);
    }

    #[test]
    fn the_seed_is_the_curve_through_its_knots() {
        let seed = RecoveryCurve::SEED;
        assert_eq!(RecoveryCurve::new(&seed.knots), Some(seed));
        let refused: [&[(i32, Rate)]; 3] = [&[], &[(90, Rate(1)), (90, Rate(2))], &[(0, Rate(1)), (1_009, Rate(2)), (2_022, Rate(3))]];
        for knots in refused {
            assert_eq!(RecoveryCurve::new(knots), None, "{knots:?}");
        }
    }
}
