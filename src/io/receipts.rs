//! What was handed over to collection agencies: the manifest of each batch, kept beside the nights.
//!
//! A receipt names no person: counts, totals, columns and hashes. It is written before the batch can be seen, and marked as sent once it
//! is whole where the agency looks for it. A batch that has a receipt says the same for ever.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Exit, Failure};
use crate::io::digest::sha256;
use crate::io::folder;

/// Folder of the receipts under that of the nights.
const RECEIPTS: &str = "handed-over";

/// The manifest of a batch. It names no host and no time of day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchManifest {
    /// Version of the program.
    pub relance: String,
    /// Who hands over, by the name debtors know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creditor: Option<String>,
    pub agency: String,
    pub batch: i64,
    /// The night it was made, `2026-11-21`.
    pub made_on: String,
    /// The batch before; missing for the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    pub chain: Chain,
    pub form: Form,
    pub files: Vec<BatchFile>,
    /// By currency.
    pub totals: Vec<Total>,
    pub data_protection: DataProtection,
    /// SHA-256 of all of the above, in hexadecimal: as it is written, with this text empty.
    pub seal: String,
}

/// The batch before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    pub batch: i64,
    /// SHA-256 of its manifest, in hexadecimal.
    pub manifest_sha256: String,
}

/// The hash the night gave the batch, over all it says and the batch before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    pub hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash_before: Option<String>,
}

/// How the text files are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    pub encoding: String,
    /// Whether the text files begin with a byte order mark, by which spreadsheets know the encoding.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub byte_order_mark: bool,
    pub separator: String,
    pub decimal_mark: String,
    /// What stands before a text that a spreadsheet would take for a formula.
    pub formula_guard: String,
}

/// One file of a batch, before it is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchFile {
    pub file: String,
    pub rows: u64,
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    pub columns: Vec<String>,
}

/// What a batch comes to in one currency; amounts in whole units, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Total {
    pub currency: String,
    pub debts: u64,
    pub amount_placed: String,
    pub changes: u64,
    pub amount_changed: String,
}

/// Which personal data a batch has, of how many people, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataProtection {
    pub people: u64,
    pub columns: Vec<Purpose>,
    /// Columns there are and that this agency is not given.
    pub left_out: Vec<String>,
}

/// Why an agency is given a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    pub file: String,
    pub column: String,
    pub why: String,
}

impl BatchManifest {
    /// As it is written, sealed: two spaces of indent, a line feed at the end.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn text(&self) -> Result<String, Failure> {
        let fault = |error: String| Failure::new(Exit::Bug, error);
        let write = |manifest: &BatchManifest| {
            serde_json::to_string_pretty(manifest).map(|text| text + "\n").map_err(|error| fault(error.to_string()))
        };
        let open = BatchManifest { seal: String::new(), ..self.clone() };
        let seal = sha256(write(&open)?.as_bytes()).map_err(|error| fault(error.to_string()))?;
        write(&BatchManifest { seal, ..open })
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// [`Exit::Data`] where the text is none.
    pub fn parse(text: &str, place: &Path) -> Result<BatchManifest, Failure> {
        serde_json::from_str(text)
            .map_err(|error| Failure::new(Exit::Data, format!("{} is not the manifest of a batch: {error}", place.display())))
    }
}

/// `batch-000012`.
pub fn batch_name(batch: i64) -> String {
    format!("batch-{batch:06}")
}

/// The receipts of one agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipts {
    folder: PathBuf,
}

impl Receipts {
    /// Those under the folder of the nights.
    pub fn of(out: &Path, agency: &str) -> Receipts {
        Receipts { folder: out.join(RECEIPTS).join(format!("agency={agency}")) }
    }

    /// Ids of all agencies that have receipts, in order.
    pub fn agencies(out: &Path) -> Vec<String> {
        let folders = fs::read_dir(out.join(RECEIPTS)).into_iter().flatten();
        let mut ids: Vec<String> =
            folders.filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_prefix("agency=")?.to_owned())).collect();
        ids.sort_unstable();
        ids
    }

    fn path(&self, batch: i64) -> PathBuf {
        self.folder.join(format!("{}.json", batch_name(batch)))
    }

    fn mark(&self, batch: i64) -> PathBuf {
        self.folder.join(format!("{}.sent", batch_name(batch)))
    }

    /// Numbers of all batches with a receipt, ascending.
    pub fn batches(&self) -> Vec<i64> {
        let files = fs::read_dir(&self.folder).into_iter().flatten();
        let number = |name: &str| name.strip_prefix("batch-")?.strip_suffix(".json")?.parse().ok();
        let mut batches: Vec<i64> = files.filter_map(|entry| number(entry.ok()?.file_name().to_str()?)).collect();
        batches.sort_unstable();
        batches
    }

    /// The manifest of a batch, as written and as read; `None` where it was never made for the agency.
    ///
    /// # Errors
    /// What reading it ends with.
    pub fn read(&self, batch: i64) -> Result<Option<(String, BatchManifest)>, Failure> {
        let path = self.path(batch);
        if !path.is_file() {
            return Ok(None);
        }
        let text = folder::read(&path)?;
        let manifest = BatchManifest::parse(&text, &path)?;
        Ok(Some((text, manifest)))
    }

    /// Whether a batch was whole where the agency looks for it.
    pub fn is_sent(&self, batch: i64) -> bool {
        self.mark(batch).is_file()
    }

    /// Keeps the receipt of a batch. One that is there must say the same.
    ///
    /// # Errors
    /// [`Exit::Data`] where it says something else; the failure of the system.
    pub fn keep(&self, batch: i64, text: &str) -> Result<(), Failure> {
        match self.read(batch)? {
            Some((before, _)) if before == text => Ok(()),
            Some(_) => Err(Failure::new(Exit::Data, format!("batch {batch} was made before, and says something else now")).remedy(
                "what was handed over is corrected by a later batch only: restore the inputs, the night and the columns it was made from",
            )),
            None => {
                let path = self.path(batch);
                let beginning = path.with_extension("partial");
                // A process that died while it wrote may have left this one.
                let _ = fs::remove_file(&beginning);
                folder::write_new(&beginning, text)?;
                fs::rename(&beginning, &path).map_err(|error| Failure::file(&error, "write", &path))
            }
        }
    }

    /// Notes that a batch is whole where the agency looks for it.
    ///
    /// # Errors
    /// The failure of the system.
    pub fn sent(&self, batch: i64) -> Result<(), Failure> {
        let mark = self.mark(batch);
        if mark.is_file() { Ok(()) } else { folder::write_new(&mark, "") }
    }
}
