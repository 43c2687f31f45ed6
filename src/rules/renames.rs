//! Earlier names of what rules define. Last night's state, requests for consent and tests may still carry them; rules may not.

use std::collections::BTreeSet;

use crate::base::form::{Key, Value};
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::{Node, NodeKind};
use crate::rules::program::{Program, ShadowPart, Type};
use crate::rules::rule_files::FileKind;
use crate::rules::sources::{Sources, Span};
use crate::rules::vocabulary::{items, trees};

/// One earlier name, or several, the latest first.
pub const NAMES: Value = Value::Either(&[Value::Text, Value::List(&Value::Text)]);
/// The key of everything that has one name.
pub const RENAMED_FROM: Key =
    Key::new("renamed_from", NAMES, "Earlier name, or names, the latest first: state and tests that still carry it stay joined");

/// What a name is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Field,
    /// A result of a table, within the field it is a value of.
    Result,
    Table,
    /// Within its table.
    Row,
    Trial,
    Block,
    Task,
    Proposal,
    Policy,
    /// Within its policy.
    Step,
    Cap,
    Penalty,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Kind::Field => "field",
            Kind::Result => "result",
            Kind::Table => "table",
            Kind::Row => "row",
            Kind::Trial => "trial",
            Kind::Block => "block",
            Kind::Task => "task",
            Kind::Proposal => "proposal",
            Kind::Policy => "policy",
            Kind::Step => "step",
            Kind::Cap => "cap",
            Kind::Penalty => "penalty rule",
        }
    }
}

/// One earlier name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    pub kind: Kind,
    /// The table, policy or field the name belongs to, by its present name; empty where it stands alone.
    pub within: String,
    pub old: String,
    pub new: String,
    pub span: Span,
}

/// All earlier names of a rule set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renames(Vec<Rename>);

impl Renames {
    /// Whether nothing was renamed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Rename> {
        self.0.iter()
    }

    /// The present name of what was called so.
    pub fn now(&self, kind: Kind, within: &str, old: &str) -> Option<&str> {
        let is_it = |rename: &&Rename| rename.kind == kind && rename.within == within && rename.old == old;
        self.0.iter().find(is_it).map(|rename| rename.new.as_str())
    }

    /// The present name of a result among these that was called so.
    pub fn result_among(&self, old: &str, values: &[String]) -> Option<&str> {
        let is_it = |rename: &&Rename| rename.kind == Kind::Result && rename.old == old && values.contains(&rename.new);
        self.0.iter().find(is_it).map(|rename| rename.new.as_str())
    }

    /// The present id of a rule: `table.row`, `policy.step`, what stands behind that (`policy.step.otherwise`), or a name alone.
    pub fn rule_id(&self, id: &str) -> String {
        let whole = [Kind::Block, Kind::Task, Kind::Proposal, Kind::Cap, Kind::Penalty, Kind::Trial, Kind::Policy];
        let Some((head, rest)) = id.split_once('.') else {
            return whole.iter().find_map(|kind| self.now(*kind, "", id)).unwrap_or(id).to_owned();
        };
        let head = self.now(Kind::Table, "", head).or_else(|| self.now(Kind::Policy, "", head)).unwrap_or(head);
        let (name, end) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
        let name = self.now(Kind::Row, head, name).or_else(|| self.now(Kind::Step, head, name)).unwrap_or(name);
        format!("{head}.{name}{end}")
    }
}

/// Reads `renamed_from:` of something; gives its earlier names.
pub fn read(record: &mut Record<'_>, kind: Kind, within: &str, new: Option<&str>, context: &mut Context<'_>) -> Vec<String> {
    let Some(node) = record.take("renamed_from", context) else { return Vec::new() };
    names(node, kind, within, new, context)
}

/// Notes the earlier names written behind a key.
pub fn names(node: &Node, kind: Kind, within: &str, new: Option<&str>, context: &mut Context<'_>) -> Vec<String> {
    let written = match &node.kind {
        NodeKind::Sequence(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut olds = Vec::new();
    for (node, new) in written.iter().filter_map(|node| Some((node, new?))) {
        let Some(old) = context.text(node) else { continue };
        let rename = Rename { kind, within: within.to_owned(), old: old.to_owned(), new: new.to_owned(), span: node.span };
        context.names.renames.0.push(rename);
        olds.push(old.to_owned());
    }
    olds
}

/// Reports earlier names that are taken: by what they name now, by two at once, or in a circle.
pub fn check(program: &Program, context: &mut Context<'_>) {
    if program.renames.is_empty() {
        return;
    }
    let present = present(program);
    let all = &program.renames.0;
    for (at, rename) in all.iter().enumerate() {
        let Rename { kind, within, old, new, span } = rename;
        let what = kind.words();
        let twin = all[..at].iter().find(|other| other.kind == *kind && other.within == *within && other.old == *old);
        let found = if old == new {
            Some(Diagnostic::error(codes::EARLIER_NAME, *span, format!("the {what} \"{new}\" is given its own name as an earlier one")))
        } else if let Some(twin) = twin {
            let message = if twin.new == *new {
                format!("\"{old}\" is given twice as an earlier name of the {what} \"{new}\"")
            } else {
                format!("two names of a {what} cannot come from one: both \"{}\" and \"{new}\" were called \"{old}\"", twin.new)
            };
            Some(Diagnostic::error(codes::EARLIER_NAME, *span, message).beside(twin.span, "first here"))
        } else if present.contains(&(*kind, within.as_str(), old.as_str())) {
            let found = if leads_back(all, rename) {
                let message = format!("earlier names go in a circle: the {what} \"{new}\" was \"{old}\", which was \"{new}\"");
                Diagnostic::error(codes::EARLIER_NAME, *span, message)
            } else {
                Diagnostic::error(codes::EARLIER_NAME, *span, format!("\"{old}\" is still the name of a {what}"))
            };
            Some(found.help("a name that is in use cannot be an earlier one: nobody could tell whose history it stands for"))
        } else {
            None
        };
        found.into_iter().for_each(|found| context.findings.push(found));
    }
}

/// Whether what is called by an earlier name now was itself called by the present one, directly or through others.
fn leads_back(all: &[Rename], rename: &Rename) -> bool {
    let mut at = rename;
    for _ in all {
        let Some(before) = all.iter().find(|other| other.kind == at.kind && other.within == at.within && other.new == at.old) else {
            return false;
        };
        if before.old == rename.new {
            return true;
        }
        at = before;
    }
    false
}

/// All names there are.
fn present(program: &Program) -> BTreeSet<(Kind, &str, &str)> {
    let mut names: BTreeSet<(Kind, &str, &str)> = BTreeSet::new();
    for field in &program.fields {
        names.insert((Kind::Field, "", &field.name));
        if let Type::Enum(values) | Type::Tags(values) = &field.ty {
            names.extend(values.iter().map(|value| (Kind::Result, field.name.as_str(), value.as_str())));
        }
    }
    for table in program.tables.iter().chain(program.assignments.iter().map(|queue| &queue.table)) {
        names.insert((Kind::Table, "", &table.id));
        names.extend(table.rows.iter().map(|(rule, _)| (Kind::Row, table.id.as_str(), last(&rule.id))));
    }
    names.extend(program.trials.iter().map(|trial| (Kind::Trial, "", trial.id.as_str())));
    names.extend(program.blocks.iter().map(|block| (Kind::Block, "", block.rule.id.as_str())));
    names.extend(program.tasks.iter().map(|task| (Kind::Task, "", task.rule.id.as_str())));
    names.extend(program.proposals.iter().map(|proposal| (Kind::Proposal, "", proposal.rule.id.as_str())));
    names.extend(program.caps.iter().map(|cap| (Kind::Cap, "", cap.id.as_str())));
    names.extend(program.penalties.iter().map(|penalty| (Kind::Penalty, "", penalty.rule.id.as_str())));
    for policy in &program.policies {
        let id = policy.applies.id.as_str();
        names.insert((Kind::Policy, "", id));
        names.extend(policy.steps.iter().map(|step| (Kind::Step, id, step.id.as_str())));
    }
    for shadow in &program.shadows {
        let id = shadow.rule.id.as_str();
        names.extend(match &shadow.part {
            ShadowPart::Row { table, .. } => Some((Kind::Row, table.as_str(), last(id))),
            ShadowPart::Block => Some((Kind::Block, "", id)),
            ShadowPart::Policy => Some((Kind::Policy, "", id)),
            ShadowPart::Penalty { .. } => Some((Kind::Penalty, "", id)),
            ShadowPart::Step { .. } => None,
        });
    }
    names
}

fn last(id: &str) -> &str {
    id.rsplit_once('.').map_or(id, |(_, name)| name)
}

/// Earlier names that no test uses, of what leaves nothing in a state: they can go. Whether a state still carries the others, data tell.
pub fn unused(renames: &Renames, sources: &Sources<'_>) -> Vec<Diagnostic> {
    let mut idle = idle(renames, sources);
    idle.retain(|rename| !in_state(rename.kind));
    // A table and its output may share one name.
    idle.dedup_by_key(|rename| rename.span);
    idle.into_iter().map(|rename| can_go(rename, "no test uses it any more")).collect()
}

/// Earlier names of policies and steps that no test uses, and none of whose positions is among those a state carries.
pub fn unused_by_state(renames: &Renames, sources: &Sources<'_>, carried: &BTreeSet<usize>) -> Vec<Diagnostic> {
    let idle = idle(renames, sources);
    let is_carried = |rename: &Rename| renames.iter().position(|other| other == rename).is_some_and(|at| carried.contains(&at));
    let gone = idle.into_iter().filter(|rename| matches!(rename.kind, Kind::Policy | Kind::Step) && !is_carried(rename));
    gone.map(|rename| can_go(rename, "neither last night's state nor a test carries it any more")).collect()
}

/// Whether more than tests depends on an earlier name: ladders that stand where they stood, groups that stay in their arm.
fn in_state(kind: Kind) -> bool {
    matches!(kind, Kind::Policy | Kind::Step | Kind::Trial)
}

/// The earlier names no test file uses.
fn idle<'r>(renames: &'r Renames, sources: &Sources<'_>) -> Vec<&'r Rename> {
    if renames.is_empty() {
        return Vec::new();
    }
    let mut used = BTreeSet::new();
    for tree in trees(sources).iter().filter(|tree| tree.kind == FileKind::Test) {
        words(&tree.root, &mut used);
    }
    renames.iter().filter(|rename| !used.contains(&rename.old)).collect()
}

/// Every word of a file: of its keys and of its values.
fn words(node: &Node, found: &mut BTreeSet<String>) {
    let mut add = |text: &str| found.extend(text.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned));
    match &node.kind {
        NodeKind::Scalar(scalar) => add(&scalar.text),
        NodeKind::Mapping(mapping) => {
            mapping.entries.iter().for_each(|entry| add(&entry.key));
            mapping.entries.iter().for_each(|entry| words(&entry.value, found));
        }
        _ => items(node).iter().for_each(|node| words(node, found)),
    }
}

fn can_go(rename: &Rename, why: &str) -> Diagnostic {
    let message = format!("the earlier name \"{}\" of the {} \"{}\" can go", rename.old, rename.kind.words(), rename.new);
    Diagnostic::remark(codes::EARLIER_NAME_IDLE, rename.span, message).note(why).help("take it out of renamed_from:")
}
