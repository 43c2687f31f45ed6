//! The edge around the Parquet decoder: whatever a damaged file makes it do becomes one message, never a panic.

use std::cell::Cell;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use parquet::errors::ParquetError;

use crate::error::{Exit, Failure};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a step that decodes the file called `name`; an error or a panic of the decoder is a refusal of that file.
pub fn decoding<T>(name: &str, step: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Failure> {
    silence_guarded_panics();
    let before = GUARDED.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(step));
    GUARDED.set(before);
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(refusal(name, &plain(&error))),
        Err(_) => Err(damaged(name, "its bytes contradict each other")),
    }
}

/// The refusal of a file that contradicts itself.
pub fn damaged(name: &str, what: &str) -> Failure {
    Failure::new(Exit::Data, format!("{name} is not readable Parquet: {what}")).remedy("export the file again, it is truncated or damaged")
}

/// The refusal of a file that is a CSV; `None` where its first line does not look like one.
pub fn delimited_text(name: &str, file: &File) -> Option<Failure> {
    let mut start = [0; 4096];
    let read = file.read_at(&mut start, 0).ok()?;
    let (header, _) = start.get(..read)?.split_at(start.iter().position(|byte| *byte == b'\n')?);
    let header = std::str::from_utf8(header).ok()?.trim_start_matches('\u{feff}').trim_end();
    let delimiter = [';', '\t', ',', '|'].into_iter().find(|delimiter| header.contains(*delimiter))?;
    let is_printed = header.chars().all(|letter| letter == '\t' || !letter.is_control());
    let ids: Vec<String> = (header.split(delimiter).map(|name| name.trim().trim_matches('"')))
        .filter(|name| name.to_lowercase().ends_with("_id") && !name.contains('\''))
        .map(|name| format!("'{name}': 'VARCHAR'"))
        .collect();
    let types = if ids.is_empty() { String::new() } else { format!(", types = {{{}}}", ids.join(", ")) };
    // One that is only called Parquet must not be written over while it is read.
    let stem = name.strip_suffix(".parquet").map(|stem| format!("{stem}_new"));
    let stem = stem.unwrap_or_else(|| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned());
    is_printed.then(|| {
        Failure::new(Exit::Data, format!("{name} is a CSV, and tables are Parquet")).remedy(format!(
            "write it as Parquet, with ids as text: in DuckDB COPY (FROM read_csv('{name}'{types})) TO '{stem}.parquet'; docs/inputs.md has \
             the types of every table"
        ))
    })
}

/// A failing disk is not the fault of the file. The decoder passes on only the words of the system's error.
fn refusal(name: &str, what: &str) -> Failure {
    if what.contains("(os error ") { Failure::new(Exit::Machine, format!("cannot read {name}: {what}")) } else { damaged(name, what) }
}

/// The decoder's own words on one line, without the names of the layers they came through.
fn plain(error: &ParquetError) -> String {
    const LAYERS: [&str; 5] = ["External: ", "Parquet argument error: ", "Parquet error: ", "Arrow: ", "EOF: "];
    let text = error.to_string();
    let mut words = text.as_str();
    while let Some(inner) = LAYERS.iter().find_map(|layer| words.strip_prefix(layer)) {
        words = inner;
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Keeps the default report of a panic away from the terminal while the decoder is at work.
fn silence_guarded_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                usual(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn errors_and_panics_of_a_decoder_are_one_message() {
        let error = decoding::<()>("a.parquet", || Err(ParquetError::EOF("short\n  page".into()))).unwrap_err();
        assert_eq!(error.messages, ["a.parquet is not readable Parquet: short page"]);
        let panic = decoding::<()>("b.parquet", || panic!("index out of bounds")).unwrap_err();
        assert_eq!((panic.exit, panic.messages.len()), (Exit::Data, 1));
        assert!(!GUARDED.get());
    }

    #[test]
    fn a_failing_disk_is_told_from_a_damaged_file() {
        let through_arrow = |error: ParquetError| ParquetError::from(arrow::error::ArrowError::from(error));
        let disk = || ParquetError::from(io::Error::from_raw_os_error(5));
        let codec = ParquetError::from(io::Error::other("unknown frame"));
        let cases = [
            (disk(), Exit::Machine, "cannot read a.parquet: Input/output error (os error 5)"),
            (through_arrow(disk()), Exit::Machine, "cannot read a.parquet: Input/output error (os error 5)"),
            (through_arrow(codec), Exit::Data, "a.parquet is not readable Parquet: unknown frame"),
            (ParquetError::General("bad".into()), Exit::Data, "a.parquet is not readable Parquet: bad"),
        ];
        for (error, exit, message) in cases {
            let failure = decoding::<()>("a.parquet", || Err(error)).unwrap_err();
            assert_eq!((failure.exit, failure.messages), (exit, vec![message.to_owned()]));
        }
    }
}
