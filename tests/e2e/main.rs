//! The binary from outside: Parquet in, tables and exit codes out.

mod bad_input;
mod desk;
mod determinism;
mod parquet_rows;
