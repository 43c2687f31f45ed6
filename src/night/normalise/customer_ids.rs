//! The customers of a shard: every one that an accepted row names, with its position in order of id.

use crate::base::contract::{customers, invoices};
use crate::base::hash::key_hash;
use crate::night::documents::CustomerIx;
use crate::night::normalise::id_order::IdOrder;
use crate::night::normalise::invoices::Judged;
use crate::night::normalise::key_table::KeyTable;
use crate::night::normalise::rows::Rows;
use crate::night::normalise::{Fate, Shard};

/// Every customer named by an accepted row. A row is looked up by its id once; from there on customers are positions.
pub struct CustomerIds<'a> {
    /// In order of id.
    pub sorted: Vec<&'a [u8]>,
    /// Position of each customer, by the number it was first met under.
    position: Vec<CustomerIx>,
    numbers: Numbers<'a>,
    /// Number of the customer of each raw invoice row; [`u32::MAX`] where the row is not accepted.
    of_invoice_row: Vec<u32>,
}

impl<'a> CustomerIds<'a> {
    /// Collects the customers of all accepted rows.
    pub fn collect(shard: &'a Shard, judged: &Judged, rows: &Rows<'a>) -> CustomerIds<'a> {
        let mut numbers = Numbers::default();
        for row in 0..shard.customers.len() {
            if let Some(id) = shard.customers.text(customers::CUSTOMER_ID, row) {
                numbers.number(id);
            }
        }
        let mut of_invoice_row = vec![u32::MAX; shard.invoices.len()];
        for (row, number) in of_invoice_row.iter_mut().enumerate().filter(|(row, _)| judged.fates[*row] == Fate::Used) {
            if let Some(id) = shard.invoices.text(invoices::CUSTOMER_ID, row) {
                *number = numbers.number(id);
            }
        }
        // A row placed on an invoice is of the invoice's customer, who has a number already.
        let mut enter = |invoice_row: Option<u32>, id: &'a [u8]| {
            if invoice_row.is_none() {
                numbers.number(id);
            }
        };
        rows.payments.iter().for_each(|payment| enter(payment.invoice_row, payment.customer_id));
        rows.promises
            .iter()
            .chain(&rows.payables)
            .chain(&rows.deliveries)
            .for_each(|row| enter(row.about.invoice_row, row.about.customer_id));
        rows.holds
            .iter()
            .chain(&rows.overrides)
            .chain(&rows.decisions)
            .chain(&rows.legal_events)
            .chain(&rows.contacts)
            .chain(&rows.usage)
            .for_each(|row| enter(row.invoice_row, row.customer_id));
        let (sorted, position) = numbers.sorted();
        CustomerIds { sorted, position, numbers, of_invoice_row }
    }

    /// Position of a customer; every accepted row's customer has one.
    pub fn position(&self, id: &[u8]) -> CustomerIx {
        self.numbers.find(id).map_or(CustomerIx::MAX, |number| self.position[number as usize])
    }

    /// Position of the customer of an accepted invoice row.
    pub fn of_invoice(&self, row: u32) -> CustomerIx {
        self.position[self.of_invoice_row[row as usize] as usize]
    }

    /// Position of the customer of a row, which is that of the invoice it was placed on.
    pub fn of_row(&self, invoice_row: Option<u32>, id: &[u8]) -> CustomerIx {
        invoice_row.map_or_else(|| self.position(id), |row| self.of_invoice(row))
    }
}

/// Distinct ids, numbered in the order in which they are first met.
struct Numbers<'a> {
    ids: Vec<&'a [u8]>,
    hashes: Vec<u64>,
    table: KeyTable,
    last: u32,
}

impl Default for Numbers<'_> {
    fn default() -> Self {
        Numbers { ids: Vec::new(), hashes: Vec::new(), table: KeyTable::with_capacity(1_024), last: u32::MAX }
    }
}

impl<'a> Numbers<'a> {
    fn number(&mut self, id: &'a [u8]) -> u32 {
        // Rows of one customer are often neighbours.
        if self.ids.get(self.last as usize) == Some(&id) {
            return self.last;
        }
        self.last = self.find(id).unwrap_or_else(|| {
            let (number, hash) = (u32::try_from(self.ids.len()).unwrap_or(u32::MAX), key_hash(id));
            let hashes = &self.hashes;
            self.table.insert(hash, number, |number| hashes[number as usize]);
            self.ids.push(id);
            self.hashes.push(hash);
            number
        });
        self.last
    }

    fn find(&self, id: &[u8]) -> Option<u32> {
        self.table.find(key_hash(id), |number| self.ids[number as usize] == id)
    }

    /// The ids in order, and the position of each number among them.
    fn sorted(&self) -> (Vec<&'a [u8]>, Vec<u32>) {
        let order = IdOrder::of(self.ids.iter().copied());
        let mut keyed: Vec<(u64, u32)> = (0_u32..).zip(&self.ids).map(|(number, id)| (order.key(id), number)).collect();
        let id = |number: u32| self.ids[number as usize];
        keyed.sort_unstable_by(|a, b| IdOrder::compare(a.0, b.0, || (id(a.1), id(b.1))));
        let mut position = vec![0; keyed.len()];
        for (at, (_, number)) in (0_u32..).zip(&keyed) {
            position[*number as usize] = at;
        }
        (keyed.iter().map(|(_, number)| id(*number)).collect(), position)
    }
}
