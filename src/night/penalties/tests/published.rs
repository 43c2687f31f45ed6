//! The rate files as shipped, checked against the rates as published: the tables below were typed from other columns than the files.

use std::sync::LazyLock;

use super::day;
use super::published_rows::PUBLISHED;
use crate::base::date::Date;
use crate::base::money::{Currency, Rate};
use crate::rules::compile::compile;
use crate::rules::rates::{HalfYear, RateBook, Regime, RowRef};
use crate::rules::sources::SourceFile;

/// Rate files of a policy pack.
macro_rules! pack {
    ($($file:literal),*) => {
        [$(include_str!(concat!("../../../../rules/", $file))),*].as_slice()
    };
}

/// The rate files of every pack.
const PACKS: &[&[&str]] = &[
    pack!["fr-b2b/rates.yaml"],
    pack!["uk-b2b/rates.yaml"],
    pack!["eu-b2b/rates.yaml", "eu-b2b/rates-consumers.yaml"],
    pack!["fr-consumer/rates.yaml"],
    pack!["us-consumer/rates.yaml"],
];

/// A rule set of one policy without steps, so that rate files can be read by themselves.
const NO_STEPS: &str = "relance: 1\nkind: escalation\npolicy_hit: unique\npolicies:\n  - policy: none\n    for: true\n    terminal: {stop: nothing}\n    steps: []\n";

/// A rate file, or several of one rule set, as the compiler reads them.
pub fn read(texts: &[&str]) -> RateBook {
    let names = ["rates.yaml", "more.yaml"];
    let file = |(name, text): (&str, &&str)| SourceFile { path: name.to_owned(), text: (*text).to_owned() };
    let mut files: Vec<SourceFile> = names.into_iter().zip(texts).map(file).collect();
    files.push(SourceFile { path: "escalation.yaml".to_owned(), text: NO_STEPS.to_owned() });
    let euro = Currency::parse(b"EUR").expect("the euro is a currency");
    let compiled = compile(&files, day("2026-11-22"), euro);
    compiled.unwrap_or_else(|findings| panic!("{findings:?}")).program.rates
}

/// The regimes of all packs in one book.
pub fn book() -> RateBook {
    static BOOK: LazyLock<RateBook> = LazyLock::new(all_packs);
    BOOK.clone()
}

/// A series that several packs hold is the same in all of them.
fn all_packs() -> RateBook {
    let mut book = RateBook::default();
    for texts in PACKS {
        let pack = read(texts);
        let places: Vec<usize> = pack.series.iter().map(|series| place(&mut book, series)).collect();
        for mut regime in pack.regimes {
            regime.series = regime.series.map(|series| places[series]);
            if let Some(floor) = &mut regime.contract_floor {
                floor.series = places[floor.series];
            }
            assert!(book.regimes.iter().all(|known| known.name != regime.name), "{} is in two packs", regime.name);
            book.regimes.push(regime);
        }
    }
    book
}

/// The place of a series in the book, where it is put if it is not there yet.
fn place(book: &mut RateBook, series: &crate::rules::rates::Series) -> usize {
    if let Some(at) = book.series.iter().position(|known| known.name == series.name) {
        assert_eq!(&book.series[at], series, "packs hold different rows of one series");
        return at;
    }
    book.series.push(series.clone());
    book.series.len() - 1
}

/// A regime of the book.
pub fn regime<'a>(book: &'a RateBook, name: &str) -> &'a Regime {
    book.regimes.iter().find(|regime| regime.name == name).unwrap_or_else(|| panic!("{name} is a regime"))
}

/// The statutory rate of a day for an invoice of that day, in millionths.
pub fn rate(book: &RateBook, name: &str, on: Date) -> Option<i64> {
    rate_of(book, name, on, on)
}

/// The same for an invoice of another day.
fn rate_of(book: &RateBook, name: &str, on: Date, issued: Date) -> Option<i64> {
    let found = regime(book, name).rate_on(on, issued, book).ok().flatten();
    found.map(|found| found.rate.0)
}

#[test]
fn every_half_year_has_the_published_rates() {
    let book = book();
    let series = |name: &str, on: Date| {
        let found = book.series.iter().find(|series| series.name == name).unwrap_or_else(|| panic!("{name} is a series"));
        found.rate_on(on).map(|rate| rate.0).ok()
    };
    for (first_day, published, belgium) in PUBLISHED {
        let day = day(first_day);
        let [ecb, france, individual, professional, floor, base_rate, de_b2b, de_b2c, bank, uk, spain_italy] =
            published.map(|rate| rate * 100);
        let found_floor = regime(&book, "FR_B2B").floor_for(HalfYear::of(day), &book).ok().flatten();
        let found = [
            ("main refinancing", series("ecb_main_refinancing", day), Some(ecb)),
            ("FR_B2B", rate(&book, "FR_B2B", day), Some(france)),
            ("legal rate, private creditor", series("fr_legal_individual", day), Some(individual)),
            ("legal rate, professional", series("fr_legal_professional", day), Some(professional)),
            ("FR_B2C", rate(&book, "FR_B2C", day), Some(professional)),
            ("floor", found_floor.map(|floor| floor.rate.0), Some(floor)),
            ("base rate", series("de_base_rate", day), Some(base_rate)),
            // The table switches with the half-year; the law with obligations of 29 July 2014 on.
            ("DE_B2B", rate_of(&book, "DE_B2B", day, day.plus_days(28)), Some(de_b2b)),
            ("DE_B2C", rate(&book, "DE_B2C", day), Some(de_b2c)),
            ("bank rate", series("boe_bank_rate", day.plus_days(-1)), Some(bank)),
            ("UK_B2B", rate(&book, "UK_B2B", day), Some(uk)),
            // In Spain the margin changed within the first half-year of 2013, in Italy with its contracts.
            ("ES_B2B", rate(&book, "ES_B2B", if *first_day == "2013-01-01" { day.plus_days(54) } else { day }), Some(spain_italy)),
            ("IT_B2B", rate(&book, "IT_B2B", day), Some(spain_italy)),
            ("EU_MIN", rate(&book, "EU_MIN", day), Some(ecb + 80_000)),
            ("FR_PUBLIC", rate(&book, "FR_PUBLIC", day), Some(ecb + 80_000)),
            ("BE_B2B", rate(&book, "BE_B2B", day), belgium.map(|rate| rate * 100)),
            ("BE_B2C", rate(&book, "BE_B2C", day), belgium.map(|rate| rate * 100)),
        ];
        for (what, found, expected) in found {
            assert_eq!(found, expected, "{what} {first_day}");
        }
    }
    assert_eq!(PUBLISHED.len(), 34);
}

/// The base rate of the Bundesbank followed the main refinancing rate at a distance of 0.88 points. A self-test of the two series, not a
/// definition: the law moves the base rate by the change of the other.
#[test]
fn the_german_base_rate_is_the_main_refinancing_rate_less_88_hundredths() {
    let book = book();
    let series = |name: &str| book.series.iter().find(|series| series.name == name).expect("a series");
    let (base, main) = (series("de_base_rate"), series("ecb_main_refinancing"));
    let mut half_year = HalfYear::of(day("2010-01-01"));
    while half_year.first_day() <= day("2026-12-31") {
        let on = half_year.first_day();
        assert_eq!(base.rate_on(on).map(|rate| rate.0 + 8_800), main.rate_on(on).map(|rate| rate.0), "{half_year}");
        half_year = half_year.next();
    }
}

#[test]
fn margins_change_with_the_law() {
    let book = book();
    let cases = [
        // By the date of the debt, whatever the day.
        ("DE_B2B", "2026-01-01", "2014-07-28", 92_700),
        ("DE_B2B", "2026-01-01", "2014-07-29", 102_700),
        ("IT_B2B", "2026-01-01", "2012-12-31", 91_500),
        ("IT_B2B", "2026-01-01", "2013-01-01", 101_500),
        // By the day, whatever the debt.
        ("ES_B2B", "2013-02-23", "2013-03-31", 77_500),
        ("ES_B2B", "2013-02-24", "2010-01-01", 87_500),
    ];
    for (name, on, issued, expected) in cases {
        assert_eq!(rate_of(&book, name, day(on), day(issued)), Some(expected), "{name} {on} {issued}");
    }
}

#[test]
fn only_these_rates_are_unconfirmed() {
    let book = book();
    let unconfirmed: Vec<_> = book.unconfirmed().map(|(series, row)| (series.name.as_str(), row.from.to_string())).collect();
    let unconfirmed: Vec<_> = unconfirmed.iter().map(|(series, from)| (*series, from.as_str())).collect();
    let expected = [
        ("ecb_main_refinancing", "2026-07-01"),
        ("fr_legal_professional", "2026-07-01"),
        ("de_base_rate", "2026-07-01"),
        ("fr_legal_individual", "2019-07-01"),
        ("fr_legal_individual", "2026-07-01"),
    ];
    assert_eq!(unconfirmed, expected);
}

#[test]
fn half_years_outside_the_data_are_missing() {
    let book = book();
    for regime in book.regimes.iter().filter(|regime| regime.series.is_some()) {
        for (date, half_year) in [("2009-06-30", "2009-01-01"), ("2027-01-01", "2027-01-01")] {
            let missing = regime.rate_on(day(date), day(date), &book).expect_err("nobody has published it");
            let days = [day(half_year), day(half_year).plus_days(-1)];
            assert!(days.contains(&missing.on), "{} {date}: {missing}", regime.name);
        }
    }
    let belgian = regime(&book, "BE_B2B").rate_on(day("2012-12-31"), day("2012-12-31"), &book).expect_err("not established");
    assert_eq!(belgian.to_string(), "BE_B2B has no rate for 2012-07-01 (known from 2013-01-01)");
}

/// N-01 to N-04: rates that others printed, and what they took them from.
#[test]
fn n_01_to_n_04_published_errors_are_not_repeated() {
    let book = book();
    let cases = [
        ("FR_B2B", "2024-01-01", 1_450, 1_507), // N-01: ten points on the legal rate
        ("FR_B2B", "2023-07-01", 1_400, 1_422),
        ("FR_B2B", "2022-01-01", 1_000, 1_076),
        ("FR_B2B", "2024-09-18", 1_425, 1_365), // N-02: the reference rate after the cut of September
        ("UK_B2B", "2026-02-01", 1_175, 1_250), // N-03: a stale base rate
    ];
    for (name, date, right, wrong) in cases {
        let found = rate(&book, name, day(date));
        assert_eq!(found, Some(right * 100), "{name} {date}");
        assert_ne!(found, Some(wrong * 100), "{name} {date}");
    }
    let floor = regime(&book, "FR_B2B").floor_for(HalfYear::of(day("2024-01-01")), &book).expect("a floor").expect("France has one");
    assert_eq!(floor.rate, Rate(152_100)); // N-04: three times the legal rate, not the reference rate
    assert_ne!(floor.rate, Rate(135_000));
}

#[test]
fn a_row_says_when_it_was_read_and_by_whom_it_is_published() {
    let book = book();
    for (series, place) in book.series.iter().zip(0..) {
        for (row, at) in series.rows.iter().zip(0..) {
            assert!(!row.source.is_empty() && row.read_on >= row.from, "{} {}", series.name, row.from);
            assert_eq!(book.row(RowRef { series: place, row: at }).1, row);
        }
    }
}
