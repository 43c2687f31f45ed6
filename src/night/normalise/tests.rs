//! Intake from its specification: raw rows in, and in lines what became of them.
//!
//! `REJECT table key reason column value`, `FINDING kind table key` and `IGNORED table rows` are always complete; `CUSTOMER`, `INVOICE`,
//! `MONEY`, `PENDING`, `INSTALMENT`, `DISPUTE`, `DEDUCTION`, `PROMISE`, `CONTACT` and `HOLD` are the accepted documents.

use std::cell::RefCell;

use super::*;
use crate::base::money::{Amount, format_amount};
use crate::night::documents::{InvoiceIx, Money, MoneyKind};
use crate::night::normalise::documents::money_id;
use crate::night::testing::{Read, agree, day, read, shard};

const AS_OF: &str = "2026-06-30";

/// Two customers: C with an invoice of 100 euros and a credit note of 30, D with an invoice of 50 dollars.
const PORTFOLIO: &str = "
    customers: customer_id=C
    customers: customer_id=D
    invoices: invoice_id=A-1; customer_id=C; issue_date=2026-01-05; due_date=2026-02-04; amount=100.00; currency=EUR
    invoices: invoice_id=B-1; customer_id=D; issue_date=2026-01-05; due_date=2026-02-04; amount=50.00; currency=USD
    invoices: invoice_id=N-1; customer_id=C; issue_date=2026-01-05; due_date=2026-01-05; amount=-30.00; currency=EUR";

fn told(read: &Read<'_>) -> Vec<String> {
    let documents = &read.documents;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let customer = |at: u32| text(documents.customer_ids[at as usize]);
    let sum = |amount: Amount, currency: Currency| format!("{} {}", format_amount(amount.wide(), currency.digits()), currency.code());
    let invoice = |at: InvoiceIx| {
        let row = documents.invoices[at as usize].row as usize;
        text(read.shard.invoices.text(contract::invoices::INVOICE_ID, row).unwrap_or_default())
    };
    let of_invoice = |at: InvoiceIx, amount: Amount| sum(amount, documents.invoices[at as usize].currency);
    let names = |at: Option<InvoiceIx>| at.map_or(String::new(), |at| format!(" -> {}", invoice(at)));
    let lines = RefCell::new(Vec::new());
    let tell = |line: String| lines.borrow_mut().push(line.trim_end().to_owned());

    for reject in &read.rejects {
        tell(format!("REJECT {} {} {} {} {}", reject.table, reject.key, reject.reason.code(), reject.column, reject.value));
    }
    for finding in &documents.findings {
        tell(format!("FINDING {} {} {}", finding.kind, finding.table, finding.key));
    }
    for (table, count) in read.counts.iter().filter(|(_, count)| count.ignored > 0) {
        tell(format!("IGNORED {table} {}", count.ignored));
    }
    for (at, known) in (0..).zip(&documents.customers) {
        tell(format!("CUSTOMER {}{}", customer(at), if known.row.is_some() { "" } else { " unknown" }));
    }
    for (at, document) in (0..).zip(&documents.invoices) {
        let owner = customer(document.customer);
        tell(format!("INVOICE {} {owner} {} due {}", invoice(at), sum(document.amount, document.currency), document.due_date));
    }
    for money in &documents.money {
        let kind = if money.kind == MoneyKind::Credit { "credit" } else { "payment" };
        let id = |money: &Money| text(money_id(read.shard, money));
        let owner = customer(money.customer);
        tell(format!("MONEY {} {kind} {owner} {} {}{}", id(money), money.date, sum(money.amount, money.currency), names(money.invoice)));
    }
    documents.pending.iter().for_each(|row| tell(format!("PENDING {} {}", invoice(row.invoice), of_invoice(row.invoice, row.amount))));
    documents.deductions.iter().for_each(|row| tell(format!("DEDUCTION {} {}", invoice(row.invoice), of_invoice(row.invoice, row.amount))));
    for row in &documents.instalments {
        tell(format!("INSTALMENT {}|{} {} {}", invoice(row.invoice), row.sequence, row.due_date, of_invoice(row.invoice, row.amount)));
    }
    for row in &documents.disputes {
        let amount = row.amount.map_or("all".to_owned(), |amount| of_invoice(row.invoice, amount));
        tell(format!("DISPUTE {} {amount}", invoice(row.invoice)));
    }
    for row in &documents.waivers {
        let amount = row.amount.map_or("all".to_owned(), |amount| of_invoice(row.invoice, amount));
        tell(format!("WAIVER {} {} {amount}", invoice(row.invoice), row.on));
    }
    for row in &documents.contacts {
        tell(format!("CONTACT {} {}", customer(row.customer), row.on));
    }
    for row in &documents.holds {
        tell(format!("HOLD {}{}", customer(row.customer), names(row.invoice)));
    }
    for row in &documents.promises {
        tell(format!("PROMISE {} {} {}{}", customer(row.customer), row.due_on, sum(row.amount, row.currency), names(row.invoice)));
    }
    lines.into_inner()
}

/// What the rows add to the portfolio, and what must be said.
fn check(cases: &[(&str, &str, &str)]) {
    for (name, rows, expected) in cases {
        check_with(name, rows, &AllDuplicates::default(), expected);
    }
}

fn check_with(name: &str, rows: &str, duplicates: &AllDuplicates, expected: &str) {
    let told = read(shard(&format!("{PORTFOLIO}\n{rows}")), day(AS_OF), duplicates, |read| told(&read));
    agree(name, expected, &told, &["REJECT", "FINDING", "IGNORED"]);
}

/// A table, a good row of it, and its possible defects in order of precedence: reason, column, value.
struct Precedence {
    table: &'static str,
    good: &'static [(&'static str, &'static str)],
    defects: &'static [(&'static str, &'static str, &'static str)],
}

/// Stands for the defect that is not in a cell.
const SAME_KEY: (&str, &str, &str) = ("duplicate_key", "", "");

const PRECEDENCE: &[Precedence] = &[
    Precedence {
        table: "invoices",
        good: &[
            ("invoice_id", "A-2"),
            ("customer_id", "C"),
            ("issue_date", "2026-01-05"),
            ("due_date", "2026-02-04"),
            ("amount", "10.00"),
            ("document_type", "invoice"),
        ],
        defects: &[
            ("unreadable", "due_date", "soon"),
            ("missing_required", "customer_id", ""),
            SAME_KEY,
            ("unknown_value", "document_type", "bill"),
            ("bad_currency", "currency", "EURO"),
            ("too_many_decimals", "tax_amount", "1.005"),
            ("zero_amount", "amount", "0.00"),
            ("wrong_sign", "amount", "-10.00"),
        ],
    },
    Precedence {
        table: "payments",
        good: &[("payment_id", "P-1"), ("invoice_id", "A-1"), ("payment_date", "2026-02-04"), ("amount", "10.00")],
        defects: &[
            ("unreadable", "rejected_on", "soon"),
            ("missing_required", "payment_id", ""),
            SAME_KEY,
            ("unknown_value", "method", "gold"),
            ("bad_currency", "currency", "eur"),
            ("too_many_decimals", "amount", "1.005"),
            ("zero_amount", "amount", "0.00"),
            ("unknown_invoice", "invoice_id", "Z-9"),
        ],
    },
    Precedence {
        table: "disputes",
        good: &[("dispute_id", "D-1"), ("invoice_id", "A-1"), ("opened_on", "2026-02-04"), ("amount", "10.00")],
        defects: &[
            ("unreadable", "closed_on", "soon"),
            ("missing_required", "dispute_id", ""),
            SAME_KEY,
            ("unknown_value", "outcome", "lost"),
            ("too_many_decimals", "amount", "1.0005"),
            ("zero_amount", "amount", "0"),
            ("wrong_sign", "amount", "-1.00"),
            ("unknown_invoice", "invoice_id", "Z-9"),
            ("names_credit_note", "invoice_id", "N-1"),
        ],
    },
    Precedence {
        table: "deductions",
        good: &[("deduction_id", "X-1"), ("invoice_id", "A-1"), ("claimed_on", "2026-02-04"), ("amount", "10.00")],
        defects: &[
            ("unreadable", "decided_on", "soon"),
            ("missing_required", "deduction_id", ""),
            SAME_KEY,
            ("unknown_value", "status", "open"),
            ("zero_amount", "amount", "0"),
            ("wrong_sign", "amount", "-1.00"),
            ("unknown_invoice", "invoice_id", "Z-9"),
        ],
    },
    Precedence {
        table: "waivers",
        good: &[("waiver_id", "W-1"), ("invoice_id", "A-1"), ("waived_on", "2026-02-04"), ("amount", "10.00")],
        defects: &[
            ("unreadable", "waived_on", "soon"),
            ("missing_required", "waiver_id", ""),
            SAME_KEY,
            ("too_many_decimals", "amount", "1.0005"),
            ("zero_amount", "amount", "0"),
            ("wrong_sign", "amount", "-1.00"),
        ],
    },
    Precedence {
        table: "promises",
        good: &[("promise_id", "P-1"), ("customer_id", "C"), ("promised_on", "2026-02-04"), ("due_on", "2026-03-01"), ("amount", "10.00")],
        defects: &[
            ("unreadable", "cancelled_on", "soon"),
            ("missing_required", "promise_id", ""),
            SAME_KEY,
            ("unknown_value", "kind", "vow"),
            ("bad_currency", "currency", "XXX"),
            ("too_many_decimals", "amount", "1.005"),
            ("zero_amount", "amount", "0"),
            ("wrong_sign", "amount", "-1.00"),
            ("unknown_invoice", "invoice_id", "Z-9"),
            ("other_customers_invoice", "invoice_id", "B-1"),
        ],
    },
    Precedence {
        table: "installments",
        good: &[("invoice_id", "A-1"), ("sequence", "1"), ("due_date", "2026-02-04"), ("amount", "100.00")],
        defects: &[
            ("unreadable", "sequence", "first"),
            ("missing_required", "due_date", ""),
            SAME_KEY,
            ("zero_amount", "amount", "0"),
            ("wrong_sign", "amount", "-1.00"),
            ("unknown_invoice", "invoice_id", "Z-9"),
        ],
    },
];

impl Precedence {
    fn row(&self, defects: &[(&str, &str, &str)]) -> String {
        let spoiled = |column: &str| defects.iter().any(|(_, spoiled, _)| *spoiled == column);
        let good = self.good.iter().filter(|(column, _)| !spoiled(column)).map(|(column, value)| format!("{column}={value}"));
        // A missing value is no cell at all: a date cannot be empty.
        let bad = defects.iter().filter(|(_, _, value)| !value.is_empty()).map(|(_, column, value)| format!("{column}={value}"));
        format!("{}: {}", self.table, good.chain(bad).collect::<Vec<_>>().join("; "))
    }

    /// Reason and column of the one refused row, if it is refused.
    fn found(&self, defects: &[(&str, &str, &str)]) -> Option<(&'static str, &'static str)> {
        let invoices_before = u32::from(self.table == "invoices") * 3;
        let refused = Duplicates { refused: vec![invoices_before], ..Duplicates::default() };
        let mut duplicates = AllDuplicates::default();
        if defects.contains(&SAME_KEY) {
            match self.table {
                "invoices" => duplicates.invoices = refused,
                "payments" => duplicates.payments = refused,
                "disputes" => duplicates.disputes = refused,
                "deductions" => duplicates.deductions = refused,
                "promises" => duplicates.promises = refused,
                "waivers" => duplicates.waivers = refused,
                _ => duplicates.installments = refused,
            }
        }
        read(shard(&format!("{PORTFOLIO}\n{}", self.row(defects))), day(AS_OF), &duplicates, |read| {
            assert!(read.rejects.len() <= 1, "one row, one reject: {:?}", read.rejects);
            read.rejects.first().map(|reject| (reject.reason.code(), reject.column))
        })
    }
}

#[test]
fn the_first_reason_in_order_of_precedence_is_the_one_told() {
    for table in PRECEDENCE {
        assert_eq!(table.found(&[]), None, "{}", table.row(&[]));
        for (at, first) in table.defects.iter().enumerate() {
            let reason = |found: Option<(&'static str, &'static str)>| found.map(|(reason, _)| reason);
            let alone = table.found(&[*first]);
            assert_eq!(reason(alone), Some(first.0), "{}", table.row(&[*first]));
            assert!(*first == SAME_KEY || alone == Some((first.0, first.1)), "{}: {alone:?}", table.row(&[*first]));
            for second in table.defects[at + 1..].iter().filter(|second| second.1 != first.1) {
                let both = [*first, *second];
                if table.table == "disputes" && first.0 == "too_many_decimals" && second.1 == "invoice_id" {
                    // Ruling 14: without the invoice no currency is known, and decimals are not checked.
                    assert_eq!(reason(table.found(&both)), Some(second.0), "{}", table.row(&both));
                    continue;
                }
                assert_eq!(reason(table.found(&both)), Some(first.0), "{}", table.row(&both));
            }
        }
    }
}

#[test]
fn ruling_2_a_pending_payment_exists_whatever_its_date() {
    check(&[
        (
            "2: later than as_of",
            "payments: payment_id=P-1; invoice_id=A-1; payment_date=2026-12-24; amount=10.00; status=pending",
            "PENDING A-1 10.00 EUR",
        ),
        (
            "2: so it is judged",
            "payments: payment_id=P-1; invoice_id=A-1; payment_date=2026-12-24; amount=0.00; status=pending",
            "REJECT payments P-1 zero_amount amount 0.00
             NO PENDING",
        ),
        (
            "2: a settled or rejected one of that day is not there",
            "payments: payment_id=P-1; invoice_id=A-1; payment_date=2026-07-01; amount=10.00
             payments: payment_id=P-2; invoice_id=A-1; payment_date=2026-07-01; amount=10.00; status=rejected",
            "IGNORED payments 2
             MONEY N-1 credit C 2026-01-05 30.00 EUR",
        ),
    ]);
}

#[test]
fn ruling_3_money_is_never_refused_for_its_reference() {
    let refused = "invoices: invoice_id=A-0; customer_id=C; issue_date=2026-01-05; due_date=2026-02-04; amount=0.00";
    let payment = |id: &str, cells: &str| format!("payments: payment_id={id}; payment_date=2026-02-10; amount=10.00; {cells}\n{refused}");
    let known = "MONEY N-1 credit C 2026-01-05 30.00 EUR\n REJECT invoices A-0 zero_amount amount 0.00";
    let cases = [
        ("unknown", "customer_id=C; invoice_id=Z-9", "FINDING unknown_invoice payments P-1\n MONEY P-1 payment C 2026-02-10 10.00 EUR"),
        ("refused", "customer_id=C; invoice_id=A-0", "FINDING unknown_invoice payments P-1\n MONEY P-1 payment C 2026-02-10 10.00 EUR"),
        (
            "another customer's",
            "customer_id=C; invoice_id=B-1; currency=USD",
            "FINDING other_customers_invoice payments P-1\n MONEY P-1 payment C 2026-02-10 10.00 USD",
        ),
        (
            "another currency's",
            "customer_id=C; invoice_id=A-1; currency=USD",
            "FINDING other_currency payments P-1\n MONEY P-1 payment C 2026-02-10 10.00 USD",
        ),
        (
            "a credit note",
            "customer_id=C; invoice_id=N-1",
            "FINDING names_credit_note payments P-1\n MONEY P-1 payment C 2026-02-10 10.00 EUR",
        ),
        ("no customer: the invoice's", "invoice_id=B-1", "MONEY P-1 payment D 2026-02-10 10.00 USD -> B-1"),
        (
            "no customer and another currency",
            "invoice_id=B-1; currency=EUR",
            "FINDING other_currency payments P-1\n MONEY P-1 payment D 2026-02-10 10.00 EUR",
        ),
        ("no customer and no known invoice", "invoice_id=Z-9", "REJECT payments P-1 unknown_invoice invoice_id Z-9"),
        ("no customer and a refused invoice", "invoice_id=A-0", "REJECT payments P-1 unknown_invoice invoice_id A-0"),
    ];
    for (name, cells, expected) in cases {
        check(&[(name, &payment("P-1", cells), &format!("{expected}\n{known}"))]);
    }
    check(&[
        (
            "3: neither customer nor invoice",
            "payments: payment_id=P-1; payment_date=2026-02-10; amount=10.00",
            "REJECT payments P-1 missing_required customer_id",
        ),
        (
            "3: credit notes: unknown, another customer's, another currency's, a credit note",
            "invoices: invoice_id=N-2; customer_id=C; issue_date=2026-02-10; due_date=2026-02-10; amount=-1.00; original_invoice_id=Z-9
             invoices: invoice_id=N-3; customer_id=C; issue_date=2026-02-10; due_date=2026-02-10; amount=-1.00; original_invoice_id=B-1; currency=USD
             invoices: invoice_id=N-4; customer_id=C; issue_date=2026-02-10; due_date=2026-02-10; amount=-1.00; original_invoice_id=A-1; currency=GBP
             invoices: invoice_id=N-5; customer_id=C; issue_date=2026-02-10; due_date=2026-02-10; amount=-1.00; original_invoice_id=N-1
             invoices: invoice_id=N-6; customer_id=C; issue_date=2026-02-10; due_date=2026-02-10; amount=-1.00; original_invoice_id=A-1",
            "FINDING unknown_invoice invoices N-2
             FINDING other_customers_invoice invoices N-3
             FINDING other_currency invoices N-4
             FINDING names_credit_note invoices N-5
             MONEY N-1 credit C 2026-01-05 30.00 EUR
             MONEY N-2 credit C 2026-02-10 1.00 EUR
             MONEY N-3 credit C 2026-02-10 1.00 USD
             MONEY N-4 credit C 2026-02-10 1.00 GBP
             MONEY N-5 credit C 2026-02-10 1.00 EUR
             MONEY N-6 credit C 2026-02-10 1.00 EUR -> A-1",
        ),
    ]);
}

#[test]
fn ruling_3_what_is_said_about_an_invoice_is_refused_with_its_reference() {
    check(&[
        (
            "3: promises",
            "promises: promise_id=1; customer_id=C; invoice_id=Z-9; promised_on=2026-02-04; due_on=2026-03-01; amount=1.00
             promises: promise_id=2; customer_id=C; invoice_id=B-1; promised_on=2026-02-04; due_on=2026-03-01; amount=1.00; currency=USD
             promises: promise_id=3; customer_id=C; invoice_id=A-1; promised_on=2026-02-04; due_on=2026-03-01; amount=1.00; currency=USD
             promises: promise_id=4; customer_id=C; invoice_id=N-1; promised_on=2026-02-04; due_on=2026-03-01; amount=1.00
             promises: promise_id=5; customer_id=C; invoice_id=A-1; promised_on=2026-02-04; due_on=2026-03-01; amount=1.00",
            "REJECT promises 1 unknown_invoice invoice_id Z-9
             REJECT promises 2 other_customers_invoice invoice_id B-1
             REJECT promises 3 other_currency invoice_id A-1
             REJECT promises 4 names_credit_note invoice_id N-1
             PROMISE C 2026-03-01 1.00 EUR -> A-1",
        ),
        (
            "3, 23: unknown, refused, a credit note",
            "invoices: invoice_id=A-0; customer_id=C; issue_date=2026-01-05; due_date=2026-02-04; amount=0.00
             installments: invoice_id=A-0; sequence=1; due_date=2026-02-04; amount=1.00
             installments: invoice_id=N-1; sequence=1; due_date=2026-02-04; amount=1.00
             disputes: dispute_id=1; invoice_id=Z-9; opened_on=2026-02-04
             disputes: dispute_id=2; invoice_id=A-0; opened_on=2026-02-04
             disputes: dispute_id=3; invoice_id=N-1; opened_on=2026-02-04
             deductions: deduction_id=1; invoice_id=A-0; claimed_on=2026-02-04; amount=1.00
             deductions: deduction_id=2; invoice_id=N-1; claimed_on=2026-02-04; amount=1.00",
            "REJECT invoices A-0 zero_amount amount 0.00
             REJECT installments A-0|1 unknown_invoice invoice_id A-0
             REJECT installments N-1|1 names_credit_note invoice_id N-1
             REJECT disputes 1 unknown_invoice invoice_id Z-9
             REJECT disputes 2 unknown_invoice invoice_id A-0
             REJECT disputes 3 names_credit_note invoice_id N-1
             REJECT deductions 1 unknown_invoice invoice_id A-0
             REJECT deductions 2 names_credit_note invoice_id N-1",
        ),
    ]);
}

#[test]
fn a_contact_was_made_whatever_invoice_it_names_but_a_hold_needs_its_invoice() {
    let future = "invoices: invoice_id=A-9; customer_id=C; issue_date=2026-07-01; due_date=2026-08-01; amount=10.00";
    let rows = |table: &str, id: &str, date: &str| {
        let row = |number: usize, invoice: &str| format!("{table}: {id}={number}; customer_id=C; {date}=2026-02-0{number}{invoice}\n");
        let invoices = ["", "; invoice_id=A-1", "; invoice_id=Z-9", "; invoice_id=B-1", "; invoice_id=N-1", "; invoice_id=A-9"];
        (1..).zip(invoices).map(|(number, invoice)| row(number, invoice)).collect::<String>() + future
    };
    check(&[
        (
            "contacts: caps count them",
            &rows("contacts", "contact_id", "contacted_on"),
            "FINDING unknown_invoice contacts 3
             FINDING other_customers_invoice contacts 4
             FINDING names_credit_note contacts 5
             IGNORED invoices 1
             IGNORED contacts 1
             CONTACT C 2026-02-01
             CONTACT C 2026-02-02
             CONTACT C 2026-02-03
             CONTACT C 2026-02-04
             CONTACT C 2026-02-05",
        ),
        (
            "holds: one of an unknown invoice does not stop the whole account",
            &rows("holds", "hold_id", "from_date"),
            "FINDING unknown_invoice holds 3
             FINDING other_customers_invoice holds 4
             FINDING names_credit_note holds 5
             IGNORED invoices 1
             IGNORED holds 4
             HOLD C
             HOLD C -> A-1",
        ),
    ]);
}

#[test]
fn a_hold_stops_what_it_names_and_nothing_unknown() {
    let hold = |number: u32, stops: &str| format!("holds: hold_id={number}; customer_id=C; from_date=2026-02-01; stops={stops}\n");
    let stops = ["relances", "Contact", "contact, agency", "penalties|escalation", "contact;contacts"];
    let rows: String = (1..).zip(stops).map(|(number, stops)| hold(number, stops)).collect();
    check(&[(
        "an unknown word refuses the row",
        &rows,
        "REJECT holds 1 unknown_value stops relances
         REJECT holds 2 unknown_value stops Contact
         REJECT holds 5 unknown_value stops contacts
         HOLD C
         HOLD C",
    )]);
}

#[test]
fn ruling_11_a_row_after_as_of_is_ignored_before_anything_else() {
    check(&[
        (
            "11: whatever is wrong with it",
            "invoices: invoice_id=A-2; issue_date=2026-07-01; due_date=soon; amount=0.00; currency=EURO; document_type=bill
             payments: payment_id=; payment_date=2026-07-01; amount=1.005; method=gold
             disputes: dispute_id=1; invoice_id=Z-9; opened_on=2026-07-01; outcome=lost
             deductions: deduction_id=1; invoice_id=Z-9; claimed_on=2026-07-01; amount=-1.00
             promises: promise_id=1; customer_id=C; invoice_id=B-1; promised_on=2026-07-01; amount=0.00
             holds: hold_id=1; from_date=2026-07-01
             contacts: contact_id=1; contacted_on=2026-07-01; channel=pigeon
             agency_events: event_id=1; event_on=2026-07-01; kind=lost",
            "IGNORED invoices 1
             IGNORED payments 1
             IGNORED disputes 1
             IGNORED deductions 1
             IGNORED promises 1
             IGNORED holds 1
             IGNORED contacts 1
             IGNORED agency_events 1",
        ),
        (
            "11: as_of is not after as_of",
            "invoices: invoice_id=A-2; customer_id=C; issue_date=2026-06-30; due_date=2026-07-30; amount=0.00
             payments: payment_id=P-1; customer_id=C; payment_date=2026-06-30; amount=1.005",
            "REJECT invoices A-2 zero_amount amount 0.00
             REJECT payments P-1 too_many_decimals amount 1.005",
        ),
        (
            "11: an own date that cannot be read is after nothing",
            "payments: payment_id=P-1; customer_id=C; payment_date=2026-13-01; amount=1.00
             payments: payment_id=P-2; customer_id=C; amount=1.00",
            "REJECT payments P-1 unreadable payment_date 2026-13-01
             REJECT payments P-2 missing_required payment_date",
        ),
        (
            "11: other dates do not count",
            "promises: promise_id=1; customer_id=C; promised_on=2026-06-30; due_on=2027-03-01; amount=1.00",
            "PROMISE C 2027-03-01 1.00 EUR",
        ),
    ]);
}

#[test]
fn ruling_12_rows_are_ignored_with_their_invoice() {
    let future = "invoices: invoice_id=A-9; customer_id=C; issue_date=2026-07-01; due_date=2026-08-01; amount=10.00; currency=USD";
    let with = |rows: &str| format!("{future}\n{rows}");
    check(&[
        (
            "12: what is said about it",
            &with(
                "installments: invoice_id=A-9; sequence=1; due_date=2026-08-01; amount=10.00
                 disputes: dispute_id=1; invoice_id=A-9; opened_on=2026-06-01
                 deductions: deduction_id=1; invoice_id=A-9; claimed_on=2026-06-01; amount=1.00
                 promises: promise_id=1; customer_id=C; invoice_id=A-9; promised_on=2026-06-01; due_on=2026-07-01; amount=1.00
                 payments: payment_id=P-1; invoice_id=A-9; payment_date=2026-06-01; amount=10.00; status=pending",
            ),
            "IGNORED invoices 1
             IGNORED installments 1
             IGNORED disputes 1
             IGNORED deductions 1
             IGNORED promises 1
             IGNORED payments 1",
        ),
        (
            "12: but settled money is money: free, told, and in the reporting currency if it says none",
            &with(
                "payments: payment_id=P-1; customer_id=C; invoice_id=A-9; payment_date=2026-06-01; amount=10.00
                 invoices: invoice_id=N-2; customer_id=C; issue_date=2026-06-01; due_date=2026-06-01; amount=-5.00; original_invoice_id=A-9",
            ),
            "IGNORED invoices 1
             FINDING dated_after_as_of payments P-1
             FINDING dated_after_as_of invoices N-2
             MONEY N-1 credit C 2026-01-05 30.00 EUR
             MONEY N-2 credit C 2026-06-01 5.00 EUR
             MONEY P-1 payment C 2026-06-01 10.00 EUR",
        ),
    ]);
}

/// A person's decision that cannot count is never refused in silence, nor does it end the run: each says why it waives nothing.
#[test]
fn a_waiver_that_waives_nothing_is_remarked_on() {
    check(&[(
        "waivers",
        "invoices: invoice_id=A-9; customer_id=C; issue_date=2026-07-01; due_date=2026-07-31; amount=10.00
         waivers: waiver_id=1; invoice_id=A-1; waived_on=2026-06-30; amount=5.00
         waivers: waiver_id=2; invoice_id=A-1; waived_on=2026-06-29
         waivers: waiver_id=3; invoice_id=A-1; waived_on=2026-07-01; amount=5.00
         waivers: waiver_id=4; invoice_id=A-9; waived_on=2026-06-01; amount=5.00
         waivers: waiver_id=5; invoice_id=Z-9; waived_on=2026-06-01
         waivers: waiver_id=6; invoice_id=N-1; waived_on=2026-06-01",
        "IGNORED invoices 1
         FINDING dated_after_as_of waivers 3
         FINDING dated_after_as_of waivers 4
         FINDING unknown_invoice waivers 5
         FINDING names_credit_note waivers 6
         IGNORED waivers 4
         WAIVER A-1 2026-06-29 all
         WAIVER A-1 2026-06-30 5.00 EUR",
    )]);
}

#[test]
fn ruling_13_a_missing_currency_is_that_of_the_invoice_or_the_reporting_one() {
    check(&[(
        "13",
        "invoices: invoice_id=A-2; customer_id=C; issue_date=2026-02-05; due_date=2026-03-04; amount=7.00
         invoices: invoice_id=N-2; customer_id=D; issue_date=2026-02-10; due_date=2026-02-10; amount=-1.00; original_invoice_id=B-1
         invoices: invoice_id=N-3; customer_id=D; issue_date=2026-02-11; due_date=2026-02-11; amount=-1.00; original_invoice_id=Z-9
         invoices: invoice_id=N-4; customer_id=D; issue_date=2026-02-11; due_date=2026-02-11; amount=-1.00; original_invoice_id=B-1; document_type=invoice
         invoices: invoice_id=N-5; customer_id=D; issue_date=2026-02-11; due_date=2026-02-11; amount=-1.005; original_invoice_id=B-1
         payments: payment_id=P-1; customer_id=D; invoice_id=B-1; payment_date=2026-02-10; amount=2.00
         payments: payment_id=P-2; customer_id=D; payment_date=2026-02-11; amount=3.00
         payments: payment_id=P-3; customer_id=C; invoice_id=B-1; payment_date=2026-02-12; amount=4.00
         promises: promise_id=1; customer_id=D; invoice_id=B-1; promised_on=2026-02-04; due_on=2026-03-01; amount=5.00
         promises: promise_id=2; customer_id=D; promised_on=2026-02-04; due_on=2026-03-02; amount=6.00",
        "INVOICE A-1 C 100.00 EUR due 2026-02-04
         INVOICE A-2 C 7.00 EUR due 2026-03-04
         INVOICE B-1 D 50.00 USD due 2026-02-04
         MONEY N-1 credit C 2026-01-05 30.00 EUR
         MONEY N-2 credit D 2026-02-10 1.00 USD -> B-1
         MONEY N-3 credit D 2026-02-11 1.00 EUR
         FINDING unknown_invoice invoices N-3
         REJECT invoices N-4 wrong_sign amount -1.00
         REJECT invoices N-5 too_many_decimals amount -1.005
         MONEY P-1 payment D 2026-02-10 2.00 USD -> B-1
         MONEY P-2 payment D 2026-02-11 3.00 EUR
         MONEY P-3 payment C 2026-02-12 4.00 USD
         FINDING other_customers_invoice payments P-3
         PROMISE D 2026-03-01 5.00 USD -> B-1
         PROMISE D 2026-03-02 6.00 EUR",
    )]);
}

#[test]
fn ruling_14_decimals_are_those_of_the_value() {
    check(&[
        (
            "14: trailing zeros do not count",
            "invoices: invoice_id=A-2; customer_id=C; issue_date=2026-02-05; due_date=2026-03-04; amount=100.00; currency=JPY
             invoices: invoice_id=A-3; customer_id=C; issue_date=2026-02-05; due_date=2026-03-04; amount=1.2340; currency=BHD
             invoices: invoice_id=A-4; customer_id=C; issue_date=2026-02-05; due_date=2026-03-04; amount=1.5000; currency=EUR",
            "INVOICE A-1 C 100.00 EUR due 2026-02-04
             INVOICE A-2 C 100 JPY due 2026-03-04
             INVOICE A-3 C 1.234 BHD due 2026-03-04
             INVOICE A-4 C 1.50 EUR due 2026-03-04
             INVOICE B-1 D 50.00 USD due 2026-02-04",
        ),
        (
            "14: the others do, in every money column of the row",
            "customers: customer_id=E; credit_limit=100.50; credit_limit_currency=JPY
             customers: customer_id=F; insured_limit=1.005
             invoices: invoice_id=A-2; customer_id=C; issue_date=2026-02-05; due_date=2026-03-04; amount=100.50; currency=JPY
             invoices: invoice_id=A-3; customer_id=C; issue_date=2026-02-05; due_date=2026-03-04; amount=1.2345; currency=BHD
             invoices: invoice_id=A-4; customer_id=C; issue_date=2026-02-05; due_date=2026-03-04; amount=1.00; tax_amount=0.125
             invoices: invoice_id=A-5; customer_id=C; issue_date=2026-02-05; due_date=2026-03-04; amount=1.00; discount_amount=0.125",
            "REJECT customers E too_many_decimals credit_limit 100.50
             REJECT customers F too_many_decimals insured_limit 1.005
             REJECT invoices A-2 too_many_decimals amount 100.50
             REJECT invoices A-3 too_many_decimals amount 1.2345
             REJECT invoices A-4 too_many_decimals tax_amount 0.125
             REJECT invoices A-5 too_many_decimals discount_amount 0.125",
        ),
        (
            "14: what has no currency of its own has that of its invoice",
            "invoices: invoice_id=A-2; customer_id=C; issue_date=2026-02-05; due_date=2026-03-04; amount=100; currency=JPY
             disputes: dispute_id=1; invoice_id=A-2; opened_on=2026-03-01; amount=1.50
             disputes: dispute_id=2; invoice_id=A-1; opened_on=2026-03-01; amount=1.50
             deductions: deduction_id=1; invoice_id=A-2; claimed_on=2026-03-01; amount=1.50
             payments: payment_id=P-1; invoice_id=A-2; payment_date=2026-03-01; amount=1.50",
            "REJECT disputes 1 too_many_decimals amount 1.50
             REJECT deductions 1 too_many_decimals amount 1.50
             REJECT payments P-1 too_many_decimals amount 1.50
             DISPUTE A-1 1.50 EUR",
        ),
        (
            "14: not checked where the currency cannot be known",
            "disputes: dispute_id=1; invoice_id=Z-9; opened_on=2026-03-01; amount=1.005",
            "REJECT disputes 1 unknown_invoice invoice_id Z-9",
        ),
    ]);
}

#[test]
fn ruling_15_duplicates_are_refused_or_spare() {
    let rows = "payments: payment_id=P-1; customer_id=C; payment_date=2026-02-10; amount=1.00
         payments: payment_id=P-1; customer_id=C; payment_date=2026-02-10; amount=1.00
         payments: payment_id=P-1; customer_id=C; payment_date=someday; amount=1.00
         payments: payment_id=P-2; customer_id=C; payment_date=2026-02-10; amount=2.00";
    let duplicates = |refused: &[u32], spare: &[u32]| AllDuplicates {
        payments: Duplicates { refused: refused.to_vec(), spare: spare.to_vec() },
        ..AllDuplicates::default()
    };
    check_with(
        "15: every row of the group; one with an earlier defect keeps its reason",
        rows,
        &duplicates(&[0, 1, 2], &[]),
        "REJECT payments P-1 duplicate_key payment_id P-1
         REJECT payments P-1 duplicate_key payment_id P-1
         REJECT payments P-1 unreadable payment_date someday
         MONEY N-1 credit C 2026-01-05 30.00 EUR
         MONEY P-2 payment C 2026-02-10 2.00 EUR",
    );
    check_with(
        "15: spare copies are ignored, the first is used",
        rows,
        &duplicates(&[], &[1]),
        "IGNORED payments 1
         REJECT payments P-1 unreadable payment_date someday
         MONEY N-1 credit C 2026-01-05 30.00 EUR
         MONEY P-1 payment C 2026-02-10 1.00 EUR
         MONEY P-2 payment C 2026-02-10 2.00 EUR",
    );
}

#[test]
fn ruling_16_empty_is_missing_and_ids_are_bytes() {
    check(&[
        (
            "16: an empty text",
            "invoices: invoice_id=A-2; customer_id=; issue_date=2026-02-05; due_date=2026-03-04; amount=7.00
             invoices: invoice_id=A-3; customer_id=C; issue_date=2026-02-05; due_date=2026-03-04; amount=7.00; currency=
             payments: payment_id=P-1; customer_id=; invoice_id=A-1; payment_date=2026-02-10; amount=1.00",
            "REJECT invoices A-2 missing_required customer_id
             INVOICE A-1 C 100.00 EUR due 2026-02-04
             INVOICE A-3 C 7.00 EUR due 2026-03-04
             INVOICE B-1 D 50.00 USD due 2026-02-04
             MONEY N-1 credit C 2026-01-05 30.00 EUR
             MONEY P-1 payment C 2026-02-10 1.00 EUR -> A-1",
        ),
        (
            "16: neither trimmed nor folded",
            "payments: payment_id=P-1; customer_id=C; invoice_id=a-1; payment_date=2026-02-10; amount=1.00
             payments: payment_id=P-2; customer_id=C; invoice_id=A-1 ; payment_date=2026-02-10; amount=1.00
             payments: payment_id=P-3; customer_id=C; invoice_id=A-01; payment_date=2026-02-10; amount=1.00
             payments: payment_id=P-4; customer_id=c; payment_date=2026-02-10; amount=1.00",
            "FINDING unknown_invoice payments P-1
             FINDING unknown_invoice payments P-2
             FINDING unknown_invoice payments P-3
             FINDING unknown_customer customers c
             CUSTOMER C
             CUSTOMER D
             CUSTOMER c unknown",
        ),
    ]);
}

#[test]
fn ruling_17_the_sign_follows_the_type() {
    let invoice = |id: &str, amount: &str, kind: &str| {
        format!("invoices: invoice_id={id}; customer_id=C; issue_date=2026-02-05; due_date=2026-03-04; amount={amount}{kind}\n")
    };
    let good = [
        invoice("A-2", "1.00", "; document_type=invoice"),
        invoice("A-3", "2.00", "; document_type=deposit"),
        invoice("A-4", "3.00", "; document_type=advance"),
        invoice("A-5", "4.00", ""),
        invoice("N-2", "-5.00", "; document_type=credit_note"),
        invoice("N-3", "-6.00", ""),
    ];
    let bad = [
        invoice("A-2", "-1.00", "; document_type=invoice"),
        invoice("A-3", "-1.00", "; document_type=deposit"),
        invoice("A-4", "-1.00", "; document_type=advance"),
        invoice("N-2", "1.00", "; document_type=credit_note"),
        invoice("N-3", "0.00", "; document_type=credit_note"),
    ];
    check(&[
        (
            "17: positive for invoice, deposit and advance, negative for credit_note; without a type the sign decides",
            &good.concat(),
            "INVOICE A-1 C 100.00 EUR due 2026-02-04
             INVOICE A-2 C 1.00 EUR due 2026-03-04
             INVOICE A-3 C 2.00 EUR due 2026-03-04
             INVOICE A-4 C 3.00 EUR due 2026-03-04
             INVOICE A-5 C 4.00 EUR due 2026-03-04
             INVOICE B-1 D 50.00 USD due 2026-02-04
             MONEY N-1 credit C 2026-01-05 30.00 EUR
             MONEY N-2 credit C 2026-02-05 5.00 EUR
             MONEY N-3 credit C 2026-02-05 6.00 EUR",
        ),
        (
            "17: else refused",
            &bad.concat(),
            "REJECT invoices A-2 wrong_sign amount -1.00
             REJECT invoices A-3 wrong_sign amount -1.00
             REJECT invoices A-4 wrong_sign amount -1.00
             REJECT invoices N-2 wrong_sign amount 1.00
             REJECT invoices N-3 zero_amount amount 0.00",
        ),
        (
            "17: a payment is anything but zero",
            "payments: payment_id=P-1; customer_id=C; payment_date=2026-02-10; amount=-1.00
             payments: payment_id=P-2; customer_id=C; payment_date=2026-02-10; amount=0.00",
            "REJECT payments P-2 zero_amount amount 0.00
             MONEY N-1 credit C 2026-01-05 30.00 EUR
             MONEY P-1 payment C 2026-02-10 -1.00 EUR",
        ),
    ]);
}

#[test]
fn ruling_18_a_refused_customer_row_makes_its_customer_unknown() {
    check(&[
        (
            "18",
            "customers: customer_id=E; customer_type=person
             invoices: invoice_id=E-1; customer_id=E; issue_date=2026-02-05; due_date=2026-03-04; amount=7.00",
            "REJECT customers E unknown_value customer_type person
             FINDING unknown_customer customers E
             CUSTOMER C
             CUSTOMER D
             CUSTOMER E unknown
             INVOICE A-1 C 100.00 EUR due 2026-02-04
             INVOICE B-1 D 50.00 USD due 2026-02-04
             INVOICE E-1 E 7.00 EUR due 2026-03-04",
        ),
        (
            "02: an unknown customer is told once",
            "invoices: invoice_id=E-1; customer_id=E; issue_date=2026-02-05; due_date=2026-03-04; amount=7.00
             payments: payment_id=P-1; customer_id=E; payment_date=2026-02-10; amount=1.00
             payments: payment_id=P-2; customer_id=F; payment_date=2026-02-10; amount=1.00",
            "FINDING unknown_customer customers E
             FINDING unknown_customer customers F",
        ),
    ]);
}

#[test]
fn rulings_9_and_19_currencies_are_active_money_codes() {
    for code in ["XAF", "XOF", "XPF", "XCD", "XCG", "CHF", "TND"] {
        let row = format!("payments: payment_id=P-1; customer_id=C; payment_date=2026-02-10; amount=1.00; currency={code}");
        check(&[(code, &row, "")]);
    }
    for code in ["eur", "Eur", "EURO", "XAU", "XXX", "XTS", "XDR", "XAG", "XBA", "XSU", "XUA", "CLF", "UYW", "FRF", "DEM", " EUR", "€"] {
        let row = format!("payments: payment_id=P-1; customer_id=C; payment_date=2026-02-10; amount=1.00; currency={code}");
        check(&[(code, &row, &format!("REJECT payments P-1 bad_currency currency {code}"))]);
    }
}

#[test]
fn ruling_21_a_reject_tells_its_place_and_its_key() {
    let rows = "installments: invoice_id=A-1; sequence=1; due_date=2026-02-04; amount=100.00
         installments: invoice_id=A-1; sequence=2; due_date=2026-02-04; amount=-1.00
         installments: invoice_id=A-1; sequence=3; amount=1.00";
    let rejects = read(shard(&format!("{PORTFOLIO}\n{rows}")), day(AS_OF), &AllDuplicates::default(), |read| read.rejects);
    let places: Vec<(&str, u32, &str)> = rejects.iter().map(|reject| (reject.table, reject.source_row, reject.key.as_str())).collect();
    assert_eq!(places, [("installments", 1, "A-1|2"), ("installments", 2, "A-1|3")]);
}

#[test]
fn a_reject_says_what_to_look_at() {
    let rows = "payments: payment_id=1; customer_id=C; payment_date=soon; amount=1.00
         payments: payment_id=2; customer_id=C; amount=1.00
         payments: payment_id=3; customer_id=C; payment_date=2026-02-10; amount=1.00
         payments: payment_id=4; customer_id=C; payment_date=2026-02-10; amount=1.00; status=setled
         payments: payment_id=5; customer_id=C; payment_date=2026-02-10; amount=1.00; status=gone
         payments: payment_id=6; customer_id=C; payment_date=2026-02-10; amount=1.00; currency=eur
         payments: payment_id=7; customer_id=C; payment_date=2026-02-10; amount=1.005
         payments: payment_id=8; customer_id=C; payment_date=2026-02-10; amount=0.00
         payments: payment_id=9; invoice_id=Z-9; payment_date=2026-02-10; amount=1.00
         promises: promise_id=1; customer_id=C; promised_on=2026-02-04; due_on=2026-03-01; amount=-1.00
         promises: promise_id=2; customer_id=C; invoice_id=B-1; promised_on=2026-02-04; due_on=2026-03-01; amount=1.00
         promises: promise_id=3; customer_id=C; invoice_id=A-1; promised_on=2026-02-04; due_on=2026-03-01; amount=1.00; currency=USD
         promises: promise_id=4; customer_id=C; invoice_id=N-1; promised_on=2026-02-04; due_on=2026-03-01; amount=1.00";
    let payments = Duplicates { refused: vec![2], ..Duplicates::default() };
    let duplicates = AllDuplicates { payments, ..AllDuplicates::default() };
    let messages: Vec<String> = read(shard(&format!("{PORTFOLIO}\n{rows}")), day(AS_OF), &duplicates, |read| {
        read.rejects.iter().map(|reject| format!("{} {}: {}", reject.table, reject.key, reject.message)).collect()
    });
    let expected = [
        "payments 1: payment_date is no day; a timestamp is one only at midnight UTC: soon",
        "payments 2: payment_date is required and has no value",
        "payments 3: another row has the same key: 3",
        "payments 4: status knows no value setled; the nearest is settled; for a word of your own write \
         values: {payments: {status: {setled: settled}}} in the job file",
        "payments 5: status knows no value gone; it takes settled, pending, rejected, reversed; for a word of your own write \
         values: {payments: {status: {gone: WORD}}} in the job file",
        "payments 6: not an active ISO 4217 currency in upper case: eur",
        "payments 7: amount has more decimals than its currency: 1.005",
        "payments 8: amount is zero",
        "payments 9: no accepted invoice has this id: Z-9",
        "promises 1: amount has the wrong sign for this kind of row: -1.00",
        "promises 2: the invoice belongs to another customer: B-1",
        "promises 3: the invoice is in another currency: A-1",
        "promises 4: a credit note cannot be meant here: N-1",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn ruling_22_a_plan_adds_up_or_is_set_aside() {
    check(&[
        (
            "22: it adds up",
            "installments: invoice_id=A-1; sequence=2; due_date=2026-03-04; amount=40.00
             installments: invoice_id=A-1; sequence=1; due_date=2026-04-04; amount=60.00",
            "INSTALMENT A-1|2 2026-03-04 40.00 EUR
             INSTALMENT A-1|1 2026-04-04 60.00 EUR",
        ),
        (
            "22: a cent is missing",
            "installments: invoice_id=A-1; sequence=1; due_date=2026-03-04; amount=40.00
             installments: invoice_id=A-1; sequence=2; due_date=2026-04-04; amount=59.99",
            "FINDING installments_do_not_add_up installments A-1
             NO INSTALMENT
             INVOICE A-1 C 100.00 EUR due 2026-02-04
             INVOICE B-1 D 50.00 USD due 2026-02-04",
        ),
        (
            "22: one of its rows was refused",
            "installments: invoice_id=A-1; sequence=1; due_date=2026-03-04; amount=100.00
             installments: invoice_id=A-1; sequence=2; due_date=2026-04-04; amount=40.00
             installments: invoice_id=A-1; sequence=3; due_date=2026-04-04; amount=-40.00",
            "REJECT installments A-1|3 wrong_sign amount -40.00
             FINDING installments_do_not_add_up installments A-1
             NO INSTALMENT",
        ),
    ]);
}

#[test]
fn an_invoice_due_before_its_issue_or_long_after_it_is_told_and_used() {
    check(&[(
        "02",
        "invoices: invoice_id=A-2; customer_id=C; issue_date=2026-02-05; due_date=2026-02-04; amount=7.00
         invoices: invoice_id=A-4; customer_id=C; issue_date=2026-02-05; due_date=2036-02-06; amount=4.00
         invoices: invoice_id=A-5; customer_id=C; issue_date=2026-02-05; due_date=2036-02-07; amount=5.00
         invoices: invoice_id=A-3; customer_id=C; issue_date=2026-02-05; due_date=2026-02-05; amount=8.00",
        "FINDING due_before_issue invoices A-2
         FINDING due_far_after_issue invoices A-5
         INVOICE A-1 C 100.00 EUR due 2026-02-04
         INVOICE A-2 C 7.00 EUR due 2026-02-04
         INVOICE A-3 C 8.00 EUR due 2026-02-05
         INVOICE A-4 C 4.00 EUR due 2036-02-06
         INVOICE A-5 C 5.00 EUR due 2036-02-07
         INVOICE B-1 D 50.00 USD due 2026-02-04",
    )]);
}

#[test]
fn invoices_and_customers_are_in_order_of_id_whatever_their_rows() {
    let rows = "invoices: invoice_id=A-10; customer_id=C; issue_date=2026-02-05; due_date=2026-03-04; amount=1.00
         invoices: invoice_id=A-0; customer_id=D; issue_date=2026-02-05; due_date=2026-03-04; amount=1.00
         invoices: invoice_id=A-9; customer_id=B; issue_date=2026-02-05; due_date=2026-03-04; amount=1.00";
    let told = read(shard(&format!("{PORTFOLIO}\n{rows}")), day(AS_OF), &AllDuplicates::default(), |read| told(&read));
    let ids = |kind: &str| {
        let of_kind = told.iter().filter_map(|line| line.strip_prefix(kind));
        of_kind.map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids("CUSTOMER "), ["B", "C", "D"]);
    assert_eq!(ids("INVOICE "), ["A-9", "A-1", "A-10", "A-0", "B-1"]);
}
