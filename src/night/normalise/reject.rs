//! Why a row is refused, remarked on or set aside, in the order of precedence of the data contract.

use std::borrow::Cow;

use crate::base::contract::{Kind, TableSpec};
use crate::base::money::Amount;
use crate::base::table::{CellDefect, Column, Defect, NO_DATE, NO_VALUE, Table};
use crate::base::words::mapping;

/// Thousandths of the minor unit of nearly all currencies.
const HUNDREDTH: i64 = 10;

/// Why a row is refused. Ordered by precedence: the first that applies is the one reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    Unreadable,
    MissingRequired,
    DuplicateKey,
    UnknownValue,
    BadCurrency,
    TooManyDecimals,
    ZeroAmount,
    WrongSign,
    UnknownInvoice,
    OtherCustomersInvoice,
    OtherCurrency,
    NamesCreditNote,
}

impl Reason {
    /// Code in the `rejects` table.
    pub fn code(self) -> &'static str {
        match self {
            Reason::Unreadable => "unreadable",
            Reason::MissingRequired => "missing_required",
            Reason::DuplicateKey => "duplicate_key",
            Reason::UnknownValue => "unknown_value",
            Reason::BadCurrency => "bad_currency",
            Reason::TooManyDecimals => "too_many_decimals",
            Reason::ZeroAmount => "zero_amount",
            Reason::WrongSign => "wrong_sign",
            Reason::UnknownInvoice => "unknown_invoice",
            Reason::OtherCustomersInvoice => "other_customers_invoice",
            Reason::OtherCurrency => "other_currency",
            Reason::NamesCreditNote => "names_credit_note",
        }
    }
}

/// A refused row. File and row number are looked up by its `source_row` when it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    pub table: &'static str,
    pub source_row: u32,
    pub key: String,
    pub reason: Reason,
    pub column: &'static str,
    pub value: String,
    pub message: String,
}

/// An oddity of the data that refuses nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub kind: &'static str,
    pub table: &'static str,
    pub key: String,
    /// Mostly a fixed sentence: there can be one finding per invoice.
    pub message: Cow<'static, str>,
    /// Thousandths of a whole unit of the row's currency.
    pub amount: Option<i64>,
}

/// What is wrong with a row: reason, column and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub reason: Reason,
    pub column: usize,
    pub value: String,
}

/// What can be wrong with the form of the rows of a table. Columns in which nothing can be are left out from the beginning.
pub struct Form<'a> {
    spec: &'a TableSpec,
    table: &'a Table,
    /// In order of row, then precedence, then column.
    defects: Vec<&'a Defect>,
    /// Required columns in which a value is missing somewhere.
    incomplete: Vec<usize>,
    /// Columns of money in which a value may have more than two decimals.
    fine: Vec<usize>,
    /// All columns of money that have values.
    money: Vec<usize>,
}

impl<'a> Form<'a> {
    /// Looks through the columns of a table once.
    pub fn of(spec: &'a TableSpec, table: &'a Table) -> Form<'a> {
        let mut defects: Vec<&Defect> = table.defects.iter().collect();
        defects.sort_by_key(|defect| (defect.row, defect.kind, defect.column));
        let columns = || spec.columns.iter().zip(&table.columns).enumerate();
        let incomplete =
            columns().filter(|(_, (spec, column))| spec.required && is_incomplete(column, table.len())).map(|(at, _)| at).collect();
        let money: Vec<usize> = (columns().filter(|(_, (spec, column))| spec.kind == Kind::Money && !matches!(column, Column::Absent)))
            .map(|(at, _)| at)
            .collect();
        let fine = money.iter().copied().filter(|at| is_fine(&table.columns[*at])).collect();
        Form { spec, table, defects, incomplete, fine, money }
    }

    /// The first defect of this kind in a row.
    fn defect(&self, row: usize, kind: CellDefect) -> Option<&'a Defect> {
        if self.defects.is_empty() {
            return None;
        }
        let row = u32::try_from(row).ok()?;
        let at = self.defects.partition_point(|defect| (defect.row, defect.kind) < (row, kind));
        self.defects.get(at).copied().filter(|defect| defect.row == row && defect.kind == kind)
    }

    /// The problems every table can have, in order of precedence up to an unknown enum value.
    pub fn problem(&self, row: usize, is_duplicate: bool) -> Option<Problem> {
        if let Some(defect) = self.defect(row, CellDefect::Unreadable) {
            return Some(problem(Reason::Unreadable, defect));
        }
        // An unknown value stands as missing in its column, but something was written there.
        let is_empty = |column: usize| is_missing(&self.table.columns[column], row) && !self.is_defect(row, column);
        if let Some(column) = self.incomplete.iter().copied().find(|column| is_empty(*column)) {
            return Some(Problem { reason: Reason::MissingRequired, column, value: String::new() });
        }
        if is_duplicate {
            return Some(Problem {
                reason: Reason::DuplicateKey,
                column: self.spec.key.first().copied().unwrap_or(0),
                value: key_text(self.spec, self.table, row),
            });
        }
        self.defect(row, CellDefect::UnknownValue).map(|defect| problem(Reason::UnknownValue, defect))
    }

    fn is_defect(&self, row: usize, column: usize) -> bool {
        [CellDefect::UnknownValue, CellDefect::TooManyDecimals]
            .into_iter()
            .filter_map(|kind| self.defect(row, kind))
            .any(|defect| usize::from(defect.column) == column)
    }

    /// The first money cell of the row with more decimals than its currency has, in order of column.
    pub fn decimals_problem(&self, row: usize, thousandths: i64) -> Option<Problem> {
        let written = self.defect(row, CellDefect::TooManyDecimals).map(|defect| problem(Reason::TooManyDecimals, defect));
        let columns = if thousandths == HUNDREDTH { &self.fine } else { &self.money };
        let too_fine = columns.iter().find_map(|column| {
            let value = self.table.money(*column, row)?;
            let value = (value % thousandths != 0).then(|| thousandths_text(value))?;
            Some(Problem { reason: Reason::TooManyDecimals, column: *column, value })
        });
        match (written, too_fine) {
            (Some(a), Some(b)) => Some(if a.column <= b.column { a } else { b }),
            (a, b) => a.or(b),
        }
    }
}

/// Whether a value is missing in a column of so many rows.
fn is_incomplete(column: &Column, rows: usize) -> bool {
    match column {
        Column::Text(texts) => texts.ends().first() == Some(&0) || texts.ends().windows(2).any(|ends| ends[0] == ends[1]),
        Column::Date(days) => days.contains(&NO_DATE),
        Column::Money(values) => values.contains(&NO_VALUE),
        _ => (0..rows).any(|row| is_missing(column, row)),
    }
}

/// Whether a column of money holds a value with more than two decimals.
fn is_fine(column: &Column) -> bool {
    let Column::Money(values) = column else { return false };
    // No early end: a pass over all values is faster than a question for each.
    values.iter().fold(false, |fine, value| fine | (*value % HUNDREDTH != 0 && *value != NO_VALUE))
}

fn problem(reason: Reason, defect: &Defect) -> Problem {
    Problem { reason, column: usize::from(defect.column), value: defect.value.clone() }
}

/// Whether a cell has no value.
pub fn is_missing(column: &Column, row: usize) -> bool {
    match column {
        Column::Absent => true,
        Column::Text(texts) => texts.get(row).is_empty(),
        Column::Coded(coded) => coded.get(row).is_empty(),
        Column::Money(values) | Column::Number(values) | Column::Whole(values) => values[row] == NO_VALUE,
        Column::Date(days) => days[row] == NO_DATE,
        Column::Flag(flags) => flags[row] < 0,
        Column::Choice(choices) => choices[row] == crate::base::table::NO_CHOICE,
        Column::Decimal(values) => values[row].is_none(),
    }
}

/// Thousandths of a whole unit as text without trailing zeros beyond the second decimal.
pub fn thousandths_text(value: i64) -> String {
    let text = crate::base::money::format_amount(i128::from(value), 3);
    text.strip_suffix('0').map_or(text.clone(), str::to_owned)
}

/// The key of a row as written in `rejects.key`: parts joined by `|`.
pub fn key_text(spec: &TableSpec, table: &Table, row: usize) -> String {
    let parts: Vec<String> = spec.key.iter().map(|at| cell_text(table, *at, row)).collect();
    parts.join("|")
}

/// A cell as text; empty where missing.
pub fn cell_text(table: &Table, column: usize, row: usize) -> String {
    match &table.columns[column] {
        Column::Text(texts) => texts.str(row).to_owned(),
        Column::Date(_) => table.date(column, row).map_or(String::new(), |date| date.to_string()),
        Column::Number(_) => table.number(column, row).map_or(String::new(), |value| decimal_text(value, 6)),
        Column::Money(_) => table.money(column, row).map_or(String::new(), thousandths_text),
        _ => String::new(),
    }
}

/// A number in units of its last digit as text, without trailing zeros.
pub fn decimal_text(value: i64, digits: u32) -> String {
    let text = crate::base::money::format_amount(i128::from(value), digits);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Turns a problem into the row that is written to `rejects`.
pub fn reject(spec: &TableSpec, table: &Table, row: usize, problem: Problem) -> Reject {
    let column = spec.columns[problem.column].name;
    let message = match (problem.reason, spec.words(problem.column)) {
        (Reason::UnknownValue, Some(words)) => unknown_word(spec.name, column, &problem.value, words),
        _ => message(&problem, spec.columns[problem.column].kind, column),
    };
    Reject {
        table: spec.name,
        source_row: table.source_row[row],
        key: key_text(spec, table, row),
        reason: problem.reason,
        column,
        value: problem.value,
        message,
    }
}

fn message(problem: &Problem, kind: Kind, column: &str) -> String {
    let value = &problem.value;
    match problem.reason {
        Reason::Unreadable => match kind {
            Kind::Text | Kind::Choice(_) => format!("{column} is no UTF-8 text of at most 1 MiB: {value}"),
            Kind::Date => format!("{column} is no day; a timestamp is one only at midnight UTC: {value}"),
            Kind::Money => format!("{column} is no amount in minor units, or too large: {value}"),
            _ => format!("{column} holds no value of its type: {value}"),
        },
        Reason::MissingRequired => format!("{column} is required and has no value"),
        Reason::DuplicateKey => format!("another row has the same key: {value}"),
        Reason::UnknownValue => format!("{column} knows no value {value}"),
        Reason::BadCurrency => format!("not an active ISO 4217 currency in upper case: {value}"),
        Reason::TooManyDecimals => format!("{column} has more decimals than its currency: {value}"),
        Reason::ZeroAmount => format!("{column} is zero"),
        Reason::WrongSign => format!("{column} has the wrong sign for this kind of row: {value}"),
        Reason::UnknownInvoice => format!("no accepted invoice has this id: {value}"),
        Reason::OtherCustomersInvoice => format!("the invoice belongs to another customer: {value}"),
        Reason::OtherCurrency => format!("the invoice is in another currency: {value}"),
        Reason::NamesCreditNote => format!("a credit note cannot be meant here: {value}"),
    }
}

/// A word that is none of those a column takes, and how the job file says which one it stands for.
fn unknown_word(table: &str, column: &str, value: &str, words: &[&str]) -> String {
    let (takes, meant) = match nearest(value, words) {
        Some(nearest) => (format!("the nearest is {nearest}"), nearest),
        None => (format!("it takes {}", words.join(", ")), "WORD"),
    };
    let mapped = mapping(table, column, &format!("{}: {meant}", quoted(value)));
    format!("{column} knows no value {value}; {takes}; for a word of your own write {mapped} in the job file")
}

/// A word of the files as YAML takes it for a text.
fn quoted(word: &str) -> String {
    let is_plain = word.chars().all(char::is_alphabetic) && !["null", "Null", "NULL"].contains(&word);
    if is_plain { word.to_owned() } else { format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")) }
}

fn nearest<'a>(value: &str, values: &[&'a str]) -> Option<&'a str> {
    let distance = |known: &str| strsim::damerau_levenshtein(&value.to_lowercase(), known);
    values.iter().copied().min_by_key(|known| distance(known)).filter(|known| distance(known) <= known.len() / 2)
}

/// An amount in minor units from thousandths whose decimals were checked.
pub fn minor(thousandths: i64, per_minor: i64) -> Amount {
    Amount(thousandths / per_minor)
}
