//! Who does the work, in what order, and how much of it fits into a night, compiled.

use crate::rules::program::{Cell, DecisionTable, Expression, FieldId, Verb};

/// A queue table with its ranking fields and nightly capacities.
#[derive(Debug, Clone)]
pub struct Assignment {
    pub table: DecisionTable,
    /// What orders a queue, the most important first; after it what is asked for, then age, then the order of the outputs.
    pub rank: Vec<RankKey>,
    /// Actions a night per output value, by enum position.
    pub capacity: Vec<(Cell, u32)>,
    /// Actions the capacity counts, in order; others are never displaced.
    pub counts: Vec<Verb>,
    /// Minutes an action takes, or would take by hand; where any is written, capacities are minutes. Ordered by verb.
    pub takes: Vec<(Verb, u32)>,
    /// Days after which what has found no place goes before all that is newer.
    pub patience: i32,
    /// What a collector must know, by the value of this field of the customer: one of its `segments`.
    pub skills: Option<FieldId>,
}

impl Assignment {
    /// Days a queue has patience with what it finds no place for, where its rules do not say.
    pub const PATIENCE: i32 = 5;

    /// What an action takes of a capacity: minutes, or one.
    pub fn effort_of(&self, verb: Verb) -> u32 {
        self.minutes_of(verb).unwrap_or(1).max(1)
    }

    /// The minutes an action takes, or would take a person where none is needed; `None` where nobody says.
    pub fn minutes_of(&self, verb: Verb) -> Option<u32> {
        self.takes.iter().find(|(of, _)| *of == verb).map(|(_, minutes)| *minutes)
    }

    /// Whether capacities are minutes.
    pub fn counts_minutes(&self) -> bool {
        !self.takes.is_empty()
    }

    /// Whether what is expected to come in decides who finds a place: then it is weighed against the time it takes.
    pub fn is_by_worth(&self) -> bool {
        self.rank.first().is_some_and(|key| matches!(key.by, RankBy::ExpectedValue) && !key.ascending)
    }

    /// What a queue has room for a night, in minutes or actions; `None` is no limit.
    pub fn capacity_of(&self, queue: Cell) -> Option<u32> {
        self.capacity.iter().find(|(of, _)| *of == queue).map(|(_, capacity)| *capacity)
    }
}

/// A figure that orders a queue. What is missing comes last either way.
#[derive(Debug, Clone)]
pub struct RankKey {
    pub by: RankBy,
    /// The smallest first, where the largest would be.
    pub ascending: bool,
}

/// What a queue can be ordered by.
#[derive(Debug, Clone)]
pub enum RankBy {
    /// What acting tonight rather than later is expected to bring in, less its cost.
    ExpectedValue,
    /// What the action asks for, in the reporting currency.
    AmountDue,
    Field(FieldId),
    Value(Expression),
}

impl RankKey {
    /// Calls back for every field it reads.
    pub fn visit_fields(&self, visit: &mut impl FnMut(FieldId, bool)) {
        match &self.by {
            RankBy::ExpectedValue | RankBy::AmountDue => {}
            RankBy::Field(field) => visit(*field, true),
            RankBy::Value(expression) => expression.visit_fields(visit),
        }
    }
}
