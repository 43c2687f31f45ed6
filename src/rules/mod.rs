//! The rule language: from YAML text to a compiled [`program::Program`]. Knows the dictionary of fields, not the ledger behind them;
//! reads no file, no clock.
//!
//! In reading order: `sources` and `document` turn text into trees with positions, `names` and `context` are what the compiler works with,
//! `forms` are the keys of each kind of file,
//! `expr` is the language of conditions, `dictionary` to `rate_files` read one kind of file each, `compile` puts them together,
//! `program` is the result, `eval` runs it row by row and `index` over columns. Beside them, `test_file` reads tests of rules, `coverage`
//! counts what these have tried, `changes` lists what else could be changed unseen, and `turning_points` says where it is worth trying.

mod canonical;
pub mod changes;
pub mod check;
pub mod codes;
pub mod compile;
mod context;
pub mod coverage;
pub mod diagnostics;
mod dictionary;
pub mod document;
mod escalation;
pub mod eval;
pub mod expr;
pub mod format;
pub mod forms;
pub mod index;
pub mod lists;
pub mod marks;
pub mod names;
mod order;
mod passing_time;
pub mod program;
pub mod proof;
mod ranges;
mod rate_files;
pub mod rates;
pub mod renames;
pub mod rule_files;
mod segmentation;
mod shadow;
pub mod shipped;
pub mod sources;
mod style;
mod tables;
pub mod test_file;
pub mod turning_points;
mod usage;
pub mod vocabulary;
