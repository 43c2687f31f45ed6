//! Up to 4 096 cubes as bitmaps: for each code of each group of columns, the cubes that the code does not rule out.
//!
//! The first 128 cubes are matched for all rows of a chunk (`scan`). The others are looked at only for rows that still want a hit, and
//! there only the words of 64 cubes that no group rules out as a whole; so that there are few of those, cubes that ask for the same cells
//! share words (`cluster`).

use std::collections::BTreeMap;
use std::ops::Range;

use super::NONE;
use super::cluster::{self, Wishes};
use super::column::{Classes, Column};
use super::cube::{Axis, Cube};
use super::region::Region;

/// Cubes of a segment: the head, and as many words of 64 as one more word has bits.
pub(super) const MOST_CUBES: usize = HEAD + 64 * 64;
const HEAD: usize = 64 * HEAD_WORDS;
/// Words of the head.
pub(super) const HEAD_WORDS: usize = 2;
/// Codes of a group: its heads, and each word after the head, stay in the first cache.
const MOST_CODES: usize = 1_024;

/// The rule a cube belongs to, and the residual conditions it needs.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) rule: u32,
    pub(super) needs: Box<[(usize, bool)]>,
}

/// Bitmaps of some cubes: those of the head in order of their rules, those of each word after it too.
pub(super) struct Segment {
    pub(super) groups: Vec<Group>,
    /// For each cube, word by word.
    pub(super) ends: Vec<End>,
    /// For each word, those of its cubes that need no residual condition.
    pub(super) sure: Vec<u64>,
    /// For each cube of the head, its rule; [`NONE`] where there is no cube.
    pub(super) rules: [u32; HEAD + 1],
}

/// Columns that share a code.
pub(super) struct Group {
    pub(super) columns: Vec<Column>,
    /// For each code, the cubes of the head it leaves possible.
    heads: Vec<u128>,
    /// For each word after the head, and for each code, the cubes it leaves possible.
    tails: Vec<Vec<u64>>,
    /// For each code, which of its words after the head are not zero.
    summaries: Vec<u64>,
}

/// A column, and the cubes that ask for each of the regions its classes were made of.
struct Asked {
    axis: Axis,
    classes: Classes,
    askers: Vec<Vec<usize>>,
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
        let words = cubes.len().div_ceil(64).max(HEAD_WORDS);
        let asked = asked(cubes);
        let order = order(&asked, cubes.len());
        let mut place = vec![0; cubes.len()];
        order.iter().enumerate().for_each(|(at, cube)| place[*cube] = at);
        let mut cuts: Vec<Cut> = asked.into_iter().map(|asked| cut(asked, &place, words)).collect();
        cuts.sort_by_key(|cut| std::cmp::Reverse(cut.classes.count()));
        let live = first_bits(cubes.len(), words);
        let end = |cube: &usize| {
            let (rule, cube) = &cubes[*cube];
            End { rule: *rule, needs: cube.residuals.iter().map(|(at, answer)| (*at, *answer)).collect() }
        };
        let ends: Vec<End> = order.iter().map(end).collect();
        let mut rules = [NONE; HEAD + 1];
        rules.iter_mut().take(HEAD).zip(&ends).for_each(|(rule, end)| *rule = end.rule);
        let sure = |ends: &[End]| ends.iter().enumerate().fold(0, |bits, (at, end)| bits | u64::from(end.needs.is_empty()) << at);
        let mut sure: Vec<u64> = ends.chunks(64).map(sure).collect();
        sure.resize(words, 0);
        Segment { groups: packed(cuts).into_iter().map(|cuts| Group::of(cuts, &live)).collect(), ends, sure, rules }
    }

    /// How many words there are, those of the head among them.
    pub(super) fn words(&self) -> usize {
        self.sure.len()
    }

    /// Whether there are cubes after the head.
    pub(super) fn has_tail(&self) -> bool {
        self.words() > HEAD_WORDS
    }

    /// The cubes of the head that need no residual condition.
    pub(super) fn sure_head(&self) -> u128 {
        self.sure.iter().take(HEAD_WORDS).rev().fold(0, |head, word| head << 64 | u128::from(*word))
    }

    /// Whether no cube of the head needs a residual condition.
    pub(super) fn is_head_sure(&self) -> bool {
        self.ends.iter().take(HEAD).all(|end| end.needs.is_empty())
    }

    /// What the first of some cubes of a word is the end of.
    pub(super) fn end(&self, word: usize, cubes: u64) -> &End {
        &self.ends[word * 64 + cubes.trailing_zeros() as usize]
    }

    /// For each group, the heads by code.
    pub(super) fn heads(&self) -> Vec<&[u128]> {
        self.groups.iter().map(|group| group.heads.as_slice()).collect()
    }

    /// For each group, by code, which words after the head are not zero.
    pub(super) fn summaries(&self) -> Vec<&[u64]> {
        self.groups.iter().map(|group| group.summaries.as_slice()).collect()
    }

    /// For each group, a word after the head by code.
    pub(super) fn tails(&self, word: usize) -> Vec<&[u64]> {
        self.groups.iter().map(|group| group.tails[word - HEAD_WORDS].as_slice()).collect()
    }
}

impl Group {
    fn of(cuts: Vec<Cut>, live: &[u64]) -> Group {
        let codes: usize = cuts.iter().map(|cut| cut.classes.count()).product();
        let mut group = Group {
            columns: Vec::new(),
            heads: Vec::new(),
            tails: vec![Vec::with_capacity(codes); live.len() - HEAD_WORDS],
            summaries: Vec::new(),
        };
        for code in 0..codes {
            let mut rest = code;
            let mut bitmap = live.to_vec();
            for cut in &cuts {
                let class = rest % cut.classes.count();
                rest /= cut.classes.count();
                bitmap.iter_mut().zip(&cut.bitmaps[class]).for_each(|(own, other)| *own &= other);
            }
            let (head, tail) = bitmap.split_at(HEAD_WORDS);
            group.heads.push(u128::from(head[0]) | u128::from(head[1]) << 64);
            group.summaries.push(tail.iter().enumerate().fold(0, |bits, (at, word)| bits | u64::from(*word != 0) << at));
            group.tails.iter_mut().zip(tail).for_each(|(codes, word)| codes.push(*word));
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
fn packed(cuts: Vec<Cut>) -> Vec<Vec<Cut>> {
    let mut groups: Vec<(usize, Vec<Cut>)> = Vec::new();
    for cut in cuts {
        let count = cut.classes.count();
        match groups.iter_mut().find(|(codes, _)| codes.saturating_mul(count) <= MOST_CODES) {
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

/// What the cubes ask of each column.
fn asked(cubes: &[(u32, Cube)]) -> Vec<Asked> {
    let mut axes: BTreeMap<Axis, BTreeMap<&Region, Vec<usize>>> = BTreeMap::new();
    for (at, (_, cube)) in cubes.iter().enumerate() {
        for (axis, region) in &cube.regions {
            axes.entry(*axis).or_default().entry(region).or_default().push(at);
        }
    }
    let asked = |(axis, regions): (Axis, BTreeMap<&Region, Vec<usize>>)| {
        let (regions, askers): (Vec<&Region>, Vec<Vec<usize>>) = regions.into_iter().unzip();
        Asked { axis, classes: Classes::of(&regions), askers }
    };
    axes.into_iter().map(asked).collect()
}

/// The cubes place by place: those of the head as they come, after it those together that ask for the same cells.
fn order(asked: &[Asked], cubes: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..cubes).collect();
    if let Some(tail) = order.get_mut(HEAD..) {
        let wishes: Vec<Wishes> = asked.iter().map(|asked| Wishes::of(&asked.classes, &asked.askers, cubes)).collect();
        cluster::arrange(&wishes, tail);
    }
    order
}

/// The bitmap of each class: the cubes that ask for it, and those that ask nothing of the column.
fn cut(asked: Asked, place: &[usize], words: usize) -> Cut {
    let Asked { axis, classes, askers } = asked;
    let put = |bitmap: &mut Vec<u64>, cube: &usize, holds: bool| {
        let (word, bit) = (place[*cube] / 64, 1 << (place[*cube] % 64));
        bitmap[word] = if holds { bitmap[word] | bit } else { bitmap[word] & !bit };
    };
    let mut indifferent = first_bits(place.len(), words);
    askers.iter().flatten().for_each(|cube| put(&mut indifferent, cube, false));
    let bitmap = |inside: &Vec<usize>| {
        let mut bitmap = indifferent.clone();
        inside.iter().flat_map(|region| &askers[*region]).for_each(|cube| put(&mut bitmap, cube, true));
        bitmap
    };
    let bitmaps = classes.regions.iter().map(bitmap).collect();
    Cut { axis, classes, bitmaps }
}

/// So many bits set, from the first on.
pub(super) fn first_bits(count: usize, words: usize) -> Vec<u64> {
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
