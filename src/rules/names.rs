//! What the names of a rule set stand for: fields, constants, definitions and lists share one space of names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::date::Date;
use crate::base::money::Currency;
use crate::rules::expr::tree::Tree;
use crate::rules::expr::typed::Condition;
use crate::rules::marks::{Marks, Range};
use crate::rules::program::{Cell, Field, FieldId, Grain, TextBase, Type};
use crate::rules::renames::Renames;
use crate::rules::sources::{Span, count};

/// What a name stands for.
#[derive(Debug, Clone)]
pub enum Meaning {
    Field(FieldId),
    Constant(Constant),
    /// Position in [`Names::definitions`].
    Definition(usize),
    /// Position in [`Names::lists`].
    List(usize),
    /// Something with a mistake of its own: users of it stay silent.
    Poison,
}

/// A named value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constant {
    pub ty: ValueType,
    pub cell: Cell,
}

/// Types inside expressions: those of fields, and the spans that only dates understand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueType {
    Plain(Type),
    BusinessDays,
    Months,
}

/// A named condition.
#[derive(Debug)]
pub struct Definition {
    pub tree: Option<Tree>,
    pub state: DefinitionState,
}

/// How far a definition is checked.
#[derive(Debug, Clone)]
pub enum DefinitionState {
    Unchecked,
    /// Being checked: meeting it again is a circle.
    Open,
    Checked(CheckedDefinition),
    Poison,
}

/// A definition that may be used.
#[derive(Debug, Clone)]
pub struct CheckedDefinition {
    pub condition: Arc<Condition>,
    pub grain: Grain,
    /// Tests it stands for, itself included.
    pub weight: usize,
    /// Fields that are known where it holds, and where it does not.
    pub when_true: BTreeSet<FieldId>,
    pub when_false: BTreeSet<FieldId>,
}

/// A named list, its values as written until a use gives them a type.
#[derive(Debug)]
pub struct List {
    pub values: Vec<(String, Span)>,
    /// The values stand in a file of their own.
    pub from_file: bool,
}

/// A name with the place that gave it its meaning.
#[derive(Debug)]
pub struct Named {
    pub meaning: Meaning,
    pub span: Span,
    pub used: bool,
}

/// A template of the list of all there are.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    pub span: Span,
    pub used: bool,
}

/// The names of a rule set.
#[derive(Debug)]
pub struct Names {
    pub as_of: Date,
    pub currency: Currency,
    pub fields: Vec<Field>,
    /// Fields whose value may be missing without a default.
    pub optional: BTreeSet<FieldId>,
    pub definitions: Vec<Definition>,
    pub lists: Vec<List>,
    /// Definitions being checked, each inside the one before.
    pub open_definitions: usize,
    named: BTreeMap<String, Named>,
    /// All texts and scripts there are, where the dictionary lists them.
    pub templates: Option<BTreeMap<String, Listed>>,
    /// Plans that may be offered.
    pub offers: BTreeSet<String>,
    /// All tones from the softest to the hardest, where the rules have a scale.
    pub tones: Option<Vec<String>>,
    /// Words in parts of files that could not be read: not to be called unknown.
    pub lost: BTreeSet<String>,
    /// Whether the condition being checked stops what is due where it is true.
    pub stops: bool,
    /// Numbers without a unit that are amounts of the reporting currency.
    pub bare_money: BTreeSet<Span>,
    pub texts: TextBase,
    /// Values the dictionary says fields can have.
    pub ranges: BTreeMap<FieldId, Range>,
    pub marks: Marks,
    pub renames: Renames,
    /// Lists of ids that conditions ask for, by name.
    pub id_lists: BTreeMap<(String, Grain), BTreeSet<String>>,
}

impl Names {
    /// No names yet.
    pub fn new(as_of: Date, currency: Currency) -> Names {
        Names {
            as_of,
            currency,
            fields: Vec::new(),
            optional: BTreeSet::new(),
            open_definitions: 0,
            definitions: Vec::new(),
            lists: Vec::new(),
            named: BTreeMap::new(),
            templates: None,
            offers: BTreeSet::new(),
            tones: None,
            lost: BTreeSet::new(),
            stops: false,
            bare_money: BTreeSet::new(),
            texts: TextBase::default(),
            ranges: BTreeMap::new(),
            marks: Marks::default(),
            renames: Renames::default(),
            id_lists: BTreeMap::new(),
        }
    }

    /// Gives a name a meaning; the place of the first definition where it has one already.
    pub fn define(&mut self, name: &str, meaning: Meaning, span: Span) -> Result<(), Span> {
        if let Some(first) = self.named.get(name) {
            return Err(first.span);
        }
        self.named.insert(name.to_owned(), Named { meaning, span, used: false });
        Ok(())
    }

    /// Adds a field under its name.
    pub fn add_field(&mut self, field: Field, span: Span) -> Result<FieldId, Span> {
        let id = FieldId(count(self.fields.len()));
        self.define(&field.name, Meaning::Field(id), span)?;
        self.fields.push(field);
        Ok(id)
    }

    /// What a name stands for, marking it as used.
    pub fn look_up(&mut self, name: &str) -> Option<Meaning> {
        if let Some(named) = self.named.get_mut(name) {
            named.used = true;
            return Some(named.meaning.clone());
        }
        self.lost.contains(name).then_some(Meaning::Poison)
    }

    /// Whether a name stands for something.
    pub fn knows(&self, name: &str) -> bool {
        self.named.contains_key(name)
    }

    /// A name with its place, not marked as used.
    pub fn get(&self, name: &str) -> Option<&Named> {
        self.named.get(name)
    }

    /// All names with their meanings, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Named)> {
        self.named.iter().map(|(name, named)| (name.as_str(), named))
    }

    /// Marks a name as having a mistake of its own.
    pub fn poison(&mut self, name: &str) {
        self.lost.insert(name.to_owned());
    }

    /// The field with an id.
    pub fn field(&self, id: FieldId) -> &Field {
        &self.fields[id.0 as usize]
    }

    /// The place that defined a field.
    pub fn field_span(&self, id: FieldId) -> Option<Span> {
        self.get(&self.field(id).name).map(|named| named.span)
    }

    /// The code of a text that rules name.
    pub fn text_code(&mut self, text: &str) -> Cell {
        if let Some(code) = self.texts.codes.get(text) {
            return Cell::from(*code);
        }
        let code = count(self.texts.texts.len());
        self.texts.texts.push(text.to_owned());
        self.texts.codes.insert(text.to_owned(), code);
        Cell::from(code)
    }
}

impl ValueType {
    /// In an analyst's words, with an article.
    pub fn words(&self) -> String {
        match self {
            ValueType::BusinessDays => "a number of business days".to_owned(),
            ValueType::Months => "a number of months".to_owned(),
            ValueType::Plain(ty) => type_words(ty),
        }
    }

    /// Whether values of this type have an order.
    pub fn is_ordered(&self) -> bool {
        !matches!(self, ValueType::Plain(Type::Bool | Type::Text | Type::Enum(_) | Type::Tags(_)))
    }
}

/// A type in an analyst's words, with an article.
pub fn type_words(ty: &Type) -> String {
    match ty {
        Type::Money => "an amount of money".to_owned(),
        Type::Rate => "a rate".to_owned(),
        Type::Number => "a number".to_owned(),
        Type::Days => "a number of days".to_owned(),
        Type::Date => "a date".to_owned(),
        Type::Bool => "a flag (true or false)".to_owned(),
        Type::Text => "a text".to_owned(),
        Type::Enum(values) => format!("one of {}", some_of(values)),
        Type::Tags(values) if values.is_empty() => "a set of tags".to_owned(),
        Type::Tags(values) => format!("a set of tags ({})", some_of(values)),
    }
}

fn some_of(values: &[String]) -> String {
    let shown = values.iter().take(6).map(String::as_str).collect::<Vec<_>>().join(", ");
    if values.len() > 6 { format!("{shown}, …") } else { shown }
}
