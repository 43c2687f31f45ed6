//! Rows of one table that share a key, wherever in the portfolio they are.
//!
//! Keys are compared by hash first, in buckets by their top byte, and the few equal hashes by their bytes.

use std::collections::{BTreeMap, BTreeSet};

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

const BUCKETS: usize = 256;

/// Finds the rows that share a key. `keep_identical` keeps the first of rows that agree in all columns of their files.
///
/// # Errors
/// A file that cannot be read again for the comparison.
pub fn find(tables: &[&Table], spec: &TableSpec, as_of: Date, input: &Input, keep_identical: bool) -> Result<Duplicates, Failure> {
    if spec.key.is_empty() {
        return Ok(Duplicates::default());
    }
    let shared = shared_hashes(tables, spec, as_of);
    find_among(&shared, tables, spec, as_of, input, keep_identical)
}

/// As [`find`], where the hashes that more than one row may have are known already.
///
/// # Errors
/// A file that cannot be read again for the comparison.
pub fn find_among(
    shared: &BTreeSet<u64>,
    tables: &[&Table],
    spec: &TableSpec,
    as_of: Date,
    input: &Input,
    keep_identical: bool,
) -> Result<Duplicates, Failure> {
    let mut found = Duplicates::default();
    if shared.is_empty() {
        return Ok(found);
    }
    for group in groups(tables, spec, as_of, shared) {
        let identical = keep_identical && input.rows_identical(&group)?;
        if identical {
            found.spare.extend(&group[1..]);
        } else {
            found.refused.extend(&group);
        }
    }
    found.refused.sort_unstable();
    found.spare.sort_unstable();
    Ok(found)
}

/// Hashes that more than one row has.
fn shared_hashes(tables: &[&Table], spec: &TableSpec, as_of: Date) -> BTreeSet<u64> {
    let sorted: Vec<Vec<Vec<u64>>> = tables.par_iter().map(|table| by_bucket(table, spec, as_of)).collect();
    let shared: Vec<Vec<u64>> = (0..BUCKETS)
        .into_par_iter()
        .map(|bucket| {
            let mut hashes: Vec<u64> = sorted.iter().flat_map(|buckets| buckets[bucket].iter().copied()).collect();
            hashes.sort_unstable();
            hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
        })
        .collect();
    shared.into_iter().flatten().collect()
}

fn by_bucket(table: &Table, spec: &TableSpec, as_of: Date) -> Vec<Vec<u64>> {
    let mut buckets: Vec<Vec<_>> = (0..BUCKETS).map(|_| Vec::with_capacity(table.len() / BUCKETS + 1)).collect();
    for row in (0..table.len()).filter(|row| counts(table, spec, *row, as_of)) {
        let hash = hash(table, spec, row);
        buckets[usize::try_from(hash >> 56).unwrap_or(0)].push(hash);
    }
    buckets
}

/// Source rows by key, for the keys more than one row has; ascending within a group.
fn groups(tables: &[&Table], spec: &TableSpec, as_of: Date, shared: &BTreeSet<u64>) -> Vec<Vec<u32>> {
    let mut by_key: BTreeMap<Vec<Vec<u8>>, Vec<u32>> = BTreeMap::new();
    for table in tables {
        for row in (0..table.len()).filter(|row| counts(table, spec, *row, as_of) && shared.contains(&hash(table, spec, *row))) {
            by_key.entry(key(table, spec, row)).or_default().push(table.source_row[row]);
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

fn hash(table: &Table, spec: &TableSpec, row: usize) -> u64 {
    match (spec.key, table.key_hash.get(row)) {
        ([_], Some(hash)) => *hash,
        _ => spec.key.iter().fold(0, |hash, column| hash.rotate_left(29) ^ key_hash(&part(table, *column, row))),
    }
}

fn key(table: &Table, spec: &TableSpec, row: usize) -> Vec<Vec<u8>> {
    spec.key.iter().map(|column| part(table, *column, row)).collect()
}

fn part(table: &Table, column: usize, row: usize) -> Vec<u8> {
    match &table.columns[column] {
        Column::Text(texts) => texts.get(row).to_vec(),
        Column::Date(days) => days[row].to_le_bytes().to_vec(),
        Column::Number(values) | Column::Whole(values) | Column::Money(values) => values[row].to_le_bytes().to_vec(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
