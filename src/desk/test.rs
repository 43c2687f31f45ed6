//! `relance test`: runs the examples that rules must satisfy, through the night itself, and says what they have not tried.
//!
//! A test is one customer on one night or on several. Its rows go through the same functions as a portfolio's
//! ([`crate::run::rehearsal`]); what the night leaves is what the next night of the test starts from.

pub mod add;
mod build;
mod changes;
mod explain;
mod judge;
mod pack;
mod report;
mod suggest;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::date::Date;
use crate::base::money::Currency;
use crate::base::table::Table;
use crate::desk::test::build::Case;
use crate::desk::test::changes::Held;
use crate::desk::test::judge::{Difference, Night as Judged};
use crate::desk::test::pack::Pack;
use crate::desk::test::watch::Seen;
use crate::error::{Exit, Failure};
use crate::io::folder;
use crate::night::matchers::Matchers;
use crate::rules::coverage::{Coverage, Gap, Shares};
use crate::rules::eval::Env;
use crate::rules::program::Program;
use crate::rules::test_file::{Exception, Night, Test};
use crate::run::rehearsal::{Rehearsed, rehearse};
use crate::settings::Settings;

/// How results are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
    /// The XML that build servers read.
    Junit,
}

/// What to run, and what to say of it.
#[derive(Debug, Clone)]
pub struct Request {
    /// Folders and test files.
    pub paths: Vec<PathBuf>,
    /// The currency of the job whose rules they are, which a night would compare money in.
    pub of_job: Option<Currency>,
    /// Only tests whose name contains this.
    pub filter: Option<String>,
    pub format: Format,
    /// Whether to say what the tests have not tried.
    pub coverage: bool,
    /// Least share of rules, of conditions and of thresholds that must be tried, in whole percent.
    pub least: Option<u32>,
    /// Whether to write the tests that are missing.
    pub suggest: bool,
    /// The file they are written to; they are handed back where none is named.
    pub out: Option<PathBuf>,
    /// Whether that file may be there already.
    pub force: bool,
}

/// What a test run says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub text: String,
    /// The missing tests as a test file, where they are neither in the report nor written to a file.
    pub tests: Option<String>,
    /// Whether all tests hold and enough is tried.
    pub holds: bool,
}

/// Results of one pack.
#[derive(Debug)]
struct PackResult {
    folder: String,
    tests: Vec<TestResult>,
    tried: Option<Tried>,
    suggestions: Option<Suggestions>,
}

/// The tests a pack is missing.
#[derive(Debug)]
struct Suggestions {
    /// How many there are.
    count: usize,
    /// A test file of its own.
    file: String,
    /// What is tried once they are kept.
    reached: Tried,
}

/// The result of one test.
#[derive(Debug)]
struct TestResult {
    name: String,
    /// `file:line`.
    place: String,
    failures: Vec<NightFailure>,
}

/// A night on which a test does not hold.
#[derive(Debug)]
struct NightFailure {
    as_of: Date,
    differences: Vec<Difference>,
    /// Why the night could not be worked out as given.
    problem: Option<String>,
    by_hand: Vec<String>,
    explanation: String,
}

/// What the tests of a pack have tried.
#[derive(Debug)]
struct Tried {
    shares: Shares,
    gaps: Vec<Gap>,
    /// Gaps a test file excepts, with its reason.
    excepted: Vec<(Gap, Exception)>,
    /// Exceptions for what is no gap.
    stale: Vec<Exception>,
    /// Whether each kind reaches what was asked for.
    is_enough: bool,
    /// What no test can try.
    of_the_portfolio: Vec<String>,
}

/// Runs tests.
///
/// # Errors
/// [`Exit::NoInput`] where there is none, [`Exit::Config`] where rules or tests cannot be read, [`Exit::Usage`] where no name fits the filter,
/// or the missing tests cannot go to the file named.
pub fn test(request: &Request) -> Result<Told, Failure> {
    let mut packs = pack::packs(&request.paths, request.of_job)?;
    if let Some(out) = &request.out {
        check_out(out, request.force, &packs)?;
    }
    let results = packs.iter_mut().map(|pack| run_pack(pack, request)).collect::<Result<Vec<_>, _>>()?;
    if results.iter().all(|pack| pack.tests.is_empty()) {
        let filter = request.filter.as_deref().unwrap_or_default();
        return Err(Failure::new(Exit::Usage, format!("no test has a name with \"{filter}\" in it")));
    }
    let tests_hold = results.iter().flat_map(|pack| &pack.tests).all(|test| test.failures.is_empty());
    let enough = results.iter().filter_map(|pack| pack.tried.as_ref()).all(|tried| tried.is_enough && tried.stale.is_empty());
    if let Some(out) = &request.out {
        results
            .iter()
            .filter_map(|pack| pack.suggestions.as_ref())
            .filter(|tests| tests.count > 0)
            .try_for_each(|tests| if request.force { folder::write_over(out, &tests.file) } else { folder::write_new(out, &tests.file) })?;
    }
    let is_told_apart = request.suggest && request.out.is_none() && request.format != Format::Json;
    let tests = is_told_apart.then(|| {
        let files: Vec<&str> = results.iter().filter_map(|pack| pack.suggestions.as_ref()).map(|tests| tests.file.as_str()).collect();
        files.join("---\n")
    });
    Ok(Told { text: report::report(&results, request), tests, holds: tests_hold && enough })
}

/// Whether the missing tests can go to a file: before they are looked for, which takes a while.
fn check_out(out: &Path, force: bool, packs: &[Pack]) -> Result<(), Failure> {
    if packs.len() > 1 {
        let folders: Vec<String> = packs.iter().map(|pack| pack.folder.display().to_string()).collect();
        return Err(Failure::new(
            Exit::Usage,
            format!("--out takes the tests of one pack, these are {}: {}", packs.len(), folders.join(", ")),
        )
        .remedy("name one of them"));
    }
    if out.exists() && !force {
        return Err(Failure::new(Exit::Usage, format!("the file exists already: {}", out.display()))
            .remedy("name another one, or add --force to write over it"));
    }
    Ok(())
}

fn run_pack(pack: &mut Pack, request: &Request) -> Result<PackResult, Failure> {
    let wanted = |test: &Test| request.filter.as_ref().is_none_or(|filter| test.name.contains(filter.as_str()));
    let tests: Vec<Test> = pack.tests.iter().flat_map(|file| &file.tests).filter(|test| wanted(test)).cloned().collect();
    for night in tests.iter().flat_map(|test| &test.nights) {
        pack.compile(night.as_of)?;
    }
    let counts = request.coverage || request.least.is_some() || request.suggest;
    if request.suggest {
        let nights = tests.iter().flat_map(|test| &test.nights).map(|night| night.as_of).collect();
        for day in suggest::changes::days(pack, &nights) {
            // A day on which the rules cannot be compiled is no night of a suggested test.
            let _ = pack.compile(day);
        }
    }
    let mut runner = Runner::new(pack, counts)?;
    let (mut results, mut held) = (Vec::new(), Vec::new());
    for test in &tests {
        let (result, fired) = runner.test(test)?;
        if result.failures.is_empty() {
            held.push(Held { test, fired });
        }
        results.push(result);
    }
    let exceptions: Vec<Exception> = pack.tests.iter().flat_map(|file| file.exceptions.clone()).collect();
    let mut total = runner.total();
    if let Some(total) = &mut total {
        (runner.coverage, runner.explains) = (None, false);
        changes::count(&mut runner, &held, total)?;
    }
    let suggestions = match &total {
        Some(total) if request.suggest => Some(suggest::missing(&mut Runner::new(pack, true)?, &tests, total, &exceptions)?),
        _ => None,
    };
    let tried = total.map(|total| tried(&total, &exceptions, request.least));
    Ok(PackResult { folder: pack.folder.display().to_string(), tests: results, tried, suggestions })
}

/// Compares what was tried with what was asked for.
fn tried(total: &Coverage, exceptions: &[Exception], least: Option<u32>) -> Tried {
    let (mut gaps, mut excepted) = (Vec::new(), Vec::new());
    for gap in total.gaps() {
        match exceptions.iter().find(|exception| exception.gap == gap.name) {
            Some(exception) => excepted.push((gap, exception.clone())),
            None => gaps.push(gap),
        }
    }
    let is_stale = |exception: &&Exception| !excepted.iter().any(|(gap, _)| gap.name == exception.gap);
    let stale = exceptions.iter().filter(is_stale).cloned().collect();
    let shares = total.shares().without(excepted.iter().map(|(gap, _)| gap));
    let of_the_portfolio = total.of_the_portfolio().to_vec();
    Tried { is_enough: least.is_none_or(|least| shares.reach(least)), shares, gaps, excepted, stale, of_the_portfolio }
}

/// Runs tests of one pack, one after the other.
struct Runner<'p> {
    pack: &'p Pack,
    settings: Settings,
    /// What was tried, for each night's program by itself.
    coverage: Option<BTreeMap<Date, Coverage>>,
    /// The conditions of each night's program made ready: a single change of what rules carry leaves them as they are.
    matchers: BTreeMap<Date, Arc<Matchers>>,
    /// Whether it is told why a night decided as it did.
    explains: bool,
}

/// What one night of a test came to.
struct Ran {
    differences: Vec<Difference>,
    problem: Option<String>,
    by_hand: Vec<String>,
    explanation: String,
    state: Table,
    /// Ids of the rules that decided something.
    fired: BTreeSet<String>,
}

impl<'p> Runner<'p> {
    fn new(pack: &'p Pack, counts: bool) -> Result<Runner<'p>, Failure> {
        Ok(Runner {
            pack,
            settings: settings(pack.currency)?,
            coverage: counts.then(BTreeMap::new),
            matchers: BTreeMap::new(),
            explains: true,
        })
    }

    /// The result of a test, and what decided on its nights.
    fn test(&mut self, test: &Test) -> Result<(TestResult, BTreeSet<String>), Failure> {
        let (mut failures, mut fired) = (Vec::new(), BTreeSet::new());
        let mut state: Option<Table> = None;
        for night in &test.nights {
            let mut ran = self.night(night, state.as_ref(), |_| {})?;
            fired.append(&mut ran.fired);
            if !ran.differences.is_empty() || ran.problem.is_some() {
                let Ran { differences, problem, by_hand, explanation, .. } = ran;
                failures.push(NightFailure { as_of: night.as_of, differences, problem, by_hand, explanation });
            }
            state = Some(ran.state);
        }
        Ok((TestResult { name: test.name.clone(), place: format!("{}:{}", test.path, test.line), failures }, fired))
    }

    /// Works out one night; `look` sees everything that came of it.
    fn night(&mut self, night: &Night, state: Option<&Table>, look: impl FnOnce(&Judged<'_>)) -> Result<Ran, Failure> {
        self.night_under(self.pack.program(night.as_of)?, night, state, look)
    }

    /// Works out one night by other rules than those written.
    fn night_under(
        &mut self,
        program: &Program,
        night: &Night,
        state: Option<&Table>,
        look: impl FnOnce(&Judged<'_>),
    ) -> Result<Ran, Failure> {
        let case = |policy| Case { program, given: &night.given, from: night.from, policy };
        let ready = || Arc::new(Matchers::new(program, &Env { as_of: night.as_of, calendar: &program.calendar }));
        let matchers = Arc::clone(self.matchers.entry(night.as_of).or_insert_with(ready));
        let policy = match state {
            None if case(None).lacks_policy() => self.policy(program, &matchers, night),
            _ => None,
        };
        let calendar = &program.calendar;
        let env = Env { as_of: night.as_of, calendar };
        let coverage = match &mut self.coverage {
            Some(all) => Some(all.entry(night.as_of).or_insert_with(|| Coverage::of(program, &self.pack.files, &env))),
            None => None,
        };
        let mut seen = Seen::new(program, &night.given.facts, coverage);
        seen.explains = self.explains;
        let rows = case(policy.as_deref()).rows(state);
        match rehearse(rows, program, matchers, &self.settings, night.as_of, &mut seen) {
            Err(failure) => Ok(Ran {
                differences: Vec::new(),
                problem: Some(failure.messages.join("\n")),
                by_hand: seen.by_hand,
                explanation: String::new(),
                state: Table::default(),
                fired: BTreeSet::new(),
            }),
            Ok(rehearsed) => {
                seen.placed(&rehearsed.evaluated);
                let judged = Judged { evaluated: &rehearsed.evaluated, seen: &seen, currency: self.pack.currency };
                look(&judged);
                let differences = judged.differences(&night.expect, &night.forbid);
                let problem = refused(&rehearsed);
                Ok(Ran {
                    differences,
                    problem,
                    by_hand: seen.by_hand,
                    explanation: seen.explanation,
                    state: rehearsed.state,
                    fired: seen.fired,
                })
            }
        }
    }

    /// The policy a customer falls under on its first night.
    fn policy(&self, program: &Program, matchers: &Arc<Matchers>, night: &Night) -> Option<String> {
        let case = Case { program, given: &night.given, from: night.from, policy: None };
        let mut seen = Seen::new(program, &night.given.facts, None);
        // What goes wrong here goes wrong again, and is told, when the night is worked out.
        let _ = rehearse(case.rows(None), program, Arc::clone(matchers), &self.settings, night.as_of, &mut seen);
        seen.policy
    }

    /// What all nights together have tried.
    fn total(&self) -> Option<Coverage> {
        let mut all = self.coverage.as_ref()?.values();
        let mut total = all.next()?.clone();
        all.for_each(|more| total.merge(more));
        Some(total)
    }
}

/// Rows of a test that a night refuses: what is given is then not what is tested.
fn refused(rehearsed: &Rehearsed) -> Option<String> {
    let line = |reject: &crate::night::normalise::reject::Reject| {
        format!("the night refuses a row the test gives: {} {}: {}: {}", reject.table, reject.key, reject.reason.code(), reject.message)
    };
    let lines: Vec<String> = rehearsed.rejects.iter().map(line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The settings of a job that says nothing but its currency.
fn settings(currency: Currency) -> Result<Settings, Failure> {
    let job = format!("relance: 1\nportfolio: {{invoices: none}}\nrules: .\nreporting_currency: {currency}\n");
    Settings::parse(&job, Path::new("relance.yaml"), &|_| None)
}
