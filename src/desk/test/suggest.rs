//! The tests that are missing.
use crate::desk::test::Runner;
use crate::error::Failure;
use crate::rules::coverage::Coverage;
use crate::rules::test_file::{Exception, Test};

pub(super) fn missing(_runner: &mut Runner<'_>, _tests: &[Test], _total: &Coverage, _exceptions: &[Exception]) -> Result<String, Failure> {
    Ok(String::new())
}
