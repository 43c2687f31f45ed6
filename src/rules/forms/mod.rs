//! The keys of every kind of rule file, with what may stand behind them and what they mean to people.
//!
//! The readers open their groups by these tables, so that a key is known here or nowhere.

pub mod beside;
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
    use beside::{PROPOSAL, TASK};
    use escalation::{BLOCK, CAP, PENALTY, POLICY, REPRESENTATION, STEP};
    use segmentation::{QUEUE, RULE, TRIAL};
    let known = [&POLICY, &STEP, &BLOCK, &TASK, &PROPOSAL, &REPRESENTATION, &CAP, &PENALTY, &TRIAL, &RULE, &QUEUE].into_iter();
    let homes: Vec<&str> = known.filter(|known| known.what != form.what && known.key(key).is_some()).map(|known| known.what).collect();
    if let [home] = homes[..] { Some(home) } else { None }
}

/// Whether some group of keys has a key behind which a group may stand that has the other key in turn.
pub fn holds_a_group(outer: &str, inner: &str) -> bool {
    any_key(outer, &|value| matches!(value, Value::Group(form) if form.key(inner).is_some()))
}

/// Whether some group of keys has a key behind which keys of the writer's own may stand.
pub fn holds_free_keys(outer: &str) -> bool {
    any_key(outer, &|value| matches!(value, Value::Map(..)))
}

/// Whether a value of this kind may stand behind a key with this name, in any rule file.
fn any_key(name: &str, fits: &dyn Fn(&Value) -> bool) -> bool {
    KINDS.iter().filter_map(|(_, kind)| body(*kind)).chain([&HEADER]).any(|form| any_key_below(form, name, fits))
}

fn any_key_below(form: &Form, name: &str, fits: &dyn Fn(&Value) -> bool) -> bool {
    let may_be = |value: &Value| match value {
        Value::Either(choices) => choices.iter().any(fits),
        value => fits(value),
    };
    let of_key = |key: &Key| key.name == name && may_be(&key.value);
    form.keys.iter().any(|key| of_key(key) || groups_of(&key.value).into_iter().any(|form| any_key_below(form, name, fits)))
}

/// The groups below a value.
fn groups_of(value: &Value) -> Vec<&'static Form> {
    match value {
        Value::Group(form) => vec![form],
        Value::List(item) | Value::Map(_, item) => groups_of(item),
        Value::Either(choices) => choices.iter().flat_map(groups_of).collect(),
        _ => Vec::new(),
    }
}

/// The first key of a group that is written as a text: `do` of `do: letter, template: reminder`.
pub fn key_of_group(text: &str) -> Option<&str> {
    let is_key = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_.".contains(c));
    let is_value = |value: &str| !value.trim().is_empty() && !value.contains(['{', '}', '#']) && !value.contains(": ");
    let is_entry = |part: &str| part.split_once(": ").is_some_and(|(key, value)| is_key(key) && is_value(value));
    let (key, _) = text.split_once(": ")?;
    text.split(", ").all(is_entry).then_some(key)
}
