//! A desk to run nights at: a temporary folder with tables, a job file and the small pack of rules in `testdata/night`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::parquet_rows::{self, Rows};

/// The night most tests run, a Friday, and the one before.
pub const NIGHT: &str = "2026-11-20";
pub const DAY_BEFORE: &str = "2026-11-19";

/// The small portfolio.
const INVOICES: &str = "
    invoice_id, customer_id, issue_date, due_date,   amount,  currency
    F1,         C1,          2026-09-01, 2026-10-01, 1000.00, EUR
    F2,         C1,          2026-10-01, 2026-11-01, 500.00,  EUR
    F3,         C2,          2026-11-01, 2026-12-01, 250.50,  EUR
    F4,         C3,          2026-06-01, 2026-07-01, 1200.00, GBP";
const CUSTOMERS: &str = "
    customer_id, name,    customer_type, country, email
    C1,          Dupont,  company,       FR,      a@dupont.example
    C2,          Martin,  company,       FR,
    C3,          Smith,   company,       GB,      a@smith.example";
const PAYMENTS: &str = "
    payment_id, customer_id, invoice_id, payment_date, amount, currency
    P1,         C1,          F1,         2026-10-15,   400.00, EUR
    P2,         C3,          ,           2026-08-01,   200.00, GBP";
const FX: &str = "
    date,       currency, rate_to_reporting
    2026-01-02, GBP,      1.15";

/// The job file of the small portfolio.
pub const JOB: &str = "relance: 1
portfolio:
  customers: customers.parquet
  invoices: invoices.parquet
  payments: payments.parquet
fx: fx.parquet
rules: rules
out: out
reporting_currency: EUR
";

/// The one invoice of a desk that is given none.
const ONE: &str = "invoice_id, customer_id, issue_date, due_date, amount, currency\nF1, C1, 2026-09-01, 2026-11-10, 1000.00, EUR";

/// An escalation file with one policy for everybody: `keys` and `steps` stand in the policy, `limits` beside it.
pub fn ladder(keys: &str, steps: &str, limits: &str) -> String {
    let terminal = if keys.contains("terminal:") { "" } else { "    terminal: {stop: nothing_more}\n" };
    format!(
        "relance: 1\nkind: escalation\npolicies:\n  - policy: everybody\n    for: true\n    clock: oldest_days_past_due\n    \
         resume: first_unserved\n{terminal}{keys}    steps:\n{steps}{limits}"
    )
}

/// A temporary folder to work in.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    /// Writes further tables, and the job of the small portfolio without payments that names them.
    pub fn tables(&self, tables: &[(&str, &str)]) -> &Desk {
        let mut job = JOB.replace("  payments: payments.parquet\n", "");
        for (name, rows) in tables {
            self.table(name, rows);
            job = job.replace("fx: fx", &format!("  {name}: {name}.parquet\nfx: fx"));
        }
        self.job(&job);
        self
    }

    /// A folder with this escalation file as its only rules, these tables, and a job that names them.
    pub fn ruled(escalation: &str, tables: &[(&str, &str)]) -> Desk {
        let desk = Desk::empty();
        for file in ["rules/segmentation.yaml", "rules/rates.yaml"] {
            fs::remove_file(desk.path(file)).expect("a file of the small pack");
        }
        desk.file("rules/escalation.yaml", escalation.as_bytes());
        let mut job = JOB.replace("  payments: payments.parquet\n", "").replace("fx: fx.parquet\n", "");
        for (name, rows) in tables {
            desk.table(name, rows);
            if !["customers", "invoices"].contains(name) {
                job = job.replace("rules: rules", &format!("  {name}: {name}.parquet\nrules: rules"));
            }
        }
        if !tables.iter().any(|(name, _)| *name == "invoices") {
            desk.table("invoices", ONE);
        }
        desk.job(&job);
        desk
    }

    /// An empty folder with the small pack of rules.
    pub fn empty() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        copy(&testdata("night/rules"), &desk.path("rules"));
        desk
    }

    /// The small portfolio and its job.
    pub fn small() -> Desk {
        let desk = Desk::empty();
        desk.table("invoices", INVOICES).table("customers", CUSTOMERS).table("payments", PAYMENTS).table("fx", FX).job(JOB);
        desk
    }

    /// A generated ledger of a few thousand invoices and its job.
    pub fn generated(invoices: u32, seed: u32, dirty: bool) -> Desk {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (invoices, seed) = (invoices.to_string(), seed.to_string());
        let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
        command.current_dir(&folder).args(["generate", "--as-of", NIGHT, "--out", ".", "--invoices", &invoices, "--seed", &seed]);
        if dirty {
            command.arg("--dirty");
        }
        Outcome::of(&mut command).succeeded();
        Desk { folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a table of the contract from rows.
    pub fn table(&self, name: &str, rows: &str) -> &Desk {
        parquet_rows::write(&self.path(&format!("{name}.parquet")), name, rows);
        self
    }

    pub fn job(&self, text: &str) -> &Desk {
        self.file("relance.yaml", text.as_bytes())
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> &Desk {
        fs::create_dir_all(self.path(name).parent().expect("a folder")).expect("a folder");
        fs::write(self.path(name), bytes).expect("a file");
        self
    }

    /// The binary, working in this folder.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
        command.current_dir(self.folder()).args(words).env_remove("RUST_BACKTRACE");
        command
    }

    /// `relance run --as-of NIGHT` and what else is given.
    pub fn run(&self, night: &str, more: &[&str]) -> Outcome {
        Outcome::of(self.command(&["run", "--as-of", night]).args(more))
    }

    /// The folder of a night under `out`.
    pub fn night(&self, night: &str) -> Night {
        Night { folder: self.path(&format!("out/as_of={night}")) }
    }

    /// Names under `out`, sorted; none where there is no such folder.
    pub fn published(&self) -> Vec<String> {
        names(&self.path("out"))
    }
}

/// Names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

pub fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for name in names(from) {
        fs::copy(from.join(&name), to.join(&name)).expect("a file copied");
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// Exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Outcome {
    pub fn of(command: &mut Command) -> Outcome {
        Outcome::from(command.output().expect("the binary starts"))
    }

    #[track_caller]
    pub fn succeeded(self) -> Outcome {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""));
        self
    }

    /// Refused with this exit code and exactly these words.
    #[track_caller]
    pub fn refused(self, code: i32, expected: &str) {
        assert_eq!((self.err.as_str(), self.code), (expected, Some(code)));
        assert_eq!(self.out, "");
        assert!(!self.err.contains("panicked") && !self.err.contains("backtrace"));
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Outcome {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Outcome { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A published night.
pub struct Night {
    pub folder: PathBuf,
}

impl Night {
    pub fn rows(&self, table: &str) -> Rows {
        Rows::read(&self.folder.join(format!("{table}.parquet")))
    }

    pub fn manifest(&self) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.folder.join("run.json")).expect("a manifest")).expect("JSON")
    }

    /// The bytes of every file but `timings.json`, the only one that may differ between reruns.
    pub fn bytes(&self) -> BTreeMap<String, Vec<u8>> {
        let files = names(&self.folder).into_iter().filter(|name| name != "timings.json");
        files.map(|name| (name.clone(), fs::read(self.folder.join(name)).expect("a file"))).collect()
    }

    /// Asserts that every table is there as the manifest says, and nothing else.
    #[track_caller]
    pub fn is_whole(&self) {
        let manifest = self.manifest();
        let outputs = manifest["outputs"].as_object().expect("outputs");
        let mut expected: Vec<String> = vec!["run.json".into(), "timings.json".into()];
        for written in outputs.values() {
            let file = written["file"].as_str().expect("a file name");
            let bytes = fs::read(self.folder.join(file)).expect("a table");
            let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(written["sha256"], hash, "{file}");
            assert_eq!(written["bytes"], bytes.len(), "{file}");
            expected.push(file.to_owned());
        }
        expected.sort_unstable();
        assert_eq!(names(&self.folder), expected);
    }
}

/// Asserts that two nights are the same, naming what differs rather than printing bytes.
#[track_caller]
pub fn assert_same(what: &str, one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{what}");
    let differing: Vec<&String> = one.keys().filter(|name| one[*name] != other[*name]).collect();
    assert!(differing.is_empty(), "{what}: these files differ: {differing:?}");
}
