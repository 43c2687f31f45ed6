//! Single changes of ladders: how they go on, their steps, and what these do.

use std::rc::Rc;

use super::{ANOTHER, About, List, MONTH, days, next_to};
use crate::base::counted::counted;
use crate::base::money::Rate;
use crate::rules::program::{
    Action, Ask, BelowMin, CatchUp, Extensions, OnPayment, Otherwise, Policy, PolicyChange, Program, Represented, Resume, Span, Step,
    Terminal, Undelivered, Verb,
};

impl List {
    pub(super) fn policy(&mut self, policy: &Policy, at: usize, all: &[Policy]) {
        // A policy without steps asks for nothing, however it goes on.
        if policy.steps.iter().all(|step| step.shadow) {
            return;
        }
        let id = policy.applies.id.clone();
        self.at(&id, &policy.applies.place);
        let others = || all.iter().filter(|other| other.applies.id != id);
        // One step that is done once rests after nothing but a step of another ladder.
        let is_once =
            policy.steps.len() == 1 && matches!(policy.terminal, Terminal::Stop(_)) && others().all(|other| other.steps.is_empty());
        for gap in next_to(policy.gap).filter(|_| !is_once) {
            let about = About::Gap(id.clone(), policy.gap);
            self.put("gap", days(policy.gap), days(gap), about, move |program| program.policies[at].gap = gap);
        }
        match policy.on_payment {
            OnPayment::Wait(span) => {
                for other in next_to(span) {
                    let about = About::Payment(id.clone(), span.days);
                    let edit = move |program: &mut Program| program.policies[at].on_payment = OnPayment::Wait(other);
                    self.put("after_part_payment", format!("wait {}", days(span)), format!("wait {}", days(other)), about, edit);
                }
            }
            OnPayment::Continue | OnPayment::Restart => {
                let continues = policy.on_payment == OnPayment::Continue;
                let (was, becomes) = if continues { ("continue", "restart") } else { ("restart", "continue") };
                let other = if continues { OnPayment::Restart } else { OnPayment::Continue };
                let edit = move |program: &mut Program| program.policies[at].on_payment = other;
                self.put("after_part_payment", was, becomes, About::Payment(id.clone(), 1), edit);
            }
        }
        // What nobody wrote is no slip.
        if policy.represented == Represented::Write {
            let edit = move |program: &mut Program| program.policies[at].represented = Represented::Hold;
            self.put("represented", "write_to_representative", "hold", About::Course(id.clone()), edit);
        }
        if policy.undelivered == Undelivered::Repeat {
            let edit = move |program: &mut Program| program.policies[at].undelivered = Undelivered::Ignore;
            self.put("undelivered", "repeat_step", "ignore", About::Course(id.clone()), edit);
        }
        self.end(policy, at);
        self.course(policy, at);
        self.entries(policy, at);
        if !matches!(policy.on_policy_change, PolicyChange::Map(_)) && others().next().is_some() {
            let restarts = policy.on_policy_change == PolicyChange::Restart;
            let (was, becomes) = if restarts { ("restart", "finish_old") } else { ("finish_old", "restart") };
            let other = if restarts { PolicyChange::FinishOld } else { PolicyChange::Restart };
            let edit = move |program: &mut Program| program.policies[at].on_policy_change = other.clone();
            self.put("on_policy_change", was, becomes, About::PolicyChange(id.clone()), edit);
        }
    }

    /// An entry one step higher or lower.
    fn entries(&mut self, policy: &Policy, at: usize) {
        for (number, entry) in policy.entries.iter().enumerate() {
            self.at(&entry.rule.id, &entry.rule.place);
            let counts = |step: &usize| !policy.steps[*step].shadow;
            let lower = (0..entry.step).rev().find(counts);
            let higher = (entry.step + 1..policy.steps.len()).find(counts);
            for other in lower.into_iter().chain(higher) {
                let name = |step: usize| policy.steps[step].id.clone();
                let about = About::Course(policy.applies.id.clone());
                let edit = move |program: &mut Program| program.policies[at].entries[number].step = other;
                self.put("step", name(entry.step), name(other), about, edit);
            }
        }
        self.at(&policy.applies.id, &policy.applies.place);
    }

    fn end(&mut self, policy: &Policy, at: usize) {
        let id = policy.applies.id.clone();
        let repeated = |span| format!("repeat_last: {}", days(span));
        let others: Vec<(Terminal, String)> = match &policy.terminal {
            Terminal::Stop(_) => vec![(Terminal::RepeatLast(MONTH), repeated(MONTH))],
            Terminal::RepeatLast(span) => {
                let stop = (Terminal::Stop("stop".to_owned()), "stop".to_owned());
                next_to(*span).map(|span| (Terminal::RepeatLast(span), repeated(span))).chain([stop]).collect()
            }
        };
        let (was, span) = match &policy.terminal {
            Terminal::Stop(reason) => (format!("stop: {reason}"), None),
            Terminal::RepeatLast(span) => (repeated(*span), Some(*span)),
        };
        for (other, becomes) in others {
            let edit = move |program: &mut Program| program.policies[at].terminal = other.clone();
            self.put("terminal", was.clone(), becomes, About::End(id.clone(), span), edit);
        }
    }

    /// How a ladder goes on where several steps are due, where somebody enters late, and below a minimum.
    fn course(&mut self, policy: &Policy, at: usize) {
        let course = About::Course(policy.applies.id.clone());
        let steps: Vec<&Step> = policy.steps.iter().filter(|step| !step.shadow).collect();
        if steps.len() > 1 {
            let ways =
                [(CatchUp::OneStepPerRun, "one_step_per_run"), (CatchUp::JumpToLatest, "jump_to_latest"), (CatchUp::FireAll, "fire_all")];
            let name = |of: CatchUp| ways.iter().find(|(way, _)| *way == of).map_or("", |(_, name)| *name);
            for (other, becomes) in ways.into_iter().filter(|(way, _)| *way != policy.catch_up) {
                let edit = move |program: &mut Program| program.policies[at].catch_up = other;
                self.put("catch_up", name(policy.catch_up), becomes, course.clone(), edit);
            }
            let ways = [(Resume::FirstUnserved, "first_unserved"), (Resume::Closest, "closest"), (Resume::Rebase, "rebase")];
            let name = |of: Resume| ways.iter().find(|(way, _)| *way == of).map_or("", |(_, name)| *name);
            // Who jumps to the latest step enters there too.
            let same = |way: Resume| policy.catch_up == CatchUp::JumpToLatest && way != Resume::Rebase && policy.resume != Resume::Rebase;
            for (other, becomes) in ways.into_iter().filter(|(way, _)| *way != policy.resume && !same(*way)) {
                let edit = move |program: &mut Program| program.policies[at].resume = other;
                self.put("resume", name(policy.resume), becomes, course.clone(), edit);
            }
        }
        for (was, becomes, other) in other_extensions(policy.extensions) {
            let edit = move |program: &mut Program| program.policies[at].extensions = other;
            self.put("extensions", was, becomes, course.clone(), edit);
        }
        if steps.iter().any(|step| step.min_amount.is_some() || step.min_share.is_some()) {
            let ways = [(BelowMin::Drop, "drop"), (BelowMin::LowerStep, "lower_step"), (BelowMin::Defer, "defer")];
            let name = |of: BelowMin| ways.iter().find(|(way, _)| *way == of).map_or("", |(_, name)| *name);
            // Where every step below is done already there is none to fall back to.
            let has_lower = policy.catch_up == CatchUp::JumpToLatest || policy.resume == Resume::Closest;
            let same = |way: BelowMin| !has_lower && way != BelowMin::Drop && policy.below_min != BelowMin::Drop;
            for (other, becomes) in ways.into_iter().filter(|(way, _)| *way != policy.below_min && !same(*way)) {
                let edit = move |program: &mut Program| program.policies[at].below_min = other;
                self.put("below_min", name(policy.below_min), becomes, course.clone(), edit);
            }
        }
    }

    pub(super) fn step(&mut self, policy: &Policy, step: &Step, at: usize, number: usize) {
        let about = About::Step(policy.applies.id.clone(), step.id.clone());
        self.at(&format!("{}.{}", policy.applies.id, step.id), &step.place);
        if let Some(team) = &step.approve {
            for (becomes, other) in [("no approve", None), (ANOTHER, Some(ANOTHER.to_owned()))] {
                self.put("approve", team.clone(), becomes, about.clone(), move |program| {
                    program.policies[at].steps[number].approve.clone_from(&other);
                });
            }
        }
        // A step before the due date lapses on it: a day later it may be another kind of step.
        let by = [-1, 1].into_iter().filter(|by| (step.at < 0) == (step.at + by < 0));
        for day in by.map(|by| step.at + by) {
            let due = About::Day(policy.applies.id.clone(), step.id.clone(), step.at);
            self.put("at", counted(step.at, "day"), counted(day, "day"), due, move |program| {
                program.policies[at].steps[number].at = day;
            });
        }
        for (index, key) in step.channels.iter().enumerate() {
            self.put(
                "channels",
                key.name(),
                format!("no {}", key.name()),
                About::Channels(policy.applies.id.clone(), step.id.clone()),
                move |program| {
                    program.policies[at].steps[number].channels.remove(index);
                },
            );
        }
        for (index, reword) in step.reword.iter().enumerate() {
            for (key, was) in [("template", &reword.template), ("tone", &reword.tone)] {
                let Some(was) = was else { continue };
                self.put(&format!("reword.{}.{key}", reword.id), was.clone(), ANOTHER, about.clone(), move |program| {
                    let reword = &mut program.policies[at].steps[number].reword[index];
                    let place = if key == "tone" { &mut reword.tone } else { &mut reword.template };
                    *place = Some(ANOTHER.to_owned());
                });
            }
        }
        self.actions(step, at, number, &about);
    }

    /// What a step does, what it does instead, and what is done beside it.
    pub(super) fn actions(&mut self, step: &Step, at: usize, number: usize, about: &About) {
        for (depth, action) in step.actions().enumerate() {
            self.action(action, &"otherwise.".repeat(depth), (at, number, Part::Way(depth)), about);
        }
        if let Some(spare) = &step.when_full {
            self.action(spare, "when_full.", (at, number, Part::Spare), about);
        }
        for (index, companion) in step.also.iter().enumerate() {
            self.action(&companion.action, &format!("also.{}.", companion.id), (at, number, Part::Companion(index)), about);
        }
    }

    /// Changes of one action of a step: of a policy, by number, which.
    fn action(&mut self, action: &Action, key: &str, (at, number, part): (usize, usize, Part), about: &About) {
        let mut put = |name: &str, was: String, becomes: String, edit: Rc<dyn Fn(&mut Action)>| {
            self.put(&format!("{key}{name}"), was, becomes, about.clone(), move |program| {
                let policy = &mut program.policies[at];
                let mut steps = policy.steps.iter_mut().chain(policy.silence.as_mut().map(|silence| &mut silence.step));
                if let Some(action) = steps.nth(number).and_then(|step| part.of(step)) {
                    edit(action);
                }
            });
        };
        let other = if action.verb == Verb::Task { Verb::ReviewCredit } else { Verb::Task };
        put("do", action.verb.name().to_owned(), other.name().to_owned(), Rc::new(move |action| action.verb = other));
        let another = || Some(ANOTHER.to_owned());
        if let Some(was) = &action.template {
            put("template", was.clone(), ANOTHER.to_owned(), Rc::new(move |action| action.template = another()));
        }
        if let Some(was) = &action.tone {
            put("tone", was.clone(), ANOTHER.to_owned(), Rc::new(move |action| action.tone = another()));
        }
        if let Some(was) = &action.to {
            put("to", was.clone(), ANOTHER.to_owned(), Rc::new(move |action| action.to = another()));
        }
        for (was, other) in action.pay_within.into_iter().flat_map(|span| next_to(span).map(move |other| (span, other))) {
            put("pay_within", days(was), days(other), Rc::new(move |action| action.pay_within = Some(other)));
        }
        match action.ask {
            Some(Ask::Share(share, at_least)) => {
                let more = Ask::Share(Rate(share.0.saturating_add(10_000)), at_least);
                put("ask", "its share".to_owned(), "one per cent more".to_owned(), Rc::new(move |action| action.ask = Some(more)));
            }
            Some(Ask::Field(_)) => {
                put("ask", "what a field says".to_owned(), "nothing".to_owned(), Rc::new(move |action| action.ask = None));
            }
            None => {}
        }
        if let Some(cost) = action.cost {
            let dearer = cost.saturating_add(1);
            put("cost", "its cost".to_owned(), "a cent more".to_owned(), Rc::new(move |action| action.cost = Some(dearer)));
        }
    }
}

/// One of the actions of a step.
#[derive(Clone, Copy)]
enum Part {
    /// Its own, or its alternative at so many removes.
    Way(usize),
    /// What is done where it has no place.
    Spare,
    /// Of what is done beside it, by position.
    Companion(usize),
}

impl Part {
    fn of(self, step: &mut Step) -> Option<&mut Action> {
        match self {
            Part::Way(depth) => action_at(&mut step.action, &mut step.otherwise, depth),
            Part::Spare => step.when_full.as_mut(),
            Part::Companion(index) => step.also.get_mut(index).map(|companion| &mut companion.action),
        }
    }
}

/// What else could stand for written limits of extensions, each with the words for both. What is not written is not changed.
fn other_extensions(extensions: Extensions) -> Vec<(String, String, Extensions)> {
    let Extensions::Count { at_most, up_to } = extensions else {
        return vec![("ignore".to_owned(), "count".to_owned(), Extensions::ALL)];
    };
    let mut others = Vec::new();
    for most in at_most.into_iter().flat_map(|most| [most.checked_sub(1), most.checked_add(1)]).flatten() {
        let other = Extensions::Count { at_most: Some(most), up_to };
        others.push((format!("at_most: {}", at_most.unwrap_or(0)), format!("at_most: {most}"), other));
    }
    let span = up_to.map(|days| Span { days, business: false });
    for (was, other) in span.into_iter().flat_map(|span| next_to(span).map(move |other| (span, other))) {
        let changed = Extensions::Count { at_most, up_to: Some(other.days) };
        others.push((format!("up_to: {}", days(was)), format!("up_to: {}", days(other)), changed));
    }
    others
}

/// The action of a step, or of its alternative at so many removes.
fn action_at<'a>(action: &'a mut Action, otherwise: &'a mut Otherwise, depth: usize) -> Option<&'a mut Action> {
    match (depth, otherwise) {
        (0, _) => Some(action),
        (_, Otherwise::Do(action, after)) => action_at(action, after, depth - 1),
        _ => None,
    }
}
