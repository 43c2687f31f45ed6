//! Typed expressions.

/// A typed expression.
#[derive(Debug, Clone)]
pub struct Expression;

/// A typed condition.
#[derive(Debug, Clone)]
pub struct Condition;
