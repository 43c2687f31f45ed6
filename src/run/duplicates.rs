//! Rows of one table that share a key, wherever in the portfolio they are.
//!
//! Keys are compared by hash first, and the few equal hashes by their bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::base::contract::TableSpec;
use crate::base::contract::payments;
use crate::base::contract::values::PAYMENT_STATUSES;
use crate::base::date::Date;
use crate::base::hash::key_hash;
use crate::base::table::{Column, Table};
use crate::error::Failure;
use crate::io::input::Input;
use crate::night::normalise::Duplicates;
use crate::night::normalise::reject::is_missing;
use crate::run::key_index::{KeyIndex, Place};

/// Finds the rows that share a key. `keep_identical` keeps the first of rows that agree in all columns of their files.
///
/// # Errors
/// A file that cannot be read again for the comparison.
pub fn find(tables: &[&Table], spec: &TableSpec, as_of: Date, input: &Input, keep_identical: bool) -> Result<Duplicates, Failure> {
    if spec.key.is_empty() {
        return Ok(Duplicates::default());
    }
    let hashes: Vec<Cow<'_, [u64]>> = tables.par_iter().map(|table| hashes(table, spec)).collect();
    let index = KeyIndex::new(&hashes.iter().map(AsRef::as_ref).collect::<Vec<_>>());
    find_among(&index, tables, spec, as_of, input, keep_identical)
}

/// As [`find`], where the rows are entered in an index already.
///
/// # Errors
/// A file that cannot be read again for the comparison.
pub fn find_among(
    index: &KeyIndex,
    tables: &[&Table],
    spec: &TableSpec,
    as_of: Date,
    input: &Input,
    keep_identical: bool,
) -> Result<Duplicates, Failure> {
    let groups: Vec<Vec<u32>> = index.shared().par_iter().flat_map_iter(|places| groups(places, tables, spec, as_of)).collect();
    let mut found = Duplicates::default();
    for (group, identical) in groups.iter().zip(identical(&groups, input, keep_identical)?) {
        if identical {
            found.spare.extend(&group[1..]);
        } else {
            found.refused.extend(group);
        }
    }
    found.refused.sort_unstable();
    found.spare.sort_unstable();
    Ok(found)
}

/// Whether the rows of each group are the same in all columns, where that is asked for: one pass over the files for all groups.
fn identical(groups: &[Vec<u32>], input: &Input, keep_identical: bool) -> Result<Vec<bool>, Failure> {
    if !keep_identical || groups.is_empty() {
        return Ok(vec![false; groups.len()]);
    }
    let digests = input.row_digests(&groups.concat())?;
    let mut rest = digests.as_slice();
    Ok((groups.iter())
        .map(|group| {
            let (own, after) = rest.split_at(group.len());
            rest = after;
            own.windows(2).all(|pair| pair[0] == pair[1])
        })
        .collect())
}

/// The hash of every row's key: worked out when the table was read, or here.
fn hashes<'a>(table: &'a Table, spec: &TableSpec) -> Cow<'a, [u64]> {
    if spec.key.len() == 1 && table.key_hash.len() == table.len() {
        return Cow::Borrowed(&table.key_hash);
    }
    let part = |row: usize, column: usize| with_part(table, column, row, key_hash);
    let rows = 0..table.len();
    rows.map(|row| spec.key.iter().fold(0_u64, |hash, column| hash.rotate_left(29) ^ part(row, *column))).collect()
}

/// Source rows by key, for the keys that more than one of these rows has; ascending within a group.
fn groups(places: &[Place], tables: &[&Table], spec: &TableSpec, as_of: Date) -> Vec<Vec<u32>> {
    let mut by_key: BTreeMap<Vec<Vec<u8>>, Vec<u32>> = BTreeMap::new();
    for place in places {
        let table = tables[place.shard];
        if counts(table, spec, place.row, as_of) {
            by_key.entry(key(table, spec, place.row)).or_default().push(table.source_row[place.row]);
        }
    }
    let mut groups: Vec<Vec<u32>> = by_key.into_values().filter(|rows| rows.len() > 1).collect();
    groups.iter_mut().for_each(|rows| rows.sort_unstable());
    groups
}

/// Whether a row belongs to its key's group: it exists at `as_of` and its key can be read.
fn counts(table: &Table, spec: &TableSpec, row: usize, as_of: Date) -> bool {
    let is_pending = spec.name == payments::SPEC.name
        && table.choice(payments::STATUS, row).is_some_and(|status| PAYMENT_STATUSES[usize::from(status)] == "pending");
    let exists = is_pending || spec.own_date.and_then(|column| table.date(column, row)).is_none_or(|date| date <= as_of);
    exists && spec.key.iter().all(|column| !is_missing(&table.columns[*column], row))
}

fn key(table: &Table, spec: &TableSpec, row: usize) -> Vec<Vec<u8>> {
    spec.key.iter().map(|column| with_part(table, *column, row, <[u8]>::to_vec)).collect()
}

/// Hands over the bytes of one part of a key.
fn with_part<R>(table: &Table, column: usize, row: usize, take: impl FnOnce(&[u8]) -> R) -> R {
    match &table.columns[column] {
        Column::Text(texts) => take(texts.get(row)),
        Column::Date(days) => take(&days[row].to_le_bytes()),
        Column::Number(values) | Column::Whole(values) | Column::Money(values) => take(&values[row].to_le_bytes()),
        _ => take(b""),
    }
}

#[cfg(test)]
mod tests;
