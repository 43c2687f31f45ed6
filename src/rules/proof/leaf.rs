//! The smallest conditions: which axis each tests, and where along the axis its answer changes.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::base::date::Date;
use crate::rules::eval::{BusinessDays, Env};
use crate::rules::expr::tree::Comparison;
use crate::rules::expr::typed::{Compare, Condition, Term};
use crate::rules::program::{Cell, Facts, FieldId, MISSING, Type};
use crate::rules::proof::Facets;

/// One dimension of the space a table divides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Axis {
    Field(FieldId),
    /// Whether a set of tags has one.
    Tag(FieldId, u32),
    /// The run date within its period.
    Today,
    /// A condition that is no test of one field against constants: true or false, as if by itself.
    Opaque(usize),
}

impl Axis {
    /// Whether nothing is known of what makes it true.
    pub fn is_opaque(self) -> bool {
        matches!(self, Axis::Opaque(_))
    }
}

/// What a smallest condition tests.
pub enum Tested {
    /// An axis; the answer changes at these cells and nowhere between.
    Axis(Axis, BTreeSet<Cell>),
    /// Something else. The text is the same for conditions that are the same; the flag denies it.
    Opaque(String, bool),
    /// A condition inside a value.
    Inner,
}

impl Facets<'_> {
    /// What a condition without parts tests.
    pub fn tested(&self, condition: &Condition) -> Tested {
        match condition {
            Condition::Cell { field, comparison, cell } => Tested::Axis(Axis::Field(*field), cuts(*comparison, *cell)),
            Condition::CellIn { field, cells } => {
                Tested::Axis(Axis::Field(*field), cells.iter().flat_map(|cell| [*cell, cell.saturating_add(1)]).collect())
            }
            Condition::Known(field) => Tested::Axis(Axis::Field(*field), BTreeSet::new()),
            Condition::Tagged { field, bit } => Tested::Axis(Axis::Tag(*field, *bit), BTreeSet::new()),
            Condition::Compare(compare) => self.compared(compare),
            Condition::Holds(expression) if matches!(expression.term, Term::Holds(_)) => Tested::Inner,
            other => Tested::Opaque(unplaced(&format!("{other:?}")), false),
        }
    }

    fn compared(&self, compare: &Compare) -> Tested {
        let sides = (single(&compare.left), single(&compare.right));
        let (axis, variable, constant) = match sides {
            (Some(Shape::Of(axis, _)), Some(Shape::Constant)) => (axis, &compare.left, &compare.right),
            (Some(Shape::Constant), Some(Shape::Of(axis, _))) => (axis, &compare.right, &compare.left),
            _ => return self.opaque(compare),
        };
        let (low, high) = self.domain(axis);
        let value = |term: &Term, cell: Cell| self.on(axis, cell, |facts, env| term.raw(facts, env));
        let Some(limit) = value(constant, low) else { return Tested::Axis(axis, BTreeSet::new()) };
        let is_at_least = |cell: Cell| value(variable, cell).is_some_and(|value| value >= limit);
        let is_more = |cell: Cell| value(variable, cell).is_some_and(|value| value > limit);
        Tested::Axis(axis, [switch(low, high, is_at_least), switch(low, high, is_more)].into_iter().flatten().collect())
    }

    /// Comparisons of the same two values share one opaque axis, as far as they are each other's denial or mirror.
    fn opaque(&self, compare: &Compare) -> Tested {
        let Compare { comparison, left, right, .. } = compare;
        let total = self.always_there(left) && self.always_there(right);
        let less = |one: &Term, other: &Term| unplaced(&format!("{one:?} < {other:?}"));
        match comparison {
            Comparison::Less => Tested::Opaque(less(left, right), false),
            Comparison::More => Tested::Opaque(less(right, left), false),
            Comparison::AtLeast if total => Tested::Opaque(less(left, right), true),
            Comparison::AtMost if total => Tested::Opaque(less(right, left), true),
            _ => Tested::Opaque(unplaced(&format!("{left:?} {} {right:?}", comparison.sign())), false),
        }
    }

    /// Whether a term has a value for every row.
    fn always_there(&self, term: &Term) -> bool {
        match term {
            Term::Constant(_) | Term::Today | Term::Holds(_) => true,
            Term::Field(field) => !self.marks.optional.contains(field),
            Term::Negate(inner) | Term::Absolute(inner) | Term::Refine(inner, _) | Term::Round(inner, _) | Term::Coarsen(inner, _) => {
                self.always_there(inner)
            }
            Term::Add(pair) | Term::Subtract(pair) | Term::Multiply(pair) => pair.iter().all(|part| self.always_there(part)),
            Term::IfMissing(pair) => self.always_there(&pair[1]),
            _ => false,
        }
    }

    /// The least and the largest cell of an axis.
    pub fn domain(&self, axis: Axis) -> (Cell, Cell) {
        match axis {
            Axis::Today => (Cell::from(self.first.0), Cell::from(self.last.unwrap_or(Date::MAX).0)),
            Axis::Tag(..) | Axis::Opaque(_) => (0, 1),
            Axis::Field(field) => {
                let range = self.marks.ranges.get(&field).copied().unwrap_or_default();
                let (low, high) = match &self.fields[field.0 as usize].ty {
                    Type::Bool => (0, 1),
                    Type::Enum(values) => (0, Cell::try_from(values.len()).unwrap_or(Cell::MAX) - 1),
                    Type::Date => (Cell::from(Date::MIN.0), Cell::from(Date::MAX.0)),
                    _ => (MISSING + 1, Cell::MAX),
                };
                (range.low.unwrap_or(low), range.high.unwrap_or(high))
            }
        }
    }

    /// Asks something of a row of which only one axis is known.
    pub fn on<T>(&self, axis: Axis, cell: Cell, ask: impl FnOnce(&Lone, &Env<'_>) -> T) -> T {
        let (row, as_of) = match axis {
            Axis::Field(field) => (Lone { field: Some(field), cell }, self.first),
            Axis::Tag(field, bit) => (Lone { field: Some(field), cell: cell.checked_shl(bit).unwrap_or(0) }, self.first),
            Axis::Today => (Lone { field: None, cell }, i32::try_from(cell).map_or(self.first, Date)),
            Axis::Opaque(_) => (Lone { field: None, cell }, self.first),
        };
        ask(&row, &Env { as_of, calendar: &EveryDay })
    }
}

/// A row of which one field is known.
pub struct Lone {
    field: Option<FieldId>,
    cell: Cell,
}

impl Facts for Lone {
    fn cell(&self, field: FieldId) -> Cell {
        if self.field == Some(field) { self.cell } else { MISSING }
    }

    fn text(&self, _: Cell) -> &str {
        ""
    }
}

/// Conditions that ask the calendar are opaque, so that none is asked here.
struct EveryDay;

impl BusinessDays for EveryDay {
    fn is_business_day(&self, _: Date) -> bool {
        true
    }
}

/// The form of a condition without the places in it: two that say the same are the same text.
pub fn unplaced(form: &str) -> String {
    let mut text = String::with_capacity(form.len());
    let mut rest = form;
    while let Some((before, after)) = rest.split_once("span: Span {") {
        text.push_str(before);
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text
}

/// Cells at which the answer of a comparison changes.
fn cuts(comparison: Comparison, cell: Cell) -> BTreeSet<Cell> {
    let after = cell.saturating_add(1);
    match comparison {
        Comparison::Less | Comparison::AtLeast => BTreeSet::from([cell]),
        Comparison::More | Comparison::AtMost => BTreeSet::from([after]),
        Comparison::Equal | Comparison::Different => BTreeSet::from([cell, after]),
    }
}

/// The first cell at which an answer that changes at most once is no longer that of the lowest cell.
fn switch(low: Cell, high: Cell, answer: impl Fn(Cell) -> bool) -> Option<Cell> {
    let at_low = answer(low);
    if answer(high) == at_low {
        return None;
    }
    let (mut same, mut other) = (low, high);
    while other.abs_diff(same) > 1 {
        let middle = same.midpoint(other);
        if answer(middle) == at_low { same = middle } else { other = middle }
    }
    Some(other)
}

/// How a term depends on the row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Constant,
    /// On one axis, only rising (or only falling) along it.
    Of(Axis, Ordering),
}

/// The shape of a term that rises or falls along one axis; `None` for any other.
fn single(term: &Term) -> Option<Shape> {
    match term {
        Term::Constant(_) => Some(Shape::Constant),
        Term::Field(field) => Some(Shape::Of(Axis::Field(*field), Ordering::Greater)),
        Term::Today => Some(Shape::Of(Axis::Today, Ordering::Greater)),
        Term::Refine(inner, _) | Term::Round(inner, _) | Term::Coarsen(inner, _) => single(inner),
        Term::Negate(inner) => single(inner).map(turned),
        Term::Add(pair) => joined(single(&pair[0])?, single(&pair[1])?),
        Term::Subtract(pair) => joined(single(&pair[0])?, turned(single(&pair[1])?)),
        Term::Multiply(pair) => match (&pair[0], &pair[1]) {
            (Term::Constant(factor), other) | (other, Term::Constant(factor)) => {
                Some(if *factor < 0 { turned(single(other)?) } else { single(other)? })
            }
            _ => None,
        },
        Term::IfMissing(pair) if matches!(single(&pair[1]), Some(Shape::Constant)) => single(&pair[0]),
        Term::AddMonths(pair) if matches!(single(&pair[1]), Some(Shape::Constant)) => single(&pair[0]),
        Term::Least(parts) | Term::Greatest(parts) => {
            parts.iter().map(single).try_fold(Shape::Constant, |shape, part| joined(shape, part?))
        }
        _ => None,
    }
}

fn turned(shape: Shape) -> Shape {
    match shape {
        Shape::Constant => Shape::Constant,
        Shape::Of(axis, order) => Shape::Of(axis, order.reverse()),
    }
}

/// Of two terms of which one is constant, or both follow the same axis the same way.
fn joined(one: Shape, other: Shape) -> Option<Shape> {
    match (one, other) {
        (Shape::Constant, shape) | (shape, Shape::Constant) => Some(shape),
        _ => (one == other).then_some(one),
    }
}
