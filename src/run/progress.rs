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
    memory("VmHWM:")
}

/// Resident memory of the process in bytes now, where the system tells.
pub fn resident_memory() -> Option<u64> {
    memory("VmRSS:")
}

fn memory(what: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(what))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Processor time of all threads of the process so far, in milliseconds, user and system together, where the system tells.
pub fn processor_time() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program is in brackets and may hold anything; times are the 14th and 15th field.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: Option<Vec<u64>> = fields.split_whitespace().skip(11).take(2).map(|field| field.parse().ok()).collect();
    // Linux tells them in hundredths of a second on every machine.
    Some(ticks?.iter().sum::<u64>() * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_time_and_memory() {
        let before = processor_time().expect("a time");
        let mut sum = 0_u64;
        while processor_time().expect("a time") < before + 20 {
            sum = (0..1_000_000).fold(sum, |sum, more| std::hint::black_box(sum ^ more));
        }
        let now = resident_memory().expect("a size");
        assert!(now > 1 << 20 && peak_memory().expect("a size") >= now, "{sum}");
    }
}
