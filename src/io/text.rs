//! Rule files: the YAML texts of a policy pack, in a fixed order.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use crate::error::{Exit, Failure};

/// A key that job files have and rule files do not.
const JOB_KEY: &str = "portfolio:";
/// Bytes a rule file may have.
const LONGEST_FILE: u64 = 4 << 20;
/// How the names of tests of rules end.
pub const TEST_FILE: &str = ".test.yaml";
/// Files a policy pack may have.
const MOST_FILES: usize = 2000;

/// The text of a job file.
///
/// # Errors
/// [`Exit::NoInput`] where there is none, [`Exit::Config`] where it is too long or no UTF-8.
pub fn job_file(path: &Path) -> Result<String, Failure> {
    let remedy = |failure: Failure| {
        if failure.exit == Exit::NoInput { failure.remedy("relance init writes a job file to start from") } else { failure }
    };
    let size = fs::metadata(path).map_err(|error| remedy(Failure::file(&error, "read", path)))?.len();
    if size > LONGEST_FILE {
        return Err(Failure::new(Exit::Config, format!("{} is longer than 4 MiB", path.display())));
    }
    let bytes = fs::read(path).map_err(|error| Failure::file(&error, "read", path))?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::new(Exit::Config, format!("{} is no UTF-8 text", path.display())).remedy("save it as UTF-8"))
}

/// The rule files of a folder and its subfolders: path relative to the folder, and text. Tests of rules (`*.test.yaml`) and
/// hidden files are left out. The order is that of the paths' bytes.
///
/// # Errors
/// [`Exit::NoInput`] where there is no folder or no rule file, [`Exit::Config`] where it is a file, or one in it is too long or no UTF-8.
pub fn rule_files(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    is_folder(folder)?;
    if !folder.is_dir() {
        return Err(Failure::new(Exit::NoInput, format!("there is no folder of rules {}", folder.display()))
            .remedy("name a policy pack under rules: in the job file"));
    }
    let mut paths = Vec::new();
    list(folder, "", 0, &|name| is_yaml(name) && !name.ends_with(TEST_FILE), &mut paths)?;
    paths.sort_unstable();
    match paths.len() {
        0 => Err(Failure::new(Exit::NoInput, format!("there is no rule file in {}", folder.display()))
            .remedy("a policy pack is a folder of *.yaml files")),
        count if count > MOST_FILES => {
            Err(Failure::new(Exit::Config, format!("{} has {count} rule files, more than {MOST_FILES}", folder.display()))
                .remedy("name the folder of one policy pack"))
        }
        _ => read_all(folder, paths),
    }
}

/// Refuses a file where a folder of rules belongs; whether there is anything is not asked.
///
/// # Errors
/// [`Exit::Config`] with what to name instead.
pub fn is_folder(path: &Path) -> Result<(), Failure> {
    if !path.is_file() {
        return Ok(());
    }
    let is_job = |text: &str| text.lines().any(|line| line.starts_with(JOB_KEY));
    let (what, remedy) = if fs::read(path).is_ok_and(|text| is_job(&String::from_utf8_lossy(&text))) {
        ("a job file", format!("write --job {}", path.display()))
    } else {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        ("a file", format!("the files of a pack hold together: name their folder, {}", folder.display()))
    };
    Err(Failure::new(Exit::Config, format!("{} is {what}, and a policy pack is a folder of rule files", path.display())).remedy(remedy))
}

/// The tests of rules of a folder and its subfolders, hidden files left out: paths relative to the folder, in order of their bytes.
///
/// # Errors
/// [`Exit::Machine`] or [`Exit::Permission`] where a folder cannot be listed.
pub fn test_files(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut paths = Vec::new();
    list(folder, "", 0, &|name| name.ends_with(TEST_FILE), &mut paths)?;
    paths.sort_unstable();
    Ok(paths)
}

/// Puts a new text in the place of a rule file, whole or not at all.
///
/// # Errors
/// The failure of the system.
pub fn rewrite(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file(&error, "write", path);
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, text).map_err(failed)?;
    let rights = fs::metadata(path).map_err(failed)?.permissions();
    fs::set_permissions(&beside, rights).map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)
}

fn read_all(folder: &Path, paths: Vec<String>) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::with_capacity(paths.len());
    let mut messages = Vec::new();
    for name in paths {
        let path = folder.join(&name);
        match rule_file(&path)? {
            Ok(text) => files.push((name, text)),
            Err(message) => messages.push(message),
        }
    }
    if messages.is_empty() {
        Ok(files)
    } else {
        Err(Failure::all(Exit::Config, messages).remedy("rule files are files of UTF-8 text whose names end in .yaml"))
    }
}

/// The text of a rule file; the inner error says why it cannot be one. A pipe is never opened: it could keep us waiting for ever.
///
/// # Errors
/// The failure of the system.
pub fn rule_file(path: &Path) -> Result<Result<String, String>, Failure> {
    let failed = |error: std::io::Error| Failure::file(&error, "read", path);
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Ok(Err(format!("{} is not a file", path.display())));
    }
    if path.extension().is_none_or(|extension| extension != "yaml") {
        return Ok(Err(format!("{} is not read: its name does not end in .yaml", path.display())));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(LONGEST_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if metadata.len().max(bytes.len() as u64) > LONGEST_FILE {
        return Ok(Err(format!("{} is longer than 4 MiB", path.display())));
    }
    let text = String::from_utf8(bytes);
    Ok(text.map_err(|error| format!("{} is not UTF-8 from byte {} on", path.display(), error.utf8_error().valid_up_to())))
}

/// Collects wanted files; `depth` ends links that lead back up.
fn list(folder: &Path, below: &str, depth: usize, is_wanted: &dyn Fn(&str) -> bool, paths: &mut Vec<String>) -> Result<(), Failure> {
    let here = folder.join(below);
    let failed = |error: std::io::Error| Failure::file(&error, "list", &here);
    for entry in fs::read_dir(&here).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if name.starts_with(['.', '_']) {
            continue;
        }
        if folder.join(&path).is_dir() && !is_yaml(&name) {
            if depth < DEEPEST {
                list(folder, &path, depth + 1, is_wanted, paths)?;
            }
        } else if is_wanted(&name) {
            paths.push(path);
        }
    }
    Ok(())
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

/// Levels of folders a policy pack may have.
const DEEPEST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, bytes).expect("a file");
        }
        folder
    }

    #[test]
    fn rule_files_come_in_order_without_tests() {
        let folder = pack(&[
            ("z.yaml", b"z: 1"),
            ("B.yaml", "é".as_bytes()),
            ("rates/a.yaml", b""),
            ("a.test.yaml", b"no"),
            ("readme.md", b"no"),
            (".hidden.yaml", b"no"),
            ("_draft/x.yaml", b"no"),
        ]);
        let files = rule_files(folder.path()).expect("read");
        let expected = [("B.yaml", "é"), ("rates/a.yaml", ""), ("z.yaml", "z: 1")];
        assert_eq!(files, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[test]
    fn what_cannot_be_rules_is_refused_by_name() {
        let long = vec![b' '; 5 << 20];
        type Files<'a> = &'a [(&'a str, &'a [u8])];
        let cases: [(Files<'_>, Exit, &str); 5] = [
            (&[("a.txt", b"")], Exit::NoInput, "there is no rule file in"),
            (&[("a.yaml", b"ok: \xff")], Exit::Config, "a.yaml is not UTF-8 from byte 4 on"),
            (&[("a.yaml", &long)], Exit::Config, "a.yaml is longer than 4 MiB"),
            (&[("b.yaml/c.txt", b"")], Exit::Config, "b.yaml is not a file"),
            (&[("a.yaml", b""), ("b.yml", b"")], Exit::Config, "b.yml is not read: its name does not end in .yaml"),
        ];
        for (files, exit, message) in cases {
            let failure = rule_files(pack(files).path()).unwrap_err();
            assert_eq!(failure.exit, exit);
            assert!(failure.messages[0].contains(message) && failure.remedy.is_some(), "{failure}");
        }
        assert_eq!(rule_files(Path::new("nowhere/at/all")).unwrap_err().exit, Exit::NoInput);
    }
}
