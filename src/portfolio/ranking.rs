//! Ranks the actions of each queue: first those that have waited for too long, then by what the rules name.
//!
//! The order is total: the keys given, largest first, then the position in the order of the outputs.
//! The frame holds whole numbers only, so the ranks are the same on any machine and with any number of threads.

use polars::prelude::*;

use crate::error::{Exit, Failure};

/// Ranks actions, which must come in the total order of the outputs: 1 for the first of its queue. Ranks are in the same order.
///
/// `queues` holds each action's queue. `keys` are the columns that order a queue, the most important first, each with its largest value
/// first: days beyond patience, whatever the rules name, amount, days past due.
///
/// # Errors
/// Columns of different lengths, or another fault of ours.
pub fn rank(queues: &[u32], keys: &[Vec<i64>]) -> Result<Vec<u32>, Failure> {
    ranks(queues, keys).map_err(|error| Failure::new(Exit::Bug, format!("cannot rank the actions: {error}")))
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
            (0, [50, 10, 5], 2),
            (0, [90, 1, 1], 1),
            (0, [50, 10, 5], 3),
            (1, [-7, 10, 5], 4),
            (1, [5, 20, 1], 1),
            (1, [5, 10, 9], 2),
            (1, [5, 10, 8], 3),
            (7, [i64::MIN, 0, 0], 1),
        ];
        let keys: Vec<Vec<i64>> = (0..3).map(|key| cases.iter().map(|(_, values, _)| values[key]).collect()).collect();
        assert_eq!(rank(&cases.map(|(queue, ..)| queue), &keys).unwrap(), cases.map(|(.., rank)| rank));
    }

    #[test]
    fn no_action_has_no_rank_and_a_short_column_is_a_fault() {
        assert_eq!(rank(&[], &[Vec::new()]), Ok(Vec::new()));
        assert_eq!(rank(&[0, 0], &[vec![1]]).map_err(|failure| failure.exit), Err(Exit::Bug));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn ranks_are_those_of_a_plain_sort(rows in prop::collection::vec((0_u32..3, -2_i64..3, 0_i64..3), 0..40)) {
            let queues: Vec<u32> = rows.iter().map(|(queue, ..)| *queue).collect();
            let keys = [rows.iter().map(|(_, key, _)| *key).collect(), rows.iter().map(|(.., key)| *key).collect()];
            let key = |at: usize| (rows[at].0, -rows[at].1, -rows[at].2, at);
            for (at, rank) in rank(&queues, &keys).unwrap().into_iter().enumerate() {
                let before = (0..rows.len()).filter(|other| rows[*other].0 == rows[at].0 && key(*other) < key(at)).count();
                prop_assert_eq!(rank as usize, before + 1);
            }
        }
    }
}
