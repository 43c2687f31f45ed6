//! Payment terms in the night: the due date where the ledger gives none, what disagrees with the terms or the law, cash discounts.
//!
//! A fact the ledger supplies is never recomputed: its due date and its discount hold, and a difference to the terms is told.

mod discounts;
mod due_dates;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::base::calendar::{Calendar, Roll};
use crate::base::date::Date;
use crate::base::terms::{EomMethod, LegalMaximum, Terms};
use crate::night::ledger::Ledger;
use crate::night::normalise::Shard;
use crate::night::normalise::documents::Documents;

pub use due_dates::work_out;

/// Where due dates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueDate {
    /// A row without one is refused.
    Ledger,
    /// A row without one gets that of its terms, and is refused where they give none.
    FromTerms,
}

/// What becomes of an earned discount until its credit note comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarnedDiscount {
    /// It stays in what is asked for.
    Keep,
    /// It is a pending deduction of kind discount: open, but not asked for.
    Deduct,
}

/// What a job says of payment terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub due_date: DueDate,
    /// How `eom(45)` is counted; `None` refuses it.
    pub eom_method: Option<EomMethod>,
    /// Where a due date goes that is no business day.
    pub roll: Roll,
    /// Terms of an invoice that has neither a due date nor terms.
    pub default: Option<Terms>,
    /// The ledger's own words for terms.
    pub codes: BTreeMap<String, Terms>,
    pub earned_discount: EarnedDiscount,
    /// What a payment may fall short of the discounted amount, in thousandths of a whole unit of its currency.
    pub discount_tolerance: i64,
    /// Longest terms of companies by their country; [`EVERY_COUNTRY`] for those without a row of their own.
    pub legal_maximum: BTreeMap<String, LegalMaximum>,
}

/// The row of [`Policy::legal_maximum`] for countries without one.
pub const EVERY_COUNTRY: &str = "all";

/// Payment terms as one night counts them.
#[derive(Debug, Clone, Copy)]
pub struct TermsBook<'a> {
    /// `None` where the job says nothing of terms: then nobody looks at the column.
    policy: Option<&'a Policy>,
    calendar: &'a Calendar,
}

impl<'a> TermsBook<'a> {
    /// What a job says of terms, with the calendar of its rules.
    pub fn new(policy: Option<&'a Policy>, calendar: &'a Calendar) -> TermsBook<'a> {
        TermsBook { policy, calendar }
    }

    /// Whether invoices without a due date get one.
    fn works_out(&self) -> bool {
        self.policy.is_some_and(|policy| policy.due_date == DueDate::FromTerms)
    }

    /// The due date under these terms, rolled; `None` where they need a receipt nobody recorded, or leave the range of days.
    fn due_date(&self, terms: &Terms, invoice_date: Date, received_on: Option<Date>) -> Option<Date> {
        let due = terms.due_date(invoice_date, received_on)?;
        let roll = self.policy.map_or(Roll::None, |policy| policy.roll);
        Some(self.calendar.roll(due, roll)).filter(|due| due.in_range())
    }
}

/// Looks at the terms of a shard once its ledger is replayed: adds what is odd to the findings, and earned discounts to the deductions
/// where the job asks for it.
pub fn apply(shard: &Shard, documents: &mut Documents<'_>, ledger: &Ledger, book: &TermsBook<'_>, as_of: Date) {
    due_dates::check(shard, documents, ledger, book);
    documents.findings.extend(due_dates::without(&shard.invoices, book, as_of));
    discounts::check(shard, documents, ledger, book);
}

/// Reads the texts of terms, each once.
struct TermsReader<'b> {
    policy: &'b Policy,
    known: BTreeMap<Vec<u8>, Result<Terms, String>>,
}

impl<'b> TermsReader<'b> {
    fn new(policy: &'b Policy) -> TermsReader<'b> {
        TermsReader { policy, known: BTreeMap::new() }
    }

    /// The terms a text means: one of the ledger's own words, or terms as they are written.
    fn read(&mut self, text: &[u8]) -> &Result<Terms, String> {
        if !self.known.contains_key(text) {
            let written = String::from_utf8_lossy(text);
            let meant = self.policy.codes.get(written.as_ref()).copied();
            let terms = meant.map_or_else(|| Terms::parse(&written, self.policy.eom_method), Ok);
            self.known.insert(text.to_vec(), terms);
        }
        &self.known[text]
    }
}
