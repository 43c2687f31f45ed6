//! The compiled rule set: what the kernel evaluates.
//!
//! Every value a rule can see is one `i64` cell, whatever its type, so that facts are plain columns:
//! money in minor units of the reporting currency, rates and numbers in millionths, days and dates as whole days,
//! flags 0 or 1, enum values as their position, texts as codes of a [`TextPool`], tags as a bit set.
//! [`MISSING`] marks a value that is not there; a compiled condition can only meet it where the rule says what it means.

mod beside;
mod contact;
mod escalation;
mod proposal;
mod queue;
mod route;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub use beside::{Every, Offer, Representation, TaskLevel, TaskOwner, TaskRule};
pub use contact::{
    Cap, ChannelKey, Companion, Consent, ContactHours, Lack, Languages, Overflow, Per, Post, QuietDays, Represented, Reword, Shift,
    Silence, ToneBound, Undelivered, WayToPay,
};
pub use escalation::{
    Action, Address, Ask, BelowMin, Block, CatchUp, Clock, Contractual, Drift, Effect, Entry, Extensions, OnPayment, Otherwise,
    PenaltyRule, Policy, PolicyChange, Resume, Span, Step, Terminal, Verb,
};
pub use proposal::{CHOICES, Need, ProposalRule, Suggestion, Tier};
pub use queue::{Assignment, RankBy, RankKey};
pub use route::{Agency, Collects, FEE_BASES, Route, Routes};

use crate::base::calendar::Calendar;
use crate::base::contract::customers;
use crate::base::contract::values::CONTACT_CHANNELS;
use crate::base::date::Date;
use crate::base::money::{Currency, Rate};
use crate::rules::rates::RateBook;
use crate::rules::renames::Renames;

/// A value as rules see it.
pub type Cell = i64;
/// The cell of a value that is not there.
pub const MISSING: Cell = i64::MIN;

/// Position of a field in [`Program::fields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u32);

/// The field by which open items and figures are told apart.
pub const SEGMENT: &str = "segment";

/// What one row of facts is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    /// A customer with an open item.
    Customer,
    /// An open item: an invoice, or one instalment of it. Sees its customer's fields too.
    Invoice,
}

/// Type of a field or expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    Money,
    Rate,
    Number,
    Days,
    Date,
    Bool,
    Text,
    /// Closed list of names.
    Enum(Arc<[String]>),
    /// A subset of a closed list of at most 63 names: output of a table with `hit: all`.
    Tags(Arc<[String]>),
}

/// Where a field's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A column of the data contract, or an extra column of that table.
    Column { table: &'static str, column: String },
    /// A fact the engine works out, by its name in the dictionary.
    Fact,
    /// Worked out from other fields before any rule: position in [`Program::derived`].
    Derived(usize),
    /// Output of a decision table: position in [`Program::tables`].
    Decision(usize),
    /// Arm of a trial: position in [`Program::trials`].
    Trial(usize),
    /// What a route is worth, or which is worth the most: see [`Program::routes`].
    Route,
}

/// How far the compiled rules look at a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// No rule names it: the kernel need not fill it.
    None,
    /// Rules only ask whether it is known: any cell but [`MISSING`] will do.
    Presence,
    /// Rules compare it.
    Value,
}

/// A field of the dictionary.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub ty: Type,
    pub grain: Grain,
    pub source: Source,
    /// Cell that stands for a missing value (`missing:` in the dictionary); [`MISSING`] where rules must say.
    pub default: Cell,
    /// A missing value is a data error.
    pub required: bool,
    /// How far the compiled rules look at it.
    pub used: Use,
    /// What it means, for people.
    pub label: String,
}

/// A compiled condition: strictly true or false for every row.
pub use crate::rules::expr::typed::Condition;
/// A compiled expression. Evaluated by [`crate::rules::eval`]; total: it has a value for every row.
pub use crate::rules::expr::typed::Expression;

/// A condition with its place and text, for traces and messages.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Stable name: `policy.step`, `table.row`, `block`.
    pub id: String,
    pub when: Condition,
    /// The condition as the analyst wrote it.
    pub text: String,
    /// `file:line` of the rule.
    pub place: String,
    /// Period in which the rule is in force, both ends included; `None` is open.
    pub from: Option<Date>,
    pub until: Option<Date>,
    /// On trial: worked out and counted, never acted upon. What decides has none of these, [`Program::shadows`] all of them.
    pub shadow: bool,
}

/// A named condition that rules share.
#[derive(Debug, Clone)]
pub struct Definition {
    pub name: String,
    pub when: Arc<Condition>,
    /// `file:line`.
    pub place: String,
}

/// A field worked out from others.
#[derive(Debug, Clone)]
pub struct Derived {
    pub field: FieldId,
    pub formula: Formula,
    /// `file:line`.
    pub place: String,
}

/// How a derived field is worked out.
#[derive(Debug, Clone)]
pub enum Formula {
    /// From fields of the same row.
    Row(Expression),
    /// Over the open items of a customer. `Count` ignores `over`.
    Aggregate { function: Aggregate, over: Option<Expression>, filter: Option<Condition> },
}

impl Formula {
    /// The fields it reads.
    pub fn fields(&self) -> BTreeSet<FieldId> {
        let mut fields = BTreeSet::new();
        let mut visit = |field, _| {
            fields.insert(field);
        };
        match self {
            Formula::Row(expression) => expression.visit_fields(&mut visit),
            Formula::Aggregate { over, filter, .. } => {
                over.iter().for_each(|over| over.visit_fields(&mut visit));
                filter.iter().for_each(|filter| filter.visit_fields(&mut visit));
            }
        }
        fields
    }
}

/// Aggregates of the dictionary. `Sum` and `Count` over nothing are 0; the others are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    Sum,
    Count,
    Max,
    Min,
    /// Rounded half-up to the cell's unit.
    Avg,
}

/// Which rows of a table count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// Exactly one row matches; two at run time are an error of the rule set.
    Unique,
    /// The first true row wins.
    First,
    /// Every true row counts.
    All(Together),
}

/// What the results of all true rows of a table come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// A set of tags.
    Tags,
    /// Zero where no row is true.
    Sum,
    /// How many rows are true.
    Count,
    /// The largest one decides, the first of equals.
    Max,
    /// The smallest one decides, the first of equals.
    Min,
}

impl Hit {
    /// Whether one row alone decides: the first true one, or the one with the largest or smallest result.
    pub fn decides_by_one(self) -> bool {
        !matches!(self, Hit::All(Together::Tags | Together::Sum | Together::Count))
    }
}

/// A decision table: segmentation or queue.
#[derive(Debug, Clone)]
pub struct DecisionTable {
    pub id: String,
    pub grain: Grain,
    pub hit: Hit,
    /// The field its result becomes.
    pub output: FieldId,
    /// Rows in order, each with the output cell: an enum position, the bit of a tag, one where rows are counted, or a plain value.
    pub rows: Vec<(Rule, Cell)>,
    /// Output where no row matches.
    pub otherwise: Option<Cell>,
}

/// A stable split of debtor groups.
#[derive(Debug, Clone)]
pub struct Trial {
    pub id: String,
    /// Share in the arm `on`, in millionths.
    pub share: Rate,
    pub among: Rule,
    pub field: FieldId,
    /// Days after the draw during which something counts in its figures; `None`: all up to the night.
    pub measured_for: Option<i32>,
    /// The name by which groups are split: its first one, so that a new name moves nobody.
    pub split_by: String,
}

/// Arms of a trial, by the cell of its field.
pub const ARMS: [&str; 2] = ["control", "on"];

impl Trial {
    /// The arm of a cell of the trial's field, as outputs and tests name it: `call_first:on`. `None` outside the trial.
    pub fn arm(&self, cell: Cell) -> Option<String> {
        let arm = ARMS.get(usize::try_from(cell).ok()?)?;
        Some(format!("{}:{arm}", self.id))
    }
}

/// A rule on trial: worked out and counted every night, never acted upon.
#[derive(Debug, Clone)]
pub struct Shadow {
    pub rule: Rule,
    pub grain: Grain,
    pub part: ShadowPart,
}

/// What a rule on trial would be part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShadowPart {
    /// A row of a decision table, below so many rows that count, with its output.
    Row {
        table: String,
        above: usize,
        output: Cell,
    },
    Block,
    Policy,
    /// A step, by the positions of its policy and in it.
    Step {
        policy: usize,
        step: usize,
    },
    /// A penalty rule, below so many that count.
    Penalty {
        above: usize,
    },
}

impl ShadowPart {
    /// What it would be part of, in one word.
    pub fn name(&self) -> &'static str {
        match self {
            ShadowPart::Row { .. } => "row",
            ShadowPart::Block => "block",
            ShadowPart::Policy => "policy",
            ShadowPart::Step { .. } => "step",
            ShadowPart::Penalty { .. } => "penalty",
        }
    }
}

/// A list of ids that a rule compares with a key of the ledger: a value that names no row there is worth a word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdList {
    pub name: String,
    /// What the ids are compared with.
    pub grain: Grain,
    /// As written, each once, in rising order.
    pub values: Vec<String>,
}

/// A checked, compiled rule set. Nothing in it can fail on a row.
#[derive(Debug, Clone)]
pub struct Program {
    /// SHA-256 of the canonical rule set, formatting and comments left out; hexadecimal.
    pub hash: String,
    /// Name and owner for the manifest.
    pub name: String,
    pub currency: Currency,
    pub fields: Vec<Field>,
    /// In order of name.
    pub definitions: Vec<Definition>,
    /// In an order in which each needs only earlier ones.
    pub derived: Vec<Derived>,
    /// Segmentation tables, in an order in which each needs only earlier ones.
    pub tables: Vec<DecisionTable>,
    pub trials: Vec<Trial>,
    pub blocks: Vec<Block>,
    pub tasks: Vec<TaskRule>,
    pub proposals: Vec<ProposalRule>,
    pub routes: Routes,
    pub representations: Vec<Representation>,
    pub policies: Vec<Policy>,
    /// Plans that may be offered.
    pub offers: Vec<Offer>,
    pub caps: Vec<Cap>,
    pub quiet_days: Vec<QuietDays>,
    /// The first that is for an action and whose condition holds counts.
    pub post: Vec<Post>,
    /// The first whose condition holds counts.
    pub ways_to_pay: Vec<WayToPay>,
    /// The first whose condition holds counts.
    pub contact_hours: Vec<ContactHours>,
    /// Tones from the softest to the hardest; empty where no scale is written.
    pub tones: Vec<String>,
    pub tone_bounds: Vec<ToneBound>,
    pub languages: Option<Languages>,
    /// Actions a night of channels, over all queues: position in [`CONTACT_CHANNELS`]
    /// and number, ascending.
    pub channel_capacity: Vec<(u8, u32)>,
    pub assignments: Vec<Assignment>,
    pub penalties: Vec<PenaltyRule>,
    pub shadows: Vec<Shadow>,
    /// Lists of customers and of invoices that rules ask for by id, in order of name.
    pub id_lists: Vec<IdList>,
    /// Earlier names.
    pub renames: Renames,
    /// Business days and public holidays.
    pub calendar: Calendar,
    pub rates: RateBook,
    /// Texts named by rules: codes 0.. of every [`TextPool`].
    pub texts: Arc<TextBase>,
}

/// Facts that are, or are made of, texts of a table, each with its column.
const TEXTS_OF_FACTS: &[(&str, &str, &str)] = &[
    ("contact_reason", "contacts", "reason"),
    ("court_route", "legal_events", "route"),
    ("item_contact_reason", "contacts", "reason"),
    ("dispute_owner", "disputes", "owner"),
    ("dispute_reason", "disputes", "reason"),
    ("duplicate_invoice", "invoices", "order_id"),
    ("invoices_without_terms", "invoices", "payment_terms"),
];

/// Facts that measure how late items are.
const AGES: &[&str] = &["oldest_days_past_due", "oldest_days_past_agreed_due", "next_due_in", "days_past_due", "days_past_agreed_due"];

impl Program {
    /// The capacity of the channel an action goes on, by position in `channel_capacity`; `None` where it has none.
    pub fn channel_of(&self, verb: Verb) -> Option<usize> {
        let name = verb.channel()?;
        self.channel_capacity.iter().position(|(channel, _)| CONTACT_CHANNELS.get(usize::from(*channel)).copied() == Some(name))
    }

    /// Whether a rule looks at a column of a table, by itself or through a fact.
    pub fn reads(&self, table: &str, column: &str) -> bool {
        let address = ["email", "phone", "address"].contains(&column);
        let verbs = || self.policies.iter().flat_map(Policy::actions).map(|action| action.verb);
        let of_contacts = match column {
            "represented_by" => verbs().any(|verb| verb.channel().is_some()),
            "time_zone" => !self.contact_hours.is_empty(),
            "contact_consent" => verbs().any(|verb| verb.consent().is_some()),
            _ => verbs().filter_map(Verb::address).any(|address| address.column() == column),
        };
        let shared = self.caps.iter().filter_map(|cap| cap.per.column()).any(|at| customers::SPEC.columns[at].name == column);
        if table == "customers" && (of_contacts || shared) {
            return true;
        }
        self.fields.iter().filter(|field| field.used != Use::None).any(|field| match &field.source {
            Source::Column { table: its, column: name } => *its == table && name == column,
            Source::Fact if table == "customers" && address => field.name == "has_contact_address",
            Source::Fact => TEXTS_OF_FACTS.contains(&(field.name.as_str(), table, column)),
            Source::Derived(_) | Source::Decision(_) | Source::Trial(_) | Source::Route => false,
        })
    }

    /// Rules of what is done beside the ladders: offers, tasks, proposals, routes, payments presented again.
    pub fn beside(&self) -> impl Iterator<Item = &Rule> {
        let offers = self.offers.iter().map(|offer| &offer.rule);
        let proposals = self.proposals.iter().map(|proposal| &proposal.rule).chain(self.routes.all.iter().map(|route| &route.rule));
        offers.chain(self.tasks.iter().map(|task| &task.rule)).chain(proposals).chain(self.representations.iter().map(|one| &one.rule))
    }

    /// The rules of how debtors are spoken to: places that print letters, ways to pay, hours of contact, bounds of tone.
    pub fn manners(&self) -> impl Iterator<Item = &Rule> {
        let post = self.post.iter().map(|post| &post.rule).chain(self.ways_to_pay.iter().map(|way| &way.rule));
        post.chain(self.contact_hours.iter().map(|hours| &hours.rule)).chain(self.tone_bounds.iter().map(|bound| &bound.rule))
    }

    /// The keys that connect customers of different debtor groups, because a cap counts over all who share one; each once, in order.
    pub fn shared_keys(&self) -> Vec<Per> {
        let keys: BTreeSet<Per> = self.caps.iter().map(|cap| cap.per).filter(|per| per.column().is_some()).collect();
        keys.into_iter().collect()
    }

    /// Whether a field measures how late items are: an age of items, or a formula over one.
    pub fn measures_lateness(&self, field: FieldId) -> bool {
        let field = &self.fields[field.0 as usize];
        match field.source {
            Source::Fact => AGES.contains(&field.name.as_str()),
            Source::Derived(at) => self.derived[at].formula.fields().into_iter().any(|field| self.measures_lateness(field)),
            Source::Column { .. } | Source::Decision(_) | Source::Trial(_) | Source::Route => false,
        }
    }

    /// The field with this name.
    pub fn field(&self, name: &str) -> Option<FieldId> {
        self.fields.iter().position(|field| field.name == name).and_then(|at| u32::try_from(at).ok()).map(FieldId)
    }
}

/// Texts the rules name, shared by all shards.
#[derive(Debug, Clone, Default)]
pub struct TextBase {
    pub texts: Vec<String>,
    pub codes: HashMap<String, u32>,
}

/// Gives texts codes so that rules compare numbers. One per shard; codes of the shared base come first.
#[derive(Debug, Clone)]
pub struct TextPool {
    base: Arc<TextBase>,
    extra: Vec<String>,
    codes: HashMap<String, u32>,
}

impl TextPool {
    /// A pool that knows the texts of the rules.
    pub fn new(base: Arc<TextBase>) -> TextPool {
        TextPool { base, extra: Vec::new(), codes: HashMap::new() }
    }

    /// The code of a text, given now if it has none.
    pub fn code(&mut self, text: &str) -> Cell {
        if let Some(code) = self.base.codes.get(text).or_else(|| self.codes.get(text)) {
            return Cell::from(*code);
        }
        let code = u32::try_from(self.base.texts.len() + self.extra.len()).unwrap_or(u32::MAX);
        self.extra.push(text.to_owned());
        self.codes.insert(text.to_owned(), code);
        Cell::from(code)
    }

    /// The text of a code; empty for a missing one.
    pub fn text(&self, code: Cell) -> &str {
        let Ok(at) = usize::try_from(code) else { return "" };
        let base = self.base.texts.len();
        self.base.texts.get(at).or_else(|| self.extra.get(at.wrapping_sub(base))).map_or("", String::as_str)
    }
}

/// What an expression reads: the cells of one row.
pub trait Facts {
    /// The cell of a field; the field's own default already stands in for a missing value.
    fn cell(&self, field: FieldId) -> Cell;
    /// The text behind a code.
    fn text(&self, code: Cell) -> &str;
}
