//! Scopes: the ways a portfolio is cut into parts whose figures add up to the whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::money::Currency;
use crate::night::documents::CustomerIx;
use crate::night::kpi::cell::Cell;

/// Code of a customer, item or document without a value in a scope.
pub const NO_CODE: u32 = u32::MAX;

/// A cut of one shard beside `all`, in the order of the job's list of scopes.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Values by code, as they are written in the outputs; no two are equal.
    pub values: &'a [String],
    pub codes: ScopeCodes<'a>,
}

/// What carries the value of a scope.
#[derive(Debug, Clone, Copy)]
pub enum ScopeCodes<'a> {
    /// One code per customer.
    Customer(&'a [u32]),
    /// One code per item of the ledger and one per money document ([`NO_CODE`] for payments).
    Item { items: &'a [u32], money: &'a [u32] },
}

/// What a sum is about, where a scope is not about customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Position of an item.
    Item(usize),
    /// Position of a money document.
    Money(usize),
    /// The customer's account as a whole.
    Account,
}

impl ScopeCodes<'_> {
    fn of(&self, customer: CustomerIx, subject: Subject) -> u32 {
        match (self, subject) {
            (ScopeCodes::Customer(codes), _) => codes[customer as usize],
            (ScopeCodes::Item { items, .. }, Subject::Item(at)) => items[at],
            (ScopeCodes::Item { money, .. }, Subject::Money(at)) => money[at],
            (ScopeCodes::Item { .. }, Subject::Account) => NO_CODE,
        }
    }
}

/// One value of one scope. Position 0 of the scopes is `all`, whose value is `None`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Position in the job's list of scopes, `all` first.
    pub scope: u16,
    /// `None` for `all`, and where the value is missing.
    pub value: Option<Arc<str>>,
}

/// The cells of one shard while it is read: for each scope, the one cell the current row belongs to.
pub struct Cutting<'a> {
    scopes: &'a [Scope<'a>],
    /// Cells by scope, code and currency.
    places: BTreeMap<(u16, u32, Currency), usize>,
    cells: Vec<Cell>,
    /// Code and cell of the current row in each scope, `all` first.
    current: Vec<(u32, usize)>,
    currency: Option<Currency>,
}

impl<'a> Cutting<'a> {
    /// No cell yet.
    pub fn new(scopes: &'a [Scope<'a>]) -> Cutting<'a> {
        Cutting {
            scopes,
            places: BTreeMap::new(),
            cells: Vec::new(),
            current: vec![(NO_CODE, usize::MAX); scopes.len() + 1],
            currency: None,
        }
    }

    /// Finds the cells of a row. Neighbouring rows mostly share them, so a cell is only looked up where its code changes.
    pub fn locate(&mut self, customer: CustomerIx, currency: Currency, subject: Subject) {
        let other_currency = self.currency.replace(currency) != Some(currency);
        for (scope, at) in (0..).zip(0..self.current.len()) {
            let code = at.checked_sub(1).map_or(NO_CODE, |at| self.scopes[at].codes.of(customer, subject));
            if other_currency || self.current[at].0 != code {
                self.current[at] = (code, self.place(scope, code, currency));
            }
        }
    }

    /// Changes each cell of the row found last.
    pub fn each(&mut self, change: impl Fn(&mut Cell)) {
        for (_, place) in &self.current {
            change(&mut self.cells[*place]);
        }
    }

    /// Places of the cells of the row found last.
    pub fn current(&self) -> impl Iterator<Item = usize> {
        self.current.iter().map(|(_, place)| *place)
    }

    /// The part and currency of each cell, and the cells.
    pub fn finish(self) -> (Vec<(Part, Currency)>, Vec<Cell>) {
        let mut keys: Vec<_> = self.places.iter().map(|(key, place)| (*place, *key)).collect();
        keys.sort_unstable();
        let part = |scope, code| Part { scope, value: self.value(scope, code) };
        let named = keys.into_iter().map(|(_, (scope, code, currency))| (part(scope, code), currency)).collect();
        (named, self.cells)
    }

    fn place(&mut self, scope: u16, code: u32, currency: Currency) -> usize {
        let cells = &mut self.cells;
        *self.places.entry((scope, code, currency)).or_insert_with(|| {
            cells.push(Cell::default());
            cells.len() - 1
        })
    }

    fn value(&self, scope: u16, code: u32) -> Option<Arc<str>> {
        let scope = self.scopes.get(usize::from(scope).checked_sub(1)?)?;
        scope.values.get(code as usize).map(|name| Arc::from(name.as_str()))
    }
}
