//! First hits of wide decision tables, column at a time: 2 048 000 rows of 8 columns.
//!
//! "often" are tables whose rules hold for a few rows in a hundred, so that nearly every row is decided by one of them; "seldom" are rules
//! so narrow that most rows go through all of them. Every answer is checked against the row evaluator before anything is measured.

#![allow(clippy::print_stdout, reason = "what a bench finds is for people")]
#![allow(clippy::expect_used, reason = "a bench that cannot set itself up has nothing to measure")]

#[path = "../tests/random/mod.rs"]
mod random;

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use relance::base::calendar::{Calendar, CalendarName};
use relance::base::date::Date;
use relance::base::money::Currency;
use relance::rules::compile::compile;
use relance::rules::eval::{Env, decide};
use relance::rules::index::{Columns, Index};
use relance::rules::program::{Cell, DecisionTable, Facts, FieldId, Program, TextBase};
use relance::rules::sources::SourceFile;

use random::Random;

const ROWS: usize = 2_048_000;
/// Rows checked against the row evaluator: every so many.
const CHECKED: usize = 37;

/// Days, money, three enums, two small numbers and a flag: name, range of values, and how often the values are asked about.
const FIELDS: &[(&str, Range<i64>)] = &[
    ("oldest_days_past_due", -30..400),
    ("overdue_balance", 0..5_000_000),
    ("legal_status", 0..6),
    ("payment_pattern", 0..4),
    ("plan_state", 0..4),
    ("broken_promises_12m", 0..8),
    ("contacts_30d", 0..12),
    ("vulnerable", 0..2),
];
const ENUMS: &[(&str, &[&str])] = &[
    ("legal_status", &["none", "hardship", "in_court", "bailiff", "insolvency", "deceased"]),
    ("payment_pattern", &["none", "isolated", "recurrent", "worsening"]),
    ("plan_state", &["none", "on_track", "at_risk", "broken"]),
];

impl Random {
    fn within(&mut self, range: &Range<i64>) -> i64 {
        range.start + i64::try_from(self.next() % range.start.abs_diff(range.end)).expect("a small range")
    }
}

/// Distinct conditions on each column: bounds of days and money, values of the others.
fn pool(random: &mut Random, bounds: usize, seldom: bool) -> Vec<Vec<String>> {
    let mut pool = Vec::new();
    for (name, range) in FIELDS {
        let mut own: Vec<String> = Vec::new();
        let values = ENUMS.iter().find(|(field, _)| field == name).map(|(_, values)| *values);
        match (*name, values) {
            (_, Some(values)) => {
                own.extend(values.iter().map(|value| format!("{name} = {value}")));
                own.extend(values.windows(2).map(|pair| format!("{name} in ({}, {})", pair[0], pair[1])));
            }
            ("vulnerable", _) => own.extend(["vulnerable".to_owned(), "not vulnerable".to_owned()]),
            ("oldest_days_past_due" | "overdue_balance", _) => {
                let unit = if *name == "overdue_balance" { 100 } else { 1 };
                while own.len() < bounds {
                    let low = random.within(range) / unit;
                    let high = low + (range.end - range.start) / unit / if seldom { 12 } else { 2 };
                    let condition = match random.below(if seldom { 1 } else { 3 }) {
                        0 => format!("{name} >= {low} and {name} < {high}"),
                        1 => format!("{name} >= {low}"),
                        _ => format!("{name} < {high}"),
                    };
                    own.push(condition);
                    own.dedup();
                }
            }
            _ => own.extend(range.clone().flat_map(|bound| [format!("{name} >= {bound}"), format!("{name} < {bound}")])),
        }
        pool.push(own);
    }
    pool
}

/// A table with `hit: first` of so many rules, each of four or five conditions of the pool on different columns; seven where they hold seldom.
fn table(rules: u64, bounds: usize, seldom: bool) -> Program {
    let mut random = Random(rules);
    let pool = pool(&mut random, bounds, seldom);
    let mut text = String::from(
        "relance: 1\nkind: segmentation\ntables:\n  - table: bench\n    grain: customer\n    hit: first\n    output: {step: [a, b, c, d, e]}\n    rules:\n",
    );
    for rule in 0..rules {
        let wanted = if seldom { 7 } else { 4 + u64::from(rule % 5 == 0) };
        let mut columns: Vec<usize> = (0..FIELDS.len()).collect();
        let mut when = Vec::new();
        for _ in 0..wanted {
            let column = columns.swap_remove(random.below(columns.len()));
            when.push(random.pick(&pool[column]).clone());
        }
        let then = ["a", "b", "c", "d"][usize::try_from(rule % 4).expect("small")];
        writeln!(text, "      - {{id: r{rule}, then: {then}, when: '{}'}}", when.join(" and ").replace(", ", ",")).expect("text");
    }
    text.push_str("    otherwise: e\n");
    let files = [SourceFile { path: "bench.yaml".to_owned(), text: text.replace("'", "\"") }];
    let as_of = Date::parse("2026-12-15").expect("a day");
    let compiled = compile(&files, as_of, Currency::parse(b"EUR").expect("a currency"));
    compiled.map_err(|findings| findings.len()).expect("a sound table").program
}

/// The fields of the table as columns of cells.
struct Ledger {
    columns: Vec<Vec<Cell>>,
    texts: Arc<TextBase>,
}

struct Row<'l>(&'l Ledger, usize);

impl Facts for Row<'_> {
    fn cell(&self, field: FieldId) -> Cell {
        self.0.columns[field.0 as usize][self.1]
    }

    fn text(&self, code: Cell) -> &str {
        usize::try_from(code).ok().and_then(|at| self.0.texts.texts.get(at)).map_or("", String::as_str)
    }
}

impl Columns for Ledger {
    type Row<'r> = Row<'r>;

    fn rows(&self) -> usize {
        ROWS
    }

    fn cells<'c>(&'c self, field: FieldId, rows: Range<usize>, _: &'c mut Vec<Cell>) -> &'c [Cell] {
        &self.columns[field.0 as usize][rows]
    }

    fn row(&self, at: usize) -> Row<'_> {
        Row(self, at)
    }
}

fn ledger(program: &Program) -> Ledger {
    let mut random = Random(7);
    let mut columns = vec![Vec::new(); program.fields.len()];
    for (name, range) in FIELDS {
        let field = program.field(name).expect("a built-in field");
        // Counts are cells in millionths.
        let unit = if matches!(*name, "broken_promises_12m" | "contacts_30d") { 1_000_000 } else { 1 };
        columns[field.0 as usize] = (0..ROWS).map(|_| random.within(range) * unit).collect();
    }
    Ledger { columns, texts: program.texts.clone() }
}

/// Checks a sample of rows against the row evaluator; the share of rows that a rule decides.
fn checked(table: &DecisionTable, index: &Index, ledger: &Ledger, env: &Env<'_>) -> f64 {
    let mut decided = 0_u32;
    index.first(ledger, env, |row, rule| {
        decided += u32::from(rule.is_some());
        if row % CHECKED == 0 {
            let expected = decide(table, &Row(ledger, row), env).expect("first hits are never ambiguous");
            assert_eq!(rule.map(|rule| rule as usize), expected.row, "row {row}");
        }
    });
    f64::from(decided) / f64::from(u32::try_from(ROWS).expect("fits"))
}

/// The least processor time per row of a few passes, in nanoseconds: what neighbours on the machine do not disturb. `None` where the
/// system does not tell.
fn processor_time(mut pass: impl FnMut() -> u64) -> Option<f64> {
    let spent = || {
        // The system writes down what was spent when it is asked to schedule, else a few milliseconds later.
        std::thread::yield_now();
        std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse::<u64>().ok()
    };
    let mut least = None;
    for _ in 0..20 {
        let before = spent()?;
        std::hint::black_box(pass());
        let taken = u32::try_from(spent()? - before).ok()?;
        least = Some(least.map_or(taken, |least: u32| least.min(taken)));
    }
    least.map(|least| f64::from(least) / f64::from(u32::try_from(ROWS).expect("fits")))
}

fn first_hits(criterion: &mut Criterion) {
    let calendar = Calendar::named(CalendarName::Weekends);
    let env = Env { as_of: Date::parse("2026-12-15").expect("a day"), calendar: &calendar };
    let mut group = criterion.benchmark_group("first hit of 2 048 000 rows");
    group.sample_size(20).throughput(Throughput::Elements(ROWS as u64));
    for (rules, bounds, seldom) in [(100, 20, false), (1_000, 60, false), (100, 20, true), (1_000, 60, true)] {
        let program = table(rules, bounds, seldom);
        let table = &program.tables[0];
        let ledger = ledger(&program);
        let index = Index::of_table(table, &env);
        let share = checked(table, &index, &ledger, &env) * 100.0;
        let how = if seldom { "seldom" } else { "often" };
        let name = format!("{rules} rules that hold {how}, {share:.0} % of the rows decided");
        let pass = || {
            let mut sum = 0_u64;
            index.first(&ledger, &env, |_, rule| sum += rule.map_or(1_000, u64::from));
            sum
        };
        if let Some(time) = processor_time(pass) {
            println!("{name}: {time:.1} ns of processor time per row");
        }
        group.bench_function(name, |bencher| bencher.iter(pass));
    }
    group.finish();
}

criterion_group!(benches, first_hits);
criterion_main!(benches);
