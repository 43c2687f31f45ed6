//! Builds a [`Table`] row by row in the order of its specification.

use crate::base::contract::{Kind, TableSpec};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::base::table::{Column, NO_CHOICE, NO_DATE, NO_FLAG, NO_VALUE, Table};

/// A table being built. Each row sets its cells in any order and ends with [`TableBuilder::end_row`];
/// cells not set are missing.
#[derive(Debug, Clone)]
pub struct TableBuilder {
    kinds: Vec<Kind>,
    columns: Vec<Column>,
    rows: u32,
}

impl TableBuilder {
    /// A builder for a table of the contract. Enum columns take their names as text.
    pub fn new(spec: &TableSpec) -> TableBuilder {
        TableBuilder::of_kinds(spec.columns.iter().map(|column| column.kind))
    }

    /// A builder for columns of these kinds.
    pub fn of_kinds(kinds: impl Iterator<Item = Kind>) -> TableBuilder {
        let kinds: Vec<Kind> = kinds.collect();
        TableBuilder { columns: kinds.iter().map(|kind| Column::empty(*kind)).collect(), kinds, rows: 0 }
    }

    /// Sets a text or the name of an enum value; an empty text and a name outside the enum are missing.
    pub fn text(&mut self, column: usize, text: &[u8]) {
        match (&mut self.columns[column], self.kinds[column]) {
            (Column::Text(texts), _) => texts.push(text),
            (Column::Choice(choices), Kind::Choice(names)) => {
                let place = names.iter().position(|name| name.as_bytes() == text);
                choices.push(place.and_then(|place| u8::try_from(place).ok()).unwrap_or(NO_CHOICE));
            }
            _ => {}
        }
    }

    /// Sets an amount of a currency.
    pub fn money(&mut self, column: usize, amount: Amount, currency: Currency) {
        self.thousandths(column, amount.wide() * i128::from(currency.thousandths()));
    }

    /// Sets an amount in thousandths of a whole unit.
    pub fn thousandths(&mut self, column: usize, value: i128) {
        if let Column::Money(values) = &mut self.columns[column] {
            values.push(i64::try_from(value).unwrap_or(NO_VALUE));
        }
    }

    /// Sets a day.
    pub fn date(&mut self, column: usize, date: Option<Date>) {
        if let Column::Date(days) = &mut self.columns[column] {
            days.push(date.map_or(NO_DATE, |date| date.0));
        }
    }

    /// Sets a whole number.
    pub fn whole(&mut self, column: usize, value: i64) {
        if let Column::Whole(values) = &mut self.columns[column] {
            values.push(value);
        }
    }

    /// Sets a number in millionths.
    pub fn number(&mut self, column: usize, millionths: i64) {
        if let Column::Number(values) = &mut self.columns[column] {
            values.push(millionths);
        }
    }

    /// Sets a flag.
    pub fn flag(&mut self, column: usize, flag: bool) {
        if let Column::Flag(values) = &mut self.columns[column] {
            values.push(i8::from(flag));
        }
    }

    /// Ends a row: cells not set become missing.
    pub fn end_row(&mut self) {
        self.rows += 1;
        let rows = self.rows as usize;
        for column in &mut self.columns {
            match column {
                Column::Text(texts) if texts.len() < rows => texts.push(b""),
                Column::Money(values) | Column::Number(values) | Column::Whole(values) => values.resize(rows, NO_VALUE),
                Column::Date(days) => days.resize(rows, NO_DATE),
                Column::Flag(flags) => flags.resize(rows, NO_FLAG),
                Column::Decimal(values) => values.resize(rows, None),
                Column::Choice(choices) => choices.resize(rows, NO_CHOICE),
                Column::Text(_) | Column::Absent => {}
            }
        }
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
    pub fn finish(self) -> Table {
        Table { columns: self.columns, source_row: (0..self.rows).collect(), ..Table::default() }
    }
}
