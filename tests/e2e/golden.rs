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

fn golden_desk() -> Desk {
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
