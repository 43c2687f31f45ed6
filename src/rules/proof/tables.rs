//! Findings about decision tables, and about policies and penalties, which are tables as well.

use crate::rules::codes;
use crate::rules::diagnostics::{Diagnostic, Severity};
use crate::rules::marks::{Holed, Mark, Owner};
use crate::rules::program::{Cell, Condition, DecisionTable, Grain, Hit, Program, Rule, Together};
use crate::rules::proof::leaf::Axis;
use crate::rules::proof::table::{Hidden, Overlap, Row, TableProof, Witness, prove};
use crate::rules::proof::{Facets, Finding, Probe, Test, short};
use crate::rules::sources::Span;

/// Examples of one gap that are told.
const EXAMPLES: usize = 3;

/// What is found in every table of a program.
pub fn findings(program: &Program, facets: &Facets<'_>) -> Vec<Finding> {
    let queues = program.assignments.iter().map(|queue| &queue.table);
    let sound = |table: &&DecisionTable| !facets.marks.holed.contains(&Holed::Table(table.id.clone()));
    let mut findings: Vec<Finding> = program.tables.iter().chain(queues).filter(sound).flat_map(|table| of_table(table, facets)).collect();
    if !facets.marks.holed.contains(&Holed::Policies) {
        findings.extend(of_policies(program, facets));
    }
    if !facets.marks.holed.contains(&Holed::Penalties) {
        findings.extend(of_penalties(program, facets));
    }
    findings
}

/// Rows of one table that are in force, with their proof.
struct Proved<'t, 'f> {
    grain: Grain,
    hit: Hit,
    rules: Vec<(&'t Rule, Cell)>,
    proof: TableProof<'t>,
    facets: &'f Facets<'f>,
    owner: Owner,
}

fn of_table(table: &DecisionTable, facets: &Facets<'_>) -> Vec<Finding> {
    let live = table.rows.iter().filter(|(rule, _)| rule.in_force(facets.first));
    let rules: Vec<(&Rule, Cell)> = live.map(|(rule, cell)| (rule, *cell)).collect();
    let proved = Proved::new(table.grain, rules, table.hit, table.otherwise, facets, Owner::Row);
    let output = |row: usize| facets.value(table.output, proved.rules[row].1);
    let mut findings = Vec::new();
    findings.extend(proved.proof.never.iter().map(|row| proved.never(*row)));
    findings.extend(proved.proof.overlaps.iter().map(|overlap| proved.overlap(overlap, &output(overlap.first), &output(overlap.second))));
    findings.extend(proved.proof.hidden.iter().map(|hidden| proved.hidden(hidden)));
    if table.otherwise.is_none() && !proved.proof.gaps.is_empty() {
        findings.push(proved.gap(table));
    }
    findings.extend(proved.proof.duplicates.iter().map(|(first, second)| proved.duplicate(*first, *second)));
    if findings.is_empty() && !proved.proof.too_wide {
        findings.extend(idle(table, &proved));
        findings.extend(never_otherwise(table, &proved));
        findings.extend(alike(&proved));
    }
    if proved.proof.too_wide {
        findings.push(not_proved(table, &proved));
    }
    findings
}

/// How messages say that another row decides in place of one.
struct Precedence {
    others: &'static str,
    why: &'static str,
    takes: &'static str,
    help: &'static str,
}

impl<'t, 'f> Proved<'t, 'f> {
    fn new(
        grain: Grain,
        rules: Vec<(&'t Rule, Cell)>,
        hit: Hit,
        otherwise: Option<Cell>,
        facets: &'f Facets<'f>,
        owner: Owner,
    ) -> Proved<'t, 'f> {
        let rows: Vec<Row<'t>> = rules.iter().map(|(rule, cell)| Row { condition: &rule.when, output: *cell }).collect();
        Proved { grain, hit, proof: prove(&rows, hit, otherwise, facets), rules, facets, owner }
    }

    fn span(&self, row: usize) -> Span {
        let id = &self.rules[row].0.id;
        let marks = self.facets.marks;
        marks.find(&Mark::Row(id.clone())).unwrap_or_else(|| marks.at(&Mark::Condition(self.owner, id.clone())))
    }

    fn condition(&self, row: usize) -> Span {
        self.facets.marks.find(&Mark::Condition(self.owner, self.rules[row].0.id.clone())).unwrap_or_else(|| self.span(row))
    }

    fn name(&self, row: usize) -> &'t str {
        short(&self.rules[row].0.id)
    }

    fn words(&self, witness: &Witness) -> String {
        self.facets.words(witness, &self.proof.opaque)
    }

    fn when(&self, row: usize) -> Condition {
        self.rules[row].0.when.clone()
    }

    fn probe(&self, test: Test) -> Option<Probe> {
        Some(Probe { grain: self.grain, test })
    }

    fn never(&self, row: usize) -> Finding {
        let message = format!("the row \"{}\" can never be true", self.name(row));
        let found = Diagnostic::error(codes::NEVER_TRUE, self.condition(row), message);
        found.note("its conditions exclude each other, whatever the data").help("correct the condition, or delete the row").into()
    }

    fn overlap(&self, overlap: &Overlap, one: &str, other: &str) -> Finding {
        let may = if overlap.witness.doubtful { "may" } else { "can" };
        let (first, second) = (self.name(overlap.first), self.name(overlap.second));
        let message = format!("the rows \"{first}\" and \"{second}\" {may} both match");
        let mut found = Diagnostic::error(codes::OVERLAP, self.span(overlap.second), message);
        found = found.beside(self.span(overlap.first), "this row too");
        let choice = if one == other { format!("both give {one}") } else { format!("{one} or {other}?") };
        found = found.note(format!("example: {}: {choice}", self.words(&overlap.witness)));
        found = found.help("where `hit: unique` is written, at most one row may match: narrow one of them, or write `hit: first`");
        if overlap.witness.doubtful {
            found.severity = Severity::Warning;
        }
        Finding { diagnostic: found, probe: self.probe(Test::Both(self.when(overlap.first), self.when(overlap.second))) }
    }

    fn hidden(&self, hidden: &Hidden) -> Finding {
        let words = self.precedence();
        let message = format!("the row \"{}\" can never be used", self.name(hidden.row));
        let mut found = Diagnostic::error(codes::NEVER_REACHED, self.span(hidden.row), message);
        if self.hit != Hit::First {
            found.severity = Severity::Warning;
        }
        found = match &hidden.by[..] {
            [] => found.note(format!("all it matches is already taken by {}", words.others)),
            [one] => found.note(format!("all it matches is already taken by \"{}\"{}", self.name(*one), words.why)),
            several => {
                let names: Vec<String> = several.iter().map(|row| format!("\"{}\"", self.name(*row))).collect();
                found.note(format!("all it matches is already taken, together, by {}{}", names.join(" and "), words.why))
            }
        };
        for row in hidden.by.iter().take(4) {
            found = found.beside(self.span(*row), words.takes);
        }
        found = found.help(words.help);
        Finding { diagnostic: found, probe: self.probe(Test::Holds(self.when(hidden.row))) }
    }

    /// Why another row decides in place of one.
    fn precedence(&self) -> Precedence {
        let help = "give it another result, narrow the other rows, or delete it";
        match self.hit {
            Hit::All(Together::Min) => Precedence {
                others: "rows with a smaller result",
                why: ", never with a larger result",
                takes: "decides in its place",
                help,
            },
            Hit::All(_) => Precedence {
                others: "rows with a larger result",
                why: ", never with a smaller result",
                takes: "decides in its place",
                help,
            },
            Hit::First | Hit::Unique => Precedence {
                others: "the rows above",
                why: "",
                takes: "takes it first",
                help: "move it up, narrow the rows above, or delete it",
            },
        }
    }

    fn gap(&self, table: &DecisionTable) -> Finding {
        let certain = self.proof.gaps.iter().any(|gap| !gap.doubtful);
        let whom = if self.grain == Grain::Customer { "customers" } else { "items" };
        let message = if certain {
            format!("no row of the table \"{}\" matches some {whom}", table.id)
        } else {
            format!("there may be {whom} that no row of the table \"{}\" matches", table.id)
        };
        let mut found = Diagnostic::error(codes::GAP, self.facets.marks.at(&Mark::Table(table.id.clone())), message);
        for gap in self.proof.gaps.iter().filter(|gap| gap.doubtful != certain).take(EXAMPLES) {
            found = found.note(format!("example: {}", self.words(gap)));
        }
        found = found.help("add a row for them, or say what they get: `otherwise:`");
        if !certain {
            found.severity = Severity::Warning;
        }
        let conditions = self.rules.iter().map(|(rule, _)| rule.when.clone()).collect();
        Finding { diagnostic: found, probe: self.probe(Test::None(conditions)) }
    }

    fn duplicate(&self, first: usize, second: usize) -> Finding {
        let message = format!("the row \"{}\" says the same as \"{}\"", self.name(second), self.name(first));
        let found = Diagnostic::warning(codes::DUPLICATE_ROW, self.span(second), message).beside(self.span(first), "this row");
        Finding { diagnostic: found.help("delete one of them"), probe: self.probe(Test::Holds(self.when(second))) }
    }
}

/// Columns and fields that are tested and never change what the table gives.
fn idle(table: &DecisionTable, proved: &Proved<'_, '_>) -> Vec<Finding> {
    let facets = proved.facets;
    if !table.hit.decides_by_one() || table.rows.is_empty() {
        return Vec::new();
    }
    let columns = facets.marks.columns(&table.id);
    let field = |axis: &Axis| match axis {
        Axis::Field(field) | Axis::Tag(field, _) => Some(*field),
        Axis::Today | Axis::Opaque(_) => None,
    };
    let matters = |name: &str| {
        let of_name = |axis: &&Axis| field(axis).is_some_and(|field| facets.fields[field.0 as usize].name == name);
        let is_field = facets.fields.iter().any(|field| field.name == name);
        !is_field || proved.proof.tested.iter().filter(of_name).any(|axis| !proved.proof.idle.contains(axis))
    };
    if !columns.is_empty() {
        let idle = columns.into_iter().filter(|(name, _)| !matters(name));
        return idle.map(|(name, span)| never_matters(span, &format!("the column \"{name}\" never matters"))).collect();
    }
    let mut names: Vec<&str> =
        proved.proof.idle.iter().filter_map(field).map(|field| facets.fields[field.0 as usize].name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let span = facets.marks.at(&Mark::Table(table.id.clone()));
    let idle = names.into_iter().filter(|name| !matters(name));
    idle.map(|name| never_matters(span, &format!("\"{name}\" is tested in the table \"{}\", but never matters", table.id))).collect()
}

fn never_matters(span: Span, message: &str) -> Finding {
    let found = Diagnostic::warning(codes::NEVER_MATTERS, span, message);
    found.note("the table gives the same whatever it holds").help("delete it, or correct the rows that should tell its values apart").into()
}

fn never_otherwise(table: &DecisionTable, proved: &Proved<'_, '_>) -> Option<Finding> {
    if !table.hit.decides_by_one() || !proved.proof.gaps.is_empty() {
        return None;
    }
    let span = proved.facets.marks.find(&Mark::Otherwise(table.id.clone()))?;
    let found = Diagnostic::remark(codes::NEVER_REACHED, span, format!("the `otherwise:` of the table \"{}\" is never used", table.id));
    Some(found.note("its rows match every row of data").into())
}

/// Rows of a grid that one row could stand for.
fn alike(proved: &Proved<'_, '_>) -> Vec<Finding> {
    let marks = proved.facets.marks;
    let mut findings = Vec::new();
    for alike in &proved.proof.alike {
        let Axis::Field(field) = alike.axis else { continue };
        let name = proved.facets.fields[field.0 as usize].name.clone();
        let Some(span) = marks.find(&Mark::Cell(proved.rules[alike.second].0.id.clone(), name.clone())) else { continue };
        let (first, second) = (proved.name(alike.first), proved.name(alike.second));
        let found = Diagnostic::remark(codes::COULD_MERGE, span, format!("the rows \"{first}\" and \"{second}\" could be one"));
        let found = found.beside(proved.span(alike.first), "the other row");
        findings.push(found.note(format!("they give the same and differ in \"{name}\" alone, where their ranges adjoin")).into());
    }
    findings
}

fn not_proved(table: &DecisionTable, proved: &Proved<'_, '_>) -> Finding {
    let span = proved.facets.marks.at(&Mark::Table(table.id.clone()));
    let message = format!("the table \"{}\" was not proved: its conditions divide the data in too many ways", table.id);
    let found = Diagnostic::warning(codes::NOT_PROVED, span, message);
    let (rows, axes) = (proved.rules.len(), proved.proof.tested.len());
    let unknown = if table.hit.decides_by_one() { "gaps, rows never reached and columns that never matter" } else { "duplicate rows" };
    let found = found.note(format!("{rows} rows test {axes} different things; {unknown} are not known"));
    found.help("decide a part of it in a table of its own, whose result this one reads").into()
}

/// Policies are a table in which exactly one row holds for each customer.
fn of_policies(program: &Program, facets: &Facets<'_>) -> Vec<Finding> {
    let live = program.policies.iter().filter(|policy| policy.applies.in_force(facets.first));
    let rules: Vec<(&Rule, Cell)> = live.zip(0..).map(|(policy, at)| (&policy.applies, at)).collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let proved = Proved::new(Grain::Customer, rules, Hit::Unique, None, facets, Owner::Policy);
    let at = |row: usize| facets.marks.at(&Mark::Policy(proved.rules[row].0.id.clone()));
    let mut findings: Vec<Finding> = Vec::new();
    for row in &proved.proof.never {
        let message = format!("the policy \"{}\" can never apply", proved.name(*row));
        findings.push(Diagnostic::error(codes::NEVER_TRUE, proved.condition(*row), message).help("correct its `for:`").into());
    }
    for overlap in &proved.proof.overlaps {
        let may = if overlap.witness.doubtful { "may" } else { "can" };
        let (first, second) = (proved.name(overlap.first), proved.name(overlap.second));
        let message = format!("the policies \"{first}\" and \"{second}\" {may} both apply to one customer");
        let mut found = Diagnostic::error(codes::TWO_POLICIES, at(overlap.second), message).beside(at(overlap.first), "this policy too");
        found = found.note(format!("example: {}", proved.words(&overlap.witness)));
        found = found.help("a customer falls under one policy: let the conditions after `for:` exclude each other");
        if overlap.witness.doubtful {
            found.severity = Severity::Warning;
        }
        let probe = proved.probe(Test::Both(proved.when(overlap.first), proved.when(overlap.second)));
        findings.push(Finding { diagnostic: found, probe });
    }
    findings.extend(without_policy(&proved, at(0)));
    if proved.proof.too_wide {
        let message = "whether every customer has a policy was not proved: the conditions after `for:` are too many";
        findings
            .push(Diagnostic::warning(codes::NOT_PROVED, at(0), message).help("decide the treatment in a table, and choose by it").into());
    }
    findings
}

/// No policy is a reason an action is not planned, not a fault of the night: a warning.
fn without_policy(proved: &Proved<'_, '_>, span: Span) -> Option<Finding> {
    let certain = proved.proof.gaps.iter().any(|gap| !gap.doubtful);
    let message = if certain { "no policy applies to some customers" } else { "there may be customers to whom no policy applies" };
    let mut found = Diagnostic::warning(codes::WITHOUT_POLICY, span, message);
    for gap in proved.proof.gaps.iter().filter(|gap| gap.doubtful != certain) {
        found = found.note(format!("example: {}", proved.words(gap)));
    }
    let found = found.help("add a policy for them; one with `steps: []` says that nothing is to be done");
    let conditions = proved.rules.iter().map(|(rule, _)| rule.when.clone()).collect();
    (!proved.proof.gaps.is_empty()).then(|| Finding { diagnostic: found, probe: proved.probe(Test::None(conditions)) })
}

/// The first penalty that holds decides.
fn of_penalties(program: &Program, facets: &Facets<'_>) -> Vec<Finding> {
    let live = program.penalties.iter().filter(|penalty| penalty.rule.in_force(facets.first));
    let rules: Vec<(&Rule, Cell)> = live.zip(0..).map(|(penalty, at)| (&penalty.rule, at)).collect();
    let proved = Proved::new(Grain::Customer, rules, Hit::First, Some(-1), facets, Owner::Penalty);
    let never = proved.proof.never.iter().map(|row| {
        let message = format!("the penalty \"{}\" can never arise", proved.name(*row));
        Diagnostic::error(codes::NEVER_TRUE, proved.condition(*row), message).help("correct its `when:`").into()
    });
    never.chain(proved.proof.hidden.iter().map(|hidden| proved.hidden(hidden))).collect()
}
