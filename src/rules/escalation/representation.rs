//! Payments that came back and are presented again: by which method, how often, how soon, and until when.

use std::collections::btree_map::Entry;

use super::mark_condition;
use super::spans::span;
use crate::base::contract::values::{METHODS, REJECTION_KINDS};
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::document::Node;
use crate::rules::forms::escalation::REPRESENTATION;
use crate::rules::marks::Owner;
use crate::rules::program::{Grain, Representation, Type};
use crate::rules::tables::{IdPlaces, rule};

pub(in crate::rules) const WITHIN: &[(&str, bool)] = &[("this_month", true)];

/// Reads a representation; of each method there is one.
pub(super) fn read(node: &Node, methods: &mut IdPlaces, context: &mut Context<'_>) -> Option<Representation> {
    let mut record = Record::open(node, &REPRESENTATION, context)?;
    let method_node = record.need("represent", context);
    let method = method_node.and_then(|node| context.choice(node, "a method of payment", &numbered(METHODS)));
    let id = method.and_then(|method| METHODS.get(usize::from(method))).map(|method| format!("represent.{method}"));
    if let Some((id, node)) = id.as_ref().zip(method_node) {
        match methods.entry(id.clone()) {
            Entry::Occupied(first) => context.defined_twice(id, node.span, *first.get()),
            Entry::Vacant(place) => {
                place.insert(node.span);
            }
        }
    }
    let when = record.need("when", context);
    mark_condition(Owner::Representation, id.as_deref(), when, context);
    let kind = record.take("kind", context).and_then(|node| context.choice(node, "why a payment came back", &numbered(REJECTION_KINDS)));
    let at_most = record.need("at_most", context).and_then(|node| context.whole(node));
    let within = record.take("within", context).and_then(|node| context.choice(node, "a limit of time", WITHIN));
    let after = record.need("after", context).and_then(|node| span(node, context));
    let fee = record.take("fee", context).and_then(|node| context.constant(node, &Type::Money));
    let rule = rule(id, when, Grain::Customer, &mut record, context);
    if at_most == Some(0) {
        context.error(codes::ACTION_DETAIL, record.key_span("at_most"), "nothing is ever presented again: delete this representation");
    }
    record.close(context);
    let same_month = within.unwrap_or(false);
    Some(Representation { rule: rule?, method: method?, kind, at_most: at_most?, same_month, after: after?, fee })
}

fn numbered(words: &[&'static str]) -> Vec<(&'static str, u8)> {
    (0_u8..).zip(words).map(|(at, word)| (*word, at)).collect()
}
