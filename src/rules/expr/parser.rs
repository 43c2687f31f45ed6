//! From tokens to a tree, by recursive descent. The first mistake ends the reading of an expression.

use super::check::NOTHING;
use super::foreign;
use super::lexer::{Lexeme, Token, tokens};
use super::literal::{date, is_currency_like, is_unit, number, quantity};
use super::tree::{Comparison, Literal, Operator, TextTest, Tree, TreeKind};
use crate::rules::codes;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::sources::Span;

/// Bytes an expression may have.
const MAX_LENGTH: usize = 64 << 10;
/// Levels of brackets, `not` and `if` an expression may have.
const MAX_DEPTH: usize = 48;

/// Words of the grammar: no field may have such a name.
pub const RESERVED: &[&str] = &[
    "and", "or", "not", "in", "between", "is", "known", "missing", "starts", "ends", "with", "contains", "if", "then", "else", "true",
    "false", "where", "any",
];

/// The result of reading: one mistake gives one message.
pub type Read<T> = Result<T, Box<Diagnostic>>;

/// Reads a whole expression.
pub fn expression(text: &str, place: Span) -> Read<Tree> {
    let mut parser = Parser::new(text, place)?;
    let tree = parser.or_expression()?;
    parser.end()?;
    Ok(tree)
}

/// Reads the formula of a derived field: an expression, and the condition after `where`.
pub fn formula(text: &str, place: Span) -> Read<(Tree, Option<Tree>)> {
    let mut parser = Parser::new(text, place)?;
    let tree = parser.or_expression()?;
    let filter = if parser.word("where") { Some(parser.or_expression()?) } else { None };
    parser.end()?;
    Ok((tree, filter))
}

struct Parser<'t> {
    text: &'t str,
    place: Span,
    tokens: Vec<Lexeme<'t>>,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, place: Span) -> Read<Parser<'t>> {
        if text.len() > MAX_LENGTH {
            let start = Span { end: place.start, ..place };
            let found = Diagnostic::error(codes::TOO_LARGE, start, "this expression is longer than 64 KiB");
            return Err(Box::new(found.help("long lists of values belong under `lists:`, intermediate results in tables")));
        }
        Ok(Parser { text, place, tokens: tokens(text, place)?, at: 0, depth: 0 })
    }

    fn peek(&self) -> Lexeme<'t> {
        self.tokens.get(self.at).copied().unwrap_or(Lexeme { token: Token::End, span: self.place.at_end() })
    }

    fn advance(&mut self) -> Lexeme<'t> {
        let lexeme = self.peek();
        self.at += 1;
        lexeme
    }

    fn word(&mut self, word: &str) -> bool {
        self.take(Token::Word(word))
    }

    fn take(&mut self, token: Token<'_>) -> bool {
        let found = self.peek().token == token;
        self.at += usize::from(found);
        found
    }

    fn last_span(&self) -> Span {
        self.tokens.get(self.at.wrapping_sub(1)).map_or(self.place, |lexeme| lexeme.span)
    }

    fn written(&self, span: Span) -> &'t str {
        let from = span.start.saturating_sub(self.place.start) as usize;
        let to = span.end.saturating_sub(self.place.start) as usize;
        self.text.get(from..to).unwrap_or("")
    }

    fn end(&self) -> Read<()> {
        let lexeme = self.peek();
        match lexeme.token {
            Token::End => Ok(()),
            Token::Sign(")") => Err(fault(lexeme.span, "this bracket closes nothing")),
            Token::Word(word) if foreign_word(word).is_some() => Err(written_otherwise(word, lexeme.span)),
            Token::Sign(",") if self.bare_list().is_some() => Err(self.without_brackets()),
            _ => Err(fault(lexeme.span, format!("the expression should end before \"{}\"", self.written(lexeme.span)))
                .map_help("join two conditions with `and` or `or`")),
        }
    }

    /// The values of `field in a, b, c`, where the text is read up to the first comma and nothing stands behind the last.
    fn bare_list(&self) -> Option<Span> {
        let word = |at: usize| match self.tokens.get(at)?.token {
            Token::Word(word) if !RESERVED.contains(&word) => Some(()),
            Token::Text(_) => Some(()),
            _ => None,
        };
        let first = self.at.checked_sub(1)?;
        (self.tokens.get(first.checked_sub(1)?)?.token == Token::Word("in")).then_some(())?;
        word(first)?;
        let mut last = first;
        while self.tokens.get(last + 1).is_some_and(|next| next.token == Token::Sign(",")) && word(last + 2).is_some() {
            last += 2;
        }
        Some(self.tokens.get(first)?.span.to(self.tokens.get(last)?.span))
    }

    fn without_brackets(&self) -> Box<Diagnostic> {
        let span = self.bare_list().unwrap_or(self.peek().span);
        fault(span, "the values of a list stand between brackets").map_write(&format!("({})", self.written(span)))
    }

    fn expected(&self, what: &str) -> Box<Diagnostic> {
        let lexeme = self.peek();
        match lexeme.token {
            Token::End => fault(self.place.at_end(), format!("{what} is missing at the end")),
            _ => fault(lexeme.span, format!("{what} should stand here, not \"{}\"", self.written(lexeme.span))),
        }
    }

    fn expect(&mut self, token: Token<'_>, what: &str) -> Read<()> {
        if self.take(token) { Ok(()) } else { Err(self.expected(what)) }
    }

    /// One level deeper, within bounds.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth == MAX_DEPTH {
            return Err(fault(self.peek().span, "this expression is nested too deep").map_help("give parts of it a name under `define:`"));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn or_expression(&mut self) -> Read<Tree> {
        self.nested(|parser| parser.joined("or", Self::and_expression, TreeKind::Or))
    }

    fn and_expression(&mut self) -> Read<Tree> {
        self.joined("and", Self::not_expression, TreeKind::And)
    }

    fn joined(&mut self, word: &str, part: fn(&mut Self) -> Read<Tree>, join: fn(Vec<Tree>) -> TreeKind) -> Read<Tree> {
        let first = part(self)?;
        let mut parts = vec![first];
        while self.word(word) {
            parts.push(part(self)?);
        }
        if parts.len() == 1 {
            return Ok(parts.remove(0));
        }
        let span = parts[0].span.to(parts[parts.len() - 1].span);
        Ok(Tree { kind: join(parts), span })
    }

    fn not_expression(&mut self) -> Read<Tree> {
        let start = self.peek().span;
        if !self.word("not") {
            return self.comparison();
        }
        let inner = self.nested(Self::not_expression)?;
        let span = start.to(inner.span);
        Ok(Tree { kind: TreeKind::Not(Box::new(inner)), span })
    }

    fn comparison(&mut self) -> Read<Tree> {
        let left = self.sum()?;
        let lexeme = self.peek();
        if let Token::Sign(sign) = lexeme.token
            && let Some(comparison) = Comparison::of_sign(sign)
        {
            self.advance();
            return self.compared(left, comparison);
        }
        if self.word("is") {
            return self.known_or_missing(left);
        }
        if let Token::Word(test @ ("known" | "missing")) = lexeme.token {
            let span = left.span.to(lexeme.span);
            let ours = format!("{} is {test}", self.written(left.span));
            return Err(fault(span, format!("\"{test}\" is asked for with \"is\"")).map_write(&ours));
        }
        let negated = self.word("not");
        let tree = self.word_test(left)?;
        match tree {
            (tree, true) if negated => {
                let span = tree.span;
                Ok(Tree { kind: TreeKind::Not(Box::new(tree)), span })
            }
            (_, false) if negated => Err(self.expected("`in`, `between`, `starts with`, `ends with` or `contains`")),
            (tree, _) => Ok(tree),
        }
    }

    fn compared(&mut self, left: Tree, comparison: Comparison) -> Read<Tree> {
        let next = self.peek();
        if let (Token::Word(test @ ("known" | "missing")), Comparison::Equal | Comparison::Different) = (next.token, comparison) {
            let asked = if comparison == Comparison::Equal { test } else { if test == "known" { "missing" } else { "known" } };
            let ours = format!("{} is {asked}", self.written(left.span));
            let found = fault(left.span.to(next.span), format!("\"{test}\" is asked for with \"is\""));
            return Err(found.map_write(&ours));
        }
        let right = self.sum()?;
        let span = left.span.to(right.span);
        if let Token::Sign(sign) = self.peek().token
            && let Some(second) = Comparison::of_sign(sign)
        {
            self.advance();
            let last = self.sum()?;
            return Err(self.chained(&left, comparison, &right, second, &last));
        }
        Ok(Tree { kind: TreeKind::Compare { comparison, left: Box::new(left), right: Box::new(right) }, span })
    }

    fn chained(&self, left: &Tree, first: Comparison, middle: &Tree, second: Comparison, right: &Tree) -> Box<Diagnostic> {
        let middle_text = self.written(middle.span);
        let rewritten = format!(
            "{middle_text} {} {} and {middle_text} {} {}",
            first.mirrored().sign(),
            self.written(left.span),
            second.sign(),
            self.written(right.span)
        );
        let found = Diagnostic::error(codes::CHAINED, left.span.to(right.span), "comparisons cannot be chained");
        Box::new(found.help(format!("write: {rewritten}")).replace(rewritten))
    }

    fn known_or_missing(&mut self, left: Tree) -> Read<Tree> {
        let negated = self.word("not");
        let known = if self.word("known") {
            true
        } else if self.word("missing") {
            false
        } else {
            let next = self.peek();
            let nothing = matches!(next.token, Token::Word(word) if NOTHING.contains(&word.to_lowercase().as_str()));
            let found = self.expected("`known` or `missing`");
            return Err(if nothing { found.map_write("missing") } else { found });
        };
        let span = left.span.to(self.last_span());
        let test = Tree { kind: TreeKind::IsKnown(Box::new(left)), span };
        if known != negated { Ok(test) } else { Ok(Tree { kind: TreeKind::Not(Box::new(test)), span }) }
    }

    /// Tests that begin with a word; the flag says whether there was one.
    fn word_test(&mut self, left: Tree) -> Read<(Tree, bool)> {
        if self.word("in") {
            return self.membership(left).map(|tree| (tree, true));
        }
        if self.word("between") {
            return self.between(left).map(|tree| (tree, true));
        }
        let test = if self.word("starts") {
            self.expect(Token::Word("with"), "`with`")?;
            TextTest::StartsWith
        } else if self.word("ends") {
            self.expect(Token::Word("with"), "`with`")?;
            TextTest::EndsWith
        } else if self.word("contains") {
            TextTest::Contains
        } else {
            return Ok((left, false));
        };
        let with = self.sum()?;
        let span = left.span.to(with.span);
        Ok((Tree { kind: TreeKind::TextTest { test, value: Box::new(left), with: Box::new(with) }, span }, true))
    }

    fn membership(&mut self, value: Tree) -> Read<Tree> {
        let lexeme = self.advance();
        match lexeme.token {
            Token::Word(list) if !RESERVED.contains(&list) => {
                let span = value.span.to(lexeme.span);
                let kind = TreeKind::InList { value: Box::new(value), list: list.to_owned(), list_span: lexeme.span };
                Ok(Tree { kind, span })
            }
            Token::Sign("(") => {
                let choices = self.arguments(Self::sum)?;
                let span = value.span.to(self.last_span());
                Ok(Tree { kind: TreeKind::OneOf { value: Box::new(value), choices }, span })
            }
            _ => {
                self.at -= 1;
                Err(self.expected("a list: (a, b) or the name of a list"))
            }
        }
    }

    fn between(&mut self, value: Tree) -> Read<Tree> {
        let low = self.sum()?;
        self.expect(Token::Word("and"), "`and`")?;
        let high = self.sum()?;
        let span = value.span.to(high.span);
        Ok(Tree { kind: TreeKind::Between { value: Box::new(value), low: Box::new(low), high: Box::new(high) }, span })
    }

    /// At least one argument, up to and with the closing bracket.
    fn arguments(&mut self, part: fn(&mut Self) -> Read<Tree>) -> Read<Vec<Tree>> {
        let mut list = vec![part(self)?];
        while self.take(Token::Sign(",")) {
            list.push(part(self)?);
        }
        self.expect(Token::Sign(")"), "a comma or a closing bracket")?;
        Ok(list)
    }

    fn sum(&mut self) -> Read<Tree> {
        self.operations(Self::product, &[("+", Operator::Plus), ("-", Operator::Minus)])
    }

    fn product(&mut self) -> Read<Tree> {
        self.operations(Self::unary, &[("*", Operator::Times), ("/", Operator::Over)])
    }

    fn operations(&mut self, part: fn(&mut Self) -> Read<Tree>, operators: &[(&'static str, Operator)]) -> Read<Tree> {
        let mut left = part(self)?;
        let mut terms = 1;
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.peek().token == Token::Sign(sign)) {
            terms += 1;
            if terms > MAX_DEPTH {
                return Err(fault(self.peek().span, "this sum has too many terms").map_help("split it with a derived field"));
            }
            self.advance();
            let right = part(self)?;
            let span = left.span.to(right.span);
            left = Tree { kind: TreeKind::Arithmetic { operator: *operator, left: Box::new(left), right: Box::new(right) }, span };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Read<Tree> {
        let start = self.peek().span;
        if !self.take(Token::Sign("-")) {
            return self.primary();
        }
        let inner = self.primary()?;
        let span = start.to(inner.span);
        Ok(Tree { kind: TreeKind::Negate(Box::new(inner)), span })
    }

    fn primary(&mut self) -> Read<Tree> {
        let Lexeme { token, span } = self.peek();
        match token {
            Token::Number(digits) => self.number(digits, span),
            Token::Date(text) => {
                self.advance();
                Ok(Tree { kind: TreeKind::Literal(Literal::Date(date(text, span)?)), span })
            }
            Token::Text(text) => {
                self.advance();
                Ok(Tree { kind: TreeKind::Literal(Literal::Text(text.to_owned())), span })
            }
            Token::Sign("(") => self.bracketed(),
            Token::Word("if") => self.choice(),
            Token::Word(word @ ("true" | "false")) => {
                self.advance();
                Ok(Tree { kind: TreeKind::Literal(Literal::Bool(word == "true")), span })
            }
            Token::Word(word) if !RESERVED.contains(&word) => self.name(word, span),
            Token::Sign(sign @ (">" | ">=" | "<" | "<=")) => {
                Err(self.expected("a value").map_help(format!("write what is {sign} something")))
            }
            _ => Err(self.expected("a value")),
        }
    }

    fn bracketed(&mut self) -> Read<Tree> {
        let open = self.advance().span;
        let inner = self.or_expression()?;
        self.expect(Token::Sign(")"), "a closing bracket")?;
        Ok(Tree { kind: inner.kind, span: open.to(self.last_span()) })
    }

    fn choice(&mut self) -> Read<Tree> {
        let start = self.advance().span;
        let condition = self.or_expression()?;
        self.expect(Token::Word("then"), "`then`")?;
        let then = self.or_expression()?;
        self.expect(Token::Word("else"), "`else`")?;
        let otherwise = self.or_expression()?;
        let span = start.to(otherwise.span);
        Ok(Tree { kind: TreeKind::If { condition: Box::new(condition), then: Box::new(then), otherwise: Box::new(otherwise) }, span })
    }

    fn name(&mut self, word: &'t str, span: Span) -> Read<Tree> {
        self.advance();
        if foreign_word(word).is_some() {
            return Err(written_otherwise(word, span));
        }
        if let Token::Number(digits) = self.peek().token
            && is_currency_like(word)
        {
            let ours = format!("{digits} {word}");
            return Err(fault(span.to(self.peek().span), "the currency stands behind the number").map_write(&ours));
        }
        if !self.take(Token::Sign("(")) {
            return Ok(Tree { kind: TreeKind::Name(word.to_owned()), span });
        }
        let arguments = if self.take(Token::Sign(")")) { Vec::new() } else { self.arguments(Self::or_expression)? };
        let kind = TreeKind::Call { name: word.to_owned(), name_span: span, arguments };
        Ok(Tree { kind, span: span.to(self.last_span()) })
    }

    /// What stands for ours behind a number, and of how many words it is.
    fn unit_of_another_desk(&self, digits: &str) -> Option<(String, usize)> {
        let word = |at: usize| match self.tokens.get(at)?.token {
            Token::Word(word) if !RESERVED.contains(&word) => Some(word),
            _ => None,
        };
        let unit = word(self.at).filter(|unit| *unit != "business" && !is_unit(unit) && !is_currency_like(unit))?;
        foreign::unit(digits, unit, word(self.at + 1))
    }

    fn number(&mut self, digits: &str, span: Span) -> Read<Tree> {
        self.advance();
        let value = number(digits, span)?;
        let next = self.peek();
        if let Some((ours, words)) = self.unit_of_another_desk(digits) {
            (0..words).for_each(|_| {
                self.advance();
            });
            let whole = span.to(self.last_span());
            let message = format!("\"{}\" is written {ours} here", self.written(whole));
            return Err(Box::new(Diagnostic::error(codes::UNKNOWN_UNIT, whole, message)).map_write(&ours));
        }
        let literal = match next.token {
            Token::Sign("%") => {
                self.advance();
                quantity(value, "%", false, span.to(next.span))?
            }
            Token::Word("business") => {
                self.advance();
                let Token::Word(unit) = self.peek().token else { return Err(self.expected("`days`")) };
                let unit_span = self.advance().span;
                quantity(value, unit, true, span.to(unit_span))?
            }
            Token::Word(unit) if !RESERVED.contains(&unit) => {
                self.advance();
                quantity(value, unit, false, next.span)?
            }
            _ => Literal::Number(value),
        };
        Ok(Tree { kind: TreeKind::Literal(literal), span: span.to(self.last_span()) })
    }
}

fn foreign_word(word: &str) -> Option<&'static str> {
    let words = [
        ("AND", "and"),
        ("OR", "or"),
        ("NOT", "not"),
        ("IN", "in"),
        ("BETWEEN", "between"),
        ("IS", "is"),
        ("TRUE", "true"),
        ("FALSE", "false"),
    ];
    words.iter().find(|(foreign, _)| *foreign == word).map(|(_, ours)| *ours)
}

fn written_otherwise(word: &str, span: Span) -> Box<Diagnostic> {
    let ours = foreign_word(word).unwrap_or(word);
    fault(span, format!("\"{word}\" is written \"{ours}\" here")).map_replace(ours)
}

fn fault(span: Span, message: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(codes::SYNTAX, span, message))
}

/// Additions to a boxed finding.
trait Amend {
    fn map_help(self, help: impl Into<String>) -> Self;
    fn map_replace(self, text: &str) -> Self;
    fn map_write(self, text: &str) -> Self;
}

impl Amend for Box<Diagnostic> {
    fn map_help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    fn map_replace(self, text: &str) -> Self {
        Box::new((*self).replace(text))
    }

    fn map_write(self, text: &str) -> Self {
        Box::new((*self).label(format!("write {text}")).replace(text))
    }
}
