//! What one row of the state remembers, by the kind of its record.

use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::night::documents::{CustomerIx, InvoiceIx};

/// Where a customer, or one of its invoices, stood on a ladder when it was last evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LadderRecord<'a> {
    pub customer: CustomerIx,
    /// `None` for the customer as a whole.
    pub invoice: Option<InvoiceIx>,
    /// Number of the instalment, 0 where the invoice has none.
    pub sequence: i64,
    pub policy: &'a str,
    /// Last step done.
    pub step: Option<&'a str>,
    pub step_on: Option<Date>,
    /// The day that step reaches the debtor, where it was in the post until then.
    pub arrives_on: Option<Date>,
    pub entered_on: Option<Date>,
    pub evaluated_on: Option<Date>,
    /// Days during which the age clock stood still.
    pub paused_days: i32,
}

/// An open item of the previous night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemRecord<'a> {
    /// `None` where tonight's input has no such customer or invoice.
    pub invoice: Option<InvoiceIx>,
    pub sequence: i64,
    pub bucket: &'a str,
    pub currency: Currency,
    pub amount: Amount,
    pub evaluated_on: Option<Date>,
    /// Days during which the age clock of this item stood still.
    pub paused_days: i32,
}

/// Penalties told on an invoice that tonight's input no longer has, refuses, or has in another currency: they are taken back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VanishedPenalty {
    pub customer_id: Vec<u8>,
    pub invoice_id: Vec<u8>,
    pub currency: Currency,
    pub accrued: Amount,
}

/// An action of an earlier night that contacted somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRecord {
    pub customer: CustomerIx,
    pub on: Date,
    /// Name of the verb.
    pub channel: String,
    pub action_id: String,
    pub policy: String,
    pub step: String,
}

/// A block that stood the night before and is to be reviewed some day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockRecord {
    pub customer: CustomerIx,
    /// `None` for a block on the customer as a whole.
    pub invoice: Option<InvoiceIx>,
    pub block: String,
    /// The first night on which it was seen.
    pub since: Date,
}

/// A task or a proposal that stood the night before. It is known by its ids, because it has to be told done also where its documents
/// are gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StandingRecord {
    pub customer_id: Vec<u8>,
    /// Empty where it is about the customer.
    pub invoice_id: Vec<u8>,
    /// Its rule.
    pub name: String,
    /// The first night on which it was seen.
    pub opened_on: Date,
    /// The day its age counted from.
    pub since: Date,
    pub owner: String,
    /// Whom a task went up to last; which proposal stands in the place of one.
    pub escalated_to: Option<String>,
    /// What a proposal was about when it was told last, or when it was agreed to: thousandths of the reporting currency.
    pub amount: Option<i64>,
    /// The night a task went there, or from which on nothing is missing of a proposal.
    pub moved_on: Option<Date>,
}

impl StandingRecord {
    /// What it is told apart by: customer, invoice and rule.
    pub fn key(&self) -> (&[u8], &[u8], &str) {
        (&self.customer_id, &self.invoice_id, &self.name)
    }
}

/// A payment that came back and that was dealt with on an earlier night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RepresentRecord {
    /// The night it was presented again; `None` where it was told to be too late.
    pub on: Option<Date>,
}

/// An action that its queue had no place for on an earlier night, and that has waited since.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitingRecord {
    pub customer: CustomerIx,
    /// `None` where the ladder is the customer's.
    pub invoice: Option<InvoiceIx>,
    pub sequence: i64,
    pub policy: String,
    pub step: String,
    /// The first night on which it was displaced.
    pub since: Date,
}

/// Somebody who was drawn for a trial.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrialRecord {
    pub trial: String,
    /// `None` where tonight's input has no such customer.
    pub customer: Option<CustomerIx>,
    pub customer_id: Vec<u8>,
    /// Whether in the challenger's arm.
    pub on: bool,
    /// The night of the draw.
    pub since: Date,
}
