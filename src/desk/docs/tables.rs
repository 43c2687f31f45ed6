//! Decision tables as tables, each row with the condition that really decides.

use super::html::{Row, code, element, escaped, heading, link, paragraph, table};
use super::{Writer, period, text};
use crate::rules::document::Node;
use crate::rules::vocabulary::items;

impl Writer<'_> {
    /// All tables under a key, each with a heading.
    pub(super) fn tables(&self, key: &'static str) -> String {
        self.listed(key).map(|table| self.decision_table(table)).collect()
    }

    fn decision_table(&self, node: &Node) -> String {
        let id = text(node, "table");
        let mut out = heading(3, &format!("table.{id}"), id);
        let output = node.get("output").and_then(Node::mapping).and_then(|mapping| mapping.entries.first());
        let output = output.map(|entry| entry.key.as_str()).unwrap_or_default();
        let whom = text(node, "grain");
        let how = match text(node, "hit") {
            "unique" => "Exactly one row is true for each; the order of the rows says nothing.",
            "first" => "Read from the top: the first row that is true decides.",
            _ => match text(node, "aggregate") {
                "sum" => "The results of all rows that are true are added up; 0 where none is.",
                "count" => "Says how many rows are true.",
                "max" => "Of all rows that are true, the one with the largest result decides.",
                "min" => "Of all rows that are true, the one with the smallest result decides.",
                _ => "Every row that is true counts.",
            },
        };
        out.push_str(&paragraph(&format!("Gives {} of each {}. {how}", code(output), escaped(whom))));
        let caption = format!("Table {id}: {output}");
        let (head, rows) = if node.get("columns").is_some() { self.grid(node, id, output) } else { self.rules(node, id, output) };
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        out.push_str(&table(&caption, &head, &rows));
        out.push_str(&self.of_a_queue(node));
        out
    }

    /// The last row: what holds where nothing above does.
    fn otherwise(&self, node: &Node, id: &str, width: usize) -> Option<Row> {
        let otherwise = node.get("otherwise").and_then(Node::text)?;
        let mut cells = vec![escaped("otherwise"), "Where no row above is true".to_owned()];
        cells.resize(width.saturating_sub(1).max(2), String::new());
        cells.push(code(otherwise));
        Some((Some(format!("{id}.otherwise")), cells))
    }

    fn rules(&self, node: &Node, id: &str, output: &str) -> (Vec<String>, Vec<Row>) {
        let first = text(node, "hit") == "first";
        let mut above: Vec<String> = Vec::new();
        let mut rows = Vec::new();
        for rule in node.get("rules").map(items).unwrap_or_default() {
            let name = text(rule, "id");
            let mut when = rule.get("when").map_or_else(String::new, |node| self.condition(node));
            when.push_str(&effective(first, id, &above));
            when.push_str(&dated(rule));
            let anchor = format!("{id}.{name}");
            rows.push((Some(anchor), vec![escaped(name), when, code(result(node, text(rule, "then")))]));
            if text(rule, "shadow") != "true" {
                above.push(name.to_owned());
            }
        }
        rows.extend(self.otherwise(node, id, 3));
        (vec!["Row".to_owned(), "Condition".to_owned(), output.to_owned()], rows)
    }

    fn grid(&self, node: &Node, id: &str, output: &str) -> (Vec<String>, Vec<Row>) {
        let columns: Vec<&str> = node.get("columns").map(items).unwrap_or_default().iter().filter_map(Node::text).collect();
        let tests: Vec<&str> = columns.iter().copied().filter(|column| *column != "id" && *column != output).collect();
        let first = text(node, "hit") == "first";
        let mut above: Vec<String> = Vec::new();
        let mut rows = Vec::new();
        for row in node.get("rows").map(items).unwrap_or_default() {
            let cell = |name: &str| {
                let at = columns.iter().position(|column| *column == name);
                at.and_then(|at| items(row).get(at)).and_then(Node::text).unwrap_or_default()
            };
            let name = cell("id");
            let mut cells = vec![escaped(name)];
            cells.extend(tests.iter().map(|column| self.cell(cell(column), column)));
            if let Some(last) = cells.last_mut().filter(|_| !tests.is_empty()) {
                last.push_str(&effective(first, id, &above));
            }
            cells.push(code(result(node, cell(output))));
            rows.push((Some(format!("{id}.{name}")), cells));
            if cell("shadow") != "true" {
                above.push(name.to_owned());
            }
        }
        rows.extend(self.otherwise(node, id, tests.len() + 2));
        let label = |column: &str| {
            let fields = &self.speaker.vocabulary.fields;
            fields.get(column).map_or_else(|| column.replace('_', " "), |field| field.label.clone())
        };
        let head = std::iter::once("Row".to_owned()).chain(tests.iter().map(|column| label(column))).chain([output.to_owned()]);
        (head.collect(), rows)
    }

    fn cell(&self, written: &str, column: &str) -> String {
        let ty = match column {
            "from" | "until" => "date",
            "shadow" => "bool",
            _ => self.speaker.vocabulary.fields.get(column).map_or("bool", |field| field.ty.as_str()),
        };
        let words = self.speaker.cell(written, ty);
        if words == written { escaped(&words) } else { format!("{}<span class=\"as-written\">{}</span>", escaped(&words), code(written)) }
    }

    /// What only queue tables have: how a queue is ordered, and how much fits.
    fn of_a_queue(&self, node: &Node) -> String {
        let mut out = String::new();
        let rank: Vec<String> = node.get("rank").map(items).unwrap_or_default().iter().filter_map(Node::text).map(ordered_by).collect();
        if !rank.is_empty() {
            out.push_str(&paragraph(&format!("Within a queue: {}; then what is asked for, then age.", rank.join(", "))));
        }
        let takes: Vec<String> = (node.get("takes").and_then(Node::mapping).into_iter().flat_map(|mapping| &mapping.entries))
            .map(|entry| format!("{} {}", code(&entry.key), escaped(entry.value.text().unwrap_or_default())))
            .collect();
        if !takes.is_empty() {
            out.push_str(&paragraph(&format!("Minutes of each action: {}.", takes.join(", "))));
        }
        let patience = node.get("patience").and_then(Node::text).map(|days| format!("What has waited for {} goes first.", escaped(days)));
        let skills =
            node.get("skills").and_then(Node::text).map(|field| format!("Collectors must know the {} of the customer.", code(field)));
        patience.into_iter().chain(skills).for_each(|said| out.push_str(&paragraph(&said)));
        if let Some(capacity) = node.get("capacity").and_then(Node::mapping) {
            let unit = if takes.is_empty() { "Actions" } else { "Minutes" };
            let rows: Vec<_> = capacity
                .entries
                .iter()
                .map(|entry| (None, vec![escaped(&entry.key), escaped(&entry.value.text().unwrap_or_default().replace('_', "\u{a0}"))]))
                .collect();
            out.push_str(&table(&format!("{unit} a night; the rest waits"), &["Queue", unit], &rows));
            let counts: Vec<String> = node.get("counts").map(items).unwrap_or_default().iter().filter_map(Node::text).map(code).collect();
            let counts = if counts.is_empty() { "what people do".to_owned() } else { counts.join(", ") };
            out.push_str(&paragraph(&format!("Counted: {counts}.")));
        }
        out
    }
}

/// A figure that orders a queue, with the end that comes first.
fn ordered_by(written: &str) -> String {
    match written.strip_suffix(" asc") {
        Some(figure) => format!("{}, smallest first", code(figure.trim_end())),
        None => format!("{}, largest first", code(written.strip_suffix(" desc").unwrap_or(written).trim_end())),
    }
}

/// What a row gives: one where rows are counted.
fn result<'n>(table: &Node, written: &'n str) -> &'n str {
    if text(table, "aggregate") == "count" { "1" } else { written }
}

/// That a row decides only where none above it did.
fn effective(first: bool, table: &str, above: &[String]) -> String {
    if !first || above.is_empty() {
        return String::new();
    }
    let links: Vec<String> = above.iter().map(|row| link(&format!("{table}.{row}"), row)).collect();
    format!("<span class=\"above\">and none of the rows above: {}</span>", links.join(", "))
}

/// When a row counts, where not always, and whether it is only on trial.
pub(super) fn dated(node: &Node) -> String {
    let period = period(node);
    let on_trial = (text(node, "shadow") == "true").then_some("on trial: counted, never acted upon");
    let words: Vec<&str> = on_trial.into_iter().chain((period != "always").then_some(period.as_str())).collect();
    let note = |words: &&str| format!("<span class=\"as-written\">{}</span>", element("em", &escaped(words)));
    words.iter().map(note).collect()
}
