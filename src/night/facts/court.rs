//! How far a claim went beyond reminders: the formal notice, what was filed, granted, served and answered, and the phase that makes.
//!
//! Days are those of the case that runs: what came before a withdrawal is of a case that is over, and so is what was about debts that are
//! settled since. So the phase of a debtor rises with what was done and falls only by a withdrawal, or because what it was about is settled.

use crate::base::contract::legal_events;
use crate::base::contract::values::LEGAL_EVENT_KINDS;
use crate::base::date::Date;
use crate::night::documents::LegalEvent;
use crate::night::facts::contact::formal_notice;
use crate::night::facts::{Debtor, Subject, day};
use crate::rules::program::{Cell, MISSING, TextPool};

/// Facts of this file.
pub const NAMES: &[&str] = &[
    "phase",
    "formal_notice_date",
    "demand_served_date",
    "demand_uncontested_date",
    "court_filed_date",
    "court_granted_date",
    "court_served_date",
    "court_opposed_date",
    "court_judged_date",
    "court_route",
    "insolvency_published_date",
    "claim_declared_date",
];

/// Facts that are the day of the last event of a kind.
const DAY_OF: &[(&str, &str)] = &[
    ("demand_served_date", "demand_served"),
    ("demand_uncontested_date", "uncontested"),
    ("court_filed_date", "filed"),
    ("court_granted_date", "granted"),
    ("court_served_date", "served"),
    ("court_opposed_date", "opposed"),
    ("court_judged_date", "judged"),
];

/// Facts of insolvency, which no withdrawal of ours ends.
const OF_INSOLVENCY: &[(&str, &str)] = &[("insolvency_published_date", "insolvency_published"), ("claim_declared_date", "claim_declared")];

/// Events that make a case one of the courts.
const LITIGATION: &[&str] = &["filed", "granted", "served", "opposed", "judged", "enforced"];

/// The column of a fact; `None` where the name is not of this file.
pub fn column(subject: &Subject<'_>, name: &str, pool: &mut TextPool) -> Option<Vec<Cell>> {
    if let Some((_, kind)) = DAY_OF.iter().find(|(fact, _)| *fact == name) {
        return Some(each(subject, |debtor| day(last(&running(subject, debtor), kind))));
    }
    if let Some((_, kind)) = OF_INSOLVENCY.iter().find(|(fact, _)| *fact == name) {
        return Some(each(subject, |debtor| day(last(events(subject, debtor), kind))));
    }
    match name {
        "phase" => Some(each(subject, |debtor| phase(subject, debtor))),
        "formal_notice_date" => Some(each(subject, |debtor| day(notice(subject, debtor)))),
        "court_route" => Some(each(subject, |debtor| {
            let table = &subject.shard.legal_events;
            let running = running(subject, debtor);
            let named = running.iter().rev().find_map(|event| table.text(legal_events::ROUTE, event.row as usize));
            named.map_or(MISSING, |route| pool.code(&String::from_utf8_lossy(route)))
        })),
        _ => None,
    }
}

fn each(subject: &Subject<'_>, fact: impl FnMut(&Debtor) -> Cell) -> Vec<Cell> {
    subject.debtors.iter().map(fact).collect()
}

/// In order of day and kind.
fn events<'a>(subject: &Subject<'a>, debtor: &Debtor) -> &'a [LegalEvent] {
    subject.documents.legal_events.of(debtor.customer)
}

/// Those after the last withdrawal that are about something open: the invoice they name, or one that was late on their day.
fn running(subject: &Subject<'_>, debtor: &Debtor) -> Vec<LegalEvent> {
    let all = events(subject, debtor);
    let over = all.iter().rposition(|event| kind(event) == Some("withdrawn")).map_or(0, |at| at + 1);
    let is_open = |event: &&LegalEvent| match event.invoice {
        Some(invoice) => subject.items(debtor).any(|item| item.invoice == invoice),
        None => was_late(subject, debtor, event.on),
    };
    all[over..].iter().filter(is_open).copied().collect()
}

/// Whether something that is open was late on a day.
fn was_late(subject: &Subject<'_>, debtor: &Debtor, on: Date) -> bool {
    subject.items(debtor).any(|item| item.due_date < on)
}

fn kind(event: &LegalEvent) -> Option<&'static str> {
    event.kind.map(|kind| LEGAL_EVENT_KINDS[usize::from(kind)])
}

fn last(events: &[LegalEvent], wanted: &str) -> Option<Date> {
    events.iter().rev().find(|event| kind(event) == Some(wanted)).map(|event| event.on)
}

/// The last formal notice that reached the debtor, of those about something that is open: what was late on its day.
fn notice(subject: &Subject<'_>, debtor: &Debtor) -> Option<Date> {
    let notices = subject.documents.contacts.of(debtor.customer).iter().filter_map(formal_notice);
    notices.max().filter(|on| was_late(subject, debtor, *on))
}

/// 0 amicable, 1 before court, 2 in court.
pub fn phase(subject: &Subject<'_>, debtor: &Debtor) -> Cell {
    let running = running(subject, debtor);
    if running.iter().filter_map(kind).any(|kind| LITIGATION.contains(&kind)) {
        return 2;
    }
    Cell::from(last(&running, "demand_served").max(notice(subject, debtor)).is_some())
}
