//! What a portfolio says of findings: rows and money beside each, and where the files are not what the dictionary says.

use super::{Share, Shown, penalties};
use crate::base::contract::customers;
use crate::base::counted::counted;
use crate::base::date::Date;
use crate::error::Failure;
use crate::night::survey::Survey;
use crate::rules::codes;
use crate::rules::compile::examine;
use crate::rules::diagnostics::{Diagnostic, Severity};
use crate::rules::marks::{Mark, Marks};
use crate::rules::names::type_words;
use crate::rules::program::{Address, FieldId, Grain, MISSING, Program, Source, Step};
use crate::rules::proof::{Facets, Finding, Probe, bound};
use crate::rules::renames;
use crate::rules::sources::{SourceFile, Sources, Span};
use crate::run::control::{REFUSED_REMEDY, Refused};
use crate::run::named_ids::Unmatched;
use crate::run::signs::Turned;
use crate::run::survey::{self, Answers};
use crate::run::written_otherwise::Written;
use crate::run::{self, absent_columns};
use crate::settings::Settings;

/// Values told of one field.
const SHOWN_VALUES: usize = 5;

/// The findings with their share of the portfolio, and those about its files. Rules that do not compile ask nothing of it.
///
/// # Errors
/// What reading a portfolio can end with.
pub fn shown(
    settings: &Settings,
    as_of: Date,
    files: &[SourceFile],
    findings: Vec<Finding>,
    program: Option<&Program>,
) -> Result<Vec<Shown>, Failure> {
    let bare = |finding: Finding| Shown { diagnostic: finding.diagnostic, portfolio: None };
    let Some(program) = program else { return Ok(findings.into_iter().map(bare).collect()) };
    let marks = examine(files, as_of, program.currency).marks;
    let sources = Sources::new(files);
    let absent = survey::absent_columns(settings, program, as_of)?;
    let absent: Vec<Diagnostic> = absent.iter().flat_map(|(column, names)| not_in_file(column, names, program, &marks)).collect();
    let alone = |diagnostic: Diagnostic| Shown { diagnostic, portfolio: None };
    if absent.iter().any(|found| found.severity == Severity::Error) {
        return Ok(sorted(findings.into_iter().map(bare).chain(absent.into_iter().map(alone)).collect(), &sources));
    }
    let penalties = untold(&findings, program, as_of, &marks);
    let probes: Vec<Probe> = findings.iter().filter_map(|finding| finding.probe.clone()).collect();
    let asked = probes.iter().chain(penalties.iter().map(|(_, probe)| probe)).cloned().collect::<Vec<_>>();
    let Answers { survey: said, unmatched, written_otherwise, no_penalties, turned, refused } =
        survey::ask(settings, &penalties::reading_kinds(program), as_of, &asked, &marks.ranges)?;
    let mut tallies = said.tallies.iter();
    let mut all: Vec<Shown> = absent.into_iter().map(alone).collect();
    for finding in findings {
        let share = finding.probe.as_ref().and_then(|probe| {
            let tally = tallies.next()?;
            Some(Share { rows: tally.rows, of_customers: probe.grain == Grain::Customer, amount: tally.amount, currency: program.currency })
        });
        all.push(Shown { diagnostic: finding.diagnostic, portfolio: share });
    }
    for ((rule, _), tally) in penalties.iter().zip(tallies).filter(|(_, tally)| tally.rows > 0) {
        let share = Share { rows: tally.rows, of_customers: true, amount: tally.amount, currency: program.currency };
        all.push(Shown { diagnostic: bound::finding(program, *rule, &marks), portfolio: Some(share) });
    }
    let has_customers = settings.places.sources.contains_key(customers::SPEC.name);
    let unknown = survey::absent_addresses(settings, program, as_of)?.into_iter();
    all.extend(unknown.map(|address| Shown { diagnostic: without_column(address, has_customers, program, &marks), portfolio: None }));
    all.extend(no_penalties.map(|failure| Shown { diagnostic: penalties::not_worked_out(&failure, program, &marks), portfolio: None }));
    let ids = unmatched
        .iter()
        .map(|list| names_nobody(list, &marks))
        .chain(written_otherwise.iter().map(lost_ids))
        .chain(turned.iter().map(sign_turned))
        .chain(refused.into_iter().map(rows_refused));
    all.extend(ids.map(|diagnostic| Shown { diagnostic, portfolio: None }));
    all.extend(about_values(&said, program, as_of, &marks).into_iter().map(|diagnostic| Shown { diagnostic, portfolio: None }));
    all.extend(
        said.forgotten_steps.iter().map(|(step, customers)| Shown { diagnostic: forgotten(step, *customers, &marks), portfolio: None }),
    );
    if let Some(carried) = &said.earlier_names {
        let idle = renames::unused_by_state(&program.renames, &sources, carried).into_iter();
        all.extend(idle.map(|diagnostic| Shown { diagnostic, portfolio: None }));
    }
    Ok(sorted(all, &sources))
}

/// Values that are not as the dictionary says: outside a list, of another type, outside a range.
fn about_values(said: &Survey, program: &Program, as_of: Date, marks: &Marks) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for (field, values) in &said.unlisted {
        let mut values: Vec<(&String, &u64)> = values.iter().collect();
        values.sort_by_key(|(value, rows)| (u64::MAX - **rows, (*value).clone()));
        let rows: u64 = values.iter().map(|(_, rows)| **rows).sum();
        let name = &program.fields[field.0 as usize].name;
        let told: Vec<String> = values.iter().take(SHOWN_VALUES).map(|(value, rows)| format!("'{value}' ({rows})")).collect();
        let more = if values.len() > SHOWN_VALUES { ", …" } else { "" };
        let message = format!("\"{name}\" has values its list does not have, in {} of the files", counted(rows, "row"));
        let found = Diagnostic::warning(codes::VALUE_NOT_LISTED, place(*field, marks), message);
        let found = found.note(format!("they are {}{more}; rules see them as missing", told.join(", ")));
        all.push(found.help("add them to `values:`, or correct the export"));
    }
    for (field, held) in &said.mistyped {
        let known = &program.fields[field.0 as usize];
        let message = format!("\"{}\" is {}, but its column holds {held}", known.name, type_words(&known.ty));
        let found = Diagnostic::error(codes::COLUMN_TYPE, place(*field, marks), message);
        let found = found.note("rules see nothing of it: every value counts as missing");
        all.push(found.help("correct `type:`, or the export"));
    }
    for (field, (rows, least)) in &said.outside {
        let facets = Facets::of(program, marks, as_of, None);
        let name = &program.fields[field.0 as usize].name;
        let message = format!("\"{name}\" lies outside its range in {} of the portfolio", counted(*rows, "row"));
        let found = Diagnostic::error(codes::OUT_OF_RANGE, place(*field, marks), message);
        let found = found.note(format!("for example {}: what was proved does not hold for such a row", facets.value(*field, *least)));
        all.push(found.help("widen `range:`, or correct the export"));
    }
    all
}

/// Penalty rules by position whose customers have to be asked for, because the rules alone do not show whom they bind: what these show is
/// told already, and counted with the other findings.
fn untold(findings: &[Finding], program: &Program, as_of: Date, marks: &Marks) -> Vec<(usize, Probe)> {
    let not_bound = findings.iter().map(|finding| &finding.diagnostic).filter(|found| found.code == codes::NOT_BOUND);
    let told: Vec<Span> = not_bound.map(|found| found.primary.span).collect();
    let is_told = |rule: usize| told.contains(&bound::place(&program.penalties[rule].rule.id, marks));
    let questions = bound::questions(program, as_of).into_iter().filter(|(rule, _)| !is_told(*rule));
    questions.map(|(rule, question)| (rule, bound::probe(question))).collect()
}

fn place(field: FieldId, marks: &Marks) -> Span {
    marks.fields.get(&field).copied().unwrap_or(Span::start_of(0))
}

/// A list with ids that no row of the ledger has.
fn names_nobody(list: &Unmatched, marks: &Marks) -> Diagnostic {
    let span = marks.id_lists.get(&list.list).copied().unwrap_or(Span::start_of(0));
    let found = Diagnostic::warning(codes::NAMES_NOBODY, span, format!("{} of the portfolio", list.message()));
    let found = found.note(format!("for example {}", list.examples()));
    found.help("ids are texts and compared byte by byte: leading zeros, blanks and capitals count")
}

/// Ids of a table that name nothing as they are written.
fn lost_ids(written: &Written) -> Diagnostic {
    let found = Diagnostic::warning(codes::WRITTEN_OTHERWISE, Span::start_of(0), format!("{}: {}", written.table, written.message()));
    let found = found.note(format!("for example {}", written.examples()));
    found.help("export ids as text, with the leading zeros, blanks and capitals of the ledger: they are compared byte by byte")
}

/// A table of which nearly all amounts are below zero.
fn sign_turned(turned: &Turned) -> Diagnostic {
    // Where all are, the night is refused.
    let said = if turned.is_all() { Diagnostic::error } else { Diagnostic::warning };
    said(codes::SIGN_TURNED, Span::start_of(0), format!("{}: {}", turned.table, turned.message())).help(turned.remedy())
}

/// A table of which a night refuses rows.
fn rows_refused(refused: Refused) -> Diagnostic {
    // Beyond the limit of the job nothing is published.
    let said = if refused.is_too_much { Diagnostic::error } else { Diagnostic::warning };
    let found = said(codes::ROWS_REFUSED, Span::start_of(0), refused.message);
    refused.rows.into_iter().fold(found, Diagnostic::note).help(REFUSED_REMEDY)
}

/// A step that last night's state names and the rules do not, at its policy.
fn forgotten((policy, step): &(String, String), customers: u64, marks: &Marks) -> Diagnostic {
    let span = marks.at(&Mark::Policy(policy.clone()));
    let who = run::who_stands(customers);
    let message = format!("{who} on the step \"{policy}.{step}\" since the last night, and the rules have no such step");
    let found = Diagnostic::warning(codes::FORGOTTEN_STEP, span, message).note("their ladder starts again there");
    found.help(format!(
        "if the step only has another name now, write `renamed_from: {step}` in it; a step that is to go is mapped by on_policy_change"
    ))
}

/// An address of which the ledger says nothing, at the first step that needs it.
fn without_column(address: Address, has_customers: bool, program: &Program, marks: &Marks) -> Diagnostic {
    let needs = |step: &&Step| step.ways().any(|action| action.verb.address() == Some(address));
    let steps = program.policies.iter().flat_map(|policy| policy.steps.iter().map(move |step| (policy, step)));
    let first =
        steps.filter(|(_, step)| needs(step)).map(|(policy, step)| Mark::Action(format!("{}.{}", policy.applies.id, step.id))).next();
    let span = first.map_or(Span::start_of(0), |mark| marks.at(&mark));
    let lacking = if has_customers {
        format!("the files of customers have no column \"{}\"", address.column())
    } else {
        "the job names no table of customers".to_owned()
    };
    let message = format!("{lacking}, and steps need a customer's {}", address.words());
    let found = Diagnostic::remark(codes::ADDRESS_NOT_IN_FILE, span, message);
    let found = found.note(format!("nobody is held by {}: the ledger says nothing of it", address.guard()));
    found.help(if has_customers {
        "add the column to the export, or map its name in the job file under `columns:`"
    } else {
        "name the table under `portfolio:` in the job file"
    })
}

/// Fields that come from a column the files do not have.
fn not_in_file(column: &str, names: &[String], program: &Program, marks: &Marks) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (id, field) in (0..).map(FieldId).zip(&program.fields) {
        let Source::Column { table, column: own } = &field.source else { continue };
        if format!("{table}.{own}") != column {
            continue;
        }
        let message = format!("rules read \"{}\", but the files of {table} have no column \"{own}\"", field.name);
        let said = if field.required { Diagnostic::error } else { Diagnostic::warning };
        let found = said(codes::NOT_IN_FILE, place(id, marks), message);
        let near = crate::rules::diagnostics::nearest(own, names.iter().map(String::as_str));
        let found = near.into_iter().fold(found, |found, near| found.label(format!("the nearest column is \"{near}\"")));
        findings.push(if field.required {
            found.help("write in `source:` what the export calls it; with `optional: true` its values may be missing, all of them here")
        } else {
            let counts = absent_columns::counts_as(field.default != MISSING);
            found.note(counts).help("write in `source:` what the export calls it, or leave it so")
        });
    }
    findings
}

fn sorted(mut all: Vec<Shown>, sources: &Sources<'_>) -> Vec<Shown> {
    all.sort_by_key(|shown| {
        let span = shown.diagnostic.primary.span;
        (sources.path(span.file), span.start, shown.diagnostic.severity, shown.diagnostic.code)
    });
    all
}
