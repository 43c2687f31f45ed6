//! Cells: one decoded Arrow array into a column of the contract, with every cell that could not be taken.
//!
//! Money becomes thousandths and is never rounded; numbers become millionths, rounded half-up at the sixth decimal.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryViewArray, BooleanArray, OffsetSizeTrait, PrimitiveArray, StringViewArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::util::display::array_value_to_string;

use crate::base::contract::Kind;
use crate::base::contract::values::{FLAGS, HOLD_STOPS};
use crate::base::date::Date;
use crate::base::money::{Amount, divide_half_up};
use crate::base::table::{CellDefect, Column, NO_CHOICE, NO_DATE, NO_FLAG, NO_VALUE, Texts};
use crate::base::words::listed;
use crate::io::float;
use crate::io::schema::Words;

/// Bytes a text may have. A longer one is damage or an attachment, and would crowd out its shard.
const LONGEST_TEXT: usize = 1 << 20;
/// Bytes of a text that its view holds itself.
pub const SHORT: usize = 12;
/// Views of enum values remembered in a batch: a value too long for its view has one for each page.
const KNOWN: usize = 16;
/// Characters of a refused value that are shown.
const SHOWN: usize = 80;

/// A cell that could not be taken, by its row in the batch.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    pub row: usize,
    pub kind: CellDefect,
    pub value: String,
}

/// The cells of one column of a batch.
pub enum Cells {
    /// No such column.
    Absent,
    /// Cells as the table holds them.
    Ready(Column),
    /// Texts still in the pages they were decoded from, and their length together.
    Views { views: StringViewArray, bytes: usize },
}

impl Cells {
    /// Bytes of all texts together.
    pub fn text_bytes(&self) -> usize {
        match self {
            Cells::Views { bytes, .. } => *bytes,
            Cells::Ready(Column::Text(texts)) => texts.byte_len(),
            _ => 0,
        }
    }

    /// Whether two rows surely have the same text. Where it is long, only the places of the bytes are compared.
    #[inline]
    pub fn is_same(&self, one: usize, other: usize) -> bool {
        match self {
            Cells::Views { views, .. } => views.views()[one] == views.views()[other] && views.is_valid(one) && views.is_valid(other),
            _ => self.text(one) == self.text(other),
        }
    }

    /// The enum value of a row, where it has one and the column is an enum.
    #[inline]
    pub fn choice(&self, row: usize) -> Option<u8> {
        match self {
            Cells::Ready(Column::Choice(codes)) => Some(codes[row]).filter(|code| *code != NO_CHOICE),
            _ => None,
        }
    }

    /// The text of a row, empty where missing or where the column is no text.
    #[inline]
    pub fn text(&self, row: usize) -> &[u8] {
        match self {
            Cells::Views { views, .. } if views.is_valid(row) => views.value(row).as_bytes(),
            Cells::Ready(Column::Text(texts)) => texts.get(row),
            _ => b"",
        }
    }
}

/// The bytes of a text that is short enough to lie in its view, and how many of them count; no bytes where it is missing.
#[inline]
pub fn short(views: &StringViewArray, row: usize) -> Option<([u8; SHORT], usize)> {
    // Where a cell is missing, its view is whatever the decoder left there.
    if views.is_null(row) {
        return Some(([0; SHORT], 0));
    }
    // The length in the lowest four bytes, then the text or where it is.
    let [a, b, c, d, text @ ..] = views.views()[row].to_le_bytes();
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    (length <= SHORT).then_some((text, length))
}

/// Decodes a column of a batch; the schema has been matched before, so the type fits the kind.
///
/// `words` are those of the files for those of the contract. A text column is then a list of them.
pub fn cells(kind: Kind, array: &ArrayRef, words: Option<&Words>, refused: &mut Vec<Refused>) -> Cells {
    let mut reader = Reader { array, words, refused };
    match kind {
        Kind::Text if words.is_some() => reader.listed_words(),
        Kind::Text => reader.texts(),
        Kind::Choice(values) => Cells::Ready(Column::Choice(reader.choices(values))),
        Kind::Flag if *array.data_type() != DataType::Boolean => Cells::Ready(Column::Flag(reader.flags_in_words())),
        Kind::Money => Cells::Ready(Column::Money(reader.numbers(Scale::money()))),
        Kind::Number => Cells::Ready(Column::Number(reader.numbers(Scale::number()))),
        Kind::ExchangeRate => Cells::Ready(Column::Number(reader.numbers(Scale::exchange_rate()))),
        Kind::Whole => Cells::Ready(Column::Whole(reader.numbers(Scale::whole()))),
        Kind::Date => Cells::Ready(Column::Date(reader.dates())),
        Kind::Flag => Cells::Ready(Column::Flag(reader.flags())),
        Kind::Decimal => Cells::Ready(Column::Decimal(array.as_primitive::<Decimal128Type>().iter().collect())),
    }
}

/// A column whose value is given by the folder of the file, repeated for each row.
pub fn repeated(kind: Kind, value: Option<&str>, rows: usize, words: Option<&Words>, refused: &mut Vec<Refused>) -> Cells {
    let text = value.unwrap_or("");
    let array: ArrayRef = Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n(text, rows)));
    if kind != Kind::Date {
        return cells(kind, &array, words, refused);
    }
    let day = Date::parse(text);
    if day.is_none() && !text.is_empty() {
        refused.extend((0..rows).map(|row| Refused { row, kind: CellDefect::Unreadable, value: cut(text) }));
    }
    Cells::Ready(Column::Date(vec![day.map_or(NO_DATE, |day| day.0); rows]))
}

/// How decimals, integers and floats become `i64` in a fixed number of decimals.
#[derive(Clone, Copy)]
struct Scale {
    decimals: u32,
    /// Largest absolute value.
    limit: i128,
    /// Whether more decimals are rounded away instead of refused.
    rounds: bool,
    float: fn(f64) -> Option<i128>,
}

impl Scale {
    fn money() -> Scale {
        Scale { decimals: 3, limit: i128::from(Amount::LIMIT), rounds: false, float: float::money }
    }

    fn number() -> Scale {
        Scale { decimals: 6, limit: i128::from(i64::MAX), rounds: true, float: float::number }
    }

    fn exchange_rate() -> Scale {
        Scale { decimals: 12, limit: i128::from(i64::MAX), rounds: true, float: float::exchange_rate }
    }

    fn whole() -> Scale {
        Scale { decimals: 0, limit: i128::from(i64::MAX), rounds: false, float: |_| None }
    }

    /// A value of `scale` decimals in the decimals of this scale.
    fn of(self, scale: u32) -> impl Fn(i128) -> Result<i64, CellDefect> {
        let up = 10_i128.pow(self.decimals.saturating_sub(scale));
        let down = 10_i128.pow(scale.saturating_sub(self.decimals));
        move |value| {
            if down == 1 {
                return self.bounded(value.checked_mul(up));
            }
            let result = self.bounded(Some(if self.rounds { divide_half_up(value, down) } else { value / down }))?;
            if self.rounds || value % down == 0 { Ok(result) } else { Err(CellDefect::TooManyDecimals) }
        }
    }

    fn of_float(self) -> impl Fn(f64) -> Result<i64, CellDefect> {
        move |value| self.bounded((self.float)(value))
    }

    fn bounded(self, value: Option<i128>) -> Result<i64, CellDefect> {
        let value = value.filter(|value| (-self.limit..=self.limit).contains(value));
        value.and_then(|value| i64::try_from(value).ok()).ok_or(CellDefect::Unreadable)
    }
}

struct Reader<'a> {
    array: &'a ArrayRef,
    /// Words of the files for those of the contract.
    words: Option<&'a Words>,
    refused: &'a mut Vec<Refused>,
}

impl Reader<'_> {
    fn refuse(&mut self, row: usize, kind: CellDefect) {
        let value = cut(&array_value_to_string(self.array, row).unwrap_or_default());
        self.refused.push(Refused { row, kind, value });
    }

    /// Converts each value that is there; a refused one is missing.
    fn each<T: ArrowPrimitiveType, R: Copy>(&mut self, missing: R, convert: impl Fn(T::Native) -> Result<R, CellDefect>) -> Vec<R> {
        let array: &PrimitiveArray<T> = self.array.as_primitive();
        let mut converted = Vec::with_capacity(array.len());
        for (row, value) in array.values().iter().enumerate() {
            let there = array.null_count() == 0 || array.is_valid(row);
            converted.push(match there.then(|| convert(*value)) {
                None => missing,
                Some(Ok(value)) => value,
                Some(Err(kind)) => {
                    self.refuse(row, kind);
                    missing
                }
            });
        }
        converted
    }

    fn numbers(&mut self, scale: Scale) -> Vec<i64> {
        match self.array.data_type() {
            DataType::Decimal64(_, written) => (u32::try_from(*written).ok())
                .and_then(|written| self.widened::<Decimal64Type>(scale, written))
                .unwrap_or_else(|| self.decimals::<Decimal64Type>(scale, |value| Some(value.into()))),
            DataType::Decimal128(_, _) => self.decimals::<Decimal128Type>(scale, Some),
            DataType::Decimal256(_, _) => self.decimals::<Decimal256Type>(scale, |value| value.to_i128()),
            DataType::Int8 => self.integers::<Int8Type>(scale),
            DataType::Int16 => self.integers::<Int16Type>(scale),
            DataType::Int32 => self.integers::<Int32Type>(scale),
            DataType::Int64 => self.integers::<Int64Type>(scale),
            DataType::UInt8 => self.integers::<UInt8Type>(scale),
            DataType::UInt16 => self.integers::<UInt16Type>(scale),
            DataType::UInt32 => self.integers::<UInt32Type>(scale),
            DataType::UInt64 => self.integers::<UInt64Type>(scale),
            DataType::Float16 => self.floats::<Float16Type>(scale, f64::from),
            DataType::Float32 => self.floats::<Float32Type>(scale, f64::from),
            _ => self.floats::<Float64Type>(scale, |value| value),
        }
    }

    /// The values with more decimals; `None` where one of them could be too large, so that each has to be looked at.
    fn widened<T: ArrowPrimitiveType<Native: Into<i64>>>(&self, scale: Scale, written: u32) -> Option<Vec<i64>> {
        let array: &PrimitiveArray<T> = self.array.as_primitive();
        let factor = 10_i64.checked_pow(scale.decimals.checked_sub(written)?)?;
        let most = i64::try_from(scale.limit).ok()? / factor;
        let values = || array.values().iter().map(|value| Into::<i64>::into(*value));
        let fits = values().fold(true, |fits, value| fits & (-most <= value) & (value <= most));
        // Nothing can overflow: all were looked at.
        fits.then(|| with_missing(values().map(|value| value.wrapping_mul(factor)).collect(), array, NO_VALUE))
    }

    fn decimals<T: DecimalType>(&mut self, scale: Scale, wide: fn(T::Native) -> Option<i128>) -> Vec<i64> {
        let written = u32::try_from(self.array.as_primitive::<T>().scale()).unwrap_or(0);
        let convert = scale.of(written);
        self.each::<T, _>(NO_VALUE, |value| wide(value).ok_or(CellDefect::Unreadable).and_then(&convert))
    }

    fn integers<T: ArrowPrimitiveType<Native: Into<i128>>>(&mut self, scale: Scale) -> Vec<i64> {
        let convert = scale.of(0);
        self.each::<T, _>(NO_VALUE, |value| convert(value.into()))
    }

    fn floats<T: ArrowPrimitiveType>(&mut self, scale: Scale, wide: fn(T::Native) -> f64) -> Vec<i64> {
        let convert = scale.of_float();
        self.each::<T, _>(NO_VALUE, |value| convert(wide(value)))
    }

    fn dates(&mut self) -> Vec<i32> {
        match self.array.data_type() {
            DataType::Timestamp(TimeUnit::Second, _) => self.midnights::<TimestampSecondType>(1),
            DataType::Timestamp(TimeUnit::Millisecond, _) => self.midnights::<TimestampMillisecondType>(1_000),
            DataType::Timestamp(TimeUnit::Microsecond, _) => self.midnights::<TimestampMicrosecondType>(1_000_000),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => self.midnights::<TimestampNanosecondType>(1_000_000_000),
            _ => {
                let array: &PrimitiveArray<Date32Type> = self.array.as_primitive();
                if array.values().iter().fold(true, |fits, days| fits & Date(*days).in_range()) {
                    return with_missing(array.values().to_vec(), array, NO_DATE);
                }
                self.each::<Date32Type, _>(NO_DATE, day)
            }
        }
    }

    fn midnights<T: ArrowPrimitiveType<Native = i64>>(&mut self, per_second: i64) -> Vec<i32> {
        let per_day = 86_400 * per_second;
        self.each::<T, _>(NO_DATE, |value| {
            let days = i32::try_from(value.div_euclid(per_day)).map_err(|_| CellDefect::Unreadable)?;
            if value.rem_euclid(per_day) == 0 { day(days) } else { Err(CellDefect::Unreadable) }
        })
    }

    fn flags(&mut self) -> Vec<i8> {
        let array: &BooleanArray = self.array.as_boolean();
        array.iter().map(|value| value.map_or(NO_FLAG, i8::from)).collect()
    }

    fn flags_in_words(&mut self) -> Vec<i8> {
        let codes = self.choices(FLAGS);
        codes.into_iter().map(|code| if code == NO_CHOICE { NO_FLAG } else { i8::try_from(code).unwrap_or(NO_FLAG) }).collect()
    }

    /// Lists of words, each in the words of the contract where the files have their own.
    fn listed_words(&mut self) -> Cells {
        let known = self.words;
        let ours = |text: &[u8]| {
            let found = known.and_then(|words| own_word(words, text))?;
            Some(if HOLD_STOPS.contains(&found) { found.as_bytes() } else { b"" })
        };
        let translated = |list: &[u8]| -> Vec<u8> {
            let parts = list.split(|byte| b",;|".contains(byte)).map(<[u8]>::trim_ascii);
            // A word of the files may have blanks of its own.
            let in_ours = parts.map(|part| match ours(part) {
                Some(word) => word.to_vec(),
                None => {
                    listed(part).map(|word| ours(word).unwrap_or(word)).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(&b","[..])
                }
            });
            in_ours.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(&b","[..])
        };
        let cells = self.texts();
        let mut texts = Texts::default();
        (0..self.array.len()).for_each(|row| texts.push(&translated(cells.text(row))));
        Cells::Ready(Column::Text(texts))
    }

    fn texts(&mut self) -> Cells {
        match self.array.data_type() {
            DataType::Utf8View => {
                let views = self.array.as_string_view();
                let lengths = || views.lengths().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
                if lengths().all(|length| length <= LONGEST_TEXT) {
                    Cells::Views { views: views.clone(), bytes: lengths().sum() }
                } else {
                    self.checked(|row| views.value(row).as_bytes())
                }
            }
            DataType::List(_) => self.lists::<i32>(),
            DataType::LargeList(_) => self.lists::<i64>(),
            _ => {
                let bytes: &BinaryViewArray = self.array.as_binary_view();
                self.checked(|row| bytes.value(row))
            }
        }
    }

    /// Texts cell by cell, refusing what is no UTF-8 or too long.
    fn checked<'b>(&mut self, get: impl Fn(usize) -> &'b [u8]) -> Cells {
        let mut texts = Texts::default();
        for row in 0..self.array.len() {
            let text = if self.array.is_valid(row) { get(row) } else { b"" };
            if text.len() <= LONGEST_TEXT && std::str::from_utf8(text).is_ok() {
                texts.push(text);
            } else {
                texts.push(b"");
                let start = &text[..text.len().min(4 * SHOWN)];
                self.refused.push(Refused { row, kind: CellDefect::Unreadable, value: cut(&String::from_utf8_lossy(start)) });
            }
        }
        Cells::Ready(Column::Text(texts))
    }

    /// Lists of texts, joined with commas.
    fn lists<O: OffsetSizeTrait>(&mut self) -> Cells {
        let lists = self.array.as_list::<O>();
        let joined: Vec<Vec<u8>> = (0..lists.len())
            .map(|row| if lists.is_valid(row) { texts_of(&lists.value(row)).join(&b","[..]) } else { Vec::new() })
            .collect();
        self.checked(|row| &joined[row])
    }

    fn choices(&mut self, values: &[&str]) -> Vec<u8> {
        let views = match self.texts() {
            Cells::Views { views, .. } => views,
            other => return (0..self.array.len()).map(|row| self.choice(values, other.text(row), row)).collect(),
        };
        let mut codes = Vec::with_capacity(views.len());
        // Equal views of one array are equal texts, and of a few values most cells are.
        let mut known: Vec<(u128, u8)> = Vec::with_capacity(KNOWN);
        for (row, view) in views.views().iter().enumerate() {
            // Where a cell is missing, its view is whatever the decoder left there.
            if views.is_null(row) {
                codes.push(NO_CHOICE);
            } else if let Some((_, code)) = known.iter().find(|(seen, _)| seen == view) {
                codes.push(*code);
            } else {
                let code = self.choice(values, views.value(row).as_bytes(), row);
                // An unknown value is told for each of its rows.
                if code != NO_CHOICE && known.len() < KNOWN {
                    known.push((*view, code));
                }
                codes.push(code);
            }
        }
        codes
    }

    fn choice(&mut self, values: &[&str], text: &[u8], row: usize) -> u8 {
        if let Some(ours) = self.words.and_then(|words| own_word(words, text)) {
            let place = values.iter().position(|value| *value == ours);
            return place.and_then(|place| u8::try_from(place).ok()).unwrap_or(NO_CHOICE);
        }
        let place = values.iter().position(|value| value.as_bytes() == text);
        if place.is_none() && !text.is_empty() {
            self.refuse(row, CellDefect::UnknownValue);
        }
        place.and_then(|place| u8::try_from(place).ok()).unwrap_or(NO_CHOICE)
    }
}

/// The word of the contract that a word of the files stands for.
fn own_word<'w>(words: &'w Words, text: &[u8]) -> Option<&'w str> {
    words.get(std::str::from_utf8(text).ok()?).map(String::as_str)
}

/// Puts what stands for a missing value where the array has none.
fn with_missing<T: Copy>(mut values: Vec<T>, array: &dyn Array, missing: T) -> Vec<T> {
    if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) {
        for (value, is_there) in values.iter_mut().zip(nulls.iter()) {
            *value = if is_there { *value } else { missing };
        }
    }
    values
}

fn day(days: i32) -> Result<i32, CellDefect> {
    if Date(days).in_range() { Ok(days) } else { Err(CellDefect::Unreadable) }
}

/// The texts of one list, without its missing elements.
fn texts_of(list: &ArrayRef) -> Vec<Vec<u8>> {
    match list.data_type() {
        DataType::Utf8 => list.as_string::<i32>().iter().flatten().map(|text| text.as_bytes().to_vec()).collect(),
        _ => list.as_binary::<i32>().iter().flatten().map(<[u8]>::to_vec).collect(),
    }
}

fn cut(value: &str) -> String {
    value.chars().take(SHOWN).collect()
}
