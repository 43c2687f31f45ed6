//! A night depends on the rows and the rules, and on nothing else.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::desk::{self, Desk, NIGHT, Night, assert_same, names};
use crate::parquet_rows::{pick, read_batch, write_batch};

const INVOICES: u32 = 3000;

/// Runs the night into a folder of its own and returns its bytes.
fn bytes(desk: &Desk, out: &str, more: &[&str]) -> BTreeMap<String, Vec<u8>> {
    desk.run(NIGHT, &[&["--out", out], more].concat()).succeeded();
    Night { folder: desk.path(&format!("{out}/as_of={NIGHT}")) }.bytes()
}

/// What may differ when the same rows stand in other files or places: where a refused row stood, and the list of input files.
fn without_places(mut bytes: BTreeMap<String, Vec<u8>>, desk: &Desk, out: &str, is_dirty: bool) -> BTreeMap<String, Vec<u8>> {
    let night = Night { folder: desk.path(&format!("{out}/as_of={NIGHT}")) };
    let mut manifest = night.manifest();
    manifest["inputs"] = Value::Null;
    manifest["outputs"]["rejects"] = Value::Null;
    bytes.insert("run.json".into(), serde_json::to_vec(&manifest).expect("JSON"));
    let rejects = night.rows("rejects");
    assert_eq!(rejects.rows.is_empty(), !is_dirty, "rows are refused where the ledger is dirty");
    let mut lines: Vec<String> =
        rejects.of(["source", "key", "reason", "column", "value", "message"]).iter().map(|cells| cells.join("|")).collect();
    lines.sort_unstable();
    bytes.insert("rejects.parquet".into(), lines.join("\n").into_bytes());
    bytes
}

/// The tables the job of a generated ledger names, which are all its Parquet files.
fn tables(desk: &Desk) -> Vec<String> {
    names(desk.folder()).iter().filter_map(|name| name.strip_suffix(".parquet")).map(str::to_owned).collect()
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    for dirty in [false, true] {
        let desk = Desk::generated(INVOICES, 11, dirty);
        let yesterday = format!("out/as_of={}", desk::DAY_BEFORE);
        desk.run(desk::DAY_BEFORE, &[]).succeeded();
        let one = bytes(&desk, "out1", &["--threads", "1", "--state", &yesterday]);
        for threads in ["2", "7"] {
            let other = bytes(&desk, &format!("out{threads}"), &["--threads", threads, "--state", &yesterday]);
            assert_same(&format!("{threads} threads, dirty: {dirty}"), &one, &other);
        }
    }
}

/// Two agencies for whatever is a month late, so that debts leave on the first night and changes follow on the second.
const AGENCIES: &str = "routes:
  - {route: nord, collects: 60%, fee: 20%, takes: 90 days, agency: {id: NORD, recall_within: 5 days, share: 60%, debtors_at_most: 150}}
  - {route: sud, collects: 60%, fee: 25%, takes: 90 days, agency: {id: SUD, recall_within: 9 days, share: 40%, amount_at_most: 900_000 EUR}}
proposals:
  - {proposal: hand_over, kind: placement, on: customer, when: oldest_days_past_due >= 30 days, owner: legal}
";

fn with_agencies(invoices: u32, seed: u32, dirty: bool) -> Desk {
    let desk = Desk::generated(invoices, seed, dirty);
    let step = "      - {step: reminder, at: 1 day, do: email, template: t}\n";
    desk.file("agencies/escalation.yaml", desk::ladder("", step, AGENCIES).as_bytes());
    let job = fs::read_to_string(desk.path("relance.yaml")).expect("a job file");
    desk.job(&job.replace("rules: rules/fr-b2b", "rules: agencies"));
    desk
}

/// Who takes what is decided over all debtors at once, and its batches are numbered over nights: neither knows threads, rows or files.
#[test]
fn hand_overs_depend_on_the_rows_alone() {
    let desk = with_agencies(INVOICES, 15, true);
    let earlier = "2026-11-02";
    let yesterday = format!("out/as_of={earlier}");
    desk.run(earlier, &[]).succeeded();
    let one = bytes(&desk, "out1", &["--threads", "1", "--state", &yesterday]);
    let night = Night { folder: desk.path(&format!("out1/as_of={NIGHT}")) };
    for (table, least) in [("placements", 150), ("placement_changes", 20), ("placement_refusals", 3), ("batches", 2)] {
        assert!(night.rows(table).rows.len() >= least, "only {} rows of {table}", night.rows(table).rows.len());
    }
    for threads in ["2", "7"] {
        let other = bytes(&desk, &format!("out{threads}"), &["--threads", threads, "--state", &yesterday]);
        assert_same(&format!("{threads} threads"), &one, &other);
    }
    for table in tables(&desk) {
        let path = desk.path(&format!("{table}.parquet"));
        let batch = read_batch(&path);
        write_batch(&path, &pick(&batch, &shuffled(batch.num_rows(), 19)));
    }
    let other = bytes(&desk, "shuffled", &["--state", &yesterday]);
    let (one, other) = (without_places(one, &desk, "out1", true), without_places(other, &desk, "shuffled", true));
    assert_same("rows shuffled", &one, &other);
}

#[test]
fn the_environment_and_the_current_folder_change_nothing() {
    let desk = Desk::generated(INVOICES, 12, false);
    let expected = bytes(&desk, "out", &[]);
    let settings = [
        ("TZ", "Pacific/Kiritimati"),
        ("TZ", "America/Adak"),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "fr_FR.UTF-8"),
        ("RUST_BACKTRACE", "full"),
        ("RAYON_NUM_THREADS", "3"),
    ];
    for (at, (name, value)) in settings.into_iter().enumerate() {
        let out = format!("out{at}");
        let output = desk.command(&["run", "--as-of", NIGHT, "--out", &out]).env(name, value).output().expect("the binary starts");
        assert!(output.status.success(), "{name}={value}");
        assert_same(&format!("{name}={value}"), &expected, &Night { folder: desk.path(&format!("{out}/as_of={NIGHT}")) }.bytes());
    }
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let job = desk.path("relance.yaml");
    let mut command = desk.command(&["run", "--as-of", NIGHT, "--out", "elsewhere", "--job"]);
    let output = command.arg(&job).current_dir(&elsewhere).output().expect("the binary starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let other = Night { folder: elsewhere.path().join(format!("elsewhere/as_of={NIGHT}")) }.bytes();
    assert_same("another current folder", &expected, &other);
}

#[test]
fn the_order_of_rows_changes_only_where_refused_rows_stood() {
    for dirty in [false, true] {
        let desk = Desk::generated(INVOICES, 13, dirty);
        let expected = bytes(&desk, "out", &[]);
        let expected = without_places(expected, &desk, "out", dirty);
        for table in tables(&desk) {
            let path = desk.path(&format!("{table}.parquet"));
            let batch = read_batch(&path);
            write_batch(&path, &pick(&batch, &shuffled(batch.num_rows(), 17)));
        }
        let other = bytes(&desk, "shuffled", &[]);
        assert_same(&format!("rows shuffled, dirty: {dirty}"), &expected, &without_places(other, &desk, "shuffled", dirty));
    }
}

#[test]
fn the_cut_into_files_changes_only_where_refused_rows_stood() {
    for dirty in [false, true] {
        let desk = Desk::generated(INVOICES, 14, dirty);
        let expected = bytes(&desk, "out", &[]);
        let expected = without_places(expected, &desk, "out", dirty);
        let job = fs::read_to_string(desk.path("relance.yaml")).expect("a job file");
        for (parts, folder) in [(1, "whole"), (50, "parts"), (50, "hive")] {
            let mut cut_job = job.clone();
            for table in tables(&desk) {
                let batch = read_batch(&desk.path(&format!("{table}.parquet")));
                for part in 0..parts {
                    let rows: Vec<u32> =
                        (0..u32::try_from(batch.num_rows()).expect("few rows")).filter(|row| row % parts == part).collect();
                    // A hive folder whose key is no column of the contract says nothing about the rows in it.
                    let below = if folder == "hive" { format!("load={}/", part % 7) } else { String::new() };
                    write_batch(&desk.path(&format!("{folder}/{table}/{below}part-{part:02}.parquet")), &pick(&batch, &rows));
                }
                cut_job = cut_job.replace(&format!(" {table}.parquet\n"), &format!(" {folder}/{table}\n"));
            }
            assert!(!cut_job.contains(".parquet"), "{cut_job}");
            desk.job(&cut_job);
            let out = format!("out-{folder}");
            let other = bytes(&desk, &out, &[]);
            assert_same(&format!("{parts} files in {folder}, dirty: {dirty}"), &expected, &without_places(other, &desk, &out, dirty));
        }
    }
}

#[test]
fn a_hive_folder_gives_the_column_it_is_named_after() {
    let desk = Desk::small();
    let expected = without_places(bytes(&desk, "out", &[]), &desk, "out", false);
    let batch = read_batch(&desk.path("invoices.parquet"));
    let currency = batch.schema().index_of("currency").expect("a column");
    for (folder, rows) in [("EUR", &[0, 1, 2][..]), ("GBP", &[3])] {
        let mut part = pick(&batch, rows);
        part.remove_column(currency);
        write_batch(&desk.path(&format!("invoices/currency={folder}/a.parquet")), &part);
    }
    desk.job(&desk::JOB.replace("invoices.parquet", "invoices"));
    let other = bytes(&desk, "out-hive", &[]);
    assert_same("currency as a folder", &expected, &without_places(other, &desk, "out-hive", false));
}

/// The numbers below `count` in another order, the same one for the same seed.
fn shuffled(count: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(count).expect("few rows")).collect();
    let mut random = seed;
    for last in (1..order.len()).rev() {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(last, usize::try_from(random >> 33).expect("small") % (last + 1));
    }
    order
}
