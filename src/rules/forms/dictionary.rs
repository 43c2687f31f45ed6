//! Keys of dictionary files.

use crate::base::form::{Form, Key, Noun, Value, words};
use crate::rules::dictionary::{FIELD_TYPES, GRAINS};
use crate::rules::renames::RENAMED_FROM;

/// A dictionary file.
pub const DICTIONARY: Form = Form {
    what: "a dictionary",
    keys: &[
        Key::new("currency", Value::Word(Noun::Currency), "The currency the rules are written in: that of the job"),
        Key::new(
            "fields",
            Value::Map(&Value::Defines(Noun::Field), &Value::Group(&FIELD)),
            "Columns of your own tables that rules may read, and what a missing value of known ones means",
        ),
        Key::new(
            "derived",
            Value::Map(&Value::Defines(Noun::Field), &Value::Group(&DERIVED)),
            "Fields worked out from others, once a night, before any rule is looked at",
        ),
        Key::new("templates", Value::List(&Value::Text), "All texts and scripts there are: a step may name no other"),
    ],
};

const TYPE_MEANS: &str = "What the field holds: it decides what it can be compared with";
const GRAIN_MEANS: &str = "Whether there is one value per customer or one per invoice";
const VALUES: Key = Key::new("values", Value::List(&Value::Defines(Noun::EnumValue)), "The values of an enum");
const LABEL: Key = Key::new("label", Value::Text, "The field in plain words, for outputs and people");
const MISSING: Key = Key::new("missing", Value::StandIn, "The value that stands in where nobody recorded one");
const OPTIONAL: Key = Key::new("optional", Value::Flag, "The value may be missing, and each rule says what then");
const REQUIRED: Key = Key::new("required", Value::Flag, "A row without this value is a fault of the data");
const RANGE: Key =
    Key::new("range", Value::Cell, "The values it can have, as a promise proofs build on: 0.. or 0..100, the upper end not included");
const WHOLE: Key = Key::new("whole", Value::Flag, "A number without decimals, as a promise proofs build on");
const SOURCE: Key = Key::new("source", Value::Text, "The column it comes from: customers.column or invoices.column");

/// A field of the dictionary; one that is known already may say less.
pub const FIELD: Form = Form {
    what: "a field",
    keys: &[
        Key::new("type", Value::Choice(|| words(FIELD_TYPES)), TYPE_MEANS),
        VALUES,
        Key::new("grain", Value::Choice(|| words(GRAINS)), GRAIN_MEANS),
        SOURCE,
        LABEL,
        RENAMED_FROM,
        MISSING,
        OPTIONAL,
        REQUIRED,
        RANGE,
        WHOLE,
    ],
};

/// A derived field.
pub const DERIVED: Form = Form {
    what: "a derived field",
    keys: &[
        Key::needed("type", Value::Choice(|| words(FIELD_TYPES)), TYPE_MEANS),
        VALUES,
        Key::needed("grain", Value::Choice(|| words(GRAINS)), GRAIN_MEANS),
        LABEL,
        RENAMED_FROM,
        MISSING,
        OPTIONAL,
        RANGE,
        WHOLE,
        Key::needed(
            "is",
            Value::Formula,
            "The formula: of one row, or sum, count, max, min or avg over the open items of a customer, with `where` and a condition",
        ),
    ],
};
