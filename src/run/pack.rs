//! The files of a policy pack: its rule files, and the files their lists are read from.

use std::path::Path;

use crate::error::Failure;
use crate::io::{list_files, text};
use crate::rules::lists;
use crate::rules::sources::SourceFile;

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
