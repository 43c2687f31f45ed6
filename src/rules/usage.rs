//! Which fields the compiled rules look at, so that the kernel fills only those.

use crate::rules::expr::typed::Condition;
use crate::rules::program::{Ask, ChannelKey, Field, FieldId, Formula, Policy, Program, Source, Step, TaskRule, Use};

/// Fills [`Field::used`] from every compiled condition, and from the formulas of derived fields in use.
pub fn mark(program: &mut Program) {
    let mut used = vec![Use::None; program.fields.len()];
    let mut visit = |field: FieldId, value: bool| raise(&mut used, field, value);
    conditions(program).for_each(|condition| condition.visit_fields(&mut visit));
    program.policies.iter().filter_map(|policy| policy.clock).for_each(|clock| visit(clock, true));
    let keys = program.policies.iter().flat_map(|policy| &policy.steps).flat_map(|step| &step.channels);
    keys.flat_map(ChannelKey::fields).for_each(|field| visit(*field, true));
    let asked = program.policies.iter().flat_map(Policy::actions).filter_map(|action| action.ask);
    asked.for_each(|ask| {
        if let Ask::Field(field) = ask {
            visit(field, true);
        }
    });
    program.tasks.iter().flat_map(TaskRule::fields).for_each(|field| visit(field, true));
    program.routes.all.iter().filter_map(|route| route.cost.as_ref()).for_each(|cost| cost.visit_fields(&mut visit));
    program.proposals.iter().for_each(|proposal| proposal.visit_fields(&mut visit));
    program.assignments.iter().flat_map(|queue| &queue.rank).for_each(|key| key.visit_fields(&mut visit));
    program.assignments.iter().filter_map(|queue| queue.skills).for_each(|field| visit(field, true));
    // Derived fields stand after all they need: backwards, each is known to be in use before its needs are marked.
    for derived in program.derived.iter().rev() {
        if used[derived.field.0 as usize] == Use::None {
            continue;
        }
        let mut visit = |field: FieldId, value: bool| raise(&mut used, field, value);
        match &derived.formula {
            Formula::Row(expression) => expression.visit_fields(&mut visit),
            Formula::Aggregate { over, filter, .. } => {
                over.iter().for_each(|over| over.visit_fields(&mut visit));
                filter.iter().for_each(|filter| filter.visit_fields(&mut visit));
            }
        }
    }
    for (field, used) in program.fields.iter_mut().zip(used) {
        field.used = used.max(least(field));
    }
}

/// Results of tables, trials and routes are worked out and written whether a rule reads them or not.
fn least(field: &Field) -> Use {
    if matches!(field.source, Source::Decision(_) | Source::Trial(_) | Source::Route) { Use::Value } else { Use::None }
}

fn raise(used: &mut [Use], field: FieldId, value: bool) {
    let level = if value { Use::Value } else { Use::Presence };
    let slot = &mut used[field.0 as usize];
    *slot = level.max(*slot);
}

/// Every condition of a program.
fn conditions(program: &Program) -> impl Iterator<Item = &Condition> {
    let tables = program.tables.iter().chain(program.assignments.iter().map(|queue| &queue.table));
    let rows = tables.flat_map(|table| table.rows.iter().map(|(rule, _)| &rule.when));
    let trials = program.trials.iter().map(|trial| &trial.among.when);
    let blocks = program.blocks.iter().map(|block| &block.rule.when);
    let tasks = program.tasks.iter().map(|task| &task.rule.when);
    let proposals = program.proposals.iter().flat_map(|one| std::iter::once(&one.rule.when).chain(one.conditions()));
    let routes = program.routes.all.iter().flat_map(|one| std::iter::once(&one.rule.when).chain(one.conditions()));
    let represented = program.representations.iter().map(|one| &one.rule.when);
    let policies = program.policies.iter().flat_map(|policy| {
        let steps = policy.steps.iter().flat_map(Step::rules).map(|rule| &rule.when);
        let entries = policy.entries.iter().map(|entry| &entry.rule.when);
        std::iter::once(&policy.applies.when).chain(&policy.enter_when).chain(&policy.leave_when).chain(entries).chain(steps)
    });
    let penalties = program.penalties.iter().map(|penalty| &penalty.rule.when);
    let offers = program.offers.iter().map(|offer| &offer.rule.when);
    let shadows = program.shadows.iter().map(|shadow| &shadow.rule.when);
    let manners = program.manners().map(|rule| &rule.when);
    let beside = tasks.chain(proposals).chain(routes).chain(represented).chain(offers).chain(manners);
    rows.chain(trials).chain(blocks).chain(beside).chain(policies).chain(penalties).chain(shadows)
}
