//! One way of writing rule files, reached by small edits: comments stay in their places, and a second run changes nothing.
//!
//! Each pass reads the text anew, decides on edits and applies them: expressions, order of keys, blanks within lines, then lines.

mod comments;
mod expression;
mod flow;
mod gaps;
mod lines;
mod order;

use std::collections::BTreeSet;

use crate::base::money::Currency;
use crate::rules::diagnostics::Findings;
use crate::rules::document::{Node, read};
use crate::rules::rule_files::{FileKind, KINDS};
use crate::rules::sources::{SourceFile, Sources};

/// Passes of one kind after which a text is left as it is.
const MAX_PASSES: usize = 64;

/// A replacement of a stretch of the text, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// Which bare numbers are amounts of money, as the compiler found, and of which currency.
#[derive(Debug, Clone, Default)]
pub struct Amounts {
    /// Byte offsets of the numbers.
    pub at: BTreeSet<u32>,
    pub currency: Option<Currency>,
}

/// The text in its one form. A file that cannot be read is given back as it is: refusing it is up to the caller.
pub fn format(text: &str, amounts: &Amounts) -> String {
    let break_ = if text.split('\n').next().is_some_and(|line| line.ends_with('\r')) { "\r\n" } else { "\n" };
    let (plain, amounts) = without_returns(text, amounts);
    let mut formatted = plain;
    formatted = once(&formatted, |file| expression::edits(file, &amounts));
    formatted = repeatedly(formatted, order::edits);
    formatted = once(&formatted, flow::edits);
    formatted = once(&formatted, gaps::edits);
    formatted = lines::tidy(&formatted);
    if break_ == "\n" { formatted } else { formatted.replace('\n', "\r\n") }
}

/// The comments of a text in order, for a proof that none was lost.
pub fn comments(text: &str) -> Vec<String> {
    let text = text.replace('\r', "");
    let Some(file) = File::read(&text) else { return Vec::new() };
    let found = comments::places(&file);
    found.into_iter().map(|place| file.text[place.start..place.end].trim_end().to_owned()).collect()
}

/// Line ends without carriage returns, and the amounts where they stand then.
fn without_returns(text: &str, amounts: &Amounts) -> (String, Amounts) {
    if !text.contains('\r') {
        return (text.to_owned(), amounts.clone());
    }
    let shift = |at: &u32| text.get(..*at as usize).map_or(0, |before| before.matches("\r\n").count());
    let at = amounts.at.iter().map(|at| at.saturating_sub(u32::try_from(shift(at)).unwrap_or(0))).collect();
    (text.replace("\r\n", "\n"), Amounts { at, currency: amounts.currency })
}

/// A text that could be read.
struct File<'t> {
    text: &'t str,
    root: Node,
    /// `None` for files without a known kind: only their layout is touched.
    kind: Option<FileKind>,
}

impl<'t> File<'t> {
    fn read(text: &'t str) -> Option<File<'t>> {
        let files = [SourceFile { path: String::new(), text: text.to_owned() }];
        let mut findings = Findings::default();
        let root = read(&Sources::new(&files), 0, &mut findings).root.filter(|_| findings.is_sound())?;
        let kind = root.get("kind").and_then(Node::text);
        let kind = kind.and_then(|kind| KINDS.iter().find(|(name, _)| *name == kind)).map(|(_, kind)| *kind);
        Some(File { text, root, kind })
    }

    fn slice(&self, node: &Node) -> &'t str {
        self.text.get(node.span.start as usize..node.span.end as usize).unwrap_or("")
    }

    /// Characters from the start of the line to a byte.
    fn column(&self, at: usize) -> usize {
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        self.text[start..at].chars().count()
    }
}

/// One pass; where the comments of the lines it changed stay in their columns.
fn once(text: &str, edits: impl Fn(&File<'_>) -> Vec<Edit>) -> String {
    let Some(file) = File::read(text) else { return text.to_owned() };
    let changed = apply(text, edits(&file));
    comments::settle(&file, &changed)
}

/// Passes until nothing changes: an edit may make room for another inside it.
fn repeatedly(mut text: String, edits: impl Fn(&File<'_>) -> Vec<Edit>) -> String {
    for _ in 0..MAX_PASSES {
        let next = once(&text, &edits);
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// Applies edits from the first on; one that reaches into an earlier one is left for the next pass.
fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.start, std::cmp::Reverse(edit.end)));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let Some(kept) = text.get(at..edit.start).filter(|_| edit.start >= at && edit.end >= edit.start) else { continue };
        out.push_str(kept);
        out.push_str(&edit.text);
        at = edit.end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}
