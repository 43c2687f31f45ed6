//! What a step does: its verb, its template and the details that go with it.

use super::manners;
use super::offers;
use super::spans::span;
use crate::base::form::Form;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::{Node, NodeKind};
use crate::rules::forms::escalation::{ACTION, INSTEAD};
use crate::rules::marks::Mark;
use crate::rules::program::{Action, Otherwise, Type, Verb};

pub(in crate::rules) const DELIVERIES: &[(&str, bool)] = &[("ordinary", false), ("registered", true)];
/// What a step does without an action; true to wait.
pub(in crate::rules) const OTHERWISE: &[(&str, bool)] = &[("skip", false), ("wait", true)];

/// The action among the keys of a step or of its `otherwise:`.
pub(super) fn read(record: &mut Record<'_>, context: &mut Context<'_>) -> Option<Action> {
    let verb = record.need("do", context).and_then(|node| verb(node, context));
    let registered = delivery(verb, record, context);
    let action = Action {
        verb: if registered { Verb::RegisteredLetter } else { verb.unwrap_or(Verb::Task) },
        template: template(record, context),
        tone: tone(record, context),
        to: word(record, "to", context),
        pay_within: record.take("pay_within", context).and_then(|node| span(node, context)),
        cost: record.take("cost", context).and_then(|node| context.constant(node, &Type::Money)),
        ask: record.take("ask", context).and_then(|node| offers::ask(node, context)),
        offers: record.take("offer", context).map(|node| offers::names(node, context)).unwrap_or_default(),
    };
    if action.verb == Verb::Transfer && !record.has("to") && verb.is_some() {
        let found = Diagnostic::error(codes::ACTION_DETAIL, record.key_span("do"), "a transfer does not say who receives it");
        context.findings.push(found.help("add to: with the agency or team"));
    }
    verb.map(|_| action)
}

/// The verb of `do:`.
pub(super) fn verb(node: &Node, context: &mut Context<'_>) -> Option<Verb> {
    let verbs: Vec<(&str, Verb)> = Verb::of_steps().map(|(verb, name)| (name, verb)).collect();
    let word = node.text().unwrap_or_default();
    match Verb::meant_by(word) {
        Some(meant) if verbs.iter().all(|(name, _)| *name != word) => {
            let found = Diagnostic::error(codes::NOT_A_CHOICE, node.span, format!("\"{word}\" is not an action"));
            let possible = verbs.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            let found = found.label(format!("did you mean \"{}\"?", meant.name()));
            context
                .findings
                .push(found.help("what a letter or a call is about is for template: to say").help(format!("possible are: {possible}")));
            None
        }
        _ => context.choice(node, "an action", &verbs),
    }
}

pub(super) fn word(record: &mut Record<'_>, key: &'static str, context: &mut Context<'_>) -> Option<String> {
    record.take(key, context).and_then(|node| context.text(node)).map(str::to_owned)
}

/// The tone of a text: one of the scale, where the rules have one.
fn tone(record: &mut Record<'_>, context: &mut Context<'_>) -> Option<String> {
    let node = record.take("tone", context)?;
    if context.names.tones.is_some() {
        manners::tone(node, context);
    }
    context.text(node).map(str::to_owned)
}

/// The text or script of an action: one of the list, where the dictionary has one.
pub(super) fn template(record: &mut Record<'_>, context: &mut Context<'_>) -> Option<String> {
    let node = record.take("template", context)?;
    let name = context.text(node)?;
    if let Some(listed) = &mut context.names.templates {
        match listed.get_mut(name) {
            Some(known) => known.used = true,
            None => {
                let found = Diagnostic::error(codes::UNKNOWN_TEMPLATE, node.span, format!("there is no template \"{name}\""));
                let found = found.nearest(name, listed.keys().map(String::as_str));
                context.findings.push(found.help("the dictionary lists all there are under templates: a new one is added there"));
            }
        }
    }
    Some(name.to_owned())
}

/// Whether a letter goes registered.
fn delivery(verb: Option<Verb>, record: &mut Record<'_>, context: &mut Context<'_>) -> bool {
    let Some(node) = record.take("delivery", context) else { return false };
    let registered = context.choice(node, "a delivery", DELIVERIES).unwrap_or(false);
    if verb.is_some_and(|verb| verb != Verb::Letter) {
        context.error(codes::ACTION_DETAIL, record.key_span("delivery"), "only a letter has a delivery");
        return false;
    }
    registered
}

/// What a step, known by its id, does where its condition is false or its action would reach nobody.
pub(super) fn otherwise(node: &Node, step: &str, context: &mut Context<'_>) -> Option<Otherwise> {
    way(node, &INSTEAD, step, context)
}

/// What is done instead; `form` says whether that may name another action still.
fn way(node: &Node, form: &'static Form, owner: &str, context: &mut Context<'_>) -> Option<Otherwise> {
    if let NodeKind::Mapping(_) = node.kind {
        let id = format!("{owner}.otherwise");
        if let Some(verb) = node.get("do") {
            context.names.marks.put(Mark::Action(id.clone()), verb.span);
        }
        let mut record = Record::open(node, form, context)?;
        let action = read(&mut record, context);
        let mut after = Some(Otherwise::Unsaid);
        if form.keys.iter().any(|key| key.name == "otherwise") && record.has("otherwise") {
            after = record.take("otherwise", context).and_then(|node| way(node, &ACTION, &id, context));
            if action.as_ref().is_some_and(|action| action.verb.address().is_none()) {
                let message = "this action needs no address, so there is no otherwise to it";
                let found = Diagnostic::error(codes::NO_OTHERWISE, record.key_span("otherwise"), message);
                context.findings.push(found.help("delete the line"));
            }
        }
        record.close(context);
        return Some(Otherwise::Do(action?, Box::new(after?)));
    }
    let known = |word: &str| OTHERWISE.iter().find(|(name, _)| *name == word);
    match (node.text(), node.text().and_then(known)) {
        (_, Some((_, wait))) => Some(if *wait { Otherwise::Wait } else { Otherwise::Skip }),
        (Some(word), None) => {
            let found = Diagnostic::error(codes::NOT_A_CHOICE, node.span, format!("\"{word}\" is not what a step does otherwise"));
            let verb = Verb::meant_by(word);
            let found = if verb.is_none() { found.nearest(word, OTHERWISE.iter().map(|(name, _)| *name)) } else { found };
            let verb = verb.unwrap_or(Verb::Letter).name();
            let help = format!("possible are: skip, wait, and another action, which is written as a group: {{do: {verb}, template: ...}}");
            context.findings.push(context.as_a_group(found.help(help), node));
            None
        }
        (None, _) if matches!(node.kind, NodeKind::Sequence(_)) => {
            let found = Diagnostic::error(codes::WRONG_SHAPE, node.span, "a step does one thing otherwise, this is a list");
            context.findings.push(
                found.help("what follows the first stands within it: {do: email, template: ..., otherwise: {do: letter, template: ...}}"),
            );
            None
        }
        (None, _) => context.choice(node, "what a step does otherwise", OTHERWISE).map(|_| Otherwise::Skip),
    }
}
