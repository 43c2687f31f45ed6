//! One night of a few customers in memory, along the path of every night: what a test of rules runs.
//!
//! The rows are judged, replayed and evaluated by the same functions as a portfolio's; only reading and writing files is left out,
//! and the ranks, which need the whole portfolio: a queue is as full as [`Rows::ahead_in_queue`] says.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::date::Date;
use crate::base::table::Table;
use crate::error::Failure;
use crate::night::escalation::action::Status;
use crate::night::evaluate::{Evaluated, Watch};
use crate::night::facts::ExtraColumns;
use crate::night::matchers::Matchers;
use crate::night::normalise::customers::{self as customer_rows, Groups};
use crate::night::normalise::exchange_rates;
use crate::night::normalise::invoices as invoice_rows;
use crate::night::normalise::reject::{Finding, Reject};
use crate::night::normalise::set_aside::SetAside;
use crate::night::normalise::{AllDuplicates, Duplicates, Fate, Intake, Shard};
use crate::night::tables::action::ActionNote;
use crate::night::tables::finish::{self, Place};
use crate::night::terms::{self, TermsBook};
use crate::rules::program::{Cell, Program};
use crate::run::Room;
use crate::run::directory::{InvoiceDirectory, invoice_index};
use crate::run::prepared::Prepared;
use crate::settings::Settings;

/// What a night in memory reads.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// Rows of a few customers; `state` is what the night before left.
    pub shard: Shard,
    pub fx: Table,
    pub has_contact_log: bool,
    /// Whether there was a night before.
    pub has_state: bool,
    /// Actions of others that stand in the queue before those of these customers, and take its capacity.
    pub ahead_in_queue: u32,
}

/// What a night in memory leaves.
#[derive(Debug)]
pub struct Rehearsed {
    /// With all columns, as they would be published.
    pub evaluated: Evaluated,
    /// What the next night reads.
    pub state: Table,
    /// Rows that were refused.
    pub rejects: Vec<Reject>,
    pub findings: Vec<Finding>,
}

/// Works out one night of a few customers. `matchers` are those of the conditions of the rules on that day.
///
/// # Errors
/// What would end a night: see [`crate::run::run`].
pub fn rehearse(
    mut rows: Rows,
    program: &Program,
    matchers: Arc<Matchers>,
    settings: &Settings,
    as_of: Date,
    watch: &mut dyn Watch,
) -> Result<Rehearsed, Failure> {
    let duplicates = AllDuplicates::default();
    let intake = Intake { as_of, reporting_currency: settings.reporting_currency, duplicates: &duplicates, has_customers: true };
    let shard = &mut rows.shard;
    customer_rows::spell_countries(&mut shard.customers);
    let customers = customer_rows::judge(&shard.customers, &intake);
    let groups = Groups::joined(&[(&shard.customers, &customers.fates[..])], &program.shared_keys());
    let accepted: Vec<usize> = (0..shard.customers.len()).filter(|row| customers.fates[*row] == Fate::Used).collect();
    shard.customers = shard.customers.select(&accepted);
    let mut aside = SetAside::of_customers(&mut shard.customers);
    let book = TermsBook::new(settings.terms.as_ref(), &program.calendar);
    shard.due_from_terms = terms::work_out(Arc::make_mut(&mut shard.invoices), &book);
    let index = invoice_index(&[&shard.invoices]);
    let tables = [shard.invoices.clone()];
    let mut judged = invoice_rows::judge(&shard.invoices, &intake);
    let currencies = {
        let directory = InvoiceDirectory::new(&tables, std::slice::from_ref(&judged), &index);
        invoice_rows::named_currencies(&shard.invoices, &judged, &intake, &directory)
    };
    invoice_rows::settle(&shard.invoices, &mut judged, &currencies);
    aside.merge(SetAside::of_invoices(Arc::make_mut(&mut shard.invoices), &judged.fates));
    let directory = InvoiceDirectory::new(&tables, std::slice::from_ref(&judged), &index);
    let exchange = exchange_rates::judge(&rows.fx, &intake, &Duplicates::default());
    let extra = ExtraColumns::of(program);
    let prepared = Prepared::with_matchers(settings, program, &extra, as_of, &exchange.rows, rows.has_contact_log, matchers);
    let night = prepared.night();
    let room = Room {
        directory: &directory,
        groups: &groups,
        intake: &intake,
        night: &night,
        unallocated: settings.unallocated,
        has_state: rows.has_state,
        tallies_customers: false,
    };
    let (mut evaluated, control) = room.work_out(&rows.shard, &judged, watch)?;
    let places = places(&evaluated, program, rows.ahead_in_queue);
    let state = finish::finish(&mut evaluated, &places, &[], program, as_of);
    let mut findings = std::mem::take(&mut evaluated.findings);
    findings.extend(aside.findings());
    let rejects =
        customers.rejects.into_iter().chain(judged.rejects.iter().cloned()).chain(control.rejects).chain(exchange.rejects).collect();
    Ok(Rehearsed { evaluated, state, rejects, findings })
}

/// Which actions find no place left in their queue or channel, where so many others of each were served before.
fn places(evaluated: &Evaluated, program: &Program, ahead: u32) -> Vec<Place> {
    let mut taken: BTreeMap<(usize, Cell), u32> = BTreeMap::new();
    let mut on_channel = vec![ahead; program.channel_capacity.len()];
    let mut place = |note: &ActionNote| {
        let waits = matches!(note.status, Status::Due | Status::NeedsApproval(_));
        let verb = evaluated.outcomes[note.outcome as usize].drafts[note.draft as usize].action.verb;
        let queue = note.queue.filter(|_| waits && note.counts);
        let capacity = queue.and_then(|queue| Some((queue, program.assignments[queue.0].capacity_of(queue.1)?)));
        // What takes longer than the whole night takes the whole night.
        let effort = capacity.map_or(0, |(_, capacity)| note.effort.min(capacity).max(1));
        let is_full = capacity.is_some_and(|(queue, capacity)| taken.entry(queue).or_insert(ahead).saturating_add(effort) > capacity);
        let channel = program.channel_of(verb).filter(|_| waits);
        let channel_is_full = !is_full && channel.is_some_and(|channel| on_channel[channel] >= program.channel_capacity[channel].1);
        if !is_full && !channel_is_full {
            if let Some((queue, _)) = capacity {
                let taken = taken.entry(queue).or_insert(ahead);
                *taken = taken.saturating_add(effort);
            }
            if let Some(channel) = channel {
                on_channel[channel] = on_channel[channel].saturating_add(1);
            }
        }
        Place { displaced: (is_full || channel_is_full) && note.status == Status::Due, channel_is_full, ..Place::default() }
    };
    evaluated.action_notes.iter().map(&mut place).collect()
}
