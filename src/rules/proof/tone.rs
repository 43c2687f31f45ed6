//! Bounds of tone that contradict each other: for somebody the floor of one lies above the ceiling of another.

use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::marks::{Mark, Owner};
use crate::rules::program::{Condition, Program, ToneBound};
use crate::rules::proof::table::possible;
use crate::rules::proof::{Facets, Finding};

/// Every pair of bounds that some customer cannot be treated by.
pub fn findings(program: &Program, facets: &Facets<'_>) -> Vec<Finding> {
    let bounds: Vec<&ToneBound> = program.tone_bounds.iter().filter(|bound| bound.rule.in_force(facets.first)).collect();
    let mut findings = Vec::new();
    for low in &bounds {
        for high in bounds.iter().filter(|high| high.rule.id != low.rule.id) {
            let Some((floor, ceiling)) = low.at_least.zip(high.at_most).filter(|(floor, ceiling)| floor > ceiling) else { continue };
            let both = Condition::All(Box::new([low.rule.when.clone(), high.rule.when.clone()]));
            let Some(witness) = possible(&both, facets) else { continue };
            let place = |bound: &ToneBound| facets.marks.at(&Mark::Condition(Owner::ToneBound, bound.rule.id.clone()));
            let may = if witness.doubtful { "may" } else { "can" };
            let (floor, ceiling) = (&program.tones[floor], &program.tones[ceiling]);
            let message = format!(
                "both bounds {may} hold for one customer: \"{}\" asks for {floor} at least, \"{}\" for {ceiling} at most",
                low.rule.id, high.rule.id
            );
            let found = Diagnostic::warning(codes::TONE, place(low), message).beside(place(high), "the lower ceiling");
            let found = if witness.doubtful { found } else { found.note(format!("example: {}", facets.words(&witness, &[]))) };
            findings.push(found.help("the ceiling holds then; let the conditions exclude each other").into());
        }
    }
    findings
}
