//! Findings about ladders and caps: steps that cannot come due, ladders that are entered and left for ever, gaps and caps that do not fit.

use crate::base::counted::counted;
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::tree::Comparison;
use crate::rules::marks::{Holed, Mark, Owner};
use crate::rules::program::{Cap, Cell, Condition, FieldId, Hit, Otherwise, Per, Policy, Program, Step, Verb};
use crate::rules::proof::entry;
use crate::rules::proof::leaf::Axis;
use crate::rules::proof::table::possible;
use crate::rules::proof::{Facets, Finding};
use crate::rules::sources::Span;

/// What is found in every ladder and cap of a program.
pub fn findings(program: &Program, facets: &Facets<'_>) -> Vec<Finding> {
    if facets.marks.holed.contains(&Holed::Policies) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let policies: Vec<&Policy> = program.policies.iter().filter(|policy| policy.applies.in_force(facets.first)).collect();
    let steps = program.policies.iter().flat_map(|policy| &policy.steps);
    let names_templates = steps.flat_map(Step::all_actions).any(|action| action.template.is_some());
    for policy in &policies {
        let ladder = Ladder { policy, facets };
        let are_gates_lost = facets.marks.holed.contains(&Holed::Gates(policy.applies.id.clone()));
        findings.extend(ladder.flapping().filter(|_| !are_gates_lost));
        findings.extend(policy.steps.iter().filter(|step| !step.shadow).filter_map(|step| ladder.never_due(step)));
        let steps: Vec<&Step> = policy.steps.iter().filter(|step| step.acts(facets.first)).collect();
        findings.extend(steps.iter().filter_map(|step| ladder.never_true(step)));
        findings.extend(entry::unsaid(policy, facets).filter(|_| !are_gates_lost));
        findings.extend(steps.iter().flat_map(|step| entry::without_text(policy, step, names_templates, facets)));
        findings.extend(steps.iter().filter_map(|step| entry::unguarded(policy, step, names_templates, facets)));
        findings.extend(steps.windows(2).filter_map(|pair| ladder.too_close(pair[0], pair[1])));
    }
    findings.extend(to_and_fro(&policies, program, facets));
    findings.extend(idle_caps(program, facets));
    findings
}

/// One ladder in a period.
struct Ladder<'p, 'f> {
    policy: &'p Policy,
    facets: &'f Facets<'f>,
}

fn all(parts: Vec<Condition>) -> Condition {
    Condition::All(parts.into())
}

fn not(condition: &Condition) -> Condition {
    Condition::Not(Box::new(condition.clone()))
}

fn against(field: FieldId, comparison: Comparison, cell: i32) -> Condition {
    Condition::Cell { field, comparison, cell: Cell::from(cell) }
}

impl Ladder<'_, '_> {
    fn id(&self) -> &str {
        &self.policy.applies.id
    }

    fn step(&self, step: &Step) -> Span {
        self.facets.marks.at(&Mark::Step(format!("{}.{}", self.id(), step.id)))
    }

    fn holds(&self, conditions: Vec<Condition>) -> bool {
        possible(&all(conditions), self.facets).is_some()
    }

    /// Customers on the ladder: under the policy, and either just entering or not leaving.
    fn on_ladder(&self) -> Condition {
        let stay = self.policy.leave_when.as_ref().map_or(Condition::Always(true), not);
        let enter = self.policy.enter_when.clone();
        let stay_or_enter = match (&self.policy.leave_when, enter) {
            (Some(_), Some(enter)) => Condition::Any(Box::new([stay, enter])),
            _ => stay,
        };
        all(vec![self.policy.applies.when.clone(), stay_or_enter])
    }

    /// A ladder that is entered one night and left the next, for ever.
    fn flapping(&self) -> Option<Finding> {
        let leave = self.policy.leave_when.as_ref()?;
        let enter = self.policy.enter_when.clone().unwrap_or(Condition::Always(true));
        let both = all(vec![self.policy.applies.when.clone(), enter, leave.clone()]);
        let witness = possible(&both, self.facets)?;
        let span = self.facets.marks.at(&Mark::Condition(Owner::LeaveWhen, self.id().to_owned()));
        let may = if witness.doubtful { "may" } else { "can" };
        let message = format!("a customer {may} enter and leave the ladder \"{}\" night after night", self.id());
        let mut found = Diagnostic::warning(codes::OSCILLATION, span, message);
        found = match self.facets.marks.find(&Mark::Condition(Owner::EnterWhen, self.id().to_owned())) {
            Some(enter) => found.beside(enter, "enters here"),
            None => found.note("without `enter_when:` every customer of the policy enters"),
        };
        if !witness.doubtful {
            found = found.note(format!("example: {}", self.facets.words(&witness, &[])));
        }
        Some(found.help("let `enter_when:` and `leave_when:` exclude each other, with room between them").into())
    }

    /// A step whose time no customer on the ladder can reach, or that has another period than its policy.
    fn never_due(&self, step: &Step) -> Option<Finding> {
        if let Some(found) = self.after_the_policy(step) {
            return Some(found);
        }
        let clock = self.policy.clock?;
        let name = &self.facets.fields[clock.0 as usize].name;
        let on_ladder = self.on_ladder();
        let can = |comparison, at| self.holds(vec![on_ladder.clone(), against(clock, comparison, at)]);
        if !can(Comparison::AtLeast, i32::MIN) {
            return None;
        }
        if step.at < 0 && !can(Comparison::Less, 0) {
            return Some(self.wrong_sign(step, &format!("on this ladder \"{name}\" is never below zero")));
        }
        if can(Comparison::AtLeast, step.at) {
            return None;
        }
        let mirrored = step.at > 0 && self.holds(vec![on_ladder.clone(), against(clock, Comparison::Less, 0)]);
        if mirrored && !can(Comparison::More, 0) {
            return Some(self.wrong_sign(step, &format!("on this ladder \"{name}\" is never above zero")));
        }
        let message =
            format!("the step \"{}\" can never be due: \"{name}\" does not reach {} on this ladder", step.id, counted(step.at, "day"));
        let mut found = Diagnostic::error(codes::NEVER_DUE, self.step(step), message);
        if let Some(leave) = self.facets.marks.find(&Mark::Condition(Owner::LeaveWhen, self.id().to_owned())) {
            found = found.beside(leave, "the ladder is left before");
        }
        Some(found.help("set an earlier time, or let the ladder go on for longer").into())
    }

    fn wrong_sign(&self, step: &Step, why: &str) -> Finding {
        let message = format!("the step \"{}\" can never be due: its time has the wrong sign", step.id);
        let found = Diagnostic::error(codes::WRONG_SIGN, self.step(step), message).note(why);
        found.help(format!("write {}, or choose another clock", counted(-step.at, "day"))).into()
    }

    /// A step in force only while its policy is not.
    fn after_the_policy(&self, step: &Step) -> Option<Finding> {
        if step.meets(self.policy.applies.from, self.policy.applies.until) {
            return None;
        }
        let message = format!("the step \"{}\" can never be due: it is in force only while its policy is not", step.id);
        Some(Diagnostic::error(codes::NEVER_DUE, self.step(step), message).help("compare `from:` and `until:` of the two").into())
    }

    /// A step whose condition holds for no customer of the policy, so that only its `otherwise:` ever happens.
    fn never_true(&self, step: &Step) -> Option<Finding> {
        let rule = step.when.as_ref()?;
        let alone = possible(&rule.when, self.facets).is_some();
        let here = self.holds(vec![self.policy.applies.when.clone()]);
        if !alone || !here || self.holds(vec![self.policy.applies.when.clone(), rule.when.clone()]) {
            return None;
        }
        let span = self.facets.marks.at(&Mark::Condition(Owner::Step, rule.id.clone()));
        let message = format!("the condition of the step \"{}\" is true for no customer of the policy \"{}\"", step.id, self.id());
        let found = Diagnostic::warning(codes::STEP_NEVER_TRUE, span, message);
        let whom = self.facets.marks.at(&Mark::Condition(Owner::Policy, self.id().to_owned()));
        Some(found.beside(whom, "the customers of the policy").into())
    }

    /// Two steps nearer to each other than the gap that must lie between them.
    fn too_close(&self, step: &Step, next: &Step) -> Option<Finding> {
        let distance = next.at - step.at;
        let gap = self.policy.gap;
        if distance <= 0 || gap.days <= distance || self.exclude(step, next) {
            return None;
        }
        let days = |count: i32| counted(count, "day");
        let kind = if gap.business { "business days" } else { "days" };
        let message = format!(
            "the step \"{}\" comes {} after \"{}\", but {} {kind} must lie between two steps",
            next.id,
            days(distance),
            step.id,
            gap.days
        );
        let found = Diagnostic::warning(codes::GAP_TOO_LONG, self.step(next), message);
        let gap = self.facets.marks.at(&Mark::PolicyKey(self.id().to_owned(), "gap"));
        let found = found.beside(gap, "the gap").note("it is done later than its time says, and every later step may be as well");
        Some(found.help("shorten the gap, or move the step").into())
    }

    /// Whether at most one of two steps ever acts for one customer.
    fn exclude(&self, step: &Step, next: &Step) -> bool {
        let condition = |step: &Step| step.when.as_ref().filter(|_| step.otherwise == Otherwise::Skip).map(|rule| rule.when.clone());
        let both: Vec<Condition> = condition(step).into_iter().chain(condition(next)).collect();
        !both.is_empty() && !self.holds(both)
    }
}

/// Two policies that hand a customer to each other every night.
fn to_and_fro(policies: &[&Policy], program: &Program, facets: &Facets<'_>) -> Vec<Finding> {
    let Some(field) = program.field("current_policy") else { return Vec::new() };
    let applies: Vec<Condition> =
        policies.iter().map(|policy| written_out(&policy.applies.when, field, program, facets, DEEPEST)).collect();
    let after = |policy: usize, last: usize| given(&applies[policy], field, facets.text(&policies[last].applies.id), facets);
    let mut findings = Vec::new();
    for (at, second) in policies.iter().enumerate() {
        for (earlier, first) in policies[..at].iter().enumerate() {
            if !reads(&applies[earlier], field) && !reads(&applies[at], field) {
                continue;
            }
            let both = all(vec![after(earlier, at), after(at, earlier)]);
            let Some(witness) = possible(&both, facets) else { continue };
            let (one, other) = (&first.applies.id, &second.applies.id);
            let message = format!("a customer can go to and fro between the policies \"{one}\" and \"{other}\"");
            let place = |id: &str| facets.marks.at(&Mark::Condition(Owner::Policy, id.to_owned()));
            let found = Diagnostic::warning(codes::OSCILLATION, place(other), message).beside(place(one), "and back");
            let words = if witness.doubtful || witness.sides.is_empty() {
                String::new()
            } else {
                format!(", for example where {}", facets.words(&witness, &[]))
            };
            let found = found.note(format!("after a night under one of them the other applies{words}"));
            findings.push(found.help("decide by facts that the policies themselves do not change").into());
        }
    }
    findings
}

/// Tables that may stand behind each other.
const DEEPEST: usize = 4;

fn reads(condition: &Condition, field: FieldId) -> bool {
    let mut reads = false;
    condition.visit_fields(&mut |read, _| reads |= read == field);
    reads
}

/// A condition in which the results of tables that look at a field are replaced by what makes the tables give them.
fn written_out(condition: &Condition, field: FieldId, program: &Program, facets: &Facets<'_>, depth: usize) -> Condition {
    let again = |inner: &Condition| written_out(inner, field, program, facets, depth);
    match condition {
        Condition::Not(inner) => Condition::Not(Box::new(again(inner))),
        Condition::Shared(inner) => again(inner),
        Condition::All(parts) => Condition::All(parts.iter().map(again).collect()),
        Condition::Any(parts) => Condition::Any(parts.iter().map(again).collect()),
        Condition::Cell { field: read, .. } | Condition::CellIn { field: read, .. } if depth > 0 => {
            let table = program.tables.iter().find(|table| table.output == *read && !matches!(table.hit, Hit::All(_)));
            let Some(table) = table else { return condition.clone() };
            let rows: Vec<(Condition, Cell)> = table
                .rows
                .iter()
                .filter(|(rule, _)| rule.in_force(facets.first))
                .map(|(rule, cell)| (written_out(&rule.when, field, program, facets, depth - 1), *cell))
                .collect();
            if !rows.iter().any(|(when, _)| reads(when, field)) {
                return condition.clone();
            }
            let holds = |cell: Cell| facets.on(Axis::Field(*read), cell, |row, env| condition.holds(row, env));
            let mut ways = Vec::new();
            let mut above: Vec<Condition> = Vec::new();
            for (when, cell) in rows {
                if holds(cell) {
                    ways.push(all(above.iter().cloned().chain([when.clone()]).collect()));
                }
                above.push(not(&when));
            }
            if table.otherwise.is_some_and(holds) {
                ways.push(all(above));
            }
            Condition::Any(ways.into())
        }
        other => other.clone(),
    }
}

impl Facets<'_> {
    /// The cell of a text; of one that no rule names where none does.
    fn text(&self, text: &str) -> Cell {
        self.texts.codes.get(text).map_or(Cell::MAX, |code| Cell::from(*code))
    }
}

/// A condition where the value of a field is given.
fn given(condition: &Condition, field: FieldId, cell: Cell, facets: &Facets<'_>) -> Condition {
    let again = |inner: &Condition| given(inner, field, cell, facets);
    match condition {
        Condition::Not(inner) => Condition::Not(Box::new(again(inner))),
        Condition::Shared(inner) => again(inner),
        Condition::All(parts) => Condition::All(parts.iter().map(again).collect()),
        Condition::Any(parts) => Condition::Any(parts.iter().map(again).collect()),
        Condition::If(parts) => {
            let [condition, then, otherwise] = &**parts;
            Condition::If(Box::new([again(condition), again(then), again(otherwise)]))
        }
        Condition::Cell { field: tested, .. } | Condition::CellIn { field: tested, .. } | Condition::Known(tested) if *tested == field => {
            Condition::Always(facets.on(Axis::Field(field), cell, |row, env| condition.holds(row, env)))
        }
        other => other.clone(),
    }
}

/// Caps on what no step does, and caps that another one always keeps.
fn idle_caps(program: &Program, facets: &Facets<'_>) -> Vec<Finding> {
    let steps = program.policies.iter().flat_map(|policy| &policy.steps);
    let done: Vec<Verb> = steps.flat_map(Step::all_actions).map(|action| action.verb).collect();
    let place = |cap: &Cap| facets.marks.at(&Mark::Cap(cap.id.clone()));
    let mut findings: Vec<Finding> = Vec::new();
    let caps: Vec<&Cap> = program.caps.iter().filter(|cap| cap.in_force(facets.first)).collect();
    for (at, cap) in caps.iter().copied().enumerate() {
        if !done.is_empty() && !cap.count.iter().any(|verb| done.contains(verb)) {
            let message = format!("the cap \"{}\" can never bind: no step does what it counts", cap.id);
            findings.push(Diagnostic::warning(codes::CAP, place(cap), message).into());
        } else if let Some(other) = caps.iter().copied().enumerate().find(|(other_at, other)| keeps(other, *other_at, cap, at)) {
            let message = format!("the cap \"{}\" can never bind: \"{}\" is always reached first", cap.id, other.1.id);
            let found = Diagnostic::warning(codes::CAP, place(cap), message).beside(place(other.1), "the stricter cap");
            findings.push(found.help("lower it, or delete it").into());
        }
    }
    findings
}

/// Whether a cap that is kept keeps another one too; of two that say the same the first counts.
fn keeps(strict: &Cap, strict_at: usize, loose: &Cap, loose_at: usize) -> bool {
    let counts_all = loose.count.iter().all(|verb| strict.count.contains(verb));
    // Every customer belongs to a group; a key that is shared connects others.
    let covers = strict.per == loose.per || (strict.per, loose.per) == (Per::Group, Per::Customer);
    let as_wide = covers && strict.within >= loose.within && strict.at_most <= loose.at_most;
    let counts_all = counts_all && strict.after_conversation == loose.after_conversation;
    let keeps = |strict: &Cap, loose: &Cap| counts_all && as_wide && (strict.then == loose.then || strict.at_most < loose.at_most);
    let same = (strict.at_most, strict.within, strict.per, &strict.count) == (loose.at_most, loose.within, loose.per, &loose.count);
    strict_at != loose_at && keeps(strict, loose) && (!same || strict_at < loose_at)
}
