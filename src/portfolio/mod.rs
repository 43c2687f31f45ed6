//! Steps that need the whole portfolio: control identities, figures from the merged sums, ranking of the actions.
//!
//! Nothing here looks at a single rule or replays a ledger; what the shards worked out is only checked, divided, rounded and ordered.

pub mod adding_up;
pub mod agencies;
pub mod allocation;
pub mod assignment;
pub mod attainment;
pub mod causes;
pub mod contacts;
pub mod control;
pub mod control_totals;
mod count_back;
pub mod estimate;
pub mod expected_cash;
pub mod figures;
mod indicators;
mod parity;
mod payment_delays;
pub mod penalties;
pub mod placements;
pub mod proposals;
pub mod ranking;
mod ratio;
mod rolls;
mod satisfaction;
pub mod tables;
pub mod tasks;
#[cfg(test)]
mod tests;
pub mod trials;
pub mod vintages;
pub mod workload;
