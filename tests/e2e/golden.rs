//! Two golden nights on a ledger small enough to be worked out by hand: every table, row by row.
//!
//! `BLESS=1 cargo test --test e2e golden` writes what comes out as what is expected; read the difference before you keep it.

use std::collections::BTreeSet;
use std::env;
use std::fs;

use crate::desk::{Desk, Night, testdata};

const NIGHTS: [&str; 2] = ["2026-11-10", "2026-11-20"];
const LEDGER: [&str; 8] = ["customers", "invoices", "installments", "payments", "disputes", "deductions", "promises", "fx"];
const TABLES: [&str; 14] = [
    "open_items",
    "unallocated",
    "segments",
    "actions",
    "action_items",
    "penalties",
    "penalty_totals",
    "kpis",
    "aging",
    "transitions",
    "state",
    "rejects",
    "findings",
    "run",
];

pub fn golden_desk() -> Desk {
    let desk = Desk::empty();
    for table in LEDGER {
        let rows = fs::read_to_string(testdata(&format!("golden/ledger/{table}.csv"))).expect("a table of the ledger");
        desk.table(table, &rows);
    }
    desk.job(&fs::read_to_string(testdata("golden/relance.yaml")).expect("the job"));
    for night in NIGHTS {
        desk.run(night, &[]).succeeded();
        desk.night(night).is_whole();
    }
    desk
}

/// A table as lines, or of `run.json` what does not depend on bytes of Parquet: counts, identities, totals, rows of each table.
fn shown(night: &Night, table: &str) -> String {
    if table != "run" {
        return night.rows(table).text();
    }
    let manifest = night.manifest();
    let rows: Vec<String> =
        manifest["outputs"].as_object().expect("outputs").iter().map(|(name, file)| format!("rows,{name},{}", file["rows"])).collect();
    let listed = |part: &str, keys: &[&str]| -> Vec<String> {
        let cell = |entry: &serde_json::Value, key: &str| entry[key].as_str().map_or_else(|| entry[key].to_string(), str::to_owned);
        let entries = manifest[part].as_array().expect("a list");
        entries.iter().map(|entry| format!("{part},{}", keys.iter().map(|key| cell(entry, key)).collect::<Vec<_>>().join(","))).collect()
    };
    let counts: Vec<String> =
        manifest["counts"].as_object().expect("counts").iter().map(|(name, count)| format!("counts,{name},{count}")).collect();
    let identities = listed("identities", &["name", "currency", "left", "right"]);
    let totals = listed("control_totals", &["table", "currency", "count", "amount"]);
    [counts, identities, totals, rows].concat().join("\n") + "\n"
}

#[test]
fn the_golden_nights_come_out_as_they_are_written_down() {
    let desk = golden_desk();
    let mut differences = String::new();
    for night in NIGHTS {
        for table in TABLES {
            let actual = shown(&desk.night(night), table);
            let path = testdata(&format!("golden/{night}/{table}.csv"));
            if env::var_os("BLESS").is_some() {
                fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                fs::write(&path, &actual).expect("written");
            }
            let expected = fs::read_to_string(&path).unwrap_or_default();
            if actual != expected {
                differences += &format!("\n{night} {table}\n{}", difference(&expected, &actual));
            }
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

/// Figures of the second night worked out by hand from the ledger, with the ruling each follows; no blessing changes these.
#[test]
fn figures_worked_out_by_hand() {
    let desk = golden_desk();
    // Table, column, columns that name the row, their values, the figure.
    type Case = (&'static str, &'static str, &'static str, [&'static str; 2], [&'static str; 2], &'static str);
    let cases: [Case; 19] = [
        ("42: credited from its own date", "penalty_totals", "accrued_to_date", ["invoice_id", "final"], ["CL01", "false"], "56.83"),
        (
            "34, 43: instalments, one rounding and one charge",
            "penalty_totals",
            "accrued_to_date",
            ["invoice_id", "final"],
            ["CL02", "false"],
            "43.55",
        ),
        ("34: the oldest instalment first", "open_items", "amount_open", ["invoice_id", "sequence"], ["CL02", "2"], "250.00"),
        ("22: instalments that do not add up", "open_items", "due_date", ["invoice_id", "sequence"], ["CL03", ""], "2026-12-15"),
        (
            "46: accrues through the day of the sale",
            "penalty_totals",
            "accrued_to_date",
            ["invoice_id", "final"],
            ["CL05", "true"],
            "41.22",
        ),
        ("32: a rejection counts from its own day", "penalty_totals", "accrued_before", ["invoice_id", "final"], ["CL06", "false"], "0.00"),
        ("32: and then from the due date", "penalty_totals", "accrued_tonight", ["invoice_id", "final"], ["CL06", "false"], "45.57"),
        ("35: a pending deduction", "open_items", "amount_collectible", ["invoice_id", "sequence"], ["CL06", ""], "350.00"),
        ("41: not before the issue date", "penalty_totals", "accrued_to_date", ["invoice_id", "final"], ["CL07", "false"], "43.06"),
        ("29, 30, 31: credit, overpayment, cash, refund", "open_items", "amount_open", ["invoice_id", "sequence"], ["DI01", ""], "290.00"),
        (
            "31: penalties on what was open day by day",
            "penalty_totals",
            "accrued_to_date",
            ["invoice_id", "final"],
            ["DI01", "false"],
            "45.87",
        ),
        ("2, 35: disputed and pending", "open_items", "amount_collectible", ["invoice_id", "sequence"], ["DI02", ""], "130.00"),
        ("45: until the day before the judgment", "penalty_totals", "accrued_to_date", ["invoice_id", "final"], ["FA01", "true"], "44.76"),
        ("45, 51: exempt, present with nothing", "penalty_totals", "accrued_to_date", ["invoice_id", "final"], ["FA02", "true"], "0.00"),
        (
            "44: the rate fixed, the charge of the band",
            "penalty_totals",
            "accrued_to_date",
            ["invoice_id", "final"],
            ["BR01", "false"],
            "138.09",
        ),
        ("10: no charge in another currency", "penalty_totals", "accrued_to_date", ["invoice_id", "final"], ["BR02", "false"], "4.83"),
        ("40: in another currency than its invoice", "unallocated", "amount_left", ["source_id", "currency"], ["P04", "GBP"], "20.00"),
        ("3: another customer's invoice", "unallocated", "amount_left", ["source_id", "currency"], ["P10", "EUR"], "30.00"),
        ("37: what is written off takes no part", "transitions", "amount", ["to_bucket", "currency"], ["sold", "EUR"], "80.00"),
    ];
    for (ruling, table, column, keys, values, expected) in cases {
        let rows = desk.night(NIGHTS[1]).rows(table);
        let found: Vec<&str> = rows.of([keys[0], keys[1], column]).into_iter().filter(|row| row[..2] == values).map(|row| row[2]).collect();
        assert_eq!(found, [expected], "{ruling}: {table} {values:?}");
    }
}

/// Lines that are only in one of two texts, or all of them where only the order differs.
fn difference(expected: &str, actual: &str) -> String {
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (expected.lines().collect(), actual.lines().collect());
    if old == new {
        return format!("the same lines in another order or number:\n{actual}");
    }
    let gone = expected.lines().filter(|line| !new.contains(line)).map(|line| format!("- {line}\n"));
    let come = actual.lines().filter(|line| !old.contains(line)).map(|line| format!("+ {line}\n"));
    gone.chain(come).collect()
}
