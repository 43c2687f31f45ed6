//! Published examples of dunning, under the name of what they show: levels of SAP, D365 and others, with the numbers of their pages.

use crate::story::{Story, policy};

const LETTERS: [&str; 4] = [
    "before, at: -5 days, do: letter, template: t",
    "first_notice, at: 1 day, do: letter, template: t",
    "second_notice, at: 7 days, do: letter, template: t",
    "third_notice, at: 14 days, do: letter, template: t",
];
const ACTIVITY: &str = "activity, at: 15 days, do: task";
/// Contested until the given day: the first night on which it is free.
const DISPUTED: &str = "invoices: I; customer_id=C; issue_date=2026-01-02; due_date=2026-01-15; amount=100
    disputes: D; invoice_id=I; opened_on=2026-01-02; closed_on=";
const BLOCK: &str = "blocks:\n  - {block: contested, on: invoice, when: dispute_status = open, stops: [contact, escalation]}";

fn ladder(resume: &str) -> String {
    let steps: Vec<&str> = LETTERS.into_iter().chain([ACTIVITY]).collect();
    policy(&format!("clock: oldest_days_past_due; resume: {resume}; terminal: stop"), &steps, BLOCK)
}

fn released(resume: &str, on: &str, until: &str) -> Vec<String> {
    Story::new(&ladder(resume), &format!("{DISPUTED}{on}")).actions("2026-01-03", until)
}

/// Dunnable 100 of 1 000 reaches a minimum of 10 EUR and 10 %; of 1 100 it is 9.09 %, and the level stays.
#[test]
fn minimum_amount_and_share() {
    let steps = [
        "one, at: 1 day, do: letter, template: t, min_amount: 10 EUR, min_share: 10%",
        "two, at: 2 days, do: letter, template: t, min_amount: 10 EUR, min_share: 10%",
    ];
    let rules = policy("clock: oldest_days_past_due; below_min: lower_step; terminal: stop", &steps, "");
    let rows = "invoices: I; customer_id=C; issue_date=2026-01-01; due_date=2026-01-09; amount=100
        invoices: J; customer_id=C; issue_date=2026-01-01; due_date=2026-06-01; amount=900";
    let mut story = Story::new(&rules, rows);
    assert_eq!(story.actions("2026-01-10", "2026-01-10"), ["01-10 one due"]);
    story.learns("invoices: K; customer_id=C; issue_date=2026-01-11; due_date=2026-06-01; amount=100");
    assert_eq!(story.actions("2026-01-11", "2026-01-12"), [""; 0], "9.09 % is less than 10 %");
    assert_eq!(story.next("2026-01-13")[0], "letter 2026-06-02", "once more of it is late");
}

/// Levels 1/7/14/21/30/45/60/75/90 days, an item 60 days late, no history: progressive starts with level 1, a jump takes the seventh.
#[test]
fn progressive_or_jump() {
    let steps: Vec<String> =
        [1, 7, 14, 21, 30, 45, 60, 75, 90].iter().map(|day| format!("level_{day}, at: {day} days, do: letter, template: t")).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let rows = "invoices: I; customer_id=C; issue_date=2025-10-01; due_date=2025-11-16; amount=100";
    for (mode, level) in
        [("catch_up: one_step_per_run", "level_1"), ("catch_up: jump_to_latest", "level_60"), ("resume: closest", "level_60")]
    {
        let rules = policy(&format!("clock: oldest_days_past_due; {mode}; terminal: stop"), &steps, "");
        assert_eq!(Story::new(&rules, rows).actions("2026-01-15", "2026-01-15"), [format!("01-15 {level} due")], "{mode}");
    }
}

/// Due 15 January; released nine days late: the second notice. Released when the activity is due: the activity alone, whatever letters
/// there are; or, counted from the release, the first notice the night after it, and the second six days later.
#[test]
fn closest_or_track_step() {
    assert_eq!(released("closest", "2026-01-24", "2026-01-28"), ["01-24 second_notice due"]);
    assert_eq!(released("closest", "2026-02-01", "2026-02-20"), ["02-01 activity due"]);
    assert_eq!(
        released("rebase", "2026-02-02", "2026-02-20"),
        ["02-02 first_notice due", "02-08 second_notice due", "02-15 third_notice due", "02-16 activity due"]
    );
    // Held by a person instead of contested: the same distances.
    let held = "invoices: I; customer_id=C; issue_date=2026-01-02; due_date=2026-01-15; amount=100
        holds: H; customer_id=C; from_date=2026-01-03; until_date=2026-01-23; stops=contact; reason=asked; author=mia";
    let free = |resume: &str| Story::new(&ladder(resume), held).actions("2026-01-03", "2026-02-10");
    let done = |resume: &str| free(resume).into_iter().filter(|row| row.ends_with("due")).collect::<Vec<_>>();
    assert_eq!(done("rebase"), ["01-24 first_notice due", "01-30 second_notice due", "02-06 third_notice due", "02-07 activity due"]);
}

/// A sequence of 1, then 6, then 7 days is days 1, 7 and 14 after the due date.
#[test]
fn letter_clocks() {
    let rules = policy("clock: oldest_days_past_due; terminal: stop", &LETTERS, "");
    let rows = "invoices: I; customer_id=C; issue_date=2026-01-02; due_date=2026-01-15; amount=100";
    let done = Story::new(&rules, rows).actions("2026-01-03", "2026-02-10");
    assert_eq!(done, ["01-10 before due", "01-16 first_notice due", "01-22 second_notice due", "01-29 third_notice due"]);
}

/// Thresholds of 5, 7 and 11 days; the oldest is paid on the way, a newer one is left: no state is skipped for it.
#[test]
fn skipped_state() {
    let steps =
        ["warning, at: 5 days, do: letter, template: t", "blocked, at: 7 days, do: hold_orders", "cancelled, at: 11 days, do: task"];
    let rules = policy("clock: oldest_days_past_due; terminal: stop", &steps, "");
    let rows = "invoices: OLD; customer_id=C; issue_date=2026-01-01; due_date=2026-01-10; amount=100
        invoices: NEW; customer_id=C; issue_date=2026-01-01; due_date=2026-01-13; amount=100
        payments: P; customer_id=C; invoice_id=OLD; payment_date=2026-01-16; amount=100";
    let done = Story::new(&rules, rows).actions("2026-01-11", "2026-01-30");
    assert_eq!(done, ["01-15 warning due", "01-18 warning due", "01-20 blocked due", "01-24 cancelled due"]);
}

/// Seven calls in seven days, and none in the seven days after a conversation: a rolling window, counted from the log.
#[test]
fn contact_caps() {
    let rules = policy(
        "clock: oldest_days_past_due; terminal: {repeat_last: 1 day}",
        &["call, at: 1 day, do: call"],
        "blocks:\n  - {block: spoken, on: customer, when: 'days_since_conversation is known and days_since_conversation < 7 days', stops: [contact]}\ncaps:\n  - {cap: calls, at_most: 7, within: 7 days, count: [call], then: postpone}",
    );
    let mut rows = "invoices: I; customer_id=C; issue_date=2026-01-01; due_date=2026-01-10; amount=100".to_owned();
    for day in 11..=17 {
        rows.push_str(&format!(
            "\ncontacts: K{day}; customer_id=C; contacted_on=2026-01-{day}; channel=phone; direction=out; outcome=no_answer"
        ));
    }
    let mut story = Story::new(&rules, &rows);
    assert_eq!(story.actions("2026-01-17", "2026-01-18"), ["01-17 call postponed calls", "01-18 call due"]);
    story.learns("contacts: K; customer_id=C; contacted_on=2026-01-19; channel=phone; direction=out; outcome=answered");
    assert_eq!(story.actions("2026-01-20", "2026-01-26").last().map(String::as_str), Some("01-26 call due"));
}
