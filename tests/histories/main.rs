//! Penalties of random invoices against the independent computation of [`oracle`], under every regime that ships and under drawn laws;
//! the same from the documents of a ledger ([`ledger`]); and the sums of what is told over random nights ([`nights`]).
//!
//! `RELANCE_PROOF_HISTORIES` sets how many (default 4 000), `RELANCE_PROOF_SEED` the first seed (default 0); a seed draws 1 000. A
//! history that differs is printed with its seed, as small as it could be made.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test ends where something is not as it must be")]
#![allow(clippy::inconsistent_digit_grouping, clippy::mistyped_literal_suffixes, reason = "cents are set apart from whole units")]

mod case;
mod drawing;
mod law;
mod ledger;
mod nights;
mod oracle;
#[path = "../../src/night/penalties/tests/published_rows.rs"]
mod published_rows;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Instant;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRng, TestRunner};
use relance::base::day_count::DayCount;
use relance::night::penalties::{Accrued, Imputation, Line, Schedule, Terms, UnconfirmedRates};
use relance::rules::rates::Regime;
use rust_decimal::Decimal;

use case::Case;
use drawing::{Drawing, drawing, night, terms};
use law::{Law, law, regime_of};
use oracle::{COUNTS, Found, Oracle, rounded, weight};

/// Histories a seed draws.
const A_SEED: u32 = 1_000;

fn variable(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().and_then(|count| count.parse().ok()).unwrap_or(default)
}

/// Draws as many cases as the variable says, `default` without it, and checks each; prints seeds, count and time.
pub fn draw<S: Strategy>(name: &str, default: u32, strategy: &S, check: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let (cases, first) = (variable(name, default), variable("RELANCE_PROOF_SEED", 0));
    let seeds = cases.div_ceil(A_SEED);
    let clock = Instant::now();
    for seed in first..first + seeds {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&seed.to_le_bytes());
        let config = ProptestConfig { cases: cases.min(A_SEED), failure_persistence: None, ..ProptestConfig::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        if let Err(error) = runner.run(strategy, &check) {
            panic!("{name}: seed {seed}: {error}");
        }
    }
    println!("{name}: {} histories, seeds {first} to {}, {:.0?}", seeds * cases.min(A_SEED), first + seeds - 1, clock.elapsed());
}

/// How a law is applied to one invoice.
#[derive(Debug, Clone)]
pub struct Applied {
    pub law: Law,
    pub count: (DayCount, i64),
    /// Months after which interest bears interest.
    pub compounds: Option<i32>,
}

pub fn applied() -> BoxedStrategy<Applied> {
    let count = prop_oneof![Just(0), 0..COUNTS.len()].prop_map(|at| COUNTS[at]);
    let compounds = prop_oneof![4 => Just(None), 1 => (1..14).prop_map(Some)];
    (law(), count, compounds).prop_map(|(law, count, compounds)| Applied { law, count, compounds }).boxed()
}

impl Applied {
    /// What the engine finds; `None` where a rate is missing.
    pub fn accrued(&self, drawing: &Drawing, terms: Terms) -> Option<Accrued> {
        self.by_engine(drawing, terms).map(|(accrued, _)| accrued)
    }

    /// The same with its lines.
    fn by_engine(&self, drawing: &Drawing, terms: Terms) -> Option<(Accrued, Vec<Line>)> {
        self.scheduled(drawing, terms, |case, schedule| case.accrue(schedule, terms).ok())
    }

    /// The invoice and the rates of the law on a night.
    fn scheduled<T>(&self, drawing: &Drawing, terms: Terms, read: impl FnOnce(&Case, &Schedule<'_>) -> T) -> T {
        let (regime, book) = regime_of(&self.law);
        let regime = Regime { day_count: self.count.0, compounds_after: self.compounds, ..regime };
        let schedule = Schedule::new(&regime, &book, terms.as_of, UnconfirmedRates::Use);
        let mut case = drawing.case(terms.as_of);
        case.compound = self.compounds.is_some();
        read(&case, &schedule)
    }

    /// What the independent computation finds.
    pub fn by_oracle(&self, drawing: &Drawing, terms: Terms) -> Option<Found> {
        Oracle::run(&drawing.case(terms.as_of), terms, &self.law, self.count, self.compounds)
    }
}

/// Lines are in order, do not overlap within an item, are as long as base and rate allow, and carry the rounded running sum.
fn check_lines(lines: &[Line], (count, parts): (DayCount, i64)) {
    assert!(lines.is_sorted_by_key(|line| (line.from, line.to, line.sequence)));
    let (mut sum, mut written) = (Decimal::ZERO, 0);
    for (at, line) in lines.iter().enumerate() {
        assert!(line.from < line.to && line.base.is_positive());
        let share: i64 = (1..=line.to.days_since(line.from)).map(|days| weight(count, line.start, line.from.plus_days(days))).sum();
        sum += Decimal::from(line.base.0) * Decimal::new(line.rate.0, 6) * Decimal::from(share);
        let reached = rounded(sum, parts);
        assert_eq!(line.amount.0, reached - written);
        written = reached;
        if let Some(next) = lines[at + 1..].iter().find(|next| next.sequence == line.sequence) {
            let joins = next.from == line.to && next.base == line.base && next.rate == line.rate;
            assert!(line.to <= next.from && !joins, "{line:?} {next:?}");
        }
    }
}

/// How often each part of the code had something to do, so that no part of the proof is empty.
fn kinds(drawing: &Drawing, applied: &Applied, terms: Terms, found: Option<Found>) -> Vec<&'static str> {
    let Some(found) = found else { return vec!["a rate is missing"] };
    let is_first = terms.imputation == Imputation::PrincipalFirst;
    let said = [
        ("never late", found.first_late.is_none()),
        ("interest", found.interest != 0),
        ("fixed charge", found.charge.is_some()),
        ("charge in another currency", found.charge_in_other_currency),
        ("below the floor", found.below_legal_floor),
        ("above the cap", found.above_legal_cap),
        ("unconfirmed", found.uses_unconfirmed),
        ("final", found.is_final && found.first_late.is_some()),
        ("drawn law", applied.law.shipped.is_none() && found.interest != 0),
        ("compound", applied.compounds.is_some() && found.interest != 0),
        ("another day count", applied.count.0 != DayCount::Actual365Fixed && found.interest != 0),
        ("interest first, money", !is_first && !drawing.money.is_empty() && found.interest != 0),
        ("dispute stays", terms.dispute_stops_interest && !drawing.stays.is_empty() && found.interest != 0),
        ("insolvent", drawing.insolvent.is_some() && found.interest != 0),
        ("yen", drawing.code == "JPY" && found.interest != 0),
        ("fils", drawing.code == "KWD" && found.charge.is_some()),
        ("left", drawing.exit.is_some() && found.interest != 0),
    ];
    said.into_iter().filter(|(_, is_so)| *is_so).map(|(name, _)| name).collect()
}

#[test]
fn a_day_by_day_computation_finds_the_same() {
    let seen = RefCell::new(BTreeMap::<&str, u32>::new());
    let on_a_night = |drawing: Drawing| {
        let night = night(&drawing);
        (Just(drawing), night)
    };
    let strategy = (drawing().prop_flat_map(on_a_night), applied(), terms());
    draw("RELANCE_PROOF_HISTORIES", 4_000, &strategy, |((drawing, days), applied, terms)| {
        let terms = Terms { as_of: drawing.at(days), ..terms };
        let told = applied.by_engine(&drawing, terms);
        let expected = applied.by_oracle(&drawing, terms);
        prop_assert_eq!(told.as_ref().map(|(accrued, _)| Found::of(accrued)), expected);
        if let Some((_, lines)) = told.filter(|_| terms.imputation == Imputation::PrincipalFirst) {
            check_lines(&lines, applied.count);
        }
        for kind in kinds(&drawing, &applied, terms, expected) {
            *seen.borrow_mut().entry(kind).or_default() += 1;
        }
        Ok(())
    });
    let seen = seen.into_inner();
    println!("{seen:?}");
    assert!(seen.len() == 18 && seen.values().all(|count| *count > 10), "{seen:?}");
}
