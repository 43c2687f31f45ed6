//! Keys in the order in which they are best read, in groups where nothing but keys and values would move.

use std::ops::Range;

use super::comments::{any_in, places};
use super::{Edit, File};
use crate::base::form::Form;
use crate::rules::document::{Entry, Node};
use crate::rules::forms::{Part, walk_file};

pub(super) fn edits(file: &File<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    let Some(kind) = file.kind else { return edits };
    let comments = places(file);
    walk_file(kind, &file.root, &mut |part| {
        if let Part::Group(form, node) = part {
            edits.extend(group(file, form, node, &comments));
        }
    });
    edits
}

fn group(file: &File<'_>, form: &'static Form, node: &Node, comments: &[Range<usize>]) -> Option<Edit> {
    let entries = &node.mapping()?.entries;
    let position = |entry: &Entry| form.keys.iter().position(|key| key.name == entry.key);
    let positions = entries.iter().map(position).collect::<Option<Vec<_>>>()?;
    if positions.is_sorted() {
        return None;
    }
    let start = entries.first()?.key_span.start as usize;
    let end = entries.iter().map(value_end).max()?;
    let line_end = file.text[end..].find('\n').map_or(file.text.len(), |offset| end + offset);
    if any_in(comments, &(start..line_end)) {
        return None;
    }
    let flow = file.slice(node).starts_with('{');
    let mut parts = if flow { flow_parts(file, entries)? } else { block_parts(file, entries, end)? };
    let separator = if flow { ", ".to_owned() } else { format!("\n{}", " ".repeat(file.column(start))) };
    parts = sorted(parts, &positions);
    Some(Edit { start, end, text: parts.join(&separator) })
}

fn sorted<'t>(parts: Vec<&'t str>, positions: &[usize]) -> Vec<&'t str> {
    let mut pairs: Vec<_> = positions.iter().zip(parts).collect();
    pairs.sort_by_key(|(position, _)| **position);
    pairs.into_iter().map(|(_, part)| part).collect()
}

fn value_end(entry: &Entry) -> usize {
    entry.value.span.end.max(entry.key_span.end) as usize
}

/// Keys with their values on one line.
fn flow_parts<'t>(file: &File<'t>, entries: &[Entry]) -> Option<Vec<&'t str>> {
    let part = |entry: &Entry| file.text.get(entry.key_span.start as usize..value_end(entry)).filter(|part| !part.contains('\n'));
    entries.iter().map(part).collect()
}

/// Keys with their values on lines of their own, all below each other and without empty lines.
fn block_parts<'t>(file: &File<'t>, entries: &[Entry], end: usize) -> Option<Vec<&'t str>> {
    let column = file.column(entries.first()?.key_span.start as usize);
    let starts: Vec<usize> = entries.iter().map(|entry| entry.key_span.start as usize).collect();
    let mut parts = Vec::new();
    for (at, start) in starts.iter().enumerate() {
        let stop = match starts.get(at + 1) {
            Some(next) => file.text[..*next].rfind('\n')?,
            None => end,
        };
        let part = file.text.get(*start..stop)?;
        let below = at == 0 || file.text[..*start].rfind('\n').is_some_and(|newline| file.text[newline + 1..*start].trim().is_empty());
        if file.column(*start) != column || !below || part.split('\n').any(|line| line.trim().is_empty()) {
            return None;
        }
        parts.push(part);
    }
    Some(parts)
}
