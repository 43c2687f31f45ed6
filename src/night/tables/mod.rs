//! Output rows of a shard in their final order: by customer, then invoice, sequence or step.
//!
//! What depends on the whole portfolio (ranks, displaced actions) is filled in by [`finish`] once it is known.

pub mod account;
pub mod action;
pub mod finish;
pub mod item;
pub mod penalty;
pub mod segment;
mod stand_in;
pub mod state;
pub mod watermarks;
