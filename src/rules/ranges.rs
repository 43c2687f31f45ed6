//! Which values a field can have: as the dictionary states it, or as the formula of a derived field tells.

use std::collections::BTreeMap;

use crate::rules::codes;
use crate::rules::context::Context;
use crate::rules::document::Node;
use crate::rules::expr::tree::Comparison;
use crate::rules::expr::typed::{Condition, Expression, Term};
use crate::rules::marks::Range;
use crate::rules::names::type_words;
use crate::rules::program::{Aggregate, Cell, FieldId, Formula, MISSING, Program, Type};
use crate::rules::sources::{Span, count};

/// `range:` and `whole:` of a field; `None` where neither says anything.
pub fn stated(range: Option<&Node>, whole: bool, ty: &Type, context: &mut Context<'_>) -> Option<Range> {
    let ends = range.and_then(|node| ends(node, ty, context));
    let (low, high) = ends.unwrap_or_default();
    (whole || low.is_some() || high.is_some()).then_some(Range { low, high, whole: whole && *ty == Type::Number })
}

/// `0..`, `..100` or `0..100`: the lower end included, the upper not.
fn ends(node: &Node, ty: &Type, context: &mut Context<'_>) -> Option<(Option<Cell>, Option<Cell>)> {
    let (source, span) = context.expression_source(node)?;
    if matches!(ty, Type::Bool | Type::Text | Type::Enum(_) | Type::Tags(_)) {
        context.error(codes::TYPES_DIFFER, span, format!("{} has no order, so no range", type_words(ty)));
        return None;
    }
    let Some((low, high)) = source.split_once("..") else {
        context.error(codes::SYNTAX, span, "a range is written 0.., ..100 or 0..100");
        return None;
    };
    let part = |text: &str, at: usize| Span { start: span.start + count(at), end: span.start + count(at + text.len()), ..span };
    let mut end = |text: &str, at: usize| if text.trim().is_empty() { None } else { context.written_constant(text, part(text, at), ty) };
    let low_cell = end(low, 0);
    let high_cell = end(high, low.len() + 2);
    if low_cell.zip(high_cell).is_some_and(|(low, high)| low >= high) {
        context.error(codes::EMPTY_RANGE, span, "this range holds no value");
        return None;
    }
    Some((low_cell, high_cell.map(|high| high.saturating_sub(1))))
}

/// Adds what the formulas of derived fields tell.
pub fn of_derived(program: &Program, ranges: &mut BTreeMap<FieldId, Range>) {
    for derived in &program.derived {
        let Formula::Aggregate { function, over, filter } = &derived.formula else { continue };
        let told = match function {
            Aggregate::Count => Some(Range { low: Some(0), high: None, whole: true }),
            Aggregate::Sum => over.as_ref().and_then(field).map(|field| of_sum(range_of(field, ranges))),
            Aggregate::Max | Aggregate::Min | Aggregate::Avg => {
                over.as_ref().and_then(field).map(|field| narrowed(range_of(field, ranges), field, filter.as_ref()))
            }
        };
        let default = program.fields[derived.field.0 as usize].default;
        if let Some(told) = told.filter(|told| *told != Range::default()) {
            ranges.entry(derived.field).or_insert(with(told, default));
        }
    }
}

/// Adds what the results of tables tell: they are written out.
pub fn of_tables(program: &Program, ranges: &mut BTreeMap<FieldId, Range>) {
    for table in program.tables.iter().chain(program.assignments.iter().map(|queue| &queue.table)) {
        let ty = &program.fields[table.output.0 as usize].ty;
        if !matches!(ty, Type::Money | Type::Rate | Type::Number | Type::Days | Type::Date) {
            continue;
        }
        let results = || table.rows.iter().map(|(_, cell)| *cell).chain(table.otherwise);
        let (low, high) = if table.hit.decides_by_one() {
            (results().min(), results().max())
        } else {
            // None of the rows may be true, or all of one sign.
            let sum = |sign: Cell| results().filter(|cell| cell.signum() == sign).fold(0, Cell::saturating_add);
            (Some(sum(-1)), Some(sum(1)))
        };
        let whole = *ty == Type::Number && results().all(|cell| cell % 1_000_000 == 0);
        ranges.entry(table.output).or_insert(Range { low, high, whole });
    }
}

fn range_of(field: FieldId, ranges: &BTreeMap<FieldId, Range>) -> Range {
    ranges.get(&field).copied().unwrap_or_default()
}

/// The field an aggregate works over, where it is nothing but a field.
fn field(over: &Expression) -> Option<FieldId> {
    match over.term {
        Term::Field(field) if over.digits == 0 => Some(field),
        _ => None,
    }
}

/// A sum, which may be over nothing, of values that are never below zero is never below zero.
fn of_sum(part: Range) -> Range {
    Range { low: part.low.filter(|low| *low >= 0).map(|_| 0), high: part.high.filter(|high| *high <= 0).map(|_| 0), whole: part.whole }
}

/// A range within what a filter lets through.
fn narrowed(range: Range, field: FieldId, filter: Option<&Condition>) -> Range {
    match filter {
        Some(Condition::All(parts)) => parts.iter().fold(range, |range, part| narrowed(range, field, Some(part))),
        Some(Condition::Shared(inner)) => narrowed(range, field, Some(inner)),
        Some(Condition::Cell { field: tested, comparison, cell }) if *tested == field => within(range, *comparison, *cell),
        _ => range,
    }
}

fn within(range: Range, comparison: Comparison, cell: Cell) -> Range {
    let (low, high) = match comparison {
        Comparison::Equal => (Some(cell), Some(cell)),
        Comparison::Different => (None, None),
        Comparison::Less => (None, cell.checked_sub(1)),
        Comparison::AtMost => (None, Some(cell)),
        Comparison::More => (cell.checked_add(1), None),
        Comparison::AtLeast => (Some(cell), None),
    };
    Range { low: range.low.max(low), high: least(range.high, high), whole: range.whole }
}

fn least(one: Option<Cell>, other: Option<Cell>) -> Option<Cell> {
    one.into_iter().chain(other).min()
}

/// A range that also holds the stand-in for a missing value.
fn with(range: Range, default: Cell) -> Range {
    if default == MISSING {
        return range;
    }
    Range { low: range.low.map(|low| low.min(default)), high: range.high.map(|high| high.max(default)), ..range }
}
