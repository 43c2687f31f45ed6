//! Exchange rates: rows of `fx`, judged like every other.

use crate::base::contract::fx::{CURRENCY, DATE, RATE_TO_REPORTING, SPEC};
use crate::base::date::Date;
use crate::base::money::Currency;
use crate::base::table::Table;
use crate::night::normalise::invoices::CurrencyReader;
use crate::night::normalise::judge::Judge;
use crate::night::normalise::reject::{self, Problem, Reason, Reject};
use crate::night::normalise::{Count, Duplicates, Intake};

/// Decimals of a rate.
const DIGITS: u32 = 12;

/// An accepted rate: one unit of the currency in the reporting currency, in units of the twelfth decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateRow {
    pub date: Date,
    pub currency: Currency,
    pub rate: i64,
}

/// The accepted rows of `fx`, those refused, and how many there are of each.
#[derive(Debug, Default)]
pub struct ExchangeRates {
    pub rows: Vec<RateRow>,
    pub rejects: Vec<Reject>,
    pub count: Count,
}

/// Judges every row of `fx`.
pub fn judge(table: &Table, intake: &Intake<'_>, duplicates: &Duplicates) -> ExchangeRates {
    let mut judge = Judge::new(&SPEC, table, intake, duplicates);
    let mut rejects = Vec::new();
    let mut currencies = CurrencyReader::default();
    let rows = judge.run(&mut rejects, |judge, row| rate(judge, row, &mut currencies));
    ExchangeRates { rows, rejects, count: judge.count }
}

fn rate(judge: &Judge<'_>, row: usize, currencies: &mut CurrencyReader) -> Result<Option<RateRow>, Problem> {
    if judge.is_ignored(row) {
        return Ok(None);
    }
    judge.check_form(row)?;
    let currency = currencies.read(judge.table, CURRENCY, row)?;
    let refuse = |reason, rate| Problem { reason, column: RATE_TO_REPORTING, value: reject::decimal_text(rate, DIGITS) };
    let rate = match judge.table.number(RATE_TO_REPORTING, row) {
        Some(0) => return Err(refuse(Reason::ZeroAmount, 0)),
        Some(rate) if rate < 0 => return Err(refuse(Reason::WrongSign, rate)),
        rate => rate,
    };
    // The form was checked: all three are required.
    Ok(judge.table.date(DATE, row).zip(currency).zip(rate).map(|((date, currency), rate)| RateRow { date, currency, rate }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::table::{CellDefect, Defect};
    use crate::base::table_builder::TableBuilder;
    use crate::night::normalise::AllDuplicates;

    /// Judges one row in the night of 2026-11-20: day, currency and rate in units of the twelfth decimal, each `None` where missing.
    fn check(date: Option<&str>, currency: &str, rate: Option<i64>, expected: Result<Option<i64>, (Reason, &str)>) {
        let mut builder = TableBuilder::new(&SPEC);
        builder.date(DATE, date.and_then(Date::parse));
        builder.text(CURRENCY, currency.as_bytes());
        if let Some(rate) = rate {
            builder.number(RATE_TO_REPORTING, rate);
        }
        builder.end_row();
        let mut table = builder.finish();
        if date == Some("noon") {
            table.defects.push(Defect { row: 0, column: 0, kind: CellDefect::Unreadable, value: "noon".into() });
        }
        let as_of = Date::parse("2026-11-20").expect("a day");
        let euro = Currency::parse(b"EUR").expect("a currency");
        let intake = Intake { as_of, reporting_currency: euro, duplicates: &AllDuplicates::default(), has_customers: true };
        let judged = judge(&table, &intake, &Duplicates::default());
        let found = match judged.rejects.first() {
            Some(reject) => Err((reject.reason, reject.value.as_str())),
            None => Ok(judged.rows.first().map(|row| row.rate)),
        };
        assert_eq!(found, expected, "{date:?} {currency} {rate:?}");
    }

    #[test]
    fn a_rate_is_used_ignored_or_refused_with_a_reason() {
        let today = Some("2026-11-20");
        check(today, "JPY", Some(6_123_456_789), Ok(Some(6_123_456_789)));
        check(Some("2026-11-21"), "JPY", Some(1), Ok(None));
        check(Some("noon"), "JPY", Some(1), Err((Reason::Unreadable, "noon")));
        check(None, "JPY", Some(1), Err((Reason::MissingRequired, "")));
        check(today, "", Some(1), Err((Reason::MissingRequired, "")));
        check(today, "JPY", None, Err((Reason::MissingRequired, "")));
        check(today, "yen", Some(1), Err((Reason::BadCurrency, "yen")));
        check(today, "JPY", Some(0), Err((Reason::ZeroAmount, "0")));
        check(today, "JPY", Some(-6_100_000_000), Err((Reason::WrongSign, "-0.0061")));
    }
}
