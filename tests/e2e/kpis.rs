//! Figures of published nights as people see them.

use std::env;
use std::fs;

use crate::desk::{Desk, JOB, NIGHT, Outcome, testdata};
use crate::golden::golden_desk;

const SHOWN: [&[&str]; 8] = [
    &[],
    &["--history", "dso_simple", "cure_rate"],
    &["--history", "--until", "2026-11-15", "--currency", "GBP", "open_balance", "promise_kept_rate"],
    &["--scope", "bucket", "--currency", "EUR", "roll_rate"],
    &["--scope", "due_month", "--value", "2026-09", "recovery_rate"],
    &["--history", "--from", "2026-11-15", "--format", "csv", "open_items", "dmp"],
    &["--format", "json", "bad_debt_ratio"],
    &["--scope", "payment_delay", "--currency", "EUR", "payment_delay_invoices", "payment_delay_amount", "payment_delay_share"],
];

fn ask(desk: &Desk, words: &[&str]) -> Outcome {
    let words: Vec<&str> = ["kpis"].iter().chain(words).copied().collect();
    Outcome::of(&mut desk.command(&words))
}

#[test]
fn figures_of_the_newest_night_and_their_history() {
    let desk = golden_desk();
    let shown = |words: &&[&str]| format!("$ relance kpis {}\n{}\n", words.join(" "), ask(&desk, words).succeeded().out);
    let actual: String = SHOWN.iter().map(shown).collect();
    let path = testdata("golden/kpis.txt");
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &actual).expect("written");
    }
    assert_eq!(actual, fs::read_to_string(&path).unwrap_or_default());
}

#[test]
fn what_no_night_has_is_named_with_what_there_is() {
    let desk = golden_desk();
    let cases: [(&[&str], i32, &str); 6] = [
        (&["dso_simpel"], 2, "error: no night has the figure \"dso_simpel\", did you mean \"dso_simple\"?\n"),
        (&["--scope", "due_mouth"], 2, "error: no night has the scope \"due_mouth\", did you mean \"due_month\"?\n"),
        (&["--scope", "bucket", "--value", "1-31"], 2, "error: no night has the bucket \"1-31\", did you mean \"1-30\"?\n"),
        (&["--currency", "USD"], 2, "error: no night has the currency \"USD\"\n"),
        (&["--until", "2026-01-01"], 66, "error: no night is published in "),
        (&["--job", "elsewhere.yaml"], 66, "error: "),
    ];
    for (words, code, expected) in cases {
        let outcome = ask(&desk, words);
        assert_eq!((outcome.code, outcome.out.as_str()), (Some(code), ""), "{words:?}");
        assert!(outcome.err.starts_with(expected), "{words:?}: {}", outcome.err);
    }
}

/// From the column of the ledger to the figure; the second invoice does not say what tax is in it, the third is not late.
#[test]
fn c_54_depreciation_is_net_of_the_tax_in_the_ledger() {
    let desk = Desk::small();
    desk.table("customers", "customer_id, customer_type, country\nC1, company, FR");
    let invoices = "
        invoice_id, customer_id, issue_date, due_date,   amount,   currency, tax_amount
        F1,         C1,          2026-06-01, 2026-07-01, 12000.00, EUR,      2000.00
        F2,         C1,          2026-06-01, 2026-07-01, 300.00,   EUR,
        F3,         C1,          2026-11-01, 2026-12-01, 600.00,   EUR,      100.00";
    desk.table("invoices", invoices);
    let job = JOB.replace("  payments: payments.parquet\n", "");
    desk.job(&format!("{job}kpis: {{scopes: [all], depreciation_rates: [0%, 0%, 0%, 0%, 50%, 50%, 50%, 50%]}}\n"));
    desk.run(NIGHT, &[]).succeeded();
    let rows = desk.night(NIGHT).rows("kpis");
    let rows = rows.of(["kpi", "basis", "value"]);
    let found: Vec<[&str; 2]> =
        rows.iter().filter(|row| row[0].starts_with("depreciation") && row[1] == "own").map(|row| [row[0], row[2]]).collect();
    let expected =
        [["depreciation_net_of_tax", "5150.000000"], ["depreciation_base", "10300.000000"], ["depreciation_tax_unknown", "300.000000"]];
    assert_eq!(found, expected);
}

/// C-31 and C-33 from the job to the figure: 1,000.00 that are 120 days late, by lines and by decay through the published knots.
#[test]
fn what_is_expected_goes_by_the_curve_of_the_job() {
    let desk = Desk::small();
    desk.table("customers", "customer_id, customer_type, country\nC1, company, FR");
    desk.table("invoices", "invoice_id, customer_id, issue_date, due_date, amount, currency\nF1, C1, 2026-06-01, 2026-07-23, 1000.00, EUR");
    let knots = "curve: {90: 69.6%, 180: 52.1%, 365: 22.8%}";
    let cases = [
        (String::new(), "637.670000"),
        (format!("recovery: {{{knots}}}\n"), "637.670000"),
        (format!("recovery: {{{knots}, interpolation: log_linear}}\n"), "631.950000"),
        ("recovery: {curve: {0: 90%}}\n".to_owned(), "900.000000"),
    ];
    for (section, expected) in cases {
        desk.job(&format!("{}{section}", JOB.replace("  payments: payments.parquet\n", "")));
        desk.run(NIGHT, &["--replace", "--reason", "another curve"]).succeeded();
        let rows = desk.night(NIGHT).rows("kpis");
        let rows = rows.of(["kpi", "scope", "basis", "value"]);
        let found: Vec<&str> = rows.iter().filter(|row| row[..3] == ["expected_recovery", "all", "own"]).map(|row| row[3]).collect();
        assert_eq!(found, [expected], "{section}");
    }
}

/// C-40 through the tables: 60,000 collected by an agency that keeps a quarter, beside what came to the creditor.
#[test]
fn c_40_what_an_agency_collected_and_keeps() {
    let desk = Desk::small();
    desk.table("customers", "customer_id, customer_type, country\nC1, company, FR");
    desk.table(
        "invoices",
        "invoice_id, customer_id, issue_date, due_date, amount, currency\nF1, C1, 2026-01-01, 2026-01-31, 200000.00, EUR",
    );
    let payments = "
        payment_id, invoice_id, payment_date, amount,   collected_by
        P1,         F1,         2026-05-01,   40000.00, AG1
        P2,         F1,         2026-06-01,   20000.00, AG1
        P3,         F1,         2026-06-02,   5000.00,";
    desk.table("payments", payments);
    desk.job(&format!("{JOB}kpis: {{scopes: [all], agency_fees: {{AG1: 25%}}}}\n"));
    desk.run(NIGHT, &[]).succeeded();
    let night = desk.night(NIGHT);
    let rows = night.rows("kpis");
    let rows = rows.of(["scope", "basis", "scope_value", "kpi", "value"]);
    let found: Vec<[&str; 3]> =
        rows.iter().filter(|row| row[..2] == ["agency", "own"]).map(|[_, _, agency, kpi, value]| [*agency, *kpi, *value]).collect();
    let expected = [
        ["", "collected", "5000.000000"],
        ["AG1", "collected", "60000.000000"],
        ["AG1", "collection_fee", "15000.000000"],
        ["AG1", "collected_net", "45000.000000"],
        ["AG1", "cost_to_collect", "0.250000"],
    ];
    assert_eq!(found, expected);
    let proofs = night.manifest()["identities"].to_string();
    assert!(proofs.contains(r#""name":"agencies""#) && proofs.contains("65000.00"), "{proofs}");
    // A job without fees has no such figures, and does not read the column.
    desk.job(JOB);
    desk.run(NIGHT, &["--replace", "--reason", "no fees"]).succeeded();
    assert!(desk.night(NIGHT).rows("kpis").of(["scope"]).iter().all(|row| row[0] != "agency"));
}

/// The table that the page on figures shows, beside the shipped ones: C1 has moved, C3 is in good faith. Own currencies.
#[test]
fn shares_of_causes_stand_beside_the_published_ones() {
    let desk = Desk::small();
    let page = include_str!("../../docs/kpis.md");
    let table = page.split("```yaml\n").find(|part| part.starts_with("  - table: cause")).and_then(|part| part.split("```").next());
    let rules = format!("relance: 1\nkind: segmentation\ntables:\n{}", table.expect("a table of causes"));
    desk.file("rules/cause.yaml", rules.as_bytes());
    desk.table(
        "customers",
        "customer_id, customer_type, country, address_valid\nC1, company, FR, false\nC2, company, FR,\nC3, company, GB,",
    );
    desk.job(&format!("{JOB}kpis: {{scopes: [all, cause]}}\n"));
    desk.run(NIGHT, &[]).succeeded();
    let rows = desk.night(NIGHT).rows("kpis");
    let rows = rows.of(["scope", "basis", "currency", "scope_value", "kpi", "value", "reason"]);
    let found: Vec<[&str; 5]> = rows
        .iter()
        .filter(|row| row[..2] == ["cause", "own"] && row[4].starts_with("cause_"))
        .map(|[_, _, currency, cause, kpi, value, reason]| [*currency, *cause, *kpi, *value, *reason])
        .collect();
    let expected = [
        ["EUR", "good_faith", "cause_share", "0.000000", ""],
        ["EUR", "good_faith", "cause_prior", "0.250000", ""],
        ["EUR", "good_faith", "cause_difference", "-0.250000", ""],
        ["GBP", "good_faith", "cause_share", "1.000000", ""],
        ["GBP", "good_faith", "cause_prior", "0.250000", ""],
        ["GBP", "good_faith", "cause_difference", "0.750000", ""],
        ["EUR", "moved", "cause_share", "1.000000", ""],
        ["EUR", "moved", "cause_prior", "0.150000", ""],
        ["EUR", "moved", "cause_difference", "0.850000", ""],
    ];
    assert_eq!(found, expected);
}

/// From the contact log and the job to the figures. 400.00 EUR came in within ninety days, by two people in four hours for 10.50.
#[test]
fn what_contacts_came_to_and_what_they_took() {
    let desk = Desk::small();
    let contacts = "
        contact_id, customer_id, contacted_on, channel, direction, outcome,   right_party
        K1,         C1,          2026-11-02,   phone,   out,       promise,   true
        K2,         C1,          2026-11-03,   phone,   out,       answered,  false
        K3,         C3,          2026-11-04,   phone,   out,       no_answer,
        K4,         C3,          2026-11-05,   email,   out,       delivered,
        K5,         C3,          2026-11-06,   phone,   in,        answered,  true";
    desk.table("contacts", contacts);
    let job = JOB.replace("  payments:", "  contacts: contacts.parquet\n  payments:");
    desk.job(&format!("{job}kpis: {{scopes: [all], effort: {{people: 2, hours: 4, cost: 10.50}}}}\n"));
    desk.run(NIGHT, &[]).succeeded();
    let rows = desk.night(NIGHT).rows("kpis");
    let rows = rows.of(["scope", "scope_value", "kpi", "window_days", "value"]);
    let names = ["contact_attempts", "contact_rate", "right_party_rate", "right_party_share", "promise_rate", "attempts_per_hour"];
    let found: Vec<[&str; 5]> = rows.iter().filter(|row| names.contains(&row[2])).copied().collect();
    let expected = [
        ["all", "", "contact_attempts", "90", "4.000000"],
        ["all", "", "contact_rate", "90", "0.500000"],
        ["all", "", "right_party_rate", "90", "0.250000"],
        ["all", "", "right_party_share", "90", "0.500000"],
        ["all", "", "promise_rate", "90", "1.000000"],
        ["all", "", "attempts_per_hour", "90", "1.000000"],
        ["channel", "email", "contact_attempts", "90", "1.000000"],
        ["channel", "email", "contact_rate", "90", "0.000000"],
        ["channel", "email", "right_party_rate", "90", "0.000000"],
        ["channel", "email", "right_party_share", "90", ""],
        ["channel", "email", "promise_rate", "90", ""],
        ["channel", "phone", "contact_attempts", "90", "3.000000"],
        ["channel", "phone", "contact_rate", "90", "0.666667"],
        ["channel", "phone", "right_party_rate", "90", "0.333333"],
        ["channel", "phone", "right_party_share", "90", "0.500000"],
        ["channel", "phone", "promise_rate", "90", "1.000000"],
    ];
    assert_eq!(found, expected);
    let cash = rows.iter().find(|row| row[2] == "collected_per_person").expect("a figure")[4];
    let cost = rows.iter().find(|row| row[2] == "collection_cost_rate").expect("a figure")[4];
    assert_eq!((cash, cost), ("200.000000", "0.026250"));
}

/// 100.00 are ten days of 36,500.00 at 10 %, 20.00 ten days of 7,300.00 that were paid late, 36.50 the year of 365.00 that are late for
/// longer than that; what was paid in time costs nothing.
#[test]
fn what_customers_use_beyond_their_terms_has_its_price() {
    let desk = Desk::empty();
    let invoices = "invoice_id, customer_id, issue_date, due_date, amount\nF1, C1, 2026-10-10, 2026-11-10, 36500.00\n\
        F2, C1, 2026-10-01, 2026-11-01, 7300.00\nF3, C2, 2025-09-01, 2025-10-01, 365.00\nF4, C2, 2026-10-01, 2026-11-01, 9000.00";
    let payments =
        "payment_id, customer_id, invoice_id, payment_date, amount\nP1, C1, F2, 2026-11-11, 7300.00\nP2, C2, F4, 2026-11-01, 9000.00";
    desk.table("invoices", invoices).table("customers", "customer_id, country\nC1, FR\nC2, FR").table("payments", payments);
    let rules = fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
    let task = "tasks:\n  - task: uses_us\n    on: customer\n    when: free_credit_12m is known and free_credit_12m > 0 EUR\n    owner: sales\n    amount: free_credit_12m\n\npenalties:\n";
    desk.file("rules/escalation.yaml", rules.replace("penalties:\n", task).as_bytes());
    let figure = |job: &str, out: &str| {
        desk.job(&JOB.replace("fx: fx.parquet\n", job));
        desk.run(NIGHT, &["--out", out]).succeeded();
        let folder = crate::desk::Night { folder: desk.path(&format!("{out}/as_of={NIGHT}")) };
        let rows = folder.rows("kpis");
        let told = rows.of(["kpi", "scope", "basis", "currency", "window_days", "value"]);
        let wanted = |row: &&[&str; 6]| row[0] == "free_credit" || row[1] == "task";
        let kpis: Vec<String> = told.iter().filter(wanted).map(|row| row.join(" ")).collect();
        let tasks: Vec<String> = folder.rows("tasks").of(["customer_id", "amount"]).iter().map(|row| row.join(" ")).collect();
        (kpis, tasks.into_iter().collect::<std::collections::BTreeSet<_>>())
    };
    let (kpis, tasks) = figure("cost_of_capital: 10%\n", "dear");
    let of_tasks = [
        "tasks_open task reporting reporting  2.000000",
        "tasks_overdue task reporting reporting  0.000000",
        "task_age task reporting reporting  0.000000",
    ];
    assert_eq!(kpis, [&["free_credit all reporting reporting 365 156.500000"][..], &of_tasks].concat());
    assert_eq!(tasks.into_iter().collect::<Vec<_>>(), ["C1 120.00", "C2 36.50"]);
    // Without a price nobody is charged with one.
    assert_eq!(figure("", "free"), (Vec::new(), std::collections::BTreeSet::new()));
}

/// A year of invoices of which a tenth is never paid; each is paid so many days after its due date.
#[test]
fn the_curve_of_the_past_is_a_line_for_the_job() {
    let desk = Desk::small();
    let mut invoices = "invoice_id, customer_id, issue_date, due_date, amount, currency".to_owned();
    let mut payments = "payment_id, customer_id, invoice_id, payment_date, amount, currency".to_owned();
    for (at, paid_on) in ["2025-01-30", "2025-02-15", "2025-03-20", "2025-04-15", "2025-06-01", "2025-12-01", ""].iter().enumerate() {
        invoices.push_str(&format!("\nF{at}, C1, 2025-01-02, 2025-02-01, 100.00, EUR"));
        if !paid_on.is_empty() {
            payments.push_str(&format!("\nP{at}, C1, F{at}, {paid_on}, 100.00, EUR"));
        }
    }
    // Of a younger month not all is known.
    invoices.push_str("\nG, C1, 2026-08-02, 2026-09-01, 900.00, EUR");
    desk.table("invoices", &invoices).table("payments", &payments);
    let curve = |desk: &Desk| Outcome::of(&mut desk.command(&["kpis", "--curve", "--currency", "EUR"]));
    desk.job(&format!("{JOB}kpis: {{scopes: [all], months: 24}}\n"));
    desk.run("2026-09-20", &[]).succeeded();
    // By the due date 100 of 700, then 200, 300, 400, 500 and 600 within the year.
    let expected = "# What claims still brought by their age, of 700.00 EUR invoiced in 1 month from 2025-01 to 2025-01.\n\
                    # What comes later than a year after the due date counts as nothing.\n\
                    recovery: {curve: {0: 83.33%, 30: 80.00%, 60: 75.00%, 90: 66.67%, 180: 50.00%, 365: 0.00%}}\n";
    let told = curve(&desk).succeeded().out;
    assert_eq!(told, expected);
    desk.job(&format!("{JOB}{told}"));
    desk.run("2026-09-21", &[]).succeeded();
    let refused = curve(&desk);
    assert!(
        refused.code == Some(65) && refused.err.starts_with("error: no month of invoices in EUR has been due for a year"),
        "{}",
        refused.err
    );
}

#[test]
fn what_customers_say_of_us_stands_beside_what_they_pay() {
    let desk = Desk::small();
    desk.table("customers", "customer_id, customer_type, country, satisfaction\nC1, company, FR, 80\nC2, company, DE, 55.5\nC3, company, FR,\nC4, company, FR, 70");
    desk.job(&format!("{JOB}kpis: {{scopes: [all, country]}}\n"));
    desk.run(NIGHT, &[]).succeeded();
    let rows = desk.night(NIGHT).rows("kpis");
    let rows = rows.of(["kpi", "scope", "scope_value", "numerator", "denominator", "value"]);
    let told: Vec<String> = rows.iter().filter(|row| row[0] == "satisfaction").map(|row| row[1..].join(" ")).collect();
    assert_eq!(
        told,
        ["all  205.500000 3.000000 68.500000", "country DE 55.500000 1.000000 55.500000", "country FR 150.000000 2.000000 75.000000",]
    );
}
