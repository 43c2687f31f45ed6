//! Whatever is encoded, every reader of Parquet finds the same values, statistics and filters: read back with the `parquet` crate.

use std::sync::Arc;

use arrow::array::Array;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use bytes::Bytes;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::file::writer::SerializedFileWriter;
use proptest::prelude::*;

use super::*;
use crate::base::hash::key_hash;

const NAMES: &[&str] = &["ladder", "item", "penalty", "contact"];

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text | Kind::Choice(_) => DataType::Utf8,
        Kind::Money => DataType::Decimal64(PRECISION, 2),
        Kind::Number => DataType::Decimal64(PRECISION, 6),
        Kind::ExchangeRate => DataType::Decimal64(PRECISION, 12),
        Kind::Whole => DataType::Int64,
        Kind::Date => DataType::Date32,
        Kind::Flag => DataType::Boolean,
        Kind::Decimal => DataType::Decimal128(38, 6),
    }
}

/// A file of one column: the rows of each group, pushed in steps of the given size.
fn file(kind: Kind, required: bool, groups: &[(Column, usize)], step: usize, bloom: bool) -> Bytes {
    let schema = Schema::new(vec![Field::new("x", data_type(kind), !required)]);
    let parquet = ArrowSchemaConverter::new().convert(&schema).expect("a schema");
    let mut file = SerializedFileWriter::new(Vec::new(), parquet.root_schema_ptr(), Arc::new(WriterProperties::new())).expect("a file");
    let mut encoder = ColumnEncoder::new(file.schema_descr().column(0), kind, 2, bloom);
    for (column, rows) in groups {
        for start in (0..*rows).step_by(step) {
            encoder.push(column, start..(*rows).min(start + step)).expect("values of the kind");
        }
        let Chunk { bytes, close } = encoder.finish().expect("a chunk");
        let mut group = file.next_row_group().expect("a group");
        group.append_column(&bytes, close).expect("a column");
        group.close().expect("closed");
    }
    Bytes::from(file.into_inner().expect("written"))
}

/// The values of a column as people read them, empty where missing.
fn shown(column: &Column, rows: usize) -> Vec<String> {
    let decimal = |value: i128, scale: u32| {
        let unit = 10_u128.pow(scale);
        let sign = if value < 0 { "-" } else { "" };
        format!("{sign}{}.{:0width$}", value.unsigned_abs() / unit, value.unsigned_abs() % unit, width = scale as usize)
    };
    let whole = |value: &i64, show: &dyn Fn(i64) -> String| if *value == NO_VALUE { String::new() } else { show(*value) };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    match column {
        Column::Absent => vec![String::new(); rows],
        Column::Text(texts) => texts.iter().map(text).collect(),
        Column::Coded(coded) => (0..rows).map(|row| text(coded.get(row))).collect(),
        Column::Choice(choices) => choices.iter().map(|choice| NAMES.get(usize::from(*choice)).copied().unwrap_or("").to_owned()).collect(),
        Column::Money(values) => values.iter().map(|value| whole(value, &|value| decimal(i128::from(value) / 10, 2))).collect(),
        Column::Number(values) => values.iter().map(|value| whole(value, &|value| decimal(i128::from(value), 6))).collect(),
        Column::Whole(values) => values.iter().map(|value| whole(value, &|value| value.to_string())).collect(),
        Column::Date(days) => {
            days.iter().map(|day| if *day == NO_DATE { String::new() } else { crate::base::date::Date(*day).to_string() }).collect()
        }
        Column::Flag(flags) => {
            flags.iter().map(|flag| ["", "false", "true"][usize::try_from(flag + 1).expect("a flag")].to_owned()).collect()
        }
        Column::Decimal(values) => values.iter().map(|value| value.map_or(String::new(), |value| decimal(value, 6))).collect(),
    }
}

fn read(bytes: &Bytes) -> Vec<String> {
    let mut values = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).expect("a footer").build().expect("a reader") {
        let column = Arc::clone(batch.expect("rows").column(0));
        let options = FormatOptions::default();
        let format = ArrayFormatter::try_new(&column, &options).expect("a type that can be shown");
        values.extend((0..column.len()).map(|row| format.value(row).to_string()));
    }
    values
}

/// Writes the rows as two row groups and reads them back.
fn check(kind: Kind, required: bool, column: &Column, rows: usize, step: usize) {
    let bytes = file(kind, required, &[(column.clone(), rows), (column.clone(), rows)], step, kind == Kind::Text);
    let expected = shown(column, rows);
    let found = read(&bytes);
    assert!(found.len() == 2 * rows && found.chunks(rows.max(1)).all(|group| group == expected), "{kind:?}");
    bounds_hold(&bytes, kind, &expected);
    if kind == Kind::Text {
        let reader = SerializedFileReader::new(bytes).expect("a footer");
        let group = reader.get_row_group(1).expect("a group");
        let metadata = group.metadata().column(0);
        assert!(metadata.bloom_filter_offset().is_some(), "ids can be looked up");
    }
}

/// Statistics and page index say what the values are.
fn bounds_hold(bytes: &Bytes, kind: Kind, expected: &[String]) {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
    let metadata = ArrowReaderMetadata::load(bytes, options).expect("a page index");
    let metadata = metadata.metadata();
    let missing = expected.iter().filter(|value| value.is_empty()).count();
    for group in 0..2 {
        let statistics = metadata.row_group(group).column(0).statistics().expect("statistics");
        assert_eq!(statistics.null_count_opt(), Some(missing as u64));
        assert_eq!(statistics.min_bytes_opt().is_some(), missing < expected.len());
        let index = metadata.page_index_for_row_group(group);
        let (index, offsets) = index.column_index(0).zip(index.offset_index(0)).expect("a page index");
        let starts = offsets.page_locations().iter().map(|page| usize::try_from(page.first_row_index).expect("a row"));
        let starts: Vec<usize> = starts.chain([expected.len()]).collect();
        for (page, rows) in starts.windows(2).enumerate() {
            let values: Vec<&String> = expected[rows[0]..rows[1]].iter().filter(|value| !value.is_empty()).collect();
            let told = i64::try_from(rows[1] - rows[0] - values.len()).expect("small");
            assert_eq!(index.null_count(page), Some(told), "{kind:?}");
            assert_eq!(index.is_null_page(page), values.is_empty());
            match index {
                ColumnIndexMetaData::BYTE_ARRAY(index) if !values.is_empty() => {
                    let (least, most) = (index.min_value(page).expect("a bound"), index.max_value(page).expect("a bound"));
                    assert!(values.iter().all(|value| least <= value.as_bytes() && value.as_bytes() <= most));
                }
                ColumnIndexMetaData::INT64(index) if kind == Kind::Whole && !values.is_empty() => {
                    let numbers = || values.iter().map(|value| value.parse::<i64>().expect("a number"));
                    assert_eq!((index.min_value(page), index.max_value(page)), (numbers().min().as_ref(), numbers().max().as_ref()));
                }
                _ => {}
            }
        }
    }
}

fn coded(values: impl Iterator<Item = String>) -> Column {
    let mut coded = Coded::default();
    values.for_each(|value| coded.push(value.as_bytes()));
    Column::Coded(coded)
}

fn texts(values: impl Iterator<Item = String>) -> Column {
    let mut texts = Texts::default();
    values.for_each(|value| texts.push(value.as_bytes()));
    Column::Text(texts)
}

/// More rows than a page, of every kind and of every way to tell them.
#[test]
fn many_rows_are_read_back() {
    let rows = 3 * PAGE_ROWS + 17;
    let number = |row: usize| i64::try_from(row).expect("small");
    let scattered = |row: usize| key_hash(&row.to_le_bytes()).cast_signed();
    let gap = |row: usize| row % 97 < 40;
    let id = |row: usize| if gap(row / 60_000 * row) { String::new() } else { format!("C{:09}", row / 3) };
    let cases: Vec<(Kind, Column)> = vec![
        (Kind::Text, texts((0..rows).map(id))),
        (Kind::Text, texts((0..rows).map(|row| format!("{:x}", scattered(row))))),
        (Kind::Text, texts((0..rows).map(|row| "é".repeat(row % 50)))),
        (Kind::Text, coded((0..rows).map(|row| if gap(row) { String::new() } else { format!("step {}", row % 11) }))),
        (Kind::Text, coded((0..rows).map(|_| "EUR".to_owned()))),
        // So many different texts that the second page no longer fits the dictionary.
        (Kind::Text, coded((0..rows).map(|row| format!("{row:030}")))),
        (Kind::Text, Column::Absent),
        (
            Kind::Choice(NAMES),
            Column::Choice((0..rows).map(|row| if gap(row) { NO_CHOICE } else { u8::try_from(row % 4).expect("small") }).collect()),
        ),
        (Kind::Money, Column::Money((0..rows).map(|row| if gap(row) { NO_VALUE } else { scattered(row) % 1_000_000 * 10 }).collect())),
        (Kind::Number, Column::Number((0..rows).map(|row| number(row % 3) * 1000).collect())),
        (Kind::Whole, Column::Whole((0..rows).map(scattered).collect())),
        (Kind::Whole, Column::Whole((0..rows).map(|row| [i64::MAX, i64::MIN + 1, 0][row % 3]).collect())),
        // Few different values in the first page, too many in the next.
        (Kind::Whole, Column::Whole((0..rows).map(|row| number(if row < PAGE_ROWS { row % 100 } else { row })).collect())),
        (Kind::Date, Column::Date((0..rows).map(|row| i32::try_from(20_000 + row % 5000).expect("small")).collect())),
        (Kind::Date, Column::Date((0..rows).map(|row| if gap(row) { NO_DATE } else { 20_000 }).collect())),
        (Kind::Flag, Column::Flag((0..rows).map(|row| [NO_FLAG, 0, 1][row / 5 % 3]).collect())),
        (Kind::Decimal, Column::Decimal((0..rows).map(|row| Some(i128::from(scattered(row)) * 1_000_000).filter(|_| !gap(row))).collect())),
    ];
    for (kind, column) in cases {
        for step in [rows, 7_001] {
            check(kind, false, &column, rows, step);
        }
    }
}

#[test]
fn a_text_longer_than_a_page_has_one_for_itself() {
    let column =
        texts(["a".to_owned(), "b".repeat(2 * PAGE_TEXT), "c".to_owned(), "d".repeat(PAGE_TEXT / 2), "e".repeat(PAGE_TEXT)].into_iter());
    check(Kind::Text, true, &column, 5, 5);
    let metadata = ArrowReaderMetadata::load(
        &file(Kind::Text, true, &[(column, 5)], 5, false),
        ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required),
    );
    let metadata = metadata.expect("a page index");
    assert_eq!(metadata.metadata().page_index_for_row_group(0).num_data_pages(0), Some(2));
}

/// Ids shared by rows are in the filter, others are not: one customer is found without a scan.
#[test]
fn the_filter_knows_the_ids() {
    let column = texts((0..10_000).map(|row| format!("C{:06}", row / 10)));
    let bytes = file(Kind::Text, true, &[(column, 10_000)], 999, true);
    let options = parquet::file::properties::ReaderProperties::builder().set_read_bloom_filter(true).build();
    let options = parquet::file::serialized_reader::ReadOptionsBuilder::new().with_reader_properties(options).build();
    let reader = SerializedFileReader::new_with_options(bytes, options).expect("a footer");
    let group = reader.get_row_group(0).expect("a group");
    let filter = group.get_column_bloom_filter(0).expect("a filter");
    assert!((0..1000).all(|id| filter.check(format!("C{id:06}").as_str())));
    let taken_for_one = (0..10_000).filter(|id| filter.check(format!("D{id:06}").as_str())).count();
    assert!(taken_for_one < 200, "{taken_for_one} of 10000");
}

#[test]
fn a_chunk_is_compressed_where_that_pays() {
    let repeated = Column::Whole((0..100_000).map(|row: i64| row % 100 / 50).collect());
    let scattered = Column::Whole((0..100_000_i64).map(|row| key_hash(&row.to_le_bytes()).cast_signed()).collect());
    let zstd = Compression::ZSTD(Default::default());
    for (column, expected) in [(repeated, zstd), (scattered, Compression::UNCOMPRESSED)] {
        let bytes = file(Kind::Whole, true, &[(column, 100_000)], 100_000, false);
        let reader = SerializedFileReader::new(bytes).expect("a footer");
        let found = reader.metadata().row_group(0).column(0).compression();
        assert_eq!(std::mem::discriminant(&found), std::mem::discriminant(&expected), "{found:?}");
    }
}

proptest! {
    #[test]
    fn any_values_are_read_back(
        values in prop::collection::vec(prop_oneof![Just(NO_VALUE), -3..3_i64, any::<i64>()], 0..400),
        words in prop::collection::vec("[ab]{0,20}|\\PC{0,9}", 0..400),
        step in 1..200_usize,
    ) {
        let numbers = values.len();
        let money = |value: &i64| if *value == NO_VALUE { NO_VALUE } else { value % 1_000_000_000_000 * 10 };
        let day = |value: &i64| if *value == NO_VALUE { NO_DATE } else { i32::try_from(*value % 20_000).expect("small") };
        check(Kind::Whole, false, &Column::Whole(values.clone()), numbers, step);
        check(Kind::Money, false, &Column::Money(values.iter().map(money).collect()), numbers, step);
        check(Kind::Date, false, &Column::Date(values.iter().map(day).collect()), numbers, step);
        check(Kind::Text, false, &texts(words.iter().cloned()), words.len(), step);
        check(Kind::Text, false, &coded(words.iter().cloned()), words.len(), step);
    }
}
