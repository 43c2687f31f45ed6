//! The two fixed hashes. Both are part of the data format: a change of either moves rows between shards and renames actions.

use xxhash_rust::xxh3::xxh3_64;

/// Shards in a run: a constant of the data format, never a function of the machine.
pub const SHARDS: usize = 256;

/// The 64-bit XXH3 hash of a key's bytes.
pub fn key_hash(key: &[u8]) -> u64 {
    xxh3_64(key)
}

/// The shard that holds everything of one debtor group.
pub fn shard_of(group: &[u8]) -> usize {
    shard_of_hash(key_hash(group))
}

/// The shard of a group with this [`key_hash`].
pub fn shard_of_hash(hash: u64) -> usize {
    // The top byte, because the low bits index hash tables inside the shard.
    usize::from(hash.to_be_bytes()[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These values may never change: they place every row of every run folder ever written.
    #[test]
    fn the_hash_is_the_published_xxh3() {
        assert_eq!(key_hash(b""), 0x2D06_8005_38D3_94C2);
        assert!(shard_of(b"C-000001") < SHARDS);
    }
}
