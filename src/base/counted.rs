//! Counts in words.

use std::fmt::Display;

/// `1 row`, `2 rows`, `0 rows`.
pub fn counted<N: Copy + Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let ending = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_singular() {
        let told = [counted(0_u64, "row"), counted(1_usize, "finding"), counted(2_i32, "day"), counted(101_i128, "row")];
        assert_eq!(told, ["0 rows", "1 finding", "2 days", "101 rows"]);
    }
}
