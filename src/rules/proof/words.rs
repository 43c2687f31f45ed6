//! Examples in an analyst's words: `oldest_days_past_due = 60 days, broken_promises_12m = 0`.

use std::collections::BTreeSet;

use crate::base::date::Date;
use crate::rules::expr::literal::{millionths, percent};
use crate::rules::expr::typed::{Condition, Term, TextRelation};
use crate::rules::program::{Cell, FieldId, Type};
use crate::rules::proof::Facets;
use crate::rules::proof::leaf::Axis;
use crate::rules::proof::space::{Bin, UNIT};
use crate::rules::proof::table::Witness;

/// Axes written out in one example.
const SHOWN: usize = 8;

impl Facets<'_> {
    /// An example row; `any row` where nothing matters.
    pub fn words(&self, witness: &Witness, opaque: &[(&Condition, bool)]) -> String {
        if witness.sides.is_empty() {
            return "any row".to_owned();
        }
        let mut words: Vec<String> = witness.sides.iter().take(SHOWN).map(|(axis, bin)| self.side(*axis, *bin, opaque)).collect();
        if witness.sides.len() > SHOWN {
            words.push("…".to_owned());
        }
        words.join(", ")
    }

    fn side(&self, axis: Axis, bin: Bin, opaque: &[(&Condition, bool)]) -> String {
        match axis {
            Axis::Field(field) => self.field_words(field, bin),
            Axis::Tag(field, bit) => {
                let verb = if bin.cell() == 1 { "contains" } else { "does not contain" };
                format!("{} {verb} {}", self.name(field), self.member(field, Cell::from(bit)))
            }
            Axis::Today => format!("as_of = {}", self.plain(&Type::Date, self.example(axis, bin))),
            Axis::Opaque(at) => {
                let (condition, denied) = opaque.get(at).copied().unwrap_or((&Condition::Always(true), false));
                let holds = (bin.cell() == 1) != denied;
                let words = self.condition(condition);
                if holds { words } else { format!("not {words}") }
            }
        }
    }

    fn name(&self, field: FieldId) -> &str {
        &self.fields[field.0 as usize].name
    }

    fn member(&self, field: FieldId, at: Cell) -> String {
        match &self.fields[field.0 as usize].ty {
            Type::Enum(values) | Type::Tags(values) => usize::try_from(at).ok().and_then(|at| values.get(at)).cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// A condition that is no test of one field against constants.
    fn condition(&self, condition: &Condition) -> String {
        match condition {
            Condition::Compare(compare) => {
                let hint = self.hint(&compare.left).or_else(|| self.hint(&compare.right));
                let (left, right) = (self.term(&compare.left, hint), self.term(&compare.right, hint));
                format!("({left} {} {right})", compare.comparison.sign())
            }
            Condition::Text(compare) => {
                let (value, with) = (self.term(&compare.value, Some(&Type::Text)), self.term(&compare.with, Some(&Type::Text)));
                let verb = match compare.test {
                    TextRelation::Equals => "=",
                    TextRelation::StartsWith => "starts with",
                    TextRelation::EndsWith => "ends with",
                    TextRelation::Contains => "contains",
                };
                if compare.folded { format!("(lower({value}) {verb} {with})") } else { format!("({value} {verb} {with})") }
            }
            Condition::HasValue(expression) => format!("({} is known)", self.term(&expression.term, None)),
            other => format!("(what is asked of {})", self.fields_of(other)),
        }
    }

    /// The type of the first field of a term, which is that of the constants beside it.
    fn hint(&self, term: &Term) -> Option<&Type> {
        match term {
            Term::Field(field) => Some(&self.fields[field.0 as usize].ty),
            Term::Today => Some(&Type::Date),
            Term::Negate(inner) | Term::Absolute(inner) | Term::Refine(inner, _) | Term::Round(inner, _) | Term::Coarsen(inner, _) => {
                self.hint(inner)
            }
            Term::Add(pair) | Term::Subtract(pair) | Term::IfMissing(pair) => self.hint(&pair[0]).or_else(|| self.hint(&pair[1])),
            Term::Least(parts) | Term::Greatest(parts) => parts.iter().find_map(|part| self.hint(part)),
            _ => None,
        }
    }

    /// A term as rules write it; what has no short form is an ellipsis.
    fn term(&self, term: &Term, hint: Option<&Type>) -> String {
        let pair = |pair: &[Term; 2], sign: &str| format!("{} {sign} {}", self.term(&pair[0], hint), self.term(&pair[1], hint));
        let counted = |term: &Term, unit: &str| match term {
            Term::Constant(count) => format!("{count} {unit}"),
            other => self.term(other, None),
        };
        match term {
            Term::Constant(value) => match (hint, Cell::try_from(*value)) {
                (Some(Type::Text), Ok(code)) => {
                    usize::try_from(code).ok().and_then(|at| self.texts.texts.get(at)).map_or("…".to_owned(), |text| format!("'{text}'"))
                }
                (Some(ty), Ok(cell)) => self.plain(ty, cell),
                _ => "…".to_owned(),
            },
            Term::Field(field) => self.name(*field).to_owned(),
            Term::Today => "as_of".to_owned(),
            Term::Negate(inner) => format!("-{}", self.term(inner, hint)),
            Term::Refine(inner, _) | Term::Round(inner, _) | Term::Coarsen(inner, _) => self.term(inner, hint),
            Term::Add(parts) => pair(parts, "+"),
            Term::Subtract(parts) => pair(parts, "-"),
            Term::Multiply(parts) => format!("{} * {}", self.term(&parts[0], None), self.term(&parts[1], None)),
            Term::Divide(parts, _) => format!("{} / {}", self.term(&parts[0], None), self.term(&parts[1], None)),
            Term::IfMissing(parts) => format!("if_missing({}, {})", self.term(&parts[0], hint), self.term(&parts[1], hint)),
            Term::AddBusinessDays(parts) => format!("{} + {}", self.term(&parts[0], hint), counted(&parts[1], "business days")),
            Term::AddMonths(parts) => format!("{} + {}", self.term(&parts[0], hint), counted(&parts[1], "months")),
            _ => "…".to_owned(),
        }
    }

    /// The fields a condition reads, as a person would list them.
    fn fields_of(&self, condition: &Condition) -> String {
        let mut fields = BTreeSet::new();
        condition.visit_fields(&mut |field, _| {
            fields.insert(field);
        });
        let names: Vec<&str> = fields.into_iter().map(|field| self.name(field)).collect();
        if names.is_empty() { "the run date".to_owned() } else { names.join(" and ") }
    }

    fn field_words(&self, field: FieldId, bin: Bin) -> String {
        let name = self.name(field);
        match bin {
            Bin::Missing => format!("{name} is missing"),
            Bin::OtherText => format!("{name} = any other text"),
            Bin::Cells(..) => format!("{name} = {}", self.value(field, self.example(Axis::Field(field), bin))),
        }
    }

    /// A value of a field as rules write it.
    pub fn value(&self, field: FieldId, cell: Cell) -> String {
        match &self.fields[field.0 as usize].ty {
            Type::Enum(_) => self.member(field, cell),
            Type::Text => {
                let text = usize::try_from(cell).ok().and_then(|at| self.texts.texts.get(at));
                text.map_or_else(|| "any other text".to_owned(), |text| format!("'{text}'"))
            }
            ty => self.plain(ty, cell),
        }
    }

    fn plain(&self, ty: &Type, cell: Cell) -> String {
        match ty {
            Type::Money => {
                let unit = self.currency.unit();
                let sign = if cell < 0 { "-" } else { "" };
                let (whole, part) = (cell.unsigned_abs() / unit.unsigned_abs(), cell.unsigned_abs() % unit.unsigned_abs());
                let digits = self.currency.digits() as usize;
                if part == 0 {
                    format!("{sign}{whole} {}", self.currency)
                } else {
                    format!("{sign}{whole}.{part:0digits$} {}", self.currency)
                }
            }
            Type::Days => format!("{cell} {}", if cell.unsigned_abs() == 1 { "day" } else { "days" }),
            Type::Date => i32::try_from(cell).map_or_else(|_| cell.to_string(), |day| Date(day).to_string()),
            Type::Rate => percent(cell),
            Type::Number => millionths(cell),
            Type::Bool => (cell == 1).to_string(),
            Type::Text | Type::Enum(_) | Type::Tags(_) => cell.to_string(),
        }
    }

    /// The cell of a bin that a person would name: zero, the end at a threshold, a round number.
    pub fn example(&self, axis: Axis, bin: Bin) -> Cell {
        let Bin::Cells(low, high) = bin else { return bin.cell() };
        let today = Cell::from(self.first.0);
        let is_date = matches!(axis, Axis::Field(field) if self.fields[field.0 as usize].ty == Type::Date);
        if is_date && (low..=high).contains(&today) {
            return today;
        }
        if low == self.domain(axis).0 && axis != Axis::Today {
            if (low..=high).contains(&0) {
                return 0;
            }
            if matches!(axis, Axis::Field(field) if self.marks.ranges.get(&field).is_none_or(|range| range.low.is_none())) {
                return rounded(high, self.step(axis), true).filter(|cell| *cell >= low).unwrap_or(high);
            }
        }
        rounded(low, self.step(axis), false).filter(|cell| *cell <= high).unwrap_or(low)
    }

    fn step(&self, axis: Axis) -> Cell {
        match axis {
            Axis::Field(field) => match self.fields[field.0 as usize].ty {
                Type::Number => UNIT,
                Type::Rate => UNIT / 100,
                _ => 1,
            },
            _ => 1,
        }
    }
}

/// The nearest multiple below or above.
fn rounded(cell: Cell, step: Cell, down: bool) -> Option<Cell> {
    let below = cell.div_euclid(step).checked_mul(step)?;
    if down || below == cell { Some(below) } else { below.checked_add(step) }
}
