//! What the shipped policy packs promise, whatever the days and amounts in them: every debtor has one treatment and one policy, nobody is
//! handed over, sued or written off without consent, and everything a collection process needs has a step.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use relance::base::calendar::{Calendar, CalendarName};
use relance::base::date::Date;
use relance::base::money::Currency;
use relance::rules::compile::compile;
use relance::rules::eval::{Env, decide};
use relance::rules::program::{Action, Cell, DecisionTable, Effect, Facts, FieldId, MISSING, Policy, Program, Type, Verb};
use relance::rules::shipped;
use relance::rules::sources::SourceFile;

const PACKS: [(&str, &str); 2] = [("fr-b2b", "EUR"), ("uk-b2b", "GBP")];
const NIGHT: Date = Date(20_777);

/// Runs a check on every pack.
fn check(promise: impl Fn(&str, &Program, &Env<'_>)) {
    for (name, currency) in PACKS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(name);
        let files = ["dictionary.yaml", "segmentation.yaml", "escalation.yaml", "rates.yaml"]
            .map(|file| SourceFile { path: file.to_owned(), text: fs::read_to_string(folder.join(file)).unwrap_or_default() });
        let currency = Currency::parse(currency.as_bytes()).unwrap_or(Currency(0));
        let compiled = compile(&files, NIGHT, currency);
        assert!(compiled.is_ok(), "{name}: {compiled:?}");
        let env = Env { as_of: NIGHT, calendar: &Calendar::named(CalendarName::Weekends) };
        compiled.iter().for_each(|compiled| promise(name, &compiled.program, &env));
    }
}

/// A debtor nothing is known of, but for a few fields.
struct Sample(Vec<Cell>);

impl Facts for Sample {
    fn cell(&self, field: FieldId) -> Cell {
        self.0[field.0 as usize]
    }

    fn text(&self, _: Cell) -> &str {
        ""
    }
}

fn sample<const N: usize>(program: &Program, cells: [(&str, Cell); N]) -> Sample {
    let unknown = |ty: &Type| if matches!(ty, Type::Text | Type::Date) { MISSING } else { 0 };
    let mut sample = Sample(program.fields.iter().map(|field| unknown(&field.ty)).collect());
    for (name, cell) in cells {
        assert!(program.field(name).is_some(), "{name} is a field");
        program.field(name).iter().for_each(|field| sample.0[field.0 as usize] = cell);
    }
    sample
}

fn table<'p>(program: &'p Program, id: &str) -> Option<&'p DecisionTable> {
    program.tables.iter().find(|table| table.id == id)
}

fn values(program: &Program, field: FieldId) -> &[String] {
    match &program.fields[field.0 as usize].ty {
        Type::Enum(values) => values,
        _ => &[],
    }
}

/// Every action a policy can take, the alternatives of its steps included, with the consent it needs.
fn actions(policy: &Policy) -> impl Iterator<Item = (&str, &Action, bool)> {
    policy.steps.iter().flat_map(|step| step.actions().map(|action| (step.id.as_str(), action, step.approve.is_some())))
}

#[test]
fn every_treatment_has_exactly_one_policy() {
    check(|name, program, env| {
        let treatments = table(program, "treatment").map(|table| values(program, table.output)).unwrap_or_default();
        assert!(treatments.len() >= 6, "{name}: {treatments:?}");
        for (cell, treatment) in (0..).zip(treatments) {
            let facts = sample(program, [("treatment", cell)]);
            let policies: Vec<&str> = program
                .policies
                .iter()
                .filter(|policy| policy.applies.when.holds(&facts, env))
                .map(|policy| policy.applies.id.as_str())
                .collect();
            assert_eq!(policies.len(), 1, "{name}: {treatment} has {policies:?}");
        }
    });
}

#[test]
fn every_lateness_and_record_of_promises_has_exactly_one_grade() {
    check(|name, program, env| {
        for days in [-400, -1, 0, 1, 29, 30, 31, 59, 60, 61, 89, 90, 119, 120, 121, 5_000] {
            for broken in 0..4 {
                let facts = sample(program, [("oldest_days_past_due", days), ("broken_promises_12m", broken * 1_000_000)]);
                let grade = table(program, "risk_grade").map(|table| decide(table, &facts, env));
                let row = grade.and_then(Result::ok).and_then(|grade| grade.row);
                assert!(row.is_some(), "{name}: {days} days late, {broken} promises broken");
            }
        }
    });
}

#[test]
fn nobody_is_handed_over_sued_or_written_off_without_consent() {
    check(|name, program, _| {
        for policy in &program.policies {
            for (step, action, approved) in actions(policy) {
                let grave = matches!(action.verb, Verb::Transfer | Verb::Legal | Verb::ProposeWriteOff | Verb::Bailiff);
                assert!(!grave || approved, "{name}: {}.{step}", policy.applies.id);
            }
        }
    });
}

#[test]
fn every_part_of_a_collection_process_has_a_step() {
    let needed = [
        Verb::Email,
        Verb::Letter,
        Verb::RegisteredLetter,
        Verb::Call,
        Verb::Task,
        Verb::ReviewCredit,
        Verb::HoldOrders,
        Verb::Transfer,
        Verb::Legal,
        Verb::ProposeWriteOff,
    ];
    check(|name, program, _| {
        let used: BTreeSet<Verb> = program.policies.iter().flat_map(actions).map(|(_, action, _)| action.verb).collect();
        assert!(needed.iter().all(|verb| used.contains(verb)), "{name}: {used:?}");
        let first_days: Vec<i32> = program.policies.iter().filter_map(|policy| policy.steps.first()).map(|step| step.at).collect();
        assert!(first_days.iter().any(|day| *day < 0), "{name}: nothing is done before the due date");
        assert!(first_days.contains(&1), "{name}: nothing is done on the day after the due date");
        assert!(!program.assignments.is_empty() && !program.caps.is_empty() && !program.quiet_days.is_empty(), "{name}");
    });
}

/// What a dunning policy may never do: send a letter about something contested, promised, or under court protection.
#[test]
fn disputes_promises_insolvency_and_holds_stop_contact() {
    check(|name, program, env| {
        let position = |field: &str, value: &str| {
            let values = program.field(field).map(|field| values(program, field)).unwrap_or_default();
            (0..).zip(values).find(|(_, name)| *name == value).map_or(-1, |(cell, _)| cell)
        };
        let cases = [
            ("dispute_status", position("dispute_status", "open")),
            ("plan_state", position("plan_state", "on_track")),
            ("legal_status", position("legal_status", "insolvency")),
            ("legal_status", position("legal_status", "deceased")),
            ("promise_date", Cell::from(NIGHT.0)),
            ("item_promise_date", Cell::from(NIGHT.0)),
            ("amount_pending", 1),
            ("placed", 1),
            ("contact_hold", 1),
            ("item_contact_hold", 1),
        ];
        let stops = |facts: &Sample, effect: Effect| {
            program.blocks.iter().any(|block| block.stops.contains(&effect) && block.rule.when.holds(facts, env))
        };
        assert!(!stops(&sample(program, []), Effect::Contact), "{name}: an ordinary debtor may be contacted");
        for (field, cell) in cases {
            let facts = sample(program, [(field, cell)]);
            assert!(stops(&facts, Effect::Contact), "{name}: {field}");
            assert!(!stops(&facts, Effect::Penalties), "{name}: {field} stops penalties, which only a person may");
        }
    });
}

#[test]
fn consumers_and_customers_of_unknown_kind_bear_no_penalties() {
    check(|name, program, env| {
        let regime = |customer_type: Cell| {
            let facts = sample(program, [("customer_type", customer_type), ("penalty_rate", MISSING)]);
            program.penalties.iter().find(|penalty| penalty.rule.when.holds(&facts, env)).map(|penalty| penalty.regime)
        };
        let kinds = program.field("customer_type").map(|field| values(program, field)).unwrap_or_default();
        for (cell, kind) in (0..).zip(kinds) {
            assert_eq!(regime(cell).is_some(), kind != "consumer", "{name}: {kind}");
        }
        assert_eq!(regime(MISSING), None, "{name}");
    });
}

/// What `relance init` writes is what is in the folders.
#[test]
fn every_file_of_every_folder_is_shipped() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let names = |folder: &Path| -> BTreeSet<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    let packs: BTreeSet<String> = shipped::PACKS.iter().map(|pack| pack.name.to_owned()).collect();
    assert_eq!(packs, names(&root));
    for pack in shipped::PACKS {
        let files: BTreeSet<String> = pack.files.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files, names(&root.join(pack.name)), "{}", pack.name);
    }
}
