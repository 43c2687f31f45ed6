//! A night that is missed loses nothing: the same steps are done, each once, whichever nights were run.

use std::collections::BTreeMap;
use std::fs;

use relance::base::date::Date;

use crate::desk::Desk;

const FIRST: &str = "2026-09-01";
const NIGHTS: i32 = 36;
/// Nights at the end that are never missed, so that a ladder that goes one step a night catches up.
const KEPT: i32 = 6;

/// Debtors whose crossings are spread over the nights: late already, late soon, paying in time, contesting for a while.
const INVOICES: &str = "
    invoice_id, customer_id, issue_date, due_date,   amount, currency
    A,          late,        2026-05-01, 2026-07-20, 900.00, EUR
    B,          soon,        2026-08-01, 2026-09-03, 800.00, EUR
    C,          soon2,       2026-08-01, 2026-09-05, 700.00, EUR
    D,          payer,       2026-08-01, 2026-09-05, 600.00, EUR
    E,          contesting,  2026-08-01, 2026-08-20, 500.00, EUR
    F,          tiny,        2026-08-01, 2026-09-02, 9.00,   EUR
    G,          partial,     2026-07-01, 2026-08-02, 400.00, EUR";
const PAYMENTS: &str = "
    payment_id, customer_id, invoice_id, payment_date, amount
    1,          payer,       D,          2026-09-14,   600.00
    2,          partial,     G,          2026-09-12,   100.00";
const DISPUTES: &str = "
    dispute_id, invoice_id, opened_on,  closed_on
    1,          E,          2026-09-05, 2026-09-15";

fn desk(catch_up: &str) -> Desk {
    let desk = Desk::small();
    desk.table("invoices", INVOICES).table("payments", PAYMENTS).table("disputes", DISPUTES);
    desk.job(
        "relance: 1
portfolio: {invoices: invoices.parquet, payments: payments.parquet, disputes: disputes.parquet}
rules: rules
reporting_currency: EUR
",
    );
    let rules = fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the ladder");
    assert!(rules.contains("catch_up: one_step_per_run"));
    desk.file("rules/escalation.yaml", rules.replace("catch_up: one_step_per_run", &format!("catch_up: {catch_up}")).as_bytes());
    desk
}

/// Every step that went out, with how often, over the nights that are run.
fn steps(catch_up: &str, is_run: impl Fn(i32) -> bool) -> BTreeMap<(String, String), u32> {
    let desk = desk(catch_up);
    let first = Date::parse(FIRST).expect("a day");
    let mut done = BTreeMap::new();
    for at in (0..NIGHTS).filter(|at| *at >= NIGHTS - KEPT || is_run(*at)) {
        let night = first.plus_days(at).to_string();
        desk.run(&night, &[]).succeeded();
        for [customer, step, status] in desk.night(&night).rows("actions").of(["customer_id", "step", "status"]) {
            if status == "due" {
                *done.entry((customer.to_owned(), step.to_owned())).or_default() += 1;
            }
        }
    }
    done
}

fn expected(steps: &[(&str, &str)]) -> BTreeMap<(String, String), u32> {
    let each = steps.iter().flat_map(|(customer, steps)| steps.split(' ').map(|step| (((*customer).to_owned(), step.to_owned()), 1)));
    each.collect()
}

#[test]
fn whichever_nights_are_run_the_same_steps_are_done_once() {
    let crossed = expected(&[
        ("late", "reminder call notice"),
        ("soon", "reminder call notice"),
        ("soon2", "reminder call notice"),
        ("contesting", "reminder call notice"),
        ("partial", "reminder call notice"),
    ]);
    type IsRun = fn(i32) -> bool;
    let cases: [(&str, &str, IsRun); 5] = [
        ("one_step_per_run", "all", |_| true),
        ("one_step_per_run", "every ninth", |at| at % 9 == 4),
        ("one_step_per_run", "the last", |_| false),
        ("fire_all", "every ninth", |at| at % 9 == 4),
        ("fire_all", "the last", |_| false),
    ];
    for (catch_up, nights, is_run) in cases {
        let mut done = steps(catch_up, is_run);
        // Who has paid by the next night that is run is not reminded of what it had crossed.
        done.retain(|(customer, _), times| customer != "payer" || *times > 1);
        assert_eq!(done, crossed, "{catch_up}, nights: {nights}");
    }
}
