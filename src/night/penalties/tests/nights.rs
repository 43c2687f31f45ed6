//! One night after another: what is told of an invoice, and what is remembered.

use super::day;
use crate::base::money::Amount;
use crate::night::penalties::watermark::{Total, remembered, total};
use crate::night::penalties::{Accrued, Charge};

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
