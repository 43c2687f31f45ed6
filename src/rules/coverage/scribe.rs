//! Lists what tests of a program could try.

use std::cmp::Ordering;

use super::threshold::{Nearest, SIDES, Threshold, in_days, never_negative, turning_side};
use super::{Atom, Coverage, Hits, address, shared};
use crate::rules::eval::Env;
use crate::rules::program::{
    Cell, Condition, DecisionTable, Derived, FieldId, Formula, Otherwise, Program, Rule, Source, Trial, Type, Use,
};
use crate::rules::sources::Sources;
use crate::rules::test_file::Value;

/// Lists what there is to try.
pub(super) struct Scribe<'a> {
    pub(super) program: &'a Program,
    pub(super) sources: &'a Sources<'a>,
    pub(super) env: &'a Env<'a>,
    pub(super) book: Coverage,
}

impl Scribe<'_> {
    pub(super) fn decides(&mut self, id: &str, place: &str) {
        self.book.rules.insert(id.to_owned(), Hits { place: place.to_owned(), hits: 0 });
    }

    pub(super) fn rule(&mut self, rule: &Rule) {
        if rule.in_force(self.env.as_of) {
            self.decides(&rule.id, &rule.place);
            self.owner(&rule.id, &rule.when, &rule.place);
        }
    }

    /// Whom a trial is among, and both its arms.
    pub(super) fn trial(&mut self, trial: &Trial) {
        self.rule(&trial.among);
        if trial.among.in_force(self.env.as_of) {
            [0, 1].into_iter().filter_map(|cell| trial.arm(cell)).for_each(|arm| self.decides(&arm, &trial.among.place));
        }
    }

    pub(super) fn table(&mut self, table: &DecisionTable) {
        table.rows.iter().for_each(|(rule, _)| self.rule(rule));
        if let (Some(_), Some((last, _))) = (table.otherwise, table.rows.last()) {
            self.decides(&format!("{}.otherwise", table.id), &last.place);
        }
    }

    pub(super) fn derived(&mut self) {
        let used = |derived: &&Derived| self.program.fields[derived.field.0 as usize].used != Use::None;
        for derived in self.program.derived.iter().filter(used) {
            if let Formula::Aggregate { filter: Some(filter), .. } = &derived.formula {
                let name = &self.program.fields[derived.field.0 as usize].name;
                self.owner(&format!("derived.{name}"), filter, &derived.place);
            }
        }
    }

    pub(super) fn policies(&mut self) {
        for policy in self.program.policies.iter().filter(|policy| policy.applies.in_force(self.env.as_of)) {
            let id = &policy.applies.id;
            self.rule(&policy.applies);
            for (gate, when) in [("enter_when", &policy.enter_when), ("leave_when", &policy.leave_when)] {
                if let Some(when) = when {
                    self.owner(&format!("{id}.{gate}"), when, &policy.applies.place);
                }
            }
            policy.silence.iter().for_each(|silence| self.decides(&format!("{id}.silence"), &silence.step.place));
            policy.entries.iter().for_each(|entry| self.rule(&entry.rule));
            for step in policy.steps.iter().filter(|step| step.acts(self.env.as_of)) {
                let name = format!("{id}.{}", step.id);
                self.decides(&name, &step.place);
                if let Some(when) = &step.when {
                    self.owner(&name, &when.when, &step.place);
                }
                step.reword.iter().for_each(|reword| self.rule(&reword.rule));
                step.also.iter().for_each(|companion| self.rule(&companion.rule));
                if matches!(step.otherwise, Otherwise::Skip | Otherwise::Do(..)) {
                    self.decides(&format!("{name}.otherwise"), &step.place);
                }
                if step.when_full.is_some() {
                    self.decides(&format!("{name}.when_full"), &step.place);
                }
                if !step.channels.is_empty() {
                    self.decides(&format!("{name}.channels"), &step.place);
                }
                let clock = policy.clock.map_or("clock", |field| self.program.fields[field.0 as usize].name.as_str()).to_owned();
                let field = policy.clock;
                self.bare(&format!("{name}.at"), clock, Cell::from(step.at), &Type::Days, field, &step.place);
                if let Some(minimum) = step.min_amount {
                    self.bare(&format!("{name}.min_amount"), "amount due".to_owned(), minimum, &Type::Money, None, &step.place);
                }
            }
        }
    }

    /// A threshold that is no condition.
    fn bare(&mut self, owner: &str, subject: String, cell: Cell, ty: &Type, field: Option<FieldId>, place: &str) {
        let day = (*ty == Type::Days).then(|| self.shown(cell.saturating_sub(1), ty));
        let nearest = day.map(|day| Nearest { side: Ordering::Less, day: Some(day) });
        let limit = self.shown(cell, ty);
        let threshold = Threshold { subject, limit, seen: [false; 3], impossible: [false; 3], field, cell, nearest };
        let atom = Atom {
            text: String::new(),
            place: place.to_owned(),
            seen: None,
            impossible: [false; 2],
            threshold: Some(threshold),
            fields: Vec::new(),
        };
        self.book.owners.insert(owner.to_owned(), vec![atom]);
    }

    pub(super) fn owner(&mut self, owner: &str, when: &Condition, place: &str) {
        let mut atoms = Vec::new();
        self.atoms(when, place, &mut atoms);
        self.book.owners.insert(owner.to_owned(), atoms);
    }

    fn atoms(&self, when: &Condition, place: &str, atoms: &mut Vec<Atom>) {
        match when {
            Condition::Always(_) => {}
            Condition::Not(inner) => self.atoms(inner, place, atoms),
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.atoms(part, place, atoms)),
            Condition::If(parts) => parts.iter().for_each(|part| self.atoms(part, place, atoms)),
            _ => {
                let (text, threshold) = (self.text(when), self.threshold(when));
                let impossible = impossible_answers(when, threshold.as_ref());
                let mut fields = Vec::new();
                when.visit_fields(&mut |field, _| fields.push(field));
                atoms.push(Atom { text, place: place.to_owned(), seen: Some([false; 2]), impossible, threshold, fields });
            }
        }
    }

    /// A single condition as people read it.
    fn text(&self, when: &Condition) -> String {
        let name = |field: &FieldId| {
            let field = &self.program.fields[field.0 as usize];
            if matches!(field.source, Source::Trial(_)) { format!("in_trial({})", field.name) } else { field.name.clone() }
        };
        let ty = |field: &FieldId| &self.program.fields[field.0 as usize].ty;
        if let Some(inner) = shared(when) {
            return self.book.definitions.get(&address(inner)).cloned().unwrap_or_else(|| "a named condition".to_owned());
        }
        match when {
            Condition::Cell { field, cell: 1, .. } if *ty(field) == Type::Bool => name(field),
            Condition::Cell { field, comparison, cell } => {
                format!("{} {} {}", name(field), comparison.sign(), self.shown(*cell, ty(field)))
            }
            Condition::CellIn { field, cells } => {
                let values: Vec<String> = cells.iter().map(|cell| self.shown(*cell, ty(field))).collect();
                format!("{} in ({})", name(field), values.join(", "))
            }
            Condition::Known(field) => format!("{} is known", name(field)),
            Condition::Tagged { field, bit } => format!("{} contains {}", name(field), self.shown(1 << bit, ty(field))),
            Condition::Compare(compare) => {
                let text = self.sources.slice(compare.span);
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            }
            _ => self.read_by(when),
        }
    }

    /// A condition of another kind, told by the fields it reads.
    fn read_by(&self, when: &Condition) -> String {
        let mut fields = Vec::new();
        when.visit_fields(&mut |field, _| fields.push(self.program.fields[field.0 as usize].name.clone()));
        fields.dedup();
        format!("condition on {}", fields.join(" and "))
    }

    fn shown(&self, cell: Cell, ty: &Type) -> String {
        let text = usize::try_from(cell).ok().and_then(|at| self.program.texts.texts.get(at)).map_or("", String::as_str);
        Value::of_cell(cell, ty, self.program.currency, text).shown(self.program.currency)
    }

    fn threshold(&self, when: &Condition) -> Option<Threshold> {
        match when {
            Condition::Cell { field, cell, comparison } if comparison.needs_order() => {
                let definition = &self.program.fields[field.0 as usize];
                let impossible = [*cell <= 0 && never_negative(self.program, *field), false, false];
                let (subject, limit) = (definition.name.clone(), self.shown(*cell, &definition.ty));
                let nearest = matches!(definition.ty, Type::Days | Type::Date)
                    .then(|| Nearest::to(*cell, *comparison, |day| self.shown(day, &definition.ty)));
                Some(Threshold { subject, limit, seen: [false; 3], impossible, field: Some(*field), cell: *cell, nearest })
            }
            Condition::Compare(compare) if compare.comparison.needs_order() => {
                let text = self.text(when);
                let sign = format!(" {} ", compare.comparison.sign());
                let (subject, limit) = text.split_once(&sign).unwrap_or((&text, "its limit"));
                let (subject, limit) = (subject.to_owned(), limit.to_owned());
                let is_in_days = in_days(self.program, &compare.left) && in_days(self.program, &compare.right);
                let nearest = is_in_days.then(|| Nearest { side: turning_side(compare.comparison), day: None });
                Some(Threshold { subject, limit, seen: [false; 3], impossible: [false; 3], field: None, cell: 0, nearest })
            }
            _ => None,
        }
    }
}

/// Answers that no side of a threshold gives.
fn impossible_answers(when: &Condition, threshold: Option<&Threshold>) -> [bool; 2] {
    let (Condition::Cell { comparison, .. }, Some(threshold)) = (when, threshold) else { return [false; 2] };
    let possible = || SIDES.iter().zip(threshold.impossible).filter(|(_, impossible)| !impossible).map(|((side, _), _)| *side);
    [false, true].map(|answer| possible().all(|side| comparison.holds(side) != answer))
}
