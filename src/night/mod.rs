//! The kernel: one shard of the portfolio in, its tables out. No file, no clock, no environment, no thread, no float.

pub mod accruals;
pub mod by_customer;
pub mod documents;
pub mod error;
pub mod escalation;
pub mod evaluate;
pub mod facts;
pub mod figures;
pub mod freshness;
pub mod fx;
pub mod kpi;
pub mod ledger;
pub mod matchers;
pub mod memory;
pub mod normalise;
pub mod notices;
pub mod penalties;
pub mod placements;
pub mod promise;
pub mod proposals;
pub mod representations;
pub mod reviews;
pub mod routes;
pub mod segmentation;
pub mod shadow;
pub mod standing;
pub mod survey;
pub mod tables;
pub mod tasks;
pub mod terms;
#[cfg(test)]
pub mod testing;
pub mod treatment;
pub mod trials;
