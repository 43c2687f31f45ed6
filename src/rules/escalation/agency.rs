//! `agency:` of a route: who collects on it, how much it takes, and what it keeps.

use super::proposal::need;
use super::route::checked;
use super::spans::days;
use crate::base::contract::handed_over::{LONGEST_ID, is_agency_id};
use crate::base::money::Rate;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::forms::beside::AGENCY;
use crate::rules::marks::Mark;
use crate::rules::program::{Agency, Cell, FEE_BASES, Grain, Route, Type};
use crate::rules::sources::Span;

/// Reads what was agreed with the agency of a route; `has_fee` where the route says what is kept by age.
pub(super) fn read(node: &Node, route: Option<&str>, has_fee: bool, context: &mut Context<'_>) -> Option<Agency> {
    let mut record = Record::open(node, &AGENCY, context)?;
    let written = record.take("id", context);
    let id = match written {
        Some(node) => context.text(node).map(str::to_owned).and_then(|id| named(id, node.span, context)),
        None => route.and_then(|route| named(route.to_owned(), record.heading(), context)),
    };
    let recall_within = record.need("recall_within", context).and_then(|node| span_of_days(node, context));
    let recall_if = record.take("recall_if", context);
    let recall_if = recall_if.map(|node| context.items(node).iter().filter_map(|item| need(item, Grain::Customer, context)).collect());
    let share = record.take("share", context).and_then(|node| {
        let share = context.constant(node, &Type::Rate)?;
        if share == 0 {
            context.error(codes::AGENCY, node.span, "an agency without a part of the debtors is given none: leave the route out");
        }
        checked(share, node.span, context)
    });
    let debtors_at_most = record.take("debtors_at_most", context).and_then(|node| context.whole(node));
    let amount_at_most = record.take("amount_at_most", context).and_then(|node| amount(node, context));
    let cooling_off = record.take("cooling_off", context).and_then(|node| span_of_days(node, context));
    let tiers = record.take("fee_by_amount", context);
    let fee_by_amount = tiers.map(|node| by_amount(node, context)).unwrap_or_default();
    if tiers.is_some() && has_fee {
        let found =
            Diagnostic::error(codes::AGENCY, record.key_span("fee_by_amount"), "what it keeps goes by age or by amount, not by both");
        context.findings.push(found.help("delete fee: of the route, or fee_by_amount:"));
    }
    let minimum_fee = record.take("minimum_fee", context).and_then(|node| amount(node, context));
    let fee_base = record.take("fee_base", context).and_then(|node| context.choice(node, "what an agency keeps a part of", FEE_BASES));
    if let Some(id) = &id {
        context.names.marks.put(Mark::Agency(id.clone()), record.heading());
    }
    record.close(context);
    Some(Agency {
        id: id?,
        recall_within: recall_within?,
        recall_if: recall_if.unwrap_or_default(),
        share,
        debtors_at_most,
        amount_at_most,
        cooling_off: cooling_off.unwrap_or(0),
        fee_by_amount,
        minimum_fee: minimum_fee.unwrap_or(0),
        fee_on_direct_payments: fee_base.unwrap_or(false),
    })
}

/// Refuses two agreements with one agency, and shares that leave open who takes the rest.
pub(super) fn refuse_together(routes: &[Route], context: &mut Context<'_>) {
    let agencies: Vec<&Agency> = routes.iter().filter_map(|route| route.agency.as_ref()).collect();
    for (at, agency) in agencies.iter().enumerate() {
        if agencies[..at].iter().any(|before| before.id == agency.id) {
            let message = format!("the agency {} has an agreement already: what it collects could not be told apart", agency.id);
            error(agency, message, "one route for each agency: write its conditions into one when:", context);
        }
    }
    let shares: Vec<i64> = agencies.iter().filter_map(|agency| agency.share).map(|share| share.0).collect();
    let Some(without) = agencies.iter().find(|agency| agency.share.is_none()) else {
        let sum: i64 = shares.iter().sum();
        if let (Some(last), true) = (agencies.last(), sum != Rate::ONE.0) {
            let message = format!("the shares of all agencies come to {}%, not to 100%", sum / 10_000);
            error(last, message, "shares are parts of one whole: 60% and 40%", context);
        }
        return;
    };
    if !shares.is_empty() {
        let message = format!("other agencies have a share, and {} has none", without.id);
        error(without, message, "give every agency a share, or none", context);
    }
}

fn error(agency: &Agency, message: String, help: &str, context: &mut Context<'_>) {
    let place = context.names.marks.at(&Mark::Agency(agency.id.clone()));
    context.findings.push(Diagnostic::error(codes::AGENCY, place, message).help(help));
}

/// An id that can stand in a path.
fn named(id: String, place: Span, context: &mut Context<'_>) -> Option<String> {
    if is_agency_id(&id) {
        return Some(id);
    }
    let found = Diagnostic::error(codes::AGENCY, place, format!("\"{id}\" cannot be the id of an agency: it names a folder as well"));
    context.findings.push(found.help(format!("up to {LONGEST_ID} letters without accents, digits, _, - and ., not beginning with .")));
    None
}

fn span_of_days(node: &Node, context: &mut Context<'_>) -> Option<i32> {
    let days = days(node, context)?;
    if days < 0 {
        context.error(codes::AGENCY, node.span, "this is a time that passes: it is not negative");
        return None;
    }
    Some(days)
}

fn amount(node: &Node, context: &mut Context<'_>) -> Option<Cell> {
    let amount = context.constant(node, &Type::Money)?;
    if amount < 0 {
        context.error(codes::AGENCY, node.span, "an amount agreed with an agency is not negative");
        return None;
    }
    Some(amount)
}

/// Shares from so much on, in rising order.
fn by_amount(node: &Node, context: &mut Context<'_>) -> Vec<(Cell, Rate)> {
    let entries = node.mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
    if entries.is_empty() {
        let found = Diagnostic::error(codes::AGENCY, node.span, "no share is written here");
        context.findings.push(found.help("write shares by the amount of the debt: {0 EUR: 25%, 5_000 EUR: 18%}"));
    }
    let mut tiers: Vec<(Cell, Rate)> = Vec::new();
    for entry in entries {
        let from = context.written_constant(&entry.key, entry.key_span, &Type::Money);
        let share = context.constant(&entry.value, &Type::Rate).and_then(|share| checked(share, entry.value.span, context));
        let (Some(from), Some(share)) = (from, share) else { continue };
        let least = tiers.last().map_or(0, |(before, _)| before + 1);
        if from < least || tiers.is_empty() && from > 0 {
            context.error(codes::AGENCY, entry.key_span, "amounts begin at nothing and stand in rising order, each once");
            return Vec::new();
        }
        tiers.push((from, share));
    }
    tiers
}
