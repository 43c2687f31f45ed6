//! What lateness costs, from the columns and tables that decide on it to the tables of a night.

use std::fs;

use crate::desk::{Desk, NIGHT};

const CUSTOMERS: &str = "
    customer_id, customer_type, country, penalty_rate
    C1,          company,       FR,
    C2,          company,       FR,      0.2";
/// Each thirty days late in the second half of 2025: 12.15 %, and 8.28 % at least for a contract.
const INVOICES: &str = "
    invoice_id, customer_id, issue_date, due_date,   amount,  currency, penalty_rate
    F1,         C1,          2025-09-01, 2025-09-30, 1200.00, EUR,
    F2,         C1,          2025-09-01, 2025-09-30, 1200.00, EUR,      0.15
    F3,         C1,          2025-09-01, 2025-09-30, 1200.00, EUR,      0.08
    F4,         C2,          2025-09-01, 2025-09-30, 1200.00, EUR,
    F5,         C2,          2025-09-01, 2025-09-30, 1200.00, EUR,      0.15
    F6,         C2,          2025-09-01, 2025-09-30, 1200.00, EUR,      0.0828";
const PAYMENTS: &str = "
    payment_id, invoice_id, payment_date, amount
    P1,         F1,         2025-10-30,   1200.00
    P2,         F2,         2025-10-30,   1200.00
    P3,         F3,         2025-10-30,   1200.00
    P4,         F4,         2025-10-30,   1200.00
    P5,         F5,         2025-10-30,   1200.00
    P6,         F6,         2025-10-30,   1200.00";
const LEGAL_RATE: &str = "series:
  - series: legal
    known_until: 2026-12-31
    rows:
      - {from: 2025-01-01, rate: 2.76%, source: published, read_on: 2026-11-22, confirmed_by: published}";

/// A portfolio of contractual rates, and rules that take them as the key `contractual` says.
fn desk(contractual: &str) -> Desk {
    let desk = Desk::small();
    desk.table("customers", CUSTOMERS).table("invoices", INVOICES).table("payments", PAYMENTS);
    let rules = |name: &str| fs::read_to_string(desk.path(&format!("rules/{name}.yaml"))).expect("a rule file");
    let escalation = rules("escalation").replace("regime: FR_B2B", &format!("regime: FR_B2B\n    contractual: {contractual}"));
    let floor = "margin: 10%\n    contract_floor: {series: legal, times: 3}";
    let rates = rules("rates").replacen("series:", LEGAL_RATE, 1).replacen("margin: 10%", floor, 1);
    desk.file("rules/escalation.yaml", escalation.as_bytes()).file("rules/rates.yaml", rates.as_bytes());
    desk
}

/// Invoice, rate, amount and basis of every line of interest.
fn check(contractual: &str, expected: [[&str; 4]; 6], below_floor: &[&str]) {
    let desk = desk(contractual);
    desk.run(NIGHT, &[]).succeeded();
    let night = desk.night(NIGHT);
    let lines = night.rows("penalties");
    let lines = lines.of(["kind", "invoice_id", "annual_rate", "amount", "basis"]);
    let mut interest: Vec<[&str; 4]> = lines
        .iter()
        .filter(|line| line[0] == "interest")
        .map(|[_, invoice, rate, amount, basis]| [*invoice, *rate, *amount, *basis])
        .collect();
    interest.sort_unstable();
    assert_eq!(interest, expected, "contractual: {contractual}");
    let findings = night.rows("findings");
    let mut findings: Vec<&str> =
        findings.of(["kind", "key"]).iter().filter(|row| row[0] == "below_legal_floor").map(|row| row[1]).collect();
    findings.sort_unstable();
    assert_eq!(findings, below_floor, "contractual: {contractual}");
}

const LAW: &str = "C. com. L441-10";

#[test]
fn the_rate_of_an_invoice_goes_before_that_of_the_customer_and_the_law_before_both() {
    let expected = [
        ["F1", "0.121500", "11.98", LAW],
        ["F2", "0.150000", "14.79", "contract"],
        ["F3", "0.121500", "11.98", LAW],
        ["F4", "0.200000", "19.73", "contract"],
        ["F5", "0.150000", "14.79", "contract"],
        ["F6", "0.082800", "8.17", "contract"],
    ];
    check("true", expected, &["F3"]);
}

#[test]
fn rates_of_invoices_are_left_aside_where_the_rule_asks_for_the_customers() {
    let law = |invoice| [invoice, "0.121500", "11.98", LAW];
    let contract = |invoice| [invoice, "0.200000", "19.73", "contract"];
    check("customer", [law("F1"), law("F2"), law("F3"), contract("F4"), contract("F5"), contract("F6")], &[]);
    check("false", ["F1", "F2", "F3", "F4", "F5", "F6"].map(law), &[]);
}

/// Rates are counted in millionths, whatever a file writes them as: 0.15 as a float is fifteen percent, not a little more or less.
#[test]
fn a_rate_written_as_a_float_is_the_decimal_it_shows() {
    let nights = ["penalty_rate", "penalty_rate:double"].map(|column| {
        let desk = desk("true");
        desk.table("invoices", &INVOICES.replace("penalty_rate", column));
        desk.run(NIGHT, &[]).succeeded();
        desk.night(NIGHT).rows("penalties").text()
    });
    assert!(nights[0].contains("14.79,") && nights[0].contains("8.17,"), "{}", nights[0]);
    assert_eq!(nights[0], nights[1]);
}
