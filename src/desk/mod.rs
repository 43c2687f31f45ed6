//! What analysts call: generating a ledger, starting a project, checking, formatting and describing rules.

mod cells;
pub mod check;
pub mod curve;
pub mod docs;
pub mod dossier;
pub mod explain_code;
pub mod fmt;
pub mod generate;
pub mod handover;
mod html;
pub mod init;
pub mod kpis;
pub mod nights;
pub mod pack;
pub mod schema;
pub mod sheet;
mod tables;
pub mod terms;
pub mod test;
