//! Sixty nights with three agencies: payments on either side, disputes, recalls, debts given back, event files that are lost or come twice,
//! nights that are missed, run again or killed. At the end every side has the same to the cent.
//!
//! `RELANCE_PROOF_DEBTS` sets how many debts there are about (default 150), `RELANCE_PROOF_SEED` the chance (default 0).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use relance::base::date::Date;

use crate::desk::{Desk, Outcome, ladder};

/// Of which some nights are missed.
const DAYS: i32 = 80;

const AGENCIES: [&str; 3] = ["EST", "NORD", "SUD"];

const RULES: &str = "define:
  wrong_place: {means: it has grown beyond what they are good at, when: overdue_balance > 20_000 EUR}
routes:
  - {route: est, collects: 50%, fee: 20%, takes: 60 days, agency: {id: EST, recall_within: 4 days, recall_if: [wrong_place], share: 50%, cooling_off: 10 days}}
  - {route: nord, collects: 50%, fee: 25%, takes: 60 days, agency: {id: NORD, recall_within: 2 days, share: 30%, debtors_at_most: ROOM, minimum_fee: 10 EUR}}
  - {route: sud, collects: 50%, takes: 60 days, agency: {id: SUD, recall_within: 7 days, share: 20%, cooling_off: 5 days, fee_by_amount: {0 EUR: 40%, 1_000 EUR: 30%}}}
proposals:
  - {proposal: hand_over, kind: placement, on: customer, when: oldest_days_past_due >= 20 days, owner: legal}
";

/// Debts and customers of a world of size one.
const DEBTS: usize = 150;
const CUSTOMERS: u64 = 25;

fn variable(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|count| count.parse().ok()).unwrap_or(default)
}

/// How many times as large as the smallest world this one is.
fn size() -> u64 {
    (variable("RELANCE_PROOF_DEBTS", DEBTS) / DEBTS).max(1) as u64
}

/// Numbers that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    /// A position among so many.
    fn one_of(&mut self, many: usize) -> usize {
        usize::try_from(self.below(many as u64)).expect("small")
    }
}

/// An invoice as the ledger has it.
#[derive(Clone)]
struct Invoice {
    customer: usize,
    issued: Date,
    due: Date,
    cents: i64,
    paid: i64,
    disputed: bool,
}

impl Invoice {
    fn open(&self) -> i64 {
        self.cents - self.paid
    }
}

/// What really is, told to nobody but through files.
#[derive(Default)]
struct World {
    invoices: Vec<Invoice>,
    payments: Vec<String>,
    disputes: BTreeMap<usize, (Date, Option<Date>)>,
    holds: Vec<String>,
    events: Vec<String>,
    insolvent: BTreeSet<usize>,
}

/// An agency on its side: what it believes each debt of its files comes to, by batch and line.
#[derive(Default)]
struct Receiver {
    last: i64,
    /// Invoice and what is left of it; gone once it is closed.
    debts: BTreeMap<(i64, i64), (usize, i64)>,
    given: usize,
    told: usize,
}

fn amount(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

fn cents(text: &str) -> i64 {
    text.replace('.', "").parse().expect("an amount with two decimals")
}

impl World {
    /// One day: invoices, payments to either side, disputes, holds, debts given back, an insolvency.
    fn day(&mut self, on: Date, receivers: &BTreeMap<&'static str, Receiver>, chance: &mut Chance) {
        let held: Vec<(&str, Vec<usize>)> = receivers.iter().map(|(agency, receiver)| (*agency, receiver.held())).collect();
        for _ in 0..size() {
            self.events_of(on, &held, chance);
        }
    }

    fn events_of(&mut self, on: Date, held: &[(&str, Vec<usize>)], chance: &mut Chance) {
        let customers = CUSTOMERS * size();
        for _ in 0..chance.below(3) {
            let invoice = Invoice {
                customer: usize::try_from(chance.below(customers)).expect("small"),
                issued: on,
                due: on.plus_days(i32::try_from(chance.below(15)).expect("small")),
                cents: 5_000 + i64::try_from(chance.below(300_000)).expect("small"),
                paid: 0,
                disputed: false,
            };
            self.invoices.push(invoice);
        }
        for _ in 0..chance.below(4) {
            let at = chance.one_of(self.invoices.len());
            self.pay(at, on, "", chance);
        }
        for (agency, held) in held.iter().filter(|(_, held)| !held.is_empty()) {
            let one = held[chance.one_of(held.len())];
            if chance.one_in(2) {
                self.pay(one, on, agency, chance);
            }
            if chance.one_in(6) {
                let number = self.events.len();
                let kind = ["returned", "refused", "closed"][chance.one_of(3)];
                self.events.push(format!("E{number}, {agency}, I{one}, {on}, {kind}"));
            }
        }
        let at = chance.one_of(self.invoices.len());
        if chance.one_in(3) {
            let entry = self.disputes.entry(at).or_insert((on, None));
            let is_new = entry.0 == on;
            if !is_new && entry.1.is_none() {
                entry.1 = Some(on);
            }
            self.invoices[at].disputed = entry.1.is_none();
        }
        if chance.one_in(5) {
            let (number, customer) = (self.holds.len(), chance.below(customers));
            let until = on.plus_days(6);
            self.holds.push(format!("H{number}, C{customer}, , {on}, {until}, agency"));
        }
        if chance.one_in(20) {
            self.insolvent.insert(usize::try_from(chance.below(customers)).expect("small"));
        }
    }

    fn pay(&mut self, at: usize, on: Date, through: &str, chance: &mut Chance) {
        let open = self.invoices[at].open();
        if open == 0 {
            return;
        }
        let part = if chance.one_in(3) { open } else { 1 + i64::try_from(chance.below(open.unsigned_abs())).expect("small") };
        self.invoices[at].paid += part;
        let number = self.payments.len();
        self.payments.push(format!("P{number}, C{}, I{at}, {on}, {}, EUR, {through}", self.invoices[at].customer, amount(part)));
    }

    /// Writes the files of a night; those of the agencies may be lost, or come twice.
    fn write(&self, desk: &Desk, chance: &mut Chance) {
        let invoice =
            |(at, one): (usize, &Invoice)| format!("I{at}, C{}, {}, {}, {}, EUR", one.customer, one.issued, one.due, amount(one.cents));
        let table = |name: &str, head: &str, rows: Vec<String>| {
            desk.table(name, &format!("{head}\n{}", rows.join("\n")));
        };
        table(
            "invoices",
            "invoice_id, customer_id, issue_date, due_date, amount, currency",
            self.invoices.iter().enumerate().map(invoice).collect(),
        );
        table("payments", "payment_id, customer_id, invoice_id, payment_date, amount, currency, collected_by", self.payments.clone());
        let customer =
            |at: usize| format!("C{at}, company, FR, Name{at}, {}", if self.insolvent.contains(&at) { "insolvency" } else { "none" });
        let customers = usize::try_from(CUSTOMERS * size()).expect("small");
        table("customers", "customer_id, customer_type, country, name, legal_status", (0..customers).map(customer).collect());
        let dispute = |(at, (opened, closed)): (&usize, &(Date, Option<Date>))| {
            let status = if closed.is_some() { "rejected" } else { "open" };
            format!("D{at}, I{at}, {opened}, {}, {status}", closed.map_or(String::new(), |day| day.to_string()))
        };
        table("disputes", "dispute_id, invoice_id, opened_on, closed_on, status", self.disputes.iter().map(dispute).collect());
        table("holds", "hold_id, customer_id, invoice_id, from_date, until_date, stops", self.holds.clone());
        let mut events = self.events.clone();
        match chance.below(5) {
            0 => events.clear(),
            1 => events.extend(self.events.iter().cloned()),
            _ => {}
        }
        table("agency_events", "event_id, agency_id, invoice_id, event_on, kind", events);
    }
}

fn desk() -> Desk {
    let step = "      - {step: reminder, at: 1 day, do: email, template: t, otherwise: wait}\n";
    let rules = RULES.replace("ROOM", &(6 * size()).to_string());
    let desk = Desk::ruled(&ladder("    terminal: {repeat_last: 1 day}\n", step, &rules), &[]);
    let inputs =
        ["customers", "invoices", "payments", "disputes", "holds", "agency_events"].map(|name| format!("  {name}: {name}.parquet\n"));
    let given = AGENCIES.map(|id| format!("  {id}: {{drop: to/{id}, unencrypted: true}}\n"));
    desk.job(&format!(
        "relance: 1\nportfolio:\n{}rules: rules\nout: out\nreporting_currency: EUR\nduplicates: keep_identical\nagencies:\n{}",
        inputs.concat(),
        given.concat()
    ));
    desk
}

/// Runs a night, perhaps with a kill before it, and perhaps again.
fn night(desk: &Desk, on: Date, chance: &mut Chance) {
    let night = on.to_string();
    if chance.one_in(4) {
        let mut child = desk.command(&["run", "--as-of", &night]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        std::thread::sleep(Duration::from_millis(chance.below(120)));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().expect("ended");
    }
    let outcome = desk.run(&night, &[]);
    assert_eq!(outcome.code, Some(0), "{night}: {}", outcome.err);
    if chance.one_in(4) {
        let before = fs::read(desk.night(&night).folder.join("placements.parquet")).expect("a table");
        desk.run(&night, &["--replace", "--reason", "again"]).succeeded();
        assert_eq!(fs::read(desk.night(&night).folder.join("placements.parquet")).expect("a table"), before, "{night}");
    }
}

impl Receiver {
    /// Invoices it believes to have.
    fn held(&self) -> Vec<usize> {
        self.debts.values().map(|(invoice, _)| *invoice).collect()
    }

    /// Takes over what was put before it, each batch checked against the one before.
    fn receive(&mut self, desk: &Desk, agency: &str) {
        let folder = desk.path(&format!("to/{agency}"));
        while folder.join(format!("batch-{:06}.ready", self.last + 1)).is_file() {
            let batch = folder.join(format!("batch-{:06}", self.last + 1));
            let mut words = vec!["agency".to_owned(), "verify".to_owned(), batch.display().to_string()];
            if self.last > 0 {
                words.extend(["--after".to_owned(), folder.join(format!("batch-{:06}", self.last)).display().to_string()]);
            }
            Outcome::of(&mut desk.command(&words.iter().map(String::as_str).collect::<Vec<_>>())).succeeded();
            self.last += 1;
            self.take(
                &fs::read_to_string(batch.join("debts.csv")).expect("debts"),
                &fs::read_to_string(batch.join("changes.csv")).expect("changes"),
            );
        }
    }

    fn take(&mut self, debts: &str, changes: &str) {
        for line in debts.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let key = (cells[0].parse().expect("a batch"), cells[1].parse().expect("a line"));
            let invoice = cells[3].trim_start_matches('I').parse().expect("an invoice");
            assert!(self.debts.insert(key, (invoice, cents(cells[6]))).is_none(), "{key:?} came twice");
            self.given += 1;
        }
        for line in changes.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let key = (cells[7].parse().expect("a batch"), cells[8].parse().expect("a line"));
            let debt = self.debts.get_mut(&key).unwrap_or_else(|| panic!("{line}: nothing is known of it"));
            debt.1 += if cells[10].is_empty() { 0 } else { cents(cells[10]) };
            assert_eq!(debt.1, cents(cells[11]), "{line}");
            self.told += 1;
            if cells[3] == "closed" {
                self.debts.remove(&key);
            }
        }
    }
}

/// What the night says agencies have: invoice, agency, what is left.
fn holders(desk: &Desk, on: Date) -> BTreeMap<usize, (String, i64)> {
    let rows = desk.night(&on.to_string()).rows("placements");
    let mut held = BTreeMap::new();
    for [agency, invoice, status, balance] in rows.of(["agency", "invoice_id", "status", "balance"]) {
        if status != "ended" {
            let invoice: usize = invoice.trim_start_matches('I').parse().expect("an invoice");
            let before = held.insert(invoice, (agency.to_owned(), cents(balance)));
            assert!(before.is_none(), "{on}: I{invoice} has two holders");
        }
    }
    held
}

#[test]
#[allow(clippy::print_stdout, reason = "how much was proved is told")]
fn sixty_nights_with_three_agencies_leave_no_difference() {
    let desk = desk();
    let clock = Instant::now();
    let mut chance = Chance(20_261_124 + variable("RELANCE_PROOF_SEED", 0) as u64);
    let mut world = World::default();
    let mut receivers: BTreeMap<&'static str, Receiver> = AGENCIES.into_iter().map(|id| (id, Receiver::default())).collect();
    let first = Date::parse("2026-09-01").expect("a day");
    let (mut nights, mut handed_over_late) = (0, 0);
    for day in 0..DAYS {
        let on = first.plus_days(day);
        if world.invoices.is_empty() {
            let (debts, customers) = (60 * size(), CUSTOMERS * size());
            let invoice = |at: u64| Invoice {
                customer: usize::try_from(at % customers).expect("small"),
                issued: first.plus_days(-60),
                due: first.plus_days(-30),
                cents: 20_000 + 997 * i64::try_from(at % 60).expect("small"),
                paid: 0,
                disputed: false,
            };
            world.invoices = (0..debts).map(invoice).collect();
        }
        world.day(on, &receivers, &mut chance);
        // Some nights are missed, but neither the first nor the last.
        if day > 0 && day + 1 < DAYS && day - nights < DAYS - 60 && chance.one_in(5) {
            continue;
        }
        world.write(&desk, &mut chance);
        night(&desk, on, &mut chance);
        nights += 1;
        let held = holders(&desk, on);
        for (invoice, (agency, balance)) in &held {
            assert_eq!(*balance, world.invoices[*invoice].open(), "{on}: I{invoice} with {agency}");
        }
        let rows = desk.night(&on.to_string());
        let due: BTreeSet<String> =
            rows.rows("actions").of(["action_id", "status"]).iter().filter(|row| row[1] == "due").map(|row| row[0].to_owned()).collect();
        for [action, invoice] in rows.rows("action_items").of(["action_id", "invoice_id"]) {
            let at: usize = invoice.trim_start_matches('I').parse().expect("an invoice");
            assert!(!due.contains(action) || !held.contains_key(&at), "{on}: {invoice} is asked for twice");
        }
        for agency in AGENCIES {
            if day + 1 < DAYS && chance.one_in(4) {
                handed_over_late += 1;
                continue;
            }
            Outcome::of(&mut desk.command(&["export", "--agency", agency])).succeeded();
            receivers.get_mut(agency).expect("one of them").receive(&desk, agency);
        }
    }
    let last = first.plus_days(DAYS - 1);
    let held = holders(&desk, last);
    let mut believed: BTreeMap<usize, (String, i64)> = BTreeMap::new();
    for (agency, receiver) in &receivers {
        for (invoice, balance) in receiver.debts.values() {
            assert!(believed.insert(*invoice, ((*agency).to_owned(), *balance)).is_none(), "I{invoice} has two holders");
        }
        let heads = desk.night(&last.to_string()).manifest();
        assert_eq!(heads["batches"][*agency]["number"], receiver.last, "{agency}");
        assert!(receiver.given > 5 && receiver.told > 10, "{agency}: {} debts, {} changes", receiver.given, receiver.told);
    }
    assert_eq!(believed, held);
    assert!(nights >= 60, "only {nights} nights");
    let given: usize = receivers.values().map(|receiver| receiver.given).sum();
    let told: usize = receivers.values().map(|receiver| receiver.told).sum();
    let debts = world.invoices.len();
    println!("{debts} debts over {nights} nights: {given} hand-overs, {told} changes, {:.0?}", clock.elapsed());
    assert!(handed_over_late > 10 && !held.is_empty(), "{handed_over_late} batches late, {} debts at the end", held.len());
}
