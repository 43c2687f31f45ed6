//! The section `values:` of the job file: words of the files for words of the contract.

use std::collections::BTreeMap;

use super::MISSING;
use super::resolve::Resolver;
use super::written::{Entries, Text};
use crate::base::contract::values::FLAGS;
use crate::base::contract::{INPUTS, TableSpec};
use crate::base::nearest::did_you_mean;

/// Words of the files by table and column, each with the word it stands for.
type Words = BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>;

/// Every word that some column takes, for schemas; flags are no words there.
pub(super) fn all_words() -> Vec<&'static str> {
    let columns = INPUTS.iter().flat_map(|table| (0..table.columns.len()).filter_map(|column| table.words(column)));
    let words = columns.flatten().copied().filter(|word| !FLAGS.contains(word));
    let mut words: Vec<&str> = words.chain([MISSING]).collect();
    words.sort_unstable();
    words.dedup();
    words
}

impl Resolver<'_> {
    pub(super) fn values(&mut self, written: Option<Entries<Entries<Entries<Text>>>>) -> Words {
        let mut tables = Words::new();
        for (table, Entries(columns)) in written.map(|Entries(tables)| tables).unwrap_or_default() {
            let Some(spec) = self.table(&table, INPUTS.iter()) else { continue };
            let mut mapped = BTreeMap::new();
            for (column, Entries(words)) in columns {
                if let Some(known) = self.words_of(spec, &column) {
                    mapped.insert(column.value, self.words(words, known));
                }
            }
            tables.insert(table.value, mapped);
        }
        tables
    }

    /// The words a column takes; `None` after a finding.
    fn words_of(&mut self, spec: &TableSpec, column: &Text) -> Option<&'static [&'static str]> {
        let Some(place) = spec.position(&column.value) else {
            let nearest = did_you_mean(&column.value, spec.columns.iter().map(|column| column.name));
            self.report_at(column, format!("{} has no column \"{}\"{nearest}", spec.name, column.value));
            return None;
        };
        let words = spec.words(place);
        if words.is_none() {
            let with_words = |at: &usize| spec.words(*at).is_some();
            let others: Vec<&str> = (0..spec.columns.len()).filter(with_words).map(|at| spec.columns[at].name).collect();
            let others = if others.is_empty() { "no column of it does".to_owned() } else { format!("these do: {}", others.join(", ")) };
            self.report_at(column, format!("{}.{} takes no closed list of words; {others}", spec.name, column.value));
        }
        words
    }

    fn words(&mut self, written: Vec<(Text, Text)>, known: &[&str]) -> BTreeMap<String, String> {
        let mut words = BTreeMap::new();
        for (theirs, ours) in written {
            if theirs.value.is_empty() {
                self.report_at(&theirs, "an empty text is a missing value already, and stands for no word");
                continue;
            }
            let is_turned = known.contains(&theirs.value.as_str()) && !known.contains(&ours.value.as_str()) && ours.value != MISSING;
            let read = |text: &str| match known.iter().find(|word| **word == text) {
                Some(word) => Ok((*word).to_owned()),
                None if text == MISSING => Ok(MISSING.to_owned()),
                None if is_turned => Err(format!("the word of the files comes first: turn it round, {text}: {}", theirs.value)),
                None => {
                    let nearest = did_you_mean(text, known.iter().copied().chain([MISSING]));
                    Err(format!("\"{text}\" is not one of {}, nor {MISSING}{nearest}", known.join(", ")))
                }
            };
            if let Some(word) = self.parsed(&ours, read) {
                words.insert(theirs.value, word);
            }
        }
        words
    }
}
