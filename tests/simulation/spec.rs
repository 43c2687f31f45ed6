//! Rule sets as data: written out as the rule files the kernel reads, and read as they stand by the audit.

use std::fmt::Write;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CatchUp {
    OneStepPerRun,
    JumpToLatest,
    FireAll,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resume {
    FirstUnserved,
    Closest,
    Rebase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Payment {
    Continue,
    Restart,
    Wait(i32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    Restart,
    FinishOld,
    /// The n-th step there counts as the n-th one here.
    Map,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BelowMin {
    Drop,
    LowerStep,
    Defer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Terminal {
    Stop,
    RepeatLast(i32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    Always,
    HasEmail,
    /// All open items of the customer, in whole euros.
    Owes(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Otherwise {
    Unsaid,
    Skip,
    Wait,
    Task,
}

#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub at: i32,
    pub verb: &'static str,
    pub when: When,
    pub otherwise: Otherwise,
    pub approve: bool,
    /// Whole euros.
    pub min_amount: Option<i64>,
    /// Percent of all open items.
    pub min_share: Option<i64>,
}

impl Step {
    /// The channel of its contact, as the log of contacts calls it.
    pub fn channel(verb: &str) -> Option<&'static str> {
        match verb {
            "email" => Some("email"),
            "letter" => Some("letter"),
            "call" => Some("phone"),
            "registered_letter" => Some("registered_letter"),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Policy {
    pub id: &'static str,
    pub per_invoice: bool,
    pub gap: i32,
    pub catch_up: CatchUp,
    pub resume: Resume,
    pub payment: Payment,
    pub change: Change,
    pub below_min: BelowMin,
    pub terminal: Terminal,
    /// Comes on the ladder from so many euros on, and leaves it below them.
    pub least: Option<i64>,
    /// Customers with at least so many broken promises stand no lower than before the step at this position.
    pub entry: Option<(i64, usize)>,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy)]
pub struct Cap {
    pub id: &'static str,
    pub at_most: usize,
    pub within: i32,
    pub per_group: bool,
    pub count: &'static [&'static str],
    pub postpones: bool,
}

/// How letters go out.
#[derive(Debug, Clone, Copy)]
pub struct Post {
    /// Weekdays on which they are printed, where not every day.
    pub prints: Option<&'static str>,
    /// Calendar days until they arrive.
    pub takes: i32,
}

#[derive(Debug, Clone)]
pub struct Rules {
    pub name: &'static str,
    /// For the tiers `a` and `b`.
    pub policies: [Policy; 2],
    pub caps: Vec<Cap>,
    /// Saturdays and Sundays; `Some(true)` postpones, `Some(false)` drops.
    pub quiet: Option<bool>,
    pub post: Option<Post>,
    pub disputes_pause: bool,
    pub capacity: Option<u32>,
}

pub fn step_name(at: usize) -> String {
    format!("s{at}")
}

impl Rules {
    /// The escalation file.
    pub fn text(&self) -> String {
        let clock = if self.disputes_pause { "pauses" } else { "runs" };
        let mut out = format!(
            "relance: 1\nkind: escalation\nblocks:\n  \
             - {{block: contested, on: invoice, when: dispute_status = open, stops: [contact, escalation], clock: {clock}}}\n  \
             - block: promised\n    on: invoice\n    when: item_promise_date is known and as_of <= item_promise_date\n    stops: [contact, escalation]\n    clock: runs\n\
             policies:\n"
        );
        self.policies.iter().zip(["=", "!="]).for_each(|(policy, sign)| self.policy(policy, sign, &mut out));
        if !self.caps.is_empty() {
            out.push_str("caps:\n");
        }
        for cap in &self.caps {
            let per = if cap.per_group { "group" } else { "customer" };
            let then = if cap.postpones { "postpone" } else { "drop" };
            let count = cap.count.join(", ");
            let Cap { id, at_most, within, .. } = cap;
            let _ =
                writeln!(out, "  - {{cap: {id}, at_most: {at_most}, within: {within} days, per: {per}, count: [{count}], then: {then}}}");
        }
        if let Some(postpones) = self.quiet {
            let then = if postpones { "postpone" } else { "drop" };
            let _ = writeln!(out, "quiet_days: {{skip: [saturday, sunday], then: {then}}}");
        }
        if let Some(post) = self.post {
            let prints = post.prints.map_or(String::new(), |days| format!(", prints: [{days}]"));
            let _ = writeln!(out, "post:\n  - {{site: press, when: true{prints}, takes: {} days}}", post.takes);
        }
        if let Some(capacity) = self.capacity {
            let _ = writeln!(
                out,
                "assignments:\n  - table: queue\n    grain: customer\n    hit: first\n    output: {{queue: [desk]}}\n    rules:\n      \
                 - {{id: everyone, when: true, then: desk}}\n    capacity: {{desk: {capacity}}}\n    counts: [call, email]"
            );
        }
        out
    }

    fn policy(&self, policy: &Policy, sign: &str, out: &mut String) {
        let (grain, clock) = if policy.per_invoice { ("invoice", "days_past_due") } else { ("customer", "oldest_days_past_due") };
        let _ = write!(
            out,
            "  - policy: {}\n    for: if_missing(tier, 'a') {sign} 'a'\n    grain: {grain}\n    clock: {clock}\n    gap: {} days\n    catch_up: {}\n    \
             resume: {}\n    below_min: {}\n",
            policy.id,
            policy.gap,
            match policy.catch_up {
                CatchUp::OneStepPerRun => "one_step_per_run",
                CatchUp::JumpToLatest => "jump_to_latest",
                CatchUp::FireAll => "fire_all",
            },
            match policy.resume {
                Resume::FirstUnserved => "first_unserved",
                Resume::Closest => "closest",
                Resume::Rebase => "rebase",
            },
            match policy.below_min {
                BelowMin::Drop => "drop",
                BelowMin::LowerStep => "lower_step",
                BelowMin::Defer => "defer",
            },
        );
        if let Some(least) = policy.least {
            let _ = write!(out, "    enter_when: exposure >= {least} EUR\n    leave_when: exposure < {least} EUR\n");
        }
        let _ = match policy.payment {
            Payment::Continue => writeln!(out, "    after_part_payment: continue"),
            Payment::Restart => writeln!(out, "    after_part_payment: restart"),
            Payment::Wait(days) => writeln!(out, "    after_part_payment: wait {days} days"),
        };
        let _ = match policy.change {
            Change::Restart => writeln!(out, "    on_policy_change: restart"),
            Change::FinishOld => writeln!(out, "    on_policy_change: finish_old"),
            Change::Map => {
                let most = self.policies.iter().map(|policy| policy.steps.len()).min().unwrap_or(0);
                let pairs: Vec<String> = (0..most).map(|at| format!("{0}: {0}", step_name(at))).collect();
                writeln!(out, "    on_policy_change: {{map: {{{}}}}}", pairs.join(", "))
            }
        };
        let _ = match policy.terminal {
            Terminal::Stop => writeln!(out, "    terminal: {{stop: end_of_ladder}}"),
            Terminal::RepeatLast(days) => writeln!(out, "    terminal: {{repeat_last: {days} days}}"),
        };
        if let Some((broken, step)) = policy.entry {
            let _ =
                writeln!(out, "    entries:\n      - {{entry: broken, when: broken_promises_12m >= {broken}, step: {}}}", step_name(step));
        }
        out.push_str("    steps:\n");
        policy.steps.iter().enumerate().for_each(|(at, step)| write_step(at, step, out));
    }
}

fn write_step(at: usize, step: &Step, out: &mut String) {
    let _ = write!(out, "      - step: {}\n        at: {} days\n        do: {}\n", step_name(at), step.at, step.verb);
    if Step::channel(step.verb).is_some() && step.verb != "call" {
        out.push_str("        template: text\n");
    }
    if step.verb == "transfer" {
        out.push_str("        to: agency\n");
    }
    match step.when {
        When::Always => {}
        When::HasEmail => out.push_str("        when: email is known\n"),
        When::Owes(euros) => {
            let _ = writeln!(out, "        when: exposure >= {euros} EUR");
        }
    }
    out.push_str(match step.otherwise {
        Otherwise::Unsaid => "",
        Otherwise::Skip => "        otherwise: skip\n",
        Otherwise::Wait => "        otherwise: wait\n",
        Otherwise::Task => "        otherwise: {do: task}\n",
    });
    if step.approve {
        out.push_str("        approve: team\n");
    }
    if let Some(euros) = step.min_amount {
        let _ = writeln!(out, "        min_amount: {euros} EUR");
    }
    if let Some(percent) = step.min_share {
        let _ = writeln!(out, "        min_share: {percent}%");
    }
}

fn step(at: i32, verb: &'static str) -> Step {
    Step { at, verb, when: When::Always, otherwise: Otherwise::Unsaid, approve: false, min_amount: None, min_share: None }
}

/// A ladder with every kind of step.
fn rich() -> Vec<Step> {
    vec![
        Step { when: When::HasEmail, otherwise: Otherwise::Skip, ..step(-5, "email") },
        Step { when: When::HasEmail, otherwise: Otherwise::Task, ..step(1, "email") },
        step(8, "letter"),
        Step { when: When::Owes(400), otherwise: Otherwise::Skip, ..step(15, "call") },
        Step { min_amount: Some(150), ..step(22, "letter") },
        Step { min_share: Some(30), ..step(30, "registered_letter") },
        Step { approve: true, ..step(45, "transfer") },
        step(60, "task"),
    ]
}

/// A ladder of few steps, the last of which is repeated.
fn short() -> Vec<Step> {
    vec![
        step(2, "letter"),
        Step { when: When::Owes(300), otherwise: Otherwise::Wait, ..step(10, "call") },
        Step { min_amount: Some(100), ..step(20, "letter") },
        Step { approve: true, ..step(35, "registered_letter") },
        step(50, "letter"),
    ]
}

/// A ladder that nothing bends: each step acts.
fn plain() -> Vec<Step> {
    [3, 10, 17, 30, 45]
        .into_iter()
        .zip(["letter", "call", "letter", "registered_letter", "task"])
        .map(|(at, verb)| step(at, verb))
        .collect()
}

const TWO_A_WEEK: Cap = Cap {
    id: "two_a_week",
    at_most: 2,
    within: 7,
    per_group: true,
    count: &["email", "letter", "call", "registered_letter"],
    postpones: true,
};
const CALLS: Cap = Cap { id: "calls", at_most: 1, within: 10, per_group: false, count: &["call"], postpones: false };
const LETTERS: Cap = Cap { id: "letters", at_most: 1, within: 6, per_group: false, count: &["letter"], postpones: true };

/// Rule sets that together use every mode.
pub fn all() -> Vec<Rules> {
    vec![
        plain_rules("plain, per invoice", true, CatchUp::OneStepPerRun),
        plain_rules("plain, per customer", false, CatchUp::FireAll),
        careful(),
        by_invoice(),
        jumping(),
    ]
}

fn base() -> Policy {
    Policy {
        id: "first",
        per_invoice: false,
        gap: 3,
        catch_up: CatchUp::OneStepPerRun,
        resume: Resume::FirstUnserved,
        payment: Payment::Continue,
        change: Change::Restart,
        below_min: BelowMin::Defer,
        terminal: Terminal::Stop,
        least: None,
        entry: None,
        steps: plain(),
    }
}

fn plain_rules(name: &'static str, per_invoice: bool, catch_up: CatchUp) -> Rules {
    let policy = |id| Policy { id, per_invoice, catch_up, change: Change::Map, ..base() };
    Rules {
        name,
        policies: ["first", "second"].map(policy),
        caps: Vec::new(),
        quiet: None,
        post: None,
        disputes_pause: false,
        capacity: None,
    }
}

fn careful() -> Rules {
    Rules {
        name: "careful",
        policies: [
            Policy { payment: Payment::Wait(5), terminal: Terminal::RepeatLast(20), steps: rich(), ..base() },
            Policy {
                id: "second",
                resume: Resume::Closest,
                change: Change::Map,
                below_min: BelowMin::LowerStep,
                least: Some(40),
                steps: short(),
                ..base()
            },
        ],
        caps: vec![TWO_A_WEEK, CALLS],
        quiet: Some(true),
        post: Some(Post { prints: Some("tuesday, friday"), takes: 2 }),
        disputes_pause: true,
        capacity: None,
    }
}

fn by_invoice() -> Rules {
    Rules {
        name: "by invoice",
        policies: [
            Policy {
                per_invoice: true,
                catch_up: CatchUp::FireAll,
                resume: Resume::Closest,
                below_min: BelowMin::Drop,
                change: Change::FinishOld,
                steps: rich(),
                ..base()
            },
            Policy {
                id: "second",
                per_invoice: true,
                gap: 0,
                resume: Resume::Rebase,
                payment: Payment::Restart,
                terminal: Terminal::RepeatLast(15),
                entry: Some((1, 2)),
                steps: short(),
                ..base()
            },
        ],
        caps: vec![LETTERS],
        quiet: None,
        post: Some(Post { prints: None, takes: 3 }),
        disputes_pause: true,
        capacity: Some(9),
    }
}

fn jumping() -> Rules {
    Rules {
        name: "jumping",
        policies: [
            Policy {
                catch_up: CatchUp::JumpToLatest,
                resume: Resume::Rebase,
                payment: Payment::Restart,
                change: Change::FinishOld,
                below_min: BelowMin::LowerStep,
                steps: rich(),
                ..base()
            },
            Policy {
                id: "second",
                gap: 5,
                resume: Resume::FirstUnserved,
                change: Change::Map,
                below_min: BelowMin::Drop,
                entry: Some((1, 2)),
                terminal: Terminal::RepeatLast(30),
                steps: short(),
                ..base()
            },
        ],
        caps: vec![TWO_A_WEEK],
        quiet: Some(false),
        post: None,
        disputes_pause: false,
        capacity: Some(30),
    }
}
