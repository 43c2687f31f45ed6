//! The rates of a regime, half-year by half-year, laid out once per run so that no invoice searches the series.

use crate::base::date::Date;
use crate::base::money::Rate;
use crate::night::penalties::PenaltyError;
use crate::rules::rates::{HalfYear, HalfYearRate, MissingRate, RateBook, Regime};

/// A regime with its rates from the first day the engine accepts to tonight.
#[derive(Debug, Clone)]
pub struct Schedule<'a> {
    pub regime: &'a Regime,
    book: &'a RateBook,
    /// Consecutive half-years.
    half_years: Vec<Entry>,
}

/// The rates of one half-year; `None` where the data has none, which matters only if a day needs it.
#[derive(Debug, Clone, Copy)]
struct Entry {
    half_year: HalfYear,
    last_day: Date,
    statutory: Option<HalfYearRate>,
    floor: Option<HalfYearRate>,
}

/// The rate of a debt in a half-year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applicable {
    pub rate: Rate,
    /// The contract's rate rather than the statutory one.
    pub contractual: bool,
    /// The contract has a rate, too low for the law.
    pub below_legal_floor: bool,
    pub confirmed: bool,
}

impl<'a> Schedule<'a> {
    /// The schedules of all regimes for a night, in the order of the book.
    pub fn all(book: &'a RateBook, as_of: Date) -> Vec<Schedule<'a>> {
        book.regimes.iter().map(|regime| Schedule::new(regime, book, as_of)).collect()
    }

    /// The schedule of a regime for a night.
    pub fn new(regime: &'a Regime, book: &'a RateBook, as_of: Date) -> Schedule<'a> {
        let last = HalfYear::of(as_of);
        let half_years = std::iter::successors(Some(HalfYear::of(Date::MIN)), |half_year| Some(half_year.next()))
            .take_while(|half_year| *half_year <= last)
            .map(|half_year| Entry {
                half_year,
                last_day: half_year.last_day(),
                statutory: regime.rate_for(half_year, book).ok(),
                floor: regime.floor_for(half_year, book).ok().flatten(),
            })
            .collect();
        Schedule { regime, book, half_years }
    }

    /// Position of the half-year of a day.
    pub(super) fn position(&self, date: Date) -> usize {
        self.half_years.partition_point(|entry| entry.last_day < date)
    }

    /// Last day of the half-year at this position.
    pub(super) fn last_day(&self, position: usize) -> Date {
        self.half_years[position].last_day
    }

    /// The rate of a debt in the half-year at this position: the contract's where there is one and it reaches the legal floor of that
    /// half-year, else the statutory one.
    pub(super) fn rate(&self, position: usize, contract: Option<Rate>) -> Result<Applicable, PenaltyError> {
        let entry = &self.half_years[position];
        let Some(contract) = contract else { return self.statutory(entry, false) };
        let floor = self.floor(entry)?;
        if floor.is_some_and(|floor| contract < floor.rate) {
            return self.statutory(entry, true);
        }
        let confirmed = floor.is_none_or(|floor| floor.confirmed);
        Ok(Applicable { rate: contract.max(Rate(0)), contractual: true, below_legal_floor: false, confirmed })
    }

    fn statutory(&self, entry: &Entry, below_legal_floor: bool) -> Result<Applicable, PenaltyError> {
        let found = match entry.statutory {
            Some(found) => found,
            None => self.regime.rate_for(entry.half_year, self.book).map_err(|missing| self.missing(entry, missing))?,
        };
        Ok(Applicable { rate: found.rate, contractual: false, below_legal_floor, confirmed: found.confirmed })
    }

    fn floor(&self, entry: &Entry) -> Result<Option<HalfYearRate>, PenaltyError> {
        match entry.floor {
            Some(floor) => Ok(Some(floor)),
            None => self.regime.floor_for(entry.half_year, self.book).map_err(|missing| self.missing(entry, missing)),
        }
    }

    fn missing(&self, entry: &Entry, missing: MissingRate) -> PenaltyError {
        PenaltyError::MissingRate { regime: self.regime.name.clone(), half_year: entry.half_year, missing }
    }
}
