//! Payment terms from the job file to the tables of a night.

use crate::desk::{Desk, JOB, NIGHT};

const INVOICES: &str = "
    invoice_id, customer_id, issue_date, amount,  currency, payment_terms, discount_until, discount_amount
    F1,         C1,          2026-09-01, 1000.00, EUR,      Z030,          ,
    F2,         C1,          2026-09-10, 500.00,  EUR,      FDM45,         ,
    F3,         C2,          2026-08-01, 200.00,  EUR,      ESC,           ,
    F4,         C2,          2026-11-02, 1000.00, EUR,      Z090,          2026-11-12,     20.00
    F5,         C2,          2026-11-02, 100.00,  EUR,      Z031,          ,
    N1,         C1,          2026-11-02, -10.00,  EUR,      ,              ,";
const PAYMENTS: &str = "
    payment_id, customer_id, invoice_id, payment_date, amount, currency
    P3,         C2,          F3,         2026-08-12,   196.00, EUR
    P4,         C2,          F4,         2026-11-13,   980.00, EUR";
const TERMS: &str = "terms:
  due_date: from_terms
  codes: {Z030: net(30), FDM45: eom_after(45) express, ESC: \"discount(2%, 10, net(30))\", Z090: net(90)}
  legal_maximum: {FR: {days: 60, end_of_month: 45, periodic: 45}}
  earned_discount: deduct
rejects: {fail_above: 50%}
";

fn desk() -> Desk {
    let desk = Desk::small();
    desk.table("invoices", INVOICES).table("payments", PAYMENTS);
    desk
}

#[test]
fn due_dates_discounts_and_limits_come_from_the_terms() {
    let desk = desk();
    desk.job(&format!("{JOB}{TERMS}"));
    desk.run(NIGHT, &[]).succeeded();
    let night = desk.night(NIGHT);
    night.is_whole();
    let items = night.rows("open_items");
    let mut items = items.of(["invoice_id", "due_date", "days_past_due", "amount_open", "amount_collectible"]);
    items.sort_unstable();
    assert_eq!(
        items,
        [
            ["F1", "2026-10-01", "50", "990.00", "990.00"],
            ["F2", "2026-10-31", "20", "500.00", "500.00"],
            // Paid late: the discount is still owed. Ten days from 1 August end on the 11th.
            ["F3", "2026-08-31", "81", "4.00", "4.00"],
            ["F4", "2027-01-31", "-72", "20.00", "20.00"],
        ]
    );
    let findings = night.rows("findings");
    let mut findings = findings.of(["kind", "key", "amount"]);
    findings.sort_unstable();
    assert_eq!(
        findings,
        [
            ["due_date_from_terms", "F1", ""],
            ["due_date_from_terms", "F2", ""],
            ["due_date_from_terms", "F3", ""],
            ["due_date_from_terms", "F4", ""],
            ["no_due_date_from_terms", "F5", ""],
            ["rates_run_out", "bank_rate", ""],
            ["rates_run_out", "ecb", ""],
            ["terms_above_legal_maximum", "F4", "1000.00"],
            ["unearned_discount", "F3", "4.00"],
            ["unearned_discount", "F4", "20.00"],
        ]
    );
    assert_eq!(night.rows("rejects").of(["key", "reason", "column"]), [["F5", "missing_required", "due_date"]]);
    assert_eq!(night.manifest()["settings"]["terms"]["codes"]["FDM45"], "eom_after(45) express");
}

#[test]
fn an_earned_discount_is_open_and_not_asked_for() {
    let desk = desk();
    desk.table("payments", &PAYMENTS.replace("2026-11-13", "2026-11-12")).job(&format!("{JOB}{TERMS}"));
    desk.run(NIGHT, &[]).succeeded();
    let items = desk.night(NIGHT).rows("open_items");
    let items = items.of(["invoice_id", "amount_open", "amount_collectible"]);
    assert!(items.contains(&["F4", "20.00", "0.00"]), "{items:?}");
}

#[test]
fn without_the_knob_a_ledger_without_due_dates_is_refused() {
    let desk = desk();
    let outcome = desk.run(NIGHT, &[]);
    assert_eq!(outcome.code, Some(65));
    assert!(outcome.err.contains("there is no column due_date"), "{}", outcome.err);
}
