//! Thresholds: values that are compared with a limit, and the sides of it on which one was seen.

use std::cmp::Ordering;

use crate::rules::expr::tree::Comparison;
use crate::rules::expr::typed::Term;
use crate::rules::program::{Aggregate, Cell, FieldId, Formula, Grain, Program, Source, Type};

pub(super) const SIDES: [(Ordering, &str); 3] = [(Ordering::Less, "below "), (Ordering::Equal, ""), (Ordering::Greater, "above ")];

/// A value that is compared with a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Threshold {
    /// What is compared, and with what.
    pub subject: String,
    pub limit: String,
    /// Below, at and above.
    pub seen: [bool; 3],
    /// A side on which no value can be.
    pub impossible: [bool; 3],
    pub field: Option<FieldId>,
    pub cell: Cell,
    /// The side on which only the nearest day counts, for what is measured in days: any other day there stays on its side when the
    /// limit moves by one. For the day of a step it is the night before, since a ladder is asked every night.
    pub nearest: Option<Nearest>,
}

/// The one day on a side of a threshold that shows where the limit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Nearest {
    pub side: Ordering,
    /// As shown, where it is the same on every night.
    pub day: Option<String>,
}

impl Nearest {
    /// The day next to a limit on which the answer is another one than at it.
    pub fn to(limit: Cell, comparison: Comparison, shown: impl Fn(Cell) -> String) -> Nearest {
        let side = turning_side(comparison);
        let day = if side == Ordering::Less { limit.saturating_sub(1) } else { limit.saturating_add(1) };
        Nearest { side, day: Some(shown(day)) }
    }
}

impl Threshold {
    /// A value was met, so far above the limit; what is told in days is so in whole ones.
    pub fn see(&mut self, distance: i128) {
        let side = distance.cmp(&0);
        let is_far = |nearest: &Nearest| nearest.side == side && distance.abs() > 1;
        if !self.nearest.as_ref().is_some_and(is_far) {
            let at = SIDES.iter().position(|(known, _)| *known == side).unwrap_or(0);
            self.seen[at] = true;
        }
    }

    /// What is said of a side that no value was on.
    pub fn never(&self, side: Ordering, word: &str) -> String {
        let Some(nearest) = self.nearest.as_ref().filter(|nearest| nearest.side == side) else {
            return format!("{} never {word}{}", self.subject, self.limit);
        };
        let which = if side == Ordering::Less { "before" } else { "after" };
        match &nearest.day {
            Some(day) => format!("{} never {day}, the day {which}", self.subject),
            None => format!("{} never the day {which} {}", self.subject, self.limit),
        }
    }
}

/// The side of a limit on which an answer is another one than at it.
pub(super) fn turning_side(comparison: Comparison) -> Ordering {
    if comparison.holds(Ordering::Less) == comparison.holds(Ordering::Equal) { Ordering::Greater } else { Ordering::Less }
}

/// Whether a term is a date or a number of days, in whole ones.
pub(super) fn in_days(program: &Program, term: &Term) -> bool {
    match term {
        Term::Constant(_) | Term::Today | Term::BusinessDaysBetween(_) => true,
        Term::Field(field) => matches!(program.fields[field.0 as usize].ty, Type::Days | Type::Date),
        Term::AddBusinessDays(pair) | Term::AddMonths(pair) => in_days(program, &pair[0]),
        Term::Add(_) | Term::Subtract(_) | Term::Negate(_) | Term::IfMissing(_) | Term::Least(_) | Term::Greatest(_) => {
            term.operands().into_iter().all(|part| in_days(program, part))
        }
        _ => false,
    }
}

/// Whether a field counts or sums what cannot be below zero.
pub(super) fn never_negative(program: &Program, field: FieldId) -> bool {
    let definition = &program.fields[field.0 as usize];
    match (&definition.source, &definition.ty) {
        (Source::Fact, Type::Number) => true,
        (Source::Fact, Type::Money) => !["unallocated_balance", "amount"].contains(&definition.name.as_str()),
        (Source::Fact, Type::Rate) => definition.name != "usage_trend",
        (Source::Fact, Type::Days) => definition.name.starts_with("days_since_") || definition.name == "dispute_age",
        (Source::Derived(at), _) => program.derived.get(*at).is_some_and(|derived| match &derived.formula {
            Formula::Aggregate { function: Aggregate::Count, .. } => true,
            Formula::Aggregate { function: Aggregate::Sum, over: Some(over), .. } => {
                matches!(over.term, Term::Field(field) if never_negative(program, field) && program.fields[field.0 as usize].grain == Grain::Invoice)
            }
            _ => false,
        }),
        _ => false,
    }
}
