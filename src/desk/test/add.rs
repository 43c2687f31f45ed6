//! A real case as a test.
