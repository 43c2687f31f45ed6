//! Findings as SARIF 2.1.0, the form code hosts and editors read, with all that GitHub asks of a log beyond the standard: both
//! descriptions and a help text of each rule, whole regions, a fingerprint of each result, and references below the current folder.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::report::{Report, below_here, pretty, word};
use crate::base::hash::key_hash;
use crate::desk::explain_code;
use crate::error::Failure;
use crate::rules::codes;
use crate::rules::diagnostics::{Diagnostic, Fix, Label};
use crate::rules::sources::{Sources, Span};

/// The log of one run.
///
/// # Errors
/// [`crate::error::Exit::Bug`] where the document cannot be written.
pub fn document(report: &Report<'_>) -> Result<String, Failure> {
    let sources = Sources::new(report.files);
    let rules: Vec<Value> = codes::ALL.iter().map(|code| rule(*code)).collect();
    let mut prints = Fingerprints::default();
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|shown| {
            let mut result = result(&shown.diagnostic, shown.portfolio.map(|share| share.words()), &sources);
            result["partialFingerprints"] = json!({ "primaryLocationLineHash": prints.next(&shown.diagnostic, &sources) });
            result
        })
        .collect();
    pretty(&json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "relance", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn rule(code: codes::Code) -> Value {
    let page = explain_code::page(code).unwrap_or_default();
    json!({
        "id": code.id,
        "shortDescription": { "text": code.title },
        "fullDescription": { "text": explain_code::what_it_checks(code).unwrap_or(code.title) },
        "help": { "text": page, "markdown": page },
    })
}

/// What tells one result from others, also after lines before it came or went: its code, its file and the text of its line, and which
/// of several alike it is.
#[derive(Default)]
struct Fingerprints(BTreeMap<u64, u32>);

impl Fingerprints {
    fn next(&mut self, found: &Diagnostic, sources: &Sources<'_>) -> String {
        let span = found.primary.span;
        let line = sources.line(span).trim();
        let hash = key_hash(format!("{}\n{}\n{line}", found.code.id, below_here(sources.path(span.file))).as_bytes());
        let count = self.0.entry(hash).or_insert(0);
        *count += 1;
        format!("{hash:016x}:{count}")
    }
}

fn result(found: &Diagnostic, portfolio: Option<String>, sources: &Sources<'_>) -> Value {
    let share = portfolio.map(|words| format!("in the portfolio: {words}"));
    // The built-in dictionary is no file of anyone's.
    let (built_in, related): (Vec<&Label>, Vec<&Label>) = found.secondary.iter().partition(|label| sources.is_built_in(label.span.file));
    let elsewhere = built_in.iter().map(|label| format!("{}: {}", said(label), sources.file_and_line(label.span)));
    let more = found.notes.iter().cloned().chain(share).chain(found.help.iter().cloned()).chain(elsewhere);
    let text = std::iter::once(found.message.clone()).chain(more).collect::<Vec<_>>().join("\n");
    let mut result = json!({
        "ruleId": found.code.id,
        "ruleIndex": codes::ALL.iter().position(|code| *code == found.code),
        "level": word(found.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": location(found.primary.span, sources) }],
    });
    if !related.is_empty() {
        let related = related
            .iter()
            .zip(1..)
            .map(|(label, id)| json!({ "id": id, "message": { "text": said(label) }, "physicalLocation": location(label.span, sources) }));
        result["relatedLocations"] = related.collect();
    }
    if let Some(fix) = &found.fix {
        result["fixes"] = json!([mended(fix, sources)]);
    }
    result
}

fn said(label: &Label) -> &str {
    if label.text.is_empty() { "see also" } else { &label.text }
}

fn mended(fix: &Fix, sources: &Sources<'_>) -> Value {
    let replacement = json!({ "deletedRegion": region(fix.span, sources), "insertedContent": { "text": fix.replacement } });
    json!({
        "description": { "text": format!("write {}", fix.replacement) },
        "artifactChanges": [{ "artifactLocation": artifact(fix.span, sources), "replacements": [replacement] }],
    })
}

fn location(span: Span, sources: &Sources<'_>) -> Value {
    json!({ "artifactLocation": artifact(span, sources), "region": region(span, sources) })
}

/// Lines and columns count from 1; the end column is one past the last character.
fn region(span: Span, sources: &Sources<'_>) -> Value {
    let (start, end) = (sources.place(span), sources.place(span.at_end()));
    json!({ "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column })
}

fn artifact(span: Span, sources: &Sources<'_>) -> Value {
    json!({ "uri": uri(&below_here(sources.path(span.file))) })
}

/// A path as a URI reference, one that is no reference to here as a URI: bytes a path may have and a reference may not are written in
/// hexadecimal.
fn uri(path: &str) -> String {
    let mut uri = if Path::new(path).is_absolute() { "file://".to_owned() } else { String::new() };
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_become_references() {
        let cases = [
            ("rules/fr-b2b/a.yaml", "rules/fr-b2b/a.yaml"),
            ("a b.yaml", "a%20b.yaml"),
            ("é#?.yaml", "%C3%A9%23%3F.yaml"),
            ("/r/a b.yaml", "file:///r/a%20b.yaml"),
        ];
        for (path, uri) in cases {
            assert_eq!(super::uri(path), uri);
        }
    }
}
