//! Whether a debtor can be reached at all on the channel of an action: a message without an address reaches nobody.
//!
//! No rule lifts this guard. Where the step says `otherwise:`, that takes over; where it does not, the action is held, is tried again
//! each night, and a finding names the debtor. Of an address column that the ledger does not have nothing is known, and nobody is held.

use crate::night::escalation::Outcome;
use crate::night::escalation::action::Status;
use crate::night::facts::{Subject, has_contact_address, lacks_address};
use crate::night::ledger::Item;
use crate::night::normalise::reject::Finding;
use crate::rules::program::{Address, Program, Verb};

/// Kind of the finding about debtors whom an action would not have reached.
pub const UNREACHABLE: &str = "unreachable";
/// What a debtor lacks whom nothing reaches.
pub const NOWHERE: &str = "address of any kind, neither e-mail nor telephone nor post,";

/// What a verb needs and the customer does not have: an address, or one not known to be wrong.
pub fn missing(subject: &Subject<'_>, customer: u32, verb: Verb) -> Option<Address> {
    let address = verb.address()?;
    lacks_address(subject, customer, address).then_some(address)
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
            let Some(address) = draft.action.verb.address().filter(|address| draft.status == Status::Held(address.guard().to_owned()))
            else {
                continue;
            };
            if last.replace((customer, address)) == Some((customer, address)) {
                continue;
            }
            let is_reached = has_contact_address(subject, &subject.debtors[outcome.debtor]);
            let words = if is_reached { address.words() } else { NOWHERE };
            let (step, verb) = (&policy.steps[draft.step].id, draft.action.verb.name());
            let remedy = if draft.is_alternative { "give this action of the step an otherwise too" } else { "give the step an otherwise" };
            let message =
                format!("the step {}.{step} ({verb}) waits: there is no {words} that works; record one, or {remedy}", policy.applies.id);
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
