//! Routes: ways on which a debt may come in, with what each collects, keeps, costs and takes.

use super::proposal::{money, need};
use super::spans::days;
use super::{agency, mark_condition};
use crate::base::money::Rate;
use crate::base::recovery::RecoveryCurve;
use crate::rules::codes;
use crate::rules::context::{Context, Record, is_name};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::{Node, NodeKind};
use crate::rules::forms::beside::{EXPECTED, ROUTE};
use crate::rules::marks::Owner;
use crate::rules::names::Meaning;
use crate::rules::program::{Collects, Condition, Field, FieldId, Grain, MISSING, Route, Routes, Rule, Source, Type, Use};
use crate::rules::sources::Span;
use crate::rules::tables::{IdPlaces, Standing, rule, standing, unique_id};

/// The field of the best route.
pub const BEST: &str = "best_route";
/// The field of what the best route is expected to bring.
pub const BEST_NET: &str = "best_route_net";

/// The field of what a route is expected to bring.
pub fn net_field(route: &str) -> String {
    format!("net_by_{route}")
}

/// Declares the fields of the routes of all files; nothing where there are none.
pub(super) fn declare<'n>(lists: impl Iterator<Item = &'n Node>, context: &mut Context<'_>) {
    let entries = lists.flat_map(|node| match &node.kind {
        NodeKind::Sequence(items) => items.as_slice(),
        _ => &[],
    });
    let mut names: Vec<(String, Span)> = Vec::new();
    for node in entries.filter_map(|entry| entry.get("route")) {
        let Some(name) = node.text().filter(|name| is_name(name)) else { continue };
        if names.iter().all(|(known, _)| known != name) {
            names.push((name.to_owned(), node.span));
        }
    }
    let Some((_, span)) = names.first() else { return };
    let span = *span;
    let values = names.iter().map(|(name, _)| name.clone()).collect();
    put(BEST, Type::Enum(values), "The route that is ready and expected to bring the most", span, context);
    put(BEST_NET, Type::Money, "What the best route is expected to bring", span, context);
    for (name, span) in &names {
        put(&net_field(name), Type::Money, &format!("What the route {name} is expected to bring"), *span, context);
    }
}

fn put(name: &str, ty: Type, label: &str, span: Span, context: &mut Context<'_>) {
    let field = Field {
        name: name.to_owned(),
        ty,
        grain: Grain::Customer,
        source: Source::Route,
        default: MISSING,
        required: false,
        used: Use::None,
        label: label.to_owned(),
    };
    match context.names.add_field(field, span) {
        Ok(field) => {
            context.names.optional.insert(field);
        }
        Err(first) => context.defined_twice(name, span, first),
    }
}

fn field(name: &str, context: &mut Context<'_>) -> Option<FieldId> {
    match context.names.look_up(name) {
        Some(Meaning::Field(field)) => Some(field),
        _ => None,
    }
}

/// The fields of the best one, once all are read.
pub(super) fn finish(routes: &mut Routes, context: &mut Context<'_>) {
    if !routes.all.is_empty() {
        (routes.best, routes.best_net) = (field(BEST, context), field(BEST_NET, context));
    }
    agency::refuse_together(&routes.all, context);
}

/// Reads a route.
pub(super) fn read(node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<Route> {
    let mut record = Record::open(node, &ROUTE, context)?;
    let id = record.need("route", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let rule_id = id.as_ref().map(|id| format!("route.{id}"));
    let when = record.take("when", context);
    mark_condition(Owner::Route, rule_id.as_deref(), when, context);
    let needs = record.take("needs", context);
    let needs = needs.map(|node| context.items(node).iter().filter_map(|item| need(item, Grain::Customer, context)).collect());
    let collects = record.need("collects", context).and_then(|node| collects(node, context));
    let fee = record.take("fee", context).map(|node| by_age(node, context)).unwrap_or_default();
    let cost = record.take("cost", context).and_then(|node| money(node, Grain::Customer, context));
    let takes_node = record.need("takes", context);
    let takes = takes_node.and_then(|node| days(node, context));
    let agency = record.take("agency", context).map(|node| agency::read(node, id.as_deref(), record.has("fee"), context));
    if let (Some(node), Some(..0)) = (takes_node, takes) {
        context.error(codes::ROUTE, node.span, "money that is there before it is asked for is no route");
    }
    let rule =
        if when.is_some() { rule(rule_id, when, Grain::Customer, &mut record, context) } else { for_all(rule_id, &mut record, context) };
    record.close(context);
    let name = id?;
    let net = field(&net_field(&name), context);
    // One that is written and cannot be read is no route of our own.
    let agency = match agency {
        Some(read) => Some(read?),
        None => None,
    };
    Some(Route { name, rule: rule?, needs: needs.unwrap_or_default(), collects: collects?, fee, cost, takes: takes?, net: net?, agency })
}

/// The rule of a route that is open to everybody.
fn for_all(id: Option<String>, record: &mut Record<'_>, context: &mut Context<'_>) -> Option<Rule> {
    let Standing { from, until, shadow } = standing(record, context);
    let place = context.sources.file_and_line(record.heading());
    Some(Rule { id: id?, when: Condition::Always(true), text: "everybody".to_owned(), place, from, until, shadow })
}

/// `expected`, one share, or shares by age joined by straight lines.
fn collects(node: &Node, context: &mut Context<'_>) -> Option<Collects> {
    if node.text() == Some(EXPECTED) {
        return Some(Collects::Expected);
    }
    let knots = by_age(node, context);
    let curve = RecoveryCurve::new(&knots);
    if curve.is_none() && !knots.is_empty() {
        let found = Diagnostic::error(codes::ROUTE, node.span, "these days have no common measure a sum could be exact in");
        context.findings.push(found.help("write rounder ages: 0 days, 30 days, 90 days, 180 days, 365 days"));
    }
    curve.map(Collects::Curve)
}

/// A share for all ages, or shares by age in rising order.
fn by_age(node: &Node, context: &mut Context<'_>) -> Vec<(i32, Rate)> {
    let Some(mapping) = node.mapping() else {
        let share = context.constant(node, &Type::Rate).and_then(|share| checked(share, node.span, context));
        return share.map(|share| (0, share)).into_iter().collect();
    };
    if mapping.entries.is_empty() {
        let found = Diagnostic::error(codes::ROUTE, node.span, "no share is written here");
        context.findings.push(found.help("write one share for all ages, or shares by age: {90 days: 70%, 365 days: 25%}"));
    }
    let mut knots: Vec<(i32, Rate)> = Vec::new();
    for entry in &mapping.entries {
        let age = context.written_constant(&entry.key, entry.key_span, &Type::Days).and_then(|age| i32::try_from(age).ok());
        let share = context.constant(&entry.value, &Type::Rate).and_then(|share| checked(share, entry.value.span, context));
        let (Some(age), Some(share)) = (age, share) else { continue };
        if age < 0 {
            context.error(codes::ROUTE, entry.key_span, "what is not late yet goes no route: ages begin at 0 days");
            return Vec::new();
        }
        if knots.last().is_some_and(|(before, _)| *before >= age) {
            context.error(codes::ROUTE, entry.key_span, "ages stand in rising order, each once");
            return Vec::new();
        }
        knots.push((age, share));
    }
    knots
}

pub(super) fn checked(share: i64, span: Span, context: &mut Context<'_>) -> Option<Rate> {
    if (0..=1_000_000).contains(&share) {
        return Some(Rate(share));
    }
    context.error(codes::ROUTE, span, "no more comes in, and no more is kept, than all of it");
    None
}
