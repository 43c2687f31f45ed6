//! Rules on trial. They are taken out of what decides when a rule set is compiled, so that nothing can act upon them by mistake.

use crate::rules::escalation::Escalation;
use crate::rules::expr::typed::Condition;
use crate::rules::program::{DecisionTable, Grain, Policy, Rule, Shadow, ShadowPart, Step};

/// Takes all rules on trial out of tables and escalation.
pub fn take(tables: &mut [DecisionTable], escalation: &mut Escalation) -> Vec<Shadow> {
    let mut shadows = Vec::new();
    let queues = escalation.assignments.iter_mut().map(|queue| &mut queue.table);
    tables.iter_mut().chain(queues).for_each(|table| rows(table, &mut shadows));
    let (on_trial, live): (Vec<_>, Vec<_>) = std::mem::take(&mut escalation.blocks).into_iter().partition(|block| block.rule.shadow);
    escalation.blocks = live;
    shadows.extend(on_trial.into_iter().map(|block| Shadow { rule: block.rule, grain: block.on, part: ShadowPart::Block }));
    let (on_trial, live): (Vec<_>, Vec<_>) = std::mem::take(&mut escalation.policies).into_iter().partition(|policy| policy.applies.shadow);
    escalation.policies = live;
    shadows.extend(on_trial.into_iter().map(|policy| Shadow { rule: policy.applies, grain: Grain::Customer, part: ShadowPart::Policy }));
    for (at, policy) in escalation.policies.iter().enumerate() {
        let on_trial = policy.steps.iter().enumerate().filter(|(_, step)| step.shadow);
        shadows.extend(on_trial.map(|(number, step)| of_step(policy, step, ShadowPart::Step { policy: at, step: number })));
    }
    let mut above = 0;
    for penalty in std::mem::take(&mut escalation.penalties) {
        if penalty.rule.shadow {
            shadows.push(Shadow { rule: penalty.rule, grain: Grain::Customer, part: ShadowPart::Penalty { above } });
        } else {
            above += 1;
            escalation.penalties.push(penalty);
        }
    }
    shadows
}

fn rows(table: &mut DecisionTable, shadows: &mut Vec<Shadow>) {
    if !table.rows.iter().any(|(rule, _)| rule.shadow) {
        return;
    }
    for (rule, output) in std::mem::take(&mut table.rows) {
        if rule.shadow {
            let part = ShadowPart::Row { table: table.id.clone(), above: table.rows.len(), output };
            shadows.push(Shadow { rule, grain: table.grain, part });
        } else {
            table.rows.push((rule, output));
        }
    }
}

/// A step without a condition of its own holds for everyone on its ladder.
fn of_step(policy: &Policy, step: &Step, part: ShadowPart) -> Shadow {
    let rule = step.when.clone().unwrap_or_else(|| Rule {
        id: format!("{}.{}", policy.applies.id, step.id),
        when: Condition::Always(true),
        text: "everyone on the ladder".to_owned(),
        place: step.place.clone(),
        from: step.from,
        until: step.until,
        shadow: true,
    });
    Shadow { rule, grain: policy.grain, part }
}
