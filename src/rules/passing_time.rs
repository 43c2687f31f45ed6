//! What time alone does to conditions: what comes next can be foretold from tonight only where tonight tells.

use crate::rules::expr::typed::{Condition, Expression, Leaf};
use crate::rules::program::{Drift, Formula, Program, Source};

/// Facts that are another day by day, or by the very steps that are foretold.
const DAILY: [&str; 26] = [
    "answered_share_email_12m",
    "answered_share_letter_12m",
    "answered_share_phone_12m",
    "answered_share_sms_12m",
    "calls_7d",
    "calls_since_due",
    "contacts_30d",
    "days_past_due",
    "days_since_conversation",
    "days_since_last_action",
    "days_since_last_contact",
    "days_since_last_payment",
    "days_to_limitation",
    "dispute_age",
    "emails_7d",
    "emails_since_due",
    "last_contact_date",
    "last_step",
    "last_step_date",
    "letters_30d",
    "letters_since_due",
    "next_due_in",
    "oldest_days_past_due",
    "penalties_accrued",
    "sms_7d",
    "undelivered_90d",
];

/// Facts that are others once one more item is late.
const AS_ITEMS_FALL_DUE: [&str; 2] = ["overdue_balance", "overdue_items"];

/// Fills in [`Drift`] of the steps of all policies.
pub fn mark(program: &mut Program) {
    let drifts = Drifts::of(program);
    for step in program.policies.iter_mut().flat_map(|policy| &mut policy.steps) {
        step.drift = step.when.as_ref().map_or(Drift::None, |rule| drifts.condition(&rule.when));
    }
}

/// The drift of every field, by its position.
struct Drifts(Vec<Drift>);

impl Drifts {
    fn of(program: &Program) -> Drifts {
        let mut drifts = Drifts(vec![Drift::None; program.fields.len()]);
        for (field, drift) in program.fields.iter().zip(&mut drifts.0) {
            *drift = match field.source {
                Source::Fact => of_fact(&field.name),
                // What is expected of an item is less every day.
                Source::Route => Drift::Daily,
                _ => Drift::None,
            };
        }
        // A field stands after all it is worked out from, and so does a table after those it reads.
        for derived in &program.derived {
            drifts.0[derived.field.0 as usize] = drifts.formula(&derived.formula);
        }
        for table in &program.tables {
            let rows = table.rows.iter().map(|(rule, _)| drifts.condition(&rule.when));
            drifts.0[table.output.0 as usize] = rows.max().unwrap_or_default();
        }
        drifts
    }

    fn formula(&self, formula: &Formula) -> Drift {
        match formula {
            Formula::Row(expression) => self.expression(expression),
            Formula::Aggregate { over, filter, .. } => {
                let filter = filter.as_ref().map_or(Drift::None, |filter| self.condition(filter));
                let over = over.as_ref().map_or(Drift::None, |over| self.expression(over));
                over.max(filter.min(Drift::AsItemsFallDue))
            }
        }
    }

    fn condition(&self, condition: &Condition) -> Drift {
        let mut drift = Drift::None;
        condition.visit_leaves(&mut |leaf| drift = drift.max(self.leaf(leaf)));
        drift
    }

    fn expression(&self, expression: &Expression) -> Drift {
        let mut drift = Drift::None;
        expression.visit_leaves(&mut |leaf| drift = drift.max(self.leaf(leaf)));
        drift
    }

    fn leaf(&self, leaf: Leaf) -> Drift {
        match leaf {
            Leaf::Field(field, _) => self.0[field.0 as usize],
            Leaf::Today => Drift::Daily,
        }
    }
}

fn of_fact(name: &str) -> Drift {
    if DAILY.binary_search(&name).is_ok() {
        Drift::Daily
    } else if AS_ITEMS_FALL_DUE.contains(&name) {
        Drift::AsItemsFallDue
    } else {
        Drift::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::date::Date;
    use crate::base::money::Currency;
    use crate::rules::compile::compile;
    use crate::rules::sources::SourceFile;

    fn drift_of(when: &str) -> Drift {
        let rules = format!(
            "relance: 1\nkind: escalation\npolicies:\n  - policy: all\n    for: true\n    clock: oldest_days_past_due\n    gap: 5 days\n    terminal: stop\n    \
             steps:\n      - {{step: first, at: 1 days, do: letter, template: first, when: {when}, otherwise: skip}}\n"
        );
        let dictionary = "relance: 1\nkind: dictionary\nderived:\n  \
             late: {type: money, grain: customer, label: Late, is: sum(amount_open) where days_past_due > 0 days}\n  \
             worst: {type: days, grain: customer, label: Worst, missing: 0 days, is: max(days_past_due)}\n  \
             all: {type: money, grain: customer, label: All, is: sum(amount_open)}\n";
        let files = [("dictionary.yaml", dictionary), ("escalation.yaml", rules.as_str())];
        let files = files.map(|(path, text)| SourceFile { path: path.to_owned(), text: text.to_owned() });
        let compiled = compile(&files, Date::from_ymd(2026, 11, 21).unwrap(), Currency::parse(b"EUR").unwrap()).unwrap();
        compiled.program.policies[0].steps[0].drift
    }

    #[test]
    fn what_time_does_to_a_condition_is_what_it_does_to_the_fields_it_reads() {
        let cases = [
            ("exposure > 5 EUR", Drift::None),
            ("email is known and payment_pattern = none", Drift::None),
            ("all > 5 EUR", Drift::None),
            ("overdue_balance > 5 EUR", Drift::AsItemsFallDue),
            ("late > 5 EUR and exposure > 5 EUR", Drift::AsItemsFallDue),
            ("oldest_days_past_due > 20 days", Drift::Daily),
            ("worst > 20 days", Drift::Daily),
            ("promise_date is known and as_of > promise_date", Drift::Daily),
        ];
        for (when, expected) in cases {
            assert_eq!(drift_of(when), expected, "{when}");
        }
    }

    #[test]
    fn every_name_is_a_fact_of_the_dictionary() {
        let dictionary = include_str!("dictionary.yaml");
        let is_fact = |name: &str| {
            let line = dictionary.lines().find(|line| line.trim_start().starts_with(&format!("{name}: {{")));
            line.is_some_and(|line| line.contains("source: engine"))
        };
        let unknown: Vec<&str> = DAILY.into_iter().chain(AS_ITEMS_FALL_DUE).filter(|name| !is_fact(name)).collect();
        assert_eq!(unknown, Vec::<&str>::new());
        assert!(DAILY.is_sorted());
    }
}
