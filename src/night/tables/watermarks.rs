//! What tomorrow must know of penalties: rows of the state that wait for no rank, held as columns until the others are there.

use std::ops::Range;

use crate::base::contract::values::STATE_RECORDS;
use crate::base::contract::{invoices, state};
use crate::base::money::Currency;
use crate::base::table::{Column, Table, Texts};
use crate::base::table_builder::{TableBuilder, thousandths};
use crate::base::vocabulary::Coded;
use crate::night::accruals::Accruals;
use crate::night::facts::Subject;

/// The penalty watermarks of a shard, in order of customer and invoice: one for every invoice that ever was late.
#[derive(Debug, Clone, Default)]
pub struct Watermarks {
    /// Those that have any.
    customer_ids: Texts,
    /// Where the rows of each of them end.
    ends: Vec<usize>,
    /// Rows of the state without their customers.
    rows: Table,
}

impl Watermarks {
    /// The watermarks that were worked out.
    pub fn of(subject: &Subject<'_>, accruals: &Accruals) -> Watermarks {
        let count = accruals.watermarks.len();
        let mut marks = Watermarks::default();
        let (mut invoice_ids, mut currencies) = (Texts::default(), Coded::default());
        let (mut amounts, mut finals) = (Vec::with_capacity(count), Vec::with_capacity(count));
        invoice_ids.reserve(count, 0);
        currencies.codes.reserve(count);
        let mut last = None;
        for (row, (at, amount, is_final)) in accruals.watermarks.iter().enumerate() {
            let invoice = &subject.documents.invoices[*at as usize];
            if last.replace(invoice.customer) != Some(invoice.customer) {
                marks.customer_ids.push(subject.documents.customer_ids[invoice.customer as usize]);
                marks.ends.push(row);
            }
            marks.ends.last_mut().into_iter().for_each(|end| *end = row + 1);
            invoice_ids.push(subject.shard.invoices.text(invoices::INVOICE_ID, invoice.row as usize).unwrap_or_default());
            currencies.push(invoice.currency.code().as_bytes());
            amounts.push(thousandths(*amount, invoice.currency));
            finals.push(i8::from(*is_final));
        }
        let record = STATE_RECORDS.iter().position(|record| *record == "penalty").and_then(|at| u8::try_from(at).ok()).unwrap_or_default();
        let mut columns = vec![Column::Absent; state::WIDTH];
        columns[state::RECORD] = Column::Choice(vec![record; count]);
        columns[state::INVOICE_ID] = Column::Text(invoice_ids);
        columns[state::CURRENCY] = Column::Coded(currencies);
        columns[state::AMOUNT] = Column::Money(amounts);
        columns[state::FINAL] = Column::Flag(finals);
        marks.rows = Table { columns, ..Table::default() };
        marks
    }

    /// How many customers have any.
    pub fn customers(&self) -> usize {
        self.ends.len()
    }

    /// The id of one of them.
    pub fn customer(&self, at: usize) -> &[u8] {
        self.customer_ids.get(at)
    }

    /// The rows of one of them.
    pub fn rows_of(&self, at: usize) -> Range<usize> {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[at]
    }

    /// Those of some rows, all of one customer, that come before an invoice.
    pub fn before(&self, rows: Range<usize>, invoice: &[u8]) -> Range<usize> {
        let is_before = |row: &usize| self.rows.text(state::INVOICE_ID, *row).unwrap_or_default() < invoice;
        rows.start..rows.start + rows.take_while(is_before).count()
    }

    /// What has accrued by one row, in minor units; `None` where it is in no currency.
    pub fn accrued(&self, row: usize) -> Option<(Currency, i64)> {
        let currency = self.rows.text(state::CURRENCY, row).and_then(Currency::parse)?;
        self.rows.money(state::AMOUNT, row).map(|thousandths| (currency, thousandths / currency.thousandths()))
    }

    /// Adds rows of one customer to the state.
    pub fn append_to(&self, table: &mut TableBuilder, rows: Range<usize>, customer: &[u8]) {
        table.append(&self.rows, rows, state::CUSTOMER_ID, customer);
    }
}
