//! What agencies recover, by the month of the hand-over and at one age, gross and net of what they keep: the league of agencies
//! (07 §C.7: `gross(v, h) = cash collected on cohort v within h days / amount placed of v`; only cohorts that are all of that age).

use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::error::Failure;
use crate::night::kpi::convert;
use crate::night::placements::{Cohort, HORIZONS, Vintage};
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow, scale, too_large};
use crate::portfolio::indicators::{Indicator, Unit, count, money, quotient};
use crate::portfolio::ratio::share;

/// `kpis.scope` of the figures of one month of an agency: `NORD/2026-09`.
const OF_MONTH: &str = "placement";
/// That of all its months.
const OF_AGENCY: &str = "agency";

/// Figures of every cohort, and of every agency over the cohorts of each age.
///
/// # Errors
/// Sums too large to convert.
pub fn vintage_rows<'a>(
    shards: impl Iterator<Item = &'a BTreeMap<Cohort, Vintage>>,
    settings: &FigureSettings,
) -> Result<Vec<KpiRow>, Failure> {
    let mut cohorts: BTreeMap<(&str, Date, Basis), Vintage> = BTreeMap::new();
    for ((agency, month, currency), vintage) in shards.flatten() {
        cohorts.entry((agency, *month, Basis::Own(*currency))).or_default().add(vintage);
    }
    // Converted once for each cohort, not for each shard.
    let own: Vec<((&str, Date, Basis), Vintage)> = cohorts.iter().map(|(key, vintage)| (*key, *vintage)).collect();
    for ((agency, month, basis), vintage) in own {
        let Basis::Own(currency) = basis else { continue };
        let mut converted = vintage;
        let amounts = [&mut converted.placed].into_iter().chain(&mut converted.cash).chain(&mut converted.fees);
        for amount in amounts {
            *amount = convert(*amount, currency, settings.rates).ok_or_else(|| too_large(currency, settings.rates))?;
        }
        cohorts.entry((agency, month, Basis::Reporting)).or_default().add(&converted);
    }
    let mut rows = Vec::new();
    let mut all: BTreeMap<(&str, Basis), Vec<(Date, Vintage)>> = BTreeMap::new();
    for ((agency, month, basis), vintage) in &cohorts {
        all.entry((agency, *basis)).or_default().push((*month, *vintage));
        let name = format!("{agency}/{}", &month.to_string()[..7]);
        rows.extend(told((OF_MONTH, &name), *basis, &[(*month, *vintage)], settings));
    }
    for ((agency, basis), vintages) in &all {
        rows.extend(told((OF_AGENCY, agency), *basis, vintages, settings));
    }
    Ok(rows)
}

fn told((scope, value): (&str, &str), basis: Basis, vintages: &[(Date, Vintage)], settings: &FigureSettings) -> Vec<KpiRow> {
    let scale = scale(basis, settings);
    let mut sum = Vintage::default();
    vintages.iter().for_each(|(_, vintage)| sum.add(vintage));
    let counted = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let days = Indicator {
        kpi: "placement_days_to_payment",
        window_days: None,
        numerator: None,
        denominator: None,
        figure: share(i128::from(sum.days_to_first), i128::from(sum.paying)),
        unit: Unit::Days,
    };
    let mut found = vec![
        count("placed_debts", counted(sum.debts)),
        money("placed_amount", sum.placed, scale),
        count("placement_recalls", counted(sum.recalled)),
        count("placement_complaints", counted(sum.complaints)),
        days,
    ];
    for (at, horizon) in HORIZONS.into_iter().enumerate() {
        let is_old_enough = |month: &Date| month.plus_months(1).plus_days(horizon - 1) <= settings.as_of;
        let mut of_age = Vintage::default();
        vintages.iter().filter(|(month, _)| is_old_enough(month)).for_each(|(_, vintage)| of_age.add(vintage));
        if of_age.debts == 0 {
            continue;
        }
        for (kpi, cash) in [("placement_recovery", of_age.cash[at]), ("placement_recovery_net", of_age.cash[at] - of_age.fees[at])] {
            found.push(quotient(kpi, Some(horizon), cash, of_age.placed, scale, Unit::Ratio));
        }
    }
    let row = |indicator| KpiRow { scope: scope.to_owned(), scope_value: Some(value.to_owned()), basis, indicator };
    found.into_iter().map(row).collect()
}
