//! Types, units and missing values: from what was written to what is evaluated.
//!
//! A part with a mistake becomes `None` and whatever uses it stays silent, so that one mistake gives one message.

mod advice;
mod cell;
mod code;
mod condition;
mod definition;
mod value;

use std::collections::BTreeSet;

pub(super) use advice::{NOTHING, TODAY};
pub use cell::CellColumn;
pub use definition::resolve_definition;
pub(super) use value::{Gap, Value};

use super::foreign;
use super::parser;
use super::tree::Tree;
use super::typed::{Condition, Expression, Term};
use crate::rules::codes;
use crate::rules::context::Context;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::{Node, NodeKind};
use crate::rules::names::{Constant, ValueType, type_words};
use crate::rules::program::{Cell, FieldId, Grain, Type};
use crate::rules::renames::Renames;
use crate::rules::sources::Span;

/// Tests a single condition may stand for, its definitions written out.
const MAX_WEIGHT: usize = 20_000;

/// Numbers of other desks told in one expression.
const MOST_MENDED: usize = 16;

/// Checks expressions read at one grain.
pub struct Checker<'c, 's> {
    pub(super) context: &'c mut Context<'s>,
    grain: Grain,
    /// Fields that are known at this point of the expression.
    known: BTreeSet<FieldId>,
    weight: usize,
    /// A field of the open item was read.
    reads_invoice: bool,
}

impl<'c, 's> Checker<'c, 's> {
    /// A checker of expressions about rows of this grain.
    pub fn new(context: &'c mut Context<'s>, grain: Grain) -> Checker<'c, 's> {
        Checker { context, grain, known: BTreeSet::new(), weight: 0, reads_invoice: false }
    }

    fn report(&mut self, finding: Diagnostic) {
        self.context.findings.push(finding);
    }

    /// Counts tests; false where the condition became too large.
    fn weigh(&mut self, tests: usize, span: Span) -> bool {
        let before = self.weight;
        self.weight = before.saturating_add(tests);
        if before <= MAX_WEIGHT && self.weight > MAX_WEIGHT {
            let found = Diagnostic::error(codes::TOO_LARGE, span, "this condition is too large: more than 20 000 tests for each row");
            self.report(found.help("keep an intermediate result in a table or a derived field"));
        }
        self.weight <= MAX_WEIGHT
    }

    /// Checks something while more fields are known.
    fn knowing<T>(&mut self, fields: BTreeSet<FieldId>, check: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.known.clone();
        self.known.extend(fields);
        let result = check(self);
        self.known = before;
        result
    }

    /// A whole expression that must have this type and a value for every row; with `optional`, it may be missing.
    pub fn expression(&mut self, tree: &Tree, ty: &Type, optional: bool) -> Option<Expression> {
        let expected = ValueType::Plain(ty.clone());
        let value = self.value(tree, Some(&expected))?;
        if value.ty != expected {
            let message = format!("{} is expected here, this is {}", type_words(ty), value.ty.words());
            let found = Diagnostic::error(codes::TYPES_DIFFER, tree.span, message);
            let is_share = *ty == Type::Rate && value.ty == ValueType::Plain(Type::Number);
            self.report(if is_share { self.as_a_rate(found, tree, &value, optional) } else { found });
            return None;
        }
        if value.folded {
            let found = Diagnostic::error(codes::LOWER_ALONE, tree.span, "lower() serves to compare texts: it gives no text of its own");
            self.report(found.help("write lower(a) = 'b' in a condition"));
            return None;
        }
        let value = if optional { value } else { self.complete(value)? };
        Some(Expression::new(value.term, value.digits))
    }
}

impl Checker<'_, '_> {
    /// Checks that a value is there for every row, whatever its type.
    pub fn always_known(&mut self, tree: &Tree) -> Option<()> {
        let value = self.value(tree, None)?;
        self.complete(value).map(|_| ())
    }

    /// A value with its type, which may be missing.
    pub fn worked_out(&mut self, tree: &Tree) -> Option<(ValueType, Expression)> {
        let value = self.value(tree, None)?;
        Some((value.ty, Expression::new(value.term, value.digits)))
    }

    /// A single value written out.
    pub fn constant(&mut self, tree: &Tree) -> Option<Constant> {
        let value = self.value(tree, None)?;
        match value.term {
            Term::Constant(cell) => Cell::try_from(cell).ok().map(|cell| Constant { ty: value.ty, cell }),
            _ => None,
        }
    }
}

impl Context<'_> {
    /// Reads an expression from a value of a rule file.
    pub fn parse(&mut self, node: &Node) -> Option<Tree> {
        if let NodeKind::Sequence(items) = &node.kind {
            let found = Diagnostic::error(codes::WRONG_SHAPE, node.span, "a single expression is expected here, this is a list");
            let parts: Vec<&str> = items.iter().filter_map(Node::text).collect();
            self.findings.push(if parts.len() > 1 { found.help(format!("join the conditions: {}", parts.join(" and "))) } else { found });
            return None;
        }
        let (source, span) = self.expression_source(node)?;
        let mut mended = None;
        for _ in 0..MOST_MENDED {
            let found = match parser::expression(mended.as_deref().unwrap_or(source), span) {
                Ok(tree) => return Some(tree),
                Err(found) => *found,
            };
            mended = foreign::mended(mended.as_deref().unwrap_or(source), span, &found);
            self.report_syntax(found, node);
            if mended.is_none() {
                break;
            }
        }
        None
    }

    /// Adds to a mistake of reading that YAML took the rest of the line for a comment.
    pub fn report_syntax(&mut self, finding: Diagnostic, node: &Node) {
        let cut = self.sources.rest_of_line(node.span).trim_start().starts_with('#');
        self.findings.push(if cut {
            finding.help("everything after # is a comment; quote the whole value if # is meant")
        } else {
            finding
        });
    }

    /// A condition over rows of this grain.
    pub fn condition(&mut self, node: &Node, grain: Grain) -> Option<Condition> {
        let tree = self.parse(node)?;
        self.warn_mixed_logic(&tree);
        Checker::new(self, grain).condition(&tree)
    }

    /// A constant of this type, as tables, lists and `missing:` write it.
    pub fn constant(&mut self, node: &Node, ty: &Type) -> Option<Cell> {
        let text = self.text(node)?;
        match ty {
            Type::Text | Type::Enum(_) | Type::Tags(_) => self.named_constant(text, node.span, ty),
            Type::Bool => self.flag(node).map(Cell::from),
            _ => {
                let (source, span) = self.expression_source(node)?;
                self.written_constant(source, span, ty)
            }
        }
    }

    /// A constant of this type from a part of a file.
    pub fn written_constant(&mut self, source: &str, span: Span, ty: &Type) -> Option<Cell> {
        if matches!(ty, Type::Text | Type::Enum(_) | Type::Tags(_)) {
            let inner = source.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            return self.named_constant(inner.unwrap_or(source), span, ty);
        }
        let tree = parser::expression(source, span).map_err(|finding| self.findings.push(*finding)).ok()?;
        let expression = Checker::new(self, Grain::Customer).expression(&tree, ty, false)?;
        match expression.term {
            Term::Constant(value) if expression.digits == 0 => Cell::try_from(value).ok(),
            _ => {
                self.error(codes::TYPES_DIFFER, span, format!("{} written out is expected here", type_words(ty)));
                None
            }
        }
    }

    /// A name as a text, enum value or tag.
    fn named_constant(&mut self, text: &str, span: Span, ty: &Type) -> Option<Cell> {
        if self.refuse_quotes(text, span) {
            return None;
        }
        let (Type::Enum(values) | Type::Tags(values)) = ty else { return Some(self.names.text_code(text)) };
        let position = values.iter().position(|value| value == text);
        if position.is_none() {
            let found = not_a_value(text, span, values, &self.names.renames);
            self.findings.push(found);
        }
        position.and_then(|at| Cell::try_from(at).ok())
    }
}

/// A word that is not in a list of values.
pub(in crate::rules) fn not_a_value(word: &str, span: Span, values: &[String], renames: &Renames) -> Diagnostic {
    let found = Diagnostic::error(codes::NOT_A_VALUE, span, format!("\"{word}\" is not one of the possible values"));
    if let Some(now) = renames.result_among(word, values) {
        return found.label(format!("it is called \"{now}\" now")).replace(now);
    }
    found.nearest(word, values.iter().map(String::as_str)).help(format!("possible are: {}", values.join(", ")))
}
