//! From the cells of a column to codes: cells that no rule tells apart share a class, and a class is a number.

use std::collections::BTreeMap;

use super::cube::Axis;
use super::region::Region;
use crate::rules::program::{Cell, MISSING};

/// Values a table by value may span; far spread cut points are searched instead.
const WIDEST_TABLE: u64 = 4_096;
/// Places of a table by value for each cut point, where that is more.
const PLACES_PER_CUT: u64 = 8;

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
        let missing = scaled(&self.of_missing);
        let codes: Vec<u32> = self.of_stretch.iter().map(scaled).collect();
        let (first, last) = (self.cuts.first().copied(), self.cuts.last().copied());
        let width = first.zip(last).map_or(0, |(first, last)| last.abs_diff(first));
        let cuts = u64::try_from(self.cuts.len()).unwrap_or(u64::MAX);
        let steps = match (first, last) {
            (Some(first), Some(last)) if width <= WIDEST_TABLE.max(cuts.saturating_mul(PLACES_PER_CUT)) => {
                by_value(first, last, &self.cuts, &codes)
            }
            _ => by_search(self.cuts, codes),
        };
        Column { axis, steps, missing }
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

/// A place for the values below the first cut, then one for each value up to the last cut, which stands for all above it.
fn by_value(first: Cell, last: Cell, cuts: &[Cell], codes: &[u32]) -> Steps {
    let below = first.saturating_sub(1);
    let mut table = Vec::new();
    let mut stretch = 0;
    for cell in below..=last {
        stretch += usize::from(cuts.get(stretch).is_some_and(|cut| *cut <= cell));
        table.push(codes.get(stretch).copied().unwrap_or(0));
    }
    Steps::ByValue { below, last, codes: table }
}

/// Cuts and codes filled up to a power of two, so that every search takes the same steps.
fn by_search(mut cuts: Vec<Cell>, mut codes: Vec<u32>) -> Steps {
    let size = (cuts.len() + 1).next_power_of_two();
    let last = codes.last().copied().unwrap_or(0);
    cuts.resize(size, Cell::MAX);
    codes.resize(size, last);
    Steps::BySearch { cuts, codes }
}

/// A column the index reads.
pub(super) struct Column {
    pub(super) axis: Axis,
    steps: Steps,
    /// Code of a missing value.
    missing: u32,
}

enum Steps {
    ByValue { below: Cell, last: Cell, codes: Vec<u32> },
    BySearch { cuts: Vec<Cell>, codes: Vec<u32> },
}

impl Column {
    /// Adds the code of each cell.
    pub(super) fn encode(&self, cells: &[Cell], into: &mut [u32]) {
        match &self.steps {
            Steps::ByValue { below, last, codes } => {
                for (cell, code) in cells.iter().zip(into) {
                    let place = (*cell).clamp(*below, *last).wrapping_sub(*below).cast_unsigned();
                    let found = codes.get(usize::try_from(place).unwrap_or(0)).copied().unwrap_or(0);
                    *code += if *cell == MISSING { self.missing } else { found };
                }
            }
            Steps::BySearch { cuts, codes } => {
                for (cell, code) in cells.iter().zip(into) {
                    let found = codes.get(cuts_up_to(cuts, *cell)).copied().unwrap_or(0);
                    *code += if *cell == MISSING { self.missing } else { found };
                }
            }
        }
    }
}

/// How many cuts are not above a value; without a branch that depends on the value.
fn cuts_up_to(cuts: &[Cell], cell: Cell) -> usize {
    let mut at = 0;
    let mut half = cuts.len() / 2;
    while half > 0 {
        at += half * usize::from(cuts.get(at + half - 1).is_some_and(|cut| *cut <= cell));
        half /= 2;
    }
    at
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
        classes.into_column(Axis::Field(FieldId(0)), 3).encode(&cells, &mut codes);
        for (cell, code) in cells.iter().zip(&codes) {
            let inside: Vec<usize> = (0..regions.len()).filter(|at| regions[*at].contains(*cell)).collect();
            assert_eq!((code % 3, &members[*code as usize / 3]), (0, &inside), "{cell}");
        }
        assert!((0..members.len()).all(|at| !members[..at].contains(&members[at])));
    }

    #[test]
    fn a_code_tells_which_regions_a_cell_lies_in() {
        let amounts = [5_00, 15_00, 75_00, 150_00, 2_000_00, 10_000_00, 250_000_00_i128];
        let far: Vec<Region> = amounts.iter().map(|amount| Region::between(*amount, i128::MAX)).collect();
        let days: Vec<Region> = [0, 30, 60, 90].iter().map(|day| Region::between(*day, *day + 29).complement()).collect();
        let many: Vec<Region> = (0..70).map(|at| Region::between(at * 3, at * 5)).collect();
        check(&[Region::of_cells(&[2, 4, 6]), Region::known(), Region::everything(), Region::nothing()]);
        check(&[Region::of_cells(&[MISSING, Cell::MAX]), Region::between(i128::MIN, 3)]);
        check(&[Region::known().complement()]);
        check(&[]);
        check(&far);
        check(&days);
        check(&many);
        check(&[far, days, many].concat());
    }
}
