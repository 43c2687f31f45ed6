//! Conditions as cubes: a cube asks something of each of some columns, and of some residual conditions, all of which must agree.
//!
//! A condition holds exactly where one of its cubes does. An `or` over several columns makes several cubes; where it would make too many,
//! the `or` becomes a residual condition of its own. Two cubes that differ in one column only are one cube.

use std::collections::BTreeMap;

use super::linear::{self, Solved, Weighed};
use super::region::Region;
use crate::base::date::Date;
use crate::rules::expr::typed::Condition;
use crate::rules::program::FieldId;

/// Cubes one condition may become before it is kept as residual conditions.
const MOST_CUBES: usize = 16;

/// What a column of the index shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Axis {
    Field(FieldId),
    /// 1 where a set of tags has this one, else 0.
    Tag {
        field: FieldId,
        bit: u32,
    },
    Weighed(Weighed),
}

/// What one way for a condition to hold asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cube {
    pub(super) regions: BTreeMap<Axis, Region>,
    /// Residual conditions by position, with the answer each must give.
    pub(super) residuals: BTreeMap<usize, bool>,
}

impl Cube {
    fn of(axis: Axis, region: &Region) -> Option<Cube> {
        let mut cube = Cube::default();
        cube.narrow(axis, region)?;
        Some(cube)
    }

    /// Asks more of a column; `None` where nothing is left.
    fn narrow(&mut self, axis: Axis, region: &Region) -> Option<()> {
        let narrowed = self.regions.remove(&axis).map_or_else(|| region.clone(), |own| own.intersection(region));
        if narrowed.is_nothing() {
            return None;
        }
        if !narrowed.is_everything() {
            self.regions.insert(axis, narrowed);
        }
        Some(())
    }

    /// Where both hold; `None` where that is nowhere.
    fn and(&self, other: &Cube) -> Option<Cube> {
        let mut both = self.clone();
        for (axis, region) in &other.regions {
            both.narrow(*axis, region)?;
        }
        for (residual, answer) in &other.residuals {
            if both.residuals.insert(*residual, *answer).is_some_and(|before| before != *answer) {
                return None;
            }
        }
        Some(both)
    }

    /// One cube for where either holds, where one cube can say that.
    fn or(&self, other: &Cube) -> Option<Cube> {
        if self.residuals != other.residuals || !self.regions.keys().eq(other.regions.keys()) {
            return None;
        }
        let mut differing = self.regions.iter().filter(|(axis, region)| other.regions.get(axis) != Some(region));
        let (Some((axis, region)), None) = (differing.next(), differing.next()) else { return (self == other).then(|| self.clone()) };
        let joined = Region::union([region].into_iter().chain(other.regions.get(axis)));
        let mut either = self.clone();
        either.regions.remove(axis);
        either.narrow(*axis, &joined)?;
        Some(either)
    }
}

/// Makes cubes of conditions; the residual conditions it meets are shared between them.
pub(super) struct Cutter {
    as_of: Date,
    known: BTreeMap<Condition, usize>,
    pub(super) residuals: Vec<Condition>,
}

impl Cutter {
    pub(super) fn new(as_of: Date) -> Cutter {
        Cutter { as_of, known: BTreeMap::new(), residuals: Vec::new() }
    }

    /// The cubes where a condition holds, or where it does not; none where that is nowhere.
    pub(super) fn cubes(&mut self, condition: &Condition, holds: bool) -> Vec<Cube> {
        match condition {
            Condition::Always(answer) if *answer == holds => vec![Cube::default()],
            Condition::Always(_) => Vec::new(),
            Condition::Not(inner) => self.cubes(inner, !holds),
            Condition::Shared(inner) => self.cubes(inner, holds),
            Condition::All(parts) if holds => self.all(parts, true),
            Condition::Any(parts) if !holds => self.all(parts, false),
            Condition::All(parts) | Condition::Any(parts) => {
                let cubes = self.any(parts, holds);
                cubes.unwrap_or_else(|| self.residual(condition, holds))
            }
            Condition::If(parts) => {
                let [asked, then, otherwise] = &**parts;
                let yes = product(&self.cubes(asked, true), &self.cubes(then, holds));
                let no = product(&self.cubes(asked, false), &self.cubes(otherwise, holds));
                let either = joined(yes.into_iter().chain(no));
                either.unwrap_or_else(|| self.residual(condition, holds))
            }
            leaf => match axis(leaf, self.as_of) {
                Some((axis, region)) => Cube::of(axis, &if holds { region } else { region.complement() }).into_iter().collect(),
                None => self.residual(leaf, holds),
            },
        }
    }

    /// Where all parts hold, or all fail. The parts with the most cubes become residual until the product is small.
    fn all(&mut self, parts: &[Condition], holds: bool) -> Vec<Cube> {
        let mut cut: Vec<(&Condition, Vec<Cube>)> = Vec::with_capacity(parts.len());
        let mut single = Cube::default();
        for part in parts {
            let mut cubes = self.cubes(part, holds);
            match (cubes.len(), cubes.pop()) {
                (1, Some(cube)) => match single.and(&cube) {
                    Some(both) => single = both,
                    None => return Vec::new(),
                },
                (_, None) => return Vec::new(),
                (_, Some(last)) => {
                    cubes.push(last);
                    cut.push((part, cubes));
                }
            }
        }
        cut.sort_by_key(|(_, cubes)| cubes.len());
        let mut product_of_all = vec![single];
        for (part, cubes) in cut {
            let cubes = if product_of_all.len() * cubes.len() > MOST_CUBES { self.residual(part, holds) } else { cubes };
            product_of_all = product(&product_of_all, &cubes);
        }
        product_of_all
    }

    /// Where any part holds, or any fails; `None` where that takes too many cubes.
    fn any(&mut self, parts: &[Condition], holds: bool) -> Option<Vec<Cube>> {
        let cubes: Vec<Cube> = parts.iter().flat_map(|part| self.cubes(part, holds)).collect();
        joined(cubes)
    }

    fn residual(&mut self, condition: &Condition, holds: bool) -> Vec<Cube> {
        let next = self.residuals.len();
        let at = *self.known.entry(condition.clone()).or_insert(next);
        if at == next {
            self.residuals.push(condition.clone());
        }
        vec![Cube { residuals: BTreeMap::from([(at, holds)]), ..Cube::default() }]
    }
}

/// The column a leaf of a condition looks at, and where it holds.
pub(super) fn axis(leaf: &Condition, as_of: Date) -> Option<(Axis, Region)> {
    match leaf {
        Condition::Cell { field, comparison, cell } => Some((Axis::Field(*field), Region::compared(*comparison, i128::from(*cell)))),
        Condition::CellIn { field, cells } => Some((Axis::Field(*field), Region::of_cells(cells))),
        Condition::Known(field) => Some((Axis::Field(*field), Region::known())),
        Condition::Tagged { field, bit } => Some((Axis::Tag { field: *field, bit: *bit }, Region::of_cells(&[1]))),
        Condition::Compare(compare) => match linear::solve(compare, as_of)? {
            Solved::Field(field, region) => Some((Axis::Field(field), region)),
            Solved::Weighed(weighed, region) => Some((Axis::Weighed(weighed), region)),
        },
        _ => None,
    }
}

fn product(left: &[Cube], right: &[Cube]) -> Vec<Cube> {
    left.iter().flat_map(|one| right.iter().filter_map(|other| one.and(other))).collect()
}

/// Cubes with those made one that can be; `None` where too many remain.
fn joined(cubes: impl IntoIterator<Item = Cube>) -> Option<Vec<Cube>> {
    let mut alone: BTreeMap<Axis, Vec<Region>> = BTreeMap::new();
    let mut apart: Vec<Cube> = Vec::new();
    for cube in cubes {
        if cube == Cube::default() {
            return Some(vec![cube]);
        }
        match cube.regions.first_key_value() {
            Some((axis, region)) if cube.regions.len() == 1 && cube.residuals.is_empty() => {
                alone.entry(*axis).or_default().push(region.clone());
            }
            _ => add(&mut apart, cube),
        }
        if apart.len() > MOST_CUBES {
            return None;
        }
    }
    for (axis, regions) in alone {
        let region = Region::union(&regions);
        if region.is_everything() {
            return Some(vec![Cube::default()]);
        }
        apart.extend(Cube::of(axis, &region));
    }
    (apart.len() <= MOST_CUBES).then_some(apart)
}

/// Adds a cube, joining it with others for as long as that works.
fn add(cubes: &mut Vec<Cube>, mut cube: Cube) {
    while let Some((at, either)) = cubes.iter().enumerate().find_map(|(at, own)| own.or(&cube).map(|either| (at, either))) {
        cubes.swap_remove(at);
        cube = either;
    }
    cubes.push(cube);
}
