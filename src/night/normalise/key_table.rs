//! A small hash table from a key's bytes to a row, built once per shard and only looked up.
//!
//! It never gives its entries back in any order of its own, so nothing can come to depend on the hash.

/// Open addressing over row numbers; the keys stay where they are.
pub struct KeyTable {
    /// Row + 1, or 0 for a free slot. The length is a power of two at least twice the number of rows.
    slots: Vec<u32>,
}

impl KeyTable {
    /// A table for at most `rows` keys.
    pub fn with_capacity(rows: usize) -> KeyTable {
        KeyTable { slots: vec![0; (rows * 2).next_power_of_two().max(2)] }
    }

    /// Enters a row under its key's hash. A key entered twice keeps its first row in [`KeyTable::find`].
    pub fn insert(&mut self, hash: u64, row: u32) {
        let mut slot = self.home(hash);
        while self.slots[slot] != 0 {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.slots[slot] = row + 1;
    }

    /// The first row entered under this hash whose key `is_same` confirms.
    pub fn find(&self, hash: u64, mut is_same: impl FnMut(u32) -> bool) -> Option<u32> {
        let mut slot = self.home(hash);
        while self.slots[slot] != 0 {
            let row = self.slots[slot] - 1;
            if is_same(row) {
                return Some(row);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        None
    }

    fn home(&self, hash: u64) -> usize {
        // The low bits: the top byte is the same for all keys that decided a shard.
        usize::try_from(hash & 0xFFFF_FFFF).unwrap_or(0) & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_hashes_are_told_apart_by_the_key() {
        let keys: [&[u8]; 4] = [b"a", b"b", b"c", b"b"];
        let mut table = KeyTable::with_capacity(keys.len());
        for row in 0..4 {
            table.insert(7, row);
        }
        let find = |key: &[u8]| table.find(7, |row| keys[row as usize] == key);
        assert_eq!(find(b"c"), Some(2));
        assert_eq!(find(b"b"), Some(1), "the first row of a key");
        assert_eq!(find(b"d"), None);
        assert_eq!(table.find(8, |_| false), None);
    }
}
