//! One input table: its files, opened and matched against the contract, and where each of its rows is.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::contract::TableSpec;
use crate::error::{Exit, Failure};
use crate::io::digest;
use crate::io::guard;
use crate::io::schema::{self, Match, Origin, Wanted};
use crate::io::source::{self, SourceFile};

/// Rows of a batch: its columns stay in the second-level cache while they are scattered.
const BATCH_ROWS: u64 = 32_768;
/// Decoded bytes a batch may have where rows are wide.
const BATCH_BYTES: u64 = 128 << 20;
/// Rows of the smallest batch.
const FEWEST_ROWS: u64 = 1024;

/// A table of the portfolio, ready to be read.
#[derive(Debug)]
pub struct Input {
    pub(super) wanted: Wanted,
    pub(super) matched: Match,
    pub(super) files: Vec<Opened>,
    rows: u64,
}

/// A file whose footer has been read.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) source: SourceFile,
    identity: Identity,
    footer: ArrowReaderMetadata,
    /// Number of its first row within the table.
    first_row: u64,
    rows: u64,
}

/// What the manifest says of an input file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Path relative to the portfolio.
    pub file: String,
    /// Rows in it.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// Consecutive row groups of one file.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) file: usize,
    pub(super) groups: Vec<usize>,
    /// Number of its first row within the table.
    pub(super) first_row: u64,
    pub(super) rows: u64,
}

/// Whether to believe that columns annotated as text are UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Annotations {
    /// The decoder checks whole pages, which is fast, and refuses the file where one is wrong.
    Trusted,
    /// Texts are decoded as bytes, so that each cell can be judged alone.
    Ignored,
}

impl Input {
    /// Whether any file has a column of the contract, by its position.
    pub fn has(&self, column: usize) -> bool {
        self.matched.origins.iter().any(|origins| origins[column] != Origin::Absent)
    }

    /// Leaves a column of the contract unread, as if no file had it.
    pub fn leave_out(&mut self, column: usize) {
        self.matched.origins.iter_mut().for_each(|origins| origins[column] = Origin::Absent);
    }

    /// Opens the files of a source, relative to the folder of the job file, and matches them against the contract.
    /// No row is read yet.
    ///
    /// # Errors
    /// [`Exit::NoInput`] where nothing is there, [`Exit::Data`] where a file is damaged or does not fit the contract,
    /// [`Exit::Config`] where the job file names columns that do not exist.
    pub fn open(wanted: Wanted, base: &Path, source: &str) -> Result<Input, Failure> {
        wanted.check()?;
        let sources = source::resolve(wanted.table.name, base, source)?;
        let opened: Vec<Result<Opened, Failure>> = sources.into_par_iter().map(Opened::new).collect();
        let mut files = opened.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut rows = 0;
        for file in &mut files {
            file.first_row = rows;
            rows += file.rows;
        }
        if rows > u64::from(u32::MAX) {
            let message = format!("{}: {source} has {rows} rows, more than the {} a table may have", wanted.table.name, u32::MAX);
            return Err(Failure::new(Exit::Data, message).remedy("split the portfolio into legal entities or currencies"));
        }
        let sources: Vec<SourceFile> = files.iter().map(|file| file.source.clone()).collect();
        let schemas: Vec<&Schema> = files.iter().map(|file| file.footer.schema().as_ref()).collect();
        let matched = schema::match_files(&wanted, &sources, &schemas)?;
        Ok(Input { wanted, matched, files, rows })
    }

    /// The table of the contract.
    pub fn table(&self) -> &TableSpec {
        &self.wanted.table
    }

    /// Names of the columns of the first file, those of its folders not among them.
    pub fn column_names(&self) -> Vec<String> {
        let schema = self.files.first().map(|file| file.footer.schema());
        schema.into_iter().flat_map(|schema| schema.fields().iter().map(|field| field.name().clone())).collect()
    }

    /// Columns beyond the contract that are wanted and that the files do not have.
    pub fn absent_extra(&self) -> Vec<&str> {
        let origins = self.matched.origins.first().map_or(&[][..], Vec::as_slice);
        let of_extra = origins.iter().skip(self.wanted.table.columns.len());
        self.wanted.extra.iter().zip(of_extra).filter(|(_, origin)| **origin == Origin::Absent).map(|(name, _)| name.as_str()).collect()
    }

    /// Rows of all files together.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The file of a row, relative to the portfolio, and the row's number in it, from 0.
    pub fn place(&self, source_row: u32) -> (&str, u64) {
        let row = u64::from(source_row);
        let after = self.files.partition_point(|file| file.first_row <= row);
        // Files without rows begin where the next one does; the last that begins here has the row.
        self.files[..after].last().map_or(("", row), |file| (file.source.name.as_str(), row - file.first_row))
    }

    /// File, row group and row within the group of a row.
    pub(super) fn locate(&self, row: u64) -> (usize, usize, u64) {
        let file = self.files.partition_point(|file| file.first_row <= row).saturating_sub(1);
        let mut within = row - self.files[file].first_row;
        for (group, rows) in self.files[file].group_rows().into_iter().enumerate() {
            if within < rows {
                return (file, group, within);
            }
            within -= rows;
        }
        (file, 0, 0)
    }

    /// Size and hash of each file, for the manifest. Call it after the last read.
    ///
    /// # Errors
    /// [`Exit::Data`] where a file is no longer the one whose footer was read.
    pub fn records(&self) -> Result<Vec<FileRecord>, Failure> {
        let records: Vec<Result<FileRecord, Failure>> = self.files.par_iter().map(Opened::record).collect();
        records.into_iter().collect()
    }

    /// Consecutive row groups, cut into parts of at least `rows` rows where row groups allow it.
    pub(super) fn spans(&self, rows: u64) -> Vec<Vec<Piece>> {
        let mut spans: Vec<Vec<Piece>> = Vec::new();
        let mut filled = rows;
        for (file, opened) in self.files.iter().enumerate() {
            let mut first_row = opened.first_row;
            for (group, size) in opened.group_rows().into_iter().enumerate() {
                if filled >= rows {
                    spans.push(Vec::new());
                    filled = 0;
                }
                let Some(span) = spans.last_mut() else { continue };
                match span.last_mut().filter(|piece| piece.file == file) {
                    Some(piece) => {
                        piece.groups.push(group);
                        piece.rows += size;
                    }
                    None => span.push(Piece { file, groups: vec![group], first_row, rows: size }),
                }
                filled += size;
                first_row += size;
            }
        }
        spans
    }

    /// Top-level columns of a file that are read, in the order of the file.
    pub(super) fn places(&self, file: usize) -> Vec<usize> {
        let origins = self.matched.origins[file].iter();
        let mut places: Vec<usize> =
            origins.filter_map(|origin| if let Origin::File(place) = origin { Some(*place) } else { None }).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// A reader of the columns in use, from `skip` rows after the beginning of the piece.
    pub(super) fn reader(&self, piece: &Piece, annotations: Annotations, skip: u64) -> Result<ParquetRecordBatchReader, Failure> {
        let opened = &self.files[piece.file];
        let places = self.places(piece.file);
        let file = opened.open()?;
        guard::decoding(&opened.source.name, || {
            let typed = opened.typed(&file, annotations, &places)?;
            let mask = ProjectionMask::roots(typed.parquet_schema(), places);
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, typed)
                .with_projection(mask)
                .with_row_groups(piece.groups.clone())
                .with_batch_size(opened.batch_rows(&piece.groups))
                .with_offset(usize::try_from(skip).unwrap_or(usize::MAX))
                .build()
        })
    }
}

impl Opened {
    fn new(source: SourceFile) -> Result<Opened, Failure> {
        let file = File::open(&source.path).map_err(|error| Failure::file(&error, "open", &source.path))?;
        let identity = Identity::of(&file, &source)?;
        let footer = guard::decoding(&source.name, || ArrowReaderMetadata::load(&file, own_types()));
        let footer = footer.map_err(|failure| guard::delimited_text(&source.name, &file).unwrap_or(failure))?;
        let mut opened = Opened { source, identity, footer, first_row: 0, rows: 0 };
        opened.rows = opened.group_rows().into_iter().sum();
        Ok(opened)
    }

    /// Rows of each row group; a footer may lie, so nothing is sized by them before the rows are there.
    pub(super) fn group_rows(&self) -> Vec<u64> {
        self.footer.metadata().row_groups().iter().map(|group| u64::try_from(group.num_rows()).unwrap_or(0)).collect()
    }

    /// Opens the file again and makes sure it is still the one whose footer was read.
    pub(super) fn open(&self) -> Result<File, Failure> {
        let file = File::open(&self.source.path).map_err(|error| Failure::file(&error, "open", &self.source.path))?;
        self.unchanged(Identity::of(&file, &self.source)?)?;
        Ok(file)
    }

    fn unchanged(&self, now: Identity) -> Result<(), Failure> {
        if now == self.identity {
            return Ok(());
        }
        Err(Failure::new(Exit::Data, format!("{} changed while it was read", self.source.name))
            .remedy("run again when the export is complete"))
    }

    /// The footer with types that are cheap to scatter: views for texts, 64-bit decimals where the precision allows.
    fn typed(&self, file: &File, annotations: Annotations, places: &[usize]) -> Result<ArrowReaderMetadata, ParquetError> {
        let base = match annotations {
            Annotations::Trusted => self.footer.clone(),
            Annotations::Ignored => self.without_annotations(file)?,
        };
        let physical = base.parquet_schema().root_schema().get_fields().to_vec();
        let fields =
            base.schema().fields().iter().zip(&physical).enumerate().map(|(place, (field, physical))| {
                if places.contains(&place) { Arc::new(cheap(field, physical)) } else { Arc::clone(field) }
            });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        ArrowReaderMetadata::try_new(Arc::clone(base.metadata()), own_types().with_schema(schema))
    }

    /// The footer, read as if no column were annotated as text.
    pub(super) fn without_annotations(&self, file: &File) -> Result<ArrowReaderMetadata, ParquetError> {
        let root = unannotated(&self.footer.parquet_schema().root_schema_ptr(), true)?;
        ArrowReaderMetadata::load(file, own_types().with_parquet_schema(Arc::new(SchemaDescriptor::new(root))))
    }

    fn batch_rows(&self, groups: &[usize]) -> usize {
        let sizes = groups.iter().filter_map(|group| {
            let group = self.footer.metadata().row_groups().get(*group)?;
            Some((u64::try_from(group.num_rows()).ok()?, u64::try_from(group.total_byte_size()).ok()?))
        });
        let (rows, bytes) = sizes.fold((0, 0), |(rows, bytes), (more_rows, more_bytes)| (rows + more_rows, bytes + more_bytes));
        let per_row = bytes / u64::max(rows, 1) + 1;
        usize::try_from((BATCH_BYTES / per_row).clamp(FEWEST_ROWS, BATCH_ROWS)).unwrap_or(1)
    }

    fn record(&self) -> Result<FileRecord, Failure> {
        let failed = |error: std::io::Error| Failure::file(&error, "read", &self.source.path);
        let file = self.open()?;
        let sha256 = digest::sha256(&file).map_err(failed)?;
        self.unchanged(Identity::of(&file, &self.source)?)?;
        self.unchanged(Identity::from(&fs::metadata(&self.source.path).map_err(failed)?))?;
        Ok(FileRecord { file: self.source.name.clone(), rows: self.rows, bytes: self.identity.bytes, sha256 })
    }
}

/// What tells whether a file is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

impl Identity {
    fn of(file: &File, source: &SourceFile) -> Result<Identity, Failure> {
        let metadata = file.metadata().map_err(|error| Failure::file(&error, "open", &source.path))?;
        Ok(Identity::from(&metadata))
    }
}

impl From<&fs::Metadata> for Identity {
    fn from(found: &fs::Metadata) -> Identity {
        Identity { device: found.dev(), inode: found.ino(), bytes: found.len(), modified: (found.mtime(), found.mtime_nsec()) }
    }
}

/// Types as Parquet has them; what a writer embedded of its own types does not count.
pub(super) fn own_types() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_skip_arrow_metadata(true)
}

fn cheap(field: &Field, physical: &Type) -> Field {
    let kind = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        DataType::Decimal128(precision, scale) if *precision <= 18 && physical.get_physical_type() != Physical::BYTE_ARRAY => {
            DataType::Decimal64(*precision, *scale)
        }
        other => other.clone(),
    };
    field.clone().with_data_type(kind)
}

/// The schema without the annotation of texts.
fn unannotated(node: &TypePtr, is_root: bool) -> Result<TypePtr, ParquetError> {
    let info = node.get_basic_info();
    if node.is_primitive() {
        let is_text = node.get_physical_type() == Physical::BYTE_ARRAY
            && (info.logical_type_ref() == Some(&LogicalType::String) || info.converted_type() == ConvertedType::UTF8);
        if !is_text {
            return Ok(Arc::clone(node));
        }
        let bare = Type::primitive_type_builder(info.name(), Physical::BYTE_ARRAY).with_repetition(info.repetition());
        return Ok(Arc::new(bare.build()?));
    }
    let fields = node.get_fields().iter().map(|field| unannotated(field, false)).collect::<Result<Vec<_>, _>>()?;
    let group = Type::group_type_builder(info.name())
        .with_converted_type(info.converted_type())
        .with_logical_type(info.logical_type_ref().cloned())
        .with_fields(fields);
    let group = if is_root { group } else { group.with_repetition(info.repetition()) };
    Ok(Arc::new(group.build()?))
}
