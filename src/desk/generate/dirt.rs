//! The mistakes of real ledgers: a few rows in a hundred marred in every way the data contract has a word for.
//!
//! The draws are apart from those of the ledger, so that the rows left clean are those of the clean ledger.

use crate::base::date::Date;
use crate::desk::generate::account::InvoiceRow;
use crate::desk::generate::cash::PaymentRow;
use crate::desk::generate::random::Random;

/// Numbers from here on belong to no invoice and no customer.
const NOBODY: u64 = 900_000_000;

/// Mars rows, or leaves them as they are where the ledger is to be clean.
#[derive(Debug)]
pub struct Dirt(Option<Random>);

/// What is wrong with a row.
#[derive(Debug, Clone, Copy)]
enum Fault {
    None,
    Unreadable,
    Missing,
    Duplicate,
    UnknownValue,
    BadCurrency,
    TooManyDecimals,
    ZeroAmount,
    WrongSign,
    DueBeforeIssue,
    UnknownReference,
    OthersReference,
    AfterAsOf,
}

/// In ten thousand rows.
const INVOICE_FAULTS: &[(u64, Fault)] = &[
    (9_640, Fault::None),
    (20, Fault::Unreadable),
    (40, Fault::Missing),
    (40, Fault::Duplicate),
    (30, Fault::UnknownValue),
    (40, Fault::BadCurrency),
    (40, Fault::TooManyDecimals),
    (30, Fault::ZeroAmount),
    (30, Fault::WrongSign),
    (50, Fault::DueBeforeIssue),
    (40, Fault::AfterAsOf),
];
const PAYMENT_FAULTS: &[(u64, Fault)] = &[
    (9_610, Fault::None),
    (20, Fault::Unreadable),
    (40, Fault::Missing),
    (40, Fault::Duplicate),
    (40, Fault::UnknownValue),
    (40, Fault::BadCurrency),
    (40, Fault::TooManyDecimals),
    (30, Fault::ZeroAmount),
    (50, Fault::UnknownReference),
    (50, Fault::OthersReference),
    (40, Fault::AfterAsOf),
];
/// A day no ledger means: the zero of another system.
const SENTINEL_DAY: Date = Date(-719_162);

impl Dirt {
    /// Dirt drawn from `random`; none at all where there is no such stream.
    pub fn new(random: Option<Random>) -> Dirt {
        Dirt(random)
    }

    /// Mars a row of `invoices`; true where it stands twice in the ledger.
    pub fn invoice(&mut self, row: &mut InvoiceRow, as_of: Date) -> bool {
        let Some(random) = &mut self.0 else { return false };
        match random.weighted(INVOICE_FAULTS) {
            Fault::Duplicate => return true,
            Fault::Unreadable => row.issue = SENTINEL_DAY,
            Fault::Missing => match random.below(3) {
                0 => row.number = None,
                1 => row.customer = None,
                _ => row.due = None,
            },
            Fault::UnknownValue => row.document_type = random.pick(&["facture", "Invoice", "credit"]),
            Fault::BadCurrency => row.currency = random.pick(&["eur", "EURO", "XXX", "???"]),
            Fault::TooManyDecimals => row.amount += random.between(1, 9),
            Fault::ZeroAmount => row.amount = 0,
            Fault::WrongSign => {
                row.document_type = if row.amount < 0 { "credit_note" } else { "invoice" };
                row.amount = -row.amount;
            }
            Fault::DueBeforeIssue => row.due = Some(row.issue.plus_days(-random.days(1, 20))),
            Fault::AfterAsOf => row.issue = as_of.plus_days(random.days(1, 20)),
            Fault::None | Fault::UnknownReference | Fault::OthersReference => {}
        }
        false
    }

    /// Mars a row of `payments`; true where it stands twice in the ledger.
    pub fn payment(&mut self, row: &mut PaymentRow, as_of: Date) -> bool {
        let Some(random) = &mut self.0 else { return false };
        match random.weighted(PAYMENT_FAULTS) {
            Fault::Duplicate => return true,
            Fault::Unreadable => row.date = Some(SENTINEL_DAY),
            Fault::Missing => match random.below(3) {
                0 => row.number = None,
                1 => (row.customer, row.invoice) = (None, None),
                _ => row.date = None,
            },
            Fault::UnknownValue => row.method = random.pick(&["wire", "Transfer", "sepa"]),
            Fault::BadCurrency => row.currency = random.pick(&["eur", "EURO", "XXX"]),
            Fault::TooManyDecimals => row.amount += random.between(1, 9),
            Fault::ZeroAmount => row.amount = 0,
            Fault::UnknownReference => row.invoice = Some(NOBODY + random.below(1_000)),
            Fault::OthersReference => row.customer = row.customer.map(|customer| customer + 1),
            Fault::AfterAsOf => row.date = Some(as_of.plus_days(random.days(1, 20))),
            Fault::None | Fault::WrongSign | Fault::DueBeforeIssue => {}
        }
        false
    }

    /// Now and then an invoice nobody knows.
    pub fn reference(&mut self, invoice: u64) -> u64 {
        let Some(random) = &mut self.0 else { return invoice };
        if random.chance(20) { NOBODY + random.below(1_000) } else { invoice }
    }

    /// Now and then an amount of the wrong sign.
    pub fn positive(&mut self, amount: i64) -> i64 {
        let Some(random) = &mut self.0 else { return amount };
        if random.chance(20) { -amount } else { amount }
    }

    /// Now and then a kind of customer the contract does not know, or a customer that stands twice in the ledger.
    pub fn customer(&mut self, customer_type: &mut &'static str) -> bool {
        let Some(random) = &mut self.0 else { return false };
        if random.chance(4) {
            *customer_type = random.pick(&["firm", "Company", "state"]);
        }
        random.chance(4)
    }
}
