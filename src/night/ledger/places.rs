//! A set of small numbers, kept as bits: what is open of a customer, and what is on its account.

/// Numbers in a word.
const WORD: u32 = u64::BITS;

/// A set of numbers, found in ascending order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    words: Vec<u64>,
    /// No number is in a word before this one.
    first_word: usize,
    count: u32,
}

impl Places {
    /// Takes all numbers out; the room for them is kept.
    pub fn clear(&mut self) {
        self.words.clear();
        self.first_word = 0;
        self.count = 0;
    }

    /// Whether no number is in the set.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Puts a number in.
    pub fn insert(&mut self, number: u32) {
        let (word, bit) = place(number);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.count += u32::from(self.words[word] & bit == 0);
        self.words[word] |= bit;
        self.first_word = self.first_word.min(word);
    }

    /// Takes a number out, if it is in.
    pub fn remove(&mut self, number: u32) {
        let (word, bit) = place(number);
        let Some(bits) = self.words.get_mut(word) else { return };
        self.count -= u32::from(*bits & bit != 0);
        *bits &= !bit;
        while self.words.get(self.first_word) == Some(&0) {
            self.first_word += 1;
        }
    }

    /// The smallest number.
    pub fn first(&self) -> Option<u32> {
        if self.is_empty() { None } else { self.from(0) }
    }

    /// The smallest number that is not below `number`.
    pub fn from(&self, number: u32) -> Option<u32> {
        let (word, bit) = place(number);
        let start = word.max(self.first_word);
        // The bits below `bit` are of smaller numbers.
        let not_below = if word < self.first_word { u64::MAX } else { !(bit - 1) };
        let first = *self.words.get(start)? & not_below;
        if first != 0 {
            return Some(number_at(start, first));
        }
        let later = start + 1;
        let found = later + self.words[later..].iter().position(|bits| *bits != 0)?;
        Some(number_at(found, self.words[found]))
    }

    /// All numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        std::iter::successors(self.from(0), |number| self.from(number + 1))
    }
}

fn place(number: u32) -> (usize, u64) {
    ((number / WORD) as usize, 1 << (number % WORD))
}

fn number_at(word: usize, bits: u64) -> u32 {
    u32::try_from(word).unwrap_or(u32::MAX) * WORD + bits.trailing_zeros()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_of_places_is_a_set(steps in prop::collection::vec((any::<bool>(), 0_u32..300), 0..200), from in 0_u32..400) {
            let (mut places, mut set) = (Places::default(), BTreeSet::new());
            for (inserts, number) in steps {
                if inserts {
                    places.insert(number);
                    set.insert(number);
                } else {
                    places.remove(number);
                    set.remove(&number);
                }
                prop_assert_eq!(places.first(), set.first().copied());
                prop_assert_eq!(places.is_empty(), set.is_empty());
                prop_assert_eq!(places.from(from), set.range(from..).next().copied());
            }
            prop_assert_eq!(places.iter().collect::<Vec<_>>(), set.into_iter().collect::<Vec<_>>());
            places.clear();
            prop_assert_eq!(places.first(), None);
        }
    }
}
