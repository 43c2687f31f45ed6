//! Which invoice an id names, for the whole portfolio: answers rows whose invoice is in another shard, or that have no customer.

use std::sync::Arc;

use crate::base::contract::invoices::{CUSTOMER_ID, INVOICE_ID, ISSUE_DATE};
use crate::base::hash::{key_hash, shard_of_hash};
use crate::base::table::Table;
use crate::night::normalise::invoices::{Judged, is_credit_note};
use crate::night::normalise::{Directory, Fate, Named};
use crate::run::key_index::{KeyIndex, Place};

/// All invoice rows by the hash of their id. Made once for all who ask.
pub fn invoice_index(tables: &[&Table]) -> KeyIndex {
    KeyIndex::new(&tables.iter().map(|table| table.key_hash.as_slice()).collect::<Vec<_>>())
}

/// All invoice rows by their id, with what became of them.
pub struct InvoiceDirectory<'a> {
    tables: &'a [Arc<Table>],
    judged: &'a [Judged],
    index: &'a KeyIndex,
}

impl<'a> InvoiceDirectory<'a> {
    /// A directory over the invoice rows of every shard.
    pub fn new(tables: &'a [Arc<Table>], judged: &'a [Judged], index: &'a KeyIndex) -> InvoiceDirectory<'a> {
        InvoiceDirectory { tables, judged, index }
    }

    /// The shard in which a row that names an invoice and no customer is judged: that of the invoice.
    ///
    /// An id no row has may get any shard, always the same: the row is refused there as it would be in every other.
    pub fn shard(&self, invoice_id: &[u8]) -> usize {
        let hash = key_hash(invoice_id);
        let mut places = self.index.find(hash);
        match (places.next(), places.next()) {
            (None, _) => shard_of_hash(hash),
            // Comparing the id itself would touch three more places of memory, and change nothing.
            (Some(only), None) => only.shard,
            _ => self.best(invoice_id).map_or_else(|| shard_of_hash(hash), |place| place.shard),
        }
    }

    /// The row that counts most: accepted before ignored before refused, the earliest document first.
    fn best(&self, invoice_id: &[u8]) -> Option<Place> {
        let places = self.index.find(key_hash(invoice_id));
        let mut named = places.filter(|place| self.tables[place.shard].text(INVOICE_ID, place.row) == Some(invoice_id));
        let first = named.next()?;
        // Nearly every id is that of one row.
        Some(named.fold((first, None), |(best, rank), place| {
            let (rank, other) = (rank.unwrap_or_else(|| self.precedence(best)), self.precedence(place));
            if other < rank { (place, Some(other)) } else { (best, Some(rank)) }
        }))
        .map(|(best, _)| best)
    }

    fn precedence(&self, place: Place) -> (u8, Option<crate::base::date::Date>, u32) {
        let table = &self.tables[place.shard];
        let fate = match self.judged[place.shard].fates[place.row] {
            Fate::Used => 0,
            Fate::Ignored => 1,
            Fate::Refused => 2,
        };
        (fate, table.date(ISSUE_DATE, place.row), table.source_row[place.row])
    }
}

impl Directory for InvoiceDirectory<'_> {
    fn find(&self, invoice_id: &[u8]) -> Option<Named<'_>> {
        let Place { shard, row } = self.best(invoice_id)?;
        let (table, judged) = (&self.tables[shard], &self.judged[shard]);
        let fate = judged.fates[row];
        Some(Named {
            fate,
            currency: (fate == Fate::Used).then(|| judged.currencies[row]),
            is_credit_note: is_credit_note(table, row),
            customer_id: table.text(CUSTOMER_ID, row).unwrap_or_default(),
        })
    }
}
