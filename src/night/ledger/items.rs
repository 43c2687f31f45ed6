//! Fresh open items from invoices and instalments, and what disputes, deductions and announced payments withhold from them.

use crate::base::money::Amount;
use crate::night::documents::{Deduction, Dispute, Instalment, Invoice, InvoiceIx, Pending};
use crate::night::ledger::Item;

/// Makes one item per invoice, or one per instalment of its plan, and tells each invoice where its items stand.
/// `instalments` are in order of invoice.
pub fn fresh(invoices: &mut [Invoice], instalments: &[Instalment]) -> Vec<Item> {
    let mut items = Vec::with_capacity(invoices.len() + instalments.len());
    let mut plans = instalments.chunk_by(|a, b| a.invoice == b.invoice).peekable();
    for (at, invoice) in (0_u32..).zip(invoices) {
        invoice.first_item = u32::try_from(items.len()).unwrap_or(u32::MAX);
        match plans.next_if(|plan| plan[0].invoice == at) {
            Some(plan) => {
                let mut parts: Vec<Item> = plan.iter().map(|part| item(invoice, at, part.sequence, part.due_date, part.amount)).collect();
                parts.sort_unstable_by_key(|part| part.sequence);
                items.extend(parts);
            }
            None => items.push(item(invoice, at, 0, invoice.due_date, invoice.amount)),
        }
        invoice.items = u32::try_from(items.len()).unwrap_or(u32::MAX) - invoice.first_item;
    }
    items
}

fn item(invoice: &Invoice, at: InvoiceIx, sequence: i64, due_date: crate::base::date::Date, amount: Amount) -> Item {
    Item::new(invoice.customer, at, sequence, due_date, amount)
}

/// Marks what is disputed, deducted and announced: each capped by what is open on the invoice, then spread over its instalments,
/// oldest first, in what the one before left (ruling 35).
pub fn withhold(invoices: &[Invoice], items: &mut [Item], disputes: &[Dispute], deductions: &[Deduction], pending: &[Pending]) {
    for group in disputes.chunk_by(|a, b| a.invoice == b.invoice) {
        let open: Vec<&Dispute> = group.iter().filter(|dispute| dispute.closed_on.is_none()).collect();
        let Some(since) = open.iter().map(|dispute| dispute.opened_on).min() else { continue };
        let parts = items_of(invoices, items, group[0].invoice);
        let whole: Amount = parts.iter().map(|item| item.open).sum();
        let claimed: i128 = open.iter().map(|dispute| dispute.amount.unwrap_or(whole).wide()).sum();
        parts.iter_mut().for_each(|item| item.disputed_since = Some(since));
        spread(parts, claimed, |item| &mut item.disputed);
    }
    for group in deductions.chunk_by(|a, b| a.invoice == b.invoice) {
        let claimed = group.iter().map(|deduction| deduction.amount.wide()).sum();
        spread(items_of(invoices, items, group[0].invoice), claimed, |item| &mut item.deducted);
    }
    for group in pending.chunk_by(|a, b| a.invoice == b.invoice) {
        let announced = group.iter().map(|pending| pending.amount.wide()).sum();
        spread(items_of(invoices, items, group[0].invoice), announced, |item| &mut item.pending);
    }
}

fn items_of<'a>(invoices: &[Invoice], items: &'a mut [Item], invoice: InvoiceIx) -> &'a mut [Item] {
    let invoice = &invoices[invoice as usize];
    let first = invoice.first_item as usize;
    &mut items[first..first + invoice.items as usize]
}

/// Gives each item, oldest instalment first, as much of `total` as it still has room for.
fn spread(items: &mut [Item], total: i128, part: impl Fn(&mut Item) -> &mut Amount) {
    let mut by_age: Vec<usize> = (0..items.len()).collect();
    by_age.sort_unstable_by_key(|at| (items[*at].due_date, items[*at].sequence));
    let mut rest = total;
    for at in by_age {
        let item = &mut items[at];
        let room = item.collectible();
        let share = Amount(i64::try_from(rest.min(room.wide())).unwrap_or(room.0));
        *part(item) += share;
        rest -= share.wide();
    }
}
