//! A small hash table from a key's bytes to a row, built once per shard and only looked up.
//!
//! It never gives its entries back in any order of its own, so nothing can come to depend on the hash.

/// Open addressing over row numbers; the keys stay where they are.
pub struct KeyTable {
    /// The length is a power of two at least twice the number of rows.
    slots: Vec<Slot>,
    used: usize,
}

/// A row with a part of its hash, so that a key is hardly ever looked at in vain.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    tag: u32,
    /// Row + 1, or 0 for a free slot.
    row: u32,
}

impl KeyTable {
    /// A table for `rows` keys; it grows where there are more.
    pub fn with_capacity(rows: usize) -> KeyTable {
        KeyTable { slots: vec![Slot::default(); (rows * 2).next_power_of_two().max(2)], used: 0 }
    }

    /// Enters a row under its key's hash. A key entered twice keeps its first row in [`KeyTable::find`].
    /// `hash_of` gives the hash of every row entered before, should they have to move.
    pub fn insert(&mut self, hash: u64, row: u32, hash_of: impl Fn(u32) -> u64) {
        if (self.used + 1) * 2 > self.slots.len() {
            let before = std::mem::take(&mut self.slots);
            self.slots = vec![Slot::default(); before.len() * 2];
            let mut rows: Vec<u32> = before.iter().filter(|slot| slot.row != 0).map(|slot| slot.row - 1).collect();
            // In order of entry, as far as that matters: rows of one key are entered in ascending order.
            rows.sort_unstable();
            rows.into_iter().for_each(|row| self.place(hash_of(row), row));
        }
        self.place(hash, row);
        self.used += 1;
    }

    /// The first row entered under this hash whose key `is_same` confirms.
    pub fn find(&self, hash: u64, mut is_same: impl FnMut(u32) -> bool) -> Option<u32> {
        let mut slot = self.home(hash);
        while self.slots[slot].row != 0 {
            let Slot { tag, row } = self.slots[slot];
            if tag == tag_of(hash) && is_same(row - 1) {
                return Some(row - 1);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        None
    }

    fn place(&mut self, hash: u64, row: u32) {
        let mut slot = self.home(hash);
        while self.slots[slot].row != 0 {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.slots[slot] = Slot { tag: tag_of(hash), row: row + 1 };
    }

    fn home(&self, hash: u64) -> usize {
        // The low bits: the top byte is the same for all keys that decided a shard.
        usize::try_from(hash & 0xFFFF_FFFF).unwrap_or(0) & (self.slots.len() - 1)
    }
}

/// The high half of a hash.
fn tag_of(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_hashes_are_told_apart_by_the_key() {
        let keys: [&[u8]; 4] = [b"a", b"b", b"c", b"b"];
        for room in [keys.len(), 0] {
            let mut table = KeyTable::with_capacity(room);
            for row in 0..4 {
                table.insert(7, row, |_| 7);
            }
            check(&keys, &table);
        }
    }

    fn check(keys: &[&[u8]], table: &KeyTable) {
        let find = |key: &[u8]| table.find(7, |row| keys[row as usize] == key);
        assert_eq!(find(b"c"), Some(2));
        assert_eq!(find(b"b"), Some(1), "the first row of a key");
        assert_eq!(find(b"d"), None);
        assert_eq!(table.find(8, |_| false), None);
    }
}
