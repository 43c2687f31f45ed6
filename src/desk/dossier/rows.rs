//! The rows of one customer, out of the ledger and out of published nights, each with the file it stands in.

use std::collections::BTreeSet;
use std::path::Path;

use crate::base::contract::{Kind, TableSpec};
use crate::base::date::Date;
use crate::base::table::Table;
use crate::desk::cells::{currency, value};
use crate::desk::tables::of_ledger;
use crate::error::Failure;
use crate::io::input::{FileRecord, Input};
use crate::io::manifest::Manifest;
use crate::io::scan::{Quiet, RowKeys};
use crate::io::schema::Wanted;
use crate::settings::Settings;

/// A file that rows were taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As the manifest of a night calls it; with the folder of the night where relance wrote it.
    pub file: String,
    pub sha256: String,
    /// Whether the night read, or published, exactly this file; `None` where no night says.
    pub as_of_the_night: Option<bool>,
}

/// All files of a dossier, in the order in which they are first used.
#[derive(Debug, Default)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// Number of a file, counted from 1.
    fn number(&mut self, source: Source) -> usize {
        let known = self.0.iter().position(|known| *known == source);
        known.unwrap_or_else(|| {
            self.0.push(source);
            self.0.len() - 1
        }) + 1
    }
}

/// Where a row stands: number of the file, and of the row in it, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub source: usize,
    pub row: u64,
}

/// The customer's rows of one table.
#[derive(Debug)]
pub struct Rows {
    pub spec: &'static TableSpec,
    pub table: Table,
    pub places: Vec<Place>,
}

impl Rows {
    /// A cell as people read it, money with its currency; `None` where it is missing.
    pub fn cell(&self, column: usize, row: usize) -> Option<String> {
        let text = value(self.spec, &self.table, column, row)?.text();
        let of_money = self.spec.columns[column].kind == Kind::Money;
        let currency = currency(self.spec, &self.table, row).filter(|_| of_money);
        Some(currency.map_or(text.clone(), |currency| format!("{text} {currency}")))
    }

    /// A cell of a column by name.
    pub fn named(&self, column: &str, row: usize) -> Option<String> {
        self.cell(self.spec.position(column)?, row)
    }

    /// A day of a column by name.
    pub fn day(&self, column: &str, row: usize) -> Option<Date> {
        self.table.date(self.spec.position(column)?, row)
    }
}

/// Who is looked for.
#[derive(Debug, Default)]
pub struct Wanting {
    pub customer: Vec<u8>,
    /// Invoices of the customer: what names one of them is the customer's as well.
    pub invoices: BTreeSet<Vec<u8>>,
}

impl Wanting {
    fn is_own(&self, keys: RowKeys<'_>) -> bool {
        // A row that names somebody is that one's, whatever invoice it names.
        match keys.customer_id {
            Some(customer) => customer == self.customer.as_slice(),
            None => keys.invoice_id.is_some_and(|id| self.invoices.contains(id)),
        }
    }

    /// Reads the customer's rows of a table of the ledger. `night` is the manifest of the night that is looked at.
    ///
    /// # Errors
    /// What a missing, damaged or misfitting file is told as.
    pub fn of_ledger(
        &self,
        spec: &'static TableSpec,
        settings: &Settings,
        night: Option<&Manifest>,
        sources: &mut Sources,
    ) -> Result<Option<Rows>, Failure> {
        let Some(input) = of_ledger(spec, settings)? else { return Ok(None) };
        let known = night.and_then(|night| night.inputs.get(spec.name));
        let check = |record: &FileRecord| known.map(|known| known.contains(record));
        self.read(spec, &input, |record| (record.file.clone(), check(record)), sources).map(Some)
    }

    /// Reads the customer's rows of a table that a night published; `None` where it has no such table.
    ///
    /// # Errors
    /// Likewise.
    pub fn of_night(
        &self,
        spec: &'static TableSpec,
        folder: &Path,
        night: &Manifest,
        sources: &mut Sources,
    ) -> Result<Option<Rows>, Failure> {
        let Some(written) = night.outputs.get(spec.name) else { return Ok(None) };
        // Earlier versions wrote fewer columns.
        let spared = spec.columns.iter().map(|column| column.name.to_owned()).collect();
        let input = Input::open(Wanted { spared, ..Wanted::plain(*spec) }, folder, &written.file)?;
        let name = |record: &FileRecord| (format!("as_of={}/{}", night.as_of, record.file), Some(record.sha256 == written.sha256));
        self.read(spec, &input, name, sources).map(Some)
    }

    fn read(
        &self,
        spec: &'static TableSpec,
        input: &Input,
        name: impl Fn(&FileRecord) -> (String, Option<bool>),
        sources: &mut Sources,
    ) -> Result<Rows, Failure> {
        let mut parts = input.scatter(2, &|keys| usize::from(!self.is_own(keys)), None, &Quiet)?;
        let table = std::mem::take(&mut parts[0]);
        drop(parts);
        let records = if table.is_empty() { Vec::new() } else { input.records()? };
        let mut places = Vec::with_capacity(table.len());
        for source_row in &table.source_row {
            let (file, row) = input.place(*source_row);
            let Some(record) = records.iter().find(|record| record.file == file) else { continue };
            let (file, as_of_the_night) = name(record);
            let source = sources.number(Source { file, sha256: record.sha256.clone(), as_of_the_night });
            places.push(Place { source, row });
        }
        Ok(Rows { spec, table, places })
    }
}
