//! A word to customers who are late and have heard nothing for long. It stands outside the ladder and serves no step.

use crate::base::date::Date;
use crate::night::escalation::Outcome;
use crate::night::escalation::action::{Draft, Status};
use crate::night::escalation::ladder::{Next, Walk};
use crate::night::escalation::progress::Progress;
use crate::night::escalation::unit;
use crate::night::facts::Subject;
use crate::night::ledger::Item;
use crate::night::normalise::reject::Finding;
use crate::rules::program::{Policy, Program, Silence, Terminal};

/// Kind of the finding about customers to whom the word that is due does not go out.
pub const LEFT_SILENT: &str = "left_silent";

/// The day on which the silence towards a customer becomes too long: counted from the last contact, whoever made it, and not before something
/// was late. `None` where nothing can be asked for, and behind the end of the ladder, where others decide what is said.
fn over_on(walk: &Walk<'_>, silence: &Silence, standing: Option<&Progress>) -> Option<Date> {
    let subject = walk.subject;
    let ends = matches!(walk.ladder.terminal, Terminal::Stop(_)) && walk.last().is_some();
    if ends && standing.is_some_and(|standing| standing.served >= walk.last()) {
        return None;
    }
    let oldest = walk.unit.chaseable.first().filter(|_| !walk.unit.is_barred)?;
    let late_since = unit::agreed_due(subject, walk.ladder, *oldest);
    let last = last_contact(subject, walk.customer());
    Some(last.map_or(late_since, |last| last.max(late_since)).plus_days(silence.after))
}

fn last_contact(subject: &Subject<'_>, customer: u32) -> Option<Date> {
    let told = subject.documents.contacts.of(customer).iter().map(|contact| contact.on).max();
    if subject.has_contact_log {
        return told;
    }
    let remembered = &subject.memory.contacts;
    let start = remembered.partition_point(|contact| contact.customer < customer);
    remembered[start..].iter().take_while(|contact| contact.customer == customer).map(|contact| contact.on).max()
}

/// The word that is due tonight, where the ladder says none.
pub fn broken(walk: &Walk<'_>, outcome: &Outcome) -> Option<Draft> {
    let silence = walk.ladder.silence.as_ref()?;
    let is_due = over_on(walk, silence, outcome.unchanged.as_ref())? <= walk.subject.as_of;
    let speaks = outcome.drafts.iter().any(|draft| draft.action.verb.channel().is_some());
    (is_due && !speaks).then(|| walk.outside(walk.ladder.steps.len(), &silence.step)).flatten()
}

/// The word that is said once the silence is over, if the ladder says none before.
pub fn word(walk: &Walk<'_>, outcome: &Outcome) -> Option<Next> {
    let silence = walk.ladder.silence.as_ref().filter(|_| !walk.unit.chaseable.is_empty())?;
    let speaks = outcome.drafts.iter().any(|draft| draft.is_done() && draft.action.verb.channel().is_some());
    let as_of = walk.subject.as_of;
    let over = over_on(walk, silence, outcome.progress.as_ref())?;
    let over = if speaks { as_of.plus_days(silence.after) } else { over };
    Some(walk.next(&silence.step, over.max(as_of.plus_days(1))))
}

/// Whether a draft stands outside the ladder of its policy.
pub fn is_outside(policy: &Policy, draft: &Draft) -> bool {
    draft.step >= policy.steps.len()
}

/// Customers who hear nothing although a word is due.
pub fn findings(subject: &Subject<'_>, program: &Program, outcomes: &[Outcome]) -> Vec<Finding> {
    let item = |at: &usize| &subject.ledger.items[subject.open_items[*at] as usize];
    let mut findings = Vec::new();
    for outcome in outcomes {
        let Some(policy) = outcome.policy.map(|policy| &program.policies[policy]) else { continue };
        let Some(silence) = &policy.silence else { continue };
        for draft in outcome.drafts.iter().filter(|draft| is_outside(policy, draft)) {
            let (Status::Held(reason) | Status::Dropped { reason, .. }) = &draft.status else { continue };
            let customer = subject.debtors[outcome.debtor].customer;
            findings.push(Finding {
                kind: LEFT_SILENT,
                table: "customers",
                key: String::from_utf8_lossy(subject.documents.customer_ids[customer as usize]).into_owned(),
                message: format!("late, and without a word for more than {} days: what is due is held by {reason}", silence.after).into(),
                amount: subject.sum_in_one_currency(draft.items.iter().map(item), Item::collectible),
            });
        }
    }
    findings
}
