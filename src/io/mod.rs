//! The only modules that touch files.

pub mod folder;
pub mod ledger_writer;
