//! How far a quotient over many debtor groups may be off by chance alone.
//!
//! A quotient of two totals, `Σy / Σx` over groups drawn by lot, is estimated by itself; its error by that of the residuals `y - (Σy / Σx) x`
//! (ratio estimator: Cochran, Sampling Techniques, 3rd ed., 6.3). The difference of two arms is given with the 95 % interval of Student's
//! distribution; where a few groups carry most of the whole, they count as the few they are (effective number of groups, Kish 1965;
//! degrees of freedom, Satterthwaite 1946).
//!
//! Sums are exact; from there on floats are used, in one order and with nothing but `+ - * /` and square roots, which every machine rounds alike.

use crate::night::kpi::Moments;
use crate::portfolio::ratio::Reason;

/// Fewest groups of an arm an interval is given for.
const FEWEST_GROUPS: i128 = 30;
/// Fewest groups they must weigh as.
const FEWEST_EFFECTIVE: f64 = 4.0;
/// Two-sided 95 % point of the normal distribution.
pub const Z_95: f64 = 1.959_963_984_540_054;
/// Two-sided 99.9 % point.
pub const Z_999: f64 = 3.290_526_731_491_925;

/// A quotient with the square of its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub variance: f64,
    /// How many groups of equal weight would say as much.
    effective: f64,
}

/// A difference and the bounds between which it lies, chance apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// Whether no difference at all lies outside the bounds.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

impl Estimate {
    /// The quotient of the totals.
    ///
    /// # Errors
    /// Why there is none, or none whose error could be told.
    pub fn of(sums: &Moments) -> Result<Estimate, Reason> {
        if sums.too_large {
            return Err(Reason::OutOfRange);
        }
        if sums.x <= 0 {
            return Err(Reason::ZeroOrNegativeDenominator);
        }
        let [groups, x, y, xx, xy, yy] = [sums.groups, sums.x, sums.y, sums.xx, sums.xy, sums.yy].map(float);
        let effective = x * x / xx;
        if sums.groups < FEWEST_GROUPS || effective < FEWEST_EFFECTIVE {
            return Err(Reason::TooFewGroups);
        }
        let value = y / x;
        let residuals = (yy - 2.0 * value * xy + value * value * xx).max(0.0);
        let variance = residuals / (x * x) * groups / (groups - 1.0);
        Ok(Estimate { value, variance, effective })
    }
}

/// How much larger one quotient is than another, with the bounds of a two-sided point of the normal distribution ([`Z_95`]).
///
/// # Errors
/// [`Reason::NoVariation`] where no group of either arm differs from another, so that nothing can be said of chance.
pub fn difference(on: &Estimate, control: &Estimate, z: f64) -> Result<Interval, Reason> {
    let variance = on.variance + control.variance;
    if variance <= 0.0 {
        return Err(Reason::NoVariation);
    }
    let part = |one: &Estimate| one.variance * one.variance / (one.effective - 1.0);
    let freedom = variance * variance / (part(on) + part(control));
    let (value, half) = (on.value - control.value, student(z, freedom) * variance.sqrt());
    Ok(Interval { value, low: value - half, high: value + half })
}

/// The point of Student's distribution that belongs to one of the normal distribution (Abramowitz and Stegun, 26.7.5).
fn student(z: f64, freedom: f64) -> f64 {
    let square = z * z;
    let first = z * (square + 1.0) / 4.0;
    let second = z * ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let third = z * (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    let fourth = z * ((((79.0 * square + 776.0) * square + 1482.0) * square - 1920.0) * square - 945.0) / 92_160.0;
    z + (first + (second + (third + fourth / freedom) / freedom) / freedom) / freedom
}

/// How far the share of a draw lies from the one ruled, with the bounds of chance.
///
/// # Errors
/// [`Reason::TooFewGroups`].
pub fn share_difference(drawn: i128, of: i128, ruled: f64, z: f64) -> Result<Interval, Reason> {
    if of < FEWEST_GROUPS {
        return Err(Reason::TooFewGroups);
    }
    let value = float(drawn) / float(of) - ruled;
    let half = z * (ruled * (1.0 - ruled) / float(of)).sqrt();
    Ok(Interval { value, low: value - half, high: value + half })
}

/// The nearest float.
#[expect(clippy::cast_precision_loss, reason = "an error of one in 10^15 is none beside that of chance")]
pub fn float(exact: i128) -> f64 {
    exact as f64
}

/// The nearest whole number of millionths.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float stops at the ends of the range")]
pub fn millionths(value: f64) -> i128 {
    (value * 1_000_000.0).round() as i128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_students_distribution_are_those_of_the_tables() {
        // Degrees of freedom, two-sided 95 % point.
        for (freedom, expected) in [(4.0, 2.776), (5.0, 2.571), (10.0, 2.228), (30.0, 2.042), (120.0, 1.980), (1e9, 1.960)] {
            let found = student(Z_95, freedom);
            assert!((found - expected).abs() < 0.002, "{freedom}: {found}, not {expected}");
        }
    }

    #[test]
    fn a_mean_has_the_error_of_textbooks() {
        // 1 to 40: the mean is 20.5, its standard error s / √n with s² = n(n+1)/12.
        let mut sums = Moments::default();
        (1..=40).for_each(|y| sums.add(1, y));
        let found = Estimate::of(&sums).unwrap();
        assert!((found.value - 20.5).abs() < 1e-12 && (found.variance - 40.0 * 41.0 / 12.0 / 40.0).abs() < 1e-9, "{found:?}");
        assert!((found.effective - 40.0).abs() < 1e-9);
    }

    #[test]
    fn where_nothing_can_be_said_the_reason_is() {
        let of = |groups: i64, x: i128, y: &dyn Fn(i64) -> i128| {
            let mut sums = Moments::default();
            (0..groups).for_each(|at| sums.add(x, y(at)));
            Estimate::of(&sums)
        };
        assert_eq!(of(29, 1, &i128::from), Err(Reason::TooFewGroups));
        assert_eq!(of(30, 0, &i128::from), Err(Reason::ZeroOrNegativeDenominator));
        assert_eq!(of(30, 1, &|_| i128::MAX / 2), Err(Reason::OutOfRange));
        let same = of(30, 1, &|_| 7).unwrap();
        assert_eq!(difference(&same, &same, Z_95), Err(Reason::NoVariation));
        // Thirty groups of which one is nearly everything say as much as one.
        let mut sums = Moments::default();
        (0..30).for_each(|at| sums.add(if at == 0 { 1_000_000 } else { 1 }, 1));
        assert_eq!(Estimate::of(&sums), Err(Reason::TooFewGroups));
    }
}
