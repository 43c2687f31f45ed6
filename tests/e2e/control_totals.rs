//! The totals of the ledger's owner: compared with what was read and with what is open, for all customers and for each.

use crate::desk::{Desk, JOB, NIGHT};

/// A night with this file of control totals ends so; nothing is published where it is refused.
#[track_caller]
fn check(totals: &str, code: i32, expected: &str) {
    let desk = Desk::small();
    desk.table("control_totals", totals).job(&format!("{JOB}control_totals: control_totals.parquet\n"));
    let outcome = desk.run(NIGHT, &[]);
    assert_eq!((outcome.err.as_str(), outcome.code), (expected, Some(code)));
    assert_eq!(desk.published().contains(&format!("as_of={NIGHT}")), code == 0);
}

const HELP: &str = "  help: see rejects for the rows refused, or correct the control totals\n";

#[test]
fn totals_that_agree_let_the_night_pass() {
    let totals = "
        table,      currency, count, amount,  customer_id
        invoices,   EUR,      3,     1750.50,
        invoices,   EUR,      2,     1500.00, C1
        invoices,   EUR,      1,     250.50,  C2
        invoices,   GBP,      1,     1200.00, C3
        open_items, EUR,      3,     1350.50,
        open_items, GBP,      1,     1000.00,";
    check(totals, 0, "");
}

#[test]
fn every_total_that_differs_is_named() {
    let totals = "
        table,    currency, count, amount
        invoices, EUR,      3,     1750.51
        invoices, GBP,      1,     1200.00
        payments, EUR,      2,     400.00
        payments, GBP,      1,     200.00";
    let expected = "error: control total of invoices in EUR is 3 rows, 1750.51, but 3 rows, 1750.50 were accepted
error: control total of payments in EUR is 2 rows, 400.00, but 1 row, 400.00 were accepted
";
    check(totals, 65, &format!("{expected}{HELP}"));
}

/// The ledger has 50.50 more of C1 and 0.50 less of C2, and no invoice of C3 at all.
#[test]
fn differences_are_itemised_by_customer() {
    let totals = "
        table,      currency, count, amount,  customer_id
        invoices,   EUR,      2,     1550.50, C1
        invoices,   EUR,      1,     250.00,  C2
        payments,   EUR,      1,     400.00,  C1
        payments,   GBP,      1,     200.00,  C3
        open_items, EUR,      9,     1.00,";
    let expected = "error: control total of open_items in EUR is 9 rows, 1.00, but 3 rows, 1350.50 are open
error: control total of invoices in EUR of customer C1 is 2 rows, 1550.50, but 2 rows, 1500.00 were accepted: 50.50 less
error: control total of invoices in EUR of customer C2 is 1 row, 250.00, but 1 row, 250.50 were accepted: 0.50 more
error: control total of invoices in GBP of customer C3 is 0 rows, 0.00, but 1 row, 1200.00 were accepted: 1200.00 more
";
    check(totals, 65, &format!("{expected}{HELP}"));
}

#[test]
fn totals_of_nothing_known_and_totals_given_twice_are_refused() {
    let cases = [
        (
            "invoice, EUR, 3, 1750.50",
            "error: control_totals: row 1 is about \"invoice\", did you mean \"invoices\"?; there are totals of invoices, payments, open_items\n",
        ),
        ("invoices, EUR, 3, 1750.50\ninvoices, EUR, 4, 1750.50", "error: control_totals: row 2 is about what an earlier row is about\n"),
    ];
    for (rows, expected) in cases {
        check(&format!("table, currency, count, amount\n{rows}"), 65, expected);
    }
}
