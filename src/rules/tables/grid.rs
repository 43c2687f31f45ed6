//! Grids: one column per field, one row per decision.

use std::collections::BTreeSet;

use super::{IdPlaces, PendingTable, aggregate, output_cell, unique_id};
use crate::base::counted::counted;
use crate::base::date::Date;
use crate::rules::codes;
use crate::rules::context::Context;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::{Node, NodeKind};
use crate::rules::expr::check::CellColumn;
use crate::rules::expr::foreign;
use crate::rules::expr::typed::Condition;
use crate::rules::marks::{Holed, Mark};
use crate::rules::program::{Cell, Hit, Rule, Together};
use crate::rules::sources::Span;

/// What a column of a grid holds.
enum Column {
    Id,
    From,
    Until,
    Shadow,
    Output,
    Test(String, CellColumn),
    /// A column with a mistake: its cells stay unread.
    Poison,
}

/// Reads all rows of a grid.
pub(super) fn rows(table: &mut PendingTable<'_>, context: &mut Context<'_>) -> Option<Vec<(Rule, Cell)>> {
    let columns = table.record.need("columns", context);
    let rows = table.record.need("rows", context);
    let columns_node = columns?;
    let columns = read_columns(table, columns_node, context);
    let counts = table.hit == Hit::All(Together::Count);
    for (needed, there) in [
        ("id", has(&columns, |c| matches!(c, Column::Id))),
        (table.output_name.as_str(), counts || has(&columns, |c| matches!(c, Column::Output))),
    ] {
        if !there {
            let found = Diagnostic::error(codes::MISSING_KEY, columns_node.span, format!("the grid has no column \"{needed}\""));
            context.findings.push(found);
        }
    }
    if columns.iter().any(|column| matches!(column, Column::Poison)) {
        context.names.marks.holed.insert(Holed::Table(table.id.clone()));
    }
    let mut ids = IdPlaces::new();
    Some(context.items(rows?).iter().filter_map(|node| row(table, &columns, columns_node.span, node, &mut ids, context)).collect())
}

fn has(columns: &[Column], is: impl Fn(&Column) -> bool) -> bool {
    columns.iter().any(|column| is(column) || matches!(column, Column::Poison))
}

fn read_columns(table: &PendingTable<'_>, node: &Node, context: &mut Context<'_>) -> Vec<Column> {
    let mut seen = BTreeSet::new();
    let mut columns = Vec::new();
    for item in context.items(node) {
        let Some(name) = context.text(item) else {
            columns.push(Column::Poison);
            continue;
        };
        if !seen.insert(name) {
            context.error(codes::DEFINED_TWICE, item.span, format!("the column \"{name}\" is there twice"));
        }
        columns.push(match name {
            "id" => Column::Id,
            "from" => Column::From,
            "until" => Column::Until,
            "shadow" => Column::Shadow,
            _ if name == table.output_name && table.hit == Hit::All(Together::Count) => {
                aggregate::refuse_output(item.span, context);
                Column::Poison
            }
            _ if name == table.output_name => Column::Output,
            _ => {
                context.names.marks.put(Mark::Column(table.id.clone(), name.to_owned()), item.span);
                context.cell_column(name, item.span, table.grain).map_or(Column::Poison, |test| Column::Test(name.to_owned(), test))
            }
        });
    }
    columns
}

/// What the cells of a row give.
#[derive(Default)]
struct Row {
    id: Option<String>,
    from: Option<Date>,
    until: Option<Date>,
    shadow: bool,
    output: Option<Cell>,
    tests: Vec<Condition>,
    text: Vec<String>,
    sound: bool,
}

fn row(
    table: &PendingTable<'_>,
    columns: &[Column],
    columns_span: Span,
    node: &Node,
    ids: &mut IdPlaces,
    context: &mut Context<'_>,
) -> Option<(Rule, Cell)> {
    let cells = context.items(node);
    let cut = cells.iter().any(|cell| matches!(cell.kind, NodeKind::Poison));
    if cells.len() > columns.len() && !cut && cut_numbers(cells, cells.len() - columns.len(), context) {
        return None;
    }
    if cells.len() != columns.len() && !cut && !matches!(node.kind, NodeKind::Poison) {
        let message = format!("this row has {}, the table has {}", counted(cells.len(), "cell"), counted(columns.len(), "column"));
        context.findings.push(Diagnostic::error(codes::ROW_WIDTH, node.span, message).beside(columns_span, "the columns"));
        return None;
    }
    let output = (table.hit == Hit::All(Together::Count)).then_some(aggregate::ONE);
    let mut row = Row { sound: !cut, output, ..Row::default() };
    for (column, cell) in columns.iter().zip(cells) {
        read_cell(table, column, cell, &mut row, ids, context);
    }
    context.names.marks.period(row.from, row.until);
    if let Some(id) = &row.id {
        mark(&format!("{}.{id}", table.id), columns, cells, context);
    }
    let text = if row.text.is_empty() { "any".to_owned() } else { row.text.join(", ") };
    let rule = Rule {
        id: format!("{}.{}", table.id, row.id?),
        when: Condition::All(row.tests.into()),
        text,
        place: context.sources.file_and_line(node.span),
        from: row.from,
        until: row.until,
        shadow: row.shadow,
    };
    row.sound.then_some((rule, row.output?))
}

/// Reports numbers with a decimal comma, which YAML took for two cells, where they are what makes a row too long.
fn cut_numbers(cells: &[Node], too_many: usize, context: &mut Context<'_>) -> bool {
    let found: Vec<Diagnostic> = {
        let text = |span: Span| context.sources.text(span.file);
        cells.windows(2).filter_map(|pair| foreign::cut(text(pair[0].span), pair[0].span, pair[1].span)).collect()
    };
    let is_it = found.len() == too_many;
    found.into_iter().filter(|_| is_it).for_each(|found| context.findings.push(found));
    is_it
}

/// Notes where a row and its cells stand.
fn mark(row: &str, columns: &[Column], cells: &[Node], context: &mut Context<'_>) {
    for (column, cell) in columns.iter().zip(cells) {
        match column {
            Column::Id => context.names.marks.put(Mark::Row(row.to_owned()), cell.span),
            Column::Test(name, _) => context.names.marks.put(Mark::Cell(row.to_owned(), name.clone()), cell.span),
            Column::From | Column::Until | Column::Shadow | Column::Output | Column::Poison => {}
        }
    }
}

fn read_cell(table: &PendingTable<'_>, column: &Column, cell: &Node, row: &mut Row, ids: &mut IdPlaces, context: &mut Context<'_>) {
    match column {
        Column::Id => row.id = unique_id(cell, ids, context).map(str::to_owned),
        Column::From => row.from = dated(cell, context),
        Column::Until => row.until = dated(cell, context),
        Column::Shadow => match context.flag(cell) {
            Some(shadow) => row.shadow = shadow,
            None => row.sound = false,
        },
        Column::Output => row.output = output_cell(table, cell, context),
        Column::Poison => row.sound = false,
        Column::Test(name, test) => match context.cell(cell, test) {
            Some(Condition::Always(true)) => {}
            Some(condition) => {
                row.text.push(format!("{name} {}", context.sources.slice(cell.span)));
                row.tests.push(condition);
            }
            None => row.sound = false,
        },
    }
}

/// A day, or `any` for an open end.
fn dated(cell: &Node, context: &mut Context<'_>) -> Option<Date> {
    if cell.text() == Some("any") { None } else { context.date(cell) }
}
