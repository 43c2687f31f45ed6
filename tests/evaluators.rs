//! Three evaluators, one answer: the index, the row evaluator, and polars.
//!
//! Random conditions are written twice: as text for the compiler, and as a polars expression over columns with nulls. The two share
//! nothing but the meaning of the language, so that parser, types, units, missing values, row evaluator and index are all judged.
//! `RELANCE_RULE_SETS` sets how many rule sets are tried; a failure names the seed of its set, which `RELANCE_RULE_SEED` tries alone.
#![allow(clippy::expect_used, clippy::panic, reason = "a sample that cannot be built ends the test")]

mod random;

use std::ops::Range;

use polars::prelude::{Column, DataFrame, DataType, Expr, IntoLazy, NULL, col, lit, when};
use relance::base::calendar::{Calendar, CalendarName};
use relance::base::date::Date;
use relance::base::money::Currency;
use relance::rules::compile::compile;
use relance::rules::diagnostics::render;
use relance::rules::eval::{Env, decide};
use relance::rules::index::{Columns, Index};
use relance::rules::program::{Cell, Facts, FieldId, MISSING, Program, TextPool};
use relance::rules::sources::SourceFile;

use random::Random;

const ROWS: usize = 48;
const AS_OF: &str = "2026-12-15";
const TEXTS: &[&str] = &["FR", "DE", "alpha", "Alphabet", "beta", "x"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Money,
    Rate,
    Number,
    Days,
    Date,
}

const KINDS: &[Kind] = &[Kind::Money, Kind::Rate, Kind::Number, Kind::Days, Kind::Date];
/// Fields with an order: name, kind, whether a value may be missing.
const ORDERED: &[(&str, Kind, bool)] = &[
    ("exposure", Kind::Money, false),
    ("overdue_balance", Kind::Money, false),
    ("promise_amount", Kind::Money, true),
    ("disputed_share", Kind::Rate, false),
    ("on_time_share_12m", Kind::Rate, true),
    ("open_items", Kind::Number, false),
    ("risk_score", Kind::Number, true),
    ("oldest_days_past_due", Kind::Days, false),
    ("average_days_late_12m", Kind::Days, true),
    ("promise_date", Kind::Date, true),
    ("last_payment_date", Kind::Date, true),
];
const ENUMS: &[(&str, &[&str], bool)] = &[
    ("legal_status", &["none", "hardship", "in_court", "bailiff", "insolvency", "deceased"], false),
    ("customer_type", &["company", "consumer", "public_body"], true),
];
const FLAGS: &[(&str, bool)] = &[("vulnerable", false), ("email_valid", true)];
const TEXT_FIELDS: &[(&str, bool)] = &[("customer_id", false), ("country", true)];

impl Random {
    /// A cell of a kind: few values, so that they meet.
    fn cell(&mut self, kind: Kind) -> i64 {
        let small = i64::try_from(self.below(9)).expect("small") - 2;
        match kind {
            Kind::Money => small * 12_345,
            Kind::Rate => small * 50_000,
            Kind::Number => small * 500_000,
            Kind::Days => small * 10,
            Kind::Date => i64::from(day(AS_OF).0) + small * 5,
        }
    }
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

/// A cell as rules write it.
fn written(kind: Kind, cell: i64) -> String {
    let sign = if cell < 0 { "-" } else { "" };
    let (size, millions) = (cell.unsigned_abs(), cell.unsigned_abs() / 1_000_000);
    match kind {
        Kind::Money => format!("{sign}{}.{:02} EUR", size / 100, size % 100),
        Kind::Rate => format!("{sign}{}.{:04}%", size / 10_000, size % 10_000),
        Kind::Number => format!("{sign}{millions}.{:06}", size % 1_000_000),
        Kind::Days => format!("{cell} days"),
        Kind::Date => Date(i32::try_from(cell).expect("a day")).to_string(),
    }
}

/// A value: as text, as an expression, and by how many digits the expression is finer than a cell.
#[derive(Clone)]
struct Value {
    text: String,
    expr: Expr,
    digits: u32,
}

impl Value {
    fn finer(&self, digits: u32) -> Expr {
        self.expr.clone() * lit(10_i64.pow(digits - self.digits))
    }
}

/// A condition: as text and as an expression.
struct Twice {
    text: String,
    expr: Expr,
}

fn twice(text: impl Into<String>, expr: Expr) -> Twice {
    Twice { text: text.into(), expr }
}

fn sign_of(value: Expr) -> Expr {
    when(value.lt(lit(0))).then(lit(-1_i64)).otherwise(lit(1_i64))
}

fn size_of(value: Expr) -> Expr {
    when(value.clone().lt(lit(0))).then(lit(0_i64) - value.clone()).otherwise(value)
}

/// Half away from zero.
fn divided(dividend: Expr, divisor: Expr) -> Expr {
    // Neither side is negative and both stay below 2^52, so that the quotient cut at its point is exact however polars divides.
    let half = (size_of(divisor.clone()) / lit(2_i64)).cast(DataType::Int64);
    let size = ((size_of(dividend.clone()) + half) / size_of(divisor.clone())).cast(DataType::Int64);
    sign_of(dividend) * sign_of(divisor) * size
}

/// Writes one condition. In each, an optional field is used behind a test that it is known, or with a stand-in; with both, the compiler
/// would call the stand-in superfluous.
struct Writer<'r> {
    random: &'r mut Random,
    /// Optional fields used behind a test.
    tested: Vec<&'static str>,
    /// Those that a test around this place has shown to be there.
    known: Vec<&'static str>,
}

impl<'r> Writer<'r> {
    fn new(random: &'r mut Random) -> Writer<'r> {
        let optional = ORDERED.iter().filter(|(.., optional)| *optional).map(|(name, ..)| *name);
        let tested = optional.filter(|_| random.below(2) == 0).collect();
        Writer { random, tested, known: Vec::new() }
    }

    fn field(&mut self, kind: Kind) -> Value {
        let usable = |name: &&str| self.known.contains(name) || !self.tested.contains(name);
        let of_kind: Vec<_> = ORDERED.iter().filter(|(name, own, _)| *own == kind && usable(name)).collect();
        if of_kind.is_empty() {
            return self.constant(kind);
        }
        let (name, _, optional) = **self.random.pick(&of_kind);
        if !optional || self.known.contains(&name) {
            return Value { text: name.to_owned(), expr: col(name), digits: 0 };
        }
        let cell = self.random.cell(kind);
        let expr = when(col(name).is_null()).then(lit(cell)).otherwise(col(name));
        Value { text: format!("if_missing({name}, {})", written(kind, cell)), expr, digits: 0 }
    }

    fn constant(&mut self, kind: Kind) -> Value {
        let cell = self.random.cell(kind);
        Value { text: written(kind, cell), expr: lit(cell), digits: 0 }
    }

    fn value(&mut self, kind: Kind, depth: u32) -> Value {
        let choice = if depth == 0 { 0 } else { self.random.below(12) };
        match (choice, kind) {
            (5 | 6, Kind::Money | Kind::Rate | Kind::Number | Kind::Days) => self.sum(kind, depth),
            (5 | 6, Kind::Date) => self.moved(),
            (7, Kind::Money | Kind::Rate | Kind::Number | Kind::Days) => self.resized(kind, depth),
            (8, _) => self.extreme(kind, depth),
            (9, _) => self.choice(kind, depth),
            (10, Kind::Money) => self.product(),
            (10, Kind::Number) => self.quotient(),
            (10, Kind::Days) => self.distance(),
            (11, Kind::Money) => {
                let value = self.field(kind);
                let expr = divided(value.expr, lit(100_i64)) * lit(100_i64);
                Value { text: format!("round({})", value.text), expr, digits: 0 }
            }
            _ => self.field(kind),
        }
    }

    fn operand(&mut self, kind: Kind, depth: u32) -> Value {
        if self.random.below(3) == 0 { self.constant(kind) } else { self.value(kind, depth) }
    }

    fn sum(&mut self, kind: Kind, depth: u32) -> Value {
        let (left, right) = (self.value(kind, depth - 1), self.operand(kind, depth - 1));
        let digits = left.digits.max(right.digits);
        let (one, other) = (left.finer(digits), right.finer(digits));
        let (sign, expr) = if self.random.below(2) == 0 { ("+", one + other) } else { ("-", one - other) };
        Value { text: format!("({} {sign} {})", left.text, right.text), expr, digits }
    }

    /// A date some days, or business days, later.
    fn moved(&mut self) -> Value {
        let date = self.field(Kind::Date);
        let days = i32::try_from(self.random.below(9)).expect("small") - 3;
        if self.random.below(2) == 0 {
            return Value { text: format!("({} + {days} days)", date.text), expr: date.expr + lit(i64::from(days)), digits: 0 };
        }
        let expr = table_of_days(&date.expr, |from| i64::from(later(from, days).0));
        Value { text: format!("({} + {days} business days)", date.text), expr, digits: 0 }
    }

    fn resized(&mut self, kind: Kind, depth: u32) -> Value {
        let value = self.value(kind, depth - 1);
        if self.random.below(2) == 0 {
            return Value { text: format!("(-{})", value.text), expr: lit(0_i64) - value.expr, digits: value.digits };
        }
        Value { text: format!("abs({})", value.text), expr: size_of(value.expr), digits: value.digits }
    }

    fn extreme(&mut self, kind: Kind, depth: u32) -> Value {
        let (left, right) = (self.value(kind, depth - 1), self.operand(kind, depth - 1));
        let digits = left.digits.max(right.digits);
        let (one, other) = (left.finer(digits), right.finer(digits));
        let least = self.random.below(2) == 0;
        let first = if least { one.clone().lt(other.clone()) } else { one.clone().gt(other.clone()) };
        let expr = when(first).then(one).otherwise(other);
        Value { text: format!("{}({}, {})", if least { "min" } else { "max" }, left.text, right.text), expr, digits }
    }

    fn choice(&mut self, kind: Kind, depth: u32) -> Value {
        let condition = self.condition(depth - 1);
        let (left, right) = (self.value(kind, depth - 1), self.operand(kind, depth - 1));
        let digits = left.digits.max(right.digits);
        let expr = when(condition.expr).then(left.finer(digits)).otherwise(right.finer(digits));
        Value { text: format!("(if {} then {} else {})", condition.text, left.text, right.text), expr, digits }
    }

    fn product(&mut self) -> Value {
        let (money, kind) = (self.field(Kind::Money), *self.random.pick(&[Kind::Number, Kind::Rate]));
        let factor = if self.random.below(2) == 0 { self.constant(kind) } else { self.field(kind) };
        Value { text: format!("({} * {})", money.text, factor.text), expr: money.expr * factor.expr, digits: 6 }
    }

    fn quotient(&mut self) -> Value {
        let kind = *self.random.pick(&[Kind::Money, Kind::Days, Kind::Number]);
        let (left, right, cell) = (self.field(kind), self.field(kind), self.random.cell(Kind::Number));
        let exact = divided(left.expr * lit(1_000_000_i64), right.expr.clone());
        let expr = when(right.expr.eq(lit(0))).then(lit(cell)).otherwise(exact);
        Value { text: format!("if_missing({} / {}, {})", left.text, right.text, written(Kind::Number, cell)), expr, digits: 0 }
    }

    fn distance(&mut self) -> Value {
        let date = self.field(Kind::Date);
        let expr = lit(i64::from(day(AS_OF).0)) - date.expr;
        Value { text: format!("days_between({}, as_of)", date.text), expr, digits: 0 }
    }

    fn condition(&mut self, depth: u32) -> Twice {
        match self.random.below(if depth == 0 { 6 } else { 11 }) {
            0..3 => self.comparison(depth),
            3 => self.one_of(),
            4 => self.flag(),
            5 => self.text(),
            6 => {
                let inner = self.condition(depth - 1);
                twice(format!("not ({})", inner.text), inner.expr.not())
            }
            7 | 8 => {
                let (one, other) = (self.condition(depth - 1), self.condition(depth - 1));
                if self.random.below(2) == 0 {
                    return twice(format!("(({}) and ({}))", one.text, other.text), one.expr.and(other.expr));
                }
                twice(format!("(({}) or ({}))", one.text, other.text), one.expr.or(other.expr))
            }
            9 => self.narrowed(depth),
            _ => {
                let (asked, then, otherwise) = (self.condition(depth - 1), self.condition(depth - 1), self.condition(depth - 1));
                let text = format!("(if {} then {} else {})", asked.text, then.text, otherwise.text);
                twice(text, when(asked.expr).then(then.expr).otherwise(otherwise.expr))
            }
        }
    }

    /// A test for a missing value, and a condition that may then use the field.
    fn narrowed(&mut self, depth: u32) -> Twice {
        if self.tested.is_empty() {
            return self.comparison(depth);
        }
        let name = *self.random.pick(&self.tested);
        self.known.push(name);
        let inner = self.condition(depth - 1);
        self.known.pop();
        let missing = col(name).is_null();
        if self.random.below(2) == 0 {
            let expr = when(missing).then(lit(false)).otherwise(inner.expr);
            return twice(format!("({name} is known and ({}))", inner.text), expr);
        }
        twice(format!("({name} is missing or ({}))", inner.text), when(missing).then(lit(true)).otherwise(inner.expr))
    }

    fn comparison(&mut self, depth: u32) -> Twice {
        let kind = *self.random.pick(KINDS);
        let (left, right) = (self.value(kind, depth.min(2)), self.operand(kind, depth.min(2)));
        let digits = left.digits.max(right.digits);
        let (one, other) = (left.finer(digits), right.finer(digits));
        if self.random.below(6) == 0 {
            let (low, high) = (self.constant(kind), self.constant(kind));
            let expr = one.clone().gt_eq(low.finer(digits)).and(one.lt_eq(high.finer(digits)));
            return twice(format!("{} between {} and {}", left.text, low.text, high.text), expr);
        }
        let (sign, expr) = match self.random.below(6) {
            0 => ("=", one.eq(other)),
            1 => ("!=", one.neq(other)),
            2 => ("<", one.lt(other)),
            3 => ("<=", one.lt_eq(other)),
            4 => (">", one.gt(other)),
            _ => (">=", one.gt_eq(other)),
        };
        twice(format!("{} {sign} {}", left.text, right.text), expr)
    }

    fn one_of(&mut self) -> Twice {
        let (name, values, optional) = *self.random.pick(ENUMS);
        let mut chosen: Vec<usize> = (0..values.len()).filter(|_| self.random.below(3) == 0).collect();
        if chosen.is_empty() {
            chosen.push(self.random.below(values.len()));
        }
        let names = chosen.iter().map(|at| values[*at]).collect::<Vec<_>>().join(", ");
        let is = |at: &usize| col(name).eq(lit(i64::try_from(*at).expect("small")));
        let any = chosen.iter().map(is).reduce(Expr::or).expect("one value at least");
        with_missing(name, optional, format!("{name} in ({names})"), any)
    }

    fn flag(&mut self) -> Twice {
        let (name, optional) = *self.random.pick(FLAGS);
        with_missing(name, optional, name.to_owned(), col(name).eq(lit(1_i64)))
    }

    fn text(&mut self) -> Twice {
        let (name, optional) = *self.random.pick(TEXT_FIELDS);
        let with = *self.random.pick(&["FR", "al", "Al", "bet", "a", "x"]);
        let (words, holds): (&str, fn(&str, &str) -> bool) = match self.random.below(4) {
            0 => ("=", |text, with| text == with),
            1 => ("starts with", |text, with| text.starts_with(with)),
            2 => ("ends with", |text, with| text.ends_with(with)),
            _ => ("contains", |text, with| text.contains(with)),
        };
        let folded = self.random.below(3) == 0;
        let fits = |text: &&&str| if folded { holds(&text.to_lowercase(), &with.to_lowercase()) } else { holds(text, with) };
        let any = TEXTS.iter().filter(fits).map(|text| col(name).eq(lit(*text))).reduce(Expr::or).unwrap_or_else(|| lit(false));
        let value = if folded { format!("lower({name})") } else { name.to_owned() };
        with_missing(name, optional, format!("{value} {words} '{with}'"), any)
    }
}

/// An optional field counts only where it is known.
fn with_missing(name: &str, optional: bool, text: String, expr: Expr) -> Twice {
    if !optional {
        return twice(text, expr);
    }
    twice(format!("({name} is known and {text})"), when(col(name).is_null()).then(lit(false)).otherwise(expr))
}

/// So many working days later, Saturdays and Sundays being none.
fn later(from: Date, days: i32) -> Date {
    let (mut day, step) = (from, days.signum());
    let mut left = days.abs();
    while left > 0 {
        day = day.plus_days(step);
        left -= i32::from(day.weekday() < 6);
    }
    day
}

/// A function of a day as a table over all days that can occur.
fn table_of_days(day_of: &Expr, function: impl Fn(Date) -> i64) -> Expr {
    let as_of = day(AS_OF);
    let days = (-40..80).map(|days| as_of.plus_days(days));
    days.fold(lit(NULL), |rest, day| when(day_of.clone().eq(lit(i64::from(day.0)))).then(lit(function(day))).otherwise(rest))
}

/// The facts: cells for us, columns with nulls for polars.
struct Portfolio {
    columns: Vec<Vec<Cell>>,
    pool: TextPool,
}

struct Row<'p>(&'p Portfolio, usize);

impl Facts for Row<'_> {
    fn cell(&self, field: FieldId) -> Cell {
        self.0.columns[field.0 as usize].get(self.1).copied().unwrap_or(MISSING)
    }

    fn text(&self, code: Cell) -> &str {
        self.0.pool.text(code)
    }
}

impl Columns for Portfolio {
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

fn portfolio(program: &Program, random: &mut Random) -> (Portfolio, DataFrame) {
    let mut portfolio = Portfolio { columns: vec![vec![MISSING; ROWS]; program.fields.len()], pool: TextPool::new(program.texts.clone()) };
    let mut frame = Vec::new();
    let cells = ORDERED.iter().map(|(name, kind, optional)| (*name, Some(*kind), 0, *optional));
    let enums = ENUMS.iter().map(|(name, values, optional)| (*name, None, values.len(), *optional));
    let flags = FLAGS.iter().map(|(name, optional)| (*name, None, 2, *optional));
    for (name, kind, values, optional) in cells.chain(enums).chain(flags) {
        let mut cell = || match kind {
            _ if optional && random.below(3) == 0 => None,
            Some(kind) => Some(random.cell(kind)),
            None => Some(i64::try_from(random.below(values)).expect("small")),
        };
        let own: Vec<Option<i64>> = (0..ROWS).map(|_| cell()).collect();
        portfolio.columns[program.field(name).expect("a field").0 as usize] = own.iter().map(|cell| cell.unwrap_or(MISSING)).collect();
        frame.push(Column::new(name.into(), own));
    }
    for (name, optional) in TEXT_FIELDS {
        let mut text = || (!*optional || random.below(3) > 0).then(|| *random.pick(TEXTS));
        let own: Vec<Option<&str>> = (0..ROWS).map(|_| text()).collect();
        let at = program.field(name).expect("a field").0 as usize;
        portfolio.columns[at] = own.iter().map(|text| text.map_or(MISSING, |text| portfolio.pool.code(text))).collect();
        frame.push(Column::new((*name).into(), own));
    }
    (portfolio, DataFrame::new(ROWS, frame).expect("columns of one length"))
}

const AGGREGATES: &[&str] = &["sum", "count", "max", "min"];

/// What a row of the aggregating tables gives, in whole units.
fn result(at: usize) -> i64 {
    [30, -20, 5, 30, 0, -75, 12][at % 7]
}

/// The same conditions in a table that brings the results of all that hold together.
fn aggregated(aggregate: &str, conditions: &[Twice]) -> String {
    let (otherwise, gives) = match aggregate {
        "max" | "min" => ("    otherwise: 1\n", true),
        "sum" => ("", true),
        _ => ("", false),
    };
    let rule = |(at, condition): (usize, &Twice)| {
        let then = if gives { format!("        then: {}\n", result(at)) } else { String::new() };
        format!("      - id: r{at}\n{then}        when: >\n          {}\n", condition.text)
    };
    let rules: String = conditions.iter().enumerate().map(rule).collect();
    format!(
        "  - table: {aggregate}\n    grain: customer\n    hit: all\n    aggregate: {aggregate}\n    output: {{of_{aggregate}: number}}\n    rules:\n{rules}{otherwise}"
    )
}

/// What an aggregating table gives for a row, told from the conditions that hold.
fn brought_together(aggregate: &str, holding: &[u32]) -> Cell {
    let results = || holding.iter().map(|at| result(*at as usize));
    let whole = match aggregate {
        "sum" => results().sum(),
        "count" => i64::try_from(holding.len()).expect("few rows"),
        "max" => results().max().unwrap_or(1),
        _ => results().min().unwrap_or(1),
    };
    whole * 1_000_000
}

fn compiled(conditions: &[Twice], seed: u64) -> Program {
    let rule =
        |(at, condition): (usize, &Twice)| format!("      - id: r{at}\n        then: a\n        when: >\n          {}\n", condition.text);
    let rules: String = conditions.iter().enumerate().map(rule).collect();
    let together: String = AGGREGATES.iter().map(|aggregate| aggregated(aggregate, conditions)).collect();
    let head = "relance: 1\nkind: segmentation\ntables:\n  - table: t\n    grain: customer\n    hit: first\n    output: {out: [a, b]}\n    rules:\n";
    let files = [SourceFile { path: "rules.yaml".to_owned(), text: format!("{head}{rules}    otherwise: b\n{together}") }];
    match compile(&files, day(AS_OF), Currency::parse(b"EUR").expect("a currency")) {
        Ok(compiled) => compiled.program,
        Err(findings) => panic!("seed {seed}: {}", render(&findings, &files, false)),
    }
}

/// What polars says, rule by rule: strictly true or false everywhere.
fn by_polars(conditions: &[Twice], frame: DataFrame, seed: u64) -> Vec<Vec<bool>> {
    let exprs: Vec<Expr> = conditions.iter().enumerate().map(|(at, own)| own.expr.clone().alias(format!("r{at}"))).collect();
    // A condition of constants alone gives a single row: the column of row numbers keeps them all.
    let all = frame.lazy().with_columns(exprs).collect().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let of_rule = |at: usize| {
        let column = all.column(&format!("r{at}")).expect("the column of the rule").bool().expect("a condition").clone();
        column
            .iter()
            .map(|holds| holds.unwrap_or_else(|| panic!("seed {seed}: {} is neither true nor false", conditions[at].text)))
            .collect()
    };
    (0..conditions.len()).map(of_rule).collect()
}

fn check(seed: u64) {
    let mut random = Random(seed);
    let count = 1 + random.below(7);
    let conditions: Vec<Twice> = (0..count).map(|_| Writer::new(&mut random).condition(3)).collect();
    let program = compiled(&conditions, seed);
    let table = &program.tables[0];
    let (portfolio, frame) = portfolio(&program, &mut random);
    let expected = by_polars(&conditions, frame, seed);
    let calendar = Calendar::named(CalendarName::Weekends);
    let env = Env { as_of: day(AS_OF), calendar: &calendar };
    for (row, (rule, holds)) in (0..ROWS).flat_map(|row| table.rows.iter().map(|(rule, _)| rule).zip(&expected).map(move |own| (row, own)))
    {
        assert_eq!(rule.when.holds(&Row(&portfolio, row), &env), holds[row], "seed {seed}, row {row}, evaluator and polars: {}", rule.text);
    }
    let index = Index::of_table(table, &env);
    let holding = |row: usize| (0..).zip(&expected).filter(|(_, holds)| holds[row]).map(|(rule, _)| rule).collect::<Vec<u32>>();
    index.hits(&portfolio, &env, usize::MAX, |row, hits| {
        assert_eq!(hits, holding(row), "seed {seed}, row {row}, index and polars");
    });
    for (aggregate, table) in AGGREGATES.iter().zip(&program.tables[1..]) {
        Index::of_table(table, &env).decide(table, &portfolio, &env, |row, decision| {
            let cell = brought_together(aggregate, &holding(row));
            assert_eq!(decision.map(|decision| decision.cell), Ok(cell), "seed {seed}, row {row}, {aggregate}");
            assert_eq!(decision, decide(table, &Row(&portfolio, row), &env), "seed {seed}, row {row}, {aggregate}");
        });
    }
    index.decide(table, &portfolio, &env, |row, decision| {
        assert_eq!(decision, decide(table, &Row(&portfolio, row), &env), "seed {seed}, row {row}, decisions");
    });
}

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|number| number.parse().ok())
}

#[test]
fn index_row_evaluator_and_polars_agree() {
    let seeds = match asked("RELANCE_RULE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..asked("RELANCE_RULE_SETS").unwrap_or(200),
    };
    seeds.for_each(check);
}
