//! A test of rules is a night: made from a real customer, it comes to what the night published about it.

use std::fs;

use crate::desk::{DAY_BEFORE, Desk, NIGHT, Outcome};

#[test]
fn a_real_case_becomes_a_masked_test_that_comes_to_the_same() {
    let desk = Desk::generated(3000, 11, false);
    desk.run(DAY_BEFORE, &[]).succeeded();
    desk.run(NIGHT, &[]).succeeded();
    let actions = desk.night(NIGHT).rows("actions");
    let rows = actions.of(["customer_id", "step", "status", "action", "status_reason"]);
    let customers = desk.night(NIGHT).rows("segments").of(["customer_id", "segment"]).len();
    assert!(rows.len() > 4 && customers > rows.len(), "{} actions for {customers} customers", rows.len());
    // One action each, so that the row a test describes first is the only one.
    let single = rows.iter().filter(|row| rows.iter().filter(|other| other[0] == row[0]).count() == 1);
    for (number, [customer, step, status, action, reason]) in single.take(12).enumerate() {
        let file = format!("rules/fr-b2b/case{number}.test.yaml");
        let made = desk.command(&["test", "add", "--customer", customer, "--date", NIGHT, "--out", &file]).output();
        Outcome::from(made.expect("the binary starts")).succeeded();
        let text = fs::read_to_string(desk.path(&file)).expect("a test file");
        assert!(!text.contains(*customer), "the id is not masked");
        let goes_out = matches!(*status, "due" | "needs_approval" | "displaced");
        let expected = text.lines().last().unwrap_or_default();
        let wanted =
            if goes_out { format!("action: {action}, step: {step}, ") } else { format!("action: none, step: {step}, status: {status}, ") };
        let is_told = expected.contains(&wanted) && expected.contains("held_by: ") != goes_out;
        assert!(is_told, "{customer} {status} {reason}:\n{expected}");
        Outcome::of(&mut desk.command(&["fmt", "--check", &file])).succeeded();
    }
    let all = desk.command(&["test", "rules/fr-b2b"]).output();
    let all = Outcome::from(all.expect("the binary starts")).succeeded();
    assert!(all.out.ends_with(" passed, 0 failed\n"), "{}", all.out);
}

#[test]
fn a_test_that_does_not_hold_ends_with_one() {
    let desk = Desk::small();
    let file = |action: &str| {
        format!(
            "relance: 1\nkind: test\ncurrency: EUR\nas_of: {NIGHT}\ngiven:\n  invoices: [{{amount: 100 EUR, days_past_due: 40 days}}]\n\
             tests:\n  - test: a late invoice\n    expect: {{action: {action}}}\n"
        )
    };
    for (action, code) in [("none", 1), ("email", 0)] {
        desk.file("rules/small.test.yaml", file(action).as_bytes());
        let outcome = Outcome::of(&mut desk.command(&["test", "rules"]));
        assert_eq!((outcome.code, outcome.err.as_str()), (Some(code), ""), "{}", outcome.out);
    }
}

/// A night compares money in the currency of its job, and so do the tests of its rules.
#[test]
fn tests_of_a_job_count_in_its_currency() {
    let desk = Desk::small();
    desk.job(&crate::desk::JOB.replace("reporting_currency: EUR", "reporting_currency: GBP"));
    let rules = fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
    desk.file("rules/escalation.yaml", rules.replace(" EUR", "").as_bytes());
    let tests = format!(
        "relance: 1\nkind: test\nas_of: {NIGHT}\ngiven:\n  invoices: [{{amount: 100 GBP, days_past_due: 40 days}}]\n\
         tests:\n  - test: a late invoice\n    expect: {{action: email}}\n"
    );
    desk.file("rules/small.test.yaml", tests.as_bytes());
    for words in [&["test"][..], &["test", "--job", "relance.yaml"]] {
        let told = Outcome::of(&mut desk.command(words)).succeeded();
        assert!(told.out.ends_with("1 test, 1 passed, 0 failed\n"), "{}", told.out);
    }
    // By themselves the rules say nothing of a currency.
    let alone = Outcome::of(&mut desk.command(&["test", "rules"]));
    assert_ne!(alone.code, Some(0), "{}", alone.out);
}

/// The first change that the pages propose shows in the summary of the same night, as they say it does.
#[test]
fn the_first_change_of_the_pages_shows_the_same_night() {
    let desk = Desk::empty();
    let run = |words: &[&str]| Outcome::of(&mut desk.command(words)).succeeded();
    run(&["generate", "--invoices", "2000", "--as-of", NIGHT, "--out", "made"]);
    let due = |more: &[&str]| {
        let outcome = run(&[&["run", "--job", "made/relance.yaml", "--as-of", NIGHT], more].concat());
        let said = outcome.out + &outcome.err;
        let of = |action: &str| said.lines().find_map(|line| Some(line.strip_prefix(action)?.trim().to_owned())).unwrap_or_default();
        (of("email due "), of("letter due "))
    };
    let before = due(&[]);
    let path = desk.path("made/rules/fr-b2b/escalation.yaml");
    let rules = fs::read_to_string(&path).expect("the escalation");
    let company = rules.find("  - policy: company\n").expect("the policy of the pages");
    let (head, policy) = rules.split_at(company);
    assert!(policy.split("    steps:").next().is_some_and(|policy| policy.contains("enter_when: overdue_collectible >= 50 EUR")));
    fs::write(&path, format!("{head}{}", policy.replacen("50 EUR", "500 EUR", 1))).expect("a writable file");
    let after = due(&["--replace", "--reason", "no reminders below 500 EUR"]);
    let page = include_str!("../../docs/first-rule.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let said = |(email, letter): &(String, String), (email_before, letter_before): &(String, String)| {
        format!("has `email due {email}` where it had `{email_before}`, and `letter due {letter}` where it had `{letter_before}`.")
    };
    assert!(page.contains(&said(&after, &before)), "the page should say: {}", said(&after, &before));
    assert!(include_str!("../../README.md").contains("change `50 EUR` of `enter_when:` to `500 EUR`"));
}
