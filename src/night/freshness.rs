//! Whether an export is of tonight: yesterday's extract read once more would dun customers for what they have paid since.

use crate::base::calendar::Calendar;
use crate::base::counted::counted;
use crate::base::date::Date;
use crate::base::table::Table;

/// Business days, the newest date among them, by which it is judged whether a table has rows on most days.
const RHYTHM: u32 = 20;
/// How many of them must have a row.
const MOST_DAYS: u32 = 12;

/// How far the newest date of a table may lie behind the night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Days(i32),
    BusinessDays(i32),
}

impl Limit {
    /// Whether `newest` lies further behind `as_of`.
    fn is_exceeded(self, newest: Date, as_of: Date, calendar: &Calendar) -> bool {
        let last = match self {
            Limit::Days(days) => newest.plus_days(days),
            Limit::BusinessDays(days) => calendar.plus_business_days(newest, days),
        };
        // A night on a day off is that of the business day before.
        let night = if matches!(self, Limit::BusinessDays(_)) { calendar.on_or_before(as_of) } else { as_of };
        night > last
    }

    /// `1 day`, `3 business days`, as the job file writes it.
    pub fn words(self) -> String {
        let (count, unit) = match self {
            Limit::Days(count) => (count, "day"),
            Limit::BusinessDays(count) => (count, "business day"),
        };
        counted(count, unit)
    }
}

/// What is asked of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// Nobody states a limit: told of beyond this one where the table has rows on most business days.
    Usual(Limit),
    Never,
    Within(Limit),
}

/// The days on which a table has rows, as far as its freshness goes by them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Days {
    /// The newest one.
    pub newest: Option<Date>,
    /// A bit for each of the 64 days up to it, the newest the lowest.
    present: u64,
}

impl Days {
    /// The days of one table up to `as_of`: those in `column` of the rows that count.
    pub fn of(table: &Table, column: usize, as_of: Date, counts: impl Fn(usize) -> bool) -> Days {
        let mut days = Days::default();
        for row in 0..table.len() {
            if let Some(day) = table.date(column, row).filter(|day| *day <= as_of && counts(row)) {
                days.add(day);
            }
        }
        days
    }

    fn add(&mut self, day: Date) {
        let newest = self.newest.map_or(day, |newest| newest.max(day));
        self.move_to(newest);
        self.present |= bit(newest.days_since(day));
    }

    /// Makes a later day the newest one.
    fn move_to(&mut self, newest: Date) {
        let passed = self.newest.map_or(0, |before| newest.days_since(before));
        self.present = u32::try_from(passed).ok().and_then(|passed| self.present.checked_shl(passed)).unwrap_or(0);
        self.newest = Some(newest);
    }

    /// Adds the days of another part of the table.
    #[must_use]
    pub fn with(mut self, mut other: Days) -> Days {
        if let Some(newest) = self.newest.max(other.newest) {
            self.move_to(newest);
            other.move_to(newest);
            self.present |= other.present;
        }
        self
    }

    /// Whether there are rows on most business days up to the newest one.
    pub fn are_most(&self, calendar: &Calendar) -> bool {
        let Some(newest) = self.newest else { return false };
        let mut day = calendar.on_or_before(newest);
        let mut with_rows = 0;
        for _ in 0..RHYTHM {
            with_rows += u32::from(self.present & bit(newest.days_since(day)) != 0);
            day = calendar.previous_business_day(day);
        }
        with_rows >= MOST_DAYS
    }

    /// The limit that the newest date lies beyond, seen from the night of `as_of`; `None` where it does not, or nobody can tell.
    pub fn exceeded(&self, watch: Watch, as_of: Date, calendar: &Calendar) -> Option<Limit> {
        let limit = match watch {
            Watch::Never => return None,
            Watch::Usual(_) if !self.are_most(calendar) => return None,
            Watch::Usual(limit) | Watch::Within(limit) => limit,
        };
        self.newest.is_none_or(|newest| limit.is_exceeded(newest, as_of, calendar)).then_some(limit)
    }
}

/// The bit of a day so many days before the newest; none beyond the 64th.
fn bit(days_back: i32) -> u64 {
    u32::try_from(days_back).ok().and_then(|back| 1_u64.checked_shl(back)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::CalendarName;

    const USUAL: Watch = Watch::Usual(Limit::BusinessDays(3));

    fn day(text: &str) -> Date {
        Date::parse(text).expect("a day")
    }

    fn days(all: impl Iterator<Item = Date>) -> Days {
        let mut days = Days::default();
        all.for_each(|day| days.add(day));
        days
    }

    /// A row on every weekday of the `count` days up to `newest`.
    fn weekdays(newest: &str, count: i32) -> Days {
        let calendar = Calendar::named(CalendarName::France);
        days((0..count).map(|back| day(newest).plus_days(-back)).filter(|day| calendar.is_business_day(*day)))
    }

    #[track_caller]
    fn check(days: Days, watch: Watch, as_of: &str, is_exceeded: bool) {
        let calendar = Calendar::named(CalendarName::France);
        assert_eq!(days.exceeded(watch, day(as_of), &calendar).is_some(), is_exceeded, "{days:?} {watch:?} {as_of}");
    }

    #[test]
    fn a_limit_counts_from_the_newest_day() {
        // 2026-11-11, a Wednesday, is a holiday.
        let within = |limit| Watch::Within(limit);
        for (newest, limit, as_of, is_exceeded) in [
            ("2026-11-06", Limit::Days(3), "2026-11-09", false),
            ("2026-11-06", Limit::Days(3), "2026-11-10", true),
            ("2026-11-06", Limit::BusinessDays(3), "2026-11-12", false),
            ("2026-11-06", Limit::BusinessDays(3), "2026-11-13", true),
            ("2026-11-06", Limit::BusinessDays(0), "2026-11-08", false),
            ("2026-11-06", Limit::BusinessDays(0), "2026-11-09", true),
            ("2026-11-09", Limit::Days(0), "2026-11-09", false),
        ] {
            check(days([day(newest)].into_iter()), within(limit), as_of, is_exceeded);
        }
        check(Days::default(), within(Limit::Days(9)), "2026-11-06", true);
        check(weekdays("2026-01-06", 40), Watch::Never, "2026-11-06", false);
    }

    #[test]
    fn without_a_limit_only_a_table_with_rows_on_most_days_is_told_of() {
        check(weekdays("2026-11-06", 60), USUAL, "2026-11-12", false);
        check(weekdays("2026-11-06", 60), USUAL, "2026-11-13", true);
        // Twelve business days are most of twenty, eleven are not.
        check(weekdays("2026-10-30", 16), USUAL, "2026-11-13", true);
        check(weekdays("2026-10-30", 15), USUAL, "2026-11-13", false);
        check(days((0..9).map(|week| day("2026-11-06").plus_days(-7 * week))), USUAL, "2026-12-31", false);
        check(Days::default(), USUAL, "2026-11-06", false);
    }

    #[test]
    fn days_come_together_in_any_order() {
        let newest = day("2026-11-06");
        let all: Vec<Date> = [0, 3, 9, 40, 63, 64, 500].map(|back| newest.plus_days(-back)).to_vec();
        let whole = days(all.iter().copied());
        assert_eq!(whole, days(all.iter().rev().copied()));
        for cut in 0..=all.len() {
            let (first, second) = all.split_at(cut);
            let (first, second) = (days(first.iter().copied()), days(second.iter().copied()));
            assert_eq!((first.with(second), second.with(first)), (whole, whole), "{cut}");
        }
    }
}
