//! Days nobody works: weekends and public holidays, worked out by rule for any year, days a house adds or takes away by list, and what
//! to do with a date that falls on one.
//!
//! A calendar never moves a due date by itself: no general rule shifts a payment term in the debtor's favour, so rolling is always
//! asked for by name. Holidays of single regions are left to lists, but for Alsace-Moselle.

mod holidays;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use holidays::easter;

use crate::base::date::Date;

/// Whose public holidays count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarName {
    /// Weekends only.
    Weekends,
    /// French public holidays (C. trav. L3133-1) and weekends.
    France,
    /// The French ones, Good Friday and 26 December (C. trav. L3134-13).
    AlsaceMoselle,
    /// The holidays all German Länder share, and weekends.
    Germany,
    /// Bank holidays of England and Wales and weekends.
    England,
    /// Belgian public holidays and weekends.
    Belgium,
    /// Spanish holidays kept in the whole country, and weekends.
    Spain,
    /// Italian public holidays and weekends.
    Italy,
    /// Federal holidays of the United States with the days on which they are observed, and weekends.
    UnitedStates,
    /// Closing days of the TARGET payment system and weekends.
    Target,
}

/// Calendars by the names rule files give them: of a country by its ISO 3166-1 code; everybody says UK.
pub const CALENDARS: &[(&str, CalendarName)] = &[
    ("weekends", CalendarName::Weekends),
    ("FR", CalendarName::France),
    ("FR-ALSACE-MOSELLE", CalendarName::AlsaceMoselle),
    ("DE", CalendarName::Germany),
    ("GB", CalendarName::England),
    ("UK", CalendarName::England),
    ("BE", CalendarName::Belgium),
    ("ES", CalendarName::Spain),
    ("IT", CalendarName::Italy),
    ("US", CalendarName::UnitedStates),
    ("TARGET", CalendarName::Target),
];

/// Which weekdays are worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Week {
    /// Monday to Friday, the French *jours ouvrés*.
    MondayToFriday,
    /// Monday to Saturday, the French *jours ouvrables*.
    MondayToSaturday,
}

/// Where a date goes that is not a business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roll {
    /// It stays.
    None,
    /// To the next business day.
    Following,
    /// To the next business day, or the one before where the next lies in another month.
    ModifiedFollowing,
    /// To the business day before.
    Preceding,
}

/// A working week and the holidays in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    holidays: CalendarName,
    week: Week,
    /// Days off beside those of the rule, ascending.
    closed: Arc<[Date]>,
    /// Days that are worked whatever weekday or holiday they are, ascending.
    worked: Arc<[Date]>,
}

impl Calendar {
    /// The calendar of this name with a Monday-to-Friday week.
    pub fn named(holidays: CalendarName) -> Calendar {
        Calendar { holidays, week: Week::MondayToFriday, closed: Arc::default(), worked: Arc::default() }
    }

    /// The same calendar with days off of its own, and days that are worked although a weekend or holiday; a day in both is worked.
    #[must_use]
    pub fn with_days(&self, mut closed: Vec<Date>, mut worked: Vec<Date>) -> Calendar {
        closed.sort_unstable();
        worked.sort_unstable();
        Calendar { closed: closed.into(), worked: worked.into(), ..self.clone() }
    }

    /// The same holidays with Saturdays worked, as French *jours ouvrables* count.
    #[must_use]
    pub fn with_saturdays(&self) -> Calendar {
        Calendar { week: Week::MondayToSaturday, ..self.clone() }
    }

    /// Whether the day is worked.
    pub fn is_business_day(&self, date: Date) -> bool {
        let last_worked = match self.week {
            Week::MondayToFriday => 5,
            Week::MondayToSaturday => 6,
        };
        self.is_worked_by_list(date) || (date.weekday() <= last_worked && !self.is_holiday(date))
    }

    /// Whether the day is a public holiday or a listed day off, on a weekend or not.
    pub fn is_holiday(&self, date: Date) -> bool {
        let listed = self.closed.binary_search(&date).is_ok();
        (listed || holidays::is_holiday(self.holidays, date)) && !self.is_worked_by_list(date)
    }

    fn is_worked_by_list(&self, date: Date) -> bool {
        self.worked.binary_search(&date).is_ok()
    }

    /// The first business day on or after this day.
    #[must_use]
    pub fn on_or_after(&self, date: Date) -> Date {
        self.seek(date, 1)
    }

    /// The last business day on or before this day.
    #[must_use]
    pub fn on_or_before(&self, date: Date) -> Date {
        self.seek(date, -1)
    }

    /// The first business day after this day.
    #[must_use]
    pub fn next_business_day(&self, date: Date) -> Date {
        self.on_or_after(date.plus_days(1))
    }

    /// The last business day before this day.
    #[must_use]
    pub fn previous_business_day(&self, date: Date) -> Date {
        self.on_or_before(date.plus_days(-1))
    }

    /// The business day `days` business days later (earlier where negative); the day itself, worked or not, where `days` is 0.
    #[must_use]
    pub fn plus_business_days(&self, date: Date, days: i32) -> Date {
        let step = days.signum();
        let mut moved = date;
        for _ in 0..days.unsigned_abs() {
            if !moved.in_range() {
                break;
            }
            moved = self.seek(moved.plus_days(step), step);
        }
        moved
    }

    /// The day itself where it is worked, else where the convention puts it.
    #[must_use]
    pub fn roll(&self, date: Date, roll: Roll) -> Date {
        match roll {
            Roll::None => date,
            Roll::Following => self.on_or_after(date),
            Roll::Preceding => self.on_or_before(date),
            Roll::ModifiedFollowing => {
                let following = self.on_or_after(date);
                if following.month_index() == date.month_index() { following } else { self.on_or_before(date) }
            }
        }
    }

    /// The nearest business day from `date` on in steps of one day; stops at the ends of the range of days.
    fn seek(&self, date: Date, step: i32) -> Date {
        let mut day = date;
        while day.in_range() && !self.is_business_day(day) {
            day = day.plus_days(step);
        }
        day
    }
}
