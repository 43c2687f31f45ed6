//! What a person or a pipeline sees of a running night.

use crate::io::scan::{Progress, Quiet};

/// Linux tells processor time to programs in hundredths of a second, whatever the clock of the machine.
const TICK_MS: u64 = 10;

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

/// Processor time of the process so far in milliseconds, of all its threads; zero where the system does not tell.
pub fn processor_ms() -> u64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return 0 };
    // The second field is the name of the program, in parentheses, and may hold anything; the 14th and 15th are user and system time.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    ticks * TICK_MS
}

/// Largest resident memory of the process in bytes, where the system tells.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
