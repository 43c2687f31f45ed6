//! What analysts call: generating a ledger, starting a project, checking rules.

pub mod generate;
pub mod init;
