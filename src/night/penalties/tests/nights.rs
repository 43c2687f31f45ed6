//! Night after night: what is told each night adds up to one computation on the last night, in whatever order facts arrive.

use proptest::prelude::*;

use super::histories::{Drawing, Drawn, drawing, imputation};
use super::published::book;
use super::{Case, day, terms};
use crate::base::date::Date;
use crate::base::money::Amount;
use crate::night::penalties::watermark::{Total, remembered, total};
use crate::night::penalties::{Accrued, Charge, Terms};
use crate::rules::rates::RateBook;

fn accrued(interest: i64, late_tonight: bool) -> Accrued {
    let first_late = Some(day("2026-01-31"));
    Accrued { interest: Amount(interest), first_late, late_tonight, is_final: !late_tonight, ..Accrued::NOTHING }
}

#[test]
fn an_invoice_is_told_while_late_when_new_and_when_its_total_changes() {
    let never_late = Accrued::NOTHING;
    let cases = [
        // With no state every late invoice is told, open or settled, and nothing was told before.
        (None, accrued(500, true), Some((500, 0, 500))),
        (None, accrued(500, false), Some((500, 0, 500))),
        (None, accrued(0, false), Some((0, 0, 0))),
        (None, never_late, None),
        (Some(450), accrued(500, true), Some((500, 450, 50))),
        (Some(500), accrued(500, true), Some((500, 500, 0))),
        (Some(500), accrued(500, false), None),
        (Some(450), accrued(500, false), Some((500, 450, 50))),
        // Facts came late: what was told is taken back.
        (Some(500), accrued(300, false), Some((300, 500, -200))),
        (Some(500), never_late, Some((0, 500, -500))),
        (Some(0), never_late, None),
    ];
    for (before, accrued, expected) in cases {
        let told = total(before.map(Amount), &accrued);
        let row = |told: Total| (told.accrued_to_date.0, told.accrued_before.0, told.accrued_tonight.0);
        assert_eq!(told.map(row), expected, "{before:?} {accrued:?}");
        assert!(told.is_none_or(|told| told.is_restated() == expected.is_some_and(|(.., tonight)| tonight < 0)));
    }
}

#[test]
fn the_total_is_interest_and_fixed_sum_and_is_remembered_for_good() {
    let charge = Charge { on: day("2026-01-31"), debt: Amount(100), amount: Amount(40_00) };
    let settled = Accrued { charge: Some(charge), ..accrued(500, false) };
    assert_eq!(remembered(None, &settled), Some(Amount(45_00)));
    assert_eq!(remembered(Some(Amount(45_00)), &settled), Some(Amount(45_00)));
    assert_eq!(remembered(Some(Amount(45_00)), &Accrued::NOTHING), Some(Amount::ZERO));
    assert_eq!(remembered(None, &Accrued::NOTHING), None);
}

/// Money with the nights on which it is first and last in the input: it may arrive late, and be withdrawn.
type Arriving = (Drawn, usize, usize);

fn visible(money: &[Arriving], night: usize) -> Vec<Drawn> {
    money.iter().filter(|(_, first, last)| (*first..=*last).contains(&night)).map(|(drawn, ..)| *drawn).collect()
}

fn one_night(drawing: &Drawing, money: &[Drawn], terms: Terms, book: &RateBook) -> Accrued {
    let case: Case = drawing.case(money, terms.as_of);
    case.accrue("FR_B2B", book, terms).expect("all rates are known").0
}

thread_local! {
    static BOOK: RateBook = book();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_nights_add_up(
        drawing in drawing(),
        steps in prop::collection::vec(0..60, 1..8),
        arrivals in prop::collection::vec((0..8_usize, 0..12_usize), 8),
        imputation in imputation(),
    ) {
        let money: Vec<Arriving> = drawing.money.iter().zip(&arrivals).map(|(drawn, (first, last))| (*drawn, *first, *last)).collect();
        let night = |as_of: Date| Terms { imputation, ..terms(as_of) };
        let (mut as_of, mut state, mut told) = (drawing.epoch, None, Amount::ZERO);
        let mut last = Accrued::NOTHING;
        for (at, step) in steps.iter().enumerate() {
            as_of = as_of.plus_days(*step);
            last = BOOK.with(|book| one_night(&drawing, &visible(&money, at), night(as_of), book));
            let row = total(state, &last);
            prop_assert!(row.is_some() || !last.late_tonight);
            told += row.map_or(Amount::ZERO, |row| row.accrued_tonight);
            state = remembered(state, &last);
        }
        prop_assert_eq!(told, last.total());
        prop_assert_eq!(total(None, &last).map_or(Amount::ZERO, |row| row.accrued_tonight), last.total());
    }
}
