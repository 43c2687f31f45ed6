//! `relance check`: everything that is wrong with a policy pack, at once, as people or machines read it.

mod fixes;
mod github;
mod penalties;
mod portfolio;
mod report;
mod sarif;

use std::path::Path;

use crate::base::date::Date;
use crate::base::money::Currency;
use crate::error::{Exit, Failure};
use crate::rules::check::{Checked, When, check};
use crate::rules::diagnostics::Diagnostic;
use crate::rules::rule_files::written_currency;
use crate::rules::sources::SourceFile;
use crate::run::pack;
use crate::settings::Settings;

pub use crate::rules::diagnostics::Severity;
pub use fixes::Edit;
pub use report::SCHEMA_VERSION;

/// Currency of rules that state none and belong to no job.
const CURRENCY: &[u8] = b"EUR";

/// Form of the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    /// One document with a schema of its own; see [`SCHEMA_VERSION`].
    Json,
    /// SARIF 2.1.0, for code hosts and editors.
    Sarif,
    /// Annotations of GitHub workflows.
    Github,
}

/// Where the rules are.
#[derive(Debug, Clone, Copy)]
pub enum Rules<'a> {
    /// A folder of rule files by itself.
    Folder(&'a Path),
    /// The pack a job names.
    Job(&'a Settings),
}

impl<'a> Rules<'a> {
    /// The folder of the rules.
    pub fn folder(self) -> &'a Path {
        match self {
            Rules::Folder(folder) => folder,
            Rules::Job(settings) => &settings.places.rules,
        }
    }
}

/// What to check, and how to say it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub rules: Rules<'a>,
    /// The night that is checked, and everything after it; every period where left out.
    pub as_of: Option<Date>,
    pub form: Form,
    /// Findings as bad as this, or worse, are a no.
    pub fail_on: Severity,
    /// Mend what can be mended without changing what is meant.
    pub fix: bool,
    /// The job whose portfolio shows what each finding is about.
    pub data: Option<&'a Settings>,
    pub colour: bool,
}

impl<'a> Request<'a> {
    /// The folder of the rules a night of the portfolio goes by, where it is not the one that is checked.
    pub fn rules_of_another_job(&self) -> Option<&'a Path> {
        let nightly = &self.data?.places.rules;
        let place = |folder: &Path| std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        (place(nightly) != place(self.rules.folder())).then_some(nightly)
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub text: String,
    /// Something is as bad as `fail_on`.
    pub is_no: bool,
}

/// A finding with what the portfolio says of it.
#[derive(Debug)]
pub struct Shown {
    pub diagnostic: Diagnostic,
    pub portfolio: Option<Share>,
}

/// Rows of a portfolio that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Customers with an open item, or open items.
    pub rows: u64,
    pub of_customers: bool,
    /// Their open amounts in minor units of the reporting currency.
    pub amount: i128,
    pub currency: Currency,
}

/// Checks a policy pack.
///
/// # Errors
/// [`Exit::NoInput`] where there are no rules, [`Exit::Config`] where they are no text; with data, what reading a portfolio can end with.
pub fn run(request: &Request<'_>) -> Result<Answer, Failure> {
    let folder = request.rules.folder();
    let mut files = pack::as_named(folder, &pack::read(folder)?);
    let currency = match (request.rules, request.data) {
        (Rules::Job(settings), _) | (_, Some(settings)) => settings.reporting_currency,
        _ => written_currency(&files).or_else(|| Currency::parse(CURRENCY)).unwrap_or(Currency(0)),
    };
    let when = request.as_of.map_or(When::Always, When::From);
    let mut edits = Vec::new();
    let mut checked = check(&files, when, currency);
    if request.fix {
        (files, checked, edits) = fixes::apply(files, checked, |files| check(files, when, currency));
        fixes::write(&files, &edits)?;
    } else {
        fixes::promise(&files, &mut checked, |files| check(files, when, currency));
    }
    let findings = shown(request, &files, &mut checked)?;
    let worst = findings.iter().map(|finding| finding.diagnostic.severity).min();
    let is_no = worst.is_some_and(|worst| worst <= request.fail_on);
    let report = report::Report { folder, as_of: request.as_of, files: &files, checked: &checked, findings: &findings, edits: &edits };
    let text = match request.form {
        Form::Text => report.text(request.colour),
        Form::Json => report.json(is_no)?,
        Form::Sarif => sarif::document(&report)?,
        Form::Github => github::annotations(&report),
    };
    Ok(Answer { text, is_no })
}

/// The findings, each with its share of the portfolio where one is given.
fn shown(request: &Request<'_>, files: &[SourceFile], checked: &mut Checked) -> Result<Vec<Shown>, Failure> {
    let findings = std::mem::take(&mut checked.findings);
    let Some(settings) = request.data else {
        return Ok(findings.into_iter().map(|finding| Shown { diagnostic: finding.diagnostic, portfolio: None }).collect());
    };
    let Some(as_of) = request.as_of else {
        return Err(Failure::new(Exit::Usage, "--data needs --as-of: a portfolio is that of one night"));
    };
    portfolio::shown(settings, as_of, files, findings, checked.program.as_ref())
}
