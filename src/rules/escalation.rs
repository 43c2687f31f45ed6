//! Escalation files: blocks, policies with their ladders, limits on contact, queues and penalties.

mod action;
mod agency;
mod calendar;
mod channels;
mod companions;
mod entries;
mod full;
mod limits;
mod manners;
mod offers;
mod policy;
mod post;
mod proposal;
mod queue;
mod representation;
pub mod route;
mod spans;
mod task;
mod ways;

use std::collections::BTreeSet;

pub(super) use action::{DELIVERIES, OTHERWISE};
pub(super) use channels::CHANNELS;
pub(super) use limits::{AFTER, BY_COUNTRY, OVERFLOWS, QUIET, QUIET_OVERFLOWS, WEEKDAYS};
pub(super) use offers::EVERY;
pub(super) use policy::{BELOW_MIN, CATCH_UP, EXTENSIONS, ON_PAYMENT, ON_POLICY_CHANGE, REPRESENTED, RESUME, UNDELIVERED};
pub(super) use representation::WITHIN;

use crate::base::calendar::Calendar;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::dictionary::GRAINS;
use crate::rules::document::Node;
use crate::rules::forms::escalation as forms;
use crate::rules::forms::segmentation::QUEUE;
use crate::rules::marks::{Holed, Mark, Owner};
use crate::rules::names::Meaning;
use crate::rules::program::{
    Assignment, Block, Cap, Clock, ContactHours, Contractual, Effect, FieldId, Grain, Languages, Offer, PenaltyRule, Policy, Post,
    ProposalRule, QuietDays, Representation, Routes, Source, TaskRule, ToneBound, WayToPay,
};
use crate::rules::rate_files::unknown;
use crate::rules::rates::RateBook;
use crate::rules::renames::{self, Kind};
use crate::rules::rule_files::RuleFile;
use crate::rules::segmentation::{parameters, shared_names};
use crate::rules::shipped;
use crate::rules::sources::Span;
use crate::rules::tables::{self, IdPlaces, PendingTable, rule, unique_id};

pub(super) const EFFECTS: &[(&str, Effect)] =
    &[("contact", Effect::Contact), ("penalties", Effect::Penalties), ("escalation", Effect::Escalation), ("agency", Effect::Agency)];

pub(super) const CLOCKS: &[(&str, Clock)] = &[("runs", Clock::Runs), ("pauses", Clock::Pauses)];
pub(super) const POLICY_HITS: &[(&str, ())] = &[("unique", ())];

/// What all escalation files together say.
#[derive(Default)]
pub struct Escalation {
    pub calendar: Option<Calendar>,
    pub blocks: Vec<Block>,
    pub tasks: Vec<TaskRule>,
    pub proposals: Vec<ProposalRule>,
    pub routes: Routes,
    pub representations: Vec<Representation>,
    pub policies: Vec<Policy>,
    pub offers: Vec<Offer>,
    pub caps: Vec<Cap>,
    pub quiet_days: Vec<QuietDays>,
    pub post: Vec<Post>,
    pub ways_to_pay: Vec<WayToPay>,
    pub contact_hours: Vec<ContactHours>,
    pub tones: Vec<String>,
    pub tone_bounds: Vec<ToneBound>,
    pub languages: Option<Languages>,
    pub channel_capacity: Vec<(u8, u32)>,
    pub assignments: Vec<Assignment>,
    pub penalties: Vec<PenaltyRule>,
}

/// A file whose names are declared and whose rules are still to be checked.
pub struct PendingEscalation<'n> {
    record: Record<'n>,
    queues: Vec<PendingTable<'n>>,
}

/// Ids and places that must be unique over all files.
#[derive(Default)]
struct Ids {
    blocks: IdPlaces,
    tasks: IdPlaces,
    proposals: IdPlaces,
    routes: IdPlaces,
    representations: IdPlaces,
    policies: IdPlaces,
    offers: IdPlaces,
    caps: IdPlaces,
    penalties: IdPlaces,
    calendar: Option<Span>,
    quiet_days: Option<Span>,
    post: IdPlaces,
    ways: IdPlaces,
    hours: IdPlaces,
    bounds: IdPlaces,
    languages: Option<Span>,
    channel_capacity: Option<Span>,
}

/// Declares what an escalation file names.
pub fn declare<'n>(file: &'n RuleFile, queues_before: usize, context: &mut Context<'_>) -> Option<PendingEscalation<'n>> {
    let mut record = Record::open(&file.body, &forms::ESCALATION, context)?;
    shared_names(&mut record, context);
    parameters(&mut record, context);
    let mut queues = Vec::new();
    if let Some(node) = record.take("assignments", context) {
        for (at, table) in context.items(node).iter().enumerate() {
            // Positions after those of all segmentation tables: a queue is no table of the segmentation.
            queues.extend(tables::declare(table, &QUEUE, Source::Decision(usize::MAX - queues_before - at), context));
        }
    }
    Some(PendingEscalation { record, queues })
}

/// Declares the fields of what all escalation files together have.
pub fn declare_routes(pending: &[PendingEscalation<'_>], context: &mut Context<'_>) {
    route::declare(pending.iter().filter_map(|file| file.record.peek("routes")), context);
}

/// Checks all escalation files.
pub fn check(pending: Vec<PendingEscalation<'_>>, rates: &RateBook, context: &mut Context<'_>) -> Escalation {
    let mut all = Escalation::default();
    let mut ids = Ids::default();
    let steps = policy::all_steps(pending.iter().map(|file| &file.record));
    context.names.offers = offers::all_names(pending.iter().map(|file| &file.record));
    let mut pending = pending;
    // Steps of one file may name tones of another.
    let mut scale = None;
    for record in pending.iter_mut().map(|file| &mut file.record) {
        let Some(node) = record.take("tones", context) else { continue };
        once("tones", record.key_span("tones"), &mut scale, context);
        all.tones = manners::tones(node, context);
        context.names.tones = Some(all.tones.clone());
    }
    for file in pending {
        check_file(file, rates, &steps, &mut all, &mut ids, context);
    }
    full::refuse(&all, context);
    proposal::refuse_mixed(&all.proposals, context);
    proposal::refuse_without_cost(&all.proposals, context);
    route::finish(&mut all.routes, context);
    // Quiet days may stand in another file.
    all.post.iter().for_each(|one| post::refuse_quiet(one, &all.quiet_days, context));
    all
}

fn check_file(
    file: PendingEscalation<'_>,
    rates: &RateBook,
    steps: &BTreeSet<String>,
    all: &mut Escalation,
    ids: &mut Ids,
    context: &mut Context<'_>,
) {
    let PendingEscalation { mut record, queues } = file;
    once_calendar(&mut record, all, ids, context);
    if let Some(node) = record.take("policy_hit", context) {
        context.choice(node, "a way to choose a policy", POLICY_HITS);
    }
    if let Some(node) = record.take("blocks", context) {
        all.blocks.extend(context.items(node).iter().filter_map(|node| block(node, &mut ids.blocks, context)));
    }
    if let Some(node) = record.take("offers", context) {
        all.offers.extend(context.items(node).iter().filter_map(|node| offers::read(node, &mut ids.offers, context)));
    }
    if let Some(node) = record.take("policies", context) {
        let before = all.policies.len();
        all.policies.extend(context.items(node).iter().filter_map(|node| policy::read(node, &mut ids.policies, steps, context)));
        if all.policies.len() - before < tables::length(node) {
            context.names.marks.holed.insert(Holed::Policies);
        }
    }
    if let Some(node) = record.take("caps", context) {
        all.caps.extend(context.items(node).iter().filter_map(|node| limits::cap(node, &mut ids.caps, context)));
    }
    if let Some(node) = record.take("quiet_days", context) {
        once("quiet_days", record.key_span("quiet_days"), &mut ids.quiet_days, context);
        all.quiet_days = limits::quiet_days(node, context);
    }
    if let Some(node) = record.take("tasks", context) {
        all.tasks.extend(context.items(node).iter().filter_map(|node| task::read(node, &mut ids.tasks, context)));
    }
    if let Some(node) = record.take("proposals", context) {
        let ids = &mut ids.proposals;
        all.proposals.extend(context.items(node).iter().filter_map(|node| proposal::read(node, ids, context)));
    }
    if let Some(node) = record.take("routes", context) {
        all.routes.all.extend(context.items(node).iter().filter_map(|node| route::read(node, &mut ids.routes, context)));
    }
    if let Some(node) = record.take("representations", context) {
        let methods = &mut ids.representations;
        all.representations.extend(context.items(node).iter().filter_map(|node| representation::read(node, methods, context)));
    }
    manners(&mut record, all, ids, context);
    if let Some(node) = record.take("channel_capacity", context) {
        once("channel_capacity", record.key_span("channel_capacity"), &mut ids.channel_capacity, context);
        all.channel_capacity = queue::channels(node, context);
    }
    if let Some(node) = record.take("penalties", context) {
        let before = all.penalties.len();
        all.penalties.extend(context.items(node).iter().filter_map(|node| penalty(node, rates, &mut ids.penalties, context)));
        if all.penalties.len() - before < tables::length(node) {
            context.names.marks.holed.insert(Holed::Penalties);
        }
    }
    if record.holed() {
        context.names.marks.holed.extend([Holed::Policies, Holed::Penalties]);
    }
    record.close(context);
    all.assignments.extend(queues.into_iter().filter_map(|queue| queue::read(queue, context)));
}

/// How letters go out and money comes in; at what hours, in what tone and language debtors are spoken to.
fn manners(record: &mut Record<'_>, all: &mut Escalation, ids: &mut Ids, context: &mut Context<'_>) {
    if let Some(node) = record.take("post", context) {
        all.post.extend(context.items(node).iter().filter_map(|node| post::read(node, &mut ids.post, context)));
    }
    if let Some(node) = record.take("ways_to_pay", context) {
        all.ways_to_pay.extend(context.items(node).iter().filter_map(|node| ways::read(node, &mut ids.ways, context)));
    }
    if let Some(node) = record.take("contact_hours", context) {
        all.contact_hours.extend(context.items(node).iter().filter_map(|node| manners::hours(node, &mut ids.hours, context)));
    }
    if let Some(node) = record.take("tone_bounds", context) {
        all.tone_bounds.extend(context.items(node).iter().filter_map(|node| manners::bound(node, &mut ids.bounds, context)));
    }
    if let Some(node) = record.take("languages", context) {
        once("languages", record.key_span("languages"), &mut ids.languages, context);
        all.languages = manners::languages(node, context);
    }
}

fn once_calendar(record: &mut Record<'_>, all: &mut Escalation, ids: &mut Ids, context: &mut Context<'_>) {
    if let Some(node) = record.take("calendar", context) {
        once("calendar", record.key_span("calendar"), &mut ids.calendar, context);
        all.calendar = calendar::calendar(node, context);
    }
}

/// Reports a key that another file has set already.
fn once(key: &str, span: Span, first: &mut Option<Span>, context: &mut Context<'_>) {
    match first {
        Some(first) => context.defined_twice(key, span, *first),
        None => *first = Some(span),
    }
}

fn block(node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<Block> {
    let mut record = Record::open(node, &forms::BLOCK, context)?;
    let id = record.need("block", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    renames::read(&mut record, Kind::Block, "", id.as_deref(), context);
    let on = record.need("on", context).and_then(|node| context.choice(node, "what a block is about", GRAINS));
    let when = record.need("when", context);
    let stops = record.need("stops", context).map(|node| effects(node, context));
    let clock = record.take("clock", context);
    let clock = clock.map_or(Some(Clock::Runs), |node| context.choice(node, "what the clock does", CLOCKS));
    let review_after = record.take("review_after", context).and_then(|node| spans::span(node, context));
    mark_condition(Owner::Block, id.as_deref(), when, context);
    context.names.stops = true;
    let rule = rule(id, when, on.unwrap_or(Grain::Invoice), &mut record, context);
    context.names.stops = false;
    record.close(context);
    Some(Block { rule: rule?, on: on?, stops: stops?, clock: clock?, review_after })
}

/// Notes where a condition stands.
fn mark_condition(owner: Owner, id: Option<&str>, node: Option<&Node>, context: &mut Context<'_>) {
    if let Some((id, node)) = id.zip(node) {
        context.names.marks.put(Mark::Condition(owner, id.to_owned()), node.span);
    }
}

fn effects(node: &Node, context: &mut Context<'_>) -> Vec<Effect> {
    let mut effects: Vec<_> =
        context.items(node).iter().filter_map(|item| context.choice(item, "something a block stops", EFFECTS)).collect();
    effects.sort_unstable();
    effects.dedup();
    effects
}

/// The field a name of a rule file stands for.
fn field_named(name: &str, span: Span, grain: Grain, context: &mut Context<'_>) -> Option<FieldId> {
    match context.names.look_up(name) {
        Some(Meaning::Field(id)) if context.names.field(id).grain == Grain::Invoice && grain == Grain::Customer => {
            context.error(codes::OTHER_GRAIN, span, format!("\"{name}\" is a field of each invoice, and this is about a customer"));
            None
        }
        Some(Meaning::Field(id)) => Some(id),
        Some(Meaning::Poison) => None,
        _ => {
            let fields = context.names.iter().filter(|(_, named)| matches!(named.meaning, Meaning::Field(_))).map(|(name, _)| name);
            let found = Diagnostic::error(codes::UNKNOWN_NAME, span, format!("there is no field called \"{name}\"")).nearest(name, fields);
            context.findings.push(found);
            None
        }
    }
}

fn penalty(node: &Node, rates: &RateBook, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<PenaltyRule> {
    let mut record = Record::open(node, &forms::PENALTY, context)?;
    let id = record.need("penalty", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    renames::read(&mut record, Kind::Penalty, "", id.as_deref(), context);
    let when = record.need("when", context);
    let regime = record.need("regime", context).and_then(|node| regime(node, rates, context));
    let contractual = record.take("contractual", context).and_then(|node| contractual(node, context)).unwrap_or_default();
    mark_condition(Owner::Penalty, id.as_deref(), when, context);
    let rule = rule(id, when, Grain::Customer, &mut record, context);
    if contractual != Contractual::No && regime == Some(None) {
        context.error(codes::ACTION_DETAIL, record.key_span("contractual"), "without a regime there is no contractual rate either");
    }
    let compound = record.take("compound", context).and_then(|node| context.flag(node)).unwrap_or(false);
    let compounds = |regime: Option<usize>| regime.is_some_and(|regime| rates.regimes[regime].compounds_after.is_some());
    if compound && regime.is_some_and(|regime| !compounds(regime)) {
        let found = Diagnostic::error(codes::COMPOUND, record.key_span("compound"), "under this regime interest bears no interest");
        context.findings.push(found.help("where the law allows it, the regime says after how many months: compounds_after"));
    }
    record.close(context);
    Some(PenaltyRule { rule: rule?, regime: regime?, contractual, compound })
}

/// `true`, `false`, or `customer` for rates of customers alone.
fn contractual(node: &Node, context: &mut Context<'_>) -> Option<Contractual> {
    if node.text() == Some(forms::OF_CUSTOMER) {
        return Some(Contractual::Customer);
    }
    context.flag(node).map(|takes| if takes { Contractual::Invoice } else { Contractual::No })
}

/// A regime of the rate files; the inner `None` where nothing is due.
fn regime(node: &Node, rates: &RateBook, context: &mut Context<'_>) -> Option<Option<usize>> {
    let name = context.text(node)?;
    if name == "none" {
        return Some(None);
    }
    let position = rates.regimes.iter().position(|regime| regime.name == name);
    if position.is_none() && !context.names.lost.contains(name) {
        let names = || rates.regimes.iter().map(|regime| regime.name.as_str());
        let found = Diagnostic::error(codes::UNKNOWN_REGIME, node.span, format!("there is no penalty regime \"{name}\""));
        let known = std::iter::once("none").chain(names()).collect::<Vec<_>>().join(", ");
        let found = found.help(format!("regimes are defined in files of kind rates; none asks for no penalties; known are: {known}"));
        context.findings.push(unknown(found, shipped::Kind::Regime, name, names()));
    }
    position.map(Some)
}
