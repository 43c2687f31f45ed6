//! How often a debtor may be contacted: rolling windows over what was really done and what tonight has already sent out.
//!
//! Within a debtor group the most urgent action goes first: the higher step threshold, then the larger amount, then the customer id.

use crate::base::contract::values::CONTACT_CHANNELS;
use crate::base::date::Date;
use crate::night::escalation::action::Status;
use crate::night::escalation::{Outcome, Rulebook, block, settle, wait_for_the_first};
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
    let view = View { subject, rulebook, members: Members::of(subject) };
    let mut tonight: Vec<Done> = Vec::new();
    let mut group = None;
    for at in order {
        if group != Some(group_of(&outcomes[at])) {
            group = Some(group_of(&outcomes[at]));
            tonight.clear();
        }
        cap_outcome(&view, &mut outcomes[at], &mut tonight);
    }
}

/// What every cap looks at.
struct View<'a> {
    subject: &'a Subject<'a>,
    rulebook: &'a Rulebook<'a>,
    members: Members,
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

fn cap_outcome(view: &View<'_>, outcome: &mut Outcome, tonight: &mut Vec<Done>) {
    let subject = view.subject;
    let customer = subject.debtors[outcome.debtor].customer;
    let mut stopped = false;
    for draft in &mut outcome.drafts {
        if !contacts(draft) {
            continue;
        }
        let verb = draft.action.verb;
        let counts = |cap: &&Cap| cap.in_force(subject.as_of) && cap.count.contains(&verb);
        let mut caps = view.rulebook.program.caps.iter().filter(counts);
        let reached = caps.find(|cap| is_reached(view, cap, customer, subject.as_of, tonight));
        match reached {
            Some(cap) => {
                draft.status = overflow(view, cap, customer, tonight);
                stopped = true;
                break;
            }
            None => tonight.push(Done { customer, on: subject.as_of, verb }),
        }
    }
    if stopped {
        wait_for_the_first(&mut outcome.drafts);
        settle(view.rulebook, outcome, subject.as_of);
    }
}

fn overflow(view: &View<'_>, cap: &Cap, customer: u32, tonight: &[Done]) -> Status {
    let rulebook = view.rulebook;
    match cap.then {
        Overflow::Drop => Status::Dropped(cap.id.clone()),
        Overflow::Postpone => {
            let is_lawful = |day: &Date| {
                let quiet = rulebook.program.quiet_days.as_ref().is_some_and(|quiet| block::is_quiet(quiet, rulebook.calendar, *day));
                !quiet && (!cap.in_force(*day) || !is_reached(view, cap, customer, *day, tonight))
            };
            let tomorrow = view.subject.as_of.plus_days(1);
            let until = (0..=cap.within.max(0) + 7).map(|days| tomorrow.plus_days(days)).find(is_lawful).unwrap_or(tomorrow);
            Status::Postponed { reason: cap.id.clone(), until }
        }
    }
}

/// Whether one more contact on `day` would pass the cap.
fn is_reached(view: &View<'_>, cap: &Cap, customer: u32, day: Date, tonight: &[Done]) -> bool {
    let after = day.plus_days(-cap.within);
    let counts = |done: &Done| done.on > after && done.on <= day && cap.count.contains(&done.verb);
    let counted = |member: u32| {
        let sent = tonight.iter().filter(|done| done.customer == member && counts(done)).count();
        earlier(view.subject, member).filter(counts).count() + sent
    };
    let total: usize = view.members.counted_with(view.subject, customer, cap.per_group).map(counted).sum();
    u32::try_from(total).unwrap_or(u32::MAX) >= cap.at_most
}

/// Customers of each debtor group, in order of group and customer.
struct Members(Vec<(u32, u32)>);

impl Members {
    fn of(subject: &Subject<'_>) -> Members {
        let mut members: Vec<(u32, u32)> = (0_u32..).zip(&subject.documents.customers).map(|(at, customer)| (customer.group, at)).collect();
        members.sort_unstable();
        Members(members)
    }

    /// The customers a cap counts together with this one.
    fn counted_with<'a>(&'a self, subject: &Subject<'_>, customer: u32, per_group: bool) -> impl Iterator<Item = u32> + use<'a> {
        let group = subject.documents.customers[customer as usize].group;
        let start = self.0.partition_point(|(its, _)| *its < group);
        let same = self.0[start..].iter().take_while(move |(its, _)| *its == group).map(|(_, member)| *member);
        same.filter(move |member| per_group || *member == customer)
    }
}

/// Contacts of earlier days with one customer: those of the log; where the job has no log, those the state remembers.
fn earlier<'a>(subject: &Subject<'a>, customer: u32) -> impl Iterator<Item = Done> + use<'a> {
    let log = subject.documents.contacts.of(customer).iter();
    let log = log.filter(|contact| !contact.inbound).filter_map(|contact| {
        let channel = CONTACT_CHANNELS[usize::from(contact.channel?)];
        let verb = Verb::ALL.iter().find(|(_, _, used)| *used == Some(channel)).map(|(verb, ..)| *verb)?;
        Some(Done { customer: contact.customer, on: contact.on, verb })
    });
    let remembered = if subject.has_contact_log { &[] } else { subject.memory.contacts.as_slice() };
    let start = remembered.partition_point(|contact| contact.customer < customer);
    let remembered = remembered[start..].iter().take_while(move |contact| contact.customer == customer).filter_map(|contact| {
        let verb = Verb::ALL.iter().find(|(_, name, _)| *name == contact.channel).map(|(verb, ..)| *verb)?;
        Some(Done { customer: contact.customer, on: contact.on, verb })
    });
    log.chain(remembered)
}
