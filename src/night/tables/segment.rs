//! `segments`: what the segmentation tables said about each customer with an open item, and the row that decided.

use crate::base::contract::Kind;
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::facts::{FactTable, Subject};
use crate::night::segmentation::Column;
use crate::rules::program::{Cell, DecisionTable, Grain, MISSING, Program, Type};

/// Columns of the table: the customer, then for each customer table its output and the id of the deciding row.
pub fn columns(program: &Program) -> Vec<(String, Kind, bool)> {
    let mut columns = vec![("customer_id".to_owned(), Kind::Text, true)];
    for table in customer_tables(program) {
        let name = &program.fields[table.output.0 as usize].name;
        columns.push((name.clone(), Kind::Text, false));
        columns.push((format!("{name}_rule"), Kind::Text, false));
    }
    columns
}

fn customer_tables(program: &Program) -> impl Iterator<Item = &DecisionTable> {
    program.tables.iter().filter(|table| table.grain == Grain::Customer)
}

/// The rows of a shard, in order of customer.
pub fn build(subject: &Subject<'_>, program: &Program, facts: &FactTable, decided: &[Column]) -> Table {
    let columns = columns(program);
    let mut table = TableBuilder::with_columns(columns.iter().map(|(name, kind, _)| (name.as_str(), *kind)));
    let decided: Vec<(&DecisionTable, &Column)> =
        program.tables.iter().zip(decided).filter(|(table, _)| table.grain == Grain::Customer).collect();
    for (at, debtor) in subject.debtors.iter().enumerate().filter(|(_, debtor)| !debtor.items.is_empty()) {
        table.text(0, subject.documents.customer_ids[debtor.customer as usize]);
        for (column, (definition, decision)) in decided.iter().enumerate() {
            let value = cell_text(&program.fields[definition.output.0 as usize].ty, decision.cells[at], facts);
            table.text(1 + 2 * column, value.as_bytes());
            let rule = decision.rows[at].map_or("otherwise", |row| definition.rows[row].0.id.as_str());
            table.text(2 + 2 * column, if decision.cells[at] == MISSING { b"" } else { rule.as_bytes() });
        }
        table.end_row();
    }
    table.finish()
}

/// A cell as people read it; the tags of a set are joined by `|`.
pub fn cell_text(ty: &Type, cell: Cell, facts: &FactTable) -> String {
    let named = |names: &[String]| usize::try_from(cell).ok().and_then(|at| names.get(at)).cloned().unwrap_or_default();
    match ty {
        _ if cell == MISSING => String::new(),
        Type::Enum(names) => named(names),
        Type::Tags(names) => {
            let set: Vec<&str> = names.iter().enumerate().filter(|(bit, _)| cell >> bit & 1 == 1).map(|(_, name)| name.as_str()).collect();
            set.join("|")
        }
        Type::Text => facts.pool.text(cell).to_owned(),
        Type::Bool => if cell == 1 { "true" } else { "false" }.to_owned(),
        Type::Date => crate::base::date::Date(i32::try_from(cell).unwrap_or(0)).to_string(),
        Type::Money | Type::Rate | Type::Number | Type::Days => cell.to_string(),
    }
}
