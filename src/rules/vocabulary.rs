//! The names a rule set defines and uses, found along the forms of its files: also where the rule set has mistakes.

use std::collections::BTreeMap;

use crate::base::form::{Noun, Value};
use crate::base::money::Currency;
use crate::rules::diagnostics::Findings;
use crate::rules::document::{Node, read};
use crate::rules::escalation::route;
use crate::rules::expr::lexer::{Token, tokens};
use crate::rules::forms::{self, Part, walk_file};
use crate::rules::rule_files::{FileKind, KINDS};
use crate::rules::sources::{SourceFile, Sources, Span};

/// A file that could be read, as a tree.
#[derive(Debug)]
pub struct Tree {
    /// Position in [`Sources`].
    pub index: u32,
    pub kind: FileKind,
    pub root: Node,
}

/// The files of a rule set as trees, the built-in dictionary first; those that cannot be read are left out.
pub fn trees(sources: &Sources<'_>) -> Vec<Tree> {
    let mut order: Vec<u32> = sources.indexes().collect();
    order.sort_by_key(|file| (!sources.is_built_in(*file), sources.path(*file)));
    let tree = |index: u32| {
        let root = read(sources, index, &mut Findings::default()).root?;
        let kind = root.get("kind").and_then(Node::text)?;
        let kind = KINDS.iter().find(|(name, _)| *name == kind).map(|(_, kind)| *kind)?;
        Some(Tree { index, kind, root })
    };
    order.into_iter().filter_map(tree).collect()
}

/// A field as its definition describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldWords {
    /// `money`, `days`, `enum`, …
    pub ty: String,
    pub grain: String,
    pub label: String,
    /// The values of an enum, or the tags of a list.
    pub values: Vec<String>,
    /// What stands in for a missing value.
    pub missing: Option<String>,
    pub optional: bool,
    /// Column or formula it comes from.
    pub source: String,
    /// Comes with relance, not with the rule set.
    pub built_in: bool,
}

/// All names of a rule set.
#[derive(Debug, Default)]
pub struct Vocabulary {
    names: BTreeMap<Noun, Vec<String>>,
    pub fields: BTreeMap<String, FieldWords>,
    /// Named conditions with their sentences.
    pub definitions: BTreeMap<String, String>,
    /// All texts and scripts there are, where a dictionary lists them.
    pub templates: Option<Vec<String>>,
    /// The currency the rules say they are written in, else the first they write an amount in.
    pub currency: Option<Currency>,
}

impl Vocabulary {
    /// The names of these files.
    pub fn of(files: &[SourceFile]) -> Vocabulary {
        let sources = Sources::new(files);
        Vocabulary::of_trees(&trees(&sources), &sources)
    }

    /// The names of these trees.
    pub fn of_trees(trees: &[Tree], sources: &Sources<'_>) -> Vocabulary {
        let mut all = Vocabulary::default();
        let mut written = None;
        for tree in trees {
            let built_in = sources.is_built_in(tree.index);
            walk_file(tree.kind, &tree.root, &mut |part| {
                all.note(part);
                if let Part::Leaf(Value::Condition | Value::Constant | Value::Money | Value::Formula, node) = part {
                    written = written.or_else(|| currency_in(node.text()?));
                }
            });
            all.fields_of(tree, built_in);
            if let Some(listed) = tree.root.get("templates").filter(|_| tree.kind == FileKind::Dictionary) {
                all.templates.get_or_insert_default().extend(texts(listed));
            }
        }
        let stated = trees.iter().filter_map(|tree| tree.root.get("currency")?.text()).find_map(|code| Currency::parse(code.as_bytes()));
        all.currency = stated.or(written);
        all
    }

    /// Names of one sort, in order of first appearance.
    pub fn names(&self, noun: Noun) -> &[String] {
        self.names.get(&noun).map(Vec::as_slice).unwrap_or_default()
    }

    fn note(&mut self, part: Part<'_>) {
        match part {
            Part::Leaf(Value::Defines(noun) | Value::Word(noun), node) => self.add(noun, node.text().unwrap_or_default()),
            Part::Key(Value::Defines(noun), entry) => {
                self.add(noun, &entry.key);
                if let (Noun::Definition, Some(means)) = (noun, entry.value.get("means").and_then(Node::text)) {
                    self.definitions.insert(entry.key.clone(), means.to_owned());
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, noun: Noun, name: &str) {
        let names = self.names.entry(noun).or_default();
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }

    fn fields_of(&mut self, tree: &Tree, built_in: bool) {
        for section in ["fields", "derived"] {
            for entry in tree.root.get(section).and_then(Node::mapping).map(|mapping| mapping.entries.as_slice()).unwrap_or_default() {
                self.describe(&entry.key, &entry.value, built_in);
            }
        }
        let tables = ["tables", "assignments"].into_iter().filter_map(|key| tree.root.get(key));
        tables.flat_map(items).for_each(|table| self.output(table));
        self.routes_of(tree);
        for trial in tree.root.get("trials").into_iter().flat_map(items) {
            let Some(name) = trial.get("trial").and_then(Node::text) else { continue };
            let label = format!("In the trial {name}");
            self.fields.insert(name.to_owned(), FieldWords { ty: "bool".to_owned(), label, ..decided("customer") });
        }
    }

    /// The fields that routes fill.
    fn routes_of(&mut self, tree: &Tree) {
        let entries = tree.root.get("routes").into_iter().flat_map(items);
        for name in entries.filter_map(|entry| entry.get("route")?.text()) {
            let money = |label: String| FieldWords { ty: "money".to_owned(), label, ..decided("customer") };
            let ways = FieldWords {
                ty: "enum".to_owned(),
                label: "The route that is ready and brings the most".to_owned(),
                ..decided("customer")
            };
            self.fields.entry(route::BEST.to_owned()).or_insert(ways).values.push(name.to_owned());
            self.fields.insert(route::BEST_NET.to_owned(), money("What the best route is expected to bring".to_owned()));
            self.fields.insert(route::net_field(name), money(format!("What the route {name} is expected to bring")));
        }
    }

    /// A field, or what is said anew of a known one.
    fn describe(&mut self, name: &str, node: &Node, built_in: bool) {
        let text = |key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
        let before = self.fields.remove(name);
        let known = before.unwrap_or(FieldWords { built_in, label: name.to_owned(), ..decided("customer") });
        let values = node.get("values").map(texts).unwrap_or(known.values);
        let field = FieldWords {
            ty: text("type").unwrap_or(known.ty),
            grain: text("grain").unwrap_or(known.grain),
            label: text("label").unwrap_or(known.label),
            values,
            missing: text("missing").or(known.missing),
            optional: text("optional").map_or(known.optional, |flag| flag == "true"),
            source: text("is").or_else(|| text("source")).unwrap_or(known.source),
            built_in: known.built_in,
        };
        self.fields.insert(name.to_owned(), field);
    }

    fn output(&mut self, table: &Node) {
        let grain = table.get("grain").and_then(Node::text).unwrap_or("customer");
        let id = table.get("table").and_then(Node::text).unwrap_or_default();
        let Some(entry) = table.get("output").and_then(Node::mapping).and_then(|mapping| mapping.entries.first()) else { return };
        let all = table.get("hit").and_then(Node::text) == Some("all");
        let values = match entry.value.text() {
            Some("list of text") => table.get("rules").into_iter().flat_map(items).filter_map(|rule| rule.get("then")?.text()).fold(
                Vec::new(),
                |mut tags: Vec<String>, tag| {
                    if !tags.iter().any(|known| known == tag) {
                        tags.push(tag.to_owned());
                    }
                    tags
                },
            ),
            _ => texts(&entry.value),
        };
        let ty = match entry.value.text() {
            Some("list of text") => "list of text",
            Some(word) => word,
            None if all => "list of text",
            None => "enum",
        };
        values.iter().for_each(|value| self.add(Noun::Outcome, value));
        let field = FieldWords { ty: ty.to_owned(), values, label: format!("Result of the table {id}"), ..decided(grain) };
        self.fields.insert(entry.key.clone(), field);
    }
}

/// A field that the rules themselves decide.
fn decided(grain: &str) -> FieldWords {
    FieldWords {
        ty: String::new(),
        grain: grain.to_owned(),
        label: String::new(),
        values: Vec::new(),
        missing: None,
        optional: false,
        source: String::new(),
        built_in: false,
    }
}

/// The entries of a list; none where it is no list.
pub fn items(node: &Node) -> &[Node] {
    match &node.kind {
        crate::rules::document::NodeKind::Sequence(items) => items,
        _ => &[],
    }
}

fn texts(node: &Node) -> Vec<String> {
    items(node).iter().filter_map(Node::text).map(str::to_owned).collect()
}

/// The currency of the first amount in an expression.
fn currency_in(text: &str) -> Option<Currency> {
    let lexemes = tokens(text, Span::start_of(0)).ok()?;
    let pairs = lexemes.windows(2).map(|pair| (pair[0].token, pair[1].token));
    pairs.filter(|(number, _)| matches!(number, Token::Number(_))).find_map(|(_, unit)| match unit {
        Token::Word(word) => Currency::parse(word.as_bytes()),
        _ => None,
    })
}

/// The form of a file's top level: its head, then its body.
pub fn top_level_keys(kind: FileKind) -> impl Iterator<Item = &'static crate::base::form::Key> {
    forms::HEADER.keys.iter().chain(forms::body(kind).into_iter().flat_map(|form| form.keys))
}
