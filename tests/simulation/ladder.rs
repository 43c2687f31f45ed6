//! Which steps a unit should be asked for on a night, by brute force: written from the reference of the rule language, not from the kernel.
//!
//! A unit is a customer, or an open item where ladders run per invoice. Nothing is scheduled: from the documents of the night and from
//! what the outputs of earlier nights said was done, the steps of tonight follow.

use crate::spec::{BelowMin, CatchUp, Otherwise, Payment, Policy, Resume, Step, Terminal, When};

/// What is known of a unit tonight, from the documents.
pub struct Facts<'a> {
    pub day: i32,
    pub policy: &'a Policy,
    /// Days past due of the items that can be asked for, oldest first, with the cents.
    pub items: Vec<(i32, i64)>,
    /// Days on which the clock of the oldest of them stood still.
    pub paused: i32,
    pub last_payment: Option<i32>,
    pub has_email: bool,
    /// All open items of the customer, cents.
    pub exposure: i64,
    /// What can be asked for of all open items of the customer, cents.
    pub collectible: i64,
    pub broken_promises: i64,
    /// Days a letter is in the post.
    pub in_the_post: i32,
}

/// The last step that was done: the day, and the one on which the customer had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    pub on: i32,
    pub heard_on: i32,
}

impl Last {
    /// With one more that was done on a day. Of several on one day the last to arrive counts.
    pub fn and(before: Option<Last>, on: i32, in_the_post: i32) -> Option<Last> {
        let same_day = before.filter(|before| before.on == on).map_or(on, |before| before.heard_on);
        Some(Last { on, heard_on: same_day.max(on + in_the_post) })
    }
}

/// Where a unit stood after the last night that was run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Last step done of tonight's policy.
    pub served: Option<usize>,
    pub last: Option<Last>,
    /// The night on which it came on the ladder, or was free again after a stop.
    pub entered: Option<i32>,
}

/// A step that should appear tonight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub step: usize,
    pub is_task: bool,
    pub days_late: i32,
    /// Where the unit stands if the night ends before it.
    pub before: Standing,
}

/// What comes of a unit tonight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Climb {
    pub standing: Standing,
    pub wanted: Vec<Wanted>,
    /// Why no further step is wanted.
    pub why: &'static str,
    /// The step from which it looks for one that is due.
    pub start: usize,
    /// The step an entry lifts to.
    pub floor: usize,
    /// Steps that count as done without having gone out tonight, with the reason.
    pub passed: Vec<(usize, &'static str)>,
}

enum Verdict {
    Act(usize, bool),
    Passed(&'static str),
    Done(i32),
    Wait(&'static str),
}

impl Facts<'_> {
    fn reached(&self, step: usize, clock: i32) -> bool {
        let at = self.policy.steps[step].at;
        at <= clock && (at >= 0 || clock < 0)
    }

    fn floor(&self) -> usize {
        self.policy.entry.filter(|(broken, _)| self.broken_promises >= *broken).map_or(0, |(_, step)| step)
    }

    fn after_payment(&self) -> Option<i32> {
        match self.policy.payment {
            Payment::Wait(days) => self.last_payment.map(|on| on + days),
            Payment::Restart => self.last_payment,
            Payment::Continue => None,
        }
    }

    fn rests(&self, standing: &Standing) -> bool {
        let gap = standing.last.is_some_and(|last| last.heard_on + self.policy.gap > self.day);
        let waits = matches!(self.policy.payment, Payment::Wait(_)) && self.after_payment().is_some_and(|until| until > self.day);
        gap || waits
    }

    /// Goes up the ladder. `standing` is `None` for who is not on it; `agreed` tells on which day a step was agreed to, given the first
    /// night whose request counts, and the day after which the answer has to come.
    pub fn climb(&self, standing: Option<Standing>, last: Option<Last>, agreed: impl Fn(usize, i32, Option<i32>) -> Option<i32>) -> Climb {
        let off = |standing, why| Climb { standing, wanted: Vec::new(), why, start: 0, floor: 0, passed: Vec::new() };
        let Some((age, _)) = self.items.first().copied() else {
            return off(standing.unwrap_or(Standing { last, ..Standing::default() }), "nothing to ask for");
        };
        let owes_enough = self.policy.least.is_none_or(|least| self.exposure >= least * 100);
        if !owes_enough {
            let last = standing.map_or(last, |standing| standing.last);
            return off(Standing { last, ..Standing::default() }, "below the threshold of the ladder");
        }
        let mut standing = standing.unwrap_or(Standing { served: None, last, entered: Some(self.day) });
        if self.policy.payment == Payment::Restart && self.last_payment.zip(standing.last).is_some_and(|(paid, last)| paid > last.on) {
            standing.served = None;
        }
        let running = age - self.paused;
        let since_entry = self.day - standing.entered.unwrap_or(self.day);
        let clock = match self.policy.resume {
            Resume::Rebase => {
                let first = self.policy.steps[self.floor()..].iter().find(|step| step.at >= 0 || running < since_entry);
                first.map_or(running, |first| running.min(first.at + since_entry))
            }
            Resume::FirstUnserved | Resume::Closest => running,
        };
        if self.rests(&standing) {
            return off(standing, "rests");
        }
        let start = match standing.served {
            _ if self.policy.resume == Resume::Closest => {
                let closest = (0..self.policy.steps.len()).rev().find(|step| self.policy.steps[*step].at <= running - since_entry);
                standing.served.map_or(0, |served| served + 1).max(closest.unwrap_or(0))
            }
            served => served.map_or(0, |served| served + 1),
        };
        self.serve(standing, clock, start.max(self.floor()), &agreed)
    }

    fn serve(&self, before: Standing, clock: i32, start: usize, agreed: &impl Fn(usize, i32, Option<i32>) -> Option<i32>) -> Climb {
        let floor = self.floor();
        let mut climb = Climb { standing: before, wanted: Vec::new(), why: "no further step is due", start, floor, passed: Vec::new() };
        let last = self.policy.steps.len() - 1;
        let mut at = start;
        // Who jumps goes to the latest step that is not left out; where all are, they are behind.
        let mut left_out: Vec<usize> = Vec::new();
        loop {
            let mut due = (at..=last).filter(|step| self.reached(*step, clock) && !left_out.contains(step));
            let found = if self.policy.catch_up == CatchUp::JumpToLatest { due.next_back() } else { due.next() };
            let again = match (self.policy.terminal, climb.standing.served, climb.standing.last) {
                (Terminal::RepeatLast(days), Some(served), Some(done))
                    if at > last && served >= last && done.heard_on + days <= self.day =>
                {
                    Some(last)
                }
                _ => None,
            };
            let Some(step) = found.or(again) else {
                climb.standing.served = climb.standing.served.max(left_out.iter().max().copied());
                return climb;
            };
            match self.verdict(step, &climb.standing, agreed) {
                Verdict::Act(step, is_task) => {
                    let days_late = self.days_late(step, &before, clock);
                    climb.wanted.push(Wanted { step, is_task, days_late, before: climb.standing });
                    climb.standing.served = Some(step);
                    climb.standing.last = Last::and(climb.standing.last, self.day, self.on_its_way(step, is_task));
                    if self.policy.catch_up != CatchUp::FireAll {
                        climb.why = "one step a night";
                        return climb;
                    }
                }
                Verdict::Passed(why) => {
                    climb.passed.push((step, why));
                    if self.policy.catch_up == CatchUp::JumpToLatest && step > at {
                        left_out.push(step);
                        continue;
                    }
                    climb.standing.served = Some(step);
                }
                Verdict::Done(on) => {
                    climb.passed.push((step, "agreed to"));
                    climb.standing.served = Some(step);
                    climb.standing.last = Last::and(climb.standing.last, on, self.on_its_way(step, false));
                    if self.rests(&climb.standing) {
                        climb.why = "rests";
                        return climb;
                    }
                }
                Verdict::Wait(why) => {
                    climb.why = why;
                    return climb;
                }
            }
            if step < at {
                return climb;
            }
            at = step + 1;
        }
    }

    fn verdict(&self, step: usize, standing: &Standing, agreed: &impl Fn(usize, i32, Option<i32>) -> Option<i32>) -> Verdict {
        let definition = &self.policy.steps[step];
        let is_repeated = standing.served.is_some_and(|served| served >= step);
        let asked_from =
            standing.last.map(|last| last.on).or(standing.entered).unwrap_or(self.day) + i32::from(is_repeated && standing.last.is_some());
        if let Some(on) = agreed(step, asked_from, standing.last.map(|last| last.on)).filter(|_| definition.approve) {
            return Verdict::Done(on);
        }
        let verdict = self.conditional(step);
        // What is left out waits for no amount.
        if self.enough(definition) || matches!(verdict, Verdict::Passed(_)) {
            return verdict;
        }
        match self.policy.below_min {
            BelowMin::Drop => Verdict::Passed("below its minimum"),
            BelowMin::Defer => Verdict::Wait("below its minimum"),
            BelowMin::LowerStep => {
                let from = standing.served.map_or(0, |served| served + 1).max(self.floor());
                let lower = (from..step).rev().find(|lower| self.enough(&self.policy.steps[*lower]));
                lower.map_or(Verdict::Wait("below its minimum"), |lower| self.conditional(lower))
            }
        }
    }

    fn conditional(&self, step: usize) -> Verdict {
        let definition = &self.policy.steps[step];
        let holds = match definition.when {
            When::Always => true,
            When::HasEmail => self.has_email,
            When::Owes(euros) => self.exposure >= euros * 100,
        };
        match (holds, definition.otherwise) {
            (false, Otherwise::Skip) => Verdict::Passed("its condition is false"),
            (false, Otherwise::Wait | Otherwise::Unsaid) => Verdict::Wait("its condition is false"),
            _ if self.due(definition) == 0 => Verdict::Wait("nothing is due"),
            (holds, _) => Verdict::Act(step, !holds),
        }
    }

    /// What a step asks for: all that is late, or falls due by then where the step comes before the due date.
    fn due(&self, step: &Step) -> i64 {
        self.items.iter().filter(|(age, _)| *age >= step.at.min(1)).map(|(_, cents)| cents).sum()
    }

    fn enough(&self, step: &Step) -> bool {
        let due = self.due(step);
        step.min_amount.is_none_or(|euros| due >= euros * 100)
            && step.min_share.is_none_or(|percent| due * 100 >= self.collectible * percent)
    }

    /// Days until the customer has what a step does.
    pub fn on_its_way(&self, step: usize, is_task: bool) -> i32 {
        let is_letter = ["letter", "registered_letter"].contains(&self.policy.steps[step].verb);
        if is_letter && !is_task { self.in_the_post } else { 0 }
    }

    fn days_late(&self, step: usize, before: &Standing, clock: i32) -> i32 {
        let reached = self.day - (clock - self.policy.steps[step].at);
        let rest = match self.policy.terminal {
            Terminal::RepeatLast(days) if before.served.is_some_and(|served| served >= step) => days,
            _ => self.policy.gap,
        };
        let could = Some(reached).max(before.last.map(|last| last.heard_on + rest)).max(self.after_payment());
        (self.day - could.unwrap_or(self.day)).max(0)
    }
}
