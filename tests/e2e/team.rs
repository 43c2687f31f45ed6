//! The collection team: who does what, who waits, and for how long.

use crate::desk::{Desk, NIGHT};

const RULES: &str = "relance: 1
kind: escalation
policies:
  - policy: called
    for: country is missing or country != 'NL'
    clock: oldest_days_past_due
    terminal: {repeat_last: 1 day}
    steps: [{step: call, at: 1 day, do: call}]
  - policy: visited
    for: country is known and country = 'NL'
    clock: oldest_days_past_due
    terminal: {repeat_last: 1 day}
    steps: [{step: visit, at: 1 day, do: visit}]
assignments:
  - table: queue
    grain: customer
    hit: first
    output: {queue: [desk, other]}
    rules: [{id: all, when: exposure > 0 EUR, then: desk}]
    otherwise: other
";
const JOB: &str = "relance: 1
portfolio:
  customers: customers.parquet
  invoices: invoices.parquet
  collectors: collectors.parquet
rules: rules
out: out
reporting_currency: EUR
";

/// Two who are called: the more is owed, the more a call is worth.
const TWO: &str = "customer_id, country
LARGE, FR
SMALL, FR";
const INVOICES: &str = "invoice_id, customer_id, issue_date, due_date, amount, currency
L1, LARGE, 2026-05-01, 2026-06-01, 9000.00, EUR
S1, SMALL, 2026-05-01, 2026-06-01, 100.00, EUR";

fn desk(customers: &str, invoices: &str, collectors: &str, queue: &str) -> Desk {
    let desk = Desk::small();
    desk.table("customers", customers).table("invoices", invoices).table("collectors", collectors);
    std::fs::remove_file(desk.path("rules/segmentation.yaml")).expect("a rule file");
    std::fs::remove_file(desk.path("rules/rates.yaml")).expect("a rule file");
    desk.file("rules/escalation.yaml", format!("{RULES}{queue}").as_bytes());
    desk.job(JOB);
    desk
}

/// The actions of a night: customer, status, reason, collector, whose customer it is.
fn told(desk: &Desk, night: &str) -> Vec<String> {
    desk.run(night, &[]).succeeded();
    let rows = desk.night(night).rows("actions");
    let rows = rows.of(["customer_id", "status", "status_reason", "assignee", "reassigned_from"]);
    let mut told: Vec<String> = rows.iter().map(|row| row.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    told.sort();
    told
}

#[test]
fn work_is_given_to_who_can_do_it() {
    let customers = "customer_id, country, language, customer_type, collector_id
C1, FR, fr, company, K2
C2, DE, de, company,
C3, FI, fi, company,
C4, FR, fr, consumer,
C5, FR, fr, company, K4
C6, FR, fr, company,";
    let invoice = |number: u32, amount: &str| format!("I{number}, C{number}, 2026-05-01, 2026-06-01, {amount}, EUR");
    let header = "invoice_id, customer_id, issue_date, due_date, amount, currency";
    let amounts = ["400.00", "400.00", "400.00", "400.00", "400.00", "90000.00"];
    let invoices: Vec<String> = (1..).zip(amounts).map(|(number, amount)| invoice(number, amount)).collect();
    let invoices = format!("{header}\n{}", invoices.join("\n"));
    let collectors = "collector_id, team, languages, segments, capacity, amount_from, amount_up_to, away_from, away_until
K1, desk, fr en, company, 2, , 1000, ,
K2, desk, de, , 9, , 1000, ,
K3, other, fi, , 9, , , ,
K4, desk, fr, company, 9, , 1000, 2026-11-16, 2026-11-20
K5, , fr, consumer, 9, , 1000, ,
K6, desk, fr, company, 9, 1000.01, , ,";
    let desk = desk(customers, &invoices, collectors, "    skills: customer_type\n");
    let expected = [
        // K2 speaks no French.
        "C1 due K1 K2",
        "C2 due K2",
        // Who speaks Finnish is of another team.
        "C3 displaced no_collector",
        "C4 due K5",
        // K4 is away until tonight.
        "C5 due K1 K4",
        // Only K6 takes so much.
        "C6 due K6",
    ];
    assert_eq!(told(&desk, NIGHT), expected);
    // On the day after, K4 is back, and C3 waits since the night before.
    let rows = {
        assert_eq!(told(&desk, "2026-11-21")[4], "C5 due K4");
        desk.night("2026-11-21").rows("actions")
    };
    let waiting: Vec<_> = rows.of(["customer_id", "waiting_since"]).into_iter().filter(|[_, since]| !since.is_empty()).collect();
    assert_eq!(waiting, [["C3", NIGHT]]);
}

/// Who is called by somebody is called by the same one again, whatever the order of the next night is.
#[test]
fn a_customer_keeps_its_collector() {
    let collectors = "collector_id, capacity\nK1, 1\nK2, 1";
    let desk = desk(TWO, INVOICES, collectors, "");
    assert_eq!(told(&desk, NIGHT), ["LARGE due K1", "SMALL due K2"]);
    // Now the other one owes more.
    desk.table("invoices", &INVOICES.replace("100.00", "99000.00"));
    assert_eq!(told(&desk, "2026-11-21"), ["LARGE due K1", "SMALL due K2"]);
    // K2 has left, and K1 has time for the larger debt only.
    desk.table("collectors", "collector_id, capacity\nK1, 1");
    assert_eq!(told(&desk, "2026-11-22"), ["LARGE displaced desk K1", "SMALL due K1 K2"]);
    // Who came in the place of somebody who left keeps the customer; of two who belong to one collector the one that is worth more stays.
    desk.table("collectors", "collector_id, capacity\nK0, 1\nK1, 1");
    assert_eq!(told(&desk, "2026-11-23"), ["LARGE due K0 K1", "SMALL due K1"]);
    // A collector who is back, or has time again, has the customer back.
    desk.table("collectors", "collector_id, capacity\nK0, 1\nK1, 2");
    assert_eq!(told(&desk, "2026-11-24"), ["LARGE due K1", "SMALL due K1"]);
}

#[test]
fn what_has_waited_for_too_long_goes_first() {
    let collectors = "collector_id, capacity\nK1, 1";
    for (patience, last) in [("2 days", ["LARGE displaced desk", "SMALL due K1"]), ("3 days", ["LARGE due K1", "SMALL displaced desk"])] {
        let desk = desk(TWO, INVOICES, collectors, &format!("    patience: {patience}\n"));
        for night in [NIGHT, "2026-11-21"] {
            assert_eq!(told(&desk, night), ["LARGE due K1", "SMALL displaced desk"], "{patience}");
        }
        let found: Vec<String> = told(&desk, "2026-11-22").iter().map(|line| line.trim_end_matches(" K1 K1").to_owned()).collect();
        let plain: Vec<String> = found.iter().map(|line| line.replace("desk K1", "desk")).collect();
        assert_eq!(plain, last, "{patience}");
        let since = desk.night("2026-11-21").rows("actions");
        let since: Vec<_> = since.of(["customer_id", "waiting_since"]).into_iter().filter(|[_, since]| !since.is_empty()).collect();
        assert_eq!(since, [["SMALL", NIGHT]], "{patience}");
    }
}

#[test]
fn an_hour_goes_to_what_is_worth_most_for_its_minutes() {
    let customers = "customer_id, country\nV, NL\nA, FR\nB, FR\nC, FR\nD, FR";
    let invoices = "invoice_id, customer_id, issue_date, due_date, amount, currency
I1, V, 2026-05-01, 2026-06-01, 10000.00, EUR
I2, A, 2026-05-01, 2026-06-01, 3000.00, EUR
I3, B, 2026-05-01, 2026-06-01, 3000.00, EUR
I4, C, 2026-05-01, 2026-06-01, 3000.00, EUR
I5, D, 2026-05-01, 2026-06-01, 3000.00, EUR";
    // Four calls bring in more than the visit, and fit into the hour; three do not bring in more.
    for (minutes, expected, told_of_work) in [
        (
            60,
            ["A due", "B due", "C due", "D due", "V displaced desk"],
            // 10 000 EUR are expected to lose 5.04 % of their worth in the month after the 172nd day.
            ["5 4 1", "503.99", "503.99"],
        ),
        (59, ["A displaced desk", "B displaced desk", "C displaced desk", "D displaced desk", "V due"], ["5 1 4", "604.80", "604.80"]),
    ] {
        let queue = format!("    capacity: {{desk: {minutes}}}\n    counts: [call, visit]\n    takes: {{call: 15, visit: 50}}\n");
        let desk = desk(customers, invoices, "collector_id, team\nK1, other", &queue);
        assert_eq!(told(&desk, NIGHT), expected, "{minutes}");
        let rows = desk.night(NIGHT).rows("kpis");
        let of_desk: std::collections::BTreeMap<&str, &str> = rows
            .of(["kpi", "value", "scope", "scope_value"])
            .iter()
            .filter(|row| row[2..] == ["queue", "desk"])
            .map(|row| (row[0], row[1]))
            .collect();
        let whole = |kpi| of_desk[kpi].trim().trim_end_matches("000000").trim_end_matches('.').to_owned();
        let counts = ["work_asked", "work_done", "work_displaced"].map(whole).join(" ");
        let money = ["value_displaced", "value_of_one_more_hour"].map(|kpi| of_desk[kpi].trim().trim_end_matches("0000").to_owned());
        assert_eq!([counts, money[0].clone(), money[1].clone()], told_of_work, "{minutes}");
        let rows = desk.night(NIGHT).rows("actions");
        assert!(rows.of(["action", "minutes"]).iter().all(|row| [["call", "15"], ["visit", "50"]].contains(row)));
    }
}

/// A row that says nothing usable is refused with its reason, and the others do the work.
#[test]
fn a_collector_who_cannot_be_told_apart_does_nothing() {
    let collectors = "collector_id, capacity\nK1, 5\nK1, 6\nK2, -1\nK3, 2";
    let desk = desk(TWO, INVOICES, collectors, "");
    let job = JOB.replace("reporting_currency: EUR", "reporting_currency: EUR\nrejects: {fail_above: 100%}");
    desk.job(&job);
    assert_eq!(told(&desk, NIGHT), ["LARGE due K3", "SMALL due K3"]);
    let rejects = desk.night(NIGHT).rows("rejects");
    let rejects = rejects.of(["source", "key", "reason"]);
    assert_eq!(rejects, [["collectors", "K1", "duplicate_key"], ["collectors", "K1", "duplicate_key"], ["collectors", "K2", "wrong_sign"]]);
}

/// A slip in the name of a team leaves somebody without work: it is told.
#[test]
fn a_team_that_no_queue_has_is_told() {
    let collectors = "collector_id, team, segments, capacity\nK1, desc, company, 5\nK2, desk other, firm, 5\nK3, , , 5";
    let desk = desk(TWO, INVOICES, collectors, "    skills: customer_type\n");
    desk.run(NIGHT, &[]).succeeded();
    let rows = desk.night(NIGHT).rows("findings");
    let told: Vec<_> = rows.of(["kind", "table", "key", "message"]).into_iter().filter(|[kind, ..]| *kind == "unknown_team").collect();
    let expected = [
        ["unknown_team", "collectors", "K1", "team names \"desc\", which is no queue of the rules"],
        ["unknown_team", "collectors", "K2", "segments names \"firm\", which is no value of a skills: field of the rules"],
    ];
    assert_eq!(told, expected);
}

/// Any number of threads gives the same work to the same people.
#[test]
fn threads_do_not_matter() {
    let collectors = "collector_id, languages, capacity\nK1, fr, 3\nK2, de, 4\nK3, en fr, 2\nK4, , 5";
    let languages = ["fr", "de", "en", ""];
    let customers: Vec<String> = (0..60).map(|at| format!("C{at:02}, FR, {}", languages[at % 4])).collect();
    let invoices: Vec<String> =
        (0..60).map(|at| format!("I{at:02}, C{at:02}, 2026-05-01, 2026-06-01, {}.00, EUR", 100 + (at * 37) % 500)).collect();
    let desk = desk(
        &format!("customer_id, country, language\n{}", customers.join("\n")),
        &format!("invoice_id, customer_id, issue_date, due_date, amount, currency\n{}", invoices.join("\n")),
        collectors,
        "",
    );
    let night = |threads: &str| {
        desk.run(NIGHT, &["--threads", threads, "--replace", "--reason", "again"]).succeeded();
        std::fs::read(desk.path(&format!("out/as_of={NIGHT}/actions.parquet"))).expect("a table")
    };
    let once = told(&desk, NIGHT);
    assert_eq!(once.iter().filter(|line| line.contains(" due ")).count(), 14);
    assert!(night("1") == night("4"));
}
