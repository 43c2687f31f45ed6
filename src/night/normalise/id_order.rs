//! Order of ids by eight bytes at a time: most ids of a shard begin alike, and differ in the eight bytes that follow.

use std::cmp::Ordering;

/// Bytes that are looked at instead of the whole id.
const WIDTH: usize = 8;

/// How the ids of one column are cut: what all of them begin with is skipped.
#[derive(Debug, Clone, Copy)]
pub struct IdOrder {
    /// Length of what all ids begin with.
    prefix: usize,
}

impl IdOrder {
    /// The cut for these ids.
    pub fn of<'a>(mut ids: impl Iterator<Item = &'a [u8]>) -> IdOrder {
        let Some(first) = ids.next() else { return IdOrder { prefix: 0 } };
        let prefix = ids.fold(first.len(), |prefix, id| {
            if id.get(..prefix) == first.get(..prefix) { prefix } else { first.iter().zip(id).take_while(|(a, b)| a == b).count() }
        });
        IdOrder { prefix }
    }

    /// The bytes after the common beginning, as a number in their order.
    pub fn key(self, id: &[u8]) -> u64 {
        let rest = id.get(self.prefix..).unwrap_or_default();
        let mut bytes = [0; WIDTH];
        let length = rest.len().min(WIDTH);
        bytes[..length].copy_from_slice(&rest[..length]);
        u64::from_be_bytes(bytes)
    }

    /// The order of two ids by their keys; only ids with the same key are looked at whole.
    pub fn compare<'a>(a: u64, b: u64, ids: impl FnOnce() -> (&'a [u8], &'a [u8])) -> Ordering {
        a.cmp(&b).then_with(|| {
            let (a, b) = ids();
            a.cmp(b)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_the_order_of_the_ids() {
        let cases: [&[&[u8]]; 4] = [
            &[b"INV-0000000012", b"INV-0000000002", b"INV-00", b"INV-0000000002x"],
            &[b"a", b"a\0", b"", b"b"],
            &[b"same", b"same"],
            &["\u{fffd}zz".as_bytes(), b"z", b"INV-1234567890", b"INV-1234567891"],
        ];
        for ids in cases {
            let order = IdOrder::of(ids.iter().copied());
            for a in ids {
                for b in ids {
                    let found = IdOrder::compare(order.key(a), order.key(b), || (a, b));
                    assert_eq!(found, a.cmp(b), "{a:?} and {b:?}");
                }
            }
        }
    }
}
