//! From facts to what happens tonight: one policy per debtor, the step that is due, what stops it, and what is planned next.
//!
//! The ladder is worked out from facts every night and never scheduled. Last night's state says only which step was done when.
//! The order is the order of the files: [mod@unit] who is chased for what, [mod@pause] when its clock stood still, [`ladder`] which step is due, [mod@foretell] what comes next, [`block`] what stops it,
//! [`reach`] whether it would reach anybody, [`approval`] whether a person has to say yes, [`cap`] how often a debtor may be contacted.

pub mod action;
mod approval;
pub mod block;
mod cap;
mod foretell;
pub mod ladder;
mod pause;
pub mod reach;
mod unit;

use crate::base::calendar::Calendar;
use crate::base::date::Date;
use crate::night::error::NightError;
use crate::night::escalation::action::{Draft, Status};
use crate::night::escalation::block::Stops;
use crate::night::escalation::ladder::{Asked, Next, Progress, Walk};
use crate::night::escalation::pause::Pauses;
use crate::night::escalation::unit::Unit;
use crate::night::facts::{Debtor, FactTable, Subject};
use crate::night::matchers::Matchers;
use crate::rules::eval::Env;
use crate::rules::program::{Grain, Overflow, Policy, Program, Span, Verb};

/// What escalation works with besides the facts.
#[derive(Clone, Copy)]
pub struct Rulebook<'a> {
    pub program: &'a Program,
    pub matchers: &'a Matchers,
    pub env: &'a Env<'a>,
    pub calendar: &'a Calendar,
}

/// What became of one ladder tonight.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Position of the debtor.
    pub debtor: usize,
    /// Position of the open item, for ladders per invoice.
    pub item: Option<usize>,
    /// Position in [`Program::policies`]; `None` where none applies.
    pub policy: Option<usize>,
    /// Where the ladder stands if tonight's actions are carried out.
    pub progress: Option<Progress>,
    /// Where it stands if they are displaced.
    pub unchanged: Option<Progress>,
    pub drafts: Vec<Draft>,
    pub next: Next,
    /// Open items nothing is planned for, with the reason, by position.
    pub silent: Vec<(usize, String)>,
    /// Whether nothing is planned for any of its items.
    pub is_silent: bool,
    /// Items whose own clock stood still on some days, with how many, by position among the open items.
    pub paused_items: Vec<(usize, i32)>,
    pub asked: Asked,
}

/// Escalates every debtor of the shard.
///
/// # Errors
/// [`NightError::Ambiguous`] where two policies claim one debtor, and [`NightError::NoExchangeRate`].
pub fn escalate(subject: &Subject<'_>, facts: &FactTable, rulebook: &Rulebook<'_>, stops: &[Stops]) -> Result<Vec<Outcome>, NightError> {
    let mut outcomes = Vec::with_capacity(subject.debtors.len());
    let mut policies = Vec::with_capacity(subject.debtors.len());
    rulebook.matchers.policies.hits(&facts.debtors(), rulebook.env, 2, |_, hits| {
        policies.push([hits.first(), hits.get(1)].map(|hit| hit.map(|hit| *hit as usize)));
    });
    for (at, debtor) in subject.debtors.iter().enumerate().filter(|(_, debtor)| !debtor.items.is_empty()) {
        let Some(policy) = policy_of(subject, rulebook, policies[at], debtor)? else {
            outcomes.push(without_policy(at));
            continue;
        };
        let ladder = &rulebook.program.policies[policy];
        let pauses = Pauses { subject, rulebook, stops: &stops[at], debtor };
        for unit in unit::units(subject, facts, ladder, &pauses, at) {
            outcomes.push(climb(subject, facts, rulebook, policy, &stops[at], &unit)?);
        }
    }
    cap::apply(subject, rulebook, &mut outcomes);
    Ok(outcomes)
}

fn without_policy(debtor: usize) -> Outcome {
    let next = Next::Nothing("no policy applies".to_owned());
    Outcome {
        debtor,
        item: None,
        policy: None,
        progress: None,
        unchanged: None,
        drafts: Vec::new(),
        next,
        silent: Vec::new(),
        is_silent: false,
        paused_items: Vec::new(),
        asked: Asked::default(),
    }
}

/// The one policy of a debtor, from the first two that apply. A policy that is being finished keeps its debtors until they leave it.
fn policy_of(
    subject: &Subject<'_>,
    rulebook: &Rulebook<'_>,
    applying: [Option<usize>; 2],
    debtor: &Debtor,
) -> Result<Option<usize>, NightError> {
    let policies = &rulebook.program.policies;
    if let [Some(first), Some(second)] = applying {
        let customer = String::from_utf8_lossy(subject.documents.customer_ids[debtor.customer as usize]).into_owned();
        let [first, second] = [first, second].map(|at| policies[at].applies.id.clone());
        return Err(NightError::Ambiguous { what: "policies".to_owned(), first, second, customer });
    }
    Ok(ladder::policy_to_finish(subject, policies, debtor).or(applying[0]))
}

/// One ladder of one debtor: which steps are due, what stops them, what comes next.
fn climb(
    subject: &Subject<'_>,
    facts: &FactTable,
    rulebook: &Rulebook<'_>,
    policy: usize,
    stops: &Stops,
    unit: &Unit,
) -> Result<Outcome, NightError> {
    let ladder = &rulebook.program.policies[policy];
    let walk = Walk { subject, facts, rulebook, ladder, unit };
    let climbed = walk.climb()?;
    let mut outcome = Outcome {
        debtor: unit.debtor,
        item: unit.item,
        policy: Some(policy),
        progress: climbed.progress,
        unchanged: climbed.unchanged,
        drafts: climbed.drafts,
        next: climbed.next,
        silent: Vec::new(),
        is_silent: false,
        paused_items: unit.paused_items.clone(),
        asked: climbed.asked,
    };
    outcome.silent = silent(subject, stops, unit, ladder.steps.iter().any(|step| step.acts(subject.as_of)));
    outcome.is_silent = unit.chaseable.is_empty();
    // What is held is worth more words than what is covered.
    let held = |(item, _): &&(usize, String)| stops.stops_item(*item);
    if let (true, Some((_, reason))) = (outcome.is_silent, outcome.silent.iter().find(held).or(outcome.silent.first())) {
        outcome.next = Next::Nothing(reason.clone());
    }
    outcome.next = foreseen(rulebook, stops, outcome.next);
    for draft in &mut outcome.drafts {
        draft.status = status_of(subject, rulebook, stops, (unit, draft));
    }
    wait_for_the_first(&mut outcome.drafts);
    settle(rulebook, &mut outcome, subject.as_of);
    Ok(outcome)
}

/// Items of a ladder that nothing is asked for tonight: contact about them is stopped, or they are disputed, deducted or covered. Where
/// there are no steps, nothing would be asked for them anyway, and only what stops them is told.
fn silent(subject: &Subject<'_>, stops: &Stops, unit: &Unit, has_steps: bool) -> Vec<(usize, String)> {
    let items = unit.item.map_or(subject.debtors[unit.debtor].items.clone(), |item| item..item + 1);
    let reason = |item: usize| stops.item_reason(item).map_or("nothing can be asked for".to_owned(), |reason| format!("held by {reason}"));
    let is_silent = |item: &usize| !unit.chaseable.contains(item) && (has_steps || stops.stops_item(*item));
    items.filter(is_silent).map(|item| (item, reason(item))).collect()
}

/// What comes next as that night will see it: nothing while it is stopped or has no address, and no word to the debtor on a quiet day.
fn foreseen(rulebook: &Rulebook<'_>, stops: &Stops, next: Next) -> Next {
    match next {
        Next::Step { verb, .. } if let Some(reason) = stops.reason(verb) => Next::Nothing(format!("held by {reason}")),
        Next::Step { lacks: Some(address), .. } => Next::Nothing(format!("held by {}", address.guard())),
        Next::Step { verb, consent, on, lacks } => Next::Step { verb, consent, on: loud_day(rulebook.program, verb, consent, on), lacks },
        nothing => nothing,
    }
}

/// The first day from `on` on which a step goes out: contacts wait for the end of quiet days, requests for consent do not.
pub fn loud_day(program: &Program, verb: Verb, consent: bool, on: Date) -> Date {
    match &program.quiet_days {
        Some(quiet) if verb.channel().is_some() && !consent && block::is_quiet(quiet, &program.calendar, on) => {
            block::next_loud(quiet, &program.calendar, on)
        }
        _ => on,
    }
}

/// The first thing that stands in the way of an action: a block, no address, a person's consent, a quiet day.
fn status_of(subject: &Subject<'_>, rulebook: &Rulebook<'_>, stops: &Stops, (unit, draft): (&Unit, &Draft)) -> Status {
    let verb = draft.action.verb;
    if let Some(reason) = stops.reason(verb) {
        return Status::Held(reason);
    }
    if let Some(address) = reach::missing(subject, subject.debtors[unit.debtor].customer, verb) {
        return Status::Held(address.guard().to_owned());
    }
    if let Some(team) = &draft.approve {
        return Status::NeedsApproval(team.clone());
    }
    match &rulebook.program.quiet_days {
        Some(quiet) if verb.channel().is_some() && block::is_quiet(quiet, rulebook.calendar, subject.as_of) => match quiet.then {
            Overflow::Postpone => {
                Status::Postponed { reason: "quiet_days".to_owned(), until: block::next_loud(quiet, rulebook.calendar, subject.as_of) }
            }
            Overflow::Drop => Status::Dropped("quiet_days".to_owned()),
        },
        _ => Status::Due,
    }
}

/// Where several steps fire on one night, none goes out before the one that stands before it: the ladder could not remember it.
fn wait_for_the_first(drafts: &mut Vec<Draft>) {
    if let Some(stopped) = drafts.iter().position(|draft| !draft.is_done()) {
        drafts.truncate(stopped + 1);
    }
}

/// A step counts as done only where its action goes out; otherwise the ladder stands where it stood and tries again.
fn settle(rulebook: &Rulebook<'_>, outcome: &mut Outcome, as_of: Date) {
    let Some(stopped) = outcome.drafts.iter().find(|draft| !draft.is_done()) else { return };
    let (verb, consent) = (stopped.action.verb, stopped.approve.is_some());
    let rested = outcome.policy.filter(|_| outcome.drafts.first().is_some_and(Draft::is_done)).map(|policy| {
        let gap = rulebook.program.policies[policy].gap;
        after(gap, as_of, rulebook.calendar)
    });
    outcome.next = match &stopped.status {
        Status::Held(reason) => Next::Nothing(format!("held by {reason}")),
        Status::Postponed { until, .. } => {
            let on = rested.map_or(*until, |rested| loud_day(rulebook.program, verb, consent, rested.max(*until)));
            Next::Step { verb, consent, on, lacks: None }
        }
        _ => {
            let on = rested.unwrap_or(as_of).max(as_of.plus_days(1));
            Next::Step { verb, consent, on: loud_day(rulebook.program, verb, consent, on), lacks: None }
        }
    };
    let is_held = matches!(stopped.status, Status::Held(_));
    if let Some(mut progress) = outcome.progress.take() {
        let done = outcome.drafts.iter().take_while(|draft| draft.is_done()).last();
        let before = outcome.unchanged.as_ref();
        progress.served = done.map(|draft| draft.step).or(before.and_then(|before| before.served));
        progress.step_on = done.map(|_| as_of).or(before.and_then(|before| before.step_on));
        let ladder = outcome.policy.map(|policy| &rulebook.program.policies[policy]).filter(|_| is_held);
        outcome.progress = Some(match ladder {
            Some(ladder) => progress.stopped(ladder, as_of),
            None => progress,
        });
    }
}

/// The day a span after another.
pub fn after(span: Span, date: Date, calendar: &Calendar) -> Date {
    if span.business { calendar.plus_business_days(date, span.days) } else { date.plus_days(span.days) }
}

/// Whether a policy's ladders run per invoice.
pub fn is_per_invoice(policy: &Policy) -> bool {
    policy.grain == Grain::Invoice
}
