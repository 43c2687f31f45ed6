//! Days on which nobody is contacted, by the calendar of the debtor's country where the rules say so.

use crate::base::contract::customers;
use crate::base::date::Date;
use crate::night::facts::Subject;
use crate::rules::program::{Program, QuietDays, Shift, Verb};

/// The country of a debtor, as quiet days ask for it.
pub type Country = [u8; 2];

/// Days that are looked at for one that is not quiet.
const A_YEAR: i32 = 366;

/// Where a debtor is; zeros where nobody knows, or no quiet day goes by it.
pub fn country(subject: &Subject<'_>, program: &Program, customer: u32) -> Country {
    if program.quiet_days.iter().all(|quiet| quiet.calendars.is_empty()) {
        return Country::default();
    }
    let row = subject.documents.customers[customer as usize].row;
    let code = row.and_then(|row| subject.shard.customers.text(customers::COUNTRY, row as usize));
    code.and_then(|code| Country::try_from(code).ok()).unwrap_or_default()
}

/// The first of the quiet days that an action falls on.
pub fn quiet(program: &Program, country: Country, verb: Verb, day: Date) -> Option<&QuietDays> {
    program.quiet_days.iter().find(|quiet| quiet.stops(verb) && quiet.contains(&country, &program.calendar, day))
}

/// The next day after `date` on which the action is done; the day after where there is none within a year.
pub fn next_loud(program: &Program, country: Country, verb: Verb, date: Date) -> Date {
    let next = date.plus_days(1);
    (0..A_YEAR).map(|days| next.plus_days(days)).find(|day| quiet(program, country, verb, *day).is_none()).unwrap_or(next)
}

/// Whether what falls on some quiet days is done before them.
pub fn looks_ahead(program: &Program) -> bool {
    program.quiet_days.iter().any(moves)
}

fn moves(quiet: &QuietDays) -> bool {
    quiet.then == Shift::Previous
}

/// How many days a night looks ahead: those behind it whose actions go out on the last day before them. None on a quiet day itself.
pub fn days_ahead(program: &Program, country: Country, verb: Verb, night: Date) -> i32 {
    if !looks_ahead(program) || quiet(program, country, verb, night).is_some() {
        return 0;
    }
    (1..A_YEAR).take_while(|days| quiet(program, country, verb, night.plus_days(*days)).is_some_and(moves)).count().try_into().unwrap_or(0)
}

/// The day on which what comes due goes out: on a quiet day the one before or after it, as that says, but never before `earliest`.
/// Requests for consent are made on quiet days too.
pub fn loud_day(program: &Program, country: Country, verb: Verb, on: Date, earliest: Date) -> Date {
    let Some(quiet_day) = quiet(program, country, verb, on) else { return on };
    if quiet_day.then == Shift::Previous {
        let before = (1..A_YEAR).map(|days| on.plus_days(-days)).find(|day| quiet(program, country, verb, *day).is_none());
        if let Some(before) =
            before.filter(|before| *before >= earliest && on.days_since(*before) <= days_ahead(program, country, verb, *before))
        {
            return before;
        }
    }
    next_loud(program, country, verb, on)
}
