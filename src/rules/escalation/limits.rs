//! How often and when a debtor may be contacted: caps and quiet days.

use std::collections::BTreeSet;

use super::action::verb;
use super::spans::days;
use crate::base::calendar::{CALENDARS, Calendar};
use crate::base::country::{is_code, meant};
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::{Node, NodeKind};
use crate::rules::forms::escalation::{CAP, QUIET_DAYS};
use crate::rules::marks::Mark;
use crate::rules::program::{Cap, Overflow, Per, QuietDays, Shift, Verb};
use crate::rules::renames;
use crate::rules::tables::{IdPlaces, Standing, standing, unique_id};

/// Days a cap may look back.
const LONGEST_WINDOW: i32 = 366;

pub(in crate::rules) const OVERFLOWS: &[(&str, Overflow)] = &[("postpone", Overflow::Postpone), ("drop", Overflow::Drop)];
pub(in crate::rules) const QUIET_OVERFLOWS: &[(&str, Shift)] =
    &[("next_business_day", Shift::Next), ("previous_business_day", Shift::Previous), ("postpone", Shift::Next), ("drop", Shift::Drop)];
/// What a cap counts from instead of what we did.
pub(in crate::rules) const AFTER: &[(&str, ())] = &[("conversation", ())];
/// Every calendar of a country for the debtors there.
pub(in crate::rules) const BY_COUNTRY: &[(&str, ())] = &[("by_country", ())];

/// Days of the week by name, 1 for Monday.
pub(in crate::rules) const WEEKDAYS: &[(&str, u32)] = QUIET.split_at(7).0;

/// Days without contact by name; 0 stands for public holidays.
pub(in crate::rules) const QUIET: &[(&str, u32)] = &[
    ("monday", 1),
    ("tuesday", 2),
    ("wednesday", 3),
    ("thursday", 4),
    ("friday", 5),
    ("saturday", 6),
    ("sunday", 7),
    ("public_holidays", 0),
];

/// A cap on contacts.
pub(super) fn cap(node: &Node, ids: &mut IdPlaces, context: &mut Context<'_>) -> Option<Cap> {
    let mut record = Record::open(node, &CAP, context)?;
    let id_node = record.need("cap", context);
    let id = id_node.and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    if let Some((id, node)) = id.as_ref().zip(id_node) {
        context.names.marks.put(Mark::Cap(id.clone()), node.span);
    }
    renames::read(&mut record, renames::Kind::Cap, "", id.as_deref(), context);
    let after_conversation =
        record.take("after", context).is_some_and(|node| context.choice(node, "what a cap counts from", AFTER).is_some());
    let at_most = at_most(&mut record, context);
    let within = record.need("within", context).and_then(|node| window(node, context));
    let per = record.take("per", context).map_or(Some(Per::Customer), |node| context.choice(node, "what a cap counts per", Per::ALL));
    let count = record.need("count", context).map(|node| {
        let mut verbs: Vec<_> = context.items(node).iter().filter_map(|item| verb(item, context)).collect();
        verbs.sort_unstable();
        verbs.dedup();
        verbs
    });
    let then = record.need("then", context).and_then(|node| context.choice(node, "what happens above a cap", OVERFLOWS));
    let Standing { from, until, .. } = standing(&mut record, context);
    let place = context.sources.file_and_line(record.heading());
    record.close(context);
    Some(Cap { id: id?, at_most: at_most?, within: within?, per: per?, count: count?, after_conversation, then: then?, from, until, place })
}

/// How many contacts are allowed: none after a conversation, where nothing has to be said of it.
fn at_most(record: &mut Record<'_>, context: &mut Context<'_>) -> Option<u32> {
    if !record.has("after") {
        let at_most = record.need("at_most", context).and_then(|node| context.whole(node));
        if at_most == Some(0) {
            context.error(codes::CAP, record.key_span("at_most"), "this cap forbids every contact: use a block instead");
        }
        return at_most;
    }
    if record.take("at_most", context).is_some() {
        let found = Diagnostic::error(codes::CAP, record.key_span("at_most"), "after a conversation nothing of what is counted is done");
        context.findings.push(found.help("delete the line, or delete `after:`"));
    }
    Some(1)
}

fn window(node: &Node, context: &mut Context<'_>) -> Option<i32> {
    let days = days(node, context)?;
    if (1..=LONGEST_WINDOW).contains(&days) {
        return Some(days);
    }
    context.error(codes::CAP, node.span, "a cap looks back between 1 and 366 days");
    None
}

/// Days on which nobody is contacted: one group of keys, or several.
pub(super) fn quiet_days(node: &Node, context: &mut Context<'_>) -> Vec<QuietDays> {
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().filter_map(|item| quiet(item, context)).collect(),
        _ => quiet(node, context).into_iter().collect(),
    }
}

fn quiet(node: &Node, context: &mut Context<'_>) -> Option<QuietDays> {
    let mut record = Record::open(node, &QUIET_DAYS, context)?;
    let skip = record.need("skip", context).map(|node| {
        let days = context.items(node).iter().filter_map(|item| context.choice(item, "a day of the week or public_holidays", QUIET));
        days.collect::<BTreeSet<u32>>()
    });
    let then = record.need("then", context).and_then(|node| context.choice(node, "what happens on a quiet day", QUIET_OVERFLOWS));
    let verbs = record.take("for", context).map(|node| contacts(node, context)).unwrap_or_default();
    let calendars = record.take("calendars", context).map(|node| calendars(node, context)).unwrap_or_default();
    let place = context.sources.file_and_line(record.heading());
    record.close(context);
    let skip = skip?;
    let weekdays: Vec<u32> = skip.iter().copied().filter(|day| *day != 0).collect();
    if weekdays.len() == 7 {
        context.error(codes::CAP, node.span, "every day of the week is quiet: nobody would ever be contacted");
        return None;
    }
    Some(QuietDays { weekdays, public_holidays: skip.contains(&0), then: then?, verbs, calendars, place })
}

/// A list of actions by which the debtor is contacted.
pub(super) fn contacts(node: &Node, context: &mut Context<'_>) -> Vec<Verb> {
    let mut verbs = Vec::new();
    for item in context.items(node) {
        let Some(verb) = verb(item, context) else { continue };
        if verb.channel().is_none() {
            context.error(codes::CAP, item.span, format!("the debtor hears nothing of \"{}\"", verb.name()));
            continue;
        }
        verbs.push(verb);
    }
    verbs.sort_unstable();
    verbs.dedup();
    verbs
}

/// `by_country`, or `{DE: DE, BE: BE}`: the calendars of debtors abroad.
fn calendars(node: &Node, context: &mut Context<'_>) -> Vec<(String, Calendar)> {
    let mut calendars: Vec<(String, Calendar)> = match node.mapping() {
        None => {
            let is_known = context.choice(node, "whose calendars count", BY_COUNTRY).is_some();
            let of_countries = CALENDARS.iter().filter(|(name, _)| is_known && is_code(name.as_bytes()));
            of_countries.map(|(name, calendar)| ((*name).to_owned(), Calendar::named(*calendar))).collect()
        }
        Some(mapping) => {
            let mut read = Vec::new();
            for entry in &mapping.entries {
                if !is_code(entry.key.as_bytes()) {
                    let message = format!("\"{}\" is not an ISO 3166-1 code of two letters", entry.key);
                    let found = Diagnostic::error(codes::NOT_A_CHOICE, entry.key_span, message);
                    let meant = meant(&entry.key).map(|code| format!("write {code}"));
                    context.findings.push(meant.into_iter().fold(found, Diagnostic::help));
                }
                let calendar = context.choice(&entry.value, "a calendar", CALENDARS).map(Calendar::named);
                read.extend(calendar.map(|calendar| (entry.key.clone(), calendar)));
            }
            read
        }
    };
    calendars.sort_by(|one, other| one.0.cmp(&other.0));
    calendars
}
