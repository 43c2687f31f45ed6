//! Figures as quotients of exact sums: one division, rounded half-up to six decimals, and a reason wherever there is no number.

/// Decimals of every figure.
pub const DECIMALS: u32 = 6;
/// One, in millionths.
pub const ONE: i128 = 1_000_000;

/// Why a figure has no value, or what must be known about the value it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// There is nothing to divide by.
    ZeroOrNegativeDenominator,
    /// The sales on file end before the balance is used up: the value is a lower bound.
    HistoryExhausted,
    /// The balance is below zero: no day of sales is outstanding.
    NetCredit,
    /// Some items of the cohort have not yet had these days.
    Immature,
    /// The job does not say what the agency keeps.
    NoFee,
    /// The log does not say what the figure is about.
    NotRecorded,
    /// Nothing is published of it.
    NoPrior,
    /// Too few debtor groups, or too few that carry nearly all, for an error to be told.
    TooFewGroups,
    /// All debtor groups are alike, which says nothing of chance.
    NoVariation,
    /// The sums are too large for the exact division.
    OutOfRange,
}

impl Reason {
    /// Text in the outputs.
    pub fn name(self) -> &'static str {
        match self {
            Reason::ZeroOrNegativeDenominator => "zero_or_negative_denominator",
            Reason::HistoryExhausted => "history_exhausted",
            Reason::NetCredit => "net_credit",
            Reason::Immature => "immature",
            Reason::NoFee => "no_fee",
            Reason::NotRecorded => "not_recorded",
            Reason::NoPrior => "no_prior",
            Reason::TooFewGroups => "too_few_groups",
            Reason::NoVariation => "no_variation",
            Reason::OutOfRange => "out_of_range",
        }
    }
}

/// A value in millionths, or the reason there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    pub value: Option<i128>,
    pub reason: Option<Reason>,
}

impl Figure {
    /// A value without reservation.
    pub fn exact(value: i128) -> Figure {
        Figure { value: Some(value), reason: None }
    }

    /// A value that needs a word.
    pub fn noted(value: i128, reason: Reason) -> Figure {
        Figure { value: Some(value), reason: Some(reason) }
    }

    /// No value.
    pub fn none(reason: Reason) -> Figure {
        Figure { value: None, reason: Some(reason) }
    }
}

/// `numerator / denominator`; a share, or a mean weighted by money.
pub fn share(numerator: i128, denominator: i128) -> Figure {
    power_of_ten_share(numerator, denominator, 0)
}

/// Days of sales outstanding: `balance / sales x days`.
pub fn days_of_sales(balance: i128, sales: i128, days: i32) -> Figure {
    match balance {
        _ if sales <= 0 => Figure::none(Reason::ZeroOrNegativeDenominator),
        ..0 => Figure::noted(0, Reason::NetCredit),
        _ => balance.checked_mul(i128::from(days)).map_or(Figure::none(Reason::OutOfRange), |product| share(product, sales)),
    }
}

/// Numerator and denominator of the collection effectiveness index over one window: what was collected of what could have been.
pub fn collection_effectiveness(opening: i128, sales: i128, closing: i128, closing_current: i128) -> (i128, i128) {
    (opening + sales - closing, opening + sales - closing_current)
}

/// `numerator / denominator` in percent.
pub fn percent(numerator: i128, denominator: i128) -> Figure {
    power_of_ten_share(numerator, denominator, 2)
}

/// Herfindahl-Hirschman index on 0 to 10,000: the sum of the squared shares in percent.
pub fn herfindahl(squares: Option<i128>, total: i128) -> Figure {
    match squares.zip(total.checked_mul(total)) {
        Some((squares, whole)) => power_of_ten_share(squares, whole, 4),
        None => Figure::none(Reason::OutOfRange),
    }
}

fn power_of_ten_share(numerator: i128, denominator: i128, power: u32) -> Figure {
    if denominator <= 0 {
        return Figure::none(Reason::ZeroOrNegativeDenominator);
    }
    divide_to_decimals(numerator, denominator, DECIMALS + power).map_or(Figure::none(Reason::OutOfRange), Figure::exact)
}

/// `numerator x 10^decimals / denominator`, half away from zero, digit by digit: the product itself need not fit.
fn divide_to_decimals(numerator: i128, denominator: i128, decimals: u32) -> Option<i128> {
    let divisor = denominator.unsigned_abs();
    let mut quotient = numerator.unsigned_abs() / divisor;
    let mut rest = numerator.unsigned_abs() % divisor;
    for _ in 0..decimals {
        let tenfold = rest.checked_mul(10)?;
        quotient = quotient.checked_mul(10)?.checked_add(tenfold / divisor)?;
        rest = tenfold % divisor;
    }
    let rounded = quotient.checked_add(u128::from(rest >= divisor - rest))?;
    let magnitude = i128::try_from(rounded).ok()?;
    Some(if numerator < 0 { -magnitude } else { magnitude })
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::money::divide_half_up;

    /// A value rounded to two decimals, as the vectors are printed.
    fn hundredths(figure: Figure) -> Option<i128> {
        figure.value.map(|value| divide_half_up(value, 10_000))
    }

    #[test]
    fn c_01_to_c_10_days_of_sales() {
        let cases = [
            ("C-01", 30_000, 60_000, 90, 45_00),
            ("C-02", 472_0, 2_870_4, 365, 60_02),
            ("C-03 DSO", 1_200_000, 10_000_000, 365, 43_80),
            ("C-03 best possible", 800_000, 10_000_000, 365, 29_20),
            ("C-03 average days delinquent", 400_000, 10_000_000, 365, 14_60),
            ("C-04 DSO", 15_000, 10_000, 30, 45_00),
            ("C-04 best possible", 4_000, 10_000, 30, 12_00),
            ("C-04 average days delinquent", 11_000, 10_000, 30, 33_00),
            ("C-10 year of 360 days", 150_000, 900_000, 360, 60_00),
            ("C-10 year of 365 days", 150_000, 900_000, 365, 60_83),
        ];
        for (name, balance, sales, days, expected) in cases {
            assert_eq!(hundredths(days_of_sales(balance, sales, days)), Some(expected), "{name}");
        }
    }

    #[test]
    fn c_11_and_c_12_collection_effectiveness() {
        let cases = [
            ("C-11 full quarter", 6_200, 10_890, 6_340, 3_590, 79_63),
            ("C-11 sales of one month of three", 6_200, 3_630, 6_340, 3_590, 55_93),
            ("C-12", 100, 1_000, 120, 100, 98_00),
        ];
        for (name, opening, sales, closing, current, expected) in cases {
            let (collected, collectible) = collection_effectiveness(opening, sales, closing, current);
            assert_eq!(hundredths(percent(collected, collectible)), Some(expected), "{name}");
        }
    }

    #[test]
    fn c_13_no_sales_and_net_credit() {
        assert_eq!(days_of_sales(1_000, 0, 90), Figure::none(Reason::ZeroOrNegativeDenominator));
        assert_eq!(days_of_sales(0, 0, 90), Figure::none(Reason::ZeroOrNegativeDenominator));
        assert_eq!(days_of_sales(-500, 1_000, 90), Figure::noted(0, Reason::NetCredit));
        assert_eq!(days_of_sales(0, 1_000, 90), Figure::exact(0));
    }

    #[test]
    fn c_16_balance_and_sales_must_both_bear_tax() {
        assert_eq!(hundredths(days_of_sales(500_000, 3_600_000, 365)), Some(50_69));
        assert_eq!(hundredths(days_of_sales(500_000, 3_000_000, 365)), Some(60_83), "the mismatch");
    }

    #[test]
    fn c_17_to_c_46_shares_and_means() {
        let cases = [
            ("C-17", 52_000, 12_000, 4_33),
            ("C-18", 41_000, 10_300, 3_98),
            ("C-19", 5_000, 1_500, 3_33),
            ("C-20 weighted", 10 * 5 + 100 * 10, 110, 9_55),
            ("C-20 simple", 5 + 10, 2, 7_50),
            ("C-21", 12 + 5 + 18 + 3, 5, 7_60),
            ("C-22", 58_000, 10_000, 5_80),
        ];
        for (name, part, whole, expected) in cases {
            assert_eq!(hundredths(share(part, whole)), Some(expected), "{name}");
        }
        let percents = [
            ("C-26", 200_000, 1_000_000, 20_00),
            ("C-28 rolls that the loss factors of C-27 imply", 70, 2_061, 3_40),
            ("C-28", 2_061, 4_841, 42_57),
            ("C-28", 4_841, 7_212, 67_12),
            ("C-28", 7_212, 10_000, 72_12),
            ("C-29 current to 1-30", 150, 1_000, 15_00),
            ("C-29 1-30 to 31-60", 160, 400, 40_00),
            ("C-29 31-60 to 61-90", 120, 200, 60_00),
            ("C-29 61-90 to 91-120", 70, 100, 70_00),
            ("C-29 cure", 240 + 80 + 20, 700, 48_57),
            ("C-46 dispute rate", 35_000, 500_000, 7_00),
        ];
        for (name, part, whole, expected) in percents {
            assert_eq!(hundredths(percent(part, whole)), Some(expected), "{name}");
        }
        assert_eq!(hundredths(days_of_sales(500_000, 900_000, 90)), Some(50_00), "C-46 DSO");
        assert_eq!(hundredths(days_of_sales(35_000, 900_000, 90)), Some(3_50), "C-46 dispute DSO");
    }

    #[test]
    fn c_48_and_c_49_herfindahl() {
        let squares = |shares: &[i128]| Some(shares.iter().map(|share| share * share).sum());
        let cases: [(&str, &[i128], i128, i128); 3] = [
            ("C-48 four named", &[40, 25, 15, 10], 100, 2_550_00),
            ("C-48 with three thirds", &[120, 75, 45, 30, 10, 10, 10], 300, 2_583_33),
            ("C-49", &[60, 40], 100, 5_200_00),
        ];
        for (name, totals, whole, expected) in cases {
            assert_eq!(hundredths(herfindahl(squares(totals), whole)), Some(expected), "{name}");
        }
    }

    #[test]
    fn n_22_published_indices_of_collection_are_not_repeated() {
        // Opening, sales, closing, and what is current of it; hundredths of a percent from these, and percent as printed beside them.
        let cases = [
            (50_000, 200_000, 40_000, 10_000, 87_50, 96),
            (30_000, 150_000, 50_000, 20_000, 81_25, 86),
            (100_000, 300_000, 120_000, 50_000, 80_00, 75),
            (80_000, 250_000, 150_000, 100_000, 78_26, 62),
        ];
        for (opening, sales, closing, current, expected, printed) in cases {
            let (collected, collectible) = collection_effectiveness(opening, sales, closing, current);
            let found = percent(collected, collectible);
            assert_eq!(hundredths(found), Some(expected), "N-22, printed {printed}");
            assert_ne!(found.value.map(|value| divide_half_up(value, ONE)), Some(printed));
        }
    }

    #[test]
    fn n_21_and_n_23_published_slips_are_not_repeated() {
        assert_eq!(hundredths(days_of_sales(100_000, 140_000, 91)), Some(65_00), "N-21, printed 52");
        assert_eq!(hundredths(percent(5, 100)), Some(5_00), "N-23, printed 20 %");
    }

    #[test]
    fn sums_too_large_to_divide_are_not_guessed() {
        assert_eq!(herfindahl(None, 1), Figure::none(Reason::OutOfRange));
        assert_eq!(herfindahl(Some(1), i128::MAX), Figure::none(Reason::OutOfRange));
        assert_eq!(days_of_sales(i128::MAX, 1, 90), Figure::none(Reason::OutOfRange));
        assert_eq!(share(i128::MAX - 1, i128::MAX), Figure::none(Reason::OutOfRange));
    }

    proptest! {
        #[test]
        fn long_division_rounds_like_the_one_rounding(numerator in -1_000_000_000_000_i128..1_000_000_000_000, denominator in 1_i128..1_000_000_000) {
            prop_assert_eq!(divide_to_decimals(numerator, denominator, 6), Some(divide_half_up(numerator * ONE, denominator)));
        }
    }
}
