//! What a group of keys may hold, as data: readers, schemas, formatting and pages for people all go by the same tables.

/// A group of keys.
#[derive(Debug)]
pub struct Form {
    /// What the group describes, with an article: "a step".
    pub what: &'static str,
    /// Its keys in the order in which they are best read.
    pub keys: &'static [Key],
}

/// One key of a group.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub name: &'static str,
    pub value: Value,
    /// Never left out.
    pub needed: bool,
    /// What it says, for people: sentences without a full stop at the end.
    pub means: &'static str,
}

/// What may stand behind a key.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    /// Words for people, taken as written.
    Text,
    /// One of a closed list of words.
    Choice(fn() -> Vec<&'static str>),
    /// A name that this place defines.
    Defines(Noun),
    /// A name that another place defines.
    Names(Noun),
    /// A word of the reader's own choosing; those already in use are worth offering.
    Word(Noun),
    /// `true` or `false`.
    Flag,
    /// A whole number, at least zero.
    Whole,
    /// `2026-12-31`.
    Date,
    /// True or false of each row.
    Condition,
    /// The formula of a derived field.
    Formula,
    /// A figure that orders a queue: a name or an expression, with its direction.
    Rank,
    /// An amount of money.
    Money,
    /// An amount in the currency of the group it stands in.
    OwnMoney,
    /// `8%`.
    Rate,
    /// `7 days`, `3 business days`.
    Days,
    /// `wait 7 days`.
    Wait,
    /// A value with its unit, which tells its type.
    Constant,
    /// A value of the type stated beside it.
    StandIn,
    /// A cell of a grid.
    Cell,
    /// Whatever its reader makes of it: a value, a list or a group.
    Any,
    List(&'static Value),
    Group(&'static Form),
    /// Free keys, each with a value of this kind.
    Map(&'static Value, &'static Value),
    /// One of several, told apart by their shape: a word, a list or a group.
    Either(&'static [Value]),
}

/// What names are names of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noun {
    File,
    /// A column or a fact.
    Field,
    /// A field that counts days.
    Clock,
    Constant,
    Definition,
    List,
    Table,
    /// A value of the enum or list of tags being defined.
    EnumValue,
    /// What a row of a table gives.
    Outcome,
    /// A column of a grid.
    Column,
    Trial,
    Rule,
    Block,
    Policy,
    Step,
    Offer,
    Cap,
    Penalty,
    Task,
    Proposal,
    Route,
    Regime,
    Series,
    Template,
    Tone,
    Receiver,
    Approver,
    /// Who does a task, or hears of it.
    Team,
    Currency,
    /// An input table of the data contract.
    InputTable,
    /// A column of the data contract.
    InputColumn,
}

impl Form {
    /// The key with this name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Key {
    /// A key that may be left out.
    pub const fn new(name: &'static str, value: Value, means: &'static str) -> Key {
        Key { name, value, needed: false, means }
    }

    /// A key that is never left out.
    pub const fn needed(name: &'static str, value: Value, means: &'static str) -> Key {
        Key { name, value, needed: true, means }
    }
}

/// The words of a table of choices, for [`Value::Choice`].
pub fn words<T>(choices: &[(&'static str, T)]) -> Vec<&'static str> {
    choices.iter().map(|(word, _)| *word).collect()
}
