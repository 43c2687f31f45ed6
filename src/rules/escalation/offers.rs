//! Instalment plans a debtor may be offered, and the part of a debt that is asked for at once.

use std::collections::BTreeSet;

use super::mark_condition;
use super::task::of_type;
use crate::base::money::Rate;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::{Node, NodeKind};
use crate::rules::forms::escalation::{ASK, OFFER};
use crate::rules::marks::Owner;
use crate::rules::program::{Ask, Every, Grain, Offer, Type};
use crate::rules::tables::{IdPlaces, rule, unique_id};

pub(in crate::rules) const EVERY: &[(&str, Every)] = &[("month", Every::Month)];
/// The most payments of a plan: ten years of months.
const MOST_PAYMENTS: u32 = 120;

/// The names of the offers of all files.
pub(super) fn all_names<'r, 'n: 'r>(records: impl Iterator<Item = &'r Record<'n>>) -> BTreeSet<String> {
    let lists = records.filter_map(|record| record.peek("offers"));
    let offers = lists.flat_map(|node| match &node.kind {
        NodeKind::Sequence(items) => items.as_slice(),
        _ => &[],
    });
    offers.filter_map(|offer| offer.get("offer").and_then(Node::text)).map(str::to_owned).collect()
}

/// A plan that may be offered.
pub(super) fn read(node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<Offer> {
    let mut record = Record::open(node, &OFFER, context)?;
    let id = record.need("offer", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let when = record.need("when", context);
    let payments = record.need("payments", context).and_then(|node| payments(node, context));
    let every = record.take("every", context);
    let every = every.map_or(Some(Every::Month), |node| self::every(node, context));
    let first = record.take("first", context).and_then(|node| share(node, context));
    let at_least = record.take("at_least", context).and_then(|node| context.constant(node, &Type::Money));
    mark_condition(Owner::Offer, id.as_deref(), when, context);
    let rule = rule(id, when, Grain::Customer, &mut record, context);
    record.close(context);
    Some(Offer { rule: rule?, payments: payments?, every: every?, first, at_least })
}

fn payments(node: &Node, context: &mut Context<'_>) -> Option<u32> {
    let payments = context.whole(node)?;
    if (2..=MOST_PAYMENTS).contains(&payments) {
        return Some(payments);
    }
    context.error(codes::ACTION_DETAIL, node.span, format!("a plan has between 2 and {MOST_PAYMENTS} payments"));
    None
}

/// `month`, or days.
fn every(node: &Node, context: &mut Context<'_>) -> Option<Every> {
    if node.text().is_some_and(|text| text.starts_with(|first: char| first.is_ascii_digit())) {
        let span = super::spans::span(node, context)?;
        if span.days < 1 || span.business {
            context.error(codes::ACTION_DETAIL, node.span, "payments of a plan are a month apart, or so many days of the calendar");
            return None;
        }
        return Some(Every::Days(span.days));
    }
    context.choice(node, "how far payments are apart", EVERY)
}

/// A share above nothing and below the whole.
fn share(node: &Node, context: &mut Context<'_>) -> Option<Rate> {
    let share = context.constant(node, &Type::Rate)?;
    if (1..1_000_000).contains(&share) {
        return Some(Rate(share));
    }
    context.error(codes::ACTION_DETAIL, node.span, "a share lies between 0% and 100%, and is neither");
    None
}

/// `ask: 30%`, `ask: plan_next_missing`, or `ask: {share: 30%, at_least: 50 EUR}`.
pub(super) fn ask(node: &Node, context: &mut Context<'_>) -> Option<Ask> {
    if let NodeKind::Scalar(scalar) = &node.kind
        && scalar.text.starts_with(|first: char| first.is_ascii_alphabetic())
    {
        return of_type(node, Grain::Customer, context, |ty| *ty == Type::Money, "an amount").map(Ask::Field);
    }
    if !matches!(node.kind, NodeKind::Mapping(_)) {
        return share(node, context).map(|share| Ask::Share(share, None));
    }
    let mut record = Record::open(node, &ASK, context)?;
    let part = record.need("share", context).and_then(|node| share(node, context));
    let at_least = record.take("at_least", context).and_then(|node| context.constant(node, &Type::Money));
    record.close(context);
    Some(Ask::Share(part?, at_least))
}

/// Offers by name, in the order in which they are tried.
pub(super) fn names(node: &Node, context: &mut Context<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for item in context.items(node) {
        let Some(name) = context.text(item) else { continue };
        if !context.names.offers.contains(name) && !context.names.lost.contains(name) {
            let found = Diagnostic::error(codes::UNKNOWN_NAME, item.span, format!("there is no offer called \"{name}\""));
            let found = found.nearest(name, context.names.offers.iter().map(String::as_str));
            context.findings.push(found.help("plans that may be offered stand under offers: of an escalation file"));
        }
        names.push(name.to_owned());
    }
    names
}
