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

const PAGES: [&str; 2] = ["docs/practices.md", "docs/practices-of-the-field.md"];

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("the page of practices")
}

#[test]
fn every_practice_names_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in PAGES {
        let proofs = proofs(&page(name));
        assert!(proofs.len() > 40, "{name} has rows: {}", proofs.len());
        for (file, words) in proofs {
            let text = fs::read_to_string(root.join(&file)).unwrap_or_default();
            let named = if file.ends_with(".rs") { format!("fn {words}") } else { format!("- test: {words}") };
            let quoted = format!("- test: '{words}");
            let is_there = !words.is_empty() && (text.contains(&named) || text.contains(&quoted));
            assert!(is_there, "{name} names {file} {words}, which is not there");
        }
    }
}

/// A row that proves nothing says what is missing.
#[test]
fn what_nothing_proves_is_called_missing() {
    for name in PAGES {
        let page = page(name);
        let silent: Vec<&str> =
            page.lines().filter(|line| line.starts_with("| ") && line.ends_with("| |") && !line.contains("*not yet*")).collect();
        assert!(silent.is_empty(), "no test and no word of what is missing: {silent:#?}");
    }
}

/// Rows, done, with agencies, with the desk, missing: as the page counts them, and as its tables have them.
#[test]
fn practices_of_the_field_are_counted_as_they_stand() {
    let page = page(PAGES[1]);
    let (head, _) = page.split_once("\n## ").expect("sections");
    let counts = |line: &str| line.split('|').filter_map(|cell| cell.trim().parse::<usize>().ok()).collect::<Vec<_>>();
    let told: Vec<(String, Vec<usize>)> = head
        .lines()
        .filter(|line| counts(line).len() == 5)
        .map(|line| (line.split('|').nth(1).unwrap_or_default().trim().to_owned(), counts(line)))
        .collect();
    let mut found = Vec::new();
    for section in page.split("\n## ").skip(1) {
        let (title, body) = section.split_once('\n').expect("a title");
        let rows: Vec<&str> = body.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| practice")).collect();
        let with = |mark: &str| rows.iter().filter(|row| row.contains(mark)).count();
        let (agencies, desk, missing) = (with("| *with agencies*"), with("| *with the desk*"), with("| *missing*"));
        found.push((title.to_owned(), vec![rows.len(), rows.len() - agencies - desk - missing, agencies, desk, missing]));
    }
    let all = (0..5).map(|at| found.iter().map(|(_, counts)| counts[at]).sum()).collect();
    found.push(("All".to_owned(), all));
    assert_eq!(told, found);
    let proved = proofs(&page).len();
    assert_eq!(proved, found.last().map_or(0, |(_, counts)| counts[1]), "each practice that is done names its test");
}
