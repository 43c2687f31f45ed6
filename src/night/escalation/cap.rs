//! How often a debtor may be contacted: rolling windows over what was really done and what tonight has already sent out.
//!
//! Within a debtor group the most urgent action goes first: the higher step threshold, then the larger amount, then the customer id.

use crate::base::contract::values::CONTACT_CHANNELS;
use crate::base::date::Date;
use crate::night::escalation::action::Status;
use crate::night::escalation::{Outcome, Rulebook, block, settle};
use crate::night::facts::Subject;
use crate::rules::program::{Cap, Overflow, Verb};

/// A contact that counts against the caps.
#[derive(Debug, Clone, Copy)]
struct Done {
    customer: u32,
    on: Date,
    verb: Verb,
}

/// Puts off or drops what goes beyond a cap.
pub fn apply(subject: &Subject<'_>, rulebook: &Rulebook<'_>, outcomes: &mut [Outcome]) {
    if rulebook.program.caps.is_empty() {
        return;
    }
    let group_of = |outcome: &Outcome| subject.documents.customers[subject.debtors[outcome.debtor].customer as usize].group;
    let mut order: Vec<usize> = (0..outcomes.len()).filter(|at| outcomes[*at].drafts.iter().any(contacts)).collect();
    order.sort_by_key(|at| {
        (group_of(&outcomes[*at]), std::cmp::Reverse(urgency(subject, rulebook, &outcomes[*at])), outcomes[*at].debtor, outcomes[*at].item)
    });
    let mut tonight: Vec<Done> = Vec::new();
    let mut group = None;
    for at in order {
        if group != Some(group_of(&outcomes[at])) {
            group = Some(group_of(&outcomes[at]));
            tonight.clear();
        }
        cap_outcome(subject, rulebook, &mut outcomes[at], &mut tonight);
    }
}

fn contacts(draft: &super::action::Draft) -> bool {
    draft.is_done() && draft.action.verb.channel().is_some()
}

/// Threshold of the highest step, then what is asked for.
fn urgency(subject: &Subject<'_>, rulebook: &Rulebook<'_>, outcome: &Outcome) -> (i32, i128) {
    let Some(policy) = outcome.policy else { return (i32::MIN, 0) };
    let steps = &rulebook.program.policies[policy].steps;
    let threshold = outcome.drafts.iter().map(|draft| steps[draft.step].at).max().unwrap_or(i32::MIN);
    let items = outcome.drafts.iter().flat_map(|draft| &draft.items);
    let asked = items.map(|item| subject.ledger.items[subject.open_items[*item] as usize].collectible().wide()).sum();
    (threshold, asked)
}

fn cap_outcome(subject: &Subject<'_>, rulebook: &Rulebook<'_>, outcome: &mut Outcome, tonight: &mut Vec<Done>) {
    let customer = subject.debtors[outcome.debtor].customer;
    let mut stopped = false;
    for draft in &mut outcome.drafts {
        if !contacts(draft) {
            continue;
        }
        let verb = draft.action.verb;
        let reached = rulebook
            .program
            .caps
            .iter()
            .find(|cap| cap.count.contains(&verb) && is_reached(subject, cap, customer, subject.as_of, tonight));
        match reached {
            Some(cap) => {
                draft.status = overflow(subject, rulebook, cap, customer, tonight);
                stopped = true;
            }
            None => tonight.push(Done { customer, on: subject.as_of, verb }),
        }
    }
    if stopped {
        settle(outcome, subject.as_of);
    }
}

fn overflow(subject: &Subject<'_>, rulebook: &Rulebook<'_>, cap: &Cap, customer: u32, tonight: &[Done]) -> Status {
    match cap.then {
        Overflow::Drop => Status::Held(cap.id.clone()),
        Overflow::Postpone => {
            let is_lawful = |day: &Date| {
                let quiet = rulebook.program.quiet_days.as_ref().is_some_and(|quiet| block::is_quiet(quiet, rulebook.calendar, *day));
                !quiet && !is_reached(subject, cap, customer, *day, tonight)
            };
            let tomorrow = subject.as_of.plus_days(1);
            let until = (0..=cap.within.max(0) + 7).map(|days| tomorrow.plus_days(days)).find(is_lawful).unwrap_or(tomorrow);
            Status::Postponed { reason: cap.id.clone(), until }
        }
    }
}

/// Whether one more contact on `day` would pass the cap.
fn is_reached(subject: &Subject<'_>, cap: &Cap, customer: u32, day: Date, tonight: &[Done]) -> bool {
    let group = subject.documents.customers[customer as usize].group;
    let same = |other: u32| if cap.per_group { subject.documents.customers[other as usize].group == group } else { other == customer };
    let after = day.plus_days(-cap.within);
    let counts = |done: &Done| same(done.customer) && done.on > after && done.on <= day && cap.count.contains(&done.verb);
    let logged = logged(subject, customer, cap.per_group).filter(counts).count();
    let sent = tonight.iter().filter(|done| counts(done)).count();
    u32::try_from(logged + sent).unwrap_or(u32::MAX) >= cap.at_most
}

/// Contacts of earlier days: those of the log; where the job has no log, those the state remembers.
fn logged<'a>(subject: &Subject<'a>, customer: u32, per_group: bool) -> impl Iterator<Item = Done> + use<'a> {
    let documents = subject.documents;
    let group = documents.customers[customer as usize].group;
    let in_scope = move |other: u32| if per_group { documents.customers[other as usize].group == group } else { other == customer };
    // Without a group the customer's own contacts are contiguous; with one, members may be anywhere in the shard.
    let start = if per_group { 0 } else { documents.contacts.partition_point(|contact| contact.customer < customer) };
    let has_log = !documents.contacts.is_empty();
    let log = documents.contacts[start..].iter().take_while(move |contact| per_group || contact.customer == customer);
    let log = log.filter(move |contact| in_scope(contact.customer) && !contact.inbound).filter_map(|contact| {
        let channel = CONTACT_CHANNELS[usize::from(contact.channel?)];
        let verb = Verb::ALL.iter().find(|(_, _, used)| *used == Some(channel)).map(|(verb, ..)| *verb)?;
        Some(Done { customer: contact.customer, on: contact.on, verb })
    });
    let remembered = subject.memory.contacts.iter().filter(move |contact| !has_log && in_scope(contact.customer)).filter_map(|contact| {
        let verb = Verb::ALL.iter().find(|(_, name, _)| *name == contact.channel).map(|(verb, ..)| *verb)?;
        Some(Done { customer: contact.customer, on: contact.on, verb })
    });
    log.chain(remembered)
}
