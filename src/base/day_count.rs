//! Day counts: how the days between two dates become parts of a year, exactly.
//!
//! A count is a whole number of parts, and a year has a fixed number of them ([`DayCount::parts`]), so that interest stays a
//! fraction of integers until it is rounded. Sources: ISDA 2006 Definitions section 4.16, the FBF master agreement for AFB,
//! and the forms of the German courts for the count that includes both ends.

use super::date::Date;

/// A day-count convention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayCount {
    /// Actual days of a year of 365, also in leap years.
    Actual365Fixed,
    /// Actual days of a year of 360.
    Actual360,
    /// Days in leap years over 366, all others over 365.
    ActualActualIsda,
    /// Whole years counted back from the end; what is left over 366 where it holds a 29 February, else over 365.
    ActualActualAfb,
    /// Half-years from the start, each day over twice the length of its own half-year; what is left is part of the half-year it is in
    /// (ICMA rule 251).
    ActualActualIsma,
    /// Months of 30 days; the 31st of the end becomes the 30th only where the start is a 30th or 31st (ISDA 2006 4.16(f)).
    Thirty360BondBasis,
    /// The same, with the last days of February taken as the 30th.
    Thirty360Us,
    /// Months of 30 days; every 31st is a 30th (ISDA 2006 4.16(g)).
    ThirtyE360,
    /// Months of 30 days; the last day of every month is a 30th (ISDA 2006 4.16(h)).
    ThirtyE360Isda,
    /// [`DayCount::ThirtyE360`] with both the first and the last day counted.
    Thirty360Inclusive,
    /// Days of [`DayCount::Thirty360BondBasis`], of a year of 365.
    Thirty365,
    /// Months that are over, of a year of 12.
    FullMonths,
    /// Months that have begun, of a year of 12.
    StartedMonths,
}

/// The day counts by the names they have in rate files and outputs.
pub const DAY_COUNTS: &[(&str, DayCount)] = &[
    ("ACT/365F", DayCount::Actual365Fixed),
    ("ACT/360", DayCount::Actual360),
    ("ACT/ACT ISDA", DayCount::ActualActualIsda),
    ("ACT/ACT AFB", DayCount::ActualActualAfb),
    ("ACT/ACT ISMA", DayCount::ActualActualIsma),
    ("30/360 Bond Basis", DayCount::Thirty360BondBasis),
    ("30/360 US", DayCount::Thirty360Us),
    ("30E/360", DayCount::ThirtyE360),
    ("30E/360 ISDA", DayCount::ThirtyE360Isda),
    ("30/360 inclusive", DayCount::Thirty360Inclusive),
    ("30/365", DayCount::Thirty365),
    ("full months", DayCount::FullMonths),
    ("started months", DayCount::StartedMonths),
];

const COMMON_YEAR: i64 = 365;
const LEAP_YEAR: i64 = 366;
/// A half-year has 181 to 184 days; their least common multiple is divided by each.
const ISMA_HALF_YEAR: i64 = 181 * 182 * 183 * 184 / 2;

impl DayCount {
    /// Name in rate files and outputs.
    pub fn name(self) -> &'static str {
        DAY_COUNTS.iter().find(|(_, count)| *count == self).map_or("", |(name, _)| name)
    }

    /// Parts of one year.
    pub const fn parts(self) -> i64 {
        match self {
            DayCount::Actual365Fixed | DayCount::Thirty365 => COMMON_YEAR,
            DayCount::ActualActualIsda | DayCount::ActualActualAfb => COMMON_YEAR * LEAP_YEAR,
            DayCount::ActualActualIsma => 2 * ISMA_HALF_YEAR,
            DayCount::FullMonths | DayCount::StartedMonths => 12,
            _ => 360,
        }
    }

    /// Parts of a year from `start` to `end`, which is not before it, as the convention defines them between two dates.
    pub fn between(self, start: Date, end: Date) -> i64 {
        let actual = i64::from(end.days_since(start));
        match self {
            DayCount::Actual365Fixed | DayCount::Actual360 => actual,
            DayCount::ActualActualIsda => isda(start, end),
            DayCount::ActualActualAfb => afb(start, end),
            DayCount::ActualActualIsma => isma(start, start, end),
            DayCount::Thirty360BondBasis | DayCount::Thirty365 => bond_basis(start, end),
            DayCount::Thirty360Us => united_states(start, end),
            DayCount::ThirtyE360 => eurobond(end) - eurobond(start),
            DayCount::ThirtyE360Isda => german(end) - german(start),
            DayCount::Thirty360Inclusive => eurobond(end) - eurobond(start) + 1,
            DayCount::FullMonths => full_months(start, end),
            DayCount::StartedMonths => started_months(start, end),
        }
    }

    /// Parts of a year of the days after `from` through `to`, in a debt that bears interest on the days after `start`.
    ///
    /// It is what the days through `to` count less what those through `from` do, both from the start: however a debt is cut into
    /// stretches, they add up to the count of the whole. Each day belongs to its own year.
    pub fn share(self, start: Date, from: Date, to: Date) -> i64 {
        match self {
            DayCount::Actual365Fixed | DayCount::Actual360 => i64::from(to.days_since(from)),
            DayCount::ActualActualIsda => isda(from.plus_days(1), to.plus_days(1)),
            _ => self.through(start, to) - self.through(start, from),
        }
    }

    /// Days of the same stretch: those of the convention where it counts months of 30, else days of the calendar.
    pub fn days(self, start: Date, from: Date, to: Date) -> i64 {
        match self {
            DayCount::Thirty360BondBasis
            | DayCount::Thirty360Us
            | DayCount::ThirtyE360
            | DayCount::ThirtyE360Isda
            | DayCount::Thirty360Inclusive
            | DayCount::Thirty365 => self.share(start, from, to),
            _ => i64::from(to.days_since(from)),
        }
    }

    /// Parts of a year of the days after `start` through `end`.
    fn through(self, start: Date, end: Date) -> i64 {
        if end <= start {
            return 0;
        }
        match self {
            // Both ends are counted days, so the first of them is the day after the start.
            DayCount::Thirty360Inclusive => self.between(start.plus_days(1), end),
            _ => self.between(start, end),
        }
    }
}

/// Days from `start`, included, to `end`, in parts of 365 x 366, each by its own year.
fn isda(start: Date, end: Date) -> i64 {
    let (first, last) = (start.ymd().0, end.ymd().0);
    if first == last {
        return i64::from(end.days_since(start)) * other_length(first);
    }
    let new_year = |year| Date::from_ymd(year, 1, 1).unwrap_or(end);
    let head = i64::from(new_year(first + 1).days_since(start)) * other_length(first);
    let tail = i64::from(end.days_since(new_year(last))) * other_length(last);
    head + tail + i64::from(last - first - 1) * COMMON_YEAR * LEAP_YEAR
}

/// The weight of a day of a year in parts of 365 x 366: the length the year does not have.
fn other_length(year: i32) -> i64 {
    if is_leap(year) { COMMON_YEAR } else { LEAP_YEAR }
}

fn is_leap(year: i32) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

/// Whole years back from `end`, a 28 February that ends February in a leap year going to the 29th; the rest by its own length.
fn afb(start: Date, end: Date) -> i64 {
    let mut years = 0;
    loop {
        let earlier = years_before(end, years + 1);
        if earlier < start {
            break;
        }
        years += 1;
    }
    let rest_end = years_before(end, years);
    let rest = i64::from(rest_end.days_since(start));
    let length = if holds_leap_day(start, rest_end) { LEAP_YEAR } else { COMMON_YEAR };
    i64::from(years) * COMMON_YEAR * LEAP_YEAR + rest * (COMMON_YEAR * LEAP_YEAR / length)
}

fn years_before(end: Date, years: i32) -> Date {
    let (year, month, day) = end.ymd();
    let earlier = end.plus_months(-12 * years);
    if years > 0 && (month, day) == (2, 28) && is_leap(year - years) { earlier.plus_days(1) } else { earlier }
}

/// Whether a 29 February lies on or after `start` and before `end`.
fn holds_leap_day(start: Date, end: Date) -> bool {
    (start.ymd().0..=end.ymd().0).filter_map(|year| Date::from_ymd(year, 2, 29)).any(|day| start <= day && day < end)
}

/// Parts of a year by [`DayCount::ActualActualIsma`] from `start` to `end`, where half-years begin on `anchor` and every six months before
/// and after it: the coupon dates of a bond that pays twice a year.
pub fn isma(anchor: Date, start: Date, end: Date) -> i64 {
    isma_since(anchor, end) - isma_since(anchor, start)
}

/// Parts from the anchor to a day; negative before it.
fn isma_since(anchor: Date, day: Date) -> i64 {
    let begins = |half_year: i32| anchor.plus_months(6 * half_year);
    let estimate = (day.month_index() - anchor.month_index()).div_euclid(6);
    let half_year = if begins(estimate) > day { estimate - 1 } else { estimate };
    let (first, next) = (begins(half_year), begins(half_year + 1));
    let length = i64::from(next.days_since(first)).max(1);
    i64::from(half_year) * ISMA_HALF_YEAR + i64::from(day.days_since(first)) * ISMA_HALF_YEAR / length
}

/// Days since year 0 in months of 30, with this day of the month.
fn thirty(date: Date, day: i64) -> i64 {
    i64::from(date.month_index()) * 30 + day
}

fn day_of(date: Date) -> i64 {
    i64::from(date.ymd().2)
}

fn bond_basis(start: Date, end: Date) -> i64 {
    let first = day_of(start).min(30);
    let last = day_of(end);
    thirty(end, if first == 30 { last.min(30) } else { last }) - thirty(start, first)
}

fn united_states(start: Date, end: Date) -> i64 {
    let ends_february = |date: Date| date.ymd().1 == 2 && date.end_of_month() == date;
    let both = ends_february(start) && ends_february(end);
    let first = if ends_february(start) { 30 } else { day_of(start).min(30) };
    let last = match day_of(end) {
        _ if both => 30,
        31 if first == 30 => 30,
        day => day,
    };
    thirty(end, last) - thirty(start, first)
}

fn eurobond(date: Date) -> i64 {
    thirty(date, day_of(date).min(30))
}

fn german(date: Date) -> i64 {
    thirty(date, if date.end_of_month() == date { 30 } else { day_of(date) })
}

/// Days by [`DayCount::ThirtyE360Isda`] to the end of a contract, whose own February keeps its last day (ISDA 2006 4.16(h)).
pub fn german_to_termination(start: Date, termination: Date) -> i64 {
    let end = if termination.ymd().1 == 2 { eurobond(termination) } else { german(termination) };
    end - german(start)
}

fn full_months(start: Date, end: Date) -> i64 {
    let months = end.month_index() - start.month_index();
    i64::from(if start.plus_months(months) > end { months - 1 } else { months })
}

fn started_months(start: Date, end: Date) -> i64 {
    let full = full_months(start, end);
    let reached = start.plus_months(i32::try_from(full).unwrap_or(i32::MAX));
    if reached < end { full + 1 } else { full }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::money::divide_half_up;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
    }

    /// DC-01 to DC-12, in units of the twelfth decimal.
    #[test]
    fn dc_01_to_12_actual_over_actual() {
        let isda = DayCount::ActualActualIsda;
        let afb = DayCount::ActualActualAfb;
        let cases = [
            ("DC-01", isda, "2003-11-01", "2004-05-01", 497_724_380_567_i64),
            ("DC-02", isda, "1999-02-01", "1999-07-01", 410_958_904_110),
            ("DC-03", isda, "1999-07-01", "2000-07-01", 1_001_377_348_600),
            ("DC-04", isda, "2002-08-15", "2003-07-15", 915_068_493_151),
            ("DC-05", isda, "2003-07-15", "2004-01-15", 504_004_790_778),
            ("DC-06", isda, "1999-07-30", "2000-01-30", 503_892_506_924),
            ("DC-07", isda, "2000-01-30", "2000-06-30", 415_300_546_448),
            ("DC-08", isda, "2018-12-15", "2019-03-01", 208_219_178_082),
            ("DC-09", afb, "2003-11-01", "2004-05-01", 497_267_759_563),
            ("DC-10", afb, "1999-07-01", "2000-07-01", 1_000_000_000_000),
            ("DC-11", afb, "2003-07-15", "2004-01-15", 504_109_589_041),
            ("DC-12", afb, "2000-01-30", "2000-06-30", 415_300_546_440),
        ];
        for (id, count, start, end, expected) in cases {
            let parts = i128::from(count.between(day(start), day(end))) * 1_000_000_000_000;
            let published = i128::from(expected) * i128::from(count.parts());
            // Published with a tolerance of 1e-9.
            assert!((parts - published).abs() <= i128::from(count.parts()) * 1_000, "{id}");
        }
    }

    #[test]
    fn dc_20_to_45_months_of_thirty_days() {
        use DayCount::{Thirty360BondBasis as Bond, Thirty365, ThirtyE360 as Euro, ThirtyE360Isda as German};
        let cases = [
            ("DC-20", Bond, "2006-08-20", "2007-02-20", 180),
            ("DC-21", Bond, "2006-08-31", "2007-02-28", 178),
            ("DC-22", Bond, "2007-02-28", "2007-08-31", 183),
            ("DC-23", Bond, "2007-08-31", "2008-02-29", 179),
            ("DC-24", Bond, "2008-02-29", "2008-08-31", 182),
            ("DC-25", Bond, "2006-01-31", "2006-02-28", 28),
            ("DC-26", Bond, "2006-02-28", "2006-03-03", 5),
            ("DC-27", Bond, "2006-09-30", "2006-10-31", 30),
            ("DC-28", Bond, "2006-10-31", "2006-11-28", 28),
            ("DC-29", Bond, "2008-02-28", "2008-08-30", 182),
            ("DC-30", Bond, "2008-02-28", "2008-08-31", 183),
            ("DC-31", Bond, "2007-02-26", "2008-02-28", 362),
            ("DC-32", Bond, "2007-02-26", "2008-02-29", 363),
            ("DC-33", Bond, "2008-02-29", "2009-02-28", 359),
            ("DC-34", Bond, "2008-02-28", "2008-03-31", 33),
            ("DC-35", Euro, "2006-02-28", "2006-08-31", 182),
            ("DC-36", Euro, "2008-02-29", "2008-08-31", 181),
            ("DC-37", Euro, "2008-02-28", "2008-08-31", 182),
            ("DC-38", Euro, "2008-02-28", "2008-03-31", 32),
            ("DC-39", German, "2006-01-31", "2006-02-28", 30),
            ("DC-40", German, "2006-02-28", "2006-03-03", 3),
            ("DC-41", German, "2006-02-14", "2006-02-28", 16),
            ("DC-42", German, "2006-02-28", "2006-08-31", 180),
            ("DC-43", German, "2007-02-28", "2008-02-28", 358),
            ("DC-45", Thirty365, "2011-06-17", "2012-12-30", 553),
        ];
        for (id, count, start, end, days) in cases {
            assert_eq!(count.between(day(start), day(end)), days, "{id}");
        }
        assert_eq!(german_to_termination(day("2007-02-28"), day("2008-02-29")), 359, "DC-44");
    }

    /// DC-13 to DC-15, in units of the twelfth decimal: the anchor is the coupon date that the bond's odd period leaves.
    #[test]
    fn dc_13_to_15_actual_over_actual_by_half_years() {
        let cases = [
            ("DC-13", "2003-11-01", "2003-11-01", "2004-05-01", 500_000_000_000_i64),
            ("DC-14", "2003-07-15", "2002-08-15", "2003-07-15", 915_760_869_565),
            ("DC-15", "2000-01-30", "2000-01-30", "2000-06-30", 417_582_417_582),
        ];
        for (id, anchor, start, end, published) in cases {
            let parts = isma(day(anchor), day(start), day(end));
            let decimals = divide_half_up(i128::from(parts) * 1_000_000_000_000, i128::from(DayCount::ActualActualIsma.parts()));
            assert_eq!(decimals, i128::from(published), "{id}");
        }
        // A debt counts from the day interest starts.
        let count = DayCount::ActualActualIsma;
        assert_eq!(count.between(day("2000-01-30"), day("2000-06-30")), isma(day("2000-01-30"), day("2000-01-30"), day("2000-06-30")));
        assert_eq!(count.between(day("2024-08-31"), day("2026-08-31")), 2 * count.parts(), "through three short Februaries and a long one");
    }

    /// The rule on the end of February is what tells the two apart.
    #[test]
    fn the_two_counts_of_the_united_states_differ_at_the_end_of_february() {
        let cases = [
            ("2007-02-28", "2007-08-31", 183, 180),
            ("2008-02-29", "2009-02-28", 359, 360),
            ("2007-02-28", "2007-03-15", 17, 15),
            ("2008-02-28", "2008-03-31", 33, 33),
        ];
        for (start, end, bond, us) in cases {
            let counts = [DayCount::Thirty360BondBasis, DayCount::Thirty360Us].map(|count| count.between(day(start), day(end)));
            assert_eq!(counts, [bond, us], "{start} to {end}");
        }
    }

    #[test]
    fn months_end_on_the_day_they_began_or_at_the_end_of_a_shorter_month() {
        let cases = [
            ("2026-01-31", "2026-02-27", 0, 1),
            ("2026-01-31", "2026-02-28", 1, 1),
            ("2026-01-31", "2026-03-01", 1, 2),
            ("2026-01-31", "2026-03-30", 1, 2),
            ("2026-01-31", "2026-03-31", 2, 2),
            ("2026-01-15", "2027-01-15", 12, 12),
            ("2026-01-15", "2026-01-16", 0, 1),
        ];
        for (start, end, full, started) in cases {
            let counts = [DayCount::FullMonths, DayCount::StartedMonths].map(|count| count.between(day(start), day(end)));
            assert_eq!(counts, [full, started], "{start} to {end}");
        }
    }

    #[test]
    fn every_name_names_one_count() {
        for (name, count) in DAY_COUNTS {
            assert_eq!(count.name(), *name);
        }
    }

    proptest! {
        #[test]
        fn every_half_year_divides_the_parts_of_a_year(start in 0..40_000, half_year in -40..40_i32) {
            let begins = |at: i32| Date(start).plus_months(6 * at);
            let length = i64::from(begins(half_year + 1).days_since(begins(half_year)));
            prop_assert_eq!(ISMA_HALF_YEAR % length, 0, "{} days", length);
            prop_assert_eq!(isma(Date(start), begins(half_year), begins(half_year + 1)), ISMA_HALF_YEAR);
        }

        #[test]
        fn stretches_add_up_to_the_whole_and_never_run_backwards(
            start in 0..40_000,
            cuts in prop::collection::vec(0..1_500_i32, 1..6),
            at in 0..DAY_COUNTS.len(),
        ) {
            let count = DAY_COUNTS[at].1;
            let start = Date(start);
            let mut days: Vec<Date> = cuts.iter().map(|days| start.plus_days(*days)).collect();
            days.push(start);
            days.sort_unstable();
            let mut sum = 0;
            for pair in days.windows(2) {
                let share = count.share(start, pair[0], pair[1]);
                prop_assert!(share >= 0, "{} {start} {pair:?}", count.name());
                sum += share;
            }
            prop_assert_eq!(sum, count.share(start, start, days[days.len() - 1]), "{}", count.name());
        }

        #[test]
        fn a_day_of_the_isda_count_is_worth_the_length_of_its_own_year(from in 0..40_000, days in 0..3_000) {
            let (from, to) = (Date(from), Date(from + days));
            let slow: i64 = (from.0..to.0).map(|day| other_length(Date(day).ymd().0)).sum();
            prop_assert_eq!(DayCount::ActualActualIsda.between(from, to), slow);
        }
    }
}
