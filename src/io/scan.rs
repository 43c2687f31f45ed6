//! The scan: row groups are decoded in parallel, each batch is put in order of shard, and every shard takes its rows from the
//! batches in order of the files.
//!
//! The table is read in rounds. While the batches of one round are decoded, those of the round before go to their shards, straight
//! to their final place; so only two rounds are held twice, and the rows of a shard are in the order of their source rows whatever
//! the number of threads.

use std::ops::Range;

use arrow::array::RecordBatch;
use rayon::prelude::*;

use crate::base::contract::{Kind, invoices, state};
use crate::base::hash::key_hash;
use crate::base::table::{Column, Defect, Table, Texts};
use crate::error::{Exit, Failure};
use crate::io::decode::{self, Cells, Refused};
use crate::io::guard;
use crate::io::input::{Annotations, Input, Piece};
use crate::io::schema::Origin;

/// How much is done at a time.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// Rows that one thread decodes at a time, at least, where row groups are that small.
    span_rows: u64,
    /// Rows of a round for each thread: enough to keep all threads busy, few enough to be held twice.
    round_rows: u64,
    /// Bytes of text a column of a block may have.
    block_text: usize,
    /// Rows of a block in a batch with more text than that: a text has at most 1 MiB.
    long_text_rows: usize,
}

const SIZES: Sizes = Sizes { span_rows: 1 << 16, round_rows: 1 << 18, block_text: (1 << 32) - 1, long_text_rows: (1 << 12) - 1 };

/// A footer may promise this many times the rows that were seen before room is made for all of them.
const TRUST: usize = 64;

/// Hears how far the scan is.
pub trait Progress: Sync {
    /// So many rows will be read in all.
    fn expect(&self, _rows: u64) {}
    /// `rows` more rows were read.
    ///
    /// # Errors
    /// Why the scan is to end here.
    fn rows(&self, rows: u64) -> Result<(), Failure>;
}

/// Nobody listens.
pub struct Quiet;

impl Progress for Quiet {
    fn rows(&self, _: u64) -> Result<(), Failure> {
        Ok(())
    }
}

/// What decides where a row goes, where the table has it and the row a value.
#[derive(Debug, Clone, Copy)]
pub struct RowKeys<'a> {
    pub customer_id: Option<&'a [u8]>,
    pub invoice_id: Option<&'a [u8]>,
    /// What a row of the state remembers, as an index into the values of its kind.
    pub record: Option<u8>,
}

/// The part a row goes to: all rows of one `customer_id` and `record` to the same.
pub type Route<'a> = dyn Fn(RowKeys<'_>) -> usize + Sync + 'a;

impl Input {
    /// Reads the whole table and gives each row to one of so many parts, mostly a shard; each part is in the order of the source rows.
    ///
    /// `key` names the column whose hash goes into [`Table::key_hash`].
    ///
    /// # Errors
    /// [`Exit::Data`] where a file is damaged or changes meanwhile, or one part has more than 4 GiB of text in a column.
    pub fn scatter(&self, parts: usize, route: &Route<'_>, key: Option<usize>, progress: &dyn Progress) -> Result<Vec<Table>, Failure> {
        self.read(parts, route, key, progress, SIZES)
    }

    /// Reads the whole table as one; for small tables.
    ///
    /// # Errors
    /// As [`Input::scatter`].
    pub fn gather(&self, key: Option<usize>, progress: &dyn Progress) -> Result<Table, Failure> {
        let mut tables = self.read(1, &|_| 0, key, progress, SIZES)?;
        Ok(tables.pop().unwrap_or_default())
    }

    fn read(
        &self,
        shards: usize,
        route: &Route<'_>,
        key: Option<usize>,
        progress: &dyn Progress,
        sizes: Sizes,
    ) -> Result<Vec<Table>, Failure> {
        let spans = self.spans(sizes.span_rows);
        let scan = Scan { input: self, shards, route, key, progress, ids: Ids::of(self), sizes };
        let mut tables: Vec<Table> = (0..shards).map(|_| self.empty()).collect();
        let mut blocks = Vec::new();
        let mut placed = 0;
        for round in rounds(&spans, sizes.round_rows) {
            let before = std::mem::take(&mut blocks);
            let (done, decoded) = rayon::join(|| self.settle(&mut tables, before, &mut placed), || scan.round(round));
            done?;
            blocks = decoded?;
        }
        self.settle(&mut tables, blocks, &mut placed)?;
        Ok(tables)
    }

    /// Appends the rows of these blocks to the tables of their shards. `placed` counts the rows that have their place.
    fn settle(&self, tables: &mut [Table], blocks: Vec<Block>, placed: &mut usize) -> Result<(), Failure> {
        let rows: usize = blocks.iter().map(|block| block.table.len()).sum();
        *placed += rows;
        let promised = usize::try_from(self.rows()).unwrap_or(usize::MAX).min(placed.saturating_mul(TRUST));
        let share = promised / tables.len().max(1);
        let columns = 0..self.matched.kinds.len();
        let bytes = columns.map(|at| blocks.iter().map(|block| text_bytes(&block.table.columns[at])).sum()).collect();
        let expected = Expected { rows: share + share / 16, bytes, of_rows: rows.max(1) };
        let done: Vec<Result<(), Failure>> =
            tables.par_iter_mut().enumerate().map(|(shard, table)| self.take(table, shard, &blocks, &expected)).collect();
        // Each gives a few megabytes back, which takes the system a while.
        blocks.into_par_iter().for_each(drop);
        done.into_iter().collect()
    }

    /// Appends the rows of one shard to its table.
    fn take(&self, table: &mut Table, shard: usize, blocks: &[Block], expected: &Expected) -> Result<(), Failure> {
        for (at, column) in table.columns.iter().enumerate() {
            let more: usize = blocks.iter().map(|block| text_bytes_in(&block.table.columns[at], &block.rows(shard))).sum();
            self.check_bytes(at, text_bytes(column) + more)?;
        }
        let len = table.len();
        let appears =
            |at: usize, column: &mut Column| blocks.iter().any(|block| column.appear(len, &block.table.columns[at], block.rows(shard)));
        let new: Vec<bool> = table.columns.iter_mut().enumerate().map(|(at, column)| appears(at, column)).collect();
        expected.make_room(table, &new, blocks.iter().map(|block| block.rows(shard).len()).sum());
        for block in blocks {
            table.append_range(&block.table, block.rows(shard));
        }
        Ok(())
    }

    fn check_bytes(&self, column: usize, bytes: usize) -> Result<(), Failure> {
        if u32::try_from(bytes).is_ok() {
            return Ok(());
        }
        let table = self.table();
        let name = table.columns.get(column).map(|column| column.name);
        let name = name.or_else(|| self.wanted.extra.get(column - table.columns.len()).map(String::as_str)).unwrap_or_default();
        let message = format!("{}: column {name} has more than 4 GiB of text for the customers of one shard", table.name);
        Err(Failure::new(Exit::Data, message).remedy("shorten the texts of the column or leave it out of the export"))
    }

    /// The table without rows. What a ledger does not tell is absent from it; the state has rows of several kinds, none of which fills
    /// all its columns, so each is absent until a row does.
    fn empty(&self) -> Table {
        let origins = self.matched.origins.first().filter(|_| self.table().name != state::SPEC.name);
        let columns = self.matched.kinds.iter().enumerate().map(|(at, kind)| {
            let absent = origins.is_none_or(|origins| origins[at] == Origin::Absent);
            if absent { Column::Absent } else { Column::empty(*kind) }
        });
        Table { columns: columns.collect(), ..Table::default() }
    }
}

/// Where a table has what its rows are routed by.
struct Ids {
    customer: Option<usize>,
    invoice: Option<usize>,
    record: Option<usize>,
}

impl Ids {
    fn of(input: &Input) -> Ids {
        let place = |column: usize| input.table().position(invoices::SPEC.columns[column].name);
        let record = (input.table().name == state::SPEC.name).then_some(state::RECORD);
        Ids { customer: place(invoices::CUSTOMER_ID), invoice: place(invoices::INVOICE_ID), record }
    }
}

/// What all threads of one scan share.
struct Scan<'a> {
    input: &'a Input,
    shards: usize,
    route: &'a Route<'a>,
    key: Option<usize>,
    progress: &'a dyn Progress,
    ids: Ids,
    sizes: Sizes,
}

impl Scan<'_> {
    /// Decodes the spans of a round; the first in order that cannot be decoded decides the failure.
    fn round(&self, spans: &[Vec<Piece>]) -> Result<Vec<Block>, Failure> {
        let blocks: Vec<Result<Vec<Block>, Failure>> = spans.par_iter().map(|span| self.span(span)).collect();
        Ok(blocks.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    fn span(&self, pieces: &[Piece]) -> Result<Vec<Block>, Failure> {
        let mut blocks = Vec::new();
        for piece in pieces {
            self.piece(piece, &mut blocks)?;
        }
        Ok(blocks)
    }

    /// Decodes a piece batch by batch. Where a page cannot be decoded, it is tried once more with texts as bytes, so that
    /// a cell that is no UTF-8 refuses its row and not the file.
    fn piece(&self, piece: &Piece, blocks: &mut Vec<Block>) -> Result<(), Failure> {
        let name = &self.input.files[piece.file].source.name;
        let mut annotations = Annotations::Trusted;
        let mut reader = self.input.reader(piece, annotations, 0)?;
        let mut done = 0;
        loop {
            match guard::decoding(name, || Ok(reader.next().transpose()?)) {
                Ok(Some(batch)) => {
                    self.batch(piece, done, &batch, blocks);
                    done += rows_of(&batch);
                    self.progress.rows(rows_of(&batch))?;
                }
                Ok(None) if done == piece.rows => return Ok(()),
                Ok(None) => return Err(guard::damaged(name, "a row group has fewer rows than the footer says")),
                Err(failure) if annotations == Annotations::Ignored => return Err(failure),
                Err(_) => {
                    annotations = Annotations::Ignored;
                    reader = self.input.reader(piece, annotations, done)?;
                }
            }
        }
    }

    /// Puts the rows of a batch in order of shard.
    fn batch(&self, piece: &Piece, done: u64, batch: &RecordBatch, blocks: &mut Vec<Block>) {
        let mut refused = Vec::new();
        let columns = self.cells(piece.file, batch, &mut refused);
        let shard_of = self.shards_of(&columns, batch.num_rows());
        let is_long = columns.iter().any(|cells| cells.text_bytes() > self.sizes.block_text);
        let step = if is_long { self.sizes.long_text_rows } else { batch.num_rows().max(1) };
        let first = u32::try_from(piece.first_row + done).unwrap_or(u32::MAX);
        for start in (0..batch.num_rows()).step_by(step) {
            let rows = start..usize::min(start + step, batch.num_rows());
            blocks.push(self.block(rows, &columns, &shard_of, &refused, first));
        }
    }

    /// A block of these rows of a batch whose first row has the number `first`.
    fn block(&self, rows: Range<usize>, columns: &[Cells], shard_of: &[u16], refused: &[(u16, Vec<Refused>)], first: u32) -> Block {
        let order = Order::by_shard(rows.clone(), shard_of, self.shards);
        let kinds = self.input.matched.kinds.iter();
        let mut table = Table {
            columns: kinds.zip(columns).map(|(kind, cells)| column(*kind, cells, &order.rows)).collect(),
            source_row: order.rows.iter().map(|row| first + row).collect(),
            ..Table::default()
        };
        if let Some(key) = self.key {
            table.key_hash = match &table.columns[key] {
                Column::Text(texts) => texts.iter().map(key_hash).collect(),
                _ => vec![key_hash(b""); table.len()],
            };
        }
        for (column, cells) in refused {
            for cell in cells.iter().filter(|cell| rows.contains(&cell.row)) {
                let row = u32::try_from(order.position(cell.row, shard_of)).unwrap_or(u32::MAX);
                table.defects.push(Defect { row, column: *column, kind: cell.kind, value: cell.value.clone() });
            }
        }
        table.defects.sort_by_key(|defect| (defect.row, defect.column));
        Block { table, ends: order.ends }
    }

    /// The shard of each row. Neighbours often have the same customer, which is looked up once.
    fn shards_of(&self, columns: &[Cells], rows: usize) -> Vec<u16> {
        let customers = self.ids.customer.map(|place| &columns[place]);
        let mut shards: Vec<u16> = Vec::with_capacity(rows);
        let record = |row: usize| self.ids.record.and_then(|place| columns[place].choice(row));
        for row in 0..rows {
            let is_same =
                |cells: &&Cells| row > 0 && cells.is_same(row - 1, row) && !cells.text(row).is_empty() && record(row - 1) == record(row);
            shards.push(match customers.filter(is_same) {
                Some(_) => shards[row - 1],
                None => u16::try_from((self.route)(self.keys(columns, row))).unwrap_or(0),
            });
        }
        shards
    }

    /// The cells of all columns of the table, in its order.
    fn cells(&self, file: usize, batch: &RecordBatch, refused: &mut Vec<(u16, Vec<Refused>)>) -> Vec<Cells> {
        let places = self.input.places(file);
        let origins = &self.input.matched.origins[file];
        let columns = origins.iter().zip(&self.input.matched.kinds).enumerate().map(|(column, (origin, kind))| {
            let mut of_column = Vec::new();
            let words = self.input.wanted.words_of(column);
            let cells = match origin {
                Origin::Absent => Cells::Absent,
                Origin::Folder(value) => decode::repeated(*kind, value.as_deref(), batch.num_rows(), words, &mut of_column),
                Origin::File(place) => {
                    let at = places.partition_point(|other| other < place);
                    decode::cells(*kind, batch.column(at), words, &mut of_column)
                }
            };
            if !of_column.is_empty() {
                refused.push((u16::try_from(column).unwrap_or(u16::MAX), of_column));
            }
            cells
        });
        columns.collect()
    }

    fn keys<'b>(&self, columns: &'b [Cells], row: usize) -> RowKeys<'b> {
        let id = |place: Option<usize>| place.map(|place| columns[place].text(row)).filter(|id| !id.is_empty());
        let record = self.ids.record.and_then(|place| columns[place].choice(row));
        RowKeys { customer_id: id(self.ids.customer), invoice_id: id(self.ids.invoice), record }
    }
}

/// Rows of a batch, in order of shard and of source row within each.
struct Block {
    table: Table,
    /// Where the rows of each shard end.
    ends: Vec<usize>,
}

impl Block {
    fn rows(&self, shard: usize) -> Range<usize> {
        let start = if shard == 0 { 0 } else { self.ends[shard - 1] };
        start..self.ends[shard]
    }
}

/// What the table of a shard is expected to need in all, should the rows to come be like those of this round.
struct Expected {
    rows: usize,
    /// Bytes of text in each column of a round...
    bytes: Vec<usize>,
    /// ... of so many rows.
    of_rows: usize,
}

impl Expected {
    /// Makes room in a table for `more` rows: once for each column, where the expectation holds. `new` columns have no room yet.
    fn make_room(&self, table: &mut Table, new: &[bool], more: usize) {
        let needed = table.len() + more;
        let grows = needed > table.source_row.capacity();
        let rows = if grows { usize::max(self.rows, needed) } else { table.source_row.capacity() } - table.len();
        for ((column, bytes), new) in table.columns.iter_mut().zip(&self.bytes).zip(new) {
            if grows || *new {
                column.reserve(rows, bytes.saturating_mul(rows) / self.of_rows);
            }
        }
        if grows {
            table.source_row.reserve(rows);
        }
    }
}

/// Consecutive spans, so many at a time that each thread has enough to do.
fn rounds(spans: &[Vec<Piece>], rows_per_thread: u64) -> Vec<&[Vec<Piece>]> {
    let threads = rayon::current_num_threads();
    let wanted = rows_per_thread.saturating_mul(u64::try_from(threads).unwrap_or(1));
    let mut rounds = Vec::new();
    let (mut start, mut rows) = (0, 0);
    for (at, span) in spans.iter().enumerate() {
        rows += span.iter().map(|piece| piece.rows).sum::<u64>();
        if rows >= wanted && at + 1 - start >= threads {
            rounds.push(&spans[start..=at]);
            (start, rows) = (at + 1, 0);
        }
    }
    rounds.push(&spans[start..]);
    rounds
}

/// The rows of a batch, grouped by shard and in order within each: a counting sort.
struct Order {
    rows: Vec<u32>,
    ends: Vec<usize>,
}

impl Order {
    fn by_shard(range: Range<usize>, shard_of: &[u16], shards: usize) -> Order {
        let mut next = vec![0; shards + 1];
        for shard in &shard_of[range.clone()] {
            next[usize::from(*shard) + 1] += 1;
        }
        for shard in 0..shards {
            next[shard + 1] += next[shard];
        }
        let mut rows = vec![0; range.len()];
        for row in range {
            let next = &mut next[usize::from(shard_of[row])];
            rows[*next] = u32::try_from(row).unwrap_or(u32::MAX);
            *next += 1;
        }
        next.pop();
        Order { rows, ends: next }
    }

    /// Where a row of the batch has come to be.
    fn position(&self, row: usize, shard_of: &[u16]) -> usize {
        let shard = usize::from(shard_of[row]);
        let start = if shard == 0 { 0 } else { self.ends[shard - 1] };
        start + self.rows[start..self.ends[shard]].partition_point(|other| (*other as usize) < row)
    }
}

/// The cells of some rows as a column.
fn column(kind: Kind, cells: &Cells, rows: &[u32]) -> Column {
    match cells {
        Cells::Views { .. } | Cells::Ready(Column::Text(_)) => Column::Text(texts(cells, rows)),
        Cells::Ready(Column::Money(from)) => Column::Money(pick(from, rows)),
        Cells::Ready(Column::Number(from)) => Column::Number(pick(from, rows)),
        Cells::Ready(Column::Whole(from)) => Column::Whole(pick(from, rows)),
        Cells::Ready(Column::Date(from)) => Column::Date(pick(from, rows)),
        Cells::Ready(Column::Flag(from)) => Column::Flag(pick(from, rows)),
        Cells::Ready(Column::Choice(from)) => Column::Choice(pick(from, rows)),
        Cells::Ready(Column::Decimal(from)) => Column::Decimal(pick(from, rows)),
        // Only outputs have these.
        Cells::Ready(Column::Coded(_)) => Column::empty(kind),
        Cells::Absent | Cells::Ready(Column::Absent) => Column::Absent,
    }
}

fn pick<T: Copy>(from: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|row| from[*row as usize]).collect()
}

fn texts(cells: &Cells, rows: &[u32]) -> Texts {
    let mut texts = Texts::default();
    texts.reserve(rows.len(), cells.text_bytes() + decode::SHORT);
    match cells {
        Cells::Views { views, .. } => {
            for row in rows.iter().map(|row| *row as usize) {
                match decode::short(views, row) {
                    Some((bytes, length)) => texts.push_short(&bytes, length),
                    None => texts.push(views.value(row).as_bytes()),
                }
            }
        }
        _ => texts.extend(rows.iter().map(|row| cells.text(*row as usize))),
    }
    texts
}

fn text_bytes(column: &Column) -> usize {
    if let Column::Text(texts) = column { texts.byte_len() } else { 0 }
}

fn text_bytes_in(column: &Column, rows: &Range<usize>) -> usize {
    if let Column::Text(texts) = column { texts.byte_range(rows).len() } else { 0 }
}

fn rows_of(batch: &RecordBatch) -> u64 {
    u64::try_from(batch.num_rows()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
