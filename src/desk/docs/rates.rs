//! Penalties, the regimes they name, and reference rates with their sources.

use super::html::{code, element, escaped, heading, table, terms};
use super::tables::dated;
use super::{Writer, link_to, text};
use crate::base::form::Noun;
use crate::rules::document::Node;
use crate::rules::vocabulary::items;

impl Writer<'_> {
    pub(super) fn penalties(&self) -> String {
        let mut out = String::new();
        let mut above: Vec<String> = Vec::new();
        let mut rows = Vec::new();
        for penalty in self.listed("penalties") {
            let id = text(penalty, "penalty");
            let mut when = penalty.get("when").map_or_else(String::new, |node| self.condition(node));
            if !above.is_empty() {
                let links: Vec<String> = above.iter().map(|row| super::link(&format!("penalty.{row}"), row)).collect();
                when.push_str(&format!("<span class=\"above\">and none of the rules above: {}</span>", links.join(", ")));
            }
            when.push_str(&dated(penalty));
            let regime = match text(penalty, "regime") {
                "none" => "nothing is due".to_owned(),
                regime => link_to(self.speaker.vocabulary, Noun::Regime, regime),
            };
            let rate = if text(penalty, "contractual") == "true" {
                "that of the contract, where the law lets it stand"
            } else {
                "that of the regime"
            };
            rows.push((Some(format!("penalty.{id}")), vec![escaped(id), when, regime, rate.to_owned()]));
            if text(penalty, "shadow") != "true" {
                above.push(id.to_owned());
            }
        }
        if !rows.is_empty() {
            let caption = "The first rule that is true decides; a customer none of them names bears nothing";
            out.push_str(&table(caption, &["Rule", "For customers of whom", "Regime", "Rate"], &rows));
        }
        out.extend(self.listed("regimes").map(|regime| self.regime(regime)));
        out
    }

    fn regime(&self, regime: &Node) -> String {
        let id = text(regime, "regime");
        let mut pairs = vec![
            ("Law".to_owned(), escaped(text(regime, "basis"))),
            ("Yearly rate".to_owned(), self.rate_words(regime)),
            ("Days of a year".to_owned(), code(text(regime, "day_count"))),
        ];
        if let Some(charge) = regime.get("fixed_charge") {
            pairs.push(("Fixed charge".to_owned(), charge_words(charge)));
        }
        if let Some(floor) = regime.get("contract_floor") {
            let series = link_to(self.speaker.vocabulary, Noun::Series, text(floor, "series"));
            pairs.push(("Least contractual rate".to_owned(), format!("{} times {series}", escaped(text(floor, "times")))));
        }
        if text(regime, "stops_at_insolvency") == "true" {
            pairs.push(("Insolvency".to_owned(), "interest ends the day before the judgment".to_owned()));
        }
        heading(3, &format!("regime.{id}"), &format!("Regime {id}")) + &terms(&pairs)
    }

    fn rate_words(&self, regime: &Node) -> String {
        let series = link_to(self.speaker.vocabulary, Noun::Series, text(regime, "series"));
        let day = match text(regime, "reference_day") {
            "day_before_half_year" => "the day before the half-year",
            _ => "the first day of the half-year",
        };
        let fixing = match text(regime, "fixing") {
            "fixed_at_start" => "fixed on the first day of interest",
            _ => "anew for each half-year",
        };
        format!("{series} of {day} plus {}, {fixing}", escaped(text(regime, "margin")))
    }

    pub(super) fn rates(&self) -> String {
        self.listed("series").map(series).collect()
    }
}

fn charge_words(charge: &Node) -> String {
    let currency = text(charge, "currency");
    let amount = |text: &str| if text.contains(currency) { text.to_owned() } else { format!("{text} {currency}") };
    let band = |band: &Node| match text(band, "from") {
        "0" => amount(text(band, "charge")),
        from => format!("{} from a debt of {}", amount(text(band, "charge")), amount(from)),
    };
    let bands: Vec<String> = charge.get("bands").map(items).unwrap_or_default().iter().map(band).collect();
    let mut out = bands.join(", ").replace('_', "\u{a0}");
    if let Some(day) = charge.get("due_from").and_then(Node::text) {
        out.push_str(&format!(", on invoices due from {day} on"));
    }
    format!("{} ({})", escaped(&out), escaped(text(charge, "basis")))
}

fn series(series: &Node) -> String {
    let id = text(series, "series");
    let row = |row: &Node| {
        let confirmed = match text(row, "confirmed_by") {
            "none" => "<span class=\"unconfirmed\">not confirmed: check it before relying on it</span>".to_owned(),
            by => escaped(by),
        };
        let until = row.get("until").and_then(Node::text).unwrap_or("the next row");
        (None, vec![escaped(text(row, "from")), escaped(until), escaped(text(row, "rate")), escaped(text(row, "source")), confirmed])
    };
    let rows: Vec<_> = series.get("rows").map(items).unwrap_or_default().iter().map(row).collect();
    let known =
        element("p", &escaped(&format!("Known until {}; later days have no rate, and stop the night.", text(series, "known_until"))));
    let caption = format!("Series {id}, per year");
    heading(3, &format!("series.{id}"), id) + &known + "\n" + &table(&caption, &["From", "Until", "Rate", "Source", "Confirmed by"], &rows)
}
