//! The pages for users keep up with the data contract: every table and column is named where its kind is described.

#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

use std::path::Path;

use relance::base::contract::{self, INPUTS, TableSpec};
use relance::base::date::Date;
use relance::base::money::Currency;
use relance::base::terms::{EomMethod, Terms};
use relance::rules::compile::compile;
use relance::rules::diagnostics::render;
use relance::rules::program::{Field, Grain, MISSING, Type};
use relance::rules::shipped::PACKS;
use relance::rules::sources::SourceFile;
use relance::settings::Settings;

/// The part of a page under the heading of a table; empty where it has no such heading.
fn section<'a>(page: &'a str, table: &str) -> &'a str {
    let heading = format!("\n## {table}\n");
    let rest = page.split_once(&heading).map_or("", |(_, rest)| rest);
    rest.split("\n## ").next().unwrap_or(rest)
}

fn check(page: &str, tables: &[TableSpec]) {
    for table in tables {
        let text = section(page, table.name);
        for column in table.columns {
            assert!(text.contains(&format!("`{}`", column.name)), "{}.{} is not on the page", table.name, column.name);
        }
    }
}

#[test]
fn every_input_column_is_described() {
    check(include_str!("../docs/inputs.md"), INPUTS);
}

#[test]
fn required_columns_are_marked() {
    let page = include_str!("../docs/inputs.md");
    for table in INPUTS {
        for column in table.columns {
            let marked = section(page, table.name).contains(&format!("| `{}` * |", column.name));
            assert_eq!(marked, column.required, "{}.{}", table.name, column.name);
        }
    }
}

#[test]
fn every_output_column_is_described() {
    let outputs = [
        contract::open_items::SPEC,
        contract::unallocated::SPEC,
        contract::actions::SPEC,
        contract::action_items::SPEC,
        contract::tasks::SPEC,
        contract::proposals::SPEC,
        contract::routes::SPEC,
        contract::placements::SPEC,
        contract::placement_changes::SPEC,
        contract::placement_refusals::SPEC,
        contract::batches::SPEC,
        contract::agency_accounts::SPEC,
        contract::penalties::SPEC,
        contract::penalty_totals::SPEC,
        contract::kpis::SPEC,
        contract::attainment::SPEC,
        contract::aging::SPEC,
        contract::transitions::SPEC,
        contract::state::SPEC,
        contract::rejects::SPEC,
        contract::findings::SPEC,
    ];
    check(include_str!("../docs/outputs.md"), &outputs);
}

#[test]
fn the_terms_on_the_page_are_terms_of_a_job() {
    let page = include_str!("../docs/calendars-and-terms.md");
    let (_, rest) = page.split_once("```yaml\nterms:\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("an end");
    let job = format!("relance: 1\nportfolio: {{invoices: a}}\nrules: r\nreporting_currency: EUR\nterms:\n{example}");
    let settings = Settings::parse(&job, Path::new("relance.yaml"), &|_| None).unwrap_or_else(|failure| panic!("{failure}"));
    let terms = settings.terms.expect("the section");
    assert_eq!((terms.codes.len(), terms.legal_maximum.len()), (3, 1));
    // Every kind in the table of the page is read, "eom" once it is said how.
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | ")).map(|(text, _)| text);
    let texts: Vec<&str> = rows.filter(|text| text.contains(['(']) || text.starts_with("eom") || text.starts_with("next")).collect();
    assert_eq!(texts.len(), 9, "{texts:?}");
    for text in texts {
        Terms::parse(text, Some(EomMethod::After)).unwrap_or_else(|message| panic!("{text}: {message}"));
    }
}

fn type_of(ty: &Type) -> String {
    match ty {
        Type::Money => "money".to_owned(),
        Type::Rate => "rate".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Days => "days".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Bool => "true or false".to_owned(),
        Type::Text => "text".to_owned(),
        Type::Enum(names) | Type::Tags(names) => names.join(", "),
    }
}

/// What the dictionary itself says of a field, which has a line of its own there.
fn is_optional(field: &str) -> bool {
    let start = format!("  {field}: {{");
    let line = include_str!("../src/rules/dictionary.yaml").lines().find(|line| line.starts_with(&start));
    line.expect("a line").contains("optional: true")
}

fn value_of(ty: &Type, cell: i64) -> String {
    match ty {
        Type::Bool => (cell == 1).to_string(),
        Type::Enum(names) => names[usize::try_from(cell).expect("a place")].clone(),
        _ => panic!("a default of {ty:?}"),
    }
}

/// The fields every rule set has, as a page: `BLESS=1 cargo test --test pages` writes it anew.
#[test]
fn every_built_in_field_is_listed() {
    let day = Date::parse("2026-11-21").expect("a day");
    let euro = Currency::parse(b"EUR").expect("a currency");
    let program = compile(&[], day, euro).expect("rules that say nothing").program;
    let of_grain = |grain: Grain| -> String {
        let fields = program.fields.iter().filter(|field| field.grain == grain);
        let row = |field: &Field| {
            let missing = match field.default {
                MISSING if is_optional(&field.name) => "yes".to_owned(),
                MISSING => "never".to_owned(),
                cell => format!("counts as {}", value_of(&field.ty, cell)),
            };
            format!("| `{}` | {} | {missing} | {} |\n", field.name, type_of(&field.ty), field.label)
        };
        fields.map(row).collect()
    };
    let head = "| field | type | can be missing | meaning |\n|---|---|---|---|\n";
    let page = format!(
        "# The fields rules may read\n\nA pack adds its own columns, derived fields and results of tables to these. What can be missing has to be asked for first:\n\
         `phone is known and ...`, or `if_missing(rating, 'C') = 'A'`.\n\n## Of the customer\n\n{head}{}\n## Of the invoice\n\n{head}{}",
        of_grain(Grain::Customer),
        of_grain(Grain::Invoice)
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fields.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &page).expect("written");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), page);
}

/// The lines of the first example of a page that begins so.
fn example<'p>(page: &'p str, start: &str) -> Vec<&'p str> {
    let begins = |at: usize| page[at..].starts_with(start).then_some(at);
    let mut starts = page.match_indices("```yaml\n").filter_map(|(at, fence)| begins(at + fence.len()));
    let at = starts.next().unwrap_or_else(|| panic!("no example begins with {start}"));
    page[at..].lines().take_while(|line| *line != "```").collect()
}

/// Whoever copies an example, or looks for it in the pack, finds it there line by line.
#[test]
fn examples_of_the_starter_pack_are_in_the_starter_pack() {
    let read = |name: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("a file");
    let (readme, first) = (read("README.md"), read("docs/first-rule.md"));
    let escalation = read("rules/fr-b2b/escalation.yaml");
    let tests = read("rules/fr-b2b/escalation.test.yaml");
    for (page, start, pack) in
        [(&readme, "  - policy: company\n", &escalation), (&first, "      - step: call", &escalation), (&readme, "tests:\n", &tests)]
    {
        let lines = example(page, start);
        let copied = lines.strip_prefix(&["tests:"]).unwrap_or(&lines).join("\n");
        assert!(pack.contains(&copied), "not in the pack as it stands:\n{copied}");
    }
}

/// The packs of the table in README are those that are shipped.
#[test]
fn the_packs_of_the_readme_are_the_shipped_ones() {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("| pack | for |\n|---|---|\n").expect("a table of packs");
    let named: Vec<&str> = rest.lines().map_while(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name).collect();
    let shipped: Vec<&str> = PACKS.iter().map(|pack| pack.name).collect();
    assert_eq!(named, shipped);
    for pack in PACKS {
        assert!(rest.contains(&format!("| `{}` | {}", pack.name, pack.about)), "{}", pack.name);
    }
}

/// The examples of the rule language are rules: those that say a whole section go together into one pack that compiles.
#[test]
fn the_examples_of_the_rule_language_compile() {
    let page = include_str!("../docs/rule-language.md");
    let section = |start: &str| example(page, start).join("\n") + "\n";
    let parts = section("parameters:");
    let (parameters, rest) = parts.split_once("\nlists:").expect("lists");
    let (lists, limits) = rest.split_once("\ncaps:").expect("caps");
    let lists = lists.replace(", file: key_accounts.csv, column: customer_id", ", values: [C-1]");
    let steps = section("      - step: reminder                # in escalation.yaml");
    let trials = section("trials:");
    let points = section("  - table: warning_points");
    let segment = "  - table: segment\n    grain: customer\n    hit: first\n    output: {segment: [company, consumer]}\n    rules:\n      \
                   - {id: firms, when: customer_type is known and customer_type = company, then: company}\n    otherwise: consumer\n";
    let policy =
        format!("policies:\n  - policy: all\n    for: true\n    clock: oldest_days_past_due\n    terminal: stop\n    steps:\n{steps}");
    let files = [
        ("lists.yaml", format!("relance: 1\nkind: lists\nlists:{lists}\n")),
        ("segmentation.yaml", format!("relance: 1\nkind: segmentation\ntables:\n{segment}{points}{trials}")),
        ("escalation.yaml", format!("relance: 1\nkind: escalation\n{parameters}\n{policy}caps:{limits}")),
    ]
    .map(|(path, text)| SourceFile { path: path.to_owned(), text });
    let euro = Currency::parse(b"EUR").expect("a currency");
    let compiled = compile(&files, Date::parse("2027-02-01").expect("a day"), euro);
    assert!(compiled.is_ok(), "{}", render(&compiled.err().unwrap_or_default(), &files, false));
}
