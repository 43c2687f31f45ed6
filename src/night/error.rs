//! What can stop the kernel. Faults of the data's rows never do: those are rejects and findings.

use std::fmt;

use crate::base::money::Currency;
use crate::night::fx::NoRate;

/// Why a shard could not be worked out. Whole run ends; nothing is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NightError {
    /// A currency in use has no exchange rate on or before `as_of`.
    NoExchangeRate(Currency),
    /// A reference rate of a penalty regime is not known for a day that needs it.
    MissingRate(String),
    /// A day needs a rate nobody confirmed, and the job refuses such rates.
    UnconfirmedRate(String),
    /// Penalties on an invoice, by its id, leave the range of an amount.
    PenaltyTooLarge(String),
    /// Two rules hold where exactly one may.
    Ambiguous { what: String, first: String, second: String, customer: String },
}

impl From<NoRate> for NightError {
    fn from(NoRate(currency): NoRate) -> NightError {
        NightError::NoExchangeRate(currency)
    }
}

impl fmt::Display for NightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NightError::NoExchangeRate(currency) => {
                write!(f, "money in {currency} occurs, and there is no exchange rate for it on or before as_of")
            }
            NightError::MissingRate(message) | NightError::UnconfirmedRate(message) => f.write_str(message),
            NightError::PenaltyTooLarge(invoice) => write!(f, "penalties on invoice {invoice} are too large for an amount"),
            NightError::Ambiguous { what, first, second, customer } => {
                write!(f, "{what}: both {first} and {second} hold for customer {customer}, and exactly one may")
            }
        }
    }
}
