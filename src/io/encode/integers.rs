//! Integers: numbers of a small dictionary while they are few, packed differences otherwise.

use parquet::basic::Encoding;

use crate::io::encode::bits;
use crate::io::encode::bounds::{Bound, Bounds};
use crate::io::encode::page::{DictionaryPage, PageValues};

/// Different values a dictionary holds: as many as there are days in five years.
const MOST_VALUES: usize = 1 << 11;
/// Places of the hash table, twice the values.
const PLACES: usize = 2 * MOST_VALUES;
const FREE: u16 = u16::MAX;

/// The integers of one column of a row group.
pub struct Integers {
    /// Whether they are of 32 bits.
    narrow: bool,
    page: Vec<i64>,
    dictionary: Dictionary,
}

impl Integers {
    pub fn new(narrow: bool) -> Integers {
        Integers { narrow, page: Vec::new(), dictionary: Dictionary::default() }
    }

    /// Adds values to the page.
    pub fn extend(&mut self, values: impl Iterator<Item = i64>) {
        self.page.extend(values);
    }

    /// Writes the values of the page.
    pub fn end_page(&mut self, out: &mut Vec<u8>) -> PageValues {
        let (least, most) = self.page.iter().fold((i64::MAX, i64::MIN), |(least, most), value| (least.min(*value), most.max(*value)));
        let bounds = (!self.page.is_empty()).then(|| Bounds::new(Bound::Integer(least), Bound::Integer(most)));
        let encoding = match self.dictionary.codes(&self.page) {
            Some(codes) => {
                let width = bits::width(self.dictionary.values.len().saturating_sub(1) as u64).max(1);
                out.push(width.to_le_bytes()[0]);
                bits::hybrid(out, &codes, width);
                Encoding::RLE_DICTIONARY
            }
            None => {
                bits::differences(out, &self.page, self.narrow);
                Encoding::DELTA_BINARY_PACKED
            }
        };
        self.page.clear();
        PageValues { encoding, bounds, text_bytes: None }
    }

    /// The dictionary; begins a new one.
    pub fn take_dictionary(&mut self) -> DictionaryPage {
        let values = std::mem::take(&mut self.dictionary).values;
        let width = if self.narrow { 4 } else { 8 };
        let bytes = values.iter().flat_map(|value| value.to_le_bytes().into_iter().take(width)).collect();
        DictionaryPage { bytes, count: values.len() }
    }
}

/// Different values, numbered in the order in which they first came, until there are too many.
struct Dictionary {
    values: Vec<i64>,
    /// Numbers by hash.
    places: Vec<u16>,
    given_up: bool,
}

impl Default for Dictionary {
    fn default() -> Dictionary {
        Dictionary { values: Vec::new(), places: vec![FREE; PLACES], given_up: false }
    }
}

impl Dictionary {
    /// The numbers of a page's values; `None`, and never again any, where there are too many different ones.
    fn codes(&mut self, page: &[i64]) -> Option<Vec<u32>> {
        if self.given_up {
            return None;
        }
        let known = self.values.len();
        let mut codes = Vec::with_capacity(page.len());
        let mut last = None;
        for value in page {
            let code = match last {
                Some((of, code)) if of == *value => code,
                _ => match self.code(*value) {
                    Some(code) => code,
                    None => {
                        // Pages before this one keep what they were told.
                        self.values.truncate(known);
                        self.given_up = true;
                        return None;
                    }
                },
            };
            last = Some((*value, code));
            codes.push(u32::from(code));
        }
        Some(codes)
    }

    fn code(&mut self, value: i64) -> Option<u16> {
        // Multiplied by the golden ratio of 2^64, the top bits of near numbers are far apart.
        let hash = value.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut place = usize::try_from(hash >> (u64::BITS - PLACES.trailing_zeros())).unwrap_or(0);
        loop {
            match self.places[place] {
                FREE => break,
                code if self.values[usize::from(code)] == value => return Some(code),
                _ => place = (place + 1) % PLACES,
            }
        }
        let code = u16::try_from(self.values.len()).ok().filter(|code| usize::from(*code) < MOST_VALUES)?;
        self.places[place] = code;
        self.values.push(value);
        Some(code)
    }
}
