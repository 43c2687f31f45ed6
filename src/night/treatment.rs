//! How late customers were treated, so that groups of them can be compared: who was called, put on notice, handed over, taken to court.

use crate::base::contract::values::CONTACT_CHANNELS;
use crate::night::documents::Contact;
use crate::night::facts::{Subject, is_placed, phase};
use crate::night::kpi::{FLOW_DAYS, Treated};

/// The phases of [`phase`] from a formal notice on.
const NOTICED: i64 = 1;
const IN_COURT: i64 = 2;

/// Every customer who is late tonight with something that may be asked for, in order.
pub fn treated(subject: &Subject<'_>) -> Vec<Treated> {
    let after = subject.as_of.plus_days(-FLOW_DAYS);
    let is_call = |contact: &Contact| {
        let is_phone = contact.channel.is_some_and(|channel| CONTACT_CHANNELS[usize::from(channel)] == "phone");
        is_phone && !contact.inbound && contact.on > after
    };
    let late = subject.debtors.iter().filter(|debtor| {
        subject.items(debtor).any(|item| item.due_date < subject.as_of && item.open.is_positive() && item.collectible().is_positive())
    });
    late.map(|debtor| {
        let phase = phase(subject, debtor);
        Treated {
            customer: debtor.customer,
            called: subject.documents.contacts.of(debtor.customer).iter().any(is_call),
            noticed: phase >= NOTICED,
            handed_over: is_placed(subject, debtor),
            sued: phase == IN_COURT,
        }
    })
    .collect()
}
