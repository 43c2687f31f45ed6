//! `relance fmt`: rule files in their one form, written back only where they are proved to say the same.

mod diff;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::pack::{Pack, folders, is_rule_file};
use crate::base::date::Date;
use crate::base::money::Currency;
use crate::error::{Exit, Failure};
use crate::io::folder;
use crate::io::text::rule_file;
use crate::rules::compile::examine;
use crate::rules::format::{Amounts, comments, format};
use crate::rules::sources::{SourceFile, is_list_file};

/// A file that is not in its one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub path: PathBuf,
    pub before: String,
    pub after: String,
}

impl Change {
    /// The change line by line, as `diff -u` shows it.
    pub fn diff(&self) -> String {
        diff::unified(&self.path.display().to_string(), &self.before, &self.after)
    }

    /// Puts the new text in the place of the file.
    ///
    /// # Errors
    /// The failure of the system; the file is then as it was.
    pub fn write(&self) -> Result<(), Failure> {
        folder::replace(&self.path, &self.after)
    }
}

/// The files at or below some paths that are not in their one form, in order of path. Nothing is written.
///
/// A file is looked at together with its pack, the other files of its folder: they tell what its names stand for. Money without a
/// currency is in the one the pack states, else in `of_job`.
///
/// # Errors
/// [`Exit::Config`] where a pack has mistakes, [`Exit::NoInput`] where there is nothing to look at.
pub fn changes(paths: &[PathBuf], as_of: Option<Date>, of_job: Option<Currency>) -> Result<Vec<Change>, Failure> {
    // What is asked of each pack: all its files, or some.
    let mut asked: BTreeMap<PathBuf, Option<BTreeSet<PathBuf>>> = BTreeMap::new();
    for path in paths {
        if path.is_dir() {
            for pack in folders(path)? {
                asked.insert(pack, None);
            }
            continue;
        }
        let here = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        rule_file(path)?.map_err(|message| Failure::new(Exit::Config, message))?;
        if let Some(files) = asked.entry(here.to_owned()).or_insert_with(|| Some(BTreeSet::new())) {
            files.insert(path.clone());
        }
    }
    let mut changes = Vec::new();
    for (folder, wanted) in asked {
        let wants = |path: &Path| wanted.as_ref().is_none_or(|files| files.contains(path));
        changes.extend(of_pack(&folder, as_of, of_job)?.into_iter().filter(|change| wants(&change.path)));
        changes.extend(test_files(&folder)?.into_iter().filter(|change| wants(&change.path)));
    }
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(changes)
}

/// The changes of a whole pack, proved: it compiles to the same program, and no comment is lost.
fn of_pack(folder: &Path, as_of: Option<Date>, of_job: Option<Currency>) -> Result<Vec<Change>, Failure> {
    let pack = Pack::open(folder, as_of, of_job)?;
    let examined = pack.examined()?;
    let mut formatted = Vec::new();
    for (index, file) in (0_u32..).zip(&pack.files) {
        let at = examined.bare_money.iter().filter(|span| span.file == index).map(|span| span.start).collect();
        let rules = !is_list_file(&file.path);
        let text = if rules { format(&file.text, &Amounts { at, currency: Some(pack.currency) }) } else { file.text.clone() };
        formatted.push(SourceFile { path: file.path.clone(), text });
    }
    let after = examine(&formatted, pack.as_of, pack.currency);
    if after.program.hash != examined.program.hash || after.errors.len() != examined.errors.len() {
        return Err(not_the_same(folder));
    }
    let pairs = pack.files.iter().zip(formatted);
    let pairs = pairs.map(|(before, after)| (before, after.text)).filter(|(before, after)| before.text != *after);
    pairs.map(|(before, after)| proved(folder.join(&before.path), &before.text, after)).collect()
}

/// Tests of rules: their layout only.
fn test_files(folder: &Path) -> Result<Vec<Change>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::file(&error, "list", folder))?;
    let paths: BTreeSet<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    let tests = paths.into_iter().filter(|path| is_rule_file(path) && path.to_string_lossy().ends_with(".test.yaml"));
    let mut changes = Vec::new();
    for path in tests {
        let text = rule_file(&path)?.map_err(|message| Failure::new(Exit::Config, message))?;
        let after = format(&text, &Amounts::default());
        if after != text {
            changes.push(proved(path, &text, after)?);
        }
    }
    Ok(changes)
}

/// A change that lost no comment and would not be changed again.
fn proved(path: PathBuf, before: &str, after: String) -> Result<Change, Failure> {
    if comments(before) != comments(&after) || format(&after, &Amounts::default()) != after {
        return Err(not_the_same(&path));
    }
    Ok(Change { path, before: before.to_owned(), after })
}

fn not_the_same(path: &Path) -> Failure {
    Failure::new(Exit::Bug, format!("formatting would change what {} says", path.display()))
        .remedy("nothing was written; please report this with the rule files")
}
