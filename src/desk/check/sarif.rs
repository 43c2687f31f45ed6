//! Findings as SARIF 2.1.0, the form code hosts and editors read.

use serde_json::{Value, json};

use super::report::{Report, pretty, word};
use crate::error::Failure;
use crate::rules::codes;
use crate::rules::diagnostics::{Diagnostic, Fix};
use crate::rules::sources::{Sources, Span};

/// The log of one run.
///
/// # Errors
/// [`crate::error::Exit::Bug`] where the document cannot be written.
pub fn document(report: &Report<'_>) -> Result<String, Failure> {
    let sources = Sources::new(report.files);
    let rules: Vec<Value> = codes::ALL
        .iter()
        .map(|code| {
            let page = crate::desk::explain_code::page(*code).unwrap_or_default();
            json!({ "id": code.id, "shortDescription": { "text": code.title }, "help": { "text": page, "markdown": page } })
        })
        .collect();
    let results: Vec<Value> =
        report.findings.iter().map(|shown| result(&shown.diagnostic, shown.portfolio.map(|share| share.words()), &sources)).collect();
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

fn result(found: &Diagnostic, portfolio: Option<String>, sources: &Sources<'_>) -> Value {
    let share = portfolio.map(|words| format!("in the portfolio: {words}"));
    let more = found.notes.iter().chain(&share).chain(&found.help);
    let text = std::iter::once(&found.message).chain(more).map(String::as_str).collect::<Vec<_>>().join("\n");
    let mut result = json!({
        "ruleId": found.code.id,
        "ruleIndex": codes::ALL.iter().position(|code| *code == found.code),
        "level": word(found.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": location(found.primary.span, sources) }],
    });
    if !found.secondary.is_empty() {
        let related = found.secondary.iter().zip(1..).map(|(label, id)| {
            let said = if label.text.is_empty() { "see also" } else { &label.text };
            json!({ "id": id, "message": { "text": said }, "physicalLocation": location(label.span, sources) })
        });
        result["relatedLocations"] = related.collect();
    }
    if let Some(fix) = &found.fix {
        result["fixes"] = json!([mended(fix, sources)]);
    }
    result
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
    json!({ "uri": uri(sources.path(span.file)) })
}

/// A path as a URI reference: bytes a path may have and a reference may not are written in hexadecimal.
fn uri(path: &str) -> String {
    let mut uri = String::new();
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
        let cases = [("rules/fr-b2b/a.yaml", "rules/fr-b2b/a.yaml"), ("a b.yaml", "a%20b.yaml"), ("é#?.yaml", "%C3%A9%23%3F.yaml")];
        for (path, uri) in cases {
            assert_eq!(super::uri(path), uri);
        }
    }
}
