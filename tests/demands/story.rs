//! A few customers over some nights, in text: rules, rows and what the nights do.

use std::path::Path;
use std::sync::Arc;

use relance::base::contract::{self, Kind, TableSpec, action_items, actions, customers, open_items};
use relance::base::date::Date;
use relance::base::hash::key_hash;
use relance::base::money::Currency;
use relance::base::table::{Column, Table};
use relance::base::table_builder::TableBuilder;
use relance::night::evaluate::Unwatched;
use relance::night::matchers::Matchers;
use relance::night::normalise::Shard;
use relance::rules::compile::compile;
use relance::rules::eval::Env;
use relance::rules::program::Program;
use relance::rules::sources::SourceFile;
use relance::run::rehearsal::{Rehearsed, Rows, rehearse};
use relance::settings::Settings;

/// Rules of one policy for everybody: the body of the policy, and what stands beside the policies.
pub fn policy(keys: &str, steps: &[&str], beside: &str) -> String {
    let keys: String = keys.split("; ").filter(|key| !key.is_empty()).map(|key| format!("    {key}\n")).collect();
    let steps: String = steps.iter().map(|step| format!("      - {{step: {step}}}\n")).collect();
    format!("relance: 1\nkind: escalation\npolicies:\n  - policy: all\n    for: true\n{keys}    steps:\n{steps}{beside}\n")
}

pub struct Story {
    program: Program,
    rows: String,
    state: Option<Table>,
}

impl Story {
    pub fn new(rules: &str, rows: &str) -> Story {
        let file = SourceFile { path: "escalation.yaml".to_owned(), text: rules.to_owned() };
        let (day, currency) = (Date::parse("2026-01-01").expect("a day"), Currency::parse(b"EUR").expect("a currency"));
        let compiled = compile(&[file], day, currency)
            .unwrap_or_else(|found| panic!("{:?}\n{rules}", found.iter().map(|found| &found.message).collect::<Vec<_>>()));
        Story { program: compiled.program, rows: rows.to_owned(), state: None }
    }

    /// More rows from the next night on.
    pub fn learns(&mut self, rows: &str) {
        self.rows = format!("{}\n{rows}", self.rows);
    }

    /// Other rows from the next night on.
    pub fn replaces(&mut self, from: &str, to: &str) {
        assert!(self.rows.contains(from), "{from}");
        self.rows = self.rows.replace(from, to);
    }

    pub fn night(&mut self, day: &str) -> Rehearsed {
        let as_of = Date::parse(day).unwrap_or_else(|| panic!("{day} is a day"));
        let of = |spec: &TableSpec| table(spec, &self.rows);
        let mut shard = Shard::of(of);
        if let Some(state) = &self.state {
            shard.state = state.clone();
        }
        let job = "relance: 1\nportfolio: {invoices: none}\nrules: .\nreporting_currency: EUR\n";
        let settings = Settings::parse(job, Path::new("relance.yaml"), &|_| None).expect("a job");
        let has_contact_log = self.rows.contains("contacts:");
        let rows = Rows { shard, fx: of(&contract::fx::SPEC), has_contact_log, has_state: self.state.is_some(), ahead_in_queue: 0 };
        let matchers = Arc::new(Matchers::new(&self.program, &Env { as_of, calendar: &self.program.calendar }));
        let night = rehearse(rows, &self.program, matchers, &settings, as_of, &mut Unwatched).unwrap_or_else(|failure| panic!("{failure}"));
        self.state = Some(night.state.clone());
        night
    }

    /// The actions of every night of a period: day of the month, step, what becomes of it, and the amount where it is asked for.
    pub fn actions(&mut self, from: &str, to: &str) -> Vec<String> {
        self.actions_of(from, to, |_| true)
    }

    /// The same with some nights missed.
    pub fn actions_of(&mut self, from: &str, to: &str, is_run: impl Fn(i32) -> bool) -> Vec<String> {
        let first = Date::parse(from).expect("a day");
        let last = Date::parse(to).expect("a day").days_since(first);
        (0..=last).filter(|at| is_run(*at)).flat_map(|at| self.tonight(&first.plus_days(at).to_string())).collect()
    }

    fn tonight(&mut self, day: &str) -> Vec<String> {
        let night = self.night(day);
        let rows = &night.evaluated.actions;
        let text = |column, row| text(rows, column, row);
        let row = |row| {
            let status = [text(actions::STATUS, row), text(actions::STATUS_REASON, row)].join(" ");
            format!("{} {} {}", &day[5..], text(actions::STEP, row), status.trim_end())
        };
        (0..rows.len()).map(row).collect()
    }

    /// A column of the actions of a night.
    pub fn column(&mut self, day: &str, name: &str) -> Vec<String> {
        cells(&self.night(day).evaluated.actions, &actions::SPEC, name)
    }

    /// The actions of a night, each as its day and these columns.
    pub fn told(&mut self, day: &str, columns: &[&str]) -> Vec<String> {
        let rows = self.night(day).evaluated.actions;
        let columns: Vec<Vec<String>> = columns.iter().map(|name| cells(&rows, &actions::SPEC, name)).collect();
        let row =
            |at: usize| columns.iter().map(|column| column[at].as_str()).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" ");
        (0..rows.len()).map(|at| format!("{} {}", &day[5..], row(at))).collect()
    }

    /// A column of the invoices the actions of a night are about.
    pub fn about(&mut self, day: &str) -> Vec<String> {
        cells(&self.night(day).evaluated.action_items, &action_items::SPEC, "invoice_id")
    }

    /// The steps the ladders of customers stand at.
    pub fn ladder(&self) -> Vec<String> {
        let state = self.state.as_ref().expect("a night before");
        let [records, invoices, steps] = ["record", "invoice_id", "step"].map(|name| cells(state, &contract::state::SPEC, name));
        let is_ladder = |at: &usize| invoices[*at].is_empty() && records[*at] == "ladder";
        (0..steps.len()).filter(is_ladder).map(|at| steps[at].clone()).collect()
    }

    /// What comes next for each open item.
    pub fn next(&mut self, day: &str) -> Vec<String> {
        Story::next_of(&self.night(day))
    }

    /// The same of a night that was run.
    pub fn next_of(night: &Rehearsed) -> Vec<String> {
        let items = &night.evaluated.open_items;
        let columns = ["next_action", "next_on"].map(|name| cells(items, &open_items::SPEC, name));
        columns[0].iter().zip(&columns[1]).map(|(action, on)| format!("{action} {on}").trim_end().to_owned()).collect()
    }
}

fn text(table: &Table, column: usize, row: usize) -> String {
    String::from_utf8_lossy(table.text(column, row).unwrap_or_default()).into_owned()
}

fn cells(table: &Table, spec: &TableSpec, name: &str) -> Vec<String> {
    let column = spec.position(name).expect("a column");
    let cell = |row: usize| match spec.columns[column].kind {
        Kind::Money => table.money(column, row).map_or(String::new(), |money| format!("{}.{:02}", money / 1_000, money % 1_000 / 10)),
        Kind::Whole => table.whole(column, row).map_or(String::new(), |whole| whole.to_string()),
        Kind::Choice(words) => table.choice(column, row).map_or(String::new(), |at| words[usize::from(at)].to_owned()),
        Kind::Date => table.date(column, row).map_or(String::new(), |date| date.to_string()),
        _ => text(table, column, row),
    };
    (0..table.len()).map(cell).collect()
}

/// The rows of a table: `invoices: I-1; customer_id=C; ...`, where the first cell is the key.
fn table(spec: &TableSpec, rows: &str) -> Table {
    let mut builder = TableBuilder::new(spec);
    for line in rows.lines().map(str::trim) {
        let Some(cells) = line.strip_prefix(spec.name).and_then(|line| line.strip_prefix(": ")) else { continue };
        for (at, cell) in cells.split("; ").enumerate() {
            let key = spec.key.first().map_or("", |key| spec.columns[*key].name);
            let (name, value) = cell.split_once('=').unwrap_or((if at == 0 { key } else { "" }, cell));
            set(&mut builder, spec.position(name).unwrap_or_else(|| panic!("{} has no {name}: {line}", spec.name)), spec, value);
        }
        builder.end_row();
    }
    let mut table = builder.finish();
    if spec.name == customers::SPEC.name {
        // Of columns that the ledger does not have nothing is known, and nobody is held for them.
        for column in [customers::EMAIL, customers::PHONE, customers::ADDRESS] {
            table.columns[column] = Column::Absent;
        }
    }
    if let Some(key) = spec.key.first() {
        table.key_hash = (0..table.len()).map(|row| key_hash(table.text(*key, row).unwrap_or_default())).collect();
    }
    table
}

fn set(builder: &mut TableBuilder, column: usize, spec: &TableSpec, value: &str) {
    let decimal = |unit: i64| {
        let (whole, cents) = value.split_once('.').unwrap_or((value, "0"));
        let sign = if value.starts_with('-') { -1 } else { 1 };
        let cents: i64 = format!("{cents:0<2}").parse().expect("cents");
        whole.parse::<i64>().expect("a number") * unit + sign * cents * unit / 100
    };
    match spec.columns[column].kind {
        Kind::Money => builder.thousandths(column, i128::from(decimal(1_000))),
        Kind::Number => builder.number(column, decimal(1_000_000)),
        Kind::ExchangeRate => builder.number(column, decimal(1_000_000_000_000)),
        Kind::Date => builder.date(column, Some(Date::parse(value).unwrap_or_else(|| panic!("{value} is a day")))),
        Kind::Flag => builder.flag(column, value == "true"),
        _ => builder.text(column, value.as_bytes()),
    }
}
