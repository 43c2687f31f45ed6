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

/// A channel takes so many a night over all queues, what its queue does not count as well; the most valuable go first.
#[test]
fn a_channel_takes_so_many_a_night() {
    for (capacity, expected) in [
        ("{phone: 1}", ["G2 due ", "F1 due ", "G1 displaced channel:phone"]),
        ("{email: 0}", ["G2 due ", "F1 displaced channel:email", "G1 due "]),
        ("{email: 1, phone: 2, letter: 0}", ["G2 due ", "F1 due ", "G1 due "]),
    ] {
        let desk = desk(&format!("channel_capacity: {capacity}\n"));
        desk.run(NIGHT, &[]).succeeded();
        let rows = desk.night(NIGHT).rows("actions");
        let mut told = rows.of(["rank", "customer_id", "status", "status_reason"]);
        told.retain(|row| row[1] != "X1");
        told.sort_by_key(|[rank, ..]| rank.parse::<u32>().expect("a rank"));
        let told: Vec<String> = told.iter().map(|row| row[1..].join(" ")).collect();
        assert_eq!(told, expected, "{capacity}");
    }
}

/// Where a queue or channel is full, what `when_full:` names goes out in the place of the step; where that is stopped, the step waits.
#[test]
fn what_stands_in_for_a_step_goes_out_where_there_is_no_place() {
    const MAIL: &str = "{do: email, template: no_time}";
    const FULL: &str = "    capacity: {desk: 0}\n";
    const MAILED: [&str; 7] = ["email", "email", "no_time", "due", "", "full", "called.call.when_full"];
    const WAITS: [&str; 7] = ["call", "phone", "", "displaced", "desk", "", "called.call"];
    let capped = |count: &str| format!("{FULL}caps: [{{cap: some, at_most: 1, within: 7 days, count: [{count}], then: postpone}}]\n");
    for (spare, queue, yesterday, expected) in [
        (MAIL, "    capacity: {desk: 3}\n".to_owned(), "", ["call", "phone", "", "due", "", "", "called.call"]),
        (MAIL, FULL.to_owned(), "", MAILED),
        (MAIL, "    capacity: {other: 1}\nchannel_capacity: {phone: 0}\n".to_owned(), "", MAILED),
        // A cap has room for one of the two, and only one goes out.
        (MAIL, capped("call, email"), "", MAILED),
        (MAIL, capped("email"), "", MAILED),
        (MAIL, capped("email"), "email", WAITS),
        (MAIL, capped("email"), "letter", MAILED),
        // What has no address, or no consent, takes nobody's place.
        ("{do: sms, template: no_time}", FULL.to_owned(), "", WAITS),
    ] {
        let desk = desk("");
        desk.table("customers", "customer_id, country, consent_sms\nF1, FR, \nG1, DE, false\nG2, DE, false\nX1, , ");
        let mut job = std::fs::read_to_string(desk.path("relance.yaml")).expect("a job");
        if !yesterday.is_empty() {
            desk.table("contacts", &format!("contact_id, customer_id, contacted_on, channel\nK1, G1, 2026-11-19, {yesterday}"));
            job = job.replace("  invoices:", "  contacts: contacts.parquet\n  invoices:");
        }
        desk.job(&job);
        let rules = RULES.replace("do: call, cost: 1 EUR", &format!("do: call, cost: 1 EUR, when_full: {spare}"));
        desk.file("rules/escalation.yaml", format!("{rules}{queue}").as_bytes());
        desk.run(NIGHT, &[]).succeeded();
        let columns = ["customer_id", "action", "channel", "template", "status", "status_reason", "fallback_reason", "rule_id"];
        let told = desk.night(NIGHT).rows("actions");
        let told: Vec<_> = told.of(columns).into_iter().filter(|row| row[0] == "G1").collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0][1..], expected, "{spare} {queue} {yesterday}");
    }
}

/// The step is done with what stands in for it: the ladder goes on from it, counted from the day the debtor has the letter.
#[test]
fn a_step_is_done_with_what_stands_in_for_it() {
    let desk = desk("");
    let rules = RULES.replace(
        "    steps: [{step: call, at: 1 day, do: call, cost: 1 EUR}]",
        "    gap: 3 days
    steps:
      - {step: call, at: 1 day, do: call, when_full: {do: letter, template: no_time}}
      - {step: again, at: 2 days, do: email}",
    );
    let queue = "    capacity: {desk: 0}\npost: [{site: press, when: true, takes: 4 days}]\n";
    desk.file("rules/escalation.yaml", format!("{rules}{queue}").as_bytes());
    desk.run(NIGHT, &[]).succeeded();
    let rows = desk.night(NIGHT).rows("actions");
    let told: Vec<_> = rows.of(["customer_id", "action", "status", "arrives_on", "next_action", "next_on", "minutes"]);
    let told: Vec<_> = told.into_iter().filter(|row| row[0] == "G1").collect();
    assert_eq!(told, [["G1", "letter", "due", "2026-11-24", "email", "2026-11-27", ""]]);
    let state = desk.night(NIGHT).rows("state");
    let kept: Vec<_> = state.of(["customer_id", "record", "channel", "step", "arrives_on"]);
    let kept: Vec<_> = kept.into_iter().filter(|row| row[0] == "G1" && row[1] != "item").collect();
    assert_eq!(kept, [["G1", "ladder", "", "call", "2026-11-24"], ["G1", "contact", "letter", "call", ""]]);
    for (day, expected) in [("2026-11-26", 0), ("2026-11-27", 1)] {
        desk.run(day, &[]).succeeded();
        let rows = desk.night(day).rows("actions");
        assert_eq!(rows.of(["customer_id", "step"]).iter().filter(|row| **row == ["G1", "again"]).count(), expected, "{day}");
    }
}

/// What waits for consent is displaced by nobody: figures and actions name the same.
#[test]
fn work_displaced_is_what_actions_say_is_displaced() {
    for (capacity, expected) in [(0, ["2", "0", "2"]), (1, ["2", "1", "1"]), (2, ["3", "2", "1"]), (3, ["3", "3", "0"])] {
        let desk = desk(&format!("    capacity: {{desk: {capacity}}}\n"));
        desk.run(NIGHT, &[]).succeeded();
        let night = desk.night(NIGHT);
        let rows = night.rows("kpis");
        let of = |kpi: &str| {
            let rows = rows.of(["kpi", "scope_value", "value"]).into_iter().filter(|row| row[0] == kpi && row[1] == "desk");
            rows.map(|row| row[2].trim_end_matches(".000000").to_owned()).collect::<String>()
        };
        assert_eq!(["work_asked", "work_done", "work_displaced"].map(of), expected, "{capacity}");
        let displaced = night.rows("actions").of(["status"]).iter().filter(|row| row[0] == "displaced").count();
        assert_eq!(displaced.to_string(), expected[2], "{capacity}");
    }
}
