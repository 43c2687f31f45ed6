//! The files a test run is about: test files, the rules beside them, and programs compiled once for each night.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::base::counted::counted;
use crate::base::date::Date;
use crate::base::money::Currency;
use crate::error::{Exit, Failure};
use crate::io::text;
use crate::rules::codes;
use crate::rules::compile::compile;
use crate::rules::diagnostics::{Diagnostic, render};
use crate::rules::program::Program;
use crate::rules::rule_files::written_currency;
use crate::rules::sources::{SourceFile, Span, is_list_file};
use crate::rules::test_file::{self, TestFile};
use crate::rules::vocabulary::Vocabulary;
use crate::run::pack::{self, shown};

/// A folder of rules with the tests about it.
pub struct Pack {
    pub folder: PathBuf,
    /// The rules as text, with paths as messages show them.
    pub files: Vec<SourceFile>,
    pub currency: Currency,
    pub tests: Vec<TestFile>,
    programs: BTreeMap<Date, Program>,
}

/// Finds the tests under folders and files, reads them and compiles the rules they are about. Money is in the currency a test file states,
/// else in that of the job whose rules they are, else in the one the rules state.
///
/// # Errors
/// [`Exit::NoInput`] where there is no test, [`Exit::Config`] with every finding of rules and tests.
pub fn packs(paths: &[PathBuf], of_job: Option<Currency>) -> Result<Vec<Pack>, Failure> {
    let mut found: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for path in paths {
        for test in test_files(path)? {
            let root = if path.is_dir() { path.as_path() } else { test.parent().unwrap_or(path) };
            found.entry(folder_of(&test, root)).or_default().insert(test);
        }
    }
    if found.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::new(Exit::NoInput, format!("there is no *.test.yaml in {}", names.join(", ")))
            .remedy("docs/testing-rules.md says how to write one"));
    }
    let mut packs = Vec::new();
    for (folder, tests) in found {
        packs.extend(read(&folder, &tests, of_job)?);
    }
    Ok(packs)
}

fn test_files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if path.is_dir() {
        return Ok(text::test_files(path)?.into_iter().map(|name| path.join(name)).collect());
    }
    if !path.is_file() {
        return Err(Failure::new(Exit::NoInput, format!("there is no file or folder {}", path.display())));
    }
    if !path.to_string_lossy().ends_with(text::TEST_FILE) {
        return Err(Failure::new(Exit::Usage, format!("{} is no test file: its name does not end in {}", path.display(), text::TEST_FILE))
            .remedy("name a test file or the folder of the rules; of the rules of a job, --job FILE runs all tests"));
    }
    Ok(vec![path.to_owned()])
}

/// The folder of the rules a test file is about: the nearest one at or above it, not above `root`, that has rule files.
fn folder_of(test: &Path, root: &Path) -> PathBuf {
    let own = test.parent().unwrap_or(root);
    let above = own.ancestors().take_while(|folder| folder.starts_with(root));
    let folder =
        above.into_iter().find(|folder| text::rule_files(folder).is_ok_and(|files| files.iter().any(|(name, _)| !name.contains('/'))));
    folder.unwrap_or(own).to_owned()
}

/// Reads the test files of one folder: one pack for each choice of rule files they make.
fn read(folder: &Path, tests: &BTreeSet<PathBuf>, of_job: Option<Currency>) -> Result<Vec<Pack>, Failure> {
    let all = pack::as_named(folder, &pack::read(folder)?);
    let mut packs: Vec<(Vec<String>, Pack)> = Vec::new();
    let mut findings = String::new();
    for test in tests {
        let test = SourceFile { path: shown(test), text: text::job_file(test)? };
        let with_test = |files: &[SourceFile]| -> Vec<SourceFile> { files.iter().cloned().chain([test.clone()]).collect() };
        let everything = with_test(&all);
        let index = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let any = Currency::parse(b"EUR").unwrap_or(Currency(0));
        let head = match test_file::head(&everything, index, of_job.or_else(|| written_currency(&all)).unwrap_or(any)) {
            Ok(head) => head,
            Err(found) => {
                findings.push_str(&render(&found, &everything, false));
                continue;
            }
        };
        let at = match packs.iter().position(|(rules, pack)| *rules == head.rules && head.currency.is_none_or(|own| own == pack.currency)) {
            Some(at) => at,
            None => {
                let files = chosen(&all, folder, &head.rules, &test, &mut findings);
                let stated = head.currency.or(of_job).or_else(|| written_currency(&files));
                let Some(currency) = stated.or_else(|| Vocabulary::of(&files).currency) else {
                    let found = Diagnostic::error(codes::MISSING_KEY, Span::start_of(index), "the rules do not say their currency")
                        .help("add currency: to the dictionary, or to this test file");
                    findings.push_str(&render(&[found], &everything, false));
                    continue;
                };
                let pack = Pack { folder: folder.to_owned(), files, currency, tests: Vec::new(), programs: BTreeMap::new() };
                packs.push((head.rules.clone(), pack));
                packs.len() - 1
            }
        };
        let pack = &mut packs[at].1;
        pack.compile(head.as_of)?;
        let with_rules = with_test(&pack.files);
        let index = u32::try_from(pack.files.len()).unwrap_or(u32::MAX);
        match test_file::read(&with_rules, index, pack.program(head.as_of)?) {
            Ok(tests) => pack.tests.push(tests),
            Err(found) => findings.push_str(&render(&found, &with_rules, false)),
        }
    }
    if findings.is_empty() {
        return Ok(packs.into_iter().map(|(_, pack)| pack).collect());
    }
    Err(Failure::new(Exit::Config, format!("the tests of {} cannot be read\n\n{findings}", folder.display()))
        .remedy("no test was run: correct the test files and run again"))
}

/// The rule files a test file names, with the files these use; all where it names none.
fn chosen(all: &[SourceFile], folder: &Path, rules: &[String], test: &SourceFile, findings: &mut String) -> Vec<SourceFile> {
    if rules.is_empty() {
        return all.to_vec();
    }
    let path_of = |name: &str| shown(&folder.join(name));
    let mut wanted: Vec<String> = rules.iter().map(|name| path_of(name)).collect();
    for path in &wanted {
        if !all.iter().any(|file| file.path == *path) {
            findings.push_str(&format!(
                "error[{}]: {} names the rule file {path}, which is not there\n\n",
                codes::UNKNOWN_FILE.id,
                test.path
            ));
        }
    }
    let mut at = 0;
    while at < wanted.len() {
        let used = all.iter().find(|file| file.path == wanted[at]).map(test_file::used_files).unwrap_or_default();
        for path in used.iter().map(|name| path_of(name)) {
            if !wanted.contains(&path) {
                wanted.push(path);
            }
        }
        at += 1;
    }
    all.iter().filter(|file| wanted.contains(&file.path) || is_list_file(&file.path)).cloned().collect()
}

/// One test file that is not on disk yet, with the rules of a folder.
///
/// # Errors
/// [`Exit::Config`] where rules or test cannot be read.
pub fn of_text(folder: &Path, file: &Path, text: &str, currency: Currency, as_of: Date) -> Result<Pack, Failure> {
    let files = pack::as_named(folder, &pack::read(folder)?);
    let mut pack = Pack { folder: folder.to_owned(), files, currency, tests: Vec::new(), programs: BTreeMap::new() };
    pack.compile(as_of)?;
    let test = SourceFile { path: shown(file), text: text.to_owned() };
    let all: Vec<SourceFile> = pack.files.iter().cloned().chain([test]).collect();
    let index = u32::try_from(pack.files.len()).unwrap_or(u32::MAX);
    let tests = test_file::read(&all, index, pack.program(as_of)?);
    let tests = tests.map_err(|found| Failure::new(Exit::Config, format!("the test cannot be read\n\n{}", render(&found, &all, false))))?;
    pack.tests.push(tests);
    Ok(pack)
}

impl Pack {
    /// Compiles the rules for a night, once.
    ///
    /// # Errors
    /// [`Exit::Config`] with every finding.
    pub fn compile(&mut self, as_of: Date) -> Result<(), Failure> {
        if self.programs.contains_key(&as_of) {
            return Ok(());
        }
        let compiled = compile(&self.files, as_of, self.currency).map_err(|findings| {
            let count = counted(findings.len(), "finding");
            let text = render(&findings, &self.files, false);
            Failure::new(Exit::Config, format!("the rules in {} have {count} on {as_of}\n\n{text}", self.folder.display()))
                .remedy("no test was run: correct the rule files and run again")
        })?;
        self.programs.insert(as_of, compiled.program);
        Ok(())
    }

    /// The program of a night compiled before.
    ///
    /// # Errors
    /// A fault of ours where it was not.
    pub fn program(&self, as_of: Date) -> Result<&Program, Failure> {
        self.programs.get(&as_of).ok_or_else(|| Failure::new(Exit::Bug, format!("the rules were not compiled for {as_of}")))
    }
}
