//! Segmentation files and what they share with other kinds: constants, definitions, lists, tables and trials.

use std::collections::BTreeSet;

use crate::base::money::Rate;
use crate::rules::codes;
use crate::rules::context::{Context, Record, is_name};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::dictionary::{PARAMETER_TYPES, plain_type};
use crate::rules::document::{Node, NodeKind, Scalar};
use crate::rules::expr::check::Checker;
use crate::rules::expr::literal::percent;
use crate::rules::expr::parser;
use crate::rules::expr::tree::{Literal, TreeKind};
use crate::rules::expr::typed::Condition;
use crate::rules::forms::segmentation as forms;
use crate::rules::lists;
use crate::rules::marks::{Mark, Owner};
use crate::rules::names::{Constant, Definition, DefinitionState, List, Meaning, ValueType};
use crate::rules::order::in_order_of_need;
use crate::rules::program::{DecisionTable, Field, FieldId, Grain, MISSING, Rule, Source, Trial, Type, Use};
use crate::rules::renames;
use crate::rules::rule_files::RuleFile;
use crate::rules::sources::Span;
use crate::rules::tables::{self, PendingTable};

/// What a trial may keep together.
pub const SPLITS: &[(&str, ())] = &[("customer_id", ()), ("debtor_group", ())];

/// A trial whose condition is still to be checked.
pub struct PendingTrial<'n> {
    id: String,
    field: FieldId,
    share: Option<Rate>,
    split_by: String,
    record: Record<'n>,
}

/// Declares what a segmentation file names.
pub fn declare<'n>(file: &'n RuleFile, context: &mut Context<'_>, tables: &mut Vec<PendingTable<'n>>, trials: &mut Vec<PendingTrial<'n>>) {
    let Some(mut record) = Record::open(&file.body, &forms::SEGMENTATION, context) else { return };
    shared_names(&mut record, context);
    if let Some(node) = record.take("tables", context) {
        tables.extend(
            context.items(node).iter().filter_map(|table| tables::declare(table, &forms::TABLE, Source::Decision(usize::MAX), context)),
        );
    }
    if let Some(node) = record.take("trials", context) {
        for trial in context.items(node) {
            let number = trials.len();
            trials.extend(declare_trial(trial, number, context));
        }
    }
    record.close(context);
}

/// Declares the lists of a list file.
pub fn declare_lists(file: &RuleFile, context: &mut Context<'_>) {
    let Some(mut record) = Record::open(&file.body, &forms::LISTS, context) else { return };
    shared_names(&mut record, context);
    record.close(context);
}

/// Declares one entry of a section.
type Declare = fn(&str, Span, &Node, &mut Context<'_>);

/// `constants:`, `define:` and `lists:`, which segmentations, escalations and list files may have.
pub fn shared_names(record: &mut Record<'_>, context: &mut Context<'_>) {
    let sections: [(&'static str, Declare); 3] = [("constants", constant), ("define", definition), ("lists", list)];
    for (key, declare) in sections {
        let Some(node) = record.take(key, context) else { continue };
        let NodeKind::Mapping(mapping) = &node.kind else {
            if !matches!(node.kind, NodeKind::Poison) {
                context.error(codes::WRONG_SHAPE, node.span, format!("\"{key}\" holds names with values"));
            }
            continue;
        };
        for entry in &mapping.entries {
            if is_name(&entry.key) {
                declare(&entry.key, entry.key_span, &entry.value, context);
            } else {
                context.bad_name(&entry.key, entry.key_span);
            }
        }
    }
}

fn constant(name: &str, span: Span, node: &Node, context: &mut Context<'_>) {
    let meaning = constant_value(node, context).map_or(Meaning::Poison, Meaning::Constant);
    context.define(name, meaning, span);
}

/// A value written out, its type told by its unit.
fn constant_value(node: &Node, context: &mut Context<'_>) -> Option<Constant> {
    if let Some(text) = quoted_text(node, context) {
        return Some(Constant { ty: ValueType::Plain(Type::Text), cell: context.names.text_code(text) });
    }
    let tree = context.parse(node)?;
    let inner = match &tree.kind {
        TreeKind::Negate(inner) => inner,
        _ => &tree,
    };
    if !matches!(inner.kind, TreeKind::Literal(_)) {
        let found = Diagnostic::error(codes::TYPES_DIFFER, tree.span, "a constant is a single value written out");
        context.findings.push(found.help("amounts, rates, numbers, days, dates, true, false, and texts between single quotation marks"));
        return None;
    }
    if let TreeKind::Literal(Literal::Months(_)) = inner.kind {
        context.error(
            codes::TYPES_DIFFER,
            tree.span,
            "months and years cannot be constants: their length depends on the day they start from",
        );
        return None;
    }
    Checker::new(context, Grain::Customer).constant(&tree)
}

/// A text between quotation marks that YAML took off: one that cannot be read as a value with a unit.
fn quoted_text<'n>(node: &'n Node, context: &Context<'_>) -> Option<&'n str> {
    let NodeKind::Scalar(Scalar { text, quoted: true }) = &node.kind else { return None };
    let is_value = matches!(parser::expression(text, node.span).map(|tree| tree.kind), Ok(TreeKind::Literal(_) | TreeKind::Negate(_)));
    let starts_a_value = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    (!is_value && !starts_a_value && !context.sources.slice(node.span).contains('\\')).then_some(text)
}

fn definition(name: &str, span: Span, node: &Node, context: &mut Context<'_>) {
    context.names.poison(name);
    let Some(mut record) = Record::open(node, &forms::DEFINITION, context) else { return };
    record.need("means", context).and_then(|node| context.text(node));
    let tree = record.need("when", context).and_then(|node| context.parse(node));
    record.close(context);
    if let Some(tree) = &tree {
        context.names.marks.put(Mark::Condition(Owner::Definition, name.to_owned()), tree.span);
    }
    let state = if tree.is_some() { DefinitionState::Unchecked } else { DefinitionState::Poison };
    let at = context.names.definitions.len();
    context.names.definitions.push(Definition { tree, state });
    context.define(name, Meaning::Definition(at), span);
}

fn list(name: &str, span: Span, node: &Node, context: &mut Context<'_>) {
    let list = match &node.kind {
        NodeKind::Mapping(_) => described_list(node, context),
        _ => Some(List { values: written_values(node, context), from_file: false }),
    };
    let Some(list) = list else { return context.names.poison(name) };
    let at = context.names.lists.len();
    context.names.lists.push(list);
    context.define(name, Meaning::List(at), span);
}

fn written_values(values: &Node, context: &mut Context<'_>) -> Vec<(String, Span)> {
    let read = |item: &Node, context: &mut Context<'_>| {
        let text = context.text(item)?;
        (!context.refuse_quotes(text, item.span)).then(|| (text.to_owned(), item.span))
    };
    context.items(values).iter().filter_map(|item| read(item, context)).collect()
}

/// A list with a meaning or an end, its values written out or in a column of a file.
fn described_list(node: &Node, context: &mut Context<'_>) -> Option<List> {
    let mut record = Record::open(node, &forms::LIST, context)?;
    record.take("means", context).and_then(|node| context.text(node));
    let (from, until) = context.period(&mut record);
    if let Some(until) = tables::ended(from, until, context) {
        let found = Diagnostic::warning(codes::ENDED, record.key_span("until"), format!("this list expired on {until}"));
        context.findings.push(found.help("renew it or take it out of the rules that use it"));
    }
    let (values, file, column) = (record.take("values", context), record.take("file", context), record.take("column", context));
    let (written, filed) = (record.has("values"), record.has("file") || record.has("column"));
    let (heading, holed) = (record.heading(), record.holed());
    record.close(context);
    if written == filed {
        if !holed {
            let found = Diagnostic::error(codes::MISSING_KEY, heading, "a list has either values, or a file and a column of it");
            context.findings.push(found.help("write values: [C-1, C-2], or file: key_accounts.csv and column: customer_id"));
        }
        return None;
    }
    match (values, file, column) {
        (Some(values), ..) => Some(List { values: written_values(values, context), from_file: false }),
        (None, Some(file), Some(column)) => {
            let at = list_file(file, context)?;
            let values = lists::column(at, context.text(column)?, column.span, context)?;
            Some(List { values, from_file: true })
        }
        (None, file, _) => {
            if !holed {
                let missing = if file.is_some() { "column" } else { "file" };
                context.error(codes::MISSING_KEY, heading, format!("a list from a file needs the key \"{missing}\""));
            }
            None
        }
    }
}

/// The file a list names: beside the rule file, or by its path from the folder of the rules.
fn list_file(node: &Node, context: &mut Context<'_>) -> Option<u32> {
    let name = context.text(node)?;
    let beside = lists::beside(context.sources.path(node.span.file), name);
    let files: Vec<(u32, &str)> = context.sources.list_files().map(|at| (at, context.sources.path(at))).collect();
    let found = files.iter().find(|(_, path)| *path == beside).or_else(|| files.iter().find(|(_, path)| *path == name));
    if found.is_none() {
        let message = format!("there is no file \"{name}\" in this rule set");
        let found = Diagnostic::error(codes::LIST_FILE, node.span, message).nearest(name, files.iter().map(|(_, path)| *path));
        context.findings.push(found.help("a list is read from a .csv or .parquet file in the folder of the rules"));
    }
    found.map(|(at, _)| *at)
}

fn declare_trial<'n>(node: &'n Node, number: usize, context: &mut Context<'_>) -> Option<PendingTrial<'n>> {
    let mut record = Record::open(node, &forms::TRIAL, context)?;
    let id_node = record.need("trial", context);
    if record.lacks_a_key() {
        record.give_up(context);
        return None;
    }
    let id_node = id_node?;
    let id = context.name(id_node)?;
    let share = record.need("share", context).and_then(|node| context.constant(node, &Type::Rate)).map(Rate);
    let by = record.take("by", context);
    by.and_then(|node| context.choice(node, "what a trial splits by", SPLITS));
    if share == Some(Rate(0)) {
        let found = Diagnostic::warning(codes::NOTHING_LEFT, record.key_span("share"), "nobody is drawn for this trial");
        context.findings.push(found.help("write the share that is meant, such as 10%, or take the trial out"));
    }
    if let Some(rate) = share.filter(|share| !(0..=Rate::ONE.0).contains(&share.0)) {
        context.error(
            codes::NUMBER_FORM,
            record.key_span("share"),
            format!("a share lies between 0% and 100%, not at {}", percent(rate.0)),
        );
    }
    let field = Field {
        name: id.to_owned(),
        ty: Type::Bool,
        grain: Grain::Customer,
        source: Source::Trial(number),
        default: MISSING,
        required: false,
        used: Use::None,
        label: format!("In the trial {id}"),
    };
    let former = renames::read(&mut record, renames::Kind::Trial, "", Some(id), context);
    let split_by = former.last().map_or(id, String::as_str).to_owned();
    match context.names.add_field(field, id_node.span) {
        Ok(field) => Some(PendingTrial { id: id.to_owned(), field, share, split_by, record }),
        Err(first) => {
            context.defined_twice(id, id_node.span, first);
            None
        }
    }
}

/// Checks all tables and puts them in an order in which each needs only earlier ones.
pub fn check_tables(pending: Vec<PendingTable<'_>>, context: &mut Context<'_>) -> Vec<DecisionTable> {
    let mut spans = Vec::new();
    let mut checked = Vec::new();
    for table in pending {
        let span = table.span;
        let (table, record) = tables::check(table, context);
        record.close(context);
        if let Some(table) = table {
            spans.push(span);
            checked.push(table);
        }
    }
    let needs = checked.iter().map(fields_of).collect::<Vec<_>>();
    let outputs = checked.iter().map(|table| table.output).collect::<Vec<_>>();
    let order = in_order_of_need(checked.len(), |at| (0..outputs.len()).filter(|other| needs[at].contains(&outputs[*other])).collect());
    match order {
        Err(circle) => {
            let id = &checked[circle].id;
            context.error(
                codes::CIRCULAR,
                spans[circle],
                format!("the table \"{id}\" needs its own result, directly or through other tables"),
            );
            Vec::new()
        }
        Ok(order) => {
            let mut slots: Vec<_> = checked.into_iter().map(Some).collect();
            let tables: Vec<DecisionTable> = order.into_iter().filter_map(|at| slots[at].take()).collect();
            for (at, table) in tables.iter().enumerate() {
                context.names.fields[table.output.0 as usize].source = Source::Decision(at);
            }
            tables
        }
    }
}

/// The fields the rows of a table read.
pub fn fields_of(table: &DecisionTable) -> BTreeSet<FieldId> {
    let mut fields = BTreeSet::new();
    for (rule, _) in &table.rows {
        rule.when.visit_fields(&mut |field, _| {
            fields.insert(field);
        });
    }
    fields
}

/// Checks the conditions of all trials.
pub fn check_trials(pending: Vec<PendingTrial<'_>>, context: &mut Context<'_>) -> Vec<Trial> {
    pending.into_iter().filter_map(|trial| check_trial(trial, context)).collect()
}

fn check_trial(mut trial: PendingTrial<'_>, context: &mut Context<'_>) -> Option<Trial> {
    let among = match trial.record.take("among", context) {
        Some(node) => {
            context.names.marks.put(Mark::Condition(Owner::Trial, trial.id.clone()), node.span);
            tables::rule(Some(trial.id.clone()), Some(node), Grain::Customer, &mut trial.record, context)
        }
        None => everyone(&mut trial, context),
    };
    let measured = trial.record.take("measured_for", context);
    let measured_for = measured.and_then(|node| positive_days(node, context));
    trial.record.close(context);
    Some(Trial { id: trial.id, share: trial.share?, among: among?, field: trial.field, measured_for, split_by: trial.split_by })
}

/// A number of days of which there is at least one.
fn positive_days(node: &Node, context: &mut Context<'_>) -> Option<i32> {
    let days = context.constant(node, &Type::Days)?;
    if days <= 0 {
        context.error(codes::NUMBER_FORM, node.span, "what is measured for no day says nothing: write at least 1 day");
        return None;
    }
    i32::try_from(days).ok()
}

fn everyone(trial: &mut PendingTrial<'_>, context: &mut Context<'_>) -> Option<Rule> {
    if trial.record.has("among") {
        return None;
    }
    let (from, until) = context.period(&mut trial.record);
    let place = context.sources.file_and_line(trial.record.heading());
    Some(Rule { id: trial.id.clone(), when: Condition::Always(true), text: "everyone".to_owned(), place, from, until, shadow: false })
}

/// Dated values: the one in force on the run date counts, none is a mistake.
pub fn parameters(record: &mut Record<'_>, context: &mut Context<'_>) {
    let Some(node) = record.take("parameters", context) else { return };
    let Some(mapping) = node.mapping() else {
        return context.error(codes::WRONG_SHAPE, node.span, "\"parameters\" holds names with dated values");
    };
    for entry in &mapping.entries {
        let meaning = match parameter(&entry.key, entry.key_span, &entry.value, context) {
            Some(constant) => Meaning::Constant(constant),
            None => Meaning::Poison,
        };
        context.define(&entry.key, meaning, entry.key_span);
    }
}

/// Says that somebody has to look whether a parameter has a new value.
fn review(name: &str, review_by: Option<&Node>, context: &mut Context<'_>) {
    let Some((node, day)) = review_by.and_then(|node| Some((node, context.date(node)?))) else { return };
    if day < context.names.as_of {
        let found = Diagnostic::warning(codes::REVIEW_DUE, node.span, format!("the review of \"{name}\" was due on {day}"));
        context.findings.push(found.help("look where the values were read: add the new value, or set a later day"));
    }
}

fn parameter(name: &str, span: Span, node: &Node, context: &mut Context<'_>) -> Option<Constant> {
    let mut record = Record::open(node, &forms::PARAMETER, context)?;
    let ty = record.need("type", context).and_then(|node| plain_type(node, PARAMETER_TYPES, context)).flatten();
    record.take("source", context).and_then(|node| context.text(node));
    let review_by = record.take("review_by", context);
    review(name, review_by, context);
    let values = record.need("values", context);
    record.close(context);
    let (ty, values) = (ty?, values?);
    let Some(mapping) = values.mapping() else {
        context.error(codes::WRONG_SHAPE, values.span, "the values of a parameter are days with values: 2026-01-01: 2.15%");
        return None;
    };
    let mut dated = Vec::new();
    for entry in &mapping.entries {
        let from = crate::base::date::Date::parse(&entry.key);
        if from.is_none() {
            context.error(codes::NUMBER_FORM, entry.key_span, format!("\"{}\" is not a day", entry.key));
        }
        context.names.marks.period(from, None);
        dated.push((from?, context.constant(&entry.value, &ty)?));
    }
    let today = context.names.as_of;
    let current = dated.iter().filter(|(from, _)| *from <= today).max_by_key(|(from, _)| *from);
    if current.is_none() {
        let found = Diagnostic::error(codes::NO_VALUE_TODAY, span, format!("\"{name}\" has no value for {today}"));
        context.findings.push(found.help("add the value in force on the run date, with the day from which it holds"));
    }
    current.map(|(_, cell)| Constant { ty: ValueType::Plain(ty), cell: *cell })
}
