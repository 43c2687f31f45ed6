//! The eight sentences of the ledger's semantics, each with an example and with one that a wrong reading fails.

use super::*;

#[test]
fn customers_and_currencies_are_accounts_of_their_own() {
    check(&[
        (
            "1: euros do not pay dollars",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00 USD
             INV A-2 2026-01-06 due 2026-02-05 100.00 EUR
             PAY P-1 2026-02-10 150.00 EUR",
            "OPEN A-1 100.00
             LEFT P-1 50.00",
        ),
        (
            "1: nor does one customer pay for another",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             INV B-1 2026-01-05 due 2026-02-04 70.00 of D
             PAY P-1 2026-02-10 90.00 of D",
            "OPEN A-1 100.00
             LEFT P-1 20.00",
        ),
        (
            "1: a yen has no minor unit, a dinar three digits",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 1000.00 JPY
             INV A-2 2026-01-05 due 2026-02-04 10.005 BHD
             PAY P-1 2026-02-10 999.00 JPY
             PAY P-2 2026-02-10 0.001 BHD",
            "OPEN A-1 1
             OPEN A-2 10.004",
        ),
        (
            "1: credits lower, refunds raise",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             CN C-1 2026-01-20 30.00 -> A-1
             PAY P-1 2026-02-10 60.00 -> A-1
             REFUND R-1 2026-02-12 20.00 -> A-1",
            // 100 - 30 - (60 - 20)
            "OPEN A-1 30.00
             PAID A-1 40.00
             CREDITED A-1 30.00",
        ),
    ]);
}

#[test]
fn named_money_goes_to_its_invoice() {
    check(&[
        (
            "3: not to the oldest",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             INV A-2 2026-01-06 due 2026-03-01 100.00
             PAY P-1 2026-03-10 60.00 -> A-2
             CN C-1 2026-03-10 10.00 -> A-2",
            "OPEN A-1 100.00
             OPEN A-2 30.00",
        ),
        (
            "3: up to its open amount, the rest is unallocated",
            KEEP,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             INV A-2 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-10 130.00 -> A-1",
            "OPEN A-2 100.00
             LEFT P-1 30.00",
        ),
        (
            "3: unknown, so all of it is unallocated and told",
            KEEP,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-10 60.00 -> Z-9
             CN C-1 2026-02-10 10.00 -> Z-9",
            "OPEN A-1 100.00
             LEFT P-1 60.00
             LEFT C-1 10.00
             FINDING unknown_invoice P-1
             FINDING unknown_invoice C-1",
        ),
        (
            "3: another customer's, so it stays with its own payer and follows the knob there",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             INV B-1 2026-01-05 due 2026-02-04 45.00 of D
             PAY P-1 2026-02-10 60.00 -> A-1 of D",
            "OPEN A-1 100.00
             LEFT P-1 15.00
             FINDING other_customers_invoice P-1",
        ),
        (
            "3: the oldest instalment first, whatever its number",
            KEEP,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             INST A-1 1 due 2026-04-01 50.00
             INST A-1 2 due 2026-03-01 30.00
             INST A-1 3 due 2026-05-01 20.00
             PAY P-1 2026-01-10 45.00 -> A-1",
            "OPEN A-1/1 35.00
             OPEN A-1/3 20.00
             PAID A-1/2 30.00
             PAID A-1/1 15.00",
        ),
    ]);
}

#[test]
fn unallocated_money_follows_the_knob() {
    let history = "INV A-1 2026-01-05 due 2026-02-04 100.00
         INV A-2 2026-01-05 due 2026-03-04 60.00
         PAY P-1 2026-02-10 60.00";
    check(&[
        ("4: the oldest", OLDEST, history, "OPEN A-1 40.00\n OPEN A-2 60.00"),
        ("4: the item of exactly that amount", EXACT, history, "OPEN A-1 100.00"),
        ("4: none", KEEP, history, "OPEN A-1 100.00\n OPEN A-2 60.00\n LEFT P-1 60.00"),
        (
            "4: no exact match, then the oldest",
            EXACT,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             INV A-2 2026-01-05 due 2026-03-04 60.00
             PAY P-1 2026-02-10 60.01",
            "OPEN A-1 39.99
             OPEN A-2 60.00",
        ),
        (
            "4: oldest by due date before issue date and id",
            OLDEST,
            "INV A-1 2026-01-01 due 2026-03-01 10.00
             INV A-2 2026-01-02 due 2026-02-01 10.00
             PAY P-1 2026-03-10 10.00",
            "OPEN A-1 10.00",
        ),
        (
            "4: then by issue date before id",
            OLDEST,
            "INV A-1 2026-01-02 due 2026-03-01 10.00
             INV A-2 2026-01-01 due 2026-03-01 10.00
             PAY P-1 2026-03-10 10.00",
            "OPEN A-1 10.00",
        ),
        (
            "4: then by id, byte by byte: A-10 before A-9",
            OLDEST,
            "INV A-9 2026-01-01 due 2026-03-01 10.00
             INV A-10 2026-01-01 due 2026-03-01 10.00
             PAY P-1 2026-03-10 10.00",
            "OPEN A-9 10.00",
        ),
        (
            "4: on the day it is dated, or when the invoice comes if that is later",
            OLDEST,
            "INV A-1 2026-01-01 due 2026-03-01 10.00
             PAY P-1 2026-01-20 15.00
             INV A-2 2026-02-01 due 2026-03-01 10.00",
            "OPEN A-2 5.00
             APPLIED P-1 A-1 2026-01-20 10.00
             APPLIED P-1 A-2 2026-02-01 5.00",
        ),
        (
            "4: the past is recomputed: what is oldest is asked on the day of the money, not tonight",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-05-01 100.00
             PAY P-1 2026-01-20 100.00
             INV A-2 2026-02-01 due 2026-03-01 100.00",
            "OPEN A-2 100.00",
        ),
        (
            "4: keep leaves a named payment's rest and a credit note alone, but not what they name",
            KEEP,
            "INV A-1 2026-01-01 due 2026-03-01 10.00
             INV A-2 2026-01-01 due 2026-03-01 10.00
             CN C-1 2026-01-20 15.00 -> A-1",
            "OPEN A-2 10.00
             LEFT C-1 5.00",
        ),
    ]);
}

#[test]
fn money_that_is_not_cash_opens_and_closes_nothing() {
    check(&[
        (
            "5: rejected and reversed",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             REJECTED P-1 2026-02-01 100.00 -> A-1 on 2026-02-05
             REVERSED P-2 2026-02-10 40.00 -> A-1 on 2026-02-12",
            "OPEN A-1 100.00
             NO PAID
             NO LAST
             NO APPLIED",
        ),
        (
            "5: pending lowers what is asked, not what is open",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PENDING P-1 2026-02-01 30.00 -> A-1",
            "OPEN A-1 100.00
             COLLECTIBLE A-1 70.00
             NO PAID",
        ),
        (
            "5: a cheque dated after as_of counts as well",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PENDING P-1 2026-12-24 30.00 -> A-1",
            "OPEN A-1 100.00
             COLLECTIBLE A-1 70.00",
        ),
    ]);
}

#[test]
fn a_deposit_is_for_its_order_and_for_nothing_else() {
    check(&[
        (
            "it waits for the invoice of its order, and lets older ones be",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-01 50.00 for O-7
             INV A-2 2026-03-05 due 2026-04-04 200.00 for O-7",
            "OPEN A-1 100.00
             OPEN A-2 150.00
             APPLIED P-1 A-2 2026-03-05 50.00",
        ),
        (
            "what the first invoice of the order leaves is for the next",
            OLDEST,
            "PAY P-1 2026-02-01 100.00 for O-7
             INV A-1 2026-02-05 due 2026-03-04 30.00 for O-7
             INV A-2 2026-03-05 due 2026-04-04 200.00 for O-7",
            "OPEN A-2 130.00
             APPLIED P-1 A-1 2026-02-05 30.00
             APPLIED P-1 A-2 2026-03-05 70.00",
        ),
        (
            "it keeps waiting, whatever is open, and is no overpayment",
            EXACT,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-01 100.00 for O-7
             PAY P-2 2026-02-02 60.00 for O-8 -> A-1",
            "OPEN A-1 40.00
             LEFT P-1 100.00
             NO OVERPAID",
        ),
        (
            "also where money stays on account",
            KEEP,
            "INV A-1 2026-01-05 due 2026-02-04 100.00 for O-7
             PAY P-1 2026-02-01 60.00 for O-7
             PAY P-2 2026-02-02 60.00",
            "OPEN A-1 40.00
             LEFT P-2 60.00",
        ),
        (
            "what is given back of an order comes from its deposit, before what is on account and before other deposits",
            KEEP,
            "PAY P-1 2026-02-01 50.00 for O-6
             PAY P-2 2026-02-01 20.00
             PAY P-3 2026-02-02 60.00 for O-7
             REFUND R-1 2026-02-10 70.00 for O-7",
            "LEFT P-1 50.00
             LEFT P-2 10.00",
        ),
        (
            "the order of another customer is another order",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00 for O-7 of D
             PAY P-1 2026-02-01 60.00 for O-7",
            "OPEN A-1 100.00
             LEFT P-1 60.00",
        ),
    ]);
}

#[test]
fn what_is_asked_is_open_less_what_is_withheld() {
    check(&[
        (
            "6: 100 - 10 - 20 open, less 15 disputed, 5 deducted, 7 pending",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-01 10.00 -> A-1
             CN C-1 2026-02-01 20.00 -> A-1
             DISPUTE D-1 2026-02-05 -> A-1 15.00
             DEDUCT X-1 2026-02-05 -> A-1 5.00
             PENDING P-2 2026-02-10 7.00 -> A-1",
            "OPEN A-1 70.00
             DISPUTED A-1 15.00
             COLLECTIBLE A-1 43.00",
        ),
        (
            "6: never below zero",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             DISPUTE D-1 2026-02-05 -> A-1 60.00
             DEDUCT X-1 2026-02-05 -> A-1 60.00
             PENDING P-1 2026-02-05 60.00 -> A-1",
            "OPEN A-1 100.00
             DISPUTED A-1 60.00
             NO COLLECTIBLE",
        ),
        (
            "6: a dispute without a sum is about all that is open, one with too much about no more",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             INV A-2 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-01 10.00 -> A-1
             PAY P-2 2026-02-01 20.00 -> A-2
             DISPUTE D-1 2026-02-05 -> A-1
             DISPUTE D-2 2026-02-05 -> A-2 99.00",
            "OPEN A-1 90.00
             OPEN A-2 80.00
             DISPUTED A-1 90.00
             DISPUTED A-2 80.00
             NO COLLECTIBLE",
        ),
    ]);
}

#[test]
fn too_much_is_unallocated_and_what_left_stays_away() {
    check(&[
        (
            "7: an overpayment is never a negative open amount",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-10 130.00 -> A-1",
            "LEFT P-1 30.00
             OVERPAID P-1 30.00
             PAID A-1 100.00",
        ),
        (
            "7: unallocated from the start is not overpaid",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-10 130.00",
            "LEFT P-1 30.00
             NO OVERPAID",
        ),
        (
            "7: a written-off invoice leaves with what was open then",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-10 40.00 -> A-1
             WRITEOFF A-1 2026-03-01",
            "EXITED A-1 60.00
             PAID A-1 40.00",
        ),
        (
            "7: and takes no money any more, named or not",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             SOLD A-1 2026-03-01
             PAY P-1 2026-03-02 40.00 -> A-1
             PAY P-2 2026-03-02 10.00",
            "EXITED A-1 100.00
             LEFT P-1 40.00
             LEFT P-2 10.00
             NO PAID",
        ),
    ]);
}

/// of the domain definitions: money across debts.
#[test]
fn a_52_to_a_55_money_across_debts() {
    const DEBTS: &str = "INV X 2026-04-01 due 2026-05-31 800.00
             INV Y 2026-06-01 due 2026-07-10 700.00
             INV Z 2025-05-01 due 2025-06-30 500.00";
    let unnamed = format!("{DEBTS}\n PAY P-1 2026-06-30 1000.00");
    let named = format!("{DEBTS}\n PAY P-1 2026-06-30 1000.00 -> Y");
    let after_unnamed = "OPEN X 300.00\n OPEN Y 700.00\n PAID Z 500.00\n PAID X 500.00";
    let after_named = "OPEN X 800.00\n OPEN Z 200.00\n PAID Y 700.00\n PAID Z 300.00";
    let equal = "INV A-1 2026-01-05 due 2026-02-04 300.00
             INV A-2 2026-01-05 due 2026-02-04 300.00
             INV A-3 2026-01-05 due 2026-02-04 300.00
             INV A-4 2026-01-05 due 2026-02-05 300.00";
    let part = format!("{equal}\n PAY P-1 2026-02-10 100.00");
    let more = format!("{equal}\n PAY P-1 2026-02-10 1000.00");
    check(&[
        ("A-54: what is due, the oldest first", OLDEST, &unnamed, after_unnamed),
        ("A-54: the same where one due date shares", SHARE, &unnamed, after_unnamed),
        ("A-55: the debt the debtor names comes first", OLDEST, &named, after_named),
        ("A-55: whatever becomes of the rest", SHARE, &named, after_named),
        (
            "A-52: debts of one day share, the odd cent to the first",
            SHARE,
            &part,
            "OPEN A-1 266.66\n OPEN A-2 266.67\n OPEN A-3 266.67\n OPEN A-4 300.00\n PAID A-1 33.34\n PAID A-2 33.33\n PAID A-3 33.33",
        ),
        (
            "A-52: and the next day's follow",
            SHARE,
            &more,
            "OPEN A-4 200.00\n PAID A-1 300.00\n PAID A-2 300.00\n PAID A-3 300.00\n PAID A-4 100.00",
        ),
    ]);
}

#[test]
fn what_was_written_off_comes_back_once_revived() {
    check(&[
        (
            "7: as it left, from the day of its revival on",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             PAY P-1 2026-02-10 30.00 -> A-1
             WRITEOFF A-1 2026-03-01
             REVIVED A-1 2026-04-01
             PAY P-2 2026-04-01 20.00 -> A-1",
            "OPEN A-1 50.00
             PAID A-1 50.00
             NO GONE
             NO EXITED",
        ),
        (
            "7: money that came meanwhile was on account, and meets it",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             WRITEOFF A-1 2026-03-01
             PAY P-1 2026-03-15 30.00 -> A-1
             REVIVED A-1 2026-04-01",
            "OPEN A-1 70.00
             APPLIED P-1 A-1 2026-04-01 30.00",
        ),
        (
            "7: not before it was written off, nor on that day, nor once it is sold",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             REVIVED A-1 2026-03-01
             WRITEOFF A-1 2026-03-01
             INV A-2 2026-01-05 due 2026-02-04 100.00
             WRITEOFF A-2 2026-03-01
             SOLD A-2 2026-03-15
             REVIVED A-2 2026-04-01",
            "GONE A-1 WrittenOff 2026-03-01
             GONE A-2 WrittenOff 2026-03-01
             EXITED A-1 100.00
             EXITED A-2 100.00",
        ),
        (
            "7: after its revival it may be sold; a revival to come is none yet",
            OLDEST,
            "INV A-1 2026-01-05 due 2026-02-04 100.00
             WRITEOFF A-1 2026-03-01
             REVIVED A-1 2026-04-01
             SOLD A-1 2026-05-01
             INV A-2 2026-01-05 due 2026-02-04 100.00
             WRITEOFF A-2 2026-03-01
             REVIVED A-2 2026-07-01",
            "GONE A-1 Sold 2026-05-01
             GONE A-2 WrittenOff 2026-03-01
             EXITED A-1 100.00
             EXITED A-2 100.00",
        ),
    ]);
}
