//! The scan against files written by the Parquet crate itself, in every physical form other writers choose.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal32Array, Decimal64Array, Decimal128Array, Decimal256Array, DictionaryArray,
    Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, LargeStringArray, ListArray, RecordBatch, StringArray, StringViewArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::{Int32Type, i256};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};

use super::*;
use crate::base::contract::{customers, fx, holds, installments, payments, usage};
use crate::base::date::Date;
use crate::base::hash::{SHARDS, shard_of};
use crate::base::money::Amount;
use crate::base::table::{CellDefect, NO_CHOICE, NO_VALUE};
use crate::io::schema::Wanted;

/// Columns by name, as one file.
type Columns<'a> = &'a [(&'a str, ArrayRef)];

fn write(path: &Path, columns: Columns<'_>, properties: WriterProperties) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    let batch = RecordBatch::try_from_iter(columns.iter().map(|(name, array)| (*name, Arc::clone(array)))).expect("a batch");
    let mut writer = ArrowWriter::try_new(File::create(path).expect("a file"), batch.schema(), Some(properties)).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a footer");
}

fn plain() -> WriterProperties {
    WriterProperties::builder().build()
}

fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn days(values: &[i32]) -> ArrayRef {
    Arc::new(Date32Array::from(values.to_vec()))
}

fn money(values: &[i64]) -> ArrayRef {
    Arc::new(Decimal64Array::from(values.to_vec()).with_precision_and_scale(18, 2).expect("a decimal"))
}

/// Opens `source` in a folder that has one file `t.parquet` with these columns.
fn gathered(wanted: Wanted, columns: Columns<'_>) -> Table {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(&folder.path().join("t.parquet"), columns, plain());
    Input::open(wanted, folder.path(), "t.parquet").and_then(|input| input.gather(None, &Quiet)).expect("a table")
}

/// Rows of `usage` whose quantity is the array: a required number, easy to fill.
fn quantities(array: ArrayRef) -> Table {
    let rows = array.len();
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values(std::iter::repeat_n("C1", rows)));
    gathered(Wanted::plain(usage::SPEC), &[("customer_id", ids), ("month", days(&vec![0; rows])), ("quantity", array)])
}

/// Rows of `fx` whose rate is the array.
fn exchange_rates(array: ArrayRef) -> Table {
    let rows = array.len();
    let currency: ArrayRef = Arc::new(StringArray::from_iter_values(std::iter::repeat_n("USD", rows)));
    gathered(Wanted::plain(fx::SPEC), &[("date", days(&vec![0; rows])), ("currency", currency), ("rate_to_reporting", array)])
}

/// Rows of `installments` whose amount is the array.
fn amounts(array: ArrayRef, floats: bool) -> Table {
    let rows = array.len();
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values(std::iter::repeat_n("I1", rows)));
    let sequence: ArrayRef = Arc::new(Int32Array::from(vec![1; rows]));
    let mut wanted = Wanted::plain(installments::SPEC);
    wanted.floats = if floats { ["amount".to_owned()].into() } else { [].into() };
    gathered(wanted, &[("invoice_id", ids), ("sequence", sequence), ("due_date", days(&vec![0; rows])), ("amount", array)])
}

fn defects(table: &Table) -> Vec<(u32, CellDefect, &str)> {
    table.defects.iter().map(|defect| (defect.row, defect.kind, defect.value.as_str())).collect()
}

fn decimal128(values: &[i128], precision: u8, scale: i8) -> ArrayRef {
    Arc::new(Decimal128Array::from(values.to_vec()).with_precision_and_scale(precision, scale).expect("a decimal"))
}

#[test]
fn every_codec_encoding_and_page_version_reads_the_same() {
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::BROTLI(BrotliLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
    ];
    let ids: Vec<String> = (0..1000).map(|row| format!("P{:04}", row % 700)).collect();
    let id_values = || ids.iter().map(String::as_str);
    let amounts: Vec<i64> = (0..1000).map(|row| row * 7919 - 4_000_000).collect();
    let methods: Vec<&str> = (0..1000).map(|row| ["transfer", "card", "direct_debit"][row % 3]).collect();
    let dates: Vec<i32> = (0..1000).map(|row| 19_000 + row % 365).collect();
    let narrow: Vec<i32> = amounts.iter().map(|amount| i32::try_from(*amount).expect("small")).collect();
    let wide: Vec<i128> = amounts.iter().copied().map(i128::from).collect();
    let widest = wide.iter().copied().map(i256::from_i128);
    let id_forms: [ArrayRef; 4] = [
        texts(id_values()),
        Arc::new(LargeStringArray::from_iter_values(id_values())),
        Arc::new(StringViewArray::from_iter_values(id_values())),
        Arc::new(id_values().collect::<DictionaryArray<Int32Type>>()),
    ];
    let amount_forms: [ArrayRef; 5] = [
        Arc::new(Decimal32Array::from(narrow).with_precision_and_scale(9, 2).expect("a decimal")),
        money(&amounts),
        decimal128(&wide, 38, 2),
        decimal128(&wide.iter().map(|amount| amount * 10_000).collect::<Vec<_>>(), 38, 6),
        Arc::new(Decimal256Array::from_iter_values(widest).with_precision_and_scale(76, 2).expect("a decimal")),
    ];
    let mut first: Option<Vec<Column>> = None;
    for codec in codecs {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            for dictionary in [true, false] {
                for form in 0..5 {
                    let properties = WriterProperties::builder().set_compression(codec).set_writer_version(version);
                    let properties = properties.set_dictionary_enabled(dictionary).set_max_row_group_row_count(Some(300));
                    let folder = tempfile::tempdir().expect("a temporary folder");
                    let columns: [(&str, ArrayRef); 5] = [
                        ("payment_id", Arc::clone(&id_forms[form % 4])),
                        ("payment_date", days(&dates)),
                        ("amount", Arc::clone(&amount_forms[form])),
                        ("method", texts(methods.iter().copied())),
                        ("customer_id", Arc::clone(&id_forms[form % 4])),
                    ];
                    write(&folder.path().join("p.parquet"), &columns, properties.build());
                    let input = Input::open(Wanted::plain(payments::SPEC), folder.path(), "p.parquet").expect("opened");
                    let table = input.gather(None, &Quiet).expect("read");
                    assert!(table.defects.is_empty());
                    let first = first.get_or_insert_with(|| table.columns.clone());
                    assert!(*first == table.columns, "{codec:?} {version:?} dictionary {dictionary} form {form}");
                }
            }
        }
    }
    let columns = first.expect("read at least once");
    let Column::Money(read) = &columns[payments::AMOUNT] else { panic!("amounts are money") };
    assert_eq!(read[..], amounts.iter().map(|amount| amount * 10).collect::<Vec<_>>());
    let Column::Text(read) = &columns[payments::PAYMENT_ID] else { panic!("ids are text") };
    assert!(read.iter().eq(ids.iter().map(String::as_bytes)));
}

/// Plain, delta and byte-stream-split encodings, as Spark, parquet-java and pyarrow can be told to write.
#[test]
fn special_encodings_read_the_same() {
    let encodings = [Encoding::PLAIN, Encoding::DELTA_BINARY_PACKED, Encoding::BYTE_STREAM_SPLIT];
    for encoding in encodings {
        let properties = WriterProperties::builder().set_dictionary_enabled(false).set_column_encoding("amount".into(), encoding);
        let properties = properties.set_column_encoding("invoice_id".into(), Encoding::DELTA_BYTE_ARRAY);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let columns: [(&str, ArrayRef); 4] = [
            ("invoice_id", texts(["INV-1", "INV-2", "INV-2"])),
            ("sequence", Arc::new(Int8Array::from(vec![1, 1, 2]))),
            ("due_date", days(&[1, 2, 3])),
            ("amount", money(&[100, -5, 7])),
        ];
        write(&folder.path().join("t.parquet"), &columns, properties.build());
        let input = Input::open(Wanted::plain(installments::SPEC), folder.path(), "t.parquet").expect("opened");
        let table = input.gather(None, &Quiet).expect("read");
        assert_eq!(table.columns[installments::AMOUNT], Column::Money(vec![1000, -50, 70]), "{encoding:?}");
        assert_eq!(table.text(installments::INVOICE_ID, 2), Some(&b"INV-2"[..]), "{encoding:?}");
    }
}

#[test]
fn money_is_exact_or_refused() {
    let limit = i128::from(Amount::LIMIT);
    type Case = (ArrayRef, Vec<i64>, Vec<(u32, CellDefect, &'static str)>);
    let cases: [Case; 8] = [
        (decimal128(&[100, -1], 18, 0), vec![100_000, -1000], vec![]),
        (decimal128(&[1005, 1], 18, 3), vec![1005, 1], vec![]),
        (decimal128(&[10_050_000, 10_050_001], 18, 7), vec![1005, NO_VALUE], vec![(1, CellDefect::TooManyDecimals, "1.0050001")]),
        (decimal128(&[limit, limit + 1], 38, 3), vec![Amount::LIMIT, NO_VALUE], vec![(1, CellDefect::Unreadable, "1000000000000000.000")]),
        (
            decimal128(&[10_i128.pow(10), 10_i128.pow(37) + 1], 38, 10),
            vec![1000, NO_VALUE],
            vec![(1, CellDefect::Unreadable, "1000000000000000000000000000.0000000001")],
        ),
        (
            Arc::new(Int64Array::from(vec![Some(12), None, Some(i64::MIN)])),
            vec![12_000, NO_VALUE, NO_VALUE],
            vec![(2, CellDefect::Unreadable, "-9223372036854775808")],
        ),
        (Arc::new(UInt64Array::from(vec![7, u64::MAX])), vec![7000, NO_VALUE], vec![(1, CellDefect::Unreadable, "18446744073709551615")]),
        (
            Arc::new(Decimal256Array::from(vec![i256::ONE, i256::MAX]).with_precision_and_scale(76, 2).expect("a decimal")),
            vec![10, NO_VALUE],
            vec![(1, CellDefect::Unreadable, "578960446186580977117854925043439539266349923328202820197287920039565648199.67")],
        ),
    ];
    for (array, expected, refused) in cases {
        let table = amounts(Arc::clone(&array), false);
        assert_eq!(table.columns[installments::AMOUNT], Column::Money(expected), "{array:?}");
        assert_eq!(defects(&table), refused, "{array:?}");
    }
}

#[test]
fn floats_are_money_only_on_request_and_near_a_minor_unit() {
    let table = amounts(Arc::new(Float64Array::from(vec![12.34, -0.1, 1.000_1, f64::NAN])), true);
    assert_eq!(table.columns[installments::AMOUNT], Column::Money(vec![12_340, -100, NO_VALUE, NO_VALUE]));
    assert_eq!(defects(&table), [(2, CellDefect::Unreadable, "1.0001"), (3, CellDefect::Unreadable, "NaN")]);
    let table = amounts(Arc::new(Float32Array::from(vec![0.5, 100.1])), true);
    assert_eq!(table.columns[installments::AMOUNT], Column::Money(vec![500, NO_VALUE]));
}

#[test]
fn numbers_are_rounded_at_the_sixth_decimal() {
    let cases: [(ArrayRef, Vec<i64>); 4] = [
        (Arc::new(Float64Array::from(vec![0.1215, 1e-7])), vec![121_500, 0]),
        (decimal128(&[12_345_675, -12_345_675], 18, 7), vec![1_234_568, -1_234_568]),
        (Arc::new(Int8Array::from(vec![-3])), vec![-3_000_000]),
        (Arc::new(Int64Array::from(vec![1, i64::MAX])), vec![1_000_000, NO_VALUE]),
    ];
    for (array, expected) in cases {
        assert_eq!(quantities(Arc::clone(&array)).columns[usage::QUANTITY], Column::Number(expected), "{array:?}");
    }
}

#[test]
fn exchange_rates_have_twelve_decimals() {
    let cases: [(ArrayRef, Vec<i64>); 4] = [
        (Arc::new(Float64Array::from(vec![0.006_123_456_789, 1.16])), vec![6_123_456_789, 1_160_000_000_000]),
        (decimal128(&[54_321, -15], 38, 13), vec![5_432, -2]),
        (Arc::new(Int8Array::from(vec![3])), vec![3_000_000_000_000]),
        (Arc::new(Int64Array::from(vec![1, 10_000_000])), vec![1_000_000_000_000, NO_VALUE]),
    ];
    for (array, expected) in cases {
        assert_eq!(exchange_rates(Arc::clone(&array)).columns[fx::RATE_TO_REPORTING], Column::Number(expected), "{array:?}");
    }
}

#[test]
fn timestamps_are_days_only_at_midnight() {
    const DAY: i64 = 86_400;
    let dated = |array: ArrayRef| {
        let rows = array.len();
        let rate: ArrayRef = Arc::new(Int32Array::from(vec![1; rows]));
        let columns = [("date", array), ("currency", texts(vec!["USD"; rows])), ("rate_to_reporting", rate)];
        gathered(Wanted::plain(fx::SPEC), &columns)
    };
    let midnight = [20 * DAY, -DAY];
    let arrays: [ArrayRef; 4] = [
        Arc::new(TimestampMillisecondArray::from(midnight.map(|at| at * 1000).to_vec())),
        Arc::new(TimestampMicrosecondArray::from(midnight.map(|at| at * 1_000_000).to_vec()).with_timezone("UTC")),
        Arc::new(TimestampMicrosecondArray::from(midnight.map(|at| at * 1_000_000).to_vec()).with_timezone("Europe/Paris")),
        Arc::new(TimestampNanosecondArray::from(midnight.map(|at| at * 1_000_000_000).to_vec())),
    ];
    for array in arrays {
        let table = dated(Arc::clone(&array));
        assert_eq!((&table.columns[fx::DATE], defects(&table)), (&Column::Date(vec![20, -1]), vec![]), "{array:?}");
    }
    let table = dated(Arc::new(TimestampMillisecondArray::from(vec![20 * DAY * 1000 - 3_600_000])));
    assert_eq!(defects(&table), [(0, CellDefect::Unreadable, "1970-01-20T23:00:00")]);
    let table = dated(days(&[Date::MIN.0, Date::MIN.0 - 1, Date::MAX.0 + 1]));
    assert_eq!(defects(&table), [(1, CellDefect::Unreadable, "1899-12-31"), (2, CellDefect::Unreadable, "+10000-01-01")]);
}

#[test]
fn enum_values_are_matched_exactly() {
    let kinds = texts(["company", "consumer", "", "Company", "company", "public_bodies", "public_bodies"]);
    let ids = texts(["1", "2", "3", "4", "5", "6", "7"]);
    let table = gathered(Wanted::plain(customers::SPEC), &[("customer_id", ids), ("customer_type", kinds)]);
    let none = NO_CHOICE;
    assert_eq!(table.columns[customers::CUSTOMER_TYPE], Column::Choice(vec![0, 1, none, none, 0, none, none]));
    let unknown = CellDefect::UnknownValue;
    assert_eq!(defects(&table), [(3, unknown, "Company"), (5, unknown, "public_bodies"), (6, unknown, "public_bodies")]);
}

#[test]
fn missing_flags_texts_and_lists() {
    let stops = {
        let mut builder = arrow::array::ListBuilder::new(arrow::array::StringBuilder::new());
        builder.append_value([Some("contact"), None, Some("agency")]);
        builder.append_null();
        builder.append_value([] as [Option<&str>; 0]);
        builder.finish()
    };
    let stops: ListArray = stops;
    let columns: [(&str, ArrayRef); 5] = [
        ("hold_id", texts(["H1", "H2", " 003"])),
        ("customer_id", Arc::new(StringArray::from(vec![Some("C1"), None, Some("")]))),
        ("from_date", Arc::new(Date32Array::from(vec![Some(1), None, Some(3)]))),
        ("stops", Arc::new(stops)),
        ("urgent", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
    ];
    let wanted = Wanted { extra: vec!["urgent".into()], ..Wanted::plain(holds::SPEC) };
    let table = gathered(wanted, &columns);
    assert_eq!(table.text(holds::STOPS, 0), Some(&b"contact,agency"[..]));
    assert_eq!((table.text(holds::STOPS, 1), table.text(holds::STOPS, 2)), (None, None));
    assert_eq!((table.text(holds::CUSTOMER_ID, 0), table.text(holds::CUSTOMER_ID, 1)), (Some(&b"C1"[..]), None));
    assert_eq!(table.text(holds::HOLD_ID, 2), Some(&b" 003"[..]));
    assert_eq!(table.date(holds::FROM_DATE, 1), None);
    assert_eq!(table.columns[holds::WIDTH], Column::Flag(vec![1, 0, -1]));
    assert_eq!(table.columns[holds::REASON], Column::Absent);
}

/// A file whose `currency` column claims to be text but holds other bytes.
fn write_false_text(path: &Path, values: &[&[u8]]) {
    let schema = "message t { required int32 date (DATE); required binary currency (UTF8); required int32 rate_to_reporting; }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).expect("a schema"));
    let rows = values.len();
    let file = File::create(path).expect("a file");
    let mut writer = parquet::file::writer::SerializedFileWriter::new(file, schema, Arc::new(plain())).expect("a writer");
    let mut group = writer.next_row_group().expect("a group");
    while let Some(mut column) = group.next_column().expect("a column") {
        match column.untyped() {
            parquet::column::writer::ColumnWriter::ByteArrayColumnWriter(typed) => {
                let values: Vec<parquet::data_type::ByteArray> = values.iter().map(|value| value.to_vec().into()).collect();
                typed.write_batch(&values, None, None).expect("texts");
            }
            parquet::column::writer::ColumnWriter::Int32ColumnWriter(typed) => {
                typed.write_batch(&vec![7; rows], None, None).expect("numbers");
            }
            _ => unreachable!("the schema has no other type"),
        }
        column.close().expect("a column");
    }
    group.close().expect("a group");
    writer.close().expect("a footer");
}

#[test]
fn text_that_is_no_utf8_refuses_its_row_only() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_false_text(&folder.path().join("fx.parquet"), &[b"EUR", b"\xffUR", "é".as_bytes()]);
    let input = Input::open(Wanted::plain(fx::SPEC), folder.path(), "fx.parquet").expect("opened");
    let table = input.gather(None, &Quiet).expect("read");
    assert_eq!(defects(&table), [(1, CellDefect::Unreadable, "\u{fffd}UR")]);
    assert_eq!((table.text(fx::CURRENCY, 0), table.text(fx::CURRENCY, 1)), (Some(&b"EUR"[..]), None));
    assert_eq!(table.text(fx::CURRENCY, 2), Some("é".as_bytes()));
    assert!(!input.rows_identical(&[0, 1]).expect("read"));
}

#[test]
fn a_text_of_ten_megabytes_refuses_its_row_only() {
    let long = "x".repeat(10 << 20);
    let table = gathered(Wanted::plain(customers::SPEC), &[("customer_id", texts(["C1", &long, "C3"]))]);
    assert_eq!(defects(&table), [(1, CellDefect::Unreadable, &long[..80])]);
    assert_eq!((table.text(0, 0), table.text(0, 1), table.text(0, 2)), (Some(&b"C1"[..]), None, Some(&b"C3"[..])));
}

/// 5,000 payments in `files` files of small row groups.
fn payments_in(folder: &Path, files: usize) -> Input {
    let rows = 5000 / files;
    for file in 0..files {
        let range = file * rows..(file + 1) * rows;
        let ids: Vec<String> = range.clone().map(|row| format!("P{row}")).collect();
        let customers: Vec<String> = range.clone().map(|row| format!("C{}", row * 31 % 977)).collect();
        let dates: Vec<i32> = range.clone().map(|row| if row % 500 == 3 { -1_000_000 } else { 1 }).collect();
        let amounts: Vec<i64> = range.map(|row| i64::try_from(row).expect("small")).collect();
        let columns: [(&str, ArrayRef); 4] = [
            ("payment_id", texts(ids.iter().map(String::as_str))),
            ("customer_id", texts(customers.iter().map(String::as_str))),
            ("payment_date", days(&dates)),
            ("amount", money(&amounts)),
        ];
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(170)).build();
        write(&folder.join(format!("payments/{file:02}.parquet")), &columns, properties);
    }
    Input::open(Wanted::plain(payments::SPEC), folder, "payments").expect("opened")
}

fn scattered(input: &Input, threads: usize) -> Vec<Table> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    let route = |keys: RowKeys<'_>| shard_of(keys.customer_id.unwrap_or_default());
    pool.install(|| input.scatter(SHARDS, &route, Some(payments::PAYMENT_ID), &Quiet)).expect("scattered")
}

fn same(one: &[Table], other: &[Table]) -> bool {
    let parts = |table: &Table| (table.columns.clone(), table.source_row.clone(), table.key_hash.clone(), table.defects.clone());
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| parts(one) == parts(other))
}

#[test]
fn shards_depend_neither_on_threads_nor_on_the_cut_into_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let input = payments_in(folder.path(), 1);
    let expected = scattered(&input, 1);
    for threads in [2, 7] {
        assert!(same(&scattered(&input, threads), &expected), "{threads} threads");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert!(same(&scattered(&payments_in(folder.path(), 50), 2), &expected), "50 files");
}

#[test]
fn shards_do_not_depend_on_how_much_is_done_at_a_time() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let input = payments_in(folder.path(), 10);
    let expected = scattered(&input, 1);
    let route = |keys: RowKeys<'_>| shard_of(keys.customer_id.unwrap_or_default());
    for (span_rows, round_rows, block_text, long_text_rows) in [(1, 1, usize::MAX, 1), (400, 900, 0, 7), (1, 600, 1000, 100)] {
        let sizes = Sizes { span_rows, round_rows, block_text, long_text_rows };
        let read = || input.read(SHARDS, &route, Some(payments::PAYMENT_ID), &Quiet, sizes).expect("read");
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            assert!(same(&pool.install(read), &expected), "{sizes:?}, {threads} threads");
        }
    }
}

#[test]
fn texts_of_every_length_are_whole() {
    let ids: Vec<String> = (0..30).map(|length| "abcdefghijklmnopqrstuvwxyz0123".chars().take(length).collect()).collect();
    let id = |row: usize| (row % 7 != 3).then(|| ids[row].as_str());
    let names: ArrayRef = Arc::new(StringArray::from_iter((0..30).map(id)));
    let table = gathered(Wanted::plain(customers::SPEC), &[("customer_id", texts(["C"; 30])), ("name", names)]);
    for row in 0..30 {
        assert_eq!(table.text(customers::NAME, row), id(row).map(str::as_bytes).filter(|text| !text.is_empty()), "row {row}");
    }
}

#[test]
fn a_shard_has_its_rows_in_order_with_their_keys_and_defects() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let input = payments_in(folder.path(), 10);
    let shards = scattered(&input, 2);
    assert_eq!(shards.iter().map(Table::len).sum::<usize>(), 5000);
    assert_eq!(shards.iter().map(|table| table.defects.len()).sum::<usize>(), 10);
    for (shard, table) in shards.iter().enumerate() {
        assert!(table.source_row.is_sorted());
        for row in 0..table.len() {
            let source = table.source_row[row];
            let id = format!("P{source}");
            assert_eq!(table.text(payments::PAYMENT_ID, row), Some(id.as_bytes()));
            assert_eq!(table.key_hash[row], key_hash(id.as_bytes()));
            assert_eq!(table.money(payments::AMOUNT, row), Some(i64::from(source) * 10));
            assert_eq!(shard_of(table.text(payments::CUSTOMER_ID, row).expect("an id")), shard);
            let refused = table.defects.iter().any(|defect| defect.row as usize == row);
            assert_eq!(refused, source % 500 == 3, "row {source}");
        }
    }
}

#[test]
fn a_row_knows_its_file_and_number() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let input = payments_in(folder.path(), 10);
    for (row, file, within) in [(0, "00", 0), (499, "00", 499), (500, "01", 0), (4999, "09", 499)] {
        assert_eq!(input.place(row), (format!("payments/{file}.parquet").as_str(), within));
    }
}

#[test]
fn progress_counts_every_row() {
    struct Count(AtomicU64);
    impl Progress for Count {
        fn rows(&self, rows: u64) -> Result<(), Failure> {
            self.0.fetch_add(rows, Ordering::Relaxed);
            Ok(())
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let count = Count(AtomicU64::new(0));
    payments_in(folder.path(), 10).gather(None, &count).expect("read");
    assert_eq!(count.0.into_inner(), 5000);
}

#[test]
fn identical_rows_agree_in_all_columns_of_their_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rate = || -> ArrayRef { Arc::new(Int32Array::from(vec![1, 1, 2])) };
    let note: ArrayRef = Arc::new(BinaryArray::from_opt_vec(vec![Some(b"a"), None, Some(b"a")]));
    let a: [(&str, ArrayRef); 4] =
        [("date", days(&[1, 1, 1])), ("currency", texts(["USD"; 3])), ("rate_to_reporting", rate()), ("note", note)];
    let mut b = a.clone();
    b.reverse();
    write(&folder.path().join("fx/a.parquet"), &a, WriterProperties::builder().set_max_row_group_row_count(Some(2)).build());
    write(&folder.path().join("fx/b.parquet"), &b, plain());
    let input = Input::open(Wanted::plain(fx::SPEC), folder.path(), "fx").expect("opened");
    for (rows, expected) in [(&[0, 3][..], true), (&[1, 4], true), (&[2, 5], true), (&[0, 1], false), (&[0, 2], false), (&[5, 2, 0], false)]
    {
        assert_eq!(input.rows_identical(rows).expect("read"), expected, "{rows:?}");
    }
}

#[test]
fn hive_folders_fill_columns() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rate: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    for (place, currency) in [("date=2026-01-01", "USD"), ("date=2026-01-xx", "GBP")] {
        let columns = [("rate_to_reporting", Arc::clone(&rate)), ("zone", texts(["z"]))];
        write(&folder.path().join(format!("fx/{place}/currency={currency}/part.parquet")), &columns, plain());
    }
    let table = Input::open(Wanted::plain(fx::SPEC), folder.path(), "fx").and_then(|input| input.gather(None, &Quiet)).expect("read");
    assert_eq!((table.text(fx::CURRENCY, 0), table.text(fx::CURRENCY, 1)), (Some(&b"USD"[..]), Some(&b"GBP"[..])));
    assert_eq!(table.date(fx::DATE, 0), Date::parse("2026-01-01"));
    assert_eq!(defects(&table), [(1, CellDefect::Unreadable, "2026-01-xx")]);
}

#[test]
fn empty_tables_and_files_without_rows_are_tables() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let none: [(&str, ArrayRef); 3] =
        [("date", days(&[])), ("currency", texts([])), ("rate_to_reporting", Arc::new(Int32Array::from(Vec::<i32>::new())))];
    let one: [(&str, ArrayRef); 3] =
        [("date", days(&[1])), ("currency", texts(["USD"])), ("rate_to_reporting", Arc::new(Int32Array::from(vec![1])))];
    for (name, columns) in [("a", &none), ("b", &one), ("c", &none), ("d", &one)] {
        write(&folder.path().join(format!("fx/{name}.parquet")), columns, plain());
    }
    let input = Input::open(Wanted::plain(fx::SPEC), folder.path(), "fx").expect("opened");
    assert_eq!((input.rows(), input.place(0), input.place(1)), (2, ("fx/b.parquet", 0), ("fx/d.parquet", 0)));
    let empty = Input::open(Wanted::plain(fx::SPEC), folder.path(), "fx/a.parquet").expect("opened");
    assert_eq!(empty.scatter(SHARDS, &|_| 0, None, &Quiet).expect("read").len(), SHARDS);
}

#[test]
fn a_file_cut_anywhere_is_one_message() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("fx.parquet");
    write_false_text(&path, &[b"EUR", b"USD"]);
    let bytes = fs::read(&path).expect("a file");
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).expect("written");
        let failure = Input::open(Wanted::plain(fx::SPEC), folder.path(), "fx.parquet").unwrap_err();
        assert_eq!((failure.exit, failure.messages.len()), (Exit::Data, 1), "{length} bytes");
        assert!(failure.messages[0].starts_with("fx.parquet is not readable Parquet: "), "{length} bytes: {failure}");
    }
}

#[test]
fn a_flipped_byte_is_a_message_or_a_value_but_never_a_panic() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("fx.parquet");
    write_false_text(&path, &[b"EUR", b"USD"]);
    let bytes = fs::read(&path).expect("a file");
    for at in 0..bytes.len() {
        for flip in [1, 0x80] {
            let mut harmed = bytes.clone();
            harmed[at] ^= flip;
            fs::write(&path, harmed).expect("written");
            let read = Input::open(Wanted::plain(fx::SPEC), folder.path(), "fx.parquet").and_then(|input| input.gather(None, &Quiet));
            if let Err(failure) = read {
                assert_eq!(failure.exit, Exit::Data, "byte {at}: {failure}");
            }
        }
    }
}

#[test]
fn a_file_that_changes_meanwhile_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("fx.parquet");
    write_false_text(&path, &[b"EUR", b"USD"]);
    let input = Input::open(Wanted::plain(fx::SPEC), folder.path(), "fx.parquet").expect("opened");
    assert_eq!(input.records().expect("unchanged")[0].rows, 2);
    fs::remove_file(&path).expect("removed");
    write_false_text(&path, &[b"EUR", b"GBP"]);
    for failure in [input.records().unwrap_err(), input.gather(None, &Quiet).unwrap_err()] {
        assert_eq!((failure.exit, failure.messages), (Exit::Data, vec!["fx.parquet changed while it was read".to_owned()]));
    }
}
