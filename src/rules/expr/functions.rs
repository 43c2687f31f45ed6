//! The built-in functions. All have a value for every row, or say that it may be missing.

use std::sync::Arc;

use super::arithmetic::{aligned, coarsened, refined};
use super::check::{Checker, TODAY, Value};
use super::tree::{Comparison, Tree, TreeKind};
use super::typed::{Condition, Term};
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::names::{Meaning, ValueType};
use crate::rules::program::{Source, Type};
use crate::rules::sources::Span;

/// Every function with its form.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("if_missing", "if_missing(value, stand_in)"),
    ("min", "min(a, b, …)"),
    ("max", "max(a, b, …)"),
    ("abs", "abs(value)"),
    ("round", "round(value) or round(value, step)"),
    ("days_between", "days_between(from, to)"),
    ("business_days_between", "business_days_between(from, to)"),
    ("month", "month(date)"),
    ("weekday", "weekday(date)"),
    ("lower", "lower(text)"),
    ("in_trial", "in_trial(name)"),
];

/// Aggregates, which only the dictionary may use.
pub const AGGREGATES: &[&str] = &["sum", "count", "max", "min", "avg"];

const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Checker<'_, '_> {
    pub(super) fn call(&mut self, name: &str, name_span: Span, arguments: &[Tree], hint: Option<&ValueType>, span: Span) -> Option<Value> {
        match (name, arguments) {
            ("if_missing", [value, stand_in]) => self.if_missing(value, stand_in, hint, span),
            ("min" | "max", [_, _, ..]) => self.extreme(name == "min", arguments, hint, span),
            ("abs", [value]) => self.absolute(value, hint, span),
            ("round", [value]) => self.round(value, None, span),
            ("round", [value, step]) => self.round(value, Some(step), span),
            ("days_between", [from, to]) => {
                let pair = self.dates(from, to)?;
                Some(Value { missing: pair.missing, ..Value::plain(Type::Days, Term::Subtract(Box::new([pair.to, pair.from])), span) })
            }
            ("business_days_between", [from, to]) => {
                let pair = self.dates(from, to)?;
                let term = Term::BusinessDaysBetween(Box::new([pair.from, pair.to]));
                Some(Value { ty: ValueType::BusinessDays, missing: pair.missing, ..Value::plain(Type::Days, term, span) })
            }
            ("month", [date]) => self.of_date(date, Type::Number, Term::Month, span),
            ("weekday", [date]) => {
                let names: Arc<[String]> = WEEKDAYS.iter().map(|day| (*day).to_owned()).collect();
                self.of_date(date, Type::Enum(names), Term::Weekday, span)
            }
            ("lower", [text]) => self.lower(text, span),
            ("in_trial", [trial]) => self.in_trial(trial, span),
            _ => self.no_call(name, name_span, span),
        }
    }

    fn no_call(&mut self, name: &str, name_span: Span, span: Span) -> Option<Value> {
        let form = FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, form)| form);
        let found = match form {
            Some(form) => {
                Diagnostic::error(codes::ARGUMENTS, span, format!("\"{name}\" takes other arguments")).help(format!("write {form}"))
            }
            None if AGGREGATES.contains(&name) => {
                let found = Diagnostic::error(
                    codes::NOT_HERE,
                    name_span,
                    format!("\"{name}\" works over invoices: only the dictionary may use it"),
                );
                found.help("give the result a name under `derived:` in a dictionary file")
            }
            None if TODAY.contains(&name.to_lowercase().as_str()) => {
                let found = Diagnostic::error(codes::UNKNOWN_FUNCTION, span, format!("there is no function called \"{name}\""));
                found.label("write as_of").replace("as_of").help("the run date is called as_of")
            }
            None => {
                let found = Diagnostic::error(codes::UNKNOWN_FUNCTION, name_span, format!("there is no function called \"{name}\""));
                let known = FUNCTIONS.iter().map(|(known, _)| *known);
                found.nearest(name, known.clone()).help(format!("functions are: {}", known.collect::<Vec<_>>().join(", ")))
            }
        };
        self.context.findings.push(found);
        None
    }

    fn if_missing(&mut self, value: &Tree, stand_in: &Tree, hint: Option<&ValueType>, span: Span) -> Option<Value> {
        let value = self.value(value, hint)?;
        let stand_in = self.value(stand_in, Some(&value.ty))?;
        if value.ty != stand_in.ty {
            let message = format!("the stand-in of {} cannot be {}", value.ty.words(), stand_in.ty.words());
            self.context.error(codes::TYPES_DIFFER, stand_in.span, message);
            return None;
        }
        if value.missing.is_none() {
            let text = self.context.sources.slice(value.span);
            let found = Diagnostic::error(codes::ALWAYS_KNOWN, span, format!("\"{text}\" is never missing here: if_missing says nothing"));
            self.context.findings.push(found.help(format!("write {text} alone")));
            return None;
        }
        let (ty, missing, folded) = (value.ty.clone(), stand_in.missing, value.folded || stand_in.folded);
        let (value, stand_in, digits) = aligned(value, stand_in);
        Some(Value { ty, term: Term::IfMissing(Box::new([value, stand_in])), digits, missing, folded, span })
    }

    fn extreme(&mut self, least: bool, arguments: &[Tree], hint: Option<&ValueType>, span: Span) -> Option<Value> {
        // An argument that has a type of its own tells it to the bare numbers among the others.
        let telling = arguments.iter().find(|argument| !self.takes_type_of_neighbour(argument));
        let ty = match telling {
            Some(argument) => Some(self.value(argument, hint)?.ty),
            None => hint.cloned(),
        };
        let values = arguments.iter().map(|argument| self.value(argument, ty.as_ref())).collect::<Vec<_>>();
        let values = values.into_iter().collect::<Option<Vec<_>>>()?;
        let ty = values.first()?.ty.clone();
        if let Some(other) = values.iter().find(|value| value.ty != ty || !ty.is_ordered()) {
            let message = format!("the least or greatest of {} and {} has no meaning", ty.words(), other.ty.words());
            self.context.error(codes::TYPES_DIFFER, other.span, message);
            return None;
        }
        let missing = values.iter().find_map(|value| value.missing);
        let digits = values.iter().map(|value| value.digits).max().unwrap_or(0);
        let terms = values.into_iter().map(|value| refined(value.term, digits - value.digits)).collect();
        let term = if least { Term::Least(terms) } else { Term::Greatest(terms) };
        Some(Value { ty, term, digits, missing, folded: false, span })
    }

    fn absolute(&mut self, value: &Tree, hint: Option<&ValueType>, span: Span) -> Option<Value> {
        let value = self.value(value, hint)?;
        if !value.ty.is_ordered() || value.ty == ValueType::Plain(Type::Date) {
            self.mismatch(span, format!("{} has no sign to take away", value.ty.words()));
            return None;
        }
        Some(Value { term: Term::Absolute(Box::new(value.term.clone())), span, ..value })
    }

    /// To whole units, or to multiples of a step written out.
    fn round(&mut self, value: &Tree, step: Option<&Tree>, span: Span) -> Option<Value> {
        let value = self.value(value, None)?;
        let unit = match &value.ty {
            ValueType::Plain(Type::Money) => i128::from(self.context.names.currency.unit()),
            ValueType::Plain(Type::Number) => 1_000_000,
            ValueType::Plain(Type::Rate) => 10_000,
            ValueType::Plain(Type::Days) => 1,
            _ => {
                self.mismatch(span, format!("{} is not rounded", value.ty.words()));
                return None;
            }
        };
        let step = match step {
            None => unit,
            Some(step) => self.rounding_step(step, &value)?,
        };
        let factor = 10_i128.pow(value.digits);
        Some(Value { term: Term::Round(Box::new(value.term.clone()), step.saturating_mul(factor)), span, ..value })
    }

    fn rounding_step(&mut self, step: &Tree, value: &Value) -> Option<i128> {
        let step_value = self.value(step, Some(&value.ty))?;
        match step_value.term {
            Term::Constant(amount) if amount > 0 && step_value.ty == value.ty && step_value.digits == 0 => Some(amount),
            _ => {
                self.context.error(
                    codes::ARGUMENTS,
                    step.span,
                    format!("the step of a rounding is {} above zero, written out", value.ty.words()),
                );
                None
            }
        }
    }

    fn dates(&mut self, from: &Tree, to: &Tree) -> Option<Dates> {
        let (from, to) = (self.date_argument(from), self.date_argument(to));
        let (from, to) = (from?, to?);
        Some(Dates { missing: from.missing.or(to.missing), from: from.term, to: to.term })
    }

    fn date_argument(&mut self, tree: &Tree) -> Option<Value> {
        let date = ValueType::Plain(Type::Date);
        let value = self.value(tree, Some(&date))?;
        if value.ty == date {
            return Some(value);
        }
        self.mismatch(tree.span, format!("a date is expected here, this is {}", value.ty.words()));
        None
    }

    fn of_date(&mut self, date: &Tree, ty: Type, function: fn(Box<Term>) -> Term, span: Span) -> Option<Value> {
        let date = self.date_argument(date)?;
        Some(Value { missing: date.missing, ..Value::plain(ty, function(Box::new(coarsened(date))), span) })
    }

    fn lower(&mut self, text: &Tree, span: Span) -> Option<Value> {
        let ty = ValueType::Plain(Type::Text);
        let value = self.value(text, Some(&ty))?;
        if value.ty == ty {
            return Some(Value { folded: true, span, ..value });
        }
        self.mismatch(text.span, format!("a text is expected here, this is {}", value.ty.words()));
        None
    }

    fn in_trial(&mut self, trial: &Tree, span: Span) -> Option<Value> {
        let name = match &trial.kind {
            TreeKind::Name(name) => name.as_str(),
            _ => return self.no_call("in_trial", span, span),
        };
        match self.context.names.look_up(name) {
            Some(Meaning::Field(field)) if matches!(self.context.names.field(field).source, Source::Trial(_)) => {
                let condition = Condition::Cell { field, comparison: Comparison::Equal, cell: 1 };
                Some(Value::plain(Type::Bool, Term::Holds(Box::new(condition)), span))
            }
            Some(Meaning::Poison) => None,
            _ => {
                let names = &self.context.names;
                let is_trial =
                    |meaning: &Meaning| matches!(meaning, Meaning::Field(id) if matches!(names.field(*id).source, Source::Trial(_)));
                let trials = names.iter().filter(|(_, named)| is_trial(&named.meaning)).map(|(name, _)| name);
                let found = Diagnostic::error(codes::UNKNOWN_NAME, trial.span, format!("there is no trial called \"{name}\""))
                    .nearest(name, trials);
                self.context.findings.push(found);
                None
            }
        }
    }
}

struct Dates {
    from: Term,
    to: Term,
    missing: Option<super::check::Gap>,
}
