//! The pages for users keep up with the data contract: every table and column is named where its kind is described.

use relance::base::contract::{self, INPUTS, TableSpec};

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
        contract::penalties::SPEC,
        contract::penalty_totals::SPEC,
        contract::kpis::SPEC,
        contract::aging::SPEC,
        contract::transitions::SPEC,
        contract::state::SPEC,
        contract::rejects::SPEC,
        contract::findings::SPEC,
    ];
    check(include_str!("../docs/outputs.md"), &outputs);
}
