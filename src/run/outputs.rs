//! Writes and describes what the shards made.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::base::contract::{self, TableSpec};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency, format_amount};
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::error::{Exit, Failure};
use crate::io::input::FileRecord;
use crate::io::manifest::{ControlTotal, Counts, Identity, Manifest, Rules, Shadowed};
use crate::io::publish::Publication;
use crate::io::write::{Layout, OutputColumn, TableWriter, Written};
use crate::night::evaluate::{Evaluated, Night};
use crate::night::kpi::{Additive, Cells};
use crate::night::normalise::Count;
use crate::night::normalise::id_order::IdOrder;
use crate::night::normalise::reject::{Finding, Reject};
use crate::night::shadow::Tally;
use crate::night::tables::finish::{self, Place};
use crate::night::tables::segment;
use crate::portfolio::adding_up::{Proof, prove};
use crate::portfolio::attainment::{attained, attainment_table};
use crate::portfolio::control_totals as portfolio;
use crate::portfolio::figures::{Effort, FigureSettings, KpiRow, figures};
use crate::portfolio::proposals::{proposal_rows, route_rows};
use crate::portfolio::tables::{aging_table, kpi_table, transition_table};
use crate::portfolio::tasks::{free_credit_row, task_rows};
use crate::portfolio::vintages::vintage_rows;
use crate::portfolio::workload::{time_rows, work_rows};
use crate::rules::compile::Compiled;
use crate::rules::program::{Program, Shadow};
use crate::run::batches;
use crate::run::intake::Portfolio;
use crate::run::work::Work;
use crate::run::{Request, Worked};
use crate::settings::{Kpis, Settings};

const SCHEMA_VERSION: &str = "1";
const BLOOM: &[&str] = &["customer_id", "invoice_id"];

/// What describes every output file.
pub struct Files<'a> {
    publication: &'a Publication,
    decimals: u8,
    metadata: Vec<(String, String)>,
}

impl<'a> Files<'a> {
    /// Files of a night. `thousandths` where a currency of the night needs three decimals.
    pub fn new(publication: &'a Publication, night: &Night<'_>, thousandths: bool) -> Files<'a> {
        let metadata = vec![
            ("relance.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("relance.rules_hash".to_owned(), night.program.hash.clone()),
            ("relance.as_of".to_owned(), night.as_of.to_string()),
            ("relance.schema".to_owned(), SCHEMA_VERSION.to_owned()),
        ];
        Files { publication, decimals: if thousandths { 3 } else { 2 }, metadata }
    }

    fn create(&self, layout: Layout) -> Result<TableWriter, Failure> {
        let path = self.publication.path(&format!("{}.parquet", layout.name));
        TableWriter::create(&path, layout, self.decimals, &self.metadata, BLOOM)
    }

    fn contract(&self, spec: &TableSpec) -> Result<TableWriter, Failure> {
        self.create(Layout::from(spec))
    }

    fn whole(&self, spec: &TableSpec, table: &Table) -> Result<Written, Failure> {
        let mut writer = self.contract(spec)?;
        writer.append(table)?;
        writer.finish()
    }
}

/// Tables that need nothing of the portfolio: written, and let go, as soon as their shard is worked out.
pub struct EarlyTables {
    unallocated: TableWriter,
    segments: TableWriter,
    action_items: TableWriter,
    tasks: TableWriter,
    proposals: TableWriter,
    routes: TableWriter,
    penalties: TableWriter,
    penalty_totals: TableWriter,
}

impl EarlyTables {
    /// Begins the files.
    ///
    /// # Errors
    /// [`Exit::Machine`] or [`Exit::Permission`] where a file cannot be created.
    pub fn create(files: &Files<'_>, program: &Program) -> Result<EarlyTables, Failure> {
        Ok(EarlyTables {
            unallocated: files.contract(&contract::unallocated::SPEC)?,
            segments: files.create(segments_layout(program))?,
            action_items: files.contract(&contract::action_items::SPEC)?,
            tasks: files.contract(&contract::tasks::SPEC)?,
            proposals: files.contract(&contract::proposals::SPEC)?,
            routes: files.contract(&contract::routes::SPEC)?,
            penalties: files.contract(&contract::penalties::SPEC)?,
            penalty_totals: files.contract(&contract::penalty_totals::SPEC)?,
        })
    }

    /// Takes the tables of the next shards.
    ///
    /// # Errors
    /// [`Exit::Machine`] where the disk is full.
    pub fn take(&mut self, shards: &mut [Evaluated]) -> Result<(), Failure> {
        append(vec![
            (&mut self.penalties, shards.iter().map(|shard| &shard.penalties).collect()),
            (&mut self.penalty_totals, shards.iter().map(|shard| &shard.penalty_totals).collect()),
            (&mut self.segments, shards.iter().map(|shard| &shard.segments).collect()),
            (&mut self.action_items, shards.iter().map(|shard| &shard.action_items).collect()),
            (&mut self.tasks, shards.iter().map(|shard| &shard.tasks.told).collect()),
            (&mut self.proposals, shards.iter().map(|shard| &shard.proposals.told).collect()),
            (&mut self.routes, shards.iter().map(|shard| &shard.routes.told).collect()),
            (&mut self.unallocated, shards.iter().map(|shard| &shard.unallocated).collect()),
        ])?;
        for shard in shards {
            let Evaluated { unallocated, segments, action_items, tasks, proposals, routes, penalties, penalty_totals, .. } = shard;
            for table in
                [unallocated, segments, action_items, &mut tasks.told, &mut proposals.told, &mut routes.told, penalties, penalty_totals]
            {
                *table = Table::default();
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<Written>, Failure> {
        finish(vec![
            self.unallocated,
            self.segments,
            self.action_items,
            self.tasks,
            self.proposals,
            self.routes,
            self.penalties,
            self.penalty_totals,
        ])
    }
}

/// Appends to several files at once the tables of the same shards.
fn append(tables: Vec<(&mut TableWriter, Vec<&Table>)>) -> Result<(), Failure> {
    let append = |(writer, tables): (&mut TableWriter, Vec<&Table>)| writer.append_all(&tables);
    let appended: Vec<Result<(), Failure>> = tables.into_par_iter().map(append).collect();
    appended.into_iter().collect()
}

/// Ends several files at once.
fn finish(writers: Vec<TableWriter>) -> Result<Vec<Written>, Failure> {
    let written: Vec<Result<Written, Failure>> = writers.into_par_iter().map(TableWriter::finish).collect();
    written.into_iter().collect()
}

/// Shards finished at once: enough to keep the threads busy, few enough to keep memory low.
pub const SHARDS_AT_ONCE: usize = 16;

/// Tables that waited for the ranks.
struct LateTables {
    open_items: TableWriter,
    actions: TableWriter,
    state: TableWriter,
}

impl LateTables {
    fn create(files: &Files<'_>) -> Result<LateTables, Failure> {
        Ok(LateTables {
            open_items: files.contract(&contract::open_items::SPEC)?,
            actions: files.contract(&contract::actions::SPEC)?,
            state: files.contract(&contract::state::SPEC)?,
        })
    }

    /// Finishes all shards in turn, and ends the files. Some are written while the next ones are finished.
    fn write(
        mut self,
        shards: &mut [Evaluated],
        places: &[Vec<Place>],
        people: &[Box<[u8]>],
        night: &Night<'_>,
    ) -> Result<Vec<Written>, Failure> {
        let mut waiting: (&mut [Evaluated], Vec<Table>) = (&mut [], Vec::new());
        for (shards, places) in shards.chunks_mut(SHARDS_AT_ONCE).zip(places.chunks(SHARDS_AT_ONCE)) {
            let finish = |(shard, places): (&mut Evaluated, &Vec<Place>)| finish::finish(shard, places, people, night.program, night.as_of);
            let finish = || shards.par_iter_mut().zip(places).map(finish).collect::<Vec<Table>>();
            let (states, taken) = rayon::join(finish, || self.take(waiting));
            taken?;
            waiting = (shards, states);
        }
        self.take(waiting)?;
        finish(vec![self.open_items, self.actions, self.state])
    }

    fn take(&mut self, (shards, states): (&mut [Evaluated], Vec<Table>)) -> Result<(), Failure> {
        append(vec![
            (&mut self.state, states.iter().collect()),
            (&mut self.open_items, shards.iter().map(|shard| &shard.open_items).collect()),
            (&mut self.actions, shards.iter().map(|shard| &shard.actions).collect()),
        ])?;
        shards.iter_mut().for_each(|shard| shard.open_items = Table::default());
        Ok(())
    }
}

/// Finishes every shard and writes the tables that waited for the ranks, beside those of the whole portfolio.
///
/// # Errors
/// [`Exit::Machine`] where the disk is full, [`Exit::Bug`] where an identity of the figures breaks.
pub fn write(
    files: &Files<'_>,
    early: EarlyTables,
    worked: &mut Worked,
    places: &[Vec<Place>],
    figures: &Figures,
    portfolio: &Portfolio,
    night: &Night<'_>,
) -> Result<Vec<Written>, Failure> {
    let Worked { shards, control, findings, handed } = worked;
    let late = LateTables::create(files)?;
    let people: Vec<Box<[u8]>> = portfolio.collectors.iter().map(|collector| collector.id.clone()).collect();
    let whole = || -> Result<Vec<Written>, Failure> {
        let mut written = early.finish()?;
        written.extend(portfolio_tables(files, figures, night)?);
        if let Some(targets) = &portfolio.targets {
            let attained = attained(targets, &figures.rows, night.as_of);
            written.push(files.whole(&contract::attainment::SPEC, &attainment_table(&attained))?);
        }
        if night.program.routes.agencies().next().is_some() || !handed.placements.is_empty() {
            written.push(files.whole(&contract::placements::SPEC, &handed.placements)?);
            written.push(files.whole(&contract::placement_changes::SPEC, &handed.changes)?);
            written.push(files.whole(&contract::placement_refusals::SPEC, &handed.refusals)?);
            written.push(files.whole(&contract::batches::SPEC, &handed.batches)?);
            let mut accounts = files.contract(&contract::agency_accounts::SPEC)?;
            accounts.append_all(&handed.accounts.iter().collect::<Vec<_>>())?;
            written.push(accounts.finish()?);
        }
        written.push(files.whole(&contract::rejects::SPEC, &rejects(&control.rejects, portfolio))?);
        written.push(files.whole(&contract::findings::SPEC, &findings_table(findings))?);
        Ok(written)
    };
    let (late, whole) = rayon::join(|| late.write(shards, places, &people, night), whole);
    let mut written = late?;
    written.extend(whole?);
    Ok(written)
}

fn segments_layout(program: &Program) -> Layout {
    let columns = segment::columns(program).into_iter().map(|(name, kind, required)| OutputColumn { name, kind, required });
    Layout { name: "segments".to_owned(), columns: columns.collect() }
}

/// Names of the scopes as the figures number them: `all` first.
pub fn scope_names<'a>(night: &Night<'a>) -> Vec<&'a str> {
    std::iter::once("all").chain(night.scopes.iter().map(String::as_str)).collect()
}

/// The figures of all shards together: their sums, and the rows worked out from them.
pub struct Figures {
    pub cells: Cells,
    pub rows: Vec<KpiRow>,
    /// What was proved of the sums.
    pub proofs: Vec<Proof>,
    /// The earlier night that tonight is compared with.
    pub compared: Option<Date>,
}

impl Figures {
    /// Adds up the shards and divides.
    ///
    /// # Errors
    /// [`Exit::Data`] where the sums do not add up, or a currency has no rate.
    pub fn of(shards: &[Evaluated], work: &Work, night: &Night<'_>, kpis: &Kpis, compared: Option<Date>) -> Result<Figures, Failure> {
        let mut cells = Cells::default();
        shards.iter().for_each(|shard| cells.merge(&shard.cells));
        let scopes = scope_names(night);
        let proofs = prove(&cells, &scopes, night.bands).map_err(|uneven| uneven.failure(None))?;
        let months = i32::try_from(kpis.months).unwrap_or(i32::MAX);
        let agency_fees = &kpis.agency_fees;
        let settings = FigureSettings {
            as_of: night.as_of,
            scopes: &scopes,
            rates: night.rates,
            curve: night.curve,
            bands: night.bands,
            has_loss_rates: !night.loss_rates.is_empty(),
            has_depreciation: !night.depreciation_rates.is_empty(),
            agency_fees,
            effort: kpis.effort.map(|effort| Effort {
                people: effort.people,
                hours: effort.hours,
                cost: Amount(effort.cost / night.rates.reporting().thousandths()),
            }),
            trials: &night.program.trials,
            contact_costs: night.contact_costs,
            rolls_since: compared,
            months,
        };
        let mut rows = figures(&cells, &settings)?;
        let free_credit = shards.iter().filter_map(|shard| shard.free_credit);
        rows.extend(night.cost_of_capital.map(|_| free_credit_row(free_credit.sum(), &settings)));
        rows.extend(task_rows(shards.iter().map(|shard| &shard.tasks.figures)));
        rows.extend(proposal_rows(shards.iter().map(|shard| &shard.proposals.figures), &settings));
        rows.extend(route_rows(shards.iter().map(|shard| &shard.routes.figures), &settings));
        rows.extend(vintage_rows(shards.iter().map(|shard| &shard.placements.vintages), &settings)?);
        rows.extend(work_rows(&work.queues, &settings));
        rows.extend(time_rows(work.time, &cells));
        Ok(Figures { cells, rows, proofs, compared })
    }
}

fn portfolio_tables(files: &Files<'_>, figures: &Figures, night: &Night<'_>) -> Result<Vec<Written>, Failure> {
    let scopes = scope_names(night);
    Ok(vec![
        files.whole(&contract::kpis::SPEC, &kpi_table(&figures.rows))?,
        files.whole(&contract::aging::SPEC, &aging_table(&figures.cells, &scopes, night.bands)?)?,
        files.whole(&contract::transitions::SPEC, &transition_table(&figures.cells, night.bands, figures.compared)?)?,
    ])
}

/// Refused rows in order of table, file and row.
fn rejects(of_shards: &[Reject], portfolio: &Portfolio) -> Table {
    use contract::rejects::{COLUMN, FILE, KEY, MESSAGE, REASON, ROW, SOURCE, SPEC, VALUE};
    let table_order = |name: &str| contract::INPUTS.iter().position(|spec| spec.name == name);
    let mut rejects: Vec<_> = portfolio.rejects.iter().chain(of_shards).collect();
    rejects.sort_by_key(|reject| (table_order(reject.table), reject.source_row));
    let mut table = TableBuilder::output(&SPEC);
    for reject in rejects {
        let (file, row) = portfolio.inputs.get(reject.table).map_or(("", 0), |input| input.place(reject.source_row));
        table.text(SOURCE, reject.table.as_bytes());
        table.text(FILE, file.as_bytes());
        table.whole(ROW, i64::try_from(row).unwrap_or(i64::MAX));
        table.text(KEY, reject.key.as_bytes());
        table.text(REASON, reject.reason.code().as_bytes());
        table.text(COLUMN, reject.column.as_bytes());
        table.text(VALUE, reject.value.as_bytes());
        table.text(MESSAGE, reject.message.as_bytes());
        table.end_row();
    }
    table.finish()
}

/// Oddities in order of kind, table and key. There can be more of them than customers, and only few kinds.
fn in_order(findings: &[Finding]) -> Vec<&Finding> {
    let mut by_kind: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for alike in findings.chunk_by(|a, b| (a.kind, a.table) == (b.kind, b.table)) {
        by_kind.entry((alike[0].kind, alike[0].table)).or_default().extend(alike);
    }
    let sorted = by_kind.into_values().map(|findings| {
        let order = IdOrder::of(findings.iter().map(|finding| finding.key.as_bytes()));
        let mut keyed: Vec<(u64, &Finding)> = findings.into_iter().map(|finding| (order.key(finding.key.as_bytes()), finding)).collect();
        keyed.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)));
        keyed
    });
    sorted.flatten().map(|(_, finding)| finding).collect()
}

fn findings_table(findings: &[Finding]) -> Table {
    use contract::findings::{AMOUNT, KEY, KIND, MESSAGE, SPEC, TABLE};
    let mut table = TableBuilder::output(&SPEC);
    for finding in in_order(findings) {
        table.text(KIND, finding.kind.as_bytes());
        table.text(TABLE, finding.table.as_bytes());
        table.text(KEY, finding.key.as_bytes());
        table.text(MESSAGE, finding.message.as_bytes());
        if let Some(amount) = finding.amount {
            table.thousandths(AMOUNT, i128::from(amount));
        }
        table.end_row();
    }
    table.finish()
}

/// The manifest of the night.
///
/// # Errors
/// A fault of ours in serialising the settings.
pub fn manifest(
    written: &[Written],
    inputs: BTreeMap<String, Vec<FileRecord>>,
    worked: &Worked,
    figures: &Figures,
    portfolio: &Portfolio,
    compiled: &Compiled,
    request: &Request<'_>,
) -> Result<Manifest, Failure> {
    let settings = settings_value(request.settings)?;
    Ok(Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        as_of: request.as_of.to_string(),
        rules: Rules { name: compiled.program.name.clone(), hash: compiled.program.hash.clone() },
        settings,
        inputs,
        counts: counts(worked, portfolio),
        identities: identities(worked)
            .into_iter()
            .chain(worked.handed.proofs.iter().chain(&figures.proofs).chain(&worked.control.penalties.proofs()).map(Identity::from))
            .collect(),
        control_totals: control_totals(worked),
        shadows: shadows(&worked.shards, &compiled.program),
        batches: batches::described(&worked.handed.heads),
        outputs: written.iter().map(|file| (file.file.trim_end_matches(".parquet").to_owned(), file.clone())).collect(),
    })
}

/// What every rule on trial that is in force would have decided.
pub fn shadows(shards: &[Evaluated], program: &Program) -> Vec<Shadowed> {
    let mut tallies = vec![Tally::default(); program.shadows.len()];
    for shard in shards {
        tallies.iter_mut().zip(&shard.shadows).for_each(|(all, own)| all.merge(own));
    }
    let told = |(shadow, tally): (&Shadow, Tally)| Shadowed {
        rule: shadow.rule.id.clone(),
        part: shadow.part.name().to_owned(),
        customers: tally.customers,
        items: tally.items,
        amounts: tally.amounts.iter().map(|(currency, sum)| (currency.code().to_owned(), format_amount(*sum, currency.digits()))).collect(),
    };
    program.shadows.iter().zip(tallies).map(told).collect()
}

/// The settings as the manifest writes them.
///
/// # Errors
/// A fault of ours.
pub fn settings_value(settings: &Settings) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(settings).map_err(|error| Failure::new(Exit::Bug, format!("the settings do not serialise: {error}")))
}

/// Rows by fate of every table the job names.
pub fn counts(worked: &Worked, portfolio: &Portfolio) -> BTreeMap<String, Counts> {
    let named = portfolio.counts.iter().chain(&worked.control.counts).filter(|(name, _)| portfolio.inputs.contains_key(**name));
    let counts = |count: &Count| Counts {
        read: count.used + count.ignored + count.rejected,
        used: count.used,
        ignored: count.ignored,
        rejected: count.rejected,
    };
    named.map(|(name, count)| ((*name).to_owned(), counts(count))).collect()
}

impl From<&Proof> for Identity {
    fn from(proof: &Proof) -> Identity {
        let text = |amount| format_amount(amount, proof.currency.digits());
        let (left, right) = (text(proof.left), text(proof.right));
        Identity { name: proof.name.clone(), currency: proof.currency.code().to_owned(), left, right }
    }
}

fn identities(worked: &Worked) -> Vec<Identity> {
    let mut identities = Vec::new();
    for (currency, sides) in &worked.control.totals {
        let text = |amount| format_amount(amount, currency.digits());
        let mut add = |name: &str, left: i128, right: i128| {
            identities.push(Identity { name: name.to_owned(), currency: currency.code().to_owned(), left: text(left), right: text(right) });
        };
        let applied = sides.credits_applied + sides.cash_applied + sides.written_off + sides.sold;
        add("invoices", sides.invoiced - applied, sides.open);
        add("credits", sides.credit_notes, sides.credits_applied + sides.credits_left + sides.credits_refunded);
        add("cash", sides.cash, sides.cash_applied + sides.cash_left - sides.credits_refunded);
        let unsettled = worked.control.unsettled.get(currency).copied().unwrap_or(0);
        add("payments", worked.control.payments.get(currency).copied().unwrap_or(0), sides.cash + unsettled);
    }
    identities
}

fn control_totals(worked: &Worked) -> Vec<ControlTotal> {
    let total = |((table, currency), tally): (&(&'static str, Currency), &portfolio::Tally)| ControlTotal {
        table: (*table).to_owned(),
        currency: currency.code().to_owned(),
        count: u64::try_from(tally.count).unwrap_or(u64::MAX),
        amount: format_amount(tally.amount, currency.digits()),
    };
    worked.control.tallies.whole.iter().map(total).collect()
}
