//! The keys of every kind of rule file, with what may stand behind them and what they mean to people.
//!
//! The readers open their groups by these tables, so that a key is known here or nowhere.

pub mod dictionary;
pub mod escalation;
pub mod rates;
pub mod segmentation;
pub mod test;
mod walk;

pub use walk::{Part, resolve, walk_file};

use crate::base::form::{Form, Key, Noun, Value, words};
use crate::rules::rule_files::{FileKind, KINDS};

/// The head of every rule file.
pub const HEADER: Form = Form {
    what: "a rule file",
    keys: &[
        Key::needed("relance", Value::Choice(|| vec!["1"]), "Version of the rule language"),
        Key::needed("kind", Value::Choice(|| words(KINDS)), "What this file is about"),
        Key::new("name", Value::Text, "Name of the rules, for outputs and people"),
        Key::new("owner", Value::Text, "Who answers for the rules"),
        Key::new("effective", Value::Group(&PERIOD), "Run dates for which this file counts"),
        Key::new("use", Value::List(&Value::Names(Noun::File)), "Other files this one needs: they must be there"),
    ],
};

/// Two days, both included.
pub const PERIOD: Form = Form { what: "a period", keys: &[FROM, UNTIL] };

pub(super) const SHADOW: Key = Key::new("shadow", Value::Flag, "On trial: worked out and counted every night, never acted upon");
pub(super) const FROM: Key = Key::new("from", Value::Date, "First day on which this counts");
pub(super) const UNTIL: Key = Key::new("until", Value::Date, "Last day on which this counts");

/// What stands below the head of a file.
pub fn body(kind: FileKind) -> Option<&'static Form> {
    match kind {
        FileKind::Dictionary => Some(&dictionary::DICTIONARY),
        FileKind::Lists => Some(&segmentation::LISTS),
        FileKind::Segmentation => Some(&segmentation::SEGMENTATION),
        FileKind::Escalation => Some(&escalation::ESCALATION),
        FileKind::Rates => Some(&rates::RATES),
        FileKind::Test => Some(&test::TESTS),
    }
}

/// What stands behind a key of the head or the body of a file.
pub fn top_level(kind: FileKind, key: &str) -> Option<&'static Key> {
    HEADER.key(key).or_else(|| body(kind)?.key(key))
}

/// The one group, among those people confuse, that has a key which another group does not have.
pub fn home(key: &str, form: &Form) -> Option<&'static str> {
    use escalation::{BLOCK, CAP, PENALTY, POLICY, STEP};
    use segmentation::{QUEUE, RULE, TRIAL};
    let known = [&POLICY, &STEP, &BLOCK, &CAP, &PENALTY, &TRIAL, &RULE, &QUEUE].into_iter();
    let homes: Vec<&str> = known.filter(|known| known.what != form.what && known.key(key).is_some()).map(|known| known.what).collect();
    if let [home] = homes[..] { Some(home) } else { None }
}
