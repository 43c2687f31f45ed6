//! Scopes: the ways a portfolio is cut into parts whose figures add up to the whole.

use std::sync::Arc;

use crate::base::money::Currency;
use crate::night::documents::CustomerIx;
use crate::night::kpi::cell::{Band, Cell, Sums};
use crate::night::kpi::monthly::{Additive, MonthCodes};

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

/// A cell while its shard is read.
#[derive(Debug)]
struct OpenCell {
    cell: Cell,
    /// Sales by month code; `None` where no document was issued.
    sales: Vec<Option<i128>>,
}

/// The cells of one shard while it is read: for each scope, the one cell the current row belongs to.
///
/// Neighbouring rows mostly share their cells, so their sums are collected once and added to the cells where the rows change.
pub struct Cutting<'a> {
    scopes: &'a [Scope<'a>],
    /// Whether every scope is about customers, so that rows of one customer and currency have the same cells.
    by_customer: bool,
    months: &'a MonthCodes,
    /// Currencies met so far, in the order in which they came.
    currencies: Vec<Currency>,
    /// Cell of each code of each scope in each currency; the last one of a scope is for rows without a value.
    places: Vec<Vec<Option<usize>>>,
    cells: Vec<OpenCell>,
    /// Scope, code and currency of each cell.
    keys: Vec<(u16, u32, Currency)>,
    /// Code and cell of the current rows in each scope, `all` first.
    current: Vec<(u32, usize)>,
    /// Customer and currency of the current rows.
    account: Option<(CustomerIx, Currency)>,
    /// Sums of the current rows, not yet in their cells.
    pending: Sums,
    pending_bands: Vec<Band>,
    is_pending: bool,
}

impl<'a> Cutting<'a> {
    /// No cell yet.
    pub fn new(scopes: &'a [Scope<'a>], months: &'a MonthCodes, bands: usize) -> Cutting<'a> {
        Cutting {
            scopes,
            by_customer: scopes.iter().all(|scope| matches!(scope.codes, ScopeCodes::Customer(_))),
            months,
            currencies: Vec::new(),
            places: vec![Vec::new(); scopes.len() + 1],
            cells: Vec::new(),
            keys: Vec::new(),
            current: vec![(NO_CODE, usize::MAX); scopes.len() + 1],
            account: None,
            pending: Sums::default(),
            pending_bands: vec![Band::default(); bands],
            is_pending: false,
        }
    }

    /// Finds the cells of a row.
    pub fn locate(&mut self, customer: CustomerIx, currency: Currency, subject: Subject) {
        let account = self.account.replace((customer, currency));
        if self.by_customer && account == self.account {
            return;
        }
        let other_currency = account.is_none_or(|(_, before)| before != currency);
        for at in 0..self.current.len() {
            let code = at.checked_sub(1).map_or(NO_CODE, |at| self.scopes[at].codes.of(customer, subject));
            if other_currency || self.current[at].0 != code {
                self.flush();
                self.current[at] = (code, self.place(at, code, currency));
            }
        }
    }

    /// Sums of the rows found last, for more to be added.
    pub fn sums(&mut self) -> &mut Sums {
        self.is_pending = true;
        &mut self.pending
    }

    /// The same for one aging band.
    pub fn band(&mut self, band: usize) -> &mut Band {
        self.is_pending = true;
        &mut self.pending_bands[band]
    }

    /// Adds a document to the sales of the rows found last, by the code of the month it was issued in.
    pub fn sell(&mut self, month: usize, amount: i128) {
        for (_, place) in &self.current {
            *self.cells[*place].sales[month].get_or_insert(0) += amount;
        }
    }

    /// Places of the cells of the row found last.
    pub fn current(&self) -> impl Iterator<Item = usize> {
        self.current.iter().map(|(_, place)| *place)
    }

    /// The part and currency of each cell, and the cells.
    pub fn finish(mut self) -> (Vec<(Part, Currency)>, Vec<Cell>) {
        self.flush();
        let part = |scope, code| Part { scope, value: self.value(scope, code) };
        let named = self.keys.iter().map(|(scope, code, currency)| (part(*scope, *code), *currency)).collect();
        let months = self.months;
        let close = |OpenCell { mut cell, sales }| {
            cell.sales = months.named(sales);
            cell
        };
        (named, self.cells.into_iter().map(close).collect())
    }

    /// Adds what was collected to the cells of its rows.
    fn flush(&mut self) {
        if !self.is_pending {
            return;
        }
        self.is_pending = false;
        for (_, place) in &self.current {
            let cell = &mut self.cells[*place].cell;
            cell.add(&self.pending);
            for (at, band) in self.pending_bands.iter().enumerate().filter(|(_, band)| band.count > 0) {
                cell.band(at).merge(band);
            }
        }
        self.pending = Sums::default();
        self.pending_bands.fill(Band::default());
    }

    fn place(&mut self, scope: usize, code: u32, currency: Currency) -> usize {
        let slot = self.currencies.iter().position(|known| *known == currency).unwrap_or_else(|| {
            self.currencies.push(currency);
            self.currencies.len() - 1
        });
        let values = scope.checked_sub(1).map_or(0, |at| self.scopes[at].values.len());
        let at = slot * (values + 1) + usize::min(code as usize, values);
        let places = &mut self.places[scope];
        if places.len() <= at {
            places.resize((slot + 1) * (values + 1), None);
        }
        *places[at].get_or_insert_with(|| {
            self.cells.push(OpenCell { cell: Cell::default(), sales: vec![None; self.months.len()] });
            self.keys.push((u16::try_from(scope).unwrap_or(u16::MAX), code, currency));
            self.cells.len() - 1
        })
    }

    fn value(&self, scope: u16, code: u32) -> Option<Arc<str>> {
        let scope = self.scopes.get(usize::from(scope).checked_sub(1)?)?;
        scope.values.get(code as usize).map(|name| Arc::from(name.as_str()))
    }
}
