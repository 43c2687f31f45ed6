//! Payment rows. Money is never refused for the invoice it names: what cannot be placed stays on the customer's account, with a finding.

use crate::base::contract::payments::{AMOUNT, CURRENCY, CUSTOMER_ID, INVOICE_ID, PAYMENT_DATE, REJECTED_ON, STATUS};
use crate::base::contract::values::PAYMENT_STATUSES;
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::night::normalise::invoices::CurrencyReader;
use crate::night::normalise::judge::{InvoiceIndex, Judge, Target};
use crate::night::normalise::reject::{self, Finding, Problem, Reason};

/// What a payment row is at `as_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Settled,
    /// Announced, not yet cash.
    Pending,
    /// Rejected or reversed: never was cash.
    CameBack {
        on: Date,
    },
}

/// An accepted payment.
#[derive(Debug, Clone, Copy)]
pub struct PaymentRow<'a> {
    pub row: u32,
    pub customer_id: &'a [u8],
    /// The raw row of the accepted invoice it names, of the same customer and currency.
    pub invoice_row: Option<u32>,
    pub date: Date,
    pub amount: Amount,
    pub currency: Currency,
    pub standing: Standing,
}

/// Reads one payment.
///
/// # Errors
/// Why the row is refused.
pub fn payment<'a>(
    judge: &Judge<'a>,
    row: usize,
    index: &InvoiceIndex<'a>,
    currencies: &mut CurrencyReader,
    findings: &mut Vec<Finding>,
) -> Result<Option<PaymentRow<'a>>, Problem> {
    let named = judge.table.text(INVOICE_ID, row).map(|id| index.find(id));
    if is_ignored(judge, row, named) {
        return Ok(None);
    }
    judge.check_form(row)?;
    let customer = judge.table.text(CUSTOMER_ID, row);
    if customer.is_none() && named.is_none() {
        return Err(Problem { reason: Reason::MissingRequired, column: CUSTOMER_ID, value: String::new() });
    }
    let currency = currencies.read(judge.table, CURRENCY, row)?.or(named.and_then(|target| target.currency()));
    let currency = currency.unwrap_or(judge.intake.reporting_currency);
    judge.check_decimals(row, currency)?;
    let amount = judge.table.money(AMOUNT, row).unwrap_or(0);
    if amount == 0 {
        return Err(Problem { reason: Reason::ZeroAmount, column: AMOUNT, value: reject::thousandths_text(amount) });
    }
    let customer_id = match (customer, named) {
        (Some(id), _) => id,
        (None, Some(Target::Invoice { customer_id, .. } | Target::CreditNote { customer_id, .. })) => customer_id,
        _ => return Err(judge.refuse(Reason::UnknownInvoice, INVOICE_ID, row)),
    };
    let (invoice_row, oddity) = place(named, customer_id, currency);
    if let Some((kind, why)) = oddity {
        let id = reject::cell_text(judge.table, INVOICE_ID, row);
        findings.push(judge.finding(kind, row, format!("the payment names invoice {id}, {why}; it stays on account"), Some(amount)));
    }
    let date = judge.table.date(PAYMENT_DATE, row).ok_or_else(|| judge.refuse(Reason::MissingRequired, PAYMENT_DATE, row))?;
    let (row, standing) = (u32::try_from(row).unwrap_or(u32::MAX), standing(judge, row, date));
    Ok(Some(PaymentRow { row, customer_id, invoice_row, date, amount: reject::minor(amount, currency.thousandths()), currency, standing }))
}

/// A pending payment exists from the day it is in the file, whatever its date, unless its invoice does not exist yet.
fn is_ignored(judge: &Judge<'_>, row: usize, named: Option<Target<'_>>) -> bool {
    if status(judge, row) == Some("pending") {
        return judge.duplicates.spares(judge.table.source_row[row]) || named == Some(Target::NotYet);
    }
    judge.is_ignored(row)
}

fn status(judge: &Judge<'_>, row: usize) -> Option<&'static str> {
    judge.table.choice(STATUS, row).map(|choice| PAYMENT_STATUSES[usize::from(choice)])
}

fn standing(judge: &Judge<'_>, row: usize, date: Date) -> Standing {
    match status(judge, row) {
        Some("pending") => Standing::Pending,
        Some("rejected" | "reversed") => {
            let rejected_on = judge.table.date(REJECTED_ON, row);
            if rejected_on.is_some_and(|on| on > judge.intake.as_of) {
                return Standing::Settled;
            }
            Standing::CameBack { on: rejected_on.unwrap_or(date) }
        }
        _ => Standing::Settled,
    }
}

/// Kind and wording of what is odd about a reference.
pub type Oddity = (&'static str, &'static str);

/// The invoice row that named money goes to, or why it goes to none.
pub fn place(named: Option<Target<'_>>, customer: &[u8], currency: Currency) -> (Option<u32>, Option<Oddity>) {
    match named {
        None => (None, None),
        Some(Target::Invoice { row, currency: its, customer_id }) => {
            if customer_id != customer {
                (None, Some(("other_customers_invoice", "which belongs to another customer")))
            } else if its != currency {
                (None, Some(("other_currency", "which is in another currency")))
            } else {
                (Some(row), None)
            }
        }
        Some(Target::Elsewhere { .. }) => (None, Some(("other_customers_invoice", "which belongs to another customer"))),
        Some(Target::CreditNote { .. }) => (None, Some(("names_credit_note", "which is a credit note"))),
        Some(Target::NotYet) => (None, Some(("dated_after_as_of", "which is dated after as_of"))),
        Some(Target::Unknown) => (None, Some(("unknown_invoice", "which no accepted row has"))),
    }
}
