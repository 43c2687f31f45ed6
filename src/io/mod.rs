//! The only modules that touch files: what a portfolio is made of, how its Parquet is read, and how a night is published.

mod decode;
pub mod digest;
mod encode;
mod float;
pub mod folder;
mod guard;
pub mod identical;
pub mod input;
pub mod ledger_writer;
pub mod list_files;
pub mod manifest;
pub mod publish;
pub mod receipts;
pub mod scan;
pub mod schema;
pub mod seal;
pub mod source;
pub mod text;
pub mod write;
