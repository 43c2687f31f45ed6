//! Work queues: in what order actions stand in them, and what of them a capacity counts.

use crate::desk::{Desk, NIGHT};

const RULES: &str = "relance: 1
kind: escalation
policies:
  - policy: mailed
    for: country is known and country = 'FR'
    clock: oldest_days_past_due
    terminal: stop
    steps: [{step: mail, at: 1 day, do: email, cost: 1 EUR}]
  - policy: called
    for: country is known and country = 'DE'
    clock: oldest_days_past_due
    terminal: stop
    steps: [{step: call, at: 1 day, do: call, cost: 1 EUR}]
  - policy: consent
    for: country is missing or country not in ('FR', 'DE')
    clock: oldest_days_past_due
    terminal: stop
    steps: [{step: court, at: 1 day, do: legal, approve: lawyer}]
assignments:
  - table: queue
    grain: customer
    hit: first
    output: {queue: [desk, other]}
    rules: [{id: all, when: exposure > 0 EUR, then: desk}]
    otherwise: other
";

/// Customers by their country, amount and days late: of F the invoice is the largest and youngest.
const CUSTOMERS: &str = "customer_id, country, credit_limit, credit_reviewed_on
F1, FR, 9000, 2026-03-01
G1, DE, , 2026-02-01
G2, DE, 100, 2026-01-01
X1, , 500,";
const INVOICES: &str = "invoice_id, customer_id, issue_date, due_date, amount, currency
I1, F1, 2026-10-01, 2026-11-01, 4000.00, EUR
I2, G1, 2026-09-01, 2026-10-01, 2000.00, EUR
I3, G2, 2026-08-01, 2026-09-01, 3000.00, EUR
I4, X1, 2026-05-01, 2026-06-01, 1000.00, EUR";

fn desk(queue: &str) -> Desk {
    let desk = Desk::small();
    desk.table("customers", CUSTOMERS).table("invoices", INVOICES);
    std::fs::remove_file(desk.path("rules/segmentation.yaml")).expect("a rule file");
    std::fs::remove_file(desk.path("rules/rates.yaml")).expect("a rule file");
    desk.file("rules/escalation.yaml", format!("{RULES}{queue}").as_bytes());
    desk.job("relance: 1\nportfolio:\n  customers: customers.parquet\n  invoices: invoices.parquet\nrules: rules\nout: out\nreporting_currency: EUR\n");
    desk
}

/// Customers in order of rank, with their status.
fn ranked(queue: &str) -> Vec<String> {
    let desk = desk(queue);
    desk.run(NIGHT, &[]).succeeded();
    let rows = desk.night(NIGHT).rows("actions");
    let mut ranked = rows.of(["rank", "customer_id", "status"]);
    ranked.sort_by_key(|[rank, ..]| rank.parse::<u32>().expect("a rank"));
    ranked.iter().map(|[_, customer, status]| format!("{customer} {status}")).collect()
}

#[test]
fn a_queue_stands_in_the_order_its_rules_write() {
    // By the recovery curve a month more costs nothing of what is less than 60 days late: F1 and G1 stand by amount.
    for (rank, expected) in [
        ("", "G2 X1 F1 G1"),
        ("[expected_value]", "G2 X1 F1 G1"),
        ("[expected_value asc]", "F1 G1 X1 G2"),
        ("[overdue_balance]", "F1 G2 G1 X1"),
        ("[overdue_balance asc]", "X1 G1 G2 F1"),
        ("[amount_due desc]", "F1 G2 G1 X1"),
        ("[oldest_days_past_due]", "X1 G2 G1 F1"),
        ("[oldest_days_past_due asc, expected_value]", "F1 G1 G2 X1"),
        // What is missing comes last either way: nobody reviewed X1, and G1 has no limit.
        ("[credit_reviewed_on asc]", "G2 G1 F1 X1"),
        ("[credit_reviewed_on desc]", "F1 G1 G2 X1"),
        ("[credit_limit asc]", "G2 X1 F1 G1"),
        ("['exposure - if_missing(credit_limit, 0 EUR) desc']", "G2 G1 X1 F1"),
        ("['max(overdue_balance, 2_500 EUR) asc', oldest_days_past_due asc]", "G1 X1 G2 F1"),
        // Customers alike in all that is written stand by amount.
        ("[open_items]", "F1 G2 G1 X1"),
    ] {
        let queue = if rank.is_empty() { String::new() } else { format!("    rank: {rank}\n") };
        let found: Vec<String> = ranked(&queue).iter().map(|line| line[..2].to_owned()).collect();
        assert_eq!(found.join(" "), expected, "{rank}");
    }
}

#[test]
fn what_found_no_place_is_tried_on_the_next_day_with_calls() {
    // The night is a Friday.
    for (quiet, expected) in [("", "2026-11-21"), ("quiet_days: {skip: [saturday, sunday], then: drop}\n", "2026-11-23")] {
        let desk = desk(&format!("    capacity: {{desk: 0}}\n{quiet}"));
        desk.run(NIGHT, &[]).succeeded();
        let rows = desk.night(NIGHT).rows("actions");
        let rows = rows.of(["customer_id", "status", "next_action", "next_on"]);
        let called: Vec<_> = rows.into_iter().filter(|[customer, ..]| *customer == "G1").collect();
        assert_eq!(called, [["G1", "displaced", "call", expected]], "{quiet}");
    }
}

#[test]
fn a_capacity_counts_what_people_do() {
    for (queue, expected) in [
        ("", ["G2 due", "X1 needs_approval", "F1 due", "G1 due"]),
        ("    capacity: {desk: 1}\n", ["G2 due", "X1 needs_approval", "F1 due", "G1 displaced"]),
        ("    capacity: {desk: 0}\n", ["G2 displaced", "X1 needs_approval", "F1 due", "G1 displaced"]),
        // A request for consent counts where its action does.
        ("    capacity: {desk: 2}\n", ["G2 due", "X1 needs_approval", "F1 due", "G1 displaced"]),
        ("    capacity: {desk: 2}\n    counts: [call]\n", ["G2 due", "X1 needs_approval", "F1 due", "G1 due"]),
        ("    capacity: {desk: 1}\n    counts: [email, call]\n", ["G2 due", "X1 needs_approval", "F1 displaced", "G1 displaced"]),
        ("    capacity: {desk: 0}\n    counts: [email]\n", ["G2 due", "X1 needs_approval", "F1 displaced", "G1 due"]),
        ("    capacity: {other: 0}\n", ["G2 due", "X1 needs_approval", "F1 due", "G1 due"]),
    ] {
        assert_eq!(ranked(queue), expected, "{queue}");
    }
}

/// What goes with a step has the places that the steps leave, though it costs less: none is taken by what then goes nowhere.
#[test]
fn a_place_goes_to_the_step_before_what_goes_with_it() {
    for (capacity, expected) in [
        (0, ["G2 visit displaced", "G2 call displaced", "G1 visit displaced", "G1 call displaced"]),
        (1, ["G2 visit due", "G2 call displaced", "G1 visit displaced", "G1 call displaced"]),
        (2, ["G2 visit due", "G2 call displaced", "G1 visit due", "G1 call displaced"]),
        (3, ["G2 visit due", "G2 call due", "G1 visit due", "G1 call displaced"]),
    ] {
        let desk = desk("");
        let rules = RULES.replace("do: call, cost: 1 EUR", "do: visit, cost: 50 EUR, also: [{id: ring, do: call, cost: 1 EUR}]");
        desk.file("rules/escalation.yaml", format!("{rules}    capacity: {{desk: {capacity}}}\n    counts: [visit, call]\n").as_bytes());
        desk.run(NIGHT, &[]).succeeded();
        let rows = desk.night(NIGHT).rows("actions");
        let mut ranked = rows.of(["rank", "customer_id", "action", "status"]);
        ranked.sort_by_key(|[rank, ..]| rank.parse::<u32>().expect("a rank"));
        let visited = ranked.iter().filter(|[_, customer, ..]| customer.starts_with('G'));
        let told: Vec<String> = visited.map(|[_, customer, action, status]| format!("{customer} {action} {status}")).collect();
        assert_eq!(told, expected, "{capacity}");
    }
}

/// Two calls of twelve minutes, and an e-mail that would take three by hand; what waits for consent is no work yet.
#[test]
fn minutes_worked_and_saved_are_told() {
    let takes = "    takes: {call: 12, visit: 90, task: 5, legal: 30, review_credit: 20, propose_write_off: 10, email: 3}\n";
    for (queue, worked, each) in [(takes, "24", "6"), (&format!("    capacity: {{desk: 23}}\n{takes}"), "12", "3")] {
        let desk = desk(queue);
        desk.run(NIGHT, &[]).succeeded();
        let rows = desk.night(NIGHT).rows("kpis");
        let rows = rows.of(["kpi", "scope", "value"]);
        let found: Vec<String> = rows.iter().filter(|row| row[0].starts_with("minutes_")).map(|row| row.join(" ")).collect();
        let expected = [
            format!("minutes_worked all {worked}.000000"),
            format!("minutes_per_late_customer all {each}.000000"),
            "minutes_saved_automatic all 3.000000".to_owned(),
            "minutes_saved_handed_over all 0.000000".to_owned(),
        ];
        assert_eq!(found, expected, "{queue}");
    }
}
