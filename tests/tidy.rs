//! The rules of the house, checked on the text of the source: which room may use which, what the kernel may not know, how long a
//! thing may get. Exceptions are listed with their reason; one that is no longer needed has to go.

#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, and the rooms each may use. `error` is the only one that everybody outside the kernel may speak of.
const ROOMS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("error", &[]),
    ("rules", &["base"]),
    ("night", &["base", "rules"]),
    ("portfolio", &["base", "error", "night", "rules"]),
    ("io", &["base", "error"]),
    // The knobs of a night are its own enums.
    ("settings", &["base", "error", "night", "rules"]),
    ("run", &["base", "error", "io", "night", "portfolio", "rules", "settings"]),
    ("desk", &["base", "error", "io", "night", "portfolio", "rules", "run", "settings"]),
    ("cli", &["base"]),
    ("terminal", &["error", "io", "run"]),
    ("main", &["cli", "desk", "error", "io", "run", "settings", "terminal"]),
    ("lib", &[]),
];

/// The stages of a night in the order of the data: each uses only those before it.
const STAGES: &[&str] = &[
    "freshness",
    "by_customer",
    "documents",
    "normalise",
    "ledger",
    "terms",
    "fx",
    "error",
    "memory",
    "promise",
    "penalties",
    "facts",
    "notices",
    "matchers",
    "segmentation",
    "accruals",
    "escalation",
    "routes",
    "trials",
    "shadow",
    "representations",
    "reviews",
    "kpi",
    "treatment",
    "figures",
    "tables",
    "standing",
    "tasks",
    "proposals",
    "placements",
    "evaluate",
    "survey",
];

/// Uses of a later stage: what uses what, and why.
const BACKWARD: &[(&str, &str, &str)] = &[
    ("figures", "evaluate", "`Night`, the arguments of the whole night, stands beside the function that takes it"),
    ("reviews", "evaluate", "`Night`, the arguments of the whole night, stands beside the function that takes it"),
    ("tables", "evaluate", "`Night` and `Evaluated`, the arguments and the result of the whole night, stand beside its function"),
];

/// What must not be named in the rooms of the kernel: the world, and what is inexact.
const KERNEL: &[&str] = &["base", "rules", "night"];
const WORLD: &[&str] = &[
    "std::fs",
    "std::env",
    "std::time",
    "std::thread",
    "std::process",
    "std::net",
    "polars",
    "parquet",
    "arrow",
    "rayon",
    "clap",
    "tracing",
    "f32",
    "f64",
];

/// Files in which hashed collections are used, and why their order cannot reach an output.
const HASHED: &[(&str, &str)] = &[("src/rules/program.rs", "codes of texts are looked up, never listed")];

/// Words that no file may be committed with.
const UNFINISHED: &[&str] = &["todo!", "unimplemented!", "dbg!", "FIXME", "TODO"];

const LONGEST_FILE: usize = 600;
const LONG_FILES: &[(&str, &str)] = &[
    ("src/night/ledger/tests/rulings.rs", "one case after another, a ruling each: it reads as a list"),
    ("src/night/normalise/tests.rs", "one case after another, a ruling each: it reads as a list"),
];

const LONGEST_FUNCTION: usize = 70;
const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[
    ("src/night/ledger/tests/rulings.rs", "ruling_31_a_refund_nets_money_on_account", "a table of cases"),
    ("src/night/ledger/tests/rulings.rs", "ruling_34_items_are_instalments", "a table of cases"),
    ("src/night/ledger/tests/rulings.rs", "ruling_37_an_invoice_leaves_at_the_end_of_a_day", "a table of cases"),
];

struct Source {
    /// Path from the root of the project.
    path: String,
    text: String,
    /// The text with comments and the insides of literals blanked, line by line as before.
    code: String,
}

/// The Rust files below some folders of the project.
fn sources(folders: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in folders {
        walk(&root.join(folder), &mut paths);
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let name = |path: &Path| path.strip_prefix(root).expect("below the root").display().to_string();
    let source = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a source file");
        Source { path: name(path), code: code_of(&text), text }
    };
    let sources: Vec<Source> = paths.iter().map(source).collect();
    assert!(!sources.is_empty(), "{folders:?}");
    sources
}

/// All files below a folder, in order of path.
fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    for path in entries.collect::<BTreeSet<_>>() {
        if path.is_dir() { walk(&path, paths) } else { paths.push(path) }
    }
}

/// Blanks comments and the insides of text and character literals; line breaks stay.
fn code_of(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let end = literal_end(&characters, at);
        if end == at {
            code.push(characters[at]);
            at += 1;
        } else {
            code.extend(characters[at..end].iter().map(|character| if *character == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Where the comment or literal that begins here ends; here, where none begins.
fn literal_end(text: &[char], at: usize) -> usize {
    let follows = |at: usize, what: &str| what.chars().enumerate().all(|(offset, wanted)| text.get(at + offset) == Some(&wanted));
    let find = |from: usize, what: &str| (from..text.len()).find(|at| follows(*at, what)).unwrap_or(text.len());
    if follows(at, "//") {
        return find(at, "\n");
    }
    if follows(at, "/*") {
        return (find(at, "*/") + 2).min(text.len());
    }
    if text[at] == 'r' && (follows(at, "r\"") || follows(at, "r#")) && !at.checked_sub(1).is_some_and(|before| is_word(text[before])) {
        let hashes = text[at + 1..].iter().take_while(|character| **character == '#').count();
        if text.get(at + 1 + hashes) == Some(&'"') {
            let close = format!("\"{}", "#".repeat(hashes));
            return (find(at + 2 + hashes, &close) + 1 + hashes).min(text.len());
        }
    }
    if text[at] == '"' {
        return quoted_end(text, at, '"');
    }
    // A quote begins a character where the next but one closes it or an escape follows, else it names a lifetime.
    if text[at] == '\'' && (text.get(at + 1) == Some(&'\\') || text.get(at + 2) == Some(&'\'')) {
        return quoted_end(text, at, '\'');
    }
    at
}

fn quoted_end(text: &[char], start: usize, quote: char) -> usize {
    let mut at = start + 1;
    while at < text.len() && text[at] != quote {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The names used below a path: `b` and `c` of `a::b` and `a::{b::d, c}`.
fn used_below<'c>(code: &'c str, path: &str) -> BTreeSet<&'c str> {
    let word = |text: &'c str| &text[..text.find(|character| !is_word(character)).unwrap_or(text.len())];
    let used = code.match_indices(path).flat_map(|(at, _)| {
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            Some(group) => top_level(group).into_iter().map(|name| word(name.trim_start())).collect(),
            None => vec![word(rest)],
        }
    });
    used.filter(|name| !name.is_empty()).collect()
}

/// The parts between the commas of a group, up to its closing brace.
fn top_level(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&group[start..at]);
                return parts;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

/// Whether a word or path occurs, not as a part of a longer word.
fn names(code: &str, what: &str) -> bool {
    code.match_indices(what).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + what.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// The first part of a path below a folder, without its ending: a room below `src/`, a stage below `src/night/`.
fn part_below<'p>(path: &'p str, folder: &str) -> &'p str {
    let below = path.strip_prefix(folder).expect("below the folder");
    below.split('/').next().expect("a part").trim_end_matches(".rs")
}

#[track_caller]
fn nothing(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
}

/// Tests may set up what they test with rooms and stages that it must not know itself.
fn is_test_code(path: &str) -> bool {
    ["/tests/", "/tests.rs", "/testing.rs"].iter().any(|part| path.contains(part))
}

#[test]
fn rooms_use_only_the_rooms_below_them() {
    let mut findings = Vec::new();
    for source in sources(&["src"]).into_iter().filter(|source| !is_test_code(&source.path)) {
        let room = part_below(&source.path, "src/");
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            findings.push(format!("{}: the room {room} is not among those of tests/tidy.rs", source.path));
            continue;
        };
        let root = if room == "main" { "relance::" } else { "crate::" };
        for used in used_below(&source.code, root) {
            if used != room && !allowed.contains(&used) {
                findings.push(format!("{}: {room} may not use {used:?}", source.path));
            }
        }
    }
    nothing(&findings);
}

#[test]
fn stages_of_a_night_use_only_earlier_ones() {
    let position = |stage: &str| STAGES.iter().position(|name| *name == stage);
    let mut needed: BTreeSet<(String, String)> = BTreeSet::new();
    let mut findings = Vec::new();
    for source in sources(&["src/night"]).into_iter().filter(|source| !is_test_code(&source.path)) {
        let stage = part_below(&source.path, "src/night/");
        if stage == "mod" {
            continue;
        }
        for used in used_below(&source.code, "crate::night::").into_iter().filter(|used| *used != stage) {
            match (position(stage), position(used)) {
                (Some(here), Some(there)) if there < here => {}
                (Some(_), Some(_)) => {
                    needed.insert((stage.to_owned(), used.to_owned()));
                }
                _ => findings.push(format!("{}: {stage} or {used:?} is not among the stages of tests/tidy.rs", source.path)),
            }
        }
    }
    let listed: BTreeSet<(String, String)> = BACKWARD.iter().map(|(stage, used, _)| ((*stage).to_owned(), (*used).to_owned())).collect();
    findings.extend(needed.difference(&listed).map(|(stage, used)| format!("night::{stage} uses night::{used}, which comes later")));
    findings.extend(listed.difference(&needed).map(|(stage, used)| format!("night::{stage} no longer uses night::{used}")));
    nothing(&findings);
}

#[test]
fn the_kernel_does_not_know_the_world() {
    let mut findings = Vec::new();
    for source in sources(&["src"]).iter().filter(|source| KERNEL.contains(&part_below(&source.path, "src/"))) {
        findings.extend(WORLD.iter().filter(|word| names(&source.code, word)).map(|word| format!("{}: names {word}", source.path)));
    }
    nothing(&findings);
}

#[test]
fn no_hashed_collection_decides_an_order() {
    let sources = sources(&["src"]);
    let using = sources.iter().filter(|source| names(&source.code, "HashMap") || names(&source.code, "HashSet"));
    let using: Vec<&str> = using.map(|source| source.path.as_str()).collect();
    assert_eq!(using, HASHED.iter().map(|(path, _)| *path).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_unfinished_or_switched_off() {
    let mut findings = Vec::new();
    for source in sources(&["src", "tests"]).iter().filter(|source| source.path != "tests/tidy.rs") {
        findings.extend(UNFINISHED.iter().filter(|word| source.text.contains(**word)).map(|word| format!("{}: {word}", source.path)));
        for attribute in ["#[ignore", "#[should_panic"] {
            if source.code.contains(attribute) {
                findings.push(format!("{}: {attribute}]", source.path));
            }
        }
    }
    nothing(&findings);
}

#[test]
fn files_stay_short() {
    let mut long = BTreeMap::new();
    for source in sources(&["src", "tests"]) {
        let lines = source.text.lines().count();
        if lines > LONGEST_FILE {
            long.insert(source.path, lines);
        }
    }
    let listed: Vec<&str> = LONG_FILES.iter().map(|(path, _)| *path).collect();
    assert_eq!(long.keys().map(String::as_str).collect::<Vec<_>>(), listed, "{long:?}");
}

#[test]
fn functions_stay_short() {
    let mut long = Vec::new();
    for source in sources(&["src", "tests"]) {
        long.extend(
            functions(&source.code)
                .into_iter()
                .filter(|(_, lines)| *lines > LONGEST_FUNCTION)
                .map(|(name, lines)| (source.path.clone(), name, lines)),
        );
    }
    let listed: Vec<(&str, &str)> = LONG_FUNCTIONS.iter().map(|(path, name, _)| (*path, *name)).collect();
    let found: Vec<(&str, &str)> = long.iter().map(|(path, name, _)| (path.as_str(), name.as_str())).collect();
    assert_eq!(found, listed, "{long:?}");
}

/// Name and number of lines of every function with a body.
fn functions(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let name: String = code[at + 3..].chars().take_while(|character| is_word(*character)).collect();
        if name.is_empty() || code[..at].chars().next_back().is_some_and(is_word) {
            continue;
        }
        let Some(body) = code[at..].find(['{', ';']).map(|offset| at + offset).filter(|body| code[*body..].starts_with('{')) else {
            continue;
        };
        let mut depth = 0;
        let end = code[body..].char_indices().find(|(_, character)| {
            depth += match character {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            depth == 0
        });
        let end = end.map_or(code.len(), |(offset, _)| body + offset);
        found.push((name, code[at..=end.min(code.len() - 1)].lines().count()));
    }
    found
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["src", "tests", "docs", "rules", "testdata", ".ci", "benches"].map(|folder| root.join(folder)) {
        if folder.is_dir() {
            walk(&folder, &mut paths);
        }
    }
    let beside = fs::read_dir(root).expect("the project").map(|entry| entry.expect("an entry").path());
    paths.extend(beside.filter(|path| path.is_file() && path.file_name().is_some_and(|name| name != ".git")));
    let mut findings = Vec::new();
    for path in paths {
        let text = String::from_utf8_lossy(&fs::read(&path).expect("a file")).into_owned();
        for place in ["work", "home", "root"].map(|folder| format!("/{folder}/")) {
            let alone = text
                .match_indices(&place)
                .any(|(at, _)| !text[..at].chars().next_back().is_some_and(|before| is_word(before) || ".*-_}".contains(before)));
            if alone {
                findings.push(format!("{}: {place}", path.display()));
            }
        }
    }
    nothing(&findings);
}

/// What the checks rest on: what is code and what is not.
#[test]
fn comments_and_literals_are_no_code() {
    let cases = [
        ("a // crate::b\nc", "a            \nc"),
        ("f(\"fn x {\", '{', '\\'')", "f(        ,    ,     )"),
        ("r#\"}\"# 'a: &'a str", "         'a: &'a str"),
        ("/* { \n } */x", "     \n     x"),
    ];
    for (text, code) in cases {
        let blanked: String = code_of(text);
        assert_eq!(blanked.replace(' ', ""), code.replace(' ', ""), "{text}");
        assert_eq!(blanked.chars().count(), text.chars().count(), "{text}");
    }
    let code = "fn one() {\n  if a {\n  }\n}\nfn two();\nimpl X { fn three() { } }";
    assert_eq!(functions(code), [("one".to_owned(), 4), ("three".to_owned(), 1)]);
    assert_eq!(used_below("use a::b::c;\nuse a::{d::{e, f}, g};", "a::"), BTreeSet::from(["b", "d", "g"]));
    assert!(names("let x: f64 = 1", "f64") && !names("let xf64 = 1", "f64"));
}

/// Numbers of the domain definitions with the files whose tests assert them: one that loses its test is told.
#[test]
fn every_numbered_figure_keeps_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = fs::read_to_string(root.join("testdata/vectors.txt")).expect("the list");
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    let (mut seen, mut lost) = (BTreeSet::new(), Vec::new());
    for line in lines {
        let (number, files) = line.split_once(' ').unwrap_or_else(|| panic!("{line} has no test"));
        assert!(seen.insert(number), "{number} is there twice");
        for file in files.split(' ') {
            let text = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{number}: {file}: {error}"));
            let as_test = number.to_lowercase().replace('-', "_");
            let is_told = |number: &str| {
                text.match_indices(number).any(|(at, _)| !text[at + number.len()..].starts_with(|c: char| c.is_ascii_digit()))
            };
            if !is_told(number) && !is_told(&as_test) {
                lost.push(format!("{number} in {file}"));
            }
        }
    }
    assert!(lost.is_empty(), "no test names {lost:?}");
    let of = |letters: &str| seen.iter().filter(|number| number.split('-').next() == Some(letters)).count();
    assert_eq!(["A", "B", "C", "D", "DC", "E", "N"].map(of), [48, 29, 48, 10, 44, 11, 15]);
}
