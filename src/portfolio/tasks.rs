//! Tasks of our own people in figures: how many stand of each kind, how many are overdue, how old they are. And what customers used us for
//! beyond their due dates.

use std::collections::BTreeMap;

use crate::night::kpi::Windows;
use crate::night::tasks::TaskFigures;
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow, scale};
use crate::portfolio::indicators::{Indicator, Scale, Unit, count, money, quotient};

/// `kpis.scope` of the figures of a kind of task.
const SCOPE: &str = "task";

/// Figures by kind of task, in order of kind; none where the rules have no tasks.
pub fn task_rows<'a>(shards: impl Iterator<Item = &'a BTreeMap<String, TaskFigures>>) -> Vec<KpiRow> {
    let mut kinds: BTreeMap<&str, TaskFigures> = BTreeMap::new();
    for (kind, figures) in shards.flatten() {
        kinds.entry(kind).or_default().add(figures);
    }
    let counted = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let of_kind = |(kind, figures): (&str, TaskFigures)| {
        let age = quotient("task_age", None, figures.age.into(), figures.open.into(), Scale::of_digits(0), Unit::Days);
        let found = [count("tasks_open", counted(figures.open)), count("tasks_overdue", counted(figures.overdue)), age];
        let row = |indicator| KpiRow { scope: SCOPE.to_owned(), scope_value: Some(kind.to_owned()), basis: Basis::Reporting, indicator };
        found.map(row)
    };
    kinds.into_iter().flat_map(of_kind).collect()
}

/// What all customers used us for beyond their due dates in twelve months, minor units of the reporting currency.
pub fn free_credit_row(sum: i128, settings: &FigureSettings) -> KpiRow {
    let windows = Windows::ending(settings.as_of);
    let window_days = Some(windows.days_after(windows.twelve_months));
    let indicator = Indicator { window_days, ..money("free_credit", sum, scale(Basis::Reporting, settings)) };
    KpiRow { scope: "all".to_owned(), scope_value: None, basis: Basis::Reporting, indicator }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_add_up_over_shards() {
        let one = |open, overdue, age| TaskFigures { open, overdue, age };
        let first = BTreeMap::from([("dispute".to_owned(), one(2, 1, 30)), ("rating".to_owned(), one(0, 0, 0))]);
        let second = BTreeMap::from([("dispute".to_owned(), one(1, 1, 30))]);
        let rows = task_rows([&first, &second].into_iter());
        let told: Vec<(&str, &str, Option<i128>)> = rows
            .iter()
            .map(|row| (row.scope_value.as_deref().unwrap_or_default(), row.indicator.kpi, row.indicator.figure.value))
            .collect();
        let expected = [
            ("dispute", "tasks_open", Some(3_000_000)),
            ("dispute", "tasks_overdue", Some(2_000_000)),
            ("dispute", "task_age", Some(20_000_000)),
            ("rating", "tasks_open", Some(0)),
            ("rating", "tasks_overdue", Some(0)),
            // Nothing stands, so nothing has an age.
            ("rating", "task_age", None),
        ];
        assert_eq!(told, expected);
    }
}
