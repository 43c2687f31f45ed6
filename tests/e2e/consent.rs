//! Steps a person has to agree to: what the contact log says of them is the day they were done, and each consent is used once.

use crate::desk::{Desk, JOB};

/// An invoice due on the first of July, on a ladder that asks before its second step.
fn desk(ladder: &str) -> Desk {
    let desk = Desk::small();
    desk.table("invoices", "invoice_id, customer_id, issue_date, due_date, amount\nF1, C1, 2026-06-01, 2026-07-01, 200.00");
    desk.table("payments", "payment_id, customer_id, payment_date, amount");
    desk.file("rules/escalation.yaml", format!("relance: 1\nkind: escalation\npolicies:\n  - policy: everyone\n    for: true\n    clock: oldest_days_past_due\n    gap: 5 days\n    resume: first_unserved\n{ladder}").as_bytes());
    desk.job(&JOB.replace("  payments:", "  contacts: contacts.parquet\n  payments:"));
    desk
}

/// Runs nights with the consents the log has by then; each asks for the action of the night it names. Tells what every night asks for,
/// and what comes next.
fn check(ladder: &str, nights: &[(&str, &str, &str)], consents: &[(&str, &str)]) {
    let desk = desk(ladder);
    let mut log = "contact_id, customer_id, contacted_on, channel, action_id".to_owned();
    let mut given = consents.iter().peekable();
    for (night, expected, next) in nights {
        while let Some((asked, on)) = given.next_if(|(_, on)| on < night) {
            let actions = desk.night(asked).rows("actions");
            let id = actions.of(["action_id"])[0][0].to_owned();
            log.push_str(&format!("\nK{on}, C1, {on}, letter, {id}"));
        }
        desk.table("contacts", &log);
        desk.run(night, &[]).succeeded();
        let actions = desk.night(night).rows("actions");
        let told: Vec<String> = actions.of(["step", "status"]).iter().map(|row| row.join(" ")).collect();
        let items = desk.night(night).rows("open_items");
        let planned: Vec<String> = items.of(["next_action", "next_on"]).iter().map(|row| row.join(" ")).collect();
        assert_eq!((told.join(", ").as_str(), planned.join(", ").as_str()), (*expected, *next), "{night}");
    }
}

#[test]
fn a_step_that_is_repeated_asks_again_and_counts_from_the_day_it_was_done() {
    let ladder = "    terminal: {repeat_last: 30 days}
    steps:
      - {step: reminder, at: 10 days, do: task}
      - {step: notice, at: 40 days, do: registered_letter, template: notice, approve: head}\n";
    let nights = [
        ("2026-07-11", "reminder due", "registered_letter 2026-08-10"),
        ("2026-08-10", "notice needs_approval", "registered_letter 2026-08-11"),
        ("2026-08-13", "", "registered_letter 2026-09-11"),
        ("2026-09-10", "", "registered_letter 2026-09-11"),
        ("2026-09-11", "notice needs_approval", "registered_letter 2026-09-12"),
        ("2026-09-12", "notice needs_approval", "registered_letter 2026-09-13"),
        ("2026-09-15", "", "registered_letter 2026-10-14"),
        ("2026-10-14", "notice needs_approval", "registered_letter 2026-10-15"),
    ];
    check(ladder, &nights, &[("2026-08-10", "2026-08-12"), ("2026-09-12", "2026-09-14")]);
}

#[test]
fn the_gap_after_a_step_agreed_to_counts_from_the_day_it_was_done() {
    let ladder = "    terminal: stop
    steps:
      - {step: reminder, at: 10 days, do: task}
      - {step: notice, at: 40 days, do: registered_letter, template: notice, approve: head}
      - {step: look, at: 41 days, do: review_credit}\n";
    let nights = [
        ("2026-07-11", "reminder due", "registered_letter 2026-08-10"),
        ("2026-08-10", "notice needs_approval", "registered_letter 2026-08-11"),
        ("2026-08-13", "", "review_credit 2026-08-17"),
        ("2026-08-16", "", "review_credit 2026-08-17"),
        ("2026-08-17", "look due", "none: end of the ladder "),
    ];
    check(ladder, &nights, &[("2026-08-10", "2026-08-12")]);
}

/// A last step that is skipped is looked at once a night, also when its time to be repeated has come.
#[test]
fn a_last_step_that_is_skipped_is_looked_at_again_each_night() {
    let ladder = "    terminal: {repeat_last: 30 days}
    steps:
      - {step: reminder, at: 10 days, do: task}
      - {step: notice, at: 40 days, do: task, when: oldest_days_past_due > 41 days, otherwise: skip}\n";
    let nights = [
        ("2026-07-11", "reminder due", "task 2026-08-10"),
        ("2026-08-10", "", "task 2026-08-11"),
        ("2026-08-11", "", "task 2026-08-12"),
        ("2026-08-12", "notice due", "task 2026-09-11"),
    ];
    check(ladder, &nights, &[]);
}
