//! What one item of the ledger adds to the figures: its sales, its balance, its past.

use crate::base::date::Date;
use crate::base::money::Amount;
use crate::night::documents::Invoice;
use crate::night::kpi::KpiInput;
use crate::night::kpi::cell::{Cell, Count, Sum};
use crate::night::kpi::cohort::{Cohort, Recovered, horizon_of};
use crate::night::kpi::windows::Windows;
use crate::night::ledger::{ApplicationKind, Item};

/// A document's amount in the sales of its month and of the windows it falls in.
pub struct Sale {
    month: i32,
    issued: Date,
    amount: i128,
}

impl Sale {
    /// A sale of this amount; credit notes are negative.
    pub fn new(issued: Date, amount: i128) -> Sale {
        Sale { month: issued.month_index(), issued, amount }
    }

    /// Adds it to a cell.
    pub fn add_to(&self, cell: &mut Cell, windows: &Windows) {
        *cell.sales.at(self.month) += self.amount;
        let starts =
            [(Sum::Sales90Days, windows.opening), (Sum::Sales3Months, windows.three_months), (Sum::Sales12Months, windows.twelve_months)];
        for (sum, start) in starts {
            if self.issued > start {
                cell[sum] += self.amount;
            }
        }
    }
}

/// An item that is open tonight.
pub struct Balance {
    band: usize,
    open: i128,
    disputed: i128,
    collectible: i128,
    days_late: i128,
    expected: i128,
}

impl Balance {
    /// The balance of an item; `None` where nothing is open.
    pub fn of(item: &Item, input: &KpiInput) -> Option<Balance> {
        let days_past_due = input.as_of.days_since(item.due_date);
        item.open.is_positive().then(|| Balance {
            band: input.bands.of(days_past_due),
            open: item.open.wide(),
            disputed: item.disputed.wide(),
            collectible: item.collectible().wide(),
            days_late: i128::from(days_past_due.max(0)),
            expected: item.open.wide() * input.curve.weight(days_past_due),
        })
    }

    /// Adds it to a cell.
    pub fn add_to(&self, cell: &mut Cell) {
        let band = cell.band(self.band);
        band.count += 1;
        band.amount += self.open;
        band.disputed += self.disputed;
        cell[Count::OpenItems] += 1;
        cell[Sum::Open] += self.open;
        cell[Sum::Disputed] += self.disputed;
        cell[Sum::Collectible] += self.collectible;
        cell[Sum::Expected] += self.expected;
        if self.days_late > 0 {
            cell[Count::OverdueItems] += 1;
            cell[Sum::Overdue] += self.open;
            cell[Sum::OpenDaysLate] += self.open * self.days_late;
        }
    }

    /// The open amount.
    pub fn open(&self) -> i128 {
        self.open
    }
}

/// What the applications of an item add up to.
#[derive(Default)]
pub struct Past {
    /// Open at the end of the day before the 90-day window.
    opening: i128,
    received: i128,
    received_days_late: i128,
    received_days_from_issue: i128,
    recovered: Recovered,
}

impl Past {
    /// Reads the history of the item at this position.
    pub fn of(at: u32, item: &Item, invoice: &Invoice, input: &KpiInput, windows: &Windows) -> Past {
        let mut past = Past::default();
        let mut opening = if invoice.issue_date <= windows.opening { item.amount } else { Amount::ZERO };
        for application in input.ledger.history(at) {
            let refund = application.kind == ApplicationKind::Refund;
            let signed = if refund { -application.amount } else { application.amount };
            if application.date <= windows.opening {
                opening -= signed;
            }
            if matches!(application.kind, ApplicationKind::Cash | ApplicationKind::Refund) {
                let value_date = input.money[application.source as usize].date;
                past.recovered[horizon_of(value_date.days_since(item.due_date))] += signed.wide();
                if !refund && value_date > windows.opening {
                    past.receive(signed.wide(), value_date, item, invoice);
                }
            }
        }
        past.opening = opening.wide();
        past
    }

    fn receive(&mut self, amount: i128, value_date: Date, item: &Item, invoice: &Invoice) {
        self.received += amount;
        self.received_days_late += amount * i128::from(value_date.days_since(item.due_date));
        self.received_days_from_issue += amount * i128::from(value_date.days_since(invoice.issue_date));
    }

    /// Adds it to a cell.
    pub fn add_to(&self, cell: &mut Cell) {
        cell[Sum::Opening] += self.opening;
        cell[Sum::Received] += self.received;
        cell[Sum::ReceivedDaysLate] += self.received_days_late;
        cell[Sum::ReceivedDaysFromIssue] += self.received_days_from_issue;
    }

    /// The item as a part of its cohorts.
    pub fn cohort(&self, item: &Item) -> Cohort {
        Cohort { last_due: Some(item.due_date), amount: (item.amount - item.credited).wide(), recovered: self.recovered }
    }
}
