//! Debtor groups that share a person, a telephone number or an address: caps that count over all of them need them in one shard.

use std::collections::BTreeMap;

use crate::base::table::Table;
use crate::rules::program::Per;

/// The group by which each joined group finds its shard: the smallest root of all that are connected, directly or through others. Groups that
/// share nothing with others are left out. `rows` are customers by table, row and root of their group.
pub fn homes<'a>(rows: impl Iterator<Item = (&'a Table, usize, &'a [u8])>, keys: &[Per]) -> BTreeMap<&'a [u8], &'a [u8]> {
    let mut holders: Vec<(Per, Vec<u8>, &[u8])> = Vec::new();
    if keys.is_empty() {
        return BTreeMap::new();
    }
    for (table, row, root) in rows {
        for per in keys {
            let written = per.column().and_then(|column| table.text(column, row));
            holders.extend(written.and_then(|written| per.key(written)).map(|key| (*per, key, root)));
        }
    }
    holders.sort_unstable();
    let mut clusters = Clusters::default();
    for pair in holders.windows(2) {
        let [(per, key, one), (other_per, other_key, other)] = pair else { continue };
        if (per, key) == (other_per, other_key) && one != other {
            clusters.join(one, other);
        }
    }
    clusters.heads()
}

/// Connected groups: each points towards a smaller one, the smallest to itself.
#[derive(Default)]
struct Clusters<'a> {
    positions: BTreeMap<&'a [u8], usize>,
    roots: Vec<&'a [u8]>,
    parents: Vec<usize>,
}

impl<'a> Clusters<'a> {
    fn position(&mut self, root: &'a [u8]) -> usize {
        let next = self.roots.len();
        let at = *self.positions.entry(root).or_insert(next);
        if at == next {
            self.roots.push(root);
            self.parents.push(at);
        }
        at
    }

    fn head(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            // Halving the way keeps it short for those who come later.
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    fn join(&mut self, one: &'a [u8], other: &'a [u8]) {
        let (one, other) = (self.position(one), self.position(other));
        let (one, other) = (self.head(one), self.head(other));
        let (small, large) = if self.roots[one] <= self.roots[other] { (one, other) } else { (other, one) };
        self.parents[large] = small;
    }

    fn heads(mut self) -> BTreeMap<&'a [u8], &'a [u8]> {
        let heads: Vec<usize> = (0..self.roots.len()).map(|at| self.head(at)).collect();
        self.roots.iter().zip(heads).map(|(root, head)| (*root, self.roots[head])).collect()
    }
}
