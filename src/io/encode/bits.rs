//! Integers as runs of bits: the hybrid of runs and packed values, and packed differences.
//!
//! Source: Apache Parquet, "Encodings": RLE (3), DELTA_BINARY_PACKED (5).

use std::iter;

/// Differences that share their least one.
const BLOCK: usize = 128;
/// Differences that share a width.
const PART: usize = 32;
/// Groups of eight in one packed run, so that its head stays one byte.
const MOST_GROUPS: usize = 63;

/// Bits needed to write every number up to this one.
pub fn width(most: u64) -> u32 {
    u64::BITS - most.leading_zeros()
}

/// A number in groups of seven bits, the lowest first.
pub fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// Values of at most `width` bits, one after another from the lowest bit, the last byte filled with zeros.
pub fn pack(out: &mut Vec<u8>, values: impl Iterator<Item = u64>, width: u32) {
    let (mut word, mut filled) = (0_u64, 0);
    for value in values {
        word |= value << filled;
        filled += width;
        if filled >= u64::BITS {
            out.extend_from_slice(&word.to_le_bytes());
            filled -= u64::BITS;
            // What of the value did not fit; nothing when it ended with the word.
            word = if filled == 0 { 0 } else { value >> (width - filled) };
        }
    }
    out.extend_from_slice(&word.to_le_bytes()[..filled.div_ceil(8) as usize]);
}

/// Values of at most `width` bits as runs of one value and packed groups of eight.
pub fn hybrid<T: Copy + Eq + Into<u64>>(out: &mut Vec<u8>, values: &[T], width: u32) {
    // A shorter run costs more as a run than it takes packed.
    let pays = (32 / width.max(1) as usize).next_multiple_of(8);
    let (mut at, mut packed) = (0, 0);
    while let Some(value) = values.get(at) {
        let run = values[at..].iter().take_while(|next| *next == value).count();
        if run >= pays || run == values.len() - packed {
            literals(out, &values[packed..at], width);
            varint(out, (run as u64) << 1);
            out.extend_from_slice(&(*value).into().to_le_bytes()[..width.div_ceil(8) as usize]);
            at += run;
            packed = at;
        } else {
            at = values.len().min(at + 8);
        }
    }
    literals(out, &values[packed..], width);
}

fn literals<T: Copy + Into<u64>>(out: &mut Vec<u8>, values: &[T], width: u32) {
    for values in values.chunks(8 * MOST_GROUPS) {
        let groups = values.len().div_ceil(8);
        varint(out, (groups as u64) << 1 | 1);
        let padding = iter::repeat_n(0, 8 * groups - values.len());
        pack(out, values.iter().map(|value| (*value).into()).chain(padding), width);
    }
}

/// Values as packed differences. `narrow` values are of 32 bits, and so are their differences.
pub fn differences(out: &mut Vec<u8>, values: &[i64], narrow: bool) {
    let mut last = values.first().copied().unwrap_or(0);
    for head in [BLOCK as u64, (BLOCK / PART) as u64, values.len() as u64, zigzag(last)] {
        varint(out, head);
    }
    let mut block = [0_i64; BLOCK];
    for values in values.get(1..).unwrap_or_default().chunks(BLOCK) {
        let block = &mut block[..values.len()];
        for (difference, value) in block.iter_mut().zip(values) {
            *difference = value.wrapping_sub(last);
            last = *value;
        }
        if narrow {
            block.iter_mut().for_each(|difference| *difference = i64::from(wrapped(*difference)));
        }
        let least = block.iter().copied().min().unwrap_or(0);
        varint(out, zigzag(least));
        let widths = out.len();
        out.extend_from_slice(&[0; BLOCK / PART]);
        for (at, part) in block.chunks(PART).enumerate() {
            let above = || part.iter().map(|difference| difference.wrapping_sub(least).cast_unsigned());
            let width = width(above().fold(0, |bits, value| bits | value));
            out[widths + at] = width.to_le_bytes()[0];
            pack(out, above().chain(iter::repeat_n(0, PART - part.len())), width);
        }
    }
}

/// The low 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "differences of 32-bit values wrap around by the format")]
fn wrapped(value: i64) -> i32 {
    value as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(encode: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        encode(&mut out);
        out
    }

    /// The examples of the format's own page.
    #[test]
    fn the_published_examples_are_reproduced() {
        // "The numbers 0 through 7 using bit width 3".
        assert_eq!(encoded(|out| pack(out, 0..8, 3)), [0b1000_1000, 0b1100_0110, 0b1111_1010]);
        assert_eq!(encoded(|out| hybrid(out, &(0..8).collect::<Vec<u32>>(), 3)), [3, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
        // "1, 2, 3, 4, 5": block 128, 4 parts, 5 values, first 1; least difference 1, all widths 0.
        assert_eq!(encoded(|out| differences(out, &[1, 2, 3, 4, 5], false)), [128, 1, 4, 5, 2, 2, 0, 0, 0, 0]);
        // "7, 5, 3, 1, 2, 3, 4, 5": least difference -2, packed 0 0 0 3 3 3 3 in two bits.
        let expected = [128, 1, 4, 8, 14, 3, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111, 0, 0, 0, 0, 0, 0];
        assert_eq!(encoded(|out| differences(out, &[7, 5, 3, 1, 2, 3, 4, 5], false)), expected);
    }

    #[test]
    fn a_long_run_is_a_run() {
        assert_eq!(encoded(|out| hybrid(out, &[1_u8; 1000], 1)), [0xD0, 0x0F, 1]);
        assert_eq!(encoded(|out| hybrid(out, &[5_u32; 3], 3)), [6, 5]);
    }
}
