//! What ladders leave unsaid: how one takes up a debt that is old when it is first seen, and what a step does that would reach nobody.

use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::tree::Comparison;
use crate::rules::marks::Mark;
use crate::rules::program::{Address, CatchUp, Cell, Condition, FieldId, Otherwise, Policy, Step};
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
    let found = found.note(format!("a debt for which \"{clock}\" is {example} days on its first night {told}"));
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

/// A mail, text message or call that does not say what happens to a debtor without an address for it.
///
/// Letters are left out: what would be done instead of them is seldom a rule, and few ledgers lack postal addresses.
pub fn unguarded(policy: &Policy, step: &Step, facets: &Facets<'_>) -> Option<Finding> {
    let address = step.action.verb.address().filter(|address| *address != Address::Postal && step.otherwise == Otherwise::Unsaid)?;
    let (at, field) = facets.fields.iter().enumerate().find(|(_, field)| field.name == address.column())?;
    let may_be_missing = facets.marks.optional.contains(&FieldId(u32::try_from(at).ok()?));
    if !may_be_missing {
        return None;
    }
    let words = address.words();
    let message = format!("the step \"{}\" does not say what happens where a customer has no {words}", step.id);
    let span = facets.marks.at(&Mark::Action(format!("{}.{}", policy.applies.id, step.id)));
    let found = Diagnostic::warning(codes::NO_ADDRESS, span, message);
    let found = found.note(format!("such a customer stays at this step, held by {}: it meets no later one", address.guard()));
    let found = found.help("add otherwise: {do: letter}, or otherwise: skip; otherwise: wait says that it is meant");
    Some(found.help(format!("or say in the dictionary that every customer has one: required: true for the field {}", field.name)).into())
}
