//! An expression as it was written: names and units not yet looked up.

use crate::base::date::Date;
use crate::rules::sources::Span;

/// A part of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    pub kind: TreeKind,
    pub span: Span,
}

/// What a part of an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeKind {
    Literal(Literal),
    Name(String),
    Call {
        name: String,
        name_span: Span,
        arguments: Vec<Tree>,
    },
    Not(Box<Tree>),
    Negate(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Compare {
        comparison: Comparison,
        left: Box<Tree>,
        right: Box<Tree>,
    },
    /// In a list written out.
    OneOf {
        value: Box<Tree>,
        choices: Vec<Tree>,
    },
    /// In a list with a name.
    InList {
        value: Box<Tree>,
        list: String,
        list_span: Span,
    },
    /// Both ends included.
    Between {
        value: Box<Tree>,
        low: Box<Tree>,
        high: Box<Tree>,
    },
    IsKnown(Box<Tree>),
    TextTest {
        test: TextTest,
        value: Box<Tree>,
        with: Box<Tree>,
    },
    If {
        condition: Box<Tree>,
        then: Box<Tree>,
        otherwise: Box<Tree>,
    },
    Arithmetic {
        operator: Operator,
        left: Box<Tree>,
        right: Box<Tree>,
    },
}

/// A value written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// Without a unit, in millionths.
    Number(i64),
    /// In millionths of a whole unit, with the currency's code.
    Money(i64, String),
    /// In millionths.
    Rate(i64),
    Days(i64),
    BusinessDays(i64),
    /// Months and years.
    Months(i64),
    Date(Date),
    Text(String),
    Bool(bool),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    Equal,
    Different,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Comparison {
    /// Every comparison with its sign.
    pub const ALL: &[(Comparison, &str)] = &[
        (Comparison::Equal, "="),
        (Comparison::Different, "!="),
        (Comparison::Less, "<"),
        (Comparison::AtMost, "<="),
        (Comparison::More, ">"),
        (Comparison::AtLeast, ">="),
    ];

    /// The comparison with this sign.
    pub fn of_sign(sign: &str) -> Option<Comparison> {
        Comparison::ALL.iter().find(|(_, known)| *known == sign).map(|(comparison, _)| *comparison)
    }

    /// As it is written.
    pub fn sign(self) -> &'static str {
        Comparison::ALL.iter().find(|(comparison, _)| *comparison == self).map_or("", |(_, sign)| sign)
    }

    /// The same comparison with its sides exchanged.
    #[must_use]
    pub fn mirrored(self) -> Comparison {
        match self {
            Comparison::Equal | Comparison::Different => self,
            Comparison::Less => Comparison::More,
            Comparison::AtMost => Comparison::AtLeast,
            Comparison::More => Comparison::Less,
            Comparison::AtLeast => Comparison::AtMost,
        }
    }

    /// Whether it needs an order of values.
    pub fn needs_order(self) -> bool {
        !matches!(self, Comparison::Equal | Comparison::Different)
    }

    /// Whether it holds between two values in this order.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::Different => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::AtMost => order.is_le(),
            Comparison::More => order.is_gt(),
            Comparison::AtLeast => order.is_ge(),
        }
    }
}

/// Tests of one text against another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

/// The four operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Plus,
    Minus,
    Times,
    Over,
}

impl Operator {
    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Plus => "+",
            Operator::Minus => "-",
            Operator::Times => "*",
            Operator::Over => "/",
        }
    }
}
