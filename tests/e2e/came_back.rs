//! Payments that came back: each is presented again once per rejection, in its month, also when nights were missed; and what is verified of
//! an item before anybody is asked for it.

use crate::desk::{self, Desk};

const INVOICES: &str = "
    invoice_id, customer_id, issue_date, due_date,   amount,  currency
    F1,         C1,          2026-10-01, 2026-11-01, 300.00,  EUR
    F2,         C1,          2026-10-01, 2026-11-02, 100.00,  EUR
    F3,         C2,          2026-10-01, 2026-11-02, 80.00,   EUR";
const CUSTOMERS: &str = "
    customer_id, customer_type, country, email
    C1,          company,       FR,      a@dupont.example
    C2,          company,       FR,      b@martin.example";
const HEAD: &str = "payment_id, customer_id, invoice_id, payment_date, amount, method, status, rejection_kind, rejected_on\n";
/// P1 came back for a technical reason, P2 for another one; P3 too late in the month for its day.
const PAYMENTS: &str = "
    P1, C1, F1, 2026-11-02, 300.00, direct_debit, rejected, technical,     2026-11-04
    P2, C1, F2, 2026-11-02, 100.00, direct_debit, rejected, non_technical, 2026-11-04
    P3, C2, F3, 2026-11-20, 80.00,  direct_debit, rejected, technical,     2026-11-26";
const RULES: &str = "representations:
  - represent: direct_debit
    when: legal_status = none
    kind: technical
    at_most: 2
    within: this_month
    after: 3 business days
    fee: 12 EUR

penalties:
";

fn desk(payments: &str) -> Desk {
    let desk = Desk::empty();
    desk.table("invoices", INVOICES).table("customers", CUSTOMERS).table("payments", &format!("{HEAD}{payments}"));
    desk.job(&desk::JOB.replace("fx: fx.parquet\n", ""));
    let rules = std::fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
    desk.file("rules/escalation.yaml", rules.replace("penalties:\n", RULES).as_bytes());
    desk
}

/// What is presented again on a night.
fn presented(desk: &Desk, night: &str) -> Vec<String> {
    desk.run(night, &[]).succeeded();
    let columns = ["action", "invoice_id", "policy", "step", "rule_id", "status", "amount_due", "currency", "pay_by", "fee", "channel"];
    let rows = desk.night(night).rows("actions");
    rows.of(columns).iter().filter(|row| row[0] == "represent").map(|row| row[1..].join(" ")).collect()
}

fn missed(desk: &Desk, night: &str) -> Vec<String> {
    let rows = desk.night(night).rows("findings");
    let told = rows.of(["kind", "key", "message", "amount"]);
    told.iter().filter(|row| row[0] == "representation_missed").map(|row| row[1..].join(" ")).collect()
}

const OF_F1: &str = "F1 representations direct_debit represent.direct_debit due 300.00 EUR";

#[test]
fn what_came_back_is_presented_once() {
    // Three business days after Wednesday the 4th is Monday the 9th.
    let on = |day: &str| vec![format!("{OF_F1} {day} 12.00 ")];
    for (nights, expected) in [
        (vec!["2026-11-06", "2026-11-09", "2026-11-10", "2026-11-12"], vec![vec![], on("2026-11-09"), vec![], vec![]]),
        // The nights around its day are missed.
        (vec!["2026-11-05", "2026-11-12", "2026-11-13"], vec![vec![], on("2026-11-12"), vec![]]),
        // On a Saturday it is for the Monday after.
        (vec!["2026-11-14", "2026-11-16"], vec![on("2026-11-16"), vec![]]),
    ] {
        let desk = desk(PAYMENTS);
        let told: Vec<Vec<String>> = nights.iter().map(|night| presented(&desk, night)).collect();
        assert_eq!(told, expected, "{nights:?}");
    }
}

#[test]
fn what_can_be_presented_no_more_in_its_month_is_told_once_and_never_done() {
    let desk = desk(PAYMENTS);
    let message = "P3 the direct_debit that came back on 2026-11-26 could be presented again on 2026-12-01 at the earliest, which is after 2026-11-30 80.00";
    for (night, expected) in [("2026-11-27", vec![message.to_owned()]), ("2026-11-28", vec![]), ("2026-12-02", vec![])] {
        let told = presented(&desk, night);
        assert_eq!(missed(&desk, night), expected, "{night}");
        assert!(!told.iter().any(|row| row.starts_with("F3")), "{told:?}");
    }
    // P1 was presented on none of the nights of its month but the first of these, in time.
    let late = self::desk(PAYMENTS);
    assert!(presented(&late, "2026-12-01").is_empty());
    assert_eq!(missed(&late, "2026-12-01").len(), 2, "P1 and P3");
}

#[test]
fn a_chain_ends_after_so_many_attempts_or_when_it_is_paid() {
    let night = "2026-11-24";
    let second = "\n P4, C1, F1, 2026-11-09, 300.00, direct_debit, rejected, technical, 2026-11-11";
    let third = "\n P5, C1, F1, 2026-11-17, 300.00, direct_debit, rejected, technical, 2026-11-18";
    let pending = "\n P6, C1, F1, 2026-11-25, 300.00, direct_debit, pending, , ";
    let part = "\n P7, C1, F1, 2026-11-20, 250.00, transfer, settled, , ";
    let of = |more: &[&str]| presented(&desk(&format!("{PAYMENTS}{}", more.concat())), night);
    let due = |amount: &str| vec![format!("F1 representations direct_debit represent.direct_debit due {amount} EUR 2026-11-24 12.00 ")];
    assert_eq!(of(&[]), due("300.00"));
    assert_eq!(of(&[second]), due("300.00"), "it was presented once");
    assert_eq!(of(&[second, third]), Vec::<String>::new(), "twice is enough");
    assert_eq!(of(&[second, pending]), Vec::<String>::new(), "it is on its way");
    assert_eq!(of(&[part]), due("50.00"), "what is left of it");
}

#[test]
fn who_may_not_be_asked_is_not_debited() {
    let desk = desk(PAYMENTS);
    desk.table("holds", "hold_id, customer_id, invoice_id, from_date, until_date, stops\nH1, C1, F1, 2026-11-01, 2026-11-10, contact");
    desk.job(&desk::JOB.replace("fx: fx.parquet\n", "").replace("  payments:", "  holds: holds.parquet\n  payments:"));
    assert_eq!(presented(&desk, "2026-11-09"), [format!("{} 2026-11-09 12.00 ", OF_F1.replace("due", "held"))]);
    assert_eq!(presented(&desk, "2026-11-11"), [format!("{OF_F1} 2026-11-11 12.00 ")], "once it may");
    assert_eq!(presented(&desk, "2026-11-12"), Vec::<String>::new());
}

/// A reminder about an invoice with a pending deduction has words of its own.
#[test]
fn a_step_is_worded_by_the_first_wording_that_holds() {
    for (deduction, expected) in [
        ("D1, F3, 2026-11-03, 10.00, return, pending", ["about_returns", "neutral", "returns"]),
        ("D1, F3, 2026-11-03, 10.00, promotion, pending", ["reminder", "soft", "deduction"]),
        ("D1, F3, 2026-11-03, 10.00, promotion, refused", ["reminder", "", ""]),
    ] {
        let desk = desk("P1, C1, F1, 2026-11-02, 300.00, transfer, settled, , ");
        desk.table("deductions", &format!("deduction_id, invoice_id, claimed_on, amount, kind, status\n{deduction}"));
        desk.job(&desk::JOB.replace("fx: fx.parquet\n", "").replace("  payments:", "  deductions: deductions.parquet\n  payments:"));
        let rules = std::fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
        let dictionary = "relance: 1\nkind: dictionary\nderived:\n  returns: {type: money, grain: customer, is: sum(deducted_returns)}\n  deducted: {type: money, grain: customer, is: sum(amount_deducted)}\n";
        desk.file("rules/dictionary.yaml", dictionary.as_bytes());
        let wordings = "template: reminder, reword: [{id: returns, when: returns > 0 EUR, template: about_returns, tone: neutral}, {id: deduction, when: deducted > 0 EUR, tone: soft}]";
        desk.file("rules/escalation.yaml", rules.replacen("template: reminder", wordings, 1).as_bytes());
        desk.run("2026-11-10", &[]).succeeded();
        let rows = desk.night("2026-11-10").rows("actions");
        let of_c2 = rows.of(["customer_id", "template", "tone", "reworded_by"]);
        let found = of_c2.iter().find(|row| row[0] == "C2").expect("a reminder");
        assert_eq!(found[1..], expected, "{deduction}");
    }
}
