//! Numbers, units and dates as they are written in rules.

use super::tree::Literal;
use crate::base::date::Date;
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::sources::Span;

/// Millionths in one: the scale of numbers, rates and money as written.
pub const MILLION: i64 = 1_000_000;

/// Units of time with the days or months they stand for.
const UNITS: &[(&str, Unit)] = &[
    ("day", Unit::Days(1)),
    ("days", Unit::Days(1)),
    ("week", Unit::Days(7)),
    ("weeks", Unit::Days(7)),
    ("month", Unit::Months(1)),
    ("months", Unit::Months(1)),
    ("year", Unit::Months(12)),
    ("years", Unit::Months(12)),
];

#[derive(Clone, Copy)]
enum Unit {
    Days(i64),
    Months(i64),
}

/// Reads digits with at most six decimals as millionths.
pub fn number(digits: &str, span: Span) -> Result<i64, Box<Diagnostic>> {
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let decimals = decimals.trim_end_matches('0');
    if decimals.len() > 6 {
        return Err(form(span, "a number has at most six decimals"));
    }
    let millionths = format!("{whole}{decimals:0<6}").parse::<i64>().ok();
    millionths.ok_or_else(|| form(span, "this number is too large"))
}

/// Millionths as a number, without trailing zeros.
pub fn millionths(cell: i64) -> String {
    let sign = if cell < 0 { "-" } else { "" };
    let (whole, part) = (cell.unsigned_abs() / MILLION.unsigned_abs(), cell.unsigned_abs() % MILLION.unsigned_abs());
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let part = format!("{part:06}");
    format!("{sign}{whole}.{}", part.trim_end_matches('0'))
}

/// A rate, in millionths of the whole, as it is written.
pub fn percent(cell: i64) -> String {
    format!("{}%", millionths(cell.saturating_mul(100)))
}

/// Reads a day.
pub fn date(text: &str, span: Span) -> Result<Date, Box<Diagnostic>> {
    Date::parse(text).ok_or_else(|| form(span, format!("there is no day {text}")))
}

/// Gives a number, in millionths, the unit written after it.
pub fn quantity(value: i64, unit: &str, business: bool, span: Span) -> Result<Literal, Box<Diagnostic>> {
    if unit == "%" {
        let exact = value % 100 == 0;
        return if exact { Ok(Literal::Rate(value / 100)) } else { Err(form(span, "a rate has at most four decimals in percent")) };
    }
    let known = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, unit)| *unit);
    match (known, business) {
        (Some(Unit::Days(1)), true) => whole(value, 1, span).map(Literal::BusinessDays),
        (_, true) => Err(unknown_unit(span, "only days can be business days").help("write 3 business days").into()),
        (Some(Unit::Days(days)), false) => whole(value, days, span).map(Literal::Days),
        (Some(Unit::Months(months)), false) => whole(value, months, span).map(Literal::Months),
        (None, false) if is_currency_like(unit) => Ok(Literal::Money(value, unit.to_owned())),
        (None, false) => {
            let found = unknown_unit(span, format!("there is no unit called \"{unit}\""));
            let names = UNITS.iter().map(|(name, _)| *name).chain(["business days"]);
            Err(found
                .nearest(unit, names)
                .help("units are %, days, weeks, months, years, business days and currency codes such as EUR")
                .into())
        }
    }
}

/// Whether a word is a unit of time as it is written here.
pub fn is_unit(word: &str) -> bool {
    UNITS.iter().any(|(name, _)| *name == word)
}

/// Whether a word has the form of the code of a currency.
pub fn is_currency_like(unit: &str) -> bool {
    unit.len() == 3 && unit.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn whole(value: i64, factor: i64, span: Span) -> Result<i64, Box<Diagnostic>> {
    let days = (value % MILLION == 0).then(|| value / MILLION * factor);
    let days = days.ok_or_else(|| form(span, "days, weeks, months and years are whole numbers"))?;
    // Four centuries: more would leave the calendar.
    if days.abs() <= 146_097 { Ok(days) } else { Err(form(span, "this is more than four hundred years")) }
}

fn form(span: Span, message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(codes::NUMBER_FORM, span, message))
}

fn unknown_unit(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(codes::UNKNOWN_UNIT, span, message)
}
