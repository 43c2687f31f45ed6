//! Penalties of a portfolio: customers under a law that does not bind their kind, and rates that the night will want.

use crate::error::Failure;
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::marks::Marks;
use crate::rules::program::{Program, Use};
use crate::rules::proof::bound::{KIND, place};
use crate::rules::sources::Span;

/// The program with the kind of customers among what is read, whether its rules ask for it or not.
pub fn reading_kinds(program: &Program) -> Program {
    let mut program = program.clone();
    if let Some(field) = program.field(KIND) {
        program.fields[field.0 as usize].used = Use::Value;
    }
    program
}

/// What would end the night because its penalties cannot be worked out, at the first rule that asks for any.
pub fn not_worked_out(failure: &Failure, program: &Program, marks: &Marks) -> Diagnostic {
    let span = program
        .penalties
        .iter()
        .find(|penalty| penalty.regime.is_some())
        .map_or(Span::start_of(0), |penalty| place(&penalty.rule.id, marks));
    let message = format!("the night cannot work out its penalties: {}", failure.messages.join("; "));
    let found = Diagnostic::error(codes::NO_PENALTIES, span, message);
    failure.remedy.iter().fold(found, |found, remedy| found.help(remedy.as_str()))
}
