//! What every part of the compiler shares: the sources, the names, the findings, and how to read keys and values of a rule file.

use crate::base::date::Date;
use crate::base::form::{Form, Value};
use crate::rules::codes::{self, Code};
use crate::rules::diagnostics::{Diagnostic, Findings, nearest};
use crate::rules::document::{Entry, Mapping, Node, NodeKind};
use crate::rules::expr::foreign;
use crate::rules::expr::parser::RESERVED;
use crate::rules::forms;
use crate::rules::names::{Meaning, Names};
use crate::rules::sources::{Sources, Span};

/// The workbench of one compilation.
pub struct Context<'s> {
    pub sources: &'s Sources<'s>,
    pub names: Names,
    pub findings: Findings,
}

impl<'s> Context<'s> {
    /// Reports an error.
    pub fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.findings.push(Diagnostic::error(code, span, message));
    }

    /// Gives a name a meaning, or reports that it has one.
    pub fn define(&mut self, name: &str, meaning: Meaning, span: Span) {
        if let Err(first) = self.names.define(name, meaning, span) {
            self.defined_twice(name, span, first);
        }
    }

    /// Reports a second definition.
    pub fn defined_twice(&mut self, name: &str, span: Span, first: Span) {
        let found = Diagnostic::error(codes::DEFINED_TWICE, span, format!("\"{name}\" is defined twice"));
        self.findings.push(found.beside(first, "first here").help("a name has one meaning in all files of a rule set"));
    }

    /// A single value, not empty.
    pub fn text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        match &node.kind {
            NodeKind::Scalar(scalar) => Some(&scalar.text),
            NodeKind::Poison => None,
            _ => {
                self.error(codes::WRONG_SHAPE, node.span, "a single value is expected here");
                None
            }
        }
    }

    /// A list.
    pub fn items<'n>(&mut self, node: &'n Node) -> &'n [Node] {
        match &node.kind {
            NodeKind::Sequence(items) => items,
            NodeKind::Poison => &[],
            _ => {
                let message = "a list is expected here: one entry per line with a dash, or [a, b]";
                let found = Diagnostic::error(codes::WRONG_SHAPE, node.span, message);
                let says_none = node.text().is_some_and(is_none);
                self.findings.push(if says_none { found.label("write []").replace("[]") } else { found });
                &[]
            }
        }
    }

    /// A name that rules can write.
    pub fn name<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let name = self.text(node)?;
        if is_name(name) {
            return Some(name);
        }
        if !self.refuse_quotes(name, node.span) {
            self.bad_name(name, node.span);
        }
        None
    }

    /// Reports a value that stands between the quotation marks of books, which would be part of it.
    pub fn refuse_quotes(&mut self, text: &str, span: Span) -> bool {
        let found = foreign::quoted_value(text, span);
        let is_refused = found.is_some();
        found.into_iter().for_each(|found| self.findings.push(found));
        is_refused
    }

    /// A finding about a text in quotation marks that is a group of keys, as it is written as one.
    pub fn as_a_group(&self, found: Diagnostic, node: &Node) -> Diagnostic {
        let Some(text) = node.text().filter(|text| forms::key_of_group(text).is_some()) else { return found };
        found.label(format!("write {{{text}}}")).replace(format!("{{{text}}}"))
    }

    /// What to say of the lines below a key without a value that belong to it and stand no deeper; `None` where none does.
    fn below_a_key(&self, key: &str, span: Span, form: &Form) -> Option<String> {
        let place = self.sources.place(span);
        let lines = self.sources.text(span.file).lines().skip(place.line as usize);
        let (number, line) = (place.line + 1..).zip(lines).find(|(_, line)| !line.trim().is_empty())?;
        let column = line.len() - line.trim_start().len();
        let inner = line.trim_start().split_once(':')?.0;
        let belongs = column + 1 == place.column as usize && belongs_to(key, inner, form);
        belongs.then(|| {
            format!("begin \"{inner}\" in line {number}, and the lines that belong to \"{key}\" with it, with {} blanks", column + 2)
        })
    }

    /// Reports a name that rules cannot write.
    pub fn bad_name(&mut self, name: &str, span: Span) {
        let found = Diagnostic::error(codes::BAD_NAME, span, format!("\"{name}\" cannot be a name"));
        self.findings.push(found.help("a name starts with a letter, has letters, digits and _ only, and is not a word of the language"));
    }

    /// One of a closed list of words.
    pub fn choice<T: Copy>(&mut self, node: &Node, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let word = self.text(node)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == word) {
            return Some(*value);
        }
        if self.refuse_quotes(word, node.span) {
            return None;
        }
        let list = choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let found = Diagnostic::error(codes::NOT_A_CHOICE, node.span, format!("\"{word}\" is not {what}"));
        self.findings.push(found.nearest(word, choices.iter().map(|(name, _)| *name)).help(format!("possible are: {list}")));
        None
    }

    /// True or false, refusing the words YAML once took for them.
    pub fn flag(&mut self, node: &Node) -> Option<bool> {
        let word = self.text(node)?;
        match word {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                let code = if yes_or_no(word).is_some() { codes::YES_NO } else { codes::NOT_A_CHOICE };
                let found = Diagnostic::error(code, node.span, format!("\"{word}\" is neither true nor false"));
                let found = match yes_or_no(word) {
                    Some(meant) => found.label(format!("write {meant}")).replace(meant.to_string()),
                    None => found,
                };
                self.findings.push(found);
                None
            }
        }
    }

    /// A day.
    pub fn date(&mut self, node: &Node) -> Option<Date> {
        let text = self.text(node)?;
        let date = Date::parse(text);
        if date.is_none() {
            let foreign = self.expression_source(node).and_then(|(source, place)| foreign::day(source, place));
            let plain =
                || Diagnostic::error(codes::NUMBER_FORM, node.span, format!("\"{text}\" is not a day")).help("write days as 2026-12-31");
            self.findings.push(foreign.unwrap_or_else(plain));
        }
        date
    }

    /// A whole number, at least zero.
    pub fn whole(&mut self, node: &Node) -> Option<u32> {
        let text = self.text(node)?;
        let number = text.replace('_', "").parse().ok();
        if number.is_none() {
            let foreign = self.expression_source(node).and_then(|(source, place)| foreign::number(source, false, place));
            let plain = || Diagnostic::error(codes::NUMBER_FORM, node.span, format!("\"{text}\" is not a whole number"));
            self.findings.push(foreign.unwrap_or_else(plain));
        }
        number
    }

    /// A period from the keys `from` and `until`.
    pub fn period(&mut self, record: &mut Record<'_>) -> (Option<Date>, Option<Date>) {
        let from = record.take("from", self).and_then(|node| self.date(node));
        let until_node = record.take("until", self);
        let until = until_node.and_then(|node| self.date(node));
        if let (Some(start), Some(end), Some(node)) = (from, until, until_node)
            && end < start
        {
            self.error(codes::PERIOD, node.span, format!("this period ends on {end}, before it starts on {start}"));
        }
        self.names.marks.period(from, until);
        (from, until)
    }

    /// The source text of a single value without its quotation marks, and where it stands. Escapes are refused: they would move every place.
    pub fn expression_source(&mut self, node: &Node) -> Option<(&'s str, Span)> {
        let decoded = self.text(node)?;
        let NodeKind::Scalar(scalar) = &node.kind else { return None };
        let mut span = node.span;
        if scalar.quoted {
            span = Span { start: span.start + 1, end: span.end.saturating_sub(1).max(span.start + 1), ..span };
        }
        let source = self.sources.slice(span);
        if source.contains(|c: char| c == '\u{feff}' || (c.is_control() && !c.is_whitespace())) {
            return None;
        }
        let escaped = scalar.quoted && source.split_whitespace().ne(decoded.split_whitespace());
        if escaped {
            let found = Diagnostic::error(codes::ESCAPE, node.span, "an expression between quotation marks cannot contain escapes");
            self.findings.push(found.help("write it without the outer quotation marks, or use the other kind"));
            return None;
        }
        Some((source, span))
    }
}

/// Whether a word stands for nothing in a list.
fn is_none(word: &str) -> bool {
    ["none", "nothing", "no", "false", "off"].contains(&word.to_lowercase().as_str())
}

/// What `yes`, `no`, `on` and `off` mean.
pub fn yes_or_no(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "yes" | "on" | "true" | "y" => Some(true),
        "no" | "off" | "false" | "n" => Some(false),
        _ => None,
    }
}

/// Whether a key that stands beside an empty one is meant to stand below it: such a key may stand there, and is none of the group itself.
fn belongs_to(empty: &str, key: &str, form: &Form) -> bool {
    let is_of_the_group = || form.key(key).is_some() || nearest(key, form.keys.iter().map(|key| key.name)).is_some();
    forms::holds_a_group(empty, key) || forms::holds_free_keys(empty) && !is_of_the_group()
}

/// Whether rules can write this name.
pub fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    starts && name.chars().all(|c| c.is_alphanumeric() || c == '_') && !RESERVED.contains(&name)
}

/// The keys of one group, taken one by one; what is left over is unknown.
pub struct Record<'n> {
    mapping: &'n Mapping,
    span: Span,
    form: &'static Form,
    asked: Vec<&'static str>,
    /// Keys that must be there and are not.
    missing: Vec<&'static str>,
}

impl<'n> Record<'n> {
    /// Opens a group of keys.
    pub fn open(node: &'n Node, form: &'static Form, context: &mut Context<'_>) -> Option<Record<'n>> {
        match &node.kind {
            NodeKind::Mapping(mapping) => Some(Record { mapping, span: node.span, form, asked: Vec::new(), missing: Vec::new() }),
            NodeKind::Poison => None,
            _ => {
                let found =
                    Diagnostic::error(codes::WRONG_SHAPE, node.span, format!("{} is expected here, as keys with values", form.what));
                let found =
                    if node.text().is_some_and(is_none) { found.help("where there is none, the whole list is written []") } else { found };
                context.findings.push(context.as_a_group(found, node));
                None
            }
        }
    }

    /// The value of a key, if it is there.
    pub fn take(&mut self, key: &'static str, context: &mut Context<'_>) -> Option<&'n Node> {
        debug_assert!(self.form.key(key).is_some(), "{} is not among the keys of {}", key, self.form.what);
        self.asked.push(key);
        let entry = self.mapping.entries.iter().find(|entry| entry.key == key)?;
        match entry.value.kind {
            NodeKind::Null => {
                let found = Diagnostic::error(codes::EMPTY_VALUE, entry.key_span, format!("\"{key}\" has no value"));
                context.findings.push(match context.below_a_key(key, entry.key_span, self.form) {
                    Some(deeper) => found.help(deeper),
                    None => found.help("write one behind the colon, or delete the line"),
                });
                None
            }
            NodeKind::Poison => None,
            _ => Some(&entry.value),
        }
    }

    /// The value of a key that must be there; [`Record::close`] reports it where it is not.
    pub fn need(&mut self, key: &'static str, context: &mut Context<'_>) -> Option<&'n Node> {
        let value = self.take(key, context);
        if !self.has(key) && !self.mapping.holed {
            self.missing.push(key);
        }
        value
    }

    /// Whether groups of this kind have such a key at all.
    pub fn can_have(&self, key: &str) -> bool {
        self.form.key(key).is_some()
    }

    /// Whether a key is there, with or without a value.
    pub fn has(&self, key: &str) -> bool {
        self.mapping.entries.iter().any(|entry| entry.key == key)
    }

    /// The value of a key without taking it.
    pub fn peek(&self, key: &str) -> Option<&'n Node> {
        self.mapping.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The place of a key; of the whole group where it is not there.
    pub fn key_span(&self, key: &str) -> Span {
        self.mapping.entries.iter().find(|entry| entry.key == key).map_or(self.heading(), |entry| entry.key_span)
    }

    /// The place of the first key: what stands for the group in messages.
    pub fn heading(&self) -> Span {
        self.mapping.entries.first().map_or(self.span, |entry| entry.key_span)
    }

    /// Whether a part of the group could not be read.
    pub fn holed(&self) -> bool {
        self.mapping.holed
    }

    /// Reports every key nobody asked for, and every key that is missing. A key that is nearly the missing one stands for both.
    pub fn close(mut self, context: &mut Context<'_>) {
        let heading = self.heading();
        let unknown = |entry: &&Entry| !self.asked.contains(&entry.key.as_str());
        // What stands no deeper than the empty key it belongs to is told with that key.
        let mut empty = None;
        for entry in &self.mapping.entries {
            if !unknown(&entry) {
                empty = matches!(entry.value.kind, NodeKind::Null).then_some(entry.key.as_str());
                continue;
            }
            if empty.is_some_and(|empty| belongs_to(empty, &entry.key, self.form)) {
                continue;
            }
            if let Some((key, value)) = entry.key.split_once(':').filter(|(key, _)| self.form.key(key).is_some()) {
                let found =
                    Diagnostic::error(codes::YAML_SYNTAX, entry.key_span, format!("a blank is missing after the colon of \"{key}\""));
                let meant = format!("{key}: {value}");
                context.findings.push(found.label(format!("write {meant}")).replace(meant));
                self.missing.retain(|missing| *missing != key);
                continue;
            }
            let found = Diagnostic::error(codes::UNKNOWN_KEY, entry.key_span, format!("{} has no key \"{}\"", self.form.what, entry.key));
            let free = self.asked.iter().copied().filter(|key| !self.has(key));
            let found = match nearest(&entry.key, free) {
                Some(meant) => {
                    self.missing.retain(|key| *key != meant);
                    found.label(format!("did you mean \"{meant}\"?")).replace(meant)
                }
                None => {
                    let found = forms::home(&entry.key, self.form)
                        .map_or(found.clone(), |home| found.help(format!("\"{}\" is a key of {home}: write it there", entry.key)));
                    found.help(format!("possible are: {}", self.asked.join(", ")))
                }
            };
            context.findings.push(found);
        }
        for key in self.missing {
            let found = Diagnostic::error(codes::MISSING_KEY, heading, format!("{} needs the key \"{key}\"", self.form.what));
            context.findings.push(match self.form.key(key).map(|key| key.value) {
                Some(Value::Choice(words)) => found.help(format!("write {key}: with one of {}", words().join(", "))),
                _ => found,
            });
        }
    }

    /// Whether a key that must be there was asked for and is not.
    pub fn lacks_a_key(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Ends the reading of a group before all its keys were asked for: none that it may have counts as unknown.
    pub fn give_up(mut self, context: &mut Context<'_>) {
        self.asked = self.form.keys.iter().map(|key| key.name).collect();
        self.close(context);
    }
}
