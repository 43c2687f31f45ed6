//! Mending what can be mended: a change stays only where the rules are then no worse, and still mean what they meant.

use std::fmt;

use crate::error::Failure;
use crate::io::text;
use crate::rules::check::Checked;
use crate::rules::diagnostics::{Diagnostic, Fix, Label, Severity};
use crate::rules::program::Program;
use crate::rules::proof::{Finding, unplaced};
use crate::rules::sources::{SourceFile, Sources, Span, count};

/// Rounds of mending: a mended name can show the next slip behind it.
const MOST_ROUNDS: usize = 8;

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub from: String,
    pub to: String,
    pub code: &'static str,
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {} -> {} ({})", self.file, self.line, self.column, self.from, self.to, self.code)
    }
}

/// Applies the fixes of all findings, checks again, and goes on until nothing is left to mend.
pub fn apply(
    mut files: Vec<SourceFile>,
    mut checked: Checked,
    check: impl Fn(&[SourceFile]) -> Checked,
) -> (Vec<SourceFile>, Checked, Vec<Edit>) {
    let mut edits = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let Some((mended, again, mut made)) = all_or_some(&files, &checked, &check) else { break };
        files = mended;
        checked = again;
        edits.append(&mut made);
    }
    (files, checked, edits)
}

/// A fix with the finding it mends.
#[derive(Clone, Copy)]
struct Mend<'c> {
    fix: &'c Fix,
    found: &'c Diagnostic,
}

/// The fixes of a check that do not touch each other, in order of place.
fn mends(checked: &Checked) -> Vec<Mend<'_>> {
    let found = checked.findings.iter().map(|finding| &finding.diagnostic);
    let mut mends: Vec<Mend<'_>> = found.filter_map(|found| found.fix.as_ref().map(|fix| Mend { fix, found })).collect();
    mends.sort_by_key(|mend| mend.fix.span);
    let mut apart: Vec<Mend<'_>> = Vec::new();
    for mend in mends {
        let touches = apart.last().is_some_and(|last| last.fix.span.file == mend.fix.span.file && last.fix.span.end > mend.fix.span.start);
        if !touches {
            apart.push(mend);
        }
    }
    apart
}

type Mended = (Vec<SourceFile>, Checked, Vec<Edit>);

/// All fixes at once where that is no worse, else those that are no worse one by one; `None` where none is.
fn all_or_some(files: &[SourceFile], checked: &Checked, check: &impl Fn(&[SourceFile]) -> Checked) -> Option<Mended> {
    let mends = mends(checked);
    if mends.is_empty() {
        return None;
    }
    if let Some(mended) = tried(files, checked, &mends, check) {
        return Some(mended);
    }
    let alone = |mend: &&Mend<'_>| tried(files, checked, std::slice::from_ref(*mend), check).is_some();
    let good: Vec<Mend<'_>> = mends.iter().filter(alone).copied().collect();
    let first = good.first().map(std::slice::from_ref)?;
    tried(files, checked, &good, check).or_else(|| tried(files, checked, first, check))
}

fn tried(files: &[SourceFile], checked: &Checked, mends: &[Mend<'_>], check: &impl Fn(&[SourceFile]) -> Checked) -> Option<Mended> {
    let sources = Sources::new(files);
    let mut mended = files.to_vec();
    let (mut edits, mut places) = (Vec::new(), Vec::new());
    // From the end, so that the places before a change stay what they are.
    for Mend { fix, found } in mends.iter().rev() {
        let file = mended.get_mut(fix.span.file as usize)?;
        let place = sources.place(fix.span);
        let (from, to) = (sources.slice(fix.span).to_owned(), fix.replacement.clone());
        edits.push(Edit { file: file.path.clone(), line: place.line, column: place.column, from, to, code: found.code.id });
        file.text.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.replacement);
        let end = fix.span.start + count(fix.replacement.len());
        let moved = |place: &mut Span| {
            if place.file == fix.span.file {
                place.start = place.start + end - fix.span.end;
                place.end = place.end + end - fix.span.end;
            }
        };
        places.iter_mut().for_each(moved);
        places.push(Span { end, ..fix.span });
    }
    edits.reverse();
    let again = check(&mended);
    is_no_worse(checked, &again, mends, &places).then_some((mended, again, edits))
}

/// Whether what was mended is gone, nothing is wrong with what stands there now, and rules that had a meaning have the same.
fn is_no_worse(before: &Checked, after: &Checked, mends: &[Mend<'_>], places: &[Span]) -> bool {
    let number = |checked: &Checked, found: &Diagnostic| {
        let same = |finding: &&Finding| finding.diagnostic.code == found.code && finding.diagnostic.message == found.message;
        checked.findings.iter().filter(same).count()
    };
    let gone = mends.iter().all(|mend| number(after, mend.found) < number(before, mend.found));
    let touches = |label: &Label| {
        let meets = |place: &Span| place.file == label.span.file && place.start < label.span.end && label.span.start < place.end;
        places.iter().any(meets)
    };
    let errors = after.findings.iter().map(|finding| &finding.diagnostic).filter(|found| found.severity == Severity::Error);
    let harmless = errors
        .filter(|found| number(before, found) < number(after, found))
        .all(|found| !std::iter::once(&found.primary).chain(&found.secondary).any(touches));
    let same = match (&before.program, &after.program) {
        (Some(before), Some(after)) => meaning(before) == meaning(after),
        (Some(_), None) => false,
        (None, _) => true,
    };
    gone && harmless && same
}

/// What a program decides, without where and how it is written.
fn meaning(program: &Program) -> String {
    let tables = program.tables.iter().chain(program.assignments.iter().map(|queue| &queue.table));
    let rows: Vec<_> = tables
        .flat_map(|table| {
            table.rows.iter().map(move |(rule, cell)| (&table.id, table.hit, &rule.id, &rule.when, rule.from, rule.until, cell))
        })
        .collect();
    let otherwise: Vec<_> = program.tables.iter().map(|table| table.otherwise).collect();
    let blocks: Vec<_> = program.blocks.iter().map(|block| (&block.rule.id, &block.rule.when, &block.stops, block.clock)).collect();
    let policies: Vec<_> = program.policies.iter().map(|policy| (&policy.applies.when, &policy.enter_when, &policy.leave_when)).collect();
    let steps = program.policies.iter().flat_map(|policy| &policy.steps);
    let steps: Vec<_> =
        steps.map(|step| (&step.id, step.at, step.when.as_ref().map(|rule| &rule.when), &step.action, &step.otherwise)).collect();
    let trials: Vec<_> = program.trials.iter().map(|trial| (&trial.id, trial.share, &trial.among.when)).collect();
    let penalties: Vec<_> = program.penalties.iter().map(|penalty| (&penalty.rule.when, penalty.regime, penalty.contractual)).collect();
    let texts = &program.texts.texts;
    let meaning = format!("{rows:?}{otherwise:?}{blocks:?}{policies:?}{steps:?}{trials:?}{penalties:?}{texts:?}");
    unplaced(&format!("{meaning}{:?}{}", program.derived, program.caps.len()))
}

/// Writes the files that were changed.
///
/// # Errors
/// What writing a file can end with.
pub fn write(files: &[SourceFile], edits: &[Edit]) -> Result<(), Failure> {
    for file in files.iter().filter(|file| edits.iter().any(|edit| edit.file == file.path)) {
        text::rewrite(std::path::Path::new(&file.path), &file.text)?;
    }
    Ok(())
}
