//! Roll and cure rates: what became of the balance of each aging band since the previous night (07 §C.6).
//!
//! A balance rolls where it is tonight in an older band, and is cured where it was settled, or where its due date moved so that it is
//! not yet due. What was written off or sold did neither, and what was not open the night before counts nowhere.

use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::base::money::Currency;
use crate::error::Failure;
use crate::night::fx::Rates;
use crate::night::kpi::{AgingBands, Movement, SETTLED, TransitionKey, Transitions, WRITTEN_OFF, convert};
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow, scale, too_large};
use crate::portfolio::indicators::{Indicator, Scale, Unit, quotient};

/// `kpis.scope` of a figure of one band.
const SCOPE: &str = "bucket";

/// Yesterday's balance of a band, and what became of it. Minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Roll {
    balance: i128,
    /// Now in an older band.
    older: i128,
    written_off: i128,
    /// Settled, or not yet due any more.
    cured: i128,
}

impl Roll {
    fn merge(&mut self, other: Roll) {
        self.balance += other.balance;
        self.older += other.older;
        self.written_off += other.written_off;
        self.cured += other.cured;
    }

    fn converted(self, currency: Currency, rates: &Rates) -> Option<Roll> {
        let convert = |sum| convert(sum, currency, rates);
        Some(Roll {
            balance: convert(self.balance)?,
            older: convert(self.older)?,
            written_off: convert(self.written_off)?,
            cured: convert(self.cured)?,
        })
    }
}

/// The rates of each band that had a balance, own currencies first, then converted; and the cure rate of all that was overdue.
/// `since` is the earlier night the movements start from, `None` the night before. Bands of a former job file that tonight's does not know are left out: nothing says which of tonight's are older.
///
/// # Errors
/// Sums too large to convert.
pub fn roll_rows(transitions: &Transitions, since: Option<Date>, settings: &FigureSettings) -> Result<Vec<KpiRow>, Failure> {
    let mut rolls: BTreeMap<(usize, Basis), Roll> = BTreeMap::new();
    for ((band, currency), roll) in by_band(transitions, settings.bands) {
        let converted = roll.converted(currency, settings.rates).ok_or_else(|| too_large(currency, settings.rates))?;
        rolls.entry((band, Basis::Own(currency))).or_default().merge(roll);
        rolls.entry((band, Basis::Reporting)).or_default().merge(converted);
    }
    let mut overdue: BTreeMap<Basis, Roll> = BTreeMap::new();
    let mut rows = Vec::new();
    for ((band, basis), roll) in rolls {
        let last = settings.bands.names().len() - 1;
        let name = settings.bands.name(band).to_owned();
        let row = |indicator| KpiRow { scope: SCOPE.to_owned(), scope_value: Some(name.clone()), basis, indicator };
        rows.extend(of_band(roll, band == 0, band == last, scale(basis, settings)).into_iter().map(row));
        if band > 0 {
            overdue.entry(basis).or_default().merge(roll);
        }
    }
    let whole = overdue.into_iter().map(|(basis, roll)| KpiRow {
        scope: "all".to_owned(),
        scope_value: None,
        basis,
        indicator: cure_rate(roll, scale(basis, settings)),
    });
    rows.extend(whole);
    let window_days = since.map(|since| settings.as_of.days_since(since));
    rows.iter_mut().for_each(|row| row.indicator.window_days = window_days);
    Ok(rows)
}

fn by_band(transitions: &Transitions, bands: &AgingBands) -> BTreeMap<(usize, Currency), Roll> {
    let place = |name: &str| bands.names().iter().position(|known| known == name);
    let mut rolls: BTreeMap<(usize, Currency), Roll> = BTreeMap::new();
    for (TransitionKey { from, to, currency }, Movement { amount, .. }) in transitions {
        let Some(band) = place(from) else { continue };
        let roll = rolls.entry((band, *currency)).or_default();
        roll.balance += amount;
        match place(to) {
            Some(now) if now > band => roll.older += amount,
            Some(0) if band > 0 => roll.cured += amount,
            Some(_) => {}
            None if to == SETTLED => roll.cured += amount,
            None if to == WRITTEN_OFF => roll.written_off += amount,
            None => {}
        }
    }
    rolls
}

fn of_band(roll: Roll, is_current: bool, is_last: bool, scale: Scale) -> Vec<Indicator> {
    let rate = |kpi, rolled| quotient(kpi, None, rolled, roll.balance, scale, Unit::Ratio);
    let mut found = Vec::new();
    if !is_last {
        found.push(rate("roll_rate", roll.older));
    }
    found.push(rate("roll_rate_with_write_offs", roll.older + roll.written_off));
    if !is_current {
        found.push(cure_rate(roll, scale));
    }
    found
}

fn cure_rate(roll: Roll, scale: Scale) -> Indicator {
    quotient("cure_rate", None, roll.cured, roll.balance, scale, Unit::Ratio)
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]
mod tests {
    use super::*;
    use crate::night::kpi::testing::{currency, day};
    use crate::night::kpi::{NEW, SOLD};

    const BOUNDS: &[i32] = &[0, 30, 60, 90];

    fn rows(moves: &[(&str, &str, i128)], code: &str, rates: &Rates) -> Vec<KpiRow> {
        let key = |from: &str, to: &str| TransitionKey { from: from.into(), to: to.into(), currency: currency(code) };
        let transitions = moves.iter().map(|(from, to, amount)| (key(from, to), Movement { count: 1, amount: *amount })).collect();
        let bands = AgingBands::new(BOUNDS);
        let settings = FigureSettings::plain(day("2026-11-22"), rates, &bands);
        roll_rows(&transitions, None, &settings).unwrap()
    }

    /// `roll_rate 1-30: 0.4`, of one basis.
    fn told(rows: &[KpiRow], basis: &str) -> Vec<String> {
        let of_basis = rows.iter().filter(|row| row.basis.currency() == basis);
        of_basis
            .map(|row| {
                let value = row.indicator.figure.value.map_or("null".to_owned(), |value| value.to_string());
                format!("{} {}: {value}", row.indicator.kpi, row.scope_value.as_deref().unwrap_or("all"))
            })
            .collect()
    }

    /// 07 C-29.
    const MOVES: &[(&str, &str, i128)] = &[
        ("current", SETTLED, 700_00),
        ("current", "current", 150_00),
        ("current", "1-30", 150_00),
        ("1-30", SETTLED, 240_00),
        ("1-30", "31-60", 160_00),
        ("31-60", SETTLED, 80_00),
        ("31-60", "61-90", 120_00),
        ("61-90", SETTLED, 20_00),
        ("61-90", ">90", 70_00),
        ("61-90", WRITTEN_OFF, 10_00),
        (NEW, "current", 1_100_00),
    ];

    #[test]
    fn c_29_rolls_and_cures() {
        let rows = rows(MOVES, "EUR", &Rates::new(currency("EUR"), []));
        let expected = [
            "roll_rate current: 150000",
            "roll_rate_with_write_offs current: 150000",
            "roll_rate 1-30: 400000",
            "roll_rate_with_write_offs 1-30: 400000",
            "cure_rate 1-30: 600000",
            "roll_rate 31-60: 600000",
            "roll_rate_with_write_offs 31-60: 600000",
            "cure_rate 31-60: 400000",
            "roll_rate 61-90: 700000",
            "roll_rate_with_write_offs 61-90: 800000",
            "cure_rate 61-90: 200000",
            "cure_rate all: 485714",
        ];
        assert_eq!(told(&rows, "EUR"), expected);
        assert_eq!(told(&rows, "reporting"), expected, "all money is in the reporting currency");
    }

    #[test]
    fn what_moves_back_is_cured_only_where_it_is_not_due() {
        let moves = [("31-60", "current", 50), ("31-60", "1-30", 30), ("31-60", SOLD, 20), (">90", WRITTEN_OFF, 10), (">90", ">90", 30)];
        let rows = rows(&moves, "EUR", &Rates::new(currency("EUR"), []));
        let expected = [
            "roll_rate 31-60: 0",
            "roll_rate_with_write_offs 31-60: 0",
            "cure_rate 31-60: 500000",
            "roll_rate_with_write_offs >90: 250000",
            "cure_rate >90: 0",
            "cure_rate all: 357143",
        ];
        assert_eq!(told(&rows, "EUR"), expected);
    }

    #[test]
    fn a_band_tonight_does_not_know_and_a_first_night_have_no_rates() {
        let eur = Rates::new(currency("EUR"), []);
        assert_eq!(rows(&[("1-15", SETTLED, 100), (NEW, "1-30", 100)], "EUR", &eur), []);
        assert_eq!(rows(&[], "EUR", &eur), []);
    }

    #[test]
    fn each_sum_is_converted_by_itself() {
        // 0.000001 EUR to the yen: 1 000 000 JPY are one euro, and a half is rounded up.
        let rates = Rates::new(currency("EUR"), [(currency("JPY"), 1_000_000)]);
        let rows = rows(&[("1-30", SETTLED, 15_000), ("1-30", "31-60", 10_000)], "JPY", &rates);
        let cure = rows.iter().find(|row| row.indicator.kpi == "cure_rate" && row.basis == Basis::Reporting).unwrap();
        assert_eq!((cure.indicator.numerator, cure.indicator.denominator), (Some(20_000), Some(30_000)), "2 of 3 cents");
    }
}
