//! `when_full:` of a step: what is done where there is no place left for its action.

use super::{Escalation, action};
use crate::base::contract::values::CONTACT_CHANNELS;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::forms::escalation::ACTION;
use crate::rules::marks::Mark;
use crate::rules::program::{Action, Verb};

/// What stands behind the id of a step in that of what is done instead.
pub(in crate::rules) const PART: &str = ".when_full";

/// Reads the key of a step, known by its id.
pub(super) fn read(step: &str, record: &mut Record<'_>, context: &mut Context<'_>) -> Option<Action> {
    let node = record.take("when_full", context)?;
    if let Some(verb) = node.get("do") {
        context.names.marks.put(Mark::Action(format!("{step}{PART}")), verb.span);
    }
    if record.has("approve") {
        let message = "a step that waits for consent is never displaced: whoever consents finds its place";
        let found = Diagnostic::error(codes::SPARE, record.key_span("when_full"), message);
        context.findings.push(found.help("delete one of the two lines"));
    }
    let mut record = Record::open(node, &ACTION, context)?;
    let action = action::read(&mut record, context);
    record.close(context);
    action
}

/// Refuses what would find no place either, and what no full queue ever asks for. Queues may stand in another file than steps.
pub(super) fn refuse(all: &Escalation, context: &mut Context<'_>) {
    let steps = all.policies.iter().flat_map(|policy| policy.steps.iter().map(move |step| (policy, step)));
    for (policy, step) in steps {
        let Some(spare) = &step.when_full else { continue };
        let span = context.names.marks.at(&Mark::Action(format!("{}.{}{PART}", policy.applies.id, step.id)));
        if takes_place(all, spare.verb) {
            let message = format!("{} takes a place of a queue or channel too: it may find none either", spare.verb.name());
            let found = Diagnostic::error(codes::SPARE, span, message);
            context.findings.push(found.help("name an action that no capacity counts: {do: email, template: ...}"));
        } else if !step.actions().any(|action| takes_place(all, action.verb)) {
            let message = format!("the step \"{}\" takes no place of any queue or channel: it always goes out", step.id);
            let found = Diagnostic::error(codes::SPARE, span, message);
            context.findings.push(found.help("delete when_full:, or give a queue that counts the action a capacity"));
        }
    }
}

/// Whether a capacity counts an action.
fn takes_place(all: &Escalation, verb: Verb) -> bool {
    let of_channel = |channel: u8| CONTACT_CHANNELS.get(usize::from(channel)).copied();
    all.assignments.iter().any(|assignment| assignment.counts.contains(&verb))
        || all.channel_capacity.iter().any(|(channel, _)| verb.channel().is_some_and(|own| of_channel(*channel) == Some(own)))
}
