//! Comparing texts, letter by letter, without building new ones.

use crate::rules::expr::typed::{TextCompare, TextRelation};

/// Whether two texts stand in the asked relation.
pub(super) fn relates(compare: &TextCompare, value: &str, with: &str) -> bool {
    match (compare.test, compare.folded) {
        (TextRelation::Equals, false) => value == with,
        (TextRelation::StartsWith, false) => value.starts_with(with),
        (TextRelation::EndsWith, false) => value.ends_with(with),
        (TextRelation::Contains, false) => value.contains(with),
        (TextRelation::Equals, true) => letters(value).eq(letters(with)),
        (TextRelation::StartsWith, true) => begins(value, with),
        (TextRelation::EndsWith, true) => tails(value).any(|tail| letters(tail).eq(letters(with))),
        (TextRelation::Contains, true) => tails(value).any(|tail| begins(tail, with)),
    }
}

fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

fn begins(text: &str, with: &str) -> bool {
    let mut rest = letters(text);
    letters(with).all(|letter| rest.next() == Some(letter))
}

/// The text from each of its characters on, the empty one last.
fn tails(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).map(|at| &text[at..])
}
