//! Cells of decision tables: `any`, values, half-open ranges and `missing`, joined by `|`.

use super::condition::{as_condition, compared};
use super::{Checker, Value};
use crate::base::date::Date;
use crate::base::money::format_amount;
use crate::rules::codes;
use crate::rules::context::Context;
use crate::rules::diagnostics::Diagnostic;
use crate::rules::document::Node;
use crate::rules::expr::foreign;
use crate::rules::expr::literal::MILLION;
use crate::rules::expr::tree::{Comparison, Tree, TreeKind};
use crate::rules::expr::typed::{Condition, Term};
use crate::rules::names::ValueType;
use crate::rules::program::{Grain, Type};
use crate::rules::sources::{Span, count};

/// Comparisons as people begin a cell with them, longest first.
const COMPARISONS: &[(&str, Comparison)] = &[
    (">=", Comparison::AtLeast),
    ("=>", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("=<", Comparison::AtMost),
    ("≥", Comparison::AtLeast),
    ("≤", Comparison::AtMost),
    (">", Comparison::More),
    ("<", Comparison::Less),
];

/// A column of a grid: what its cells are compared with.
pub struct CellColumn {
    value: Value,
    ty: Type,
}

impl Context<'_> {
    /// The field or definition a column is named after.
    pub fn cell_column(&mut self, name: &str, span: Span, grain: Grain) -> Option<CellColumn> {
        let tree = Tree { kind: TreeKind::Name(name.to_owned()), span };
        let value = Checker::new(self, grain).value(&tree, None)?;
        match value.ty.clone() {
            ValueType::Plain(Type::Tags(_)) => {
                let found = Diagnostic::error(codes::TYPES_DIFFER, span, format!("\"{name}\" is a set of tags: it cannot be a column"));
                self.findings.push(found.help("use `rules:` with tags contains …"));
                None
            }
            ValueType::Plain(ty) => Some(CellColumn { value, ty }),
            _ => None,
        }
    }

    /// What a cell asks of its column.
    pub fn cell(&mut self, node: &Node, column: &CellColumn) -> Option<Condition> {
        let (source, span) = self.expression_source(node)?;
        if source.trim() == "any" {
            return Some(Condition::Always(true));
        }
        let mut parts = Vec::new();
        let mut at = 0;
        for part in source.split('|') {
            let place = trimmed(part, at, span);
            parts.push(self.alternative(part.trim(), place, column));
            at += part.len() + 1;
        }
        let mut parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
        if parts.len() == 1 { parts.pop() } else { Some(Condition::Any(parts.into())) }
    }

    fn alternative(&mut self, text: &str, span: Span, column: &CellColumn) -> Option<Condition> {
        if text.is_empty() {
            self.error(codes::SYNTAX, span, "a value is missing beside |");
            return None;
        }
        if text == "missing" {
            return self.missing_cell(span, column);
        }
        if let Some((sign, comparison)) = COMPARISONS.iter().find(|(sign, _)| text.starts_with(sign)) {
            self.refuse_comparison(&text[sign.len()..], *comparison, span, column);
            return None;
        }
        if let Some(range) = dashed(text).filter(|_| column.value.ty.is_ordered() && column.ty != Type::Date) {
            let found = Diagnostic::error(codes::SYNTAX, span, "a range is written with two points, not with a dash");
            let found = found.help(format!("write {range}: the lower end of a range belongs to it, the upper end does not"));
            self.findings.push(found);
            return None;
        }
        match text.split_once("..") {
            Some((low, high)) => self.range(low, high, span, column),
            None if column.ty == Type::Bool => self.flag_cell(text, span, column),
            None => {
                let cell = column.constant(self.written_constant(text, span, &column.ty)?, span);
                self.check_code(&column.value, &cell);
                Some(compared(Comparison::Equal, column.value.clone(), cell))
            }
        }
    }

    /// A comparison with a value: told with the range that says the same, where there is one.
    fn refuse_comparison(&mut self, value: &str, comparison: Comparison, span: Span, column: &CellColumn) {
        if !column.value.ty.is_ordered() {
            return self.error(codes::TYPES_DIFFER, span, format!("{} has no order, so no comparison", column.value.ty.words()));
        }
        let end = span.end - span.start;
        let place = trimmed(value, end as usize - value.len(), span);
        // A number of another desk is mended together with the comparison: each fix alone would leave a mistake.
        let ours = foreign::rewritten(value.trim(), place);
        let value = ours.as_deref().unwrap_or(value);
        let Some(cell) = self.written_constant(value.trim(), place, &column.ty) else { return };
        let found = Diagnostic::error(codes::SYNTAX, span, "a cell holds a value or a range, not a comparison");
        let limit = match comparison {
            Comparison::AtLeast | Comparison::Less => Some(value.trim().to_owned()),
            _ => self.following(cell, column),
        };
        let found = found.note("the lower end of a range belongs to it, the upper end does not");
        self.findings.push(match (limit, comparison) {
            (Some(limit), Comparison::AtLeast | Comparison::More) => found.label(format!("write {limit}..")).replace(format!("{limit}..")),
            (Some(limit), _) => found.label(format!("write ..{limit}")).replace(format!("..{limit}")),
            (None, _) => found.help("write the row under `rules:` instead, with `when:` and the comparison"),
        });
    }

    /// The least value above one, as it is written; `None` where there is no such value.
    fn following(&self, cell: i64, column: &CellColumn) -> Option<String> {
        let whole = matches!(column.value.term, Term::Field(field) if self.names.ranges.get(&field).is_some_and(|range| range.whole));
        match column.ty {
            Type::Days => Some(format!("{}", cell.checked_add(1)?)),
            Type::Date => Some(Date(i32::try_from(cell.checked_add(1)?).ok()?).to_string()),
            Type::Money => {
                let currency = self.names.currency;
                Some(format!("{} {currency}", format_amount(i128::from(cell) + 1, currency.digits())))
            }
            Type::Number if whole => Some(format!("{}", cell / MILLION + 1)),
            _ => None,
        }
    }

    fn missing_cell(&mut self, span: Span, column: &CellColumn) -> Option<Condition> {
        match column.value.term {
            Term::Field(field) if self.names.optional.contains(&field) => Some(Condition::Not(Box::new(Condition::Known(field)))),
            _ => {
                self.error(codes::ALWAYS_KNOWN, span, "this column is never missing");
                None
            }
        }
    }

    fn flag_cell(&mut self, text: &str, span: Span, column: &CellColumn) -> Option<Condition> {
        match text {
            "true" => Some(as_condition(column.value.clone())),
            "false" => Some(compared(Comparison::Equal, column.value.clone(), column.constant(0, span))),
            _ => {
                self.error(codes::YES_NO, span, format!("\"{text}\" is neither true nor false"));
                None
            }
        }
    }

    /// Lower end included, upper end not.
    fn range(&mut self, low: &str, high: &str, span: Span, column: &CellColumn) -> Option<Condition> {
        if !column.value.ty.is_ordered() {
            self.error(codes::TYPES_DIFFER, span, format!("{} has no order, so no range", column.value.ty.words()));
            return None;
        }
        if low.trim().is_empty() && high.trim().is_empty() {
            self.findings.push(Diagnostic::error(codes::SYNTAX, span, "a range needs at least one end").help("write any"));
            return None;
        }
        let low_span = trimmed(low, 0, span);
        let high_span = trimmed(high, low.len() + 2, span);
        let ends = [(low, low_span, Comparison::AtLeast), (high, high_span, Comparison::Less)];
        let mut tests = Vec::new();
        let mut cells = Vec::new();
        for (text, place, comparison) in ends.into_iter().filter(|(text, ..)| !text.trim().is_empty()) {
            let cell = self.written_constant(text.trim(), place, &column.ty)?;
            cells.push(cell);
            tests.push(compared(comparison, column.value.clone(), column.constant(cell, place)));
        }
        if let [low, high] = cells[..]
            && low >= high
        {
            let found = Diagnostic::error(
                codes::EMPTY_RANGE,
                span,
                "this range holds no value: its upper end, which is not included, is not above its lower end",
            );
            self.findings.push(found);
            return None;
        }
        Some(Condition::All(tests.into()))
    }
}

impl CellColumn {
    fn constant(&self, cell: i64, span: Span) -> Value {
        Value::constant(self.value.ty.clone(), cell, span)
    }
}

/// `30-60` as a range; `None` where the dash is none of a range.
fn dashed(text: &str) -> Option<String> {
    let (low, high) = text.split_once('-')?;
    let starts_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let (low, high) = (low.trim(), high.trim());
    (starts_with_digit(low) && starts_with_digit(high) && !high.contains('-')).then(|| format!("{low}..{high}"))
}

/// The place of a part of a scalar without the blanks around it.
fn trimmed(part: &str, at: usize, within: Span) -> Span {
    let lead = part.len() - part.trim_start().len();
    let start = within.start + count(at + lead);
    Span { file: within.file, start, end: start + count(part.trim().len()) }
}
