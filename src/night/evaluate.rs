//! One shard from its ledger to its outcome, in the order of the data: facts, rules, penalties, escalation, figures, tables.

use std::collections::BTreeMap;

use crate::base::calendar::Calendar;
use crate::base::contract::customers;
use crate::base::country;
use crate::base::date::Date;
use crate::base::money::{Currency, Rate};
use crate::base::recovery::RecoveryCurve;
use crate::base::table::Table;
use crate::night::accruals::{self, Accruals, Tariff};
use crate::night::by_customer::ByCustomer;
use crate::night::documents::InvoiceIx;
use crate::night::error::NightError;
use crate::night::escalation::block::{self, Stops};
use crate::night::escalation::{self, Outcome, Rulebook, overrides, reach, silence};
use crate::night::facts::{Debtor, ExtraColumns, FactTable, Subject};
use crate::night::fx::Rates;
use crate::night::kpi::{AgingBands, Cells, KpiInput};
use crate::night::ledger::Ledger;
use crate::night::matchers::Matchers;
use crate::night::memory::{Memory, VanishedPenalty};
use crate::night::normalise::Shard;
use crate::night::normalise::documents::Documents;
use crate::night::normalise::reject::Finding;
use crate::night::penalties::{Schedule, Terms};
use crate::night::placements::Placements;
use crate::night::proposals::{self, Proposals};
use crate::night::representations::{self, Representations, Represented};
use crate::night::reviews::{self, Due};
use crate::night::routes::{self, Routes};
use crate::night::segmentation::{self, Column};
use crate::night::shadow::{self, Cast, Decided, Tally};
use crate::night::tables::action::ActionNote;
use crate::night::tables::item::ItemNote;
use crate::night::tables::watermarks::Watermarks;
use crate::night::tasks::{self, Tasks};
use crate::night::terms::TermsBook;
use crate::night::{figures, placements, promise, tables, trials};
use crate::rules::eval::Env;
use crate::rules::program::{DecisionTable, Facts, FieldId, Grain, MISSING, Program, Source, Use};
use crate::rules::rates::RowRef;

/// What is the same for all shards of a night.
#[derive(Clone, Copy)]
pub struct Night<'a> {
    pub as_of: Date,
    pub program: &'a Program,
    pub matchers: &'a Matchers,
    pub calendar: &'a Calendar,
    pub rates: &'a Rates,
    pub schedules: &'a [Schedule<'a>],
    pub terms: Terms,
    pub extra: &'a ExtraColumns,
    pub bands: &'a AgingBands,
    pub curve: &'a RecoveryCurve,
    /// Share expected to be lost, by aging band; empty where the job names none.
    pub loss_rates: &'a [Rate],
    /// Depreciation of the balance net of tax, by aging band; empty likewise.
    pub depreciation_rates: &'a [Rate],
    /// Whether the job says what agencies keep of what they collect.
    pub has_agency_fees: bool,
    /// What a contact costs, by position of its channel, thousandths of the reporting currency; empty where the job does not say.
    pub contact_costs: &'a [i64],
    /// Names of the scopes of the figures, without `all`.
    pub scopes: &'a [String],
    /// Whether contacts are told by the step they were made for, too.
    pub by_step: bool,
    pub promise_grace_days: i32,
    /// What a year of capital costs; `None` where the job does not say.
    pub cost_of_capital: Option<Rate>,
    pub payment_terms: TermsBook<'a>,
    /// Whether the job has a contact log.
    pub has_contact_log: bool,
}

impl Night<'_> {
    /// What penalties are worked out by.
    pub fn tariff<'t>(&'t self, env: &'t Env<'t>) -> Tariff<'t> {
        Tariff {
            program: self.program,
            matcher: &self.matchers.penalties,
            env,
            calendar: self.calendar,
            terms: self.terms,
            schedules: self.schedules,
        }
    }
}

/// A shard worked out, but for what the whole portfolio decides: ranks and displaced actions.
#[derive(Debug, Default)]
pub struct Evaluated {
    /// Without the columns that depend on whether an action is displaced.
    pub open_items: Table,
    pub item_notes: Vec<ItemNote>,
    pub unallocated: Table,
    pub segments: Table,
    /// Without the columns that depend on ranks.
    pub actions: Table,
    pub action_notes: Vec<ActionNote>,
    /// Rows that take the place of others in `actions` where a queue is full.
    pub spares: Table,
    pub action_items: Table,
    pub tasks: Tasks,
    pub proposals: Proposals,
    pub placements: Placements,
    pub routes: Routes,
    pub penalties: Table,
    pub penalty_totals: Table,
    /// They do not depend on ranks.
    pub watermarks: Watermarks,
    pub outcomes: Vec<Outcome>,
    /// Customer id of each debtor, for the state rows of the ladders.
    pub debtor_ids: Vec<Box<[u8]>>,
    /// Who did the work of a debtor last, by position; of those who still owe something.
    pub collectors: BTreeMap<usize, Box<[u8]>>,
    /// Contacts of earlier nights that a cap may still count.
    pub contacts_kept: Table,
    /// State rows of blocks that are to be reviewed, in order of customer and invoice.
    pub blocks_kept: Table,
    /// State rows of payments that came back and were dealt with, in order of customer.
    pub represented_kept: Table,
    /// State rows of everyone who was drawn for a trial, in order of customer.
    pub trials_kept: Table,
    /// What customers used us for beyond their due dates, in the reporting currency; `None` where capital has no cost.
    pub free_credit: Option<i128>,
    pub cells: Cells,
    pub findings: Vec<Finding>,
    pub unconfirmed: u64,
    /// Rows of rates used that nobody confirmed.
    pub unconfirmed_rows: Vec<RowRef>,
    /// How many customers stand on steps the rules do not have, by policy and step.
    pub forgotten_steps: BTreeMap<(String, String), u64>,
    /// Penalties told tonight, as the difference to the night before, by currency.
    pub accrued_tonight: Vec<(Currency, i128)>,
    /// What rules on trial would have decided, in the order of [`Program::shadows`].
    pub shadows: Vec<Tally>,
}

/// Everything that was decided about a shard, before it becomes tables.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub subject: &'a Subject<'a>,
    pub facts: &'a FactTable,
    pub night: &'a Night<'a>,
    /// One per segmentation table.
    pub segments: &'a [Column],
    /// One per assignment table.
    pub queues: &'a [Column],
    /// One per debtor.
    pub stops: &'a [Stops],
    pub accruals: &'a Accruals,
    pub outcomes: &'a [Outcome],
    /// Payments presented again, in order of debtor.
    pub represented: &'a [Represented],
    /// One per rule on trial.
    pub shadows: &'a [Cast],
    /// Blocks whose review is due.
    pub reviews: &'a [Due],
}

impl Scene<'_> {
    /// Hands on what the figures of the shard are worked out from.
    pub fn figures<T>(&self, read: impl FnOnce(&KpiInput) -> T) -> T {
        figures::read(self.subject, self.facts, self.night, self.queues, self.outcomes, self.accruals, read)
    }
}

/// Somebody who looks on while a shard is worked out. Tests of rules and explanations see the night itself, not a copy of it.
pub trait Watch {
    /// The facts are filled, no rule was looked at yet. What is set here stands in for what was worked out.
    fn filled(&mut self, _subject: &Subject<'_>, _facts: &mut FactTable) {}
    /// All is decided.
    fn decided(&mut self, _scene: &Scene<'_>) {}
}

/// Nobody looks on.
#[derive(Debug, Clone, Copy)]
pub struct Unwatched;

impl Watch for Unwatched {}

/// Works out one shard.
///
/// # Errors
/// What stops the night: see [`NightError`].
pub fn evaluate(
    shard: &Shard,
    documents: &Documents<'_>,
    ledger: &Ledger,
    memory: &Memory,
    night: &Night<'_>,
    watch: &mut dyn Watch,
) -> Result<Evaluated, NightError> {
    let standing = Standing::of(documents, ledger, night);
    let subject = standing.subject(shard, documents, ledger, memory, night);
    let env = Env { as_of: night.as_of, calendar: night.calendar };
    let rulebook = Rulebook { program: night.program, matchers: night.matchers, env: &env, calendar: night.calendar };

    let mut facts = FactTable::fill(&subject, night.program)?;
    watch.filled(&subject, &mut facts);
    let segments = segmentation::segment(&subject, night.program, night.matchers, &mut facts, &env)?;
    let queues = queues(&subject, &facts, &rulebook)?;
    let mut stops = block::all(&subject, &facts, &rulebook);
    let held = held_invoices(&subject, &stops);
    let accruals = accruals::accrue(&subject, &facts, &night.tariff(&env), |invoice| held[invoice as usize])?;
    facts.fill_after_penalties(&subject, night.program, &accruals.to_date)?;
    let routes = routes::routes(&subject, &mut facts, &rulebook)?;
    let mut proposals = proposals::proposals(&subject, &facts, &rulebook)?;
    let mut placements = placements::placements(&subject, &facts, &rulebook, &mut stops, &proposals.to_hand_over)?;
    let outcomes = escalation::escalate(&subject, &facts, &rulebook, &stops)?;
    let shadows = cast(&subject, &facts, night, (&segments, &queues, &outcomes), &env);
    let reviews = reviews::reviews(&subject, night, &stops);
    let Representations { due: represented, coming, remembered: represented_kept, findings: missed } =
        representations::representations(&subject, &facts, &rulebook, &stops, &outcomes);
    let scene = Scene {
        subject: &subject,
        facts: &facts,
        represented: &represented,
        night,
        segments: &segments,
        queues: &queues,
        stops: &stops,
        accruals: &accruals,
        outcomes: &outcomes,
        shadows: &shadows,
        reviews: &reviews.due,
    };
    watch.decided(&scene);
    let cells = figures::read(&subject, &facts, night, &queues, &outcomes, &accruals, Cells::of);
    let shadows = shadows.iter().map(|cast| Tally::of(cast, &subject)).collect();
    let mut evaluated = tabulate(&subject, &facts, night, &segments, &queues, (outcomes, represented), accruals, cells)?;
    tables::item::expect(&mut evaluated.item_notes, &coming);
    evaluated.findings.extend(missed);
    let program = night.program;
    evaluated.findings.extend(reach::findings(&subject, program, &evaluated.outcomes));
    evaluated.findings.extend(overrides::findings(&subject, program));
    evaluated.findings.extend(silence::findings(&subject, program, &evaluated.outcomes));
    evaluated.findings.extend(reviews.due.iter().map(|due| reviews::finding(&subject, program, due)));
    evaluated.findings.append(&mut proposals.findings);
    evaluated.findings.append(&mut placements.findings);
    Ok(Evaluated {
        shadows,
        blocks_kept: reviews.remembered,
        tasks: tasks::tasks(&subject, &facts, &rulebook)?,
        proposals,
        placements,
        routes,
        represented_kept,
        trials_kept: trials::remembered(&subject, &facts, night.program),
        free_credit: crate::night::facts::free_credit_of_all(&subject)?,
        ..evaluated
    })
}

/// What rules on trial would have decided.
fn cast(
    subject: &Subject<'_>,
    facts: &FactTable,
    night: &Night<'_>,
    (segments, queues, outcomes): (&[Column], &[Column], &[Outcome]),
    env: &Env<'_>,
) -> Vec<Cast> {
    let Night { program, matchers, .. } = *night;
    shadow::cast(&Decided { subject, facts, program, matchers, env, segments, queues, outcomes })
}

#[expect(clippy::too_many_arguments, reason = "the last stage takes what every stage before it made")]
fn tabulate(
    subject: &Subject<'_>,
    facts: &FactTable,
    night: &Night<'_>,
    segments: &[Column],
    queues: &[Column],
    (mut outcomes, represented): (Vec<Outcome>, Vec<Represented>),
    accruals: Accruals,
    cells: Cells,
) -> Result<Evaluated, NightError> {
    let tables::action::Built { actions, notes: action_notes, items: action_items, spares } =
        tables::action::build(subject, facts, night, queues, (&outcomes, &represented), &accruals)?;
    let (open_items, item_notes) = tables::item::build(subject, facts, night, &outcomes);
    // Behind those of the ladders, which items go by.
    outcomes.extend(represented.into_iter().map(|represented| represented.outcome));
    let (penalties, penalty_totals, watermarks) = tables::penalty::build(subject, night, &accruals);
    let mut accrued_tonight = Vec::new();
    for told in &accruals.told {
        let currency = subject.documents.invoices[told.invoice as usize].currency;
        crate::night::facts::add(&mut accrued_tonight, currency, told.total.accrued_tonight.wide());
    }
    let mut findings = accruals.findings;
    for penalty in &subject.memory.vanished {
        crate::night::facts::add(&mut accrued_tonight, penalty.currency, -penalty.accrued.wide());
        findings.push(vanished(penalty));
    }
    findings.extend(undecided(subject, night.program, segments));
    findings.extend(incomplete(subject, facts, night.program));
    findings.extend(unknown_countries(subject));
    let id = |debtor: &Debtor| subject.documents.customer_ids[debtor.customer as usize].into();
    Ok(Evaluated {
        open_items,
        item_notes,
        unallocated: tables::account::unallocated(subject),
        segments: tables::segment::build(subject, night, facts, segments),
        actions,
        action_notes,
        spares,
        action_items,
        penalties,
        penalty_totals,
        watermarks,
        collectors: collectors(subject),
        contacts_kept: tables::state::contacts_kept(subject, night.program, night.by_step),
        blocks_kept: Table::default(),
        tasks: Tasks::default(),
        proposals: Proposals::default(),
        placements: Placements::default(),
        routes: Routes::default(),
        represented_kept: Table::default(),
        trials_kept: Table::default(),
        free_credit: None,
        outcomes,
        debtor_ids: subject.debtors.iter().map(id).collect(),
        cells,
        findings,
        unconfirmed: accruals.unconfirmed,
        unconfirmed_rows: accruals.unconfirmed_rows,
        forgotten_steps: subject.memory.forgotten_steps(&night.program.policies),
        accrued_tonight,
        shadows: Vec::new(),
    })
}

/// Those who are remembered, of debtors who owe something tonight.
fn collectors(subject: &Subject<'_>) -> BTreeMap<usize, Box<[u8]>> {
    let of = |(customer, collector): &(u32, Vec<u8>)| {
        let at = subject.debtors.binary_search_by_key(customer, |debtor| debtor.customer).ok()?;
        (!subject.debtors[at].items.is_empty()).then(|| (at, collector.as_slice().into()))
    };
    subject.memory.collectors.iter().filter_map(of).collect()
}

fn vanished(penalty: &VanishedPenalty) -> Finding {
    let key = String::from_utf8_lossy(&penalty.invoice_id).into_owned();
    let amount = Some(penalty.accrued.0.saturating_mul(penalty.currency.thousandths()));
    let message =
        "penalties were told on this invoice, which tonight's input does not have, or has in another currency: they are taken back";
    Finding { kind: "vanished_invoice", table: "invoices", key, message: message.into(), amount }
}

/// Customers with an open item for whom a table has no row and no `otherwise`.
fn undecided(subject: &Subject<'_>, program: &Program, segments: &[Column]) -> Vec<Finding> {
    let decides = |table: &DecisionTable| table.grain == Grain::Customer && table.hit.decides_by_one() && table.otherwise.is_none();
    let tables = program.tables.iter().zip(segments).filter(|(table, _)| decides(table));
    let mut findings = Vec::new();
    for (table, column) in tables {
        let without = subject.debtors.iter().zip(&column.cells).filter(|(debtor, cell)| !debtor.items.is_empty() && **cell == MISSING);
        findings.extend(without.map(|(debtor, _)| Finding {
            kind: "undecided",
            table: "segments",
            key: String::from_utf8_lossy(subject.documents.customer_ids[debtor.customer as usize]).into_owned(),
            message: format!("no row of table {} matches: add one, or otherwise:", table.id).into(),
            amount: None,
        }));
    }
    findings
}

/// Customers whose country is no code: rules that ask for it do not see the country that was meant. Also those who owe nothing tonight,
/// because penalties on what was paid late, and figures by country, are theirs as well.
fn unknown_countries(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for debtor in subject.debtors {
        let Some(row) = subject.documents.customers[debtor.customer as usize].row else { continue };
        let Some(written) = subject.shard.customers.text(customers::COUNTRY, row as usize).filter(|code| !country::is_code(code)) else {
            continue;
        };
        let written = String::from_utf8_lossy(written);
        let hint = country::meant(&written).map_or(String::new(), |code| format!(": {code} is meant"));
        findings.push(Finding {
            kind: "unknown_country",
            table: "customers",
            key: String::from_utf8_lossy(subject.documents.customer_ids[debtor.customer as usize]).into_owned(),
            message: format!("\"{written}\" is not an ISO 3166-1 code of two letters{hint}").into(),
            amount: None,
        });
    }
    findings
}

/// Rows without a value of a field that the dictionary says is always there: rules then see nothing, and a comparison does not hold.
fn incomplete(subject: &Subject<'_>, facts: &FactTable, program: &Program) -> Vec<Finding> {
    let mut findings = Vec::new();
    let fields = (0..).map(FieldId).zip(&program.fields);
    for (id, field) in fields.filter(|(_, field)| field.required && field.default == MISSING && field.used != Use::None) {
        let Source::Column { table, column } = &field.source else { continue };
        let mut find = |key: &[u8], amount: Option<i64>| {
            let key = String::from_utf8_lossy(key).into_owned();
            let message = format!("the column {column} is empty, but the rules require the field {}", field.name);
            findings.push(Finding { kind: "required_field_missing", table, key, message: message.into(), amount });
        };
        for (at, debtor) in subject.debtors.iter().enumerate().filter(|(_, debtor)| !debtor.items.is_empty()) {
            let customer = &subject.documents.customers[debtor.customer as usize];
            match field.grain {
                // A customer without a row has nothing at all, which is another finding.
                Grain::Customer if customer.row.is_some() && facts.debtor(at).cell(id) == MISSING => {
                    find(subject.documents.customer_ids[debtor.customer as usize], None);
                }
                Grain::Customer => {}
                Grain::Invoice => {
                    let mut last = None;
                    for item in debtor.items.clone().filter(|item| facts.item(at, *item).cell(id) == MISSING) {
                        let ledger_item = &subject.ledger.items[subject.open_items[item] as usize];
                        if last.replace(ledger_item.invoice) != Some(ledger_item.invoice) {
                            let currency = subject.currency(ledger_item);
                            let amount = subject.documents.invoices[ledger_item.invoice as usize].amount;
                            find(subject.invoice_id(item), amount.0.checked_mul(currency.thousandths()));
                        }
                    }
                }
            }
        }
    }
    findings
}

/// How the customers of a shard stand tonight.
pub struct Standing {
    debtors: Vec<Debtor>,
    open_items: Vec<u32>,
    promise_outcomes: ByCustomer<promise::Outcome>,
}

impl Standing {
    /// Looks up who owes what, and what became of promises.
    pub fn of(documents: &Documents<'_>, ledger: &Ledger, night: &Night<'_>) -> Standing {
        let (debtors, open_items) = debtors(ledger);
        let outcomes = promise::outcomes(&documents.promises, &documents.money, ledger, night.as_of, night.promise_grace_days);
        let promise_outcomes = ByCustomer::gathered(&outcomes, documents.customers.len(), |outcome| outcome.promise.customer);
        Standing { debtors, open_items, promise_outcomes }
    }

    /// What the facts of the shard are taken from.
    pub fn subject<'a>(
        &'a self,
        shard: &'a Shard,
        documents: &'a Documents<'a>,
        ledger: &'a Ledger,
        memory: &'a Memory,
        night: &Night<'a>,
    ) -> Subject<'a> {
        Subject {
            as_of: night.as_of,
            rates: night.rates,
            curve: night.curve,
            shard,
            documents,
            ledger,
            memory,
            debtors: &self.debtors,
            open_items: &self.open_items,
            promise_outcomes: &self.promise_outcomes,
            extra: night.extra,
            promise_grace_days: night.promise_grace_days,
            cost_of_capital: night.cost_of_capital,
            has_contact_log: night.has_contact_log,
        }
    }
}

/// Customers that were ever invoiced, with their open items.
fn debtors(ledger: &Ledger) -> (Vec<Debtor>, Vec<u32>) {
    let mut debtors = Vec::new();
    let mut open_items = Vec::new();
    let mut at = 0_u32;
    for items in ledger.items.chunk_by(|a, b| a.customer == b.customer) {
        let start = open_items.len();
        for item in items {
            if item.open.is_positive() {
                open_items.push(at);
            }
            at += 1;
        }
        debtors.push(Debtor { customer: items[0].customer, items: start..open_items.len() });
    }
    (debtors, open_items)
}

/// The queue of every debtor, one column per assignment table.
fn queues(subject: &Subject<'_>, facts: &FactTable, rulebook: &Rulebook<'_>) -> Result<Vec<Column>, NightError> {
    let assignments = rulebook.program.assignments.iter().zip(&rulebook.matchers.queues);
    assignments.map(|(assignment, index)| segmentation::decide_all(subject, facts, &assignment.table, index, rulebook.env)).collect()
}

/// Invoices whose penalties are held tonight.
fn held_invoices(subject: &Subject<'_>, stops: &[Stops]) -> Vec<bool> {
    let mut held = vec![false; subject.documents.invoices.len()];
    for (debtor, stops) in subject.debtors.iter().zip(stops) {
        if stops.holds_all_penalties() {
            held[subject.documents.invoices.range(debtor.customer)].fill(true);
        }
        for item in stops.held_penalties() {
            let invoice: InvoiceIx = subject.ledger.items[subject.open_items[*item] as usize].invoice;
            held[invoice as usize] = true;
        }
    }
    held
}
