//! Comments: found between the values, and kept in their columns.

use std::ops::Range;

use super::{File, apply};
use crate::rules::document::{Node, NodeKind};
use crate::rules::format::Edit;

/// Where comments are, in order, from their `#` to the end of the line.
pub(super) fn places(file: &File<'_>) -> Vec<Range<usize>> {
    let mut values = Vec::new();
    spans(&file.root, &mut values);
    values.sort_by_key(|span| span.start);
    let mut places = Vec::new();
    let mut at = 0;
    for value in values {
        between(file.text, at..value.start, &mut places);
        at = at.max(value.end);
    }
    between(file.text, at..file.text.len(), &mut places);
    places
}

fn spans(node: &Node, found: &mut Vec<Range<usize>>) {
    match &node.kind {
        NodeKind::Scalar(_) => found.push(node.span.start as usize..node.span.end as usize),
        NodeKind::Sequence(items) => items.iter().for_each(|item| spans(item, found)),
        NodeKind::Mapping(mapping) => {
            for entry in &mapping.entries {
                found.push(entry.key_span.start as usize..entry.key_span.end as usize);
                spans(&entry.value, found);
            }
        }
        NodeKind::Null | NodeKind::Poison => {}
    }
}

/// The comments of a stretch without values.
fn between(text: &str, stretch: Range<usize>, places: &mut Vec<Range<usize>>) {
    let mut at = stretch.start;
    while at < stretch.end {
        let Some(sign) = text[at..stretch.end].find('#').map(|offset| at + offset) else { return };
        let end = text[sign..].find('\n').map_or(text.len(), |offset| sign + offset);
        if sign == 0 || text[..sign].ends_with([' ', '\n', '\t']) {
            places.push(sign..end);
            at = end;
        } else {
            at = sign + 1;
        }
    }
}

/// Whether a stretch of the text has a comment.
pub(super) fn any_in(places: &[Range<usize>], stretch: &Range<usize>) -> bool {
    places.iter().any(|place| place.start < stretch.end && place.end > stretch.start)
}

/// The changed text with the comments at the ends of lines in the columns they had, where there is room.
pub(super) fn settle(before: &File<'_>, changed: &str) -> String {
    if changed == before.text {
        return changed.to_owned();
    }
    let Some(after) = File::read(changed) else { return changed.to_owned() };
    let (old, new) = (places(before), places(&after));
    if old.len() != new.len() {
        return changed.to_owned();
    }
    let edits = old.iter().zip(&new).filter_map(|(old, new)| {
        let (was, is) = (before.column(old.start), after.column(new.start));
        let line_start = changed[..new.start].rfind('\n').map_or(0, |newline| newline + 1);
        let content = changed[line_start..new.start].trim_end();
        if was == is || content.is_empty() {
            return None;
        }
        let blanks = was.saturating_sub(content.chars().count()).max(1);
        Some(Edit { start: line_start + content.len(), end: new.start, text: " ".repeat(blanks) })
    });
    apply(changed, edits.collect())
}
