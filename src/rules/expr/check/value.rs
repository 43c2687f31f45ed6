//! Values: literals, names, choices.

use super::advice::{NOTHING, TODAY};
use super::condition::types_differ;
use super::{Checker, not_a_value, resolve_definition};
use crate::rules::codes;
use crate::rules::context::yes_or_no;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::arithmetic::aligned;
use crate::rules::expr::foreign;
use crate::rules::expr::known::known;
use crate::rules::expr::literal::{MILLION, percent};
use crate::rules::expr::tree::{Comparison, Literal, Tree, TreeKind};
use crate::rules::expr::typed::{Condition, Term};
use crate::rules::names::{Meaning, ValueType};
use crate::rules::program::{Cell, FieldId, Grain, Source, Type};
use crate::rules::renames::Kind;
use crate::rules::sources::Span;

/// A checked value.
#[derive(Debug, Clone)]
pub(in crate::rules::expr) struct Value {
    pub ty: ValueType,
    pub term: Term,
    /// Power of ten by which the term is finer than a cell of its type.
    pub digits: u32,
    /// Why it may be missing.
    pub missing: Option<Gap>,
    /// A text whose case does not count.
    pub folded: bool,
    pub span: Span,
}

/// Words people write for a condition that always holds.
const EVERYBODY: &[&str] = &["always", "everyone", "everybody", "everything", "all", "otherwise", "default", "TRUE", "True"];

/// Why a value may be missing.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules::expr) enum Gap {
    Field(FieldId, Span),
    Division(Span),
}

impl Value {
    /// A value that is always there, at cell scale.
    pub fn plain(ty: Type, term: Term, span: Span) -> Value {
        Value { ty: ValueType::Plain(ty), term, digits: 0, missing: None, folded: false, span }
    }

    /// A constant.
    pub fn constant(ty: ValueType, cell: Cell, span: Span) -> Value {
        Value { ty, term: Term::Constant(i128::from(cell)), digits: 0, missing: None, folded: false, span }
    }
}

impl Checker<'_, '_> {
    /// A value; `hint` tells what bare numbers and names are next to.
    pub(in crate::rules::expr) fn value(&mut self, tree: &Tree, hint: Option<&ValueType>) -> Option<Value> {
        let span = tree.span;
        match &tree.kind {
            TreeKind::Literal(literal) => self.literal(literal, hint, span),
            TreeKind::Name(name) => self.name(name, hint, span),
            TreeKind::Call { name, name_span, arguments } => self.call(name, *name_span, arguments, hint, span),
            TreeKind::Negate(inner) => self.negated(inner, hint, span),
            TreeKind::Arithmetic { operator, left, right } => self.arithmetic(*operator, left, right, hint, span),
            TreeKind::If { condition, then, otherwise } => self.chosen(condition, then, otherwise, hint, span),
            _ => self.condition(tree).map(|condition| Value::plain(Type::Bool, Term::Holds(Box::new(condition)), span)),
        }
    }

    /// Two values that should have one type: the one whose type is plain tells the other's.
    pub(in crate::rules::expr) fn pair(&mut self, left: &Tree, right: &Tree) -> Option<(Value, Value)> {
        if self.takes_type_of_neighbour(left) && !self.takes_type_of_neighbour(right) {
            let right = self.value(right, None)?;
            let left = self.value(left, Some(&right.ty))?;
            return Some((left, right));
        }
        let left_value = self.value(left, None);
        let Some(left_value) = left_value else {
            // The right side's own mistakes are still worth a message, but not those the left side would have explained.
            if !self.takes_type_of_neighbour(right) {
                self.value(right, None);
            }
            return None;
        };
        let right_value = self.value(right, Some(&left_value.ty))?;
        Some((left_value, right_value))
    }

    /// Bare numbers, quoted texts, and names that nothing defines.
    pub(in crate::rules::expr) fn takes_type_of_neighbour(&self, tree: &Tree) -> bool {
        match &tree.kind {
            TreeKind::Literal(Literal::Number(_) | Literal::Text(_)) => true,
            TreeKind::Name(name) => !self.context.names.knows(name),
            TreeKind::Negate(inner) => self.takes_type_of_neighbour(inner),
            _ => false,
        }
    }

    /// Refuses a value that may be missing.
    pub(in crate::rules::expr) fn complete(&mut self, value: Value) -> Option<Value> {
        self.complete_or(value, true, None)
    }

    /// The same of a side of a comparison: a stand-in that would make it true speaks for rows of which nothing is known.
    pub(super) fn complete_beside(&mut self, value: Value, comparison: Comparison, other: &Value) -> Option<Value> {
        let zero_fails = |constant: &i128| !comparison.holds(0.cmp(constant));
        let fails = match (&value.term, &other.term) {
            (Term::Field(_), Term::Constant(constant)) if other.digits == 0 => {
                stand_in_cell(&value.ty).is_some_and(|cell| !comparison.holds(i128::from(cell).cmp(constant)))
            }
            (Term::Divide(..), Term::Constant(constant)) => zero_fails(constant),
            _ => false,
        };
        self.complete_or(value, fails, Some((comparison, other.span)))
    }

    fn complete_or(&mut self, value: Value, stand_in_helps: bool, beside: Option<(Comparison, Span)>) -> Option<Value> {
        let finding = match value.missing {
            None => return Some(value),
            Some(Gap::Field(field, span)) => {
                let known = self.context.names.field(field);
                let (name, stand_in) = (known.name.clone(), stand_in(&known.ty));
                let found = Diagnostic::error(
                    codes::MISSING_UNHANDLED,
                    span,
                    format!("\"{name}\" can be missing, and the rule does not say what then"),
                );
                if self.context.names.stops || !stand_in_helps {
                    let found = found.help(format!("write {name} is known and …"));
                    self.report(found.note("a value put in its place could make the condition true for everyone who has none"));
                    return None;
                }
                let found = found.help(format!("choose one: {name} is known and …"));
                let found = found.help(format!("            if_missing({name}, {stand_in})"));
                // A dictionary holds constants; a date that moves with the run is none.
                if stand_in == "as_of" {
                    found
                } else {
                    found.help(format!("            `missing: {stand_in}` for {name} in the dictionary"))
                }
            }
            Some(Gap::Division(span)) => {
                let found = Diagnostic::error(
                    codes::DIVISION,
                    span,
                    "this division has no value when its divisor is zero, and the rule does not say what then",
                );
                let text = self.context.sources.slice(span).to_owned();
                let (whole, nothing) = (self.context.sources.slice(value.span).to_owned(), nothing_of(&value.ty));
                match beside.filter(|_| self.context.names.stops || !stand_in_helps) {
                    None => found.help(format!("write if_missing({whole}, {nothing})")),
                    Some((comparison, other)) => {
                        let found = found.note("a value put in its place could make the condition true wherever the divisor is zero");
                        let other = self.context.sources.slice(other).to_owned();
                        found.help(match text.split_once(" / ").filter(|_| span == value.span && text.matches('/').count() == 1) {
                            Some((of, by)) => format!("write {by} > 0 and {of} {} {} * {by}", comparison.sign(), in_brackets(&other)),
                            None => "say that the divisor is more than zero, and multiply by it instead: b > 0 and a < 2 * b".to_owned(),
                        })
                    }
                }
            }
        };
        self.report(finding);
        None
    }

    fn literal(&mut self, literal: &Literal, hint: Option<&ValueType>, span: Span) -> Option<Value> {
        let (ty, cell) = match literal {
            Literal::Number(millionths) => return self.bare_number(*millionths, hint, span),
            Literal::Money(millionths, code) => (Type::Money, self.money(*millionths, code, span)?),
            Literal::Rate(millionths) => (Type::Rate, *millionths),
            Literal::Days(days) => (Type::Days, *days),
            Literal::BusinessDays(days) => return Some(Value::constant(ValueType::BusinessDays, *days, span)),
            Literal::Months(months) => return Some(Value::constant(ValueType::Months, *months, span)),
            Literal::Date(date) => (Type::Date, Cell::from(date.0)),
            Literal::Bool(value) => (Type::Bool, Cell::from(*value)),
            Literal::Text(text) => return self.quoted_text(text, hint, span),
        };
        Some(Value::constant(ValueType::Plain(ty), cell, span))
    }

    fn quoted_text(&mut self, text: &str, hint: Option<&ValueType>, span: Span) -> Option<Value> {
        let Some(ValueType::Plain(ty @ Type::Enum(values))) = hint else {
            let code = self.context.names.text_code(text);
            return Some(Value::constant(ValueType::Plain(Type::Text), code, span));
        };
        match position(values, text) {
            Some(cell) => Some(Value::constant(ValueType::Plain(ty.clone()), cell, span)),
            None => {
                let found = not_a_value(text, span, values, &self.context.names.renames);
                self.report(found);
                None
            }
        }
    }

    /// A number without a unit takes the unit of its neighbour.
    fn bare_number(&mut self, millionths: i64, hint: Option<&ValueType>, span: Span) -> Option<Value> {
        let cell = match hint {
            Some(ValueType::Plain(Type::Money)) => {
                self.context.names.bare_money.insert(span);
                self.minor_units(millionths, span)?
            }
            Some(ValueType::Plain(Type::Days) | ValueType::BusinessDays) => self.whole_days(millionths, span)?,
            Some(ValueType::Plain(Type::Rate)) if millionths == 0 => 0,
            Some(ValueType::Plain(Type::Rate)) => {
                let found = Diagnostic::error(codes::TYPES_DIFFER, span, "a rate is written in percent");
                self.report(in_percent(found, millionths));
                return None;
            }
            _ => return Some(Value::constant(ValueType::Plain(Type::Number), millionths, span)),
        };
        hint.map(|ty| Value::constant(ty.clone(), cell, span))
    }

    fn whole_days(&mut self, millionths: i64, span: Span) -> Option<Cell> {
        if millionths % MILLION == 0 {
            return Some(millionths / MILLION);
        }
        self.report(Diagnostic::error(codes::NUMBER_FORM, span, "days are whole numbers"));
        None
    }

    fn money(&mut self, millionths: i64, code: &str, span: Span) -> Option<Cell> {
        use crate::base::money::Currency;
        let reporting = self.context.names.currency;
        match Currency::parse(code.as_bytes()) {
            Some(currency) if currency == reporting => self.minor_units(millionths, span),
            Some(currency) => {
                let message = format!("this amount is in {currency}, but rules compare money in the reporting currency {reporting}");
                self.report(Diagnostic::error(codes::OTHER_CURRENCY, span, message).help(format!("write the amount in {reporting}")));
                None
            }
            None => {
                self.report(Diagnostic::error(codes::UNKNOWN_UNIT, span, format!("there is no currency \"{code}\"")));
                None
            }
        }
    }

    /// An amount of the reporting currency in minor units; more decimals than the currency has are refused.
    fn minor_units(&mut self, millionths: i64, span: Span) -> Option<Cell> {
        let currency = self.context.names.currency;
        let written = self.context.sources.slice(span);
        if let Some(found) = foreign::thousands(written, currency.digits(), span) {
            self.report(found);
            return None;
        }
        let scaled = i128::from(millionths) * i128::from(currency.unit());
        if scaled % i128::from(MILLION) == 0 {
            return Cell::try_from(scaled / i128::from(MILLION)).ok();
        }
        self.report(Diagnostic::error(
            codes::NUMBER_FORM,
            span,
            format!("{currency} has {} decimals, this amount has more", currency.digits()),
        ));
        None
    }

    fn name(&mut self, name: &str, hint: Option<&ValueType>, span: Span) -> Option<Value> {
        if let Some(ValueType::Plain(ty @ Type::Enum(values))) = hint
            && let Some(cell) = position(values, name)
        {
            return Some(Value::constant(ValueType::Plain(ty.clone()), cell, span));
        }
        match self.context.names.look_up(name) {
            Some(Meaning::Field(id)) => self.field(id, span),
            Some(Meaning::Constant(constant)) => Some(Value::constant(constant.ty, constant.cell, span)),
            Some(Meaning::Definition(at)) => self.defined(at, name, span),
            Some(Meaning::List(_)) => {
                let found = Diagnostic::error(codes::TYPES_DIFFER, span, format!("\"{name}\" is a list"));
                self.report(found.help(format!("write: customer_id in {name}")));
                None
            }
            Some(Meaning::Poison) => None,
            None => self.unknown_name(name, hint, span),
        }
    }

    fn unknown_name(&mut self, name: &str, hint: Option<&ValueType>, span: Span) -> Option<Value> {
        match hint {
            Some(ValueType::Plain(Type::Text)) => {
                let code = self.context.names.text_code(name);
                return Some(Value::constant(ValueType::Plain(Type::Text), code, span));
            }
            Some(ValueType::Plain(Type::Enum(values))) => {
                let found = not_a_value(name, span, values, &self.context.names.renames);
                self.report(found);
                return None;
            }
            _ => {}
        }
        if let (Some(meant), Some(ValueType::Plain(Type::Bool))) = (yes_or_no(name), hint) {
            let found = Diagnostic::error(codes::YES_NO, span, format!("\"{name}\" is neither true nor false"));
            self.report(found.label(format!("write {meant}")).replace(meant.to_string()));
            return None;
        }
        if self.context.findings.is_full() {
            return None;
        }
        let found = Diagnostic::error(codes::UNKNOWN_NAME, span, format!("there is no field called \"{name}\""));
        if TODAY.contains(&name.to_lowercase().as_str()) {
            self.report(found.label("write as_of").replace("as_of").help("the run date is called as_of"));
            return None;
        }
        if let Some(now) = self.context.names.renames.now(Kind::Field, "", name).map(str::to_owned) {
            self.report(found.label(format!("it is called \"{now}\" now")).replace(now));
            return None;
        }
        let found = found.nearest(name, self.context.names.iter().map(|(known, _)| known));
        let place = found.fix.as_ref().and_then(|fix| self.context.names.get(&fix.replacement)).map(|named| named.span);
        self.report(match place {
            _ if EVERYBODY.contains(&name) => found.help("a condition that always holds is written true"),
            Some(place) => found.beside(place, "defined here"),
            _ if NOTHING.contains(&name.to_lowercase().as_str()) => found.help("what is missing is asked for with: email is missing"),
            None => found.help(
                "docs/fields.md lists the fields of every pack, its dictionary file the others; texts stand between single quotation marks",
            ),
        });
        None
    }

    fn field(&mut self, id: FieldId, span: Span) -> Option<Value> {
        let field = self.context.names.field(id);
        let (ty, grain, is_today) = (field.ty.clone(), field.grain, field.name == "as_of" && field.source == Source::Fact);
        if is_today {
            return Some(Value::plain(Type::Date, Term::Today, span));
        }
        self.reads_invoice |= grain == Grain::Invoice;
        if grain == Grain::Invoice && self.grain == Grain::Customer {
            self.report_other_grain(id, span);
            return None;
        }
        let open = self.context.names.optional.contains(&id) && !self.known.contains(&id);
        Some(Value { missing: open.then_some(Gap::Field(id, span)), ..Value::plain(ty, Term::Field(id), span) })
    }

    fn defined(&mut self, at: usize, name: &str, span: Span) -> Option<Value> {
        let checked = resolve_definition(self.context, at, span)?;
        self.reads_invoice |= checked.grain == Grain::Invoice;
        if checked.grain == Grain::Invoice && self.grain == Grain::Customer {
            let found =
                Diagnostic::error(codes::OTHER_GRAIN, span, format!("\"{name}\" is about each invoice, and this rule is about a customer"));
            self.report(found.help(format!(
                "write items_{name} > 0, with this below derived: in a dictionary file: \
                 items_{name}: {{type: number, grain: customer, label: items_{name}, is: count() where {name}}}"
            )));
            return None;
        }
        let fits = self.weigh(checked.weight, span);
        fits.then(|| Value::plain(Type::Bool, Term::Holds(Box::new(Condition::Shared(checked.condition))), span))
    }

    fn chosen(&mut self, condition: &Tree, then: &Tree, otherwise: &Tree, hint: Option<&ValueType>, span: Span) -> Option<Value> {
        let facts = known(condition, self.context);
        let condition = self.condition(condition);
        let then = self.knowing(facts.when_true, |checker| checker.value(then, hint));
        let hint = hint.cloned().or_else(|| then.as_ref().map(|then| then.ty.clone()));
        let otherwise = self.knowing(facts.when_false, |checker| checker.value(otherwise, hint.as_ref()));
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        if then.ty != otherwise.ty {
            self.report(types_differ(&then, &otherwise, "an alternative").help("both values of an `if` have one type"));
            return None;
        }
        let (ty, missing, folded) = (then.ty.clone(), then.missing.or(otherwise.missing), then.folded || otherwise.folded);
        let (then, otherwise, digits) = aligned(then, otherwise);
        Some(Value { ty, term: Term::If(Box::new((condition, then, otherwise))), digits, missing, folded, span })
    }
}

/// What to write for a number that is a rate: what is above one can only be percent.
fn in_percent(found: Diagnostic, millionths: i64) -> Diagnostic {
    let (as_percent, as_share) = (percent(millionths / 100), percent(millionths));
    match millionths.abs() {
        size if size > MILLION => found.label(format!("write {as_percent}")).replace(as_percent),
        size if size % 100 == 0 => found.help(format!("write {as_share}, or {as_percent} if so little is meant")),
        _ => found.help(format!("write {as_share}")),
    }
}

fn position(values: &[String], name: &str) -> Option<Cell> {
    values.iter().position(|value| value == name).and_then(|at| Cell::try_from(at).ok())
}

/// The cell of [`stand_in`]; `None` where it moves with the run or has no place in an order.
fn stand_in_cell(ty: &ValueType) -> Option<Cell> {
    match ty {
        ValueType::Plain(Type::Money | Type::Rate | Type::Number | Type::Days | Type::Bool | Type::Enum(_)) => Some(0),
        ValueType::Plain(Type::Text) => Some(Cell::MIN),
        _ => None,
    }
}

/// Nothing of what a division gives.
fn nothing_of(ty: &ValueType) -> &'static str {
    match ty {
        ValueType::Plain(Type::Days) => "0 days",
        ValueType::Plain(Type::Rate) => "0%",
        _ => "0",
    }
}

/// A value an analyst might put in the place of a missing one.
fn stand_in(ty: &Type) -> String {
    match ty {
        Type::Money => "0".to_owned(),
        Type::Rate => "0%".to_owned(),
        Type::Number => "0".to_owned(),
        Type::Days => "0 days".to_owned(),
        Type::Date => "as_of".to_owned(),
        Type::Bool => "false".to_owned(),
        Type::Text => "'none'".to_owned(),
        Type::Enum(values) | Type::Tags(values) => values.first().cloned().unwrap_or_default(),
    }
}

/// What is more than one word, as a factor.
fn in_brackets(text: &str) -> String {
    let is_sum = text.contains([' ', '+', '-']) && !text.starts_with('(') && text.split(' ').count() > 2;
    if is_sum { format!("({text})") } else { text.to_owned() }
}
