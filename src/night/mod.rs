//! The kernel: one shard of the portfolio in, its tables out. No file, no clock, no environment, no thread, no float.

pub mod documents;
pub mod kpi;
pub mod ledger;
