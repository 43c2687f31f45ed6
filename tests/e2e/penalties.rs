//! What lateness costs, from the columns and tables that decide on it to the tables of a night.

use std::fs;

use crate::desk::{Desk, JOB, NIGHT, Night};

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

/// A-01 in the first row; the second is eleven days late on 31 August, the third not yet due.
const OWED: &str = "
    invoice_id, customer_id, issue_date, due_date,   amount,   currency
    F1,         C1,          2026-04-01, 2026-04-30, 10000.00, EUR
    F2,         C1,          2026-07-21, 2026-08-20, 1000.00,  EUR
    F3,         C1,          2026-07-21, 2026-12-31, 1000.00,  EUR";
const WAIVERS: &str = "
    waiver_id, invoice_id, waived_on,  amount, reason,   author
    W1,        F1,         2026-08-15, 40.00,  goodwill, A. Dupont
    W2,        F2,         2026-08-25, 100.00, ,
    W3,        F9,         2026-08-25, 5.00,   ,         A. Dupont
    W4,        F1,         2026-09-15, 10.00,  ,
    W5,        F3,         2026-08-25, ,       ,";

fn waiving(rows: &str) -> Desk {
    let desk = Desk::small();
    let customers = "customer_id, customer_type, country\nC1, company, FR";
    desk.table("customers", customers).table("invoices", OWED).table("waivers", rows);
    desk.job(&JOB.replace("  payments: payments.parquet", "  waivers: waivers.parquet"));
    desk
}

fn cents(amount: &str) -> i64 {
    amount.replace('.', "").parse().expect("an amount")
}

/// Totals by invoice: to date, before, tonight, waived. The lines of each invoice add up to the first.
fn totals(night: &Night) -> Vec<[String; 5]> {
    let lines = night.rows("penalties");
    let lines = lines.of(["invoice_id", "amount"]);
    let rows = night.rows("penalty_totals");
    let rows = rows.of(["invoice_id", "accrued_to_date", "accrued_before", "accrued_tonight", "waived_to_date"]);
    for [invoice, to_date, before, tonight, _] in &rows {
        let sum: i64 = lines.iter().filter(|line| line[0] == *invoice).map(|line| cents(line[1])).sum();
        assert_eq!(sum, cents(to_date), "lines of {invoice}");
        assert_eq!(cents(before) + cents(tonight), cents(to_date), "{invoice}");
    }
    rows.iter().map(|row| row.map(str::to_owned)).collect()
}

fn findings(night: &Night) -> Vec<[String; 3]> {
    let rows = night.rows("findings");
    let mut found: Vec<[String; 3]> = rows.of(["kind", "key", "amount"]).iter().map(|row| row.map(str::to_owned)).collect();
    found.sort_unstable();
    found
}

#[test]
fn a_waiver_takes_off_what_is_asked_on_a_line_of_its_own() {
    let desk = waiving(WAIVERS);
    desk.run("2026-08-31", &["--state", "none"]).succeeded();
    let night = desk.night("2026-08-31");
    night.is_whole();
    let lines = night.rows("penalties");
    let lines = lines.of(["invoice_id", "kind", "from_date", "to_date", "days", "base_amount", "amount", "basis"]);
    let waived: Vec<&[&str; 8]> = lines.iter().filter(|line| line[1] == "waiver").collect();
    let expected = [
        ["F1", "waiver", "2026-08-15", "2026-08-15", "0", "453.68", "-40.00", "waiver W1 of A. Dupont: goodwill"],
        ["F2", "waiver", "2026-08-25", "2026-08-25", "0", "43.74", "-43.74", "waiver W2"],
    ];
    assert_eq!(waived, expected.iter().collect::<Vec<_>>());
    let expected = [["F1", "413.68", "0.00", "413.68", "40.00"], ["F2", "0.00", "0.00", "0.00", "43.74"]];
    assert_eq!(totals(&night), expected.map(|row| row.map(str::to_owned)));
    let expected = [["dated_after_as_of", "W4", "10.00"], ["unknown_invoice", "W3", "5.00"], ["waived_more_than_accrued", "W2", "56.26"]];
    assert_eq!(findings(&night), expected.map(|row| row.map(str::to_owned)));
    let figures = night.rows("kpis");
    let figures = figures.of(["kpi", "scope", "basis", "value"]);
    let figure = |name| figures.iter().find(|row| row[..3] == [name, "all", "own"]).map(|row| row[3]);
    assert_eq!((figure("penalties_accrued"), figure("penalties_waived")), (Some("413.680000"), Some("83.740000")));
    assert_eq!(night.manifest()["counts"]["waivers"].to_string(), r#"{"ignored":2,"in":5,"rejected":0,"used":3}"#);
}

#[test]
fn a_waiver_restates_when_it_comes_and_when_it_is_taken_back() {
    let desk = waiving(WAIVERS);
    let of_first = |night: &str| totals(&desk.night(night)).into_iter().find(|row| row[0] == "F1").expect("a total")[1..].to_vec();
    // Interest 355.93 by the 14th, and the lump sum; then 17 days more, less the waiver of the 15th.
    desk.run("2026-08-14", &[]).succeeded();
    assert_eq!(of_first("2026-08-14"), ["395.93", "0.00", "395.93", ""]);
    desk.run("2026-08-31", &[]).succeeded();
    assert_eq!(of_first("2026-08-31"), ["413.68", "395.93", "17.75", "40.00"]);
    // One day more, and the waiver is gone from the file.
    desk.table("waivers", "waiver_id, invoice_id, waived_on, amount\nW4, F1, 2026-09-15, 10.00");
    desk.run("2026-09-01", &[]).succeeded();
    assert_eq!(of_first("2026-09-01"), ["457.08", "413.68", "43.40", ""]);
    desk.run("2026-09-15", &[]).succeeded();
    let told = of_first("2026-09-15");
    assert_eq!(told[3], "10.00");
    // The nights add up to one computation from scratch.
    desk.run("2026-09-15", &["--state", "none", "--out", "anew"]).succeeded();
    let anew = Night { folder: desk.path("anew/as_of=2026-09-15") };
    assert_eq!(totals(&anew)[0][1], told[0]);
}

/// A write-off is a matter of the books: the claim goes on, and so does its interest, which is told once it is taken up again.
#[test]
fn what_is_revived_was_owed_all_along() {
    let owed = "
        invoice_id, customer_id, issue_date, due_date,   amount,   currency, written_off_on, revived_on
        F1,         C1,          2026-04-01, 2026-04-30, 10000.00, EUR,      2026-07-31,     2026-08-20";
    let never_gone = owed.replace("2026-07-31", "").replace("2026-08-20", "");
    let desk = Desk::small();
    desk.table("customers", "customer_id, customer_type, country\nC1, company, FR").table("invoices", owed);
    desk.job(&JOB.replace("  payments: payments.parquet\n", ""));
    desk.run("2026-08-01", &[]).succeeded();
    let gone = totals(&desk.night("2026-08-01"));
    let open = |night: &str| desk.night(night).rows("open_items").of(["invoice_id", "amount_open"]).len();
    assert_eq!((gone.len(), open("2026-08-01")), (1, 0));
    for night in ["2026-08-19", "2026-08-20", "2026-08-31"] {
        desk.run(night, &[]).succeeded();
        desk.night(night).is_whole();
    }
    assert_eq!((totals(&desk.night("2026-08-19")).len(), open("2026-08-19"), open("2026-08-20")), (0, 0, 1));
    let back = totals(&desk.night("2026-08-20"));
    assert_eq!(back[0][2], gone[0][1], "what was told before the revival");
    let night = desk.night("2026-08-31");
    desk.table("invoices", &never_gone);
    desk.run("2026-08-31", &["--state", "none", "--out", "anew"]).succeeded();
    let anew = Night { folder: desk.path("anew/as_of=2026-08-31") };
    assert_eq!(totals(&anew)[0][1], totals(&night)[0][1], "nights with a write-off between, and one computation");
    let written_off = |night: &Night| {
        let rows = night.rows("kpis");
        let rows = rows.of(["kpi", "scope", "basis", "window_days", "value"]);
        rows.iter().find(|row| row[..4] == ["written_off", "all", "own", "90"]).map(|row| row[4].to_owned())
    };
    assert_eq!(written_off(&desk.night("2026-08-01")).as_deref(), Some("10000.000000"));
    assert_eq!(written_off(&night).as_deref(), Some("0.000000"), "what came back lowers what was written off");
}
