//! Decisions about proposals: which one counts, and which count for nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decision, id};
use crate::base::contract::decisions::{AUTHOR, DECIDED_ON, DECISION, DECISION_ID, PROPOSAL_ID, UNTIL_DATE};
use crate::base::contract::values::DECISIONS;
use crate::base::date::Date;
use crate::night::documents::DecisionRow;
use crate::night::memory::StandingRecord;
use crate::night::normalise::reject::Finding;
use crate::night::standing::{Key, Sight, Standing, View, beside};

/// Kind of the finding about a decision that nobody asked for.
const WITHOUT_EFFECT: &str = "decision_without_effect";

/// What was decided last about a proposal, by its id or by the name of its rule since it was opened. Where it gave way to another, a name
/// means that one from then on.
pub(super) fn of<'a>(
    standing: &Standing<'_>,
    (id, opened_on): (&str, Date),
    record: Option<&StandingRecord>,
    view: View<'a>,
) -> Option<Decision<'a>> {
    let subject = view.subject;
    let customer = subject.debtors[standing.debtor].customer;
    let table = &subject.shard.decisions;
    let gave_way = record.filter(|record| record.escalated_to.is_some()).map(|record| record.since);
    let names_it = |row: &usize| {
        let named = table.text(PROPOSAL_ID, *row).unwrap_or_default();
        let on = table.date(DECIDED_ON, *row);
        let stood = on >= Some(opened_on) && gave_way.is_none_or(|gave_way| on <= Some(gave_way));
        named == id.as_bytes() || (named == standing.key.2.as_bytes() && stood)
    };
    let rows = subject.documents.decisions.of(customer).iter().map(|decision| decision.row as usize);
    let row = rows.rev().find(names_it)?;
    let decision = Decision {
        approved: table.choice(DECISION, row).is_some_and(|at| DECISIONS[usize::from(at)] == "approved"),
        by_id: table.text(PROPOSAL_ID, row) == Some(id.as_bytes()),
        on: table.date(DECIDED_ON, row)?,
        by: table.text(AUTHOR, row).unwrap_or_default(),
    };
    table.date(UNTIL_DATE, row).is_none_or(|until| until >= subject.as_of).then_some(decision)
}

/// Decisions since the night before that name no proposal of their customer, or end before they begin.
pub(super) fn without_effect(
    tonight: &[Standing<'_>],
    before: &[StandingRecord],
    instead: &BTreeMap<Key<'_>, &str>,
    view: View<'_>,
) -> Vec<Finding> {
    let subject = view.subject;
    let table = &subject.shard.decisions;
    if subject.documents.decisions.is_empty() {
        return Vec::new();
    }
    let mut known: BTreeSet<(&[u8], String)> = BTreeSet::new();
    for sight in beside(tonight, before) {
        let (key, opened_on): (Key<'_>, Date) = match sight {
            Sight::Stands(standing, record) => (standing.key, record.map_or(subject.as_of, |record| record.opened_on)),
            Sight::IsDone(record) => (record.key(), record.opened_on),
        };
        known.extend([(key.0, id(key, opened_on)), (key.0, id(key, subject.as_of))]);
        // A name means what people were shown.
        let was_shown = match sight {
            Sight::Stands(_, Some(record)) | Sight::IsDone(record) => record.escalated_to.is_none(),
            Sight::Stands(standing, None) => !instead.contains_key(&standing.key),
        };
        if was_shown {
            known.insert((key.0, key.2.to_owned()));
        }
    }
    let last = subject.memory.items.iter().filter_map(|item| item.evaluated_on).max();
    let since = last.unwrap_or(subject.as_of.plus_days(-1));
    let mut findings = Vec::new();
    for DecisionRow { customer, row } in subject.documents.decisions.iter() {
        let at = *row as usize;
        let text = |column| String::from_utf8_lossy(table.text(column, at).unwrap_or_default()).into_owned();
        let Some(on) = table.date(DECIDED_ON, at).filter(|on| *on > since) else { continue };
        let customer = subject.documents.customer_ids[*customer as usize];
        let why = if table.date(UNTIL_DATE, at).is_some_and(|until| until < on) {
            "it ends before the day it was made".to_owned()
        } else if known.contains(&(customer, text(PROPOSAL_ID))) {
            continue;
        } else {
            format!(
                "customer {} has no proposal \"{}\" tonight, and had none the night before",
                String::from_utf8_lossy(customer),
                text(PROPOSAL_ID)
            )
        };
        findings.push(Finding { kind: WITHOUT_EFFECT, table: "decisions", key: text(DECISION_ID), message: why.into(), amount: None });
    }
    findings
}
