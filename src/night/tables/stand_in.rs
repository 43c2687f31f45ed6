//! What goes out in the place of a step whose queue or channel is full.

use crate::base::date::Date;
use crate::night::escalation::Outcome;
use crate::night::escalation::progress::Progress;
use crate::night::evaluate::Evaluated;
use crate::night::tables::finish::Place;
use crate::rules::program::Program;

/// Puts rows that stand by in the place of displaced ones, as far as nothing before them is displaced for good: what is behind that, the
/// ladder could not remember. `first` is the first draft of each outcome that is displaced for good. Returns the places as they are then.
pub fn stand_in(evaluated: &mut Evaluated, places: &[Place], first: &[Option<u32>], program: &Program, as_of: Date) -> Vec<Place> {
    let mut places = places.to_vec();
    let own = evaluated.actions.len();
    let mut rows: Vec<usize> = (0..own).collect();
    // Rows of one contact in several currencies stand side by side.
    let mut replaced: Vec<(usize, usize)> = Vec::new();
    for (row, (note, place)) in evaluated.action_notes.iter_mut().zip(&mut places).enumerate() {
        let goes_out = place.displaced && first[note.outcome as usize].is_none_or(|first| note.draft < first);
        let Some(spare) = note.spare.filter(|_| goes_out) else { continue };
        rows[row] = own + spare as usize;
        place.displaced = false;
        note.counts = false;
        let draft = (note.outcome as usize, note.draft as usize);
        if replaced.last() != Some(&draft) {
            replaced.push(draft);
        }
    }
    if replaced.is_empty() {
        return places;
    }
    evaluated.actions.append(&evaluated.spares);
    evaluated.actions = evaluated.actions.select(&rows);
    evaluated.actions.source_row = (0_u32..).take(own).collect();
    for parts in replaced.chunk_by(|(one, _), (other, _)| one == other) {
        let Some(outcome) = parts.first().and_then(|(outcome, _)| evaluated.outcomes.get_mut(*outcome)) else { continue };
        let steps = outcome.policy.map_or(0, |policy| program.policies[policy].steps.len());
        let last = outcome.drafts.iter().rposition(|draft| draft.is_of_ladder(steps));
        for (_, draft) in parts {
            replace(outcome, *draft);
        }
        arrive(outcome, steps, as_of);
        let is_last = parts.iter().any(|(_, draft)| Some(*draft) == last);
        if let Some(next) = outcome.next_if_full.take().filter(|_| is_last) {
            outcome.next = *next;
        }
    }
    places
}

fn replace(outcome: &mut Outcome, draft: usize) {
    let Some(draft) = outcome.drafts.get_mut(draft) else { return };
    if let Some(spare) = draft.spare.take() {
        *draft = *spare;
    }
}

/// Where the ladder stands with what really goes out: its gap counts from the day that reaches the debtor.
fn arrive(outcome: &mut Outcome, steps: usize, as_of: Date) {
    let mut after: Option<Progress> = None;
    for draft in outcome.drafts.iter_mut().filter(|draft| draft.is_of_ladder(steps)) {
        let Some(before) = &mut draft.before else { continue };
        if let Some(after) = after.filter(|_| before.step_on == Some(as_of)) {
            before.arrives_on = after.arrives_on;
        }
        let before = *before;
        after = draft.is_done().then(|| before.done(draft.step, as_of, draft.arrives_on)).or(after);
    }
    if let (Some(progress), Some(after)) = (&mut outcome.progress, after)
        && progress.step_on == Some(as_of)
    {
        progress.arrives_on = after.arrives_on;
    }
}
