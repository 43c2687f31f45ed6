//! Public holidays by rule, for any year: fixed days, days that move with Easter, weekdays of a month, and substitute days.

use super::CalendarName;
use crate::base::date::Date;

/// Good Friday, Easter Monday, Ascension and Whit Monday, in days from Easter Sunday.
const GOOD_FRIDAY: i32 = -2;
const EASTER_MONDAY: i32 = 1;
const ASCENSION: i32 = 39;
const WHIT_MONDAY: i32 = 50;

/// Holidays that never move to another day.
struct Fixed {
    /// Month, day, and the first year it is kept; 0 where that lies before every ledger.
    days: &'static [(u32, u32, i32)],
    /// Days from Easter Sunday.
    easter: &'static [i32],
    /// Days of one year only: year, month, day.
    once: &'static [(i32, u32, u32)],
}

/// Whether the day is a public holiday of this calendar, on a weekend or not.
pub(super) fn is_holiday(calendar: CalendarName, date: Date) -> bool {
    let (year, month, day) = date.ymd();
    match calendar {
        CalendarName::Weekends => false,
        CalendarName::France => FRANCE.has(date, (year, month, day)),
        CalendarName::AlsaceMoselle => {
            (month, day) == (12, 26) || since_easter(date, year) == GOOD_FRIDAY || is_holiday(CalendarName::France, date)
        }
        CalendarName::Germany => GERMANY.has(date, (year, month, day)),
        CalendarName::England => is_english(date, year, month, day),
        CalendarName::Belgium => BELGIUM.has(date, (year, month, day)),
        CalendarName::Spain => SPAIN.has(date, (year, month, day)),
        CalendarName::Italy => ITALY.has(date, (year, month, day)),
        CalendarName::UnitedStates => is_american(date),
        CalendarName::Target => TARGET.has(date, (year, month, day)),
    }
}

impl Fixed {
    fn has(&self, date: Date, (year, month, day): (i32, u32, u32)) -> bool {
        self.days.iter().any(|(m, d, since)| (*m, *d) == (month, day) && *since <= year)
            || self.easter.contains(&since_easter(date, year))
            || self.once.contains(&(year, month, day))
    }
}

/// C. trav. L3133-1. Alsace-Moselle adds Good Friday and 26 December (L3134-13).
const FRANCE: Fixed = Fixed {
    days: &[(1, 1, 0), (5, 1, 0), (5, 8, 1982), (7, 14, 0), (8, 15, 0), (11, 1, 0), (11, 11, 0), (12, 25, 0)],
    easter: &[EASTER_MONDAY, ASCENSION, WHIT_MONDAY],
    once: &[],
};

/// The nine days all Länder keep by their own laws, German Unity Day by the Unification Treaty (art. 2(2)); in 2017 Reformation Day
/// was kept everywhere for its 500 years. Years before 1995 had one more, the Day of Repentance, left out here.
const GERMANY: Fixed = Fixed {
    days: &[(1, 1, 0), (5, 1, 0), (10, 3, 1990), (12, 25, 0), (12, 26, 0)],
    easter: &[GOOD_FRIDAY, EASTER_MONDAY, ASCENSION, WHIT_MONDAY],
    once: &[(2017, 10, 31)],
};

/// The ten days of the royal decree of 18 April 1974, art. 1. A day that falls on a Sunday is replaced by agreement in each company,
/// so its substitute is in no rule.
const BELGIUM: Fixed = Fixed {
    days: &[(1, 1, 0), (5, 1, 0), (7, 21, 0), (8, 15, 0), (11, 1, 0), (11, 11, 0), (12, 25, 0)],
    easter: &[EASTER_MONDAY, ASCENSION, WHIT_MONDAY],
    once: &[],
};

/// Real Decreto 2001/1983 art. 45, the days kept in the whole country, with Epiphany, which every region has chosen to keep.
/// Days regions add, or move from a Sunday to the Monday, are theirs.
const SPAIN: Fixed = Fixed {
    days: &[(1, 1, 0), (1, 6, 0), (5, 1, 0), (8, 15, 0), (10, 12, 0), (11, 1, 0), (12, 6, 0), (12, 8, 0), (12, 25, 0)],
    easter: &[GOOD_FRIDAY],
    once: &[],
};

/// Legge 260/1949 as amended; Easter Sunday is a Sunday anyway. Epiphany again since 1986 (d.P.R. 792/1985), Republic Day again since 2001 (l. 336/2000), Saint Francis since 2026 (l. 151/2025).
const ITALY: Fixed = Fixed {
    days: &[
        (1, 1, 0),
        (1, 6, 1986),
        (4, 25, 0),
        (5, 1, 0),
        (6, 2, 2001),
        (8, 15, 0),
        (10, 4, 2026),
        (11, 1, 0),
        (12, 8, 0),
        (12, 25, 0),
        (12, 26, 0),
    ],
    easter: &[EASTER_MONDAY],
    once: &[(2011, 3, 17)],
};

/// Closing days of TARGET (ECB long-term calendar, in force since 2002).
const TARGET: Fixed = Fixed { days: &[(1, 1, 0), (5, 1, 0), (12, 25, 0), (12, 26, 0)], easter: &[GOOD_FRIDAY, EASTER_MONDAY], once: &[] };

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
fn is_english(date: Date, year: i32, month: u32, day: u32) -> bool {
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
        _ => [GOOD_FRIDAY, EASTER_MONDAY].contains(&since_easter(date, year)),
    };
    standing || ENGLAND_ONCE.contains(&(year, month, day))
}

/// Federal holidays (5 U.S.C. 6103), with the weekday on which one that falls on a weekend is observed: the Friday before a Saturday,
/// the Monday after a Sunday (6103(b), Executive Order 11582).
fn is_american(date: Date) -> bool {
    is_american_day(date)
        || (date.weekday() == 5 && is_american_date(date.plus_days(1)))
        || (date.weekday() == 1 && is_american_date(date.plus_days(-1)))
}

fn is_american_day(date: Date) -> bool {
    let (year, month, day) = date.ymd();
    // The how-manieth of its weekday in the month.
    let nth = (day - 1) / 7 + 1;
    let is_last = date.plus_days(7).month_index() != date.month_index();
    let by_weekday = match (month, date.weekday()) {
        (1, 1) => nth == 3 && year >= 1986,
        (2, 1) => nth == 3,
        (5, 1) => is_last,
        (9, 1) => nth == 1,
        (10, 1) => nth == 2,
        (11, 4) => nth == 4,
        _ => false,
    };
    by_weekday || is_american_date(date)
}

/// The federal holidays that have a date, and so can fall on a weekend.
fn is_american_date(date: Date) -> bool {
    let (year, month, day) = date.ymd();
    matches!((month, day), (1, 1) | (7, 4) | (11, 11) | (12, 25)) || ((month, day) == (6, 19) && year >= 2021)
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
