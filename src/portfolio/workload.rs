//! What queues had to do tonight, what they did, and what more time would be worth to them.

use crate::night::kpi::{Cells, Part};
use crate::portfolio::assignment::Load;
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow, scale};
use crate::portfolio::indicators::{Scale, Unit, count, money, quotient};

/// `kpis.scope` of the figures of a queue.
const SCOPE: &str = "queue";
/// Minutes of an hour: what more is asked of a queue whose capacity is minutes.
pub const HOUR: u32 = 60;

/// The work of one queue whose capacity is limited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    pub queue: String,
    /// Whether capacities are minutes: then one hour more is weighed, else one action more.
    pub minutes: bool,
    pub load: Load,
}

/// Minutes of a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Time {
    /// What people spend on what they do tonight.
    pub worked: u64,
    /// What they would spend on what goes out by itself, as far as the rules say how long that takes.
    pub automatic: u64,
}

/// What is worked and what is saved, of the whole portfolio. Who is handed over saves what one of the other late customers takes tonight.
pub fn time_rows(time: Option<Time>, cells: &Cells) -> Vec<KpiRow> {
    let Some(time) = time else { return Vec::new() };
    let late = cells.parity.get(&Part { scope: 0, value: None }).copied().unwrap_or_default();
    let counted = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (worked, ours) = (i128::from(time.worked), i128::from(late.late - late.handed_over));
    let scale = Scale::of_digits(0);
    let found = [
        count("minutes_worked", counted(time.worked)),
        quotient("minutes_per_late_customer", None, worked, ours, scale, Unit::Count),
        count("minutes_saved_automatic", counted(time.automatic)),
        quotient("minutes_saved_handed_over", None, worked * i128::from(late.handed_over), ours, scale, Unit::Count),
    ];
    let row = |indicator| KpiRow { scope: "all".to_owned(), scope_value: None, basis: Basis::Reporting, indicator };
    found.map(row).into()
}

/// Figures of every queue whose capacity is limited, in order of queue.
pub fn work_rows(work: &[Workload], settings: &FigureSettings) -> Vec<KpiRow> {
    let counted = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let scale = scale(Basis::Reporting, settings);
    let of_queue = |work: &Workload| {
        let more = if work.minutes { "value_of_one_more_hour" } else { "value_of_one_more_action" };
        let found = [
            count("work_asked", counted(work.load.jobs)),
            count("work_done", counted(work.load.done)),
            count("work_displaced", counted(work.load.displaced)),
            money("value_displaced", work.load.worth_displaced, scale),
            money(more, work.load.worth_of_more, scale),
        ];
        let row = |indicator| KpiRow { scope: SCOPE.to_owned(), scope_value: Some(work.queue.clone()), basis: Basis::Reporting, indicator };
        found.map(row)
    };
    work.iter().flat_map(of_queue).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::night::kpi::Treatment;

    /// Minutes worked and automatic; late customers and those handed over; the figures in thousandths of a minute.
    type Case = (Time, (i64, i64), [Option<i128>; 4]);

    const CASES: &[Case] = &[
        // Six of ours take 90 minutes, 15 each: two that an agency has would take 30.
        (Time { worked: 90, automatic: 12 }, (8, 2), [Some(90_000), Some(15_000), Some(12_000), Some(30_000)]),
        (Time { worked: 0, automatic: 0 }, (1, 0), [Some(0), Some(0), Some(0), Some(0)]),
        // Where an agency has them all, nobody is left to go by.
        (Time { worked: 0, automatic: 3 }, (2, 2), [Some(0), None, Some(3_000), None]),
    ];

    #[test]
    fn who_is_handed_over_saves_what_one_of_the_others_takes() {
        for (time, (late, handed_over), expected) in CASES {
            let treatment = Treatment { late: *late, handed_over: *handed_over, ..Treatment::default() };
            let cells = Cells { parity: [(Part { scope: 0, value: None }, treatment)].into(), ..Cells::default() };
            let found: Vec<Option<i128>> =
                time_rows(Some(*time), &cells).iter().map(|row| row.indicator.figure.value.map(|value| value / 1_000)).collect();
            assert_eq!(found, expected, "{time:?}");
        }
        assert_eq!(time_rows(None, &Cells::default()), Vec::new());
    }
}
