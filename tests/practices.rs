//! The page of practices: what it says proves a practice exists under the name it gives.
#![allow(clippy::expect_used, reason = "a test ends where something is not as it must be")]

use std::fs;
use std::path::Path;

/// The last cell of each row: the files it names, each with the words behind it.
fn proofs(page: &str) -> Vec<(String, String)> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| practice"));
    let cells = rows.filter_map(|row| row.trim_end_matches('|').rsplit_once(" | ").map(|(_, cell)| cell.trim().to_owned()));
    let named = cells.filter_map(|cell| {
        let (file, words) = cell.strip_prefix('`')?.split_once('`')?;
        Some((file.to_owned(), words.trim().to_owned()))
    });
    named.collect()
}

#[test]
fn every_practice_names_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/practices.md")).expect("the page of practices");
    let proofs = proofs(&page);
    assert!(proofs.len() > 40, "the page has rows: {}", proofs.len());
    for (file, words) in proofs {
        let text = fs::read_to_string(root.join(&file)).unwrap_or_default();
        let named = if file.ends_with(".rs") { format!("fn {words}") } else { format!("- test: {words}") };
        let quoted = format!("- test: '{words}");
        let is_there = !words.is_empty() && (text.contains(&named) || text.contains(&quoted));
        assert!(is_there, "docs/practices.md names {file} {words}, which is not there");
    }
}

/// A row that proves nothing says what is missing.
#[test]
fn what_nothing_proves_is_called_missing() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/practices.md")).expect("the page of practices");
    let silent: Vec<&str> =
        page.lines().filter(|line| line.starts_with("| ") && line.ends_with("| |") && !line.contains("*not yet*")).collect();
    assert!(silent.is_empty(), "no test and no word of what is missing: {silent:#?}");
}
