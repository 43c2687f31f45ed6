//! Pieces of HTML. Whatever comes from a rule file or a ledger passes through [`escaped`].

/// Text made safe to stand in HTML, between tags and in attributes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter if letter.is_control() && letter != '\n' => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

/// An element around HTML.
pub fn element(name: &str, inner: &str) -> String {
    format!("<{name}>{inner}</{name}>")
}

/// An element with an anchor.
pub fn anchored(name: &str, id: &str, inner: &str) -> String {
    format!("<{name} id=\"{}\">{inner}</{name}>", anchor(id))
}

/// A link to an anchor of this page.
pub fn link(id: &str, text: &str) -> String {
    format!("<a href=\"#{}\">{}</a>", anchor(id), escaped(text))
}

/// An id as an anchor: letters, digits and what separates them.
pub fn anchor(id: &str) -> String {
    escaped(&id.split_whitespace().collect::<Vec<_>>().join("_"))
}

/// Something as it stands in a rule file.
pub fn code(text: &str) -> String {
    element("code", &escaped(&text.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// A heading of a section, of level 2 or 3, with its anchor.
pub fn heading(level: u8, id: &str, text: &str) -> String {
    anchored(&format!("h{level}"), id, &escaped(text)) + "\n"
}

/// A paragraph.
pub fn paragraph(inner: &str) -> String {
    element("p", inner) + "\n"
}

/// A row of a table: its anchor, if it has one, and its cells.
pub type Row = (Option<String>, Vec<String>);

/// A table with a caption and a head. Cells are HTML; the first of each row names it. A row may have an anchor.
pub fn table(caption: &str, head: &[&str], rows: &[Row]) -> String {
    let mut out = String::from("<div class=\"wide\"><table>\n");
    out.push_str(&element("caption", &escaped(caption)));
    let cells: String = head.iter().map(|cell| format!("<th scope=\"col\">{}</th>", escaped(cell))).collect();
    out.push_str(&format!("\n<thead><tr>{cells}</tr></thead>\n<tbody>\n"));
    for (id, cells) in rows {
        let id = id.as_ref().map_or_else(String::new, |id| format!(" id=\"{}\"", anchor(id)));
        out.push_str(&format!("<tr{id}>"));
        for (at, cell) in cells.iter().enumerate() {
            out.push_str(&if at == 0 { format!("<th scope=\"row\">{cell}</th>") } else { element("td", cell) });
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    out
}

/// Names with what they stand for; both are HTML.
pub fn terms(pairs: &[(String, String)]) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    let items: String = pairs.iter().map(|(term, means)| format!("<div><dt>{term}</dt><dd>{means}</dd></div>\n")).collect();
    format!("<dl>\n{items}</dl>\n")
}

/// A whole page.
pub fn page(title: &str, navigation: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to the content</a>\n\
         <header><h1>{title}</h1></header>\n<nav aria-label=\"Contents\">\n{navigation}</nav>\n<main id=\"content\">\n{body}</main>\n</body>\n</html>\n"
    )
}

const STYLE: &str = "\
:root { color-scheme: light dark; --line: #8886; --soft: #8881; --mark: #0a6; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 0 auto; padding: 1rem; }
h2 { border-bottom: 2px solid var(--line); margin-top: 3rem; }
h3 { margin-top: 2rem; }
nav ul { columns: 16rem; padding-left: 1.2rem; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
thead th { background: var(--soft); }
tbody th { font-weight: 600; white-space: nowrap; }
code { font-family: ui-monospace, monospace; font-size: .9em; background: var(--soft); padding: .1em .3em; }
dl > div { display: grid; grid-template-columns: minmax(9rem, 14rem) 1fr; gap: 1rem; padding: .2rem 0; }
dt { font-weight: 600; }
dd { margin: 0; }
.as-written { display: block; margin-top: .2rem; }
.above { display: block; margin-top: .2rem; font-style: italic; }
.unconfirmed { font-weight: 600; }
.timeline { list-style: none; margin: 1rem 0; padding: 0 0 0 1rem; border-left: 3px solid var(--mark); }
.timeline > li { position: relative; padding: 0 0 1rem 1rem; }
.timeline > li::before { content: \"\"; position: absolute; left: -1.55rem; top: .4rem; width: .8rem; height: .8rem;
  border-radius: 50%; background: var(--mark); }
.day { font-weight: 700; }
:target { outline: 3px solid var(--mark); }
@media print {
  nav, .skip { display: none; }
  body { max-width: none; font-size: 10pt; }
  h2, h3 { break-after: avoid; }
  tr, li { break-inside: avoid; }
  .timeline > li::before { print-color-adjust: exact; }
}
";
