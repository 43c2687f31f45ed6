//! What is agreed and decided for one customer, as a night reads it from tables: plans, overrides, and rows that cannot be either.

use crate::desk::Desk;

const INVOICES: &str = "invoice_id, customer_id, issue_date, due_date, amount, currency
F1, C1, 2026-09-01, 2026-10-01, 1000.00, EUR";
const LADDER: &str = "relance: 1
kind: escalation
offers:
  - {offer: three, when: plans_12m < 2, payments: 3, first: 50%}
blocks:
  - {block: plan_runs, on: customer, when: plan_state = on_track, stops: [contact]}
policies:
  - policy: everybody
    for: true
    clock: oldest_days_past_due
    terminal: stop
    steps:
      - {step: call, at: 1 day, do: call, tone: firm, ask: 20%, offer: [three]}
      - {step: letter, at: 90 days, do: letter, tone: formal}
";

fn desk(tables: &[(&str, &str)]) -> Desk {
    let desk = Desk::small();
    desk.file("rules/escalation.yaml", LADDER.as_bytes());
    desk.table("invoices", INVOICES);
    desk.tables(tables);
    desk
}

fn check(name: &str, tables: &[(&str, &str)], actions: &[&str], findings: &[&str]) {
    let desk = desk(tables);
    desk.run("2026-11-20", &[]).succeeded();
    let night = desk.night("2026-11-20");
    let columns =
        ["step", "status", "tone", "amount_asked", "offer", "offer_payments", "offer_first", "offer_each", "offer_until", "override_id"];
    let told: Vec<String> = night.rows("actions").of(columns).iter().map(|row| row.join(" ").trim_end().to_owned()).collect();
    assert_eq!(told, actions, "{name}");
    let rows = night.rows("findings");
    let rows = rows.of(["kind", "table", "key", "message"]);
    let told: Vec<String> = rows.iter().filter(|row| row[1] == "overrides").map(|row| row.join(" ")).collect();
    assert_eq!(told, findings, "{name}");
}

const CALL: &str = "call due firm 200.00 three 3 500.00 250.00 2027-01-20";

#[test]
fn a_night_offers_plans_and_heeds_overrides() {
    check("plain", &[], &[CALL], &[]);
    let promises = "promise_id, customer_id, kind, plan_id, promised_on, due_on, amount\n";
    // Two plans of one day are told apart by their ids alone: the one that is later by id counts.
    let broken = format!(
        "{promises}P1, C1, plan_installment, L1, 2026-10-01, 2026-10-05, 10.00\nP2, C1, plan_installment, L2, 2026-10-01, 2026-12-24, 10.00"
    );
    check("the plan with the later id runs", &[("promises", &broken)], &["call held firm 200.00"], &[]);
    let other = broken.replace("L2", "L0");
    check("the plan with the later id is broken", &[("promises", &other)], &["call due firm 200.00"], &[]);

    let overrides = "override_id, customer_id, from_date, until_date, kind, value, reason, author\n";
    let one = |row: &str| format!("{overrides}{row}");
    check(
        "another tone",
        &[("overrides", &one("O1, C1, 2026-11-01, 2026-11-20, tone, friendly, a good customer, M. Roy"))],
        &["call due friendly 200.00 three 3 500.00 250.00 2027-01-20 O1"],
        &["override_in_force overrides O1 tone friendly for customer C1, by M. Roy until 2026-11-20: a good customer"],
    );
    check(
        "a step nobody has",
        &[("overrides", &one("O1, C1, 2026-11-01, 2026-11-20, skip_step, visit, why not, M. Roy"))],
        &[&format!("{CALL} O1")],
        &[
            "override_in_force overrides O1 skip_step visit for customer C1, by M. Roy until 2026-11-20: why not",
            "override_names_nothing overrides O1 the override names visit: the rules have no such step, so it changes nothing",
        ],
    );
    check("of last month", &[("overrides", &one("O1, C1, 2026-10-01, 2026-11-19, tone, friendly, then, M. Roy"))], &[CALL], &[]);
}

#[test]
fn an_override_without_reason_author_or_end_is_refused() {
    let rows = "override_id, customer_id, from_date, until_date, kind, value, reason, author
O1, C1, 2026-11-01, 2026-12-01, tone, friendly, , M. Roy
O2, C1, 2026-11-01, 2026-12-01, tone, friendly, a reason,
O3, C1, 2026-11-01, , tone, friendly, a reason, M. Roy
O4, C1, 2026-11-01, 2026-12-01, discount, 10, a reason, M. Roy
O5, C1, 2026-11-01, 2026-12-01, tone, friendly, a reason, M. Roy";
    let desk = desk(&[("overrides", rows)]);
    let job = std::fs::read_to_string(desk.path("relance.yaml")).expect("the job");
    desk.job(&format!("{job}rejects: {{fail_above: 100%}}\n"));
    desk.run("2026-11-20", &[]).succeeded();
    let rejects = desk.night("2026-11-20").rows("rejects");
    let told: Vec<String> = rejects.of(["key", "reason", "column"]).iter().map(|row| row.join(" ")).collect();
    assert_eq!(
        told,
        ["O1 missing_required reason", "O2 missing_required author", "O3 missing_required until_date", "O4 unknown_value kind"]
    );
}
