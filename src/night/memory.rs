//! Yesterday's state of one shard, found again by tonight's positions.
//!
//! A night without a state starts with an empty memory. Records of customers or invoices that tonight's input no longer has are kept
//! apart only where a figure needs them (movements between ages).

use std::collections::BTreeSet;

use crate::base::contract::invoices;
use crate::base::contract::state::{
    ACTION_ID, AMOUNT, BLOCK, BUCKET, CHANNEL, CURRENCY, CUSTOMER_ID, ENTERED_ON, EVALUATED_ON, INVOICE_ID, PAUSED_DAYS, POLICY, RECORD,
    SEQUENCE, STEP, STEP_ON,
};
use crate::base::contract::values::STATE_RECORDS;
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::base::table::{Column, NO_VALUE, Table};
use crate::night::documents::{CustomerIx, InvoiceIx};
use crate::night::ledger::Item;
use crate::night::normalise::Shard;
use crate::night::normalise::documents::Documents;
use crate::rules::renames::{Kind, Rename, Renames};

/// Where a customer, or one of its invoices, stood on a ladder when it was last evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LadderRecord {
    pub customer: CustomerIx,
    /// `None` for the customer as a whole.
    pub invoice: Option<InvoiceIx>,
    /// Number of the instalment, 0 where the invoice has none.
    pub sequence: i64,
    pub policy: String,
    /// Last step done.
    pub step: Option<String>,
    pub step_on: Option<Date>,
    pub entered_on: Option<Date>,
    pub evaluated_on: Option<Date>,
    /// Days during which the age clock stood still.
    pub paused_days: i32,
}

/// An open item of the previous night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRecord {
    /// `None` where tonight's input has no such customer or invoice.
    pub invoice: Option<InvoiceIx>,
    pub sequence: i64,
    pub bucket: String,
    pub currency: Currency,
    pub amount: Amount,
    pub evaluated_on: Option<Date>,
    /// Days during which the age clock of this item stood still.
    pub paused_days: i32,
}

/// What had accrued on an invoice up to the previous night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PenaltyRecord {
    pub invoice: InvoiceIx,
    pub accrued: Amount,
}

/// Penalties told on an invoice that tonight's input no longer has, or refuses: they are taken back.
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

/// Yesterday's state of a shard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    /// In order of customer, then the customer's own record before those of its invoices.
    pub ladder: Vec<LadderRecord>,
    /// In order of invoice and instalment.
    pub items: Vec<ItemRecord>,
    /// In order of invoice.
    pub penalties: Vec<PenaltyRecord>,
    /// In order of customer and invoice id.
    pub vanished: Vec<VanishedPenalty>,
    /// In order of customer and day.
    pub contacts: Vec<ContactRecord>,
    /// In order of customer, invoice and name.
    pub blocks: Vec<BlockRecord>,
    /// Whether there was a previous night at all.
    pub exists: bool,
}

impl Memory {
    /// Finds yesterday's records again among tonight's documents. `exists` tells whether the run has a previous night at all.
    pub fn recall(shard: &Shard, documents: &Documents<'_>, exists: bool) -> Memory {
        let mut memory = Memory { exists, ..Memory::default() };
        for row in 0..shard.state.len() {
            memory.record(shard, documents, row);
        }
        memory.sort_ladder();
        memory.items.sort_by_key(|record| (record.invoice, record.sequence));
        memory.vanished.sort();
        memory.penalties.sort_by_key(|record| record.invoice);
        memory.contacts.sort_by(|a, b| (a.customer, a.on, &a.action_id, &a.channel).cmp(&(b.customer, b.on, &b.action_id, &b.channel)));
        memory.blocks.sort();
        memory
    }

    /// The first night on which a block was seen, where it stood the night before.
    pub fn since(&self, customer: CustomerIx, invoice: Option<InvoiceIx>, block: &str) -> Option<Date> {
        let key = (customer, invoice, block);
        let at = self.blocks.binary_search_by(|record| (record.customer, record.invoice, record.block.as_str()).cmp(&key)).ok()?;
        self.blocks.get(at).map(|record| record.since)
    }

    /// The earlier names that ladders carry, by position.
    pub fn earlier_names(&self, renames: &Renames) -> BTreeSet<usize> {
        let carries = |rename: &Rename, record: &LadderRecord| match rename.kind {
            Kind::Policy => record.policy == rename.old,
            Kind::Step => {
                let policy = renames.now(Kind::Policy, "", &record.policy).unwrap_or(&record.policy);
                policy == rename.within && record.step.as_ref() == Some(&rename.old)
            }
            _ => false,
        };
        let carried = renames.iter().enumerate().filter(|(_, rename)| self.ladder.iter().any(|record| carries(rename, record)));
        carried.map(|(at, _)| at).collect()
    }

    /// Calls policies and steps by their present names.
    pub fn rename(&mut self, renames: &Renames) {
        if renames.is_empty() {
            return;
        }
        for record in &mut self.ladder {
            if let Some(policy) = renames.now(Kind::Policy, "", &record.policy) {
                policy.clone_into(&mut record.policy);
            }
            if let Some(step) = record.step.as_deref().and_then(|step| renames.now(Kind::Step, &record.policy, step)) {
                record.step = Some(step.to_owned());
            }
        }
        self.sort_ladder();
        for record in &mut self.blocks {
            if let Some(block) = renames.now(Kind::Block, "", &record.block) {
                block.clone_into(&mut record.block);
            }
        }
        self.blocks.sort();
    }

    fn sort_ladder(&mut self) {
        self.ladder.sort_by(|a, b| (a.customer, a.invoice, a.sequence, &a.policy).cmp(&(b.customer, b.invoice, b.sequence, &b.policy)));
    }

    /// The records of one customer: its own first.
    pub fn ladder_of(&self, customer: CustomerIx) -> &[LadderRecord] {
        let start = self.ladder.partition_point(|record| record.customer < customer);
        let end = start + self.ladder[start..].partition_point(|record| record.customer == customer);
        &self.ladder[start..end]
    }

    /// The record of one open item: instalments of an invoice climb apart.
    pub fn ladder_of_item(&self, item: &Item) -> Option<&LadderRecord> {
        let is_its = |record: &&LadderRecord| (record.invoice, record.sequence) == (Some(item.invoice), item.sequence);
        self.ladder_of(item.customer).iter().find(is_its)
    }

    /// What was open the night before of an item that is open tonight.
    pub fn item(&self, item: &Item) -> Option<&ItemRecord> {
        let key = (Some(item.invoice), item.sequence);
        let at = self.items.binary_search_by_key(&key, |record| (record.invoice, record.sequence)).ok()?;
        self.items.get(at)
    }

    /// What had accrued on an invoice; `None` where it bore nothing the night before.
    pub fn accrued(&self, invoice: InvoiceIx) -> Option<Amount> {
        let at = self.penalties.binary_search_by_key(&invoice, |record| record.invoice).ok()?;
        Some(self.penalties[at].accrued)
    }

    fn record(&mut self, shard: &Shard, documents: &Documents<'_>, row: usize) {
        let state = &shard.state;
        let kind = state.choice(RECORD, row).map(|choice| STATE_RECORDS[usize::from(choice)]);
        let customer = state.text(CUSTOMER_ID, row).and_then(|id| customer_position(documents, id));
        let invoice = state.text(INVOICE_ID, row).zip(customer).and_then(|(id, customer)| invoice_position(shard, documents, customer, id));
        match (kind, customer) {
            (Some("item"), _) => {
                self.items.extend(item(state, row, invoice));
                let served = customer.zip(invoice).filter(|_| state.text(POLICY, row).is_some());
                self.ladder.extend(served.map(|(customer, invoice)| ladder(state, row, customer, Some(invoice))));
            }
            (Some("ladder"), Some(customer)) => self.ladder.push(ladder(state, row, customer, None)),
            (Some("penalty"), _) => match invoice {
                Some(invoice) => self.penalties.extend(amount(state, row).map(|accrued| PenaltyRecord { invoice, accrued })),
                None => self.vanished.extend(vanished(state, row)),
            },
            (Some("contact"), Some(customer)) => self.contacts.extend(contact(state, row, customer)),
            (Some("block"), Some(customer)) => {
                let of_invoice = state.text(INVOICE_ID, row).is_some();
                let block = text(state, BLOCK, row).zip(state.date(ENTERED_ON, row));
                // A block on an invoice that tonight's input does not have stands no longer.
                let block = block.filter(|_| of_invoice == invoice.is_some());
                self.blocks.extend(block.map(|(block, since)| BlockRecord { customer, invoice, block, since }));
            }
            _ => {}
        }
    }
}

fn customer_position(documents: &Documents<'_>, id: &[u8]) -> Option<CustomerIx> {
    documents.customer_ids.binary_search(&id).ok().and_then(|at| u32::try_from(at).ok())
}

fn invoice_position(shard: &Shard, documents: &Documents<'_>, customer: CustomerIx, id: &[u8]) -> Option<InvoiceIx> {
    let own = documents.invoices.range(customer);
    let at = documents.invoices[own.clone()]
        .binary_search_by(|invoice| shard.invoices.text(invoices::INVOICE_ID, invoice.row as usize).unwrap_or_default().cmp(id))
        .ok()?;
    u32::try_from(own.start + at).ok()
}

fn text(state: &Table, column: usize, row: usize) -> Option<String> {
    state.text(column, row).map(|text| String::from_utf8_lossy(text).into_owned())
}

fn whole(state: &Table, column: usize, row: usize) -> Option<i64> {
    match &state.columns[column] {
        Column::Whole(values) => Some(values[row]).filter(|value| *value != NO_VALUE),
        _ => None,
    }
}

fn amount(state: &Table, row: usize) -> Option<Amount> {
    let currency = state.text(CURRENCY, row).and_then(Currency::parse)?;
    state.money(AMOUNT, row).map(|thousandths| Amount(thousandths / currency.thousandths()))
}

fn item(state: &Table, row: usize, invoice: Option<InvoiceIx>) -> Option<ItemRecord> {
    Some(ItemRecord {
        invoice,
        sequence: whole(state, SEQUENCE, row).unwrap_or(0),
        bucket: text(state, BUCKET, row)?,
        currency: state.text(CURRENCY, row).and_then(Currency::parse)?,
        amount: amount(state, row)?,
        evaluated_on: state.date(EVALUATED_ON, row),
        paused_days: paused_days(state, row),
    })
}

fn paused_days(state: &Table, row: usize) -> i32 {
    whole(state, PAUSED_DAYS, row).and_then(|days| i32::try_from(days).ok()).unwrap_or(0)
}

fn ladder(state: &Table, row: usize, customer: CustomerIx, invoice: Option<InvoiceIx>) -> LadderRecord {
    LadderRecord {
        customer,
        invoice,
        sequence: whole(state, SEQUENCE, row).unwrap_or(0),
        policy: text(state, POLICY, row).unwrap_or_default(),
        step: text(state, STEP, row),
        step_on: state.date(STEP_ON, row),
        entered_on: state.date(ENTERED_ON, row),
        evaluated_on: state.date(EVALUATED_ON, row),
        paused_days: paused_days(state, row),
    }
}

fn vanished(state: &Table, row: usize) -> Option<VanishedPenalty> {
    Some(VanishedPenalty {
        customer_id: state.text(CUSTOMER_ID, row)?.to_vec(),
        invoice_id: state.text(INVOICE_ID, row)?.to_vec(),
        currency: state.text(CURRENCY, row).and_then(Currency::parse)?,
        accrued: amount(state, row)?,
    })
}

fn contact(state: &Table, row: usize, customer: CustomerIx) -> Option<ContactRecord> {
    Some(ContactRecord {
        customer,
        on: state.date(STEP_ON, row)?,
        channel: text(state, CHANNEL, row)?,
        action_id: text(state, ACTION_ID, row).unwrap_or_default(),
    })
}
