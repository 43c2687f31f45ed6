//! The delivery note of a batch: the trigger file that stands beside it once it is whole, and says what lies there.
//!
//! It is what a bank file has as its trailer: files with their sizes and hashes as they were delivered, encrypted or not, and the totals.
//! So whoever receives a batch sees before it opens anything whether all of it arrived.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::READY;
use crate::error::{Exit, Failure};
use crate::io::digest::sha256;
use crate::io::folder;
use crate::io::receipts::{BatchManifest, Total};

/// What was delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveryNote {
    pub agency: String,
    pub batch: i64,
    /// The night it was made.
    pub made_on: String,
    /// By currency.
    pub totals: Vec<Total>,
    /// In order of name.
    pub files: Vec<Delivered>,
}

/// A file as it lies in the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Delivered {
    pub file: String,
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl DeliveryNote {
    /// That of the files of a folder, read back from the disk.
    ///
    /// # Errors
    /// The failure of the system.
    pub(super) fn of(manifest: &BatchManifest, batch: &Path) -> Result<DeliveryNote, Failure> {
        let delivered = |name: String| {
            let path = batch.join(&name);
            let read = || {
                let file = File::open(&path)?;
                Ok::<_, std::io::Error>((file.metadata()?.len(), sha256(file)?))
            };
            let (bytes, sha256) = read().map_err(|error| Failure::file(&error, "read", &path))?;
            Ok(Delivered { file: name, bytes, sha256 })
        };
        Ok(DeliveryNote {
            agency: manifest.agency.clone(),
            batch: manifest.batch,
            made_on: manifest.made_on.clone(),
            totals: manifest.totals.clone(),
            files: names(batch)?.into_iter().map(delivered).collect::<Result<_, Failure>>()?,
        })
    }

    /// As it is written.
    ///
    /// # Errors
    /// A fault of ours.
    pub(super) fn text(&self) -> Result<String, Failure> {
        serde_json::to_string_pretty(self).map(|text| text + "\n").map_err(|error| Failure::new(Exit::Bug, error.to_string()))
    }

    /// The note beside a batch; `None` where there is none.
    ///
    /// # Errors
    /// [`Exit::No`] where it is not readable.
    pub(super) fn beside(batch: &Path) -> Result<Option<DeliveryNote>, Failure> {
        let Some(path) = place(batch).filter(|path| path.is_file()) else { return Ok(None) };
        let text = folder::read(&path)?;
        let parsed = serde_json::from_str(&text);
        parsed.map(Some).map_err(|error| Failure::new(Exit::No, format!("{} is not the note of a batch: {error}", path.display())))
    }

    /// What does not lie in a folder as the note says.
    ///
    /// # Errors
    /// The failure of the system.
    pub(super) fn differences(&self, batch: &Path) -> Result<Vec<String>, Failure> {
        let there = names(batch)?;
        let mut wrong = Vec::new();
        for Delivered { file, bytes, sha256: hash } in &self.files {
            if !there.contains(file) {
                wrong.push(format!("{file}: it was delivered and is not there"));
                continue;
            }
            let path = batch.join(file);
            let opened = File::open(&path).map_err(|error| Failure::file(&error, "read", &path))?;
            let length = opened.metadata().map_err(|error| Failure::file(&error, "read", &path))?.len();
            if length != *bytes {
                wrong.push(format!("{file}: it has {length} bytes and was delivered with {bytes}"));
            } else if sha256(opened).map_err(|error| Failure::file(&error, "read", &path))? != *hash {
                wrong.push(format!("{file}: it was changed after it was delivered: its SHA-256 is another one"));
            }
        }
        let known: BTreeSet<&str> = self.files.iter().map(|file| file.file.as_str()).collect();
        wrong.extend(there.iter().filter(|name| !known.contains(name.as_str())).map(|name| format!("{name}: it was not delivered")));
        Ok(wrong)
    }
}

/// Where the note of a batch is.
fn place(batch: &Path) -> Option<PathBuf> {
    let name = batch.file_name()?.to_str()?;
    Some(batch.with_file_name(format!("{name}{READY}")))
}

/// Names in a folder, in order.
fn names(batch: &Path) -> Result<Vec<String>, Failure> {
    let entries = fs::read_dir(batch).map_err(|error| Failure::file(&error, "read", batch))?;
    let mut names: Vec<String> = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.sort_unstable();
    Ok(names)
}
