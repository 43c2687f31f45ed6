//! Text that is not YAML: what to say about it, and what to blank out so that the rest can be read.
//!
//! A slip costs its line and the lines nested below it; where that does not help, its whole top-level section, then the rest of the file.
//! Blanks keep every other byte in place, so that positions stay true.

use std::collections::BTreeSet;
use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::forms::{holds_a_group, holds_free_keys, key_of_group};
use crate::rules::sources::{Span, count};

/// Where and why the scanner gave up.
#[derive(Debug)]
pub(super) struct Slip {
    at: usize,
    kind: ErrorKind,
    /// A bracket still open at that point.
    bracket: Option<usize>,
    /// The colon is the first of its line: the line itself stands in the wrong place.
    misplaced_key: bool,
    /// A dash without a blank behind it, on the line or on one it belongs to.
    dash: Option<usize>,
}

impl Slip {
    pub(super) fn new(error: &ScanError, bracket: Option<usize>) -> Slip {
        Slip { at: error.marker().byte_offset().unwrap_or(0), kind: error.kind().clone(), bracket, misplaced_key: false, dash: None }
    }

    /// Looks at the line the scanner stopped in.
    pub(super) fn seen_in(mut self, text: &str) -> Slip {
        let at = floor_boundary(text, self.at.min(text.len()));
        let before = &text[line_at(text, at).start..at];
        self.misplaced_key = !before.contains(": ") && before.trim().chars().all(|c| c.is_alphanumeric() || c == '_');
        self.dash = around(text, line_at(text, at)).find_map(|line| bare_dash(text, line));
        self
    }

    /// The place of a `>` before a value, which is a comparison to people and the mark of a folded text to YAML.
    pub(super) fn bare_comparison(&self, text: &str) -> Option<usize> {
        let at = floor_boundary(text, self.at.min(text.len()));
        let sign = if text[at..].starts_with('>') { at } else { text[..at].trim_end_matches([' ', '=']).len().checked_sub(1)? };
        let rest = text.get(sign..)?.strip_prefix('>')?;
        let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start_matches(' ');
        rest.strip_prefix('-').unwrap_or(rest).starts_with(|c: char| c.is_alphanumeric()).then_some(sign)
    }

    /// Whether a line stands where its neighbours do not, at or below one that is indented with a tab: nobody sees how far that is.
    pub(super) fn follows_a_tab(&self, text: &str) -> bool {
        let line = line_at(text, floor_boundary(text, self.at.min(text.len())));
        let is_tabbed = |line: &str| line[..line.len() - line.trim_start().len()].contains('\t');
        self.is_misplaced() && self.dash.is_none() && self.bracket.is_none() && text[..line.end].lines().any(is_tabbed)
    }

    fn is_misplaced(&self) -> bool {
        match self.kind {
            ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => self.misplaced_key,
            ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::ExpectedBlockSequenceEntry
            | ErrorKind::InvalidIndentation
            | ErrorKind::BlockSequenceEntryNotAllowed
            | ErrorKind::MappingKeyNotAllowed => true,
            _ => false,
        }
    }

    fn is_quote(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent | ErrorKind::DocumentIndicatorInQuotedScalar
        )
    }
}

/// The parts of a file that were blanked out.
#[derive(Debug, Default)]
pub(super) struct Holes {
    parts: Vec<Range<usize>>,
}

impl Holes {
    /// Blanks out the smallest part around a slip that is not blank yet. The second value is the place to report,
    /// `None` where the slip follows from one reported before.
    pub(super) fn cut(&mut self, text: &str, slip: &Slip) -> (String, Option<Range<usize>>) {
        let at = origin(text, slip);
        let line = line_at(text, at);
        let candidates = [block_at(text, line.start), section_at(text, line.start), line.start..text.len(), 0..text.len()];
        let fresh = candidates.iter().position(|part| text.get(part.clone()).is_some_and(|part| !part.trim().is_empty()));
        let part = fresh.map_or(0..text.len(), |at| candidates[at].clone());
        // A slip in a part whose first line is blank already, or next to one just cut, follows from the first.
        let echo =
            fresh != Some(0) || self.parts.last().is_some_and(|last| last.end == part.start && slip.bracket.is_none() && at == line.start);
        let marked = at..text[at..].char_indices().nth(1).map_or(text.len(), |(next, _)| at + next);
        self.parts.push(part.clone());
        (blank(text, part), (!echo).then_some(marked))
    }

    /// Whether a group of keys lost some: a blanked part lies within it, up to `limit`, or right before its first key.
    pub(super) fn touch(&self, text: &str, group: Span, limit: u32) -> bool {
        let (start, limit) = (group.start as usize, limit.max(group.end) as usize);
        let just_before =
            |part: &Range<usize>| text.get(part.end..start).is_some_and(|between| between.trim_matches([' ', '\n', '\r', '-']).is_empty());
        self.parts.iter().any(|part| (part.start <= limit && part.end >= start) || just_before(part))
    }

    /// Whether what follows a place was blanked out.
    pub(super) fn follows(&self, text: &str, at: u32) -> bool {
        let rest = text.get(at as usize..).unwrap_or("");
        let next = at as usize + (rest.len() - rest.trim_start_matches([':', ' ', '\n', '\r']).len());
        self.parts.iter().any(|part| part.contains(&next))
    }

    /// The words of all blanked parts.
    pub(super) fn words(&self, text: &str) -> BTreeSet<String> {
        let lost = self.parts.iter().filter_map(|part| text.get(part.clone()));
        let words = lost.flat_map(|part| part.split(|c: char| !(c.is_alphanumeric() || c == '_')));
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }
}

/// A line, and above it those it is nested in, from the inside out.
fn around(text: &str, line: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let outer = |line: &Range<usize>| {
        let depth = indent(&text[line.clone()]);
        let above = |line: &Range<usize>| (line.start > 0).then(|| line_at(text, line.start - 1));
        std::iter::successors(above(line), above).find(|line| {
            let content = &text[line.clone()];
            !content.trim().is_empty() && indent(content) < depth
        })
    };
    std::iter::successors(Some(line), outer)
}

/// The dash of an entry of a list that has no blank behind it.
fn bare_dash(text: &str, line: Range<usize>) -> Option<usize> {
    let content = &text[line.clone()];
    let entry = content.trim_start_matches(' ').strip_prefix('-')?;
    entry.starts_with(|c: char| c.is_alphabetic() || "_'\"{[".contains(c)).then(|| line.start + indent(content))
}

/// `at:3 days`: a key of a line whose colon has no blank behind it, with the line as it is meant.
pub(super) fn bare_colon(line: &str) -> Option<(&str, String)> {
    let content = line.trim_start_matches([' ', '-']);
    let (key, value) = content.split_once(':')?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_key && value.starts_with(|c: char| !c.is_whitespace())).then(|| (key, format!("{key}: {}", value.trim_end())))
}

/// Where the slip began: a dash without a blank, the open bracket or quotation mark, else where the scanner stopped.
fn origin(text: &str, slip: &Slip) -> usize {
    if let Some(dash) = slip.dash {
        return dash;
    }
    let at = floor_boundary(text, slip.at.min(text.len()));
    if slip.is_quote() {
        return text[..at].rfind(['"', '\'']).unwrap_or(at);
    }
    slip.bracket.filter(|open| line_at(text, *open) != line_at(text, at)).unwrap_or(at)
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn line_at(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    start..text[at..].find('\n').map_or(text.len(), |newline| at + newline)
}

/// A line and the lines nested deeper below it.
fn block_at(text: &str, start: usize) -> Range<usize> {
    let line = line_at(text, start);
    let depth = indent(&text[line.clone()]);
    let mut end = line.end;
    while end < text.len() {
        let next = line_at(text, end + 1);
        let content = &text[next.clone()];
        if !content.trim().is_empty() && indent(content) <= depth {
            break;
        }
        end = next.end;
    }
    line.start..end
}

/// From the last line without indentation to the next one.
fn section_at(text: &str, start: usize) -> Range<usize> {
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let is_top = |at: &&usize| text[**at..].starts_with(|c: char| !c.is_whitespace() && c != '#');
    let from = starts.iter().filter(|at| **at <= start).rfind(is_top).copied().unwrap_or(0);
    let to = starts.iter().filter(|at| **at > start).find(is_top).copied().unwrap_or(text.len());
    from..to
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn blank(text: &str, part: Range<usize>) -> String {
    let spaces = text[part.clone()].bytes().map(|byte| if byte == b'\n' || byte == b'\r' { char::from(byte) } else { ' ' });
    text[..part.start].chars().chain(spaces).chain(text[part.end..].chars()).collect()
}

/// What stands for nothing between two commas of a list: a star, a dash, or nothing at all.
fn empty_cell(text: &str, at: usize) -> Option<&str> {
    let (before, rest) = text.split_at_checked(at)?;
    (before.trim_end_matches(' ').ends_with([',', '['])).then_some(())?;
    let sign = if rest.starts_with(['*', '-']) { &rest[..1] } else { "" };
    let after = rest[sign.len()..].trim_start_matches(' ');
    let ends = if sign.is_empty() { after.starts_with(',') } else { after.starts_with([',', ']']) };
    ends.then_some(sign)
}

/// The apostrophe between two letters of a value in single quotation marks, as in `'d'essai'`.
fn inner_apostrophe(text: &str, line: Range<usize>) -> Option<usize> {
    let content = &text[line.clone()];
    let open = content.find('\'').filter(|open| content[..*open].trim_end_matches(' ').ends_with([':', '-', ',', '[', '{']))?;
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let inner = content[open + 1..].match_indices('\'').map(|(at, _)| open + 1 + at);
    let mut between = inner.filter(|at| letter(content[..*at].chars().next_back()) && letter(content[at + 1..].chars().next()));
    between.next().map(|at| line.start + at)
}

/// Lines above a misplaced one that are looked at.
const MOST_NEIGHBOURS: usize = 40;

/// Blanks, in words.
fn blanks(count: usize) -> String {
    if count == 1 { "1 blank".to_owned() } else { format!("{count} blanks") }
}

/// A line that begins where none of those around it does: where they begin, and which of them is nearest.
fn misaligned(text: &str, line: Range<usize>, span: Span) -> Diagnostic {
    let own = indent(&text[line.clone()]);
    let is_entry = |content: &str| content.trim_start_matches(' ').starts_with("- ");
    let own_entry = is_entry(&text[line.clone()]);
    let mut places: Vec<(usize, usize, &str)> = Vec::new();
    for above in std::iter::successors(previous(text, &line), |line| previous(text, line)).take(MOST_NEIGHBOURS) {
        let content = &text[above.clone()];
        let number = text[..above.start].matches('\n').count() + 1;
        let first = content.trim_start_matches([' ', '-']);
        let key = first.split([':', ' ']).next().unwrap_or("");
        // Below an entry of a list stands the next one, or its other keys below the first.
        let column = if own_entry && is_entry(content) { indent(content) } else { content.len() - first.len() };
        if !first.is_empty() && !first.starts_with('#') && column != own && (is_entry(content) || !own_entry) {
            places.push((column, number, key));
        }
    }
    places.sort_by_key(|(column, number, _)| (column.abs_diff(own), usize::MAX - number));
    let message = format!("this line does not stand below its neighbours: it begins with {}", blanks(own));
    let found = Diagnostic::error(codes::YAML_SYNTAX, span, message);
    match places.first() {
        Some((0, number, key)) => found.help(format!("begin it without a blank, like \"{key}\" in line {number}")),
        Some((column, number, key)) => found.help(format!("begin it with {}, like \"{key}\" in line {number}", blanks(*column))),
        None => found.help("indent it like the lines it belongs to"),
    }
}

/// The nearest line above that is not empty.
fn previous(text: &str, line: &Range<usize>) -> Option<Range<usize>> {
    let above = |line: &Range<usize>| (line.start > 0).then(|| line_at(text, line.start - 1));
    std::iter::successors(above(line), above).find(|line| !text[line.clone()].trim().is_empty())
}

/// `otherwise: do: letter`: a group of keys on the line of the key it belongs to.
fn group_behind_a_key(text: &str, line: &Range<usize>, span: Span) -> Option<Diagnostic> {
    let content = &text[line.clone()];
    let (outer, rest) = content.split_once(": ")?;
    let group = rest.split(" #").next()?.trim();
    let outer = outer.trim_start_matches([' ', '-']);
    key_of_group(group).filter(|inner| holds_a_group(outer, inner) || holds_free_keys(outer))?;
    let start = line.start + content.find(group)?;
    let place = Span { start: count(start), end: count(start + group.len()), ..span };
    let found = Diagnostic::error(codes::YAML_SYNTAX, place, "a group of keys on the line of its key stands between { and }");
    let goes_on = !text[line.end..block_at(text, line.start).end].trim().is_empty();
    Some(if goes_on {
        found.help("put it on a line of its own, and all lines of the group two blanks further in than their key")
    } else {
        found.label(format!("write {{{group}}}")).replace(format!("{{{group}}}"))
    })
}

/// The slip in an analyst's words. `text` is the file as it is.
pub(super) fn describe(slip: &Slip, text: &str, span: Span) -> Diagnostic {
    let line = line_at(text, floor_boundary(text, (span.start as usize).min(text.len())));
    if slip.dash.is_some() {
        let found = Diagnostic::error(codes::YAML_SYNTAX, span, "a blank is missing after this dash");
        return found.help("an entry of a list begins with a dash and a blank, and its other keys stand below the first one");
    }
    if let Some((key, meant)) = bare_colon(&text[line.clone()]).filter(|_| !slip.is_quote() && slip.bracket.is_none()) {
        let start = span.start.max(u32::try_from(line.start + text[line].find(key).unwrap_or(0)).unwrap_or(span.start));
        let place = Span { start, end: start + u32::try_from(meant.len() - 1).unwrap_or(1), ..span };
        let found = Diagnostic::error(codes::YAML_SYNTAX, place, format!("a blank is missing after the colon of \"{key}\""));
        return found.label(format!("write {meant}")).replace(meant);
    }
    if slip.is_quote() {
        let found = Diagnostic::error(codes::YAML_SYNTAX, span, "this quotation mark is never closed");
        return found.help("put the same mark at the end of the text, on this line");
    }
    if let Some(sign) = empty_cell(text, span.start as usize) {
        let message =
            if sign.is_empty() { "a value is missing between these commas".to_owned() } else { format!("\"{sign}\" is no value in YAML") };
        let found = Diagnostic::error(codes::YAML_SYNTAX, span, message);
        return found.help("a column that does not matter in a row says any");
    }
    if let Some(open) = inner_apostrophe(text, line.clone()) {
        let start = u32::try_from(open).unwrap_or(span.start);
        let place = Span { start, end: start + 1, ..span };
        let found = Diagnostic::error(codes::YAML_SYNTAX, place, "this apostrophe ends the text, which goes on behind it");
        return found.label("write ''").replace("''");
    }
    if slip.bracket.is_some() && !matches!(slip.kind, ErrorKind::RecursionLimitExceeded) {
        let found = Diagnostic::error(codes::YAML_SYNTAX, span, "the brackets do not match");
        return found.help("close every [ with ] and every { with }, and separate what is inside with commas");
    }
    if slip.is_misplaced() {
        return misaligned(text, line, span);
    }
    if let Some(found) = group_behind_a_key(text, &line, span) {
        return found;
    }
    let (message, help) = match &slip.kind {
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            ("a colon followed by a space starts a value, and there is one already", "put the whole text between quotation marks")
        }
        ErrorKind::UnexpectedCharacter { .. } | ErrorKind::ExpectedNodeContent => {
            ("YAML gives this character a meaning of its own at the start of a value", "put the value between quotation marks")
        }
        ErrorKind::DirectiveDisallowed => ("directives are not part of rule files", "delete the line"),
        ErrorKind::RecursionLimitExceeded => ("this is nested too deep", "a rule file has at most 32 levels"),
        ErrorKind::UnknownQuotedScalarEscape => ("this escape does not exist", "use single quotation marks, they know no escapes"),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => ("a key needs a colon and a space after it", "write `key: value`"),
        ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::MisplacedFlowCollectionEnd
        | ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator => ("the brackets do not match", "close every [ with ] and every { with }"),
        _ => ("this is not YAML", "compare it with the lines around it"),
    };
    Diagnostic::error(codes::YAML_SYNTAX, span, message).help(help)
}
