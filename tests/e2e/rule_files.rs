//! What analysts do with rule files: start, format, complete in an editor, describe.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn relance(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relance")).current_dir(folder).args(arguments).output().expect("the program")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = relance(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
fn fails(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = relance(folder, arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
    assert!(!output.stderr.is_empty());
    text(&output.stderr)
}

fn started() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a temporary folder");
    succeeds(place.path(), &["init"]);
    place
}

#[test]
fn a_pack_is_formatted_and_says_the_same() {
    let place = started();
    let path = place.path().join("rules/fr-b2b/segmentation.yaml");
    assert_eq!(succeeds(place.path(), &["fmt", "--check"]), "", "what init writes is in its one form");
    let good = fs::read_to_string(&path).expect("a rule file");
    let bad = good.replace("payables_due > 0 EUR", "payables_due>0").replace(" = company\n", "==company   \n").replace('\n', "\r\n");
    fs::write(&path, bad.trim_end()).expect("a rule file");
    let diff = succeeds(place.path(), &["fmt", "--diff"]);
    assert!(diff.contains("-        when: payables_due>0\n") && diff.contains("+        when: payables_due > 0 EUR\n"), "{diff}");
    assert!(fails(place.path(), &["fmt", "--check"], 1).contains("segmentation.yaml is not formatted"));
    assert_eq!(fs::read_to_string(&path).expect("a rule file"), bad.trim_end(), "neither of them writes");
    assert!(succeeds(place.path(), &["fmt", "rules"]).contains("formatted"));
    assert_eq!(fs::read_to_string(&path).expect("a rule file"), good.replace('\n', "\r\n"));
    assert_eq!(succeeds(place.path(), &["fmt", "rules/fr-b2b/segmentation.yaml"]), "", "a second time");
}

#[test]
fn what_is_broken_is_not_formatted() {
    let place = started();
    let path = place.path().join("rules/fr-b2b/segmentation.yaml");
    let broken = fs::read_to_string(&path).expect("a rule file").replace("exposure >= key_exposure", "exposur>=key_exposure");
    fs::write(&path, &broken).expect("a rule file");
    let message = fails(place.path(), &["fmt"], 78);
    assert!(message.contains("did you mean \"exposure\"?") && message.contains("nothing was written"), "{message}");
    assert_eq!(fs::read_to_string(&path).expect("a rule file"), broken);
    fails(place.path(), &["fmt", "nowhere"], 66);
    fails(place.path(), &["fmt", "relance.toml"], 66);
}

#[test]
fn schemas_are_where_the_files_say() {
    let place = started();
    for name in ["rules/fr-b2b/segmentation.yaml", "rules/fr-b2b/rates.yaml", "relance.yaml"] {
        let path = place.path().join(name);
        let first = fs::read_to_string(&path).expect("a file").lines().next().unwrap_or_default().to_owned();
        let schema = first.strip_prefix("# yaml-language-server: $schema=").unwrap_or_else(|| panic!("{name}: {first}"));
        let schema = fs::read_to_string(path.with_file_name(schema)).expect("a schema");
        let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
        assert_eq!(schema["type"], "object");
    }
    let written = fs::read_to_string(place.path().join(".relance/schema/escalation.json")).expect("a schema");
    assert_eq!(succeeds(place.path(), &["schema", "escalation", "--rules", "rules/fr-b2b"]), written);
    assert!(written.contains("mise_en_demeure") && written.contains("treatment = payment_plan"));
    assert!(!succeeds(place.path(), &["schema", "escalation"]).contains("mise_en_demeure"));
    succeeds(place.path(), &["schema", "--out", ".relance/schema"]);
    fails(place.path(), &["schema", "recipe"], 2);
}

#[test]
fn rules_are_described_on_one_page() {
    let place = started();
    let said = succeeds(place.path(), &["docs", "--out", "page/rules.html"]);
    assert_eq!(said, "page/rules.html\n");
    let page = fs::read_to_string(place.path().join("page/rules.html")).expect("the page");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("id=\"company.formal_notice\""));
    succeeds(place.path(), &["docs", "rules/fr-b2b", "--out", "page/rules.html"]);
    assert_eq!(fs::read_to_string(place.path().join("page/rules.html")).expect("the page"), page);
    fails(place.path(), &["docs", "nowhere", "--out", "x.html"], 66);
}
