//! The index against the row evaluator: on random conditions over cells of every kind, missing ones and those at the end of the range too.

#[path = "../../../tests/random/mod.rs"]
mod random;

use std::sync::Arc;

use random::Random;

use super::*;
use crate::base::calendar::{Calendar, CalendarName};
use crate::base::date::Date;
use crate::rules::expr::tree::Comparison;
use crate::rules::expr::typed::{Compare, Expression, Term, TextCompare, TextRelation};
use crate::rules::program::{Grain, TextBase, TextPool, Together};
use crate::rules::sources::Span;

const AS_OF: Date = Date(20_802);
const FIELDS: u32 = 5;
const TEXTS: &[&str] = &["", "alpha", "Alpha", "beta", "alphabet", "ÉTÉ", "été"];

impl Random {
    /// Mostly small values, so that they meet; some at the ends of the range.
    fn cell(&mut self) -> Cell {
        const ENDS: &[Cell] = &[Cell::MAX, Cell::MAX - 1, MISSING + 1, MISSING + 2, 1 << 61, -(1 << 61), 100_000, 20_802];
        match self.below(12) {
            0 => *self.pick(ENDS),
            _ => i64::try_from(self.below(14)).expect("small") - 4,
        }
    }

    fn field(&mut self) -> FieldId {
        FieldId(u32::try_from(self.below(FIELDS as usize)).expect("small"))
    }

    fn comparison(&mut self) -> Comparison {
        self.pick(Comparison::ALL).0
    }

    fn term(&mut self, depth: u32) -> Term {
        let kinds = if depth == 0 { 3 } else { 17 };
        let pair = |random: &mut Random| Box::new([random.term(depth - 1), random.term(depth - 1)]);
        match self.below(kinds) {
            0 => Term::Constant(i128::from(self.cell())),
            1 => Term::Field(self.field()),
            2 => Term::Today,
            3 => Term::Negate(Box::new(self.term(depth - 1))),
            4 | 5 => Term::Add(pair(self)),
            6 | 7 => Term::Subtract(pair(self)),
            8 => Term::Multiply(pair(self)),
            9 => Term::Refine(Box::new(self.term(depth - 1)), *self.pick(&[1, 10, 1_000_000])),
            10 => Term::Divide(pair(self), 1_000_000),
            11 => Term::Round(Box::new(self.term(depth - 1)), 5),
            12 => Term::Absolute(Box::new(self.term(depth - 1))),
            13 => Term::IfMissing(pair(self)),
            14 => Term::Greatest(Box::new([self.term(depth - 1), self.term(depth - 1)])),
            15 => Term::Weekday(Box::new(Term::Field(self.field()))),
            _ => Term::If(Box::new((self.condition(depth - 1), self.term(depth - 1), self.term(depth - 1)))),
        }
    }

    fn condition(&mut self, depth: u32) -> Condition {
        let kinds = if depth == 0 { 8 } else { 16 };
        match self.below(kinds) {
            0..4 => Condition::Cell { field: self.field(), comparison: self.comparison(), cell: self.cell() },
            4 => {
                let mut cells: Vec<Cell> = (0..self.below(6)).map(|_| self.cell()).collect();
                cells.extend((self.below(9) == 0).then_some(MISSING));
                cells.sort_unstable();
                cells.dedup();
                Condition::CellIn { field: self.field(), cells: cells.into() }
            }
            5 => Condition::Known(self.field()),
            6 => Condition::Tagged { field: self.field(), bit: *self.pick(&[0, 1, 2, 62, 63, 64]) },
            7 => {
                let relations = [TextRelation::Equals, TextRelation::StartsWith, TextRelation::EndsWith, TextRelation::Contains];
                let with = Term::Constant(i128::from(self.next() % 8));
                let value = Term::Field(self.field());
                let (value, with) = if self.below(3) == 0 { (with, value) } else { (value, with) };
                Condition::Text(Box::new(TextCompare { test: *self.pick(&relations), folded: self.below(2) == 0, value, with }))
            }
            8 => Condition::Not(Box::new(self.condition(depth - 1))),
            9 | 10 => Condition::All(self.conditions(depth - 1)),
            11 | 12 => Condition::Any(self.conditions(depth - 1)),
            13 => Condition::If(Box::new([self.condition(depth - 1), self.condition(depth - 1), self.condition(depth - 1)])),
            14 => match self.below(4) {
                0 => Condition::Always(self.below(2) == 0),
                1 => Condition::Shared(Arc::new(self.condition(depth - 1))),
                2 => Condition::HasValue(Box::new(Expression::new(self.term(2), 0))),
                _ => Condition::Holds(Box::new(Expression::new(Term::Holds(Box::new(self.condition(depth - 1))), 0))),
            },
            _ => {
                let (left, right) = (self.term(2), self.term(2));
                let span = Span::start_of(u32::try_from(self.below(3)).expect("small"));
                Condition::Compare(Box::new(Compare { span, comparison: self.comparison(), left, right }))
            }
        }
    }

    fn conditions(&mut self, depth: u32) -> Box<[Condition]> {
        (0..self.below(5)).map(|_| self.condition(depth)).collect()
    }
}

struct Facts5 {
    columns: Vec<Vec<Cell>>,
    rows: usize,
    pool: TextPool,
}

impl Facts5 {
    fn random(random: &mut Random, rows: usize) -> Facts5 {
        let cell = |random: &mut Random| if random.below(6) == 0 { MISSING } else { random.cell() };
        let columns = (0..FIELDS).map(|_| (0..rows).map(|_| cell(random)).collect()).collect();
        let mut pool = TextPool::new(Arc::new(TextBase::default()));
        TEXTS.iter().for_each(|text| {
            pool.code(text);
        });
        Facts5 { columns, rows, pool }
    }
}

struct OneOf<'f>(&'f Facts5, usize);

impl Facts for OneOf<'_> {
    fn cell(&self, field: FieldId) -> Cell {
        self.0.columns[field.0 as usize][self.1]
    }

    fn text(&self, code: Cell) -> &str {
        self.0.pool.text(code)
    }
}

impl Columns for Facts5 {
    type Row<'r> = OneOf<'r>;

    fn rows(&self) -> usize {
        self.rows
    }

    fn cells<'c>(&'c self, field: FieldId, rows: Range<usize>, buffer: &'c mut Vec<Cell>) -> &'c [Cell] {
        // Odd fields come from the buffer, as gathered columns do.
        let own = &self.columns[field.0 as usize][rows];
        if field.0.is_multiple_of(2) {
            return own;
        }
        buffer.clear();
        buffer.extend_from_slice(own);
        buffer
    }

    fn row(&self, at: usize) -> OneOf<'_> {
        OneOf(self, at)
    }
}

fn table(conditions: &[Condition], hit: Hit) -> DecisionTable {
    let rule = |(at, when): (usize, &Condition)| {
        let from = (at % 7 == 3).then(|| AS_OF.plus_days(1));
        let rule =
            Rule { id: at.to_string(), when: when.clone(), text: String::new(), place: String::new(), from, until: None, shadow: false };
        (rule, 1 << (at % 60))
    };
    let rows = conditions.iter().enumerate().map(rule).collect();
    DecisionTable { id: "t".to_owned(), grain: Grain::Customer, hit, output: FieldId(0), rows, otherwise: Some(-7) }
}

const HITS: &[Hit] = &[
    Hit::First,
    Hit::Unique,
    Hit::All(Together::Tags),
    Hit::All(Together::Sum),
    Hit::All(Together::Count),
    Hit::All(Together::Max),
    Hit::All(Together::Min),
];

/// What the results of the rows that hold come to, told without the evaluators.
fn naive(table: &DecisionTable, how: Together, holding: &[u32]) -> Cell {
    let live = holding.iter().map(|at| &table.rows[*at as usize]).filter(|(rule, _)| rule.from.is_none());
    let cells: Vec<Cell> = live.map(|(_, cell)| *cell).collect();
    match how {
        Together::Tags => cells.iter().fold(0, |set, cell| set | cell),
        Together::Sum | Together::Count => {
            let sum: i128 = cells.iter().map(|cell| i128::from(*cell)).sum();
            Cell::try_from(sum).unwrap_or(Cell::MAX)
        }
        Together::Max => cells.iter().max().or(table.otherwise.as_ref()).copied().unwrap_or(MISSING),
        Together::Min => cells.iter().min().or(table.otherwise.as_ref()).copied().unwrap_or(MISSING),
    }
}

/// The index gives the hits, decisions and explanations that the row evaluator gives.
fn check(seed: u64, conditions: &[Condition], facts: &Facts5) {
    let calendar = Calendar::named(CalendarName::France);
    let env = Env { as_of: AS_OF, calendar: &calendar };
    let expected: Vec<Vec<u32>> = (0..facts.rows)
        .map(|row| (0..).zip(conditions).filter(|(_, own)| own.holds(&OneOf(facts, row), &env)).map(|(at, _)| at).collect())
        .collect();
    let index = Index::new(conditions, &env);
    let mut rows = 0;
    index.hits(facts, &env, usize::MAX, |row, hits| {
        rows += 1;
        assert_eq!(hits, expected[row], "seed {seed}, row {row}, of {conditions:?}");
    });
    assert_eq!(rows, facts.rows, "seed {seed}");
    index.hits(facts, &env, 2, |row, hits| assert_eq!(hits, &expected[row][..expected[row].len().min(2)], "seed {seed}, row {row}"));
    index.first(facts, &env, |row, first| assert_eq!(first, expected[row].first().copied(), "seed {seed}, row {row} of {conditions:?}"));
    for hit in HITS {
        let table = table(conditions, *hit);
        Index::of_table(&table, &env).decide(&table, facts, &env, |row, decision| {
            assert_eq!(decision, crate::rules::eval::decide(&table, &OneOf(facts, row), &env), "seed {seed}, row {row}");
            if let (Hit::All(how), Ok(decision)) = (hit, decision) {
                assert_eq!(decision.cell, naive(&table, *how, &expected[row]), "seed {seed}, row {row}, {how:?}");
            }
        });
    }
}

/// What is said of single rows, and counted over all of them, follows from the row evaluator too.
fn check_trace(seed: u64, conditions: &[Condition], facts: &Facts5) {
    let calendar = Calendar::named(CalendarName::France);
    let env = Env { as_of: AS_OF, calendar: &calendar };
    let table = table(conditions, Hit::First);
    let tracer = Tracer::new(table.rows.iter().map(|(rule, _)| rule), &env);
    let mut expected = Coverage { held: vec![0; conditions.len()], first: vec![0; conditions.len()], ..Coverage::default() };
    expected.tests = vec![Seen::default(); tracer.tests().len()];
    for row in 0..facts.rows {
        let facts = OneOf(facts, row);
        expected.rows += 1;
        let explained = tracer.explain(&facts, &env);
        for (rule, said) in table.rows.iter().map(|(rule, _)| rule).zip(&explained) {
            assert_eq!(said.holds, rule.in_force(AS_OF) && rule.when.holds(&facts, &env), "seed {seed}, row {row}");
            expected.held[said.rule] += u64::from(said.holds);
            for answer in &said.answers {
                let test = &tracer.tests()[answer.test];
                assert_eq!(answer.holds, test.condition.holds(&facts, &env), "seed {seed}, row {row}: {:?}", test.condition);
                assert!(answer.nearest_change.is_none_or(|nearest| test.nearest_change(nearest).is_some()));
            }
        }
        if let Some(first) = explained.iter().find(|said| said.holds) {
            expected.first[first.rule] += 1;
        }
        for (test, seen) in tracer.tests().iter().zip(&mut expected.tests) {
            let holds = test.condition.holds(&facts, &env);
            *if holds { &mut seen.held } else { &mut seen.failed } += 1;
        }
    }
    assert_eq!(tracer.cover(facts, &env), expected, "seed {seed}");
    let mut twice = tracer.cover(facts, &env);
    twice.add(&expected);
    assert_eq!((twice.rows, twice.tests.len()), (expected.rows * 2, expected.tests.len()));
}

#[test]
fn every_row_gets_the_hits_that_the_row_evaluator_finds() {
    for seed in 0..300 {
        let mut random = Random(seed);
        let conditions: Vec<Condition> = (0..random.below(9)).map(|_| random.condition(3)).collect();
        let facts = Facts5::random(&mut random, 40);
        check(seed, &conditions, &facts);
        check_trace(seed, &conditions, &facts);
    }
}

#[test]
fn wide_tables_go_beyond_the_head_and_beyond_a_segment() {
    for (seed, count) in [(1, 128), (2, 129), (3, 700), (4, 2 * segment::MOST_CUBES + 9)] {
        let mut random = Random(seed);
        let narrow = |random: &mut Random, field| {
            let cell = random.cell();
            Condition::All(Box::new([
                Condition::Cell { field: FieldId(field), comparison: Comparison::Equal, cell },
                Condition::Cell { field: FieldId((field + 1) % FIELDS), comparison: random.comparison(), cell: random.cell() },
                random.condition(1),
            ]))
        };
        let conditions: Vec<Condition> = (0..count).map(|at: usize| narrow(&mut random, u32::try_from(at % 5).expect("small"))).collect();
        let facts = Facts5::random(&mut random, 60);
        check(seed, &conditions, &facts);
    }
}

#[test]
fn chunks_end_where_they_end() {
    for rows in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 5] {
        let mut random = Random(rows as u64);
        let conditions: Vec<Condition> = (0..4).map(|_| random.condition(2)).collect();
        let facts = Facts5::random(&mut random, rows);
        check(rows as u64, &conditions, &facts);
    }
}

/// What a condition becomes: how many cubes, how many residual conditions.
fn shape(condition: &Condition) -> (usize, usize) {
    let calendar = Calendar::named(CalendarName::France);
    let index = Index::new([condition], &Env { as_of: AS_OF, calendar: &calendar });
    (index.segments.iter().map(|segment| segment.ends.len()).sum(), index.residuals.len())
}

#[test]
fn conditions_become_the_fewest_cubes_and_the_dead_none() {
    let cell = |field, comparison, cell| Condition::Cell { field: FieldId(field), comparison, cell };
    let low = cell(0, Comparison::Less, 3);
    let high = cell(0, Comparison::More, 9);
    let other = cell(1, Comparison::Equal, 1);
    let all = |parts: &[&Condition]| Condition::All(parts.iter().map(|part| (*part).clone()).collect());
    let any = |parts: &[&Condition]| Condition::Any(parts.iter().map(|part| (*part).clone()).collect());
    let not = |inner: &Condition| Condition::Not(Box::new(inner.clone()));
    let compare =
        |left, right| Condition::Compare(Box::new(Compare { span: Span::start_of(0), comparison: Comparison::Less, left, right }));
    let later = compare(Term::Add(Box::new([Term::Field(FieldId(0)), Term::Constant(30)])), Term::Today);
    let twice = Term::Multiply(Box::new([Term::Constant(2), Term::Field(FieldId(1))]));
    let over = compare(twice, Term::Field(FieldId(2)));
    let product = compare(Term::Multiply(Box::new([Term::Field(FieldId(1)), Term::Field(FieldId(1))])), Term::Constant(9));
    let pairs: Vec<Condition> =
        (0..5).map(|at| any(&[&cell(2 * at, Comparison::Equal, 1), &cell(2 * at + 1, Comparison::Equal, 1)])).collect();
    let cases = [
        (low.clone(), (1, 0)),
        (any(&[&low, &high]), (1, 0)),
        (all(&[&low, &high]), (0, 0)),
        (all(&[&any(&[&low, &high]), &other]), (1, 0)),
        (any(&[&low, &other]), (2, 0)),
        (any(&[&all(&[&low, &other]), &all(&[&high, &other])]), (1, 0)),
        (not(&any(&[&low, &other])), (1, 0)),
        (any(&[&low, &not(&low)]), (1, 0)),
        (later, (1, 0)),
        (over, (1, 0)),
        (product.clone(), (1, 1)),
        (all(&[&product, &not(&product)]), (0, 1)),
        (any(&[&all(&[&product, &low]), &all(&[&product, &other])]), (2, 1)),
        (all(&pairs.iter().collect::<Vec<_>>()), (16, 1)),
        (Condition::Always(false), (0, 0)),
    ];
    for (condition, expected) in cases {
        assert_eq!(shape(&condition), expected, "{condition:?}");
    }
}
