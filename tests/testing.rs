//! `relance test`: what a test run says, and that its runs are nights.
#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

use std::fs;
use std::path::{Path, PathBuf};

use relance::desk::test::{Format, Request, Told, test};
use relance::error::Exit;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn request(path: &Path, format: Format) -> Request {
    Request { paths: vec![path.to_owned()], filter: None, format, coverage: false, least: None, suggest: false }
}

/// What is said, without the place of this project.
fn told(request: &Request) -> Told {
    let told = test(request).unwrap_or_else(|failure| panic!("{failure}"));
    Told { text: told.text.replace(&format!("{}/", env!("CARGO_MANIFEST_DIR")), ""), ..told }
}

/// Compares with a golden file; `BLESS=1` rewrites it.
fn check(golden: &Path, text: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::write(golden, text).expect("a writable golden file");
    }
    let expected = fs::read_to_string(golden).unwrap_or_default();
    assert_eq!(text, expected, "{}: run with BLESS=1 and read the difference", golden.display());
}

#[test]
fn every_shipped_pack_satisfies_its_tests_and_is_covered_by_them() {
    for pack in ["fr-b2b", "uk-b2b", "fr-consumer", "eu-b2b", "us-consumer"] {
        let told = told(&Request { least: Some(100), ..request(&folder("rules").join(pack), Format::Text) });
        assert!(told.holds, "{pack}:\n{}", told.text);
    }
}

/// Aggregates, and rules on trial: these decide nothing, so coverage does not ask for them.
#[test]
fn what_the_language_promises_can_be_expected() {
    let told = told(&Request { least: Some(100), ..request(&folder("testdata/tests/language"), Format::Text) });
    assert!(told.holds, "{}", told.text);
}

#[test]
fn failures_say_what_was_expected_what_came_and_why() {
    let place = folder("testdata/tests/failing");
    for (format, golden) in [(Format::Text, "expected.txt"), (Format::Json, "expected.json"), (Format::Junit, "expected.xml")] {
        let told = told(&request(&place, format));
        assert!(!told.holds);
        check(&place.join(golden), &told.text);
    }
}

#[test]
fn gaps_exceptions_and_missing_tests_are_listed() {
    let place = folder("testdata/tests/gaps");
    for (format, golden) in [(Format::Text, "expected.txt"), (Format::Json, "expected.json")] {
        let told = told(&Request { least: Some(90), suggest: true, ..request(&place, format) });
        assert!(!told.holds);
        check(&place.join(golden), &told.text);
    }
}

/// Suggestions pasted under `tests:` hold, and leave no gap that they said they close.
#[test]
fn suggested_tests_hold_and_close_their_gaps() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let source = folder("testdata/tests/gaps");
    for name in ["segmentation.yaml", "escalation.yaml", "pack.test.yaml"] {
        fs::copy(source.join(name), place.path().join(name)).expect("a file copied");
    }
    let first = told(&Request { suggest: true, ..request(place.path(), Format::Text) });
    let lines = first.text.lines().skip_while(|line| !line.starts_with("  - test:"));
    let suggested: Vec<&str> = lines.take_while(|line| line.starts_with("  ")).collect();
    assert!(suggested.len() > 3, "{}", first.text);
    let file = place.path().join("pack.test.yaml");
    let text = fs::read_to_string(&file).expect("the test file");
    let (tests, exceptions) = text.split_once("uncovered:").expect("exceptions");
    let (exception, _) = exceptions.split_once("  - gap: 'segment").expect("two exceptions");
    fs::write(&file, format!("{tests}{}\nuncovered:{exception}", suggested.join("\n"))).expect("a writable file");
    let second = told(&Request { least: Some(100), ..request(place.path(), Format::Text) });
    assert!(second.holds, "{}", second.text);
}

#[test]
fn a_filter_chooses_by_name_and_must_fit_one() {
    let place = folder("testdata/tests/failing");
    let one = told(&Request { filter: Some("by amount: just".to_owned()), ..request(&place, Format::Text) });
    assert!(one.holds, "{}", one.text);
    assert!(one.text.starts_with("1 tests, 1 passed"), "{}", one.text);
    let none = test(&Request { filter: Some("nothing like it".to_owned()), ..request(&place, Format::Text) });
    assert_eq!(none.map_err(|failure| failure.exit), Err(Exit::Usage));
}

#[test]
fn no_test_and_an_unreadable_test_are_no_success() {
    for (place, exit) in [("src", Exit::NoInput), ("nowhere", Exit::NoInput), ("testdata/errors/test_files", Exit::Config)] {
        let refused = test(&request(&folder(place), Format::Text));
        assert_eq!(refused.map_err(|failure| failure.exit), Err(exit), "{place}");
    }
}
