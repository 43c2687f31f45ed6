//! Holidays as published, and vectors B-22 to B-24 of the domain definitions.

use super::*;

fn french() -> Calendar {
    Calendar::named(CalendarName::France)
}

fn payments() -> Calendar {
    Calendar::named(CalendarName::Target)
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
}

fn holidays(calendar: &Calendar, year: i32) -> Vec<String> {
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

/// The lists of 07 §B.3 and those the states publish.
#[test]
fn holidays_of_a_year_are_those_published() {
    use CalendarName::{AlsaceMoselle, Belgium, England, France, Germany, Italy, Spain, Target, UnitedStates, Weekends};
    let cases: &[(CalendarName, i32, &str)] = &[
        (France, 2026, "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25"),
        (France, 2027, "01-01 03-29 05-01 05-06 05-08 05-17 07-14 08-15 11-01 11-11 12-25"),
        // Ascension on the First of May.
        (France, 2008, "01-01 03-24 05-01 05-08 05-12 07-14 08-15 11-01 11-11 12-25"),
        (AlsaceMoselle, 2026, "01-01 04-03 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25 12-26"),
        (AlsaceMoselle, 2027, "01-01 03-26 03-29 05-01 05-06 05-08 05-17 07-14 08-15 11-01 11-11 12-25 12-26"),
        (Target, 2026, "01-01 04-03 04-06 05-01 12-25 12-26"),
        (Target, 2027, "01-01 03-26 03-29 05-01 12-25 12-26"),
        (Germany, 2017, "01-01 04-14 04-17 05-01 05-25 06-05 10-03 10-31 12-25 12-26"),
        (Germany, 2026, "01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26"),
        (Germany, 2027, "01-01 03-26 03-29 05-01 05-06 05-17 10-03 12-25 12-26"),
        (Belgium, 2026, "01-01 04-06 05-01 05-14 05-25 07-21 08-15 11-01 11-11 12-25"),
        (Belgium, 2027, "01-01 03-29 05-01 05-06 05-17 07-21 08-15 11-01 11-11 12-25"),
        (Spain, 2026, "01-01 01-06 04-03 05-01 08-15 10-12 11-01 12-06 12-08 12-25"),
        (Spain, 2027, "01-01 01-06 03-26 05-01 08-15 10-12 11-01 12-06 12-08 12-25"),
        (Italy, 2000, "01-01 01-06 04-24 04-25 05-01 08-15 11-01 12-08 12-25 12-26"),
        (Italy, 2025, "01-01 01-06 04-21 04-25 05-01 06-02 08-15 11-01 12-08 12-25 12-26"),
        (Italy, 2026, "01-01 01-06 04-06 04-25 05-01 06-02 08-15 10-04 11-01 12-08 12-25 12-26"),
        (Italy, 2027, "01-01 01-06 03-29 04-25 05-01 06-02 08-15 10-04 11-01 12-08 12-25 12-26"),
        // Juneteenth was no holiday yet; Independence Day and Columbus Day as they came.
        (UnitedStates, 2020, "01-01 01-20 02-17 05-25 07-03 07-04 09-07 10-12 11-11 11-26 12-25"),
        // New Year's Day 2022 is a Saturday, observed in the old year.
        (UnitedStates, 2021, "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31"),
        (UnitedStates, 2026, "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25"),
        (UnitedStates, 2027, "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31"),
        (England, 2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-26 12-28"),
        (England, 2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-25 12-26 12-27 12-28"),
        (England, 2022, "01-01 01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-25 12-26 12-27"),
        (England, 2023, "01-01 01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
        (England, 2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28"),
        (England, 2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-26 12-27 12-28"),
        (Weekends, 2026, ""),
    ];
    for (name, year, expected) in cases {
        assert_eq!(holidays(&Calendar::named(*name), *year).join(" "), *expected, "{name:?} {year}");
    }
}

/// A German Land by list, and a house that works on a holiday and on a Saturday.
#[test]
fn lists_add_days_off_and_take_them_away() {
    let days = |texts: &[&str]| texts.iter().map(|text| day(text)).collect::<Vec<_>>();
    let bavaria = Calendar::named(CalendarName::Germany)
        .with_days(days(&["2026-11-01", "2026-08-15", "2026-06-04", "2026-01-06"]), days(&["2026-12-26", "2026-05-01"]));
    assert_eq!(holidays(&bavaria, 2026).join(" "), "01-01 01-06 04-03 04-06 05-14 05-25 06-04 08-15 10-03 11-01 12-25");
    assert!(!bavaria.is_business_day(day("2026-06-04")));
    assert!(bavaria.is_business_day(day("2026-05-01")));
    assert_eq!(bavaria.on_or_after(day("2026-12-25")), day("2026-12-26"), "a Saturday that is worked");
    assert_eq!(bavaria.with_saturdays().plus_business_days(day("2026-06-03"), 2), day("2026-06-06"));
}

#[test]
fn b_22_french_dates_roll_to_the_next_business_day() {
    let cases = [("2026-11-01", "2026-11-02"), ("2026-11-11", "2026-11-12"), ("2026-12-25", "2026-12-28"), ("2026-05-01", "2026-05-04")];
    for (date, following) in cases {
        assert_eq!(french().roll(day(date), Roll::Following), day(following), "{date}");
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
        assert_eq!(payments().roll(day(date), Roll::Following), day(following), "{date}");
        assert_eq!(payments().roll(day(date), Roll::ModifiedFollowing), day(modified), "{date}");
        assert_eq!(payments().roll(day(date), Roll::Preceding), day(preceding), "{date}");
        assert_eq!(payments().roll(day(date), Roll::None), day(date));
    }
}

#[test]
fn b_24_business_days_are_counted_from_the_day_after() {
    let cases = [
        (french(), "2026-12-18", 10, "2027-01-05"),
        (french(), "2027-01-05", -10, "2026-12-18"),
        (french(), "2026-12-25", 0, "2026-12-25"),
        (french(), "2026-12-25", 1, "2026-12-28"),
        (french().with_saturdays(), "2026-12-18", 10, "2026-12-31"),
        (french().with_saturdays(), "2026-11-20", 1, "2026-11-21"),
        (Calendar::named(CalendarName::Weekends), "2026-12-18", 10, "2027-01-01"),
    ];
    for (calendar, date, days, expected) in cases {
        assert_eq!(calendar.plus_business_days(day(date), days), day(expected), "{date} {days:+}");
    }
}

#[test]
fn neighbours_leave_the_day_itself() {
    assert_eq!(french().next_business_day(day("2026-11-20")), day("2026-11-23"));
    assert_eq!(french().previous_business_day(day("2026-11-12")), day("2026-11-10"));
    assert_eq!(french().on_or_before(day("2026-11-11")), day("2026-11-10"));
    assert!(!french().plus_business_days(Date::MAX, i32::MAX).in_range());
}
