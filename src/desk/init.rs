//! `relance init`: a commented job file and a pack of rules, for a user to make their own, with the schemas that let an editor complete
//! and check them.

use std::path::{Path, PathBuf};

use super::schema;
use crate::base::nearest::did_you_mean;
use crate::error::{Exit, Failure};
use crate::io::folder;
use crate::rules::rule_files::written_currency;
use crate::rules::shipped::{PACKS, Shipped};
use crate::rules::sources::SourceFile;
use crate::settings::JOB_FILE;

/// Where the schemas go, relative to the job file.
const SCHEMAS: &str = ".relance/schema";

/// The job file `relance init` writes.
const STARTER_JOB: &str = include_str!("init/relance.yaml");

/// The inputs of a generated ledger, as its job file names them.
const GENERATED_JOB: &str = include_str!("init/generated.yaml");

/// The pack and its currency as the job files in this folder write them, to be replaced by those of another pack.
const PACK_LINE: &str = "rules: rules/fr-b2b\n";
const CURRENCY_LINE: &str = "reporting_currency: EUR\n";

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub files: Vec<PathBuf>,
    /// The folder of the rules, as the job file names it.
    pub rules: String,
    /// Whether there was a job file, which stays as it is.
    pub kept_job: bool,
}

/// Writes a commented job file and a pack into `folder`: the first of [`PACKS`], or the one named. Beside a job file that is there already,
/// a pack that is named is written alone.
///
/// # Errors
/// [`Exit::Usage`] where there is no such pack, and where one of the files exists already: nothing is written over.
pub fn init(folder: &Path, pack: Option<&str>) -> Result<Written, Failure> {
    let chosen = match pack {
        Some(name) => Shipped::named(name),
        None => PACKS.first(),
    };
    let Some(chosen) = chosen else {
        let name = pack.unwrap_or_default();
        let nearest = did_you_mean(name, PACKS.iter().map(|pack| pack.name));
        let all: Vec<String> = PACKS.iter().map(|pack| format!("{} ({})", pack.name, pack.about)).collect();
        return Err(Failure::new(Exit::Usage, format!("there is no shipped pack \"{name}\"{nearest}"))
            .remedy(format!("there are {}", all.join("; "))));
    };
    let kept_job = pack.is_some() && folder.join(JOB_FILE).exists();
    if !kept_job {
        refuse_existing(&folder.join(JOB_FILE))?;
    }
    let mut files = write_pack(folder, chosen)?;
    if !kept_job {
        files.insert(0, write(folder, JOB_FILE, &with_schema("job", "", &job_of(chosen, STARTER_JOB)))?);
    }
    // The schemas offer the names of the pack the job is about.
    if !kept_job || !folder.join(SCHEMAS).exists() {
        files.extend(write_schemas(folder, chosen)?);
    }
    Ok(Written { files, rules: place(chosen), kept_job })
}

/// Writes the job file and the pack of a generated ledger; gives the job file.
///
/// A dirty ledger is full of refused rows, so its job tolerates them.
///
/// # Errors
/// As [`init`].
pub fn write_ready(folder: &Path, dirty: bool) -> Result<PathBuf, Failure> {
    for pack in PACKS.iter().take(1) {
        write_pack(folder, pack)?;
        write_schemas(folder, pack)?;
    }
    let tolerance = if dirty { "rejects: {fail_above: 20%}\n" } else { "" };
    write(folder, JOB_FILE, &with_schema("job", "", &format!("{GENERATED_JOB}{tolerance}")))
}

/// Where a pack goes, relative to the job file.
fn place(pack: &Shipped) -> String {
    format!("rules/{}", pack.name)
}

/// A job file about a pack, in the currency of its rules.
fn job_of(pack: &Shipped, text: &str) -> String {
    let files: Vec<SourceFile> =
        pack.files.iter().map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
    let currency = written_currency(&files).map_or_else(|| CURRENCY_LINE.to_owned(), |code| format!("reporting_currency: {code}\n"));
    text.replace(PACK_LINE, &format!("rules: {}\n", place(pack))).replace(CURRENCY_LINE, &currency)
}

fn write_pack(folder: &Path, pack: &Shipped) -> Result<Vec<PathBuf>, Failure> {
    let own = folder.join(place(pack));
    pack.files.iter().try_for_each(|(name, _)| refuse_existing(&own.join(name)))?;
    let up = "../".repeat(place(pack).split('/').count());
    let file = |(name, text): &(&str, &str)| match kind(name, text) {
        Some(kind) => write(&own, name, &with_schema(kind, &up, text)),
        None => write(&own, name, text),
    };
    pack.files.iter().map(file).collect()
}

/// The kind a rule file says it is of; other files have none.
fn kind<'t>(name: &str, text: &'t str) -> Option<&'t str> {
    let written = text.lines().find_map(|line| line.strip_prefix("kind:")).map(str::trim);
    written.filter(|_| name.ends_with(".yaml"))
}

/// Schemas that offer the names of a pack.
fn write_schemas(folder: &Path, pack: &Shipped) -> Result<Vec<PathBuf>, Failure> {
    schema::write_all(&folder.strip_prefix(".").unwrap_or(folder).join(SCHEMAS), &schema::words(Some(&folder.join(place(pack))))?)
}

/// Before anything is written, so that a start that is refused leaves nothing behind.
fn refuse_existing(path: &Path) -> Result<(), Failure> {
    if !path.exists() {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, format!("the file exists already: {}", path.display()))
        .remedy("move it away, or name another folder: relance init DIR"))
}

/// A file that tells the YAML language server of an editor where its schema is; `up` leads to the folder of the job.
fn with_schema(kind: &str, up: &str, text: &str) -> String {
    format!("# yaml-language-server: $schema={up}{SCHEMAS}/{kind}.json\n{text}")
}

fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Failure> {
    let path = folder.strip_prefix(".").unwrap_or(folder).join(name);
    folder::write_new(&path, text)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn every_pack_gets_a_job_that_names_it_and_its_currency() {
        let currency = |text: &str| {
            let settings = Settings::parse(text, Path::new("relance.yaml"), &|_| None).expect("a job");
            (settings.places.rules, settings.reporting_currency.to_string())
        };
        for pack in PACKS {
            let wanted = match pack.name {
                "uk-b2b" => "GBP",
                "us-consumer" => "USD",
                _ => "EUR",
            };
            let expected = (PathBuf::from(place(pack)), wanted.to_owned());
            assert_eq!(currency(&job_of(pack, STARTER_JOB)), expected);
            if pack.name == PACKS[0].name {
                assert_eq!(currency(GENERATED_JOB), expected);
            }
        }
    }

    #[test]
    fn what_is_written_knows_its_schema_and_a_second_start_is_refused() {
        for pack in PACKS {
            let place = tempfile::tempdir().expect("a temporary folder");
            let written = init(place.path(), Some(pack.name)).expect("the folder is empty");
            assert_eq!(written.files.len(), 1 + pack.files.len() + schema::kinds().len());
            for file in written.files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "yaml")) {
                let text = std::fs::read_to_string(file).expect("a file");
                let schema = text.lines().next().and_then(|line| line.split_once("$schema=")).expect("a first line for editors").1;
                assert!(file.with_file_name(schema).is_file(), "{}: {schema}", file.display());
            }
            assert_eq!(init(place.path(), None).map_err(|failure| failure.exit), Err(Exit::Usage));
        }
    }

    #[test]
    fn a_start_that_is_refused_leaves_nothing_behind() {
        let place = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(place.path().join(JOB_FILE), "mine").expect("a file");
        assert!(init(place.path(), None).is_err());
        assert_eq!(std::fs::read_dir(place.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn a_second_pack_is_written_beside_the_first_and_the_job_stays() {
        let place = tempfile::tempdir().expect("a temporary folder");
        init(place.path(), None).expect("the folder is empty");
        let job = std::fs::read(place.path().join(JOB_FILE)).expect("a job");
        let written = init(place.path(), Some("uk-b2b")).expect("another pack");
        assert_eq!((written.rules.as_str(), written.kept_job), ("rules/uk-b2b", true));
        assert!(place.path().join("rules/uk-b2b/rates.yaml").is_file());
        assert_eq!(std::fs::read(place.path().join(JOB_FILE)).expect("a job"), job);
        assert!(init(place.path(), Some("uk-b2b")).is_err());
    }
}
