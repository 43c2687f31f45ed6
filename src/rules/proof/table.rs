//! What can be proved of a decision table: gaps, overlaps, rows that never count, and what never matters.
//!
//! Opaque conditions count as true or false by themselves. The space is then larger than what data can hold: what is proved never to happen
//! never happens, while a gap or an overlap that rests on an opaque condition may be impossible and is marked as doubtful.

use std::collections::BTreeSet;

use crate::rules::program::{Cell, Condition, Hit, Together};
use crate::rules::proof::Facets;
use crate::rules::proof::bits::Bits;
use crate::rules::proof::leaf::Axis;
use crate::rules::proof::region::Region;
use crate::rules::proof::space::{Bin, Space};
use crate::rules::proof::walk::{Path, TooWide, Walk};

/// Overlaps told of one table.
const MOST_OVERLAPS: usize = 2000;
/// Earlier rows that are weighed when saying which of them hide a row.
const MOST_HIDERS: usize = 12;

/// A row of a table as the proof sees it.
#[derive(Debug, Clone, Copy)]
pub struct Row<'c> {
    pub condition: &'c Condition,
    pub output: Cell,
}

/// An example row: along each axis that matters, a bin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    pub sides: Vec<(Axis, Bin)>,
    /// It rests on an opaque condition.
    pub doubtful: bool,
}

/// Two rows that hold at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    pub first: usize,
    pub second: usize,
    pub witness: Witness,
}

/// A row that can be true and never counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    pub row: usize,
    /// The rows with precedence over it that together take all it matches.
    pub by: Vec<usize>,
}

/// Two rows with one output that differ along one axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    pub first: usize,
    pub second: usize,
    pub axis: Axis,
}

/// What was proved of a table.
#[derive(Debug)]
pub struct TableProof<'c> {
    /// Conditions behind opaque axes, and whether the axis denies them.
    pub opaque: Vec<(&'c Condition, bool)>,
    /// Rows that are true for nothing.
    pub never: Vec<usize>,
    /// Places where no row is true, certain ones before doubtful ones.
    pub gaps: Vec<Witness>,
    /// Of a `unique` table.
    pub overlaps: Vec<Overlap>,
    /// Of a table in which one of the true rows decides: the first, or the one with the largest or smallest result.
    pub hidden: Vec<Hidden>,
    /// Axes that are tested and on which nothing depends; not of a table in which every true row adds something.
    pub idle: Vec<Axis>,
    /// Axes that are tested.
    pub tested: Vec<Axis>,
    /// Of a table in which every true row adds something: rows that are true for the same with the same output.
    pub duplicates: Vec<(usize, usize)>,
    pub alike: Vec<Alike>,
    /// The walk was given up: gaps, hidden rows and idle axes are not known.
    pub too_wide: bool,
}

/// Proves a table. `otherwise` is what it gives where no row is true.
pub fn prove<'c>(rows: &[Row<'c>], hit: Hit, otherwise: Option<Cell>, facets: &Facets<'_>) -> TableProof<'c> {
    let conditions: Vec<&Condition> = rows.iter().map(|row| row.condition).collect();
    let space = Space::of(&conditions, facets);
    let mut proof = TableProof {
        opaque: space.opaque.clone(),
        never: (0..rows.len()).filter(|row| space.regions[*row].is_empty()).collect(),
        gaps: Vec::new(),
        overlaps: Vec::new(),
        hidden: Vec::new(),
        idle: Vec::new(),
        tested: space.axes.iter().map(|(axis, _)| *axis).collect(),
        duplicates: Vec::new(),
        alike: Vec::new(),
        too_wide: false,
    };
    if hit == Hit::Unique {
        proof.overlaps = overlaps(&space);
    }
    let walked = if hit.decides_by_one() { walk(&space, rows, hit, otherwise, &mut proof) } else { duplicates(&space, rows, &mut proof) };
    proof.too_wide = walked.is_err();
    if hit.decides_by_one() {
        proof.alike = alike(&space, rows, hit);
    }
    proof
}

/// The rows in the order in which they take precedence: the largest result wins as the first row does where those with larger ones stand
/// above it.
fn precedence(rows: &[Row<'_>], hit: Hit) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    match hit {
        Hit::All(Together::Max) => order.sort_by_key(|row| std::cmp::Reverse(rows[*row].output)),
        Hit::All(Together::Min) => order.sort_by_key(|row| rows[*row].output),
        Hit::All(_) | Hit::Unique | Hit::First => {}
    }
    order
}

fn walk(space: &Space<'_>, rows: &[Row<'_>], hit: Hit, otherwise: Option<Cell>, proof: &mut TableProof<'_>) -> Result<(), TooWide> {
    let outputs: Vec<Cell> = rows.iter().map(|row| row.output).collect();
    let order = precedence(rows, hit);
    let mut walk = Walk::new(space, order.iter().copied(), outputs.clone(), otherwise);
    let outcome = walk.over(|_| true)?;
    let certain = walk.gaps.iter().map(|path| example(space, path));
    proof.gaps = certain.chain(walk.doubtful_gaps.iter().map(|path| example(space, path))).collect();
    proof.gaps.sort_by_key(|gap| gap.doubtful);
    proof.gaps.dedup();
    let mattering = walk.axes_of(outcome);
    proof.idle = (0..space.axes.len()).filter(|axis| !mattering.contains(axis)).map(|axis| space.axes[axis].0).collect();
    if hit != Hit::Unique {
        let never: BTreeSet<usize> = proof.never.iter().copied().collect();
        let hidden = order.iter().enumerate().filter(|(_, row)| !walk.reached.contains(row) && !never.contains(row));
        proof.hidden = hidden.map(|(at, row)| Hidden { row: *row, by: hiders(space, &outputs, &order[..at], *row) }).collect();
        proof.hidden.sort_by_key(|hidden| hidden.row);
    }
    Ok(())
}

/// The rows before one that hide it together, as few as one pass finds; empty where they are too many to tell.
fn hiders(space: &Space<'_>, outputs: &[Cell], before: &[usize], row: usize) -> Vec<usize> {
    let meets = |earlier: &usize| space.regions[*earlier].iter().any(|one| space.regions[row].iter().any(|other| one.meets(other)));
    let mut hiders: Vec<usize> = before.iter().copied().filter(meets).collect();
    let alone = |earlier: &usize| space.regions[row].iter().all(|one| space.regions[*earlier].iter().any(|other| one.within(other)));
    if let Some(one) = hiders.iter().copied().find(alone) {
        return vec![one];
    }
    if hiders.len() > MOST_HIDERS {
        return Vec::new();
    }
    for candidate in hiders.clone().into_iter().rev() {
        let without: Vec<usize> = hiders.iter().copied().filter(|hider| *hider != candidate).collect();
        let mut walk = Walk::new(space, without.iter().copied().chain([row]), outputs.to_vec(), None);
        let hides = walk.over(|_| true).is_ok() && !walk.reached.contains(&row);
        if hides {
            hiders = without;
        }
    }
    hiders
}

fn overlaps(space: &Space<'_>) -> Vec<Overlap> {
    let mut overlaps = Vec::new();
    for second in 0..space.regions.len() {
        for first in 0..second {
            overlaps.extend(overlap(space, first, second).map(|witness| Overlap { first, second, witness }));
            if overlaps.len() == MOST_OVERLAPS {
                return overlaps;
            }
        }
    }
    overlaps
}

/// A row that two rows of the table share, a certain one if there is one.
fn overlap(space: &Space<'_>, first: usize, second: usize) -> Option<Witness> {
    let mut doubtful = None;
    for one in &space.regions[first] {
        for other in space.regions[second].iter().filter(|other| one.meets(other)) {
            let witness = of_region(space, &one.and(other)?);
            if !witness.doubtful {
                return Some(witness);
            }
            doubtful = doubtful.or(Some(witness));
        }
    }
    doubtful
}

/// The example of a region: the first bin along each of its axes.
pub fn of_region(space: &Space<'_>, region: &Region) -> Witness {
    let sides = region.sides.iter().filter_map(|(axis, bits)| bits.first().map(|bin| (space.axes[*axis].0, space.axes[*axis].1[bin])));
    let sides: Vec<(Axis, Bin)> = sides.collect();
    Witness { doubtful: sides.iter().any(|(axis, _)| axis.is_opaque()), sides }
}

/// The example of a gap, without the axes along which the gap goes on.
fn example(space: &Space<'_>, path: &Path) -> Witness {
    let side = |(axis, bin): &(usize, usize)| {
        let mut bits = Bits::none(space.axes[*axis].1.len());
        bits.insert(*bin);
        (*axis, bits)
    };
    let mut region = Region { sides: path.iter().map(side).collect() };
    region.sides.sort();
    for (axis, _) in path.iter().rev() {
        let sides = region.sides.iter().filter(|(other, _)| other != axis).cloned().collect();
        let wider = Region { sides };
        if !space.regions.iter().flatten().any(|taken| taken.meets(&wider)) {
            region = wider;
        }
    }
    of_region(space, &region)
}

fn duplicates(space: &Space<'_>, rows: &[Row<'_>], proof: &mut TableProof<'_>) -> Result<(), TooWide> {
    let mut walk = Walk::new(space, 0..rows.len(), vec![0; rows.len()], None);
    let mut known: Vec<(usize, Cell, usize)> = Vec::new();
    for row in (0..rows.len()).filter(|row| !space.regions[*row].is_empty()) {
        let outcome = walk.over(|at| at == row)?;
        match known.iter().find(|(number, output, _)| *number == outcome && *output == rows[row].output) {
            Some((.., first)) => proof.duplicates.push((*first, row)),
            None => known.push((outcome, rows[row].output, row)),
        }
    }
    Ok(())
}

/// Rows with one output that one row could stand for: neighbours of a `first` table, any two where the order says nothing.
fn alike(space: &Space<'_>, rows: &[Row<'_>], hit: Hit) -> Vec<Alike> {
    let mut alike = Vec::new();
    for second in 1..rows.len() {
        let from = if hit == Hit::First { second - 1 } else { 0 };
        for first in (from..second).filter(|first| rows[*first].output == rows[second].output) {
            if let ([one], [other]) = (&space.regions[first][..], &space.regions[second][..]) {
                let axis = single_difference(one, other).filter(|axis| adjoin(space, *axis, one, other));
                alike.extend(axis.map(|axis| Alike { first, second, axis: space.axes[axis].0 }));
            }
        }
    }
    alike
}

/// The only axis along which two regions differ.
fn single_difference(one: &Region, other: &Region) -> Option<usize> {
    if one.sides.len() != other.sides.len() {
        return None;
    }
    let mut different = one.sides.iter().zip(&other.sides).filter(|(one, other)| one != other);
    let ((axis, _), (other_axis, _)) = different.next()?;
    (different.next().is_none() && axis == other_axis).then_some(*axis)
}

/// Whether what two regions take along an axis can be written as one range.
fn adjoin(space: &Space<'_>, axis: usize, one: &Region, other: &Region) -> bool {
    let (Some(one), Some(other)) = (one.side(axis), other.side(axis)) else { return false };
    let mut both = one.clone();
    both.join(other);
    let (Some(first), Some(last)) = (both.first(), both.iter().last()) else { return false };
    let plain = (first..=last).all(|bin| matches!(space.axes[axis].1[bin], Bin::Cells(..)));
    plain && both.len() == last - first + 1
}

/// A row for which a condition holds; `None` where there is none.
pub fn possible(condition: &Condition, facets: &Facets<'_>) -> Option<Witness> {
    let space = Space::of(&[condition], facets);
    let witnesses: Vec<Witness> = space.regions[0].iter().map(|region| of_region(&space, region)).collect();
    witnesses.iter().find(|witness| !witness.doubtful).or(witnesses.first()).cloned()
}
