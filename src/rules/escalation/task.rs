//! Tasks: work for our own people, with its owner, its next day, and whom it goes up to as it ages.

use super::spans::span;
use super::{action, field_named, mark_condition};
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::dictionary::GRAINS;
use crate::rules::document::{Node, NodeKind};
use crate::rules::forms::beside::{LEVEL, OWNER, TASK};
use crate::rules::marks::Owner;
use crate::rules::names::type_words;
use crate::rules::program::{FieldId, Grain, TaskLevel, TaskOwner, TaskRule, Type};
use crate::rules::renames::{self, Kind};
use crate::rules::tables::{IdPlaces, rule, unique_id};

/// Reads a task.
pub(super) fn read(node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<TaskRule> {
    let mut record = Record::open(node, &TASK, context)?;
    let id = record.need("task", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    renames::read(&mut record, Kind::Task, "", id.as_deref(), context);
    let on = record.need("on", context).and_then(|node| context.choice(node, "what a task is about", GRAINS));
    let grain = on.unwrap_or(Grain::Invoice);
    let when = record.need("when", context);
    mark_condition(Owner::Task, id.as_deref(), when, context);
    let owner = record.need("owner", context).and_then(|node| owner(node, grain, context));
    let amount = field(&mut record, "amount", grain, context, |ty| *ty == Type::Money, "an amount");
    let since = field(&mut record, "since", grain, context, |ty| *ty == Type::Date, "a date");
    let next_after = record.take("next_after", context).and_then(|node| span(node, context));
    let escalate = record.take("escalate", context).map(|node| levels(node, context)).unwrap_or_default();
    let template = action::template(&mut record, context);
    let rule = rule(id, when, grain, &mut record, context);
    record.close(context);
    Some(TaskRule { rule: rule?, on: on?, owner: owner?, amount, since, next_after, escalate, template })
}

/// A field of a type that the key asks for.
fn field(
    record: &mut Record<'_>,
    key: &'static str,
    grain: Grain,
    context: &mut Context<'_>,
    fits: fn(&Type) -> bool,
    wanted: &str,
) -> Option<FieldId> {
    let node = record.take(key, context)?;
    of_type(node, grain, context, fits, wanted)
}

/// A field with values of a kind.
pub(super) fn of_type(node: &Node, grain: Grain, context: &mut Context<'_>, fits: fn(&Type) -> bool, wanted: &str) -> Option<FieldId> {
    let name = context.text(node)?;
    let field = field_named(name, node.span, grain, context)?;
    let ty = context.names.field(field).ty.clone();
    if fits(&ty) {
        return Some(field);
    }
    let message = format!("a field with {wanted} is needed here, \"{name}\" is {}", type_words(&ty));
    context.error(codes::TYPES_DIFFER, node.span, message);
    None
}

/// A team, or a field that names one with the team that has the task otherwise.
pub(super) fn owner(node: &Node, grain: Grain, context: &mut Context<'_>) -> Option<TaskOwner> {
    if !matches!(node.kind, NodeKind::Mapping(_)) {
        return context.text(node).map(|team| TaskOwner { field: None, team: team.to_owned() });
    }
    let mut record = Record::open(node, &OWNER, context)?;
    let names_somebody = |ty: &Type| matches!(ty, Type::Text | Type::Enum(_));
    let field = record.need("field", context).and_then(|node| of_type(node, grain, context, names_somebody, "a text"));
    let team = record.need("else", context).and_then(|node| context.text(node)).map(str::to_owned);
    record.close(context);
    Some(TaskOwner { field: Some(field?), team: team? })
}

/// Whom a task goes up to, in rising order of age, nobody twice.
fn levels(node: &Node, context: &mut Context<'_>) -> Vec<TaskLevel> {
    let mut levels: Vec<TaskLevel> = Vec::new();
    for node in context.items(node) {
        let Some(mut record) = Record::open(node, &LEVEL, context) else { continue };
        let after_node = record.need("after", context);
        let after = after_node.and_then(|node| span(node, context));
        let to_node = record.need("to", context);
        let to = to_node.and_then(|node| context.text(node)).map(str::to_owned);
        record.close(context);
        let (Some(after), Some(to), Some(place), Some(to_place)) = (after, to, after_node, to_node) else { continue };
        if levels.last().is_some_and(|last| after.business != last.after.business) {
            let found = Diagnostic::error(codes::TASK_LEVEL, place.span, "the levels of one task count either days or business days");
            context.findings.push(found.help("two counts of different kinds have no order that holds in every week"));
        } else if levels.last().is_some_and(|last| after.days <= last.after.days) {
            let found = Diagnostic::error(codes::TASK_LEVEL, place.span, "a task goes up to the next one later than to the one before");
            context.findings.push(found.help("levels stand in the order of their ages"));
        }
        if levels.iter().any(|level| level.to == to) {
            let message = format!("\"{to}\" has this task already when it comes to this age");
            context.error(codes::TASK_LEVEL, to_place.span, message);
        }
        levels.push(TaskLevel { after, to });
    }
    levels
}
