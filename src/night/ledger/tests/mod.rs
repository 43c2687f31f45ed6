//! The ledger from its specification: histories in a few words a line, through intake and replay, against lines of what must be.
//!
//! A history has one document a line: `INV A-1 2026-01-05 due 2026-02-04 100.00`, `PAY P-1 2026-02-10 60.00 -> A-1`, and so on with
//! `CN`, `REFUND`, `PENDING`, `REJECTED`, `REVERSED`, `INST`, `DISPUTE`, `DEDUCT`, and with `WRITEOFF` and `SOLD` of an invoice.
//! After the identifier, words are told by their form and come in any order: the own date, a sum, a currency (absent: EUR),
//! `-> invoice`, `of customer` (absent: C), `for order`, `due`, `on`, `closed` or `decided` with a date, and a status.
//!
//! What the ledger says is told in lines too: `OPEN`, `LEFT` (both always complete), `PAID`, `CREDITED`, `EXITED`, `LAST`, `DISPUTED`,
//! `COLLECTIBLE`, `APPLIED money item date sum`, `TOOK` (refunds), `GONE` (how an
//! invoice left), `OVERPAID`, `FINDING`. Sums of nothing have no line.

mod naive;
mod rulings;
mod semantics;

use std::fmt::Write as _;

use crate::base::date::Date;
use crate::base::money::{Amount, Currency, format_amount};
use crate::night::documents::{Invoice, Money};
use crate::night::ledger::replay::{Replayed, Unallocated, replay};
use crate::night::ledger::{ApplicationKind, items};
use crate::night::normalise::AllDuplicates;
use crate::night::normalise::documents::money_id;
use crate::night::testing::{Read, agree, day, read, shard};
use crate::portfolio::control::{self, Books};

const OLDEST: Unallocated = Unallocated::OldestDueFirst;
const EXACT: Unallocated = Unallocated::ExactMatchThenOldest;
const SHARE: Unallocated = Unallocated::OldestDueProRata;
const KEEP: Unallocated = Unallocated::Keep;

const AS_OF: &str = "2026-06-30";

/// One line of a history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Doc {
    verb: String,
    id: String,
    date: Option<Date>,
    /// The date after `due`, `on`, `closed` or `decided`.
    other_date: Option<Date>,
    sum: String,
    currency: String,
    names: Option<String>,
    customer: String,
    order: Option<String>,
    status: Option<String>,
    sequence: i64,
}

impl Doc {
    fn parse(line: &str) -> Doc {
        let mut words = line.split_whitespace().map(str::to_owned);
        let mut next = || words.next();
        let mut doc = Doc { verb: next().expect("a verb"), id: next().expect("an id"), customer: "C".to_owned(), ..Doc::default() };
        while let Some(word) = next() {
            match word.as_str() {
                "->" => doc.names = next(),
                "of" => doc.customer = next().expect("a customer"),
                "for" => doc.order = next(),
                "due" | "on" | "closed" | "decided" => doc.other_date = next().map(|word| day(&word)),
                "pending" | "approved" | "refused" | "settled" => doc.status = Some(word),
                _ if Date::parse(&word).is_some() => doc.date = Date::parse(&word),
                _ if word.contains('.') => doc.sum = word,
                _ if word.parse::<i64>().is_ok() => doc.sequence = word.parse().expect("a whole number"),
                _ if word.len() == 3 => doc.currency = word,
                _ => panic!("what is {word} in {line}?"),
            }
        }
        doc
    }

    /// The row of the raw table. Write-offs, revivals and sales are columns of their invoice.
    fn row(&self, all: &[Doc]) -> Option<String> {
        let minus = if matches!(self.verb.as_str(), "CN" | "REFUND") && !self.sum.starts_with('-') { "-" } else { "" };
        let status = self.status.clone().unwrap_or_else(|| self.verb.to_lowercase());
        let (start, second) = match self.verb.as_str() {
            "INV" => (format!("invoices: invoice_id={}", self.id), "due_date"),
            "CN" => (format!("invoices: invoice_id={}; due_date={}", self.id, self.date.expect("a date")), "unused"),
            "INST" => (format!("installments: invoice_id={}; sequence={}", self.id, self.sequence), "due_date"),
            "PAY" | "REFUND" if self.status.is_none() => (format!("payments: payment_id={}", self.id), "rejected_on"),
            "PAY" | "REFUND" | "PENDING" | "REJECTED" | "REVERSED" => {
                (format!("payments: payment_id={}; status={status}", self.id), "rejected_on")
            }
            "DISPUTE" => (format!("disputes: dispute_id={}", self.id), "closed_on"),
            "DEDUCT" if self.status.is_none() => (format!("deductions: deduction_id={}", self.id), "decided_on"),
            "DEDUCT" => (format!("deductions: deduction_id={}; status={status}", self.id), "decided_on"),
            "WRITEOFF" | "SOLD" | "REVIVED" => return None,
            verb => panic!("{verb} is no document"),
        };
        let (own_date, names) = match self.verb.as_str() {
            "INV" | "CN" => ("issue_date", "original_invoice_id"),
            "DISPUTE" => ("opened_on", "invoice_id"),
            "DEDUCT" => ("claimed_on", "invoice_id"),
            _ => ("payment_date", "invoice_id"),
        };
        let mut row = start;
        let mut add = |column: &str, value: Option<&str>| {
            if let Some(value) = value {
                write!(row, "; {column}={value}").expect("memory");
            }
        };
        if matches!(own_date, "issue_date" | "payment_date") && self.verb != "INST" {
            add("customer_id", Some(&self.customer));
            add("currency", Some(self.currency.as_str()).filter(|code| !code.is_empty()));
        }
        add(own_date, self.date.map(|date| date.to_string()).as_deref());
        add(second, self.other_date.map(|date| date.to_string()).as_deref());
        add("amount", Some(format!("{minus}{}", self.sum)).filter(|_| !self.sum.is_empty()).as_deref());
        add(names, self.names.as_deref());
        add(if own_date == "issue_date" { "order_id" } else { "deposit_for" }, self.order.as_deref());
        for exit in all.iter().filter(|exit| matches!(self.verb.as_str(), "INV" | "CN") && exit.id == self.id) {
            let columns = [("WRITEOFF", "written_off_on"), ("SOLD", "sold_on"), ("REVIVED", "revived_on")];
            let column = columns.iter().find(|(verb, _)| *verb == exit.verb).map(|(_, column)| *column);
            column.into_iter().for_each(|column| add(column, exit.date.map(|date| date.to_string()).as_deref()));
        }
        Some(row)
    }
}

fn docs(history: &str) -> Vec<Doc> {
    history.lines().map(str::trim).filter(|line| !line.is_empty()).map(Doc::parse).collect()
}

/// The rows of all documents, and of the customers they name.
fn rows(docs: &[Doc]) -> String {
    let mut customers: Vec<&str> = docs.iter().map(|doc| doc.customer.as_str()).collect();
    customers.sort_unstable();
    customers.dedup();
    let customers = customers.iter().map(|id| format!("customers: customer_id={id}"));
    customers.chain(docs.iter().filter_map(|doc| doc.row(docs))).collect::<Vec<_>>().join("\n")
}

/// Replays rows and tells the result in lines. The three identities must hold.
fn ledger(rows: &str, as_of: Date, unallocated: Unallocated) -> Vec<String> {
    read(shard(rows), as_of, &AllDuplicates::default(), |mut read| {
        assert_eq!(read.rejects, [], "a history has no refused row");
        let documents = &mut read.documents;
        let fresh = items::fresh(&mut documents.invoices, &documents.instalments);
        let mut replayed = replay(&documents.invoices, &documents.money, &documents.deposits, fresh, unallocated);
        let items = &mut replayed.ledger.items;
        items::withhold(&documents.invoices, items, &documents.disputes, &documents.deductions, &documents.pending);
        let customers = u32::try_from(documents.customers.len()).expect("few customers");
        let books = Books { customers, invoices: &documents.invoices, money: &documents.money, ledger: &replayed.ledger };
        if let Err(broken) = control::check(&books) {
            panic!("{:?} in\n{rows}", broken.failure("at hand"));
        }
        told(&read, &replayed)
    })
}

fn told(read: &Read<'_>, replayed: &Replayed) -> Vec<String> {
    let (documents, ledger) = (&read.documents, &replayed.ledger);
    let mut lines = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let source = |money: &Money| text(money_id(read.shard, money));
    let invoice_id = |invoice: &Invoice| {
        text(read.shard.invoices.text(crate::base::contract::invoices::INVOICE_ID, invoice.row as usize).unwrap_or_default())
    };
    let sum = |amount: Amount, currency: Currency| format_amount(amount.wide(), currency.digits());
    for (at, item) in (0_u32..).zip(&ledger.items) {
        let invoice = &documents.invoices[item.invoice as usize];
        let id = invoice_id(invoice);
        let name = if item.sequence == 0 { id } else { format!("{id}/{}", item.sequence) };
        let sums = [
            ("OPEN", item.open),
            ("PAID", item.paid),
            ("CREDITED", item.credited),
            ("EXITED", item.exited),
            ("DISPUTED", item.disputed),
            ("COLLECTIBLE", item.collectible()),
        ];
        let told = sums.iter().filter(|(_, amount)| !amount.is_zero());
        lines.extend(told.map(|(kind, amount)| format!("{kind} {name} {}", sum(*amount, invoice.currency))));
        lines.extend(item.last_payment_on.map(|date| format!("LAST {name} {date}")));
        lines.extend(ledger.history(at).iter().filter(|application| application.source != u32::MAX).map(|application| {
            let kind = if application.kind == ApplicationKind::Refund { "TOOK" } else { "APPLIED" };
            let money = source(&documents.money[application.source as usize]);
            format!("{kind} {money} {name} {} {}", application.date, sum(application.amount, invoice.currency))
        }));
    }
    for invoice in &documents.invoices {
        lines.extend(invoice.exit.map(|exit| format!("GONE {} {:?} {}", invoice_id(invoice), exit.kind, exit.on)));
    }
    for (money, left) in documents.money.iter().zip(&ledger.left).filter(|(_, left)| !left.is_zero()) {
        lines.push(format!("LEFT {} {}", source(money), sum(*left, money.currency)));
    }
    for (at, left) in &replayed.overpaid {
        let money = &documents.money[*at as usize];
        lines.push(format!("OVERPAID {} {}", source(money), sum(*left, money.currency)));
    }
    lines.extend(documents.findings.iter().map(|finding| format!("FINDING {} {}", finding.kind, finding.key)));
    lines
}

/// A history, the knob and what must be said of it.
type Case<'a> = (&'a str, Unallocated, &'a str, &'a str);

fn check(cases: &[Case<'_>]) {
    for (name, unallocated, history, expected) in cases {
        check_on(AS_OF, name, *unallocated, history, expected);
    }
}

fn check_on(as_of: &str, name: &str, unallocated: Unallocated, history: &str, expected: &str) {
    let told = ledger(&rows(&docs(history)), day(as_of), unallocated);
    agree(name, expected, &told, &["OPEN", "LEFT"]);
}
