//! The rates of a regime, period by period, laid out once per run so that no invoice searches the series.

use crate::base::date::Date;
use crate::base::money::Rate;
use crate::night::penalties::{PenaltyError, UnconfirmedRates};
use crate::rules::rates::{ContractCap, HalfYear, HalfYearRate, MarginDate, MissingRate, RateBook, Regime, RowRef};

/// A regime with its rates from the first day the engine accepts to tonight.
#[derive(Debug, Clone)]
pub struct Schedule<'a> {
    pub regime: &'a Regime,
    book: &'a RateBook,
    unconfirmed: UnconfirmedRates,
    /// Rates for invoices issued up to a day, that day ascending; the last is [`Date::MAX`].
    vintages: Vec<(Date, Vec<Period>)>,
}

/// Consecutive days with one rate: a half-year, or a part of one where the margin changes within. `None` where the data has no rate,
/// which matters only if a day needs it.
#[derive(Debug, Clone, Copy)]
struct Period {
    first_day: Date,
    last_day: Date,
    statutory: Option<HalfYearRate>,
    floor: Option<HalfYearRate>,
}

/// The rate of a debt in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applicable {
    pub rate: Rate,
    /// The contract's rate rather than the statutory one.
    pub contractual: bool,
    /// The contract has a rate, too low for the law.
    pub below_legal_floor: bool,
    /// The contract has a rate, too high for the law.
    pub above_legal_cap: bool,
    /// A row the rate rests on that nobody confirmed.
    pub unconfirmed: Option<RowRef>,
}

impl<'a> Schedule<'a> {
    /// The schedules of all regimes for a night, in the order of the book.
    pub fn all(book: &'a RateBook, as_of: Date, unconfirmed: UnconfirmedRates) -> Vec<Schedule<'a>> {
        book.regimes.iter().map(|regime| Schedule::new(regime, book, as_of, unconfirmed)).collect()
    }

    /// The schedule of a regime for a night.
    pub fn new(regime: &'a Regime, book: &'a RateBook, as_of: Date, unconfirmed: UnconfirmedRates) -> Schedule<'a> {
        let ends = |by: MarginDate| regime.earlier_margins.iter().filter(move |margin| margin.by == by).map(|margin| margin.until);
        let mut last_days: Vec<Date> = std::iter::successors(Some(HalfYear::of(Date::MIN)), |half_year| Some(half_year.next()))
            .take_while(|half_year| *half_year <= HalfYear::of(as_of))
            .map(HalfYear::last_day)
            .collect();
        last_days.extend(ends(MarginDate::Day).filter(|day| *day < as_of && day.in_range()));
        last_days.sort_unstable();
        last_days.dedup();
        let period = |issued: Date, first_day: Date, last_day: Date| Period {
            first_day,
            last_day,
            statutory: regime.rate_on(first_day, issued, book).ok().flatten(),
            floor: regime.floor_for(HalfYear::of(first_day), book).ok().flatten(),
        };
        let periods = |issued: Date| {
            let first_days = std::iter::once(Date::MIN).chain(last_days.iter().map(|day| day.plus_days(1)));
            first_days.zip(&last_days).map(|(first, last)| period(issued, first, *last)).collect()
        };
        let vintages = ends(MarginDate::IssueDate).chain([Date::MAX]).map(|issued| (issued, periods(issued))).collect();
        Schedule { regime, book, unconfirmed, vintages }
    }

    /// The rates for an invoice issued on this day.
    pub(super) fn of_invoice(&'a self, issued: Date) -> DebtRates<'a> {
        let vintage = self.vintages.partition_point(|(until, _)| *until < issued);
        DebtRates { schedule: self, periods: self.vintages.get(vintage).map_or(&[], |(_, periods)| periods) }
    }
}

/// The rates of one debt.
#[derive(Debug, Clone, Copy)]
pub(super) struct DebtRates<'a> {
    schedule: &'a Schedule<'a>,
    /// Consecutive.
    periods: &'a [Period],
}

impl DebtRates<'_> {
    /// Position of the period of a day.
    pub fn position(self, date: Date) -> usize {
        self.periods.partition_point(|period| period.last_day < date)
    }

    /// Last day of the period at this position.
    pub fn last_day(self, position: usize) -> Date {
        self.periods[position].last_day
    }

    /// The rate in the period at this position: the contract's where there is one and the law lets it stand, else the statutory one.
    pub fn rate(self, position: usize, contract: Option<Rate>) -> Result<Applicable, PenaltyError> {
        let period = &self.periods[position];
        let Some(contract) = contract else { return self.statutory(period) };
        let floor = self.floor(period)?;
        if floor.is_some_and(|floor| contract < floor.rate) {
            return Ok(Applicable { below_legal_floor: true, ..self.statutory(period)? });
        }
        let asked = Applicable {
            rate: contract.max(Rate(0)),
            contractual: true,
            below_legal_floor: false,
            above_legal_cap: false,
            unconfirmed: floor.and_then(|floor| floor.unconfirmed),
        };
        match self.schedule.regime.contract_cap {
            None => Ok(asked),
            Some(ContractCap::Rate(cap)) if contract > cap => Ok(Applicable { rate: cap, above_legal_cap: true, ..asked }),
            Some(ContractCap::Rate(_)) => Ok(asked),
            Some(ContractCap::Statutory) => {
                let cap = self.statutory(period)?;
                let is_above = contract > cap.rate;
                let rate = asked.rate.min(cap.rate);
                Ok(Applicable { rate, above_legal_cap: is_above, unconfirmed: asked.unconfirmed.or(cap.unconfirmed), ..asked })
            }
        }
    }

    fn statutory(self, period: &Period) -> Result<Applicable, PenaltyError> {
        let Schedule { regime, book, .. } = self.schedule;
        let found = match period.statutory {
            Some(found) => found,
            // Worked out again for the reason; a regime of contracts has no rate of its own.
            None => {
                let issued = self.schedule.vintages.last().map_or(Date::MAX, |(issued, _)| *issued);
                let found = regime.rate_on(period.first_day, issued, book).map_err(|missing| self.missing(period, missing))?;
                found.unwrap_or(HalfYearRate { rate: Rate(0), unconfirmed: None })
            }
        };
        self.heed(period, found)?;
        Ok(Applicable {
            rate: found.rate,
            contractual: false,
            below_legal_floor: false,
            above_legal_cap: false,
            unconfirmed: found.unconfirmed,
        })
    }

    fn floor(self, period: &Period) -> Result<Option<HalfYearRate>, PenaltyError> {
        let floor = match period.floor {
            Some(floor) => Some(floor),
            None => {
                let half_year = HalfYear::of(period.first_day);
                self.schedule.regime.floor_for(half_year, self.schedule.book).map_err(|missing| self.missing(period, missing))?
            }
        };
        if let Some(floor) = floor {
            self.heed(period, floor)?;
        }
        Ok(floor)
    }

    /// Refuses a rate nobody confirmed, where the job says so.
    fn heed(self, period: &Period, found: HalfYearRate) -> Result<(), PenaltyError> {
        match found.unconfirmed {
            Some(place) if self.schedule.unconfirmed == UnconfirmedRates::Refuse => {
                let (series, row) = self.schedule.book.row(place);
                Err(PenaltyError::UnconfirmedRate {
                    regime: self.schedule.regime.name.clone(),
                    half_year: HalfYear::of(period.first_day),
                    series: series.name.clone(),
                    from: row.from,
                })
            }
            _ => Ok(()),
        }
    }

    fn missing(self, period: &Period, missing: MissingRate) -> PenaltyError {
        PenaltyError::MissingRate { regime: self.schedule.regime.name.clone(), half_year: HalfYear::of(period.first_day), missing }
    }
}
