//! Keys of test files. What stands behind most of them is free: [`crate::rules::test_file`] reads it by the program it is about.

use crate::base::form::{Form, Key, Noun, Value};

const PATHS: Value = Value::Map(&Value::Text, &Value::Any);
const AS_OF: &str = "Run date, in tests without nights of their own";
const EXPECT: Key = Key::new("expect", PATHS, "What must come of it");
const FORBID: Key = Key::new("forbid", PATHS, "What must not come of it");
const WITH: Key = Key::new("with", PATHS, "What differs from the plain case, by path");

/// A test file.
pub const TESTS: Form = Form {
    what: "a test file",
    keys: &[
        Key::new("rules", Value::List(&Value::Names(Noun::File)), "Rule files the tests are about; all files beside it where left out"),
        Key::new("currency", Value::Names(Noun::Currency), "Currency of the rules; that of the dictionary where left out"),
        Key::new("as_of", Value::Date, AS_OF),
        Key::new("given", PATHS, "The plain case: a customer with its documents"),
        Key::needed("tests", Value::List(&Value::Group(&TEST)), "Tests, each saying only what differs"),
        Key::new("uncovered", Value::List(&Value::Group(&EXCEPTION)), "What coverage need not ask for, each with a reason"),
    ],
};

/// A test.
pub const TEST: Form = Form {
    what: "a test",
    keys: &[
        Key::needed("test", Value::Text, "What must hold, in one sentence"),
        Key::new("as_of", Value::Date, AS_OF),
        WITH,
        EXPECT,
        FORBID,
        Key::new("at", Value::Map(&Value::Date, &PATHS), "Several nights of the same customer, each starting from the last"),
        Key::new("table", Value::List(&PATHS), "Variants, each with why: and what differs, is expected and is forbidden"),
    ],
};

/// One night of a test.
pub const NIGHT: Form = Form { what: "a night", keys: &[WITH, EXPECT, FORBID] };

/// Something coverage need not ask for.
pub const EXCEPTION: Form = Form {
    what: "an exception from coverage",
    keys: &[
        Key::needed("gap", Value::Text, "The gap as `relance test --coverage` names it"),
        Key::needed("why", Value::Text, "Why no test can, or need, close it"),
    ],
};
