//! A rule file as a tree with positions.
//!
//! Built from YAML events; scalars are kept as written, never guessed to be numbers, dates or flags. What rule files do not use
//! (anchors, aliases, merge keys, tags, directives, several documents, tabs) is refused here, and budgets bound what a file can ask for.
//! Text that is not YAML is blanked out and the file read again, so that one slip does not hide the others.

mod reading;
mod recovery;

use std::collections::BTreeSet;

pub use reading::read;

use crate::rules::codes;
use crate::rules::diagnostics::{Diagnostic, Findings};
use crate::rules::sources::{Place, SourceFile, Sources, Span};

/// What is no YAML in a text of another kind than rules, in order of place, each with what to do.
pub fn slips(text: &str) -> Vec<(Place, String)> {
    let files = [SourceFile { path: String::new(), text: text.to_owned() }];
    let sources = Sources::new(&files);
    let mut findings = Findings::default();
    read(&sources, 0, &mut findings);
    let (errors, _) = findings.sorted(&sources);
    let slips = errors.into_iter().filter(|found| [codes::YAML_SYNTAX, codes::TAB].contains(&found.code));
    let told = |found: Diagnostic| {
        let remedy = Some(found.primary.text).filter(|text| !text.is_empty()).into_iter().chain(found.help).next();
        let message = remedy.map_or(found.message.clone(), |remedy| format!("{}: {remedy}", found.message));
        (sources.place(found.primary.span), message)
    };
    slips.map(told).collect()
}

/// `at:3 days`: the key of a line whose colon has no blank behind it, and what is meant.
pub fn bare_colon(line: &str) -> Option<(&str, String)> {
    recovery::bare_colon(line)
}

/// A value of a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub kind: NodeKind,
    pub span: Span,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// Nothing written.
    Null,
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Mapping),
    /// Refused already; users of it stay silent.
    Poison,
}

/// A single value, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    pub text: String,
    /// Written between quotation marks.
    pub quoted: bool,
}

/// Keys with values, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    pub entries: Vec<Entry>,
    /// A part of it could not be read: keys may be missing through no fault of their own.
    pub holed: bool,
}

/// One key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub key_span: Span,
    pub value: Node,
}

/// What reading a file gives.
#[derive(Debug)]
pub struct Document {
    /// `None` where nothing could be read.
    pub root: Option<Node>,
    /// Words in parts that could not be read: names they may have defined.
    pub lost: BTreeSet<String>,
}

impl Node {
    /// The mapping, if it is one.
    pub fn mapping(&self) -> Option<&Mapping> {
        match &self.kind {
            NodeKind::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.mapping()?.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The text, if it is a single value.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }
}
