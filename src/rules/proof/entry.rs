//! What ladders leave unsaid: how one takes up a debt that is old when it is first seen, and what a step does that would reach nobody.

use crate::base::counted::counted;
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::tree::Comparison;
use crate::rules::marks::Mark;
use crate::rules::program::{Action, Address, CatchUp, Cell, Companion, Condition, FieldId, Otherwise, Policy, Step, Verb};
use crate::rules::proof::table::possible;
use crate::rules::proof::{Facets, Finding};

/// The age by which the example is told, where two steps lie before it.
const EXAMPLE_DAYS: i32 = 90;

/// A ladder of several steps that does not say `resume:`, and that an old debt would not climb step by step with time between.
pub fn unsaid(policy: &Policy, facets: &Facets<'_>) -> Option<Finding> {
    let id = &policy.applies.id;
    let is_written = |key| facets.marks.find(&Mark::PolicyKey(id.clone(), key)).is_some();
    if is_written("resume") || (policy.catch_up == CatchUp::OneStepPerRun && policy.gap.days > 0) {
        return None;
    }
    // Steps before the due date lapse on it: an old debt does not meet them.
    let steps: Vec<&Step> = policy.steps.iter().filter(|step| step.acts(facets.first) && step.at >= 0).collect();
    let [_, second, ..] = steps[..] else { return None };
    if !may_enter_at(policy, second.at, facets) {
        return None;
    }
    let example = if second.at <= EXAMPLE_DAYS { EXAMPLE_DAYS } else { steps.last()?.at };
    let reached: Vec<&Step> = steps.into_iter().take_while(|step| step.at <= example).collect();
    let [first, .., last] = reached[..] else { return None };
    let told = match policy.catch_up {
        CatchUp::OneStepPerRun => {
            format!("gets {} on that night, and then, one each night, {}", named(&reached[..1]), named(&reached[1..]))
        }
        CatchUp::JumpToLatest => {
            format!("starts with {}; {} left out", named(&[last]), were(&reached[..reached.len() - 1]))
        }
        CatchUp::FireAll => format!("gets {} in one night", named(&reached)),
    };
    let clock = policy.clock.map_or("", |field| facets.fields[field.0 as usize].name.as_str());
    let message = format!("the ladder \"{id}\" does not say how it takes up a debt that is old when first seen");
    let found = Diagnostic::warning(codes::OLD_DEBT, facets.marks.at(&Mark::Policy(id.clone())), message);
    let starts = if policy.catch_up == CatchUp::JumpToLatest { last } else { first };
    let found = found.beside(facets.marks.at(&Mark::Step(format!("{id}.{}", starts.id))), "an old debt starts here");
    let found = found.note(format!("a debt for which \"{clock}\" is {} on its first night {told}", counted(example, "day")));
    let found =
        found.help("write resume: first_unserved (step by step; with `gap:`, not night after night), closest (at once the latest step)");
    Some(found.help("or rebase (step by step, the times of later steps counted from that night)").into())
}

/// `"reminder", "call" and "notice"`.
fn named(steps: &[&Step]) -> String {
    let names: Vec<String> = steps.iter().map(|step| format!("\"{}\"", step.id)).collect();
    match names.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

fn were(steps: &[&Step]) -> String {
    format!("{} {}", named(steps), if steps.len() == 1 { "is" } else { "are" })
}

/// Whether a debt may come on the ladder while its clock shows so many days or more.
fn may_enter_at(policy: &Policy, days: i32, facets: &Facets<'_>) -> bool {
    let Some(field) = policy.clock else { return false };
    let late = Condition::Cell { field, comparison: Comparison::AtLeast, cell: Cell::from(days) };
    let parts = [Some(policy.applies.when.clone()), policy.enter_when.clone(), Some(late)];
    possible(&Condition::All(parts.into_iter().flatten().collect()), facets).is_some()
}

/// A mail, text message or call that does not say what happens to a debtor without an address for it: the action of a step, or the
/// last one of those it does otherwise.
///
/// Letters are left out: what would be done instead of them is seldom a rule, and few ledgers lack postal addresses.
pub fn unguarded(policy: &Policy, step: &Step, names_templates: bool, facets: &Facets<'_>) -> Option<Finding> {
    let id = format!("{}.{}", policy.applies.id, step.id);
    let actions: Vec<&Action> = step.actions().collect();
    let (last, before) = actions.split_last()?;
    let is_unsaid = step.otherwise.ways().last() == Some(&Otherwise::Unsaid);
    let address = last.verb.address().filter(|address| *address != Address::Postal && is_unsaid)?;
    let missing = missing(address, facets)?;
    if !before.is_empty() && !comes_to(policy, step, before, missing, facets) {
        return None;
    }
    let words = address.words();
    // A letter without a text would be the next finding.
    let letter = match &last.template {
        Some(template) => format!("{{do: letter, template: {template}}}"),
        None if names_templates => "{do: letter, template: …}".to_owned(),
        None => "{do: letter}".to_owned(),
    };
    let (message, help) = if before.is_empty() {
        let message = format!("the step \"{}\" does not say what happens where a customer has no {words}", step.id);
        (message, format!("add otherwise: {letter}, or otherwise: skip; otherwise: wait says that it is meant"))
    } else {
        let verb = last.verb.name();
        let message = format!("the step \"{}\" does not say what happens where a customer has no {words} for its otherwise", step.id);
        (message, format!("write {{do: {verb}, …, otherwise: {letter}}}, or otherwise: skip in it; otherwise: wait says that it is meant"))
    };
    let span = facets.marks.at(&Mark::Action(format!("{id}{}", ".otherwise".repeat(before.len()))));
    let found = Diagnostic::warning(codes::NO_ADDRESS, span, message);
    let found = found.note(format!("such a customer stays at this step, held by {}: it meets no later one", address.guard()));
    let column = address.column();
    Some(
        found
            .help(help)
            .help(format!("or say in the dictionary that every customer has one: required: true for the field {column}"))
            .into(),
    )
}

/// Messages of a step that name no template, in a rule set whose other actions do. Where none does, texts are chosen by the step, by what
/// sends them.
pub fn without_text(policy: &Policy, step: &Step, names_templates: bool, facets: &Facets<'_>) -> Vec<Finding> {
    let is_text = |action: &Action| matches!(action.verb, Verb::Email | Verb::Sms | Verb::Letter | Verb::RegisteredLetter);
    let bare = step.actions().enumerate().filter(|(_, action)| names_templates && is_text(action) && action.template.is_none());
    let told = |(at, action): (usize, &Action)| {
        let id = format!("{}.{}{}", policy.applies.id, step.id, ".otherwise".repeat(at));
        let what = if at == 0 { "does" } else { "does otherwise" };
        let message = format!("what the step \"{}\" {what} ({}) names no text: template: is missing", step.id, action.verb.name());
        let found = Diagnostic::warning(codes::NO_TEMPLATE, facets.marks.at(&Mark::Action(id)), message);
        let found = if at == 0 { found } else { found.note("what is done otherwise does not take over the template of the step") };
        found.help("add template: with the name of the text; the column template of actions is empty without it").into()
    };
    let beside = step.also.iter().filter(|companion| names_templates && is_text(&companion.action) && companion.action.template.is_none());
    let told_beside = |companion: &Companion| {
        let verb = companion.action.verb.name();
        let message = format!("what is done beside the step \"{}\" ({verb}) names no text: template: is missing", step.id);
        let found = Diagnostic::warning(codes::NO_TEMPLATE, facets.marks.at(&Mark::Action(companion.rule.id.clone())), message);
        found.help("add template: with the name of the text; the column template of actions is empty without it").into()
    };
    let spare = step.when_full.iter().filter(|action| names_templates && is_text(action) && action.template.is_none());
    let told_spare = |action: &Action| {
        let verb = action.verb.name();
        let message =
            format!("what is done where there is no place for the step \"{}\" ({verb}) names no text: template: is missing", step.id);
        let id = format!("{}.{}.when_full", policy.applies.id, step.id);
        let found = Diagnostic::warning(codes::NO_TEMPLATE, facets.marks.at(&Mark::Action(id)), message);
        found.help("add template: with the name of the text; the column template of actions is empty without it").into()
    };
    bare.map(told).chain(spare.map(told_spare)).chain(beside.map(told_beside)).collect()
}

/// That a customer has no address of a sort, where the dictionary does not say that all have.
fn missing(address: Address, facets: &Facets<'_>) -> Option<Condition> {
    let at = facets.fields.iter().position(|field| field.name == address.column())?;
    let field = FieldId(u32::try_from(at).ok()?);
    let without = || Condition::Not(Box::new(Condition::Known(field)));
    facets.marks.optional.contains(&field).then(without)
}

/// Whether a customer of a policy can come to the last action of a step without an address for it: where the condition of the step is
/// false, or where none of the actions before reaches it either.
fn comes_to(policy: &Policy, step: &Step, before: &[&Action], missing_last: Condition, facets: &Facets<'_>) -> bool {
    let without = vec![policy.applies.when.clone(), missing_last];
    let can = |more: Vec<Condition>| possible(&Condition::All([without.clone(), more].concat().into()), facets).is_some();
    // What the last action follows upon needs an address too, or nothing would come after it.
    let unreached = |actions: &[&Action]| -> Option<Vec<Condition>> {
        actions.iter().map(|action| action.verb.address().and_then(|address| missing(address, facets))).collect()
    };
    let by_condition = step.when.as_ref().is_some_and(|rule| {
        let is_false = Condition::Not(Box::new(rule.when.clone()));
        unreached(&before[1..]).is_some_and(|more| can([vec![is_false], more].concat()))
    });
    by_condition || unreached(before).is_some_and(|more| can([step.when.iter().map(|rule| rule.when.clone()).collect(), more].concat()))
}
