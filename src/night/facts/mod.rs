//! The columns rules may read: one row per customer that was ever invoiced, one row per open item.
//!
//! Only fields some rule looks at are filled. A fact is a column of cells (see [`crate::rules::program`]);
//! the field's own `missing:` value already stands in for what is not there.

pub mod arrangements;
mod attributes;
mod balances;
mod behaviour;
mod cash;
mod columns;
pub mod contact;
mod court;
mod deliveries;
mod item;
pub mod placed;
mod verification;

pub use balances::number;
pub use cash::{free_credit_of_all, usual_method};
pub use columns::{Debtors, Items};
pub use contact::{
    has_contact_address, is_complaint, is_conversation, is_represented, is_undelivered, lacks_address, refuses, returned_since,
};
pub use court::phase;
pub use item::{LEAST_LIMITATION_MONTHS, limitation_date};
pub use placed::is_placed;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::base::date::Date;
use crate::base::money::{Amount, Currency, Rate};
use crate::base::recovery::RecoveryCurve;
use crate::night::by_customer::ByCustomer;
use crate::night::documents::{CustomerIx, Money};
use crate::night::fx::{NoRate, Rates};
use crate::night::ledger::{Item, Ledger};
use crate::night::memory::Memory;
use crate::night::normalise::Shard;
use crate::night::normalise::documents::Documents;
use crate::night::promise::Outcome;
use crate::rules::program::{Cell, Facts, FieldId, Grain, MISSING, Program, Source, TextPool, Use};

/// A customer that was ever invoiced, and where its open items are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debtor {
    pub customer: CustomerIx,
    /// Positions in [`Subject::open_items`].
    pub items: Range<usize>,
}

/// Everything a fact can be worked out from.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub as_of: Date,
    pub rates: &'a Rates,
    pub curve: &'a RecoveryCurve,
    pub shard: &'a Shard,
    pub documents: &'a Documents<'a>,
    pub ledger: &'a Ledger,
    pub memory: &'a Memory<'a>,
    /// Customers that were ever invoiced, in order.
    pub debtors: &'a [Debtor],
    /// Positions of open items in the ledger, in order.
    pub open_items: &'a [u32],
    /// What became of every promise that stands, so far.
    pub promise_outcomes: &'a ByCustomer<Outcome>,
    /// Names of the extra columns read behind the contract's, per table.
    pub extra: &'a ExtraColumns,
    /// Whether the job has a contact log; without one the state's memory of contacts counts.
    pub has_contact_log: bool,
    /// Days after its due date within which a promise still counts as kept.
    pub promise_grace_days: i32,
    /// What a year of capital costs, where the job says so.
    pub cost_of_capital: Option<Rate>,
}

/// Columns beyond the contract that rules ask for, in the order in which the scan appends them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtraColumns {
    pub customers: Vec<String>,
    pub invoices: Vec<String>,
    /// Table and column of those that files may lack, because no field that reads them is required.
    pub spared: BTreeSet<(&'static str, String)>,
}

impl ExtraColumns {
    /// What the fields of a program need beyond the contract.
    pub fn of(program: &Program) -> ExtraColumns {
        let mut extra = ExtraColumns::default();
        let mut required = BTreeSet::new();
        for field in program.fields.iter().filter(|field| field.used != Use::None) {
            let Source::Column { table, column } = &field.source else { continue };
            let place = (*table, column.clone());
            if field.required {
                extra.spared.remove(&place);
                required.insert(place);
            } else if !required.contains(&place) {
                extra.spared.insert(place);
            }
            let (known, wanted) = match *table {
                "customers" => (crate::base::contract::customers::SPEC.position(column), &mut extra.customers),
                _ => (crate::base::contract::invoices::SPEC.position(column), &mut extra.invoices),
            };
            if known.is_none() && !wanted.contains(column) {
                wanted.push(column.clone());
            }
        }
        extra
    }
}

impl<'a> Subject<'a> {
    /// The open items of a debtor.
    pub fn items(&self, debtor: &Debtor) -> impl Iterator<Item = &'a Item> + use<'a> {
        let (items, open) = (&self.ledger.items, self.open_items);
        open[debtor.items.clone()].iter().map(|item| &items[*item as usize])
    }

    /// Positions of all items of a customer, open or not.
    pub fn all_items(&self, customer: CustomerIx) -> Range<usize> {
        match self.documents.invoices.of(customer) {
            [first, .., last] => first.first_item as usize..(last.first_item + last.items) as usize,
            [only] => only.first_item as usize..(only.first_item + only.items) as usize,
            [] => 0..0,
        }
    }

    /// The currency of an item.
    pub fn currency(&self, item: &Item) -> Currency {
        self.documents.invoices[item.invoice as usize].currency
    }

    /// What some items come to, in thousandths; money of several currencies has no sum.
    pub fn sum_in_one_currency<'i>(&self, items: impl Iterator<Item = &'i Item>, of: impl Fn(&Item) -> Amount) -> Option<i64> {
        let mut sums = Vec::new();
        items.for_each(|item| add(&mut sums, self.currency(item), of(item).wide()));
        match &sums[..] {
            [(currency, sum)] => i64::try_from(sum.saturating_mul(i128::from(currency.thousandths()))).ok(),
            _ => None,
        }
    }

    /// Money a customer has on account in a currency, never below zero: it lowers what is asked for.
    pub fn on_account(&self, customer: CustomerIx, currency: Currency) -> Amount {
        let own = self.money_left(customer).filter(|(money, _, is_deposit)| money.currency == currency && !is_deposit);
        own.map(|(_, left, _)| left).sum::<Amount>().or_zero()
    }

    /// The money of a customer, what is left of each, and whether that is kept for an order.
    pub fn money_left(&self, customer: CustomerIx) -> impl Iterator<Item = (&'a Money, Amount, bool)> + use<'a> {
        let (documents, ledger) = (self.documents, self.ledger);
        let own = documents.money.range(customer);
        let is_deposit = |at: usize| u32::try_from(at).is_ok_and(|at| documents.deposits.order_of(at).is_some());
        own.map(move |at| (&documents.money[at], ledger.left[at], !documents.deposits.is_empty() && is_deposit(at)))
    }

    /// The id of the invoice of an open item, by its position among the open items.
    pub fn invoice_id(&self, item: usize) -> &'a [u8] {
        let invoice = self.ledger.items[self.open_items[item] as usize].invoice;
        let row = self.documents.invoices[invoice as usize].row as usize;
        self.shard.invoices.text(crate::base::contract::invoices::INVOICE_ID, row).unwrap_or_default()
    }

    /// The day a window of `months` ending at `as_of` starts after.
    pub fn window(&self, months: i32) -> Date {
        self.as_of.plus_months(-months)
    }

    /// A sum over the open items of a debtor in the reporting currency: exact per currency, then converted.
    ///
    /// # Errors
    /// [`NoRate`] for a currency without a rate.
    pub fn sum(&self, debtor: &Debtor, part: impl Fn(&Item) -> Amount) -> Result<Cell, NoRate> {
        let mut sums = Sums::default();
        for item in self.items(debtor) {
            sums.add(self.currency(item), part(item).wide());
        }
        self.reporting(sums.iter())
    }

    /// Sums per currency as one cell in the reporting currency.
    ///
    /// # Errors
    /// [`NoRate`] for a currency without a rate.
    pub fn reporting<'s>(&self, sums: impl IntoIterator<Item = &'s (Currency, i128)>) -> Result<Cell, NoRate> {
        let mut total = 0;
        for (currency, sum) in sums {
            total += self.rates.convert(*sum, *currency)?;
        }
        Ok(cell(total))
    }
}

/// Sums by currency. Nearly all customers trade in one, for which nothing is allocated.
#[derive(Debug, Default)]
pub struct Sums {
    first: Option<(Currency, i128)>,
    others: Vec<(Currency, i128)>,
}

impl Sums {
    /// Adds to the sum of a currency.
    pub fn add(&mut self, currency: Currency, amount: i128) {
        match &mut self.first {
            Some((known, sum)) if *known == currency => *sum += amount,
            Some(_) => add(&mut self.others, currency, amount),
            None => self.first = Some((currency, amount)),
        }
    }

    /// The sums, in the order in which their currencies came.
    pub fn iter(&self) -> impl Iterator<Item = &(Currency, i128)> {
        self.first.iter().chain(&self.others)
    }
}

/// Adds to the sum of a currency.
pub fn add(sums: &mut Vec<(Currency, i128)>, currency: Currency, amount: i128) {
    match sums.iter_mut().find(|(known, _)| *known == currency) {
        Some((_, sum)) => *sum += amount,
        None => sums.push((currency, amount)),
    }
}

/// A wide sum as a cell; sums beyond the range of a cell are cut at it, which no comparison with a written amount can tell.
pub fn cell(sum: i128) -> Cell {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN + 1 } else { i64::MAX })
}

/// A day as a cell.
pub fn day(date: Option<Date>) -> Cell {
    date.map_or(MISSING, |date| Cell::from(date.0))
}

/// The facts of one shard.
#[derive(Debug, Clone)]
pub struct FactTable {
    /// One column per field of the program; empty where no rule looks at it.
    columns: Vec<Vec<Cell>>,
    grains: Vec<Grain>,
    /// The field that measures a customer's age by its oldest item.
    age_clock: Option<FieldId>,
    /// The field that measures the age of an item.
    item_clock: Option<FieldId>,
    /// How many debtors there are.
    debtors: usize,
    /// The debtor of each open item.
    debtor_of: Vec<u32>,
    pub pool: TextPool,
}

impl FactTable {
    /// Fills every field that comes from a column of the contract or is worked out by the engine.
    ///
    /// # Errors
    /// [`NoRate`] for a currency without a rate.
    pub fn fill(subject: &Subject<'_>, program: &Program) -> Result<FactTable, NoRate> {
        let mut table = FactTable {
            columns: vec![Vec::new(); program.fields.len()],
            grains: program.fields.iter().map(|field| field.grain).collect(),
            age_clock: program.field("oldest_days_past_due"),
            item_clock: program.field("days_past_due"),
            debtors: subject.debtors.len(),
            debtor_of: (0..).zip(subject.debtors).flat_map(|(at, debtor)| debtor.items.clone().map(move |_| at)).collect(),
            pool: TextPool::new(program.texts.clone()),
        };
        let paying = behaviour::Paying::default();
        for (at, field) in program.fields.iter().enumerate().filter(|(_, field)| field.used != Use::None) {
            let mut column = match (&field.source, field.grain) {
                (Source::Column { column, .. }, Grain::Customer) => attributes::of_customers(subject, field, column, &mut table.pool)?,
                (Source::Column { column, .. }, Grain::Invoice) => attributes::of_items(subject, field, column, &mut table.pool)?,
                (Source::Fact, Grain::Customer) => of_debtors(subject, &paying, &field.name, &mut table.pool)?,
                (Source::Fact, Grain::Invoice) => match verification::column(subject, &field.name, &mut table.pool)? {
                    Some(column) => column,
                    None => item::column(subject, &field.name, &mut table.pool)?,
                },
                _ => continue,
            };
            if field.default != MISSING {
                column.iter_mut().filter(|cell| **cell == MISSING).for_each(|cell| *cell = field.default);
            }
            table.columns[at] = column;
        }
        Ok(table)
    }

    /// Fills what is known once penalties are: what accrued on each invoice to date.
    ///
    /// # Errors
    /// [`NoRate`] for a currency without a rate.
    pub fn fill_after_penalties(&mut self, subject: &Subject<'_>, program: &Program, to_date: &[Amount]) -> Result<(), NoRate> {
        let field = program.field("penalties_accrued").filter(|field| program.fields[field.0 as usize].used != Use::None);
        if let Some(field) = field {
            self.set(field, balances::penalties_accrued(subject, to_date)?);
        }
        Ok(())
    }

    /// Sets the column of a field worked out by rules.
    pub fn set(&mut self, field: FieldId, column: Vec<Cell>) {
        self.columns[field.0 as usize] = column;
    }

    /// Sets one cell of a field: of a debtor or of an open item, by its position.
    pub fn put(&mut self, field: FieldId, row: usize, cell: Cell) {
        if let Some(place) = self.columns[field.0 as usize].get_mut(row) {
            *place = cell;
        }
    }

    /// Whether a field is the age of a customer's oldest item.
    pub fn is_age_clock(&self, field: FieldId) -> bool {
        self.age_clock == Some(field)
    }

    /// Whether a field is the age of an item.
    pub fn is_item_clock(&self, field: FieldId) -> bool {
        self.item_clock == Some(field)
    }

    /// The column of a field, where it has this grain and some rule looks at it.
    fn column(&self, field: FieldId, grain: Grain) -> Option<&[Cell]> {
        let at = field.0 as usize;
        (self.grains[at] == grain && !self.columns[at].is_empty()).then(|| self.columns[at].as_slice())
    }

    /// The facts of all debtors.
    pub fn debtors(&self) -> Debtors<'_> {
        Debtors(self)
    }

    /// The facts of all open items.
    pub fn items(&self) -> Items<'_> {
        Items(self)
    }

    /// The debtor of an open item, by their positions.
    pub fn debtor_of(&self, item: usize) -> usize {
        self.debtor_of[item] as usize
    }

    /// The facts of a debtor, by its position among the debtors.
    pub fn debtor(&self, debtor: usize) -> Row<'_> {
        Row { table: self, debtor, item: None }
    }

    /// The facts of an open item, by its position among the open items, with those of its debtor.
    pub fn item(&self, debtor: usize, item: usize) -> Row<'_> {
        Row { table: self, debtor, item: Some(item) }
    }
}

/// One row of facts.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a FactTable,
    debtor: usize,
    item: Option<usize>,
}

impl Facts for Row<'_> {
    fn cell(&self, field: FieldId) -> Cell {
        let at = field.0 as usize;
        let row = match self.table.grains[at] {
            Grain::Customer => Some(self.debtor),
            Grain::Invoice => self.item,
        };
        row.and_then(|row| self.table.columns[at].get(row)).copied().unwrap_or(MISSING)
    }

    fn text(&self, code: Cell) -> &str {
        self.table.pool.text(code)
    }
}

/// A customer fact by its name in the dictionary.
fn of_debtors(subject: &Subject<'_>, paying: &behaviour::Paying, name: &str, pool: &mut TextPool) -> Result<Vec<Cell>, NoRate> {
    if name == "as_of" {
        return Ok(vec![Cell::from(subject.as_of.0); subject.debtors.len()]);
    }
    if let Some(column) = balances::column(subject, name)? {
        return Ok(column);
    }
    if let Some(column) = arrangements::column(subject, paying, name)? {
        return Ok(column);
    }
    if let Some(column) = cash::column(subject, name)? {
        return Ok(column);
    }
    if let Some(column) = deliveries::column(subject, name)? {
        return Ok(column);
    }
    let column = behaviour::column(subject, paying, name).or_else(|| contact::column(subject, name, pool));
    let column = column.or_else(|| court::column(subject, name, pool));
    Ok(column.unwrap_or_else(|| vec![MISSING; subject.debtors.len()]))
}

/// Names of all facts the engine works out, for the check that the dictionary and the engine agree.
pub fn names(grain: Grain) -> Vec<&'static str> {
    match grain {
        Grain::Customer => {
            let of_customers =
                [balances::NAMES, arrangements::NAMES, behaviour::NAMES, cash::NAMES, contact::NAMES, court::NAMES, deliveries::NAMES];
            [&["as_of"], of_customers.concat().as_slice()].concat()
        }
        Grain::Invoice => [item::NAMES, verification::NAMES].concat(),
    }
}
