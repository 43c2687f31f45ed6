//! From YAML events to nodes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle};

use super::recovery::{Holes, Slip, describe};
use super::{Document, Entry, Mapping, Node, NodeKind, Scalar};
use crate::rules::codes;
use crate::rules::diagnostics::{Diagnostic, Findings};
use crate::rules::expr::foreign;
use crate::rules::forms::holds_a_group;
use crate::rules::sources::{Sources, Span, count};

/// Bytes a rule file may have.
const MAX_BYTES: usize = 4 << 20;
/// Values a rule file may have.
const MAX_NODES: usize = 100_000;
/// Levels of nesting a rule file may have.
const MAX_DEPTH: usize = 32;
/// Slips after which the rest of a file is left unread, and bytes read over again because of them.
const MAX_SLIPS: usize = 60;
const MAX_REREAD: usize = 8 << 20;
/// Lines with refused characters that are reported one by one.
const MAX_REFUSED_LINES: usize = 60;

/// What stands in for a `>` at the start of a value, where YAML wants none: a sign as long, which it allows there.
const BARE: &str = "<";

type Events<'t> = Vec<(Event<'t>, granit_parser::Span)>;

/// Reads one file of a rule set, reporting everything that is not a plain tree of keys, lists and values.
pub fn read(sources: &Sources<'_>, file: u32, findings: &mut Findings) -> Document {
    let text = sources.text(file);
    if text.len() > MAX_BYTES {
        let found = Diagnostic::error(codes::BUDGET, Span::start_of(file), "this file is larger than 4 MiB, the most a rule file may have");
        findings.push(found.help("long lists of identifiers belong in a column of the customers table"));
        return Document { root: None, lost: BTreeSet::new() };
    }
    let mut clean = refuse_characters(text, file, findings);
    let mut holes = Holes::default();
    for _ in 0..MAX_SLIPS.min(MAX_REREAD / text.len().max(1) + 1) {
        let slip = match events(&clean) {
            Ok(events) if events.iter().filter(|(event, _)| is_value(event)).count() > MAX_NODES => {
                findings.push(Diagnostic::error(codes::BUDGET, Span::start_of(file), "this file has more than 100 000 values"));
                return Document { root: None, lost: holes.words(text) };
            }
            Ok(events) => {
                let root = Builder { file, text, holes: &holes, findings, events: events.into_iter() }.document();
                return Document { root, lost: holes.words(text) };
            }
            Err(slip) => slip,
        };
        if let Some(at) = slip.bare_comparison(&clean) {
            // Read as it is meant, so that the reader of the value can say how it is written here.
            clean.replace_range(at..=at, BARE);
            continue;
        }
        let (blanked, cut) = holes.cut(&clean, &slip);
        if let Some(at) = cut.filter(|_| !slip.follows_a_tab(text)) {
            findings.push(describe(&slip, text, Span { file, start: count(at.start), end: count(at.end) }));
        }
        clean = blanked;
    }
    Document { root: None, lost: holes.words(text) }
}

/// Tabs, a byte order mark and control characters become spaces of the same length, each reported once per line.
fn refuse_characters(text: &str, file: u32, findings: &mut Findings) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut reported_line = false;
    let mut reported = 0;
    for (at, character) in text.char_indices() {
        let refused = match character {
            '\n' => {
                reported_line = false;
                None
            }
            '\t' => Some((codes::TAB, "a tab: YAML wants spaces")),
            '\u{feff}' => Some((codes::BYTE_ORDER_MARK, "a byte order mark: save the file as UTF-8 without one")),
            '\r' => None,
            _ if character.is_control() || is_hidden(character) => Some((codes::CONTROL_CHARACTER, "a control character: delete it")),
            _ => None,
        };
        // The YAML reader itself skips a mark at the very start; spaces there would look like indentation.
        if refused.is_none() || (character == '\u{feff}' && at == 0) {
            clean.push(character);
        } else {
            clean.extend(std::iter::repeat_n(' ', character.len_utf8()));
        }
        let Some((code, message)) = refused else { continue };
        if !std::mem::replace(&mut reported_line, true) && reported < MAX_REFUSED_LINES {
            reported += 1;
            let span = Span { file, start: count(at), end: count(at + character.len_utf8()) };
            let found = Diagnostic::error(code, span, message);
            let is_tab = code == codes::TAB;
            findings.push(if is_tab { found.help("write two blanks for each level, as the lines around it do") } else { found });
        }
    }
    clean
}

/// Whether a character changes the order or the lines in which a text is shown: what is read would not be what is seen.
fn is_hidden(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

fn events(text: &str) -> Result<Events<'_>, Slip> {
    let mut options: Options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        disallow_directives: true,
    };
    options.set_emit_comments(false);
    let mut events = Vec::new();
    let (mut documents, mut values) = (0, 0);
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok(event) => {
                documents += usize::from(matches!(event.0, Event::DocumentStart(..)));
                values += usize::from(is_value(&event.0));
                events.push(event);
                // Whatever follows would be refused.
                if documents > 1 || values > MAX_NODES {
                    break;
                }
            }
            Err(error) => return Err(Slip::new(&error, open_bracket(&events)).seen_in(text)),
        }
    }
    Ok(events)
}

/// Whether an event begins a value.
fn is_value(event: &Event<'_>) -> bool {
    matches!(event, Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(..) | Event::UnresolvedAlias(..))
}

/// Byte offset of the innermost bracket that is still open.
fn open_bracket(events: &Events<'_>) -> Option<usize> {
    let mut open = Vec::new();
    for (event, span) in events {
        match event {
            Event::SequenceStart(style, ..) | Event::MappingStart(style, ..) => {
                open.push(if *style == StructureStyle::Flow { span.start.byte_offset() } else { None });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
            }
            _ => {}
        }
    }
    open.into_iter().flatten().last()
}

struct Builder<'b, 't> {
    file: u32,
    /// The file as it is, for what stands where.
    text: &'b str,
    holes: &'b Holes,
    findings: &'b mut Findings,
    events: std::vec::IntoIter<(Event<'t>, granit_parser::Span)>,
}

impl<'t> Builder<'_, 't> {
    /// The first document; further ones are refused.
    fn document(mut self) -> Option<Node> {
        let mut root = None;
        while let Some((event, span)) = self.events.next() {
            match event {
                Event::DocumentStart(..) if root.is_some() => {
                    let span = self.span(&span);
                    let found = Diagnostic::error(codes::SEVERAL_DOCUMENTS, span, "a second document starts here");
                    self.findings.push(found.help("put it into a file of its own"));
                    return root;
                }
                Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd | Event::Anchor(..) => {}
                event => root = Some(self.node(event, &span, 0)),
            }
        }
        root
    }

    fn node(&mut self, event: Event<'t>, at: &granit_parser::Span, depth: usize) -> Node {
        let span = self.span(at);
        self.refuse_properties(&event, at);
        if depth == MAX_DEPTH && matches!(event, Event::SequenceStart(..) | Event::MappingStart(..)) {
            self.findings.push(Diagnostic::error(codes::BUDGET, span, "this is nested more than 32 levels deep"));
        }
        match event {
            Event::Scalar(text, style, ..) => Node { kind: self.scalar(text, style, span), span },
            Event::SequenceStart(style, ..) => self.sequence(span, style, depth),
            Event::MappingStart(style, ..) => self.mapping(span, style, depth),
            _ => Node { kind: NodeKind::Poison, span },
        }
    }

    fn scalar(&mut self, text: Cow<'t, str>, style: ScalarStyle, span: Span) -> NodeKind {
        let nothing = style == ScalarStyle::Plain && (span.start == span.end || matches!(&*text, "" | "~" | "null"));
        if nothing && self.holes.follows(self.text, span.end) {
            return NodeKind::Poison;
        }
        if nothing {
            return NodeKind::Null;
        }
        let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        if style == ScalarStyle::Plain && self.text.get(span.start as usize..).is_some_and(|source| source.starts_with('>')) {
            return NodeKind::Scalar(Scalar { text: text.replacen(BARE, ">", 1), quoted });
        }
        NodeKind::Scalar(Scalar { text: text.into_owned(), quoted })
    }

    fn sequence(&mut self, start: Span, style: StructureStyle, depth: usize) -> Node {
        let mut items: Vec<Node> = Vec::new();
        let mut end = start;
        while let Some((event, at)) = self.events.next() {
            match event {
                Event::SequenceEnd => {
                    end = self.span(&at);
                    break;
                }
                Event::Anchor(..) => {}
                event => items.push(self.node(event, &at, depth + 1)),
            }
        }
        if style == StructureStyle::Flow {
            self.mend_cut_items(&mut items);
        } else {
            // A block ends where its last value ends, not where the next key begins.
            end = items.last().map_or(start, |item| item.span);
        }
        let span = start.to(end);
        let kind = if depth >= MAX_DEPTH { NodeKind::Poison } else { NodeKind::Sequence(items) };
        Node { kind, span }
    }

    fn mapping(&mut self, start: Span, style: StructureStyle, depth: usize) -> Node {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = BTreeMap::new();
        let mut end = start;
        let mut limit = start.end;
        while let Some((event, at)) = self.events.next() {
            match event {
                Event::MappingEnd => {
                    end = self.span(&at);
                    limit = end.end;
                    break;
                }
                Event::Anchor(..) => {}
                event => self.entry(event, &at, depth, &mut entries, &mut seen),
            }
        }
        if style == StructureStyle::Flow {
            self.mend_cut_entries(&mut entries);
        } else {
            end = entries
                .last()
                .map_or(start, |entry| if entry.value.span.end > entry.key_span.end { entry.value.span } else { entry.key_span });
        }
        let span = start.to(end);
        let holed = self.holes.touch(self.text, span, limit);
        let kind = if depth >= MAX_DEPTH { NodeKind::Poison } else { NodeKind::Mapping(Mapping { entries, holed }) };
        Node { kind, span }
    }

    fn entry(
        &mut self,
        event: Event<'t>,
        at: &granit_parser::Span,
        depth: usize,
        entries: &mut Vec<Entry>,
        seen: &mut BTreeMap<String, Span>,
    ) {
        let key = self.node(event, at, depth + 1);
        let value = self.next_value(depth);
        let key_span = key.span;
        let NodeKind::Scalar(Scalar { text: key, .. }) = key.kind else {
            if !matches!(key.kind, NodeKind::Poison) {
                self.findings.push(Diagnostic::error(codes::WRONG_SHAPE, key_span, "a key is a single word"));
            }
            return;
        };
        if key == "<<" {
            let found = Diagnostic::error(codes::YAML_FEATURE, key_span, "merge keys are not part of rule files");
            self.findings.push(found.help("write the keys out, or give the shared condition a name under `define:`"));
            return;
        }
        if let Some(first) = seen.get(&key) {
            if belongs_above(&key, entries) {
                return;
            }
            let found = Diagnostic::error(codes::DUPLICATE_KEY, key_span, format!("the key \"{key}\" stands here twice"));
            self.findings.push(found.beside(*first, "first here"));
            return;
        }
        seen.insert(key.clone(), key_span);
        entries.push(Entry { key, key_span, value });
    }

    fn next_value(&mut self, depth: usize) -> Node {
        loop {
            match self.events.next() {
                Some((Event::Anchor(..), _)) => {}
                Some((event, at)) => return self.node(event, &at, depth + 1),
                None => return Node { kind: NodeKind::Poison, span: Span::start_of(self.file) },
            }
        }
    }

    /// Anchors, aliases and tags.
    fn refuse_properties(&mut self, event: &Event<'t>, at: &granit_parser::Span) {
        let (anchor, tag) = match event {
            Event::Scalar(_, _, anchor, tag) | Event::SequenceStart(_, anchor, tag) | Event::MappingStart(_, anchor, tag) => {
                (*anchor != 0, tag.is_some())
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let found = Diagnostic::error(codes::YAML_FEATURE, self.span(at), "aliases are not part of rule files");
                self.findings.push(found.help("write the value out, or quote it if the * is meant"));
                return;
            }
            _ => return,
        };
        if anchor {
            let place = match self.events.as_slice().first() {
                Some((Event::Anchor(..), place)) => *place,
                _ => *at,
            };
            let found = Diagnostic::error(codes::YAML_FEATURE, self.span(&place), "anchors are not part of rule files");
            self.findings.push(found.help("reuse by name: `constants:`, `define:` and `lists:`"));
        }
        if tag {
            let place = at.tag_span().unwrap_or(*at);
            self.findings.push(Diagnostic::error(codes::YAML_FEATURE, self.span(&place), "tags are not part of rule files"));
        }
    }

    /// An expression with a comma inside `{ }`: YAML took what follows the comma for another key.
    fn mend_cut_entries(&mut self, entries: &mut Vec<Entry>) {
        self.mend_cut_numbers(entries);
        let Some(first) = entries.iter().position(|entry| opens_more(&entry.value)) else { return };
        let span = entries[first].value.span;
        let rest = entries[first + 1..].iter().position(|entry| entry.key.contains(')') || closes_more(&entry.value));
        let last = rest.map_or(entries.len(), |at| first + 2 + at);
        self.report_cut(span);
        entries[first].value.kind = NodeKind::Poison;
        entries.drain(first + 1..last);
    }

    /// A number with a decimal comma inside `{ }`: YAML took what follows the comma for a key without a value.
    fn mend_cut_numbers(&mut self, entries: &mut Vec<Entry>) {
        let mut at = 1;
        while at < entries.len() {
            let (before, after) = (&entries[at - 1].value, &entries[at]);
            let is_cut = unquoted(before).is_some() && after.value.kind == NodeKind::Null;
            match foreign::cut(self.text, before.span, after.key_span).filter(|_| is_cut) {
                Some(found) => {
                    self.findings.push(found);
                    entries[at - 1].value.kind = NodeKind::Poison;
                    entries.remove(at);
                }
                None => at += 1,
            }
        }
    }

    /// The same inside `[ ]`.
    fn mend_cut_items(&mut self, items: &mut Vec<Node>) {
        let Some(first) = items.iter().position(opens_more) else { return };
        let last = items[first + 1..].iter().position(closes_more).map_or(items.len(), |at| first + 2 + at);
        self.report_cut(items[first].span);
        items[first].kind = NodeKind::Poison;
        items.drain(first + 1..last);
    }

    fn report_cut(&mut self, span: Span) {
        let found = Diagnostic::error(codes::CUT_AT_COMMA, span, "YAML cut this expression at the comma");
        self.findings.push(found.help("put the expression on a line of its own, outside of { } and [ ]"));
    }

    fn span(&self, at: &granit_parser::Span) -> Span {
        let start = count(at.start.byte_offset().unwrap_or(0));
        let end = count(at.end.byte_offset().unwrap_or(0)).max(start);
        let text = self.text.get(start as usize..end as usize).unwrap_or("");
        Span { file: self.file, start, end: start + count(text.trim_end().len()) }
    }
}

/// Whether a key stands no deeper than the empty one before it, to whose group it belongs: that is told where the empty one is read.
fn belongs_above(key: &str, entries: &[Entry]) -> bool {
    let Some(at) = entries.iter().rposition(|entry| matches!(entry.value.kind, NodeKind::Null)) else { return false };
    let inner = entries[at + 1..].iter().map(|entry| entry.key.as_str()).chain([key]);
    inner.into_iter().all(|inner| holds_a_group(&entries[at].key, inner))
}

fn opens_more(node: &Node) -> bool {
    unquoted(node).is_some_and(|text| text.matches('(').count() > text.matches(')').count())
}

fn closes_more(node: &Node) -> bool {
    unquoted(node).is_some_and(|text| text.matches(')').count() > text.matches('(').count())
}

fn unquoted(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Scalar(scalar) if !scalar.quoted => Some(&scalar.text),
        _ => None,
    }
}
