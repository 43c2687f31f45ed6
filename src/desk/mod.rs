//! What analysts call: generating a ledger, starting a project, checking, formatting and describing rules.

pub mod docs;
pub mod fmt;
pub mod generate;
pub mod init;
pub mod pack;
pub mod schema;
pub mod test;
