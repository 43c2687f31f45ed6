//! What every room may use: money, days, the tables of the data contract, and the fixed hashes. Knows nothing of rules, ledgers or files.

pub mod calendar;
pub mod contract;
pub mod counted;
pub mod country;
pub mod date;
pub mod day_count;
pub mod fixed_point;
pub mod form;
pub mod hash;
pub mod hours;
pub mod iban;
pub mod identity;
pub mod money;
pub mod nearest;
pub mod recovery;
pub mod table;
pub mod table_builder;
pub mod terms;
pub mod vocabulary;
pub mod words;
