//! Due dates from terms, differences told, and cash discounts: rows in, and in lines what became of them.
//!
//! `DUE invoice day` and `FINDING kind invoice amount` are always complete; `COLLECTIBLE invoice amount` and `REJECT invoice column` where named.

use super::*;
use crate::base::calendar::CalendarName;
use crate::base::money::format_amount;
use crate::night::ledger::items;
use crate::night::ledger::replay::{Unallocated, replay};
use crate::night::normalise::AllDuplicates;
use crate::night::testing::{agree, day, read, shard};
use std::sync::Arc;

const AS_OF: &str = "2026-12-31";

const CUSTOMERS: &str = "
    customers: customer_id=C; customer_type=company; country=FR
    customers: customer_id=G; customer_type=company; country=DE
    customers: customer_id=P; customer_type=consumer; country=FR";

fn policy() -> Policy {
    Policy {
        due_date: DueDate::Ledger,
        eom_method: None,
        roll: Roll::None,
        default: None,
        codes: BTreeMap::new(),
        earned_discount: EarnedDiscount::Keep,
        discount_tolerance: 0,
        legal_maximum: BTreeMap::new(),
    }
}

fn from_terms() -> Policy {
    Policy { due_date: DueDate::FromTerms, ..policy() }
}

fn terms(text: &str) -> Terms {
    Terms::parse(text, None).unwrap_or_else(|message| panic!("{text}: {message}"))
}

/// What a night makes of some rows, each line an invoice's.
fn told(rows: &str, policy: Option<&Policy>) -> Vec<String> {
    let french = Calendar::named(CalendarName::France);
    let book = TermsBook::new(policy, &french);
    let mut shard = shard(&format!("{CUSTOMERS}\n{rows}"));
    shard.due_from_terms = work_out(Arc::make_mut(&mut shard.invoices), &book);
    read(shard, day(AS_OF), &AllDuplicates::default(), |mut read| {
        let documents = &mut read.documents;
        let fresh = items::fresh(&mut documents.invoices, &documents.instalments);
        let mut ledger = replay(&documents.invoices, &documents.money, &documents.deposits, fresh, Unallocated::OldestDueFirst).ledger;
        apply(read.shard, documents, &ledger, &book, day(AS_OF));
        items::withhold(&documents.invoices, &mut ledger.items, &documents.disputes, &documents.deductions, &documents.pending);
        let mut lines: Vec<String> = Vec::new();
        for invoice in documents.invoices.iter() {
            let id = String::from_utf8_lossy(read.shard.invoices.text(0, invoice.row as usize).unwrap_or_default()).into_owned();
            lines.push(format!("DUE {id} {}", invoice.due_date));
            let items = &ledger.items[invoice.first_item as usize..(invoice.first_item + invoice.items) as usize];
            let asked: i128 = items.iter().map(|item| item.collectible().wide()).sum();
            lines.push(format!("COLLECTIBLE {id} {}", format_amount(asked, invoice.currency.digits())));
        }
        for finding in &documents.findings {
            let amount = finding.amount.map_or(String::new(), |amount| format!(" {}", format_amount(i128::from(amount), 3)));
            lines.push(format!("FINDING {} {}{amount}", finding.kind, finding.key));
        }
        lines.extend(read.rejects.iter().map(|reject| format!("REJECT {} {}", reject.key, reject.column)));
        lines
    })
}

#[track_caller]
fn check(case: &str, policy: Option<&Policy>, rows: &str, expected: &str) {
    agree(case, expected, &told(rows, policy), &["FINDING"]);
}

#[test]
fn without_the_section_terms_are_not_looked_at() {
    let rows = "invoices: invoice_id=A; customer_id=C; issue_date=2026-01-15; due_date=2026-02-14; amount=100; payment_terms=eom_then(90)
        invoices: invoice_id=B; customer_id=C; issue_date=2026-01-15; amount=100; payment_terms=net(30)";
    check("no section", None, rows, "DUE A 2026-02-14\n REJECT B due_date");
}

#[test]
fn the_ledgers_due_date_holds_and_a_difference_is_told() {
    let limits = Policy { eom_method: Some(EomMethod::Then), ..policy() };
    check(
        "differences",
        Some(&limits),
        "invoices: invoice_id=A; customer_id=C; issue_date=2026-01-15; due_date=2026-02-14; amount=100; payment_terms=net(30)
        invoices: invoice_id=B; customer_id=C; issue_date=2026-01-15; due_date=2026-02-15; amount=100; payment_terms=net(30)
        invoices: invoice_id=D; customer_id=C; issue_date=2025-03-10; due_date=2025-05-15; amount=100; payment_terms=eom(45)
        invoices: invoice_id=E; customer_id=C; issue_date=2025-03-10; due_date=2025-04-30; amount=100; payment_terms=eom_after(45)
        invoices: invoice_id=F; customer_id=C; issue_date=2025-03-10; due_date=2025-04-30; amount=100; payment_terms=30 days
        invoices: invoice_id=H; customer_id=C; issue_date=2025-03-10; due_date=2025-04-30; amount=100; payment_terms=net_from_receipt(30)
        invoices: invoice_id=I; customer_id=C; issue_date=2025-03-10; due_date=2025-04-30; amount=100; payment_terms=net_from_receipt(30); delivered_on=2025-03-31
        invoices: invoice_id=J; customer_id=C; issue_date=2025-03-10; due_date=2025-04-30; amount=100
        invoices: invoice_id=K; customer_id=C; issue_date=2025-03-10; due_date=2025-04-30; amount=100; payment_terms=net(30)
        installments: invoice_id=K; sequence=1; due_date=2025-04-09; amount=40
        installments: invoice_id=K; sequence=2; due_date=2025-05-09; amount=60",
        "DUE B 2026-02-15\n DUE A 2026-02-14\n DUE D 2025-05-15\n DUE E 2025-04-30\n DUE F 2025-04-30\n DUE H 2025-04-30\n DUE I 2025-04-30
        DUE J 2025-04-30\n DUE K 2025-04-30
        FINDING due_date_differs_from_terms B
        FINDING unreadable_terms F",
    );
    // The 30th day after the receipt is 1 May; "eom" is no terms where nobody says how it is counted.
    check(
        "more differences",
        Some(&policy()),
        "invoices: invoice_id=I; customer_id=C; issue_date=2025-03-10; due_date=2025-04-30; amount=100; payment_terms=net_from_receipt(30); delivered_on=2025-04-01
        invoices: invoice_id=D; customer_id=C; issue_date=2025-03-10; due_date=2025-05-15; amount=100; payment_terms=eom(45)",
        "FINDING due_date_differs_from_terms I\n FINDING unreadable_terms D",
    );
}

#[test]
fn a_missing_due_date_comes_from_the_terms_where_the_job_asks() {
    let codes = BTreeMap::from([("Z045".to_owned(), terms("eom_after(45) express"))]);
    let rows = "invoices: invoice_id=A; customer_id=C; issue_date=2025-03-10; amount=100; payment_terms=net(30)
        invoices: invoice_id=B; customer_id=C; issue_date=2025-03-10; amount=100; payment_terms=Z045
        invoices: invoice_id=D; customer_id=C; issue_date=2025-03-10; amount=100; payment_terms=Z046
        invoices: invoice_id=E; customer_id=C; issue_date=2025-03-10; amount=100; payment_terms=net_from_receipt(30); delivered_on=2025-03-15
        invoices: invoice_id=F; customer_id=C; issue_date=2025-03-10; amount=100; payment_terms=net_from_receipt(30)
        invoices: invoice_id=H; customer_id=C; issue_date=2025-03-10; amount=100
        invoices: invoice_id=Z; customer_id=C; issue_date=2027-01-01; amount=100; payment_terms=Z046
        invoices: invoice_id=I; customer_id=C; issue_date=2025-03-10; due_date=2025-03-20; amount=100
        invoices: invoice_id=N; customer_id=C; issue_date=2025-03-10; amount=-100";
    let refused = "REJECT D due_date\n REJECT F due_date\n FINDING no_due_date_from_terms D\n FINDING no_due_date_from_terms F";
    let common = "DUE A 2025-04-09\n DUE B 2025-04-30\n DUE E 2025-04-14\n DUE I 2025-03-20
        FINDING due_date_from_terms A\n FINDING due_date_from_terms B\n FINDING due_date_from_terms E";
    let without = Policy { codes, ..from_terms() };
    check("no default", Some(&without), rows, &format!("{common}\n {refused}\n REJECT H due_date"));
    let with = Policy { default: Some(terms("net(60)")), ..without };
    let defaulted = "DUE H 2025-05-09\n FINDING due_date_from_terms H";
    check("default", Some(&with), rows, &format!("{common}\n {refused}\n {defaulted}"));
}

#[test]
fn a_due_date_from_terms_rolls_where_the_job_asks() {
    // 2026-05-31 is a Sunday, 2026-11-11 a holiday.
    let rows = "invoices: invoice_id=A; customer_id=C; issue_date=2026-05-01; amount=100; payment_terms=net(30)
        invoices: invoice_id=B; customer_id=C; issue_date=2026-11-01; amount=100; payment_terms=net(10)";
    let cases = [
        (Roll::None, "2026-05-31", "2026-11-11"),
        (Roll::Following, "2026-06-01", "2026-11-12"),
        (Roll::ModifiedFollowing, "2026-05-29", "2026-11-12"),
        (Roll::Preceding, "2026-05-29", "2026-11-10"),
    ];
    for (roll, a, b) in cases {
        let policy = Policy { roll, ..from_terms() };
        let told_of = "FINDING due_date_from_terms A\n FINDING due_date_from_terms B";
        check(&format!("{roll:?}"), Some(&policy), rows, &format!("DUE A {a}\n DUE B {b}\n {told_of}"));
    }
}

#[test]
fn b_32_longer_terms_than_the_law_allows_are_told() {
    let french = LegalMaximum { days: 60, end_of_month: Some(45), periodic: Some(45) };
    let france = Policy { legal_maximum: BTreeMap::from([("FR".to_owned(), french)]), ..policy() };
    let rows = "invoices: invoice_id=A; customer_id=C; issue_date=2026-01-01; due_date=2026-03-02; amount=100; payment_terms=net(60)
        invoices: invoice_id=B; customer_id=C; issue_date=2026-01-01; due_date=2026-03-03; amount=100; payment_terms=net(61)
        invoices: invoice_id=D; customer_id=C; issue_date=2026-01-01; due_date=2026-03-17; amount=100; payment_terms=eom_then(45) express
        invoices: invoice_id=E; customer_id=C; issue_date=2026-01-01; due_date=2026-03-17; amount=100; payment_terms=eom_then(45)
        invoices: invoice_id=F; customer_id=C; issue_date=2026-01-15; due_date=2026-03-31; amount=100; payment_terms=eom_after(60) express
        invoices: invoice_id=H; customer_id=G; issue_date=2026-01-01; due_date=2026-03-03; amount=100; payment_terms=net(61)
        invoices: invoice_id=I; customer_id=P; issue_date=2026-01-01; due_date=2026-03-03; amount=100; payment_terms=net(61)
        invoices: invoice_id=J; customer_id=unknown; issue_date=2026-01-01; due_date=2026-03-03; amount=100; payment_terms=net(61)
        invoices: invoice_id=K; customer_id=C; issue_date=2026-01-01; due_date=2026-02-16; amount=100; payment_terms=net(46) periodic
        invoices: invoice_id=L; customer_id=C; issue_date=2026-01-01; due_date=2026-03-01; amount=100; payment_terms=net(59)
        installments: invoice_id=L; sequence=1; due_date=2026-03-01; amount=40
        installments: invoice_id=L; sequence=2; due_date=2026-04-01; amount=60";
    let breaches = "FINDING terms_above_legal_maximum B 100.000\n FINDING terms_above_legal_maximum E 100.000
        FINDING terms_above_legal_maximum F 100.000\n FINDING terms_above_legal_maximum K 100.000
        FINDING terms_above_legal_maximum L 100.000\n FINDING unknown_customer unknown";
    check("France", Some(&france), rows, breaches);
    let all = LegalMaximum { days: 30, end_of_month: None, periodic: None };
    let everywhere = Policy { legal_maximum: BTreeMap::from([("FR".to_owned(), french), ("all".to_owned(), all)]), ..policy() };
    check("everywhere", Some(&everywhere), rows, &format!("{breaches}\n FINDING terms_above_legal_maximum H 100.000"));
    check("no limits", Some(&policy()), rows, "FINDING unknown_customer unknown");
}

const OFFERED: &str = "invoices: invoice_id=A; customer_id=C; issue_date=2026-11-02; due_date=2026-12-02; amount=1000; tax_amount=166.67; \
                       discount_until=2026-11-12; discount_amount=20";

#[test]
fn b_31_a_discount_is_earned_until_its_last_day() {
    let paid = |date: &str, amount: &str| format!("{OFFERED}\npayments: payment_id=P; invoice_id=A; payment_date={date}; amount={amount}");
    let cases = [
        ("2026-11-12", "980", "FINDING earned_discount A 20.000"),
        ("2026-11-13", "980", "FINDING unearned_discount A 20.000"),
        ("2026-11-12", "1000", ""),
        ("2026-11-13", "1000", ""),
        ("2026-11-12", "979.99", ""),
        ("2026-11-13", "979.99", ""),
        ("2026-11-12", "990", "FINDING earned_discount A 10.000"),
        ("2026-11-13", "990", "FINDING unearned_discount A 10.000"),
    ];
    for (date, amount, finding) in cases {
        check(&format!("{amount} on {date}"), None, &paid(date, amount), finding);
    }
    let told = told(&paid("2026-11-12", "980"), None);
    assert!(told.contains(&"COLLECTIBLE A 20.00".to_owned()), "{told:?}");
}

#[test]
fn an_earned_discount_is_a_deduction_where_the_job_asks() {
    let deducting = Policy { earned_discount: EarnedDiscount::Deduct, ..policy() };
    let case = |payments: &str, expected: &str| check(payments, Some(&deducting), &format!("{OFFERED}\n{payments}"), expected);
    case(
        "payments: payment_id=P; invoice_id=A; payment_date=2026-11-12; amount=980",
        "COLLECTIBLE A 0.00\n FINDING earned_discount A 20.000",
    );
    case(
        "payments: payment_id=P; invoice_id=A; payment_date=2026-11-13; amount=980",
        "COLLECTIBLE A 20.00\n FINDING unearned_discount A 20.000",
    );
    // The customer has claimed it already: it is not deducted twice.
    case(
        "payments: payment_id=P; invoice_id=A; payment_date=2026-11-12; amount=980
        deductions: deduction_id=D; invoice_id=A; claimed_on=2026-11-12; amount=15; kind=discount",
        "COLLECTIBLE A 0.00\n FINDING earned_discount A 20.000",
    );
}

#[test]
fn parts_refunds_and_credit_notes_are_counted() {
    let case = |more: &str, expected: &str| check(more, None, &format!("{OFFERED}\n{more}"), expected);
    // In two parts, both in time; the second late.
    case(
        "payments: payment_id=P; invoice_id=A; payment_date=2026-11-05; amount=500
        payments: payment_id=Q; invoice_id=A; payment_date=2026-11-12; amount=480",
        "FINDING earned_discount A 20.000",
    );
    case(
        "payments: payment_id=P; invoice_id=A; payment_date=2026-11-05; amount=500
        payments: payment_id=Q; invoice_id=A; payment_date=2026-11-20; amount=480",
        "FINDING unearned_discount A 20.000",
    );
    // A return credited: 900 are owed, 880 with the discount.
    case(
        "invoices: invoice_id=N; customer_id=C; issue_date=2026-11-06; due_date=2026-11-06; amount=-100; original_invoice_id=A
        payments: payment_id=P; invoice_id=A; payment_date=2026-11-12; amount=880",
        "FINDING earned_discount A 20.000",
    );
    // The discount was credited: closed.
    case(
        "invoices: invoice_id=N; customer_id=C; issue_date=2026-11-20; due_date=2026-11-20; amount=-20; original_invoice_id=A
        payments: payment_id=P; invoice_id=A; payment_date=2026-11-12; amount=980",
        "",
    );
    // Money that came back earns nothing.
    case(
        "payments: payment_id=P; invoice_id=A; payment_date=2026-11-12; amount=980
        payments: payment_id=Q; invoice_id=A; payment_date=2026-11-20; amount=-980",
        "",
    );
    case(
        "payments: payment_id=P; invoice_id=A; payment_date=2026-11-12; amount=980
        payments: payment_id=Q; invoice_id=A; payment_date=2026-11-20; amount=-980
        payments: payment_id=R; invoice_id=A; payment_date=2026-11-25; amount=980",
        "FINDING unearned_discount A 20.000",
    );
    case("payments: payment_id=P; invoice_id=A; payment_date=2026-11-12; amount=980; status=pending", "");
    case("", "");
}

#[test]
fn a_discount_of_the_terms_counts_where_the_ledger_gives_none() {
    let tolerant = Policy { discount_tolerance: 500, ..policy() };
    let invoice = |terms: &str| {
        format!("invoices: invoice_id=A; customer_id=C; issue_date=2026-12-04; due_date=2027-01-03; amount=200; payment_terms={terms}")
    };
    // Ten working days after Friday 4 December end on the 16th, ten business days on the 18th.
    let cases = [
        ("discount(2%, 10, net(30))", "2026-12-14", "196", "earned"),
        ("discount(2%, 10, net(30))", "2026-12-15", "196", "unearned"),
        ("discount(2%, 10 working_days, net(30))", "2026-12-16", "196", "earned"),
        ("discount(2%, 10 working_days, net(30))", "2026-12-17", "196", "unearned"),
        ("discount(2%, 10 business_days, net(30))", "2026-12-18", "196", "earned"),
        ("discount(2%, 10 business_days, net(30))", "2026-12-19", "196", "unearned"),
        ("discount(2%, 10, net(30))", "2026-12-14", "195.50", "earned"),
        ("discount(2%, 10, net(30))", "2026-12-14", "195.49", ""),
        ("net(30)", "2026-12-14", "196", ""),
    ];
    for (terms, date, amount, taken) in cases {
        let rows = format!("{}\npayments: payment_id=P; invoice_id=A; payment_date={date}; amount={amount}", invoice(terms));
        let short = if amount == "196" { "4.000" } else { "4.500" };
        let finding = if taken.is_empty() { String::new() } else { format!("FINDING {taken}_discount A {short}") };
        check(&format!("{terms}: {amount} on {date}"), Some(&tolerant), &rows, &finding);
    }
    // What the ledger gives holds.
    let both = format!("{}; discount_until=2026-12-05; discount_amount=10", invoice("discount(2%, 10, net(30))"));
    let rows = format!("{both}\npayments: payment_id=P; invoice_id=A; payment_date=2026-12-10; amount=190");
    check("both", Some(&policy()), &rows, "FINDING unearned_discount A 10.000");
}

#[test]
fn the_messages_say_what_to_do() {
    let french = Calendar::named(CalendarName::France);
    let messages = |rows: &str, policy: Option<&Policy>| {
        let book = TermsBook::new(policy, &french);
        read(shard(&format!("{CUSTOMERS}\n{rows}")), day(AS_OF), &AllDuplicates::default(), |mut read| {
            let fresh = items::fresh(&mut read.documents.invoices, &read.documents.instalments);
            let ledger = replay(&read.documents.invoices, &read.documents.money, &read.documents.deposits, fresh, Unallocated::Keep).ledger;
            apply(read.shard, &mut read.documents, &ledger, &book, day(AS_OF));
            read.documents.findings.iter().map(|finding| finding.message.to_string()).collect::<Vec<_>>()
        })
    };
    let paid = |date: &str| format!("{OFFERED}\npayments: payment_id=P; invoice_id=A; payment_date={date}; amount=980");
    assert_eq!(
        messages(&paid("2026-11-12"), None),
        ["paid by 2026-11-12, less a discount of 20.00, 3.33 of it tax: a credit note closes it"]
    );
    assert_eq!(messages(&paid("2026-11-13"), None), ["20.00 kept back as a discount that ended on 2026-11-12: it is still owed"]);
    let long = format!(
        "invoices: invoice_id=A; customer_id=C; issue_date=2026-01-01; due_date=2026-03-03; amount=100; payment_terms={}",
        "é".repeat(300)
    );
    let cut = format!("its payment terms \"{}…\" are not understood: payment terms are written in at most 200 letters", "é".repeat(80));
    assert_eq!(messages(&long, Some(&policy())), [cut]);
    let limit = LegalMaximum { days: 60, end_of_month: None, periodic: None };
    let limited = Policy { legal_maximum: BTreeMap::from([("all".to_owned(), limit)]), ..policy() };
    let rows = "invoices: invoice_id=A; customer_id=C; issue_date=2026-01-01; due_date=2026-03-03; amount=100; payment_terms=net(60)
        invoices: invoice_id=B; customer_id=C; issue_date=2026-01-01; due_date=2026-03-03; amount=100; payment_terms=nett(60)";
    assert_eq!(
        messages(rows, Some(&limited)),
        [
            "due on 2026-03-03 in the ledger, on 2026-03-02 by its terms net(60): the ledger's day holds",
            "due on 2026-03-03, 61 days after the invoice date, under the terms net(60): longer than the limit for all",
            "its payment terms \"nett(60)\" are not understood: there are no payment terms \"nett\", did you mean \"net\"?; there are net, \
             net_from_receipt, eom_after, eom_then, eom, eom_month_and_half, eom_after_then_day, next_eom, discount",
        ]
    );
}
