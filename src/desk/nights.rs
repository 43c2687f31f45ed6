//! Several nights with one command: a process for each job, one after the other.
//!
//! Jobs are of different creditors. What is known of the debtors of one is never in the memory of another's night, and a night that fails
//! stops no other.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Exit, Failure};

/// Runs every job with the words of this command line; what each has to say goes where it would go by itself. `outs` are the folders of
/// the nights of those jobs that can be read.
///
/// # Errors
/// [`Exit::Usage`] where one folder is named for all of them, [`Exit::Config`] where two have one folder; else the exit code of the first night that failed, once all were tried.
pub fn run(files: &[PathBuf], outs: &[(PathBuf, PathBuf)], names_a_folder: bool) -> Result<String, Failure> {
    if names_a_folder {
        let remedy = "leave out --out and --state: each job file says where its nights are";
        return Err(Failure::new(Exit::Usage, "several jobs have no folder in common").remedy(remedy));
    }
    let shared = outs.iter().enumerate().find_map(|(at, (file, out))| Some((outs[..at].iter().find(|(_, other)| other == out)?, file)));
    if let Some(((first, out), second)) = shared {
        let message = format!("{} and {} have one folder for their nights: {}", first.display(), second.display(), out.display());
        let remedy = "give each creditor an out: of its own, or the night of one would be the night before of the other";
        return Err(Failure::new(Exit::Config, message).remedy(remedy));
    }
    let program = env::current_exe().map_err(|error| Failure::new(Exit::Machine, format!("cannot find this program: {error}")))?;
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let mut failed: Vec<(String, u8)> = Vec::new();
    for file in files {
        let status = Command::new(&program).args(alone(&words, file)).status();
        let status = status.map_err(|error| Failure::new(Exit::Machine, format!("cannot start a night: {error}")))?;
        // Without a code a signal ended it.
        let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(Exit::Machine as u8);
        if code != 0 {
            failed.push((format!("the night of {} ended with {code}", file.display()), code));
        }
    }
    let Some((_, first)) = failed.first() else { return Ok(String::new()) };
    let exit = Exit::ALL.into_iter().find(|exit| *exit as u8 == *first).unwrap_or(Exit::Bug);
    let messages = failed.into_iter().map(|(message, _)| message).collect();
    Err(Failure::all(exit, messages).remedy("the others are done: see above why, and run those again"))
}

/// The words of the command line with one job in place of all.
fn alone(words: &[OsString], file: &Path) -> Vec<OsString> {
    let mut rest = words.iter();
    let mut own = Vec::new();
    while let Some(word) = rest.next() {
        if word == "--job" {
            rest.next();
        } else if !word.to_string_lossy().starts_with("--job=") {
            own.push(word.clone());
        }
    }
    own.push("--job".into());
    own.push(file.into());
    own
}
