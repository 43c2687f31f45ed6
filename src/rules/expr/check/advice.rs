//! What to write instead, made of the reader's own fields: followed to the letter it is a condition.

use super::condition::types_differ;
use super::{Checker, Value};
use crate::base::money::Currency;
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::literal::{MILLION, millionths, percent};
use crate::rules::expr::tree::{Comparison, Literal, Operator, Tree, TreeKind};
use crate::rules::expr::typed::Term;
use crate::rules::names::{Meaning, ValueType};
use crate::rules::program::{Cell, FieldId, Type};
use crate::rules::sources::Span;

/// Words of other languages for a value that is not there.
pub(in crate::rules::expr) const NOTHING: &[&str] = &["null", "nil", "none", "nothing", "empty", "blank", "nan"];
/// Words for the run date.
pub(in crate::rules::expr) const TODAY: &[&str] =
    &["today", "now", "tonight", "sysdate", "getdate", "curdate", "current_date", "run_date", "aujourdhui"];

/// Fields of an invoice, with the field of the customer that says the same of all its invoices.
const OF_THE_CUSTOMER: &[(&str, &str)] = &[
    ("days_past_due", "oldest_days_past_due"),
    ("amount_open", "exposure"),
    ("amount_collectible", "collectible_balance"),
    ("amount_disputed", "disputed_balance"),
    ("item_promise_date", "promise_date"),
    ("item_last_payment_date", "last_payment_date"),
    ("item_penalty_rate", "penalty_rate"),
    ("item_contact_hold", "contact_hold"),
];

impl Checker<'_, '_> {
    /// A field of an invoice in a rule about a customer.
    pub(super) fn report_other_grain(&mut self, id: FieldId, span: Span) {
        let names = &self.context.names;
        let field = names.field(id);
        let name = &field.name;
        let message = format!("\"{name}\" is a field of each invoice, and this rule is about a customer");
        let mut found = Diagnostic::error(codes::OTHER_GRAIN, span, message);
        let twin = OF_THE_CUSTOMER.iter().find(|(of_invoice, _)| of_invoice == name).and_then(|(_, of_customer)| names.get(of_customer));
        if let Some(Meaning::Field(twin)) = twin.map(|twin| &twin.meaning) {
            let twin = names.field(*twin);
            found = found.help(format!("write {} ({})", twin.name, twin.label));
        }
        let known = if names.optional.contains(&id) { format!("{name} is known and ") } else { String::new() };
        let (prefix, ty, formula) = match &field.ty {
            Type::Money => ("total", "money", format!("sum({name})")),
            Type::Number => ("total", "number", format!("sum({name})")),
            Type::Days => ("greatest", "days", format!("max({name}), missing: 0 days")),
            Type::Rate => ("greatest", "rate", format!("max({name}), missing: 0%")),
            Type::Date => ("last", "date", format!("max({name}), optional: true")),
            Type::Bool => ("items", "number", format!("count() where {known}{name}")),
            Type::Text | Type::Enum(_) | Type::Tags(_) => {
                let asked = comparison(&ValueType::Plain(field.ty.clone()), names.currency);
                ("items", "number", format!("count() where {known}{name} {asked}"))
            }
        };
        let own = format!("{prefix}_{name}");
        let derived = format!("{own}: {{type: {ty}, grain: customer, label: {own}, is: {formula}}}");
        self.report(found.help(format!("or write {own}, with this below derived: in a dictionary file: {derived}")));
    }

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

    /// `promise_date = null`, `promise_date != ''`: what is missing is asked for with "is". False where a comparison is not that.
    pub(super) fn refuse_comparison_with_nothing(&mut self, comparison: Comparison, left: &Tree, right: &Tree, span: Span) -> bool {
        let (nothing, is_quoted) = match &right.kind {
            TreeKind::Name(word) if !self.context.names.knows(word) => (word.as_str(), false),
            TreeKind::Literal(Literal::Text(text)) => (text.as_str(), true),
            _ => return false,
        };
        let stands_for_nothing = NOTHING.contains(&nothing.to_lowercase().as_str()) || (is_quoted && nothing.is_empty());
        let TreeKind::Name(name) = &left.kind else { return false };
        if !stands_for_nothing || !matches!(comparison, Comparison::Equal | Comparison::Different) {
            return false;
        }
        let Some(Meaning::Field(field)) = self.context.names.get(name).map(|named| named.meaning.clone()) else { return false };
        // A text may hold any word, and a list of values the very word.
        let holds_it = match &self.context.names.field(field).ty {
            Type::Text => is_quoted,
            Type::Enum(values) | Type::Tags(values) => values.iter().any(|value| value == nothing),
            _ => false,
        };
        if holds_it {
            return false;
        }
        let Some(value) = self.value(left, None) else { return true };
        let found = match self.asked_for(&value, comparison == Comparison::Different) {
            Some(test) => {
                let found = Diagnostic::error(codes::UNKNOWN_NAME, span, "what is missing has no value: it is asked for with \"is\"");
                found.label(format!("write {test}")).replace(test)
            }
            None => {
                let found = Diagnostic::error(codes::ALWAYS_KNOWN, span, format!("\"{name}\" is never missing: this test says nothing"));
                found.help("delete this part of the condition")
            }
        };
        self.report(found);
        true
    }

    /// Two sides of a comparison that do not go together.
    pub(super) fn report_sides(&mut self, comparison: Comparison, left: &Value, right: &Value) {
        let found = types_differ(left, right, "compared");
        let is = |value: &Value, ty: &Type| matches!(&value.ty, ValueType::Plain(is) if is == ty);
        let between = |from: &str, to: &str| format!("days_between({from}, {to})");
        let sources = self.context.sources;
        let (date, sides): (&Value, Box<dyn Fn(String) -> String>) = match () {
            () if is(left, &Type::Date) && is(right, &Type::Days) => {
                (left, Box::new(|days| format!("{days} {} {}", comparison.sign(), sources.slice(right.span))))
            }
            () if is(left, &Type::Days) && is(right, &Type::Date) => {
                (right, Box::new(|days| format!("{} {} {days}", sources.slice(left.span), comparison.sign())))
            }
            () => {
                let found = self.with_unit_of_constant(found, left, right);
                let found = self.with_unit_of_constant(found, right, left);
                return self.report(found);
            }
        };
        if date.term == Term::Today {
            let example = sides("30 days".to_owned());
            return self.report(found.help(format!("compare it with a number of days, for example {example}")));
        }
        let name = sources.slice(date.span);
        let known = if date.missing.is_some() { format!("{name} is known and ") } else { String::new() };
        let (ago, ahead) = (sides(between(name, "as_of")), sides(between("as_of", name)));
        self.report(found.help(format!("for days ago write {known}{ago}")).help(format!("for days ahead write {known}{ahead}")));
    }

    /// A constant without a unit beside a value that has one: the unit is missing where the constant is defined.
    fn with_unit_of_constant(&self, found: Diagnostic, constant: &Value, other: &Value) -> Diagnostic {
        let names = &self.context.names;
        let name = self.context.sources.slice(constant.span);
        let (Some(named), Term::Constant(cell), ValueType::Plain(Type::Number)) = (names.get(name), &constant.term, &constant.ty) else {
            return found;
        };
        let (Meaning::Constant(_), Ok(cell)) = (&named.meaning, Cell::try_from(*cell)) else { return found };
        let number = millionths(cell);
        let ours = match &other.ty {
            ValueType::Plain(Type::Money) => format!("{number} {}", names.currency),
            ValueType::Plain(Type::Days) => format!("{number} days"),
            ValueType::BusinessDays => format!("{number} business days"),
            // Twelve is meant as percent, a quarter as a share.
            ValueType::Plain(Type::Rate) if cell.abs() > MILLION => percent(cell / 100),
            ValueType::Plain(Type::Rate) => percent(cell),
            _ => return found,
        };
        found.beside(named.span, "defined here").help(format!("give it its unit where it is defined: {name}: {ours}"))
    }

    /// A number where a rate belongs, as a share in percent.
    pub(super) fn as_a_rate(&self, found: Diagnostic, tree: &Tree, value: &Value, optional: bool) -> Diagnostic {
        let text = self.context.sources.slice(tree.span);
        let is_sum = matches!(tree.kind, TreeKind::Arithmetic { operator: Operator::Plus | Operator::Minus, .. });
        let text = if is_sum { format!("({text})") } else { text.to_owned() };
        let complete = |formula: String, nothing: &str| match value.missing {
            Some(_) if !optional => format!("if_missing({formula}, {nothing})"),
            _ => formula,
        };
        let (rate, number) = (complete(format!("{text} * 100%"), "0%"), complete(text, "0"));
        found.help(format!("for a share in percent write {rate}")).help(format!("for a number write {number}, and type: number"))
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
