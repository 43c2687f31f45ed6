//! The values at which the answers of rules change, field by field: what is worth trying in a test.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::expr::typed::{Condition, Term};
use crate::rules::program::{Cell, FieldId, Formula, MISSING, Program, Step, Type};

/// Values worth trying, by field: each limit with its two neighbours, each value of a list, both answers of a flag, and
/// [`MISSING`] where a rule asks whether the field is known.
pub fn turning_points(program: &Program) -> BTreeMap<FieldId, BTreeSet<Cell>> {
    let mut points = Points { program, found: BTreeMap::new() };
    for when in conditions(program) {
        points.condition(when);
    }
    for trial in &program.trials {
        points.values(trial.field);
    }
    for policy in &program.policies {
        for (clock, step) in policy.clock.iter().flat_map(|clock| policy.steps.iter().map(move |step| (clock, step))) {
            points.limit(*clock, Cell::from(step.at));
        }
    }
    // Backwards: a derived field stands after all it is worked out from.
    for derived in program.derived.iter().rev() {
        points.push_down(derived.field, &derived.formula);
    }
    points.found
}

fn conditions(program: &Program) -> Vec<&Condition> {
    let tables = program.tables.iter().chain(program.assignments.iter().map(|assignment| &assignment.table));
    let rows = tables.flat_map(|table| table.rows.iter().map(|(rule, _)| &rule.when));
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
    let trials = program.trials.iter().map(|trial| &trial.among.when);
    let penalties = program.penalties.iter().map(|penalty| &penalty.rule.when);
    let filters = program.derived.iter().filter_map(|derived| match &derived.formula {
        Formula::Aggregate { filter, .. } => filter.as_ref(),
        Formula::Row(_) => None,
    });
    let manners = program.manners().map(|rule| &rule.when);
    let beside = tasks.chain(proposals).chain(routes).chain(represented).chain(manners);
    rows.chain(blocks).chain(beside).chain(policies).chain(trials).chain(penalties).chain(filters).collect()
}

struct Points<'p> {
    program: &'p Program,
    found: BTreeMap<FieldId, BTreeSet<Cell>>,
}

impl Points<'_> {
    fn add(&mut self, field: FieldId, cell: Cell) {
        self.found.entry(field).or_default().insert(cell);
    }

    /// A limit and the values next to it.
    fn limit(&mut self, field: FieldId, cell: Cell) {
        let unit = match self.program.fields[field.0 as usize].ty {
            Type::Money | Type::Days | Type::Date => 1,
            Type::Number => 1_000_000,
            // A hundredth of a percent.
            Type::Rate => 100,
            _ => return self.values(field),
        };
        [cell.saturating_sub(unit), cell, cell.saturating_add(unit)].into_iter().for_each(|cell| self.add(field, cell));
    }

    /// Every value of a flag or an enum.
    fn values(&mut self, field: FieldId) {
        let count = match &self.program.fields[field.0 as usize].ty {
            Type::Bool => 2,
            Type::Enum(names) => names.len(),
            _ => 0,
        };
        (0..count).filter_map(|at| Cell::try_from(at).ok()).for_each(|cell| self.add(field, cell));
    }

    fn condition(&mut self, when: &Condition) {
        match when {
            Condition::Always(_) | Condition::Tagged { .. } => {}
            Condition::Not(inner) => self.condition(inner),
            Condition::Shared(inner) => self.condition(inner),
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.condition(part)),
            Condition::If(parts) => parts.iter().for_each(|part| self.condition(part)),
            Condition::Cell { field, cell, .. } if self.program.fields[field.0 as usize].ty == Type::Text => {
                [MISSING, *cell, Cell::MAX].into_iter().for_each(|cell| self.add(*field, cell));
            }
            Condition::Cell { field, cell, .. } => self.limit(*field, *cell),
            Condition::CellIn { field, cells } => {
                self.values(*field);
                cells.iter().for_each(|cell| self.add(*field, *cell));
            }
            Condition::Known(field) => [MISSING, Cell::MAX].into_iter().for_each(|cell| self.known(*field, cell)),
            Condition::HasValue(expression) | Condition::Holds(expression) => self.terms(&[&expression.term]),
            Condition::Compare(compare) => self.terms(&[&compare.left, &compare.right]),
            Condition::Text(compare) => self.terms(&[&compare.value, &compare.with]),
        }
    }

    /// Missing, or any value at all: that of a text, else both answers of a flag or every value of an enum.
    fn known(&mut self, field: FieldId, cell: Cell) {
        let is_text = self.program.fields[field.0 as usize].ty == Type::Text;
        if cell == MISSING || is_text {
            self.add(field, cell);
        } else {
            self.values(field);
        }
    }

    /// Every constant of a comparison for every field of it: at worst a value that turns nothing.
    fn terms(&mut self, terms: &[&Term]) {
        let (mut fields, mut constants) = (Vec::new(), Vec::new());
        let mut today = false;
        terms.iter().for_each(|term| collect(term, &mut fields, &mut constants, &mut today));
        for field in fields {
            self.add(field, MISSING);
            constants.iter().filter_map(|value| Cell::try_from(*value).ok()).for_each(|cell| self.limit(field, cell));
            if today && self.program.fields[field.0 as usize].ty == Type::Date {
                // Days around the run date, told apart from real days by being small: a week back to a day ahead, and further back by
                // the days that are added, which may be business days.
                let added = constants.iter().filter_map(|days| Cell::try_from(*days).ok()).filter(|days| (0..=60).contains(days)).max();
                let back = added.map_or(8, |days| 8.max(days * 7 / 5 + 5));
                (-back..=2).for_each(|days| self.add(field, days));
            }
        }
    }

    /// What turns a derived field is tried on the fields of its type that it is worked out from.
    fn push_down(&mut self, field: FieldId, formula: &Formula) {
        let points = self.found.get(&field).cloned().unwrap_or_default();
        let ty = self.program.fields[field.0 as usize].ty.clone();
        let mut sources = BTreeSet::new();
        match formula {
            Formula::Row(expression) => expression.visit_fields(&mut |field, _| {
                sources.insert(field);
            }),
            Formula::Aggregate { over: Some(over), .. } => over.visit_fields(&mut |field, _| {
                sources.insert(field);
            }),
            Formula::Aggregate { .. } => {}
        }
        for source in sources {
            let its = &self.program.fields[source.0 as usize].ty;
            match (its, &ty) {
                _ if *its == ty => points.iter().for_each(|cell| self.add(source, *cell)),
                // Days since a day: so many days before the run date.
                (Type::Date, Type::Days) => points.iter().filter(|cell| **cell != MISSING).for_each(|cell| self.add(source, -*cell)),
                _ => {}
            }
        }
    }
}

fn collect(term: &Term, fields: &mut Vec<FieldId>, constants: &mut Vec<i128>, today: &mut bool) {
    match term {
        Term::Constant(value) => constants.push(*value),
        Term::Field(field) => fields.push(*field),
        Term::Today => *today = true,
        _ => {}
    }
    term.operands().into_iter().for_each(|part| collect(part, fields, constants, today));
}
