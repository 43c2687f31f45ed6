//! Typed expressions: what the kernel evaluates.
//!
//! A term is worked out in `i128` at a scale fixed when it is compiled: its type's cell unit divided by a power of ten. Products keep
//! all their digits, so comparisons of money are exact; only divisions and the final step to a cell round (half-up).

use std::cmp::Ordering;
use std::sync::Arc;

use super::tree::Comparison;
use crate::rules::program::{Cell, FieldId};
use crate::rules::sources::Span;

/// A typed expression: a term, and the power of ten by which it is finer than the cell unit of its type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expression {
    pub(crate) term: Term,
    pub(crate) digits: u32,
}

/// Part of an expression. `None` while evaluating stands for a value that is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Term {
    Constant(i128),
    Field(FieldId),
    /// The run date.
    Today,
    Negate(Box<Term>),
    Absolute(Box<Term>),
    Add(Box<[Term; 2]>),
    Subtract(Box<[Term; 2]>),
    Multiply(Box<[Term; 2]>),
    /// Dividend, divisor; the first is multiplied before dividing, half-up.
    Divide(Box<[Term; 2]>, i128),
    /// To a finer scale.
    Refine(Box<Term>, i128),
    /// To the nearest multiple, half-up.
    Round(Box<Term>, i128),
    /// To a coarser scale, half-up.
    Coarsen(Box<Term>, i128),
    Least(Box<[Term]>),
    Greatest(Box<[Term]>),
    /// Value, and what stands in for it.
    IfMissing(Box<[Term; 2]>),
    If(Box<(Condition, Term, Term)>),
    AddBusinessDays(Box<[Term; 2]>),
    AddMonths(Box<[Term; 2]>),
    /// From the first day, not counted, to the second, counted.
    BusinessDaysBetween(Box<[Term; 2]>),
    Month(Box<Term>),
    Weekday(Box<Term>),
    /// A condition as a value, 0 or 1.
    Holds(Box<Condition>),
}

/// A typed condition: strictly true or false for every row. A comparison with a missing value does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    Always(bool),
    Not(Box<Condition>),
    All(Box<[Condition]>),
    Any(Box<[Condition]>),
    /// Condition, then, else.
    If(Box<[Condition; 3]>),
    /// A condition with a name of its own, used in several places.
    Shared(Arc<Condition>),
    /// A field against a constant: by far the most common test.
    Cell {
        field: FieldId,
        comparison: Comparison,
        cell: Cell,
    },
    /// A field among constants, in rising order.
    CellIn {
        field: FieldId,
        cells: Box<[Cell]>,
    },
    Known(FieldId),
    /// Whether a set of tags has this one.
    Tagged {
        field: FieldId,
        bit: u32,
    },
    /// Whether an expression that may divide by zero has a value.
    HasValue(Box<Expression>),
    /// Two expressions of one scale.
    Compare(Box<Compare>),
    /// Two texts.
    Text(Box<TextCompare>),
    /// A flag worked out.
    Holds(Box<Expression>),
}

/// A comparison of two terms of one scale.
#[derive(Debug, Clone)]
pub struct Compare {
    /// Where it is written.
    pub(crate) span: Span,
    pub(crate) comparison: Comparison,
    pub(crate) left: Term,
    pub(crate) right: Term,
}

impl Compare {
    /// What it asks, wherever it is written.
    fn meaning(&self) -> (Comparison, &Term, &Term) {
        (self.comparison, &self.left, &self.right)
    }
}

impl PartialEq for Compare {
    fn eq(&self, other: &Compare) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Eq for Compare {}

impl PartialOrd for Compare {
    fn partial_cmp(&self, other: &Compare) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Compare {
    fn cmp(&self, other: &Compare) -> Ordering {
        self.meaning().cmp(&other.meaning())
    }
}

/// A test of one text against another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextCompare {
    pub(crate) test: TextRelation,
    /// Upper and lower case count as the same.
    pub(crate) folded: bool,
    pub(crate) value: Term,
    pub(crate) with: Term,
}

/// How two texts may stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextRelation {
    Equals,
    StartsWith,
    EndsWith,
    Contains,
}

/// What conditions and expressions read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// A field; the flag says whether its value counts or only whether it is known.
    Field(FieldId, bool),
    /// The run date.
    Today,
}

impl Leaf {
    fn visit_field(self, visit: &mut impl FnMut(FieldId, bool)) {
        if let Leaf::Field(field, value) = self {
            visit(field, value);
        }
    }
}

impl Condition {
    /// Calls back for every field the condition reads; the flag says whether its value counts or only whether it is known.
    pub fn visit_fields(&self, visit: &mut impl FnMut(FieldId, bool)) {
        self.visit_leaves(&mut |leaf| leaf.visit_field(visit));
    }

    /// Calls back for everything the condition reads.
    pub fn visit_leaves<V: FnMut(Leaf)>(&self, visit: &mut V) {
        match self {
            Condition::Always(_) => {}
            Condition::Not(inner) => inner.visit_leaves(visit),
            Condition::Shared(inner) => inner.visit_leaves(visit),
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| part.visit_leaves(visit)),
            Condition::If(parts) => parts.iter().for_each(|part| part.visit_leaves(visit)),
            Condition::Cell { field, .. } | Condition::CellIn { field, .. } | Condition::Tagged { field, .. } => {
                visit(Leaf::Field(*field, true));
            }
            Condition::Known(field) => visit(Leaf::Field(*field, false)),
            Condition::HasValue(expression) | Condition::Holds(expression) => expression.visit_leaves(visit),
            Condition::Compare(compare) => {
                compare.left.visit_leaves(visit);
                compare.right.visit_leaves(visit);
            }
            Condition::Text(compare) => {
                compare.value.visit_leaves(visit);
                compare.with.visit_leaves(visit);
            }
        }
    }
}

impl Expression {
    /// An expression in the cell unit of its type.
    pub(crate) fn new(term: Term, digits: u32) -> Expression {
        Expression { term, digits }
    }

    /// Calls back for every field the expression reads, as [`Condition::visit_fields`] does.
    pub fn visit_fields(&self, visit: &mut impl FnMut(FieldId, bool)) {
        self.visit_leaves(&mut |leaf| leaf.visit_field(visit));
    }

    /// Calls back for everything the expression reads.
    pub fn visit_leaves(&self, visit: &mut impl FnMut(Leaf)) {
        self.term.visit_leaves(visit);
    }
}

impl Term {
    /// The terms this one is made of, without those of conditions.
    pub(crate) fn operands(&self) -> Vec<&Term> {
        match self {
            Term::Constant(_) | Term::Today | Term::Field(_) | Term::Holds(_) => Vec::new(),
            Term::Negate(inner)
            | Term::Absolute(inner)
            | Term::Refine(inner, _)
            | Term::Round(inner, _)
            | Term::Coarsen(inner, _)
            | Term::Month(inner)
            | Term::Weekday(inner) => vec![&**inner],
            Term::Add(pair)
            | Term::Subtract(pair)
            | Term::Multiply(pair)
            | Term::Divide(pair, _)
            | Term::IfMissing(pair)
            | Term::AddBusinessDays(pair)
            | Term::AddMonths(pair)
            | Term::BusinessDaysBetween(pair) => pair.iter().collect(),
            Term::Least(parts) | Term::Greatest(parts) => parts.iter().collect(),
            Term::If(choice) => vec![&choice.1, &choice.2],
        }
    }

    fn visit_leaves<V: FnMut(Leaf)>(&self, visit: &mut V) {
        match self {
            Term::Field(field) => visit(Leaf::Field(*field, true)),
            Term::Today => visit(Leaf::Today),
            Term::If(choice) => choice.0.visit_leaves(visit),
            Term::Holds(condition) => condition.visit_leaves(visit),
            _ => {}
        }
        self.operands().into_iter().for_each(|part| part.visit_leaves(visit));
    }
}
