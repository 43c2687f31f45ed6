//! Findings about rule files: what is wrong, where, and what to write instead. Text for a terminal; other forms read the same struct.

use std::collections::BTreeSet;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::rules::codes::Code;
use crate::rules::sources::{SourceFile, Sources, Span};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The rule set is refused.
    Error,
    /// The rule set runs; a person should look.
    Warning,
    /// Worth knowing; nothing is wrong.
    Note,
}

/// A place and what to say beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// A replacement that mends the finding without changing what was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub span: Span,
    pub replacement: String,
    /// What stands there can never hold, so that the rules decide otherwise once they say what was meant.
    pub changes_decisions: bool,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// One sentence in an analyst's words, without a full stop.
    pub message: String,
    pub primary: Label,
    /// Other places that matter, such as the first definition.
    pub secondary: Vec<Label>,
    /// Examples and reasons, one entry each.
    pub notes: Vec<String>,
    /// What to do, one entry per choice.
    pub help: Vec<String>,
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        let primary = Label { span, text: String::new() };
        let message = message.into();
        let (secondary, notes, help) = (Vec::new(), Vec::new(), Vec::new());
        Diagnostic { code, severity: Severity::Error, message, primary, secondary, notes, help, fix: None }
    }

    /// A warning at a place.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    /// A remark at a place.
    pub fn remark(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Note, ..Diagnostic::error(code, span, message) }
    }

    /// What to say beside the place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.primary.text = text.into();
        self
    }

    /// Another place that matters.
    #[must_use]
    pub fn beside(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// An example or a reason.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }

    /// What to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help.push(text.into());
        self
    }

    /// What to write instead of the marked text.
    #[must_use]
    pub fn replace(mut self, replacement: impl Into<String>) -> Diagnostic {
        self.fix = Some(Fix { span: self.primary.span, replacement: replacement.into(), changes_decisions: false });
        self
    }

    /// What to write instead of the marked text, which can never hold as it stands.
    #[must_use]
    pub fn rectify(mut self, replacement: impl Into<String>) -> Diagnostic {
        self.fix = Some(Fix { span: self.primary.span, replacement: replacement.into(), changes_decisions: true });
        self
    }

    /// Offers the nearest of the possible names, if one is near.
    #[must_use]
    pub fn nearest<'n>(self, written: &str, names: impl IntoIterator<Item = &'n str>) -> Diagnostic {
        match nearest_of(written, names) {
            Some((name, true)) => self.label(format!("did you mean \"{name}\"?")).replace(name),
            Some((name, false)) => self.label(format!("did you mean \"{name}\"?")),
            None => self,
        }
    }
}

/// Names compared with what was written, at most.
const MOST_COMPARED: usize = 500;

/// The name nearest to what was written; `None` where nothing is near enough to be a slip.
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    nearest_of(written, names).map(|(name, _)| name)
}

/// The nearest name, and whether no other name is as near: only then can it be put in without asking.
fn nearest_of<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<(&'n str, bool)> {
    let allowed = (written.chars().count() / 3).max(1);
    let likely = names.into_iter().filter(|name| name.len().abs_diff(written.len()) <= 4 * allowed).take(MOST_COMPARED);
    let scored = likely.map(|name| (strsim::damerau_levenshtein(written, name), name.len().abs_diff(written.len()), name));
    let near: BTreeSet<_> = scored.filter(|(distance, _, name)| *distance <= allowed && *name != written).collect();
    let (least, _, name) = near.first().copied()?;
    // Two letters exchanged, one wrong, one too many: more than that only in a longer word.
    let letters = written.chars().count();
    let close = letters >= 3 && (least == 1 || least == 2 && letters >= 6);
    Some((name, close && near.iter().filter(|(distance, ..)| *distance == least).count() == 1))
}

/// The findings of one rule set while it is being compiled.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Diagnostic>,
    errors: usize,
}

/// Errors, and warnings, that are kept: nobody reads more, and each is worth some memory.
const MOST_KEPT: usize = 500;

impl Findings {
    /// Adds a finding, up to five hundred errors and as many warnings.
    pub fn push(&mut self, finding: Diagnostic) {
        let is_error = finding.severity == Severity::Error;
        let alike = if is_error { self.errors } else { self.list.len() - self.errors };
        if alike < MOST_KEPT {
            self.errors += usize::from(is_error);
            self.list.push(finding);
        }
    }

    /// Whether there is no error so far.
    pub fn is_sound(&self) -> bool {
        self.errors == 0
    }

    /// Whether further errors are not kept: working out what to say about them is in vain.
    pub fn is_full(&self) -> bool {
        self.errors >= MOST_KEPT
    }

    /// All findings, each once, in order of file path and place: errors and warnings apart.
    pub fn sorted(mut self, sources: &Sources<'_>) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let place = |finding: &Diagnostic| (sources.path(finding.primary.span.file), finding.primary.span.start, finding.code);
        self.list.sort_by(|one, other| place(one).cmp(&place(other)).then_with(|| one.message.cmp(&other.message)));
        self.list.dedup();
        self.list.into_iter().partition(|finding| finding.severity == Severity::Error)
    }
}

/// Findings shown per file; the rest is counted.
const SHOWN_PER_FILE: usize = 50;

/// The findings as text for a person, at most fifty per file.
pub fn render(findings: &[Diagnostic], files: &[SourceFile], colour: bool) -> String {
    let sources = Sources::new(files);
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for of_file in findings.chunk_by(|one, other| one.primary.span.file == other.primary.span.file) {
        for finding in of_file.iter().take(SHOWN_PER_FILE) {
            text.push_str(&render_one(finding, &sources, &renderer));
            text.push_str("\n\n");
        }
        let path = of_file.first().map_or("", |finding| sources.path(finding.primary.span.file));
        if of_file.len() > SHOWN_PER_FILE {
            text.push_str(&format!("and {} more in {path}\n\n", of_file.len() - SHOWN_PER_FILE));
        }
    }
    text
}

fn render_one(finding: &Diagnostic, sources: &Sources<'_>, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let file = finding.primary.span.file;
    let (here, elsewhere): (Vec<_>, Vec<_>) = finding.secondary.iter().partition(|label| label.span.file == file);
    let marks =
        std::iter::once((AnnotationKind::Primary, &finding.primary)).chain(here.into_iter().map(|label| (AnnotationKind::Context, label)));
    let title = level.primary_title(&finding.message).id(finding.code.id);
    let mut group = Group::with_title(title).element(snippet(sources, file, &marks.collect::<Vec<_>>()));
    for label in elsewhere {
        group = group.element(snippet(sources, label.span.file, &[(AnnotationKind::Context, label)]));
    }
    group = group.elements(finding.notes.iter().map(|note| Level::NOTE.message(note)));
    group = group.elements(finding.help.iter().map(|help| Level::HELP.message(help)));
    renderer.render(&[group])
}

/// The lines of a file from the first mark to the last: the renderer looks at all of what it is given.
fn snippet<'s>(sources: &Sources<'s>, file: u32, marks: &[(AnnotationKind, &'s Label)]) -> Snippet<'s, annotate_snippets::Annotation<'s>> {
    let text = sources.text(file);
    let first = marks.iter().map(|(_, label)| label.span.start as usize).min().unwrap_or(0).min(text.len());
    let last = marks.iter().map(|(_, label)| label.span.end as usize).max().unwrap_or(0).clamp(first, text.len());
    let line_break = |part: Option<&str>| part.and_then(|part| part.rfind('\n')).map_or(0, |at| at + 1);
    let start = line_break(text.get(..first));
    let end = text.get(last..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| last + at + 1);
    let line = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
    let mark = |(kind, label): &(AnnotationKind, &'s Label)| {
        let place = |at: u32| (at as usize).clamp(start, end) - start;
        let annotation = kind.span(place(label.span.start)..place(label.span.end));
        if label.text.is_empty() { annotation } else { annotation.label(&label.text) }
    };
    let window = text.get(start..end).unwrap_or("");
    Snippet::source(window).line_start(line).path(sources.path(file)).annotations(marks.iter().map(mark))
}
