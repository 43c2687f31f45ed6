//! The space of all rows some conditions can meet: every axis cut at all thresholds, each piece a bin in which no condition changes its answer.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::expr::typed::{Condition, Term};
use crate::rules::program::{Cell, MISSING, Type};
use crate::rules::proof::Facets;
use crate::rules::proof::bits::Bits;
use crate::rules::proof::leaf::{Axis, Tested, unplaced};
use crate::rules::proof::region::Region;

/// A piece of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bin {
    /// From the first cell to the last.
    Cells(Cell, Cell),
    /// A text that no condition names.
    OtherText,
    Missing,
}

impl Bin {
    /// A cell of the bin.
    pub fn cell(self) -> Cell {
        match self {
            Bin::Cells(low, _) => low,
            Bin::OtherText => Cell::MAX,
            Bin::Missing => MISSING,
        }
    }
}

/// Smallest conditions of one rule, written out as an `or` of `and`s, beyond which the rule is taken as one opaque condition.
const MOST_REGIONS: usize = 256;

/// A condition with its denials pushed down to the smallest conditions.
#[derive(Debug, Clone)]
enum Sketch {
    Constant(bool),
    /// Position among the leaves, and whether it is denied.
    Leaf(usize, bool),
    All(Vec<Sketch>),
    Any(Vec<Sketch>),
}

/// Axes and bins of some conditions.
#[derive(Debug)]
pub struct Space<'c> {
    pub axes: Vec<(Axis, Vec<Bin>)>,
    /// Of each opaque axis, a condition that tests it and whether it denies it.
    pub opaque: Vec<(&'c Condition, bool)>,
    /// Of each condition, the regions in which it holds.
    pub regions: Vec<Vec<Region>>,
}

impl<'c> Space<'c> {
    /// The space in which some conditions differ.
    pub fn of(conditions: &[&'c Condition], facets: &Facets<'_>) -> Space<'c> {
        let mut draft = Draft { facets, leaves: Vec::new(), cuts: BTreeMap::new(), named: BTreeMap::new(), opaque: Vec::new() };
        let sketches: Vec<Sketch> = conditions.iter().map(|condition| draft.rule(condition)).collect();
        let axes: Vec<(Axis, Vec<Bin>)> = draft.cuts.iter().map(|(axis, cuts)| (*axis, facets.bins(*axis, cuts))).collect();
        let truths: Vec<(usize, Bits)> = draft.leaves.iter().map(|(axis, condition)| truth(*axis, *condition, &axes, facets)).collect();
        let regions = sketches.iter().map(|sketch| regions(sketch, &truths, &axes)).collect();
        Space { axes, opaque: draft.opaque, regions }
    }

    /// Whether an axis is opaque.
    pub fn is_opaque(&self, axis: usize) -> bool {
        self.axes[axis].0.is_opaque()
    }
}

impl Facets<'_> {
    /// The bins of an axis cut at some cells. What is missing or unnamed comes last, so that examples prefer values.
    fn bins(&self, axis: Axis, cuts: &BTreeSet<Cell>) -> Vec<Bin> {
        let (low, high) = self.domain(axis);
        let mut bins = Vec::new();
        let ty = if let Axis::Field(field) = axis { Some(&self.fields[field.0 as usize].ty) } else { None };
        match ty {
            Some(Type::Bool | Type::Enum(_)) => bins.extend((low..=high).map(|cell| Bin::Cells(cell, cell))),
            Some(Type::Text) => {
                // Of the two cuts around a text the first is the text itself.
                bins.extend(cuts.iter().filter(|cut| cuts.contains(&(**cut + 1))).map(|cell| Bin::Cells(*cell, *cell)));
                bins.push(Bin::OtherText);
            }
            None if axis != Axis::Today => bins.extend([Bin::Cells(0, 0), Bin::Cells(1, 1)]),
            _ => {
                let mut start = low;
                for cut in cuts.iter().filter(|cut| **cut > low && **cut <= high) {
                    bins.extend(self.piece(axis, start, cut - 1));
                    start = *cut;
                }
                bins.extend(self.piece(axis, start, high));
            }
        }
        if matches!(axis, Axis::Field(field) if self.marks.optional.contains(&field)) {
            bins.push(Bin::Missing);
        }
        bins
    }

    /// A piece of an axis, if a value lies in it.
    fn piece(&self, axis: Axis, low: Cell, high: Cell) -> Option<Bin> {
        let is_whole = matches!(axis, Axis::Field(field) if self.marks.ranges.get(&field).is_some_and(|range| range.whole));
        let holds_one = !is_whole || low.div_euclid(UNIT) < high.div_euclid(UNIT) || low.rem_euclid(UNIT) == 0;
        holds_one.then_some(Bin::Cells(low, high))
    }
}

/// A whole number, in the millionths of its cell.
pub const UNIT: Cell = 1_000_000;

/// Axes and leaves while conditions are read.
struct Draft<'f, 'c> {
    facets: &'f Facets<'f>,
    leaves: Vec<(Axis, Option<&'c Condition>)>,
    cuts: BTreeMap<Axis, BTreeSet<Cell>>,
    named: BTreeMap<String, usize>,
    opaque: Vec<(&'c Condition, bool)>,
}

impl<'c> Draft<'_, 'c> {
    /// A whole rule; one that would fall into too many regions is taken as opaque.
    fn rule(&mut self, condition: &'c Condition) -> Sketch {
        if count(condition, false) > MOST_REGIONS {
            return self.opaque(unplaced(&format!("{condition:?}")), condition, false);
        }
        self.sketch(condition, false)
    }

    fn sketch(&mut self, condition: &'c Condition, denied: bool) -> Sketch {
        match condition {
            Condition::Always(answer) => Sketch::Constant(*answer != denied),
            Condition::Not(inner) => self.sketch(inner, !denied),
            Condition::Shared(inner) => self.sketch(inner, denied),
            Condition::All(parts) | Condition::Any(parts) => {
                let parts = parts.iter().map(|part| self.sketch(part, denied)).collect();
                if matches!(condition, Condition::All(_)) == denied { Sketch::Any(parts) } else { Sketch::All(parts) }
            }
            Condition::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let then = Sketch::All(vec![self.sketch(condition, false), self.sketch(then, denied)]);
                let otherwise = Sketch::All(vec![self.sketch(condition, true), self.sketch(otherwise, denied)]);
                Sketch::Any(vec![then, otherwise])
            }
            leaf => self.leaf(leaf, denied),
        }
    }

    fn leaf(&mut self, condition: &'c Condition, denied: bool) -> Sketch {
        match self.facets.tested(condition) {
            Tested::Axis(axis, cuts) => {
                self.cuts.entry(axis).or_default().extend(cuts);
                self.leaves.push((axis, Some(condition)));
                Sketch::Leaf(self.leaves.len() - 1, denied)
            }
            Tested::Opaque(text, opposite) => self.opaque(text, condition, opposite != denied),
            Tested::Inner => match condition {
                Condition::Holds(expression) => match &expression.term {
                    Term::Holds(inner) => self.sketch(inner, denied),
                    _ => Sketch::Constant(!denied),
                },
                _ => Sketch::Constant(!denied),
            },
        }
    }

    fn opaque(&mut self, text: String, condition: &'c Condition, denied: bool) -> Sketch {
        let next = self.named.len();
        let at = *self.named.entry(text).or_insert(next);
        if at == next {
            self.opaque.push((condition, denied));
        }
        let axis = Axis::Opaque(at);
        self.cuts.entry(axis).or_default();
        self.leaves.push((axis, None));
        Sketch::Leaf(self.leaves.len() - 1, denied)
    }
}

/// Regions a condition may fall into, counted from above.
fn count(condition: &Condition, denied: bool) -> usize {
    let sum = |parts: &[Condition]| parts.iter().fold(0_usize, |sum, part| sum.saturating_add(count(part, denied)));
    let product = |parts: &[Condition]| parts.iter().fold(1_usize, |product, part| product.saturating_mul(count(part, denied)));
    match condition {
        Condition::Not(inner) => count(inner, !denied),
        Condition::Shared(inner) => count(inner, denied),
        Condition::All(parts) if denied => sum(parts),
        Condition::All(parts) => product(parts),
        Condition::Any(parts) if denied => product(parts),
        Condition::Any(parts) => sum(parts),
        Condition::If(parts) => {
            let [condition, then, otherwise] = &**parts;
            let when = count(condition, false).saturating_mul(count(then, denied));
            when.saturating_add(count(condition, true).saturating_mul(count(otherwise, denied)))
        }
        _ => 1,
    }
}

/// The bins of its axis in which a leaf holds.
fn truth(axis: Axis, condition: Option<&Condition>, axes: &[(Axis, Vec<Bin>)], facets: &Facets<'_>) -> (usize, Bits) {
    let at = axes.partition_point(|(other, _)| *other < axis);
    let bins = &axes[at].1;
    let mut bits = Bits::none(bins.len());
    for (bin, piece) in bins.iter().enumerate() {
        let holds = match condition {
            Some(condition) => facets.on(axis, piece.cell(), |row, env| condition.holds(row, env)),
            None => piece.cell() == 1,
        };
        if holds {
            bits.insert(bin);
        }
    }
    (at, bits)
}

/// The regions in which a sketch holds.
fn regions(sketch: &Sketch, truths: &[(usize, Bits)], axes: &[(Axis, Vec<Bin>)]) -> Vec<Region> {
    match sketch {
        Sketch::Constant(true) => vec![Region::everything()],
        Sketch::Constant(false) => Vec::new(),
        Sketch::Leaf(at, denied) => {
            let (axis, bits) = &truths[*at];
            Region::along(*axis, if *denied { other(bits, axes[*axis].1.len()) } else { bits.clone() }, axes[*axis].1.len())
        }
        Sketch::All(parts) => {
            let mut all = vec![Region::everything()];
            for part in parts {
                let part = regions(part, truths, axes);
                all = Region::absorbed(all.iter().flat_map(|one| part.iter().filter_map(|other| one.and(other))).collect());
            }
            all
        }
        Sketch::Any(parts) => {
            let any: Vec<Region> = parts.iter().flat_map(|part| regions(part, truths, axes)).collect();
            Region::absorbed(Region::merged(any, |axis| axes[axis].1.len()))
        }
    }
}

fn other(bits: &Bits, count: usize) -> Bits {
    let mut others = Bits::all(count);
    bits.iter().for_each(|at| others.remove(at));
    others
}
