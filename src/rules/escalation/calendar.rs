//! Which days are business days: a calendar by rule, with days of one's own.

use std::collections::BTreeMap;

use crate::base::calendar::{CALENDARS, Calendar, CalendarName};
use crate::base::date::Date;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::forms::escalation::CALENDAR;
use crate::rules::sources::Span;

/// `FR`, or `{like: DE, closed: [2026-06-04], worked: [2026-12-24]}`.
pub(super) fn calendar(node: &Node, context: &mut Context<'_>) -> Option<Calendar> {
    if node.mapping().is_none() {
        return named(node, context);
    }
    let mut record = Record::open(node, &CALENDAR, context)?;
    let like = record.take("like", context);
    let like = like.map_or_else(|| Some(Calendar::named(CalendarName::Weekends)), |node| named(node, context));
    let mut listed = BTreeMap::new();
    let closed = record.take("closed", context).map(|node| days(node, &mut listed, context)).unwrap_or_default();
    let worked = record.take("worked", context).map(|node| days(node, &mut listed, context)).unwrap_or_default();
    record.close(context);
    Some(like?.with_days(closed, worked))
}

fn named(node: &Node, context: &mut Context<'_>) -> Option<Calendar> {
    context.choice(node, "a calendar", CALENDARS).map(Calendar::named)
}

/// Days that no list of the calendar has yet.
fn days(node: &Node, listed: &mut BTreeMap<Date, Span>, context: &mut Context<'_>) -> Vec<Date> {
    let mut days = Vec::new();
    for item in context.items(node) {
        let Some(day) = context.date(item) else { continue };
        match listed.get(&day) {
            Some(first) => {
                let found = Diagnostic::error(codes::DEFINED_TWICE, item.span, format!("this calendar lists {day} twice"));
                context.findings.push(found.beside(*first, "first here").help("a day is closed or worked, and listed once"));
            }
            None => {
                listed.insert(day, item.span);
                days.push(day);
            }
        }
    }
    days
}
