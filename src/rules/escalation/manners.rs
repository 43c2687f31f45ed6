//! How debtors are spoken to: at what hours, in what tone and language.

use super::limits::contacts;
use crate::base::country::is_code;
use crate::base::hours::{Hours, Offset, TimeOfDay};
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::escalation::limits::WEEKDAYS;
use crate::rules::escalation::mark_condition;
use crate::rules::forms::escalation::{HOURS, LANGUAGES, TONE_BOUND};
use crate::rules::marks::Owner;
use crate::rules::program::{ContactHours, Grain, Languages, ToneBound};
use crate::rules::tables::{IdPlaces, rule, unique_id};

/// Hours of contact.
pub(super) fn hours(node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<ContactHours> {
    let mut record = Record::open(node, &HOURS, context)?;
    let id = record.need("hours", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let when = record.need("when", context);
    let verbs = record.need("count", context).map(|node| contacts(node, context));
    let (from_node, until_node) = (record.need("after", context), record.need("before", context));
    let from = from_node.and_then(|node| time(node, context));
    let until = until_node.and_then(|node| time(node, context));
    let weekdays = record.take("days", context).map(|node| weekdays(node, context));
    let zones = record.take("zones", context).map(|node| zones(node, context)).unwrap_or_default();
    mark_condition(Owner::Hours, id.as_deref(), when, context);
    let rule = rule(id, when, Grain::Customer, &mut record, context);
    let zones_at = record.key_span("zones");
    record.close(context);
    let (from, until) = (from?, until?);
    let Some(hours) = Hours::between(from, until) else {
        let found = Diagnostic::error(codes::CONTACT_HOURS, until_node?.span, format!("between {from} and {until} there is no time"));
        context.findings.push(found.help("both ends are outside; hours do not go beyond midnight"));
        return None;
    };
    let offsets: Vec<Offset> = zones.iter().flat_map(|(_, offsets)| offsets).copied().collect();
    let anywhere = hours.everywhere(&offsets).filter(|_| !offsets.is_empty());
    if anywhere.is_none() && !offsets.is_empty() {
        let message = "no hour is lawful in all of these zones: who may be in any of them could never be contacted";
        context.error(codes::CONTACT_HOURS, zones_at, message);
    }
    Some(ContactHours { rule: rule?, verbs: verbs?, hours, weekdays: weekdays.unwrap_or_default(), zones, anywhere })
}

/// Days of the week, 1 for Monday.
pub(super) fn weekdays(node: &Node, context: &mut Context<'_>) -> Vec<u32> {
    context.items(node).iter().filter_map(|day| context.choice(day, "a day of the week", WEEKDAYS)).collect()
}

fn time(node: &Node, context: &mut Context<'_>) -> Option<TimeOfDay> {
    let text = context.text(node)?;
    let time = TimeOfDay::parse(text);
    if time.is_none() {
        let found = Diagnostic::error(codes::CONTACT_HOURS, node.span, format!("\"{text}\" is not a time of day"));
        context.findings.push(found.help("write hours and minutes, both with two digits: 08:00"));
    }
    time
}

/// Zones with what each is ahead of universal time.
fn zones(node: &Node, context: &mut Context<'_>) -> Vec<(String, Vec<Offset>)> {
    let Some(mapping) = node.mapping() else {
        context.error(codes::WRONG_SHAPE, node.span, "zones are names with offsets: {America/New_York: [-05:00, -04:00]}");
        return Vec::new();
    };
    let mut zones = Vec::new();
    for entry in &mapping.entries {
        let mut offsets = Vec::new();
        for item in context.items(&entry.value) {
            let Some(text) = context.text(item) else { continue };
            match Offset::parse(text) {
                Some(offset) => offsets.push(offset),
                None => {
                    let message = format!("\"{text}\" is not what a zone is ahead of universal time");
                    let found = Diagnostic::error(codes::CONTACT_HOURS, item.span, message);
                    context.findings.push(found.help("write it with its sign, hours and minutes: -05:00"));
                }
            }
        }
        zones.push((entry.key.clone(), offsets));
    }
    zones
}

/// All tones from the softest to the hardest, each with its place.
pub(super) fn tones(node: &Node, context: &mut Context<'_>) -> Vec<String> {
    let mut tones: Vec<String> = Vec::new();
    for item in context.items(node) {
        let Some(tone) = context.text(item) else { continue };
        if tones.iter().any(|known| known == tone) {
            context.error(codes::DEFINED_TWICE, item.span, format!("the scale has \"{tone}\" twice"));
        } else {
            tones.push(tone.to_owned());
        }
    }
    tones
}

/// The position of a tone on the scale.
pub(super) fn tone(node: &Node, context: &mut Context<'_>) -> Option<usize> {
    let name = context.text(node)?;
    let tones = context.names.tones.clone().unwrap_or_default();
    let at = tones.iter().position(|tone| tone == name);
    if at.is_none() {
        let found = Diagnostic::error(codes::TONE, node.span, format!("there is no tone \"{name}\""))
            .nearest(name, tones.iter().map(String::as_str));
        let help = if tones.is_empty() {
            "write the scale first: tones: [friendly, neutral, firm, formal]"
        } else {
            "all tones are listed under `tones:`"
        };
        context.findings.push(found.help(help));
    }
    at
}

/// A bound of tone.
pub(super) fn bound(node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<ToneBound> {
    let mut record = Record::open(node, &TONE_BOUND, context)?;
    let id = record.need("bound", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let when = record.need("when", context);
    let at_least = record.take("at_least", context).and_then(|node| tone(node, context));
    let at_most = record.take("at_most", context).and_then(|node| tone(node, context));
    mark_condition(Owner::ToneBound, id.as_deref(), when, context);
    let rule = rule(id, when, Grain::Customer, &mut record, context);
    if at_least.zip(at_most).is_some_and(|(floor, ceiling)| floor > ceiling) {
        let found = Diagnostic::error(codes::TONE, record.key_span("at_least"), "the floor of this bound lies above its ceiling");
        context.findings.push(found.beside(record.key_span("at_most"), "the ceiling"));
    }
    if !record.has("at_least") && !record.has("at_most") && !record.holed() {
        context.error(codes::TONE, record.heading(), "this bound has neither floor nor ceiling: write at_least, at_most, or both");
    }
    record.close(context);
    Some(ToneBound { rule: rule?, at_least, at_most })
}

/// Languages of texts.
pub(super) fn languages(node: &Node, context: &mut Context<'_>) -> Option<Languages> {
    let mut record = Record::open(node, &LANGUAGES, context)?;
    let known = record.need("known", context).map(|node| {
        let texts = context.items(node).iter().filter_map(|item| context.text(item)).map(str::to_owned);
        texts.collect::<Vec<String>>()
    });
    let mut countries = Vec::new();
    for entry in record.take("countries", context).and_then(Node::mapping).into_iter().flat_map(|mapping| &mapping.entries) {
        if !is_code(entry.key.as_bytes()) {
            let message = format!("\"{}\" is not an ISO 3166-1 code of two letters", entry.key);
            context.error(codes::NOT_A_CHOICE, entry.key_span, message);
        }
        let Some(language) = context.text(&entry.value) else { continue };
        let of = known.iter().flatten().map(String::as_str);
        if known.is_some() && !of.clone().any(|known| known == language) {
            let found = Diagnostic::error(codes::NOT_A_CHOICE, entry.value.span, format!("there are no texts in \"{language}\""));
            context.findings.push(found.nearest(language, of).help("the languages there are texts in are listed under `known:`"));
        }
        countries.push((entry.key.clone(), language.to_owned()));
    }
    let place = context.sources.file_and_line(record.heading());
    record.close(context);
    Some(Languages { known: known.filter(|known| !known.is_empty())?, countries, place })
}
