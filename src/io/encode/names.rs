//! Texts of which there are few: a dictionary, and the number of each row's text.

use parquet::basic::Encoding;
use parquet::bloom_filter::Sbbf;
use parquet::errors::ParquetError;

use crate::base::vocabulary::Vocabulary;
use crate::io::encode::bits;
use crate::io::encode::bounds::Bounds;
use crate::io::encode::page::{DictionaryPage, PageValues};
use crate::io::encode::texts::{Strings, filter};

/// Different texts, and bytes of them, that a dictionary holds.
const MOST_TEXTS: usize = 1 << 16;
const MOST_BYTES: usize = 1 << 20;
const UNKNOWN: u32 = u32::MAX;

/// The texts of one column of a row group.
pub struct Names {
    bloom: bool,
    page: Vec<u32>,
    vocabulary: Vocabulary,
    /// Texts of the vocabulary that pages refer to.
    told: usize,
    /// Whether the last page was told with the dictionary.
    within: bool,
}

impl Names {
    pub fn new(bloom: bool) -> Names {
        Names { bloom, page: Vec::new(), vocabulary: Vocabulary::default(), told: 0, within: true }
    }

    /// Adds values to the page: numbers of texts, below `size`.
    pub fn extend<'a>(&mut self, numbers: impl Iterator<Item = u32>, size: usize, text: impl Fn(u32) -> &'a [u8]) {
        let mut own = vec![UNKNOWN; size];
        for number in numbers {
            let place = &mut own[number as usize];
            if *place == UNKNOWN {
                *place = self.vocabulary.number(text(number));
            }
            self.page.push(*place);
        }
    }

    /// Adds one text to the page.
    pub fn add(&mut self, text: &[u8]) {
        self.page.push(self.vocabulary.number(text));
    }

    /// Writes the values of the page; as texts once there are too many different ones.
    pub fn end_page(&mut self, out: &mut Vec<u8>) -> PageValues {
        self.within &= self.vocabulary.len() <= MOST_TEXTS && self.vocabulary.texts().byte_len() <= MOST_BYTES;
        let page = std::mem::take(&mut self.page);
        if !self.within {
            let mut strings = Strings::new(false);
            page.iter().for_each(|number| strings.add(self.vocabulary.get(*number)));
            return strings.end_page(out);
        }
        self.told = self.vocabulary.len();
        let width = bits::width(self.told.saturating_sub(1) as u64).max(1);
        out.push(width.to_le_bytes()[0]);
        bits::hybrid(out, &page, width);
        let mut counts = vec![0_usize; self.told];
        page.iter().for_each(|number| counts[*number as usize] += 1);
        let used = || (0_u32..).zip(&counts).filter(|(_, count)| **count > 0).map(|(number, count)| (self.vocabulary.get(number), *count));
        let (least, most) = (used().map(|(text, _)| text).min(), used().map(|(text, _)| text).max());
        let bounds = least.zip(most).map(|(least, most)| Bounds::of_texts(least, most));
        let text_bytes = used().map(|(text, count)| text.len() * count).sum();
        self.page = page;
        self.page.clear();
        PageValues { encoding: Encoding::RLE_DICTIONARY, bounds, text_bytes: Some(text_bytes) }
    }

    /// The dictionary, and the bloom filter where one is wanted; begins new ones.
    pub fn take_dictionary(&mut self) -> Result<(DictionaryPage, Option<Sbbf>), ParquetError> {
        let Names { vocabulary, told, bloom, .. } = std::mem::replace(self, Names::new(self.bloom));
        let mut bytes = Vec::new();
        for text in vocabulary.texts().iter().take(told) {
            bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend_from_slice(text);
        }
        let filter = bloom.then(|| filter(vocabulary.texts())).transpose()?;
        Ok((DictionaryPage { bytes, count: told }, filter))
    }
}
