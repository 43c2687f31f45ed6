//! A portfolio of one shard from text, for tests: one line per row, read as a night reads it.
//!
//! A row is its table's name and its cells: `payments: payment_id=P-1; amount=10.00; …`. Cells not named are missing. A cell that
//! its column cannot hold becomes a defect, as the scan of a file makes one. Expectations are lines of text as well.

use crate::base::contract::{Kind, TableSpec};
use crate::base::date::Date;
use crate::base::hash::key_hash;
use crate::base::money::Currency;
use crate::base::table::{CellDefect, Defect, Table};
use crate::base::table_builder::TableBuilder;
use crate::night::normalise::customers::{self as customer_rows, Groups};
use crate::night::normalise::documents::{self, Documents};
use crate::night::normalise::invoices as invoice_rows;
use crate::night::normalise::reject::Reject;
use crate::night::normalise::{AllDuplicates, Count, Fate, Intake, Shard};
use crate::run::directory::{InvoiceDirectory, invoice_index};
use std::collections::BTreeSet;

pub fn day(text: &str) -> Date {
    Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
}

/// Cells of a row: column and value.
type Cells<'a> = Vec<(&'a str, &'a str)>;

/// A shard from its rows, one a line; empty lines count for nothing.
pub fn shard(rows: &str) -> Shard {
    let lines: Vec<(&str, Cells<'_>)> = rows.lines().filter(|line| !line.trim().is_empty()).map(row).collect();
    let of = |spec: &TableSpec| table(spec, lines.iter().filter(|(name, _)| *name == spec.name).map(|(_, cells)| cells));
    Shard::of(of)
}

fn row(line: &str) -> (&str, Cells<'_>) {
    let (table, cells) = line.trim_start().split_once(": ").unwrap_or_else(|| panic!("no table: {line}"));
    (table, cells.split("; ").map(|cell| cell.split_once('=').unwrap_or_else(|| panic!("no value: {cell}"))).collect())
}

fn table<'a>(spec: &TableSpec, rows: impl Iterator<Item = &'a Cells<'a>>) -> Table {
    let mut builder = TableBuilder::new(spec);
    let mut defects = Vec::new();
    for cells in rows {
        for (name, value) in cells {
            let column = spec.position(name).unwrap_or_else(|| panic!("{} has no {name}", spec.name));
            if let Err(kind) = cell(&mut builder, column, spec.columns[column].kind, value) {
                let row = u32::try_from(builder.len()).expect("few rows");
                defects.push(Defect { row, column: u16::try_from(column).expect("few columns"), kind, value: (*value).to_owned() });
            }
        }
        builder.end_row();
    }
    let mut table = builder.finish();
    table.defects = defects;
    if let Some(key) = spec.key.first() {
        table.key_hash = (0..table.len()).map(|row| key_hash(table.text(*key, row).unwrap_or_default())).collect();
    }
    table
}

fn cell(builder: &mut TableBuilder, column: usize, kind: Kind, value: &str) -> Result<(), CellDefect> {
    match kind {
        Kind::Text => builder.text(column, value.as_bytes()),
        Kind::Money => builder.thousandths(column, i128::from(decimal(value, 3)?)),
        Kind::Number => builder.number(column, decimal(value, 6)?),
        Kind::ExchangeRate => builder.number(column, decimal(value, 12)?),
        Kind::Date => builder.date(column, Some(Date::parse(value).ok_or(CellDefect::Unreadable)?)),
        Kind::Flag => builder.flag(column, value.parse().map_err(|_| CellDefect::Unreadable)?),
        Kind::Choice(names) if names.contains(&value) => builder.text(column, value.as_bytes()),
        Kind::Choice(_) => return Err(CellDefect::UnknownValue),
        Kind::Whole | Kind::Decimal => panic!("no input has a column of this kind"),
    }
    Ok(())
}

/// A decimal in units of its last digit.
fn decimal(text: &str, digits: usize) -> Result<i64, CellDefect> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let used = fraction.trim_end_matches('0');
    let digits_only = format!("{whole}{used:0<digits$}").parse().map_err(|_| CellDefect::Unreadable)?;
    if used.len() > digits { Err(CellDefect::TooManyDecimals) } else { Ok(digits_only) }
}

/// What a night makes of a shard.
pub struct Read<'a> {
    pub shard: &'a Shard,
    pub documents: Documents<'a>,
    /// Of all tables.
    pub rejects: Vec<Reject>,
    /// Of all tables.
    pub counts: Vec<(&'static str, Count)>,
}

/// Reads a shard as the only one of a portfolio whose reporting currency is the euro.
pub fn read<R>(mut shard: Shard, as_of: Date, duplicates: &AllDuplicates, look: impl FnOnce(Read<'_>) -> R) -> R {
    let intake = Intake { as_of, reporting_currency: Currency::parse(b"EUR").expect("a currency"), duplicates, has_customers: true };
    let customers = customer_rows::judge(&shard.customers, &intake);
    let groups = Groups::of([(&shard.customers, &customers.fates[..])].into_iter());
    let accepted: Vec<usize> = (0..shard.customers.len()).filter(|row| customers.fates[*row] == Fate::Used).collect();
    shard.customers = shard.customers.select(&accepted);
    let mut judged = invoice_rows::judge(&shard.invoices, &intake);
    let index = invoice_index(&[&shard.invoices]);
    let currencies = {
        let directory = InvoiceDirectory::new(std::slice::from_ref(&shard.invoices), std::slice::from_ref(&judged), &index);
        invoice_rows::named_currencies(&shard.invoices, &judged, &intake, &directory)
    };
    invoice_rows::settle(&shard.invoices, &mut judged, &currencies);
    let directory = InvoiceDirectory::new(std::slice::from_ref(&shard.invoices), std::slice::from_ref(&judged), &index);
    let documents = documents::read(&shard, &judged, &groups, &directory, &intake);
    let rejects = customers.rejects.iter().chain(&judged.rejects).chain(&documents.rejects).cloned().collect();
    let counts = [("customers", customers.count), ("invoices", judged.count)].into_iter().chain(documents.counts.clone()).collect();
    look(Read { shard: &shard, documents, rejects, counts })
}

/// Compares lines by their first word. Kinds in `always` must be listed completely; of the others, each kind that the expectation
/// names. `NO KIND` says that there is none.
pub fn agree(case: &str, expected: &str, actual: &[String], always: &[&str]) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let named = expected.iter().map(|line| kind(line.strip_prefix("NO ").unwrap_or(line)));
    let kinds: BTreeSet<&str> = named.chain(always.iter().copied()).collect();
    let mut expected: Vec<&str> = expected.iter().filter(|line| !line.starts_with("NO ")).copied().collect();
    let mut actual: Vec<&str> = actual.iter().map(String::as_str).filter(|line| kinds.contains(kind(line))).collect();
    expected.sort_unstable();
    actual.sort_unstable();
    assert_eq!(actual, expected, "{case}: found on the left, expected on the right");
}

fn kind(line: &str) -> &str {
    line.split(' ').next().unwrap_or_default()
}
