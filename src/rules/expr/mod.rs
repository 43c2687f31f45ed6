//! Expressions: from the text of a scalar to typed trees.
//!
//! `lexer` and `parser` know the grammar, `tree` is what was written, `check` gives it types, units and the missing-value policy,
//! `typed` is what the kernel evaluates.

pub mod arithmetic;
pub mod check;
pub mod foreign;
pub mod functions;
pub mod known;
pub mod lexer;
pub mod literal;
pub mod parser;
pub mod tree;
pub mod typed;
