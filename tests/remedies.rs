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

#[test]
fn what_is_missing_and_the_run_date() {
    check("promise_date = null", "write promise_date is missing", "promise_date is missing");
    check("promise_date != NULL", "write promise_date is known", "promise_date is known");
    check("promise_date = 'null'", "write promise_date is missing", "promise_date is missing");
    check("promise_date != ''", "write promise_date is known", "promise_date is known");
    check("email = none", "write email is missing", "email is missing");
    check("exposure = null", "\"exposure\" is never missing", "exposure > 0");
    check("promise_date is null", "write missing", "promise_date is missing");
    check("promise_date is not empty", "write missing", "promise_date is not missing");
    check("promise_date = missing", "write promise_date is missing", "promise_date is missing");
    check("phone != known", "write phone is missing", "phone is missing");
    check("promise_date is known and promise_date > today", "write as_of", "promise_date is known and promise_date > as_of");
    check("days_between(due_date, Today()) > 3", "write as_of", "days_between(due_date, as_of) > 3");
    // A value of a list, and a text that may well be in the data, are no slips.
    check("exposure > 1 and legal_status = null", "\"legal_status\" is never missing", "legal_status = none");
    assert_eq!(
        errors("s.yaml", "relance: 1\nkind: segmentation\ndefine:\n  d:\n    means: A\n    when: rating is known and rating = 'none'\n"),
        ""
    );
}

#[test]
fn a_day_beside_a_number_of_days() {
    let (said, ahead) =
        ("last_payment_date is known and days_between(last_payment_date, as_of) > 30 days", "days_between(as_of, due_date)");
    check("last_payment_date > 30 days", &format!("for days ago write {said}"), said);
    let narrowed = "last_payment_date is known and days_between(last_payment_date, as_of) > 30 days";
    check("last_payment_date is known and last_payment_date > 30 days", "write days_between(last_payment_date, as_of) > 30 days", narrowed);
    check("due_date < 10 days", &format!("for days ahead write {ahead} < 10 days"), &format!("{ahead} < 10 days"));
    check("next_due_in > as_of", "for example next_due_in > 30 days", "next_due_in > 30 days");
    check("5 days >= due_date", &format!("5 days >= {ahead}"), &format!("5 days >= {ahead}"));
}

/// A condition on a customer that asks for a field of each invoice, and what it becomes with the field that is said to help.
#[test]
fn a_field_of_an_invoice_in_a_rule_about_a_customer() {
    let table = |when: &str| {
        let define = "define:\n  disputed:\n    means: In dispute\n    when: dispute_status = open\n";
        let table = "tables:\n  - table: segment\n    grain: customer\n    hit: first\n    output: {segment: [a, b]}\n    rules:\n";
        format!("relance: 1\nkind: segmentation\n{define}{table}      - id: r\n        when: {when}\n        then: a\n    otherwise: b\n")
    };
    let errors = |when: &str, derived: &str| {
        let derived = if derived.is_empty() { String::new() } else { format!("derived:\n  {derived}\n") };
        let files = [("d.yaml", format!("relance: 1\nkind: dictionary\n{derived}")), ("s.yaml", table(when))];
        let files = files.map(|(path, text)| SourceFile { path: path.to_owned(), text });
        let checked = check_rules(&files, When::Always, Currency::parse(b"EUR").expect("a currency"));
        let found = checked.findings.into_iter().map(|finding| finding.diagnostic);
        render(&found.filter(|found| found.severity == Severity::Error).collect::<Vec<_>>(), &files, false)
    };
    for (written, followed) in [
        ("days_past_due > 20", "greatest_days_past_due > 20"),
        ("tax_amount > 100", "total_tax_amount > 100"),
        ("due_date > as_of", "last_due_date is known and last_due_date > as_of"),
        ("item_contact_hold", "items_item_contact_hold > 0"),
        ("dispute_status = open", "items_dispute_status > 0"),
        ("document_type = deposit", "items_document_type > 0"),
        ("business_unit = 'north'", "items_business_unit > 0"),
        ("item_penalty_rate > 5%", "greatest_item_penalty_rate > 5%"),
        ("disputed", "items_disputed > 0"),
    ] {
        let told = errors(written, "");
        let (_, derived) = told.split_once("below derived: in a dictionary file: ").unwrap_or_else(|| panic!("{told}"));
        let derived = derived.lines().next().unwrap_or_default();
        assert_eq!(errors(followed, derived), "", "{written}: {derived}");
    }
    assert!(errors("days_past_due > 20", "").contains("write oldest_days_past_due (Lateness of the oldest open item"));
    assert_eq!(errors("oldest_days_past_due > 20", ""), "");
}

/// A rule file with a mistake, what is said of it, and the file as it is then.
fn check_file(path: &str, written: &str, said: &str, followed: &str) {
    let told = errors(path, written);
    assert!(told.contains(said), "it should be said: {said}\n{told}");
    let left = errors(path, followed);
    assert!(left.is_empty(), "{followed}\n{left}");
}

#[test]
fn a_result_that_a_table_does_not_list() {
    let table = |values: &str, otherwise: &str| {
        let rule = "    rules:\n      - {id: r, when: exposure > 5_000 EUR, then: gros_client}\n";
        format!(
            "relance: 1\nkind: segmentation\ntables:\n  - table: segment\n    grain: customer\n    hit: first\n    \
             output: {{segment: [{values}]}}\n{rule}    otherwise: {otherwise}\n"
        )
    };
    let (said, followed) = ("to add it, write output: {segment: [company, gros_client]}", table("company, gros_client", "company"));
    check_file("s.yaml", &table("company", "company"), said, &followed);
    let (said, followed) = ("write output: {segment: [gros_client, others]}", table("gros_client, others", "others"));
    check_file("s.yaml", &table("gros_client", "others"), said, &followed);
    // A slip is mended, not listed.
    assert!(!errors("s.yaml", &table("gros_clients", "gros_clients")).contains("to add it"));
}

#[test]
fn a_unit_that_is_missing_where_a_constant_is_defined() {
    for (constant, comparison, said, unit) in [
        ("5000", "exposure > gross", "give it its unit where it is defined: gross: 5000 EUR", "5000 EUR"),
        ("30", "oldest_days_past_due > gross", "where it is defined: gross: 30 days", "30 days"),
        ("12.5", "disputed_share > gross", "where it is defined: gross: 12.5%", "12.5%"),
        ("0.25", "gross < disputed_share", "where it is defined: gross: 25%", "25%"),
    ] {
        let rules = |value: &str| {
            format!("relance: 1\nkind: segmentation\nconstants:\n  gross: {value}\ndefine:\n  d:\n    means: A\n    when: {comparison}\n")
        };
        check_file("s.yaml", &rules(constant), said, &rules(unit));
    }
}

#[test]
fn a_share_as_a_derived_field() {
    let field = |ty: &str, formula: &str| {
        format!(
            "relance: 1\nkind: dictionary\nderived:\n  share:\n    type: {ty}\n    grain: customer\n    label: Share\n    is: {formula}\n"
        )
    };
    let share = "if_missing(overdue_balance / exposure * 100%, 0%)";
    let written = field("rate", "overdue_balance / exposure");
    check_file("d.yaml", &written, &format!("for a share in percent write {share}"), &field("rate", share));
    let number = "if_missing(overdue_balance / exposure, 0)";
    check_file("d.yaml", &written, &format!("for a number write {number}, and type: number"), &field("number", number));
    check_file("d.yaml", &field("number", "overdue_balance / exposure"), &format!("write {number}"), &field("number", number));
    let rate = "overdue_balance / exposure * 100%";
    check_file("d.yaml", &field("rate", rate), &format!("write {share}"), &field("rate", share));
    check_file("d.yaml", &field("rate", "open_items - 1"), "(open_items - 1) * 100%", &field("rate", "(open_items - 1) * 100%"));
}

#[test]
fn a_type_by_the_name_of_another_tool() {
    let field = |ty: &str| {
        format!("relance: 1\nkind: dictionary\nfields:\n  own: {{type: {ty}, grain: customer, source: customers.own, optional: true}}\n")
    };
    for (written, ours) in
        [("flag", "bool"), ("Boolean", "bool"), ("amount", "money"), ("string", "text"), ("percentage", "rate"), ("integer", "number")]
    {
        check_file("d.yaml", &field(written), &format!("write {ours}"), &field(ours));
    }
}

#[test]
fn a_test_that_says_nothing_and_a_list_of_conditions() {
    let said = "take \"exposure is known\" out of the condition, with the and or or beside it";
    check("exposure is known and exposure > 5", said, "exposure > 5");
    check("exposure is not missing and placed", "\"exposure is not missing\" says nothing", "placed");
    check("\n      - placed\n      - exposure > 5", "join the conditions: placed and exposure > 5", "placed and exposure > 5");
    let field = |grain: &str| format!("relance: 1\nkind: dictionary\nderived:\n  d: {{type: money, {grain}label: D, is: exposure}}\n");
    check_file("d.yaml", &field(""), "write grain: with one of customer, invoice", &field("grain: customer, "));
}

/// Followed to the letter, what is said of a step that reaches some customers not is no further finding either.
#[test]
fn a_step_that_does_not_say_what_happens_without_an_address() {
    let rules = |more: &str| {
        let head =
            "relance: 1\nkind: escalation\npolicies:\n  - policy: all\n    for: true\n    clock: oldest_days_past_due\n    gap: 1 day\n";
        let steps = format!(
            "    resume: first_unserved\n    terminal: stop\n    steps:\n      - {{step: a, at: 1 day, do: email, template: t1{more}}}\n"
        );
        let files = [SourceFile { path: "e.yaml".to_owned(), text: format!("{head}{steps}") }];
        let checked = check_rules(&files, When::Always, Currency::parse(b"EUR").expect("a currency"));
        render(&checked.findings.into_iter().map(|finding| finding.diagnostic).collect::<Vec<_>>(), &files, false)
    };
    let told = rules("");
    assert!(told.contains("add otherwise: {do: letter, template: t1}, or otherwise: skip"), "{told}");
    let left = rules(", otherwise: {do: letter, template: t1}");
    assert!(left.is_empty(), "{left}");
}

#[test]
fn no_penalties_at_all() {
    let rules = |penalties: &str| {
        format!("relance: 1\nkind: escalation\npolicies:\n  - {{policy: all, for: true, steps: []}}\npenalties: {penalties}\n")
    };
    check_file("e.yaml", &rules("none"), "write []", &rules("[]"));
    check_file("e.yaml", &rules("[none]"), "where there is none, the whole list is written []", &rules("[]"));
    let (written, followed) = ("\n  - {penalty: p, when: true, regime: 0%}", "\n  - {penalty: p, when: true, regime: none}");
    check_file("e.yaml", &rules(written), "none asks for no penalties", &rules(followed));
}
