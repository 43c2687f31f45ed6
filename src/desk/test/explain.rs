//! Why a night decided as it did about one customer: which row of which table, which step, what stopped it, and why not its neighbours.

use crate::base::contract::values::PROPOSAL_KINDS;
use crate::base::counted::counted;
use crate::base::date::Date;
use crate::desk::test::watch::{decided, env, reviews, rows_decided, shadows, shown, standing_proposals, standing_tasks};
use crate::night::escalation::action::Draft;
use crate::night::escalation::ladder::{Answer, Gate, Next};
use crate::night::escalation::{Outcome, overrides, reach};
use crate::night::evaluate::Scene;
use crate::rules::program::{ARMS, DecisionTable, Facts, FieldId, Grain, Hit, MISSING, Policy, Program, Rule, Step, Together};
use crate::rules::test_file::Value;

/// The decisions about a debtor, one a line, with the place of the rule behind each.
pub fn explain(scene: &Scene<'_>, debtor: usize) -> String {
    let mut text = String::new();
    // What did not come on the ladder is asked about first.
    let (mut why_no_step, mut why_not) = (Vec::new(), Vec::new());
    for (table, column) in decided(scene).filter(|(table, _)| table.grain == Grain::Customer) {
        let (Some(cell), Some(row)) = (column.cells.get(debtor), column.rows.get(debtor)) else { continue };
        let deciding = rows_decided(scene, table, column, debtor, debtor);
        table_line(scene, table, (*cell, *row), &deciding, debtor, &mut text);
        if table.hit == Hit::First {
            why_not.extend(rows_above(scene, table, *row, debtor));
        }
    }
    let facts = scene.facts.debtor(debtor);
    for trial in &scene.night.program.trials {
        let arm = usize::try_from(facts.cell(trial.field)).ok().and_then(|arm| ARMS.get(arm));
        let outside = if trial.among.in_force(scene.night.as_of) { "outside" } else { "not in force" };
        line(&mut text, "trial", arm.unwrap_or(&outside), &trial.id, &trial.among.place);
        if arm.is_none() {
            why_not.push(self::why_not(scene, &trial.among, &facts));
        }
    }
    for own in overrides::of(scene.subject, scene.subject.debtors[debtor].customer) {
        let (kind, why) = (format!("{} {}", own.kind.name(), own.value), format!("{} until {}: {}", own.id, own.until, own.reason));
        line(&mut text, "override", &kind, &format!("{why} ({})", own.author), "");
    }
    for outcome in scene.outcomes.iter().filter(|outcome| outcome.debtor == debtor) {
        ladder(scene, outcome, debtor, &mut text, &mut why_no_step);
    }
    for (rule, amount) in penalties(scene, debtor) {
        line(&mut text, "penalties", &amount, &rule.id, &rule.place);
    }
    for (block, due) in reviews(scene, debtor) {
        line(&mut text, "review", &format!("due on {}", due.review_on), &block.rule.id, &block.rule.place);
    }
    for task in standing_tasks(scene, debtor) {
        line(&mut text, "task", &task.owner.team, &task.rule.id, &task.rule.place);
    }
    for proposal in standing_proposals(scene, debtor) {
        let kind = PROPOSAL_KINDS[usize::from(proposal.kind)];
        line(&mut text, "proposal", kind, &proposal.rule.id, &proposal.rule.place);
    }
    for shadow in shadows(scene, debtor) {
        line(&mut text, "on trial", "would decide", &shadow.rule.id, &shadow.rule.place);
    }
    why_no_step.append(&mut why_not);
    if !why_no_step.is_empty() {
        text.push_str("why not\n");
        why_no_step.iter().for_each(|why| text.push_str(why));
    }
    text
}

fn line(text: &mut String, what: &str, value: &str, rule: &str, place: &str) {
    let line = format!("  {what:<12} {value:<18} {rule:<32} {place}");
    text.push_str(line.trim_end());
    text.push('\n');
}

fn table_line(
    scene: &Scene<'_>,
    table: &DecisionTable,
    (cell, row): (i64, Option<usize>),
    deciding: &[String],
    debtor: usize,
    text: &mut String,
) {
    let program = scene.night.program;
    let facts = scene.facts.debtor(debtor);
    let value = Value::of_cell(cell, &program.fields[table.output.0 as usize].ty, program.currency, facts.text(cell));
    let value = value.shown(program.currency);
    match row.and_then(|row| table.rows.get(row)) {
        Some((rule, _)) => line(text, &table.id, &value, &deciding.join(" "), &rule.place),
        None if table.hit == Hit::All(Together::Tags) => line(text, &table.id, "none", "", ""),
        None if !table.hit.decides_by_one() => line(text, &table.id, &value, "no row is true", ""),
        None if table.otherwise.is_some() => line(text, &table.id, &value, &format!("{}.otherwise", table.id), ""),
        None => line(text, &table.id, "undecided", "no row matches", ""),
    }
}

/// Why the rows above the one that decided did not.
fn rows_above(scene: &Scene<'_>, table: &DecisionTable, row: Option<usize>, debtor: usize) -> Vec<String> {
    let above = &table.rows[..row.unwrap_or(table.rows.len())];
    let facts = scene.facts.debtor(debtor);
    above.iter().map(|(rule, _)| why_not(scene, rule, &facts)).collect()
}

/// A rule that did not hold, with the values it read.
fn why_not(scene: &Scene<'_>, rule: &Rule, facts: &impl Facts) -> String {
    let program = scene.night.program;
    if !rule.in_force(scene.night.as_of) {
        return format!("  {:<32} not in force\n", rule.id);
    }
    format!("  {:<32} {}: {}\n", rule.id, rule.text, read_by(program, rule, facts))
}

/// The fields a rule reads, with their values.
fn read_by(program: &Program, rule: &Rule, facts: &impl Facts) -> String {
    let mut fields: Vec<FieldId> = Vec::new();
    rule.when.visit_fields(&mut |field, _| {
        if !fields.contains(&field) {
            fields.push(field);
        }
    });
    let value = |field: &FieldId| {
        let definition = &program.fields[field.0 as usize];
        let known = facts.cell(*field) != MISSING;
        let value = match definition.used {
            crate::rules::program::Use::Value => shown(program, *field, facts),
            _ => if known { "known" } else { "missing" }.to_owned(),
        };
        format!("{} is {value}", definition.name)
    };
    let values: Vec<String> = fields.iter().map(value).collect();
    if values.is_empty() { "reads nothing".to_owned() } else { values.join(", ") }
}

fn ladder(scene: &Scene<'_>, outcome: &Outcome, debtor: usize, text: &mut String, why_nots: &mut Vec<String>) {
    let program = scene.night.program;
    let facts = outcome.item.map_or(scene.facts.debtor(debtor), |item| scene.facts.item(debtor, item));
    let Some(policy) = outcome.policy.map(|at| &program.policies[at]) else {
        line(text, "policy", "none", "no policy applies", "");
        why_nots.extend(program.policies.iter().map(|policy| why_not(scene, &policy.applies, &facts)));
        return;
    };
    line(text, "policy", &policy.applies.id, &policy.applies.text, &policy.applies.place);
    if let Some(clock) = outcome.asked.clock {
        let field = policy.clock.map_or("clock", |field| program.fields[field.0 as usize].name.as_str());
        let at_gate = if outcome.asked.gate == Some(Gate::Enter) { "enters the ladder tonight" } else { "" };
        line(text, "clock", &Value::Days(i64::from(clock)).shown(program.currency), &format!("{field} {at_gate}"), "");
    }
    if let Some(until) = outcome.asked.rests_until {
        line(text, "rests", &format!("until {until}"), "gap after the last step, or a payment", &policy.applies.place);
    }
    if let Some((entry, first)) = outcome.asked.lifted {
        let entry = &policy.entries[entry];
        let left_out = policy.steps[first..entry.step].iter().filter(|step| step.acts(scene.night.as_of)).map(|step| step.id.as_str());
        let left_out: Vec<&str> = left_out.collect();
        line(
            text,
            "enters at",
            &policy.steps[entry.step].id,
            &format!("{}: leaves out {}", entry.rule.id, left_out.join(", ")),
            &entry.rule.place,
        );
    }
    for asked in &outcome.asked.steps {
        let step = &policy.steps[asked.step];
        let is_false = step.when.as_ref().filter(|rule| !rule.when.holds(&facts, &env(scene)));
        line(text, "step", &step.id, answer(asked.answer, is_false.is_some()), &step.place);
        let own = outcome.drafts.iter().find(|draft| draft.step == asked.step && draft.companion.is_none());
        own.filter(|_| !step.channels.is_empty()).into_iter().for_each(|draft| channel(step, draft, text));
        if let (Some(rule), Answer::Alternative | Answer::Moved | Answer::Skipped | Answer::Waits) = (is_false, asked.answer) {
            why_nots.push(why_not(scene, rule, &facts));
        }
    }
    outcome.drafts.iter().for_each(|draft| action(scene, policy, draft, text));
    why_nots.extend(left_out(scene, policy, outcome, &facts));
    if outcome.drafts.is_empty() {
        line(text, "action", "none", "", "");
    }
    let next = match &outcome.next {
        Next::Step { verb, on, .. } => format!("{} on {on}", verb.name()),
        Next::Nothing(reason) => format!("none: {reason}"),
    };
    line(text, "next", &next, "", "");
    for item in scene.subject.debtors[debtor].items.clone() {
        if let Some(reason) = scene.stops[debtor].item_reason(item) {
            let invoice = String::from_utf8_lossy(scene.subject.invoice_id(item)).into_owned();
            line(text, "silent about", &invoice, &format!("held by {reason}"), place_of_block(program, reason));
        }
    }
    why_nots.extend(next_step(policy, outcome, scene.night.as_of));
}

/// Why the step after the one of tonight is not done: its day is still to come, the ladder rests, or an earlier step goes first.
fn next_step(policy: &Policy, outcome: &Outcome, as_of: Date) -> Option<String> {
    let clock = outcome.asked.clock?;
    let served = outcome.progress.as_ref().and_then(|progress| progress.served);
    let from = served.map_or(0, |served| served + 1).max(outcome.asked.lifted.map_or(0, |(entry, _)| policy.entries[entry].step));
    let is_asked = |at: usize| outcome.asked.steps.iter().any(|asked| asked.step == at);
    let at = (from..policy.steps.len()).find(|at| policy.steps[*at].acts(as_of) && !is_asked(*at))?;
    let step = &policy.steps[at];
    let why = if step.at > clock {
        format!("the clock shows {clock}")
    } else if let Some(until) = outcome.asked.rests_until {
        format!("the ladder rests until {until}")
    } else {
        let before = &policy.steps[..at].iter().rfind(|step| step.acts(as_of))?.id;
        format!("after {before}: one step a night. A test of its night says last_step: {before}")
    };
    Some(format!("  {:<32} due at {}, {why}\n", format!("{}.{}", policy.applies.id, step.id), counted(step.at, "day")))
}

/// What a step came to. One whose condition holds gives way where it would reach nobody.
fn answer(answer: Answer, is_false: bool) -> &'static str {
    match answer {
        Answer::Acts => "is due",
        Answer::Alternative if is_false => "its condition is false: otherwise",
        Answer::Alternative => "no address: otherwise",
        Answer::Moved => "its channels are put in order",
        Answer::Skipped if is_false => "its condition is false: skipped",
        Answer::Skipped => "no address: skipped",
        Answer::Waits => "waits",
        Answer::BelowMinimum => "below its minimum",
        Answer::Approved => "consented to already",
        Answer::Overridden => "left out by an override",
    }
}

/// Why a contact goes the way it goes, where the step orders its channels.
fn channel(step: &Step, draft: &Draft, text: &mut String) {
    let Some(channel) = draft.action.verb.channel() else { return };
    let why = draft.ordered.map_or("as written: nothing tells its channels apart".to_owned(), |ordered| {
        format!("{}, before {}", ordered.by, ordered.before.name())
    });
    line(text, "channel", channel, &why, &step.place);
}

fn action(scene: &Scene<'_>, policy: &Policy, draft: &Draft, text: &mut String) {
    let step = policy.step(draft.step);
    let reason = draft.status.reason();
    let status = if reason.is_empty() { draft.status.name().to_owned() } else { format!("{} by {reason}", draft.status.name()) };
    let place = place_of_block(scene.night.program, reason);
    let companion = draft.companion.and_then(|at| step.also.get(at));
    let (what, own) = companion.map_or(("action", &step.place), |companion| ("also", &companion.rule.place));
    line(text, what, draft.action.verb.name(), &status, if place.is_empty() { own } else { place });
}

/// Why what could go with a step that goes out does not exist tonight.
fn left_out(scene: &Scene<'_>, policy: &Policy, outcome: &Outcome, facts: &impl Facts) -> Vec<String> {
    let customer = scene.subject.debtors[outcome.debtor].customer;
    let mut why_nots = Vec::new();
    for draft in outcome.drafts.iter().filter(|draft| draft.is_done() && draft.companion.is_none()) {
        for (at, companion) in policy.step(draft.step).also.iter().enumerate() {
            let is_there = outcome.drafts.iter().any(|beside| beside.step == draft.step && beside.companion == Some(at));
            let lack = reach::missing(scene.subject, policy, customer, companion.action.verb);
            match lack.filter(|_| companion.rule.in_force(scene.night.as_of) && companion.rule.when.holds(facts, &env(scene))) {
                _ if is_there => {}
                Some(lack) => why_nots.push(format!("  {:<32} no {}\n", companion.rule.id, lack.words())),
                None => why_nots.push(why_not(scene, &companion.rule, facts)),
            }
        }
    }
    why_nots
}

/// Where the block or cap of this name is written; empty for what stands in no file.
fn place_of_block<'p>(program: &'p Program, reason: &str) -> &'p str {
    let block = program.blocks.iter().find(|block| block.rule.id == reason).map(|block| block.rule.place.as_str());
    block.or_else(|| program.caps.iter().find(|cap| cap.id == reason).map(|cap| cap.place.as_str())).unwrap_or_default()
}

/// The penalty rules behind what is told tonight, with the sum for each invoice.
fn penalties<'a>(scene: &'a Scene<'_>, debtor: usize) -> Vec<(&'a Rule, String)> {
    let invoices = &scene.subject.documents.invoices;
    let own = scene.accruals.told.iter().filter(|told| invoices[told.invoice as usize].customer == scene.subject.debtors[debtor].customer);
    let shown = own.map(|told| {
        let currency = invoices[told.invoice as usize].currency;
        let sum = Value::Money(told.accrued.total().0.saturating_mul(currency.thousandths()), Some(currency)).shown(currency);
        (&scene.night.program.penalties[told.rule].rule, sum)
    });
    shown.collect()
}
