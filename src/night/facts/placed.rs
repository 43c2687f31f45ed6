//! Which open items an agency has tonight.

use crate::base::contract::agency_events::AGENCY_ID;
use crate::base::contract::values::AGENCY_EVENT_KINDS;
use crate::base::date::Date;
use crate::night::documents::{AgencyEvent, InvoiceIx};
use crate::night::facts::{Debtor, Subject};
use crate::night::memory::PlacementRecord;

/// What agencies reported about an invoice, in order of day.
fn events<'a>(subject: &Subject<'a>, invoice: InvoiceIx) -> &'a [AgencyEvent] {
    let events = &subject.documents.agency_events;
    let start = events.partition_point(|event| event.invoice < invoice);
    let end = events.partition_point(|event| event.invoice <= invoice);
    events.get(start..end).unwrap_or_default()
}

/// The kind of an event, by name.
fn kind(event: &AgencyEvent) -> Option<&'static str> {
    event.kind.map(|kind| AGENCY_EVENT_KINDS[usize::from(kind)])
}

/// Whether an agency gives an invoice back with an event.
fn gives_back(event: &AgencyEvent) -> bool {
    matches!(kind(event), Some("refused" | "returned" | "closed"))
}

/// The day an agency gave a debt back, and how: by its own word, or because the time to do so is over.
pub fn given_back(subject: &Subject<'_>, record: &PlacementRecord, invoice: Option<InvoiceIx>) -> Option<(Date, String)> {
    if let Some((on, reason)) = &record.ended {
        return Some((*on, reason.clone()));
    }
    let table = &subject.shard.agency_events;
    let is_its = |event: &&AgencyEvent| {
        event.on >= record.placed_on && table.text(AGENCY_ID, event.row as usize) == Some(record.agency.as_bytes()) && gives_back(event)
    };
    let told = invoice.and_then(|invoice| events(subject, invoice).iter().find(is_its));
    let told = told.map(|event| (event.on, kind(event).unwrap_or_default().to_owned()));
    let over = record.recall.as_ref().filter(|recall| recall.by < subject.as_of).map(|recall| (recall.by, recall.reason.clone()));
    told.or(over)
}

/// The records of an open item, by its position, the latest last.
pub fn records<'a>(subject: &Subject<'a>, item: usize) -> &'a [PlacementRecord] {
    let all = &subject.memory.placements;
    if all.is_empty() {
        return &[];
    }
    let item_of_ledger = &subject.ledger.items[subject.open_items[item] as usize];
    let customer = subject.documents.customer_ids[item_of_ledger.customer as usize];
    let key = (customer, subject.invoice_id(item), item_of_ledger.sequence);
    let start = all.partition_point(|record| record.key() < key);
    let end = all.partition_point(|record| record.key() <= key);
    all.get(start..end).unwrap_or_default()
}

/// The record of the agency that has an open item tonight.
pub fn holder<'a>(subject: &Subject<'a>, item: usize) -> Option<&'a PlacementRecord> {
    let invoice = subject.ledger.items[subject.open_items[item] as usize].invoice;
    records(subject, item).last().filter(|record| given_back(subject, record, Some(invoice)).is_none())
}

/// Whether an open item came back from an agency that it was handed over to on this day or later.
pub fn came_back(subject: &Subject<'_>, item: usize, since: Date) -> bool {
    let invoice = subject.ledger.items[subject.open_items[item] as usize].invoice;
    let is_back = |record: &PlacementRecord| record.placed_on >= since && given_back(subject, record, Some(invoice)).is_some();
    records(subject, item).iter().any(is_back)
}

/// Whether an agency has one of the open items.
pub fn is_placed(subject: &Subject<'_>, debtor: &Debtor) -> bool {
    holder_of(subject, debtor).is_some()
}

/// The agency that has the first of the open items that one has: by what was handed over, else by the last word of an agency.
pub fn holder_of<'a>(subject: &Subject<'a>, debtor: &Debtor) -> Option<&'a [u8]> {
    debtor.items.clone().find_map(|item| {
        if !records(subject, item).is_empty() {
            return holder(subject, item).map(|record| record.agency.as_bytes());
        }
        let invoice = subject.ledger.items[subject.open_items[item] as usize].invoice;
        let last = events(subject, invoice).last().filter(|last| !gives_back(last))?;
        subject.shard.agency_events.text(AGENCY_ID, last.row as usize)
    })
}
