//! Payment terms by their vectors: B-01 to B-20, B-30 to B-32 and N-10 to N-12 of the domain definitions, and what texts are read as terms.

use super::*;
use crate::base::calendar::CalendarName;
use Term::{EomAfter, EomAfterThenDay, EomMonthAndHalf, EomThen, Net, NextEom};

const A30: Term = EomAfter { days: 30 };
const A45: Term = EomAfter { days: 45 };
const B45: Term = EomThen { days: 45 };

fn day(text: &str) -> Date {
    Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
}

fn terms(text: &str) -> Terms {
    Terms::parse(text, None).unwrap_or_else(|message| panic!("{text}: {message}"))
}

fn check(cases: &[(Term, &str, &str)]) {
    for (term, invoice_date, due_date) in cases {
        let anchor = Date::parse(invoice_date).expect("an invoice date");
        assert_eq!(term.due_date(anchor).to_string(), *due_date, "{term:?} from {invoice_date}");
    }
}

#[test]
fn b_01_to_b_07_forty_five_days_end_of_month() {
    check(&[
        (A45, "2025-04-10", "2025-05-31"), // B-01
        (A45, "2025-03-10", "2025-04-30"), // B-02
        (B45, "2025-03-10", "2025-05-15"),
        (A45, "2025-01-15", "2025-03-31"), // B-03
        (B45, "2025-01-15", "2025-03-17"),
        (A45, "2025-02-15", "2025-04-30"), // B-04: 15 February + 45 is 1 April
        (B45, "2025-02-15", "2025-04-14"),
        (A45, "2024-02-15", "2024-03-31"), // B-05
        (A45, "2008-04-15", "2008-05-31"), // B-06
        (A45, "2008-04-17", "2008-06-30"),
        (B45, "2008-04-15", "2008-06-14"), // B-07
    ]);
}

#[test]
fn b_08_and_b_09_a_day_of_the_following_month() {
    check(&[
        (EomAfterThenDay { days: 30, day: 10 }, "2008-04-15", "2008-06-10"), // B-08
        (EomAfterThenDay { days: 60, day: 20 }, "2008-04-15", "2008-07-20"), // B-09
        (EomAfterThenDay { days: 30, day: 31 }, "2026-12-15", "2027-02-28"),
    ]);
}

#[test]
fn b_10_to_b_14_course_examples() {
    check(&[
        (A45, "2011-10-05", "2011-11-30"), // B-10
        (B45, "2011-10-05", "2011-12-15"),
        (A45, "2011-10-22", "2011-12-31"), // B-11
        (B45, "2011-10-22", "2011-12-15"),
        (A30, "2023-01-05", "2023-02-28"), // B-12
        (A30, "2023-03-15", "2023-04-30"),
        (A30, "2023-06-28", "2023-07-31"),
        (Net { days: 45 }, "2011-10-07", "2011-11-21"), // B-13
        (Net { days: 60 }, "2011-10-07", "2011-12-06"),
        (Net { days: 30 }, "2017-11-08", "2017-12-08"), // B-14
    ]);
}

#[test]
fn b_15_to_b_20_month_ends() {
    check(&[
        (A45, "2026-01-01", "2026-02-28"), // B-15
        (B45, "2026-01-01", "2026-03-17"),
        (A45, "2026-01-31", "2026-03-31"), // B-16
        (B45, "2026-01-31", "2026-03-17"),
        (A45, "2023-12-31", "2024-02-29"), // B-18
        (A30, "2026-01-30", "2026-03-31"), // B-20
        (NextEom, "2026-01-30", "2026-02-28"),
    ]);
}

/// Figures others printed for method A or B that belong to another way of counting.
#[test]
fn n_10_to_n_12_are_told_apart() {
    check(&[
        (B45, "2008-04-15", "2008-06-14"), // N-10
        (EomMonthAndHalf, "2008-04-15", "2008-06-15"),
        (A45, "2011-10-22", "2011-12-31"), // N-11
        (B45, "2009-01-12", "2009-03-17"), // N-12
        (EomMonthAndHalf, "2009-01-12", "2009-03-15"),
    ]);
}

#[test]
fn b_30_a_discount_is_a_share_of_the_amount_with_tax() {
    let discount = |text: &str| terms(text).discount.expect("a discount");
    // 200 without tax and 40 of tax: the same share of both.
    let cases = [
        ("discount(2%, 10, net(30))", 1_200_000, 24_000), // B-30
        ("discount(2%, 10, net(30))", 1_000_000, 20_000),
        ("discount(2%, 10, net(30))", 200_000, 4_000),
        ("discount(2.5%, 10, net(30))", 20, 1), // half a cent is rounded up
        ("discount(2%, 10, net(30))", 24, 0),
        ("discount(99.9999%, 10, net(30))", i64::MAX, 9_223_362_813_482_738_952),
    ];
    for (text, amount, expected) in cases {
        assert_eq!(discount(text).of(Amount(amount)), Amount(expected), "{text} of {amount}");
    }
}

/// B-31 and the windows of working days, Christmas and the new year in between.
#[test]
fn b_31_the_window_of_a_discount_ends_on_a_day_that_counts() {
    let french = Calendar::named(CalendarName::France);
    let cases = [
        ("discount(2%, 10, net(30))", "2026-11-02", "2026-11-12"),               // B-31
        ("discount(2%, 10 business_days, net(30))", "2026-12-18", "2027-01-05"), // as B-24
        ("discount(2%, 10 working_days, net(30))", "2026-12-18", "2026-12-31"),
        ("discount(2%, 10 working_days, net(30))", "2026-11-02", "2026-11-14"),
        ("discount(2%, 0, net(30))", "2026-11-01", "2026-11-01"),
    ];
    for (text, invoice_date, expected) in cases {
        let discount = terms(text).discount.expect("a discount");
        assert_eq!(discount.until(day(invoice_date), &french), day(expected), "{text} from {invoice_date}");
    }
}

#[test]
fn b_32_french_law_allows_sixty_days_or_forty_five_end_of_month() {
    let french = LegalMaximum { days: 60, end_of_month: Some(45), periodic: Some(45) };
    let cases = [
        ("net(60)", "2026-01-01", true),
        ("net(61)", "2026-01-01", false),
        ("eom_then(45) express", "2026-01-01", true), // 75 days
        ("eom_then(45)", "2026-01-01", false),
        ("eom_after(45)", "2026-01-01", true),  // 58 days
        ("eom_after(45)", "2026-11-17", false), // 75 days
        ("eom_after(45) express", "2026-11-17", true),
        ("eom_after(60) express", "2026-01-15", false),
        ("eom_then(60) express", "2026-01-15", false),
        ("eom_after(60)", "2026-01-30", true),              // 31 March, the sixtieth day
        ("eom_month_and_half express", "2026-01-15", true), // 59 days
        ("eom_month_and_half express", "2026-01-01", false),
        ("eom_after_then_day(30, 10) express", "2026-01-05", false),
        ("net(45) periodic", "2026-01-01", true),
        ("net(46) periodic", "2026-01-01", false),
        ("eom_then(45) express periodic", "2026-01-01", false),
    ];
    for (text, invoice_date, allowed) in cases {
        let (terms, issued) = (terms(text), day(invoice_date));
        let due = terms.due_date(issued, None).expect("no receipt needed");
        assert_eq!(french.allows(&terms, issued, due), allowed, "{text} of {invoice_date}, due {due}");
    }
    // An express term allows the day it leads to, and no later one.
    let express = terms("eom_then(45) express");
    assert!(!french.allows(&express, day("2026-01-01"), day("2026-03-18")));
    // A law that knows no such exceptions.
    let plain = LegalMaximum { days: 30, end_of_month: None, periodic: None };
    for (text, allowed) in
        [("net(30)", true), ("net(31)", false), ("eom_then(0) express", true), ("eom_then(15) express", false), ("net(30) periodic", true)]
    {
        let terms = terms(text);
        let due = terms.due_date(day("2026-01-01"), None).expect("no receipt needed");
        assert_eq!(plain.allows(&terms, day("2026-01-01"), due), allowed, "{text}");
    }
}

#[test]
fn days_from_receipt_need_a_receipt() {
    let terms = terms("net_from_receipt(30)");
    assert_eq!(terms.due_date(day("2026-01-01"), Some(day("2026-01-20"))), Some(day("2026-02-19")));
    assert_eq!(terms.due_date(day("2026-01-01"), None), None);
}

#[test]
fn texts_are_read_and_written_alike() {
    let cases = [
        ("net(30)", "net(30)"),
        (" net ( 30 ) ", "net(30)"),
        ("net_from_receipt(30)", "net_from_receipt(30)"),
        ("eom_after(45) express", "eom_after(45) express"),
        ("eom_then(45) periodic express", "eom_then(45) express periodic"),
        ("eom_month_and_half", "eom_month_and_half"),
        ("eom_after_then_day(30,10)", "eom_after_then_day(30, 10)"),
        ("next_eom express", "next_eom express"),
        ("discount(2%, 10, net(30))", "discount(2%, 10 days, net(30))"),
        ("discount( 2.50 %,10 working_days,eom_after(45)) express", "discount(2.5%, 10 working_days, eom_after(45)) express"),
        ("discount(0.0001%, 10 business_days, next_eom)", "discount(0.0001%, 10 business_days, next_eom)"),
    ];
    for (text, written) in cases {
        assert_eq!(terms(text).to_string(), written, "{text}");
        assert_eq!(terms(written), terms(text), "{written}");
    }
    for (method, written) in [(EomMethod::After, "eom_after(45)"), (EomMethod::Then, "eom_then(45)")] {
        assert_eq!(Terms::parse("eom(45)", Some(method)).map(|terms| terms.to_string()), Ok(written.to_owned()));
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_a_remedy() {
    let cases = [
        ("", "payment terms begin with their kind, as in net(30), not with \"\""),
        ("30 net", "payment terms begin with their kind, as in net(30), not with \"30 net\""),
        (
            "nett(30)",
            "there are no payment terms \"nett\", did you mean \"net\"?; there are net, net_from_receipt, eom_after, eom_then, eom, \
             eom_month_and_half, eom_after_then_day, next_eom, discount",
        ),
        ("net", "net takes a number, as in net(30)"),
        ("net()", "net takes 0 to 999 whole days"),
        ("net(1000)", "net takes 0 to 999 whole days"),
        ("net(99999999999)", "net takes 0 to 999 whole days"),
        ("net(30", "net is not closed by \")\" before \"\""),
        ("net(30.5)", "net is not closed by \")\" before \".5)\""),
        ("net(30) 5", "\"5\" is too much after the terms"),
        ("net(30) expres", "after the terms stand express or periodic, not \"expres\", did you mean \"express\"?"),
        ("net(30) express express", "\"express\" is written twice"),
        (
            "eom(45)",
            "eom(45) can be counted in two ways: write eom_after(45), the days first, or eom_then(45), the end of the month first, or say \
             which with eom_method",
        ),
        ("eom_after_then_day(30)", "eom_after_then_day takes a day from 1 to 31, as in eom_after_then_day(30, 10)"),
        ("eom_after_then_day(30, 32)", "eom_after_then_day takes a day from 1 to 31, as in eom_after_then_day(30, 10)"),
        ("discount", "a discount is written as discount(2%, 10, net(30))"),
        ("discount(2%, 10)", "a discount is written as discount(2%, 10, net(30))"),
        ("discount(0%, 10, net(30))", "a discount is a share such as 2% or 2.5%, above 0% and below 100%, with at most four decimals"),
        (
            "discount(2.00001%, 10, net(30))",
            "a discount is a share such as 2% or 2.5%, above 0% and below 100%, with at most four decimals",
        ),
        (
            "discount(2%, 10 ouvrables, net(30))",
            "days of a discount are days, business_days (Monday to Friday) or working_days (Monday to Saturday), not \"ouvrables\", did \
             you mean \"working_days\"?",
        ),
        ("discount(2%, 30, net(30))", "the discount ends after 30 days, the net term after 30: it must end before"),
        ("discount(2%, 5, discount(1%, 10, net(30)))", "a discount stands once, around the net terms"),
    ];
    for (text, message) in cases {
        assert_eq!(Terms::parse(text, None), Err(message.to_owned()), "{text}");
    }
    assert_eq!(Terms::parse(&"net(30) ".repeat(30), None), Err("payment terms are written in at most 200 letters".to_owned()));
}
