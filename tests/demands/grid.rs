//! Every decision that a ladder makes explicit: what the keys say is what the nights do.

use crate::story::{Story, policy};

const STEPS: [&str; 3] =
    ["a, at: 3 days, do: letter, template: t", "b, at: 10 days, do: letter, template: t", "c, at: 20 days, do: letter, template: t"];
/// Late since the first of January.
const LATE: &str = "invoices: I; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100";

#[track_caller]
fn check(keys: &str, steps: &[&str], rows: &str, (from, to): (&str, &str), expected: &[&str]) {
    assert_eq!(Story::new(&policy(keys, steps, ""), rows).actions(from, to), expected, "{keys}");
}

#[test]
fn clock_for_age() {
    let rows = "invoices: I; customer_id=C; issue_date=2026-01-01; due_date=2026-01-20; amount=100";
    check("clock: oldest_days_past_due; terminal: stop", &STEPS[..1], rows, ("2026-01-02", "2026-01-24"), &["01-23 a due"]);
}

#[test]
fn unit_of_escalation() {
    let rows = "invoices: I; customer_id=C; issue_date=2025-12-01; due_date=2026-01-01; amount=100
        invoices: J; customer_id=C; issue_date=2025-12-01; due_date=2026-01-03; amount=100";
    check("clock: oldest_days_past_due; terminal: stop", &STEPS[..1], rows, ("2026-01-02", "2026-01-09"), &["01-04 a due"]);
    let of_invoices = ["01-04 a due", "01-06 a due"];
    check("grain: invoice; clock: days_past_due; terminal: stop", &STEPS[..1], rows, ("2026-01-02", "2026-01-09"), &of_invoices);
}

#[test]
fn late_arrival() {
    let arrives = ("2026-02-01", "2026-02-20");
    for (keys, expected) in [
        ("resume: first_unserved; gap: 2 days", &["02-01 a due", "02-03 b due", "02-05 c due"][..]),
        ("resume: closest; gap: 2 days", &["02-01 c due"]),
        ("resume: rebase", &["02-01 a due", "02-08 b due", "02-18 c due"]),
        ("catch_up: jump_to_latest", &["02-01 c due"]),
        ("catch_up: fire_all", &["02-01 a due", "02-01 b due", "02-01 c due"]),
    ] {
        check(&format!("clock: oldest_days_past_due; {keys}; terminal: stop"), &STEPS, LATE, arrives, expected);
    }
}

#[test]
fn small_balances() {
    let steps = [
        "a, at: 3 days, do: letter, template: t",
        "b, at: 10 days, do: call, min_amount: 150 EUR",
        "c, at: 20 days, do: letter, template: t",
    ];
    for (below, expected) in [("drop", &["01-04 a due", "01-21 c due"][..]), ("defer", &["01-04 a due"]), ("lower_step", &["01-04 a due"])]
    {
        let keys = format!("clock: oldest_days_past_due; below_min: {below}; terminal: stop");
        check(&keys, &steps, LATE, ("2026-01-02", "2026-02-01"), expected);
    }
    // Whoever comes late falls back to a lower step that is left.
    let keys = "clock: oldest_days_past_due; resume: closest; below_min: lower_step; terminal: stop";
    check(keys, &steps[..2], LATE, ("2026-01-20", "2026-01-20"), &["01-20 a due"]);
}

#[test]
fn after_the_last_step() {
    let again = ["01-04 a due", "01-14 a due", "01-24 a due"];
    check("clock: oldest_days_past_due; terminal: {repeat_last: 10 days}", &STEPS[..1], LATE, ("2026-01-02", "2026-01-30"), &again);
    let mut story = Story::new(&policy("clock: oldest_days_past_due; terminal: {stop: told_the_court}", &STEPS[..1], ""), LATE);
    story.night("2026-01-04");
    assert_eq!(story.next("2026-01-05"), ["none: told_the_court"]);
}

/// What is left decides: a part payment leaves the rest on its ladder, and whoever has paid all is off it.
#[test]
fn part_payment() {
    let part = format!("{LATE}\npayments: P; customer_id=C; invoice_id=I; payment_date=2026-01-09; amount=40");
    for (keys, expected) in [
        ("after_part_payment: continue", &["01-04 a due", "01-11 b due", "01-21 c due"][..]),
        ("after_part_payment: wait 7 days", &["01-04 a due", "01-16 b due", "01-21 c due"]),
        ("after_part_payment: restart", &["01-04 a due", "01-09 a due", "01-11 b due", "01-21 c due"]),
    ] {
        let keys = format!("clock: oldest_days_past_due; {keys}; terminal: stop");
        check(&keys, &STEPS, &part, ("2026-01-02", "2026-01-30"), expected);
        let all = part.replace("amount=40", "amount=100");
        check(&keys, &STEPS, &all, ("2026-01-02", "2026-01-30"), &["01-04 a due"]);
    }
}

/// A customer becomes another one's in the middle of the ladder.
#[test]
fn policy_change() {
    for (change, expected) in [
        ("restart", &["01-04 a due", "01-07 x due", "01-11 y due", "01-21 z due"][..]),
        ("{map: {a: x}}", &["01-04 a due", "01-11 y due", "01-21 z due"]),
        ("finish_old", &["01-04 a due", "01-11 b due", "01-21 c due"]),
    ] {
        let steps = |names: [&str; 3]| -> String {
            [3, 10, 20]
                .iter()
                .zip(names)
                .map(|(at, name)| format!("      - {{step: {name}, at: {at} days, do: letter, template: t}}\n"))
                .collect()
        };
        let ladder = |id: &str, sign: &str, names| {
            format!(
                "  - policy: {id}\n    for: if_missing(tier, 'small') {sign} 'small'\n    clock: oldest_days_past_due\n    gap: 3 days\n    on_policy_change: {change}\n    terminal: stop\n    steps:\n{}",
                steps(names)
            )
        };
        let change_of_old = if change == "finish_old" { change } else { "restart" };
        let old = ladder("small", "=", ["a", "b", "c"]).replace(change, change_of_old);
        let rules = format!("relance: 1\nkind: escalation\npolicies:\n{old}{}", ladder("large", "!=", ["x", "y", "z"]));
        let mut story = Story::new(&rules, &format!("customers: C; tier=small\n{LATE}"));
        let mut done = story.actions("2026-01-02", "2026-01-05");
        story.replaces("tier=small", "tier=large");
        done.extend(story.actions("2026-01-06", "2026-01-30"));
        assert_eq!(done, expected, "{change}");
    }
}

/// Days on which a dispute was open do not count, whether a night was run on them or not.
#[test]
fn pauses_of_the_clock() {
    let block = "blocks:\n  - {block: contested, on: invoice, when: dispute_status = open, stops: [contact], clock: pauses}";
    let rows = format!("{LATE}\ndisputes: D; invoice_id=I; opened_on=2026-01-05; closed_on=2026-01-09");
    for grain in ["clock: oldest_days_past_due", "grain: invoice; clock: days_past_due"] {
        let rules = policy(&format!("{grain}; terminal: stop"), &STEPS, block);
        for missed in [4..4, 3..5, 3..8, 5..9] {
            let done = Story::new(&rules, &rows).actions_of("2026-01-02", "2026-01-30", |at| !missed.contains(&at));
            assert_eq!(done, ["01-04 a due", "01-15 b due", "01-25 c due"], "{grain}, missed: {missed:?}");
        }
    }
}

/// An action that comes later than its day says by how many days.
#[test]
fn declared_lateness() {
    let rules = policy("clock: oldest_days_past_due; gap: 2 days; terminal: stop", &STEPS, "");
    let mut story = Story::new(&rules, LATE);
    assert_eq!(story.column("2026-01-04", "days_late"), ["0"], "on its day");
    assert_eq!(story.column("2026-01-25", "days_late"), ["14"], "nights were missed");
    assert_eq!(story.column("2026-01-27", "days_late"), ["0"], "the gap after that step is over tonight");
}

/// Whoever an entry is for stands no lower than before its step; whoever stands higher stays there.
#[test]
fn entries() {
    let entry = "entries: [{entry: bounced, when: rejections_12m > 0, step: b}]";
    let rejected = format!(
        "{LATE}\npayments: P; customer_id=C; invoice_id=I; payment_date=2025-12-20; amount=100; status=rejected; rejected_on=2026-01-02"
    );
    let keys = format!("clock: oldest_days_past_due; {entry}; terminal: stop");
    check(&keys, &STEPS, LATE, ("2026-01-02", "2026-01-30"), &["01-04 a due", "01-11 b due", "01-21 c due"]);
    check(&keys, &STEPS, &rejected, ("2026-01-02", "2026-01-30"), &["01-11 b due", "01-21 c due"]);
    // Settled until the money went back, it is open again where the entry says.
    let late = rejected.replace("rejected_on=2026-01-02", "rejected_on=2026-01-15");
    check(&keys, &STEPS, &late, ("2026-01-02", "2026-01-30"), &["01-15 b due", "01-21 c due"]);
    let part = late.replace("amount=100; status", "amount=40; status");
    check(&keys, &STEPS, &part, ("2026-01-02", "2026-01-30"), &["01-04 a due", "01-11 b due", "01-21 c due"]);
    // Written off after the first step, and taken up again: the ladder is entered where the rules say.
    let revived = LATE.replace("due_date=", "written_off_on=2026-01-06; revived_on=2026-01-27; due_date=");
    let keys = format!("{keys}; gap: 7 days");
    check(&keys, &STEPS, &revived, ("2026-01-02", "2026-02-10"), &["01-04 a due", "01-27 a due", "02-03 b due", "02-10 c due"]);
    let by_customer = keys.replace("rejections_12m > 0", "revived_balance > 0 EUR");
    check(&by_customer, &STEPS, &revived, ("2026-01-02", "2026-02-10"), &["01-04 a due", "01-27 b due", "02-03 c due"]);
    let by_invoice = by_customer.replace("revived_balance > 0 EUR", "revived_date is known").replace("oldest_days", "days");
    check(
        &format!("grain: invoice; {by_invoice}"),
        &STEPS,
        &revived,
        ("2026-01-02", "2026-02-10"),
        &["01-04 a due", "01-27 b due", "02-03 c due"],
    );
}
