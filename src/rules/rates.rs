//! Reference rates and penalty regimes as data: what `rates/*.yaml` says, checked and compiled.

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
