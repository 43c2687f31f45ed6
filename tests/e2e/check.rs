//! `relance check` and `relance explain-code` from outside: forms, exit codes, fixes, and what a portfolio adds.

use std::fs;

use serde_json::Value;

use crate::desk::{Desk, NIGHT, Outcome, copy, testdata};

/// A desk whose rules are a case of the error catalogue.
fn desk(case: &str) -> Desk {
    let desk = Desk::empty();
    fs::remove_dir_all(desk.path("rules")).expect("the small pack");
    copy(&testdata(&format!("errors/{case}")), &desk.path("rules"));
    fs::remove_file(desk.path("rules/expected.txt")).expect("an expectation");
    desk
}

fn check(desk: &Desk, more: &[&str]) -> Outcome {
    Outcome::of(desk.command(&["check", "rules", "--as-of", "2026-12-15"]).args(more))
}

#[test]
fn the_exit_code_is_the_answer() {
    let cases: &[(&str, &[&str], i32)] = &[
        ("overlap", &[], 1),
        ("could_merge", &[], 0),
        ("could_merge", &["--fail-on", "warning"], 0),
        ("could_merge", &["--fail-on", "note"], 1),
        ("always_true", &[], 0),
        ("always_true", &["--fail-on", "warning"], 1),
        ("overlap", &["--job", "relance.yaml"], 2),
        ("overlap", &["--format", "xml"], 2),
    ];
    for (case, more, code) in cases {
        let outcome = check(&desk(case), more);
        assert_eq!(outcome.code, Some(*code), "{case} {more:?}\n{}{}", outcome.out, outcome.err);
    }
}

#[test]
fn what_cannot_be_checked_says_why() {
    let desk = Desk::empty();
    let nowhere = Outcome::of(&mut desk.command(&["check", "nowhere"]));
    nowhere.refused(66, "error: there is no folder of rules nowhere\n  help: name a policy pack under rules: in the job file\n");
    desk.job("relance: 1\nrules: [a]\n");
    let invalid = Outcome::of(&mut desk.command(&["check"]));
    assert_eq!((invalid.code, invalid.out.as_str()), (Some(78), ""));
    let night = Outcome::of(&mut desk.command(&["check", "rules", "--data", "relance.yaml"]));
    assert_eq!(night.code, Some(2), "{}", night.err);
}

#[test]
fn a_clean_pack_is_told_in_two_lines() {
    let desk = Desk::small();
    let rules = fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
    let rules = rules
        .replace("template: reminder}", "template: reminder, otherwise: {do: letter, template: reminder}}")
        .replace("do: call}", "do: call, otherwise: skip}");
    desk.file("rules/escalation.yaml", rules.as_bytes());
    for words in [&["check"][..], &["check", "--as-of", NIGHT], &["check", "rules"]] {
        let outcome = Outcome::of(&mut desk.command(words)).succeeded();
        assert_eq!(outcome.out.lines().count(), 2, "{}", outcome.out);
        assert!(outcome.out.starts_with("rules: 1 table, 1 policy") && outcome.out.ends_with("no findings\n"), "{}", outcome.out);
    }
}

#[test]
fn json_has_a_versioned_schema_and_every_finding() {
    let outcome = check(&desk("more_than_fifty"), &["--format", "json"]);
    let document: Value = serde_json::from_str(&outcome.out).expect("JSON");
    assert_eq!((&document["schema"], &document["version"], &document["failed"]), (&"relance.check".into(), &1.into(), &true.into()));
    let findings = document["findings"].as_array().expect("findings");
    assert!(findings.len() > 50, "text stops at fifty per file, JSON does not");
    assert_eq!(document["errors"], findings.iter().filter(|finding| finding["severity"] == "error").count());
    for finding in findings {
        let place = &finding["place"];
        assert!(place["line"].as_u64() >= Some(1) && place["column"].as_u64() >= Some(1) && place["file"] == "rules/segmentation.yaml");
        let start = (place["line"].as_u64(), place["column"].as_u64());
        assert!(start <= (place["end_line"].as_u64(), place["end_column"].as_u64()));
        for text in ["code", "title", "severity", "message"] {
            assert!(finding[text].as_str().is_some_and(|text| !text.is_empty()), "{text}");
        }
        for list in ["related", "notes", "help"] {
            assert!(finding[list].is_array(), "{list}");
        }
    }
}

#[test]
fn github_annotations_are_one_line_each() {
    let outcome = check(&desk("overlap"), &["--format", "github"]);
    let expected = "::error file=rules/segmentation.yaml,line=14,endLine=14,col=10,endColumn=13,title=R0501 two rows of a `unique` table that can both match::the rows \"aging\" and \"old\" can both match%0Aexample: oldest_days_past_due = 60 days";
    assert!(outcome.out.lines().any(|line| line.starts_with(expected)), "{}", outcome.out);
    let levels = ["::error file=", "::warning file=", "::notice file="];
    assert!(outcome.out.lines().all(|line| levels.iter().any(|level| line.starts_with(level))), "{}", outcome.out);
}

#[test]
fn safe_mistakes_are_mended_and_told() {
    let desk = Desk::empty();
    fs::remove_dir_all(desk.path("rules")).expect("the small pack");
    let rules = "# Kept as it is.
relance: 1
kind: segmentation
tables:
  - table: t
    grain: customer
    hit: frist                      # a slip
    output: {t: [one, other]}
    rules:
      - {id: a, when: legal_staus == insolvency, then: one}
      - {id: b, when: placed or contact_hold and returned_mail, then: oter}
    otherwise: other
";
    desk.file("rules/segmentation.yaml", rules.as_bytes());
    let outcome = Outcome::of(&mut desk.command(&["check", "rules", "--fix"])).succeeded();
    let mended = fs::read_to_string(desk.path("rules/segmentation.yaml")).expect("the rules");
    let expected = rules
        .replace("frist", "first")
        .replace("legal_staus ==", "legal_status =")
        .replace("contact_hold and returned_mail", "(contact_hold and returned_mail)")
        .replace("oter", "other");
    assert_eq!(mended, expected, "{}", outcome.out);
    assert!(outcome.out.contains("fixed: rules/segmentation.yaml:7:10: frist -> first (R0119)\n"), "{}", outcome.out);
    assert_eq!(outcome.out.matches("fixed: ").count(), 5, "{}", outcome.out);
    let again = Outcome::of(&mut desk.command(&["check", "rules", "--fix"])).succeeded();
    assert!(!again.out.contains("fixed: "), "{}", again.out);
}

/// What can never hold is mended too: the rules then decide what was meant.
#[test]
fn codes_in_small_letters_are_mended() {
    let desk = Desk::empty();
    fs::remove_dir_all(desk.path("rules")).expect("the small pack");
    let rules = "relance: 1
kind: segmentation
tables:
  - table: segment
    grain: customer
    hit: first
    output: {segment: [home, other]}
    rules:
      - {id: a, when: country is known and country = 'fr', then: home}
    otherwise: other
";
    desk.file("rules/segmentation.yaml", rules.as_bytes());
    let told = Outcome::of(&mut desk.command(&["check", "rules"])).succeeded();
    assert!(told.out.contains("write 'FR'") && told.out.contains("some can be mended: relance check --fix\n"), "{}", told.out);
    let outcome = Outcome::of(&mut desk.command(&["check", "rules", "--fix"])).succeeded();
    let mended = fs::read_to_string(desk.path("rules/segmentation.yaml")).expect("the rules");
    assert_eq!(mended, rules.replace("'fr'", "'FR'"), "{}", outcome.out);
    assert!(outcome.out.contains("fixed: rules/segmentation.yaml:9:54: 'fr' -> 'FR' (R0311)\n"), "{}", outcome.out);
    assert!(!outcome.out.contains("some can be mended"), "{}", outcome.out);
}

/// Signs of other languages become words, which need blanks that the signs do not.
#[test]
fn several_signs_of_a_condition_are_mended_at_once() {
    let desk = Desk::empty();
    fs::remove_dir_all(desk.path("rules")).expect("the small pack");
    let rules = |when: &str| format!("relance: 1\nkind: segmentation\ndefine:\n  d: {{means: A test, when: {when}}}\n");
    for (written, mended) in [
        ("exposure <> 300 EUR and !placed", "exposure != 300 EUR and not placed"),
        ("contact_hold&&placed||!returned_mail", "(contact_hold and placed) or not returned_mail"),
        ("(contact_hold)||(!placed)", "(contact_hold) or (not placed)"),
    ] {
        desk.file("rules/segmentation.yaml", rules(written).as_bytes());
        let outcome = Outcome::of(&mut desk.command(&["check", "rules", "--fix"])).succeeded();
        let found = fs::read_to_string(desk.path("rules/segmentation.yaml")).expect("the rules");
        assert_eq!(found, rules(mended), "{}", outcome.out);
        assert!(!outcome.out.contains("some can be mended"), "{}", outcome.out);
    }
}

/// A fix that would only bring up the next mistake at its place is no fix.
#[test]
fn what_is_not_mended_is_not_promised() {
    let desk = Desk::empty();
    fs::remove_dir_all(desk.path("rules")).expect("the small pack");
    let rules = "relance: 1\nkind: segmentation\ndefine:\n  d: {means: A test, when: AND placed}\n";
    desk.file("rules/segmentation.yaml", rules.as_bytes());
    let told = Outcome::of(&mut desk.command(&["check", "rules"]));
    assert!(told.out.contains("\"AND\" is written \"and\" here") && !told.out.contains("some can be mended"), "{}", told.out);
    let outcome = Outcome::of(&mut desk.command(&["check", "rules", "--fix"]));
    assert_eq!(fs::read_to_string(desk.path("rules/segmentation.yaml")).expect("the rules"), rules, "{}", outcome.out);
}

#[test]
fn what_is_not_sure_is_left_alone() {
    let desk = Desk::empty();
    fs::remove_dir_all(desk.path("rules")).expect("the small pack");
    // "rate" is as near to "late" as to "date"; "hi" is too short to tell; and a file without a fix is not touched at all.
    let rules = "relance: 1
kind: segmentation
define:
  late: {means: Late, when: oldest_days_past_due > 30 days}
  date: {means: Dated, when: placed}
tables:
  - table: t
    grain: customer
    hit: first
    output: {t: [ho, ha]}
    rules:
      - {id: a, when: rate, then: hi}
      - {id: b, when: late and date, then: ho}
    otherwise: ha
";
    desk.file("rules/segmentation.yaml", rules.as_bytes());
    let outcome = Outcome::of(&mut desk.command(&["check", "rules", "--fix"]));
    assert_eq!(outcome.code, Some(1));
    assert_eq!(fs::read_to_string(desk.path("rules/segmentation.yaml")).expect("the rules"), rules, "{}", outcome.out);
}

#[test]
fn codes_are_explained() {
    let desk = Desk::empty();
    let page = Outcome::of(&mut desk.command(&["explain-code", "r0502"])).succeeded();
    assert!(page.out.starts_with("## R0502 ") && page.out.contains("**Better.**"));
    let all = Outcome::of(&mut desk.command(&["explain-code"])).succeeded();
    assert!(all.out.lines().count() >= 60);
    let unknown = Outcome::of(&mut desk.command(&["explain-code", "R9999"]));
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""));
}

/// Cases of the error catalogue that need data: the tables of the small portfolio, with columns of their own.
const DATA_CUSTOMERS: &str = "
    customer_id, name,    customer_type, country, risk_score, x_tier, x_visits
    C1,          Dupont,  company,       FR,      3,          gold,   many
    C2,          Martin,  consumer,      FR,      -1,         bronze, few
    C3,          Smith,   company,       GB,      2,          bronze, none";

/// Payments with ids that lost something on the way.
const DATA_PAYMENTS: &str = "
    payment_id, customer_id, invoice_id, payment_date, amount, currency
    P1,         C1,          F01,        2026-10-15,   400.00, EUR
    P2,         c2,          ,           2026-10-15,   1.00,   EUR
    P3,         c1,          f2,         2026-10-15,   1.00,   EUR
    P4,         C9,          F9,         2026-10-15,   1.00,   EUR";

#[test]
fn a_portfolio_says_how_much_a_finding_is_about() {
    for case in [
        "data_contract",
        "data_columns",
        "data_lists",
        "data_shares",
        "data_regimes",
        "data_rates",
        "data_ids",
        "data_signs",
        "data_columns_optional",
        "data_refused",
    ] {
        let desk = Desk::small();
        fs::remove_dir_all(desk.path("rules")).expect("the small pack");
        copy(&testdata(&format!("errors/{case}")), &desk.path("rules"));
        desk.table("customers", DATA_CUSTOMERS);
        if case == "data_refused" {
            desk.table("customers", &DATA_CUSTOMERS.replace("company", "Société"));
        }
        if case == "data_ids" {
            desk.table("payments", DATA_PAYMENTS);
        }
        if case == "data_signs" {
            let rows = |write: fn(i32) -> String| (0..10).map(write).collect::<String>();
            let paid = rows(|at| format!("P{at}, C1, 2026-10-15, {}.00, EUR\n", if at == 0 { 5 } else { -5 }));
            desk.table("payments", &format!("payment_id, customer_id, payment_date, amount, currency\n{paid}"));
            let billed = rows(|at| format!("F{at}, C1, 2026-09-15, 2026-10-15, -{at}1.00, EUR\n"));
            desk.table("invoices", &format!("invoice_id, customer_id, issue_date, due_date, amount, currency\n{billed}"));
        }
        let words = ["check", "rules", "--as-of", NIGHT, "--data", "relance.yaml"];
        let found = Outcome::of(&mut desk.command(&words)).out;
        let expected = testdata(&format!("errors/{case}/expected.txt"));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected, &found).expect("a writable catalogue");
        }
        assert_eq!(found, fs::read_to_string(&expected).unwrap_or_default(), "{case}: run with BLESS=1 and read the difference");
    }
}

/// Only invoices are required: without a table of customers none of them is unknown, and nobody is told of columns it does not have.
#[test]
fn a_job_without_customers_says_so_once() {
    let desk = Desk::small();
    desk.job("relance: 1\nportfolio:\n  invoices: invoices.parquet\nfx: fx.parquet\nrules: rules\nout: out\nreporting_currency: EUR\n");
    desk.run(NIGHT, &[]).succeeded();
    let findings = desk.night(NIGHT).rows("findings");
    assert_eq!(findings.of(["kind"]).into_iter().filter(|[kind]| *kind == "unknown_customer").count(), 0, "{}", findings.text());
    let found = Outcome::of(&mut desk.command(&["check", "--as-of", NIGHT, "--data", "relance.yaml"])).out;
    assert!(found.contains("[R1006]: the job names no table of customers, and steps need a customer's e-mail address"), "{found}");
    assert!(found.contains("help: name the table under `portfolio:` in the job file"), "{found}");
}

/// The rules of a job are those that its night goes by, whichever command looks at them.
#[test]
fn a_portfolio_is_asked_about_the_rules_of_its_own_job() {
    let desk = Desk::small();
    copy(&desk.path("rules"), &desk.path("other/rules"));
    let tables = ["customers", "invoices", "payments", "fx"];
    let other = tables.iter().fold(crate::desk::JOB.to_owned(), |job, name| job.replace(&format!(": {name}."), &format!(": ../{name}.")));
    desk.file("other/relance.yaml", other.as_bytes());
    desk.file("rules/lists.yaml", b"relance: 1\nkind: lists\nlists:\n  idle: {values: [a]}\n");
    let data = ["--as-of", NIGHT, "--data", "other/relance.yaml"];
    let warning = "warning: these are the findings of rules; the rules of other/relance.yaml are other/rules\n";
    for (words, checked, told) in [
        (&[][..], "other/rules", ""),
        (&["other/rules"], "other/rules", ""),
        (&["--job", "other/relance.yaml"], "other/rules", ""),
        (&["rules"], "rules", warning),
        (&["--job", "relance.yaml"], "rules", warning),
    ] {
        let outcome = Outcome::of(desk.command(&["check"]).args(words).args(data));
        assert!(outcome.out.contains(&format!("{checked}: 1 table,")), "{words:?}: {}{}", outcome.out, outcome.err);
        assert_eq!(outcome.out.contains("nothing uses the list \"idle\""), checked == "rules", "{words:?}: {}", outcome.out);
        assert_eq!(outcome.err, told, "{words:?}");
    }
}

/// A file where a folder belongs, and the other way round, is a slip of the command line, told with what to type.
#[test]
fn a_file_for_a_folder_and_a_folder_for_a_file() {
    let desk = Desk::small();
    let escalation = "error: rules/escalation.yaml is a file, and a policy pack is a folder of rule files\n  help: the files of a pack hold \
                      together: name their folder, rules\n";
    let job = "error: relance.yaml is a job file, and a policy pack is a folder of rule files\n  help: write --job relance.yaml\n";
    let folder = "error: . is a folder, and a job is a file\n  help: name the file in it: ./relance.yaml\n";
    let bare = "error: rules is a folder, and a job is a file\n  help: name a job file; relance init rules writes one to start from\n";
    let no_test = "error: relance.yaml is no test file: its name does not end in .test.yaml\n  help: name a test file or the folder of the \
                   rules; of the rules of a job, --job FILE runs all tests\n";
    let cases: [(&[&str], &str); 8] = [
        (&["check", "rules/escalation.yaml"], escalation),
        (&["docs", "rules/escalation.yaml", "--out", "page.html"], escalation),
        (&["schema", "escalation", "--rules", "relance.yaml"], job),
        (&["check", "relance.yaml"], job),
        (&["test", "relance.yaml"], no_test),
        (&["check", "--job", "."], folder),
        (&["check", "--as-of", NIGHT, "--data", "."], folder),
        (&["run", "--as-of", NIGHT, "--job", "rules"], bare),
    ];
    for (words, expected) in cases {
        Outcome::of(&mut desk.command(words)).refused(2, expected);
    }
    // In the job file it is the job that is wrong.
    desk.job(&crate::desk::JOB.replace("rules: rules", "rules: rules/escalation.yaml"));
    desk.run(NIGHT, &[]).refused(78, escalation);
    let help = Outcome::of(&mut desk.command(&["check", "--help"])).out;
    assert!(help.contains("Needs --as-of"), "{help}");
}

/// A command that looks at rules takes a place or a job, never both, and from the job also its currency.
#[test]
fn every_command_on_rules_takes_a_place_or_a_job() {
    let desk = Desk::small();
    for command in [&["check"][..], &["fmt", "--check"], &["docs", "--out", "page.html"], &["test"]] {
        let both = Outcome::of(desk.command(command).args(["rules", "--job", "relance.yaml"]));
        assert_eq!(both.code, Some(2), "{command:?}: {}", both.err);
    }
    let schema = |more: &[&str]| Outcome::of(desk.command(&["schema", "escalation"]).args(more)).succeeded().out;
    assert_eq!(schema(&["--job", "relance.yaml"]), schema(&["--rules", "rules"]));
    assert_ne!(schema(&["--job", "relance.yaml"]), schema(&[]));
    let tested = Outcome::of(&mut desk.command(&["test", "--job", "relance.yaml"]));
    tested.refused(66, "error: there is no *.test.yaml in rules\n  help: docs/testing-rules.md says how to write one\n");
    // A bare amount is one of the job's currency: so it is written out.
    desk.job(&crate::desk::JOB.replace("currency: EUR", "currency: GBP"));
    let rules = fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
    let bare =
        rules.replace("overdue_balance >= 10 EUR", "overdue_balance >= 10").replace("overdue_balance < 5 EUR", "overdue_balance < 5");
    assert!(!bare.contains("EUR"), "{bare}");
    desk.file("rules/escalation.yaml", bare.as_bytes());
    Outcome::of(&mut desk.command(&["fmt"])).succeeded();
    let written = fs::read_to_string(desk.path("rules/escalation.yaml")).expect("the escalation");
    assert!(written.contains("overdue_balance >= 10 GBP"), "{written}");
}

#[test]
fn a_list_is_read_from_its_file_as_a_night_reads_it() {
    let desk = Desk::small();
    desk.file("rules/lists.yaml", b"relance: 1\nkind: lists\nlists:\n  british: {file: british.csv, column: customer_id}\n");
    desk.file("rules/british.csv", b"customer_id\nC3\n");
    let rules = fs::read_to_string(desk.path("rules/segmentation.yaml")).expect("the table");
    let written = "country is known and country = 'GB'";
    assert!(rules.contains(written));
    desk.file("rules/segmentation.yaml", rules.replace(written, "customer_id in british").as_bytes());
    let output = desk.command(&["check", "rules", "--as-of", NIGHT]).output().expect("an answer");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!said.contains("R0209"), "{said}");
    assert_ne!(output.status.code(), Some(78), "{said}");
    desk.run(NIGHT, &[]).succeeded();
}
