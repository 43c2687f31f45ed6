//! Findings about how rules are written: what means the same and reads worse.

use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::lexer::{Lexeme, Token, tokens};
use crate::rules::expr::parser;
use crate::rules::expr::tree::{Tree, TreeKind};
use crate::rules::marks::{Mark, Marks};
use crate::rules::program::{Grain, Program, SEGMENT};
use crate::rules::sources::{SourceFile, Sources, Span, count};

/// Tests in one condition above which it deserves a name.
const MOST_TESTS: usize = 7;

/// What is found in the conditions of all files.
pub fn findings(files: &[SourceFile], marks: &Marks, sources: &Sources<'_>) -> Vec<Diagnostic> {
    let built_in = count(files.len());
    let conditions: Vec<Span> = marks.conditions().filter(|span| span.file < built_in).collect();
    let mut findings: Vec<Diagnostic> = conditions.iter().filter_map(|span| long(*span, sources)).collect();
    findings.extend(conditions.iter().flat_map(|span| signs(*span, sources)));
    findings.extend(conditions.iter().flat_map(|span| commas(*span, sources)));
    findings
}

/// Tables that put customers into boxes, of which none gives the one by which open items and figures are told apart.
pub fn without_segment(program: &Program, marks: &Marks) -> Option<Diagnostic> {
    let first = program.tables.iter().find(|table| table.grain == Grain::Customer)?;
    if program.field(SEGMENT).is_some() {
        return None;
    }
    let message = format!("no table gives \"{SEGMENT}\": it stays empty in open_items, and there are no figures by segment");
    let found = Diagnostic::remark(codes::NO_SEGMENT, marks.at(&Mark::Table(first.id.clone())), message);
    Some(found.help("name the result that tells customers apart so, or add a table: output: {segment: [...]}"))
}

/// The text of a value without its quotation marks, and where it starts.
fn inner<'s>(span: Span, sources: &Sources<'s>) -> (&'s str, Span) {
    let text = sources.slice(span);
    match text.starts_with(['\'', '"']).then(|| text.get(1..text.len().saturating_sub(1))).flatten() {
        Some(inner) => (inner, Span { start: span.start + 1, end: span.end - 1, ..span }),
        None => (text, span),
    }
}

fn long(span: Span, sources: &Sources<'_>) -> Option<Diagnostic> {
    let (text, place) = inner(span, sources);
    let tests = tests(&parser::expression(text, place).ok()?);
    let found = Diagnostic::remark(codes::LONG_CONDITION, span, format!("this condition makes {tests} tests at once"));
    (tests > MOST_TESTS).then(|| found.help("give its parts names under `define:`, each with a sentence that says what it means"))
}

/// Tests a condition is made of.
fn tests(tree: &Tree) -> usize {
    match &tree.kind {
        TreeKind::And(parts) | TreeKind::Or(parts) => parts.iter().map(tests).sum(),
        TreeKind::Not(inner) => tests(inner),
        TreeKind::If { condition, then, otherwise } => tests(condition) + tests(then) + tests(otherwise),
        _ => 1,
    }
}

/// `100,50` in a list: two values to the rules, and to many readers one number.
fn commas(span: Span, sources: &Sources<'_>) -> Vec<Diagnostic> {
    let (text, place) = inner(span, sources);
    let Ok(lexemes) = tokens(text, place) else { return Vec::new() };
    let touching = |three: &[Lexeme<'_>]| match three {
        [left, comma, right] => {
            let numbers = matches!((left.token, right.token), (Token::Number(_), Token::Number(_)));
            let is_one =
                numbers && comma.token == Token::Sign(",") && left.span.end == comma.span.start && comma.span.end == right.span.start;
            is_one.then(|| left.span.to(right.span))
        }
        _ => None,
    };
    let told = |span: Span| {
        let written = sources.slice(span);
        let (left, right) = written.split_once(',').unwrap_or((written, ""));
        let found = Diagnostic::warning(codes::COMMA_IN_LIST, span, format!("in a list, \"{written}\" is two values: {left} and {right}"));
        found.help(format!("write {left}, {right} if two are meant, {left}.{right} if it is one"))
    };
    lexemes.windows(3).filter_map(touching).map(told).collect()
}

/// `==` and `<>`, which are read as `=` and `!=`.
fn signs(span: Span, sources: &Sources<'_>) -> Vec<Diagnostic> {
    let (text, place) = inner(span, sources);
    let mut findings = Vec::new();
    let mut quoted = false;
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or("");
        quoted ^= rest.starts_with('\'');
        let sign = [("==", "="), ("<>", "!=")].into_iter().find(|(written, _)| !quoted && rest.starts_with(written));
        if let Some((written, ours)) = sign {
            let start = place.start + count(at);
            let sign = Span { start, end: start + 2, ..place };
            let found = Diagnostic::remark(codes::OTHER_SIGN, sign, format!("\"{written}\" is written \"{ours}\" here"));
            findings.push(found.replace(ours));
            at += written.len();
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    findings
}
