//! Blocks that are to be reviewed: since when each has stood, what tomorrow must remember of it, and which are due.

use std::collections::BTreeMap;

use crate::base::contract::state as columns;
use crate::base::date::Date;
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::documents::InvoiceIx;
use crate::night::escalation::after;
use crate::night::escalation::begun::begun;
use crate::night::escalation::block::Stops;
use crate::night::evaluate::Night;
use crate::night::facts::{Debtor, Subject};
use crate::night::normalise::reject::Finding;
use crate::rules::program::Program;

/// Blocks under review of a shard.
#[derive(Debug, Default)]
pub struct Reviews {
    /// State rows in order of customer, the block on the customer before those on its invoices.
    pub remembered: Table,
    /// Blocks that have stood for as long as they may, in order of debtor.
    pub due: Vec<Due>,
}

/// A block somebody has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Position of the debtor.
    pub debtor: usize,
    /// Position of an open item of the invoice it is on; `None` where it is on the customer.
    pub item: Option<usize>,
    /// Position in the program's blocks.
    pub block: usize,
    /// The day what it is about began, by the documents; the first night on which it was seen where they do not say.
    pub since: Date,
    pub review_on: Date,
}

/// Looks at every block that is to be reviewed some day. It has stood since what it is about began; where no document tells that day, since
/// the night on which it was first seen.
pub fn reviews(subject: &Subject<'_>, night: &Night<'_>, stops: &[Stops]) -> Reviews {
    let mut table = TableBuilder::output(&columns::SPEC);
    let mut due = Vec::new();
    for (position, (debtor, stops)) in subject.debtors.iter().zip(stops).enumerate().filter(|(_, (debtor, _))| !debtor.items.is_empty()) {
        // Instalments of one invoice are blocked together.
        let mut watched: BTreeMap<(Option<InvoiceIx>, usize), Option<usize>> = BTreeMap::new();
        for (item, at) in stops.watched() {
            let invoice = item.map(|item| subject.ledger.items[subject.open_items[item] as usize].invoice);
            watched.entry((invoice, *at)).or_insert(*item);
        }
        for ((invoice, at), item) in watched {
            let block = &night.program.blocks[at];
            let seen = subject.memory.since(debtor.customer, invoice, &block.rule.id).unwrap_or(night.as_of);
            remember(&mut table, subject, debtor, item, &block.rule.id, seen);
            let since = begun(subject, night.program, block, debtor, invoice).unwrap_or(seen);
            let review_on = block.review_after.map(|span| after(span, since, night.calendar));
            let is_due = review_on.filter(|review_on| *review_on <= night.as_of);
            due.extend(is_due.map(|review_on| Due { debtor: position, item, block: at, since, review_on }));
        }
    }
    Reviews { remembered: table.finish(), due }
}

fn remember(table: &mut TableBuilder, subject: &Subject<'_>, debtor: &Debtor, item: Option<usize>, block: &str, since: Date) {
    table.text(columns::RECORD, b"block");
    table.text(columns::CUSTOMER_ID, subject.documents.customer_ids[debtor.customer as usize]);
    table.text(columns::INVOICE_ID, item.map_or(&b""[..], |item| subject.invoice_id(item)));
    table.date(columns::ENTERED_ON, Some(since));
    table.text(columns::BLOCK, block.as_bytes());
    table.end_row();
}

/// A review that is due, as the findings of a night tell it.
pub fn finding(subject: &Subject<'_>, program: &Program, due: &Due) -> Finding {
    let Due { item, since, review_on, .. } = *due;
    let debtor = &subject.debtors[due.debtor];
    let block = &program.blocks[due.block].rule.id;
    let own: Option<InvoiceIx> = item.map(|item| subject.ledger.items[subject.open_items[item] as usize].invoice);
    let items = subject.items(debtor).filter(|item| own.is_none_or(|invoice| item.invoice == invoice));
    let amount = subject.sum_in_one_currency(items, |item| item.open);
    let (table, key) = match item {
        Some(item) => ("invoices", subject.invoice_id(item)),
        None => ("customers", subject.documents.customer_ids[debtor.customer as usize]),
    };
    let message = format!("the block {block} has stood since {since}: its review was due on {review_on}");
    Finding { kind: "review_due", table, key: String::from_utf8_lossy(key).into_owned(), message: message.into(), amount }
}
