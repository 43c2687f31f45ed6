//! Sets of small numbers.

/// A set of numbers below a bound fixed when it is made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bits(Box<[u64]>);

impl Bits {
    /// No number below `count`.
    pub fn none(count: usize) -> Bits {
        Bits(vec![0; count.div_ceil(64)].into())
    }

    /// Every number below `count`.
    pub fn all(count: usize) -> Bits {
        let mut bits = Bits::none(count);
        (0..count).for_each(|at| bits.insert(at));
        bits
    }

    /// Adds a number.
    pub fn insert(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    /// Takes a number out.
    pub fn remove(&mut self, at: usize) {
        self.0[at / 64] &= !(1 << (at % 64));
    }

    /// Whether a number is in the set.
    pub fn contains(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    /// Whether the set has no number.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The least number.
    pub fn first(&self) -> Option<usize> {
        self.0.iter().position(|word| *word != 0).map(|at| at * 64 + self.0[at].trailing_zeros() as usize)
    }

    /// The numbers in both sets.
    #[must_use]
    pub fn and(&self, other: &Bits) -> Bits {
        Bits(self.0.iter().zip(&other.0).map(|(one, other)| one & other).collect())
    }

    /// Adds the numbers of another set.
    pub fn join(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(one, other)| *one |= other);
    }

    /// Whether the sets share a number.
    pub fn meets(&self, other: &Bits) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one & other != 0)
    }

    /// The least number in both sets.
    pub fn first_common(&self, other: &Bits) -> Option<usize> {
        let at = self.0.iter().zip(&other.0).position(|(one, other)| one & other != 0)?;
        Some(at * 64 + (self.0[at] & other.0[at]).trailing_zeros() as usize)
    }

    /// Whether every number of this set is in the other.
    pub fn within(&self, other: &Bits) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| one & !other == 0)
    }

    /// Takes out every number above this one.
    pub fn cut_above(&mut self, at: usize) {
        let keep = at % 64;
        if keep < 63 {
            self.0[at / 64] &= (1 << (keep + 1)) - 1;
        }
        self.0[at / 64 + 1..].fill(0);
    }

    /// The numbers in rising order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit))
    }

    /// How many numbers.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_behave_like_sets() {
        let mut bits = Bits::none(200);
        [0, 63, 64, 130, 199].into_iter().for_each(|at| bits.insert(at));
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 63, 64, 130, 199]);
        assert_eq!((bits.first(), bits.len(), bits.contains(64), bits.contains(65)), (Some(0), 5, true, false));
        bits.remove(0);
        let mut cut = bits.clone();
        cut.cut_above(63);
        assert_eq!(cut.iter().collect::<Vec<_>>(), [63]);
        let mut cut = bits.clone();
        cut.cut_above(130);
        assert_eq!(cut.iter().collect::<Vec<_>>(), [63, 64, 130]);
        assert!(cut.within(&bits) && !bits.within(&cut) && bits.meets(&cut));
        assert_eq!(bits.first_common(&Bits::all(200)), Some(63));
        assert!(Bits::none(70).is_empty() && Bits::all(70).len() == 70);
        cut.join(&bits);
        assert_eq!(cut, bits);
        assert_eq!(bits.and(&Bits::none(200)), Bits::none(200));
    }
}
