//! relance: the nightly batch of a receivables-collections department.
#![forbid(unsafe_code)]

pub mod base;
pub mod cli;
pub mod desk;
pub mod error;
pub mod io;
pub mod night;
pub mod portfolio;
pub mod rules;
pub mod run;
pub mod settings;
pub mod terminal;
