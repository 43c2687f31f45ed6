//! Queues: who does the work, in what order, and how much of it fits into a night.

use super::action::verb;
use super::field_named;
use super::spans::days;
use crate::base::contract::values::CONTACT_CHANNELS;
use crate::rules::codes;
use crate::rules::context::{Context, is_name};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::expr::check::Checker;
use crate::rules::expr::parser;
use crate::rules::forms::segmentation::{AMOUNT_DUE, EXPECTED_VALUE};
use crate::rules::names::ValueType;
use crate::rules::program::{Assignment, Cell, FieldId, Grain, RankBy, RankKey, Type, Verb};
use crate::rules::sources::Span;
use crate::rules::tables::{self, PendingTable};

/// Which end comes first; true for the smallest.
const DIRECTIONS: &[(&str, bool)] = &[("desc", false), ("asc", true)];

/// A queue table with its order and its capacities.
pub(super) fn read(queue: PendingTable<'_>, context: &mut Context<'_>) -> Option<Assignment> {
    let ty = context.names.field(queue.output).ty.clone();
    let grain = queue.grain;
    let (table, mut record) = tables::check(queue, context);
    let rank = record.take("rank", context);
    let rank = rank.map(|node| context.items(node).iter().filter_map(|item| ranked(item, grain, context)).collect());
    let capacity = record.take("capacity", context).map(|node| capacities(node, &ty, context));
    let counts = record.take("counts", context).map(|node| {
        let mut verbs: Vec<Verb> = context.items(node).iter().filter_map(|item| verb(item, context)).collect();
        verbs.sort_unstable();
        verbs.dedup();
        verbs
    });
    if counts.as_ref().is_some_and(Vec::is_empty) && !record.holed() {
        let found = Diagnostic::error(codes::CAP, record.key_span("counts"), "nothing is counted, so that no capacity is ever reached");
        context.findings.push(found.help("name actions: counts: [call, visit], or leave the key out"));
    }
    let counts = counts.unwrap_or_else(Verb::by_people);
    let takes = record.take("takes", context).map(|node| efforts(node, &counts, context)).unwrap_or_default();
    let patience = record.take("patience", context).and_then(|node| {
        let patience = days(node, context)?;
        if patience < 0 {
            context.error(codes::CAP, node.span, "patience is a time that passes: it is not negative");
        }
        Some(patience)
    });
    let skills = record.take("skills", context).and_then(|node| skill(node, grain, context));
    record.close(context);
    Some(Assignment {
        table: table?,
        rank: rank.unwrap_or_else(|| vec![RankKey { by: RankBy::ExpectedValue, ascending: false }]),
        capacity: capacity.unwrap_or_default(),
        counts,
        takes,
        patience: patience.unwrap_or(Assignment::PATIENCE),
        skills,
    })
}

/// One figure that orders a queue: a name or an expression, with the end that comes first.
fn ranked(node: &Node, grain: Grain, context: &mut Context<'_>) -> Option<RankKey> {
    let (source, span) = context.expression_source(node)?;
    let direction = DIRECTIONS.iter().find_map(|(word, ascending)| {
        let rest = source.strip_suffix(word)?;
        rest.ends_with(char::is_whitespace).then_some((rest.trim_end(), *ascending))
    });
    let (written, ascending) = direction.unwrap_or((source, false));
    let span = Span { end: span.start + u32::try_from(written.len()).unwrap_or(0), ..span };
    let by = if written == EXPECTED_VALUE {
        RankBy::ExpectedValue
    } else if written == AMOUNT_DUE {
        RankBy::AmountDue
    } else if is_name(written) {
        let field = field_named(written, span, grain, context)?;
        ordered(&context.names.field(field).ty.clone(), span, context)?;
        RankBy::Field(field)
    } else {
        let tree = parser::expression(written, span);
        let tree = tree.map_err(|finding| context.report_syntax(*finding, node)).ok()?;
        let (ty, value) = Checker::new(context, grain).worked_out(&tree)?;
        let ValueType::Plain(ty) = ty else {
            context.error(codes::TYPES_DIFFER, span, ORDERED);
            return None;
        };
        ordered(&ty, span, context)?;
        RankBy::Value(value)
    };
    Some(RankKey { by, ascending })
}

const ORDERED: &str = "a queue is ranked by amounts, numbers, days or dates";

/// Refuses what has no order.
fn ordered(ty: &Type, span: Span, context: &mut Context<'_>) -> Option<()> {
    if matches!(ty, Type::Money | Type::Rate | Type::Number | Type::Days | Type::Date) {
        return Some(());
    }
    context.error(codes::TYPES_DIFFER, span, ORDERED);
    None
}

/// Minutes by action: of every one that is counted, or of none. Of others they are what a person would take.
fn efforts(node: &Node, counts: &[Verb], context: &mut Context<'_>) -> Vec<(Verb, u32)> {
    let Some(mapping) = node.mapping() else {
        context.error(codes::WRONG_SHAPE, node.span, "actions with the minutes they take: {call: 12, visit: 90}");
        return Vec::new();
    };
    let verbs: Vec<(&str, Verb)> = Verb::of_steps().map(|(verb, name)| (name, verb)).collect();
    let mut efforts = Vec::new();
    for entry in &mapping.entries {
        let verb = verbs.iter().find(|(name, _)| *name == entry.key).map(|(_, verb)| *verb);
        let Some(verb) = verb else {
            let found = Diagnostic::error(codes::EFFORT, entry.key_span, "this is not an action");
            context.findings.push(found.nearest(&entry.key, Verb::of_steps().map(|(_, name)| name)));
            continue;
        };
        match context.whole(&entry.value) {
            Some(0) => context.error(codes::EFFORT, entry.value.span, "an action takes a minute at least"),
            minutes => efforts.extend(minutes.map(|minutes| (verb, minutes))),
        }
    }
    efforts.sort_unstable();
    let missing: Vec<&str> = counts.iter().filter(|verb| efforts.iter().all(|(of, _)| of != *verb)).map(|verb| verb.name()).collect();
    if !missing.is_empty() && efforts.len() == mapping.entries.len() {
        let found = Diagnostic::error(codes::EFFORT, node.span, format!("how long is not said of: {}", missing.join(", ")));
        context.findings.push(found.help("write the minutes of each, or count fewer actions with counts:"));
    }
    efforts
}

/// The field whose value a collector must know.
fn skill(node: &Node, grain: Grain, context: &mut Context<'_>) -> Option<FieldId> {
    let field = field_named(context.text(node)?, node.span, grain, context)?;
    if matches!(context.names.field(field).ty, Type::Enum(_)) {
        return Some(field);
    }
    context.error(codes::TYPES_DIFFER, node.span, "collectors are chosen by a field with a list of values, like a segment");
    None
}

/// Actions a night by channel.
pub(super) fn channels(node: &Node, context: &mut Context<'_>) -> Vec<(u8, u32)> {
    let Some(mapping) = node.mapping() else {
        context.error(codes::WRONG_SHAPE, node.span, "capacities are channels with numbers: {letter: 900}");
        return Vec::new();
    };
    let mut capacities = Vec::new();
    for entry in &mapping.entries {
        let channel = (0..).zip(CONTACT_CHANNELS).find(|(_, name)| **name == entry.key).map(|(at, _)| at);
        let number = context.whole(&entry.value);
        if channel.is_none() {
            let found = Diagnostic::error(codes::CAP, entry.key_span, "this is not a channel");
            let found = found.nearest(&entry.key, CONTACT_CHANNELS.iter().copied());
            context.findings.push(found.help(format!("possible are: {}", CONTACT_CHANNELS.join(", "))));
        }
        capacities.extend(channel.zip(number));
    }
    capacities.sort_unstable();
    capacities
}

fn capacities(node: &Node, ty: &Type, context: &mut Context<'_>) -> Vec<(Cell, u32)> {
    let Some(mapping) = node.mapping() else {
        context.error(codes::WRONG_SHAPE, node.span, "capacities are queues with numbers: {phone: 900}");
        return Vec::new();
    };
    let mut capacities = Vec::new();
    for entry in &mapping.entries {
        let queue = context.written_constant(&entry.key, entry.key_span, ty);
        let number = context.whole(&entry.value);
        if number == Some(0) {
            let message = format!("nothing of the queue \"{}\" is ever done: it takes no actions", entry.key);
            let found = Diagnostic::warning(codes::NOTHING_LEFT, entry.value.span, message);
            context.findings.push(found.help("write how many actions a night it takes, or leave it out where there is no limit"));
        }
        capacities.extend(queue.zip(number));
    }
    capacities.sort_unstable();
    capacities
}
