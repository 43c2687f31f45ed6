//! Tables of the ledger and of published nights, as commands for people read them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::base::contract::TableSpec;
use crate::base::table::Table;
use crate::error::Failure;
use crate::io::input::Input;
use crate::io::manifest;
use crate::io::scan::Quiet;
use crate::io::schema::Wanted;
use crate::settings::Settings;

/// A table of the ledger, by the columns and words of the job; `None` where the job has none.
///
/// # Errors
/// What a missing, damaged or misfitting file is told as.
pub fn of_ledger(spec: &'static TableSpec, settings: &Settings) -> Result<Option<Input>, Failure> {
    let Some(source) = settings.places.sources.get(spec.name) else { return Ok(None) };
    let intake = &settings.intake;
    let of_table = |by_table: &BTreeMap<String, BTreeMap<String, String>>| by_table.get(spec.name).cloned().unwrap_or_default();
    let wanted = Wanted {
        columns: of_table(&intake.columns),
        words: intake.values.get(spec.name).cloned().unwrap_or_default(),
        floats: intake.floats.get(spec.name).cloned().unwrap_or_default(),
        spared: BTreeSet::from(["due_date".to_owned()]),
        ..Wanted::plain(*spec)
    };
    Input::open(wanted, &settings.places.base, source).map(Some)
}

/// A table of a night, all of it; without rows where the night has none, as nights of earlier versions do.
///
/// # Errors
/// Likewise.
pub fn of_night(spec: &'static TableSpec, folder: &Path) -> Result<Table, Failure> {
    let Some(written) = manifest::read(folder)?.outputs.remove(spec.name) else { return Ok(Table::default()) };
    let spared: BTreeSet<String> = spec.columns.iter().map(|column| column.name.to_owned()).collect();
    Input::open(Wanted { spared, ..Wanted::plain(*spec) }, folder, &written.file)?.gather(None, &Quiet)
}
