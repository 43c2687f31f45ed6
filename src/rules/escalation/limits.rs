//! How often and when a debtor may be contacted: caps and quiet days.

use std::collections::BTreeSet;

use super::action::verb;
use super::spans::days;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::document::Node;
use crate::rules::forms::escalation::{CAP, QUIET_DAYS};
use crate::rules::marks::Mark;
use crate::rules::program::{Cap, Overflow, QuietDays};
use crate::rules::renames;
use crate::rules::tables::{IdPlaces, Standing, standing, unique_id};

/// Days a cap may look back.
const LONGEST_WINDOW: i32 = 366;

pub(in crate::rules) const OVERFLOWS: &[(&str, Overflow)] = &[("postpone", Overflow::Postpone), ("drop", Overflow::Drop)];
pub(in crate::rules) const QUIET_OVERFLOWS: &[(&str, Overflow)] =
    &[("next_business_day", Overflow::Postpone), ("postpone", Overflow::Postpone), ("drop", Overflow::Drop)];

/// What a cap counts per; true for the debtor group.
pub(in crate::rules) const PER: &[(&str, bool)] = &[("customer", false), ("group", true)];

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
    let at_most = record.need("at_most", context).and_then(|node| context.whole(node));
    let within = record.need("within", context).and_then(|node| window(node, context));
    let per = record.take("per", context);
    let per_group = per.map_or(Some(false), |node| context.choice(node, "what a cap counts per", PER));
    let count = record.need("count", context).map(|node| {
        let mut verbs: Vec<_> = context.items(node).iter().filter_map(|item| verb(item, context)).collect();
        verbs.sort_unstable();
        verbs.dedup();
        verbs
    });
    let then = record.need("then", context).and_then(|node| context.choice(node, "what happens above a cap", OVERFLOWS));
    let Standing { from, until, .. } = standing(&mut record, context);
    let place = context.sources.file_and_line(record.heading());
    if at_most == Some(0) {
        context.error(codes::CAP, record.key_span("at_most"), "this cap forbids every contact: use a block instead");
    }
    record.close(context);
    Some(Cap { id: id?, at_most: at_most?, within: within?, per_group: per_group?, count: count?, then: then?, from, until, place })
}

fn window(node: &Node, context: &mut Context<'_>) -> Option<i32> {
    let days = days(node, context)?;
    if (1..=LONGEST_WINDOW).contains(&days) {
        return Some(days);
    }
    context.error(codes::CAP, node.span, "a cap looks back between 1 and 366 days");
    None
}

/// Days on which nobody is contacted.
pub(super) fn quiet_days(node: &Node, context: &mut Context<'_>) -> Option<QuietDays> {
    let mut record = Record::open(node, &QUIET_DAYS, context)?;
    let skip = record.need("skip", context).map(|node| {
        let days = context.items(node).iter().filter_map(|item| context.choice(item, "a day of the week or public_holidays", QUIET));
        days.collect::<BTreeSet<u32>>()
    });
    let then = record.need("then", context).and_then(|node| context.choice(node, "what happens on a quiet day", QUIET_OVERFLOWS));
    let place = context.sources.file_and_line(record.heading());
    record.close(context);
    let skip = skip?;
    let weekdays: Vec<u32> = skip.iter().copied().filter(|day| *day != 0).collect();
    if weekdays.len() == 7 {
        context.error(codes::CAP, node.span, "every day of the week is quiet: nobody would ever be contacted");
        return None;
    }
    Some(QuietDays { weekdays, public_holidays: skip.contains(&0), then: then?, place })
}
