//! Suggested tests as text: what a file of them begins with, and what each says beyond that.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::base::date::Date;
use crate::rules::test_file::{GROUP, Given, GivenFact, GivenRow, Night, TestFile, Value};

/// What a test file begins with whose tests start from the same case as those of another one.
pub fn head(like: &TestFile) -> String {
    let mut head = String::from("relance: 1\nkind: test\n");
    // Writing into a String cannot fail.
    if !like.rules.is_empty() {
        let _ = writeln!(head, "rules: [{}]", like.rules.iter().map(|name| yaml(name)).collect::<Vec<_>>().join(", "));
    }
    if let Some(currency) = like.currency {
        let _ = writeln!(head, "currency: {currency}");
    }
    if let Some(as_of) = like.as_of {
        let _ = writeln!(head, "as_of: {as_of}");
    }
    if !like.base.tables.is_empty() || !like.base.facts.is_empty() || !like.base.group.is_empty() {
        head.push_str("\ngiven:\n");
    }
    if !like.base.group.is_empty() {
        let _ = writeln!(head, "  {}", group(&like.base));
    }
    for (table, rows) in &like.base.tables {
        match (*table, rows.as_slice()) {
            ("customers", [customer]) => {
                let _ = writeln!(head, "  customer: {{{}}}", cells(customer, true).join(", "));
            }
            _ => {
                let rows: String = rows.iter().map(|row| format!("    - {{{}}}\n", cells(row, true).join(", "))).collect();
                let _ = write!(head, "  {table}:\n{rows}");
            }
        }
    }
    for fact in &like.base.facts {
        let _ = writeln!(head, "  {}{}: {}", on_invoice(fact), fact.name, value(&fact.value));
    }
    head
}

/// The path to the invoice a fact is about.
fn on_invoice(fact: &GivenFact) -> String {
    fact.invoice.as_ref().map_or(String::new(), |invoice| format!("invoices.{invoice}."))
}

/// One test: its nights, with what each expects.
pub fn write_test(name: &str, nights: &[Night], expected: &[String], base: &Given, as_of: Option<Date>, text: &mut String) {
    let ([first, later @ ..], [of_first, of_later @ ..]) = (nights, expected) else { return };
    // Writing into a String cannot fail.
    let _ = writeln!(text, "  - test: {}", yaml(name));
    if Some(first.as_of) != as_of {
        let _ = writeln!(text, "    as_of: {}", first.as_of);
    }
    let with = differences(&first.given, base);
    if !with.is_empty() {
        let _ = writeln!(text, "    with: {{{}}}", with.join(", "));
    }
    if later.is_empty() {
        let _ = writeln!(text, "    expect: {{{of_first}}}");
        return;
    }
    let _ = writeln!(text, "    at:\n      {}: {{{of_first}}}", first.as_of);
    for ((before, night), expected) in nights.iter().zip(later).zip(of_later) {
        let with = differences(&night.given, &before.given);
        let _ = writeln!(text, "      {}:", night.as_of);
        if !with.is_empty() {
            let _ = writeln!(text, "        with: {{{}}}", with.join(", "));
        }
        let _ = writeln!(text, "        expect: {{{expected}}}");
    }
}

/// What a case gives beyond the base, as paths with values.
fn differences(given: &Given, base: &Given) -> Vec<String> {
    let mut paths = Vec::new();
    if given.group != base.group {
        paths.push(group(given));
    }
    let tables: BTreeSet<&str> = given.tables.keys().chain(base.tables.keys()).copied().collect();
    for table in tables {
        let (own, its) = (given.rows(table), base.rows(table));
        let named = table == "customers" || table == "invoices";
        let same_rows = own.len() == its.len() && own.iter().zip(its).all(|(own, its)| own.id == its.id);
        if own == its {
            continue;
        }
        if !named || !same_rows {
            let rows: Vec<String> = own.iter().map(|row| format!("{{{}}}", cells(row, true).join(", "))).collect();
            paths.push(format!("{table}: [{}]", rows.join(", ")));
            continue;
        }
        for (own, its) in own.iter().zip(its) {
            let prefix = if table == "customers" { String::new() } else { format!("invoices.{}.", own.id) };
            paths.extend(changed_cells(own, its, &prefix));
        }
    }
    for fact in given.facts.iter().filter(|fact| !base.facts.contains(fact)) {
        paths.push(format!("{}{}: {}", on_invoice(fact), fact.name, value(&fact.value)));
    }
    paths
}

fn group(given: &Given) -> String {
    format!("{GROUP}: [{}]", given.group.iter().map(|id| yaml(id)).collect::<Vec<_>>().join(", "))
}

fn changed_cells(own: &GivenRow, its: &GivenRow, prefix: &str) -> Vec<String> {
    let changed = own.cells.iter().filter(|(column, value)| its.cells.get(*column) != Some(value));
    let mut paths: Vec<String> = changed.map(|(column, cell)| format!("{prefix}{column}: {}", value(cell))).collect();
    let replaced =
        |column: &str| own.cells.contains_key(column) || ["due_date", "days_past_due", "amount", "amount_open"].contains(&column);
    let gone = its.cells.keys().filter(|column| !replaced(column));
    paths.extend(gone.map(|column| format!("{prefix}{column}: missing")));
    paths
}

/// The cells of a row as YAML.
fn cells(row: &GivenRow, with_missing: bool) -> Vec<String> {
    let cells = row.cells.iter().filter(|(_, cell)| with_missing || **cell != Value::Missing);
    cells.map(|(column, cell)| format!("{column}: {}", value(cell))).collect()
}

fn value(value: &Value) -> String {
    match value {
        Value::Money(thousandths, None) => {
            let text = crate::base::money::format_amount(i128::from(*thousandths), 3);
            text.strip_suffix('0').unwrap_or(&text).to_owned()
        }
        Value::Money(_, Some(currency)) => value.shown(*currency),
        other => yaml(&other.shown(crate::base::money::Currency(0))),
    }
}

/// A text as YAML reads it back, inside braces too.
pub fn yaml(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-. %@/".contains(c);
    let starts_well = text.starts_with(|c: char| c.is_alphanumeric() || c == '-' && text.len() > 1) && !text.starts_with("- ");
    if starts_well && text.chars().all(is_plain) && !text.ends_with(' ') {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}
