//! A ledger in words of its own, and a job file that says what they stand for.

use std::collections::BTreeMap;

use crate::desk::{Desk, JOB, NIGHT, Outcome, assert_same};

const HELP: &str = "  help: correct the export, or raise rejects.fail_above in the job file; nothing was published\n";

/// The small portfolio with these customers, payments and holds, and this below its job.
fn desk(customers: &str, payments: &str, holds: &str, job: &str) -> Desk {
    let desk = Desk::small();
    desk.table("customers", &format!("customer_id, country, email, {customers}"));
    desk.table("payments", &format!("payment_id, customer_id, payment_date, amount, currency, {payments}"));
    desk.table("holds", &format!("hold_id, customer_id, from_date, {holds}"));
    desk.job(&JOB.replace("fx: ", &format!("  holds: holds.parquet\n{job}fx: ")));
    desk
}

/// Every table of a night; the manifest tells the job and the files, which differ.
fn tables(desk: &Desk) -> BTreeMap<String, Vec<u8>> {
    desk.run(NIGHT, &[]).succeeded();
    let mut files = desk.night(NIGHT).bytes();
    files.remove("run.json").expect("a manifest");
    files
}

#[test]
fn words_of_the_files_count_as_the_words_they_stand_for() {
    let ours = desk(
        "customer_type, email_valid
         C1, FR, a@dupont.example, company,  false
         C2, FR, b@martin.example, consumer, true
         C3, GB, c@smith.example,          ,\n",
        "status
         P1, C1, 2026-10-15, 400.00, EUR, settled
         P2, C2, 2026-10-16, 100.00, EUR, pending
         P3, C3, 2026-08-01, 200.00, GBP, rejected\n",
        "stops
         H1, C1, 2026-10-01, agency
         H2, C2, 2026-10-01, contact;escalation
         H3, C3, 2026-10-01,\n",
        "",
    );
    let theirs = desk(
        "KTOKD, MAILOK:text
         C1, FR, a@dupont.example, Société,    non
         C2, FR, b@martin.example, Particulier, Oui
         C3, GB, c@smith.example,  N/A,\n",
        "status
         P1, C1, 2026-10-15, 400.00, EUR, 1
         P2, C2, 2026-10-16, 100.00, EUR, pending
         P3, C3, 2026-08-01, 200.00, GBP, rejet de la banque\n",
        "stops
         H1, C1, 2026-10-01, agency
         H2, C2, 2026-10-01, relances; remise au service suivant
         H3, C3, 2026-10-01, aucun motif\n",
        "columns: {customers: {customer_type: KTOKD, email_valid: MAILOK}}
values:
  customers:
    customer_type: {Société: company, Particulier: consumer, N/A: missing}
    email_valid: {Oui: true, non: false}
  payments: {status: {1: settled, rejet de la banque: rejected}}
  holds: {stops: {relances: contact, remise au service suivant: escalation, aucun motif: missing}}
",
    );
    assert_same("words of the files", &tables(&ours), &tables(&theirs));
    let intake = &theirs.night(NIGHT).manifest()["settings"]["intake"]["values"];
    assert_eq!(intake["payments"]["status"].to_string(), r#"{"1":"settled","rejet de la banque":"rejected"}"#);
}

#[test]
fn a_word_nobody_mapped_is_refused_with_the_mapping_to_write() {
    let desk = desk(
        "customer_type, email_valid:text
         C1, FR, a@dupont.example, Sté \"A\", peut-être
         C2, FR, b@martin.example, Company, oui
         C3, FR, c@smith.example,  Particulier, oui
         C4, FR, ,                 Particulier, oui
         C5, FR, ,                 Company, oui
         C6, FR, ,                 Particulier, oui\n",
        "status\n P1, C1, 2026-10-15, 400.00, EUR, settled\n",
        "stops\n H1, C1, 2026-10-01, relance\n",
        "values: {customers: {email_valid: {oui: true}}}\n",
    );
    let expected = "error: customers: 6 of 6 rows refused, more than rejects.fail_above: 0.10 %
error: customers: customers.parquet row 1, customer_id C1: unknown_value: customer_type knows no value Sté \"A\"; it takes company, consumer, public_body; for a word of your own write values: {customers: {customer_type: {\"Sté \\\"A\\\"\": WORD}}} in the job file
error: customers: customers.parquet row 2, customer_id C2: unknown_value: customer_type knows no value Company; the nearest is company; for a word of your own write values: {customers: {customer_type: {Company: company}}} in the job file; so in 1 more row
error: customers: customers.parquet row 3, customer_id C3: unknown_value: customer_type knows no value Particulier; it takes company, consumer, public_body; for a word of your own write values: {customers: {customer_type: {Particulier: WORD}}} in the job file; so in 2 more rows
error: holds: 1 of 1 row refused, more than rejects.fail_above: 0.10 %
error: holds: holds.parquet row 1, hold_id H1: unknown_value: stops knows no value relance; it takes contact, penalties, escalation, agency; for a word of your own write values: {holds: {stops: {relance: WORD}}} in the job file
";
    desk.run(NIGHT, &[]).refused(65, &format!("{expected}{HELP}"));
    // The same is said before the night.
    let words = ["check", "--as-of", NIGHT, "--data", "relance.yaml"];
    let told = Outcome::of(&mut desk.command(&words));
    assert_eq!(told.code, Some(1));
    for line in expected.lines().map(|line| line.trim_start_matches("error: ")) {
        let is_head = line.contains("rows refused") || line.contains("row refused");
        let told_as = if is_head { format!("error[R1011]: {line}") } else { format!("= note: {line}") };
        assert!(told.out.contains(&told_as), "{told_as}\n{}", told.out);
    }
    // What the job lets pass is a warning.
    desk.job(&format!("{}rejects: {{fail_above: 100%}}\n", JOB.replace("fx: ", "values: {customers: {email_valid: {oui: true}}}\nfx: ")));
    let told = Outcome::of(&mut desk.command(&words));
    assert!(told.out.contains("warning[R1011]: customers: 6 of 6 rows refused\n"), "{}", told.out);
}

#[test]
fn columns_of_another_type_say_how_their_words_are_mapped() {
    let customers = "customer_type:whole, email_valid:text\n C1, FR, a@dupont.example, 1, oui\n";
    let desk = desk(customers, "status\n", "stops\n", "");
    let expected = "error: customers: customers.parquet: column customer_type is int64, expected text; in SQL CAST(customer_type AS VARCHAR), in polars pl.col(\"customer_type\").cast(pl.String), in pandas df[\"customer_type\"].astype(\"string\"); then values: {customers: {customer_type: {\"1\": WORD}}} in the job file, with WORD one of company, consumer, public_body
error: customers: customers.parquet: column email_valid is text, expected boolean; in SQL email_valid IN ('oui', 'yes', 'true'), in polars pl.col(\"email_valid\").is_in([\"oui\", \"yes\", \"true\"]), in pandas df[\"email_valid\"].isin([\"oui\", \"yes\", \"true\"]); or leave it and write values: {customers: {email_valid: {oui: true, non: false}}} in the job file
  help: correct the export; docs/inputs.md has the types of every table
";
    desk.run(NIGHT, &[]).refused(65, expected);
}
