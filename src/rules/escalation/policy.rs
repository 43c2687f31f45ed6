//! Policies: who is treated how, by which steps.

use std::collections::BTreeSet;

use super::spans::{days, span, span_of};
use super::{action, channels, companions, entries, field_named, full, mark_condition};
use crate::base::counted::counted;
use crate::base::money::Rate;
use crate::rules::codes;
use crate::rules::context::{Context, Record};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::dictionary::GRAINS;
use crate::rules::document::{Node, NodeKind};
use crate::rules::forms::escalation as forms;
use crate::rules::marks::{Holed, Mark, Owner};
use crate::rules::program::{
    Action, BelowMin, CatchUp, Drift, Extensions, FieldId, Grain, OnPayment, Otherwise, Policy, PolicyChange, Represented, Resume, Reword,
    Rule, Silence, Span as Days, Step, Terminal, Type, Undelivered,
};
use crate::rules::renames::{self, Kind};
use crate::rules::tables::{IdPlaces, Standing, rule, rule_of, standing, unique_id};

pub(in crate::rules) const CATCH_UP: &[(&str, CatchUp)] =
    &[("one_step_per_run", CatchUp::OneStepPerRun), ("jump_to_latest", CatchUp::JumpToLatest), ("fire_all", CatchUp::FireAll)];
pub(in crate::rules) const RESUME: &[(&str, Resume)] =
    &[("closest", Resume::Closest), ("first_unserved", Resume::FirstUnserved), ("rebase", Resume::Rebase)];
pub(in crate::rules) const BELOW_MIN: &[(&str, BelowMin)] =
    &[("drop", BelowMin::Drop), ("lower_step", BelowMin::LowerStep), ("defer", BelowMin::Defer)];

/// Whom contacts go to where somebody speaks for the customer.
pub(in crate::rules) const REPRESENTED: &[(&str, Represented)] =
    &[("hold", Represented::Hold), ("write_to_representative", Represented::Write)];

/// What becomes of a step whose contact came back.
pub(in crate::rules) const UNDELIVERED: &[(&str, Undelivered)] = &[("ignore", Undelivered::Ignore), ("repeat_step", Undelivered::Repeat)];

pub(in crate::rules) const ON_PAYMENT: &[(&str, OnPayment)] = &[("continue", OnPayment::Continue), ("restart", OnPayment::Restart)];
pub(in crate::rules) const EXTENSIONS: &[(&str, Extensions)] = &[("count", Extensions::ALL), ("ignore", Extensions::Ignore)];
/// What a change of policy does; true to finish the old ladder.
pub(in crate::rules) const ON_POLICY_CHANGE: &[(&str, bool)] = &[("restart", false), ("finish_old", true)];

/// The names of the steps of all policies.
pub(super) fn all_steps<'r, 'n: 'r>(records: impl Iterator<Item = &'r Record<'n>>) -> BTreeSet<String> {
    let lists = |node: Option<&'n Node>| match node.map(|node| &node.kind) {
        Some(NodeKind::Sequence(items)) => items.as_slice(),
        _ => &[],
    };
    let policies = records.flat_map(|record| lists(record.peek("policies")));
    let steps = policies.flat_map(|policy| lists(policy.get("steps")));
    steps.filter_map(|step| step.get("step").and_then(Node::text)).map(str::to_owned).collect()
}

/// Reads a policy.
pub(super) fn read(node: &Node, ids: &mut IdPlaces, steps: &BTreeSet<String>, context: &mut Context<'_>) -> Option<Policy> {
    let mut record = Record::open(node, &forms::POLICY, context)?;
    let id_node = record.need("policy", context);
    let id = id_node.and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let former = renames::read(&mut record, Kind::Policy, "", id.as_deref(), context);
    let applies = record.need("for", context);
    if let Some((id, node)) = id.as_ref().zip(id_node) {
        mark(id, node, &record, context);
    }
    let grain = record.take("grain", context).map_or(Some(Grain::Customer), |node| context.choice(node, "a grain", GRAINS));
    let grain = grain.unwrap_or(Grain::Customer);
    let ladder = ladder(&id, grain, &mut record, context);
    let behaviour = behaviour(grain, &mut record, context);
    let is_lost = |key: &str, read: bool| record.has(key) && !read;
    if is_lost("enter_when", behaviour.enter_when.is_some()) || is_lost("leave_when", behaviour.leave_when.is_some()) {
        context.names.marks.holed.extend(id.iter().cloned().map(Holed::Gates));
    }
    let on_policy_change = policy_change(&ladder, steps, &mut record, context);
    let entries = entries::read(id.as_deref(), grain, &ladder, &mut record, context);
    // A step with a mistake is a step all the same: what a ladder needs is said at once.
    let has_steps = matches!(record.peek("steps").map(|node| &node.kind), Some(NodeKind::Sequence(items)) if !items.is_empty());
    let clock = clock(grain, has_steps, &mut record, context);
    let terminal = terminal(has_steps, &mut record, context);
    let silence = silence(id.as_deref(), grain, &mut record, context);
    let applies = rule(id, applies, Grain::Customer, &mut record, context);
    record.close(context);
    Some(Policy {
        applies: applies?,
        former,
        grain,
        clock: clock?,
        enter_when: behaviour.enter_when,
        leave_when: behaviour.leave_when,
        gap: behaviour.gap,
        catch_up: behaviour.catch_up,
        resume: behaviour.resume,
        on_payment: behaviour.on_payment,
        extensions: behaviour.extensions,
        on_policy_change: on_policy_change?,
        entries,
        below_min: behaviour.below_min,
        terminal: terminal?,
        represented: behaviour.represented,
        undelivered: behaviour.undelivered,
        silence: silence?,
        steps: ladder,
    })
}

/// The longest silence, and what is done then; the outer `None` where it has a mistake.
fn silence(policy: Option<&str>, grain: Grain, record: &mut Record<'_>, context: &mut Context<'_>) -> Option<Option<Silence>> {
    let Some(node) = record.take("silence", context) else { return if record.has("silence") { None } else { Some(None) } };
    if grain == Grain::Invoice {
        let found = Diagnostic::error(codes::ACTION_DETAIL, record.key_span("silence"), "a ladder per invoice has no longest silence");
        context.findings.push(found.help("a customer hears from us as a whole: give the key to a policy per customer"));
    }
    let mut inner = Record::open(node, &forms::SILENCE, context)?;
    let after = inner.need("after", context).and_then(|node| days(node, context));
    if let Some(node) = inner.peek("do") {
        context.names.marks.put(Mark::Action(format!("{}.silence", policy.unwrap_or_default())), node.span);
    }
    let action = action::read(&mut inner, context);
    if action.as_ref().is_some_and(|action| action.verb.channel().is_none()) {
        context.error(codes::ACTION_DETAIL, inner.key_span("do"), "a silence is broken by what the debtor hears of");
    }
    if after.is_some_and(|after| after < 1) {
        context.error(codes::ACTION_DETAIL, inner.key_span("after"), "a silence lasts a day at least");
    }
    let id = format!("{}.silence", policy.unwrap_or_default());
    let otherwise = match inner.take("otherwise", context) {
        Some(node) => action::otherwise(node, &id, context),
        None => Some(Otherwise::Unsaid),
    };
    let place = context.sources.file_and_line(inner.heading());
    inner.close(context);
    let step = Step {
        id: "silence".to_owned(),
        former: Vec::new(),
        at: 1,
        when: None,
        drift: Drift::None,
        action: action?,
        otherwise: otherwise?,
        channels: Vec::new(),
        when_full: None,
        reword: Vec::new(),
        also: Vec::new(),
        approve: None,
        min_amount: None,
        min_share: None,
        from: None,
        until: None,
        shadow: false,
        place,
    };
    Some(Some(Silence { after: after?, step }))
}

/// Notes where a policy and its keys stand.
fn mark(id: &str, node: &Node, record: &Record<'_>, context: &mut Context<'_>) {
    context.names.marks.put(Mark::Policy(id.to_owned()), node.span);
    mark_condition(Owner::Policy, Some(id), record.peek("for"), context);
    mark_condition(Owner::EnterWhen, Some(id), record.peek("enter_when"), context);
    mark_condition(Owner::LeaveWhen, Some(id), record.peek("leave_when"), context);
    for key in ["clock", "gap", "resume", "terminal"] {
        if let Some(node) = record.peek(key) {
            context.names.marks.put(Mark::PolicyKey(id.to_owned(), key), node.span);
        }
    }
}

/// The settings of a ladder that have a default.
struct Behaviour {
    enter_when: Option<crate::rules::program::Condition>,
    leave_when: Option<crate::rules::program::Condition>,
    gap: Days,
    catch_up: CatchUp,
    resume: Resume,
    on_payment: OnPayment,
    extensions: Extensions,
    below_min: BelowMin,
    represented: Represented,
    undelivered: Undelivered,
}

fn behaviour(grain: Grain, record: &mut Record<'_>, context: &mut Context<'_>) -> Behaviour {
    Behaviour {
        enter_when: record.take("enter_when", context).and_then(|node| context.condition(node, grain)),
        leave_when: record.take("leave_when", context).and_then(|node| context.condition(node, grain)),
        gap: record.take("gap", context).and_then(|node| span(node, context)).unwrap_or(Days { days: 0, business: false }),
        catch_up: word(record, "catch_up", "a way to catch up", CATCH_UP, CatchUp::OneStepPerRun, context),
        resume: word(record, "resume", "a way to take a ladder up", RESUME, Resume::FirstUnserved, context),
        on_payment: record.take("after_part_payment", context).and_then(|node| on_payment(node, context)).unwrap_or(OnPayment::Continue),
        extensions: record.take("extensions", context).and_then(|node| extensions(node, context)).unwrap_or(Extensions::ALL),
        below_min: word(record, "below_min", "what happens below a minimum", BELOW_MIN, BelowMin::Defer, context),
        represented: word(record, "represented", "whom contacts go to", REPRESENTED, Represented::Hold, context),
        undelivered: word(record, "undelivered", "what becomes of a step that came back", UNDELIVERED, Undelivered::Ignore, context),
    }
}

fn word<T: Copy>(
    record: &mut Record<'_>,
    key: &'static str,
    what: &str,
    choices: &[(&str, T)],
    default: T,
    context: &mut Context<'_>,
) -> T {
    record.take(key, context).and_then(|node| context.choice(node, what, choices)).unwrap_or(default)
}

/// `continue`, `restart` or `wait 7 days`.
fn on_payment(node: &Node, context: &mut Context<'_>) -> Option<OnPayment> {
    let (source, place) = context.expression_source(node)?;
    if let Some(rest) = source.strip_prefix("wait ") {
        let place = crate::rules::sources::Span { start: place.start + 5, ..place };
        return span_of(rest, place, context).map(OnPayment::Wait);
    }
    if source == "wait" {
        context.error(codes::SYNTAX, node.span, "write how long to wait: wait 7 days");
        return None;
    }
    context.choice(node, "what a part payment does", ON_PAYMENT)
}

/// `ignore`, or `{at_most: 2, up_to: 30 days}`.
fn extensions(node: &Node, context: &mut Context<'_>) -> Option<Extensions> {
    if !matches!(node.kind, NodeKind::Mapping(_)) {
        return context.choice(node, "what an extension does to the clock", EXTENSIONS);
    }
    let mut record = Record::open(node, &forms::GIVEN_TIME, context)?;
    let at_most = record.take("at_most", context).and_then(|node| context.whole(node));
    let up_to = record.take("up_to", context).and_then(|node| days(node, context));
    record.close(context);
    Some(Extensions::Count { at_most, up_to })
}

/// The field that measures lateness: needed where there are steps.
fn clock(grain: Grain, has_steps: bool, record: &mut Record<'_>, context: &mut Context<'_>) -> Option<Option<FieldId>> {
    match record.take("clock", context) {
        Some(node) => {
            let name = context.text(node)?;
            let field = field_named(name, node.span, grain, context)?;
            if context.names.field(field).ty == Type::Days {
                return Some(Some(field));
            }
            context.error(codes::TYPES_DIFFER, node.span, "a clock is a field that counts days");
            None
        }
        None if has_steps && !record.has("clock") && !record.holed() => {
            let found = Diagnostic::error(codes::NO_CLOCK, record.heading(), "this ladder does not say which field measures lateness");
            let field = if grain == Grain::Customer { "oldest_days_past_due" } else { "days_past_due" };
            context.findings.push(found.help(format!("add clock: {field}")));
            None
        }
        None => Some(None),
    }
}

/// What comes after the last step, needed where there are steps: `stop`, `{stop: reason}` or `{repeat_last: 30 days}`.
fn terminal(has_steps: bool, record: &mut Record<'_>, context: &mut Context<'_>) -> Option<Terminal> {
    let Some(node) = record.take("terminal", context) else {
        if !has_steps {
            return Some(Terminal::Stop("no ladder".to_owned()));
        }
        if !record.has("terminal") && !record.holed() {
            let found = Diagnostic::error(codes::NO_TERMINAL, record.heading(), "this ladder does not say what comes after its last step");
            context.findings.push(found.help("add terminal: {stop: reason}, or terminal: {repeat_last: 30 days}"));
        }
        return None;
    };
    if node.text() == Some("stop") {
        return Some(Terminal::Stop("end of the ladder".to_owned()));
    }
    let mut ends = Record::open(node, &forms::TERMINAL, context)?;
    let stop = ends.take("stop", context).and_then(|node| context.text(node));
    let repeat = ends.take("repeat_last", context).and_then(|node| span(node, context));
    let both = (ends.has("stop"), ends.has("repeat_last"));
    ends.close(context);
    if both == (true, true) || both == (false, false) {
        let found = Diagnostic::error(codes::NO_TERMINAL, node.span, "a ladder ends with either stop or repeat_last");
        context.findings.push(found);
        return None;
    }
    match (stop, repeat) {
        (Some(reason), _) => Some(Terminal::Stop(reason.to_owned())),
        (_, Some(span)) if span.days > 0 => Some(Terminal::RepeatLast(span)),
        (_, Some(_)) => {
            context.error(codes::NO_TERMINAL, node.span, "the last step is repeated after one day at least");
            None
        }
        _ => None,
    }
}

/// `restart`, `finish_old`, or `{map: {old_step: new_step}}`.
fn policy_change(ladder: &[Step], steps: &BTreeSet<String>, record: &mut Record<'_>, context: &mut Context<'_>) -> Option<PolicyChange> {
    let Some(node) = record.take("on_policy_change", context) else { return Some(PolicyChange::Restart) };
    if !matches!(node.kind, NodeKind::Mapping(_)) {
        let finish = context.choice(node, "what happens when the policy changes", ON_POLICY_CHANGE)?;
        return Some(if finish { PolicyChange::FinishOld } else { PolicyChange::Restart });
    }
    let mut change = Record::open(node, &forms::CHANGE, context)?;
    let map = change.need("map", context);
    change.close(context);
    let entries = map?.mapping().map(|mapping| mapping.entries.as_slice()).unwrap_or_default();
    let mut pairs = Vec::new();
    for entry in entries {
        let Some(new) = context.text(&entry.value) else { continue };
        if !steps.contains(&entry.key) {
            unknown_step(&entry.key, entry.key_span, steps.iter().map(String::as_str), context);
        }
        if !ladder.iter().any(|step| step.id == new) {
            unknown_step(new, entry.value.span, ladder.iter().map(|step| step.id.as_str()), context);
        }
        pairs.push((entry.key.clone(), new.to_owned()));
    }
    Some(PolicyChange::Map(pairs))
}

/// Refuses a step that does not exist, with the nearest one that does.
pub(super) fn unknown_step<'n>(
    name: &str,
    place: crate::rules::sources::Span,
    steps: impl Iterator<Item = &'n str>,
    context: &mut Context<'_>,
) {
    let found = Diagnostic::error(codes::UNKNOWN_STEP, place, format!("there is no step called \"{name}\"")).nearest(name, steps);
    context.findings.push(found);
}

/// The steps of a policy, whose times must rise among those in force on one day.
fn ladder(policy: &Option<String>, grain: Grain, record: &mut Record<'_>, context: &mut Context<'_>) -> Vec<Step> {
    let Some(node) = record.need("steps", context) else { return Vec::new() };
    let mut ids = IdPlaces::new();
    let mut steps: Vec<(Step, crate::rules::sources::Span)> = Vec::new();
    for node in context.items(node) {
        let Some((step, place)) = step(policy.as_deref().unwrap_or(""), grain, node, &mut ids, context) else { continue };
        let before = steps.iter().rev().find(|(before, _)| before.meets(step.from, step.until));
        if let Some((before, earlier)) = before.filter(|(before, _)| before.at >= step.at) {
            let (own, earlier_at) = (counted(step.at, "day"), counted(before.at, "day"));
            let message = format!("this step is due at {own}, not later than the step before it at {earlier_at}");
            let found = Diagnostic::error(codes::STEP_ORDER, place, message).beside(*earlier, "the step before");
            context.findings.push(found.help("steps stand in the order in which they become due"));
        }
        steps.push((step, place));
    }
    steps.into_iter().map(|(step, _)| step).collect()
}

fn step(
    policy: &str,
    grain: Grain,
    node: &Node,
    ids: &mut IdPlaces,
    context: &mut Context<'_>,
) -> Option<(Step, crate::rules::sources::Span)> {
    let mut record = Record::open(node, &forms::STEP, context)?;
    let id = record.need("step", context).and_then(|node| unique_id(node, ids, context)).map(str::to_owned);
    let former = renames::read(&mut record, Kind::Step, policy, id.as_deref(), context);
    let at_node = record.need("at", context);
    let at = at_node.and_then(|node| days(node, context));
    if let Some((id, node)) = id.as_ref().zip(at_node) {
        context.names.marks.put(Mark::Step(format!("{policy}.{id}")), node.span);
        mark_condition(Owner::Step, Some(&format!("{policy}.{id}")), record.peek("when"), context);
        if let Some(node) = record.peek("do") {
            context.names.marks.put(Mark::Action(format!("{policy}.{id}")), node.span);
        }
    }
    let action = action::read(&mut record, context);
    let (when, standing) = condition(policy, id.as_deref(), grain, &mut record, context);
    let step_id = format!("{policy}.{}", id.as_deref().unwrap_or_default());
    let otherwise = otherwise(&mut record, action.as_ref(), &step_id, context);
    let ways = action.iter().chain(otherwise.iter().flat_map(Otherwise::ways).filter_map(Otherwise::action));
    let ways: Vec<&Action> = ways.collect();
    let channels = channels::read(&ways, &mut record, context);
    let when_full = full::read(&step_id, &mut record, context);
    let reword = record.take("reword", context).map(|node| rewordings(&step_id, action.as_ref(), grain, node, context)).unwrap_or_default();
    let also = companions::read(&step_id, grain, &mut record, context);
    let approve = record.take("approve", context).and_then(|node| context.text(node)).map(str::to_owned);
    let min_amount = record.take("min_amount", context).and_then(|node| context.constant(node, &Type::Money));
    let min_share = record.take("min_share", context).and_then(|node| context.constant(node, &Type::Rate)).map(Rate);
    let place = context.sources.file_and_line(record.heading());
    record.close(context);
    let Standing { from, until, shadow } = standing;
    let (id, at, when, action, otherwise) = (id?, at?, when?, action?, otherwise?);
    let step = Step {
        id,
        former,
        at,
        when,
        drift: Drift::None,
        action,
        otherwise,
        channels,
        when_full,
        reword,
        also,
        approve,
        min_amount,
        min_share,
        from,
        until,
        shadow,
        place,
    };
    Some((step, at_node?.span))
}

/// Other wordings of what a step writes or says.
fn rewordings(step: &str, action: Option<&Action>, grain: Grain, node: &Node, context: &mut Context<'_>) -> Vec<Reword> {
    if action.is_some_and(|action| action.verb.channel().is_none()) {
        context.error(codes::ACTION_DETAIL, node.span, "this step writes and says nothing that could be worded otherwise");
    }
    let mut ids = IdPlaces::new();
    let mut found = Vec::new();
    for node in context.items(node) {
        let Some(mut record) = Record::open(node, &forms::REWORD, context) else { continue };
        let id = record.need("id", context).and_then(|node| unique_id(node, &mut ids, context)).map(str::to_owned);
        let when = record.need("when", context);
        let rule_id = id.as_ref().map(|id| format!("{step}.reword.{id}"));
        mark_condition(Owner::Reword, rule_id.as_deref(), when, context);
        let (template, tone) = (action::template(&mut record, context), action::word(&mut record, "tone", context));
        let rule = rule(rule_id, when, grain, &mut record, context);
        if template.is_none() && tone.is_none() && !record.has("template") && !record.has("tone") {
            context.error(codes::ACTION_DETAIL, record.heading(), "this wording has neither a template nor a tone");
        }
        record.close(context);
        found.extend(id.zip(rule).map(|(id, rule)| Reword { id, rule, template, tone }));
    }
    found
}

/// The condition of a step, if it has one, and when the step counts; the outer `None` where the condition has a mistake.
fn condition(
    policy: &str,
    id: Option<&str>,
    grain: Grain,
    record: &mut Record<'_>,
    context: &mut Context<'_>,
) -> (Option<Option<Rule>>, Standing) {
    let when = record.take("when", context);
    if !record.has("when") {
        return (Some(None), standing(record, context));
    }
    let standing = standing(record, context);
    let rule = rule_of(id.map(|id| format!("{policy}.{id}")), when, grain, record, &standing, context);
    (rule.map(Some), standing)
}

fn otherwise(record: &mut Record<'_>, action: Option<&Action>, step: &str, context: &mut Context<'_>) -> Option<Otherwise> {
    let may_reach_nobody = action.is_none_or(|action| action.verb.address().is_some());
    let node = record.take("otherwise", context);
    match (record.has("when"), record.has("otherwise")) {
        (true, false) if !record.holed() => {
            let found = Diagnostic::error(
                codes::NO_OTHERWISE,
                record.key_span("when"),
                "this step does not say what happens when its condition is false",
            );
            context
                .findings
                .push(found.help("add otherwise: skip, otherwise: wait, or another action: otherwise: {do: letter, template: ...}"));
            None
        }
        (false, true) if !record.holed() && !may_reach_nobody => {
            let message = "this step has no condition and needs no address, so there is no otherwise";
            let found = Diagnostic::error(codes::NO_OTHERWISE, record.key_span("otherwise"), message);
            context.findings.push(found.help("say for whom the step is, with `when:`, or delete the line"));
            None
        }
        (_, true) => action::otherwise(node?, step, context),
        _ => Some(Otherwise::Unsaid),
    }
}
