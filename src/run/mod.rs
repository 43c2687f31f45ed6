//! The whole night, to be read aloud: rules, intake, shards, portfolio, publish.

pub mod absent_columns;
mod batches;
pub mod control;
mod currencies;
pub mod directory;
mod duplicates;
pub mod extract;
mod freshness;
pub mod intake;
pub mod key_index;
pub mod memory_limit;
pub mod named_ids;
mod outputs;
pub mod pack;
pub mod prepared;
mod progress;
pub mod rehearsal;
pub mod signs;
mod summary;
pub mod survey;
mod work;
pub mod written_otherwise;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;

use crate::base::counted::counted;
use crate::base::date::Date;
use crate::base::table::Table;
use crate::error::{Exit, Failure};
use crate::io::input::{FileRecord, Input};
use crate::io::manifest::{self, Stage, Timings};
use crate::io::publish::{self, Mode, Publication};
use crate::night::accruals;
use crate::night::error::NightError;
use crate::night::evaluate::{self, Evaluated, Night, Scene, Unwatched, Watch};
use crate::night::facts::ExtraColumns;
use crate::night::fx;
use crate::night::ledger::items;
use crate::night::ledger::replay::{self, Replayed, Unallocated};
use crate::night::memory::Memory;
use crate::night::normalise::customers::Groups;
use crate::night::normalise::documents::Documents;
use crate::night::normalise::invoices::Judged;
use crate::night::normalise::reject::Finding;
use crate::night::normalise::{Intake, Shard, documents};
use crate::night::terms;
use crate::portfolio::adding_up::{Uneven, first_uneven, prove};
use crate::portfolio::attainment::{attained, unknown_targets};
use crate::portfolio::control::{self as identities, Books};
use crate::portfolio::penalties::PenaltySums;
use crate::portfolio::placements::Handed;
use crate::portfolio::trials;
use crate::rules::check::{When, check};
use crate::rules::compile::{Compiled, compile};
use crate::rules::diagnostics::{Diagnostic, Severity, render};
use crate::rules::program::Program;
use crate::run::control::Control;
use crate::run::directory::InvoiceDirectory;
use crate::run::freshness::Before;
use crate::run::intake::{Portfolio, Reading};
use crate::run::memory_limit::{MemoryLimit, Within};
use crate::run::outputs::{EarlyTables, Figures, Files, SHARDS_AT_ONCE, scope_names};
use crate::run::prepared::Prepared;
use crate::settings::{RollsSince, Settings};

pub use progress::{Reporter, Silent};
pub use summary::Summary;

/// Where the previous night's state comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateFrom {
    /// The newest complete night before this one under the output folder.
    Published,
    /// The folder of a night, or an output folder: the newest complete night before this one in it.
    Folder(PathBuf),
    /// A night without a yesterday.
    None,
}

/// One night to compute.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub settings: &'a Settings,
    pub as_of: Date,
    pub state: StateFrom,
    /// Why a published night is computed again; `None` refuses to.
    pub replace: Option<String>,
    pub memory_limit: MemoryLimit,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Published(Box<Summary>),
    /// The night is published already, from the same inputs, rules, settings and state: its folder.
    AlreadyDone(PathBuf),
}

/// Computes and publishes one night.
///
/// # Errors
/// Every way a night can end is a [`Failure`] with its exit code; nothing is published then.
pub fn run(request: &Request<'_>, reporter: &dyn Reporter) -> Result<Outcome, Failure> {
    let settings = request.settings;
    let mut clock = Clock::start(reporter);

    clock.stage("rules");
    let compiled = rules(settings, request.as_of)?;
    let (night_before, state) = previous_night(request)?.unzip();
    let extra = ExtraColumns::of(&compiled.program);
    let progress = Within { limit: request.memory_limit, progress: reporter.rows() };
    let (compared, earlier) = earlier_night(request)?.unzip();
    let reading = Reading {
        settings,
        extra: &extra,
        program: &compiled.program,
        as_of: request.as_of,
        state: state.as_deref(),
        earlier: earlier.as_deref(),
        progress: &progress,
    };
    if let Some(folder) = already_done(request, &reading, &compiled)? {
        return Ok(Outcome::AlreadyDone(folder));
    }
    let publication = Publication::begin(&settings.places.out, request.as_of, mode(request))?;

    clock.stage("read");
    let inputs = Arc::new(reading.inputs()?);
    let (portfolio, records) = rayon::join(|| reading.portfolio(Arc::clone(&inputs)), || records(&inputs));
    let (mut portfolio, records) = (portfolio?, records?);
    control::check_rates(&portfolio, settings)?;
    let before = night_before.zip(state.as_deref()).map(|(night, folder)| rows_before(night, folder)).transpose()?;
    let mut told = of_inputs(&portfolio, request, &compiled.program, before.as_ref())?;

    clock.stage("work out");
    let has_contact_log = portfolio.inputs.contains_key("contacts");
    let prepared = Prepared::new(settings, &compiled.program, &extra, request.as_of, &portfolio.rates, has_contact_log);
    let night = prepared.night();
    let files = Files::new(&publication, &night, currencies::need_thousandths(&portfolio, &compiled.program, settings, request.as_of));
    let mut early = EarlyTables::create(&files, night.program)?;
    let mut worked = work_out(&mut portfolio, &night, request, state.is_some(), &mut early)?;
    worked.findings.append(&mut told);
    control::check_rejects(&portfolio, &worked.control, settings)?;
    control::check_totals(&portfolio, &worked.control)?;

    clock.stage("portfolio");
    worked.handed = batches::hand_over(&mut worked.shards, state.as_deref(), &night)?;
    batches::check_sent(&settings.places.out, &worked.handed.heads, request.as_of)?;
    let work = work::places(&worked.shards, &portfolio.collectors, &night)?;
    let figures = Figures::of(&worked.shards, &work, &night, &settings.kpis, compared)?;

    worked.findings.extend(of_figures(&figures, &portfolio, &compiled, request.as_of));

    clock.stage("write");
    let written = outputs::write(&files, early, &mut worked, &work.places, &figures, &portfolio, &night)?;

    clock.stage("publish");
    let described = outputs::manifest(&written, records, &worked, &figures, &portfolio, &compiled, request)?;
    clock.write(&publication)?;
    let folder = publication.seal(&written, &described)?;
    let mut summary = Summary::of(&folder, &worked, &figures, &portfolio, &night, &compiled.warnings);
    summary.night_before = night_before.map(|night| night.to_string());
    summary.agencies_apart = batches::apart(settings, night.program, &worked.handed.heads, request.as_of);
    let later = publish::nights(&settings.places.out).into_iter().filter(|(night, _)| *night > request.as_of);
    summary.outdated = later.map(|(night, _)| night.to_string()).collect();
    // The night is done and the process about to end: giving gigabytes back piece by piece would take it half a second.
    std::mem::forget((portfolio, worked));
    Ok(Outcome::Published(Box::new(summary)))
}

/// What there is to say of the inputs as a whole.
fn of_inputs(portfolio: &Portfolio, request: &Request<'_>, program: &Program, before: Option<&Before>) -> Result<Vec<Finding>, Failure> {
    let mut told = freshness::check(portfolio, request.settings, program, request.as_of, before)?;
    told.extend(signs::check(portfolio, request.as_of)?);
    told.extend(portfolio.set_aside.findings());
    told.extend(written_otherwise::check(portfolio, request.as_of)?);
    told.extend(named_ids::findings(program, portfolio));
    told.extend(work::unknown_teams(&portfolio.collectors, program));
    told.extend(absent_columns::findings(program, portfolio));
    Ok(told)
}

/// What there is to say of the figures: trials whose draw was not even, targets of no figure.
fn of_figures(figures: &Figures, portfolio: &Portfolio, compiled: &Compiled, as_of: Date) -> Vec<Finding> {
    let attained = attained(portfolio.targets.as_deref().unwrap_or_default(), &figures.rows, as_of);
    let mut found = unknown_targets(&attained, &figures.rows);
    found.extend(trials::unbalanced(&figures.cells.trials, &compiled.program.trials));
    found
}

/// Size and hash of every input file.
fn records(inputs: &BTreeMap<&'static str, Input>) -> Result<BTreeMap<String, Vec<FileRecord>>, Failure> {
    inputs.iter().map(|(name, input)| Ok(((*name).to_owned(), input.records()?))).collect()
}

/// The folder of the night, where it is published from exactly what this run would read.
fn already_done(request: &Request<'_>, reading: &Reading<'_>, compiled: &Compiled) -> Result<Option<PathBuf>, Failure> {
    let folder = publish::folder(&request.settings.places.out, request.as_of);
    if request.replace.is_some() || !publish::is_complete(&folder) {
        return Ok(None);
    }
    let published = manifest::read(&folder)?;
    let same_rules = published.rules.hash == compiled.program.hash && published.version == env!("CARGO_PKG_VERSION");
    let same =
        same_rules && published.settings == outputs::settings_value(request.settings)? && published.inputs == records(&reading.inputs()?)?;
    Ok(same.then_some(folder))
}

/// Reads and compiles the policy pack.
///
/// # Errors
/// [`Exit::Config`] with every finding of every file.
pub fn rules(settings: &Settings, as_of: Date) -> Result<Compiled, Failure> {
    let folder = &settings.places.rules;
    let files = pack::read(folder)?;
    let refused = |findings: &[Diagnostic]| {
        let count = counted(findings.len(), "finding");
        let message =
            format!("the rules in {} have {count}\n\n{}", folder.display(), render(findings, &pack::as_named(folder, &files), false));
        Failure::new(Exit::Config, message).remedy("nothing was read: correct the rule files and run again")
    };
    let compiled = compile(&files, as_of, settings.reporting_currency).map_err(|findings| refused(&findings))?;
    // What is proved wrong would end the night later, or leave somebody out without a word.
    let proved = check(&files, When::Night(as_of), settings.reporting_currency);
    let errors = proved.findings.into_iter().map(|finding| finding.diagnostic).filter(|found| found.severity == Severity::Error);
    let errors: Vec<Diagnostic> = errors.collect();
    if errors.is_empty() { Ok(compiled) } else { Err(refused(&errors)) }
}

fn mode(request: &Request<'_>) -> Mode {
    request.replace.clone().map_or(Mode::Fresh, |reason| Mode::Replace { reason })
}

/// The night before, and its folder, whose state tonight reads.
///
/// # Errors
/// [`Exit::NoInput`] where there is none, [`Exit::Data`] where it is not an earlier one: yesterday cannot be after tonight.
fn previous_night(request: &Request<'_>) -> Result<Option<(Date, PathBuf)>, Failure> {
    let folder = match &request.state {
        StateFrom::None => return Ok(None),
        StateFrom::Published => return Ok(publish::latest_before(&request.settings.places.out, request.as_of)),
        StateFrom::Folder(folder) => folder,
    };
    if !publish::is_complete(folder) {
        let nights = publish::nights(folder);
        if let Some(before) = nights.iter().rfind(|(night, _)| *night < request.as_of) {
            return Ok(Some(before.clone()));
        }
        let before = if nights.is_empty() { String::new() } else { format!(" before {}", request.as_of) };
        return Err(Failure::new(Exit::NoInput, format!("there is no published night{before} in {}", folder.display()))
            .remedy("give the folder of a night, an output folder, or --state none for a night without a yesterday"));
    }
    let as_of = manifest::read(folder)?.as_of;
    match Date::parse(&as_of).filter(|night| *night < request.as_of) {
        Some(night) => Ok(Some((night, folder.clone()))),
        None => {
            Err(Failure::new(Exit::Data, format!("{} is the night of {as_of}, which is not before {}", folder.display(), request.as_of))
                .remedy("give the folder of an earlier night, or --state none"))
        }
    }
}

/// The earlier night that the job has tonight compared with, and its folder; nothing where there was none yet.
///
/// # Errors
/// [`Exit::NoInput`] where the night of a day is asked for and not published.
fn earlier_night(request: &Request<'_>) -> Result<Option<(Date, PathBuf)>, Failure> {
    let out = &request.settings.places.out;
    match request.settings.kpis.rolls_since {
        None => Ok(None),
        Some(RollsSince::MonthEnd) => Ok(publish::latest_before(out, request.as_of.first_of_month())),
        Some(RollsSince::Night(night)) if night >= request.as_of => Ok(None),
        Some(RollsSince::Night(night)) => {
            let folder = publish::folder(out, night);
            if !publish::is_complete(&folder) {
                let message = format!("kpis.rolls_since is the night of {night}, and there is no published night in {}", folder.display());
                return Err(Failure::new(Exit::NoInput, message).remedy("run that night, or name another one, or month_end"));
            }
            Ok(Some((night, folder)))
        }
    }
}

/// What the night in this folder read of payments.
fn rows_before(night: Date, folder: &Path) -> Result<Before, Failure> {
    let counts = manifest::read(folder)?.counts;
    Ok(Before { night, payments: counts.get("payments").map_or(0, |count| count.read) })
}

/// All shards worked out, and the sums over them.
pub struct Worked {
    /// In order of shard.
    pub shards: Vec<Evaluated>,
    pub control: Control,
    pub findings: Vec<Finding>,
    /// What agencies are given and told, once the portfolio decided it.
    pub handed: Handed,
}

/// Works out all shards, some at a time in parallel. The first shard in order that cannot be worked out decides the failure.
fn work_out(
    portfolio: &mut Portfolio,
    night: &Night<'_>,
    request: &Request<'_>,
    has_state: bool,
    early: &mut EarlyTables,
) -> Result<Worked, Failure> {
    let settings = request.settings;
    let mut tables: Vec<Arc<Table>> = portfolio.shards.iter().map(|shard| Arc::clone(&shard.invoices)).collect();
    let intake = Intake {
        as_of: night.as_of,
        reporting_currency: settings.reporting_currency,
        duplicates: &portfolio.duplicates,
        has_customers: portfolio.inputs.contains_key("customers"),
    };
    let tallies_customers = control::has_customers(portfolio);
    let mut worked =
        Worked { shards: Vec::with_capacity(tables.len()), control: Control::default(), findings: Vec::new(), handed: Handed::default() };
    let mut waiting: Vec<Evaluated> = Vec::new();
    for first in (0..tables.len()).step_by(SHARDS_AT_ONCE) {
        let at_once = first..usize::min(first + SHARDS_AT_ONCE, tables.len());
        let (shards, judged) = (&mut portfolio.shards[at_once.clone()], &portfolio.judged[at_once.clone()]);
        let directory = InvoiceDirectory::new(&tables, &portfolio.judged, &portfolio.invoice_index);
        let room = Room {
            directory: &directory,
            groups: &portfolio.groups,
            intake: &intake,
            night,
            unallocated: settings.unallocated,
            has_state,
            tallies_customers,
        };
        // The tables of some shards are written while the next ones are worked out: no thread waits for the slowest shard.
        let one = |(shard, judged): (&mut Shard, &Judged)| {
            request.memory_limit.check()?;
            room.work_out(&std::mem::take(shard), judged, &mut Unwatched)
        };
        let work = || shards.par_iter_mut().zip(judged).map(one).collect();
        let (results, taken): (Vec<Result<(Evaluated, Control), Failure>>, _) = rayon::join(work, || early.take(&mut waiting));
        taken?;
        worked.shards.append(&mut waiting);
        for result in results {
            let (mut evaluated, control) = result?;
            worked.findings.append(&mut evaluated.findings);
            worked.control.merge(control);
            waiting.push(evaluated);
        }
        // Other shards may name these invoices, but ask for little of them.
        tables[at_once].iter_mut().filter_map(Arc::get_mut).for_each(directory::keep_what_it_reads);
    }
    early.take(&mut waiting)?;
    worked.shards.append(&mut waiting);
    let unconfirmed = worked.shards.iter().flat_map(|shard| shard.unconfirmed_rows.iter().copied());
    worked.findings.extend(accruals::unconfirmed_rates(unconfirmed, &night.program.rates));
    worked.findings.extend(forgotten_steps(&worked.shards));
    worked.findings.extend(accruals::rates_that_run_out(night.program, night.as_of));
    Ok(worked)
}

/// The kind of the finding about a step that is gone.
const FORGOTTEN_STEP: &str = "forgotten_step";

/// `2 customers stand`.
pub fn who_stands(customers: u64) -> String {
    if customers == 1 { "1 customer stands".to_owned() } else { format!("{customers} customers stand") }
}

/// One finding for each step on which customers stood last night and which the rules have no more.
fn forgotten_steps(shards: &[Evaluated]) -> impl Iterator<Item = Finding> {
    let mut customers: BTreeMap<&(String, String), u64> = BTreeMap::new();
    for (step, count) in shards.iter().flat_map(|shard| &shard.forgotten_steps) {
        *customers.entry(step).or_default() += count;
    }
    customers.into_iter().map(|((policy, step), count)| {
        let who = who_stands(count);
        let message = format!(
            "{who} on this step since an earlier night, and the rules have no such step: the ladder starts again there; \
             if it only has another name now, say renamed_from"
        );
        Finding { kind: FORGOTTEN_STEP, table: "state", key: format!("{policy}.{step}"), message: message.into(), amount: None }
    })
}

/// Looks on while a shard is worked out once more, for the first customer whose sums do not add up.
struct Witness {
    uneven: Uneven,
    /// Nobody where every customer's sums add up by themselves.
    customer: Option<String>,
}

impl Watch for Witness {
    fn decided(&mut self, scene: &Scene<'_>) {
        let night = scene.night;
        if let Some((customer, uneven)) = scene.figures(|input| first_uneven(input, &scope_names(night), night.bands)) {
            let id = scene.subject.documents.customer_ids[customer as usize];
            *self = Witness { uneven, customer: Some(String::from_utf8_lossy(id).into_owned()) };
        }
    }
}

/// What every shard is worked out with.
struct Room<'a> {
    directory: &'a InvoiceDirectory<'a>,
    groups: &'a Groups,
    intake: &'a Intake<'a>,
    night: &'a Night<'a>,
    unallocated: Unallocated,
    has_state: bool,
    /// Whether the ledger's own totals are compared customer by customer.
    tallies_customers: bool,
}

impl Room<'_> {
    /// One shard: documents, ledger, identities, and all that follows from them.
    fn work_out(&self, shard: &Shard, judged: &Judged, watch: &mut dyn Watch) -> Result<(Evaluated, Control), Failure> {
        let (documents, replayed) = self.replay(shard, judged);
        let customers = u32::try_from(documents.customers.len()).unwrap_or(u32::MAX);
        let books = Books { customers, invoices: &documents.invoices, money: &documents.money, ledger: &replayed.ledger };
        let totals = identities::check(&books)
            .map_err(|found| found.failure(&String::from_utf8_lossy(documents.customer_ids[found.customer as usize])))?;
        let mut memory = Memory::recall(shard, &documents, self.has_state);
        memory.rename(&self.night.program.renames);
        let mut evaluated =
            evaluate::evaluate(shard, &documents, &replayed.ledger, &memory, self.night, watch).map_err(|error| failure(&error))?;
        if let Err(uneven) = prove(&evaluated.cells, &scope_names(self.night), self.night.bands) {
            let mut witness = Witness { uneven, customer: None };
            evaluate::evaluate(shard, &documents, &replayed.ledger, &memory, self.night, &mut witness).map_err(|error| failure(&error))?;
            return Err(witness.uneven.failure(witness.customer.as_deref()));
        }
        let tariff = (self.night.program.penalties.as_slice(), &self.night.program.rates);
        let penalties = PenaltySums::of(&evaluated, &memory, &documents, tariff)?;
        let control = Control::of(shard, judged, &documents, &replayed, totals, &mut evaluated, self.tallies_customers);
        let control = Control { penalties, ..control };
        Ok((evaluated, control))
    }

    /// The documents of one shard, and its ledger with what cannot be asked for tonight.
    fn replay<'s>(&'s self, shard: &'s Shard, judged: &'s Judged) -> (Documents<'s>, Replayed) {
        let mut documents = documents::read(shard, judged, self.groups, self.directory, self.intake);
        let fresh = items::fresh(&mut documents.invoices, &documents.instalments);
        let mut replayed = replay::replay(&documents.invoices, &documents.money, &documents.deposits, fresh, self.unallocated);
        terms::apply(shard, &mut documents, &replayed.ledger, &self.night.payment_terms, self.night.as_of);
        items::withhold(&documents.invoices, &mut replayed.ledger.items, &documents.disputes, &documents.deductions, &documents.pending);
        (documents, replayed)
    }
}

fn failure(error: &NightError) -> Failure {
    let message = error.to_string();
    match error {
        NightError::NoExchangeRate(currency) => Failure::new(Exit::Data, message).remedy(fx::remedy(&[*currency])),
        NightError::MissingRate(_) => {
            Failure::new(Exit::Config, message).remedy("add the published rate to the rate file of the policy pack")
        }
        NightError::UnconfirmedRate(_) => Failure::new(Exit::Config, message)
            .remedy("compare the row with the official text and name who did so in confirmed_by, or set unconfirmed_rates: use"),
        NightError::Ambiguous { .. } => Failure::new(Exit::Config, message).remedy("make the conditions exclude each other"),
        NightError::PenaltyTooLarge(_) => Failure::new(Exit::Data, message).remedy("check the amount and the contractual rate"),
    }
}

/// Times the stages of a night; the only place that looks at a clock.
struct Clock<'a> {
    reporter: &'a dyn Reporter,
    stages: Vec<(String, Moment)>,
}

/// A point in time, on the wall and by processor time.
#[derive(Clone, Copy)]
struct Moment {
    wall: Instant,
    /// Milliseconds.
    processor: Option<u64>,
}

impl Moment {
    fn now() -> Moment {
        Moment { wall: Instant::now(), processor: progress::processor_time() }
    }

    /// What happened from here to there.
    fn stage(self, name: &str, end: Moment) -> Stage {
        let wall_ms = u64::try_from(end.wall.duration_since(self.wall).as_millis()).unwrap_or(u64::MAX);
        let cpu_ms = self.processor.zip(end.processor).map_or(0, |(start, end)| end.saturating_sub(start));
        Stage { name: name.to_owned(), wall_ms, cpu_ms }
    }
}

impl<'a> Clock<'a> {
    fn start(reporter: &'a dyn Reporter) -> Clock<'a> {
        Clock { reporter, stages: Vec::new() }
    }

    fn stage(&mut self, name: &'static str) {
        self.reporter.stage(name);
        self.stages.push((name.to_owned(), Moment::now()));
    }

    fn write(&self, publication: &Publication) -> Result<(), Failure> {
        let ends = self.stages.iter().skip(1).map(|(_, start)| *start).chain([Moment::now()]);
        let stages = self.stages.iter().zip(ends).map(|((name, start), end)| start.stage(name, end));
        let timings =
            Timings { threads: rayon::current_num_threads(), peak_memory_bytes: progress::peak_memory(), stages: stages.collect() };
        manifest::write(&publication.path("timings.json"), &timings)
    }
}
