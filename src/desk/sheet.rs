//! `relance sheet`: what a night published as CSV or as a workbook, and the work of a team as lists to work through.

pub mod csv;
mod worklist;
mod xlsx;

use std::path::{Path, PathBuf};

use crate::base::contract::{self, TableSpec};
use crate::base::date::Date;
use crate::base::nearest::did_you_mean;
use crate::base::table::Table;
use crate::desk::cells::{Value, value};
use crate::desk::tables::of_night;
use crate::error::{Exit, Failure};
use crate::io::folder;
use crate::io::publish;
use crate::settings::Settings;
use csv::Style;

/// What is asked for instead of a table: the work of the night.
pub const WORKLIST: &str = "worklist";

/// Tables of a night whose columns the contract knows.
const TABLES: &[&TableSpec] = &[
    &contract::open_items::SPEC,
    &contract::unallocated::SPEC,
    &contract::actions::SPEC,
    &contract::action_items::SPEC,
    &contract::tasks::SPEC,
    &contract::proposals::SPEC,
    &contract::routes::SPEC,
    &contract::placements::SPEC,
    &contract::placement_changes::SPEC,
    &contract::placement_refusals::SPEC,
    &contract::batches::SPEC,
    &contract::agency_accounts::SPEC,
    &contract::penalties::SPEC,
    &contract::penalty_totals::SPEC,
    &contract::kpis::SPEC,
    &contract::attainment::SPEC,
    &contract::aging::SPEC,
    &contract::transitions::SPEC,
    &contract::rejects::SPEC,
    &contract::findings::SPEC,
];

/// Which rows of which table, and where they go.
#[derive(Debug)]
pub struct Request<'a> {
    pub settings: &'a Settings,
    /// Name of an output table, or [`WORKLIST`].
    pub table: String,
    /// The newest night where left out.
    pub as_of: Option<Date>,
    /// Rows that have these values in these columns.
    pub filters: Vec<(String, String)>,
    /// Columns in this order; all of them where there are none.
    pub columns: Vec<String>,
    pub style: Style,
    /// `.csv` or `.xlsx`.
    pub out: PathBuf,
}

/// One table of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub title: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<Option<Value>>>,
}

/// Writes the file, over one that is there; gives back what was written, in words.
///
/// # Errors
/// [`Exit::NoInput`] where no night is published, [`Exit::Usage`] where there is no such table or column, or the file is neither CSV nor a workbook.
pub fn write(request: &Request<'_>) -> Result<String, Failure> {
    let is_book = is_workbook(&request.out)?;
    let (night, folder) = night(request)?;
    let mut pages =
        if request.table == WORKLIST { worklist::pages(request.settings, &folder)? } else { vec![whole(&request.table, &folder)?] };
    for page in &mut pages {
        page.choose(request)?;
    }
    let rows: usize = pages.iter().map(|page| page.rows.len()).sum();
    if is_book {
        folder::write_bytes(&request.out, &xlsx::write(&pages)?)?;
    } else {
        let page = Page { rows: pages.iter().flat_map(|page| page.rows.clone()).collect(), ..pages.swap_remove(0) };
        folder::write_over(&request.out, &csv::write(&page, request.style))?;
    }
    Ok(format!("{}: {rows} rows of {} of {night}\n", request.out.display(), request.table))
}

fn is_workbook(path: &Path) -> Result<bool, Failure> {
    match path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(false),
        Some("xlsx") => Ok(true),
        _ => Err(Failure::new(Exit::Usage, format!("what form is {} to have?", path.display())).remedy("end its name in .csv or .xlsx")),
    }
}

fn night(request: &Request<'_>) -> Result<(Date, PathBuf), Failure> {
    let out = &request.settings.places.out;
    let wanted = |(night, _): &(Date, PathBuf)| request.as_of.is_none_or(|as_of| *night == as_of);
    publish::nights(out).into_iter().rfind(wanted).ok_or_else(|| {
        let which = request.as_of.map_or_else(|| "no night".to_owned(), |as_of| format!("the night of {as_of} is not"));
        let message = if request.as_of.is_some() {
            format!("{which} published in {}", out.display())
        } else {
            format!("{which} is published in {}", out.display())
        };
        Failure::new(Exit::NoInput, message).remedy("relance run publishes one")
    })
}

fn whole(name: &str, folder: &Path) -> Result<Page, Failure> {
    let Some(spec) = TABLES.iter().find(|spec| spec.name == name) else {
        let names = || TABLES.iter().map(|spec| spec.name).chain([WORKLIST]);
        let message = format!("there is no table \"{name}\"{}", did_you_mean(name, names()));
        return Err(Failure::new(Exit::Usage, message).remedy(format!("one of {}", names().collect::<Vec<_>>().join(", "))));
    };
    Ok(Page::of(spec, &of_night(spec, folder)?, name))
}

impl Page {
    /// All columns and rows of a table.
    fn of(spec: &TableSpec, table: &Table, title: &str) -> Page {
        let cells = |row| (0..spec.columns.len()).map(|column| value(spec, table, column, row)).collect();
        Page {
            title: title.to_owned(),
            head: spec.columns.iter().map(|column| column.name.to_owned()).collect(),
            rows: (0..table.len()).map(cells).collect(),
        }
    }

    fn position(&self, name: &str) -> Result<usize, Failure> {
        self.head.iter().position(|known| known == name).ok_or_else(|| {
            let near = did_you_mean(name, self.head.iter().map(String::as_str));
            Failure::new(Exit::Usage, format!("{} has no column \"{name}\"{near}", self.title))
                .remedy(format!("its columns: {}", self.head.join(", ")))
        })
    }

    /// Keeps the rows and columns asked for.
    fn choose(&mut self, request: &Request<'_>) -> Result<(), Failure> {
        for (name, wanted) in &request.filters {
            let at = self.position(name)?;
            self.rows.retain(|row| row[at].as_ref().map_or(String::new(), Value::text) == *wanted);
        }
        if !request.columns.is_empty() {
            let order = request.columns.iter().map(|name| self.position(name)).collect::<Result<Vec<_>, _>>()?;
            let pick = |row: &Vec<Option<Value>>| order.iter().map(|at| row[*at].clone()).collect();
            self.rows = self.rows.iter().map(pick).collect();
            self.head.clone_from(&request.columns);
        }
        Ok(())
    }
}
