//! What comes next, as far as tonight tells: the day on which a step falls due if nothing changes, or why none does.

use crate::base::date::Date;
use crate::night::escalation::ladder::{Climbed, Next, Walk};
use crate::night::escalation::progress::Progress;
use crate::night::escalation::{after, overrides, quiet};
use crate::rules::program::{Action, BelowMin, CatchUp, Drift, Otherwise, Step, Terminal, Verb};

impl Next {
    /// The one that comes first, the later step where both come on one day.
    fn sooner(self, later: Next) -> Next {
        match (&self, &later) {
            (Next::Step { on, .. }, Next::Step { on: other, .. }) if on < other => self,
            (Next::Step { .. }, Next::Nothing(_)) | (Next::Nothing(_), Next::Nothing(_)) => self,
            _ => later,
        }
    }
}

impl Walk<'_> {
    /// What comes next when nothing more happens tonight.
    pub fn plan(&self, progress: &Progress, clock: i32, not_before: Option<Date>) -> Next {
        match (self.ahead(progress, clock, not_before), &self.ladder.terminal) {
            (Some(next), _) => next,
            (None, Terminal::RepeatLast(span)) => {
                // What never went out is not repeated, and a step of before the due date that nobody was served with has lapsed.
                let last = self.last().filter(|last| progress.served >= Some(*last) || self.ladder.steps[*last].at >= 0);
                match last.map(|last| &self.ladder.steps[last]).zip(progress.rests_from()) {
                    Some((last, from)) => self.again(last, after(*span, from, self.rulebook.calendar).max(self.subject.as_of.plus_days(1))),
                    None => Next::Nothing("end of the ladder".to_owned()),
                }
            }
            (None, Terminal::Stop(reason)) => Next::Nothing(reason.clone()),
        }
    }

    /// The step above the last one done that comes next.
    fn ahead(&self, progress: &Progress, clock: i32, not_before: Option<Date>) -> Option<Next> {
        let as_of = self.subject.as_of;
        let calendar = self.rulebook.calendar;
        let from = self.first_candidate(progress, clock);
        let rested = progress.rests_from().map(|on| after(self.ladder.gap, on, calendar));
        let tomorrow = as_of.plus_days(1);
        let day_of = |step: &Step| {
            let reached = as_of.plus_days(step.at.saturating_sub(clock).max(0));
            // Moved before quiet days as far as nothing else holds it back, and something is late by then.
            let late = if step.at < 1 { tomorrow } else { as_of.plus_days((1 - clock).max(1)) };
            let reached = match step.approve {
                None => quiet::loud_day(self.rulebook.program, self.unit.place, self.verb(step, reached), reached, late),
                Some(_) => reached,
            };
            [Some(reached), rested, not_before].into_iter().flatten().max().unwrap_or(reached).max(tomorrow)
        };
        // A step of before the due date lapses on it.
        let lapses = |step: &Step, on: Date| step.at < 0 && clock.saturating_add(on.days_since(as_of)) >= 0;
        let is_ahead = |(step, on): &(&Step, Date)| !lapses(step, *on) && !self.is_passed_over(step, *on);
        let acting = self.ladder.steps[from..].iter().filter(|step| self.acts(step));
        let mut ahead = acting.map(|step| (step, day_of(step))).filter(is_ahead).map(|(step, on)| self.next(step, on));
        let first = ahead.next()?;
        // Where the ladder jumps, a step that waits is passed by, and of several on one day the latest is done.
        Some(if self.ladder.catch_up == CatchUp::JumpToLatest { ahead.fold(first, Next::sooner) } else { first })
    }

    /// The last step once more, unless a person has it left out on that day.
    fn again(&self, last: &Step, on: Date) -> Next {
        if overrides::skips(self.subject, self.customer(), &last.id, on) {
            return Next::Nothing(format!("{} is left out by a person", last.id));
        }
        self.next(last, on)
    }

    /// The day from which the first step of tonight is tried no more where it has not been done by then, and what comes next instead: a
    /// step of before the due date lapses on that, and a ladder that jumps goes on with the step that comes due after it.
    pub fn overtaken(&self, climbed: &Climbed) -> Option<(Date, Next)> {
        let (clock, standing) = climbed.asked.clock.zip(climbed.unchanged)?;
        let first = climbed.drafts.first()?;
        let jumped = (self.ladder.catch_up == CatchUp::JumpToLatest).then(|| {
            let passed_by = Progress { served: standing.served.max(Some(first.step)), ..standing };
            let next = self.ahead(&passed_by, clock, None)?;
            let Next::Step { on, .. } = &next else { return None };
            Some((*on, next))
        });
        let lapsed = self.ladder.steps.get(first.step).filter(|step| step.at < 0).map(|_| {
            let due = self.subject.as_of.plus_days(clock.saturating_neg());
            (due, self.plan(&standing, clock, Some(due)))
        });
        [jumped.flatten(), lapsed].into_iter().flatten().min_by_key(|(on, _)| *on)
    }

    /// A step as what comes next: as things stand tonight, the first of its actions that would reach somebody, or the last one, held.
    /// Where it waits for what time alone does not bring, nothing comes next: an address, where there is none, or its condition.
    pub fn next(&self, step: &Step, on: Date) -> Next {
        let consent = step.approve.is_some();
        let Some(on) = self.first_day(step, on, |on| self.actions(step, on).next().is_some()) else {
            if let Some(lack) = self.lacks(step.action.verb) {
                return Next::Step { verb: step.action.verb, consent, on, lacks: Some(lack) };
            }
            return Next::Nothing(format!("{} waits for its condition", step.id));
        };
        let Some(on) = self.first_day(step, on, |on| self.reaches_minimum(step, on).unwrap_or(true)) else {
            return Next::Nothing(format!("{} is below its least amount", step.id));
        };
        let verb = self.verb(step, on);
        Next::Step { verb, consent, on, lacks: self.lacks(verb) }
    }

    /// What a step does on a day as far as tonight tells: of its actions that would reach somebody the one that goes first, or the last one.
    pub fn verb(&self, step: &Step, on: Date) -> Verb {
        let last = self.actions(step, on).last().unwrap_or(&step.action);
        let reaching = self.actions(step, on).find(|action| self.reaches(action));
        reaching.map_or(last, |first| self.in_order(step, self.is_foreseen(step, on), first).0).verb
    }

    /// The first day from `on` on which something holds that can become true only as further items fall due.
    fn first_day(&self, step: &Step, on: Date, holds: impl Fn(Date) -> bool) -> Option<Date> {
        // A step of before the due date asks for what falls due by then, every other one for what is late.
        let from = step.at.min(1);
        let items = self.subject.debtors[self.unit.debtor].items.clone();
        let mut days: Vec<Date> =
            items.map(|at| self.subject.ledger.items[self.subject.open_items[at] as usize].due_date.plus_days(from)).collect();
        days.retain(|day| *day > on);
        days.push(on);
        days.sort_unstable();
        days.into_iter().find(|day| holds(*day))
    }

    /// Whether a step will be left out because its condition is false, because it would reach nobody, or for its least amount.
    fn is_passed_over(&self, step: &Step, on: Date) -> bool {
        if overrides::skips(self.subject, self.customer(), &step.id, on) {
            return true;
        }
        let skips = step.otherwise.ways().any(|way| *way == Otherwise::Skip) && !self.actions(step, on).any(|action| self.reaches(action));
        skips || (self.ladder.below_min == BelowMin::Drop && !self.reaches_minimum(step, on).unwrap_or(true))
    }

    /// What a step does on a day as far as tonight tells, and what each `otherwise:` does in its place.
    fn actions<'s>(&self, step: &'s Step, on: Date) -> impl Iterator<Item = &'s Action> + use<'s> {
        step.actions().skip(usize::from(!self.is_foreseen(step, on)))
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
}
