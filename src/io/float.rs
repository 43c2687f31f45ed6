//! Floats read exactly: a finite `f64` is a whole number divided by a power of two, and nothing here computes in floating point.

use crate::base::money::divide_half_up;

/// How far a float may lie from a minor unit: one part in this many of that unit.
const TOLERANCE: i128 = 1_000_000;

/// A finite binary float: `mantissa / 2^shift`, or `mantissa * 2^-shift` where `shift` is negative.
#[derive(Debug, Clone, Copy)]
pub struct Binary {
    mantissa: i128,
    shift: i32,
}

impl Binary {
    /// The float as a fraction; `None` for infinities and what is not a number.
    pub fn of(value: f64) -> Option<Binary> {
        let bits = value.to_bits();
        let exponent = i32::try_from((bits >> 52) & 0x7ff).ok()?;
        let fraction = i128::from(bits & ((1 << 52) - 1));
        let (magnitude, exponent) = if exponent == 0 { (fraction, 1) } else { (fraction | 1 << 52, exponent) };
        let mantissa = if value.is_sign_negative() { -magnitude } else { magnitude };
        value.is_finite().then_some(Binary { mantissa, shift: 1075 - exponent })
    }

    /// The value times `factor`, rounded half away from zero; `None` where it leaves `i128`.
    pub fn scaled(self, factor: i128) -> Option<i128> {
        let product = self.mantissa.checked_mul(factor)?;
        match u32::try_from(self.shift) {
            Ok(shift) if shift < 126 => Some(divide_half_up(product, 1 << shift)),
            // The product has at most 53 + 30 bits: half of it does not reach one.
            Ok(_) => Some(0),
            Err(_) => product.checked_mul(1_i128.checked_shl(self.shift.unsigned_abs()).filter(|power| *power > 0)?),
        }
    }

    /// The value times `factor` where that is a whole number, up to one millionth of a unit; else `None`.
    pub fn whole(self, factor: i128) -> Option<i128> {
        let nearest = self.scaled(factor)?;
        let Ok(shift) = u32::try_from(self.shift) else { return Some(nearest) };
        if shift >= 100 {
            return Some(nearest);
        }
        let distance = (self.mantissa.checked_mul(factor)? - (nearest << shift)).abs();
        (distance.checked_mul(TOLERANCE)? <= 1 << shift).then_some(nearest)
    }
}

/// A float as money in thousandths: the nearest hundredth, or the nearest thousandth, if it lies within a millionth of that unit.
pub fn money(value: f64) -> Option<i128> {
    let value = Binary::of(value)?;
    value.whole(100).map(|hundredths| hundredths * 10).or_else(|| value.whole(1000))
}

/// A float as a number in millionths, rounded half-up.
pub fn number(value: f64) -> Option<i128> {
    Binary::of(value)?.scaled(1_000_000)
}

/// A float as an exchange rate in units of the twelfth decimal, rounded half-up.
pub fn exchange_rate(value: f64) -> Option<i128> {
    Binary::of(value)?.scaled(1_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_near_a_minor_unit_are_money() {
        let cases = [
            (0.0, Some(0)),
            (-0.0, Some(0)),
            (1234.56, Some(1_234_560)),
            (-0.01, Some(-10)),
            (0.1 + 0.2, Some(300)),
            (1.005, Some(1005)),
            (100.000_000_009, Some(100_000)),
            (100.000_002, None),
            (123_456_789.12, Some(123_456_789_120)),
            (99_999_999_999.99, None),
            (99_999_999_999.0, Some(99_999_999_999_000)),
            (1e15, Some(1_000_000_000_000_000_000)),
            (1e300, None),
            (5e-324, Some(0)),
            (1.0 / 3.0, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ];
        for (value, expected) in cases {
            assert_eq!(money(value), expected, "{value:e}");
        }
    }

    #[test]
    fn numbers_are_rounded_half_up_at_the_sixth_decimal() {
        let cases = [
            (0.5, Some(500_000)),
            (0.1215, Some(121_500)),
            (-2.25, Some(-2_250_000)),
            (0.007_812_5, Some(7813)),
            (-0.007_812_5, Some(-7813)),
            (0.000_000_476_837_158_203_125, Some(0)),
            (1e-300, Some(0)),
            (3e10, Some(30_000_000_000_000_000)),
            (f64::NAN, None),
            (1e40, None),
        ];
        for (value, expected) in cases {
            assert_eq!(number(value), expected, "{value:e}");
        }
    }
}
