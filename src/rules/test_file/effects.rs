//! What a test expects or forbids: a cell of what goes out, a result of a table, a rule that fired, what is owed.
//!
//! Every name is checked against the program. A slip in something forbidden would otherwise make a test that can never fail.

use super::value::{Form, Value};
use crate::base::contract::values::{BARRED, CONTACT_CHANNELS, DEDUCTION_CLAIMED, DISPUTED, METHODS, NO_AGENCY, PAYMENT_PENDING};
use crate::base::contract::{ColumnSpec, TableSpec, actions, open_items, proposals, tasks};
use crate::rules::codes;
use crate::rules::context::Context;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::{Entry, Node, NodeKind};
use crate::rules::program::{DecisionTable, FieldId, Grain, Otherwise, Policy, Program, Step, Type, Use, Verb};
use crate::rules::renames::Kind;
use crate::rules::sources::Span;

/// One thing expected, or forbidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// As written.
    pub key: String,
    pub target: Target,
    /// The values any of which will do; for a set, the members.
    pub wanted: Vec<String>,
    pub path: String,
    pub line: u32,
}

/// What an expectation looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// What goes out tonight, or waits for consent: the verb, `none` where nothing does.
    Action,
    /// The block, hold, guard, cap or calendar that stops what would go out.
    HeldBy,
    /// A column of `actions`, by position.
    ActionColumn(usize),
    /// Whom something is handed over to.
    Receiver,
    /// A column of `open_items`, by position, of an invoice; of the customer's first where none is named.
    Item(Option<String>, usize),
    /// A field of the customer, worked out by rules or by the engine.
    Field(FieldId),
    /// A field of an invoice.
    ItemField(String, FieldId),
    /// A set of tags.
    Tags(FieldId),
    /// Ids of rules that decided something.
    Fired,
    /// What goes out beside a step tonight.
    Also,
    /// Ids of rules on trial that would have.
    Shadow,
    /// Names of blocks whose review is due.
    Reviews,
    /// Names of the tasks or proposals that stand.
    Standing(Stands),
    /// A column of `tasks` or `proposals`, by position, of the first one of a name.
    OfStanding(Stands, String, usize),
    /// Interest and fixed charges together, less waivers.
    Penalties,
    Interest,
    FixedCharge,
    /// Agencies that could take a debt tonight, by invoice; of all the customer's debts where none is named.
    HandedTo(Option<String>),
    /// What an invoice lacks that was to be handed over.
    Missing(String),
    /// Why an agency has to give an invoice back.
    Recalled(String),
}

impl Target {
    /// Whether several values are meant together rather than as choices.
    pub fn is_set(&self) -> bool {
        matches!(
            self,
            Target::Fired
                | Target::Also
                | Target::Shadow
                | Target::Reviews
                | Target::Standing(_)
                | Target::Tags(_)
                | Target::HandedTo(_)
                | Target::Missing(_)
        )
    }
}

/// Effects that are no column and no field, and what they are.
pub const PLAIN_EFFECTS: &[(&str, &str)] = &[
    ("action", "What goes out or waits for consent; none where nothing does"),
    ("to", "Whom a customer is handed over to"),
    ("also", "What goes out together with the action of a step, all of it"),
    ("held_by", "What stops an action that would go out"),
    ("fired", "Rules that decided something, all of them"),
    ("shadow", "Rules on trial that would have decided something"),
    ("reviews", "Blocks that have stood so long that somebody should look at them"),
    ("tasks", "Tasks that stand tonight, all of them"),
    ("proposals", "Proposals that stand tonight, all of them"),
    ("handed_to", "Agencies that may take debts of the customer tonight, all of them"),
    ("penalties", "Interest and fixed charges of the night, less what was waived"),
    ("interest", "Interest of the night"),
    ("fixed_charge", "Fixed charges of the night"),
];

/// Agencies that may take debts, of a customer or of an invoice.
const HANDED_TO: &str = "handed_to";

/// Columns of `actions` an expectation may name.
const ACTION_COLUMNS: &[usize] = &[
    actions::STATUS,
    actions::STATUS_REASON,
    actions::CHANNEL,
    actions::TEMPLATE,
    actions::TONE,
    actions::LANGUAGE,
    actions::AMOUNT_DUE,
    actions::EXPECTED_VALUE,
    actions::CURRENCY,
    actions::PAY_BY,
    actions::QUEUE,
    actions::ASSIGNEE,
    actions::RULE_ID,
    actions::TRIAL_ARM,
    actions::DAYS_LATE,
    actions::STEP,
    actions::AMOUNT_ASKED,
    actions::OFFER,
    actions::OFFER_PAYMENTS,
    actions::OFFER_FIRST,
    actions::OFFER_EACH,
    actions::OFFER_UNTIL,
    actions::OVERRIDE_ID,
    actions::REWORDED_BY,
    actions::FEE,
    actions::ADDRESSEE,
    actions::FALLBACK_REASON,
    actions::POST_SITE,
    actions::ARRIVES_ON,
    actions::PAY_METHODS,
    actions::PAY_ACCOUNT,
    actions::PAY_REFERENCE,
    actions::TONE_REASON,
    actions::TIME_ZONE,
    actions::HOURS_FROM,
    actions::HOURS_UNTIL,
    actions::MINUTES,
    actions::WAITING_SINCE,
];

/// Columns of `open_items` an expectation may name without an invoice: they are the same for all items of a customer's ladder.
const ITEM_COLUMNS: &[usize] = &[open_items::POLICY, open_items::NEXT_ACTION, open_items::NEXT_ON];

/// What stands while a condition is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stands {
    Tasks,
    Proposals,
}

impl Stands {
    pub const ALL: [Stands; 2] = [Stands::Tasks, Stands::Proposals];

    /// Its table of outputs, by whose name expectations call it: `tasks.<kind>.owner`.
    pub fn spec(self) -> &'static TableSpec {
        match self {
            Stands::Tasks => &tasks::SPEC,
            Stands::Proposals => &proposals::SPEC,
        }
    }

    /// The column that names its rule.
    pub fn rule_column(self) -> usize {
        match self {
            Stands::Tasks => tasks::RULE_ID,
            Stands::Proposals => proposals::RULE_ID,
        }
    }

    /// The columns with its status and its currency.
    pub fn status_and_currency(self) -> (usize, usize) {
        match self {
            Stands::Tasks => (tasks::STATUS, tasks::CURRENCY),
            Stands::Proposals => (proposals::STATUS, proposals::CURRENCY),
        }
    }

    /// Columns an expectation may name.
    pub fn columns(self) -> &'static [usize] {
        match self {
            Stands::Tasks => TASK_COLUMNS,
            Stands::Proposals => PROPOSAL_COLUMNS,
        }
    }

    /// The names rules give.
    pub fn ids(self, program: &Program) -> Vec<&str> {
        match self {
            Stands::Tasks => program.tasks.iter().map(|task| task.rule.id.as_str()).collect(),
            Stands::Proposals => program.proposals.iter().map(|proposal| proposal.rule.id.as_str()).collect(),
        }
    }

    fn kind(self) -> Kind {
        match self {
            Stands::Tasks => Kind::Task,
            Stands::Proposals => Kind::Proposal,
        }
    }

    fn statuses(self) -> &'static [&'static str] {
        match self {
            Stands::Tasks => &["new", "open", "escalated", "done"],
            Stands::Proposals => &["new", "open", "not_ready", "approved", "refused", "done"],
        }
    }
}

/// Columns of `proposals` an expectation may name.
const PROPOSAL_COLUMNS: &[usize] = &[
    proposals::STATUS,
    proposals::KIND,
    proposals::MISSING,
    proposals::OWNER,
    proposals::APPROVER,
    proposals::AGE,
    proposals::AMOUNT,
    proposals::SUGGESTED,
    proposals::SUGGESTED_AMOUNT,
    proposals::COST,
    proposals::TAX_AMOUNT,
    proposals::ROUTE,
    proposals::STOPS,
    proposals::ENDS_WHEN,
    proposals::DECIDE_BY,
    proposals::DECIDED_ON,
    proposals::DECIDED_BY,
    proposals::EVIDENCE,
    proposals::TEMPLATE,
    proposals::OPENED_ON,
    proposals::READY_ON,
    proposals::CURRENCY,
    proposals::INVOICE_ID,
];

/// Columns of `tasks` an expectation may name.
const TASK_COLUMNS: &[usize] = &[
    tasks::STATUS,
    tasks::OWNER,
    tasks::ESCALATED_TO,
    tasks::AGE,
    tasks::AMOUNT,
    tasks::CURRENCY,
    tasks::NEXT_ON,
    tasks::TEMPLATE,
    tasks::OPENED_ON,
    tasks::INVOICE_ID,
];

/// The columns an expectation may name, and the forms of their values.
pub fn effect_columns() -> impl Iterator<Item = (&'static str, Form)> {
    let actions = ACTION_COLUMNS.iter().map(|at| &actions::SPEC.columns[*at]);
    let items = ITEM_COLUMNS.iter().map(|at| &open_items::SPEC.columns[*at]);
    actions.chain(items).map(|column| (column.name, form_of(column, column.name)))
}

/// Reads a group of expectations; `None` for each with a mistake.
pub(super) fn read_all(node: &Node, program: &Program, context: &mut Context<'_>) -> Vec<Option<Expectation>> {
    match &node.kind {
        NodeKind::Mapping(mapping) => mapping.entries.iter().map(|entry| read(&entry.key, entry, program, context)).collect(),
        NodeKind::Poison => vec![None],
        _ => {
            let message = "effects are written as names with values: {action: email, step: reminder}";
            context.findings.push(context.as_a_group(Diagnostic::error(codes::WRONG_SHAPE, node.span, message), node));
            vec![None]
        }
    }
}

/// Reads one expectation; `key` is the name without a leading `expect.` or `forbid.`.
pub(super) fn read(key: &str, entry: &Entry, program: &Program, context: &mut Context<'_>) -> Option<Expectation> {
    let Some((target, form)) = target(key, program) else {
        let found = Diagnostic::error(codes::UNKNOWN_EFFECT, entry.key_span, format!("a night has no effect called \"{key}\""));
        let names = names(program);
        let found = found.nearest(key, names.iter().map(String::as_str));
        context.findings.push(found.help(
            "possible are: action, step, also, held_by, fired, shadow, reviews, tasks, proposals, penalties, columns of actions, tables and fields",
        ));
        return None;
    };
    if let Some(name) = unread(&target, program) {
        let message = format!("no rule looks at \"{name}\", so the night does not work it out");
        context.error(codes::UNKNOWN_EFFECT, entry.key_span, message);
        return None;
    }
    let items: Vec<&Node> = match &entry.value.kind {
        NodeKind::Sequence(items) => items.iter().collect(),
        _ => vec![&entry.value],
    };
    let mut wanted = Vec::new();
    for item in items {
        let text = match item.text() {
            Some("none" | "missing") if !has_none(&form) => "none".to_owned(),
            Some(text) if let Some(now) = present_name(&target, text, program) => now,
            _ => Value::read(item, &form, context)?.shown(program.currency),
        };
        check_name(&target, &text, item.span, program, context);
        wanted.push(text);
    }
    let place = context.sources.place(entry.key_span);
    let path = context.sources.path(entry.key_span.file).to_owned();
    Some(Expectation { key: key.to_owned(), target, wanted, path, line: place.line })
}

/// What an earlier name is called now; `None` for a present one.
fn present_name(target: &Target, text: &str, program: &Program) -> Option<String> {
    let renames = &program.renames;
    let any = |kind: Kind| renames.iter().find(|rename| rename.kind == kind && rename.old == text).map(|rename| rename.new.clone());
    match target {
        Target::Fired | Target::Shadow | Target::ActionColumn(actions::RULE_ID) => Some(renames.rule_id(text)).filter(|now| now != text),
        Target::Reviews => any(Kind::Block),
        Target::Standing(stands) => any(stands.kind()),
        Target::HeldBy | Target::ActionColumn(actions::STATUS_REASON) => any(Kind::Block).or_else(|| any(Kind::Cap)),
        Target::ActionColumn(actions::STEP) | Target::Item(_, open_items::STEP) => any(Kind::Step),
        Target::Item(_, open_items::POLICY) => any(Kind::Policy),
        Target::ActionColumn(actions::QUEUE) => any(Kind::Result),
        Target::Field(field) | Target::ItemField(_, field) | Target::Tags(field) => {
            renames.now(Kind::Result, &program.fields[field.0 as usize].name, text).map(str::to_owned)
        }
        _ => None,
    }
}

/// Whether `none` is a value like others.
fn has_none(form: &Form) -> bool {
    matches!(form, Form::Choice(names) if names.iter().any(|name| name == "none"))
}

/// A field that is expected and that the night leaves out because no rule compares it.
fn unread<'p>(target: &Target, program: &'p Program) -> Option<&'p str> {
    let (Target::Field(field) | Target::ItemField(_, field)) = target else { return None };
    let field = &program.fields[field.0 as usize];
    (field.used != Use::Value).then_some(field.name.as_str())
}

/// What a key looks at, and the form of its values.
fn target(key: &str, program: &Program) -> Option<(Target, Form)> {
    let plain = match key {
        "action" => Some((Target::Action, Form::Text)),
        "held_by" => Some((Target::HeldBy, Form::Text)),
        "to" => Some((Target::Receiver, Form::Text)),
        "also" => Some((Target::Also, Form::Text)),
        "fired" => Some((Target::Fired, Form::Text)),
        "shadow" => Some((Target::Shadow, Form::Text)),
        "reviews" => Some((Target::Reviews, Form::Text)),
        "tasks" => Some((Target::Standing(Stands::Tasks), Form::Text)),
        "proposals" => Some((Target::Standing(Stands::Proposals), Form::Text)),
        HANDED_TO => Some((Target::HandedTo(None), Form::Text)),
        "penalties" => Some((Target::Penalties, Form::Money)),
        "interest" => Some((Target::Interest, Form::Money)),
        "fixed_charge" => Some((Target::FixedCharge, Form::Money)),
        _ => None,
    };
    if plain.is_some() {
        return plain;
    }
    if let Some(rest) = key.strip_prefix("invoices.") {
        let (id, name) = rest.rsplit_once('.')?;
        match name {
            HANDED_TO => return Some((Target::HandedTo(Some(id.to_owned())), Form::Text)),
            "missing" => return Some((Target::Missing(id.to_owned()), Form::Text)),
            "recalled" => return Some((Target::Recalled(id.to_owned()), Form::Text)),
            _ => {}
        }
        if let Some((at, column)) = column(open_items::SPEC.columns, name) {
            return Some((Target::Item(Some(id.to_owned()), at), form_of(column, name)));
        }
        let field = program.field(name).filter(|field| program.fields[field.0 as usize].grain == Grain::Invoice)?;
        return Some((Target::ItemField(id.to_owned(), field), Form::of_type(&program.fields[field.0 as usize].ty)));
    }
    let of_standing = |stands: &Stands| Some((*stands, key.strip_prefix(stands.spec().name)?.strip_prefix('.')?));
    if let Some((stands, rest)) = Stands::ALL.iter().find_map(of_standing) {
        let (id, name) = rest.rsplit_once('.')?;
        let id = program.renames.now(stands.kind(), "", id).unwrap_or(id);
        stands.ids(program).into_iter().find(|own| *own == id)?;
        let (at, column) = column(stands.spec().columns, name).filter(|(at, _)| stands.columns().contains(at))?;
        return Some((Target::OfStanding(stands, id.to_owned(), at), form_of(column, name)));
    }
    let action = column(actions::SPEC.columns, key).filter(|(at, _)| ACTION_COLUMNS.contains(at));
    if let Some((at, column)) = action {
        return Some((Target::ActionColumn(at), form_of(column, key)));
    }
    let item = column(open_items::SPEC.columns, key).filter(|(at, _)| ITEM_COLUMNS.contains(at));
    if let Some((at, column)) = item {
        return Some((Target::Item(None, at), form_of(column, key)));
    }
    let name = key.strip_prefix("facts.").unwrap_or(key);
    let field = program.field(name).or_else(|| program.field(program.renames.now(Kind::Field, "", name)?))?;
    let definition = &program.fields[field.0 as usize];
    match &definition.ty {
        _ if definition.grain == Grain::Invoice => None,
        Type::Tags(_) => Some((Target::Tags(field), Form::of_type(&definition.ty))),
        ty => Some((Target::Field(field), Form::of_type(ty))),
    }
}

fn column<'c>(columns: &'c [ColumnSpec], name: &str) -> Option<(usize, &'c ColumnSpec)> {
    columns.iter().enumerate().find(|(_, column)| column.name == name)
}

fn form_of(column: &ColumnSpec, name: &str) -> Form {
    if ["days_past_due", "age_of_dispute", "age", "days_late"].contains(&name) { Form::Days } else { Form::of_kind(column.kind) }
}

/// Names of everything that can be expected.
fn names(program: &Program) -> Vec<String> {
    let columns = effect_columns().map(|(name, _)| name);
    let plain = PLAIN_EFFECTS.iter().map(|(name, _)| *name);
    let fields = program.fields.iter().filter(|field| field.grain == Grain::Customer).map(|field| field.name.clone());
    let of_standing = |stands: Stands| {
        let of = move |id: &str| {
            let columns = stands.spec().columns;
            let name = |at: &usize| format!("{}.{id}.{}", stands.spec().name, columns[*at].name);
            stands.columns().iter().map(name).collect::<Vec<_>>()
        };
        stands.ids(program).into_iter().flat_map(of).collect::<Vec<_>>()
    };
    let standing = Stands::ALL.into_iter().flat_map(of_standing);
    columns.chain(plain).map(str::to_owned).chain(fields).chain(standing).collect()
}

/// Refuses a value that no night of these rules can have.
fn check_name(target: &Target, text: &str, span: Span, program: &Program, context: &mut Context<'_>) {
    if text == "none" || text == "missing" {
        return;
    }
    let possible: Vec<String> = match target {
        Target::Action | Target::Also => Verb::ALL.iter().map(|(_, name, _)| (*name).to_owned()).collect(),
        Target::Fired => rule_ids(program),
        Target::Reviews => program.blocks.iter().filter(|block| block.review_after.is_some()).map(|block| block.rule.id.clone()).collect(),
        Target::Standing(stands) => stands.ids(program).into_iter().map(str::to_owned).collect(),
        Target::OfStanding(stands, _, at) if *at == stands.status_and_currency().0 => {
            stands.statuses().iter().map(|status| (*status).to_owned()).collect()
        }
        Target::Shadow => program.shadows.iter().map(|shadow| shadow.rule.id.clone()).collect(),
        Target::HeldBy | Target::ActionColumn(actions::STATUS_REASON) => {
            if text.starts_with("hold:") || text.starts_with("guard:") {
                return;
            }
            reasons(program, *target != Target::HeldBy)
        }
        Target::ActionColumn(actions::STATUS) => ["due", "needs_approval", "held", "postponed", "displaced"].map(str::to_owned).to_vec(),
        Target::ActionColumn(actions::STEP) | Target::Item(_, open_items::STEP) => {
            let methods = if program.representations.is_empty() { &[][..] } else { METHODS };
            steps(program).map(|step| step.id.clone()).chain(methods.iter().map(|method| (*method).to_owned())).collect()
        }
        Target::ActionColumn(actions::TEMPLATE) => templates(program),
        Target::ActionColumn(actions::TONE_REASON) => program.tone_bounds.iter().map(|bound| bound.rule.id.clone()).collect(),
        Target::ActionColumn(actions::POST_SITE) => program.post.iter().map(|post| post.site.clone()).collect(),
        Target::ActionColumn(actions::ADDRESSEE) => ["customer", "representative"].map(str::to_owned).to_vec(),
        Target::Receiver => steps(program).flat_map(Step::all_actions).filter_map(|action| action.to.clone()).collect(),
        Target::ActionColumn(actions::RULE_ID) => rule_ids(program),
        Target::ActionColumn(actions::QUEUE) => queues(program),
        Target::HandedTo(_) => program.routes.agencies().map(|(_, agency)| agency.id.clone()).collect(),
        Target::Missing(_) => {
            if text.starts_with("hold:") || text.starts_with("guard:") {
                return;
            }
            let asked = program.proposals.iter().flat_map(|proposal| &proposal.debts).map(|need| need.name.clone());
            asked
                .chain(reasons(program, false))
                .chain([DISPUTED, DEDUCTION_CLAIMED, PAYMENT_PENDING, BARRED, NO_AGENCY].map(str::to_owned))
                .collect()
        }
        Target::Recalled(_) => {
            if text.starts_with("hold:") || text.starts_with("guard:") {
                return;
            }
            let agreed = program.routes.agencies().flat_map(|(_, agency)| &agency.recall_if).map(|need| need.name.clone());
            agreed.chain([BARRED.to_owned()]).collect()
        }
        Target::Item(_, open_items::POLICY) => program.policies.iter().map(|policy| policy.applies.id.clone()).collect(),
        _ => return,
    };
    if possible.iter().any(|name| name == text) {
        return;
    }
    let found = Diagnostic::error(codes::UNKNOWN_EFFECT, span, format!("nothing in these rules is called \"{text}\""));
    context.findings.push(found.nearest(text, possible.iter().map(String::as_str)));
}

/// What can stop an action.
fn reasons(program: &Program, with_teams: bool) -> Vec<String> {
    let blocks = program.blocks.iter().map(|block| block.rule.id.clone());
    let caps = program.caps.iter().map(|cap| cap.id.clone());
    let teams = steps(program).filter(|_| with_teams).filter_map(|step| step.approve.clone());
    let post = program.post.iter().filter(|post| !post.prints.is_empty()).map(|post| post.rule.id.clone());
    let channels = program.channel_capacity.iter().filter_map(|(channel, _)| CONTACT_CHANNELS.get(usize::from(*channel)));
    let channels = channels.map(|channel| format!("channel:{channel}"));
    let found = blocks.chain(caps).chain(post).chain(["quiet_days".to_owned()]).chain(teams).chain(queues(program));
    found.chain(channels).collect()
}

fn steps(program: &Program) -> impl Iterator<Item = &Step> {
    program.policies.iter().flat_map(Policy::all_steps)
}

fn templates(program: &Program) -> Vec<String> {
    let own = steps(program).flat_map(Step::all_actions).filter_map(|action| action.template.clone());
    own.chain(steps(program).flat_map(|step| &step.reword).filter_map(|reword| reword.template.clone())).collect()
}

fn queues(program: &Program) -> Vec<String> {
    let values = program.assignments.iter().map(|assignment| &program.fields[assignment.table.output.0 as usize].ty);
    let names = values.flat_map(|ty| match ty {
        Type::Enum(names) => names.to_vec(),
        _ => Vec::new(),
    });
    names.collect()
}

/// Ids of all that can fire: rows of tables, blocks, tasks, offers, policies, steps and their alternatives, caps, penalties.
pub fn rule_ids(program: &Program) -> Vec<String> {
    let tables = program.tables.iter().chain(program.assignments.iter().map(|assignment| &assignment.table));
    let rows = tables.flat_map(|table| {
        let rows = table.rows.iter().map(|(rule, _)| rule.id.clone());
        rows.chain(has_otherwise(table).then(|| format!("{}.otherwise", table.id)))
    });
    let steps = program.policies.iter().flat_map(|policy| {
        policy.all_steps().filter(|step| !step.shadow).flat_map(|step| {
            let id = format!("{}.{}", policy.applies.id, step.id);
            let other = (step.otherwise != Otherwise::Unsaid).then(|| format!("{id}.otherwise"));
            let ordered = (!step.channels.is_empty()).then(|| format!("{id}.channels"));
            let spare = step.when_full.is_some().then(|| format!("{id}.when_full"));
            [Some(id), other, ordered, spare].into_iter().flatten()
        })
    });
    let blocks = program.blocks.iter().map(|block| block.rule.id.clone());
    let entries = program.policies.iter().flat_map(|policy| policy.entries.iter().map(|entry| entry.rule.id.clone()));
    let policies = program.policies.iter().map(|policy| policy.applies.id.clone()).chain(entries);
    let caps = program.caps.iter().map(|cap| cap.id.clone());
    let quiet = program.quiet_days.iter().take(1).map(|_| "quiet_days".to_owned());
    let trials = program
        .trials
        .iter()
        .flat_map(|trial| std::iter::once(trial.id.clone()).chain([0, 1].into_iter().filter_map(|arm| trial.arm(arm))));
    let penalties = program.penalties.iter().map(|penalty| penalty.rule.id.clone());
    let beside = program.beside().map(|rule| rule.id.clone());
    let worded = self::steps(program).flat_map(|step| &step.reword).map(|reword| reword.rule.id.clone());
    let worded = worded.chain(self::steps(program).flat_map(|step| &step.also).map(|companion| companion.rule.id.clone()));
    let decided = rows.chain(trials).chain(blocks).chain(beside).chain(policies).chain(steps).chain(worded);
    let manners = program.manners().map(|rule| rule.id.clone());
    decided.chain(caps).chain(quiet).chain(penalties).chain(manners).collect()
}

fn has_otherwise(table: &DecisionTable) -> bool {
    table.otherwise.is_some()
}
