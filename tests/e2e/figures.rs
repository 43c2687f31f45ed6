//! Figures that stand or fall by a column of the ledger: groups of customers, steps, days of entry.

use crate::desk::{Desk, JOB, NIGHT, ladder};
use crate::parquet_rows::Rows;

/// Some figures of a night as `scope value kpi = value`, in the order of the table.
fn told(rows: &Rows, wanted: &[&str]) -> Vec<String> {
    let rows = rows.of(["kpi", "scope", "scope_value", "currency", "value"]);
    let of_wanted = rows.iter().filter(|row| wanted.contains(&row[0]) && row[3] != "EUR" && row[3] != "GBP");
    of_wanted.map(|row| format!("{} {} {} = {}", row[1], row[2], row[0], row[4])).collect()
}

/// C1 is vulnerable and was called, C2 is not late, of C3 the ledger does not say.
#[test]
fn scopes_of_customers_are_told() {
    let desk = Desk::small();
    desk.table(
        "customers",
        "customer_id, customer_type, vulnerable, risk_at_grant\nC1, company, true, high\nC2, company, false, low\nC3, company, ,",
    );
    desk.table(
        "invoices",
        "invoice_id, customer_id, issue_date, due_date, amount, financed_by
         F1, C1, 2026-09-01, 2026-10-01, 1000.00, BANK
         F3, C2, 2026-11-01, 2026-12-01, 250.50,
         F4, C3, 2026-06-01, 2026-07-01, 1200.00,",
    );
    desk.table("payments", "payment_id, customer_id, payment_date, amount");
    desk.table("contacts", "contact_id, customer_id, contacted_on, channel\nK1, C1, 2026-11-02, phone\nK2, C3, 2026-11-02, email");
    let job = JOB.replace("  payments:", "  contacts: contacts.parquet\n  payments:");
    desk.job(&format!("{job}kpis: {{scopes: [all, vulnerable, risk_at_grant, financed_by]}}\n"));
    desk.run(NIGHT, &[]).succeeded();
    let rows = desk.night(NIGHT).rows("kpis");
    let expected = [
        "all  open_balance = 2450.500000",
        "risk_at_grant  open_balance = 1200.000000",
        "risk_at_grant high open_balance = 1000.000000",
        "risk_at_grant low open_balance = 250.500000",
        "vulnerable  open_balance = 1200.000000",
        "vulnerable no open_balance = 250.500000",
        "vulnerable yes open_balance = 1000.000000",
        "financed_by  open_balance = 1450.500000",
        "financed_by BANK open_balance = 1000.000000",
    ];
    assert_eq!(told(&rows, &["open_balance"]), expected);
    let expected = [
        "all  late_customers = 2.000000",
        "all  late_called_share = 0.500000",
        "risk_at_grant  late_customers = 1.000000",
        "risk_at_grant  late_called_share = 0.000000",
        "risk_at_grant  late_called_gap = -0.500000",
        "risk_at_grant high late_customers = 1.000000",
        "risk_at_grant high late_called_share = 1.000000",
        "risk_at_grant high late_called_gap = 0.500000",
        "vulnerable  late_customers = 1.000000",
        "vulnerable  late_called_share = 0.000000",
        "vulnerable  late_called_gap = -0.500000",
        "vulnerable yes late_customers = 1.000000",
        "vulnerable yes late_called_share = 1.000000",
        "vulnerable yes late_called_gap = 0.500000",
    ];
    assert_eq!(told(&rows, &["late_customers", "late_called_share", "late_called_gap", "late_sued_share"]), expected);
}

/// An agency has C3, a court C2, and C1 had a formal notice.
#[test]
fn who_is_put_on_notice_handed_over_and_sued_is_counted() {
    let desk = Desk::small();
    desk.table(
        "invoices",
        "invoice_id, customer_id, issue_date, due_date, amount
         F1, C1, 2026-09-01, 2026-10-01, 1000.00
         F2, C2, 2026-09-01, 2026-10-01, 250.50
         F4, C3, 2026-06-01, 2026-07-01, 1200.00",
    );
    desk.table("payments", "payment_id, customer_id, payment_date, amount");
    desk.table("contacts", "contact_id, customer_id, contacted_on, channel, outcome\nK1, C1, 2026-11-02, registered_letter, delivered");
    desk.table("agency_events", "event_id, agency_id, invoice_id, event_on, kind\nE1, A1, F4, 2026-11-01, accepted");
    desk.table("legal_events", "event_id, customer_id, event_on, kind\nE1, C2, 2026-11-01, filed");
    let more = "  contacts: contacts.parquet\n  agency_events: agency_events.parquet\n  legal_events: legal_events.parquet\n  payments:";
    desk.job(&JOB.replace("  payments:", more));
    desk.run(NIGHT, &[]).succeeded();
    let found = told(&desk.night(NIGHT).rows("kpis"), &["late_noticed_share", "late_handed_over_share", "late_sued_share"]);
    let of_all: Vec<&String> = found.iter().filter(|row| row.starts_with("all")).collect();
    let expected = ["all  late_noticed_share = 0.666667", "all  late_handed_over_share = 0.333333", "all  late_sued_share = 0.333333"];
    assert_eq!(of_all, expected);
}

/// The first step is answered, the second is not; what the log tells of no action belongs to no step.
#[test]
fn contacts_are_told_by_the_step_they_were_made_for() {
    let desk = Desk::small();
    desk.table("invoices", "invoice_id, customer_id, issue_date, due_date, amount\nF1, C1, 2026-06-01, 2026-07-01, 200.00");
    desk.table("payments", "payment_id, customer_id, payment_date, amount");
    let steps =
        "      - {step: first, at: 1 day, do: letter, template: first}\n      - {step: second, at: 5 days, do: letter, template: second}\n";
    desk.file("rules/escalation.yaml", ladder("", steps, "").as_bytes());
    let job = JOB.replace("  payments:", "  contacts: contacts.parquet\n  payments:");
    desk.job(&format!("{job}kpis: {{scopes: [all, step]}}\n"));
    let mut log = "contact_id, customer_id, contacted_on, channel, outcome, action_id\nK0, C1, 2026-06-20, letter, ,".to_owned();
    for (night, outcome) in [("2026-07-02", "answered"), ("2026-07-06", "delivered")] {
        desk.table("contacts", &log);
        desk.run(night, &[]).succeeded();
        let actions = desk.night(night).rows("actions");
        log.push_str(&format!("\nK{night}, C1, {night}, letter, {outcome}, {}", actions.of(["action_id"])[0][0]));
    }
    desk.table("contacts", &log);
    desk.run("2026-07-07", &[]).succeeded();
    let expected = [
        "all  contact_attempts = 3.000000",
        "all  contact_rate = 0.333333",
        "channel letter contact_attempts = 3.000000",
        "channel letter contact_rate = 0.333333",
        "step everybody.first contact_attempts = 1.000000",
        "step everybody.first contact_rate = 1.000000",
        "step everybody.second contact_attempts = 1.000000",
        "step everybody.second contact_rate = 0.000000",
    ];
    assert_eq!(told(&desk.night("2026-07-07").rows("kpis"), &["contact_attempts", "contact_rate"]), expected);
}

/// An invoice three days and a payment one day after its date, another of before the window; what is entered after tonight is not known.
#[test]
fn days_until_documents_are_in_the_books_are_told() {
    let desk = Desk::small();
    desk.table(
        "invoices",
        "invoice_id, customer_id, issue_date, due_date, amount, posted_on
         F1, C1, 2026-09-01, 2026-10-01, 1000.00, 2026-09-04
         F2, C1, 2026-06-01, 2026-07-01, 10.00, 2026-07-01
         F3, C1, 2026-11-19, 2026-12-01, 10.00, 2026-11-21",
    );
    desk.table(
        "payments",
        "payment_id, customer_id, payment_date, amount, posted_on\nP1, C1, 2026-10-15, 400.00, 2026-10-16\nP2, C1, 2026-10-16, 1.00, ",
    );
    desk.run(NIGHT, &[]).succeeded();
    let found = told(&desk.night(NIGHT).rows("kpis"), &["invoice_posting_lag", "payment_posting_lag"]);
    let of_all: Vec<&String> = found.iter().filter(|row| row.starts_with("all")).collect();
    assert_eq!(of_all, ["all  invoice_posting_lag = 3.000000", "all  payment_posting_lag = 1.000000"]);
}

/// One is attained, one is not, one has no value, one is of another month, one of a figure that nobody knows.
#[test]
fn targets_are_told_with_how_far_they_were_reached() {
    let desk = Desk::small();
    desk.table(
        "targets",
        "target_id, kpi, scope, scope_value, currency, window_days, month, goal, target, owner
         T1, open_balance, , , , , , at_most, 5000, head
         T2, overdue_items, country, FR, , , 2026-11-30, at_least, 3.5,
         T3, promise_kept_rate/cash, , , , , , at_least, 0.9,
         T4, open_balance, , , , , 2026-12-01, at_most, 1,
         T5, dso_simpel, , , , , , at_most, 45,
         T6, open_balance, , , GBP, , , at_most, 999.99,
         T7, open_balance, , , JPY, , , at_most, 1,
         T8, open_balance, country, FR, , 30, , at_most, 1,
         T9, promise_kept_rate/days, , , , , , at_most, 1,",
    );
    desk.job(&JOB.replace("  payments:", "  targets: targets.parquet\n  payments:"));
    let outcome = desk.run(NIGHT, &[]).succeeded();
    assert!(outcome.out.contains("\ntargets         1 of 3 attained\n"), "{}", outcome.out);
    let rows = desk.night(NIGHT).rows("attainment");
    let columns = ["target_id", "scope", "scope_value", "currency", "month", "goal", "target", "value", "difference", "attained", "reason"];
    let told: Vec<String> = rows.of(columns).iter().map(|row| row.join(",")).collect();
    let expected = [
        "T1,all,,reporting,,at_most,5000.000000,2500.500000,-2499.500000,true,",
        "T2,country,FR,reporting,2026-11-01,at_least,3.500000,2.000000,-1.500000,false,",
        "T3,all,,reporting,,at_least,0.900000,,,,zero_or_negative_denominator",
        "T5,all,,reporting,,at_most,45.000000,,,,unknown_target",
        "T6,all,,GBP,,at_most,999.990000,1000.000000,0.010000,false,",
        "T7,all,,JPY,,at_most,1.000000,,,,unknown_target",
        "T8,country,FR,reporting,,at_most,1.000000,,,,unknown_target",
        "T9,all,,reporting,,at_most,1.000000,,,,unknown_target",
    ];
    assert_eq!(told, expected);
    let findings = desk.night(NIGHT).rows("findings");
    let found = findings.of(["kind", "key", "message"]);
    let found: Vec<&[&str; 3]> = found.iter().filter(|row| row[0] == "unknown_target").collect();
    let expected = [
        ["unknown_target", "T5", "tonight has no figure \"dso_simpel\" of all, did you mean \"dso_simple\"?"],
        ["unknown_target", "T7", "tonight has no figure \"open_balance\" of all in JPY"],
        ["unknown_target", "T8", "tonight has no figure \"open_balance\" of country FR over 30 days"],
        ["unknown_target", "T9", "tonight has no figure \"promise_kept_rate/days\" of all, did you mean \"promise_kept_rate/cash\"?"],
    ];
    assert!(found.iter().copied().eq(&expected), "{found:?}");
}

/// Two creditors share a customer and nothing else; a third, whose job is not there, stops neither.
#[test]
fn each_creditor_has_a_night_of_its_own() {
    let desk = Desk::small();
    desk.file("second.yaml", JOB.replace("out: out", "out: second").as_bytes());
    let jobs = ["--job", "relance.yaml", "--job=missing.yaml", "--job", "second.yaml"];
    let outcome = desk.run(NIGHT, &jobs);
    assert_eq!(outcome.code, Some(66), "{}", outcome.err);
    assert!(outcome.err.contains("the night of missing.yaml ended with 66"), "{}", outcome.err);
    assert_eq!(outcome.out.matches(&format!("night of {NIGHT}\n")).count(), 2, "{}", outcome.out);
    let actions = |out: &str| std::fs::read(desk.path(&format!("{out}/as_of={NIGHT}/actions.parquet"))).expect("a table");
    assert_eq!(actions("out"), actions("second"));
    // The night of one would be the night before of the other.
    desk.file("third.yaml", JOB.as_bytes());
    let outcome = desk.run(NIGHT, &["--job", "relance.yaml", "--job", "second.yaml", "--job", "third.yaml"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(78), ""), "{}", outcome.err);
    assert!(outcome.err.contains("relance.yaml and third.yaml have one folder for their nights: "), "{}", outcome.err);
    for more in [["--out", "elsewhere"], ["--state", "out"]] {
        let outcome = desk.run(NIGHT, &[&jobs[..], &more[..]].concat());
        assert_eq!((outcome.code, outcome.out.as_str()), (Some(2), ""), "{}", outcome.err);
    }
}
