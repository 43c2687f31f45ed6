//! What queues had to do tonight, what they did, and what more time would be worth to them.

use crate::portfolio::assignment::Load;
use crate::portfolio::figures::{Basis, FigureSettings, KpiRow, scale};
use crate::portfolio::indicators::{count, money};

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
