//! What a department means to reach: rows of `targets`, judged like every other.

use crate::base::contract::targets::{CURRENCY, GOAL, KPI, MONTH, OWNER, SCOPE, SCOPE_VALUE, SPEC, TARGET, TARGET_ID, WINDOW_DAYS};
use crate::base::contract::values::GOALS;
use crate::base::date::Date;
use crate::base::money::Currency;
use crate::base::table::Table;
use crate::night::normalise::invoices::CurrencyReader;
use crate::night::normalise::judge::Judge;
use crate::night::normalise::reject::{Problem, Reject};
use crate::night::normalise::{Count, Duplicates, Intake};

/// The scope of a target that names none.
const ALL: &str = "all";
const MILLION: i64 = 1_000_000;

/// A value that a figure is meant to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub id: String,
    pub kpi: String,
    pub scope: String,
    pub scope_value: Option<String>,
    /// `None` for the reporting basis.
    pub currency: Option<Currency>,
    pub window_days: Option<i32>,
    /// A day of the month it is meant for; `None` for every night.
    pub month: Option<Date>,
    /// Whether the figure is to be this or less; else this or more.
    pub at_most: bool,
    /// In millionths.
    pub value: i64,
    pub owner: Option<String>,
}

/// The accepted rows of `targets`, in order of id, those refused, and how many there are of each.
#[derive(Debug, Default)]
pub struct Targets {
    pub all: Vec<Target>,
    pub rejects: Vec<Reject>,
    pub count: Count,
}

/// Judges every row of `targets`.
pub fn judge(table: &Table, intake: &Intake<'_>, duplicates: &Duplicates) -> Targets {
    let mut judge = Judge::new(&SPEC, table, intake, duplicates);
    let (mut rejects, mut currencies) = (Vec::new(), CurrencyReader::default());
    let mut all = judge.run(&mut rejects, |judge, row| target(judge, row, &mut currencies));
    all.sort_by(|one, other| one.id.cmp(&other.id));
    Targets { all, rejects, count: judge.count }
}

fn target(judge: &Judge<'_>, row: usize, currencies: &mut CurrencyReader) -> Result<Option<Target>, Problem> {
    if judge.is_ignored(row) {
        return Ok(None);
    }
    judge.check_form(row)?;
    let table = judge.table;
    let text = |column| table.text(column, row).map(|text| String::from_utf8_lossy(text).into_owned());
    let days = table.number(WINDOW_DAYS, row).and_then(|days| i32::try_from(days / MILLION).ok());
    let goal = table.choice(GOAL, row).and_then(|goal| GOALS.get(usize::from(goal))).copied();
    let target = |id, kpi, value, goal: &str, currency| Target {
        id,
        kpi,
        scope: text(SCOPE).unwrap_or_else(|| ALL.to_owned()),
        scope_value: text(SCOPE_VALUE),
        currency,
        window_days: days,
        month: table.date(MONTH, row),
        at_most: goal == "at_most",
        value,
        owner: text(OWNER),
    };
    let currency = currencies.read(table, CURRENCY, row)?;
    // The form was checked: what is required is there.
    let parts = text(TARGET_ID).zip(text(KPI)).zip(table.number(TARGET, row)).zip(goal);
    Ok(parts.map(|(((id, kpi), value), goal)| target(id, kpi, value, goal, currency)))
}
