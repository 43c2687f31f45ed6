//! Rules on trial: whom each would have decided about tonight, and how much money that is. Nothing of it is acted upon.

use crate::base::date::Date;
use crate::base::money::Currency;
use crate::night::escalation::Outcome;
use crate::night::facts::{FactTable, Subject, add};
use crate::night::matchers::{GrainIndex, Matchers};
use crate::night::segmentation::Column;
use crate::rules::eval::Env;
use crate::rules::index::Columns;
use crate::rules::program::{
    Cell, Condition, DecisionTable, Facts, Grain, Hit, MISSING, Policy, Program, Resume, Shadow, ShadowPart, Step, Together,
};

/// What was decided tonight, which a rule on trial is held against.
#[derive(Clone, Copy)]
pub struct Decided<'a> {
    pub subject: &'a Subject<'a>,
    pub facts: &'a FactTable,
    pub program: &'a Program,
    pub matchers: &'a Matchers,
    pub env: &'a Env<'a>,
    /// One per segmentation table.
    pub segments: &'a [Column],
    /// One per assignment table.
    pub queues: &'a [Column],
    pub outcomes: &'a [Outcome],
}

/// Whom a rule on trial would have decided about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cast {
    /// Debtors, by position, in order.
    pub debtors: Vec<usize>,
    /// Open items, by position, in order; those of the debtors for a rule about customers.
    pub items: Vec<usize>,
}

/// The same over many shards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub customers: u64,
    pub items: u64,
    /// What is collectible of the items, by currency.
    pub amounts: Vec<(Currency, i128)>,
}

impl Tally {
    /// Counts one cast.
    pub fn of(cast: &Cast, subject: &Subject<'_>) -> Tally {
        let count = |positions: &[usize]| u64::try_from(positions.len()).unwrap_or(u64::MAX);
        let mut amounts = Vec::new();
        for item in cast.items.iter().map(|item| &subject.ledger.items[subject.open_items[*item] as usize]) {
            add(&mut amounts, subject.currency(item), item.collectible().wide());
        }
        Tally { customers: count(&cast.debtors), items: count(&cast.items), amounts }
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: &Tally) {
        self.customers += other.customers;
        self.items += other.items;
        other.amounts.iter().for_each(|(currency, amount)| add(&mut self.amounts, *currency, *amount));
    }
}

/// What every rule on trial would have decided, in the order of [`Program::shadows`].
pub fn cast(decided: &Decided<'_>) -> Vec<Cast> {
    let mut casts = vec![Cast::default(); decided.program.shadows.len()];
    if casts.is_empty() {
        return casts;
    }
    decided.all(&decided.matchers.customer_shadows, &decided.facts.debtors(), &mut casts);
    decided.all(&decided.matchers.invoice_shadows, &decided.facts.items(), &mut casts);
    casts
}

impl Decided<'_> {
    fn all<C: Columns>(&self, matcher: &GrainIndex, columns: &C, casts: &mut [Cast]) {
        matcher.index.hits(columns, self.env, usize::MAX, |row, hits| {
            for at in hits.iter().map(|hit| matcher.rules[*hit as usize]) {
                let shadow = &self.program.shadows[at];
                let debtor = if shadow.grain == Grain::Customer { row } else { self.facts.debtor_of(row) };
                let items = self.subject.debtors[debtor].items.clone();
                if items.is_empty() || !self.decides(shadow, row, debtor) {
                    continue;
                }
                let cast = &mut casts[at];
                if cast.debtors.last() != Some(&debtor) {
                    cast.debtors.push(debtor);
                }
                match shadow.grain {
                    Grain::Customer => cast.items.extend(items),
                    Grain::Invoice => cast.items.push(row),
                }
            }
        });
    }

    /// Whether a rule whose condition holds would also have decided something.
    fn decides(&self, shadow: &Shadow, row: usize, debtor: usize) -> bool {
        match &shadow.part {
            ShadowPart::Block | ShadowPart::Policy => true,
            ShadowPart::Row { table, above, output } => {
                self.table(table).is_some_and(|(table, column)| would_decide(table, column, row, *above, *output))
            }
            ShadowPart::Penalty { above } => {
                let facts = self.facts.debtor(debtor);
                let holds = |condition: &Condition| condition.holds(&facts, self.env);
                let live = &self.program.penalties[..*above];
                !live.iter().any(|penalty| penalty.rule.in_force(self.env.as_of) && holds(&penalty.rule.when))
            }
            ShadowPart::Step { policy, step } => {
                let item = (shadow.grain == Grain::Invoice).then_some(row);
                let own = |outcome: &&Outcome| outcome.debtor == debtor && outcome.policy == Some(*policy) && outcome.item == item;
                let start = self.outcomes.partition_point(|outcome| outcome.debtor < debtor);
                let outcome = self.outcomes[start..].iter().take_while(|outcome| outcome.debtor == debtor).find(own);
                outcome.is_some_and(|outcome| self.is_reached(outcome, &self.program.policies[*policy], *step))
            }
        }
    }

    fn table(&self, id: &str) -> Option<(&DecisionTable, &Column)> {
        let queues = self.program.assignments.iter().map(|queue| &queue.table).zip(self.queues);
        self.program.tables.iter().zip(self.segments).chain(queues).find(|(table, _)| table.id == id)
    }

    /// Whether the clock of a ladder has reached a step since the last night, so that each crossing counts once.
    fn is_reached(&self, outcome: &Outcome, policy: &Policy, step: usize) -> bool {
        let Some(clock) = self.clock(outcome, policy) else { return false };
        let own = &policy.steps[step];
        if own.at > clock || (own.at < 0 && clock >= 0) {
            return false;
        }
        let as_of = self.env.as_of;
        match self.evaluated_on(outcome) {
            Some(on) => own.at > clock.saturating_sub(as_of.days_since(on)),
            // Who comes on the ladder late starts at its latest step, where it does not say otherwise.
            None if policy.resume == Resume::Closest => {
                let later = |later: &Step| later.acts(as_of) && later.at > own.at && later.at <= clock;
                !policy.steps.iter().any(later)
            }
            None => true,
        }
    }

    /// What the clock of a ladder shows; that of the facts where no step of the ladder counts, so that it was not climbed.
    fn clock(&self, outcome: &Outcome, policy: &Policy) -> Option<i32> {
        if outcome.asked.clock.is_some() || policy.steps.iter().any(|step| step.acts(self.env.as_of)) {
            return outcome.asked.clock;
        }
        let row = outcome.item.map_or(self.facts.debtor(outcome.debtor), |item| self.facts.item(outcome.debtor, item));
        if policy.enter_when.as_ref().is_some_and(|when| !when.holds(&row, self.env)) {
            return None;
        }
        let cell = row.cell(policy.clock?);
        if cell == MISSING { None } else { i32::try_from(cell).ok() }
    }

    /// The night a ladder was last looked at.
    fn evaluated_on(&self, outcome: &Outcome) -> Option<Date> {
        let memory = self.subject.memory;
        let record = match outcome.item {
            Some(item) => memory.ladder_of_item(&self.subject.ledger.items[self.subject.open_items[item] as usize]),
            None => memory.own_ladder(self.subject.debtors[outcome.debtor].customer),
        };
        record.and_then(|record| record.evaluated_on)
    }
}

/// Whether a row that holds would have been one of those that decide.
fn would_decide(table: &DecisionTable, column: &Column, row: usize, above: usize, output: Cell) -> bool {
    let (Some(cell), Some(decided)) = (column.cells.get(row).copied(), column.rows.get(row).copied()) else { return false };
    match table.hit {
        Hit::Unique | Hit::All(Together::Tags | Together::Sum | Together::Count) => true,
        Hit::First => decided.is_none_or(|at| at >= above),
        Hit::All(Together::Max) => decided.is_none() || output > cell,
        Hit::All(Together::Min) => decided.is_none() || output < cell,
    }
}
