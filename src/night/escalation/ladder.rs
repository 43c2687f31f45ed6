//! Which step of a ladder is due tonight, given the clock and the step last done.
//!
//! A step is due from the night on which the clock has reached its threshold and until it is done; a missed night therefore
//! loses nothing. Steps before the due date lapse on it. Where the oldest item changes, the ladder goes on from the step that
//! the new oldest item has been served with.

use std::ops::Range;

use crate::base::date::Date;
use crate::night::error::NightError;
use crate::night::escalation::action::{Draft, Status};
use crate::night::escalation::approval;
use crate::night::escalation::progress::Progress;
use crate::night::escalation::unit::Unit;
use crate::night::escalation::{Rulebook, after, overrides, quiet, reach, returned};
use crate::night::facts::{Debtor, FactTable, Subject};
use crate::night::memory::LadderRecord;
use crate::rules::program::{
    Action, BelowMin, CatchUp, Cell, Entry, Grain, Lack, OnPayment, Otherwise, Policy, PolicyChange, Resume, Reword, Rule, Step, Terminal,
    Verb,
};

/// What comes next, or why nothing does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The next step, whether it needs consent, and the day it falls due if nothing changes.
    /// What it would need and the debtor does not have, where that is so.
    Step { verb: Verb, consent: bool, on: Date, lacks: Option<Lack> },
    /// Why nothing is planned.
    Nothing(String),
}

/// The result of one climb, before anything stops it.
#[derive(Debug, Clone)]
pub struct Climbed {
    pub progress: Option<Progress>,
    pub unchanged: Option<Progress>,
    pub drafts: Vec<Draft>,
    pub next: Next,
    pub asked: Asked,
}

impl Climbed {
    fn nothing(progress: Option<Progress>, why: impl Into<String>) -> Climbed {
        let next = Next::Nothing(why.into());
        Climbed { unchanged: progress, progress, drafts: Vec::new(), next, asked: Asked::default() }
    }
}

/// What a ladder was asked on the way, so that people can be told why, and which rules a test has tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// What the clock showed, pauses taken off; `None` where the ladder was not climbed.
    pub clock: Option<i32>,
    /// Which of the two conditions at the gate was looked at, if any.
    pub gate: Option<Gate>,
    /// Until when the ladder rests after a step or a payment.
    pub rests_until: Option<Date>,
    /// The entry that lifts the debtor over steps not yet done, by position, with the first of these.
    pub lifted: Option<(usize, usize)>,
    /// Steps that were due and looked at, in order.
    pub steps: Vec<AskedStep>,
}

/// The condition that lets a debtor onto a ladder, or off it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    Enter,
    Leave,
}

/// A step that was due, and what it said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedStep {
    /// Position in the policy's steps.
    pub step: usize,
    pub answer: Answer,
    /// What could be asked for, minor units of the reporting currency, where the step has a minimum.
    pub due: Option<Cell>,
}

/// What a step that is due comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It goes out as written.
    Acts,
    /// Its condition is false: the other action takes its place.
    Alternative,
    /// Another of its contacts goes before the one it would make, by `channels:`.
    Moved,
    /// Its condition is false: it is left out.
    Skipped,
    /// Its condition is false, or nothing can be asked for: it waits.
    Waits,
    /// Less than its minimum can be asked for.
    BelowMinimum,
    /// The contact log carries the consent it asked for.
    Approved,
    /// A person had it left out.
    Overridden,
}

/// `fallback_reason` of what is done because the condition of the step is false.
const IS_FALSE: &str = "condition";

/// The policy a debtor stays under because it finishes the old one, by position: a ladder of the customer, or of an open item, has begun.
pub fn policy_to_finish(subject: &Subject<'_>, policies: &[Policy], debtor: &Debtor) -> Option<usize> {
    let begun = |record: &LadderRecord<'_>, grain: Grain| {
        let is_its = |policy: &Policy| policy.applies.id == record.policy && policy.on_policy_change == PolicyChange::FinishOld;
        policies.iter().position(|policy| is_its(policy) && policy.grain == grain).filter(|_| record.step.is_some())
    };
    let own = subject.memory.own_ladder(debtor.customer).and_then(|record| begun(record, Grain::Customer));
    let by_item = policies.iter().any(|policy| policy.grain == Grain::Invoice && policy.on_policy_change == PolicyChange::FinishOld);
    let mut items = subject.items(debtor).filter(|_| by_item).filter_map(|item| subject.memory.ladder_of_item(item));
    own.or_else(|| items.find_map(|record| begun(record, Grain::Invoice)))
}

/// What one step comes to tonight.
enum Verdict {
    /// It goes out, as itself or as its alternative.
    Act(Box<Draft>),
    /// It counts as served without an action.
    Served,
    /// It was agreed to and done on this day.
    Done(Date),
    /// It is tried again tomorrow.
    Wait,
}

/// One ladder of one debtor on one night.
pub struct Walk<'a> {
    pub subject: &'a Subject<'a>,
    pub facts: &'a FactTable,
    pub rulebook: &'a Rulebook<'a>,
    pub ladder: &'a Policy,
    pub unit: &'a Unit<'a>,
}

impl Walk<'_> {
    /// Finds the steps that are due.
    ///
    /// # Errors
    /// [`NightError::NoExchangeRate`] where a minimum has to be compared in a currency without a rate.
    pub fn climb(&self) -> Result<Climbed, NightError> {
        let mut asked = Asked::default();
        let climbed = self.climb_asking(&mut asked)?;
        Ok(Climbed { asked, ..climbed })
    }

    fn climb_asking(&self, asked: &mut Asked) -> Result<Climbed, NightError> {
        if !self.ladder.steps.iter().any(|step| self.acts(step)) {
            return Ok(Climbed::nothing(None, format!("policy {} has no steps", self.ladder.applies.id)));
        }
        let Some(clock) = self.unit.clock else {
            let progress = self.standing().map(|progress| progress.stopped(self.ladder, self.subject.as_of));
            return Ok(Climbed::nothing(progress.or_else(|| self.left()), "nothing can be asked for"));
        };
        let standing = self.standing();
        asked.gate = Some(if standing.is_some() { Gate::Leave } else { Gate::Enter });
        let Some(progress) = self.enter(standing) else {
            return Ok(Climbed::nothing(self.left(), "below the threshold of the ladder"));
        };
        let clock = self.effective_clock(clock, &progress);
        asked.clock = Some(clock);
        asked.lifted = self.lifted(progress.served);
        asked.rests_until = self.waits_until(&progress);
        if let Some(until) = asked.rests_until {
            return Ok(self.rest(progress, clock, Some(until)));
        }
        self.serve(progress, clock, asked)
    }

    /// Whether a step counts tonight.
    pub fn acts(&self, step: &Step) -> bool {
        step.acts(self.subject.as_of)
    }

    /// The last step that counts tonight.
    pub fn last(&self) -> Option<usize> {
        self.ladder.steps.iter().rposition(|step| self.acts(step))
    }

    /// What is remembered of a ladder that is not climbed: the day of its last step.
    fn left(&self) -> Option<Progress> {
        let record = self.unit.record.as_ref().filter(|record| record.step_on.is_some())?;
        Some(Progress { entered_on: None, ..self.before_the_first(record.entered_on) })
    }

    /// Where the ladder stood last night, translated to this policy; `None` where it was not climbed.
    fn standing(&self) -> Option<Progress> {
        let record = self.unit.record.as_ref()?;
        let entered_on = record.entered_on?;
        // The step of the driving item rules where there is one: the customer may have been served about an older item.
        let step_record = self.unit.driving.as_ref().filter(|driving| driving.policy == record.policy);
        let step = step_record
            .map_or(if self.unit.chaseable.is_empty() || self.unit.item.is_some() { record.step } else { None }, |driving| driving.step);
        let served = self.translate(record, step)?;
        let progress = Progress { served, ..self.before_the_first(Some(entered_on)) };
        Some(returned::before(self, progress))
    }

    /// The position of a step of last night's policy in tonight's; `None` where the ladder starts afresh.
    fn translate(&self, record: &LadderRecord, step: Option<&str>) -> Option<Option<usize>> {
        let is_kept = record.policy == self.ladder.applies.id || matches!(self.ladder.on_policy_change, PolicyChange::Map(_));
        is_kept.then(|| step.and_then(|step| self.ladder.translated(record.policy, step)))
    }

    /// Enters the ladder, stays on it or leaves it.
    fn enter(&self, standing: Option<Progress>) -> Option<Progress> {
        let holds = |condition: &Option<crate::rules::program::Condition>, without: bool| {
            let row = self.unit.item.map_or(self.facts.debtor(self.unit.debtor), |item| self.facts.item(self.unit.debtor, item));
            condition.as_ref().map_or(without, |condition| condition.holds(&row, self.rulebook.env))
        };
        match standing {
            Some(_) if holds(&self.ladder.leave_when, false) => None,
            Some(progress) => Some(self.after_payment(progress)),
            None => holds(&self.ladder.enter_when, true).then(|| self.before_the_first(Some(self.subject.as_of))),
        }
    }

    /// Where who entered on a day stands with no step done. Whatever ladder the last step was on, the gap after it holds.
    fn before_the_first(&self, entered_on: Option<Date>) -> Progress {
        let record = self.unit.record.as_ref();
        let (step_on, arrives_on) = record.map_or((None, None), |record| (record.step_on, record.arrives_on));
        Progress { served: None, step_on, arrives_on, entered_on, paused_days: self.unit.paused_days }
    }

    fn after_payment(&self, progress: Progress) -> Progress {
        let paid_since = self.unit.last_payment_on.zip(progress.step_on).is_some_and(|(paid, step)| paid > step);
        let restarts = self.ladder.on_payment == OnPayment::Restart && paid_since;
        Progress { served: progress.served.filter(|_| !restarts), ..progress }
    }

    /// The clock less the days it stood still; counted from the day of entry where late comers start at the first step.
    fn effective_clock(&self, clock: i32, progress: &Progress) -> i32 {
        let running = clock.saturating_sub(progress.paused_days);
        if self.ladder.resume != Resume::Rebase {
            return running;
        }
        let since_entry = progress.entered_on.map_or(0, |entered| self.subject.as_of.days_since(entered));
        // Who came late does not hear of a due date that was still to come.
        let is_ahead = |step: &&Step| self.acts(step) && (step.at >= 0 || running < since_entry);
        let first = self.ladder.steps[self.start()..].iter().find(is_ahead);
        first.map_or(running, |first| running.min(first.at.saturating_add(since_entry)))
    }

    /// The highest step that an entry lifts the debtor to, with the entry; the foot of the ladder without one.
    fn floor(&self) -> (Option<usize>, usize) {
        let counts = |entry: &&Entry| entry.rule.in_force(self.subject.as_of) && self.holds(&entry.rule);
        let entries = self.ladder.entries.iter().enumerate().filter(|(_, entry)| counts(entry));
        // Of two that lift to the same step the first counts.
        entries.rev().max_by_key(|(_, entry)| entry.step).map_or((None, 0), |(at, entry)| (Some(at), entry.step))
    }

    /// The lowest step that counts for the debtor: the one an entry lifts to, or a person.
    fn start(&self) -> usize {
        self.floor().1.max(overrides::start(self.subject, self.ladder, self.customer()))
    }

    /// The first step that may be due: the one after the last step done, or the lowest that counts.
    fn from(&self, served: Option<usize>) -> usize {
        served.map_or(0, |served| served + 1).max(self.start())
    }

    /// The entry that lifts over steps that count and are not done, with the first of these.
    fn lifted(&self, served: Option<usize>) -> Option<(usize, usize)> {
        let from = served.map_or(0, |served| served + 1);
        let (entry, floor) = self.floor();
        let first = (from..floor).find(|step| self.acts(&self.ladder.steps[*step]))?;
        entry.map(|entry| (entry, first))
    }

    /// The day until which the ladder rests after a step or a payment.
    fn waits_until(&self, progress: &Progress) -> Option<Date> {
        let calendar = self.rulebook.calendar;
        let after_step = progress.rests_from().map(|on| after(self.ladder.gap, on, calendar));
        let after_payment = match self.ladder.on_payment {
            OnPayment::Wait(span) => self.unit.last_payment_on.map(|on| after(span, on, calendar)),
            OnPayment::Continue | OnPayment::Restart => None,
        };
        after_step.max(after_payment).filter(|until| *until > self.subject.as_of)
    }

    /// Goes up the ladder from the step after the last one done.
    fn serve(&self, standing: Progress, clock: i32, asked: &mut Asked) -> Result<Climbed, NightError> {
        let unchanged = standing;
        let mut progress = standing;
        let mut drafts = Vec::new();
        let mut at = self.first_candidate(&progress, clock);
        // Of several steps the latest that is not left out is jumped to.
        let (mut below, mut left_out) = (self.ladder.steps.len(), None);
        loop {
            let Some(step) = self.candidate(at..below, clock, &progress) else {
                progress.served = progress.served.max(left_out);
                break;
            };
            let (verdict, answer) = self.verdict(step, &progress)?;
            asked.steps.push(answer);
            match verdict {
                Verdict::Act(draft) => {
                    let (days_late, before) = (self.days_late(draft.step, &unchanged, clock), Some(progress));
                    progress = progress.done(draft.step, self.subject.as_of, draft.arrives_on);
                    drafts.push(Draft { days_late, before, ..*draft });
                    if self.ladder.catch_up != CatchUp::FireAll {
                        break;
                    }
                }
                Verdict::Served => {
                    if self.ladder.catch_up == CatchUp::JumpToLatest && step > at {
                        (below, left_out) = (step, left_out.max(Some(step)));
                        continue;
                    }
                    progress.served = Some(step);
                }
                Verdict::Done(on) => {
                    let verb = self.verb(&self.ladder.steps[step], on);
                    progress = progress.done(step, on, self.unit.place.arrival(self.rulebook, verb, on));
                    asked.rests_until = self.waits_until(&progress);
                    if asked.rests_until.is_some() {
                        break;
                    }
                }
                Verdict::Wait => {
                    let next = self.plan(&progress, clock, Some(self.subject.as_of.plus_days(1)));
                    let asked = Asked::default();
                    return Ok(Climbed { progress: Some(progress), unchanged: Some(unchanged), drafts, next, asked });
                }
            }
            // The last step is repeated once a night, whatever came of it.
            if step < at {
                break;
            }
            at = step + 1;
        }
        let rest = self.rest(progress, clock, asked.rests_until);
        Ok(Climbed { drafts, unchanged: Some(unchanged), ..rest })
    }

    /// Where the search for a due step starts. Who comes late goes on at the latest step that was due already on the day of entry: what
    /// falls due from then on is left out by no night that is missed.
    pub fn first_candidate(&self, progress: &Progress, clock: i32) -> usize {
        let from = self.from(progress.served);
        if self.ladder.resume != Resume::Closest {
            return from;
        }
        let since_entry = progress.entered_on.map_or(0, |entered| self.subject.as_of.days_since(entered));
        from.max(self.latest_reached(clock.saturating_sub(since_entry)).unwrap_or(0))
    }

    fn latest_reached(&self, clock: i32) -> Option<usize> {
        self.ladder.steps.iter().rposition(|step| step.at <= clock && self.acts(step))
    }

    /// The one of these steps that is due; past the last one, the repeated last step where the policy says so.
    fn candidate(&self, mut among: Range<usize>, clock: i32, progress: &Progress) -> Option<usize> {
        let is_reached = |step: &Step| self.is_reached(step, clock) && !(step.at < 0 && clock >= 0) && self.acts(step);
        let (at, steps) = (among.start, &self.ladder.steps);
        // About claims that are barred the ladder goes straight to what asks the debtor for nothing.
        if self.unit.is_barred
            && let Some(found) = among.clone().find(|step| is_reached(&steps[*step]) && !steps[*step].action.verb.asks_for_money())
        {
            return Some(found);
        }
        let found = match self.ladder.catch_up {
            CatchUp::JumpToLatest => among.rfind(|step| is_reached(&steps[*step])),
            CatchUp::OneStepPerRun | CatchUp::FireAll => among.find(|step| is_reached(&steps[*step])),
        };
        found.or_else(|| self.repeated_last(at, progress))
    }

    /// Whether the clock has reached a step, or will on one of the quiet days ahead whose contacts go out tonight. Nobody is reminded
    /// before anything is late.
    fn is_reached(&self, step: &Step, clock: i32) -> bool {
        step.at <= clock || (step.at < 1 || clock >= 1) && step.at <= clock.saturating_add(self.days_ahead(step, self.subject.as_of))
    }

    /// The quiet days after a day whose contacts go out on it.
    pub fn days_ahead(&self, step: &Step, on: Date) -> i32 {
        let program = self.rulebook.program;
        if step.approve.is_some() || !quiet::looks_ahead(program) {
            return 0;
        }
        quiet::days_ahead(program, self.unit.place, self.verb(step, on), on)
    }

    fn repeated_last(&self, at: usize, progress: &Progress) -> Option<usize> {
        let Terminal::RepeatLast(span) = &self.ladder.terminal else { return None };
        let last = self.last()?;
        let is_over = at > last && progress.served.is_some_and(|served| served >= last);
        let again_on = progress.rests_from().map(|on| after(*span, on, self.rulebook.calendar))?;
        (is_over && again_on <= self.subject.as_of).then_some(last)
    }

    fn verdict(&self, step: usize, progress: &Progress) -> Result<(Verdict, AskedStep), NightError> {
        let definition = &self.ladder.steps[step];
        let due = self.amount_due(definition, self.subject.as_of)?;
        let said = |answer| AskedStep { step, answer, due };
        if overrides::skips(self.subject, self.customer(), &definition.id, self.subject.as_of) {
            return Ok((Verdict::Served, said(Answer::Overridden)));
        }
        if let Some(on) = approval::given(self.subject, self.ladder, step, self.unit, progress) {
            return Ok((Verdict::Done(on), said(Answer::Approved)));
        }
        let verdict = self.conditional(step, definition);
        // What is left out anyway waits for no amount.
        if !matches!(verdict, Verdict::Served) && !self.reaches_minimum(definition, self.subject.as_of)? {
            let verdict = match self.ladder.below_min {
                BelowMin::Drop => Verdict::Served,
                // The lower steps are done already, so there is nothing to fall back to but waiting for the amount to grow.
                BelowMin::Defer => Verdict::Wait,
                BelowMin::LowerStep => self.lower(step, progress)?,
            };
            return Ok((verdict, said(Answer::BelowMinimum)));
        }
        let answer = match &verdict {
            Verdict::Act(draft) if draft.is_moved() => Answer::Moved,
            Verdict::Act(draft) if draft.is_alternative() => Answer::Alternative,
            Verdict::Act(_) => Answer::Acts,
            Verdict::Served | Verdict::Done(_) => Answer::Skipped,
            Verdict::Wait => Answer::Waits,
        };
        Ok((verdict, said(answer)))
    }

    /// Days since a step could have gone out, had a night been there and nothing stopped it: since the clock reached it, the gap after the
    /// step before had passed, and payments had had their time.
    fn days_late(&self, step: usize, before: &Progress, clock: i32) -> i32 {
        let calendar = self.rulebook.calendar;
        let reached = self.subject.as_of.plus_days(self.ladder.steps[step].at.saturating_sub(clock));
        let rest = match &self.ladder.terminal {
            Terminal::RepeatLast(span) if before.served.is_some_and(|served| served >= step) => *span,
            _ => self.ladder.gap,
        };
        let rested = before.rests_from().map(|on| after(rest, on, calendar));
        let paid = match self.ladder.on_payment {
            OnPayment::Wait(span) => self.unit.last_payment_on.map(|on| after(span, on, calendar)),
            OnPayment::Restart => self.unit.last_payment_on,
            OnPayment::Continue => None,
        };
        let could = Some(reached).max(rested).max(paid).unwrap_or(reached);
        self.subject.as_of.days_since(could).max(0)
    }

    /// The nearest lower step not yet done whose minimum is reached.
    fn lower(&self, step: usize, progress: &Progress) -> Result<Verdict, NightError> {
        let from = self.from(progress.served);
        for lower in (from..step).rev().filter(|lower| self.acts(&self.ladder.steps[*lower])) {
            if self.reaches_minimum(&self.ladder.steps[lower], self.subject.as_of)? {
                return Ok(self.conditional(lower, &self.ladder.steps[lower]));
            }
        }
        Ok(Verdict::Wait)
    }

    /// The step as written, or what its `otherwise:` says where its condition is false or its action would reach nobody; and so on, where
    /// what is done instead would not reach anybody either.
    fn conditional(&self, step: usize, definition: &Step) -> Verdict {
        let holds = definition.when.as_ref().is_none_or(|rule| self.holds(rule));
        let fallback = if holds { self.lacks(definition.action.verb).map(Lack::reason) } else { Some(IS_FALSE) };
        let mut chosen = holds.then_some((&definition.action, None));
        let mut otherwise = &definition.otherwise;
        let draft = loop {
            match (chosen, otherwise) {
                (Some((action, fallback)), _) if self.reaches(action) => {
                    let (action, ordered) = self.in_order(definition, holds, action);
                    let fallback = ordered.filter(|ordered| ordered.moved).map(|ordered| ordered.by).or(fallback);
                    break Draft { ordered, ..self.draft(step, definition, action, fallback) };
                }
                (_, Otherwise::Do(action, after)) => (chosen, otherwise) = (Some((action, fallback)), after),
                (_, Otherwise::Skip) => return Verdict::Served,
                // What would reach nobody is held where people see it.
                (Some((action, fallback)), _) => break self.draft(step, definition, action, fallback),
                (None, Otherwise::Wait | Otherwise::Unsaid) => return Verdict::Wait,
            }
        };
        // Nothing to ask for in any currency: never an action with nothing due.
        if draft.items.is_empty() { Verdict::Wait } else { Verdict::Act(Box::new(draft)) }
    }

    /// What is done outside of the ladder, at a position behind its last step; `None` where nothing can be asked for.
    pub fn outside(&self, at: usize, step: &Step) -> Option<Draft> {
        if let Verdict::Act(draft) = self.conditional(at, step) { Some(*draft) } else { None }
    }

    pub fn holds(&self, rule: &Rule) -> bool {
        let row = self.unit.item.map_or(self.facts.debtor(self.unit.debtor), |item| self.facts.item(self.unit.debtor, item));
        rule.when.holds(&row, self.rulebook.env)
    }

    fn draft(&self, step: usize, definition: &Step, action: &Action, fallback: Option<&'static str>) -> Draft {
        let as_of = self.subject.as_of;
        let items = self.asked_for(definition, as_of);
        let (action, reworded_by) = self.worded(definition, action);
        let (approve, ahead) = (definition.approve.clone(), self.days_ahead(definition, as_of));
        let (status, arrives_on) = (Status::Due, self.unit.place.arrival(self.rulebook, action.verb, as_of));
        Draft {
            step,
            companion: None,
            action,
            approve,
            fallback,
            ordered: None,
            reworded_by,
            ahead,
            status,
            items,
            days_late: 0,
            before: None,
            arrives_on,
            spare: None,
        }
    }

    /// An action in the first other wording whose condition is true, with the name of that.
    pub fn worded(&self, step: &Step, action: &Action) -> (Action, Option<String>) {
        let mut action = action.clone();
        let holds = |reword: &&Reword| reword.rule.in_force(self.subject.as_of) && self.holds(&reword.rule);
        let Some(reword) = step.reword.iter().filter(|_| action.verb.channel().is_some()).find(holds) else { return (action, None) };
        action.template = reword.template.clone().or(action.template);
        action.tone = reword.tone.clone().or(action.tone);
        (action, Some(reword.id.clone()))
    }

    /// What is planned when nothing more happens tonight.
    pub fn rest(&self, progress: Progress, clock: i32, not_before: Option<Date>) -> Climbed {
        let next = self.plan(&progress, clock, not_before);
        Climbed { unchanged: Some(progress), progress: Some(progress), drafts: Vec::new(), next, asked: Asked::default() }
    }

    /// What an action needs and the debtor does not have.
    pub fn lacks(&self, verb: Verb) -> Option<Lack> {
        reach::missing(self.subject, self.ladder, self.customer(), verb)
    }

    /// Position of the customer.
    pub fn customer(&self) -> u32 {
        self.subject.debtors[self.unit.debtor].customer
    }
}
