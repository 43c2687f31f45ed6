//! The scan: row groups decoded in parallel and scattered to shards in one pass, each thread into its own buffers.
//!
//! Parts of the table are read by different threads but joined in order of the files, so the rows of a shard are in the order
//! of their source rows whatever the number of threads.

use arrow::array::{Array, RecordBatch};
use rayon::prelude::*;

use crate::base::contract::invoices;
use crate::base::hash::{SHARDS, key_hash};
use crate::base::table::{Column, Defect, Table, Texts};
use crate::error::{Exit, Failure};
use crate::io::decode::{self, Cells, Refused};
use crate::io::guard;
use crate::io::input::{Annotations, Input, Piece};
use crate::io::schema::Origin;

/// Rows a part of the table has at least: fewer would make more buffers than they save time.
const PART_ROWS: u64 = 1 << 18;
/// Rows a shard's buffers are sized for before any row is there.
const RESERVED_ROWS: u64 = 1 << 22;

/// Bytes per text a shard's buffers are sized for at most.
const RESERVED_TEXT: usize = 64;

/// Hears how far the scan is.
pub trait Progress: Sync {
    /// So many rows will be read in all.
    fn expect(&self, _rows: u64) {}
    /// `rows` more rows were read.
    fn rows(&self, rows: u64);
}

/// Nobody listens.
pub struct Quiet;

impl Progress for Quiet {
    fn rows(&self, _: u64) {}
}

/// The ids by which a row finds its shard, where the table has them and the row a value.
#[derive(Debug, Clone, Copy)]
pub struct RowKeys<'a> {
    pub customer_id: Option<&'a [u8]>,
    pub invoice_id: Option<&'a [u8]>,
}

/// The shard of a row, below [`SHARDS`].
pub type Route<'a> = dyn Fn(RowKeys<'_>) -> usize + Sync + 'a;

/// A table by shard.
#[derive(Debug)]
pub struct Scattered {
    /// [`SHARDS`] tables, each in the order of the source rows.
    pub shards: Vec<Table>,
    /// Rows of all shards.
    pub rows: u64,
}

impl Input {
    /// Reads the whole table and gives each row to its shard.
    ///
    /// `key` names the column whose hash goes into [`Table::key_hash`].
    ///
    /// # Errors
    /// [`Exit::Data`] where a file is damaged or changes meanwhile, or one shard has more than 4 GiB of text in a column.
    pub fn scatter(&self, route: &Route<'_>, key: Option<usize>, progress: &dyn Progress) -> Result<Scattered, Failure> {
        let shards = self.read(SHARDS, route, key, progress)?;
        Ok(Scattered { shards, rows: self.rows() })
    }

    /// Reads the whole table as one; for small tables.
    ///
    /// # Errors
    /// As [`Input::scatter`].
    pub fn gather(&self, key: Option<usize>, progress: &dyn Progress) -> Result<Table, Failure> {
        let mut tables = self.read(1, &|_| 0, key, progress)?;
        Ok(tables.pop().unwrap_or_default())
    }

    fn read(&self, shards: usize, route: &Route<'_>, key: Option<usize>, progress: &dyn Progress) -> Result<Vec<Table>, Failure> {
        let threads = u64::try_from(rayon::current_num_threads()).unwrap_or(1);
        let spans = self.spans(u64::max(PART_ROWS, self.rows() / (4 * threads)));
        let scan = Scan { input: self, shards, route, key, progress, ids: Ids::of(self) };
        let parts: Vec<Result<Vec<Table>, Failure>> = spans.par_iter().map(|span| scan.part(span)).collect();
        self.join(shards, parts.into_iter().collect::<Result<Vec<_>, _>>()?)
    }

    /// Joins the parts of each shard in order.
    fn join(&self, shards: usize, parts: Vec<Vec<Table>>) -> Result<Vec<Table>, Failure> {
        let mut by_shard: Vec<Vec<Table>> = (0..shards).map(|_| Vec::with_capacity(parts.len())).collect();
        for part in parts {
            for (tables, table) in by_shard.iter_mut().zip(part) {
                tables.push(table);
            }
        }
        let joined: Vec<Result<Table, Failure>> = by_shard.into_par_iter().map(|tables| self.join_shard(tables)).collect();
        joined.into_iter().collect()
    }

    fn join_shard(&self, tables: Vec<Table>) -> Result<Table, Failure> {
        let mut bytes = vec![0; self.matched.kinds.len()];
        for (at, bytes) in bytes.iter_mut().enumerate() {
            *bytes = tables.iter().filter_map(|table| table.columns.get(at)).map(text_bytes).sum();
            self.check_bytes(at, *bytes)?;
        }
        let rows: usize = tables.iter().map(Table::len).sum();
        let mut tables = tables.into_iter();
        let mut joined = tables.next().unwrap_or_else(|| self.empty());
        let more = rows - joined.len();
        joined.source_row.reserve_exact(more);
        for (column, bytes) in joined.columns.iter_mut().zip(&bytes) {
            column.reserve(more, bytes - text_bytes(column));
        }
        for mut table in tables {
            let before = u32::try_from(joined.len()).unwrap_or(u32::MAX);
            for (column, more) in joined.columns.iter_mut().zip(&table.columns) {
                column.append(more);
            }
            joined.source_row.append(&mut table.source_row);
            joined.key_hash.append(&mut table.key_hash);
            joined.defects.extend(table.defects.into_iter().map(|defect| Defect { row: defect.row + before, ..defect }));
        }
        joined.defects.sort_by_key(|defect| (defect.row, defect.column));
        Ok(joined)
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

    /// The table without rows.
    fn empty(&self) -> Table {
        let origins = self.matched.origins.first();
        let columns = self.matched.kinds.iter().enumerate().map(|(at, kind)| {
            let absent = origins.is_none_or(|origins| origins[at] == Origin::Absent);
            if absent { Column::Absent } else { Column::empty(*kind) }
        });
        Table { columns: columns.collect(), ..Table::default() }
    }
}

/// Where a table has the ids its rows are routed by.
struct Ids {
    customer: Option<usize>,
    invoice: Option<usize>,
}

impl Ids {
    fn of(input: &Input) -> Ids {
        let place = |column: usize| input.table().position(invoices::SPEC.columns[column].name);
        Ids { customer: place(invoices::CUSTOMER_ID), invoice: place(invoices::INVOICE_ID) }
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
}

impl Scan<'_> {
    /// Reads consecutive pieces into fresh shard buffers.
    fn part(&self, pieces: &[Piece]) -> Result<Vec<Table>, Failure> {
        let rows = pieces.iter().map(|piece| piece.rows).sum::<u64>().min(RESERVED_ROWS);
        let share = usize::try_from(rows).unwrap_or(0) / self.shards;
        let mut tables: Vec<Table> = (0..self.shards).map(|_| self.input.empty()).collect();
        for table in &mut tables {
            reserve(table, share + share / 8, self.key.is_some());
        }
        for piece in pieces {
            self.piece(piece, &mut tables)?;
        }
        Ok(tables)
    }

    /// Decodes a piece batch by batch. Where a page cannot be decoded, it is tried once more with texts as bytes, so that
    /// a cell that is no UTF-8 refuses its row and not the file.
    fn piece(&self, piece: &Piece, tables: &mut [Table]) -> Result<(), Failure> {
        let name = &self.input.files[piece.file].source.name;
        let mut annotations = Annotations::Trusted;
        let mut reader = self.input.reader(piece, annotations, 0)?;
        let mut done = 0;
        loop {
            match guard::decoding(name, || Ok(reader.next().transpose()?)) {
                Ok(Some(batch)) => {
                    self.batch(piece, done, &batch, tables)?;
                    done += rows_of(&batch);
                    self.progress.rows(rows_of(&batch));
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

    fn batch(&self, piece: &Piece, done: u64, batch: &RecordBatch, tables: &mut [Table]) -> Result<(), Failure> {
        let rows = batch.num_rows();
        let mut refused = Vec::new();
        let columns = self.cells(piece.file, batch, &mut refused);
        let shard_of: Vec<usize> = (0..rows).map(|row| (self.route)(self.keys(&columns, row))).collect();
        let order = Order::by_shard(&shard_of, self.shards);
        self.place_defects(&order, &shard_of, refused, tables);
        for (column, cells) in columns.iter().enumerate() {
            for (shard, table) in tables.iter_mut().enumerate() {
                scatter(&mut table.columns[column], cells, order.rows(shard)).or_else(|bytes| self.input.check_bytes(column, bytes))?;
            }
        }
        let first = u32::try_from(piece.first_row + done).unwrap_or(u32::MAX);
        for (shard, table) in tables.iter_mut().enumerate() {
            table.source_row.extend(order.rows(shard).iter().map(|row| first + row));
            if let Some(key) = self.key {
                table.key_hash.extend(order.rows(shard).iter().map(|row| key_hash(columns[key].text(*row as usize))));
            }
        }
        Ok(())
    }

    /// The cells of all columns of the table, in its order.
    fn cells(&self, file: usize, batch: &RecordBatch, refused: &mut Vec<(u16, Vec<Refused>)>) -> Vec<Cells> {
        let places = self.input.places(file);
        let origins = &self.input.matched.origins[file];
        let columns = origins.iter().zip(&self.input.matched.kinds).enumerate().map(|(column, (origin, kind))| {
            let mut of_column = Vec::new();
            let cells = match origin {
                Origin::Absent => Cells::Absent,
                Origin::Folder(value) => decode::repeated(*kind, value.as_deref(), batch.num_rows(), &mut of_column),
                Origin::File(place) => {
                    let at = places.partition_point(|other| other < place);
                    decode::cells(*kind, batch.column(at), &mut of_column)
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
        RowKeys { customer_id: id(self.ids.customer), invoice_id: id(self.ids.invoice) }
    }

    /// Notes refused cells under the rows they are about to have in their shards.
    fn place_defects(&self, order: &Order, shard_of: &[usize], refused: Vec<(u16, Vec<Refused>)>, tables: &mut [Table]) {
        for (column, cells) in refused {
            for Refused { row, kind, value } in cells {
                let table = &mut tables[shard_of[row]];
                let within = order.rows(shard_of[row]).partition_point(|other| (*other as usize) < row);
                let row = u32::try_from(table.len() + within).unwrap_or(u32::MAX);
                table.defects.push(Defect { row, column, kind, value });
            }
        }
    }
}

/// The rows of a batch, grouped by shard and in order within each: a counting sort.
struct Order {
    rows: Vec<u32>,
    ends: Vec<usize>,
}

impl Order {
    fn by_shard(shard_of: &[usize], shards: usize) -> Order {
        let mut next = vec![0; shards + 1];
        for shard in shard_of {
            next[shard + 1] += 1;
        }
        for shard in 0..shards {
            next[shard + 1] += next[shard];
        }
        let mut rows = vec![0; shard_of.len()];
        for (row, shard) in (0_u32..).zip(shard_of) {
            rows[next[*shard]] = row;
            next[*shard] += 1;
        }
        next.pop();
        Order { rows, ends: next }
    }

    fn rows(&self, shard: usize) -> &[u32] {
        let start = if shard == 0 { 0 } else { self.ends[shard - 1] };
        &self.rows[start..self.ends[shard]]
    }
}

/// Appends the cells of some rows to a column; the error is the number of bytes it would have where that is too many.
fn scatter(column: &mut Column, cells: &Cells, rows: &[u32]) -> Result<(), usize> {
    match (column, cells) {
        (Column::Text(to), cells) => return scatter_texts(to, cells, rows),
        (Column::Money(to), Cells::Ready(Column::Money(from)))
        | (Column::Number(to), Cells::Ready(Column::Number(from)))
        | (Column::Whole(to), Cells::Ready(Column::Whole(from))) => pick(to, from, rows),
        (Column::Date(to), Cells::Ready(Column::Date(from))) => pick(to, from, rows),
        (Column::Flag(to), Cells::Ready(Column::Flag(from))) => pick(to, from, rows),
        (Column::Choice(to), Cells::Ready(Column::Choice(from))) => pick(to, from, rows),
        // An absent column has no rows; no input has decimals.
        _ => {}
    }
    Ok(())
}

fn pick<T: Copy>(to: &mut Vec<T>, from: &[T], rows: &[u32]) {
    to.extend(rows.iter().map(|row| from[*row as usize]));
}

fn scatter_texts(to: &mut Texts, cells: &Cells, rows: &[u32]) -> Result<(), usize> {
    let texts = rows.iter().map(|row| cells.text(*row as usize));
    let most = to.byte_len() + cells.text_bytes();
    if u32::try_from(most).is_err() {
        let exact = to.byte_len() + texts.clone().map(<[u8]>::len).sum::<usize>();
        u32::try_from(exact).map_err(|_| exact)?;
    }
    if to.is_empty() {
        reserve_like(to, texts.clone().map(<[u8]>::len).sum(), rows.len());
    }
    match cells {
        Cells::Views { views, .. } if views.null_count() == 0 => to.extend(rows.iter().map(|row| views.value(*row as usize).as_bytes())),
        _ => to.extend(texts),
    }
    Ok(())
}

/// Makes room for as many texts as the column is sized for, should they go on being as long as the first ones.
fn reserve_like(to: &mut Texts, bytes: usize, rows: usize) {
    let average = (bytes / rows.max(1) + 1).min(RESERVED_TEXT);
    to.reserve(0, average * to.capacity());
}

fn reserve(table: &mut Table, rows: usize, keyed: bool) {
    for column in &mut table.columns {
        column.reserve(rows, 0);
    }
    table.source_row.reserve(rows);
    table.key_hash.reserve(if keyed { rows } else { 0 });
}

fn text_bytes(column: &Column) -> usize {
    if let Column::Text(texts) = column { texts.byte_len() } else { 0 }
}

fn rows_of(batch: &RecordBatch) -> u64 {
    u64::try_from(batch.num_rows()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
