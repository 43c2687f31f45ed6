//! What users of other systems ask for, answered by nights: the demands under their numbers, the published examples under their names, and
//! every question of the grid of decisions that a ladder has to make explicit.
#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

mod companions;
mod demands;
mod examples;
mod foretold;
mod grid;
mod memory;
mod story;
