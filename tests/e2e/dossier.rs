//! Everything on record of one customer as one page: which rows, from which files, and whether they are the ones the nights read.

use std::fs;

use crate::desk::{Desk, Outcome, ladder};

const STEPS: &str =
    "      - {step: reminder, at: 1 day, do: email, template: t}\n      - {step: call, at: 10 days, do: call, template: t}\n";
const CUSTOMERS: &str = "customer_id, name, customer_type, country, phone, email
C1, <b>Dupont & Fils</b>, company, FR, +331, a@b.fr
C2, Martin, company, FR, +332, c@d.fr";
const INVOICES: &str = "invoice_id, customer_id, issue_date, due_date, amount, currency, document_type, original_invoice_id
F1, C1, 2026-10-01, 2026-11-01, 1000.00, EUR, invoice,
F2, C1, 2026-10-05, 2026-11-04, 200.00, EUR, invoice,
F2, C1, 2026-10-05, 2026-11-04, 300.00, EUR, invoice,
G1, C1, 2026-11-02, 2026-11-02, -50.00, EUR, credit_note, F1
F9, C2, 2026-10-01, 2026-11-01, 77.00, EUR, invoice,";
const PAYMENTS: &str = "payment_id, customer_id, invoice_id, payment_date, amount, currency
P1, , F1, 2026-11-03, 400.00, EUR
P2, C2, F9, 2026-11-03, 7.00, EUR
P3, C1, F1, 2026-11-25, 5.00, EUR
P4, C2, F1, 2026-11-03, 12.00, EUR";
const CONTACTS: &str = "contact_id, customer_id, contacted_on, channel, outcome, reason
K1, C1, 2026-11-06, phone, answered, no money
K2, C2, 2026-11-06, phone, answered, never told";
const FIRST: &str = "2026-11-05";
const LAST: &str = "2026-11-15";

fn desk() -> Desk {
    let tables = [("customers", CUSTOMERS), ("invoices", INVOICES), ("payments", PAYMENTS), ("contacts", CONTACTS)];
    let desk = Desk::ruled(&ladder("", STEPS, ""), &tables);
    let job = fs::read_to_string(desk.path("relance.yaml")).expect("the job");
    desk.job(&format!("{job}rejects: {{fail_above: 100%}}\n"));
    for night in [FIRST, "2026-11-10", LAST] {
        desk.run(night, &[]).succeeded();
    }
    desk
}

fn dossier(desk: &Desk, words: &[&str]) -> Outcome {
    Outcome::of(&mut desk.command(&[&["dossier"], words].concat()))
}

/// The events as `day what id amount`, without what else is told.
fn events(page: &str) -> Vec<String> {
    let (_, from) = page.split_once("id=\"events\"").expect("events");
    let (table, _) = from.split_once("</table>").expect("a table");
    let rows = table.split("<tr>").skip(2);
    let cells = |row: &str| row.replace("</th>", "</td>").split("</td>").take(4).map(text).collect::<Vec<_>>();
    rows.map(|row| cells(row).join(" ").trim_end().to_owned()).collect()
}

/// A cell without its tags.
fn text(cell: &str) -> String {
    cell.rsplit_once('>').map_or(cell, |(_, text)| text).trim().to_owned()
}

#[test]
fn the_rows_of_one_customer_stand_day_by_day_with_their_files() {
    let desk = desk();
    dossier(&desk, &["--customer", "C1", "--out", "d/C1.html"]).succeeded();
    let page = fs::read_to_string(desk.path("d/C1.html")).expect("the page");
    let expected = [
        "2026-10-01 invoiced F1 1000.00 EUR",
        "2026-10-05 invoiced F2 200.00 EUR",
        "2026-10-05 invoiced F2 300.00 EUR",
        "2026-11-01 fell due F1 1000.00 EUR",
        "2026-11-02 credited G1 -50.00 EUR",
        "2026-11-03 payment P1 400.00 EUR",
        "2026-11-04 fell due F2 200.00 EUR",
        "2026-11-04 fell due F2 300.00 EUR",
        "2026-11-05 action due",
        "2026-11-06 contact K1",
        "2026-11-15 action due",
    ];
    let found = events(&page);
    let found: Vec<&str> = found
        .iter()
        .map(|row| {
            row.split_once(" due ").filter(|(head, _)| head.ends_with("action")).map_or(row.as_str(), |(head, _)| &row[..head.len() + 4])
        })
        .collect();
    assert_eq!(found, expected);
    // What a page of another customer says is not on this one, and what the ledger writes is no HTML.
    for other in ["Martin", "never told", "F9", "P2", "<b>Dupont"] {
        assert!(!page.contains(other), "{other}");
    }
    for own in [
        "&lt;b&gt;Dupont &amp; Fils&lt;/b&gt;",
        "reason: no money",
        "refused: duplicate_key",
        "<td>550.00 EUR</td>",
        "as_of=2026-11-05/actions.parquet",
    ] {
        assert!(page.contains(own), "{own}");
    }
    assert!(!page.contains("P3"), "what comes after the night is not known to it");
    assert!(!page.contains("changed since the night"));
    // The hash of each file is that of the manifest.
    let manifest = desk.night(LAST).manifest();
    let hash = manifest["inputs"]["invoices"][0]["sha256"].as_str().expect("a hash");
    assert!(page.contains(hash));
    let twice = dossier(&desk, &["--customer", "C1", "--out", "d/C1.html"]);
    twice.refused(2, "error: the file exists already: d/C1.html\n  help: move it away, or name another folder\n");
    dossier(&desk, &["--customer", "C1", "--out", "again.html"]).succeeded();
    assert_eq!(fs::read_to_string(desk.path("again.html")).expect("the page"), page, "the same bytes");
}

#[test]
fn an_earlier_night_knows_only_what_was_then() {
    let desk = desk();
    dossier(&desk, &["--customer", "C1", "--as-of", FIRST, "--out", "C1.html"]).succeeded();
    let page = fs::read_to_string(desk.path("C1.html")).expect("the page");
    assert!(page.contains("As the night of 2026-11-05 saw it") && !page.contains("K1") && !page.contains("2026-11-15"), "{page}");
}

#[test]
fn a_ledger_that_changed_is_told_and_a_page_that_changed_is_no_evidence() {
    let desk = desk();
    desk.table("contacts", &CONTACTS.replace("no money", "will pay"));
    dossier(&desk, &["--customer", "C1", "--out", "C1.html"]).succeeded();
    let page = fs::read_to_string(desk.path("C1.html")).expect("the page");
    let lines: Vec<&str> = page.lines().filter(|line| line.contains("changed since the night")).collect();
    assert!(lines.len() == 1 && lines[0].contains("contacts.parquet"), "{lines:?}");
    assert_eq!(dossier(&desk, &["--verify", "C1.html"]).succeeded().out, "C1.html is as it was written\n");
    for (at, (from, to)) in [("550.00", "900.00"), ("will pay", "refuses"), ("SHA-256 of all", "SHA-256 of  all")].iter().enumerate() {
        let name = format!("forged{at}.html");
        desk.file(&name, page.replacen(from, to, 1).as_bytes());
        let help = "  help: relance dossier writes it anew\n";
        dossier(&desk, &["--verify", &name]).refused(1, &format!("error: {name} was changed after it was written\n{help}"));
    }
    desk.file("none.html", b"<html></html>");
    dossier(&desk, &["--verify", "none.html"]).refused(65, "error: none.html is no dossier: it has no seal\n");
}

#[test]
fn nobody_known_and_no_night_are_told() {
    let desk = desk();
    let unknown = dossier(&desk, &["--customer", "C7", "--out", "C7.html"]);
    unknown.refused(65, "error: neither the ledger nor a night names the customer C7\n  help: give the id as the ledger writes it\n");
    assert!(!desk.path("C7.html").exists());
    let early = dossier(&desk, &["--customer", "C1", "--as-of", "2026-01-01", "--out", "C1.html"]);
    let help = "  help: relance run publishes one; --as-of names the last one to look at\n";
    early.refused(66, &format!("error: no night is published in out\n{help}"));
    // The customer's row is gone: what is on record of it stays.
    desk.table("customers", &CUSTOMERS.lines().filter(|line| !line.starts_with("C1")).collect::<Vec<_>>().join("\n"));
    dossier(&desk, &["--customer", "C1", "--out", "C1.html"]).succeeded();
    let page = fs::read_to_string(desk.path("C1.html")).expect("the page");
    assert!(page.contains("The ledger has no row of this customer.") && page.contains("invoiced"));
}
