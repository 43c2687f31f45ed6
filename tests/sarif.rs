//! What `relance check --format sarif` writes, against the standard and against what GitHub's code scanning asks of an upload
//! (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>).
#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

#[allow(dead_code, reason = "shared with the tests of our own schemas")]
mod json_schema;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use relance::desk::check::{Form, Request, Rules, Severity, run};
use serde_json::Value as Json;

/// GitHub refuses a run with more results, and shows no more locations of one.
const MOST_RESULTS: usize = 25_000;
const MOST_LOCATIONS: usize = 1_000;

fn log(folder: &Path) -> Option<Json> {
    let request = Request {
        rules: Rules::Folder(folder),
        as_of: None,
        form: Form::Sarif,
        fail_on: Severity::Error,
        fix: false,
        data: None,
        colour: false,
    };
    // What cannot be read at all has no findings.
    Some(serde_json::from_str(&run(&request).ok()?.text).expect("JSON"))
}

/// The objects below a key, wherever it stands.
fn every<'j>(json: &'j Json, key: &str, found: &mut Vec<&'j Json>) {
    match json {
        Json::Object(map) => map.iter().for_each(|(name, value)| {
            found.extend((name == key).then_some(value));
            every(value, key, found);
        }),
        Json::Array(items) => items.iter().for_each(|item| every(item, key, found)),
        _ => {}
    }
}

fn number(json: &Json, key: &str) -> usize {
    json[key].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_else(|| panic!("{key} of {json}"))
}

/// The path a reference stands for: relative, nothing in it that a reference may not have.
fn path(uri: &str) -> PathBuf {
    assert!(!uri.starts_with('/') && !uri.split('/').any(|part| part.is_empty() || part == "."), "{uri}");
    let mut bytes = Vec::new();
    let mut rest = uri.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            assert!(byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte), "{uri}");
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next(), rest.next()].map(|digit| char::from(digit.expect("two digits")).to_digit(16).expect("hexadecimal"));
        bytes.push(u8::try_from(digits[0] * 16 + digits[1]).expect("a byte"));
    }
    PathBuf::from(String::from_utf8(bytes).expect("UTF-8"))
}

/// A region lies within its file, and ends where it starts or behind.
fn check_region(region: &Json, text: &str) {
    let lines: Vec<usize> = text.split('\n').map(|line| line.chars().count()).collect();
    let place = |line: &str, column: &str| (number(region, line), number(region, column));
    let (start, end) = (place("startLine", "startColumn"), place("endLine", "endColumn"));
    assert!(start <= end, "{region}");
    for (line, column) in [start, end] {
        assert!(line <= lines.len() && column <= lines[line - 1] + 1, "{region} of {} lines", lines.len());
    }
}

fn check_result(result: &Json, rules: &[Json], here: &Path) {
    assert_eq!(rules[number(result, "ruleIndex")]["id"], result["ruleId"], "the index is that of the rule");
    assert_eq!(result["locations"].as_array().map(Vec::len), Some(1), "one place, where the finding is shown");
    let related = result["relatedLocations"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ids: BTreeSet<usize> = related.iter().map(|location| number(location, "id")).collect();
    assert!(ids.len() == related.len() && ids.len() <= MOST_LOCATIONS);
    let text = |artifact: &Json| {
        let path = here.join(path(artifact["uri"].as_str().expect("a reference")));
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let mut places = Vec::new();
    every(result, "physicalLocation", &mut places);
    places.iter().for_each(|place| check_region(&place["region"], &text(&place["artifactLocation"])));
    let mut changes = Vec::new();
    every(result, "artifactChanges", &mut changes);
    for change in changes.into_iter().flat_map(|changes| changes.as_array().expect("a list")) {
        let replacements = change["replacements"].as_array().expect("a list");
        assert!(!replacements.is_empty());
        replacements.iter().for_each(|own| check_region(&own["deletedRegion"], &text(&change["artifactLocation"])));
    }
}

/// Checks a log; how many results, related locations and fixes it has.
fn check(log: &Json, here: &Path) -> [usize; 3] {
    let schema = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/sarif/github.json")).expect("the schema");
    assert_eq!(json_schema::errors(log, &serde_json::from_str(&schema).expect("JSON")), [""; 0]);
    let runs = log["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 1);
    let rules = runs[0]["tool"]["driver"]["rules"].as_array().expect("rules");
    let ids: BTreeSet<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert_eq!(ids.len(), rules.len(), "every rule stands once");
    let results = runs[0]["results"].as_array().expect("results");
    assert!(results.len() <= MOST_RESULTS);
    results.iter().for_each(|result| check_result(result, rules, here));
    let prints: BTreeSet<&str> =
        results.iter().filter_map(|result| result["partialFingerprints"]["primaryLocationLineHash"].as_str()).collect();
    assert_eq!(prints.len(), results.len(), "two results are never taken for one");
    let mut texts = Vec::new();
    every(log, "text", &mut texts);
    assert!(texts.iter().all(|text| text.as_str().is_some_and(|text| !text.trim().is_empty())));
    ["locations", "relatedLocations", "fixes"].map(|key| results.iter().filter(|result| result[key].is_array()).count())
}

#[test]
fn logs_of_the_whole_catalogue_are_as_the_standard_and_github_want_them() {
    // Tests run in the folder of the package, as a workflow does in that of the repository.
    let mut all = [0; 3];
    let mut cases: Vec<PathBuf> =
        fs::read_dir("testdata/errors").expect("the catalogue").map(|case| case.expect("a case").path()).collect();
    cases.sort();
    for case in cases {
        let Some(log) = log(&case) else { continue };
        let found = check(&log, Path::new(""));
        all.iter_mut().zip(found).for_each(|(all, found)| *all += found);
    }
    let [results, related, fixes] = all;
    assert!(results > 250 && related > 30 && fixes > 20, "{all:?}");
}

/// A folder with blanks and signs, given by its full path: below the current folder references are relative, elsewhere they are whole.
#[test]
fn references_are_relative_below_the_current_folder() {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    let folder = place.path().join("règles #1 100%");
    fs::create_dir(&folder).expect("a folder");
    fs::copy("testdata/errors/overlap/segmentation.yaml", folder.join("a b.yaml")).expect("a copy");
    let of = |folder: &Path| -> Vec<String> {
        let log = log(folder).expect("findings");
        let mut uris = Vec::new();
        every(&log, "uri", &mut uris);
        uris.into_iter().map(|uri| uri.as_str().expect("a reference").to_owned()).collect()
    };
    let here = std::env::current_dir().expect("a folder");
    let inside = folder.starts_with(&here);
    let uris = of(&folder);
    assert!(!uris.is_empty());
    for uri in uris {
        if inside {
            assert!(here.join(path(&uri)).is_file(), "{uri}");
        } else {
            assert!(uri.starts_with("file:///"), "{uri}");
        }
        assert!(uri.ends_with("/r%C3%A8gles%20%231%20100%25/a%20b.yaml"), "{uri}");
    }
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    fs::copy("testdata/errors/overlap/segmentation.yaml", elsewhere.path().join("a.yaml")).expect("a copy");
    assert!(of(elsewhere.path()).iter().all(|uri| uri.starts_with("file:///") && uri.ends_with("/a.yaml")));
}

/// A line keeps its fingerprint when others come before it.
#[test]
fn fingerprints_stay_when_lines_move() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let text = fs::read_to_string("testdata/errors/overlap/segmentation.yaml").expect("a case");
    let prints = |text: &str| {
        fs::write(place.path().join("a.yaml"), text).expect("a rule file");
        let log = log(place.path()).expect("findings");
        let mut prints = Vec::new();
        every(&log, "primaryLocationLineHash", &mut prints);
        prints.into_iter().cloned().collect::<Vec<_>>()
    };
    let (before, after) = (prints(&text), prints(&format!("# A new line.\n\n{text}")));
    assert!(!before.is_empty());
    assert_eq!(before, after);
}
