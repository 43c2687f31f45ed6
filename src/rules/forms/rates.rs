//! Keys of rate files.

use super::UNTIL;
use crate::base::form::{Form, Key, Noun, Value, words};
use crate::rules::rate_files::{DAY_COUNTS, FIXINGS, REFERENCE_DAYS};

/// A rate file.
pub const RATES: Form = Form {
    what: "a rate file",
    keys: &[
        Key::new("series", Value::List(&Value::Group(&SERIES)), "Published reference rates"),
        Key::new("regimes", Value::List(&Value::Group(&REGIME)), "Laws of late payment: which rate, which charge, on which basis"),
    ],
};

/// A reference rate over time.
pub const SERIES: Form = Form {
    what: "a series",
    keys: &[
        Key::needed("series", Value::Defines(Noun::Series), "Name of the series"),
        Key::needed("known_until", Value::Date, "Last day for which it is known: later days have no rate and stop the night"),
        Key::needed("rows", Value::List(&Value::Group(&RATE)), "Rates in order of date"),
    ],
};

/// A rate from a day on.
pub const RATE: Form = Form {
    what: "a rate",
    keys: &[
        Key::needed("from", Value::Date, "First day on which the rate holds"),
        UNTIL,
        Key::needed("rate", Value::Rate, "The rate per year"),
        Key::needed("source", Value::Text, "Who publishes it, and where it was read"),
        Key::needed("confirmed_by", Value::Text, "Who or what confirmed it; none marks the row unconfirmed"),
    ],
};

/// A law of late payment.
pub const REGIME: Form = Form {
    what: "a regime",
    keys: &[
        Key::needed("regime", Value::Defines(Noun::Regime), "Name of the regime"),
        Key::needed("series", Value::Names(Noun::Series), "The reference rate it builds on"),
        Key::needed("reference_day", Value::Choice(|| words(REFERENCE_DAYS)), "The day whose reference rate counts for a half-year"),
        Key::needed("margin", Value::Rate, "Points added to the reference rate"),
        Key::needed("fixing", Value::Choice(|| words(FIXINGS)), "Whether the rate follows the half-years or stays as on the first day"),
        Key::needed("day_count", Value::Choice(|| words(DAY_COUNTS)), "How days become parts of a year"),
        Key::new("fixed_charge", Value::Group(&CHARGE), "The lump sum due on the first late day of an invoice"),
        Key::new("contract_floor", Value::Group(&FLOOR), "The least contractual rate the law lets stand"),
        Key::new("stops_at_insolvency", Value::Flag, "Interest ends the day before an insolvency judgment"),
        Key::needed("basis", Value::Text, "The law behind it"),
    ],
};

/// A lump sum.
pub const CHARGE: Form = Form {
    what: "a fixed charge",
    keys: &[
        Key::needed("currency", Value::Word(Noun::Currency), "Currency of the charge"),
        Key::new("due_from", Value::Date, "No charge on invoices due before this day"),
        Key::needed("bands", Value::List(&Value::Group(&BAND)), "Charges by the size of the debt, the first from zero"),
        Key::needed("basis", Value::Text, "The law behind it"),
    ],
};

/// A charge from a size of debt on.
pub const BAND: Form = Form {
    what: "a band",
    keys: &[Key::needed("from", Value::OwnMoney, "Least debt"), Key::needed("charge", Value::OwnMoney, "The sum due")],
};

/// A floor under contractual rates.
pub const FLOOR: Form = Form {
    what: "a floor of contractual rates",
    keys: &[
        Key::needed("series", Value::Names(Noun::Series), "The rate the floor is a multiple of"),
        Key::needed("times", Value::Whole, "How many times that rate"),
    ],
};
