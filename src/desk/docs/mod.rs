//! `relance docs`: the rules of a pack as one page for people, without anything from elsewhere.
//!
//! The page shows the files as they are written, whatever the day: what counts from or until a day says so. Every row, step, block and
//! cap has an anchor; those of steps and of rows of tables are named like the rules in outputs.

mod escalation;
mod rates;
mod tables;
mod words;

use std::collections::BTreeMap;

use super::html;
use super::pack::Pack;
use crate::base::form::Noun;
use crate::error::Failure;
use crate::rules::document::{Entry, Node};
use crate::rules::program::{Program, Use};
use crate::rules::sources::Sources;
use crate::rules::vocabulary::{FieldWords, Tree, Vocabulary, items, trees};
use html::{Row, code, element, escaped, heading, link, paragraph, table};
use words::Speaker;

/// The page of a pack.
///
/// # Errors
/// [`Exit::Config`](crate::error::Exit::Config) where the pack has mistakes.
pub fn page(pack: &Pack) -> Result<String, Failure> {
    let program = pack.examined()?.program;
    let sources = Sources::new(&pack.files);
    let trees = trees(&sources);
    let vocabulary = Vocabulary::of_trees(&trees, &sources);
    let own: Vec<&Tree> = trees.iter().filter(|tree| !sources.is_built_in(tree.index)).collect();
    let speaker = Speaker { vocabulary: &vocabulary, constants: constants(&own) };
    let writer = Writer { speaker, trees: own, sources: &sources };
    let sections = writer.sections(&program);
    let navigation: String = sections.iter().map(|section| element("li", &link(section.id, section.title)) + "\n").collect();
    let body: String = sections.into_iter().map(|section| heading(2, section.id, section.title) + &section.body).collect();
    let name = pack.folder.file_name().map_or_else(|| "Rules".to_owned(), |name| name.to_string_lossy().into_owned());
    Ok(html::page(&format!("Rules: {name}"), &format!("<ul>\n{navigation}</ul>\n"), &body))
}

struct Section {
    id: &'static str,
    title: &'static str,
    body: String,
}

struct Writer<'w> {
    speaker: Speaker<'w>,
    /// The files of the pack.
    trees: Vec<&'w Tree>,
    sources: &'w Sources<'w>,
}

impl<'w> Writer<'w> {
    /// All sections that have anything in them.
    fn sections(&self, program: &Program) -> Vec<Section> {
        let all = [
            ("files", "Files", self.files(program)),
            ("tables", "Tables", self.tables("tables")),
            ("trials", "Trials", self.trials()),
            ("blocks", "What stops us", self.blocks()),
            ("policies", "Who is treated how", self.policies()),
            ("limits", "How often we may contact someone", self.limits()),
            ("tasks", "Work for our own people", self.tasks()),
            ("proposals", "What is put before whoever decides", self.proposals()),
            ("routes", "What each way to the money is expected to bring", self.routes()),
            ("representations", "What is presented again", self.representations()),
            ("queues", "Who does the work", self.tables("assignments") + &self.channels()),
            ("penalties", "What lateness costs the customer", self.penalties()),
            ("rates", "Reference rates", self.rates()),
            ("definitions", "Named conditions", self.definitions()),
            ("constants", "Constants, parameters and lists", self.named_values()),
            ("dictionary", "Dictionary", self.dictionary(program)),
        ];
        all.into_iter().filter(|(.., body)| !body.is_empty()).map(|(id, title, body)| Section { id, title, body }).collect()
    }

    /// The entries of a list in all files.
    fn listed(&self, key: &'static str) -> impl Iterator<Item = &'w Node> + '_ {
        self.trees.iter().filter_map(move |tree| tree.root.get(key)).flat_map(items)
    }

    /// The entries of a group in all files.
    fn entries(&self, key: &'static str) -> impl Iterator<Item = &'w Entry> + '_ {
        self.trees.iter().filter_map(move |tree| tree.root.get(key)?.mapping()).flat_map(|mapping| &mapping.entries)
    }

    /// A condition in words, and as written.
    fn condition(&self, node: &Node) -> String {
        let written = node.text().unwrap_or_default();
        format!("{}<span class=\"as-written\">{}</span>", escaped(&self.speaker.condition(written)), code(written))
    }

    fn files(&self, program: &Program) -> String {
        let rows: Vec<_> = self.trees.iter().map(|tree| (None, self.file(tree))).collect();
        let head = ["File", "Kind", "Name", "Owner", "Counts"];
        let identity = paragraph(&format!("Identity of the rule set, comments and formatting left out: {}", code(&program.hash)));
        table("The files of this pack", &head, &rows) + &identity
    }

    fn file(&self, tree: &Tree) -> Vec<String> {
        let word = |key: &str| escaped(text(&tree.root, key));
        let period = tree.root.get("effective").map_or_else(|| "always".to_owned(), period);
        vec![escaped(self.sources.path(tree.index)), word("kind"), word("name"), word("owner"), escaped(&period)]
    }

    fn trials(&self) -> String {
        let rows: Vec<_> = self.listed("trials").map(|trial| self.trial(trial)).collect();
        if rows.is_empty() {
            return String::new();
        }
        table("Trials: the same customers every night", &["Trial", "Share", "Kept together by", "Among", "Counts", "Measured for"], &rows)
    }

    fn trial(&self, trial: &Node) -> Row {
        let id = text(trial, "trial");
        let among = trial.get("among").map_or_else(|| "everyone".to_owned(), |node| self.condition(node));
        let by = trial.get("by").and_then(Node::text).unwrap_or("debtor_group").replace('_', " ");
        let measured = trial.get("measured_for").and_then(Node::text).unwrap_or("all nights since the draw");
        let cells = vec![escaped(id), escaped(text(trial, "share")), escaped(&by), among, escaped(&period(trial)), escaped(measured)];
        (Some(format!("trial.{id}")), cells)
    }

    fn definitions(&self) -> String {
        let row = |entry: &Entry| {
            let when = entry.value.get("when").map_or_else(String::new, |node| self.condition(node));
            (Some(format!("definition.{}", entry.key)), vec![escaped(&entry.key), escaped(text(&entry.value, "means")), when])
        };
        let rows: Vec<_> = self.entries("define").map(row).collect();
        if rows.is_empty() { String::new() } else { table("Conditions with a name", &["Name", "Means", "Condition"], &rows) }
    }

    fn named_values(&self) -> String {
        let mut out = String::new();
        let constants: Vec<_> = self
            .entries("constants")
            .map(|entry| row_of("constant", entry, vec![escaped(entry.value.text().unwrap_or_default())]))
            .collect();
        if !constants.is_empty() {
            out.push_str(&table("Constants", &["Name", "Value"], &constants));
        }
        let parameters: Vec<_> = self.entries("parameters").map(parameter).collect();
        if !parameters.is_empty() {
            out.push_str(&table("Parameters: values that change on a date", &["Name", "Values", "Source"], &parameters));
        }
        let lists: Vec<_> = self.entries("lists").map(list).collect();
        if !lists.is_empty() {
            out.push_str(&table("Lists", &["Name", "Means", "Values", "Counts"], &lists));
        }
        out
    }

    fn dictionary(&self, program: &Program) -> String {
        let used = |name: &str| program.field(name).is_some_and(|id| program.fields[id.0 as usize].used != Use::None);
        let fields = &self.speaker.vocabulary.fields;
        let own = fields.iter().filter(|(_, field)| !field.built_in && !field.source.is_empty());
        let own: Vec<_> = own.map(|(name, field)| self.field(name, field)).collect();
        let read = fields.iter().filter(|(name, field)| field.built_in && used(name));
        let read: Vec<_> = read.map(|(name, field)| self.field(name, field)).collect();
        let head = ["Field", "Means", "Holds", "One per", "Where not known", "Comes from"];
        let mut out = String::new();
        if !own.is_empty() {
            out.push_str(&table("Fields of this pack", &head, &own));
        }
        out.push_str(&table("Fields that come with relance and that these rules read", &head, &read));
        out
    }

    fn field(&self, name: &str, field: &FieldWords) -> Row {
        let holds = match field.values.as_slice() {
            [] => escaped(&field.ty),
            values => format!("{}: {}", escaped(&field.ty), values.iter().map(|value| code(value)).collect::<Vec<_>>().join(", ")),
        };
        let missing = match (&field.missing, field.optional) {
            (Some(value), _) => format!("counts as {}", code(value)),
            (None, true) => "each rule says".to_owned(),
            (None, false) => "always known".to_owned(),
        };
        let derived = self.entries("derived").any(|entry| entry.key == name);
        let source = match field.source.as_str() {
            "engine" => "worked out each night".to_owned(),
            formula if derived => {
                format!("{}<span class=\"as-written\">{}</span>", escaped(&self.speaker.formula(formula)), code(formula))
            }
            column => code(column),
        };
        let cells = vec![escaped(name), escaped(&field.label), holds, escaped(&field.grain), missing, source];
        (Some(format!("field.{name}")), cells)
    }
}

/// Constants and parameters as written, for conditions that name them.
fn constants(trees: &[&Tree]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for tree in trees {
        for entry in tree.root.get("constants").and_then(Node::mapping).map(|mapping| mapping.entries.as_slice()).unwrap_or_default() {
            found.insert(entry.key.clone(), entry.value.text().unwrap_or_default().replace('_', "\u{a0}"));
        }
        for entry in tree.root.get("parameters").and_then(Node::mapping).map(|mapping| mapping.entries.as_slice()).unwrap_or_default() {
            found.insert(entry.key.clone(), "a value that changes on a date".to_owned());
        }
    }
    found
}

fn row_of(sort: &str, entry: &Entry, mut cells: Vec<String>) -> Row {
    cells.insert(0, escaped(&entry.key));
    (Some(format!("{sort}.{}", entry.key)), cells)
}

fn parameter(entry: &Entry) -> Row {
    let dated = entry.value.get("values").and_then(Node::mapping).map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
    let values: Vec<String> =
        dated.iter().map(|dated| escaped(&format!("{} from {}", dated.value.text().unwrap_or_default(), dated.key))).collect();
    let review_by = text(&entry.value, "review_by");
    let review = if review_by.is_empty() { String::new() } else { format!(" (to be looked at again by {review_by})") };
    row_of("parameter", entry, vec![values.join("<br>"), escaped(text(&entry.value, "source")) + &escaped(&review)])
}

/// Values of a list shown before the rest is counted.
const MOST_VALUES: usize = 50;

fn list(entry: &Entry) -> Row {
    let values = entry.value.get("values").unwrap_or(&entry.value);
    let mut shown: Vec<String> = items(values).iter().filter_map(Node::text).take(MOST_VALUES).map(code).collect();
    let more = items(values).len().saturating_sub(MOST_VALUES);
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    let file = text(&entry.value, "file");
    if !file.is_empty() {
        shown.push(format!("column {} of {}", code(text(&entry.value, "column")), code(file)));
    }
    row_of("list", entry, vec![escaped(text(&entry.value, "means")), shown.join(", "), escaped(&period(&entry.value))])
}

/// The text of a key; empty where it is not there.
fn text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(Node::text).unwrap_or_default()
}

/// When something counts.
fn period(node: &Node) -> String {
    match (text(node, "from"), text(node, "until")) {
        ("", "") => "always".to_owned(),
        (from, "") => format!("from {from}"),
        ("", until) => format!("until {until}"),
        (from, until) => format!("from {from} until {until}"),
    }
}

/// A regime or series, with a link where it stands on this page.
fn link_to(vocabulary: &Vocabulary, noun: Noun, name: &str) -> String {
    let sort = if noun == Noun::Series { "series" } else { "regime" };
    let known = vocabulary.names(noun).iter().any(|known| known == name);
    if known { link(&format!("{sort}.{name}"), name) } else { escaped(name) }
}
