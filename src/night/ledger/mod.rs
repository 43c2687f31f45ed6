//! The ledger of one shard: payments and credit notes meet invoices, day by day, in the order of the canon.

pub mod items;
mod places;
pub mod replay;
#[cfg(test)]
mod tests;

use crate::base::date::Date;
use crate::base::money::Amount;
use crate::night::documents::{CustomerIx, InvoiceIx};

/// An invoice, or one instalment of it: the unit that is open, late and chased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub customer: CustomerIx,
    pub invoice: InvoiceIx,
    /// Number of the instalment; 0 for an invoice without instalments.
    pub sequence: i64,
    pub due_date: Date,
    pub amount: Amount,
    /// Cash applied, refunds taken back already deducted.
    pub paid: Amount,
    /// Credit notes applied.
    pub credited: Amount,
    /// What was open when the invoice was written off or sold; nothing once it is taken up again.
    pub exited: Amount,
    /// `amount - paid - credited - exited`, never negative.
    pub open: Amount,
    pub disputed: Amount,
    pub deducted: Amount,
    pub pending: Amount,
    /// Latest value date of a receipt applied, whatever was refunded since.
    pub last_payment_on: Option<Date>,
    /// Opening date of the oldest open dispute.
    pub disputed_since: Option<Date>,
}

impl Item {
    /// An item on which nothing has happened yet.
    pub fn new(customer: CustomerIx, invoice: InvoiceIx, sequence: i64, due_date: Date, amount: Amount) -> Item {
        Item {
            customer,
            invoice,
            sequence,
            due_date,
            amount,
            paid: Amount::ZERO,
            credited: Amount::ZERO,
            exited: Amount::ZERO,
            open: amount,
            disputed: Amount::ZERO,
            deducted: Amount::ZERO,
            pending: Amount::ZERO,
            last_payment_on: None,
            disputed_since: None,
        }
    }

    /// What may be asked for: open less disputed, deducted and pending amounts.
    pub fn collectible(&self) -> Amount {
        (self.open - self.disputed - self.deducted - self.pending).or_zero()
    }
}

/// How an application changes an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApplicationKind {
    /// A receipt lowers what is open.
    Cash,
    /// A credit note lowers what is open.
    Credit,
    /// A refund or reversal takes cash back.
    Refund,
    /// The item leaves the open items: it is written off.
    WriteOff,
    /// The item leaves the open items: it is sold.
    Sale,
    /// What was written off is open again.
    Revival,
}

impl ApplicationKind {
    /// Whether more is open afterwards.
    pub fn opens(self) -> bool {
        matches!(self, ApplicationKind::Refund | ApplicationKind::Revival)
    }
}

/// Money meeting an item on a day, or the item leaving and coming back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Application {
    /// Position in [`Ledger::items`].
    pub item: u32,
    /// Position among the money documents of the shard; `u32::MAX` where no money moves.
    pub source: u32,
    /// The day it counts: the money's date, or the item's issue date if that is later.
    pub date: Date,
    pub kind: ApplicationKind,
    /// Positive: how much less (for a refund or revival: more) is open afterwards.
    pub amount: Amount,
}

/// What the replay leaves.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// In order of customer, invoice and sequence.
    pub items: Vec<Item>,
    /// In order of item, then in the order in which they happened.
    pub applications: Vec<Application>,
    /// Start of each item's applications, one more than there are items.
    pub application_start: Vec<u32>,
    /// What is left of each money document, in the order of the documents.
    pub left: Vec<Amount>,
    /// What each money document gave out for refunds paid from it (credit notes and receipts on account), in the same order.
    pub refunded: Vec<Amount>,
}

impl Ledger {
    /// The applications of an item, in the order in which they happened.
    pub fn history(&self, item: u32) -> &[Application] {
        let item = item as usize;
        &self.applications[self.application_start[item] as usize..self.application_start[item + 1] as usize]
    }
}
