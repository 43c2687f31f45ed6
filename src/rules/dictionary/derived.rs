//! Derived fields: formulas over one row, and aggregates over the open items of a customer.

use std::collections::BTreeSet;

use super::{Description, add, stand_in};
use crate::rules::codes;
use crate::rules::context::{Context, Record, is_name};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::expr::check::Checker;
use crate::rules::expr::functions::AGGREGATES;
use crate::rules::expr::parser;
use crate::rules::expr::tree::{Tree, TreeKind};
use crate::rules::forms::dictionary::DERIVED;
use crate::rules::names::type_words;
use crate::rules::order::in_order_of_need;
use crate::rules::program::{Aggregate, Derived, Field, FieldId, Formula, Grain, MISSING, Source, Type, Use};
use crate::rules::renames;
use crate::rules::sources::Span;

/// A derived field whose formula is still to be checked.
pub struct PendingDerived<'n> {
    field: FieldId,
    formula: &'n Node,
    span: Span,
    optional: bool,
}

/// Declares a derived field.
pub(super) fn declare<'n>(name: &str, span: Span, node: &'n Node, context: &mut Context<'_>) -> Option<PendingDerived<'n>> {
    context.names.poison(name);
    let mut record = Record::open(node, &DERIVED, context)?;
    for key in ["type", "grain"] {
        record.need(key, context);
    }
    renames::read(&mut record, renames::Kind::Field, "", Some(name), context);
    let description = Description::read(&mut record, context);
    let formula = record.need("is", context);
    record.close(context);
    if !is_name(name) {
        context.bad_name(name, span);
        return None;
    }
    let (ty, grain) = (description.ty.clone()?, description.grain?);
    let range = crate::rules::ranges::stated(description.range, description.whole, &ty, context);
    let field = Field {
        name: name.to_owned(),
        default: stand_in(&description, &ty, context),
        ty,
        grain,
        source: Source::Derived(usize::MAX),
        required: false,
        used: Use::None,
        label: description.label.unwrap_or(name).to_owned(),
    };
    let optional = description.optional || description.missing.is_some();
    let field = add(field, description.optional, span, context)?;
    context.names.ranges.extend(range.map(|range| (field, range)));
    Some(PendingDerived { field, formula: formula?, span, optional })
}

/// Checks all formulas and puts the fields in an order in which each needs only earlier ones.
pub fn check_derived(pending: &[PendingDerived<'_>], context: &mut Context<'_>) -> Vec<Derived> {
    let checked = pending.iter().map(|one| formula(one, context)).collect::<Vec<_>>();
    let needs = checked.iter().map(|formula| formula.as_ref().map_or_else(BTreeSet::new, Formula::fields)).collect::<Vec<_>>();
    let needs_at =
        |at: usize| pending.iter().enumerate().filter(|(_, other)| needs[at].contains(&other.field)).map(|(other, _)| other).collect();
    let order = in_order_of_need(pending.len(), needs_at);
    let mut derived = Vec::new();
    match order {
        Err(circle) => {
            let one = &pending[circle];
            let name = context.names.field(one.field).name.clone();
            context.error(codes::CIRCULAR, one.span, format!("\"{name}\" needs itself, directly or through other derived fields"));
        }
        Ok(order) => {
            let mut checked: Vec<_> = checked.into_iter().map(Some).collect();
            for at in order {
                let Some(formula) = checked[at].take().flatten() else { continue };
                context.names.fields[pending[at].field.0 as usize].source = Source::Derived(derived.len());
                let place = context.sources.file_and_line(pending[at].span);
                derived.push(Derived { field: pending[at].field, formula, place });
            }
        }
    }
    derived
}

fn formula(pending: &PendingDerived<'_>, context: &mut Context<'_>) -> Option<Formula> {
    let (source, place) = context.expression_source(pending.formula)?;
    let read = parser::formula(source, place).map_err(|finding| context.report_syntax(*finding, pending.formula)).ok();
    let (tree, filter) = read?;
    let field = context.names.field(pending.field);
    let (ty, grain) = (field.ty.clone(), field.grain);
    let formula = match aggregate(&tree) {
        Some((function, over)) => aggregated(pending, function, over, filter.as_ref(), tree.span, context),
        None => {
            if let Some(filter) = &filter {
                let found = Diagnostic::error(codes::SYNTAX, filter.span, "`where` belongs to an aggregate");
                context.findings.push(found.help(format!("aggregates are: {}", AGGREGATES.join(", "))));
                return None;
            }
            Checker::new(context, grain).expression(&tree, &ty, pending.optional).map(Formula::Row)
        }
    }?;
    comes_too_late(&formula, tree.span, context).then_some(formula)
}

/// The aggregate a formula is, with what it works over.
fn aggregate(tree: &Tree) -> Option<(Aggregate, Option<&Tree>)> {
    let TreeKind::Call { name, arguments, .. } = &tree.kind else { return None };
    match (name.as_str(), &arguments[..]) {
        ("sum", [over]) => Some((Aggregate::Sum, Some(over))),
        ("count", []) => Some((Aggregate::Count, None)),
        ("count", [over]) => Some((Aggregate::Count, Some(over))),
        ("max", [over]) => Some((Aggregate::Max, Some(over))),
        ("min", [over]) => Some((Aggregate::Min, Some(over))),
        ("avg", [over]) => Some((Aggregate::Avg, Some(over))),
        _ => None,
    }
}

fn aggregated(
    pending: &PendingDerived<'_>,
    function: Aggregate,
    over: Option<&Tree>,
    filter: Option<&Tree>,
    span: Span,
    context: &mut Context<'_>,
) -> Option<Formula> {
    let field = context.names.field(pending.field);
    let (ty, grain, has_default) = (field.ty.clone(), field.grain, field.default != MISSING);
    if grain != Grain::Customer {
        context.error(codes::OTHER_GRAIN, span, "an aggregate works over the invoices of a customer: its field has the grain customer");
        return None;
    }
    if !fits(function, &ty) {
        context.error(codes::TYPES_DIFFER, span, format!("this aggregate cannot give {}", type_words(&ty)));
        return None;
    }
    if !matches!(function, Aggregate::Sum | Aggregate::Count) && !has_default && !pending.optional {
        let found =
            Diagnostic::error(codes::OVER_NOTHING, span, "over no invoice at all this has no value, and the field does not say what then");
        context.findings.push(found.help("add `missing:` with a value, or `optional: true`"));
        return None;
    }
    let filter = match filter {
        Some(tree) => Some(Checker::new(context, Grain::Invoice).condition(tree)?),
        None => None,
    };
    let over = match over {
        Some(tree) if function == Aggregate::Count => {
            Checker::new(context, Grain::Invoice).always_known(tree)?;
            None
        }
        // A missing value inside an aggregate is left out, as an invoice without it is.
        Some(tree) => Some(Checker::new(context, Grain::Invoice).expression(tree, &ty, true)?),
        None => None,
    };
    Some(Formula::Aggregate { function, over, filter })
}

fn fits(function: Aggregate, ty: &Type) -> bool {
    match function {
        Aggregate::Count => *ty == Type::Number,
        Aggregate::Sum => matches!(ty, Type::Money | Type::Number | Type::Days | Type::Rate),
        Aggregate::Max | Aggregate::Min | Aggregate::Avg => matches!(ty, Type::Money | Type::Number | Type::Days | Type::Rate | Type::Date),
    }
}

/// Whether a field is worked out after all derived ones.
fn is_late(field: &Field) -> bool {
    matches!(field.source, Source::Decision(_) | Source::Trial(_) | Source::Route)
        || (field.source == Source::Fact && field.name == "penalties_accrued")
}

/// Refuses formulas over what is worked out after them; false where refused.
fn comes_too_late(formula: &Formula, span: Span, context: &mut Context<'_>) -> bool {
    let late = formula.fields().into_iter().find(|field| is_late(context.names.field(*field)));
    if let Some(field) = late {
        let name = context.names.field(field).name.clone();
        let found = Diagnostic::error(codes::NOT_HERE, span, format!("\"{name}\" is decided after all derived fields"));
        context.findings.push(found.help("use it in a later table or in the ladder"));
    }
    late.is_none()
}
