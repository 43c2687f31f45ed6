//! `relance init`: a commented job file and the starter pack of rules, for a user to make their own, with the schemas that let an
//! editor complete and check them.

use std::path::{Path, PathBuf};

use super::schema;
use crate::error::Failure;
use crate::io::folder;
use crate::settings::JOB_FILE;

/// Where the starter pack goes, relative to the job file.
const STARTER_FOLDER: &str = "rules/fr-b2b";

/// Files of the starter pack, its tests among them.
const STARTER_PACK: &[(&str, &str)] = &[
    ("dictionary.yaml", include_str!("../../rules/fr-b2b/dictionary.yaml")),
    ("segmentation.yaml", include_str!("../../rules/fr-b2b/segmentation.yaml")),
    ("escalation.yaml", include_str!("../../rules/fr-b2b/escalation.yaml")),
    ("rates.yaml", include_str!("../../rules/fr-b2b/rates.yaml")),
    ("segmentation.test.yaml", include_str!("../../rules/fr-b2b/segmentation.test.yaml")),
    ("escalation.test.yaml", include_str!("../../rules/fr-b2b/escalation.test.yaml")),
    ("limits.test.yaml", include_str!("../../rules/fr-b2b/limits.test.yaml")),
];

/// Where the schemas go, relative to the job file.
const SCHEMAS: &str = ".relance/schema";

/// The job file `relance init` writes.
const STARTER_JOB: &str = include_str!("init/relance.yaml");

/// The inputs of a generated ledger, as its job file names them.
const GENERATED_JOB: &str = include_str!("init/generated.yaml");

/// Writes a commented job file and the starter pack into `folder`; gives the files written.
///
/// # Errors
/// [`Exit::Usage`](crate::error::Exit::Usage) where one of the files exists already: nothing is written over.
pub fn init(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut written = write_pack(folder)?;
    written.insert(0, write(folder, JOB_FILE, &with_schema("job", "", STARTER_JOB))?);
    written.extend(write_schemas(folder)?);
    Ok(written)
}

/// Writes the job file and the starter pack of a generated ledger; gives the job file.
///
/// A dirty ledger is full of refused rows, so its job tolerates them.
///
/// # Errors
/// As [`init`].
pub fn write_ready(folder: &Path, dirty: bool) -> Result<PathBuf, Failure> {
    write_pack(folder)?;
    write_schemas(folder)?;
    let tolerance = if dirty { "rejects: {fail_above: 20%}\n" } else { "" };
    write(folder, JOB_FILE, &with_schema("job", "", &format!("{GENERATED_JOB}{tolerance}")))
}

fn write_pack(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let up = "../".repeat(STARTER_FOLDER.split('/').count());
    let file = |(name, text): &(&str, &str)| {
        let kind = if name.ends_with(".test.yaml") { "test" } else { name.trim_end_matches(".yaml") };
        write(&folder.join(STARTER_FOLDER), name, &with_schema(kind, &up, text))
    };
    STARTER_PACK.iter().map(file).collect()
}

/// Schemas that offer the names of the starter pack.
fn write_schemas(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    schema::write_all(&folder.join(SCHEMAS), &schema::words(Some(&folder.join(STARTER_FOLDER)))?)
}

/// A file that tells the YAML language server of an editor where its schema is; `up` leads to the folder of the job.
fn with_schema(kind: &str, up: &str, text: &str) -> String {
    format!("# yaml-language-server: $schema={up}{SCHEMAS}/{kind}.json\n{text}")
}

fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    folder::write_new(&path, text)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn the_job_files_written_are_valid_jobs() {
        for text in [STARTER_JOB, GENERATED_JOB] {
            let settings = Settings::parse(text, Path::new("relance.yaml"), &|_| None);
            assert_eq!(settings.map(|settings| settings.places.rules), Ok(PathBuf::from(STARTER_FOLDER)));
        }
    }

    #[test]
    fn a_second_start_in_the_same_folder_is_refused() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let written = init(place.path()).expect("the folder is empty");
        assert_eq!(written.len(), 1 + STARTER_PACK.len() + schema::kinds().len());
        let rules = std::fs::read_to_string(&written[2]).expect("a rule file");
        let schema = rules.lines().next().and_then(|line| line.split_once("$schema=")).expect("a first line for editors").1;
        assert!(written[2].with_file_name(schema).is_file(), "{schema}");
        assert!(init(place.path()).is_err());
    }
}
