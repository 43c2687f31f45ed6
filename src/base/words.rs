//! Words of columns that take a closed list of them, as files and job file write them.

/// The words of a text that lists some.
pub fn listed(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| b",;| ".contains(byte)).filter(|word| !word.is_empty())
}

/// How the job file says what words of the files stand for.
pub fn mapping(table: &str, column: &str, words: &str) -> String {
    format!("values: {{{table}: {{{column}: {{{words}}}}}}}")
}
