//! What the proofs need beyond the program: where its parts stand, what the dictionary promises of its fields, and on which days it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::date::Date;
use crate::rules::program::{Cell, Condition, FieldId};
use crate::rules::sources::Span;

/// A part of a rule set, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    Table(String),
    /// A column of a grid: table, column.
    Column(String, String),
    /// `table.row`.
    Row(String),
    /// A cell of a grid: `table.row`, column.
    Cell(String, String),
    /// What a table gives where no row matches.
    Otherwise(String),
    /// The text of a condition, by its owner: `table.row`, `policy.step`, `policy.entries.name`, a block, a policy, a trial.
    Condition(Owner, String),
    Policy(String),
    /// A key of a policy.
    PolicyKey(String, &'static str),
    /// The time of a step: `policy.step`.
    Step(String),
    /// What a step does: `policy.step`.
    Action(String),
    Cap(String),
    /// The agreement with an agency.
    Agency(String),
}

/// What a condition belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    Row,
    Step,
    Block,
    Task,
    Proposal,
    Route,
    Representation,
    Reword,
    Companion,
    Policy,
    EnterWhen,
    LeaveWhen,
    Entry,
    Penalty,
    Offer,
    Trial,
    Definition,
    Post,
    WayToPay,
    Hours,
    ToneBound,
}

/// Values the dictionary says a field can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// The least cell.
    pub low: Option<Cell>,
    /// The largest cell.
    pub high: Option<Cell>,
    /// Numbers without decimals.
    pub whole: bool,
}

/// Parts that could not be read whole: what is missing there is no finding of a proof.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holed {
    Table(String),
    Policies,
    Penalties,
    /// When a policy, by its name, is entered or left.
    Gates(String),
}

/// The marks of one rule set.
#[derive(Debug, Default)]
pub struct Marks {
    spans: BTreeMap<Mark, Span>,
    pub holed: BTreeSet<Holed>,
    /// Fields whose value may be missing without a default.
    pub optional: BTreeSet<FieldId>,
    pub ranges: BTreeMap<FieldId, Range>,
    /// Places of the lists of ids.
    pub id_lists: BTreeMap<String, Span>,
    /// Places that defined the fields.
    pub fields: BTreeMap<FieldId, Span>,
    /// Positions of the files that are in force on the day.
    pub in_force: BTreeSet<u32>,
    /// First days of the periods in which the rule set is constant.
    pub changes: BTreeSet<Date>,
    /// Named conditions.
    pub definitions: Vec<(String, Arc<Condition>)>,
}

impl Marks {
    /// Notes where a part stands.
    pub fn put(&mut self, mark: Mark, span: Span) {
        self.spans.insert(mark, span);
    }

    /// Where a part stands; the start of the first file for a part nobody noted.
    pub fn at(&self, mark: &Mark) -> Span {
        self.find(mark).unwrap_or(Span::start_of(0))
    }

    /// Where a part stands, if it was noted.
    pub fn find(&self, mark: &Mark) -> Option<Span> {
        self.spans.get(mark).copied()
    }

    /// Columns of a grid that hold conditions, in order of their places.
    pub fn columns(&self, table: &str) -> Vec<(&str, Span)> {
        let of_table = self.spans.iter().filter_map(|(mark, span)| match mark {
            Mark::Column(owner, column) if owner == table => Some((column.as_str(), *span)),
            _ => None,
        });
        let mut columns: Vec<_> = of_table.collect();
        columns.sort_by_key(|(_, span)| span.start);
        columns
    }

    /// Places of all conditions.
    pub fn conditions(&self) -> impl Iterator<Item = Span> {
        self.spans.iter().filter(|(mark, _)| matches!(mark, Mark::Condition(..))).map(|(_, span)| *span)
    }

    /// Notes a period of something: the rule set changes on its first day and on the day after its last.
    pub fn period(&mut self, from: Option<Date>, until: Option<Date>) {
        self.changes.extend(from);
        self.changes.extend(until.map(|until| until.plus_days(1)));
    }
}
