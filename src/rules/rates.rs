//! Reference rates and penalty regimes as data: what `rates/*.yaml` says, checked and compiled, and how a rate is looked up.
//!
//! A rate that is not in the data is an error and never carried forward: a stale rate looks like a right one.

use std::collections::BTreeMap;
use std::fmt;

use crate::base::date::Date;
use crate::base::day_count::DayCount;
use crate::base::money::{Amount, Currency, Rate, divide_half_up};

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
    /// The day it was read there.
    pub read_on: Date,
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

/// What has to happen before a late debt bears interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Nothing: it runs from the day after the due date.
    DueDate,
    /// The debtor received a formal notice (mise en demeure, C. civ. 1231-6 and 1344-1).
    FormalNotice,
    /// The debtor was reminded (CDE XIX.2).
    Reminder,
}

/// Last day of interest when insolvency proceedings open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InsolvencyStop {
    /// The day before the judgment (C. com. L622-28).
    #[default]
    DayBefore,
    /// The day of the judgment.
    SameDay,
}

/// Which date an earlier margin goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarginDate {
    /// The day the invoice was issued: the debt keeps its margin.
    IssueDate,
    /// The day that is counted: the margin changes for all debts.
    Day,
}

/// A margin the law had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarlierMargin {
    pub by: MarginDate,
    /// Last date to which it applies.
    pub until: Date,
    pub margin: Rate,
}

/// The most a contractual rate may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContractCap {
    Rate(Rate),
    /// The statutory rate of the regime.
    Statutory,
}

/// A lump sum that arises once per invoice on its first late day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedCharge {
    pub currency: Currency,
    /// By rising least debt; the first least debt is zero.
    pub bands: Vec<ChargeBand>,
    /// The sum is never more.
    pub most: Option<Amount>,
    /// No sum for invoices due before this day.
    pub due_from: Option<Date>,
    /// No sum for invoices issued before this day.
    pub issued_from: Option<Date>,
    /// Positions in [`CUSTOMER_TYPES`](crate::base::contract::values::CUSTOMER_TYPES) of those who never owe it.
    pub exempt: Vec<u8>,
    /// The law behind it.
    pub basis: String,
}

/// What a debt of some size is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChargeBand {
    /// The least debt in the band.
    pub from: Amount,
    pub charge: Amount,
    /// A share of what the debt has above `over`, added to the charge.
    pub plus: Rate,
    pub over: Amount,
}

/// A floor under a contractual rate: `times` x the rate of `series` for the half-year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractFloor {
    /// Position in [`RateBook::series`].
    pub series: usize,
    pub times: i64,
}

/// A law of late payment, or a practice of contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regime {
    pub name: String,
    /// Positions in [`CUSTOMER_TYPES`](crate::base::contract::values::CUSTOMER_TYPES) of those it binds; none where it does not say.
    pub binds: Vec<u8>,
    /// Position in [`RateBook::series`]; `None` where only contracts have a rate.
    pub series: Option<usize>,
    pub reference_day: ReferenceDay,
    pub margin: Rate,
    /// In order of [`EarlierMargin::until`]; the first that applies replaces [`Regime::margin`].
    pub earlier_margins: Vec<EarlierMargin>,
    /// The statutory rate is raised to a multiple of this.
    pub round_up_to: Option<Rate>,
    /// The statutory rate is never below.
    pub least_rate: Rate,
    pub fixing: Fixing,
    pub start: Start,
    /// Days after the due date, notice or reminder that bear nothing yet.
    pub grace_days: i32,
    pub day_count: DayCount,
    pub fixed_charge: Option<FixedCharge>,
    pub contract_floor: Option<ContractFloor>,
    pub contract_cap: Option<ContractCap>,
    /// Nothing is due without a contractual rate.
    pub contract_only: bool,
    /// Where interest ends when insolvency proceedings open, and no charge arises on what falls due from that day.
    pub insolvency_stop: Option<InsolvencyStop>,
    /// Months after which interest due may itself bear interest; `None` where the law forbids it.
    pub compounds_after: Option<i32>,
    /// First day for which its rate is known; half-years that begin before have none.
    pub known_from: Option<Date>,
    /// No penalties on invoices issued before this day.
    pub issued_from: Option<Date>,
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

/// A rate that is needed and not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRate {
    /// The series by name, or the regime where that is known later than its series.
    pub of: String,
    /// The day whose rate is wanted.
    pub on: Date,
    pub known: Known,
}

/// Where knowledge of a rate ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    From(Date),
    Until(Date),
}

impl fmt::Display for MissingRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known {
            Known::From(from) => write!(f, "{} has no rate for {} (known from {from})", self.of, self.on),
            Known::Until(until) => write!(f, "{} has no rate for {} (known until {until})", self.of, self.on),
        }
    }
}

/// A rate, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HalfYearRate {
    pub rate: Rate,
    /// Series and row it was taken from, where nobody confirmed that row.
    pub unconfirmed: Option<RowRef>,
}

/// A row of a rate book: position of its series, and position in the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowRef {
    pub series: usize,
    pub row: usize,
}

impl Series {
    /// The row in force on a day, by position.
    ///
    /// # Errors
    /// No row has begun by then, the last one ended before, or the day is later than [`Series::known_until`].
    pub fn row_on(&self, date: Date) -> Result<usize, MissingRate> {
        let begun = self.rows.partition_point(|row| row.from <= date);
        let holds = |row: &usize| date <= self.known_until && self.rows[*row].until.is_none_or(|until| date <= until);
        begun.checked_sub(1).filter(holds).ok_or_else(|| self.missing(date))
    }

    /// The rate in force on a day.
    ///
    /// # Errors
    /// As [`Series::row_on`].
    pub fn rate_on(&self, date: Date) -> Result<Rate, MissingRate> {
        self.row_on(date).map(|row| self.rows[row].rate)
    }

    /// The row that counts for a half-year. A half-year that begins after [`Series::known_until`] has none, even where its reference
    /// day is the day before: nobody had read the rate of that day yet.
    fn row_for(&self, half_year: HalfYear, reference_day: ReferenceDay) -> Result<usize, MissingRate> {
        let first = half_year.first_day();
        if first > self.known_until {
            return Err(self.missing(first));
        }
        match reference_day {
            ReferenceDay::FirstOfHalfYear => self.row_on(first),
            ReferenceDay::DayBeforeHalfYear => self.row_on(first.plus_days(-1)),
        }
    }

    /// The last day of the last half-year that has a rate.
    pub fn last_day(&self, reference_day: ReferenceDay) -> Date {
        let last_start = |until: Date| match reference_day {
            ReferenceDay::FirstOfHalfYear => until,
            ReferenceDay::DayBeforeHalfYear => until.plus_days(1),
        };
        let rows_end = self.rows.last().and_then(|row| row.until).map(last_start);
        HalfYear::of(rows_end.map_or(self.known_until, |end| end.min(self.known_until))).last_day()
    }

    fn missing(&self, on: Date) -> MissingRate {
        let begins = self.rows.first().map(|row| row.from).filter(|from| on < *from);
        MissingRate { of: format!("series {}", self.name), on, known: begins.map_or(Known::Until(self.known_until), Known::From) }
    }
}

impl Regime {
    /// The statutory yearly rate of a day: the reference rate of its half-year plus the margin, rounded as the law says; `None` where
    /// only contracts have a rate. `issued` is the day of the invoice, whose margin may be an earlier one.
    ///
    /// # Errors
    /// The series has no rate for the half-year's reference day, or the regime's rate is not known that early.
    pub fn rate_on(&self, day: Date, issued: Date, book: &RateBook) -> Result<Option<HalfYearRate>, MissingRate> {
        let Some(series) = self.series else { return Ok(None) };
        let half_year = HalfYear::of(day);
        if let Some(from) = self.known_from.filter(|from| half_year.first_day() < *from) {
            return Err(MissingRate { of: self.name.clone(), on: half_year.first_day(), known: Known::From(from) });
        }
        let row = book.series[series].row_for(half_year, self.reference_day)?;
        let reference = book.series[series].rows[row].rate;
        let sum = reference.0.saturating_add(self.margin_on(day, issued).0).max(self.least_rate.0);
        let rounded = self.round_up_to.map_or(sum, |step| rounded_up(sum, step.0));
        Ok(Some(HalfYearRate { rate: Rate(rounded), unconfirmed: book.unconfirmed_row(series, row) }))
    }

    fn margin_on(&self, day: Date, issued: Date) -> Rate {
        let applies = |earlier: &&EarlierMargin| match earlier.by {
            MarginDate::IssueDate => issued <= earlier.until,
            MarginDate::Day => day <= earlier.until,
        };
        self.earlier_margins.iter().find(applies).map_or(self.margin, |earlier| earlier.margin)
    }

    /// The least contractual rate the law lets stand in a half-year; `None` where it sets none.
    ///
    /// # Errors
    /// The floor's series has no rate for the half-year.
    pub fn floor_for(&self, half_year: HalfYear, book: &RateBook) -> Result<Option<HalfYearRate>, MissingRate> {
        let Some(floor) = &self.contract_floor else { return Ok(None) };
        let row = book.series[floor.series].row_for(half_year, ReferenceDay::FirstOfHalfYear)?;
        let rate = book.series[floor.series].rows[row].rate.0.saturating_mul(floor.times);
        Ok(Some(HalfYearRate { rate: Rate(rate), unconfirmed: book.unconfirmed_row(floor.series, row) }))
    }
}

/// The least multiple of a positive `step` that is not below `rate`.
fn rounded_up(rate: i64, step: i64) -> i64 {
    let above = rate.rem_euclid(step);
    if above == 0 { rate } else { rate.saturating_add(step - above) }
}

impl RateBook {
    /// The published rates nobody confirmed.
    pub fn unconfirmed(&self) -> impl Iterator<Item = (&Series, &RateRow)> {
        let rows = self.series.iter().flat_map(|series| series.rows.iter().map(move |row| (series, row)));
        rows.filter(|(_, row)| row.confirmed_by.is_none())
    }

    /// The series some regimes take rates from, each with its last day for one of them: the earliest. By name.
    pub fn last_days(&self, regimes: impl Iterator<Item = usize>) -> BTreeMap<&str, Date> {
        let mut ends = BTreeMap::new();
        for regime in regimes.map(|regime| &self.regimes[regime]) {
            let floor = regime.contract_floor.as_ref().map(|floor| (floor.series, ReferenceDay::FirstOfHalfYear));
            let taken = regime.series.map(|series| (series, regime.reference_day)).into_iter().chain(floor);
            for (series, reference_day) in taken {
                let series = &self.series[series];
                let end = series.last_day(reference_day);
                let earliest = ends.entry(series.name.as_str()).or_insert(end);
                *earliest = end.min(*earliest);
            }
        }
        ends
    }

    /// The row at a place.
    pub fn row(&self, place: RowRef) -> (&Series, &RateRow) {
        let series = &self.series[place.series];
        (series, &series.rows[place.row])
    }

    /// The place of a row, where nobody confirmed it.
    fn unconfirmed_row(&self, series: usize, row: usize) -> Option<RowRef> {
        self.series[series].rows[row].confirmed_by.is_none().then_some(RowRef { series, row })
    }
}

impl FixedCharge {
    /// The sum due on a debt of this size, in the charge's currency; a share is rounded half-up to the minor unit.
    pub fn for_debt(&self, debt: Amount) -> Amount {
        let reached = self.bands.partition_point(|band| band.from <= debt);
        let Some(band) = reached.checked_sub(1).map(|band| self.bands[band]) else { return Amount::ZERO };
        let share = divide_half_up((debt - band.over).wide() * i128::from(band.plus.0), i128::from(Rate::ONE.0));
        let charge = Amount(i64::try_from(band.charge.wide() + share).unwrap_or(Amount::LIMIT));
        self.most.map_or(charge, |most| charge.min(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
    }

    fn row(from: &str, rate: i64) -> RateRow {
        RateRow {
            from: day(from),
            until: None,
            rate: Rate(rate),
            source: "test".to_owned(),
            read_on: day("2026-11-22"),
            confirmed_by: None,
        }
    }

    fn series() -> Series {
        let ended = RateRow { until: Some(day("2025-12-31")), ..row("2025-07-01", 40_000) };
        let rows = vec![row("2024-12-31", 47_500), ended, row("2026-06-30", 37_500)];
        Series { name: "bank".to_owned(), rows, known_until: day("2026-12-31") }
    }

    /// A-39, in hundredths of a percent: reference rates as published, with eight points, up to the half point.
    #[test]
    fn a_39_a_rate_is_rounded_up_to_the_next_half_point() {
        let cases = [(5, 850), (0, 800), (75, 900), (215, 1050), (315, 1150), (425, 1250), (450, 1250)];
        for (reference, rate) in cases {
            assert_eq!(rounded_up((reference + 800) * 100, 5_000), rate * 100);
        }
        assert_eq!(rounded_up(-7_500, 5_000), -5_000);
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

    /// The last day with a rate is found without trying the days: on it there is one, on the next there is none.
    #[test]
    fn the_last_day_of_a_series_has_a_rate_and_the_next_one_none() {
        let ends = ["2026-06-29", "2026-06-30", "2026-07-01", "2026-12-30", "2026-12-31", "2027-01-01"];
        for known_until in ends {
            for until in ends.iter().map(|until| Some(day(until))).chain([None]) {
                for reference_day in [ReferenceDay::FirstOfHalfYear, ReferenceDay::DayBeforeHalfYear] {
                    let rows = vec![RateRow { until, ..row("2025-12-31", 37_500) }];
                    let series = Series { name: "bank".to_owned(), rows, known_until: day(known_until) };
                    let last = series.last_day(reference_day);
                    let has_rate = |day: Date| series.row_for(HalfYear::of(day), reference_day).is_ok();
                    let found = (has_rate(last), has_rate(last.plus_days(1)));
                    assert_eq!(found, (true, false), "{last} of {known_until} {until:?} {reference_day:?}");
                }
            }
        }
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
            let found = series().row_for(HalfYear::of(day(date)), reference_day).map(|row| series().rows[row].rate);
            assert_eq!(found.ok(), rate.map(Rate), "{date} {reference_day:?}");
        }
    }
}
