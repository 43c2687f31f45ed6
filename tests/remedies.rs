//! What a finding says to write instead, followed to the letter, leads to rules without an error.

#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

use relance::base::date::Date;
use relance::base::money::Currency;
use relance::rules::check::{When, check as check_rules};
use relance::rules::diagnostics::{Diagnostic, Severity, render};
use relance::rules::sources::SourceFile;

/// The errors of one rule file.
fn errors(path: &str, text: &str) -> String {
    let files = [SourceFile { path: path.to_owned(), text: text.to_owned() }];
    let day = Date::parse("2026-12-15").expect("a day");
    let checked = check_rules(&files, When::From(day), Currency::parse(b"EUR").expect("a currency"));
    let found = checked.findings.into_iter().map(|finding| finding.diagnostic);
    let errors: Vec<Diagnostic> = found.filter(|found| found.severity == Severity::Error).collect();
    render(&errors, &files, false)
}

/// A condition with a mistake, what is said of it, and what it becomes where that is followed.
fn check(written: &str, said: &str, followed: &str) {
    let rules = |when: &str| format!("relance: 1\nkind: segmentation\ndefine:\n  d:\n    means: A test\n    when: {when}\n");
    let told = errors("segmentation.yaml", &rules(written));
    assert!(told.contains(said), "of {written:?} it should be said: {said}\n{told}");
    let left = errors("segmentation.yaml", &rules(followed));
    assert!(left.is_empty(), "{written:?}, mended as {followed:?}:\n{left}");
}

#[test]
fn a_value_in_the_place_of_a_condition() {
    check("placed and email", "write email is known", "placed and email is known");
    check("placed and email = true", "write email is known", "placed and email is known");
    check("not email", "write email is known", "not email is known");
    check("email = false", "write email is missing", "email is missing");
    check("promise_date", "write promise_date is known, or promise_date is known and promise_date < as_of", "promise_date is known");
    check("promise_date", "or promise_date is known and promise_date < as_of", "promise_date is known and promise_date < as_of");
    check("exposure", "for example exposure > 100 EUR", "exposure > 100 EUR");
    check("oldest_days_past_due = true", "for example oldest_days_past_due > 30 days", "oldest_days_past_due > 30 days");
    check("legal_status", "for example legal_status = deceased", "legal_status = deceased");
    check("disputed_share", "for example disputed_share > 10%", "disputed_share > 10%");
    check("open_items", "for example open_items > 1", "open_items > 1");
}

/// A ladder of one step that says something else otherwise.
fn ladder(otherwise: &str) -> String {
    let head = "relance: 1\nkind: escalation\npolicies:\n  - policy: all\n    for: true\n    clock: oldest_days_past_due\n    resume: first_unserved\n";
    let step = "    terminal: {stop: over}\n    steps:\n      - step: one\n        at: 1 day\n        do: email\n        template: t1\n        when: placed\n";
    format!("{head}{step}        otherwise:{otherwise}\n")
}

#[test]
fn a_group_that_is_not_written_as_one() {
    for (written, said, followed) in [
        (" do: letter", "write {do: letter}", " {do: letter}"),
        (" 'do: letter'", "write {do: letter}", " {do: letter}"),
        (" do: letter, template: t2", "write {do: letter, template: t2}", " {do: letter, template: t2}"),
        (
            "\n        do: letter\n        template: t2",
            "begin \"do\" in line 16, and the lines that belong to \"otherwise\" with it, with 10 blanks",
            "\n          do: letter\n          template: t2",
        ),
    ] {
        let told = errors("escalation.yaml", &ladder(written));
        assert!(told.contains(said) && told.matches("error[").count() == 1, "{written}\n{told}");
        let left = errors("escalation.yaml", &ladder(followed));
        assert!(left.is_empty(), "{followed}\n{left}");
    }
}
