//! Output tables as Parquet, the same bytes for the same rows: plain types, columns [encoded](crate::io::encode) in parallel.
//!
//! Tables arrive in their final order, shard by shard. A row group ends where a customer ends, so that one customer is never in two.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowSchemaConverter;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnDescPtr;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base::contract::{Kind, TableSpec};
use crate::base::table::Table;
use crate::error::{Exit, Failure};
use crate::io::digest::hexadecimal;
use crate::io::encode::{Chunk, ColumnEncoder, PRECISION};

/// Rows after which a row group ends with its customer.
const GROUP_ROWS: usize = 1 << 19;
/// Bytes written, and hashed, at once.
const PIECE: usize = 1 << 20;

/// One column of an output table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputColumn {
    pub name: String,
    pub kind: Kind,
    /// Whether every row has a value.
    pub required: bool,
}

/// The columns of an output table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Name of the table; its file is `<name>.parquet`.
    pub name: String,
    pub columns: Vec<OutputColumn>,
}

impl From<&TableSpec> for Layout {
    fn from(table: &TableSpec) -> Layout {
        let columns = table.columns.iter();
        let columns = columns.map(|column| OutputColumn { name: column.name.to_owned(), kind: column.kind, required: column.required });
        Layout { name: table.name.to_owned(), columns: columns.collect() }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// Name of the file.
    pub file: String,
    pub rows: u64,
    pub bytes: u64,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
}

/// Writes one output table.
pub struct TableWriter {
    path: PathBuf,
    layout: Layout,
    /// Place of the column by which rows stay together in a row group.
    customer_id: Option<usize>,
    file: SerializedFileWriter<HashingFile>,
    /// Encoders of the row group being filled, one per column.
    columns: Vec<ColumnEncoder>,
    group_rows: usize,
    rows: u64,
}

impl TableWriter {
    /// Begins a file. `money_decimals` is 2, or 3 where a currency of the run needs it; `metadata` goes into the footer in
    /// this order; columns named in `bloom` get a bloom filter where the table has them.
    ///
    /// # Errors
    /// [`Exit::Permission`] or [`Exit::Machine`] where the file cannot be created.
    pub fn create(
        path: &Path,
        layout: Layout,
        money_decimals: u8,
        metadata: &[(String, String)],
        bloom: &[&str],
    ) -> Result<TableWriter, Failure> {
        let file = File::create_new(path).map_err(|error| Failure::file(&error, "create", path))?;
        TableWriter::over(Box::new(file), path, layout, money_decimals, metadata, bloom)
    }

    /// As [`TableWriter::create`], into anything that takes bytes; `path` is what failures call it.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn over(
        sink: Box<dyn Write + Send>,
        path: &Path,
        layout: Layout,
        money_decimals: u8,
        metadata: &[(String, String)],
        bloom: &[&str],
    ) -> Result<TableWriter, Failure> {
        let schema = Schema::new(layout.columns.iter().map(|column| field(column, money_decimals)).collect::<Vec<_>>());
        let parquet = ArrowSchemaConverter::new().schema_root(&layout.name).convert(&schema).map_err(|error| failed(path, &error))?;
        let file = SerializedFileWriter::new(HashingFile::new(sink), parquet.root_schema_ptr(), Arc::new(properties(metadata)));
        let file = file.map_err(|error| failed(path, &error))?;
        let encoder = |(column, descriptor): (&OutputColumn, &ColumnDescPtr)| {
            ColumnEncoder::new(Arc::clone(descriptor), column.kind, money_decimals, bloom.contains(&column.name.as_str()))
        };
        // The descriptors of the file itself: a chunk must name the very same.
        let columns = layout.columns.iter().zip(file.schema_descr().columns()).map(encoder).collect();
        let customer_id = layout.columns.iter().position(|column| column.name == "customer_id");
        Ok(TableWriter { path: path.to_owned(), layout, customer_id, file, columns, group_rows: 0, rows: 0 })
    }

    /// Appends rows that are already in their final order.
    ///
    /// # Errors
    /// [`Exit::Bug`] where a required value is missing or a column is of another kind than the layout says,
    /// [`Exit::Machine`] where the disk is full.
    pub fn append(&mut self, table: &Table) -> Result<(), Failure> {
        self.append_all(&[table])
    }

    /// Appends tables that begin with a customer each.
    ///
    /// # Errors
    /// As [`TableWriter::append`].
    pub fn append_all(&mut self, tables: &[&Table]) -> Result<(), Failure> {
        let mut parts: Vec<(&Table, Range<usize>)> = Vec::new();
        for table in tables {
            if table.columns.len() != self.layout.columns.len() {
                let (found, expected) = (table.columns.len(), self.layout.columns.len());
                return Err(Failure::new(Exit::Bug, format!("output {} has {found} columns, expected {expected}", self.layout.name)));
            }
            let mut start = 0;
            if self.group_rows >= GROUP_ROWS {
                self.encode(&std::mem::take(&mut parts))?;
                self.close_group()?;
            }
            while start < table.len() {
                let end = self.end_of_group(table, start);
                parts.push((table, start..end));
                self.group_rows += end - start;
                // Rows that are left begin the next group.
                if end < table.len() {
                    self.encode(&std::mem::take(&mut parts))?;
                    self.close_group()?;
                }
                start = end;
            }
        }
        self.encode(&parts)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// As [`TableWriter::append`].
    pub fn finish(mut self) -> Result<Written, Failure> {
        self.close_group()?;
        let path = self.path;
        self.file.finish().map_err(|error| failed(&path, &error))?;
        let (bytes, sha256) = self.file.inner_mut().finish().map_err(|error| Failure::file(&error, "write", &path))?;
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Written { file, rows: self.rows, bytes, sha256 })
    }

    /// Where the row group ends that the row at `start` belongs to: with the first customer after it is full, or with the table.
    fn end_of_group(&self, table: &Table, start: usize) -> usize {
        let full = start + GROUP_ROWS.saturating_sub(self.group_rows);
        (full.max(start + 1)..table.len()).find(|row| self.starts_customer(table, *row)).unwrap_or(table.len())
    }

    /// Whether a row belongs to another customer than the one before it in this table.
    fn starts_customer(&self, table: &Table, row: usize) -> bool {
        self.customer_id.is_none_or(|column| table.text(column, row) != table.text(column, row - 1))
    }

    fn encode(&mut self, parts: &[(&Table, Range<usize>)]) -> Result<(), Failure> {
        let layout = &self.layout;
        let encoded: Vec<Result<(), Failure>> = (self.columns.par_iter_mut().enumerate())
            .map(|(at, encoder)| {
                let mut parts = parts.iter();
                parts.try_for_each(|(table, rows)| encoder.push(&table.columns[at], rows.clone())).map_err(|what| broken(layout, at, &what))
            })
            .collect();
        self.rows += parts.iter().map(|(_, rows)| rows.len() as u64).sum::<u64>();
        encoded.into_iter().collect()
    }

    fn close_group(&mut self) -> Result<(), Failure> {
        if std::mem::take(&mut self.group_rows) == 0 {
            return Ok(());
        }
        let chunks: Vec<Result<Chunk, ParquetError>> = self.columns.par_iter_mut().map(ColumnEncoder::finish).collect();
        let write = || {
            let mut group = self.file.next_row_group()?;
            for chunk in chunks {
                let Chunk { bytes, close } = chunk?;
                group.append_column(&bytes, close)?;
            }
            group.close().map(|_| ())
        };
        write().map_err(|error| failed(&self.path, &error))
    }
}

fn field(column: &OutputColumn, money_decimals: u8) -> Field {
    let kind = match column.kind {
        Kind::Text | Kind::Choice(_) => DataType::Utf8,
        Kind::Money => DataType::Decimal64(PRECISION, money_decimals.cast_signed()),
        Kind::Number => DataType::Decimal64(PRECISION, 6),
        Kind::ExchangeRate => DataType::Decimal64(PRECISION, 12),
        Kind::Decimal => DataType::Decimal128(38, 6),
        Kind::Date => DataType::Date32,
        Kind::Flag => DataType::Boolean,
        Kind::Whole => DataType::Int64,
    };
    Field::new(&column.name, kind, !column.required)
}

/// What a footer says of the file. How columns are encoded is for [`ColumnEncoder`] to say.
fn properties(metadata: &[(String, String)]) -> WriterProperties {
    let metadata = metadata.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
    WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        // The form other readers parse: name, the word "version", the version.
        .set_created_by(concat!("relance version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(metadata))
        .build()
}

fn broken(layout: &Layout, column: usize, what: &str) -> Failure {
    Failure::new(Exit::Bug, format!("output {}, column {}: {what}", layout.name, layout.columns[column].name))
}

/// A failure of the disk as such, anything else as ours.
fn failed(path: &Path, error: &ParquetError) -> Failure {
    match error {
        ParquetError::External(cause) => match cause.downcast_ref::<io::Error>() {
            Some(cause) => Failure::file(cause, "write", path),
            None => broken_file(path, error),
        },
        _ => broken_file(path, error),
    }
}

fn broken_file(path: &Path, error: &ParquetError) -> Failure {
    Failure::new(Exit::Bug, format!("cannot write {}: {error}", path.display()))
}

/// A file that is hashed while it is written, a large piece at a time.
struct HashingFile {
    file: Box<dyn Write + Send>,
    piece: Vec<u8>,
    hash: Sha256,
    bytes: u64,
}

impl HashingFile {
    fn new(file: Box<dyn Write + Send>) -> HashingFile {
        HashingFile { file, piece: Vec::with_capacity(PIECE), hash: Sha256::new(), bytes: 0 }
    }

    /// Writes what is left; size and hash of the file.
    fn finish(&mut self) -> io::Result<(u64, String)> {
        self.flush()?;
        Ok((self.bytes, hexadecimal(&self.hash.finalize_reset())))
    }
}

impl Write for HashingFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.piece.len() + buffer.len() > PIECE {
            self.flush()?;
        }
        self.piece.extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.piece)?;
        self.hash.update(&self.piece);
        self.bytes += self.piece.len() as u64;
        self.piece.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::contract::state;
    use crate::base::table::{Column, NO_CHOICE, NO_DATE, NO_FLAG, NO_VALUE, Texts};
    use crate::io::input::Input;
    use crate::io::scan::Quiet;
    use crate::io::schema::Wanted;

    fn texts(values: &[&str]) -> Column {
        let mut texts = Texts::default();
        texts.extend(values.iter().map(|value| value.as_bytes()));
        Column::Text(texts)
    }

    /// Three rows of the state, with every kind of column and a missing value in each optional one.
    fn sample() -> Table {
        let mut columns = vec![Column::Absent; state::WIDTH];
        columns[state::RECORD] = Column::Choice(vec![0, 3, 1]);
        columns[state::CUSTOMER_ID] = texts(&["C1", "C1", "é2"]);
        columns[state::INVOICE_ID] = texts(&["", "I1", "I2"]);
        columns[state::SEQUENCE] = Column::Whole(vec![1, NO_VALUE, -7]);
        columns[state::STEP_ON] = Column::Date(vec![NO_DATE, 20_000, 0]);
        columns[state::AMOUNT] = Column::Money(vec![-12_340, NO_VALUE, 999_999_999_999_999_990]);
        columns[state::FINAL] = Column::Flag(vec![1, 0, NO_FLAG]);
        Table { columns, source_row: vec![0, 1, 2], ..Table::default() }
    }

    fn layout(columns: &[(&str, Kind, bool)]) -> Layout {
        let columns = columns.iter().map(|(name, kind, required)| OutputColumn { name: (*name).into(), kind: *kind, required: *required });
        Layout { name: "sample".into(), columns: columns.collect() }
    }

    fn write(path: &Path, layout: Layout, money_decimals: u8, tables: &[Table]) -> Result<Written, Failure> {
        let metadata = [("relance.as_of".to_owned(), "2026-11-21".to_owned())];
        let mut writer = TableWriter::create(path, layout, money_decimals, &metadata, &["customer_id"])?;
        for table in tables {
            writer.append(table)?;
        }
        writer.finish()
    }

    #[test]
    fn what_is_written_is_read_back() {
        for money_decimals in [2, 3] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let written =
                write(&folder.path().join("state.parquet"), Layout::from(&state::SPEC), money_decimals, &[sample()]).expect("written");
            let input = Input::open(Wanted::plain(state::SPEC), folder.path(), "state.parquet").expect("opened");
            let record = input.records().expect("records").remove(0);
            assert_eq!((record.rows, record.bytes, record.sha256), (written.rows, written.bytes, written.sha256));
            let read = input.gather(None, &Quiet).expect("read");
            for (at, (expected, found)) in sample().columns.iter().zip(&read.columns).enumerate() {
                if *expected != Column::Absent {
                    assert_eq!(found, expected, "{}", state::SPEC.columns[at].name);
                }
            }
            assert!(read.defects.is_empty());
        }
    }

    #[test]
    fn bytes_do_not_depend_on_threads() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let hashes: Vec<Written> = [1, 2, 7]
            .iter()
            .map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(*threads).build().expect("a pool");
                let path = folder.path().join(format!("{threads}"));
                pool.install(|| write(&path, Layout::from(&state::SPEC), 2, &vec![sample(); 50]).expect("written"))
            })
            .collect();
        assert!(hashes.iter().all(|written| written.sha256 == hashes[0].sha256 && written.rows == 150));
    }

    #[test]
    fn row_groups_end_with_a_customer() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("t.parquet");
        let rows = GROUP_ROWS + 65_541;
        // Customers of 7 rows: neither a slice nor a group is a multiple of them.
        let ids: Vec<String> = (0..rows).map(|row| format!("C{:07}", row / 7)).collect();
        let columns = vec![texts(&ids.iter().map(String::as_str).collect::<Vec<_>>())];
        let table = Table { columns, source_row: (0..).take(rows).collect(), ..Table::default() };
        write(&path, layout(&[("customer_id", Kind::Text, true)]), 2, &[table]).expect("written");
        let metadata = parquet::file::serialized_reader::SerializedFileReader::new(File::open(&path).expect("a file")).expect("a footer");
        let metadata = parquet::file::reader::FileReader::metadata(&metadata);
        let groups: Vec<i64> = metadata.row_groups().iter().map(|group| group.num_rows()).collect();
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0] % 7, 0);
        assert_eq!(metadata.file_metadata().created_by(), Some(concat!("relance version ", env!("CARGO_PKG_VERSION"))));
        assert!(metadata.row_groups()[0].column(0).bloom_filter_offset().is_some());
    }

    #[test]
    fn a_table_without_rows_is_a_file_with_columns() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(write(&folder.path().join("state.parquet"), Layout::from(&state::SPEC), 2, &[]).expect("written").rows, 0);
        let input = Input::open(Wanted::plain(state::SPEC), folder.path(), "state.parquet").expect("opened");
        assert_eq!(input.gather(None, &Quiet).expect("read").len(), 0);
    }

    #[test]
    fn what_the_layout_forbids_is_our_bug() {
        let money = |value| Column::Money(vec![value]);
        let cases = [
            (Kind::Money, money(NO_VALUE), "a required value is missing"),
            (Kind::Money, money(12_345), "12345 thousandths have no whole number of hundredths"),
            (Kind::Number, Column::Number(vec![i64::MAX]), "9223372036854775807 does not fit decimal(18,6)"),
            (Kind::Text, texts(&[""]), "a required value is missing"),
            (Kind::Text, Column::Absent, "a required value is missing"),
            (Kind::Choice(&["a"]), Column::Choice(vec![NO_CHOICE]), "a required value is missing"),
            (Kind::Decimal, Column::Decimal(vec![None]), "a required value is missing"),
            (Kind::Date, money(1), "the values are not of kind Date"),
        ];
        for (kind, column, expected) in cases {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let table = Table { columns: vec![column], source_row: vec![0], ..Table::default() };
            let failure = write(&folder.path().join("t"), layout(&[("x", kind, true)]), 2, &[table]).unwrap_err();
            assert_eq!((failure.exit, failure.messages), (Exit::Bug, vec![format!("output sample, column x: {expected}")]));
        }
    }

    #[test]
    fn a_full_disk_names_the_file() {
        let error = ParquetError::External(Box::new(io::Error::from(io::ErrorKind::StorageFull)));
        let failure = failed(Path::new("out/kpis.parquet"), &error);
        assert_eq!(failure.exit, Exit::Machine);
        assert!(failure.messages[0].starts_with("cannot write out/kpis.parquet"), "{}", failure.messages[0]);
    }
}
