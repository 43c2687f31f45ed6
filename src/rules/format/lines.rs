//! Lines: nothing after their content, no more than one empty one at a time, and one line break at the end.

use super::File;
use crate::rules::document::{Node, NodeKind};

/// Tidies all lines but those within a value of several lines, whose blanks may count.
pub(super) fn tidy(text: &str) -> String {
    let Some(file) = File::read(text) else { return text.to_owned() };
    let mut inside = Vec::new();
    long_values(&file, &file.root, &mut inside);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for line in text.split('\n') {
        let kept = inside.iter().any(|(start, end)| at > *start && at <= *end);
        let content = if kept { line } else { line.trim_end() };
        if kept || !content.is_empty() || !(out.is_empty() || out.ends_with("\n\n")) {
            out.push_str(content);
            out.push('\n');
        }
        at += line.len() + 1;
    }
    out.truncate(out.trim_end_matches('\n').len());
    out.push('\n');
    out
}

fn long_values(file: &File<'_>, node: &Node, found: &mut Vec<(usize, usize)>) {
    match &node.kind {
        NodeKind::Scalar(_) if file.slice(node).contains('\n') => found.push((node.span.start as usize, node.span.end as usize)),
        NodeKind::Sequence(items) => items.iter().for_each(|item| long_values(file, item, found)),
        NodeKind::Mapping(mapping) => mapping.entries.iter().for_each(|entry| long_values(file, &entry.value, found)),
        _ => {}
    }
}
