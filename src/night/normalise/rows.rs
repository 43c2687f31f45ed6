//! Accepted rows of the tables after the invoices, with references still as raw rows and ids.

use crate::base::contract::values::HOLD_STOPS;
use crate::base::contract::{
    self, agency_events, contacts, decisions, deliveries, holds, legal_events, overrides, payables, promises, usage,
};
use crate::base::money::{Amount, Currency};
use crate::base::words::listed;
use crate::night::normalise::claims::{self, DeductionRow, DisputeRow, InstalmentRow, WaiverRow};
use crate::night::normalise::invoices::CurrencyReader;
use crate::night::normalise::judge::{InvoiceIndex, Judge, Target};
use crate::night::normalise::payments::{self, PaymentRow};
use crate::night::normalise::reject::{self, Finding, Problem, Reason, Reject};
use crate::night::normalise::{Count, Intake, Shard};

/// A row about a customer, perhaps about one invoice.
#[derive(Debug, Clone, Copy)]
pub struct CustomerRow<'a> {
    pub customer_id: &'a [u8],
    /// The raw row of the accepted invoice it names.
    pub invoice_row: Option<u32>,
    pub row: u32,
}

/// A row about a customer that carries money.
#[derive(Debug, Clone, Copy)]
pub struct MoneyRow<'a> {
    pub about: CustomerRow<'a>,
    pub amount: Amount,
    pub currency: Currency,
}

/// Everything accepted, and what was said about the rest.
#[derive(Debug, Default)]
pub struct Rows<'a> {
    pub payments: Vec<PaymentRow<'a>>,
    pub instalments: Vec<InstalmentRow>,
    pub disputes: Vec<DisputeRow>,
    pub deductions: Vec<DeductionRow>,
    pub promises: Vec<MoneyRow<'a>>,
    pub holds: Vec<CustomerRow<'a>>,
    pub overrides: Vec<CustomerRow<'a>>,
    pub decisions: Vec<CustomerRow<'a>>,
    pub waivers: Vec<WaiverRow>,
    pub contacts: Vec<CustomerRow<'a>>,
    pub legal_events: Vec<CustomerRow<'a>>,
    pub payables: Vec<MoneyRow<'a>>,
    pub deliveries: Vec<MoneyRow<'a>>,
    pub usage: Vec<CustomerRow<'a>>,
    pub agency_events: Vec<CustomerRow<'a>>,
    pub rejects: Vec<Reject>,
    pub findings: Vec<Finding>,
    /// Rows by fate, in the order in which the tables are read.
    pub counts: Vec<(&'static str, Count)>,
}

impl<'a> Rows<'a> {
    /// Judges every row of the shard's tables after the invoices.
    pub fn judge(shard: &'a Shard, index: &InvoiceIndex<'a>, intake: &'a Intake<'a>) -> Rows<'a> {
        let duplicates = intake.duplicates;
        let mut rows = Rows::default();
        let mut currencies = CurrencyReader::default();

        let mut findings = Vec::new();
        let mut judge = Judge::new(&contract::payments::SPEC, &shard.payments, intake, &duplicates.payments);
        rows.payments = judge.run(&mut rows.rejects, |judge, row| payments::payment(judge, row, index, &mut currencies, &mut findings));
        rows.count(&judge);

        let mut judge = Judge::new(&contract::installments::SPEC, &shard.installments, intake, &duplicates.installments);
        rows.instalments = judge.run(&mut rows.rejects, |judge, row| claims::instalment(judge, row, index));
        rows.count(&judge);

        let mut judge = Judge::new(&contract::disputes::SPEC, &shard.disputes, intake, &duplicates.disputes);
        rows.disputes = judge.run(&mut rows.rejects, |judge, row| claims::dispute(judge, row, index));
        rows.count(&judge);

        let mut judge = Judge::new(&contract::deductions::SPEC, &shard.deductions, intake, &duplicates.deductions);
        rows.deductions = judge.run(&mut rows.rejects, |judge, row| claims::deduction(judge, row, index));
        rows.count(&judge);

        let mut judge = Judge::new(&promises::SPEC, &shard.promises, intake, &duplicates.promises);
        rows.promises = judge.run(&mut rows.rejects, |judge, row| promise(judge, row, index, &mut currencies));
        rows.count(&judge);

        let mut judge = Judge::new(&holds::SPEC, &shard.holds, intake, &duplicates.holds);
        rows.holds = judge
            .run(&mut rows.rejects, |judge, row| about(judge, row, (holds::CUSTOMER_ID, Some(holds::INVOICE_ID)), index, &mut findings));
        rows.count(&judge);

        let mut judge = Judge::new(&contract::waivers::SPEC, &shard.waivers, intake, &duplicates.waivers);
        rows.waivers = judge.run(&mut rows.rejects, |judge, row| claims::waiver(judge, row, index, &mut findings));
        rows.count(&judge);

        let mut judge = Judge::new(&overrides::SPEC, &shard.overrides, intake, &duplicates.overrides);
        rows.overrides = judge.run(&mut rows.rejects, |judge, row| about(judge, row, (overrides::CUSTOMER_ID, None), index, &mut findings));
        rows.count(&judge);

        let mut judge = Judge::new(&decisions::SPEC, &shard.decisions, intake, &duplicates.decisions);
        rows.decisions = judge.run(&mut rows.rejects, |judge, row| about(judge, row, (decisions::CUSTOMER_ID, None), index, &mut findings));
        rows.count(&judge);

        let mut judge = Judge::new(&contacts::SPEC, &shard.contacts, intake, &duplicates.contacts);
        let columns = (contacts::CUSTOMER_ID, Some(contacts::INVOICE_ID));
        rows.contacts = judge.run(&mut rows.rejects, |judge, row| about(judge, row, columns, index, &mut findings));
        rows.count(&judge);

        let mut judge = Judge::new(&agency_events::SPEC, &shard.agency_events, intake, &duplicates.agency_events);
        rows.agency_events = judge.run(&mut rows.rejects, |judge, row| agency_event(judge, row, index, &mut currencies));
        rows.count(&judge);

        let mut judge = Judge::new(&legal_events::SPEC, &shard.legal_events, intake, &duplicates.legal_events);
        let columns = (legal_events::CUSTOMER_ID, Some(legal_events::INVOICE_ID));
        rows.legal_events = judge.run(&mut rows.rejects, |judge, row| about(judge, row, columns, index, &mut findings));
        rows.count(&judge);

        rows.accounts(shard, intake, &mut currencies);
        let mut judge = Judge::new(&usage::SPEC, &shard.usage, intake, &duplicates.usage);
        rows.usage = judge.run(&mut rows.rejects, |judge, row| about(judge, row, (usage::CUSTOMER_ID, None), index, &mut findings));
        rows.count(&judge);

        rows.findings = findings;
        rows
    }

    /// What we owe, and what was delivered: money about a customer and no invoice.
    fn accounts(&mut self, shard: &'a Shard, intake: &'a Intake<'a>, currencies: &mut CurrencyReader) {
        let mut judge = Judge::new(&payables::SPEC, &shard.payables, intake, &intake.duplicates.payables);
        let columns = [payables::CUSTOMER_ID, payables::AMOUNT, payables::CURRENCY];
        self.payables = judge.run(&mut self.rejects, |judge, row| account(judge, row, columns, currencies));
        self.count(&judge);

        let mut judge = Judge::new(&deliveries::SPEC, &shard.deliveries, intake, &intake.duplicates.deliveries);
        let columns = [deliveries::CUSTOMER_ID, deliveries::AMOUNT, deliveries::CURRENCY];
        self.deliveries = judge.run(&mut self.rejects, |judge, row| account(judge, row, columns, currencies));
        self.count(&judge);
    }

    fn count(&mut self, judge: &Judge<'_>) {
        self.counts.push((judge.spec.name, judge.count));
    }
}

fn row_number(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

fn promise<'a>(
    judge: &Judge<'a>,
    row: usize,
    index: &InvoiceIndex<'a>,
    currencies: &mut CurrencyReader,
) -> Result<Option<MoneyRow<'a>>, Problem> {
    let named = judge.table.text(promises::INVOICE_ID, row).map(|id| index.find(id));
    if judge.is_ignored(row) || named == Some(Target::NotYet) {
        return Ok(None);
    }
    judge.check_form(row)?;
    let currency = currencies.read(judge.table, promises::CURRENCY, row)?.or(named.and_then(|target| target.currency()));
    let currency = currency.unwrap_or(judge.intake.reporting_currency);
    judge.check_decimals(row, currency)?;
    let amount = judge.positive(promises::AMOUNT, row)?.unwrap_or(0);
    let customer_id = judge.table.text(promises::CUSTOMER_ID, row).unwrap_or_default();
    let (invoice_row, oddity) = payments::place(named, customer_id, currency);
    if let Some((kind, _)) = oddity {
        return Err(judge.refuse(reference_reason(kind), promises::INVOICE_ID, row));
    }
    let about = CustomerRow { customer_id, invoice_row, row: row_number(row) };
    Ok(Some(MoneyRow { about, amount: reject::minor(amount, currency.thousandths()), currency }))
}

fn reference_reason(kind: &str) -> Reason {
    match kind {
        "other_customers_invoice" => Reason::OtherCustomersInvoice,
        "other_currency" => Reason::OtherCurrency,
        "names_credit_note" => Reason::NamesCreditNote,
        _ => Reason::UnknownInvoice,
    }
}

/// A hold or contact. With an invoice it cannot name it is remarked on: a hold then stops nothing, but a contact was made all the same.
/// With an invoice dated after `as_of` it is ignored as the invoice is.
fn about<'a>(
    judge: &Judge<'a>,
    row: usize,
    (customer, invoice): (usize, Option<usize>),
    index: &InvoiceIndex<'a>,
    findings: &mut Vec<Finding>,
) -> Result<Option<CustomerRow<'a>>, Problem> {
    let invoice_id = invoice.and_then(|column| judge.table.text(column, row));
    let named = invoice_id.map(|id| index.find(id));
    if judge.is_ignored(row) || named == Some(Target::NotYet) {
        return Ok(None);
    }
    judge.check_form(row)?;
    if judge.spec.name == holds::SPEC.name {
        check_stops(judge, row)?;
    }
    let customer_id = judge.table.text(customer, row).unwrap_or_default();
    // Neither has a currency of its own that could differ.
    let currency = named.and_then(|target| target.currency()).unwrap_or(judge.intake.reporting_currency);
    let (invoice_row, oddity) = payments::place(named, customer_id, currency);
    if let Some((kind, why)) = oddity {
        let id = String::from_utf8_lossy(invoice_id.unwrap_or_default()).into_owned();
        let is_hold = judge.spec.name == holds::SPEC.name;
        let consequence = if is_hold { "it stops nothing" } else { "it counts for the customer" };
        findings.push(judge.finding(kind, row, format!("the row names invoice {id}, {why}; {consequence}"), None));
        if is_hold {
            return Ok(None);
        }
    }
    Ok(Some(CustomerRow { customer_id, invoice_row, row: row_number(row) }))
}

/// A hold with a word nobody knows would stop less than its author meant, without a word.
fn check_stops(judge: &Judge<'_>, row: usize) -> Result<(), Problem> {
    let is_unknown = |word: &&[u8]| !HOLD_STOPS.iter().any(|known| known.as_bytes() == *word);
    let unknown = judge.table.text(holds::STOPS, row).and_then(|stops| listed(stops).find(is_unknown));
    unknown.map_or(Ok(()), |word| {
        let value = String::from_utf8_lossy(word).into_owned();
        Err(Problem { reason: Reason::UnknownValue, column: holds::STOPS, value })
    })
}

fn agency_event<'a>(
    judge: &Judge<'a>,
    row: usize,
    index: &InvoiceIndex<'a>,
    currencies: &mut CurrencyReader,
) -> Result<Option<CustomerRow<'a>>, Problem> {
    let invoice_id = judge.table.text(agency_events::INVOICE_ID, row).unwrap_or_default();
    let named = index.find(invoice_id);
    if judge.is_ignored(row) || (!invoice_id.is_empty() && named == Target::NotYet) {
        return Ok(None);
    }
    judge.check_form(row)?;
    let currency = currencies.read(judge.table, agency_events::CURRENCY, row)?.or(named.currency());
    if let Some(currency) = currency {
        judge.check_decimals(row, currency)?;
    }
    match named {
        Target::Invoice { row: invoice_row, customer_id, .. } => {
            Ok(Some(CustomerRow { customer_id, invoice_row: Some(invoice_row), row: row_number(row) }))
        }
        _ => Err(judge.refuse(Reason::UnknownInvoice, agency_events::INVOICE_ID, row)),
    }
}

/// A row of money about a customer and no invoice; `columns` are its customer, amount and currency.
fn account<'a>(
    judge: &Judge<'a>,
    row: usize,
    [customer, amount, currency]: [usize; 3],
    currencies: &mut CurrencyReader,
) -> Result<Option<MoneyRow<'a>>, Problem> {
    if judge.is_ignored(row) {
        return Ok(None);
    }
    judge.check_form(row)?;
    let currency = currencies.read(judge.table, currency, row)?.unwrap_or(judge.intake.reporting_currency);
    judge.check_decimals(row, currency)?;
    let amount = judge.positive(amount, row)?.unwrap_or(0);
    let customer_id = judge.table.text(customer, row).unwrap_or_default();
    let about = CustomerRow { customer_id, invoice_row: None, row: row_number(row) };
    Ok(Some(MoneyRow { about, amount: reject::minor(amount, currency.thousandths()), currency }))
}
