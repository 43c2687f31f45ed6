//! Values of a list from a column of a file beside the rules. The file comes as text with comma-separated values; who read it, and from
//! what, is not known here.

use std::collections::BTreeSet;

use crate::base::counted::counted;
use crate::rules::codes;
use crate::rules::context::Context;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::sources::{SourceFile, Sources, Span, count, is_list_file};
use crate::rules::vocabulary::trees;

/// The files that lists are read from, by the names they may have from the folder of the rules.
pub fn wanted(files: &[SourceFile]) -> BTreeSet<String> {
    let sources = Sources::new(files);
    let mut wanted = BTreeSet::new();
    for tree in trees(&sources) {
        let lists = tree.root.get("lists").and_then(Node::mapping).map(|lists| lists.entries.as_slice()).unwrap_or_default();
        let names = lists.iter().filter_map(|list| list.value.get("file").and_then(Node::text));
        wanted.extend(names.filter(|name| is_list_file(name)).flat_map(|name| [beside(sources.path(tree.index), name), name.to_owned()]));
    }
    wanted
}

/// A name as seen from the folder of the rules, where it is meant from that of a rule file.
pub(super) fn beside(rule_file: &str, name: &str) -> String {
    rule_file.rsplit_once('/').map_or_else(|| name.to_owned(), |(folder, _)| format!("{folder}/{name}"))
}

/// Values a list may have.
const MOST_VALUES: usize = 1_000_000;

/// The values of a column with their places, in order of the file, empty ones left out; `None` where there is a mistake.
pub(super) fn column(file: u32, name: &str, asked: Span, context: &mut Context<'_>) -> Option<Vec<(String, Span)>> {
    let text = context.sources.text(file);
    let separator = separator(text);
    let mut rows = Rows { text, separator, file, at: usize::from(text.starts_with('\u{feff}')) * '\u{feff}'.len_utf8() };
    let header = read(&mut rows, context)?.unwrap_or_default();
    let Some(at) = header.iter().position(|(own, _)| own.trim() == name) else {
        let path = context.sources.path(file);
        let found = Diagnostic::error(codes::UNKNOWN_COLUMN, asked, format!("\"{path}\" has no column \"{name}\""));
        let names: Vec<&str> = header.iter().map(|(own, _)| own.trim()).collect();
        let found = found.nearest(name, names.iter().copied());
        context.findings.push(found.help(format!("its columns are: {}", names.join(", "))));
        return None;
    };
    let mut values = Vec::new();
    while let Some(row) = read(&mut rows, context)? {
        if row.len() != header.len() {
            let place = row.first().map_or(asked, |(_, span)| *span);
            let message = format!("this row has {}, the file has {}", counted(row.len(), "value"), counted(header.len(), "column"));
            context.error(codes::LIST_FILE, place, message);
            return None;
        }
        values.extend(row.into_iter().nth(at).filter(|(value, _)| !value.trim().is_empty()));
        if values.len() > MOST_VALUES {
            context.error(codes::LIST_FILE, asked, "a list has a million values at most");
            return None;
        }
    }
    Some(values)
}

/// A semicolon where the first line has one and no comma, as spreadsheets of half the world write it.
fn separator(text: &str) -> char {
    let first = text.lines().next().unwrap_or_default();
    if first.contains(';') && !first.contains(',') { ';' } else { ',' }
}

/// The rows of a text with separated values.
struct Rows<'t> {
    text: &'t str,
    separator: char,
    file: u32,
    at: usize,
}

type Row = Vec<(String, Span)>;

/// The next row that is not empty; an inner `None` at the end, an outer one where a quotation mark is never closed.
fn read(rows: &mut Rows<'_>, context: &mut Context<'_>) -> Option<Option<Row>> {
    loop {
        if rows.at >= rows.text.len() {
            return Some(None);
        }
        match rows.next_row() {
            Ok(row) if row.len() == 1 && row[0].0.trim().is_empty() => {}
            Ok(row) => return Some(Some(row)),
            Err(open) => {
                let found = Diagnostic::error(codes::LIST_FILE, open, "this quotation mark is never closed");
                context.findings.push(found.help("a quotation mark within a value is written twice"));
                return None;
            }
        }
    }
}

impl Rows<'_> {
    /// One row; the place of the quotation mark where one is never closed.
    fn next_row(&mut self) -> Result<Row, Span> {
        let mut row = Row::new();
        loop {
            row.push(self.value()?);
            let rest = &self.text[self.at..];
            if let Some(rest) = rest.strip_prefix(self.separator) {
                self.at = self.text.len() - rest.len();
                continue;
            }
            self.at += if rest.starts_with("\r\n") { 2 } else { usize::from(!rest.is_empty()) };
            return Ok(row);
        }
    }

    fn value(&mut self) -> Result<(String, Span), Span> {
        let start = self.at;
        let rest = &self.text[start..];
        let ends = |c: char| c == self.separator || c == '\n';
        if !rest.starts_with('"') {
            let end = rest.find(ends).unwrap_or(rest.len());
            let value = rest[..end].strip_suffix('\r').unwrap_or(&rest[..end]);
            self.at = start + value.len();
            return Ok((value.to_owned(), self.span(start, self.at)));
        }
        let mut value = String::new();
        let mut at = 1;
        loop {
            let Some(end) = rest[at..].find('"') else { return Err(self.span(start, start + 1)) };
            value.push_str(&rest[at..at + end]);
            at += end + 1;
            if !rest[at..].starts_with('"') {
                break;
            }
            value.push('"');
            at += 1;
        }
        // What stands between the closing mark and the separator belongs to nothing.
        let tail = rest[at..].find(ends).unwrap_or(rest.len() - at);
        let tail = rest[at..at + tail].strip_suffix('\r').map_or(tail, str::len);
        self.at = start + at + tail;
        Ok((value, self.span(start, start + at)))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { file: self.file, start: count(start), end: count(end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::date::Date;
    use crate::base::money::Currency;
    use crate::rules::diagnostics::Findings;
    use crate::rules::names::Names;

    fn check(text: &str, expected: Result<&[&str], &str>) {
        let files = [SourceFile { path: "list.csv".to_owned(), text: text.to_owned() }];
        let sources = Sources::new(&files);
        let names = Names::new(Date(0), Currency::parse(b"EUR").expect("a currency"));
        let mut context = Context { sources: &sources, names, findings: Findings::default() };
        let found = column(0, "id", Span::start_of(0), &mut context);
        let (errors, _) = context.findings.sorted(&sources);
        match expected {
            Ok(values) => {
                let found = found.unwrap_or_else(|| panic!("{text:?}: {errors:?}"));
                assert_eq!(found.iter().map(|(value, _)| value.as_str()).collect::<Vec<_>>(), values, "{text:?}");
                for (value, span) in found {
                    let written = sources.slice(span).trim_matches('"').replace("\"\"", "\"");
                    assert_eq!(written, value, "{text:?}");
                }
            }
            Err(message) => assert!(errors.iter().any(|error| error.message.contains(message)), "{text:?}: {errors:?}"),
        }
    }

    #[test]
    fn a_column_is_read_as_spreadsheets_write_it() {
        check("id\nC-1\nC-2\n", Ok(&["C-1", "C-2"]));
        check("\u{feff}name;id\r\nA;C-1\r\n;\r\nB;C-2", Ok(&["C-1", "C-2"]));
        check("id,name\n\"C,1\",x\n\"C\"\"2\",\"two\nlines\"\n\nC 3,\n", Ok(&["C,1", "C\"2", "C 3"]));
        check("id", Ok(&[]));
        check("", Err("has no column"));
        check("key\nC-1\n", Err("has no column"));
        check("id,name\nC-1\n", Err("this row has 1 value,"));
        check("id\n\"C-1\n", Err("never closed"));
    }
}
