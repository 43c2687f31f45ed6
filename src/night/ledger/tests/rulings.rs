//! The rulings on the ledger, by number.

use super::*;

#[test]
fn ruling_25_a_day_has_an_order() {
    check(&[
        (
            "25: all invoices of the day enter before any credit note, whatever their ids",
            KEEP,
            "CN A-1 2026-02-01 30.00 -> B-9
             INV B-9 2026-02-01 due 2026-03-01 100.00",
            "OPEN B-9 70.00",
        ),
        (
            "25: credit notes before payments, whatever their ids",
            KEEP,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY B-1 2026-02-01 100.00 -> A-1
             CN Z-9 2026-02-01 40.00 -> A-1",
            "LEFT B-1 40.00
             CREDITED A-1 40.00",
        ),
        (
            "25: payments by id, whatever their rows",
            KEEP,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-2 2026-02-01 80.00 -> A-1
             PAY P-1 2026-02-01 80.00 -> A-1",
            "LEFT P-2 60.00",
        ),
        (
            "25: what credit notes leave is used before the payments of the day",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             CN C-1 2026-02-01 30.00
             PAY P-1 2026-02-01 100.00 -> A-1",
            "CREDITED A-1 30.00
             LEFT P-1 30.00",
        ),
        (
            "25: money that waited for the invoice, then money on account though it is older",
            OLDEST,
            "PAY P-1 2026-01-05 100.00
             PAY P-2 2026-01-10 60.00 -> A-1
             INV A-1 2026-02-01 due 2026-03-01 100.00",
            "LEFT P-1 60.00
             APPLIED P-2 A-1 2026-02-01 60.00
             APPLIED P-1 A-1 2026-02-01 40.00",
        ),
        (
            "25: waiting money by date, then credits before payments, then id",
            KEEP,
            "PAY P-9 2026-01-09 10.00 -> A-1
             CN Z-1 2026-01-10 50.00 -> A-1
             PAY P-2 2026-01-10 30.00 -> A-1
             PAY P-1 2026-01-10 30.00 -> A-1
             INV A-1 2026-02-01 due 2026-03-01 100.00",
            // 10 + 50 + 30 + 10 of 30
            "LEFT P-2 20.00",
        ),
        (
            "25: write-offs and sales close the day, after its payments",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-03-01 40.00 -> A-1
             WRITEOFF A-1 2026-03-01",
            "PAID A-1 40.00
             EXITED A-1 60.00",
        ),
    ]);
}

#[test]
fn ruling_26_older_money_on_account_goes_before_a_payment_of_the_day() {
    check(&[(
        "26",
        OLDEST,
        "PAY P-1 2026-01-10 100.00
         INV A-1 2026-02-01 due 2026-03-01 100.00
         PAY P-0 2026-02-01 100.00 -> A-1",
        "LEFT P-0 100.00
         APPLIED P-1 A-1 2026-02-01 100.00",
    )]);
}

#[test]
fn ruling_27_money_on_account_is_used_oldest_first() {
    check(&[
        (
            "27: credits before payments on one day",
            OLDEST,
            "PAY P-1 2026-01-06 30.00
             PAY P-2 2026-01-05 30.00
             CN Z-9 2026-01-05 30.00
             INV A-1 2026-02-01 due 2026-03-01 50.00",
            // Z-9 30, then P-2 20 of 30
            "LEFT P-1 30.00
             LEFT P-2 10.00
             CREDITED A-1 30.00",
        ),
        (
            "27: date before kind",
            OLDEST,
            "PAY P-1 2026-01-04 30.00
             CN C-1 2026-01-05 30.00
             INV A-1 2026-02-01 due 2026-03-01 50.00",
            "LEFT C-1 10.00",
        ),
        (
            "27: then id",
            OLDEST,
            "PAY P-2 2026-01-05 30.00
             PAY P-1 2026-01-05 30.00
             INV A-1 2026-02-01 due 2026-03-01 50.00",
            "LEFT P-2 10.00",
        ),
    ]);
}

#[test]
fn ruling_28_named_money_waits_for_its_invoice() {
    let history = "INV A-1 2026-01-05 due 2026-02-04 100.00
         PAY P-1 2026-01-10 100.00 -> A-2
         INV A-2 2026-03-01 due 2026-04-01 100.00";
    check(&[(
        "28: it is not used for another invoice meanwhile",
        OLDEST,
        history,
        "OPEN A-1 100.00
         APPLIED P-1 A-2 2026-03-01 100.00",
    )]);
    check_on(
        "2026-02-15",
        "28: as long as the invoice is after as_of the money is free",
        OLDEST,
        history,
        "APPLIED P-1 A-1 2026-01-10 100.00
         FINDING dated_after_as_of P-1",
    );
    check_on("2026-03-01", "28: an invoice of as_of is not after it", OLDEST, history, "OPEN A-1 100.00\n NO FINDING");
    check(&[
        (
            "28: a credit note waits as well, and what is left of it is used on that day",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             CN C-1 2026-01-10 120.00 -> A-2
             INV A-2 2026-03-01 due 2026-04-01 100.00",
            "OPEN A-1 80.00
             APPLIED C-1 A-2 2026-03-01 100.00
             APPLIED C-1 A-1 2026-03-01 20.00",
        ),
        (
            "28: waiting money nets no refund either",
            OLDEST,
            "PAY P-1 2026-01-10 50.00 -> A-1
             REFUND R-1 2026-01-20 30.00
             INV A-1 2026-03-01 due 2026-04-01 100.00",
            "OPEN A-1 50.00
             LEFT R-1 -30.00",
        ),
    ]);
}

#[test]
fn ruling_29_the_rest_of_a_named_payment_is_used_at_once() {
    check(&[(
        "29",
        OLDEST,
        "INV A-1 2026-01-05 due 2026-02-04 100.00
         INV A-2 2026-01-06 due 2026-03-04 100.00
         PAY P-1 2026-02-10 130.00 -> A-2",
        "OPEN A-1 70.00
         APPLIED P-1 A-2 2026-02-10 100.00
         APPLIED P-1 A-1 2026-02-10 30.00
         OVERPAID P-1 30.00",
    )]);
}

/// "At once" is read as: after each document of the day, before the next one of the day is looked at.
#[test]
fn rulings_25_and_29_at_once_is_before_the_next_document_of_the_day() {
    check(&[(
        "29: the rest of P-1 pays A-2 before P-2 does",
        OLDEST,
        "INV A-1 2026-01-05 due 2026-02-04 100.00
         INV A-2 2026-01-06 due 2026-03-04 100.00
         PAY P-1 2026-02-10 130.00 -> A-1
         PAY P-2 2026-02-10 100.00 -> A-2",
        "LEFT P-2 30.00
         APPLIED P-1 A-1 2026-02-10 100.00
         APPLIED P-1 A-2 2026-02-10 30.00
         APPLIED P-2 A-2 2026-02-10 70.00",
    )]);
}

#[test]
fn ruling_30_credit_notes_without_a_name_follow_the_knob() {
    let history = "INV A-1 2026-01-05 due 2026-02-04 100.00
         CN C-1 2026-03-10 30.00";
    check(&[
        (
            "30: from their own date, not from the due date",
            OLDEST,
            history,
            "OPEN A-1 70.00
             CREDITED A-1 30.00
             APPLIED C-1 A-1 2026-03-10 30.00
             NO PAID
             NO LAST",
        ),
        ("30: keep", KEEP, history, "OPEN A-1 100.00\n LEFT C-1 30.00"),
        (
            "30: from the issue date of the invoice if that is later",
            OLDEST,
            "CN C-1 2026-01-10 30.00
             INV A-1 2026-02-01 due 2026-03-01 100.00",
            "OPEN A-1 70.00
             APPLIED C-1 A-1 2026-02-01 30.00",
        ),
    ]);
}

#[test]
fn ruling_31_a_refund_takes_back_what_its_invoice_was_paid() {
    check(&[
        (
            "31: cash, not credits; the rest is owed",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             CN C-1 2026-01-10 70.00 -> A-1
             PAY P-1 2026-01-20 30.00 -> A-1
             REFUND R-1 2026-02-01 50.00 -> A-1",
            "OPEN A-1 30.00
             CREDITED A-1 70.00
             NO PAID
             TOOK R-1 A-1 2026-02-01 30.00
             LEFT R-1 -20.00",
        ),
        (
            "31: the newest instalment first",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             INST A-1 1 due 2026-03-01 50.00
             INST A-1 2 due 2026-02-01 50.00
             PAY P-1 2026-01-20 100.00 -> A-1
             REFUND R-1 2026-03-10 60.00 -> A-1",
            "OPEN A-1/1 50.00
             OPEN A-1/2 10.00",
        ),
        (
            "31: the newest that was paid",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             INST A-1 1 due 2026-02-01 50.00
             INST A-1 2 due 2026-03-01 50.00
             PAY P-1 2026-01-20 60.00 -> A-1
             REFUND R-1 2026-03-10 20.00 -> A-1",
            // 50 + 10 paid; 10 from the second, 10 from the first
            "OPEN A-1/1 10.00
             OPEN A-1/2 50.00",
        ),
        (
            "31: several refunds take no more than was paid",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-01-20 100.00 -> A-1
             REFUND R-1 2026-03-10 60.00 -> A-1
             REFUND R-2 2026-03-11 60.00 -> A-1",
            "OPEN A-1 100.00
             TOOK R-1 A-1 2026-03-10 60.00
             TOOK R-2 A-1 2026-03-11 40.00
             LEFT R-2 -20.00",
        ),
        (
            "31: before anything was paid there is nothing to take, and a later named payment does not cover it",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             REFUND R-1 2026-01-20 20.00 -> A-1
             PAY P-1 2026-02-01 50.00 -> A-1",
            "OPEN A-1 50.00
             LEFT R-1 -20.00",
        ),
        (
            "31: it waits for its invoice like other money, and takes what came before it",
            OLDEST,
            "PAY P-1 2026-01-05 100.00 -> A-1
             REFUND R-1 2026-01-10 20.00 -> A-1
             INV A-1 2026-02-01 due 2026-03-01 100.00",
            "OPEN A-1 20.00
             TOOK R-1 A-1 2026-02-01 20.00",
        ),
    ]);
}

#[test]
fn ruling_31_a_refund_nets_money_on_account() {
    check(&[
        (
            "31: receipts and credits, oldest first",
            KEEP,
            "PAY P-1 2026-01-05 30.00
             CN C-1 2026-01-10 20.00
             REFUND R-1 2026-02-01 40.00",
            "LEFT C-1 10.00",
        ),
        (
            "31: the older credit before the receipt",
            KEEP,
            "CN C-1 2026-01-05 30.00
             PAY P-1 2026-01-10 20.00
             REFUND R-1 2026-02-01 40.00",
            "LEFT P-1 10.00",
        ),
        (
            "31: it reopens no invoice it does not name",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-01-20 100.00 -> A-1
             REFUND R-1 2026-02-01 30.00",
            "LEFT R-1 -30.00",
        ),
        (
            "31: receipts on account cover waiting refunds, the oldest first, before invoices",
            OLDEST,
            "REFUND R-2 2026-02-01 30.00
             REFUND R-1 2026-02-02 30.00
             INV A-1 2026-02-05 due 2026-03-01 100.00
             PAY P-1 2026-02-10 40.00
             PAY P-2 2026-02-11 40.00",
            // 40 = 30 + 10; 40 = 20 + 20 for the invoice
            "OPEN A-1 80.00
             APPLIED P-2 A-1 2026-02-11 20.00",
        ),
        (
            "31: also under keep",
            KEEP,
            "REFUND R-1 2026-02-01 30.00
             INV A-1 2026-02-05 due 2026-03-01 100.00
             PAY P-1 2026-02-10 40.00",
            "OPEN A-1 100.00
             LEFT P-1 10.00",
        ),
        (
            "31: a named payment pays its invoice first; only its rest covers",
            OLDEST,
            "REFUND R-1 2026-02-01 40.00
             INV A-1 2026-02-05 due 2026-03-01 100.00
             PAY P-1 2026-02-10 130.00 -> A-1",
            "LEFT R-1 -10.00",
        ),
        (
            "31: a later credit note covers no refund: only receipts do",
            KEEP,
            "REFUND R-1 2026-02-01 40.00
             CN C-1 2026-02-10 30.00
             PAY P-1 2026-02-11 15.00",
            "LEFT R-1 -25.00
             LEFT C-1 30.00",
        ),
        (
            "31: a refund of another currency nets nothing",
            OLDEST,
            "PAY P-1 2026-01-05 30.00
             REFUND R-1 2026-02-01 40.00 USD",
            "LEFT P-1 30.00
             LEFT R-1 -40.00",
        ),
    ]);
}

#[test]
fn ruling_31_money_on_account_is_tried_again_when_an_invoice_reopens() {
    let history = "INV A-1 2026-01-05 due 2026-02-04 100.00
         PAY P-1 2026-02-10 130.00 -> A-1
         REFUND R-1 2026-03-01 20.00 -> A-1";
    let larger = "INV A-1 2026-01-05 due 2026-02-04 100.00
         PAY P-1 2026-02-10 100.00 -> A-1
         PAY P-2 2026-02-11 40.00
         REFUND R-1 2026-03-01 130.00 -> A-1";
    check(&[
        (
            "31: at once",
            OLDEST,
            history,
            "LEFT P-1 10.00
             TOOK R-1 A-1 2026-03-01 20.00
             APPLIED P-1 A-1 2026-02-10 100.00
             APPLIED P-1 A-1 2026-03-01 20.00
             LAST A-1 2026-02-10",
        ),
        ("31: not under keep", KEEP, history, "OPEN A-1 20.00\n LEFT P-1 30.00"),
        // 100 taken back; the other 30 from P-2; its last 10 pay the invoice again
        ("31: what is on account covers the refund first", OLDEST, larger, "OPEN A-1 90.00"),
        ("31: and under keep no more", KEEP, larger, "OPEN A-1 100.00\n LEFT P-2 10.00"),
    ]);
}

#[test]
fn ruling_32_a_rejection_counts_from_its_day() {
    check(&[
        (
            "32: after as_of it is still cash tonight",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             REJECTED P-1 2026-02-01 100.00 -> A-1 on 2026-07-01
             INV A-2 2026-01-05 due 2026-02-04 100.00
             REVERSED P-2 2026-02-01 100.00 -> A-2 on 2026-07-01",
            "NO OPEN",
        ),
        (
            "32: on as_of it is not",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             REJECTED P-1 2026-02-01 100.00 -> A-1 on 2026-06-30",
            "OPEN A-1 100.00",
        ),
        (
            "32: without a day never",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             REVERSED P-1 2026-02-01 100.00 -> A-1",
            "OPEN A-1 100.00",
        ),
        (
            "32: it was never cash: the payment between it and its rejection pays the invoice",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             REJECTED P-1 2026-01-10 100.00 -> A-1 on 2026-02-10
             PAY P-2 2026-01-20 100.00 -> A-1",
            "APPLIED P-2 A-1 2026-01-20 100.00
             NO OVERPAID",
        ),
        (
            "32: the day of a rejection means nothing with another status",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-01 100.00 -> A-1 on 2026-02-10
             INV A-2 2026-01-05 due 2026-02-04 100.00
             PAY P-2 2026-02-01 100.00 -> A-2 on 2026-02-10 settled",
            "NO OPEN",
        ),
    ]);
}

#[test]
fn ruling_33_a_pending_payment_needs_a_name_to_lower_anything() {
    check(&[
        (
            "33",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PENDING P-1 2026-02-01 30.00
             PENDING P-2 2026-02-01 20.00 -> Z-9
             PENDING P-3 2026-02-01 10.00 -> A-1 of D
             PENDING P-4 2026-02-01 7.00 -> A-1 USD",
            "OPEN A-1 100.00
             COLLECTIBLE A-1 100.00",
        ),
        (
            "33: a negative one has no effect",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PENDING P-1 2026-02-01 30.00 -> A-1
             PENDING P-2 2026-02-01 -10.00 -> A-1",
            "OPEN A-1 100.00
             COLLECTIBLE A-1 70.00",
        ),
    ]);
}

#[test]
fn ruling_34_items_are_instalments() {
    let plan = "INV A-1 2026-01-05 due 2026-02-04 100.00
         INST A-1 1 due 2026-02-01 60.00
         INST A-1 2 due 2026-04-01 40.00
         INV A-2 2026-01-05 due 2026-03-01 100.00";
    let with = |line: &str| format!("{plan}\n{line}");
    check(&[
        (
            "34: oldest by the due date of the instalment",
            OLDEST,
            &with("PAY P-1 2026-05-01 170.00"),
            // 60, then all of A-2, then 10
            "OPEN A-1/2 30.00",
        ),
        (
            "34: an instalment of exactly that amount",
            EXACT,
            &with("PAY P-1 2026-05-01 40.00"),
            "OPEN A-1/1 60.00
             OPEN A-2 100.00",
        ),
        (
            "34: the sum of a plan is no item; another invoice of that amount is",
            EXACT,
            &with("PAY P-1 2026-05-01 100.00"),
            "OPEN A-1/1 60.00
             OPEN A-1/2 40.00",
        ),
        (
            "34: exactly what is open now, not what was invoiced",
            EXACT,
            &with("PAY P-1 2026-02-01 10.00 -> A-1\n PAY P-2 2026-05-01 50.00"),
            "OPEN A-1/2 40.00
             OPEN A-2 100.00",
        ),
        (
            "34: of several exact matches the oldest",
            EXACT,
            "INV A-1 2026-01-05 due 2026-04-01 50.00
             INV A-2 2026-01-06 due 2026-03-01 50.00
             INV A-0 2026-01-01 due 2026-02-01 80.00
             INV A-3 2026-01-05 due 2026-03-01 50.00
             PAY P-1 2026-05-01 50.00",
            "OPEN A-0 80.00
             OPEN A-1 50.00
             OPEN A-2 50.00",
        ),
        (
            "34: sequence decides between instalments of one day",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             INST A-1 2 due 2026-02-01 50.00
             INST A-1 10 due 2026-02-01 50.00
             PAY P-1 2026-05-01 50.00",
            "OPEN A-1/10 50.00",
        ),
        (
            "34: the rest of a named payment is matched again",
            EXACT,
            "INV A-1 2026-01-05 due 2026-02-04 30.00
             INV A-2 2026-01-05 due 2026-02-05 80.00
             INV A-3 2026-01-05 due 2026-02-06 70.00
             PAY P-1 2026-05-01 100.00 -> A-1",
            "OPEN A-2 80.00",
        ),
        (
            "34: so is money on account when invoices come",
            EXACT,
            "PAY P-1 2026-01-05 60.00
             INV A-1 2026-02-01 due 2026-03-01 100.00
             INV A-2 2026-02-01 due 2026-04-01 60.00",
            "OPEN A-1 100.00",
        ),
        (
            // "Each time money is tried": what the oldest item leaves of it is tried as well.
            "34: so is what the oldest leaves: 30, then exactly 70",
            EXACT,
            "INV A-1 2026-01-05 due 2026-02-04 30.00
             INV A-2 2026-01-05 due 2026-02-05 50.00
             INV A-3 2026-01-05 due 2026-02-06 70.00
             PAY P-1 2026-05-01 100.00",
            "OPEN A-2 50.00",
        ),
    ]);
}

#[test]
fn ruling_35_what_is_withheld_is_capped_and_spread_over_instalments() {
    let plan = "INV A-1 2026-01-05 due 2026-02-04 100.00
         INST A-1 1 due 2026-03-01 40.00
         INST A-1 2 due 2026-02-01 60.00";
    let with = |lines: &str| format!("{plan}\n{lines}");
    check(&[
        (
            "35: each over what the one before left, oldest first: 60 + 10, 20, 5",
            OLDEST,
            &with(
                "DISPUTE D-1 2026-02-10 -> A-1 70.00
                 DEDUCT X-1 2026-02-10 -> A-1 20.00
                 PENDING P-1 2026-02-10 5.00 -> A-1",
            ),
            "OPEN A-1/1 40.00
             OPEN A-1/2 60.00
             DISPUTED A-1/2 60.00
             DISPUTED A-1/1 10.00
             COLLECTIBLE A-1/1 5.00",
        ),
        (
            "35: capped by what is open on the invoice, not on an instalment",
            OLDEST,
            &with(
                "PAY P-1 2026-02-01 50.00 -> A-1
                 DISPUTE D-1 2026-02-10 -> A-1 45.00",
            ),
            "OPEN A-1/1 40.00
             OPEN A-1/2 10.00
             DISPUTED A-1/2 10.00
             DISPUTED A-1/1 35.00
             COLLECTIBLE A-1/1 5.00",
        ),
        (
            "35: several open disputes add up",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             DISPUTE D-1 2026-02-10 -> A-1 30.00
             DISPUTE D-2 2026-02-11 -> A-1 45.00
             INV A-2 2026-01-05 due 2026-02-04 100.00
             DISPUTE D-3 2026-02-10 -> A-2 60.00
             DISPUTE D-4 2026-02-11 -> A-2 60.00",
            "OPEN A-1 100.00
             OPEN A-2 100.00
             DISPUTED A-1 75.00
             DISPUTED A-2 100.00
             COLLECTIBLE A-1 25.00",
        ),
        (
            "35: without a plan as well",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             DISPUTE D-1 2026-02-10 -> A-1 30.00
             DEDUCT X-1 2026-02-10 -> A-1 20.00
             DEDUCT X-2 2026-02-10 -> A-1 25.00
             PENDING P-1 2026-02-10 10.00 -> A-1
             PENDING P-2 2026-02-10 5.00 -> A-1",
            "OPEN A-1 100.00
             DISPUTED A-1 30.00
             COLLECTIBLE A-1 10.00",
        ),
    ]);
}

#[test]
fn ruling_36_disputes_and_deductions_end_on_their_day() {
    check(&[
        (
            "36: a dispute closed on as_of is closed, one closed later is open",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             DISPUTE D-1 2026-02-10 -> A-1 30.00 closed 2026-06-30
             DISPUTE D-2 2026-02-10 -> A-1 20.00 closed 2026-07-01",
            "OPEN A-1 100.00
             DISPUTED A-1 20.00",
        ),
        (
            "36: a deduction counts while it is pending, without a status, or decided after as_of",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             DEDUCT X-1 2026-02-10 -> A-1 1.00 pending
             DEDUCT X-2 2026-02-10 -> A-1 2.00
             DEDUCT X-3 2026-02-10 -> A-1 4.00 approved decided 2026-07-01
             DEDUCT X-4 2026-02-10 -> A-1 8.00 refused decided 2026-07-01",
            "OPEN A-1 100.00
             COLLECTIBLE A-1 85.00",
        ),
        (
            "36: once decided it changes nothing: the credit note does",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             DEDUCT X-1 2026-02-10 -> A-1 1.00 approved decided 2026-06-30
             DEDUCT X-2 2026-02-10 -> A-1 2.00 refused decided 2026-06-29
             DEDUCT X-3 2026-02-10 -> A-1 4.00 approved
             DEDUCT X-4 2026-02-10 -> A-1 8.00 refused",
            "OPEN A-1 100.00
             COLLECTIBLE A-1 100.00",
        ),
    ]);
}

#[test]
fn ruling_37_an_invoice_leaves_at_the_end_of_a_day() {
    check(&[
        (
            "37: the earlier of the two",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             WRITEOFF A-1 2026-03-02
             SOLD A-1 2026-03-01
             INV A-2 2026-01-05 due 2026-02-04 100.00
             WRITEOFF A-2 2026-03-01
             SOLD A-2 2026-03-02",
            "GONE A-1 Sold 2026-03-01
             GONE A-2 WrittenOff 2026-03-01
             EXITED A-1 100.00
             EXITED A-2 100.00",
        ),
        (
            "37: written off on a tie",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             SOLD A-1 2026-03-01
             WRITEOFF A-1 2026-03-01",
            "GONE A-1 WrittenOff 2026-03-01",
        ),
        (
            "37: at the earliest on the issue date, after the money that waited for it",
            OLDEST,
            "PAY P-1 2026-01-10 40.00 -> A-1
             INV A-1 2026-02-01 due 2026-03-01 100.00
             WRITEOFF A-1 2026-01-20",
            "GONE A-1 WrittenOff 2026-02-01
             PAID A-1 40.00
             EXITED A-1 60.00",
        ),
        (
            "37: after as_of it has not left; one of the two may have",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             WRITEOFF A-1 2026-07-01
             INV A-2 2026-01-05 due 2026-02-04 100.00
             WRITEOFF A-2 2026-07-01
             SOLD A-2 2026-06-30",
            "OPEN A-1 100.00
             GONE A-2 Sold 2026-06-30",
        ),
        (
            "37: no money goes in, and later money naming it pays others",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             WRITEOFF A-1 2026-03-01
             INV A-2 2026-01-05 due 2026-05-01 100.00
             PAY P-1 2026-03-02 30.00 -> A-1
             CN C-1 2026-03-02 20.00 -> A-1",
            "EXITED A-1 100.00
             OPEN A-2 50.00
             NO OVERPAID",
        ),
        (
            "37: none comes out",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-01 70.00 -> A-1
             SOLD A-1 2026-03-01
             REFUND R-1 2026-03-02 20.00 -> A-1",
            "EXITED A-1 30.00
             PAID A-1 70.00
             LEFT R-1 -20.00
             NO TOOK",
        ),
        (
            "37: on the day itself it still does",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-01 70.00 -> A-1
             SOLD A-1 2026-03-01
             REFUND R-1 2026-03-01 20.00 -> A-1",
            "EXITED A-1 50.00
             PAID A-1 50.00",
        ),
        (
            "37: all instalments leave",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             INST A-1 1 due 2026-02-01 60.00
             INST A-1 2 due 2026-12-01 40.00
             PAY P-1 2026-02-01 70.00 -> A-1
             SOLD A-1 2026-03-01",
            "EXITED A-1/2 30.00",
        ),
        (
            "37: a credit note is neither written off nor sold",
            OLDEST,
            "CN C-1 2026-01-05 100.00
             WRITEOFF C-1 2026-01-10
             SOLD C-1 2026-01-10",
            "LEFT C-1 100.00
             NO GONE",
        ),
    ]);
}

#[test]
fn ruling_38_the_last_payment_is_told_by_its_value_date() {
    check(&[
        (
            "38: not by the day it was applied",
            OLDEST,
            "PAY P-1 2026-01-10 40.00 -> A-1
             INV A-1 2026-02-01 due 2026-03-01 100.00",
            "OPEN A-1 60.00
             LAST A-1 2026-01-10",
        ),
        (
            "38: the latest, though an older one was applied after it",
            OLDEST,
            "PAY P-1 2026-01-10 40.00
             PAY P-2 2026-01-20 40.00 -> A-1
             INV A-1 2026-02-01 due 2026-03-01 100.00",
            "OPEN A-1 20.00
             LAST A-1 2026-01-20",
        ),
        (
            "38: whatever was refunded since, and no credit counts",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-01-10 40.00 -> A-1
             REFUND R-1 2026-01-20 40.00 -> A-1
             CN C-1 2026-02-20 10.00 -> A-1
             INV A-2 2026-01-05 due 2026-02-04 100.00
             CN C-2 2026-02-20 10.00 -> A-2",
            "OPEN A-1 90.00
             OPEN A-2 90.00
             LAST A-1 2026-01-10",
        ),
        (
            "38: per item",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             INST A-1 1 due 2026-02-01 60.00
             INST A-1 2 due 2026-03-01 40.00
             PAY P-1 2026-01-10 60.00 -> A-1
             PAY P-2 2026-01-20 10.00 -> A-1",
            "OPEN A-1/2 30.00
             LAST A-1/1 2026-01-10
             LAST A-1/2 2026-01-20",
        ),
    ]);
}

#[test]
fn ruling_40_money_of_another_currency_stays_in_its_own() {
    check(&[
        (
            "40",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00 EUR
             INV A-2 2026-01-05 due 2026-02-04 70.00 USD
             PAY P-1 2026-02-10 100.00 USD -> A-1
             CN C-1 2026-02-10 5.00 GBP -> A-1",
            "OPEN A-1 100.00
             LEFT P-1 30.00
             LEFT C-1 5.00
             FINDING other_currency P-1
             FINDING other_currency C-1",
        ),
        (
            "40: no currency is that of the invoice, so nothing is odd",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00 USD
             PAY P-1 2026-02-10 100.00 -> A-1",
            "NO FINDING",
        ),
    ]);
}
