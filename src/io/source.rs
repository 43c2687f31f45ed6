//! What a source of the job file stands for: a file, a folder, a glob or a hive folder, resolved to Parquet files in a fixed order.
//!
//! Files are ordered by the bytes of their path, whatever order the file system lists them in. Names beginning with `.` or `_`
//! are hidden, as Spark and Hive hide them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Exit, Failure};

/// One file of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// Path relative to the portfolio, with `/` between folders; as written where the source is not under it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

impl SourceFile {
    /// The value a hive folder gives to a column, `Some(None)` where it says that the value is missing.
    pub fn partition(&self, column: &str) -> Option<Option<String>> {
        let folders = self.name.rsplit_once('/')?.0;
        let value = folders.split('/').rev().find_map(|folder| folder.strip_prefix(column)?.strip_prefix('='))?;
        Some((value != "__HIVE_DEFAULT_PARTITION__").then(|| unescape(value)))
    }
}

/// The files of a source, relative to the folder of the job file.
///
/// # Errors
/// [`Exit::NoInput`] where nothing is there, or a folder or glob holds no Parquet file.
pub fn resolve(table: &str, base: &Path, source: &str) -> Result<Vec<SourceFile>, Failure> {
    let source = relative(base, source);
    let path = base.join(source);
    let mut files = match fs::metadata(&path) {
        Ok(found) if found.is_dir() => below(base, source.trim_end_matches('/'), is_parquet)?,
        Ok(_) => vec![SourceFile { name: source.to_owned(), path: path.clone() }],
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Failure::file(&error, "open", &path)),
        Err(_) if source.contains(['*', '?']) => globbed(base, source)?,
        Err(_) => return Err(missing(format!("{table}: there is no file or folder {}", path.display()))),
    };
    files.sort_unstable();
    if files.is_empty() {
        return Err(missing(format!("{table}: there is no Parquet file in {}", path.display())));
    }
    Ok(files)
}

fn missing(message: String) -> Failure {
    Failure::new(Exit::NoInput, message)
        .remedy("name a Parquet file, a folder of *.parquet files or a glob, relative to the folder of the job file")
}

/// The source without the base folder, where it lies under it.
fn relative<'a>(base: &Path, source: &'a str) -> &'a str {
    let below_base = Path::new(source).strip_prefix(base).ok().and_then(Path::to_str).filter(|rest| !rest.is_empty());
    below_base.unwrap_or_else(|| source.trim_start_matches("./"))
}

/// Files below a folder whose name the filter accepts.
fn below(base: &Path, folder: &str, accept: fn(&str) -> bool) -> Result<Vec<SourceFile>, Failure> {
    let mut files = Vec::new();
    walk(base, folder, &mut BTreeSet::new(), &mut files)?;
    files.retain(|file| accept(&file.name));
    Ok(files)
}

/// Lists visible files, entering each real folder once: a link back up ends there.
fn walk(base: &Path, folder: &str, entered: &mut BTreeSet<(u64, u64)>, files: &mut Vec<SourceFile>) -> Result<(), Failure> {
    let path = base.join(folder);
    let here = fs::metadata(&path).map_err(|error| Failure::file(&error, "open", &path))?;
    if !entered.insert((here.dev(), here.ino())) {
        return Ok(());
    }
    for name in visible(&path)? {
        let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let path = base.join(&name);
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() => walk(base, &name, entered, files)?,
            Ok(_) => files.push(SourceFile { name, path }),
            Err(error) => return Err(Failure::file(&error, "open", &path)),
        }
    }
    Ok(())
}

/// Names in a folder that are not hidden, in order.
fn visible(folder: &Path) -> Result<Vec<String>, Failure> {
    let failed = |error: std::io::Error| Failure::file(&error, "list", folder);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let hidden = name.as_encoded_bytes().first().is_some_and(|first| matches!(first, b'.' | b'_'));
        if !hidden {
            names.push(utf8(&name, folder)?);
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn utf8(name: &OsStr, folder: &Path) -> Result<String, Failure> {
    let refused = || Failure::new(Exit::Data, format!("{}: a file name is not UTF-8: {}", folder.display(), name.display()));
    name.to_str().map(str::to_owned).ok_or_else(refused).map_err(|failure| failure.remedy("rename the file"))
}

fn is_parquet(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

/// Files whose path matches the pattern, and Parquet files in folders whose path does.
fn globbed(base: &Path, pattern: &str) -> Result<Vec<SourceFile>, Failure> {
    let parts: Vec<&str> = pattern.split('/').collect();
    let fixed = parts.iter().take_while(|part| !part.contains(['*', '?'])).count();
    let folder = parts[..fixed].join("/");
    let folder = if fixed > 0 && folder.is_empty() { "/".to_owned() } else { folder };
    if !base.join(&folder).is_dir() {
        return Ok(Vec::new());
    }
    let mut files = below(base, folder.trim_end_matches('/'), |_| true)?;
    files.retain(|file| {
        let path: Vec<&str> = file.name.split('/').collect();
        path_matches(&parts, &path) || is_parquet(&file.name) && (1..path.len()).any(|depth| path_matches(&parts, &path[..depth]))
    });
    Ok(files)
}

/// Whether a path matches a pattern, folder by folder; `**` stands for any number of folders.
fn path_matches(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => (0..=path.len()).any(|skipped| path_matches(rest, &path[skipped..])),
        (Some((part, rest)), Some((name, below))) => name_matches(part.as_bytes(), name.as_bytes()) && path_matches(rest, below),
        _ => false,
    }
}

/// Whether a name matches a pattern of `*` (any characters) and `?` (one character).
fn name_matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=name.len()).any(|skipped| name_matches(rest, &name[skipped..])),
        (Some((b'?', rest)), Some((first, _))) => name_matches(rest, &name[character_len(*first).min(name.len())..]),
        (Some((wanted, rest)), Some((first, tail))) => wanted == first && name_matches(rest, tail),
        _ => false,
    }
}

/// Bytes of the UTF-8 character that begins with this byte.
fn character_len(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

/// Undoes the `%3A` escapes Hive and Spark put into folder names; what is no valid escape stays as it is.
fn unescape(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = (first == b'%').then(|| tail.get(..2)).flatten().and_then(hexadecimal);
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| value.to_owned())
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn portfolio(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, b"").expect("a file");
        }
        folder
    }

    fn names(base: &Path, source: &str) -> Vec<String> {
        resolve("invoices", base, source).map(|files| files.into_iter().map(|file| file.name).collect()).unwrap_or_default()
    }

    #[test]
    fn files_folders_and_globs_name_their_files_in_order() {
        let folder = portfolio(&[
            "inv/b.parquet",
            "inv/a.parquet",
            "inv/B.PARQUET",
            "inv/_temp.parquet",
            "inv/.c.parquet",
            "inv/readme.txt",
            "inv/_delta_log/x.parquet",
            "inv/2026/d.parquet",
            "one.pq",
        ]);
        let cases: [(&str, &[&str]); 10] = [
            ("one.pq", &["one.pq"]),
            ("./one.pq", &["one.pq"]),
            ("inv", &["inv/2026/d.parquet", "inv/B.PARQUET", "inv/a.parquet", "inv/b.parquet"]),
            ("inv/", &["inv/2026/d.parquet", "inv/B.PARQUET", "inv/a.parquet", "inv/b.parquet"]),
            ("inv/*.parquet", &["inv/a.parquet", "inv/b.parquet"]),
            ("inv/?.parquet", &["inv/a.parquet", "inv/b.parquet"]),
            ("**/*.p*q*", &["inv/2026/d.parquet", "inv/a.parquet", "inv/b.parquet", "one.pq"]),
            ("inv/20*", &["inv/2026/d.parquet"]),
            ("inv/**/d.parquet", &["inv/2026/d.parquet"]),
            ("inv/z*.parquet", &[]),
        ];
        for (source, expected) in cases {
            assert_eq!(names(folder.path(), source), expected, "{source}");
        }
        let absolute = folder.path().join("inv/a.parquet");
        assert_eq!(names(folder.path(), absolute.to_str().expect("UTF-8")), ["inv/a.parquet"]);
    }

    #[test]
    fn what_is_not_there_names_the_place_and_the_remedy() {
        let folder = portfolio(&["empty/readme.txt"]);
        for (source, expected) in [
            ("nowhere.parquet", "there is no file or folder"),
            ("empty", "there is no Parquet file in"),
            ("empty/*.parquet", "there is no Parquet file in"),
            ("gone/*.parquet", "there is no Parquet file in"),
        ] {
            let failure = resolve("invoices", folder.path(), source).unwrap_err();
            let place = folder.path().join(source);
            assert_eq!(failure.messages, [format!("invoices: {expected} {}", place.display())]);
            assert_eq!(failure.exit, Exit::NoInput);
            assert!(failure.remedy.is_some());
        }
    }

    #[test]
    fn a_link_back_up_is_entered_once() {
        let folder = portfolio(&["inv/deep/a.parquet"]);
        symlink(folder.path().join("inv"), folder.path().join("inv/deep/up")).expect("a link");
        assert_eq!(names(folder.path(), "inv"), ["inv/deep/a.parquet"]);
    }

    #[test]
    fn hive_folders_give_values() {
        let file = SourceFile { name: "inv/currency=EUR/day=2026%2D01%2d02/part=1/x.parquet".into(), path: PathBuf::new() };
        let cases = [
            ("currency", Some(Some("EUR"))),
            ("day", Some(Some("2026-01-02"))),
            ("part", Some(Some("1"))),
            ("owner", None),
            ("x.parquet", None),
        ];
        for (column, expected) in cases {
            assert_eq!(file.partition(column), expected.map(|value| value.map(str::to_owned)), "{column}");
        }
        let missing = SourceFile { name: "owner=__HIVE_DEFAULT_PARTITION__/x.parquet".into(), path: PathBuf::new() };
        assert_eq!(missing.partition("owner"), Some(None));
        assert_eq!(unescape("50%_%zz%é"), "50%_%zz%é");
    }
}
