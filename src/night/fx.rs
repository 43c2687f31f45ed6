//! Exchange rates into the reporting currency: the last known on or before `as_of`.

use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::base::money::{Amount, Currency, divide_half_up};
use crate::night::normalise::exchange_rates::RateRow;

/// Units of the twelfth decimal in one: rates are held in such units, so that one rupiah or dong still has seven digits in euro.
pub const ONE: i64 = 1_000_000_000_000;

const REMEDY: &str = "name a table of exchange rates in the job file, fx: data/fx.parquet, and give it a row of this currency: columns \
                          date (the night or earlier), currency, and rate_to_reporting (what one unit is worth in the reporting currency)";

/// What to do about currencies without a rate. A ledger in one of them alone needs no rates.
pub fn remedy(missing: &[Currency]) -> String {
    match missing {
        [only] => format!("{REMEDY}; or, if the figures shall be in {only}, write reporting_currency: {only} in the job file"),
        _ => REMEDY.to_owned(),
    }
}

/// One rate per currency, as known at `as_of`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    reporting: Currency,
    by_currency: BTreeMap<Currency, i64>,
}

/// A currency that is in use has no rate on or before `as_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRate(pub Currency);

impl Rates {
    /// The latest of the accepted rates of each currency.
    pub fn latest(rows: &[RateRow], reporting: Currency) -> Rates {
        let mut latest: BTreeMap<Currency, (Date, i64)> = BTreeMap::new();
        for row in rows {
            let known = latest.entry(row.currency).or_insert((row.date, row.rate));
            *known = (*known).max((row.date, row.rate));
        }
        Rates::new(reporting, latest.into_iter().map(|(currency, (_, rate))| (currency, rate)))
    }

    /// Rates in units of the twelfth decimal, as [`Rates::of`] gives them back; the reporting currency itself is always worth one.
    pub fn new(reporting: Currency, rates: impl IntoIterator<Item = (Currency, i64)>) -> Rates {
        let mut by_currency: BTreeMap<Currency, i64> = rates.into_iter().collect();
        by_currency.insert(reporting, ONE);
        Rates { reporting, by_currency }
    }

    /// The reporting currency.
    pub fn reporting(&self) -> Currency {
        self.reporting
    }

    /// The rate of a currency, in units of the twelfth decimal of the reporting currency for one of its units.
    ///
    /// # Errors
    /// [`NoRate`] where none is known on or before `as_of`.
    pub fn of(&self, currency: Currency) -> Result<i64, NoRate> {
        self.by_currency.get(&currency).copied().ok_or(NoRate(currency))
    }

    /// A sum in minor units of the reporting currency, rounded once, half-up; `i128::MAX` or `i128::MIN` where it does not fit.
    ///
    /// # Errors
    /// [`NoRate`] where no rate is known on or before `as_of`.
    pub fn convert(&self, sum: i128, currency: Currency) -> Result<i128, NoRate> {
        if currency == self.reporting {
            return Ok(sum);
        }
        let rate = i128::from(self.of(currency)?) * i128::from(self.reporting.unit());
        let one = i128::from(ONE) * i128::from(currency.unit());
        // In two parts, because the product of a large sum and a rate of twelve decimals need not fit.
        let whole = (sum / one).saturating_mul(rate);
        Ok(whole.saturating_add(divide_half_up(sum % one * rate, one)))
    }

    /// An amount in minor units of the reporting currency, rounded half-up; amounts beyond the range of one row are cut at it.
    ///
    /// # Errors
    /// [`NoRate`] where no rate is known on or before `as_of`.
    pub fn convert_amount(&self, amount: Amount, currency: Currency) -> Result<Amount, NoRate> {
        let converted = self.convert(amount.wide(), currency)?;
        Ok(Amount(i64::try_from(converted).unwrap_or(if converted < 0 { i64::MIN + 1 } else { i64::MAX })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code.as_bytes()).expect("a currency")
    }

    #[test]
    fn the_latest_rate_counts_in_any_order_of_rows() {
        let row = |day, rate| RateRow { date: Date(day), currency: currency("USD"), rate };
        for rows in [[row(1, 5), row(3, 7), row(2, 9)], [row(3, 7), row(2, 9), row(1, 5)]] {
            assert_eq!(Rates::latest(&rows, currency("EUR")).of(currency("USD")), Ok(7));
        }
    }

    #[test]
    fn a_sum_is_converted_exactly_and_rounded_once() {
        let rates = [("USD", 912_345_678_901), ("JPY", 6_123_456_789), ("IDR", 54_321_987), ("KWD", 2_991_500_000_000)];
        let rates = Rates::new(currency("EUR"), rates.map(|(code, rate)| (currency(code), rate)));
        let cases = [
            ("EUR", 7, 7),
            ("USD", 1_000_000_000_000, 912_345_678_901),
            ("USD", -1_000_000_000_001, -912_345_678_902),
            ("JPY", 10_000_000_000, 6_123_456_789),
            ("IDR", 20_000, 1),
            ("IDR", 9_205, 1),
            ("IDR", 9_204, 0),
            ("KWD", 1_000, 299),
            ("KWD", 10_i128.pow(27), 29_915 * 10_i128.pow(22)),
        ];
        for (code, sum, expected) in cases {
            assert_eq!(rates.convert(sum, currency(code)), Ok(expected), "{sum} {code}");
        }
        assert_eq!(rates.convert(1, currency("GBP")), Err(NoRate(currency("GBP"))));
    }
}
