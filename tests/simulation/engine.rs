//! The kernel, night after night: the rows of a world go in, the tables come out, the state goes into the next night.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use relance::base::contract::{
    self, TableSpec, action_items, actions, contacts, customers, disputes, holds, installments, invoices, open_items, payments, promises,
};
use relance::base::date::Date;
use relance::base::hash::key_hash;
use relance::base::money::Currency;
use relance::base::table::Table;
use relance::base::table_builder::TableBuilder;
use relance::night::evaluate::Unwatched;
use relance::night::matchers::Matchers;
use relance::night::normalise::Shard;
use relance::rules::compile::compile;
use relance::rules::eval::Env;
use relance::rules::program::Program;
use relance::rules::sources::SourceFile;
use relance::run::rehearsal::{Rows, rehearse};
use relance::settings::Settings;

use crate::spec::Rules;
use crate::world::{Invoice, World};

/// The first night, a Monday.
pub const FIRST: Date = Date(20_458);

pub fn date(day: i32) -> Date {
    FIRST.plus_days(day)
}

/// A row of `actions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    pub id: String,
    pub customer: usize,
    pub invoice: Option<usize>,
    pub sequence: i64,
    pub policy: String,
    pub step: usize,
    pub verb: String,
    pub status: String,
    pub reason: String,
    pub cents: i64,
    pub days_late: i32,
    /// Invoices it is about.
    pub about: Vec<usize>,
}

/// A row of `open_items`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub invoice: usize,
    pub sequence: i64,
    pub open: i64,
    pub collectible: i64,
    pub policy: String,
    pub step: String,
    pub next_action: String,
    pub next_on: Option<i32>,
}

/// What one night left, and what it knew of contacts.
pub struct Night {
    pub day: i32,
    pub actions: Vec<Action>,
    pub items: Vec<Item>,
}

/// A row of the contact log.
#[derive(Debug, Clone)]
pub struct Contact {
    pub customer: usize,
    pub day: i32,
    pub channel: &'static str,
    pub inbound: bool,
    /// The action it carries out, with its place among the actions agreed to.
    pub action: String,
}

pub struct Engine<'w> {
    world: &'w World,
    program: Program,
    settings: Settings,
    tables: Shard,
    state: Option<Table>,
    pub log: Vec<Contact>,
    log_rows: TableBuilder,
    customers: BTreeMap<&'w str, usize>,
    invoices: BTreeMap<&'w str, usize>,
}

fn builder(spec: &TableSpec) -> TableBuilder {
    TableBuilder::new(spec)
}

fn finished(spec: &TableSpec, builder: TableBuilder) -> Table {
    let mut table = builder.finish();
    if let Some(key) = spec.key.first() {
        table.key_hash = (0..table.len()).map(|row| key_hash(table.text(*key, row).unwrap_or_default())).collect();
    }
    table
}

fn cents(builder: &mut TableBuilder, column: usize, cents: i64) {
    builder.thousandths(column, i128::from(cents) * 10);
}

impl<'w> Engine<'w> {
    pub fn new(world: &'w World, rules: &Rules) -> Engine<'w> {
        let file = SourceFile { path: "escalation.yaml".to_owned(), text: rules.text() };
        let currency = Currency::parse(b"EUR").expect("a currency");
        let compiled = compile(&[file], FIRST, currency)
            .unwrap_or_else(|found| panic!("{:?}", found.iter().map(|found| &found.message).collect::<Vec<_>>()));
        let job = "relance: 1\nportfolio: {invoices: none}\nrules: .\nreporting_currency: EUR\n";
        let settings = Settings::parse(job, Path::new("relance.yaml"), &|_| None).expect("a job");
        let named = |at: (usize, &'w str)| (at.1, at.0);
        let mut engine = Engine {
            world,
            program: compiled.program,
            settings,
            tables: tables(world),
            state: None,
            log: Vec::new(),
            log_rows: builder(&contacts::SPEC),
            customers: world.customers.iter().map(|customer| customer.id.as_str()).enumerate().map(named).collect(),
            invoices: world.invoices.iter().map(|invoice| invoice.id.as_str()).enumerate().map(named).collect(),
        };
        for (customer, day, channel, inbound) in &world.contacts {
            engine.contact(Contact { customer: *customer, day: *day, channel, inbound: *inbound, action: String::new() });
        }
        engine
    }

    /// Adds a row to the contact log.
    pub fn contact(&mut self, contact: Contact) {
        let rows = &mut self.log_rows;
        rows.text(contacts::CONTACT_ID, format!("K{:07}", self.log.len()).as_bytes());
        rows.text(contacts::CUSTOMER_ID, self.world.customers[contact.customer].id.as_bytes());
        rows.date(contacts::CONTACTED_ON, Some(date(contact.day)));
        rows.text(contacts::CHANNEL, contact.channel.as_bytes());
        rows.text(contacts::DIRECTION, if contact.inbound { b"in" } else { b"out" });
        rows.text(
            contacts::OUTCOME,
            [&b"delivered"[..], b"answered", b"no_answer", b"promise"][self.log.len() % 4..].first().unwrap_or(&&b""[..]),
        );
        rows.text(contacts::ACTION_ID, contact.action.as_bytes());
        rows.end_row();
        self.log.push(contact);
    }

    fn customers(&self, day: i32) -> Table {
        let mut rows = builder(&customers::SPEC);
        for customer in &self.world.customers {
            rows.text(customers::CUSTOMER_ID, customer.id.as_bytes());
            rows.text(customers::PARENT_ID, customer.parent(day).as_bytes());
            rows.text(customers::TIER, customer.tier(day).to_string().as_bytes());
            if customer.has_email {
                rows.text(customers::EMAIL, b"somebody@example.com");
            }
            rows.text(customers::PHONE, b"0123456789");
            rows.text(customers::ADDRESS, b"1 Main Street");
            rows.end_row();
        }
        finished(&customers::SPEC, rows)
    }

    /// Works out a night.
    pub fn night(&mut self, day: i32) -> Night {
        let as_of = date(day);
        let shard = Shard {
            customers: self.customers(day),
            contacts: finished(&contacts::SPEC, self.log_rows.clone()),
            state: self.state.clone().unwrap_or_else(|| builder(&contract::state::SPEC).finish()),
            ..self.tables.clone()
        };
        let fx = builder(&contract::fx::SPEC).finish();
        let rows = Rows { shard, fx, has_contact_log: true, has_state: self.state.is_some(), ahead_in_queue: 0 };
        let env = Env { as_of, calendar: &self.program.calendar };
        let matchers = Arc::new(Matchers::new(&self.program, &env));
        let rehearsed = rehearse(rows, &self.program, matchers, &self.settings, as_of, &mut Unwatched).expect("a night");
        assert!(rehearsed.rejects.is_empty(), "{:?}", rehearsed.rejects.first());
        self.state = Some(rehearsed.state);
        let evaluated = &rehearsed.evaluated;
        Night { day, actions: self.actions(&evaluated.actions, &evaluated.action_items), items: self.items(&evaluated.open_items) }
    }

    fn actions(&self, rows: &Table, about: &Table) -> Vec<Action> {
        let mut by_action: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for row in 0..about.len() {
            let id = about.text(action_items::ACTION_ID, row).unwrap_or_default();
            by_action.entry(id).or_default().push(self.invoices[text(about, action_items::INVOICE_ID, row).as_str()]);
        }
        let row = |row: usize| {
            let text = |column| text(rows, column, row);
            let id = text(actions::ACTION_ID);
            Action {
                customer: self.customers[text(actions::CUSTOMER_ID).as_str()],
                invoice: rows.text(actions::INVOICE_ID, row).map(|id| self.invoices[std::str::from_utf8(id).expect("an id")]),
                sequence: rows.whole(actions::SEQUENCE, row).unwrap_or(0),
                policy: text(actions::POLICY),
                step: text(actions::STEP)[1..].parse().expect("a step"),
                verb: text(actions::ACTION),
                status: text(actions::STATUS),
                reason: text(actions::STATUS_REASON),
                cents: rows.money(actions::AMOUNT_DUE, row).expect("an amount") / 10,
                days_late: i32::try_from(rows.whole(actions::DAYS_LATE, row).expect("days late")).expect("days"),
                about: by_action.get(id.as_bytes()).cloned().unwrap_or_default(),
                id,
            }
        };
        (0..rows.len()).map(row).collect()
    }

    fn items(&self, rows: &Table) -> Vec<Item> {
        let row = |row: usize| {
            let text = |column| text(rows, column, row);
            Item {
                invoice: self.invoices[text(open_items::INVOICE_ID).as_str()],
                sequence: rows.whole(open_items::SEQUENCE, row).unwrap_or(0),
                open: rows.money(open_items::AMOUNT_OPEN, row).expect("an amount") / 10,
                collectible: rows.money(open_items::AMOUNT_COLLECTIBLE, row).expect("an amount") / 10,
                policy: text(open_items::POLICY),
                step: text(open_items::STEP),
                next_action: text(open_items::NEXT_ACTION),
                next_on: rows.date(open_items::NEXT_ON, row).map(|on| on.days_since(FIRST)),
            }
        };
        (0..rows.len()).map(row).collect()
    }
}

fn text(table: &Table, column: usize, row: usize) -> String {
    String::from_utf8_lossy(table.text(column, row).unwrap_or_default()).into_owned()
}

/// The tables that are the same on every night.
fn tables(world: &World) -> Shard {
    let mut debts = builder(&invoices::SPEC);
    let mut plans = builder(&installments::SPEC);
    let mut cash = builder(&payments::SPEC);
    let mut contested = builder(&disputes::SPEC);
    let mut promised = builder(&promises::SPEC);
    for invoice in &world.invoices {
        let customer = &world.customers[invoice.customer].id;
        owed(&mut debts, &mut plans, invoice, customer);
        paid(&mut debts, &mut cash, invoice, customer);
        said(&mut contested, &mut promised, invoice, customer);
    }
    Shard {
        invoices: Arc::new(finished(&invoices::SPEC, debts)),
        installments: finished(&installments::SPEC, plans),
        payments: finished(&payments::SPEC, cash),
        disputes: finished(&disputes::SPEC, contested),
        promises: finished(&promises::SPEC, promised),
        holds: held(world),
        ..Shard::of(|spec| finished(spec, builder(spec)))
    }
}

fn owed(debts: &mut TableBuilder, plans: &mut TableBuilder, invoice: &Invoice, customer: &str) {
    let id = invoice.id.as_bytes();
    debts.text(invoices::INVOICE_ID, id);
    debts.text(invoices::CUSTOMER_ID, customer.as_bytes());
    debts.date(invoices::ISSUE_DATE, Some(date(invoice.issue)));
    debts.date(invoices::DUE_DATE, Some(date(invoice.parts[0].0)));
    debts.date(invoices::WRITTEN_OFF_ON, invoice.written_off.map(date));
    cents(debts, invoices::AMOUNT, invoice.amount());
    debts.end_row();
    for (number, (due, part)) in (1..).zip(&invoice.parts).filter(|_| invoice.parts.len() > 1) {
        plans.text(installments::INVOICE_ID, id);
        plans.number(installments::SEQUENCE, number * 1_000_000);
        plans.date(installments::DUE_DATE, Some(date(*due)));
        cents(plans, installments::AMOUNT, *part);
        plans.end_row();
    }
}

fn paid(debts: &mut TableBuilder, cash: &mut TableBuilder, invoice: &Invoice, customer: &str) {
    let (id, customer) = (invoice.id.as_bytes(), customer.as_bytes());
    for money in &invoice.money {
        if money.is_credit {
            debts.text(invoices::INVOICE_ID, money.id.as_bytes());
            debts.text(invoices::CUSTOMER_ID, customer);
            debts.text(invoices::ORIGINAL_INVOICE_ID, id);
            debts.date(invoices::ISSUE_DATE, Some(date(money.on)));
            debts.date(invoices::DUE_DATE, Some(date(money.on)));
            cents(debts, invoices::AMOUNT, -money.cents);
            debts.end_row();
            continue;
        }
        cash.text(payments::PAYMENT_ID, money.id.as_bytes());
        cash.text(payments::CUSTOMER_ID, customer);
        cash.text(payments::INVOICE_ID, id);
        cash.date(payments::PAYMENT_DATE, Some(date(money.on)));
        cents(cash, payments::AMOUNT, money.cents);
        if let Some(back) = money.rejected_on {
            cash.text(payments::STATUS, b"rejected");
            cash.date(payments::REJECTED_ON, Some(date(back)));
            cash.text(payments::REJECTION_KIND, b"non_technical");
        }
        cash.end_row();
    }
}

fn said(contested: &mut TableBuilder, promised: &mut TableBuilder, invoice: &Invoice, customer: &str) {
    let id = invoice.id.as_bytes();
    for (number, dispute) in invoice.disputes.iter().enumerate() {
        contested.text(disputes::DISPUTE_ID, format!("{}-D{number}", invoice.id).as_bytes());
        contested.text(disputes::INVOICE_ID, id);
        contested.date(disputes::OPENED_ON, Some(date(dispute.from)));
        contested.date(disputes::CLOSED_ON, dispute.closed.map(date));
        if let Some(part) = dispute.part {
            cents(contested, disputes::AMOUNT, part);
        }
        contested.end_row();
    }
    for (number, promise) in invoice.promises.iter().enumerate() {
        promised.text(promises::PROMISE_ID, format!("{}-P{number}", invoice.id).as_bytes());
        promised.text(promises::CUSTOMER_ID, customer.as_bytes());
        promised.text(promises::INVOICE_ID, id);
        promised.date(promises::PROMISED_ON, Some(date(promise.from)));
        promised.date(promises::DUE_ON, Some(date(promise.to)));
        cents(promised, promises::AMOUNT, promise.cents);
        promised.end_row();
    }
}

fn held(world: &World) -> Table {
    let mut held = builder(&holds::SPEC);
    let of_invoices =
        world.invoices.iter().flat_map(|invoice| invoice.holds.iter().map(move |span| (invoice.customer, Some(invoice), *span)));
    let of_customers = world.holds.iter().map(|(customer, span)| (*customer, None, *span));
    for (number, (customer, invoice, span)) in of_invoices.chain(of_customers).enumerate() {
        held.text(holds::HOLD_ID, format!("H{number:06}").as_bytes());
        held.text(holds::CUSTOMER_ID, world.customers[customer].id.as_bytes());
        held.text(holds::INVOICE_ID, invoice.map_or(&b""[..], |invoice| invoice.id.as_bytes()));
        held.date(holds::FROM_DATE, Some(date(span.from)));
        held.date(holds::UNTIL_DATE, span.to.map(date));
        held.text(holds::STOPS, b"contact");
        held.end_row();
    }
    finished(&holds::SPEC, held)
}
