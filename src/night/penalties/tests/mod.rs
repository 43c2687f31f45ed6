//! Penalties against the numbered vectors of the domain definitions and the rates as published. Random histories, and sequences of
//! nights, stand in `tests/histories`, against an independent day-by-day computation.
#![expect(
    clippy::inconsistent_digit_grouping,
    clippy::mistyped_literal_suffixes,
    reason = "cents are set apart from whole units: 413_68 is 413.68"
)]

mod nights;
mod published;
mod published_rows;
mod regimes;
mod vectors;

use crate::base::date::Date;
use crate::base::money::{Amount, Currency, Rate};
use crate::night::documents::{Customer, Exit, ExitKind, Invoice};
use crate::night::ledger::{Application, ApplicationKind, Item, Ledger};
use crate::night::penalties::{Accrued, Accruer, Debt, Imputation, Line, Notice, PenaltyError, Schedule, Stay, Terms, UnconfirmedRates};
use crate::rules::rates::RateBook;

fn day(text: &str) -> Date {
    Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
}

fn currency(code: &str) -> Currency {
    Currency::parse(code.as_bytes()).unwrap_or_else(|| panic!("{code} is a currency"))
}

fn terms(as_of: Date) -> Terms {
    Terms { as_of, imputation: Imputation::PrincipalFirst, dispute_stops_interest: false, insolvency: None }
}

/// One invoice and everything that happened to it.
#[derive(Debug, Clone)]
struct Case {
    invoice: Invoice,
    customer: Customer,
    items: Vec<Item>,
    applications: Vec<Application>,
    stays: Vec<Stay>,
    notices: Vec<Notice>,
    compound: bool,
}

impl Case {
    /// An invoice of these instalments, as due date and minor units; issued on the first of them unless said otherwise.
    fn new(code: &str, instalments: &[(Date, i64)]) -> Case {
        let first_due = instalments.iter().map(|(due, _)| *due).min().expect("an invoice has an item");
        let item = |(at, (due_date, amount)): (usize, &(Date, i64))| {
            let sequence = if instalments.len() == 1 { 0 } else { i64::try_from(at).expect("few") + 1 };
            Item::new(0, 0, sequence, *due_date, Amount(*amount))
        };
        let invoice = Invoice {
            customer: 0,
            row: 0,
            issue_date: first_due,
            due_date: first_due,
            amount: Amount(instalments.iter().map(|(_, amount)| amount).sum()),
            currency: currency(code),
            exit: None,
            absent: None,
            first_item: 0,
            items: u32::try_from(instalments.len()).expect("few"),
        };
        let customer = Customer { row: None, group: 0, customer_type: None, insolvent_since: None, penalty_rate: None };
        let items = instalments.iter().enumerate().map(item).collect();
        Case { invoice, customer, items, applications: Vec::new(), stays: Vec::new(), notices: Vec::new(), compound: false }
    }

    fn applied(mut self, item: u32, kind: ApplicationKind, date: Date, amount: i64) -> Case {
        let open = &mut self.items[item as usize].open;
        *open = if kind == ApplicationKind::Refund { *open + Amount(amount) } else { *open - Amount(amount) };
        self.applications.push(Application { item, source: 0, date, kind, amount: Amount(amount) });
        self
    }

    fn paid(self, on: &str, amount: i64) -> Case {
        self.applied(0, ApplicationKind::Cash, day(on), amount)
    }

    fn credited(self, on: &str, amount: i64) -> Case {
        self.applied(0, ApplicationKind::Credit, day(on), amount)
    }

    fn refunded(self, on: &str, amount: i64) -> Case {
        self.applied(0, ApplicationKind::Refund, day(on), amount)
    }

    fn issued(mut self, on: &str) -> Case {
        self.invoice.issue_date = day(on);
        self
    }

    /// Writes off or sells what is open.
    fn left(mut self, on: &str, kind: ExitKind) -> Case {
        self.invoice.exit = Some(Exit { on: day(on), kind });
        for item in 0..self.invoice.items {
            let open = self.items[item as usize].open;
            self =
                self.applied(item, if kind == ExitKind::Sold { ApplicationKind::Sale } else { ApplicationKind::WriteOff }, day(on), open.0);
        }
        self
    }

    fn insolvent(mut self, since: &str) -> Case {
        self.customer.insolvent_since = Some(day(since));
        self
    }

    /// A contractual rate in millionths, which the rules take.
    fn contract(mut self, rate: i64) -> Case {
        self.customer.penalty_rate = Some(Rate(rate));
        self
    }

    fn disputed(mut self, opened_on: &str, closed_on: Option<&str>, amount: Option<i64>) -> Case {
        self.stays.push(Stay { opened_on: day(opened_on), closed_on: closed_on.map(day), amount: amount.map(Amount) });
        self
    }

    /// A formal notice or reminder, as the regime asks for it.
    fn noticed(self, on: &str) -> Case {
        self.reminded(on, on)
    }

    /// The same with a delay of its own.
    fn reminded(mut self, given_on: &str, opens: &str) -> Case {
        self.notices.push(Notice { given_on: day(given_on), opens: day(opens) });
        self
    }

    /// A contract under which interest bears interest.
    fn compounding(mut self) -> Case {
        self.compound = true;
        self
    }

    fn ledger(&self) -> Ledger {
        let mut applications = self.applications.clone();
        applications.sort_by_key(|application| (application.item, application.date));
        let start = |item| u32::try_from(applications.partition_point(|application| application.item < item)).expect("few");
        let application_start = (0..=self.invoice.items).map(start).collect();
        Ledger { items: self.items.clone(), applications, application_start, left: Vec::new(), refunded: Vec::new() }
    }

    /// Penalties under the regime of this name.
    fn accrue(&self, regime: &str, book: &RateBook, terms: Terms) -> Result<(Accrued, Vec<Line>), PenaltyError> {
        let regime = book.regimes.iter().find(|known| known.name == regime).unwrap_or_else(|| panic!("{regime} is a regime"));
        let schedule = Schedule::new(regime, book, terms.as_of, UnconfirmedRates::Use);
        self.accrue_by(&schedule, terms)
    }

    /// Penalties by a schedule.
    fn accrue_by(&self, schedule: &Schedule<'_>, terms: Terms) -> Result<(Accrued, Vec<Line>), PenaltyError> {
        let ledger = self.ledger();
        let debt = Debt::new(&self.invoice, &self.customer, &ledger);
        let contract = self.customer.penalty_rate;
        let debt = Debt { stays: &self.stays, notices: &self.notices, contract, compound: self.compound, ..debt };
        let mut lines = Vec::new();
        let accrued = *Accruer::new(terms).accrue(&debt, schedule, &mut lines)?;
        let sum: Amount = lines.iter().map(|line| line.amount).sum();
        assert_eq!(sum, accrued.interest, "the lines add up to the interest: {self:?}");
        Ok((accrued, lines))
    }
}
