//! How long documents waited to be entered in the books.

use crate::base::date::Date;
use crate::night::kpi::cell::Count;
use crate::night::kpi::scope::{Cutting, Subject};
use crate::night::kpi::{KpiInput, Windows};

/// The day each document was entered, where the ledger says so. Empty where it never does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Posted {
    /// One per invoice.
    pub invoices: Vec<Option<Date>>,
    /// One per money document; none of credit notes.
    pub payments: Vec<Option<Date>>,
}

/// Adds the days from the date of each document of the 90-day window to the day it was entered. An invoice in instalments counts once.
pub fn add_postings(input: &KpiInput, windows: &Windows, cutting: &mut Cutting) {
    for (invoice, posted) in input.invoices.iter().zip(&input.posted.invoices) {
        let Some(posted) = posted.filter(|_| invoice.issue_date > windows.opening && input.counts(invoice.customer)) else { continue };
        cutting.locate(invoice.customer, invoice.currency, Subject::Item(invoice.first_item as usize));
        let sums = cutting.sums();
        sums[Count::PostedInvoices] += 1;
        sums[Count::InvoicePostingDays] += i64::from(posted.days_since(invoice.issue_date));
    }
    for (at, posted) in input.posted.payments.iter().enumerate() {
        let document = &input.money[at];
        let Some(posted) = posted.filter(|_| document.date > windows.opening && input.counts(document.customer)) else { continue };
        cutting.locate(document.customer, document.currency, Subject::Money(at));
        let sums = cutting.sums();
        sums[Count::PostedPayments] += 1;
        sums[Count::PaymentPostingDays] += i64::from(posted.days_since(document.date));
    }
}
