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

/// The months that occur in a shard, each with a code: working tables have a place per code, so that no sum searches its month.
#[derive(Debug, Default)]
pub struct MonthCodes {
    /// Month of the first entry of `codes`.
    first: i32,
    /// Code of each month from `first` on; [`u32::MAX`] where it does not occur.
    codes: Vec<u32>,
    /// Month of each code, ascending.
    months: Vec<i32>,
}

impl MonthCodes {
    /// The months of these days, in any order.
    pub fn of(days: impl Iterator<Item = Date> + Clone) -> MonthCodes {
        let Some((from, to)) = days
            .clone()
            .fold(None, |range: Option<(Date, Date)>, day| range.map_or(Some((day, day)), |(from, to)| Some((from.min(day), to.max(day)))))
        else {
            return MonthCodes::default();
        };
        let first = from.month_index();
        let mut codes = vec![u32::MAX; usize::try_from(to.month_index() - first + 1).unwrap_or(0)];
        for day in days {
            codes[distance(first, day.month_index())] = 0;
        }
        let mut months = Vec::new();
        for (month, code) in (first..).zip(&mut codes) {
            if *code == 0 {
                *code = u32::try_from(months.len()).unwrap_or(u32::MAX);
                months.push(month);
            }
        }
        MonthCodes { first, codes, months }
    }

    /// The code of a day's month, which must occur.
    pub fn code(&self, day: Date) -> usize {
        self.codes[distance(self.first, day.month_index())] as usize
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

fn distance(first: i32, month: i32) -> usize {
    usize::try_from(month - first).unwrap_or(usize::MAX)
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
