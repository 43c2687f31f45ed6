//! What the contacts of ninety days came to, and what they took (07 §C.9). Numbers without a currency stand in the rows of basis reporting.

use crate::base::contract::values::CONTACT_CHANNELS;
use crate::base::money::Amount;
use crate::error::Failure;
use crate::night::kpi::{Cells, FLOW_DAYS, Productivity, Sum, convert};
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow, scale, too_large};
use crate::portfolio::indicators::{Indicator, Scale, Unit, count, money, quotient};
use crate::portfolio::ratio::{Figure, Reason};

/// `kpis.scope` of the figures of one channel; without a value it is contacts whose channel is not known.
const SCOPE: &str = "channel";

/// `kpis.scope` of the figures of one step, as `policy.step`.
const BY_STEP: &str = "step";

/// Prices of contacts are in thousandths, since a message costs less than the smallest coin.
const THOUSANDTHS: Scale = Scale::of_digits(3);

/// What collecting took in the ninety days up to the night, as the job says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    pub people: u32,
    /// Of all of them together.
    pub hours: u32,
    /// Minor units of the reporting currency.
    pub cost: Amount,
}

/// Figures of all contacts, then of each channel, then of each step where the job asks for them; nothing where there was none.
///
/// # Errors
/// Sums too large to convert.
pub fn contact_rows(cells: &Cells, settings: &FigureSettings) -> Result<Vec<KpiRow>, Failure> {
    let contacts = &cells.contacts;
    if contacts.whole == Productivity::default() && settings.effort.is_none() {
        return Ok(Vec::new());
    }
    let row = |scope: &str, value: Option<&str>, indicator: Indicator| KpiRow {
        scope: scope.to_owned(),
        scope_value: value.map(str::to_owned),
        basis: Basis::Reporting,
        indicator: Indicator { window_days: Some(FLOW_DAYS), ..indicator },
    };
    let mut rows: Vec<KpiRow> = of_contacts(&contacts.whole).into_iter().map(|indicator| row("all", None, indicator)).collect();
    if let Some(effort) = settings.effort {
        let collected = collected(cells, settings)?;
        let found = of_effort(&contacts.whole, collected, effort, scale(Basis::Reporting, settings));
        rows.extend(found.into_iter().map(|indicator| row("all", None, indicator)));
    }
    if !settings.contact_costs.is_empty() {
        let spent = contacts.by_channel.iter().map(|(channel, productivity)| cost(*channel, productivity, settings)).sum();
        let collected = scale(Basis::Reporting, settings).thousandths(collected(cells, settings)?);
        rows.push(row("all", None, money("contact_cost", spent, THOUSANDTHS)));
        rows.push(row("all", None, quotient("contact_cost_rate", None, spent, collected, THOUSANDTHS, Unit::Ratio)));
    }
    for (channel, productivity) in &contacts.by_channel {
        let name = channel.and_then(|channel| CONTACT_CHANNELS.get(usize::from(channel))).copied();
        rows.extend(of_contacts(productivity).into_iter().map(|indicator| row(SCOPE, name, indicator)));
        let spent = cost(*channel, productivity, settings);
        rows.extend((!settings.contact_costs.is_empty()).then(|| row(SCOPE, name, money("contact_cost", spent, THOUSANDTHS))));
    }
    for (step, productivity) in &contacts.by_step {
        rows.extend(of_contacts(productivity).into_iter().map(|indicator| row(BY_STEP, Some(step), indicator)));
    }
    Ok(rows)
}

/// What the contacts of a channel cost, thousandths of the reporting currency; a channel without a price costs nothing.
fn cost(channel: Option<u8>, productivity: &Productivity, settings: &FigureSettings) -> i128 {
    let price = channel.and_then(|channel| settings.contact_costs.get(usize::from(channel)));
    i128::from(productivity.attempts) * price.copied().map_or(0, i128::from)
}

/// Cash that met items in the window less what went back, all currencies converted.
fn collected(cells: &Cells, settings: &FigureSettings) -> Result<i128, Failure> {
    let mut sum = 0;
    for ((part, currency), cell) in &cells.cells {
        if part.scope == 0 {
            let own = cell[Sum::CashApplied] - cell[Sum::Refunded];
            sum += convert(own, *currency, settings.rates).ok_or_else(|| too_large(*currency, settings.rates))?;
        }
    }
    Ok(sum)
}

fn of_contacts(found: &Productivity) -> Vec<Indicator> {
    let rate = |kpi, part: i64, whole: i64| quotient(kpi, None, part.into(), whole.into(), Scale::of_digits(0), Unit::Ratio);
    let mut of_right_party = [
        rate("right_party_rate", found.right_party, found.attempts),
        rate("right_party_share", found.right_party, found.reached),
        rate("promise_rate", found.promises, found.right_party),
    ];
    if found.unknown_party > 0 {
        for indicator in &mut of_right_party {
            indicator.figure = Figure::none(Reason::NotRecorded);
        }
    }
    let mut all = vec![count("contact_attempts", found.attempts), rate("contact_rate", found.reached, found.attempts)];
    all.extend(of_right_party);
    all
}

fn of_effort(found: &Productivity, collected: i128, effort: Effort, scale: Scale) -> Vec<Indicator> {
    let money_by = |kpi, things: u32| Indicator {
        denominator: Scale::of_digits(0).millionths(things.into()),
        figure: scale.per(collected, things.into()),
        ..quotient(kpi, None, collected, 1, scale, Unit::Money)
    };
    vec![
        quotient("attempts_per_hour", None, found.attempts.into(), effort.hours.into(), Scale::of_digits(0), Unit::Count),
        money_by("collected_per_hour", effort.hours),
        money_by("collected_per_person", effort.people),
        quotient("collection_cost_rate", None, effort.cost.wide(), collected, scale, Unit::Ratio),
    ]
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]
mod tests {
    use super::*;

    /// `contact_rate 0.25`, in millionths.
    fn told(found: &[Indicator]) -> Vec<(&str, Option<i128>)> {
        found.iter().map(|indicator| (indicator.kpi, indicator.figure.value)).collect()
    }

    #[test]
    fn c_44_right_parties_and_promises() {
        // C-44: 25 right parties of 50 contacts are 50 %, 12 promises of 25 are 48 %.
        let found = Productivity { attempts: 100, reached: 50, right_party: 25, unknown_party: 0, promises: 12 };
        let expected = [
            ("contact_attempts", Some(100_000_000)),
            ("contact_rate", Some(500_000)),
            ("right_party_rate", Some(250_000)),
            ("right_party_share", Some(500_000)),
            ("promise_rate", Some(480_000)),
        ];
        assert_eq!(told(&of_contacts(&found)), expected);
    }

    #[test]
    fn c_45_productivity_of_a_team() {
        let found = Productivity { attempts: 3_200, reached: 800, right_party: 500, unknown_party: 0, promises: 200 };
        let expected = [
            ("contact_attempts", Some(3_200_000_000)),
            ("contact_rate", Some(250_000)),
            ("right_party_rate", Some(156_250)),
            ("right_party_share", Some(625_000)),
            ("promise_rate", Some(400_000)),
        ];
        assert_eq!(told(&of_contacts(&found)), expected, "C-45");
        // Two people of 160 hours each collect 240,000 for 18,000: 10 attempts and 750 an hour, 120,000 each, 7.5 %.
        let effort = Effort { people: 2, hours: 320, cost: Amount(18_000_00) };
        let expected = [
            ("attempts_per_hour", Some(10_000_000)),
            ("collected_per_hour", Some(750_000_000)),
            ("collected_per_person", Some(120_000_000_000)),
            ("collection_cost_rate", Some(75_000)),
        ];
        assert_eq!(told(&of_effort(&found, 240_000_00, effort, Scale::of_digits(2))), expected, "C-45");
    }

    #[test]
    fn where_nobody_wrote_down_who_answered_nothing_is_said_of_the_right_party() {
        let found = Productivity { attempts: 4, reached: 2, right_party: 1, unknown_party: 1, promises: 1 };
        let reasons: Vec<_> = of_contacts(&found).iter().map(|indicator| indicator.figure.reason).collect();
        let unknown = Some(Reason::NotRecorded);
        assert_eq!(reasons, [None, None, unknown, unknown, unknown]);
        let nobody = Productivity { attempts: 4, ..Productivity::default() };
        let reasons: Vec<_> = of_contacts(&nobody).iter().map(|indicator| indicator.figure.reason).collect();
        let nothing = Some(Reason::ZeroOrNegativeDenominator);
        assert_eq!(reasons, [None, None, None, nothing, nothing]);
    }
}
