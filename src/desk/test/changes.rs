//! Whether tests tell the rules from rules in which one thing is changed: each test that the change can touch runs once more with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::date::Date;
use crate::base::table::Table;
use crate::desk::test::Runner;
use crate::error::{Exit, Failure};
use crate::rules::changes::{About, Change, all};
use crate::rules::coverage::Coverage;
use crate::rules::program::{Program, QuietDays, Shift};
use crate::rules::test_file::{AHEAD_IN_QUEUE, Night, Target, Test, Value};

/// A test that holds, and what decided on its nights.
pub struct Held<'t> {
    pub test: &'t Test,
    pub fired: BTreeSet<String>,
}

/// Adds to what the tests have tried which single changes they tell.
///
/// # Errors
/// A fault of ours where the rules of a night were not compiled.
pub fn count(runner: &mut Runner<'_>, held: &[Held<'_>], total: &mut Coverage) -> Result<(), Failure> {
    let mut last = 0;
    for change in of_all_nights(runner)? {
        let mut changed = Changed::new(&change);
        let mut told = false;
        // What told the change before tells the next one as a rule.
        let order = std::iter::once(last).chain((0..held.len()).filter(|at| *at != last));
        for at in order {
            let Some(one) =
                held.get(at).filter(|one| can_tell(&change, one.test) && touches(&change.about, &one.test.nights, &one.fired, runner))
            else {
                continue;
            };
            if changed.breaks(runner, one.test)? {
                (told, last) = (true, at);
                break;
            }
        }
        total.change(&change, told);
    }
    Ok(())
}

/// The single changes of the rules of all nights, each once.
pub fn of_all_nights(runner: &Runner<'_>) -> Result<Vec<Change>, Failure> {
    let mut names = BTreeSet::new();
    let nights: BTreeSet<Date> =
        runner.pack.tests.iter().flat_map(|file| &file.tests).flat_map(|test| &test.nights).map(|night| night.as_of).collect();
    let mut changes = Vec::new();
    for as_of in nights {
        changes.extend(all(runner.pack.program(as_of)?).into_iter().filter(|change| names.insert(change.name())));
    }
    Ok(changes)
}

/// The rules of some nights with one change.
pub struct Changed<'c> {
    change: &'c Change,
    programs: BTreeMap<Date, Program>,
}

impl<'c> Changed<'c> {
    pub fn new(change: &'c Change) -> Changed<'c> {
        Changed { change, programs: BTreeMap::new() }
    }

    /// The changed rules of a night.
    ///
    /// # Errors
    /// A fault of ours where they were not compiled.
    pub fn program(&mut self, runner: &Runner<'_>, as_of: Date) -> Result<&Program, Failure> {
        if !self.programs.contains_key(&as_of) {
            self.programs.insert(as_of, self.change.applied(runner.pack.program(as_of)?));
        }
        self.made(as_of)
    }

    /// The changed rules of a night that [`Changed::program`] was asked for before.
    ///
    /// # Errors
    /// A fault of ours where it was not.
    pub fn made(&self, as_of: Date) -> Result<&Program, Failure> {
        self.programs.get(&as_of).ok_or_else(|| Failure::new(Exit::Bug, format!("the rules were not changed for {as_of}")))
    }

    /// Whether a test that holds does so no more.
    fn breaks(&mut self, runner: &mut Runner<'_>, test: &Test) -> Result<bool, Failure> {
        let mut state: Option<Table> = None;
        for night in &test.nights {
            let program = self.program(runner, night.as_of)?;
            let ran = runner.night_under(program, night, state.as_ref(), |_| {})?;
            if !ran.differences.is_empty() || ran.problem.is_some() {
                return Ok(true);
            }
            state = Some(ran.state);
        }
        Ok(false)
    }
}

/// Whether a test looks at what a change shows in.
fn can_tell(change: &Change, test: &Test) -> bool {
    let keys = || test.nights.iter().flat_map(|night| night.expect.iter().chain(&night.forbid)).map(|one| one.key.as_str());
    match &change.about {
        About::Penalty(_) => keys().any(|key| ["penalties", "interest", "fixed_charge"].contains(&key)),
        About::Standing(table, id, column, _) => {
            let shown = format!("{table}.{id}.{column}");
            keys().any(|key| key == shown)
        }
        About::Placement(_) => {
            let mut targets = test.nights.iter().flat_map(|night| night.expect.iter().chain(&night.forbid)).map(|one| &one.target);
            targets.any(|target| matches!(target, Target::HandedTo(_) | Target::Missing(_)))
        }
        _ => change.shown_by.is_none_or(|shown| keys().any(|key| key == shown)),
    }
}

/// Whether nights on which these rules decided can come out otherwise under a change. Where this is wrong a test that could tell a
/// change is not asked.
pub fn touches(about: &About, nights: &[Night], fired: &BTreeSet<String>, runner: &Runner<'_>) -> bool {
    let decided = |id: &str| fired.contains(id);
    let says_next = || nights.iter().flat_map(|night| &night.expect).any(|expectation| matches!(expectation.target, Target::Item(..)));
    let named = |night: &Night, column: &str| night.given.rows("customers").iter().any(|row| row.get(column).is_some());
    let gives = |table: &str| nights.iter().any(|night| !night.given.rows(table).is_empty());
    let goes_on = || nights.len() > 1 || gives("state");
    let stands = || goes_on() || nights.iter().any(|night| named(night, "last_step"));
    let dated = || goes_on() || nights.iter().any(|night| ["last_step_date", "days_since_last_action"].iter().any(|day| named(night, day)));
    match about {
        About::Step(policy, step) | About::Channels(policy, step) => {
            let own = format!("{policy}.{step}");
            ["", ".otherwise", ".channels"].iter().any(|part| decided(&format!("{own}{part}")))
        }
        About::Gap(policy, _) => decided(policy) && (dated() || says_next()),
        About::End(policy, _) => decided(policy) && (stands() || says_next()),
        About::Payment(policy, _) => decided(policy) && gives("payments") && stands(),
        About::Course(policy) | About::Day(policy, ..) => decided(policy),
        About::PolicyChange(policy) => goes_on() || nights.iter().any(|night| was_under(night, policy)),
        About::Clock(rule) => decided(rule) && stands(),
        About::Stops(rule, _) | About::Review(rule, _) | About::Penalty(rule) | About::Result(rule) => decided(rule),
        About::Standing(_, rule, ..) | About::Placement(rule) => decided(rule),
        About::Representation(rule, _) => decided(rule) || gives("payments"),
        About::Manner => true,
        About::Silence(policy) => decided(policy),
        About::Cap(_) => gives("contacts") || goes_on(),
        About::QuietDays => says_next() || nights.iter().any(|night| is_quiet_night(night, runner)),
        About::Queue(..) => nights.iter().any(|night| named(night, AHEAD_IN_QUEUE)),
    }
}

fn was_under(night: &Night, policy: &str) -> bool {
    let is_it = |value: &Value| matches!(value, Value::Text(text) if text == policy);
    night.given.rows("customers").iter().any(|row| row.get("current_policy").is_some_and(is_it))
}

fn is_quiet_night(night: &Night, runner: &Runner<'_>) -> bool {
    let Ok(program) = runner.pack.program(night.as_of) else { return false };
    let has_quiet_days_ahead = program.quiet_days.iter().any(|quiet| quiet.then == Shift::Previous);
    let waits_for_the_post = program.post.iter().any(|post| !post.prints.is_empty());
    has_quiet_days_ahead || waits_for_the_post || program.quiet_days.iter().any(|quiet| is_quiet_somewhere(quiet, program, night.as_of))
}

/// Whether a day is quiet for the debtors of some country.
pub fn is_quiet_somewhere(quiet: &QuietDays, program: &Program, day: Date) -> bool {
    let countries = quiet.calendars.iter().map(|(code, _)| code.as_bytes()).chain([&b""[..]]);
    countries.into_iter().any(|country| quiet.contains(country, &program.calendar, day))
}
