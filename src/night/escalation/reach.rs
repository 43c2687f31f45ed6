//! Whether a debtor can be reached at all on the channel of an action: a message without an address reaches nobody, and nobody is written to
//! on a channel that was refused.
//!
//! No rule lifts these guards. Where the step says `otherwise:`, that takes over; where it does not, the action is held, is tried again
//! each night, and a finding names the debtor. Of an address column that the ledger does not have nothing is known, and nobody is held.

use crate::night::escalation::Outcome;
use crate::night::escalation::action::Status;
use crate::night::facts::{Subject, has_contact_address, is_represented, is_undelivered, lacks_address, refuses};
use crate::night::ledger::Item;
use crate::night::normalise::reject::Finding;
use crate::rules::program::{Lack, Policy, Program, Represented, Undelivered, Verb};

/// Kind of the finding about debtors whom an action would not have reached.
pub const UNREACHABLE: &str = "unreachable";
/// What a debtor lacks whom nothing reaches.
pub const NOWHERE: &str = "address of any kind, neither e-mail nor telephone nor post,";

/// What a verb needs and the customer does not have: an address, or one not known to be wrong, and no refusal of the channel. Whoever is
/// written to through a representative needs none of it: the address of that one is not in the ledger.
pub fn missing(subject: &Subject<'_>, policy: &Policy, customer: u32, verb: Verb) -> Option<Lack> {
    let address = verb.address()?;
    if goes_to_representative(subject, policy, customer) {
        return None;
    }
    if lacks_address(subject, customer, address) {
        return Some(Lack::Address(address));
    }
    if policy.undelivered == Undelivered::Repeat && is_undelivered(subject, customer, address) {
        return Some(Lack::Returned(address));
    }
    verb.consent().filter(|consent| refuses(subject, customer, *consent)).map(Lack::Consent)
}

/// Whether contacts of a policy go to somebody who speaks for the customer.
pub fn goes_to_representative(subject: &Subject<'_>, policy: &Policy, customer: u32) -> bool {
    policy.represented == Represented::Write && is_represented(subject, customer)
}

/// Debtors whom an action of tonight would not have reached, each once for each address it lacks.
pub fn findings(subject: &Subject<'_>, program: &Program, outcomes: &[Outcome]) -> Vec<Finding> {
    let item = |at: &usize| &subject.ledger.items[subject.open_items[*at] as usize];
    let mut last = None;
    let mut findings = Vec::new();
    for outcome in outcomes {
        let Some(policy) = outcome.policy.map(|policy| &program.policies[policy]) else { continue };
        let customer = subject.debtors[outcome.debtor].customer;
        for draft in &outcome.drafts {
            let lack = missing(subject, policy, customer, draft.action.verb);
            let Some(lack) = lack.filter(|lack| draft.status == Status::Held(lack.guard().to_owned())) else { continue };
            if last.replace((customer, lack)) == Some((customer, lack)) {
                continue;
            }
            let is_reached = has_contact_address(subject, &subject.debtors[outcome.debtor]);
            let words = if is_reached { lack.words() } else { NOWHERE };
            let (step, verb) = (&policy.step(draft.step).id, draft.action.verb.name());
            let remedy =
                if draft.is_alternative() { "give this action of the step an otherwise too" } else { "give the step an otherwise" };
            let works = if matches!(lack, Lack::Address(_)) || !is_reached { " that works" } else { "" };
            let message =
                format!("the step {}.{step} ({verb}) waits: there is no {words}{works}; record one, or {remedy}", policy.applies.id);
            findings.push(Finding {
                kind: UNREACHABLE,
                table: "customers",
                key: String::from_utf8_lossy(subject.documents.customer_ids[customer as usize]).into_owned(),
                message: message.into(),
                amount: subject.sum_in_one_currency(draft.items.iter().map(item), Item::collectible),
            });
        }
    }
    findings
}
