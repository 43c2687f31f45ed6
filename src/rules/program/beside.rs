//! What is done beside the ladders, compiled: tasks of our own people, plans that are offered, payments that are presented again.

use crate::base::money::Rate;
use crate::rules::program::{Cell, FieldId, Grain, Rule, Span};

/// Work for our own people that stands while its condition holds.
#[derive(Debug, Clone)]
pub struct TaskRule {
    /// Its id is the kind of task.
    pub rule: Rule,
    /// Whether it stands for one invoice or for the customer.
    pub on: Grain,
    pub owner: TaskOwner,
    /// The money it is about, in the reporting currency; without it what can be asked for.
    pub amount: Option<FieldId>,
    /// The day its age counts from; without it the first night it was seen.
    pub since: Option<FieldId>,
    /// Time its owner has to act.
    pub next_after: Option<Span>,
    /// Whom it goes up to as it ages, in rising order of age.
    pub escalate: Vec<TaskLevel>,
    pub template: Option<String>,
}

/// Who does a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskOwner {
    /// A field that names the owner.
    pub field: Option<FieldId>,
    /// The team that has it otherwise.
    pub team: String,
}

/// Whom a task goes up to at an age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskLevel {
    pub after: Span,
    pub to: String,
}

impl TaskRule {
    /// The fields it reads beside its condition.
    pub fn fields(&self) -> impl Iterator<Item = FieldId> {
        [self.owner.field, self.amount, self.since].into_iter().flatten()
    }
}

/// An instalment plan a debtor may be offered.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Whom it is for.
    pub rule: Rule,
    /// The most payments it has, the first one counted.
    pub payments: u32,
    pub every: Every,
    /// Share of the debt in the first payment; equal parts where none is said.
    pub first: Option<Rate>,
    /// Least amount of each payment, minor units of the reporting currency.
    pub at_least: Option<Cell>,
}

/// How far the payments of a plan are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    Month,
    Days(i32),
}

/// Payments that came back and are presented again, by method.
#[derive(Debug, Clone)]
pub struct Representation {
    /// Over fields of the customer; its id is `represent.method`.
    pub rule: Rule,
    /// Position in [`METHODS`](crate::base::contract::values::METHODS).
    pub method: u8,
    /// Position in [`REJECTION_KINDS`](crate::base::contract::values::REJECTION_KINDS); `None` for any.
    pub kind: Option<u8>,
    /// Times a payment is presented again.
    pub at_most: u32,
    /// No later than the last business day of the month in which it came back.
    pub same_month: bool,
    /// How long after it came back.
    pub after: Span,
    /// What the rejection cost, minor units of the reporting currency.
    pub fee: Option<Cell>,
}
