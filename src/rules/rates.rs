//! Reference rates and penalty regimes as data: what `rates/*.yaml` says, checked and compiled, and how a rate is looked up.
//!
//! A rate that is not in the data is an error and never carried forward: a stale rate looks like a right one.

use std::fmt;

use crate::base::date::Date;
use crate::base::money::{Amount, Currency, Rate};

/// A published rate, from the day it takes effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateRow {
    pub from: Date,
    /// Where the value holds for a stated half-year only: its last day. A row without it holds until the next row,
    /// but never past the series' [`Series::known_until`].
    pub until: Option<Date>,
    pub rate: Rate,
    /// Who publishes it, and where it was read.
    pub source: String,
    /// Who or what confirmed it; `None` marks the row unconfirmed.
    pub confirmed_by: Option<String>,
}

/// A reference series: rows in order of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    pub name: String,
    pub rows: Vec<RateRow>,
    /// Last day for which the series is known. Later days have no rate: an error, never a carry-forward.
    pub known_until: Date,
}

/// The day whose reference rate counts for a half-year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceDay {
    /// 1 January or 1 July (Directive 2011/7/EU; C. com. L441-10).
    FirstOfHalfYear,
    /// The 31 December or 30 June before (SI 2002/1675).
    DayBeforeHalfYear,
}

/// Whether the rate of a debt follows the half-years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixing {
    /// Each day carries the rate of its half-year.
    Floats,
    /// The half-year of the first day of interest fixes the rate of the debt.
    FixedAtStart,
}

/// Length of the year interest is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayCount {
    /// 365 also in leap years.
    Actual365Fixed,
}

impl DayCount {
    /// Name in rate files and outputs.
    pub fn name(self) -> &'static str {
        match self {
            DayCount::Actual365Fixed => "ACT/365F",
        }
    }
}

/// A lump sum that arises once per invoice on its first late day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedCharge {
    pub currency: Currency,
    /// Least debt and the sum due from it, ascending; the first least debt is zero.
    pub bands: Vec<(Amount, Amount)>,
    /// No sum for invoices due before this day.
    pub due_from: Option<Date>,
    /// The law behind it.
    pub basis: String,
}

/// A floor under a contractual rate: `times` x the rate of `series` for the half-year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractFloor {
    /// Position in [`RateBook::series`].
    pub series: usize,
    pub times: i64,
}

/// A penalty regime of 07 §A.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regime {
    pub name: String,
    /// Position in [`RateBook::series`].
    pub series: usize,
    pub reference_day: ReferenceDay,
    pub margin: Rate,
    pub fixing: Fixing,
    pub day_count: DayCount,
    pub fixed_charge: Option<FixedCharge>,
    pub contract_floor: Option<ContractFloor>,
    /// Interest ends the day before an insolvency judgment, and no charge arises on what falls due from that day.
    pub stops_at_insolvency: bool,
    /// The law behind it.
    pub basis: String,
}

/// All series and regimes of a rule set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateBook {
    pub series: Vec<Series>,
    pub regimes: Vec<Regime>,
}

/// A calendar half-year, the period for which reference rates of late payment are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HalfYear(i32);

impl HalfYear {
    /// The half-year of a day.
    pub fn of(date: Date) -> HalfYear {
        HalfYear(date.month_index().div_euclid(6))
    }

    /// 1 January or 1 July.
    pub fn first_day(self) -> Date {
        Date::from_month_index(self.0 * 6)
    }

    /// 30 June or 31 December.
    pub fn last_day(self) -> Date {
        self.next().first_day().plus_days(-1)
    }

    /// The half-year after.
    #[must_use]
    pub fn next(self) -> HalfYear {
        HalfYear(self.0 + 1)
    }
}

impl fmt::Display for HalfYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04} H{}", self.0.div_euclid(2), self.0.rem_euclid(2) + 1)
    }
}

/// A reference rate that is needed and not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRate {
    pub series: String,
    /// The day whose rate is wanted.
    pub on: Date,
    pub known_until: Date,
}

impl fmt::Display for MissingRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "series {} has no rate for {} (known until {})", self.series, self.on, self.known_until)
    }
}

/// A rate of a half-year, and whether somebody confirmed what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HalfYearRate {
    pub rate: Rate,
    pub confirmed: bool,
}

impl Series {
    /// The row in force on a day.
    ///
    /// # Errors
    /// No row has begun by then, the last one ended before, or the day is later than [`Series::known_until`].
    pub fn row_on(&self, date: Date) -> Result<&RateRow, MissingRate> {
        let begun = self.rows.partition_point(|row| row.from <= date);
        let row = begun.checked_sub(1).map(|last| &self.rows[last]);
        row.filter(|row| date <= self.known_until && row.until.is_none_or(|until| date <= until)).ok_or_else(|| self.missing(date))
    }

    /// The rate in force on a day.
    ///
    /// # Errors
    /// As [`Series::row_on`].
    pub fn rate_on(&self, date: Date) -> Result<Rate, MissingRate> {
        self.row_on(date).map(|row| row.rate)
    }

    /// The row that counts for a half-year. A half-year that begins after [`Series::known_until`] has none, even where its reference
    /// day is the day before: nobody had read the rate of that day yet.
    fn row_for(&self, half_year: HalfYear, reference_day: ReferenceDay) -> Result<&RateRow, MissingRate> {
        let first = half_year.first_day();
        if first > self.known_until {
            return Err(self.missing(first));
        }
        match reference_day {
            ReferenceDay::FirstOfHalfYear => self.row_on(first),
            ReferenceDay::DayBeforeHalfYear => self.row_on(first.plus_days(-1)),
        }
    }

    fn missing(&self, on: Date) -> MissingRate {
        MissingRate { series: self.name.clone(), on, known_until: self.known_until }
    }
}

impl Regime {
    /// The statutory yearly rate of a half-year: reference rate plus margin, never below zero.
    ///
    /// # Errors
    /// The series has no rate for the half-year's reference day.
    pub fn rate_for(&self, half_year: HalfYear, book: &RateBook) -> Result<HalfYearRate, MissingRate> {
        let row = book.series[self.series].row_for(half_year, self.reference_day)?;
        Ok(HalfYearRate { rate: Rate(row.rate.0.saturating_add(self.margin.0).max(0)), confirmed: row.confirmed_by.is_some() })
    }

    /// The least contractual rate the law lets stand in a half-year; `None` where it sets none.
    ///
    /// # Errors
    /// The floor's series has no rate for the half-year.
    pub fn floor_for(&self, half_year: HalfYear, book: &RateBook) -> Result<Option<HalfYearRate>, MissingRate> {
        let Some(floor) = &self.contract_floor else { return Ok(None) };
        let row = book.series[floor.series].row_for(half_year, ReferenceDay::FirstOfHalfYear)?;
        Ok(Some(HalfYearRate { rate: Rate(row.rate.0.saturating_mul(floor.times)), confirmed: row.confirmed_by.is_some() }))
    }
}

impl RateBook {
    /// The published rates nobody confirmed.
    pub fn unconfirmed(&self) -> impl Iterator<Item = (&Series, &RateRow)> {
        let rows = self.series.iter().flat_map(|series| series.rows.iter().map(move |row| (series, row)));
        rows.filter(|(_, row)| row.confirmed_by.is_none())
    }
}

impl FixedCharge {
    /// The sum due on a debt of this size, in the charge's currency.
    pub fn for_debt(&self, debt: Amount) -> Amount {
        let reached = self.bands.partition_point(|(least, _)| *least <= debt);
        reached.checked_sub(1).map_or(Amount::ZERO, |band| self.bands[band].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
    }

    fn row(from: &str, rate: i64) -> RateRow {
        RateRow { from: day(from), until: None, rate: Rate(rate), source: "test".to_owned(), confirmed_by: None }
    }

    fn series() -> Series {
        let ended = RateRow { until: Some(day("2025-12-31")), ..row("2025-07-01", 40_000) };
        let rows = vec![row("2024-12-31", 47_500), ended, row("2026-06-30", 37_500)];
        Series { name: "bank".to_owned(), rows, known_until: day("2026-12-31") }
    }

    #[test]
    fn half_years_know_their_ends() {
        let cases = [
            ("2025-12-31", "2025 H2", "2025-07-01", "2025-12-31"),
            ("2026-01-01", "2026 H1", "2026-01-01", "2026-06-30"),
            ("2026-06-30", "2026 H1", "2026-01-01", "2026-06-30"),
            ("2026-07-01", "2026 H2", "2026-07-01", "2026-12-31"),
            ("1900-01-01", "1900 H1", "1900-01-01", "1900-06-30"),
        ];
        for (date, name, first, last) in cases {
            let half_year = HalfYear::of(day(date));
            assert_eq!(half_year.to_string(), name);
            assert_eq!((half_year.first_day(), half_year.last_day()), (day(first), day(last)));
        }
    }

    #[test]
    fn a_rate_is_never_carried_past_what_is_known() {
        let cases = [
            ("2024-12-30", None),
            ("2024-12-31", Some(47_500)),
            ("2025-06-30", Some(47_500)),
            ("2025-12-31", Some(40_000)),
            ("2026-01-01", None),
            ("2026-12-31", Some(37_500)),
            ("2027-01-01", None),
        ];
        for (date, rate) in cases {
            assert_eq!(series().rate_on(day(date)).ok(), rate.map(Rate), "{date}");
        }
        let missing = series().rate_on(day("2027-01-01")).expect_err("nobody knows it yet");
        assert_eq!(missing.to_string(), "series bank has no rate for 2027-01-01 (known until 2026-12-31)");
    }

    #[test]
    fn the_reference_day_is_the_first_of_the_half_year_or_the_day_before() {
        let cases = [
            ("2025-01-01", ReferenceDay::DayBeforeHalfYear, Some(47_500)),
            ("2025-01-01", ReferenceDay::FirstOfHalfYear, Some(47_500)),
            ("2025-07-01", ReferenceDay::DayBeforeHalfYear, Some(47_500)),
            ("2025-07-01", ReferenceDay::FirstOfHalfYear, Some(40_000)),
            ("2026-07-01", ReferenceDay::DayBeforeHalfYear, Some(37_500)),
            // The day before is known, the half-year is not.
            ("2027-01-01", ReferenceDay::DayBeforeHalfYear, None),
        ];
        for (date, reference_day, rate) in cases {
            let found = series().row_for(HalfYear::of(day(date)), reference_day).map(|row| row.rate);
            assert_eq!(found.ok(), rate.map(Rate), "{date} {reference_day:?}");
        }
    }
}
