//! Conditions and values against rows of facts, by example and against a naive reference.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::base::calendar::CalendarName;
use crate::base::money::Currency;
use crate::rules::compile::compile;
use crate::rules::diagnostics::render;
use crate::rules::program::{Formula, Program, TextPool};
use crate::rules::sources::SourceFile;

const AS_OF: &str = "2026-12-15";

fn day(text: &str) -> Date {
    Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
}

fn program(kind: &str, body: &str) -> Program {
    let files = [SourceFile { path: "rules.yaml".to_owned(), text: format!("relance: 1\nkind: {kind}\n{body}") }];
    let currency = Currency::parse(b"EUR").expect("a currency");
    match compile(&files, day(AS_OF), currency) {
        Ok(compiled) => compiled.program,
        Err(findings) => panic!("{}", render(&findings, &files, false)),
    }
}

/// A row of facts; what it does not name is missing.
struct Row {
    cells: BTreeMap<FieldId, Cell>,
    pool: TextPool,
}

impl Row {
    fn of(program: &Program, facts: &[(&str, Cell)], texts: &[(&str, &str)]) -> Row {
        let mut row = Row { cells: BTreeMap::new(), pool: TextPool::new(program.texts.clone()) };
        for (name, cell) in facts {
            row.cells.insert(program.field(name).expect("a field"), *cell);
        }
        for (name, text) in texts {
            let code = row.pool.code(text);
            row.cells.insert(program.field(name).expect("a field"), code);
        }
        row
    }
}

impl Facts for Row {
    fn cell(&self, field: FieldId) -> Cell {
        self.cells.get(&field).copied().unwrap_or(MISSING)
    }

    fn text(&self, code: Cell) -> &str {
        self.pool.text(code)
    }
}

fn env(calendar: &Calendar) -> Env<'_> {
    Env { as_of: day(AS_OF), calendar }
}

fn french() -> Calendar {
    Calendar::named(CalendarName::France)
}

fn blocks<'c>(conditions: impl IntoIterator<Item = &'c str>) -> Program {
    let block = |(at, condition): (usize, &str)| {
        format!("  - block: b{at}\n    on: invoice\n    stops: [contact]\n    when: >\n      {condition}\n")
    };
    program("escalation", &format!("blocks:\n{}", conditions.into_iter().enumerate().map(block).collect::<String>()))
}

/// Facts of one customer: 1 234.56 EUR open, 45 days late, a promise for the 10th, no e-mail address.
const FACTS: &[(&str, Cell)] = &[
    ("exposure", 123_456),
    ("overdue_balance", 100_000),
    ("oldest_days_past_due", 45),
    ("open_items", 3_000_000),
    ("disputed_share", 250_000),
    ("customer_type", 0),
    ("legal_status", 2),
    ("placed", 0),
    ("contact_hold", 1),
    ("promise_date", 20_797),
    ("paid_invoices_12m", 0),
];
const TEXTS: &[(&str, &str)] = &[("country", "FR"), ("name", "Société Générique")];

#[test]
fn conditions_hold_as_written() {
    let cases = [
        ("exposure > 1_234.55 EUR", true),
        ("exposure > 1234.56", false),
        ("exposure >= 1234.56 and oldest_days_past_due = 45", true),
        ("oldest_days_past_due > 6 weeks", true),
        ("not placed and contact_hold", true),
        ("placed or exposure < 5", false),
        ("exposure between 1_234.56 and 2_000", true),
        ("exposure not between 0 and 1_234.55", true),
        ("customer_type is known and customer_type = company", true),
        ("if_missing(customer_type, consumer) != company", false),
        ("legal_status in (bailiff, in_court)", true),
        ("legal_status not in (bailiff, in_court)", false),
        ("country is known and country = FR", true),
        ("country is known and country in ('DE', 'FR')", true),
        ("name is known and name starts with 'Soc'", true),
        ("name is known and lower(name) contains 'GÉN'", true),
        ("name is known and name contains 'gén'", false),
        ("name is known and lower(name) = 'SOCIÉTÉ générique'", true),
        ("name is known and name not ends with 'que'", false),
        ("email is missing and phone is missing", true),
        ("email is known and email = 'x'", false),
        ("email is missing or email = 'x'", true),
        ("email = 'x' and email is known", false),
        ("promise_date is known and as_of <= promise_date + 3 business days", true),
        ("promise_date is known and as_of <= promise_date + 2 business days", false),
        ("promise_date is known and as_of - promise_date = 5 days", true),
        ("promise_date is known and business_days_between(promise_date, as_of) = 3", true),
        ("promise_date is known and promise_date - 1 month = 2026-11-10", true),
        ("if promise_date is known then promise_date < as_of else placed", true),
        ("weekday(as_of) = tuesday and month(as_of) = 12", true),
        ("disputed_share = 25% and exposure * disputed_share < 308.65", true),
        ("exposure * 33.3333% > 411.51", true),
        ("exposure * 33.3333% < 411.52", true),
        ("if_missing(exposure / overdue_balance, 0) = 1.23456", true),
        ("if_missing(exposure / paid_invoices_12m, 0) = 0", true),
        ("exposure / paid_invoices_12m is missing", true),
        ("max(exposure - 2_000, 0) = 0 and min(exposure, 5, 7) = 5", true),
        ("abs(overdue_balance - exposure) = 234.56", true),
        ("round(exposure) = 1_235 and round(exposure, 0.10 EUR) = 1_234.60", true),
        ("(if placed then 5 EUR else 7 EUR) = 7", true),
        ("contact_hold or placed and placed", true),
        ("not contact_hold or contact_hold", true),
        ("open_items + 2 * 3 = 9 and -exposure < 0", true),
        ("exposure - 1_000 - 234.56 = 0", true),
        ("days_between(2026-12-01, as_of) = 14 and as_of + 2 weeks > 2026-12-28", true),
    ];

    let program = blocks(cases.iter().map(|(condition, _)| *condition));
    let row = Row::of(&program, FACTS, TEXTS);
    let calendar = french();
    for (block, (condition, expected)) in program.blocks.iter().zip(&cases) {
        assert_eq!(block.rule.when.holds(&row, &env(&calendar)), *expected, "{condition}");
    }
}

#[test]
fn values_are_rounded_once_and_stay_within_a_cell() {
    let cases = [
        ("money", "exposure * 33.3333%", 41_152),
        ("money", "exposure / 8", 15_432),
        ("money", "exposure * disputed_share * 50%", 15_432),
        ("number", "open_items * 2 + 1", 7_000_000),
        ("days", "oldest_days_past_due * 0.5", 23),
        ("rate", "disputed_share + 1.5%", 265_000),
        ("money", "exposure * 9_000_000_000_000 * 9_000_000_000_000", i64::MAX),
        ("money", "-(exposure * 9_000_000_000_000 * 9_000_000_000_000)", i64::MIN + 1),
        ("date", "as_of + 1 month", 20_833),
        ("bool", "exposure > 5 EUR and not placed", 1),
        ("money", "if_missing(promise_amount, exposure) - 0.56", 123_400),
    ];
    let field = |(at, (ty, formula, _)): (usize, &(&str, &str, Cell))| {
        format!("  v{at:02}:\n    type: {ty}\n    grain: customer\n    optional: true\n    is: {formula}\n")
    };
    let program = program("dictionary", &format!("derived:\n{}", cases.iter().enumerate().map(field).collect::<String>()));
    let row = Row::of(&program, FACTS, TEXTS);
    let calendar = french();
    for (derived, (_, formula, expected)) in program.derived.iter().zip(&cases) {
        let Formula::Row(expression) = &derived.formula else { panic!("{formula} is worked out per row") };
        assert_eq!(expression.value(&row, &env(&calendar)), *expected, "{formula}");
    }
}

#[test]
fn a_missing_value_makes_what_it_meets_missing() {
    let program = program(
        "dictionary",
        "derived:\n  late_share:\n    type: rate\n    grain: customer\n    optional: true\n    is: on_time_share_12m * 2 - 10%\n",
    );
    let row = Row::of(&program, FACTS, TEXTS);
    let Formula::Row(expression) = &program.derived[0].formula else { panic!("worked out per row") };
    assert_eq!(expression.value(&row, &env(&french())), MISSING);
}

#[test]
fn tables_decide_by_their_hit_policy() {
    let table = |hit: &str, values: &str, otherwise: &str| {
        program(
            "segmentation",
            &format!(
                "tables:\n  - table: t\n    grain: customer\n    hit: {hit}\n    output: {{t: {values}}}\n    rules:\n\
                 \x20     - {{id: late, when: oldest_days_past_due > 30, then: a}}\n\
                 \x20     - {{id: large, when: exposure > 5 EUR, then: b}}\n\
                 \x20     - {{id: over, when: exposure > 1 EUR, then: c, until: 2026-12-14}}\n{otherwise}"
            ),
        )
    };
    let decided = |program: &Program, facts: &[(&str, Cell)]| {
        let row = Row::of(program, facts, &[]);
        decide(&program.tables[0], &row, &env(&french()))
    };
    let both = [("oldest_days_past_due", 31), ("exposure", 501)];
    let large = [("oldest_days_past_due", 30), ("exposure", 501)];
    let neither = [("oldest_days_past_due", 30), ("exposure", 400)];
    let unique = table("unique", "[a, b, c]", "");
    assert_eq!(decided(&unique, &both), Err(Ambiguous { first: 0, second: 1 }));
    assert_eq!(decided(&unique, &large), Ok(Decision { cell: 1, row: Some(1) }));
    assert_eq!(decided(&unique, &neither), Ok(Decision { cell: MISSING, row: None }));
    let first = table("first", "[a, b, c]", "    otherwise: c\n");
    assert_eq!(decided(&first, &both), Ok(Decision { cell: 0, row: Some(0) }));
    assert_eq!(decided(&first, &neither), Ok(Decision { cell: 2, row: None }));
    let all = table("all", "list of text", "");
    assert_eq!(decided(&all, &both), Ok(Decision { cell: 0b11, row: Some(0) }));
    assert_eq!(decided(&all, &neither), Ok(Decision { cell: 0, row: None }));
}

#[test]
fn cells_of_a_grid_are_half_open_and_any_matches_missing_values() {
    let program = program(
        "segmentation",
        "tables:\n  - table: t\n    grain: customer\n    hit: first\n    output: {t: [a, b, c, d, e]}\n\
         \x20   columns: [id, oldest_days_past_due, promise_date, customer_type, t]\n    rows:\n\
         \x20     - [r1, ..0, any, any, a]\n\
         \x20     - [r2, 0..30, missing | ..2026-12-01, any, b]\n\
         \x20     - [r3, 0..30, any, company | public_body, c]\n\
         \x20     - [r4, 30.., any, missing, d]\n\
         \x20   otherwise: e\n",
    );
    let cases: &[(&[(&str, Cell)], Cell)] = &[
        (&[("oldest_days_past_due", -1)], 0),
        (&[("oldest_days_past_due", 0)], 1),
        (&[("oldest_days_past_due", 29), ("promise_date", 20_787)], 1),
        (&[("oldest_days_past_due", 29), ("promise_date", 20_788), ("customer_type", 0)], 2),
        (&[("oldest_days_past_due", 29), ("promise_date", 20_788), ("customer_type", 1)], 4),
        (&[("oldest_days_past_due", 30)], 3),
        (&[("oldest_days_past_due", 30), ("customer_type", 0)], 4),
    ];
    for (facts, expected) in cases {
        let row = Row::of(&program, facts, &[]);
        let decision = decide(&program.tables[0], &row, &env(&french())).expect("a first table never clashes");
        assert_eq!(decision.cell, *expected, "{facts:?}");
    }
}

/// A condition of the reference: a few tests over five fields, and what joins them.
#[derive(Debug, Clone)]
enum Naive {
    Days(&'static str, i64),
    Money(&'static str, i64),
    /// The exposure times a rate, in percent, against cents.
    Share(i64, &'static str, i64),
    /// The promise on or after a day; false where there is none.
    PromiseFrom(i32),
    NoPromise,
    Type(usize),
    Not(Box<Naive>),
    And(Vec<Naive>),
    Or(Vec<Naive>),
}

const TYPES: [&str; 3] = ["company", "consumer", "public_body"];

impl Naive {
    fn text(&self) -> String {
        let join = |parts: &[Naive], word: &str| parts.iter().map(|part| format!("({})", part.text())).collect::<Vec<_>>().join(word);
        match self {
            Naive::Days(sign, days) => format!("oldest_days_past_due {sign} {days} days"),
            Naive::Money(sign, cents) => format!("exposure {sign} {}.{:02} EUR", cents / 100, cents % 100),
            Naive::Share(percent, sign, cents) => format!("exposure * {percent}% {sign} {}.{:02}", cents / 100, cents % 100),
            Naive::PromiseFrom(day) => format!("promise_date is known and promise_date >= {}", Date(*day)),
            Naive::NoPromise => "promise_date is missing".to_owned(),
            Naive::Type(at) => format!("if_missing(customer_type, consumer) = {}", TYPES[*at]),
            Naive::Not(inner) => format!("not ({})", inner.text()),
            Naive::And(parts) => join(parts, " and "),
            Naive::Or(parts) => join(parts, " or "),
        }
    }

    fn holds(&self, facts: &NaiveFacts) -> bool {
        match self {
            Naive::Days(sign, days) => compares(facts.days, sign, *days),
            Naive::Money(sign, cents) => compares(facts.cents, sign, *cents),
            Naive::Share(percent, sign, cents) => compares(facts.cents * percent, sign, cents * 100),
            Naive::PromiseFrom(day) => facts.promise.is_some_and(|promise| promise >= *day),
            Naive::NoPromise => facts.promise.is_none(),
            Naive::Type(at) => facts.kind.unwrap_or(1) == *at,
            Naive::Not(inner) => !inner.holds(facts),
            Naive::And(parts) => parts.iter().all(|part| part.holds(facts)),
            Naive::Or(parts) => parts.iter().any(|part| part.holds(facts)),
        }
    }
}

fn compares(left: i64, sign: &str, right: i64) -> bool {
    match sign {
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        ">=" => left >= right,
        "=" => left == right,
        _ => left != right,
    }
}

#[derive(Debug, Clone)]
struct NaiveFacts {
    days: i64,
    cents: i64,
    promise: Option<i32>,
    kind: Option<usize>,
}

impl NaiveFacts {
    fn cells(&self) -> Vec<(&'static str, Cell)> {
        let mut cells = vec![("oldest_days_past_due", self.days), ("exposure", self.cents)];
        cells.extend(self.promise.map(|promise| ("promise_date", Cell::from(promise))));
        cells.extend(self.kind.map(|kind| ("customer_type", Cell::try_from(kind).expect("a small number"))));
        cells
    }
}

fn conditions() -> impl Strategy<Value = Naive> {
    let sign = || prop::sample::select(vec!["<", "<=", ">", ">=", "=", "!="]);
    let leaf = prop_oneof![
        (sign(), -5..5_i64).prop_map(|(sign, days)| if days < 0 { Naive::Days(sign, 0) } else { Naive::Days(sign, days) }),
        (sign(), 0..500_i64).prop_map(|(sign, cents)| Naive::Money(sign, cents)),
        (0..150_i64, sign(), 0..500_i64).prop_map(|(percent, sign, cents)| Naive::Share(percent, sign, cents)),
        (20_000..20_004_i32).prop_map(Naive::PromiseFrom),
        Just(Naive::NoPromise),
        (0..3_usize).prop_map(Naive::Type),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Naive::Not(Box::new(inner))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Naive::And),
            prop::collection::vec(inner, 2..4).prop_map(Naive::Or),
        ]
    })
}

fn facts() -> impl Strategy<Value = NaiveFacts> {
    (-5..5_i64, -10..500_i64, prop::option::of(20_000..20_004_i32), prop::option::of(0..3_usize))
        .prop_map(|(days, cents, promise, kind)| NaiveFacts { days, cents, promise, kind })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Compiled conditions and the reference agree on every row, with and without values.
    #[test]
    fn compiled_conditions_agree_with_the_reference(condition in conditions(), rows in prop::collection::vec(facts(), 12)) {
        let text = condition.text();
        let program = blocks([text.as_str()]);
        let calendar = french();
        for facts in rows {
            let row = Row::of(&program, &facts.cells(), &[]);
            prop_assert_eq!(program.blocks[0].rule.when.holds(&row, &env(&calendar)), condition.holds(&facts), "{} of {:?}", text, facts);
        }
    }
}
