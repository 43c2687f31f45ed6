//! What one row of the state remembers, by the kind of its record.

use crate::base::date::Date;
use crate::base::money::{Amount, Currency, Rate, divide_half_up};
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

/// A debt that an agency has, or had: an item, from the night it was handed over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlacementRecord {
    pub customer_id: Vec<u8>,
    pub invoice_id: Vec<u8>,
    /// Number of the instalment, 0 where the invoice has none.
    pub sequence: i64,
    pub placed_on: Date,
    pub agency: String,
    /// The batch it was handed over with, and its line there: what the agency knows it by.
    pub batch: i64,
    pub line: i64,
    pub currency: Currency,
    /// What was handed over.
    pub amount: Amount,
    /// What the agency was told last.
    pub told: Position,
    /// What it keeps of what comes in, as agreed when it was handed over.
    pub fee_rate: Rate,
    /// What it keeps at least where anything comes in, in the currency of the debt.
    pub minimum_fee: Amount,
    /// Where it keeps a part also of what the debtor pays to us: what was paid to us before it was handed over.
    pub direct_from: Option<Amount>,
    /// What it was told of the debtor, as a hash.
    pub debtor: String,
    pub recall: Option<Recall>,
    /// The day from which the agency has it no more, and why.
    pub ended: Option<(Date, String)>,
}

impl PlacementRecord {
    /// What it is told apart by.
    pub fn key(&self) -> (&[u8], &[u8], i64) {
        (&self.customer_id, &self.invoice_id, self.sequence)
    }

    /// Why it ended, else why it is asked back.
    pub fn reason(&self) -> Option<&str> {
        let ended = self.ended.as_ref().map(|(_, reason)| reason.as_str());
        ended.or_else(|| self.recall.as_ref().map(|recall| recall.reason.as_str()))
    }

    /// What the agency collected.
    pub fn collected(&self) -> Amount {
        self.told.collected
    }

    /// What the agency keeps of what came in.
    pub fn commission(&self) -> Amount {
        let direct = self.direct_from.map_or(Amount::ZERO, |before| self.told.paid - before);
        self.commission_on(self.collected(), direct)
    }

    /// What the agency keeps of what it collected and of what was paid to us, if it does: a share, rounded half-up, or the least agreed, never
    /// more than that (07 §C.15).
    pub fn commission_on(&self, collected: Amount, direct: Amount) -> Amount {
        let base = if self.direct_from.is_some() { collected + direct } else { collected };
        if !base.is_positive() {
            return Amount::ZERO;
        }
        let share = divide_half_up(base.wide() * i128::from(self.fee_rate.0), i128::from(Rate::ONE.0));
        Amount(i64::try_from(share).unwrap_or(i64::MAX)).max(self.minimum_fee.min(base))
    }
}

/// Where a debt stands, minor units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    pub amount: Amount,
    /// Cash that did not come through the agency.
    pub paid: Amount,
    /// Cash that the agency collected.
    pub collected: Amount,
    pub credited: Amount,
    /// What was written off or sold, or is in the ledger no more.
    pub exited: Amount,
    pub disputed: Amount,
}

impl Position {
    /// What is still open.
    pub fn balance(&self) -> Amount {
        self.amount - self.paid - self.collected - self.credited - self.exited
    }
}

/// A debt that is asked back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recall {
    pub on: Date,
    /// The last day on which the agency may still have it.
    pub by: Date,
    pub reason: String,
}
