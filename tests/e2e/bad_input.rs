//! What is wrong with the input is told in one clear message that names the place and the remedy, and nothing is published.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::desk::{DAY_BEFORE, Desk, JOB, NIGHT, Outcome, testdata};

const SOURCE: &str = "  help: name a Parquet file, a folder of *.parquet files or a glob, relative to the folder of the job file\n";
const DAMAGED: &str = "  help: export the file again, it is truncated or damaged\n";
const SCHEMA: &str =
    "  help: correct the export, or map its own names in the job file with columns: {invoices: {invoice_id: the name in the file}}\n";
const REJECTS: &str = "  help: correct the export, or raise rejects.fail_above in the job file; nothing was published\n";
const TYPES: &str = "  help: correct the export; docs/inputs.md has the types of every table\n";
const RATES: &str = "  help: name a table of exchange rates in the job file, fx: data/fx.parquet, and give it a row of this currency: columns date (the night or earlier), currency, and rate_to_reporting (what one unit is worth in the reporting currency); or, if the figures shall be in GBP, write reporting_currency: GBP in the job file\n";
const RATE: &str = "  help: add the published rate to the rate file of the policy pack\n";

/// Runs a night of the small portfolio after something was spoilt: refused with this code and exactly these words; nothing published.
#[track_caller]
fn check(spoil: impl FnOnce(&Desk), code: i32, expected: &str) {
    check_run(spoil, NIGHT, &[], code, expected);
}

#[track_caller]
fn check_run(spoil: impl FnOnce(&Desk), night: &str, more: &[&str], code: i32, expected: &str) {
    let desk = Desk::small();
    spoil(&desk);
    desk.run(night, more).refused(code, expected);
    let left: Vec<String> = desk.published().into_iter().filter(|name| name != ".relance.lock").collect();
    assert_eq!(left, [""; 0], "nothing is left in the output folder");
}

/// Invoices with these rows below the usual columns.
fn invoices(rows: &str) -> String {
    format!("invoice_id, customer_id, issue_date, due_date, amount, currency\n{rows}")
}

fn job(desk: &Desk, from: &str, to: &str) {
    assert!(JOB.contains(from), "{from}");
    desk.job(&JOB.replace(from, to));
}

#[test]
fn the_small_portfolio_is_good() {
    let desk = Desk::small();
    desk.run(NIGHT, &[]).succeeded();
    desk.night(NIGHT).is_whole();
}

// ---- Files -----------------------------------------------------------------------------------------------------------------

#[test]
fn a_missing_file() {
    let gone = |desk: &Desk| fs::remove_file(desk.path("payments.parquet")).expect("removed");
    check(gone, 66, &format!("error: payments: there is no file or folder payments.parquet\n{SOURCE}"));
}

#[test]
fn all_missing_tables_at_once() {
    let gone = |desk: &Desk| {
        fs::remove_file(desk.path("payments.parquet")).expect("removed");
        fs::remove_file(desk.path("customers.parquet")).expect("removed");
    };
    let expected =
        "error: customers: there is no file or folder customers.parquet\nerror: payments: there is no file or folder payments.parquet\n";
    check(gone, 66, &format!("{expected}{SOURCE}"));
    // A table that does not fit is told beside one that is not there, and trying again does not mend it.
    let both = |desk: &Desk| {
        gone(desk);
        desk.table("invoices", "invoice_id, customer_id, issue_date, due_date\nF1, C1, 2026-01-01, 2026-02-01");
    };
    let desk = Desk::small();
    both(&desk);
    let outcome = desk.run(NIGHT, &[]);
    assert_eq!(outcome.code, Some(65), "{}", outcome.err);
    assert!(["customers: there is no", "payments: there is no", "amount"].iter().all(|part| outcome.err.contains(part)), "{}", outcome.err);
}

#[test]
fn a_folder_without_parquet() {
    let spoil = |desk: &Desk| {
        desk.file("ledger/invoices.csv", b"invoice_id\nF1\n");
        job(desk, "invoices.parquet", "ledger");
    };
    check(spoil, 66, &format!("error: invoices: there is no Parquet file in ledger\n{SOURCE}"));
}

#[test]
fn a_glob_that_matches_nothing() {
    let spoil = |desk: &Desk| job(desk, "invoices.parquet", "'invoices/*.parquet'");
    check(spoil, 66, &format!("error: invoices: there is no Parquet file in invoices/*.parquet\n{SOURCE}"));
}

#[test]
fn truncated_corrupted_and_empty_files() {
    type Spoil = fn(&mut Vec<u8>);
    let cases: [(Spoil, &str); 4] = [
        (|bytes| bytes.truncate(bytes.len() / 2), "Invalid Parquet file. Corrupt footer"),
        (|bytes| bytes.truncate(0), "Parquet file too small. Size is 0 but need 8"),
        (|bytes| bytes[20..60].fill(0xAA), "eof decoding byte array"),
        (|bytes| *bytes = b"no table at all, only a note".to_vec(), "Invalid Parquet file. Corrupt footer"),
    ];
    for (damage, what) in cases {
        let spoil = |desk: &Desk| {
            let mut bytes = fs::read(desk.path("invoices.parquet")).expect("a table");
            damage(&mut bytes);
            desk.file("invoices.parquet", &bytes);
        };
        check(spoil, 65, &format!("error: invoices.parquet is not readable Parquet: {what}\n{DAMAGED}"));
    }
}

/// Whatever byte is turned, the night is either refused as data or goes on with what was read; it never breaks down.
#[test]
fn a_csv_is_told_how_to_become_parquet() {
    let text = "\u{feff}customer_id;name\n0042;Dupont\n";
    let spoil = |desk: &Desk| {
        desk.file("customers.parquet", text.as_bytes());
    };
    let expected = "error: customers.parquet is a CSV, and tables are Parquet
  help: write it as Parquet, with ids as text: in DuckDB COPY (FROM read_csv('customers.parquet', types = {'customer_id': 'VARCHAR'})) TO 'customers_new.parquet'; docs/inputs.md has the types of every table
";
    check(spoil, 65, expected);
}

#[test]
fn a_turned_byte_is_refused_or_harmless() {
    let desk = Desk::small();
    let good = fs::read(desk.path("invoices.parquet")).expect("a table");
    let mut refused = 0;
    for at in (0..good.len()).step_by(good.len() / 60) {
        let mut bytes = good.clone();
        bytes[at] ^= 0xFF;
        desk.file("invoices.parquet", &bytes);
        let outcome = desk.run(NIGHT, &["--out", &format!("out{at}")]);
        assert!(matches!(outcome.code, Some(0 | 65)), "byte {at}: {outcome:?}");
        assert!(!outcome.err.contains("panicked") && !outcome.err.contains("internal error"), "byte {at}: {}", outcome.err);
        refused += usize::from(outcome.code == Some(65));
    }
    assert!(refused > 20, "{refused} files were refused");
}

#[test]
fn a_file_nobody_may_read_and_a_folder_nobody_may_write() {
    let forbidden = "  help: give the user of this process the right to it, or name another place\n";
    let cases = [
        ("invoices.parquet", 0o000, "error: cannot open invoices.parquet: Permission denied (os error 13)\n"),
        (".", 0o555, "error: cannot create out: Permission denied (os error 13)\n"),
    ];
    for (name, mode, message) in cases {
        let desk = Desk::small();
        let outcome = as_nobody(&desk, || {
            fs::set_permissions(desk.path(name), Permissions::from_mode(mode)).expect("permissions");
        });
        outcome.refused(77, &format!("{message}{forbidden}"));
    }
}

/// Runs the night as a user without rights, where the tests have them all, after the rights were set.
fn as_nobody(desk: &Desk, restrict: impl FnOnce()) -> Outcome {
    const NOBODY: u32 = 65_534;
    let mut command = desk.command(&[]);
    // Who owns the folder just made is who runs the tests.
    if fs::metadata(desk.folder()).expect("a folder").uid() == 0 {
        // The folder of the build may be closed to others.
        fs::copy(env!("CARGO_BIN_EXE_relance"), desk.path("relance")).expect("a copy of the binary");
        command = Command::new("./relance");
        command.current_dir(desk.folder()).uid(NOBODY).gid(NOBODY);
        fs::set_permissions(desk.folder(), Permissions::from_mode(0o777)).expect("permissions");
    }
    restrict();
    let outcome = Outcome::of(command.args(["run", "--as-of", NIGHT]));
    fs::set_permissions(desk.folder(), Permissions::from_mode(0o700)).expect("permissions");
    outcome
}

// ---- Columns ---------------------------------------------------------------------------------------------------------------

#[test]
fn columns_that_do_not_fit_the_contract() {
    let cases = [
        ("customer_id, due_dte:date, amount", "there is no column due_date, expected date; the nearest is due_dte", SCHEMA),
        (
            "customer_id, due_date:text, amount",
            "column due_date is text, expected date; in SQL CAST(due_date AS DATE), or of 31/12/2026 CAST(strptime(due_date, '%d/%m/%Y') AS \
             DATE), in polars pl.col(\"due_date\").str.to_date(\"%d/%m/%Y\"), in pandas pd.to_datetime(df[\"due_date\"], \
             format=\"%d/%m/%Y\").dt.date",
            TYPES,
        ),
        (
            "customer_id, due_date, amount:double",
            "column amount is double, expected decimal; floats: {invoices: {amount: round}} in the job file accepts it",
            TYPES,
        ),
        (
            "customer_id:whole, due_date, amount",
            "column customer_id is int64, expected text; ids are texts, so that 042 is not 42: write it as text, in SQL CAST(customer_id AS VARCHAR), in polars pl.col(\"customer_id\").cast(pl.String), in pandas df[\"customer_id\"].astype(\"string\")",
            TYPES,
        ),
    ];
    for (columns, what, help) in cases {
        let rows = format!("invoice_id, issue_date, {columns}\nF1, 2026-01-01, 42, 2026-02-01, 10");
        let spoil = |desk: &Desk| {
            desk.table("invoices", &rows);
        };
        check(spoil, 65, &format!("error: invoices: invoices.parquet: {what}\n{help}"));
    }
}

// ---- Rows ------------------------------------------------------------------------------------------------------------------

#[test]
fn rows_that_cannot_be_taken() {
    let long = "x".repeat(10 << 20);
    let shown = "x".repeat(80);
    let header = "invoice_id, customer_id, issue_date, due_date, amount, currency";
    let cases = [
        (
            header.replace("issue_date", "issue_date:instant"),
            "F1, C1, 2026-01-01, 2026-02-01, 10, EUR".to_owned(),
            "unreadable: issue_date is no day; a timestamp is one only at midnight UTC: 2026-01-01T12:00:00".to_owned(),
        ),
        (
            header.replace("amount", "amount:decimal3"),
            "F1, C1, 2026-01-01, 2026-02-01, 10.005, EUR".to_owned(),
            "too_many_decimals: amount has more decimals than its currency: 10.005".to_owned(),
        ),
        (
            header.to_owned(),
            "F1, C1, 2026-01-01, 2026-02-01, 10.50, JPY".to_owned(),
            "too_many_decimals: amount has more decimals than its currency: 10.50".to_owned(),
        ),
        (
            header.to_owned(),
            "F1, C1, 2026-01-01, 2026-02-01, 10, EURO".to_owned(),
            "bad_currency: not an active ISO 4217 currency in upper case: EURO".to_owned(),
        ),
        (header.to_owned(), "F1, C1, 2026-01-01, 2026-02-01, 0, EUR".to_owned(), "zero_amount: amount is zero".to_owned()),
        (
            header.to_owned(),
            "F1, , 2026-01-01, 2026-02-01, 10, EUR".to_owned(),
            "missing_required: customer_id is required and has no value".to_owned(),
        ),
        (
            header.to_owned(),
            format!("{long}, C1, 2026-01-01, 2026-02-01, 10, EUR"),
            format!("unreadable: invoice_id is no UTF-8 text of at most 1 MiB: {shown}"),
        ),
        (
            header.to_owned(),
            format!("F1, C1, 2026-01-01, 2026-02-01, 10, {long}"),
            format!("unreadable: currency is no UTF-8 text of at most 1 MiB: {shown}"),
        ),
    ];
    for (header, row, what) in cases {
        let key = if what.contains("invoice_id") { "" } else { ", invoice_id F1" };
        let expected = format!(
            "error: invoices: 1 of 1 row refused, more than rejects.fail_above: 0.10 %\nerror: invoices: invoices.parquet row 1{key}: {what}\n{REJECTS}"
        );
        let spoil = |desk: &Desk| {
            desk.table("invoices", &format!("{header}\n{row}"));
        };
        check(spoil, 65, &expected);
    }
}

#[test]
fn duplicate_keys() {
    let twice = invoices("F1, C1, 2026-01-01, 2026-02-01, 10, EUR\nF1, C1, 2026-01-01, 2026-02-01, 12, EUR");
    let spoil = |desk: &Desk| {
        desk.table("invoices", &twice);
    };
    let expected = "error: invoices: 2 of 2 rows refused, more than rejects.fail_above: 0.10 %
error: invoices: invoices.parquet row 1, invoice_id F1: duplicate_key: another row has the same key: F1
error: invoices: invoices.parquet row 2, invoice_id F1: duplicate_key: another row has the same key: F1
";
    check(spoil, 65, &format!("{expected}{REJECTS}"));
}

#[test]
fn a_share_of_refused_rows_or_money_above_the_limit() {
    let rows = |refused: &str| {
        format!(
            "payment_id, customer_id, payment_date, amount,    currency
             P1,         C1,          2026-10-15,   1.00,      EUR
             P2,         C1,          2026-10-15,   1.00,      EUR
             P3,         C1,          2026-10-15,   1.00,      EUR
             P4,         C1,          2026-10-15,   {refused}, EURO"
        )
    };
    let bad_row =
        "error: payments: payments.parquet row 4, payment_id P4: bad_currency: not an active ISO 4217 currency in upper case: EURO\n";
    let cases = [
        ("1.00", "24%", "1 of 4 rows refused, more than rejects.fail_above: 24.00 %"),
        ("9997.00", "99.9%", "99.97 % of the money refused, more than rejects.fail_above: 99.90 %"),
    ];
    for (refused, limit, what) in cases {
        let spoil = |desk: &Desk| {
            desk.table("payments", &rows(refused)).job(&format!("{JOB}rejects: {{fail_above: {limit}}}\n"));
        };
        check(spoil, 65, &format!("error: payments: {what}\n{bad_row}{REJECTS}"));
    }
    let desk = Desk::small();
    desk.table("payments", &rows("1.00")).job(&format!("{JOB}rejects: {{fail_above: 100%}}\n"));
    desk.run(NIGHT, &[]).succeeded();
    let rejects = desk.night(NIGHT).rows("rejects");
    assert_eq!(rejects.of(["source", "file", "row", "key", "reason"]), [["payments", "payments.parquet", "3", "P4", "bad_currency"]]);
}

#[test]
fn a_table_of_zero_rows_is_legal() {
    let desk = Desk::small();
    desk.table("invoices", &invoices(""))
        .table("customers", "customer_id")
        .table("payments", "payment_id, customer_id, payment_date, amount");
    desk.run(NIGHT, &[]).succeeded();
    desk.night(NIGHT).is_whole();
    for table in ["open_items", "unallocated", "segments", "actions", "penalties", "rejects"] {
        assert_eq!(desk.night(NIGHT).rows(table).rows.len(), 0, "{table}");
    }
    // What there is to say of the rules is said without rows too.
    let findings = desk.night(NIGHT).rows("findings");
    assert!(findings.of(["kind"]).iter().all(|[kind]| *kind == "rates_run_out"), "{}", findings.text());
}

#[test]
fn a_currency_without_a_rate() {
    let spoil = |desk: &Desk| job(desk, "fx: fx.parquet\n", "");
    check(spoil, 65, &format!("error: money in GBP occurs, and there is no exchange rate for it on or before as_of\n{RATES}"));
}

#[test]
fn a_rate_that_cannot_be() {
    let spoil = |desk: &Desk| {
        desk.table("fx", "date, currency, rate_to_reporting\n2026-01-02, GBP, 0");
    };
    let expected = "error: fx: 1 of 1 row refused, more than rejects.fail_above: 0.10 %
error: fx: fx.parquet row 1, date|currency 2026-01-02|GBP: zero_amount: rate_to_reporting is zero
  help: correct the export, or raise rejects.fail_above in the job file; nothing was published
";
    check(spoil, 65, expected);
}

// ---- Days ------------------------------------------------------------------------------------------------------------------

#[test]
fn a_night_in_the_far_past_has_nothing_to_do() {
    let desk = Desk::small();
    desk.run("1900-01-01", &[]).succeeded();
    assert_eq!(desk.night("1900-01-01").manifest()["counts"]["invoices"]["ignored"], 4);
}

#[test]
fn a_night_in_the_far_future_lacks_rates_where_something_is_late() {
    let expected = "error: regime FR_B2B needs a rate for 2027 H1: series ecb has no rate for 2027-01-01 (known until 2026-12-31)\n";
    for night in ["2027-01-01", "9999-12-31"] {
        check_run(|_| {}, night, &[], 78, &format!("{expected}{RATE}"));
    }
    let desk = Desk::small();
    desk.table("invoices", &invoices("X1, C9, 9999-12-31, 9999-12-31, 10, EUR"));
    desk.run("9999-12-31", &[]).succeeded();
    assert_eq!(desk.night("9999-12-31").rows("open_items").of(["invoice_id", "days_past_due"]), [["X1", "0"]]);
}

#[test]
fn a_day_that_does_not_exist() {
    for day in ["2026-02-30", "0001-01-01", "tomorrow"] {
        let expected = format!(
            "error: invalid value '{day}' for '--as-of <YYYY-MM-DD>': expected a day between 1900-01-01 and 9999-12-31, as in 2026-11-21\n\nFor more information, try '--help'.\n"
        );
        check_run(|_| {}, day, &[], 2, &expected);
    }
}

// ---- Job file and rules ----------------------------------------------------------------------------------------------------

#[test]
fn a_job_file_that_is_missing_or_wrong() {
    let gone = |desk: &Desk| fs::remove_file(desk.path("relance.yaml")).expect("removed");
    let expected =
        "error: cannot read relance.yaml: No such file or directory (os error 2)\n  help: relance init writes a job file to start from\n";
    check(gone, 66, expected);
    let misspelt = |desk: &Desk| {
        desk.job(&JOB.replace("fx:", "fix:").replace("  payments:", "  payment:"));
    };
    let expected = "error: relance.yaml:5:3: unknown table \"payment\", did you mean \"payments\"?
error: relance.yaml:6:1: unknown key \"fix\", did you mean \"fx\"?
";
    check(misspelt, 78, expected);
}

#[test]
fn all_ten_mistakes_of_a_rule_file_are_told_at_once() {
    let spoil = |desk: &Desk| {
        fs::remove_file(desk.path("rules/escalation.yaml")).expect("removed");
        fs::copy(testdata("errors/ten_mistakes/segmentation.yaml"), desk.path("rules/segmentation.yaml")).expect("copied");
    };
    let findings = fs::read_to_string(testdata("errors/ten_mistakes/expected.txt")).expect("the findings of this file");
    assert_eq!(findings.matches("error[R").count(), 10);
    let findings = findings.replace("segmentation.yaml:", "rules/segmentation.yaml:");
    let expected = format!(
        "error: the rules in rules have 10 findings\n\n{findings}\n  help: nothing was read: correct the rule files and run again\n"
    );
    check(spoil, 78, &expected);
}

#[test]
fn a_folder_of_rules_that_is_missing_or_empty() {
    let missing = |desk: &Desk| job(desk, "rules: rules", "rules: ruels");
    let help = "  help: name a policy pack under rules: in the job file\n";
    check(missing, 66, &format!("error: there is no folder of rules ruels\n{help}"));
    let empty = |desk: &Desk| {
        desk.file("pack/readme.txt", b"").job(&JOB.replace("rules: rules", "rules: pack"));
    };
    check(empty, 66, "error: there is no rule file in pack\n  help: a policy pack is a folder of *.yaml files\n");
}

#[test]
fn a_state_that_is_not_there() {
    let expected = "error: there is no published night in yesterday\n  help: give the folder of a night, an output folder, or --state none for a night without a yesterday\n";
    check_run(|_| {}, NIGHT, &["--state", "yesterday"], 66, expected);
}

#[test]
fn a_state_of_a_later_night() {
    let desk = Desk::small();
    desk.run(NIGHT, &[]).succeeded();
    let expected = format!(
        "error: out/as_of={NIGHT} is the night of {NIGHT}, which is not before {DAY_BEFORE}\n  help: give the folder of an earlier night, or --state none\n"
    );
    desk.run(DAY_BEFORE, &["--state", &format!("out/as_of={NIGHT}")]).refused(65, &expected);
    assert_eq!(desk.published(), [".relance.lock".to_owned(), format!("as_of={NIGHT}")]);
}

// ---- The output folder -----------------------------------------------------------------------------------------------------

#[test]
fn an_output_folder_that_cannot_be() {
    let help = "  help: name a folder under out: in the job file, or with --out\n";
    let cases = [
        ("file", 78, "error: cannot make the output folder file: File exists (os error 17)\n"),
        ("file/out", 78, "error: cannot make the output folder file/out: Not a directory (os error 20)\n"),
        ("/proc/relance", 78, "error: cannot make the output folder /proc/relance: No such file or directory (os error 2)\n"),
    ];
    for (out, code, message) in cases {
        let spoil = |desk: &Desk| {
            desk.file("file", b"");
        };
        check_run(spoil, NIGHT, &["--out", out], code, &format!("{message}{help}"));
    }
}

/// A limit on the size of files stands in for a full disk: the write fails in the middle of a table.
#[test]
fn a_disk_that_takes_no_more() {
    let desk = Desk::small();
    let mut command = Command::new("bash");
    // Without the trap the signal would end the process before the write fails.
    command.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" run --as-of \"$1\"", env!("CARGO_BIN_EXE_relance"), NIGHT]);
    let outcome = Outcome::of(command.current_dir(desk.folder()));
    assert_eq!(outcome.code, Some(74), "{outcome:?}");
    let (message, help) = outcome.err.split_once('\n').expect("two lines");
    assert!(message.starts_with(&format!("error: cannot write out/.staging-as_of={NIGHT}-")), "{message}");
    assert!(message.ends_with(".parquet: File too large (os error 27)"), "{message}");
    assert_eq!(help, "  help: raise the limit on the size of files, or name a place on another disk\n");
    assert_eq!(desk.published(), [".relance.lock"]);
    desk.run(NIGHT, &[]).succeeded();
}

#[test]
fn a_night_that_needs_more_memory_than_it_may_have() {
    let desk = Desk::small();
    let outcome = desk.run(NIGHT, &["--memory-limit", "1MiB"]);
    let (message, help) = outcome.err.split_once('\n').expect("two lines");
    assert_eq!((outcome.code, outcome.out.as_str()), (Some(75), ""));
    assert!(message.starts_with("error: the night needs more memory than it may have: "), "{message}");
    assert!(message.ends_with(" MiB of 1 MiB"), "{message}");
    assert_eq!(help, "  help: nothing was published; give it more with --memory-limit, or split the portfolio by legal entity\n");
    assert_eq!(desk.published(), [".relance.lock"]);
    let outcome = desk.run(NIGHT, &["--memory-limit", "4"]);
    let expected = "error: invalid value '4' for '--memory-limit <SIZE>': expected a whole number of KiB, MiB, GiB or TiB, as in 4GiB";
    assert_eq!((outcome.code, outcome.err.lines().next()), (Some(2), Some(expected)));
    desk.run(NIGHT, &["--memory-limit", "4 GiB"]).succeeded();
    desk.night(NIGHT).is_whole();
}

#[test]
fn a_published_night_stays_published_where_nobody_takes_its_summary() {
    let desk = Desk::small();
    let full = File::options().write(true).open("/dev/full").expect("a device that takes nothing");
    let output = desk.command(&["run", "--as-of", NIGHT]).stdout(full).output().expect("the binary starts");
    let expected = "warning: cannot write the summary: No space left on device (os error 28); the night is published\n";
    assert_eq!((String::from_utf8_lossy(&output.stderr).as_ref(), output.status.code()), (expected, Some(0)));
    desk.night(NIGHT).is_whole();
}

/// The rates of the second half of 2026, which nobody confirmed.
fn unconfirmed(desk: &Desk) {
    let path = desk.path("rules/rates.yaml");
    let rates = fs::read_to_string(&path).expect("the rates");
    let row = "rate: 2.40%, source: published, read_on: 2026-11-22, confirmed_by: ";
    assert!(rates.contains(&format!("{row}published")));
    fs::write(path, rates.replace(&format!("{row}published"), &format!("{row}none"))).expect("written");
}

#[test]
fn a_rate_nobody_confirmed_is_refused_where_the_job_says_so() {
    let expected = "error: regime FR_B2B needs a rate for 2026 H2: the row of 2026-07-01 in series ecb was never confirmed
  help: compare the row with the official text and name who did so in confirmed_by, or set unconfirmed_rates: use
";
    let spoil = |desk: &Desk| {
        unconfirmed(desk);
        desk.job(&format!("{JOB}unconfirmed_rates: refuse\n"));
    };
    check(spoil, 78, expected);
}

#[test]
fn a_rate_nobody_confirmed_is_told_once_a_night() {
    let desk = Desk::small();
    unconfirmed(&desk);
    let summary = desk.run(NIGHT, &[]).succeeded();
    assert!(summary.out.contains("unconfirmed rates were used on"), "{}", summary.out);
    let findings = desk.night(NIGHT).rows("findings");
    let told: Vec<_> = findings.of(["kind", "table", "key"]).into_iter().filter(|row| row[0] == "unconfirmed_rate").collect();
    assert_eq!(told, [["unconfirmed_rate", "rates", "ecb|2026-07-01"]]);
}

/// Whoever runs the nights hears of it while there is time, not from the first night that fails for it.
#[test]
fn rates_that_run_out_are_told_each_night_sixty_days_before() {
    let desk = Desk::small();
    // No rule takes this one: it ends unheard.
    let path = desk.path("rules/rates.yaml");
    let rates = fs::read_to_string(&path).expect("the rates");
    let unused = "series:\n  - series: unused\n    known_until: 2026-12-31\n    rows:\n      - {from: 2026-01-01, rate: 1%, source: published, read_on: 2026-11-22, confirmed_by: published}\n";
    fs::write(&path, rates.replacen("series:\n", unused, 1)).expect("written");
    let told = |night: &str| {
        let summary = desk.run(night, &[]).succeeded().out;
        let findings = desk.night(night).rows("findings");
        let findings = findings.of(["kind", "table", "key", "message"]);
        let found: Vec<_> = findings.into_iter().filter(|row| row[0] == "rates_run_out").collect();
        for [_, table, _, message] in &found {
            assert_eq!(*table, "rates");
            assert!(summary.lines().any(|line| line == *message), "{message} is not in {summary}");
        }
        assert_eq!(summary.contains("are known until"), !found.is_empty(), "{summary}");
        found.iter().map(|row| format!("{}: {}", row[2], row[3])).collect::<Vec<_>>()
    };
    let line = |series: &str, left: &str| {
        format!(
            "{series}: rates of {series} are known until 2026-12-31: {left} left; add the next row to its rate file and move known_until"
        )
    };
    let both = |left: &str| vec![line("bank_rate", left), line("ecb", left)];
    assert_eq!(told("2026-10-31"), Vec::<String>::new());
    assert_eq!(told("2026-11-01"), both("60 days"));
    assert_eq!(told("2026-12-30"), both("1 day"));
    assert_eq!(told("2026-12-31"), both("0 days"));
    // A rate of the first day of a half-year is that of all its days.
    let written = fs::read_to_string(&path).expect("the rates");
    let used = "series: ecb\n    known_until: ";
    assert!(written.contains(&format!("{used}2026-12-31")));
    fs::write(&path, written.replace(&format!("{used}2026-12-31"), &format!("{used}2027-01-01"))).expect("written");
    desk.run("2026-12-31", &["--replace", "--reason", "a rate more"]).succeeded();
    let findings = desk.night("2026-12-31").rows("findings");
    let left: Vec<_> = findings.of(["kind", "key"]).into_iter().filter(|row| row[0] == "rates_run_out").collect();
    assert_eq!(left, [["rates_run_out", "bank_rate"]]);
}

#[test]
fn an_output_folder_another_run_is_writing_to() {
    let desk = Desk::small();
    desk.file("out/.relance.lock", b"process 7 since 2026-11-20T01:00:00Z\n");
    let lock = File::options().write(true).open(desk.path("out/.relance.lock")).expect("the lock");
    lock.lock().expect("locked");
    let expected = "error: another run is writing to out: process 7 since 2026-11-20T01:00:00Z
  help: wait until it has ended, or give another --out
";
    desk.run(NIGHT, &[]).refused(75, expected);
    drop(lock);
    desk.run(NIGHT, &[]).succeeded();
}
