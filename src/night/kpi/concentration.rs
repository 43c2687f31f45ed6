//! How much of what is open is owed by few: totals per debtor group, reduced to what the shares need.
//!
//! A debtor group never spans two shards, so its total is whole here, and the largest groups of two shards together are among the
//! largest of each.

use crate::night::kpi::monthly::Additive;

/// Groups in the "top" figure.
pub const TOP: usize = 10;

/// The group totals of one cell, reduced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concentration {
    /// The largest totals, largest first, at most [`TOP`].
    pub largest: Vec<i128>,
    /// All totals together.
    pub total: i128,
    /// Sum of the squares of all totals; `None` once it no longer fits.
    pub squares: Option<i128>,
}

impl Default for Concentration {
    fn default() -> Self {
        Concentration { largest: Vec::new(), total: 0, squares: Some(0) }
    }
}

impl Concentration {
    /// Counts one debtor group. A group that owes nothing has no share.
    pub fn add_group(&mut self, total: i128) {
        if total > 0 {
            self.rank(total);
            self.total += total;
            self.add_squares(total.checked_mul(total));
        }
    }

    fn rank(&mut self, total: i128) {
        let place = self.largest.partition_point(|larger| *larger >= total);
        if place < TOP {
            self.largest.truncate(TOP - 1);
            self.largest.insert(place, total);
        }
    }

    fn add_squares(&mut self, squares: Option<i128>) {
        self.squares = self.squares.zip(squares).and_then(|(own, others)| own.checked_add(others));
    }
}

impl Additive for Concentration {
    fn merge(&mut self, other: &Concentration) {
        for total in &other.largest {
            self.rank(*total);
        }
        self.total += other.total;
        self.add_squares(other.squares);
    }
}

/// An open amount of a debtor group in a place: a cell, or whatever cells are brought together in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupTotal {
    pub place: usize,
    pub group: u32,
    pub amount: i128,
}

/// Brings entries to one per place and group, in that order.
pub fn totals_by_group(mut entries: Vec<GroupTotal>) -> Vec<GroupTotal> {
    // Most groups are single customers, so the entries come in long ordered runs, which a stable sort only joins.
    entries.sort_by_key(|entry| (entry.place, entry.group));
    entries.dedup_by(|next, kept| {
        let same = (next.place, next.group) == (kept.place, kept.group);
        if same {
            kept.amount += next.amount;
        }
        same
    });
    entries
}

/// Open amounts while a shard is read, by cell: one entry for each stretch of rows of a group.
#[derive(Debug, Default)]
pub struct OpenByGroup {
    cells: Vec<Vec<GroupTotal>>,
}

impl OpenByGroup {
    /// Adds an open amount of a group to a cell.
    pub fn add(&mut self, cell: usize, group: u32, amount: i128) {
        if self.cells.len() <= cell {
            self.cells.resize_with(cell + 1, Vec::new);
        }
        match self.cells[cell].last_mut() {
            Some(entry) if entry.group == group => entry.amount += amount,
            _ => self.cells[cell].push(GroupTotal { place: cell, group, amount }),
        }
    }

    /// The total of each group in each cell.
    pub fn finish(self) -> Vec<GroupTotal> {
        totals_by_group(self.cells.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_largest_groups_are_kept_and_all_are_counted() {
        let mut whole = Concentration::default();
        let mut halves = [Concentration::default(), Concentration::default()];
        for total in [5, 1, 9, 9, -4, 0, 3, 12, 2, 7, 8, 6, 4, 11] {
            whole.add_group(total);
            halves[usize::from(total % 2 == 0)].add_group(total);
        }
        assert_eq!(whole.largest, [12, 11, 9, 9, 8, 7, 6, 5, 4, 3]);
        assert_eq!((whole.total, whole.squares), (77, Some(631)));
        let [mut odd, even] = halves;
        odd.merge(&even);
        assert_eq!(odd, whole);
    }

    #[test]
    fn squares_that_do_not_fit_are_not_guessed() {
        let mut huge = Concentration::default();
        huge.add_group(i128::MAX / 2);
        huge.add_group(1);
        assert_eq!(huge.squares, None);
    }
}
