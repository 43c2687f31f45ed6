//! Exchange rates into the reporting currency: the last known on or before `as_of`.

use std::collections::BTreeMap;

use crate::base::contract::fx::{CURRENCY, DATE, RATE_TO_REPORTING};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency, divide_half_up};
use crate::base::table::Table;

/// Rates are held in millionths of a unit of the reporting currency.
const SCALE: i128 = 1_000_000;
/// Where a conversion too large to compute is cut: rounding it must still fit.
const LARGEST_PRODUCT: i128 = i128::MAX / 2;

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
    /// Reads the rates; rows that are not positive, not a currency or after `as_of` do not count.
    pub fn read(table: &Table, reporting: Currency, as_of: Date) -> Rates {
        let mut latest: BTreeMap<Currency, (Date, i64)> = BTreeMap::new();
        for row in 0..table.len() {
            let currency = table.text(CURRENCY, row).and_then(Currency::parse);
            let rate = table.number(RATE_TO_REPORTING, row).filter(|rate| *rate > 0);
            let date = table.date(DATE, row).filter(|date| *date <= as_of);
            if let (Some(currency), Some(rate), Some(date)) = (currency, rate, date) {
                let known = latest.entry(currency).or_insert((date, rate));
                *known = (*known).max((date, rate));
            }
        }
        Rates::new(reporting, latest.into_iter().map(|(currency, (_, rate))| (currency, rate)))
    }

    /// Rates in millionths, as [`Rates::of`] gives them back; the reporting currency itself is always worth one.
    pub fn new(reporting: Currency, rates: impl IntoIterator<Item = (Currency, i64)>) -> Rates {
        let mut by_currency: BTreeMap<Currency, i64> = rates.into_iter().collect();
        by_currency.insert(reporting, 1_000_000);
        Rates { reporting, by_currency }
    }

    /// The reporting currency.
    pub fn reporting(&self) -> Currency {
        self.reporting
    }

    /// The rate of a currency, in millionths of a unit of the reporting currency for one of its units.
    ///
    /// # Errors
    /// [`NoRate`] where none is known on or before `as_of`.
    pub fn of(&self, currency: Currency) -> Result<i64, NoRate> {
        self.by_currency.get(&currency).copied().ok_or(NoRate(currency))
    }

    /// A sum in minor units of the reporting currency, rounded once, half-up.
    ///
    /// # Errors
    /// [`NoRate`] where no rate is known on or before `as_of`.
    pub fn convert(&self, sum: i128, currency: Currency) -> Result<i128, NoRate> {
        if currency == self.reporting {
            return Ok(sum);
        }
        let rate = i128::from(self.of(currency)?);
        let product = sum.saturating_mul(rate).saturating_mul(i128::from(self.reporting.unit()));
        Ok(divide_half_up(product.clamp(-LARGEST_PRODUCT, LARGEST_PRODUCT), SCALE * i128::from(currency.unit())))
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
