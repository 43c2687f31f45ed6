//! The identity of a rule set: a hash of what it says, whatever its formatting, comments, order of keys and names of files.

use sha2::{Digest, Sha256};

use crate::base::form::Value;
use crate::base::money::Currency;
use crate::rules::document::{Node, NodeKind};
use crate::rules::expr::lexer::{Token, tokens};
use crate::rules::forms::{resolve, top_level};
use crate::rules::names::List;
use crate::rules::rule_files::RuleFile;
use crate::rules::sources::Span;

/// SHA-256 of the files in the given order, as lower-case hexadecimal.
///
/// An amount of the reporting currency counts as the bare number that may stand for it.
pub fn hash<'n>(files: impl Iterator<Item = &'n RuleFile>, currency: Currency) -> String {
    let mut hasher = Hasher { digest: Sha256::new(), currency };
    for file in files {
        hasher.file(file);
    }
    hexadecimal(hasher.digest)
}

/// The identity of rules together with the values of lists that stand in files of their own.
pub fn with_lists(hash: String, lists: &[List]) -> String {
    let mut digest = Sha256::new();
    let length = |digest: &mut Sha256, length: usize| digest.update(u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes());
    let mut read = lists.iter().filter(|list| list.from_file).peekable();
    if read.peek().is_none() {
        return hash;
    }
    digest.update(hash.as_bytes());
    for list in read {
        length(&mut digest, list.values.len());
        for (value, _) in &list.values {
            length(&mut digest, value.len());
            digest.update(value.as_bytes());
        }
    }
    hexadecimal(digest)
}

fn hexadecimal(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Hasher {
    digest: Sha256,
    currency: Currency,
}

impl Hasher {
    fn file(&mut self, file: &RuleFile) {
        self.entries(&file.root, |key| top_level(file.kind, key).map(|key| key.value));
    }

    /// Every part is preceded by its kind and length, so that no two trees give the same bytes.
    fn add(&mut self, node: &Node, value: Option<Value>) {
        let value = value.map(|value| resolve(value, node));
        match &node.kind {
            NodeKind::Null | NodeKind::Poison => self.digest.update(b"n"),
            NodeKind::Scalar(scalar) => {
                let text = self.plain(&scalar.text, value);
                self.text(b's', &text);
            }
            NodeKind::Sequence(items) => {
                let item = if let Some(Value::List(item)) = value { Some(*item) } else { None };
                self.length(b'l', items.len());
                items.iter().for_each(|node| self.add(node, item));
            }
            NodeKind::Mapping(_) => match value {
                Some(Value::Group(form)) => self.entries(node, |key| form.key(key).map(|key| key.value)),
                Some(Value::Map(_, item)) => self.entries(node, |_| Some(*item)),
                _ => self.entries(node, |_| None),
            },
        }
    }

    fn entries(&mut self, node: &Node, value: impl Fn(&str) -> Option<Value>) {
        let entries = node.mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
        self.length(b'm', entries.len());
        let mut entries: Vec<_> = entries.iter().collect();
        entries.sort_by(|one, other| one.key.cmp(&other.key));
        for entry in entries {
            self.text(b'k', &entry.key);
            self.add(&entry.value, value(&entry.key));
        }
    }

    /// A single value in the one form that all ways of writing it share.
    fn plain(&self, text: &str, value: Option<Value>) -> String {
        match value {
            Some(Value::Condition | Value::Formula | Value::Money | Value::Rate | Value::Days | Value::Wait) => {
                words(text, Some(self.currency)).unwrap_or_else(|| text.to_owned())
            }
            // The unit of a constant tells its type: it cannot be left out.
            Some(Value::Constant) if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => text.to_owned(),
            Some(Value::Constant | Value::OwnMoney) => words(text, None).unwrap_or_else(|| text.to_owned()),
            Some(Value::Whole) => text.replace('_', ""),
            Some(Value::Cell) => cell(text, self.currency),
            _ => text.to_owned(),
        }
    }

    /// Blanks and line breaks count as one blank each time.
    fn text(&mut self, kind: u8, text: &str) {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.length(kind, words.len());
        self.digest.update(words.as_bytes());
    }

    fn length(&mut self, kind: u8, length: usize) {
        self.digest.update([kind]);
        self.digest.update(u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes());
    }
}

/// The tokens of an expression with a blank between them; `None` where it cannot be read.
fn words(text: &str, implied: Option<Currency>) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    let mut after_number = false;
    for lexeme in tokens(text, Span::start_of(0)).ok()? {
        let unit = after_number && implied.is_some_and(|currency| lexeme.token == Token::Word(currency.code()));
        after_number = matches!(lexeme.token, Token::Number(_));
        match lexeme.token {
            Token::Word(_) if unit => {}
            Token::Word(word) | Token::Date(word) => words.push(word.to_owned()),
            Token::Number(digits) => words.push(digits.replace('_', "")),
            Token::Text(text) => words.push(format!("'{text}'")),
            Token::Sign(sign) => words.push(sign.to_owned()),
            Token::End => {}
        }
    }
    Some(words.join(" "))
}

/// A cell without the blanks around its bars and ranges. Only ranges have numbers for sure; a lone `1_000` may be a text.
fn cell(text: &str, currency: Currency) -> String {
    let end = |text: &str| words(text, Some(currency)).unwrap_or_else(|| text.trim().to_owned());
    let part = |part: &str| match part.split_once("..") {
        Some((low, high)) => format!("{}..{}", end(low), end(high)),
        None => part.trim().to_owned(),
    };
    text.split('|').map(part).collect::<Vec<_>>().join("|")
}
