//! What items remember of a ladder that all items of a customer climb together.

use crate::story::{Story, policy};

const CLOCK: &str = "clock: oldest_days_past_due; terminal: stop";
const STEPS: [&str; 3] =
    ["a, at: 3 days, do: letter, template: t", "b, at: 10 days, do: letter, template: t", "c, at: 20 days, do: letter, template: t"];

/// An old item and one ten days younger.
fn rows(more: &str) -> String {
    format!(
        "invoices: OLD; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100
        invoices: NEW; customer_id=C; issue_date=2025-12-01; due_date=2026-01-11; amount=50
        {more}"
    )
}

/// While the ladder rests, a younger item comes of the age of a step that was done without it. It has not heard of that one.
#[test]
fn a_step_done_before_an_item_was_late_is_none_of_its_own() {
    for paid in ["2026-01-13", "2026-01-15", "2026-01-18"] {
        let payment = format!("payments: P; customer_id=C; invoice_id=OLD; payment_date={paid}; amount=100");
        let told = Story::new(&policy(CLOCK, &STEPS, ""), &rows(&payment)).actions("2026-01-02", "2026-02-05");
        let first = if paid == "2026-01-13" { "2026-01-14" } else { paid };
        let expected = ["01-04 a due", "01-11 b due", &format!("{} a due", &first[5..]), "01-21 b due", "01-31 c due"];
        assert_eq!(told, expected, "paid on {paid}");
    }
}

/// A step that is left out is left out for the items that are old enough for it that night, and for no other step.
#[test]
fn a_step_left_out_is_none_of_those_before_it() {
    let steps = [STEPS[0], "b, at: 10 days, do: letter, template: t, when: exposure > 1_000 EUR, otherwise: skip", STEPS[2]];
    let payment = "payments: P; customer_id=C; invoice_id=OLD; payment_date=2026-01-16; amount=100";
    let young = rows(payment).replace("2026-01-11", "2026-01-06");
    // The night on which b is left out the younger item is five days late, and was on no action yet.
    let told = Story::new(&policy(CLOCK, &steps, ""), &young).actions("2026-01-02", "2026-01-30");
    assert_eq!(told, ["01-04 a due", "01-16 a due", "01-26 c due"]);
}

/// A lower step that takes the place of a higher one is the one that was done.
#[test]
fn a_lower_step_in_place_of_a_higher_one_leaves_that_to_come() {
    let keys = format!("{CLOCK}; catch_up: jump_to_latest; below_min: lower_step");
    let steps = [STEPS[0], STEPS[1], "c, at: 20 days, do: letter, template: t, min_amount: 150 EUR"];
    let block = "blocks:\n  - {block: contested, on: invoice, when: dispute_status = open, stops: [contact]}";
    let dispute = "disputes: D; invoice_id=OLD; opened_on=2026-01-23; closed_on=2026-01-28
        invoices: MORE; customer_id=C; issue_date=2026-01-25; due_date=2026-01-26; amount=90";
    let one = rows(dispute).replace("invoices: NEW; customer_id=C; issue_date=2025-12-01; due_date=2026-01-11; amount=50", "");
    // On the 22nd c is below its least amount, and b is done. With all items held no item tells how far the ladder went: its own record does.
    let story = || Story::new(&policy(&keys, &steps, block), &one);
    assert_eq!(story().actions("2026-01-22", "2026-01-31"), ["01-22 b due", "01-28 c due"]);
    let mut states = story();
    states.actions("2026-01-22", "2026-01-22");
    assert_eq!(states.ladder(), ["b"]);
}

/// Where the clock does not measure the age of items, what a step was done about has had it, however young it is.
#[test]
fn a_clock_of_another_kind_has_steps_for_young_items_too() {
    let keys = "clock: days_since_last_payment; gap: 1 day; terminal: {repeat_last: 100 days}";
    let steps = ["a, at: 0 days, do: task", "b, at: 90 days, do: task"];
    let rows = "invoices: NEW; customer_id=C; issue_date=2026-04-01; due_date=2026-05-01; amount=50
        invoices: PAID; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100
        payments: P; customer_id=C; invoice_id=PAID; payment_date=2026-02-10; amount=100";
    let told = Story::new(&policy(keys, &steps, ""), rows).actions("2026-05-02", "2026-08-20");
    assert_eq!(told, ["05-02 a due", "05-11 b due", "08-19 b due"]);
}

/// A small debt in a group that a large one always goes before has its turn once it has waited for longer than the window.
#[test]
fn nobody_waits_for_ever_behind_the_larger_debt() {
    let keys = "clock: oldest_days_past_due; terminal: {repeat_last: 5 days}";
    let cap = "caps:\n  - {cap: group, at_most: 1, within: 5 days, per: group, count: [letter], then: postpone}";
    let rows = "customers: BIG; parent_id=G
        customers: SMALL; parent_id=G
        customers: G; name=head
        invoices: I; customer_id=BIG; issue_date=2025-12-01; due_date=2026-01-01; amount=9000
        invoices: J; customer_id=SMALL; issue_date=2025-12-01; due_date=2026-01-01; amount=10";
    let mut story = Story::new(&policy(keys, &["a, at: 1 day, do: letter, template: t"], cap), rows);
    let mut heard = Vec::new();
    for day in 2..=28 {
        let night = format!("2026-01-{day:02}");
        heard.extend(story.told(&night, &["customer_id", "status"]).into_iter().filter(|row| row.ends_with("due")));
    }
    assert!(heard.iter().any(|row| row.contains("SMALL")), "{heard:?}");
    assert!(heard.iter().any(|row| row.contains("BIG")), "{heard:?}");
}

/// A call about two currencies is one contact, tonight and in the log; three attempts of one call are three.
#[test]
fn what_is_asked_in_two_currencies_is_one_contact() {
    let steps = ["a, at: 1 day, do: call, template: t", "b, at: 2 days, do: call, template: t", "c, at: 3 days, do: call, template: t"];
    let caps = "caps:\n  - {cap: few, at_most: 2, within: 7 days, per: customer, count: [call], then: postpone}";
    let rows = "invoices: I; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100
        invoices: J; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100; currency=USD
        fx: 2026-01-01; currency=USD; rate_to_reporting=1.1";
    for (attempts, second) in [(1, "01-03 b due"), (2, "01-03 b postponed few")] {
        let mut story = Story::new(&policy(CLOCK, &steps, caps), rows);
        let ids = story.column("2026-01-02", "action_id");
        assert_eq!(ids.len(), 2, "one row for each currency");
        for (at, id) in ids.iter().enumerate() {
            for attempt in 0..attempts {
                story.learns(&format!(
                    "contacts: K{at}{attempt}; customer_id=C; contacted_on=2026-01-02; channel=phone; direction=out; outcome=no_answer; action_id={id}"
                ));
            }
        }
        assert_eq!(story.actions("2026-01-03", "2026-01-03"), [second; 2], "{attempts} attempts");
    }
}
