//! Unpaid invoices by how late they are, as French companies disclose them at their closing date (C. com. D441-6, A441-2).
//!
//! The bands are those of the law, whatever the job's aging bands are. Items in dispute are left out of them and told apart. An instalment
//! counts as an invoice, as everywhere among the figures.

use std::collections::BTreeMap;

use crate::base::money::Currency;
use crate::night::kpi::monthly::Additive;

/// Names of the bands: days late, both ends included. What is due today is not late.
pub const DELAY_BANDS: [&str; 5] = ["0", "1-30", "31-60", "61-90", "91+"];

/// Last day late of each band but the last one.
const LAST_DAYS: [i32; 4] = [0, 30, 60, 90];

/// Unpaid items and what is open of them, minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unpaid {
    pub items: i64,
    pub amount: i128,
}

impl Unpaid {
    fn add(&mut self, open: i128) {
        self.items += 1;
        self.amount += open;
    }
}

impl Additive for Unpaid {
    fn merge(&mut self, other: &Unpaid) {
        self.items += other.items;
        self.amount += other.amount;
    }
}

/// The unpaid items of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PaymentDelays {
    /// By position in [`DELAY_BANDS`].
    pub bands: [Unpaid; DELAY_BANDS.len()],
    /// Items in open dispute, however late.
    pub disputed: Unpaid,
}

impl PaymentDelays {
    /// One day late or more.
    pub fn late(&self) -> Unpaid {
        sum(&self.bands[1..])
    }

    /// Everything unpaid.
    pub fn whole(&self) -> Unpaid {
        let mut whole = sum(&self.bands);
        whole.merge(&self.disputed);
        whole
    }

    /// The same in another currency; `None` where a sum cannot be converted.
    pub fn converted(&self, convert: impl Fn(i128) -> Option<i128>) -> Option<PaymentDelays> {
        let mut converted = *self;
        for unpaid in converted.bands.iter_mut().chain([&mut converted.disputed]) {
            unpaid.amount = convert(unpaid.amount)?;
        }
        Some(converted)
    }

    fn add(&mut self, days_past_due: i32, open: i128, is_disputed: bool) {
        let place = if is_disputed { &mut self.disputed } else { &mut self.bands[band_of(days_past_due)] };
        place.add(open);
    }
}

fn sum(bands: &[Unpaid]) -> Unpaid {
    let mut sum = Unpaid::default();
    bands.iter().for_each(|band| sum.merge(band));
    sum
}

fn band_of(days_past_due: i32) -> usize {
    LAST_DAYS.iter().filter(|last| **last < days_past_due).count()
}

impl Additive for PaymentDelays {
    fn merge(&mut self, other: &PaymentDelays) {
        for (own, part) in self.bands.iter_mut().zip(&other.bands) {
            own.merge(part);
        }
        self.disputed.merge(&other.disputed);
    }
}

/// The unpaid items of a shard while it is read. There are few currencies, and neighbours mostly share theirs.
#[derive(Debug, Default)]
pub struct OpenDelays {
    currencies: Vec<(Currency, PaymentDelays)>,
    last: usize,
}

impl OpenDelays {
    /// Adds one open item.
    pub fn add(&mut self, currency: Currency, days_past_due: i32, open: i128, is_disputed: bool) {
        if self.currencies.get(self.last).is_none_or(|(known, _)| *known != currency) {
            self.last = self.currencies.iter().position(|(known, _)| *known == currency).unwrap_or_else(|| {
                self.currencies.push((currency, PaymentDelays::default()));
                self.currencies.len() - 1
            });
        }
        self.currencies[self.last].1.add(days_past_due, open, is_disputed);
    }

    /// The delays of each currency.
    pub fn finish(self) -> BTreeMap<Currency, PaymentDelays> {
        self.currencies.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_band_belong_to_it() {
        let cases = [(-30, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (10_000, 4)];
        for (days, band) in cases {
            assert_eq!(band_of(days), band, "{days} days late");
        }
    }
}
