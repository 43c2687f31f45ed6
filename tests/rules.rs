//! The shipped packs and the error catalogue: whole rule sets in, programs or messages out.
#![allow(clippy::expect_used, clippy::panic, reason = "a broken catalogue or sample ends the test")]

mod large_rules;

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use relance::base::calendar::{Calendar, CalendarName};
use relance::base::date::Date;
use relance::base::money::Currency;
use relance::rules::check::{Checked, When, check};
use relance::rules::codes;
use relance::rules::compile::{Compiled, compile};
use relance::rules::diagnostics::{Diagnostic, render};
use relance::rules::program::{Contractual, OnPayment, PolicyChange, Program, Span as Days, Terminal, Use, Verb};
use relance::rules::sources::SourceFile;
use relance::rules::test_file;

const AS_OF: &str = "2026-12-15";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The rule files of a folder, named without the folder.
fn files(folder: &Path) -> Vec<SourceFile> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    let read = paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "csv"));
    read.map(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        SourceFile { path: name.unwrap_or_default(), text: fs::read_to_string(&path).expect("a rule file in UTF-8") }
    })
    .collect()
}

fn compiled(files: &[SourceFile], currency: &[u8]) -> Result<Compiled, Vec<Diagnostic>> {
    compile(files, Date::parse(AS_OF).expect("a day"), Currency::parse(currency).expect("a currency"))
}

fn checked(files: &[SourceFile], currency: &[u8]) -> Checked {
    check(files, When::From(Date::parse(AS_OF).expect("a day")), Currency::parse(currency).expect("a currency"))
}

/// What a person sees of a rule set: all findings, whether it is accepted, and what is said of its tests.
fn report(files: &[SourceFile]) -> String {
    let checked = checked(files, b"EUR");
    let findings: Vec<Diagnostic> = checked.findings.iter().map(|finding| finding.diagnostic.clone()).collect();
    let accepted = if checked.is_sound() { "accepted\n\n" } else { "" };
    let of_tests = compiled(files, b"EUR").map(|compiled| report_tests(files, &compiled.program)).unwrap_or_default();
    format!("{accepted}{}{of_tests}", render(&findings, files, false))
}

fn report_tests(files: &[SourceFile], program: &Program) -> String {
    let tests = (0..).zip(files).filter(|(_, file)| file.path.ends_with(".test.yaml"));
    let findings = tests.flat_map(|(index, _)| test_file::read(files, index, program).err().unwrap_or_default());
    render(&findings.collect::<Vec<_>>(), files, false)
}

#[test]
fn nothing_is_found_in_the_shipped_packs() {
    for (pack, currency) in [("eu-b2b", b"EUR"), ("fr-b2b", b"EUR"), ("fr-consumer", b"EUR"), ("uk-b2b", b"GBP"), ("us-consumer", b"USD")] {
        let files = files(&root().join("rules").join(pack));
        let findings: Vec<Diagnostic> = checked(&files, currency).findings.into_iter().map(|finding| finding.diagnostic).collect();
        assert!(findings.is_empty(), "{pack}:\n{}", render(&findings, &files, false));
    }
}

#[test]
fn every_code_is_provoked_by_a_case() {
    let catalogue = root().join("testdata/errors");
    let folders = fs::read_dir(&catalogue).expect("the catalogue").map(|entry| entry.expect("an entry").path());
    let all: String = folders.map(|folder| fs::read_to_string(folder.join("expected.txt")).expect("an expectation")).collect();
    // What needs a night before is provoked where nights are run.
    let all = all + &fs::read_to_string(root().join("tests/e2e/rule_language.rs")).expect("the tests of nights");
    let silent: Vec<_> = codes::ALL.iter().filter(|code| !all.contains(&format!("[{}]", code.id))).collect();
    assert!(silent.is_empty(), "no case provokes {silent:?}");
}

/// Each folder under `testdata/errors` holds rule files and what is said about them. `BLESS=1` rewrites the expectations.
#[test]
fn every_case_of_the_error_catalogue_reads_as_expected() {
    let bless = std::env::var_os("BLESS").is_some();
    let catalogue = root().join("testdata/errors");
    let mut folders: Vec<_> = fs::read_dir(&catalogue).expect("the catalogue").map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    let mut different = Vec::new();
    // Cases with data belong to the tests of the command.
    for folder in folders.into_iter().filter(|folder| !folder.join("data").exists()) {
        let found = report(&files(&folder));
        let expected = folder.join("expected.txt");
        if bless {
            fs::write(&expected, &found).expect("a writable catalogue");
        } else if fs::read_to_string(&expected).unwrap_or_default() != found {
            different.push(format!("{}:\n{found}", folder.display()));
        }
    }
    assert!(different.is_empty(), "run with BLESS=1 and read the difference\n{}", different.join("\n"));
}

fn sample() -> Vec<SourceFile> {
    files(&root().join("testdata/rules/sample"))
}

fn sample_program(files: &[SourceFile]) -> Program {
    match compiled(files, b"EUR") {
        Ok(compiled) => compiled.program,
        Err(findings) => panic!("{}", render(&findings, files, false)),
    }
}

#[test]
fn a_rule_set_becomes_the_program_it_describes() {
    let program = sample_program(&sample());
    let table_ids: Vec<_> = program.tables.iter().map(|table| table.id.as_str()).collect();
    assert_eq!(table_ids, ["risk_grade", "segment", "tags"]);
    assert_eq!(program.tables[0].rows[3].0.id, "risk_grade.aging_broken");
    assert_eq!(program.tables[0].rows[3].0.text, "oldest_days_past_due 30..60, broken_promises_12m 2..");
    assert_eq!(program.tables[2].rows[3].1, 0b1000);
    assert_eq!(program.name, "dunning-ladders (collections-ops), receivables-segmentation (credit-policy)");
    assert_eq!(program.calendar, Calendar::named(CalendarName::France));
    let derived: Vec<_> = program.derived.iter().map(|derived| program.fields[derived.field.0 as usize].name.as_str()).collect();
    assert_eq!(derived, ["large_overdue", "oldest_large", "use_of_limit"]);

    let consumer = &program.policies[0];
    assert_eq!(consumer.clock, program.field("oldest_days_past_due"));
    assert_eq!(consumer.on_payment, OnPayment::Wait(Days { days: 7, business: false }));
    assert_eq!(consumer.terminal, Terminal::Stop("handed over".to_owned()));
    assert_eq!(consumer.on_policy_change, PolicyChange::Map(vec![("statement".to_owned(), "reminder".to_owned())]));
    assert_eq!(consumer.steps.iter().map(|step| step.at).collect::<Vec<_>>(), [-5, 3, 45, 75]);
    let notice = &consumer.steps[2];
    assert_eq!((notice.action.verb, notice.action.cost), (Verb::RegisteredLetter, Some(650)));
    assert_eq!((notice.min_amount, notice.min_share.map(|share| share.0)), (Some(3_000), Some(100_000)));
    assert_eq!(program.policies[1].gap, Days { days: 3, business: true });

    assert_eq!(program.assignments[0].capacity, [(0, 120), (1, 60), (2, 900)]);
    assert_eq!(program.quiet_days.first().map(|quiet| (quiet.weekdays.as_slice(), quiet.public_holidays)), Some((&[6, 7][..], true)));
    let regime = &program.rates.regimes[0];
    let bands = regime.fixed_charge.as_ref().map(|charge| charge.bands.iter().map(|band| (band.from.0, band.charge.0)).collect::<Vec<_>>());
    assert_eq!(bands, Some(vec![(0, 4_000), (100_000, 7_050)]));
    assert_eq!(program.rates.series[0].rows[0].confirmed_by, None);
    assert_eq!((program.penalties[0].regime, program.penalties[1].regime), (Some(0), None));
    assert_eq!(program.penalties[0].contractual, Contractual::Invoice);
}

#[test]
fn fields_are_marked_as_the_rules_use_them() {
    let program = sample_program(&sample());
    let used = |name: &str| program.field(name).map(|id| program.fields[id.0 as usize].used);
    let cases = [
        ("overdue_balance", Use::Value),
        ("email", Use::Presence),
        ("phone", Use::Presence),
        ("customer_type", Use::Value),
        ("shop", Use::None),
        ("insurer", Use::None),
        ("amount_open", Use::Value),
        ("large_overdue", Use::Value),
        ("credit_limit", Use::Value),
        ("segment", Use::Value),
        ("penalty_rate", Use::Presence),
        ("dispute_status", Use::Value),
    ];
    for (name, expected) in cases {
        assert_eq!(used(name), Some(expected), "{name}");
    }
}

#[test]
fn the_hash_tells_meaning_from_formatting() {
    let hash = |files: &[SourceFile]| sample_program(files).hash;
    let original = sample();
    let edited = |from: &str, to: &str| {
        let mut files = sample();
        assert!(files.iter().any(|file| file.text.contains(from)), "{from}");
        files.iter_mut().for_each(|file| file.text = file.text.replace(from, to));
        hash(&files)
    };
    let first = hash(&original);
    assert_eq!(first.len(), 64);
    for (from, to) in [
        ("relance: 1\n", "# a comment\n\nrelance:   1\n"),
        ("\n", "\r\n"),
        ("dust:       5 EUR", "dust: '5 EUR'"),
        ("segment = consumer\n", "segment   =   consumer   # who\n"),
        ("overdue_balance >= 50_000 EUR", "overdue_balance>=50000"),
        ("if_missing(average_days_late_12m, 0 days)", "if_missing( average_days_late_12m ,0 days )"),
        ("segment = key_account or", "segment == key_account or"),
        ("phone: 900", "phone: 9_00"),
        ("2..,                 medium", "2 ..,                 medium"),
        ("    share: 10%\n    by: customer_id\n", "    by: customer_id\n    share: 10%\n"),
    ] {
        assert_eq!(edited(from, to), first, "{from:?} to {to:?}");
    }
    for (from, to) in [
        ("dust:       5 EUR", "dust: 6 EUR"),
        ("share: 10%", "share: 11%"),
        ("[C-1, C-2]", "[C-1, C_2]"),
        ("[G-1,", "[1_0,"),
        ("at: 45 days", "at: 46 days"),
    ] {
        assert_ne!(edited(from, to), first, "{from:?} to {to:?}");
    }
    let mut reversed = sample();
    reversed.reverse();
    assert_eq!(hash(&reversed), first, "the order of files");
}

#[test]
fn a_quoted_constant_is_a_text_unless_it_is_a_value() {
    let text = "relance: 1\nkind: segmentation\nconstants:\n  home: 'FR'\n  north: \"Nord Est\"\n  least: '5 EUR'\ndefine:\n  d:\n    means: D\n    when: exposure > least and country is known and (country = home or country = north)\n";
    let found = report(&[SourceFile { path: "s.yaml".to_owned(), text: text.to_owned() }]);
    assert!(found.starts_with("accepted") && !found.contains("error"), "{found}");
}

/// Pieces of rule files, whole and broken.
const PIECES: &[&str] = &[
    "relance: 1\n",
    "kind: segmentation\n",
    "kind: escalation\n",
    "define:\n",
    "  a:\n",
    "    means: A\n",
    "    when: ",
    "exposure",
    " > ",
    "5 EUR",
    "\n",
    " and ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    ": ",
    "- ",
    "#",
    "|\n",
    ">\n",
    "é",
    "€ ",
    "\t",
    "\u{feff}",
    "\0",
    "&a ",
    "*a ",
    "!t ",
    "<<: ",
    "---\n",
    "%YAML 1.2\n",
    "tables:\n",
    "  - table: t\n",
    "    hit: first\n",
    "..",
    "30",
    "2026-01-01",
    "%",
    "if ",
    "not ",
    "-",
    "\\n",
    "\r\n",
    "    ",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Any text is accepted or refused with messages that can be shown, never more.
    #[test]
    fn no_text_breaks_the_compiler(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40), header in any::<bool>()) {
        let start = if header { "relance: 1\nkind: segmentation\ndefine:\n  a:\n    means: A\n    when: " } else { "" };
        let files = [SourceFile { path: "rules.yaml".to_owned(), text: format!("{start}{}", pieces.concat()) }];
        prop_assert!(!report(&files).is_empty());
    }
}

#[test]
fn large_rule_sets_have_the_findings_their_bench_expects() {
    use large_rules::{HUNDRED_RULES, TWO_THOUSAND_ROWS, hundred_rules, two_thousand_rows};
    assert_eq!(large_rules::codes(&hundred_rules()), HUNDRED_RULES);
    assert_eq!(large_rules::codes(&two_thousand_rows()), TWO_THOUSAND_ROWS);
}
