//! From facts to what happens tonight: one policy per debtor, the step that is due, what stops it, and what is planned next.
//!
//! The ladder is worked out from facts every night and never scheduled. Last night's state says only which step was done when.
//! The order is the order of the files: [mod@unit] who is chased for what, [mod@pause] when its clock stood still, [`ladder`] which
//! step is due, [mod@amounts] what it asks for, [mod@progress] where that leaves it, [mod@foretell] what comes next, [`block`] what stops
//! it, [`reach`] whether it would reach anybody, [`quiet`] on which days, [mod@place] in which country and by which press, [`approval`]
//! whether a person has to say yes, [mod@full] what takes its place where there is no room for it, [mod@companions] what is done with a
//! step, [`cap`] how often a debtor may be contacted.

pub mod action;
mod amounts;
mod approval;
pub mod begun;
pub mod block;
mod cap;
mod companions;
mod foretell;
pub mod full;
pub mod ladder;
pub mod manner;
pub mod offer;
pub mod overrides;
mod pause;
pub mod place;
pub mod progress;
pub mod quiet;
pub mod reach;
mod returned;
pub mod silence;
mod unit;
mod ways;

use crate::base::calendar::Calendar;
use crate::base::date::Date;
use crate::night::error::NightError;
use crate::night::escalation::action::{Draft, Status};
use crate::night::escalation::block::Stops;
use crate::night::escalation::ladder::{Asked, Next, Walk};
use crate::night::escalation::pause::Pauses;
use crate::night::escalation::place::Place;
use crate::night::escalation::progress::Progress;
use crate::night::escalation::unit::Unit;
use crate::night::facts::{Debtor, FactTable, Subject};
use crate::night::matchers::Matchers;
use crate::rules::eval::Env;
use crate::rules::program::{Grain, Policy, Program, Shift, Span, Verb};

/// What stops whatever asks for money about a claim that is barred by limitation.
const BARRED: &str = "guard:barred";

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
    /// The day from which the step of tonight is tried no more where it has not been done by then, and what comes next instead.
    pub overtaken: Option<Box<(Date, Next)>>,
    /// What comes next instead where the last step of tonight gives way to what `when_full:` says; `None` where that makes no difference.
    pub next_if_full: Option<Box<Next>>,
    /// Whether nothing is planned for any of its items.
    pub is_silent: bool,
    /// Items whose own clock stood still on some days, with how many, by position among the open items.
    pub paused_items: Vec<(usize, i32)>,
    pub asked: Asked,
    /// Where the debtor is, and where its letters are printed.
    pub place: Place,
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
        let chosen = overrides::policy(subject, &rulebook.program.policies, debtor.customer);
        let Some(policy) = chosen.map_or_else(|| policy_of(subject, rulebook, policies[at], debtor), |policy| Ok(Some(policy)))? else {
            outcomes.push(Outcome::beside(at, Next::Nothing("no policy applies".to_owned())));
            continue;
        };
        let ladder = &rulebook.program.policies[policy];
        let place = Place::of(subject, facts, rulebook, at);
        let pauses = Pauses { subject, rulebook, stops: &stops[at], debtor };
        for unit in unit::units(subject, facts, ladder, &pauses, at) {
            outcomes.push(climb(subject, facts, rulebook, policy, &stops[at], &Unit { place, ..unit })?);
        }
    }
    cap::apply(subject, rulebook, &mut outcomes);
    Ok(outcomes)
}

impl Outcome {
    /// What comes next where a step that did not go out tonight would be tried again on a day: the step, unless it is overtaken by then.
    pub fn again(&self, policy: &Policy, draft: &Draft, on: Date) -> Next {
        let (verb, consent) = (draft.action.verb, draft.approve.is_some());
        let overtaken = self.overtaken.as_ref().filter(|overtaken| draft.is_of_ladder(policy.steps.len()) && on >= overtaken.0);
        overtaken.map_or(Next::Step { verb, consent, on, lacks: None }, |overtaken| overtaken.1.clone())
    }

    /// Takes a word outside the ladder for what comes next, where nothing comes before it.
    fn hears_before(&mut self, word: Next) {
        let Next::Step { on, .. } = &word else { return };
        if !matches!(&self.next, Next::Step { on: next, .. } if next <= on) {
            self.next = word;
        }
    }

    /// Of a debtor on no ladder, with what comes next or why nothing does.
    pub fn beside(debtor: usize, next: Next) -> Outcome {
        Outcome {
            debtor,
            item: None,
            policy: None,
            progress: None,
            unchanged: None,
            drafts: Vec::new(),
            next,
            silent: Vec::new(),
            overtaken: None,
            next_if_full: None,
            is_silent: false,
            paused_items: Vec::new(),
            asked: Asked::default(),
            place: Place::default(),
        }
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
    let overtaken = walk.overtaken(&climbed).map(|(day, next)| Box::new((day, foreseen(rulebook, ladder, (stops, unit), next))));
    let mut outcome = Outcome {
        debtor: unit.debtor,
        item: unit.item,
        policy: Some(policy),
        progress: climbed.progress,
        unchanged: climbed.unchanged,
        drafts: climbed.drafts,
        next: climbed.next,
        silent: Vec::new(),
        overtaken,
        next_if_full: None,
        is_silent: false,
        paused_items: unit.paused_items.clone(),
        asked: climbed.asked,
        place: unit.place,
    };
    outcome.silent = silent(subject, stops, unit, ladder.steps.iter().any(|step| step.acts(subject.as_of)));
    outcome.is_silent = unit.chaseable.is_empty();
    // What is held is worth more words than what is covered.
    let held = |(item, _): &&(usize, String)| stops.stops_item(*item);
    if let (true, Some((_, reason))) = (outcome.is_silent, outcome.silent.iter().find(held).or(outcome.silent.first())) {
        outcome.next = Next::Nothing(reason.clone());
    }
    outcome.next = foreseen(rulebook, ladder, (stops, unit), outcome.next);
    let judge = |draft: &mut Draft| {
        overrides::apply(subject, subject.debtors[unit.debtor].customer, draft);
        if draft.action.verb == Verb::Transfer && stops.kept_home_all(&draft.items).is_none() {
            draft.items.retain(|item| stops.kept_home(*item).is_none());
        }
        draft.status = status_of((subject, facts), rulebook, ladder, stops, (unit, draft));
    };
    outcome.drafts.iter_mut().for_each(judge);
    full::prepare(&walk, &mut outcome.drafts, judge);
    outcome.next_if_full = full::next(&walk, &outcome).map(|next| Box::new(foreseen(rulebook, ladder, (stops, unit), next)));
    companions::join(&walk, &mut outcome.drafts, judge);
    if let Some(mut word) = silence::broken(&walk, &outcome) {
        judge(&mut word);
        outcome.drafts.push(word);
    }
    wait_for_the_first(rulebook, &mut outcome);
    settle(rulebook, &mut outcome, subject.as_of);
    if let Some(word) = silence::word(&walk, &outcome) {
        outcome.hears_before(foreseen(rulebook, ladder, (stops, unit), word));
    }
    Ok(outcome)
}

/// Items of a ladder that nothing is asked for tonight: contact about them is stopped, or they are disputed, deducted or covered. Where
/// there are no steps, nothing would be asked for them anyway, and only what stops them is told.
fn silent(subject: &Subject<'_>, stops: &Stops, unit: &Unit, has_steps: bool) -> Vec<(usize, String)> {
    let items = unit.item.map_or(subject.debtors[unit.debtor].items.clone(), |item| item..item + 1);
    let barred = |item: usize| stops.is_barred(item).then_some(BARRED);
    let reason = |item: usize| stops.item_reason(item).or_else(|| barred(item)).map(|reason| format!("held by {reason}"));
    let reason = |item: usize| reason(item).unwrap_or_else(|| "nothing can be asked for".to_owned());
    let is_silent = |item: &usize| !unit.chaseable.contains(item) && (has_steps || stops.stops_item(*item));
    items.filter(is_silent).map(|item| (item, reason(item))).collect()
}

/// What comes next as that night will see it: nothing while it is stopped or has no address, and no word to the debtor on a quiet day.
fn foreseen(rulebook: &Rulebook<'_>, policy: &Policy, (stops, unit): (&Stops, &Unit), next: Next) -> Next {
    match next {
        Next::Step { verb, .. } if unit.is_barred && verb.asks_for_money() => Next::Nothing(format!("held by {BARRED}")),
        Next::Step { verb, .. } if let Some(reason) = stops.reason(policy.represented, verb) => Next::Nothing(format!("held by {reason}")),
        Next::Step { verb: Verb::Transfer, .. } if let Some(reason) = stops.kept_home_all(&unit.chaseable) => {
            Next::Nothing(format!("held by {reason}"))
        }
        Next::Step { lacks: Some(lack), .. } => Next::Nothing(format!("held by {}", lack.guard())),
        Next::Step { verb, consent, on, lacks } => {
            Next::Step { verb, consent, on: loud_day(rulebook.program, unit.place, verb, consent, on), lacks }
        }
        nothing => nothing,
    }
}

/// The first day from `on` on which a step goes out: contacts wait for the end of quiet days, requests for consent do not.
pub fn loud_day(program: &Program, place: Place, verb: Verb, consent: bool, on: Date) -> Date {
    if consent { on } else { quiet::loud_day(program, place, verb, on, on) }
}

/// The first thing that stands in the way of an action: limitation, a block, no address, a person's consent, a quiet day.
fn status_of(
    (subject, facts): (&Subject<'_>, &FactTable),
    rulebook: &Rulebook<'_>,
    policy: &Policy,
    stops: &Stops,
    (unit, draft): (&Unit, &Draft),
) -> Status {
    let verb = draft.action.verb;
    if unit.is_barred && verb.asks_for_money() {
        return Status::Held(BARRED.to_owned());
    }
    if let Some(reason) = stops.reason(policy.represented, verb) {
        return Status::Held(reason);
    }
    if let Some(reason) = stops.kept_home_all(&draft.items).filter(|_| verb == Verb::Transfer) {
        return Status::Held(reason.to_owned());
    }
    if let Some(lack) = reach::missing(subject, policy, subject.debtors[unit.debtor].customer, verb) {
        return Status::Held(lack.guard().to_owned());
    }
    if let Some(reason) = manner::held(subject, facts, rulebook, unit.debtor, verb) {
        return Status::Held(reason);
    }
    if let Some(team) = &draft.approve {
        return Status::NeedsApproval(team.clone());
    }
    match quiet::quiet(rulebook.program, unit.place, verb, subject.as_of) {
        None => Status::Due,
        Some(quiet) => {
            let (reason, until) = (quiet.reason(), quiet::next_loud(rulebook.program, unit.place, verb, subject.as_of));
            match quiet.then() {
                Shift::Drop => Status::Dropped { reason, again: Some(until) },
                Shift::Next | Shift::Previous => Status::Postponed { reason, until },
            }
        }
    }
}

/// Where several steps fire on one night, none goes out before the one that stands before it: the ladder could not remember it. What
/// breaks a silence waits for no step.
fn wait_for_the_first(rulebook: &Rulebook<'_>, outcome: &mut Outcome) {
    let steps = steps_of(rulebook, outcome);
    if let Some(stopped) = outcome.drafts.iter().position(|draft| draft.is_of_ladder(steps) && !draft.is_done()) {
        let mut at = 0..;
        outcome.drafts.retain(|draft| at.next().is_some_and(|at| at <= stopped) || draft.step >= steps);
    }
}

/// How many steps the ladder of an outcome has: what stands behind them is no step of it.
fn steps_of(rulebook: &Rulebook<'_>, outcome: &Outcome) -> usize {
    outcome.policy.map_or(0, |policy| rulebook.program.policies[policy].steps.len())
}

/// A step counts as done only where its action goes out; otherwise the ladder stands where it stood and tries again.
fn settle(rulebook: &Rulebook<'_>, outcome: &mut Outcome, as_of: Date) {
    let Some(policy) = outcome.policy.map(|policy| &rulebook.program.policies[policy]) else { return };
    let word = outcome.drafts.iter().find(|draft| silence::is_outside(policy, draft) && draft.companion.is_none());
    if let Some((verb, on)) = word.and_then(|word| Some((word.action.verb, word.status.lawful_on()?))) {
        outcome.hears_before(Next::Step { verb, consent: false, on, lacks: None });
    }
    let of_ladder = || outcome.drafts.iter().filter(|draft| draft.is_of_ladder(policy.steps.len()));
    let Some(stopped) = of_ladder().find(|draft| !draft.is_done()) else { return };
    let done = || of_ladder().take_while(|draft| draft.is_done());
    let reached = stopped.before;
    let (verb, consent) = (stopped.action.verb, stopped.approve.is_some());
    let rests_from = reached.filter(|_| done().next().is_some()).and_then(|progress| progress.rests_from());
    let rested = rests_from.map(|from| after(policy.gap, from, rulebook.calendar));
    let next_on = |on: Date| outcome.again(policy, stopped, loud_day(rulebook.program, outcome.place, verb, consent, on));
    let next = match &stopped.status {
        Status::Held(reason) => {
            let overtaken = outcome.overtaken.as_ref().filter(|overtaken| matches!(overtaken.1, Next::Step { .. }));
            overtaken.map_or_else(|| Next::Nothing(format!("held by {reason}")), |overtaken| overtaken.1.clone())
        }
        status => match status.lawful_on() {
            // The day that is named is one that every cap has room on.
            Some(lawful) if rested.is_none_or(|rested| rested <= lawful) => outcome.again(policy, stopped, lawful),
            lawful => next_on(lawful.max(rested).unwrap_or(as_of).max(as_of.plus_days(1))),
        },
    };
    let is_held = matches!(stopped.status, Status::Held(_));
    outcome.next = next;
    if let Some(progress) = outcome.progress {
        let Progress { served, step_on, arrives_on, .. } = reached.unwrap_or(progress);
        let progress = Progress { served, step_on, arrives_on, ..progress };
        outcome.progress = Some(if is_held { progress.stopped(policy, as_of) } else { progress });
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
