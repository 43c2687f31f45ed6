//! Which step of a ladder is due tonight, given the clock and the step last done.
//!
//! A step is due from the night on which the clock has reached its threshold and until it is done; a missed night therefore
//! loses nothing. Steps before the due date lapse on it. Where the oldest item changes, the ladder goes on from the step that
//! the new oldest item has been served with.

use crate::base::date::Date;
use crate::night::error::NightError;
use crate::night::escalation::action::{Draft, Status};
use crate::night::escalation::approval;
use crate::night::escalation::unit::Unit;
use crate::night::escalation::{Rulebook, after, overrides, quiet, reach, returned};
use crate::night::facts::{Debtor, FactTable, Subject, add};
use crate::night::fx::NoRate;
use crate::night::memory::LadderRecord;
use crate::rules::program::{
    Action, BelowMin, CatchUp, Cell, Drift, Lack, OnPayment, Otherwise, Policy, PolicyChange, Resume, Reword, Rule, Step, Terminal, Verb,
};

/// Where a ladder stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Last step done, by position.
    pub served: Option<usize>,
    pub step_on: Option<Date>,
    /// `None` where the ladder was left: what remains is the day of the last step, which a gap still counts from.
    pub entered_on: Option<Date>,
    pub paused_days: i32,
}

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
        Climbed { unchanged: progress.clone(), progress, drafts: Vec::new(), next, asked: Asked::default() }
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

/// The policy a debtor stays under because it finishes the old one, by position.
pub fn policy_to_finish(subject: &Subject<'_>, policies: &[Policy], debtor: &Debtor) -> Option<usize> {
    let record = subject.memory.own_ladder(debtor.customer)?;
    let at = policies.iter().position(|policy| policy.applies.id == record.policy)?;
    (policies[at].on_policy_change == PolicyChange::FinishOld && record.step.is_some()).then_some(at)
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
            return Ok(Climbed::nothing(self.standing().map(|standing| standing.progress), "nothing can be asked for"));
        };
        let standing = self.standing();
        asked.gate = Some(if standing.is_some() { Gate::Leave } else { Gate::Enter });
        let Some(standing) = self.enter(standing) else {
            return Ok(Climbed::nothing(self.left(), "below the threshold of the ladder"));
        };
        let clock = self.effective_clock(clock, &standing);
        asked.clock = Some(clock);
        asked.rests_until = self.waits_until(&standing.progress);
        if let Some(until) = asked.rests_until {
            return Ok(self.rest(standing.progress, clock, Some(until)));
        }
        self.serve(standing, clock, asked)
    }

    /// Whether a step counts tonight.
    fn acts(&self, step: &Step) -> bool {
        step.acts(self.subject.as_of)
    }

    /// The last step that counts tonight.
    fn last(&self) -> Option<usize> {
        self.ladder.steps.iter().rposition(|step| self.acts(step))
    }

    /// What is remembered of a ladder that is not climbed: the day of its last step.
    fn left(&self) -> Option<Progress> {
        let step_on = self.unit.record.as_ref()?.step_on?;
        Some(Progress { served: None, step_on: Some(step_on), entered_on: None, paused_days: 0 })
    }

    /// Where the ladder stood last night, translated to this policy; `None` where it was not climbed.
    fn standing(&self) -> Option<Standing> {
        let record = self.unit.record.as_ref()?;
        let entered_on = record.entered_on?;
        // The step of the driving item rules where there is one: the customer may have been served about an older item.
        let step_record = self.unit.driving.as_ref().filter(|driving| driving.policy == record.policy);
        let step = step_record
            .map_or(if self.unit.chaseable.is_empty() || self.unit.item.is_some() { record.step } else { None }, |driving| driving.step);
        let served = self.translate(record, step)?;
        // A pause counts from the last evaluated night, so that missed nights do not shorten it.
        let since = record.evaluated_on.map_or(0, |on| self.subject.as_of.days_since(on));
        let paused_days = record.paused_days.saturating_add(if self.unit.pauses { since } else { 0 });
        let progress = Progress { served, step_on: record.step_on, entered_on: Some(entered_on), paused_days };
        Some(Standing { progress: returned::before(self, progress), is_new: false })
    }

    /// The position of a step of last night's policy in tonight's; `None` where the ladder starts afresh.
    fn translate(&self, record: &LadderRecord, step: Option<&str>) -> Option<Option<usize>> {
        let position = |name: &str| self.ladder.steps.iter().position(|step| step.id == name);
        if record.policy == self.ladder.applies.id {
            return Some(step.and_then(position));
        }
        match &self.ladder.on_policy_change {
            PolicyChange::Map(pairs) => {
                let mapped = step.and_then(|step| pairs.iter().find(|(old, _)| old == step)).and_then(|(_, new)| position(new));
                Some(mapped)
            }
            PolicyChange::Restart | PolicyChange::FinishOld => None,
        }
    }

    /// Enters the ladder, stays on it or leaves it.
    fn enter(&self, standing: Option<Standing>) -> Option<Standing> {
        let holds = |condition: &Option<crate::rules::program::Condition>, without: bool| {
            let row = self.unit.item.map_or(self.facts.debtor(self.unit.debtor), |item| self.facts.item(self.unit.debtor, item));
            condition.as_ref().map_or(without, |condition| condition.holds(&row, self.rulebook.env))
        };
        match standing {
            Some(_) if holds(&self.ladder.leave_when, false) => None,
            Some(standing) => Some(self.after_payment(standing)),
            None if holds(&self.ladder.enter_when, true) => {
                // Whatever ladder the last step was on, the gap after it holds.
                let step_on = self.unit.record.as_ref().and_then(|record| record.step_on);
                let progress = Progress { served: None, step_on, entered_on: Some(self.subject.as_of), paused_days: 0 };
                Some(Standing { progress, is_new: true })
            }
            None => None,
        }
    }

    fn after_payment(&self, standing: Standing) -> Standing {
        let paid_since = self.unit.last_payment_on.zip(standing.progress.step_on).is_some_and(|(paid, step)| paid > step);
        if self.ladder.on_payment == OnPayment::Restart && paid_since {
            let progress = Progress { served: None, ..standing.progress };
            return Standing { progress, is_new: false };
        }
        standing
    }

    /// The clock less the days it stood still; counted from the day of entry where late comers start at the first step.
    fn effective_clock(&self, clock: i32, standing: &Standing) -> i32 {
        let running = clock.saturating_sub(standing.progress.paused_days);
        if self.ladder.resume != Resume::Rebase {
            return running;
        }
        let since_entry = standing.progress.entered_on.map_or(0, |entered| self.subject.as_of.days_since(entered));
        let first = self.ladder.steps.iter().find(|step| self.acts(step));
        first.map_or(running, |first| running.min(first.at.saturating_add(since_entry)))
    }

    /// The day until which the ladder rests after a step or a payment.
    fn waits_until(&self, progress: &Progress) -> Option<Date> {
        let calendar = self.rulebook.calendar;
        let after_step = progress.step_on.map(|on| after(self.ladder.gap, on, calendar));
        let after_payment = match self.ladder.on_payment {
            OnPayment::Wait(span) => self.unit.last_payment_on.map(|on| after(span, on, calendar)),
            OnPayment::Continue | OnPayment::Restart => None,
        };
        after_step.max(after_payment).filter(|until| *until > self.subject.as_of)
    }

    /// Goes up the ladder from the step after the last one done.
    fn serve(&self, standing: Standing, clock: i32, asked: &mut Asked) -> Result<Climbed, NightError> {
        let unchanged = standing.progress.clone();
        let mut progress = standing.progress;
        let mut drafts = Vec::new();
        let mut at = self.first_candidate(&progress, standing.is_new, clock);
        while let Some(step) = self.candidate(at, clock, &mut progress) {
            let (verdict, answer) = self.verdict(step, &progress)?;
            asked.steps.push(answer);
            match verdict {
                Verdict::Act(draft) => {
                    drafts.push(*draft);
                    progress.served = Some(step);
                    progress.step_on = Some(self.subject.as_of);
                    if self.ladder.catch_up != CatchUp::FireAll {
                        break;
                    }
                }
                Verdict::Served => progress.served = Some(step),
                Verdict::Done(on) => {
                    progress.served = Some(step);
                    progress.step_on = progress.step_on.max(Some(on));
                    asked.rests_until = self.waits_until(&progress);
                    if asked.rests_until.is_some() {
                        break;
                    }
                }
                Verdict::Wait => {
                    let next = self.next(&self.ladder.steps[step], self.subject.as_of.plus_days(1));
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

    /// Where the search for a due step starts.
    fn first_candidate(&self, progress: &Progress, is_new: bool, clock: i32) -> usize {
        let from = overrides::start(self.subject, self.ladder, self.subject.debtors[self.unit.debtor].customer);
        let after_last = match progress.served {
            Some(served) => served + 1,
            None if is_new && self.ladder.resume == Resume::Closest => self.latest_reached(clock).unwrap_or(0),
            None => 0,
        };
        after_last.max(from)
    }

    fn latest_reached(&self, clock: i32) -> Option<usize> {
        self.ladder.steps.iter().rposition(|step| step.at <= clock && self.acts(step))
    }

    /// The step from `at` on that is due; past the last one, the repeated last step where the policy says so.
    fn candidate(&self, at: usize, clock: i32, progress: &mut Progress) -> Option<usize> {
        let is_reached = |step: &Step| self.is_reached(step, clock) && !(step.at < 0 && clock >= 0) && self.acts(step);
        let steps = &self.ladder.steps;
        // About claims that are barred the ladder goes straight to what asks the debtor for nothing.
        if self.unit.is_barred
            && let Some(found) = (at..steps.len()).find(|step| is_reached(&steps[*step]) && !steps[*step].action.verb.asks_for_money())
        {
            return Some(found);
        }
        let found = match self.ladder.catch_up {
            CatchUp::JumpToLatest => (at..steps.len()).rev().find(|step| is_reached(&steps[*step])),
            CatchUp::OneStepPerRun | CatchUp::FireAll => (at..steps.len()).find(|step| is_reached(&steps[*step])),
        };
        found.or_else(|| self.repeated_last(at, progress))
    }

    /// Whether the clock has reached a step, or will on one of the quiet days ahead whose contacts go out tonight. Nobody is reminded
    /// before anything is late.
    fn is_reached(&self, step: &Step, clock: i32) -> bool {
        step.at <= clock || (step.at < 1 || clock >= 1) && step.at <= clock.saturating_add(self.days_ahead(step))
    }

    /// The quiet days after tonight whose contacts go out tonight.
    fn days_ahead(&self, step: &Step) -> i32 {
        let program = self.rulebook.program;
        if step.approve.is_some() || program.quiet_days.is_empty() {
            return 0;
        }
        quiet::days_ahead(program, self.unit.country, step.action.verb, self.subject.as_of)
    }

    fn repeated_last(&self, at: usize, progress: &Progress) -> Option<usize> {
        let Terminal::RepeatLast(span) = &self.ladder.terminal else { return None };
        let last = self.last()?;
        let is_over = at > last && progress.served.is_some_and(|served| served >= last);
        let again_on = progress.step_on.map(|on| after(*span, on, self.rulebook.calendar))?;
        (is_over && again_on <= self.subject.as_of).then_some(last)
    }

    fn verdict(&self, step: usize, progress: &Progress) -> Result<(Verdict, AskedStep), NightError> {
        let definition = &self.ladder.steps[step];
        let due = self.amount_due(definition)?;
        let said = |answer| AskedStep { step, answer, due };
        let customer = self.subject.debtors[self.unit.debtor].customer;
        if overrides::skips(self.subject, customer, &definition.id, self.subject.as_of) {
            return Ok((Verdict::Served, said(Answer::Overridden)));
        }
        // A step that was done is asked for anew when it comes again: each consent counts once.
        let done_on = progress.step_on.filter(|_| progress.served.is_some_and(|served| served >= step));
        let asked_from = done_on.map_or(progress.entered_on, |on| Some(on.plus_days(1)));
        if let Some(on) = approval::given(self.subject, self.ladder, definition, self.unit, asked_from) {
            return Ok((Verdict::Done(on), said(Answer::Approved)));
        }
        if !self.reaches_minimum(definition)? {
            let verdict = match self.ladder.below_min {
                BelowMin::Drop => Verdict::Served,
                // The lower steps are done already, so there is nothing to fall back to but waiting for the amount to grow.
                BelowMin::Defer => Verdict::Wait,
                BelowMin::LowerStep => self.lower(step, progress)?,
            };
            return Ok((verdict, said(Answer::BelowMinimum)));
        }
        let verdict = self.conditional(step, definition);
        let answer = match &verdict {
            Verdict::Act(draft) if draft.is_alternative() => Answer::Alternative,
            Verdict::Act(_) => Answer::Acts,
            Verdict::Served | Verdict::Done(_) => Answer::Skipped,
            Verdict::Wait => Answer::Waits,
        };
        Ok((verdict, said(answer)))
    }

    /// The nearest lower step not yet done whose minimum is reached.
    fn lower(&self, step: usize, progress: &Progress) -> Result<Verdict, NightError> {
        let from = progress.served.map_or(0, |served| served + 1);
        for lower in (from..step).rev().filter(|lower| self.acts(&self.ladder.steps[*lower])) {
            if self.reaches_minimum(&self.ladder.steps[lower])? {
                return Ok(self.conditional(lower, &self.ladder.steps[lower]));
            }
        }
        Ok(Verdict::Wait)
    }

    /// The step as written, or what its `otherwise:` says where its condition is false or its action would reach nobody; and so on, where
    /// what is done instead would not reach anybody either.
    fn conditional(&self, step: usize, definition: &Step) -> Verdict {
        let holds = definition.when.as_ref().is_none_or(|rule| self.holds(rule));
        let reaches = |action: &Action| self.lacks(action.verb).is_none();
        let fallback = if holds { self.lacks(definition.action.verb).map(Lack::reason) } else { Some(IS_FALSE) };
        let mut chosen = holds.then_some((&definition.action, None));
        let mut otherwise = &definition.otherwise;
        let draft = loop {
            match (chosen, otherwise) {
                (Some((action, fallback)), _) if reaches(action) => break self.draft(step, definition, action, fallback),
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

    fn holds(&self, rule: &Rule) -> bool {
        let row = self.unit.item.map_or(self.facts.debtor(self.unit.debtor), |item| self.facts.item(self.unit.debtor, item));
        rule.when.holds(&row, self.rulebook.env)
    }

    fn draft(&self, step: usize, definition: &Step, action: &Action, fallback: Option<&'static str>) -> Draft {
        // A reminder is about what is late; a step before the due date about what falls due by then.
        let from = if definition.at < 1 { definition.at - self.days_ahead(definition) } else { 1 };
        let item_at = |at: usize| &self.subject.ledger.items[self.subject.open_items[at] as usize];
        let reached = |at: &usize| self.subject.as_of.days_since(item_at(*at).due_date) >= from;
        let reached: Vec<usize> = self.unit.chaseable.iter().copied().filter(reached).collect();
        let mut asked = Vec::new();
        for at in &reached {
            add(&mut asked, self.subject.currency(item_at(*at)), item_at(*at).collectible().wide());
        }
        let customer = self.subject.debtors[self.unit.debtor].customer;
        asked.retain(|(currency, asked)| *asked > self.subject.on_account(customer, *currency).wide());
        let is_asked = |at: &usize| asked.iter().any(|(currency, _)| *currency == self.subject.currency(item_at(*at)));
        let items = reached.iter().copied().filter(is_asked).collect();
        let (action, reworded_by) = self.worded(definition, action);
        let (approve, ahead) = (definition.approve.clone(), self.days_ahead(definition));
        Draft { step, action, approve, fallback, reworded_by, ahead, status: Status::Due, items }
    }

    /// An action in the first other wording whose condition is true, with the name of that.
    fn worded(&self, step: &Step, action: &Action) -> (Action, Option<String>) {
        let mut action = action.clone();
        let holds = |reword: &&Reword| reword.rule.in_force(self.subject.as_of) && self.holds(&reword.rule);
        let Some(reword) = step.reword.iter().filter(|_| action.verb.channel().is_some()).find(holds) else { return (action, None) };
        action.template = reword.template.clone().or(action.template);
        action.tone = reword.tone.clone().or(action.tone);
        (action, Some(reword.id.clone()))
    }

    /// Whether amount and share of the balance both reach the step's minimum.
    fn reaches_minimum(&self, step: &Step) -> Result<bool, NoRate> {
        let Some(due) = self.amount_due(step)? else { return Ok(true) };
        if step.min_amount.is_some_and(|minimum| due < minimum) {
            return Ok(false);
        }
        let Some(share) = step.min_share else { return Ok(true) };
        let all = self.reporting(self.subject.debtors[self.unit.debtor].items.clone())?;
        Ok(i128::from(due) * 1_000_000 >= i128::from(all) * i128::from(share.0))
    }

    /// What could be asked for with a step, in the reporting currency; `None` where it has no minimum.
    fn amount_due(&self, step: &Step) -> Result<Option<Cell>, NoRate> {
        if step.min_amount.is_none() && step.min_share.is_none() {
            return Ok(None);
        }
        let draft = self.draft(0, step, &step.action, None);
        self.reporting(draft.items.iter().copied()).map(Some)
    }

    fn reporting(&self, items: impl Iterator<Item = usize>) -> Result<Cell, NoRate> {
        let mut sums = Vec::new();
        for item in items {
            let item = &self.subject.ledger.items[self.subject.open_items[item] as usize];
            add(&mut sums, self.subject.currency(item), item.collectible().wide());
        }
        self.subject.reporting(&sums)
    }

    /// What is planned when nothing more happens tonight.
    fn rest(&self, progress: Progress, clock: i32, not_before: Option<Date>) -> Climbed {
        let next = self.plan(&progress, clock, not_before);
        Climbed { unchanged: Some(progress.clone()), progress: Some(progress), drafts: Vec::new(), next, asked: Asked::default() }
    }

    fn plan(&self, progress: &Progress, clock: i32, not_before: Option<Date>) -> Next {
        let as_of = self.subject.as_of;
        let calendar = self.rulebook.calendar;
        let start = overrides::start(self.subject, self.ladder, self.subject.debtors[self.unit.debtor].customer);
        let from = progress.served.map_or(0, |served| served + 1).max(start);
        let rested = progress.step_on.map(|on| after(self.ladder.gap, on, calendar));
        let tomorrow = as_of.plus_days(1);
        let day_of = |step: &Step| {
            let reached = as_of.plus_days(step.at.saturating_sub(clock).max(0));
            // Moved before quiet days as far as nothing else holds it back, and something is late by then.
            let late = if step.at < 1 { tomorrow } else { as_of.plus_days((1 - clock).max(1)) };
            let reached = match step.approve {
                None => quiet::loud_day(self.rulebook.program, self.unit.country, step.action.verb, reached, late),
                Some(_) => reached,
            };
            [Some(reached), rested, not_before].into_iter().flatten().max().unwrap_or(reached).max(tomorrow)
        };
        let is_ahead = |step: &&Step| self.acts(step) && !(step.at < 0 && clock >= 0) && !self.is_passed_over(step, day_of(step));
        let ahead = self.ladder.steps[from..].iter().find(is_ahead);
        match (ahead, &self.ladder.terminal) {
            (Some(step), _) => self.next(step, day_of(step)),
            (None, Terminal::RepeatLast(span)) => {
                let on = progress.step_on.map_or(tomorrow, |on| after(*span, on, calendar)).max(tomorrow);
                self.last().map_or(Next::Nothing("end of the ladder".to_owned()), |last| self.next(&self.ladder.steps[last], on))
            }
            (None, Terminal::Stop(reason)) => Next::Nothing(reason.clone()),
        }
    }

    /// A step as what comes next: as things stand tonight, the first of its actions that would reach somebody, or the last one, held.
    pub fn next(&self, step: &Step, on: Date) -> Next {
        let mut verbs = self.verbs(step, on);
        let last = self.verbs(step, on).last().unwrap_or(step.action.verb);
        let verb = verbs.find(|verb| self.lacks(*verb).is_none()).unwrap_or(last);
        Next::Step { verb, consent: step.approve.is_some(), on, lacks: self.lacks(verb) }
    }

    /// Whether a step will be left out because its condition is false, or because it would reach nobody.
    fn is_passed_over(&self, step: &Step, on: Date) -> bool {
        let customer = self.subject.debtors[self.unit.debtor].customer;
        if overrides::skips(self.subject, customer, &step.id, on) {
            return true;
        }
        step.otherwise.ways().any(|way| *way == Otherwise::Skip) && self.verbs(step, on).all(|verb| self.lacks(verb).is_some())
    }

    /// What a step does on a day as far as tonight tells, and what each `otherwise:` does in its place.
    fn verbs<'s>(&self, step: &'s Step, on: Date) -> impl Iterator<Item = Verb> + use<'s> {
        let own = self.is_foreseen(step, on).then_some(&step.action);
        let instead = step.otherwise.ways().filter_map(Otherwise::action);
        own.into_iter().chain(instead).map(|action| action.verb)
    }

    /// Whether the condition of a step is expected to hold on a day: as it does tonight, unless time alone may change it by then.
    fn is_foreseen(&self, step: &Step, on: Date) -> bool {
        let may_change = match step.drift {
            Drift::None => false,
            Drift::AsItemsFallDue => self.falls_due_before(on),
            Drift::Daily => true,
        };
        may_change || step.when.as_ref().is_none_or(|rule| self.holds(rule))
    }

    /// Whether one more item of the debtor is late on a day than tonight.
    fn falls_due_before(&self, on: Date) -> bool {
        let becomes_late = self.subject.as_of..on;
        let items = self.subject.debtors[self.unit.debtor].items.clone();
        items.into_iter().any(|at| becomes_late.contains(&self.subject.ledger.items[self.subject.open_items[at] as usize].due_date))
    }

    /// What an action needs and the debtor does not have.
    fn lacks(&self, verb: Verb) -> Option<Lack> {
        reach::missing(self.subject, self.ladder, self.subject.debtors[self.unit.debtor].customer, verb)
    }
}

/// Where a ladder stands before tonight's steps.
struct Standing {
    progress: Progress,
    /// Entered tonight.
    is_new: bool,
}
