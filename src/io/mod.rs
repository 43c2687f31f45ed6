//! The only modules that touch files.
