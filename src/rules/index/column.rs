//! From the cells of a column to codes: cells that no rule tells apart share a class, and a class is a number.

use std::collections::BTreeMap;

use super::cube::Axis;
use super::region::Region;
use crate::rules::program::{Cell, MISSING};

/// Values a table by value may span; far spread cut points are searched instead.
const WIDEST_TABLE: u64 = 4_096;
/// Places of a table by value for each cut point, where that is more.
const PLACES_PER_CUT: u64 = 8;
/// Places of such a table before the first and after the last cut.
const MARGIN: Cell = 512;
/// Steps of a column whose cuts are multiples.
const MOST_STEPS: u64 = 2_048;
/// Buckets of a column whose values are spread evenly: they stay in the first cache.
const MOST_BUCKETS: u64 = 256;

/// The classes of a column, and the sets of cells that each lies in.
pub(super) struct Classes {
    /// First value of each stretch after the first, rising.
    cuts: Vec<Cell>,
    /// Class of each stretch: one more than there are cuts.
    of_stretch: Vec<u32>,
    of_missing: u32,
    /// For each class, the positions of the regions it lies in.
    pub(super) regions: Vec<Vec<usize>>,
}

impl Classes {
    /// Cuts a column at every edge of the regions; stretches in the same regions share a class, wherever they lie.
    pub(super) fn of(regions: &[&Region]) -> Classes {
        let mut edges: BTreeMap<Cell, Vec<usize>> = BTreeMap::new();
        for (at, region) in regions.iter().enumerate() {
            for (low, high) in region.stretches() {
                edges.entry(*low).or_default().push(at);
                if let Some(after) = high.checked_add(1) {
                    edges.entry(after).or_default().push(at);
                }
            }
        }
        let mut inside = edges.remove(&(MISSING + 1)).map_or_else(|| vec![0; regions.len().div_ceil(64)], |at| toggled(&at, regions.len()));
        let mut known: BTreeMap<Vec<u64>, u32> = BTreeMap::new();
        let mut class = |inside: &Vec<u64>| {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            *known.entry(inside.clone()).or_insert(next)
        };
        let mut classes = Classes { cuts: Vec::new(), of_stretch: vec![class(&inside)], of_missing: 0, regions: Vec::new() };
        for (cut, toggles) in edges {
            toggles.iter().for_each(|at| toggle(&mut inside, *at));
            let class = class(&inside);
            if classes.of_stretch.last() != Some(&class) {
                classes.cuts.push(cut);
                classes.of_stretch.push(class);
            }
        }
        let missing: Vec<usize> = (0..regions.len()).filter(|at| regions[*at].has_missing()).collect();
        classes.of_missing = class(&toggled(&missing, regions.len()));
        classes.regions = vec![Vec::new(); known.len()];
        for (inside, class) in known {
            classes.regions[class as usize] = (0..regions.len()).filter(|at| inside[at / 64] >> (at % 64) & 1 == 1).collect();
        }
        classes
    }

    /// How many classes there are.
    pub(super) fn count(&self) -> usize {
        self.regions.len()
    }

    /// The column as it is read, each class standing for so many codes.
    pub(super) fn into_column(self, axis: Axis, stride: u32) -> Column {
        let scaled = |class: &u32| class * stride;
        let codes: Vec<u32> = self.of_stretch.iter().map(scaled).collect();
        let lookup = by_value(&self.cuts, &codes).or_else(|| by_step(&self.cuts, &codes)).or_else(|| by_bucket(&self.cuts, &codes));
        Column { axis, missing: scaled(&self.of_missing), lookup: lookup.unwrap_or(Lookup::Search { cuts: self.cuts, codes }) }
    }
}

fn toggled(at: &[usize], count: usize) -> Vec<u64> {
    let mut bits = vec![0; count.div_ceil(64)];
    at.iter().for_each(|at| toggle(&mut bits, *at));
    bits
}

fn toggle(bits: &mut [u64], at: usize) {
    bits[at / 64] ^= 1 << (at % 64);
}

/// A place for each value from a little below the first cut to well above the last, so that few cells lie outside.
fn by_value(cuts: &[Cell], codes: &[u32]) -> Option<Lookup> {
    let (first, last) = (*cuts.first()?, *cuts.last()?);
    let widest = u64::try_from(cuts.len()).unwrap_or(u64::MAX).saturating_mul(PLACES_PER_CUT).max(WIDEST_TABLE);
    if last.abs_diff(first) > widest {
        return None;
    }
    let start = first.saturating_sub(MARGIN).max(MISSING + 1);
    let mut table = Vec::new();
    let mut stretch = 0;
    for cell in start..=last.saturating_add(MARGIN) {
        stretch += usize::from(cuts.get(stretch).is_some_and(|cut| *cut <= cell));
        table.push(codes.get(stretch).copied().unwrap_or(0));
    }
    Some(Lookup::Value { start, codes: table, below: *codes.first()?, above: *codes.last()? })
}

/// Steps of the width that divides all distances of cuts, as counts in millionths have.
fn by_step(cuts: &[Cell], codes: &[u32]) -> Option<Lookup> {
    let (first, last) = (*cuts.first()?, *cuts.last()?);
    let width = cuts.iter().fold(0, |width, cut| common_factor(width, cut.abs_diff(first)));
    // The step before the first cut stands for all below it.
    let start = first.checked_sub(i64::try_from(width).ok()?).filter(|start| *start != MISSING)?;
    let span = last.abs_diff(start);
    // Rounded up, the reciprocal is exact for everything below its own size.
    let reciprocal = (u64::MAX / width.max(1)).checked_add(1)?;
    if width == 0 || span / width >= MOST_STEPS || span >= reciprocal {
        return None;
    }
    let mut stretch = 0;
    let mut table = Vec::new();
    for step in 0..=span / width {
        stretch += usize::from(cuts.get(stretch).is_some_and(|cut| cut.abs_diff(start) <= step * width));
        table.push(codes.get(stretch).copied().unwrap_or(0));
    }
    Some(Lookup::Step { start, last, reciprocal, codes: table })
}

fn common_factor(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { common_factor(other, one % other) }
}

/// Buckets of equal width with two cuts at most, as counts in millionths and regular amounts allow.
fn by_bucket(cuts: &[Cell], codes: &[u32]) -> Option<Lookup> {
    let (first, last) = (*cuts.first()?, *cuts.last()?);
    let start = first.checked_sub(1)?;
    let span = last.abs_diff(start);
    let bucket = |cell: Cell, shift: u32| cell.abs_diff(start) >> shift;
    // Three cuts in a row never share a bucket.
    let fits = |shift: &u32| cuts.windows(3).all(|three| bucket(three[0], *shift) != bucket(three[2], *shift));
    let shift = (0..64).rev().find(fits)?;
    if span >> shift >= MOST_BUCKETS {
        return None;
    }
    let mut stretch = 0;
    let (mut pairs, mut table) = (Vec::new(), Vec::new());
    for number in 0..=span >> shift {
        let own: Vec<Cell> = cuts.iter().copied().filter(|cut| bucket(*cut, shift) == number).collect();
        let code = |more: usize| codes.get(stretch + more).copied().unwrap_or(0);
        // An absent cut is at the end of the range, where its code is the one before it.
        let cut = |at: usize| own.get(at).copied().unwrap_or(Cell::MAX);
        pairs.push([cut(0), cut(1)]);
        table.extend([code(0), code(own.len().min(1)), code(own.len())]);
        stretch += own.len();
    }
    Some(Lookup::Bucket { start, last, shift, cuts: pairs, codes: table })
}

/// A column the index reads.
pub(super) struct Column {
    pub(super) axis: Axis,
    lookup: Lookup,
    /// Code of a missing value.
    missing: u32,
}

/// How a cell becomes a code.
enum Lookup {
    /// The code of each value from `start` on, and of those outside.
    Value {
        start: Cell,
        codes: Vec<u32>,
        below: u32,
        above: u32,
    },
    /// The code of each step of equal width, all cuts being starts of steps.
    Step {
        start: Cell,
        last: Cell,
        reciprocal: u64,
        codes: Vec<u32>,
    },
    /// The two cuts of each bucket, and three codes for it: with none, one and both of them not above the cell.
    Bucket {
        start: Cell,
        last: Cell,
        shift: u32,
        cuts: Vec<[Cell; 2]>,
        codes: Vec<u32>,
    },
    Search {
        cuts: Vec<Cell>,
        codes: Vec<u32>,
    },
}

impl Column {
    /// Writes the code of each cell, or adds it to what other columns have written.
    pub(super) fn encode(&self, cells: &[Cell], adds: bool, into: &mut [u32]) {
        if adds { self.put::<true>(cells, into) } else { self.put::<false>(cells, into) }
    }

    fn put<const ADDS: bool>(&self, cells: &[Cell], into: &mut [u32]) {
        match &self.lookup {
            Lookup::Value { start, codes, below, above } => {
                let (start, missing) = (*start, self.missing);
                let outside = |cell: Cell| match cell {
                    MISSING => missing,
                    _ if cell < start => *below,
                    _ => *above,
                };
                for (cell, code) in cells.iter().zip(into) {
                    // What lies below the start wraps round to a place far behind the end.
                    let place = usize::try_from(cell.wrapping_sub(start).cast_unsigned()).unwrap_or(usize::MAX);
                    let own = codes.get(place).copied().unwrap_or_else(|| outside(*cell));
                    *code = if ADDS { code.wrapping_add(own) } else { own };
                }
            }
            Lookup::Step { start, last, reciprocal, codes } => {
                let (start, last, reciprocal) = (*start, *last, u128::from(*reciprocal));
                self.each::<ADDS>(cells, into, |cell| {
                    let above = cell.max(start).min(last).wrapping_sub(start).cast_unsigned();
                    let place = u128::from(above).wrapping_mul(reciprocal) >> 64;
                    usize::try_from(place).ok().and_then(|place| codes.get(place)).copied().unwrap_or(0)
                });
            }
            Lookup::Bucket { start, last, shift, cuts, codes } => {
                let (start, last, shift) = (*start, *last, *shift);
                self.each::<ADDS>(cells, into, |cell| {
                    let place = cell.max(start).min(last).wrapping_sub(start).cast_unsigned() >> shift;
                    let place = usize::try_from(place).unwrap_or(0);
                    let [low, high] = cuts.get(place).copied().unwrap_or_default();
                    let passed = usize::from(low <= cell).wrapping_add(usize::from(high <= cell));
                    codes.get(place.wrapping_mul(3).wrapping_add(passed)).copied().unwrap_or(0)
                });
            }
            Lookup::Search { cuts, codes } => match cuts.len() {
                0..=3 => self.search::<4, ADDS>(cuts, codes, cells, into),
                4..=15 => self.search::<16, ADDS>(cuts, codes, cells, into),
                16..=63 => self.search::<64, ADDS>(cuts, codes, cells, into),
                64..=255 => self.search::<256, ADDS>(cuts, codes, cells, into),
                _ => self.each::<ADDS>(cells, into, |cell| codes.get(cuts.partition_point(|cut| *cut <= cell)).copied().unwrap_or(0)),
            },
        }
    }

    /// Searches without a branch that depends on the cell, in a number of steps that is known when this is compiled.
    fn search<const SIZE: usize, const ADDS: bool>(&self, cuts: &[Cell], codes: &[u32], cells: &[Cell], into: &mut [u32]) {
        let mut padded = [Cell::MAX; SIZE];
        padded.iter_mut().zip(cuts).for_each(|(own, cut)| *own = *cut);
        let mut own_codes = [codes.last().copied().unwrap_or(0); SIZE];
        own_codes.iter_mut().zip(codes).for_each(|(own, code)| *own = *code);
        self.each::<ADDS>(cells, into, |cell| {
            let mut at = 0;
            let mut half = SIZE / 2;
            while half > 0 {
                let step = if padded[(at | (half - 1)) & (SIZE - 1)] <= cell { half } else { 0 };
                at |= step;
                half /= 2;
            }
            own_codes[at & (SIZE - 1)]
        });
    }

    fn each<const ADDS: bool>(&self, cells: &[Cell], into: &mut [u32], code_of: impl Fn(Cell) -> u32) {
        for (cell, code) in cells.iter().zip(into) {
            let own = if *cell == MISSING { self.missing } else { code_of(*cell) };
            *code = if ADDS { code.wrapping_add(own) } else { own };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::program::FieldId;

    /// Cells of one class are in the same regions, and no two classes are: whether they are found by value or by search.
    fn check(regions: &[Region]) {
        let regions: Vec<&Region> = regions.iter().collect();
        let stretches = regions.iter().flat_map(|region| region.stretches().iter().flat_map(|(low, high)| [*low, *high]));
        let around = stretches.flat_map(|edge| [edge.saturating_sub(1).max(MISSING + 1), edge, edge.saturating_add(1)]);
        let cells: Vec<Cell> = around.chain([MISSING, 0, 1]).collect();
        let classes = Classes::of(&regions);
        let members = classes.regions.clone();
        let mut codes = vec![0; cells.len()];
        classes.into_column(Axis::Field(FieldId(0)), 3).encode(&cells, true, &mut codes);
        for (cell, code) in cells.iter().zip(&codes) {
            let inside: Vec<usize> = (0..regions.len()).filter(|at| regions[*at].contains(*cell)).collect();
            assert_eq!((code % 3, &members[*code as usize / 3]), (0, &inside), "{cell}");
        }
        assert!((0..members.len()).all(|at| !members[..at].contains(&members[at])));
    }

    #[test]
    fn a_code_tells_which_regions_a_cell_lies_in() {
        let amounts = [500, 1_500, 7_500, 15_000, 200_000, 1_000_000, 25_000_000_i128];
        let far: Vec<Region> = amounts.iter().map(|amount| Region::between(*amount, i128::MAX)).collect();
        let days: Vec<Region> = [0, 30, 60, 90].iter().map(|day| Region::between(*day, *day + 29).complement()).collect();
        let millionths: Vec<Region> = (0..12).map(|count| Region::between(count * 1_000_000, count * 1_000_000)).collect();
        let squares = |count: i128| -> Vec<Region> { (0..count).map(|at| Region::between(at * at * at * at * 1_000, i128::MAX)).collect() };
        let many: Vec<Region> = (0..70).map(|at| Region::between(at * 3, at * 5)).collect();
        check(&[Region::of_cells(&[2, 4, 6]), Region::known(), Region::everything(), Region::nothing()]);
        check(&[Region::of_cells(&[MISSING, Cell::MAX]), Region::between(i128::MIN, 3)]);
        check(&[Region::known().complement()]);
        check(&[]);
        check(&far);
        check(&millionths);
        check(&(-3..9).map(|count| Region::between(count * 1_000_000, i128::MAX)).collect::<Vec<_>>());
        check(&[Region::between(4_000, i128::MAX), Region::between(12_000_000, i128::MAX)]);
        for count in [3, 4, 5, 15, 16, 17, 63, 64, 65, 255, 256, 300] {
            check(&squares(count));
        }
        check(&days);
        check(&many);
        check(&[far, days, many].concat());
    }
}
