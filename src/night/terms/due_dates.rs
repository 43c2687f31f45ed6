//! Due dates from terms, and what is said where ledger, terms and law do not agree.

use super::{EVERY_COUNTRY, TermsBook, TermsReader};
use crate::base::contract::customers;
use crate::base::contract::invoices::{DELIVERED_ON, DUE_DATE, INVOICE_ID, ISSUE_DATE, PAYMENT_TERMS};
use crate::base::counted::counted;
use crate::base::date::Date;
use crate::base::table::{Column, NO_DATE, Table};
use crate::base::terms::Terms;
use crate::night::documents::{CustomerType, Invoice};
use crate::night::ledger::Ledger;
use crate::night::normalise::Shard;
use crate::night::normalise::documents::Documents;
use crate::night::normalise::invoices::is_credit_note;
use crate::night::normalise::reject::Finding;

/// Characters of a text of terms that a message shows.
const SHOWN: usize = 80;

/// Gives the invoices without a due date that of their terms, where the job asks for it; a credit note is due on its own day.
/// Returns the rows that got one, ascending.
pub fn work_out(invoices: &mut Table, book: &TermsBook<'_>) -> Vec<u32> {
    let Some(policy) = book.policy.filter(|_| book.works_out()) else { return Vec::new() };
    let mut reader = TermsReader::new(policy);
    let mut found = Vec::new();
    for row in 0..invoices.len() {
        let Some(issued) = invoices.date(ISSUE_DATE, row).filter(|_| invoices.date(DUE_DATE, row).is_none()) else { continue };
        let due = if is_credit_note(invoices, row) {
            Some(issued)
        } else {
            let written = invoices.text(PAYMENT_TERMS, row).map(|text| reader.read(text).as_ref().ok().copied());
            let terms = written.unwrap_or(policy.default);
            terms.and_then(|terms| book.due_date(&terms, issued, invoices.date(DELIVERED_ON, row)))
        };
        found.extend(due.zip(u32::try_from(row).ok()));
    }
    if !matches!(invoices.columns[DUE_DATE], Column::Date(_)) {
        invoices.columns[DUE_DATE] = Column::Date(vec![NO_DATE; invoices.len()]);
    }
    if let Column::Date(days) = &mut invoices.columns[DUE_DATE] {
        found.iter().for_each(|(due, row)| days[*row as usize] = due.0);
    }
    found.into_iter().map(|(_, row)| row).collect()
}

/// Compares due dates with terms, and terms with the law.
pub(super) fn check(shard: &Shard, documents: &mut Documents<'_>, ledger: &Ledger, book: &TermsBook<'_>) {
    let Some(policy) = book.policy else { return };
    if matches!(shard.invoices.columns[PAYMENT_TERMS], Column::Absent) && shard.due_from_terms.is_empty() {
        return;
    }
    let mut reader = TermsReader::new(policy);
    let mut findings = Vec::new();
    for invoice in documents.invoices.iter() {
        let view = View { shard, documents, ledger, book, invoice };
        let written = shard.invoices.text(PAYMENT_TERMS, invoice.row as usize);
        let terms = match written.map(|text| (text, reader.read(text))) {
            None => policy.default.filter(|_| view.is_worked_out()),
            Some((_, Ok(terms))) => Some(*terms),
            Some((text, Err(message))) => {
                findings.push(view.finding("unreadable_terms", not_understood(text, message), false));
                None
            }
        };
        if let Some(terms) = terms {
            findings.extend(view.disagreement(&terms));
            findings.extend(view.above_legal_maximum(&terms));
        }
    }
    documents.findings.extend(findings);
}

/// The invoices whose terms give no due date, though the job asks for one; their rows are refused.
pub(super) fn without(invoices: &Table, book: &TermsBook<'_>, as_of: Date) -> Vec<Finding> {
    let Some(policy) = book.policy.filter(|_| book.works_out()) else { return Vec::new() };
    let mut reader = TermsReader::new(policy);
    let exists = |row: usize| invoices.date(ISSUE_DATE, row).is_some_and(|issued| issued <= as_of);
    let mut findings = Vec::new();
    for row in (0..invoices.len()).filter(|row| invoices.date(DUE_DATE, *row).is_none() && exists(*row)) {
        let Some(text) = invoices.text(PAYMENT_TERMS, row) else { continue };
        let message = match reader.read(text) {
            Ok(terms) => format!("its terms {terms} count from the receipt of the goods, and delivered_on is missing"),
            Err(message) => not_understood(text, message),
        };
        findings.push(finding(invoices, row, "no_due_date_from_terms", message, None));
    }
    findings
}

/// A long text is cut: it may be anything.
fn not_understood(text: &[u8], message: &str) -> String {
    let text = String::from_utf8_lossy(text);
    let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
    let dots = if end < text.len() { "…" } else { "" };
    format!("its payment terms \"{}{dots}\" are not understood: {message}", &text[..end])
}

fn finding(invoices: &Table, row: usize, kind: &'static str, message: String, amount: Option<i64>) -> Finding {
    let key = String::from_utf8_lossy(invoices.text(INVOICE_ID, row).unwrap_or_default()).into_owned();
    Finding { kind, table: "invoices", key, message: message.into(), amount }
}

/// An invoice with all around it.
struct View<'a> {
    shard: &'a Shard,
    documents: &'a Documents<'a>,
    ledger: &'a Ledger,
    book: &'a TermsBook<'a>,
    invoice: &'a Invoice,
}

impl View<'_> {
    fn is_worked_out(&self) -> bool {
        self.shard.due_from_terms.binary_search(&self.invoice.row).is_ok()
    }

    /// Where the due date is not the ledger's, or not that of the terms. Instalments have days of their own.
    fn disagreement(&self, terms: &Terms) -> Option<Finding> {
        let due = self.invoice.due_date;
        if self.is_worked_out() {
            return Some(self.finding("due_date_from_terms", format!("the ledger gives no due date: {due} by its terms {terms}"), false));
        }
        let by_terms = self.book.due_date(terms, self.invoice.issue_date, self.received_on())?;
        if by_terms == due || self.items().any(|(sequence, _)| sequence != 0) {
            return None;
        }
        let message = format!("due on {due} in the ledger, on {by_terms} by its terms {terms}: the ledger's day holds");
        Some(self.finding("due_date_differs_from_terms", message, false))
    }

    /// Where companies of its country may not be given that long.
    fn above_legal_maximum(&self, terms: &Terms) -> Option<Finding> {
        let limits = &self.book.policy?.legal_maximum;
        let customer = self.documents.customers[self.invoice.customer as usize];
        if limits.is_empty() || customer.customer_type != Some(CustomerType::Company) {
            return None;
        }
        let country = customer.row.and_then(|row| self.shard.customers.text(customers::COUNTRY, row as usize));
        let country = country.and_then(|country| std::str::from_utf8(country).ok()).unwrap_or_default();
        let (name, limit) = limits.get_key_value(country).or_else(|| limits.get_key_value(EVERY_COUNTRY))?;
        let issued = self.invoice.issue_date;
        let due = self.items().map(|(_, due)| due).max().unwrap_or(self.invoice.due_date);
        if limit.allows(terms, issued, due) {
            return None;
        }
        let days = counted(due.days_since(issued), "day");
        let message = format!("due on {due}, {days} after the invoice date, under the terms {terms}: longer than the limit for {name}");
        Some(self.finding("terms_above_legal_maximum", message, true))
    }

    fn received_on(&self) -> Option<Date> {
        self.shard.invoices.date(DELIVERED_ON, self.invoice.row as usize)
    }

    /// Sequence and due date of each of its items.
    fn items(&self) -> impl Iterator<Item = (i64, Date)> {
        let first = self.invoice.first_item as usize;
        self.ledger.items[first..first + self.invoice.items as usize].iter().map(|item| (item.sequence, item.due_date))
    }

    fn finding(&self, kind: &'static str, message: String, with_amount: bool) -> Finding {
        let amount = with_amount.then(|| self.invoice.amount.0.saturating_mul(self.invoice.currency.thousandths()));
        finding(&self.shard.invoices, self.invoice.row as usize, kind, message, amount)
    }
}
