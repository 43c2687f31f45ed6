//! The files of a rule set: their headers, their kinds, and which of them are in force on the run date.

use crate::base::money::Currency;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::{Diagnostic, Findings, nearest};
use crate::rules::document::{Document, Mapping, Node, NodeKind, read};
use crate::rules::forms;
use crate::rules::sources::{SourceFile, Sources, Span};

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    Dictionary,
    Lists,
    Segmentation,
    Escalation,
    Rates,
    /// Examples that must hold; not part of the program.
    Test,
}

/// The kinds of rule files by the names they go by.
pub const KINDS: &[(&str, FileKind)] = &[
    ("dictionary", FileKind::Dictionary),
    ("lists", FileKind::Lists),
    ("segmentation", FileKind::Segmentation),
    ("escalation", FileKind::Escalation),
    ("rates", FileKind::Rates),
    ("test", FileKind::Test),
];

/// A readable file, its header taken off.
#[derive(Debug)]
pub struct RuleFile {
    pub index: u32,
    pub kind: FileKind,
    /// Name and owner, for the manifest.
    pub title: Option<String>,
    /// What stands below the header.
    pub body: Node,
    /// The whole file.
    pub root: Node,
}

/// Reads all files; those that are not in force on the run date come in the second list.
pub fn open_all(context: &mut Context<'_>) -> (Vec<RuleFile>, Vec<RuleFile>) {
    let mut order: Vec<u32> = context.sources.indexes().collect();
    order.sort_by_key(|file| (!context.sources.is_built_in(*file), context.sources.path(*file)));
    let mut in_force = Vec::new();
    let mut asleep = Vec::new();
    for index in order {
        let Document { root, lost } = read(context.sources, index, &mut context.findings);
        context.names.lost.extend(lost);
        let Some(root) = root else {
            report_empty(context, index);
            continue;
        };
        if let Some((file, active)) = header(context, index, root) {
            if active { &mut in_force } else { &mut asleep }.push(file);
        }
    }
    (in_force, asleep)
}

/// Reads one file, whether in force or not; what is wrong with it is among the findings.
pub fn open(context: &mut Context<'_>, index: u32) -> Option<RuleFile> {
    let Document { root, lost } = read(context.sources, index, &mut context.findings);
    context.names.lost.extend(lost);
    let Some(root) = root else {
        report_empty(context, index);
        return None;
    };
    header(context, index, root).map(|(file, _)| file)
}

/// The currency a rule set says it is written in: that of its first dictionary with one.
pub fn written_currency(files: &[SourceFile]) -> Option<Currency> {
    let sources = Sources::new(files);
    let codes = sources.indexes().filter_map(|index| {
        let root = read(&sources, index, &mut Findings::default()).root?;
        let is_dictionary = root.get("kind").and_then(Node::text) == Some("dictionary");
        root.get("currency").filter(|_| is_dictionary)?.text().map(str::to_owned)
    });
    codes.filter_map(|code| Currency::parse(code.as_bytes())).next()
}

/// A file without any value; where it could not be read, that was said already.
fn report_empty(context: &mut Context<'_>, index: u32) {
    if context.sources.text(index).lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        let found = Diagnostic::error(codes::HEADER, Span::start_of(index), "this rule file is empty");
        context.findings.push(found.help("a rule file begins with `relance: 1` and `kind:`"));
    }
}

fn header(context: &mut Context<'_>, index: u32, root: Node) -> Option<(RuleFile, bool)> {
    let mut record = Record::open(&root, &forms::HEADER, context)?;
    let whole = !record.holed();
    match record.take("relance", context) {
        Some(version) if version.text() != Some("1") => {
            let found = Diagnostic::error(codes::HEADER, version.span, "this version of the rule language is not known");
            context.findings.push(found.help("write relance: 1"));
        }
        None if whole && !record.has("relance") => {
            let found = Diagnostic::error(codes::HEADER, record.heading(), "a rule file begins with `relance: 1`");
            context.findings.push(found.help("write relance: 1 on the first line"));
        }
        _ => {}
    }
    let kind = record.take("kind", context).and_then(|node| context.choice(node, "a kind of rule file", KINDS));
    if whole && !record.has("kind") {
        report_no_kind(&record, &root, context);
    }
    let title = title(&mut record, context);
    let active = effective(&mut record, context);
    used_files(&mut record, context, index);
    let Some(kind) = kind else {
        // What the file defines is not known, so no other file is blamed for using it.
        let words = context.sources.text(index).split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
        context.names.lost.extend(words.map(str::to_owned));
        return None;
    };
    let body = body(&root)?;
    Some((RuleFile { index, kind, title, body, root }, active))
}

/// A file without a kind: a slip in the word where one of its keys is none of any kind of file, and near.
fn report_no_kind(record: &Record<'_>, root: &Node, context: &mut Context<'_>) {
    let known = |key: &str| KINDS.iter().any(|(_, kind)| forms::top_level(*kind, key).is_some());
    let strange = root.mapping().into_iter().flat_map(|mapping| &mapping.entries).filter(|entry| !known(&entry.key));
    let slip = strange.into_iter().find(|entry| entry.key.split(' ').any(|word| nearest(word, ["kind"]).is_some() || word == "kind"));
    let found = match slip {
        Some(entry) => Diagnostic::error(codes::UNKNOWN_KEY, entry.key_span, format!("a rule file has no key \"{}\"", entry.key))
            .label("did you mean \"kind\"?")
            .replace("kind"),
        None => Diagnostic::error(codes::HEADER, record.heading(), "this rule file does not say its kind"),
    };
    let kinds: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
    context.findings.push(found.help(format!("kinds are: {}", kinds.join(", "))));
}

fn title(record: &mut Record<'_>, context: &mut Context<'_>) -> Option<String> {
    let name = record.take("name", context).and_then(|node| context.text(node)).map(str::to_owned);
    let owner = record.take("owner", context).and_then(|node| context.text(node));
    match owner {
        Some(owner) => Some(format!("{} ({owner})", name.unwrap_or_default())),
        None => name,
    }
}

/// Whether the file is in force on the run date.
fn effective(record: &mut Record<'_>, context: &mut Context<'_>) -> bool {
    let Some(node) = record.take("effective", context) else { return true };
    let Some(mut period) = Record::open(node, &forms::PERIOD, context) else { return true };
    let (from, until) = context.period(&mut period);
    period.close(context);
    let today = context.names.as_of;
    if from.zip(until).is_some_and(|(from, until)| until < from) {
        return true;
    }
    let active = from.is_none_or(|from| from <= today) && until.is_none_or(|until| today <= until);
    if !active {
        let found =
            Diagnostic::warning(codes::NOT_IN_FORCE, node.span, format!("this file is not in force on {today}: nothing in it counts"));
        context.findings.push(found);
    }
    active
}

/// `use:` changes nothing, all files of a folder belong together; but a file it names must be there.
fn used_files(record: &mut Record<'_>, context: &mut Context<'_>, index: u32) {
    let Some(node) = record.take("use", context) else { return };
    let folder = context.sources.path(index).rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    for item in context.items(node) {
        let Some(name) = context.text(item) else { continue };
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let paths: Vec<&str> = context.sources.indexes().map(|file| context.sources.path(file)).collect();
        let known = paths.iter().any(|known| *known == path || *known == name || name == "dictionary.yaml");
        if !known {
            let found = Diagnostic::error(codes::UNKNOWN_FILE, item.span, format!("there is no file \"{name}\" in this rule set"));
            let names = paths.iter().map(|path| path.rsplit('/').next().unwrap_or(path));
            context.findings.push(found.nearest(name, names));
        }
    }
}

/// The file without its header.
fn body(root: &Node) -> Option<Node> {
    let mapping = root.mapping()?;
    let entries = mapping.entries.iter().filter(|entry| forms::HEADER.key(&entry.key).is_none()).cloned().collect();
    Some(Node { kind: NodeKind::Mapping(Mapping { entries, holed: mapping.holed }), span: root.span })
}
