//! The least and the greatest value of a page, by which a reader leaves pages out.

use parquet::basic::{BoundaryOrder, Type};
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::file::statistics::{Statistics, ValueStatistics};

/// Bytes of a text that are told; a longer one is told by a shorter bound.
const MOST_TOLD: usize = 64;

/// A value as its column orders it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    Integer(i64),
    Flag(bool),
    Wide(i128),
    Text(Vec<u8>),
}

/// What no value of a page is below, and what none is above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    pub least: Bound,
    pub most: Bound,
    /// Whether both are values of the page.
    exact: bool,
}

impl Bounds {
    pub fn new(least: Bound, most: Bound) -> Bounds {
        Bounds { least, most, exact: true }
    }

    /// Bounds of texts, shortened where they are long.
    pub fn of_texts(least: &[u8], most: &[u8]) -> Bounds {
        let exact = least.len() <= MOST_TOLD && most.len() <= MOST_TOLD;
        Bounds { least: Bound::Text(shortened(least).to_vec()), most: Bound::Text(shortened_up(most)), exact }
    }

    /// Bounds that hold for both.
    #[must_use]
    pub fn and(self, other: Bounds) -> Bounds {
        Bounds { least: self.least.min(other.least), most: self.most.max(other.most), exact: self.exact && other.exact }
    }

    /// The statistics of a column of this physical type.
    pub fn statistics(bounds: Option<&Bounds>, physical: Type, missing: u64) -> Statistics {
        match physical {
            Type::BOOLEAN => told(bounds, missing, |bound| *bound == Bound::Flag(true)).into(),
            Type::INT32 => {
                told(bounds, missing, |bound| i32::try_from(bound.integer()).unwrap_or(0)).with_backwards_compatible_min_max(true).into()
            }
            Type::INT64 => told(bounds, missing, Bound::integer).with_backwards_compatible_min_max(true).into(),
            Type::FIXED_LEN_BYTE_ARRAY => {
                told(bounds, missing, |bound| FixedLenByteArray::from(ByteArray::from(bound.bytes(physical)))).into()
            }
            _ => told(bounds, missing, |bound| ByteArray::from(bound.bytes(physical))).into(),
        }
    }
}

impl Bound {
    fn integer(&self) -> i64 {
        if let Bound::Integer(value) = self { *value } else { 0 }
    }

    /// The value as a plain page holds it.
    pub fn bytes(&self, physical: Type) -> Vec<u8> {
        match self {
            Bound::Integer(value) if physical == Type::INT32 => value.to_le_bytes()[..4].to_vec(),
            Bound::Integer(value) => value.to_le_bytes().to_vec(),
            Bound::Flag(flag) => vec![u8::from(*flag)],
            Bound::Wide(value) => value.to_be_bytes().to_vec(),
            Bound::Text(text) => text.clone(),
        }
    }
}

fn told<T>(bounds: Option<&Bounds>, missing: u64, value: impl Fn(&Bound) -> T) -> ValueStatistics<T> {
    let (least, most) = (bounds.map(|bounds| value(&bounds.least)), bounds.map(|bounds| value(&bounds.most)));
    let exact = bounds.is_none_or(|bounds| bounds.exact);
    ValueStatistics::new(least, most, None, Some(missing), false).with_min_is_exact(exact).with_max_is_exact(exact)
}

/// How the bounds of the pages of a column follow each other.
pub fn order(pages: &[&Bounds]) -> BoundaryOrder {
    if pages.windows(2).all(|pair| pair[0].least <= pair[1].least && pair[0].most <= pair[1].most) {
        BoundaryOrder::ASCENDING
    } else if pages.windows(2).all(|pair| pair[0].least >= pair[1].least && pair[0].most >= pair[1].most) {
        BoundaryOrder::DESCENDING
    } else {
        BoundaryOrder::UNORDERED
    }
}

/// The longest start of a text that is whole characters and may be told.
fn shortened(text: &[u8]) -> &[u8] {
    if text.len() <= MOST_TOLD {
        return text;
    }
    // The bytes that go on with a character begin with the bits 10.
    let cut = (0..=MOST_TOLD).rev().find(|cut| text[*cut] & 0xC0 != 0x80);
    &text[..cut.unwrap_or(MOST_TOLD)]
}

/// A text above every text with the same start; the text itself where there is none.
fn shortened_up(text: &[u8]) -> Vec<u8> {
    if text.len() <= MOST_TOLD {
        return text.to_vec();
    }
    let Ok(start) = std::str::from_utf8(shortened(text)) else { return text.to_vec() };
    for (at, character) in start.char_indices().rev() {
        let next = char::from_u32(u32::from(character) + 1);
        if let Some(next) = next.filter(|next| next.len_utf8() == character.len_utf8()) {
            return format!("{}{next}", &start[..at]).into_bytes();
        }
    }
    text.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_bounded_by_a_short_one() {
        let long = "é".repeat(40);
        let cases = [
            ("abc".to_owned(), "abc".to_owned(), "abc".to_owned()),
            ("a".repeat(65), "a".repeat(64), format!("{}b", "a".repeat(63))),
            (long, "é".repeat(32), format!("{}ê", "é".repeat(31))),
            // Nothing of four bytes is above this character: the one before it is raised.
            (format!("a{}", "\u{10FFFF}".repeat(20)), format!("a{}", "\u{10FFFF}".repeat(15)), "b".to_owned()),
            ("\u{10FFFF}".repeat(20), "\u{10FFFF}".repeat(16), "\u{10FFFF}".repeat(20)),
        ];
        for (text, least, most) in cases {
            let bounds = Bounds::of_texts(text.as_bytes(), text.as_bytes());
            assert_eq!(bounds.least, Bound::Text(least.clone().into_bytes()), "{text}");
            assert_eq!(bounds.most, Bound::Text(most.clone().into_bytes()), "{text}");
            assert!(least.as_str() <= text.as_str() && most.as_str() >= text.as_str());
            assert_eq!(bounds.exact, text.len() <= MOST_TOLD);
        }
    }

    #[test]
    fn bounds_are_ordered_as_their_column_is() {
        let page = |least, most| Bounds::new(Bound::Integer(least), Bound::Integer(most));
        let cases = [
            (vec![], BoundaryOrder::ASCENDING),
            (vec![page(-1, 3), page(0, 3)], BoundaryOrder::ASCENDING),
            (vec![page(0, 3), page(-1, 3)], BoundaryOrder::DESCENDING),
            (vec![page(0, 3), page(-1, 4)], BoundaryOrder::UNORDERED),
        ];
        for (pages, expected) in cases {
            assert_eq!(order(&pages.iter().collect::<Vec<_>>()), expected, "{pages:?}");
        }
    }
}
