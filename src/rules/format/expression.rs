//! Expressions: one sign for each comparison, one blank where blanks belong, digits in groups of three, amounts with their currency.

use super::{Amounts, Edit, File};
use crate::base::form::Value;
use crate::rules::document::{Node, NodeKind};
use crate::rules::expr::lexer::{Lexeme, Token, tokens};
use crate::rules::expr::parser::RESERVED;
use crate::rules::forms::{Part, walk_file};
use crate::rules::sources::Span;

/// From so many digits on a number is grouped.
const GROUPED_FROM: usize = 4;

pub(super) fn edits(file: &File<'_>, amounts: &Amounts) -> Vec<Edit> {
    let mut edits = Vec::new();
    let Some(kind) = file.kind else { return edits };
    walk_file(kind, &file.root, &mut |part| {
        if let Part::Leaf(value, node) = part {
            edits.extend(leaf(file, value, node, amounts));
        }
    });
    edits
}

fn leaf(file: &File<'_>, value: Value, node: &Node, amounts: &Amounts) -> Option<Edit> {
    let (source, start) = written(file, node)?;
    let text = match value {
        Value::Whole => grouped(&source.replace('_', "")),
        Value::Cell => cell(source, start),
        // Between quotation marks a constant may be a text.
        Value::Constant if !source.starts_with(|c: char| c.is_ascii_digit() || c == '-') => return None,
        Value::Condition | Value::Formula | Value::Money | Value::OwnMoney | Value::Rate | Value::Days | Value::Wait | Value::Constant => {
            expression(source, start, amounts)
        }
        _ => return None,
    };
    let text = text.filter(|text| text != source)?;
    Some(Edit { start, end: start + source.len(), text })
}

/// The source of a single value without its quotation marks; `None` where it is not what it stands for.
fn written<'t>(file: &File<'t>, node: &Node) -> Option<(&'t str, usize)> {
    let NodeKind::Scalar(scalar) = &node.kind else { return None };
    let slice = file.slice(node);
    let (source, start) = if scalar.quoted {
        (slice.get(1..slice.len().saturating_sub(1))?, node.span.start as usize + 1)
    } else {
        (slice, node.span.start as usize)
    };
    source.split_whitespace().eq(scalar.text.split_whitespace()).then_some((source, start))
}

/// Bars with a blank on both sides, ranges without any. A part that is no range may be a text: it stays as it is.
fn cell(source: &str, start: usize) -> Option<String> {
    if source.contains('\n') {
        return None;
    }
    // A grid stays narrow: the column says what its numbers are.
    let amounts = &Amounts::default();
    let mut parts = Vec::new();
    let mut at = start;
    for part in source.split('|') {
        let place = at;
        at += part.len() + 1;
        match part.split_once("..") {
            Some((low, high)) => {
                let low_text = expression(low, place, amounts)?;
                let high_text = expression(high, place + low.len() + 2, amounts)?;
                parts.push(format!("{}..{}", low_text.trim(), high_text.trim()));
            }
            None => parts.push(part.trim().to_owned()),
        }
    }
    Some(parts.join(" | "))
}

/// An expression in its one form; over several lines only its tokens change.
fn expression(source: &str, start: usize, amounts: &Amounts) -> Option<String> {
    let place = Span { file: 0, start: u32::try_from(start).ok()?, end: u32::try_from(start + source.len()).ok()? };
    let lexemes = tokens(source, place).ok()?;
    let mut out = String::with_capacity(source.len() + 8);
    let mut before: Option<Lexeme<'_>> = None;
    let mut unary = false;
    for (at, lexeme) in lexemes.iter().enumerate().filter(|(_, lexeme)| lexeme.token != Token::End) {
        let gap_start = before.map_or(0, |before| before.span.end as usize - start);
        let gap = source.get(gap_start..lexeme.span.start as usize - start)?;
        if gap.contains('\n') {
            out.push_str(gap);
        } else if before.is_some_and(|before| blank_between(before.token, unary, lexeme.token)) {
            out.push(' ');
        }
        unary = lexeme.token == Token::Sign("-") && before.is_none_or(|before| opens_a_value(before.token));
        out.push_str(&token(*lexeme, lexemes.get(at + 1).map(|next| next.token), amounts));
        before = Some(*lexeme);
    }
    Some(out)
}

fn token(lexeme: Lexeme<'_>, next: Option<Token<'_>>, amounts: &Amounts) -> String {
    match lexeme.token {
        Token::Word(word) | Token::Date(word) => word.to_owned(),
        Token::Text(text) => format!("'{text}'"),
        Token::Sign(sign) => sign.to_owned(),
        Token::Number(digits) => {
            let digits = grouped(digits).unwrap_or_else(|| digits.to_owned());
            let bare = !matches!(next, Some(Token::Sign("%"))) && !matches!(next, Some(Token::Word(word)) if !RESERVED.contains(&word));
            match amounts.currency.filter(|_| bare && amounts.at.contains(&lexeme.span.start)) {
                Some(currency) => format!("{digits} {}", currency.code()),
                None => digits,
            }
        }
        Token::End => String::new(),
    }
}

/// Whether a value, not an operation, comes after this token.
fn opens_a_value(token: Token<'_>) -> bool {
    match token {
        Token::Sign(sign) => !matches!(sign, ")" | "%"),
        Token::Word(word) => RESERVED.contains(&word) && !["known", "missing", "true", "false", "any"].contains(&word),
        _ => false,
    }
}

fn blank_between(before: Token<'_>, unary: bool, token: Token<'_>) -> bool {
    match (before, token) {
        (Token::Sign("("), _) | (_, Token::Sign(")" | "," | "%")) => false,
        _ if unary => false,
        (Token::Word(word), Token::Sign("(")) => RESERVED.contains(&word),
        _ => true,
    }
}

/// Digits in groups of three; `None` where they are no plain number.
fn grouped(digits: &str) -> Option<String> {
    let (whole, decimals) = digits.split_once('.').map_or((digits, None), |(whole, decimals)| (whole, Some(decimals)));
    let whole: String = whole.chars().filter(|digit| *digit != '_').collect();
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && whole.len() >= GROUPED_FROM && (whole.len() - at).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    if let Some(decimals) = decimals {
        out.push('.');
        out.push_str(decimals);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_have_one_form() {
        let amounts = Amounts { at: [4].into(), currency: crate::base::money::Currency::parse(b"EUR") };
        let cases = [
            ("a==b and c<>d", "a = b and c != d"),
            ("x in(a,b ,  c)", "x in (a, b, c)"),
            ("min( a,- 5 days )>=-3", "min(a, -5 days) >= -3"),
            ("a - -b*2/ (c+1)", "a - -b * 2 / (c + 1)"),
            ("not(a is missing)and b", "not (a is missing) and b"),
            ("5EUR", "5 EUR"),
            ("25000.50 EUR", "25_000.50 EUR"),
            ("1_0_00", "1_000"),
            ("a > 250000", "a > 250_000 EUR"),
            ("a > 999", "a > 999 EUR"),
            ("8 %", "8%"),
            ("a\n  and  b==c", "a\n  and b = c"),
            ("wait  7 days", "wait 7 days"),
            ("name = 'A  B'", "name = 'A  B'"),
            ("2026-01-05", "2026-01-05"),
        ];
        for (source, expected) in cases {
            assert_eq!(expression(source, 0, &amounts).as_deref(), Some(expected), "{source}");
            assert_eq!(expression(expected, 0, &Amounts::default()).as_deref(), Some(expected), "{expected}");
        }
        let cells = [("a|b", "a | b"), ("30 .. 60000", "30..60_000"), ("1000", "1000"), ("..5|missing", "..5 | missing")];
        for (source, expected) in cells {
            assert_eq!(cell(source, 0).as_deref(), Some(expected), "{source}");
        }
    }
}
