//! Which rows share a key (rulings 11 and 15), from files.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use super::*;
use crate::base::contract::installments;
use crate::io::scan::Quiet;
use crate::io::schema::Wanted;

const AS_OF: &str = "2026-06-30";

fn day(text: &str) -> Date {
    Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
}

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let mut writer = ArrowWriter::try_new(File::create(path).expect("a file"), batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a footer");
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(StringArray::from_iter(values))
}

/// A file of payments: id, date, status, and a column the contract does not know. `-` is missing.
fn payments_file(path: &Path, rows: &[&str]) {
    let cells: Vec<Vec<Option<&str>>> =
        rows.iter().map(|row| row.split_whitespace().map(|cell| Some(cell).filter(|cell| *cell != "-")).collect()).collect();
    let column = |at: usize| texts(cells.iter().map(move |cells| cells[at]));
    let dates = cells.iter().map(|cells| cells[1].map(|date| day(date).0));
    let amounts = Decimal128Array::from(vec![100; rows.len()]).with_precision_and_scale(18, 2).expect("a decimal");
    write(
        path,
        vec![
            ("payment_id", column(0)),
            ("customer_id", texts(rows.iter().map(|_| Some("C")))),
            ("payment_date", Arc::new(Date32Array::from_iter(dates))),
            ("status", column(2)),
            ("note", column(3)),
            ("amount", Arc::new(amounts)),
        ],
    );
}

/// Writes the files, and finds the rows refused and the spare copies, by their number over all files.
fn found(files: &[&[&str]], keep_identical: bool) -> (Vec<u32>, Vec<u32>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("payments")).expect("a folder");
    for (at, rows) in files.iter().enumerate() {
        payments_file(&folder.path().join(format!("payments/{at}.parquet")), rows);
    }
    let input = Input::open(Wanted::plain(payments::SPEC), folder.path(), "payments").expect("a readable table");
    let table = input.gather(Some(payments::PAYMENT_ID), &Quiet).expect("readable rows");
    let duplicates = find(&[&table], &payments::SPEC, day(AS_OF), &input, keep_identical).expect("files to compare");
    (duplicates.refused, duplicates.spare)
}

/// Name, files, and what is refused without and with `keep_identical`, and spare with it.
type Case<'a> = (&'a str, &'a [&'a [&'a str]], &'a [u32], &'a [u32], &'a [u32]);

const CASES: &[Case<'_>] = &[
    ("no key twice", &[&["P-1 2026-02-10 - a", "P-2 2026-02-10 - a"]], &[], &[], &[]),
    ("ids are bytes", &[&["P-1 2026-02-10 - a", "p-1 2026-02-10 - a", "P-01 2026-02-10 - a"]], &[], &[], &[]),
    ("identical", &[&["P-1 2026-02-10 - a", "P-2 2026-02-10 - a", "P-1 2026-02-10 - a"]], &[0, 2], &[], &[2]),
    ("identical in two files: the first file's row stays", &[&["P-1 2026-02-10 - a"], &["P-1 2026-02-10 - a"]], &[0, 1], &[], &[1]),
    ("another date", &[&["P-1 2026-02-10 - a", "P-1 2026-02-11 - a"]], &[0, 1], &[0, 1], &[]),
    ("a column beyond the contract is compared too", &[&["P-1 2026-02-10 - a", "P-1 2026-02-10 - b"]], &[0, 1], &[0, 1], &[]),
    (
        "one row of the group differs, so none is kept",
        &[&["P-1 2026-02-10 - a", "P-1 2026-02-10 - a", "P-1 2026-02-10 - b"]],
        &[0, 1, 2],
        &[0, 1, 2],
        &[],
    ),
    ("a row after as_of is in no group", &[&["P-1 2026-07-01 - a", "P-1 2026-06-30 - a"]], &[], &[], &[]),
    ("a pending one is, whatever its date", &[&["P-1 2026-07-01 pending a", "P-1 2026-06-30 - a"]], &[0, 1], &[0, 1], &[]),
    ("rows with other defects are", &[&["P-1 2026-02-10 gold a", "P-1 2026-02-10 - a", "P-1 - - a"]], &[0, 1, 2], &[0, 1, 2], &[]),
    ("a missing key is no key", &[&["- 2026-02-10 - a", "- 2026-02-10 - a"]], &[], &[], &[]),
];

#[test]
fn ruling_15_a_group_is_every_readable_key_not_after_as_of() {
    for (name, files, refused, refused_keeping, spare) in CASES {
        assert_eq!(found(files, false), (refused.to_vec(), vec![]), "{name}");
        assert_eq!(found(files, true), (refused_keeping.to_vec(), spare.to_vec()), "{name}, keep_identical");
    }
}

#[test]
fn a_key_of_two_columns_is_both() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let amounts = Decimal128Array::from(vec![100; 4]).with_precision_and_scale(18, 2).expect("a decimal");
    let sequences = Decimal128Array::from(vec![1, 2, 1, 1]).with_precision_and_scale(9, 0).expect("a decimal");
    write(
        &folder.path().join("t.parquet"),
        vec![
            ("invoice_id", texts(["A-1", "A-1", "A-2", "A-1"].into_iter().map(Some))),
            ("sequence", Arc::new(sequences)),
            ("due_date", Arc::new(Date32Array::from(vec![20_000; 4]))),
            ("amount", Arc::new(amounts)),
        ],
    );
    let input = Input::open(Wanted::plain(installments::SPEC), folder.path(), "t.parquet").expect("a readable table");
    let table = input.gather(None, &Quiet).expect("readable rows");
    let duplicates = find(&[&table], &installments::SPEC, day(AS_OF), &input, false).expect("files to compare");
    assert_eq!(duplicates.refused, [0, 3]);
}
