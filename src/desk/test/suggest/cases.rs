//! Cases in which a single change of the rules can make a difference: known ones, moved to where the changed thing is asked.

use std::collections::BTreeSet;

use crate::desk::test::suggest::changes::{quiet_days, review_days};
use crate::desk::test::suggest::expected::Effects;
use crate::desk::test::suggest::{clocks, drawn_to, set_customer, with};
use crate::rules::changes::{About, Change};
use crate::rules::program::{Cap, Cell, Policy, Program, Span, Step, Type, Verb};
use crate::rules::test_file::{AHEAD_IN_QUEUE, Given, GivenFact, GivenRow, Night, Value};

/// Known cases taken for one purpose at most.
const FEW: usize = 3;
/// Days since the last step after which no gap holds.
const LONG_AGO: i64 = 60;
/// Another customer of the debtor group.
const OTHER: &str = "C-2";
/// What is said of a ladder and of what is owed: a cause of a block is something else.
const LADDER: &[&str] = &[
    "last_step",
    "last_step_date",
    "days_since_last_action",
    "current_policy",
    "days_past_due",
    "due_date",
    "amount",
    "amount_open",
    AHEAD_IN_QUEUE,
];

/// A case of one night, and what came of it.
pub struct Known {
    pub night: Night,
    pub fired: BTreeSet<String>,
    pub effects: Effects,
}

/// What cases are made from.
pub struct Cases<'a> {
    pub program: &'a Program,
    pub known: &'a [Known],
    /// The plain case of the test file.
    pub base: &'a Given,
}

impl Cases<'_> {
    /// Cases for a change, the likeliest first.
    pub fn of(&self, change: &Change) -> Vec<Vec<Night>> {
        match &change.about {
            About::Step(policy, step) => self.of_step(policy, step),
            About::Channels(policy, step) => self.of_channels(policy, step),
            About::Result(rule) | About::Placement(rule) => self.decided(rule, usize::MAX).map(|known| vec![known.night.clone()]).collect(),
            About::Day(policy, step, day) => self.of_day(policy, step, *day),
            About::Gap(policy, span) => self.of_gap(policy, *span),
            About::Payment(policy, days) => self.of_payment(policy, *days),
            About::End(policy, span) => self.of_end(policy, *span),
            About::Course(policy) => self.of_course(policy),
            About::PolicyChange(policy) => self.of_policy_change(policy),
            About::Stops(block, verbs) => self.of_stops(block, verbs),
            About::Clock(block) => self.of_clock(block),
            About::Review(block, span) => self.of_review(block, *span),
            About::Standing(_, task, _, span) => self.of_task(task, *span),
            About::Representation(id, span) => self.of_review(id, *span),
            About::Cap(cap) => self.of_cap(cap),
            About::QuietDays => self.of_quiet_days(),
            About::Manner => self.known.iter().take(FEW * FEW).map(|known| vec![known.night.clone()]).collect(),
            About::Silence(policy) => {
                self.decided(&format!("{policy}.silence"), usize::MAX).map(|known| vec![known.night.clone()]).collect()
            }
            About::Queue(queue, capacity) => self.of_queue(queue, *capacity),
            About::Penalty(rule) => self.of_penalty(rule),
        }
    }

    fn decided<'c>(&'c self, id: &'c str, most: usize) -> impl Iterator<Item = &'c Known> {
        self.known.iter().filter(move |known| known.fired.contains(id)).take(most)
    }

    fn policy(&self, id: &str) -> Option<&Policy> {
        self.program.policies.iter().find(|policy| policy.applies.id == id)
    }

    /// Known cases in which a step went out, with its position.
    fn on_steps<'c>(&'c self, policy: &'c Policy, most: usize) -> impl Iterator<Item = (usize, &'c Known)> {
        policy.steps.iter().enumerate().filter(|(_, step)| !step.shadow).flat_map(move |(at, step)| {
            let ids = [format!("{}.{}", policy.applies.id, step.id), format!("{}.{}.otherwise", policy.applies.id, step.id)];
            let goes_out = |known: &&Known| known.effects.is("step", &step.id);
            self.known
                .iter()
                .filter(move |known| ids.iter().any(|id| known.fired.contains(id)))
                .filter(goes_out)
                .take(most)
                .map(move |known| (at, known))
        })
    }

    fn of_step(&self, policy: &str, step: &str) -> Vec<Vec<Night>> {
        let (own, other) = (format!("{policy}.{step}"), format!("{policy}.{step}.otherwise"));
        let bases: Vec<&Known> = self.decided(&other, FEW).chain(self.decided(&own, FEW)).collect();
        let mut cases: Vec<Vec<Night>> = bases.iter().map(|known| vec![known.night.clone()]).collect();
        let addresses = ["email", "phone", "address"];
        for gone in [&addresses[..1], &addresses[1..2], &addresses[2..], &addresses[..2], &addresses[1..], &["email", "address"]] {
            cases.extend(bases.iter().map(|known| {
                one(known, |given| {
                    for address in addresses {
                        let value = if gone.contains(&address) { Value::Missing } else { text("something") };
                        set_customer(given, address, value);
                    }
                })
            }));
        }
        cases
    }

    fn of_channels(&self, policy: &str, step: &str) -> Vec<Vec<Night>> {
        let mut cases = self.of_step(policy, step);
        let known: Vec<Night> = cases.iter().flatten().cloned().collect();
        cases.extend(known.iter().flat_map(|night| drawn_to(&night.given).into_iter().map(|given| vec![at_night(night, given)])));
        cases
    }

    /// The day a step is due and those next to it, for who is served with it: its condition holds, and the step before it is done.
    fn of_day(&self, policy: &str, step: &str, day: i32) -> Vec<Vec<Night>> {
        let Some(ladder) = self.policy(policy) else { return Vec::new() };
        let Some(at) = ladder.steps.iter().position(|its| its.id == step) else { return Vec::new() };
        let before = at.checked_sub(1).map(|before| &ladder.steps[before].id);
        let late = |given: &mut Given, by: i32| set_invoice(given, "days_past_due", Value::Days(i64::from(day + by)));
        let known = self.on_steps(ladder, FEW).filter(|(its, _)| *its == at).map(|(_, known)| known);
        let mut cases = Vec::new();
        for known in known {
            cases.extend([-1, 0, 1].map(|by| one(known, |given| late(given, by))));
            if let Some(before) = before {
                cases.extend([-1, 0, 1].map(|by| {
                    one(known, |given| {
                        stand(given, policy, before, LONG_AGO);
                        late(given, by);
                    })
                }));
            }
        }
        cases
    }

    fn of_gap(&self, policy: &str, gap: Span) -> Vec<Vec<Night>> {
        let Some(ladder) = self.policy(policy) else { return Vec::new() };
        let mut cases = Vec::new();
        for (at, known) in self.on_steps(ladder, 1) {
            for (policy, step) in self.steps_before(ladder, at) {
                let days = around(gap).into_iter();
                cases.extend(days.map(|days| one(known, |given| stand(given, policy, step, days))));
            }
        }
        cases
    }

    /// The step before one, else a step of another ladder.
    fn steps_before<'c>(&'c self, ladder: &'c Policy, at: usize) -> Vec<(&'c str, &'c str)> {
        match at.checked_sub(1) {
            Some(before) => vec![(&ladder.applies.id, &ladder.steps[before].id)],
            None => {
                let others = self.program.policies.iter().filter(|other| other.applies.id != ladder.applies.id);
                others.filter_map(|other| Some((other.applies.id.as_str(), other.steps.last()?.id.as_str()))).take(2).collect()
            }
        }
    }

    fn of_payment(&self, policy: &str, wait: i32) -> Vec<Vec<Night>> {
        let Some(ladder) = self.policy(policy) else { return Vec::new() };
        let mut cases = Vec::new();
        for (at, known) in self.on_steps(ladder, FEW) {
            // Long enough ago for the gap, and too short for a step that is repeated.
            let rested = i64::from(ladder.gap.days) + 3;
            let paid = around(Span { days: wait, business: false }).into_iter().chain([i64::from(wait) + 2, i64::from(wait) + 3]);
            for (days, since) in paid.flat_map(|days| [(days, LONG_AGO), (days, rested)]).filter(|(days, since)| days < since) {
                cases.push(one(known, |given| {
                    stand(given, policy, &ladder.steps[at.saturating_sub(1)].id, since);
                    let Ok(days) = i32::try_from(days) else { return };
                    let invoice = given.rows("invoices").first().map_or_else(|| "I-1".to_owned(), |row| row.id.clone());
                    let paid_on = Value::Date(known.night.from.plus_days(-days));
                    let cells = [
                        ("invoice_id", text(&invoice)),
                        ("amount", Value::Money(self.program.currency.thousandths(), None)),
                        ("payment_date", paid_on),
                    ];
                    given.tables.insert("payments", vec![row("P-1", &cells)]);
                }));
            }
        }
        cases
    }

    fn of_end(&self, policy: &str, span: Option<Span>) -> Vec<Vec<Night>> {
        let Some((ladder, last)) = self.policy(policy).and_then(|policy| Some((policy, policy.steps.last()?))) else { return Vec::new() };
        let month = Span { days: 30, business: false };
        let days = || span.into_iter().chain([month]).flat_map(around);
        let mut known: Vec<(usize, &Known)> = self.on_steps(ladder, FEW).collect();
        known.reverse();
        known.into_iter().flat_map(|(_, known)| days().map(move |days| one(known, |given| stand(given, policy, &last.id, days)))).collect()
    }

    fn of_course(&self, policy: &str) -> Vec<Vec<Night>> {
        let Some(ladder) = self.policy(policy) else { return Vec::new() };
        let mut cases = Vec::new();
        for (at, known) in self.on_steps(ladder, 2) {
            cases.push(one(known, afresh));
            for before in 0..at {
                cases.push(one(known, |given| stand(given, policy, &ladder.steps[before].id, LONG_AGO)));
            }
            if let Some(smaller) = self.below_minimum(&ladder.steps[at]) {
                cases.push(one(known, |given| set_amount(given, smaller)));
                cases.push(one(known, |given| {
                    set_amount(given, smaller);
                    if let Some(before) = at.checked_sub(2) {
                        stand(given, policy, &ladder.steps[before].id, LONG_AGO);
                    }
                }));
            }
        }
        cases
    }

    /// An amount below the least one of a step, in thousandths.
    fn below_minimum(&self, step: &Step) -> Option<i64> {
        let minimum = step.min_amount?;
        Some(minimum.saturating_sub(1).saturating_mul(self.program.currency.thousandths()))
    }

    fn of_policy_change(&self, policy: &str) -> Vec<Vec<Night>> {
        let Some(ladder) = self.policy(policy) else { return Vec::new() };
        let mut cases = Vec::new();
        for other in self.program.policies.iter().filter(|other| other.applies.id != policy) {
            let known = self.on_steps(other, 1).map(|(_, known)| known).chain(self.decided(&other.applies.id, 1));
            for known in known.take(FEW) {
                for step in &ladder.steps {
                    cases.push(one(known, |given| stand(given, policy, &step.id, LONG_AGO)));
                }
            }
        }
        cases
    }

    fn of_stops(&self, block: &str, verbs: &[Verb]) -> Vec<Vec<Night>> {
        let causes: Vec<&Known> = self.decided(block, FEW).collect();
        let mut cases: Vec<Vec<Night>> = causes.iter().map(|known| vec![known.night.clone()]).collect();
        for ladder in &self.program.policies {
            let does = |step: &Step| step.all_actions().any(|action| verbs.contains(&action.verb));
            for (at, known) in self.on_steps(ladder, 1).filter(|(at, _)| does(&ladder.steps[*at])) {
                for cause in &causes {
                    cases.push(one(known, |given| self.add_cause(given, &cause.night.given)));
                    cases.extend(self.placed(&cause.night, ladder, at, 0));
                }
            }
        }
        cases
    }

    /// A case put on a step: its clock so many days before the day of the step, the ladder on the step before.
    fn placed(&self, night: &Night, ladder: &Policy, at: usize, early: i32) -> Vec<Vec<Night>> {
        let days = Cell::from(ladder.steps[at].at - early);
        let fields = ladder.clock.into_iter().flat_map(|field| clocks(self.program, field, days));
        let givens = fields.filter_map(|(field, cell)| with(&night.given, self.program, field, cell, night.from));
        let on_step = |mut given: Given| {
            match at.checked_sub(1) {
                Some(before) => stand(&mut given, &ladder.applies.id, &ladder.steps[before].id, LONG_AGO),
                None => afresh(&mut given),
            }
            vec![at_night(night, given)]
        };
        givens.map(on_step).collect()
    }

    /// What a case gives beyond the plain one, but for its ladder and what is owed.
    fn add_cause(&self, given: &mut Given, cause: &Given) {
        for (table, rows) in &cause.tables {
            match *table {
                "customers" | "invoices" => {
                    let (Some(row), Some(own)) = (rows.first(), given.tables.entry(table).or_default().first_mut()) else { continue };
                    let plain = self.base.rows(table).first();
                    let differs = |column: &String, value: &Value| plain.and_then(|plain| plain.cells.get(column)) != Some(value);
                    for (column, value) in row.cells.iter().filter(|(column, value)| differs(column, value)) {
                        if !LADDER.contains(&column.as_str()) {
                            own.set(column, value.clone());
                        }
                    }
                }
                "state" => {}
                _ if rows.as_slice() != self.base.rows(table) => {
                    given.tables.insert(table, rows.clone());
                }
                _ => {}
            }
        }
        for fact in cause.facts.iter().filter(|fact| !self.base.facts.contains(fact)) {
            given.facts.retain(|own| own.field != fact.field || own.invoice != fact.invoice);
            given.facts.push(fact.clone());
        }
    }

    /// A night on which the block stands and one on which it does not: the clock shows whether it ran in between.
    fn of_clock(&self, block: &str) -> Vec<Vec<Night>> {
        let mut cases = Vec::new();
        for ladder in &self.program.policies {
            for (at, known) in self.on_steps(ladder, 1).filter(|(at, _)| *at > 0) {
                for cause in self.decided(block, 1) {
                    for placed in self.placed(&known.night, ladder, at, 1).into_iter().flatten() {
                        let mut first = placed.clone();
                        self.add_cause(&mut first.given, &cause.night.given);
                        let mut second = Night { as_of: placed.as_of.plus_days(1), ..placed };
                        let gone = first.given.facts.iter().filter(|fact| !second.given.facts.iter().any(|own| own.field == fact.field));
                        let gone: Vec<GivenFact> = gone.map(|fact| GivenFact { value: Value::Missing, ..fact.clone() }).collect();
                        second.given.facts.extend(gone);
                        // A dispute of the whole takes the customer off the ladder, which then starts afresh.
                        let mut in_part = first.clone();
                        if in_part.given.rows("invoices").iter().any(|row| row.get("dispute_status").is_some()) {
                            set_invoice(&mut in_part.given, "amount_disputed", Value::Money(1_000, None));
                            cases.push(vec![in_part, second.clone()]);
                        }
                        // What does not stop every step shows it while it stands.
                        let stands = Night { as_of: second.as_of, ..first.clone() };
                        cases.extend([vec![first.clone(), second], vec![first, stands]]);
                    }
                }
            }
        }
        cases
    }

    fn of_review(&self, block: &str, span: Span) -> Vec<Vec<Night>> {
        let mut cases = Vec::new();
        for known in self.decided(block, FEW) {
            cases.push(vec![known.night.clone()]);
            for as_of in review_days(known.night.as_of, span.days) {
                cases.push(vec![known.night.clone(), Night { as_of, ..known.night.clone() }]);
            }
        }
        cases
    }

    /// A task as it stands, and around the age at which it goes up.
    fn of_task(&self, task: &str, span: Option<Span>) -> Vec<Vec<Night>> {
        match span {
            None => self.decided(task, FEW).map(|known| vec![known.night.clone()]).collect(),
            Some(span) => self.of_review(task, span),
        }
    }

    fn of_cap(&self, cap: &Cap) -> Vec<Vec<Night>> {
        let mut cases = Vec::new();
        let verbs = || Verb::ALL.iter().filter_map(|(verb, name, channel)| Some((*verb, *name, (*channel)?)));
        let tonight = |name: &str| self.known.iter().find(|known| known.effects.is("action", name) && known.effects.is("status", "due"));
        // One that is counted for certain first, then each with each.
        for (verb, name, _) in verbs().filter(|(verb, ..)| cap.count.contains(verb)) {
            let Some(known) = tonight(name) else { continue };
            for (_, _, channel) in
                verbs().filter(|(other, ..)| *other == verb).chain(verbs().filter(|(other, ..)| cap.count.contains(other)))
            {
                for ago in [1, cap.within - 1, cap.within, cap.within + 1] {
                    for (number, group) in [(cap.at_most, false), (cap.at_most.saturating_sub(1), false), (cap.at_most, true)] {
                        if ago > 0 && number > 0 {
                            cases.push(one(known, |given| contacts(given, known, channel, ago, number, group)));
                        }
                    }
                }
            }
        }
        cases
    }

    fn of_quiet_days(&self) -> Vec<Vec<Night>> {
        let mut cases = Vec::new();
        let contacts = Verb::ALL.iter().filter(|(.., channel)| channel.is_some()).map(|(_, name, _)| *name);
        for known in contacts.filter_map(|name| self.known.iter().find(|known| known.effects.is("action", name))).take(FEW) {
            for as_of in quiet_days(self.program, known.night.as_of) {
                cases.push(vec![Night { as_of, from: as_of, ..known.night.clone() }]);
            }
        }
        cases
    }

    fn of_queue(&self, queue: &str, capacity: u32) -> Vec<Vec<Night>> {
        let mut cases = Vec::new();
        let of_queue = |known: &&Known| known.effects.is("queue", queue) && known.effects.is("status", "due");
        let verbs = || Verb::ALL.iter().map(|(_, name, _)| *name);
        let of_verb = |name: &str| self.known.iter().filter(of_queue).find(|known| known.effects.is("action", name));
        for known in verbs().filter_map(of_verb) {
            for ahead in [capacity.checked_sub(1), Some(capacity), capacity.checked_add(1)].into_iter().flatten() {
                cases.push(one(known, |given| set_customer(given, AHEAD_IN_QUEUE, number(ahead))));
            }
        }
        // Where no known case of the queue is work that its capacity counts, one of it is put on a step that is.
        let is_work = |step: &Step| Verb::by_people().contains(&step.action.verb);
        for known in self.known.iter().filter(|known| self.leads_to(queue).any(|id| known.fired.contains(&id))).take(FEW) {
            for ladder in self.program.policies.iter().filter(|ladder| known.fired.contains(&ladder.applies.id)) {
                for at in (0..ladder.steps.len()).filter(|at| is_work(&ladder.steps[*at])) {
                    let before = at.checked_sub(1).map(|before| ladder.steps[before].id.as_str()).unwrap_or("none");
                    let stands = one(known, |given| stand(given, &ladder.applies.id, before, LONG_AGO));
                    for mut nights in self.placed(&known.night, ladder, at, 0).into_iter().chain([stands]) {
                        nights.iter_mut().for_each(|night| set_customer(&mut night.given, AHEAD_IN_QUEUE, number(capacity)));
                        cases.push(nights.clone());
                        let less = number(capacity.saturating_sub(1));
                        nights.iter_mut().for_each(|night| set_customer(&mut night.given, AHEAD_IN_QUEUE, less.clone()));
                        cases.push(nights);
                    }
                }
            }
        }
        cases
    }

    /// Ids of the rows that put a customer into a queue.
    fn leads_to<'c>(&'c self, queue: &'c str) -> impl Iterator<Item = String> + 'c {
        self.program.assignments.iter().flat_map(move |assignment| {
            let table = &assignment.table;
            let cell = match &self.program.fields[table.output.0 as usize].ty {
                Type::Enum(names) => names.iter().position(|name| name == queue).and_then(|at| Cell::try_from(at).ok()),
                _ => None,
            };
            let rows = table.rows.iter().filter(move |(_, result)| Some(*result) == cell).map(|(rule, _)| rule.id.clone());
            let otherwise = table.otherwise.filter(|result| Some(*result) == cell).map(|_| format!("{}.otherwise", table.id));
            rows.chain(otherwise)
        })
    }

    fn of_penalty(&self, rule: &str) -> Vec<Vec<Night>> {
        let mut cases = Vec::new();
        for known in self.decided(rule, FEW) {
            cases.push(vec![known.night.clone()]);
            for rate in [Value::Rate(150_000), Value::Rate(500_000), Value::Rate(10_000)] {
                cases.push(one(known, |given| set_customer(given, "penalty_rate", rate.clone())));
                cases.push(one(known, |given| set_invoice(given, "penalty_rate", rate.clone())));
            }
            cases.push(one(known, |given| set_invoice(given, "days_past_due", Value::Days(900))));
        }
        cases
    }
}

/// A known case with something else given.
fn one(known: &Known, change: impl FnOnce(&mut Given)) -> Vec<Night> {
    let mut given = known.night.given.clone();
    change(&mut given);
    vec![at_night(&known.night, given)]
}

fn at_night(night: &Night, given: Given) -> Night {
    Night { given, expect: Vec::new(), forbid: Vec::new(), ..*night }
}

fn number(number: u32) -> Value {
    Value::Number(i64::from(number).saturating_mul(1_000_000))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn row(id: &str, cells: &[(&str, Value)]) -> GivenRow {
    GivenRow { id: id.to_owned(), cells: cells.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect() }
}

/// Puts the ladder on a step that was done so many days ago.
fn stand(given: &mut Given, policy: &str, step: &str, days: i64) {
    set_customer(given, "current_policy", text(policy));
    set_customer(given, "last_step", text(step));
    set_customer(given, "days_since_last_action", Value::Days(days));
}

/// Nothing of the nights before.
fn afresh(given: &mut Given) {
    given.tables.remove("state");
    for row in given.tables.entry("customers").or_default() {
        row.cells
            .retain(|column, _| !["current_policy", "last_step", "last_step_date", "days_since_last_action"].contains(&column.as_str()));
    }
}

fn set_invoice(given: &mut Given, column: &str, value: Value) {
    if let Some(row) = given.tables.entry("invoices").or_default().first_mut() {
        row.set(column, value);
    }
}

fn set_amount(given: &mut Given, thousandths: i64) {
    let currency = given.rows("invoices").first().and_then(|row| match row.get("amount").or(row.get("amount_open")) {
        Some(Value::Money(_, currency)) => *currency,
        _ => None,
    });
    set_invoice(given, "amount", Value::Money(thousandths, currency));
}

/// The days next to a span. Business days may be up to twice as many, and a weekend.
fn around(span: Span) -> Vec<i64> {
    let days = i64::from(span.days);
    let last = if span.business { days * 2 + 4 } else { days + 1 };
    (days - 1..=last).filter(|days| *days >= 0).collect()
}

/// So many contacts of one channel on one earlier day, with the customer or with another one of its group.
fn contacts(given: &mut Given, known: &Known, channel: &str, ago: i32, number: u32, of_group: bool) {
    let on = Value::Date(known.night.from.plus_days(-ago));
    let mut cells = vec![("channel", text(channel)), ("contacted_on", on)];
    if of_group {
        given.group = vec![OTHER.to_owned()];
        cells.push(("customer_id", text(OTHER)));
    }
    let rows = (1..=number).map(|at| row(&format!("C-{at}"), &cells));
    given.tables.insert("contacts", rows.collect());
}
