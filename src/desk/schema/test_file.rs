//! What a test file gives and expects: rows of input tables, facts, and effects of a night, by the names of the project.
//!
//! The form of a test file leaves these groups free, because they are read by the program they are about; an editor has only the names.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{DAY, Words, anything};
use crate::base::contract::values::METHODS;
use crate::base::contract::{TableSpec, actions, open_items};
use crate::base::form::Noun;
use crate::rules::program::{ARMS, Verb};
use crate::rules::test_file::{Form, GROUP, PLAIN_EFFECTS, SHORT_CUSTOMER, SHORT_INVOICE, TABLES, TRIAL_ARM, effect_columns};
use crate::rules::vocabulary::FieldWords;

/// Paths of effects, beside the names that stand alone.
const EFFECT_PATHS: &[&str] = &["invoices", "facts", "tasks", "proposals"];

/// Fills the groups that the form of a test file leaves free.
pub fn fill(schema: &mut Json, words: &Words) {
    let names = Names { words };
    let (given, effects) = (names.given(), names.effects());
    let of_given =
        || TABLES.iter().map(|(spec, _)| spec.name).chain(["customer", "facts", TRIAL_ARM, GROUP]).map(str::to_owned).collect::<Vec<_>>();
    let of_effects = || EFFECT_PATHS.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    put(schema, "given", names.group(&given, &of_given()));
    let test = &mut schema["properties"]["tests"]["items"];
    put(test, "with", names.group(&given, &of_given()));
    let groups = ["expect", "forbid"];
    groups.iter().for_each(|key| put(test, key, names.group(&effects, &of_effects())));
    // A night is its expectations, or groups of them.
    let mut night = effects.clone();
    for key in ["with"].iter().chain(&groups) {
        night.insert((*key).to_owned(), test["properties"][*key].clone());
    }
    test["properties"]["at"]["additionalProperties"] = names.group(&night, &of_effects());
    let (mut variant, mut paths) = (given, of_given());
    for key in groups {
        let what = test["properties"][key]["description"].as_str().unwrap_or_default().to_owned();
        variant.extend(effects.iter().map(|(name, schema)| (format!("{key}.{name}"), described(schema.clone(), &what))));
        paths.extend(EFFECT_PATHS.iter().map(|path| format!("{key}[.]{path}")));
    }
    variant.insert("as_of".to_owned(), described(json!({ "type": "string", "pattern": DAY }), "Run date of this variant"));
    variant.insert("why".to_owned(), described(anything(), "What makes this variant worth trying"));
    let mut item = names.group(&variant, &paths);
    item["required"] = json!(["why"]);
    test["properties"]["table"]["items"] = item;
}

/// Puts a schema in the place of one whose description stays.
fn put(group: &mut Json, key: &str, mut schema: Json) {
    let place = &mut group["properties"][key];
    schema["description"] = place["description"].take();
    *place = schema;
}

fn described(mut schema: Json, text: &str) -> Json {
    schema["description"] = json!(text);
    schema
}

struct Names<'w> {
    words: &'w Words,
}

impl Names<'_> {
    /// A group with these keys, and paths that begin with these words; other keys are refused where all names are known.
    fn group(&self, keys: &BTreeMap<String, Json>, paths: &[String]) -> Json {
        let properties: Map<String, Json> = keys.iter().map(|(name, schema)| (name.clone(), schema.clone())).collect();
        let mut group = json!({ "type": "object", "properties": properties });
        if self.words.closed {
            let known = json!({ "enum": keys.keys().collect::<Vec<_>>() });
            let paths = paths.iter().map(|word| json!({ "pattern": format!("^{word}[.]") }));
            group["propertyNames"] = json!({ "anyOf": std::iter::once(known).chain(paths).collect::<Vec<_>>() });
        }
        group
    }

    /// What a test may give, by the names that stand alone.
    fn given(&self) -> BTreeMap<String, Json> {
        let mut given = self.invoice();
        given.extend(self.customer());
        for (spec, key) in TABLES.iter().filter(|(spec, _)| spec.name != "customers") {
            let cells = if spec.name == "invoices" { self.invoice() } else { self.cells(spec.name, &[], "") };
            let named = key.map_or(String::new(), |key| format!(", each with its {key}"));
            let rows = json!({ "type": ["array", "string"], "items": self.group(&cells, &[]) });
            given.insert(spec.name.to_owned(), described(rows, &format!("Rows of the table{named}; none for an empty one")));
        }
        let customer = self.group(&self.customer(), &[]);
        given.insert("customer".to_owned(), described(customer.clone(), "The customer: columns, and facts set by hand"));
        given.insert("customers".to_owned(), described(customer, "The customer: columns, and facts set by hand"));
        let others = json!({ "type": "array", "items": { "type": "string" } });
        given.insert(GROUP.to_owned(), described(others, "Other customers of the debtor group: contacts may be theirs"));
        given.insert(TRIAL_ARM.to_owned(), self.arms());
        let facts = self.group(&self.facts("customer"), &[]);
        given.insert("facts".to_owned(), described(facts, "Facts of the customer set by hand"));
        given
    }

    /// Trials, each with the arm that a test draws itself.
    fn arms(&self) -> Json {
        let arm = |name: &str| described(one_of_given(&ARMS), &format!("Arm of the trial {name}, whatever is drawn; missing has it drawn"));
        let arms = self.names(Noun::Trial).iter().map(|name| (name.clone(), arm(name))).collect();
        described(self.group(&arms, &[]), "The arm of each trial: on for the challenger, control for the champion")
    }

    fn invoice(&self) -> BTreeMap<String, Json> {
        let mut invoice = self.cells("invoices", SHORT_INVOICE, "invoice");
        invoice.insert("penalty_rate".to_owned(), described(anything(), "Rate agreed for this invoice"));
        invoice
    }

    fn customer(&self) -> BTreeMap<String, Json> {
        let mut customer = self.cells("customers", SHORT_CUSTOMER, "customer");
        customer.insert("penalty_rate".to_owned(), described(anything(), "Contractual rate of the customer"));
        for (name, noun, what) in [
            ("last_step", Noun::Step, "The last step served: a contact and a memory of it are made"),
            ("current_policy", Noun::Policy, "The policy of the nights before"),
        ] {
            customer.insert(name.to_owned(), described(any_of(&self.names(noun)), what));
        }
        customer
    }

    /// The cells of a row: columns of the contract and of the project, short forms, and facts of this grain.
    fn cells(&self, table: &str, short: &[(&str, Form)], grain: &str) -> BTreeMap<String, Json> {
        let mut cells = self.facts(grain);
        for (name, field) in &self.words.vocabulary.fields {
            if let Some((_, column)) = field.source.split_once('.').filter(|(of, _)| *of == table) {
                cells.insert(name.clone(), self.field(field));
                cells.insert(column.to_owned(), self.field(field));
            }
        }
        let columns = TABLES.iter().filter(|(spec, _)| spec.name == table).flat_map(|(spec, _)| spec.columns);
        for column in columns {
            let schema = of_form(&Form::of_kind(column.kind));
            let known = cells.get(column.name).and_then(|cell| cell.get("description")).and_then(Json::as_str).map(str::to_owned);
            cells.insert(column.name.to_owned(), described(schema, &known.unwrap_or_else(|| format!("Column of the table {table}"))));
        }
        for (name, form) in short {
            cells.entry((*name).to_owned()).or_insert_with(|| described(of_form(form), "Made into rows of the tables that say so"));
        }
        cells
    }

    /// Facts that the engine works out: what rules decide cannot be given.
    fn facts(&self, grain: &str) -> BTreeMap<String, Json> {
        let worked_out = |field: &FieldWords| field.built_in && field.grain == grain;
        let fields = self.words.vocabulary.fields.iter().filter(|(_, field)| worked_out(field));
        fields.map(|(name, field)| (name.clone(), self.field(field))).collect()
    }

    fn field(&self, field: &FieldWords) -> Json {
        let schema = if field.values.is_empty() { anything() } else { one_of(&field.values) };
        described(schema, if field.label.len() > 8 { &field.label } else { "A field of the dictionary" })
    }

    /// What a night may do, by name; several values are choices, or for sets all that must be there.
    fn effects(&self) -> BTreeMap<String, Json> {
        let mut effects = BTreeMap::new();
        for (name, field) in self.words.vocabulary.fields.iter().filter(|(_, field)| field.grain == "customer") {
            effects.insert(name.clone(), several(&self.field(field)));
        }
        for (name, form) in effect_columns() {
            effects.insert(name.to_owned(), several(&described(of_form(&form), "A column of what goes out, or of the item")));
        }
        for (name, what) in PLAIN_EFFECTS {
            effects.insert((*name).to_owned(), several(&described(anything(), what)));
        }
        let statuses = ["due", "needs_approval", "held", "postponed", "displaced"].map(str::to_owned);
        for (name, values) in [
            ("action", Verb::ALL.iter().map(|(_, name, _)| (*name).to_owned()).collect::<Vec<_>>()),
            (column(&actions::SPEC, actions::STATUS), statuses.to_vec()),
            (column(&actions::SPEC, actions::STEP), self.steps()),
            (column(&open_items::SPEC, open_items::POLICY), self.names(Noun::Policy)),
        ] {
            let schema = any_of(&values);
            let what = effects.get(name).and_then(|schema| schema["description"].as_str()).unwrap_or("What goes out").to_owned();
            effects.insert(name.to_owned(), several(&described(schema, &what)));
        }
        effects
    }

    /// Steps of ladders, and the methods that stand for steps where a payment is presented again.
    fn steps(&self) -> Vec<String> {
        let steps = self.names(Noun::Step);
        let methods = METHODS.iter().filter(|_| !steps.is_empty()).map(|method| (*method).to_owned());
        steps.iter().cloned().chain(methods).collect()
    }

    fn names(&self, noun: Noun) -> Vec<String> {
        if self.words.closed { self.words.vocabulary.names(noun).to_vec() } else { Vec::new() }
    }
}

fn column(spec: &TableSpec, at: usize) -> &'static str {
    spec.columns[at].name
}

fn of_form(form: &Form) -> Json {
    match form {
        Form::Choice(names) => one_of(names),
        _ => anything(),
    }
}

/// One of these, or nothing; whatever is meant where there are none.
fn any_of(names: &[String]) -> Json {
    if names.is_empty() { anything() } else { one_of(names) }
}

/// One of these, or nothing.
fn one_of(names: &[String]) -> Json {
    let nothing = ["none", "missing"].map(str::to_owned);
    let mut all: Vec<Json> = names.iter().map(|name| super::literal(name)).collect();
    all.extend(nothing.iter().filter(|word| !names.contains(word)).map(|word| json!(word)));
    json!({ "enum": all })
}

/// One of these, or what takes a value given before back. Editors with an older YAML take `on` for true.
fn one_of_given(names: &[&str]) -> Json {
    let words = names.iter().copied().chain(["missing"]).map(|word| json!(word));
    json!({ "enum": words.chain([json!(true)]).collect::<Vec<_>>() })
}

/// One value, or a list of them.
fn several(schema: &Json) -> Json {
    let description = schema["description"].clone();
    json!({ "description": description, "anyOf": [schema, { "type": "array", "items": schema }] })
}
