//! Facts read column by column: all debtors of a shard, or all its open items with the facts of their debtors.

use std::ops::Range;

use super::{FactTable, Row};
use crate::rules::index::Columns;
use crate::rules::program::{Cell, FieldId, Grain, MISSING};

/// One row per debtor.
pub struct Debtors<'a>(pub(super) &'a FactTable);

/// One row per open item.
pub struct Items<'a>(pub(super) &'a FactTable);

impl Columns for Debtors<'_> {
    type Row<'r>
        = Row<'r>
    where
        Self: 'r;

    fn rows(&self) -> usize {
        self.0.debtors
    }

    fn cells<'c>(&'c self, field: FieldId, rows: Range<usize>, buffer: &'c mut Vec<Cell>) -> &'c [Cell] {
        let own = self.0.column(field, Grain::Customer).and_then(|column| column.get(rows.clone()));
        own.unwrap_or_else(|| missing(rows, buffer))
    }

    fn row(&self, at: usize) -> Row<'_> {
        self.0.debtor(at)
    }
}

impl Columns for Items<'_> {
    type Row<'r>
        = Row<'r>
    where
        Self: 'r;

    fn rows(&self) -> usize {
        self.0.debtor_of.len()
    }

    fn cells<'c>(&'c self, field: FieldId, rows: Range<usize>, buffer: &'c mut Vec<Cell>) -> &'c [Cell] {
        if let Some(own) = self.0.column(field, Grain::Invoice) {
            return own.get(rows.clone()).unwrap_or_else(|| missing(rows, buffer));
        }
        let Some(column) = self.0.column(field, Grain::Customer) else { return missing(rows, buffer) };
        buffer.clear();
        buffer.extend(self.0.debtor_of[rows].iter().map(|debtor| column.get(*debtor as usize).copied().unwrap_or(MISSING)));
        buffer
    }

    fn row(&self, at: usize) -> Row<'_> {
        self.0.item(self.0.debtor_of[at] as usize, at)
    }
}

/// A column that no rule has looked at, or that belongs to the other grain.
fn missing(rows: Range<usize>, buffer: &mut Vec<Cell>) -> &[Cell] {
    buffer.clear();
    buffer.resize(rows.len(), MISSING);
    buffer
}
