//! `also:` of a step: what is done together with its action.

use super::{action, mark_condition};
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::{Node, NodeKind};
use crate::rules::forms::escalation::COMPANION;
use crate::rules::marks::{Mark, Owner};
use crate::rules::program::{Companion, Condition, Grain, Rule};
use crate::rules::tables::{IdPlaces, Standing, rule, standing, unique_id};

/// Reads the key of a step, known by its id.
pub(super) fn read(step: &str, grain: Grain, record: &mut Record<'_>, context: &mut Context<'_>) -> Vec<Companion> {
    let Some(node) = record.take("also", context) else { return Vec::new() };
    if record.has("approve") {
        let message = "a step that waits for consent has nothing beside it: what is agreed to is one action";
        let found = Diagnostic::error(codes::COMPANION, record.key_span("also"), message);
        context.findings.push(found.help("make it a step of its own, or do without approve:"));
    }
    let items = context.items(node);
    if items.is_empty() && matches!(node.kind, NodeKind::Sequence(_)) {
        let found = Diagnostic::error(codes::COMPANION, record.key_span("also"), "nothing is done beside this step");
        context.findings.push(found.help("name an action: {id: call, do: call, template: ...}, or delete the line"));
    }
    let mut ids = IdPlaces::new();
    items.iter().filter_map(|node| companion(step, grain, node, &mut ids, context)).collect()
}

fn companion(step: &str, grain: Grain, node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<Companion> {
    let mut record = Record::open(node, &COMPANION, context)?;
    let id = record.need("id", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let rule_id = id.as_ref().map(|id| format!("{step}.also.{id}"));
    if let (Some(rule_id), Some(node)) = (&rule_id, record.peek("do")) {
        context.names.marks.put(Mark::Action(rule_id.clone()), node.span);
    }
    mark_condition(Owner::Companion, rule_id.as_deref(), record.peek("when"), context);
    let action = action::read(&mut record, context);
    let when = record.take("when", context);
    let rule = if record.has("when") { rule(rule_id, when, grain, &mut record, context) } else { for_all(rule_id, &mut record, context) };
    record.close(context);
    Some(Companion { id: id?, rule: rule?, action: action? })
}

/// The rule of what is done for everybody the step is done for.
fn for_all(id: Option<String>, record: &mut Record<'_>, context: &mut Context<'_>) -> Option<Rule> {
    let Standing { from, until, shadow } = standing(record, context);
    let place = context.sources.file_and_line(record.heading());
    Some(Rule { id: id?, when: Condition::Always(true), text: "whomever the step is done for".to_owned(), place, from, until, shadow })
}
