//! Up to 4 096 cubes as bitmaps: for each code of each group of columns, the cubes that the code does not rule out.
//!
//! The first 128 cubes are matched for all rows of a chunk, group by group. The others are looked at only for rows that still want a
//! hit, and there only the words of 64 cubes that no group rules out as a whole.

use std::collections::BTreeMap;
use std::ops::Range;

use super::NONE;
use super::column::{Classes, Column};
use super::cube::{Axis, Cube};
use super::region::Region;

/// Cubes of a segment: the head, and as many words of 64 as one more word has bits.
pub(super) const MOST_CUBES: usize = HEAD + 64 * 64;
const HEAD: usize = 128;
/// Codes of a group: its table of heads stays in the first cache.
const MOST_CODES: usize = 1_024;
/// Words of a group's table of further cubes, which stays in the second cache.
const MOST_WORDS: usize = 1 << 14;

/// The rule a cube belongs to, and the residual conditions it needs.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) rule: u32,
    pub(super) needs: Box<[(usize, bool)]>,
}

/// Bitmaps of some cubes, in order of their rules.
pub(super) struct Segment {
    pub(super) groups: Vec<Group>,
    pub(super) ends: Vec<End>,
    /// For each cube of the head, its rule; [`NONE`] where that depends on residual conditions.
    pub(super) sure: Vec<u32>,
    /// Words of 64 cubes after the head.
    words: usize,
}

/// Columns that share a code.
pub(super) struct Group {
    pub(super) columns: Vec<Column>,
    /// For each code, the cubes of the head it leaves possible.
    heads: Vec<u128>,
    /// For each code, the words after the head.
    tails: Vec<u64>,
    /// For each code, which of its words after the head are not zero.
    summaries: Vec<u64>,
}

/// A column with the bitmap of each of its classes.
struct Cut {
    axis: Axis,
    classes: Classes,
    bitmaps: Vec<Vec<u64>>,
}

impl Segment {
    /// Builds the bitmaps. `cubes` come in order of their rules, at most [`MOST_CUBES`].
    pub(super) fn of(cubes: &[(u32, Cube)]) -> Segment {
        let words = cubes.len().div_ceil(64).max(HEAD / 64);
        let mut cuts: Vec<Cut> =
            regions_by_axis(cubes).into_iter().map(|(axis, regions)| cut(axis, &regions, cubes.len(), words)).collect();
        cuts.sort_by_key(|cut| std::cmp::Reverse(cut.classes.count()));
        let tail = words - HEAD / 64;
        let groups = packed(cuts, MOST_CODES.min(MOST_WORDS / tail.max(1)));
        let live = first_bits(cubes.len(), words);
        let end =
            |(rule, cube): &(u32, Cube)| End { rule: *rule, needs: cube.residuals.iter().map(|(at, answer)| (*at, *answer)).collect() };
        let sure = |(rule, cube): &(u32, Cube)| if cube.residuals.is_empty() { *rule } else { NONE };
        Segment {
            sure: cubes.iter().take(HEAD).map(sure).collect(),
            groups: groups.into_iter().map(|cuts| Group::of(cuts, &live)).collect(),
            ends: cubes.iter().map(end).collect(),
            words: tail,
        }
    }

    /// The cubes of the head that rows with these codes, group by group, leave possible.
    pub(super) fn heads(&self, codes: &[Vec<u32>], into: &mut Vec<u128>) {
        into.clear();
        let of = |at: usize| self.groups[at].heads.as_slice();
        let head = |heads: &[u128], code: u32| heads.get(code as usize).copied().unwrap_or(0);
        match (self.groups.len(), codes) {
            (1, [a, ..]) => into.extend(a.iter().map(|a| head(of(0), *a))),
            (2, [a, b, ..]) => {
                let (of_a, of_b) = (of(0), of(1));
                into.extend(a.iter().zip(b).map(|(a, b)| head(of_a, *a) & head(of_b, *b)));
            }
            (count, [a, b, c, rest @ ..]) => {
                let (of_a, of_b, of_c) = (of(0), of(1), of(2));
                into.extend(a.iter().zip(b).zip(c).map(|((a, b), c)| head(of_a, *a) & head(of_b, *b) & head(of_c, *c)));
                for (group, codes) in self.groups[..count].iter().skip(3).zip(rest) {
                    into.iter_mut().zip(codes).for_each(|(own, code)| *own &= head(&group.heads, *code));
                }
            }
            _ => {}
        }
    }

    /// Whether there are cubes after the head.
    pub(super) fn has_tail(&self) -> bool {
        self.words > 0
    }

    /// Calls back for every possible cube after the head, in order, until told to stop. `codes` are those of the
    /// rows, group by group.
    pub(super) fn tail(&self, codes: &[Vec<u32>], row: usize, mut visit: impl FnMut(usize) -> bool) {
        let groups = || self.groups.iter().zip(codes).map(|(group, codes)| (group, codes.get(row).copied().unwrap_or(0) as usize));
        let mut words = groups().fold(u64::MAX, |words, (group, code)| words & group.summaries.get(code).copied().unwrap_or(0));
        while words != 0 {
            let word = words.trailing_zeros() as usize;
            words &= words - 1;
            let mut cubes = groups().fold(u64::MAX, |cubes, (group, code)| {
                cubes & group.tails.get(code.wrapping_mul(self.words).wrapping_add(word)).copied().unwrap_or(0)
            });
            while cubes != 0 {
                if !visit(HEAD + word * 64 + cubes.trailing_zeros() as usize) {
                    return;
                }
                cubes &= cubes - 1;
            }
        }
    }
}

impl Group {
    fn of(cuts: Vec<Cut>, live: &[u64]) -> Group {
        let codes: usize = cuts.iter().map(|cut| cut.classes.count()).product();
        let mut group = Group { columns: Vec::new(), heads: Vec::new(), tails: Vec::new(), summaries: Vec::new() };
        for code in 0..codes {
            let mut rest = code;
            let mut bitmap = live.to_vec();
            for cut in &cuts {
                let class = rest % cut.classes.count();
                rest /= cut.classes.count();
                bitmap.iter_mut().zip(&cut.bitmaps[class]).for_each(|(own, other)| *own &= other);
            }
            let (head, tail) = bitmap.split_at(HEAD / 64);
            group.heads.push(u128::from(head[0]) | u128::from(head[1]) << 64);
            group.summaries.push(tail.iter().enumerate().fold(0, |bits, (at, word)| bits | u64::from(*word != 0) << at));
            group.tails.extend_from_slice(tail);
        }
        let mut stride = 1;
        for cut in cuts {
            let count = u32::try_from(cut.classes.count()).unwrap_or(u32::MAX);
            group.columns.push(cut.classes.into_column(cut.axis, stride));
            stride = stride.saturating_mul(count);
        }
        group
    }
}

/// Columns that share a code, as few groups as first fit makes of them; a column with many classes may have a group of its own.
fn packed(cuts: Vec<Cut>, most_codes: usize) -> Vec<Vec<Cut>> {
    let mut groups: Vec<(usize, Vec<Cut>)> = Vec::new();
    for cut in cuts {
        let count = cut.classes.count();
        match groups.iter_mut().find(|(codes, _)| codes.saturating_mul(count) <= most_codes) {
            Some((codes, group)) => {
                *codes *= count;
                group.push(cut);
            }
            None => groups.push((count, vec![cut])),
        }
    }
    if groups.is_empty() {
        groups.push((1, Vec::new()));
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// For each column, what the cubes ask of it, each distinct region with the cubes that ask it.
fn regions_by_axis(cubes: &[(u32, Cube)]) -> BTreeMap<Axis, BTreeMap<&Region, Vec<usize>>> {
    let mut axes: BTreeMap<Axis, BTreeMap<&Region, Vec<usize>>> = BTreeMap::new();
    for (at, (_, cube)) in cubes.iter().enumerate() {
        for (axis, region) in &cube.regions {
            axes.entry(*axis).or_default().entry(region).or_default().push(at);
        }
    }
    axes
}

fn cut(axis: Axis, askers: &BTreeMap<&Region, Vec<usize>>, cubes: usize, words: usize) -> Cut {
    let regions: Vec<&Region> = askers.keys().copied().collect();
    let askers: Vec<&Vec<usize>> = askers.values().collect();
    let classes = Classes::of(&regions);
    let mut indifferent = first_bits(cubes, words);
    for cube in askers.iter().copied().flatten() {
        indifferent[cube / 64] &= !(1 << (cube % 64));
    }
    let bitmap = |inside: &Vec<usize>| {
        let mut bitmap = indifferent.clone();
        for cube in inside.iter().flat_map(|region| askers[*region]) {
            bitmap[cube / 64] |= 1 << (cube % 64);
        }
        bitmap
    };
    let bitmaps = classes.regions.iter().map(bitmap).collect();
    Cut { axis, classes, bitmaps }
}

/// So many bits set, from the first on.
fn first_bits(count: usize, words: usize) -> Vec<u64> {
    let bits = |word: usize| match count.saturating_sub(word * 64) {
        rest @ 0..64 => (1 << rest) - 1,
        _ => u64::MAX,
    };
    (0..words).map(bits).collect()
}

/// Cuts a list of cubes into segments, never within a rule.
pub(super) fn segments(cubes: &[(u32, Cube)]) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut start = 0;
    while start < cubes.len() {
        let mut end = cubes.len().min(start + MOST_CUBES);
        while end < cubes.len() && end > start + 1 && cubes[end].0 == cubes[end - 1].0 {
            end -= 1;
        }
        segments.push(Segment::of(&cubes[range(start, end)]));
        start = end;
    }
    segments
}

fn range(start: usize, end: usize) -> Range<usize> {
    start..end.max(start + 1)
}
