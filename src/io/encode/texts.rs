//! Texts, each told by what it shares with the one before: rows are in order of their ids, so that is most of them.
//!
//! Source: Apache Parquet, "Encodings": DELTA_BYTE_ARRAY (7).

use std::ops::Range;

use parquet::basic::Encoding;
use parquet::bloom_filter::Sbbf;
use parquet::errors::ParquetError;

use crate::base::table::Texts;
use crate::io::encode::bits;
use crate::io::encode::bounds::Bounds;
use crate::io::encode::page::PageValues;

/// Share of ids that a bloom filter takes for one it holds.
const FALSE_POSITIVES: f64 = 0.01;

/// The texts of one column of a row group.
pub struct Strings {
    /// Bytes shared with the text before, and bytes that follow them.
    shared: Vec<i64>,
    own: Vec<i64>,
    suffixes: Vec<u8>,
    last: Vec<u8>,
    bounds: Option<(Vec<u8>, Vec<u8>)>,
    bytes: usize,
    /// Every text that differs from the one before it, where a bloom filter is wanted.
    changes: Option<Texts>,
}

impl Strings {
    pub fn new(bloom: bool) -> Strings {
        Strings {
            shared: Vec::new(),
            own: Vec::new(),
            suffixes: Vec::new(),
            last: Vec::new(),
            bounds: None,
            bytes: 0,
            changes: bloom.then(Texts::default),
        }
    }

    /// Bytes of the texts of the page.
    pub fn byte_len(&self) -> usize {
        self.bytes
    }

    /// Adds the texts of some rows to the page, but for those that are missing.
    pub fn extend(&mut self, texts: &Texts, rows: Range<usize>) {
        let held = std::mem::take(&mut self.last);
        let mut last: &[u8] = &held;
        let mut bounds: Option<(&[u8], &[u8])> = None;
        // Whether the text before is the greatest: in order of ids it is, and only their last letters need comparing.
        let mut climbs = false;
        for text in rows.map(|row| texts.get(row)).filter(|text| !text.is_empty()) {
            // The first text of a page shares nothing: it is read without the page before.
            let shared = if self.shared.is_empty() { 0 } else { common_start(last, text) };
            self.push(shared, text);
            if shared < text.len() || last.len() != shared {
                bounds = Some(match bounds {
                    Some((least, _)) if climbs && text.get(shared) > last.get(shared) => (least, text),
                    Some((least, most)) => {
                        climbs = text >= most;
                        (least.min(text), most.max(text))
                    }
                    None => {
                        climbs = true;
                        (text, text)
                    }
                });
                if let Some(changes) = &mut self.changes {
                    changes.push(text);
                }
            }
            last = text;
        }
        if let Some((least, most)) = bounds {
            self.widen(least, most);
        }
        self.last = last.to_vec();
    }

    /// Adds one text to the page.
    pub fn add(&mut self, text: &[u8]) {
        let shared = if self.shared.is_empty() { 0 } else { common_start(&self.last, text) };
        self.push(shared, text);
        self.widen(text, text);
        if let Some(changes) = &mut self.changes {
            changes.push(text);
        }
        self.last.clear();
        self.last.extend_from_slice(text);
    }

    fn push(&mut self, shared: usize, text: &[u8]) {
        self.shared.push(i64::try_from(shared).unwrap_or(i64::MAX));
        self.own.push(i64::try_from(text.len() - shared).unwrap_or(i64::MAX));
        self.suffixes.extend_from_slice(&text[shared..]);
        self.bytes += text.len();
    }

    fn widen(&mut self, least: &[u8], most: &[u8]) {
        let (low, high) = self.bounds.get_or_insert_with(|| (least.to_vec(), most.to_vec()));
        if least < low.as_slice() {
            *low = least.to_vec();
        }
        if most > high.as_slice() {
            *high = most.to_vec();
        }
    }

    /// Writes the texts of the page.
    pub fn end_page(&mut self, out: &mut Vec<u8>) -> PageValues {
        bits::differences(out, &self.shared, true);
        bits::differences(out, &self.own, true);
        out.extend_from_slice(&self.suffixes);
        let bounds = self.bounds.take().map(|(least, most)| Bounds::of_texts(&least, &most));
        self.shared.clear();
        self.own.clear();
        self.suffixes.clear();
        PageValues { encoding: Encoding::DELTA_BYTE_ARRAY, bounds, text_bytes: Some(std::mem::take(&mut self.bytes)) }
    }

    /// The bloom filter of the row group, where one is wanted; begins a new one.
    pub fn take_filter(&mut self) -> Result<Option<Sbbf>, ParquetError> {
        self.last.clear();
        self.changes.as_mut().map(|changes| filter(&std::mem::take(changes))).transpose()
    }
}

/// A bloom filter of texts.
pub fn filter(texts: &Texts) -> Result<Sbbf, ParquetError> {
    let mut filter = Sbbf::new_with_ndv_fpp(texts.len().max(1) as u64, FALSE_POSITIVES)?;
    texts.iter().for_each(|text| filter.insert(text));
    Ok(filter)
}

/// Bytes two texts begin with.
fn common_start(one: &[u8], other: &[u8]) -> usize {
    let (words, others) = (one.as_chunks::<8>().0, other.as_chunks::<8>().0);
    for (at, (one, other)) in words.iter().zip(others).enumerate() {
        let differing = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*other);
        if differing != 0 {
            return 8 * at + differing.trailing_zeros() as usize / 8;
        }
    }
    let start = 8 * words.len().min(others.len());
    start + one[start..].iter().zip(&other[start..]).take_while(|(one, other)| one == other).count()
}
