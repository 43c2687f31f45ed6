//! `relance schema`: JSON Schemas (draft-07) of every kind of file, for completion, hover and checks in an editor.
//!
//! Made from the forms the readers go by. They are flat: no references, and nothing but a scalar's alternatives below `anyOf`,
//! because editors offer completions of the wrong branch otherwise. What an expression says is for `relance check`.

mod test_file;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use crate::base::contract::INPUTS;
use crate::base::form::{Form, Key, Noun, Value};
use crate::error::{Exit, Failure};
use crate::io::folder;
use crate::rules::forms::segmentation::{AMOUNT_DUE, EXPECTED_VALUE};
use crate::rules::rule_files::{FileKind, KINDS};
use crate::rules::vocabulary::{Vocabulary, top_level_keys};
use crate::run::pack;
use crate::settings::JOB_FORM;

/// The kind of the job file, beside those of rule files.
const JOB: &str = "job";
/// What a name of a rule file looks like.
const NAME: &str = "^[^0-9 .,:'-][^ .,:'-]*$";
const DAY: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
/// A value of a job file may be, or contain, a variable of the environment.
const VARIABLE: &str = "[$][{]";
/// Conditions offered as examples at most.
const MOST_EXAMPLES: usize = 60;

/// Names that schemas offer.
#[derive(Debug, Default)]
pub struct Words {
    vocabulary: Vocabulary,
    /// The names are all there are: others are refused where a name must be defined.
    closed: bool,
}

/// The names of a folder of rules, or those that come with relance.
///
/// # Errors
/// As [`pack::read`].
pub fn words(rules: Option<&Path>) -> Result<Words, Failure> {
    let Some(rules) = rules else { return Ok(Words { vocabulary: Vocabulary::of(&[]), closed: false }) };
    Ok(Words { vocabulary: Vocabulary::of(&pack::read(rules)?), closed: true })
}

/// The kinds of files, in the order in which they are written.
pub fn kinds() -> Vec<&'static str> {
    std::iter::once(JOB).chain(KINDS.iter().map(|(name, _)| *name)).collect()
}

/// The schema of a kind of file as text.
///
/// # Errors
/// [`Exit::Usage`] where there is no such kind.
pub fn text(kind: &str, words: &Words) -> Result<String, Failure> {
    let schema = schema(kind, words).ok_or_else(|| {
        Failure::new(Exit::Usage, format!("there is no kind of file \"{kind}\"")).remedy(format!("kinds are: {}", kinds().join(", ")))
    })?;
    let json = serde_json::to_string_pretty(&schema);
    json.map(|json| json + "\n").map_err(|error| Failure::new(Exit::Bug, format!("the schema does not serialise: {error}")))
}

/// Writes the schemas of all kinds into a folder; gives the files.
///
/// # Errors
/// The failure of the system.
pub fn write_all(out: &Path, words: &Words) -> Result<Vec<PathBuf>, Failure> {
    let mut written = Vec::new();
    for kind in kinds() {
        let path = out.join(format!("{kind}.json"));
        folder::write_over(&path, &text(kind, words)?)?;
        written.push(path);
    }
    Ok(written)
}

/// The schema of a kind of file.
pub fn schema(kind: &str, words: &Words) -> Option<Json> {
    let mut object = if kind == JOB {
        Writer { words, job: true }.group(&JOB_FORM)
    } else {
        let (name, kind) = KINDS.iter().find(|(name, _)| *name == kind)?;
        of_rule_file(name, *kind, words)
    };
    let head = object.as_object_mut()?;
    head.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    head.insert("title".to_owned(), json!(format!("relance: {kind}")));
    Some(object)
}

fn of_rule_file(name: &str, kind: FileKind, words: &Words) -> Json {
    let writer = Writer { words, job: false };
    let mut object = writer.keys(top_level_keys(kind));
    object["properties"]["kind"]["enum"] = json!([name]);
    if kind == FileKind::Test {
        test_file::fill(&mut object, words);
    }
    object
}

struct Writer<'w> {
    words: &'w Words,
    /// Values may be variables of the environment.
    job: bool,
}

impl Writer<'_> {
    fn group(&self, form: &Form) -> Json {
        self.keys(form.keys.iter())
    }

    fn keys<'k>(&self, keys: impl Iterator<Item = &'k Key>) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for key in keys {
            let mut schema = self.value(key.value);
            schema["description"] = json!(key.means);
            properties.insert(key.name.to_owned(), schema);
            if key.needed {
                required.push(key.name);
            }
        }
        json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
    }

    fn value(&self, value: Value) -> Json {
        match value {
            Value::List(item) => json!({ "type": "array", "items": self.value(*item) }),
            Value::Group(form) => self.group(form),
            Value::Map(key, item) => {
                json!({ "type": "object", "propertyNames": self.value(*key), "additionalProperties": self.value(*item) })
            }
            Value::Either(choices) => json!({ "anyOf": choices.iter().map(|choice| self.value(*choice)).collect::<Vec<_>>() }),
            scalar if self.job => self.or_variable(&self.scalar(scalar)),
            scalar => self.scalar(scalar),
        }
    }

    fn scalar(&self, value: Value) -> Json {
        match value {
            Value::Choice(words) => json!({ "enum": words().into_iter().map(literal).collect::<Vec<_>>() }),
            Value::Defines(Noun::EnumValue) => anything(),
            Value::Defines(_) => json!({ "type": "string", "pattern": NAME }),
            Value::Names(noun) => self.names(noun),
            Value::Word(Noun::Currency) => json!({ "type": "string", "pattern": "^[A-Z]{3}$" }),
            Value::Word(Noun::Template) if let Some(listed) = &self.words.vocabulary.templates => {
                json!({ "enum": listed.iter().map(|name| literal(name)).collect::<Vec<_>>() })
            }
            Value::Word(noun) => offered(self.words.vocabulary.names(noun)),
            Value::Flag => json!({ "type": "boolean" }),
            Value::Whole => json!({ "type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9_]+$" }),
            Value::Date => json!({ "type": "string", "pattern": DAY }),
            Value::Condition => self.condition(),
            Value::Formula => json!({ "type": "string" }),
            Value::Rank if self.words.closed => json!({ "anyOf": [{ "enum": self.ranks() }, { "type": "string", "pattern": "[-+*/(]" }] }),
            Value::Rank => offered(&self.ranks()),
            Value::Money | Value::OwnMoney | Value::Rate | Value::Days => json!({ "type": ["string", "number"] }),
            Value::Any => json!({}),
            Value::Wait => json!({ "type": "string", "pattern": "^wait " }),
            _ => anything(),
        }
    }

    fn or_variable(&self, schema: &Json) -> Json {
        json!({ "anyOf": [schema, { "type": "string", "pattern": VARIABLE }] })
    }

    /// A name that must be defined: only those that are, where all are known.
    fn names(&self, noun: Noun) -> Json {
        let vocabulary = &self.words.vocabulary;
        let fields = || vocabulary.fields.keys().cloned().collect::<Vec<_>>();
        match noun {
            Noun::Field => self.defined(&fields()),
            Noun::Clock => {
                let days = vocabulary.fields.iter().filter(|(_, field)| field.ty == "days").map(|(name, _)| name.clone());
                self.defined(&days.collect::<Vec<_>>())
            }
            Noun::Column => {
                let others = ["id", "shadow", "from", "until"].map(str::to_owned);
                let names = others.into_iter().chain(fields()).chain(vocabulary.definitions.keys().cloned());
                self.defined(&names.chain(vocabulary.names(Noun::Constant).iter().cloned()).collect::<Vec<_>>())
            }
            Noun::Regime => {
                let regimes = vocabulary.names(noun).iter().cloned().chain(["none".to_owned()]);
                self.defined(&regimes.collect::<Vec<_>>())
            }
            Noun::Series | Noun::Step => self.defined(vocabulary.names(noun)),
            Noun::InputTable => json!({ "enum": INPUTS.iter().map(|table| table.name).collect::<Vec<_>>() }),
            Noun::InputColumn => {
                let mut columns: Vec<String> = INPUTS.iter().flat_map(|table| table.columns).map(|column| column.name.to_owned()).collect();
                columns.sort();
                columns.dedup();
                offered(&columns)
            }
            _ => offered(vocabulary.names(noun)),
        }
    }

    /// What a queue can be ordered by, but for expressions: figures of the action and fields with an order, in either direction.
    fn ranks(&self) -> Vec<String> {
        let has_order = |ty: &str| ["money", "rate", "number", "days", "date"].contains(&ty);
        let fields = self.words.vocabulary.fields.iter().filter(|(_, field)| has_order(&field.ty)).map(|(name, _)| name.clone());
        let figures = [EXPECTED_VALUE, AMOUNT_DUE].map(str::to_owned).into_iter().chain(fields);
        figures.flat_map(|name| ["", " asc", " desc"].map(|direction| format!("{name}{direction}"))).collect()
    }

    fn defined(&self, names: &[String]) -> Json {
        if self.words.closed { json!({ "enum": names }) } else { offered(names) }
    }

    /// Any condition, with tests of what the tables decide as examples.
    fn condition(&self) -> Json {
        let decided =
            self.words.vocabulary.fields.iter().filter(|(_, field)| field.ty == "enum" && !field.built_in && field.source.is_empty());
        let tests = decided.flat_map(|(name, field)| field.values.iter().map(move |value| format!("{name} = {value}")));
        let definitions = self.words.vocabulary.definitions.keys().cloned();
        let examples: Vec<String> = definitions.chain(tests).take(MOST_EXAMPLES).collect();
        let mut schema = json!({ "type": ["string", "boolean"] });
        if !examples.is_empty() {
            schema["examples"] = json!(examples);
        }
        schema
    }
}

/// A single value of any kind: editors take `5` for a number and `true` for a flag.
fn anything() -> Json {
    json!({ "type": ["string", "number", "boolean"] })
}

/// Any single value; these are offered.
fn offered(names: &[String]) -> Json {
    if names.is_empty() { anything() } else { json!({ "anyOf": [{ "enum": names }, anything()] }) }
}

/// A word of a list of choices, as an editor reads it.
fn literal(word: &str) -> Json {
    word.parse::<u32>().map_or_else(|_| json!(word), |number| json!(number))
}
