//! Whether rows of a table are the same in every column of their files, those outside the contract included.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::errors::ParquetError;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::Failure;
use crate::io::guard;
use crate::io::input::Input;
use crate::io::schema::Origin;

/// A hash over all cells of a row, by name of column: equal for equal rows whatever the order of the columns.
pub type RowDigest = [u8; 32];

impl Input {
    /// Whether all these rows have the same value in every column.
    ///
    /// # Errors
    /// As [`Input::scatter`].
    pub fn rows_identical(&self, rows: &[u32]) -> Result<bool, Failure> {
        let digests = self.row_digests(rows)?;
        Ok(digests.windows(2).all(|pair| pair[0] == pair[1]))
    }

    /// The digest of each of these rows, in one pass over the row groups that hold them.
    ///
    /// # Errors
    /// As [`Input::scatter`].
    pub fn row_digests(&self, rows: &[u32]) -> Result<Vec<RowDigest>, Failure> {
        let mut by_group: BTreeMap<(usize, usize), BTreeSet<(u64, u32)>> = BTreeMap::new();
        for row in rows {
            let (file, group, within) = self.locate(u64::from(*row));
            by_group.entry((file, group)).or_default().insert((within, *row));
        }
        let parts: Vec<Result<Vec<(u32, RowDigest)>, Failure>> =
            by_group.into_par_iter().map(|((file, group), wanted)| self.group_digests(file, group, &wanted)).collect();
        let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
        let digests: BTreeMap<u32, RowDigest> = parts.into_iter().flatten().collect();
        Ok(rows.iter().map(|row| digests.get(row).copied().unwrap_or_default()).collect())
    }

    fn group_digests(&self, file: usize, group: usize, wanted: &BTreeSet<(u64, u32)>) -> Result<Vec<(u32, RowDigest)>, Failure> {
        let opened = &self.files[file];
        let name = &opened.source.name;
        let handle = opened.open()?;
        let total = usize::try_from(opened.group_rows()[group]).unwrap_or(usize::MAX);
        let ranges = wanted.iter().filter_map(|(within, _)| usize::try_from(*within).ok()).map(|row| row..row + 1);
        let selection = RowSelection::from_consecutive_ranges(ranges, total);
        let cells = guard::decoding(name, || {
            // Bytes instead of texts: a cell that is no UTF-8 can be compared as well.
            let footer = opened.without_annotations(&handle)?;
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(handle, footer);
            let reader = builder.with_row_groups(vec![group]).with_row_selection(selection).build()?;
            let mut digests = Vec::with_capacity(wanted.len());
            for batch in reader {
                digests.extend(digests_of(&batch?, &self.folder_values(file))?);
            }
            Ok(digests)
        })?;
        Ok(wanted.iter().map(|(_, row)| *row).zip(cells).collect())
    }

    /// What the folders of a file say of its rows.
    fn folder_values(&self, file: usize) -> String {
        let folders = self.matched.origins[file].iter().filter(|origin| matches!(origin, Origin::Folder(_)));
        folders.map(|origin| format!("{origin:?}")).collect()
    }
}

fn digests_of(batch: &RecordBatch, folders: &str) -> Result<Vec<RowDigest>, ParquetError> {
    let options = FormatOptions::new();
    let schema = batch.schema();
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        columns.push((field.name(), column, ArrayFormatter::try_new(column.as_ref(), &options)?));
    }
    columns.sort_by_key(|(name, ..)| *name);
    let digest = |row: usize| -> Result<RowDigest, ArrowError> {
        let mut hash = Sha256::new();
        hash.update(folders);
        for (name, column, cell) in &columns {
            let text = cell.value(row).try_to_string()?;
            let present = if column.is_null(row) { "null" } else { "value" };
            hash.update(format!("\0{}:{name}\0{present}\0{}:{text}", name.len(), text.len()));
        }
        Ok(hash.finalize().into())
    };
    Ok((0..batch.num_rows()).map(digest).collect::<Result<_, _>>()?)
}
