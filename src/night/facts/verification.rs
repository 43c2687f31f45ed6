//! What is to be verified of an open item before anybody is asked for it: deductions by kind, credit notes that are due, disputes with
//! their owner, what the customer said of it, invoices written twice.

use crate::base::contract::values::DEDUCTION_KINDS;
use crate::base::contract::{disputes, invoices};
use crate::base::date::Date;
use crate::base::money::Amount;
use crate::night::documents::{Deduction, Dispute, Invoice, InvoiceIx, MoneyKind, of_invoice};
use crate::night::facts::contact::last_reason;
use crate::night::facts::{Subject, day};
use crate::night::fx::NoRate;
use crate::night::ledger::Item;
use crate::rules::program::{Cell, MISSING, TextPool};

/// Facts of this file.
pub const NAMES: &[&str] = &[
    "deducted_returns",
    "deducted_promotions",
    "deducted_incentives",
    "deducted_adjustments",
    "deducted_discounts",
    "deducted_others",
    "oldest_deduction_date",
    "awaited_credit",
    "dispute_opened_date",
    "dispute_owner",
    "dispute_reason",
    "item_contact_reason",
    "item_contact_reason_date",
    "duplicate_invoice",
    "revived_date",
];

/// Facts of deductions of one kind, each with its kind.
const BY_KIND: &[(&str, &str)] = &[
    ("deducted_returns", "return"),
    ("deducted_promotions", "promotion"),
    ("deducted_incentives", "incentive"),
    ("deducted_adjustments", "adjustment"),
    ("deducted_discounts", "discount"),
    ("deducted_others", "other"),
];

/// The column of a fact; `None` where the name is not of this file.
///
/// # Errors
/// [`NoRate`] for a currency without a rate.
pub fn column(subject: &Subject<'_>, name: &str, pool: &mut TextPool) -> Result<Option<Vec<Cell>>, NoRate> {
    let converted = |item: &Item, amount: Amount| Ok(subject.rates.convert_amount(amount, subject.currency(item))?.0);
    if let Some((_, kind)) = BY_KIND.iter().find(|(fact, _)| *fact == name) {
        return each(subject, |item| converted(item, deducted(subject, item, kind))).map(Some);
    }
    match name {
        "oldest_deduction_date" => each(subject, |item| Ok(day(oldest_deduction(subject, item)))).map(Some),
        "awaited_credit" => each(subject, |item| converted(item, awaited_credit(subject, item))).map(Some),
        "dispute_opened_date" => each(subject, |item| Ok(day(item.disputed_since))).map(Some),
        "dispute_owner" => each(subject, |item| Ok(of_dispute(subject, item, disputes::OWNER, pool))).map(Some),
        "dispute_reason" => each(subject, |item| Ok(of_dispute(subject, item, disputes::REASON, pool))).map(Some),
        "item_contact_reason" => {
            each(subject, |item| Ok(reason_of(subject, item).map_or(MISSING, |(_, reason)| pool.code(&reason)))).map(Some)
        }
        "item_contact_reason_date" => each(subject, |item| Ok(day(reason_of(subject, item).map(|(on, _)| on)))).map(Some),
        "duplicate_invoice" => Ok(Some(duplicates(subject))),
        "revived_date" => each(subject, |item| Ok(day(revived_on(subject, item)))).map(Some),
        _ => Ok(None),
    }
}

fn each(subject: &Subject<'_>, mut fact: impl FnMut(&Item) -> Result<Cell, NoRate>) -> Result<Vec<Cell>, NoRate> {
    subject.open_items.iter().map(|item| fact(&subject.ledger.items[*item as usize])).collect()
}

/// The day a claim that had been written off was taken up again, which may be all the ledger still tells of it.
pub fn revived_on(subject: &Subject<'_>, item: &Item) -> Option<Date> {
    let row = subject.documents.invoices[item.invoice as usize].row as usize;
    subject.shard.invoices.date(invoices::REVIVED_ON, row).filter(|on| *on <= subject.as_of)
}

fn items_of<'a>(subject: &Subject<'a>, invoice: InvoiceIx) -> &'a [Item] {
    let invoice = &subject.documents.invoices[invoice as usize];
    let first = invoice.first_item as usize;
    &subject.ledger.items[first..first + invoice.items as usize]
}

/// What of an item's pending deductions is of one kind. What is deducted of an invoice is spread over its instalments, the oldest first
/// (ruling 35), and its deductions over that sum, the oldest claim first: so the kinds of an item add up to what is deducted of it.
fn deducted(subject: &Subject<'_>, item: &Item, kind: &str) -> Amount {
    if item.deducted.is_zero() {
        return Amount::ZERO;
    }
    let mut instalments: Vec<&Item> = items_of(subject, item.invoice).iter().collect();
    instalments.sort_unstable_by_key(|part| (part.due_date, part.sequence));
    let before: i128 = instalments.iter().take_while(|part| part.sequence != item.sequence).map(|part| part.deducted.wide()).sum();
    let (from, to) = (before, before + item.deducted.wide());
    let (mut start, mut sum) = (0_i128, 0_i128);
    for deduction in of_invoice(&subject.documents.deductions, item.invoice, |deduction| deduction.invoice) {
        let end = start + deduction.amount.wide();
        if kind_of(deduction) == kind {
            sum += (end.min(to) - start.max(from)).max(0);
        }
        start = end;
    }
    Amount(i64::try_from(sum).unwrap_or(item.deducted.0))
}

fn kind_of(deduction: &Deduction) -> &'static str {
    deduction.kind.and_then(|kind| DEDUCTION_KINDS.get(usize::from(kind))).copied().unwrap_or("other")
}

fn oldest_deduction(subject: &Subject<'_>, item: &Item) -> Option<Date> {
    let own = of_invoice(&subject.documents.deductions, item.invoice, |deduction| deduction.invoice);
    own.first().map(|deduction| deduction.claimed_on).filter(|_| item.deducted.is_positive())
}

/// What was approved of an invoice less the credit notes that came for it since, never more than is open of it. It stands with the
/// oldest open instalment, so that sums over items hold.
fn awaited_credit(subject: &Subject<'_>, item: &Item) -> Amount {
    let approved = of_invoice(&subject.documents.approved, item.invoice, |deduction| deduction.invoice);
    let Some(first) = approved.first() else { return Amount::ZERO };
    let items = items_of(subject, item.invoice);
    let oldest = items.iter().filter(|part| part.open.is_positive()).min_by_key(|part| (part.due_date, part.sequence));
    if oldest.is_none_or(|oldest| oldest.sequence != item.sequence) {
        return Amount::ZERO;
    }
    let money = subject.documents.money.of(item.customer).iter();
    let came =
        money.filter(|money| money.kind == MoneyKind::Credit && money.invoice == Some(item.invoice) && money.date >= first.claimed_on);
    let came: i128 = came.map(|money| money.amount.wide()).sum();
    let approved: i128 = approved.iter().map(|deduction| deduction.amount.wide()).sum();
    let open: i128 = items.iter().map(|part| part.open.wide()).sum();
    Amount(i64::try_from((approved - came).clamp(0, open.max(0))).unwrap_or(0))
}

/// A text of the oldest open dispute of an item.
fn of_dispute(subject: &Subject<'_>, item: &Item, column: usize, pool: &mut TextPool) -> Cell {
    let own = of_invoice(&subject.documents.disputes, item.invoice, |dispute: &Dispute| dispute.invoice);
    let open = own.iter().find(|dispute| dispute.closed_on.is_none());
    let text = open.and_then(|dispute| subject.shard.disputes.text(column, dispute.row as usize));
    text.map_or(MISSING, |text| pool.code(&String::from_utf8_lossy(text)))
}

/// What the customer said last of the invoice of an item, with its day.
fn reason_of(subject: &Subject<'_>, item: &Item) -> Option<(Date, String)> {
    let row = subject.documents.invoices[item.invoice as usize].row as usize;
    last_reason(subject, item.customer, subject.shard.invoices.text(invoices::INVOICE_ID, row))
}

/// 1 for items of an invoice that another one of the same customer repeats: same day of issue, amount, currency and order.
fn duplicates(subject: &Subject<'_>) -> Vec<Cell> {
    let table = &subject.shard.invoices;
    let key = |invoice: &Invoice| {
        let order = table.text(invoices::ORDER_ID, invoice.row as usize);
        (invoice.issue_date, invoice.amount, invoice.currency, order)
    };
    let mut cells = Vec::with_capacity(subject.open_items.len());
    for debtor in subject.debtors.iter().filter(|debtor| !debtor.items.is_empty()) {
        let mut keys: Vec<_> = subject.documents.invoices.of(debtor.customer).iter().map(key).collect();
        keys.sort_unstable();
        let repeated = |item: &Item| {
            let own = key(&subject.documents.invoices[item.invoice as usize]);
            let first = keys.partition_point(|key| *key < own);
            keys.get(first + 1) == Some(&own)
        };
        cells.extend(subject.items(debtor).map(|item| Cell::from(repeated(item))));
    }
    cells
}
