//! Tests that tell the rules from rules in which one thing is changed: cases next to known ones in which the change can make a
//! difference, each worked out with and without it, until one comes out otherwise.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::date::Date;
use crate::base::table::Table;
use crate::desk::test::Runner;
use crate::desk::test::changes::{Changed, of_all_nights, touches};
use crate::desk::test::pack::Pack;
use crate::desk::test::suggest::cases::{Cases, Known};
use crate::desk::test::suggest::expected::Effects;
use crate::error::Failure;
use crate::rules::changes::Change;
use crate::rules::coverage::Coverage;
use crate::rules::program::{Program, Shift};
use crate::rules::test_file::{Given, Night};

/// Nights worked out for one change at most.
const MOST_NIGHTS: usize = 400;

/// A suggested test, and what tells the rules from changed ones in it.
pub struct Found {
    pub nights: Vec<Night>,
    pub effects: Vec<Effects>,
    /// Keys it expects beyond the usual ones, night by night.
    pub keys: Vec<BTreeSet<String>>,
    pub fired: BTreeSet<String>,
    pub name: String,
}

impl Found {
    fn tells(&self, changed: &[Effects]) -> bool {
        changed.len() != self.effects.len()
            || self
                .effects
                .iter()
                .zip(changed)
                .zip(&self.keys)
                .any(|((own, changed), keys)| own.tells_usually(changed) || own.differing(changed).intersection(keys).next().is_some())
    }
}

/// Days beside those of the tests that suggested ones need: the next day, quiet days, days of reviews.
pub fn days(pack: &Pack, nights: &BTreeSet<Date>) -> BTreeSet<Date> {
    let mut days = BTreeSet::new();
    for as_of in nights {
        let Ok(program) = pack.program(*as_of) else { continue };
        days.insert(as_of.plus_days(1));
        days.extend(quiet_days(program, *as_of));
        let levels = program.tasks.iter().flat_map(|task| &task.escalate).map(|level| level.after);
        for span in program.blocks.iter().filter_map(|block| block.review_after).chain(levels) {
            days.extend(review_days(*as_of, span.days));
        }
    }
    days
}

/// The next quiet day of each kind, and the day before where what falls on it goes out on that one.
pub fn quiet_days(program: &Program, as_of: Date) -> BTreeSet<Date> {
    let ahead = || (1..=366).map(|days| as_of.plus_days(days));
    let mut days = BTreeSet::new();
    for quiet in &program.quiet_days {
        days.extend(quiet.weekdays.iter().filter_map(|weekday| ahead().find(|day| day.weekday() == *weekday)));
        let codes = quiet.calendars.iter().map(|(code, _)| code.as_bytes()).chain([&b""[..]]);
        let is_own = |code: &[u8], day: &Date| quiet.contains(code, &program.calendar, *day) && !quiet.weekdays.contains(&day.weekday());
        days.extend(codes.into_iter().filter_map(|code| ahead().find(|day| is_own(code, day))));
    }
    if program.quiet_days.iter().any(|quiet| quiet.then == Shift::Previous) {
        days.extend(days.clone().into_iter().map(|day| day.plus_days(-1)));
    }
    days
}

/// The nights around the day of a review, of what began tonight, yesterday, or as long ago as a short form has it.
pub fn review_days(as_of: Date, span: i32) -> impl Iterator<Item = Date> {
    [0, 1, 20].into_iter().flat_map(move |ago| [-1, 0, 1].map(|by| as_of.plus_days(span - ago + by))).filter(move |day| *day > as_of)
}

/// Works out which changes the tests found so far tell, and finds tests for the others.
pub struct Teller<'s, 'r, 'p> {
    pub runner: &'r mut Runner<'p>,
    pub coverage: &'s mut Coverage,
    pub known: Vec<Known>,
    pub found: Vec<Found>,
    plain: BTreeMap<String, Option<Told>>,
}

/// What came of the nights of a case, and what decided.
#[derive(Clone)]
struct Told {
    effects: Vec<Effects>,
    fired: BTreeSet<String>,
}

impl<'s, 'r, 'p> Teller<'s, 'r, 'p> {
    pub fn new(runner: &'r mut Runner<'p>, coverage: &'s mut Coverage) -> Teller<'s, 'r, 'p> {
        (runner.coverage, runner.explains) = (None, false);
        Teller { runner, coverage, known: Vec::new(), found: Vec::new(), plain: BTreeMap::new() }
    }

    /// Takes a case that a test is made of, or that one could be made of.
    ///
    /// # Errors
    /// What the night ends with.
    pub fn learn(&mut self, night: &Night) -> Result<(), Failure> {
        if let Some(told) = self.plain(std::slice::from_ref(night))? {
            self.known.push(Known {
                night: night.clone(),
                fired: told.fired,
                effects: told.effects.into_iter().next().unwrap_or_default(),
            });
        }
        Ok(())
    }

    /// Takes a test that is suggested for another reason.
    ///
    /// # Errors
    /// What the night ends with.
    pub fn keep(&mut self, night: &Night) -> Result<(), Failure> {
        self.learn(night)?;
        let nights = vec![night.clone()];
        if let Some(Told { effects, fired }) = self.plain(&nights)? {
            self.found.push(Found { nights, keys: vec![BTreeSet::new(); effects.len()], effects, fired, name: String::new() });
        }
        Ok(())
    }

    /// Finds a test for every change that is open; gives their number.
    ///
    /// # Errors
    /// What the nights end with.
    pub fn tell_all(&mut self, base: &Given, is_open: &dyn Fn(&str) -> bool) -> Result<(), Failure> {
        for change in of_all_nights(self.runner)?.into_iter().filter(|change| is_open(&change.name())) {
            if self.tell(&change, base)? {
                self.coverage.change(&change, true);
            }
        }
        Ok(())
    }

    fn tell(&mut self, change: &Change, base: &Given) -> Result<bool, Failure> {
        let mut changed = Changed::new(change);
        for at in 0..self.found.len() {
            let found = &self.found[at];
            if !touches(&change.about, &found.nights, &found.fired, self.runner) {
                continue;
            }
            let nights = found.nights.clone();
            let becomes = self.with(&mut changed, &nights)?;
            if becomes.is_none_or(|becomes| self.found[at].tells(&becomes.effects)) {
                return Ok(true);
            }
        }
        let Some(as_of) = self.known.first().map(|known| known.night.as_of) else { return Ok(false) };
        let program = self.runner.pack.program(as_of)?;
        let cases = Cases { program, known: &self.known, base }.of(change);
        let mut worked_out = 0;
        for nights in cases {
            if worked_out >= MOST_NIGHTS {
                break;
            }
            worked_out += nights.len();
            let Some(plain) = self.plain(&nights)? else { continue };
            let Some(becomes) = self.with(&mut changed, &nights)? else { continue };
            if plain.effects == becomes.effects || plain.effects.len() != becomes.effects.len() {
                continue;
            }
            let pairs = || plain.effects.iter().zip(&becomes.effects);
            // What every suggested test expects will do where it tells the change.
            let is_usual = pairs().any(|(own, its)| own.tells_usually(its));
            let keys: Vec<BTreeSet<String>> =
                pairs().map(|(own, its)| if is_usual { BTreeSet::new() } else { own.differing(its) }).collect();
            if !is_usual && keys.iter().all(BTreeSet::is_empty) {
                continue;
            }
            let name = format!("{} is {}, not {}", change.owner, change.was, change.becomes);
            self.found.push(Found { nights, effects: plain.effects, keys, fired: plain.fired, name });
            return Ok(true);
        }
        Ok(false)
    }

    /// What comes of a case by the rules as they are; `None` where the nights refuse it.
    fn plain(&mut self, nights: &[Night]) -> Result<Option<Told>, Failure> {
        let key = format!("{nights:?}");
        if let Some(told) = self.plain.get(&key) {
            return Ok(told.clone());
        }
        let told = self.worked_out(nights, |runner, as_of| runner.pack.program(as_of))?;
        self.plain.insert(key, told.clone());
        Ok(told)
    }

    fn with(&mut self, changed: &mut Changed<'_>, nights: &[Night]) -> Result<Option<Told>, Failure> {
        for night in nights {
            if self.runner.pack.program(night.as_of).is_err() {
                return Ok(None);
            }
            changed.program(self.runner, night.as_of)?;
        }
        self.worked_out(nights, |_, as_of| changed.made(as_of))
    }

    fn worked_out<'a>(
        &mut self,
        nights: &[Night],
        mut program_of: impl FnMut(&Runner<'p>, Date) -> Result<&'a Program, Failure>,
    ) -> Result<Option<Told>, Failure>
    where
        'p: 'a,
    {
        let (mut effects, mut fired, mut state) = (Vec::new(), BTreeSet::new(), None::<Table>);
        for night in nights {
            // A day on which the rules cannot be compiled is no night of a test.
            let Ok(program) = program_of(self.runner, night.as_of) else { return Ok(None) };
            let mut of_night = Effects::default();
            let ran = self.runner.night_under(program, night, state.as_ref(), |judged| of_night = Effects::of(judged, program))?;
            if ran.problem.is_some() {
                return Ok(None);
            }
            effects.push(of_night);
            fired.extend(ran.fired);
            state = Some(ran.state);
        }
        Ok(Some(Told { effects, fired }))
    }
}
