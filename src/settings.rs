//! The job file, as written and as resolved.
