//! Deposits: money for an order settles that order's invoices and nothing else, and is told apart from money on account.

use crate::desk::{Desk, NIGHT};

/// An old invoice, one of an order that is billed late, and what was paid ahead for that order and for another.
fn desk(payments: &str) -> Desk {
    let desk = Desk::small();
    desk.table(
        "invoices",
        "invoice_id, customer_id, issue_date, due_date, amount, currency, order_id
         F1, C1, 2026-09-01, 2026-10-01, 1000.00, EUR,
         F2, C1, 2026-10-01, 2026-11-01, 500.00, EUR, O-1",
    );
    desk.table("customers", "customer_id, name, customer_type, country, email\nC1, Dupont, company, FR, a@b.example");
    desk.table("payments", payments);
    desk.run(NIGHT, &[]).succeeded();
    desk
}

#[test]
fn a_deposit_pays_its_order_and_lowers_nothing_else() {
    let desk = desk(
        "payment_id, customer_id, payment_date, amount, currency, deposit_for
         P1, C1, 2026-09-05, 200.00, EUR, O-1
         P2, C1, 2026-09-06, 300.00, EUR, O-2
         P3, C1, 2026-09-07, 40.00, EUR,",
    );
    let night = desk.night(NIGHT);
    assert_eq!(night.rows("open_items").of(["invoice_id", "amount_open"]), [["F1", "960.00"], ["F2", "300.00"]]);
    assert_eq!(night.rows("unallocated").of(["source_id", "amount_left", "deposit_for"]), [["P2", "300.00", "O-2"]]);
    // What waits for the other order is not on account: it does not lower what is asked for.
    assert_eq!(night.rows("actions").of(["amount_due"]), [["1260.00"]]);
}

#[test]
fn without_the_column_money_is_on_account() {
    let desk = desk("payment_id, customer_id, payment_date, amount, currency\nP1, C1, 2026-09-05, 200.00, EUR");
    assert_eq!(desk.night(NIGHT).rows("open_items").of(["invoice_id", "amount_open"]), [["F1", "800.00"], ["F2", "500.00"]]);
}
