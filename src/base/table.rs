//! Columns in memory, free of any file format: what `io` hands to the kernel and what the kernel hands back.
//!
//! Every column keeps missing values inside the value domain (see each variant), so that a row costs no validity bit.
//! An empty text is a missing text: the data contract says so.

use std::ops::Range;

use crate::base::contract::Kind;
use crate::base::date::Date;
use crate::base::vocabulary::{Coded, NO_CODE};

/// Missing date in a [`Column::Date`].
pub const NO_DATE: i32 = i32::MIN;
/// Missing value in a [`Column::Money`] or [`Column::Number`].
pub const NO_VALUE: i64 = i64::MIN;
/// Missing value in a [`Column::Flag`].
pub const NO_FLAG: i8 = -1;
/// Missing value in a [`Column::Choice`].
pub const NO_CHOICE: u8 = u8::MAX;

/// Texts of one column, laid end to end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// End of each text in `bytes`.
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl Texts {
    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all texts together.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Appends a text; an empty one is a missing one.
    ///
    /// # Panics
    /// When one shard's column passes 4 GiB, which the scan refuses beforehand.
    #[expect(clippy::expect_used, reason = "the scan refuses a shard with more text in a column")]
    pub fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(u32::try_from(self.bytes.len()).expect("a text column of one shard stays below 4 GiB"));
    }

    /// Appends the text in the first `length` of these bytes: copying a fixed number of bytes costs no call.
    ///
    /// # Panics
    /// As [`Texts::push`].
    #[expect(clippy::expect_used, reason = "the scan refuses a shard with more text in a column")]
    #[inline]
    pub fn push_short<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        let end = self.bytes.len() + length.min(N);
        self.bytes.extend_from_slice(bytes);
        self.bytes.truncate(end);
        self.ends.push(u32::try_from(end).expect("a text column of one shard stays below 4 GiB"));
    }

    /// Appends texts; an empty one is a missing one.
    ///
    /// # Panics
    /// As [`Texts::push`].
    pub fn extend<'a>(&mut self, texts: impl Iterator<Item = &'a [u8]>) {
        for text in texts {
            self.push(text);
        }
    }

    /// Fills up with missing texts to this many.
    pub fn fill(&mut self, rows: usize) {
        if self.ends.len() < rows {
            self.ends.resize(rows, self.ends.last().copied().unwrap_or(0));
        }
    }

    /// The bytes of the text at `row`; empty where missing.
    pub fn get(&self, row: usize) -> &[u8] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        &self.bytes[start..self.ends[row] as usize]
    }

    /// The bytes of the text at `row`, to be changed in their place.
    pub fn get_mut(&mut self, row: usize) -> &mut [u8] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        &mut self.bytes[start..self.ends[row] as usize]
    }

    /// The text at `row`; input is checked to be UTF-8 when it is read.
    pub fn str(&self, row: usize) -> &str {
        std::str::from_utf8(self.get(row)).unwrap_or("\u{fffd}")
    }

    /// Appends some texts of another column.
    ///
    /// # Panics
    /// As [`Texts::push`].
    #[expect(clippy::expect_used, reason = "the scan refuses a shard with more text in a column")]
    pub fn append_range(&mut self, other: &Texts, rows: Range<usize>) {
        let bytes = other.byte_range(&rows);
        let end = u32::try_from(self.bytes.len() + bytes.len()).expect("a text column of one shard stays below 4 GiB");
        // The last of them moves to `end`, all others by as much.
        let offset = rows.end.checked_sub(1).map_or(0, |last| end.wrapping_sub(other.ends[last]));
        self.bytes.extend_from_slice(&other.bytes[bytes]);
        self.ends.extend(other.ends[rows].iter().map(|end| end.wrapping_add(offset)));
    }

    /// Where the bytes of some texts are in [`Texts::bytes`].
    pub fn byte_range(&self, rows: &Range<usize>) -> Range<usize> {
        let before = |row: usize| row.checked_sub(1).map_or(0, |last| self.ends[last] as usize);
        before(rows.start)..before(rows.end)
    }

    /// Makes room for `rows` more texts of `bytes` bytes together.
    pub fn reserve(&mut self, rows: usize, bytes: usize) {
        self.ends.reserve(rows);
        self.bytes.reserve(bytes);
    }

    /// Where each text ends in [`Texts::bytes`].
    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// All texts laid end to end.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|row| self.get(row))
    }
}

/// One column of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// The source has no such column; of the state, none of the rows has a value in it.
    Absent,
    /// Text or identifier; empty is missing.
    Text(Texts),
    /// Text of which there are few different ones. Output only.
    Coded(Coded),
    /// Money in thousandths of a whole unit of the row's currency; [`NO_VALUE`] is missing.
    Money(Vec<i64>),
    /// Days since 1970-01-01; [`NO_DATE`] is missing.
    Date(Vec<i32>),
    /// 0 or 1; [`NO_FLAG`] is missing.
    Flag(Vec<i8>),
    /// A number in millionths, an exchange rate in [millionths of them](Kind::ExchangeRate); [`NO_VALUE`] is missing.
    Number(Vec<i64>),
    /// Index into the values of the column's kind; [`NO_CHOICE`] is missing.
    Choice(Vec<u8>),
    /// Whole number; [`NO_VALUE`] is missing. Output only.
    Whole(Vec<i64>),
    /// Exact decimal in millionths; `None` is missing. Figures only.
    Decimal(Vec<Option<i128>>),
}

impl Column {
    /// A column of this kind without rows.
    pub fn empty(kind: Kind) -> Column {
        match kind {
            Kind::Text => Column::Text(Texts::default()),
            Kind::Money => Column::Money(Vec::new()),
            Kind::Date => Column::Date(Vec::new()),
            Kind::Flag => Column::Flag(Vec::new()),
            Kind::Number | Kind::ExchangeRate => Column::Number(Vec::new()),
            Kind::Choice(_) => Column::Choice(Vec::new()),
            Kind::Whole => Column::Whole(Vec::new()),
            Kind::Decimal => Column::Decimal(Vec::new()),
        }
    }

    /// Makes room for `rows` more rows, and for `bytes` more bytes where they are texts.
    pub fn reserve(&mut self, rows: usize, bytes: usize) {
        match self {
            Column::Absent => {}
            Column::Text(texts) => texts.reserve(rows, bytes),
            Column::Coded(coded) => coded.codes.reserve(rows),
            Column::Money(values) | Column::Number(values) | Column::Whole(values) => values.reserve(rows),
            Column::Date(values) => values.reserve(rows),
            Column::Flag(values) => values.reserve(rows),
            Column::Choice(values) => values.reserve(rows),
            Column::Decimal(values) => values.reserve(rows),
        }
    }

    /// A column as this one, of so many rows without a value.
    fn missing(&self, rows: usize) -> Column {
        match self {
            Column::Absent => Column::Absent,
            Column::Text(_) => {
                let mut texts = Texts::default();
                texts.fill(rows);
                Column::Text(texts)
            }
            Column::Coded(_) => Column::Coded(Coded { codes: vec![NO_CODE; rows], ..Coded::default() }),
            Column::Money(_) => Column::Money(vec![NO_VALUE; rows]),
            Column::Number(_) => Column::Number(vec![NO_VALUE; rows]),
            Column::Whole(_) => Column::Whole(vec![NO_VALUE; rows]),
            Column::Date(_) => Column::Date(vec![NO_DATE; rows]),
            Column::Flag(_) => Column::Flag(vec![NO_FLAG; rows]),
            Column::Choice(_) => Column::Choice(vec![NO_CHOICE; rows]),
            Column::Decimal(_) => Column::Decimal(vec![None; rows]),
        }
    }

    /// Whether none of these rows has a value.
    fn is_missing_in(&self, rows: Range<usize>) -> bool {
        match self {
            Column::Absent => true,
            Column::Text(texts) => texts.byte_range(&rows).is_empty(),
            Column::Coded(coded) => coded.codes[rows].iter().all(|code| *code == NO_CODE),
            Column::Money(values) | Column::Number(values) | Column::Whole(values) => values[rows].iter().all(|value| *value == NO_VALUE),
            Column::Date(days) => days[rows].iter().all(|day| *day == NO_DATE),
            Column::Flag(flags) => flags[rows].iter().all(|flag| *flag == NO_FLAG),
            Column::Choice(choices) => choices[rows].iter().all(|choice| *choice == NO_CHOICE),
            Column::Decimal(values) => values[rows].iter().all(Option::is_none),
        }
    }

    /// Makes a column without values one that can hold those in some rows of another, should they have any; tells whether it did.
    /// `len` is how many rows there are.
    pub fn appear(&mut self, len: usize, other: &Column, rows: Range<usize>) -> bool {
        let appears = matches!(self, Column::Absent) && !other.is_missing_in(rows);
        if appears {
            *self = other.missing(len);
        }
        appears
    }

    /// Appends some rows of a column of the same kind to the `len` rows there are. Memory is taken only from the first value on.
    ///
    /// # Panics
    /// When the kinds differ, or a text column passes 4 GiB.
    #[expect(clippy::panic, reason = "columns of one table have the kind of its specification")]
    pub fn append_range(&mut self, len: usize, other: &Column, rows: Range<usize>) {
        self.appear(len, other, rows.clone());
        match (self, other) {
            (Column::Absent, _) => {}
            (to, Column::Absent) => to.append_range(len, &to.missing(rows.len()), 0..rows.len()),
            (Column::Text(to), Column::Text(from)) => to.append_range(from, rows),
            (Column::Coded(to), Column::Coded(from)) => to.append_range(from, rows),
            (Column::Money(to), Column::Money(from))
            | (Column::Number(to), Column::Number(from))
            | (Column::Whole(to), Column::Whole(from)) => to.extend_from_slice(&from[rows]),
            (Column::Date(to), Column::Date(from)) => to.extend_from_slice(&from[rows]),
            (Column::Flag(to), Column::Flag(from)) => to.extend_from_slice(&from[rows]),
            (Column::Choice(to), Column::Choice(from)) => to.extend_from_slice(&from[rows]),
            (Column::Decimal(to), Column::Decimal(from)) => to.extend_from_slice(&from[rows]),
            (to, from) => panic!("columns of two kinds in one table: {to:?} and {from:?}"),
        }
    }
}

/// Why a cell could not be taken as it stands. Ordered by precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellDefect {
    /// Not a value of the column's type: a timestamp not at midnight, a float too far from a minor unit, a number too large.
    Unreadable,
    /// A text outside the values of an enum column.
    UnknownValue,
    /// More than three decimals that are not zero: too many for any currency.
    TooManyDecimals,
}

/// A cell that could not be taken: the column then holds its missing value at this row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// Row within the table.
    pub row: u32,
    /// Column within the table.
    pub column: u16,
    /// What is wrong.
    pub kind: CellDefect,
    /// The value as written, cut at 80 characters.
    pub value: String,
}

/// Rows of one table: columns of equal length in the order of the table's specification, then the extra columns asked for.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Columns, each of `len` rows or [`Column::Absent`].
    pub columns: Vec<Column>,
    /// Number of each row in its table: files in order of path, rows in order of file.
    pub source_row: Vec<u32>,
    /// XXH3 of the key column's bytes, for tables that have a key and are looked up by it; else empty.
    pub key_hash: Vec<u64>,
    /// Cells that could not be taken, in no particular order.
    pub defects: Vec<Defect>,
}

impl Table {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.source_row.len()
    }

    /// Whether the table has no row.
    pub fn is_empty(&self) -> bool {
        self.source_row.is_empty()
    }

    /// Whether the files have a column, with or without values.
    pub fn has_column(&self, column: usize) -> bool {
        !matches!(self.columns.get(column), None | Some(Column::Absent))
    }

    /// The text at `row`, `None` where missing.
    pub fn text(&self, column: usize, row: usize) -> Option<&[u8]> {
        match &self.columns[column] {
            Column::Text(texts) => Some(texts.get(row)).filter(|text| !text.is_empty()),
            Column::Coded(coded) => Some(coded.get(row)).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// The day at `row`, `None` where missing.
    pub fn date(&self, column: usize, row: usize) -> Option<Date> {
        match &self.columns[column] {
            Column::Date(days) => Some(days[row]).filter(|day| *day != NO_DATE).map(Date),
            _ => None,
        }
    }

    /// The money at `row` in thousandths of a whole unit, `None` where missing.
    pub fn money(&self, column: usize, row: usize) -> Option<i64> {
        match &self.columns[column] {
            Column::Money(values) => Some(values[row]).filter(|value| *value != NO_VALUE),
            _ => None,
        }
    }

    /// The number at `row` in millionths, `None` where missing.
    pub fn number(&self, column: usize, row: usize) -> Option<i64> {
        match &self.columns[column] {
            Column::Number(values) => Some(values[row]).filter(|value| *value != NO_VALUE),
            _ => None,
        }
    }

    /// The whole number at `row`, `None` where missing or not whole.
    pub fn whole(&self, column: usize, row: usize) -> Option<i64> {
        match &self.columns[column] {
            Column::Whole(values) => Some(values[row]).filter(|value| *value != NO_VALUE),
            _ => self.number(column, row).filter(|value| value % 1_000_000 == 0).map(|value| value / 1_000_000),
        }
    }

    /// The flag at `row`, `None` where missing.
    pub fn flag(&self, column: usize, row: usize) -> Option<bool> {
        match &self.columns[column] {
            Column::Flag(values) => Some(values[row]).filter(|value| *value != NO_FLAG).map(|value| value == 1),
            _ => None,
        }
    }

    /// The enum value at `row` as an index into its kind's values, `None` where missing.
    pub fn choice(&self, column: usize, row: usize) -> Option<u8> {
        match &self.columns[column] {
            Column::Choice(values) => Some(values[row]).filter(|value| *value != NO_CHOICE),
            _ => None,
        }
    }
}

impl Table {
    /// The rows at these positions, in their order.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Table {
        let runs = runs(rows);
        let mut place = vec![u32::MAX; if self.defects.is_empty() { 0 } else { self.len() }];
        for (at, row) in (0_u32..).zip(rows).take(place.len()) {
            place[*row] = at;
        }
        let moved =
            |defect: &Defect| Some(Defect { row: place[defect.row as usize], ..defect.clone() }).filter(|defect| defect.row != u32::MAX);
        Table {
            columns: self.columns.iter().map(|column| column.select(rows.len(), &runs)).collect(),
            source_row: pick(&self.source_row, rows.len(), &runs),
            key_hash: if self.key_hash.is_empty() { Vec::new() } else { pick(&self.key_hash, rows.len(), &runs) },
            defects: self.defects.iter().filter_map(moved).collect(),
        }
    }

    /// Appends the rows of a table with the same columns.
    pub fn append(&mut self, other: &Table) {
        self.append_range(other, 0..other.len());
    }

    /// Appends some rows of a table with the same columns.
    pub fn append_range(&mut self, other: &Table, rows: Range<usize>) {
        let len = self.len();
        for (column, more) in self.columns.iter_mut().zip(&other.columns) {
            column.append_range(len, more, rows.clone());
        }
        for defect in other.defects.iter().filter(|defect| rows.contains(&(defect.row as usize))) {
            let row = u32::try_from(len + defect.row as usize - rows.start).unwrap_or(u32::MAX);
            self.defects.push(Defect { row, ..defect.clone() });
        }
        self.source_row.extend_from_slice(&other.source_row[rows.clone()]);
        if !other.key_hash.is_empty() {
            self.key_hash.extend_from_slice(&other.key_hash[rows]);
        }
    }
}

impl Column {
    /// The values in `runs`, which have so many rows together.
    fn select(&self, rows: usize, runs: &[Range<usize>]) -> Column {
        match self {
            Column::Absent => Column::Absent,
            Column::Text(texts) => {
                let mut picked = Texts::default();
                picked.reserve(rows, runs.iter().map(|run| texts.byte_range(run).len()).sum());
                runs.iter().for_each(|run| picked.append_range(texts, run.clone()));
                Column::Text(picked)
            }
            Column::Coded(coded) => Column::Coded(Coded { codes: pick(&coded.codes, rows, runs), vocabulary: coded.vocabulary.clone() }),
            Column::Money(values) => Column::Money(pick(values, rows, runs)),
            Column::Date(days) => Column::Date(pick(days, rows, runs)),
            Column::Flag(flags) => Column::Flag(pick(flags, rows, runs)),
            Column::Number(values) => Column::Number(pick(values, rows, runs)),
            Column::Choice(choices) => Column::Choice(pick(choices, rows, runs)),
            Column::Whole(values) => Column::Whole(pick(values, rows, runs)),
            Column::Decimal(values) => Column::Decimal(pick(values, rows, runs)),
        }
    }
}

/// Rows as ranges of neighbours: a few long copies instead of one for each row.
fn runs(rows: &[usize]) -> Vec<Range<usize>> {
    rows.chunk_by(|one, next| one + 1 == *next).map(|run| run[0]..run[0] + run.len()).collect()
}

fn pick<T: Copy>(values: &[T], rows: usize, runs: &[Range<usize>]) -> Vec<T> {
    let mut picked = Vec::with_capacity(rows);
    runs.iter().for_each(|run| picked.extend_from_slice(&values[run.clone()]));
    picked
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::table_builder::TableBuilder;

    /// A text and a date column of these rows, each row with its number; every fifth has a defect.
    fn table(texts: &[String]) -> Table {
        let mut column = Texts::default();
        texts.iter().for_each(|text| column.push(text.as_bytes()));
        let rows = || (0..).take(texts.len());
        let defect = |row| Defect { row, column: 1, kind: CellDefect::Unreadable, value: row.to_string() };
        Table {
            columns: vec![Column::Text(column), Column::Date((0..).take(texts.len()).collect()), Column::Absent],
            source_row: rows().collect(),
            key_hash: rows().map(u64::from).collect(),
            defects: rows().filter(|row| row % 5 == 0).map(defect).collect(),
        }
    }

    /// A row whose cell says 1 or 2, or nothing.
    fn set(builder: &mut TableBuilder, kind: Kind, value: u8) {
        if value > 0 {
            match kind {
                Kind::Money => builder.thousandths(0, value.into()),
                Kind::Date => builder.date(0, Some(Date(value.into()))),
                Kind::Flag => builder.flag(0, value == 1),
                Kind::Number => builder.number(0, value.into()),
                Kind::Whole => builder.whole(0, value.into()),
                _ => builder.text(0, ["", "a", "c"][usize::from(value)].as_bytes()),
            }
        }
        builder.end_row();
    }

    /// Text, day, source row, hash and defect of a row.
    type Told = (String, Option<Date>, u32, u64, Option<String>);

    /// What each row says of itself.
    fn told(table: &Table) -> Vec<Told> {
        let defect = |row: usize| table.defects.iter().find(|defect| defect.row as usize == row).map(|defect| defect.value.clone());
        let text = |row| String::from_utf8_lossy(table.text(0, row).unwrap_or_default()).into_owned();
        (0..table.len()).map(|row| (text(row), table.date(1, row), table.source_row[row], table.key_hash[row], defect(row))).collect()
    }

    proptest! {
        #[test]
        fn rows_that_are_picked_or_appended_stay_what_they_are(
            texts in prop::collection::vec("[a-zé]{0,4}", 1..40),
            rows in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..6), 0..8),
            range in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        ) {
            let table = table(&texts);
            let mut seen = std::collections::BTreeSet::new();
            let picked = rows.iter().flat_map(|(start, run)| (start.index(texts.len())..texts.len()).take(*run));
            let picked: Vec<usize> = picked.filter(|row| seen.insert(*row)).collect();
            let all = told(&table);
            let mut grown = table.select(&picked);
            let mut expected: Vec<_> = picked.iter().map(|row| all[*row].clone()).collect();
            prop_assert_eq!(told(&grown), expected.clone());
            let (one, other) = (range.0.index(texts.len()), range.1.index(texts.len()));
            grown.append_range(&table, one.min(other)..one.max(other));
            expected.extend_from_slice(&all[one.min(other)..one.max(other)]);
            prop_assert_eq!(told(&grown), expected);
        }

        /// Rows from tables that have a column and from tables that lack it: memory is taken from the first value on, and no earlier.
        #[test]
        fn a_column_without_values_is_none(parts in prop::collection::vec((prop::collection::vec(0_u8..3, 0..5), any::<bool>()), 1..6)) {
            for kind in [Kind::Text, Kind::Money, Kind::Date, Kind::Flag, Kind::Number, Kind::Choice(&["a", "b", "c"]), Kind::Whole] {
                let mut grown = Table { columns: vec![Column::Absent], ..Table::default() };
                let mut expected = TableBuilder::of_kinds([kind].into_iter());
                let mut has_values = false;
                for (values, is_there) in &parts {
                    let mut part = TableBuilder::of_kinds([kind].into_iter());
                    for value in values {
                        set(&mut part, kind, *value);
                        if *is_there {
                            set(&mut expected, kind, *value);
                        } else {
                            expected.end_row();
                        }
                        has_values |= *is_there && *value > 0;
                    }
                    let mut part = part.finish();
                    if !*is_there {
                        part.columns[0] = Column::Absent;
                    }
                    grown.append(&part);
                }
                let expected = if has_values { expected.finish().columns.remove(0) } else { Column::Absent };
                prop_assert_eq!(&grown.columns[0], &expected, "{:?}", kind);
            }
        }
    }
}
