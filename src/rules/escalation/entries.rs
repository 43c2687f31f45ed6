//! Entries of a ladder: who stands no lower on it than just before a step.

use super::mark_condition;
use super::policy::unknown_step;
use crate::rules::context::{Context, Record};
use crate::rules::document::Node;
use crate::rules::forms::escalation as forms;
use crate::rules::marks::Owner;
use crate::rules::program::{Entry, Grain, Step};
use crate::rules::tables::{IdPlaces, rule, unique_id};

/// Reads `entries:` of a policy; the ladder is that of the same policy.
pub(super) fn read(policy: Option<&str>, grain: Grain, ladder: &[Step], record: &mut Record<'_>, context: &mut Context<'_>) -> Vec<Entry> {
    let Some(node) = record.take("entries", context) else { return Vec::new() };
    let mut ids = IdPlaces::new();
    let entries = context.items(node);
    entries.iter().filter_map(|node| entry(policy.unwrap_or_default(), grain, ladder, node, &mut ids, context)).collect()
}

fn entry(policy: &str, grain: Grain, ladder: &[Step], node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<Entry> {
    let mut record = Record::open(node, &forms::ENTRY, context)?;
    let name = record.need("entry", context).and_then(|node| unique_id(node, ids, context));
    let id = name.map(|name| format!("{policy}.entries.{name}"));
    mark_condition(Owner::Entry, id.as_deref(), record.peek("when"), context);
    let when = record.need("when", context);
    let step = record.need("step", context);
    let rule = rule(id, when, grain, &mut record, context);
    record.close(context);
    let step = step?;
    let name = context.text(step)?;
    let at = ladder.iter().position(|step| step.id == name);
    // Of a ladder that could not be read it is not known which steps it has.
    if at.is_none() && !ladder.is_empty() {
        unknown_step(name, step.span, ladder.iter().map(|step| step.id.as_str()), context);
    }
    Some(Entry { rule: rule?, step: at? })
}
