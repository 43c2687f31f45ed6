//! A rule file read along its forms: what each group, key and single value is.

use crate::base::form::{Form, Value};
use crate::rules::document::{Entry, Node, NodeKind};
use crate::rules::rule_files::FileKind;

/// A part of a rule file with what is known of it.
#[derive(Debug, Clone, Copy)]
pub enum Part<'n> {
    /// A group of keys.
    Group(&'static Form, &'n Node),
    /// A free key: a name, or the day of a dated value.
    Key(Value, &'n Entry),
    /// A single value.
    Leaf(Value, &'n Node),
    /// A list.
    List(Value, &'n Node),
}

/// Visits every part of a file that its forms know, from the top.
pub fn walk_file<'n>(kind: FileKind, root: &'n Node, visit: &mut dyn FnMut(Part<'n>)) {
    let NodeKind::Mapping(mapping) = &root.kind else { return };
    for entry in &mapping.entries {
        if let Some(key) = super::top_level(kind, &entry.key) {
            walk(key.value, &entry.value, visit);
        }
    }
}

fn walk<'n>(value: Value, node: &'n Node, visit: &mut dyn FnMut(Part<'n>)) {
    let value = resolve(value, node);
    match (&node.kind, value) {
        (NodeKind::Scalar(_), value) => visit(Part::Leaf(value, node)),
        (NodeKind::Sequence(items), Value::List(item)) => {
            visit(Part::List(*item, node));
            items.iter().for_each(|node| walk(*item, node, visit));
        }
        (NodeKind::Mapping(mapping), Value::Group(form)) => {
            visit(Part::Group(form, node));
            for entry in &mapping.entries {
                if let Some(key) = form.key(&entry.key) {
                    walk(key.value, &entry.value, visit);
                }
            }
        }
        (NodeKind::Mapping(mapping), Value::Map(key, item)) => {
            for entry in &mapping.entries {
                visit(Part::Key(*key, entry));
                walk(*item, &entry.value, visit);
            }
        }
        _ => {}
    }
}

/// What a node is where it may be one of several.
pub fn resolve(value: Value, node: &Node) -> Value {
    let Value::Either(choices) = value else { return value };
    let fits = |choice: &&Value| match (&node.kind, choice) {
        (NodeKind::Sequence(_), Value::List(_)) | (NodeKind::Mapping(_), Value::Group(_) | Value::Map(..)) => true,
        (NodeKind::Scalar(scalar), Value::Wait) => scalar.text.starts_with("wait"),
        (NodeKind::Scalar(_), Value::List(_) | Value::Group(_) | Value::Map(..)) => false,
        (NodeKind::Scalar(scalar), _) => !scalar.text.starts_with("wait"),
        _ => false,
    };
    choices.iter().find(fits).or(choices.first()).copied().unwrap_or(Value::Text)
}
