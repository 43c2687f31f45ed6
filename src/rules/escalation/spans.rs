//! Spans of days outside of expressions: `gap: 3 business days`.

use crate::rules::codes;
use crate::rules::context::Context;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::expr::tree::{Literal, Tree, TreeKind};
use crate::rules::program::Span as Days;
use crate::rules::sources::Span;

/// A span of days, at least zero.
pub(super) fn span(node: &Node, context: &mut Context<'_>) -> Option<Days> {
    let tree = context.parse(node)?;
    of_tree(&tree, context)
}

/// A span written as part of a longer value, such as `wait 7 days`.
pub(super) fn span_of(text: &str, place: Span, context: &mut Context<'_>) -> Option<Days> {
    let tree = crate::rules::expr::parser::expression(text, place).map_err(|finding| context.findings.push(*finding)).ok()?;
    of_tree(&tree, context)
}

/// A number of calendar days, negative before.
pub(super) fn days(node: &Node, context: &mut Context<'_>) -> Option<i32> {
    let tree = context.parse(node)?;
    let (sign, inner) = match &tree.kind {
        TreeKind::Negate(inner) => (-1, &**inner),
        _ => (1, &tree),
    };
    match inner.kind {
        TreeKind::Literal(Literal::Days(days)) => i32::try_from(days * sign).ok(),
        TreeKind::Literal(Literal::BusinessDays(_)) => {
            let found = Diagnostic::error(codes::TYPES_DIFFER, tree.span, "calendar days are counted here");
            context.findings.push(found.help("write days or weeks"));
            None
        }
        _ => {
            not_days(&tree, context);
            None
        }
    }
}

fn of_tree(tree: &Tree, context: &mut Context<'_>) -> Option<Days> {
    let (days, business) = match tree.kind {
        TreeKind::Literal(Literal::Days(days)) => (days, false),
        TreeKind::Literal(Literal::BusinessDays(days)) => (days, true),
        _ => {
            not_days(tree, context);
            return None;
        }
    };
    i32::try_from(days).ok().map(|days| Days { days, business })
}

fn not_days(tree: &Tree, context: &mut Context<'_>) {
    let found = Diagnostic::error(codes::TYPES_DIFFER, tree.span, "a number of days is expected here");
    let inner = if let TreeKind::Negate(inner) = &tree.kind { inner } else { tree };
    if matches!(inner.kind, TreeKind::Literal(Literal::Number(_))) {
        let number = context.sources.slice(tree.span).trim();
        let meant = if number == "1" { "1 day".to_owned() } else { format!("{number} days") };
        context.findings.push(found.label(format!("write {meant}")).replace(meant));
        return;
    }
    context.findings.push(found.help("write it with its unit: 7 days, 2 weeks or 3 business days"));
}
