//! Lists and groups on one line: one blank after each comma and colon, and columns below each other where rows are alike.

use std::ops::Range;

use super::comments::{any_in, places};
use super::{Edit, File};
use crate::rules::document::{Node, NodeKind};

/// Rows of keys with values are set in columns up to this width; cells of a grid always.
const WIDEST_ROW: usize = 140;

pub(super) fn edits(file: &File<'_>) -> Vec<Edit> {
    let mut pass = Pass { file, comments: places(file), edits: Vec::new() };
    pass.node(&file.root, None);
    pass.edits
}

struct Pass<'f, 't> {
    file: &'f File<'t>,
    comments: Vec<Range<usize>>,
    edits: Vec<Edit>,
}

/// A list or group on one line, cut at its commas.
struct Row {
    start: usize,
    end: usize,
    column: usize,
    brackets: (char, char),
    parts: Vec<String>,
    keys: Vec<String>,
}

impl Pass<'_, '_> {
    /// `head` is a list of column names that stands above the rows of this node.
    fn node(&mut self, node: &Node, head: Option<&Node>) {
        if self.is_flow(node) {
            if let Some(row) = self.row(node) {
                self.set(&row, &vec![1; row.parts.len()]);
            }
            return;
        }
        match &node.kind {
            NodeKind::Sequence(items) => self.items(items, head),
            NodeKind::Mapping(mapping) => {
                let columns = node.get("columns").filter(|columns| self.is_flow(columns));
                let rows = columns.and_then(|_| node.get("rows")).filter(|rows| !self.is_flow(rows));
                for entry in &mapping.entries {
                    let is_head = rows.is_some() && entry.key == "columns";
                    let is_rows = rows.is_some() && entry.key == "rows";
                    if !is_head {
                        self.node(&entry.value, columns.filter(|_| is_rows));
                    }
                }
            }
            _ => {}
        }
    }

    fn is_flow(&self, node: &Node) -> bool {
        matches!(node.kind, NodeKind::Sequence(_) | NodeKind::Mapping(_)) && self.file.slice(node).starts_with(['[', '{'])
    }

    /// The rows of a list, in columns where they are alike.
    fn items(&mut self, items: &[Node], head: Option<&Node>) {
        let nodes: Vec<&Node> = head.into_iter().chain(items).collect();
        let flows = nodes.iter().all(|node| self.is_flow(node));
        let rows: Option<Vec<Row>> = if flows { nodes.iter().map(|node| self.row(node)).collect() } else { None };
        match rows.as_deref().and_then(columns) {
            Some(gaps) => rows.iter().flatten().zip(gaps).for_each(|(row, gaps)| self.set(row, &gaps)),
            None => nodes.iter().for_each(|node| self.node(node, None)),
        }
    }

    /// `None` where it takes several lines or has a comment: it stays as it is.
    fn row(&self, node: &Node) -> Option<Row> {
        let (start, end) = (node.span.start as usize, node.span.end as usize);
        let text = self.file.slice(node);
        if text.contains('\n') || any_in(&self.comments, &(start..end)) {
            return None;
        }
        let (brackets, parts, keys) = match &node.kind {
            NodeKind::Sequence(items) => (('[', ']'), items.iter().map(|item| self.written(item)).collect::<Option<Vec<_>>>()?, Vec::new()),
            NodeKind::Mapping(mapping) => {
                let part = |entry: &crate::rules::document::Entry| {
                    let key = self.file.text.get(entry.key_span.start as usize..entry.key_span.end as usize)?;
                    Some(format!("{key}: {}", self.written(&entry.value)?))
                };
                let keys = mapping.entries.iter().map(|entry| entry.key.clone()).collect();
                (('{', '}'), mapping.entries.iter().map(part).collect::<Option<Vec<_>>>()?, keys)
            }
            _ => return None,
        };
        Some(Row { start, end, column: self.file.column(start), brackets, parts, keys })
    }

    /// A value within a row.
    fn written(&self, node: &Node) -> Option<String> {
        match &node.kind {
            NodeKind::Scalar(_) => Some(self.file.slice(node).to_owned()),
            NodeKind::Sequence(_) | NodeKind::Mapping(_) if self.is_flow(node) => {
                self.row(node).map(|row| text(&row, &vec![1; row.parts.len()]))
            }
            _ => None,
        }
    }

    fn set(&mut self, row: &Row, gaps: &[usize]) {
        let text = text(row, gaps);
        if self.file.text.get(row.start..row.end) != Some(&text) {
            self.edits.push(Edit { start: row.start, end: row.end, text });
        }
    }
}

/// A row with so many blanks after each comma.
fn text(row: &Row, gaps: &[usize]) -> String {
    let mut out = String::from(row.brackets.0);
    for (at, part) in row.parts.iter().enumerate() {
        out.push_str(part);
        if at + 1 < row.parts.len() {
            out.push(',');
            out.extend(std::iter::repeat_n(' ', gaps.get(at).copied().unwrap_or(1)));
        }
    }
    out.push(row.brackets.1);
    out
}

/// Blanks after each part of each row so that parts stand below each other; `None` where the rows are not alike.
fn columns(rows: &[Row]) -> Option<Vec<Vec<usize>>> {
    let first = rows.first().filter(|_| rows.len() > 1)?;
    if rows.iter().any(|row| row.parts.len() != first.parts.len() || row.keys != first.keys || row.brackets != first.brackets) {
        return None;
    }
    let mut ends: Vec<usize> = rows.iter().map(|row| row.column + 1).collect();
    let mut gaps = vec![Vec::new(); rows.len()];
    for part in 0..first.parts.len() {
        let last = part + 1 == first.parts.len();
        for (end, row) in ends.iter_mut().zip(rows) {
            *end += row.parts[part].chars().count() + 1;
        }
        let next = ends.iter().max().copied().unwrap_or(0) + 1;
        for (end, gaps) in ends.iter_mut().zip(&mut gaps).filter(|_| !last) {
            gaps.push(next - *end);
            *end = next;
        }
    }
    let too_wide = !first.keys.is_empty() && ends.iter().any(|end| *end > WIDEST_ROW);
    (!too_wide).then_some(gaps)
}
