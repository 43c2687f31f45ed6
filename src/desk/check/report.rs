//! Findings as text for a person, and as JSON with a schema of its own.

use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use super::{Edit, Share, Shown};
use crate::base::counted::counted;
use crate::base::date::Date;
use crate::base::money::format_amount;
use crate::error::{Exit, Failure};
use crate::rules::check::Checked;
use crate::rules::diagnostics::{Diagnostic, Label, Severity, render};
use crate::rules::sources::{SourceFile, Sources, Span};

/// Version of the JSON document. It rises when a key changes its meaning or goes away; keys may be added.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything that is said.
pub struct Report<'a> {
    pub folder: &'a Path,
    pub as_of: Option<Date>,
    pub files: &'a [SourceFile],
    pub checked: &'a Checked,
    pub findings: &'a [Shown],
    pub edits: &'a [Edit],
}

impl Share {
    /// `1204 customers, 3100000.00 EUR`.
    pub fn words(&self) -> String {
        let noun = match (self.of_customers, self.rows) {
            (true, 1) => "customer",
            (true, _) => "customers",
            (false, 1) => "open item",
            (false, _) => "open items",
        };
        format!("{} {noun}, {} {}", self.rows, format_amount(self.amount, self.currency.digits()), self.currency)
    }
}

/// The word for a severity.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

impl Report<'_> {
    /// How many findings there are of a severity.
    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.diagnostic.severity == severity).count()
    }

    /// For a person: each finding with its place, at most fifty per file, and one line that sums up.
    pub fn text(&self, colour: bool) -> String {
        let with_data = |shown: &Shown| match &shown.portfolio {
            Some(share) => shown.diagnostic.clone().note(format!("in the portfolio: {}", share.words())),
            None => shown.diagnostic.clone(),
        };
        let findings: Vec<Diagnostic> = self.findings.iter().map(with_data).collect();
        let edits: Vec<String> = self.edits.iter().map(|edit| format!("fixed: {edit}\n")).collect();
        let mut text = format!("{}{}", render(&findings, self.files, colour), edits.concat());
        if let Some(program) = &self.checked.program {
            text.push_str(&format!(
                "{}: {}, {}, {}, {}, {} checked\n",
                self.folder.display(),
                counted(program.tables.len(), "table"),
                if program.policies.len() == 1 { "1 policy".to_owned() } else { format!("{} policies", program.policies.len()) },
                counted(program.blocks.len(), "block"),
                counted(program.fields.len(), "field"),
                counted(self.checked.periods, "period")
            ));
        }
        let kinds = [Severity::Error, Severity::Warning, Severity::Note].map(|severity| counted(self.count(severity), word(severity)));
        text.push_str(&if self.findings.is_empty() { "no findings\n".to_owned() } else { format!("{}\n", kinds.join(", ")) });
        if self.findings.iter().any(|finding| finding.diagnostic.fix.is_some()) {
            text.push_str("some can be mended: relance check --fix\n");
        }
        if let Some(finding) = self.findings.first() {
            text.push_str(&format!("more about a code: relance explain-code {}\n", finding.diagnostic.code.id));
        }
        text
    }

    /// For programs: every finding, none left out.
    ///
    /// # Errors
    /// [`Exit::Bug`] where the document cannot be written.
    pub fn json(&self, is_no: bool) -> Result<String, Failure> {
        let sources = Sources::new(self.files);
        let findings: Vec<Value> = self.findings.iter().map(|shown| finding(shown, &sources)).collect();
        let edits: Vec<Value> = self
            .edits
            .iter()
            .map(|edit| json!({ "file": edit.file, "line": edit.line, "column": edit.column, "from": edit.from, "to": edit.to, "code": edit.code }))
            .collect();
        let document = json!({
            "schema": "relance.check",
            "version": SCHEMA_VERSION,
            "rules": self.folder,
            "as_of": self.as_of.map(|day| day.to_string()),
            "periods": self.checked.periods,
            "failed": is_no,
            "errors": self.count(Severity::Error),
            "warnings": self.count(Severity::Warning),
            "notes": self.count(Severity::Note),
            "findings": findings,
            "fixed": edits,
        });
        pretty(&document)
    }
}

/// A path as one below the current folder where it is, because code hosts know files by their place in a repository.
pub fn below_here(path: &str) -> String {
    let here = std::env::current_dir().ok();
    let path = Path::new(path);
    let path = here.as_deref().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path);
    path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>().display().to_string()
}

/// A document as text.
///
/// # Errors
/// [`Exit::Bug`] where it cannot be written.
pub fn pretty(document: &Value) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(document);
    text.map(|text| text + "\n").map_err(|error| Failure::new(Exit::Bug, format!("the findings do not serialise: {error}")))
}

fn finding(shown: &Shown, sources: &Sources<'_>) -> Value {
    let found = &shown.diagnostic;
    let related: Vec<Value> = found.secondary.iter().map(|label| place(label, sources)).collect();
    let fix = found.fix.as_ref().map(|fix| {
        let mut fixed = span(fix.span, sources);
        fixed["replacement"] = json!(fix.replacement);
        fixed
    });
    let portfolio = shown.portfolio.map(|share| {
        json!({
            "rows": share.rows,
            "grain": if share.of_customers { "customer" } else { "invoice" },
            "amount": format_amount(share.amount, share.currency.digits()),
            "currency": share.currency.code(),
        })
    });
    json!({
        "code": found.code.id,
        "title": found.code.title,
        "severity": word(found.severity),
        "message": found.message,
        "place": place(&found.primary, sources),
        "related": related,
        "notes": found.notes,
        "help": found.help,
        "fix": fix,
        "portfolio": portfolio,
    })
}

fn place(label: &Label, sources: &Sources<'_>) -> Value {
    let mut place = span(label.span, sources);
    place["label"] = json!(label.text);
    place
}

/// A stretch of a file; lines and columns count from 1, the end is one past the last character.
fn span(span: Span, sources: &Sources<'_>) -> Value {
    let (start, end) = (sources.place(span), sources.place(span.at_end()));
    json!({ "file": sources.path(span.file), "line": start.line, "column": start.column, "end_line": end.line, "end_column": end.column })
}
