//! Blocks that stop people of whom nothing is known: a value that stands in for a missing one makes their comparison true.

use std::cmp::Ordering;

use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::tree::Comparison;
use crate::rules::expr::typed::{Condition, Term};
use crate::rules::marks::{Mark, Owner};
use crate::rules::program::{FieldId, Program, Rule};
use crate::rules::proof::{Facets, Finding};
use crate::rules::sources::Span;

/// Calendar days that a business day lasts at most, with public holidays of any length that calendars have.
const LONGEST_BUSINESS_DAY: i128 = 10;
/// Days of the shortest and of the longest month.
const MONTH: (i128, i128) = (28, 31);

/// Comparisons in blocks that a stand-in makes true.
pub fn findings(program: &Program, facets: &Facets<'_>) -> Vec<Finding> {
    let rules = program.blocks.iter().map(|block| &block.rule).filter(|rule| rule.in_force(facets.first));
    rules.flat_map(|rule| of_block(program, rule, facets)).collect()
}

fn of_block(program: &Program, rule: &Rule, facets: &Facets<'_>) -> Vec<Finding> {
    let Some(whole) = facets.marks.find(&Mark::Condition(Owner::Block, rule.id.clone())) else { return Vec::new() };
    let mut found = Vec::new();
    made_true(&rule.when, true, whole, &mut found);
    found.dedup();
    let finding = |(span, field): (Span, FieldId)| {
        let name = &program.fields[field.0 as usize].name;
        let message = format!("this is true for everyone without {name}: the block \"{}\" stops them", rule.id);
        let found = Diagnostic::warning(codes::STOPS_THE_UNKNOWN, span, message).label("by the value that stands in");
        let found = found.help(format!("write {name} is known and …, without if_missing"));
        found.help(format!("or, where they are meant to be stopped, {name} is missing or …")).into()
    };
    found.into_iter().map(finding).collect()
}

/// Comparisons whose answer, for a value that stands in, is the one that lets the block hold.
fn made_true(when: &Condition, wanted: bool, whole: Span, found: &mut Vec<(Span, FieldId)>) {
    match when {
        Condition::Not(inner) => made_true(inner, !wanted, whole, found),
        Condition::Shared(inner) => made_true(inner, wanted, whole, found),
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| made_true(part, wanted, whole, found)),
        Condition::If(parts) => parts[1..].iter().for_each(|part| made_true(part, wanted, whole, found)),
        Condition::Compare(compare) => {
            for (with, other, comparison) in
                [(&compare.left, &compare.right, compare.comparison), (&compare.right, &compare.left, compare.comparison.mirrored())]
            {
                if let Some(field) = stood_in_for(with)
                    && answer(with, other, comparison) == Some(wanted)
                {
                    found.push((compare.span, field));
                }
            }
        }
        Condition::Holds(expression) => {
            if let Some(field) = stood_in_for(&expression.term)
                && between(&expression.term).is_some_and(|value| value.is(i128::from(wanted)))
            {
                found.push((whole, field));
            }
        }
        _ => {}
    }
}

/// The field in whose place another value stands somewhere in a term.
fn stood_in_for(term: &Term) -> Option<FieldId> {
    match term {
        Term::IfMissing(parts) => first_field(&parts[0]),
        _ => term.operands().into_iter().find_map(stood_in_for),
    }
}

fn first_field(term: &Term) -> Option<FieldId> {
    match term {
        Term::Field(field) => Some(*field),
        _ => term.operands().into_iter().find_map(first_field),
    }
}

/// What a comparison says on every night while the stand-in counts; `None` where it depends.
fn answer(left: &Term, right: &Term, comparison: Comparison) -> Option<bool> {
    let (left, right) = (between(left)?, between(right)?);
    if left.nights != right.nights {
        return None;
    }
    let (low, high) = (left.low - right.high, left.high - right.low);
    let mut sides = [(low < 0, Ordering::Less), (low <= 0 && high >= 0, Ordering::Equal), (high > 0, Ordering::Greater)]
        .into_iter()
        .filter(|(possible, _)| *possible)
        .map(|(_, side)| comparison.holds(side));
    let first = sides.next()?;
    sides.all(|side| side == first).then_some(first)
}

/// The values a term can have while stand-ins count: so many run dates, and a number between two ends.
#[derive(Debug, Clone, Copy)]
struct Between {
    nights: i128,
    low: i128,
    high: i128,
}

impl Between {
    fn is(self, value: i128) -> bool {
        self.nights == 0 && self.low == value && self.high == value
    }

    fn plus(self, other: Between) -> Between {
        Between { nights: self.nights + other.nights, low: self.low.saturating_add(other.low), high: self.high.saturating_add(other.high) }
    }

    fn negated(self) -> Between {
        Between { nights: -self.nights, low: self.high.saturating_neg(), high: self.low.saturating_neg() }
    }

    /// Between so many times the least, and so many times the most.
    fn times(self, least: i128, most: i128) -> Between {
        let ends = [self.low, self.high].map(|end| [end.saturating_mul(least), end.saturating_mul(most)]);
        let ends = ends.into_iter().flatten();
        Between { nights: 0, low: ends.clone().min().unwrap_or(0), high: ends.max().unwrap_or(0) }
    }
}

fn between(term: &Term) -> Option<Between> {
    match term {
        Term::Constant(value) => Some(Between { nights: 0, low: *value, high: *value }),
        Term::Today => Some(Between { nights: 1, low: 0, high: 0 }),
        Term::IfMissing(parts) => between(&parts[1]),
        Term::Negate(inner) => between(inner).map(Between::negated),
        Term::Add(pair) => Some(between(&pair[0])?.plus(between(&pair[1])?)),
        Term::Subtract(pair) => Some(between(&pair[0])?.plus(between(&pair[1])?.negated())),
        Term::AddBusinessDays(pair) => Some(between(&pair[0])?.plus(between(&pair[1])?.times(1, LONGEST_BUSINESS_DAY))),
        Term::AddMonths(pair) => Some(between(&pair[0])?.plus(between(&pair[1])?.times(MONTH.0, MONTH.1))),
        _ => None,
    }
}
