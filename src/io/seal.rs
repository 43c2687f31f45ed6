//! Files that go through another program on their way to the disk, so that what they say never lies there in the clear.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::error::{Exit, Failure};
use crate::io::digest::{hexadecimal, sha256};

/// Bytes of what a program says that are kept.
const MOST_SAID: u64 = 1 << 16;
/// How long a program may take over what it is given at once, or over its end: one that asks a person for a passphrase waits for ever.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long the last words of a program that has ended are waited for: another program it began may hold them back.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A new file, written as it is or through a program.
pub struct Sealed {
    path: PathBuf,
    file: File,
    program: Option<Program>,
    sink: Shared,
}

/// A program that runs.
struct Program {
    child: Arc<Mutex<Child>>,
    /// What it says, read all along, so that it never waits for a reader.
    words: Receiver<String>,
    /// Told of every piece the program took.
    progress: Sender<()>,
    /// Ends the program where nothing is told for too long; whether it did.
    guard: JoinHandle<bool>,
    patience: Duration,
}

/// What takes the bytes, and what is known of them; shared with whoever writes them.
#[derive(Clone)]
pub struct Shared(Arc<Mutex<Sink>>);

struct Sink {
    to: Option<To>,
    hash: Sha256,
    bytes: u64,
}

enum To {
    File(File),
    Program(ChildStdin, Sender<()>),
}

/// What was written, before any program changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub bytes: u64,
    /// Hexadecimal SHA-256.
    pub sha256: String,
}

impl Sealed {
    /// Begins a file that must not exist. The words of the program are given to it as they are: no shell reads them.
    ///
    /// # Errors
    /// [`Exit::Permission`] or [`Exit::Machine`] where the file cannot be created, [`Exit::Config`] where the program cannot be started.
    pub fn create(path: &Path, program: Option<&[String]>) -> Result<Sealed, Failure> {
        Sealed::with_patience(path, program, PATIENCE)
    }

    fn with_patience(path: &Path, program: Option<&[String]>, patience: Duration) -> Result<Sealed, Failure> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| Failure::file(&error, "create", path))?;
        let own = file.try_clone().map_err(|error| Failure::file(&error, "create", path))?;
        let (to, program) = match program {
            None => (To::File(own), None),
            Some(words) => {
                let (input, program) = Program::start(words, own, patience)?;
                (To::Program(input, program.progress.clone()), Some(program))
            }
        };
        let sink = Shared(Arc::new(Mutex::new(Sink { to: Some(to), hash: Sha256::new(), bytes: 0 })));
        Ok(Sealed { path: path.to_owned(), file, program, sink })
    }

    /// What takes the bytes.
    pub fn sink(&self) -> Shared {
        self.sink.clone()
    }

    /// Ends the file: the program has read all of it and ended well, and the disk has it.
    ///
    /// # Errors
    /// [`Exit::Config`] with what the program said where it failed, or where it left nothing or all as it was; [`Exit::Machine`] where the disk
    /// failed.
    pub fn finish(self) -> Result<Content, Failure> {
        let content = self.sink.close();
        let has_program = self.program.is_some();
        if let Some(program) = self.program {
            program.end(&self.path)?;
        }
        self.file.sync_all().map_err(|error| Failure::file(&error, "write", &self.path))?;
        if has_program {
            was_changed(&self.path, &content)?;
        }
        Ok(content)
    }
}

/// A program that ends well without a word has still not encrypted what it never read, or gave back as it was.
fn was_changed(path: &Path, content: &Content) -> Result<(), Failure> {
    let unread = |error: io::Error| Failure::file(&error, "read", path);
    let made = File::open(path).map_err(unread)?;
    let bytes = made.metadata().map_err(unread)?.len();
    let what = if bytes == 0 && content.bytes > 0 {
        "wrote nothing"
    } else if bytes == content.bytes && sha256(made).map_err(unread)? == content.sha256 {
        "gave back what it was given"
    } else {
        return Ok(());
    };
    Err(Failure::new(Exit::Config, format!("the program for {} {what}", path.display()))
        .remedy("nothing was handed over: it must read a file on standard input and write the encrypted one on standard output"))
}

/// The first of what a program says.
fn said(mut errors: ChildStderr) -> String {
    let mut said = Vec::new();
    // What it said is only for the message; the rest is read too, or the program would wait for a reader or die for want of one.
    let _ = errors.by_ref().take(MOST_SAID).read_to_end(&mut said);
    let _ = io::copy(&mut errors, &mut io::sink());
    String::from_utf8_lossy(&said).into_owned()
}

impl Program {
    fn start(words: &[String], to: File, patience: Duration) -> Result<(ChildStdin, Program), Failure> {
        let Some((program, words)) = words.split_first() else {
            return Err(Failure::new(Exit::Config, "a program without a name").remedy("name it in the job file: encrypt: [age, ...]"));
        };
        let command = Command::new(program).args(words).stdin(Stdio::piped()).stdout(Stdio::from(to)).stderr(Stdio::piped()).spawn();
        let mut child = command.map_err(|error| {
            Failure::new(Exit::Config, format!("cannot start \"{program}\": {error}"))
                .remedy("install it, or correct the job file: agencies")
        })?;
        let input = child.stdin.take().ok_or_else(|| Failure::new(Exit::Bug, "a program without an input"))?;
        let errors = child.stderr.take().ok_or_else(|| Failure::new(Exit::Bug, "a program without words"))?;
        let (speaker, words) = channel();
        // Who has given up waiting hears nothing.
        spawn(move || speaker.send(said(errors)).ok());
        let child = Arc::new(Mutex::new(child));
        let (progress, heard) = channel();
        let guard = {
            let child = Arc::clone(&child);
            spawn(move || guard(&child, &heard, patience))
        };
        Ok((input, Program { child, words, progress, guard, patience }))
    }

    /// Waits for its end, at most as long as anybody would.
    fn end(self, path: &Path) -> Result<(), Failure> {
        // The guard is there until this one is told of the end.
        let _ = self.progress.send(());
        let status = ended(&self.child).map_err(|error| Failure::file(&error, "write", path))?;
        drop(self.progress);
        let remedy = "nothing was handed over: try the program by itself, with the words of the job file";
        if self.guard.join().unwrap_or(false) {
            let seconds = self.patience.as_secs();
            let message = format!("the program for {} did nothing for {seconds} seconds and was ended", path.display());
            return Err(Failure::new(Exit::Config, message).remedy(format!("{remedy}; nobody is there to answer what it may ask")));
        }
        if status.success() {
            return Ok(());
        }
        let said = self.words.recv_timeout(LAST_WORDS).unwrap_or_default();
        let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
        Err(Failure::new(Exit::Config, format!("the program for {} failed: {}", path.display(), lines.join("; "))).remedy(remedy))
    }
}

/// Ends a program of which nothing is heard for too long; whether it had to.
fn guard(child: &Mutex<Child>, heard: &Receiver<()>, patience: Duration) -> bool {
    loop {
        match heard.recv_timeout(patience) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
            // One that is gone already cannot be ended.
            Err(RecvTimeoutError::Timeout) => return lock(child).kill().is_ok(),
        }
    }
}

/// Waits without holding the program, so that the guard can end it.
fn ended(child: &Mutex<Child>) -> io::Result<ExitStatus> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = lock(child).try_wait()? {
            return Ok(status);
        }
        sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn close(&self) -> Content {
        let mut sink = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A program sees the end of its input only once nobody holds it open.
        sink.to = None;
        Content { bytes: sink.bytes, sha256: hexadecimal(&sink.hash.finalize_reset()) }
    }
}

impl Write for Shared {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let mut sink = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut sink.to {
            Some(To::File(file)) => file.write_all(buffer)?,
            Some(To::Program(input, progress)) => {
                input.write_all(buffer)?;
                // Without a guard nobody has to hear of it.
                let _ = progress.send(());
            }
            None => return Err(io::ErrorKind::BrokenPipe.into()),
        }
        sink.hash.update(buffer);
        sink.bytes += buffer.len() as u64;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn what_a_program_makes_of_it_is_on_the_disk_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (program, expected) in [(None, "Dupont"), (Some(words(&["tr", "a-z", "n-za-m"])), "Dhcbag")] {
            let path = folder.path().join(expected);
            let sealed = Sealed::create(&path, program.as_deref()).expect("created");
            sealed.sink().write_all(b"Dupont").expect("written");
            let content = sealed.finish().expect("finished");
            assert_eq!(std::fs::read_to_string(&path).expect("read"), expected);
            assert_eq!(content.sha256, sha256(&b"Dupont"[..]).expect("hashed"));
            assert_eq!(content.bytes, 6);
        }
    }

    #[test]
    fn a_program_that_leaves_nothing_or_all_as_it_was_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let idle = words(&["sh", "-c", "cat > /dev/null"]);
        for (name, program, expected) in [("a", idle, "wrote nothing"), ("b", words(&["cat"]), "gave back what it was given")] {
            let sealed = Sealed::create(&folder.path().join(name), Some(&program)).expect("started");
            sealed.sink().write_all(b"Dupont").expect("written");
            let failure = sealed.finish().expect_err("it failed");
            assert_eq!(failure.exit, Exit::Config);
            assert!(failure.messages[0].contains(expected), "{:?}", failure.messages);
        }
    }

    #[test]
    fn a_program_may_say_as_much_as_it_likes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a");
        let talker = words(&["sh", "-c", "head -c 300000 /dev/zero >&2 && tr a-z A-Z"]);
        let sealed = Sealed::create(&path, Some(&talker)).expect("started");
        sealed.sink().write_all(b"dupont").expect("written");
        sealed.finish().expect("finished");
        assert_eq!(std::fs::read(&path).expect("read"), b"DUPONT");
    }

    /// One that takes nothing, and one that takes all and never ends.
    #[test]
    fn a_program_that_hangs_is_ended() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, program) in [("a", "sleep 60"), ("b", "cat > /dev/null; sleep 60"), ("c", "cat; sleep 60")] {
            let program = words(&["sh", "-c", program]);
            let sealed = Sealed::with_patience(&folder.path().join(name), Some(&program), Duration::from_millis(200)).expect("started");
            let written = sealed.sink().write_all(&vec![b'x'; 1 << 20]);
            assert_eq!(written.is_ok(), name != "a");
            let failure = sealed.finish().expect_err("it hung");
            assert_eq!(failure.exit, Exit::Config);
            assert!(failure.messages[0].contains("was ended"), "{:?}", failure.messages);
        }
    }

    #[test]
    fn a_program_that_fails_or_is_not_there_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let missing = Sealed::create(&folder.path().join("a"), Some(&words(&["no-such-program-here"])));
        assert_eq!(missing.err().map(|failure| failure.exit), Some(Exit::Config));
        let sealed = Sealed::create(&folder.path().join("b"), Some(&words(&["tr", "too", "many", "words"]))).expect("started");
        // It may be gone before it has read anything.
        let _ = sealed.sink().write_all(b"x");
        let failure = sealed.finish().expect_err("it failed");
        assert_eq!(failure.exit, Exit::Config);
        assert!(failure.messages[0].contains("tr"), "{:?}", failure.messages);
    }
}
