//! Single changes of the shipped packs, made in their text: a number one higher, a word taken out of a list, another one in its place.
//! Whoever makes one by mistake is stopped by the compiler or by a test of the pack.
//!
//! RELANCE_CHANGES=all tries every change and lists those that nothing sees; else a fixed share of them is tried.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test ends where something is not as it must be, and tells")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use relance::desk::test::{Format, Request, test};

/// Keys whose values are changed, each with what a change of it makes of the value; nothing where it has no other.
type Family = (&'static str, fn(&str) -> Option<String>);
const FAMILIES: &[Family] = &[
    ("gap", later),
    ("at", later),
    ("pay_within", later),
    ("after_part_payment", later),
    ("terminal", later),
    ("at_most", later),
    ("within", later),
    ("per", |value| swapped(value, &[("customer", "group"), ("group", "customer")])),
    ("count", shorter),
    ("skip", shorter),
    ("then", |value| swapped(value, &[("postpone", "drop"), ("next_business_day", "drop")])),
    ("capacity", later),
    ("stops", |value| {
        ["contact", "escalation"].iter().all(|effect| value.contains(effect)).then(|| "[contact]".to_owned()).filter(|other| other != value)
    }),
    ("clock", |value| swapped(value, &[("pauses", "runs"), ("runs", "pauses")])),
    ("catch_up", |value| swapped(value, &[("one_step_per_run", "jump_to_latest"), ("jump_to_latest", "one_step_per_run")])),
    ("resume", |value| swapped(value, &[("first_unserved", "closest"), ("closest", "first_unserved")])),
    ("on_policy_change", |value| swapped(value, &[("restart", "finish_old"), ("finish_old", "restart")])),
    ("template", |value| Some(format!("{value}_bis"))),
    ("tone", |value| swapped(value, &[("friendly", "neutral"), ("neutral", "firm"), ("firm", "formal"), ("formal", "firm")])),
    ("to", |value| Some(format!("{value}_bis"))),
    ("approve", |value| Some(format!("{value}_bis"))),
    ("do", |value| swapped(value, &[("email", "letter"), ("letter", "task"), ("call", "task"), ("registered_letter", "letter")])),
    ("min_amount", later),
    ("when", |value| last(value, later)),
    ("enter_when", |value| last(value, later)),
    ("regime", |_| Some("none".to_owned())),
    ("contractual", |value| swapped(value, &[("true", "false"), ("false", "true")])),
];

/// The first number of a value, one higher; what is no whole number is left alone.
fn later(value: &str) -> Option<String> {
    let start = value.char_indices().find(|(at, c)| c.is_ascii_digit() && !joins(value[..*at].chars().next_back()))?.0;
    let end = start + value[start..].find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(value.len() - start);
    let number: u64 = value[start..end].replace('_', "").parse().ok()?;
    (!value[end..].starts_with(['.', '-'])).then(|| format!("{}{}{}", &value[..start], number + 1, &value[end..]))
}

/// The change of what stands behind the last sign of comparison.
fn last(value: &str, change: fn(&str) -> Option<String>) -> Option<String> {
    let at = value.rfind(['<', '>', '='])? + 1;
    Some(format!("{}{}", &value[..at], change(&value[at..])?))
}

/// Whether a digit after this letter is part of a word.
fn joins(before: Option<char>) -> bool {
    before.is_some_and(|c| c.is_alphanumeric() || "_.-".contains(c))
}

/// A list without its last member.
fn shorter(value: &str) -> Option<String> {
    let (list, rest) = value.strip_prefix('[')?.split_once(']')?;
    list.rsplit_once(',').map(|(kept, _)| format!("[{kept}]{rest}"))
}

/// One word for another, where the value begins with it.
fn swapped(value: &str, pairs: &[(&str, &str)]) -> Option<String> {
    let word = &value[..value.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(value.len())];
    let (_, other) = pairs.iter().find(|(from, _)| *from == word)?;
    Some(format!("{other}{}", &value[word.len()..]))
}

/// One change of one file.
struct Change {
    family: &'static str,
    file: PathBuf,
    line: usize,
    text: String,
    what: String,
}

/// Every change of every family in the rules of a folder.
fn changes(folder: &Path) -> Vec<Change> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).expect("a pack").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with("escalation.yaml"));
    files.sort();
    let mut changes = Vec::new();
    for file in files {
        let rules = fs::read_to_string(&file).expect("a rule file");
        for (line, written) in rules.lines().enumerate() {
            let code = written.split(" #").next().unwrap_or_default();
            // A block on invoices stops all that is asked for them, whichever of contact and escalation it names.
            let of_invoice = rules.lines().take(line).collect::<Vec<_>>().iter().rev().take(2).any(|before| before.contains("on: invoice"));
            for (family, change) in FAMILIES.iter().filter(|(family, _)| *family != "stops" || !of_invoice) {
                for (at, value) in values(code, family) {
                    let Some(other) = change(value) else { continue };
                    let changed = format!("{}{other}{}", &written[..at], &written[at + value.len()..]);
                    let text: Vec<&str> =
                        rules.lines().enumerate().map(|(other, its)| if other == line { changed.as_str() } else { its }).collect();
                    let what = format!("{family}: {value} -> {other}");
                    changes.push(Change { family, file: file.clone(), line: line + 1, text: text.join("\n") + "\n", what });
                }
            }
        }
    }
    changes
}

/// What stands behind a key on a line, each with its place; comments do not count.
fn values<'l>(line: &'l str, key: &str) -> Vec<(usize, &'l str)> {
    if line.trim_start().starts_with('#') {
        return Vec::new();
    }
    let colon = format!("{key}: ");
    let mut found = Vec::new();
    for (at, _) in line.match_indices(&colon).filter(|(at, _)| !joins(line[..*at].chars().next_back())) {
        let start = at + colon.len();
        // Within braces a value ends at the next comma; a list or a group of its own at its bracket.
        let in_braces = line[..at].contains('{');
        let close = match line[start..].chars().next() {
            Some('[') => line[start..].find(']').map(|end| end + 1),
            Some('{') => line[start..].find('}').map(|end| end + 1),
            _ if in_braces => line[start..].find([',', '}']),
            _ => None,
        };
        let value = &line[start..start + close.unwrap_or(line.len() - start)];
        found.push((start, value.trim_end()));
    }
    found
}

fn request(place: &Path) -> Request {
    let paths = vec![place.to_owned()];
    Request {
        paths,
        of_job: None,
        filter: None,
        format: Format::Text,
        coverage: false,
        least: None,
        suggest: false,
        out: None,
        force: false,
    }
}

/// Tries changes of a pack against its tests and those suggested, every `step`th of them.
#[track_caller]
fn check(pack: &str, step: usize, least: usize) {
    let whole = std::env::var("RELANCE_CHANGES").is_ok_and(|value| value == "all");
    let place = tempfile::tempdir().expect("a temporary folder");
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(pack)).expect("a pack") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, place.path().join(path.file_name().expect("a name"))).expect("a file copied");
    }
    assert!(test(&request(place.path())).is_ok_and(|told| told.holds), "{pack}: its tests hold as it stands");
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut unseen = Vec::new();
    for change in changes(place.path()).into_iter().step_by(if whole { 1 } else { step }) {
        let before = fs::read_to_string(&change.file).expect("a rule file");
        fs::write(&change.file, &change.text).expect("a writable file");
        // Rules that do not compile any more are seen too.
        let seen = !test(&request(place.path())).is_ok_and(|told| told.holds);
        fs::write(&change.file, before).expect("a writable file");
        let (of, its) = counts.entry(change.family).or_default();
        (*of, *its) = (*of + 1, *its + usize::from(seen));
        if !seen {
            unseen.push(format!("{pack}:{}: {}", change.line, change.what));
        }
    }
    let (of, seen) = counts.values().fold((0, 0), |(of, seen), (its_of, its)| (of + its_of, seen + its));
    println!("{pack}: {seen} of {of} changes are seen, {counts:?}\n{}", unseen.join("\n"));
    assert!(of > 1, "{pack}: {of} changes");
    assert!(seen * 100 >= of * least, "{pack}: {seen} of {of} changes are seen\n{}", unseen.join("\n"));
}

#[test]
fn a_change_of_the_french_pack_is_seen() {
    check("fr-b2b", 97, 90);
}

#[test]
fn a_change_of_the_british_pack_is_seen() {
    check("uk-b2b", 53, 90);
}

#[test]
fn a_change_of_the_european_pack_is_seen() {
    check("eu-b2b", 31, 90);
}

#[test]
fn a_change_of_the_packs_for_consumers_is_seen() {
    check("fr-consumer", 31, 90);
    check("us-consumer", 31, 90);
}
