//! Tables of the contract as Parquet, written from and read back to rows a person can read.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    UInt32Array,
};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use relance::base::contract::{INPUTS, Kind};
use relance::base::date::Date;

/// Writes rows as a table of the contract: columns named in the first line, a row on each further one, cells between commas,
/// empty cells missing. A column has the type the contract gives it, text if the contract does not know it, or the one
/// written behind its name: `amount:double`, `amount:whole`, `amount:text`, `issue_date:instant`, `amount:decimal3`.
pub fn write(path: &Path, table: &str, rows: &str) {
    write_batch(path, &batch(table, rows));
}

pub fn write_batch(path: &Path, batch: &RecordBatch) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder of a table");
    let mut writer = ArrowWriter::try_new(File::create(path).expect("a file"), batch.schema(), None).expect("a writer");
    writer.write(batch).expect("rows written");
    writer.close().expect("a table closed");
}

/// All rows of a file.
pub fn read_batch(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).expect("a table")).expect("Parquet");
    let schema = Arc::clone(reader.schema());
    let batches: Vec<RecordBatch> = reader.build().expect("a reader").map(|batch| batch.expect("rows")).collect();
    concat_batches(&schema, &batches).expect("one batch")
}

/// Some rows of a batch, in the order named.
pub fn pick(batch: &RecordBatch, rows: &[u32]) -> RecordBatch {
    take_record_batch(batch, &UInt32Array::from(rows.to_vec())).expect("rows taken")
}

/// Puts another text in the place of one, also one that [`write`] could not take, in a table of texts.
pub fn replace_text(path: &Path, from: &str, to: &str) {
    let batch = read_batch(path);
    let replaced = |column: &ArrayRef| match column.as_any().downcast_ref::<StringArray>() {
        Some(texts) => Arc::new(texts.iter().map(|text| text.map(|text| if text == from { to } else { text })).collect::<StringArray>()),
        None => Arc::clone(column),
    };
    let columns = batch.columns().iter().map(replaced).collect();
    write_batch(path, &RecordBatch::try_new(batch.schema(), columns).expect("a batch"));
}

/// A table read back as text.
pub struct Rows {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Rows {
    pub fn read(path: &Path) -> Rows {
        let batch = read_batch(path);
        let columns = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        let options = FormatOptions::new();
        let formatters: Vec<ArrayFormatter<'_>> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).expect("a printable column")).collect();
        let rows = (0..batch.num_rows()).map(|row| formatters.iter().map(|cell| cell.value(row).to_string()).collect()).collect();
        Rows { columns, rows }
    }

    /// The rows, some columns of each.
    pub fn of<const N: usize>(&self, columns: [&str; N]) -> Vec<[&str; N]> {
        let at = columns.map(|name| self.columns.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}")));
        self.rows.iter().map(|row| at.map(|at| row[at].as_str())).collect()
    }

    /// One line per row, cells between commas.
    pub fn text(&self) -> String {
        let quoted = |cell: &String| if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() };
        let line = |cells: &Vec<String>| cells.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n";
        std::iter::once(&self.columns).chain(&self.rows).map(line).collect()
    }
}

fn batch(table: &str, rows: &str) -> RecordBatch {
    let mut lines = rows.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let header: Vec<&str> = lines.next().expect("a line of column names").split(',').map(str::trim).collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').map(str::trim).collect()).collect();
    for row in &rows {
        assert_eq!(row.len(), header.len(), "cells of {row:?} in {table}");
    }
    let columns = header.iter().enumerate().map(|(at, name)| {
        let cells: Vec<Option<&str>> = rows.iter().map(|row| Some(row[at]).filter(|cell| !cell.is_empty())).collect();
        let (name, kind) = name.split_once(':').unwrap_or_else(|| (name, kind_of(table, name)));
        (name, column(kind, &cells), true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).expect("a batch")
}

fn kind_of(table: &str, name: &str) -> &'static str {
    let spec = INPUTS.iter().find(|spec| spec.name == table).unwrap_or_else(|| panic!("no table {table}"));
    match spec.position(name).map(|at| spec.columns[at].kind) {
        None | Some(Kind::Text | Kind::Choice(_)) => "text",
        Some(Kind::Money) => "decimal2",
        Some(Kind::Date) => "date",
        Some(Kind::Flag) => "flag",
        Some(Kind::Number | Kind::Decimal) => "decimal6",
        Some(Kind::ExchangeRate) => "decimal12",
        Some(Kind::Whole) => "whole",
    }
}

fn column(kind: &str, cells: &[Option<&str>]) -> ArrayRef {
    fn parsed<T>(cells: &[Option<&str>], parse: impl Fn(&str) -> T) -> Vec<Option<T>> {
        cells.iter().map(|cell| cell.map(&parse)).collect()
    }
    let whole = |cell: &str| cell.parse::<i64>().expect("a whole number");
    let day = |cell: &str| Date::parse(cell).unwrap_or_else(|| panic!("no day: {cell}")).0;
    let decimal = |scale: u8| {
        let array = Decimal128Array::from(parsed(cells, |cell| unscaled(cell, scale)));
        array.with_precision_and_scale(18, i8::try_from(scale).expect("a small scale")).expect("a decimal that fits")
    };
    match kind {
        "text" => Arc::new(StringArray::from(cells.to_vec())),
        "date" => Arc::new(Date32Array::from(parsed(cells, day))),
        // Noon of the day, which is no midnight.
        "instant" => Arc::new(TimestampMicrosecondArray::from(parsed(cells, |cell| (i64::from(day(cell)) * 24 + 12) * 3_600_000_000))),
        "flag" => Arc::new(BooleanArray::from(parsed(cells, |cell| cell == "true"))),
        "double" => Arc::new(Float64Array::from(parsed(cells, |cell| cell.parse::<f64>().expect("a number")))),
        "whole" => Arc::new(Int64Array::from(parsed(cells, whole))),
        "decimal2" => Arc::new(decimal(2)),
        "decimal3" => Arc::new(decimal(3)),
        "decimal6" => Arc::new(decimal(6)),
        "decimal12" => Arc::new(decimal(12)),
        other => panic!("no kind of column: {other}"),
    }
}

fn unscaled(cell: &str, scale: u8) -> i128 {
    let (whole, part) = cell.split_once('.').unwrap_or((cell, ""));
    let scale = usize::from(scale);
    assert!(part.len() <= scale, "more than {scale} decimals: {cell}");
    format!("{whole}{part:0<scale$}").parse().expect("a decimal")
}
