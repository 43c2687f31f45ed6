//! Columns of output tables as Parquet column chunks: one pass over the values, texts of which there are few by their numbers.
//!
//! The `parquet` crate would hash every value of every row to find its place in a dictionary. Here dictionaries come with the
//! values, ids are told by what they share with the row before, and numbers by their differences.

mod bits;
mod bounds;
mod integers;
mod names;
mod page;
#[cfg(test)]
mod tests;
mod texts;

use std::ops::Range;

use parquet::basic::{Encoding, Type};
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use crate::base::contract::Kind;
use crate::base::table::{Column, NO_CHOICE, NO_DATE, NO_FLAG, NO_VALUE, Texts};
use crate::base::vocabulary::{Coded, NO_CODE};
use crate::io::encode::bounds::{Bound, Bounds};
use crate::io::encode::integers::Integers;
use crate::io::encode::names::Names;
use crate::io::encode::page::{DataPage, PageValues, chunk};
use crate::io::encode::texts::Strings;

pub use page::Chunk;

/// Digits of the decimals of one row.
pub const PRECISION: u8 = 18;
/// Rows of a page; blocks of [packed differences](bits) divide it.
const PAGE_ROWS: usize = 20_480;
/// Bytes of text after which a page ends; a longer text has a page for itself.
const PAGE_TEXT: usize = 1 << 20;
const MISSING: &str = "a required value is missing";

/// Encodes one column, row group after row group.
pub struct ColumnEncoder {
    descriptor: ColumnDescPtr,
    kind: Kind,
    money_decimals: u8,
    bloom: bool,
    values: Values,
    /// Rows of the page being filled.
    rows: usize,
    /// Whether each of them has a value: 1 or 0. Left empty where every row must have one.
    levels: Vec<u8>,
    missing: usize,
    pages: Vec<DataPage>,
}

/// The values of the page being filled, and what the column chunk remembers of those before.
enum Values {
    /// No value so far.
    Nothing,
    Integers(Integers),
    Strings(Strings),
    Names(Names),
    Flags(Vec<u8>),
    Wide(Vec<i128>),
}

impl ColumnEncoder {
    /// An encoder of a column of this kind. `money_decimals` is 2 or 3.
    pub fn new(descriptor: ColumnDescPtr, kind: Kind, money_decimals: u8, bloom: bool) -> ColumnEncoder {
        let values = match kind {
            Kind::Text => Values::Nothing,
            Kind::Choice(_) => Values::Names(Names::new(bloom)),
            Kind::Money | Kind::Number | Kind::ExchangeRate | Kind::Whole => Values::Integers(Integers::new(false)),
            Kind::Date => Values::Integers(Integers::new(true)),
            Kind::Flag => Values::Flags(Vec::new()),
            Kind::Decimal => Values::Wide(Vec::new()),
        };
        ColumnEncoder { descriptor, kind, money_decimals, bloom, values, rows: 0, levels: Vec::new(), missing: 0, pages: Vec::new() }
    }

    /// Appends some rows of a column.
    ///
    /// # Errors
    /// What is wrong with a value: that a required one is missing, or that it does not fit the column.
    pub fn push(&mut self, column: &Column, mut rows: Range<usize>) -> Result<(), String> {
        while !rows.is_empty() {
            let full = rows.end.min(rows.start + PAGE_ROWS - self.rows);
            let part = rows.start..end_of_page(column, rows.start..full);
            rows.start = part.end;
            self.take(column, part.clone())?;
            self.rows += part.len();
            if self.rows == PAGE_ROWS || matches!(&self.values, Values::Strings(strings) if strings.byte_len() >= PAGE_TEXT) {
                self.end_page();
            }
        }
        Ok(())
    }

    /// Ends the row group. The next rows begin another one.
    ///
    /// # Errors
    /// [`ParquetError`] where a page is too large for the format.
    pub fn finish(&mut self) -> Result<Chunk, ParquetError> {
        self.end_page();
        let (dictionary, filter) = match &mut self.values {
            Values::Integers(integers) => (Some(integers.take_dictionary()), None),
            Values::Names(names) => {
                let (dictionary, filter) = names.take_dictionary()?;
                (Some(dictionary), filter)
            }
            Values::Strings(strings) => (None, strings.take_filter()?),
            Values::Nothing if self.bloom => (None, Some(texts::filter(&Texts::default())?)),
            Values::Nothing | Values::Flags(_) | Values::Wide(_) => (None, None),
        };
        let pages = std::mem::take(&mut self.pages);
        let is_used = pages.iter().any(|page| page.values.encoding == Encoding::RLE_DICTIONARY);
        chunk(&self.descriptor, pages, dictionary.filter(|_| is_used), filter)
    }

    fn take(&mut self, column: &Column, rows: Range<usize>) -> Result<(), String> {
        match (self.kind, column) {
            (_, Column::Absent) => self.levels(rows.map(|_| false)).map(|_| ()),
            (Kind::Text, Column::Text(texts)) => self.texts(texts, rows),
            (Kind::Text, Column::Coded(coded)) => self.coded(coded, rows),
            (Kind::Choice(names), Column::Choice(choices)) => self.choices(names, &choices[rows]),
            (Kind::Money, Column::Money(thousandths)) => self.money(&thousandths[rows]),
            (Kind::Number, Column::Number(values)) => self.decimals(&values[rows], 6),
            (Kind::ExchangeRate, Column::Number(values)) => self.decimals(&values[rows], 12),
            (Kind::Whole, Column::Whole(values)) => self.integers(&values[rows], NO_VALUE, |value| value),
            (Kind::Date, Column::Date(days)) => self.integers(&days[rows], NO_DATE, i64::from),
            (Kind::Flag, Column::Flag(flags)) => self.flags(&flags[rows]),
            (Kind::Decimal, Column::Decimal(values)) => self.wide(&values[rows]),
            (kind, _) => Err(format!("the values are not of kind {kind:?}")),
        }
    }

    /// Notes which rows have a value; how many have none.
    fn levels(&mut self, present: impl Iterator<Item = bool>) -> Result<usize, String> {
        if self.descriptor.max_def_level() == 0 {
            // Without a way out of the loop, it takes many rows at once.
            return if present.fold(true, |all, is_present| all & is_present) { Ok(0) } else { Err(MISSING.to_owned()) };
        }
        let before = self.levels.len();
        self.levels.extend(present.map(u8::from));
        let gaps = self.levels[before..].iter().filter(|level| **level == 0).count();
        self.missing += gaps;
        Ok(gaps)
    }

    fn texts(&mut self, texts: &Texts, rows: Range<usize>) -> Result<(), String> {
        self.levels(rows.clone().map(|row| !texts.get(row).is_empty()))?;
        if matches!(self.values, Values::Nothing) {
            self.values = Values::Strings(Strings::new(self.bloom));
        }
        match &mut self.values {
            Values::Strings(strings) => strings.extend(texts, rows),
            Values::Names(names) => rows.map(|row| texts.get(row)).filter(|text| !text.is_empty()).for_each(|text| names.add(text)),
            _ => {}
        }
        Ok(())
    }

    fn coded(&mut self, coded: &Coded, rows: Range<usize>) -> Result<(), String> {
        let codes = &coded.codes[rows];
        self.levels(codes.iter().map(|code| *code != NO_CODE))?;
        if matches!(self.values, Values::Nothing) {
            self.values = Values::Names(Names::new(self.bloom));
        }
        let present = codes.iter().filter(|code| **code != NO_CODE);
        match &mut self.values {
            Values::Names(names) => names.extend(present.copied(), coded.vocabulary.len(), |code| coded.vocabulary.get(code)),
            Values::Strings(strings) => present.for_each(|code| strings.add(coded.vocabulary.get(*code))),
            _ => {}
        }
        Ok(())
    }

    fn choices(&mut self, texts: &[&str], choices: &[u8]) -> Result<(), String> {
        self.levels(choices.iter().map(|choice| *choice != NO_CHOICE))?;
        let present = choices.iter().filter(|choice| **choice != NO_CHOICE).map(|choice| u32::from(*choice));
        if let Values::Names(names) = &mut self.values {
            names.extend(present, texts.len(), |choice| texts[choice as usize].as_bytes());
        }
        Ok(())
    }

    fn money(&mut self, thousandths: &[i64]) -> Result<(), String> {
        if self.money_decimals == 3 {
            return self.decimals(thousandths, 3);
        }
        if let Some(value) = thousandths.iter().find(|value| **value != NO_VALUE && **value % 10 != 0) {
            return Err(format!("{value} thousandths have no whole number of hundredths"));
        }
        self.integers(thousandths, NO_VALUE, |value| value / 10)
    }

    fn decimals(&mut self, values: &[i64], scale: u8) -> Result<(), String> {
        let too_large = |value: i64| value != NO_VALUE && value.unsigned_abs() >= 10_u64.pow(PRECISION.into());
        if let Some(value) = values.iter().find(|value| too_large(**value)) {
            return Err(format!("{value} does not fit decimal({PRECISION},{scale})"));
        }
        self.integers(values, NO_VALUE, |value| value)
    }

    fn integers<T: Copy + PartialEq>(&mut self, values: &[T], missing: T, integer: impl Fn(T) -> i64) -> Result<(), String> {
        let gaps = self.levels(values.iter().map(|value| *value != missing))?;
        if let Values::Integers(integers) = &mut self.values {
            match gaps {
                0 => integers.extend(values.iter().map(|value| integer(*value))),
                _ => integers.extend(values.iter().filter(|value| **value != missing).map(|value| integer(*value))),
            }
        }
        Ok(())
    }

    fn flags(&mut self, flags: &[i8]) -> Result<(), String> {
        self.levels(flags.iter().map(|flag| *flag != NO_FLAG))?;
        if let Values::Flags(page) = &mut self.values {
            page.extend(flags.iter().filter(|flag| **flag != NO_FLAG).map(|flag| u8::from(*flag == 1)));
        }
        Ok(())
    }

    fn wide(&mut self, values: &[Option<i128>]) -> Result<(), String> {
        self.levels(values.iter().map(Option::is_some))?;
        if let Some(value) = values.iter().flatten().find(|value| value.unsigned_abs() >= 10_u128.pow(38)) {
            return Err(format!("{value} does not fit decimal(38,6)"));
        }
        if let Values::Wide(page) = &mut self.values {
            page.extend(values.iter().flatten());
        }
        Ok(())
    }

    fn end_page(&mut self) {
        if self.rows == 0 {
            return;
        }
        let mut bytes = Vec::new();
        if self.descriptor.max_def_level() > 0 {
            let mut levels = Vec::new();
            bits::hybrid(&mut levels, &self.levels, 1);
            bytes.extend_from_slice(&u32::try_from(levels.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.append(&mut levels);
        }
        let values = if self.missing == self.rows {
            let is_text = self.descriptor.physical_type() == Type::BYTE_ARRAY;
            PageValues { encoding: Encoding::PLAIN, bounds: None, text_bytes: is_text.then_some(0) }
        } else {
            self.values.end_page(&mut bytes)
        };
        self.pages.push(DataPage { rows: self.rows, missing: self.missing, bytes, values });
        self.levels.clear();
        (self.rows, self.missing) = (0, 0);
    }
}

impl Values {
    fn end_page(&mut self, out: &mut Vec<u8>) -> PageValues {
        let plain = |bounds| PageValues { encoding: Encoding::PLAIN, bounds, text_bytes: None };
        match self {
            Values::Integers(integers) => integers.end_page(out),
            Values::Strings(strings) => strings.end_page(out),
            Values::Names(names) => names.end_page(out),
            Values::Flags(flags) => {
                bits::pack(out, flags.iter().map(|flag| u64::from(*flag)), 1);
                let bounds = flags.iter().min().zip(flags.iter().max());
                let bounds = bounds.map(|(least, most)| Bounds::new(Bound::Flag(*least == 1), Bound::Flag(*most == 1)));
                flags.clear();
                plain(bounds)
            }
            Values::Wide(values) => {
                values.iter().for_each(|value| out.extend_from_slice(&value.to_be_bytes()));
                let bounds = values.iter().min().zip(values.iter().max());
                let bounds = bounds.map(|(least, most)| Bounds::new(Bound::Wide(*least), Bound::Wide(*most)));
                values.clear();
                plain(bounds)
            }
            Values::Nothing => plain(None),
        }
    }
}

/// Where a page ends that is full of text before it is full of rows.
fn end_of_page(column: &Column, rows: Range<usize>) -> usize {
    let Column::Text(texts) = column else { return rows.end };
    let before = if rows.start == 0 { 0 } else { texts.ends()[rows.start - 1] };
    let fit = texts.ends()[rows.clone()].partition_point(|end| ((end - before) as usize) < PAGE_TEXT);
    rows.end.min(rows.start + fit + 1)
}
