//! The JSON Schemas: every shipped file fits its own, every wrong key is refused, and they know exactly what the readers know.
#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

mod json_schema;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use relance::base::form::{Form, Value as Kind};
use relance::desk::schema::{Words, kinds, schema, words};
use relance::rules::forms::{self, Part, walk_file};
use relance::rules::rule_files::{FileKind, KINDS};
use relance::rules::sources::Sources;
use relance::rules::vocabulary::trees;
use serde_json::Value as Json;

use json_schema::errors;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths
}

fn folders() -> Vec<PathBuf> {
    let packs = fs::read_dir(root().join("rules")).expect("the packs").map(|entry| entry.expect("an entry").path());
    packs
        .filter(|path| path.is_dir())
        .chain(["testdata/rules/sample", "testdata/night/rules", "testdata/tests/trials"].map(|folder| root().join(folder)))
        .collect()
}

fn parsed(text: &str) -> Json {
    serde_saphyr::from_str(text).expect("YAML")
}

fn of_file(document: &Json, words: &Words) -> Json {
    let kind = document["kind"].as_str().expect("a kind");
    schema(kind, words).expect("a schema of this kind")
}

#[test]
fn every_shipped_rule_file_fits_its_schema() {
    for folder in folders() {
        for path in yaml(&folder) {
            let document = parsed(&fs::read_to_string(&path).expect("a rule file"));
            for words in [words(None), words(Some(&folder))] {
                let found = errors(&document, &of_file(&document, &words.expect("the names")));
                assert!(found.is_empty(), "{}: {found:#?}", path.display());
            }
        }
    }
}

#[test]
fn trials_and_their_arms_are_offered_to_tests_and_others_refused() {
    let folder = root().join("testdata/tests/trials");
    let schema = schema("test", &words(Some(&folder)).expect("the names")).expect("a schema");
    let of = |with: &str| {
        let text = format!("relance: 1\nkind: test\ntests:\n  - {{test: t, with: {{{with}}}, expect: {{action: call}}}}\n");
        errors(&parsed(&text), &schema)
    };
    for right in ["trial_arm: {call_first: control, soft_tone: missing}", "trial_arm.call_first: missing"] {
        assert_eq!(of(right), [""; 0], "{right}");
    }
    for wrong in ["trial_arm: {call_frist: control}", "trial_arm: {call_first: soft}", "trial_arms: {call_first: control}"] {
        assert!(!of(wrong).is_empty(), "{wrong}");
    }
}

#[test]
fn the_job_files_fit_their_schema() {
    let schema = schema("job", &Words::default()).expect("a schema");
    for path in ["src/desk/init/relance.yaml", "src/desk/init/generated.yaml", "testdata/golden/relance.yaml"] {
        let text = fs::read_to_string(root().join(path)).expect("a job file");
        assert_eq!(errors(&parsed(&text), &schema), [""; 0], "{path}");
        // The keys that are commented out are real ones too.
        let all = text.replace("\n# ", "\n").replace("\n  # ", "\n  ");
        let keys: Vec<&str> = all
            .lines()
            .filter(|line| line.contains(": ") && !line.starts_with(' ') && line.split_once(':').is_some_and(|(key, _)| !key.contains(' ')))
            .collect();
        let whole: String = keys.iter().map(|line| format!("{line}\n")).collect();
        if let Ok(document) = serde_saphyr::from_str::<Json>(&whole) {
            let unknown: Vec<String> = errors(&document, &schema).into_iter().filter(|error| error.contains("no key")).collect();
            assert!(unknown.is_empty(), "{path}: {unknown:?}");
        }
    }
    let job = |more: &str| parsed(&format!("relance: 1\nportfolio: {{invoices: i.parquet}}\nrules: r\nreporting_currency: EUR\n{more}"));
    for right in [
        "aging: ['0', 30]",
        "unallocated: keep",
        "unallocated: ${HOW}",
        "dispute_stops_interest: true",
        "kpis: {scopes: [all], months: 12}",
    ] {
        assert_eq!(errors(&job(right), &schema), [""; 0], "{right}");
    }
    for wrong in
        ["unallocatd: keep", "unallocated: maybe", "kpis: {scope: [all]}", "dispute_stops_interest: perhaps", "columns: {invoicez: {a: b}}"]
    {
        assert!(!errors(&job(wrong), &schema).is_empty(), "{wrong}");
    }
}

/// Paths to every key of a document, its place in lists included.
fn key_paths(document: &Json, path: &str, found: &mut Vec<String>) {
    match document {
        Json::Object(map) => {
            for (key, value) in map {
                let here = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
                found.push(here.clone());
                key_paths(value, &here, found);
            }
        }
        Json::Array(items) => items.iter().enumerate().for_each(|(at, item)| key_paths(item, &format!("{path}/{at}"), found)),
        _ => {}
    }
}

#[test]
fn a_misspelt_key_is_refused_wherever_it_stands() {
    let folder = root().join("testdata/rules/sample");
    let words = words(Some(&folder)).expect("the names");
    let (mut refused, mut accepted) = (0, BTreeSet::new());
    for path in yaml(&folder) {
        let document = parsed(&fs::read_to_string(&path).expect("a rule file"));
        let schema = of_file(&document, &words);
        let mut paths = Vec::new();
        key_paths(&document, "", &mut paths);
        for key in paths {
            let (parent, name) = key.rsplit_once('/').expect("a path");
            let mut broken = document.clone();
            let group = broken.pointer_mut(parent).and_then(Json::as_object_mut).expect("a group");
            let value = group.remove(name).expect("a key");
            group.insert(format!("{name}_x"), value);
            if errors(&broken, &schema).is_empty() {
                accepted.insert(parent.rsplit('/').next().unwrap_or("").to_owned());
            } else {
                refused += 1;
            }
        }
    }
    assert!(refused > 250, "{refused} refused");
    // Only where keys are names of one's own.
    let own = ["capacity", "constants", "define", "derived", "fields", "lists", "output", "parameters", "values"];
    let strange: Vec<&String> = accepted.iter().filter(|name| !own.contains(&name.as_str())).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

#[test]
fn names_of_the_project_are_offered_and_wrong_ones_refused() {
    let folder = root().join("testdata/rules/sample");
    let words = words(Some(&folder)).expect("the names");
    let text = schema("escalation", &words).expect("a schema").to_string();
    for name in ["consumer_reminder_1", "external_agency", "team_lead", "segment = consumer", "FR_B2B", "self_service", "oldest_large"] {
        assert!(text.contains(name), "{name}");
    }
    let escalation = fs::read_to_string(folder.join("escalation.yaml")).expect("a rule file");
    for (from, to) in [
        ("regime: FR_B2B", "regime: FR_B2C"),
        ("clock: oldest_days_past_due", "clock: overdue_balance"),
        ("rank: [overdue_balance,", "rank: [overdue_balanc,"),
        ("{statement: reminder}", "{statement: remainder}"),
        ("gap: 7 days", "gap: [7]"),
        ("then: postpone", "then: postpond"),
        ("contractual: true", "contractual: maybe"),
        ("at_most: 2", "at_most: two"),
        ("2026-01-01: 15 EUR", "2026-1-1: 15 EUR"),
    ] {
        let broken = parsed(&escalation.replace(from, to));
        assert!(escalation.contains(from) && !errors(&broken, &of_file(&broken, &words)).is_empty(), "{to}");
    }
}

#[test]
fn tests_are_offered_what_the_project_has_and_slips_in_them_refused() {
    let folder = root().join("rules/fr-b2b");
    let words = words(Some(&folder)).expect("the names");
    let head = "relance: 1\nkind: test\nas_of: 2026-11-17\n";
    let errors = |rest: &str| {
        let document = parsed(&format!("{head}{rest}"));
        errors(&document, &of_file(&document, &words))
    };
    let right = [
        "given: {customer: {customer_type: company, phone: missing}, invoices: [{invoice_id: I-1, amount: 5 EUR, days_past_due: 1 day}]}\ntests: []",
        "given: {payments: none, invoices.I-1.due_date: 2026-01-01, facts.broken_promises_12m: 2, email: a@b.example}\ntests: []",
        "tests: [{test: a, with: {last_step: day_after}, expect: {step: [call, none], action: email, held_by: x, penalties: 5 EUR}}]",
        "tests: [{test: a, forbid: {action: [legal, letter], facts.segment: x, invoices.I-1.next_on: missing}}]",
        "tests: [{test: a, at: {2026-11-17: {action: none}, 2026-11-18: {with: {country: BE}, expect: {step: call}}}}]",
        "tests: [{test: a, table: [{why: b, country: BE, expect.step: call, forbid.action: email, expect.invoices.I-1.next_on: missing}]}]",
    ];
    for rest in right {
        assert_eq!(errors(rest), [""; 0], "{rest}");
    }
    let wrong = [
        "given: {customer: {custmer_type: company}}\ntests: []",
        "given: {customer: {customer_type: compnay}}\ntests: []",
        "given: {invoice: []}\ntests: []",
        "given: {invoices: [{invoice_id: I-1, amuont: 5 EUR}]}\ntests: []",
        "given: {days_past_deu: 5}\ntests: []",
        "tests: [{test: a, with: {last_step: day_aftr}, expect: {action: none}}]",
        "tests: [{test: a, expect: {stp: call}}]",
        "tests: [{test: a, expect: {step: cal}}]",
        "tests: [{test: a, forbid: {action: [emial]}}]",
        "tests: [{test: a, at: {2026-11-17: {acton: none}}}]",
        "tests: [{test: a, at: {17 November: {action: none}}}]",
        "tests: [{test: a, table: [{why: b, expect.stp: call}]}]",
        "tests: [{test: a, table: [{why: b, expect.step: cal}]}]",
        "tests: [{test: a, table: [{country: BE, expect.step: call}]}]",
        "tests: [{test: a, table: [{why: b, contry: BE, expect.step: call}]}]",
    ];
    for rest in wrong {
        assert!(!errors(rest).is_empty(), "{rest}");
    }
}

/// Every schema can be read by an editor: draft-07, flat, each key explained.
#[test]
fn schemas_are_flat_and_explain_every_key() {
    for kind in kinds() {
        let schema = schema(kind, &Words::default()).expect("a schema");
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        let text = schema.to_string();
        assert!(!text.contains("oneOf") && !text.contains("$ref") && !text.contains("allOf"), "{kind}");
        explained(&schema, kind);
    }
    assert!(schema("recipe", &Words::default()).is_none());
}

fn explained(schema: &Json, place: &str) {
    if !schema.is_object() {
        return;
    }
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        assert!(value["description"].as_str().is_some_and(|text| text.len() > 8), "{place}.{key}");
        explained(value, &format!("{place}.{key}"));
    }
    ["items", "additionalProperties"].iter().for_each(|part| explained(&schema[part], place));
    schema["anyOf"].as_array().into_iter().flatten().for_each(|part| explained(part, place));
}

/// Every form that can be reached from a kind of file.
fn reachable(value: Kind, found: &mut Vec<&'static Form>) {
    match value {
        Kind::List(item) => reachable(*item, found),
        Kind::Map(_, item) => reachable(*item, found),
        Kind::Either(choices) => choices.iter().for_each(|choice| reachable(*choice, found)),
        Kind::Group(form) if !found.iter().any(|known| (known.what, known.keys.len()) == (form.what, form.keys.len())) => {
            found.push(form);
            form.keys.iter().for_each(|key| reachable(key.value, found));
        }
        _ => {}
    }
}

/// The top level of a file, of whatever kind.
const HEAD: &str = "a file";

/// A key that is in a form but that no reader asks for would be refused as unknown: so a sound rule set that has every key proves them.
#[test]
fn every_key_of_the_forms_is_known_to_the_readers() {
    let folder = root().join("testdata/rules/every_key");
    let files = relance::run::pack::read(&folder).expect("the files of a pack");
    let euro = relance::base::money::Currency::parse(b"EUR").expect("a currency");
    let day = relance::base::date::Date::parse("2026-12-15").expect("a day");
    if let Err(findings) = relance::rules::compile::compile(&files, day, euro) {
        panic!("{}", relance::rules::diagnostics::render(&findings, &files, false));
    }
    let sources = Sources::new(&files);
    let mut seen = BTreeSet::new();
    for tree in trees(&sources) {
        let head = tree.root.mapping().expect("keys").entries.iter().map(|entry| (HEAD, entry.key.clone()));
        seen.extend(head);
        walk_file(tree.kind, &tree.root, &mut |part| {
            if let Part::Group(form, node) = part {
                let keys = node.mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
                seen.extend(keys.iter().map(|entry| (form.what, entry.key.clone())));
            }
        });
    }
    let mut all = Vec::new();
    // The readers of tests have tests of their own.
    let kinds = || KINDS.iter().filter(|(_, kind)| *kind != FileKind::Test);
    for (_, kind) in kinds() {
        forms::body(*kind).into_iter().for_each(|form| form.keys.iter().for_each(|key| reachable(key.value, &mut all)));
    }
    let heads = kinds().filter_map(|(_, kind)| forms::body(*kind)).chain([&forms::HEADER]);
    let mut missing: Vec<String> = heads
        .flat_map(|form| form.keys)
        .filter(|key| !seen.contains(&(HEAD, key.name.to_owned())))
        .map(|key| key.name.to_owned())
        .collect();
    for form in all {
        let unseen = form.keys.iter().filter(|key| !seen.contains(&(form.what, key.name.to_owned())));
        missing.extend(unseen.map(|key| format!("{}: {}", form.what, key.name)));
    }
    assert!(missing.is_empty(), "testdata/rules/every_key has no {missing:#?}");
}
