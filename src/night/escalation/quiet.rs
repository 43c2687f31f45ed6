//! Days on which nobody is contacted, by the calendar of the debtor's country where the rules say so, and days on which its letters are not
//! printed.

use crate::base::date::Date;
use crate::night::escalation::place::Place;
use crate::rules::program::{Post, Program, Shift, Verb};

/// `status_reason` of what falls on a quiet day.
pub const QUIET: &str = "quiet_days";

/// Days that are looked at for one that is not quiet.
const A_YEAR: i32 = 366;

/// Why an action is not done on a day.
#[derive(Debug, Clone, Copy)]
pub enum Quiet<'a> {
    /// Nobody is contacted.
    Day(Shift),
    /// The place where the letter is printed does not print.
    Unprinted(&'a Post),
}

impl Quiet<'_> {
    /// What becomes of what falls on it.
    pub fn then(&self) -> Shift {
        match self {
            Quiet::Day(then) => *then,
            Quiet::Unprinted(_) => Shift::Next,
        }
    }

    /// `status_reason` of an action.
    pub fn reason(&self) -> String {
        match self {
            Quiet::Day(_) => QUIET.to_owned(),
            Quiet::Unprinted(post) => post.rule.id.clone(),
        }
    }
}

/// What keeps an action from being done on a day: the first of the quiet days it falls on, then the post.
pub fn quiet(program: &Program, place: Place, verb: Verb, day: Date) -> Option<Quiet<'_>> {
    let stops = program.quiet_days.iter().find(|quiet| quiet.stops(verb) && quiet.contains(&place.country, &program.calendar, day));
    let unprinted = || place.post(program, verb).filter(|post| !post.is_printed_on(&program.calendar, day)).map(Quiet::Unprinted);
    stops.map(|quiet| Quiet::Day(quiet.then)).or_else(unprinted)
}

/// The next day after `date` on which the action is done; the day after where there is none within a year.
pub fn next_loud(program: &Program, place: Place, verb: Verb, date: Date) -> Date {
    let next = date.plus_days(1);
    (0..A_YEAR).map(|days| next.plus_days(days)).find(|day| quiet(program, place, verb, *day).is_none()).unwrap_or(next)
}

/// Whether what falls on some quiet days is done before them.
pub fn looks_ahead(program: &Program) -> bool {
    program.quiet_days.iter().any(|quiet| quiet.then == Shift::Previous)
}

/// How many days a night looks ahead: those behind it whose actions go out on the last day before them. None on a quiet day itself.
pub fn days_ahead(program: &Program, place: Place, verb: Verb, night: Date) -> i32 {
    if !looks_ahead(program) || quiet(program, place, verb, night).is_some() {
        return 0;
    }
    (1..A_YEAR)
        .take_while(|days| quiet(program, place, verb, night.plus_days(*days)).is_some_and(|quiet| quiet.then() == Shift::Previous))
        .count()
        .try_into()
        .unwrap_or(0)
}

/// The day on which what comes due goes out: on a quiet day the one before or after it, as that says, but never before `earliest`.
/// Requests for consent are made on quiet days too.
pub fn loud_day(program: &Program, place: Place, verb: Verb, on: Date, earliest: Date) -> Date {
    let Some(quiet_day) = quiet(program, place, verb, on) else { return on };
    if quiet_day.then() == Shift::Previous {
        let before = (1..A_YEAR).map(|days| on.plus_days(-days)).find(|day| quiet(program, place, verb, *day).is_none());
        if let Some(before) =
            before.filter(|before| *before >= earliest && on.days_since(*before) <= days_ahead(program, place, verb, *before))
        {
            return before;
        }
    }
    next_loud(program, place, verb, on)
}
