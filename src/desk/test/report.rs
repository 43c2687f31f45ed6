//! The results of a test run as text for a person, as JSON, and as the XML that build servers read.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::base::counted::counted;
use crate::desk::test::{Format, NightFailure, PackResult, Request, Suggestions, TestResult, Tried};
use crate::rules::coverage::{Share, Shares};

/// Version of the JSON form.
const VERSION: u32 = 1;

/// The whole report.
pub(super) fn report(results: &[PackResult], request: &Request) -> String {
    match request.format {
        Format::Text => text(results, request),
        Format::Json => format!("{:#}\n", json(results)),
        Format::Junit => junit(results),
    }
}

// Writing into a String cannot fail: its result is dropped everywhere in this file.
fn text(results: &[PackResult], request: &Request) -> String {
    let mut text = String::new();
    for test in results.iter().flat_map(|pack| &pack.tests).filter(|test| !test.failures.is_empty()) {
        failed(test, &mut text);
    }
    for pack in results {
        if let Some(tried) = &pack.tried {
            coverage(&pack.folder, tried, pack.suggestions.as_ref(), request, &mut text);
        }
        if let (Some(tests), Some(out)) = (&pack.suggestions, &request.out) {
            let _ = match tests.count {
                0 => writeln!(text, "no missing test was found: {} is not written\n", out.display()),
                count => writeln!(text, "{count} missing tests are in {}: read each before you keep it\n", out.display()),
            };
        }
    }
    let tests = results.iter().map(|pack| pack.tests.len()).sum::<usize>();
    let failed = results.iter().flat_map(|pack| &pack.tests).filter(|test| !test.failures.is_empty()).count();
    let _ = writeln!(text, "{}, {} passed, {failed} failed", counted(tests, "test"), tests - failed);
    text
}

fn failed(test: &TestResult, text: &mut String) {
    let _ = writeln!(text, "FAILED  {}\n        {}", test.name, test.place);
    for night in &test.failures {
        let _ = writeln!(text, "  night of {}", night.as_of);
        for line in differences(night) {
            let _ = writeln!(text, "    {line}");
        }
        for line in night.explanation.lines() {
            let _ = writeln!(text, "    {line}");
        }
    }
    text.push('\n');
}

/// What was expected and what came, one a line, then what was set by hand.
fn differences(night: &NightFailure) -> Vec<String> {
    let mut lines: Vec<String> = night.problem.iter().flat_map(|problem| problem.lines().map(str::to_owned)).collect();
    for difference in &night.differences {
        let (key, expected, got) = (&difference.key, &difference.expected, &difference.got);
        lines.push(format!("{key:<14} expected {expected}, got {got}   ({})", difference.place));
    }
    if !night.by_hand.is_empty() {
        lines.push(format!("set by hand, not worked out: {}", night.by_hand.join(", ")));
    }
    lines
}

/// How much of each kind of thing was tried.
fn shares(shares: &Shares, text: &mut String) {
    for (what, share) in [
        ("rules that decide something", shares.rules),
        ("conditions, true and false", shares.conditions),
        ("thresholds, below, at and above", shares.thresholds),
        ("single changes that a test tells", shares.changes),
    ] {
        let _ = writeln!(text, "  {what:<34} {:>5} of {:>5}   {}", share.seen, share.of, percent(share));
    }
}

/// What was tried. Of gaps that the missing tests close only the number is told.
fn coverage(folder: &str, tried: &Tried, suggestions: Option<&Suggestions>, request: &Request, text: &mut String) {
    let _ = writeln!(text, "coverage of {folder}");
    shares(&tried.shares, text);
    if !tried.of_the_portfolio.is_empty() {
        let what = tried.of_the_portfolio.join(", ");
        let _ = writeln!(text, "  not covered: {what}: these take a portfolio, and a test has one customer");
    }
    let suggestions = suggestions.filter(|suggestions| suggestions.count > 0);
    let open = suggestions.map_or(&tried.gaps, |suggestions| &suggestions.reached.gaps);
    for gaps in open.chunk_by(|one, other| (&one.place, &one.owner) == (&other.place, &other.owner)) {
        let what: Vec<&str> =
            gaps.iter().map(|gap| gap.name.strip_prefix(gap.owner.as_str()).map_or("", |rest| rest.trim_start_matches(": "))).collect();
        let _ = writeln!(text, "  not tried   {:<32} {}: {}", gaps[0].place, gaps[0].owner, what.join("; "));
    }
    for (gap, exception) in &tried.excepted {
        let _ = writeln!(text, "  excepted    {:<32} {} ({})", gap.place, gap.name, exception.why);
    }
    for stale in &tried.stale {
        let _ = writeln!(text, "  not a gap   {:<32} {}: delete this exception", format!("{}:{}", stale.path, stale.line), stale.gap);
    }
    if let (Some(least), false) = (request.least, tried.is_enough) {
        let _ = writeln!(text, "  below the {least}% asked for");
    }
    if let Some(suggestions) = suggestions {
        let (tests, close) = if suggestions.count == 1 { ("test", "closes") } else { ("tests", "close") };
        let closed = counted(tried.gaps.len().saturating_sub(suggestions.reached.gaps.len()), "gap");
        let _ = writeln!(text, "with the {} missing {tests}, which {close} {closed}", suggestions.count);
        shares(&suggestions.reached.shares, text);
    }
    text.push('\n');
}

/// Rounded down, so that 100% means all.
fn percent(share: Share) -> String {
    let tenths = (share.seen * 1_000).checked_div(share.of).unwrap_or(1_000);
    format!("{}.{}%", tenths / 10, tenths % 10)
}

fn json(results: &[PackResult]) -> Value {
    let packs: Vec<Value> = results.iter().map(pack_json).collect();
    json!({ "relance_test": VERSION, "packs": packs })
}

fn pack_json(pack: &PackResult) -> Value {
    let tests: Vec<Value> = pack.tests.iter().map(test_json).collect();
    let mut value = json!({ "folder": pack.folder, "tests": tests });
    if let Some(tried) = &pack.tried {
        value["coverage"] = tried_json(tried);
    }
    if let Some(suggestions) = &pack.suggestions {
        value["suggestions"] = json!(suggestions.file);
        let reached = tried_json(&suggestions.reached);
        let kept = ["rules", "conditions", "thresholds", "changes", "gaps"].map(|key| (key.to_owned(), reached[key].clone()));
        value["with_suggestions"] = Value::Object(kept.into_iter().collect());
    }
    value
}

fn tried_json(tried: &Tried) -> Value {
    let share = |share: Share| json!({ "of": share.of, "seen": share.seen });
    let gaps: Vec<Value> = tried.gaps.iter().map(|gap| json!({ "gap": gap.name, "place": gap.place })).collect();
    let excepted: Vec<Value> =
        tried.excepted.iter().map(|(gap, by)| json!({ "gap": gap.name, "place": gap.place, "why": by.why })).collect();
    let stale: Vec<Value> = tried.stale.iter().map(|by| json!({ "gap": by.gap, "place": format!("{}:{}", by.path, by.line) })).collect();
    json!({
        "rules": share(tried.shares.rules),
        "conditions": share(tried.shares.conditions),
        "thresholds": share(tried.shares.thresholds),
        "changes": share(tried.shares.changes),
        "not_covered": tried.of_the_portfolio,
        "gaps": gaps,
        "excepted": excepted,
        "stale": stale,
        "enough": tried.is_enough,
    })
}

fn test_json(test: &TestResult) -> Value {
    let night = |night: &NightFailure| {
        let differences: Vec<Value> = night
            .differences
            .iter()
            .map(|one| json!({ "key": one.key, "expected": one.expected, "got": one.got, "place": one.place }))
            .collect();
        json!({
            "as_of": night.as_of.to_string(),
            "differences": differences,
            "problem": night.problem,
            "set_by_hand": night.by_hand,
            "explanation": night.explanation,
        })
    };
    let failures: Vec<Value> = test.failures.iter().map(night).collect();
    json!({ "name": test.name, "place": test.place, "passed": test.failures.is_empty(), "failures": failures })
}

fn junit(results: &[PackResult]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for pack in results {
        let failed = pack.tests.iter().filter(|test| !test.failures.is_empty()).count();
        let folder = escaped(&pack.folder);
        let _ = writeln!(xml, "  <testsuite name=\"{folder}\" tests=\"{}\" failures=\"{failed}\">", pack.tests.len());
        for test in &pack.tests {
            case(test, &folder, &mut xml);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn case(test: &TestResult, folder: &str, xml: &mut String) {
    let (file, line) = test.place.rsplit_once(':').unwrap_or((&test.place, "0"));
    let head = format!("    <testcase classname=\"{folder}\" name=\"{}\" file=\"{}\" line=\"{line}\"", escaped(&test.name), escaped(file));
    if test.failures.is_empty() {
        let _ = writeln!(xml, "{head}/>");
        return;
    }
    let _ = writeln!(xml, "{head}>");
    for night in &test.failures {
        let lines = differences(night);
        let first = lines.first().map_or("", String::as_str);
        let body = format!("{}\n{}", lines.join("\n"), night.explanation);
        let _ = writeln!(xml, "      <failure message=\"night of {}: {}\">{}</failure>", night.as_of, escaped(first), escaped(&body));
    }
    xml.push_str("    </testcase>\n");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
