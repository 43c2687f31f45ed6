//! The files of a policy pack: its rule files, and the files their lists are read from.

use std::path::Path;

use crate::error::Failure;
use crate::io::{list_files, text};
use crate::rules::lists;
use crate::rules::sources::SourceFile;

/// The files of a folder as messages name them: where they are from the working folder, as the user named the folder.
pub fn as_named(folder: &Path, files: &[SourceFile]) -> Vec<SourceFile> {
    let named = |file: &SourceFile| SourceFile { path: shown(&folder.join(&file.path)), text: file.text.clone() };
    files.iter().map(named).collect()
}

/// A path as messages show it: without a leading `./`.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}

/// Reads a folder of rules; the files of lists come last, as text of comma-separated values.
///
/// # Errors
/// As [`text::rule_files`] and [`list_files::read`].
pub fn read(folder: &Path) -> Result<Vec<SourceFile>, Failure> {
    let mut files: Vec<SourceFile> = text::rule_files(folder)?.into_iter().map(|(path, text)| SourceFile { path, text }).collect();
    for path in lists::wanted(&files) {
        files.extend(list_files::read(folder, &path)?.map(|text| SourceFile { path, text }));
    }
    Ok(files)
}
