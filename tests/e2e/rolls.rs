//! Rolls since an earlier night than the last one.

use crate::desk::{Desk, JOB, NIGHT};

const INVOICES: &str = "
    invoice_id, customer_id, issue_date, due_date,   amount, currency, written_off_on
    A1,         C1,          2026-09-01, 2026-11-10, 700.00, EUR,
    A2,         C1,          2026-09-01, 2026-12-31, 150.00, EUR,
    A3,         C1,          2026-09-01, 2026-11-05, 150.00, EUR,
    B1,         C1,          2026-09-01, 2026-10-20, 400.00, EUR,
    D1,         C1,          2026-09-01, 2026-09-20, 200.00, EUR,
    E1,         C1,          2026-08-01, 2026-08-15, 90.00,  EUR,
    E2,         C1,          2026-08-01, 2026-08-15, 10.00,  EUR,      2026-11-20
    N1,         C1,          2026-11-02, 2026-12-31, 55.00,  EUR,";
const PAYMENTS: &str = "
    payment_id, invoice_id, payment_date, amount
    P1,         A1,         2026-11-10,   700.00
    P2,         B1,         2026-11-12,   240.00
    P3,         D1,         2026-11-12,   80.00
    P4,         E1,         2026-11-12,   20.00";

/// The case C-29 of the domain definitions over a month: items by their band on 31 October, and what becomes of each until 30 November.
/// Current 1,000: 700 paid, 150 not due yet, 150 late. 1-30 days 400: 240 paid. 31-60 days 200: 80 paid. 61-90 days 100: 20 paid, 10 written
/// off. Since the night in between nothing happened, so that its rolls are all zero.
#[test]
fn c_29_rolls_since_the_end_of_the_month_before() {
    let desk = Desk::small();
    desk.table("customers", "customer_id, customer_type, country\nC1, company, FR");
    desk.table("invoices", INVOICES).table("payments", PAYMENTS);
    desk.job(&format!("{JOB}kpis: {{scopes: [all], rolls_since: month_end}}\n"));
    for night in ["2026-10-31", "2026-11-29", "2026-11-30"] {
        desk.run(night, &[]).succeeded();
    }
    let night = desk.night("2026-11-30");
    let rows = night.rows("kpis");
    let rows = rows.of(["basis", "window_days", "kpi", "scope_value", "value"]);
    let found: Vec<[&str; 3]> = rows
        .iter()
        .filter(|row| row[..2] == ["own", "30"] && row[2] != "recovery_rate")
        .map(|[_, _, kpi, bucket, value]| [*kpi, *bucket, *value])
        .collect();
    let expected = [
        ["roll_rate", "current", "0.150000"],
        ["roll_rate_with_write_offs", "current", "0.150000"],
        ["roll_rate", "1-30", "0.400000"],
        ["roll_rate_with_write_offs", "1-30", "0.400000"],
        ["cure_rate", "1-30", "0.600000"],
        ["roll_rate", "31-60", "0.600000"],
        ["roll_rate_with_write_offs", "31-60", "0.600000"],
        ["cure_rate", "31-60", "0.400000"],
        ["roll_rate", "61-90", "0.700000"],
        ["roll_rate_with_write_offs", "61-90", "0.800000"],
        ["cure_rate", "61-90", "0.200000"],
        ["cure_rate", "", "0.485714"],
    ];
    assert_eq!(found, expected, "C-29");
    let moves = night.rows("transitions");
    let moves = moves.of(["since", "from_bucket", "to_bucket", "amount"]);
    let since: Vec<[&str; 3]> =
        moves.iter().filter(|row| row[0] == "2026-10-31").map(|[_, from, to, amount]| [*from, *to, *amount]).collect();
    let expected = [
        ["new", "current", "55.00"],
        ["current", "current", "150.00"],
        ["current", "1-30", "150.00"],
        ["current", "settled", "700.00"],
        ["1-30", "31-60", "160.00"],
        ["1-30", "settled", "240.00"],
        ["31-60", "61-90", "120.00"],
        ["31-60", "settled", "80.00"],
        ["61-90", "91-120", "70.00"],
        ["61-90", "settled", "20.00"],
        ["61-90", "written_off", "10.00"],
    ];
    assert_eq!(since, expected);
    let last_night = moves.iter().filter(|row| row[0].is_empty());
    assert!(last_night.clone().count() > 3 && last_night.clone().all(|[_, from, to, _]| from == to || *to == "1-30"), "{moves:?}");
    let proofs = night.manifest()["identities"].to_string();
    assert!(proofs.contains(r#""name":"transitions since""#) && proofs.contains(r#""name":"transitions out since""#), "{proofs}");
    assert!(night.manifest()["inputs"]["earlier_state"].is_array(), "what was compared with is named with its hash");
}

#[test]
fn a_night_to_compare_with_must_be_there() {
    let desk = Desk::small();
    desk.job(&format!("{JOB}kpis: {{rolls_since: 2026-10-31}}\n"));
    let outcome = desk.run(NIGHT, &[]);
    assert_eq!(outcome.code, Some(66));
    assert!(
        outcome.err.starts_with("error: kpis.rolls_since is the night of 2026-10-31, and there is no published night in "),
        "{}",
        outcome.err
    );
    // A night that is not after it has nothing to be compared with, and neither has the first night of all.
    desk.run("2026-10-31", &[]).succeeded();
    desk.run(NIGHT, &[]).succeeded();
    desk.job(&format!("{JOB}kpis: {{rolls_since: last_week}}\n"));
    let outcome = desk.run(NIGHT, &["--replace", "--reason", "a slip"]);
    assert_eq!((outcome.code, outcome.err.contains("\"last_week\" is neither month_end nor a day, as in 2026-10-31")), (Some(78), true));
}
