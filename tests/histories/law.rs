//! Laws of late payment as the independent computation reads them: those that ship, typed from the domain definitions, and drawn ones.

use std::borrow::Cow;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;

use crate::case::{currency, day};
use crate::drawing::CURRENCIES;
use crate::published_rows::{PUBLISHED, PublishedRow};
use relance::base::contract::values::CUSTOMER_TYPES;
use relance::base::date::Date;
use relance::base::day_count::DayCount;
use relance::base::money::{Amount, Rate};
use relance::night::documents::CustomerType;
use relance::rules::compile::compile;
use relance::rules::rates::{
    ChargeBand, ContractCap, ContractFloor, EarlierMargin, FixedCharge, Fixing, InsolvencyStop, MarginDate, RateBook, RateRow,
    ReferenceDay, Regime, Series, Start,
};
use relance::rules::sources::SourceFile;

/// A regime and the book of its rates, for the engine; and the same as a [`Law`], for the independent computation.
#[derive(Debug, Clone)]
pub struct Law {
    /// Name of the shipped regime.
    pub shipped: Option<&'static str>,
    pub reference: Reference,
    /// In millionths, as all rates.
    pub margin: i64,
    /// Margins of before, by the last day they hold; the flag tells that it is the day of the invoice.
    pub earlier: Vec<(Date, bool, i64)>,
    pub step: Option<i64>,
    pub least: i64,
    pub is_fixed: bool,
    pub waits_for_notice: bool,
    pub grace_days: i32,
    /// What a contract must reach.
    pub floor: Reference,
    pub cap: Cap,
    pub contract_only: bool,
    /// Last day of interest in insolvency.
    pub stop: Option<InsolvencyStop>,
    pub issued_from: Option<Date>,
    pub charge: Option<Tariff>,
}

/// A rate by day.
#[derive(Debug, Clone)]
pub enum Reference {
    None,
    /// A column of the published table, in hundredths of a percent; whether its last row was confirmed.
    Published(fn(&PublishedRow) -> Option<i64>, bool),
    Drawn(DrawnSeries),
}

/// A series as drawn.
#[derive(Debug, Clone)]
pub struct DrawnSeries {
    /// First day, rate, whether it was confirmed; in order.
    pub rows: Vec<(Date, i64, bool)>,
    pub known_until: Date,
    /// The rate of the day before a half-year counts for it.
    pub day_before: bool,
}

/// The most a contract may ask for.
#[derive(Debug, Clone, Copy)]
pub enum Cap {
    None,
    Rate(i64),
    Statutory,
}

/// A lump sum as a law tells it.
#[derive(Debug, Clone)]
pub struct Tariff {
    pub currency: &'static str,
    /// Least debt, sum, share in millionths of what the debt has above a bound, that bound; in order.
    pub bands: Vec<(i64, i64, i64, i64)>,
    pub most: Option<i64>,
    pub due_from: Option<Date>,
    pub issued_from: Option<Date>,
    pub exempt: Option<CustomerType>,
}

/// First days of the published rows.
static FIRST_DAYS: LazyLock<Vec<Date>> = LazyLock::new(|| PUBLISHED.iter().map(|(first, ..)| day(first)).collect());

impl Reference {
    /// The rate of a day and whether it was confirmed; `None` where it is not known.
    pub fn on(&self, date: Date) -> Option<(i64, bool)> {
        let (year, month, _) = date.ymd();
        let half_year = Date::from_ymd(year, if month < 7 { 1 } else { 7 }, 1).expect("a day");
        match self {
            Reference::None => None,
            Reference::Published(column, last_is_confirmed) => {
                let at = FIRST_DAYS.iter().position(|first| *first == half_year)?;
                column(&PUBLISHED[at]).map(|rate| (rate * 100, *last_is_confirmed || at + 1 < PUBLISHED.len()))
            }
            Reference::Drawn(series) => {
                let wanted = if series.day_before { half_year.plus_days(-1) } else { half_year };
                let row = series.rows.iter().rfind(|(from, ..)| *from <= wanted)?;
                (half_year <= series.known_until).then_some((row.1, row.2))
            }
        }
    }
}

impl Law {
    /// The yearly rate of a day for an invoice of another, and whether it was confirmed.
    pub fn statutory(&self, date: Date, issued: Date) -> Option<(i64, bool)> {
        if matches!(self.reference, Reference::None) {
            return Some((0, true));
        }
        let (reference, confirmed) = self.reference.on(date)?;
        let mut margin = self.margin;
        for (until, by_issue_date, earlier) in self.earlier.iter().rev() {
            if (if *by_issue_date { issued } else { date }) <= *until {
                margin = *earlier;
            }
        }
        let mut rate = (reference + margin).max(self.least);
        if let Some(step) = self.step {
            rate = (rate + step - 1).div_euclid(step) * step;
        }
        Some((rate, confirmed))
    }
}

impl Tariff {
    /// The sum for a debt.
    pub fn of(&self, debt: i64) -> i64 {
        let (_, sum, share, above) = *self.bands.iter().rfind(|(least, ..)| *least <= debt).expect("a band from zero on");
        // A share of an amount is never negative: half up is the floor of the double and one.
        let plus = i64::try_from((i128::from(debt - above) * i128::from(share) * 2 + 1_000_000).div_euclid(2_000_000)).expect("small");
        (sum + plus).min(self.most.unwrap_or(i64::MAX))
    }
}

/// The sum of 40 of Directive 2011/7/EU.
fn forty(code: &'static str) -> Option<Tariff> {
    let bands = vec![(0, 40_00, 0, 0)];
    Some(Tariff { currency: code, bands, most: None, due_from: None, issued_from: None, exempt: Some(CustomerType::Consumer) })
}

/// Bank Rate, base rate or main refinancing rate plus eight points, and 40 euros.
fn euro(name: &'static str, column: fn(&PublishedRow) -> Option<i64>) -> Law {
    Law {
        shipped: Some(name),
        reference: Reference::Published(column, false),
        margin: 80_000,
        earlier: Vec::new(),
        step: None,
        least: 0,
        is_fixed: false,
        waits_for_notice: false,
        grace_days: 0,
        floor: Reference::None,
        cap: Cap::None,
        contract_only: false,
        stop: Some(InsolvencyStop::DayBefore),
        issued_from: None,
        charge: forty("EUR"),
    }
}

/// The regimes that ship, as the domain definitions tell them.
pub fn shipped() -> Vec<Law> {
    let main: fn(&PublishedRow) -> Option<i64> = |(_, row, _)| Some(row[0]);
    let base: fn(&PublishedRow) -> Option<i64> = |(_, row, _)| Some(row[5]);
    let earlier = |until: &str, by_issue_date, margin| vec![(day(until), by_issue_date, margin)];
    let france = Tariff { due_from: Some(day("2013-01-01")), ..forty("EUR").expect("a sum") };
    let germany = Tariff { issued_from: Some(day("2014-07-29")), ..forty("EUR").expect("a sum") };
    let pounds = vec![(0, 40_00, 0, 0), (1_000_00, 70_00, 0, 0), (10_000_00, 100_00, 0, 0)];
    let public = Tariff { exempt: None, ..forty("EUR").expect("a sum") };
    let clause = vec![(0, 20_00, 0, 0), (150_01, 30_00, 100_000, 150_00), (500_01, 65_00, 50_000, 500_00)];
    let belgium: fn(&PublishedRow) -> Option<i64> = |(_, _, belgium)| *belgium;
    vec![
        Law {
            margin: 0,
            floor: Reference::Published(|(_, row, _)| Some(row[4]), false),
            charge: Some(france),
            ..euro("FR_B2B", |(_, row, _)| Some(row[1]))
        },
        Law {
            reference: Reference::Published(|(_, row, _)| Some(row[9]), true),
            margin: 0,
            is_fixed: true,
            charge: Some(Tariff { currency: "GBP", bands: pounds, exempt: None, ..public.clone() }),
            ..euro("UK_B2B", main)
        },
        Law { is_fixed: true, charge: Some(public), ..euro("FR_PUBLIC", main) },
        Law { margin: 0, waits_for_notice: true, charge: None, ..euro("FR_B2C", |(_, row, _)| Some(row[3])) },
        Law { stop: None, ..euro("EU_MIN", main) },
        Law { margin: 90_000, earlier: earlier("2014-07-28", true, 80_000), charge: Some(germany), ..euro("DE_B2B", base) },
        Law { margin: 50_000, charge: None, ..euro("DE_B2C", base) },
        Law { margin: 0, ..euro("BE_B2B", belgium) },
        Law {
            margin: 0,
            waits_for_notice: true,
            grace_days: 14,
            cap: Cap::Statutory,
            contract_only: true,
            issued_from: Some(day("2023-09-01")),
            charge: Some(Tariff { bands: clause, most: Some(2_000_00), exempt: None, ..forty("EUR").expect("a sum") }),
            ..euro("BE_B2C", belgium)
        },
        Law { earlier: earlier("2012-12-31", true, 70_000), ..euro("IT_B2B", main) },
        Law { earlier: earlier("2013-02-23", false, 70_000), ..euro("ES_B2B", main) },
        Law {
            reference: Reference::None,
            margin: 0,
            is_fixed: true,
            contract_only: true,
            stop: None,
            charge: None,
            ..euro("US_CONTRACT", main)
        },
    ]
}

/// Rate files of every pack.
const PACKS: &[&[&str]] = &[
    &["fr-b2b/rates.yaml"],
    &["uk-b2b/rates.yaml"],
    &["eu-b2b/rates.yaml", "eu-b2b/rates-consumers.yaml"],
    &["fr-consumer/rates.yaml"],
    &["us-consumer/rates.yaml"],
];

/// A rule set of one policy without steps, so that rate files can be read by themselves.
const NO_STEPS: &str = "relance: 1\nkind: escalation\npolicy_hit: unique\npolicies:\n  - policy: none\n    for: true\n    terminal: {stop: nothing}\n    steps: []\n";

/// The rates of every pack, as the compiler reads them.
static BOOKS: LazyLock<Vec<RateBook>> = LazyLock::new(|| PACKS.iter().map(|files| book(files)).collect());

fn book(files: &[&str]) -> RateBook {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let read = |file: &&str| SourceFile {
        path: file.rsplit('/').next().expect("a name").to_owned(),
        text: fs::read_to_string(rules.join(file)).expect("a rate file"),
    };
    let no_steps = SourceFile { path: "escalation.yaml".to_owned(), text: NO_STEPS.to_owned() };
    let files: Vec<SourceFile> = files.iter().map(read).chain([no_steps]).collect();
    compile(&files, day("2026-11-22"), currency("EUR")).unwrap_or_else(|findings| panic!("{findings:?}")).program.rates
}

/// A regime that ships, and the rates of its pack.
fn shipped_regime(name: &str) -> (Regime, &'static RateBook) {
    let regimes = BOOKS.iter().flat_map(|book| book.regimes.iter().map(move |regime| (regime, book)));
    let (regime, book) = regimes.into_iter().find(|(regime, _)| regime.name == name).unwrap_or_else(|| panic!("{name} ships"));
    (regime.clone(), book)
}

/// The regime for the engine, and its rates: the one that ships, or one written from what was drawn.
pub fn regime_of(law: &Law) -> (Regime, Cow<'static, RateBook>) {
    if let Some(name) = law.shipped {
        let (regime, book) = shipped_regime(name);
        return (regime, Cow::Borrowed(book));
    }
    let mut series = Vec::new();
    let mut place = |reference: &Reference| match reference {
        Reference::Drawn(drawn) => {
            series.push(drawn.to_series());
            Some(series.len() - 1)
        }
        _ => None,
    };
    let at = place(&law.reference);
    let floor = place(&law.floor);
    let day_before = matches!(&law.reference, Reference::Drawn(series) if series.day_before);
    let margin = |(until, by_issue_date, margin): &(Date, bool, i64)| EarlierMargin {
        by: if *by_issue_date { MarginDate::IssueDate } else { MarginDate::Day },
        until: *until,
        margin: Rate(*margin),
    };
    let regime = Regime {
        name: "DRAWN".to_owned(),
        binds: Vec::new(),
        series: at,
        reference_day: if day_before { ReferenceDay::DayBeforeHalfYear } else { ReferenceDay::FirstOfHalfYear },
        margin: Rate(law.margin),
        earlier_margins: law.earlier.iter().map(margin).collect(),
        round_up_to: law.step.map(Rate),
        least_rate: Rate(law.least),
        fixing: if law.is_fixed { Fixing::FixedAtStart } else { Fixing::Floats },
        start: if law.waits_for_notice { Start::FormalNotice } else { Start::DueDate },
        grace_days: law.grace_days,
        day_count: DayCount::Actual365Fixed,
        fixed_charge: law.charge.as_ref().map(Tariff::to_charge),
        contract_floor: floor.map(|series| ContractFloor { series, times: 1 }),
        contract_cap: match law.cap {
            Cap::None => None,
            Cap::Rate(rate) => Some(ContractCap::Rate(Rate(rate))),
            Cap::Statutory => Some(ContractCap::Statutory),
        },
        contract_only: law.contract_only,
        insolvency_stop: law.stop,
        compounds_after: None,
        known_from: None,
        issued_from: law.issued_from,
        basis: "a drawn law".to_owned(),
    };
    (regime, Cow::Owned(RateBook { series, regimes: Vec::new() }))
}

impl DrawnSeries {
    fn to_series(&self) -> Series {
        let row = |(from, rate, confirmed): &(Date, i64, bool)| RateRow {
            from: *from,
            until: None,
            rate: Rate(*rate),
            source: "drawn".to_owned(),
            read_on: *from,
            confirmed_by: confirmed.then(|| "the generator".to_owned()),
        };
        Series { name: "drawn".to_owned(), rows: self.rows.iter().map(row).collect(), known_until: self.known_until }
    }
}

impl Tariff {
    fn to_charge(&self) -> FixedCharge {
        let band = |(least, sum, share, above): &(i64, i64, i64, i64)| ChargeBand {
            from: Amount(*least),
            charge: Amount(*sum),
            plus: Rate(*share),
            over: Amount(*above),
        };
        let exempt = self.exempt.map(|kind| kind.position());
        assert!(exempt.is_none_or(|kind| usize::from(kind) < CUSTOMER_TYPES.len()));
        FixedCharge {
            currency: currency(self.currency),
            bands: self.bands.iter().map(band).collect(),
            most: self.most.map(Amount),
            due_from: self.due_from,
            issued_from: self.issued_from,
            exempt: exempt.into_iter().collect(),
            basis: "a drawn law".to_owned(),
        }
    }
}

/// Rates that make ties likely, and others.
fn rate(most: i64) -> impl Strategy<Value = i64> {
    prop_oneof![(0..=most / 10_000).prop_map(|percent| percent * 10_000), (0..=most / 100).prop_map(|parts| parts * 100), 0..=most]
}

/// A day between 2010 and 2026.
fn any_day() -> impl Strategy<Value = Date> {
    (14_610..20_800_i32).prop_map(Date)
}

prop_compose! {
    fn series()(
        first in rate(120_000),
        more in prop::collection::vec((any_day(), rate(120_000), any::<bool>()), 0..8),
        known_until in prop_oneof![7 => Just(day("2026-12-31")), 1 => any_day()],
        day_before in any::<bool>(),
    ) -> DrawnSeries {
        let mut rows = vec![(day("2009-06-01"), first, true)];
        rows.extend(more);
        rows.sort_unstable_by_key(|(from, ..)| *from);
        rows.dedup_by_key(|(from, ..)| *from);
        DrawnSeries { rows, known_until, day_before }
    }
}

prop_compose! {
    fn tariff()(
        currency in prop::sample::select(CURRENCIES),
        first in 0..5_000_i64,
        more in prop::collection::vec((1..2_000_000_i64, 0..20_000_i64, prop_oneof![Just(0), rate(200_000)], 0..=100_i64), 0..3),
        most in prop::option::weighted(0.3, 1_000..30_000_i64),
        due_from in prop::option::weighted(0.3, any_day()),
        issued_from in prop::option::weighted(0.3, any_day()),
        exempt in prop::option::weighted(0.3, customer_type()),
    ) -> Tariff {
        let mut bands = vec![(0, first, 0, 0)];
        bands.extend(more.into_iter().map(|(least, sum, share, below)| (least, sum, share, least - least.min(below))));
        bands.sort_unstable_by_key(|(least, ..)| *least);
        bands.dedup_by_key(|(least, ..)| *least);
        Tariff { currency, bands, most, due_from, issued_from, exempt }
    }
}

pub fn customer_type() -> impl Strategy<Value = CustomerType> {
    prop_oneof![Just(CustomerType::Company), Just(CustomerType::Consumer), Just(CustomerType::PublicBody)]
}

prop_compose! {
    /// A law that never was.
    fn drawn()(
        reference in prop_oneof![9 => series().boxed().prop_map(Reference::Drawn), 1 => Just(Reference::None)],
        (margin, least, step) in (-20_000..120_000_i64, prop_oneof![Just(0), 0..90_000_i64], prop::option::weighted(0.3, prop_oneof![Just(5_000), 1..20_000_i64])),
        mut earlier in prop::collection::vec((any_day(), any::<bool>(), rate(150_000)), 0..3),
        (is_fixed, waits_for_notice, contract_only) in (any::<bool>(), prop::bool::weighted(0.3), prop::bool::weighted(0.1)),
        grace_days in prop_oneof![3 => Just(0), 1 => 1..40],
        floor in prop_oneof![2 => Just(Reference::None), 1 => series().boxed().prop_map(|series| Reference::Drawn(DrawnSeries { day_before: false, ..series }))],
        cap in prop_oneof![2 => Just(Cap::None), 1 => rate(200_000).prop_map(Cap::Rate), 1 => Just(Cap::Statutory)],
        stop in prop_oneof![Just(None), Just(Some(InsolvencyStop::DayBefore)), Just(Some(InsolvencyStop::SameDay))],
        issued_from in prop::option::weighted(0.1, any_day()),
        charge in prop::option::of(tariff().boxed()),
    ) -> Law {
        earlier.sort_unstable_by_key(|(until, ..)| *until);
        let has_rate = matches!(reference, Reference::Drawn(_));
        let cap = if has_rate || !matches!(cap, Cap::Statutory) { cap } else { Cap::None };
        Law {
            shipped: None,
            contract_only: contract_only || !has_rate,
            reference, margin, earlier, step, least, is_fixed, waits_for_notice, grace_days, floor, cap, stop, issued_from, charge,
        }
    }
}

/// A law, as often one that ships as one that never was.
pub fn law() -> BoxedStrategy<Law> {
    prop_oneof![prop::sample::select(shipped()), drawn()].boxed()
}
