//! The edge around the Parquet decoder: whatever a damaged file makes it do becomes one message, never a panic.

use std::cell::Cell;
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
        Ok(Err(error)) => Err(damaged(name, &plain(&error))),
        Err(_) => Err(damaged(name, "its bytes contradict each other")),
    }
}

pub fn damaged(name: &str, what: &str) -> Failure {
    Failure::new(Exit::Data, format!("{name} is not readable Parquet: {what}")).remedy("export the file again, it is truncated or damaged")
}

/// The decoder's own words on one line.
fn plain(error: &ParquetError) -> String {
    let text = match error {
        ParquetError::General(text) | ParquetError::EOF(text) | ParquetError::ArrowError(text) => text.clone(),
        other => other.to_string(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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
    use super::*;

    #[test]
    fn errors_and_panics_of_a_decoder_are_one_message() {
        let error = decoding::<()>("a.parquet", || Err(ParquetError::EOF("short\n  page".into()))).unwrap_err();
        assert_eq!(error.messages, ["a.parquet is not readable Parquet: short page"]);
        let panic = decoding::<()>("b.parquet", || panic!("index out of bounds")).unwrap_err();
        assert_eq!((panic.exit, panic.messages.len()), (Exit::Data, 1));
        assert!(!GUARDED.get());
    }
}
