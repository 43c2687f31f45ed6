//! From raw rows to accepted documents. Every row ends in one of three ways: used, ignored for a stated reason, or refused with one.
//!
//! Invoices go first in every shard, because the other tables name them: [`invoices::judge`] decides the fate of each invoice row,
//! the [`Directory`] then answers for all shards what became of an invoice, and [`documents`] reads the rest.

pub mod claims;
pub mod collectors;
mod customer_ids;
pub mod customers;
pub mod documents;
pub mod exchange_rates;
pub mod id_order;
pub mod invoices;
mod join;
pub mod judge;
pub mod key_table;
pub mod payments;
pub mod reject;
pub mod rows;
pub mod set_aside;
pub mod targets;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::base::contract::{self, TableSpec};
use crate::base::date::Date;
use crate::base::money::Currency;
use crate::base::table::Table;

/// Raw rows of one shard: everything of the customers in it.
#[derive(Debug, Clone, Default)]
pub struct Shard {
    pub customers: Table,
    /// Shared, because the invoices of every shard can be named from every other.
    pub invoices: Arc<Table>,
    /// Rows of the invoices whose due date was worked out from their terms, ascending.
    pub due_from_terms: Vec<u32>,
    pub installments: Table,
    pub payments: Table,
    pub disputes: Table,
    pub deductions: Table,
    pub promises: Table,
    pub holds: Table,
    pub waivers: Table,
    pub overrides: Table,
    pub decisions: Table,
    pub contacts: Table,
    pub agency_events: Table,
    pub legal_events: Table,
    pub payables: Table,
    pub deliveries: Table,
    pub usage: Table,
    /// Yesterday's state.
    pub state: Table,
    /// More of it: the penalties told, where they are kept apart.
    pub told: Table,
    /// The state of an earlier night that tonight is compared with, where there is one.
    pub earlier: Option<Table>,
}

impl Shard {
    /// The shard of the tables that `of` has for each of the contract, with nothing told before.
    pub fn of(mut of: impl FnMut(&'static TableSpec) -> Table) -> Shard {
        Shard {
            customers: of(&contract::customers::SPEC),
            invoices: of(&contract::invoices::SPEC).into(),
            due_from_terms: Vec::new(),
            installments: of(&contract::installments::SPEC),
            payments: of(&contract::payments::SPEC),
            disputes: of(&contract::disputes::SPEC),
            deductions: of(&contract::deductions::SPEC),
            promises: of(&contract::promises::SPEC),
            holds: of(&contract::holds::SPEC),
            waivers: of(&contract::waivers::SPEC),
            overrides: of(&contract::overrides::SPEC),
            decisions: of(&contract::decisions::SPEC),
            contacts: of(&contract::contacts::SPEC),
            agency_events: of(&contract::agency_events::SPEC),
            legal_events: of(&contract::legal_events::SPEC),
            payables: of(&contract::payables::SPEC),
            deliveries: of(&contract::deliveries::SPEC),
            usage: of(&contract::usage::SPEC),
            state: of(&contract::state::SPEC),
            told: Table::default(),
            earlier: None,
        }
    }
}

/// What became of an input row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Used,
    /// Dated after `as_of`, or the spare copy of an identical row.
    Ignored,
    Refused,
}

/// Rows of one table by their fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub used: u64,
    pub ignored: u64,
    pub rejected: u64,
}

impl Count {
    /// Counts one row.
    pub fn add(&mut self, fate: Fate) {
        match fate {
            Fate::Used => self.used += 1,
            Fate::Ignored => self.ignored += 1,
            Fate::Refused => self.rejected += 1,
        }
    }

    /// Adds the counts of another shard.
    pub fn merge(&mut self, other: Count) {
        self.used += other.used;
        self.ignored += other.ignored;
        self.rejected += other.rejected;
    }
}

/// Rows of one table whose key another row has too, by `source_row`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// Rows refused, ascending.
    pub refused: Vec<u32>,
    /// Spare copies of identical rows, ascending: ignored under `duplicates: keep_identical`.
    pub spare: Vec<u32>,
}

impl Duplicates {
    /// Whether the row is refused for its key.
    pub fn refuses(&self, source_row: u32) -> bool {
        !self.refused.is_empty() && self.refused.binary_search(&source_row).is_ok()
    }

    /// Whether the row is a spare copy.
    pub fn spares(&self, source_row: u32) -> bool {
        !self.spare.is_empty() && self.spare.binary_search(&source_row).is_ok()
    }
}

/// Duplicates of every table with a unique key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllDuplicates {
    pub customers: Duplicates,
    pub invoices: Duplicates,
    pub installments: Duplicates,
    pub payments: Duplicates,
    pub disputes: Duplicates,
    pub deductions: Duplicates,
    pub promises: Duplicates,
    pub holds: Duplicates,
    pub waivers: Duplicates,
    pub overrides: Duplicates,
    pub decisions: Duplicates,
    pub contacts: Duplicates,
    pub agency_events: Duplicates,
    pub legal_events: Duplicates,
    pub payables: Duplicates,
    pub deliveries: Duplicates,
    pub usage: Duplicates,
}

/// What intake needs to know about the night.
#[derive(Debug, Clone, Copy)]
pub struct Intake<'a> {
    pub as_of: Date,
    pub reporting_currency: Currency,
    pub duplicates: &'a AllDuplicates,
    /// There is a table of customers, so one it does not have is worth a word.
    pub has_customers: bool,
}

/// An invoice row as other rows see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    pub fate: Fate,
    /// Only for an accepted row.
    pub currency: Option<Currency>,
    pub is_credit_note: bool,
    pub customer_id: &'a [u8],
}

/// Answers for the whole portfolio what an invoice id names. An accepted row is preferred to an ignored one, that to a refused one.
pub trait Directory: Sync {
    /// The invoice row with this id, in any shard.
    fn find(&self, invoice_id: &[u8]) -> Option<Named<'_>>;
}
