//! What each way on which a debt may come in is expected to bring: by curve, fee, cost and delay, and the best one that is ready.

use crate::desk::{Desk, ladder};

const INVOICES: &str = "invoice_id, customer_id, issue_date, due_date, amount, currency, proof_ref
F1, C1, 2026-04-01, 2026-05-24, 100000.00, EUR, BL1";
const CUSTOMERS: &str = "customer_id, customer_type, country\nC1, company, FR";

/// A night 180 days after the due date, with these routes.
fn desk(routes: &str, job: &str, tables: &[(&str, &str)]) -> Desk {
    let steps = "      - {step: reminder, at: 1 day, do: task, template: t, when: best_route_net is missing or best_route_net > 0 EUR, otherwise: skip}\n";
    let rules = format!("define:\n  proved: {{means: there is a proof, when: overdue_balance < 50_000 EUR}}\nroutes:\n{routes}");
    let tables = [&[("invoices", INVOICES), ("customers", CUSTOMERS)], tables].concat();
    let desk = Desk::ruled(&ladder("", steps, &rules), &tables);
    let written = std::fs::read_to_string(desk.path("relance.yaml")).expect("the job");
    desk.job(&format!("{written}{job}"));
    desk
}

const NIGHT: &str = "2026-11-20";
const COLUMNS: [&str; 8] = ["route", "rank", "collected", "fee", "cost", "cost_of_delay", "expected_net", "missing"];

fn told(desk: &Desk) -> Vec<String> {
    desk.run(NIGHT, &[]).succeeded();
    desk.night(NIGHT).rows("routes").of(COLUMNS).iter().map(|row| row.join(" ").trim_end().to_owned()).collect()
}

#[track_caller]
fn check(why: &str, routes: &str, job: &str, expected: &[&str]) {
    assert_eq!(told(&desk(routes, job, &[])), expected, "{why}");
}

#[test]
fn c_35_and_c_37_what_is_left_of_what_an_agency_collects() {
    check(
        "C-35: 52.1 % of 100 000 at 180 days, less a quarter, or 45 %",
        "  - {route: gentle, collects: expected, fee: 25%, takes: 0 days}\n  - {route: dear, collects: expected, fee: 45%, takes: 0 days}\n",
        "",
        &["gentle 1 52100.00 13025.00 0.00 0.00 39075.00", "dear 2 52100.00 23445.00 0.00 0.00 28655.00"],
    );
    check(
        "C-37: half of it at 25 %, or 30 % at 15 %",
        "  - {route: little, collects: 30%, fee: 15%, takes: 0 days}\n  - {route: much, collects: 50%, fee: 25%, takes: 0 days}\n",
        "",
        &["little 2 30000.00 4500.00 0.00 0.00 25500.00", "much 1 50000.00 12500.00 0.00 0.00 37500.00"],
    );
}

#[test]
fn fees_go_by_age_money_that_comes_late_costs_and_what_is_not_ready_has_no_rank() {
    check(
        "the fee of the age: from 180 days on",
        "  - {route: agency, collects: {90 days: 60%, 270 days: 40%}, fee: {0 days: 15%, 180 days: 25%, 365 days: 45%}, takes: 0 days}\n",
        "",
        &["agency 1 50000.00 12500.00 0.00 0.00 37500.00"],
    );
    check(
        "a year of capital at 8 %",
        "  - {route: court, collects: 70%, cost: 120 EUR + 1% * overdue_balance, takes: 365 days}\n  - {route: now, collects: 62%, takes: 0 days}\n",
        "cost_of_capital: 8%\n",
        &["court 1 70000.00 0.00 1120.00 5600.00 63280.00", "now 2 62000.00 0.00 0.00 0.00 62000.00"],
    );
    check(
        "what is missing keeps it from being the best",
        "  - {route: court, needs: [proved], collects: 70%, takes: 0 days}\n  - {route: give_up, collects: 0%, takes: 0 days}\n",
        "",
        &["court  70000.00 0.00 0.00 0.00 70000.00 proved", "give_up 1 0.00 0.00 0.00 0.00 0.00"],
    );
    check(
        "whom it is not open to has no row",
        "  - {route: sale, when: oldest_days_past_due > 365 days, collects: 10%, takes: 5 days}\n  - {route: give_up, collects: 0%, takes: 0 days}\n",
        "",
        &["give_up 1 0.00 0.00 0.00 0.00 0.00"],
    );
}

#[test]
fn what_cannot_be_asked_for_has_no_route_and_several_items_add_up() {
    let routes = "  - {route: agency, collects: {0 days: 100%, 100 days: 0%}, fee: {0 days: 0%, 50 days: 50%}, takes: 0 days}\n";
    let invoices = "invoice_id, customer_id, issue_date, due_date, amount, currency
F1, C1, 2026-08-01, 2026-10-31, 100.00, EUR
F2, C1, 2026-08-01, 2026-09-11, 100.00, EUR
F3, C1, 2026-11-01, 2026-11-20, 900.00, EUR
F4, C2, 2026-08-01, 2026-10-31, 100.00, EUR";
    let disputes = "dispute_id, invoice_id, opened_on\nD1, F4, 2026-11-01";
    let desk = desk(routes, "", &[("disputes", disputes)]);
    desk.table("invoices", invoices);
    // 20 days: 80 % free; 70 days: 30 %, half of it kept. What is due today is not late, what is contested not asked for.
    assert_eq!(told(&desk), ["agency 1 110.00 15.00 0.00 0.00 95.00"]);
    let rows = desk.night(NIGHT).rows("routes");
    let of = ["customer_id", "amount", "cost_of_waiting", "takes", "basis"];
    assert_eq!(rows.of(of), [["C1", "200.00", "60.00", "0", "collects=0d 100%, 100d 0%|fee=0d 0%, 50d 50%|cost_of_capital=not stated"]]);
    let kpis = desk.night(NIGHT).rows("kpis");
    let own = kpis.of(["kpi", "scope", "scope_value", "value"]).into_iter().filter(|row| row[1] == "route");
    assert_eq!(
        own.map(|row| row.join(" ")).collect::<Vec<_>>(),
        ["routes_best route agency 1.000000", "routes_best_net route agency 95.000000"]
    );
}

#[test]
fn rules_read_which_route_is_best() {
    let routes = "  - {route: agency, collects: 50%, takes: 0 days}\n  - {route: court, needs: [proved], collects: 90%, takes: 0 days}\nproposals:\n  - \
                  {proposal: hand_over, kind: placement, on: customer, when: best_route is known and best_route = agency and net_by_court is known and net_by_court > net_by_agency, \
                  owner: legal, route: best_route, amount: 'if_missing(best_route_net, 0 EUR)'}\n";
    let routes = routes.replace("net_by_court > net_by_agency", "net_by_agency is known and net_by_court > net_by_agency");
    let desk = desk(&routes, "", &[]);
    desk.run(NIGHT, &[]).succeeded();
    let rows = desk.night(NIGHT).rows("proposals");
    assert_eq!(rows.of(["rule_id", "route", "amount"]), [["hand_over", "agency", "50000.00"]]);
}
