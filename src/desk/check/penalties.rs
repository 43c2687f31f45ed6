//! Customers of a portfolio who are put under a law of late payment that does not bind their kind.

use crate::base::contract::values::CUSTOMER_TYPES;
use crate::base::date::Date;
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::marks::{Mark, Marks, Owner};
use crate::rules::program::{Cell, Condition, Grain, Program, Type, Use};
use crate::rules::proof::{Probe, Test};
use crate::rules::rates::Regime;

const KIND: &str = "customer_type";

/// For each penalty rule by position that names whom its regime binds: which customers it decides about are of another kind.
pub fn questions(program: &Program, as_of: Date) -> Vec<(usize, Probe)> {
    let mut questions = Vec::new();
    let mut above: Vec<Condition> = Vec::new();
    for (at, penalty) in program.penalties.iter().enumerate().filter(|(_, penalty)| penalty.rule.in_force(as_of)) {
        let regime = penalty.regime.map(|regime| &program.rates.regimes[regime]);
        if let Some(others) = regime.and_then(|regime| of_another_kind(program, regime)) {
            let all = above.iter().cloned().chain([penalty.rule.when.clone(), others]);
            questions.push((at, Probe { grain: Grain::Customer, test: Test::Holds(Condition::All(all.collect())) }));
        }
        above.push(Condition::Not(Box::new(penalty.rule.when.clone())));
    }
    questions
}

/// The customers a regime says it does not bind; those of an unknown kind are not among them.
fn of_another_kind(program: &Program, regime: &Regime) -> Option<Condition> {
    let field = program.field(KIND).filter(|_| !regime.binds.is_empty())?;
    let Type::Enum(values) = &program.fields[field.0 as usize].ty else { return None };
    let is_bound = |value: &String| regime.binds.iter().any(|kind| CUSTOMER_TYPES.get(usize::from(*kind)) == Some(&value.as_str()));
    let cells: Vec<Cell> = (0..).zip(values.iter()).filter(|(_, value)| !is_bound(value)).map(|(cell, _)| cell).collect();
    Some(Condition::CellIn { field, cells: cells.into() })
}

/// The program with the kind of customers among what is read, whether its rules ask for it or not.
pub fn reading_kinds(program: &Program) -> Program {
    let mut program = program.clone();
    if let Some(field) = program.field(KIND) {
        program.fields[field.0 as usize].used = Use::Value;
    }
    program
}

/// The finding about a penalty rule by position.
pub fn finding(program: &Program, rule: usize, marks: &Marks) -> Diagnostic {
    let penalty = &program.penalties[rule];
    let id = &penalty.rule.id;
    let regime = penalty.regime.map(|regime| &program.rates.regimes[regime]);
    let (name, binds) = regime.map_or(("", &[][..]), |regime| (regime.name.as_str(), regime.binds.as_slice()));
    let kinds: Vec<&str> = binds.iter().filter_map(|kind| CUSTOMER_TYPES.get(usize::from(*kind)).copied()).collect();
    let span = marks.at(&Mark::Condition(Owner::Penalty, id.clone()));
    let found = Diagnostic::warning(codes::NOT_BOUND, span, format!("\"{id}\" puts customers under {name} whom it does not bind"));
    let found = found.note(format!("{name} binds {}", kinds.join(", ")));
    found.help("leave them out by `customer_type`, or put them under the law of their kind in a rule of its own")
}
