//! How a debtor is spoken to: in what tone, in what language, at what hours.

use crate::base::contract::customers;
use crate::night::escalation::Rulebook;
use crate::night::facts::{FactTable, Subject};
use crate::rules::eval::Env;
use crate::rules::program::{ContactHours, Facts, Program, Rule, Verb, WayToPay};

/// What stops a call to somebody whose time zone no list of zones has.
pub const UNKNOWN_ZONE: &str = "guard:time_zone";

/// When an action may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The rule that says so.
    pub rule: String,
    /// The zone in which the times are told.
    pub zone: String,
    /// First and last minute; the last may be on the next day, and then is the smaller.
    pub from: String,
    pub until: String,
}

/// What the hours say of an action: `None` where no rule does, an error where the customer's zone is one nobody listed.
pub type Answer = Option<Result<Window, String>>;

fn holds(rule: &Rule, row: &impl Facts, env: &Env<'_>) -> bool {
    rule.in_force(env.as_of) && rule.when.holds(row, env)
}

/// The hours for an action about a customer tonight.
pub fn hours(subject: &Subject<'_>, facts: &FactTable, (program, env): (&Program, &Env<'_>), debtor: usize, verb: Verb) -> Answer {
    if program.contact_hours.is_empty() || verb.channel().is_none() {
        return None;
    }
    let weekday = env.as_of.weekday();
    let is_for = |hours: &&ContactHours| hours.verbs.contains(&verb) && (hours.weekdays.is_empty() || hours.weekdays.contains(&weekday));
    let row = facts.debtor(debtor);
    let hours = program.contact_hours.iter().filter(is_for).find(|hours| holds(&hours.rule, &row, env))?;
    let at = subject.documents.customers[subject.debtors[debtor].customer as usize].row;
    let written = at.and_then(|at| subject.shard.customers.text(customers::TIME_ZONE, at as usize));
    Some(window(hours, written.map(String::from_utf8_lossy).as_deref()))
}

/// How a customer is told to pay what a contact asks for.
pub fn way_to_pay<'p>(program: &'p Program, row: &impl Facts, env: &Env<'_>, verb: Verb) -> Option<&'p WayToPay> {
    let asks = verb.channel().is_some() && verb.asks_for_money();
    program.ways_to_pay.iter().filter(|_| asks).find(|way| holds(&way.rule, row, env))
}

/// The window in the customer's own zone, or in every zone it may be in.
fn window(hours: &ContactHours, zone: Option<&str>) -> Result<Window, String> {
    let rule = hours.rule.id.clone();
    let told = |zone: &str, (from, until): (crate::base::hours::TimeOfDay, crate::base::hours::TimeOfDay)| Window {
        rule: rule.clone(),
        zone: zone.to_owned(),
        from: from.to_string(),
        until: until.to_string(),
    };
    match zone {
        Some(zone) if hours.zones.is_empty() || hours.zones.iter().any(|(known, _)| known == zone) => Ok(told(zone, hours.hours.ends())),
        Some(_) => Err(UNKNOWN_ZONE.to_owned()),
        // Without a list of zones the debtor is where we are.
        None => Ok(hours.anywhere.map_or_else(|| told("", hours.hours.ends()), |ends| told("UTC", ends))),
    }
}

/// The tone of an action within the bounds of its customer, and the bound that moved it.
///
/// Where a floor lies above a ceiling the ceiling holds: nobody is spoken to more harshly than allowed.
pub fn tone<'a>(program: &'a Program, row: &impl Facts, env: &Env<'_>, written: &'a str) -> (&'a str, Option<&'a str>) {
    let Some(at) = program.tones.iter().position(|tone| tone == written) else { return (written, None) };
    let bounds = || program.tone_bounds.iter().filter(|bound| holds(&bound.rule, row, env));
    let mut moved = (at, None);
    for bound in bounds() {
        if let Some(floor) = bound.at_least.filter(|floor| *floor > moved.0) {
            moved = (floor, Some(bound.rule.id.as_str()));
        }
    }
    for bound in bounds() {
        if let Some(ceiling) = bound.at_most.filter(|ceiling| *ceiling < moved.0) {
            moved = (ceiling, Some(bound.rule.id.as_str()));
        }
    }
    // Pushed up and back again is not moved.
    (program.tones[moved.0].as_str(), moved.1.filter(|_| moved.0 != at))
}

/// The language of what a customer gets: as its row says, or as the rules choose among those there are texts in.
pub fn language<'a>(subject: &Subject<'a>, program: &'a Program, customer: u32) -> &'a [u8] {
    let row = subject.documents.customers[customer as usize].row.map(|row| row as usize);
    let table = &subject.shard.customers;
    let text = |column| row.and_then(|row| table.text(column, row));
    let own = text(customers::LANGUAGE);
    match &program.languages {
        Some(languages) => languages.of(own, text(customers::COUNTRY)),
        None => own.unwrap_or_default(),
    }
}

/// Why the hours hold an action back, where they do.
pub fn held(subject: &Subject<'_>, facts: &FactTable, rulebook: &Rulebook<'_>, debtor: usize, verb: Verb) -> Option<String> {
    hours(subject, facts, (rulebook.program, rulebook.env), debtor, verb)?.err()
}
