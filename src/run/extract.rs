//! The rows of one customer out of a portfolio: what a test of rules is made of.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::contract::{TableSpec, invoices};
use crate::base::date::Date;
use crate::base::table::Table;
use crate::error::Failure;
use crate::io::publish;
use crate::night::facts::ExtraColumns;
use crate::night::normalise::Shard;
use crate::night::normalise::exchange_rates::RateRow;
use crate::rules::program::Program;
use crate::run::intake::Reading;
use crate::run::progress::{Reporter, Silent};
use crate::settings::Settings;

/// One customer's part of a portfolio.
#[derive(Debug)]
pub struct Extract {
    /// Rows that name the customer, or an invoice of its own, with those of the night before.
    pub shard: Shard,
    pub rates: Vec<RateRow>,
    /// Names of the extra columns behind the contract's.
    pub extra: ExtraColumns,
    pub has_contact_log: bool,
}

/// Reads a job's portfolio as a night would and keeps one customer; `None` where no row names it.
///
/// # Errors
/// What a missing, damaged or misfitting file is told as.
pub fn extract(settings: &Settings, program: &Program, as_of: Date, customer: &str) -> Result<Option<Extract>, Failure> {
    let extra = ExtraColumns::of(program);
    let state = publish::latest_before(&settings.places.out, as_of).map(|(_, folder)| folder);
    let reporter = Silent;
    let reading = Reading { settings, extra: &extra, program, as_of, state: state.as_deref(), earlier: None, progress: reporter.rows() };
    let mut portfolio = reading.portfolio(Arc::new(reading.inputs()?))?;
    let home = portfolio.groups.shard(customer.as_bytes());
    let Some(shard) = portfolio.shards.get_mut(home).map(std::mem::take) else { return Ok(None) };
    let own = own_rows(&shard, customer.as_bytes());
    let has_contact_log = portfolio.inputs.contains_key("contacts");
    let known = !own.customers.is_empty() || !own.invoices.is_empty();
    Ok(known.then_some(Extract { shard: own, rates: portfolio.rates, extra, has_contact_log }))
}

fn own_rows(shard: &Shard, customer: &[u8]) -> Shard {
    use crate::base::contract as of;
    fn named(table: &Table, column: Option<usize>, row: usize) -> Option<&[u8]> {
        column.and_then(|column| table.text(column, row))
    }
    let invoices: BTreeSet<&[u8]> = (0..shard.invoices.len())
        .filter(|row| shard.invoices.text(invoices::CUSTOMER_ID, *row) == Some(customer))
        .filter_map(|row| shard.invoices.text(invoices::INVOICE_ID, row))
        .collect();
    let keep = |spec: &TableSpec, table: &Table| {
        let (by_customer, by_invoice) = (spec.position("customer_id"), spec.position("invoice_id"));
        let is_own = |row: &usize| match named(table, by_customer, *row) {
            Some(id) => id == customer,
            None => named(table, by_invoice, *row).is_some_and(|id| invoices.contains(id)),
        };
        table.select(&(0..table.len()).filter(is_own).collect::<Vec<_>>())
    };
    let mut state = keep(&of::state::SPEC, &shard.state);
    state.append(&keep(&of::state::SPEC, &shard.told));
    Shard {
        customers: keep(&of::customers::SPEC, &shard.customers),
        invoices: Arc::new(keep(&invoices::SPEC, &shard.invoices)),
        due_from_terms: Vec::new(),
        installments: keep(&of::installments::SPEC, &shard.installments),
        payments: keep(&of::payments::SPEC, &shard.payments),
        disputes: keep(&of::disputes::SPEC, &shard.disputes),
        deductions: keep(&of::deductions::SPEC, &shard.deductions),
        promises: keep(&of::promises::SPEC, &shard.promises),
        holds: keep(&of::holds::SPEC, &shard.holds),
        waivers: keep(&of::waivers::SPEC, &shard.waivers),
        overrides: keep(&of::overrides::SPEC, &shard.overrides),
        decisions: keep(&of::decisions::SPEC, &shard.decisions),
        contacts: keep(&of::contacts::SPEC, &shard.contacts),
        agency_events: keep(&of::agency_events::SPEC, &shard.agency_events),
        legal_events: keep(&of::legal_events::SPEC, &shard.legal_events),
        payables: keep(&of::payables::SPEC, &shard.payables),
        deliveries: keep(&of::deliveries::SPEC, &shard.deliveries),
        usage: keep(&of::usage::SPEC, &shard.usage),
        state,
        told: Table::default(),
        earlier: None,
    }
}
