//! Rows that say something about an invoice: instalments, disputes and deductions, whose reference must hold or they are refused, and
//! waivers, which then waive nothing and are remarked on.

use crate::base::contract::{deductions, disputes, installments, waivers};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::night::normalise::judge::{InvoiceIndex, Judge, Target};
use crate::night::normalise::payments;
use crate::night::normalise::reject::{self, Finding, Problem, Reason};

/// The accepted invoice a claim is about: its raw row and currency. `None` where the invoice does not exist yet.
///
/// # Errors
/// Why the reference does not hold.
fn claimed_invoice(judge: &Judge<'_>, row: usize, column: usize, index: &InvoiceIndex<'_>) -> Result<Option<(u32, Currency)>, Problem> {
    match index.find(judge.table.text(column, row).unwrap_or_default()) {
        Target::Invoice { row, currency, .. } => Ok(Some((row, currency))),
        Target::CreditNote { .. } => Err(judge.refuse(Reason::NamesCreditNote, column, row)),
        Target::NotYet => Ok(None),
        // Claims travel to the shard of their invoice, so an accepted one is always found here.
        Target::Elsewhere { .. } | Target::Unknown => Err(judge.refuse(Reason::UnknownInvoice, column, row)),
    }
}

/// What all claims share: ignored with its invoice, well formed, and money that fits the invoice's currency.
fn examine<'a>(
    judge: &Judge<'a>,
    row: usize,
    invoice_column: usize,
    amount_column: usize,
    index: &InvoiceIndex<'_>,
) -> Result<Option<(u32, Option<Amount>)>, Problem> {
    if judge.is_ignored(row) || matches!(claimed_invoice(judge, row, invoice_column, index), Ok(None)) {
        return Ok(None);
    }
    judge.check_form(row)?;
    let claimed = claimed_invoice(judge, row, invoice_column, index);
    if let Ok(Some((_, currency))) = claimed {
        judge.check_decimals(row, currency)?;
    }
    let amount = judge.positive(amount_column, row)?;
    Ok(claimed?.map(|(invoice, currency)| (invoice, amount.map(|amount| reject::minor(amount, currency.thousandths())))))
}

/// An instalment before it is known whether its plan adds up.
#[derive(Debug, Clone, Copy)]
pub struct InstalmentRow {
    pub invoice_row: u32,
    pub sequence: i64,
    pub due_date: Date,
    pub amount: Amount,
}

/// Reads one instalment.
///
/// # Errors
/// Why the row is refused.
pub fn instalment(judge: &Judge<'_>, row: usize, index: &InvoiceIndex<'_>) -> Result<Option<InstalmentRow>, Problem> {
    let Some((invoice_row, Some(amount))) = examine(judge, row, installments::INVOICE_ID, installments::AMOUNT, index)? else {
        return Ok(None);
    };
    let unreadable = |column| judge.refuse(Reason::Unreadable, column, row);
    let sequence = judge.table.whole(installments::SEQUENCE, row).ok_or_else(|| unreadable(installments::SEQUENCE))?;
    let due_date = judge.table.date(installments::DUE_DATE, row).ok_or_else(|| unreadable(installments::DUE_DATE))?;
    Ok(Some(InstalmentRow { invoice_row, sequence, due_date, amount }))
}

/// A dispute with the raw row of its invoice.
#[derive(Debug, Clone, Copy)]
pub struct DisputeRow {
    pub invoice_row: u32,
    pub row: u32,
    pub opened_on: Date,
    pub closed_on: Option<Date>,
    pub amount: Option<Amount>,
}

/// Reads one dispute.
///
/// # Errors
/// Why the row is refused.
pub fn dispute(judge: &Judge<'_>, row: usize, index: &InvoiceIndex<'_>) -> Result<Option<DisputeRow>, Problem> {
    let Some((invoice_row, amount)) = examine(judge, row, disputes::INVOICE_ID, disputes::AMOUNT, index)? else { return Ok(None) };
    let opened_on =
        judge.table.date(disputes::OPENED_ON, row).ok_or_else(|| judge.refuse(Reason::MissingRequired, disputes::OPENED_ON, row))?;
    let closed_on = judge.table.date(disputes::CLOSED_ON, row).filter(|date| *date <= judge.intake.as_of);
    let row = u32::try_from(row).unwrap_or(u32::MAX);
    Ok(Some(DisputeRow { invoice_row, row, opened_on, closed_on, amount }))
}

/// A deduction with the raw row of its invoice; decided ones are read but change nothing.
#[derive(Debug, Clone, Copy)]
pub struct DeductionRow {
    pub invoice_row: u32,
    pub amount: Amount,
    pub claimed_on: Date,
    /// Position in the kinds of deductions.
    pub kind: Option<u8>,
    pub is_pending: bool,
    pub is_approved: bool,
}

/// Reads one deduction.
///
/// # Errors
/// Why the row is refused.
pub fn deduction(judge: &Judge<'_>, row: usize, index: &InvoiceIndex<'_>) -> Result<Option<DeductionRow>, Problem> {
    let Some((invoice_row, Some(amount))) = examine(judge, row, deductions::INVOICE_ID, deductions::AMOUNT, index)? else {
        return Ok(None);
    };
    let status = judge.table.choice(deductions::STATUS, row);
    let decided_later = judge.table.date(deductions::DECIDED_ON, row).is_some_and(|date| date > judge.intake.as_of);
    let missing = || judge.refuse(Reason::MissingRequired, deductions::CLAIMED_ON, row);
    let claimed_on = judge.table.date(deductions::CLAIMED_ON, row).ok_or_else(missing)?;
    let kind = judge.table.choice(deductions::KIND, row);
    // Position 0 is `pending`, 1 is `approved`.
    let is_pending = matches!(status, None | Some(0)) || decided_later;
    Ok(Some(DeductionRow { invoice_row, amount, claimed_on, kind, is_pending, is_approved: status == Some(1) && !decided_later }))
}

/// A waiver with the raw row of its invoice.
#[derive(Debug, Clone, Copy)]
pub struct WaiverRow {
    pub invoice_row: u32,
    pub row: u32,
    pub on: Date,
    pub amount: Option<Amount>,
}

/// Reads one waiver. Whatever keeps it from counting is remarked on: nobody gives up money without its being seen.
///
/// # Errors
/// Why the row is refused.
pub fn waiver(judge: &Judge<'_>, row: usize, index: &InvoiceIndex<'_>, findings: &mut Vec<Finding>) -> Result<Option<WaiverRow>, Problem> {
    let on = judge.table.date(waivers::WAIVED_ON, row);
    let invoice_id = judge.table.text(waivers::INVOICE_ID, row).unwrap_or_default();
    let mut remark = |kind, why: String| {
        let id = String::from_utf8_lossy(invoice_id);
        let message = format!("the waiver of penalties on invoice {id} {why}");
        findings.push(judge.finding(kind, row, message, judge.table.money(waivers::AMOUNT, row)));
    };
    if judge.is_ignored(row) {
        if let Some(on) = on.filter(|on| *on > judge.intake.as_of) {
            remark("dated_after_as_of", format!("is of {on}: it counts from that day"));
        }
        return Ok(None);
    }
    let named = index.find(invoice_id);
    if !invoice_id.is_empty() && named == Target::NotYet {
        remark("dated_after_as_of", "waives nothing yet: the invoice is dated after as_of".to_owned());
        return Ok(None);
    }
    judge.check_form(row)?;
    let Target::Invoice { row: invoice_row, currency, .. } = named else {
        judge.positive(waivers::AMOUNT, row)?;
        let (_, oddity) = payments::place(Some(named), &[], judge.intake.reporting_currency);
        if let Some((kind, why)) = oddity {
            remark(kind, format!("names one {why}; it waives nothing"));
        }
        return Ok(None);
    };
    judge.check_decimals(row, currency)?;
    let amount = judge.positive(waivers::AMOUNT, row)?.map(|amount| reject::minor(amount, currency.thousandths()));
    let on = on.ok_or_else(|| judge.refuse(Reason::MissingRequired, waivers::WAIVED_ON, row))?;
    Ok(Some(WaiverRow { invoice_row, row: u32::try_from(row).unwrap_or(u32::MAX), on, amount }))
}
