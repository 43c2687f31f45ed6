//! What to write instead, made of the reader's own fields: followed to the letter it is a condition.

use super::{Checker, Value};
use crate::base::money::Currency;
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::tree::{Comparison, Literal, Tree, TreeKind};
use crate::rules::expr::typed::Term;
use crate::rules::names::ValueType;
use crate::rules::program::Type;
use crate::rules::sources::Span;

impl Checker<'_, '_> {
    /// A value where a condition belongs.
    pub(super) fn not_a_condition(&mut self, tree: &Tree, value: &Value) {
        let found =
            Diagnostic::error(codes::NOT_A_CONDITION, tree.span, format!("a condition is expected here, this is {}", value.ty.words()));
        let found = match self.asked_for(value, true) {
            // Of a text, only whether there is one can be meant.
            Some(known) if is_text(value) => found.label(format!("write {known}")).replace(known),
            Some(known) => found.help(format!("write {known}, or {known} and {}", self.compared_with_something(value))),
            None => found.help(format!("compare it with something, for example {}", self.compared_with_something(value))),
        };
        self.report(found);
    }

    /// `email = true`, where a field that is no flag is meant to be known; false where it is not that.
    pub(super) fn refuse_comparison_with_flag(&mut self, left: &Value, right: &Tree, comparison: Comparison, span: Span) -> bool {
        let TreeKind::Literal(Literal::Bool(answer)) = right.kind else { return false };
        if left.ty == ValueType::Plain(Type::Bool) || !matches!(comparison, Comparison::Equal | Comparison::Different) {
            return false;
        }
        let message = format!("{} is neither true nor false", left.ty.words());
        let found = Diagnostic::error(codes::TYPES_DIFFER, span, message);
        let found = match self.asked_for(left, answer == (comparison == Comparison::Equal)) {
            Some(test) => found.label(format!("write {test}")).replace(test),
            None => found.help(format!("compare it with something, for example {}", self.compared_with_something(left))),
        };
        self.report(found);
        true
    }

    /// Whether a field is known, or is missing, as a condition; `None` where it can never be missing.
    pub(super) fn asked_for(&self, value: &Value, known: bool) -> Option<String> {
        let Term::Field(field) = value.term else { return None };
        let test = if known { "known" } else { "missing" };
        self.context.names.optional.contains(&field).then(|| format!("{} is {test}", self.context.names.field(field).name))
    }

    /// A comparison that a value of this type allows, as an example.
    fn compared_with_something(&self, value: &Value) -> String {
        format!("{} {}", self.context.sources.slice(value.span), comparison(&value.ty, self.context.names.currency))
    }
}

fn is_text(value: &Value) -> bool {
    value.ty == ValueType::Plain(Type::Text)
}

/// The second half of a comparison with something of this type.
fn comparison(ty: &ValueType, currency: Currency) -> String {
    match ty {
        ValueType::Plain(Type::Money) => format!("> 100 {currency}"),
        ValueType::Plain(Type::Rate) => "> 10%".to_owned(),
        ValueType::Plain(Type::Number) => "> 1".to_owned(),
        ValueType::Plain(Type::Days) => "> 30 days".to_owned(),
        ValueType::Plain(Type::Date) => "< as_of".to_owned(),
        ValueType::Plain(Type::Bool) => "= true".to_owned(),
        ValueType::Plain(Type::Text) => "= '…'".to_owned(),
        ValueType::Plain(Type::Enum(values)) => format!("= {}", values.last().map_or("", String::as_str)),
        ValueType::Plain(Type::Tags(values)) => format!("contains {}", values.first().map_or("", String::as_str)),
        ValueType::BusinessDays => "> 3 business days".to_owned(),
        ValueType::Months => "= 1 month".to_owned(),
    }
}
