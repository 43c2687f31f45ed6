//! The column evaluator: many conditions against many rows at a cost that hardly grows with the number of conditions.
//!
//! Every condition becomes a few cubes (`cube`): what it asks of each column. Each column is cut at all the values any condition asks
//! about, and a cell becomes the code of the piece it lies in (`column`); a missing value has a code of its own. For each code there is a
//! bitmap of the cubes it does not rule out (`segment`), and the bits that are left after all columns are exactly the cubes that hold
//! (`scan`). What is no set of cells of one column or a weighed sum of two (products, quotients, calendars, texts) is a residual condition:
//! it is worked out by the row evaluator, once for all rules that share it, and only where a cube that needs it is still possible.
//!
//! Answers are those of [`crate::rules::eval`], row by row, which the tests compare.

mod cluster;
mod column;
mod cube;
mod judge;
mod linear;
mod region;
mod scan;
mod segment;
mod trace;

use std::ops::Range;

pub use trace::{Answer, Coverage, Explained, Seen, Test, Tracer};

use crate::rules::eval::{Ambiguous, Decision, Env};
use crate::rules::expr::typed::Condition;
use crate::rules::program::{Cell, DecisionTable, Facts, FieldId, Hit, MISSING, Rule};
use cube::{Cube, Cutter};
use judge::Residual;
use scan::Scan;
use segment::Segment;

/// Rows matched at a time: their cells and codes stay in the caches.
pub const CHUNK: usize = 4_096;
/// No rule yet.
const NONE: u32 = u32::MAX;

/// Rows of facts, column by column.
pub trait Columns {
    /// One of the rows by itself.
    type Row<'r>: Facts
    where
        Self: 'r;

    /// How many rows there are.
    fn rows(&self) -> usize;
    /// The cells of a field for some rows, one for each; from the buffer where they do not lie side by side already.
    fn cells<'c>(&'c self, field: FieldId, rows: Range<usize>, buffer: &'c mut Vec<Cell>) -> &'c [Cell];
    /// One row.
    fn row(&self, at: usize) -> Self::Row<'_>;
}

/// Conditions made ready to be matched against columns, for one night.
pub struct Index {
    segments: Vec<Segment>,
    residuals: Vec<Residual>,
}

impl Index {
    /// An index of conditions, numbered as they come. The night's date is part of it.
    pub fn new<'c>(conditions: impl IntoIterator<Item = &'c Condition>, env: &Env<'_>) -> Index {
        Index::of(conditions.into_iter().map(Some), env)
    }

    /// An index of rules, numbered as they come. Those that are not in force tonight never match.
    pub fn of_rules<'r>(rules: impl IntoIterator<Item = &'r Rule>, env: &Env<'_>) -> Index {
        Index::of(rules.into_iter().map(|rule| rule.in_force(env.as_of).then_some(&rule.when)), env)
    }

    /// An index of the rows of a decision table.
    pub fn of_table(table: &DecisionTable, env: &Env<'_>) -> Index {
        Index::of_rules(table.rows.iter().map(|(rule, _)| rule), env)
    }

    fn of<'c>(conditions: impl Iterator<Item = Option<&'c Condition>>, env: &Env<'_>) -> Index {
        let mut cutter = Cutter::new(env.as_of);
        let mut cubes: Vec<(u32, Cube)> = Vec::new();
        for (rule, condition) in (0..NONE).zip(conditions) {
            let own = condition.map(|condition| cutter.cubes(condition, true)).unwrap_or_default();
            cubes.extend(own.into_iter().map(|cube| (rule, cube)));
        }
        let residuals = cutter.residuals.into_iter().map(Residual::new).collect();
        Index { segments: segment::segments(&cubes), residuals }
    }

    /// Calls back for every row, in order, with the numbers of the conditions that hold, rising; with the first `at_most` of them
    /// where more do.
    pub fn hits<C: Columns>(&self, columns: &C, env: &Env<'_>, at_most: usize, mut visit: impl FnMut(usize, &[u32])) {
        let mut scan = Scan::new(self, env);
        let mut hits = Vec::new();
        let mut of_row = Vec::new();
        for start in (0..columns.rows()).step_by(CHUNK) {
            let rows = start..columns.rows().min(start + CHUNK);
            hits.clear();
            for segment in &self.segments {
                scan.all(segment, columns, rows.clone(), |row, rule| hits.push((row, rule)));
            }
            // Each segment went through the rows once: a stable sort by row keeps the rules rising.
            if self.segments.len() > 1 {
                hits.sort_by_key(|(row, _)| *row);
            }
            let mut rest = hits.as_slice();
            for row in rows {
                let own = rest.iter().take_while(|(hit, _)| *hit == row).count();
                of_row.clear();
                of_row.extend(rest[..own].iter().take(at_most).map(|(_, rule)| *rule));
                rest = &rest[own..];
                visit(row, &of_row);
            }
        }
    }

    /// The first condition that holds, for every row in order; `None` where none does.
    pub fn first<C: Columns>(&self, columns: &C, env: &Env<'_>, mut visit: impl FnMut(usize, Option<u32>)) {
        let mut scan = Scan::new(self, env);
        let mut first = vec![NONE; CHUNK];
        for start in (0..columns.rows()).step_by(CHUNK) {
            let rows = start..columns.rows().min(start + CHUNK);
            first.fill(NONE);
            for segment in &self.segments {
                scan.first(segment, columns, rows.clone(), &mut first[..rows.len()]);
            }
            for (row, rule) in rows.zip(&first) {
                visit(row, (*rule != NONE).then_some(*rule));
            }
        }
    }

    /// The decision of a table for every row in order, as [`crate::rules::eval::decide`] takes it. The index is that of the table.
    pub fn decide<C: Columns>(
        &self,
        table: &DecisionTable,
        columns: &C,
        env: &Env<'_>,
        mut visit: impl FnMut(usize, Result<Decision, Ambiguous>),
    ) {
        let output = |rule: u32| table.rows.get(rule as usize).map_or(MISSING, |(_, cell)| *cell);
        let nothing = Decision { cell: table.otherwise.unwrap_or(MISSING), row: None };
        let by = |rule: u32| Decision { cell: output(rule), row: Some(rule as usize) };
        match table.hit {
            Hit::First => self.first(columns, env, |row, rule| visit(row, Ok(rule.map_or(nothing, by)))),
            Hit::Unique => self.hits(columns, env, 2, |row, rules| {
                visit(
                    row,
                    match *rules {
                        [] => Ok(nothing),
                        [rule] => Ok(by(rule)),
                        [first, second, ..] => Err(Ambiguous { first: first as usize, second: second as usize }),
                    },
                );
            }),
            Hit::All(how) => self.hits(columns, env, usize::MAX, |row, rules| {
                let hits = rules.iter().map(|rule| (*rule as usize, output(*rule)));
                visit(row, Ok(Decision::together(table, how, hits)));
            }),
        }
    }
}

#[cfg(test)]
mod tests;
