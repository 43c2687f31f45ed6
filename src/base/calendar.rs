//! Days nobody works: weekends and public holidays, worked out by rule for any year, and what to do with a date that falls on one.
//!
//! A calendar never moves a due date by itself: no general rule shifts a payment term in the debtor's favour, so rolling is always
//! asked for by name. Holidays of single regions (Alsace-Moselle, Scotland, Northern Ireland) are left out.

use crate::base::date::Date;

/// Whose public holidays count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarName {
    /// Weekends only.
    Weekends,
    /// French public holidays (C. trav. L3133-1) and weekends.
    France,
    /// Bank holidays of England and Wales and weekends.
    England,
    /// Closing days of the TARGET payment system and weekends.
    Target,
}

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    pub holidays: CalendarName,
    pub week: Week,
}

impl Calendar {
    /// The calendar of this name with a Monday-to-Friday week.
    pub fn named(holidays: CalendarName) -> Calendar {
        Calendar { holidays, week: Week::MondayToFriday }
    }

    /// The same holidays with Saturdays worked, as French *jours ouvrables* count.
    #[must_use]
    pub fn with_saturdays(self) -> Calendar {
        Calendar { week: Week::MondayToSaturday, ..self }
    }

    /// Whether the day is worked.
    pub fn is_business_day(self, date: Date) -> bool {
        let last_worked = match self.week {
            Week::MondayToFriday => 5,
            Week::MondayToSaturday => 6,
        };
        date.weekday() <= last_worked && !self.is_holiday(date)
    }

    /// Whether the day is a public holiday, on a weekend or not.
    pub fn is_holiday(self, date: Date) -> bool {
        let (year, month, day) = date.ymd();
        match self.holidays {
            CalendarName::Weekends => false,
            CalendarName::France => FRANCE.contains(&(month, day)) || [1, 39, 50].contains(&since_easter(date, year)),
            CalendarName::England => is_english_holiday(date, year, month, day),
            CalendarName::Target => TARGET.contains(&(month, day)) || [-2, 1].contains(&since_easter(date, year)),
        }
    }

    /// The first business day on or after this day.
    #[must_use]
    pub fn on_or_after(self, date: Date) -> Date {
        self.seek(date, 1)
    }

    /// The last business day on or before this day.
    #[must_use]
    pub fn on_or_before(self, date: Date) -> Date {
        self.seek(date, -1)
    }

    /// The first business day after this day.
    #[must_use]
    pub fn next_business_day(self, date: Date) -> Date {
        self.on_or_after(date.plus_days(1))
    }

    /// The last business day before this day.
    #[must_use]
    pub fn previous_business_day(self, date: Date) -> Date {
        self.on_or_before(date.plus_days(-1))
    }

    /// The business day `days` business days later (earlier where negative); the day itself, worked or not, where `days` is 0.
    #[must_use]
    pub fn plus_business_days(self, date: Date, days: i32) -> Date {
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
    pub fn roll(self, date: Date, roll: Roll) -> Date {
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
    fn seek(self, date: Date, step: i32) -> Date {
        let mut day = date;
        while day.in_range() && !self.is_business_day(day) {
            day = day.plus_days(step);
        }
        day
    }
}

/// Fixed days of C. trav. L3133-1, as (month, day); Easter Monday, Ascension and Whit Monday move with Easter.
const FRANCE: &[(u32, u32)] = &[(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)];

/// Fixed closing days of TARGET (ECB long-term calendar, in force since 2002); Good Friday and Easter Monday move with Easter.
const TARGET: &[(u32, u32)] = &[(1, 1), (5, 1), (12, 25), (12, 26)];

/// Bank holidays of England and Wales proclaimed for one year only (Banking and Financial Dealings Act 1971 s1(2) and (3);
/// gov.uk/bank-holidays and the London Gazette). Years before 1995 carry the standing rules alone.
const ENGLAND_ONCE: &[(i32, u32, u32)] = &[
    (1995, 5, 8),   // early May moved: VE Day, 50 years
    (1999, 12, 31), // turn of the millennium
    (2002, 6, 3),   // Golden Jubilee
    (2002, 6, 4),   // spring moved
    (2011, 4, 29),  // royal wedding
    (2012, 6, 4),   // spring moved
    (2012, 6, 5),   // Diamond Jubilee
    (2020, 5, 8),   // early May moved: VE Day, 75 years
    (2022, 6, 2),   // spring moved
    (2022, 6, 3),   // Platinum Jubilee
    (2022, 9, 19),  // state funeral
    (2023, 5, 8),   // coronation
];

/// Years whose early May holiday was moved away from the first Monday.
const EARLY_MAY_MOVED: &[i32] = &[1995, 2020];
/// Years whose spring holiday was moved away from the last Monday of May.
const SPRING_MOVED: &[i32] = &[2002, 2012, 2022];

/// Bank holidays of England and Wales by the rules in force since 1978, substitute days included.
fn is_english_holiday(date: Date, year: i32, month: u32, day: u32) -> bool {
    let monday = date.weekday() == 1;
    let monday_or_tuesday = date.weekday() <= 2;
    let standing = match (month, day) {
        (1, 1) | (12, 25 | 26) => true,
        // A holiday on a weekend moves to the next weekday that is not one itself.
        (1, 2 | 3) => monday,
        (12, 27 | 28) => monday_or_tuesday,
        (5, 1..=7) => monday && !EARLY_MAY_MOVED.contains(&year),
        (5, 25..=31) => monday && !SPRING_MOVED.contains(&year),
        (8, 25..=31) => monday,
        _ => [-2, 1].contains(&since_easter(date, year)),
    };
    standing || ENGLAND_ONCE.contains(&(year, month, day))
}

/// Days from Easter Sunday of that year to the day.
fn since_easter(date: Date, year: i32) -> i32 {
    date.days_since(easter(year))
}

/// Easter Sunday in the Gregorian calendar (the "anonymous" computus printed by Nature in 1876).
pub fn easter(year: i32) -> Date {
    let golden = year % 19;
    let (century, of_century) = (year / 100, year % 100);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let march = Date::from_ymd(year, 3, 22).unwrap_or(Date::MIN);
    march.plus_days(epact + weekday - 7 * late)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRENCH: Calendar = Calendar { holidays: CalendarName::France, week: Week::MondayToFriday };
    const ENGLISH: Calendar = Calendar { holidays: CalendarName::England, week: Week::MondayToFriday };
    const PAYMENTS: Calendar = Calendar { holidays: CalendarName::Target, week: Week::MondayToFriday };

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
    }

    fn holidays(calendar: Calendar, year: i32) -> Vec<String> {
        let first = Date::from_ymd(year, 1, 1).expect("a year starts");
        (0..366)
            .map(|days| first.plus_days(days))
            .filter(|date| date.ymd().0 == year && calendar.is_holiday(*date))
            .map(|date| date.to_string()[5..].to_owned())
            .collect()
    }

    #[test]
    fn easter_falls_where_the_church_puts_it() {
        let sundays =
            ["1961-04-02", "2000-04-23", "2008-03-23", "2011-04-24", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25"];
        for text in sundays {
            assert_eq!(easter(day(text).ymd().0), day(text));
        }
        assert!((1900..2200).all(|year| easter(year).weekday() == 7));
    }

    #[test]
    fn holidays_of_a_year_are_those_published() {
        let cases: &[(Calendar, i32, &[&str])] = &[
            (FRENCH, 2026, &["01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01", "11-11", "12-25"]),
            (FRENCH, 2027, &["01-01", "03-29", "05-01", "05-06", "05-08", "05-17", "07-14", "08-15", "11-01", "11-11", "12-25"]),
            // Ascension on the First of May.
            (FRENCH, 2008, &["01-01", "03-24", "05-01", "05-08", "05-12", "07-14", "08-15", "11-01", "11-11", "12-25"]),
            (PAYMENTS, 2026, &["01-01", "04-03", "04-06", "05-01", "12-25", "12-26"]),
            (ENGLISH, 2020, &["01-01", "04-10", "04-13", "05-08", "05-25", "08-31", "12-25", "12-26", "12-28"]),
            (ENGLISH, 2021, &["01-01", "04-02", "04-05", "05-03", "05-31", "08-30", "12-25", "12-26", "12-27", "12-28"]),
            (ENGLISH, 2022, &["01-01", "01-03", "04-15", "04-18", "05-02", "06-02", "06-03", "08-29", "09-19", "12-25", "12-26", "12-27"]),
            (ENGLISH, 2023, &["01-01", "01-02", "04-07", "04-10", "05-01", "05-08", "05-29", "08-28", "12-25", "12-26"]),
            (ENGLISH, 2026, &["01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-26", "12-28"]),
            (Calendar::named(CalendarName::Weekends), 2026, &[]),
        ];
        for (calendar, year, expected) in cases {
            assert_eq!(holidays(*calendar, *year), *expected, "{calendar:?} {year}");
        }
    }

    #[test]
    fn b_22_french_dates_roll_to_the_next_business_day() {
        let cases =
            [("2026-11-01", "2026-11-02"), ("2026-11-11", "2026-11-12"), ("2026-12-25", "2026-12-28"), ("2026-05-01", "2026-05-04")];
        for (date, following) in cases {
            assert_eq!(FRENCH.roll(day(date), Roll::Following), day(following), "{date}");
        }
    }

    #[test]
    fn b_23_target_dates_roll_within_the_month_when_asked() {
        let cases = [
            ("2026-05-31", "2026-06-01", "2026-05-29", "2026-05-29"),
            ("2026-01-31", "2026-02-02", "2026-01-30", "2026-01-30"),
            ("2026-04-03", "2026-04-07", "2026-04-07", "2026-04-02"),
            ("2026-10-31", "2026-11-02", "2026-10-30", "2026-10-30"),
        ];
        for (date, following, modified, preceding) in cases {
            assert_eq!(PAYMENTS.roll(day(date), Roll::Following), day(following), "{date}");
            assert_eq!(PAYMENTS.roll(day(date), Roll::ModifiedFollowing), day(modified), "{date}");
            assert_eq!(PAYMENTS.roll(day(date), Roll::Preceding), day(preceding), "{date}");
            assert_eq!(PAYMENTS.roll(day(date), Roll::None), day(date));
        }
    }

    #[test]
    fn b_24_business_days_are_counted_from_the_day_after() {
        let cases = [
            (FRENCH, "2026-12-18", 10, "2027-01-05"),
            (FRENCH, "2027-01-05", -10, "2026-12-18"),
            (FRENCH, "2026-12-25", 0, "2026-12-25"),
            (FRENCH, "2026-12-25", 1, "2026-12-28"),
            (FRENCH.with_saturdays(), "2026-12-18", 10, "2026-12-31"),
            (FRENCH.with_saturdays(), "2026-11-20", 1, "2026-11-21"),
            (Calendar::named(CalendarName::Weekends), "2026-12-18", 10, "2027-01-01"),
        ];
        for (calendar, date, days, expected) in cases {
            assert_eq!(calendar.plus_business_days(day(date), days), day(expected), "{date} {days:+}");
        }
    }

    #[test]
    fn neighbours_leave_the_day_itself() {
        assert_eq!(FRENCH.next_business_day(day("2026-11-20")), day("2026-11-23"));
        assert_eq!(FRENCH.previous_business_day(day("2026-11-12")), day("2026-11-10"));
        assert_eq!(FRENCH.on_or_before(day("2026-11-11")), day("2026-11-10"));
        assert!(!FRENCH.plus_business_days(Date::MAX, i32::MAX).in_range());
    }
}
