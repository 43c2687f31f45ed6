//! The vectors of the domain definitions that are about regimes, day counts and interest on interest, each under its number; amounts in
//! minor units, rates in millionths.

use super::published::{book, rate, read, regime};
use super::{Case, day, terms};
use crate::base::date::Date;
use crate::base::day_count::DayCount;
use crate::base::money::{Amount, Rate};
use crate::night::documents::CustomerType;
use crate::night::penalties::{Accrued, Imputation, Line, PenaltyError, Schedule, Terms, UnconfirmedRates};
use crate::rules::rates::{ContractCap, Fixing, Regime, Start};

fn euros(amount: i64, due: &str) -> Case {
    Case::new("EUR", &[(day(due), amount)])
}

fn run_by(case: &Case, regime: &Regime, terms: Terms) -> (Accrued, Vec<Line>) {
    let book = book();
    let schedule = Schedule::new(regime, &book, terms.as_of, UnconfirmedRates::Use);
    case.accrue_by(&schedule, terms).unwrap_or_else(|error| panic!("{error}"))
}

/// A shipped regime.
fn law(name: &str) -> Regime {
    regime(&book(), name).clone()
}

/// Checks interest, and the lines as (days, rate, amount).
fn check(case: &Case, regime: &Regime, as_of: &str, interest: i64, lines: &[(i64, i64, i64)]) -> Accrued {
    let (accrued, written) = run_by(case, regime, terms(day(as_of)));
    let shape: Vec<_> = written.iter().map(|line| (line.days(regime.day_count), line.rate.0, line.amount.0)).collect();
    assert_eq!(shape, lines, "{} {case:?}", regime.name);
    assert_eq!(accrued.interest, Amount(interest), "{} {case:?}", regime.name);
    accrued
}

/// The debt behind A-07: 8,000 through the leap year 2024. Rounding each line by itself would give 1,149.94.
#[test]
fn a_07_a_leap_year_by_its_own_length_and_by_360() {
    let case = euros(8_000_00, "2023-12-31").paid("2024-12-31", 8_000_00);
    let with = |day_count| Regime { day_count, ..law("FR_B2B") };
    let isda = [(182, 145_000, 576_83), (184, 142_500, 573_12)];
    check(&case, &with(DayCount::ActualActualIsda), "2024-12-31", 1_149_95, &isda);
    let by_360 = [(182, 145_000, 586_44), (184, 142_500, 582_67)];
    check(&case, &with(DayCount::Actual360), "2024-12-31", 1_169_11, &by_360);
}

#[test]
fn a_18_a_consumer_owes_the_legal_rate_from_the_receipt_of_a_formal_notice() {
    let case = euros(1_000_00, "2025-12-31").noticed("2026-02-10");
    let accrued = check(&case, &law("FR_B2C"), "2026-08-31", 14_72, &[(140, 26_200, 10_05), (62, 27_500, 4_67)]);
    assert_eq!((accrued.charge, accrued.first_late), (None, Some(day("2026-01-01"))));
    // No notice, one on the due day, or one to come: late, and nothing owed yet.
    for case in [euros(1_000_00, "2025-12-31"), euros(1_000_00, "2025-12-31").noticed("2025-12-31"), case.noticed("2026-09-01")] {
        let expected = if case.notices.len() == 2 { 14_72 } else { 0 };
        let (accrued, _) = run_by(&case, &law("FR_B2C"), terms(day("2026-08-31")));
        assert_eq!((accrued.interest, accrued.late_tonight, accrued.is_final), (Amount(expected), true, false));
    }
}

#[test]
fn a_19_and_a_20_five_points_more_after_a_judgment() {
    let legal = Regime { start: Start::DueDate, ..law("FR_B2C") };
    let judgment = Regime { margin: Rate(50_000), ..legal.clone() };
    let case = euros(1_000_000, "2026-01-31").paid("2026-03-02", 1_000_000);
    check(&case, &judgment, "2026-03-31", 62_63, &[(30, 76_200, 62_63)]);
    check(&case, &legal, "2026-03-31", 21_53, &[(30, 26_200, 21_53)]);
    let book = book();
    let on = day("2024-01-01");
    let individual = book.series.iter().position(|series| series.name == "fr_legal_individual");
    for (series, published) in [(individual, 130_100), (judgment.series, 100_700)] {
        let judgment = Regime { series, ..judgment.clone() };
        assert_eq!(judgment.rate_on(on, on, &book).ok().flatten().map(|found| found.rate), Some(Rate(published)));
    }
}

/// The statute fixes the rate; calculators that follow the half-years are a choice of data.
#[test]
fn a_24_a_rate_that_would_follow_the_half_years() {
    let case = Case::new("GBP", &[(day("2024-12-01"), 1_000_000)]).paid("2025-09-30", 1_000_000);
    let floating = Regime { fixing: Fixing::Floats, ..law("UK_B2B") };
    let lines = [(30, 132_500, 108_90), (181, 127_500, 632_26), (92, 122_500, 308_77)];
    check(&case, &floating, "2025-12-31", 1_049_93, &lines);
}

#[test]
fn a_public_buyer_keeps_the_rate_of_the_first_day_of_interest() {
    let late = |due: &str, paid: &str| euros(1_000_000, due).paid(paid, 1_000_000);
    let regime = law("FR_PUBLIC");
    // Due on the last day of a half-year, the first day counted is in the next; later changes change nothing.
    let accrued = check(&late("2024-12-31", "2025-09-30"), &regime, "2025-12-31", 833_96, &[(273, 111_500, 833_96)]);
    assert_eq!(accrued.charge.map(|charge| charge.amount), Some(Amount(40_00)));
    check(&late("2024-12-30", "2025-01-09"), &regime, "2025-12-31", 33_56, &[(10, 122_500, 33_56)]);
}

#[test]
fn a_28_and_a_33_german_rates_of_the_years_before_the_reform() {
    let case = euros(1_000_00, "2012-07-31").paid("2012-08-25", 1_000_00);
    check(&case, &law("DE_B2C"), "2012-12-31", 3_51, &[(25, 51_200, 3_51)]);
    // through five half-years and a leap year, each day by its own year; the first and last days are counted.
    let case = euros(1_500_00, "2009-09-14").paid("2012-02-17", 1_500_00);
    let isda = Regime { day_count: DayCount::ActualActualIsda, ..law("DE_B2B") };
    let accrued = check(&case, &isda, "2012-12-31", 297_50, &[(654, 81_200, 218_24), (184, 83_700, 63_29), (48, 81_200, 15_97)]);
    assert_eq!(accrued.charge, None, "the fixed sum is of 2014");
    let (accrued, _) = run_by(&case, &law("DE_B2B"), terms(day("2012-12-31")));
    assert_eq!(accrued.interest, Amount(297_55));
}

#[test]
fn a_29_german_court_forms_count_both_ends() {
    let case = euros(1_000_000, "2015-12-31").contract(60_000).paid("2016-07-30", 1_000_000);
    let forms = Regime { day_count: DayCount::Thirty360Inclusive, ..law("DE_B2C") };
    check(&case, &forms, "2016-12-31", 350_00, &[(210, 60_000, 350_00)]);
}

#[test]
fn a_40_and_a_41_what_a_belgian_clause_may_ask_for() {
    let charge = law("BE_B2C").fixed_charge.expect("a clause");
    let cases = [(215_00, 36_50), (150_00, 20_00), (150_01, 30_00), (500_00, 65_00), (1_000_00, 90_00), (50_000_00, 2_000_00), (1, 20_00)];
    for (debt, most) in cases {
        assert_eq!(charge.for_debt(Amount(debt)), Amount(most), "{debt}");
    }
    let uncapped = crate::rules::rates::FixedCharge { most: None, ..charge };
    assert_eq!(uncapped.for_debt(Amount(50_000_00)), Amount(2_540_00));
}

#[test]
fn a_belgian_consumer_is_reminded_for_nothing_and_has_fourteen_days() {
    let regime = law("BE_B2C");
    let case = euros(215_00, "2025-12-31").contract(120_000).noticed("2026-01-05");
    let accrued = check(&case, &regime, "2026-01-29", 62, &[(10, 105_000, 62)]);
    assert!(accrued.above_legal_cap, "a contract may ask for 10.50 % at most");
    let charge = accrued.charge.expect("a clause");
    assert_eq!((charge.on, charge.amount), (day("2026-01-20"), Amount(36_50)));
    let (accrued, lines) = run_by(&case, &regime, terms(day("2026-01-19")));
    assert_eq!((accrued.interest, accrued.charge, lines.len()), (Amount::ZERO, None, 0));
    // A letter posted before the debt was late is no reminder of it, even if it arrives later.
    let early = euros(215_00, "2025-12-31").contract(120_000).reminded("2025-12-31", "2026-01-04");
    assert_eq!(run_by(&early, &regime, terms(day("2026-01-29"))).0.total(), Amount::ZERO);
    // Without a rate in the contract there is no interest; a contract of before has other rules.
    let no_rate = euros(215_00, "2025-12-31").noticed("2026-01-05");
    check(&no_rate, &regime, "2026-01-29", 0, &[]);
    let older = euros(215_00, "2023-08-31").contract(120_000).noticed("2026-01-05");
    assert_eq!(run_by(&older, &regime, terms(day("2026-01-29"))).0, Accrued::NOTHING);
}

#[test]
fn a_42_and_a_43_methods_of_contracts_in_the_united_states() {
    let case = Case::new("USD", &[(day("2026-01-31"), 1_000_000)]).contract(180_000);
    let with = |day_count| Regime { day_count, ..law("US_CONTRACT") };
    let as_of = "2026-03-17";
    check(&case, &with(DayCount::Actual365Fixed), as_of, 221_92, &[(45, 180_000, 221_92)]);
    check(&case, &with(DayCount::FullMonths), as_of, 150_00, &[(45, 180_000, 150_00)]);
    check(&case, &with(DayCount::StartedMonths), as_of, 300_00, &[(45, 180_000, 300_00)]);
    let monthly = [(28, 180_000, 150_00), (17, 180_000, 152_25)];
    check(&case.clone().compounding(), &with(DayCount::StartedMonths), as_of, 302_25, &monthly);
    // 0.0493 % a day.
    check(&case, &with(DayCount::Actual365Fixed), "2026-02-01", 4_93, &[(1, 180_000, 4_93)]);
    // Without a rate in the contract nothing is due.
    let silent = Case::new("USD", &[(day("2026-01-31"), 1_000_000)]);
    let accrued = check(&silent, &with(DayCount::Actual365Fixed), as_of, 0, &[]);
    assert!(accrued.late_tonight);
}

#[test]
fn a_44_to_a_46_interest_bears_interest_after_a_full_year_and_only_where_the_contract_says_so() {
    let yearly = |rate: i64, as_of: &str, compounding: bool| {
        let case = euros(1_000_000, "2021-01-01").contract(rate);
        let case = if compounding { case.compounding() } else { case };
        run_by(&case, &Regime { contract_floor: None, ..law("FR_B2B") }, terms(day(as_of))).0.interest.0
    };
    let cases = [
        (50_000, "2024-01-01", 1_500_00, 1_576_25),
        (120_000, "2023-01-01", 2_400_00, 2_544_00),
        (120_000, "2021-12-31", 1_196_71, 1_196_71), // due for 364 days
        (120_000, "2022-01-01", 1_200_00, 1_200_00), // the full year; its interest bears interest from the next day on
        (120_000, "2022-01-02", 1_203_29, 1_203_68),
    ];
    for (rate, as_of, simple, compound) in cases {
        assert_eq!((yearly(rate, as_of, false), yearly(rate, as_of, true)), (simple, compound), "{as_of}");
    }
    assert!(["DE_B2B", "DE_B2C", "UK_B2B", "EU_MIN", "FR_B2C", "FR_PUBLIC"].iter().all(|name| law(name).compounds_after.is_none()));
}

/// Interest that was paid bears none any more.
#[test]
fn a_payment_of_interest_takes_it_out_of_what_bears_interest() {
    let case = || euros(1_000_000, "2021-01-01").contract(100_000).compounding();
    let regime = Regime { contract_floor: None, ..law("FR_B2B") };
    let night = Terms { imputation: Imputation::InterestFirst, ..terms(day("2023-01-01")) };
    let bases = |case: &Case| run_by(case, &regime, night).1.iter().map(|line| line.base.0).collect::<Vec<_>>();
    assert_eq!(bases(&case()), [1_000_000, 1_100_000]);
    assert_eq!(bases(&case().paid("2022-01-01", 1_000_00)), [1_000_000, 1_000_000]);
    assert_eq!(bases(&case().paid("2022-01-01", 400_00)), [1_000_000, 1_060_000]);
    // Paid later: the interest of those days is owed too, so that some of the old stays.
    let (_, lines) = run_by(&case().paid("2022-01-11", 500_00), &regime, night);
    assert_eq!(lines.iter().map(|line| line.base.0).collect::<Vec<_>>(), [1_000_000, 1_100_000, 1_053_014]);
}

#[test]
fn n_05_no_day_is_lost_where_the_half_year_changes() {
    let case = euros(1_000_000, "2023-01-14").paid("2025-10-01", 1_000_000);
    let (accrued, lines) = run_by(&case, &law("DE_B2B"), terms(day("2025-12-31")));
    assert_eq!(accrued.interest, Amount(3_170_28));
    assert_ne!(accrued.interest, Amount(3_154_20));
    assert_eq!(lines.iter().map(|line| line.to.days_since(line.from)).sum::<i32>(), 991);
}

#[test]
fn a_margin_that_changes_within_a_half_year_cuts_the_line() {
    let case = euros(1_000_000, "2013-01-31").paid("2013-03-31", 1_000_000);
    check(&case, &law("ES_B2B"), "2013-12-31", 135_14, &[(23, 77_500, 48_84), (36, 87_500, 86_30)]);
}

#[test]
fn old_debts_keep_the_old_margin_and_bear_no_fixed_sum() {
    let case = |issued: &str| euros(1_000_000, "2026-01-31").issued(issued);
    for (name, issued, rate, charge) in [
        ("DE_B2B", "2014-07-28", 92_700, 0),
        ("DE_B2B", "2014-07-29", 102_700, 40_00),
        ("IT_B2B", "2012-12-31", 91_500, 40_00),
        ("IT_B2B", "2013-01-01", 101_500, 40_00),
    ] {
        let (accrued, lines) = run_by(&case(issued), &law(name), terms(day("2026-02-28")));
        let found = (lines[0].rate.0, accrued.charge.map_or(0, |charge| charge.amount.0));
        assert_eq!(found, (rate, charge), "{name} {issued}");
    }
}

#[test]
fn some_customers_never_owe_the_fixed_sum() {
    for (kind, charge) in
        [(CustomerType::Consumer, None), (CustomerType::Company, Some(Amount(40_00))), (CustomerType::PublicBody, Some(Amount(40_00)))]
    {
        let mut case = euros(1_000_000, "2026-01-31");
        case.customer.customer_type = Some(kind);
        let (accrued, _) = run_by(&case, &law("FR_B2B"), terms(day("2026-02-28")));
        assert_eq!(accrued.charge.map(|charge| charge.amount), charge, "{kind:?}");
        assert!(accrued.interest.is_positive());
    }
}

#[test]
fn a_contract_above_the_cap_of_the_law_is_lowered_to_it() {
    let cap = |cap| Regime { contract_cap: Some(cap), ..law("US_CONTRACT") };
    let cases = [
        (ContractCap::Rate(Rate(160_000)), 180_000, 160_000, true),
        (ContractCap::Rate(Rate(180_000)), 180_000, 180_000, false),
        (ContractCap::Rate(Rate(250_000)), 180_000, 180_000, false),
    ];
    for (most, asked, used, is_above) in cases {
        let case = Case::new("USD", &[(day("2026-01-31"), 1_000_000)]).contract(asked);
        let (accrued, lines) = run_by(&case, &cap(most), terms(day("2026-02-28")));
        assert_eq!((lines[0].rate.0, lines[0].contractual, accrued.above_legal_cap), (used, true, is_above));
    }
}

#[test]
fn a_rate_nobody_confirmed_is_told_or_refused() {
    let book = book();
    let french = regime(&book, "FR_B2B");
    let night = terms(day("2026-08-31"));
    let refusing = Schedule::new(french, &book, night.as_of, UnconfirmedRates::Refuse);
    let error = euros(1_000_000, "2026-06-30").accrue_by(&refusing, night).expect_err("one source is not enough");
    assert!(matches!(error, PenaltyError::UnconfirmedRate { .. }));
    assert_eq!(
        error.to_string(),
        "regime FR_B2B needs a rate for 2026 H2: the row of 2026-07-01 in series ecb_main_refinancing was never confirmed"
    );
    // Days before need no such rate, nor does a contract measured against a floor that was confirmed.
    let earlier = euros(1_000_000, "2026-06-01").paid("2026-06-30", 1_000_000);
    let (accrued, _) = earlier.accrue_by(&refusing, night).expect("confirmed");
    assert!(!accrued.uses_unconfirmed);
    let (accrued, _) = run_by(&euros(1_000_000, "2026-06-30"), french, night);
    assert!(accrued.uses_unconfirmed);
}

/// A country is a file: a law of nowhere, with every key.
#[test]
fn a_new_country_is_a_file() {
    let book = read(&["relance: 1
kind: rates
series:
  - series: nowhere
    known_until: 2026-12-31
    rows:
      - {from: 2025-01-01, rate: -0.10%, source: Gazette, read_on: 2026-01-05, confirmed_by: two people}
      - {from: 2026-01-01, rate: 1.30%, source: Gazette, read_on: 2026-01-05, confirmed_by: two people}
regimes:
  - regime: NOWHERE
    series: nowhere
    reference_day: first_of_half_year
    margin: 1%
    earlier_margins: [{until: 2026-01-31, by: day, margin: 0%}]
    round_up_to: 0.25%
    least_rate: 0.5%
    fixing: floats
    starts: due_date
    grace_days: 3
    day_count: 30E/360
    contract_cap: 9%
    insolvency_stop: same_day
    compounds_after: 6
    known_from: 2025-01-01
    issued_from: 2025-06-01
    fixed_charge:
      currency: EUR
      issued_from: 2025-06-01
      due_from: 2025-06-15
      exempt: [consumer, public_body]
      most: 90
      bands: [{from: 0, charge: 10}, {from: 100, charge: 20, plus: 1%}]
      basis: Charges Act
    basis: Late Payment Act
"]);
    let regime = &book.regimes[0];
    let rates = [("2025-03-01", 5_000), ("2025-12-31", 5_000), ("2026-01-31", 15_000), ("2026-02-01", 25_000)];
    for (on, expected) in rates {
        assert_eq!(rate(&book, "NOWHERE", day(on)), Some(expected), "{on}");
    }
    let night = terms(day("2026-02-28"));
    let schedule = Schedule::new(regime, &book, night.as_of, UnconfirmedRates::Refuse);
    let (accrued, lines) = euros(1_000_000, "2025-12-28").accrue_by(&schedule, night).expect("all rates are known");
    // Three days of grace end on the 31st, a 30th; January is thirty days, February to its 28th twenty-eight.
    let shape: Vec<(Date, i64, i64)> = lines.iter().map(|line| (line.from, line.days(regime.day_count), line.rate.0)).collect();
    assert_eq!(shape, [(day("2025-12-31"), 30, 15_000), (day("2026-01-31"), 28, 25_000)]);
    assert_eq!(accrued.interest, Amount(12_50 + 19_44));
    assert_eq!(accrued.charge.map(|charge| (charge.on, charge.amount)), Some((day("2026-01-01"), Amount(90_00))));
}
