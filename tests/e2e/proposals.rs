//! Proposals over nights: what stands, what is missing, who consents, what became of it, and that a case has one owner.

use crate::desk::{Desk, ladder};

const RULES: &str = "define:
  proved: {means: each late invoice has a proof of delivery, when: not lacks_proof}
  undisputed: {means: nothing is contested, when: disputed_balance = 0 EUR}
  reminded: {means: somebody wrote or called, when: contacts_30d > 0}
  settled_again: {means: nothing is late any more, when: overdue_balance = 0 EUR}
proposals:
  - proposal: stop_orders
    kind: credit_hold
    on: customer
    when: overdue_balance > 100 EUR and not on_credit_hold
    owner: {field: collector_id, else: credit_desk}
    approve: credit_manager
    stops: [orders, deliveries]
    ends_when: settled_again
    template: blocage
  - proposal: hand_over
    kind: placement
    on: customer
    when: oldest_days_past_due >= 60 days
    only_one: end_of_line
    needs: [proved, undisputed, reminded]
    owner: legal
    cost: 25% * overdue_balance
    decide_by: as_of + 10 days
  - proposal: sue
    kind: legal
    on: customer
    when: oldest_days_past_due >= 60 days and overdue_balance >= 500 EUR
    only_one: end_of_line
    needs: [proved]
    owner: legal
    approve: [{up_to: 1_000 EUR, by: team_lead}, {up_to: 5_000 EUR, by: legal_manager}, {by: board}]
    route: sector
  - proposal: write_off
    kind: write_off
    on: invoice
    when: days_past_due >= 90 days
    owner: finance
    approve: [{up_to: 300 EUR, by: accountant}, {by: finance_director}]
    amount: amount_open
    tax: tax_open
    suggest: days_past_due
    show: [days_past_due, proof_ref]
    since: due_date
";

const DERIVED: &str = "relance: 1
kind: dictionary
currency: EUR
derived:
  lacks_proof:
    type: bool
    grain: customer
    is: unproven > 0
  unproven:
    type: number
    grain: customer
    is: count(amount_open) where proof_ref is missing and days_past_due > 0 days
";

const INVOICES: &str = "
    invoice_id, customer_id, issue_date, due_date,   amount,  currency, proof_ref, tax_amount
    F1,         C1,          2026-08-01, 2026-09-01, 1200.00, EUR,      BL1,       200.00
    F2,         C1,          2026-10-01, 2026-11-01, 500.00,  EUR,      ,
    F3,         C2,          2026-11-01, 2026-11-10, 80.00,   EUR,      BL3,";
const CUSTOMERS: &str = "
    customer_id, customer_type, country, email,            sector,    collector_id
    C1,          company,       FR,      a@dupont.example, injonction,
    C2,          company,       FR,      b@martin.example, ,          L7";

fn desk(decisions: &str) -> Desk {
    let steps = "      - {step: reminder, at: 1 day, do: task, template: t}\n";
    let escalation = ladder("", steps, RULES).replace("kind: escalation\n", "kind: escalation\nuse: [dictionary.yaml]\n");
    let decisions = format!("decision_id, proposal_id, customer_id, decided_on, decision, until_date, author\n{decisions}");
    let desk = Desk::ruled(&escalation, &[("invoices", INVOICES), ("customers", CUSTOMERS), ("decisions", &decisions)]);
    desk.file("rules/dictionary.yaml", DERIVED.as_bytes());
    desk
}

const COLUMNS: [&str; 11] =
    ["customer_id", "invoice_id", "rule_id", "status", "missing", "owner", "approver", "amount", "cost", "tax_amount", "suggested"];

/// One line per proposal of a night, in order.
fn told<const N: usize>(desk: &Desk, night: &str, columns: [&str; N]) -> Vec<String> {
    let mut told: Vec<String> =
        desk.night(night).rows("proposals").of(columns).iter().map(|row| row.join(" ").trim_end().to_owned()).collect();
    told.sort();
    told
}

#[test]
fn what_is_missing_is_listed_and_nobody_else_stands_in_between() {
    let desk = desk("");
    desk.run("2026-11-20", &[]).succeeded();
    assert_eq!(
        told(&desk, "2026-11-20", COLUMNS),
        [
            // Neither end of the line is ready: the first one in the rules stands, and says what it waits for.
            "C1  hand_over not_ready proved|reminded legal  1700.00 425.00",
            "C1  stop_orders new  credit_desk credit_manager 1700.00",
        ]
    );
    // With a proof, court is ready while the agency is not.
    desk.table("invoices", &INVOICES.replace("500.00,  EUR,      ,", "500.00,  EUR,      BL2,"));
    desk.run("2026-11-23", &[]).succeeded();
    assert_eq!(
        told(&desk, "2026-11-23", COLUMNS),
        [
            "C1  hand_over done  legal",
            "C1  stop_orders open  credit_desk credit_manager 1700.00",
            "C1  sue new  legal legal_manager 1700.00",
        ]
    );
    let of_sue = told(&desk, "2026-11-23", ["rule_id", "kind", "route", "opened_on", "ready_on", "evidence"]);
    assert_eq!(of_sue[2], "sue legal injonction 2026-11-23 2026-11-23 overdue_balance=1700.00|oldest_days_past_due=83|lacks_proof=false");
    let of_hold = told(&desk, "2026-11-23", ["rule_id", "stops", "ends_when", "template", "age"]);
    assert_eq!(of_hold[1], "stop_orders orders|deliveries settled_again blocage 3");
}

#[test]
fn amounts_choose_who_consents_and_invoices_are_proposed_one_by_one() {
    let desk = desk("");
    desk.run("2026-12-01", &[]).succeeded();
    let of = |rule: &str| told(&desk, "2026-12-01", COLUMNS).into_iter().filter(|line| line.contains(rule)).collect::<Vec<_>>();
    assert_eq!(of("write_off"), ["C1 F1 write_off new  finance finance_director 1200.00  200.00 91"]);
    let evidence = told(&desk, "2026-12-01", ["rule_id", "evidence", "age"]);
    assert_eq!(evidence.last().map(String::as_str), Some("write_off days_past_due=91|proof_ref=BL1 91"));
    desk.table("payments", "payment_id, customer_id, invoice_id, payment_date, amount\nP1, C1, F1, 2026-12-01, 900.00");
    let job = std::fs::read_to_string(desk.path("relance.yaml")).expect("the job");
    desk.job(&job.replace("  customers:", "  payments: payments.parquet\n  customers:"));
    desk.run("2026-12-02", &[]).succeeded();
    // A quarter is left, and a quarter of its tax; a team lead's amount for court, an accountant's for the write-off.
    let of = |rule: &str| told(&desk, "2026-12-02", COLUMNS).into_iter().filter(|line| line.contains(rule)).collect::<Vec<_>>();
    assert_eq!(of("write_off"), ["C1 F1 write_off open  finance accountant 300.00  50.00 92"]);
}

#[test]
fn a_decision_counts_from_its_day_for_the_proposal_it_names() {
    for (why, decisions, expected) in [
        ("nobody decided", "", "open"),
        ("agreed to", "D1, stop_orders, C1, 2026-11-20, approved, , M. Roy", "approved"),
        ("agreed to, by its id", "D1, ID, C1, 2026-11-21, approved, , M. Roy", "approved"),
        ("refused", "D1, stop_orders, C1, 2026-11-21, refused, , M. Roy", "refused"),
        ("refused for a time that is over", "D1, stop_orders, C1, 2026-11-20, refused, 2026-11-22, M. Roy", "open"),
        ("refused until tonight", "D1, stop_orders, C1, 2026-11-20, refused, 2026-11-23, M. Roy", "refused"),
        (
            "the last one counts",
            "D2, stop_orders, C1, 2026-11-20, refused, , A\nD1, stop_orders, C1, 2026-11-21, approved, , B",
            "approved",
        ),
        (
            "of one day a refusal",
            "D1, stop_orders, C1, 2026-11-21, refused, , A\nD2, stop_orders, C1, 2026-11-21, approved, , B",
            "refused",
        ),
        ("of an earlier case", "D1, stop_orders, C1, 2026-11-19, approved, , M. Roy", "open"),
        ("of another proposal", "D1, hand_over, C1, 2026-11-21, approved, , M. Roy", "open"),
        ("of another customer", "D1, stop_orders, C2, 2026-11-21, approved, , M. Roy", "open"),
        ("dated after the night", "D1, stop_orders, C1, 2026-11-24, approved, , M. Roy", "open"),
    ] {
        let desk = desk("");
        desk.run("2026-11-20", &[]).succeeded();
        let rows = desk.night("2026-11-20").rows("proposals");
        let id = rows.of(["rule_id", "proposal_id"]).iter().find(|row| row[0] == "stop_orders").expect("one")[1].to_owned();
        let head = "decision_id, proposal_id, customer_id, decided_on, decision, until_date, author\n";
        desk.table("decisions", &format!("{head}{}", decisions.replace("ID,", &format!("{id},"))));
        desk.run("2026-11-23", &[]).succeeded();
        let rows = desk.night("2026-11-23").rows("proposals");
        let found = rows.of(["rule_id", "status", "proposal_id"]).into_iter().find(|row| row[0] == "stop_orders").expect("one");
        assert_eq!((found[1], found[2]), (expected, id.as_str()), "{why}");
    }
}

#[test]
fn what_is_agreed_to_keeps_the_case() {
    let desk = desk("");
    desk.run("2026-11-20", &[]).succeeded();
    desk.table("invoices", &INVOICES.replace("500.00,  EUR,      ,", "500.00,  EUR,      BL2,"));
    desk.run("2026-11-23", &[]).succeeded();
    let head = "decision_id, proposal_id, customer_id, decided_on, decision, until_date, author\n";
    desk.table("decisions", &format!("{head}D1, sue, C1, 2026-11-23, approved, , M. Roy"));
    // The agency would be ready tonight and stands before it in the rules: the case has its owner.
    desk.table("contacts", "contact_id, customer_id, contacted_on, channel\nT1, C1, 2026-11-23, email");
    let job = std::fs::read_to_string(desk.path("relance.yaml")).expect("the job");
    desk.job(&job.replace("  customers:", "  contacts: contacts.parquet\n  customers:"));
    desk.run("2026-11-24", &[]).succeeded();
    let of = |night: &str| {
        let lines = told(&desk, night, ["customer_id", "rule_id", "status", "decided_on", "decided_by"]);
        lines.into_iter().filter(|line| !line.contains("stop_orders")).collect::<Vec<_>>()
    };
    assert_eq!(of("2026-11-24"), ["C1 sue approved 2026-11-23 M. Roy"]);
    desk.table("decisions", &format!("{head}D1, sue, C1, 2026-11-23, refused, , M. Roy"));
    desk.run("2026-11-25", &[]).succeeded();
    assert_eq!(of("2026-11-25"), ["C1 hand_over new", "C1 sue refused 2026-11-23 M. Roy"]);
}

#[test]
fn figures_count_what_waits_for_a_decision() {
    let desk = desk("D1, stop_orders, C1, 2026-11-20, approved, , M. Roy");
    desk.run("2026-11-20", &[]).succeeded();
    let rows = desk.night("2026-11-20").rows("kpis");
    let of = |rule: &str| {
        let own = rows.of(["kpi", "scope", "scope_value", "value"]).into_iter().filter(|row| row[1] == "proposal" && row[2] == rule);
        own.map(|row| format!("{} {}", row[0], row[3])).collect::<Vec<_>>()
    };
    let expected = ["proposals_open 1.000000", "proposals_ready 0.000000", "proposals_approved 1.000000", "proposals_amount 1700.000000"];
    assert_eq!(of("stop_orders"), expected);
    let expected = ["proposals_open 1.000000", "proposals_ready 0.000000", "proposals_approved 0.000000", "proposals_amount 1700.000000"];
    assert_eq!(of("hand_over"), expected);
}

/// Of two offers the cheaper one stands, by amount; one that is not ready waits for the other.
#[test]
fn the_cheapest_offer_stands_and_tells_the_others() {
    let offers = "define:
  proved: {means: there is a proof of delivery, when: proof_ref is known}
proposals:
  - {proposal: flat, kind: factoring, on: invoice, when: amount_open > 100 EUR, only_one: financing, choose: cheapest, owner: finance, cost: 30 EUR, show: [amount_open]}
  - {proposal: share, kind: factoring, on: invoice, when: amount_open > 100 EUR, only_one: financing, choose: cheapest, owner: finance, cost: 5% * amount_open, show: [amount_open]}
  - {proposal: gift, kind: factoring, on: invoice, when: amount_open > 100 EUR, only_one: financing, choose: cheapest, needs: [proved], owner: finance, cost: 0 EUR, show: [amount_open]}
";
    let desk = desk("");
    desk.table("invoices", "invoice_id, customer_id, issue_date, due_date, amount\nF1, C1, 2026-11-01, 2026-12-01, 599.00\nF2, C1, 2026-11-01, 2026-12-01, 601.00\nF3, C1, 2026-11-01, 2026-12-01, 600.00");
    let step = "      - {step: first, at: 1 day, do: email, template: first}\n";
    desk.file("rules/escalation.yaml", ladder("", step, offers).as_bytes());
    desk.run("2026-11-20", &[]).succeeded();
    let evidence = |amount: &str, share: &str| format!("amount_open={amount}|flat.cost=30.00|gift.cost=0.00|share.cost={share}");
    let expected = [
        format!("F1 share 29.95 {}", evidence("599.00", "29.95")),
        format!("F2 flat 30.00 {}", evidence("601.00", "30.05")),
        // What costs the same stands as the rules have it.
        format!("F3 flat 30.00 {}", evidence("600.00", "30.00")),
    ];
    assert_eq!(told(&desk, "2026-11-20", ["invoice_id", "rule_id", "cost", "evidence"]), expected);
}

const CONTEST: &str = "proposals:
  - {proposal: agency, kind: placement, on: customer, when: overdue_balance > 100 EUR, only_one: case, owner: legal, approve: manager, amount: overdue_balance}
  - {proposal: court, kind: legal, on: customer, when: overdue_balance > 100 EUR, only_one: case, owner: legal, approve: manager, amount: overdue_balance}
  - {proposal: sale, kind: sale, on: customer, when: overdue_balance > 100 EUR, only_one: case, owner: legal, approve: manager, amount: overdue_balance}
";

/// Status of each proposal on each night; decisions are known from the first night on, and count from their day.
fn over_nights(rules: &str, decisions: &str, nights: &[&str]) -> Vec<Vec<String>> {
    let steps = "      - {step: reminder, at: 1 day, do: task, template: t}\n";
    let decisions = format!("decision_id, proposal_id, customer_id, decided_on, decision, until_date, author\n{decisions}");
    let invoices = "invoice_id, customer_id, issue_date, due_date, amount, currency\nI1, C1, 2026-08-01, 2026-09-01, 400.00, EUR\nI2, C1, 2026-11-01, 2026-11-22, 90000.00, EUR";
    let desk = Desk::ruled(
        &ladder("", steps, rules),
        &[("invoices", invoices), ("customers", "customer_id, country\nC1, FR"), ("decisions", &decisions)],
    );
    let mut seen = Vec::new();
    for night in nights {
        desk.run(night, &[]).succeeded();
        seen.push(told(&desk, night, ["rule_id", "status", "approver", "decided_by"]));
    }
    seen
}

/// What was refused stays refused while another one stands in its place, and comes back once the refusal is over.
#[test]
fn a_refusal_is_remembered_while_another_stands() {
    let nights = ["2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"];
    for decided in ["D1, agency, C1, 2026-11-18, refused, {}, M. Roy", "D1, agency, C1, 2026-11-17, refused, {}, M. Roy"] {
        let early = decided.contains("11-17");
        let seen = over_nights(CONTEST, &decided.replace("{}", ""), &nights);
        let stands = [
            vec!["agency new manager"],
            vec!["agency refused manager M. Roy", "court new manager"],
            vec!["court open manager"],
            vec!["court open manager"],
        ];
        let refused = [
            vec!["agency refused manager M. Roy", "court new manager"],
            vec!["court open manager"],
            vec!["court open manager"],
            vec!["court open manager"],
        ];
        assert_eq!(seen, if early { refused } else { stands }, "{decided}");
        let seen = over_nights(CONTEST, &decided.replace("{}", "2026-11-19"), &nights);
        assert_eq!(seen[2], ["court open manager"]);
        // The one that stood meanwhile gives way again: the first of the rules that nobody refuses stands.
        assert_eq!(seen[3], ["agency new manager", "court done"]);
    }
}

/// A name means what people were shown: neither one that gave way, nor one that never stood.
#[test]
fn consent_by_name_is_for_the_one_that_stands() {
    let nights = ["2026-11-17", "2026-11-18", "2026-11-19"];
    let seen = over_nights(CONTEST, "D1, sale, C1, 2026-11-18, approved, , M. Roy", &nights);
    assert_eq!(seen, [["agency new manager"], ["agency open manager"], ["agency open manager"]]);
    let seen = over_nights(CONTEST, "D1, agency, C1, 2026-11-17, refused, , A\nD2, agency, C1, 2026-11-19, approved, , B", &nights);
    assert_eq!(seen[2], ["court open manager"]);
}

/// Consent to a small amount is none to a large one, where somebody else would have to consent to that.
#[test]
fn what_outgrows_a_consent_is_asked_anew() {
    let rules = CONTEST.replace("approve: manager", "approve: [{up_to: 500 EUR, by: clerk}, {by: board}]");
    // On the 23rd the second invoice is late too.
    let nights = ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"];
    let seen = over_nights(&rules, "D1, agency, C1, 2026-11-21, approved, , A", &nights);
    assert_eq!(
        seen,
        [
            vec!["agency new clerk"],
            vec!["agency approved clerk A"],
            vec!["agency approved clerk A"],
            vec!["agency done", "agency new board"],
            vec!["agency open board"],
        ]
    );
    let seen = over_nights(&rules, "D1, agency, C1, 2026-11-21, approved, , A\nD2, agency, C1, 2026-11-24, approved, , B", &nights);
    assert_eq!(seen[4], ["agency approved board B"]);
}

/// A decision that names nothing its customer was shown is told, once.
#[test]
fn decisions_that_count_for_nothing_are_told() {
    for (decision, expected) in [
        ("D1, agency, C1, 2026-11-18, approved, , A", ""),
        ("D1, agenci, C1, 2026-11-18, approved, , A", "customer C1 has no proposal \"agenci\" tonight, and had none the night before"),
        ("D1, sale, C1, 2026-11-18, approved, , A", "customer C1 has no proposal \"sale\" tonight, and had none the night before"),
        ("D1, agency, C9, 2026-11-18, approved, , A", "customer C9 has no proposal \"agency\" tonight, and had none the night before"),
        ("D1, agency, C1, 2026-11-18, approved, 2026-11-10, A", "it ends before the day it was made"),
        // It counts from its day.
        ("D1, agenci, C1, 2026-11-30, approved, , A", ""),
    ] {
        let steps = "      - {step: reminder, at: 1 day, do: task, template: t}\n";
        let decisions = format!("decision_id, proposal_id, customer_id, decided_on, decision, until_date, author\n{decision}");
        let invoices = "invoice_id, customer_id, issue_date, due_date, amount, currency\nI1, C1, 2026-08-01, 2026-09-01, 400.00, EUR";
        let desk = Desk::ruled(
            &ladder("", steps, CONTEST),
            &[("invoices", invoices), ("customers", "customer_id, country\nC1, FR"), ("decisions", &decisions)],
        );
        for (night, expected) in [("2026-11-17", ""), ("2026-11-18", expected), ("2026-11-19", "")] {
            desk.run(night, &[]).succeeded();
            let rows = desk.night(night).rows("findings");
            let found: Vec<_> = rows.of(["kind", "key", "message"]).into_iter().filter(|row| row[0] == "decision_without_effect").collect();
            let message = found.first().map_or("", |row| row[2]);
            assert_eq!((found.len(), message), (usize::from(!expected.is_empty()), expected), "{decision} {night}");
        }
    }
}
