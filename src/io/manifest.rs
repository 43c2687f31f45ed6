//! `run.json`: what a night was computed from and what came out, the same bytes for the same night; and `timings.json`, the one
//! file that may differ between reruns.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Exit, Failure};
use crate::io::input::FileRecord;
use crate::io::write::Written;

/// The manifest of a night. It names no host, no thread count and no time of day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the program.
    pub version: String,
    /// The night, `2026-11-21`.
    pub as_of: String,
    pub rules: Rules,
    /// The job file as resolved.
    pub settings: serde_json::Value,
    /// Files of each input table, in the order they were read.
    pub inputs: BTreeMap<String, Vec<FileRecord>>,
    /// What became of the rows of each input table.
    pub counts: BTreeMap<String, Counts>,
    /// Equations that held, both sides computed apart.
    pub identities: Vec<Identity>,
    /// Rows and money taken from each input table, per currency.
    pub control_totals: Vec<ControlTotal>,
    /// What rules on trial would have decided; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shadows: Vec<Shadowed>,
    /// The last batch of each collection agency, on which the next one builds; left out where there is none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub batches: BTreeMap<String, Batch>,
    /// Files of the night by table.
    pub outputs: BTreeMap<String, Written>,
}

/// The policy pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub name: String,
    /// SHA-256 over the rule files, in hexadecimal.
    pub hash: String,
}

/// Rows of one input table: `read` = `used` + `ignored` + `rejected`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    #[serde(rename = "in")]
    pub read: u64,
    pub used: u64,
    pub ignored: u64,
    pub rejected: u64,
}

/// One equation of one currency; amounts in whole units, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub name: String,
    pub currency: String,
    pub left: String,
    pub right: String,
}

/// Rows and money of one table and currency; the amount in whole units, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlTotal {
    pub table: String,
    pub currency: String,
    pub count: u64,
    pub amount: String,
}

/// What one rule on trial would have decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shadowed {
    /// Its id, as outputs name rules.
    pub rule: String,
    /// What it would be part of: row, block, policy, step or penalty.
    pub part: String,
    pub customers: u64,
    pub items: u64,
    /// What is collectible of the items, by currency, in whole units, as text.
    pub amounts: BTreeMap<String, String>,
}

/// A batch of a collection agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    pub number: i64,
    /// The night it was made, `2026-11-21`.
    pub made_on: String,
    /// SHA-256 over what it says and the batch before, in hexadecimal.
    pub hash: String,
}

/// How long a night took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timings {
    pub threads: usize,
    /// Largest resident memory, where the system tells.
    pub peak_memory_bytes: Option<u64>,
    pub stages: Vec<Stage>,
}

/// Time of one stage in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    pub name: String,
    pub wall_ms: u64,
    pub cpu_ms: u64,
}

/// Writes a new JSON file: two spaces of indent, keys in a fixed order, a line feed at the end.
///
/// # Errors
/// [`Exit::Machine`] where the disk is full, [`Exit::Permission`] where the folder may not be written.
pub fn write<T: Serialize>(path: &Path, value: &T) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file(&error, "write", path);
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
    bytes.push(b'\n');
    File::create_new(path).and_then(|mut file| file.write_all(&bytes)).map_err(failed)
}

/// Reads the manifest of a night's folder.
///
/// # Errors
/// [`Exit::NoInput`] where there is none, [`Exit::Data`] where it is not one of ours.
pub fn read(folder: &Path) -> Result<Manifest, Failure> {
    let path = folder.join("run.json");
    let bytes = fs::read(&path).map_err(|error| Failure::file(&error, "read", &path))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(Exit::Data, format!("{} is not the manifest of a night: {error}", path.display()))
            .remedy("restore the folder, or compute the night again")
    })
}

#[cfg(test)]
pub(in crate::io) mod tests {
    use super::*;

    pub fn sample() -> Manifest {
        let counts = Counts { read: 4, used: 2, ignored: 1, rejected: 1 };
        let file = FileRecord { file: "data/invoices.parquet".into(), rows: 4, bytes: 900, sha256: "ab".repeat(32) };
        let written = Written { file: "kpis.parquet".into(), rows: 3, bytes: 800, sha256: "cd".repeat(32) };
        let amount = "12.30".to_owned();
        Manifest {
            version: "0.1.0".into(),
            as_of: "2026-11-21".into(),
            rules: Rules { name: "fr-b2b".into(), hash: "ef".repeat(32) },
            settings: serde_json::json!({"unallocated": "keep", "aging": [0, 30]}),
            inputs: [("invoices".to_owned(), vec![file])].into(),
            counts: [("invoices".to_owned(), counts)].into(),
            identities: vec![Identity { name: "open".into(), currency: "EUR".into(), left: amount.clone(), right: amount.clone() }],
            control_totals: vec![ControlTotal { table: "invoices".into(), currency: "EUR".into(), count: 2, amount }],
            shadows: Vec::new(),
            batches: BTreeMap::new(),
            outputs: [("kpis".to_owned(), written)].into(),
        }
    }

    #[test]
    fn a_manifest_reads_back_and_its_bytes_are_fixed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write(&folder.path().join("run.json"), &sample()).expect("written");
        assert_eq!(read(folder.path()).expect("read"), sample());
        let text = fs::read_to_string(folder.path().join("run.json")).expect("read");
        assert!(text.starts_with("{\n  \"version\": \"0.1.0\",\n  \"as_of\": \"2026-11-21\",\n"), "{text}");
        assert!(text.contains("\"counts\": {\n    \"invoices\": {\n      \"in\": 4,\n      \"used\": 2,"), "{text}");
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(read(folder.path()).unwrap_err().exit, Exit::NoInput);
        fs::write(folder.path().join("run.json"), b"{\"version\": 1").expect("written");
        let failure = read(folder.path()).unwrap_err();
        assert_eq!(failure.exit, Exit::Data);
        assert!(failure.messages[0].contains("run.json is not the manifest of a night"), "{failure}");
    }
}
