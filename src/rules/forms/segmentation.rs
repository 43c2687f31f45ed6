//! Keys of segmentation and list files, and of what other kinds share with them.

use super::escalation::verbs;
use super::{FROM, SHADOW, UNTIL};
use crate::base::form::{Form, Key, Noun, Value, words};
use crate::rules::dictionary::{GRAINS, OUTPUT_TYPES, PARAMETER_TYPES};
use crate::rules::renames::{NAMES, RENAMED_FROM};
use crate::rules::segmentation::SPLITS;
use crate::rules::tables::{AGGREGATES, HITS};

pub(super) const CONSTANTS: Key = Key::new(
    "constants",
    Value::Map(&Value::Defines(Noun::Constant), &Value::Constant),
    "Values with a name, each written with its unit: 5 EUR, 8%, 30 days, 'FR'",
);
pub(super) const DEFINE: Key =
    Key::new("define", Value::Map(&Value::Defines(Noun::Definition), &Value::Group(&DEFINITION)), "Conditions with a name and a sentence");
pub(super) const LISTS_KEY: Key = Key::new(
    "lists",
    Value::Map(&Value::Defines(Noun::List), &Value::Either(&[Value::List(&Value::Text), Value::Group(&LIST)])),
    "Lists of identifiers with a name: customer_id in key_accounts",
);

/// A list file.
pub const LISTS: Form = Form { what: "a list file", keys: &[CONSTANTS, DEFINE, LISTS_KEY] };

/// A segmentation file.
pub const SEGMENTATION: Form = Form {
    what: "a segmentation",
    keys: &[
        CONSTANTS,
        DEFINE,
        LISTS_KEY,
        Key::new("tables", Value::List(&Value::Group(&TABLE)), "Decision tables that put each customer or invoice in a box"),
        Key::new("trials", Value::List(&Value::Group(&TRIAL)), "Shares of customers that are treated differently, to learn from it"),
    ],
};

/// A named condition.
pub const DEFINITION: Form = Form {
    what: "a definition",
    keys: &[
        Key::needed("means", Value::Text, "The condition in one sentence"),
        Key::needed("when", Value::Condition, "The condition: true or false of each row"),
    ],
};

/// A list with an end or a meaning.
pub const LIST: Form = Form {
    what: "a list",
    keys: &[
        Key::new("means", Value::Text, "What the list is for"),
        Key::new("values", Value::List(&Value::Text), "What is in the list"),
        Key::new("file", Value::Text, "A CSV or Parquet file in the folder of the rules that holds the values, in place of values:"),
        Key::new("column", Value::Text, "The column of that file"),
        FROM,
        UNTIL,
    ],
};

const TABLE_NAME: Key = Key::needed("table", Value::Defines(Noun::Table), "Name of the table");
const TABLE_RENAMED: Key = Key::new(
    "renamed_from",
    Value::Map(&Value::Text, &NAMES),
    "Earlier names of the table, its output and the values it gives: {present: earlier}",
);
const TABLE_GRAIN: Key = Key::needed("grain", Value::Choice(|| words(GRAINS)), "Whether the table decides about customers or invoices");
const HIT: Key = Key::needed(
    "hit",
    Value::Choice(|| words(HITS)),
    "Which true rows count. unique: exactly one is true, the order says nothing; first: the first true one from the top; all: every true one",
);
const AGGREGATE: Key = Key::new(
    "aggregate",
    Value::Choice(|| words(AGGREGATES)),
    "What the results of all true rows come to, with hit: all: their sum, the largest, the smallest, or how many rows are true",
);
const OUTPUT: Key = Key::needed(
    "output",
    Value::Map(
        &Value::Defines(Noun::Field),
        &Value::Either(&[Value::List(&Value::Defines(Noun::EnumValue)), Value::Choice(|| words(OUTPUT_TYPES))]),
    ),
    "What the table gives: a name with its possible values, or with a type",
);
const COLUMNS: Key = Key::new(
    "columns",
    Value::List(&Value::Names(Noun::Column)),
    "Columns of a grid: id, the fields it looks at, shadow, from and until, the output",
);
const ROWS: Key = Key::new(
    "rows",
    Value::List(&Value::List(&Value::Cell)),
    "Rows of a grid. A cell is a value, a range 30..60 (its upper end is not in it), any, missing, or several joined by |",
);
const RULES: Key = Key::new("rules", Value::List(&Value::Group(&RULE)), "Rows of a table with a condition each");
const OTHERWISE: Key = Key::new("otherwise", Value::Names(Noun::Outcome), "What the table gives where no row is true");

/// A decision table.
pub const TABLE: Form =
    Form { what: "a table", keys: &[TABLE_NAME, TABLE_RENAMED, TABLE_GRAIN, HIT, AGGREGATE, OUTPUT, COLUMNS, ROWS, RULES, OTHERWISE] };

/// What acting tonight is worth: a figure of the action that orders a queue.
pub const EXPECTED_VALUE: &str = "expected_value";
/// What an action asks for: a figure of the action that orders a queue.
pub const AMOUNT_DUE: &str = "amount_due";

/// A decision table that fills work queues.
pub const QUEUE: Form = Form {
    what: "a table",
    keys: &[
        TABLE_NAME,
        TABLE_RENAMED,
        TABLE_GRAIN,
        HIT,
        OUTPUT,
        COLUMNS,
        ROWS,
        RULES,
        OTHERWISE,
        Key::new(
            "rank",
            Value::List(&Value::Rank),
            "What orders a queue, the most important first: expected_value, amount_due, fields or expressions, largest first unless asc is written; by default expected_value",
        ),
        Key::new(
            "capacity",
            Value::Map(&Value::Names(Noun::Outcome), &Value::Whole),
            "What a queue has room for a night: actions, or minutes where takes says how long they are; the rest waits",
        ),
        Key::new(
            "counts",
            Value::List(&Value::Choice(verbs)),
            "Actions the capacity counts; by default what people do: call, visit, task, legal, review_credit, propose_write_off",
        ),
        Key::new(
            "takes",
            Value::Map(&Value::Choice(verbs), &Value::Whole),
            "Minutes an action takes; every action that counts has some, and capacities, also those of collectors, are minutes then. Of others, what a person would take: told as time saved",
        ),
        Key::new(
            "patience",
            Value::Days,
            "After so many days without a place an action goes before all that has waited for less; by default 5",
        ),
        Key::new(
            "skills",
            Value::Names(Noun::Field),
            "The field a collector is chosen by: its value must be among the collector's segments",
        ),
    ],
};

/// A row of a table.
pub const RULE: Form = Form {
    what: "a rule",
    keys: &[
        Key::needed("id", Value::Defines(Noun::Rule), "Name of the row, for outputs and traces"),
        RENAMED_FROM,
        Key::needed("when", Value::Condition, "The condition: true or false of each row of data"),
        Key::new("then", Value::Names(Noun::Outcome), "What the table gives where this row decides; left out where rows are counted"),
        SHADOW,
        FROM,
        UNTIL,
    ],
};

/// A trial.
pub const TRIAL: Form = Form {
    what: "a trial",
    keys: &[
        Key::needed("trial", Value::Defines(Noun::Trial), "Name of the trial: in_trial(name) asks for it"),
        RENAMED_FROM,
        Key::needed("share", Value::Rate, "Share of the customers among whom it runs; the same ones every night"),
        Key::new(
            "by",
            Value::Choice(|| words(SPLITS)),
            "Whose id decides the arm: customer_id or debtor_group. Either way customers of one debtor group are in one arm",
        ),
        Key::new("among", Value::Condition, "Whom the trial is about; by default everyone"),
        Key::new(
            "measured_for",
            Value::Days,
            "How long after the draw something counts in the figures of the trial; by default up to the night",
        ),
        FROM,
        UNTIL,
    ],
};

/// A dated value.
pub const PARAMETER: Form = Form {
    what: "a parameter",
    keys: &[
        Key::needed("type", Value::Choice(|| words(PARAMETER_TYPES)), "What the parameter holds"),
        Key::new("source", Value::Text, "Where the values were read"),
        Key::new("review_by", Value::Date, "Last day on which nobody need look whether there is a new value; from then on check says so"),
        Key::needed("values", Value::Map(&Value::Date, &Value::StandIn), "Values by the day from which they hold"),
    ],
};
