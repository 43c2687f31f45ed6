//! What a night says of exports that are not of tonight, and of lists whose ids name nobody.

use std::fmt::Write;
use std::fs;

use crate::desk::{Desk, JOB, NIGHT};

/// The messages of a kind of finding, each with its table and key.
fn told(desk: &Desk, night: &str, kind: &str) -> Vec<String> {
    let rows = desk.night(night).rows("findings");
    let rows = rows.of(["kind", "table", "key", "message"]);
    rows.iter().filter(|[its, ..]| *its == kind).map(|row| row[1..].join(" ")).collect()
}

/// The small portfolio, with a receipt of one euro on each of these days of 2026.
fn paid_on(days: &[String]) -> Desk {
    let desk = Desk::small();
    let mut rows = "payment_id, customer_id, payment_date, amount, currency\n".to_owned();
    for (at, day) in days.iter().enumerate() {
        let _ = writeln!(rows, "P{at}, C1, 2026-{day}, 1.00, EUR");
    }
    desk.table("payments", &rows);
    desk
}

fn days(month: u32, days: std::ops::RangeInclusive<u32>) -> Vec<String> {
    days.map(|day| format!("{month}-{day:02}")).collect()
}

const OLD: &str = "the newest receipt is of 2026-11-13, more than 3 business days before 2026-11-20: is the export of an earlier day? \
                   freshness: {payments: ...} in the job file says what is usual";

#[test]
fn an_export_that_has_stopped_is_told_where_there_was_money_on_most_days() {
    let every_day = [days(10, 1..=31), days(11, 1..=13)].concat();
    let fresh = [every_day.clone(), days(11, 14..=17)].concat();
    let now_and_then: Vec<String> = every_day.iter().step_by(5).cloned().collect();
    for (receipts, expected) in [(&every_day, vec![format!("payments 2026-11-13 {OLD}")]), (&fresh, vec![]), (&now_and_then, vec![])] {
        let desk = paid_on(receipts);
        let summary = desk.run(NIGHT, &[]).succeeded().out;
        assert_eq!(told(&desk, NIGHT, "stale_export"), expected);
        assert_eq!(summary.lines().any(|line| line == format!("payments: {OLD}")), !expected.is_empty(), "{summary}");
    }
    // What only happens later, is only expected, or goes out, makes nothing fresh: the past does not change.
    let desk = paid_on(&every_day);
    let rows = "P1, C1, 2026-11-19, -1.00, EUR, settled\nP2, C1, 2026-11-19, 1.00, EUR, pending\nP3, C1, 2026-11-21, 1.00, EUR, settled\n";
    let mut all = "payment_id, customer_id, payment_date, amount, currency, status\n".to_owned() + rows;
    every_day.iter().enumerate().for_each(|(at, day)| {
        let _ = writeln!(all, "Q{at}, C1, 2026-{day}, 1.00, EUR, ");
    });
    desk.table("payments", &all);
    desk.run(NIGHT, &[]).succeeded();
    assert_eq!(told(&desk, NIGHT, "stale_export"), [format!("payments 2026-11-13 {OLD}")]);
    // Whoever knows better says so.
    desk.job(&format!("{JOB}freshness: {{payments: none}}\n"));
    desk.run(NIGHT, &["--replace", "--reason", "known"]).succeeded();
    assert_eq!(told(&desk, NIGHT, "stale_export"), [""; 0]);
}

#[test]
fn no_receipt_at_all_is_told_where_there_are_invoices_every_day() {
    let desk = Desk::small();
    let mut rows = "invoice_id, customer_id, issue_date, due_date, amount, currency\n".to_owned();
    for day in 1..=20 {
        let _ = writeln!(rows, "F{day}, C1, 2026-11-{day:02}, 2026-12-{day:02}, 10.00, EUR");
    }
    desk.table("invoices", &rows).table("payments", "payment_id, customer_id, payment_date, amount, currency\n");
    desk.run(NIGHT, &[]).succeeded();
    assert_eq!(told(&desk, NIGHT, "stale_export"), ["payments  there is no receipt up to 2026-11-20: was the export loaded?"]);
}

#[test]
fn a_limit_of_the_job_refuses_the_night_or_tells() {
    let words = |table: &str, row: &str, newest: &str, limit: &str| {
        format!(
            "{table}: the newest {row} is of {newest}, more than {limit} before 2026-11-20: is the export of an earlier day? \
             freshness: {{{table}: ...}} in the job file says what is usual"
        )
    };
    let payments = words("payments", "receipt", "2026-10-15", "25 business days");
    let invoices = words("invoices", "invoice", "2026-11-01", "18 days");
    let help = "  help: load the export of tonight and run again, or change freshness: in the job file; nothing was published\n";
    for (section, expected) in [
        ("payments: 26 business days, invoices: 19 days", None),
        ("payments: 25 business days, invoices: 19 days", Some(format!("error: {payments}\n{help}"))),
        ("payments: 25 business days, invoices: 18 days", Some(format!("error: {payments}\nerror: {invoices}\n{help}"))),
    ] {
        let desk = Desk::small();
        desk.job(&format!("{JOB}freshness: {{{section}}}\n"));
        let outcome = desk.run(NIGHT, &[]);
        match expected {
            None => {
                outcome.succeeded();
                assert_eq!(told(&desk, NIGHT, "stale_export"), [""; 0], "{section}");
            }
            Some(expected) => outcome.refused(65, &expected),
        }
        desk.job(&format!("{JOB}freshness: {{{section}, when_stale: tell}}\n"));
        let summary = desk.run("2026-11-20", &["--replace", "--reason", "told"]).succeeded().out;
        assert_eq!(summary.contains(&payments), section.contains("25 business"), "{summary}");
    }
}

#[test]
fn payments_that_are_all_gone_refuse_the_night() {
    let words = "payments: there is no row at all, and the night of 2026-11-19 had 2 rows: was the export loaded? freshness: {payments: none} in \
                 the job file says that it may be empty";
    let help = "  help: load the export of tonight and run again, or change freshness: in the job file; nothing was published\n";
    for (section, refused, findings) in [
        ("", true, 0),
        ("freshness: {invoices: none}\n", true, 0),
        ("freshness: {when_stale: tell}\n", false, 1),
        ("freshness: {payments: none}\n", false, 0),
    ] {
        let desk = Desk::small();
        desk.job(&format!("{JOB}{section}"));
        desk.run("2026-11-19", &[]).succeeded();
        desk.table("payments", "payment_id, customer_id, payment_date, amount, currency\n");
        let outcome = desk.run(NIGHT, &[]);
        if refused {
            outcome.refused(65, &format!("error: {words}\n{help}"));
            // Without a yesterday nobody knows better.
            desk.run(NIGHT, &["--state", "none"]).succeeded();
        } else {
            outcome.succeeded();
        }
        assert_eq!(told(&desk, NIGHT, "stale_export").len(), findings, "{section}");
    }
}

#[test]
fn dates_that_are_swapped_are_told_once() {
    for (backwards, is_told) in [(10, true), (9, true), (8, false)] {
        let desk = Desk::small();
        let mut rows = "invoice_id, customer_id, issue_date, due_date, amount\n".to_owned();
        for at in 0..10 {
            let (issued, due) = if at < backwards { ("2026-10-01", "2026-09-01") } else { ("2026-09-01", "2026-10-01") };
            let _ = writeln!(rows, "F{at}, C1, {issued}, {due}, 10.00");
            let _ = writeln!(rows, "G{at}, C1, {issued}, {due}, 10.00");
        }
        desk.table("invoices", &rows);
        let summary = desk.run(NIGHT, &[]).succeeded().out;
        let count = 2 * backwards;
        let words = format!("invoices: {count} of 20 are due before they were issued: are the columns issue_date and due_date swapped?");
        assert_eq!(summary.lines().filter(|line| *line == words).count(), usize::from(is_told), "{summary}");
    }
}

#[test]
fn a_list_whose_ids_name_nobody_is_told() {
    let desk = Desk::small();
    desk.table("customers", "customer_id, customer_type, country\n0042, company, FR\nC2, company, FR\nC3, company, GB");
    let lists = "relance: 1\nkind: lists\nlists:\n  key: {values: [C1, C2, c3, \"42\", C-9, C-8]}\n  whole: {values: [C1, C3]}\n  \
                 big: {file: big.csv, column: id}\n";
    desk.file("rules/lists.yaml", lists.as_bytes()).file("rules/big.csv", b"id\nF1\n F2\n");
    let rules = fs::read_to_string(desk.path("rules/segmentation.yaml")).expect("the table");
    let written = "country is known and country = 'GB'";
    assert!(rules.contains(written));
    let asked = "customer_id in key or customer_id not in whole or customer_id in ('C2', 'C77')";
    desk.file("rules/segmentation.yaml", rules.replace(written, asked).as_bytes());
    let escalation = fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
    desk.file("rules/escalation.yaml", escalation.replace("when: dispute_status = open", "when: invoice_id in big").as_bytes());
    desk.run(NIGHT, &[]).succeeded();
    assert_eq!(
        told(&desk, NIGHT, "list_names_nobody"),
        [
            "rules big 1 of 2 ids names no invoice: ' F2' (the ledger has 'F2')",
            "rules key 4 of 6 ids name no customer: '42' (the ledger has '0042'), 'C-8', 'C-9', …",
            "rules of segmentation.yaml:13 1 of 2 ids names no customer: 'C77'",
        ]
    );
}

/// Payments of a euro by these customers.
fn paid_by(customers: &[&str]) -> String {
    let mut rows = "payment_id, customer_id, payment_date, amount, currency\n".to_owned();
    for (at, customer) in customers.iter().enumerate() {
        let _ = writeln!(rows, "P{at}, {customer}, 2026-10-15, 1.00, EUR");
    }
    rows
}

#[test]
fn ids_that_lost_their_zeros_are_told() {
    let desk = Desk::small();
    desk.table(
        "invoices",
        "invoice_id, customer_id, issue_date, due_date, amount\n007, 0042, 2026-09-01, 2026-10-01, 10\nF2, C2, 2026-09-01, 2026-10-01, 10",
    )
    .table("customers", "customer_id, country\n42, FR\nC2, FR\nC3, FR")
    .table("payments", &paid_by(&["42", "c2", "C2", "C9", "0042"]))
    .table("holds", "hold_id, customer_id, invoice_id, from_date\nH1, 0042, 7, 2026-11-01\nH2, C2, F3, 2026-11-01\nH3, c2, , 2026-11-21");
    desk.job(&JOB.replace("payments.parquet\n", "payments.parquet\n  holds: holds.parquet\n"));
    let summary = desk.run(NIGHT, &[]).succeeded().out;
    let expected = [
        "customers customer_id 1 of 3 ids in customer_id is written otherwise in the ledger: '42' (the ledger has '0042'); leading zeros, blanks and capitals count",
        "holds invoice_id 1 of 2 ids in invoice_id is written otherwise in the ledger: '7' (the ledger has '007'); leading zeros, blanks and capitals count",
        "payments customer_id 1 of 5 ids in customer_id is written otherwise in the ledger: 'c2' (the ledger has 'C2'); leading zeros, blanks and capitals count",
    ];
    assert_eq!(told(&desk, NIGHT, "ids_written_otherwise"), expected);
    assert!(summary.contains("\nholds: 1 of 2 ids in invoice_id is written otherwise in the ledger: '7'"), "{summary}");
    // Ids that nobody has at all are no lost ones.
    desk.table("customers", "customer_id, country\n0042, FR\nC2, FR").table("payments", &paid_by(&["C7"; 20])).job(JOB);
    desk.run(NIGHT, &["--replace", "--reason", "unknown"]).succeeded();
    assert_eq!(told(&desk, NIGHT, "ids_written_otherwise"), [""; 0]);
}

#[test]
fn a_table_none_of_whose_ids_is_known_refuses_the_night() {
    let help = "  help: export ids as text, as the ledger writes them: in SQL LPAD(CAST(id AS VARCHAR), 10, '0') for ten digits, TRIM(id) for blanks; \
                nothing was published\n";
    let lost = "10 of 10 ids in customer_id are written otherwise in the ledger: '0' (the ledger has '000'), '1' (the ledger has '001'), \
                '2' (the ledger has '002'), …; leading zeros, blanks and capitals count";
    let rows = |zeros: usize| -> Vec<String> { (0..10).map(|at| format!("{at:0zeros$}")).collect() };
    let (whole, short) = (rows(3), rows(1));
    let ids = |rows: &[String]| rows.iter().map(|id| format!("{id}, FR\n")).collect::<String>();
    let invoices: String = whole.iter().map(|id| format!("F{id}, {id}, 2026-09-01, 2026-10-01, 10\n")).collect();
    let desk = Desk::small();
    desk.table("invoices", &format!("invoice_id, customer_id, issue_date, due_date, amount\n{invoices}"));
    let of = |rows: &[String]| paid_by(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    for (customers, payments, expected) in [
        (&short, &whole, vec!["customers"]),
        (&whole, &short, vec!["payments"]),
        // Payments and customers know each other, the invoices neither.
        (&short, &short, vec!["customers"]),
    ] {
        desk.table("customers", &format!("customer_id, country\n{}", ids(customers))).table("payments", &of(payments));
        let words: String = expected.iter().map(|table| format!("error: {table}: {lost}\n")).collect();
        desk.run(NIGHT, &[]).refused(65, &format!("{words}{help}"));
    }
    desk.table("customers", &format!("customer_id, country\n{}", ids(&whole))).table("payments", &of(&whole));
    desk.run(NIGHT, &[]).succeeded();
}

/// Rows of invoices with these amounts, all of one customer; behind a colon the type of the document.
fn billed(amounts: &[&str]) -> String {
    let row = |(at, amount): (usize, &&str)| {
        let (amount, kind) = amount.split_once(':').unwrap_or((*amount, ""));
        format!("F{at}, C1, 2026-09-01, 2026-10-01, {amount}, {kind}\n")
    };
    let rows: String = amounts.iter().enumerate().map(row).collect();
    format!("invoice_id, customer_id, issue_date, due_date, amount, document_type\n{rows}")
}

#[test]
fn a_sign_that_is_turned_round_refuses_the_night_or_is_told() {
    let desk = Desk::small();
    desk.table("payments", "payment_id, customer_id, payment_date, amount\nP1, C1, 2026-10-15, 1.00\n");
    let turn = "in SQL -amount AS amount, in polars -pl.col(\"amount\"), in pandas -df[\"amount\"]";
    desk.table("invoices", &billed(&["-10.00"; 10]));
    desk.run(NIGHT, &[]).refused(
        65,
        &format!(
            "error: invoices: all 10 amounts are below zero, which makes them credit notes: is the sign turned round?\n  help: write the amounts \
             of invoices above zero and those of credit notes below: {turn}; credit notes that are meant say so in the column document_type; \
             nothing was published\n"
        ),
    );
    // Few rows say nothing, and who calls them credit notes means them.
    for amounts in [vec!["-10.00"; 9], vec!["-10.00:credit_note"; 10], [vec!["-10.00"; 8], vec!["1.00:invoice"; 2]].concat()] {
        desk.table("invoices", &billed(&amounts));
        desk.run(NIGHT, &["--replace", "--reason", "other rows"]).succeeded();
        assert_eq!(told(&desk, NIGHT, "mostly_negative"), [""; 0], "{amounts:?}");
    }
    desk.table("invoices", &billed(&[vec!["-10.00"; 9], vec!["10.00"]].concat()));
    let summary = desk.run(NIGHT, &["--replace", "--reason", "other rows"]).succeeded().out;
    let words = "9 of 10 amounts are below zero, which makes them credit notes: is the sign turned round?";
    assert_eq!(told(&desk, NIGHT, "mostly_negative"), [format!("invoices amount {words}")]);
    assert!(summary.contains(&format!("\ninvoices: {words}\n")), "{summary}");
    // Receipts below zero take back what was paid; what comes after the night does not count.
    let paid: String = (0..10).map(|at| format!("P{at}, C1, 2026-10-15, -1.00\n")).collect();
    let later = "P10, C1, 2026-12-15, 1.00\n";
    desk.table("payments", &format!("payment_id, customer_id, payment_date, amount\n{paid}{later}"));
    desk.run(NIGHT, &["--replace", "--reason", "other rows"]).refused(
        65,
        &format!(
            "error: payments: all 10 amounts are below zero, which makes them refunds: is the sign turned round?\n  help: write receipts above \
             zero and refunds below: {turn}; nothing was published\n"
        ),
    );
}
