//! Single changes of what rules carry, beside their conditions: a gap one day longer, a place more in a queue, another template.
//!
//! A condition can be seen true and false; a number that nothing is compared with cannot. Whether tests would notice a slip in one is
//! asked of the tests themselves: they run once more on the rules with it. A change that could make no difference to anybody, such as an
//! effect that a block stops anyway, is none.

mod beside;
mod ladders;
mod manners;

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::rules::program::{
    Assignment, Block, Cap, Cell, Clock, Contractual, DecisionTable, Effect, Grain, Overflow, PenaltyRule, Per, Program, QuietDays, Shift,
    Span, Step, Type, Verb,
};

/// What stands in place of a template, a tone or a receiver.
const ANOTHER: &str = "another one";
/// The span of what is written without one.
const MONTH: Span = Span { days: 30, business: false };

/// What is carried to one column only.
const SHOWN_BY: &[(&str, &str)] = &[
    ("approve", "status_reason"),
    ("template", "template"),
    ("tone", "tone"),
    ("to", "to"),
    ("pay_within", "pay_by"),
    ("cost", "expected_value"),
    ("review_after", "reviews"),
    ("ask", "amount_asked"),
    ("payments", "offer_payments"),
    ("every", "offer_until"),
    ("first", "offer_first"),
    ("fee", "fee"),
    ("zones", "hours_from"),
    ("languages", "language"),
    ("takes", "arrives_on"),
];

/// One thing changed in a rule set.
#[derive(Clone)]
pub struct Change {
    /// What is changed, for example `company.gap`.
    pub owner: String,
    /// `file:line` of the rule.
    pub place: String,
    /// As it is, and as it becomes.
    pub was: String,
    pub becomes: String,
    pub about: About,
    /// Key of an expectation without which no single night can show it; `None` where any may.
    pub shown_by: Option<&'static str>,
    edit: Rc<dyn Fn(&mut Program)>,
}

/// What a change touches, by the names of rules: a night on which none of it decided is the same with it.
#[derive(Debug, Clone)]
pub enum About {
    /// What a step does: policy, step.
    Step(String, String),
    /// Which of its contacts a step makes: policy, step.
    Channels(String, String),
    /// The day a step is due: policy, step, day by the policy's clock.
    Day(String, String, i32),
    Gap(String, Span),
    Payment(String, i32),
    End(String, Option<Span>),
    /// Which step a ladder goes on with: after missed nights, late, below a minimum.
    Course(String),
    PolicyChange(String),
    /// What a block stops, and what goes out without it.
    Stops(String, Vec<Verb>),
    Clock(String),
    Review(String, Span),
    /// What a task or proposal carries: its table, its name, the column that shows it, and a span of age after which it shows.
    Standing(&'static str, String, &'static str, Option<Span>),
    /// Which debts a placement hands over: its name.
    Placement(String),
    /// How a payment that came back is presented again: its id, and the span after which it is.
    Representation(String, Span),
    Cap(Cap),
    QuietDays,
    /// A queue, and how many actions it takes.
    Queue(String, u32),
    Penalty(String),
    /// A row of a table, or its `otherwise`.
    Result(String),
    /// Hours of contact, tone or language: a column of what goes out.
    Manner,
    /// The longest silence of a policy.
    Silence(String),
}

impl Change {
    /// What an exception in a test file names: `company.gap: no test tells 4 days from 5 days`.
    pub fn name(&self) -> String {
        format!("{}: no test tells {} from {}", self.owner, self.was, self.becomes)
    }

    /// The rules with the change.
    pub fn applied(&self, program: &Program) -> Program {
        let mut program = program.clone();
        (self.edit)(&mut program);
        program
    }
}

/// All single changes of what the rules of a night carry, in order of file as far as they are written in one.
pub fn all(program: &Program) -> Vec<Change> {
    let steps = program.policies.iter().flat_map(|policy| &policy.steps).filter(|step| !step.shadow);
    let verbs = steps.flat_map(Step::all_actions).map(|action| action.verb).collect();
    let mut list = List { changes: Vec::new(), verbs, owner: String::new(), place: String::new() };
    program.tables.iter().enumerate().for_each(|(at, table)| list.table(table, at, false, program));
    program.blocks.iter().enumerate().for_each(|(at, block)| list.block(block, at));
    program.tasks.iter().enumerate().for_each(|(at, task)| list.task(task, at, program));
    program.proposals.iter().enumerate().for_each(|(at, proposal)| list.proposal(proposal, at, program));
    program.representations.iter().enumerate().for_each(|(at, one)| list.representation(one, at));
    for (at, policy) in program.policies.iter().enumerate() {
        list.policy(policy, at, &program.policies);
        for (number, step) in policy.steps.iter().enumerate().filter(|(_, step)| !step.shadow) {
            list.step(policy, step, at, number);
        }
        manners::silence(&mut list, policy, at);
    }
    program.offers.iter().enumerate().for_each(|(at, offer)| list.offer(offer, at));
    program.caps.iter().enumerate().for_each(|(at, cap)| list.cap(cap, at));
    manners::put(&mut list, program);
    program.quiet_days.iter().enumerate().for_each(|(at, quiet)| list.quiet_days(quiet, at));
    program.assignments.iter().enumerate().for_each(|(at, assignment)| list.assignment(assignment, at, program));
    program.penalties.iter().enumerate().for_each(|(at, penalty)| list.penalty(penalty, at, program));
    list.changes
}

/// What no test of one customer can see, because it takes a portfolio.
pub fn of_the_portfolio(program: &Program) -> Vec<String> {
    let shares = program.trials.iter().map(|trial| format!("share of {}", trial.id));
    let ranks = program.assignments.iter().filter(|queue| !queue.rank.is_empty()).map(|queue| format!("rank of {}", queue.table.id));
    shares.chain(ranks).collect()
}

struct List {
    changes: Vec<Change>,
    /// What steps do: what none of them does is stopped and counted by nothing.
    verbs: BTreeSet<Verb>,
    /// The rule at hand, and where it stands.
    owner: String,
    place: String,
}

impl List {
    fn put(&mut self, key: &str, was: impl Into<String>, becomes: impl Into<String>, about: About, edit: impl Fn(&mut Program) + 'static) {
        let owner = if key.is_empty() { self.owner.clone() } else { format!("{}.{key}", self.owner) };
        let (was, becomes) = (was.into(), becomes.into());
        let of_task = matches!(about, About::Standing(..));
        let shown_by =
            SHOWN_BY.iter().filter(|_| !of_task).find(|(changed, _)| key.rsplit('.').next() == Some(*changed)).map(|(_, shown)| *shown);
        self.changes.push(Change { owner, place: self.place.clone(), was, becomes, about, shown_by, edit: Rc::new(edit) });
    }

    fn at(&mut self, owner: &str, place: &str) {
        (self.owner, self.place) = (owner.to_owned(), place.to_owned());
    }

    fn table(&mut self, table: &DecisionTable, at: usize, is_queue: bool, program: &Program) {
        let ty = &program.fields[table.output.0 as usize].ty;
        // Counted rows give one each, whatever stands behind them.
        let Some(shown) = result(ty).filter(|_| table.hit.decides_by_one() || matches!(ty, Type::Tags(_))) else { return };
        for (number, (rule, cell)) in table.rows.iter().enumerate() {
            let Some(other) = other_result(ty, *cell) else { continue };
            self.at(&rule.id, &rule.place);
            self.put("", shown(*cell), shown(other), About::Result(rule.id.clone()), move |program| {
                table_of(program, at, is_queue).rows[number].1 = other;
            });
        }
        if let (Some(cell), Some((last, _))) = (table.otherwise, table.rows.last())
            && let Some(other) = other_result(ty, cell)
        {
            let id = format!("{}.otherwise", table.id);
            self.at(&id, &last.place);
            self.put("", shown(cell), shown(other), About::Result(id), move |program| {
                table_of(program, at, is_queue).otherwise = Some(other);
            });
        }
    }

    fn block(&mut self, block: &Block, at: usize) {
        let id = &block.rule.id;
        self.at(id, &block.rule.place);
        for effect in &block.stops {
            let left: Vec<Effect> = block.stops.iter().copied().filter(|other| other != effect).collect();
            let mut freed: Vec<Verb> = stopped(block.on, &block.stops).difference(&stopped(block.on, &left)).copied().collect();
            freed.retain(|verb| self.verbs.contains(verb));
            if freed.is_empty() && *effect != Effect::Penalties {
                continue;
            }
            let becomes = format!("none of {}", effect_name(*effect));
            let stops = About::Stops(id.clone(), freed);
            self.put("stops", effect_name(*effect), becomes, stops, move |program| program.blocks[at].stops.clone_from(&left));
        }
        let other = if block.clock == Clock::Runs { Clock::Pauses } else { Clock::Runs };
        let shown = |clock| if clock == Clock::Runs { "runs" } else { "pauses" };
        self.put("clock", shown(block.clock), shown(other), About::Clock(id.clone()), move |program| program.blocks[at].clock = other);
        if let Some(span) = block.review_after {
            for other in next_to(span) {
                let about = About::Review(id.clone(), span);
                self.put("review_after", days(span), days(other), about, move |program| program.blocks[at].review_after = Some(other));
            }
        }
    }

    fn cap(&mut self, cap: &Cap, at: usize) {
        let about = About::Cap(cap.clone());
        self.at(&cap.id, &cap.place);
        let numbers = [cap.at_most.saturating_sub(1), cap.at_most.saturating_add(1)];
        for other in numbers.into_iter().filter(|number| *number > 0 && !cap.after_conversation) {
            let edit = move |program: &mut Program| program.caps[at].at_most = other;
            self.put("at_most", cap.at_most.to_string(), other.to_string(), about.clone(), edit);
        }
        let span = |days| Span { days, business: false };
        for other in next_to(span(cap.within)).filter(|other| other.days > 0) {
            let edit = move |program: &mut Program| program.caps[at].within = other.days;
            self.put("within", days(span(cap.within)), days(other), about.clone(), edit);
        }
        let other = if cap.per == Per::Customer { Per::Group } else { Per::Customer };
        self.put("per", cap.per.name(), other.name(), about.clone(), move |program| program.caps[at].per = other);
        for verb in cap.count.iter().copied().filter(|_| cap.count.len() > 1) {
            let without = format!("no {}", verb.name());
            let edit = move |program: &mut Program| program.caps[at].count.retain(|counted| *counted != verb);
            self.put("count", verb.name(), without, about.clone(), edit);
        }
        let (was, becomes, other) = overflow(cap.then);
        self.put("then", was, becomes, about, move |program| program.caps[at].then = other);
    }

    fn quiet_days(&mut self, quiet: &QuietDays, at: usize) {
        self.at("quiet_days", &quiet.place);
        for weekday in quiet.weekdays.iter().copied() {
            let name = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].get(weekday as usize - 1).copied();
            let name = name.unwrap_or_default();
            self.put("skip", name, format!("no {name}"), About::QuietDays, move |program| {
                program.quiet_days[at].weekdays.retain(|day| *day != weekday);
            });
        }
        if quiet.public_holidays {
            self.put("skip", "public_holidays", "no public_holidays", About::QuietDays, move |program| {
                program.quiet_days[at].public_holidays = false;
            });
        }
        for verb in quiet.verbs.iter().copied() {
            let edit = move |program: &mut Program| program.quiet_days[at].verbs.retain(|stopped| *stopped != verb);
            if quiet.verbs.len() > 1 {
                self.put("for", verb.name(), format!("no {}", verb.name()), About::QuietDays, edit);
            }
        }
        if !quiet.calendars.is_empty() {
            let edit = move |program: &mut Program| program.quiet_days[at].calendars.clear();
            self.put("calendars", "those of the debtors", "none", About::QuietDays, edit);
        }
        let name = |shift| match shift {
            Shift::Next => "next_business_day",
            Shift::Previous => "previous_business_day",
            Shift::Drop => "drop",
        };
        let other = if quiet.then == Shift::Drop { Shift::Next } else { Shift::Drop };
        self.put("then", name(quiet.then), name(other), About::QuietDays, move |program| program.quiet_days[at].then = other);
    }

    fn assignment(&mut self, assignment: &Assignment, at: usize, program: &Program) {
        self.table(&assignment.table, at, true, program);
        let Some((first, _)) = assignment.table.rows.first() else { return };
        self.at(&assignment.table.id, &first.place);
        let Type::Enum(names) = &program.fields[assignment.table.output.0 as usize].ty else { return };
        let name = |cell: Cell| usize::try_from(cell).ok().and_then(|at| names.get(at)).cloned().unwrap_or_default();
        for (number, (queue, capacity)) in assignment.capacity.iter().copied().enumerate() {
            let (queue, key) = (name(queue), format!("capacity.{}", name(queue)));
            for other in [capacity.checked_sub(1), capacity.checked_add(1)].into_iter().flatten() {
                let about = About::Queue(queue.clone(), capacity);
                let edit = move |program: &mut Program| program.assignments[at].capacity[number].1 = other;
                self.put(&key, capacity.to_string(), other.to_string(), about, edit);
            }
        }
        // What nobody wrote is no slip.
        if let Some((queue, capacity)) = assignment.capacity.first().copied().filter(|_| assignment.counts != Verb::by_people()) {
            for verb in assignment.counts.iter().copied().filter(|verb| self.verbs.contains(verb)).collect::<Vec<_>>() {
                let about = About::Queue(name(queue), capacity);
                let edit = move |program: &mut Program| program.assignments[at].counts.retain(|counted| *counted != verb);
                self.put("counts", verb.name(), format!("no {}", verb.name()), about, edit);
            }
        }
    }

    fn penalty(&mut self, penalty: &PenaltyRule, at: usize, program: &Program) {
        let about = About::Penalty(penalty.rule.id.clone());
        self.at(&penalty.rule.id, &penalty.rule.place);
        let name =
            |regime: Option<usize>| regime.and_then(|at| program.rates.regimes.get(at)).map_or("none", |regime| regime.name.as_str());
        let other = if penalty.regime.is_some() { None } else { (!program.rates.regimes.is_empty()).then_some(0) };
        if other != penalty.regime {
            let edit = move |program: &mut Program| {
                program.penalties[at].regime = other;
                program.penalties[at].compound &= other.is_some();
            };
            self.put("regime", name(penalty.regime), name(other), about.clone(), edit);
        }
        if penalty.contractual != Contractual::No {
            let was = if penalty.contractual == Contractual::Customer { "customer" } else { "true" };
            let edit = move |program: &mut Program| program.penalties[at].contractual = Contractual::No;
            self.put("contractual", was, "false", about.clone(), edit);
        }
        if penalty.compound {
            self.put("compound", "true", "false", about, move |program| program.penalties[at].compound = false);
        }
    }
}

fn table_of(program: &mut Program, at: usize, is_queue: bool) -> &mut DecisionTable {
    if is_queue { &mut program.assignments[at].table } else { &mut program.tables[at] }
}

/// How a result is shown; `None` for one that no other stands beside.
fn result(ty: &Type) -> Option<impl Fn(Cell) -> String> {
    let names = match ty {
        Type::Enum(names) | Type::Tags(names) => names.clone(),
        _ => return None,
    };
    let is_set = matches!(ty, Type::Tags(_));
    Some(move |cell: Cell| {
        let at = if is_set { usize::try_from(cell.trailing_zeros()).ok() } else { usize::try_from(cell).ok() };
        at.and_then(|at| names.get(at)).cloned().unwrap_or_default()
    })
}

/// The result next to one.
fn other_result(ty: &Type, cell: Cell) -> Option<Cell> {
    match ty {
        Type::Enum(names) => {
            let count = Cell::try_from(names.len()).ok().filter(|count| *count > 1)?;
            Some((cell + 1) % count)
        }
        Type::Tags(names) => {
            let next = (cell.trailing_zeros() + 1) % u32::try_from(names.len()).ok().filter(|count| *count > 1)?;
            Some(1 << next)
        }
        _ => None,
    }
}

/// What does not go out while these effects are stopped.
fn stopped(on: Grain, effects: &[Effect]) -> BTreeSet<Verb> {
    // An item about which contact or escalation is stopped is asked for by nothing.
    let is_silent = on == Grain::Invoice && effects.iter().any(|effect| matches!(effect, Effect::Contact | Effect::Escalation));
    let is_stopped = |verb: &Verb| match on {
        Grain::Invoice => is_silent,
        Grain::Customer => verb.stopped_by().iter().any(|effect| effects.contains(effect)),
    };
    Verb::ALL.iter().map(|(verb, ..)| *verb).filter(is_stopped).collect()
}

fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::Contact => "contact",
        Effect::Penalties => "penalties",
        Effect::Escalation => "escalation",
        Effect::Agency => "agency",
    }
}

fn overflow(then: Overflow) -> (&'static str, &'static str, Overflow) {
    match then {
        Overflow::Postpone => ("postpone", "drop", Overflow::Drop),
        Overflow::Drop => ("drop", "postpone", Overflow::Postpone),
    }
}

/// A day less, where that is still a span, and a day more.
fn next_to(span: Span) -> impl Iterator<Item = Span> {
    let days = [span.days.checked_sub(1).filter(|days| *days >= 0), span.days.checked_add(1)];
    days.into_iter().flatten().map(move |days| Span { days, ..span })
}

fn days(span: Span) -> String {
    let unit = if span.business { "business day" } else { "day" };
    format!("{} {unit}{}", span.days, if span.days == 1 { "" } else { "s" })
}
