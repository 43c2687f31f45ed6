//! Ranks the actions of each queue by what acting tonight is worth, and fills the queue up to its capacity.
//!
//! The order is total: the keys given, largest first, then the position in the order of the outputs.
//! The frame holds whole numbers only, so the ranks are the same on any machine and with any number of threads.

use polars::prelude::*;

use crate::error::{Exit, Failure};

/// Where an action stands in its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// 1 for the first of the queue.
    pub rank: u32,
    /// The queue is full before it: the action is displaced.
    pub displaced: bool,
}

/// Ranks actions, which must come in the total order of the outputs; standings are in the same order.
///
/// `queues` holds each action's queue. `keys` are the columns that order a queue, the most important first, each with its largest value
/// first: whatever the rules name, amount, days past due. `capacity` gives a queue's actions a night, `None` is no limit; only actions
/// that `counts` take a place and can be displaced.
///
/// # Errors
/// Columns of different lengths, or another fault of ours.
pub fn rank(queues: &[u32], keys: &[Vec<i64>], counts: &[bool], capacity: impl Fn(u32) -> Option<u32>) -> Result<Vec<Standing>, Failure> {
    let ranks = ranks(queues, keys).map_err(|error| Failure::new(Exit::Bug, format!("cannot rank the actions: {error}")))?;
    let displaced = displaced(queues, &ranks, counts, capacity);
    Ok(ranks.into_iter().zip(displaced).map(|(rank, displaced)| Standing { rank, displaced }).collect())
}

/// Actions that count and find no place left in their queue, by position.
fn displaced(queues: &[u32], ranks: &[u32], counts: &[bool], capacity: impl Fn(u32) -> Option<u32>) -> Vec<bool> {
    let mut displaced = vec![false; queues.len()];
    let mut counted: Vec<usize> = (0..queues.len()).filter(|at| counts[*at] && capacity(queues[*at]).is_some()).collect();
    counted.sort_unstable_by_key(|at| (queues[*at], ranks[*at]));
    for queue in counted.chunk_by(|one, other| queues[*one] == queues[*other]) {
        let places = capacity(queues[queue[0]]).map_or(queue.len(), |places| usize::try_from(places).unwrap_or(usize::MAX));
        queue.iter().skip(places).for_each(|at| displaced[*at] = true);
    }
    displaced
}

fn ranks(queues: &[u32], keys: &[Vec<i64>]) -> PolarsResult<Vec<u32>> {
    let mut columns = vec![Column::new("queue".into(), queues)];
    columns.extend((1..).zip(keys).map(|(number, key): (u32, _)| Column::new(format!("key {number}").into(), key)));
    columns.push(Column::new("place".into(), (0_u32..).take(queues.len()).collect::<Vec<_>>()));
    let order: Vec<PlSmallStr> = columns.iter().map(|column| column.name().clone()).collect();
    let largest_first: Vec<bool> = (0..columns.len()).map(|at| (1..=keys.len()).contains(&at)).collect();
    let options = SortMultipleOptions::default().with_order_descending_multi(largest_first);
    let first_of_queue = col("order").min().over([col("queue")])?;
    let ranked = DataFrame::new(queues.len(), columns)?
        .lazy()
        .sort(order, options)
        .with_row_index("order", None)
        .select([col("place"), (col("order") - first_of_queue + lit(1_u32)).alias("rank")])
        .sort(["place"], SortMultipleOptions::default())
        .collect()?;
    Ok(ranked.column("rank")?.u32()?.into_no_null_iter().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn value_then_amount_then_age_then_place() {
        let cases = [
            (0, [50, 10, 5], 2, true),
            (0, [90, 1, 1], 1, false),
            (0, [50, 10, 5], 3, true),
            (1, [-7, 10, 5], 4, false),
            (1, [5, 20, 1], 1, false),
            (1, [5, 10, 9], 2, false),
            (1, [5, 10, 8], 3, false),
            (7, [i64::MIN, 0, 0], 1, false),
        ];
        let keys: Vec<Vec<i64>> = (0..3).map(|key| cases.iter().map(|(_, values, ..)| values[key]).collect()).collect();
        let found = rank(&cases.map(|(queue, ..)| queue), &keys, &[true; 8], |queue| (queue == 0).then_some(1)).unwrap();
        let expected = cases.map(|(_, _, rank, displaced)| Standing { rank, displaced });
        assert_eq!(found, expected);
    }

    #[test]
    fn what_does_not_count_takes_no_place_and_is_never_displaced() {
        let cases = [(9, false, false), (8, true, false), (7, false, false), (6, true, true), (5, false, false), (4, true, true)];
        let found = rank(&[3; 6], &[cases.map(|(key, ..)| key).to_vec()], &cases.map(|(_, counts, _)| counts), |_| Some(1)).unwrap();
        let expected: Vec<Standing> = (1..).zip(cases).map(|(rank, (.., displaced))| Standing { rank, displaced }).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn no_action_has_no_rank_and_a_short_column_is_a_fault() {
        assert_eq!(rank(&[], &[Vec::new()], &[], |_| None), Ok(Vec::new()));
        assert_eq!(rank(&[0, 0], &[vec![1]], &[true; 2], |_| None).map_err(|failure| failure.exit), Err(Exit::Bug));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn ranks_are_those_of_a_plain_sort(rows in prop::collection::vec((0_u32..3, -2_i64..3, 0_i64..3), 0..40)) {
            let queues: Vec<u32> = rows.iter().map(|(queue, ..)| *queue).collect();
            let keys = [rows.iter().map(|(_, key, _)| *key).collect(), rows.iter().map(|(.., key)| *key).collect()];
            let key = |at: usize| (rows[at].0, -rows[at].1, -rows[at].2, at);
            for (at, standing) in rank(&queues, &keys, &vec![true; rows.len()], |_| None).unwrap().iter().enumerate() {
                let before = (0..rows.len()).filter(|other| rows[*other].0 == rows[at].0 && key(*other) < key(at)).count();
                prop_assert_eq!(standing.rank as usize, before + 1);
            }
        }
    }
}
