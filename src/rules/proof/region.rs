//! Boxes of the space: along each axis some of its bins.

use crate::rules::proof::bits::Bits;

/// A box, never empty: axes that are not named are free.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    /// Axes in rising order, each with some but not all of its bins.
    pub sides: Vec<(usize, Bits)>,
}

impl Region {
    /// The whole space.
    pub fn everything() -> Region {
        Region { sides: Vec::new() }
    }

    /// The region of some of the `count` bins of an axis; none where there are no bins.
    pub fn along(axis: usize, bits: Bits, count: usize) -> Vec<Region> {
        match bits.len() {
            0 => Vec::new(),
            all if all == count => vec![Region::everything()],
            _ => vec![Region { sides: vec![(axis, bits)] }],
        }
    }

    /// The bins of an axis; `None` where the axis is free.
    pub fn side(&self, axis: usize) -> Option<&Bits> {
        self.sides.binary_search_by_key(&axis, |(axis, _)| *axis).ok().map(|at| &self.sides[at].1)
    }

    /// What lies in both; `None` where nothing does.
    pub fn and(&self, other: &Region) -> Option<Region> {
        let mut sides: Vec<(usize, Bits)> = Vec::with_capacity(self.sides.len() + other.sides.len());
        let (mut one, mut two) = (self.sides.iter().peekable(), other.sides.iter().peekable());
        loop {
            let side = match (one.peek(), two.peek()) {
                (None, None) => return Some(Region { sides }),
                (Some((axis, bits)), Some((other_axis, other_bits))) if axis == other_axis => {
                    let both = bits.and(other_bits);
                    if both.is_empty() {
                        return None;
                    }
                    let side = (*axis, both);
                    one.next();
                    two.next();
                    Some(side)
                }
                (Some((axis, _)), Some((other_axis, _))) if axis > other_axis => two.next().cloned(),
                (Some(_), _) => one.next().cloned(),
                (None, Some(_)) => two.next().cloned(),
            };
            sides.extend(side);
        }
    }

    /// Whether the regions share a row.
    pub fn meets(&self, other: &Region) -> bool {
        let (mut one, mut two) = (0, 0);
        while let (Some((axis, bits)), Some((other_axis, other_bits))) = (self.sides.get(one), other.sides.get(two)) {
            match axis.cmp(other_axis) {
                std::cmp::Ordering::Less => one += 1,
                std::cmp::Ordering::Greater => two += 1,
                std::cmp::Ordering::Equal if bits.meets(other_bits) => {
                    one += 1;
                    two += 1;
                }
                std::cmp::Ordering::Equal => return false,
            }
        }
        true
    }

    /// Whether every row of this region is in the other.
    pub fn within(&self, other: &Region) -> bool {
        other.sides.iter().all(|(axis, bits)| self.side(*axis).is_some_and(|side| side.within(bits)))
    }

    /// The regions without those inside another.
    pub fn absorbed(mut regions: Vec<Region>) -> Vec<Region> {
        regions.sort();
        regions.dedup();
        let kept = |at: usize| !regions.iter().enumerate().any(|(other, region)| other != at && regions[at].within(region));
        let kept: Vec<bool> = (0..regions.len()).map(kept).collect();
        let mut kept = kept.into_iter();
        regions.retain(|_| kept.next().unwrap_or(true));
        regions
    }

    /// Regions along one and the same axis become one; `count` tells the bins of an axis.
    pub fn merged(regions: Vec<Region>, count: impl Fn(usize) -> usize) -> Vec<Region> {
        let mut merged: Vec<Region> = Vec::with_capacity(regions.len());
        for region in regions {
            let same = |other: &&mut Region| matches!((&other.sides[..], &region.sides[..]), ([(one, _)], [(two, _)]) if one == two);
            match (merged.iter_mut().find(same), &region.sides[..]) {
                (Some(known), [(_, bits)]) => known.sides[0].1.join(bits),
                _ => merged.push(region),
            }
        }
        for region in &mut merged {
            region.sides.retain(|(axis, bits)| bits.len() < count(*axis));
        }
        merged
    }
}
