//! From rule files to a program, or to all that is wrong with them.
//!
//! Names of all files are declared first, so that the order of files and of sections never matters; then everything is checked
//! in the order of the night: derived fields, tables, trials, escalation. Later stages may read earlier ones, never the reverse.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::calendar::{Calendar, CalendarName};
use crate::base::date::Date;
use crate::base::money::Currency;
use crate::rules::context::Context;
use crate::rules::diagnostics::{Diagnostic, Findings};
use crate::rules::dictionary;
use crate::rules::escalation::{self, Escalation};
use crate::rules::expr::check::resolve_definition;
use crate::rules::expr::typed::Condition;
use crate::rules::marks::Marks;
use crate::rules::names::{DefinitionState, Meaning, Names};
use crate::rules::program::{DecisionTable, Definition, Derived, Field, IdList, Program, Rule, Shadow, Source, Step, Trial};
use crate::rules::ranges;
use crate::rules::rate_files;
use crate::rules::rates::RateBook;
use crate::rules::renames;
use crate::rules::rule_files::{FileKind, RuleFile, open_all};
use crate::rules::segmentation;
use crate::rules::shadow;
use crate::rules::sources::{SourceFile, Sources, Span};
use crate::rules::{canonical, codes, passing_time, usage};

/// A program with what a person should look at.
#[derive(Debug)]
pub struct Compiled {
    pub program: Program,
    pub warnings: Vec<Diagnostic>,
}

/// All that is known of a rule set, sound or not.
#[derive(Debug)]
pub struct Examined {
    /// What could be compiled: the whole rule set where there is no error.
    pub program: Program,
    pub errors: Vec<Diagnostic>,
    pub warnings: Vec<Diagnostic>,
    /// Numbers without a unit that are amounts of the reporting currency.
    pub bare_money: BTreeSet<Span>,
    /// What the proofs need beyond the program.
    pub marks: Marks,
}

/// Compiles the files of a rule set for a run date. Money in rules is in the reporting currency.
///
/// # Errors
/// All findings of all files, in order of place, errors before warnings, where at least one is an error.
pub fn compile(files: &[SourceFile], as_of: Date, reporting_currency: Currency) -> Result<Compiled, Vec<Diagnostic>> {
    let Examined { program, errors, warnings, .. } = examine(files, as_of, reporting_currency);
    if !errors.is_empty() {
        return Err(errors.into_iter().chain(warnings).collect());
    }
    Ok(Compiled { program, warnings })
}

/// Looks at the files of a rule set for a run date, as far as they can be understood.
pub fn examine(files: &[SourceFile], as_of: Date, reporting_currency: Currency) -> Examined {
    let sources = Sources::new(files);
    let mut context = Context { sources: &sources, names: Names::new(as_of, reporting_currency), findings: Findings::default() };
    let (in_force, asleep) = open_all(&mut context);
    let mut all: Vec<&RuleFile> = in_force.iter().chain(&asleep).collect();
    all.sort_by_key(|file| (!sources.is_built_in(file.index), sources.path(file.index)));
    let hash = canonical::hash(all.into_iter().filter(|file| file.kind != FileKind::Test), reporting_currency);
    context.names.marks.in_force = in_force.iter().map(|file| file.index).collect();
    let mut program = check(&in_force, &mut context);
    report_no_policy(&in_force, &asleep, &mut context);
    if context.findings.is_sound() {
        report_unused(&program.fields, &mut context);
    }
    let marks = marks(&mut context, &program);
    let bare_money = std::mem::take(&mut context.names.bare_money);
    let (errors, warnings) = context.findings.sorted(&sources);
    program.hash = canonical::with_lists(hash, &context.names.lists);
    if errors.is_empty() {
        usage::mark(&mut program);
        passing_time::mark(&mut program);
    }
    Examined { program, errors, warnings, bare_money, marks }
}

/// What the names know beyond the program.
fn marks(context: &mut Context<'_>, program: &Program) -> Marks {
    let mut marks = std::mem::take(&mut context.names.marks);
    marks.optional = std::mem::take(&mut context.names.optional);
    marks.ranges = std::mem::take(&mut context.names.ranges);
    for (name, named) in context.names.iter() {
        match named.meaning {
            Meaning::Definition(at) => {
                if let DefinitionState::Checked(checked) = &context.names.definitions[at].state {
                    marks.definitions.push((name.to_owned(), Arc::clone(&checked.condition)));
                }
            }
            Meaning::Field(id) => {
                marks.fields.entry(id).or_insert(named.span);
            }
            Meaning::Constant(_) | Meaning::List(_) | Meaning::Poison => {}
        }
    }
    ranges::of_derived(program, &mut marks.ranges);
    ranges::of_tables(program, &mut marks.ranges);
    marks
}

fn check(files: &[RuleFile], context: &mut Context<'_>) -> Program {
    let of_kind = |kind: FileKind| files.iter().filter(move |file| file.kind == kind);
    let mut derived = Vec::new();
    of_kind(FileKind::Dictionary).for_each(|file| dictionary::declare(file, context, &mut derived));
    of_kind(FileKind::Lists).for_each(|file| segmentation::declare_lists(file, context));
    let (mut tables, mut trials) = (Vec::new(), Vec::new());
    of_kind(FileKind::Segmentation).for_each(|file| segmentation::declare(file, context, &mut tables, &mut trials));
    let mut pending = Vec::new();
    of_kind(FileKind::Escalation).for_each(|file| pending.extend(escalation::declare(file, pending.len(), context)));
    escalation::declare_routes(&pending, context);
    // Rates change by half-year; no rule reads them.
    let changes = context.names.marks.changes.clone();
    let rates = rate_files::read(of_kind(FileKind::Rates), context);
    context.names.marks.changes = changes;

    check_definitions(context);
    let derived = dictionary::check_derived(&derived, context);
    let mut tables = segmentation::check_tables(tables, context);
    let trials = segmentation::check_trials(trials, context);
    let mut escalation = escalation::check(pending, &rates, context);
    refuse_what_comes_later(&tables, &trials, &escalation, context);
    let shadows = shadow::take(&mut tables, &mut escalation);
    let program = program(name_of(files), context, derived, Decisions { tables, trials, escalation, shadows }, rates);
    renames::check(&program, context);
    program
}

fn name_of(files: &[RuleFile]) -> String {
    let titles = files.iter().filter_map(|file| file.title.as_deref());
    titles.collect::<Vec<_>>().join(", ")
}

/// What decides, checked, and what would.
struct Decisions {
    tables: Vec<DecisionTable>,
    trials: Vec<Trial>,
    escalation: Escalation,
    shadows: Vec<Shadow>,
}

fn program(name: String, context: &mut Context<'_>, derived: Vec<Derived>, decisions: Decisions, rates: RateBook) -> Program {
    let definitions = definitions(context);
    let Decisions { tables, trials, escalation, shadows } = decisions;
    Program {
        hash: String::new(),
        name,
        currency: context.names.currency,
        definitions,
        fields: std::mem::take(&mut context.names.fields),
        derived,
        tables,
        trials,
        blocks: escalation.blocks,
        tasks: escalation.tasks,
        proposals: escalation.proposals,
        routes: escalation.routes,
        representations: escalation.representations,
        policies: escalation.policies,
        offers: escalation.offers,
        caps: escalation.caps,
        quiet_days: escalation.quiet_days,
        post: escalation.post,
        ways_to_pay: escalation.ways_to_pay,
        contact_hours: escalation.contact_hours,
        tones: escalation.tones,
        tone_bounds: escalation.tone_bounds,
        languages: escalation.languages,
        channel_capacity: escalation.channel_capacity,
        assignments: escalation.assignments,
        penalties: escalation.penalties,
        shadows,
        id_lists: id_lists(context),
        renames: std::mem::take(&mut context.names.renames),
        calendar: escalation.calendar.unwrap_or_else(|| Calendar::named(CalendarName::Weekends)),
        rates,
        texts: Arc::new(std::mem::take(&mut context.names.texts)),
    }
}

fn id_lists(context: &mut Context<'_>) -> Vec<IdList> {
    let all = std::mem::take(&mut context.names.id_lists).into_iter();
    all.map(|((name, grain), values)| IdList { name, grain, values: values.into_iter().collect() }).collect()
}

/// The definitions without a mistake.
fn definitions(context: &Context<'_>) -> Vec<Definition> {
    let checked = context.names.iter().filter_map(|(name, named)| {
        let Meaning::Definition(at) = named.meaning else { return None };
        let DefinitionState::Checked(checked) = &context.names.definitions[at].state else { return None };
        let place = context.sources.file_and_line(named.span);
        Some(Definition { name: name.to_owned(), when: Arc::clone(&checked.condition), place })
    });
    checked.collect()
}

/// Checks every definition, also those nobody uses.
fn check_definitions(context: &mut Context<'_>) {
    let definitions: Vec<(usize, Span)> = context
        .names
        .iter()
        .filter_map(|(_, named)| match named.meaning {
            Meaning::Definition(at) => Some((at, named.span)),
            _ => None,
        })
        .collect();
    for (at, span) in definitions {
        resolve_definition(context, at, span);
    }
}

/// When in the night a field gets its value.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Stage {
    Facts,
    Tables,
    Trials,
    Penalties,
    Routes,
    Escalation,
    Queues,
}

/// Facts known once penalties are.
const AFTER_PENALTIES: &[&str] = &["penalties_accrued"];

fn stage_of(field: &Field, tables: usize) -> Stage {
    match &field.source {
        Source::Fact if AFTER_PENALTIES.contains(&field.name.as_str()) => Stage::Penalties,
        Source::Column { .. } | Source::Fact | Source::Derived(_) => Stage::Facts,
        Source::Decision(at) if *at < tables => Stage::Tables,
        Source::Decision(_) => Stage::Queues,
        Source::Trial(_) => Stage::Trials,
        Source::Route => Stage::Routes,
    }
}

/// Tables cannot read trials, nothing can read a queue, and so on.
fn refuse_what_comes_later(tables: &[DecisionTable], trials: &[Trial], escalation: &Escalation, context: &mut Context<'_>) {
    let tables_read = tables.iter().flat_map(|table| rules_of(table, Stage::Tables));
    let trials_read = trials.iter().map(|trial| (Stage::Tables, &trial.among));
    // Penalties are decided beside the segmentation, before any action.
    let penalties = escalation.penalties.iter().map(|penalty| (Stage::Tables, &penalty.rule));
    let blocks = escalation.blocks.iter().map(|block| (Stage::Trials, &block.rule));
    let offers = escalation.offers.iter().map(|offer| (Stage::Escalation, &offer.rule));
    let tasks = escalation.tasks.iter().map(|task| (Stage::Escalation, &task.rule));
    let proposals = escalation.proposals.iter().map(|proposal| (Stage::Escalation, &proposal.rule));
    let routes = escalation.routes.all.iter().map(|route| (Stage::Penalties, &route.rule));
    let represented = escalation.representations.iter().map(|one| (Stage::Escalation, &one.rule));
    let steps = escalation.policies.iter().flat_map(|policy| policy.steps.iter().flat_map(Step::rules));
    let entries = escalation.policies.iter().flat_map(|policy| policy.entries.iter().map(|entry| &entry.rule));
    let policies =
        escalation.policies.iter().map(|policy| &policy.applies).chain(steps).chain(entries).map(|rule| (Stage::Escalation, rule));
    // Queues are chosen beside the segmentation.
    let queues = escalation.assignments.iter().flat_map(|queue| rules_of(&queue.table, Stage::Trials));
    let post = escalation.post.iter().map(|post| &post.rule).chain(escalation.ways_to_pay.iter().map(|way| &way.rule));
    let hours = escalation.contact_hours.iter().map(|hours| &hours.rule);
    let manners = post.chain(hours).chain(escalation.tone_bounds.iter().map(|bound| &bound.rule)).map(|rule| (Stage::Escalation, rule));
    let beside = offers.chain(tasks).chain(proposals).chain(routes).chain(represented).chain(manners);
    for (stage, rule) in tables_read.chain(trials_read).chain(penalties).chain(blocks).chain(beside).chain(policies).chain(queues) {
        refuse_late(&rule.when, stage, rule, tables.len(), context);
    }
    for route in &escalation.routes.all {
        route.conditions().for_each(|condition| refuse_late(condition, Stage::Penalties, &route.rule, tables.len(), context));
    }
    for proposal in &escalation.proposals {
        proposal.conditions().for_each(|condition| refuse_late(condition, Stage::Escalation, &proposal.rule, tables.len(), context));
    }
    for policy in &escalation.policies {
        for condition in policy.enter_when.iter().chain(&policy.leave_when) {
            refuse_late(condition, Stage::Escalation, &policy.applies, tables.len(), context);
        }
    }
}

fn rules_of(table: &DecisionTable, stage: Stage) -> impl Iterator<Item = (Stage, &Rule)> {
    table.rows.iter().map(move |(rule, _)| (stage, rule))
}

/// Refuses a condition that reads what is worked out later than its stage.
fn refuse_late(condition: &Condition, stage: Stage, rule: &Rule, tables: usize, context: &mut Context<'_>) {
    let mut late = None;
    condition.visit_fields(&mut |field, _| {
        if stage_of(context.names.field(field), tables) > stage {
            late = Some(field);
        }
    });
    let Some(field) = late else { return };
    let name = context.names.field(field).name.clone();
    let span = context.names.field_span(field).unwrap_or(Span::start_of(0));
    let found = Diagnostic::error(codes::NOT_HERE, span, format!("\"{name}\" is decided after \"{}\", which reads it", rule.id));
    let found = found.help(format!("it is read at {}", rule.place));
    context
        .findings
        .push(found.help("the order of a night is: derived fields, tables, trials, blocks, penalties, routes, policies and steps, queues"));
}

/// Escalation files that are all out of force would silence every ladder.
fn report_no_policy(in_force: &[RuleFile], asleep: &[RuleFile], context: &mut Context<'_>) {
    let escalation = |file: &&RuleFile| file.kind == FileKind::Escalation;
    if in_force.iter().any(|file| escalation(&file)) {
        return;
    }
    if let Some(file) = asleep.iter().find(escalation) {
        let today = context.names.as_of;
        let found = Diagnostic::error(codes::NO_POLICY, Span::start_of(file.index), format!("no escalation file is in force on {today}"));
        context.findings.push(found.help("check `effective:`"));
    }
}

/// Names nobody uses are likely slips.
fn report_unused(fields: &[Field], context: &mut Context<'_>) {
    let mut unused = Vec::new();
    for (name, named) in context.names.iter().filter(|(_, named)| !named.used) {
        let what = match named.meaning {
            Meaning::Constant(_) => "constant",
            Meaning::Definition(_) => "definition",
            Meaning::List(_) => "list",
            Meaning::Field(id) if matches!(fields[id.0 as usize].source, Source::Trial(_)) => {
                let message = format!("no rule asks for the trial \"{name}\": both arms are treated alike");
                let found = Diagnostic::warning(codes::UNUSED, named.span, message);
                unused.push(found.help(format!("write in_trial({name}) in the condition of what is tried, or delete the trial")));
                continue;
            }
            Meaning::Field(_) | Meaning::Poison => continue,
        };
        unused.push(Diagnostic::warning(codes::UNUSED, named.span, format!("nothing uses the {what} \"{name}\"")));
    }
    for (name, listed) in context.names.templates.iter().flatten().filter(|(_, listed)| !listed.used) {
        unused.push(Diagnostic::warning(codes::UNUSED, listed.span, format!("no step uses the template \"{name}\"")));
    }
    unused.into_iter().for_each(|finding| context.findings.push(finding));
}
