//! `open_items`, but for what depends on whether an action is displaced.

use crate::base::contract::{invoices, open_items as columns};
use crate::base::date::Date;
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::escalation::Outcome;
use crate::night::evaluate::Night;
use crate::night::facts::{FactTable, Subject};
use crate::night::tables::segment::cell_text;
use crate::rules::program::{Facts, FieldId, SEGMENT, Undelivered};

/// What [`super::finish`] needs to know of an open item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemNote {
    /// Position of the outcome that plans for it.
    pub outcome: u32,
    /// Position among the open items of the shard.
    pub item: usize,
    /// Its days past due, which tell how far up the ladder it goes; `None` where the clock of the ladder measures something else.
    pub age: Option<i32>,
    /// Last step this item was served with before tonight, under tonight's policy.
    pub served: Option<(usize, Option<Date>)>,
    /// Days its own clock has stood still, for ladders of customers.
    pub paused_days: i32,
    /// The night on which a payment for it that came back will be presented again.
    pub represented_on: Option<Date>,
}

/// The rows of a shard, in order of customer, invoice and sequence.
pub fn build(subject: &Subject<'_>, facts: &FactTable, night: &Night<'_>, outcomes: &[Outcome]) -> (Table, Vec<ItemNote>) {
    let segment = night.program.field(SEGMENT);
    let mut table = TableBuilder::output(&columns::SPEC);
    let mut notes = Vec::with_capacity(subject.open_items.len());
    let by_lateness: Vec<bool> =
        night.program.policies.iter().map(|policy| policy.clock.is_some_and(|clock| night.program.measures_lateness(clock))).collect();
    let mut outcome = 0;
    for (debtor, claims) in subject.debtors.iter().enumerate() {
        for item in claims.items.clone() {
            // Outcomes are in order of debtor and, for ladders per invoice, of item.
            while outcome + 1 < outcomes.len() && reaches(&outcomes[outcome + 1], debtor, item) {
                outcome += 1;
            }
            let note = note(subject, night, &by_lateness, (outcomes, outcome), item);
            row(&mut table, subject, facts, night, segment, debtor, item);
            notes.push(note);
        }
    }
    (table.finish(), notes)
}

/// Notes the nights on which payments for some items will be presented again, each the first.
pub fn expect(notes: &mut [ItemNote], coming: &[(usize, Date)]) {
    for (item, on) in coming {
        if let Ok(at) = notes.binary_search_by_key(item, |note| note.item) {
            let earlier = notes[at].represented_on.is_some_and(|earlier| earlier <= *on);
            notes[at].represented_on = notes[at].represented_on.filter(|_| earlier).or(Some(*on));
        }
    }
}

/// Whether an outcome is about this item, or about one before it.
fn reaches(outcome: &Outcome, debtor: usize, item: usize) -> bool {
    (outcome.debtor, outcome.item.unwrap_or(0)) <= (debtor, item)
}

fn note(subject: &Subject<'_>, night: &Night<'_>, by_lateness: &[bool], (outcomes, outcome): (&[Outcome], usize), item: usize) -> ItemNote {
    let ledger_item = &subject.ledger.items[subject.open_items[item] as usize];
    let at = outcomes.get(outcome).and_then(|outcome| outcome.policy);
    let policy = at.map(|policy| &night.program.policies[policy]);
    let record = subject.memory.ladder_of_item(ledger_item);
    // An item that nothing is asked for when the policy changes is led over like the others.
    let served = policy.zip(record).and_then(|(policy, record)| {
        let step = record.step.and_then(|step| policy.translated(record.policy, step))?;
        // What did not arrive, and so is taken back tonight, is taken back for the item too.
        let own = subject.memory.own_ladder(ledger_item.customer).and_then(|own| own.step_on);
        let standing = outcomes[outcome].unchanged.as_ref().filter(|standing| outcomes[outcome].item.is_none() && standing.step_on > own);
        let step = match standing.filter(|_| policy.undelivered == Undelivered::Repeat) {
            Some(standing) => step.min(standing.served?),
            None => step,
        };
        Some((step, record.step_on))
    });
    let paused = outcomes.get(outcome).and_then(|outcome| outcome.paused_items.iter().find(|(paused, _)| *paused == item));
    let paused_days = paused.map_or(0, |(_, days)| *days);
    ItemNote {
        outcome: u32::try_from(outcome).unwrap_or(u32::MAX),
        item,
        age: at.is_some_and(|policy| by_lateness[policy]).then(|| subject.as_of.days_since(ledger_item.due_date)),
        served,
        paused_days,
        represented_on: None,
    }
}

fn row(
    table: &mut TableBuilder,
    subject: &Subject<'_>,
    facts: &FactTable,
    night: &Night<'_>,
    segment: Option<FieldId>,
    debtor: usize,
    at: usize,
) {
    let item = &subject.ledger.items[subject.open_items[at] as usize];
    let invoice = &subject.documents.invoices[item.invoice as usize];
    let days_past_due = subject.as_of.days_since(item.due_date);
    table.text(columns::CUSTOMER_ID, subject.documents.customer_ids[item.customer as usize]);
    table.text(columns::INVOICE_ID, subject.shard.invoices.text(invoices::INVOICE_ID, invoice.row as usize).unwrap_or_default());
    if invoice.items > 1 || item.sequence != 0 {
        table.whole(columns::SEQUENCE, item.sequence);
    }
    table.text(columns::CURRENCY, invoice.currency.code().as_bytes());
    table.date(columns::ISSUE_DATE, Some(invoice.issue_date));
    table.date(columns::DUE_DATE, Some(item.due_date));
    for (column, amount) in [
        (columns::AMOUNT, item.amount),
        (columns::AMOUNT_PAID, item.paid),
        (columns::AMOUNT_CREDITED, item.credited),
        (columns::AMOUNT_DISPUTED, item.disputed),
        (columns::AMOUNT_OPEN, item.open),
        (columns::AMOUNT_COLLECTIBLE, item.collectible()),
    ] {
        table.money(column, amount, invoice.currency);
    }
    table.whole(columns::DAYS_PAST_DUE, i64::from(days_past_due));
    table.text(columns::AGING_BUCKET, night.bands.name(night.bands.of(days_past_due)).as_bytes());
    if let Some(field) = segment {
        let value = cell_text(night.program, field, facts.debtor(debtor).cell(field), facts);
        table.text(columns::SEGMENT, value.as_bytes());
    }
    if let Some(since) = item.disputed_since {
        table.whole(columns::AGE_OF_DISPUTE, i64::from(subject.as_of.days_since(since)));
    }
    table.date(columns::LAST_PAYMENT_ON, item.last_payment_on);
    table.end_row();
}
