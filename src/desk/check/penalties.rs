//! Customers of a portfolio who are put under a law of late payment that does not bind their kind.

use crate::rules::program::{Program, Use};
use crate::rules::proof::bound::KIND;

/// The program with the kind of customers among what is read, whether its rules ask for it or not.
pub fn reading_kinds(program: &Program) -> Program {
    let mut program = program.clone();
    if let Some(field) = program.field(KIND) {
        program.fields[field.0 as usize].used = Use::Value;
    }
    program
}
