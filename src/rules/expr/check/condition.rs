//! Conditions.

use super::{Checker, Value};
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::arithmetic::aligned;
use crate::rules::expr::known::{by_the_others, known};
use crate::rules::expr::tree::{Comparison, Literal, TextTest, Tree, TreeKind};
use crate::rules::expr::typed::{Compare, Condition, Expression, Term, TextCompare, TextRelation};
use crate::rules::names::{Meaning, ValueType};
use crate::rules::program::{Cell, Grain, Source, Type};
use crate::rules::sources::Span;

impl Checker<'_, '_> {
    /// A whole condition.
    pub fn condition(&mut self, tree: &Tree) -> Option<Condition> {
        if !self.weigh(1, tree.span) {
            return None;
        }
        match &tree.kind {
            TreeKind::And(parts) => self.joined(parts, true).map(Condition::All),
            TreeKind::Or(parts) => self.joined(parts, false).map(Condition::Any),
            TreeKind::Not(inner) => self.condition(inner).map(|inner| Condition::Not(Box::new(inner))),
            TreeKind::Compare { comparison, left, right } => self.comparison(*comparison, left, right, tree.span),
            TreeKind::OneOf { value, choices } => self.one_of(value, choices),
            TreeKind::InList { value, list, list_span } => self.in_list(value, list, *list_span),
            TreeKind::Between { value, low, high } => {
                let low = self.comparison(Comparison::AtLeast, value, low, tree.span)?;
                let high = self.comparison(Comparison::AtMost, value, high, tree.span)?;
                Some(Condition::All(Box::new([low, high])))
            }
            TreeKind::IsKnown(value) => self.is_known(value, tree.span),
            TreeKind::TextTest { test, value, with } => self.text_test(*test, value, with),
            TreeKind::If { condition, then, otherwise } => self.choice(condition, then, otherwise),
            _ => self.flag_value(tree),
        }
    }

    fn joined(&mut self, parts: &[Tree], all: bool) -> Option<Box<[Condition]>> {
        let facts = parts.iter().map(|part| known(part, self.context)).collect::<Vec<_>>();
        let from_others = by_the_others(&facts, all);
        let checked = parts.iter().zip(from_others).map(|(part, fields)| self.knowing(fields, |checker| checker.condition(part)));
        // Every part is checked even after a mistake, to report all of them.
        checked.collect::<Vec<_>>().into_iter().collect()
    }

    fn choice(&mut self, condition: &Tree, then: &Tree, otherwise: &Tree) -> Option<Condition> {
        let facts = known(condition, self.context);
        let condition = self.condition(condition);
        let then = self.knowing(facts.when_true, |checker| checker.condition(then));
        let otherwise = self.knowing(facts.when_false, |checker| checker.condition(otherwise));
        Some(Condition::If(Box::new([condition?, then?, otherwise?])))
    }

    /// A name, a call or anything else that must be true or false.
    fn flag_value(&mut self, tree: &Tree) -> Option<Condition> {
        let bool = ValueType::Plain(Type::Bool);
        let value = self.value(tree, Some(&bool))?;
        if value.ty != bool {
            self.not_a_condition(tree, &value);
            return None;
        }
        self.complete(value).map(as_condition)
    }

    pub(in crate::rules::expr) fn comparison(
        &mut self,
        comparison: Comparison,
        left: &Tree,
        right: &Tree,
        span: Span,
    ) -> Option<Condition> {
        if self.refuse_comparison_with_nothing(comparison, left, right, span) {
            return None;
        }
        let (left_value, right_value) = self.pair(left, right)?;
        if self.refuse_comparison_with_flag(&left_value, right, comparison, span) {
            return None;
        }
        self.warn_compared_with_true(comparison, left, right, span);
        if left_value.ty != right_value.ty {
            self.report_sides(comparison, &left_value, &right_value);
            return None;
        }
        if comparison.needs_order() && !left_value.ty.is_ordered() {
            let message = format!("{} has no order: {} does not apply", left_value.ty.words(), comparison.sign());
            self.report(Diagnostic::error(codes::TYPES_DIFFER, span, message).help("use =, != or in"));
            return None;
        }
        if matches!(left_value.ty, ValueType::Plain(Type::Tags(_))) {
            self.report(Diagnostic::error(codes::TYPES_DIFFER, span, "a set of tags is not compared").help("write: tags contains watch"));
            return None;
        }
        self.check_code(&left_value, &right_value);
        self.check_code(&right_value, &left_value);
        let left_side = self.complete_beside(left_value.clone(), comparison, &right_value);
        let right_side = self.complete_beside(right_value, comparison.mirrored(), &left_value);
        Some(compared(comparison, left_side?, right_side?))
    }

    fn warn_compared_with_true(&mut self, comparison: Comparison, left: &Tree, right: &Tree, span: Span) {
        if let TreeKind::Literal(Literal::Bool(value)) = right.kind {
            let help = if value { "write the name alone" } else { "write `not` and the name" };
            let found = Diagnostic::warning(codes::COMPARED_WITH_TRUE, span, "a flag needs no comparison with true or false").help(help);
            let is_plain = comparison == Comparison::Equal && value && matches!(left.kind, TreeKind::Name(_));
            let name = self.context.sources.slice(left.span);
            self.report(if is_plain { found.replace(name) } else { found });
        }
    }

    fn one_of(&mut self, value: &Tree, choices: &[Tree]) -> Option<Condition> {
        let value = self.value(value, None)?;
        let value = self.complete(value);
        let ty = value.as_ref().map(|value| value.ty.clone())?;
        let mut checked = Vec::new();
        let mut sound = true;
        for choice in choices {
            match self.value(choice, Some(&ty)) {
                Some(choice) if choice.ty == ty => {
                    value.iter().for_each(|value| self.check_code(value, &choice));
                    checked.push(self.complete(choice)?);
                }
                Some(choice) => {
                    sound = false;
                    let found = types_differ(value.as_ref()?, &choice, "compared");
                    self.report(found);
                }
                None => sound = false,
            }
        }
        let value = value.filter(|_| sound)?;
        let texts = checked.iter().filter_map(|choice| match choice.term {
            Term::Constant(code) => self.context.names.texts.texts.get(usize::try_from(code).ok()?).cloned(),
            _ => None,
        });
        let texts: Vec<String> = texts.collect();
        let name = format!("of {}", self.context.sources.file_and_line(value.span));
        self.note_ids(&value, name, value.span, texts.into_iter());
        Some(among(&value, checked))
    }

    /// Keeps the values of a list that are compared with a key of the ledger.
    fn note_ids(&mut self, value: &Value, name: String, span: Span, values: impl Iterator<Item = String>) {
        let Term::Field(field) = value.term else { return };
        let grain = match &self.context.names.field(field).source {
            Source::Column { column, .. } if column == "customer_id" => Grain::Customer,
            Source::Column { table: "invoices", column } if column == "invoice_id" => Grain::Invoice,
            _ => return,
        };
        self.context.names.marks.id_lists.entry(name.clone()).or_insert(span);
        self.context.names.id_lists.entry((name, grain)).or_default().extend(values);
    }

    fn in_list(&mut self, value: &Tree, list: &str, list_span: Span) -> Option<Condition> {
        let meaning = self.context.names.look_up(list);
        let value = self.value(value, None);
        let at = match meaning {
            Some(Meaning::List(at)) => at,
            Some(Meaning::Poison) => return None,
            Some(_) => {
                let found = Diagnostic::error(codes::TYPES_DIFFER, list_span, format!("\"{list}\" is not a list"));
                self.report(found.help(format!("for a single value write = {list}")));
                return None;
            }
            None if self.has_value(value.as_ref(), list) => {
                let found = Diagnostic::error(codes::UNKNOWN_NAME, list_span, "the values of a list stand between brackets");
                self.report(found.label(format!("write ({list})")).replace(format!("({list})")));
                return None;
            }
            None => {
                let lists = self.context.names.iter().filter(|(_, named)| matches!(named.meaning, Meaning::List(_))).map(|(name, _)| name);
                let found =
                    Diagnostic::error(codes::UNKNOWN_NAME, list_span, format!("there is no list called \"{list}\"")).nearest(list, lists);
                let help =
                    format!("a list is defined in a file of kind lists: {list}: {{means: ..., values: [...]}}, or file: and column:");
                self.report(found.help(help));
                return None;
            }
        };
        let value = self.complete(value?)?;
        let ValueType::Plain(ty) = value.ty.clone() else { return None };
        let values = self.context.names.lists[at].values.clone();
        let mut cells = Vec::with_capacity(values.len());
        for (text, span) in &values {
            let cell = self.context.written_constant(text, *span, &ty);
            cell.iter().for_each(|cell| self.check_code(&value, &Value::constant(value.ty.clone(), *cell, *span)));
            cells.push(cell);
        }
        let span = self.context.names.get(list).map_or(list_span, |named| named.span);
        self.note_ids(&value, list.to_owned(), span, values.into_iter().map(|(text, _)| text));
        let choices = cells.into_iter().map(|cell| cell.map(|cell| Value::constant(value.ty.clone(), cell, list_span)));
        Some(among(&value, choices.collect::<Option<Vec<_>>>()?))
    }

    /// Whether a word is one of the values something can have.
    fn has_value(&self, value: Option<&Value>, word: &str) -> bool {
        matches!(value.map(|value| &value.ty), Some(ValueType::Plain(Type::Enum(values))) if values.iter().any(|known| known == word))
    }

    fn is_known(&mut self, tree: &Tree, test: Span) -> Option<Condition> {
        let value = self.value(tree, None)?;
        match value.term {
            _ if value.missing.is_none() && !self.known_by_test(&value) => {
                let (name, written) = (self.context.sources.slice(tree.span), self.context.sources.slice(test));
                let message = format!("\"{name}\" is never missing: \"{written}\" says nothing");
                let found = Diagnostic::error(codes::ALWAYS_KNOWN, test, message);
                self.report(found.help(format!("take \"{written}\" out of the condition, with the and or or beside it")));
                None
            }
            Term::Field(field) => Some(Condition::Known(field)),
            _ => Some(Condition::HasValue(Box::new(Expression::new(value.term, value.digits)))),
        }
    }

    /// A field that only counts as known because of a test beside this one.
    fn known_by_test(&self, value: &Value) -> bool {
        matches!(value.term, Term::Field(field) if self.context.names.optional.contains(&field))
    }

    fn text_test(&mut self, test: TextTest, value: &Tree, with: &Tree) -> Option<Condition> {
        let value = self.value(value, None)?;
        if let (ValueType::Plain(Type::Tags(tags)), Term::Field(field)) = (&value.ty, &value.term) {
            let field = *field;
            let ty = Type::Tags(tags.clone());
            let text = self.context.sources.slice(with.span);
            let bit = self.context.written_constant(text, with.span, &ty)?;
            return Some(Condition::Tagged { field, bit: u32::try_from(bit).unwrap_or(0) });
        }
        let with = self.value(with, Some(&ValueType::Plain(Type::Text)))?;
        for side in [&value, &with] {
            if side.ty != ValueType::Plain(Type::Text) {
                let message = format!("a text is expected here, this is {}", side.ty.words());
                self.report(Diagnostic::error(codes::TYPES_DIFFER, side.span, message));
                return None;
            }
        }
        let relation = match test {
            TextTest::StartsWith => TextRelation::StartsWith,
            TextTest::EndsWith => TextRelation::EndsWith,
            TextTest::Contains => TextRelation::Contains,
        };
        let (value, with) = (self.complete(value), self.complete(with));
        Some(text_compared(relation, value?, with?))
    }
}

impl Checker<'_, '_> {
    /// A country or currency beside a text that no such field ever holds.
    fn check_code(&mut self, value: &Value, text: &Value) {
        if !value.folded && !text.folded {
            self.context.check_code(value, text);
        }
    }
}

/// A flag as a condition.
pub(super) fn as_condition(value: Value) -> Condition {
    match value.term {
        Term::Holds(condition) => *condition,
        Term::Field(field) => Condition::Cell { field, comparison: Comparison::Equal, cell: 1 },
        Term::Constant(answer) => Condition::Always(answer == 1),
        term => Condition::Holds(Box::new(Expression::new(term, value.digits))),
    }
}

fn text_compared(test: TextRelation, value: Value, with: Value) -> Condition {
    let folded = value.folded || with.folded;
    Condition::Text(Box::new(TextCompare { test, folded, value: value.term, with: with.term }))
}

/// Two values of one type. "Different" is the denial of "equal", so that the two can never both fail.
pub(super) fn compared(comparison: Comparison, left: Value, right: Value) -> Condition {
    if comparison == Comparison::Different {
        return Condition::Not(Box::new(compared(Comparison::Equal, left, right)));
    }
    if left.folded || right.folded {
        return text_compared(TextRelation::Equals, left, right);
    }
    let span = left.span.to(right.span);
    let (left, right, _) = aligned(left, right);
    match (&left, &right) {
        (Term::Field(field), Term::Constant(value)) => field_against(*field, comparison, *value),
        (Term::Constant(value), Term::Field(field)) => field_against(*field, comparison.mirrored(), *value),
        _ => None,
    }
    .unwrap_or_else(|| Condition::Compare(Box::new(Compare { span, comparison, left, right })))
}

fn field_against(field: crate::rules::program::FieldId, comparison: Comparison, value: i128) -> Option<Condition> {
    Cell::try_from(value).ok().map(|cell| Condition::Cell { field, comparison, cell })
}

/// A value among others of its type.
fn among(value: &Value, choices: Vec<Value>) -> Condition {
    let cells = choices.iter().map(|choice| match choice.term {
        Term::Constant(cell) if choice.digits == 0 && !choice.folded => Cell::try_from(cell).ok(),
        _ => None,
    });
    match (&value.term, cells.collect::<Option<Vec<_>>>()) {
        (Term::Field(field), Some(mut cells)) if value.digits == 0 && !value.folded => {
            cells.sort_unstable();
            cells.dedup();
            Condition::CellIn { field: *field, cells: cells.into() }
        }
        _ => Condition::Any(choices.into_iter().map(|choice| compared(Comparison::Equal, value.clone(), choice)).collect()),
    }
}

/// Two values that do not go together.
pub(in crate::rules::expr) fn types_differ(left: &Value, right: &Value, verb: &str) -> Diagnostic {
    let message = format!("{} cannot be {verb} with {}", left.ty.words(), right.ty.words());
    Diagnostic::error(codes::TYPES_DIFFER, right.span, message).label(right.ty.words()).beside(left.span, left.ty.words())
}
