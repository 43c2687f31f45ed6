//! A policy pack at an analyst's desk: its files, and what the compiler says of them on no day in particular.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::base::counted::counted;
use crate::base::date::Date;
use crate::base::money::Currency;
use crate::error::{Exit, Failure};
use crate::rules::compile::{Examined, examine};
use crate::rules::diagnostics::{Diagnostic, render};
use crate::rules::sources::SourceFile;
use crate::rules::vocabulary::Vocabulary;
use crate::run::pack;

/// Money in a pack that names no currency.
const DEFAULT_CURRENCY: &[u8] = b"EUR";

/// The files of a folder of rules.
#[derive(Debug, Clone)]
pub struct Pack {
    pub folder: PathBuf,
    /// Named relative to the folder.
    pub files: Vec<SourceFile>,
    pub currency: Currency,
    /// The day the rules are looked at; the last of the calendar where nobody names one.
    pub as_of: Date,
}

impl Pack {
    /// Reads a folder of rules. Their money is in the currency they state, else in that of the job whose rules they are.
    ///
    /// # Errors
    /// As [`pack::read`].
    pub fn open(folder: &Path, as_of: Option<Date>, of_job: Option<Currency>) -> Result<Pack, Failure> {
        let files = pack::read(folder)?;
        let stated = Vocabulary::of(&files).currency.or(of_job).or_else(|| Currency::parse(DEFAULT_CURRENCY));
        let currency = stated.ok_or_else(|| Failure::new(Exit::Bug, "the default currency is not among the currencies"))?;
        Ok(Pack { folder: folder.to_owned(), files, currency, as_of: as_of.unwrap_or(Date::MAX) })
    }

    /// What the compiler says, where there is no mistake.
    ///
    /// # Errors
    /// [`Exit::Config`] with every finding. What only a run date can tell (a value not in force yet, a file that ended) is left
    /// to the commands that have one.
    pub fn examined(&self) -> Result<Examined, Failure> {
        let examined = examine(&self.files, self.as_of, self.currency);
        let errors: Vec<Diagnostic> = examined.errors.iter().filter(|finding| !of_the_day(finding)).cloned().collect();
        if errors.is_empty() {
            return Ok(examined);
        }
        let named = pack::as_named(&self.folder, &self.files);
        let message =
            format!("the rules in {} have {}\n\n{}", self.folder.display(), counted(errors.len(), "error"), render(&errors, &named, false));
        Err(Failure::new(Exit::Config, message).remedy("correct them first; nothing was written"))
    }
}

/// Whether a finding depends on the run date: the family of time.
fn of_the_day(finding: &Diagnostic) -> bool {
    finding.code.id.starts_with("R07")
}

/// The folders of the packs at or below a folder: those that hold a rule file themselves.
///
/// # Errors
/// [`Exit::NoInput`] where there is none.
pub fn folders(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = BTreeSet::new();
    search(folder, 0, &mut found)?;
    if found.is_empty() {
        return Err(Failure::new(Exit::NoInput, format!("there is no rule file in {}", folder.display()))
            .remedy("a policy pack is a folder of *.yaml files"));
    }
    Ok(found.into_iter().collect())
}

/// Levels below which no pack is looked for.
const DEEPEST: usize = 8;

fn search(folder: &Path, depth: usize, found: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file(&error, "list", folder);
    let mut below = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if name.starts_with(['.', '_']) {
            continue;
        }
        if path.is_dir() {
            below.push(path);
        } else if is_rule_file(&path) {
            found.insert(folder.to_owned());
            return Ok(());
        }
    }
    if depth < DEEPEST {
        below.iter().try_for_each(|path| search(path, depth + 1, found))?;
    }
    Ok(())
}

/// Whether a path is named like a rule file.
pub fn is_rule_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml")
}
