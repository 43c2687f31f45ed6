//! The tests that are missing: cases next to those there are, each worked out before it is offered, and offered only where it tries
//! something that nothing else has tried.
//!
//! A case is a test's own, or one found before, with one thing changed: a field set to a value at which some rule turns, or a ladder
//! put on the step before another. What it expects is what the rules decide today: a person has to say whether that is right.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::base::contract::actions;
use crate::base::date::Date;
use crate::desk::test::judge::Night as Judged;
use crate::desk::test::{Runner, Suggestions, tried};
use crate::error::Failure;
use crate::rules::coverage::{Coverage, Gap};
use crate::rules::program::{Address, Cell, FieldId, Formula, Grain, MISSING, Program, Source, Step, Type};
use crate::rules::test_file::{Exception, Given, GivenFact, GivenRow, Night, SHORT_CUSTOMER, SHORT_INVOICE, Target, Test, TestFile, Value};
use crate::rules::turning_points::turning_points;

/// Cases worked out at most: what stands next to a gap comes first, and of the rest few close one.
const MOST_RUNS: usize = 5_000;
/// Changes on top of each other at most.
const ROUNDS: usize = 3;
/// Columns of an action that a suggested test expects, whatever the gap: a slip in one of them is seen by the test that meets it first.
const EXPECTED_COLUMNS: &[usize] = &[actions::STEP, actions::STATUS, actions::TEMPLATE, actions::PAY_BY, actions::QUEUE];
/// A text no rule names.
const ANY_TEXT: &str = "something";

/// Missing tests as a test file of its own, and, as its comments, the gaps for which no case was found.
///
/// # Errors
/// What the runs of the tests themselves end with.
pub(super) fn missing(runner: &mut Runner<'_>, tests: &[Test], total: &Coverage, exceptions: &[Exception]) -> Result<Suggestions, Failure> {
    let is_open = |gap: &Gap| !exceptions.iter().any(|exception| exception.gap == gap.name);
    let mut text = String::new();
    let Some(first) = runner.pack.tests.first() else {
        return Ok(Suggestions { count: 0, file: text, reached: tried(total, exceptions, None) });
    };
    let (head, base, as_of) = (head(first), first.base.clone(), first.as_of);
    let mut starts: Vec<Night> = tests.iter().filter_map(|test| test.nights.first()).cloned().collect();
    if let Some(as_of) = as_of.or(starts.first().map(|night| night.as_of)) {
        starts.insert(0, Night { as_of, from: as_of, given: base.clone(), expect: Vec::new(), forbid: Vec::new() });
    }
    for night in &mut starts {
        let program = runner.pack.program(night.as_of)?;
        fix_arms(&mut night.given, program);
    }
    distinct(&mut starts);
    let mut search = Search { runner, known: total.clone(), runs: 0, is_open: &is_open };
    let mut count = 0;
    for _ in 0..ROUNDS {
        let mut next = Vec::new();
        // What stands next to a gap first: most are closed by it, and each case is a night to work out.
        for reach in [Reach::Near, Reach::Far] {
            for start in &starts {
                for given in search.changed(start, reach)? {
                    let night = Night { given, expect: Vec::new(), forbid: Vec::new(), ..*start };
                    if let Some((closed, expected)) = search.closes(&night)? {
                        count += 1;
                        write_test(&night, &base, as_of, &closed, &expected, &mut text);
                        next.push(night);
                    }
                }
            }
        }
        starts = next;
    }
    let mut file = format!("# {count} missing tests, as the rules decide today. Read each before you keep it.\n");
    for gap in search.open_gaps() {
        // Writing into a String cannot fail.
        let _ = writeln!(file, "# no case found: {}  ({})", gap.name, gap.place);
    }
    if count > 0 {
        file = format!("{file}{head}\ntests:\n{text}");
    }
    Ok(Suggestions { count, file, reached: tried(&search.known, exceptions, None) })
}

/// What a test file begins with whose tests start from the same case as those of another one.
fn head(like: &TestFile) -> String {
    let mut head = String::from("relance: 1\nkind: test\n");
    // Writing into a String cannot fail.
    if !like.rules.is_empty() {
        let _ = writeln!(head, "rules: [{}]", like.rules.iter().map(|name| yaml(name)).collect::<Vec<_>>().join(", "));
    }
    if let Some(currency) = like.currency {
        let _ = writeln!(head, "currency: {currency}");
    }
    if let Some(as_of) = like.as_of {
        let _ = writeln!(head, "as_of: {as_of}");
    }
    if !like.base.tables.is_empty() || !like.base.facts.is_empty() {
        head.push_str("\ngiven:\n");
    }
    for (table, rows) in &like.base.tables {
        match (*table, rows.as_slice()) {
            ("customers", [customer]) => {
                let _ = writeln!(head, "  customer: {{{}}}", cells(customer, true).join(", "));
            }
            _ => {
                let rows: String = rows.iter().map(|row| format!("    - {{{}}}\n", cells(row, true).join(", "))).collect();
                let _ = write!(head, "  {table}:\n{rows}");
            }
        }
    }
    for fact in &like.base.facts {
        let _ = writeln!(head, "  {}{}: {}", on_invoice(fact), fact.name, value(&fact.value));
    }
    head
}

/// The path to the invoice a fact is about.
fn on_invoice(fact: &GivenFact) -> String {
    fact.invoice.as_ref().map_or(String::new(), |invoice| format!("invoices.{invoice}."))
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
    fn closes(&mut self, night: &Night) -> Result<Option<(Vec<Gap>, String)>, Failure> {
        if self.runs >= MOST_RUNS || self.open_gaps().is_empty() {
            return Ok(None);
        }
        self.runs += 1;
        self.runner.coverage = Some([(night.as_of, self.known.clone())].into());
        let mut expected = String::new();
        let program = self.runner.pack.program(night.as_of)?.clone();
        let ran = self.runner.night(night, None, |judged| expected = expectations(judged, &program))?;
        let Some(after) = self.runner.total().filter(|_| ran.problem.is_none()) else { return Ok(None) };
        if after.shares() == self.known.shares() {
            return Ok(None);
        }
        let still: BTreeSet<String> = after.gaps().into_iter().map(|gap| gap.name).collect();
        let closed: Vec<Gap> = self.open_gaps().into_iter().filter(|gap| !still.contains(&gap.name)).collect();
        self.known = after;
        Ok((!closed.is_empty()).then_some((closed, expected)))
    }
}

/// A case once for each address that a step needs, without that address: what the step does otherwise takes over.
fn without_addresses(given: &Given, step: &Step) -> Vec<Given> {
    let addresses: BTreeSet<Address> = step.actions().filter_map(|action| action.verb.address()).collect();
    let without = |address: Address| {
        let mut given = given.clone();
        set_customer(&mut given, address.column(), Value::Missing);
        given
    };
    addresses.into_iter().map(without).collect()
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

/// What came of a case, as a test would expect it.
pub(super) fn expectations(judged: &Judged<'_>, program: &Program) -> String {
    let row = (!judged.evaluated.actions.is_empty()).then_some(0);
    let one = |key: &str, target: &Target| format!("{key}: {}", yaml(&judged.got(target, row).join(", ")));
    let mut parts = vec![one("action", &Target::Action)];
    if row.is_some() {
        let columns = EXPECTED_COLUMNS.iter().filter(|column| **column != actions::QUEUE || !program.assignments.is_empty());
        parts.extend(columns.map(|column| one(actions::SPEC.columns[*column].name, &Target::ActionColumn(*column))));
    }
    if judged.got(&Target::HeldBy, row) != ["none"] {
        parts.push(one("held_by", &Target::HeldBy));
    }
    parts.extend(penalties(judged, program, row));
    for table in program.tables.iter().filter(|table| table.grain == Grain::Customer) {
        let field = &program.fields[table.output.0 as usize];
        match field.ty {
            Type::Tags(_) => {
                let tags: Vec<String> = judged.got(&Target::Tags(table.output), row).iter().map(|tag| yaml(tag)).collect();
                parts.push(format!("{}: [{}]", field.name, tags.join(", ")));
            }
            _ => parts.push(one(&field.name, &Target::Field(table.output))),
        }
    }
    parts.join(", ")
}

/// What is owed for being late: the rule that decided it, and the sum where it is in one currency.
fn penalties(judged: &Judged<'_>, program: &Program, row: Option<usize>) -> Vec<String> {
    if program.penalties.is_empty() {
        return Vec::new();
    }
    let fired = judged.got(&Target::Fired, row);
    let rule = program.penalties.iter().map(|penalty| &penalty.rule.id).find(|id| fired.contains(id));
    let sum = judged.got(&Target::Penalties, row);
    let sum = sum.first().filter(|sum| !sum.contains(" and "));
    let rule = rule.map(|id| format!("fired: {}", yaml(id)));
    rule.into_iter().chain(sum.map(|sum| format!("penalties: {}", yaml(sum)))).collect()
}

/// One test, told by the first gaps it closes.
fn write_test(night: &Night, base: &Given, as_of: Option<Date>, closed: &[Gap], expected: &str, text: &mut String) {
    let name = closed.first().map_or("", |gap| gap.name.as_str());
    let more = if closed.len() > 1 { format!(", and {} more", closed.len() - 1) } else { String::new() };
    // Writing into a String cannot fail.
    let _ = writeln!(text, "  - test: {}", yaml(&format!("closes {name}{more}")));
    if Some(night.as_of) != as_of {
        let _ = writeln!(text, "    as_of: {}", night.as_of);
    }
    let differences = differences(&night.given, base);
    if !differences.is_empty() {
        let _ = writeln!(text, "    with: {{{}}}", differences.join(", "));
    }
    let _ = writeln!(text, "    expect: {{{expected}}}");
}

/// What a case gives beyond the base, as paths with values.
fn differences(given: &Given, base: &Given) -> Vec<String> {
    let mut paths = Vec::new();
    let tables: BTreeSet<&str> = given.tables.keys().chain(base.tables.keys()).copied().collect();
    for table in tables {
        let (own, its) = (given.rows(table), base.rows(table));
        let named = table == "customers" || table == "invoices";
        let same_rows = own.len() == its.len() && own.iter().zip(its).all(|(own, its)| own.id == its.id);
        if own == its {
            continue;
        }
        if !named || !same_rows {
            let rows: Vec<String> = own.iter().map(|row| format!("{{{}}}", cells(row, true).join(", "))).collect();
            paths.push(format!("{table}: [{}]", rows.join(", ")));
            continue;
        }
        for (own, its) in own.iter().zip(its) {
            let prefix = if table == "customers" { String::new() } else { format!("invoices.{}.", own.id) };
            paths.extend(changed_cells(own, its, &prefix));
        }
    }
    for fact in given.facts.iter().filter(|fact| !base.facts.contains(fact)) {
        paths.push(format!("{}{}: {}", on_invoice(fact), fact.name, value(&fact.value)));
    }
    paths
}

fn changed_cells(own: &GivenRow, its: &GivenRow, prefix: &str) -> Vec<String> {
    let changed = own.cells.iter().filter(|(column, value)| its.cells.get(*column) != Some(value));
    let mut paths: Vec<String> = changed.map(|(column, cell)| format!("{prefix}{column}: {}", value(cell))).collect();
    let replaced =
        |column: &str| own.cells.contains_key(column) || ["due_date", "days_past_due", "amount", "amount_open"].contains(&column);
    let gone = its.cells.keys().filter(|column| !replaced(column));
    paths.extend(gone.map(|column| format!("{prefix}{column}: missing")));
    paths
}

/// The cells of a row as YAML.
fn cells(row: &GivenRow, with_missing: bool) -> Vec<String> {
    let cells = row.cells.iter().filter(|(_, cell)| with_missing || **cell != Value::Missing);
    cells.map(|(column, cell)| format!("{column}: {}", value(cell))).collect()
}

fn value(value: &Value) -> String {
    match value {
        Value::Money(thousandths, None) => {
            let text = crate::base::money::format_amount(i128::from(*thousandths), 3);
            text.strip_suffix('0').unwrap_or(&text).to_owned()
        }
        Value::Money(_, Some(currency)) => value.shown(*currency),
        other => yaml(&other.shown(crate::base::money::Currency(0))),
    }
}

/// A text as YAML reads it back, inside braces too.
pub(super) fn yaml(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-. %@/".contains(c);
    let starts_well = text.starts_with(|c: char| c.is_alphanumeric() || c == '-' && text.len() > 1) && !text.starts_with("- ");
    if starts_well && text.chars().all(is_plain) && !text.ends_with(' ') {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
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
