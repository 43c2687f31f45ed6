//! Rule sets as large as they come, with what is found in them: measured by a bench, checked by a test.

use std::fmt::Write;

use relance::base::date::Date;
use relance::base::money::Currency;
use relance::rules::check::{When, check};
use relance::rules::sources::SourceFile;

/// The findings of a rule set, as codes.
pub fn codes(files: &[SourceFile]) -> Vec<&'static str> {
    let checked = check(files, When::From(Date::parse("2026-12-15").expect("a day")), Currency::parse(b"EUR").expect("a currency"));
    checked.findings.iter().map(|finding| finding.diagnostic.code.id).collect()
}

fn file(path: &str, text: String) -> SourceFile {
    SourceFile { path: path.to_owned(), text }
}

/// What is found in [`hundred_rules`].
pub const HUNDRED_RULES: [&str; 1] = ["R0504"];
/// What is found in [`two_thousand_rows`].
pub const TWO_THOUSAND_ROWS: [&str; 1] = ["R0502"];

/// Ten tables of ten rules each, a ladder and its policies; two rows of the last table hide each other.
pub fn hundred_rules() -> Vec<SourceFile> {
    let mut text = "relance: 1\nkind: segmentation\ntables:\n".to_owned();
    for table in 0..10 {
        let output = if table == 0 { "segment".to_owned() } else { format!("t{table}") };
        let _ = writeln!(text, "  - table: t{table}\n    grain: customer\n    hit: first\n    output: {{{output}: [a, b, c]}}\n    rules:");
        for rule in 0..10 {
            let least = if table == 9 { rule.min(8) } else { rule };
            let days = 200 - 10 * least;
            let when = format!(
                "oldest_days_past_due >= {days} and exposure > {} EUR and payment_pattern in (recurrent, worsening) or broken_promises_12m > {}",
                1000 - 50 * least,
                20 - least
            );
            let _ = writeln!(
                text,
                "      - {{id: r{rule}, when: \"({})\", then: {}}}",
                when.replace(" or ", ") or ("),
                ["a", "b", "c"][rule % 3]
            );
        }
        text.push_str("    otherwise: c\n");
    }
    let ladder = "relance: 1\nkind: escalation\npolicies:\n  - policy: p\n    for: segment in (a, b)\n    clock: oldest_days_past_due\n    terminal: stop\n    steps:\n      - {step: s, at: 3 days, do: task}\n  - {policy: q, for: segment = c, steps: []}\n";
    vec![file("segmentation.yaml", text), file("escalation.yaml", ladder.to_owned())]
}

/// A grid of 2 000 rows over five columns that fills every box once but the last.
pub fn two_thousand_rows() -> Vec<SourceFile> {
    let mut text = "relance: 1\nkind: segmentation\ntables:\n  - table: wide\n    grain: customer\n    hit: unique\n    output: {segment: [a, b, c]}\n    columns: [id, oldest_days_past_due, exposure, broken_promises_12m, payment_pattern, placed, segment]\n    rows:\n".to_owned();
    let range = |at: usize, of: usize, step: usize| match at {
        0 => format!("..{step}"),
        at if at + 1 == of => format!("{}..", at * step),
        at => format!("{}..{}", at * step, (at + 1) * step),
    };
    let patterns = ["none", "isolated", "recurrent", "worsening"];
    let mut row = 0;
    for days in 0..25 {
        for money in 0..5 {
            for broken in 0..2 {
                for pattern in patterns {
                    for placed in [true, false] {
                        row += 1;
                        if row > 1_999 {
                            continue;
                        }
                        let (days, money, broken) = (range(days, 25, 10), range(money, 5, 100), range(broken, 2, 2));
                        let _ = writeln!(
                            text,
                            "      - [r{row}, {days}, {money}, {broken}, {pattern}, {placed}, {}]",
                            ["a", "b", "c"][row % 3]
                        );
                    }
                }
            }
        }
    }
    vec![file("segmentation.yaml", text)]
}
