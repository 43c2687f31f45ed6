//! All that is wrong with a rule set, in every period in which it is constant: what the compiler says, and what the proofs find.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::date::Date;
use crate::base::money::Currency;
use crate::rules::codes::{self, Code};
use crate::rules::compile::{Examined, examine};
use crate::rules::diagnostics::{Diagnostic, Severity};
use crate::rules::program::Program;
use crate::rules::proof::{self, Facets, Finding};
use crate::rules::renames;
use crate::rules::sources::{SourceFile, Sources, Span};
use crate::rules::style;

/// Periods that are proved; a rule set that changes more often says so.
const MOST_PERIODS: usize = 60;

/// What of a rule set in time is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The period of one night.
    Night(Date),
    /// That night and everything after it.
    From(Date),
    /// Every period, the last one first in line: its words are those of today.
    Always,
}

/// A rule set checked.
#[derive(Debug)]
pub struct Checked {
    /// In order of file and place.
    pub findings: Vec<Finding>,
    /// The program of the night that was asked for, of the last period where none was; `None` where it does not compile.
    pub program: Option<Program>,
    /// Periods that were checked.
    pub periods: usize,
}

impl Checked {
    /// Whether there is no error.
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.diagnostic.severity != Severity::Error)
    }
}

/// Checks a rule set. Money in rules is in the reporting currency.
pub fn check(files: &[SourceFile], when: When, reporting_currency: Currency) -> Checked {
    let sources = Sources::new(files);
    let mut review = Review::new(files, &sources, when, reporting_currency);
    let (reference, changes) = review.days();
    review.opens_on = changes.first().copied();
    review.is_dated = changes.len() > 1;
    let analysis = review.analysis(reference);
    review.in_force.clone_from(&analysis.marks.in_force);
    review.period(&analysis, period_of(reference, &changes), true);
    review.style(&analysis);
    let mut periods = 1;
    for first in changes.iter().copied().filter(|first| when != When::Night(reference) && *first != start_of(reference, &changes)) {
        if periods == MOST_PERIODS {
            review.too_many_periods(first);
            break;
        }
        periods += 1;
        let later = review.analysis(first);
        review.period(&later, period_of(first, &changes), false);
    }
    let program = analysis.errors.is_empty().then_some(analysis.program);
    Checked { findings: review.sorted(), program, periods }
}

/// The first day of the period a day lies in; the day itself before all changes.
fn start_of(day: Date, changes: &BTreeSet<Date>) -> Date {
    changes.range(..=day).next_back().copied().unwrap_or(day)
}

/// A period from a day to the last day before the rule set changes.
fn period_of(first: Date, changes: &BTreeSet<Date>) -> (Date, Option<Date>) {
    let next = changes.range(first.plus_days(1)..).next();
    (first, next.map(|next| next.plus_days(-1)))
}

/// Findings that speak of the run date rather than of the rules.
const OF_THE_DAY: &[Code] = &[codes::NOT_IN_FORCE, codes::NO_POLICY, codes::ENDED, codes::NO_VALUE_TODAY, codes::REVIEW_DUE];

/// The work on one rule set.
struct Review<'r> {
    files: &'r [SourceFile],
    sources: &'r Sources<'r>,
    currency: Currency,
    when: When,
    /// Compiled already, by day.
    analyses: BTreeMap<Date, Examined>,
    /// There is more than one period.
    is_dated: bool,
    /// The day before the first change, where every period is checked: the first period has no beginning.
    opens_on: Option<Date>,
    /// Files that are in force on the day whose words count.
    in_force: BTreeSet<u32>,
    /// What was proved of the parts of a program, by all that the proof depends on: most periods change little.
    known: BTreeMap<String, Vec<Finding>>,
    all: Vec<Dated>,
}

/// A finding with the periods in which it holds; none where it holds on the day whose words count.
struct Dated {
    finding: Finding,
    periods: Vec<(Date, Option<Date>)>,
}

impl<'r> Review<'r> {
    fn new(files: &'r [SourceFile], sources: &'r Sources<'r>, when: When, currency: Currency) -> Review<'r> {
        Review {
            files,
            sources,
            currency,
            when,
            analyses: BTreeMap::new(),
            is_dated: false,
            opens_on: None,
            in_force: BTreeSet::new(),
            known: BTreeMap::new(),
            all: Vec::new(),
        }
    }

    /// The day whose words count, and the days on which a period starts that is to be checked.
    fn days(&mut self) -> (Date, BTreeSet<Date>) {
        let (When::Night(day) | When::From(day)) = self.when else { return self.every_day() };
        let changes = if self.when == When::Night(day) { self.seen_on(day) } else { self.changes(day) };
        (day, changes.into_iter().filter(|change| *change > day).chain([day]).collect())
    }

    fn every_day(&mut self) -> (Date, BTreeSet<Date>) {
        let mut changes = self.changes(Date::MAX);
        let first = changes.first().copied();
        changes.extend(first.map(|first| first.plus_days(-1)));
        match changes.last().copied() {
            Some(last) => (last, changes),
            // Nothing in the rule set depends on the day.
            None => (Date::MIN, BTreeSet::from([Date::MIN])),
        }
    }

    /// The rule set compiled for a day.
    fn analysis(&mut self, day: Date) -> Examined {
        self.analyses.remove(&day).unwrap_or_else(|| examine(self.files, day, self.currency))
    }

    /// Days on which what is in force on a day changes.
    fn seen_on(&mut self, day: Date) -> BTreeSet<Date> {
        let analysis = self.analysis(day);
        let changes = analysis.marks.changes.clone();
        self.analyses.insert(day, analysis);
        changes
    }

    /// Days on which the rule set changes. A file out of force is not read, so that what changes in it shows only once it is.
    fn changes(&mut self, day: Date) -> BTreeSet<Date> {
        let mut changes = BTreeSet::new();
        let mut open = vec![day];
        let mut seen = BTreeSet::from([day]);
        while let Some(day) = open.pop() {
            changes.extend(self.seen_on(day));
            if seen.len() < MOST_PERIODS {
                open.extend(changes.iter().copied().filter(|change| seen.insert(*change)));
            }
        }
        changes.into_iter().filter(|change| change.in_range()).collect()
    }

    /// Adds what is found in one period.
    fn period(&mut self, analysis: &Examined, (first, last): (Date, Option<Date>), is_reference: bool) {
        let compiled = analysis.errors.iter().chain(&analysis.warnings).filter(|finding| self.counts(finding, is_reference));
        let compiled = compiled.cloned().map(Finding::from).collect();
        self.add(compiled, (first, last), is_reference);
        let facets = Facets::of(&analysis.program, &analysis.marks, first, last);
        let key = if self.is_dated { key(analysis, first, last) } else { String::new() };
        let proved = match self.known.get(&key) {
            Some(known) => known.clone(),
            None => proof::prove(&analysis.program, &facets, self.sources),
        };
        self.known.insert(key, proved.clone());
        self.add(proved, (first, last), is_reference);
    }

    /// Whether what the compiler says in a period is said. Where every period is checked, a file is judged on the last day it is in force:
    /// what another file does not define yet, or no longer, is no fault of it.
    fn counts(&self, finding: &Diagnostic, is_reference: bool) -> bool {
        match self.when {
            When::Always => !OF_THE_DAY.contains(&finding.code) && (is_reference || !self.in_force.contains(&finding.primary.span.file)),
            When::Night(_) | When::From(_) => is_reference || !OF_THE_DAY.contains(&finding.code),
        }
    }

    /// Adds findings that are not known yet, those of another period with its days.
    fn add(&mut self, findings: Vec<Finding>, period: (Date, Option<Date>), is_reference: bool) {
        for mut finding in findings {
            let found = &finding.diagnostic;
            let same = |known: &&mut Dated| {
                let known = &known.finding.diagnostic;
                known.code == found.code && known.primary.span == found.primary.span && known.message == found.message
            };
            match self.all.iter_mut().find(same) {
                Some(known) if known.periods.is_empty() => {}
                Some(known) => known.periods.push(period),
                None if is_reference => self.all.push(Dated { finding, periods: Vec::new() }),
                None => {
                    finding.probe = None;
                    self.all.push(Dated { finding, periods: vec![period] });
                }
            }
        }
    }

    /// When a finding holds, in words: periods that follow each other are one.
    fn days_of(&self, periods: &[(Date, Option<Date>)]) -> String {
        let mut joined: Vec<(Date, Option<Date>)> = Vec::new();
        for (first, last) in periods {
            match joined.last_mut() {
                Some((_, end)) if end.is_some_and(|end| end.plus_days(1) == *first) => *end = *last,
                _ => joined.push((*first, *last)),
            }
        }
        let words = |(at, (first, last)): (usize, &(Date, Option<Date>))| match last {
            Some(last) if at == 0 && self.when == When::Always && self.opens_on == Some(*first) => format!("until {last}"),
            Some(last) => format!("from {first} to {last}"),
            None => format!("from {first} on"),
        };
        joined.iter().enumerate().map(words).collect::<Vec<_>>().join(", ")
    }

    fn style(&mut self, analysis: &Examined) {
        let sound = analysis.errors.is_empty();
        let earlier = if sound { renames::unused(&analysis.program.renames, self.sources) } else { Vec::new() };
        let segment = if sound { style::without_segment(&analysis.program, &analysis.marks) } else { None };
        let findings = style::findings(self.files, &analysis.marks, self.sources).into_iter().chain(earlier).chain(segment);
        self.all.extend(findings.map(|found| Dated { finding: found.into(), periods: Vec::new() }));
    }

    fn too_many_periods(&mut self, first: Date) {
        let message = format!("this rule set changes on more than {MOST_PERIODS} days: from {first} on nothing was proved");
        let found = Diagnostic::warning(codes::TOO_MANY_PERIODS, Span::start_of(0), message);
        let finding = found.help("take rows and values out whose period is over").into();
        self.all.push(Dated { finding, periods: Vec::new() });
    }

    fn sorted(mut self) -> Vec<Finding> {
        let mut all: Vec<Finding> = Vec::with_capacity(self.all.len());
        for Dated { mut finding, periods } in std::mem::take(&mut self.all) {
            if !periods.is_empty() {
                finding.diagnostic.notes.push(format!("so it is {}", self.days_of(&periods)));
            }
            all.push(finding);
        }
        let place = |finding: &Finding| {
            let span = finding.diagnostic.primary.span;
            (self.sources.path(span.file), span.start, finding.diagnostic.severity, finding.diagnostic.code)
        };
        all.sort_by(|one, other| place(one).cmp(&place(other)).then_with(|| one.diagnostic.message.cmp(&other.diagnostic.message)));
        all
    }
}

/// All that the proofs of a period depend on: the rules in force, and the days themselves where a rule reads them.
fn key(analysis: &Examined, first: Date, last: Option<Date>) -> String {
    let program = &analysis.program;
    let live = |from: Option<Date>, until: Option<Date>| from.is_none_or(|from| from <= first) && until.is_none_or(|until| first <= until);
    let tables = program.tables.iter().chain(program.assignments.iter().map(|queue| &queue.table));
    let rows = tables.flat_map(|table| &table.rows).map(|(rule, cell)| (live(rule.from, rule.until), &rule.id, &rule.when, *cell));
    let policies: Vec<_> = program.policies.iter().map(|policy| (live(policy.applies.from, policy.applies.until), policy)).collect();
    let rest = (
        &program.blocks,
        (&program.tasks, &program.proposals, &program.routes),
        &program.representations,
        &program.penalties,
        &program.trials,
        &program.caps,
        &program.offers,
        &analysis.marks.definitions,
        &analysis.marks.holed,
    );
    let key = format!("{:?} {policies:?} {rest:?} {:?}", rows.collect::<Vec<_>>(), analysis.marks.ranges);
    if key.contains("Today") || key.contains("from: Some") || key.contains("until: Some") { format!("{key} {first} {last:?}") } else { key }
}
