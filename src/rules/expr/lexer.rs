//! Tokens of an expression, read from the file itself so that each has its true place.

use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::expr::foreign;
use crate::rules::sources::{Span, count};

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'t> {
    /// A name or a word of the grammar.
    Word(&'t str),
    /// Digits, `_` between them, at most one decimal point.
    Number(&'t str),
    /// `2026-12-01`.
    Date(&'t str),
    /// The inside of `'…'`.
    Text(&'t str),
    /// One of `+ - * / ( ) , % = != < <= > >= | ..`.
    Sign(&'static str),
    End,
}

/// A token with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexeme<'t> {
    pub token: Token<'t>,
    pub span: Span,
}

/// Signs as people write them, longest first, with what they stand for.
const SIGNS: &[(&str, &str)] = &[
    ("..", ".."),
    ("!=", "!="),
    ("<>", "!="),
    ("<=", "<="),
    (">=", ">="),
    ("==", "="),
    ("=", "="),
    ("<", "<"),
    (">", ">"),
    ("+", "+"),
    ("-", "-"),
    ("*", "*"),
    ("/", "/"),
    ("(", "("),
    (")", ")"),
    (",", ","),
    ("%", "%"),
    ("|", "|"),
];

/// Signs of other languages, with what to write here.
const FOREIGN: &[(&str, &str)] =
    &[("&&", "and"), ("||", "or"), ("=<", "<="), ("=>", ">="), ("≤", "<="), ("≥", ">="), ("≠", "!="), ("!", "not"), ("×", "*"), ("÷", "/")];

/// Reads all tokens of a text that starts at `place`; the last is [`Token::End`].
pub fn tokens(text: &str, place: Span) -> Result<Vec<Lexeme<'_>>, Box<Diagnostic>> {
    let mut list = Vec::new();
    let (mut at, mut brackets) = (0, 0_usize);
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let (token, length) = next(text, at, place, brackets > 0)?;
        match token {
            Token::Sign("(") => brackets += 1,
            Token::Sign(")") => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        list.push(Lexeme { token, span: part(place, at, length) });
        if token == Token::End {
            return Ok(list);
        }
        at += length;
    }
}

fn part(place: Span, at: usize, length: usize) -> Span {
    let start = place.start + count(at);
    Span { file: place.file, start, end: start + count(length) }
}

fn next(text: &str, at: usize, place: Span, in_brackets: bool) -> Result<(Token<'_>, usize), Box<Diagnostic>> {
    let (before, rest) = text.split_at(at);
    let Some(first) = rest.chars().next() else { return Ok((Token::End, 0)) };
    if first == '\'' {
        return quoted(rest, at, place);
    }
    if first.is_ascii_digit() {
        let token = number_or_date(rest);
        let here = part(place, at, 0);
        let foreign = || foreign::day(rest, here).or_else(|| foreign::number(rest, in_brackets, here));
        let foreign = if matches!(token.0, Token::Date(_)) { None } else { foreign() };
        return foreign.map_or(Ok(token), |found| Err(Box::new(found)));
    }
    if let Some(found) = foreign::number(rest, in_brackets, part(place, at, 0)).or_else(|| foreign::quoted(rest, part(place, at, 0))) {
        return Err(Box::new(found));
    }
    if first.is_alphabetic() || first == '_' {
        let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        return Ok((Token::Word(&rest[..length]), length));
    }
    if let Some((written, ours)) = FOREIGN.iter().find(|(written, _)| rest.starts_with(written) && !rest.starts_with("!=")) {
        let found = Diagnostic::error(codes::SYNTAX, part(place, at, written.len()), format!("\"{written}\" is written \"{ours}\" here"));
        return Err(Box::new(found.replace(set_apart(ours, before, &rest[written.len()..]))));
    }
    match SIGNS.iter().find(|(written, _)| rest.starts_with(written)) {
        Some((written, sign)) => Ok((Token::Sign(sign), written.len())),
        None => Err(Box::new(stray(first, part(place, at, first.len_utf8())))),
    }
}

/// A word in the place of a sign, with the blanks it needs beside what stands close to the sign.
fn set_apart(ours: &str, before: &str, after: &str) -> String {
    let is_word = ours.starts_with(|c: char| c.is_alphabetic());
    let lead = if is_word && !before.is_empty() && !before.ends_with([' ', '(']) { " " } else { "" };
    let trail = if is_word && !after.starts_with(' ') { " " } else { "" };
    format!("{lead}{ours}{trail}")
}

fn stray(character: char, span: Span) -> Diagnostic {
    let found = Diagnostic::error(codes::SYNTAX, span, format!("\"{character}\" means nothing in an expression"));
    match character {
        '"' => found.help("write texts between single quotation marks: 'FR'"),
        '[' | '{' => found.help("lists are written in round brackets: (a, b)"),
        '€' | '£' | '$' | '¥' => found.help("an amount is a number and the code of its currency: 100 EUR"),
        _ => found,
    }
}

fn quoted(rest: &str, at: usize, place: Span) -> Result<(Token<'_>, usize), Box<Diagnostic>> {
    match rest[1..].find('\'') {
        Some(length) => Ok((Token::Text(&rest[1..=length]), length + 2)),
        None => {
            let found = Diagnostic::error(codes::SYNTAX, part(place, at, rest.trim_end().len()), "this text has no closing quotation mark");
            Err(Box::new(found))
        }
    }
}

fn number_or_date(rest: &str) -> (Token<'_>, usize) {
    if let Some(date) = rest.get(..10).filter(|date| looks_like_a_date(date)) {
        return (Token::Date(date), 10);
    }
    let digits = |text: &str| text.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(text.len());
    let mut length = digits(rest);
    let after = &rest[length..];
    if after.starts_with('.') && after[1..].starts_with(|c: char| c.is_ascii_digit()) {
        length += 1 + digits(&after[1..]);
    }
    (Token::Number(&rest[..length]), length)
}

fn looks_like_a_date(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
}
