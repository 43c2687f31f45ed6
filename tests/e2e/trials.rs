//! Champion and challenger over nights: who was drawn stays in the figures, whatever becomes of them.

use crate::desk::{Desk, Outcome, assert_same, ladder};

const STEPS: &str =
    "      - {step: reminder, at: 1 day, do: call, template: t, when: in_trial(NAME), otherwise: {do: email, template: t}}\n";

fn segmentation(trial: &str) -> String {
    format!("relance: 1\nkind: segmentation\ntrials:\n  - {{{trial}, share: 50%, among: overdue_balance > 0 EUR}}\n")
}

/// A hundred and twenty customers who owe 100 since October; the odd ones also owe 50 dollars.
fn desk() -> Desk {
    let mut invoices = "invoice_id, customer_id, issue_date, due_date, amount, currency".to_owned();
    let mut customers = "customer_id, customer_type, country, phone, email".to_owned();
    for at in 0..120 {
        customers.push_str(&format!("\nC{at:03}, company, FR, +331, a@b.fr"));
        invoices.push_str(&format!("\nF{at:03}, C{at:03}, 2026-09-01, 2026-10-01, 100.00, EUR"));
        if at % 2 == 1 {
            invoices.push_str(&format!("\nU{at:03}, C{at:03}, 2026-09-01, 2026-10-01, 50.00, USD"));
        }
    }
    let contacts = "contact_id, customer_id, contacted_on, channel, direction, reason\nK1, C001, 2026-11-10, phone, out,\n\
                    K2, C002, 2026-11-12, email, in, complaint";
    let fx = "date, currency, rate_to_reporting\n2026-10-01, USD, 0.80";
    let tables = [("invoices", invoices.as_str()), ("customers", customers.as_str()), ("contacts", contacts), ("payments", NOTHING_PAID)];
    let desk = Desk::ruled(&ladder("", &STEPS.replace("NAME", "call_first"), ""), &tables);
    desk.table("fx", fx);
    desk.file("rules/segmentation.yaml", segmentation("trial: call_first").as_bytes());
    let job = std::fs::read_to_string(desk.path("relance.yaml")).expect("the job");
    desk.job(&format!("{job}fx: fx.parquet\nkpis: {{contact_costs: {{phone: 4.50, email: 0.02}}}}\n"));
    desk
}

const NOTHING_PAID: &str = "payment_id, customer_id, invoice_id, payment_date, amount, currency\nP0, C000, F000, 2026-09-15, 1.00, EUR";
const FIRST: &str = "2026-11-02";
const SECOND: &str = "2026-11-20";

/// `customer arm day` of the state.
fn drawn(desk: &Desk, night: &str) -> Vec<String> {
    let rows = desk.night(night).rows("state");
    let rows = rows.of(["record", "customer_id", "trial_arm", "entered_on"]);
    rows.iter().filter(|row| row[0] == "trial").map(|row| row[1..].join(" ")).collect()
}

fn figure(desk: &Desk, night: &str, of: &str, currency: &str, kpi: &str) -> String {
    let rows = desk.night(night).rows("kpis");
    let rows = rows.of(["scope", "scope_value", "currency", "kpi", "numerator", "denominator", "value", "reason"]);
    let is_it = |row: &&[&str; 8]| row[..4] == ["trial", of, currency, kpi];
    let row = rows.iter().find(is_it).unwrap_or_else(|| panic!("{of} {currency} {kpi}"));
    row[4..].join(" ").trim().to_owned()
}

#[test]
fn whoever_was_drawn_stays_in_the_figures_of_the_arm_drawn_first() {
    let desk = desk();
    let out = desk.run(FIRST, &[]).succeeded().out;
    assert!(out.contains("call_first") && out.contains("no difference can be told: no_variation"), "{out}");
    let first = drawn(&desk, FIRST);
    assert_eq!(first.len(), 120);
    let of = |arm: &str| first.iter().filter(|row| row.ends_with(&format!("call_first:{arm} {FIRST}"))).count();
    let (on, control) = (of("on"), of("control"));
    assert!(on + control == 120 && on > 30 && control > 30, "{on} and {control}");
    // The even customers pay, and are no longer late: the trial is not about them any more.
    let mut payments = NOTHING_PAID.to_owned();
    for at in (2..120).step_by(2) {
        payments.push_str(&format!("\nP{at}, C{at:03}, F{at:03}, 2026-11-10, 100.00, EUR"));
    }
    desk.table("payments", &payments);
    desk.run(SECOND, &["--threads", "1"]).succeeded();
    assert_eq!(drawn(&desk, SECOND), first, "the draw is the one of the first night");
    let is_on = |at: usize| first.iter().any(|row| row.starts_with(&format!("C{at:03} call_first:on")));
    let paid = |arm: bool| (2..120).step_by(2).filter(|at| is_on(*at) == arm).count();
    let part = |arm: bool| (0..120).filter(|at| is_on(*at) == arm).count();
    for (name, arm) in [("call_first:on", true), ("call_first:control", false)] {
        let owed = 100 * part(arm) - usize::from(is_on(0) == arm);
        let recovery = figure(&desk, SECOND, name, "EUR", "trial_recovery");
        assert!(recovery.starts_with(&format!("{}.000000 {owed}.000000 ", 100 * paid(arm))), "{name}: {recovery}");
        let contacts = usize::from(is_on(1) == arm);
        let expected = format!("{contacts}.000000 {}.000000 ", part(arm));
        assert!(figure(&desk, SECOND, name, "reporting", "trial_contacts").starts_with(&expected));
        let cost = if is_on(1) == arm { "4.500000" } else { "0.000000" };
        let expected = format!("{cost} {}.000000 ", part(arm));
        assert!(figure(&desk, SECOND, name, "reporting", "trial_contact_cost").starts_with(&expected));
        let complaints = usize::from(is_on(2) == arm);
        assert!(figure(&desk, SECOND, name, "reporting", "trial_complaints").starts_with(&format!("{complaints}.000000 ")));
        assert_eq!(figure(&desk, SECOND, name, "USD", "trial_recovery").split(' ').next(), Some("0.000000"));
    }
    // Of all and by channel: one call in ninety days, and 5 901 euros that came in.
    let rows = desk.night(SECOND).rows("kpis");
    let rows = rows.of(["scope", "scope_value", "kpi", "numerator", "denominator", "value"]);
    let costs = rows.iter().filter(|row| row[2].starts_with("contact_cost")).map(|row| row.join(" ")).collect::<Vec<_>>();
    assert_eq!(
        costs,
        [
            "all  contact_cost 4.500000  4.500000",
            "all  contact_cost_rate 4.500000 5901.000000 0.000763",
            "channel phone contact_cost 4.500000  4.500000",
        ]
    );
    let bounds = ["_low", "", "_high"].map(|end| {
        let found = figure(&desk, SECOND, "call_first", "EUR", &format!("trial_recovery_difference{end}"));
        found.trim().parse::<f64>().expect("a number")
    });
    assert!(bounds[0] < bounds[1] && bounds[1] < bounds[2], "{bounds:?}");
    let shown = Outcome::of(&mut desk.command(&["kpis", "--scope", "trial"])).succeeded().out;
    for name in ["trial_groups", "trial_recovery", "trial_recovery_difference_low", "call_first:control"] {
        assert!(shown.contains(name), "{shown}");
    }
    // Threads, and where the rows of the two nights came from, say nothing.
    let bytes = desk.night(SECOND).bytes();
    desk.run(SECOND, &["--threads", "2", "--replace", "--reason", "once more"]).succeeded();
    let mut again = desk.night(SECOND).bytes();
    again.insert("run.json".to_owned(), bytes["run.json"].clone());
    assert_same("threads", &bytes, &again);
}

#[test]
fn a_new_name_keeps_the_draw_and_a_trial_that_is_gone_is_forgotten() {
    let desk = desk();
    desk.run(FIRST, &[]).succeeded();
    let first = drawn(&desk, FIRST);
    desk.file("rules/segmentation.yaml", segmentation("trial: calls, renamed_from: call_first").as_bytes());
    desk.file("rules/escalation.yaml", ladder("", &STEPS.replace("NAME", "calls"), "").as_bytes());
    desk.run(SECOND, &[]).succeeded();
    let renamed: Vec<String> = first.iter().map(|row| row.replace("call_first", "calls")).collect();
    assert_eq!(drawn(&desk, SECOND), renamed);
    assert!(figure(&desk, SECOND, "calls:on", "reporting", "trial_crossed").starts_with("0"));
    std::fs::remove_file(desk.path("rules/segmentation.yaml")).expect("the trial");
    desk.file("rules/escalation.yaml", ladder("", "      - {step: reminder, at: 1 day, do: call, template: t}\n", "").as_bytes());
    desk.run("2026-11-21", &[]).succeeded();
    assert_eq!(drawn(&desk, "2026-11-21"), Vec::<String>::new());
}
