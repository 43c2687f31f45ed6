//! Values of test files: read by the type of what they are given for, and shown again in one form only, so that what is expected
//! and what came can be compared and read side by side.

use crate::base::contract::Kind;
use crate::base::date::Date;
use crate::base::money::{Currency, format_amount};
use crate::rules::codes;
use crate::rules::context::Context;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::expr::foreign;
use crate::rules::expr::literal::{MILLION, number};
use crate::rules::program::{ARMS, Cell, MISSING, TextPool, Type};
use crate::rules::sources::Span;

/// What a value must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    Text,
    Choice(Vec<String>),
    Money,
    Rate,
    Number,
    /// How many: whole, at least zero.
    Count,
    Days,
    Date,
    Flag,
    /// An arm of a trial.
    Arm,
}

impl Form {
    /// The form of a column of the contract.
    pub fn of_kind(kind: Kind) -> Form {
        match kind {
            Kind::Text => Form::Text,
            Kind::Money => Form::Money,
            Kind::Date => Form::Date,
            Kind::Flag => Form::Flag,
            Kind::Number | Kind::Decimal | Kind::Whole | Kind::ExchangeRate => Form::Number,
            Kind::Choice(names) => Form::Choice(names.iter().map(|name| (*name).to_owned()).collect()),
        }
    }

    /// The form of a field.
    pub fn of_type(ty: &Type) -> Form {
        match ty {
            Type::Money => Form::Money,
            Type::Rate => Form::Rate,
            Type::Number => Form::Number,
            Type::Days => Form::Days,
            Type::Date => Form::Date,
            Type::Bool => Form::Flag,
            Type::Text => Form::Text,
            Type::Enum(names) | Type::Tags(names) => Form::Choice(names.to_vec()),
        }
    }
}

/// A value of a test file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Missing,
    Text(String),
    /// In thousandths of a whole unit; without a currency, that of the row.
    Money(i64, Option<Currency>),
    /// Millionths.
    Rate(i64),
    /// Millionths.
    Number(i64),
    Days(i64),
    Date(Date),
    Flag(bool),
    /// Whether the challenger's.
    Arm(bool),
}

impl Value {
    /// Reads a value of this form; `missing` is one of every form.
    pub(super) fn read(node: &Node, form: &Form, context: &mut Context<'_>) -> Option<Value> {
        let text = context.text(node)?;
        if text == "missing" {
            return Some(Value::Missing);
        }
        if matches!(form, Form::Text | Form::Choice(_)) && context.refuse_quotes(text, node.span) {
            return None;
        }
        match form {
            Form::Text => Some(Value::Text(text.to_owned())),
            Form::Choice(names) => {
                if !names.iter().any(|name| name == text) {
                    let found = Diagnostic::error(codes::NOT_A_VALUE, node.span, format!("\"{text}\" is not one of the possible values"));
                    let found = found.nearest(text, names.iter().map(String::as_str));
                    context.findings.push(found.help(format!("possible are: {}", names.join(", "))));
                    return None;
                }
                Some(Value::Text(text.to_owned()))
            }
            Form::Money => money(text, node, context),
            Form::Rate => context.constant(node, &Type::Rate).map(Value::Rate),
            Form::Number => context.constant(node, &Type::Number).map(Value::Number),
            Form::Count => context.whole(node).map(|count| Value::Number(i64::from(count) * 1_000_000)),
            Form::Days => context.constant(node, &Type::Days).map(Value::Days),
            Form::Date => context.date(node).map(Value::Date),
            Form::Flag => context.flag(node).map(Value::Flag),
            Form::Arm => context.choice(node, "an arm of a trial", &[(ARMS[1], true), (ARMS[0], false)]).map(Value::Arm),
        }
    }

    /// As it is shown, and compared. Money without a currency is in the one given.
    pub fn shown(&self, currency: Currency) -> String {
        match self {
            Value::Missing => "missing".to_owned(),
            Value::Text(text) => text.clone(),
            Value::Money(thousandths, own) => {
                let currency = own.unwrap_or(currency);
                format!("{} {currency}", format_amount(i128::from(thousandths / currency.thousandths()), currency.digits()))
            }
            Value::Rate(millionths) => format!("{}%", plain(&format_amount(i128::from(*millionths), 4))),
            Value::Number(millionths) => plain(&format_amount(i128::from(*millionths), 6)),
            Value::Days(1) => "1 day".to_owned(),
            Value::Days(days) => format!("{days} days"),
            Value::Date(date) => date.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::Arm(on) => ARMS[usize::from(*on)].to_owned(),
        }
    }

    /// The value of a cell of this type.
    pub fn of_cell(cell: Cell, ty: &Type, currency: Currency, text: &str) -> Value {
        if cell == MISSING {
            return Value::Missing;
        }
        match ty {
            Type::Money => Value::Money(cell.saturating_mul(currency.thousandths()), Some(currency)),
            Type::Rate => Value::Rate(cell),
            Type::Number => Value::Number(cell),
            Type::Days => Value::Days(cell),
            Type::Date => Value::Date(Date(i32::try_from(cell).unwrap_or(0))),
            Type::Bool => Value::Flag(cell == 1),
            Type::Text => Value::Text(text.to_owned()),
            Type::Enum(names) => Value::Text(usize::try_from(cell).ok().and_then(|at| names.get(at)).cloned().unwrap_or_default()),
            Type::Tags(names) => {
                let set = names.iter().enumerate().filter(|(bit, _)| cell >> bit & 1 == 1).map(|(_, name)| name.as_str());
                Value::Text(set.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The value as rules see it in a field of this type.
    pub fn cell(&self, ty: &Type, currency: Currency, pool: &mut TextPool) -> Cell {
        match (self, ty) {
            (Value::Missing, _) => MISSING,
            (Value::Money(thousandths, _), _) => thousandths / currency.thousandths(),
            (Value::Rate(cell) | Value::Number(cell) | Value::Days(cell), _) => *cell,
            (Value::Date(date), _) => Cell::from(date.0),
            (Value::Flag(flag) | Value::Arm(flag), _) => Cell::from(*flag),
            (Value::Text(text), Type::Enum(names)) => {
                names.iter().position(|name| name == text).and_then(|at| Cell::try_from(at).ok()).unwrap_or(MISSING)
            }
            (Value::Text(text), _) => pool.code(text),
        }
    }
}

/// Without the zeros nobody needs.
fn plain(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

/// `149.99 EUR`, `-20`, `1_000`.
fn money(text: &str, node: &Node, context: &mut Context<'_>) -> Option<Value> {
    let (source, place) = context.expression_source(node)?;
    let sign = u32::from(source.starts_with('-'));
    let place = Span { start: place.start + sign, ..place };
    if let Some(found) = foreign::number(source.strip_prefix('-').unwrap_or(source), false, place) {
        context.findings.push(found);
        return None;
    }
    let (digits, code) = text.split_once(' ').map_or((text, None), |(digits, code)| (digits, Some(code.trim())));
    let currency = match code {
        None => None,
        Some(code) => {
            let known = Currency::parse(code.as_bytes());
            if known.is_none() {
                let ours = foreign::unit(digits, code, None).map(|(ours, _)| ours);
                if let Some(ours) =
                    ours.filter(|ours| ours.rsplit(' ').next().is_some_and(|code| Currency::parse(code.as_bytes()).is_some()))
                {
                    let found = Diagnostic::error(codes::UNKNOWN_UNIT, node.span, format!("\"{text}\" is written {ours} here"));
                    context.findings.push(found.label(format!("write {ours}")).replace(ours));
                    return None;
                }
                context.error(codes::UNKNOWN_UNIT, node.span, format!("there is no currency \"{code}\""));
                return None;
            }
            known
        }
    };
    let (sign, unsigned) = digits.strip_prefix('-').map_or((1, digits), |rest| (-1, rest));
    let is_plain = unsigned.starts_with(|c: char| c.is_ascii_digit()) && unsigned.bytes().all(|b| b.is_ascii_digit() || b"_.".contains(&b));
    if !is_plain {
        let found = Diagnostic::error(codes::NUMBER_FORM, node.span, format!("\"{text}\" is not an amount"));
        context.findings.push(found.help("write amounts as 149.99 EUR"));
        return None;
    }
    let millionths = number(unsigned, node.span).map_err(|finding| context.findings.push(*finding)).ok()?;
    let digits = currency.unwrap_or(context.names.currency).digits();
    let step = MILLION / 10_i64.pow(digits.min(6));
    if millionths % step != 0 {
        let currency = currency.unwrap_or(context.names.currency);
        context.error(codes::NUMBER_FORM, node.span, format!("{currency} has {digits} decimals, this amount has more"));
        return None;
    }
    Some(Value::Money(sign * (millionths / 1_000), currency))
}
