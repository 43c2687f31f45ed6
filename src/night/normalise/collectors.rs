//! The collection team: rows of `collectors`, judged like every other.

use crate::base::contract::collectors::{
    AMOUNT_FROM, AMOUNT_UP_TO, AWAY_FROM, AWAY_UNTIL, CAPACITY, COLLECTOR_ID, LANGUAGES, SEGMENTS, SPEC, TEAM,
};
use crate::base::table::Table;
use crate::base::words::listed;
use crate::night::normalise::judge::Judge;
use crate::night::normalise::reject::{self, Problem, Reason, Reject};
use crate::night::normalise::{Count, Duplicates, Intake};

/// Decimals of the numbers of the table.
const DIGITS: u32 = 6;
/// One, in those decimals.
const ONE: i64 = 1_000_000;

/// Somebody who does what the rules ask people to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    pub id: Box<[u8]>,
    /// The queues whose work it is; empty for all.
    pub teams: Vec<Box<[u8]>>,
    /// Languages that are spoken, segments that are known; empty for all.
    pub languages: Vec<Box<[u8]>>,
    pub segments: Vec<Box<[u8]>>,
    /// Minutes or actions a night; `None` is no limit.
    pub capacity: Option<u64>,
    /// Amounts the work is about, in millionths of the reporting currency, both ends included.
    pub amounts: (Option<i64>, Option<i64>),
}

/// The accepted rows of `collectors`, in order of id, those refused, and how many there are of each.
#[derive(Debug, Default)]
pub struct Collectors {
    pub people: Vec<Collector>,
    pub rejects: Vec<Reject>,
    pub count: Count,
}

/// Judges every row of `collectors`. Who is away on the night can do nothing.
pub fn judge(table: &Table, intake: &Intake<'_>, duplicates: &Duplicates) -> Collectors {
    let mut judge = Judge::new(&SPEC, table, intake, duplicates);
    let mut rejects = Vec::new();
    let mut people = judge.run(&mut rejects, |judge, row| collector(judge, row, intake));
    people.sort_by(|one, other| one.id.cmp(&other.id));
    Collectors { people, rejects, count: judge.count }
}

fn collector(judge: &Judge<'_>, row: usize, intake: &Intake<'_>) -> Result<Option<Collector>, Problem> {
    if judge.is_ignored(row) {
        return Ok(None);
    }
    judge.check_form(row)?;
    let table = judge.table;
    for column in [CAPACITY, AMOUNT_FROM, AMOUNT_UP_TO] {
        if let Some(value) = table.number(column, row).filter(|value| *value < 0) {
            return Err(Problem { reason: Reason::WrongSign, column, value: reject::decimal_text(value, DIGITS) });
        }
    }
    let words = |column| listed(table.text(column, row).unwrap_or_default()).map(Into::into).collect();
    let (from, until) = (table.date(AWAY_FROM, row), table.date(AWAY_UNTIL, row));
    let is_away = (from.is_some() || until.is_some())
        && from.is_none_or(|from| from <= intake.as_of)
        && until.is_none_or(|until| intake.as_of <= until);
    let capacity = table.number(CAPACITY, row).and_then(|capacity| u64::try_from(capacity / ONE).ok());
    // The form was checked: the id is required.
    Ok(table.text(COLLECTOR_ID, row).map(|id| Collector {
        id: id.into(),
        teams: words(TEAM),
        languages: words(LANGUAGES),
        segments: words(SEGMENTS),
        capacity: if is_away { Some(0) } else { capacity },
        amounts: (table.number(AMOUNT_FROM, row), table.number(AMOUNT_UP_TO, row)),
    }))
}
