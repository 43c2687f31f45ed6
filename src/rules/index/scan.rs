//! The bitmaps of a segment against the rows of a chunk.

use std::ops::{BitAnd, Range};

use super::cube::Axis;
use super::judge::Judge;
use super::segment::{HEAD_WORDS, Segment};
use super::{CHUNK, Columns, Index, NONE};
use crate::rules::eval::Env;
use crate::rules::program::{Cell, MISSING};

/// Rows whose bits make a word.
const BLOCK: usize = 64;

/// Codes of the rows of a chunk in one group of columns.
type Codes = [u32; CHUNK];

/// Cubes of one word that hold for a row if their residual conditions do.
#[derive(Debug, Clone, Copy)]
struct Possible {
    row: usize,
    word: usize,
    cubes: u64,
}

/// What is used again for every chunk.
pub(super) struct Scan<'i, 'e> {
    judge: Judge<'i, 'e>,
    /// One per group.
    codes: Vec<Codes>,
    possible: Vec<Possible>,
    /// For blocks of rows, from where they start: for each word after the head, the rows that may find a rule in it, as bits.
    wanted: Vec<(usize, [u64; BLOCK])>,
    /// Rules of one row.
    rules: Vec<u32>,
    sums: [Vec<Cell>; 3],
}

impl<'i, 'e> Scan<'i, 'e> {
    pub(super) fn new(index: &'i Index, env: &'i Env<'e>) -> Scan<'i, 'e> {
        let judge = Judge::new(&index.residuals, env);
        Scan { judge, codes: Vec::new(), possible: Vec::new(), wanted: Vec::new(), rules: Vec::new(), sums: Default::default() }
    }

    /// Finds the first rule of each row, where it comes before the one that is known.
    pub(super) fn first<C: Columns>(&mut self, segment: &Segment, columns: &C, rows: Range<usize>, first: &mut [u32]) {
        self.encode(segment, columns, &rows);
        self.first_of_head(segment, first);
        self.settle(segment, columns, rows.start, first);
        if !segment.has_tail() {
            return;
        }
        self.want(segment, first.chunks(BLOCK).map(|first| as_bits(first.iter().map(|rule| *rule == NONE))));
        self.tail(segment, |row, word, cubes| {
            let sure = cubes & segment.sure[word];
            if sure != 0 {
                first[row] = first[row].min(segment.end(word, sure).rule);
            }
            cubes & !sure
        });
        self.settle(segment, columns, rows.start, first);
    }

    /// Calls back for every rule of every row, the rules of a row rising.
    pub(super) fn all<C: Columns>(&mut self, segment: &Segment, columns: &C, rows: Range<usize>, mut visit: impl FnMut(usize, u32)) {
        self.encode(segment, columns, &rows);
        let Scan { codes, possible, .. } = self;
        meet(&segment.heads(), codes, 0..rows.len(), |row, head| possible.extend(words(row, head)));
        if segment.has_tail() {
            self.want(segment, (0..rows.len()).step_by(BLOCK).map(|block| as_bits((block..rows.len()).take(BLOCK).map(|_| true))));
            self.tail(segment, |_, _, cubes| cubes);
        }
        let Scan { judge, possible, rules, .. } = self;
        for of_row in possible.chunk_by(|one, next| one.row == next.row) {
            let row = rows.start + of_row[0].row;
            let facts = columns.row(row);
            judge.next_row();
            rules.clear();
            for Possible { word, cubes, .. } in of_row {
                let ends = bits(*cubes).map(|bit| segment.end(*word, 1 << bit));
                rules.extend(ends.filter(|end| judge.all_hold(&end.needs, &facts)).map(|end| end.rule));
            }
            // A rule with several cubes is one rule.
            rules.sort_unstable();
            rules.dedup();
            rules.iter().for_each(|rule| visit(row, *rule));
        }
        possible.clear();
    }

    /// Works out the codes of some rows.
    fn encode<C: Columns>(&mut self, segment: &Segment, columns: &C, rows: &Range<usize>) {
        self.codes.resize(segment.groups.len(), [0; CHUNK]);
        for (group, codes) in segment.groups.iter().zip(&mut self.codes) {
            let codes = &mut codes[..rows.len()];
            if group.columns.is_empty() {
                codes.fill(0);
            }
            for (at, column) in group.columns.iter().enumerate() {
                column.encode(cells(column.axis, columns, rows.clone(), &mut self.sums), at > 0, codes);
            }
        }
    }

    /// Finds the first sure rule of the head for each row; what residual conditions may find before it remains possible.
    fn first_of_head(&mut self, segment: &Segment, first: &mut [u32]) {
        let Scan { codes, possible, .. } = self;
        let (heads, rows) = (segment.heads(), 0..first.len());
        let rule = |cubes: u128| segment.rules.get(cubes.trailing_zeros() as usize).copied().unwrap_or(NONE);
        let sure = segment.sure_head();
        if segment.is_head_sure() {
            meet(&heads, codes, rows, |row, head| first[row] = first[row].min(rule(head)));
            return;
        }
        meet(&heads, codes, rows, |row, head| {
            let known = head & sure;
            first[row] = first[row].min(rule(known));
            let before = (known & known.wrapping_neg()).wrapping_sub(1);
            possible.extend(words(row, head & !sure & before));
        });
    }

    /// Asks for the residual conditions of what is possible, and finds the first rule of each row with it.
    fn settle<C: Columns>(&mut self, segment: &Segment, columns: &C, start: usize, first: &mut [u32]) {
        let Scan { judge, possible, .. } = self;
        for of_row in possible.chunk_by(|one, next| one.row == next.row) {
            let row = of_row[0].row;
            let facts = columns.row(start + row);
            judge.next_row();
            for Possible { word, cubes, .. } in of_row {
                let ends = bits(*cubes).map(|bit| segment.end(*word, 1 << bit));
                let mut ends = ends.take_while(|end| end.rule < first[row]);
                if let Some(end) = ends.find(|end| judge.all_hold(&end.needs, &facts)) {
                    first[row] = end.rule;
                }
            }
        }
        possible.clear();
    }

    /// Notes which words after the head some rows want to look at: those of each block, as bits.
    fn want(&mut self, segment: &Segment, rows: impl Iterator<Item = u64>) {
        let summaries = segment.summaries();
        self.wanted.clear();
        for (block, rows) in (0..).step_by(BLOCK).zip(rows).filter(|(_, rows)| *rows != 0) {
            let mut words = [0; BLOCK];
            meet(&summaries, &self.codes, bits(rows).map(|row| block + row), |row, own| words[row % BLOCK] = own);
            transpose(&mut words);
            self.wanted.push((block, words));
        }
    }

    /// Calls back for the cubes of words that rows wanted to look at; what the answer leaves of them remains possible, in order of rows.
    /// Word by word, because the bitmaps of one word stay in the first cache.
    fn tail(&mut self, segment: &Segment, mut visit: impl FnMut(usize, usize, u64) -> u64) {
        let Scan { codes, possible, wanted, .. } = self;
        for word in HEAD_WORDS..segment.words() {
            let tails = segment.tails(word);
            for (block, rows) in &*wanted {
                let rows = bits(rows[word - HEAD_WORDS]).map(|row| block + row);
                meet(&tails, codes, rows, |row, cubes| {
                    if cubes != 0 {
                        let cubes = visit(row, word, cubes);
                        possible.extend((cubes != 0).then_some(Possible { row, word, cubes }));
                    }
                });
            }
        }
        // The answers to residual conditions are remembered for one row at a time.
        possible.sort_by_key(|possible| possible.row);
    }
}

/// Calls back for some rows with the bits that all tables, one per group, have for their codes.
fn meet<T: Copy + Default + BitAnd<Output = T>>(
    tables: &[&[T]],
    codes: &[Codes],
    rows: impl Iterator<Item = usize>,
    mut visit: impl FnMut(usize, T),
) {
    let of = |table: &[T], codes: &Codes, row: usize| table.get(codes[row % CHUNK] as usize).copied().unwrap_or_default();
    match (tables, codes) {
        ([a], [of_a, ..]) => rows.for_each(|row| visit(row, of(a, of_a, row))),
        ([a, b], [of_a, of_b, ..]) => rows.for_each(|row| visit(row, of(a, of_a, row) & of(b, of_b, row))),
        ([a, b, c], [of_a, of_b, of_c, ..]) => {
            rows.for_each(|row| visit(row, of(a, of_a, row) & of(b, of_b, row) & of(c, of_c, row)));
        }
        ([a, b, c, rest @ ..], [of_a, of_b, of_c, of_rest @ ..]) => rows.for_each(|row| {
            let of_three = of(a, of_a, row) & of(b, of_b, row) & of(c, of_c, row);
            visit(row, rest.iter().zip(of_rest).fold(of_three, |all, (table, codes)| all & of(table, codes, row)));
        }),
        _ => {}
    }
}

/// The words of a head that have cubes.
fn words(row: usize, head: u128) -> impl Iterator<Item = Possible> {
    let low = move |word: usize| u64::try_from(head >> (64 * word) & u128::from(u64::MAX)).unwrap_or(0);
    (0..HEAD_WORDS).map(move |word| Possible { row, word, cubes: low(word) }).filter(|possible| possible.cubes != 0)
}

/// The places of the bits that are set, rising.
fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = word.trailing_zeros() as usize;
        let some = word != 0;
        word &= word.wrapping_sub(1);
        some.then_some(at)
    })
}

/// At most 64 answers as bits, the first one lowest.
fn as_bits(answers: impl DoubleEndedIterator<Item = bool>) -> u64 {
    answers.rev().fold(0, |bits, answer| bits << 1 | u64::from(answer))
}

/// Exchanges rows and columns of a square of bits: those of squares within it, each half as wide as those before.
fn transpose(square: &mut [u64; BLOCK]) {
    exchange::<32>(square, 0x0000_0000_FFFF_FFFF);
    exchange::<16>(square, 0x0000_FFFF_0000_FFFF);
    exchange::<8>(square, 0x00FF_00FF_00FF_00FF);
    exchange::<4>(square, 0x0F0F_0F0F_0F0F_0F0F);
    exchange::<2>(square, 0x3333_3333_3333_3333);
    exchange::<1>(square, 0x5555_5555_5555_5555);
}

fn exchange<const WIDTH: usize>(square: &mut [u64; BLOCK], low: u64) {
    for rows in square.chunks_exact_mut(2 * WIDTH) {
        let (upper, lower) = rows.split_at_mut(WIDTH);
        for (upper, lower) in upper.iter_mut().zip(lower) {
            let exchanged = (*upper >> WIDTH ^ *lower) & low;
            *upper ^= exchanged << WIDTH;
            *lower ^= exchanged;
        }
    }
}

/// The cells of what a column of the index shows.
fn cells<'c, C: Columns>(axis: Axis, columns: &'c C, rows: Range<usize>, buffers: &'c mut [Vec<Cell>; 3]) -> &'c [Cell] {
    let [buffer, other, worked_out] = buffers;
    match axis {
        Axis::Field(field) => columns.cells(field, rows, buffer),
        Axis::Tag { field, bit } => {
            let tags = columns.cells(field, rows, buffer);
            worked_out.clear();
            worked_out.extend(tags.iter().map(|tags| tags.max(&0).checked_shr(bit).map_or(0, |bits| bits & 1)));
            worked_out
        }
        Axis::Weighed(weighed) => {
            let left = columns.cells(weighed.left.0, rows.clone(), buffer);
            let right = columns.cells(weighed.right.0, rows, other);
            let sum = |(left, right): (&Cell, &Cell)| {
                if *left == MISSING || *right == MISSING { MISSING } else { weighed.of(*left, *right) }
            };
            worked_out.clear();
            worked_out.extend(left.iter().zip(right).map(sum));
            worked_out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_square_has_its_rows_for_columns() {
        let square: [u64; BLOCK] = std::array::from_fn(|row| 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(row as u64 + 1).rotate_left(7));
        let mut transposed = square;
        transpose(&mut transposed);
        let bit = |square: &[u64; BLOCK], row: usize, column: usize| square[row] >> column & 1;
        assert!((0..BLOCK * BLOCK).all(|at| bit(&square, at / BLOCK, at % BLOCK) == bit(&transposed, at % BLOCK, at / BLOCK)));
    }

    #[test]
    fn bits_and_answers_say_the_same() {
        for word in [0, 1, u64::MAX, 1 << 63, 0x8421] {
            assert_eq!(as_bits((0..BLOCK).map(|at| bits(word).any(|bit| bit == at))), word);
        }
    }
}
