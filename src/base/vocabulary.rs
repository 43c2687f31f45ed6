//! Texts of which there are few: each is kept once, and known by its number.

use std::ops::Range;

use crate::base::hash::key_hash;
use crate::base::table::Texts;

/// A place in `places` without a number.
const FREE: u32 = u32::MAX;

/// Different texts, numbered in the order in which they first came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    texts: Texts,
    /// Numbers by the hash of their text, a power of two of places, at most half of them taken.
    places: Vec<u32>,
    /// The number given last.
    last: u32,
}

impl Vocabulary {
    /// The number of a text, a new one where it has not come before.
    pub fn number(&mut self, text: &[u8]) -> u32 {
        if (self.last as usize) < self.texts.len() && self.texts.get(self.last as usize) == text {
            return self.last;
        }
        self.last = self.look_up(text);
        self.last
    }

    fn look_up(&mut self, text: &[u8]) -> u32 {
        if self.places.len() <= 2 * self.texts.len() {
            self.grow();
        }
        let mut place = self.first_place(text);
        loop {
            let number = self.places[place];
            if number == FREE {
                // As many texts as numbers would be 4 GiB of ends alone; the column refuses that many bytes before.
                let number = u32::try_from(self.texts.len()).unwrap_or(FREE);
                self.texts.push(text);
                self.places[place] = number;
                return number;
            }
            if self.texts.get(number as usize) == text {
                return number;
            }
            place = (place + 1) & (self.places.len() - 1);
        }
    }

    fn first_place(&self, text: &[u8]) -> usize {
        let [low @ .., _, _, _, _] = key_hash(text).to_le_bytes();
        u32::from_le_bytes(low) as usize & (self.places.len() - 1)
    }

    fn grow(&mut self) {
        self.places = vec![FREE; (2 * self.places.len()).max(16)];
        for number in (0_u32..).take(self.texts.len()) {
            let mut place = self.first_place(self.texts.get(number as usize));
            while self.places[place] != FREE {
                place = (place + 1) & (self.places.len() - 1);
            }
            self.places[place] = number;
        }
    }

    /// The text with this number.
    pub fn get(&self, number: u32) -> &[u8] {
        self.texts.get(number as usize)
    }

    /// How many different texts there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no text yet.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// All texts in the order of their numbers.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }
}

/// Missing text of a [`Coded`] column.
pub const NO_CODE: u32 = u32::MAX;

/// A column of texts of which there are few different ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coded {
    /// Number of each row's text; [`NO_CODE`] where missing.
    pub codes: Vec<u32>,
    pub vocabulary: Vocabulary,
}

impl Coded {
    /// The number of a text; an empty one is a missing one.
    pub fn code(&mut self, text: &[u8]) -> u32 {
        if text.is_empty() { NO_CODE } else { self.vocabulary.number(text) }
    }

    /// Appends a text; an empty one is a missing one.
    pub fn push(&mut self, text: &[u8]) {
        let code = self.code(text);
        self.codes.push(code);
    }

    /// The text at `row`; empty where missing.
    pub fn get(&self, row: usize) -> &[u8] {
        match self.codes[row] {
            NO_CODE => &[],
            code => self.vocabulary.get(code),
        }
    }

    /// Appends the texts of some rows of another column.
    pub fn append_range(&mut self, other: &Coded, rows: Range<usize>) {
        let codes: Vec<u32> = other.vocabulary.texts().iter().map(|text| self.vocabulary.number(text)).collect();
        self.codes.extend(other.codes[rows].iter().map(|code| codes.get(*code as usize).copied().unwrap_or(NO_CODE)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number() {
        let mut vocabulary = Vocabulary::default();
        let texts: Vec<String> = (0..1000).map(|text| format!("text {text}")).collect();
        for round in 0..3 {
            for (number, text) in (0_u32..).zip(&texts) {
                assert_eq!(vocabulary.number(text.as_bytes()), number, "round {round}");
            }
        }
        assert_eq!(vocabulary.len(), 1000);
        assert!(texts.iter().map(String::as_bytes).eq(vocabulary.texts().iter()));
    }

    #[test]
    fn columns_of_two_vocabularies_become_one() {
        let mut columns = [Coded::default(), Coded::default()];
        for (at, text) in [(0, "a"), (0, ""), (0, "b"), (1, "b"), (1, "c"), (1, ""), (1, "a")] {
            columns[at].push(text.as_bytes());
        }
        let [mut one, other] = columns;
        one.append_range(&other, 0..3);
        one.append_range(&other, 3..4);
        let texts: Vec<&[u8]> = (0..one.codes.len()).map(|row| one.get(row)).collect();
        assert_eq!(texts, [b"a".as_slice(), b"", b"b", b"b", b"c", b"", b"a"]);
        assert_eq!(one.vocabulary.len(), 3);
    }
}
