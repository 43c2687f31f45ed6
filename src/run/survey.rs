//! A portfolio asked instead of a night computed: read, replayed and turned into facts as tonight, then questioned. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::control::{self, Control, Refused};
use super::directory::InvoiceDirectory;
use super::intake::Reading;
use super::named_ids::{self, Unmatched};
use super::prepared::Prepared;
use super::signs::{self, Turned};
use super::written_otherwise::{self, Written};
use super::{Room, Silent, failure};
use crate::base::contract::{customers, invoices};
use crate::base::date::Date;
use crate::base::table::Table;
use crate::error::Failure;
use crate::io::input::Input;
use crate::io::publish;
use crate::night::facts::ExtraColumns;
use crate::night::memory::Memory;
use crate::night::normalise::invoices::Judged;
use crate::night::normalise::{Intake, Shard};
use crate::night::survey::{Questions, Survey, survey};
use crate::rules::marks::Range;
use crate::rules::program::{Address, FieldId, Hit, Program, Step};
use crate::rules::proof::Probe;
use crate::run::Reporter;
use crate::settings::Settings;

/// Columns beyond the contract that rules ask for and the files do not have, as `table.column`, with the names the files have.
pub type Absent = Vec<(String, Vec<String>)>;

/// What the files of a job say of the columns a program reads beyond the contract.
///
/// # Errors
/// What opening the files can end with.
pub fn absent_columns(settings: &Settings, program: &Program, as_of: Date) -> Result<Absent, Failure> {
    let mut wanted = ExtraColumns::of(program);
    // Whether they may be absent is for the caller to say.
    for (table, columns) in [(customers::SPEC.name, &wanted.customers), (invoices::SPEC.name, &wanted.invoices)] {
        wanted.spared.extend(columns.iter().map(|column| (table, column.clone())));
    }
    let reading = Reading { settings, extra: &wanted, program, as_of, state: None, earlier: None, progress: Silent.rows() };
    let inputs = reading.inputs()?;
    let of_input = |input: &Input| {
        let (table, names) = (input.table().name, input.column_names());
        input.absent_extra().into_iter().map(|column| (format!("{table}.{column}"), names.clone())).collect::<Vec<_>>()
    };
    Ok(inputs.values().flat_map(of_input).collect())
}

/// Addresses that steps need and for which the files of customers have no column.
///
/// # Errors
/// What opening the files can end with.
pub fn absent_addresses(settings: &Settings, program: &Program, as_of: Date) -> Result<Vec<Address>, Failure> {
    let none = ExtraColumns::default();
    let reading = Reading { settings, extra: &none, program, as_of, state: None, earlier: None, progress: Silent.rows() };
    let inputs = reading.inputs()?;
    let names = inputs.get(customers::SPEC.name).map(|input| input.column_names()).unwrap_or_default();
    let mapped = settings.intake.columns.get(customers::SPEC.name);
    let theirs = |column: &str| mapped.and_then(|mapped| mapped.get(column)).map_or_else(|| column.to_owned(), Clone::clone);
    let steps = program.policies.iter().flat_map(|policy| &policy.steps).flat_map(Step::actions);
    let needed: BTreeSet<Address> = steps.filter_map(|action| action.verb.address()).collect();
    Ok(needed.into_iter().filter(|address| !names.contains(&theirs(address.column()))).collect())
}

/// What a portfolio says.
#[derive(Debug)]
pub struct Answers {
    pub survey: Survey,
    /// Lists of ids in the rules with ids that name nobody.
    pub unmatched: Vec<Unmatched>,
    /// Columns of ids that the ledger writes otherwise.
    pub written_otherwise: Vec<Written>,
    /// How a night would end because its penalties cannot be worked out.
    pub no_penalties: Option<Failure>,
    /// Tables of which nearly all amounts are below zero.
    pub turned: Vec<Turned>,
    /// Tables of which a night refuses rows.
    pub refused: Vec<Refused>,
}

/// Asks a portfolio some questions, with the state of the night before where there is one.
///
/// # Errors
/// What reading a portfolio can end with, and a currency without a rate.
pub fn ask(
    settings: &Settings,
    program: &Program,
    as_of: Date,
    probes: &[Probe],
    ranges: &BTreeMap<FieldId, Range>,
) -> Result<Answers, Failure> {
    let program = lenient(program);
    let extra = ExtraColumns::of(&program);
    let state = publish::latest_before(&settings.places.out, as_of).map(|(_, folder)| folder);
    let reading =
        Reading { settings, extra: &extra, program: &program, as_of, state: state.as_deref(), earlier: None, progress: Silent.rows() };
    let portfolio = reading.portfolio(Arc::new(reading.inputs()?))?;
    let has_contact_log = portfolio.inputs.contains_key("contacts");
    let prepared = Prepared::new(settings, &program, &extra, as_of, &portfolio.rates, has_contact_log);
    let night = prepared.night();
    let tables: Vec<Arc<Table>> = portfolio.shards.iter().map(|shard| Arc::clone(&shard.invoices)).collect();
    let directory = InvoiceDirectory::new(&tables, &portfolio.judged, &portfolio.invoice_index);
    let questions = Questions { probes, ranges };
    let intake = Intake {
        as_of,
        reporting_currency: settings.reporting_currency,
        duplicates: &portfolio.duplicates,
        has_customers: portfolio.inputs.contains_key("customers"),
    };
    let room = Room {
        directory: &directory,
        groups: &portfolio.groups,
        intake: &intake,
        night: &night,
        unallocated: settings.unallocated,
        has_state: state.is_some(),
        tallies_customers: false,
    };
    let asked = |(shard, judged): (&Shard, &Judged)| one(shard, judged, &room, &questions);
    let answers: Vec<Result<(Survey, Control), Failure>> = portfolio.shards.par_iter().zip(&portfolio.judged).map(asked).collect();
    let (mut all, mut control) = (Survey::default(), Control::default());
    for answer in answers {
        let (said, of_shard) = answer?;
        all.merge(said);
        control.merge(of_shard);
    }
    let written_otherwise = written_otherwise::written_otherwise(&portfolio, as_of);
    let no_penalties = all.no_penalties.as_ref().map(failure);
    let turned = signs::turned(&portfolio, as_of);
    let refused = control::refused(&portfolio, &control, settings);
    Ok(Answers { survey: all, unmatched: named_ids::unmatched(&program, &portfolio), written_otherwise, no_penalties, turned, refused })
}

/// A program in which the first row that matches decides: two that match are what is asked about, not a reason to stop.
fn lenient(program: &Program) -> Program {
    let mut program = program.clone();
    for table in program.tables.iter_mut().filter(|table| table.hit == Hit::Unique) {
        table.hit = Hit::First;
    }
    program
}

fn one(shard: &Shard, judged: &Judged, room: &Room<'_>, questions: &Questions<'_>) -> Result<(Survey, Control), Failure> {
    let (documents, replayed) = room.replay(shard, judged);
    let renames = &room.night.program.renames;
    let mut memory = Memory::recall(shard, &documents, room.has_state);
    let earlier_names = room.has_state.then(|| memory.earlier_names(renames));
    memory.rename(renames);
    let said = survey(shard, &documents, &replayed.ledger, &memory, room.night, questions).map_err(|error| failure(&error))?;
    Ok((Survey { earlier_names, ..said }, Control::of_intake(shard, judged, &documents)))
}
