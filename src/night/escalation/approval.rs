//! Steps a person has to agree to: agreed once the contact log names the action that asked for it.

use crate::base::contract::contacts;
use crate::base::date::Date;
use crate::night::escalation::action::Identity;
use crate::night::escalation::unit::Unit;
use crate::night::facts::Subject;
use crate::rules::program::{Policy, Step};

/// Days for which the request of a night can still be answered.
const ANSWER_DAYS: i32 = 92;

/// The day the contact log shows the step as carried out, where it needs consent and was asked for on `from` or later.
pub fn given(subject: &Subject<'_>, policy: &Policy, step: &Step, unit: &Unit, from: Option<Date>) -> Option<Date> {
    step.approve.as_ref()?;
    let debtor = &subject.debtors[unit.debtor];
    let own = subject.documents.contacts.of(debtor.customer).iter();
    let mut named = own.filter_map(|contact| Some((contact.on, subject.shard.contacts.text(contacts::ACTION_ID, contact.row as usize)?)));
    let earliest = from.unwrap_or(subject.as_of);
    named.find(|(on, id)| asked(subject, policy, step, unit, (earliest, *on), id)).map(|(on, _)| on)
}

/// Whether an action id is that of a night between entry and answer on which this step was asked for.
fn asked(subject: &Subject<'_>, policy: &Policy, step: &Step, unit: &Unit, (from, until): (Date, Date), id: &[u8]) -> bool {
    let customer = subject.documents.customer_ids[subject.debtors[unit.debtor].customer as usize];
    let invoice = unit.item.map_or(&b""[..], |item| subject.invoice_id(item));
    let currencies: std::collections::BTreeSet<&str> =
        subject.items(&subject.debtors[unit.debtor]).map(|item| subject.currency(item).code()).collect();
    let first = from.max(until.plus_days(-ANSWER_DAYS));
    let policies = || std::iter::once(&policy.applies.id).chain(&policy.former);
    let steps = || std::iter::once(&step.id).chain(&step.former);
    (0..=until.days_since(first).max(0)).any(|days| {
        let as_of = until.plus_days(-days);
        let was_asked =
            |policy: &str, step: &str, currency: &str| Identity { as_of, customer, invoice, policy, step, currency }.id().as_bytes() == id;
        // Requests of nights before a change of name carry the earlier one.
        policies().any(|policy| steps().any(|step| currencies.iter().any(|currency| was_asked(policy, step, currency))))
    })
}
