//! Yesterday's state of one shard, found again by tonight's positions.
//!
//! A night without a state starts with an empty memory. Records of customers or invoices that tonight's input no longer has are kept
//! apart only where a figure needs them (movements between ages).

pub mod placed;
mod records;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

pub use records::{
    BlockRecord, ContactRecord, ItemRecord, LadderRecord, PlacementRecord, Position, Recall, RepresentRecord, StandingRecord, TrialRecord,
    VanishedPenalty, WaitingRecord,
};

use crate::base::contract::invoices;
use crate::base::contract::state::{
    ACTION_ID, AMOUNT, ARRIVES_ON, BLOCK, BUCKET, CHANNEL, CURRENCY, CUSTOMER_ID, ENTERED_ON, ESCALATED_TO, EVALUATED_ON, INVOICE_ID,
    OWNER, PAUSED_DAYS, POLICY, RECORD, SEQUENCE, SINCE, STEP, STEP_ON, TASK, TRIAL_ARM,
};
use crate::base::contract::values::STATE_RECORDS;
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::base::table::Table;
use crate::night::by_customer::ByCustomer;
use crate::night::documents::{CustomerIx, InvoiceIx};
use crate::night::ledger::Item;
use crate::night::normalise::Shard;
use crate::night::normalise::documents::Documents;
use crate::rules::program::{Policy, PolicyChange};
use crate::rules::renames::{Kind, Rename, Renames};

/// Yesterday's state of a shard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory<'a> {
    /// By customer: its own records before those of its invoices, these in order of invoice and instalment.
    pub ladder: ByCustomer<LadderRecord<'a>>,
    /// By customer, in order of invoice and instalment.
    pub items: ByCustomer<ItemRecord<'a>>,
    /// Open items that tonight's input has no more.
    pub lost_items: Vec<ItemRecord<'a>>,
    /// What had accrued on each invoice up to the previous night; empty where nothing had on any.
    pub accrued: Vec<Option<Amount>>,
    /// In order of customer and invoice id.
    pub vanished: Vec<VanishedPenalty>,
    /// In order of customer and day.
    pub contacts: Vec<ContactRecord>,
    /// In order of customer, invoice and name.
    pub blocks: Vec<BlockRecord>,
    /// In order of customer id, invoice id and kind.
    pub tasks: Vec<StandingRecord>,
    /// In order of customer id, invoice id and rule.
    pub proposals: Vec<StandingRecord>,
    /// By customer and the payment that came back, in order.
    pub represented: Vec<(CustomerIx, Vec<u8>, RepresentRecord)>,
    /// In order of customer, invoice and step.
    pub waiting: Vec<WaitingRecord>,
    /// Who did the customer's work last, where the ledger names nobody; in order of customer.
    pub collectors: Vec<(CustomerIx, Vec<u8>)>,
    /// In order of trial and customer.
    pub trials: Vec<TrialRecord>,
    /// In order of customer id, invoice id, instalment and night of the hand-over.
    pub placements: Vec<PlacementRecord>,
    /// Whether there was a previous night at all.
    pub exists: bool,
}

impl<'a> Memory<'a> {
    /// Finds yesterday's records again among tonight's documents. `exists` tells whether the run has a previous night at all.
    pub fn recall(shard: &'a Shard, documents: &Documents<'_>, exists: bool) -> Memory<'a> {
        let mut recalling =
            Recalling { finder: Finder::new(shard, documents), ladder: Vec::new(), items: Vec::new(), memory: Memory::default() };
        for state in [&shard.state, &shard.told] {
            (0..state.len()).for_each(|row| recalling.record(state, row));
        }
        let Recalling { ladder, items, mut memory, .. } = recalling;
        let customers = documents.customers.len();
        memory.ladder = ByCustomer::sorted(&ladder, customers, |record| record.customer, ladder_order);
        let owner = |record: &ItemRecord<'_>| record.invoice.map_or(0, |invoice| documents.invoices[invoice as usize].customer);
        memory.items = ByCustomer::sorted(&items, customers, owner, |a, b| (a.invoice, a.sequence).cmp(&(b.invoice, b.sequence)));
        memory.vanished.sort();
        memory.contacts.sort_by(|a, b| (a.customer, a.on, &a.action_id, &a.channel).cmp(&(b.customer, b.on, &b.action_id, &b.channel)));
        memory.blocks.sort();
        memory.tasks.sort();
        memory.proposals.sort();
        memory.represented.sort();
        memory.waiting.sort();
        memory.collectors.sort();
        memory.trials.sort();
        memory.placements.sort();
        Memory { exists, ..memory }
    }

    /// The open items of an earlier night that tonight is compared with, found again among tonight's documents.
    pub fn earlier_items(state: &'a Table, shard: &'a Shard, documents: &Documents<'_>) -> Vec<ItemRecord<'a>> {
        let mut recalling =
            Recalling { finder: Finder::new(shard, documents), ladder: Vec::new(), items: Vec::new(), memory: Memory::default() };
        let is_item = |row: &usize| state.choice(RECORD, *row).is_some_and(|record| STATE_RECORDS[usize::from(record)] == "item");
        (0..state.len()).filter(is_item).for_each(|row| recalling.record(state, row));
        let Recalling { mut items, memory, .. } = recalling;
        items.extend(memory.lost_items);
        items
    }

    /// The first night on which a block was seen, where it stood the night before.
    pub fn since(&self, customer: CustomerIx, invoice: Option<InvoiceIx>, block: &str) -> Option<Date> {
        let key = (customer, invoice, block);
        let at = self.blocks.binary_search_by(|record| (record.customer, record.invoice, record.block.as_str()).cmp(&key)).ok()?;
        self.blocks.get(at).map(|record| record.since)
    }

    /// What was done about a payment that came back.
    pub fn represented(&self, customer: CustomerIx, payment: &[u8]) -> Option<&RepresentRecord> {
        let key = (customer, payment);
        let at = self.represented.binary_search_by(|(customer, payment, _)| (*customer, payment.as_slice()).cmp(&key)).ok()?;
        self.represented.get(at).map(|(.., record)| record)
    }

    /// Since when an action has waited for a place in its queue; `None` where it had one, or was not drafted, the night before.
    pub fn waiting_since(&self, customer: CustomerIx, item: Option<&Item>, policy: &str, step: &str) -> Option<Date> {
        let (invoice, sequence) = item.map_or((None, 0), |item| (Some(item.invoice), item.sequence));
        let key = (customer, invoice, sequence, policy, step);
        let of = |record: &WaitingRecord| (record.customer, record.invoice, record.sequence);
        let start = self.waiting.partition_point(|record| of(record) < (key.0, key.1, key.2));
        let own = self.waiting[start..].iter().take_while(|record| of(record) == (key.0, key.1, key.2));
        own.filter(|record| record.policy == policy && record.step == step).map(|record| record.since).min()
    }

    /// Who did the customer's work last, where the ledger names nobody.
    pub fn collector(&self, customer: CustomerIx) -> Option<&[u8]> {
        let at = self.collectors.binary_search_by_key(&customer, |(of, _)| *of).ok()?;
        self.collectors.get(at).map(|(_, collector)| collector.as_slice())
    }

    /// The earlier names that ladders carry, by position.
    pub fn earlier_names(&self, renames: &Renames) -> BTreeSet<usize> {
        let carries = |rename: &Rename, record: &LadderRecord<'_>| match rename.kind {
            Kind::Policy => record.policy == rename.old,
            Kind::Step => {
                let policy = renames.now(Kind::Policy, "", record.policy).unwrap_or(record.policy);
                policy == rename.within && record.step == Some(&rename.old)
            }
            _ => false,
        };
        let carried = renames.iter().enumerate().filter(|(_, rename)| self.ladder.iter().any(|record| carries(rename, record)));
        carried.map(|(at, _)| at).collect()
    }

    /// How many customers stand on steps the rules do not have, by policy and step. Ask after [`Memory::rename`].
    pub fn forgotten_steps(&self, policies: &[Policy]) -> BTreeMap<(String, String), u64> {
        let is_known = |policy: &str, step: &str| {
            policies.iter().any(|now| {
                let is_mapped = matches!(&now.on_policy_change, PolicyChange::Map(pairs) if pairs.iter().any(|(old, _)| old == step));
                is_mapped || (now.applies.id == policy && now.steps.iter().any(|now| now.id == step))
            })
        };
        let mut forgotten: BTreeMap<(&str, &str), (CustomerIx, u64)> = BTreeMap::new();
        // Neighbours mostly stand on the same step.
        let mut known = None;
        for record in self.ladder.iter() {
            let Some(step) = record.step else { continue };
            if known == Some((record.policy, step)) {
                continue;
            }
            if is_known(record.policy, step) {
                known = Some((record.policy, step));
                continue;
            }
            let (last, count) = forgotten.entry((record.policy, step)).or_insert((CustomerIx::MAX, 0));
            *count += u64::from(std::mem::replace(last, record.customer) != record.customer);
        }
        forgotten.into_iter().map(|((policy, step), (_, count))| ((policy.to_owned(), step.to_owned()), count)).collect()
    }

    /// Calls policies and steps by their present names.
    pub fn rename(&mut self, renames: &'a Renames) {
        if renames.is_empty() {
            return;
        }
        for record in &mut *self.ladder {
            record.policy = renames.now(Kind::Policy, "", record.policy).unwrap_or(record.policy);
            record.step = record.step.map(|step| renames.now(Kind::Step, record.policy, step).unwrap_or(step));
        }
        self.ladder.sort(ladder_order);
        let waiting = self.waiting.iter_mut().map(|record| (&mut record.policy, &mut record.step));
        for (policy, step) in waiting.chain(self.contacts.iter_mut().map(|record| (&mut record.policy, &mut record.step))) {
            if let Some(now) = renames.now(Kind::Policy, "", policy) {
                now.clone_into(policy);
            }
            if let Some(now) = renames.now(Kind::Step, policy, step) {
                now.clone_into(step);
            }
        }
        for record in &mut self.blocks {
            if let Some(block) = renames.now(Kind::Block, "", &record.block) {
                block.clone_into(&mut record.block);
            }
        }
        self.blocks.sort();
        for record in &mut self.tasks {
            if let Some(task) = renames.now(Kind::Task, "", &record.name) {
                task.clone_into(&mut record.name);
            }
        }
        self.tasks.sort();
        for record in &mut self.proposals {
            if let Some(proposal) = renames.now(Kind::Proposal, "", &record.name) {
                proposal.clone_into(&mut record.name);
            }
        }
        self.proposals.sort();
        for record in &mut self.trials {
            if let Some(trial) = renames.now(Kind::Trial, "", &record.trial) {
                trial.clone_into(&mut record.trial);
            }
        }
        self.trials.sort();
    }

    /// The records of one customer: its own first.
    pub fn ladder_of(&self, customer: CustomerIx) -> &[LadderRecord<'a>] {
        self.ladder.of(customer)
    }

    /// The record of one customer as a whole.
    pub fn own_ladder(&self, customer: CustomerIx) -> Option<&LadderRecord<'a>> {
        self.ladder_of(customer).iter().find(|record| record.invoice.is_none())
    }

    /// The record of one open item: instalments of an invoice climb apart.
    pub fn ladder_of_item(&self, item: &Item) -> Option<&LadderRecord<'a>> {
        let is_its = |record: &&LadderRecord<'_>| (record.invoice, record.sequence) == (Some(item.invoice), item.sequence);
        self.ladder_of(item.customer).iter().find(is_its)
    }

    /// What was open the night before of an item that is open tonight.
    pub fn item(&self, item: &Item) -> Option<&ItemRecord<'a>> {
        let own = self.items.of(item.customer);
        let at = own.binary_search_by_key(&(Some(item.invoice), item.sequence), |record| (record.invoice, record.sequence)).ok()?;
        own.get(at)
    }

    /// What had accrued on an invoice; `None` where it bore nothing the night before.
    pub fn accrued(&self, invoice: InvoiceIx) -> Option<Amount> {
        self.accrued.get(invoice as usize).copied().flatten()
    }
}

fn ladder_order(a: &LadderRecord<'_>, b: &LadderRecord<'_>) -> Ordering {
    (a.invoice, a.sequence, a.policy).cmp(&(b.invoice, b.sequence, b.policy))
}

/// Yesterday's records while they are found again.
struct Recalling<'a, 'd> {
    finder: Finder<'d>,
    ladder: Vec<LadderRecord<'a>>,
    items: Vec<ItemRecord<'a>>,
    /// Those that wait for no order.
    memory: Memory<'a>,
}

impl<'a> Recalling<'a, '_> {
    fn record(&mut self, state: &'a Table, row: usize) {
        let memory = &mut self.memory;
        let kind = state.choice(RECORD, row).map(|choice| STATE_RECORDS[usize::from(choice)]);
        let customer = state.text(CUSTOMER_ID, row).and_then(|id| self.finder.customer(id));
        let invoice = state.text(INVOICE_ID, row).zip(customer).and_then(|(id, customer)| self.finder.invoice(customer, id));
        match (kind, customer) {
            (Some("item"), _) => {
                let Some(record) = item(state, row, invoice) else { return };
                if invoice.is_some() {
                    self.items.push(record);
                } else {
                    memory.lost_items.push(record);
                }
                let served = customer.zip(invoice).filter(|_| state.text(POLICY, row).is_some());
                self.ladder.extend(served.map(|(customer, invoice)| ladder(state, row, customer, Some(invoice))));
            }
            (Some("ladder"), Some(customer)) => self.ladder.push(ladder(state, row, customer, None)),
            (Some("penalty"), _) => {
                // Amounts in two currencies have no difference: what was told in the former one is taken back in it.
                let currency = state.text(CURRENCY, row).and_then(Currency::parse);
                let invoices = &self.finder.documents.invoices;
                match invoice.filter(|invoice| currency == Some(invoices[*invoice as usize].currency)) {
                    Some(invoice) => {
                        memory.accrued.resize(invoices.len(), None);
                        memory.accrued[invoice as usize] = amount(state, row);
                    }
                    None => memory.vanished.extend(vanished(state, row)),
                }
            }
            (Some("represent"), Some(customer)) => {
                let payment = state.text(ACTION_ID, row).unwrap_or_default().to_vec();
                memory.represented.push((customer, payment, RepresentRecord { on: state.date(STEP_ON, row) }));
            }
            (Some("waiting"), Some(customer)) => {
                // What waited for an invoice that tonight's input does not have waits no longer.
                let stands = state.text(INVOICE_ID, row).is_some() == invoice.is_some();
                let policy = text(state, POLICY, row).zip(text(state, STEP, row)).zip(state.date(SINCE, row)).filter(|_| stands);
                memory.waiting.extend(policy.map(|((policy, step), since)| WaitingRecord {
                    customer,
                    invoice,
                    sequence: state.whole(SEQUENCE, row).unwrap_or(0),
                    policy: policy.to_owned(),
                    step: step.to_owned(),
                    since,
                }));
            }
            (Some("collector"), Some(customer)) => {
                memory.collectors.extend(state.text(OWNER, row).map(|owner| (customer, owner.to_vec())));
            }
            (Some("trial"), _) => {
                let drawn = text(state, TRIAL_ARM, row).zip(state.date(ENTERED_ON, row)).zip(state.text(CUSTOMER_ID, row));
                memory.trials.extend(drawn.and_then(|((arm, since), id)| TrialRecord::read(id, customer, arm, since)));
            }
            (Some("placement"), _) => memory.placements.extend(placed::read(state, row)),
            (Some("task"), _) => memory.tasks.extend(standing(state, row)),
            (Some("proposal"), _) => memory.proposals.extend(standing(state, row)),
            (Some("contact"), Some(customer)) => memory.contacts.extend(contact(state, row, customer)),
            (Some("block"), Some(customer)) => {
                let of_invoice = state.text(INVOICE_ID, row).is_some();
                let block = text(state, BLOCK, row).zip(state.date(ENTERED_ON, row));
                // A block on an invoice that tonight's input does not have stands no longer.
                let block = block.filter(|_| of_invoice == invoice.is_some());
                memory.blocks.extend(block.map(|(block, since)| BlockRecord { customer, invoice, block: block.to_owned(), since }));
            }
            _ => {}
        }
    }
}

/// Finds ids among tonight's documents. Yesterday's records are in the order of those, so the next one is mostly a step further.
struct Finder<'d> {
    shard: &'d Shard,
    documents: &'d Documents<'d>,
    /// Where the last ones were found.
    customer: usize,
    invoice: usize,
}

impl<'d> Finder<'d> {
    fn new(shard: &'d Shard, documents: &'d Documents<'d>) -> Finder<'d> {
        Finder { shard, documents, customer: 0, invoice: 0 }
    }

    fn customer(&mut self, id: &[u8]) -> Option<CustomerIx> {
        let ids = &self.documents.customer_ids;
        self.customer = search_near(0..ids.len(), self.customer, |at| ids[at].cmp(id))?;
        u32::try_from(self.customer).ok()
    }

    fn invoice(&mut self, customer: CustomerIx, id: &[u8]) -> Option<InvoiceIx> {
        let invoices = &self.documents.invoices;
        let id_of = |at: usize| self.shard.invoices.text(invoices::INVOICE_ID, invoices[at].row as usize).unwrap_or_default();
        self.invoice = search_near(invoices.range(customer), self.invoice, |at| id_of(at).cmp(id))?;
        u32::try_from(self.invoice).ok()
    }
}

/// The place in `range` that `compare` calls equal, by ever longer steps from `near` upwards; `compare` ascends over the range.
fn search_near(range: Range<usize>, near: usize, compare: impl Fn(usize) -> Ordering) -> Option<usize> {
    let near = if range.contains(&near) { near } else { range.start };
    let (mut low, mut high) = (range.start, range.end);
    let mut step = 1;
    let mut at = near;
    while at < high {
        match compare(at) {
            Ordering::Equal => return Some(at),
            Ordering::Less => low = at + 1,
            Ordering::Greater => {
                high = at;
                break;
            }
        }
        at += step;
        step *= 2;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        match compare(middle) {
            Ordering::Equal => return Some(middle),
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    None
}

fn text(state: &Table, column: usize, row: usize) -> Option<&str> {
    state.text(column, row).and_then(|text| std::str::from_utf8(text).ok())
}

fn amount(state: &Table, row: usize) -> Option<Amount> {
    let currency = state.text(CURRENCY, row).and_then(Currency::parse)?;
    state.money(AMOUNT, row).map(|thousandths| Amount(thousandths / currency.thousandths()))
}

fn item(state: &Table, row: usize, invoice: Option<InvoiceIx>) -> Option<ItemRecord<'_>> {
    Some(ItemRecord {
        invoice,
        sequence: state.whole(SEQUENCE, row).unwrap_or(0),
        bucket: text(state, BUCKET, row)?,
        currency: state.text(CURRENCY, row).and_then(Currency::parse)?,
        amount: amount(state, row)?,
        evaluated_on: state.date(EVALUATED_ON, row),
        paused_days: paused_days(state, row),
    })
}

fn paused_days(state: &Table, row: usize) -> i32 {
    state.whole(PAUSED_DAYS, row).and_then(|days| i32::try_from(days).ok()).unwrap_or(0)
}

fn ladder(state: &Table, row: usize, customer: CustomerIx, invoice: Option<InvoiceIx>) -> LadderRecord<'_> {
    LadderRecord {
        customer,
        invoice,
        sequence: state.whole(SEQUENCE, row).unwrap_or(0),
        policy: text(state, POLICY, row).unwrap_or_default(),
        step: text(state, STEP, row),
        step_on: state.date(STEP_ON, row),
        arrives_on: state.date(ARRIVES_ON, row),
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

fn standing(state: &Table, row: usize) -> Option<StandingRecord> {
    let opened_on = state.date(ENTERED_ON, row)?;
    Some(StandingRecord {
        customer_id: state.text(CUSTOMER_ID, row)?.to_vec(),
        invoice_id: state.text(INVOICE_ID, row).unwrap_or_default().to_vec(),
        name: text(state, TASK, row)?.to_owned(),
        opened_on,
        since: state.date(SINCE, row).unwrap_or(opened_on),
        owner: text(state, OWNER, row).unwrap_or_default().to_owned(),
        escalated_to: text(state, ESCALATED_TO, row).map(str::to_owned),
        moved_on: state.date(STEP_ON, row),
        amount: state.money(AMOUNT, row),
    })
}

fn contact(state: &Table, row: usize, customer: CustomerIx) -> Option<ContactRecord> {
    Some(ContactRecord {
        customer,
        on: state.date(STEP_ON, row)?,
        channel: text(state, CHANNEL, row)?.to_owned(),
        action_id: text(state, ACTION_ID, row).unwrap_or_default().to_owned(),
        policy: text(state, POLICY, row).unwrap_or_default().to_owned(),
        step: text(state, STEP, row).unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_near_is_found_as_what_is_far(
            values in prop::collection::btree_set(0_u32..200, 0..60),
            cut in (0_usize..60, 0_usize..60),
            near in 0_usize..80,
            wanted in 0_u32..200,
        ) {
            let values: Vec<u32> = values.into_iter().collect();
            let range = cut.0.min(cut.1).min(values.len())..cut.0.max(cut.1).min(values.len());
            let expected = range.clone().find(|at| values[*at] == wanted);
            prop_assert_eq!(search_near(range, near, |at| values[at].cmp(&wanted)), expected);
        }
    }
}
