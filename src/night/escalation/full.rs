//! What goes out in the place of a step whose queue or channel is full: `when_full:`.
//!
//! Whether a queue is full is known once the whole portfolio has ranked. What would go out instead is worked out with the step, and every
//! cap keeps room for either, so that it takes the place of the step without asking anybody again.

use crate::night::escalation::action::{Draft, FULL};
use crate::night::escalation::ladder::{Next, Walk};
use crate::night::escalation::{Outcome, steps_of};
use crate::rules::program::Program;

/// Gives every step that goes out what would take its place; `judge` says what stops it.
pub fn prepare(walk: &Walk<'_>, drafts: &mut [Draft], judge: impl Fn(&mut Draft)) {
    for draft in drafts.iter_mut().filter(|draft| draft.is_of_ladder(walk.ladder.steps.len()) && draft.is_done()) {
        let step = &walk.ladder.steps[draft.step];
        let Some(action) = step.when_full.as_ref().filter(|action| walk.reaches(action)) else { continue };
        if !may_be_displaced(walk.rulebook.program, draft) {
            continue;
        }
        let (action, reworded_by) = walk.worded(step, action);
        let arrives_on = walk.unit.place.arrival(walk.rulebook, action.verb, walk.subject.as_of);
        let mut spare = Draft { action, fallback: Some(FULL), ordered: None, reworded_by, arrives_on, ..draft.clone() };
        judge(&mut spare);
        draft.spare = spare.is_done().then(|| Box::new(spare));
    }
}

/// Whether some queue or channel takes only so many of an action.
fn may_be_displaced(program: &Program, draft: &Draft) -> bool {
    let verb = draft.action.verb;
    program.assignments.iter().any(|assignment| assignment.counts.contains(&verb)) || program.channel_of(verb).is_some()
}

/// What comes next where the last step of tonight gives way to its spare, if that is in the post for longer.
pub fn next(walk: &Walk<'_>, outcome: &Outcome) -> Option<Next> {
    let steps = steps_of(walk.rulebook, outcome);
    let last = outcome.drafts.iter().rfind(|draft| draft.is_of_ladder(steps))?;
    let spare = last.spare.as_ref().filter(|spare| spare.arrives_on != last.arrives_on)?;
    let progress = last.before?.done(last.step, walk.subject.as_of, spare.arrives_on);
    Some(walk.rest(progress, outcome.asked.clock?, outcome.asked.rests_until).next)
}
