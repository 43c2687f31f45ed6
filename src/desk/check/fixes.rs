//! Mending what can be mended: a change stays only where the rules are then no worse, and still mean what they meant.

use std::fmt;

use crate::error::Failure;
use crate::io::text;
use crate::rules::check::Checked;
use crate::rules::diagnostics::{Diagnostic, Fix, Label, Severity};
use crate::rules::program::{Policy, Program};
use crate::rules::proof::{Finding, unplaced};
use crate::rules::sources::{SourceFile, Sources, Span, count};

/// Rounds of mending: a mended name can show the next slip behind it.
const MOST_ROUNDS: usize = 8;
/// Checks of a mended rule set: each takes as long as a whole check.
const MOST_TRIES: usize = 100;

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

/// Applies the fixes of all findings, checks again, and goes on until nothing is left to mend. What is left then claims no fix.
pub fn apply(
    mut files: Vec<SourceFile>,
    mut checked: Checked,
    check: impl Fn(&[SourceFile]) -> Checked,
) -> (Vec<SourceFile>, Checked, Vec<Edit>) {
    let mut edits = Vec::new();
    let mut tries = MOST_TRIES;
    for _ in 0..MOST_ROUNDS {
        let Some((mended, again, mut made)) = round(&files, &checked, &check, &mut tries) else { break };
        files = mended;
        checked = again;
        edits.append(&mut made);
    }
    claims(&mut checked).for_each(|found| found.fix = None);
    (files, checked, edits)
}

/// Bytes of rules up to which a promise is tried out: that takes several whole checks.
const MOST_TRIED_OUT: usize = 256 << 10;

/// Leaves a fix to those findings alone that [`apply`] mends.
pub fn promise(files: &[SourceFile], checked: &mut Checked, check: impl Fn(&[SourceFile]) -> Checked) {
    let bytes: usize = files.iter().map(|file| file.text.len()).sum();
    if claims(checked).next().is_none() || bytes > MOST_TRIED_OUT {
        return;
    }
    let before = check(files);
    let (_, after, _) = apply(files.to_vec(), check(files), check);
    claims(checked).filter(|found| number(&after, found) >= number(&before, found)).for_each(|found| found.fix = None);
}

/// The findings that claim a fix.
fn claims(checked: &mut Checked) -> impl Iterator<Item = &mut Diagnostic> {
    checked.findings.iter_mut().map(|finding| &mut finding.diagnostic).filter(|found| found.fix.is_some())
}

/// Findings of one kind that say the same.
fn number(checked: &Checked, found: &Diagnostic) -> usize {
    let same = |finding: &&Finding| finding.diagnostic.code == found.code && finding.diagnostic.message == found.message;
    checked.findings.iter().filter(same).count()
}

/// A fix with the finding it mends.
#[derive(Clone, Copy)]
struct Mend<'c> {
    fix: &'c Fix,
    found: &'c Diagnostic,
}

/// The fixes of a check that do not touch each other, in order of place.
fn mends(checked: &Checked, changes_decisions: bool) -> Vec<Mend<'_>> {
    let found = checked.findings.iter().map(|finding| &finding.diagnostic);
    let mends = found.filter_map(|found| found.fix.as_ref().map(|fix| Mend { fix, found }));
    let mut mends: Vec<Mend<'_>> = mends.filter(|mend| mend.fix.changes_decisions == changes_decisions).collect();
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

/// As many fixes at once as together are no worse; `None` where none is. Those that change what rules decide have rounds of their own,
/// so that the others are still held to change nothing.
fn round(files: &[SourceFile], checked: &Checked, check: &impl Fn(&[SourceFile]) -> Checked, tries: &mut usize) -> Option<Mended> {
    let one_kind = |changes_decisions: bool| {
        let (mut kept, mut mended) = (Vec::new(), None);
        let mut waiting = vec![mends(checked, changes_decisions)];
        while let Some(part) = waiting.pop().filter(|_| *tries > 0) {
            if part.is_empty() {
                continue;
            }
            *tries -= 1;
            let together: Vec<Mend<'_>> = kept.iter().chain(&part).copied().collect();
            match tried(files, checked, &together, check) {
                Some(done) => (kept, mended) = (together, Some(done)),
                None if part.len() == 1 => {}
                None => {
                    let (first, second) = part.split_at(part.len() / 2);
                    waiting.extend([second.to_vec(), first.to_vec()]);
                }
            }
        }
        mended
    };
    [false, true].into_iter().find_map(one_kind)
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

/// Whether what was mended is gone, nothing is wrong with what stands there now, and rules that had a meaning have the same, unless they
/// were mended to have another.
fn is_no_worse(before: &Checked, after: &Checked, mends: &[Mend<'_>], places: &[Span]) -> bool {
    let gone = mends.iter().all(|mend| number(after, mend.found) < number(before, mend.found));
    let touches = |label: &Label| {
        let meets = |place: &Span| place.file == label.span.file && place.start < label.span.end && label.span.start < place.end;
        places.iter().any(meets)
    };
    let errors = after.findings.iter().map(|finding| &finding.diagnostic).filter(|found| found.severity == Severity::Error);
    let harmless = errors
        .filter(|found| number(before, found) < number(after, found))
        .all(|found| !std::iter::once(&found.primary).chain(&found.secondary).any(touches));
    let rectified = mends.iter().all(|mend| mend.fix.changes_decisions);
    let same = match (&before.program, &after.program) {
        (Some(before), Some(after)) => rectified || meaning(before) == meaning(after),
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
    let entries = |policy: &Policy| policy.entries.iter().map(|entry| (entry.rule.when.clone(), entry.step)).collect::<Vec<_>>();
    let policies: Vec<_> =
        program.policies.iter().map(|policy| (&policy.applies.when, &policy.enter_when, &policy.leave_when, entries(policy))).collect();
    let steps = program.policies.iter().flat_map(|policy| &policy.steps);
    let steps: Vec<_> =
        steps.map(|step| (&step.id, step.at, step.when.as_ref().map(|rule| &rule.when), &step.action, &step.otherwise)).collect();
    let trials: Vec<_> = program.trials.iter().map(|trial| (&trial.id, trial.share, &trial.among.when)).collect();
    let penalties: Vec<_> = program.penalties.iter().map(|penalty| (&penalty.rule.when, penalty.regime, penalty.contractual)).collect();
    let texts = &program.texts.texts;
    let meaning = format!("{rows:?}{otherwise:?}{blocks:?}{policies:?}{steps:?}{trials:?}{penalties:?}{texts:?}");
    let offers: Vec<_> = program.offers.iter().map(|offer| (&offer.rule.id, &offer.rule.when, offer.payments, offer.every)).collect();
    unplaced(&format!("{meaning}{offers:?}{:?}{}", program.derived, program.caps.len()))
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::base::money::Currency;
    use crate::rules::check::{When, check};

    /// The rule files of every case of the error catalogue.
    fn catalogue() -> Vec<(String, Vec<SourceFile>)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/errors");
        let mut folders: Vec<_> = fs::read_dir(root).expect("the catalogue").map(|entry| entry.expect("an entry").path()).collect();
        folders.sort();
        let case = |folder: std::path::PathBuf| {
            let mut paths: Vec<_> = fs::read_dir(&folder).expect("a case").map(|entry| entry.expect("an entry").path()).collect();
            paths.sort();
            let read = paths.iter().filter(|path| path.extension().is_some_and(|is| is == "yaml" || is == "csv"));
            let file = |path: &std::path::PathBuf| SourceFile {
                path: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
                text: fs::read_to_string(path).expect("a rule file in UTF-8"),
            };
            (folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(), read.map(file).collect())
        };
        folders.into_iter().map(case).collect()
    }

    /// What claims to be mendable is mended, and a second time there is nothing left to do.
    #[test]
    fn what_claims_to_be_mendable_is_mended() {
        let euro = Currency::parse(b"EUR").expect("a currency");
        let look = |files: &[SourceFile]| check(files, When::Always, euro);
        let (mut claimed, mut left, mut late) = (0, Vec::new(), Vec::new());
        for (case, files) in catalogue() {
            let before = look(&files);
            let found = before.findings.iter().map(|finding| finding.diagnostic.clone());
            let promises: Vec<Diagnostic> = found.filter(|found| found.fix.is_some()).collect();
            if promises.is_empty() {
                continue;
            }
            claimed += promises.len();
            let count_before = promises.iter().map(|found| number(&before, found)).collect::<Vec<_>>();
            let (mended, mut after, _) = apply(files, before, look);
            let broken = promises.iter().zip(count_before).filter(|(found, before)| number(&after, found) >= *before);
            left.extend(broken.map(|(found, _)| format!("{case}: {}", found.message)));
            assert_eq!(claims(&mut after).count(), 0, "{case}");
            let checked = look(&mended);
            late.extend(apply(mended, checked, look).2.iter().map(|edit| format!("{case}: {edit}")));
        }
        // Mended, each would be wrong in another way, a question that is never true or a row out of order: they are told without the promise.
        let kept = [
            "expression_syntax: `known` or `missing` should stand here, not \"nothing\"",
            "regimes: \"issue_day\" is not a date of a margin",
        ];
        assert_eq!(left, kept);
        assert!(late.is_empty(), "done only the second time: {}", late.join("\n"));
        assert!(claimed > 100, "{claimed}");
    }
}
