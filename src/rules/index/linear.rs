//! Comparisons that are sums of fields with factors: solved for one field, they are cut points; over two, cut points of their weighed sum.

use std::collections::BTreeMap;

use super::region::Region;
use crate::base::date::Date;
use crate::rules::expr::tree::Comparison;
use crate::rules::expr::typed::{Compare, Term};
use crate::rules::program::{Cell, FieldId};

/// Factors and offsets up to these sizes: with cells of 64 bits, nothing the evaluator works out on the way can reach the end of its range.
const LARGEST_FACTOR: i128 = 1 << 58;
const LARGEST_OFFSET: i128 = 1 << 120;
/// Cut points of a weighed sum stay clear of the ends of a cell's range, at which the sum is held.
const LARGEST_CUT: Cell = 1 << 62;

/// A weighed sum of two fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weighed {
    pub(super) left: (FieldId, i64),
    pub(super) right: (FieldId, i64),
}

impl Weighed {
    /// The sum, held within the range of a value.
    pub(super) fn of(self, left: Cell, right: Cell) -> Cell {
        let sum = i128::from(left) * i128::from(self.left.1) + i128::from(right) * i128::from(self.right.1);
        Cell::try_from(sum.clamp(i128::from(Cell::MIN + 1), i128::from(Cell::MAX))).unwrap_or(Cell::MAX)
    }
}

/// What a comparison asks of a column.
pub(super) enum Solved {
    Field(FieldId, Region),
    Weighed(Weighed, Region),
}

/// Solves a comparison; `None` where it is not a sum of one or two fields with factors.
pub(super) fn solve(compare: &Compare, as_of: Date) -> Option<Solved> {
    let sum = Sum::of(&compare.left, as_of)?.less(Sum::of(&compare.right, as_of)?)?;
    let mut factors = sum.factors.into_iter();
    match (factors.next(), factors.next(), factors.next()) {
        (Some((field, factor)), None, _) => Some(Solved::Field(field, region(compare.comparison, factor, sum.offset))),
        (Some(left), Some(right), None) => two_fields(compare.comparison, left, right, sum.offset),
        _ => None,
    }
}

fn two_fields(comparison: Comparison, left: (FieldId, i128), right: (FieldId, i128), offset: i128) -> Option<Solved> {
    // One sign and no common factor, so that comparisons of the same two fields share a column.
    let scale = common_factor(left.1, right.1) * left.1.signum();
    let weight = |(field, factor): (FieldId, i128)| i64::try_from(factor / scale).ok().map(|factor| (field, factor));
    let region = region(comparison, scale, offset);
    let edges = region.stretches().iter().flat_map(|(low, high)| [*low, *high]);
    let held = |edge: Cell| edge == Cell::MAX || edge == Cell::MIN + 1 || edge.unsigned_abs() <= LARGEST_CUT.unsigned_abs();
    edges.into_iter().all(held).then_some(())?;
    Some(Solved::Weighed(Weighed { left: weight(left)?, right: weight(right)? }, region))
}

fn common_factor(one: i128, other: i128) -> i128 {
    let (mut one, mut other) = (one.abs(), other.abs());
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one.max(1)
}

/// The values of `x` for which `factor × x + offset` stands in this relation to zero.
fn region(comparison: Comparison, factor: i128, offset: i128) -> Region {
    let (comparison, factor, bound) = if factor < 0 { (comparison.mirrored(), -factor, offset) } else { (comparison, factor, -offset) };
    let (floor, exact) = (bound.div_euclid(factor), bound.rem_euclid(factor) == 0);
    match comparison {
        Comparison::Less | Comparison::AtLeast => Region::compared(comparison, if exact { floor } else { floor + 1 }),
        Comparison::AtMost | Comparison::More => Region::compared(comparison, floor),
        Comparison::Equal if exact => Region::compared(comparison, floor),
        Comparison::Equal => Region::nothing(),
        Comparison::Different if exact => Region::compared(comparison, floor),
        Comparison::Different => Region::known(),
    }
}

/// Fields with factors, and a constant.
#[derive(Debug, Clone, Default)]
struct Sum {
    factors: BTreeMap<FieldId, i128>,
    offset: i128,
}

impl Sum {
    fn of(term: &Term, as_of: Date) -> Option<Sum> {
        let sum = match term {
            Term::Constant(value) => Sum { offset: *value, ..Sum::default() },
            Term::Today => Sum { offset: i128::from(as_of.0), ..Sum::default() },
            Term::Field(field) => Sum { factors: BTreeMap::from([(*field, 1)]), offset: 0 },
            Term::Negate(inner) => Sum::of(inner, as_of)?.times(-1)?,
            Term::Add(pair) => Sum::of(&pair[0], as_of)?.plus(Sum::of(&pair[1], as_of)?)?,
            Term::Subtract(pair) => Sum::of(&pair[0], as_of)?.less(Sum::of(&pair[1], as_of)?)?,
            Term::Refine(inner, factor) => Sum::of(inner, as_of)?.times(*factor)?,
            Term::Multiply(pair) => match (Sum::of(&pair[0], as_of)?, Sum::of(&pair[1], as_of)?) {
                (constant, sum) | (sum, constant) if constant.factors.is_empty() => sum.times(constant.offset)?,
                _ => return None,
            },
            _ => return None,
        };
        sum.is_small().then_some(sum)
    }

    /// A factor of zero would forget that a missing field makes the sum missing.
    fn is_small(&self) -> bool {
        let fits = |factor: &i128| *factor != 0 && factor.abs() <= LARGEST_FACTOR;
        self.factors.values().all(fits) && self.offset.checked_abs().is_some_and(|size| size <= LARGEST_OFFSET)
    }

    fn times(mut self, factor: i128) -> Option<Sum> {
        for own in self.factors.values_mut() {
            *own = own.checked_mul(factor)?;
        }
        self.offset = self.offset.checked_mul(factor)?;
        self.is_small().then_some(self)
    }

    fn plus(mut self, other: Sum) -> Option<Sum> {
        for (field, factor) in other.factors {
            let own = self.factors.entry(field).or_default();
            *own = own.checked_add(factor)?;
        }
        self.offset = self.offset.checked_add(other.offset)?;
        self.is_small().then_some(self)
    }

    fn less(self, other: Sum) -> Option<Sum> {
        self.plus(other.times(-1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solved_comparison_says_what_the_product_says() {
        for (comparison, factor, offset) in Comparison::ALL
            .iter()
            .flat_map(|(comparison, _)| [-7, -2, -1, 1, 3, 10].map(|factor| (*comparison, factor)))
            .flat_map(|(comparison, factor)| [-21, -20, -1, 0, 1, 9, 30].map(|offset| (comparison, factor, offset)))
        {
            let solved = region(comparison, factor, offset);
            for x in -40..=40_i64 {
                let expected = comparison.holds((factor * i128::from(x) + offset).cmp(&0));
                assert_eq!(solved.contains(x), expected, "{factor} * {x} + {offset} {}", comparison.sign());
            }
            assert!(!solved.has_missing(), "a comparison with a missing value does not hold");
        }
    }
}
