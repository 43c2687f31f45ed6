//! Tasks of our own people: what stands tonight, what went up to somebody else, what is done since the night before.
//!
//! A task stands while its condition is true. It opens on the first night that sees it and keeps its id until it is done; each level it
//! goes up to is told once, and the night that sees it no more tells once that it is done. All of it is worked out from tonight's facts
//! and what the night before remembered, so that missed nights put a task off but lose none.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::base::contract::{state, tasks as columns};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::error::NightError;
use crate::night::escalation::action::Identity;
use crate::night::escalation::{Rulebook, after};
use crate::night::facts::{FactTable, Row, Subject, cell};
use crate::night::ledger::Item;
use crate::night::matchers::GrainIndex;
use crate::night::memory::TaskRecord;
use crate::night::tables::segment::cell_text;
use crate::rules::index::Columns;
use crate::rules::program::{Facts, FieldId, Grain, MISSING, TaskLevel, TaskRule};

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

/// What one task is told apart by: customer, invoice and kind. The invoice is empty where it is about the customer.
type Key<'a> = (&'a [u8], &'a [u8], &'a str);

/// A task that stands tonight.
struct Standing<'a> {
    key: Key<'a>,
    rule: &'a TaskRule,
    /// Position of the debtor.
    debtor: usize,
    /// Open items of the invoice for which the condition is true; none where it is about the customer.
    items: Vec<usize>,
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
    let standing = standing(subject, facts, rulebook);
    let mut writer = Writer { subject, facts, rulebook, told, remembered, figures: BTreeMap::new() };
    let (mut tonight, mut before) = (standing.iter().peekable(), before.iter().peekable());
    loop {
        let order = match (tonight.peek(), before.peek()) {
            (Some(task), Some(record)) => task.key.cmp(&record.key()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        let task = if order == Ordering::Greater { None } else { tonight.next() };
        let record = if order == Ordering::Less { None } else { before.next() };
        match (task, record) {
            (Some(task), record) => writer.stands(task, record)?,
            (None, Some(record)) => writer.is_done(record),
            (None, None) => break,
        }
    }
    Ok(Tasks { told: writer.told.finish(), remembered: writer.remembered.finish(), figures: writer.figures })
}

/// All that stands tonight, in the order of outputs. The instalments of an invoice make one task.
fn standing<'a>(subject: &Subject<'a>, facts: &FactTable, rulebook: &Rulebook<'a>) -> Vec<Standing<'a>> {
    let matchers = rulebook.matchers;
    let mut found: BTreeMap<Key<'a>, Standing<'a>> = BTreeMap::new();
    let customer = |debtor: usize| subject.documents.customer_ids[subject.debtors[debtor].customer as usize];
    for (debtor, at) in hits(&matchers.customer_tasks, &facts.debtors(), rulebook) {
        let rule = &rulebook.program.tasks[at];
        let key: Key<'a> = (customer(debtor), b"", rule.rule.id.as_str());
        found.insert(key, Standing { key, rule, debtor, items: Vec::new() });
    }
    for (item, at) in hits(&matchers.invoice_tasks, &facts.items(), rulebook) {
        let rule = &rulebook.program.tasks[at];
        let debtor = facts.debtor_of(item);
        let key: Key<'a> = (customer(debtor), subject.invoice_id(item), rule.rule.id.as_str());
        found.entry(key).or_insert(Standing { key, rule, debtor, items: Vec::new() }).items.push(item);
    }
    found.into_values().collect()
}

/// The tasks whose condition is true, each with the row it is true for, in order of the rows.
fn hits<C: Columns>(matcher: &GrainIndex, columns: &C, rulebook: &Rulebook<'_>) -> Vec<(usize, usize)> {
    let mut hits = Vec::new();
    if !matcher.rules.is_empty() {
        matcher.index.hits(columns, rulebook.env, usize::MAX, |row, tasks| {
            hits.extend(tasks.iter().map(|task| (row, matcher.rules[*task as usize])));
        });
    }
    hits
}

struct Writer<'a> {
    subject: &'a Subject<'a>,
    facts: &'a FactTable,
    rulebook: &'a Rulebook<'a>,
    told: TableBuilder,
    remembered: TableBuilder,
    figures: BTreeMap<String, TaskFigures>,
}

impl Writer<'_> {
    fn stands(&mut self, task: &Standing<'_>, record: Option<&TaskRecord>) -> Result<(), NightError> {
        let (as_of, rule) = (self.subject.as_of, task.rule);
        let opened_on = record.map_or(as_of, |record| record.opened_on);
        let since = self.since(task).unwrap_or(opened_on);
        let risen = self.risen(&rule.escalate, since, record);
        let owner = self.owner(task);
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
    fn is_done(&mut self, record: &TaskRecord) {
        self.head(record.key(), record.opened_on, "done");
        self.told.text(columns::OWNER, record.owner.as_bytes());
        self.told.text(columns::ESCALATED_TO, record.escalated_to.as_deref().unwrap_or_default().as_bytes());
        self.told.date(columns::SINCE, Some(record.since));
        self.told.whole(columns::AGE, i64::from(self.subject.as_of.days_since(record.since).max(0)));
        self.told.end_row();
        self.figures.entry(record.task.clone()).or_default();
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

    /// The rows of facts a task is true for: of the customer, or of items of the invoice.
    fn rows<'r>(&'r self, task: &'r Standing<'_>) -> impl Iterator<Item = Row<'r>> {
        let customer = (task.rule.on == Grain::Customer).then(|| self.facts.debtor(task.debtor));
        customer.into_iter().chain(task.items.iter().map(|item| self.facts.item(task.debtor, *item)))
    }

    /// The earliest day the task's own field names.
    fn since(&self, task: &Standing<'_>) -> Option<Date> {
        let field = task.rule.since?;
        let days = self.rows(task).map(|row| row.cell(field)).filter(|cell| *cell != MISSING);
        days.filter_map(|day| i32::try_from(day).ok()).min().map(Date)
    }

    fn owner(&self, task: &Standing<'_>) -> String {
        let TaskRule { owner, .. } = task.rule;
        let named = owner.field.and_then(|field| {
            let cell = self.rows(task).map(|row| row.cell(field)).find(|cell| *cell != MISSING)?;
            Some(cell_text(self.rulebook.program, field, cell, self.facts)).filter(|name| !name.is_empty())
        });
        named.unwrap_or_else(|| owner.team.clone())
    }

    /// Whom a task has gone up to: what was told before counts by its name, so that a level that is renamed or new is told.
    fn risen<'r>(&self, levels: &'r [TaskLevel], since: Date, record: Option<&TaskRecord>) -> Risen<'r> {
        let calendar = self.rulebook.calendar;
        let reached = levels.iter().take_while(|level| after(level.after, since, calendar) <= self.subject.as_of).count();
        let before = record.and_then(|record| record.escalated_to.as_deref());
        let told = before.and_then(|name| levels.iter().position(|level| level.to == name)).map_or(0, |at| at + 1);
        let tonight = levels.get(told..reached).unwrap_or_default();
        let to = levels.get(told.max(reached).wrapping_sub(1)).map(|level| level.to.as_str());
        let on = if tonight.is_empty() {
            record.and_then(|record| record.escalated_on).filter(|_| to.is_some())
        } else {
            Some(self.subject.as_of)
        };
        let next = levels.get(told.max(reached)).map(|level| after(level.after, since, calendar));
        Risen { tonight, to, on, next }
    }

    /// The day by which whoever has the task now has to act; without a time to act the day it goes up.
    fn next_on(&self, rule: &TaskRule, since: Date, opened_on: Date, risen: &Risen<'_>) -> Option<Date> {
        let from = risen.on.map_or(opened_on, |on| on.max(opened_on)).max(since);
        rule.next_after.map(|span| after(span, from, self.rulebook.calendar)).or(risen.next)
    }

    fn amount(&mut self, task: &Standing<'_>) -> Result<(), NightError> {
        let (amount, currency) = match (task.rule.amount, task.items.first()) {
            (Some(field), _) => (Amount(self.field_sum(task, field)), self.subject.rates.reporting()),
            (None, Some(first)) => {
                let item = |at: &usize| &self.subject.ledger.items[self.subject.open_items[*at] as usize];
                (task.items.iter().map(|at| item(at).collectible()).sum(), self.subject.currency(item(first)))
            }
            (None, None) => {
                let debtor = &self.subject.debtors[task.debtor];
                (Amount(self.subject.sum(debtor, Item::collectible)?), self.subject.rates.reporting())
            }
        };
        self.told.money(columns::AMOUNT, amount, currency);
        self.told.text(columns::CURRENCY, currency.code().as_bytes());
        Ok(())
    }

    /// What a field comes to over the items of a task; a field of the customer counts once.
    fn field_sum(&self, task: &Standing<'_>, field: FieldId) -> i64 {
        let once = self.rulebook.program.fields[field.0 as usize].grain == Grain::Customer;
        let cells = self.rows(task).map(|row| row.cell(field)).filter(|cell| *cell != MISSING);
        cell(cells.take(if once { 1 } else { usize::MAX }).map(i128::from).sum())
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
