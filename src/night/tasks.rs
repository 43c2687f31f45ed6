//! Tasks of our own people: what stands tonight, what went up to somebody else, what is done since the night before.
//!
//! A task stands while its condition is true. It opens on the first night that sees it and keeps its id until it is done; each level it
//! goes up to is told once, and the night that sees it no more tells once that it is done. All of it is worked out from tonight's facts
//! and what the night before remembered, so that missed nights put a task off but lose none.

use std::collections::BTreeMap;

use crate::base::contract::{state, tasks as columns};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::error::NightError;
use crate::night::escalation::action::Identity;
use crate::night::escalation::{Rulebook, after};
use crate::night::facts::{FactTable, Subject};
use crate::night::memory::StandingRecord;
use crate::night::standing::{Key, Sight, Standing, View, beside, standing};
use crate::rules::program::{TaskLevel, TaskRule};

/// The tasks of a shard.
#[derive(Debug, Default)]
pub struct Tasks {
    /// Rows of `tasks`, in order of customer, invoice and kind.
    pub told: Table,
    /// State rows, in the same order.
    pub remembered: Table,
    /// By kind.
    pub figures: BTreeMap<String, TaskFigures>,
}

/// What stands of one kind of task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TaskFigures {
    pub open: u64,
    /// Those whose next day has passed.
    pub overdue: u64,
    /// Days of age of all of them.
    pub age: i64,
}

impl TaskFigures {
    /// Adds those of another shard.
    pub fn add(&mut self, other: &TaskFigures) {
        self.open += other.open;
        self.overdue += other.overdue;
        self.age = self.age.saturating_add(other.age);
    }
}

/// Works out the tasks of a shard.
///
/// # Errors
/// [`NightError::NoExchangeRate`] where what can be asked of a customer is in a currency without a rate.
pub fn tasks(subject: &Subject<'_>, facts: &FactTable, rulebook: &Rulebook<'_>) -> Result<Tasks, NightError> {
    let before = &subject.memory.tasks;
    let (told, remembered) = (TableBuilder::output(&columns::SPEC), TableBuilder::output(&state::SPEC));
    if rulebook.program.tasks.is_empty() && before.is_empty() {
        return Ok(Tasks { told: told.finish(), remembered: remembered.finish(), figures: BTreeMap::new() });
    }
    let matchers = (&rulebook.matchers.customer_tasks, &rulebook.matchers.invoice_tasks);
    let tonight = standing(subject, facts, rulebook, matchers, |program, at| &program.tasks[at].rule);
    let mut writer = Writer { view: View { subject, facts, rulebook }, told, remembered, figures: BTreeMap::new() };
    for sight in beside(&tonight, before) {
        match sight {
            Sight::Stands(task, record) => writer.stands(task, record)?,
            Sight::IsDone(record) => writer.is_done(record),
        }
    }
    Ok(Tasks { told: writer.told.finish(), remembered: writer.remembered.finish(), figures: writer.figures })
}

struct Writer<'a> {
    view: View<'a>,
    told: TableBuilder,
    remembered: TableBuilder,
    figures: BTreeMap<String, TaskFigures>,
}

impl<'a> Writer<'a> {
    fn rule(&self, task: &Standing<'_>) -> &'a TaskRule {
        &self.view.rulebook.program.tasks[task.rule]
    }

    fn stands(&mut self, task: &Standing<'_>, record: Option<&StandingRecord>) -> Result<(), NightError> {
        let (as_of, rule) = (self.view.subject.as_of, self.rule(task));
        let opened_on = record.map_or(as_of, |record| record.opened_on);
        let since = self.view.earliest(task, rule.since).unwrap_or(opened_on);
        let risen = self.risen(&rule.escalate, since, record);
        let owner = self.view.owner(task, &rule.owner);
        let next_on = self.next_on(rule, since, opened_on, &risen);
        let age = i64::from(as_of.days_since(since).max(0));
        let status = match record {
            None => "new",
            Some(_) if risen.tonight.is_empty() => "open",
            Some(_) => "escalated",
        };
        self.head(task.key, opened_on, status);
        self.told.text(columns::OWNER, owner.as_bytes());
        let names: Vec<&str> = risen.tonight.iter().map(|level| level.to.as_str()).collect();
        self.told.text(
            columns::ESCALATED_TO,
            if names.is_empty() { risen.to.unwrap_or_default().to_owned() } else { names.join("|") }.as_bytes(),
        );
        self.told.date(columns::SINCE, Some(since));
        self.told.whole(columns::AGE, age);
        self.amount(task)?;
        self.told.date(columns::NEXT_ON, next_on);
        self.told.text(columns::TEMPLATE, rule.template.as_deref().unwrap_or_default().as_bytes());
        self.told.end_row();
        self.remember(task.key, opened_on, since, &owner, &risen);
        let figures = self.figures.entry(rule.rule.id.clone()).or_default();
        let overdue = u64::from(next_on.is_some_and(|next_on| next_on < as_of));
        figures.add(&TaskFigures { open: 1, overdue, age });
        Ok(())
    }

    /// The condition is true no more, or the rules have the task no more.
    fn is_done(&mut self, record: &StandingRecord) {
        self.head(record.key(), record.opened_on, "done");
        self.told.text(columns::OWNER, record.owner.as_bytes());
        self.told.text(columns::ESCALATED_TO, record.escalated_to.as_deref().unwrap_or_default().as_bytes());
        self.told.date(columns::SINCE, Some(record.since));
        self.told.whole(columns::AGE, i64::from(self.view.subject.as_of.days_since(record.since).max(0)));
        self.told.end_row();
        self.figures.entry(record.name.clone()).or_default();
    }

    fn head(&mut self, (customer, invoice, kind): Key<'_>, opened_on: Date, status: &str) {
        let identity = Identity { as_of: opened_on, customer, invoice, sequence: 0, policy: "task", step: kind, currency: "" };
        self.told.text(columns::TASK_ID, identity.id().as_bytes());
        self.told.text(columns::CUSTOMER_ID, customer);
        self.told.text(columns::INVOICE_ID, invoice);
        self.told.text(columns::KIND, kind.as_bytes());
        self.told.text(columns::STATUS, status.as_bytes());
        self.told.date(columns::OPENED_ON, Some(opened_on));
        self.told.text(columns::RULE_ID, kind.as_bytes());
    }

    fn remember(&mut self, (customer, invoice, kind): Key<'_>, opened_on: Date, since: Date, owner: &str, risen: &Risen<'_>) {
        let table = &mut self.remembered;
        table.text(state::RECORD, b"task");
        table.text(state::CUSTOMER_ID, customer);
        table.text(state::INVOICE_ID, invoice);
        table.text(state::TASK, kind.as_bytes());
        table.date(state::ENTERED_ON, Some(opened_on));
        table.date(state::SINCE, Some(since));
        table.text(state::OWNER, owner.as_bytes());
        table.text(state::ESCALATED_TO, risen.to.unwrap_or_default().as_bytes());
        table.date(state::STEP_ON, risen.on);
        table.end_row();
    }

    /// Whom a task has gone up to: what was told before counts by its name, so that a level that is renamed or new is told.
    fn risen<'r>(&self, levels: &'r [TaskLevel], since: Date, record: Option<&StandingRecord>) -> Risen<'r> {
        let calendar = self.view.rulebook.calendar;
        let reached = levels.iter().take_while(|level| after(level.after, since, calendar) <= self.view.subject.as_of).count();
        let before = record.and_then(|record| record.escalated_to.as_deref());
        let told = before.and_then(|name| levels.iter().position(|level| level.to == name)).map_or(0, |at| at + 1);
        let tonight = levels.get(told..reached).unwrap_or_default();
        let to = levels.get(told.max(reached).wrapping_sub(1)).map(|level| level.to.as_str());
        let on = if tonight.is_empty() {
            record.and_then(|record| record.moved_on).filter(|_| to.is_some())
        } else {
            Some(self.view.subject.as_of)
        };
        let next = levels.get(told.max(reached)).map(|level| after(level.after, since, calendar));
        Risen { tonight, to, on, next }
    }

    /// The day by which whoever has the task now has to act; without a time to act the day it goes up.
    fn next_on(&self, rule: &TaskRule, since: Date, opened_on: Date, risen: &Risen<'_>) -> Option<Date> {
        let from = risen.on.map_or(opened_on, |on| on.max(opened_on)).max(since);
        rule.next_after.map(|span| after(span, from, self.view.rulebook.calendar)).or(risen.next)
    }

    fn amount(&mut self, task: &Standing<'_>) -> Result<(), NightError> {
        let (amount, currency) = match self.rule(task).amount {
            Some(field) => (Amount(self.view.sum(task, field)), self.view.subject.rates.reporting()),
            None => self.view.collectible(task)?,
        };
        self.told.money(columns::AMOUNT, amount, currency);
        self.told.text(columns::CURRENCY, currency.code().as_bytes());
        Ok(())
    }
}

/// Whom a task has gone up to.
struct Risen<'r> {
    /// Levels told tonight for the first time; several where nights were missed.
    tonight: &'r [TaskLevel],
    /// Who has it now.
    to: Option<&'r str>,
    /// The night it went there.
    on: Option<Date>,
    /// The day it goes up further.
    next: Option<Date>,
}

/// The currency of a row of `tasks`.
pub fn currency(table: &Table, row: usize) -> Option<Currency> {
    table.text(columns::CURRENCY, row).and_then(Currency::parse)
}
