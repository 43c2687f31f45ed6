//! Decision tables: grids of cells and lists of rules, with a written hit policy.

mod aggregate;
mod grid;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use aggregate::AGGREGATES;

use crate::base::date::Date;
use crate::base::form::Form;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::dictionary::{GRAINS, OUTPUT_TYPES, enum_values, plain_type};
use crate::rules::document::{Node, NodeKind};
use crate::rules::expr::check::not_a_value;
use crate::rules::forms::segmentation::RULE;
use crate::rules::marks::{Holed, Mark, Owner};
use crate::rules::names::type_words;
use crate::rules::program::{Cell, DecisionTable, Field, FieldId, Grain, Hit, MISSING, Rule, Source, Together, Type, Use};
use crate::rules::renames::{self, Kind};
use crate::rules::sources::Span;

/// The hit policies.
pub const HITS: &[(&str, Hit)] = &[("unique", Hit::Unique), ("first", Hit::First), ("all", Hit::All(Together::Tags))];
/// Tags of one table: a cell has room for as many bits.
const MAX_TAGS: usize = 63;

/// A table whose output has a name and whose rows are still to be checked.
pub struct PendingTable<'n> {
    pub id: String,
    pub span: Span,
    pub grain: Grain,
    pub hit: Hit,
    pub output: FieldId,
    ty: Type,
    /// Name of the output, as the column of a grid.
    output_name: String,
    record: Record<'n>,
}

/// Reads the head of a table and declares its output as a field.
pub fn declare<'n>(node: &'n Node, form: &'static Form, source: Source, context: &mut Context<'_>) -> Option<PendingTable<'n>> {
    let mut record = Record::open(node, form, context)?;
    poison_output(node, context);
    let id_node = record.need("table", context);
    let id_span = id_node.map(|node| node.span);
    let id = id_node.and_then(|node| context.name(node));
    let grain = record.need("grain", context).and_then(|node| context.choice(node, "a grain", GRAINS));
    let hit = record.need("hit", context).and_then(|node| context.choice(node, "a hit policy", HITS));
    let hit = aggregate::with(hit, &mut record, context);
    let output = record.need("output", context);
    if record.lacks_a_key() {
        record.give_up(context);
        return None;
    }
    let (output_name, output_span, ty) = output.and_then(|node| output_type(node, hit?, &record, context))?;
    let (id, grain, hit) = (id?, grain?, hit?);
    let field = Field {
        name: output_name.clone(),
        ty: ty.clone(),
        grain,
        source,
        default: MISSING,
        required: false,
        used: Use::None,
        label: format!("Result of the table {id}"),
    };
    earlier_names(id, &output_name, &ty, &mut record, context);
    let output = match context.names.add_field(field, output_span) {
        Ok(field) => field,
        Err(first) => {
            context.defined_twice(&output_name, output_span, first);
            return None;
        }
    };
    context.names.marks.put(Mark::Table(id.to_owned()), id_span.unwrap_or(output_span));
    Some(PendingTable { id: id.to_owned(), span: output_span, grain, hit, output, ty, output_name, record })
}

/// `renamed_from:` of a table: its own earlier names, those of its output and of what it gives.
fn earlier_names(id: &str, output: &str, ty: &Type, record: &mut Record<'_>, context: &mut Context<'_>) {
    let Some(node) = record.take("renamed_from", context) else { return };
    let Some(mapping) = node.mapping() else {
        let found = Diagnostic::error(codes::WRONG_SHAPE, node.span, "a table has several names: say which one was another");
        return context.findings.push(found.help(format!("write renamed_from: {{{output}: earlier_name}}")));
    };
    let values: &[String] = if let Type::Enum(values) | Type::Tags(values) = ty { values } else { &[] };
    for entry in &mapping.entries {
        let key = entry.key.as_str();
        let own = [
            (Kind::Table, "", key == id),
            (Kind::Field, "", key == output),
            (Kind::Result, output, values.iter().any(|value| value == key)),
        ];
        for (kind, within, _) in own.into_iter().filter(|(.., is_its)| *is_its) {
            renames::names(&entry.value, kind, within, Some(key), context);
        }
        if own.iter().all(|(.., is_its)| !is_its) {
            let known = [id, output].into_iter().chain(values.iter().map(String::as_str));
            let found = Diagnostic::error(codes::NOT_A_VALUE, entry.key_span, format!("nothing in this table is called \"{key}\""));
            context.findings.push(found.nearest(key, known).help("the present name stands in front, the earlier one behind it"));
        }
    }
}

/// Until its head is sound, nobody is told that the output does not exist.
fn poison_output(node: &Node, context: &mut Context<'_>) {
    let names =
        node.get("output").and_then(Node::mapping).map(|mapping| mapping.entries.iter().map(|entry| entry.key.clone()).collect::<Vec<_>>());
    for name in names.unwrap_or_default() {
        context.names.poison(&name);
    }
}

/// `output: {name: [values]}`, `{name: list of text}` or `{name: type}`.
fn output_type(node: &Node, hit: Hit, record: &Record<'_>, context: &mut Context<'_>) -> Option<(String, Span, Type)> {
    let Some(mapping) = node.mapping() else {
        let found = Diagnostic::error(codes::WRONG_SHAPE, node.span, "the output of a table is a name with its values");
        context.findings.push(found.help("write output: {segment: [small, large]}"));
        return None;
    };
    let [entry] = &mapping.entries[..] else {
        context.error(codes::WRONG_SHAPE, node.span, "a table has exactly one output");
        return None;
    };
    if !crate::rules::context::is_name(&entry.key) {
        context.bad_name(&entry.key, entry.key_span);
        return None;
    }
    let ty = match &entry.value.kind {
        NodeKind::Sequence(_) => {
            let values = enum_values(&entry.value, context)?;
            if hit == Hit::All(Together::Tags) { Type::Tags(values) } else { Type::Enum(values) }
        }
        _ if entry.value.text() == Some("list of text") => Type::Tags(tags_of(record)),
        _ => plain_type(&entry.value, OUTPUT_TYPES, context)??,
    };
    fits_hit(&ty, hit, entry.value.span, context).then(|| (entry.key.clone(), entry.key_span, ty))
}

fn fits_hit(ty: &Type, hit: Hit, span: Span, context: &mut Context<'_>) -> bool {
    let too_many = matches!(ty, Type::Tags(tags) if tags.len() > MAX_TAGS);
    if too_many {
        context.error(codes::TOO_MANY_TAGS, span, "a table gives at most 63 different tags");
        return false;
    }
    let (fits, help) = match hit {
        Hit::Unique | Hit::First => (!matches!(ty, Type::Tags(_)), "list the values, or use hit: all"),
        Hit::All(how) => aggregate::gives(how, ty),
    };
    if !fits {
        let message = format!("this {} cannot give {}", aggregate::words(hit), type_words(ty));
        context.findings.push(Diagnostic::error(codes::TYPES_DIFFER, span, message).help(help));
    }
    fits
}

/// The outputs of all rules, in order of first appearance.
fn tags_of(record: &Record<'_>) -> Arc<[String]> {
    let mut tags: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    let rules = record.peek("rules").map(|node| match &node.kind {
        NodeKind::Sequence(items) => items.as_slice(),
        _ => &[],
    });
    for rule in rules.unwrap_or_default() {
        if let Some(then) = rule.get("then")
            && let Some(tag) = then.text()
            && seen.insert(tag)
        {
            tags.push(tag.to_owned());
        }
    }
    tags.into()
}

/// Checks the rows of a table; further keys of the table are left to the caller.
pub fn check<'n>(mut table: PendingTable<'n>, context: &mut Context<'_>) -> (Option<DecisionTable>, Record<'n>) {
    let (key, rows) = if table.record.has("rows") || table.record.has("columns") {
        ("rows", grid::rows(&mut table, context))
    } else {
        let rules = table.record.need("rules", context);
        ("rules", rules.map(|rules| rule_rows(&table, rules, context)))
    };
    let otherwise = table.record.take("otherwise", context);
    if let (Some(node), Some(nothing)) = (otherwise, aggregate::over_nothing(table.hit)) {
        context.error(codes::OTHERWISE_OF_ALL, node.span, format!("where every true row counts, there is no otherwise: {nothing}"));
    }
    let stated = otherwise.is_some();
    if let Some(node) = otherwise {
        context.names.marks.put(Mark::Otherwise(table.id.clone()), node.span);
    }
    let otherwise = otherwise.and_then(|node| result(&table, node, context));
    let written = table.record.peek(key).map_or(0, length);
    let lost = rows.as_ref().is_none_or(|rows| rows.len() < written) || table.record.holed() || stated != otherwise.is_some();
    if lost {
        context.names.marks.holed.insert(Holed::Table(table.id.clone()));
    }
    if let Some(rows) = &rows {
        aggregate::fits_a_cell(&table, rows, context);
    }
    let PendingTable { id, grain, hit, output, record, .. } = table;
    (rows.map(|rows| DecisionTable { id, grain, hit, output, rows, otherwise }), record)
}

/// Entries of a list.
pub fn length(node: &Node) -> usize {
    match &node.kind {
        NodeKind::Sequence(items) => items.len(),
        _ => 0,
    }
}

fn rule_rows(table: &PendingTable<'_>, rules: &Node, context: &mut Context<'_>) -> Vec<(Rule, Cell)> {
    let mut ids = IdPlaces::new();
    context.items(rules).iter().filter_map(|node| rule_row(table, node, &mut ids, context)).collect()
}

fn rule_row(table: &PendingTable<'_>, node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<(Rule, Cell)> {
    let mut record = Record::open(node, &RULE, context)?;
    let id_node = record.need("id", context);
    let id = id_node.and_then(|node| unique_id(node, ids, context));
    let when = record.need("when", context);
    if let Some((id, node)) = id.zip(id_node) {
        context.names.marks.put(Mark::Row(format!("{}.{id}", table.id)), node.span);
    }
    if let Some((id, node)) = id.zip(when) {
        context.names.marks.put(Mark::Condition(Owner::Row, format!("{}.{id}", table.id)), node.span);
    }
    renames::read(&mut record, Kind::Row, &table.id, id, context);
    let then = match table.hit {
        Hit::All(Together::Count) => aggregate::counted(record.take("then", context), record.key_span("then"), context),
        _ => record.need("then", context).and_then(|node| output_cell(table, node, context)),
    };
    let rule = rule(id.map(|id| format!("{}.{id}", table.id)), when, table.grain, &mut record, context);
    record.close(context);
    Some((rule?, then?))
}

/// The ids of one table or list so far, each with its place.
pub type IdPlaces = BTreeMap<String, Span>;

/// An id that no other row of the same table or list has.
pub fn unique_id<'n>(node: &'n Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<&'n str> {
    let id = context.name(node)?;
    match ids.get(id) {
        Some(first) => {
            let found = Diagnostic::error(codes::DEFINED_TWICE, node.span, format!("the id \"{id}\" is used twice here"));
            context.findings.push(found.beside(*first, "first here"));
        }
        None => {
            ids.insert(id.to_owned(), node.span);
        }
    }
    Some(id)
}

/// When a rule counts, and whether it is on trial.
pub struct Standing {
    pub from: Option<Date>,
    pub until: Option<Date>,
    pub shadow: bool,
}

/// The last day of a period that is over. Of one that ends before it starts only that is told.
pub fn ended(from: Option<Date>, until: Option<Date>, context: &Context<'_>) -> Option<Date> {
    until.filter(|until| *until < context.names.as_of && from.is_none_or(|from| from <= *until))
}

/// The keys that say when a rule counts.
pub fn standing(record: &mut Record<'_>, context: &mut Context<'_>) -> Standing {
    let (from, until) = context.period(record);
    if let Some(until) = ended(from, until, context) {
        let found = Diagnostic::warning(codes::ENDED, record.key_span("until"), format!("this ended on {until}, before the run date"));
        context.findings.push(found);
    }
    let shadow = record.can_have("shadow") && record.take("shadow", context).and_then(|node| context.flag(node)).unwrap_or(false);
    Standing { from, until, shadow }
}

/// A rule from its condition and the period among its keys.
pub fn rule(id: Option<String>, when: Option<&Node>, grain: Grain, record: &mut Record<'_>, context: &mut Context<'_>) -> Option<Rule> {
    let standing = standing(record, context);
    rule_of(id, when, grain, record, &standing, context)
}

/// A rule from its condition and what is known of when it counts.
pub fn rule_of(
    id: Option<String>,
    when: Option<&Node>,
    grain: Grain,
    record: &Record<'_>,
    standing: &Standing,
    context: &mut Context<'_>,
) -> Option<Rule> {
    let Standing { from, until, shadow } = *standing;
    let when_node = when?;
    let when = context.condition(when_node, grain)?;
    let text = context.sources.slice(when_node.span).split_whitespace().collect::<Vec<_>>().join(" ");
    Some(Rule { id: id?, when, text, place: context.sources.file_and_line(record.heading()), from, until, shadow })
}

/// A result of a table; a word that its output does not list is told with the list that would have it.
fn result(table: &PendingTable<'_>, node: &Node, context: &mut Context<'_>) -> Option<Cell> {
    let (Type::Enum(values) | Type::Tags(values)) = &table.ty else { return context.constant(node, &table.ty) };
    let word = context.text(node)?;
    if values.iter().any(|value| value == word) || !crate::rules::context::is_name(word) {
        return context.constant(node, &table.ty);
    }
    let found = not_a_value(word, node.span, values, &context.names.renames);
    let more = format!("to add it, write output: {{{}: [{}, {word}]}}", table.output_name, values.join(", "));
    context.findings.push(if found.fix.is_some() { found } else { found.beside(table.span, "the values it lists").help(more) });
    None
}

/// The output of a row: an enum position, a bit, or a plain value.
fn output_cell(table: &PendingTable<'_>, node: &Node, context: &mut Context<'_>) -> Option<Cell> {
    let cell = result(table, node, context)?;
    Some(if matches!(table.ty, Type::Tags(_)) { 1 << cell } else { cell })
}
