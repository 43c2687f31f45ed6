//! Sums by calendar month, as many months as there are and no more: one odd date must not cost a thousand empty months.

use crate::base::date::Date;

/// What can be added up, in any order, with one result.
pub trait Additive: Default {
    /// Adds another part of the same whole.
    fn merge(&mut self, other: &Self);
}

impl Additive for i128 {
    fn merge(&mut self, other: &i128) {
        *self += other;
    }
}

/// Days before and after tonight that are looked up in a table: nearly all there are.
const DAYS_BEFORE: i32 = 4_096;
const DAYS_AFTER: i32 = 1_024;

/// The months that occur in a shard, each with a code: working tables have a place per code, so that no sum searches its month.
#[derive(Debug)]
pub struct MonthCodes {
    /// Day of the first entry of `codes`.
    first: Date,
    /// Code of the month of each day from `first` on, whether or not the month occurs.
    codes: Vec<u32>,
    /// Month of each code, ascending.
    months: Vec<i32>,
}

impl MonthCodes {
    /// The months of these days, in any order, most of them around `as_of`.
    pub fn of(days: impl Iterator<Item = Date>, as_of: Date) -> MonthCodes {
        let first = as_of.plus_days(-DAYS_BEFORE);
        let mut occurs = vec![false; usize::try_from(DAYS_BEFORE + DAYS_AFTER).unwrap_or(0)];
        let mut months = Vec::new();
        for day in days {
            match occurs.get_mut(offset(first, day)) {
                Some(occurs) => *occurs = true,
                None => months.push(day.month_index()),
            }
        }
        let days = || std::iter::successors(Some(first), |day| Some(day.plus_days(1)));
        months.extend(days().zip(&occurs).filter(|(_, occurs)| **occurs).map(|(day, _)| day.month_index()));
        months.sort_unstable();
        months.dedup();
        let code = |month: i32| u32::try_from(months.partition_point(|known| *known < month)).unwrap_or(u32::MAX);
        let mut at = (i32::MIN, 0);
        let codes = days().take(occurs.len()).map(|day| {
            let month = day.month_index();
            if at.0 != month {
                at = (month, code(month));
            }
            at.1
        });
        MonthCodes { first, codes: codes.collect(), months }
    }

    /// The code of a day's month, which must occur.
    pub fn code(&self, day: Date) -> usize {
        match self.codes.get(offset(self.first, day)) {
            Some(code) => *code as usize,
            None => self.months.partition_point(|known| *known < day.month_index()),
        }
    }

    /// Number of codes.
    pub fn len(&self) -> usize {
        self.months.len()
    }

    /// Values by code as values by month; codes without a value are left out.
    pub fn named<T>(&self, values: impl IntoIterator<Item = Option<T>>) -> Monthly<T> {
        let named = self.months.iter().zip(values).filter_map(|(month, value)| Some((*month, value?)));
        Monthly { months: named.collect() }
    }
}

fn offset(first: Date, day: Date) -> usize {
    usize::try_from(day.days_since(first)).unwrap_or(usize::MAX)
}

/// A value per month, in order of [`month_index`](crate::base::date::Date::month_index).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Monthly<T> {
    months: Vec<(i32, T)>,
}

impl<T: Additive> Monthly<T> {
    /// The value of a month, made now if it has none.
    pub fn at(&mut self, month: i32) -> &mut T {
        let place = match self.months.binary_search_by_key(&month, |(known, _)| *known) {
            Ok(place) => place,
            Err(place) => {
                self.months.insert(place, (month, T::default()));
                place
            }
        };
        &mut self.months[place].1
    }

    /// The value of a month that has one.
    pub fn get(&self, month: i32) -> Option<&T> {
        let place = self.months.binary_search_by_key(&month, |(known, _)| *known).ok()?;
        Some(&self.months[place].1)
    }

    /// The oldest month.
    pub fn first(&self) -> Option<i32> {
        self.months.first().map(|(month, _)| *month)
    }

    /// Months and values, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (i32, &T)> {
        self.months.iter().map(|(month, value)| (*month, value))
    }

    /// The same months with other values; `None` where one of them has none.
    pub fn try_map<U>(&self, change: impl Fn(&T) -> Option<U>) -> Option<Monthly<U>> {
        let months = self.months.iter().map(|(month, value)| Some((*month, change(value)?))).collect::<Option<_>>()?;
        Some(Monthly { months })
    }
}

impl<T: Additive> Additive for Monthly<T> {
    fn merge(&mut self, other: &Monthly<T>) {
        for (month, value) in other.iter() {
            self.at(month).merge(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_finds_the_code_of_its_month() {
        let as_of = Date::parse("2026-11-22").unwrap();
        let days = ["2026-11-30", "2026-01-31", "2026-02-01", "1900-01-01", "9999-12-31", "2026-11-01", "2015-09-04", "2015-09-05"];
        let days = days.map(|day| Date::parse(day).unwrap());
        let codes = MonthCodes::of(days.into_iter(), as_of);
        let mut months: Vec<i32> = days.iter().map(|day| day.month_index()).collect();
        months.sort_unstable();
        months.dedup();
        assert_eq!(codes.len(), months.len());
        for day in days {
            assert_eq!(months[codes.code(day)], day.month_index(), "{day}");
        }
        let named = codes.named((0..3).map(|code| (code != 1).then_some(code)));
        assert_eq!(named.iter().collect::<Vec<_>>(), [(months[0], &0_i128), (months[2], &2)]);
    }

    #[test]
    fn months_stay_in_order_and_add_up() {
        let mut sums = Monthly::<i128>::default();
        for (month, amount) in [(24_322, 5), (24_310, 7), (24_322, -2), (120_000, 1)] {
            *sums.at(month) += amount;
        }
        let mut twice = sums.clone();
        twice.merge(&sums);
        assert_eq!(twice.iter().collect::<Vec<_>>(), [(24_310, &14), (24_322, &6), (120_000, &2)]);
        assert_eq!((sums.first(), sums.get(24_322), sums.get(1)), (Some(24_310), Some(&3), None));
    }
}
