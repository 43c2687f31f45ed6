//! The totals of the ledger's owner, compared with what was accepted and with what is open: for all customers together, and one by one
//! where the file knows them.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::counted::counted;
use crate::base::money::{Currency, format_amount};
use crate::error::{Exit, Failure};
use crate::night::kpi::Additive;

/// What a total can be of: accepted rows of an input table, or what is open of them.
pub const TABLES: [&str; 3] = ["invoices", "payments", "open_items"];

/// Customers named in a message; the others are counted.
const SHOWN: usize = 20;

/// Rows and amount of a table in one currency, minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub count: i128,
    pub amount: i128,
}

impl Additive for Tally {
    fn merge(&mut self, other: &Tally) {
        self.count += other.count;
        self.amount += other.amount;
    }
}

/// What each table holds in each currency.
pub type Tallies = BTreeMap<(&'static str, Currency), Tally>;

/// The same of each customer, by id.
pub type CustomerTallies = BTreeMap<(&'static str, Currency, Box<[u8]>), Tally>;

/// Totals as the ledger knows them, or as they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlTotals {
    pub whole: Tallies,
    pub by_customer: CustomerTallies,
}

/// Compares what was found with the totals the job file gives. A table with totals of customers has them of all: a customer without a row has
/// nothing there.
///
/// # Errors
/// Every table and currency whose count or amount differs, and the customers whose do, the largest difference first.
pub fn check_control_totals(expected: &ControlTotals, found: &ControlTotals) -> Result<(), Failure> {
    let mut messages: Vec<String> = expected.whole.iter().filter_map(|(key, tally)| of_table(*key, *tally, &found.whole)).collect();
    let itemised: BTreeSet<&str> = expected.by_customer.keys().map(|(table, ..)| *table).collect();
    let mut differences: BTreeMap<(&str, Currency), Vec<Difference<'_>>> = BTreeMap::new();
    for (key, expected) in &expected.by_customer {
        let found = found.by_customer.get(key).copied().unwrap_or_default();
        if found != *expected {
            differences.entry((key.0, key.1)).or_default().push(Difference { customer: &key.2, expected: *expected, found });
        }
    }
    let unknown = found.by_customer.iter().filter(|(key, _)| itemised.contains(key.0) && !expected.by_customer.contains_key(*key));
    for ((table, currency, customer), found) in unknown {
        let difference = Difference { customer, expected: Tally::default(), found: *found };
        differences.entry((*table, *currency)).or_default().push(difference);
    }
    for ((table, currency), of_customers) in differences {
        messages.extend(by_customer(table, currency, of_customers));
    }
    if messages.is_empty() {
        return Ok(());
    }
    Err(Failure::all(Exit::Data, messages).remedy("see rejects for the rows refused, or correct the control totals"))
}

fn of_table((table, currency): (&'static str, Currency), expected: Tally, found: &Tallies) -> Option<String> {
    let found = found.get(&(table, currency)).copied().unwrap_or_default();
    (found != expected).then(|| {
        format!("control total of {table} in {currency} is {}, but {}", text(expected, currency), found_in(table, found, currency))
    })
}

/// What a customer should have, and has.
struct Difference<'a> {
    customer: &'a [u8],
    expected: Tally,
    found: Tally,
}

impl Difference<'_> {
    fn amount(&self) -> i128 {
        self.found.amount - self.expected.amount
    }
}

fn by_customer(table: &str, currency: Currency, mut differences: Vec<Difference<'_>>) -> Vec<String> {
    differences.sort_by_key(|difference| std::cmp::Reverse(difference.amount().unsigned_abs()));
    let line = |difference: &Difference<'_>| {
        let (customer, gap) = (String::from_utf8_lossy(difference.customer), difference.amount());
        let (expected, found) = (text(difference.expected, currency), found_in(table, difference.found, currency));
        let gap = format_amount(gap.abs(), currency.digits()) + if gap < 0 { " less" } else { " more" };
        format!("control total of {table} in {currency} of customer {customer} is {expected}, but {found}: {gap}")
    };
    let mut lines: Vec<String> = differences.iter().take(SHOWN).map(line).collect();
    let rest = differences.get(SHOWN..).unwrap_or_default();
    if !rest.is_empty() {
        let gap = format_amount(rest.iter().map(Difference::amount).sum(), currency.digits());
        lines.push(format!("{} more customers differ in {table} in {currency}, by {gap} together", rest.len()));
    }
    lines
}

fn text(tally: Tally, currency: Currency) -> String {
    format!("{}, {}", counted(tally.count, "row"), format_amount(tally.amount, currency.digits()))
}

fn found_in(table: &str, found: Tally, currency: Currency) -> String {
    format!("{} {}", text(found, currency), if table == "open_items" { "are open" } else { "were accepted" })
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "whole units and minor digits are set apart")]
mod tests {
    use super::*;
    use crate::night::kpi::testing::currency;

    /// Rows as table, currency, customer or nothing, count and minor units.
    fn totals(rows: &[(&'static str, &str, &str, i128, i128)]) -> ControlTotals {
        let mut totals = ControlTotals::default();
        for (table, code, customer, count, amount) in rows {
            let (currency, tally) = (currency(code), Tally { count: *count, amount: *amount });
            if customer.is_empty() {
                totals.whole.insert((*table, currency), tally);
            } else {
                totals.by_customer.insert((*table, currency, customer.as_bytes().into()), tally);
            }
        }
        totals
    }

    fn told(expected: &ControlTotals, found: &ControlTotals) -> Vec<String> {
        check_control_totals(expected, found).err().map(|failure| failure.messages).unwrap_or_default()
    }

    #[test]
    fn every_differing_control_total_is_named() {
        let found = totals(&[("invoices", "EUR", "", 3, 120_00), ("invoices", "JPY", "", 1, 500), ("open_items", "EUR", "", 2, 70_00)]);
        assert_eq!(told(&totals(&[("invoices", "EUR", "", 3, 120_00)]), &found), [""; 0]);
        let given = totals(&[("invoices", "EUR", "", 4, 120_00), ("invoices", "USD", "", 1, 1_00), ("open_items", "EUR", "", 2, 70_01)]);
        let expected = [
            "control total of invoices in EUR is 4 rows, 120.00, but 3 rows, 120.00 were accepted",
            "control total of invoices in USD is 1 row, 1.00, but 0 rows, 0.00 were accepted",
            "control total of open_items in EUR is 2 rows, 70.01, but 2 rows, 70.00 are open",
        ];
        assert_eq!(told(&given, &found), expected);
    }

    #[test]
    fn differences_are_itemised_by_customer_the_largest_first() {
        let found = totals(&[
            ("invoices", "EUR", "A", 2, 100_00),
            ("invoices", "EUR", "B", 1, 20_00),
            ("invoices", "EUR", "C", 1, 5_00),
            ("invoices", "EUR", "D", 1, 7_00),
            ("payments", "EUR", "A", 9, 9_00),
        ]);
        let given = totals(&[
            ("invoices", "EUR", "A", 2, 100_00),
            ("invoices", "EUR", "B", 2, 60_00),
            ("invoices", "EUR", "D", 2, 7_00),
            ("invoices", "EUR", "E", 1, 1_00),
        ]);
        // C is not in the ledger's file, E not in ours. Of payments the file says nothing.
        let of = |customer: &str, rest: &str| format!("control total of invoices in EUR of customer {customer} is {rest}");
        let expected = [
            of("B", "2 rows, 60.00, but 1 row, 20.00 were accepted: 40.00 less"),
            of("C", "0 rows, 0.00, but 1 row, 5.00 were accepted: 5.00 more"),
            of("E", "1 row, 1.00, but 0 rows, 0.00 were accepted: 1.00 less"),
            of("D", "2 rows, 7.00, but 1 row, 7.00 were accepted: 0.00 more"),
        ];
        assert_eq!(told(&given, &found), expected);
    }

    #[test]
    fn a_long_list_ends_with_what_is_left_of_it() {
        let ids: Vec<String> = (0..23).map(|at| format!("C{at:02}")).collect();
        let rows: Vec<_> = (0..).zip(&ids).map(|(at, id)| ("payments", "EUR", id.as_str(), 1, 100_00 - at)).collect();
        let told = told(&totals(&rows), &ControlTotals::default());
        assert_eq!(told.len(), 21);
        assert!(told[0].contains("of customer C00 ") && told[19].contains("of customer C19 "));
        assert_eq!(told[20], "3 more customers differ in payments in EUR, by -299.37 together");
    }
}
