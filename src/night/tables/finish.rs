//! The last touch, once the portfolio has ranked: which actions go out, where each ladder stands, what tomorrow needs.

use crate::base::contract::{actions, open_items, state};
use crate::base::date::Date;
use crate::base::table::{Column, Table};
use crate::base::table_builder::TableBuilder;
use crate::base::vocabulary::Coded;
use crate::night::escalation::action::{Draft, Status};
use crate::night::escalation::ladder::Next;
use crate::night::escalation::progress::Progress;
use crate::night::escalation::{Outcome, after, loud_day, silence};
use crate::night::evaluate::Evaluated;
use crate::night::memory::{PlacementRecord, placed};
use crate::night::tables::action::ActionNote;
use crate::night::tables::item::ItemNote;
use crate::night::tables::stand_in::stand_in;
use crate::night::tables::state::{self as state_of, Contact, block, contact, represented, standing};
use crate::rules::program::{Program, Step, Verb};

/// What the portfolio decided about a row of `actions`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Its rank in its queue, where it has one.
    pub rank: Option<u32>,
    /// Whether its queue was full.
    pub displaced: bool,
    /// Whether nobody of the team can do it.
    pub lacks_people: bool,
    /// Whether its channel takes no more, though its queue would.
    pub channel_is_full: bool,
    /// Who does it: a position among the collectors.
    pub by: Option<u32>,
}

/// `status_reason` of what nobody of the team can do.
const NO_COLLECTOR: &str = "no_collector";

/// `status_reason` of what its channel takes no more of, before the name of the channel.
const FULL_CHANNEL: &str = "channel:";

/// Fills in what was left open and makes the state. `places` has one entry per row of `actions`; `people` are the ids of the collectors.
pub fn finish(evaluated: &mut Evaluated, places: &[Place], people: &[Box<[u8]>], program: &Program, as_of: Date) -> Table {
    let displaced = displaced_outcomes(evaluated, places, program);
    let places = &stand_in(evaluated, places, &displaced, program, as_of);
    finish_actions(evaluated, places, &displaced, program, as_of);
    assign(evaluated, places, people);
    let waiting = wait(evaluated, as_of);
    finish_items(evaluated, &displaced, program, as_of);
    let contacts = contacts(evaluated, &displaced, places, program);
    state_rows(evaluated, &displaced, (&contacts, &waiting), program, as_of)
}

/// Writes down who does what, and remembers it of customers who had nobody, or somebody who is gone.
fn assign(evaluated: &mut Evaluated, places: &[Place], people: &[Box<[u8]>]) {
    if people.is_empty() {
        return;
    }
    let is_there = |collector: &[u8]| people.iter().any(|person| &**person == collector);
    let (mut assignees, mut before) = (Coded::default(), Coded::default());
    for (row, (note, place)) in evaluated.action_notes.iter().zip(places).enumerate() {
        let home = evaluated.actions.text(actions::ASSIGNEE, row).unwrap_or_default();
        let by = place.by.and_then(|person| people.get(person as usize)).map_or(home, |person| person);
        assignees.push(by);
        before.push(if by == home { b"" } else { home });
        let debtor = evaluated.outcomes[note.outcome as usize].debtor;
        if place.by.is_some() && !is_there(home) && evaluated.collectors.get(&debtor).is_none_or(|remembered| !is_there(remembered)) {
            evaluated.collectors.insert(debtor, by.into());
        }
    }
    evaluated.actions.columns[actions::ASSIGNEE] = Column::Coded(assignees);
    evaluated.actions.columns[actions::REASSIGNED_FROM] = Column::Coded(before);
}

/// Tells since when what found no place has waited; the rows that wait, one for each step of a debtor. What a cap or a quiet day stops
/// meanwhile goes on waiting.
fn wait(evaluated: &mut Evaluated, as_of: Date) -> Vec<usize> {
    let mut since = vec![crate::base::table::NO_DATE; evaluated.action_notes.len()];
    let (mut rows, mut last) = (Vec::new(), None);
    for (row, note) in evaluated.action_notes.iter().enumerate() {
        let draft = &evaluated.outcomes[note.outcome as usize].drafts[note.draft as usize];
        let status = evaluated.actions.text(actions::STATUS, row).unwrap_or_default();
        let waits = match status {
            b"displaced" => Some(note.waiting_since.unwrap_or(as_of)),
            b"due" => None,
            _ => note.waiting_since,
        };
        let Some(day) = waits.filter(|_| draft.companion.is_none()) else { continue };
        since[row] = day.0;
        if last.replace((note.outcome, note.draft)) != Some((note.outcome, note.draft)) {
            rows.push(row);
        }
    }
    if !rows.is_empty() {
        evaluated.actions.columns[actions::WAITING_SINCE] = Column::Date(since);
    }
    rows
}

/// The first step of each outcome that its queue has no place for and nothing stands in for: neither it nor those behind it go out. What
/// breaks a silence goes out or not by itself.
fn displaced_outcomes(evaluated: &Evaluated, places: &[Place], program: &Program) -> Vec<Displaced> {
    let mut displaced: Vec<Displaced> = vec![None; evaluated.outcomes.len()];
    for (note, _) in evaluated.action_notes.iter().zip(places).filter(|(_, place)| place.displaced) {
        let is_companion = evaluated.outcomes[note.outcome as usize].drafts[note.draft as usize].companion.is_some();
        if !is_companion && note.spare.is_none() && !is_outside(evaluated, note, program) {
            let first = &mut displaced[note.outcome as usize];
            *first = Some(first.map_or(note.draft, |first| first.min(note.draft)));
        }
    }
    displaced
}

/// Position of the first draft of an outcome that is displaced.
type Displaced = Option<u32>;

/// Whether a row is what breaks a silence, which stands outside the ladder.
fn is_outside(evaluated: &Evaluated, note: &ActionNote, program: &Program) -> bool {
    let outcome = &evaluated.outcomes[note.outcome as usize];
    outcome.policy.is_some_and(|policy| silence::is_outside(&program.policies[policy], &outcome.drafts[note.draft as usize]))
}

/// Whether a row does not go out because its queue, or that of a step before it, was full.
fn is_displaced(evaluated: &Evaluated, note: &ActionNote, place: Place, displaced: &[Displaced], program: &Program) -> bool {
    let waits = || displaced[note.outcome as usize].is_some_and(|first| first <= note.draft);
    place.displaced || waits() && !is_outside(evaluated, note, program)
}

/// Drafts of an outcome that go out unless something else stops them.
fn placed(outcome: &Outcome, displaced: Displaced) -> &[Draft] {
    let until = displaced.map_or(outcome.drafts.len(), |first| first as usize);
    outcome.drafts.get(..until).unwrap_or(&outcome.drafts)
}

/// Where the ladder of an outcome stands after tonight.
fn progress(outcome: &Outcome, displaced: Displaced) -> Option<Progress> {
    let first = displaced.and_then(|first| outcome.drafts.get(first as usize));
    first.map_or(outcome.progress, |first| first.before)
}

fn finish_actions(evaluated: &mut Evaluated, places: &[Place], displaced: &[Displaced], program: &Program, as_of: Date) {
    let rows = evaluated.action_notes.len();
    let (mut status, mut reason, mut next_action) = (Coded::default(), Coded::default(), Coded::default());
    let (mut rank, mut next_on) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    for (note, place) in evaluated.action_notes.iter().zip(places) {
        let is_displaced = is_displaced(evaluated, note, *place, displaced, program) && note.status == Status::Due;
        status.push(if is_displaced { b"displaced" } else { note.status.name().as_bytes() });
        let queue = || note.queue.map_or(String::new(), |(table, cell)| queue_name(program, table, cell));
        let full = if !is_displaced {
            String::new()
        } else if place.lacks_people {
            NO_COLLECTOR.to_owned()
        } else if place.channel_is_full {
            let verb = evaluated.outcomes[note.outcome as usize].drafts[note.draft as usize].action.verb;
            format!("{FULL_CHANNEL}{}", verb.channel().unwrap_or_default())
        } else {
            queue()
        };
        reason.push(if is_displaced { full.as_bytes() } else { note.status.reason().as_bytes() });
        rank.push(place.rank.map_or(crate::base::table::NO_VALUE, i64::from));
        let outcome = &evaluated.outcomes[note.outcome as usize];
        let next = next_of(outcome, displaced[note.outcome as usize], program, as_of);
        next_action.push(next.0.as_bytes());
        next_on.push(next.1.map_or(crate::base::table::NO_DATE, |date| date.0));
    }
    let columns = &mut evaluated.actions.columns;
    columns[actions::STATUS] = Column::Coded(status);
    columns[actions::STATUS_REASON] = Column::Coded(reason);
    columns[actions::RANK] = Column::Whole(rank);
    columns[actions::NEXT_ACTION] = Column::Coded(next_action);
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
fn next_of(outcome: &Outcome, displaced: Displaced, program: &Program, as_of: Date) -> (String, Option<Date>) {
    let first = displaced.and_then(|first| outcome.drafts.get(first as usize)).zip(outcome.policy);
    if let Some((draft, policy)) = first {
        let step = program.policies[policy].step(draft.step);
        let has_done = placed(outcome, displaced).iter().any(Draft::is_done);
        let rests_from = progress(outcome, displaced).filter(|_| has_done).and_then(|progress| progress.rests_from());
        let rested = rests_from.map(|from| after(program.policies[policy].gap, from, &program.calendar));
        let on = rested.unwrap_or(as_of).max(as_of.plus_days(1));
        let on = loud_day(program, outcome.place, draft.action.verb, step.approve.is_some(), on);
        return told(&outcome.again(&program.policies[policy], draft, on));
    }
    told(&outcome.next)
}

fn told(next: &Next) -> (String, Option<Date>) {
    match next {
        Next::Step { verb, on, .. } => (verb.name().to_owned(), Some(*on)),
        Next::Nothing(reason) => (format!("none: {reason}"), None),
    }
}

/// What comes next for one item of an outcome: one that nothing is asked for has a reason of its own.
fn next_of_item(outcome: &Outcome, note: &ItemNote, displaced: Displaced, program: &Program, as_of: Date) -> (String, Option<Date>) {
    let next = next_of(outcome, displaced, program, as_of);
    let next = match outcome.silent.iter().find(|(silent, _)| *silent == note.item) {
        Some((_, reason)) if next.1.is_some() || outcome.is_silent => (format!("none: {reason}"), None),
        _ => next,
    };
    match note.represented_on {
        Some(on) if next.1.is_none_or(|next| on < next) => (Verb::Represent.name().to_owned(), Some(on)),
        _ => next,
    }
}

fn finish_items(evaluated: &mut Evaluated, displaced: &[Displaced], program: &Program, as_of: Date) {
    let (mut policy, mut step, mut next_action) = (Coded::default(), Coded::default(), Coded::default());
    let mut next_on = Vec::with_capacity(evaluated.item_notes.len());
    for note in &evaluated.item_notes {
        let outcome = &evaluated.outcomes[note.outcome as usize];
        let displaced = displaced[note.outcome as usize];
        policy.push(policy_id(outcome, program).as_bytes());
        let served = served(note, outcome, displaced, program, as_of);
        step.push(served.map_or("", |(step, _)| step_id(outcome, step, program)).as_bytes());
        let next = next_of_item(outcome, note, displaced, program, as_of);
        next_action.push(next.0.as_bytes());
        next_on.push(next.1.map_or(crate::base::table::NO_DATE, |date| date.0));
    }
    let columns = &mut evaluated.open_items.columns;
    columns[open_items::POLICY] = Column::Coded(policy);
    columns[open_items::STEP] = Column::Coded(step);
    columns[open_items::NEXT_ACTION] = Column::Coded(next_action);
    columns[open_items::NEXT_ON] = Column::Date(next_on);
}

fn policy_id<'a>(outcome: &Outcome, program: &'a Program) -> &'a str {
    outcome.policy.map_or("", |policy| program.policies[policy].applies.id.as_str())
}

fn step_id<'a>(outcome: &Outcome, step: usize, program: &'a Program) -> &'a str {
    outcome.policy.map_or("", |policy| program.policies[policy].steps[step].id.as_str())
}

/// The step an item has been served with: tonight's where it was on the action and old enough for it, else the one before; or one that is
/// left out tonight. A young item on a late step is served only as far as its own age goes, so that nothing is skipped when it becomes
/// the oldest.
fn served(note: &ItemNote, outcome: &Outcome, displaced: Displaced, program: &Program, as_of: Date) -> Option<(usize, Option<Date>)> {
    let steps = &program.policies[outcome.policy?].steps;
    let done = placed(outcome, displaced).iter().filter(|draft| draft.is_done() && draft.items.contains(&note.item));
    let is_old_enough = |step: &Step, ahead: i32| note.age.is_none_or(|age| step.at <= age + ahead);
    let old_enough = |last: usize, ahead: i32| steps[..=last].iter().rposition(|step| is_old_enough(step, ahead) && step.acts(as_of));
    // The item whose age drives the ladder is old enough for what is done about it.
    let drives = |draft: &Draft| draft.items.first() == Some(&note.item);
    let reached = |draft: &Draft| if drives(draft) { Some(draft.step) } else { old_enough(draft.step, draft.ahead) };
    let tonight = done.filter(|draft| draft.step < steps.len()).filter_map(reached).max();
    let stood = outcome.unchanged.and_then(|standing| standing.served);
    let skipped = left_out(outcome, displaced, steps.len()).filter(|step| Some(*step) > stood).and_then(|step| old_enough(step, 0));
    let skipped = skipped.filter(|step| Some(*step) > stood);
    let before = note.served;
    [tonight.map(|step| (step, Some(as_of))), before, skipped.map(|step| (step, None))].into_iter().flatten().max_by_key(|(step, _)| *step)
}

/// The step up to which steps were left out or agreed to tonight, where none behind it went out.
fn left_out(outcome: &Outcome, displaced: Displaced, steps: usize) -> Option<usize> {
    let mut of_ladder = outcome.drafts.iter().filter(|draft| draft.is_of_ladder(steps)).peekable();
    if of_ladder.peek().is_none() {
        return outcome.progress.and_then(|progress| progress.served);
    }
    let done = placed(outcome, displaced).iter().filter(|draft| draft.is_of_ladder(steps) && draft.is_done()).map(|draft| draft.step);
    let displaced = displaced.and_then(|first| outcome.drafts.get(first as usize));
    let stopped = displaced.or_else(|| of_ladder.find(|draft| !draft.is_done()))?;
    stopped.before.and_then(|before| before.served).filter(|left_out| Some(*left_out) > done.max())
}

/// The state in order of customer, then invoice: what is remembered of the customer as a whole comes before its invoices.
fn state_rows(
    evaluated: &Evaluated,
    displaced: &[Displaced],
    (contacts, waiting): (&[usize], &[usize]),
    program: &Program,
    as_of: Date,
) -> Table {
    let mut table = TableBuilder::output(&state::SPEC);
    let (open, marks) = (&evaluated.open_items, &evaluated.watermarks);
    let (blocks, came_back) = (&evaluated.blocks_kept, &evaluated.represented_kept);
    let stand = [&evaluated.tasks.remembered, &evaluated.proposals.remembered, &evaluated.trials_kept];
    let customer_of = |outcome: usize| &*evaluated.debtor_ids[evaluated.outcomes[outcome].debtor];
    let item = |row: usize| (open.text(open_items::CUSTOMER_ID, row).unwrap_or_default(), open.text(open_items::INVOICE_ID, row));
    let mut ladders = (0..evaluated.outcomes.len()).peekable();
    let mut besides = besides(evaluated, contacts, waiting).into_iter().peekable();
    let mut items = (0..evaluated.item_notes.len()).peekable();
    let mut penalties = (0..marks.customers()).map(|at| (marks.customer(at), at)).peekable();
    let mut blocks_kept = (0..blocks.len()).map(|row| (blocks.text(state::CUSTOMER_ID, row).unwrap_or_default(), row)).peekable();
    let mut stand_kept =
        stand.map(|kept| (0..kept.len()).map(|row| (kept.text(state::CUSTOMER_ID, row).unwrap_or_default(), row)).peekable());
    let mut came_back_kept = (0..came_back.len()).map(|row| (came_back.text(state::CUSTOMER_ID, row).unwrap_or_default(), row)).peekable();
    loop {
        let heads = [
            ladders.peek().map(|outcome| customer_of(*outcome)),
            besides.peek().map(|(customer, _)| *customer),
            items.peek().map(|row| item(*row).0),
            penalties.peek().map(|(customer, _)| *customer),
            blocks_kept.peek().map(|(customer, _)| *customer),
            stand_kept.iter_mut().filter_map(|rows| rows.peek().map(|(customer, _)| *customer)).min(),
            came_back_kept.peek().map(|(customer, _)| *customer),
        ];
        let Some(customer) = heads.into_iter().flatten().min() else { return table.finish() };
        while let Some(outcome) = ladders.next_if(|outcome| customer_of(*outcome) == customer) {
            ladder(&mut table, evaluated, (&evaluated.outcomes[outcome], displaced[outcome]), program, as_of);
        }
        while let Some((_, row)) = blocks_kept.next_if(|(of, row)| *of == customer && blocks.text(state::INVOICE_ID, *row).is_none()) {
            block(&mut table, blocks, row);
        }
        for (kept, rows) in stand.iter().zip(&mut stand_kept) {
            while let Some((_, row)) = rows.next_if(|(of, row)| *of == customer && kept.text(state::INVOICE_ID, *row).is_none()) {
                standing(&mut table, kept, row);
            }
        }
        while let Some((_, row)) = came_back_kept.next_if(|(of, _)| *of == customer) {
            represented(&mut table, came_back, row);
        }
        while let Some((_, beside)) = besides.next_if(|(of, _)| *of == customer) {
            beside.write(&mut table, evaluated, customer, as_of);
        }
        let mut left = penalties.next_if(|(of, _)| *of == customer).map_or(0..0, |(_, at)| marks.rows_of(at));
        while let Some(row) = items.next_if(|row| item(*row).0 == customer) {
            let invoice = item(row).1;
            // Of one invoice, the item before what accrued on it.
            let before = marks.before(left.clone(), invoice.unwrap_or_default());
            left.start = before.end;
            marks.append_to(&mut table, before, customer);
            item_row(&mut table, evaluated, displaced, row, program, as_of);
            while let Some((_, row)) = blocks_kept.next_if(|(of, row)| *of == customer && blocks.text(state::INVOICE_ID, *row) == invoice) {
                block(&mut table, blocks, row);
            }
            for (kept, rows) in stand.iter().zip(&mut stand_kept) {
                while let Some((_, row)) = rows.next_if(|(of, row)| *of == customer && kept.text(state::INVOICE_ID, *row) == invoice) {
                    standing(&mut table, kept, row);
                }
            }
        }
        marks.append_to(&mut table, left, customer);
    }
}

/// What is remembered of a customer beside its ladders.
enum Beside<'a> {
    Collector(&'a [u8]),
    /// A row of `actions` that waits for a place.
    Waiting(usize),
    /// A contact of an earlier night, by its row.
    Earlier(usize),
    /// A row of `actions` that contacts somebody tonight.
    Contact(usize),
    /// A debt at an agency, also of an invoice that is open no more.
    Placed(&'a PlacementRecord),
}

impl Beside<'_> {
    fn write(&self, table: &mut TableBuilder, evaluated: &Evaluated, customer: &[u8], as_of: Date) {
        match self {
            Beside::Collector(collector) => state_of::collector(table, customer, collector),
            Beside::Placed(record) => placed::write(table, record),
            Beside::Waiting(row) => state_of::waiting(table, &evaluated.actions, *row),
            Beside::Earlier(row) => {
                let kept = &evaluated.contacts_kept;
                let [channel, action_id, policy, step] = [state::CHANNEL, state::ACTION_ID, state::POLICY, state::STEP]
                    .map(|column| kept.text(column, *row).unwrap_or_default());
                contact(table, customer, &Contact { on: kept.date(state::STEP_ON, *row), channel, action_id, policy, step });
            }
            Beside::Contact(row) => {
                let note = &evaluated.action_notes[*row];
                let verb = evaluated.outcomes[note.outcome as usize].drafts[note.draft as usize].action.verb.name();
                let [action_id, policy, step] = [actions::ACTION_ID, actions::POLICY, actions::STEP]
                    .map(|column| evaluated.actions.text(column, *row).unwrap_or_default());
                contact(table, customer, &Contact { on: Some(as_of), channel: verb.as_bytes(), action_id, policy, step });
            }
        }
    }
}

/// All of it, in order of customer.
fn besides<'a>(evaluated: &'a Evaluated, contacts: &[usize], waiting: &[usize]) -> Vec<(&'a [u8], Beside<'a>)> {
    let kept = &evaluated.contacts_kept;
    let of = |row: &usize| &*evaluated.debtor_ids[evaluated.outcomes[evaluated.action_notes[*row].outcome as usize].debtor];
    let collectors = evaluated.collectors.iter();
    let mut besides: Vec<_> =
        collectors.map(|(debtor, collector)| (&*evaluated.debtor_ids[*debtor], Beside::Collector(collector))).collect();
    besides.extend(waiting.iter().map(|row| (of(row), Beside::Waiting(*row))));
    besides.extend((0..kept.len()).map(|row| (kept.text(state::CUSTOMER_ID, row).unwrap_or_default(), Beside::Earlier(row))));
    besides.extend(contacts.iter().map(|row| (of(row), Beside::Contact(*row))));
    besides.extend(evaluated.placements.records.iter().map(|record| (&*record.customer_id, Beside::Placed(record))));
    // Each kind is in order already, and keeps it.
    besides.sort_by_key(|(customer, _)| *customer);
    besides
}

fn ladder(table: &mut TableBuilder, evaluated: &Evaluated, place: (&Outcome, Displaced), program: &Program, as_of: Date) {
    let (outcome, displaced) = place;
    let progress = progress(outcome, displaced);
    // The ladder of an invoice lives in the record of its item.
    let (Some(progress), Some(_), None) = (progress, outcome.policy, outcome.item) else { return };
    table.text(state::RECORD, b"ladder");
    table.text(state::CUSTOMER_ID, &evaluated.debtor_ids[outcome.debtor]);
    table.text(state::POLICY, policy_id(outcome, program).as_bytes());
    table.text(state::STEP, progress.served.map_or("", |step| step_id(outcome, step, program)).as_bytes());
    table.date(state::STEP_ON, progress.step_on);
    table.date(state::ARRIVES_ON, progress.arrives_on);
    table.date(state::ENTERED_ON, progress.entered_on);
    table.date(state::EVALUATED_ON, Some(as_of));
    table.whole(state::PAUSED_DAYS, i64::from(progress.paused_days));
    table.end_row();
}

fn item_row(table: &mut TableBuilder, evaluated: &Evaluated, displaced: &[Displaced], row: usize, program: &Program, as_of: Date) {
    let open = &evaluated.open_items;
    let note = &evaluated.item_notes[row];
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
    let displaced = displaced[note.outcome as usize];
    let own = outcome.item.and_then(|_| progress(outcome, displaced));
    table.date(state::ENTERED_ON, own.as_ref().and_then(|progress| progress.entered_on));
    table.date(state::EVALUATED_ON, Some(as_of));
    let paused_days = own.as_ref().map_or(note.paused_days, |progress| progress.paused_days);
    if own.is_some() || paused_days > 0 {
        table.whole(state::PAUSED_DAYS, i64::from(paused_days));
    }
    let (step, step_on) = match &own {
        // The day of the last step outlives the step where a ladder starts again: the gap counts from it.
        Some(progress) => (progress.served, progress.step_on),
        None => served(note, outcome, displaced, program, as_of).map_or((None, None), |(step, on)| (Some(step), on)),
    };
    if step.is_some() || own.is_some() {
        table.text(state::POLICY, policy_id(outcome, program).as_bytes());
    }
    if let Some(step) = step {
        table.text(state::STEP, step_id(outcome, step, program).as_bytes());
    }
    table.date(state::STEP_ON, step_on);
    table.date(state::ARRIVES_ON, own.and_then(|progress| progress.arrives_on));
    table.end_row();
}

/// Rows of actions that contact somebody tonight, once per step of a debtor whatever the number of its currencies.
fn contacts(evaluated: &Evaluated, displaced: &[Displaced], places: &[Place], program: &Program) -> Vec<usize> {
    let mut last = None;
    let mut rows = Vec::new();
    for (row, note) in evaluated.action_notes.iter().enumerate() {
        let draft = &evaluated.outcomes[note.outcome as usize].drafts[note.draft as usize];
        let place = places.get(row).copied().unwrap_or_default();
        let is_contact = note.status == Status::Due
            && !is_displaced(evaluated, note, place, displaced, program)
            && draft.action.verb.channel().is_some();
        if is_contact && last.replace((note.outcome, note.draft)) != Some((note.outcome, note.draft)) {
            rows.push(row);
        }
    }
    rows
}
