//! Tables in which every true row counts: what their results come to, and which types can come to it.

use super::{PendingTable, Record};
use crate::rules::codes;
use crate::rules::context::Context;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::program::{Cell, Hit, MISSING, Rule, Together, Type};
use crate::rules::sources::Span;

/// What the results of all true rows can come to, beside a set of tags.
pub const AGGREGATES: &[(&str, Together)] =
    &[("sum", Together::Sum), ("max", Together::Max), ("min", Together::Min), ("count", Together::Count)];

/// What a row adds to a count: one, as a cell holds numbers.
pub(super) const ONE: Cell = 1_000_000;

/// The hit policy with `aggregate:`, where the table can have one.
pub(super) fn with(hit: Option<Hit>, record: &mut Record<'_>, context: &mut Context<'_>) -> Option<Hit> {
    if !record.can_have("aggregate") {
        return hit;
    }
    let node = record.take("aggregate", context);
    if !record.has("aggregate") {
        return hit;
    }
    let how = node.and_then(|node| context.choice(node, "a way to bring results together", AGGREGATES));
    match hit? {
        Hit::All(_) => how.map(Hit::All),
        Hit::Unique | Hit::First => {
            let message = "one row decides in this table: there is nothing to bring together";
            let found = Diagnostic::error(codes::AGGREGATE, record.key_span("aggregate"), message);
            context.findings.push(found.help("write hit: all, or delete aggregate:"));
            hit
        }
    }
}

/// Whether results of a type can come together so, and what helps where they cannot.
pub(super) fn gives(how: Together, ty: &Type) -> (bool, &'static str) {
    let is_amount = matches!(ty, Type::Money | Type::Rate | Type::Number | Type::Days);
    match how {
        Together::Tags => (
            matches!(ty, Type::Tags(_)),
            "write list of text, use hit: first, or say what the results come to: aggregate: sum, max, min or count",
        ),
        Together::Sum => (is_amount, "a sum is money, a rate, a number or days"),
        Together::Count => (*ty == Type::Number, "a count is a number"),
        Together::Max | Together::Min => {
            (is_amount || *ty == Type::Date, "the largest and the smallest are looked for among money, rates, numbers, days and dates")
        }
    }
}

/// A hit policy as messages name it.
pub(super) fn words(hit: Hit) -> &'static str {
    match hit {
        Hit::All(Together::Sum) => "sum",
        Hit::All(Together::Count) => "count",
        Hit::All(Together::Max) => "maximum",
        Hit::All(Together::Min) => "minimum",
        Hit::All(Together::Tags) | Hit::Unique | Hit::First => "hit policy",
    }
}

/// What a table gives where no row is true, where that follows from its hit policy.
pub(super) fn over_nothing(hit: Hit) -> Option<&'static str> {
    match hit {
        Hit::All(Together::Tags) => Some("no tag is given"),
        Hit::All(Together::Sum) => Some("the sum is 0"),
        Hit::All(Together::Count) => Some("the count is 0"),
        Hit::All(Together::Max | Together::Min) | Hit::Unique | Hit::First => None,
    }
}

/// The output of a row that is counted, which says nothing of its own.
pub(super) fn counted(then: Option<&Node>, key: Span, context: &mut Context<'_>) -> Option<Cell> {
    if then.is_some() {
        refuse_output(key, context);
        return None;
    }
    Some(ONE)
}

/// Reports a result that a count would never look at.
pub(super) fn refuse_output(span: Span, context: &mut Context<'_>) {
    let found = Diagnostic::error(codes::AGGREGATE, span, "where rows are counted, a row has no result of its own");
    context.findings.push(found.help("delete it, or use aggregate: sum"));
}

/// Refuses a sum that no cell could hold, whichever rows are true: so a night never meets one.
pub(super) fn fits_a_cell(table: &PendingTable<'_>, rows: &[(Rule, Cell)], context: &mut Context<'_>) {
    if !matches!(table.hit, Hit::All(Together::Sum | Together::Count)) {
        return;
    }
    let sum = |sign: i128| rows.iter().map(|(_, cell)| i128::from(*cell)).filter(|cell| cell.signum() == sign).sum::<i128>();
    if [sum(1), sum(-1)].into_iter().any(|sum| i64::try_from(sum).is_err() || sum == i128::from(MISSING)) {
        let found = Diagnostic::error(codes::NUMBER_FORM, table.span, "the results of this table can add up to more than a value can hold");
        context.findings.push(found);
    }
}
