//! The sums of one cell: one value of one scope in one currency. All exact, all additive.

use std::ops::{Index, IndexMut};

use crate::night::kpi::monthly::{Additive, Monthly};

/// Sums of a cell. Money is in minor units; a product with days is in minor units x days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sum {
    /// Open items.
    Open,
    /// Open items past their due date.
    Overdue,
    /// Disputed part of open items.
    Disputed,
    /// What may be asked for tonight.
    Collectible,
    /// Payments not applied, refunds negative.
    UnallocatedCash,
    /// Credit notes not applied.
    UnallocatedCredit,
    /// Sales of the trailing 90 days: documents by issue date, credit notes negative.
    Sales90Days,
    /// Sales of the rolling three months.
    Sales3Months,
    /// Sales of the rolling twelve months.
    Sales12Months,
    /// Open at the end of the day before the 90-day window, as tonight's ledger sees it.
    Opening,
    /// Items invoiced in the 90-day window; credit notes are no items.
    Invoiced,
    /// Cash applied to items in the 90-day window, by the day it was applied.
    CashApplied,
    /// Cash given back in the 90-day window that had been applied to items.
    Refunded,
    /// Credit notes applied to items in the 90-day window.
    CreditsApplied,
    /// Written off in the 90-day window.
    WrittenOff,
    /// Sold in the 90-day window.
    Sold,
    /// Open amount x days past due, never negative.
    OpenDaysLate,
    /// Receipts of the 90-day window applied to items, by value date.
    Received,
    /// The same x days from due date to value date, early ones negative.
    ReceivedDaysLate,
    /// The same x days from issue date to value date.
    ReceivedDaysFromIssue,
    /// Open amount x weight of the recovery curve.
    Expected,
    /// Open amount x loss rate of its aging band, in millionths.
    ExpectedLoss,
    /// Open amount net of tax x depreciation of its aging band, in millionths.
    Depreciation,
    /// Open amount net of tax of the bands that are depreciated.
    DepreciationBase,
    /// Open amount of these bands whose tax is not known.
    DepreciationUntaxed,
    /// Written off in the rolling twelve months.
    WrittenOff12Months,
    /// Sold in the rolling twelve months.
    Sold12Months,
    /// Penalties accrued to date, less what was waived.
    Penalties,
    /// Penalties waived to date.
    PenaltiesWaived,
    /// Amounts of matured promises.
    Promised,
    /// Amounts of matured promises that were kept.
    PromisedKept,
    /// Cash received on matured promises, at most the amount promised.
    PromisedCash,
}

/// Number of [`Sum`]s.
const SUMS: usize = Sum::PromisedCash as usize + 1;

/// Counts of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// Open items: invoices, or their instalments.
    OpenItems,
    /// Open items past their due date.
    OverdueItems,
    /// Promises matured.
    Promises,
    /// Promises matured and kept.
    PromisesKept,
    /// Items that fell due in the 90-day window and were still open when their customer was first contacted after that.
    FirstContacts,
    /// Days from the due date to that contact.
    FirstContactDays,
    /// Invoices of the 90-day window whose day of entry in the books is known.
    PostedInvoices,
    /// Days from their issue to that day.
    InvoicePostingDays,
    /// Payments of the 90-day window whose day of entry in the books is known.
    PostedPayments,
    /// Days from their value date to that day.
    PaymentPostingDays,
}

/// Number of [`Count`]s.
const COUNTS: usize = Count::PaymentPostingDays as usize + 1;

/// Open items of one aging band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Band {
    pub count: i64,
    pub amount: i128,
    pub disputed: i128,
}

/// Plain sums and counts of a cell, or of a stretch of rows before they are added to their cells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    sums: [i128; SUMS],
    counts: [i64; COUNTS],
}

/// Everything that is added up for one value of one scope in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    sums: Sums,
    /// By position of the aging band; bands after the last one used are left out.
    pub aging: Vec<Band>,
    /// Sales by month of issue, from the oldest document on.
    pub sales: Monthly<i128>,
}

impl Cell {
    /// What must be open tonight: the opening balance, and everything that moved it in the 90-day window.
    pub fn carried_forward(&self) -> i128 {
        let sums = &self.sums;
        let more = sums[Sum::Opening] + sums[Sum::Invoiced] + sums[Sum::Refunded];
        more - sums[Sum::CashApplied] - sums[Sum::CreditsApplied] - sums[Sum::WrittenOff] - sums[Sum::Sold]
    }

    /// The sums of an aging band.
    pub fn band(&mut self, band: usize) -> &mut Band {
        if self.aging.len() <= band {
            self.aging.resize(band + 1, Band::default());
        }
        &mut self.aging[band]
    }

    /// Both sides of the first thing in which two cells differ, and whether it is money or a number.
    pub fn first_difference(&self, other: &Cell) -> Option<(i128, i128, bool)> {
        let sums = self.sums.sums.iter().zip(&other.sums.sums).map(|(own, more)| (*own, *more, true));
        let band = |cell: &Cell, at: usize| cell.aging.get(at).copied().unwrap_or_default();
        let bands = (0..self.aging.len().max(other.aging.len())).flat_map(|at| {
            let (own, more) = (band(self, at), band(other, at));
            let counts = (i128::from(own.count), i128::from(more.count), false);
            [(own.amount, more.amount, true), (own.disputed, more.disputed, true), counts]
        });
        let counts = self.sums.counts.iter().zip(&other.sums.counts).map(|(own, more)| (i128::from(*own), i128::from(*more), false));
        let months = self.sales.iter().chain(other.sales.iter()).map(|(month, _)| month);
        let sales = |cell: &Cell, month| cell.sales.get(month).copied().unwrap_or(0);
        let sales = months.map(|month| (sales(self, month), sales(other, month), true));
        sums.chain(bands).chain(counts).chain(sales).find(|(own, more, _)| own != more)
    }

    /// The cell in another currency: every sum of money changed by `convert`, counts as they are, ages left out;
    /// `None` where a sum cannot be converted.
    pub fn converted(&self, convert: impl Fn(i128) -> Option<i128>) -> Option<Cell> {
        let sales = self.sales.try_map(|sum| convert(*sum))?;
        let mut sums = self.sums.clone();
        for sum in &mut sums.sums {
            *sum = convert(*sum)?;
        }
        Some(Cell { sums, sales, ..Cell::default() })
    }

    /// Adds sums and counts.
    pub fn add(&mut self, sums: &Sums) {
        self.sums.merge(sums);
    }
}

impl Index<Sum> for Sums {
    type Output = i128;
    fn index(&self, sum: Sum) -> &i128 {
        &self.sums[sum as usize]
    }
}

impl IndexMut<Sum> for Sums {
    fn index_mut(&mut self, sum: Sum) -> &mut i128 {
        &mut self.sums[sum as usize]
    }
}

impl Index<Count> for Sums {
    type Output = i64;
    fn index(&self, count: Count) -> &i64 {
        &self.counts[count as usize]
    }
}

impl IndexMut<Count> for Sums {
    fn index_mut(&mut self, count: Count) -> &mut i64 {
        &mut self.counts[count as usize]
    }
}

impl Index<Sum> for Cell {
    type Output = i128;
    fn index(&self, sum: Sum) -> &i128 {
        &self.sums[sum]
    }
}

impl IndexMut<Sum> for Cell {
    fn index_mut(&mut self, sum: Sum) -> &mut i128 {
        &mut self.sums[sum]
    }
}

impl Index<Count> for Cell {
    type Output = i64;
    fn index(&self, count: Count) -> &i64 {
        &self.sums[count]
    }
}

impl Additive for Sums {
    fn merge(&mut self, other: &Sums) {
        for (sum, part) in self.sums.iter_mut().zip(&other.sums) {
            *sum += part;
        }
        for (count, part) in self.counts.iter_mut().zip(&other.counts) {
            *count += part;
        }
    }
}

impl Additive for Cell {
    fn merge(&mut self, other: &Cell) {
        self.sums.merge(&other.sums);
        for (at, part) in other.aging.iter().enumerate() {
            self.band(at).merge(part);
        }
        self.sales.merge(&other.sales);
    }
}

impl Additive for Band {
    fn merge(&mut self, other: &Band) {
        self.count += other.count;
        self.amount += other.amount;
        self.disputed += other.disputed;
    }
}
