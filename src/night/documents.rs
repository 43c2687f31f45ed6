//! Accepted documents of one shard, as the later stages read them: customers, invoices, money, and what is said about them.
//!
//! All rows are in a total order that depends on nothing but the rows: customers by id, everything else by customer and then by id.
//! Texts stay in the raw tables; a document keeps the row it came from.

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

/// `promises.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub cancelled_on: Option<Date>,
}
