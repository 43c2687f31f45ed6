//! Steps a person has to agree to: agreed once the contact log names the action that asked for it.

use crate::base::contract::contacts;
use crate::base::date::Date;
use crate::night::escalation::action::Identity;
use crate::night::escalation::progress::Progress;
use crate::night::escalation::unit::Unit;
use crate::night::facts::Subject;
use crate::rules::program::{Policy, Step};

/// Days for which the request of a night can still be answered.
const ANSWER_DAYS: i32 = 92;

/// The day the contact log shows a step as carried out, where it needs consent. Each consent counts once: it answers a request that was
/// made since the last step was done, and later than that where the step itself was the last one.
pub fn given(subject: &Subject<'_>, policy: &Policy, step: usize, unit: &Unit, progress: &Progress) -> Option<Date> {
    let definition = &policy.steps[step];
    definition.approve.as_ref()?;
    let is_repeated = progress.served.is_some_and(|served| served >= step);
    let asked_from = progress.step_on.map_or(progress.entered_on, |on| Some(on.plus_days(i32::from(is_repeated))));
    let asked_from = asked_from.unwrap_or(subject.as_of);
    let debtor = &subject.debtors[unit.debtor];
    let own = subject.documents.contacts.of(debtor.customer).iter();
    let later = own.filter(|contact| contact.on >= asked_from && progress.step_on.is_none_or(|done| contact.on > done));
    let mut named = later.filter_map(|contact| Some((contact.on, subject.shard.contacts.text(contacts::ACTION_ID, contact.row as usize)?)));
    named.find(|(on, id)| asked(subject, policy, definition, unit, (asked_from, *on), id)).map(|(on, _)| on)
}

/// Whether an action id is that of a night between entry and answer on which this step was asked for.
fn asked(subject: &Subject<'_>, policy: &Policy, step: &Step, unit: &Unit, (from, until): (Date, Date), id: &[u8]) -> bool {
    let customer = subject.documents.customer_ids[subject.debtors[unit.debtor].customer as usize];
    let invoice = unit.item.map_or(&b""[..], |item| subject.invoice_id(item));
    let sequence = unit.item.map_or(0, |item| subject.ledger.items[subject.open_items[item] as usize].sequence);
    let currencies: std::collections::BTreeSet<&str> =
        subject.items(&subject.debtors[unit.debtor]).map(|item| subject.currency(item).code()).collect();
    let first = from.max(until.plus_days(-ANSWER_DAYS));
    let policies = || std::iter::once(&policy.applies.id).chain(&policy.former);
    let steps = || std::iter::once(&step.id).chain(&step.former);
    (0..=until.days_since(first).max(0)).any(|days| {
        let as_of = until.plus_days(-days);
        let was_asked = |policy: &str, step: &str, currency: &str| {
            Identity { as_of, customer, invoice, sequence, policy, step, currency }.id().as_bytes() == id
        };
        // Requests of nights before a change of name carry the earlier one.
        policies().any(|policy| steps().any(|step| currencies.iter().any(|currency| was_asked(policy, step, currency))))
    })
}
