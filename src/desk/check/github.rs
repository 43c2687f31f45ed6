//! Findings as annotations of a GitHub workflow: one line each, shown beside the changed lines.

use super::Shown;
use super::report::{Report, below_here};
use crate::rules::diagnostics::Severity;
use crate::rules::sources::Sources;

/// All findings, one command per line.
pub fn annotations(report: &Report<'_>) -> String {
    let sources = Sources::new(report.files);
    report.findings.iter().map(|shown| annotation(shown, &sources)).collect()
}

fn annotation(shown: &Shown, sources: &Sources<'_>) -> String {
    let found = &shown.diagnostic;
    let command = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let span = found.primary.span;
    let (start, end) = (sources.place(span), sources.place(span.at_end()));
    let share = shown.portfolio.map(|share| format!("in the portfolio: {}", share.words()));
    let more = found.notes.iter().chain(&share).chain(&found.help);
    let message = std::iter::once(&found.message).chain(more).map(String::as_str).collect::<Vec<_>>().join("\n");
    // Columns are shown only where the stretch lies on one line.
    let columns = if start.line == end.line { format!(",col={},endColumn={}", start.column, end.column) } else { String::new() };
    format!(
        "::{command} file={},line={},endLine={}{columns},title={}::{}\n",
        property(&below_here(sources.path(span.file))),
        start.line,
        end.line,
        property(&format!("{} {}", found.code.id, found.code.title)),
        data(&message)
    )
}

/// What stands behind the `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What stands between commas.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(data("100%\r\n: a, b"), "100%25%0D%0A: a, b");
        assert_eq!(property("a:b,c\n%"), "a%3Ab%2Cc%0A%25");
    }
}
