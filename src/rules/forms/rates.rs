//! Keys of rate files.

use super::UNTIL;
use crate::base::contract::values::CUSTOMER_TYPES;
use crate::base::day_count::DAY_COUNTS;
use crate::base::form::{Form, Key, Noun, Value, words};
use crate::rules::rate_files::{FIXINGS, INSOLVENCY_STOPS, MARGIN_DATES, REFERENCE_DAYS, STARTS, STATUTORY};

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
        Key::needed("read_on", Value::Date, "The day it was read there"),
        Key::needed("confirmed_by", Value::Text, "Who or what confirmed it; none marks the row unconfirmed"),
    ],
};

/// A law of late payment.
pub const REGIME: Form = Form {
    what: "a regime",
    keys: &[
        Key::needed("regime", Value::Defines(Noun::Regime), "Name of the regime"),
        Key::new(
            "binds",
            Value::List(&Value::Choice(|| CUSTOMER_TYPES.to_vec())),
            "Kinds of customers it is the law of: others under it are told; left out, it does not say",
        ),
        Key::new("series", Value::Names(Noun::Series), "The reference rate it builds on; only a regime of contracts has none"),
        Key::new("reference_day", Value::Choice(|| words(REFERENCE_DAYS)), "The day whose reference rate counts for a half-year"),
        Key::new("margin", Value::Rate, "Points added to the reference rate"),
        Key::new("earlier_margins", Value::List(&Value::Group(&EARLIER_MARGIN)), "Margins the law had before, in order of date"),
        Key::new("round_up_to", Value::Rate, "The statutory rate is raised to the next multiple of this"),
        Key::new("least_rate", Value::Rate, "The statutory rate is never below; by default 0%"),
        Key::needed("fixing", Value::Choice(|| words(FIXINGS)), "Whether the rate follows the half-years or stays as on the first day"),
        Key::new("starts", Value::Choice(|| words(STARTS)), "What makes a late debt bear interest; by default its due date alone"),
        Key::new("grace_days", Value::Whole, "Days after that which bear nothing yet; by default none"),
        Key::needed("day_count", Value::Choice(|| words(DAY_COUNTS)), "How days become parts of a year"),
        Key::new("fixed_charge", Value::Group(&CHARGE), "The lump sum due on the first late day of an invoice"),
        Key::new("contract_floor", Value::Group(&FLOOR), "The least contractual rate the law lets stand"),
        Key::new(
            "contract_cap",
            Value::Either(&[Value::Rate, Value::Choice(|| vec![STATUTORY])]),
            "The most a contractual rate may be: a rate, or statutory for that of the regime",
        ),
        Key::new("contract_only", Value::Flag, "Nothing is due without a contractual rate"),
        Key::new(
            "insolvency_stop",
            Value::Choice(|| words(INSOLVENCY_STOPS)),
            "Last day of interest when insolvency proceedings open; left out, they stop nothing",
        ),
        Key::new("compounds_after", Value::Whole, "Months after which interest may itself bear interest; left out, it never does"),
        Key::new("known_from", Value::Date, "First day for which the rate is known: earlier half-years have none and stop the night"),
        Key::new("issued_from", Value::Date, "No penalties on invoices issued before this day"),
        Key::needed("basis", Value::Text, "The law behind it"),
    ],
};

/// A margin of earlier times.
pub const EARLIER_MARGIN: Form = Form {
    what: "an earlier margin",
    keys: &[
        Key::needed("until", Value::Date, "Last date to which it applies"),
        Key::needed("by", Value::Choice(|| words(MARGIN_DATES)), "Whether that is the date of the invoice or the day counted"),
        Key::needed("margin", Value::Rate, "Points added to the reference rate"),
    ],
};

/// A lump sum.
pub const CHARGE: Form = Form {
    what: "a fixed charge",
    keys: &[
        Key::needed("currency", Value::Word(Noun::Currency), "Currency of the charge"),
        Key::new("due_from", Value::Date, "No charge on invoices due before this day"),
        Key::new("issued_from", Value::Date, "No charge on invoices issued before this day"),
        Key::new("exempt", Value::List(&Value::Choice(|| CUSTOMER_TYPES.to_vec())), "Kinds of customers who never owe it"),
        Key::new("most", Value::OwnMoney, "The charge is never more"),
        Key::needed("bands", Value::List(&Value::Group(&BAND)), "Charges by the size of the debt, the first from zero"),
        Key::needed("basis", Value::Text, "The law behind it"),
    ],
};

/// A charge from a size of debt on.
pub const BAND: Form = Form {
    what: "a band",
    keys: &[
        Key::new("from", Value::OwnMoney, "Least debt"),
        Key::new("above", Value::OwnMoney, "The debt is more than this, instead of from"),
        Key::needed("charge", Value::OwnMoney, "The sum due"),
        Key::new("plus", Value::Rate, "Share of what the debt has beyond that, added to the sum"),
    ],
};

/// A floor under contractual rates.
pub const FLOOR: Form = Form {
    what: "a floor of contractual rates",
    keys: &[
        Key::needed("series", Value::Names(Noun::Series), "The rate the floor is a multiple of"),
        Key::needed("times", Value::Whole, "How many times that rate"),
    ],
};
