//! Output tables as Parquet, the same bytes for the same rows: fixed properties, plain types, columns encoded in parallel.
//!
//! Tables arrive in their final order, shard by shard. A row group ends where a customer ends, so that one customer is never in two.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, Date32Array, Decimal64Array, Decimal128Array, Int64Array, PrimitiveArray, StringArray,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base::contract::{Kind, TableSpec};
use crate::base::table::{Column, NO_CHOICE, NO_DATE, NO_FLAG, NO_VALUE, Table, Texts};
use crate::error::{Exit, Failure};
use crate::io::digest::hexadecimal;

/// Rows after which a row group ends with its customer.
const GROUP_ROWS: usize = 1 << 19;
/// Rows encoded at once; texts of so many rows stay below the 2 GiB an Arrow array can hold.
const SLICE_ROWS: usize = 1 << 16;
/// Bytes of text encoded at once.
const MOST_TEXT: usize = 1 << 30;
const COMPRESSION_LEVEL: i32 = 1;
/// Digits of the decimals of one row.
const PRECISION: u8 = 18;
const MISSING: &str = "a required value is missing";

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
    money_decimals: u8,
    schema: SchemaRef,
    file: SerializedFileWriter<HashingFile>,
    factory: ArrowRowGroupWriterFactory,
    /// Encoders of the row group being filled, one per column.
    group: Vec<ArrowColumnWriter>,
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
        let schema = Arc::new(Schema::new(layout.columns.iter().map(|column| field(column, money_decimals)).collect::<Vec<_>>()));
        let properties = Arc::new(properties(&layout, metadata, bloom).map_err(|error| failed(path, &error))?);
        let parquet = ArrowSchemaConverter::new().schema_root(&layout.name).convert(&schema).map_err(|error| failed(path, &error))?;
        let file = SerializedFileWriter::new(HashingFile::new(file), parquet.root_schema_ptr(), properties);
        let file = file.map_err(|error| failed(path, &error))?;
        let factory = ArrowRowGroupWriterFactory::new(&file, Arc::clone(&schema));
        Ok(TableWriter { path: path.to_owned(), layout, money_decimals, schema, file, factory, group: Vec::new(), group_rows: 0, rows: 0 })
    }

    /// Appends rows that are already in their final order.
    ///
    /// # Errors
    /// [`Exit::Bug`] where a required value is missing or a column is of another kind than the layout says,
    /// [`Exit::Machine`] where the disk is full.
    pub fn append(&mut self, table: &Table) -> Result<(), Failure> {
        if table.columns.len() != self.layout.columns.len() {
            let (found, expected) = (table.columns.len(), self.layout.columns.len());
            return Err(Failure::new(Exit::Bug, format!("output {} has {found} columns, expected {expected}", self.layout.name)));
        }
        for rows in self.slices(table) {
            if self.group_rows >= GROUP_ROWS && self.starts_customer(table, rows.start) {
                self.close_group()?;
            }
            self.encode(table, rows)?;
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// As [`TableWriter::append`].
    pub fn finish(mut self) -> Result<Written, Failure> {
        self.close_group()?;
        let path = self.path;
        self.file.finish().map_err(|error| failed(&path, &error))?;
        let file = self.file.inner_mut();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Written { file: name, rows: self.rows, bytes: file.bytes, sha256: hexadecimal(&file.hash.finalize_reset()) })
    }

    /// Cuts the rows into parts that end with a customer where the table has customers.
    fn slices(&self, table: &Table) -> Vec<Range<usize>> {
        let mut slices = Vec::new();
        let mut start = 0;
        while start < table.len() {
            let soft = table.len().min(start + SLICE_ROWS);
            let hard = table.len().min(start + 4 * SLICE_ROWS);
            let end = (soft..hard).find(|row| self.starts_customer(table, *row)).unwrap_or(hard);
            slices.push(start..end);
            start = end;
        }
        slices
    }

    /// Whether a row belongs to another customer than the one before it in this table.
    fn starts_customer(&self, table: &Table, row: usize) -> bool {
        let column = self.layout.columns.iter().position(|column| column.name == "customer_id");
        row == 0 || column.is_none_or(|column| table.text(column, row) != table.text(column, row - 1))
    }

    fn encode(&mut self, table: &Table, rows: Range<usize>) -> Result<(), Failure> {
        let widest = table.columns.iter().map(|column| text_bytes(column, &rows)).max().unwrap_or(0);
        if widest > MOST_TEXT && rows.len() > 1 {
            let middle = rows.start + rows.len() / 2;
            self.encode(table, rows.start..middle)?;
            return self.encode(table, middle..rows.end);
        }
        if self.group.is_empty() {
            let number = self.file.flushed_row_groups().len();
            self.group = self.factory.create_column_writers(number).map_err(|error| failed(&self.path, &error))?;
        }
        let (path, layout, decimals) = (&self.path, &self.layout, self.money_decimals);
        let columns = self.group.par_iter_mut().zip(&layout.columns).zip(&self.schema.fields()[..]).zip(&table.columns);
        let encoded: Vec<Result<(), Failure>> = columns
            .map(|(((writer, output), field), column)| {
                let array = array(output, column, &rows, decimals).map_err(|what| broken(layout, output, &what))?;
                write_leaves(writer, field, &array).map_err(|error| failed(path, &error))
            })
            .collect();
        self.group_rows += rows.len();
        self.rows += u64::try_from(rows.len()).unwrap_or(0);
        encoded.into_iter().collect()
    }

    fn close_group(&mut self) -> Result<(), Failure> {
        let path = &self.path;
        let writers = std::mem::take(&mut self.group);
        self.group_rows = 0;
        if writers.is_empty() {
            return Ok(());
        }
        let chunks: Vec<Result<ArrowColumnChunk, ParquetError>> = writers.into_par_iter().map(ArrowColumnWriter::close).collect();
        let write = || {
            let mut group = self.file.next_row_group()?;
            for chunk in chunks {
                chunk?.append_to_row_group(&mut group)?;
            }
            group.close().map(|_| ())
        };
        write().map_err(|error| failed(path, &error))
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

fn properties(layout: &Layout, metadata: &[(String, String)], bloom: &[&str]) -> Result<WriterProperties, ParquetError> {
    let metadata = metadata.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(COMPRESSION_LEVEL)?))
        .set_statistics_enabled(EnabledStatistics::Page)
        // The form other readers parse: name, the word "version", the version.
        .set_created_by(concat!("relance version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(metadata));
    for column in layout.columns.iter().filter(|column| bloom.contains(&column.name.as_str())) {
        let path = ColumnPath::from(column.name.clone());
        properties = properties.set_column_bloom_filter_enabled(path.clone(), true).set_column_bloom_filter_fpp(path, 0.01);
    }
    // Nearly every value of these is its own: a dictionary would only be built to be given up.
    for column in layout.columns.iter().filter(|column| ["invoice_id", "action_id", "source_id"].contains(&column.name.as_str())) {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column.name.clone()), false);
    }
    Ok(properties.build())
}

fn write_leaves(writer: &mut ArrowColumnWriter, field: &FieldRef, array: &ArrayRef) -> Result<(), ParquetError> {
    compute_leaves(field, array)?.iter().try_for_each(|leaf| writer.write(leaf))
}

/// Bytes of the texts of some rows.
fn text_bytes(column: &Column, rows: &Range<usize>) -> usize {
    let Column::Text(texts) = column else { return 0 };
    let before = |row: usize| if row == 0 { 0 } else { texts.ends()[row - 1] as usize };
    before(rows.end) - before(rows.start)
}

/// Some rows of a column as an Arrow array; the error says what is wrong with them.
fn array(output: &OutputColumn, column: &Column, rows: &Range<usize>, money_decimals: u8) -> Result<ArrayRef, String> {
    let required = output.required;
    Ok(match (output.kind, column) {
        (_, Column::Absent) if required => return Err(MISSING.to_owned()),
        (kind, Column::Absent) => absent(kind, rows.len(), money_decimals)?,
        (Kind::Text, Column::Text(texts)) => Arc::new(strings(texts, rows, required)?),
        (Kind::Choice(values), Column::Choice(codes)) => Arc::new(choices(&codes[rows.clone()], values, required)?),
        (Kind::Money, Column::Money(values)) => Arc::new(money(&values[rows.clone()], money_decimals, required)?),
        (Kind::ExchangeRate, Column::Number(values)) => Arc::new(decimals(values[rows.clone()].to_vec(), 12, required)?),
        (Kind::Number, Column::Number(values)) => Arc::new(decimals(values[rows.clone()].to_vec(), 6, required)?),
        (Kind::Whole, Column::Whole(values)) => {
            Arc::new(Int64Array::new(values[rows.clone()].to_vec().into(), present(&values[rows.clone()], NO_VALUE, required)?))
        }
        (Kind::Date, Column::Date(days)) => {
            Arc::new(Date32Array::new(days[rows.clone()].to_vec().into(), present(&days[rows.clone()], NO_DATE, required)?))
        }
        (Kind::Flag, Column::Flag(flags)) => {
            let nulls = present(&flags[rows.clone()], NO_FLAG, required)?;
            Arc::new(BooleanArray::new(flags[rows.clone()].iter().map(|flag| *flag == 1).collect(), nulls))
        }
        (Kind::Decimal, Column::Decimal(values)) => Arc::new(wide_decimals(&values[rows.clone()], required)?),
        (kind, _) => return Err(format!("the values are not of kind {kind:?}")),
    })
}

/// Which values are there; the error says that a required one is not.
fn present<T: PartialEq + Copy>(values: &[T], missing: T, required: bool) -> Result<Option<NullBuffer>, String> {
    let nulls: NullBuffer = values.iter().map(|value| *value != missing).collect::<Vec<bool>>().into();
    match nulls.null_count() {
        0 => Ok(None),
        _ if required => Err(MISSING.to_owned()),
        _ => Ok(Some(nulls)),
    }
}

fn absent(kind: Kind, rows: usize, money_decimals: u8) -> Result<ArrayRef, String> {
    let column = OutputColumn { name: String::new(), kind, required: false };
    let data_type = field(&column, money_decimals).data_type().clone();
    Ok(arrow::array::new_null_array(&data_type, rows))
}

fn strings(texts: &Texts, rows: &Range<usize>, required: bool) -> Result<StringArray, String> {
    let before = |row: usize| if row == 0 { 0 } else { texts.ends()[row - 1] };
    let first = before(rows.start);
    let mut offsets = Vec::with_capacity(rows.len() + 1);
    for row in rows.start..=rows.end {
        offsets.push(i32::try_from(before(row) - first).map_err(|_| "the texts of one row are longer than 2 GiB".to_owned())?);
    }
    let bytes = &texts.bytes()[first as usize..before(rows.end) as usize];
    let lengths: Vec<i32> = offsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    StringArray::try_new(offsets, Buffer::from(bytes), present(&lengths, 0, required)?).map_err(|error| error.to_string())
}

fn choices(codes: &[u8], values: &[&str], required: bool) -> Result<StringArray, String> {
    present(codes, NO_CHOICE, required)?;
    Ok(codes.iter().map(|code| values.get(usize::from(*code)).copied()).collect())
}

fn money(thousandths: &[i64], money_decimals: u8, required: bool) -> Result<Decimal64Array, String> {
    if money_decimals == 3 {
        return decimals(thousandths.to_vec(), 3, required);
    }
    let hundredths: Result<Vec<i64>, String> = thousandths
        .iter()
        .map(|value| match value {
            &NO_VALUE => Ok(NO_VALUE),
            value if value % 10 == 0 => Ok(value / 10),
            value => Err(format!("{value} thousandths have no whole number of hundredths")),
        })
        .collect();
    decimals(hundredths?, 2, required)
}

fn decimals(values: Vec<i64>, scale: i8, required: bool) -> Result<Decimal64Array, String> {
    let nulls = present(&values, NO_VALUE, required)?;
    if let Some(value) = values.iter().find(|value| **value != NO_VALUE && value.unsigned_abs() >= 10_u64.pow(PRECISION.into())) {
        return Err(format!("{value} does not fit decimal({PRECISION},{scale})"));
    }
    with_scale(Decimal64Array::new(values.into(), nulls), |array| array.with_precision_and_scale(PRECISION, scale))
}

fn wide_decimals(values: &[Option<i128>], required: bool) -> Result<Decimal128Array, String> {
    if required && values.contains(&None) {
        return Err(MISSING.to_owned());
    }
    let array = Decimal128Array::from_iter(values.iter().copied());
    array.validate_decimal_precision(38).map_err(|error| error.to_string())?;
    with_scale(array, |array| array.with_precision_and_scale(38, 6))
}

fn with_scale<T: ArrowPrimitiveType>(
    array: PrimitiveArray<T>,
    set: impl FnOnce(PrimitiveArray<T>) -> Result<PrimitiveArray<T>, arrow::error::ArrowError>,
) -> Result<PrimitiveArray<T>, String> {
    set(array).map_err(|error| error.to_string())
}

fn broken(layout: &Layout, column: &OutputColumn, what: &str) -> Failure {
    Failure::new(Exit::Bug, format!("output {}, column {}: {what}", layout.name, column.name))
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

/// A file that is hashed while it is written.
struct HashingFile {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl HashingFile {
    fn new(file: File) -> HashingFile {
        HashingFile { file, hash: Sha256::new(), bytes: 0 }
    }
}

impl Write for HashingFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += u64::try_from(written).unwrap_or(0);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::contract::state;
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
        let rows = GROUP_ROWS + SLICE_ROWS + 5;
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
