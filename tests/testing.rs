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
    Request {
        paths: vec![path.to_owned()],
        of_job: None,
        filter: None,
        format,
        coverage: false,
        least: None,
        suggest: false,
        out: None,
        force: false,
    }
}

/// What is said, without the place of this project.
fn told(request: &Request) -> Told {
    let told = test(request).unwrap_or_else(|failure| panic!("{failure}"));
    let home = format!("{}/", env!("CARGO_MANIFEST_DIR"));
    Told { text: told.text.replace(&home, ""), tests: told.tests.map(|tests| tests.replace(&home, "")), ..told }
}

/// Compares with a golden file; `BLESS=1` rewrites it.
fn check(golden: &Path, text: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::write(golden, text).expect("a writable golden file");
    }
    let expected = fs::read_to_string(golden).unwrap_or_default();
    assert_eq!(text, expected, "{}: run with BLESS=1 and read the difference", golden.display());
}

#[track_caller]
fn check_pack(pack: &str) {
    let told = told(&Request { least: Some(100), ..request(&folder("rules").join(pack), Format::Text) });
    assert!(told.holds, "{pack}:\n{}", told.text);
}

#[test]
fn the_french_pack_satisfies_its_tests_and_is_covered_by_them() {
    check_pack("fr-b2b");
}

#[test]
fn the_british_pack_satisfies_its_tests_and_is_covered_by_them() {
    check_pack("uk-b2b");
}

#[test]
fn the_other_packs_satisfy_their_tests_and_are_covered_by_them() {
    ["fr-consumer", "eu-b2b", "us-consumer"].into_iter().for_each(check_pack);
}

/// Aggregates, and rules on trial: these decide nothing, so coverage does not ask for them.
#[test]
fn what_the_language_promises_can_be_expected() {
    let told = told(&Request { least: Some(100), ..request(&folder("testdata/tests/language"), Format::Text) });
    assert!(told.holds, "{}", told.text);
}

/// No rule of the pack names an address: the guards of the night find what a test says is missing.
#[test]
fn a_missing_address_stops_what_needs_it() {
    let told = told(&request(&folder("testdata/tests/addresses"), Format::Text));
    assert!(told.holds, "{}", told.text);
}

/// Two published examples of scores: ranges with their ends, and the nearest score below one's own.
#[test]
fn score_ranges_and_the_nearest_lower_score() {
    let told = told(&request(&folder("testdata/tests/scores"), Format::Text));
    assert!(told.holds, "{}", told.text);
}

/// Which contact a step makes where several would reach the customer, and what comes next by the same order.
#[test]
fn channels_come_in_the_order_of_their_keys() {
    let told = told(&Request { coverage: true, ..request(&folder("testdata/tests/channels"), Format::Text) });
    assert!(told.holds, "{}", told.text);
    // Each word of the key makes a difference to some test, and the key itself decides.
    assert!(told.text.contains("not tried") && !told.text.contains("channels:"), "{}", told.text);
}

/// A letter and a call of one night: expected together, each by its row, and held back alone.
#[test]
fn what_goes_with_a_step_can_be_expected() {
    let told = told(&Request { coverage: true, ..request(&folder("testdata/tests/companions"), Format::Text) });
    assert!(told.holds, "{}", told.text);
    assert!(told.text.contains("not tried") && !told.text.contains(".also.evening_call"), "{}", told.text);
}

#[test]
fn it_is_told_why_nothing_goes_with_a_step() {
    for (given, expected) in [
        ("phone: missing", "everyone.formal_notice.also.evening_call no telephone number"),
        ("invoices.I-1.amount: 20 EUR", "everyone.formal_notice.also.evening_call exposure >= 500 EUR: exposure is 20.00 EUR"),
        ("contacts: [{contacted_on: 2026-11-12, channel: phone}]", "also         call               held by calls"),
        ("tier: key", "also         call               due"),
    ] {
        let text = why("testdata/tests/companions", given, "action: visit");
        assert!(text.contains(expected), "{given}:\n{text}");
    }
}

/// The pack of one folder with one test of its own that fails: why the night decided so.
fn why(pack: &str, given: &str, expect: &str) -> String {
    let place = tempfile::tempdir().expect("a temporary folder");
    let rules = folder(pack).join("escalation.yaml");
    fs::copy(rules, place.path().join("escalation.yaml")).expect("the rules");
    let head = "relance: 1\nkind: test\ncurrency: EUR\nas_of: 2026-11-17\ngiven:\n  invoices: [{invoice_id: I-1, amount: 900 EUR, days_past_due: 3 days}]";
    let test = format!("{head}\ntests:\n  - test: one that fails\n    with: {{{given}}}\n    expect: {{{expect}}}\n");
    fs::write(place.path().join("pack.test.yaml"), test).expect("a test");
    let told = told(&request(place.path(), Format::Text));
    assert!(!told.holds, "{}", told.text);
    told.text
}

#[test]
fn it_is_told_why_a_channel_goes_first() {
    for (given, expected) in [
        ("preferred_channel: letter", "letter             preferred, before email"),
        ("preferred_channel: email", "email              preferred, before sms"),
        ("phone: missing, email: missing", "letter             as written: nothing tells its channels apart"),
    ] {
        let text = why("testdata/tests/channels", given, "action: visit");
        assert!(text.contains(&format!("channel      {expected}")), "{given}:\n{text}");
    }
}

/// Promises, plans with their states, extensions that move the clock, and what customers propose.
#[test]
fn arrangements_are_watched_and_move_the_clock() {
    let told = told(&request(&folder("testdata/tests/arrangements"), Format::Text));
    assert!(told.holds, "{}", told.text);
}

/// What a person decides for one customer, until a day.
#[test]
fn overrides_stand_in_for_rules_until_they_expire() {
    let told = told(&request(&folder("testdata/tests/overrides"), Format::Text));
    assert!(told.holds, "{}", told.text);
}

/// Deductions by kind, credit notes that are due, disputes, invoices written twice; methods and rejections.
#[test]
fn what_is_verified_and_what_came_back_is_told_as_facts() {
    let told = told(&request(&folder("testdata/tests/verification"), Format::Text));
    assert!(told.holds, "{}", told.text);
}

/// The most natural first test of a later step: what is said of it, followed, makes it hold.
#[test]
fn a_step_that_comes_after_another_says_so() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let steps =
        "      - {step: day_after, at: 1 day, do: email, template: a}\n      - {step: reminder, at: 8 days, do: email, template: b}\n";
    let ladder = "    clock: oldest_days_past_due\n    gap: 4 days\n    resume: first_unserved\n    terminal: stop\n    steps:\n";
    let rules = format!("relance: 1\nkind: escalation\npolicies:\n  - policy: all\n    for: true\n{ladder}{steps}");
    fs::write(place.path().join("escalation.yaml"), rules).expect("a writable file");
    let run = |with: &str| {
        let given = "given:\n  invoices:\n    - {invoice_id: I-1, amount: 100 EUR, days_past_due: 8 days}\n";
        let test = format!("tests:\n  - test: the reminder\n{with}    expect: {{step: reminder}}\n");
        let text = format!("relance: 1\nkind: test\ncurrency: EUR\nas_of: 2026-11-17\n{given}{test}");
        fs::write(place.path().join("pack.test.yaml"), text).expect("a writable file");
        told(&request(place.path(), Format::Text))
    };
    let without = run("");
    let why = "why not\n      all.reminder                     due at 8 days, after day_after: one step a night. A test of its night says last_step: day_after\n";
    assert!(!without.holds && without.text.contains(why), "{}", without.text);
    let with = run("    with: {last_step: day_after}\n");
    assert!(with.holds, "{}", with.text);
    let rests = run("    with: {last_step: day_after, days_since_last_action: 2 days}\n");
    assert!(rests.text.contains("all.reminder                     due at 8 days, the ladder rests until 2026-11-19\n"), "{}", rests.text);
}

/// What whoever starts a pack of their own copies from the page.
#[test]
fn the_smallest_pack_of_the_documentation_holds_its_tests() {
    let page = fs::read_to_string(folder("docs/first-rule.md")).expect("the page");
    let block = |start: &str| {
        let at = page.find(start).unwrap_or_else(|| panic!("no example begins with {start}"));
        page[at..].split("```").next().unwrap_or_default().to_owned()
    };
    let place = tempfile::tempdir().expect("a temporary folder");
    let (rules, tests) = (block("relance: 1\nkind: escalation\n"), block("relance: 1\nkind: test\n"));
    fs::write(place.path().join("escalation.yaml"), &rules).expect("a writable file");
    fs::write(place.path().join("reminder.test.yaml"), &tests).expect("a writable file");
    let kept = told(&request(place.path(), Format::Text));
    assert!(kept.holds && kept.text.contains("3 tests, 3 passed"), "{}", kept.text);
    // The amount in the condition of the step would write a letter about every small debt.
    let amount = "    enter_when: overdue_balance > 100 EUR      # whoever owes less hears nothing\n";
    let condition = "        when: overdue_balance > 100 EUR\n        otherwise:";
    assert!(rules.contains(amount));
    let as_condition = rules.replace(amount, "").replace("        otherwise:", condition);
    fs::write(place.path().join("escalation.yaml"), as_condition).expect("a writable file");
    let letter = told(&request(place.path(), Format::Text));
    assert!(letter.text.contains("action         expected none, got letter"), "{}", letter.text);
}

/// Which debts may go to whom, and what the others lack: each rule of it is seen true and false, and each slip is seen.
#[test]
fn what_agencies_may_take_can_be_expected() {
    let told = told(&Request { least: Some(100), ..request(&folder("testdata/tests/agencies"), Format::Text) });
    assert!(told.holds, "{}", told.text);
}

/// Neither arm depends on luck: a test draws it.
#[test]
fn each_arm_of_a_trial_can_be_tested() {
    let told = told(&Request { least: Some(100), ..request(&folder("testdata/tests/trials"), Format::Text) });
    assert!(told.holds, "{}", told.text);
}

/// From one test of one arm, the others are found, with whom the trial is not among.
#[test]
fn tests_of_the_other_arm_are_suggested() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let source = folder("testdata/tests/trials");
    for name in ["segmentation.yaml", "escalation.yaml"] {
        fs::copy(source.join(name), place.path().join(name)).expect("a file copied");
    }
    let text = fs::read_to_string(source.join("pack.test.yaml")).expect("the test file");
    let (first, _) = text.split_once("  - test: the champion").expect("a second test");
    fs::write(place.path().join("pack.test.yaml"), first).expect("a writable file");
    let out = place.path().join("missing.test.yaml");
    let suggest = Request { suggest: true, out: Some(out.clone()), ..request(place.path(), Format::Text) };
    assert!(told(&suggest).text.contains("missing tests are in "));
    let suggested = fs::read_to_string(&out).expect("the tests suggested");
    assert!(suggested.contains("with: {trial_arm.call_first: control}"), "{suggested}");
    let all = told(&Request { least: Some(100), ..request(place.path(), Format::Text) });
    assert!(all.holds, "{}\n{suggested}", all.text);
}

/// Each is a slip of somebody who changes rules: a suggested test fails, and one that changes no outcome of a customer fails none.
#[test]
fn suggested_tests_see_what_is_changed_later() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let source = folder("testdata/tests/changes");
    for name in ["segmentation.yaml", "escalation.yaml", "pack.test.yaml"] {
        fs::copy(source.join(name), place.path().join(name)).expect("a file copied");
    }
    fs::copy(folder("rules/fr-b2b/rates.yaml"), place.path().join("rates.yaml")).expect("a file copied");
    let out = place.path().join("missing.test.yaml");
    told(&Request { suggest: true, out: Some(out.clone()), ..request(place.path(), Format::Text) });
    let suggested = fs::read_to_string(&out).expect("the tests suggested");
    let changes = [
        ("escalation.yaml", "template: formal_notice", "template: reminder", true),
        ("escalation.yaml", "{do: letter, template: reminder}", "{do: letter, template: friendly_call}", true),
        ("escalation.yaml", "pay_within: 8 days", "pay_within: 80 days", true),
        ("escalation.yaml", "        approve: credit_manager\n", "", true),
        ("escalation.yaml", "3 business days", "4 business days", true),
        ("escalation.yaml", "3 business days", "2 business days", true),
        ("escalation.yaml", "at: 40 days", "at: 41 days", true),
        ("escalation.yaml", "otherwise: post", "otherwise: phone", true),
        ("escalation.yaml", "regime: FR_B2B", "regime: FR_PUBLIC", true),
        ("rates.yaml", "margin: 10%", "margin: 1%", true),
        ("escalation.yaml", "gap: 5 days", "gap: 6 days", true),
        ("escalation.yaml", "gap: 5 days", "gap: 4 days", true),
        ("escalation.yaml", "capacity: {phone: 5}", "capacity: {phone: 6}", true),
        ("escalation.yaml", "capacity: {phone: 5}", "capacity: {phone: 4}", true),
        ("escalation.yaml", "at_most: 2", "at_most: 1", true),
        ("escalation.yaml", "at_most: 2", "at_most: 3", true),
        ("escalation.yaml", "within: 7 days", "within: 8 days", true),
        ("escalation.yaml", "per: customer", "per: group", true),
        ("escalation.yaml", "count: [letter, call]", "count: [call]", true),
        ("escalation.yaml", "then: postpone", "then: drop", true),
        ("escalation.yaml", "skip: [saturday, sunday", "skip: [sunday", true),
        ("escalation.yaml", "saturday, sunday, public_holidays", "saturday, sunday", true),
        ("escalation.yaml", "then: next_business_day", "then: drop", true),
        ("escalation.yaml", "stops: [contact, escalation]", "stops: [contact]", true),
        ("escalation.yaml", "    stops:", "    clock: pauses\n    stops:", true),
        ("escalation.yaml", "to: agency", "to: bailiff", true),
        ("escalation.yaml", "terminal: stop", "terminal: {repeat_last: 10 days}", true),
        ("segmentation.yaml", "share: 10%", "share: 90%", false),
    ];
    for (file, from, to, seen) in changes {
        let path = place.path().join(file);
        let rules = fs::read_to_string(&path).expect("a rule file");
        assert!(rules.contains(from), "{file}: {from}");
        fs::write(&path, rules.replacen(from, to, 1)).expect("a writable file");
        let holds = test(&request(place.path(), Format::Text)).is_ok_and(|told| told.holds);
        assert_eq!(holds, !seen, "{file}: {from} -> {to}\n{suggested}");
        fs::write(&path, rules).expect("a writable file");
    }
}

/// A step without a condition gives way where its address is missing: no condition leads there, so the address itself is taken away.
#[test]
fn a_step_that_would_reach_nobody_is_suggested() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let step = "{step: reminder, at: 10 days, do: email, template: mail, otherwise: {do: letter, template: letter}}";
    let policy = "policies:\n  - policy: all\n    for: true\n    clock: oldest_days_past_due\n    terminal: stop\n    steps:";
    let rules = format!("relance: 1\nkind: escalation\n{policy}\n      - {step}\n");
    let given = "given:\n  invoices: [{amount: 100 EUR, days_past_due: 10 days}]\n";
    let tests = format!(
        "relance: 1\nkind: test\ncurrency: EUR\nas_of: 2026-11-17\n{given}tests:\n  - {{test: a mail, expect: {{action: email}}}}\n"
    );
    fs::write(place.path().join("escalation.yaml"), rules).expect("a writable file");
    fs::write(place.path().join("pack.test.yaml"), tests).expect("a writable file");
    let suggest = Request { suggest: true, ..request(place.path(), Format::Text) };
    let suggested = told(&suggest).tests.expect("tests on standard output");
    assert!(suggested.contains("email: missing") && !suggested.contains("no case found"), "{suggested}");
}

/// Cases are looked for next to those there are: of a ladder that none of them is on, that is all there is to say.
#[test]
fn a_ladder_that_no_test_reaches_is_told_once() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let ladder = |name: &str, whom: &str| {
        format!(
            "  - policy: {name}\n    for: {whom}\n    clock: oldest_days_past_due\n    resume: first_unserved\n    terminal: stop\n    steps:\n      \
             - {{step: first, at: 3 days, do: task}}\n      - {{step: second, at: 9 days, do: task}}\n"
        )
    };
    let whom = "placed and exposure > 900 EUR and tier is known and sector is known and rating is known and insurer is known";
    let rules = ["relance: 1\nkind: escalation\npolicies:\n", &ladder("reached", "not placed"), &ladder("far", whom)].concat();
    let tests = "relance: 1\nkind: test\ncurrency: EUR\nas_of: 2026-11-17\ngiven:\n  invoices: [{amount: 100 EUR, days_past_due: 3 days}]\n\
                 tests:\n  - test: one\n    expect: {action: task}\n";
    fs::write(place.path().join("escalation.yaml"), rules).expect("a writable file");
    fs::write(place.path().join("pack.test.yaml"), tests).expect("a writable file");
    let suggested = told(&Request { suggest: true, ..request(place.path(), Format::Text) }).tests.expect("tests on standard output");
    let comments: Vec<&str> = suggested.lines().filter(|line| line.starts_with('#') && line.contains("far")).collect();
    assert!(matches!(comments[..], [line] if line.starts_with("# no test reaches a step of the policy far (")), "{suggested}");
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
        assert_eq!(told.tests.is_some(), format == Format::Text, "JSON carries the tests itself");
        told.tests.iter().for_each(|tests| check(&place.join("suggested.txt"), tests));
    }
}

/// What is suggested is a test file: it holds as it stands, and leaves no gap that it said it closes.
#[test]
fn suggested_tests_hold_and_close_their_gaps() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let source = folder("testdata/tests/gaps");
    for name in ["segmentation.yaml", "escalation.yaml", "pack.test.yaml"] {
        fs::copy(source.join(name), place.path().join(name)).expect("a file copied");
    }
    let text = fs::read_to_string(place.path().join("pack.test.yaml")).expect("the test file");
    let (sound, _) = text.split_once("  - gap: 'segment").expect("an exception that is no gap");
    fs::write(place.path().join("pack.test.yaml"), sound).expect("a writable file");
    let out = place.path().join("missing.test.yaml");
    let request =
        |least, suggest, force| Request { least, suggest, out: suggest.then(|| out.clone()), force, ..request(place.path(), Format::Text) };
    let first = told(&request(None, true, false));
    assert!(first.tests.is_none() && first.text.contains("missing tests are in "), "{}", first.text);
    let second = told(&request(Some(100), false, false));
    assert!(second.holds, "{}", second.text);
    let refused = test(&request(None, true, false));
    assert_eq!(refused.map_err(|failure| failure.exit), Err(Exit::Usage), "the file is there");
    let nothing = told(&request(None, true, true));
    assert!(nothing.text.contains("no missing test was found"), "{}", nothing.text);
    assert!(out.is_file(), "a file is not emptied because nothing is missing");
}

#[test]
fn two_packs_do_not_share_a_file_of_suggestions() {
    let paths = vec![folder("testdata/tests/gaps"), folder("testdata/tests/language")];
    let both = Request { paths, suggest: true, out: Some(PathBuf::from("nowhere.test.yaml")), ..request(&folder("."), Format::Text) };
    assert_eq!(test(&both).map_err(|failure| failure.exit), Err(Exit::Usage));
}

#[test]
fn a_filter_chooses_by_name_and_must_fit_one() {
    let place = folder("testdata/tests/failing");
    let one = told(&Request { filter: Some("by amount: just".to_owned()), ..request(&place, Format::Text) });
    assert!(one.holds, "{}", one.text);
    assert!(one.text.starts_with("1 test, 1 passed"), "{}", one.text);
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
