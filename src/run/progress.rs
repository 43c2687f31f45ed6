//! What a person or a pipeline sees of a running night.

use crate::io::scan::{Progress, Quiet};

/// Hears of the stages of a night.
pub trait Reporter {
    /// A stage begins.
    fn stage(&self, name: &'static str);
    /// Who counts the rows read.
    fn rows(&self) -> &dyn Progress;
}

/// Nobody listens.
pub struct Silent;

impl Reporter for Silent {
    fn stage(&self, _: &'static str) {}

    fn rows(&self) -> &dyn Progress {
        &Quiet
    }
}

/// Largest resident memory of the process in bytes, where the system tells.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
