//! Output tables as Parquet, the same bytes for the same rows: fixed properties, plain types, columns encoded in parallel.
//!
//! Tables arrive in their final order, shard by shard. A row group ends where a customer ends, so that one customer is never in two.

use std::fs::File;
use std::io::{self, BufWriter, Write};
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
use sha2::{Digest, Sha256};

use crate::base::contract::{Kind, TableSpec};
use crate::base::table::{Column, NO_CHOICE, NO_DATE, NO_FLAG, NO_VALUE, Table, Texts};
use crate::error::{Exit, Failure};
use crate::io::input::hexadecimal;

/// Rows after which a row group ends with its customer.
const GROUP_ROWS: usize = 1 << 19;
/// Rows encoded at once; texts of so many rows stay below the 2 GiB an Arrow array can hold.
const SLICE_ROWS: usize = 1 << 16;
const COMPRESSION_LEVEL: i32 = 1;

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
#[derive(Debug, Clone, PartialEq, Eq)]
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
        let parquet = ArrowSchemaConverter::new().convert(&schema).map_err(|error| failed(path, &error))?;
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
        let mut file = self.file.into_inner().map_err(|error| failed(&path, &error))?;
        file.flush().map_err(|error| Failure::file(&error, "write", &path))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Written { file: name, rows: self.rows, bytes: file.bytes, sha256: hexadecimal(&file.hash.finalize()) })
    }
}
