//! Looks on while the night works out a test: sets the facts given by hand, notes what was decided and which rules were tried.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::date::Date;
use crate::desk::test::explain;
use crate::night::escalation::action::Draft;
use crate::night::escalation::ladder::{Answer, Asked, Gate};
use crate::night::escalation::manner;
use crate::night::escalation::silence::is_outside;
use crate::night::escalation::{Outcome, offer};
use crate::night::evaluate::{Evaluated, Scene, Watch};
use crate::night::facts::placed::holder;
use crate::night::facts::{FactTable, Subject};
use crate::night::reviews::Due;
use crate::night::segmentation::Column;
use crate::rules::coverage::Coverage;
use crate::rules::eval::Env;
use crate::rules::program::{
    BelowMin, Block, CatchUp, Cell, DecisionTable, Facts, FieldId, Formula, Grain, Hit, MISSING, Need, Policy, Program, ProposalRule,
    Resume, Rule, Shadow, TaskRule, Use,
};
use crate::rules::test_file::{GivenFact, Value};

/// What was seen of one night of a test.
pub struct Seen<'a> {
    program: &'a Program,
    given: &'a [GivenFact],
    coverage: Option<&'a mut Coverage>,
    /// Ids of all rules that decided something.
    pub fired: BTreeSet<String>,
    /// Ids of all rules on trial that would have.
    pub shadows: BTreeSet<String>,
    /// Names of blocks whose review is due.
    pub reviews: BTreeSet<String>,
    /// The policy of the customer, where one applies.
    pub policy: Option<String>,
    /// Values of the customer's fields, as shown.
    pub fields: BTreeMap<FieldId, String>,
    /// Values of fields of open items, by invoice, as shown.
    pub item_fields: BTreeMap<(String, FieldId), String>,
    /// Facts set by hand in place of what was worked out.
    pub by_hand: Vec<String>,
    /// Position of the customer.
    debtor: Option<usize>,
    /// Why the night decided as it did, where that is asked for.
    pub explanation: String,
    pub explains: bool,
}

impl<'a> Seen<'a> {
    /// Nothing is seen yet.
    pub fn new(program: &'a Program, given: &'a [GivenFact], coverage: Option<&'a mut Coverage>) -> Seen<'a> {
        Seen {
            program,
            given,
            coverage,
            fired: BTreeSet::new(),
            shadows: BTreeSet::new(),
            reviews: BTreeSet::new(),
            policy: None,
            fields: BTreeMap::new(),
            item_fields: BTreeMap::new(),
            by_hand: Vec::new(),
            debtor: None,
            explanation: String::new(),
            explains: true,
        }
    }
}

impl Watch for Seen<'_> {
    fn filled(&mut self, subject: &Subject<'_>, facts: &mut FactTable) {
        for fact in self.given {
            let field = &self.program.fields[fact.field.0 as usize];
            let cell = fact.value.cell(&field.ty, self.program.currency, &mut facts.pool);
            let cell = if cell == MISSING { field.default } else { cell };
            let rows: Vec<usize> = match &fact.invoice {
                None => (0..subject.debtors.len()).collect(),
                Some(invoice) => (0..subject.open_items.len()).filter(|item| subject.invoice_id(*item) == invoice.as_bytes()).collect(),
            };
            if matches!(fact.value, Value::Arm(_)) {
                // The column of a trial is filled only once arms are drawn.
                facts.set(fact.field, vec![cell; subject.debtors.len()]);
            }
            rows.into_iter().for_each(|row| facts.put(fact.field, row, cell));
            let of = fact.invoice.as_ref().map_or(String::new(), |invoice| format!("invoices.{invoice}."));
            self.by_hand.push(format!("{of}{} = {}", fact.name, fact.value.shown(self.program.currency)));
        }
    }

    fn decided(&mut self, scene: &Scene<'_>) {
        // A customer who owes nothing has tasks all the same.
        let owing = scene.subject.debtors.iter().position(|debtor| !debtor.items.is_empty());
        let Some(debtor) = owing.or((!scene.subject.debtors.is_empty()).then_some(0)) else { return };
        self.debtor = Some(debtor);
        self.fired = fired(scene, debtor);
        self.shadows = shadows(scene, debtor).map(|shadow| shadow.rule.id.clone()).collect();
        self.reviews = reviews(scene, debtor).map(|(block, _)| block.rule.id.clone()).collect();
        let outcome = scene.outcomes.iter().find(|outcome| outcome.debtor == debtor);
        self.policy = outcome.and_then(|outcome| outcome.policy).map(|at| self.program.policies[at].applies.id.clone());
        self.values(scene, debtor);
        if self.explains {
            self.explanation = explain::explain(scene, debtor);
        }
        if let Some(coverage) = self.coverage.as_deref_mut() {
            Tally { scene, debtor, env: &env(scene), coverage }.all();
            self.fired.iter().for_each(|id| coverage.hit(id));
        }
    }
}

impl Seen<'_> {
    /// Sees what went out because queues are full, which is known last.
    pub fn placed(&mut self, evaluated: &Evaluated) {
        for outcome in evaluated.outcomes.iter().filter(|outcome| Some(outcome.debtor) == self.debtor) {
            let Some(policy) = outcome.policy.map(|policy| &self.program.policies[policy]) else { continue };
            for draft in outcome.drafts.iter().filter(|draft| draft.stands_in()) {
                let step = policy.step(draft.step);
                let id = format!("{}.{}{}", policy.applies.id, step.id, draft.part(step));
                if let Some(coverage) = self.coverage.as_deref_mut() {
                    coverage.hit(&id);
                }
                self.fired.insert(id);
            }
        }
    }

    fn values(&mut self, scene: &Scene<'_>, debtor: usize) {
        let row = scene.facts.debtor(debtor);
        for (at, field) in (0_u32..).zip(&self.program.fields).filter(|(_, field)| field.used == Use::Value) {
            let id = FieldId(at);
            match field.grain {
                Grain::Customer => {
                    self.fields.insert(id, shown(self.program, id, &row));
                }
                Grain::Invoice => {
                    for item in scene.subject.debtors[debtor].items.clone() {
                        let invoice = String::from_utf8_lossy(scene.subject.invoice_id(item)).into_owned();
                        self.item_fields.insert((invoice, id), shown(self.program, id, &scene.facts.item(debtor, item)));
                    }
                }
            }
        }
        for (assignment, column) in self.program.assignments.iter().zip(scene.queues) {
            let field = assignment.table.output;
            if let (Grain::Customer, Some(cell)) = (assignment.table.grain, column.cells.get(debtor)) {
                let ty = &self.program.fields[field.0 as usize].ty;
                let value = Value::of_cell(*cell, ty, self.program.currency, row.text(*cell));
                self.fields.insert(field, value.shown(self.program.currency));
            }
        }
    }
}

/// The value of a field in a row, as it is written in rules and tests.
pub fn shown(program: &Program, field: FieldId, row: &impl Facts) -> String {
    let cell = row.cell(field);
    Value::of_cell(cell, &program.fields[field.0 as usize].ty, program.currency, row.text(cell)).shown(program.currency)
}

/// What all conditions of the night are asked with.
pub fn env<'a>(scene: &'a Scene<'_>) -> Env<'a> {
    Env { as_of: scene.night.as_of, calendar: scene.night.calendar }
}

/// The tables of a night with what they decided.
pub fn decided<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = (&'a DecisionTable, &'a Column)> {
    let program = scene.night.program;
    let queues = program.assignments.iter().map(|assignment| &assignment.table).zip(scene.queues);
    program.tables.iter().zip(scene.segments).chain(queues)
}

/// Rows of a table's column that are about a debtor.
fn rows_of(scene: &Scene<'_>, debtor: usize, grain: Grain) -> Vec<usize> {
    match grain {
        Grain::Customer => vec![debtor],
        Grain::Invoice => scene.subject.debtors[debtor].items.clone().collect(),
    }
}

fn fired(scene: &Scene<'_>, debtor: usize) -> BTreeSet<String> {
    let program = scene.night.program;
    let mut fired = BTreeSet::new();
    for (table, column) in decided(scene) {
        for row in rows_of(scene, debtor, table.grain) {
            fired.extend(rows_decided(scene, table, column, debtor, row));
        }
    }
    for trial in &program.trials {
        if let Some(arm) = trial.arm(scene.facts.debtor(debtor).cell(trial.field)) {
            fired.extend([trial.among.id.clone(), arm]);
        }
    }
    let env = env(scene);
    for block in program.blocks.iter().filter(|block| block.rule.in_force(env.as_of)) {
        let items = scene.subject.debtors[debtor].items.clone();
        let holds = match block.on {
            Grain::Customer => block.rule.when.holds(&scene.facts.debtor(debtor), &env),
            Grain::Invoice => items.into_iter().any(|item| block.rule.when.holds(&scene.facts.item(debtor, item), &env)),
        };
        if holds {
            fired.insert(block.rule.id.clone());
        }
    }
    let represented = scene.represented.iter().filter(|represented| represented.outcome.debtor == debtor);
    fired.extend(represented.map(|represented| program.representations[represented.rule].rule.id.clone()));
    fired.extend(standing_tasks(scene, debtor).map(|task| task.rule.id.clone()));
    fired.extend(standing_proposals(scene, debtor).map(|proposal| proposal.rule.id.clone()));
    for outcome in scene.outcomes.iter().filter(|outcome| outcome.debtor == debtor) {
        fired.extend(of_ladder(program, outcome));
        fired.extend(of_manners(scene, outcome));
    }
    let row = scene.facts.debtor(debtor);
    let drafts = scene.outcomes.iter().filter(|outcome| outcome.debtor == debtor).flat_map(|outcome| &outcome.drafts);
    let offered = drafts.filter_map(|draft| offer::chosen(program, &draft.action, &row, &env));
    fired.extend(offered.map(|offer| offer.rule.id.clone()));
    let best = program.routes.best.and_then(|field| usize::try_from(row.cell(field)).ok());
    fired.extend(best.and_then(|best| program.routes.all.get(best)).map(|route| route.rule.id.clone()));
    let decides = |rule: &&Rule| rule.in_force(env.as_of) && rule.when.holds(&row, &env);
    fired.extend(program.penalties.iter().map(|penalty| &penalty.rule).find(decides).map(|rule| rule.id.clone()));
    fired
}

/// Tasks of a debtor whose condition is true.
pub fn standing_tasks<'a>(scene: &'a Scene<'_>, debtor: usize) -> impl Iterator<Item = &'a TaskRule> {
    scene.night.program.tasks.iter().filter(move |task| stands(scene, debtor, task.on, &task.rule))
}

/// Proposals of a debtor whose condition is true.
pub fn standing_proposals<'a>(scene: &'a Scene<'_>, debtor: usize) -> impl Iterator<Item = &'a ProposalRule> {
    scene.night.program.proposals.iter().filter(move |proposal| stands(scene, debtor, proposal.on, &proposal.rule))
}

/// Whether a condition is true of a debtor, or of one of its open items.
fn stands(scene: &Scene<'_>, debtor: usize, on: Grain, rule: &Rule) -> bool {
    let env = env(scene);
    rule.in_force(env.as_of)
        && match on {
            Grain::Customer => rule.when.holds(&scene.facts.debtor(debtor), &env),
            Grain::Invoice => {
                let mut items = scene.subject.debtors[debtor].items.clone();
                items.any(|item| rule.when.holds(&scene.facts.item(debtor, item), &env))
            }
        }
}

/// Blocks of a debtor whose review is due.
pub fn reviews<'a>(scene: &'a Scene<'_>, debtor: usize) -> impl Iterator<Item = (&'a Block, &'a Due)> {
    let own = scene.reviews.iter().filter(move |due| due.debtor == debtor);
    own.map(|due| (&scene.night.program.blocks[due.block], due))
}

/// Rules on trial that would have decided about a debtor.
pub fn shadows<'a>(scene: &'a Scene<'_>, debtor: usize) -> impl Iterator<Item = &'a Shadow> {
    let shadows = scene.night.program.shadows.iter().zip(scene.shadows);
    shadows.filter(move |(_, cast)| cast.debtors.binary_search(&debtor).is_ok()).map(|(shadow, _)| shadow)
}

/// Ids of the rows of a table that decided about one row of facts.
pub fn rows_decided(scene: &Scene<'_>, table: &DecisionTable, column: &Column, debtor: usize, row: usize) -> Vec<String> {
    let Some(first) = column.rows.get(row).copied() else { return Vec::new() };
    let env = env(scene);
    let holds = |rule: &Rule| {
        rule.in_force(env.as_of)
            && match table.grain {
                Grain::Customer => rule.when.holds(&scene.facts.debtor(debtor), &env),
                Grain::Invoice => rule.when.holds(&scene.facts.item(debtor, row), &env),
            }
    };
    match (table.hit, first) {
        (hit, _) if !hit.decides_by_one() => table.rows.iter().filter(|(rule, _)| holds(rule)).map(|(rule, _)| rule.id.clone()).collect(),
        (_, Some(first)) => vec![table.rows[first].0.id.clone()],
        (_, None) if table.otherwise.is_some() => vec![format!("{}.otherwise", table.id)],
        (_, None) => Vec::new(),
    }
}

/// Policy, steps and limits that decided about a ladder.
fn of_ladder(program: &Program, outcome: &Outcome) -> Vec<String> {
    let Some(policy) = outcome.policy.map(|at| &program.policies[at]) else { return Vec::new() };
    let mut ids = vec![policy.applies.id.clone()];
    ids.extend(outcome.asked.lifted.map(|(entry, _)| policy.entries[entry].rule.id.clone()));
    for asked in &outcome.asked.steps {
        match asked.answer {
            Answer::Acts => ids.push(step_id(policy, asked.step)),
            Answer::Moved => ids.push(format!("{}.channels", step_id(policy, asked.step))),
            Answer::Alternative | Answer::Skipped => ids.push(format!("{}.otherwise", step_id(policy, asked.step))),
            Answer::Waits | Answer::BelowMinimum | Answer::Approved | Answer::Overridden => {}
        }
    }
    for draft in &outcome.drafts {
        ids.extend(draft.reworded_by.as_ref().map(|id| format!("{}.reword.{id}", step_id(policy, draft.step))));
        let companion = draft.companion.and_then(|at| policy.step(draft.step).also.get(at));
        ids.extend(companion.map(|companion| companion.rule.id.clone()));
        if is_outside(policy, draft) {
            ids.push(format!("{}.{}", policy.applies.id, policy.step(draft.step).id));
        }
        let reason = draft.status.reason();
        if reason == "quiet_days" || program.caps.iter().any(|cap| cap.id == reason) {
            ids.push(reason.to_owned());
        }
    }
    ids
}

/// The post, ways to pay, hours and bounds of tone that decided about the actions of a ladder.
fn of_manners(scene: &Scene<'_>, outcome: &Outcome) -> Vec<String> {
    let (program, env) = (scene.night.program, env(scene));
    let row = scene.facts.debtor(outcome.debtor);
    let mut ids = Vec::new();
    for draft in &outcome.drafts {
        let hours = manner::hours(scene.subject, scene.facts, (program, &env), outcome.debtor, draft.action.verb);
        ids.extend(hours.and_then(Result::ok).map(|window| window.rule));
        let post = outcome.place.post(program, draft.action.verb);
        ids.extend(post.map(|post| post.rule.id.clone()));
        ids.extend(manner::way_to_pay(program, &row, &env, draft.action.verb).map(|way| way.rule.id.clone()));
        let bound = draft.action.tone.as_ref().and_then(|tone| manner::tone(program, &row, &env, tone).1);
        ids.extend(bound.map(str::to_owned));
    }
    ids
}

fn step_id(policy: &Policy, step: usize) -> String {
    format!("{}.{}", policy.applies.id, policy.steps[step].id)
}

/// Asks once more what the night asked, and notes the answers.
struct Tally<'a> {
    scene: &'a Scene<'a>,
    debtor: usize,
    env: &'a Env<'a>,
    coverage: &'a mut Coverage,
}

impl Tally<'_> {
    fn all(&mut self) {
        let scene = self.scene;
        self.derived();
        for (table, _) in decided(scene) {
            self.table(table);
        }
        for trial in &scene.night.program.trials {
            self.rule(&trial.among, Grain::Customer, self.debtor);
        }
        for block in &scene.night.program.blocks {
            for row in rows_of(scene, self.debtor, block.on) {
                self.rule(&block.rule, block.on, row);
            }
        }
        for task in &scene.night.program.tasks {
            for row in rows_of(scene, self.debtor, task.on) {
                self.rule(&task.rule, task.on, row);
            }
        }
        for proposal in &scene.night.program.proposals {
            for row in rows_of(scene, self.debtor, proposal.on) {
                if self.rule(&proposal.rule, proposal.on, row) {
                    self.needs(proposal, row);
                }
            }
        }
        for route in &scene.night.program.routes.all {
            if self.rule(&route.rule, Grain::Customer, self.debtor) {
                self.definitions(&route.needs);
            }
            // What was agreed about recalls is asked of whom the agency has.
            if let Some(agency) = route.agency.as_ref().filter(|agency| self.has(&agency.id)) {
                self.definitions(&agency.recall_if);
            }
        }
        for represented in &scene.night.program.representations {
            self.rule(&represented.rule, Grain::Customer, self.debtor);
        }
        for policy in &scene.night.program.policies {
            self.rule(&policy.applies, Grain::Customer, self.debtor);
        }
        let debtor = self.debtor;
        for outcome in scene.outcomes.iter().filter(|outcome| outcome.debtor == debtor) {
            self.ladder(outcome);
        }
        let of_debtor = scene.outcomes.iter().filter(|outcome| outcome.debtor == debtor);
        for action in of_debtor.flat_map(|outcome| &outcome.drafts).map(|draft| &draft.action) {
            let _ = offer::named(scene.night.program, action).any(|offer| self.rule(&offer.rule, Grain::Customer, debtor));
        }
        // The first penalty rule that holds decides; those after it are not asked.
        if scene.outcomes.iter().any(|outcome| outcome.debtor == debtor && !outcome.drafts.is_empty()) {
            for rule in scene.night.program.manners() {
                self.rule(rule, Grain::Customer, debtor);
            }
        }
        let mut penalties = scene.night.program.penalties.iter();
        let _ = penalties.any(|penalty| self.rule(&penalty.rule, Grain::Customer, debtor));
    }

    /// Asks a rule about a row of its grain.
    fn rule(&mut self, rule: &Rule, grain: Grain, row: usize) -> bool {
        if !rule.in_force(self.env.as_of) {
            return false;
        }
        match grain {
            Grain::Customer => self.coverage.ask(&rule.id, &rule.when, &self.scene.facts.debtor(row), self.env),
            Grain::Invoice => self.coverage.ask(&rule.id, &rule.when, &self.scene.facts.item(self.debtor, row), self.env),
        }
    }

    /// Asks named conditions about the customer.
    fn definitions(&mut self, needs: &[Need]) {
        for need in needs {
            self.coverage.ask(&need.name, &need.when, &self.scene.facts.debtor(self.debtor), self.env);
        }
    }

    /// Whether an agency has one of the debts.
    fn has(&self, agency: &str) -> bool {
        let mut items = self.scene.subject.debtors[self.debtor].items.clone();
        items.any(|item| holder(self.scene.subject, item).is_some_and(|record| record.agency == agency))
    }

    /// Asks what a proposal needs: each of them is a definition.
    fn needs(&mut self, proposal: &ProposalRule, row: usize) {
        for need in &proposal.needs {
            match proposal.on {
                Grain::Customer => self.coverage.ask(&need.name, &need.when, &self.scene.facts.debtor(row), self.env),
                Grain::Invoice => self.coverage.ask(&need.name, &need.when, &self.scene.facts.item(self.debtor, row), self.env),
            };
        }
        let debts = self.scene.subject.debtors[self.debtor].items.clone();
        let of_proposal = |item: &usize| proposal.on == Grain::Customer || *item == row;
        for item in debts.filter(of_proposal) {
            for need in &proposal.debts {
                self.coverage.ask(&need.name, &need.when, &self.scene.facts.item(self.debtor, item), self.env);
            }
        }
    }

    fn table(&mut self, table: &DecisionTable) {
        for row in rows_of(self.scene, self.debtor, table.grain) {
            for (rule, _) in &table.rows {
                if self.rule(rule, table.grain, row) && table.hit == Hit::First {
                    break;
                }
            }
        }
    }

    fn derived(&mut self) {
        let program = self.scene.night.program;
        for derived in &program.derived {
            let Formula::Aggregate { filter: Some(filter), .. } = &derived.formula else { continue };
            let owner = format!("derived.{}", program.fields[derived.field.0 as usize].name);
            for item in self.scene.subject.debtors[self.debtor].items.clone() {
                self.coverage.ask(&owner, filter, &self.scene.facts.item(self.debtor, item), self.env);
            }
        }
    }

    fn ladder(&mut self, outcome: &Outcome) {
        let Some(policy) = outcome.policy.map(|at| &self.scene.night.program.policies[at]) else { return };
        let id = &policy.applies.id;
        let row = outcome.item.map_or(self.scene.facts.debtor(self.debtor), |item| self.scene.facts.item(self.debtor, item));
        let gate = match outcome.asked.gate {
            Some(Gate::Enter) => policy.enter_when.as_ref().map(|when| ("enter_when", when)),
            Some(Gate::Leave) => policy.leave_when.as_ref().map(|when| ("leave_when", when)),
            None => None,
        };
        if let Some((gate, when)) = gate {
            self.coverage.ask(&format!("{id}.{gate}"), when, &row, self.env);
        }
        // Entries are asked wherever the ladder is climbed.
        for entry in policy.entries.iter().filter(|entry| outcome.asked.clock.is_some() && entry.rule.in_force(self.env.as_of)) {
            self.coverage.ask(&entry.rule.id, &entry.rule.when, &row, self.env);
        }
        for asked in &outcome.asked.steps {
            let step = &policy.steps[asked.step];
            let owner = step_id(policy, asked.step);
            if let Some(due) = asked.due {
                self.coverage.meet(&format!("{owner}.min_amount"), due);
            }
            if let (Some(rule), false) = (&step.when, matches!(asked.answer, Answer::BelowMinimum | Answer::Approved | Answer::Overridden))
            {
                self.coverage.ask(&owner, &rule.when, &row, self.env);
            }
            if matches!(asked.answer, Answer::Acts | Answer::Alternative | Answer::Moved) {
                // The first wording that holds is taken; those after it are not asked.
                let mut wordings = step.reword.iter().filter(|reword| reword.rule.in_force(self.env.as_of));
                let _ = wordings.any(|reword| self.coverage.ask(&reword.rule.id, &reword.rule.when, &row, self.env));
                self.also(outcome, asked.step, &row);
            }
        }
        self.clock(policy, outcome);
    }

    /// Companions are asked where the step goes out.
    fn also(&mut self, outcome: &Outcome, at: usize, row: &impl Facts) {
        let Some(policy) = outcome.policy.map(|at| &self.scene.night.program.policies[at]) else { return };
        let own = outcome.drafts.iter().find(|draft| draft.step == at && draft.companion.is_none());
        if own.is_some_and(Draft::is_done) {
            for rule in policy.steps[at].also.iter().map(|companion| &companion.rule).filter(|rule| rule.in_force(self.env.as_of)) {
                self.coverage.ask(&rule.id, &rule.when, row, self.env);
            }
        }
    }

    /// The clock meets the day of every step that was looked at, and of the first one after these that it has not reached.
    fn clock(&mut self, policy: &Policy, outcome: &Outcome) {
        let (Some(clock), None) = (outcome.asked.clock, outcome.asked.rests_until) else { return };
        let served = outcome.unchanged.as_ref().and_then(|progress| progress.served);
        let lifted_to = outcome.asked.lifted.map_or(0, |(entry, _)| policy.entries[entry].step);
        let from = served.map_or(0, |served| served + 1).max(lifted_to);
        let asked = outcome.asked.steps.iter().map(|asked| asked.step).filter(|step| *step >= from);
        let from = asked.clone().next_back().map_or(from, |last| last + 1);
        let next = if goes_on(policy, &outcome.asked) { next_step(policy, from, clock, self.env.as_of) } else { None };
        for step in asked.chain(next) {
            self.coverage.meet(&format!("{}.at", step_id(policy, step)), Cell::from(clock));
        }
    }
}

/// Whether the day of the step after those looked at made a difference: the ladder went on to it, or chose the latest of all.
fn goes_on(policy: &Policy, asked: &Asked) -> bool {
    let chose_latest = policy.catch_up == CatchUp::JumpToLatest || policy.resume == Resume::Closest && asked.gate == Some(Gate::Enter);
    chose_latest
        || asked.steps.last().is_none_or(|last| match last.answer {
            Answer::Acts | Answer::Alternative | Answer::Moved => policy.catch_up == CatchUp::FireAll,
            Answer::Skipped | Answer::Approved | Answer::Overridden => true,
            Answer::BelowMinimum => policy.below_min == BelowMin::Drop,
            Answer::Waits => false,
        })
}

/// The first step from `from` on that counts tonight and has neither come nor lapsed.
fn next_step(policy: &Policy, from: usize, clock: i32, as_of: Date) -> Option<usize> {
    let waits = |step: &usize| policy.steps[*step].acts(as_of) && policy.steps[*step].at > clock;
    (from..policy.steps.len()).find(waits)
}
