//! Tables as text that spreadsheets open (RFC 4180).

use crate::desk::cells::Value;
use crate::desk::sheet::Page;

/// How numbers and columns are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Commas between columns, a point in numbers.
    Plain,
    /// Semicolons between columns, a comma in numbers, and a byte order mark: what spreadsheets of France or Germany open with a click.
    Semicolon,
}

/// What a spreadsheet would take for the beginning of a formula, also as written in East Asian width.
const FORMULA: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

/// A page as text. A text that begins like a formula gets an apostrophe before it, so that no spreadsheet works it out.
pub fn write(page: &Page, style: Style) -> String {
    let (separator, mark) = match style {
        Style::Plain => (",", ""),
        Style::Semicolon => (";", "\u{feff}"),
    };
    let head: Vec<String> = page.head.iter().map(|name| quoted(name)).collect();
    let mut text = format!("{mark}{}\r\n", head.join(separator));
    for row in &page.rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.as_ref().map_or(String::new(), |value| written(value, style))).collect();
        text.push_str(&cells.join(separator));
        text.push_str("\r\n");
    }
    text
}

fn written(value: &Value, style: Style) -> String {
    match value {
        Value::Text(text) if text.starts_with(FORMULA) => quoted(&format!("'{text}")),
        Value::Text(text) => quoted(text),
        Value::Decimal(..) if style == Style::Semicolon => value.text().replace('.', ","),
        _ => value.text(),
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', ';', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::date::Date;

    fn check(value: Value, plain: &str, semicolon: &str) {
        let page = Page { title: "t".to_owned(), head: vec!["a".to_owned(), "b".to_owned()], rows: vec![vec![Some(value), None]] };
        assert_eq!(write(&page, Style::Plain), format!("a,b\r\n{plain},\r\n"));
        assert_eq!(write(&page, Style::Semicolon), format!("\u{feff}a;b\r\n{semicolon};\r\n"));
    }

    #[test]
    fn cells_are_written_as_spreadsheets_read_them() {
        let text = |text: &str| Value::Text(text.to_owned());
        check(text("00042"), "00042", "00042");
        check(text("a \"b\", c"), "\"a \"\"b\"\", c\"", "\"a \"\"b\"\", c\"");
        check(text("two\nlines"), "\"two\nlines\"", "\"two\nlines\"");
        check(text("a;b"), "\"a;b\"", "\"a;b\"");
        check(Value::Decimal(-123_456, 2), "-1234.56", "-1234,56");
        check(Value::Whole(-3), "-3", "-3");
        check(Value::Flag(true), "yes", "yes");
        check(Date::parse("2026-11-23").map(Value::Date).expect("a day"), "2026-11-23", "2026-11-23");
    }

    #[test]
    fn what_begins_like_a_formula_is_none() {
        for text in ["=1+1", "+33 1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", "\0=1", "＝1", "＋1", "－1", "＠a", "=cmd|' /C calc'!A0"]
        {
            let page = Page { title: String::new(), head: vec!["a".to_owned()], rows: vec![vec![Some(Value::Text(text.to_owned()))]] };
            for style in [Style::Plain, Style::Semicolon] {
                let written = write(&page, style);
                let cell = written.split_once("\r\n").expect("a head").1;
                assert!(cell.trim_start_matches('"').starts_with('\''), "{text:?} is written {cell:?}");
            }
        }
        check(Value::Text("a=b".to_owned()), "a=b", "a=b");
    }
}
