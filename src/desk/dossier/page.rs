//! A dossier as one page that needs nothing beside it, with a seal over all of it.

use crate::base::contract::{customers, open_items, penalties};
use crate::desk::dossier::Dossier;
use crate::desk::dossier::rows::{Place, Rows};
use crate::desk::html::{Row, code, element, escaped, heading, page, paragraph, table};
use crate::io::digest::sha256;

/// What stands before the seal.
const SEAL: &str = "<footer id=\"seal\">";

/// The page.
pub fn write(dossier: &Dossier) -> String {
    let sections = [
        ("who", "Who owes", who(dossier)),
        ("claim", "What is owed", claim(dossier)),
        ("events", "What happened", events(dossier)),
        ("penalties", "How the penalties come about", lines_of_penalties(dossier)),
        ("sources", "Where it stands", sources(dossier)),
    ];
    let navigation: String = sections.iter().map(|(id, title, _)| element("li", &crate::desk::html::link(id, title)) + "\n").collect();
    let body: String = sections.iter().map(|(id, title, body)| heading(2, id, title) + body).collect();
    let page = page(&format!("Dossier of customer {}", dossier.customer), &format!("<ul>\n{navigation}</ul>\n"), &body);
    seal(&page)
}

/// The page with its own hash at its end.
fn seal(page: &str) -> String {
    let (above, below) = page.rsplit_once("</body>").unwrap_or((page, ""));
    let hash = sha256(above.as_bytes()).unwrap_or_default();
    format!("{above}{SEAL}<p>SHA-256 of all bytes of this file before this paragraph: <code>{hash}</code></p></footer>\n</body>{below}")
}

/// Whether the seal of a page is that of what stands above it; `None` where it has none.
pub fn is_sealed(text: &str) -> Option<bool> {
    let (above, seal) = text.rsplit_once(SEAL)?;
    let hash = sha256(above.as_bytes()).ok()?;
    let expected =
        format!("<p>SHA-256 of all bytes of this file before this paragraph: <code>{hash}</code></p></footer>\n</body>\n</html>\n");
    Some(seal == expected)
}

fn place(place: Place) -> String {
    format!("<a href=\"#source-{0}\">{0}</a>, row {1}", place.source, place.row)
}

fn who(dossier: &Dossier) -> String {
    let night = paragraph(&format!(
        "As the night of {} saw it, by relance {} and the rules {} ({}).",
        escaped(&dossier.night.as_of),
        escaped(&dossier.night.version),
        escaped(&dossier.night.rules.name),
        code(&dossier.night.rules.hash),
    ));
    let Some(rows) = dossier.who.as_ref().filter(|rows| !rows.table.is_empty()) else {
        return night + &paragraph("The ledger has no row of this customer.");
    };
    let cells: Vec<Row> = (0..customers::WIDTH)
        .filter_map(|at| Some((None, vec![escaped(customers::SPEC.columns[at].name), escaped(&rows.cell(at, 0)?)])))
        .collect();
    night
        + &table("The customer, as the ledger has it", &["Column", "Value"], &cells)
        + &paragraph(&format!("File {}.", place(rows.places[0])))
}

fn columns(caption: &str, rows: &Rows, shown: &[(usize, &str)]) -> String {
    let head: Vec<&str> = shown.iter().map(|(_, title)| *title).chain(["File"]).collect();
    let body: Vec<Row> = (0..rows.table.len())
        .map(|row| {
            let cells = shown.iter().map(|(at, _)| escaped(&rows.cell(*at, row).unwrap_or_default()));
            (None, cells.chain([place(rows.places[row])]).collect())
        })
        .collect();
    table(caption, &head, &body)
}

fn claim(dossier: &Dossier) -> String {
    let Some(rows) = dossier.open_items.as_ref().filter(|rows| !rows.table.is_empty()) else {
        return paragraph("Nothing is open.");
    };
    let shown = [
        (open_items::INVOICE_ID, "Invoice"),
        (open_items::SEQUENCE, "Instalment"),
        (open_items::ISSUE_DATE, "Issued"),
        (open_items::DUE_DATE, "Due"),
        (open_items::AMOUNT, "Amount"),
        (open_items::AMOUNT_CREDITED, "Credited"),
        (open_items::AMOUNT_PAID, "Paid"),
        (open_items::AMOUNT_OPEN, "Open"),
        (open_items::AMOUNT_DISPUTED, "Disputed"),
        (open_items::DAYS_PAST_DUE, "Days late"),
    ];
    let totals: Vec<Row> = dossier.totals.iter().map(|(what, amount)| (None, vec![escaped(what), escaped(amount)])).collect();
    columns("Open items", rows, &shown) + &table("Added up", &["", "Amount"], &totals)
}

fn events(dossier: &Dossier) -> String {
    let row = |event: &super::events::Event| {
        let details: Vec<String> =
            event.details.iter().map(|(name, value)| format!("{}: {}", escaped(&name.replace('_', " ")), escaped(value))).collect();
        let cells = [&event.on.to_string(), &event.what, &event.reference, &event.amount].map(|text| escaped(text));
        (None, cells.into_iter().chain([details.join("; "), place(event.place)]).collect())
    };
    let rows: Vec<Row> = dossier.events.iter().map(row).collect();
    table("Day by day, oldest first", &["Day", "What", "Id", "Amount", "More", "File"], &rows)
}

fn lines_of_penalties(dossier: &Dossier) -> String {
    let Some(rows) = dossier.penalties.as_ref().filter(|rows| !rows.table.is_empty()) else {
        return paragraph("None are charged.");
    };
    let shown = [
        (penalties::INVOICE_ID, "Invoice"),
        (penalties::KIND, "Kind"),
        (penalties::FROM_DATE, "From"),
        (penalties::TO_DATE, "To"),
        (penalties::DAYS, "Days"),
        (penalties::BASE_AMOUNT, "On"),
        (penalties::ANNUAL_RATE, "Rate by the year"),
        (penalties::DAY_COUNT, "Days counted as"),
        (penalties::AMOUNT, "Amount"),
        (penalties::RULE_ID, "Rule"),
        (penalties::BASIS, "Basis"),
    ];
    columns("To the night, line by line", rows, &shown)
}

fn sources(dossier: &Dossier) -> String {
    let row = |(at, source): (usize, &super::rows::Source)| {
        let is_it = match source.as_of_the_night {
            Some(true) => "the file of the night",
            Some(false) => "changed since the night",
            None => "no night read it",
        };
        let id = Some(format!("source-{}", at + 1));
        (id, vec![(at + 1).to_string(), escaped(&source.file), code(&source.sha256), is_it.to_owned()])
    };
    let rows: Vec<Row> = dossier.sources.iter().enumerate().map(row).collect();
    paragraph("Rows are counted from 0. Files of folders as_of= were published by relance that night, the others are the ledger's.")
        + &table("Files", &["No.", "File", "SHA-256", ""], &rows)
}
