//! The plain row evaluator: one row of facts against conditions, expressions and decision tables.
//!
//! Total and free of allocation: arithmetic is `i128` and saturates at the end of a cell's range, a missing value makes what it meets missing,
//! and a comparison with a missing value does not hold. The compiler lets such a comparison through only where the rule handles it.

mod text;

use crate::base::calendar::Calendar;
use crate::base::date::Date;
use crate::base::money::divide_half_up;
use crate::rules::expr::typed::{Condition, Expression, Term};
use crate::rules::program::{Cell, DecisionTable, Facts, FieldId, Hit, MISSING, Rule, Together};

/// What a calendar answers.
pub trait BusinessDays {
    /// Whether people work that day.
    fn is_business_day(&self, day: Date) -> bool;
}

impl BusinessDays for Calendar {
    fn is_business_day(&self, day: Date) -> bool {
        Calendar::is_business_day(self, day)
    }
}

/// What is the same for all rows of a night.
#[derive(Clone, Copy)]
pub struct Env<'e> {
    pub as_of: Date,
    pub calendar: &'e dyn BusinessDays,
}

/// What a decision table says of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The output; [`MISSING`] where no row matches and the table has no `otherwise:`.
    pub cell: Cell,
    /// The row that decided; `None` for `otherwise:`. The first true one where every true row counts.
    pub row: Option<usize>,
}

impl Decision {
    /// What the true rows of a table come to, given in order with their outputs; [`Hit::decides_by_one`] or not.
    pub(crate) fn together(table: &DecisionTable, how: Together, hits: impl Iterator<Item = (usize, Cell)>) -> Decision {
        let first = |decision: Decision, at: usize| decision.row.or(Some(at));
        let better = |decision: Decision, (at, cell): (usize, Cell), is_better: bool| {
            if decision.row.is_none() || is_better { Decision { cell, row: Some(at) } } else { decision }
        };
        let nothing = Decision { cell: 0, row: None };
        let otherwise = Decision { cell: table.otherwise.unwrap_or(MISSING), row: None };
        match how {
            Together::Tags => hits.fold(nothing, |all, (at, cell)| Decision { cell: all.cell | cell, row: first(all, at) }),
            // The compiler refuses a table whose results do not fit a cell together.
            Together::Sum | Together::Count => {
                hits.fold(nothing, |all, (at, cell)| Decision { cell: all.cell.saturating_add(cell), row: first(all, at) })
            }
            Together::Max => hits.fold(otherwise, |best, hit| better(best, hit, hit.1 > best.cell)),
            Together::Min => hits.fold(otherwise, |best, hit| better(best, hit, hit.1 < best.cell)),
        }
    }
}

/// Two rows of a `unique` table match at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ambiguous {
    /// Positions in [`DecisionTable::rows`].
    pub first: usize,
    pub second: usize,
}

impl Rule {
    /// Whether the rule is in force that day.
    pub fn in_force(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// The decision of a table for one row of facts, by its hit policy; rows outside their period do not count.
pub fn decide(table: &DecisionTable, facts: &impl Facts, env: &Env<'_>) -> Result<Decision, Ambiguous> {
    let live = |(row, _): &(Rule, Cell)| row.in_force(env.as_of) && row.when.holds(facts, env);
    let mut hits = table.rows.iter().enumerate().filter(|(_, row)| live(row)).map(|(at, (_, cell))| (at, *cell));
    if let Hit::All(how) = table.hit {
        return Ok(Decision::together(table, how, hits));
    }
    let Some((first, cell)) = hits.next() else {
        return Ok(Decision { cell: table.otherwise.unwrap_or(MISSING), row: None });
    };
    if table.hit == Hit::Unique
        && let Some((second, _)) = hits.next()
    {
        return Err(Ambiguous { first, second });
    }
    Ok(Decision { cell, row: Some(first) })
}

impl Condition {
    /// Whether the condition holds for a row.
    pub fn holds(&self, facts: &impl Facts, env: &Env<'_>) -> bool {
        match self {
            Condition::Always(answer) => *answer,
            Condition::Not(inner) => !inner.holds(facts, env),
            Condition::Shared(inner) => inner.holds(facts, env),
            Condition::All(parts) => parts.iter().all(|part| part.holds(facts, env)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(facts, env)),
            Condition::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                if condition.holds(facts, env) { then.holds(facts, env) } else { otherwise.holds(facts, env) }
            }
            Condition::Cell { field, comparison, cell } => {
                let value = facts.cell(*field);
                value != MISSING && comparison.holds(value.cmp(cell))
            }
            Condition::CellIn { field, cells } => cells.binary_search(&facts.cell(*field)).is_ok(),
            Condition::Known(field) => facts.cell(*field) != MISSING,
            Condition::Tagged { field, bit } => facts.cell(*field).max(0).checked_shr(*bit).is_some_and(|bits| bits & 1 == 1),
            Condition::HasValue(expression) => expression.term.raw(facts, env).is_some(),
            Condition::Holds(expression) => expression.term.raw(facts, env) == Some(1),
            Condition::Compare(compare) => match (compare.left.raw(facts, env), compare.right.raw(facts, env)) {
                (Some(left), Some(right)) => compare.comparison.holds(left.cmp(&right)),
                _ => false,
            },
            Condition::Text(compare) => match (compare.value.cell(facts, env), compare.with.cell(facts, env)) {
                (Some(value), Some(with)) => text::relates(compare, facts.text(value), facts.text(with)),
                _ => false,
            },
        }
    }
}

impl Expression {
    /// The value for a row, rounded half-up to the cell unit of its type and held within a cell's range.
    pub fn value(&self, facts: &impl Facts, env: &Env<'_>) -> Cell {
        self.term.raw(facts, env).map_or(MISSING, |raw| to_cell(half_up(raw, 10_i128.pow(self.digits))))
    }
}

impl Term {
    /// The value at the term's own scale; `None` where it is missing.
    pub(crate) fn raw(&self, facts: &impl Facts, env: &Env<'_>) -> Option<i128> {
        match self {
            Term::Constant(value) => Some(*value),
            Term::Field(field) => known(facts, *field),
            Term::Today => Some(i128::from(env.as_of.0)),
            Term::Negate(inner) => inner.raw(facts, env).map(i128::saturating_neg),
            Term::Absolute(inner) => inner.raw(facts, env).map(i128::saturating_abs),
            Term::Add(pair) => both(pair, facts, env).map(|[left, right]| left.saturating_add(right)),
            Term::Subtract(pair) => both(pair, facts, env).map(|[left, right]| left.saturating_sub(right)),
            Term::Multiply(pair) => both(pair, facts, env).map(|[left, right]| left.saturating_mul(right)),
            Term::Divide(pair, shift) => both(pair, facts, env).and_then(|[left, right]| divide(left.saturating_mul(*shift), right)),
            Term::Refine(inner, factor) => inner.raw(facts, env).map(|value| value.saturating_mul(*factor)),
            Term::Round(inner, step) => inner.raw(facts, env).map(|value| half_up(value, *step).saturating_mul(*step)),
            Term::Coarsen(inner, divisor) => inner.raw(facts, env).map(|value| half_up(value, *divisor)),
            Term::Least(parts) => extreme(parts, facts, env, i128::min),
            Term::Greatest(parts) => extreme(parts, facts, env, i128::max),
            Term::IfMissing(pair) => pair[0].raw(facts, env).or_else(|| pair[1].raw(facts, env)),
            Term::If(choice) => {
                let (condition, then, otherwise) = &**choice;
                if condition.holds(facts, env) { then.raw(facts, env) } else { otherwise.raw(facts, env) }
            }
            Term::Holds(condition) => Some(i128::from(condition.holds(facts, env))),
            Term::AddBusinessDays(_) | Term::AddMonths(_) | Term::BusinessDaysBetween(_) | Term::Month(_) | Term::Weekday(_) => {
                self.calendar(facts, env)
            }
        }
    }

    /// What asks the calendar.
    fn calendar(&self, facts: &impl Facts, env: &Env<'_>) -> Option<i128> {
        match self {
            Term::AddBusinessDays(pair) => both(pair, facts, env).map(|[day, days]| whole(plus_business_days(to_day(day), days, env))),
            Term::AddMonths(pair) => both(pair, facts, env).map(|[day, months]| whole(to_day(day).plus_months(to_i32(months)))),
            Term::BusinessDaysBetween(pair) => {
                both(pair, facts, env).map(|[from, to]| business_days_between(to_day(from), to_day(to), env))
            }
            Term::Month(inner) => inner.raw(facts, env).map(|day| i128::from(to_day(day).ymd().1) * 1_000_000),
            Term::Weekday(inner) => inner.raw(facts, env).map(|day| i128::from(to_day(day).weekday()) - 1),
            _ => None,
        }
    }

    fn cell(&self, facts: &impl Facts, env: &Env<'_>) -> Option<Cell> {
        self.raw(facts, env).map(to_cell)
    }
}

fn known(facts: &impl Facts, field: FieldId) -> Option<i128> {
    let cell = facts.cell(field);
    (cell != MISSING).then(|| i128::from(cell))
}

fn both(pair: &[Term; 2], facts: &impl Facts, env: &Env<'_>) -> Option<[i128; 2]> {
    Some([pair[0].raw(facts, env)?, pair[1].raw(facts, env)?])
}

fn extreme(parts: &[Term], facts: &impl Facts, env: &Env<'_>, choose: fn(i128, i128) -> i128) -> Option<i128> {
    let (first, rest) = parts.split_first()?;
    rest.iter().try_fold(first.raw(facts, env)?, |best, part| part.raw(facts, env).map(|value| choose(best, value)))
}

fn divide(dividend: i128, divisor: i128) -> Option<i128> {
    match divisor {
        0 => None,
        _ if divisor < 0 => Some(half_up(dividend.saturating_neg(), divisor.saturating_neg())),
        _ => Some(half_up(dividend, divisor)),
    }
}

/// Rounds within bounds where the half added does not overflow.
fn half_up(value: i128, divisor: i128) -> i128 {
    divide_half_up(value.clamp(i128::MIN / 4, i128::MAX / 4), divisor.clamp(1, i128::MAX / 4))
}

/// A cell, held within its range and clear of [`MISSING`].
fn to_cell(value: i128) -> Cell {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN + 1 } else { i64::MAX }).max(i64::MIN + 1)
}

fn to_i32(value: i128) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}

fn to_day(value: i128) -> Date {
    Date(to_i32(value).clamp(Date::MIN.0, Date::MAX.0))
}

fn whole(day: Date) -> i128 {
    i128::from(day.0)
}

/// The day so many business days later (earlier where negative); the first day itself does not count.
fn plus_business_days(from: Date, days: i128, env: &Env<'_>) -> Date {
    let step = if days < 0 { -1 } else { 1 };
    let mut left = days.unsigned_abs();
    let mut day = from;
    while left > 0 && day.plus_days(step).in_range() {
        day = day.plus_days(step);
        left -= u128::from(env.calendar.is_business_day(day));
    }
    day
}

/// Business days after the first day, up to and with the second; negative where the second is earlier.
fn business_days_between(from: Date, to: Date, env: &Env<'_>) -> i128 {
    let (early, late) = (from.min(to), from.max(to));
    let days = (early.0.saturating_add(1)..=late.0).filter(|day| env.calendar.is_business_day(Date(*day))).count();
    let days = i128::try_from(days).unwrap_or(0);
    if to < from { -days } else { days }
}

#[cfg(test)]
mod tests;
