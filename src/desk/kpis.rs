//! `relance kpis`: figures of published nights, the newest one or all of them as a history.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::base::contract::kpis;
use crate::base::date::Date;
use crate::base::money::{divide_half_up, format_amount};
use crate::base::nearest::{did_you_mean, with_part};
use crate::base::table::{Column, NO_VALUE, Table};
use crate::error::{Exit, Failure};
use crate::io::input::Input;
use crate::io::publish;
use crate::io::scan::Quiet;
use crate::io::schema::Wanted;

/// What is shown where nobody names a figure.
const USUAL: [&str; 6] = ["open_balance", "overdue_balance", "dso_simple", "average_days_delinquent", "cei", "penalties_accrued"];

/// Form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A table of nights and figures.
    Text,
    /// All columns of `kpis`, with the night before them (RFC 4180).
    Csv,
    /// The same as a list of objects.
    Json,
}

/// Which figures of which nights.
#[derive(Debug, Clone)]
pub struct Request {
    /// The folder of the nights.
    pub out: PathBuf,
    /// Names of figures; the usual ones where there are none.
    pub kpis: Vec<String>,
    /// `all`, `country`, `segment`, ...
    pub scope: String,
    /// One value of the scope; all of them where left out.
    pub value: Option<String>,
    /// A code, or `reporting` for everything converted.
    pub currency: String,
    /// All nights instead of the newest.
    pub history: bool,
    pub from: Option<Date>,
    pub until: Option<Date>,
    pub form: Form,
}

/// One figure of one night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub night: Date,
    pub kpi: String,
    pub scope: String,
    pub scope_value: String,
    pub currency: String,
    pub basis: String,
    pub window_days: Option<i64>,
    /// Millionths of a whole unit.
    pub numerator: Option<i128>,
    pub denominator: Option<i128>,
    pub value: Option<i128>,
    pub unit: String,
    pub reason: String,
}

/// Reads the figures and shows them.
///
/// # Errors
/// [`Exit::NoInput`] where no night is published, [`Exit::Usage`] where no night has such a figure, scope or currency,
/// [`Exit::Data`] where a night is damaged.
pub fn show(request: &Request) -> Result<String, Failure> {
    let nights = nights(request)?;
    let mut rows = Vec::new();
    for (night, folder) in &nights {
        rows.extend(read(*night, folder)?);
    }
    let wanted = request.choose(&rows)?;
    match request.form {
        Form::Text => Ok(text(&nights, &wanted)),
        Form::Csv => Ok(csv(&wanted)),
        Form::Json => json_text(&wanted),
    }
}

/// The newest night of a folder, and its figures.
///
/// # Errors
/// [`Exit::NoInput`] where no night is published, [`Exit::Data`] where it is damaged.
pub fn newest(out: &Path) -> Result<(Date, Vec<Row>), Failure> {
    let (night, folder) = publish::nights(out).pop().ok_or_else(|| no_night(out))?;
    Ok((night, read(night, &folder)?))
}

fn no_night(out: &Path) -> Failure {
    Failure::new(Exit::NoInput, format!("no night is published in {}", out.display()))
        .remedy("relance run publishes one; --job or --out says where to look")
}

/// The complete nights asked for, oldest first.
fn nights(request: &Request) -> Result<Vec<(Date, PathBuf)>, Failure> {
    let mut nights = publish::nights(&request.out);
    nights.retain(|(night, _)| request.from.is_none_or(|from| *night >= from) && request.until.is_none_or(|until| *night <= until));
    if !request.history {
        nights = nights.pop().into_iter().collect();
    }
    if nights.is_empty() {
        return Err(no_night(&request.out));
    }
    Ok(nights)
}

fn read(night: Date, folder: &Path) -> Result<Vec<Row>, Failure> {
    let table = Input::open(Wanted::plain(kpis::SPEC), folder, "kpis.parquet")?.gather(None, &Quiet)?;
    let text = |column, row| table.text(column, row).map_or(String::new(), |text| String::from_utf8_lossy(text).into_owned());
    let row = |row| Row {
        night,
        kpi: text(kpis::KPI, row),
        scope: text(kpis::SCOPE, row),
        scope_value: text(kpis::SCOPE_VALUE, row),
        currency: text(kpis::CURRENCY, row),
        basis: text(kpis::BASIS, row),
        window_days: whole(&table, kpis::WINDOW_DAYS, row),
        numerator: decimal(&table, kpis::NUMERATOR, row),
        denominator: decimal(&table, kpis::DENOMINATOR, row),
        value: decimal(&table, kpis::VALUE, row),
        unit: text(kpis::UNIT, row),
        reason: text(kpis::REASON, row),
    };
    Ok((0..table.len()).map(row).collect())
}

fn whole(table: &Table, column: usize, row: usize) -> Option<i64> {
    if let Column::Whole(values) = &table.columns[column] { Some(values[row]).filter(|value| *value != NO_VALUE) } else { None }
}

fn decimal(table: &Table, column: usize, row: usize) -> Option<i128> {
    if let Column::Decimal(values) = &table.columns[column] { values[row] } else { None }
}

impl Request {
    /// The rows asked for, in order of night and as they are published.
    fn choose<'a>(&self, rows: &'a [Row]) -> Result<Vec<&'a Row>, Failure> {
        for name in &self.kpis {
            known(name, "figure", rows.iter().map(|row| &row.kpi))?;
        }
        known(&self.scope, "scope", rows.iter().map(|row| &row.scope))
            .map_err(|failure| failure.also("which ones a night works out is for kpis: {scopes: [...]} of the job to say"))?;
        let of_scope = || rows.iter().filter(|row| row.scope == self.scope);
        if let Some(value) = &self.value {
            known(value, &self.scope, of_scope().map(|row| &row.scope_value))?;
        }
        known(&self.currency, "currency", of_scope().map(|row| &row.currency))?;
        let of_scope_has = |name: &&str| of_scope().any(|row| row.kpi == *name);
        let names: Vec<&str> = match self.kpis.as_slice() {
            [] if USUAL.iter().any(of_scope_has) => USUAL.to_vec(),
            // Figures of channels, queues or trials are all of their own.
            [] => of_scope().map(|row| row.kpi.as_str()).collect(),
            named => named.iter().map(String::as_str).collect(),
        };
        let wanted = of_scope().filter(|row| names.contains(&row.kpi.as_str()) && row.currency == self.currency);
        Ok(wanted.filter(|row| self.value.as_ref().is_none_or(|value| *value == row.scope_value)).collect())
    }
}

fn known<'a>(wanted: &str, what: &str, there: impl Iterator<Item = &'a String>) -> Result<(), Failure> {
    let there: BTreeSet<&str> = there.map(String::as_str).collect();
    if there.contains(wanted) {
        return Ok(());
    }
    let nearest = match with_part(wanted, there.iter().copied()).as_slice() {
        [] => did_you_mean(wanted, there.iter().copied()),
        [one] => format!(", did you mean \"{one}\"?"),
        alike => format!(", did you mean one of {}?", alike.join(", ")),
    };
    let names: Vec<&str> = there.into_iter().filter(|name| !name.is_empty()).collect();
    Err(Failure::new(Exit::Usage, format!("no night has the {what} \"{wanted}\"{nearest}"))
        .remedy(format!("there are {}", names.join(", "))))
}

impl Row {
    /// What tells figures of one name apart: the window, or what it is counted in.
    fn label(&self) -> String {
        let window = if matches!(self.kpi.as_str(), "recovery_rate" | "written_off" | "sold") {
            self.window_days.map(|days| format!("@{days}"))
        } else {
            None
        };
        let unit = (self.kpi == "promise_kept_rate").then(|| format!("/{}", self.unit));
        let value = if self.scope_value.is_empty() { String::new() } else { format!("{} ", self.scope_value) };
        format!("{value}{}{}", self.kpi, window.or(unit).unwrap_or_default())
    }

    /// The value for a person: two decimals of money, days and percent, four of shares; or why there is none.
    fn shown(&self) -> String {
        let decimals = match self.unit.as_str() {
            "count" if self.kpi != "promise_kept_rate" => 0,
            "money" | "days" | "percent" | "index" => 2,
            _ => 4,
        };
        let rounded = |value: i128| divide_half_up(value, 10_i128.pow(6 - decimals));
        self.value.map_or_else(|| format!("({})", self.reason), |value| format_amount(rounded(value), decimals))
    }

    fn cells(&self) -> [String; 12] {
        let decimal = |value: Option<i128>| value.map_or(String::new(), |value| format_amount(value, 6));
        [
            self.night.to_string(),
            self.kpi.clone(),
            self.scope.clone(),
            self.scope_value.clone(),
            self.currency.clone(),
            self.basis.clone(),
            self.window_days.map_or(String::new(), |days| days.to_string()),
            decimal(self.numerator),
            decimal(self.denominator),
            decimal(self.value),
            self.unit.clone(),
            self.reason.clone(),
        ]
    }
}

/// A line for each figure, a column for each night.
fn text(nights: &[(Date, PathBuf)], rows: &[&Row]) -> String {
    let mut labels: Vec<String> = Vec::new();
    for row in rows {
        if !labels.contains(&row.label()) {
            labels.push(row.label());
        }
    }
    let mut lines = vec![vec![String::new()]];
    lines[0].extend(nights.iter().map(|(night, _)| night.to_string()));
    for label in labels {
        let of = |night: Date| rows.iter().find(|row| row.night == night && row.label() == label).map_or("-".to_owned(), |row| row.shown());
        lines.push(std::iter::once(label.clone()).chain(nights.iter().map(|(night, _)| of(*night))).collect());
    }
    aligned(&lines)
}

/// The first column to the left, the others to the right.
fn aligned(lines: &[Vec<String>]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines.first().map_or(0, Vec::len)).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let first = format!("{:<width$}", line[0], width = widths[0]);
        let others: String = line.iter().zip(&widths).skip(1).fold(String::new(), |mut cells, (cell, width)| {
            let _ = write!(cells, "  {cell:>width$}");
            cells
        });
        text += format!("{first}{others}").trim_end();
        text.push('\n');
    }
    text
}

/// Names of the columns: the night, then those of `kpis`.
fn columns() -> Vec<&'static str> {
    std::iter::once("as_of").chain(kpis::SPEC.columns.iter().map(|column| column.name)).collect()
}

fn csv(rows: &[&Row]) -> String {
    let quoted = |cell: &String| {
        if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    let line = |row: &&Row| row.cells().iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n";
    columns().join(",") + "\r\n" + &rows.iter().map(line).collect::<String>()
}

/// Decimals stay texts: a number of JSON would be read as a float.
fn json_text(rows: &[&Row]) -> Result<String, Failure> {
    let object = |row: &&Row| -> serde_json::Value {
        let cells = columns().into_iter().zip(row.cells()).map(|(name, cell)| {
            let value = match (name, cell.is_empty()) {
                (_, true) => json!(null),
                ("window_days", _) => json!(row.window_days),
                _ => json!(cell),
            };
            (name.to_owned(), value)
        });
        serde_json::Value::Object(cells.collect())
    };
    serde_json::to_string_pretty(&rows.iter().map(object).collect::<Vec<_>>())
        .map(|text| text + "\n")
        .map_err(|error| Failure::new(Exit::Bug, format!("the figures do not serialise: {error}")))
}
