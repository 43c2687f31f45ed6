//! Cells of tables as people read them.

use crate::base::contract::{Kind, TableSpec};
use crate::base::date::Date;
use crate::base::money::{Currency, format_amount};
use crate::base::table::{Column, Table};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    /// A decimal number with so many digits behind the point.
    Decimal(i128, u32),
    Whole(i64),
    Date(Date),
    Flag(bool),
}

impl Value {
    /// As text: decimals with a point, days as `2026-11-23`, flags as yes and no.
    pub fn text(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Decimal(value, digits) => format_amount(*value, *digits),
            Value::Whole(value) => value.to_string(),
            Value::Date(date) => date.to_string(),
            Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        }
    }
}

/// A cell; `None` where it is missing. Money has the digits of the row's currency, or as many as it needs, at least two, where the row names none.
pub fn value(spec: &TableSpec, table: &Table, column: usize, row: usize) -> Option<Value> {
    match spec.columns.get(column)?.kind {
        Kind::Text => table.text(column, row).map(|text| Value::Text(String::from_utf8_lossy(text).into_owned())),
        Kind::Money => table.money(column, row).map(|thousandths| money(thousandths, currency(spec, table, row))),
        Kind::Date => table.date(column, row).map(Value::Date),
        Kind::Flag => table.flag(column, row).map(Value::Flag),
        Kind::Number | Kind::ExchangeRate => table.number(column, row).map(|number| shortest(i128::from(number))),
        Kind::Choice(words) => {
            table.choice(column, row).and_then(|choice| words.get(usize::from(choice))).map(|word| Value::Text((*word).to_owned()))
        }
        Kind::Whole => table.whole(column, row).map(Value::Whole),
        Kind::Decimal => match table.columns.get(column)? {
            Column::Decimal(values) => values[row].map(shortest),
            _ => None,
        },
    }
}

/// The currency a row is in, where it says so.
pub fn currency(spec: &TableSpec, table: &Table, row: usize) -> Option<Currency> {
    let column = ["currency", "credit_limit_currency"].iter().find_map(|name| spec.position(name))?;
    table.text(column, row).and_then(Currency::parse)
}

fn money(thousandths: i64, currency: Option<Currency>) -> Value {
    let needed = if thousandths % 10 == 0 { 2 } else { 3 };
    let digits = currency.map_or(needed, Currency::digits).min(3);
    Value::Decimal(i128::from(thousandths) / 10_i128.pow(3 - digits), digits)
}

/// Millionths without the zeros behind their last digit.
fn shortest(millionths: i128) -> Value {
    let (mut value, mut digits) = (millionths, 6);
    while digits > 0 && value % 10 == 0 {
        value /= 10;
        digits -= 1;
    }
    Value::Decimal(value, digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        let currency = |code: &str| Currency::parse(code.as_bytes());
        let cases = [
            (1_234_560, "EUR", "1234.56"),
            (-1_000, "JPY", "-1"),
            (1_234, "KWD", "1.234"),
            (1_230, "", "1.23"),
            (1_234, "", "1.234"),
            (5, "", "0.005"),
        ];
        for (thousandths, code, expected) in cases {
            assert_eq!(money(thousandths, currency(code)).text(), expected, "{thousandths} {code}");
        }
        for (millionths, expected) in [(1_500_000, "1.5"), (0, "0"), (-2_000_000, "-2"), (1, "0.000001")] {
            assert_eq!(shortest(millionths).text(), expected);
        }
    }
}
