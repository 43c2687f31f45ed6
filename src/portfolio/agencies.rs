//! What agencies collected, what they keep of it, and what is left: their commission is a share of what came in, and nothing else
//! (07 §C.15).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::money::{Currency, Rate, divide_half_up};
use crate::error::Failure;
use crate::night::kpi::{Cells, Windows, convert};
use crate::portfolio::adding_up::{Proof, Uneven};
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow, scale, too_large};
use crate::portfolio::indicators::{Indicator, Scale, Unit, money, quotient};
use crate::portfolio::ratio::{Figure, ONE, Reason, share};

/// `kpis.scope` of the figures of an agency; without a value it is the creditor itself.
const SCOPE: &str = "agency";

/// Figures of each agency and of the creditor, own currencies before the reporting one.
///
/// # Errors
/// Sums too large to convert.
pub fn agency_rows(cells: &Cells, settings: &FigureSettings) -> Result<Vec<KpiRow>, Failure> {
    let mut collected: BTreeMap<(Option<Arc<str>>, Basis), i128> = BTreeMap::new();
    for ((agency, currency), sum) in &cells.collected.by {
        let converted = convert(*sum, *currency, settings.rates).ok_or_else(|| too_large(*currency, settings.rates))?;
        *collected.entry((agency.clone(), Basis::Own(*currency))).or_default() += sum;
        *collected.entry((agency.clone(), Basis::Reporting)).or_default() += converted;
    }
    let windows = Windows::ending(settings.as_of);
    let year = windows.days_after(windows.twelve_months);
    let mut rows = Vec::new();
    for ((agency, basis), sum) in collected {
        let scale = scale(basis, settings);
        let found = match &agency {
            Some(agency) => of_agency(sum, settings.agency_fees.get(agency.as_ref()).copied(), scale),
            None => vec![money("collected", sum, scale)],
        };
        let scope_value = agency.as_deref().map(str::to_owned);
        let row = |indicator: Indicator| KpiRow {
            scope: SCOPE.to_owned(),
            scope_value: scope_value.clone(),
            basis,
            indicator: Indicator { window_days: Some(year), ..indicator },
        };
        rows.extend(found.into_iter().map(row));
    }
    Ok(rows)
}

/// A fee is rounded once for all an agency collected. An agency without a fee in the job has no figures that rest on one.
fn of_agency(collected: i128, fee: Option<Rate>, scale: Scale) -> Vec<Indicator> {
    let kept = divide_half_up(collected * fee.map_or(0, |fee| i128::from(fee.0)), ONE);
    let resting_on_fee = [
        money("collection_fee", kept, scale),
        money("collected_net", collected - kept, scale),
        quotient("cost_to_collect", None, kept, collected, scale, Unit::Ratio),
    ];
    let unknown = |indicator| Indicator { numerator: None, figure: Figure::none(Reason::NoFee), ..indicator };
    let resting_on_fee = resting_on_fee.map(|indicator| if fee.is_some() { indicator } else { unknown(indicator) });
    [money("collected", collected, scale)].into_iter().chain(resting_on_fee).collect()
}

/// The commission at which an agency that recovers `by_agency` of a claim leaves what the creditor's own people recover of it:
/// 1 - in-house / agency (07 §C.15). Below zero where the agency recovers less; shares in the same unit.
pub fn break_even_fee(in_house: i128, by_agency: i128) -> Figure {
    share(by_agency - in_house, by_agency)
}

/// Checks that what agencies and the creditor collected is all that came in; one proof for each currency.
///
/// # Errors
/// The first currency in which it is not.
pub fn prove_agencies(cells: &Cells) -> Result<Vec<Proof>, Uneven> {
    let mut parts: BTreeMap<Currency, i128> = BTreeMap::new();
    for ((_, currency), sum) in &cells.collected.by {
        *parts.entry(*currency).or_default() += sum;
    }
    let part = |currency: &Currency| parts.get(currency).copied().unwrap_or(0);
    if let Some((currency, whole)) = cells.collected.whole.iter().find(|(currency, whole)| part(currency) != **whole) {
        return Err(Uneven::money("what agencies and the creditor collected is not all that came in", *currency, part(currency), *whole));
    }
    let proof = |(currency, right): (&Currency, &i128)| Proof {
        name: "agencies".to_owned(),
        currency: *currency,
        left: part(currency),
        right: *right,
    };
    Ok(cells.collected.whole.iter().map(proof).collect())
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]
mod tests {
    use super::*;
    use crate::night::documents::MoneyKind;
    use crate::night::fx::Rates;
    use crate::night::kpi::AgingBands;
    use crate::night::kpi::testing::{Books, currency, day};

    /// Agency, day and amount of payments.
    fn books(payments: &[(Option<&'static str>, &str, i64)]) -> Books {
        let mut books = Books::on("2026-11-22");
        books.customer(0);
        books.invoice(day("2026-01-01"), day("2026-01-31"), 1_000_000_00);
        for (agency, on, amount) in payments {
            books.on_account(MoneyKind::Payment, day(on), *amount);
            books.agencies.push(*agency);
        }
        books
    }

    /// Figures in euros by agency: value, or reason.
    fn told(books: &Books, fees: &[(&str, i64)]) -> Vec<String> {
        let fees = fees.iter().map(|(agency, fee)| ((*agency).to_owned(), Rate(*fee))).collect();
        let (rates, bands) = (Rates::new(currency("EUR"), []), AgingBands::default());
        let settings = FigureSettings { agency_fees: &fees, ..FigureSettings::plain(books.as_of, &rates, &bands) };
        let rows = agency_rows(&books.cells(), &settings).unwrap();
        let line = |row: &KpiRow| {
            let Figure { value, reason } = row.indicator.figure;
            let value = value.map_or_else(|| reason.map_or("", Reason::name).to_owned(), |value| (value / 10_000).to_string());
            format!("{} {}: {value}", row.scope_value.as_deref().unwrap_or("-"), row.indicator.kpi)
        };
        rows.iter().filter(|row| row.basis.currency() == "EUR").map(line).collect()
    }

    #[test]
    fn c_35_and_c_37_to_c_40_what_is_left_after_the_commission() {
        // Collected, fee, what is left; hundredths.
        let cases = [
            ("C-35, recovery of 52.1 %", 52_100_00, 250_000, 39_075_00),
            ("C-35", 52_100_00, 450_000, 28_655_00),
            ("C-37, half of 100,000", 50_000_00, 250_000, 37_500_00),
            ("C-37, 30 %", 30_000_00, 150_000, 25_500_00),
            ("C-38, 30 % of 25,000", 7_500_00, 250_000, 5_625_00),
            ("C-38, 20 %", 5_000_00, 180_000, 4_100_00),
            ("C-39", 120_000_00, 200_000, 96_000_00),
            ("C-40, 30 % of 200,000", 60_000_00, 250_000, 45_000_00),
        ];
        for (name, collected, fee, net) in cases {
            let books = books(&[(Some("AG"), "2026-11-01", collected)]);
            let cost = fee / 10_000;
            let expected = [
                format!("AG collected: {collected}"),
                format!("AG collection_fee: {}", collected - net),
                format!("AG collected_net: {net}"),
                format!("AG cost_to_collect: {cost}"),
            ];
            assert_eq!(told(&books, &[("AG", fee)]), expected, "{name}");
        }
    }

    #[test]
    fn c_36_the_fee_at_which_an_agency_is_worth_no_more_than_our_own_people() {
        assert_eq!(break_even_fee(400, 521), Figure::exact(232_246), "C-36: 23.22 %");
        // At that fee both leave the same: 100,000 x 52.1 % x (1 - 0.232246) is 40,000 but for the rounding of the fee.
        assert_eq!(divide_half_up(52_100_00 * (ONE - 232_246), ONE), 39_999_98);
        assert_eq!(break_even_fee(521, 400), Figure::exact(-302_500));
        assert_eq!(break_even_fee(1, 0), Figure::none(Reason::ZeroOrNegativeDenominator));
    }

    #[test]
    fn agencies_stand_beside_the_creditor_and_add_up_to_all_that_came_in() {
        let books = books(&[
            (None, "2026-11-01", 100_00),
            (Some("A"), "2026-11-02", 50_00),
            (Some("A"), "2026-11-03", -10_00),
            (Some("B"), "2026-11-04", 7_00),
            (Some("C"), "2026-11-05", -5_00),
            // Outside the twelve months.
            (Some("A"), "2025-11-22", 1_000_00),
        ]);
        let expected = [
            "- collected: 10000",
            "A collected: 4000",
            "A collection_fee: 1000",
            "A collected_net: 3000",
            "A cost_to_collect: 25",
            // The job does not say what B keeps.
            "B collected: 700",
            "B collection_fee: no_fee",
            "B collected_net: no_fee",
            "B cost_to_collect: no_fee",
            // What is given back takes its commission with it.
            "C collected: -500",
            "C collection_fee: -50",
            "C collected_net: -450",
            "C cost_to_collect: zero_or_negative_denominator",
        ];
        assert_eq!(told(&books, &[("A", 250_000), ("C", 100_000)]), expected);
        let mut cells = books.cells();
        let proofs = prove_agencies(&cells).unwrap();
        assert_eq!((proofs.len(), proofs[0].left, proofs[0].right), (1, 142_00, 142_00));
        cells.collected.by.values_mut().for_each(|sum| *sum += 1);
        assert!(prove_agencies(&cells).is_err());
    }
}
