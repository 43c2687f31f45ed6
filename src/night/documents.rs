//! Accepted documents of one shard, as the later stages read them: customers, invoices, money, and what is said about them.
//!
//! All rows are in a total order that depends on nothing but the rows: customers by id, everything else by customer and then by id.
//! Texts stay in the raw tables; a document keeps the row it came from.

use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::base::money::{Amount, Currency, Rate};

/// Position of a customer in its shard, in order of customer id.
pub type CustomerIx = u32;
/// Position of an invoice in its shard, in order of customer and invoice id.
pub type InvoiceIx = u32;

/// `customers.customer_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerType {
    Company,
    Consumer,
    PublicBody,
}

impl CustomerType {
    /// Position in [`CUSTOMER_TYPES`](crate::base::contract::values::CUSTOMER_TYPES).
    pub fn position(self) -> u8 {
        match self {
            CustomerType::Company => 0,
            CustomerType::Consumer => 1,
            CustomerType::PublicBody => 2,
        }
    }
}

/// An accepted invoice, deposit or advance. Credit notes are [`Money`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invoice {
    pub customer: CustomerIx,
    /// Row in the shard's raw `invoices` table.
    pub row: u32,
    pub issue_date: Date,
    pub due_date: Date,
    pub amount: Amount,
    pub currency: Currency,
    /// The day it leaves the open items, by write-off or sale, never before its issue date and never after `as_of`.
    pub exit: Option<Exit>,
    /// From when to when it was written off, where it was taken up again by `as_of`.
    pub absent: Option<(Date, Date)>,
    /// First of its items in [`Ledger::items`](crate::night::ledger::Ledger::items); they are contiguous.
    pub first_item: u32,
    /// Number of its items: 1, or one per instalment.
    pub items: u32,
}

/// How an invoice leaves the open items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    pub on: Date,
    pub kind: ExitKind,
}

/// Write-off or sale. On one day the write-off comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitKind {
    WrittenOff,
    Sold,
}

/// Where money comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MoneyKind {
    /// A credit note; its amount is held positive.
    Credit,
    /// A settled payment; refunds and reversals are negative.
    Payment,
}

/// A credit note or a settled payment that exists at `as_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    pub customer: CustomerIx,
    pub kind: MoneyKind,
    /// Row in the shard's raw `invoices` (credit notes) or `payments` table.
    pub row: u32,
    pub date: Date,
    /// Credit notes positive; refunds and reversals negative.
    pub amount: Amount,
    pub currency: Currency,
    /// The invoice it names, where that is an accepted invoice of the same customer and currency.
    pub invoice: Option<InvoiceIx>,
}

/// A customer: everything else about it is read from the raw row when a rule asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Customer {
    /// Row in the shard's raw `customers` table; `None` where the customer is unknown.
    pub row: Option<u32>,
    /// Position of its debtor group among the shard's groups, in order of group id.
    pub group: u32,
    pub customer_type: Option<CustomerType>,
    /// The day insolvency proceedings opened, where `legal_status` says so on or before `as_of`.
    pub insolvent_since: Option<Date>,
    /// Contractual annual rate of penalties.
    pub penalty_rate: Option<Rate>,
}

/// A payment that is announced but not yet cash: it lowers what is asked, not what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    pub invoice: InvoiceIx,
    /// The day it is expected.
    pub on: Date,
    pub amount: Amount,
}

/// A dispute that exists at `as_of`, open or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dispute {
    pub invoice: InvoiceIx,
    /// Row in the shard's raw `disputes` table.
    pub row: u32,
    pub opened_on: Date,
    /// Where it closed on or before `as_of`.
    pub closed_on: Option<Date>,
    /// `None` for the whole open amount.
    pub amount: Option<Amount>,
}

/// A deduction: one that is not decided at `as_of`, or one that is approved, for which a credit note is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deduction {
    pub invoice: InvoiceIx,
    pub claimed_on: Date,
    /// Position in [`DEDUCTION_KINDS`](crate::base::contract::values::DEDUCTION_KINDS).
    pub kind: Option<u8>,
    pub amount: Amount,
}

/// `promises.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PromiseKind {
    Promise,
    Extension,
    PlanInstallment,
}

/// An accepted promise to pay, extension or plan instalment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    pub customer: CustomerIx,
    /// Row in the shard's raw `promises` table.
    pub row: u32,
    /// The invoice it is about; `None` where it is about the account.
    pub invoice: Option<InvoiceIx>,
    pub kind: Option<PromiseKind>,
    pub promised_on: Date,
    pub due_on: Date,
    pub amount: Amount,
    pub currency: Currency,
    /// Where it was confirmed in writing on or before `as_of`.
    pub confirmed_on: Option<Date>,
    /// Whether the customer offers it and nobody has agreed: then it binds neither side.
    pub is_proposal: bool,
    /// Where it was cancelled on or before `as_of`.
    pub cancelled_on: Option<Date>,
}

/// A payment that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    pub customer: CustomerIx,
    /// `rejected_on`, or the payment's own date where the file does not say.
    pub on: Date,
    /// Row in the shard's raw `payments` table.
    pub row: u32,
    /// Position in [`REJECTION_KINDS`](crate::base::contract::values::REJECTION_KINDS).
    pub kind: Option<u8>,
    /// Position in [`METHODS`](crate::base::contract::values::METHODS).
    pub method: Option<u8>,
    /// The invoice it names, where that is an accepted invoice of the same customer and currency.
    pub invoice: Option<InvoiceIx>,
    pub amount: Amount,
    pub currency: Currency,
}

impl Rejection {
    /// Whether it came back for a technical reason.
    pub fn is_technical(&self) -> bool {
        // Position 0 is `technical`.
        self.kind == Some(0)
    }
}

/// A hold set by a person, in force at `as_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    pub customer: CustomerIx,
    pub invoice: Option<InvoiceIx>,
    /// Row in the shard's raw `holds` table.
    pub row: u32,
    pub stops_contact: bool,
    pub stops_penalties: bool,
    pub stops_escalation: bool,
    pub stops_agency: bool,
}

/// What a person decided for a customer in place of the rules, in force at `as_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverrideRow {
    pub customer: CustomerIx,
    /// Row in the shard's raw `overrides` table.
    pub row: u32,
}

/// What a bailiff, a court or a liquidator did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegalEvent {
    pub customer: CustomerIx,
    /// The invoice it is about; `None` where it names none.
    pub invoice: Option<InvoiceIx>,
    /// Row in the shard's raw `legal_events` table.
    pub row: u32,
    pub on: Date,
    /// Position in [`LEGAL_EVENT_KINDS`](crate::base::contract::values::LEGAL_EVENT_KINDS).
    pub kind: Option<u8>,
}

/// What a person decided about a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionRow {
    pub customer: CustomerIx,
    /// Row in the shard's raw `decisions` table.
    pub row: u32,
}

/// Penalties given up by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiver {
    pub invoice: InvoiceIx,
    /// Row in the shard's raw `waivers` table.
    pub row: u32,
    pub on: Date,
    /// `None` for all of them, also those that are still to come.
    pub amount: Option<Amount>,
}

/// A contact really made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contact {
    pub customer: CustomerIx,
    /// Row in the shard's raw `contacts` table.
    pub row: u32,
    pub on: Date,
    /// Position in [`CONTACT_CHANNELS`](crate::base::contract::values::CONTACT_CHANNELS).
    pub channel: Option<u8>,
    pub inbound: bool,
    /// Position in [`CONTACT_OUTCOMES`](crate::base::contract::values::CONTACT_OUTCOMES).
    pub outcome: Option<u8>,
}

/// Which payments are deposits for an order, and which invoices that order has. Few ledgers have any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deposits {
    /// The order, by position of the money: receipts for it, and what was given back of them.
    order_of: BTreeMap<u32, u32>,
    /// The invoices of each order, ascending.
    invoices_of: Vec<Vec<InvoiceIx>>,
}

impl Deposits {
    /// Connects money and invoices of one customer that name the same order.
    pub fn connect<'a>(
        money: impl Iterator<Item = (u32, CustomerIx, &'a [u8])>,
        invoices: impl Iterator<Item = (InvoiceIx, CustomerIx, &'a [u8])>,
    ) -> Deposits {
        let mut deposits = Deposits::default();
        let mut orders: BTreeMap<(CustomerIx, &[u8]), u32> = BTreeMap::new();
        for (at, customer, order) in money {
            let next = u32::try_from(orders.len()).unwrap_or(u32::MAX);
            let order = *orders.entry((customer, order)).or_insert(next);
            deposits.order_of.insert(at, order);
        }
        deposits.invoices_of.resize(orders.len(), Vec::new());
        for (invoice, customer, order) in invoices {
            if let Some(order) = orders.get(&(customer, order)) {
                deposits.invoices_of[*order as usize].push(invoice);
            }
        }
        deposits
    }

    /// Whether no money is for an order.
    pub fn is_empty(&self) -> bool {
        self.order_of.is_empty()
    }

    /// The order that money is for, by the position of the money.
    pub fn order_of(&self, money: u32) -> Option<u32> {
        self.order_of.get(&money).copied()
    }

    /// Whether an invoice is of the order that money is for.
    pub fn are_for(&self, money: u32, invoice: InvoiceIx) -> bool {
        self.order_of(money).is_some_and(|order| self.invoices_of[order as usize].binary_search(&invoice).is_ok())
    }
}

/// What we owe a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payable {
    pub customer: CustomerIx,
    pub due_date: Date,
    pub amount: Amount,
    pub currency: Currency,
}

/// What went out to a customer for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    pub customer: CustomerIx,
    pub on: Date,
    pub amount: Amount,
    pub currency: Currency,
    /// Row in the shard's raw `deliveries` table.
    pub row: u32,
}

/// What an agency reported about an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgencyEvent {
    pub invoice: InvoiceIx,
    pub on: Date,
    /// Row in the shard's raw `agency_events` table.
    pub row: u32,
    /// Position in [`AGENCY_EVENT_KINDS`](crate::base::contract::values::AGENCY_EVENT_KINDS).
    pub kind: Option<u8>,
}

/// Instalments of one invoice that add up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instalment {
    pub invoice: InvoiceIx,
    pub sequence: i64,
    pub due_date: Date,
    pub amount: Amount,
}

/// The rows of an invoice among those of all, which are in order of invoice.
pub fn of_invoice<T>(rows: &[T], invoice: InvoiceIx, of: impl Fn(&T) -> InvoiceIx) -> &[T] {
    let start = rows.partition_point(|row| of(row) < invoice);
    &rows[start..start + rows[start..].partition_point(|row| of(row) == invoice)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_an_invoice_are_found_among_those_of_all() {
        let rows: [InvoiceIx; 4] = [1, 1, 3, 7];
        for (invoice, count) in [(0, 0), (1, 2), (2, 0), (3, 1), (7, 1), (8, 0)] {
            assert_eq!(of_invoice(&rows, invoice, |row| *row).len(), count, "{invoice}");
        }
    }
}
