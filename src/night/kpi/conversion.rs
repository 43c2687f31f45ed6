//! Sums in the reporting currency: one rounding each, and no guess where a sum is too large.

use crate::base::money::Currency;
use crate::night::fx::Rates;

/// The largest converted sum, so that sums over all currencies stay far within `i128`.
pub const LARGEST: i128 = 10_i128.pow(27);

/// A sum in minor units of `currency` as minor units of the reporting currency, rounded once, half-up;
/// `None` where no rate is known, and above the largest sum, 10^27.
pub fn convert(sum: i128, currency: Currency, rates: &Rates) -> Option<i128> {
    rates.convert(sum, currency).ok().filter(|converted| converted.unsigned_abs() <= LARGEST.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_converted_with_one_rounding() {
        let currency = |code: &str| Currency::parse(code.as_bytes()).unwrap();
        let rates = Rates::new(currency("EUR"), [(currency("JPY"), 6_123_456_789), (currency("KWD"), 2_991_500_000_000)]);
        let cases = [
            ("EUR", 12_345, Some(12_345)),
            ("JPY", 1_000, Some(612)),
            ("JPY", -1_000, Some(-612)),
            ("KWD", 1_000, Some(299)),
            ("USD", 1, None),
            ("JPY", 1_000_000_000_000, Some(612_345_678_900)),
            ("KWD", i128::MAX, None),
            ("KWD", i128::MIN, None),
            ("EUR", LARGEST + 1, None),
        ];
        for (code, sum, expected) in cases {
            assert_eq!(convert(sum, currency(code), &rates), expected, "{sum} {code}");
        }
    }
}
