//! The tests that are missing: cases next to those there are, each worked out before it is offered, and offered only where it tries
//! something that nothing else has tried.
//!
//! A case is a test's own, or one found before, with one thing changed: a field set to a value at which some rule turns, or a ladder
//! put on the step before another. What it expects is what the rules decide today: a person has to say whether that is right.

mod cases;
pub mod changes;
pub mod expected;
pub mod write;

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::base::contract::values::PREFERRED_CHANNELS;
use crate::base::counted::counted;
use crate::base::date::Date;
use crate::desk::test::suggest::changes::{Found, Teller};
use crate::desk::test::suggest::expected::Effects;
use crate::desk::test::suggest::write::{head, write_test};
use crate::desk::test::{Runner, Suggestions, tried};
use crate::error::Failure;
use crate::rules::coverage::{Coverage, Gap, Missing};
use crate::rules::format::{Amounts, format as in_one_form};
use crate::rules::program::{Address, Cell, FieldId, Formula, Grain, MISSING, Policy, Program, Source, Step, Type};
use crate::rules::test_file::{Exception, Given, GivenFact, GivenRow, Night, SHORT_CUSTOMER, SHORT_INVOICE, Test, Value};
use crate::rules::turning_points::turning_points;

/// Cases worked out at most: what stands next to a gap comes first, and of the rest few close one.
const MOST_RUNS: usize = 5_000;
/// Changes on top of each other at most.
const ROUNDS: usize = 3;
/// A text no rule names.
const ANY_TEXT: &str = "something";

/// Missing tests as a test file of its own, and, as its comments, the gaps for which no case was found.
///
/// # Errors
/// What the runs of the tests themselves end with.
pub(super) fn missing(runner: &mut Runner<'_>, tests: &[Test], total: &Coverage, exceptions: &[Exception]) -> Result<Suggestions, Failure> {
    let is_open = |gap: &Gap| !exceptions.iter().any(|exception| exception.gap == gap.name);
    let Some(first) = runner.pack.tests.first() else {
        return Ok(Suggestions { count: 0, file: String::new(), reached: tried(total, exceptions, None) });
    };
    let (base, as_of) = (first.base.clone(), first.as_of);
    let starts = starts(runner, tests, &base, as_of)?;
    let of_conditions = |gap: &Gap| gap.missing != Missing::Change && is_open(gap);
    let mut search = Search { runner, known: total.clone(), runs: 0, is_open: &of_conditions };
    let cases = search.all(&starts)?;
    let mut known = search.known;
    let open: BTreeSet<String> =
        known.gaps().into_iter().filter(|gap| gap.missing == Missing::Change && is_open(gap)).map(|gap| gap.name).collect();
    let mut teller = Teller::new(runner, &mut known);
    starts.iter().try_for_each(|night| teller.learn(night))?;
    cases.iter().try_for_each(|case| teller.keep(&case.night))?;
    teller.tell_all(&base, &|name| open.contains(name))?;
    let told = std::mem::take(&mut teller.found);
    let mut text = String::new();
    for case in &cases {
        let name = case.closed.first().map_or("", |gap| gap.name.as_str());
        let more = if case.closed.len() > 1 { format!(", and {} more", case.closed.len() - 1) } else { String::new() };
        let expected = case.effects.written(&BTreeSet::new());
        write_test(&format!("closes {name}{more}"), std::slice::from_ref(&case.night), &[expected], &base, as_of, &mut text);
    }
    let told: Vec<&Found> = told.iter().filter(|found| !found.name.is_empty()).collect();
    for found in &told {
        let expected: Vec<String> = found.effects.iter().zip(&found.keys).map(|(effects, keys)| effects.written(keys)).collect();
        write_test(&found.name, &found.nights, &expected, &base, as_of, &mut text);
    }
    let count = cases.len() + told.len();
    let mut file = format!("# {count} missing tests, as the rules decide today. Read each before you keep it.\n");
    let gaps: Vec<Gap> = known.gaps().into_iter().filter(is_open).collect();
    let unreached = unreached(runner, &gaps, as_of)?;
    for policy in &unreached {
        let left = counted(gaps.iter().filter(|gap| is_of(gap, policy)).count(), "gap");
        // Writing into a String cannot fail.
        let _ = writeln!(file, "# no test reaches a step of the policy {policy} ({left}): write one that does, then ask again");
    }
    for gap in gaps.iter().filter(|gap| !unreached.iter().any(|policy| is_of(gap, policy))) {
        let _ = writeln!(file, "# no case found: {}  ({})", gap.name, gap.place);
    }
    if count > 0 {
        file = in_one_form(&format!("{file}{}\ntests:\n{text}", head(first)), &Amounts::default());
    }
    Ok(Suggestions { count, file, reached: tried(&known, exceptions, None) })
}

/// Policies of which no step ever decided, neither in a test nor in a case that was tried: cases are looked for next to known ones.
fn unreached(runner: &Runner<'_>, gaps: &[Gap], as_of: Option<Date>) -> Result<Vec<String>, Failure> {
    let Some(as_of) = as_of else { return Ok(Vec::new()) };
    let names: BTreeSet<&str> = gaps.iter().map(|gap| gap.name.as_str()).collect();
    let never = |policy: &Policy, step: &Step| names.contains(format!("{}.{}: never decides", policy.applies.id, step.id).as_str());
    let is_unreached = |policy: &&Policy| {
        let mut acting = policy.steps.iter().filter(|step| step.acts(as_of)).peekable();
        acting.peek().is_some() && acting.all(|step| never(policy, step))
    };
    Ok(runner.pack.program(as_of)?.policies.iter().filter(is_unreached).map(|policy| policy.applies.id.clone()).collect())
}

/// Whether a gap is one of a policy or its steps.
fn is_of(gap: &Gap, policy: &str) -> bool {
    gap.name.strip_prefix(policy).is_some_and(|rest| rest.starts_with(['.', ':']))
}

/// The cases that the tests start from, each once, with the plain one before them.
fn starts(runner: &Runner<'_>, tests: &[Test], base: &Given, as_of: Option<Date>) -> Result<Vec<Night>, Failure> {
    let mut starts: Vec<Night> = tests.iter().filter_map(|test| test.nights.first()).cloned().collect();
    if let Some(as_of) = as_of.or(starts.first().map(|night| night.as_of)) {
        starts.insert(0, Night { as_of, from: as_of, given: base.clone(), expect: Vec::new(), forbid: Vec::new() });
    }
    for night in &mut starts {
        let program = runner.pack.program(night.as_of)?;
        fix_arms(&mut night.given, program);
    }
    distinct(&mut starts);
    Ok(starts)
}

/// A case that closes gaps.
struct Case {
    night: Night,
    closed: Vec<Gap>,
    effects: Effects,
}

/// Puts the customer into an arm of every trial: what a suggested test expects must not hang on a draw, which a changed share turns.
fn fix_arms(given: &mut Given, program: &Program) {
    for trial in &program.trials {
        if !given.facts.iter().any(|fact| fact.field == trial.field) {
            given.facts.push(GivenFact::arm(trial, false));
        }
    }
}

/// Leaves out starts that give the same.
fn distinct(starts: &mut Vec<Night>) {
    let mut seen = BTreeSet::new();
    starts.retain(|night| seen.insert(format!("{} {:?}", night.as_of, night.given)));
}

/// Which changes of a start are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The very value a gap names, and the days of the steps that have gaps.
    Near,
    /// Everything else.
    Far,
}

struct Search<'r, 'p> {
    runner: &'r mut Runner<'p>,
    /// What is tried so far, the cases found included.
    known: Coverage,
    runs: usize,
    is_open: &'r dyn Fn(&Gap) -> bool,
}

impl Search<'_, '_> {
    /// All cases that close a gap.
    fn all(&mut self, starts: &[Night]) -> Result<Vec<Case>, Failure> {
        let (mut cases, mut starts) = (Vec::new(), starts.to_vec());
        for _ in 0..ROUNDS {
            let mut next = Vec::new();
            // What stands next to a gap first: most are closed by it, and each case is a night to work out.
            for reach in [Reach::Near, Reach::Far] {
                for start in &starts {
                    for given in self.changed(start, reach)? {
                        let night = Night { given, expect: Vec::new(), forbid: Vec::new(), ..*start };
                        if let Some((closed, effects)) = self.closes(&night)? {
                            next.push(night.clone());
                            cases.push(Case { night, closed, effects });
                        }
                    }
                }
            }
            starts = next;
        }
        Ok(cases)
    }

    fn open_gaps(&self) -> Vec<Gap> {
        self.known.gaps().into_iter().filter(|gap| (self.is_open)(gap)).collect()
    }

    /// Everything next to a start; nothing once there is no gap left to close.
    fn changed(&self, start: &Night, reach: Reach) -> Result<Vec<Given>, Failure> {
        let program = self.runner.pack.program(start.as_of)?;
        let gaps = self.open_gaps();
        let mut changed = Vec::new();
        if gaps.is_empty() || self.runs >= MOST_RUNS {
            return Ok(changed);
        }
        let near = Near::of(&gaps, program);
        for (field, cells) in turning_points(program) {
            for cell in cells.iter().filter(|cell| near.contains(field, **cell, &cells) == (reach == Reach::Near)) {
                changed.extend(with(&start.given, program, field, *cell, start.from));
            }
        }
        let mut unreached = Vec::new();
        for policy in &program.policies {
            for (at, step) in policy.steps.iter().enumerate() {
                let own = format!("{}.{}", policy.applies.id, step.id);
                let is_near =
                    gaps.iter().any(|gap| gap.owner.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
                if is_near != (reach == Reach::Near) {
                    continue;
                }
                let wants_otherwise = gaps.iter().any(|gap| gap.owner == format!("{own}.otherwise"));
                for days in [step.at - 1, step.at, step.at + 1] {
                    let clock = policy.clock.into_iter().flat_map(|field| clocks(program, field, Cell::from(days)));
                    for mut given in clock.filter_map(|(field, cell)| with(&start.given, program, field, cell, start.from)) {
                        let before = at.checked_sub(1).map_or("none", |before| policy.steps[before].id.as_str());
                        set_customer(&mut given, "current_policy", Value::Text(policy.applies.id.clone()));
                        set_customer(&mut given, "last_step", Value::Text(before.to_owned()));
                        if gaps.iter().any(|gap| gap.owner == format!("{own}.channels")) {
                            unreached.extend(drawn_to(&given));
                        }
                        if wants_otherwise {
                            unreached.extend(without_addresses(&given, step));
                        }
                        changed.push(given);
                    }
                }
            }
        }
        changed.append(&mut unreached);
        Ok(changed)
    }

    /// The gaps a case closes, with what comes of it; `None` where it closes none.
    fn closes(&mut self, night: &Night) -> Result<Option<(Vec<Gap>, Effects)>, Failure> {
        if self.runs >= MOST_RUNS || self.open_gaps().is_empty() {
            return Ok(None);
        }
        self.runs += 1;
        self.runner.coverage = Some([(night.as_of, self.known.clone())].into());
        let mut effects = Effects::default();
        let program = self.runner.pack.program(night.as_of)?.clone();
        let ran = self.runner.night(night, None, |judged| effects = Effects::of(judged, &program))?;
        let Some(after) = self.runner.total().filter(|_| ran.problem.is_none()) else { return Ok(None) };
        if after.shares() == self.known.shares() {
            return Ok(None);
        }
        let still: BTreeSet<String> = after.gaps().into_iter().map(|gap| gap.name).collect();
        let closed: Vec<Gap> = self.open_gaps().into_iter().filter(|gap| !still.contains(&gap.name)).collect();
        self.known = after;
        Ok((!closed.is_empty()).then_some((closed, effects)))
    }
}

/// A case once for each address that a step needs, without that address: what the step does otherwise takes over.
fn without_addresses(given: &Given, step: &Step) -> Vec<Given> {
    let addresses: BTreeSet<Address> = step.all_actions().filter_map(|action| action.verb.address()).collect();
    let without = |address: Address| {
        let mut given = given.clone();
        set_customer(&mut given, address.column(), Value::Missing);
        given
    };
    addresses.into_iter().map(without).collect()
}

/// A case once for each channel that the customer prefers, and once for each on which it answers.
fn drawn_to(given: &Given) -> Vec<Given> {
    let prefers = PREFERRED_CHANNELS.iter().map(|channel| ("preferred_channel".to_owned(), Value::Text((*channel).to_owned())));
    let answers = PREFERRED_CHANNELS.iter().map(|channel| (format!("answered_share_{channel}_12m"), Value::Rate(800_000)));
    let with = |(column, value): (String, Value)| {
        let mut given = given.clone();
        set_customer(&mut given, &column, value);
        given
    };
    prefers.chain(answers).map(with).collect()
}

/// The values that gaps are about.
struct Near {
    /// Fields of which every value is.
    whole: BTreeSet<FieldId>,
    /// Limits, whose neighbours are too.
    limits: BTreeSet<(FieldId, Cell)>,
}

impl Near {
    fn of(gaps: &[Gap], program: &Program) -> Near {
        let mut near = Near { whole: BTreeSet::new(), limits: BTreeSet::new() };
        for (field, limit) in gaps.iter().flat_map(|gap| &gap.about) {
            match limit {
                Some(cell) => near.limits.extend(std::iter::once((*field, *cell)).chain(clocks(program, *field, *cell))),
                None => near.whole.extend(std::iter::once(*field).chain(clocks(program, *field, 0).into_iter().map(|(field, _)| field))),
            }
        }
        near
    }

    /// Whether a value, one of those at which rules turn, is a limit, next to one, or one of a field that counts as a whole.
    fn contains(&self, field: FieldId, cell: Cell, turning: &BTreeSet<Cell>) -> bool {
        let before = turning.range(..cell).next_back().copied();
        let after = turning.range(cell.saturating_add(1)..).next().copied();
        let is_limit = |cell: Cell| self.limits.contains(&(field, cell));
        self.whole.contains(&field) || [before, Some(cell), after].into_iter().flatten().any(is_limit)
    }
}

/// Fields by which a clock can be set, each with its value.
fn clocks(program: &Program, field: FieldId, days: Cell) -> Vec<(FieldId, Cell)> {
    let Source::Derived(at) = program.fields[field.0 as usize].source else { return vec![(field, days)] };
    let mut fields = Vec::new();
    match &program.derived[at].formula {
        Formula::Row(expression) | Formula::Aggregate { over: Some(expression), .. } => {
            expression.visit_fields(&mut |field, _| fields.push(field));
        }
        Formula::Aggregate { .. } => {}
    }
    let cell = |field: FieldId| if program.fields[field.0 as usize].ty == Type::Date { -days } else { days };
    fields.into_iter().map(|field| (field, cell(field))).collect()
}

fn set_customer(given: &mut Given, column: &str, value: Value) {
    let rows = given.tables.entry("customers").or_default();
    if rows.is_empty() {
        rows.push(GivenRow::default());
    }
    rows[0].set(column, value);
}

/// What is given with one field set; nothing where no test could set it.
fn with(given: &Given, program: &Program, field: FieldId, cell: Cell, from: Date) -> Option<Given> {
    let definition = &program.fields[field.0 as usize];
    let name = definition.name.as_str();
    let value = value_of(program, &definition.ty, cell, from)?;
    let mut given = given.clone();
    let on_invoice = |given: &mut Given, column: &str, value: Value| {
        given.tables.get_mut("invoices").and_then(|rows| rows.first_mut()).map(|row| row.set(column, value))
    };
    match (name, &definition.source) {
        ("oldest_days_past_due" | "days_past_due", _) => on_invoice(&mut given, "days_past_due", value)?,
        ("exposure" | "overdue_balance" | "collectible_balance" | "amount_open" | "amount_collectible" | "amount", _) => {
            // A night refuses an invoice over nothing: that no money is asked for needs a dispute.
            let positive = matches!(value, Value::Money(amount, _) if amount > 0);
            if positive {
                on_invoice(&mut given, "amount", value)?;
            } else {
                on_invoice(&mut given, "dispute_status", Value::Text("open".to_owned()))?;
            }
        }
        (_, Source::Trial(at)) => {
            given.facts.retain(|fact| fact.field != field);
            given.facts.push(GivenFact::arm(&program.trials[*at], cell == 1));
        }
        (_, Source::Column { table: "customers", column }) => set_customer(&mut given, column, value),
        (_, Source::Column { column, .. }) => on_invoice(&mut given, column, value)?,
        ("dispute_status", _) => on_invoice(&mut given, name, value)?,
        (_, Source::Fact) if SHORT_INVOICE.iter().any(|(short, _)| *short == name) => on_invoice(&mut given, name, value)?,
        (_, Source::Fact) if SHORT_CUSTOMER.iter().any(|(short, _)| *short == name) => set_customer(&mut given, name, value),
        (_, Source::Fact) if is_worked_out_from_address(name) => {
            for column in ["email", "phone", "address"] {
                let value = if cell == 0 { Value::Missing } else { Value::Text(ANY_TEXT.to_owned()) };
                set_customer(&mut given, column, value);
            }
        }
        (_, Source::Fact) if !["as_of", "open_items", "overdue_items", "next_due_in"].contains(&name) => {
            let invoice = match definition.grain {
                Grain::Customer => None,
                Grain::Invoice => Some(given.rows("invoices").first()?.id.clone()),
            };
            given.facts.retain(|fact| fact.field != field);
            given.facts.push(GivenFact { field, name: name.to_owned(), invoice, value });
        }
        _ => return None,
    }
    Some(given)
}

fn is_worked_out_from_address(name: &str) -> bool {
    name == "has_contact_address"
}

/// A cell as a test writes it; small days of a date field count from the first night.
fn value_of(program: &Program, ty: &Type, cell: Cell, from: Date) -> Option<Value> {
    match ty {
        _ if cell == MISSING => Some(Value::Missing),
        Type::Text if cell == Cell::MAX => Some(Value::Text(ANY_TEXT.to_owned())),
        Type::Text => program.texts.texts.get(usize::try_from(cell).ok()?).map(|text| Value::Text(text.clone())),
        Type::Date if cell.abs() < 3_000 => Some(Value::Date(from.plus_days(i32::try_from(cell).ok()?))),
        Type::Number if cell < 0 => None,
        Type::Tags(_) => None,
        _ => Some(Value::of_cell(cell, ty, program.currency, "")),
    }
}
