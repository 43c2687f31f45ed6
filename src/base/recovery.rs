//! What part of an open item is still expected to come in, by its age: a curve of knots, joined by straight lines or by decay.
//!
//! For ranking and planning, never an accounting allowance. Weights are whole numbers over one common denominator, so that a sum over a whole portfolio is exact and is rounded once.

use std::borrow::Cow;

use crate::base::fixed_point::{ONE, power, root};
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

/// How a curve runs between two knots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interpolation {
    /// In a straight line.
    #[default]
    Linear,
    /// By the same part of what is left, day after day: a straight line of the logarithms.
    LogLinear,
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

    /// Days a curve with [`Interpolation::LogLinear`] may span at most: it has a knot for each.
    pub const LONGEST_DECAY: i32 = 3_660;

    /// A curve through these knots; `None` where [`RecoveryCurve::new`] has none, or where it decays and a share is zero, or the knots
    /// are more than [`RecoveryCurve::LONGEST_DECAY`] days apart. Shares between the knots of a decay are rounded to millionths.
    pub fn through(knots: &[(i32, Rate)], interpolation: Interpolation) -> Option<RecoveryCurve> {
        match interpolation {
            Interpolation::Linear => RecoveryCurve::new(knots),
            Interpolation::LogLinear => {
                let (first, last) = (knots.first()?.0, knots.last()?.0);
                let ascend = knots.windows(2).all(|pair| pair[0].0 < pair[1].0);
                let is_short = distance(first, last) <= i128::from(RecoveryCurve::LONGEST_DECAY);
                if !ascend || !is_short || knots.iter().any(|(_, share)| share.0 <= 0) {
                    return None;
                }
                let mut daily = vec![knots[0]];
                knots.windows(2).for_each(|pair| daily.extend(decay(pair[0], pair[1])));
                RecoveryCurve::new(&daily)
            }
        }
    }

    /// The share of an item this many days past due that is still expected.
    pub fn share(&self, days_past_due: i32) -> Share {
        Share { numerator: self.weight(days_past_due), denominator: self.denominator() }
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

    /// Days past due and the share recovered from there, ascending by day.
    pub fn knots(&self) -> &[(i32, Rate)] {
        &self.knots
    }

    /// What weights are divided by.
    pub fn denominator(&self) -> i128 {
        self.span * share_of(Rate::ONE)
    }
}

/// The days after the left knot through the right one, each with the same part of the share of the day before: the `n`-th root of the
/// quotient of both shares, where `n` days lie between them. Counted from the larger share, so that the part is at most one.
fn decay(left: (i32, Rate), right: (i32, Rate)) -> Vec<(i32, Rate)> {
    let days = u32::try_from(distance(left.0, right.0)).unwrap_or(1);
    let (large, small) = (left.1.0.max(right.1.0), left.1.0.min(right.1.0));
    let (large, small) = (large.unsigned_abs(), small.unsigned_abs());
    let part = root(u128::from(small) * ONE / u128::from(large), days);
    let share = |steps: u32| {
        let exact = u128::from(large) * power(part, steps);
        Rate(i64::try_from((exact + ONE / 2) / ONE).unwrap_or(0))
    };
    let falls = left.1 >= right.1;
    let inside = (1..days).map(|day| (day, share(if falls { day } else { days - day })));
    let inside = inside.map(|(day, share)| (left.0 + i32::try_from(day).unwrap_or(0), share));
    inside.chain([right]).collect()
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
        let total: i128 = claims.iter().map(|(days, cents)| RecoveryCurve::SEED.share(*days).of(Amount(*cents))).sum();
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
    fn c_33_a_curve_that_decays_between_its_knots() {
        let seed = &RecoveryCurve::SEED.knots;
        let decaying = RecoveryCurve::through(seed, Interpolation::LogLinear).unwrap();
        // Knots and what lies outside them are those of the straight lines. 69.6 x (52.1 / 69.6)^(1/3) at 120 days, the root at 135,
        // and 52.1 x (22.8 / 52.1)^(60/185) at 240.
        check(
            &decaying,
            &[(0, 69_600), (90, 69_600), (120, 63_195), (135, 60_218), (180, 52_100), (240, 39_851), (365, 22_800), (500, 22_800)],
        );
        // A curve may rise as well: it is the mirror image.
        let rising = RecoveryCurve::through(&[(0, Rate(521_000)), (90, Rate(696_000))], Interpolation::LogLinear).unwrap();
        check(&rising, &[(60, 63_195), (45, 60_218)]);
        let flat = RecoveryCurve::through(&[(0, Rate::ONE), (9, Rate::ONE)], Interpolation::LogLinear).unwrap();
        check(&flat, &[(0, 100_000), (4, 100_000), (9, 100_000)]);
    }

    #[test]
    fn a_decay_needs_shares_above_zero_and_days_that_are_not_too_far_apart() {
        let far = RecoveryCurve::LONGEST_DECAY;
        let refused: [&[(i32, Rate)]; 4] =
            [&[], &[(0, Rate(5)), (9, Rate(0))], &[(9, Rate(5)), (9, Rate(4))], &[(0, Rate(5)), (far + 1, Rate(4))]];
        for knots in refused {
            assert_eq!(RecoveryCurve::through(knots, Interpolation::LogLinear), None, "{knots:?}");
        }
        assert!(RecoveryCurve::through(&[(0, Rate(5)), (far, Rate(4))], Interpolation::LogLinear).is_some());
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
