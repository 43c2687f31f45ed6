//! relance: the nightly batch of a receivables-collections department.
#![forbid(unsafe_code)]

pub mod base;
