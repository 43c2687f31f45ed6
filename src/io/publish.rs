//! The commit of a night: staged beside the published folders, read back, synced, and renamed into place as one.
//!
//! At every instant a reader of `<out>/as_of=D/` sees the former night or the new one. Leftovers of a process that died are
//! cleared, or completed, when the next one begins:
//!
//! | left behind | means | healed by |
//! |---|---|---|
//! | `.staging-as_of=D-PID/` | died before the commit | removal |
//! | `.replacing-as_of=D.N/`, the published folder missing | died between the two renames of a file system without exchange | putting it in place |
//! | `.replacing-as_of=D.N/` with the run the record calls former | died after the exchange | moving it to `superseded/` |
//! | `.replacing-as_of=D.N/` otherwise | died before the exchange | removal |
//! | `superseded/as_of=D.N.json` alone | died before the folder moved | removal |

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use rayon::prelude::*;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::base::date::Date;
use crate::error::{Exit, Failure};
use crate::io::digest;
use crate::io::guard;
use crate::io::input::own_types;
use crate::io::manifest::{self, Manifest};
use crate::io::write::Written;

const LOCK: &str = ".relance.lock";
const RUN: &str = "run.json";
const STAGING: &str = ".staging-";
const REPLACING: &str = ".replacing-";
const SUPERSEDED: &str = "superseded";

/// What to do where the night is already published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Refuse.
    Fresh,
    /// Keep the former night under `superseded/`, with the reason beside it.
    Replace { reason: String },
}

/// A night being prepared. Dropped without [`Publication::seal`], it leaves nothing behind.
#[derive(Debug)]
pub struct Publication {
    out: PathBuf,
    night: String,
    staging: PathBuf,
    mode: Mode,
    /// Holds the lock until the end.
    _lock: File,
    sealed: bool,
}

/// Why a night was replaced, and by what: `superseded/as_of=D.N.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    as_of: String,
    reason: String,
    /// SHA-256 of the `run.json` that was replaced.
    former_run: String,
    /// SHA-256 of the `run.json` that replaced it.
    new_run: String,
}

/// The folder of a night under `out`.
pub fn folder(out: &Path, as_of: Date) -> PathBuf {
    out.join(night_name(as_of))
}

/// Whether a folder holds a night that was published whole.
pub fn is_complete(folder: &Path) -> bool {
    folder.join(RUN).is_file()
}

/// The newest complete night before `as_of`.
pub fn latest_before(out: &Path, as_of: Date) -> Option<(Date, PathBuf)> {
    nights(out).into_iter().rfind(|(night, _)| *night < as_of)
}

/// All complete nights, oldest first, with their folders.
pub fn nights(out: &Path) -> Vec<(Date, PathBuf)> {
    let days = fs::read_dir(out).into_iter().flatten();
    let days = days.filter_map(|entry| Date::parse(entry.ok()?.file_name().to_str()?.strip_prefix("as_of=")?));
    let mut nights: Vec<(Date, PathBuf)> = days.map(|day| (day, folder(out, day))).filter(|(_, folder)| is_complete(folder)).collect();
    nights.sort_unstable();
    nights
}

fn night_name(as_of: Date) -> String {
    format!("as_of={as_of}")
}

impl Publication {
    /// Takes the lock of the output folder, heals what a dead process left and prepares a staging folder.
    ///
    /// # Errors
    /// [`Exit::Busy`] where another run holds the folder, [`Exit::Usage`] where the night is published and may not be replaced,
    /// [`Exit::Permission`] where the folder cannot be written.
    pub fn begin(out: &Path, as_of: Date, mode: Mode) -> Result<Publication, Failure> {
        create(out)?;
        let lock = lock(out)?;
        heal(out)?;
        let night = night_name(as_of);
        let target = out.join(&night);
        if mode == Mode::Fresh && target.exists() {
            let state = if is_complete(&target) { "is already published" } else { "is there without its run.json" };
            return Err(Failure::new(Exit::Usage, format!("{} {state}", target.display()))
                .remedy("to compute it again, give --replace --reason TEXT: what is there is kept under superseded/"));
        }
        let staging = out.join(format!("{STAGING}{night}-{}", process::id()));
        fs::create_dir(&staging).map_err(|error| Failure::file(&error, "create", &staging))?;
        Ok(Publication { out: out.to_owned(), night, staging, mode, _lock: lock, sealed: false })
    }

    /// Where a file of the night is to be written.
    pub fn path(&self, name: &str) -> PathBuf {
        self.staging.join(name)
    }

    /// Reads back every table, writes the manifest last, syncs everything and makes the night visible. Returns its folder.
    ///
    /// # Errors
    /// [`Exit::Machine`] where the disk fails or a file does not read back as it was written; nothing is published then.
    pub fn seal(mut self, written: &[Written], manifest: &Manifest) -> Result<PathBuf, Failure> {
        self.all_known(written)?;
        let verified: Vec<Result<(), Failure>> = written.par_iter().map(|file| verify(&self.path(&file.file), file)).collect();
        verified.into_iter().collect::<Result<(), _>>()?;
        let run = self.path(RUN);
        manifest::write(&run, manifest)?;
        sync_tree(&self.staging)?;
        let target = self.out.join(&self.night);
        if target.exists() {
            self.replace(&target)?;
        } else {
            rename_fresh(&self.staging, &target)?;
            self.sealed = true;
        }
        sync(&self.out)?;
        Ok(target)
    }

    /// Every table in the staging folder must be one whose rows and hash are known.
    fn all_known(&self, written: &[Written]) -> Result<(), Failure> {
        for name in names(&self.staging)? {
            let name = name.to_string_lossy();
            if name.ends_with(".parquet") && written.iter().all(|file| file.file != name) {
                return Err(Failure::new(Exit::Bug, format!("{} was staged but not accounted for", self.path(&name).display())));
            }
        }
        Ok(())
    }

    fn replace(&mut self, target: &Path) -> Result<(), Failure> {
        let Mode::Replace { reason } = &self.mode else {
            return Err(Failure::new(Exit::Usage, format!("{} was published meanwhile", target.display())));
        };
        let superseded = self.out.join(SUPERSEDED);
        fs::create_dir_all(&superseded).map_err(|error| Failure::file(&error, "create", &superseded))?;
        let name = free_name(&superseded, &self.night);
        let kept = superseded.join(&name);
        let record = Record {
            as_of: self.night.trim_start_matches("as_of=").to_owned(),
            reason: reason.clone(),
            former_run: hash_of(&target.join(RUN)).unwrap_or_default(),
            new_run: hash_of(&self.staging.join(RUN)).unwrap_or_default(),
        };
        manifest::write(&superseded.join(format!("{name}.json")), &record)?;
        sync_tree(&superseded.join(format!("{name}.json")))?;
        sync(&superseded)?;
        let replacing = self.out.join(format!("{REPLACING}{name}"));
        rename(&self.staging, &replacing)?;
        self.staging = replacing;
        if exchanged(&self.staging, target)? {
            // From here on the staging folder is the former night.
            self.sealed = true;
            rename(&self.staging, &kept)?;
        } else {
            rename(target, &kept)?;
            self.sealed = true;
            rename(&self.staging, target)?;
        }
        sync(&superseded)
    }
}

impl Drop for Publication {
    fn drop(&mut self) {
        if !self.sealed {
            // What cannot be removed now is removed when the next run begins.
            let _ = fs::remove_dir_all(&self.staging);
        }
    }
}

/// Makes the output folder. A place where no folder can be is a fault of the job file, not of the machine: trying again is no help.
fn create(out: &Path) -> Result<(), Failure> {
    use io::ErrorKind::{AlreadyExists, NotADirectory, NotFound};
    fs::create_dir_all(out).map_err(|error| match error.kind() {
        AlreadyExists | NotADirectory | NotFound => {
            Failure::new(Exit::Config, format!("cannot make the output folder {}: {error}", out.display()))
                .remedy("name a folder under out: in the job file, or with --out")
        }
        _ => Failure::file(&error, "create", out),
    })
}

/// Takes the advisory lock; the kernel releases it when the process ends, however it ends.
/// Takes the lock of an output folder: one process at a time writes there.
///
/// # Errors
/// [`Exit::Busy`] where another one holds it.
pub fn lock(out: &Path) -> Result<File, Failure> {
    let path = out.join(LOCK);
    let failed = |error: io::Error| Failure::file(&error, "lock", &path);
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::Error(error)) => return Err(failed(error)),
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // The holder may be writing its name just now; the message is as good as what is there.
            let _ = file.read_to_string(&mut holder);
            return Err(Failure::new(Exit::Busy, format!("another run is writing to {}: {}", out.display(), holder.trim()))
                .remedy("wait until it has ended, or give another --out"));
        }
    }
    file.set_len(0).map_err(failed)?;
    file.write_all(format!("process {} since {}\n", process::id(), now()).as_bytes()).map_err(failed)?;
    Ok(file)
}

fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let day = Date(i32::try_from(seconds / 86_400).unwrap_or(0));
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{day}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Removes or completes what a dead process left; the lock is held, so nobody is at work.
fn heal(out: &Path) -> Result<(), Failure> {
    for name in names(out)? {
        let path = out.join(&name);
        let name = name.to_string_lossy();
        if name.starts_with(STAGING) {
            remove(&path)?;
        } else if let Some(kept) = name.strip_prefix(REPLACING) {
            heal_replacement(out, &path, kept)?;
        }
    }
    let superseded = out.join(SUPERSEDED);
    if superseded.is_dir() { drop_lone_records(&superseded) } else { Ok(()) }
}

/// Removes records of replacements that never happened.
fn drop_lone_records(superseded: &Path) -> Result<(), Failure> {
    for name in names(superseded)? {
        let record = superseded.join(name);
        if record.extension().is_some_and(|extension| extension == "json") && !record.with_extension("").exists() {
            fs::remove_file(&record).map_err(|error| Failure::file(&error, "remove", &record))?;
        }
    }
    Ok(())
}

fn heal_replacement(out: &Path, replacing: &Path, kept: &str) -> Result<(), Failure> {
    let record = out.join(SUPERSEDED).join(format!("{kept}.json"));
    let night = kept.rsplit_once('.').map_or(kept, |(night, _)| night);
    let target = out.join(night);
    let former = fs::read(&record).ok().and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok()).map(|record| record.former_run);
    if !target.exists() {
        rename(replacing, &target)?;
    } else if former.is_some_and(|former| former == hash_of(&replacing.join(RUN)).unwrap_or_default()) {
        rename(replacing, &out.join(SUPERSEDED).join(kept))?;
    } else {
        remove(replacing)?;
    }
    sync(out)
}

fn remove(folder: &Path) -> Result<(), Failure> {
    fs::remove_dir_all(folder).map_err(|error| Failure::file(&error, "remove", folder))
}

/// `as_of=D.N` with the first N that neither a folder nor a record has.
fn free_name(superseded: &Path, night: &str) -> String {
    let names = (1_u32..).map(|number| format!("{night}.{number}"));
    let mut free = names.filter(|name| !superseded.join(name).exists() && !superseded.join(format!("{name}.json")).exists());
    free.next().unwrap_or_default()
}

fn rename(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::rename(from, to).map_err(|error| Failure::file(&error, "publish", to))
}

/// Renames without ever replacing, where the file system knows how.
fn rename_fresh(from: &Path, to: &Path) -> Result<(), Failure> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(errno) if is_unsupported(errno) => rename(from, to),
        Err(errno) => Err(Failure::file(&errno.into(), "publish", to)),
    }
}

/// Exchanges two folders in one step; false where the file system cannot.
fn exchanged(one: &Path, other: &Path) -> Result<bool, Failure> {
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(errno) if is_unsupported(errno) => Ok(false),
        Err(errno) => Err(Failure::file(&errno.into(), "publish", other)),
    }
}

fn is_unsupported(errno: Errno) -> bool {
    matches!(errno, Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)
}

/// Reads a staged table back: its footer, its rows and the hash of its bytes.
fn verify(path: &Path, written: &Written) -> Result<(), Failure> {
    let wrong = |what: String| Failure::new(Exit::Machine, format!("{} does not read back as written: {what}", path.display()));
    let hash = hash_of(path).map_err(|error| Failure::file(&error, "read back", path))?;
    if hash != written.sha256 {
        return Err(wrong(format!("SHA-256 {hash}, expected {}", written.sha256)));
    }
    let file = File::open(path).map_err(|error| Failure::file(&error, "read back", path))?;
    let footer = guard::decoding(&path.display().to_string(), || ArrowReaderMetadata::load(&file, own_types()))
        .map_err(|failure| wrong(failure.messages.join(", ")))?;
    let rows = footer.metadata().file_metadata().num_rows();
    if u64::try_from(rows) == Ok(written.rows) { Ok(()) } else { Err(wrong(format!("{rows} rows, expected {}", written.rows))) }
}

fn hash_of(path: &Path) -> io::Result<String> {
    File::open(path).and_then(digest::sha256)
}

/// Syncs the files below a path, then the folders. A failed sync is never tried again: the bytes may be gone already.
fn sync_tree(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        for name in names(path)? {
            sync_tree(&path.join(name))?;
        }
    }
    sync(path)
}

fn sync(path: &Path) -> Result<(), Failure> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| Failure::file(&error, "sync", path))
}

fn names(folder: &Path) -> Result<Vec<OsString>, Failure> {
    let failed = |error: io::Error| Failure::file(&error, "list", folder);
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut names = entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::contract::{Kind, TableSpec};
    use crate::base::table::{Column, Table};
    use crate::io::write::{Layout, TableWriter};

    const NIGHT: Date = Date(20_778);

    fn replace() -> Mode {
        Mode::Replace { reason: "late file".into() }
    }

    /// A small table staged in the publication.
    fn stage(publication: &Publication, value: i64) -> Written {
        let table = TableSpec { name: "kpis", columns: &[], key: &[], own_date: None };
        let mut layout = Layout::from(&table);
        layout.columns.push(crate::io::write::OutputColumn { name: "x".into(), kind: Kind::Whole, required: true });
        let mut writer = TableWriter::create(&publication.path("kpis.parquet"), layout, 2, &[], &[]).expect("a file");
        let rows = Table { columns: vec![Column::Whole(vec![value])], source_row: vec![0], ..Table::default() };
        writer.append(&rows).expect("rows");
        writer.finish().expect("written")
    }

    fn manifest(value: i64) -> Manifest {
        let mut manifest = manifest::tests::sample();
        manifest.settings = serde_json::json!({ "value": value });
        manifest
    }

    fn publish(out: &Path, mode: Mode, value: i64) -> Result<PathBuf, Failure> {
        let publication = Publication::begin(out, NIGHT, mode)?;
        let written = stage(&publication, value);
        publication.seal(&[written], &manifest(value))
    }

    fn listing(folder: &Path) -> Vec<String> {
        names(folder).expect("a folder").into_iter().map(|name| name.to_string_lossy().into_owned()).collect()
    }

    fn value_of(folder: &Path) -> serde_json::Value {
        manifest::read(folder).expect("a manifest").settings["value"].clone()
    }

    #[test]
    fn a_night_appears_whole_and_only_once() {
        let out = tempfile::tempdir().expect("a temporary folder");
        let folder = publish(&out.path().join("deep/out"), Mode::Fresh, 1).expect("published");
        let out = out.path().join("deep/out");
        assert_eq!(folder, super::folder(&out, NIGHT));
        assert_eq!(listing(&folder), ["kpis.parquet", "run.json"]);
        assert_eq!(listing(&out), [".relance.lock", "as_of=2026-11-21"]);
        let failure = publish(&out, Mode::Fresh, 2).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.remedy.is_some_and(|remedy| remedy.contains("--replace --reason")));
        assert_eq!(value_of(&folder), 1);
    }

    #[test]
    fn a_replaced_night_is_kept_with_its_reason() {
        let out = tempfile::tempdir().expect("a temporary folder");
        for value in 1..=3 {
            publish(out.path(), replace(), value).expect("published");
        }
        assert_eq!(value_of(&folder(out.path(), NIGHT)), 3);
        let kept = out.path().join(SUPERSEDED);
        assert_eq!(listing(&kept), ["as_of=2026-11-21.1", "as_of=2026-11-21.1.json", "as_of=2026-11-21.2", "as_of=2026-11-21.2.json"]);
        assert_eq!((value_of(&kept.join("as_of=2026-11-21.1")), value_of(&kept.join("as_of=2026-11-21.2"))), (1.into(), 2.into()));
        let record: Record = serde_json::from_slice(&fs::read(kept.join("as_of=2026-11-21.2.json")).expect("a record")).expect("JSON");
        assert_eq!((record.as_of.as_str(), record.reason.as_str()), ("2026-11-21", "late file"));
        assert_eq!(record.new_run, hash_of(&folder(out.path(), NIGHT).join(RUN)).expect("a manifest"));
    }

    #[test]
    fn a_second_run_is_refused_while_the_first_holds_the_lock() {
        let out = tempfile::tempdir().expect("a temporary folder");
        let first = Publication::begin(out.path(), NIGHT, Mode::Fresh).expect("begun");
        let failure = Publication::begin(out.path(), NIGHT.plus_days(1), Mode::Fresh).unwrap_err();
        assert_eq!(failure.exit, Exit::Busy);
        assert!(failure.messages[0].contains(&format!("process {} since 20", process::id())), "{failure}");
        drop(first);
        assert!(Publication::begin(out.path(), NIGHT, Mode::Fresh).is_ok());
    }

    #[test]
    fn an_abandoned_night_leaves_nothing() {
        let out = tempfile::tempdir().expect("a temporary folder");
        let publication = Publication::begin(out.path(), NIGHT, Mode::Fresh).expect("begun");
        stage(&publication, 1);
        drop(publication);
        assert_eq!(listing(out.path()), [".relance.lock"]);
    }

    #[test]
    fn what_does_not_read_back_is_not_published() {
        type Harm = fn(&Path);
        let damage: [(&str, Harm, &str); 4] = [
            ("a flipped bit", |path| flip(path, 8), "SHA-256"),
            ("a cut file", |path| File::options().write(true).open(path).and_then(|file| file.set_len(20)).expect("cut"), "SHA-256"),
            ("a lost file", |path| fs::remove_file(path).expect("removed"), "cannot read back"),
            ("a stray table", |path| fs::write(path.with_file_name("x.parquet"), b"").expect("written"), "not accounted for"),
        ];
        for (what, harm, expected) in damage {
            let out = tempfile::tempdir().expect("a temporary folder");
            let publication = Publication::begin(out.path(), NIGHT, Mode::Fresh).expect("begun");
            let written = stage(&publication, 1);
            harm(&publication.path("kpis.parquet"));
            let failure = publication.seal(&[written], &manifest(1)).unwrap_err();
            assert!(failure.messages[0].contains(expected), "{what}: {failure}");
            assert_eq!(listing(out.path()), [".relance.lock"], "{what}");
        }
    }

    fn flip(path: &Path, at: usize) {
        let mut bytes = fs::read(path).expect("a file");
        bytes[at] ^= 1;
        fs::write(path, bytes).expect("written");
    }

    #[test]
    fn rows_other_than_told_are_not_published() {
        let out = tempfile::tempdir().expect("a temporary folder");
        let publication = Publication::begin(out.path(), NIGHT, Mode::Fresh).expect("begun");
        let written = Written { rows: 2, ..stage(&publication, 1) };
        let failure = publication.seal(&[written], &manifest(1)).unwrap_err();
        assert_eq!(failure.exit, Exit::Machine);
        assert!(failure.messages[0].ends_with("1 rows, expected 2"), "{failure}");
    }

    /// Every state a killed process can leave, and what the next one makes of it.
    #[test]
    fn leftovers_are_healed() {
        let night = night_name(NIGHT);
        let replacing = format!("{REPLACING}{night}.1");
        let kept = format!("{SUPERSEDED}/{night}.1");
        // What is where before (value of the night in each folder), and after.
        type Places<'a> = &'a [(&'a str, i64)];
        let cases: [(&str, Places<'_>, Places<'_>); 5] = [
            ("while staging", &[(".staging-as_of=2026-11-21-1", 1)], &[]),
            ("before the exchange", &[(&night, 1), (&replacing, 2)], &[(&night, 1)]),
            ("after the exchange", &[(&night, 2), (&replacing, 1)], &[(&night, 2), (&kept, 1)]),
            ("between two renames", &[(&kept, 1), (&replacing, 2)], &[(&night, 2), (&kept, 1)]),
            ("after everything", &[(&night, 2), (&kept, 1)], &[(&night, 2), (&kept, 1)]),
        ];
        for (what, before, after) in cases {
            let out = tempfile::tempdir().expect("a temporary folder");
            fs::create_dir(out.path().join(SUPERSEDED)).expect("a folder");
            let mut hashes = vec![String::new(); 3];
            for (place, value) in before {
                let folder = out.path().join(place);
                fs::create_dir(&folder).expect("a folder");
                manifest::write(&folder.join(RUN), &manifest(*value)).expect("a manifest");
                hashes[usize::try_from(*value).expect("small")] = hash_of(&folder.join(RUN)).expect("a manifest");
            }
            let record = Record { as_of: String::new(), reason: String::new(), former_run: hashes[1].clone(), new_run: hashes[2].clone() };
            manifest::write(&out.path().join(format!("{kept}.json")), &record).expect("a record");
            drop(Publication::begin(out.path(), NIGHT, replace()).expect("begun"));
            for (place, value) in after {
                assert_eq!(value_of(&out.path().join(place)), *value, "{what}: {place}");
            }
            let hidden = listing(out.path()).into_iter().filter(|name| name.starts_with('.')).count();
            assert_eq!(hidden, 1, "{what}: only the lock is left of the hidden names");
            let is_kept = after.iter().any(|(place, _)| *place == kept);
            assert_eq!(out.path().join(&kept).exists(), is_kept, "{what}");
            assert_eq!(out.path().join(format!("{kept}.json")).exists(), is_kept, "{what}: a record goes with its folder");
        }
    }

    #[test]
    fn the_latest_complete_night_before_is_found() {
        let out = tempfile::tempdir().expect("a temporary folder");
        for (name, complete) in [("as_of=2026-11-18", true), ("as_of=2026-11-19", true), ("as_of=2026-11-20", false), ("as_of=x", true)] {
            fs::create_dir(out.path().join(name)).expect("a folder");
            if complete {
                fs::write(out.path().join(name).join(RUN), b"{}").expect("a file");
            }
        }
        let found = |day: i32| latest_before(out.path(), NIGHT.plus_days(day));
        let newest = |day: i32| Some((NIGHT.plus_days(day), folder(out.path(), NIGHT.plus_days(day))));
        // The last one, on the day before the night, is incomplete.
        assert_eq!(found(0), newest(-2));
        assert_eq!(found(-2), newest(-3));
        assert_eq!(found(-3), None);
        assert_eq!(latest_before(&out.path().join("none"), NIGHT), None);
    }

    #[test]
    fn an_output_place_that_cannot_be_is_named() {
        let out = tempfile::tempdir().expect("a temporary folder");
        let file = out.path().join("file");
        fs::write(&file, b"").expect("a file");
        let failure = Publication::begin(&file.join("out"), NIGHT, Mode::Fresh).unwrap_err();
        assert!(failure.messages[0].contains(&file.join("out").display().to_string()), "{failure}");
        let forbidden = Failure::file(&io::Error::from(io::ErrorKind::PermissionDenied), "create", out.path());
        assert_eq!(forbidden.exit, Exit::Permission);
    }
}
