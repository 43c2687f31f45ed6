//! `state`: what tomorrow needs to know of ladders, items, contacts and penalties.

use crate::base::contract::values::STATE_RECORDS;
use crate::base::contract::{actions as action, state as columns};
use crate::base::date::Date;
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::facts::Subject;
use crate::night::kpi::FLOW_DAYS;
use crate::night::memory::ContactRecord;
use crate::rules::program::Program;

/// Contacts of earlier nights that a cap's window may still count tomorrow, or from which a silence may; or that a figure of steps counts.
pub fn contacts_kept(subject: &Subject<'_>, program: &Program, by_step: bool) -> Table {
    let mut table = TableBuilder::output(&columns::SPEC);
    let silences = program.policies.iter().filter_map(|policy| policy.silence.as_ref()).map(|silence| silence.after);
    let figures = by_step.then_some(FLOW_DAYS);
    let Some(window) = program.caps.iter().map(|cap| cap.within).chain(silences).chain(figures).max() else { return table.finish() };
    let after = subject.as_of.plus_days(-window);
    for contact in subject.memory.contacts.iter().filter(|contact| contact.on > after) {
        let customer = subject.documents.customer_ids[contact.customer as usize];
        let ContactRecord { channel, action_id, policy, step, .. } = contact;
        let [channel, action_id, policy, step] = [channel, action_id, policy, step].map(|text| text.as_bytes());
        self::contact(&mut table, customer, &Contact { on: Some(contact.on), channel, action_id, policy, step });
    }
    table.finish()
}

/// A block that is to be reviewed some day, from the rows kept of them.
pub fn block(table: &mut TableBuilder, kept: &Table, row: usize) {
    let text = |column| kept.text(column, row).unwrap_or_default();
    table.text(columns::RECORD, b"block");
    table.text(columns::CUSTOMER_ID, text(columns::CUSTOMER_ID));
    table.text(columns::INVOICE_ID, text(columns::INVOICE_ID));
    table.date(columns::ENTERED_ON, kept.date(columns::ENTERED_ON, row));
    table.text(columns::BLOCK, text(columns::BLOCK));
    table.end_row();
}

/// A task or a proposal that stands, or a draw of a trial, from the rows kept of them.
pub fn standing(table: &mut TableBuilder, kept: &Table, row: usize) {
    let record = kept.choice(columns::RECORD, row).map_or("", |record| STATE_RECORDS[usize::from(record)]);
    table.text(columns::RECORD, record.as_bytes());
    for column in [columns::CUSTOMER_ID, columns::INVOICE_ID, columns::TASK, columns::OWNER, columns::ESCALATED_TO, columns::TRIAL_ARM] {
        table.text(column, kept.text(column, row).unwrap_or_default());
    }
    for column in [columns::ENTERED_ON, columns::SINCE, columns::STEP_ON] {
        table.date(column, kept.date(column, row));
    }
    if let Some(amount) = kept.money(columns::AMOUNT, row) {
        table.thousandths(columns::AMOUNT, i128::from(amount));
    }
    table.end_row();
}

/// A payment that came back and was dealt with, from the rows kept of them.
pub fn represented(table: &mut TableBuilder, kept: &Table, row: usize) {
    table.text(columns::RECORD, b"represent");
    for column in [columns::CUSTOMER_ID, columns::ACTION_ID] {
        table.text(column, kept.text(column, row).unwrap_or_default());
    }
    table.date(columns::STEP_ON, kept.date(columns::STEP_ON, row));
    table.end_row();
}

/// Who did a customer's work last.
pub fn collector(table: &mut TableBuilder, customer: &[u8], collector: &[u8]) {
    table.text(columns::RECORD, b"collector");
    table.text(columns::CUSTOMER_ID, customer);
    table.text(columns::OWNER, collector);
    table.end_row();
}

/// An action that found no place in its queue, from its row.
pub fn waiting(table: &mut TableBuilder, actions: &Table, row: usize) {
    table.text(columns::RECORD, b"waiting");
    let text = |column| actions.text(column, row).unwrap_or_default();
    table.text(columns::CUSTOMER_ID, text(action::CUSTOMER_ID));
    table.text(columns::INVOICE_ID, text(action::INVOICE_ID));
    if let Some(sequence) = actions.whole(action::SEQUENCE, row) {
        table.whole(columns::SEQUENCE, sequence);
    }
    table.text(columns::POLICY, text(action::POLICY));
    table.text(columns::STEP, text(action::STEP));
    table.date(columns::SINCE, actions.date(action::WAITING_SINCE, row));
    table.end_row();
}

/// What is remembered of a contact made or sent out.
#[derive(Debug, Clone, Copy)]
pub struct Contact<'a> {
    pub on: Option<Date>,
    /// Name of the verb.
    pub channel: &'a [u8],
    pub action_id: &'a [u8],
    pub policy: &'a [u8],
    pub step: &'a [u8],
}

/// One contact made or sent out.
pub fn contact(table: &mut TableBuilder, customer: &[u8], contact: &Contact<'_>) {
    table.text(columns::RECORD, b"contact");
    table.text(columns::CUSTOMER_ID, customer);
    table.date(columns::STEP_ON, contact.on);
    table.text(columns::CHANNEL, contact.channel);
    table.text(columns::ACTION_ID, contact.action_id);
    table.text(columns::POLICY, contact.policy);
    table.text(columns::STEP, contact.step);
    table.end_row();
}
