//! Columns of `customers` and `invoices`, those of the contract and extra ones, as cells of the type the dictionary gives them.

use crate::base::contract::{ColumnSpec, Kind, TableSpec, customers, invoices};
use crate::base::money::{Amount, Currency, divide_half_up};
use crate::base::table::{Column, Table};
use crate::night::facts::{Subject, day};
use crate::night::fx::NoRate;
use crate::rules::program::{Cell, Field, MISSING, TextPool, Type, Use};

/// What numbers are held in parts of.
const MILLION: i128 = 1_000_000;

/// A column of `customers`, one cell per debtor.
///
/// # Errors
/// [`NoRate`] for money in a currency without a rate.
pub fn of_customers(subject: &Subject<'_>, field: &Field, column: &str, pool: &mut TextPool) -> Result<Vec<Cell>, NoRate> {
    let table = &subject.shard.customers;
    let Some(at) = position(&customers::SPEC, &subject.extra.customers, column) else { return Ok(vec![MISSING; subject.debtors.len()]) };
    let reader = Reader { table, at, spec: customers::SPEC.columns.get(at), field };
    subject
        .debtors
        .iter()
        .map(|debtor| {
            let Some(row) = subject.documents.customers[debtor.customer as usize].row else { return Ok(MISSING) };
            let currency = || table.text(customers::CREDIT_LIMIT_CURRENCY, row as usize).and_then(Currency::parse);
            reader.cell(row as usize, || currency().unwrap_or(subject.rates.reporting()), subject, pool)
        })
        .collect()
}

/// A column of `invoices`, one cell per open item.
///
/// # Errors
/// [`NoRate`] for money in a currency without a rate.
pub fn of_items(subject: &Subject<'_>, field: &Field, column: &str, pool: &mut TextPool) -> Result<Vec<Cell>, NoRate> {
    let table = &subject.shard.invoices;
    let Some(at) = position(&invoices::SPEC, &subject.extra.invoices, column) else { return Ok(vec![MISSING; subject.open_items.len()]) };
    let reader = Reader { table, at, spec: invoices::SPEC.columns.get(at), field };
    subject
        .open_items
        .iter()
        .map(|item| {
            let item = &subject.ledger.items[*item as usize];
            let invoice = &subject.documents.invoices[item.invoice as usize];
            if at == invoices::DUE_DATE {
                return Ok(day(Some(item.due_date)));
            }
            reader.cell(invoice.row as usize, || invoice.currency, subject, pool)
        })
        .collect()
}

fn position(spec: &TableSpec, extra: &[String], column: &str) -> Option<usize> {
    spec.position(column).or_else(|| extra.iter().position(|name| name == column).map(|at| spec.columns.len() + at))
}

struct Reader<'a> {
    table: &'a Table,
    at: usize,
    /// `None` for an extra column.
    spec: Option<&'a ColumnSpec>,
    field: &'a Field,
}

impl Reader<'_> {
    fn cell(&self, row: usize, currency: impl FnOnce() -> Currency, subject: &Subject<'_>, pool: &mut TextPool) -> Result<Cell, NoRate> {
        let (table, at) = (self.table, self.at);
        let Some(column) = table.columns.get(at) else { return Ok(MISSING) };
        Ok(match column {
            Column::Text(_) => table.text(at, row).map_or(MISSING, |text| self.text(text, pool)),
            Column::Money(_) => match table.money(at, row) {
                Some(thousandths) => {
                    let currency = currency();
                    subject.rates.convert_amount(Amount(thousandths / currency.thousandths()), currency)?.0
                }
                None => MISSING,
            },
            // What an export calls a number, and the dictionary money: whole units, in the currency of the row.
            Column::Number(_) if self.field.ty == Type::Money => match table.number(at, row) {
                Some(millionths) => {
                    let currency = currency();
                    let minor = divide_half_up(i128::from(millionths) * i128::from(currency.unit()), MILLION);
                    subject.rates.convert_amount(Amount(i64::try_from(minor).unwrap_or(Amount::LIMIT)), currency)?.0
                }
                None => MISSING,
            },
            Column::Date(_) => day(table.date(at, row)),
            Column::Flag(_) => table.flag(at, row).map_or(MISSING, Cell::from),
            Column::Number(_) => table.number(at, row).map_or(MISSING, |millionths| self.number(millionths)),
            Column::Choice(_) => table.choice(at, row).map_or(MISSING, |choice| self.choice(choice)),
            Column::Absent | Column::Coded(_) | Column::Whole(_) | Column::Decimal(_) => MISSING,
        })
    }

    /// A text, or the position of a name where the dictionary gives an extra text column an enum type.
    fn text(&self, text: &[u8], pool: &mut TextPool) -> Cell {
        match &self.field.ty {
            Type::Enum(values) => values.iter().position(|value| value.as_bytes() == text).map_or(MISSING, position_cell),
            _ if self.field.used == Use::Presence => 0,
            _ => pool.code(&String::from_utf8_lossy(text)),
        }
    }

    fn number(&self, millionths: i64) -> Cell {
        match self.field.ty {
            Type::Days => millionths / 1_000_000,
            _ => millionths,
        }
    }

    fn choice(&self, choice: u8) -> Cell {
        let Some(ColumnSpec { kind: Kind::Choice(names), .. }) = self.spec else { return MISSING };
        let name = names[usize::from(choice)];
        match &self.field.ty {
            Type::Enum(values) => values.iter().position(|value| value == name).map_or(MISSING, position_cell),
            _ => MISSING,
        }
    }
}

fn position_cell(at: usize) -> Cell {
    Cell::try_from(at).unwrap_or(MISSING)
}
