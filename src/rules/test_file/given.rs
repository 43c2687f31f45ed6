//! What a test gives: rows of the input tables, and facts set by hand where no row would do.
//!
//! A path says where a value goes: `email` or `customer.email` to the customer, `invoices.I-1.due_date` to a row by its id,
//! `due_date` alone to the only invoice there is, `payments` to a whole table. A path to a fact the engine works out sets it by hand,
//! which the result of the test then says; what rules work out cannot be given. `trial_arm` stands in for the draw of a trial.

use std::collections::BTreeMap;

use super::value::{Form, Value};
use crate::base::contract::{self, TableSpec};
use crate::rules::codes;
use crate::rules::context::Context;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::{Entry, Node, NodeKind};
use crate::rules::program::{FieldId, Grain, Program, Source, Trial};
use crate::rules::renames::Kind;
use crate::rules::sources::Span;

/// Tables a test may give rows of, each with the column that names a row; `None` where rows have no name.
pub const TABLES: &[(&TableSpec, Option<&str>)] = &[
    (&contract::customers::SPEC, Some("customer_id")),
    (&contract::invoices::SPEC, Some("invoice_id")),
    (&contract::installments::SPEC, None),
    (&contract::payments::SPEC, Some("payment_id")),
    (&contract::disputes::SPEC, Some("dispute_id")),
    (&contract::deductions::SPEC, Some("deduction_id")),
    (&contract::promises::SPEC, Some("promise_id")),
    (&contract::holds::SPEC, Some("hold_id")),
    (&contract::waivers::SPEC, Some("waiver_id")),
    (&contract::overrides::SPEC, Some("override_id")),
    (&contract::decisions::SPEC, Some("decision_id")),
    (&contract::contacts::SPEC, Some("contact_id")),
    (&contract::agency_events::SPEC, Some("event_id")),
    (&contract::legal_events::SPEC, Some("event_id")),
    (&contract::payables::SPEC, Some("payable_id")),
    (&contract::deliveries::SPEC, Some("delivery_id")),
    (&contract::usage::SPEC, None),
    (&contract::fx::SPEC, None),
    (&contract::state::SPEC, None),
];

/// Facts of a customer for which rows are made, and their forms.
pub const SHORT_CUSTOMER: &[(&str, Form)] = &[
    ("last_step", Form::Text),
    ("last_step_date", Form::Date),
    ("current_policy", Form::Text),
    ("days_since_last_action", Form::Days),
    ("promise_date", Form::Date),
    ("promise_amount", Form::Money),
    ("contact_hold", Form::Flag),
    ("penalties_hold", Form::Flag),
    ("escalation_hold", Form::Flag),
    ("agency_hold", Form::Flag),
    ("placed", Form::Flag),
    ("payables_due", Form::Money),
    (AHEAD_IN_QUEUE, Form::Count),
];

/// How many actions of others stand in the customer's queue before its own: the capacity left is what they leave.
pub const AHEAD_IN_QUEUE: &str = "ahead_in_queue";
/// The other customers of the debtor group, by name.
pub const GROUP: &str = "group";

/// Facts of an open item for which rows or columns are made, and their forms.
pub const SHORT_INVOICE: &[(&str, Form)] = &[
    ("days_past_due", Form::Days),
    ("amount_open", Form::Money),
    ("amount_pending", Form::Money),
    ("amount_disputed", Form::Money),
    ("item_promise_date", Form::Date),
    ("item_contact_hold", Form::Flag),
    ("placed_with", Form::Text),
];

/// Values that say the same thing in two ways: giving one takes the other back.
const EITHER: &[(&str, &str)] = &[("due_date", "days_past_due"), ("amount", "amount_open"), ("last_step_date", "days_since_last_action")];

/// The kernel reads these from the documents in several places: set by hand they would contradict the rest of the night.
const FROM_DOCUMENTS: &[(&str, &str)] = &[
    ("as_of", "as_of: beside test:, not in with:"),
    ("oldest_days_past_due", "due_date or days_past_due of the invoices"),
    ("next_due_in", "due_date of the invoices"),
    ("exposure", "amount of the invoices"),
    ("overdue_balance", "amount and due_date of the invoices"),
    ("collectible_balance", "amount of the invoices, disputes, deductions and pending payments"),
    ("open_items", "the invoices"),
    ("overdue_items", "the invoices and their due dates"),
    ("amount_collectible", "amount of the invoice, disputes, deductions and pending payments"),
    ("item_currency", "currency of the invoice"),
    ("penalties_accrued", "the invoices, their payments and the penalty rules"),
];

/// The group of arms, by trial.
pub const TRIAL_ARM: &str = "trial_arm";

/// Everything a test gives for one night.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Rows by table, in the order given.
    pub tables: BTreeMap<&'static str, Vec<GivenRow>>,
    /// Facts set by hand.
    pub facts: Vec<GivenFact>,
    /// Other customers of the debtor group: rows of contacts, holds and the like may be theirs.
    pub group: Vec<String>,
}

/// One row, by columns of the contract, extra columns and the short forms above.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenRow {
    /// What names the row; numbered where the test does not say.
    pub id: String,
    pub cells: BTreeMap<String, Value>,
}

/// A fact set by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenFact {
    pub field: FieldId,
    pub name: String,
    /// The invoice it is about, for facts of an open item.
    pub invoice: Option<String>,
    pub value: Value,
}

impl GivenFact {
    /// The arm of a trial that a test draws itself.
    pub fn arm(trial: &Trial, on: bool) -> GivenFact {
        GivenFact { field: trial.field, name: format!("{TRIAL_ARM}.{}", trial.id), invoice: None, value: Value::Arm(on) }
    }
}

impl Given {
    /// Reads a group of paths with values.
    pub(super) fn put_all(&mut self, node: &Node, program: &Program, context: &mut Context<'_>) {
        let Some(mapping) = node.mapping() else {
            if !matches!(node.kind, NodeKind::Poison) {
                let found = Diagnostic::error(codes::WRONG_SHAPE, node.span, "what a test gives is written as names with values");
                context.findings.push(context.as_a_group(found.help("for example {days_past_due: 15 days, email: missing}"), node));
            }
            return;
        };
        for entry in &mapping.entries {
            self.put(&entry.key, entry, program, context);
        }
    }

    /// Reads one path with its value.
    pub(super) fn put(&mut self, path: &str, entry: &Entry, program: &Program, context: &mut Context<'_>) {
        let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
        let head = if head == "customer" { "customers" } else { head };
        if let Some((spec, key)) = TABLES.iter().find(|(spec, _)| spec.name == head) {
            match rest {
                None if spec.name == "customers" => self.customer(entry, program, context),
                None => self.table(spec, *key, entry, program, context),
                Some(column) if spec.name == "customers" => {
                    self.customer_cell(column, entry.key_span, &entry.value, program, context);
                }
                Some(rest) => self.row(spec, *key, rest, entry, program, context),
            }
            return;
        }
        match (head, rest) {
            ("facts", Some(name)) => self.fact(name, None, entry.key_span, &entry.value, program, context),
            ("facts", None) => {
                for entry in entries(&entry.value, context) {
                    self.fact(&entry.key, None, entry.key_span, &entry.value, program, context);
                }
            }
            (GROUP, None) => {
                self.group = context.items(&entry.value).iter().filter_map(|item| context.text(item).map(str::to_owned)).collect();
            }
            (TRIAL_ARM, Some(trial)) => self.arm(trial, entry.key_span, &entry.value, program, context),
            (TRIAL_ARM, None) => {
                for entry in entries(&entry.value, context) {
                    self.arm(&entry.key, entry.key_span, &entry.value, program, context);
                }
            }
            (name, None) => self.bare(name, entry, program, context),
            _ => unknown(
                path,
                entry.key_span,
                TABLES.iter().map(|(spec, _)| spec.name).chain(["customer", "facts", TRIAL_ARM, GROUP]),
                context,
            ),
        }
    }

    fn customer(&mut self, entry: &Entry, program: &Program, context: &mut Context<'_>) {
        for entry in entries(&entry.value, context) {
            self.customer_cell(&entry.key, entry.key_span, &entry.value, program, context);
        }
    }

    /// A name alone: of the customer, else of the only invoice.
    fn bare(&mut self, name: &str, entry: &Entry, program: &Program, context: &mut Context<'_>) {
        let of_customer = form(&contract::customers::SPEC, name, program).is_some();
        let of_invoice = form(&contract::invoices::SPEC, name, program).is_some();
        let grain = program.field(name).map(|id| program.fields[id.0 as usize].grain);
        if of_customer || (!of_invoice && grain != Some(Grain::Invoice)) {
            return self.customer_cell(name, entry.key_span, &entry.value, program, context);
        }
        let ids: Vec<String> = self.rows("invoices").iter().map(|row| row.id.clone()).collect();
        let [id] = &ids[..] else {
            let message = format!("\"{name}\" belongs to an invoice, and this test has {}", ids.len());
            let found = Diagnostic::error(codes::UNKNOWN_PATH, entry.key_span, message);
            let example = ids.first().map_or("I-1", String::as_str);
            return context.findings.push(found.help(format!("say which one: invoices.{example}.{name}")));
        };
        self.invoice_cell(&id.clone(), name, entry.key_span, &entry.value, program, context);
    }

    fn customer_cell(&mut self, name: &str, span: Span, node: &Node, program: &Program, context: &mut Context<'_>) {
        let spec = &contract::customers::SPEC;
        let Some((column, form)) = form(spec, name, program) else {
            return self.fact(name, None, span, node, program, context);
        };
        let Some(value) = Value::read(node, &form, context) else { return };
        let rows = self.tables.entry(spec.name).or_default();
        if rows.is_empty() {
            rows.push(GivenRow::default());
        }
        rows[0].set(&column, value);
    }

    fn invoice_cell(&mut self, id: &str, name: &str, span: Span, node: &Node, program: &Program, context: &mut Context<'_>) {
        let spec = &contract::invoices::SPEC;
        if name == "dispute_status" {
            return self.dispute(id, node, program, context);
        }
        let Some((column, form)) = form(spec, name, program) else {
            return self.fact(name, Some(id), span, node, program, context);
        };
        let Some(value) = Value::read(node, &form, context) else { return };
        if let Some(row) = self.tables.entry(spec.name).or_default().iter_mut().find(|row| row.id == id) {
            row.set(&column, value);
        }
    }

    /// The state of a dispute is a dispute, and `none` none.
    fn dispute(&mut self, invoice: &str, node: &Node, program: &Program, context: &mut Context<'_>) {
        let Some(field) = program.field("dispute_status") else { return };
        let form = Form::of_type(&program.fields[field.0 as usize].ty);
        let Some(value) = Value::read(node, &form, context) else { return };
        if let Some(row) = self.tables.entry("invoices").or_default().iter_mut().find(|row| row.id == invoice) {
            row.set("dispute_status", value);
        }
    }

    /// A whole table.
    fn table(&mut self, spec: &'static TableSpec, key: Option<&str>, entry: &Entry, program: &Program, context: &mut Context<'_>) {
        self.tables.insert(spec.name, Vec::new());
        if entry.value.text() == Some("none") {
            return;
        }
        for (at, item) in context.items(&entry.value).iter().enumerate() {
            let Some(mapping) = item.mapping() else {
                context.error(codes::WRONG_SHAPE, item.span, format!("a row of {} is written as columns with values", spec.name));
                continue;
            };
            let written = key.and_then(|key| item.get(key)).and_then(Node::text).map(str::to_owned);
            let id = written.unwrap_or_else(|| numbered(spec.name, at));
            if self.rows(spec.name).iter().any(|row| row.id == id) {
                context.error(codes::DEFINED_TWICE, item.span, format!("{} has two rows called \"{id}\"", spec.name));
                continue;
            }
            self.tables.entry(spec.name).or_default().push(GivenRow { id: id.clone(), cells: BTreeMap::new() });
            for entry in &mapping.entries {
                self.cell(spec, &id, &entry.key, entry.key_span, &entry.value, program, context);
            }
        }
    }

    /// A row by its id, or one cell of it.
    fn row(
        &mut self,
        spec: &'static TableSpec,
        key: Option<&str>,
        rest: &str,
        entry: &Entry,
        program: &Program,
        context: &mut Context<'_>,
    ) {
        if key.is_none() {
            let found = Diagnostic::error(codes::UNKNOWN_PATH, entry.key_span, format!("rows of {} have no name of their own", spec.name));
            return context.findings.push(found.help(format!("give the whole table: {}: [{{…}}]", spec.name)));
        }
        if let Some((id, column)) = rest.rsplit_once('.') {
            if self.rows(spec.name).iter().any(|row| row.id == id) {
                return self.cell(spec, id, column, entry.key_span, &entry.value, program, context);
            }
            let ids: Vec<String> = self.rows(spec.name).iter().map(|row| row.id.clone()).collect();
            return unknown(rest, entry.key_span, ids.iter().map(String::as_str), context);
        }
        if entry.value.text() == Some("missing") {
            let rows = self.tables.entry(spec.name).or_default();
            let before = rows.len();
            rows.retain(|row| row.id != rest);
            if rows.len() == before {
                unknown(rest, entry.key_span, std::iter::empty(), context);
            }
            return;
        }
        if !self.rows(spec.name).iter().any(|row| row.id == rest) {
            self.tables.entry(spec.name).or_default().push(GivenRow { id: rest.to_owned(), cells: BTreeMap::new() });
        }
        for cell in entries(&entry.value, context) {
            self.cell(spec, rest, &cell.key, cell.key_span, &cell.value, program, context);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a place in a table, a place in a file, a value")]
    fn cell(
        &mut self,
        spec: &'static TableSpec,
        id: &str,
        name: &str,
        span: Span,
        node: &Node,
        program: &Program,
        context: &mut Context<'_>,
    ) {
        if spec.name == "invoices" {
            return self.invoice_cell(id, name, span, node, program, context);
        }
        let Some((column, form)) = form(spec, name, program) else {
            let found = Diagnostic::error(codes::UNKNOWN_COLUMN, span, format!("the table {} has no column \"{name}\"", spec.name));
            return context.findings.push(found.nearest(name, spec.columns.iter().map(|column| column.name)));
        };
        let Some(value) = Value::read(node, &form, context) else { return };
        if let Some(row) = self.tables.entry(spec.name).or_default().iter_mut().find(|row| row.id == id) {
            row.set(&column, value);
        }
    }

    /// The arm a customer of a trial is in, whatever it would be drawn for; `missing` has it drawn.
    fn arm(&mut self, name: &str, span: Span, node: &Node, program: &Program, context: &mut Context<'_>) {
        let now = program.renames.now(Kind::Trial, "", name).unwrap_or(name);
        let Some(trial) = program.trials.iter().find(|trial| trial.id == now) else {
            let found = Diagnostic::error(codes::UNKNOWN_PATH, span, format!("the rules have no trial called \"{name}\""));
            let trials: Vec<&str> = program.trials.iter().map(|trial| trial.id.as_str()).collect();
            let help = if trials.is_empty() { "they have no trials".to_owned() } else { format!("trials are: {}", trials.join(", ")) };
            return context.findings.push(found.nearest(name, trials).help(help));
        };
        let Some(value) = Value::read(node, &Form::Arm, context) else { return };
        self.facts.retain(|fact| fact.field != trial.field);
        if let Value::Arm(on) = value {
            self.facts.push(GivenFact::arm(trial, on));
        }
    }

    /// A fact the engine works out, set by hand.
    fn fact(&mut self, name: &str, invoice: Option<&str>, span: Span, node: &Node, program: &Program, context: &mut Context<'_>) {
        let wanted = if invoice.is_some() { Grain::Invoice } else { Grain::Customer };
        let Some(id) = program.field(name).filter(|id| program.fields[id.0 as usize].grain == wanted) else {
            let columns = match wanted {
                Grain::Customer => contract::customers::SPEC.columns.iter().chain(&[]),
                Grain::Invoice => contract::invoices::SPEC.columns.iter().chain(&[]),
            };
            let tables = TABLES.iter().map(|(spec, _)| spec.name).filter(|_| wanted == Grain::Customer);
            let fields = program.fields.iter().filter(|field| field.grain == wanted).map(|field| field.name.as_str());
            return unknown(name, span, fields.chain(columns.map(|column| column.name)).chain(tables), context);
        };
        let field = &program.fields[id.0 as usize];
        if !matches!(field.source, Source::Fact) {
            let found = Diagnostic::error(codes::GIVEN_BY_RULES, span, format!("\"{name}\" is worked out by the rules that are tested"));
            let help = match field.source {
                Source::Trial(_) => format!("draw its arm: {TRIAL_ARM}.{name}: on, or control"),
                _ => "give what the rules work it out from, and expect the result".to_owned(),
            };
            return context.findings.push(found.help(help));
        }
        if let Some((_, from)) = FROM_DOCUMENTS.iter().find(|(fact, _)| *fact == name) {
            let found = Diagnostic::error(codes::GIVEN_BY_RULES, span, format!("\"{name}\" follows from the documents of the test"));
            return context.findings.push(found.help(format!("give {from}")));
        }
        let Some(value) = Value::read(node, &Form::of_type(&field.ty), context) else { return };
        let invoice = invoice.map(str::to_owned);
        self.facts.retain(|fact| fact.field != id || fact.invoice != invoice);
        self.facts.push(GivenFact { field: id, name: name.to_owned(), invoice, value });
    }

    /// The rows of a table.
    pub fn rows(&self, table: &str) -> &[GivenRow] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }
}

impl GivenRow {
    /// Sets a cell, and takes back what said the same thing in another way.
    pub fn set(&mut self, column: &str, value: Value) {
        for (one, other) in EITHER {
            if column == *one {
                self.cells.remove(*other);
            } else if column == *other {
                self.cells.remove(*one);
            }
        }
        self.cells.insert(column.to_owned(), value);
    }

    /// A cell that has a value.
    pub fn get(&self, column: &str) -> Option<&Value> {
        self.cells.get(column).filter(|value| **value != Value::Missing)
    }
}

/// How a row without a name is called: `I-1` for the first invoice.
pub fn numbered(table: &str, at: usize) -> String {
    let letter = table.chars().next().unwrap_or('R').to_ascii_uppercase();
    let letter = if table == "promises" { 'Q' } else { letter };
    format!("{letter}-{}", at + 1)
}

/// The column a name stands for in a table, and the form of its values: of the contract, an extra one, or a short form.
fn form(spec: &TableSpec, name: &str, program: &Program) -> Option<(String, Form)> {
    let short = match spec.name {
        "customers" => SHORT_CUSTOMER,
        "invoices" => SHORT_INVOICE,
        _ => &[],
    };
    if let Some((_, form)) = short.iter().find(|(short, _)| *short == name) {
        return Some((name.to_owned(), form.clone()));
    }
    if matches!(spec.name, "customers" | "invoices") && name == "penalty_rate" {
        return Some((name.to_owned(), Form::Rate));
    }
    if let Some(column) = spec.columns.iter().find(|column| column.name == name) {
        return Some((name.to_owned(), Form::of_kind(column.kind)));
    }
    let name = program.renames.now(Kind::Field, "", name).unwrap_or(name);
    program.fields.iter().find_map(|field| match &field.source {
        Source::Column { table, column } if *table == spec.name && (column == name || field.name == name) => {
            Some((column.clone(), Form::of_type(&field.ty)))
        }
        _ => None,
    })
}

fn entries<'n>(node: &'n Node, context: &mut Context<'_>) -> &'n [Entry] {
    match &node.kind {
        NodeKind::Mapping(mapping) => &mapping.entries,
        NodeKind::Poison => &[],
        _ => {
            context.error(codes::WRONG_SHAPE, node.span, "names with values are expected here");
            &[]
        }
    }
}

fn unknown<'n>(name: &str, span: Span, names: impl Iterator<Item = &'n str>, context: &mut Context<'_>) {
    let found = Diagnostic::error(codes::UNKNOWN_PATH, span, format!("a test has no place called \"{name}\"")).nearest(name, names);
    context.findings.push(found.help("write a column or fact of the customer, invoices.ID.column, or a table"));
}
