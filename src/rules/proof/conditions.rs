//! Findings about single conditions: never true, always true, or with a part that says nothing.

use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::parser;
use crate::rules::expr::tree::{Tree, TreeKind};
use crate::rules::marks::{Mark, Owner};
use crate::rules::program::{Condition, Program, Rule, ShadowPart};
use crate::rules::proof::stand_ins;
use crate::rules::proof::table::possible;
use crate::rules::proof::{Facets, Finding, short};
use crate::rules::sources::{Sources, Span};

/// Parts of one condition that are weighed against each other.
const MOST_PARTS: usize = 24;

/// What is found in every condition of a program that is in force.
pub fn findings(program: &Program, facets: &Facets<'_>, sources: &Sources<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (owner, id, condition) in conditions(program, facets) {
        let Some(span) = facets.marks.find(&Mark::Condition(owner, id.to_owned())) else { continue };
        // A written `true` is meant; whether a row, a policy or a penalty is ever true is a matter of its table.
        let proved_as_table = matches!(owner, Owner::Row | Owner::Policy | Owner::Penalty);
        if !proved_as_table && !matches!(condition, Condition::Always(_)) {
            findings.extend(settled(&whose(owner, id), condition, span, facets));
        }
        findings.extend(idle_parts(condition, span, facets, sources));
    }
    for (owner, rule) in on_trial(program).filter(|(_, rule)| rule.in_force(facets.first)) {
        let Some(span) = facets.marks.find(&Mark::Condition(owner, rule.id.clone())) else { continue };
        // What is on trial stands in no table that is proved.
        if possible(&rule.when, facets).is_none() {
            findings.push(never_true(&format!("the condition of \"{}\", which is on trial,", rule.id), span));
        }
        findings.extend(idle_parts(&rule.when, span, facets, sources));
    }
    findings.extend(stops_of_all(program, facets));
    findings.extend(stand_ins::findings(program, facets));
    findings
}

/// Blocks that stop everyone with no end in sight: a written `true` is meant where a block ends by itself.
fn stops_of_all(program: &Program, facets: &Facets<'_>) -> Vec<Finding> {
    let all = program.blocks.iter().map(|block| &block.rule);
    let all = all.filter(|rule| rule.when == Condition::Always(true) && rule.until.is_none() && rule.in_force(facets.first));
    let found = all.filter_map(|rule| {
        let span = facets.marks.find(&Mark::Condition(Owner::Block, rule.id.clone()))?;
        let found = Diagnostic::warning(codes::ALWAYS_TRUE, span, format!("the block \"{}\" stops everyone, every night", rule.id));
        Some(found.help("write whom it is about, or the last day of the stop: `until:`").into())
    });
    found.collect()
}

/// Rules on trial, but for steps, which stand on their ladders.
fn on_trial(program: &Program) -> impl Iterator<Item = (Owner, &Rule)> {
    program.shadows.iter().filter_map(|shadow| {
        let owner = match shadow.part {
            ShadowPart::Row { .. } => Owner::Row,
            ShadowPart::Block => Owner::Block,
            ShadowPart::Policy => Owner::Policy,
            ShadowPart::Penalty { .. } => Owner::Penalty,
            ShadowPart::Step { .. } => return None,
        };
        Some((owner, &shadow.rule))
    })
}

/// Every condition that decides, with its owner.
fn conditions<'p>(program: &'p Program, facets: &Facets<'p>) -> Vec<(Owner, &'p str, &'p Condition)> {
    let today = facets.first;
    let tables = program.tables.iter().chain(program.assignments.iter().map(|queue| &queue.table));
    let rows = tables.flat_map(|table| table.rows.iter().map(|(rule, _)| (Owner::Row, rule)));
    let blocks = program.blocks.iter().map(|block| (Owner::Block, &block.rule));
    let tasks = program.tasks.iter().map(|task| (Owner::Task, &task.rule));
    let proposals = program.proposals.iter().map(|proposal| (Owner::Proposal, &proposal.rule));
    let written = |rule: &&Rule| facets.marks.find(&Mark::Condition(Owner::Route, rule.id.clone())).is_some();
    let routes = program.routes.all.iter().map(|route| &route.rule).filter(written).map(|rule| (Owner::Route, rule));
    let represented = program.representations.iter().map(|one| (Owner::Representation, &one.rule));
    let penalties = program.penalties.iter().map(|penalty| (Owner::Penalty, &penalty.rule));
    let trials = program.trials.iter().map(|trial| (Owner::Trial, &trial.among));
    let offers = program.offers.iter().map(|offer| (Owner::Offer, &offer.rule));
    let policies = program.policies.iter().filter(|policy| policy.applies.in_force(today));
    let steps = policies.clone().flat_map(|policy| policy.steps.iter().filter_map(|step| step.when.as_ref()));
    let entries = policies.clone().flat_map(|policy| policy.entries.iter().map(|entry| (Owner::Entry, &entry.rule)));
    let rules = rows
        .chain(blocks)
        .chain(tasks)
        .chain(proposals)
        .chain(routes)
        .chain(represented)
        .chain(penalties)
        .chain(trials)
        .chain(offers)
        .chain(entries);
    let rules = rules.chain(steps.map(|rule| (Owner::Step, rule)));
    let reworded =
        policies.clone().flat_map(|policy| &policy.steps).flat_map(|step| &step.reword).map(|reword| (Owner::Reword, &reword.rule));
    let also = policies.clone().flat_map(|policy| &policy.steps).flat_map(|step| &step.also).map(|companion| &companion.rule);
    // Without a written condition there is nothing to find fault with.
    let also = also.filter(|rule| facets.marks.find(&Mark::Condition(Owner::Companion, rule.id.clone())).is_some());
    let rules = rules.chain(also.map(|rule| (Owner::Companion, rule)));
    let rules = rules.chain(reworded).chain(policies.clone().map(|policy| (Owner::Policy, &policy.applies)));
    let rules = rules.filter(|(_, rule)| rule.in_force(today)).map(|(owner, rule)| (owner, rule.id.as_str(), &rule.when));
    let ladders = policies.flat_map(|policy| {
        let id = policy.applies.id.as_str();
        let enter = policy.enter_when.iter().map(move |condition| (Owner::EnterWhen, id, condition));
        enter.chain(policy.leave_when.iter().map(move |condition| (Owner::LeaveWhen, id, condition)))
    });
    let definitions = facets.marks.definitions.iter().map(|(name, condition)| (Owner::Definition, name.as_str(), &**condition));
    rules.chain(ladders).chain(definitions).collect()
}

/// A condition as messages name it.
fn whose(owner: Owner, id: &str) -> String {
    match owner {
        Owner::Block => format!("the condition of the block \"{id}\""),
        Owner::Proposal => format!("the condition of the proposal \"{id}\""),
        Owner::Route => format!("the condition of the route \"{}\"", short(id)),
        Owner::Task => format!("the condition of the task \"{id}\""),
        Owner::Representation => format!("the condition of \"{id}\""),
        Owner::Reword => format!("the condition of the wording \"{}\"", short(id)),
        Owner::Companion => format!("the condition of \"{}\"", short(id)),
        Owner::Step => format!("the condition of the step \"{}\"", short(id)),
        Owner::Entry => format!("the condition of the entry \"{}\"", short(id)),
        Owner::EnterWhen => format!("what lets a customer enter the ladder \"{id}\""),
        Owner::LeaveWhen => format!("what lets a customer leave the ladder \"{id}\""),
        Owner::Offer => format!("the condition of the offer \"{id}\""),
        Owner::Trial => format!("the condition of the trial \"{id}\""),
        _ => format!("the definition \"{id}\""),
    }
}

fn never_true(what: &str, span: Span) -> Finding {
    let found = Diagnostic::warning(codes::NEVER_TRUE, span, format!("{what} can never be true"));
    found.note("its parts exclude each other, whatever the data").into()
}

/// A condition whose answer is the same for every row.
fn settled(what: &str, condition: &Condition, span: Span, facets: &Facets<'_>) -> Option<Finding> {
    if possible(condition, facets).is_none() {
        return Some(never_true(what, span));
    }
    let denial = Condition::Not(Box::new(condition.clone()));
    if possible(&denial, facets).is_none() {
        let found = Diagnostic::warning(codes::ALWAYS_TRUE, span, format!("{what} is always true"));
        return Some(found.note("no data make it false").into());
    }
    None
}

/// Parts of an `and` or `or` without which the condition would say the same.
fn idle_parts(condition: &Condition, span: Span, facets: &Facets<'_>, sources: &Sources<'_>) -> Vec<Finding> {
    let (parts, all) = match condition {
        Condition::All(parts) => (parts, true),
        Condition::Any(parts) => (parts, false),
        _ => return Vec::new(),
    };
    let Some(spans) = part_spans(span, all, sources).filter(|spans| spans.len() == parts.len() && parts.len() <= MOST_PARTS) else {
        return Vec::new();
    };
    if possible(condition, facets).is_none() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        // The language asks for a test of presence beside every test of an optional value.
        if is_presence(part) {
            continue;
        }
        let others: Vec<Condition> = parts.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, part)| part.clone()).collect();
        if says_nothing(part, others, all, facets) {
            let message = if all { "this part is true wherever the others are" } else { "wherever this part is true, another one is" };
            let found = Diagnostic::warning(codes::ALWAYS_TRUE, spans[at], message);
            findings.push(found.note("the condition says the same without it").help("delete it, or correct it").into());
            break;
        }
    }
    findings
}

fn says_nothing(part: &Condition, mut others: Vec<Condition>, all: bool, facets: &Facets<'_>) -> bool {
    let not = |condition: Condition| Condition::Not(Box::new(condition));
    let counterexample = if all {
        others.push(not(part.clone()));
        Condition::All(others.into())
    } else {
        Condition::All(Box::new([part.clone(), not(Condition::Any(others.into()))]))
    };
    possible(&counterexample, facets).is_none()
}

fn is_presence(condition: &Condition) -> bool {
    match condition {
        Condition::Known(_) | Condition::HasValue(_) => true,
        Condition::Not(inner) => is_presence(inner),
        _ => false,
    }
}

/// Where the parts of an `and` or `or` stand.
fn part_spans(span: Span, all: bool, sources: &Sources<'_>) -> Option<Vec<Span>> {
    let text = sources.slice(span);
    let quoted = text.starts_with(['\'', '"']).then(|| text.get(1..text.len().saturating_sub(1))).flatten();
    let inner = Span { start: span.start + u32::from(quoted.is_some()), ..span };
    let tree = parser::expression(quoted.unwrap_or(text), inner).ok()?;
    let spans = |parts: Vec<Tree>| parts.into_iter().map(|part| part.span).collect();
    match tree.kind {
        TreeKind::And(parts) if all => Some(spans(parts)),
        TreeKind::Or(parts) if !all => Some(spans(parts)),
        _ => None,
    }
}
