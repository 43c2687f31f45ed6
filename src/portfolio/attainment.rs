//! Figures beside what was meant to be reached.

use std::collections::BTreeSet;

use crate::base::contract::attainment as columns;
use crate::base::date::Date;
use crate::base::nearest::did_you_mean;
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::normalise::reject::Finding;
use crate::night::normalise::targets::Target;
use crate::portfolio::figures::{Basis, KpiRow};
use crate::portfolio::ratio::Reason;

/// Kind of the finding about a target for which there is no figure.
const UNKNOWN_TARGET: &str = "unknown_target";
/// What a target of no currency is compared in.
const REPORTING: &str = "reporting";

/// A target of tonight and the figure it is about.
#[derive(Debug, Clone, Copy)]
pub struct Attained<'a> {
    pub target: &'a Target,
    /// `None` where the night has no such figure.
    pub row: Option<&'a KpiRow>,
}

impl Attained<'_> {
    /// Millionths; `None` where there is no figure, or it has no value.
    fn value(&self) -> Option<i128> {
        self.row.and_then(|row| row.indicator.figure.value)
    }

    /// Whether the figure is where it was meant to be; `None` where it has no value.
    pub fn is_attained(&self) -> Option<bool> {
        let (value, target) = (self.value()?, i128::from(self.target.value));
        Some(if self.target.at_most { value <= target } else { value >= target })
    }
}

/// The targets of a night, in their order: those of its month, and those of every month.
pub fn attained<'a>(targets: &'a [Target], rows: &'a [KpiRow], as_of: Date) -> Vec<Attained<'a>> {
    let is_now = |target: &&Target| target.month.is_none_or(|month| month.month_index() == as_of.month_index());
    let found = |target: &'a Target| Attained { target, row: rows.iter().find(|row| is_of(row, target)) };
    targets.iter().filter(is_now).map(found).collect()
}

fn is_of(row: &KpiRow, target: &Target) -> bool {
    let in_currency = match target.currency {
        None => row.basis == Basis::Reporting,
        Some(currency) => row.basis == Basis::Own(currency),
    };
    let of_window = target.window_days.is_none_or(|days| row.indicator.window_days == Some(days));
    is_named(row, &target.kpi) && row.scope == target.scope && row.scope_value == target.scope_value && in_currency && of_window
}

/// Whether a name means a figure: `promise_kept_rate`, or `promise_kept_rate/cash` where a figure comes in several units.
fn is_named(row: &KpiRow, name: &str) -> bool {
    let (kpi, unit) = name.split_once('/').map_or((name, None), |(kpi, unit)| (kpi, Some(unit)));
    row.indicator.kpi == kpi && unit.is_none_or(|unit| row.indicator.unit.name() == unit)
}

/// The table `attainment`.
pub fn attainment_table(all: &[Attained<'_>]) -> Table {
    let mut table = TableBuilder::output(&columns::SPEC);
    for attained in all {
        let Attained { target, row } = attained;
        table.text(columns::TARGET_ID, target.id.as_bytes());
        table.text(columns::KPI, target.kpi.as_bytes());
        table.text(columns::SCOPE, target.scope.as_bytes());
        table.text(columns::SCOPE_VALUE, target.scope_value.as_deref().unwrap_or_default().as_bytes());
        table.text(columns::CURRENCY, target.currency.map_or(REPORTING, |currency| currency.code()).as_bytes());
        if let Some(days) = row.map_or(target.window_days, |row| row.indicator.window_days) {
            table.whole(columns::WINDOW_DAYS, i64::from(days));
        }
        table.date(columns::MONTH, target.month.map(Date::first_of_month));
        table.text(columns::OWNER, target.owner.as_deref().unwrap_or_default().as_bytes());
        table.text(columns::GOAL, if target.at_most { b"at_most" } else { b"at_least" });
        let aim = i128::from(target.value);
        table.decimal(columns::TARGET, Some(aim));
        table.decimal(columns::VALUE, attained.value());
        table.decimal(columns::DIFFERENCE, attained.value().map(|value| value - aim));
        if let Some(is_attained) = attained.is_attained() {
            table.flag(columns::ATTAINED, is_attained);
        }
        let reason = match row {
            None => UNKNOWN_TARGET,
            Some(row) => row.indicator.figure.reason.map_or("", Reason::name),
        };
        table.text(columns::REASON, reason.as_bytes());
        table.end_row();
    }
    table.finish()
}

/// Targets for which the night has no figure: a name that is not known, a scope the job does not ask for, a part nobody is in.
pub fn unknown_targets(all: &[Attained<'_>], rows: &[KpiRow]) -> Vec<Finding> {
    let unknown = all.iter().filter(|attained| attained.row.is_none()).map(|attained| attained.target);
    let finding = |target: &Target| {
        let is_known = rows.iter().any(|row| is_named(row, &target.kpi));
        let hint = if is_known { String::new() } else { hint(&target.kpi, rows) };
        let of = target.scope_value.as_deref().map_or(String::new(), |value| format!(" {value}"));
        let currency = target.currency.map_or(String::new(), |currency| format!(" in {currency}"));
        let window = target.window_days.map_or(String::new(), |days| format!(" over {days} days"));
        let place = format!("of {}{of}{currency}{window}", target.scope);
        let message = format!("tonight has no figure \"{}\" {place}{hint}", target.kpi);
        Finding { kind: UNKNOWN_TARGET, table: "targets", key: target.id.clone(), message: message.into(), amount: None }
    };
    unknown.map(finding).collect()
}

/// The nearest name of a figure; with its unit where one is written.
fn hint(written: &str, rows: &[KpiRow]) -> String {
    let of_unit = written.contains('/');
    let name =
        |row: &KpiRow| if of_unit { format!("{}/{}", row.indicator.kpi, row.indicator.unit.name()) } else { row.indicator.kpi.to_owned() };
    let names: BTreeSet<String> = rows.iter().map(name).collect();
    did_you_mean(written, names.iter().map(String::as_str))
}

/// `3 of 5`: targets that are attained, of those whose figure has a value.
pub fn headline(all: &[Attained<'_>]) -> Option<String> {
    let judged: Vec<bool> = all.iter().filter_map(Attained::is_attained).collect();
    (!judged.is_empty()).then(|| format!("{} of {}", judged.iter().filter(|is_attained| **is_attained).count(), judged.len()))
}
