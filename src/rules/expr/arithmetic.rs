//! The four operations: which units go together, and at what scale.

use super::check::{Checker, Gap, Value};
use super::tree::{Operator, Tree};
use super::typed::Term;
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::names::ValueType;
use crate::rules::program::Type;
use crate::rules::sources::Span;

/// Digits of a number or rate below one.
const FRACTION_DIGITS: u32 = 6;
/// Above this, a product gives up digits that no cell could show.
const MAX_DIGITS: u32 = 18;

/// Two terms at one scale, the finer of the two.
pub(super) fn aligned(left: Value, right: Value) -> (Term, Term, u32) {
    let digits = left.digits.max(right.digits);
    let refine = |value: Value| refined(value.term, digits - value.digits);
    (refine(left), refine(right), digits)
}

/// A term at a scale finer by so many digits.
pub(super) fn refined(term: Term, by: u32) -> Term {
    let factor = 10_i128.pow(by);
    match term {
        term if by == 0 => term,
        Term::Constant(value) => Term::Constant(value.saturating_mul(factor)),
        term => Term::Refine(Box::new(term), factor),
    }
}

/// A term brought back to the cell unit of its type.
pub(super) fn coarsened(value: Value) -> Term {
    if value.digits == 0 { value.term } else { Term::Coarsen(Box::new(value.term), 10_i128.pow(value.digits)) }
}

impl Checker<'_, '_> {
    pub(super) fn arithmetic(
        &mut self,
        operator: Operator,
        left: &Tree,
        right: &Tree,
        hint: Option<&ValueType>,
        span: Span,
    ) -> Option<Value> {
        match operator {
            Operator::Plus | Operator::Minus => self.sum(operator, left, right, hint, span),
            Operator::Times | Operator::Over => {
                let (left, right) = (self.value(left, None), self.value(right, None));
                if operator == Operator::Times { self.product(left?, right?, span) } else { self.quotient(left?, right?, span) }
            }
        }
    }

    pub(super) fn negated(&mut self, inner: &Tree, hint: Option<&ValueType>, span: Span) -> Option<Value> {
        let value = self.value(inner, hint)?;
        if !value.ty.is_ordered() || value.ty == ValueType::Plain(Type::Date) {
            self.mismatch(span, format!("{} has no opposite", value.ty.words()));
            return None;
        }
        let term = match value.term {
            Term::Constant(constant) => Term::Constant(-constant),
            term => Term::Negate(Box::new(term)),
        };
        Some(Value { term, span, ..value })
    }

    fn sum(&mut self, operator: Operator, left: &Tree, right: &Tree, hint: Option<&ValueType>, span: Span) -> Option<Value> {
        let neither_tells = self.takes_type_of_neighbour(left) && self.takes_type_of_neighbour(right);
        let (left, right) = if neither_tells { (self.value(left, hint)?, self.value(right, hint)?) } else { self.pair(left, right)? };
        if left.ty == ValueType::Plain(Type::Date) || right.ty == ValueType::Plain(Type::Date) {
            return self.date_sum(operator, left, right, span);
        }
        let adds = left.ty.is_ordered() && left.ty == right.ty;
        if !adds {
            let verb = if operator == Operator::Plus { "added to" } else { "reduced by" };
            let message = format!("{} cannot be {verb} {}", left.ty.words(), right.ty.words());
            let found =
                Diagnostic::error(codes::TYPES_DIFFER, right.span, message).label(right.ty.words()).beside(left.span, left.ty.words());
            self.context.findings.push(found);
            return None;
        }
        let (ty, missing) = (left.ty.clone(), left.missing.or(right.missing));
        let (left, right, digits) = aligned(left, right);
        let term = folded(if operator == Operator::Plus { Term::Add } else { Term::Subtract }, left, right);
        Some(Value { ty, term, digits, missing, folded: false, span })
    }

    /// Date less date, and date plus or minus a span.
    fn date_sum(&mut self, operator: Operator, left: Value, right: Value, span: Span) -> Option<Value> {
        let missing = left.missing.or(right.missing);
        let date = |value: &Value| value.ty == ValueType::Plain(Type::Date);
        if operator == Operator::Minus && date(&left) && date(&right) {
            let term = folded(Term::Subtract, left.term, right.term);
            return Some(Value { missing, ..Value::plain(Type::Days, term, span) });
        }
        // "3 days + due_date" reads as well as "due_date + 3 days".
        let (day, step) = if operator == Operator::Plus && date(&right) && !date(&left) { (right, left) } else { (left, right) };
        let amount = coarsened(step.clone());
        let signed = if operator == Operator::Minus { negated_term(amount) } else { amount };
        let pair = Box::new([day.term.clone(), signed]);
        let term = match (&day.ty, &step.ty) {
            (ValueType::Plain(Type::Date), ValueType::Plain(Type::Days)) => Term::Add(pair),
            (ValueType::Plain(Type::Date), ValueType::BusinessDays) => Term::AddBusinessDays(pair),
            (ValueType::Plain(Type::Date), ValueType::Months) => Term::AddMonths(pair),
            _ => {
                self.date_mismatch(operator, &day, &step, span);
                return None;
            }
        };
        Some(Value { missing, ..Value::plain(Type::Date, term, span) })
    }

    fn date_mismatch(&mut self, operator: Operator, day: &Value, step: &Value, span: Span) {
        let message = format!("{} {} {} has no meaning", day.ty.words(), operator.sign(), step.ty.words());
        let found = Diagnostic::error(codes::TYPES_DIFFER, span, message);
        let number = step.ty == ValueType::Plain(Type::Number);
        self.context.findings.push(if number { found.help("write the unit: 30 days, 3 business days, 2 months") } else { found });
    }

    fn product(&mut self, left: Value, right: Value, span: Span) -> Option<Value> {
        use Type::{Days, Money, Number, Rate};
        let (ValueType::Plain(one), ValueType::Plain(other)) = (&left.ty, &right.ty) else { return self.no_product(&left, &right, span) };
        let ty = match (one, other) {
            (Money, Number | Rate) | (Number | Rate, Money) => Money,
            (Days, Number) | (Number, Days) => Days,
            (Rate, Number | Rate) | (Number, Rate) => Rate,
            (Number, Number) => Number,
            _ => return self.no_product(&left, &right, span),
        };
        let missing = left.missing.or(right.missing);
        let digits = left.digits + right.digits + FRACTION_DIGITS;
        let term = folded(Term::Multiply, left.term, right.term);
        let value = Value { digits, missing, ..Value::plain(ty, term, span) };
        Some(if digits > MAX_DIGITS { with_fewer_digits(value) } else { value })
    }

    fn no_product(&mut self, left: &Value, right: &Value, span: Span) -> Option<Value> {
        self.mismatch(span, format!("{} cannot be multiplied by {}", left.ty.words(), right.ty.words()));
        None
    }

    fn quotient(&mut self, left: Value, right: Value, span: Span) -> Option<Value> {
        use Type::{Days, Money, Number, Rate};
        let types = match (&left.ty, &right.ty) {
            (ValueType::Plain(one), ValueType::Plain(other)) => Some((one, other)),
            _ => None,
        };
        let ty = match types {
            Some((Money, Money) | (Days, Days) | (Rate, Rate) | (Number, Number)) => Number,
            Some((Money, Number | Rate)) => Money,
            Some((Rate, Number)) => Rate,
            Some((Days, Number)) => Days,
            _ => {
                self.mismatch(span, format!("{} cannot be divided by {}", left.ty.words(), right.ty.words()));
                return None;
            }
        };
        if matches!(right.term, Term::Constant(0)) {
            self.context.error(codes::DIVIDES_BY_ZERO, span, "this divides by zero");
            return None;
        }
        let sure = matches!(right.term, Term::Constant(_));
        let missing = left.missing.or(right.missing).or(if sure { None } else { Some(Gap::Division(span)) });
        // Same unit over same unit gives a number in millionths; anything over a number or rate takes its millionths away: both times a million.
        let (left, right, _) = aligned(left, right);
        let term = Term::Divide(Box::new([left, right]), 10_i128.pow(FRACTION_DIGITS));
        Some(Value { missing, ..Value::plain(ty, term, span) })
    }

    pub(super) fn mismatch(&mut self, span: Span, message: String) {
        self.context.error(codes::TYPES_DIFFER, span, message);
    }
}

fn with_fewer_digits(value: Value) -> Value {
    let dropped = value.digits - FRACTION_DIGITS;
    Value { term: Term::Coarsen(Box::new(value.term), 10_i128.pow(dropped)), digits: FRACTION_DIGITS, ..value }
}

fn negated_term(term: Term) -> Term {
    match term {
        Term::Constant(value) => Term::Constant(-value),
        term => Term::Negate(Box::new(term)),
    }
}

/// An operation, worked out now where both sides are constants.
fn folded(operation: fn(Box<[Term; 2]>) -> Term, left: Term, right: Term) -> Term {
    let term = operation(Box::new([left, right]));
    match &term {
        Term::Add(pair) => constants(pair, i128::saturating_add),
        Term::Subtract(pair) => constants(pair, i128::saturating_sub),
        Term::Multiply(pair) => constants(pair, i128::saturating_mul),
        _ => None,
    }
    .unwrap_or(term)
}

fn constants(pair: &[Term; 2], work: fn(i128, i128) -> i128) -> Option<Term> {
    match pair {
        [Term::Constant(left), Term::Constant(right)] => Some(Term::Constant(work(*left, *right))),
        _ => None,
    }
}
