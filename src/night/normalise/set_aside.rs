//! Values of accepted rows that cannot be meant as they are written: they count as missing, and are told once for each column.

use std::collections::BTreeMap;

use crate::base::contract::{TableSpec, customers, invoices};
use crate::base::table::{Column, NO_VALUE, Table, Texts};
use crate::night::normalise::Fate;
use crate::night::normalise::reject::{Finding, decimal_text};

/// Kind of the finding about contractual rates.
pub const RATE_ABOVE_ALL: &str = "rate_above_100_percent";
/// Kind of the finding about e-mail addresses.
pub const NO_EMAIL_ADDRESS: &str = "no_email_address";

/// One, in the millionths that numbers are held in.
const WHOLE: i64 = 1_000_000;
/// Values told as examples.
const SHOWN: usize = 3;

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Odd {
    /// A rate above 100 %, which is a percentage where a fraction belongs.
    Rate,
    /// An e-mail address without an @.
    Email,
}

/// Values set aside in one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Values {
    count: u64,
    /// The first keys, each with its value.
    examples: BTreeMap<String, String>,
}

/// What was set aside in the tables of one shard, or of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetAside(BTreeMap<(&'static str, Odd), Values>);

impl SetAside {
    /// Looks through accepted customers. A blank address is a missing one, and is not told.
    pub fn of_customers(table: &mut Table) -> SetAside {
        let mut aside = SetAside::default();
        aside.rates(&customers::SPEC, table, customers::PENALTY_RATE, &|_| true);
        aside.emails(table);
        for column in [customers::EMAIL, customers::PHONE, customers::ADDRESS] {
            clear(table, column, is_blank);
        }
        aside
    }

    /// Looks through invoices of these fates.
    pub fn of_invoices(table: &mut Table, fates: &[Fate]) -> SetAside {
        let mut aside = SetAside::default();
        aside.rates(&invoices::SPEC, table, invoices::PENALTY_RATE, &|row| fates.get(row) == Some(&Fate::Used));
        aside
    }

    /// Adds what was set aside in another shard.
    pub fn merge(&mut self, other: SetAside) {
        for (place, values) in other.0 {
            let all = self.0.entry(place).or_default();
            all.count += values.count;
            all.examples.extend(values.examples);
            while all.examples.len() > SHOWN {
                all.examples.pop_last();
            }
        }
    }

    /// One finding for each column.
    pub fn findings(&self) -> Vec<Finding> {
        self.0.iter().map(|((table, odd), values)| finding(table, *odd, values)).collect()
    }

    fn add(&mut self, table: &'static str, odd: Odd, key: &str, value: String) {
        let values = self.0.entry((table, odd)).or_default();
        values.count += 1;
        values.examples.insert(key.to_owned(), value);
        if values.examples.len() > SHOWN {
            values.examples.pop_last();
        }
    }

    fn rates(&mut self, spec: &TableSpec, table: &mut Table, column: usize, counts: &dyn Fn(usize) -> bool) {
        let Some(Column::Number(rates)) = table.columns.get(column) else { return };
        let odd: Vec<usize> = (0..rates.len()).filter(|row| rates[*row] > WHOLE && counts(*row)).collect();
        for row in &odd {
            let key = super::reject::key_text(spec, table, *row);
            self.add(spec.name, Odd::Rate, &key, decimal_text(table.number(column, *row).unwrap_or(0), 6));
        }
        if let Some(Column::Number(rates)) = table.columns.get_mut(column) {
            odd.into_iter().for_each(|row| rates[row] = NO_VALUE);
        }
    }

    fn emails(&mut self, table: &mut Table) {
        let is_odd = |text: &[u8]| !text.is_empty() && !is_blank(text) && !text.contains(&b'@');
        for row in 0..table.len() {
            if let Some(text) = table.text(customers::EMAIL, row).filter(|text| is_odd(text)) {
                let key = super::reject::key_text(&customers::SPEC, table, row);
                self.add(customers::SPEC.name, Odd::Email, &key, String::from_utf8_lossy(text).into_owned());
            }
        }
        clear(table, customers::EMAIL, is_odd);
    }
}

fn is_blank(text: &[u8]) -> bool {
    !text.is_empty() && String::from_utf8_lossy(text).trim().is_empty()
}

/// Makes the texts missing of which this holds.
fn clear(table: &mut Table, column: usize, is_odd: impl Fn(&[u8]) -> bool) {
    let Some(Column::Text(texts)) = table.columns.get_mut(column) else { return };
    if texts.iter().any(&is_odd) {
        let mut kept = Texts::default();
        kept.extend(texts.iter().map(|text| if is_odd(text) { &[] } else { text }));
        *texts = kept;
    }
}

fn finding(table: &'static str, odd: Odd, values: &Values) -> Finding {
    let of = |(key, value): (&String, &String)| format!("{value} of '{key}'");
    let more = if values.count > SHOWN as u64 { ", …" } else { "" };
    let examples = values.examples.iter().map(of).collect::<Vec<_>>().join(", ") + more;
    let (row, count_as) = if values.count == 1 { ("row", "it counts") } else { ("rows", "they count") };
    let (kind, column, what, remedy) = match odd {
        Odd::Rate => (RATE_ABOVE_ALL, "penalty_rate", "a rate above 100 %", "; a rate is a fraction: 0.1215 is 12.15 %"),
        Odd::Email => (NO_EMAIL_ADDRESS, "email", "an e-mail address without @", ""),
    };
    let message = format!("{} {row} with {what}: {examples}; {count_as} as missing{remedy}", values.count);
    Finding { kind, table, key: column.to_owned(), message: message.into(), amount: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(of: &[&str]) -> Column {
        let mut texts = Texts::default();
        texts.extend(of.iter().map(|text| text.as_bytes()));
        Column::Text(texts)
    }

    fn customers_of(ids: &[&str], emails: &[&str], rates: Vec<i64>) -> Table {
        let mut columns = vec![Column::Absent; customers::WIDTH];
        columns[customers::CUSTOMER_ID] = texts(ids);
        columns[customers::EMAIL] = texts(emails);
        columns[customers::PENALTY_RATE] = Column::Number(rates);
        Table { columns, source_row: (0..).take(ids.len()).collect(), ..Table::default() }
    }

    fn told(aside: &SetAside) -> Vec<String> {
        aside.findings().iter().map(|found| format!("{} {} {}", found.kind, found.key, found.message)).collect()
    }

    #[test]
    fn a_value_nobody_can_mean_is_missing_and_told_once() {
        let ids = ["C1", "C2", "C3", "C4", "C5", "C6"];
        let emails = ["a@b.example", " ", "n/a", "", "\u{a0}", "none"];
        let mut table = customers_of(&ids, &emails, vec![121_500, 12_150_000, WHOLE, WHOLE + 1, NO_VALUE, 0]);
        let aside = SetAside::of_customers(&mut table);
        let left: Vec<&str> =
            (0..6).map(|row| table.text(customers::EMAIL, row).map_or("", |text| std::str::from_utf8(text).unwrap_or("?"))).collect();
        assert_eq!(left, ["a@b.example", "", "", "", "", ""]);
        assert_eq!(
            (0..6).map(|row| table.number(customers::PENALTY_RATE, row)).collect::<Vec<_>>(),
            [Some(121_500), None, Some(WHOLE), None, None, Some(0)]
        );
        assert_eq!(
            told(&aside),
            [
                "rate_above_100_percent penalty_rate 2 rows with a rate above 100 %: 12.15 of 'C2', 1.000001 of 'C4'; they count as missing; a rate is a fraction: 0.1215 is 12.15 %",
                "no_email_address email 2 rows with an e-mail address without @: n/a of 'C3', none of 'C6'; they count as missing",
            ]
        );
    }

    #[test]
    fn shards_come_together_in_any_order() {
        let part = |ids: &[&str]| SetAside::of_customers(&mut customers_of(ids, &vec!["x"; ids.len()], vec![NO_VALUE; ids.len()]));
        let parts = [part(&["D", "A"]), part(&["B", "E", "F", "C"]), part(&["G"])];
        let sum = |order: [usize; 3]| {
            order.iter().fold(SetAside::default(), |mut sum, at| {
                sum.merge(parts[*at].clone());
                sum
            })
        };
        assert_eq!(sum([0, 1, 2]), sum([2, 1, 0]));
        assert_eq!(
            told(&sum([1, 0, 2])),
            ["no_email_address email 7 rows with an e-mail address without @: x of 'A', x of 'B', x of 'C', …; they count as missing"]
        );
    }
}
