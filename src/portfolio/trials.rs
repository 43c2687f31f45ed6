//! What champion and challenger came to: each arm in figures, their differences with the bounds of chance, and whether the draw was fair.

#[cfg(test)]
mod tests;

use crate::base::money::{Rate, divide_half_up, format_amount};
use crate::night::kpi::{Arm, Cells, Measure, Moments, Trials};
use crate::night::normalise::reject::Finding;
use crate::portfolio::estimate::{Estimate, Interval, Z_95, Z_999, difference, float, millionths, share_difference};
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow, scale};
use crate::portfolio::indicators::{Indicator, Scale, Unit, count, quotient};
use crate::portfolio::ratio::{Figure, ONE, Reason};
use crate::rules::program::{ARMS, Trial};

/// `kpis.scope` of the figures of trials: `call_first:on` and `call_first:control` are the arms, `call_first` is their difference.
pub const SCOPE: &str = "trial";
/// The difference that is told in the summary of a night.
pub const HEADLINE: &str = "trial_recovery_difference";
/// Kind of the finding about a draw that is less even than chance would have it.
pub const UNBALANCED: &str = "trial_unbalanced";

/// Names of the figures of a measure: of an arm, and of the difference with its bounds.
struct Names {
    arm: &'static str,
    difference: &'static str,
    low: &'static str,
    high: &'static str,
}

macro_rules! names {
    ($name:literal) => {
        Names {
            arm: $name,
            difference: concat!($name, "_difference"),
            low: concat!($name, "_difference_low"),
            high: concat!($name, "_difference_high"),
        }
    };
}

/// The draw itself: groups of the challenger among all.
const SHARE: Names = names!("trial_share");

impl Measure {
    fn names(self) -> Names {
        match self {
            Measure::Owed => names!("trial_owed"),
            Measure::DaysLateBefore => names!("trial_days_late_before"),
            Measure::Recovery => names!("trial_recovery"),
            Measure::DaysLate => names!("trial_days_late"),
            Measure::Contacts => names!("trial_contacts"),
            Measure::ContactCost => names!("trial_contact_cost"),
            Measure::Complaints => names!("trial_complaints"),
            Measure::Satisfaction => names!("trial_satisfaction"),
        }
    }

    fn unit(self) -> Unit {
        match self {
            Measure::Owed | Measure::ContactCost => Unit::Money,
            Measure::DaysLateBefore | Measure::DaysLate => Unit::Days,
            Measure::Satisfaction => Unit::Index,
            Measure::Recovery | Measure::Contacts | Measure::Complaints => Unit::Ratio,
        }
    }

    /// Whether arms that were drawn fairly are alike in it: it was so before anything was done.
    fn is_of_the_draw(self) -> bool {
        matches!(self, Measure::Owed | Measure::DaysLateBefore)
    }

    /// Scale of its sums, where those of money have their own.
    fn scale(self, own: Scale) -> Scale {
        match self {
            Measure::Contacts | Measure::Complaints => Scale::of_digits(0),
            Measure::ContactCost => Scale::of_digits(3),
            Measure::Satisfaction => Scale::of_digits(6),
            Measure::Owed | Measure::DaysLateBefore | Measure::Recovery | Measure::DaysLate => own,
        }
    }
}

/// The figures of all trials, in order of the rules: the arms, then what tells them apart.
pub fn trial_rows(cells: &Cells, settings: &FigureSettings) -> Vec<KpiRow> {
    let mut rows = Vec::new();
    for (number, trial) in settings.trials.iter().enumerate() {
        let arms = [false, true].map(|on| cells.trials.get(&(number, on)));
        for (name, arm) in ARMS.iter().zip(arms).filter_map(|(name, arm)| Some((name, arm?))) {
            rows.extend(of_arm(arm, settings).map(|(basis, indicator)| row(format!("{}:{name}", trial.id), basis, indicator)));
        }
        if let [Some(control), Some(on)] = arms {
            let found = of_both(trial, on, control, settings);
            rows.extend(found.into_iter().map(|(basis, indicator)| row(trial.id.clone(), basis, indicator)));
        }
    }
    rows
}

fn row(scope_value: String, basis: Basis, indicator: Indicator) -> KpiRow {
    KpiRow { scope: SCOPE.to_owned(), scope_value: Some(scope_value), basis, indicator }
}

fn of_arm<'a>(arm: &'a Arm, settings: &'a FigureSettings) -> impl Iterator<Item = (Basis, Indicator)> + 'a {
    let counts = [("trial_groups", arm.groups), ("trial_customers", arm.customers), ("trial_crossed", arm.crossed)];
    let counts = counts.into_iter().map(|(kpi, number)| (Basis::Reporting, count(kpi, number)));
    counts.chain(arm.measures.iter().map(|((measure, currency), sums)| {
        let basis = currency.map_or(Basis::Reporting, Basis::Own);
        (basis, of_measure(*measure, sums, measure.scale(scale(basis, settings))))
    }))
}

/// The quotient of the totals, exactly.
fn of_measure(measure: Measure, sums: &Moments, scale: Scale) -> Indicator {
    let (name, unit) = (measure.names().arm, measure.unit());
    let indicator = quotient(name, None, sums.y, sums.x, scale, unit);
    let indicator = match unit {
        // Groups are divided by, not money.
        Unit::Money => Indicator { denominator: Scale::of_digits(0).millionths(sums.x), figure: scale.per(sums.y, sums.x), ..indicator },
        _ => indicator,
    };
    if sums.too_large {
        return Indicator { numerator: None, denominator: None, figure: Figure::none(Reason::OutOfRange), ..indicator };
    }
    indicator
}

/// What tells the arms apart: the draw first, then every measure both have.
fn of_both(trial: &Trial, on: &Arm, control: &Arm, settings: &FigureSettings) -> Vec<(Basis, Indicator)> {
    let (drawn, all) = (i128::from(on.groups), i128::from(on.groups + control.groups));
    let share = quotient(SHARE.arm, None, drawn, all, Scale::of_digits(0), Unit::Ratio);
    let ruled = share_difference(drawn, all, ruled(trial.share), Z_95);
    let mut found = vec![(Basis::Reporting, share)];
    found.extend(of_interval(&SHARE, &ruled, 1.0, Unit::Ratio).map(|indicator| (Basis::Reporting, indicator)));
    for ((measure, currency), sums) in &on.measures {
        let Some(others) = control.measures.get(&(*measure, *currency)) else { continue };
        let basis = currency.map_or(Basis::Reporting, Basis::Own);
        let of = compared(sums, others, Z_95);
        // Minor units in whole ones, where money is not divided by money.
        let one = if measure.unit() == Unit::Money { measure.scale(scale(basis, settings)).whole() } else { 1.0 };
        found.extend(of_interval(&measure.names(), &of, one, measure.unit()).map(|indicator| (basis, indicator)));
    }
    found
}

fn ruled(share: Rate) -> f64 {
    float(i128::from(share.0)) / float(ONE)
}

fn compared(on: &Moments, control: &Moments, z: f64) -> Result<Interval, Reason> {
    difference(&Estimate::of(on)?, &Estimate::of(control)?, z)
}

fn of_interval(names: &Names, of: &Result<Interval, Reason>, one: f64, unit: Unit) -> impl Iterator<Item = Indicator> {
    let part = |kpi, pick: fn(&Interval) -> f64| Indicator {
        kpi,
        window_days: None,
        numerator: None,
        denominator: None,
        figure: of.as_ref().map_or_else(|reason| Figure::none(*reason), |interval| Figure::exact(millionths(pick(interval) * one))),
        unit,
    };
    [part(names.difference, |of| of.value), part(names.low, |of| of.low), part(names.high, |of| of.high)].into_iter()
}

/// Trials whose arms differ in what no treatment can have moved, by more than chance does once in a thousand draws.
pub fn unbalanced(trials: &Trials, of_rules: &[Trial]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, trial) in of_rules.iter().enumerate() {
        let (Some(on), Some(control)) = (trials.get(&(number, true)), trials.get(&(number, false))) else { continue };
        let (drawn, all) = (i128::from(on.groups), i128::from(on.groups + control.groups));
        let draw = share_difference(drawn, all, ruled(trial.share), Z_999);
        let of_measures = on.measures.iter().filter(|((measure, currency), _)| measure.is_of_the_draw() && currency.is_none());
        let compared = of_measures.filter_map(|(key, sums)| Some((key.0.names().arm, compared(sums, control.measures.get(key)?, Z_999))));
        for (what, interval) in [(SHARE.arm, draw)].into_iter().chain(compared) {
            if interval.is_ok_and(|interval| interval.excludes_zero()) {
                findings.push(Finding {
                    kind: UNBALANCED,
                    table: "kpis",
                    key: trial.id.clone(),
                    message: format!(
                        "the arms differ in {what} by more than chance does once in a thousand draws: \
                         was the share changed, or are customers missing from one arm?"
                    )
                    .into(),
                    amount: None,
                });
            }
        }
    }
    findings
}

/// What the summary says of a trial: what the challenger brings in beside the champion, in points of what was owed.
pub fn headline(rows: &[KpiRow], trial: &str) -> Option<String> {
    let find = |kpi: &str| {
        let is_it = |row: &&KpiRow| {
            row.indicator.kpi == kpi && row.scope == SCOPE && row.scope_value.as_deref() == Some(trial) && row.basis == Basis::Reporting
        };
        rows.iter().find(is_it).map(|row| row.indicator.figure)
    };
    let names = Measure::Recovery.names();
    let whole = find(names.difference)?;
    let points = |figure: Figure| figure.value.map(|value| format_amount(divide_half_up(value, 100), 2));
    let (Some(value), Some(low), Some(high)) = (points(whole), points(find(names.low)?), points(find(names.high)?)) else {
        return whole.reason.map(|reason| format!("no difference can be told: {}", reason.name()));
    };
    let bounds = find(names.low)?.value.zip(find(names.high)?.value)?;
    let verdict = match bounds {
        (1.., _) => "the challenger brings in more",
        (_, ..=-1) => "the challenger brings in less",
        _ => "no difference is shown",
    };
    Some(format!("recovery {value} points ({low} to {high}): {verdict}"))
}
