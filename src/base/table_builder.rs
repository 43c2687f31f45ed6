//! Builds a [`Table`] row by row in the order of its specification.

use std::ops::Range;

use crate::base::contract::{Kind, TableSpec};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::base::table::{Column, NO_CHOICE, NO_DATE, NO_FLAG, NO_VALUE, Table};
use crate::base::vocabulary::{Coded, NO_CODE};

/// Text columns whose values are nearly all different; every other text of an output repeats a few.
const OWN_TEXTS: &[&str] = &["customer_id", "invoice_id", "action_id", "task_id", "source_id", "key", "value", "message"];

/// A table being built. Each row sets its cells in any order and ends with [`TableBuilder::end_row`];
/// cells not set are missing.
#[derive(Debug, Clone)]
pub struct TableBuilder {
    kinds: Vec<Kind>,
    /// No longer than the rows so far; what a column lacks is filled in when it is needed.
    columns: Vec<Column>,
    rows: u32,
}

impl TableBuilder {
    /// A builder for a table of the contract. Enum columns take their names as text.
    pub fn new(spec: &TableSpec) -> TableBuilder {
        TableBuilder::of_kinds(spec.columns.iter().map(|column| column.kind))
    }

    /// A builder for an input with columns of these kinds, those beyond the contract among them.
    pub fn of_kinds(kinds: impl Iterator<Item = Kind>) -> TableBuilder {
        let kinds: Vec<Kind> = kinds.collect();
        TableBuilder { columns: kinds.iter().map(|kind| Column::empty(*kind)).collect(), kinds, rows: 0 }
    }

    /// A builder for an output: its texts are [coded](Column::Coded), but for identifiers and the like.
    pub fn output(spec: &TableSpec) -> TableBuilder {
        TableBuilder::with_columns(spec.columns.iter().map(|column| (column.name, column.kind)))
    }

    /// As [`TableBuilder::output`], for columns of these names and kinds.
    pub fn with_columns<'a>(columns: impl Iterator<Item = (&'a str, Kind)>) -> TableBuilder {
        let is_coded = |name: &str, kind| kind == Kind::Text && !OWN_TEXTS.contains(&name);
        let column = |(name, kind)| (kind, if is_coded(name, kind) { Column::Coded(Coded::default()) } else { Column::empty(kind) });
        let (kinds, columns) = columns.map(column).unzip();
        TableBuilder { kinds, columns, rows: 0 }
    }

    /// Makes room for rows in the columns that every row sets.
    pub fn reserve(&mut self, columns: &[usize], rows: usize) {
        columns.iter().for_each(|column| self.columns[*column].reserve(rows, 0));
    }

    /// Sets a text or the name of an enum value; an empty text and a name outside the enum are missing.
    pub fn text(&mut self, column: usize, text: &[u8]) {
        let rows = self.rows as usize;
        match (&mut self.columns[column], self.kinds[column]) {
            (Column::Text(texts), _) => {
                texts.fill(rows);
                texts.push(text);
            }
            (Column::Coded(coded), _) => {
                fill(&mut coded.codes, rows, NO_CODE);
                coded.push(text);
            }
            (Column::Choice(choices), Kind::Choice(names)) => {
                let place = names.iter().position(|name| name.as_bytes() == text);
                fill(choices, rows, NO_CHOICE);
                choices.push(place.and_then(|place| u8::try_from(place).ok()).unwrap_or(NO_CHOICE));
            }
            _ => {}
        }
    }

    /// Sets an amount of a currency.
    pub fn money(&mut self, column: usize, amount: Amount, currency: Currency) {
        self.money_cell(column, thousandths(amount, currency));
    }

    /// Sets an amount in thousandths of a whole unit.
    pub fn thousandths(&mut self, column: usize, value: i128) {
        self.money_cell(column, i64::try_from(value).unwrap_or(NO_VALUE));
    }

    fn money_cell(&mut self, column: usize, value: i64) {
        if let Column::Money(values) = &mut self.columns[column] {
            fill(values, self.rows as usize, NO_VALUE);
            values.push(value);
        }
    }

    /// Sets a day.
    pub fn date(&mut self, column: usize, date: Option<Date>) {
        if let Column::Date(days) = &mut self.columns[column] {
            fill(days, self.rows as usize, NO_DATE);
            days.push(date.map_or(NO_DATE, |date| date.0));
        }
    }

    /// Sets a whole number.
    pub fn whole(&mut self, column: usize, value: i64) {
        if let Column::Whole(values) = &mut self.columns[column] {
            fill(values, self.rows as usize, NO_VALUE);
            values.push(value);
        }
    }

    /// Sets a number in millionths.
    pub fn number(&mut self, column: usize, millionths: i64) {
        if let Column::Number(values) = &mut self.columns[column] {
            fill(values, self.rows as usize, NO_VALUE);
            values.push(millionths);
        }
    }

    /// Sets a number of any size in millionths.
    pub fn decimal(&mut self, column: usize, millionths: Option<i128>) {
        if let Column::Decimal(values) = &mut self.columns[column] {
            fill(values, self.rows as usize, None);
            values.push(millionths);
        }
    }

    /// Sets a flag.
    pub fn flag(&mut self, column: usize, flag: bool) {
        if let Column::Flag(flags) = &mut self.columns[column] {
            fill(flags, self.rows as usize, NO_FLAG);
            flags.push(i8::from(flag));
        }
    }

    /// Adds some rows of a table with these columns, absent ones missing, under one text in `column`, which is absent from it.
    ///
    /// # Panics
    /// When the columns are of other kinds.
    pub fn append(&mut self, other: &Table, rows: Range<usize>, column: usize, text: &[u8]) {
        let before = self.rows as usize;
        for (to, from) in self.columns.iter_mut().zip(&other.columns) {
            if *from != Column::Absent {
                fill_up(to, before);
                to.append_range(before, from, rows.clone());
            }
        }
        for _ in rows {
            self.text(column, text);
            self.end_row();
        }
    }

    /// Ends a row: cells not set become missing.
    pub fn end_row(&mut self) {
        self.rows += 1;
    }

    /// Rows so far.
    pub fn len(&self) -> usize {
        self.rows as usize
    }

    /// Whether there is no row yet.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The finished table.
    pub fn finish(mut self) -> Table {
        let rows = self.rows as usize;
        self.columns.iter_mut().for_each(|column| fill_up(column, rows));
        Table { columns: self.columns, source_row: (0..self.rows).collect(), ..Table::default() }
    }
}

/// An amount in thousandths of a whole unit; missing where they do not fit.
pub fn thousandths(amount: Amount, currency: Currency) -> i64 {
    amount.0.checked_mul(currency.thousandths()).unwrap_or(NO_VALUE)
}

/// Fills a column up to so many rows with missing values.
fn fill_up(column: &mut Column, rows: usize) {
    match column {
        Column::Text(texts) => texts.fill(rows),
        Column::Coded(coded) => fill(&mut coded.codes, rows, NO_CODE),
        Column::Money(values) | Column::Number(values) | Column::Whole(values) => fill(values, rows, NO_VALUE),
        Column::Date(days) => fill(days, rows, NO_DATE),
        Column::Flag(flags) => fill(flags, rows, NO_FLAG),
        Column::Decimal(values) => fill(values, rows, None),
        Column::Choice(choices) => fill(choices, rows, NO_CHOICE),
        Column::Absent => {}
    }
}

/// Fills up with missing values.
fn fill<T: Clone>(values: &mut Vec<T>, rows: usize, missing: T) {
    if values.len() < rows {
        values.resize(rows, missing);
    }
}
