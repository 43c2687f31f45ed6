//! The last touch, once the portfolio has ranked: which actions go out, where each ladder stands, what tomorrow needs.

use crate::base::contract::{actions, open_items, state};
use crate::base::date::Date;
use crate::base::table::{Column, Table, Texts};
use crate::base::table_builder::TableBuilder;
use crate::night::escalation::Outcome;
use crate::night::escalation::action::Status;
use crate::night::escalation::ladder::{Next, Progress};
use crate::night::evaluate::Evaluated;
use crate::night::tables::item::ItemNote;
use crate::night::tables::state::contact;
use crate::rules::program::Program;

/// What the portfolio decided about a row of `actions`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Its rank in its queue, where it has one.
    pub rank: Option<u32>,
    /// Whether its queue was full.
    pub displaced: bool,
}

/// Fills in what was left open and makes the state. `places` has one entry per row of `actions`.
pub fn finish(evaluated: &mut Evaluated, places: &[Place], program: &Program, as_of: Date) -> Table {
    let displaced = displaced_outcomes(evaluated, places);
    finish_actions(evaluated, places, program, as_of);
    finish_items(evaluated, &displaced, program, as_of);
    state_rows(evaluated, &displaced, program, as_of)
}

fn displaced_outcomes(evaluated: &Evaluated, places: &[Place]) -> Vec<bool> {
    let mut displaced = vec![false; evaluated.outcomes.len()];
    for (note, place) in evaluated.action_notes.iter().zip(places) {
        displaced[note.outcome as usize] |= place.displaced;
    }
    displaced
}

fn finish_actions(evaluated: &mut Evaluated, places: &[Place], program: &Program, as_of: Date) {
    let rows = evaluated.action_notes.len();
    let (mut status, mut reason, mut next_action) = (Texts::default(), Texts::default(), Texts::default());
    let (mut rank, mut next_on) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    for (note, place) in evaluated.action_notes.iter().zip(places) {
        let is_displaced = place.displaced && note.status == Status::Due;
        status.push(if is_displaced { b"displaced" } else { note.status.name().as_bytes() });
        let queue = note.queue.map_or(String::new(), |(table, cell)| queue_name(program, table, cell));
        reason.push(if is_displaced { queue.as_bytes() } else { note.status.reason().as_bytes() });
        rank.push(place.rank.map_or(crate::base::table::NO_VALUE, i64::from));
        let outcome = &evaluated.outcomes[note.outcome as usize];
        let next = next_of(outcome, is_displaced, program, as_of);
        next_action.push(next.0.as_bytes());
        next_on.push(next.1.map_or(crate::base::table::NO_DATE, |date| date.0));
    }
    let columns = &mut evaluated.actions.columns;
    columns[actions::STATUS] = Column::Text(status);
    columns[actions::STATUS_REASON] = Column::Text(reason);
    columns[actions::RANK] = Column::Whole(rank);
    columns[actions::NEXT_ACTION] = Column::Text(next_action);
    columns[actions::NEXT_ON] = Column::Date(next_on);
}

fn queue_name(program: &Program, table: usize, cell: i64) -> String {
    let output = program.assignments[table].table.output;
    match &program.fields[output.0 as usize].ty {
        crate::rules::program::Type::Enum(names) => usize::try_from(cell).ok().and_then(|at| names.get(at)).cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

/// What comes next for an outcome: the verb and its day, or the reason why nothing does.
fn next_of(outcome: &Outcome, is_displaced: bool, program: &Program, as_of: Date) -> (String, Option<Date>) {
    let first = outcome.drafts.first().zip(outcome.policy);
    if let (true, Some((draft, policy))) = (is_displaced, first) {
        let verb = program.policies[policy].steps[draft.step].action.verb.name();
        return (verb.to_owned(), Some(as_of.plus_days(1)));
    }
    match &outcome.next {
        Next::Step { verb, on } => ((*verb).to_owned(), Some(*on)),
        Next::Nothing(reason) => (format!("none: {reason}"), None),
    }
}

fn finish_items(evaluated: &mut Evaluated, displaced: &[bool], program: &Program, as_of: Date) {
    let (mut policy, mut step, mut next_action) = (Texts::default(), Texts::default(), Texts::default());
    let mut next_on = Vec::with_capacity(evaluated.item_notes.len());
    for note in &evaluated.item_notes {
        let outcome = &evaluated.outcomes[note.outcome as usize];
        let is_displaced = displaced[note.outcome as usize];
        policy.push(policy_id(outcome, program).as_bytes());
        let served = served(note, outcome, is_displaced, program, as_of);
        step.push(served.map_or("", |(step, _)| step_id(outcome, step, program)).as_bytes());
        let next = next_of(outcome, is_displaced, program, as_of);
        next_action.push(next.0.as_bytes());
        next_on.push(next.1.map_or(crate::base::table::NO_DATE, |date| date.0));
    }
    let columns = &mut evaluated.open_items.columns;
    columns[open_items::POLICY] = Column::Text(policy);
    columns[open_items::STEP] = Column::Text(step);
    columns[open_items::NEXT_ACTION] = Column::Text(next_action);
    columns[open_items::NEXT_ON] = Column::Date(next_on);
}

fn policy_id<'a>(outcome: &Outcome, program: &'a Program) -> &'a str {
    outcome.policy.map_or("", |policy| program.policies[policy].applies.id.as_str())
}

fn step_id<'a>(outcome: &Outcome, step: usize, program: &'a Program) -> &'a str {
    outcome.policy.map_or("", |policy| program.policies[policy].steps[step].id.as_str())
}

/// The step an item has been served with: tonight's where it was on the action and old enough for it, else the one before.
/// A young item on a late step is served only as far as its own age goes, so that nothing is skipped when it becomes the oldest.
fn served(note: &ItemNote, outcome: &Outcome, is_displaced: bool, program: &Program, as_of: Date) -> Option<(usize, Option<Date>)> {
    let steps = &program.policies[outcome.policy?].steps;
    let done = outcome.drafts.iter().filter(|draft| !is_displaced && draft.is_done() && draft.items.contains(&note.item));
    let tonight = done.filter_map(|draft| steps[..=draft.step].iter().rposition(|step| step.at <= note.days_past_due)).max();
    let skipped = outcome.progress.as_ref().filter(|_| !is_displaced && outcome.drafts.is_empty()).and_then(|progress| progress.served);
    let skipped = skipped.and_then(|served| steps[..=served].iter().rposition(|step| step.at <= note.days_past_due));
    let before = note.served;
    [tonight.map(|step| (step, Some(as_of))), before, skipped.map(|step| (step, None))].into_iter().flatten().max_by_key(|(step, _)| *step)
}

fn state_rows(evaluated: &Evaluated, displaced: &[bool], program: &Program, as_of: Date) -> Table {
    let mut table = TableBuilder::new(&state::SPEC);
    for (outcome, is_displaced) in evaluated.outcomes.iter().zip(displaced) {
        let progress = if *is_displaced { &outcome.unchanged } else { &outcome.progress };
        if let (Some(progress), Some(_)) = (progress, outcome.policy) {
            ladder(&mut table, evaluated, outcome, progress, program, as_of);
        }
    }
    items(&mut table, evaluated, displaced, program, as_of);
    contacts(&mut table, evaluated, displaced, as_of);
    evaluated.watermarks.append_to(&mut table);
    let mut rows = table.finish();
    rows.append(&evaluated.contacts_kept);
    rows
}

fn ladder(table: &mut TableBuilder, evaluated: &Evaluated, outcome: &Outcome, progress: &Progress, program: &Program, as_of: Date) {
    // The ladder of an invoice lives in the record of its item.
    if outcome.item.is_some() {
        return;
    }
    table.text(state::RECORD, b"ladder");
    table.text(state::CUSTOMER_ID, &evaluated.debtor_ids[outcome.debtor]);
    table.text(state::POLICY, policy_id(outcome, program).as_bytes());
    table.text(state::STEP, progress.served.map_or("", |step| step_id(outcome, step, program)).as_bytes());
    table.date(state::STEP_ON, progress.step_on);
    table.date(state::ENTERED_ON, progress.entered_on);
    table.date(state::EVALUATED_ON, Some(as_of));
    table.whole(state::PAUSED_DAYS, i64::from(progress.paused_days));
    table.end_row();
}

fn items(table: &mut TableBuilder, evaluated: &Evaluated, displaced: &[bool], program: &Program, as_of: Date) {
    let open = &evaluated.open_items;
    for (row, note) in evaluated.item_notes.iter().enumerate() {
        let outcome = &evaluated.outcomes[note.outcome as usize];
        let text = |column| open.text(column, row).unwrap_or_default();
        table.text(state::RECORD, b"item");
        table.text(state::CUSTOMER_ID, text(open_items::CUSTOMER_ID));
        table.text(state::INVOICE_ID, text(open_items::INVOICE_ID));
        if let Column::Whole(sequences) = &open.columns[open_items::SEQUENCE] {
            table.whole(state::SEQUENCE, sequences[row]);
        }
        table.text(state::CURRENCY, text(open_items::CURRENCY));
        table.thousandths(state::AMOUNT, i128::from(open.money(open_items::AMOUNT_OPEN, row).unwrap_or(0)));
        table.text(state::BUCKET, text(open_items::AGING_BUCKET));
        let is_displaced = displaced[note.outcome as usize];
        let own = outcome.item.and(if is_displaced { outcome.unchanged.as_ref() } else { outcome.progress.as_ref() });
        table.date(state::ENTERED_ON, own.and_then(|progress| progress.entered_on));
        table.date(state::EVALUATED_ON, Some(as_of));
        let paused_days = own.map_or(note.paused_days, |progress| progress.paused_days);
        if own.is_some() || paused_days > 0 {
            table.whole(state::PAUSED_DAYS, i64::from(paused_days));
        }
        let served = match own {
            Some(progress) => progress.served.map(|step| (step, progress.step_on)),
            None => served(note, outcome, is_displaced, program, as_of),
        };
        if served.is_some() || own.is_some() {
            table.text(state::POLICY, policy_id(outcome, program).as_bytes());
        }
        if let Some((step, on)) = served {
            table.text(state::STEP, step_id(outcome, step, program).as_bytes());
            table.date(state::STEP_ON, on);
        }
        table.end_row();
    }
}

/// Contacts that go out tonight, once per step of a debtor whatever the number of its currencies.
fn contacts(table: &mut TableBuilder, evaluated: &Evaluated, displaced: &[bool], as_of: Date) {
    let mut last = None;
    for (row, note) in evaluated.action_notes.iter().enumerate() {
        let outcome = &evaluated.outcomes[note.outcome as usize];
        let draft = &outcome.drafts[note.draft as usize];
        let is_contact = note.status == Status::Due && !displaced[note.outcome as usize] && draft.action.verb.channel().is_some();
        if is_contact && last.replace((note.outcome, note.draft)) != Some((note.outcome, note.draft)) {
            let id = evaluated.actions.text(actions::ACTION_ID, row).unwrap_or_default();
            contact(table, &evaluated.debtor_ids[outcome.debtor], as_of, draft.action.verb.name(), id);
        }
    }
}
