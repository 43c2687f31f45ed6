//! Progress for a person at a terminal, or one JSON line per stage for a pipeline.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::error::Failure;
use crate::io::scan::Progress;
use crate::run::Reporter;

/// A line that shows stage, rows, rate and time spent.
pub struct Bars {
    bar: Rows,
}

struct Rows(ProgressBar);

impl Bars {
    /// Starts drawing on standard error.
    pub fn new() -> Bars {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg:<10} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Bars { bar: Rows(bar) }
    }
}

impl Default for Bars {
    fn default() -> Bars {
        Bars::new()
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.bar.0.finish_and_clear();
    }
}

impl Reporter for Bars {
    fn stage(&self, name: &'static str) {
        self.bar.0.set_message(name);
    }

    fn rows(&self) -> &dyn Progress {
        &self.bar
    }
}

impl Progress for Rows {
    fn expect(&self, rows: u64) {
        self.0.set_length(rows);
        let template = "{spinner} {msg:<10} [{bar:30}] {human_pos}/{human_len} rows, {per_sec}, {eta} left, {elapsed}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
    }

    fn rows(&self, rows: u64) -> Result<(), Failure> {
        self.0.inc(rows);
        Ok(())
    }
}

/// One JSON line on standard error per stage.
pub struct JsonLog {
    rows: Counter,
}

struct Counter(AtomicU64);

impl JsonLog {
    /// A log that has counted nothing yet.
    pub fn new() -> JsonLog {
        JsonLog { rows: Counter(AtomicU64::new(0)) }
    }
}

impl Default for JsonLog {
    fn default() -> JsonLog {
        JsonLog::new()
    }
}

impl Reporter for JsonLog {
    fn stage(&self, name: &'static str) {
        let line = serde_json::json!({ "level": "info", "stage": name, "rows_read": self.rows.0.load(Ordering::Relaxed) });
        // A log nobody can be told about is no reason to stop a night.
        let _ = writeln!(std::io::stderr(), "{line}");
    }

    fn rows(&self) -> &dyn Progress {
        &self.rows
    }
}

impl Progress for Counter {
    fn rows(&self, rows: u64) -> Result<(), Failure> {
        self.0.fetch_add(rows, Ordering::Relaxed);
        Ok(())
    }
}
