//! What tests of rules have tried: which rules decided something, which conditions were seen true and false, and on which sides of
//! each threshold a value was seen.
//!
//! A condition counts as seen only where the night really asked it: a row of a `first` table after the row that decided was not,
//! nor was the right side of an `and` whose left side is false. A named condition counts once for itself, however many rules use it,
//! and as one condition in each of these.

mod scribe;
mod threshold;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::rules::changes::{self, Change};
use crate::rules::eval::Env;
use crate::rules::expr::typed::{Condition, Term};
use crate::rules::program::{Cell, Facts, FieldId, MISSING, Program};
use crate::rules::sources::{SourceFile, Sources};
use scribe::Scribe;
use threshold::{SIDES, Threshold};

/// What the tests of a program have tried so far.
#[derive(Debug, Clone)]
pub struct Coverage {
    rules: BTreeMap<String, Hits>,
    /// Conditions in order of file, by the rule or definition they stand in.
    owners: BTreeMap<String, Vec<Atom>>,
    /// Names of definitions by the address of their condition, which all uses share.
    definitions: BTreeMap<usize, String>,
    /// Single changes of what rules carry, by name.
    changes: BTreeMap<String, Told>,
    /// What takes a portfolio to be seen.
    of_the_portfolio: Vec<String>,
}

/// A single change, and whether a test tells the rules with it from those without.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    owner: String,
    place: String,
    told: bool,
}

/// How often a rule decided something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Hits {
    place: String,
    hits: u64,
}

/// One condition that is not put together from others.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Atom {
    /// As people read it.
    text: String,
    place: String,
    /// Seen false, seen true. `None` for a threshold that is no condition, such as the day of a step.
    seen: Option<[bool; 2]>,
    /// An answer that no value can give.
    impossible: [bool; 2],
    threshold: Option<Threshold>,
    /// What it reads.
    fields: Vec<FieldId>,
}

/// Something no test has tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What an exception in a test file names, for example `company.call: overdue_collectible never below 300 EUR`.
    pub name: String,
    /// `file:line` of the rule.
    pub place: String,
    /// The rule or definition.
    pub owner: String,
    pub missing: Missing,
    /// The fields it is about, each with the limit that its values are compared with, where that is one value written out.
    pub about: Vec<(FieldId, Option<Cell>)>,
}

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Hit,
    /// A condition that was never true, or never false.
    Answer(bool),
    /// A side of a threshold.
    Side(Ordering),
    /// A test that fails under a change of what a rule carries.
    Change,
}

/// Counts of one kind of thing: how many there are, and how many were tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    pub of: u64,
    pub seen: u64,
}

/// What was tried, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shares {
    pub rules: Share,
    /// Each condition counts twice: true and false.
    pub conditions: Share,
    /// Each threshold counts for every side on which a value can be.
    pub thresholds: Share,
    /// Single changes of what rules carry: gaps, capacities, caps, templates, results.
    pub changes: Share,
}

impl Coverage {
    /// Everything in force that the tests of a program could try; nothing is tried yet.
    pub fn of(program: &Program, files: &[SourceFile], env: &Env<'_>) -> Coverage {
        let sources = Sources::new(files);
        let mut book = Coverage {
            rules: BTreeMap::new(),
            owners: BTreeMap::new(),
            definitions: BTreeMap::new(),
            changes: BTreeMap::new(),
            of_the_portfolio: changes::of_the_portfolio(program),
        };
        for definition in &program.definitions {
            book.definitions.insert(address(&definition.when), definition.name.clone());
        }
        let mut scribe = Scribe { program, sources: &sources, env, book };
        for definition in &program.definitions {
            scribe.owner(&definition.name, &definition.when, &definition.place);
        }
        scribe.derived();
        program.tables.iter().for_each(|table| scribe.table(table));
        program.trials.iter().for_each(|trial| scribe.trial(trial));
        program.blocks.iter().for_each(|block| scribe.rule(&block.rule));
        program.beside().for_each(|rule| scribe.rule(rule));
        scribe.policies();
        program.caps.iter().filter(|cap| cap.in_force(env.as_of)).for_each(|cap| scribe.decides(&cap.id, &cap.place));
        program.assignments.iter().for_each(|queue| scribe.table(&queue.table));
        program.penalties.iter().for_each(|penalty| scribe.rule(&penalty.rule));
        program.manners().for_each(|rule| scribe.rule(rule));
        scribe.book
    }

    /// A rule has decided something.
    pub fn hit(&mut self, id: &str) {
        if let Some(rule) = self.rules.get_mut(id) {
            rule.hits += 1;
        }
    }

    /// A rule was asked about a row; gives the answer.
    pub fn ask(&mut self, owner: &str, when: &Condition, facts: &impl Facts, env: &Env<'_>) -> bool {
        let mut at = 0;
        let answer = self.walk(owner, when, &mut at, facts, env);
        debug_assert_eq!(answer, when.holds(facts, env), "{owner} is asked as the night asks it");
        answer
    }

    /// A value met a threshold that is no condition.
    pub fn meet(&mut self, owner: &str, value: Cell) {
        for threshold in self.owners.get_mut(owner).into_iter().flatten().filter_map(|atom| atom.threshold.as_mut()) {
            let distance = i128::from(value) - i128::from(threshold.cell);
            threshold.see(distance);
        }
    }

    /// A single change was tried: whether a test tells the rules with it from those without.
    pub fn change(&mut self, change: &Change, told: bool) {
        let new = || Told { owner: change.owner.clone(), place: change.place.clone(), told: false };
        self.changes.entry(change.name()).or_insert_with(new).told |= told;
    }

    /// Adds what other tests of the same program have tried.
    pub fn merge(&mut self, other: &Coverage) {
        for (id, theirs) in &other.rules {
            self.rules.entry(id.clone()).or_insert_with(|| Hits { place: theirs.place.clone(), hits: 0 }).hits += theirs.hits;
        }
        for (owner, theirs) in &other.owners {
            match self.owners.get_mut(owner) {
                Some(own) if own.len() == theirs.len() => own.iter_mut().zip(theirs).for_each(|(own, their)| own.merge(their)),
                _ => {
                    self.owners.insert(owner.clone(), theirs.clone());
                }
            }
        }
    }

    /// What no test of one customer can try.
    pub fn of_the_portfolio(&self) -> &[String] {
        &self.of_the_portfolio
    }

    /// What was tried, in numbers.
    pub fn shares(&self) -> Shares {
        let mut shares = Shares::default();
        for rule in self.rules.values() {
            shares.rules.count(rule.hits > 0);
        }
        for atom in self.owners.values().flatten() {
            let answers = atom.seen.into_iter().flatten().zip(atom.impossible).filter(|(_, impossible)| !impossible);
            answers.for_each(|(seen, _)| shares.conditions.count(seen));
            if let Some(threshold) = &atom.threshold {
                let possible = threshold.seen.iter().zip(threshold.impossible).filter(|(_, impossible)| !impossible);
                possible.for_each(|(seen, _)| shares.thresholds.count(*seen));
            }
        }
        self.changes.values().for_each(|change| shares.changes.count(change.told));
        shares
    }

    /// All that was not tried, in order of place.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for (id, rule) in self.rules.iter().filter(|(_, rule)| rule.hits == 0) {
            gaps.push(Gap {
                name: format!("{id}: never decides"),
                place: rule.place.clone(),
                owner: id.clone(),
                missing: Missing::Hit,
                about: Vec::new(),
            });
        }
        for (owner, atoms) in &self.owners {
            atoms.iter().for_each(|atom| atom.gaps(owner, &mut gaps));
        }
        for (name, change) in self.changes.iter().filter(|(_, change)| !change.told) {
            let (owner, place) = (change.owner.clone(), change.place.clone());
            gaps.push(Gap { name: name.clone(), place, owner, missing: Missing::Change, about: Vec::new() });
        }
        gaps.sort_by(|one, other| in_file(&one.place).cmp(&in_file(&other.place)).then_with(|| one.name.cmp(&other.name)));
        gaps.dedup_by(|one, other| one.name == other.name);
        gaps
    }

    fn walk(&mut self, owner: &str, when: &Condition, at: &mut usize, facts: &impl Facts, env: &Env<'_>) -> bool {
        match when {
            Condition::Always(answer) => *answer,
            Condition::Not(inner) => !self.walk(owner, inner, at, facts, env),
            Condition::All(parts) => self.joined(owner, parts, true, at, facts, env),
            Condition::Any(parts) => self.joined(owner, parts, false, at, facts, env),
            Condition::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                if self.walk(owner, condition, at, facts, env) {
                    let answer = self.walk(owner, then, at, facts, env);
                    *at += size(otherwise);
                    answer
                } else {
                    *at += size(then);
                    self.walk(owner, otherwise, at, facts, env)
                }
            }
            _ => {
                let answer = self.asked(when, facts, env);
                let side = side(when, facts, env);
                if let Some(atom) = self.owners.get_mut(owner).and_then(|atoms| atoms.get_mut(*at)) {
                    atom.see(answer, side);
                }
                *at += 1;
                answer
            }
        }
    }

    /// The answer of a single condition; a definition notes its own parts.
    fn asked(&mut self, when: &Condition, facts: &impl Facts, env: &Env<'_>) -> bool {
        match shared(when) {
            Some(inner) => match self.definitions.get(&address(inner)).cloned() {
                Some(name) => self.ask(&name, inner, facts, env),
                None => inner.holds(facts, env),
            },
            None => when.holds(facts, env),
        }
    }

    fn joined(&mut self, owner: &str, parts: &[Condition], all: bool, at: &mut usize, facts: &impl Facts, env: &Env<'_>) -> bool {
        for (number, part) in parts.iter().enumerate() {
            if self.walk(owner, part, at, facts, env) != all {
                *at += parts[number + 1..].iter().map(size).sum::<usize>();
                return !all;
            }
        }
        all
    }
}

impl Atom {
    fn see(&mut self, answer: bool, side: Option<Side>) {
        // A comparison with a value that is not there says nothing about the comparison.
        if side == Some(Side::Unknown) {
            return;
        }
        if let Some(seen) = &mut self.seen {
            seen[usize::from(answer)] = true;
        }
        if let (Some(threshold), Some(Side::Known(side))) = (&mut self.threshold, side) {
            threshold.see(side);
        }
    }

    fn merge(&mut self, other: &Atom) {
        if let (Some(own), Some(theirs)) = (&mut self.seen, other.seen) {
            own.iter_mut().zip(theirs).for_each(|(own, their)| *own |= their);
        }
        if let (Some(own), Some(theirs)) = (&mut self.threshold, &other.threshold) {
            own.seen.iter_mut().zip(theirs.seen).for_each(|(own, their)| *own |= their);
        }
    }

    fn gaps(&self, owner: &str, gaps: &mut Vec<Gap>) {
        let limit = self.threshold.as_ref().and_then(|threshold| threshold.field.map(|field| (field, Some(threshold.cell))));
        let about: Vec<_> = limit.map_or_else(|| self.fields.iter().map(|field| (*field, None)).collect(), |limit| vec![limit]);
        let gap = |what: String, missing| {
            let (name, owner) = (format!("{owner}: {what}"), owner.to_owned());
            Gap { name, place: self.place.clone(), owner, missing, about: about.clone() }
        };
        for (answer, seen) in [false, true].into_iter().zip(self.seen.into_iter().flatten()) {
            if !seen && !self.impossible[usize::from(answer)] {
                gaps.push(gap(format!("{} never {answer}", self.text), Missing::Answer(answer)));
            }
        }
        let Some(threshold) = &self.threshold else { return };
        for (at, (side, word)) in SIDES.into_iter().enumerate() {
            if !threshold.seen[at] && !threshold.impossible[at] {
                let what = threshold.never(side, word);
                gaps.push(gap(what, Missing::Side(side)));
            }
        }
    }
}

impl Shares {
    /// The numbers without gaps that need not be closed.
    #[must_use]
    pub fn without<'g>(mut self, excepted: impl Iterator<Item = &'g Gap>) -> Shares {
        for gap in excepted {
            let share = match gap.missing {
                Missing::Hit => &mut self.rules,
                Missing::Answer(_) => &mut self.conditions,
                Missing::Side(_) => &mut self.thresholds,
                Missing::Change => &mut self.changes,
            };
            share.of = share.of.saturating_sub(1);
        }
        self
    }

    /// Whether each kind reaches a share in whole percent.
    pub fn reach(&self, percent: u32) -> bool {
        [self.rules, self.conditions, self.thresholds, self.changes].iter().all(|share| share.seen * 100 >= share.of * u64::from(percent))
    }
}

impl Share {
    fn count(&mut self, seen: bool) {
        self.of += 1;
        self.seen += u64::from(seen);
    }
}

/// `file:line` in an order of files, then of lines.
fn in_file(place: &str) -> (&str, u32) {
    place.rsplit_once(':').map_or((place, 0), |(file, line)| (file, line.parse().unwrap_or(0)))
}

/// How far above its limit a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Known(i128),
    Unknown,
}

fn side(when: &Condition, facts: &impl Facts, env: &Env<'_>) -> Option<Side> {
    let known = |left: Option<i128>, right: Option<i128>| {
        left.zip(right).map_or(Side::Unknown, |(left, right)| Side::Known(left.saturating_sub(right)))
    };
    match when {
        Condition::Cell { field, cell, .. } => {
            let value = facts.cell(*field);
            Some(if value == MISSING { Side::Unknown } else { Side::Known(i128::from(value) - i128::from(*cell)) })
        }
        Condition::Compare(compare) => Some(known(compare.left.raw(facts, env), compare.right.raw(facts, env))),
        _ => None,
    }
}

/// The definition a condition stands for.
fn shared(when: &Condition) -> Option<&Arc<Condition>> {
    match when {
        Condition::Shared(inner) => Some(inner),
        Condition::Holds(expression) => match &expression.term {
            Term::Holds(inner) => shared(inner),
            _ => None,
        },
        _ => None,
    }
}

fn address(condition: &Arc<Condition>) -> usize {
    Arc::as_ptr(condition).addr()
}

/// Conditions a condition is put together from.
fn size(when: &Condition) -> usize {
    match when {
        Condition::Always(_) => 0,
        Condition::Not(inner) => size(inner),
        Condition::All(parts) | Condition::Any(parts) => parts.iter().map(size).sum(),
        Condition::If(parts) => parts.iter().map(size).sum(),
        _ => 1,
    }
}
