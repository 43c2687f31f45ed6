//! Which invoice an id names, for the whole portfolio: answers rows whose invoice is in another shard, or that have no customer.

use std::sync::Arc;

use crate::base::contract::invoices::{AMOUNT, CUSTOMER_ID, INVOICE_ID, ISSUE_DATE};
use crate::base::date::Date;
use crate::base::hash::{key_hash, shard_of_hash};
use crate::base::table::{Column, Table};
use crate::night::normalise::invoices::{Judged, is_credit_note};
use crate::night::normalise::{Directory, Fate, Named};
use crate::run::key_index::{KeyIndex, Place};

/// All invoice rows by the hash of their id. Made once for all who ask.
pub fn invoice_index(tables: &[&Table]) -> KeyIndex {
    KeyIndex::new(&tables.iter().map(|table| table.key_hash.as_slice()).collect::<Vec<_>>())
}

/// Lets go of what a directory never asks for of the invoices of a shard that is worked out.
pub fn keep_what_it_reads(table: &mut Table) {
    let kept = [INVOICE_ID, CUSTOMER_ID, ISSUE_DATE, AMOUNT];
    let columns = table.columns.iter_mut().enumerate().filter(|(at, _)| !kept.contains(at));
    columns.for_each(|(_, column)| *column = Column::Absent);
    table.key_hash = Vec::new();
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

    fn precedence(&self, place: Place) -> (u8, Option<Date>, u32) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::contract::invoices;
    use crate::base::money::Currency;
    use crate::base::table_builder::TableBuilder;

    /// A shard of invoices: id, issue date and fate; `first` is the number of its first row over all shards, B a credit note.
    fn shard(first: u32, rows: &[(&str, &str, Fate)]) -> (Arc<Table>, Judged) {
        let mut builder = TableBuilder::new(&invoices::SPEC);
        for (id, date, _) in rows {
            builder.text(INVOICE_ID, id.as_bytes());
            builder.text(CUSTOMER_ID, b"C");
            builder.date(ISSUE_DATE, Date::parse(date));
            builder.thousandths(AMOUNT, if *id == "B" { -10 } else { 10 });
            builder.end_row();
        }
        let mut table = builder.finish();
        table.source_row = (first..).take(rows.len()).collect();
        table.key_hash = rows.iter().map(|(id, _, _)| key_hash(id.as_bytes())).collect();
        let fates = rows.iter().map(|(_, _, fate)| *fate).collect();
        let currencies = vec![Currency::parse(b"EUR").expect("a currency"); rows.len()];
        (Arc::new(table), Judged { fates, currencies, ..Judged::default() })
    }

    #[test]
    fn an_id_names_the_row_that_counts_most() {
        use Fate::{Ignored, Refused, Used};
        let (tables, judged): (Vec<_>, Vec<_>) = [
            shard(0, &[("A", "2026-01-02", Refused), ("B", "2026-01-02", Ignored), ("C", "2026-01-02", Used), ("D", "2026-01-02", Used)]),
            shard(4, &[("A", "2026-01-03", Used), ("B", "2026-01-01", Refused), ("C", "2026-01-01", Used), ("D", "2026-01-02", Used)]),
        ]
        .into_iter()
        .unzip();
        let index = invoice_index(&tables.iter().map(AsRef::as_ref).collect::<Vec<_>>());
        let worked_out: Vec<Arc<Table>> = (tables.iter())
            .map(|table| {
                let mut table = Table::clone(table);
                keep_what_it_reads(&mut table);
                Arc::new(table)
            })
            .collect();
        let (before, after) = (InvoiceDirectory::new(&tables, &judged, &index), InvoiceDirectory::new(&worked_out, &judged, &index));
        for (id, expected) in [("A", Some((1, 0))), ("B", Some((0, 1))), ("C", Some((1, 2))), ("D", Some((0, 3))), ("E", None)] {
            let place = expected.map(|(shard, row)| Place { shard, row });
            let shard = expected.map_or_else(|| shard_of_hash(key_hash(id.as_bytes())), |at| at.0);
            for directory in [&before, &after] {
                assert_eq!(directory.best(id.as_bytes()), place, "{id}");
                assert_eq!(directory.shard(id.as_bytes()), shard, "{id}");
            }
            assert_eq!(before.find(id.as_bytes()), after.find(id.as_bytes()), "{id}");
        }
        assert_eq!(before.find(b"B").map(|named| (named.fate, named.currency, named.is_credit_note)), Some((Ignored, None, true)));
        assert_eq!(before.find(b"E"), None);
    }
}
