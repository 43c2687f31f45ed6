//! Conditions, formulas and cells in words.

use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::rules::expr::literal::MILLION;
use crate::rules::expr::parser;
use crate::rules::expr::tree::{Comparison, Literal, Operator, TextTest, Tree, TreeKind};
use crate::rules::sources::Span;
use crate::rules::vocabulary::Vocabulary;

/// What names stand for, for people.
pub struct Speaker<'v> {
    pub vocabulary: &'v Vocabulary,
    /// Named values as written.
    pub constants: BTreeMap<String, String>,
}

impl Speaker<'_> {
    /// A condition in words; as written where it cannot be read.
    pub fn condition(&self, text: &str) -> String {
        parser::expression(text, Span::start_of(0)).map_or_else(|_| text.to_owned(), |tree| sentence(&self.test(&tree)))
    }

    /// The formula of a derived field in words.
    pub fn formula(&self, text: &str) -> String {
        match parser::formula(text, Span::start_of(0)) {
            Err(_) => text.to_owned(),
            Ok((tree, None)) => sentence(&self.value(&tree)),
            Ok((tree, Some(filter))) => format!("{}, over open items for which {}", sentence(&self.value(&tree)), self.test(&filter)),
        }
    }

    /// Something true or false.
    fn test(&self, tree: &Tree) -> String {
        match &tree.kind {
            TreeKind::And(parts) => self.joined(parts, " and "),
            TreeKind::Or(parts) => self.joined(parts, " or "),
            TreeKind::Not(inner) => self.negated(inner),
            TreeKind::IsKnown(value) => format!("{} is known", self.value(value)),
            TreeKind::Compare { comparison, left, right } => {
                format!("{} {} {}", self.value(left), compared(*comparison), self.value(right))
            }
            TreeKind::OneOf { value, choices } => format!("{} is {}", self.value(value), self.one_of(choices)),
            TreeKind::InList { value, list, .. } => format!("{} is in the list {list}", self.value(value)),
            TreeKind::Between { value, low, high } => {
                format!("{} is between {} and {}, both included", self.value(value), self.value(low), self.value(high))
            }
            TreeKind::TextTest { test, value, with } => format!("{} {} {}", self.value(value), tested(*test), self.value(with)),
            TreeKind::Name(name) => self.flag(name),
            TreeKind::Literal(Literal::Bool(true)) => "always".to_owned(),
            TreeKind::Literal(Literal::Bool(false)) => "never".to_owned(),
            _ => self.value(tree),
        }
    }

    fn negated(&self, inner: &Tree) -> String {
        match &inner.kind {
            TreeKind::IsKnown(value) => format!("{} is not known", self.value(value)),
            TreeKind::OneOf { value, choices } => {
                format!("{} is neither {}", self.value(value), self.one_of(choices).replace(" or ", " nor "))
            }
            TreeKind::InList { value, list, .. } => format!("{} is not in the list {list}", self.value(value)),
            _ => format!("not ({})", self.test(inner)),
        }
    }

    /// Parts of another connection stand in brackets.
    fn joined(&self, parts: &[Tree], word: &str) -> String {
        let part = |part: &Tree| match part.kind {
            TreeKind::And(_) | TreeKind::Or(_) => format!("({})", self.test(part)),
            _ => self.test(part),
        };
        parts.iter().map(part).collect::<Vec<_>>().join(word)
    }

    fn one_of(&self, choices: &[Tree]) -> String {
        let words: Vec<String> = choices.iter().map(|choice| self.value(choice)).collect();
        listed(&words, "or")
    }

    /// A name that is a condition by itself.
    fn flag(&self, name: &str) -> String {
        match self.vocabulary.definitions.get(name) {
            Some(means) => format!("\u{201c}{means}\u{201d}"),
            None => format!("{} is true", self.named(name)),
        }
    }

    fn named(&self, name: &str) -> String {
        if let Some(value) = self.constants.get(name) {
            return format!("{name} ({value})");
        }
        match self.vocabulary.fields.get(name) {
            // The name of what a table gives says more than "result of the table".
            Some(field) if field.label != name && (field.built_in || !field.source.is_empty()) => {
                format!("\u{201c}{}\u{201d}", field.label)
            }
            _ => name.replace('_', " "),
        }
    }

    fn value(&self, tree: &Tree) -> String {
        match &tree.kind {
            TreeKind::Literal(literal) => written(literal),
            TreeKind::Name(name) => self.named(name),
            TreeKind::Call { name, arguments, .. } => self.call(name, arguments),
            TreeKind::Negate(inner) => format!("minus {}", self.value(inner)),
            TreeKind::Arithmetic { operator, left, right } => {
                format!("{} {} {}", self.operand(left), operation(*operator), self.operand(right))
            }
            TreeKind::If { condition, then, otherwise } => {
                format!("{} if {}, else {}", self.value(then), self.test(condition), self.value(otherwise))
            }
            _ => self.test(tree),
        }
    }

    fn operand(&self, tree: &Tree) -> String {
        match tree.kind {
            TreeKind::Arithmetic { .. } | TreeKind::If { .. } => format!("({})", self.value(tree)),
            _ => self.value(tree),
        }
    }

    fn call(&self, name: &str, arguments: &[Tree]) -> String {
        let words: Vec<String> = arguments.iter().map(|argument| self.value(argument)).collect();
        match (name, &words[..]) {
            ("if_missing", [value, stand_in]) => format!("{value} (where not known, {stand_in})"),
            ("min", [only]) => format!("the least of {only}"),
            ("max", [only]) => format!("the greatest of {only}"),
            ("min", _) => format!("the least of {}", listed(&words, "and")),
            ("max", _) => format!("the greatest of {}", listed(&words, "and")),
            ("sum", [only]) => format!("the sum of {only}"),
            ("count", [only]) => format!("the number of {only}"),
            ("avg", [only]) => format!("the average of {only}"),
            ("abs", [only]) => format!("{only} without its sign"),
            ("round", [only]) => format!("{only}, rounded to whole units"),
            ("round", [value, step]) => format!("{value}, rounded to multiples of {step}"),
            ("days_between", [from, to]) => format!("days from {from} to {to}"),
            ("business_days_between", [from, to]) => format!("business days from {from} to {to}"),
            ("month", [date]) => format!("the month of {date}"),
            ("weekday", [date]) => format!("the day of the week of {date}"),
            ("lower", [text]) => format!("{text}, capital letters or not"),
            ("in_trial", [trial]) => format!("the customer is in the trial {trial}"),
            _ => format!("{name} of {}", listed(&words, "and")),
        }
    }

    /// A cell of a column: its ranges end with the last value that is in them, where there is one.
    pub fn cell(&self, text: &str, ty: &str) -> String {
        if text.trim() == "any" {
            return "any".to_owned();
        }
        let parts: Vec<String> = text.split('|').map(|part| self.alternative(part.trim(), ty)).collect();
        listed(&parts, "or")
    }

    fn alternative(&self, text: &str, ty: &str) -> String {
        if text == "missing" {
            return "not known".to_owned();
        }
        let Some((low, high)) = text.split_once("..") else { return self.end(text, ty) };
        let (low, high) = (low.trim(), high.trim());
        let last = last_before(high, ty);
        match (low.is_empty(), high.is_empty(), last) {
            (false, true, _) => format!("{} or more", self.end(low, ty)),
            (true, _, Some(last)) => format!("up to {}", with_unit(&last, ty)),
            (true, _, None) => format!("less than {}", self.end(high, ty)),
            (false, false, Some(last)) if ty == "days" => format!("{} to {}", bare(low), with_unit(&last, ty)),
            (false, false, Some(last)) => format!("{} to {last}", self.end(low, ty)),
            (false, false, None) => format!("{} to less than {}", self.end(low, ty), self.end(high, ty)),
        }
    }

    fn end(&self, text: &str, ty: &str) -> String {
        match self.constants.get(text) {
            Some(value) => format!("{text} ({value})"),
            None => with_unit(&text.replace('_', if text.starts_with(|c: char| c.is_ascii_digit()) { "\u{a0}" } else { "_" }), ty),
        }
    }
}

/// The greatest value below an upper end: only whole days and dates have one.
fn last_before(high: &str, ty: &str) -> Option<String> {
    match ty {
        "days" => bare(high).parse::<i64>().ok().map(|days| (days - 1).to_string()),
        "date" => Date::parse(high).map(|date| date.plus_days(-1).to_string()),
        _ => None,
    }
}

/// Days without their unit.
fn bare(text: &str) -> String {
    let plain = text.replace('_', "");
    plain.trim_end_matches("days").trim_end_matches("day").trim().to_owned()
}

fn with_unit(text: &str, ty: &str) -> String {
    match bare(text).parse::<i64>() {
        Ok(1 | -1) if ty == "days" => format!("{} day", bare(text)),
        Ok(_) if ty == "days" => format!("{} days", bare(text)),
        _ => text.to_owned(),
    }
}

/// Words with commas between them and a word before the last.
pub fn listed(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// With a capital letter.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn compared(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "is",
        Comparison::Different => "is not",
        Comparison::Less => "is less than",
        Comparison::AtMost => "is at most",
        Comparison::More => "is more than",
        Comparison::AtLeast => "is at least",
    }
}

fn tested(test: TextTest) -> &'static str {
    match test {
        TextTest::StartsWith => "starts with",
        TextTest::EndsWith => "ends with",
        TextTest::Contains => "contains",
    }
}

fn operation(operator: Operator) -> &'static str {
    match operator {
        Operator::Plus => "plus",
        Operator::Minus => "minus",
        Operator::Times => "times",
        Operator::Over => "divided by",
    }
}

fn written(literal: &Literal) -> String {
    let days = |count: i64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match literal {
        Literal::Number(millionths) => number(*millionths),
        Literal::Money(millionths, code) => format!("{}\u{a0}{code}", number(*millionths)),
        // A hundredth of a percent is a millionth times a hundred.
        Literal::Rate(millionths) => format!("{}%", number(millionths * 100)),
        Literal::Days(count) => days(*count, "day"),
        Literal::BusinessDays(count) => days(*count, "business day"),
        Literal::Months(count) => days(*count, "month"),
        Literal::Date(date) => date.to_string(),
        Literal::Text(text) => text.clone(),
        Literal::Bool(value) => value.to_string(),
    }
}

/// Millionths as a number, its digits in groups of three.
fn number(millionths: i64) -> String {
    let whole = (millionths / MILLION).unsigned_abs().to_string();
    let mut out = String::from(if millionths < 0 { "-" } else { "" });
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    let rest = (millionths % MILLION).unsigned_abs();
    if rest > 0 {
        out.push('.');
        out.push_str(format!("{rest:06}").trim_end_matches('0'));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_and_cells_read_as_sentences() {
        let vocabulary = Vocabulary::of(&[]);
        let constants = [("large".to_owned(), "10 000 EUR".to_owned())].into();
        let speaker = Speaker { vocabulary: &vocabulary, constants };
        let conditions = [
            ("exposure >= large", "\u{201c}All open items\u{201d} is at least large (10 000 EUR)"),
            ("legal_status in (in_court, bailiff)", "\u{201c}Legal situation\u{201d} is in court or bailiff"),
            (
                "not (phone is missing) and vulnerable",
                "Not (\u{201c}Telephone number\u{201d} is not known) and \u{201c}Vulnerable person\u{201d} is true",
            ),
            ("a = 1 or b > 2.5 and c < 30 days", "A is 1 or (b is more than 2.5 and c is less than 30 days)"),
            ("as_of <= d + 3 business days", "\u{201c}Run date\u{201d} is at most d plus 3 business days"),
            ("if_missing(x, 0%) > 80%", "X (where not known, 0%) is more than 80%"),
            ("x between 1_000 EUR and 2_000 EUR", "X is between 1\u{a0}000\u{a0}EUR and 2\u{a0}000\u{a0}EUR, both included"),
            ("x in key_accounts", "X is in the list key_accounts"),
        ];
        for (written, words) in conditions {
            assert_eq!(speaker.condition(written), words);
        }
        let cells = [
            ("30..60", "days", "30 to 59 days"),
            ("..30", "days", "up to 29 days"),
            ("120..", "days", "120 days or more"),
            ("5", "days", "5 days"),
            ("0..2", "number", "0 to less than 2"),
            ("500..1_000", "money", "500 to less than 1\u{a0}000"),
            ("..large", "money", "less than large (10 000 EUR)"),
            ("2026-01-01..2026-02-01", "date", "2026-01-01 to 2026-01-31"),
            ("a | missing", "enum", "a or not known"),
            ("any", "days", "any"),
        ];
        for (written, ty, words) in cells {
            assert_eq!(speaker.cell(written, ty), words, "{written}");
        }
        assert_eq!(
            speaker.formula("sum(amount_open) where days_past_due > 0 days"),
            "The sum of \u{201c}What is open\u{201d}, over open items for which \u{201c}Days since the due date, negative before it\u{201d} is more than 0 days"
        );
    }
}
