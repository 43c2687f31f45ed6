//! What can end a command, and the exit code a scheduler sees.

use std::fmt;

/// Why a command ended. The code tells a scheduler whether trying again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, and the answer is no.
    No = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The data is refused.
    Data = 65,
    /// An input is missing.
    NoInput = 66,
    /// Our bug: an invariant broke.
    Bug = 70,
    /// The machine failed: disk full, read or write error.
    Machine = 74,
    /// Busy or short of memory now.
    Busy = 75,
    /// Permission refused.
    Permission = 77,
    /// Job file or rules invalid.
    Config = 78,
}

impl Exit {
    /// All of them, in order of code.
    pub const ALL: [Exit; 9] =
        [Exit::No, Exit::Usage, Exit::Data, Exit::NoInput, Exit::Bug, Exit::Machine, Exit::Busy, Exit::Permission, Exit::Config];
}

/// A failure with one clear message: what, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Exit code.
    pub exit: Exit,
    /// One finding per entry, without a full stop; the place first, the value after a colon.
    pub messages: Vec<String>,
    /// What to do, if there is one thing to do.
    pub remedy: Option<String>,
}

impl Failure {
    /// A failure with one message.
    pub fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure { exit, messages: vec![message.into()], remedy: None }
    }

    /// A failure with all findings at once.
    pub fn all(exit: Exit, messages: Vec<String>) -> Failure {
        Failure { exit, messages, remedy: None }
    }

    /// Failures of one kind of thing, found side by side, as one: all their messages, and each remedy once. A failure that trying again
    /// does not mend decides the exit code over one that it may mend.
    pub fn together(failures: Vec<Failure>) -> Option<Failure> {
        let lasts = |failure: &&Failure| matches!(failure.exit, Exit::Config | Exit::Data | Exit::Permission | Exit::Usage | Exit::Bug);
        let exit = failures.iter().find(lasts).or(failures.first())?.exit;
        let mut remedies: Vec<String> = Vec::new();
        let mut messages = Vec::new();
        for failure in failures {
            messages.extend(failure.messages);
            remedies.extend(failure.remedy.filter(|remedy| !remedies.contains(remedy)));
        }
        let remedy = (!remedies.is_empty()).then(|| remedies.join("; "));
        Some(Failure { exit, messages, remedy })
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Failure {
        self.remedy = Some(remedy.into());
        self
    }

    /// Adds more of what to do about it.
    #[must_use]
    pub fn also(mut self, remedy: &str) -> Failure {
        self.remedy = Some(self.remedy.map_or_else(|| remedy.to_owned(), |first| format!("{first}; {remedy}")));
        self
    }

    /// A failure of the operating system on a path: missing, forbidden, or the machine's fault.
    pub fn file(error: &std::io::Error, doing: &str, path: &std::path::Path) -> Failure {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NoInput,
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => Exit::Permission,
            _ => Exit::Machine,
        };
        let failure = Failure::new(exit, format!("cannot {doing} {}: {error}", path.display()));
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                failure.remedy("make room on that disk, or name a place on another one")
            }
            std::io::ErrorKind::FileTooLarge => failure.remedy("raise the limit on the size of files, or name a place on another disk"),
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                failure.remedy("give the user of this process the right to it, or name another place")
            }
            _ => failure,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for message in &self.messages {
            writeln!(f, "error: {message}")?;
        }
        match &self.remedy {
            Some(remedy) => writeln!(f, "  help: {remedy}"),
            None => Ok(()),
        }
    }
}
