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

/// One form of paths for every command: from the working folder, as the folder was named.
#[test]
fn every_command_names_a_rule_file_alike() {
    let place = tempfile::tempdir().expect("a temporary folder");
    succeeds(place.path(), &["init", "desk"]);
    let path = place.path().join("desk/rules/fr-b2b/escalation.yaml");
    let broken = fs::read_to_string(&path).expect("a rule file").replace("at: 15 days", "at: 15 dayz");
    fs::write(&path, broken).expect("a rule file");
    let job = ["--job", "desk/relance.yaml"];
    let pack = ["desk/rules/fr-b2b"];
    let commands: [(&str, &[&str], &[&str]); 8] = [
        ("run", &job, &["--as-of", "2026-11-20"]),
        ("check", &job, &[]),
        ("check", &pack, &[]),
        ("fmt", &job, &["--check"]),
        ("fmt", &pack, &["--check"]),
        ("docs", &job, &["--out", "page.html"]),
        ("test", &pack, &[]),
        ("test", &["add"], &["--job", "desk/relance.yaml", "--customer", "C", "--date", "2026-11-20"]),
    ];
    for (command, which, more) in commands {
        let output = relance(place.path(), &[&[command], which, more].concat());
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(said.contains("--> desk/rules/fr-b2b/escalation.yaml:"), "{command} {which:?}: {said}");
    }
    let here = place.path().join("desk");
    for (command, more) in [("check", "./rules/fr-b2b"), ("test", "./rules/fr-b2b"), ("fmt", "./rules/fr-b2b")] {
        let output = relance(&here, &[command, more]);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(said.contains("--> rules/fr-b2b/escalation.yaml:"), "{command}: {said}");
    }
}

/// Two commands from nothing to a pack that is checked, whichever pack.
#[test]
fn every_shipped_pack_starts_a_project() {
    for pack in relance::rules::shipped::PACKS {
        let place = tempfile::tempdir().expect("a temporary folder");
        assert!(succeeds(place.path(), &["init", "--pack", pack.name]).contains("relance run --as-of DAY"));
        assert_eq!(succeeds(place.path(), &["fmt", "--check"]), "", "what init writes is in its one form");
        assert!(succeeds(place.path(), &["check", "--fail-on", "note"]).contains("no findings"), "{}", pack.name);
    }
    let place = started();
    let refused = fails(place.path(), &["init", "--pack", "uk-b2"], 2);
    assert!(refused.contains("did you mean \"uk-b2b\"?") && refused.contains("us-consumer (the United States"), "{refused}");
    let help = succeeds(place.path(), &["init", "--help"]);
    assert!(relance::rules::shipped::PACKS.iter().all(|pack| help.contains(pack.name)), "{help}");
    let beside = succeeds(place.path(), &["init", "--pack", "uk-b2b"]);
    assert!(beside.contains("relance.yaml stays as it is") && beside.contains("rules: rules/uk-b2b"), "{beside}");
}

/// Standard output of `--suggest` is a test file and nothing else.
#[test]
fn suggested_tests_can_be_piped() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tests/gaps");
    for name in ["segmentation.yaml", "escalation.yaml", "pack.test.yaml"] {
        fs::copy(source.join(name), place.path().join(name)).expect("a file copied");
    }
    let output = relance(place.path(), &["test", "--suggest"]);
    let (yaml, report) = (text(&output.stdout), text(&output.stderr));
    assert!(yaml.starts_with("# ") && yaml.contains("\nkind: test\n") && !yaml.contains(" passed, "), "{yaml}");
    assert!(report.contains(" passed, 0 failed") && report.contains("coverage of"), "{report}");
    let output = relance(place.path(), &["test", "--suggest", "--out", "more.test.yaml"]);
    assert!(text(&output.stdout).contains("missing tests are in more.test.yaml"), "{}", text(&output.stdout));
    assert_eq!(fs::read_to_string(place.path().join("more.test.yaml")).expect("the tests"), yaml);
    assert!(fails(place.path(), &["test", "--suggest", "--out", "more.test.yaml"], 2).contains("--force"));
    fails(place.path(), &["test", "--out", "more.test.yaml"], 2);
}
