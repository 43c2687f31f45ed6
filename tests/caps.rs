//! Caps night after night: no window ever holds more than its cap, whoever shares a key, and what is postponed goes out on the day it names.
//!
//! The audit counts by itself, from the keys as they are drawn and from what went out. `RELANCE_PROOF_CAPS` sets how many portfolios are
//! drawn (default 48).

#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where something is not as it must be")]

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use relance::base::contract::{actions, contacts, customers, invoices};
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

/// A Monday.
const FIRST: &str = "2026-03-02";

/// What a cap counts together.
const PER: [&str; 6] = ["customer", "group", "person", "phone", "email", "address"];
const VERBS: [(&str, &str); 3] = [("email", "email"), ("call", "phone"), ("letter", "letter")];

/// A customer by its number: the keys it shares, and how far its debt is past due on the first night.
#[derive(Debug, Clone)]
struct Customer {
    /// Its parent, among the customers.
    parent: Option<usize>,
    /// Which of a few persons, numbers, mailboxes and houses are its own; `None` for a missing key.
    keys: [Option<u8>; 4],
    /// How a key is typed.
    typed: bool,
    amount: i64,
    late: i32,
    /// What its policy does.
    verb: usize,
}

#[derive(Debug, Clone)]
struct Cap {
    at_most: usize,
    within: i32,
    per: usize,
    count: BTreeSet<usize>,
    drops: bool,
}

#[derive(Debug, Clone)]
struct Case {
    customers: Vec<Customer>,
    caps: Vec<Cap>,
    quiet: bool,
    /// Whether each step has another contact beside it.
    also: bool,
    steps: i32,
}

fn customer() -> impl Strategy<Value = Customer> {
    let key = || prop_oneof![1 => Just(None), 3 => (0_u8..3).prop_map(Some)];
    (prop::option::weighted(0.3, 0_usize..3), [key(), key(), key(), key()], any::<bool>(), 1_i64..50, 1_i32..12, 0_usize..3)
        .prop_map(|(parent, keys, typed, amount, late, verb)| Customer { parent, keys, typed, amount, late, verb })
}

fn cap() -> impl Strategy<Value = Cap> {
    (1_usize..3, 1_i32..9, 0_usize..6, prop::collection::btree_set(0_usize..3, 1..4), prop::bool::weighted(0.15))
        .prop_map(|(at_most, within, per, count, drops)| Cap { at_most, within, per, count, drops })
}

fn case(steps: std::ops::Range<i32>) -> impl Strategy<Value = Case> {
    (prop::collection::vec(customer(), 3..10), prop::collection::vec(cap(), 1..4), any::<bool>(), any::<bool>(), steps)
        .prop_map(|(customers, caps, quiet, also, steps)| Case { customers, caps, quiet, also, steps })
}

impl Case {
    fn rules(&self) -> String {
        let mut text = "relance: 1\nkind: escalation\npolicies:\n".to_owned();
        for (at, (verb, _)) in VERBS.into_iter().enumerate() {
            let beside = VERBS[(at + 1) % VERBS.len()].0;
            let also = if self.also { format!(", also: [{{id: beside, do: {beside}}}]") } else { String::new() };
            text += &format!(
                "  - policy: by_{verb}\n    for: tier is known and tier = '{verb}'\n    clock: oldest_days_past_due\n    resume: first_unserved\n    \
                 terminal: {{stop: done}}\n    steps:\n"
            );
            for step in 0..self.steps {
                text += &format!("      - {{step: s{step}, at: {} days, do: {verb}{also}}}\n", 1 + 3 * step);
            }
        }
        text += "  - policy: nobody\n    for: tier is missing or tier not in ('email', 'call', 'letter')\n    steps: []\ncaps:\n";
        for (at, cap) in self.caps.iter().enumerate() {
            let count: Vec<&str> = cap.count.iter().map(|verb| VERBS[*verb].0).collect();
            let then = if cap.drops { "drop" } else { "postpone" };
            text += &format!(
                "  - {{cap: c{at}, at_most: {}, within: {} days, per: {}, count: [{}], then: {then}}}\n",
                cap.at_most,
                cap.within,
                PER[cap.per],
                count.join(", ")
            );
        }
        if self.quiet {
            text += "quiet_days: {skip: [saturday, sunday], then: next_business_day}\n";
        }
        text
    }

    /// Who is counted together with a customer under a cap, by the drawn keys.
    fn identity(&self, cap: &Cap, customer: usize) -> String {
        let drawn = match PER[cap.per] {
            "customer" => None,
            "group" => return format!("g{}", self.root(customer)),
            per => self.customers[customer].keys[PER.iter().position(|name| *name == per).expect("a key") - 2],
        };
        drawn.map_or_else(|| format!("c{customer}"), |key| format!("k{key}"))
    }

    fn root(&self, customer: usize) -> usize {
        let mut at = customer;
        while let Some(parent) = self.customers[at].parent.filter(|parent| *parent < at) {
            at = parent;
        }
        at
    }

    fn table(&self) -> Table {
        let mut rows = TableBuilder::new(&customers::SPEC);
        for (at, customer) in self.customers.iter().enumerate() {
            rows.text(customers::CUSTOMER_ID, format!("C{at:05}").as_bytes());
            rows.text(customers::TIER, VERBS[customer.verb].0.as_bytes());
            // Parents with larger numbers would make cycles, which have a test of their own.
            if let Some(parent) = customer.parent.filter(|parent| *parent < at) {
                rows.text(customers::PARENT_ID, format!("C{parent:05}").as_bytes());
            }
            let [person, phone, email, address] = customer.keys;
            let mut text = |column, key: Option<u8>, forms: [&str; 2]| {
                if let Some(key) = key {
                    let form = forms[usize::from(customer.typed)];
                    rows.text(column, form.replace('#', &key.to_string()).as_bytes());
                }
            };
            text(customers::PERSON_ID, person, ["P#", " P# "]);
            text(customers::PHONE, phone, ["+33 1 23 45 6#", "0033 (0)1.23.45.6#"]);
            text(customers::EMAIL, email, ["a#@b.example", " A#@B.Example"]);
            text(customers::ADDRESS, address, ["# rue de l'Élysée", "#, RUE DE L ELYSEE"]);
            rows.end_row();
        }
        keyed(rows.finish(), customers::CUSTOMER_ID)
    }

    fn debts(&self, first: Date) -> Table {
        let mut rows = TableBuilder::new(&invoices::SPEC);
        for (at, customer) in self.customers.iter().enumerate() {
            rows.text(invoices::INVOICE_ID, format!("F{at:05}").as_bytes());
            rows.text(invoices::CUSTOMER_ID, format!("C{at:05}").as_bytes());
            rows.date(invoices::ISSUE_DATE, Some(first.plus_days(-60)));
            rows.date(invoices::DUE_DATE, Some(first.plus_days(-customer.late)));
            rows.thousandths(invoices::AMOUNT, i128::from(customer.amount) * 1_000);
            rows.end_row();
        }
        keyed(rows.finish(), invoices::INVOICE_ID)
    }
}

fn keyed(mut table: Table, key: usize) -> Table {
    table.key_hash = (0..table.len()).map(|row| key_hash(table.text(key, row).unwrap_or_default())).collect();
    table.source_row = (0..).take(table.len()).collect();
    table
}

/// What an action came to.
#[derive(Debug, Clone)]
struct Told {
    customer: usize,
    verb: usize,
    /// It goes with a step.
    beside: bool,
    status: String,
    next_on: Option<Date>,
}

/// Nights one after the other, each with the state of the one before and the log of what went out.
struct Nights<'c> {
    case: &'c Case,
    program: Program,
    settings: Settings,
    first: Date,
    state: Option<Table>,
    log: Vec<(usize, usize, Date)>,
}

impl<'c> Nights<'c> {
    fn new(case: &'c Case) -> Nights<'c> {
        let first = Date::parse(FIRST).expect("a day");
        let euro = Currency::parse(b"EUR").expect("a currency");
        let file = SourceFile { path: "escalation.yaml".to_owned(), text: case.rules() };
        let program = compile(&[file], first, euro).unwrap_or_else(|findings| panic!("{findings:#?}\n{}", case.rules())).program;
        let job = "relance: 1\nportfolio: {invoices: a}\nrules: r\nreporting_currency: EUR\n";
        let settings = Settings::parse(job, Path::new("relance.yaml"), &|_| None).unwrap_or_else(|failure| panic!("{failure}"));
        Nights { case, program, settings, first, state: None, log: Vec::new() }
    }

    fn run(&mut self, as_of: Date) -> Vec<Told> {
        let mut log = TableBuilder::new(&contacts::SPEC);
        for (at, (customer, verb, on)) in self.log.iter().enumerate() {
            log.text(contacts::CONTACT_ID, format!("K{at:06}").as_bytes());
            log.text(contacts::CUSTOMER_ID, format!("C{customer:05}").as_bytes());
            log.date(contacts::CONTACTED_ON, Some(*on));
            log.text(contacts::CHANNEL, VERBS[*verb].1.as_bytes());
            log.end_row();
        }
        let shard = Shard {
            customers: self.case.table(),
            invoices: Arc::new(self.case.debts(self.first)),
            contacts: keyed(log.finish(), contacts::CONTACT_ID),
            state: self.state.clone().unwrap_or_default(),
            ..Shard::default()
        };
        let rows = Rows { shard, has_contact_log: true, has_state: self.state.is_some(), ..Rows::default() };
        let env = Env { as_of, calendar: &self.program.calendar };
        let matchers = Arc::new(Matchers::new(&self.program, &env));
        let night =
            rehearse(rows, &self.program, matchers, &self.settings, as_of, &mut Unwatched).unwrap_or_else(|failure| panic!("{failure}"));
        self.state = Some(night.state);
        let table = &night.evaluated.actions;
        let text = |column, row| String::from_utf8_lossy(table.text(column, row).unwrap_or_default()).into_owned();
        let told: Vec<Told> = (0..table.len())
            .map(|row| Told {
                customer: text(actions::CUSTOMER_ID, row)[1..].parse().expect("a number"),
                verb: VERBS.iter().position(|(verb, _)| *verb == text(actions::ACTION, row)).expect("a verb"),
                beside: text(actions::RULE_ID, row).contains(".also."),
                status: text(actions::STATUS, row),
                next_on: table.date(actions::NEXT_ON, row),
            })
            .collect();
        self.log.extend(told.iter().filter(|told| told.status == "due").map(|told| (told.customer, told.verb, as_of)));
        told
    }

    /// The first window that holds more than its cap.
    fn exceeded(&self) -> Option<String> {
        for cap in &self.case.caps {
            let counted = || self.log.iter().filter(|(_, verb, _)| cap.count.contains(verb));
            for (customer, _, on) in counted() {
                let own = self.case.identity(cap, *customer);
                let within = |day: Date| day <= *on && on.days_since(day) < cap.within;
                let same = counted().filter(|(other, _, day)| within(*day) && self.case.identity(cap, *other) == own).count();
                if same > cap.at_most {
                    return Some(format!("{same} contacts of {own} in {} days up to {on}: {cap:?}", cap.within));
                }
            }
        }
        None
    }
}

fn draw(strategy: &impl Strategy<Value = Case>, test: impl Fn(&Case)) {
    let cases = std::env::var("RELANCE_PROOF_CAPS").ok().and_then(|text| text.parse().ok()).unwrap_or(48);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let tested = runner.run(strategy, |case| {
        test(&case);
        Ok(())
    });
    tested.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn no_window_ever_holds_more_than_its_cap_on_any_identity() {
    let contacts = Cell::new(0);
    draw(&case(3..5), |case| {
        let mut nights = Nights::new(case);
        // Every fifth night is missed.
        for day in (0..25).filter(|day| day % 5 != 4) {
            nights.run(nights.first.plus_days(day));
        }
        contacts.set(contacts.get() + nights.log.len());
        assert_eq!(nights.exceeded(), None);
    });
    // A portfolio without any address keeps still by itself; all of them do not.
    assert!(contacts.get() > 0, "nothing went out");
}

#[test]
fn what_is_postponed_goes_out_on_the_day_it_names_if_nothing_changes() {
    draw(&case(1..2), |case| {
        let case = Case { caps: case.caps.iter().map(|cap| Cap { drops: false, ..cap.clone() }).collect(), ..case.clone() };
        let mut nights = Nights::new(&case);
        let mut expected: BTreeMap<usize, Date> = BTreeMap::new();
        for told in nights.run(nights.first) {
            if told.status == "postponed" {
                expected.insert(told.customer, told.next_on.expect("the next lawful day"));
            }
        }
        let last = expected.values().max().copied().unwrap_or(nights.first);
        for day in 1..=last.days_since(nights.first) {
            let as_of = nights.first.plus_days(day);
            let out: BTreeSet<usize> =
                nights.run(as_of).iter().filter(|told| told.status == "due" && !told.beside).map(|told| told.customer).collect();
            let named: BTreeSet<usize> = expected.iter().filter(|(_, on)| **on == as_of).map(|(customer, _)| *customer).collect();
            assert_eq!(out, named, "on {as_of}");
        }
    });
}

#[test]
fn a_switchboard_of_ten_thousand_customers_takes_its_calls_in_turn() {
    let one = Customer { parent: None, keys: [None, Some(1), None, None], typed: false, amount: 10, late: 2, verb: 1 };
    let cap = Cap { at_most: 100, within: 2, per: 3, count: BTreeSet::from([1]), drops: false };
    let case = Case { customers: vec![one; 10_000], caps: vec![cap], quiet: false, also: false, steps: 1 };
    let mut nights = Nights::new(&case);
    let told = nights.run(nights.first);
    let mut days: BTreeMap<i32, usize> = BTreeMap::new();
    for told in &told {
        let on = if told.status == "due" { nights.first } else { told.next_on.expect("a day") };
        *days.entry(on.days_since(nights.first)).or_default() += 1;
    }
    // A hundred every other day.
    assert_eq!(days, (0..100).map(|turn| (turn * 2, 100)).collect());
}
