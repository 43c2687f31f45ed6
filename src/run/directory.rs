//! Which invoice an id names, for the whole portfolio: answers rows whose invoice is in another shard, or that have no customer.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use crate::base::contract::invoices::{CUSTOMER_ID, INVOICE_ID, ISSUE_DATE};
use crate::base::hash::key_hash;
use crate::base::table::Table;
use crate::night::normalise::invoices::{Judged, is_credit_note};
use crate::night::normalise::{Directory, Fate, Named};

const BUCKETS: usize = 256;

/// Where an invoice row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    hash: u64,
    shard: u32,
    row: u32,
}

/// All invoice rows by the hash of their id: sorted, in buckets by the top byte. Made once for all who ask.
#[derive(Debug, Default)]
pub struct InvoiceEntries {
    buckets: Vec<Vec<Entry>>,
}

impl InvoiceEntries {
    /// Enters every invoice row of every shard.
    pub fn new(tables: &[&Table]) -> InvoiceEntries {
        let parts: Vec<Vec<Vec<Entry>>> = (tables.par_iter().enumerate()).map(|(shard, table)| entries(shard, table)).collect();
        let buckets = (0..BUCKETS).into_par_iter().map(|bucket| {
            let mut entries: Vec<Entry> = Vec::with_capacity(parts.iter().map(|part| part[bucket].len()).sum());
            parts.iter().for_each(|part| entries.extend_from_slice(&part[bucket]));
            entries.sort_unstable();
            entries
        });
        InvoiceEntries { buckets: buckets.collect() }
    }

    /// Hashes that more than one row has.
    pub fn shared_hashes(&self) -> BTreeSet<u64> {
        let pairs = self.buckets.iter().flat_map(|bucket| bucket.windows(2));
        pairs.filter(|pair| pair[0].hash == pair[1].hash).map(|pair| pair[0].hash).collect()
    }
}

/// All invoice rows by their id, with what became of them.
pub struct InvoiceDirectory<'a> {
    tables: &'a [Arc<Table>],
    judged: &'a [Judged],
    entries: &'a InvoiceEntries,
}

impl<'a> InvoiceDirectory<'a> {
    /// A directory over the invoice rows of every shard.
    pub fn new(tables: &'a [Arc<Table>], judged: &'a [Judged], entries: &'a InvoiceEntries) -> InvoiceDirectory<'a> {
        InvoiceDirectory { tables, judged, entries }
    }

    /// The shard of the invoice an id names; `None` where no row has it.
    pub fn shard(&self, invoice_id: &[u8]) -> Option<usize> {
        self.best(invoice_id).map(|entry| entry.shard as usize)
    }

    /// The row that counts most: accepted before ignored before refused, the earliest document first.
    fn best(&self, invoice_id: &[u8]) -> Option<Entry> {
        let hash = key_hash(invoice_id);
        let bucket = &self.entries.buckets[usize::try_from(hash >> 56).unwrap_or(0)];
        let start = bucket.partition_point(|entry| entry.hash < hash);
        let same = bucket[start..].iter().take_while(|entry| entry.hash == hash);
        let named = same.filter(|entry| self.table(entry).text(INVOICE_ID, entry.row as usize) == Some(invoice_id));
        let precedence = |entry: &&Entry| {
            let fate = match self.judged[entry.shard as usize].fates[entry.row as usize] {
                Fate::Used => 0,
                Fate::Ignored => 1,
                Fate::Refused => 2,
            };
            (fate, self.table(entry).date(ISSUE_DATE, entry.row as usize), self.table(entry).source_row[entry.row as usize])
        };
        named.min_by_key(precedence).copied()
    }

    fn table(&self, entry: &Entry) -> &'a Table {
        &self.tables[entry.shard as usize]
    }
}

fn entries(shard: usize, table: &Table) -> Vec<Vec<Entry>> {
    let mut buckets: Vec<Vec<_>> = (0..BUCKETS).map(|_| Vec::with_capacity(table.len() / BUCKETS + 1)).collect();
    let shard = u32::try_from(shard).unwrap_or(u32::MAX);
    for (row, hash) in (0_u32..).zip(&table.key_hash) {
        buckets[usize::try_from(hash >> 56).unwrap_or(0)].push(Entry { hash: *hash, shard, row });
    }
    buckets
}

impl Directory for InvoiceDirectory<'_> {
    fn find(&self, invoice_id: &[u8]) -> Option<Named<'_>> {
        let entry = self.best(invoice_id)?;
        let (table, row) = (self.table(&entry), entry.row as usize);
        let judged = &self.judged[entry.shard as usize];
        let fate = judged.fates[row];
        Some(Named {
            fate,
            currency: (fate == Fate::Used).then(|| judged.currencies[row]),
            is_credit_note: is_credit_note(table, row),
            customer_id: table.text(CUSTOMER_ID, row).unwrap_or_default(),
        })
    }
}
