//! Customers who are put under a law of late payment that does not bind their kind.

use crate::base::contract::values::CUSTOMER_TYPES;
use crate::base::date::Date;
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::marks::{Holed, Mark, Marks, Owner};
use crate::rules::program::{Cell, Condition, Grain, Program, Source, Type};
use crate::rules::proof::table::possible;
use crate::rules::proof::{Facets, Finding, Probe, Test};
use crate::rules::rates::Regime;

/// The field of the kind of a customer.
pub const KIND: &str = "customer_type";

/// For each penalty rule by position that names whom its regime binds: which customers it decides about are of another kind.
pub fn questions(program: &Program, as_of: Date) -> Vec<(usize, Condition)> {
    let mut questions = Vec::new();
    let mut above: Vec<Condition> = Vec::new();
    for (at, penalty) in program.penalties.iter().enumerate().filter(|(_, penalty)| penalty.rule.in_force(as_of)) {
        let regime = penalty.regime.map(|regime| &program.rates.regimes[regime]);
        if let Some(others) = regime.and_then(|regime| of_another_kind(program, regime)) {
            let all = above.iter().cloned().chain([penalty.rule.when.clone(), others]);
            questions.push((at, Condition::All(all.collect())));
        }
        above.push(Condition::Not(Box::new(penalty.rule.when.clone())));
    }
    questions
}

/// Whom a question asks for in a portfolio.
pub fn probe(question: Condition) -> Probe {
    Probe { grain: Grain::Customer, test: Test::Holds(question) }
}

/// The customers a regime says it does not bind; those of an unknown kind are not among them.
fn of_another_kind(program: &Program, regime: &Regime) -> Option<Condition> {
    let field = program.field(KIND).filter(|_| !regime.binds.is_empty())?;
    let Type::Enum(values) = &program.fields[field.0 as usize].ty else { return None };
    let is_bound = |value: &String| regime.binds.iter().any(|kind| CUSTOMER_TYPES.get(usize::from(*kind)) == Some(&value.as_str()));
    let cells: Vec<Cell> = (0..).zip(values.iter()).filter(|(_, value)| !is_bound(value)).map(|(cell, _)| cell).collect();
    Some(Condition::CellIn { field, cells: cells.into() })
}

/// What the rules alone show: a rule whose condition lets another kind of customers in. What tables and derived fields decide may go by the
/// kind of a customer, so nothing is said where one of their results is read: there the portfolio has to tell.
pub fn findings(program: &Program, facets: &Facets<'_>) -> Vec<Finding> {
    if facets.marks.holed.contains(&Holed::Penalties) {
        return Vec::new();
    }
    let told = |(rule, question): (usize, Condition)| {
        let witness = possible(&question, facets).filter(|witness| !witness.doubtful && !reads_results(&question, program))?;
        let found = finding(program, rule, facets.marks).note(format!("example: {}", facets.words(&witness, &[])));
        Some(Finding { diagnostic: found, probe: Some(probe(question)) })
    };
    questions(program, facets.first).into_iter().filter_map(told).collect()
}

fn reads_results(condition: &Condition, program: &Program) -> bool {
    let mut reads = false;
    condition.visit_fields(&mut |field, _| {
        let source = &program.fields[field.0 as usize].source;
        reads |= matches!(source, Source::Derived(_) | Source::Decision(_) | Source::Trial(_) | Source::Route);
    });
    reads
}

/// The finding about a penalty rule by position.
pub fn finding(program: &Program, rule: usize, marks: &Marks) -> Diagnostic {
    let penalty = &program.penalties[rule];
    let id = &penalty.rule.id;
    let regime = penalty.regime.map(|regime| &program.rates.regimes[regime]);
    let (name, binds) = regime.map_or(("", &[][..]), |regime| (regime.name.as_str(), regime.binds.as_slice()));
    let kinds: Vec<&str> = binds.iter().filter_map(|kind| CUSTOMER_TYPES.get(usize::from(*kind)).copied()).collect();
    let span = place(id, marks);
    let found = Diagnostic::warning(codes::NOT_BOUND, span, format!("\"{id}\" puts customers under {name} whom it does not bind"));
    let found = found.note(format!("{name} binds {}", kinds.join(", ")));
    found.help("leave them out by `customer_type`, or put them under the law of their kind in a rule of its own")
}

/// Where a penalty rule says whom it is for.
pub fn place(id: &str, marks: &Marks) -> crate::rules::sources::Span {
    marks.at(&Mark::Condition(Owner::Penalty, id.to_owned()))
}
