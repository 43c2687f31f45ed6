//! `next_action` and `next_on`: what comes if nothing changes, as far as tonight tells. Each case runs the night it foretells, too.

use crate::desk::{Desk, JOB};

/// Two invoices of one customer, one late since the eleventh of November, one due on the last day of it.
fn desk(steps: &str) -> Desk {
    let desk = Desk::small();
    desk.table(
        "invoices",
        "invoice_id, customer_id, issue_date, due_date, amount
         F1, C1, 2026-10-01, 2026-11-10, 1200.00
         F2, C1, 2026-10-20, 2026-11-30, 9000.00",
    );
    desk.table("customers", "customer_id, name, customer_type, country, email\nC1, Dupont, company, FR,");
    desk.table("payments", "payment_id, customer_id, payment_date, amount");
    let rules = format!(
        "relance: 1\nkind: escalation\npolicies:\n  - policy: everyone\n    for: true\n    clock: oldest_days_past_due\n    gap: 2 days\n    \
         resume: first_unserved\n    terminal: stop\n    steps:\n      - {{step: first, at: 5 days, do: letter, template: first}}\n{steps}"
    );
    desk.file("rules/escalation.yaml", rules.as_bytes());
    desk.job(JOB);
    desk
}

/// Runs the night of the first step and the one that is foretold then: the action comes on that day, and not on the day before.
fn check(steps: &str, expected: &str) {
    let desk = desk(steps);
    let planned = |night: &str| {
        desk.run(night, &[]).succeeded();
        let items = desk.night(night).rows("open_items");
        let row = items.of(["invoice_id", "next_action", "next_on"]).into_iter().find(|[id, ..]| *id == "F1").expect("F1 is open");
        (row[1].to_owned(), row[2].to_owned())
    };
    let (action, on) = planned("2026-11-15");
    assert_eq!(format!("{action} {on}").trim_end(), expected, "{steps}");
    if on.is_empty() {
        return;
    }
    // A night that is missed leaves no step out, so the one on which a step is passed over has to be there.
    if on.as_str() > "2026-11-20" {
        desk.run("2026-11-20", &[]).succeeded();
    }
    desk.run(&on, &[]).succeeded();
    let actions = desk.night(&on).rows("actions");
    assert_eq!(actions.of(["action", "status"]), [[action.as_str(), "due"]], "{steps}, in the night of {on}");
}

#[test]
fn a_step_whose_condition_is_false_is_passed_over_or_replaced() {
    let letter = "      - {step: last, at: 30 days, do: letter, template: last}\n";
    let cases = [
        ("when: exposure > 20_000 EUR, otherwise: skip", "letter 2026-12-10"),
        ("when: exposure > 20_000 EUR, otherwise: {do: task}", "task 2026-11-20"),
        ("when: exposure > 20_000 EUR, otherwise: {do: email, template: late, otherwise: {do: task}}", "task 2026-11-20"),
        ("when: exposure > 1_000 EUR, otherwise: skip", "sms 2026-11-20"),
        // Only one invoice is late by then.
        ("when: overdue_balance > 5_000 EUR, otherwise: skip", "letter 2026-12-10"),
        ("when: overdue_balance > 1_000 EUR, otherwise: skip", "sms 2026-11-20"),
        // What the day itself decides is not known before.
        ("when: oldest_days_past_due >= 10 days, otherwise: skip", "sms 2026-11-20"),
        ("when: as_of >= 2026-11-20, otherwise: skip", "sms 2026-11-20"),
    ];
    for (condition, expected) in cases {
        check(&format!("      - {{step: second, at: 10 days, do: sms, template: second, {condition}}}\n{letter}"), expected);
    }
}

#[test]
fn what_falls_due_until_then_is_not_judged_tonight() {
    let step = |at: u32| {
        format!(
            "      - {{step: second, at: {at} days, do: letter, template: second, when: overdue_balance > 5_000 EUR, otherwise: skip}}\n"
        )
    };
    // The second invoice is late from the first of December, the twenty-first day of the first one.
    check(&step(20), "none: end of the ladder");
    check(&step(21), "letter 2026-12-01");
}
