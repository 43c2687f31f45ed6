//! Tonight's exchange rates into the reporting currency.

use std::collections::BTreeMap;

use crate::base::money::{Currency, Rate, divide_half_up};

/// The last known rate of each currency not after `as_of`: one unit of it in units of the reporting currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    reporting: Currency,
    rates: BTreeMap<Currency, Rate>,
}

impl Exchange {
    /// Rates into `reporting`, which itself is always worth one.
    pub fn new(reporting: Currency, rates: impl IntoIterator<Item = (Currency, Rate)>) -> Exchange {
        let mut rates: BTreeMap<Currency, Rate> = rates.into_iter().collect();
        rates.insert(reporting, Rate::ONE);
        Exchange { reporting, rates }
    }

    /// The reporting currency.
    pub fn reporting(&self) -> Currency {
        self.reporting
    }

    /// The rate of a currency; `None` where no rate is known.
    pub fn rate(&self, currency: Currency) -> Option<Rate> {
        self.rates.get(&currency).copied()
    }

    /// A sum in minor units of `currency` as minor units of the reporting currency, rounded once, half-up;
    /// `None` where no rate is known.
    pub fn convert(&self, sum: i128, currency: Currency) -> Option<i128> {
        let rate = i128::from(self.rate(currency)?.0);
        let one = i128::from(Rate::ONE.0) * i128::from(currency.unit());
        Some(divide_half_up(sum * rate * i128::from(self.reporting.unit()), one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_converted_with_one_rounding() {
        let currency = |code: &str| Currency::parse(code.as_bytes()).unwrap();
        let exchange = Exchange::new(currency("EUR"), [(currency("JPY"), Rate(6_123)), (currency("KWD"), Rate(2_991_500))]);
        let cases = [
            ("EUR", 12_345, Some(12_345)),
            ("JPY", 1_000, Some(612)),
            ("JPY", -1_000, Some(-612)),
            ("KWD", 1_000, Some(299)),
            ("USD", 1, None),
        ];
        for (code, sum, expected) in cases {
            assert_eq!(exchange.convert(sum, currency(code)), expected, "{sum} {code}");
        }
    }
}
