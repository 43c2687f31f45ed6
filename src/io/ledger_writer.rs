//! Writes a generated ledger as Parquet: one file per table, one row group per block, in the order of the blocks.
//!
//! Encoding is apart from appending, so that blocks are encoded in parallel and the files are the same for any number of threads.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Decimal128Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use crate::base::contract::{Kind, TableSpec};
use crate::base::table::{Column, NO_DATE, NO_FLAG, NO_VALUE, Texts};
use crate::error::{Exit, Failure};

/// Digits before and after the point of money columns.
const MONEY_PRECISION: u8 = 18;
/// Digits before and after the point of number columns.
const NUMBER_PRECISION: u8 = 18;
const NUMBER_SCALE: i8 = 6;
/// Digits after the point of exchange rates.
const RATE_SCALE: i8 = 12;

/// A table to write: its specification and the positions of the columns written.
pub type Layout = (&'static TableSpec, &'static [usize]);

/// Decimals of all money columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyScale {
    Hundredths,
    Thousandths,
}

/// Encodes blocks; shared by all threads.
pub struct Encoder {
    tables: Vec<TableEncoder>,
    scale: MoneyScale,
}

struct TableEncoder {
    positions: &'static [usize],
    schema: SchemaRef,
    factory: ArrowRowGroupWriterFactory,
}

/// Row groups of one block, one per table.
pub struct EncodedBlock(Vec<Vec<ArrowColumnChunk>>);

/// Open files of a ledger.
pub struct LedgerWriter {
    tables: Vec<(&'static TableSpec, SerializedFileWriter<File>)>,
}

impl LedgerWriter {
    /// Creates `<folder>/<table>.parquet` for every table.
    ///
    /// # Errors
    /// When a file cannot be created.
    pub fn create(folder: &Path, layout: &[Layout], scale: MoneyScale) -> Result<(Encoder, LedgerWriter), Failure> {
        let mut encoder = Encoder { tables: Vec::new(), scale };
        let mut writer = LedgerWriter { tables: Vec::new() };
        for (spec, positions) in layout {
            let path = folder.join(format!("{}.parquet", spec.name));
            let file = File::create(&path).map_err(|error| Failure::file(&error, "create", &path))?;
            let schema = Arc::new(Schema::new(positions.iter().map(|at| field(spec, *at, scale)).collect::<Vec<_>>()));
            let file_writer = open(file, &schema, properties(spec)).map_err(|error| refused(spec, &error))?;
            let factory = ArrowRowGroupWriterFactory::new(&file_writer, Arc::clone(&schema));
            encoder.tables.push(TableEncoder { positions, schema, factory });
            writer.tables.push((spec, file_writer));
        }
        Ok((encoder, writer))
    }

    /// Appends a block to all files.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn append(&mut self, block: EncodedBlock) -> Result<(), Failure> {
        for ((spec, writer), chunks) in self.tables.iter_mut().zip(block.0) {
            if !chunks.is_empty() {
                append_row_group(writer, chunks).map_err(|error| refused(spec, &error))?;
            }
        }
        Ok(())
    }

    /// Completes all files and gives the number of rows of each table.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn finish(self) -> Result<Vec<(&'static str, u64)>, Failure> {
        let finish = |(spec, writer): (&'static TableSpec, SerializedFileWriter<File>)| {
            let metadata = writer.close().map_err(|error| refused(spec, &error))?;
            Ok((spec.name, u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0)))
        };
        self.tables.into_iter().map(finish).collect()
    }
}

impl Encoder {
    /// Encodes the columns of every table of a block. Tables without a row get no row group.
    ///
    /// # Errors
    /// When the columns do not fit the layout.
    pub fn encode(&self, tables: &[Vec<Column>]) -> Result<EncodedBlock, Failure> {
        let encode = |(table, columns): (&TableEncoder, &Vec<Column>)| {
            self.encode_table(table, columns).map_err(|error| Failure::new(Exit::Bug, format!("cannot encode a block: {error}")))
        };
        self.tables.iter().zip(tables).map(encode).collect::<Result<_, _>>().map(EncodedBlock)
    }

    fn encode_table(&self, table: &TableEncoder, columns: &[Column]) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
        let written = table.schema.fields().iter().zip(table.positions);
        let arrays: Vec<ArrayRef> = written.map(|(field, at)| self.array(field, &columns[*at])).collect::<Result<_, _>>()?;
        if arrays.iter().all(|array| array.is_empty()) {
            return Ok(Vec::new());
        }
        // Row groups are encoded before anybody knows their number, which only encryption would need.
        let writers = table.factory.create_column_writers(0)?;
        let mut chunks = Vec::with_capacity(writers.len());
        for ((mut writer, array), field) in writers.into_iter().zip(&arrays).zip(table.schema.fields()) {
            for leaf in compute_leaves(field, array)? {
                writer.write(&leaf)?;
            }
            chunks.push(writer.close()?);
        }
        Ok(chunks)
    }

    fn array(&self, field: &Field, column: &Column) -> Result<ArrayRef, ParquetError> {
        Ok(match column {
            Column::Text(texts) => Arc::new(strings(texts)),
            Column::Money(values) => {
                let thousandths_per_unit = if self.scale == MoneyScale::Hundredths { 10 } else { 1 };
                Arc::new(decimals(values, thousandths_per_unit).with_precision_and_scale(MONEY_PRECISION, money_scale(self.scale))?)
            }
            Column::Number(values) => Arc::new(decimals(values, 1).with_data_type(field.data_type().clone())),
            Column::Date(days) => Arc::new(days.iter().map(|day| Some(*day).filter(|day| *day != NO_DATE)).collect::<Date32Array>()),
            Column::Flag(flags) => Arc::new(flags.iter().map(|flag| (*flag != NO_FLAG).then_some(*flag == 1)).collect::<BooleanArray>()),
            Column::Absent | Column::Coded(_) | Column::Choice(_) | Column::Whole(_) | Column::Decimal(_) => {
                return Err(ParquetError::General("a generated column is a text, money, number, date or flag".to_owned()));
            }
        })
    }
}

fn strings(texts: &Texts) -> StringArray {
    (0..texts.len()).map(|row| Some(texts.str(row)).filter(|text| !text.is_empty())).collect()
}

fn decimals(values: &[i64], divisor: i64) -> Decimal128Array {
    values.iter().map(|value| (*value != NO_VALUE).then(|| i128::from(value / divisor))).collect()
}

fn money_scale(scale: MoneyScale) -> i8 {
    match scale {
        MoneyScale::Hundredths => 2,
        MoneyScale::Thousandths => 3,
    }
}

fn field(spec: &TableSpec, at: usize, scale: MoneyScale) -> Field {
    let column = &spec.columns[at];
    let data_type = match column.kind {
        Kind::Text | Kind::Choice(_) => DataType::Utf8,
        Kind::Money => DataType::Decimal128(MONEY_PRECISION, money_scale(scale)),
        Kind::ExchangeRate => DataType::Decimal128(NUMBER_PRECISION, RATE_SCALE),
        Kind::Number | Kind::Whole | Kind::Decimal => DataType::Decimal128(NUMBER_PRECISION, NUMBER_SCALE),
        Kind::Date => DataType::Date32,
        Kind::Flag => DataType::Boolean,
    };
    Field::new(column.name, data_type, true)
}

fn properties(spec: &TableSpec) -> WriterProperties {
    let mut properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
    // A dictionary of unique values costs time and saves nothing.
    if let [key] = spec.key {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(spec.columns[*key].name), false);
    }
    properties.build()
}

fn open(file: File, schema: &Schema, properties: WriterProperties) -> Result<SerializedFileWriter<File>, ParquetError> {
    let parquet_schema = ArrowSchemaConverter::new().convert(schema)?;
    SerializedFileWriter::new(file, parquet_schema.root_schema_ptr(), Arc::new(properties))
}

fn append_row_group(writer: &mut SerializedFileWriter<File>, chunks: Vec<ArrowColumnChunk>) -> Result<(), ParquetError> {
    let mut row_group = writer.next_row_group()?;
    for chunk in chunks {
        chunk.append_to_row_group(&mut row_group)?;
    }
    row_group.close().map(|_| ())
}

fn refused(spec: &TableSpec, error: &ParquetError) -> Failure {
    Failure::new(Exit::Machine, format!("cannot write {}.parquet: {error}", spec.name))
}
