//! Batches of collection agencies: what is in them, that each is handed over once, and that the other side sees every change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::desk::{Desk, Outcome, names};
use crate::parquet_rows::Rows;
use crate::placements::{self, CUSTOMERS, PAYMENTS};

const NIGHT: &str = "2026-11-20";
const LATER: &str = "2026-11-23";

/// Two agencies: one is given the usual columns, the other one all it can be given.
const AGENCIES: &str = "agencies:
  NORD: {drop: to/nord, unencrypted: true, creditor: Fournitures Leroy}
  SUD:
    drop: to/sud
    unencrypted: true
    csv: semicolon
    debts: [line, customer_id, invoice_id, currency, amount_placed, penalties, amount, amount_paid, due_date, days_past_due]
    debtors: [customer_id, name, email, phone]
    documents: [customer_id, invoice_id, kind, document_id, date, currency, amount]
    contacts: [customer_id, contact_id, contacted_on, channel]
";

fn desk(agencies: &str) -> Desk {
    let desk = placements::desk();
    let job = fs::read_to_string(desk.path("relance.yaml")).expect("the job");
    desk.job(&format!("{job}{agencies}"));
    desk
}

fn export(desk: &Desk, agency: &str, more: &[&str]) -> Outcome {
    Outcome::of(desk.command(&["export", "--agency", agency]).args(more))
}

fn verify(folder: &Path, more: &[&str]) -> Outcome {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_relance"));
    Outcome::of(command.args(["agency", "verify"]).arg(folder).args(more))
}

/// Refused with this exit code, for this among other words.
#[track_caller]
fn refused(outcome: &Outcome, code: i32, expected: &str) {
    assert_eq!(outcome.code, Some(code), "{}", outcome.err);
    assert!(outcome.err.contains(expected), "{}", outcome.err);
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below a folder, with their bytes.
fn all(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.append(&mut all(&entry.path()));
        } else {
            found.insert(entry.path(), fs::read(entry.path()).expect("a file"));
        }
    }
    found
}

#[test]
fn an_agency_is_given_the_columns_of_its_contract_and_no_other() {
    let desk = desk(AGENCIES);
    desk.run(NIGHT, &[]).succeeded();
    export(&desk, "NORD", &[]).succeeded();
    export(&desk, "SUD", &[]).succeeded();
    let expected: [(&str, &str, &str); 6] = [
        ("nord", "debts", "batch,line,customer_id,invoice_id,sequence,currency,amount_placed,issue_date,due_date"),
        ("nord", "debtors", "customer_id,name,country,address"),
        ("sud", "debts", "line,customer_id,invoice_id,currency,amount_placed,penalties,amount,amount_paid,due_date,days_past_due"),
        ("sud", "debtors", "customer_id,name,email,phone"),
        ("sud", "documents", "customer_id,invoice_id,kind,document_id,date,currency,amount"),
        ("sud", "contacts", "customer_id,contact_id,contacted_on,channel"),
    ];
    for (agency, file, columns) in expected {
        let batch = desk.path(&format!("to/{agency}/batch-000001"));
        let text = read(&batch.join(format!("{file}.csv")));
        let head = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default().replace(';', ",");
        assert_eq!(head, columns, "{agency} {file}");
        assert_eq!(Rows::read(&batch.join(format!("{file}.parquet"))).columns, columns.split(',').collect::<Vec<_>>(), "{agency} {file}");
        let manifest: serde_json::Value = serde_json::from_str(&read(&batch.join("manifest.json"))).expect("a manifest");
        let own = manifest["files"].as_array().expect("files").iter().find(|own| own["file"] == format!("{file}.csv")).expect("the file");
        let told: Vec<&str> = own["columns"].as_array().expect("columns").iter().filter_map(|column| column.as_str()).collect();
        assert_eq!(told.join(","), columns, "{agency} {file}");
        let form = &manifest["form"];
        assert_eq!(form["byte_order_mark"].as_bool().unwrap_or(false), text.starts_with('\u{feff}'), "{agency} {file}");
        assert!(
            columns.replace(',', form["separator"].as_str().expect("a separator"))
                == text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default()
        );
    }
    assert_eq!(names(&desk.path("to/nord")), ["batch-000001", "batch-000001.ready"]);
    let files = names(&desk.path("to/nord/batch-000001"));
    assert_eq!(files, ["changes.csv", "changes.parquet", "debtors.csv", "debtors.parquet", "debts.csv", "debts.parquet", "manifest.json"]);
    // Who is owed, what, since when, and how it came about, stand in what is handed over.
    assert!(read(&desk.path("to/nord/batch-000001/manifest.json")).contains("\"creditor\": \"Fournitures Leroy\""));
    let text = read(&desk.path("to/sud/batch-000001/debts.csv"));
    assert_eq!(text.lines().nth(1), Some("1;C2;F4;EUR;2000,00;;2000,00;0,00;2026-09-01;80"));
    assert_eq!(read(&desk.path("to/sud/batch-000001/contacts.csv")).lines().nth(1), Some("C2;T2;2026-11-10;email"));
    assert_eq!(read(&desk.path("to/sud/batch-000001/documents.csv")).lines().nth(1), Some("C2;F4;invoice;F4;2026-08-01;EUR;2000,00"));
    // Nobody whom the agency has no debt of is in its files.
    for (path, bytes) in all(&desk.path("to/sud")) {
        for name in ["Dupont", "Petit", "Roux", "a@dupont"] {
            assert!(!String::from_utf8_lossy(&bytes).contains(name), "{name} in {}", path.display());
        }
    }
}

/// A batch that nobody can export would lie there for ever, and an agency that no route names is given nothing.
#[test]
fn agencies_that_only_the_rules_or_the_job_file_know_are_told() {
    for (agencies, expected) in [
        (AGENCIES.to_owned(), vec![]),
        (
            "agencies: {NORDD: {drop: to/nord, unencrypted: true}, SUD: {drop: to/sud, unencrypted: true}}\n".to_owned(),
            vec![
                "NORD cannot be handed batch 1: the job file says nothing of NORD under agencies",
                "NORDD is given nothing: no route of the rules names it",
            ],
        ),
    ] {
        let outcome = desk(&agencies).run(NIGHT, &[]).succeeded();
        let told: Vec<&str> =
            outcome.out.lines().filter(|line| line.contains("cannot be handed") || line.contains("is given nothing")).collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn columns_nobody_is_given_are_refused_with_the_reason() {
    let with = |columns: &str| format!("agencies:\n  NORD: {{drop: to, unencrypted: true, debtors: [{columns}]}}\n");
    for (job, expected) in [
        (with("customer_id, iban"), "iban is handed over to nobody: bank details"),
        (with("customer_id, debtor_iban"), "debtor_iban is handed over to nobody: bank details"),
        (with("customer_id, notes"), "notes is handed over to nobody: free text"),
        (with("customer_id, risk_score"), "risk_score is handed over to nobody: what we think of a debtor"),
        (with("customer_id, adress"), "debtors of agencies have no column \"adress\", did you mean \"address\"?"),
        (
            "agencies:\n  NORD: {drop: to, unencrypted: true, debts: [line, customer_id, currency, amount_placed]}\n".to_owned(),
            "debts need the column invoice_id",
        ),
        ("agencies:\n  NORD: {drop: to}\n".to_owned(), "batches hold personal data: name the program that encrypts them"),
        ("agencies:\n  NORD: {unencrypted: true}\n".to_owned(), "an agency needs the folder its batches are put into"),
        ("agencies:\n  NORD: {drop: to, encrypt: [age, --encrypt]}\n".to_owned(), "the program must be given the key of the agency"),
        ("agencies:\n  ../NORD: {drop: to, unencrypted: true}\n".to_owned(), "\"../NORD\" cannot be the id of an agency"),
        (
            "agencies:\n  NORD: {drop: to, unencrypted: true}\n  SUD: {drop: to, unencrypted: true}\n".to_owned(),
            "the batches of NORD are put into this folder: SUD needs one of its own",
        ),
        ("agencies:\n  NORD: {drop: to, unencrypted: true, ending: /x}\n".to_owned(), "\"/x\" is no ending of a file name, as in .age"),
        ("agencies:\n  NORD: {drop: to, encrypt: [gpg, -r, \"{recipient}\"], recipient: 0xDEADBEEF}\n".to_owned(), "no whole fingerprint"),
    ] {
        let desk = desk(&job);
        let outcome = export(&desk, "NORD", &[]);
        assert_eq!(outcome.code, Some(78), "{job}\n{}", outcome.err);
        assert!(outcome.err.contains(expected), "{job}\n{}", outcome.err);
    }
    let desk = desk(AGENCIES);
    let outcome = export(&desk, "NORDD", &[]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.err.contains("did you mean \"NORD\"?"), "{}", outcome.err);
}

/// Names that a spreadsheet would work out.
const FORMULAS: &[&str] =
    &["=1+1", "+33 1", "-1", "@SUM(A1)", "\u{9}x", "\u{d}x", "\n=1", "＝1", "＋1", "－1", "＠a", "=HYPERLINK(\"http://x\")"];

#[test]
fn no_name_of_a_debtor_is_a_formula() {
    for name in FORMULAS {
        let desk = desk(AGENCIES);
        let rows: Vec<String> = CUSTOMERS.lines().map(|line| line.replace("Martin", "NAME")).collect();
        desk.table("customers", &rows.join("\n"));
        crate::parquet_rows::replace_text(&desk.path("customers.parquet"), "NAME", name);
        desk.run(NIGHT, &[]).succeeded();
        export(&desk, "SUD", &[]).succeeded();
        let text = read(&desk.path("to/sud/batch-000001/debtors.csv"));
        let cell = text.split_once("C2;").expect("the debtor").1.trim_start_matches('"');
        assert!(cell.starts_with('\''), "{name:?} is written {cell:?}");
        verify(&desk.path("to/sud/batch-000001"), &[]).succeeded();
    }
}

#[test]
fn a_batch_is_handed_over_once_and_follows_the_one_before() {
    let desk = desk(AGENCIES);
    desk.run(NIGHT, &[]).succeeded();
    let dry = export(&desk, "NORD", &["--dry-run"]).succeeded();
    assert!(dry.out.contains("NORD, batch 1 of 2026-11-20: 3 debts for 1600.00 EUR, 0 changes for 0.00 EUR, of 2 debtors"), "{}", dry.out);
    assert!(dry.out.contains("debtors.name                to write to the debtor"), "{}", dry.out);
    assert!(!desk.path("to").exists());
    let first = export(&desk, "NORD", &[]).succeeded();
    assert!(first.out.contains("batch-000001: 3 debts for 1600.00 EUR"), "{}", first.out);
    let before = all(&desk.path("to"));
    assert_eq!(export(&desk, "NORD", &[]).succeeded().out, "nothing waits to be handed over to NORD\n");
    assert_eq!(all(&desk.path("to")), before);
    // The agency took the files away: they are not written again.
    fs::remove_dir_all(desk.path("to/nord/batch-000001")).expect("deleted");
    assert_eq!(export(&desk, "NORD", &[]).succeeded().out, "nothing waits to be handed over to NORD\n");
    desk.table("payments", &format!("{PAYMENTS}P1, C1, F1, 2026-11-21, 100.00,"));
    desk.run(LATER, &[]).succeeded();
    // What was handed over is known by its receipt, also once its night is gone; what was not, is missed.
    let kept = desk.path("kept");
    fs::rename(desk.path(&format!("out/as_of={NIGHT}")), &kept).expect("moved");
    refused(&export(&desk, "SUD", &["--as-of", LATER]), 65, "batch 1 of SUD is missing");
    export(&desk, "NORD", &[]).succeeded();
    fs::rename(&kept, desk.path(&format!("out/as_of={NIGHT}"))).expect("moved back");
    let second = desk.path("to/nord/batch-000002");
    assert_eq!(read(&second.join("changes.csv")).lines().nth(1), Some("NORD,2,1,payment,C1,F1,,1,1,EUR,-100.00,500.00,,"));
    let receipt = desk.path("out/handed-over/agency=NORD/batch-000001.json");
    let after = receipt.display().to_string();
    let outcome = verify(&second, &["--after", &after]).succeeded();
    assert!(outcome.out.contains("batch 2 of 2026-11-23 for NORD is as it was made, and follows the one before"), "{}", outcome.out);
    let other = desk.path("out/handed-over/agency=NORD/batch-000002.json").display().to_string();
    refused(&verify(&second, &["--after", &other]), 1, "batch 2 does not follow batch 2: 3 is missing");
    let status = Outcome::of(&mut desk.command(&["agency", "status"])).succeeded();
    assert!(
        status.out.contains("NORD            batch 2 handed over\n  3 debts for 1500.00 EUR, 0 recalled; collected 0.00 EUR"),
        "{}",
        status.out
    );
    assert!(status.out.contains("SUD             batch 1 made, none handed over: 1 batch waits"), "{}", status.out);
}

#[test]
fn whatever_a_dead_process_left_the_batch_is_the_same() {
    let desk = desk(AGENCIES);
    desk.run(NIGHT, &[]).succeeded();
    export(&desk, "NORD", &[]).succeeded();
    let (drop, receipts) = (desk.path("to/nord"), desk.path("out/handed-over/agency=NORD"));
    let whole = (all(&drop), all(&receipts));
    type Death = fn(&Path, &Path);
    let deaths: [(&str, Death); 4] = [
        ("before the receipt", |drop, receipts| {
            fs::rename(drop.join("batch-000001"), drop.join(".batch-000001.partial")).expect("renamed");
            fs::remove_file(drop.join(".batch-000001.partial/debts.csv")).expect("deleted");
            fs::remove_file(drop.join("batch-000001.ready")).expect("deleted");
            fs::remove_dir_all(receipts).expect("deleted");
        }),
        ("after the receipt", |drop, receipts| {
            fs::rename(drop.join("batch-000001"), drop.join(".batch-000001.partial")).expect("renamed");
            fs::remove_file(drop.join("batch-000001.ready")).expect("deleted");
            fs::remove_file(receipts.join("batch-000001.sent")).expect("deleted");
        }),
        ("before the trigger", |drop, receipts| {
            fs::remove_file(drop.join("batch-000001.ready")).expect("deleted");
            fs::remove_file(receipts.join("batch-000001.sent")).expect("deleted");
        }),
        ("before the mark", |_, receipts| fs::remove_file(receipts.join("batch-000001.sent")).expect("deleted")),
    ];
    for (when, death) in deaths {
        death(&drop, &receipts);
        export(&desk, "NORD", &[]).succeeded();
        assert_eq!((all(&drop), all(&receipts)), whole, "{when}");
    }
    // The agency was quicker than the mark, and the ledger has moved on since: it has the batch, and gets no other one.
    fs::remove_file(receipts.join("batch-000001.sent")).expect("deleted");
    fs::remove_dir_all(drop.join("batch-000001")).expect("deleted");
    desk.table("customers", &CUSTOMERS.replace("Dupont", "Durand"));
    export(&desk, "NORD", &[]).succeeded();
    assert_eq!(names(&drop), ["batch-000001.ready"]);
    assert_eq!(all(&receipts), whole.1);
}

/// What lies where a batch is to go was put there by somebody else: it is neither replaced nor taken for the batch.
#[test]
fn the_folder_of_somebody_else_is_left_alone() {
    let desk = desk(AGENCIES);
    desk.run(NIGHT, &[]).succeeded();
    let folder = desk.path("to/nord/batch-000001");
    fs::create_dir_all(&folder).expect("a folder");
    for _ in 0..2 {
        refused(&export(&desk, "NORD", &[]), 65, "batch-000001 is there already, and was not put there by this out folder");
    }
    fs::remove_dir(&folder).expect("deleted");
    export(&desk, "NORD", &[]).succeeded();
    verify(&folder, &[]).succeeded();
}

#[test]
fn what_was_handed_over_stays_as_it_is() {
    let desk = desk(AGENCIES);
    desk.run(NIGHT, &[]).succeeded();
    export(&desk, "NORD", &[]).succeeded();
    // The same night from the same ledger says the same; a corrected ledger would say something else.
    desk.run(NIGHT, &["--replace", "--reason", "again"]).succeeded();
    desk.table("payments", &format!("{PAYMENTS}P1, C1, F1, 2026-11-19, 100.00,"));
    refused(&desk.run(NIGHT, &["--replace", "--reason", "a payment was missing"]), 65, "NORD has batch 1 of 2026-11-20");
    desk.run(LATER, &[]).succeeded();
    let changes = placements::told(&desk, LATER, "placement_changes", ["agency", "batch", "kind", "amount"]);
    assert_eq!(changes, ["NORD 2 payment -100.00"]);
    // A debtor is written to at the address it has when the batch is handed over, also where that is a day later.
    desk.table("customers", &CUSTOMERS.replace("Dupont", "Durand"));
    export(&desk, "SUD", &[]).succeeded();
    export(&desk, "NORD", &[]).succeeded();
    assert_eq!(names(&desk.path("to/nord/batch-000002")).len(), 7);
}

#[test]
fn a_change_of_any_byte_is_seen_and_named() {
    let desk = desk(AGENCIES);
    desk.run(NIGHT, &[]).succeeded();
    export(&desk, "SUD", &[]).succeeded();
    let batch = desk.path("to/sud/batch-000001");
    // By what the batch says of itself: the note beside it did not come with it.
    fs::remove_file(desk.path("to/sud/batch-000001.ready")).expect("deleted");
    for (path, bytes) in all(&batch) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Every byte of what is small, some of what is large.
        for at in (0..bytes.len()).step_by((bytes.len() / 40).max(1)) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).expect("written");
            let outcome = verify(&batch, &[]);
            assert!(matches!(outcome.code, Some(1 | 65)), "{name} {at}");
            assert!(outcome.err.contains(&name), "{name} {at}: {}", outcome.err);
        }
        fs::write(&path, &bytes).expect("written");
    }
    verify(&batch, &[]).succeeded();
    fs::write(batch.join("more.csv"), "x").expect("written");
    refused(&verify(&batch, &[]), 1, "more.csv: the manifest does not know this file");
    fs::remove_file(batch.join("more.csv")).expect("deleted");
    fs::remove_file(batch.join("debts.csv")).expect("deleted");
    refused(&verify(&batch, &[]), 1, "debts.csv: it cannot be read");
}

/// What a debtor is shown counts in the ledger too: not a payment that the bank refused, nor a row that is there twice.
#[test]
fn documents_are_those_that_count() {
    let desk = desk(AGENCIES);
    let job = fs::read_to_string(desk.path("relance.yaml")).expect("the job");
    desk.job(&format!("{job}duplicates: keep_identical\n"));
    let payments = "payment_id, customer_id, invoice_id, payment_date, amount, status, rejected_on
        P1, C2, F4, 2026-10-01, 100.00, settled,
        P1, C2, F4, 2026-10-01, 100.00, settled,
        P2, C2, F4, 2026-10-02, 200.00, reversed, 2026-10-05
        P3, C2, F4, 2026-10-03, 50.00, ,";
    desk.table("payments", payments);
    desk.run(NIGHT, &[]).succeeded();
    export(&desk, "SUD", &[]).succeeded();
    let text = read(&desk.path("to/sud/batch-000001/documents.csv"));
    let expected =
        ["C2;F4;invoice;F4;2026-08-01;EUR;2000,00", "C2;F4;payment;P1;2026-10-01;EUR;100,00", "C2;F4;payment;P3;2026-10-03;EUR;50,00"];
    assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), expected);
    assert_eq!(read(&desk.path("to/sud/batch-000001/debts.csv")).lines().nth(1), Some("1;C2;F4;EUR;1850,00;;2000,00;150,00;2026-09-01;80"));
}

/// Currencies with no, two and three decimals, and an invoice in instalments: each has its own totals, and a part of an invoice that is not
/// late stays.
#[test]
fn every_currency_and_every_instalment_is_counted_by_itself() {
    let desk = desk(AGENCIES);
    let rows = "
        invoice_id, customer_id, issue_date, due_date,   amount:decimal3, currency
        J1,         C1,          2026-08-01, 2026-09-01, 60001,     JPY
        K1,         C1,          2026-08-01, 2026-09-01, 12.345,    KWD
        E1,         C1,          2026-08-01, 2026-09-01, 100.00,    EUR";
    let instalments = "
        invoice_id, sequence, due_date,   amount
        E1,         1,        2026-09-01, 33.33
        E1,         2,        2026-10-01, 33.33
        E1,         3,        2026-12-24, 33.34";
    desk.table("invoices", rows).table("installments", instalments).table("disputes", "dispute_id, invoice_id, opened_on, status");
    desk.table("fx", "date, currency, rate_to_reporting\n2026-01-02, JPY, 0.006\n2026-01-02, KWD, 3.00");
    let job = fs::read_to_string(desk.path("relance.yaml")).expect("the job");
    desk.job(&job.replace("rules: rules", "  installments: installments.parquet\nfx: fx.parquet\nrules: rules"));
    desk.run(NIGHT, &[]).succeeded();
    export(&desk, "NORD", &[]).succeeded();
    let batch = desk.path("to/nord/batch-000001");
    let debts = read(&batch.join("debts.csv"));
    let placed: Vec<String> = debts.lines().skip(1).map(|line| line.split(',').skip(3).take(4).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(placed, ["E1 1 EUR 33.33", "E1 2 EUR 33.33", "J1  JPY 60001", "K1  KWD 12.345"]);
    verify(&batch, &[]).succeeded();
    let payments = "payment_id, customer_id, invoice_id, payment_date, amount:decimal3, currency, collected_by
        P1, C1, E1, 2026-11-21, 50.00, EUR, NORD
        P2, C1, J1, 2026-11-21, 1, JPY,
        P3, C1, K1, 2026-11-21, 12.344, KWD, NORD";
    desk.table("payments", payments);
    desk.run(LATER, &[]).succeeded();
    let changes = placements::told(&desk, LATER, "placement_changes", ["kind", "invoice_id", "sequence", "currency", "amount", "balance"]);
    let expected = [
        "closed E1 1 EUR  0.000",
        "payment J1  JPY -1.000 60000.000",
        "receipt E1 1 EUR -33.330 0.000",
        "receipt E1 2 EUR -16.670 16.660",
        "receipt K1  KWD -12.344 0.001",
    ];
    assert_eq!(changes, expected);
    export(&desk, "NORD", &[]).succeeded();
    let second = desk.path("to/nord/batch-000002");
    verify(&second, &["--after", &batch.display().to_string()]).succeeded();
    let manifest: serde_json::Value = serde_json::from_str(&read(&second.join("manifest.json"))).expect("a manifest");
    let totals: Vec<String> =
        manifest["totals"].as_array().expect("totals").iter().map(|total| total["amount_changed"].to_string()).collect();
    assert_eq!(totals, ["\"-50.00\"", "\"-1\"", "\"-12.344\""]);
}

/// What a trailer is for: whoever receives a batch sees that all of it arrived before anything is opened, encrypted or not.
#[test]
fn a_delivery_note_says_what_lies_there() {
    let desk = desk(AGENCIES);
    desk.run(NIGHT, &[]).succeeded();
    export(&desk, "NORD", &[]).succeeded();
    let batch = desk.path("to/nord/batch-000001");
    let path = desk.path("to/nord/batch-000001.ready");
    let text = read(&path);
    let note: serde_json::Value = serde_json::from_str(&text).expect("a note");
    assert_eq!(note["totals"][0]["amount_placed"], "1600.00");
    let delivered: Vec<&str> = note["files"].as_array().expect("files").iter().filter_map(|file| file["file"].as_str()).collect();
    assert_eq!(delivered, names(&batch));
    fs::write(&path, text.replace("1600.00", "1700.00")).expect("written");
    refused(&verify(&batch, &[]), 1, "manifest.json: the delivery note beside it is that of another batch");
    fs::write(&path, "").expect("written");
    refused(&verify(&batch, &[]), 1, "batch-000001.ready is not the note of a batch");
    fs::write(&path, &text).expect("written");
    verify(&batch, &[]).succeeded();
    // As it would be where it is encrypted: the manifest cannot be read, and the note still tells what is missing.
    fs::rename(batch.join("debts.csv"), batch.join("debts.txt")).expect("renamed");
    let outcome = verify(&batch, &[]);
    refused(&outcome, 1, "debts.csv: it was delivered and is not there");
    assert!(outcome.err.contains("debts.txt: it was not delivered"), "{}", outcome.err);
}

/// A program that takes the place of encryption: every letter is another one afterwards.
#[test]
fn nothing_lies_on_the_disk_in_the_clear() {
    let key = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq";
    let program = format!(
        "agencies:\n  NORD: {{drop: to/nord, encrypt: [sh, -c, \"tr a-zA-Z n-za-mN-ZA-M\", \"{{recipient}}\"], recipient: {key}, ending: .age, sign: [tr, a-z, A-Z]}}\n"
    );
    let desk = desk(&program);
    desk.run(NIGHT, &[]).succeeded();
    export(&desk, "NORD", &[]).succeeded();
    let batch = desk.path("to/nord/batch-000001");
    let expected =
        ["changes.csv.age", "changes.parquet.age", "debtors.csv.age", "debtors.parquet.age", "debts.csv.age", "debts.parquet.age"];
    let files = names(&batch);
    assert_eq!(files[..6], expected);
    assert_eq!(files[6..], ["manifest.json.age", "manifest.json.sig"]);
    for (path, bytes) in all(&desk.path("to")).into_iter().chain(all(&desk.path("out/handed-over"))) {
        assert!(!String::from_utf8_lossy(&bytes).contains("Dupont"), "{}", path.display());
    }
    assert!(read(&batch.join("debtors.csv.age")).contains("Qhcbag"));
    let arrived = verify(&batch, &[]).succeeded();
    assert!(arrived.out.contains("batch 1 of 2026-11-20 for NORD arrived whole, 8 files: decrypt it"), "{}", arrived.out);
    let path = batch.join("debts.csv.age");
    let bytes = fs::read(&path).expect("a file");
    fs::write(&path, &bytes[1..]).expect("written");
    refused(&verify(&batch, &[]), 1, "debts.csv.age: it has");
    // A program that fails hands nothing over.
    let broken = desk_with_broken_program(key);
    broken.run(NIGHT, &[]).succeeded();
    refused(&export(&broken, "NORD", &[]), 78, "failed");
    assert!(!broken.path("to/nord/batch-000001").exists());
    assert!(!broken.path("out/handed-over/agency=NORD").exists());
}

fn desk_with_broken_program(key: &str) -> Desk {
    desk(&format!(
        "agencies:\n  NORD: {{drop: to/nord, encrypt: [sh, -c, \"cat > /dev/null; exit 3\", \"{{recipient}}\"], recipient: {key}}}\n"
    ))
}

/// The tool itself, where it is installed; the gate sees to it that it is.
#[test]
fn age_opens_what_was_encrypted_and_nobody_else_does() {
    let has = |program: &str| std::process::Command::new(program).arg("--version").output().is_ok();
    if !has("age") {
        assert!(std::env::var_os("RELANCE_NEEDS_AGE").is_none(), "age is to be there and is not");
        return;
    }
    let keys = Desk::empty();
    let tool = |program: &str, words: &[&str]| {
        let output = std::process::Command::new(program).current_dir(keys.folder()).args(words).output().expect("started");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    for name in ["agency.key", "other.key"] {
        assert!(tool("age-keygen", &["-o", name]).0);
    }
    let key = tool("age-keygen", &["-y", "agency.key"]).1;
    let recipient = key.trim();
    let desk = desk(&format!(
        "agencies:\n  NORD: {{drop: to/nord, encrypt: [age, --encrypt, --recipient, \"{{recipient}}\"], recipient: {recipient}, ending: .age}}\n"
    ));
    desk.run(NIGHT, &[]).succeeded();
    export(&desk, "NORD", &[]).succeeded();
    let batch = desk.path("to/nord/batch-000001");
    let opened = keys.path("opened");
    fs::create_dir(&opened).expect("a folder");
    for name in names(&batch) {
        let (from, to) = (batch.join(&name).display().to_string(), opened.join(name.trim_end_matches(".age")).display().to_string());
        assert!(!tool("age", &["--decrypt", "--identity", "other.key", "--output", "refused", &from]).0, "{name}");
        assert!(tool("age", &["--decrypt", "--identity", "agency.key", "--output", &to, &from]).0, "{name}");
        // A flip of any part is refused by the tool itself.
        let bytes = fs::read(&from).expect("a file");
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(keys.path("changed"), changed).expect("written");
            assert!(!tool("age", &["--decrypt", "--identity", "agency.key", "--output", "refused", "changed"]).0, "{name} {at}");
        }
    }
    verify(&opened, &[]).succeeded();
}
