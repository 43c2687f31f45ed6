//! Ranks the actions of each queue by what acting tonight is worth, and fills the queue up to its capacity.
//!
//! The order is total: expected value, then amount, then age, largest first; then the position in the order of the outputs.
//! The frame holds whole numbers only, so the ranks are the same on any machine and with any number of threads.

use polars::prelude::*;

use crate::error::{Exit, Failure};

/// One action that wants a place in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Code of its queue.
    pub queue: u32,
    /// Gain of acting tonight, minor units of the reporting currency.
    pub expected_value: i64,
    /// Amount due, minor units of the reporting currency.
    pub amount: i64,
    pub days_past_due: i32,
}

/// Where an action stands in its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// 1 for the first of the queue.
    pub rank: u32,
    /// The queue is full before it: the action is displaced.
    pub displaced: bool,
}

/// Ranks the candidates, which must come in the total order of the outputs; standings are in the same order.
/// `capacity` gives the actions a night of a queue; `None` is no limit.
///
/// # Errors
/// A fault of the data frame engine.
pub fn rank(candidates: &[Candidate], capacity: impl Fn(u32) -> Option<u32>) -> Result<Vec<Standing>, Failure> {
    let ranks = ranks(candidates).map_err(|error| Failure::new(Exit::Bug, format!("cannot rank the actions: {error}")))?;
    let standing = |(candidate, rank): (&Candidate, u32)| {
        let displaced = capacity(candidate.queue).is_some_and(|capacity| rank > capacity);
        Standing { rank, displaced }
    };
    Ok(candidates.iter().zip(ranks).map(standing).collect())
}

fn ranks(candidates: &[Candidate]) -> PolarsResult<Vec<u32>> {
    let order = ["queue", "expected_value", "amount", "days_past_due", "place"];
    let options = SortMultipleOptions::default().with_order_descending_multi([false, true, true, true, false]);
    let place_in_order = col("order") - col("order").min().over([col("queue")])? + lit(1_u32);
    let ranked = frame(candidates)?
        .lazy()
        .sort(order, options)
        .with_row_index("order", None)
        .select([col("place"), place_in_order.alias("rank")])
        .sort(["place"], SortMultipleOptions::default())
        .collect()?;
    Ok(ranked.column("rank")?.u32()?.into_no_null_iter().collect())
}

fn frame(candidates: &[Candidate]) -> PolarsResult<DataFrame> {
    let column = |name: &str, of: fn(&Candidate) -> i64| {
        let values: Vec<i64> = candidates.iter().map(of).collect();
        Column::new(name.into(), values)
    };
    let places: Vec<u32> = (0_u32..).take(candidates.len()).collect();
    DataFrame::new(
        candidates.len(),
        vec![
            column("queue", |candidate| i64::from(candidate.queue)),
            column("expected_value", |candidate| candidate.expected_value),
            column("amount", |candidate| candidate.amount),
            column("days_past_due", |candidate| i64::from(candidate.days_past_due)),
            Column::new("place".into(), places),
        ],
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(queue: u32, expected_value: i64, amount: i64, days_past_due: i32) -> Candidate {
        Candidate { queue, expected_value, amount, days_past_due }
    }

    #[test]
    fn value_then_amount_then_age_then_place() {
        let cases = [
            (candidate(0, 50, 10, 5), 2, true),
            (candidate(0, 90, 1, 1), 1, false),
            (candidate(0, 50, 10, 5), 3, true),
            (candidate(1, -7, 10, 5), 4, false),
            (candidate(1, 5, 20, 1), 1, false),
            (candidate(1, 5, 10, 9), 2, false),
            (candidate(1, 5, 10, 8), 3, false),
        ];
        let found = rank(&cases.map(|(candidate, ..)| candidate), |queue| (queue == 0).then_some(1)).unwrap();
        let expected: Vec<_> = cases.iter().map(|(_, rank, displaced)| Standing { rank: *rank, displaced: *displaced }).collect();
        assert_eq!(found, expected);
        assert_eq!(rank(&[], |_| None), Ok(Vec::new()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn ranks_are_those_of_a_plain_sort(rows in prop::collection::vec((0_u32..3, -2_i64..3, 0_i64..3, 0_i32..3), 0..40)) {
            let candidates: Vec<_> = rows.iter().map(|(queue, value, amount, age)| candidate(*queue, *value, *amount, *age)).collect();
            let mut order: Vec<usize> = (0..rows.len()).collect();
            order.sort_by_key(|at| { let (queue, value, amount, age) = rows[*at]; (queue, -value, -amount, -age, *at) });
            for (found, at) in rank(&candidates, |_| None).unwrap().iter().zip(0..) {
                let before = order.iter().take_while(|other| **other != at).filter(|other| rows[**other].0 == rows[at].0).count();
                prop_assert_eq!(found.rank as usize, before + 1);
            }
        }
    }
}
