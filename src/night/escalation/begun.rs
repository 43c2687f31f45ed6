//! Since when what a block asks for has stood, by the documents.

use crate::base::contract::{customers, holds};
use crate::base::date::Date;
use crate::night::documents::{Hold, InvoiceIx};
use crate::night::facts::{Debtor, Subject};
use crate::rules::program::{Block, Program};

/// The earliest day of what the condition of a block asks for: disputes, the legal situation, holds.
pub fn begun(subject: &Subject<'_>, program: &Program, block: &Block, debtor: &Debtor, invoice: Option<InvoiceIx>) -> Option<Date> {
    let mut days: Vec<Date> = Vec::new();
    block.rule.when.visit_fields(&mut |field, _| match program.fields[field.0 as usize].name.as_str() {
        "dispute_status" | "dispute_age" | "amount_disputed" | "disputed_share" | "disputed_balance" => {
            let items = subject.items(debtor).filter(|item| invoice.is_none_or(|invoice| item.invoice == invoice));
            days.extend(items.filter_map(|item| item.disputed_since));
        }
        "legal_status" => {
            let row = subject.documents.customers[debtor.customer as usize].row;
            days.extend(row.and_then(|row| subject.shard.customers.date(customers::LEGAL_STATUS_SINCE, row as usize)));
        }
        "contact_hold" => days.extend(held(subject, debtor, None, |hold| hold.stops_contact)),
        "penalties_hold" => days.extend(held(subject, debtor, None, |hold| hold.stops_penalties)),
        "escalation_hold" => days.extend(held(subject, debtor, None, |hold| hold.stops_escalation)),
        "agency_hold" => days.extend(held(subject, debtor, None, |hold| hold.stops_agency)),
        "item_contact_hold" => days.extend(held(subject, debtor, invoice, |hold| hold.stops_contact)),
        _ => {}
    });
    days.into_iter().filter(|day| *day <= subject.as_of).min()
}

/// The first day of the earliest hold on a customer, or on an invoice, that stops something.
fn held(subject: &Subject<'_>, debtor: &Debtor, invoice: Option<InvoiceIx>, stops: fn(&Hold) -> bool) -> Option<Date> {
    let own = subject.documents.holds.of(debtor.customer).iter().filter(|hold| hold.invoice == invoice && stops(hold));
    own.filter_map(|hold| subject.shard.holds.date(holds::FROM_DATE, hold.row as usize)).min()
}
