//! Proposals: what is put before whoever decides, with what is missing, who consents, and what is suggested.

use super::task::{self, of_type};
use super::{action, mark_condition};
use crate::base::contract::values::{PLACEMENT, PROPOSAL_KINDS};
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::dictionary::GRAINS;
use crate::rules::document::{Node, NodeKind};
use crate::rules::expr::check::Checker;
use crate::rules::expr::parser;
use crate::rules::forms::beside::{PROPOSAL, TIER};
use crate::rules::marks::{Mark, Owner};
use crate::rules::names::{Meaning, ValueType};
use crate::rules::program::{CHOICES, Expression, Grain, Need, ProposalRule, Suggestion, Tier, Type};
use crate::rules::renames::{self, Kind};
use crate::rules::tables::{IdPlaces, rule, unique_id};

/// Reads a proposal.
pub(super) fn read(node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<ProposalRule> {
    let mut record = Record::open(node, &PROPOSAL, context)?;
    let id = record.need("proposal", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    renames::read(&mut record, Kind::Proposal, "", id.as_deref(), context);
    let kinds: Vec<(&str, u8)> = (0..).zip(PROPOSAL_KINDS).map(|(at, kind)| (*kind, at)).collect();
    let kind = record.need("kind", context).and_then(|node| context.choice(node, "a kind of proposal", &kinds));
    let on = record.need("on", context).and_then(|node| context.choice(node, "what a proposal is about", GRAINS));
    let grain = on.unwrap_or(Grain::Invoice);
    let when = record.need("when", context);
    mark_condition(Owner::Proposal, id.as_deref(), when, context);
    let only_one = record.take("only_one", context).and_then(|node| context.name(node)).map(str::to_owned);
    let cheapest = record.take("choose", context).and_then(|node| context.choice(node, "a way to choose", CHOICES));
    let needs = record.take("needs", context);
    let needs = needs.map(|node| context.items(node).iter().filter_map(|item| need(item, grain, context)).collect::<Vec<_>>());
    let debts = record.take("debts", context);
    if let Some(node) = debts.filter(|_| kind.is_some_and(|kind| PROPOSAL_KINDS[usize::from(kind)] != PLACEMENT)) {
        context.error(codes::ACTION_DETAIL, node.span, "only a proposal of kind placement chooses among debts");
    }
    let debts = debts.map(|node| context.items(node).iter().filter_map(|item| need(item, Grain::Invoice, context)).collect::<Vec<_>>());
    let owner = record.need("owner", context).and_then(|node| task::owner(node, grain, context));
    let approve = record.take("approve", context).map(|node| tiers(node, context)).unwrap_or_default();
    let mut always = |key| record.take(key, context).and_then(|node| money(node, grain, context));
    let (amount, cost) = (always("amount"), always("cost"));
    let tax = record.take("tax", context).and_then(|node| worked_out(node, &Type::Money, grain, context));
    let suggest = record.take("suggest", context).and_then(|node| suggestion(node, grain, context));
    let route = record.take("route", context);
    let route = route.and_then(|node| of_type(node, grain, context, |ty| matches!(ty, Type::Text | Type::Enum(_)), "a text"));
    let since = record.take("since", context).and_then(|node| of_type(node, grain, context, |ty| *ty == Type::Date, "a date"));
    let decide_by = record.take("decide_by", context).and_then(|node| worked_out(node, &Type::Date, grain, context));
    let stops = record.take("stops", context);
    let stops = stops.map(|node| context.items(node).iter().filter_map(|item| context.name(item)).map(str::to_owned).collect());
    let ends_when = record.take("ends_when", context).and_then(|node| need(node, grain, context));
    let show = record.take("show", context);
    let show = show.map(|node| context.items(node).iter().filter_map(|item| of_type(item, grain, context, |_| true, "a value")).collect());
    let template = action::template(&mut record, context);
    let rule = rule(id, when, grain, &mut record, context);
    record.close(context);
    Some(ProposalRule {
        rule: rule?,
        kind: kind?,
        on: on?,
        only_one,
        cheapest: cheapest.unwrap_or(false),
        needs: needs.unwrap_or_default(),
        debts: debts.unwrap_or_default(),
        owner: owner?,
        approve,
        amount,
        suggest,
        cost,
        tax,
        route,
        since,
        decide_by,
        stops: stops.unwrap_or_default(),
        ends_when,
        show: show.unwrap_or_default(),
        template,
    })
}

/// Proposals of which one stands at a time are all about the customer, or all about an invoice.
pub(super) fn refuse_mixed(proposals: &[ProposalRule], context: &mut Context<'_>) {
    let mixed = proposals.iter().enumerate().find(|(at, proposal)| {
        let mut before = proposals[..*at].iter();
        proposal.only_one.is_some() && before.any(|other| other.only_one == proposal.only_one && other.on != proposal.on)
    });
    let Some((_, proposal)) = mixed else { return };
    let span = context.names.marks.at(&Mark::Condition(Owner::Proposal, proposal.rule.id.clone()));
    let message = "proposals of which one stands at a time are all about the customer, or all about an invoice";
    context.error(codes::ACTION_DETAIL, span, message);
}

/// Where the cheapest stands, all it competes with say so and have a cost.
pub(super) fn refuse_without_cost(proposals: &[ProposalRule], context: &mut Context<'_>) {
    let competes = |one: &ProposalRule, other: &ProposalRule| one.only_one.is_some() && one.only_one == other.only_one;
    let is_odd = |proposal: &&ProposalRule| {
        let mut others = proposals.iter().filter(|other| competes(proposal, other));
        proposal.cheapest && (proposal.only_one.is_none() || proposal.cost.is_none())
            || others.any(|other| other.cheapest && !proposal.cheapest)
    };
    let Some(proposal) = proposals.iter().find(is_odd) else { return };
    let span = context.names.marks.at(&Mark::Condition(Owner::Proposal, proposal.rule.id.clone()));
    let message = "where the cheapest stands, every proposal of that name of only_one says choose: cheapest and has a cost";
    context.error(codes::ACTION_DETAIL, span, message);
}

/// A condition by the name under which `define:` has it: what is missing is told by that name.
pub(super) fn need(node: &Node, grain: Grain, context: &mut Context<'_>) -> Option<Need> {
    let name = context.text(node)?;
    let is_defined = matches!(context.names.look_up(name), Some(Meaning::Definition(_) | Meaning::Poison));
    if !is_defined && !context.names.lost.contains(name) {
        let known: Vec<&str> =
            context.names.iter().filter(|(_, named)| matches!(named.meaning, Meaning::Definition(_))).map(|(name, _)| name).collect();
        let found = Diagnostic::error(codes::UNKNOWN_NAME, node.span, format!("there is no definition called \"{name}\""));
        let found = found.nearest(name, known).help("what has to be true is told by its name: write the condition under define:");
        context.findings.push(found);
        return None;
    }
    let name = name.to_owned();
    Some(Need { when: context.condition(node, grain)?, name })
}

/// One team for any amount, or teams with the amounts up to which they consent.
fn tiers(node: &Node, context: &mut Context<'_>) -> Vec<Tier> {
    if !matches!(node.kind, NodeKind::Sequence(_)) {
        return context.text(node).map(|by| Tier { up_to: None, by: by.to_owned() }).into_iter().collect();
    }
    let mut tiers: Vec<Tier> = Vec::new();
    if context.items(node).is_empty() {
        let found = Diagnostic::error(codes::TIER, node.span, "nobody is named who consents");
        context.findings.push(found.help("name a team: approve: credit_manager, or leave the key out where nobody has to consent"));
    }
    for item in context.items(node) {
        let Some(mut record) = Record::open(item, &TIER, context) else { continue };
        let up_to_node = record.take("up_to", context);
        let up_to = up_to_node.and_then(|node| context.constant(node, &Type::Money));
        let by = record.need("by", context).and_then(|node| context.text(node)).map(str::to_owned);
        record.close(context);
        let Some(by) = by.filter(|_| up_to_node.is_none() || up_to.is_some()) else { return tiers };
        if let Some(last) = tiers.last()
            && last.up_to.is_none_or(|last| up_to.is_some_and(|up_to| up_to <= last))
        {
            let found = Diagnostic::error(codes::TIER, item.span, "nothing is left for this one to consent to");
            context.findings.push(found.help("write them in rising order of up_to, the one without it last"));
        }
        tiers.push(Tier { up_to, by });
    }
    if tiers.last().is_some_and(|last| last.up_to.is_some()) {
        let found = Diagnostic::error(codes::TIER, node.span, "nobody consents to larger amounts");
        context.findings.push(found.help("write the last one without up_to"));
    }
    tiers
}

/// An amount that always has a value: who consents, and what is worth more, goes by it.
pub(super) fn money(node: &Node, grain: Grain, context: &mut Context<'_>) -> Option<Expression> {
    expression(node, &Type::Money, grain, false, context)
}

/// An expression of a type; it may have no value.
fn worked_out(node: &Node, ty: &Type, grain: Grain, context: &mut Context<'_>) -> Option<Expression> {
    expression(node, ty, grain, true, context)
}

fn expression(node: &Node, ty: &Type, grain: Grain, may_be_missing: bool, context: &mut Context<'_>) -> Option<Expression> {
    let (source, span) = context.expression_source(node)?;
    let tree = parser::expression(source, span).map_err(|finding| context.report_syntax(*finding, node)).ok()?;
    Checker::new(context, grain).expression(&tree, ty, may_be_missing)
}

/// A value of any type.
fn suggestion(node: &Node, grain: Grain, context: &mut Context<'_>) -> Option<Suggestion> {
    let (source, span) = context.expression_source(node)?;
    let tree = parser::expression(source, span).map_err(|finding| context.report_syntax(*finding, node)).ok()?;
    let (ty, _) = Checker::new(context, grain).worked_out(&tree)?;
    let ValueType::Plain(ty) = ty else {
        context.error(codes::TYPES_DIFFER, node.span, "a suggestion is a value of its own: an amount, a number of days, a word");
        return None;
    };
    let value = Checker::new(context, grain).expression(&tree, &ty, true)?;
    Some(Suggestion { ty, value })
}
