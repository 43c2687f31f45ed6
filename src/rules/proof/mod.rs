//! What can be proved of a rule set without any data: tables without holes, ladders that can be climbed, conditions that can hold.
//!
//! `leaf` and `space` cut the values of every field at all thresholds, `region` holds the boxes in which a condition is true, `walk` goes
//! through the space once with the set of boxes that can still hold, `table` reads the proof off it. `tables`, `conditions`, `ladder`, `bound` and
//! `tone` turn proofs into findings, each with an example row in `words`.

mod bits;
pub mod bound;
mod conditions;
mod entry;
mod ladder;
mod leaf;
mod region;
mod space;
mod stand_ins;
pub mod table;
mod tables;
mod tone;
mod walk;
mod words;

use crate::base::date::Date;
use crate::base::money::Currency;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::eval::Env;
use crate::rules::marks::Marks;
use crate::rules::program::{Condition, Facts, Field, Grain, Program, TextBase};
use crate::rules::sources::Sources;

pub use leaf::{Axis, unplaced};
pub use space::Bin;

/// What the proofs know of the fields.
#[derive(Clone, Copy)]
pub struct Facets<'a> {
    pub fields: &'a [Field],
    pub marks: &'a Marks,
    pub texts: &'a TextBase,
    pub currency: Currency,
    /// The period in which the rule set is constant; the last day is open where nothing changes any more.
    pub first: Date,
    pub last: Option<Date>,
}

impl<'a> Facets<'a> {
    /// The facets of a program in a period.
    pub fn of(program: &'a Program, marks: &'a Marks, first: Date, last: Option<Date>) -> Facets<'a> {
        Facets { fields: &program.fields, marks, texts: &program.texts, currency: program.currency, first, last }
    }
}

/// Which rows of a portfolio a finding is about.
#[derive(Debug, Clone)]
pub struct Probe {
    pub grain: Grain,
    pub test: Test,
}

/// What makes a row one of them.
#[derive(Debug, Clone)]
pub enum Test {
    /// None of these holds.
    None(Vec<Condition>),
    /// Both hold.
    Both(Condition, Condition),
    Holds(Condition),
}

impl Probe {
    /// Whether a row is one of them.
    pub fn holds(&self, row: &impl Facts, env: &Env<'_>) -> bool {
        match &self.test {
            Test::None(conditions) => !conditions.iter().any(|condition| condition.holds(row, env)),
            Test::Both(one, other) => one.holds(row, env) && other.holds(row, env),
            Test::Holds(condition) => condition.holds(row, env),
        }
    }
}

/// A finding, and the rows it is about where data can tell.
#[derive(Debug, Clone)]
pub struct Finding {
    pub diagnostic: Diagnostic,
    pub probe: Option<Probe>,
}

impl From<Diagnostic> for Finding {
    fn from(diagnostic: Diagnostic) -> Finding {
        Finding { diagnostic, probe: None }
    }
}

/// Everything that can be proved of a rule set in one period.
pub fn prove(program: &Program, facets: &Facets<'_>, sources: &Sources<'_>) -> Vec<Finding> {
    let mut findings = tables::findings(program, facets);
    findings.extend(conditions::findings(program, facets, sources));
    findings.extend(ladder::findings(program, facets));
    findings.extend(bound::findings(program, facets));
    findings.extend(tone::findings(program, facets));
    findings
}

/// A row or step id without its table or policy.
fn short(id: &str) -> &str {
    id.split_once('.').map_or(id, |(_, id)| id)
}
