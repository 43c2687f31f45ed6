//! The blanks between a key and its value: one, or as many as it takes where the writer set the values below each other.

use super::{Edit, File};
use crate::rules::document::{Entry, Mapping, Node, NodeKind};

pub(super) fn edits(file: &File<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    visit(file, &file.root, &mut edits);
    edits
}

fn visit(file: &File<'_>, node: &Node, edits: &mut Vec<Edit>) {
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().for_each(|item| visit(file, item, edits)),
        NodeKind::Mapping(mapping) if !file.slice(node).starts_with('{') => {
            group(file, mapping, edits);
            mapping.entries.iter().for_each(|entry| visit(file, &entry.value, edits));
        }
        _ => {}
    }
}

fn group(file: &File<'_>, mapping: &Mapping, edits: &mut Vec<Edit>) {
    let beside: Vec<(&Entry, usize)> = mapping.entries.iter().filter_map(|entry| gap(file, entry).map(|gap| (entry, gap))).collect();
    let columns: Vec<usize> = beside.iter().map(|(entry, _)| file.column(entry.value.span.start as usize)).collect();
    let most = columns.iter().map(|column| columns.iter().filter(|other| *other == column).count()).max().unwrap_or(0);
    let aligned = beside.len() > 1 && most * 2 >= beside.len() && most > 1 && beside.iter().filter(|(_, gap)| *gap > 1).count() > 0;
    let widest = beside.iter().map(|(entry, _)| file.column(entry.key_span.end as usize)).max().unwrap_or(0);
    for (entry, gap) in beside {
        let end = entry.key_span.end as usize;
        let wanted = if aligned { widest + 1 - file.column(end) } else { 1 };
        if gap != wanted {
            edits.push(Edit { start: end + 1, end: entry.value.span.start as usize, text: " ".repeat(wanted) });
        }
    }
}

/// Blanks between the colon of a key and its value on the same line.
fn gap(file: &File<'_>, entry: &Entry) -> Option<usize> {
    let between = file.text.get(entry.key_span.end as usize..entry.value.span.start as usize)?;
    let blanks = between.strip_prefix(':')?;
    (!blanks.is_empty() && blanks.chars().all(|blank| blank == ' ')).then_some(blanks.len())
}
