//! What came of a night, as a suggested test expects it.

use std::collections::BTreeSet;

use crate::base::contract::{actions, open_items};
use crate::desk::test::judge::Night as Judged;
use crate::desk::test::suggest::write::yaml;
use crate::rules::program::{Grain, Program, Type};
use crate::rules::test_file::{Stands, Target};

/// Columns of an action that a suggested test expects, whatever the gap: a slip in one of them is seen by the test that meets it first.
const COLUMNS: &[usize] = &[actions::STEP, actions::STATUS, actions::TEMPLATE, actions::PAY_BY, actions::QUEUE];
/// Columns of an action that it expects where they tell the rules from changed ones.
const MORE_COLUMNS: &[usize] = &[actions::TONE, actions::STATUS_REASON, actions::EXPECTED_VALUE, actions::REWORDED_BY, actions::FEE];

/// All that came of a night and can be expected, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects(Vec<Effect>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Effect {
    key: String,
    /// As YAML.
    value: String,
    /// Expected by every suggested test.
    usual: bool,
}

impl Effects {
    /// What came of a night.
    pub fn of(judged: &Judged<'_>, program: &Program) -> Effects {
        let row = (!judged.evaluated.actions.is_empty()).then_some(0);
        let mut effects = Effects::default();
        let one = |target: &Target| judged.got(target, row).join(", ");
        effects.put("action", &one(&Target::Action), true);
        if row.is_some() {
            let of = |column: &usize| one(&Target::ActionColumn(*column));
            for column in COLUMNS.iter().filter(|column| **column != actions::QUEUE || !program.assignments.is_empty()) {
                effects.put(actions::SPEC.columns[*column].name, &of(column), true);
            }
            MORE_COLUMNS.iter().for_each(|column| effects.put(actions::SPEC.columns[*column].name, &of(column), false));
            effects.put("to", &one(&Target::Receiver), false);
        }
        let held_by = one(&Target::HeldBy);
        let is_held = held_by != "none";
        effects.put("held_by", &held_by, is_held);
        effects.penalties(judged, program, row);
        for table in program.tables.iter().filter(|table| table.grain == Grain::Customer) {
            let field = &program.fields[table.output.0 as usize];
            match field.ty {
                Type::Tags(_) => effects.put_set(&field.name, &judged.got(&Target::Tags(table.output), row), true),
                _ => effects.put(&field.name, &one(&Target::Field(table.output)), true),
            }
        }
        for column in [open_items::NEXT_ACTION, open_items::NEXT_ON] {
            effects.put(open_items::SPEC.columns[column].name, &one(&Target::Item(None, column)), false);
        }
        for stands in Stands::ALL.into_iter().filter(|stands| !stands.ids(program).is_empty()) {
            effects.standing(stands, judged, program, row);
        }
        if program.policies.iter().flat_map(|policy| &policy.steps).any(|step| !step.also.is_empty()) {
            effects.put_set("also", &judged.got(&Target::Also, row), true);
        }
        if program.routes.agencies().next().is_some() {
            effects.handed_over(judged, row);
        }
        effects.put_set("reviews", &judged.got(&Target::Reviews, row), false);
        effects
    }

    fn put(&mut self, key: &str, value: &str, usual: bool) {
        self.0.push(Effect { key: key.to_owned(), value: yaml(value), usual });
    }

    fn put_set(&mut self, key: &str, values: &[String], usual: bool) {
        let values: Vec<String> = values.iter().map(|value| yaml(value)).collect();
        self.0.push(Effect { key: key.to_owned(), value: format!("[{}]", values.join(", ")), usual });
    }

    /// The tasks or proposals that stand, and what each of them says.
    fn standing(&mut self, stands: Stands, judged: &Judged<'_>, program: &Program, row: Option<usize>) {
        let standing = judged.got(&Target::Standing(stands), row);
        self.put_set(stands.spec().name, &standing, true);
        for id in stands.ids(program).into_iter().filter(|id| standing.iter().any(|own| own == id)) {
            for column in stands.columns() {
                let value = judged.got(&Target::OfStanding(stands, id.to_owned(), *column), row).join(", ");
                self.put(&format!("{}.{id}.{}", stands.spec().name, stands.spec().columns[*column].name), &value, false);
            }
        }
    }

    /// Who may take the debts, and what those lack that stay.
    fn handed_over(&mut self, judged: &Judged<'_>, row: Option<usize>) {
        self.put_set("handed_to", &judged.got(&Target::HandedTo(None), row), true);
        let items = &judged.evaluated.open_items;
        let ids = (0..items.len()).filter_map(|row| items.text(open_items::INVOICE_ID, row));
        for invoice in ids.map(|id| String::from_utf8_lossy(id).into_owned()).collect::<BTreeSet<_>>() {
            let (taken, missing) = (Target::HandedTo(Some(invoice.clone())), Target::Missing(invoice.clone()));
            self.put_set(&format!("invoices.{invoice}.handed_to"), &judged.got(&taken, row), false);
            self.put_set(&format!("invoices.{invoice}.missing"), &judged.got(&missing, row), false);
        }
    }

    /// What is owed for being late: the rule that decided it, and the sum where it is in one currency.
    fn penalties(&mut self, judged: &Judged<'_>, program: &Program, row: Option<usize>) {
        if program.penalties.is_empty() {
            return;
        }
        let fired = judged.got(&Target::Fired, row);
        if let Some(id) = program.penalties.iter().map(|penalty| &penalty.rule.id).find(|id| fired.contains(id)) {
            self.put("fired", id, true);
        }
        let sum = judged.got(&Target::Penalties, row);
        if let Some(sum) = sum.first().filter(|sum| !sum.contains(" and ")) {
            self.put("penalties", sum, true);
        }
    }

    /// Whether something came out so.
    pub fn is(&self, key: &str, value: &str) -> bool {
        self.0.iter().any(|effect| effect.key == key && effect.value == yaml(value))
    }

    /// Keys of which this night has another value than another one, or the other one none.
    pub fn differing(&self, other: &Effects) -> BTreeSet<String> {
        let same = |effect: &&Effect| !other.0.iter().any(|its| its.key == effect.key && its.value == effect.value);
        self.0.iter().filter(same).map(|effect| effect.key.clone()).collect()
    }

    /// Whether a suggested test that says no more than usual tells this night from another one.
    pub fn tells_usually(&self, other: &Effects) -> bool {
        let differing = self.differing(other);
        self.0.iter().any(|effect| effect.usual && differing.contains(&effect.key))
    }

    /// As a test expects it: what is usual, and these keys.
    pub fn written(&self, more: &BTreeSet<String>) -> String {
        let wanted = self.0.iter().filter(|effect| effect.usual || more.contains(&effect.key));
        wanted.map(|effect| format!("{}: {}", effect.key, effect.value)).collect::<Vec<_>>().join(", ")
    }
}
