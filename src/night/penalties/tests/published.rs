//! The rate files as shipped, checked against the rates as published: the tables below were typed from other columns than the files.

use serde::Deserialize;

use super::{currency, day};
use crate::base::money::{Amount, Rate};
use crate::rules::rates::{ContractFloor, DayCount, FixedCharge, Fixing, HalfYear, RateBook, RateRow, ReferenceDay, Regime, Series};

#[derive(Deserialize)]
struct RateFile {
    series: Vec<SeriesNode>,
    regimes: Vec<RegimeNode>,
}

#[derive(Deserialize)]
struct SeriesNode {
    series: String,
    known_until: String,
    rows: Vec<RowNode>,
}

#[derive(Deserialize)]
struct RowNode {
    from: String,
    rate: String,
    source: String,
    confirmed_by: String,
}

#[derive(Deserialize)]
struct RegimeNode {
    regime: String,
    series: String,
    reference_day: String,
    margin: String,
    fixing: String,
    day_count: String,
    fixed_charge: ChargeNode,
    contract_floor: Option<FloorNode>,
    stops_at_insolvency: bool,
    basis: String,
}

#[derive(Deserialize)]
struct ChargeNode {
    currency: String,
    due_from: Option<String>,
    bands: Vec<BandNode>,
    basis: String,
}

#[derive(Deserialize)]
struct BandNode {
    from: i64,
    charge: i64,
}

#[derive(Deserialize)]
struct FloorNode {
    series: String,
    times: i64,
}

/// Both shipped rate files, and two regimes of later packs as far as the vectors need them.
pub fn book() -> RateBook {
    let mut book = RateBook::default();
    for text in [include_str!("../../../../rules/fr-b2b/rates.yaml"), include_str!("../../../../rules/uk-b2b/rates.yaml")] {
        read(text, &mut book);
    }
    let french = book.regimes[0].clone();
    let unlimited = Regime { fixed_charge: None, contract_floor: None, ..french };
    let base_rate = |from: &str, rate| RateRow {
        from: day(from),
        until: None,
        rate: Rate(rate),
        source: "Bundesbank".to_owned(),
        confirmed_by: Some("bgb-interest".to_owned()),
    };
    let rows = vec![
        base_rate("2023-01-01", 16_200),
        base_rate("2023-07-01", 31_200),
        base_rate("2025-01-01", 22_700),
        base_rate("2025-07-01", 12_700),
    ];
    book.series.push(Series { name: "de_base_rate".to_owned(), rows, known_until: day("2025-12-31") });
    let german = Regime { series: book.series.len() - 1, ..unlimited.clone() };
    book.regimes.push(Regime { name: "ES_B2B".to_owned(), margin: Rate(80_000), ..unlimited });
    book.regimes.push(Regime { name: "DE_B2B".to_owned(), margin: Rate(90_000), ..german.clone() });
    book.regimes.push(Regime { name: "DE_B2C".to_owned(), margin: Rate(50_000), ..german });
    book
}

fn read(text: &str, book: &mut RateBook) {
    let file: RateFile = serde_saphyr::from_str(text).expect("the rate file is well formed");
    book.series.extend(file.series.into_iter().map(series));
    for node in file.regimes {
        let regime = regime(node, book);
        book.regimes.push(regime);
    }
}

fn series(node: SeriesNode) -> Series {
    let row = |row: RowNode| RateRow {
        from: day(&row.from),
        until: None,
        rate: percent(&row.rate),
        source: row.source,
        confirmed_by: Some(row.confirmed_by).filter(|by| by != "none"),
    };
    Series { name: node.series, rows: node.rows.into_iter().map(row).collect(), known_until: day(&node.known_until) }
}

fn regime(node: RegimeNode, book: &RateBook) -> Regime {
    let position = |name: &str| book.series.iter().position(|series| series.name == name).expect("the series is in the file");
    Regime {
        name: node.regime,
        series: position(&node.series),
        reference_day: match node.reference_day.as_str() {
            "first_of_half_year" => ReferenceDay::FirstOfHalfYear,
            "day_before_half_year" => ReferenceDay::DayBeforeHalfYear,
            other => panic!("reference day {other}"),
        },
        margin: percent(&node.margin),
        fixing: match node.fixing.as_str() {
            "floats" => Fixing::Floats,
            "fixed_at_start" => Fixing::FixedAtStart,
            other => panic!("fixing {other}"),
        },
        day_count: if node.day_count == DayCount::Actual365Fixed.name() { DayCount::Actual365Fixed } else { panic!("{}", node.day_count) },
        fixed_charge: Some(charge(node.fixed_charge)),
        contract_floor: node.contract_floor.map(|floor| ContractFloor { series: position(&floor.series), times: floor.times }),
        stops_at_insolvency: node.stops_at_insolvency,
        basis: node.basis,
    }
}

fn charge(node: ChargeNode) -> FixedCharge {
    let currency = currency(&node.currency);
    let bands = node.bands.iter().map(|band| (Amount(band.from * currency.unit()), Amount(band.charge * currency.unit()))).collect();
    FixedCharge { currency, bands, due_from: node.due_from.as_deref().map(day), basis: node.basis }
}

/// `12.15%` in millionths.
fn percent(text: &str) -> Rate {
    let (whole, part) = text.strip_suffix('%').map(|number| number.split_once('.').unwrap_or((number, "0"))).expect("a percentage");
    Rate(whole.parse::<i64>().expect("digits") * 10_000 + format!("{part:0<4}").parse::<i64>().expect("digits"))
}

/// Half-year, French default rate, French contract floor, United Kingdom rate; in hundredths of a percent.
pub const PUBLISHED: &[(&str, i64, i64, i64)] = &[
    ("2010-01-01", 1_100, 195, 850),
    ("2010-07-01", 1_100, 195, 850),
    ("2011-01-01", 1_100, 114, 850),
    ("2011-07-01", 1_125, 114, 850),
    ("2012-01-01", 1_100, 213, 850),
    ("2012-07-01", 1_100, 213, 850),
    ("2013-01-01", 1_075, 12, 850),
    ("2013-07-01", 1_050, 12, 850),
    ("2014-01-01", 1_025, 12, 850),
    ("2014-07-01", 1_015, 12, 850),
    ("2015-01-01", 1_005, 279, 850),
    ("2015-07-01", 1_005, 297, 850),
    ("2016-01-01", 1_005, 303, 850),
    ("2016-07-01", 1_000, 279, 850),
    ("2017-01-01", 1_000, 270, 825),
    ("2017-07-01", 1_000, 270, 825),
    ("2018-01-01", 1_000, 267, 850),
    ("2018-07-01", 1_000, 264, 850),
    ("2019-01-01", 1_000, 258, 875),
    ("2019-07-01", 1_000, 261, 875),
    ("2020-01-01", 1_000, 261, 875),
    ("2020-07-01", 1_000, 252, 810),
    ("2021-01-01", 1_000, 237, 810),
    ("2021-07-01", 1_000, 228, 810),
    ("2022-01-01", 1_000, 228, 825),
    ("2022-07-01", 1_000, 231, 925),
    ("2023-01-01", 1_250, 618, 1_150),
    ("2023-07-01", 1_400, 1_266, 1_300),
    ("2024-01-01", 1_450, 1_521, 1_325),
    ("2024-07-01", 1_425, 1_476, 1_325),
    ("2025-01-01", 1_315, 1_113, 1_275),
    ("2025-07-01", 1_215, 828, 1_225),
    ("2026-01-01", 1_215, 786, 1_175),
    ("2026-07-01", 1_240, 825, 1_175),
];

#[test]
fn every_half_year_has_the_published_rates() {
    let book = book();
    let (french, british) = (&book.regimes[0], &book.regimes[1]);
    for (first_day, default, floor, uk) in PUBLISHED {
        let half_year = HalfYear::of(day(first_day));
        assert_eq!(french.rate_for(half_year, &book).map(|found| found.rate), Ok(Rate(default * 100)), "FR {half_year}");
        let found = french.floor_for(half_year, &book).expect("a floor").expect("France has one");
        assert_eq!(found.rate, Rate(floor * 100), "FR floor {half_year}");
        assert_eq!(british.rate_for(half_year, &book).map(|found| found.rate), Ok(Rate(uk * 100)), "UK {half_year}");
        assert_eq!(british.floor_for(half_year, &book), Ok(None));
    }
}

#[test]
fn only_the_second_half_of_2026_is_unconfirmed_in_france() {
    let book = book();
    let unconfirmed: Vec<_> = book.unconfirmed().map(|(series, row)| (series.name.as_str(), row.from)).collect();
    assert_eq!(unconfirmed, [("ecb_main_refinancing", day("2026-07-01")), ("fr_legal_professional", day("2026-07-01"))]);
}

#[test]
fn half_years_outside_the_data_are_missing() {
    let book = book();
    for regime in &book.regimes[..2] {
        for date in ["2009-12-31", "2027-01-01"] {
            let missing = regime.rate_for(HalfYear::of(day(date)), &book).expect_err("nobody has published it");
            assert_eq!(missing.series, book.series[regime.series].name, "{} {date}", regime.name);
        }
    }
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
        let regime = book.regimes.iter().find(|regime| regime.name == name).expect("a shipped regime");
        let found = regime.rate_for(HalfYear::of(day(date)), &book).map(|found| found.rate);
        assert_eq!(found, Ok(Rate(right * 100)), "{name} {date}");
        assert_ne!(found, Ok(Rate(wrong * 100)), "{name} {date}");
    }
    let floor = book.regimes[0].floor_for(HalfYear::of(day("2024-01-01")), &book).expect("a floor").expect("France has one");
    assert_eq!(floor.rate, Rate(152_100)); // N-04: three times the legal rate, not the reference rate
    assert_ne!(floor.rate, Rate(135_000));
}
