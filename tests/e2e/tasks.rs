//! Tasks of our own people over nights: each opens once, goes up to each level once, and is done once, whatever nights are missed.

use std::collections::{BTreeMap, BTreeSet};

use crate::desk::{self, Desk};

const TASKS: &str = "tasks:
  - task: pending_deduction
    on: invoice
    when: amount_deducted > 0 EUR
    owner: {field: business_unit, else: disputes_desk}
    amount: amount_deducted
    since: issue_date
    next_after: 3 business days
    escalate:
      - {after: 10 days, to: sales_manager}
      - {after: 20 days, to: finance_director}
    template: check_the_deduction
  - {task: no_credit_check, on: customer, when: credit_reviewed_on is missing, owner: credit_desk, escalate: [{after: 2 days, to: credit_manager}]}

penalties:
";

const INVOICES: &str = "
    invoice_id, customer_id, issue_date, due_date,   amount,  currency, business_unit
    F1,         C1,          2026-11-01, 2026-12-31, 1000.00, EUR,
    F2,         C1,          2026-11-05, 2026-12-31, 500.00,  EUR,      export
    F3,         C2,          2026-11-01, 2026-11-10, 80.00,   EUR,";
const CUSTOMERS: &str = "
    customer_id, customer_type, country, email,             credit_reviewed_on
    C1,          company,       FR,      a@dupont.example,  2026-01-01
    C2,          company,       FR,      b@martin.example,";
const PAYMENTS: &str = "
    payment_id, customer_id, invoice_id, payment_date, amount
    P1,         C2,          F3,         2026-11-08,   80.00";
const DEDUCTIONS: &str = "
    deduction_id, invoice_id, claimed_on, decided_on, amount, kind,   status
    D1,           F1,         2026-11-06, 2026-11-25, 120.00, return, approved
    D2,           F2,         2026-11-12, ,           40.00,  other,  pending";

fn desk() -> Desk {
    let desk = Desk::empty();
    desk.table("invoices", INVOICES).table("customers", CUSTOMERS).table("payments", PAYMENTS).table("deductions", DEDUCTIONS);
    desk.job(&desk::JOB.replace("fx: fx.parquet\n", "").replace("  payments:", "  deductions: deductions.parquet\n  payments:"));
    let rules = std::fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
    desk.file("rules/escalation.yaml", rules.replace("penalties:\n", TASKS).as_bytes());
    desk
}

fn day(number: u32) -> String {
    format!("2026-11-{number:02}")
}

/// One line per task of a night, in order of customer: the table is in order of shard.
fn told(desk: &Desk, night: &str) -> Vec<String> {
    let columns = ["customer_id", "invoice_id", "kind", "status", "owner", "escalated_to", "age", "amount", "currency", "next_on"];
    let mut told: Vec<String> = desk.night(night).rows("tasks").of(columns).iter().map(|row| row.join(" ")).collect();
    told.sort();
    told
}

#[test]
fn a_task_opens_goes_up_and_is_done() {
    let desk = desk();
    for (night, expected) in [
        // F3 is paid, and nothing is open: the customer has a task all the same.
        (
            "2026-11-09",
            vec![
                "C1 F1 pending_deduction new disputes_desk  8 120.00 EUR 2026-11-12",
                "C2  no_credit_check new credit_desk  0 0.00 EUR 2026-11-11",
            ],
        ),
        (
            "2026-11-10",
            vec![
                "C1 F1 pending_deduction open disputes_desk  9 120.00 EUR 2026-11-12",
                "C2  no_credit_check open credit_desk  1 0.00 EUR 2026-11-11",
            ],
        ),
        (
            "2026-11-12",
            vec![
                "C1 F1 pending_deduction escalated disputes_desk sales_manager 11 120.00 EUR 2026-11-17",
                "C1 F2 pending_deduction new export  7 40.00 EUR 2026-11-17",
                "C2  no_credit_check escalated credit_desk credit_manager 3 0.00 EUR ",
            ],
        ),
        (
            "2026-11-26",
            vec![
                "C1 F1 pending_deduction done disputes_desk sales_manager 25   ",
                "C1 F2 pending_deduction escalated export sales_manager|finance_director 21 40.00 EUR 2026-12-01",
                "C2  no_credit_check open credit_desk credit_manager 17 0.00 EUR ",
            ],
        ),
        (
            "2026-11-27",
            vec![
                "C1 F2 pending_deduction open export finance_director 22 40.00 EUR 2026-12-01",
                "C2  no_credit_check open credit_desk credit_manager 18 0.00 EUR ",
            ],
        ),
    ] {
        desk.run(night, &[]).succeeded();
        assert_eq!(told(&desk, night), expected, "{night}");
    }
}

/// What a run of nights tells of one task: how often it opened, each level it went up to, and how often it was done.
fn history(nights: &[u32]) -> BTreeMap<String, Vec<String>> {
    let desk = desk();
    let mut history: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for night in nights.iter().map(|number| day(*number)) {
        desk.run(&night, &[]).succeeded();
        for [id, invoice, kind, status, to] in
            desk.night(&night).rows("tasks").of(["task_id", "invoice_id", "kind", "status", "escalated_to"])
        {
            let task = format!("{kind} {invoice}");
            ids.entry(task.clone()).or_default().insert(id.to_owned());
            let events = history.entry(task).or_default();
            if status != "open" {
                let went_up = if status == "done" { "" } else { to };
                events.extend([status].into_iter().filter(|status| *status != "escalated").map(str::to_owned));
                events.extend(went_up.split('|').filter(|to| !to.is_empty()).map(str::to_owned));
            }
        }
    }
    assert!(ids.values().all(|ids| ids.len() == 1), "one task, one id: {ids:?}");
    history
}

#[test]
fn missed_nights_put_a_task_off_and_lose_none() {
    let all: Vec<u32> = (9..=28).collect();
    let expected = history(&all);
    let of = |task: &str| expected[task].join(" ");
    assert_eq!(of("pending_deduction F1"), "new sales_manager finance_director done");
    assert_eq!(of("pending_deduction F2"), "new sales_manager finance_director");
    assert_eq!(of("no_credit_check "), "new credit_manager");
    // Any nights may be missed, so long as one sees the task at its start and one after each day on which something happens.
    for nights in [[9, 12, 22, 26, 28], [9, 13, 21, 25, 28], [9, 19, 23, 27, 28]] {
        assert_eq!(history(&nights), expected, "{nights:?}");
    }
}

#[test]
fn a_task_whose_rule_or_documents_are_gone_is_done_once() {
    let gone = |change: &dyn Fn(&Desk)| {
        let desk = desk();
        desk.run("2026-11-12", &[]).succeeded();
        change(&desk);
        for (night, expected) in [("2026-11-13", true), ("2026-11-16", false)] {
            desk.run(night, &[]).succeeded();
            let rows = desk.night(night).rows("tasks");
            let done = rows.of(["invoice_id", "status"]).contains(&["F1", "done"]);
            let is_there = rows.of(["invoice_id"]).contains(&["F1"]);
            assert_eq!((done, is_there), (expected, expected), "{night}: {}", rows.text());
        }
    };
    gone(&|desk| {
        let rules = std::fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
        desk.file(
            "rules/escalation.yaml",
            rules.replace("amount_deducted > 0 EUR", "amount_deducted > 0 EUR and issue_date > 2026-11-03").as_bytes(),
        );
    });
    gone(&|desk| {
        desk.table("invoices", &INVOICES.replace("    F1,         C1,          2026-11-01, 2026-12-31, 1000.00, EUR,\n", ""));
        desk.table(
            "deductions",
            &DEDUCTIONS.replace("    D1,           F1,         2026-11-06, 2026-11-25, 120.00, return, approved\n", ""),
        );
    });
    gone(&|desk| {
        let rules = std::fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
        let (before, rest) = rules.split_once("tasks:\n").expect("tasks");
        let (_, after) = rest.split_once("penalties:\n").expect("penalties");
        desk.file("rules/escalation.yaml", format!("{before}penalties:\n{after}").as_bytes());
    });
}

#[test]
fn a_task_with_a_new_name_goes_on_and_a_new_receiver_hears_of_it() {
    let desk = desk();
    desk.run("2026-11-12", &[]).succeeded();
    let rules = std::fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
    let rules = rules
        .replace("task: pending_deduction\n", "task: deduction\n    renamed_from: pending_deduction\n")
        .replace("to: sales_manager", "to: head_of_sales");
    desk.file("rules/escalation.yaml", rules.as_bytes());
    desk.run("2026-11-13", &[]).succeeded();
    assert_eq!(
        told(&desk, "2026-11-13")[..2],
        [
            "C1 F1 deduction escalated disputes_desk head_of_sales 12 120.00 EUR 2026-11-18",
            "C1 F2 deduction open export  8 40.00 EUR 2026-11-17",
        ]
    );
}

#[test]
fn the_instalments_of_an_invoice_make_one_task() {
    let desk = desk();
    desk.table("installments", "invoice_id, sequence, due_date, amount\nF1, 1, 2026-11-15, 100.00\nF1, 2, 2026-12-15, 900.00");
    desk.job(
        &desk::JOB
            .replace("fx: fx.parquet\n", "")
            .replace("  payments:", "  installments: installments.parquet\n  deductions: deductions.parquet\n  payments:"),
    );
    desk.run("2026-11-09", &[]).succeeded();
    // The deduction is taken off the first instalment, and the rest of it off the second.
    assert_eq!(told(&desk, "2026-11-09")[0], "C1 F1 pending_deduction new disputes_desk  8 120.00 EUR 2026-11-12");
}
