//! Sets of cells of one column: the exact meaning of any condition that looks at that column alone.

use std::cmp::Ordering;

use crate::rules::expr::tree::Comparison;
use crate::rules::program::{Cell, MISSING};

/// The least cell that is a value.
const LOWEST: Cell = MISSING + 1;
const HIGHEST: Cell = Cell::MAX;

/// A set of cells: whether a missing value belongs to it, and stretches of values, both ends included, rising, with gaps between them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Region {
    missing: bool,
    stretches: Vec<(Cell, Cell)>,
}

impl Region {
    #[cfg(test)]
    pub(super) fn everything() -> Region {
        Region { missing: true, stretches: vec![(LOWEST, HIGHEST)] }
    }

    pub(super) fn nothing() -> Region {
        Region { missing: false, stretches: Vec::new() }
    }

    /// Every value there is.
    pub(super) fn known() -> Region {
        Region { missing: false, stretches: vec![(LOWEST, HIGHEST)] }
    }

    /// The values from one bound to another, both included; none where they cross. Bounds beyond the range of a cell are cut at it.
    pub(super) fn between(low: i128, high: i128) -> Region {
        let (low, high) = (low.max(i128::from(LOWEST)), high.min(i128::from(HIGHEST)));
        match (Cell::try_from(low), Cell::try_from(high)) {
            (Ok(low), Ok(high)) if low <= high => Region { missing: false, stretches: vec![(low, high)] },
            _ => Region::nothing(),
        }
    }

    /// The values that stand in a relation to a bound.
    pub(super) fn compared(comparison: Comparison, bound: i128) -> Region {
        match comparison {
            Comparison::Equal => Region::between(bound, bound),
            Comparison::Different => Region::between(bound, bound).complement().intersection(&Region::known()),
            Comparison::Less => Region::between(i128::MIN, bound.saturating_sub(1)),
            Comparison::AtMost => Region::between(i128::MIN, bound),
            Comparison::More => Region::between(bound.saturating_add(1), i128::MAX),
            Comparison::AtLeast => Region::between(bound, i128::MAX),
        }
    }

    /// These cells, a missing value among them where it is listed.
    pub(super) fn of_cells(cells: &[Cell]) -> Region {
        let values = cells.iter().filter(|cell| **cell != MISSING).map(|cell| (*cell, *cell)).collect();
        Region { missing: cells.contains(&MISSING), stretches: joined(values) }
    }

    pub(super) fn complement(&self) -> Region {
        let mut stretches = Vec::with_capacity(self.stretches.len() + 1);
        let mut next = Some(LOWEST);
        for (low, high) in &self.stretches {
            if let Some(start) = next.filter(|start| start < low) {
                stretches.push((start, low - 1));
            }
            next = high.checked_add(1);
        }
        stretches.extend(next.map(|start| (start, HIGHEST)));
        Region { missing: !self.missing, stretches }
    }

    /// The cells of any of several sets.
    pub(super) fn union<'r>(regions: impl IntoIterator<Item = &'r Region>) -> Region {
        let mut missing = false;
        let mut stretches = Vec::new();
        for region in regions {
            missing |= region.missing;
            stretches.extend_from_slice(&region.stretches);
        }
        Region { missing, stretches: joined(stretches) }
    }

    pub(super) fn intersection(&self, other: &Region) -> Region {
        let mut stretches = Vec::new();
        let (mut mine, mut theirs) = (self.stretches.iter().peekable(), other.stretches.iter().peekable());
        while let (Some((low, high)), Some((other_low, other_high))) = (mine.peek(), theirs.peek()) {
            let (from, to) = (*low.max(other_low), *high.min(other_high));
            if from <= to {
                stretches.push((from, to));
            }
            if high < other_high {
                mine.next()
            } else {
                theirs.next()
            };
        }
        Region { missing: self.missing && other.missing, stretches }
    }

    pub(super) fn is_nothing(&self) -> bool {
        !self.missing && self.stretches.is_empty()
    }

    pub(super) fn is_everything(&self) -> bool {
        self.missing && self.stretches == [(LOWEST, HIGHEST)]
    }

    pub(super) fn has_missing(&self) -> bool {
        self.missing
    }

    pub(super) fn stretches(&self) -> &[(Cell, Cell)] {
        &self.stretches
    }

    pub(super) fn contains(&self, cell: Cell) -> bool {
        if cell == MISSING {
            return self.missing;
        }
        let place = |(low, high): &(Cell, Cell)| match cell {
            _ if *high < cell => Ordering::Less,
            _ if *low > cell => Ordering::Greater,
            _ => Ordering::Equal,
        };
        self.stretches.binary_search_by(place).is_ok()
    }

    /// The value nearest to a value, the other side of an edge of the set: one that belongs where it does not, or the reverse.
    pub(super) fn nearest_across(&self, cell: Cell) -> Option<Cell> {
        if cell == MISSING {
            return None;
        }
        let inside = self.contains(cell);
        let edges = self.stretches.iter().flat_map(|(low, high)| match inside {
            true => [low.checked_sub(1).filter(|below| *below != MISSING), high.checked_add(1)],
            false => [Some(*low), Some(*high)],
        });
        edges.flatten().filter(|edge| self.contains(*edge) != inside).min_by_key(|edge| (edge.abs_diff(cell), *edge))
    }
}

/// Stretches in rising order, those that touch made one.
fn joined(mut stretches: Vec<(Cell, Cell)>) -> Vec<(Cell, Cell)> {
    stretches.sort_unstable();
    let mut apart: Vec<(Cell, Cell)> = Vec::with_capacity(stretches.len());
    for (low, high) in stretches {
        match apart.last_mut() {
            Some((_, end)) if low <= end.saturating_add(1) => *end = high.max(*end),
            _ => apart.push((low, high)),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELLS: &[Cell] = &[MISSING, LOWEST, -3, -1, 0, 1, 2, 3, 7, 8, HIGHEST - 1, HIGHEST];

    fn regions() -> Vec<Region> {
        let signs = [Comparison::Equal, Comparison::Different, Comparison::Less, Comparison::AtMost, Comparison::More, Comparison::AtLeast];
        let bounds = [i128::MIN, i128::from(MISSING), i128::from(LOWEST), 0, 2, i128::from(HIGHEST), i128::MAX];
        let compared = signs.into_iter().flat_map(|sign| bounds.map(|bound| Region::compared(sign, bound)));
        compared.chain([Region::everything(), Region::nothing(), Region::known(), Region::of_cells(&[MISSING, 1, 2, 7])]).collect()
    }

    #[test]
    fn sets_are_what_their_names_say_cell_by_cell() {
        for (one, other) in regions().iter().flat_map(|one| regions().into_iter().map(move |other| (one.clone(), other))) {
            let (both, either) = (one.intersection(&other), Region::union([&one, &other]));
            for cell in CELLS {
                let (in_one, in_other) = (one.contains(*cell), other.contains(*cell));
                assert_eq!(one.complement().contains(*cell), !in_one, "{one:?} at {cell}");
                assert_eq!(both.contains(*cell), in_one && in_other, "{one:?} and {other:?} at {cell}");
                assert_eq!(either.contains(*cell), in_one || in_other, "{one:?} or {other:?} at {cell}");
            }
            assert_eq!(one.complement().complement(), one);
            assert!(Region::union([&one, &one.complement()]).is_everything() && one.intersection(&one.complement()).is_nothing());
        }
    }

    #[test]
    fn comparisons_hold_as_numbers_compare() {
        for (comparison, sign) in Comparison::ALL {
            for (bound, cell) in [2, -1, LOWEST, HIGHEST].into_iter().flat_map(|bound| CELLS.iter().map(move |cell| (bound, *cell))) {
                let expected = cell != MISSING && comparison.holds(cell.cmp(&bound));
                assert_eq!(Region::compared(*comparison, i128::from(bound)).contains(cell), expected, "{cell} {sign} {bound}");
            }
        }
    }

    #[test]
    fn the_nearest_value_across_an_edge_changes_the_answer() {
        let cases = [
            (Region::compared(Comparison::AtLeast, 30), 28, Some(30)),
            (Region::compared(Comparison::AtLeast, 30), 31, Some(29)),
            (Region::between(30, 59), 58, Some(60)),
            (Region::between(30, 59), 31, Some(29)),
            (Region::between(30, 59), 500, Some(59)),
            (Region::of_cells(&[2, 9]), 5, Some(2)),
            (Region::known(), 5, None),
            (Region::known(), MISSING, None),
        ];
        for (region, cell, expected) in cases {
            assert_eq!(region.nearest_across(cell), expected, "{region:?} from {cell}");
        }
    }
}
