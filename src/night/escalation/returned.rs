//! A ladder whose last contact came back: its step is not done.

use crate::base::contract::values::CONTACT_CHANNELS;
use crate::base::date::Date;
use crate::night::escalation::ladder::Walk;
use crate::night::escalation::progress::Progress;
use crate::night::facts::contact::{address_since, last_sent_came_back};
use crate::night::facts::returned_since;
use crate::rules::program::{Action, Address, Step, Undelivered};

/// Where a ladder stands once a contact came back: before its step, as if that had not been done. The attempt counts for the gap, a day later
/// than it was made, so that it is taken back once only.
pub fn before(walk: &Walk<'_>, progress: Progress) -> Progress {
    let repeats = walk.ladder.undelivered == Undelivered::Repeat;
    let Some((served, since)) = progress.served.zip(progress.step_on).filter(|_| repeats) else { return progress };
    let invoice = walk.unit.item.map(|item| walk.subject.invoice_id(item));
    let Some(returned) =
        returned_since(walk.subject, walk.customer(), invoice, since, |channel| !is_beside(&walk.ladder.steps[served], channel))
    else {
        let again = is_found_again(walk, &walk.ladder.steps[served], since);
        return if again { Progress { served: served.checked_sub(1), ..progress } } else { progress };
    };
    let channel = returned.channel.map(|channel| CONTACT_CHANNELS[usize::from(channel)]);
    let went = |step: &Step| step.ways().any(|action| action.verb.channel() == channel);
    match walk.ladder.steps[..=served].iter().rposition(went) {
        Some(step) => Progress { served: step.checked_sub(1), step_on: Some(returned.on.plus_days(1)), arrives_on: None, ..progress },
        None => progress,
    }
}

/// Whether an address that a step lacked when it was done has become known since: what was sent there last came back, something else took
/// its place, and the customer has not heard of the step as it is written.
fn is_found_again(walk: &Walk<'_>, step: &Step, done_on: Date) -> bool {
    let (subject, customer) = (walk.subject, walk.customer());
    let is_newer =
        |address: Address| address_since(subject, customer, address).is_some_and(|since| since > done_on && since <= subject.as_of);
    // Where the ladder was only taken back, on the day after the return, its last step is one that arrived.
    let was_done_since = |returned: Date| done_on != returned.plus_days(1);
    let address = step.action.verb.address().filter(|address| is_newer(*address));
    address.and_then(|address| last_sent_came_back(subject, customer, address)).is_some_and(was_done_since)
}

/// Whether only a companion of a step goes on a channel: what comes of it says nothing about the step.
fn is_beside(step: &Step, channel: &str) -> bool {
    let on = |action: &Action| action.verb.channel() == Some(channel);
    step.also.iter().any(|companion| on(&companion.action)) && !step.ways().any(on)
}
