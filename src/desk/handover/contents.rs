//! What a batch says: debts and changes out of the night that made it, debtors and documents out of the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::base::contract::handed_over::{contacts, debtors, debts, documents};
use crate::base::contract::values::{CONTACT_CHANNELS, CONTACT_DIRECTIONS, CONTACT_OUTCOMES, CUSTOMER_TYPES, PAYMENT_STATUSES};
use crate::base::contract::{self, TableSpec, open_items, penalty_totals, placement_changes, placements};
use crate::base::date::Date;
use crate::base::money::Currency;
use crate::base::table::{Column, Table};
use crate::base::table_builder::TableBuilder;
use crate::desk::tables::{of_ledger, of_night};
use crate::error::Failure;
use crate::io::scan::{Quiet, RowKeys};
use crate::settings::{Agency, Settings};

/// A file of a batch: the columns an agency is given of a table.
#[derive(Debug)]
pub struct Part {
    pub spec: &'static TableSpec,
    /// Name of the file, without what it ends in.
    pub name: &'static str,
    pub table: Table,
    /// Positions of the columns it has.
    pub columns: Vec<usize>,
}

/// What a batch comes to in one currency, thousandths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    pub debts: u64,
    pub placed: i128,
    pub changes: u64,
    pub changed: i128,
}

/// All a batch says.
#[derive(Debug)]
pub struct Contents {
    pub parts: Vec<Part>,
    pub totals: BTreeMap<Currency, Sum>,
    /// Debtors it tells anything of.
    pub people: usize,
}

/// Gathers what a batch says.
///
/// # Errors
/// What reading the files of the night and of the ledger ends with.
pub fn gather(settings: &Settings, agency: (&str, &Agency), batch: i64, night: (Date, &Path)) -> Result<Contents, Failure> {
    let (id, contract) = agency;
    let (as_of, folder) = night;
    let ledger = Ledger { settings, as_of };
    let placed = own_rows(&of_night(&placements::SPEC, folder)?, (placements::AGENCY, id), (placements::BATCH, batch));
    let changed =
        own_rows(&of_night(&placement_changes::SPEC, folder)?, (placement_changes::AGENCY, id), (placement_changes::BATCH, batch));
    let of =
        |table: &Table, column| (0..table.len()).filter_map(|row| table.text(column, row).map(<[u8]>::to_vec)).collect::<BTreeSet<_>>();
    let mut people = of(&placed, placements::CUSTOMER_ID);
    let invoices = of(&placed, placements::INVOICE_ID);
    let moved = |row: &usize| changed.text(placement_changes::KIND, *row) == Some(b"new_address");
    people.extend((0..changed.len()).filter(moved).filter_map(|row| changed.text(placement_changes::CUSTOMER_ID, row).map(<[u8]>::to_vec)));
    let files = &contract.files;
    let mut parts = vec![Part {
        spec: &debts::SPEC,
        name: "debts",
        table: debt_rows(&placed, folder, &ledger, files.debts.contains(&debts::PROOF_REF), &invoices)?,
        columns: files.debts.clone(),
    }];
    if !files.debtors.is_empty() {
        let table = debtor_rows(&ledger, &people)?;
        parts.push(Part { spec: &debtors::SPEC, name: "debtors", table, columns: files.debtors.clone() });
    }
    if !files.documents.is_empty() {
        let table = document_rows(&ledger, &people, &invoices)?;
        parts.push(Part { spec: &documents::SPEC, name: "documents", table, columns: files.documents.clone() });
    }
    if !files.contacts.is_empty() {
        let table = contact_rows(&ledger, &of(&placed, placements::CUSTOMER_ID))?;
        parts.push(Part { spec: &contacts::SPEC, name: "contacts", table, columns: files.contacts.clone() });
    }
    let totals = totals(&placed, &changed);
    let all = (0..placement_changes::SPEC.columns.len()).collect();
    parts.push(Part { spec: &placement_changes::SPEC, name: "changes", table: changed, columns: all });
    Ok(Contents { parts, totals, people: people.len() })
}

/// The rows of one agency and batch.
fn own_rows(table: &Table, (agency, id): (usize, &str), (number, batch): (usize, i64)) -> Table {
    let is_own = |row: &usize| table.text(agency, *row) == Some(id.as_bytes()) && table.whole(number, *row) == Some(batch);
    let rows: Vec<usize> = (0..table.len()).filter(is_own).collect();
    table.select(&rows)
}

fn totals(placed: &Table, changed: &Table) -> BTreeMap<Currency, Sum> {
    let mut totals: BTreeMap<Currency, Sum> = BTreeMap::new();
    for row in 0..placed.len() {
        let Some(currency) = placed.text(placements::CURRENCY, row).and_then(Currency::parse) else { continue };
        let sum = totals.entry(currency).or_default();
        sum.debts += 1;
        sum.placed += i128::from(placed.money(placements::AMOUNT_PLACED, row).unwrap_or(0));
    }
    for row in 0..changed.len() {
        let Some(currency) = changed.text(placement_changes::CURRENCY, row).and_then(Currency::parse) else { continue };
        let sum = totals.entry(currency).or_default();
        sum.changes += 1;
        sum.changed += i128::from(changed.money(placement_changes::AMOUNT, row).unwrap_or(0));
    }
    totals
}

/// The ledger as it is when the batch is handed over: nobody is served with the address a debtor had yesterday.
struct Ledger<'a> {
    settings: &'a Settings,
    as_of: Date,
}

impl Ledger<'_> {
    /// The rows of a table that are wanted; without rows where the job has no such table.
    fn rows(&self, spec: &'static TableSpec, wanted: impl Fn(RowKeys<'_>) -> bool + Sync) -> Result<Table, Failure> {
        let Some(input) = of_ledger(spec, self.settings)? else { return Ok(Table::default()) };
        let mut parts = input.scatter(2, &|keys| usize::from(!wanted(keys)), None, &Quiet)?;
        Ok(std::mem::take(&mut parts[0]))
    }
}

fn debt_rows(placed: &Table, folder: &Path, ledger: &Ledger<'_>, with_proof: bool, invoices: &BTreeSet<Vec<u8>>) -> Result<Table, Failure> {
    let open = of_night(&open_items::SPEC, folder)?;
    let key = |table: &Table, (invoice, sequence): (usize, usize), row| {
        (table.text(invoice, row).unwrap_or_default().to_vec(), table.whole(sequence, row).unwrap_or(0))
    };
    let of_open: BTreeMap<(Vec<u8>, i64), usize> =
        (0..open.len()).map(|row| (key(&open, (open_items::INVOICE_ID, open_items::SEQUENCE), row), row)).collect();
    let totals = of_night(&penalty_totals::SPEC, folder)?;
    let mut accrued: BTreeMap<&[u8], i64> = (0..totals.len())
        .filter_map(|row| totals.text(penalty_totals::INVOICE_ID, row).zip(totals.money(penalty_totals::ACCRUED_TO_DATE, row)))
        .collect();
    let own = |keys: RowKeys<'_>| keys.invoice_id.is_some_and(|id| invoices.contains(id));
    let raw = if with_proof { ledger.rows(&contract::invoices::SPEC, own)? } else { Table::default() };
    let proofs: BTreeMap<&[u8], &[u8]> = (0..raw.len())
        .filter_map(|row| raw.text(contract::invoices::INVOICE_ID, row).zip(raw.text(contract::invoices::PROOF_REF, row)))
        .collect();
    let mut table = TableBuilder::new(&debts::SPEC);
    for row in 0..placed.len() {
        let text = |column| placed.text(column, row).unwrap_or_default();
        let invoice = text(placements::INVOICE_ID);
        for (to, from) in [(debts::BATCH, placements::BATCH), (debts::LINE, placements::LINE), (debts::SEQUENCE, placements::SEQUENCE)] {
            if let Some(number) = placed.whole(from, row) {
                table.whole(to, number);
            }
        }
        table.text(debts::CUSTOMER_ID, text(placements::CUSTOMER_ID));
        table.text(debts::INVOICE_ID, invoice);
        table.text(debts::CURRENCY, text(placements::CURRENCY));
        money(&mut table, debts::AMOUNT_PLACED, placed.money(placements::AMOUNT_PLACED, row));
        // Of an invoice in instalments once, with the first of them.
        money(&mut table, debts::PENALTIES, accrued.remove(invoice));
        if let Some(rate) = placed.number(placements::FEE_RATE, row) {
            table.number(debts::FEE_RATE, rate);
        }
        if let Some(open_row) = of_open.get(&key(placed, (placements::INVOICE_ID, placements::SEQUENCE), row)) {
            for (to, from) in [
                (debts::AMOUNT, open_items::AMOUNT),
                (debts::AMOUNT_PAID, open_items::AMOUNT_PAID),
                (debts::AMOUNT_CREDITED, open_items::AMOUNT_CREDITED),
            ] {
                money(&mut table, to, open.money(from, *open_row));
            }
            table.date(debts::ISSUE_DATE, open.date(open_items::ISSUE_DATE, *open_row));
            table.date(debts::DUE_DATE, open.date(open_items::DUE_DATE, *open_row));
            if let Some(days) = open.whole(open_items::DAYS_PAST_DUE, *open_row) {
                table.whole(debts::DAYS_PAST_DUE, days);
            }
        }
        table.text(debts::PROOF_REF, proofs.get(invoice).copied().unwrap_or_default());
        table.end_row();
    }
    Ok(table.finish())
}

fn money(table: &mut TableBuilder, column: usize, thousandths: Option<i64>) {
    if let Some(thousandths) = thousandths {
        table.thousandths(column, i128::from(thousandths));
    }
}

fn debtor_rows(ledger: &Ledger<'_>, people: &BTreeSet<Vec<u8>>) -> Result<Table, Failure> {
    use contract::customers;
    let raw = ledger.rows(&customers::SPEC, |keys| keys.customer_id.is_some_and(|id| people.contains(id)))?;
    let by_id: BTreeMap<&[u8], usize> =
        (0..raw.len()).rev().filter_map(|row| Some((raw.text(customers::CUSTOMER_ID, row)?, row))).collect();
    let mut table = TableBuilder::new(&debtors::SPEC);
    for id in people {
        table.text(debtors::CUSTOMER_ID, id);
        if let Some(row) = by_id.get(id.as_slice()) {
            for (to, from) in [
                (debtors::NAME, customers::NAME),
                (debtors::COUNTRY, customers::COUNTRY),
                (debtors::LANGUAGE, customers::LANGUAGE),
                (debtors::ADDRESS, customers::ADDRESS),
                (debtors::EMAIL, customers::EMAIL),
                (debtors::PHONE, customers::PHONE),
            ] {
                table.text(to, raw.text(from, *row).unwrap_or_default());
            }
            word(&mut table, debtors::CUSTOMER_TYPE, raw.choice(customers::CUSTOMER_TYPE, *row), CUSTOMER_TYPES);
        }
        table.end_row();
    }
    Ok(table.finish())
}

fn word(table: &mut TableBuilder, column: usize, choice: Option<u8>, words: &[&str]) {
    if let Some(word) = choice.and_then(|choice| words.get(usize::from(choice))) {
        table.text(column, word.as_bytes());
    }
}

fn document_rows(ledger: &Ledger<'_>, people: &BTreeSet<Vec<u8>>, invoices: &BTreeSet<Vec<u8>>) -> Result<Table, Failure> {
    use contract::{invoices as bills, payments};
    let of_people = |keys: RowKeys<'_>| keys.customer_id.is_some_and(|id| people.contains(id));
    let raw = ledger.rows(&bills::SPEC, of_people)?;
    let mut rows: Vec<Document<'_>> = Vec::new();
    for row in 0..raw.len() {
        let id = raw.text(bills::INVOICE_ID, row).unwrap_or_default();
        let original = raw.text(bills::ORIGINAL_INVOICE_ID, row).unwrap_or_default();
        let (kind, about) = if raw.money(bills::AMOUNT, row).unwrap_or(0) < 0 { ("credit_note", original) } else { ("invoice", id) };
        rows.push(Document {
            raw: &raw,
            row,
            kind,
            about,
            id,
            on: raw.date(bills::ISSUE_DATE, row),
            currency: bills::CURRENCY,
            amount: bills::AMOUNT,
            customer: bills::CUSTOMER_ID,
        });
    }
    let paid = ledger.rows(&payments::SPEC, |keys| keys.invoice_id.is_some_and(|id| invoices.contains(id)))?;
    // What the bank refused or has not booked yet paid nothing.
    let is_settled = |row: &usize| paid.choice(payments::STATUS, *row).is_none_or(|at| PAYMENT_STATUSES[usize::from(at)] == "settled");
    for row in (0..paid.len()).filter(is_settled) {
        let about = paid.text(payments::INVOICE_ID, row).unwrap_or_default();
        let id = paid.text(payments::PAYMENT_ID, row).unwrap_or_default();
        rows.push(Document {
            raw: &paid,
            row,
            kind: "payment",
            about,
            id,
            on: paid.date(payments::PAYMENT_DATE, row),
            currency: payments::CURRENCY,
            amount: payments::AMOUNT,
            customer: payments::CUSTOMER_ID,
        });
    }
    let owners: BTreeMap<&[u8], &[u8]> =
        (0..raw.len()).filter_map(|row| raw.text(bills::INVOICE_ID, row).zip(raw.text(bills::CUSTOMER_ID, row))).collect();
    let currencies: BTreeMap<&[u8], &[u8]> =
        (0..raw.len()).filter_map(|row| raw.text(bills::INVOICE_ID, row).zip(raw.text(bills::CURRENCY, row))).collect();
    rows.retain(|document| invoices.contains(document.about) && document.on.is_none_or(|on| on <= ledger.as_of));
    rows.sort_by_key(|document| (document.about, document.on, document.kind, document.id));
    // A ledger may have the same row twice, which counts once there.
    rows.dedup_by_key(|document| (document.about, document.on, document.kind, document.id));
    let reporting = ledger.settings.reporting_currency.code().as_bytes();
    let mut table = TableBuilder::new(&documents::SPEC);
    for Document { raw, row, kind, about, id, on, currency, amount, customer } in rows {
        let own = raw.text(customer, row).or_else(|| owners.get(about).copied());
        table.text(documents::CUSTOMER_ID, own.unwrap_or_default());
        table.text(documents::INVOICE_ID, about);
        table.text(documents::KIND, kind.as_bytes());
        table.text(documents::DOCUMENT_ID, id);
        table.date(documents::DATE, on);
        let currency = raw.text(currency, row).or_else(|| currencies.get(about).copied()).unwrap_or(reporting);
        table.text(documents::CURRENCY, currency);
        money(&mut table, documents::AMOUNT, raw.money(amount, row));
        table.end_row();
    }
    Ok(table.finish())
}

/// A row of the ledger that is a document about an invoice.
struct Document<'a> {
    raw: &'a Table,
    row: usize,
    kind: &'static str,
    about: &'a [u8],
    id: &'a [u8],
    on: Option<Date>,
    /// Columns of the table.
    currency: usize,
    amount: usize,
    customer: usize,
}

fn contact_rows(ledger: &Ledger<'_>, people: &BTreeSet<Vec<u8>>) -> Result<Table, Failure> {
    use contract::contacts as log;
    let raw = ledger.rows(&log::SPEC, |keys| keys.customer_id.is_some_and(|id| people.contains(id)))?;
    let is_ours = |row: &usize| {
        let direction = raw.choice(log::DIRECTION, *row).and_then(|at| CONTACT_DIRECTIONS.get(usize::from(at)));
        direction != Some(&"in") && raw.date(log::CONTACTED_ON, *row).is_some_and(|on| on <= ledger.as_of)
    };
    let mut rows: Vec<usize> = (0..raw.len()).filter(is_ours).collect();
    let key = |row: &mut usize| (raw.text(log::CUSTOMER_ID, *row), raw.date(log::CONTACTED_ON, *row), raw.text(log::CONTACT_ID, *row));
    rows.sort_by_key(|row| key(&mut row.clone()));
    rows.dedup_by_key(key);
    let mut table = TableBuilder::new(&contacts::SPEC);
    for row in rows {
        table.text(contacts::CUSTOMER_ID, raw.text(log::CUSTOMER_ID, row).unwrap_or_default());
        table.text(contacts::CONTACT_ID, raw.text(log::CONTACT_ID, row).unwrap_or_default());
        table.date(contacts::CONTACTED_ON, raw.date(log::CONTACTED_ON, row));
        word(&mut table, contacts::CHANNEL, raw.choice(log::CHANNEL, row), CONTACT_CHANNELS);
        word(&mut table, contacts::OUTCOME, raw.choice(log::OUTCOME, row), CONTACT_OUTCOMES);
        table.end_row();
    }
    Ok(table.finish())
}

impl Part {
    /// The table with the columns the agency is given, and no other.
    pub fn chosen(&self) -> Table {
        let columns: Vec<Column> = self.columns.iter().map(|column| self.table.columns[*column].clone()).collect();
        Table { columns, source_row: self.table.source_row.clone(), ..Table::default() }
    }

    /// Names of its columns.
    pub fn head(&self) -> Vec<String> {
        self.columns.iter().map(|column| self.spec.columns[*column].name.to_owned()).collect()
    }
}
