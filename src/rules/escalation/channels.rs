//! `channels:` of a step: what puts its contacts in order.

use super::field_named;
use crate::base::contract::values::PREFERRED_CHANNELS;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::NodeKind;
use crate::rules::program::{Action, ChannelKey, FieldId, Grain};

/// The words of the key, each with the fields it reads.
pub(in crate::rules) const CHANNELS: &[(&str, &[&str])] = &[
    ("preferred", &["preferred_channel"]),
    ("answered", &["answered_share_email_12m", "answered_share_sms_12m", "answered_share_phone_12m", "answered_share_letter_12m"]),
    ("cheapest", &[]),
];

/// Reads the key of a step that can do these actions.
pub(super) fn read(ways: &[&Action], record: &mut Record<'_>, context: &mut Context<'_>) -> Vec<ChannelKey> {
    let Some(node) = record.take("channels", context) else { return Vec::new() };
    let place = record.key_span("channels");
    let contacts = || ways.iter().filter(|action| action.verb.channel().is_some());
    if contacts().count() < 2 && !ways.is_empty() {
        let found = Diagnostic::error(codes::CHANNELS, place, "this step makes one contact at most: there are no channels to choose from");
        let another = "name another one: otherwise: {do: letter, template: ...}, or delete the line";
        context.findings.push(found.help(another));
    }
    let items = context.items(node);
    if items.is_empty() && matches!(node.kind, NodeKind::Sequence(_)) {
        let found = Diagnostic::error(codes::CHANNELS, place, "nothing puts the channels in order");
        context.findings.push(found.help("name one or more of preferred, answered and cheapest, the most important first"));
    }
    let mut keys: Vec<ChannelKey> = Vec::new();
    for item in items {
        let Some(fields) = context.choice(item, "an order of channels", CHANNELS) else { continue };
        let fields: Vec<FieldId> = fields.iter().filter_map(|name| field_named(name, item.span, Grain::Customer, context)).collect();
        let key = match (item.text(), fields.as_slice()) {
            (Some("preferred"), [field]) => ChannelKey::Preferred(*field),
            (Some("answered"), fields) => match <[FieldId; PREFERRED_CHANNELS.len()]>::try_from(fields) {
                Ok(fields) => ChannelKey::Answered(fields),
                Err(_) => continue,
            },
            (Some("cheapest"), _) => ChannelKey::Cheapest,
            _ => continue,
        };
        if keys.contains(&key) {
            let message =
                format!("\"{}\" stands here twice: what it does not tell apart the first time it does not tell later", key.name());
            context.findings.push(Diagnostic::error(codes::CHANNELS, item.span, message).help("delete one of the two"));
        } else if key == ChannelKey::Cheapest && contacts().count() > 1 && contacts().all(|action| action.cost.is_none()) {
            let found = Diagnostic::error(codes::CHANNELS, item.span, "no contact of this step says what it costs");
            context.findings.push(found.help("add cost: to its actions, or delete the word"));
        }
        keys.push(key);
    }
    keys
}
