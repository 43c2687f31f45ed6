//! From what a test gives to the rows a night reads: one customer with its documents, and what the night before left.

use crate::base::contract::{self, Kind, TableSpec};
use crate::base::date::Date;
use crate::base::hash::key_hash;
use crate::base::money::Currency;
use crate::base::table::{Column, Table};
use crate::base::table_builder::TableBuilder;
use crate::night::facts::ExtraColumns;
use crate::night::normalise::Shard;
use crate::rules::program::{Program, Source, Type};
use crate::rules::test_file::{AHEAD_IN_QUEUE, Given, GivenRow, TABLES, Value, numbered};
use crate::run::rehearsal::Rows;

/// The customer of a test that does not name it.
const CUSTOMER: &str = "C-1";
/// Days an invoice is issued before it falls due, where a test does not say.
const TERM: i32 = 30;
/// Days ago the last step was done, where a test does not say: longer than any gap between two steps.
const LAST_STEP_AGO: i32 = 30;

/// What rows are made from.
pub struct Case<'a> {
    pub program: &'a Program,
    pub given: &'a Given,
    /// The first night of the test: days are counted back from it.
    pub from: Date,
    /// The policy of a last step that the test does not name.
    pub policy: Option<&'a str>,
}

impl Case<'_> {
    /// All rows of the night. `state` is what the night before left; a test's first night has what the test gives.
    pub fn rows(&self, state: Option<&Table>) -> Rows {
        let given = self.completed();
        let of = |spec: &TableSpec| self.table(spec, given.rows(spec.name));
        let mut shard = Shard::of(of);
        if let Some(state) = state {
            shard.state = state.clone();
        }
        let has_state = state.is_some() || !shard.state.is_empty();
        let ahead = match given.rows("customers").first().and_then(|row| row.get(AHEAD_IN_QUEUE)) {
            Some(Value::Number(millionths)) => u32::try_from(millionths / 1_000_000).unwrap_or(0),
            _ => 0,
        };
        let has_contact_log = !given.rows("contacts").is_empty();
        Rows { fx: of(&contract::fx::SPEC), has_contact_log, has_state, shard, ahead_in_queue: ahead }
    }

    /// Whether the test names a last step without its policy.
    pub fn lacks_policy(&self) -> bool {
        let customer = self.given.rows("customers").first();
        customer.is_some_and(|row| is_named(row, "last_step") && !is_named(row, "current_policy"))
    }

    /// What is given, with short forms turned into rows and gaps filled.
    fn completed(&self) -> Given {
        let mut given = self.given.clone();
        let customers = given.tables.entry("customers").or_default();
        if customers.is_empty() {
            customers.push(GivenRow::default());
        }
        let mut customer = customers[0].clone();
        customer.cells.entry("customer_id".to_owned()).or_insert_with(|| text(CUSTOMER));
        let id = customer.cells.get("customer_id").cloned().unwrap_or_else(|| text(CUSTOMER));
        self.invoices(&mut given);
        self.about_customer(&customer, &mut given);
        self.state(&customer, &mut given);
        self.placed(&mut given);
        let group = std::mem::take(&mut given.group);
        let others = group.iter().map(|other| made("", &[("customer_id", text(other)), ("parent_id", id.clone())]));
        given.tables.insert("customers", std::iter::once(customer).chain(others).collect());
        for (spec, key) in TABLES {
            for (at, row) in given.tables.entry(spec.name).or_default().iter_mut().enumerate() {
                fill(spec, *key, at, row, &id, self.from);
            }
        }
        given
    }

    fn invoices(&self, given: &mut Given) {
        let mut invoices = std::mem::take(given.tables.entry("invoices").or_default());
        for row in &mut invoices {
            if let Some(Value::Days(days)) = row.cells.remove("days_past_due") {
                let days = i32::try_from(days).unwrap_or(i32::MAX / 4);
                row.cells.insert("due_date".to_owned(), Value::Date(self.from.plus_days(-days)));
            }
            if let Some(amount) = row.cells.remove("amount_open") {
                row.cells.insert("amount".to_owned(), amount);
            }
            if let (Some(Value::Date(due)), None) = (row.get("due_date"), row.get("issue_date")) {
                let issued = due.plus_days(-TERM).min(self.from.plus_days(-1));
                row.cells.insert("issue_date".to_owned(), Value::Date(issued));
            }
            self.about_invoice(row, given);
        }
        given.tables.insert("invoices", invoices);
    }

    /// Documents that yield the facts given of an invoice.
    fn about_invoice(&self, row: &mut GivenRow, given: &mut Given) {
        let invoice = ("invoice_id", text(&row.id));
        let day = |days: i32| Value::Date(self.from.plus_days(-days));
        let status = match row.cells.remove("dispute_status") {
            Some(Value::Text(status)) if status != "none" => Some(status),
            _ => None,
        };
        let disputed = row.cells.remove("amount_disputed").filter(|value| *value != Value::Missing);
        if status.is_some() || disputed.is_some() {
            let mut dispute = made(&format!("D-{}", row.id), &[invoice.clone(), ("opened_on", day(20))]);
            dispute.cells.extend(disputed.map(|amount| ("amount".to_owned(), amount)));
            if let Some(outcome) = status.filter(|status| status != "open") {
                dispute.cells.insert("closed_on".to_owned(), day(10));
                dispute.cells.insert("outcome".to_owned(), Value::Text(outcome));
            }
            given.tables.entry("disputes").or_default().push(dispute);
        }
        if let Some(amount @ Value::Money(..)) = row.cells.remove("amount_pending")
            && !matches!(amount, Value::Money(0, _))
        {
            let cells = [invoice.clone(), ("payment_date", day(0)), ("amount", amount), ("status", text("pending"))];
            given.tables.entry("payments").or_default().push(made(&format!("PENDING-{}", row.id), &cells));
        }
        if let Some(Value::Date(due_on)) = row.cells.remove("item_promise_date") {
            let amount = row.cells.get("amount").cloned().unwrap_or(Value::Money(1_000, None));
            let cells = [invoice.clone(), ("due_on", Value::Date(due_on)), ("amount", amount)];
            given.tables.entry("promises").or_default().push(made(&format!("PROMISE-{}", row.id), &cells));
        }
        if row.cells.remove("item_contact_hold") == Some(Value::Flag(true)) {
            let cells = [invoice, ("from_date", day(0)), ("stops", text("contact"))];
            given.tables.entry("holds").or_default().push(made(&format!("HOLD-{}", row.id), &cells));
        }
    }

    /// What agencies were handed over the night before, as of then: they are told what has changed since.
    fn placed(&self, given: &mut Given) {
        let mut placed = Vec::new();
        for row in given.tables.entry("invoices").or_default() {
            let Some(agency @ Value::Text(_)) = row.cells.remove("placed_with") else { continue };
            let amount = row.get("amount").cloned().unwrap_or(Value::Money(0, None));
            let cells = [
                ("record", text("placement")),
                ("invoice_id", text(&row.id)),
                ("placement", agency),
                ("entered_on", Value::Date(self.from.plus_days(-1))),
                ("batch", Value::Number(1_000_000)),
                ("line", Value::Number(i64::try_from(placed.len() + 1).unwrap_or(1) * 1_000_000)),
                ("currency", text(&self.currency_of(row))),
                ("told_amount", amount.clone()),
                ("amount", amount),
            ];
            placed.push(made("", &cells));
        }
        given.tables.entry("state").or_default().extend(placed);
    }

    fn currency_of(&self, invoice: &GivenRow) -> String {
        match (invoice.get("currency"), invoice.get("amount")) {
            (Some(Value::Text(code)), _) => code.clone(),
            (_, Some(Value::Money(_, Some(currency)))) => currency.code().to_owned(),
            _ => self.program.currency.code().to_owned(),
        }
    }

    /// Documents that yield the facts given of the customer.
    fn about_customer(&self, customer: &GivenRow, given: &mut Given) {
        let day = |days: i32| Value::Date(self.from.plus_days(-days));
        if let Some(due_on @ Value::Date(_)) = customer.get("promise_date") {
            let amount = customer.get("promise_amount").cloned().unwrap_or_else(|| all_of(given));
            let cells = [("due_on", due_on.clone()), ("amount", amount)];
            given.tables.entry("promises").or_default().push(made("PROMISE", &cells));
        }
        for (fact, stops) in
            [("contact_hold", "contact"), ("penalties_hold", "penalties"), ("escalation_hold", "escalation"), ("agency_hold", "agency")]
        {
            if customer.get(fact) == Some(&Value::Flag(true)) {
                let cells = [("from_date", day(0)), ("stops", text(stops))];
                given.tables.entry("holds").or_default().push(made(&format!("HOLD-{stops}"), &cells));
            }
        }
        if customer.get("placed") == Some(&Value::Flag(true)) {
            let invoice = given.rows("invoices").first().map_or_else(|| "I-1".to_owned(), |row| row.id.clone());
            let cells = [("agency_id", text("AGENCY")), ("invoice_id", text(&invoice)), ("event_on", day(1)), ("kind", text("accepted"))];
            given.tables.entry("agency_events").or_default().push(made("PLACED", &cells));
        }
        if let Some(amount @ Value::Money(..)) = customer.get("payables_due")
            && !matches!(amount, Value::Money(0, _))
        {
            let cells = [("due_date", day(0)), ("amount", amount.clone())];
            given.tables.entry("payables").or_default().push(made("PAYABLE", &cells));
        }
    }

    /// Yesterday's records of a ladder that stands on a step, or was entered without one.
    fn state(&self, customer: &GivenRow, given: &mut Given) {
        let named = |column: &str| match customer.get(column) {
            Some(Value::Text(text)) if text != "none" => Some(text.clone()),
            _ => None,
        };
        let step = named("last_step");
        let policy = named("current_policy").or_else(|| self.policy.filter(|_| step.is_some()).map(str::to_owned));
        let Some(policy) = policy else { return };
        let step_on = match (customer.get("last_step_date"), customer.get("days_since_last_action")) {
            (Some(Value::Date(on)), _) => *on,
            (_, Some(Value::Days(days))) => self.from.plus_days(-i32::try_from(*days).unwrap_or(LAST_STEP_AGO)),
            _ => self.from.plus_days(-LAST_STEP_AGO),
        };
        let evaluated_on = ("evaluated_on", Value::Date(self.from.plus_days(-1)));
        let mut common = vec![("policy", text(&policy)), ("entered_on", Value::Date(step_on)), evaluated_on];
        if let Some(step) = &step {
            common.extend([("step", text(step)), ("step_on", Value::Date(step_on))]);
        }
        let mut rows = vec![made("", &[&[("record", text("ladder"))], &common[..]].concat())];
        for row in given.rows("invoices") {
            let currency = self.currency_of(row);
            let amount = row.get("amount").cloned().unwrap_or(Value::Money(0, None));
            let item = [
                ("record", text("item")),
                ("invoice_id", text(&row.id)),
                ("currency", text(&currency)),
                ("amount", amount),
                ("bucket", text("current")),
            ];
            rows.push(made("", &[&item[..], &common[..]].concat()));
        }
        let state = given.tables.entry("state").or_default();
        if state.is_empty() {
            *state = rows;
        }
    }

    /// The rows of a table, by columns of the contract and extra ones.
    fn table(&self, spec: &TableSpec, rows: &[GivenRow]) -> Table {
        let extra = ExtraColumns::of(self.program);
        let extra = match spec.name {
            "customers" => extra.customers,
            "invoices" => extra.invoices,
            _ => Vec::new(),
        };
        let kinds = spec.columns.iter().map(|column| column.kind).chain(extra.iter().map(|name| self.kind(spec, name)));
        let names: Vec<&str> = spec.columns.iter().map(|column| column.name).chain(extra.iter().map(String::as_str)).collect();
        let kinds: Vec<Kind> = kinds.collect();
        let mut table = TableBuilder::of_kinds(kinds.iter().copied());
        for row in rows {
            for (at, name) in names.iter().enumerate() {
                match row.get(name) {
                    // Exchange rates have twelve decimals.
                    Some(Value::Number(millionths)) if kinds[at] == Kind::ExchangeRate => {
                        table.number(at, millionths.saturating_mul(1_000_000));
                    }
                    Some(value) => set(&mut table, at, value),
                    None => {}
                }
            }
            table.end_row();
        }
        let mut table = table.finish();
        // A test that names no address says nothing about it, as a ledger without the column does; `missing` names it.
        let unnamed: &[usize] = match spec.name {
            "customers" => &[contract::customers::EMAIL, contract::customers::PHONE, contract::customers::ADDRESS],
            "invoices" => &[contract::invoices::PAYMENT_TERMS],
            _ => &[],
        };
        for at in unnamed {
            if !rows.iter().any(|row| row.cells.contains_key(names[*at])) {
                table.columns[*at] = Column::Absent;
            }
        }
        if let Some(key) = spec.key.first() {
            table.key_hash = (0..table.len()).map(|row| key_hash(table.text(*key, row).unwrap_or_default())).collect();
        }
        table
    }

    /// What an extra column holds, by the type of its field.
    fn kind(&self, spec: &TableSpec, name: &str) -> Kind {
        let is_its = |source: &Source| matches!(source, Source::Column { table, column } if *table == spec.name && column == name);
        let field = self.program.fields.iter().find(|field| is_its(&field.source));
        match field.map(|field| &field.ty) {
            Some(Type::Money) => Kind::Money,
            Some(Type::Rate | Type::Number | Type::Days) => Kind::Number,
            Some(Type::Date) => Kind::Date,
            Some(Type::Bool) => Kind::Flag,
            _ => Kind::Text,
        }
    }
}

fn is_named(row: &GivenRow, column: &str) -> bool {
    matches!(row.get(column), Some(Value::Text(text)) if text != "none")
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn made(id: &str, cells: &[(&str, Value)]) -> GivenRow {
    GivenRow { id: id.to_owned(), cells: cells.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect() }
}

/// All that is invoiced, in the currency of the first invoice.
fn all_of(given: &Given) -> Value {
    let amounts = given.rows("invoices").iter().filter_map(|row| match row.get("amount") {
        Some(Value::Money(amount, currency)) => Some((*amount, *currency)),
        _ => None,
    });
    amounts
        .reduce(|(sum, currency), (amount, _)| (sum.saturating_add(amount), currency))
        .map_or(Value::Money(1_000, None), |(sum, currency)| Value::Money(sum.max(1_000), currency))
}

/// Fills what a row leaves open: its name, its customer, its currency and the days that do not matter.
fn fill(spec: &TableSpec, key: Option<&str>, at: usize, row: &mut GivenRow, customer: &Value, from: Date) {
    if row.id.is_empty() {
        row.id = numbered(spec.name, at);
    }
    let mut default = |column: &str, value: Value| {
        if spec.position(column).is_some() && row.get(column).is_none() {
            row.cells.insert(column.to_owned(), value);
        }
    };
    default("customer_id", customer.clone());
    match spec.name {
        "disputes" => default("opened_on", Value::Date(from.plus_days(-1))),
        "holds" => default("from_date", Value::Date(from)),
        "waivers" => default("waived_on", Value::Date(from)),
        "overrides" => {
            default("from_date", Value::Date(from));
            default("until_date", Value::Date(from.plus_days(30)));
            default("reason", Value::Text("test".to_owned()));
            default("author", Value::Text("test".to_owned()));
        }
        "decisions" => {
            default("decided_on", Value::Date(from));
            default("author", Value::Text("test".to_owned()));
        }
        "installments" => default("sequence", Value::Number(i64::try_from(at + 1).unwrap_or(1) * 1_000_000)),
        _ => {}
    }
    if spec.name == "promises"
        && let Some(Value::Date(due_on)) = row.get("due_on").cloned()
        && row.get("promised_on").is_none()
    {
        row.cells.insert("promised_on".to_owned(), Value::Date(due_on.min(from).plus_days(-7)));
    }
    if let Some(key) = key.filter(|key| *key != "customer_id") {
        row.cells.insert(key.to_owned(), Value::Text(row.id.clone()));
    }
    let (money, code) = if spec.name == "customers" { ("credit_limit", "credit_limit_currency") } else { ("amount", "currency") };
    if let (Some(Value::Money(_, Some(currency))), Some(_), None) = (row.get(money), spec.position(code), row.get(code)) {
        let currency: Currency = *currency;
        row.cells.insert(code.to_owned(), text(currency.code()));
    }
}

fn set(table: &mut TableBuilder, column: usize, value: &Value) {
    match value {
        // The arm of a trial is no column of a row.
        Value::Missing | Value::Arm(_) => {}
        Value::Text(text) => table.text(column, text.as_bytes()),
        Value::Money(thousandths, _) => table.thousandths(column, i128::from(*thousandths)),
        Value::Rate(millionths) | Value::Number(millionths) => {
            // A column takes only what is of its kind.
            table.number(column, *millionths);
            table.whole(column, millionths / 1_000_000);
        }
        Value::Days(days) => table.number(column, days.saturating_mul(1_000_000)),
        Value::Date(date) => table.date(column, Some(*date)),
        Value::Flag(flag) => table.flag(column, *flag),
    }
}
