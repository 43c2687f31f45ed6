//! The binary from outside: Parquet in, tables and exit codes out.

#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

mod arrangements;
mod bad_input;
mod came_back;
mod check;
mod consent;
mod contact;
mod control_totals;
mod deposits;
mod desk;
mod determinism;
mod dossier;
mod eligible;
mod exchange;
mod exports;
mod figures;
mod golden;
mod handover;
mod hostile;
#[path = "../hostile_rules/mod.rs"]
mod hostile_rules;
mod kill;
mod kpis;
mod metamorphic;
mod missed_night;
mod own_words;
mod parquet_rows;
mod penalties;
mod placements;
mod post;
mod proposals;
mod queues;
#[path = "../random/mod.rs"]
mod random;
mod rolls;
mod routes;
mod rule_files;
mod rule_language;
mod rule_tests;
mod sheet;
mod stops;
mod streams;
mod tasks;
mod team;
mod terms;
mod told_nights;
mod trials;
mod two_nights;
mod what_comes_next;
