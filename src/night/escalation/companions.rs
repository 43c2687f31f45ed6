//! What is done together with a step, on the night on which its own action goes out: a call with the letter.
//!
//! A companion decides nothing about its step. What stops it ends it: it is not tried again, and the ladder goes on without it.

use crate::night::escalation::action::{Draft, Status};
use crate::night::escalation::ladder::Walk;
use crate::rules::program::Action;

/// Puts the companions of every step that goes out behind it; `judge` says what stops each.
pub fn join(walk: &Walk<'_>, drafts: &mut Vec<Draft>, judge: impl Fn(&mut Draft)) {
    for at in (0..drafts.len()).rev() {
        let mut beside = of(walk, &drafts[at]);
        for companion in &mut beside {
            judge(companion);
            companion.status = ended(&companion.status);
        }
        drafts.splice(at + 1..at + 1, beside);
    }
}

/// What goes with a draft that goes out: every companion whose condition holds and that would reach somebody, about the same items.
fn of(walk: &Walk<'_>, draft: &Draft) -> Vec<Draft> {
    if !draft.is_done() {
        return Vec::new();
    }
    let also = walk.ladder.steps[draft.step].also.iter().enumerate();
    let also = also.filter(|(_, companion)| companion.rule.in_force(walk.subject.as_of) && walk.holds(&companion.rule));
    let also = also.filter(|(_, companion)| walk.reaches(&companion.action));
    let arrives_on = |action: &Action| walk.unit.place.arrival(walk.rulebook, action.verb, walk.subject.as_of);
    let beside = |action| Draft {
        arrives_on: arrives_on(&action),
        action,
        fallback: None,
        ordered: None,
        reworded_by: None,
        spare: None,
        ..draft.clone()
    };
    also.map(|(at, companion)| Draft { companion: Some(at), ..beside(companion.action.clone()) }).collect()
}

/// What becomes of a companion: what would be put off is dropped.
fn ended(status: &Status) -> Status {
    match status {
        Status::Postponed { reason, .. } | Status::Dropped { reason, .. } => Status::Dropped { reason: reason.clone(), again: None },
        other => other.clone(),
    }
}
