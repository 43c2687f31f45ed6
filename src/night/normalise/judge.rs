//! The questions every table after the invoices asks of its rows: does it exist yet, is it well formed, which invoice does it name?

use crate::base::contract::{TableSpec, invoices};
use crate::base::hash::key_hash;
use crate::base::money::Currency;
use crate::base::table::Table;
use crate::night::normalise::invoices::{Judged, is_credit_note};
use crate::night::normalise::key_table::KeyTable;
use crate::night::normalise::reject::{self, Finding, Form, Problem, Reason, Reject};
use crate::night::normalise::{Count, Directory, Duplicates, Fate, Intake};

/// What an invoice id turns out to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// An accepted invoice of this shard: its raw row.
    Invoice {
        row: u32,
        currency: Currency,
        customer_id: &'a [u8],
    },
    /// An accepted invoice of a customer in another shard.
    Elsewhere {
        currency: Currency,
    },
    CreditNote {
        currency: Currency,
        customer_id: &'a [u8],
    },
    /// An invoice dated after `as_of`.
    NotYet,
    Unknown,
}

impl Target<'_> {
    /// The currency of the accepted document it names.
    pub fn currency(&self) -> Option<Currency> {
        match self {
            Target::Invoice { currency, .. } | Target::Elsewhere { currency } | Target::CreditNote { currency, .. } => Some(*currency),
            Target::NotYet | Target::Unknown => None,
        }
    }
}

/// Finds invoices by id: in this shard first, then through the directory.
pub struct InvoiceIndex<'a> {
    table: &'a Table,
    judged: &'a Judged,
    accepted: KeyTable,
    directory: &'a dyn Directory,
}

impl<'a> InvoiceIndex<'a> {
    /// Enters the accepted rows of the shard.
    pub fn new(table: &'a Table, judged: &'a Judged, directory: &'a dyn Directory) -> InvoiceIndex<'a> {
        let mut accepted = KeyTable::with_capacity(table.len());
        for (row, source) in (0_u32..).zip(&judged.fates) {
            if *source == Fate::Used {
                accepted.insert(table.key_hash[row as usize], row, |row| table.key_hash[row as usize]);
            }
        }
        InvoiceIndex { table, judged, accepted, directory }
    }

    /// What the id names.
    pub fn find(&self, invoice_id: &[u8]) -> Target<'a> {
        let is_same = |row: u32| self.table.text(invoices::INVOICE_ID, row as usize) == Some(invoice_id);
        match self.accepted.find(key_hash(invoice_id), is_same) {
            Some(row) => self.local(row),
            None => self.remote(invoice_id),
        }
    }

    fn local(&self, row: u32) -> Target<'a> {
        let at = row as usize;
        let currency = self.judged.currencies[at];
        let customer_id = self.table.text(invoices::CUSTOMER_ID, at).unwrap_or_default();
        if is_credit_note(self.table, at) {
            Target::CreditNote { currency, customer_id }
        } else {
            Target::Invoice { row, currency, customer_id }
        }
    }

    fn remote(&self, invoice_id: &[u8]) -> Target<'a> {
        match self.directory.find(invoice_id) {
            Some(named) => match (named.fate, named.currency) {
                (Fate::Used, Some(currency)) if named.is_credit_note => Target::CreditNote { currency, customer_id: named.customer_id },
                (Fate::Used, Some(currency)) => Target::Elsewhere { currency },
                (Fate::Ignored, _) => Target::NotYet,
                _ => Target::Unknown,
            },
            None => Target::Unknown,
        }
    }
}

/// Goes through the rows of one table and keeps what is said about them.
pub struct Judge<'a> {
    pub spec: &'static TableSpec,
    pub table: &'a Table,
    pub intake: &'a Intake<'a>,
    pub duplicates: &'a Duplicates,
    pub form: Form<'a>,
    pub count: Count,
}

impl<'a> Judge<'a> {
    /// A judge of one table of the shard.
    pub fn new(spec: &'static TableSpec, table: &'a Table, intake: &'a Intake<'a>, duplicates: &'a Duplicates) -> Judge<'a> {
        Judge { spec, table, intake, duplicates, form: Form::of(spec, table), count: Count::default() }
    }

    /// Runs `examine` over all rows: `Ok(Some)` is used, `Ok(None)` ignored, `Err` refused.
    pub fn run<T>(
        &mut self,
        rejects: &mut Vec<Reject>,
        mut examine: impl FnMut(&Judge<'a>, usize) -> Result<Option<T>, Problem>,
    ) -> Vec<T> {
        let mut used = Vec::with_capacity(self.table.len());
        for row in 0..self.table.len() {
            match examine(self, row) {
                Ok(Some(document)) => {
                    self.count.add(Fate::Used);
                    used.push(document);
                }
                Ok(None) => self.count.add(Fate::Ignored),
                Err(problem) => {
                    self.count.add(Fate::Refused);
                    rejects.push(reject::reject(self.spec, self.table, row, problem));
                }
            }
        }
        used
    }

    /// Whether the row does not count tonight: dated after `as_of`, or the spare copy of another.
    pub fn is_ignored(&self, row: usize) -> bool {
        let dated_later = self.spec.own_date.and_then(|column| self.table.date(column, row)).is_some_and(|date| date > self.intake.as_of);
        dated_later || self.duplicates.spares(self.table.source_row[row])
    }

    /// The problems every table can have, up to an unknown enum value.
    ///
    /// # Errors
    /// The first problem in order of precedence.
    pub fn check_form(&self, row: usize) -> Result<(), Problem> {
        let is_duplicate = self.duplicates.refuses(self.table.source_row[row]);
        self.form.problem(row, is_duplicate).map_or(Ok(()), Err)
    }

    /// Whether every money cell of the row fits the currency.
    ///
    /// # Errors
    /// [`Reason::TooManyDecimals`].
    pub fn check_decimals(&self, row: usize, currency: Currency) -> Result<(), Problem> {
        self.form.decimals_problem(row, currency.thousandths()).map_or(Ok(()), Err)
    }

    /// The amount of a column, thousandths, where it must be above zero; `None` where it is missing.
    ///
    /// # Errors
    /// [`Reason::ZeroAmount`] and [`Reason::WrongSign`].
    pub fn positive(&self, column: usize, row: usize) -> Result<Option<i64>, Problem> {
        match self.table.money(column, row) {
            Some(0) => Err(Problem { reason: Reason::ZeroAmount, column, value: reject::thousandths_text(0) }),
            Some(amount) if amount < 0 => Err(Problem { reason: Reason::WrongSign, column, value: reject::thousandths_text(amount) }),
            amount => Ok(amount),
        }
    }

    /// A refusal naming the value of a text column.
    pub fn refuse(&self, reason: Reason, column: usize, row: usize) -> Problem {
        Problem { reason, column, value: reject::cell_text(self.table, column, row) }
    }

    /// A finding about a row.
    pub fn finding(&self, kind: &'static str, row: usize, message: String, amount: Option<i64>) -> Finding {
        Finding { kind, table: self.spec.name, key: reject::key_text(self.spec, self.table, row), message: message.into(), amount }
    }
}
