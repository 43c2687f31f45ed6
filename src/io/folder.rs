//! Folders and small text files that a command starts for its user, never over something that is already there.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::error::{Exit, Failure};

/// Creates the folder, and those above it; one that exists must be empty.
///
/// # Errors
/// [`Exit::Usage`] where the folder holds anything, else the failure of the system.
pub fn create_empty(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::file(&error, "create the folder", folder))?;
    let mut entries = fs::read_dir(folder).map_err(|error| Failure::file(&error, "read the folder", folder))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Failure::new(Exit::Usage, format!("the folder is not empty: {}", folder.display()))
            .remedy("name a folder that does not exist yet, or empty this one first")),
    }
}

/// Reads a text file.
///
/// # Errors
/// The failure of the system; [`Exit::Data`] where the file is no text.
pub fn read(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file(&error, "read", path))?;
    String::from_utf8(bytes).map_err(|_| Failure::new(Exit::Data, format!("{} is no text", path.display())))
}

/// Writes a text file, and the folders above it, where there is no such file yet.
///
/// # Errors
/// [`Exit::Usage`] where the file exists, else the failure of the system.
pub fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    create_new(path, text.as_bytes())
}

fn create_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| Failure::file(&error, "create the folder", folder))?;
    }
    let mut file = File::create_new(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::new(Exit::Usage, format!("the file exists already: {}", path.display())).remedy("move it away, or name another folder")
        }
        _ => Failure::file(&error, "create", path),
    })?;
    file.write_all(bytes).map_err(|error| Failure::file(&error, "write", path))
}

/// Writes a text file that a command makes anew each time, and the folders above it.
///
/// # Errors
/// The failure of the system; a file that was there is then as it was.
pub fn write_over(path: &Path, text: &str) -> Result<(), Failure> {
    write_bytes(path, text.as_bytes())
}

/// The same for a file that is no text.
///
/// # Errors
/// Likewise.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if path.exists() { replace_bytes(path, bytes) } else { create_new(path, bytes) }
}

/// Puts a text in the place of a file that is there, all of it or nothing of it, with the rights the file had.
///
/// # Errors
/// The failure of the system; the file is then as it was.
pub fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    replace_bytes(path, text.as_bytes())
}

fn replace_bytes(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    // A link stays a link: what it leads to is replaced.
    let target = fs::canonicalize(path).map_err(|error| Failure::file(&error, "find", path))?;
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = target.with_file_name(format!(".{name}.{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        let rights = fs::metadata(&target)?.permissions();
        let mut file = File::create_new(&beside)?;
        file.write_all(bytes)?;
        file.set_permissions(rights)?;
        file.sync_all()?;
        fs::rename(&beside, &target)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&beside);
        Failure::file(&error, "replace", path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_there_is_written_over() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let file = place.path().join("new/relance.yaml");
        assert_eq!(create_empty(&place.path().join("new")), Ok(()));
        assert_eq!(write_new(&file, "first"), Ok(()));
        assert_eq!(write_new(&file, "second").map_err(|failure| failure.exit), Err(Exit::Usage));
        assert_eq!(create_empty(&place.path().join("new")).map_err(|failure| failure.exit), Err(Exit::Usage));
        assert_eq!(fs::read_to_string(&file).expect("the file is there"), "first");
    }
}
