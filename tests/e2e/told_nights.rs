//! Penalties through the state of the nights: whichever nights are run, and whatever comes late, what is told adds up to one night
//! without a yesterday.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::desk::{Desk, Night};

const NIGHTS: [&str; 7] = ["2026-11-10", "2026-11-11", "2026-11-12", "2026-11-13", "2026-11-14", "2026-11-15", "2026-11-16"];

const JOB: &str = "relance: 1
portfolio:
  customers: customers.parquet
  invoices: invoices.parquet
  payments: payments.parquet
  holds: holds.parquet
  waivers: waivers.parquet
fx: fx.parquet
rules: rules
reporting_currency: EUR
";

const HOLDS: &str = "
    hold_id, customer_id, invoice_id, from_date,  until_date, stops
    H1,      C2,          D,          2026-11-15, 2026-11-15, penalties";

/// The ledger as it stands on a night; every night but the first brings something that changes what was told before.
fn ledger(desk: &Desk, night: usize) {
    let is_since = |first: usize| night >= first;
    let mut invoices =
        vec!["invoice_id, customer_id, issue_date, due_date, amount, currency, document_type, original_invoice_id".to_owned()];
    let mut payments = vec!["payment_id, customer_id, invoice_id, payment_date, amount, currency, status".to_owned()];
    // The currency of an invoice is corrected.
    let currency = if is_since(5) { "EUR" } else { "GBP" };
    invoices.push("A, C1, 2026-09-01, 2026-10-01, 1000.00, EUR, invoice,".to_owned());
    invoices.push(format!("C, C3, 2026-06-01, 2026-07-01, 1200.00, {currency}, invoice,"));
    invoices.push("D, C2, 2026-06-01, 2026-06-20, 300.00, EUR, invoice,".to_owned());
    payments.push("P1, C1, A, 2026-10-15, 400.00, EUR, settled".to_owned());
    // A payment comes late, and goes back the night after.
    if is_since(1) {
        payments.push(format!("P2, C1, A, 2026-10-05, 600.00, EUR, {}", if is_since(2) { "reversed" } else { "settled" }));
    }
    // An invoice is credited from its first late day on, and is gone two nights later.
    if !is_since(6) {
        invoices.push("B, C1, 2026-10-01, 2026-11-01, 500.00, EUR, invoice,".to_owned());
    }
    if is_since(4) && !is_since(6) {
        invoices.push("K, C1, 2026-11-02, 2026-11-02, -200.00, EUR, credit_note, B".to_owned());
    }
    // A waiver comes late, and is taken back.
    let mut waivers = vec!["waiver_id, invoice_id, waived_on, amount, reason, author".to_owned()];
    waivers.push("W1, A, 2026-11-01, 1.00, goodwill, A. Dupont".to_owned());
    if (2..5).contains(&night) {
        waivers.push("W2, C, 2026-10-01, 30.00, goodwill, A. Dupont".to_owned());
    }
    desk.table("invoices", &invoices.join("\n")).table("payments", &payments.join("\n")).table("waivers", &waivers.join("\n"));
    // A rate is corrected.
    if is_since(3) {
        let rates = fs::read_to_string(desk.path("rules/rates.yaml")).expect("the rates");
        desk.file("rules/rates.yaml", rates.replace("from: 2026-07-01, rate: 2.40%", "from: 2026-07-01, rate: 2.15%").as_bytes());
    }
}

/// Cents by invoice and currency.
type Cents = BTreeMap<[String; 2], i64>;

fn add(night: &Night, column: &str, into: &mut Cents) {
    for [invoice, currency, amount] in night.rows("penalty_totals").of(["invoice_id", "currency", column]) {
        *into.entry([invoice.to_owned(), currency.to_owned()]).or_default() += cents(amount);
    }
}

fn cents(amount: &str) -> i64 {
    amount.replace('.', "").parse().expect("an amount")
}

/// What is told over some nights, with the invoices of which a night took something back.
fn told(nights: &[usize], more: &[&str]) -> (Cents, Vec<(usize, String)>) {
    let desk = Desk::small();
    desk.job(JOB).table("holds", HOLDS);
    let (mut sums, mut restated) = (Cents::new(), Vec::new());
    for at in nights {
        ledger(&desk, *at);
        desk.run(NIGHTS[*at], more).succeeded();
        let night = desk.night(NIGHTS[*at]);
        add(&night, "accrued_tonight", &mut sums);
        for [invoice, before, tonight, to_date] in
            night.rows("penalty_totals").of(["invoice_id", "accrued_before", "accrued_tonight", "accrued_to_date"])
        {
            assert_eq!(cents(before) + cents(tonight), cents(to_date), "{invoice}");
            restated.extend(tonight.starts_with('-').then(|| (*at, invoice.to_owned())));
        }
        is_proved(&night);
    }
    sums.retain(|_, cents| *cents != 0);
    (sums, restated)
}

/// The manifest lists what is proved of penalties, and the lines of a night are the totals of a night.
fn is_proved(night: &Night) {
    let manifest = night.manifest();
    let proved = manifest["identities"].as_array().expect("identities");
    assert!(proved.iter().all(|proof| proof["left"] == proof["right"]), "{proved:?}");
    let names: BTreeSet<&str> = proved.iter().filter_map(|proof| proof["name"].as_str()).collect();
    for name in ["penalties FR_B2B", "penalties UK_B2B", "penalties told"] {
        assert!(names.contains(name), "{names:?}");
    }
    let (mut lines, mut totals) = (Cents::new(), Cents::new());
    for [invoice, currency, amount] in night.rows("penalties").of(["invoice_id", "currency", "amount"]) {
        *lines.entry([invoice.to_owned(), currency.to_owned()]).or_default() += cents(amount);
    }
    add(night, "accrued_to_date", &mut totals);
    totals.retain(|_, cents| *cents != 0);
    assert_eq!(lines, totals);
}

#[test]
fn what_is_told_adds_up_whichever_nights_are_run() {
    let last = NIGHTS.len() - 1;
    let (at_once, _) = told(&[last], &["--state", "none"]);
    assert_eq!(at_once.len(), 3, "{at_once:?}");
    let every_night: Vec<usize> = (0..NIGHTS.len()).collect();
    for nights in [every_night.as_slice(), &[0, 2, 4, 6], &[1, 3, 6], &[0, 5, 6], &[4, 6]] {
        assert_eq!(told(nights, &[]).0, at_once, "nights {nights:?}");
    }
}

#[test]
fn a_night_tells_what_it_takes_back() {
    let (_, restated) = told(&[0, 1, 2, 3, 4, 5, 6], &[]);
    let restated: BTreeSet<(usize, &str)> = restated.iter().map(|(night, invoice)| (*night, invoice.as_str())).collect();
    // The late payment; the waiver; the corrected rate, over months of D and A but only twelve days of B; the credit note; the
    // currency; the invoice gone.
    assert_eq!(restated, BTreeSet::from([(1, "A"), (2, "C"), (3, "A"), (3, "D"), (4, "B"), (5, "C"), (6, "B")]));
}
