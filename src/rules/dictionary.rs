//! Dictionary files: which fields there are, their types, and what a missing value of them means.

mod derived;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use derived::{PendingDerived, check_derived};

use crate::base::contract::{self, Kind, TableSpec};
use crate::base::money::Currency;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::{Node, NodeKind};
use crate::rules::forms::dictionary::{DICTIONARY, FIELD};
use crate::rules::names::{Listed, Meaning, type_words};
use crate::rules::program::{Cell, Field, FieldId, Grain, MISSING, Source, Type, Use};
use crate::rules::ranges;
use crate::rules::renames;
use crate::rules::rule_files::RuleFile;
use crate::rules::sources::Span;

/// The two grains as rule files name them.
pub const GRAINS: &[(&str, Grain)] = &[("customer", Grain::Customer), ("invoice", Grain::Invoice)];

/// Declares the fields of a dictionary file; formulas are checked once all names are known.
pub fn declare<'n>(file: &'n RuleFile, context: &mut Context<'_>, pending: &mut Vec<PendingDerived<'n>>) {
    let Some(mut record) = Record::open(&file.body, &DICTIONARY, context) else { return };
    if let Some(node) = record.take("currency", context) {
        check_currency(node, context);
    }
    if let Some(node) = record.take("fields", context) {
        for (name, span, value) in entries(node, context) {
            declare_field(name, span, value, file.index, context);
        }
    }
    if let Some(node) = record.take("derived", context) {
        for (name, span, value) in entries(node, context) {
            pending.extend(derived::declare(name, span, value, context));
        }
    }
    if let Some(node) = record.take("templates", context) {
        declare_templates(node, context);
    }
    record.close(context);
}

/// The texts there are. Without such a list any name of a text will do.
fn declare_templates(node: &Node, context: &mut Context<'_>) {
    let items = context.items(node);
    // A list that cannot be read is no list: its own mistake is told already.
    if !matches!(node.kind, NodeKind::Sequence(_)) {
        return;
    }
    let mut listed = context.names.templates.take().unwrap_or_default();
    for item in items {
        let Some(name) = context.text(item) else { continue };
        match listed.get(name) {
            Some(first) => context.defined_twice(name, item.span, first.span),
            None => {
                listed.insert(name.to_owned(), Listed { span: item.span, used: false });
            }
        }
    }
    context.names.templates = Some(listed);
}

/// The named groups of a mapping.
fn entries<'n>(node: &'n Node, context: &mut Context<'_>) -> Vec<(&'n str, Span, &'n Node)> {
    match &node.kind {
        NodeKind::Mapping(mapping) => mapping.entries.iter().map(|entry| (entry.key.as_str(), entry.key_span, &entry.value)).collect(),
        NodeKind::Poison => Vec::new(),
        _ => {
            context.error(codes::WRONG_SHAPE, node.span, "names with their descriptions are expected here");
            Vec::new()
        }
    }
}

fn check_currency(node: &Node, context: &mut Context<'_>) {
    let Some(code) = context.text(node) else { return };
    let reporting = context.names.currency;
    match Currency::parse(code.as_bytes()) {
        Some(currency) if currency == reporting => {}
        Some(currency) => {
            let message = format!("the rules are written in {currency}, but the job reports in {reporting}");
            let found = Diagnostic::error(codes::OTHER_CURRENCY, node.span, message);
            context.findings.push(found.help(format!(
                "keep `reporting_currency: {currency}` in the job file, with a table `fx` where the ledger is in {reporting}; or write \
                 `currency: {reporting}` here and then every amount of the rules in {reporting}"
            )));
            // Which of the two currencies is meant is one question: the amounts are judged by the one they are written in.
            context.names.currency = currency;
        }
        None => context.error(codes::UNKNOWN_UNIT, node.span, format!("there is no currency \"{code}\"")),
    }
}

/// What a field says of itself, before it is compared with what is known of it.
struct Description<'n> {
    ty: Option<Type>,
    grain: Option<Grain>,
    source: Option<&'n Node>,
    label: Option<&'n str>,
    missing: Option<&'n Node>,
    optional: bool,
    required: bool,
    range: Option<&'n Node>,
    whole: bool,
}

impl<'n> Description<'n> {
    fn read(record: &mut Record<'n>, context: &mut Context<'_>) -> Description<'n> {
        let ty = record.take("type", context).and_then(|node| value_type(node, record, context));
        Description {
            ty,
            grain: record.take("grain", context).and_then(|node| context.choice(node, "a grain", GRAINS)),
            source: if record.can_have("source") { record.take("source", context) } else { None },
            label: record.take("label", context).and_then(|node| context.text(node)),
            missing: record.take("missing", context),
            optional: record.take("optional", context).and_then(|node| context.flag(node)).unwrap_or(false),
            required: record.can_have("required") && record.take("required", context).and_then(|node| context.flag(node)).unwrap_or(false),
            range: record.take("range", context),
            whole: record.take("whole", context).and_then(|node| context.flag(node)).unwrap_or(false),
        }
    }
}

fn declare_field(name: &str, span: Span, node: &Node, file: u32, context: &mut Context<'_>) {
    let Some(mut record) = Record::open(node, &FIELD, context) else { return context.names.poison(name) };
    renames::read(&mut record, renames::Kind::Field, "", Some(name), context);
    let description = Description::read(&mut record, context);
    if let Some(Meaning::Field(id)) = context.names.get(name).map(|named| named.meaning.clone())
        && description.source.is_none_or(|source| is_from(source, &context.names.field(id).source))
    {
        record.close(context);
        return amend(id, &description, span, context);
    }
    for key in ["type", "grain"] {
        record.need(key, context);
    }
    record.close(context);
    if !crate::rules::context::is_name(name) {
        return context.bad_name(name, span);
    }
    let (Some(ty), Some(grain)) = (description.ty.clone(), description.grain) else { return context.names.poison(name) };
    let Some(source) = field_source(name, span, &ty, grain, &description, file, context) else { return context.names.poison(name) };
    let always_there = source == Source::Fact || context.sources.is_built_in(file);
    let range = ranges::stated(description.range, description.whole, &ty, context);
    let field = Field {
        name: name.to_owned(),
        default: stand_in(&description, &ty, context),
        required: description.required || !(description.optional || description.missing.is_some() || always_there),
        ty,
        grain,
        source,
        used: Use::None,
        label: description.label.unwrap_or(name).to_owned(),
    };
    let id = add(field, description.optional, span, context);
    context.names.ranges.extend(id.zip(range));
}

/// Adds a field, which may be missing where it is optional and has no stand-in.
fn add(field: Field, optional: bool, span: Span, context: &mut Context<'_>) -> Option<FieldId> {
    let name = field.name.clone();
    let open = optional && field.default == MISSING;
    match context.names.add_field(field, span) {
        Ok(id) => {
            if open {
                context.names.optional.insert(id);
            }
            Some(id)
        }
        Err(first) => {
            context.defined_twice(&name, span, first);
            None
        }
    }
}

fn stand_in(description: &Description<'_>, ty: &Type, context: &mut Context<'_>) -> Cell {
    description.missing.and_then(|node| context.constant(node, ty)).unwrap_or(MISSING)
}

/// Whether `table.column` is the column a field already comes from.
fn is_from(node: &Node, source: &Source) -> bool {
    matches!((node.text(), source), (Some(text), Source::Column { table, column }) if text.split_once('.') == Some((*table, column.as_str())))
}

/// A known field again: what a missing value means may be said anew, the rest must agree.
fn amend(id: FieldId, description: &Description<'_>, span: Span, context: &mut Context<'_>) {
    let field = context.names.field(id);
    let (ty, grain, name) = (field.ty.clone(), field.grain, field.name.clone());
    if description.ty.as_ref().is_some_and(|stated| *stated != ty) {
        context.error(codes::COLUMN_TYPE, span, format!("\"{name}\" is {}", type_words(&ty)));
        return;
    }
    if description.grain.is_some_and(|stated| stated != grain) {
        context.error(codes::COLUMN_TYPE, span, format!("\"{name}\" belongs to the other grain"));
        return;
    }
    let default = stand_in(description, &ty, context);
    if default != MISSING {
        context.names.fields[id.0 as usize].default = default;
    }
    let stated = ranges::stated(description.range, description.whole, &ty, context);
    if let Some(range) = stated {
        context.names.ranges.insert(id, range);
        context.names.marks.fields.insert(id, span);
    }
    let field = &mut context.names.fields[id.0 as usize];
    field.required |= description.required;
    if let Some(label) = description.label {
        label.clone_into(&mut field.label);
    }
    if field.default != MISSING || field.required {
        context.names.optional.remove(&id);
    }
}

/// `type:` with the `values:` of an enum.
fn value_type(node: &Node, record: &mut Record<'_>, context: &mut Context<'_>) -> Option<Type> {
    let simple = plain_type(node, FIELD_TYPES, context)?;
    let values = record.take("values", context);
    match (simple, values) {
        (Some(ty), None) => Some(ty),
        (Some(ty), Some(values)) => {
            context.error(codes::UNKNOWN_KEY, values.span, format!("{} has no list of values", type_words(&ty)));
            None
        }
        (None, Some(values)) => enum_values(values, context).map(Type::Enum),
        (None, None) => {
            context.error(codes::MISSING_KEY, node.span, "an enum needs the key \"values\"");
            None
        }
    }
}

/// What other tools call the types, with the word for it here.
const OTHERWISE_CALLED: &[(&str, &str)] = &[
    ("flag", "bool"),
    ("boolean", "bool"),
    ("logical", "bool"),
    ("yes_no", "bool"),
    ("amount", "money"),
    ("currency", "money"),
    ("decimal", "number"),
    ("integer", "number"),
    ("int", "number"),
    ("float", "number"),
    ("double", "number"),
    ("numeric", "number"),
    ("count", "number"),
    ("percent", "rate"),
    ("percentage", "rate"),
    ("share", "rate"),
    ("day", "days"),
    ("duration", "days"),
    ("datetime", "date"),
    ("timestamp", "date"),
    ("string", "text"),
    ("varchar", "text"),
    ("str", "text"),
    ("choice", "enum"),
    ("category", "enum"),
];

/// One of the plain types; the inner `None` where the word is one that needs more than itself.
pub fn plain_type(node: &Node, choices: &[(&str, Option<PlainType>)], context: &mut Context<'_>) -> Option<Option<Type>> {
    let word = node.text().map(str::to_lowercase);
    let meant =
        OTHERWISE_CALLED.iter().find(|(other, ours)| Some(*other) == word.as_deref() && choices.iter().any(|(name, _)| name == ours));
    if let Some((_, ours)) = meant {
        let found =
            Diagnostic::error(codes::NOT_A_CHOICE, node.span, format!("the type \"{}\" is called {ours} here", node.text().unwrap_or("")));
        context.findings.push(found.label(format!("write {ours}")).replace(*ours));
        return None;
    }
    let chosen = context.choice(node, "a type", choices)?;
    Some(chosen.map(PlainType::ty))
}

/// Types a parameter may have.
pub const PARAMETER_TYPES: &[(&str, Option<PlainType>)] = &[MONEY, RATE, NUMBER, DAYS, DATE, BOOL, TEXT];
/// Types a field may have; an enum lists its values.
pub const FIELD_TYPES: &[(&str, Option<PlainType>)] = &[MONEY, RATE, NUMBER, DAYS, DATE, BOOL, TEXT, ("enum", None)];
/// Types a table may give without listing its values.
pub const OUTPUT_TYPES: &[(&str, Option<PlainType>)] = &[MONEY, RATE, NUMBER, DAYS, DATE, BOOL, TEXT, ("list of text", None)];

const MONEY: (&str, Option<PlainType>) = ("money", Some(PlainType::Money));
const RATE: (&str, Option<PlainType>) = ("rate", Some(PlainType::Rate));
const NUMBER: (&str, Option<PlainType>) = ("number", Some(PlainType::Number));
const DAYS: (&str, Option<PlainType>) = ("days", Some(PlainType::Days));
const DATE: (&str, Option<PlainType>) = ("date", Some(PlainType::Date));
const BOOL: (&str, Option<PlainType>) = ("bool", Some(PlainType::Bool));
const TEXT: (&str, Option<PlainType>) = ("text", Some(PlainType::Text));

/// The types without a list of values.
#[derive(Debug, Clone, Copy)]
pub enum PlainType {
    Money,
    Rate,
    Number,
    Days,
    Date,
    Bool,
    Text,
}

impl PlainType {
    fn ty(self) -> Type {
        match self {
            PlainType::Money => Type::Money,
            PlainType::Rate => Type::Rate,
            PlainType::Number => Type::Number,
            PlainType::Days => Type::Days,
            PlainType::Date => Type::Date,
            PlainType::Bool => Type::Bool,
            PlainType::Text => Type::Text,
        }
    }
}

/// A list of different words.
pub fn enum_values(node: &Node, context: &mut Context<'_>) -> Option<Arc<[String]>> {
    let mut values: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for item in context.items(node) {
        let word = context.text(item)?;
        if !seen.insert(word) {
            context.error(codes::DEFINED_TWICE, item.span, format!("the value \"{word}\" is in this list twice"));
            return None;
        }
        values.push(word.to_owned());
    }
    if values.is_empty() { None } else { Some(values.into()) }
}

fn field_source(
    name: &str,
    span: Span,
    ty: &Type,
    grain: Grain,
    description: &Description<'_>,
    file: u32,
    context: &mut Context<'_>,
) -> Option<Source> {
    let table = table_of(grain);
    let Some(node) = description.source else { return column(table, name, ty, span, context) };
    let text = context.text(node)?;
    if text == "engine" && context.sources.is_built_in(file) {
        return Some(Source::Fact);
    }
    match text.split_once('.') {
        Some((owner, name)) if owner == table.name => column(table, name, ty, node.span, context),
        _ => {
            let found = Diagnostic::error(codes::UNKNOWN_COLUMN, node.span, format!("\"{text}\" is not a column of {}", table.name));
            context.findings.push(found.help(format!("write {}.{name}", table.name)));
            None
        }
    }
}

fn table_of(grain: Grain) -> &'static TableSpec {
    match grain {
        Grain::Customer => &contract::customers::SPEC,
        Grain::Invoice => &contract::invoices::SPEC,
    }
}

/// A column of the contract, whose type must fit, or an extra column of the export.
fn column(table: &'static TableSpec, name: &str, ty: &Type, span: Span, context: &mut Context<'_>) -> Option<Source> {
    let known = table.position(name).map(|at| table.columns[at].kind);
    if let Some(kind) = known
        && !fits(ty, kind)
    {
        context.error(codes::COLUMN_TYPE, span, format!("the column {}.{name} does not hold {}", table.name, type_words(ty)));
        return None;
    }
    Some(Source::Column { table: table.name, column: name.to_owned() })
}

fn fits(ty: &Type, kind: Kind) -> bool {
    match (ty, kind) {
        (Type::Text, Kind::Text)
        | (Type::Money, Kind::Money)
        | (Type::Date, Kind::Date)
        | (Type::Bool, Kind::Flag)
        | (Type::Number | Type::Rate | Type::Days, Kind::Number) => true,
        (Type::Enum(values), Kind::Choice(known)) => values.iter().map(String::as_str).eq(known.iter().copied()),
        _ => false,
    }
}
