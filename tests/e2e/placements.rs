//! Debts at collection agencies over nights: who takes what, what agencies are told, and that nobody else asks meanwhile.

use crate::desk::{Desk, ladder};

/// Two agencies: the cheaper one takes no debt above a thousand.
const RULES: &str = "define:
  reminded: {means: somebody wrote or called, when: contacts_30d > 0}
  large: {means: it has grown beyond what they are good at, when: overdue_balance > 5_000 EUR}
routes:
  - {route: ourselves, collects: 20%, takes: 30 days}
  - route: nord
    when: overdue_balance <= 1_000 EUR
    needs: [reminded]
    collects: 60%
    fee: 20%
    takes: 90 days
    agency: {id: NORD, recall_within: 5 days, recall_if: [large], minimum_fee: 25 EUR}
  - route: sud
    needs: [reminded]
    collects: 60%
    takes: 90 days
    agency: {id: SUD, recall_within: 10 days, cooling_off: 30 days, fee_by_amount: {0 EUR: 40%, 1_000 EUR: 30%}}
proposals:
  - proposal: hand_over
    kind: placement
    on: customer
    when: oldest_days_past_due >= 60 days
    owner: legal
";
pub const INVOICES: &str = "
    invoice_id, customer_id, issue_date, due_date,   amount,  currency
    F1,         C1,          2026-08-01, 2026-09-01, 600.00,  EUR
    F2,         C1,          2026-10-01, 2026-11-01, 300.00,  EUR
    F3,         C1,          2026-11-10, 2026-12-10, 50.00,   EUR
    F4,         C2,          2026-08-01, 2026-09-01, 2000.00, EUR
    F5,         C3,          2026-08-01, 2026-09-01, 90.00,   EUR
    F6,         C4,          2026-08-01, 2026-09-01, 700.00,  EUR
    F7,         C4,          2026-08-01, 2026-09-01, 110.00,  EUR";
pub const CUSTOMERS: &str = "
    customer_id, customer_type, country, name,   email
    C1,          company,       FR,      Dupont, a@dupont.example
    C2,          company,       FR,      Martin, b@martin.example
    C3,          company,       FR,      Petit,  c@petit.example
    C4,          company,       FR,      Roux,   d@roux.example";
const CONTACTS: &str = "
    contact_id, customer_id, contacted_on, channel
    T1,         C1,          2026-11-10,   email
    T2,         C2,          2026-11-10,   email
    T4,         C4,          2026-11-10,   email";
const DISPUTES: &str = "
    dispute_id, invoice_id, opened_on,  status, amount
    D1,         F7,         2026-11-01, open,   110.00";
pub const PAYMENTS: &str = "payment_id, customer_id, invoice_id, payment_date, amount, collected_by\n";
const EVENTS: &str = "event_id, agency_id, invoice_id, event_on, kind\n";
const DECISIONS: &str = "decision_id, customer_id, proposal_id, decision, decided_on, author\n";
const HOLDS: &str = "hold_id, customer_id, invoice_id, from_date, stops\n";

pub fn desk() -> Desk {
    let step = "      - {step: reminder, at: 1 day, do: email, template: t}\n";
    let again = "    terminal: {repeat_last: 1 day}\n";
    let tables = [
        ("invoices", INVOICES),
        ("customers", CUSTOMERS),
        ("contacts", CONTACTS),
        ("disputes", DISPUTES),
        ("payments", PAYMENTS),
        ("agency_events", EVENTS),
        ("holds", HOLDS),
        ("decisions", DECISIONS),
    ];
    Desk::ruled(&ladder(again, step, RULES), &tables)
}

fn change_rules(desk: &Desk, from: &str, to: &str) {
    let path = desk.path("rules/escalation.yaml");
    let text = std::fs::read_to_string(path).expect("rules");
    assert!(text.contains(from), "{from}");
    desk.file("rules/escalation.yaml", text.replace(from, to).as_bytes());
}

/// The rows of a table of a night, one line each.
pub fn told<const N: usize>(desk: &Desk, night: &str, table: &str, columns: [&str; N]) -> Vec<String> {
    let mut told: Vec<String> = desk.night(night).rows(table).of(columns).iter().map(|row| row.join(" ").trim_end().to_owned()).collect();
    told.sort();
    told
}

const DEBTS: [&str; 9] = ["agency", "batch", "line", "customer_id", "invoice_id", "amount_placed", "balance", "status", "reason"];
const CHANGES: [&str; 9] = ["agency", "batch", "line", "kind", "invoice_id", "amount", "balance", "reason", "due_by"];

fn actions(desk: &Desk, night: &str) -> Vec<String> {
    told(desk, night, "actions", ["customer_id", "action", "status", "status_reason", "amount_due"])
}

#[test]
fn what_is_ready_goes_to_the_agency_that_leaves_most_and_nobody_else_asks_for_it() {
    let desk = desk();
    let outcome = desk.run("2026-11-20", &[]).succeeded();
    let lines = [
        "agencies",
        "NORD, batch 1               3 debts for 1600.00 EUR, 0 changes for 0.00 EUR",
        "SUD, batch 1                1 debt for 2000.00 EUR, 0 changes for 0.00 EUR",
        "2 debts could not be handed over: placement_refusals.parquet says why",
    ];
    assert!(outcome.out.contains(&lines.join("\n")), "{}", outcome.out);
    assert_eq!(
        told(&desk, "2026-11-20", "placements", DEBTS),
        [
            "NORD 1 1 C1 F1 600.00 600.00 with_agency",
            "NORD 1 2 C1 F2 300.00 300.00 with_agency",
            "NORD 1 3 C4 F6 700.00 700.00 with_agency",
            "SUD 1 1 C2 F4 2000.00 2000.00 with_agency",
        ]
    );
    // Nobody reminded the third customer, so that no agency may take it; what is contested is not certain.
    assert_eq!(
        told(&desk, "2026-11-20", "placement_refusals", ["customer_id", "invoice_id", "amount_open", "missing"]),
        ["C3 F5 90.00 no_agency", "C4 F7 110.00 disputed"]
    );
    assert_eq!(told(&desk, "2026-11-20", "placement_changes", CHANGES), Vec::<String>::new());
    assert_eq!(
        told(&desk, "2026-11-20", "batches", ["agency", "batch", "debts", "changes", "currency", "amount_placed", "amount_changed"]),
        ["NORD 1 3 0 EUR 1600.00 0.00", "SUD 1 1 0 EUR 2000.00 0.00"]
    );
    let next = told(&desk, "2026-11-20", "open_items", ["invoice_id", "next_action"]);
    assert_eq!(next[0], "F1 none: held by guard:handed_over");
    let of_night = actions(&desk, "2026-11-20");
    assert!(of_night.iter().all(|line| !line.contains(" due ")), "{of_night:?}");
}

#[test]
fn each_change_is_told_once_and_they_add_up_to_what_is_left() {
    let desk = desk();
    desk.run("2026-11-20", &[]).succeeded();
    // One of the nights in between is missed. The debtor pays us a part and the agency another one, a credit note comes, one debt is
    // contested, and the debtor has another address.
    desk.table(
        "payments",
        &format!("{PAYMENTS}P1, C1, F1, 2026-11-21, 100.00,\nP2, C1, F1, 2026-11-22, 50.00, NORD\nP3, C2, F4, 2026-11-22, 10.00, NORD"),
    );
    let credit = "    A1,         C1,          2026-11-21, 2026-11-21, -30.00,  EUR,      credit_note, F1";
    let with_kind = INVOICES.replace("currency\n", "currency, document_type, original_invoice_id\n").replace("EUR\n", "EUR, , \n");
    desk.table("invoices", &format!("{with_kind}, ,\n{credit}"));
    desk.table("disputes", &format!("{DISPUTES}\n    D2,         F6,         2026-11-22, open,   700.00"));
    desk.table("customers", &CUSTOMERS.replace("a@dupont.example", "new@dupont.example"));
    desk.run("2026-11-23", &[]).succeeded();
    let expected = [
        "NORD 2 1 credit_note F1 -30.00 570.00",
        "NORD 2 2 payment F1 -100.00 470.00",
        "NORD 2 3 receipt F1 -50.00 420.00",
        "NORD 2 4 new_address F1  420.00",
        "NORD 2 5 dispute F6  700.00",
        // What another agency collected is to this one what was paid to us.
        "SUD 2 1 payment F4 -10.00 1990.00",
    ];
    assert_eq!(told(&desk, "2026-11-23", "placement_changes", CHANGES), expected);
    let debts =
        told(&desk, "2026-11-23", "placements", ["invoice_id", "amount_placed", "balance", "amount_disputed", "collected", "commission"]);
    let expected = [
        "F1 600.00 420.00 0.00 50.00 25.00",
        "F2 300.00 300.00 0.00 0.00 0.00",
        "F4 2000.00 1990.00 0.00 0.00 0.00",
        "F6 700.00 700.00 700.00 0.00 0.00",
    ];
    assert_eq!(debts, expected);
    // The night after has nothing to tell, and so no batch.
    desk.run("2026-11-24", &[]).succeeded();
    assert_eq!(told(&desk, "2026-11-24", "placement_changes", CHANGES), Vec::<String>::new());
    assert_eq!(told(&desk, "2026-11-24", "batches", ["agency", "batch"]), Vec::<String>::new());
    let heads = desk.night("2026-11-24").manifest()["batches"].clone();
    assert_eq!((&heads["NORD"]["number"], &heads["NORD"]["made_on"]), (&2.into(), &"2026-11-23".into()));
    let first = desk.night("2026-11-20").manifest()["batches"].clone();
    let batches = told(&desk, "2026-11-23", "batches", ["agency", "batch", "changes", "amount_changed", "hash_before", "hash"]);
    let line = |agency: &str, changes: u32, amount: &str| {
        let hash = |of: &serde_json::Value| of[agency]["hash"].as_str().unwrap_or_default().to_owned();
        format!("{agency} 2 {changes} {amount} {} {}", hash(&first), hash(&heads))
    };
    assert_eq!(batches, [line("NORD", 5, "-180.00"), line("SUD", 1, "-10.00")]);
    // A rerun of the night tells the same in the same batch.
    let before = desk.night("2026-11-23").bytes();
    desk.run("2026-11-23", &["--replace", "--reason", "again"]).succeeded();
    for table in ["placements.parquet", "placement_changes.parquet", "batches.parquet", "state.parquet"] {
        assert_eq!(desk.night("2026-11-23").bytes()[table], before[table], "{table}");
    }
}

#[test]
fn what_is_paid_is_closed_and_what_is_recalled_comes_back_after_its_time() {
    let desk = desk();
    desk.run("2026-11-20", &[]).succeeded();
    desk.table("payments", &format!("{PAYMENTS}P1, C1, F2, 2026-11-21, 300.00,"));
    desk.table("holds", &format!("{HOLDS}H1, C4, , 2026-11-23, agency\nH2, C2, F4, 2026-11-23, agency"));
    desk.run("2026-11-23", &[]).succeeded();
    let expected = [
        "NORD 2 1 payment F2 -300.00 0.00",
        "NORD 2 2 closed F2  0.00 settled",
        "NORD 2 3 recall F6  700.00 hold:H1 2026-11-28",
        "SUD 2 1 recall F4  2000.00 hold:H2 2026-12-03",
    ];
    assert_eq!(told(&desk, "2026-11-23", "placement_changes", CHANGES), expected);
    // The first agency says nothing, the second one gives back what it was asked for.
    desk.table("agency_events", &format!("{EVENTS}E1, SUD, F4, 2026-11-25, returned"));
    desk.run("2026-11-27", &[]).succeeded();
    let of = |night: &str| told(&desk, night, "placements", ["invoice_id", "status", "ended_on", "reason"]);
    assert_eq!(of("2026-11-27"), ["F1 with_agency", "F2 ended 2026-11-23 settled", "F4 ended 2026-11-25 returned", "F6 recalled  hold:H1"]);
    let held = |night: &str| actions(&desk, night).into_iter().filter(|line| line.starts_with("C4")).collect::<Vec<_>>();
    assert!(held("2026-11-27").iter().all(|line| !line.contains(" due ")), "{:?}", held("2026-11-27"));
    desk.run("2026-11-30", &[]).succeeded();
    assert_eq!(told(&desk, "2026-11-30", "placement_changes", CHANGES), ["NORD 3 1 closed F6  700.00 hold:H1"]);
    assert_eq!(held("2026-11-30"), ["C4 email due  700.00"]);
}

#[test]
fn another_agency_follows_after_its_cooling_off_and_the_same_never() {
    let desk = desk();
    desk.table("agency_events", &format!("{EVENTS}E1, NORD, F6, 2026-11-23, refused\nE2, NORD, F1, 2026-11-23, accepted"));
    desk.run("2026-11-20", &[]).succeeded();
    desk.run("2026-11-23", &[]).succeeded();
    let missing = |night: &str| told(&desk, night, "placement_refusals", ["invoice_id", "missing"]);
    assert_eq!(missing("2026-11-23"), ["F5 no_agency", "F6 no_agency", "F7 disputed"]);
    desk.table("contacts", &format!("{CONTACTS}\n    T5,         C4,          2026-12-10,   email"));
    desk.run("2026-12-22", &[]).succeeded();
    assert!(missing("2026-12-22").contains(&"F6 no_agency".to_owned()), "{:?}", missing("2026-12-22"));
    desk.run("2026-12-23", &[]).succeeded();
    let debts = told(&desk, "2026-12-23", "placements", DEBTS);
    let of_one: Vec<&String> = debts.iter().filter(|line| line.contains("F6")).collect();
    assert_eq!(of_one, ["NORD 1 3 C4 F6 700.00 700.00 ended refused", "SUD 2 1 C4 F6 700.00 700.00 with_agency"]);
}

/// Where the contract says so, an agency keeps a part also of what a debtor pays to us while it has the debt; not of what was paid before,
/// nor of a credit note.
#[test]
fn a_fee_may_be_due_on_what_is_paid_to_us() {
    let desk = desk();
    change_rules(&desk, "minimum_fee: 25 EUR", "fee_base: paid");
    let before = format!("{PAYMENTS}P0, C1, F1, 2026-11-19, 100.00,");
    desk.table("payments", &before);
    desk.run("2026-11-20", &[]).succeeded();
    desk.table(
        "payments",
        &format!("{before}\nP1, C1, F1, 2026-11-21, 100.00,\nP2, C1, F1, 2026-11-22, 50.00, NORD\nP3, C2, F4, 2026-11-22, 70.00,"),
    );
    let credit = "    A1,         C1,          2026-11-21, 2026-11-21, -30.00,  EUR,      credit_note, F1";
    let with_kind = INVOICES.replace("currency\n", "currency, document_type, original_invoice_id\n").replace("EUR\n", "EUR, , \n");
    desk.table("invoices", &format!("{with_kind}, ,\n{credit}"));
    for night in ["2026-11-23", "2026-11-24"] {
        desk.run(night, &[]).succeeded();
        let debts = told(&desk, night, "placements", ["invoice_id", "balance", "collected", "commission"]);
        let expected = ["F1 320.00 50.00 30.00", "F2 300.00 0.00 0.00", "F4 1930.00 0.00 0.00", "F6 700.00 0.00 0.00"];
        assert_eq!(debts, expected, "{night}");
    }
}

/// Who consents does so for one hand-over: what comes back is put before them anew.
#[test]
fn consent_is_given_for_one_hand_over() {
    let desk = desk();
    change_rules(&desk, "owner: legal", "owner: legal\n    approve: head");
    let decisions = |rows: &str| {
        desk.table("decisions", &format!("{DECISIONS}{rows}"));
    };
    let first = "N1, C4, hand_over, approved, 2026-11-20, Head";
    decisions(first);
    desk.run("2026-11-20", &[]).succeeded();
    assert_eq!(told(&desk, "2026-11-20", "placements", DEBTS), ["NORD 1 1 C4 F6 700.00 700.00 with_agency"]);
    desk.table("agency_events", &format!("{EVENTS}E1, NORD, F6, 2026-11-23, refused"));
    desk.table("contacts", &format!("{CONTACTS}\n    T5,         C4,          2026-12-10,   email"));
    desk.run("2026-11-23", &[]).succeeded();
    let of = |night: &str| told(&desk, night, "proposals", ["customer_id", "status", "opened_on"]);
    assert!(of("2026-11-23").contains(&"C4 done 2026-11-20".to_owned()), "{:?}", of("2026-11-23"));
    desk.run("2026-12-28", &[]).succeeded();
    assert!(of("2026-12-28").contains(&"C4 open 2026-11-23".to_owned()), "{:?}", of("2026-12-28"));
    let at_sud =
        |night: &str| told(&desk, night, "placements", DEBTS).into_iter().filter(|line| line.starts_with("SUD")).collect::<Vec<_>>();
    assert_eq!(at_sud("2026-12-28"), Vec::<String>::new());
    decisions(&format!("{first}\nN2, C4, hand_over, approved, 2026-12-29, Head"));
    desk.run("2026-12-29", &[]).succeeded();
    assert_eq!(at_sud("2026-12-29"), ["SUD 1 1 C4 F6 700.00 700.00 with_agency"]);
}

/// An agency that the rules forgot keeps its debts, is told what happens, and somebody hears of it; the law calls back at once.
#[test]
fn what_an_agency_has_outlives_its_contract() {
    let desk = desk();
    desk.run("2026-11-20", &[]).succeeded();
    change_rules(&desk, "{id: NORD, ", "{id: NORTH, ");
    desk.table("payments", &format!("{PAYMENTS}P1, C1, F1, 2026-11-21, 100.00,"));
    desk.table("holds", &format!("{HOLDS}H1, C4, , 2026-11-23, agency"));
    desk.run("2026-11-23", &[]).succeeded();
    let expected = ["NORD 2 1 payment F1 -100.00 500.00", "NORD 2 2 recall F6  700.00 hold:H1 2026-11-23"];
    assert_eq!(told(&desk, "2026-11-23", "placement_changes", CHANGES), expected);
    let findings = told(&desk, "2026-11-23", "findings", ["kind", "key", "amount"]);
    let without: Vec<&String> = findings.iter().filter(|line| line.starts_with("agency_without_contract")).collect();
    assert_eq!(without.len(), 3, "{findings:?}");
    assert!(without[0].contains("F1"), "{findings:?}");
}

/// What was paid and is open again, because the bank took the money back, was given back by nobody: the same agency goes on with it.
#[test]
fn a_payment_that_the_bank_takes_back_brings_the_debt_to_the_same_agency() {
    let desk = desk();
    desk.run("2026-11-20", &[]).succeeded();
    let with_status = PAYMENTS.replace("collected_by", "collected_by, status, rejected_on");
    let payments = |status: &str| desk.table("payments", &format!("{with_status}P1, C2, F4, 2026-11-21, 2000.00, , {status}"));
    payments(",");
    desk.run("2026-11-23", &[]).succeeded();
    let of = |night: &str| told(&desk, night, "placements", DEBTS).into_iter().filter(|line| line.contains("F4")).collect::<Vec<_>>();
    assert_eq!(of("2026-11-23"), ["SUD 1 1 C2 F4 2000.00 0.00 ended settled"]);
    payments("reversed, 2026-11-24");
    desk.run("2026-11-25", &[]).succeeded();
    assert_eq!(of("2026-11-25"), ["SUD 1 1 C2 F4 2000.00 0.00 ended settled", "SUD 3 1 C2 F4 2000.00 2000.00 with_agency"]);
}

/// A night that forgot what agencies have would hand it over once more.
#[test]
fn nobody_begins_anew_where_agencies_have_debts() {
    let desk = desk();
    desk.run("2026-11-20", &[]).succeeded();
    let expected = "NORD has batch 1, and tonight knows of 0: its debts would be handed over again";
    let outcome = desk.run("2026-11-23", &["--state", "none"]);
    assert!(outcome.code == Some(65) && outcome.err.contains(expected), "{}", outcome.err);
    desk.run("2026-11-23", &["--state", "none", "--out", "another"]).succeeded();
    desk.run("2026-11-23", &[]).succeeded();
}

#[test]
fn the_law_and_what_was_agreed_call_debts_back() {
    let desk = desk();
    desk.run("2026-11-20", &[]).succeeded();
    let insolvent = CUSTOMERS.replace("name,   email", "name,   email, legal_status").replace(".example", ".example, none");
    desk.table("customers", &insolvent.replace("d@roux.example, none", "d@roux.example, insolvency"));
    desk.table("invoices", &format!("{INVOICES}\n    F8,         C1,          2026-11-20, 2026-11-21, 9000.00, EUR"));
    desk.run("2026-11-23", &[]).succeeded();
    let expected = [
        "NORD 2 1 recall F1  600.00 large 2026-11-28",
        "NORD 2 2 recall F2  300.00 large 2026-11-28",
        "NORD 2 3 insolvency F6  700.00",
        "NORD 2 4 recall F6  700.00 guard:insolvency 2026-11-28",
    ];
    assert_eq!(told(&desk, "2026-11-23", "placement_changes", CHANGES), expected);
}

#[test]
fn what_the_ledger_has_no_more_is_closed() {
    let desk = desk();
    desk.run("2026-11-20", &[]).succeeded();
    let without: Vec<&str> = INVOICES.lines().filter(|line| !line.contains("F4,")).collect();
    desk.table("invoices", &without.join("\n"));
    desk.run("2026-11-23", &[]).succeeded();
    let expected = ["SUD 2 1 exit F4 -2000.00 0.00", "SUD 2 2 closed F4  0.00 not_in_ledger"];
    assert_eq!(told(&desk, "2026-11-23", "placement_changes", CHANGES), expected);
}

/// Reports, receipts and claims of agencies meet to the cent; what does not is listed, and nothing is guessed.
#[test]
fn what_agencies_report_is_compared_with_what_came_in() {
    let desk = desk();
    desk.run("2026-11-20", &[]).succeeded();
    desk.table(
        "payments",
        &format!(
            "{PAYMENTS}P1, C1, F1, 2026-11-24, 100.00, NORD\nP2, C1, F2, 2026-11-24, 50.00, NORD\nP3, C2, F4, 2026-11-24, 1000.00, SUD\n\
             P4, C4, F6, 2026-11-24, 200.00, NORD"
        ),
    );
    let events = "event_id, agency_id, invoice_id, event_on, kind, amount, currency, fee
        E1, NORD, F1, 2026-11-23, payment, 60.00, EUR, 15.00
        E2, NORD, F1, 2026-11-24, payment, 40.00, , 10.00
        E3, NORD, F2, 2026-11-23, payment, 80.00, EUR,
        E4, SUD, F4, 2026-11-23, payment, 1000.00, EUR, 400.00
        E5, SUD, F1, 2026-11-23, payment, 10.00, EUR,
        E6, NORD, F1, 2026-11-01, accepted, , ,
        E7, NORD, F6, 2026-11-24, returned, , ,
        E8, NORD, F6, 2026-11-25, payment, 5.00, EUR,
        E9, NORD, F6, 2026-11-23, payment, 5.00, GBP,
        E10, NORD, F2, 2026-11-25, dispute, , ,
        E11, SUD, F4, 2026-11-25, promise, , ,";
    desk.table("agency_events", events);
    desk.run("2026-11-26", &[]).succeeded();
    let columns = ["agency", "invoice_id", "status", "reported", "received", "difference", "commission", "claimed", "fee_difference"];
    let accounts = told(&desk, "2026-11-26", "agency_accounts", columns);
    let expected = [
        "NORD F1 matched 100.00 100.00 0.00 25.00 25.00 0.00",
        "NORD F2 reported_not_received 80.00 50.00 30.00 25.00",
        "NORD F6 received_not_reported 5.00 200.00 -195.00 40.00",
        "SUD F4 fee_differs 1000.00 1000.00 0.00 300.00 400.00 100.00",
    ];
    assert_eq!(accounts, expected);
    let found = |night: &str| {
        let all = told(&desk, night, "findings", ["kind", "key", "message", "amount"]);
        all.into_iter().filter(|line| line.starts_with("agency_")).collect::<Vec<_>>()
    };
    let expected = [
        "agency_event_after_end E8 NORD tells a payment after the debt ended on 2026-11-24",
        "agency_event_unmatched E5 SUD tells payment of F1, which it was not given by then",
        "agency_event_unmatched E6 NORD tells accepted of F1, which it was not given by then",
        "agency_event_unmatched E9 it is in GBP, and the debt in EUR",
        "agency_fee_difference F4 SUD claims 400.00 EUR, and 300.00 EUR was agreed 100.00",
        "agency_report_unrecorded E10 NORD tells dispute of F2, and the ledger has none: record it, or ask",
        "agency_report_unrecorded E11 SUD tells promise of F4, and the ledger has none: record it, or ask",
    ];
    assert_eq!(found("2026-11-26"), expected);
    desk.table("disputes", &format!("{DISPUTES}\n    D2,         F2,         2026-11-25, open,   300.00"));
    desk.run("2026-11-27", &[]).succeeded();
    let unrecorded = found("2026-11-27").into_iter().filter(|line| line.starts_with("agency_report")).collect::<Vec<_>>();
    assert_eq!(unrecorded, ["agency_report_unrecorded E11 SUD tells promise of F4, and the ledger has none: record it, or ask"]);
    // Money has ten days to arrive.
    desk.run("2026-12-04", &[]).succeeded();
    let late = |night: &str| found(night).into_iter().filter(|line| line.starts_with("agency_difference")).collect::<Vec<_>>();
    assert_eq!(late("2026-12-04"), ["agency_difference F2 NORD reported 80.00 EUR, and 50.00 EUR came in 30.00"]);
}

/// Agencies at one age: what came in within so many days of the hand-over, gross and net, by month and over all months old enough.
#[test]
fn agencies_are_compared_at_one_age() {
    let desk = desk();
    desk.run("2026-11-20", &[]).succeeded();
    desk.table(
        "payments",
        &format!(
            "{PAYMENTS}P1, C1, F1, 2026-12-20, 100.00, NORD\nP2, C1, F2, 2026-12-21, 50.00,\nP3, C2, F4, 2026-11-30, 500.00, SUD\n\
             P4, C2, F4, 2027-01-19, 500.00, SUD"
        ),
    );
    desk.table("holds", &format!("{HOLDS}H1, C4, , 2026-12-01, agency"));
    let complaints =
        "T8, C1, 2026-11-19, email, in, complaint\n T9, C1, 2026-11-25, email, in, complaint\n T10, C2, 2026-11-25, email, in, question";
    let head = CONTACTS.replace("channel", "channel, direction, reason").replace("email", "email, out, ");
    desk.table("contacts", &format!("{head}\n{complaints}"));
    desk.run("2026-12-02", &[]).succeeded();
    desk.run("2026-12-29", &[]).succeeded();
    let figures = |night: &str, agency: &str| {
        let rows = desk.night(night).rows("kpis");
        let all = rows.of(["scope", "scope_value", "currency", "kpi", "window_days", "value", "numerator", "denominator"]);
        let own = all.into_iter().filter(|row| row[1] == agency && row[2] == "EUR" && row[3].starts_with("place"));
        own.map(|row| format!("{} {} {}", row[3], row[4], row[5]).replace("  ", " ")).collect::<Vec<_>>()
    };
    // The month is not thirty days old on its last day.
    let expected = [
        "placed_debts 3.000000",
        "placed_amount 1600.000000",
        "placement_recalls 1.000000",
        "placement_complaints 1.000000",
        "placement_days_to_payment 30.500000",
    ];
    assert_eq!(figures("2026-12-29", "NORD"), expected);
    desk.run("2026-12-30", &[]).succeeded();
    let expected = [
        "placed_debts 3.000000",
        "placed_amount 1600.000000",
        "placement_recalls 1.000000",
        "placement_complaints 1.000000",
        "placement_days_to_payment 30.500000",
        // The payment of the thirty-first day is not among those of thirty; the least fee is a quarter of what came in.
        "placement_recovery 30 0.062500",
        "placement_recovery_net 30 0.046875",
    ];
    assert_eq!(figures("2026-12-30", "NORD/2026-11"), expected);
    assert_eq!(figures("2026-12-30", "NORD"), expected);
    let expected = ["placement_recovery 30 0.250000", "placement_recovery_net 30 0.175000"];
    assert_eq!(figures("2026-12-30", "SUD")[5..], expected);
    desk.run("2027-01-29", &[]).succeeded();
    let expected = [
        "placement_recovery 30 0.250000",
        "placement_recovery_net 30 0.175000",
        "placement_recovery 60 0.500000",
        "placement_recovery_net 60 0.350000",
    ];
    assert_eq!(figures("2027-01-29", "SUD")[5..], expected);
}

/// Rules see with whom a customer's debts are: a mediator stops penalties while it has them, a partner that may go to court keeps the case.
#[test]
fn rules_know_with_whom_the_debts_are() {
    let sue = "  - proposal: sue
    kind: legal
    on: customer
    when: oldest_days_past_due >= 60 days and (placed_with is missing or placed_with != 'SUD')
    owner: legal
  - proposal: hand_over\n";
    let rules = RULES.replace("  - proposal: hand_over\n", sue)
        + "blocks:
  - {block: mediation, on: customer, when: placed_with is known and placed_with = 'NORD', stops: [penalties]}
penalties:
  - {penalty: all, when: customer_type is known and customer_type = company, regime: FR_B2B}
";
    let desk = desk();
    desk.file("rules/rates.yaml", &std::fs::read(crate::desk::testdata("night/rules/rates.yaml")).expect("rates"));
    let step = "      - {step: reminder, at: 1 day, do: email, template: t}\n";
    desk.file("rules/escalation.yaml", ladder("    terminal: {repeat_last: 1 day}\n", step, &rules).as_bytes());
    desk.run("2026-11-20", &[]).succeeded();
    desk.run("2026-11-23", &[]).succeeded();
    let sued = told(&desk, "2026-11-23", "proposals", ["customer_id", "rule_id", "status"]);
    assert!(sued.contains(&"C1 sue open".to_owned()) && sued.contains(&"C2 sue done".to_owned()), "{sued:?}");
    let tonight = told(&desk, "2026-11-23", "penalty_totals", ["invoice_id", "accrued_tonight"]);
    let of = |invoice: &str| tonight.iter().find(|line| line.starts_with(invoice)).cloned().unwrap_or_default();
    assert!(of("F1").is_empty() || of("F1").ends_with(" 0.00"), "{tonight:?}");
    assert!(!of("F4").is_empty() && !of("F4").ends_with(" 0.00"), "{tonight:?}");
}

/// Which customers go to an agency at all, and to which class of agency, is for the rules of the house to say.
#[test]
fn the_tier_of_a_customer_decides_who_may_have_it() {
    let rules = RULES.replace("    when: overdue_balance <= 1_000 EUR\n", "    when: tier is missing or tier != 'gold'\n").replace(
        "when: oldest_days_past_due >= 60 days\n",
        "when: oldest_days_past_due >= 60 days and (tier is missing or tier != 'platinum')\n",
    );
    let desk = desk();
    let step = "      - {step: reminder, at: 1 day, do: email, template: t}\n";
    desk.file("rules/escalation.yaml", ladder("    terminal: {repeat_last: 1 day}\n", step, &rules).as_bytes());
    let tiers = CUSTOMERS.replace("name,   email", "name,   email, tier").replace(".example", ".example, plain");
    desk.table(
        "customers",
        &tiers.replace("b@martin.example, plain", "b@martin.example, gold").replace("d@roux.example, plain", "d@roux.example, platinum"),
    );
    desk.run("2026-11-20", &[]).succeeded();
    assert_eq!(told(&desk, "2026-11-20", "placements", ["agency", "customer_id", "invoice_id"]), ["NORD C1 F1", "NORD C1 F2", "SUD C2 F4"]);
}
