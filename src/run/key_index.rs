//! All rows of a table by the hash of their key, wherever in the portfolio they are.
//!
//! An entry is eight bytes and the whole index one allocation. Entries are sorted, so nothing depends on threads; a lookup knows
//! nearly where to look, because hashes are evenly spread, and touches a cache line or two.

use rayon::prelude::*;

/// Parts that are filled and sorted apart: one per top byte of the hash.
const PARTS: usize = 256;
/// Buckets a lookup chooses from by the top two bytes of the hash.
const BUCKETS: usize = 1 << 16;
/// Entries on either side of the expected place that are looked at first.
const NEAR: usize = 12;

/// Where a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub shard: usize,
    pub row: usize,
}

/// Bits 55 to 32 of a row's hash, then its shard, then its row: within a part, the order of hash, shard and row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u64);

impl Entry {
    fn new(hash: u64, shard: usize, row: u32) -> Entry {
        Entry(Entry::first(hash).0 | u64::try_from(shard & 0xFF).unwrap_or(0) << 32 | u64::from(row))
    }

    /// The smallest entry under a hash.
    fn first(hash: u64) -> Entry {
        Entry((hash << 8) & !0xFF_FFFF_FFFF)
    }

    fn is_under(self, hash: u64) -> bool {
        (self.0 ^ (hash << 8)) >> 40 == 0
    }

    fn place(self) -> Place {
        let [.., shard, _, _, _, _] = self.0.to_be_bytes();
        Place { shard: usize::from(shard), row: usize::try_from(self.0 & 0xFFFF_FFFF).unwrap_or(usize::MAX) }
    }
}

/// Rows by the top 32 bits of the hash of their key. Whoever asks compares the keys.
#[derive(Debug, Default)]
pub struct KeyIndex {
    /// By part, each sorted.
    entries: Vec<Entry>,
    /// Where each bucket begins, and where the last one ends; none where there is no entry.
    starts: Vec<u32>,
}

impl KeyIndex {
    /// Enters every row: one list of hashes per shard, in order of row.
    pub fn new(hashes: &[&[u64]]) -> KeyIndex {
        let counts: Vec<Vec<usize>> = hashes.par_iter().map(|hashes| count(hashes)).collect();
        let sizes: Vec<usize> = (0..PARTS).map(|part| counts.iter().map(|counts| counts[part]).sum()).collect();
        let mut entries = vec![Entry::default(); sizes.iter().sum()];
        let slots = slots(&mut entries, &counts);
        slots.into_par_iter().zip(hashes).enumerate().for_each(|(shard, (slots, hashes))| fill(shard, hashes, slots));
        let starts: Vec<Vec<usize>> = (split(&mut entries, &sizes).into_par_iter())
            .map(|part| {
                part.sort_unstable();
                bucket_starts(part)
            })
            .collect();
        let before = sizes.iter().scan(0, |sum, size| Some(std::mem::replace(sum, *sum + size)));
        let mut starts: Vec<u32> = (before.zip(&starts))
            .flat_map(|(before, starts)| starts.iter().map(move |start| u32::try_from(before + start).unwrap_or(u32::MAX)))
            .collect();
        starts.push(u32::try_from(entries.len()).unwrap_or(u32::MAX));
        KeyIndex { entries, starts }
    }

    /// The rows that may have a key with this hash, in order of shard and row. A few may have another key.
    pub fn find(&self, hash: u64) -> impl ExactSizeIterator<Item = Place> + '_ {
        let bucket = usize::try_from(hash >> 48).unwrap_or(0);
        let range = match self.starts.get(bucket..bucket + 2) {
            Some([start, end]) => *start as usize..*end as usize,
            _ => 0..0,
        };
        let entries = &self.entries[range];
        let start = lower_bound(entries, hash);
        let end = start + entries[start..].iter().take_while(|entry| entry.is_under(hash)).count();
        entries[start..end].iter().map(|entry| entry.place())
    }

    /// Rows that may share a key, in groups; every two rows with the same key are in one group.
    pub fn shared(&self) -> Vec<Vec<Place>> {
        let parts = self.starts.par_chunks(BUCKETS / PARTS).enumerate().map(|(at, starts)| {
            let start = starts.first().map_or(0, |start| *start as usize);
            let end = self.starts.get((at + 1) * (BUCKETS / PARTS)).map_or(start, |end| *end as usize);
            let groups = self.entries[start..end].chunk_by(|one, other| one.0 >> 40 == other.0 >> 40);
            groups.filter(|group| group.len() > 1).map(|group| group.iter().map(|entry| entry.place()).collect()).collect()
        });
        let parts: Vec<Vec<Vec<Place>>> = parts.collect();
        parts.into_iter().flatten().collect()
    }
}

fn part_of(hash: u64) -> usize {
    usize::from(hash.to_be_bytes()[0])
}

fn count(hashes: &[u64]) -> Vec<usize> {
    let mut counts = vec![0; PARTS];
    hashes.iter().for_each(|hash| counts[part_of(*hash)] += 1);
    counts
}

/// The place of each part in each shard's hands: for every shard, one slice per part.
fn slots<'a>(entries: &'a mut [Entry], counts: &[Vec<usize>]) -> Vec<Vec<&'a mut [Entry]>> {
    let mut slots: Vec<Vec<&mut [Entry]>> = counts.iter().map(|_| Vec::with_capacity(PARTS)).collect();
    let mut rest = entries;
    for part in 0..PARTS {
        for (slots, counts) in slots.iter_mut().zip(counts) {
            let (slot, after) = rest.split_at_mut(counts[part]);
            slots.push(slot);
            rest = after;
        }
    }
    slots
}

fn split<'a>(entries: &'a mut [Entry], sizes: &[usize]) -> Vec<&'a mut [Entry]> {
    let mut rest = entries;
    let mut parts = Vec::with_capacity(sizes.len());
    for size in sizes {
        let (part, after) = rest.split_at_mut(*size);
        parts.push(part);
        rest = after;
    }
    parts
}

fn fill(shard: usize, hashes: &[u64], mut slots: Vec<&mut [Entry]>) {
    let mut next = vec![0; PARTS];
    for (row, hash) in (0_u32..).zip(hashes) {
        let part = part_of(*hash);
        slots[part][next[part]] = Entry::new(*hash, shard, row);
        next[part] += 1;
    }
}

/// Where each bucket of a sorted part begins within it.
fn bucket_starts(part: &[Entry]) -> Vec<usize> {
    let mut starts = vec![0; BUCKETS / PARTS + 1];
    part.iter().for_each(|entry| starts[usize::from(entry.0.to_be_bytes()[0]) + 1] += 1);
    for bucket in 1..starts.len() {
        starts[bucket] += starts[bucket - 1];
    }
    starts.pop();
    starts
}

/// The first entry of a bucket that is not before those under a hash. Hashes are even, so it is near its share of the bucket.
fn lower_bound(entries: &[Entry], hash: u64) -> usize {
    let first = Entry::first(hash);
    let share = usize::try_from((hash >> 32) & 0xFFFF).unwrap_or(0);
    let expected = (entries.len() * share) >> 16;
    let (low, high) = (expected.saturating_sub(NEAR), usize::min(expected + NEAR, entries.len()));
    let is_between = entries[..low].last().is_none_or(|entry| *entry < first) && entries.get(high).is_none_or(|entry| *entry >= first);
    let (low, high) = if is_between { (low, high) } else { (0, entries.len()) };
    low + entries[low..high].partition_point(|entry| *entry < first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hashes that collide in all, in the kept and in no bits.
    fn hashes() -> impl Strategy<Value = Vec<Vec<u64>>> {
        let spread = prop_oneof![any::<u64>(), (0_u64..3).prop_map(|at| at << 20), (0_u64..400).prop_map(|at| at << 40)];
        prop::collection::vec(prop::collection::vec(spread, 0..40), 1..6)
    }

    fn index(hashes: &[Vec<u64>]) -> KeyIndex {
        KeyIndex::new(&hashes.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn every_row_is_found_under_its_hash_and_only_there(hashes in hashes(), absent in any::<u64>()) {
            let index = index(&hashes);
            for wanted in hashes.iter().flatten().copied().chain([absent, 0, u64::MAX]) {
                let places = hashes.iter().enumerate().flat_map(|(shard, hashes)| {
                    hashes.iter().enumerate().filter(|(_, hash)| *hash >> 32 == wanted >> 32).map(move |(row, _)| Place { shard, row })
                });
                prop_assert_eq!(index.find(wanted).collect::<Vec<_>>(), places.collect::<Vec<_>>());
            }
        }

        #[test]
        fn rows_of_one_hash_are_in_one_group(hashes in hashes()) {
            let mut found = index(&hashes).shared();
            found.sort();
            let mut groups = std::collections::BTreeMap::<u64, Vec<Place>>::new();
            for (shard, hashes) in hashes.iter().enumerate() {
                for (row, hash) in hashes.iter().enumerate() {
                    groups.entry(hash >> 32).or_default().push(Place { shard, row });
                }
            }
            let mut expected: Vec<Vec<Place>> = groups.into_values().filter(|group| group.len() > 1).collect();
            expected.sort();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_full_bucket_is_searched_beyond_the_expected_place() {
        // All in one bucket, all at its beginning but the last.
        let hashes: Vec<u64> = (0..1000).map(|at| at << 32).chain([0xFFFF << 32]).collect();
        let index = index(&[hashes]);
        for (row, hash) in [(0, 0), (999, 999 << 32), (1000, 0xFFFF << 32)] {
            assert_eq!(index.find(hash).collect::<Vec<_>>(), [Place { shard: 0, row }]);
        }
        assert_eq!(index.find(1000 << 32).len(), 0);
        assert_eq!(KeyIndex::default().find(7).len(), 0);
    }
}
