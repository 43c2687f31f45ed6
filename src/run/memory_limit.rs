//! The memory a night may take. A run that needs more ends by itself, with nothing published, before the system kills it.

use crate::error::{Exit, Failure};
use crate::io::scan::Progress;
use crate::run::progress::resident_memory;

const MEBIBYTE: u64 = 1 << 20;

/// How much memory the process may have; no limit by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemoryLimit(Option<u64>);

impl MemoryLimit {
    /// A limit in bytes.
    ///
    /// # Errors
    /// [`Exit::Usage`] where the system does not tell how much memory a process has.
    pub fn of_bytes(bytes: u64) -> Result<MemoryLimit, Failure> {
        match resident_memory() {
            Some(_) => Ok(MemoryLimit(Some(bytes))),
            None => Err(Failure::new(Exit::Usage, "this system does not tell how much memory a process has, so it cannot be limited")
                .remedy("leave --memory-limit out and limit the process from outside")),
        }
    }

    /// Whether the night may go on.
    ///
    /// # Errors
    /// [`Exit::Busy`] where the process has more than the limit.
    pub fn check(self) -> Result<(), Failure> {
        let Some((limit, has)) = self.0.zip(resident_memory()).filter(|(limit, has)| has > limit) else { return Ok(()) };
        let message = format!("the night needs more memory than it may have: {} MiB of {} MiB", has / MEBIBYTE, limit / MEBIBYTE);
        Err(Failure::new(Exit::Busy, message)
            .remedy("nothing was published; give it more with --memory-limit, or split the portfolio by legal entity"))
    }
}

/// Progress that ends a scan beyond the limit.
pub struct Within<'a> {
    pub limit: MemoryLimit,
    pub progress: &'a dyn Progress,
}

impl Progress for Within<'_> {
    fn expect(&self, rows: u64) {
        self.progress.expect(rows);
    }

    fn rows(&self, rows: u64) -> Result<(), Failure> {
        self.limit.check()?;
        self.progress.rows(rows)
    }
}
