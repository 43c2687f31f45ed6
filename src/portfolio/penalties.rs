//! Penalties prove themselves on the rows that are delivered: the lines of every invoice make its total, and what was told before with
//! what is told tonight makes what tomorrow remembers.

use std::collections::BTreeMap;

use crate::base::contract::{penalties, penalty_totals};
use crate::base::money::{Currency, format_amount};
use crate::base::table::{Column, Table, Texts};
use crate::base::vocabulary::Coded;
use crate::error::{Exit, Failure};
use crate::night::evaluate::Evaluated;
use crate::night::memory::Memory;
use crate::night::normalise::documents::Documents;
use crate::portfolio::adding_up::Proof;
use crate::rules::program::PenaltyRule;
use crate::rules::rates::RateBook;

/// The penalty rules and the regimes they choose.
pub type Tariff<'a> = (&'a [PenaltyRule], &'a RateBook);

/// Both sides of what is proved of penalties, minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PenaltySums {
    /// Lines and totals, by regime and currency.
    by_regime: BTreeMap<(String, Currency), Lines>,
    by_currency: BTreeMap<Currency, Told>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Lines {
    /// `amount` of all lines.
    lines: i128,
    /// `accrued_to_date` of their invoices.
    totals: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Told {
    /// What the state of last night holds.
    before: i128,
    /// `accrued_tonight` of all invoices.
    tonight: i128,
    /// What tonight's state holds.
    remembered: i128,
}

impl Told {
    fn add(&mut self, more: Told) {
        self.before += more.before;
        self.tonight += more.tonight;
        self.remembered += more.remembered;
    }

    fn adds_up(&self) -> bool {
        self.before + self.tonight == self.remembered
    }
}

impl PenaltySums {
    /// Checks the tables of a shard, and adds them up.
    ///
    /// # Errors
    /// The first customer, in the order of the tables, whose penalties do not add up.
    pub fn of(evaluated: &Evaluated, memory: &Memory<'_>, documents: &Documents<'_>, tariff: Tariff<'_>) -> Result<PenaltySums, Failure> {
        let mut sums = PenaltySums::default();
        sums.add_lines(&evaluated.penalties, &evaluated.penalty_totals, tariff)?;
        each_told(evaluated, memory, documents, |_, currency, told| sums.by_currency.entry(currency).or_default().add(told))?;
        match sums.by_currency.iter().find(|(_, told)| !told.adds_up()) {
            Some((currency, _)) => Err(first_forgotten(*currency, evaluated, memory, documents)?),
            None => Ok(sums),
        }
    }

    /// Adds the sums of another shard.
    pub fn merge(&mut self, other: &PenaltySums) {
        for (key, more) in &other.by_regime {
            let sums = self.by_regime.entry(key.clone()).or_default();
            sums.lines += more.lines;
            sums.totals += more.totals;
        }
        for (currency, more) in &other.by_currency {
            self.by_currency.entry(*currency).or_default().add(*more);
        }
    }

    /// What was proved of the whole portfolio:
    ///
    /// - `penalties REGIME`: the lines of `penalties` = `accrued_to_date` of `penalty_totals`;
    /// - `penalties told`: what was told up to last night + `accrued_tonight` = what tonight's state holds.
    pub fn proofs(&self) -> Vec<Proof> {
        let of_regime = |((regime, currency), sums): (&(String, Currency), &Lines)| Proof {
            name: format!("penalties {regime}"),
            currency: *currency,
            left: sums.lines,
            right: sums.totals,
        };
        let of_currency = |(currency, told): (&Currency, &Told)| Proof {
            name: "penalties told".to_owned(),
            currency: *currency,
            left: told.before + told.tonight,
            right: told.remembered,
        };
        self.by_regime.iter().map(of_regime).chain(self.by_currency.iter().map(of_currency)).collect()
    }

    /// Both tables are in order of customer and invoice, so that they are read side by side.
    fn add_lines(&mut self, lines: &Table, totals: &Table, tariff: Tariff<'_>) -> Result<(), Failure> {
        let (amounts, rules) = money_and_texts(lines, penalties::AMOUNT, penalties::RULE_ID)?;
        let (to_date, currencies) = money_and_texts(totals, penalty_totals::ACCRUED_TO_DATE, penalty_totals::CURRENCY)?;
        let (line_ids, total_ids) = (texts(lines, penalties::INVOICE_ID)?, texts(totals, penalty_totals::INVOICE_ID)?);
        let mut seen: Vec<((u32, u32), Lines)> = Vec::new();
        let mut at = 0;
        for (row, total) in to_date.iter().enumerate() {
            let first = at;
            let invoice = total_ids.get(row);
            let mut sum = 0;
            while at < amounts.len() && line_ids.get(at) == invoice {
                sum += i128::from(amounts[at]);
                at += 1;
            }
            if sum != i128::from(*total) {
                return Err(differs(totals, row, currencies, sum, i128::from(*total)));
            }
            if first < at {
                let key = (rules.codes[first], currencies.codes[row]);
                let place = seen.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
                    seen.push((key, Lines::default()));
                    seen.len() - 1
                });
                seen[place].1.lines += sum;
                seen[place].1.totals += i128::from(*total);
            }
        }
        if let Some(amount) = amounts.get(at) {
            let currencies = money_and_texts(lines, penalties::AMOUNT, penalties::CURRENCY)?.1;
            return Err(differs(lines, at, currencies, i128::from(*amount), 0));
        }
        for ((rule, currency), found) in seen {
            let Some(currency) = Currency::parse(currencies.vocabulary.get(currency)) else { continue };
            let unit = i128::from(currency.thousandths());
            let sums = self.by_regime.entry((regime_of(rules.vocabulary.get(rule), tariff), currency)).or_default();
            sums.lines += found.lines / unit;
            sums.totals += found.totals / unit;
        }
        Ok(())
    }
}

/// Names customer, currency and amounts of everything that was told before, is told tonight, and is remembered.
fn each_told<'a>(
    evaluated: &'a Evaluated,
    memory: &'a Memory,
    documents: &Documents<'a>,
    mut each: impl FnMut(&'a [u8], Currency, Told),
) -> Result<(), Failure> {
    for (invoice, accrued) in documents.invoices.iter().zip(&memory.accrued) {
        let Some(accrued) = accrued else { continue };
        let told = Told { before: accrued.wide(), ..Told::default() };
        each(documents.customer_ids[invoice.customer as usize], invoice.currency, told);
    }
    for penalty in &memory.vanished {
        each(&penalty.customer_id, penalty.currency, Told { before: penalty.accrued.wide(), ..Told::default() });
    }
    let totals = &evaluated.penalty_totals;
    let (tonight, currencies) = money_and_texts(totals, penalty_totals::ACCRUED_TONIGHT, penalty_totals::CURRENCY)?;
    for (row, thousandths) in tonight.iter().enumerate() {
        if let Some(currency) = Currency::parse(currencies.get(row)) {
            let tonight = i128::from(thousandths / currency.thousandths());
            each(customer_of(totals, penalty_totals::CUSTOMER_ID, row), currency, Told { tonight, ..Told::default() });
        }
    }
    let marks = &evaluated.watermarks;
    for at in 0..marks.customers() {
        for (currency, amount) in marks.rows_of(at).filter_map(|row| marks.accrued(row)) {
            each(marks.customer(at), currency, Told { remembered: i128::from(amount), ..Told::default() });
        }
    }
    Ok(())
}

fn first_forgotten(currency: Currency, evaluated: &Evaluated, memory: &Memory<'_>, documents: &Documents<'_>) -> Result<Failure, Failure> {
    let mut customers: BTreeMap<&[u8], Told> = BTreeMap::new();
    each_told(evaluated, memory, documents, |customer, of, told| {
        if of == currency {
            customers.entry(customer).or_default().add(told);
        }
    })?;
    let (customer, told) = customers.into_iter().find(|(_, told)| !told.adds_up()).unwrap_or_default();
    let (left, right) = (told.before + told.tonight, told.remembered);
    Ok(uneven(customer, currency, "what was told before and what is told tonight is not what is remembered", left, right))
}

/// A row whose invoice has other lines than its total says, in thousandths.
fn differs(table: &Table, row: usize, currencies: &Coded, lines: i128, total: i128) -> Failure {
    const { assert!(penalties::CUSTOMER_ID == penalty_totals::CUSTOMER_ID && penalties::INVOICE_ID == penalty_totals::INVOICE_ID) };
    let Some(currency) = Currency::parse(currencies.get(row)) else { return Failure::new(Exit::Bug, "penalties are in no currency") };
    let (unit, customer) = (i128::from(currency.thousandths()), customer_of(table, penalties::CUSTOMER_ID, row));
    let invoice = String::from_utf8_lossy(table.text(penalties::INVOICE_ID, row).unwrap_or_default()).into_owned();
    uneven(customer, currency, &format!("the lines of invoice {invoice} are not its total"), lines / unit, total / unit)
}

/// A break of what is proved, naming the customer.
fn uneven(customer: &[u8], currency: Currency, what: &str, left: i128, right: i128) -> Failure {
    let text = |amount| format_amount(amount, currency.digits());
    let (customer, left, right) = (String::from_utf8_lossy(customer), text(left), text(right));
    Failure::new(Exit::Data, format!("the penalties of customer {customer} in {currency} do not add up: {what}: {left} is not {right}"))
        .remedy("nothing was published; keep the inputs and report this")
}

fn customer_of(table: &Table, column: usize, row: usize) -> &[u8] {
    table.text(column, row).unwrap_or_default()
}

/// The regime of a rule, or the rule's name where it says that nothing is due.
fn regime_of(rule: &[u8], (rules, rates): Tariff<'_>) -> String {
    let of = rules.iter().find(|penalty| penalty.rule.id.as_bytes() == rule);
    let regime = of.and_then(|penalty| penalty.regime).map(|regime| rates.regimes[regime].name.clone());
    regime.unwrap_or_else(|| String::from_utf8_lossy(rule).into_owned())
}

fn money_and_texts(table: &Table, amount: usize, text: usize) -> Result<(&[i64], &Coded), Failure> {
    match (&table.columns[amount], &table.columns[text]) {
        (Column::Money(amounts), Column::Coded(texts)) => Ok((amounts, texts)),
        _ => Err(misplaced()),
    }
}

fn texts(table: &Table, column: usize) -> Result<&Texts, Failure> {
    match &table.columns[column] {
        Column::Text(texts) => Ok(texts),
        _ => Err(misplaced()),
    }
}

fn misplaced() -> Failure {
    Failure::new(Exit::Bug, "the penalties are not in the columns of their tables")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Amount;
    use crate::night::memory::VanishedPenalty;

    fn column_of(texts: &[&str]) -> Column {
        let mut column = Texts::default();
        texts.iter().for_each(|text| column.push(text.as_bytes()));
        Column::Text(column)
    }

    fn coded(texts: &[&str]) -> Column {
        let mut column = Coded::default();
        texts.iter().for_each(|text| column.push(text.as_bytes()));
        Column::Coded(column)
    }

    fn table(width: usize, rows: usize, columns: Vec<(usize, Column)>) -> Table {
        let mut all = vec![Column::Absent; width];
        columns.into_iter().for_each(|(at, column)| all[at] = column);
        Table { columns: all, source_row: (0..u32::try_from(rows).unwrap()).collect(), ..Table::default() }
    }

    /// Lines, as invoice and cents; totals, as invoice, cents to date and cents tonight; all in euros.
    fn shard(lines: &[(&str, i64)], totals: &[(&str, i64, i64)]) -> Evaluated {
        let customer = |invoice: &str| format!("customer of {invoice}");
        let ids: Vec<&str> = lines.iter().map(|(invoice, _)| *invoice).collect();
        let customers: Vec<String> = ids.iter().map(|id| customer(id)).collect();
        let customers: Vec<&str> = customers.iter().map(String::as_str).collect();
        let columns = vec![
            (penalties::INVOICE_ID, column_of(&ids)),
            (penalties::CUSTOMER_ID, column_of(&customers)),
            (penalties::CURRENCY, coded(&vec!["EUR"; ids.len()])),
            (penalties::RULE_ID, coded(&vec!["traders"; ids.len()])),
            (penalties::AMOUNT, Column::Money(lines.iter().map(|(_, cents)| cents * 10).collect())),
        ];
        let lines = table(penalties::WIDTH, ids.len(), columns);
        let ids: Vec<&str> = totals.iter().map(|(invoice, ..)| *invoice).collect();
        let customers: Vec<String> = ids.iter().map(|id| customer(id)).collect();
        let customers: Vec<&str> = customers.iter().map(String::as_str).collect();
        let columns = vec![
            (penalty_totals::INVOICE_ID, column_of(&ids)),
            (penalty_totals::CUSTOMER_ID, column_of(&customers)),
            (penalty_totals::CURRENCY, coded(&vec!["EUR"; ids.len()])),
            (penalty_totals::ACCRUED_TO_DATE, Column::Money(totals.iter().map(|(_, cents, _)| cents * 10).collect())),
            (penalty_totals::ACCRUED_TONIGHT, Column::Money(totals.iter().map(|(.., cents)| cents * 10).collect())),
        ];
        Evaluated { penalties: lines, penalty_totals: table(penalty_totals::WIDTH, ids.len(), columns), ..Evaluated::default() }
    }

    /// Invoices of the night before that are gone, and their cents.
    fn memory(vanished: &[(&str, i64)]) -> Memory<'static> {
        let penalty = |(invoice, cents): &(&str, i64)| VanishedPenalty {
            customer_id: format!("customer of {invoice}").into_bytes(),
            invoice_id: invoice.as_bytes().to_vec(),
            currency: Currency::parse(b"EUR").unwrap(),
            accrued: Amount(*cents),
        };
        Memory { vanished: vanished.iter().map(penalty).collect(), ..Memory::default() }
    }

    #[test]
    fn what_does_not_add_up_names_the_first_customer() {
        let of =
            |customer: &str, what: &str| Some(format!("the penalties of customer customer of {customer} in EUR do not add up: {what}"));
        let lines = |invoice: &str, sides: &str| of(invoice, &format!("the lines of invoice {invoice} are not its total: {sides}"));
        let told = |customer: &str, sides: &str| {
            of(customer, &format!("what was told before and what is told tonight is not what is remembered: {sides}"))
        };
        // Nothing is remembered here: what is told tonight takes back what was told before.
        let back = |cents: i64| [("A", 0, -cents)];
        let cases = [
            (shard(&[], &[]), memory(&[]), None),
            (shard(&[], &back(500)), memory(&[("A", 500)]), None),
            (shard(&[("A", 4_000), ("A", 500)], &[("A", 4_500, 0)]), memory(&[]), None),
            (shard(&[("A", 4_000), ("A", 500)], &[("A", 4_501, 0)]), memory(&[]), lines("A", "45.00 is not 45.01")),
            (shard(&[("A", 1), ("B", 2), ("C", 3)], &[("A", 1, 0), ("B", 3, 0), ("C", 2, 0)]), memory(&[]), lines("B", "0.02 is not 0.03")),
            (shard(&[("A", 1), ("B", 2)], &[("A", 1, 0)]), memory(&[]), lines("B", "0.02 is not 0.00")),
            (shard(&[], &[("A", 1, 0)]), memory(&[]), lines("A", "0.00 is not 0.01")),
            (shard(&[], &back(500)), memory(&[("A", 499)]), told("A", "-0.01 is not 0.00")),
            (shard(&[], &[("A", 0, -1), ("B", 0, -1), ("C", 0, -1)]), memory(&[("A", 1), ("C", 1)]), told("B", "-0.01 is not 0.00")),
        ];
        for (evaluated, memory, expected) in cases {
            let found = PenaltySums::of(&evaluated, &memory, &Documents::default(), (&[], &RateBook::default()));
            let failure = found.err();
            assert!(failure.iter().all(|failure| failure.exit == Exit::Data));
            assert_eq!(failure.map(|failure| failure.messages.concat()), expected);
        }
    }

    #[test]
    fn the_sums_of_shards_add_up() {
        let one = shard(&[("A", 4_000), ("A", 500)], &[("A", 4_500, 0)]);
        let mut sums = PenaltySums::default();
        for _ in 0..2 {
            sums.merge(&PenaltySums::of(&one, &memory(&[]), &Documents::default(), (&[], &RateBook::default())).unwrap());
        }
        let proofs: Vec<(String, i128, i128)> = sums.proofs().into_iter().map(|proof| (proof.name, proof.left, proof.right)).collect();
        assert_eq!(proofs, [("penalties traders".to_owned(), 9_000, 9_000), ("penalties told".to_owned(), 0, 0)]);
    }
}
