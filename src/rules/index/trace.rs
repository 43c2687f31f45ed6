//! Why a rule held or not, and which rules and tests a set of rows has exercised: read from the same bitmaps that decide.

use std::collections::BTreeMap;
use std::ops::Range;

use super::region::Region;
use super::{Columns, Index, NONE, cube};
use crate::rules::eval::Env;
use crate::rules::expr::typed::Condition;
use crate::rules::program::{Cell, Facts, FieldId, Rule};

/// One test of a condition: a comparison, a list, `is known`. Tests that say the same are one test, in however many rules they stand.
pub struct Test {
    pub condition: Condition,
    /// The field it looks at, where that is all it looks at.
    pub field: Option<FieldId>,
    region: Option<Region>,
}

impl Test {
    /// Values at which the answer changes: each differs from the value just below it. Empty where the test is not about one field.
    pub fn thresholds(&self) -> Vec<Cell> {
        let stretches = self.region.iter().filter(|_| self.field.is_some()).flat_map(|region| region.stretches());
        let edges = stretches.flat_map(|(low, high)| [Some(*low), high.checked_add(1)]);
        edges.flatten().filter(|edge| *edge != Cell::MIN + 1).collect()
    }

    /// The value nearest to this one for which the test would say the opposite.
    pub fn nearest_change(&self, cell: Cell) -> Option<Cell> {
        self.region.as_ref().filter(|_| self.field.is_some()).and_then(|region| region.nearest_across(cell))
    }
}

/// What a test says of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Position in [`Tracer::tests`].
    pub test: usize,
    pub holds: bool,
    /// The cell it looked at, where that is all it looked at.
    pub cell: Option<Cell>,
    /// The nearest cell for which it would say the opposite.
    pub nearest_change: Option<Cell>,
}

/// What a rule says of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Position among the rules the tracer was made of.
    pub rule: usize,
    /// Whether it is in force and holds.
    pub holds: bool,
    /// Its tests, in the order in which they are written.
    pub answers: Vec<Answer>,
}

/// How often a test was true and false.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    pub held: u64,
    pub failed: u64,
}

/// What a set of rows has exercised. Adds up over parts of a portfolio.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    pub rows: u64,
    /// Rows for which each rule held.
    pub held: Vec<u64>,
    /// Rows for which each rule was the first that held.
    pub first: Vec<u64>,
    /// By position in [`Tracer::tests`].
    pub tests: Vec<Seen>,
}

impl Coverage {
    /// Adds what other rows have exercised under the same tracer.
    pub fn add(&mut self, other: &Coverage) {
        self.rows += other.rows;
        add_each(&mut self.held, &other.held);
        add_each(&mut self.first, &other.first);
        self.tests.resize(self.tests.len().max(other.tests.len()), Seen::default());
        for (own, seen) in self.tests.iter_mut().zip(&other.tests) {
            own.held += seen.held;
            own.failed += seen.failed;
        }
    }
}

fn add_each(own: &mut Vec<u64>, other: &[u64]) {
    own.resize(own.len().max(other.len()), 0);
    own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
}

/// An index that answers for every test of its rules too.
pub struct Tracer {
    index: Index,
    rules: usize,
    tests: Vec<Test>,
    /// Positions of the tests of each rule, as written.
    tests_of: Vec<Vec<usize>>,
}

impl Tracer {
    /// A tracer of rules; those that are not in force tonight never hold.
    pub fn new<'r>(rules: impl IntoIterator<Item = &'r Rule>, env: &Env<'_>) -> Tracer {
        let rules: Vec<&Rule> = rules.into_iter().collect();
        let mut known: BTreeMap<&Condition, usize> = BTreeMap::new();
        let mut leaves: Vec<&Condition> = Vec::new();
        let mut tests_of = Vec::new();
        for rule in &rules {
            let mut own = Vec::new();
            each_leaf(&rule.when, &mut |leaf| {
                let at = *known.entry(leaf).or_insert(leaves.len());
                if at == leaves.len() {
                    leaves.push(leaf);
                }
                if !own.contains(&at) {
                    own.push(at);
                }
            });
            tests_of.push(own);
        }
        let in_force = rules.iter().map(|rule| rule.in_force(env.as_of).then_some(&rule.when));
        let index = Index::of(in_force.chain(leaves.iter().map(|leaf| Some(*leaf))), env);
        let tests = leaves.into_iter().map(|leaf| test(leaf, env)).collect();
        Tracer { index, rules: rules.len(), tests, tests_of }
    }

    /// Every test of the rules, once.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// Positions of the tests of a rule, as written.
    pub fn tests_of(&self, rule: usize) -> &[usize] {
        self.tests_of.get(rule).map_or(&[], Vec::as_slice)
    }

    /// What every rule says of one row, and why.
    pub fn explain(&self, facts: &impl Facts, env: &Env<'_>) -> Vec<Explained> {
        let mut hits = Vec::new();
        self.index.hits(&OneRow(facts), env, usize::MAX, |_, rules| hits.extend_from_slice(rules));
        let holds = |at: usize| hits.binary_search(&u32::try_from(at).unwrap_or(NONE)).is_ok();
        let answer = |at: &usize| {
            let test = &self.tests[*at];
            let cell = test.field.map(|field| facts.cell(field));
            let nearest_change = cell.and_then(|cell| test.nearest_change(cell));
            Answer { test: *at, holds: holds(self.rules + at), cell, nearest_change }
        };
        let explained =
            |(rule, tests): (usize, &Vec<usize>)| Explained { rule, holds: holds(rule), answers: tests.iter().map(answer).collect() };
        self.tests_of.iter().enumerate().map(explained).collect()
    }

    /// Counts what some rows exercise.
    pub fn cover<C: Columns>(&self, columns: &C, env: &Env<'_>) -> Coverage {
        let mut held = vec![0_u64; self.rules + self.tests.len()];
        let mut first = vec![0; self.rules];
        self.index.hits(columns, env, usize::MAX, |_, hits| {
            hits.iter().for_each(|hit| held[*hit as usize] += 1);
            if let Some(first) = hits.first().and_then(|rule| first.get_mut(*rule as usize)) {
                *first += 1;
            }
        });
        let rows = u64::try_from(columns.rows()).unwrap_or(u64::MAX);
        let tests = held.split_off(self.rules).into_iter().map(|held| Seen { held, failed: rows - held }).collect();
        Coverage { rows, held, first, tests }
    }
}

fn test(leaf: &Condition, env: &Env<'_>) -> Test {
    let (field, region) = match cube::axis(leaf, env.as_of) {
        Some((cube::Axis::Field(field), region)) => (Some(field), Some(region)),
        _ => (None, None),
    };
    Test { condition: leaf.clone(), field, region }
}

/// Calls back for every test of a condition, in the order in which they are written.
fn each_leaf<'c>(condition: &'c Condition, visit: &mut impl FnMut(&'c Condition)) {
    match condition {
        Condition::Always(_) => {}
        Condition::Not(inner) => each_leaf(inner, visit),
        Condition::Shared(inner) => each_leaf(inner, visit),
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| each_leaf(part, visit)),
        Condition::If(parts) => parts.iter().for_each(|part| each_leaf(part, visit)),
        leaf => visit(leaf),
    }
}

/// A row by itself as columns of one cell.
struct OneRow<'f, F>(&'f F);

impl<F: Facts> Columns for OneRow<'_, F> {
    type Row<'r>
        = SameRow<'r, F>
    where
        Self: 'r;

    fn rows(&self) -> usize {
        1
    }

    fn cells<'c>(&'c self, field: FieldId, rows: Range<usize>, buffer: &'c mut Vec<Cell>) -> &'c [Cell] {
        buffer.clear();
        buffer.extend(rows.map(|_| self.0.cell(field)));
        buffer
    }

    fn row(&self, _: usize) -> SameRow<'_, F> {
        SameRow(self.0)
    }
}

struct SameRow<'f, F>(&'f F);

impl<F: Facts> Facts for SameRow<'_, F> {
    fn cell(&self, field: FieldId) -> Cell {
        self.0.cell(field)
    }

    fn text(&self, code: Cell) -> &str {
        self.0.text(code)
    }
}
