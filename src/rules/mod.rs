//! The rule language: from YAML text to a compiled [`program::Program`]. Knows the dictionary of fields, not the ledger behind them;
//! reads no file, no clock.

pub mod expr;
pub mod program;
pub mod rates;
