//! The memoised walk: along one axis after the other, with the set of regions that can still hold.
//!
//! Two ways that arrive at the same axis with the same set go on the same way, so that a table is walked in as many steps as it has
//! different states, not in as many as the space has rows. What a state comes to is numbered canonically: equal numbers, equal outcomes.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::program::Cell;
use crate::rules::proof::bits::Bits;
use crate::rules::proof::region::Region;
use crate::rules::proof::space::Space;

/// Steps after which a table is given up as too wide to prove.
pub const BUDGET: usize = 400_000;
/// Examples of a gap that are kept.
const EXAMPLES: usize = 8;

/// Too many states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooWide;

/// A place without a row: along each axis gone through, one of its bins.
pub type Path = Vec<(usize, usize)>;

/// One axis of the walk.
struct Level {
    axis: usize,
    /// Regions that hold in a class of bins that no region tells apart.
    classes: Vec<Bits>,
    /// A bin of each class.
    bins: Vec<usize>,
    /// Regions that look at the axis.
    looking: Bits,
    /// Regions that look at no axis from this one on.
    settled: Bits,
}

/// A walk through the space of a table.
pub struct Walk {
    levels: Vec<Level>,
    /// Of each region its row; regions stand in order of rows.
    rows: Vec<usize>,
    first_region: BTreeMap<usize, usize>,
    outputs: Vec<Cell>,
    otherwise: Option<Cell>,
    memo: Vec<BTreeMap<Bits, usize>>,
    numbers: BTreeMap<Outcome, usize>,
    outcomes: Vec<Outcome>,
    steps: usize,
    path: Path,
    pub reached: BTreeSet<usize>,
    pub gaps: Vec<Path>,
    /// Gaps that rest on opaque axes.
    pub doubtful_gaps: Vec<Path>,
    opaque_from: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Gives(Option<Cell>),
    /// Level, and the outcome of each of its classes.
    Depends(usize, Vec<usize>),
}

impl Walk {
    /// A walk over some rows of a space; `outputs` says what each row of the space gives.
    pub fn new(space: &Space<'_>, rows: impl Iterator<Item = usize>, outputs: Vec<Cell>, otherwise: Option<Cell>) -> Walk {
        let all: Vec<(usize, &Region)> = rows.flat_map(|row| space.regions[row].iter().map(move |region| (row, region))).collect();
        let levels = levels(space, &all);
        let opaque_from = levels.iter().position(|level| space.is_opaque(level.axis)).unwrap_or(levels.len());
        let mut first_region = BTreeMap::new();
        for (at, (row, _)) in all.iter().enumerate() {
            first_region.entry(*row).or_insert(at);
        }
        Walk {
            memo: vec![BTreeMap::new(); levels.len()],
            levels,
            rows: all.iter().map(|(row, _)| *row).collect(),
            first_region,
            outputs,
            otherwise,
            numbers: BTreeMap::new(),
            outcomes: Vec::new(),
            steps: 0,
            path: Vec::new(),
            reached: BTreeSet::new(),
            gaps: Vec::new(),
            doubtful_gaps: Vec::new(),
            opaque_from,
        }
    }

    /// Walks the rows that are chosen; the number of what they come to.
    ///
    /// # Errors
    /// [`TooWide`] where the budget is spent.
    pub fn over(&mut self, chosen: impl Fn(usize) -> bool) -> Result<usize, TooWide> {
        let mut live = Bits::none(self.rows.len());
        (0..self.rows.len()).filter(|at| chosen(self.rows[*at])).for_each(|at| live.insert(at));
        self.visit(0, live)
    }

    /// The axes on which the outcome of this number depends.
    pub fn axes_of(&self, outcome: usize) -> BTreeSet<usize> {
        let mut axes = BTreeSet::new();
        let mut seen = BTreeSet::from([outcome]);
        let mut open = vec![outcome];
        while let Some(at) = open.pop() {
            let Outcome::Depends(level, parts) = &self.outcomes[at] else { continue };
            axes.insert(self.levels[*level].axis);
            open.extend(parts.iter().copied().filter(|part| seen.insert(*part)));
        }
        axes
    }

    fn visit(&mut self, mut level: usize, mut live: Bits) -> Result<usize, TooWide> {
        loop {
            if let Some(row) = self.settle(level, &mut live) {
                self.reached.insert(row);
                return Ok(self.number(Outcome::Gives(Some(self.outputs[row]))));
            }
            if live.is_empty() {
                self.note_gap();
                return Ok(self.number(Outcome::Gives(self.otherwise)));
            }
            if level == self.levels.len() || live.meets(&self.levels[level].looking) {
                break;
            }
            level += 1;
        }
        if let Some(known) = self.memo.get(level).and_then(|memo| memo.get(&live)) {
            return Ok(*known);
        }
        let count = self.levels[level].classes.len();
        self.steps += count;
        if self.steps > BUDGET {
            return Err(TooWide);
        }
        let mut parts = Vec::with_capacity(count);
        for class in 0..count {
            let rest = live.and(&self.levels[level].classes[class]);
            self.path.push((self.levels[level].axis, self.levels[level].bins[class]));
            let part = self.visit(level + 1, rest);
            self.path.pop();
            parts.push(part?);
        }
        let same = parts.windows(2).all(|pair| pair[0] == pair[1]);
        let number = match parts.first() {
            Some(first) if same => *first,
            _ => self.number(Outcome::Depends(level, parts)),
        };
        self.memo[level].insert(live, number);
        Ok(number)
    }

    /// Takes out what cannot win any more; the row that has won, if one has.
    fn settle(&self, level: usize, live: &mut Bits) -> Option<usize> {
        let settled = match self.levels.get(level) {
            Some(level) => live.first_common(&level.settled)?,
            None => live.first()?,
        };
        let row = self.rows[settled];
        live.cut_above(settled);
        (self.first_region[&row]..settled).for_each(|at| live.remove(at));
        (live.first() == Some(settled)).then_some(row)
    }

    fn note_gap(&mut self) {
        let doubtful = self.path.last().is_some_and(|(axis, _)| self.levels[self.opaque_from..].iter().any(|level| level.axis == *axis));
        let gaps = if doubtful { &mut self.doubtful_gaps } else { &mut self.gaps };
        if gaps.len() < EXAMPLES {
            gaps.push(self.path.clone());
        }
    }

    fn number(&mut self, outcome: Outcome) -> usize {
        let next = self.outcomes.len();
        if let Some(known) = self.numbers.get(&outcome) {
            return *known;
        }
        self.numbers.insert(outcome.clone(), next);
        self.outcomes.push(outcome);
        next
    }
}

/// The axes that are looked at: most looked at first, opaque ones last, so that a gap without them is found without them.
fn levels(space: &Space<'_>, all: &[(usize, &Region)]) -> Vec<Level> {
    let looking_at = |axis: usize| {
        let mut looking = Bits::none(all.len());
        all.iter().enumerate().filter(|(_, (_, region))| region.side(axis).is_some()).for_each(|(at, _)| looking.insert(at));
        looking
    };
    let mut axes: Vec<(usize, Bits)> =
        (0..space.axes.len()).map(|axis| (axis, looking_at(axis))).filter(|(_, looking)| !looking.is_empty()).collect();
    axes.sort_by_key(|(axis, looking)| (space.is_opaque(*axis), usize::MAX - looking.len(), space.axes[*axis].1.len(), *axis));
    let mut settled = Bits::all(all.len());
    let mut levels: Vec<Level> = Vec::with_capacity(axes.len());
    for (axis, looking) in axes.into_iter().rev() {
        looking.iter().for_each(|at| settled.remove(at));
        let (classes, bins) = classes(space, axis, all, &looking);
        levels.push(Level { axis, classes, bins, looking, settled: settled.clone() });
    }
    levels.reverse();
    levels
}

/// Bins that no region tells apart, as the regions that hold there, each with its first bin.
fn classes(space: &Space<'_>, axis: usize, all: &[(usize, &Region)], looking: &Bits) -> (Vec<Bits>, Vec<usize>) {
    let mut free = Bits::all(all.len());
    looking.iter().for_each(|at| free.remove(at));
    let mut holding = vec![free; space.axes[axis].1.len()];
    for at in looking.iter() {
        if let Some(bits) = all[at].1.side(axis) {
            bits.iter().for_each(|bin| holding[bin].insert(at));
        }
    }
    let mut seen = BTreeSet::new();
    holding.into_iter().enumerate().filter(|(_, regions)| seen.insert(regions.clone())).map(|(bin, regions)| (regions, bin)).unzip()
}
