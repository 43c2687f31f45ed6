//! The shipped packs and the error catalogue: whole rule sets in, programs or messages out.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::rules::diagnostics::render;

const AS_OF: &str = "2026-12-15";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The rule files of a folder, named without the folder.
fn files(folder: &Path) -> Vec<SourceFile> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    let yaml = paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    yaml.map(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        SourceFile { path: name.unwrap_or_default(), text: fs::read_to_string(&path).expect("a rule file in UTF-8") }
    })
    .collect()
}

fn compiled(files: &[SourceFile], currency: &[u8]) -> Result<Compiled, Vec<Diagnostic>> {
    compile(files, Date::parse(AS_OF).expect("a day"), Currency::parse(currency).expect("a currency"))
}

/// What a person sees: the messages of a refused rule set, or the warnings of an accepted one.
fn report(files: &[SourceFile]) -> String {
    match compiled(files, b"EUR") {
        Err(findings) => render(&findings, files, false),
        Ok(compiled) => format!("accepted\n\n{}", render(&compiled.warnings, files, false)),
    }
}

#[test]
fn the_shipped_packs_compile() {
    for (pack, currency) in [("fr-b2b", b"EUR"), ("uk-b2b", b"GBP")] {
        let files = files(&root().join("rules").join(pack));
        match compiled(&files, currency) {
            Ok(compiled) => assert!(compiled.warnings.is_empty(), "{pack}: {}", render(&compiled.warnings, &files, false)),
            Err(findings) => panic!("{pack}:\n{}", render(&findings, &files, false)),
        }
    }
}

#[test]
fn every_code_is_provoked_by_a_case() {
    let catalogue = root().join("testdata/errors");
    let folders = fs::read_dir(&catalogue).expect("the catalogue").map(|entry| entry.expect("an entry").path());
    let all: String = folders.map(|folder| fs::read_to_string(folder.join("expected.txt")).expect("an expectation")).collect();
    let silent: Vec<_> = codes::ALL.iter().filter(|code| !all.contains(&format!("[{}]", code.id))).collect();
    assert!(silent.is_empty(), "no case provokes {silent:?}");
}

/// Each folder under `testdata/errors` holds rule files and what is said about them. `BLESS=1` rewrites the expectations.
#[test]
fn every_case_of_the_error_catalogue_reads_as_expected() {
    let bless = std::env::var_os("BLESS").is_some();
    let catalogue = root().join("testdata/errors");
    let mut folders: Vec<_> = fs::read_dir(&catalogue).expect("the catalogue").map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    let mut different = Vec::new();
    for folder in folders {
        let found = report(&files(&folder));
        let expected = folder.join("expected.txt");
        if bless {
            fs::write(&expected, &found).expect("a writable catalogue");
        } else if fs::read_to_string(&expected).unwrap_or_default() != found {
            different.push(format!("{}:\n{found}", folder.display()));
        }
    }
    assert!(different.is_empty(), "run with BLESS=1 and read the difference\n{}", different.join("\n"));
}
