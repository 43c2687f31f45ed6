//! Steps that need the whole portfolio.
