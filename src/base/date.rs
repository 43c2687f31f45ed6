//! Days. The kernel's date is a count of days since 1970-01-01 (Arrow's `date32`); this module is the only one that knows `chrono`.
//!
//! Adding months clamps to the last day of the month and is always done from the anchor, because it is not associative
//! (31 January + 1 month + 1 month is 28 March, + 2 months is 31 March).

use std::fmt;

use chrono::{Datelike, Months, NaiveDate};

/// A calendar day, as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

/// Days from 0001-01-01 to 1970-01-01, chrono's day count being one-based from the common era.
const EPOCH_FROM_CE: i32 = 719_163;
/// Days from 0000-03-01 to 1970-01-01.
const MARCH_0000_TO_EPOCH: i64 = 719_468;
const DAYS_OF_400_YEARS: i64 = 146_097;

impl Date {
    /// The first day the engine accepts: 1900-01-01.
    pub const MIN: Date = Date(-25_567);
    /// The last day the engine accepts: 9999-12-31.
    pub const MAX: Date = Date(2_932_896);

    /// The day, if year, month and day name one.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Date> {
        NaiveDate::from_ymd_opt(year, month, day).map(Date::from_chrono)
    }

    /// Reads `2026-11-21`; `None` for any other form and for days outside [`Date::MIN`] to [`Date::MAX`].
    pub fn parse(text: &str) -> Option<Date> {
        let bytes = text.as_bytes();
        let form_is_iso = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
        let date = Date::from_ymd(text.get(0..4)?.parse().ok()?, text.get(5..7)?.parse().ok()?, text.get(8..10)?.parse().ok()?)?;
        (form_is_iso && date.in_range()).then_some(date)
    }

    /// Whether the day lies within [`Date::MIN`] to [`Date::MAX`].
    pub fn in_range(self) -> bool {
        (Date::MIN..=Date::MAX).contains(&self)
    }

    /// The day `days` later (earlier where negative).
    #[must_use]
    pub fn plus_days(self, days: i32) -> Date {
        Date(self.0.saturating_add(days))
    }

    /// Calendar days from `earlier` to this day.
    pub fn days_since(self, earlier: Date) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// The same day number `months` later, or the last day of that month where it has no such day.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Date {
        let step = Months::new(months.unsigned_abs());
        let moved = if months < 0 { self.chrono().checked_sub_months(step) } else { self.chrono().checked_add_months(step) };
        moved.map_or(if months < 0 { Date::MIN } else { Date::MAX }, Date::from_chrono)
    }

    /// The last day of this day's month.
    #[must_use]
    pub fn end_of_month(self) -> Date {
        self.first_of_month().plus_months(1).plus_days(-1)
    }

    /// The first day of this day's month.
    #[must_use]
    pub fn first_of_month(self) -> Date {
        let (_, _, day) = self.ymd();
        self.plus_days(1 - i32::try_from(day).unwrap_or(1))
    }

    /// Year, month (1 to 12) and day (1 to 31).
    ///
    /// Counted in years that start in March, so that the leap day is the last one (Hinnant, "chrono-compatible low-level date
    /// algorithms", `civil_from_days`): every item of the ledger asks for its month.
    pub fn ymd(self) -> (i32, u32, u32) {
        let day = i64::from(self.0) + MARCH_0000_TO_EPOCH;
        let (era, day) = (day.div_euclid(DAYS_OF_400_YEARS), day.rem_euclid(DAYS_OF_400_YEARS));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let from_march = (5 * day + 2) / 153;
        let day = day - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year + i64::from(month <= 2);
        (i32::try_from(year).unwrap_or(i32::MAX), u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
    }

    /// Months since January of year 0: equal for all days of one month, one more for the next.
    pub fn month_index(self) -> i32 {
        let (year, month, _) = self.ymd();
        year * 12 + i32::try_from(month).unwrap_or(1) - 1
    }

    /// The first day of the month with this [`Date::month_index`].
    pub fn from_month_index(index: i32) -> Date {
        let month = u32::try_from(index.rem_euclid(12)).unwrap_or(0) + 1;
        Date::from_ymd(index.div_euclid(12), month, 1).unwrap_or(Date::MIN)
    }

    /// 1 for Monday to 7 for Sunday (ISO 8601).
    pub fn weekday(self) -> u32 {
        self.chrono().weekday().number_from_monday()
    }

    fn chrono(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(self.0.saturating_add(EPOCH_FROM_CE)).unwrap_or(NaiveDate::MAX)
    }

    fn from_chrono(day: NaiveDate) -> Date {
        Date(day.num_days_from_ce() - EPOCH_FROM_CE)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
    }

    #[test]
    fn only_iso_days_in_range_are_read() {
        assert_eq!(Date::parse("1970-01-01"), Some(Date(0)));
        assert_eq!(Date::parse("1900-01-01"), Some(Date::MIN));
        assert_eq!(Date::parse("9999-12-31"), Some(Date::MAX));
        for text in ["1899-12-31", "2026-02-29", "2026-2-01", "2026-11-21T00", "+026-11-21", "", "2026/11/21", "20261121", "２026-11-2"] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    /// Vector B-21 of the domain definitions.
    #[test]
    fn b_21_months_clamp_to_the_end_of_the_month() {
        let cases = [
            ("2026-01-31", 1, "2026-02-28"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2024-02-29", 60, "2029-02-28"),
            ("2026-03-31", -1, "2026-02-28"),
        ];
        for (from, months, expected) in cases {
            assert_eq!(day(from).plus_months(months), day(expected), "{from} {months:+} months");
        }
    }

    /// Vectors DC-46 to DC-48 of the domain definitions.
    #[test]
    fn dc_46_to_48_actual_days() {
        let cases = [
            ("DC-46", "2023-12-31", "2024-12-31", 366),
            ("DC-47", "2024-02-28", "2024-03-01", 2),
            ("DC-48", "2025-02-28", "2025-03-01", 1),
        ];
        for (id, from, to, days) in cases {
            assert_eq!(day(to).days_since(day(from)), days, "{id}");
        }
    }

    #[test]
    fn every_day_has_the_year_month_and_day_of_the_calendar() {
        for days in (Date::MIN.0 - 400..=Date(60_000).0).chain(Date::MAX.0 - 400..=Date::MAX.0 + 400) {
            let chrono = Date(days).chrono();
            assert_eq!(Date(days).ymd(), (chrono.year(), chrono.month(), chrono.day()), "{days} days after 1970-01-01");
        }
    }

    #[test]
    fn months_and_their_index_agree() {
        for text in ["1999-12-31", "2000-01-01", "2024-02-29", "2026-11-21"] {
            let date = day(text);
            assert_eq!(Date::from_month_index(date.month_index()), date.first_of_month(), "{text}");
            assert_eq!(date.end_of_month().plus_days(1), date.first_of_month().plus_months(1), "{text}");
            assert_eq!(date.to_string(), text);
        }
    }
}
