//! Expressions: from text to typed trees.

pub mod typed;
