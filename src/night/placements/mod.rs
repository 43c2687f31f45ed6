//! Debts at collection agencies: what an agency has to be told of those it has, and which are ready to be handed over.
//!
//! A debt is an item: an invoice, or one instalment of it. From the night it is handed over until the agency gives it back nobody else
//! asks for it. What it was told last is remembered, so that each change is told once, whatever nights were missed; the changes add up
//! to the difference between what was handed over and what is left. Which agency takes what is ready is decided over the whole
//! portfolio, because agencies take so much and no more.

mod accounts;
mod ready;
mod standing;
mod vintages;

use std::collections::BTreeMap;

pub use ready::{Ready, Refusal, Taker, Terms};
pub use standing::{Change, ChangeKind};
pub use vintages::{Cohort, HORIZONS, Vintage};

use crate::base::contract::customers::{ADDRESS, EMAIL, NAME, PHONE};
use crate::base::hash::key_hash;
use crate::base::money::Currency;
use crate::base::table::Table;
use crate::night::documents::CustomerIx;
use crate::night::error::NightError;
use crate::night::escalation::Rulebook;
use crate::night::escalation::block::Stops;
use crate::night::facts::{FactTable, Subject};
use crate::night::memory::PlacementRecord;
use crate::night::normalise::reject::Finding;
use crate::night::proposals::HandOver;
use crate::rules::program::Cell;

/// The debts of a shard at agencies.
#[derive(Debug, Clone, Default)]
pub struct Placements {
    /// Debts that agencies have or had, as they stand tonight; in order of customer, invoice, instalment and night.
    pub records: Vec<PlacementRecord>,
    /// What agencies are to be told, in the order of the records.
    pub changes: Vec<Change>,
    /// Debtors with something to hand over, in order of debtor group and customer.
    pub ready: Vec<Ready>,
    /// What was to be handed over and cannot be, in order of customer and item.
    pub refusals: Vec<Refusal>,
    /// What each agency has, before anything is handed over tonight.
    pub loads: BTreeMap<String, Load>,
    /// Rows of `agency_accounts`, in order of agency and invoice.
    pub accounts: Table,
    /// What agencies recover, by month of the hand-over.
    pub vintages: BTreeMap<Cohort, Vintage>,
    pub findings: Vec<Finding>,
    /// What was left the night before of what agencies had then, and what is left of that tonight, by currency; minor units.
    pub opening: BTreeMap<Currency, i128>,
    pub closing: BTreeMap<Currency, i128>,
    /// Who has debts of the groups of [`Placements::ready`] already, by group.
    pub homes: BTreeMap<Vec<u8>, String>,
}

/// How much an agency has at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    pub debtors: u32,
    /// What is left of the debts, minor units of the reporting currency.
    pub amount: Cell,
}

/// Works out the debts of a shard at agencies, and stops what else would be done tonight about those that are ready to be handed over.
///
/// # Errors
/// [`NightError::NoExchangeRate`] for a currency without a rate.
pub fn placements(
    subject: &Subject<'_>,
    facts: &FactTable,
    rulebook: &Rulebook<'_>,
    stops: &mut [Stops],
    to_hand_over: &[HandOver],
) -> Result<Placements, NightError> {
    let has_agencies = rulebook.program.routes.agencies().next().is_some();
    if subject.memory.placements.is_empty() && !has_agencies {
        return Ok(Placements::default());
    }
    let mut placements = Placements::default();
    standing::bring_up(subject, facts, rulebook, stops, &mut placements);
    placements.loads = standing::loads(subject, &placements.records)?;
    placements.vintages = vintages::vintages(subject, &placements.records);
    let (accounts, mut differences) = accounts::accounts(subject, &placements.records, has_agencies);
    placements.accounts = accounts;
    placements.findings.append(&mut differences);
    if has_agencies {
        ready::find(subject, facts, rulebook, stops, to_hand_over, &mut placements)?;
    }
    Ok(placements)
}

/// What an agency is told of a debtor, as a hash: another one means that it has to hear of it.
fn debtor_print(subject: &Subject<'_>, customer: CustomerIx) -> String {
    let Some(row) = subject.documents.customers[customer as usize].row.map(|row| row as usize) else { return String::new() };
    let mut key = Vec::new();
    for column in [NAME, ADDRESS, EMAIL, PHONE] {
        let text = subject.shard.customers.text(column, row).unwrap_or_default();
        // The length first, so that no two different lists of texts have the same bytes.
        key.extend_from_slice(&text.len().to_le_bytes());
        key.extend_from_slice(text);
    }
    format!("{:016x}", key_hash(&key))
}
