//! The page of a pack: whole, readable by a machine, with every rule in it, and safe whatever the rules say.
#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use relance::desk::docs::page;
use relance::desk::pack::Pack;
use relance::rules::compile::compile;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn of(folder: &Path) -> (Pack, String) {
    let pack = Pack::open(folder, None, None).expect("a pack");
    let page = page(&pack).unwrap_or_else(|failure| panic!("{failure}"));
    (pack, page)
}

/// Elements without an end.
const VOID: &[&str] = &["br", "meta"];

/// The start tags of a page, whose ends must stand where they belong.
fn start_tags(page: &str) -> Vec<&str> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for part in page.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag that ends");
        if tag.starts_with('!') {
            continue;
        }
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().expect("a name");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}> closes another element");
        } else {
            found.push(tag);
            if !VOID.contains(&name) {
                open.push(name);
            }
        }
        assert!(!text.contains('>') || open.last() == Some(&"style"), "a stray > in {text:?}");
    }
    assert!(open.is_empty(), "{open:?} stay open");
    found
}

fn attributes<'p>(tags: &[&'p str], name: &str) -> Vec<&'p str> {
    let start = format!(" {name}=\"");
    tags.iter().filter_map(|tag| tag.split_once(&start)).filter_map(|(_, rest)| rest.split_once('"')).map(|(value, _)| value).collect()
}

#[track_caller]
fn check(name: &str) {
    let (pack, page) = of(&folder(name));
    let tags = start_tags(&page);
    let ids = attributes(&tags, "id");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    let twice: Vec<_> = unique.iter().filter(|id| ids.iter().filter(|other| other == id).count() > 1).collect();
    assert!(twice.is_empty(), "{twice:?} are there twice");
    for target in attributes(&tags, "href") {
        let target = target.strip_prefix('#').unwrap_or_else(|| panic!("{target} is elsewhere"));
        assert!(unique.contains(target), "#{target} leads nowhere");
    }
    for word in ["<script", " src=", "@import", "url(", "<link"] {
        assert!(!page.contains(word), "{word}");
    }
    let levels: Vec<u32> = tags.iter().filter_map(|tag| tag.strip_prefix('h')?.get(..1)?.parse().ok()).collect();
    assert!(levels.first() == Some(&1) && levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    let tables = tags.iter().filter(|tag| **tag == "table").count();
    assert_eq!(page.matches("<caption>").count(), tables, "every table says what it is");
    assert!(tags.iter().filter(|tag| tag.starts_with("th ")).all(|tag| tag.contains("scope=")));
    has_every_rule(&pack, &unique);
    assert_eq!(of(&folder(name)).1, page, "the same page each time");
}

fn has_every_rule(pack: &Pack, ids: &BTreeSet<&str>) {
    let day = relance::base::date::Date::parse("2026-12-15").expect("a day");
    let program = compile(&pack.files, day, pack.currency).expect("a sound pack").program;
    let tables = program.tables.iter().chain(program.assignments.iter().map(|queue| &queue.table));
    let rows = tables.flat_map(|table| table.rows.iter().map(|(rule, _)| rule.id.clone()));
    let steps = program.policies.iter().flat_map(|policy| policy.steps.iter().map(|step| format!("{}.{}", policy.applies.id, step.id)));
    let blocks = program.blocks.iter().map(|block| format!("block.{}", block.rule.id));
    let caps = program.caps.iter().map(|cap| format!("cap.{}", cap.id));
    let penalties = program.penalties.iter().map(|penalty| format!("penalty.{}", penalty.rule.id));
    let tasks = program.tasks.iter().map(|task| format!("task.{}", task.rule.id));
    let represented = program.representations.iter().map(|one| one.rule.id.clone());
    for id in rows.chain(steps).chain(blocks).chain(tasks).chain(represented).chain(caps).chain(penalties) {
        assert!(ids.contains(id.as_str()), "{id} is not on the page");
    }
}

#[test]
fn the_pages_of_the_french_pack_are_whole() {
    check("rules/fr-b2b");
}

#[test]
fn the_pages_of_the_british_pack_are_whole() {
    check("rules/uk-b2b");
}

/// BLESS=1 rewrites the page.
#[test]
fn the_page_of_the_sample_reads_as_expected() {
    check("testdata/rules/every_key");
    let (pack, page) = of(&folder("testdata/rules/every_key"));
    // The identity changes with the dictionary that comes with relance.
    let page = page.replace(&pack.examined().expect("a sound pack").program.hash, "IDENTITY");
    let expected = folder("testdata/rules/every_key.html");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&expected, &page).expect("a writable folder");
    }
    assert!(fs::read_to_string(expected).unwrap_or_default() == page, "run with BLESS=1 and read the difference");
    for words in [
        "30 to 59 days",
        "up to 29 days",
        "120 days or more",
        "and none of the rows above",
        "After 45 days",
        "5 days before",
        "not confirmed",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn what_rules_say_stays_text() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let evil = "</dd><script>alert('1')</script>&amp;\" onload=\"x";
    let text = format!(
        "relance: 1\nkind: segmentation\nname: '{0}'\nowner: \"<b>\"\ndefine:\n  d:\n    means: '{0}'\n    when: country is known and country = '<i>&'\nlists:\n  l: ['{0}', \"<u>\"]\n",
        evil.replace('\'', "''")
    );
    fs::write(place.path().join("s.yaml"), text).expect("a rule file");
    let (_, page) = of(place.path());
    start_tags(&page);
    for tag in ["<script", "<b>", "<i>", "<u>", "onload=\""] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;"));
}
