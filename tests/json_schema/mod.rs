//! As much of JSON Schema draft-07 as the schemas use.

use serde_json::Value as Json;

/// What is wrong with a document, each with its place; words no part of this module knows are a fault of the schema.
pub fn errors(document: &Json, schema: &Json) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, "", &mut found);
    found
}

const KNOWN: &[&str] = &[
    "$schema",
    "title",
    "description",
    "examples",
    "type",
    "enum",
    "pattern",
    "minimum",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "items",
    "anyOf",
];

fn check(document: &Json, schema: &Json, place: &str, found: &mut Vec<String>) {
    let Some(rules) = schema.as_object() else { return };
    let strange: Vec<&String> = rules.keys().filter(|key| !KNOWN.contains(&key.as_str())).collect();
    assert!(strange.is_empty(), "the schema says {strange:?} at {place}");
    let mut fail = |what: String| found.push(format!("{place}: {what}"));
    if let Some(kinds) = rules.get("type") {
        let kinds: Vec<&str> =
            kinds.as_array().map_or_else(|| vec![kinds], |kinds| kinds.iter().collect()).iter().filter_map(|kind| kind.as_str()).collect();
        if !kinds.iter().any(|kind| is(document, kind)) {
            return fail(format!("{document} is no {kinds:?}"));
        }
    }
    if rules.get("enum").is_some_and(|values| !values.as_array().is_some_and(|values| values.contains(document))) {
        fail(format!("{document} is not among the values"));
    }
    if let (Some(pattern), Some(text)) = (rules.get("pattern").and_then(Json::as_str), document.as_str())
        && !pattern_fits(pattern, text)
    {
        fail(format!("{text} does not look like {pattern}"));
    }
    if let (Some(least), Some(number)) = (rules.get("minimum").and_then(Json::as_i64), document.as_i64())
        && number < least
    {
        fail(format!("{number} is below {least}"));
    }
    if let Some(choices) = rules.get("anyOf").and_then(Json::as_array) {
        let best = choices.iter().map(|choice| errors(document, choice)).min_by_key(Vec::len).unwrap_or_default();
        best.into_iter().for_each(fail);
    }
    if let Some(object) = document.as_object() {
        check_object(object, schema, place, found);
    }
    for (at, item) in document.as_array().into_iter().flatten().enumerate() {
        check(item, &schema["items"], &format!("{place}/{at}"), found);
    }
}

fn check_object(object: &serde_json::Map<String, Json>, schema: &Json, place: &str, found: &mut Vec<String>) {
    for needed in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        if !object.contains_key(needed) {
            found.push(format!("{place}: the key {needed} is missing"));
        }
    }
    for (key, value) in object {
        let here = format!("{place}/{key}");
        check(&Json::String(key.clone()), &schema["propertyNames"], &here, found);
        match (schema["properties"].get(key), &schema["additionalProperties"]) {
            (Some(schema), _) => check(value, schema, &here, found),
            (None, Json::Bool(false)) => found.push(format!("{place}: there is no key {key}")),
            (None, schema) => check(value, schema, &here, found),
        }
    }
}

fn is(document: &Json, kind: &str) -> bool {
    match kind {
        "string" => document.is_string(),
        "number" => document.is_number(),
        "integer" => document.is_i64() || document.is_u64(),
        "boolean" => document.is_boolean(),
        "array" => document.is_array(),
        "object" => document.is_object(),
        _ => panic!("no type {kind}"),
    }
}

/// Characters and classes, each once, `+`, `*` or `{n}` times, between `^` and `$`.
fn pattern_fits(pattern: &str, text: &str) -> bool {
    let (pattern, at_start) = pattern.strip_prefix('^').map_or((pattern, false), |rest| (rest, true));
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let starts = if at_start { 0..1 } else { 0..text.len() + 1 };
    starts.into_iter().any(|start| fits(&pattern, &text[start..]))
}

fn fits(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => true,
        ['$'] => text.is_empty(),
        _ => {
            let (class, rest) = class(pattern);
            let (least, most, rest) = match rest {
                ['+', rest @ ..] => (1, usize::MAX, rest),
                ['*', rest @ ..] => (0, usize::MAX, rest),
                ['{', digit, '}', rest @ ..] => {
                    let count = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).expect("a count");
                    (count, count, rest)
                }
                rest => (1, 1, rest),
            };
            let run = text.iter().take(most).take_while(|letter| class(**letter)).count();
            (least..=run).rev().any(|length| fits(rest, &text[length..]))
        }
    }
}

type Class<'p> = Box<dyn Fn(char) -> bool + 'p>;

fn class(pattern: &[char]) -> (Class<'_>, &[char]) {
    let ['[', inside @ ..] = pattern else {
        let letter = pattern[0];
        return (Box::new(move |other| letter == '.' || other == letter), &pattern[1..]);
    };
    let end = inside.iter().position(|letter| *letter == ']').expect("a class that is closed");
    let (negated, members) = if inside[0] == '^' { (true, &inside[1..end]) } else { (false, &inside[..end]) };
    let has = move |letter: char| {
        let mut at = 0;
        while at < members.len() {
            if at + 2 < members.len() && members[at + 1] == '-' {
                if (members[at]..=members[at + 2]).contains(&letter) {
                    return true;
                }
                at += 3;
            } else {
                if members[at] == letter {
                    return true;
                }
                at += 1;
            }
        }
        false
    };
    (Box::new(move |letter| has(letter) != negated), &inside[end + 1..])
}
