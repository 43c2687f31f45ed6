//! The vectors of the domain definitions, each under its number; amounts in minor units, rates in millionths.

use super::published::{book, rate, regime};
use super::{Case, day, terms};
use crate::base::money::{Amount, Rate, divide_half_up};
use crate::night::documents::ExitKind;
use crate::night::penalties::imputation::{Imputed, impute};
use crate::night::penalties::{Accrued, Imputation, InsolvencyStop, Line, PenaltyError, Terms};
use crate::rules::rates::{HalfYear, Regime};

const FR: &str = "FR_B2B";
const UK: &str = "UK_B2B";

fn euros(amount: i64, due: &str) -> Case {
    Case::new("EUR", &[(day(due), amount)])
}

fn pounds(amount: i64, due: &str) -> Case {
    Case::new("GBP", &[(day(due), amount)])
}

fn run(case: &Case, regime: &str, terms: Terms) -> (Accrued, Vec<Line>) {
    case.accrue(regime, &book(), terms).unwrap_or_else(|error| panic!("{error}"))
}

fn regime_of(name: &str) -> Regime {
    regime(&book(), name).clone()
}

/// Interest, charge, and the lines as (days, base, rate, amount).
type Expected<'a> = (i64, i64, &'a [(i64, i64, i64, i64)]);

fn check_under(terms: Terms, case: &Case, regime: &str, (interest, charge, lines): Expected<'_>) -> Accrued {
    let (accrued, written) = run(case, regime, terms);
    let count = regime_of(regime).day_count;
    let shape: Vec<_> = written.iter().map(|line| (line.days(count), line.base.0, line.rate.0, line.amount.0)).collect();
    assert_eq!(shape, lines, "{case:?}");
    assert_eq!((accrued.interest, accrued.charge.map_or(0, |charge| charge.amount.0)), (Amount(interest), charge), "{case:?}");
    accrued
}

fn check(case: &Case, regime: &str, as_of: &str, expected: Expected<'_>) -> Accrued {
    check_under(terms(day(as_of)), case, regime, expected)
}

#[test]
fn a_01_two_half_years_and_the_fixed_sum() {
    let lines = [(61, 1_000_000, 121_500, 203_05), (62, 1_000_000, 124_000, 210_63)];
    let accrued = check(&euros(1_000_000, "2026-04-30"), FR, "2026-08-31", (413_68, 40_00, &lines));
    assert_eq!(accrued.total(), Amount(453_68));
    assert_eq!((accrued.first_late, accrued.late_tonight, accrued.is_final), (Some(day("2026-05-01")), true, false));
    assert!(accrued.uses_unconfirmed, "12.40 % has one source");
}

#[test]
fn a_02_one_month_late() {
    let case = euros(120_000, "2025-09-30").paid("2025-10-30", 120_000);
    let accrued = check(&case, FR, "2025-12-31", (11_98, 40_00, &[(30, 120_000, 121_500, 11_98)]));
    assert_eq!((accrued.late_tonight, accrued.is_final, accrued.uses_unconfirmed), (false, true, false));
}

/// Rounding each line by itself would give 413.76.
#[test]
fn a_03_the_invoice_is_rounded_once() {
    let lines = [(60, 1_000_000, 121_500, 199_73), (63, 1_000_000, 124_000, 214_02)];
    check(&euros(1_000_000, "2026-05-01"), FR, "2026-09-01", (413_75, 40_00, &lines));
}

#[test]
fn a_05_half_a_euro() {
    let case = euros(100_00, "2026-01-31").paid("2026-02-15", 100_00);
    check(&case, FR, "2026-03-31", (50, 40_00, &[(15, 100_00, 121_500, 50)]));
}

#[test]
fn a_08_half_a_cent_goes_up() {
    let case = pounds(18_25, "2026-01-31").contract(100_000).paid("2026-02-09", 18_25);
    check(&case, UK, "2026-03-31", (5, 40_00, &[(9, 18_25, 100_000, 5)]));
}

/// With the half-open window of A-10 the one day would be 30 June, at 12.15 %: 0.33.
#[test]
fn a_09_and_a_10_the_day_of_payment_counts_and_the_due_day_does_not() {
    let case = euros(100_000, "2026-06-30").paid("2026-07-01", 100_000);
    check(&case, FR, "2026-07-31", (34, 40_00, &[(1, 100_000, 124_000, 34)]));
}

#[test]
fn a_11_and_a_12_a_contract_below_the_floor_gives_way_to_the_default_rate() {
    let late = || euros(1_000_000, "2024-01-01").paid("2024-01-31", 1_000_000);
    let at_default = [(30, 1_000_000, 145_000, 119_18)];
    let accrued = check(&late().contract(100_000), FR, "2024-02-29", (119_18, 40_00, &at_default));
    assert!(accrued.below_legal_floor);
    let accrued = check(&late().contract(152_100), FR, "2024-02-29", (125_01, 40_00, &[(30, 1_000_000, 152_100, 125_01)]));
    assert!(!accrued.below_legal_floor);
    let second_half = euros(1_000_000, "2024-07-31").contract(100_000);
    assert!(run(&second_half, FR, terms(day("2024-08-31"))).0.below_legal_floor);
}

#[test]
fn a_contract_is_measured_against_the_floor_of_each_half_year() {
    // 14.80 % is below 15.21 % and above 14.76 %.
    let case = euros(1_000_000, "2024-05-31").contract(148_000);
    let lines = [(30, 1_000_000, 145_000, 119_18), (31, 1_000_000, 148_000, 125_70)];
    let accrued = check(&case, FR, "2024-07-31", (244_88, 40_00, &lines));
    assert!(accrued.below_legal_floor);
    let (_, written) = run(&case, FR, terms(day("2024-07-31")));
    assert_eq!(written.iter().map(|line| line.contractual).collect::<Vec<_>>(), [false, true]);
}

/// The published figures count a quarter of a year; the engine counts days, so only the rates can be its own.
#[test]
fn a_13_and_a_14_a_quarter_at_the_rates_of_2014() {
    let book = book();
    let half_year = HalfYear::of(day("2014-01-01"));
    let default = Rate(rate(&book, FR, half_year.first_day()).expect("a rate"));
    let floor = book.regimes[0].floor_for(half_year, &book).expect("a rate").expect("a floor").rate;
    for (rate, interest) in [(default, 256_25), (floor, 3_00)] {
        assert_eq!(divide_half_up(1_000_000 * i128::from(rate.0) * 3, 12 * 1_000_000), interest);
    }
}

#[test]
fn a_15_each_late_invoice_bears_the_fixed_sum() {
    let cases = [euros(500_00, "2026-01-31"), euros(10_00, "2026-02-28"), euros(9_000_00, "2026-01-31").paid("2026-02-01", 9_000_00)];
    let charges: Amount =
        cases.iter().filter_map(|case| run(case, FR, terms(day("2026-03-31"))).0.charge).map(|charge| charge.amount).sum();
    assert_eq!(charges, Amount(120_00));
}

#[test]
fn a_16_no_fixed_sum_for_what_fell_due_before_2013() {
    let case = euros(100_000, "2012-12-15").paid("2013-02-01", 100_000);
    check(&case, FR, "2013-02-28", (14_25, 0, &[(16, 100_000, 110_000, 4_82), (32, 100_000, 107_500, 9_43)]));
    let first = euros(100_000, "2013-01-01").paid("2013-01-02", 100_000);
    check(&first, FR, "2013-02-28", (29, 40_00, &[(1, 100_000, 107_500, 29)]));
}

#[test]
fn a_17_insolvency_stops_interest_and_keeps_the_fixed_sum() {
    let case = euros(1_000_000, "2026-01-31").insolvent("2026-03-10");
    let night = terms(day("2026-08-31"));
    let accrued = check_under(night, &case, FR, (123_16, 40_00, &[(37, 1_000_000, 121_500, 123_16)]));
    assert!(accrued.is_final && accrued.late_tonight);
    let same_day = Terms { insolvency: Some(InsolvencyStop::SameDay), ..night };
    check_under(same_day, &case, FR, (126_49, 40_00, &[(38, 1_000_000, 121_500, 126_49)]));
}

#[test]
fn what_falls_due_in_insolvency_bears_nothing() {
    let night = terms(day("2026-08-31"));
    for (due, charge) in [("2026-03-08", 40_00), ("2026-03-09", 40_00), ("2026-03-10", 0), ("2026-03-11", 0)] {
        let (accrued, lines) = run(&euros(1_000_000, due).insolvent("2026-03-10"), FR, night);
        assert_eq!(accrued.charge.map_or(0, |charge| charge.amount.0), charge, "{due}");
        assert_eq!(lines.len(), usize::from(due == "2026-03-08"), "{due}");
        assert!(accrued.first_late.is_some() && accrued.is_final);
    }
}

#[test]
fn a_21_to_a_23_contract_rates_in_the_united_kingdom() {
    let cases = [
        (1_000_00, 120_000, "2026-01-30", 30, 9_86, 70_00),
        (5_000_00, 120_000, "2026-03-31", 90, 147_95, 70_00),
        (1_000_00, 125_000, "2026-01-30", 30, 10_27, 70_00),
        (1_000_00, 125_000, "2026-03-31", 90, 30_82, 70_00),
    ];
    for (amount, rate, as_of, days, interest, charge) in cases {
        let due = day(as_of).plus_days(-days).to_string();
        check(&pounds(amount, &due).contract(rate), UK, as_of, (interest, charge, &[(i64::from(days), amount, rate, interest)]));
    }
}

#[test]
fn a_24_and_a_25_the_rate_of_the_first_day_stays() {
    let across = pounds(1_000_000, "2024-12-01").paid("2025-09-30", 1_000_000);
    check(&across, UK, "2025-12-31", (1_099_93, 100_00, &[(303, 1_000_000, 132_500, 1_099_93)]));
    let case = pounds(250_000, "2026-03-31").paid("2026-07-15", 250_000);
    check(&case, UK, "2026-07-31", (85_31, 70_00, &[(106, 250_000, 117_500, 85_31)]));
    // Due on the last day of a half-year, the first day of interest is in the next.
    let edge = pounds(1_000_000, "2024-12-31").paid("2025-01-01", 1_000_000);
    check(&edge, UK, "2025-01-31", (3_49, 100_00, &[(1, 1_000_000, 127_500, 3_49)]));
}

#[test]
fn a_27_bands_of_the_fixed_sum_are_of_the_debt_that_becomes_late() {
    for (amount, charge) in [(999_99, 40_00), (1_000_00, 70_00), (9_999_99, 70_00), (10_000_00, 100_00)] {
        let (accrued, _) = run(&pounds(amount, "2026-01-31"), UK, terms(day("2026-02-01")));
        assert_eq!(accrued.charge.map(|charge| charge.amount), Some(Amount(charge)), "{amount}");
        let larger = pounds(amount + 500_00, "2026-01-31").paid("2026-01-31", 500_00);
        let (accrued, _) = run(&larger, UK, terms(day("2026-02-01")));
        assert_eq!(accrued.charge.map(|charge| charge.amount), Some(Amount(charge)), "{amount} left of more");
    }
}

#[test]
fn a_30_to_a_37_regimes_of_other_countries_are_data() {
    let half_year = |rate| (1_000_000, "2023-01-01", "2023-07-01", 180, rate);
    let cases = [
        ("DE_B2C", half_year(66_200), 328_69, (1, 81_200)), // A-32; the half-open count another day
        ("DE_B2B", (1_000_000, "2025-05-31", "2025-08-31", 30, 112_700), 267_08, (62, 102_700)),
        ("DE_B2C", (1_000_000, "2025-05-31", "2025-08-31", 30, 72_700), 166_26, (62, 62_700)),
        ("ES_B2B", (500_000, "2025-03-31", "2025-08-31", 91, 111_500), 225_20, (62, 101_500)),
    ];
    for (regime, (amount, due, paid, days, rate), interest, then) in cases {
        let (accrued, lines) = run(&euros(amount, due).paid(paid, amount), regime, terms(day(paid)));
        assert_eq!(accrued.interest, Amount(interest), "{regime} {due}");
        let shape: Vec<_> = lines.iter().map(|line| (line.to.days_since(line.from), line.rate.0)).collect();
        assert_eq!(shape, [(days, rate), then], "{regime} {due}");
    }
}

#[test]
fn a_47_a_payment_covers_interest_before_principal() {
    let imputed = impute(Amount(18_000_00), Amount::ZERO, Amount(3_000_00));
    assert_eq!(imputed, Imputed { costs: Amount::ZERO, interest: Amount(3_000_00), principal: Amount(15_000_00) });
}

/// The credit note settles what the refund of its day reopens: nothing is ever late.
#[test]
fn a_credit_note_of_the_day_of_a_refund_leaves_nothing_late_in_any_mode() {
    for imputation in [Imputation::PrincipalFirst, Imputation::InterestFirst, Imputation::CostsInterestPrincipal] {
        let case = euros(1_000, "2026-01-31").paid("2026-01-15", 1_000).refunded("2026-03-10", 1_000).credited("2026-03-10", 1_000);
        check_under(Terms { imputation, ..terms(day("2026-03-12")) }, &case, FR, (0, 0, &[]));
    }
}

#[test]
fn a_48_to_a_51_what_a_part_payment_lowers() {
    const FULL: (i64, i64, i64, i64) = (61, 1_000_000, 121_500, 203_05);
    let cases = [
        (Imputation::InterestFirst, 4_000_00, 333_70, (62, 6_203_05, 124_000, 130_65)),
        (Imputation::PrincipalFirst, 4_000_00, 329_43, (62, 6_000_00, 124_000, 126_38)),
        (Imputation::CostsInterestPrincipal, 4_000_00, 334_55, (62, 6_243_05, 124_000, 131_50)),
        (Imputation::InterestFirst, 100_00, 413_68, (62, 1_000_000, 124_000, 210_63)),
    ];
    for (imputation, paid, interest, then) in cases {
        let case = euros(1_000_000, "2026-04-30").paid("2026-06-30", paid);
        let night = Terms { imputation, ..terms(day("2026-08-31")) };
        let accrued = check_under(night, &case, FR, (interest, 40_00, &[FULL, then]));
        // What is owed in all: the invoice and its penalties, less the payment. It differs by the mode, as print it.
        let owed = Amount(1_000_000 - paid) + accrued.total();
        let printed = match (imputation, paid) {
            (Imputation::PrincipalFirst, _) => 6_369_43,
            (Imputation::CostsInterestPrincipal, _) => 6_374_55,
            (Imputation::InterestFirst, 100_00) => 10_353_68,
            (Imputation::InterestFirst, _) => 6_373_70,
        };
        assert_eq!(owed, Amount(printed), "{imputation:?}");
    }
}

#[test]
fn n_06_and_n_07_daily_rounding_and_truncation_are_not_repeated() {
    let cases = [
        (5_000_00, 122_500, 101, 169_49, 169_68), // N-06
        (2_000_00, 132_500, 45, 32_67, 32_66),    // N-07
    ];
    for (amount, rate, days, interest, published) in cases {
        let due = day("2026-06-30").plus_days(-days).to_string();
        let (accrued, _) = run(&pounds(amount, &due).contract(rate), UK, terms(day("2026-06-30")));
        assert_eq!(accrued.interest, Amount(interest));
        assert_ne!(accrued.interest, Amount(published));
    }
}

#[test]
fn equal_rates_of_two_half_years_are_one_line() {
    let case = euros(1_000_000, "2025-12-01");
    check(&case, FR, "2026-01-31", (203_05, 40_00, &[(61, 1_000_000, 121_500, 203_05)]));
}

#[test]
fn nothing_is_late_on_the_due_day() {
    let (accrued, lines) = run(&euros(1_000_000, "2026-04-30"), FR, terms(day("2026-04-30")));
    assert_eq!((accrued, lines.len()), (Accrued { is_final: false, ..Accrued::NOTHING }, 0));
    let paid_in_time = euros(1_000_000, "2026-04-30").paid("2026-04-30", 1_000_000);
    assert_eq!(run(&paid_in_time, FR, terms(day("2026-08-31"))).0, Accrued::NOTHING);
}

#[test]
fn interest_starts_after_the_invoice_date_where_the_due_date_lies_before() {
    let case = euros(1_000_000, "2026-01-31").issued("2026-02-28");
    let accrued = check(&case, FR, "2026-03-10", (33_29, 40_00, &[(10, 1_000_000, 121_500, 33_29)]));
    assert_eq!(accrued.first_late, Some(day("2026-03-01")));
}

#[test]
fn a_credit_note_counts_from_its_own_date() {
    let case = euros(1_000_000, "2026-01-31").credited("2026-02-10", 400_000);
    check(&case, FR, "2026-02-20", (53_26, 40_00, &[(10, 1_000_000, 121_500, 33_29), (10, 600_000, 121_500, 19_97)]));
}

#[test]
fn days_without_balance_have_no_line_and_a_refund_opens_again() {
    let case = euros(1_000_000, "2026-01-31").paid("2026-02-10", 1_000_000).refunded("2026-02-20", 200_000);
    check(&case, FR, "2026-02-28", (38_61, 40_00, &[(10, 1_000_000, 121_500, 33_29), (8, 200_000, 121_500, 5_32)]));
    // Paid in time, refunded later: late from the day after the refund.
    let case = euros(1_000_000, "2026-01-31").paid("2026-01-31", 1_000_000).refunded("2026-02-20", 200_000);
    let accrued = check(&case, FR, "2026-02-28", (5_33, 40_00, &[(8, 200_000, 121_500, 5_33)]));
    assert_eq!(accrued.first_late, Some(day("2026-02-21")));
}

#[test]
fn money_that_cancels_out_on_one_day_ends_no_line() {
    for imputation in [Imputation::PrincipalFirst, Imputation::InterestFirst, Imputation::CostsInterestPrincipal] {
        let case = euros(1_000_000, "2026-01-31").paid("2026-02-10", 500_000).refunded("2026-02-10", 500_000);
        let night = Terms { imputation, ..terms(day("2026-02-20")) };
        check_under(night, &case, FR, (66_58, 40_00, &[(20, 1_000_000, 121_500, 66_58)]));
    }
}

#[test]
fn a_write_off_or_sale_day_still_counts() {
    for kind in [ExitKind::WrittenOff, ExitKind::Sold] {
        let case = euros(1_000_000, "2026-01-31").left("2026-02-10", kind);
        let accrued = check(&case, FR, "2026-08-31", (33_29, 40_00, &[(10, 1_000_000, 121_500, 33_29)]));
        assert!(accrued.is_final && !accrued.late_tonight);
        let before_late = euros(1_000_000, "2026-01-31").left("2026-01-31", kind);
        assert_eq!(run(&before_late, FR, terms(day("2026-08-31"))).0, Accrued::NOTHING);
    }
}

#[test]
fn instalments_are_rounded_together_and_ordered_by_their_days() {
    let case = Case::new("EUR", &[(day("2026-01-31"), 100_00), (day("2026-02-28"), 100_00), (day("2026-12-31"), 100_00)]);
    // 59 days: 1.963973, 31 days: 1.031918; together 2.995890.
    let lines = [(59, 100_00, 121_500, 1_96), (31, 100_00, 121_500, 1_04)];
    let accrued = check(&case, FR, "2026-03-31", (3_00, 40_00, &lines));
    assert!(!accrued.is_final && accrued.late_tonight);
}

#[test]
fn the_band_of_instalments_is_of_those_late_on_the_first_day() {
    let case = Case::new("GBP", &[(day("2026-01-31"), 600_00), (day("2026-01-31"), 600_00), (day("2026-02-28"), 20_000_00)]);
    let (accrued, _) = run(&case, UK, terms(day("2026-03-31")));
    let charge = accrued.charge.expect("it is late");
    assert_eq!((charge.on, charge.debt, charge.amount), (day("2026-02-01"), Amount(1_200_00), Amount(70_00)));
}

#[test]
fn the_fixed_sum_is_in_its_own_currency_and_interest_in_the_invoices() {
    let case = Case::new("JPY", &[(day("2026-01-31"), 1_000_000)]);
    let accrued = check(&case, FR, "2026-02-28", (9_321, 0, &[(28, 1_000_000, 121_500, 9_321)]));
    assert!(accrued.charge_in_other_currency);
    let dinars = Case::new("KWD", &[(day("2026-01-31"), 1_000_000)]);
    check(&dinars, UK, "2026-02-28", (9_014, 0, &[(28, 1_000_000, 117_500, 9_014)]));
}

#[test]
fn one_cent_for_one_day_is_late_and_costs_nothing_but_the_fixed_sum() {
    let case = Case::new("USD", &[(day("2026-01-31"), 1)]);
    let accrued = check(&case, FR, "2026-02-01", (0, 0, &[(1, 1, 121_500, 0)]));
    assert_eq!(accrued.first_late, Some(day("2026-02-01")));
}

#[test]
fn a_dispute_stops_interest_on_its_part_only_where_asked() {
    let case = euros(1_000_000, "2026-01-31").disputed("2026-02-10", Some("2026-02-20"), Some(400_000));
    let night = terms(day("2026-02-28"));
    check_under(night, &case, FR, (93_21, 40_00, &[(28, 1_000_000, 121_500, 93_21)]));
    let stopping = Terms { dispute_stops_interest: true, ..night };
    let lines = [(10, 1_000_000, 121_500, 33_29), (10, 600_000, 121_500, 19_97), (8, 1_000_000, 121_500, 26_63)];
    check_under(stopping, &case, FR, (79_89, 40_00, &lines));
    // All of it, without an end, and a second one that cannot take more.
    let whole = euros(1_000_000, "2026-01-31").disputed("2026-02-10", None, None).disputed("2026-02-12", None, Some(100));
    let accrued = check_under(stopping, &whole, FR, (33_29, 40_00, &[(10, 1_000_000, 121_500, 33_29)]));
    assert!(!accrued.is_final);
}

#[test]
fn a_dispute_takes_the_oldest_instalment_first() {
    let case = Case::new("EUR", &[(day("2026-01-31"), 100_000), (day("2026-01-31"), 100_000)]).disputed("2026-01-01", None, Some(150_000));
    let stopping = Terms { dispute_stops_interest: true, ..terms(day("2026-03-02")) };
    check_under(stopping, &case, FR, (4_99, 40_00, &[(30, 50_000, 121_500, 4_99)]));
}

#[test]
fn interest_first_keeps_what_the_ledger_counts_as_paid() {
    // Paid whole ten days late: 33.29 went to interest and stays owed as principal.
    let case = euros(1_000_000, "2026-01-31").paid("2026-02-10", 1_000_000);
    let night = Terms { imputation: Imputation::InterestFirst, ..terms(day("2026-02-20")) };
    let accrued = check_under(night, &case, FR, (33_40, 40_00, &[(10, 1_000_000, 121_500, 33_29), (10, 33_29, 121_500, 11)]));
    assert!(accrued.late_tonight && !accrued.is_final);
}

#[test]
fn a_refund_takes_back_principal_before_interest_and_costs() {
    let night = Terms { imputation: Imputation::CostsInterestPrincipal, ..terms(day("2026-02-20")) };
    // 40.00 to costs, 33.29 to interest, 26.71 to principal; then all of it back.
    let case = euros(1_000_000, "2026-01-31").paid("2026-02-10", 100_00).refunded("2026-02-15", 100_00);
    let lines = [(10, 1_000_000, 121_500, 33_29), (5, 997_329, 121_500, 16_60), (5, 1_000_000, 121_500, 16_64)];
    check_under(night, &case, FR, (66_53, 40_00, &lines));
    // What was taken back is owed again: the next payment goes to costs and interest first, 40.00 + 66.53.
    let again = case.paid("2026-02-20", 200_00);
    let later = Terms { as_of: day("2026-02-21"), ..night };
    let then = [lines[0], lines[1], lines[2], (1, 990_653, 121_500, 3_30)];
    check_under(later, &again, FR, (69_83, 40_00, &then));
}

#[test]
fn a_missing_half_year_is_an_error_only_where_a_day_needs_it() {
    let book = book();
    let night = terms(day("2027-01-01"));
    let error = euros(1_000_000, "2026-12-01").accrue(FR, &book, night).expect_err("2027 is not published");
    assert_eq!(
        error.to_string(),
        "regime FR_B2B needs a rate for 2027 H1: series ecb_main_refinancing has no rate for 2027-01-01 (known until 2026-12-31)"
    );
    let cases: [(Case, &str); 4] = [
        (euros(1_000_000, "2026-12-01").paid("2026-12-31", 1_000_000), FR),
        (euros(1_000_000, "2026-12-01").insolvent("2027-01-01"), FR),
        (pounds(1_000_000, "2026-12-01"), UK),
        (pounds(1_000_000, "2005-12-01").contract(80_000), UK),
    ];
    for (case, regime) in cases {
        assert!(case.accrue(regime, &book, night).is_ok(), "{case:?}");
    }
    for (case, regime) in [(pounds(1_000_000, "2026-12-31"), UK), (euros(1_000_000, "2026-12-31").contract(200_000), FR)] {
        assert!(matches!(case.accrue(regime, &book, night), Err(PenaltyError::MissingRate { .. })), "{case:?}");
    }
}

#[test]
fn interest_beyond_any_amount_is_an_error() {
    let case = pounds(Amount::LIMIT, "2025-01-31").contract(i64::MAX);
    assert_eq!(case.accrue(UK, &book(), terms(day("2026-01-31"))).err(), Some(PenaltyError::TooLarge));
    let case = pounds(Amount::LIMIT, "2016-01-31").contract(120_000);
    assert_eq!(case.accrue(UK, &book(), terms(day("2026-01-31"))).err(), Some(PenaltyError::TooLarge));
    assert!(pounds(Amount::LIMIT, "2025-01-31").accrue(UK, &book(), terms(day("2026-01-31"))).is_ok());
}

#[test]
fn rates_and_days_are_named_as_the_law_names_them() {
    let (_, lines) = run(&euros(1_000_000, "2026-04-30"), FR, terms(day("2026-05-31")));
    let expected = Line {
        sequence: 0,
        start: day("2026-04-30"),
        from: day("2026-04-30"),
        to: day("2026-05-31"),
        base: Amount(1_000_000),
        rate: Rate(121_500),
        contractual: false,
        amount: Amount(103_19),
    };
    assert_eq!(lines, [expected]);
}
