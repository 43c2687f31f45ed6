//! One invoice as the ledger leaves it, for the engine and for the independent computation.

use relance::base::date::Date;
use relance::base::money::{Amount, Currency};
use relance::night::documents::{Customer, Invoice};
use relance::night::ledger::{Application, ApplicationKind, Item, Ledger};
use relance::night::penalties::{Accrued, Accruer, Debt, Imputation, Line, Notice, PenaltyError, Schedule, Stay, Terms};

pub fn day(text: &str) -> Date {
    Date::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
}

pub fn currency(code: &str) -> Currency {
    Currency::parse(code.as_bytes()).unwrap_or_else(|| panic!("{code} is a currency"))
}

/// The settings of a night whose job says nothing.
pub fn terms(as_of: Date) -> Terms {
    Terms { as_of, imputation: Imputation::PrincipalFirst, dispute_stops_interest: false, insolvency: None }
}

/// One invoice and everything that happened to it.
#[derive(Debug, Clone)]
pub struct Case {
    pub invoice: Invoice,
    pub customer: Customer,
    pub items: Vec<Item>,
    /// As it happened.
    pub applications: Vec<Application>,
    pub stays: Vec<Stay>,
    pub notices: Vec<Notice>,
    pub compound: bool,
}

impl Case {
    /// An invoice of these instalments, as due date and minor units; issued on the first of them unless said otherwise.
    pub fn new(code: &str, instalments: &[(Date, i64)]) -> Case {
        let first_due = instalments.iter().map(|(due, _)| *due).min().expect("an invoice has an item");
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
        let first = i64::from(instalments.len() > 1);
        let items = (first..).zip(instalments).map(|(sequence, (due, amount))| item(sequence, *due, Amount(*amount))).collect();
        Case { invoice, customer, items, applications: Vec::new(), stays: Vec::new(), notices: Vec::new(), compound: false }
    }

    /// Lowers what is open of an item, or raises it again.
    pub fn applied(mut self, item: u32, kind: ApplicationKind, date: Date, amount: i64) -> Case {
        let open = &mut self.items[item as usize].open;
        *open = if kind == ApplicationKind::Refund { *open + Amount(amount) } else { *open - Amount(amount) };
        self.applications.push(Application { item, source: 0, date, kind, amount: Amount(amount) });
        self
    }

    pub fn ledger(&self) -> Ledger {
        let mut applications = self.applications.clone();
        applications.sort_by_key(|application| (application.item, application.date));
        let start = |item| u32::try_from(applications.partition_point(|application| application.item < item)).expect("few");
        let application_start = (0..=self.invoice.items).map(start).collect();
        Ledger { items: self.items.clone(), applications, application_start, left: Vec::new(), refunded: Vec::new() }
    }

    /// Penalties by a schedule.
    pub fn accrue(&self, schedule: &Schedule<'_>, terms: Terms) -> Result<(Accrued, Vec<Line>), PenaltyError> {
        self.accrue_on(&self.ledger(), schedule, terms)
    }

    /// The same on a ledger that was worked out elsewhere.
    pub fn accrue_on(&self, ledger: &Ledger, schedule: &Schedule<'_>, terms: Terms) -> Result<(Accrued, Vec<Line>), PenaltyError> {
        let debt = Debt::new(&self.invoice, &self.customer, ledger);
        let contract = self.customer.penalty_rate;
        let debt = Debt { stays: &self.stays, notices: &self.notices, contract, compound: self.compound, ..debt };
        let mut lines = Vec::new();
        let accrued = *Accruer::new(terms).accrue(&debt, schedule, &mut lines)?;
        let sum: Amount = lines.iter().map(|line| line.amount).sum();
        assert_eq!(sum, accrued.interest, "the lines add up to the interest: {self:?}");
        Ok((accrued, lines))
    }
}

fn item(sequence: i64, due_date: Date, amount: Amount) -> Item {
    Item::new(0, 0, sequence, due_date, amount)
}
