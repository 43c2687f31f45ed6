//! relance: the nightly batch of a receivables-collections department.
#![forbid(unsafe_code)]

#[deny(clippy::disallowed_methods)]
pub mod base;
pub mod cli;
pub mod desk;
pub mod error;
pub mod io;
#[deny(clippy::disallowed_methods)]
pub mod night;
#[deny(clippy::disallowed_methods)]
pub mod portfolio;
#[deny(clippy::disallowed_methods)]
pub mod rules;
pub mod run;
#[deny(clippy::disallowed_methods)]
pub mod settings;
pub mod terminal;
