//! Penalties, the regimes they name, and reference rates with their sources.

use super::html::{code, element, escaped, heading, table, terms};
use super::tables::dated;
use super::{Writer, link_to, text};
use crate::base::form::Noun;
use crate::rules::document::Node;
use crate::rules::forms::escalation::OF_CUSTOMER;
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
            let rate = match text(penalty, "contractual") {
                "true" => "that of the invoice, else of the customer's contract, where the law lets it stand",
                OF_CUSTOMER => "that of the customer's contract, where the law lets it stand",
                _ => "that of the regime",
            };
            let mut rate = rate.to_owned();
            if text(penalty, "compound") == "true" {
                rate.push_str("; interest bears interest");
            }
            rows.push((Some(format!("penalty.{id}")), vec![escaped(id), when, regime, rate]));
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
        pairs.push(("Starts".to_owned(), start_words(regime)));
        if let Some(charge) = regime.get("fixed_charge") {
            pairs.push(("Fixed charge".to_owned(), charge_words(charge)));
        }
        if let Some(floor) = regime.get("contract_floor") {
            let series = link_to(self.speaker.vocabulary, Noun::Series, text(floor, "series"));
            pairs.push(("Least contractual rate".to_owned(), format!("{} times {series}", escaped(text(floor, "times")))));
        }
        let told = |key: &str| regime.get(key).and_then(Node::text);
        match told("contract_cap") {
            Some("statutory") => pairs.push(("Most a contract may ask".to_owned(), "the rate of this regime".to_owned())),
            Some(rate) => pairs.push(("Most a contract may ask".to_owned(), escaped(rate))),
            None => {}
        }
        if text(regime, "contract_only") == "true" {
            pairs.push(("Without a contractual rate".to_owned(), "no interest is due".to_owned()));
        }
        match told("insolvency_stop") {
            Some("same_day") => pairs.push(("Insolvency".to_owned(), "interest ends on the day of the judgment".to_owned())),
            Some(_) => pairs.push(("Insolvency".to_owned(), "interest ends the day before the judgment".to_owned())),
            None => {}
        }
        if let Some(months) = told("compounds_after") {
            let words = format!("where a rule says so, interest due for {months} months bears interest itself");
            pairs.push(("Interest on interest".to_owned(), escaped(&words)));
        }
        if let Some(day) = told("issued_from") {
            pairs.push(("Invoices".to_owned(), escaped(&format!("issued from {day} on"))));
        }
        heading(3, &format!("regime.{id}"), &format!("Regime {id}")) + &terms(&pairs)
    }

    fn rate_words(&self, regime: &Node) -> String {
        let fixing = match text(regime, "fixing") {
            "fixed_at_start" => "fixed on the first day of interest",
            _ => "anew for each half-year",
        };
        if regime.get("series").is_none() {
            return "that of the contract".to_owned();
        }
        let series = link_to(self.speaker.vocabulary, Noun::Series, text(regime, "series"));
        let day = match text(regime, "reference_day") {
            "day_before_half_year" => "the day before the half-year",
            _ => "the first day of the half-year",
        };
        let mut out = format!("{series} of {day} plus {}, {fixing}", escaped(text(regime, "margin")));
        for earlier in regime.get("earlier_margins").map(items).unwrap_or_default() {
            let what = if text(earlier, "by") == "issue_date" { "on invoices issued until" } else { "on days until" };
            out.push_str(&escaped(&format!("; plus {} {what} {}", text(earlier, "margin"), text(earlier, "until"))));
        }
        if let Some(step) = regime.get("round_up_to").and_then(Node::text) {
            out.push_str(&escaped(&format!("; raised to a multiple of {step}")));
        }
        if let Some(day) = regime.get("known_from").and_then(Node::text) {
            out.push_str(&escaped(&format!("; known from {day} on")));
        }
        out
    }

    pub(super) fn rates(&self) -> String {
        self.listed("series").map(series).collect()
    }
}

fn charge_words(charge: &Node) -> String {
    let currency = text(charge, "currency");
    let amount = |text: &str| if text.contains(currency) { text.to_owned() } else { format!("{text} {currency}") };
    let band = |band: &Node| {
        let sum = amount(text(band, "charge"));
        let from = match (band.get("above").and_then(Node::text), text(band, "from")) {
            (Some(above), _) => format!(" above a debt of {}", amount(above)),
            (None, "0") => String::new(),
            (None, from) => format!(" from a debt of {}", amount(from)),
        };
        let plus = band.get("plus").and_then(Node::text).map_or(String::new(), |plus| format!(" and {plus} of what is beyond"));
        format!("{sum}{from}{plus}")
    };
    let bands: Vec<String> = charge.get("bands").map(items).unwrap_or_default().iter().map(band).collect();
    let mut out = bands.join(", ").replace('_', "\u{a0}");
    if let Some(most) = charge.get("most").and_then(Node::text) {
        out.push_str(&format!(", at most {}", amount(most)));
    }
    for (key, what) in [("due_from", "due"), ("issued_from", "issued")] {
        if let Some(day) = charge.get(key).and_then(Node::text) {
            out.push_str(&format!(", on invoices {what} from {day} on"));
        }
    }
    let exempt: Vec<&str> = charge.get("exempt").map(items).unwrap_or_default().iter().filter_map(Node::text).collect();
    if !exempt.is_empty() {
        out.push_str(&format!(", never from {}", exempt.join(", ")));
    }
    format!("{} ({})", escaped(&out), escaped(text(charge, "basis")))
}

fn start_words(regime: &Node) -> String {
    let event = match text(regime, "starts") {
        "formal_notice" => "the day a formal notice is received",
        "reminder" => "a written reminder",
        _ => "the due date",
    };
    match regime.get("grace_days").and_then(Node::text) {
        Some(days) => escaped(&format!("{days} days after {event}")),
        None => format!("the day after {event}"),
    }
}

fn series(series: &Node) -> String {
    let id = text(series, "series");
    let row = |row: &Node| {
        let confirmed = match text(row, "confirmed_by") {
            "none" => "<span class=\"unconfirmed\">not confirmed: check it before relying on it</span>".to_owned(),
            by => escaped(by),
        };
        let until = row.get("until").and_then(Node::text).unwrap_or("the next row");
        (
            None,
            vec![
                escaped(text(row, "from")),
                escaped(until),
                escaped(text(row, "rate")),
                escaped(text(row, "source")),
                escaped(text(row, "read_on")),
                confirmed,
            ],
        )
    };
    let rows: Vec<_> = series.get("rows").map(items).unwrap_or_default().iter().map(row).collect();
    let known =
        element("p", &escaped(&format!("Known until {}; later days have no rate, and stop the night.", text(series, "known_until"))));
    let caption = format!("Series {id}, per year");
    heading(3, &format!("series.{id}"), id)
        + &known
        + "\n"
        + &table(&caption, &["From", "Until", "Rate", "Source", "Read on", "Confirmed by"], &rows)
}
