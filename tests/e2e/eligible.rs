//! Which debts of a debtor may go to an agency: what rules ask of each one, and what keeps one of them at home.

use crate::desk::{Desk, ladder};
use crate::placements::{CUSTOMERS, INVOICES, told};

/// One agency that takes everything, and a proposal with room for what a case adds.
const RULES: &str = "define:
  ripe: {means: late for a month, when: days_past_due >= 30 days}
  large: {means: worth it, when: amount_open >= 500 EUR}
blocks:
  - {block: kept, on: invoice, when: amount_open = 700 EUR, stops: [agency], clock: runs}
routes:
  - {route: nord, collects: 50%, fee: 20%, takes: 60 days, agency: {id: NORD, recall_within: 4 days}}
proposals:
  - {proposal: hand_over, kind: placement, on: customer, when: oldest_days_past_due >= 20 days, owner: legal}
";
const NIGHT: &str = "2026-11-20";

fn desk(rules: &str, steps: &str, tables: &[(&str, &str)]) -> Desk {
    let given = [("invoices", INVOICES), ("customers", CUSTOMERS)];
    Desk::ruled(&ladder("    terminal: {repeat_last: 1 day}\n", steps, rules), &[given.as_slice(), tables].concat())
}

const REMINDER: &str = "      - {step: reminder, at: 1 day, do: email, template: t}\n";

/// What goes, and what stays for what reason.
fn check(rules: &str, goes: &[&str], stays: &[&str]) {
    let desk = desk(rules, REMINDER, &[]);
    desk.run(NIGHT, &[]).succeeded();
    assert_eq!(told(&desk, NIGHT, "placements", ["invoice_id"]), goes, "{rules}");
    assert_eq!(told(&desk, NIGHT, "placement_refusals", ["invoice_id", "missing"]), stays, "{rules}");
}

#[test]
fn each_debt_has_what_the_rules_ask_of_it_or_stays() {
    let asks = |debts: &str| RULES.replace("owner: legal", &format!("owner: legal, debts: [{debts}]"));
    check(RULES, &["F1", "F2", "F4", "F5", "F7"], &["F6 kept"]);
    check(&asks("ripe"), &["F1", "F4", "F5", "F7"], &["F2 ripe", "F6 kept"]);
    check(&asks("ripe, large"), &["F1", "F4"], &["F2 ripe|large", "F5 large", "F6 kept", "F7 large"]);
}

#[test]
fn what_one_proposal_leaves_another_one_takes() {
    let two = RULES.replace(
        "owner: legal}",
        "owner: legal, debts: [large]}\n  - {proposal: old, kind: placement, on: customer, when: oldest_days_past_due >= 20 days, owner: legal, debts: [ripe]}",
    );
    check(&two, &["F1", "F4", "F5", "F7"], &["F2 large", "F6 kept"]);
}

#[test]
fn what_stays_is_asked_for_as_before() {
    let desk = desk(&RULES.replace("owner: legal", "owner: legal, debts: [ripe]"), REMINDER, &[]);
    desk.run(NIGHT, &[]).succeeded();
    let due = |night: &str| told(&desk, night, "actions", ["customer_id", "action", "status", "amount_due"]);
    assert_eq!(due(NIGHT), ["C1 email due 300.00", "C4 email due 700.00"]);
    desk.run("2026-12-02", &[]).succeeded();
    let placed = told(&desk, "2026-12-02", "placements", ["invoice_id", "placed_on"]);
    assert_eq!(placed[1], "F2 2026-12-02", "{placed:?}");
}

/// A step that hands over leaves out what is kept from agencies, and is held where that is all of it.
#[test]
fn a_step_that_hands_over_leaves_out_what_is_kept_at_home() {
    let transfer = "      - {step: agency, at: 5 days, do: transfer, to: agency}\n";
    let rules = RULES.split_once("routes:").expect("routes").0;
    let holds = "hold_id, customer_id, invoice_id, from_date, stops\nH1, C1, F2, 2026-11-01, agency\nH2, C2, F4, 2026-11-01, agency";
    let desk = desk(rules, transfer, &[("holds", holds)]);
    desk.run(NIGHT, &[]).succeeded();
    let expected = ["C1 transfer due 600.00", "C2 transfer held hold:H2 2000.00", "C3 transfer due 90.00", "C4 transfer due 110.00"];
    let row = ["customer_id", "action", "status", "status_reason", "amount_due"];
    let told: Vec<String> = told(&desk, NIGHT, "actions", row).iter().map(|line| line.replace("  ", " ")).collect();
    assert_eq!(told, expected);
}
