//! An order of cubes in which those that ask for the same cells stand together: then a row rules out most words of 64 cubes as a whole.

use super::column::Classes;
use super::segment::first_bits;

/// Cubes of a word.
const WORD: usize = 64;

/// What some cubes ask of one column.
pub(super) struct Wishes {
    /// Number of classes of the column.
    classes: usize,
    /// For each cube, what it asks for, by position in `wishes`.
    of_cube: Vec<usize>,
    wishes: Vec<Wish>,
}

/// Classes a cube asks for, as bits.
struct Wish {
    bits: Vec<u64>,
    /// Whether it asks for less than all; the first and the last of the classes, whose order is nearly that of the values.
    span: (bool, usize, usize),
}

impl Wishes {
    /// `askers` are, for each region that the classes were made of, the cubes that ask for it; the others ask for nothing.
    pub(super) fn of(classes: &Classes, askers: &[Vec<usize>], cubes: usize) -> Wishes {
        let count = classes.count();
        let mut wishes: Vec<Vec<u64>> = vec![vec![0; count.div_ceil(WORD)]; askers.len()];
        for (class, regions) in classes.regions.iter().enumerate() {
            regions.iter().for_each(|region| wishes[*region][class / WORD] |= 1 << (class % WORD));
        }
        wishes.push(first_bits(count, count.div_ceil(WORD)));
        let mut of_cube = vec![askers.len(); cubes];
        for (region, cubes) in askers.iter().enumerate() {
            cubes.iter().for_each(|cube| of_cube[*cube] = region);
        }
        let wish = |bits: Vec<u64>| {
            let asked = || (0..count).filter(|class| bits[class / WORD] >> (class % WORD) & 1 == 1);
            let (first, last) = (asked().next().unwrap_or(0), asked().next_back().unwrap_or(0));
            Wish { span: (asked().count() < count, first, last), bits }
        };
        Wishes { classes: count, of_cube, wishes: wishes.into_iter().map(wish).collect() }
    }

    fn wish(&self, cube: usize) -> &Wish {
        &self.wishes[self.of_cube[cube]]
    }

    /// The classes that a word of cubes asks for.
    fn union(&self, cubes: &[usize]) -> Vec<u64> {
        let mut union = vec![0; self.classes.div_ceil(WORD)];
        cubes.iter().for_each(|cube| join(&mut union, &self.wish(*cube).bits));
        union
    }
}

fn join(union: &mut [u64], with: &[u64]) {
    union.iter_mut().zip(with).for_each(|(own, other)| *own |= other);
}

fn count(union: &[u64]) -> u64 {
    union.iter().map(|bits| u64::from(bits.count_ones())).sum()
}

/// A list of cubes cut in three, so that a row looks at few of their words.
struct Cut {
    order: Vec<usize>,
    /// Words before the first cut and before the second.
    at: [usize; 2],
    /// The words that a row is expected to look at, as a share of what it looks at without the cuts.
    share: (u64, u64),
}

/// Puts cubes into words, all of which but the last are full; within a word they rise. Cuts them, again and again, along the column
/// that tells the parts apart best.
pub(super) fn arrange(columns: &[Wishes], cubes: &mut [usize]) {
    cubes.sort_unstable();
    let better = |one: &Cut, other: &Cut| one.share.0 * other.share.1 < other.share.0 * one.share.1;
    let cuts = columns.iter().filter_map(|wishes| cut(wishes, cubes));
    let Some(best) = cuts.reduce(|best, cut| if better(&cut, &best) { cut } else { best }) else { return };
    cubes.copy_from_slice(&best.order);
    let (before, rest) = cubes.split_at_mut(best.at[0] * WORD);
    let (between, after) = rest.split_at_mut((best.at[1] - best.at[0]) * WORD);
    [before, between, after].into_iter().for_each(|part| arrange(columns, part));
}

/// The best way to cut along one column; `None` where none is worth it.
fn cut(wishes: &Wishes, cubes: &[usize]) -> Option<Cut> {
    let mut order = cubes.to_vec();
    // Those that ask for nothing stay out of the way of the others.
    order.sort_by_key(|cube| wishes.wish(*cube).span);
    let words: Vec<Vec<u64>> = order.chunks(WORD).map(|cubes| wishes.union(cubes)).collect();
    // For each part, by its first word and its length: what a row looks at in it, all classes being as likely.
    let looked_at = |from: usize| {
        let mut union = vec![0; wishes.classes.div_ceil(WORD)];
        let grown = words[from..].iter().map(move |word| {
            join(&mut union, word);
            count(&union)
        });
        std::iter::once(0).chain(grown.zip(1..).map(|(classes, words): (u64, u64)| classes * words)).collect::<Vec<u64>>()
    };
    let from: Vec<Vec<u64>> = (0..=words.len()).map(looked_at).collect();
    let ways = (0..words.len()).flat_map(|first| (first + 1..words.len()).map(move |second| [first, second]));
    let all = |[first, second]: [usize; 2]| from[0][first] + from[first][second - first] + from[second][words.len() - second];
    let at = ways.min_by_key(|at| all(*at))?;
    let share = (all(at), from[0][words.len()]);
    (share.0 < share.1).then_some(Cut { order, at, share })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::index::region::Region;

    /// Cubes that each ask for one value of two columns, all pairs of them, in the order of a step through them.
    fn pairs(values: usize, step: usize) -> Vec<[usize; 2]> {
        (0..values * values).map(|at| at * step % (values * values)).map(|pair| [pair / values, pair % values]).collect()
    }

    fn wishes(values: usize, of_cube: impl Iterator<Item = usize>, cubes: usize) -> Wishes {
        let one = |value: usize| Region::of_cells(&[i64::try_from(value).expect("small")]);
        let regions: Vec<Region> = (0..values).map(one).collect();
        let mut askers = vec![Vec::new(); values];
        of_cube.enumerate().for_each(|(cube, value)| askers[value].push(cube));
        Wishes::of(&Classes::of(&regions.iter().collect::<Vec<_>>()), &askers, cubes)
    }

    #[test]
    fn cubes_that_ask_for_the_same_cells_share_words() {
        const VALUES: usize = 24;
        let pairs = pairs(VALUES, 233);
        let columns = [0, 1].map(|column| wishes(VALUES, pairs.iter().map(|pair| pair[column]), pairs.len()));
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        let looked_at = |order: &[usize]| -> usize {
            let words = order.chunks(WORD).map(|word| columns.each_ref().map(|wishes| count(&wishes.union(word))));
            words.map(|[first, second]| usize::try_from(first * second).expect("small")).sum()
        };
        let before = looked_at(&order);
        arrange(&columns, &mut order);
        assert!(order.chunks(WORD).all(|word| word.is_sorted()));
        // Of the nine words each row looked at nearly all, and now at hardly more than one.
        assert!(before > 8 * pairs.len(), "{before}");
        assert!(looked_at(&order) < 2 * pairs.len(), "{} of {before}", looked_at(&order));
        order.sort_unstable();
        assert!(order.into_iter().eq(0..pairs.len()));
    }

    #[test]
    fn cubes_that_no_column_tells_apart_stay_as_they_are() {
        let columns = [wishes(1, std::iter::repeat_n(0, 300), 300)];
        let mut order: Vec<usize> = (0..300).collect();
        arrange(&columns, &mut order);
        assert!(order.into_iter().eq(0..300));
        arrange(&[], &mut []);
    }
}
