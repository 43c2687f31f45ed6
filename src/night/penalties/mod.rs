//! What late payment costs the debtor: interest day by day, and the fixed sum per late invoice.
//!
//! The stages, one file each: [`schedule`] lays the rates of a regime out half-year by half-year; [`accrual`] walks one invoice from
//! its first late day to tonight; [`imputation`] says what money lowers; [`charge`] decides on the fixed sum; [`lines`] rounds;
//! [`waivers`] takes off what a person gave up; [`watermark`] compares with last night. Which invoice falls under which regime is for the rules to say, and money meeting
//! invoices is the ledger's work: both are given here.

pub mod accrual;
pub mod charge;
pub mod imputation;
pub mod lines;
pub mod schedule;
pub mod waivers;
pub mod watermark;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::base::date::Date;
use crate::base::money::{Amount, Rate};
use crate::night::documents::{Customer, CustomerType, Dispute, Invoice};
use crate::night::ledger::{Application, Item, Ledger};
use crate::rules::rates::{HalfYear, MissingRate, Regime, Start};

pub use crate::rules::rates::InsolvencyStop;
pub use accrual::Accruer;
pub use charge::Charge;
pub use lines::Line;
pub use schedule::Schedule;

/// What a payment lowers first, in the penalty accounts alone: the ledger's open amounts never depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Imputation {
    /// The principal: interest runs on the ledger's open amounts.
    #[default]
    PrincipalFirst,
    /// Interest, then principal (C. civ. 1343-1).
    InterestFirst,
    /// The fixed charge, then interest, then principal (Cass. 1re civ., 7 Feb 1995, 92-14.216).
    CostsInterestPrincipal,
}

/// The night's settings for all invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub as_of: Date,
    pub imputation: Imputation,
    /// Whether the disputed part of an invoice bears no interest while the dispute is open.
    pub dispute_stops_interest: bool,
    /// Where interest ends in insolvency, instead of where the regime says; a regime that heeds no insolvency is not asked.
    pub insolvency: Option<InsolvencyStop>,
}

/// What becomes of rates nobody confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnconfirmedRates {
    /// They are used, and told each night.
    #[default]
    Use,
    /// A day that needs one stops the night.
    Refuse,
}

/// A dispute as far as it stays interest: on the days after it was opened through the day it was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    pub opened_on: Date,
    /// `None` while it is open.
    pub closed_on: Option<Date>,
    /// The disputed part; `None` is all that is open.
    pub amount: Option<Amount>,
}

impl Stay {
    /// The stay of a dispute.
    pub fn of(dispute: &Dispute) -> Stay {
        Stay { opened_on: dispute.opened_on, closed_on: dispute.closed_on, amount: dispute.amount }
    }
}

/// A formal notice or reminder, as far as it makes a debt bear interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// It is about what was late on this day.
    pub given_on: Date,
    /// The last day before those that count.
    pub opens: Date,
}

/// An invoice with all that decides on its penalties.
#[derive(Debug, Clone, Copy)]
pub struct Debt<'a> {
    pub invoice: &'a Invoice,
    /// Its items, in order of sequence.
    pub items: &'a [Item],
    /// What was applied to its items, in order of item, then as it happened.
    pub applications: &'a [Application],
    pub stays: &'a [Stay],
    /// How the debtor was put on notice, or reminded, as the regime asks for it; ascending.
    pub notices: &'a [Notice],
    /// The day insolvency proceedings opened, on or before tonight.
    pub insolvent_since: Option<Date>,
    pub customer_type: Option<CustomerType>,
    /// The contractual yearly rate, where the rules take it.
    pub contract: Option<Rate>,
    /// Interest bears interest, as far as the regime allows it.
    pub compound: bool,
}

impl<'a> Debt<'a> {
    /// The debt of an invoice at the rate of the law, as the ledger left it.
    pub fn new(invoice: &'a Invoice, customer: &Customer, ledger: &'a Ledger) -> Debt<'a> {
        let first = invoice.first_item as usize;
        let last = first + invoice.items as usize;
        let applied = ledger.application_start[first] as usize..ledger.application_start[last] as usize;
        Debt {
            invoice,
            items: &ledger.items[first..last],
            applications: &ledger.applications[applied],
            stays: &[],
            notices: &[],
            insolvent_since: customer.insolvent_since,
            customer_type: customer.customer_type,
            contract: None,
            compound: false,
        }
    }

    /// Whether nothing of it was ever open and late: not due yet, or settled in time.
    pub fn is_never_late(&self, as_of: Date) -> bool {
        let (from, to) = self.window(as_of);
        to <= from || (self.is_settled() && self.applications.iter().all(|application| application.date <= from))
    }

    fn is_settled(&self) -> bool {
        self.items.iter().all(|item| item.open.is_zero())
    }

    /// The days that count: after the day the first item falls due, through tonight or the day the invoice left the open items.
    fn window(&self, as_of: Date) -> (Date, Date) {
        let from = (0..self.items.len()).map(|item| self.falls_due(item)).min().unwrap_or(as_of);
        (from, self.invoice.exit.map_or(as_of, |exit| exit.on.min(as_of)))
    }

    /// The day after which an item is late: its due date, or the invoice date where that is later.
    fn falls_due(&self, item: usize) -> Date {
        self.items[item].due_date.max(self.invoice.issue_date)
    }

    /// The day after which an item may bear interest and a fixed charge; [`Date::MAX`] where nothing makes it do so yet. A notice
    /// counts for what was late on its day.
    fn starts(&self, item: usize, regime: &Regime) -> Date {
        let due = self.falls_due(item);
        let event = match regime.start {
            Start::DueDate => Some(due),
            Start::FormalNotice | Start::Reminder => self.notices.iter().find(|notice| due < notice.given_on).map(|notice| notice.opens),
        };
        event.map_or(Date::MAX, |event| event.plus_days(regime.grace_days))
    }
}

/// What one invoice has cost its debtor up to tonight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accrued {
    /// Interest of all items, rounded once; the sum of the invoice's lines.
    pub interest: Amount,
    pub charge: Option<Charge>,
    /// What was given up of both, at most their sum.
    pub waived: Amount,
    /// The first day on which something was open and late; `None` where the invoice never was late.
    pub first_late: Option<Date>,
    /// Something is open and late tonight.
    pub late_tonight: bool,
    /// Nothing can accrue any more: settled, written off, sold, or stopped by insolvency.
    pub is_final: bool,
    /// A rate nobody confirmed was used.
    pub uses_unconfirmed: bool,
    /// A contractual rate below the legal floor was set aside on some days.
    pub below_legal_floor: bool,
    /// A contractual rate above the legal cap was lowered to it on some days.
    pub above_legal_cap: bool,
    /// The fixed charge did not arise because the invoice is in another currency.
    pub charge_in_other_currency: bool,
}

impl Accrued {
    /// An invoice that bears no penalties, by its dates or by the rules.
    pub const NOTHING: Accrued = Accrued {
        interest: Amount::ZERO,
        charge: None,
        waived: Amount::ZERO,
        first_late: None,
        late_tonight: false,
        is_final: true,
        uses_unconfirmed: false,
        below_legal_floor: false,
        above_legal_cap: false,
        charge_in_other_currency: false,
    };

    /// Interest and fixed charge together, also what of them was given up.
    pub fn gross(&self) -> Amount {
        self.interest + self.charge.map_or(Amount::ZERO, |charge| charge.amount)
    }

    /// Interest and fixed charge together, less what was given up: what is asked for.
    pub fn total(&self) -> Amount {
        self.gross() - self.waived
    }
}

/// Why penalties could not be worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PenaltyError {
    /// A needed rate is not in the data.
    MissingRate { regime: String, half_year: HalfYear, missing: MissingRate },
    /// A needed rate was never confirmed, and the job refuses such rates.
    UnconfirmedRate { regime: String, half_year: HalfYear, series: String, from: Date },
    /// Interest exceeds what an amount can hold: a contractual rate is absurd.
    TooLarge,
}

impl fmt::Display for PenaltyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PenaltyError::MissingRate { regime, half_year, missing } => {
                write!(f, "regime {regime} needs a rate for {half_year}: {missing}")
            }
            PenaltyError::UnconfirmedRate { regime, half_year, series, from } => {
                write!(f, "regime {regime} needs a rate for {half_year}: the row of {from} in series {series} was never confirmed")
            }
            PenaltyError::TooLarge => write!(f, "interest exceeds the largest amount: check amount and contractual rate"),
        }
    }
}
