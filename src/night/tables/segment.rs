//! `segments`: what the segmentation tables said about each customer with an open item, and the row that decided.

use crate::base::contract::Kind;
use crate::base::date::Date;
use crate::base::money::format_amount;
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::evaluate::Night;
use crate::night::facts::{FactTable, Subject};
use crate::night::segmentation::Column;
use crate::rules::eval::Env;
use crate::rules::index::Index;
use crate::rules::program::{Cell, DecisionTable, FieldId, Grain, MISSING, Program, Type};

/// Columns of the table: the customer, then for each customer table its output and the id of the deciding row.
pub fn columns(program: &Program) -> Vec<(String, Kind, bool)> {
    let mut columns = vec![("customer_id".to_owned(), Kind::Text, true)];
    for table in customer_tables(program) {
        let output = &program.fields[table.output.0 as usize];
        columns.push((output.name.clone(), kind_of(&output.ty), false));
        columns.push((format!("{}_rule", output.name), Kind::Text, false));
    }
    columns
}

/// The kind of the column that holds results of a type.
fn kind_of(ty: &Type) -> Kind {
    match ty {
        Type::Money => Kind::Money,
        Type::Rate | Type::Number => Kind::Number,
        Type::Days => Kind::Whole,
        Type::Date => Kind::Date,
        Type::Bool => Kind::Flag,
        Type::Text | Type::Enum(_) | Type::Tags(_) => Kind::Text,
    }
}

/// Whether a result is an amount, which is in the reporting currency whatever the currencies of the rows.
pub fn has_amounts(program: &Program) -> bool {
    customer_tables(program).any(|table| program.fields[table.output.0 as usize].ty == Type::Money)
}

/// Sets a result, a missing one not at all.
fn put(table: &mut TableBuilder, column: usize, program: &Program, field: FieldId, cell: Cell, facts: &FactTable) {
    match program.fields[field.0 as usize].ty {
        _ if cell == MISSING => {}
        Type::Money => table.thousandths(column, i128::from(cell) * i128::from(program.currency.thousandths())),
        Type::Rate | Type::Number => table.number(column, cell),
        Type::Days => table.whole(column, cell),
        Type::Date => table.date(column, i32::try_from(cell).ok().map(Date)),
        Type::Bool => table.flag(column, cell == 1),
        Type::Text | Type::Enum(_) | Type::Tags(_) => table.text(column, cell_text(program, field, cell, facts).as_bytes()),
    }
}

fn customer_tables(program: &Program) -> impl Iterator<Item = &DecisionTable> {
    program.tables.iter().filter(|table| table.grain == Grain::Customer)
}

/// The rows of a shard, in order of customer.
pub fn build(subject: &Subject<'_>, night: &Night<'_>, facts: &FactTable, decided: &[Column]) -> Table {
    let program = night.program;
    let columns = columns(program);
    let mut table = TableBuilder::with_columns(columns.iter().map(|(name, kind, _)| (name.as_str(), *kind)));
    let decided: Vec<(&DecisionTable, &Column)> =
        program.tables.iter().zip(decided).filter(|(table, _)| table.grain == Grain::Customer).collect();
    let matchers = program.tables.iter().zip(&night.matchers.tables).filter(|(table, _)| table.grain == Grain::Customer);
    let all_rows: Vec<Option<Vec<String>>> =
        matchers.map(|(table, index)| (!table.hit.decides_by_one()).then(|| true_rows(table, index, facts, night))).collect();
    for (at, debtor) in subject.debtors.iter().enumerate().filter(|(_, debtor)| !debtor.items.is_empty()) {
        table.text(0, subject.documents.customer_ids[debtor.customer as usize]);
        for (column, (definition, decision)) in decided.iter().enumerate() {
            put(&mut table, 1 + 2 * column, program, definition.output, decision.cells[at], facts);
            let rule = match (decision.rows[at], &all_rows[column]) {
                (_, Some(rows)) => rows[at].as_str(),
                (Some(row), _) => definition.rows[row].0.id.as_str(),
                (None, _) if decision.cells[at] == MISSING => "",
                (None, _) => "otherwise",
            };
            table.text(2 + 2 * column, rule.as_bytes());
        }
        table.end_row();
    }
    table.finish()
}

/// For each debtor the ids of all rows of a table that are true, joined by `|`.
fn true_rows(table: &DecisionTable, index: &Index, facts: &FactTable, night: &Night<'_>) -> Vec<String> {
    let mut all = Vec::new();
    let env = Env { as_of: night.as_of, calendar: night.calendar };
    index.hits(&facts.debtors(), &env, usize::MAX, |_, rows| {
        let ids: Vec<&str> = rows.iter().map(|row| table.rows[*row as usize].0.id.as_str()).collect();
        all.push(ids.join("|"));
    });
    all
}

/// A cell of a field as text: the tags of a set are joined by `|`, money is in the reporting currency, rates are fractions.
pub fn cell_text(program: &Program, field: FieldId, cell: Cell, facts: &FactTable) -> String {
    value_text(program, &program.fields[field.0 as usize].ty, cell, facts)
}

/// A cell of a type as text.
pub fn value_text(program: &Program, ty: &Type, cell: Cell, facts: &FactTable) -> String {
    let plain = |text: String| text.trim_end_matches('0').trim_end_matches('.').to_owned();
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
        Type::Date => Date(i32::try_from(cell).unwrap_or(0)).to_string(),
        Type::Money => format_amount(i128::from(cell), program.currency.digits()),
        Type::Rate | Type::Number => plain(format_amount(i128::from(cell), 6)),
        Type::Days => cell.to_string(),
    }
}
