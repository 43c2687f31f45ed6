//! `relance dossier`: everything there is on record of one customer, as one page a court or an auditor can read.
//!
//! Nothing is worked out anew: the rows are those of the ledger and of the nights that were published, each with the file it stands in and that
//! file's hash. Rows that a night refused are there with the reason; a file that is no longer the one the night read says so.

mod events;
mod page;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::base::contract::{self, open_items, penalty_totals, rejects};
use crate::base::date::Date;
use crate::base::money::{Currency, format_amount};
use crate::error::{Exit, Failure};
use crate::io::folder;
use crate::io::input::Input;
use crate::io::manifest::{self, Manifest};
use crate::io::publish;
use crate::io::scan::Quiet;
use crate::io::schema::Wanted;
use crate::settings::Settings;
use events::{Event, Nights, happened};
use rows::{Place, Rows, Source, Sources, Wanting};

/// Whose dossier, and up to which night.
#[derive(Debug)]
pub struct Request<'a> {
    pub settings: &'a Settings,
    pub customer: String,
    /// The last night looked at; the newest published one where left out.
    pub as_of: Option<Date>,
}

/// What is on record of a customer.
#[derive(Debug)]
pub struct Dossier {
    pub customer: String,
    /// The manifest of the last night.
    pub night: Manifest,
    pub who: Option<Rows>,
    pub open_items: Option<Rows>,
    pub penalties: Option<Rows>,
    /// Sums by currency, in words.
    pub totals: Vec<(String, String)>,
    /// In order of day.
    pub events: Vec<Event>,
    pub sources: Vec<Source>,
}

/// The dossier as an HTML page.
///
/// # Errors
/// [`Exit::NoInput`] where no night is published, [`Exit::Data`] where neither the ledger nor a night names the customer; what reading their files ends
/// with.
pub fn page(request: &Request<'_>) -> Result<String, Failure> {
    gather(request).map(|dossier| page::write(&dossier))
}

/// Whether a dossier is as it was written.
///
/// # Errors
/// [`Exit::No`] where it is not, [`Exit::Data`] where it is no dossier.
pub fn verify(file: &Path) -> Result<String, Failure> {
    let text = folder::read(file)?;
    match page::is_sealed(&text) {
        Some(true) => Ok(format!("{} is as it was written\n", file.display())),
        Some(false) => {
            Err(Failure::new(Exit::No, format!("{} was changed after it was written", file.display()))
                .remedy("relance dossier writes it anew"))
        }
        None => Err(Failure::new(Exit::Data, format!("{} is no dossier: it has no seal", file.display()))),
    }
}

fn gather(request: &Request<'_>) -> Result<Dossier, Failure> {
    let settings = request.settings;
    let mut nights = publish::nights(&settings.places.out);
    nights.retain(|(night, _)| request.as_of.is_none_or(|as_of| *night <= as_of));
    let Some((as_of, last)) = nights.last().cloned() else {
        return Err(Failure::new(Exit::NoInput, format!("no night is published in {}", settings.places.out.display()))
            .remedy("relance run publishes one; --as-of names the last one to look at"));
    };
    let night = manifest::read(&last)?;
    let mut sources = Sources::default();
    let mut wanting = Wanting { customer: request.customer.clone().into_bytes(), invoices: BTreeSet::new() };
    let who = wanting.of_ledger(&contract::customers::SPEC, settings, Some(&night), &mut sources)?;
    let mut of_ledger = Vec::new();
    for spec in events::of_ledger() {
        let Some(rows) = wanting.of_ledger(spec, settings, Some(&night), &mut sources)? else { continue };
        if spec.name == contract::invoices::SPEC.name {
            let id = |row| rows.table.text(contract::invoices::INVOICE_ID, row).map(<[u8]>::to_vec);
            wanting.invoices = (0..rows.table.len()).filter_map(id).collect();
        }
        of_ledger.push(rows);
    }
    let refused = refused(&last, &sources.0)?;
    let mut events: Vec<Event> = of_ledger.iter().flat_map(|rows| happened(rows, as_of, &refused)).collect();
    events.extend(of_nights(&nights, &wanting, &mut sources)?);
    let is_known = who.as_ref().is_some_and(|rows| !rows.table.is_empty()) || !events.is_empty();
    if !is_known {
        return Err(Failure::new(Exit::Data, format!("neither the ledger nor a night names the customer {}", request.customer))
            .remedy("give the id as the ledger writes it"));
    }
    events.sort();
    let mut of_night = |spec| wanting.of_night(spec, &last, &night, &mut sources);
    let (open_items, penalties) = (of_night(&open_items::SPEC)?, of_night(&contract::penalties::SPEC)?);
    let accrued = of_night(&penalty_totals::SPEC)?;
    let totals = totals(open_items.as_ref(), accrued.as_ref());
    Ok(Dossier { customer: request.customer.clone(), night, who, open_items, penalties, totals, events, sources: sources.0 })
}

/// What every night did about the customer.
fn of_nights(nights: &[(Date, PathBuf)], wanting: &Wanting, sources: &mut Sources) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::new();
    let mut before = Nights::default();
    for (on, folder) in nights {
        let night = manifest::read(folder)?;
        for spec in [&contract::actions::SPEC, &contract::proposals::SPEC, &penalty_totals::SPEC] {
            if let Some(rows) = wanting.of_night(spec, folder, &night, sources)? {
                events.extend(before.events(&rows, *on));
            }
        }
    }
    Ok(events)
}

/// Reasons of the rows that a night refused, by where they stand.
fn refused(folder: &Path, sources: &[Source]) -> Result<BTreeMap<Place, String>, Failure> {
    let table = Input::open(Wanted::plain(rejects::SPEC), folder, "rejects.parquet")?.gather(None, &Quiet)?;
    let text = |column, row| table.text(column, row).map_or(String::new(), |text| String::from_utf8_lossy(text).into_owned());
    let mut reasons = BTreeMap::new();
    for row in 0..table.len() {
        let file = text(rejects::FILE, row);
        let source = sources.iter().position(|source| source.file == file);
        let number = table.whole(rejects::ROW, row).and_then(|number| u64::try_from(number).ok());
        if let Some((source, row_in_file)) = source.zip(number) {
            let reason = format!("{}: {}", text(rejects::REASON, row), text(rejects::MESSAGE, row));
            reasons.insert(Place { source: source + 1, row: row_in_file }, reason);
        }
    }
    Ok(reasons)
}

/// Open balance, what of it is in dispute, and penalties, by currency.
fn totals(open: Option<&Rows>, accrued: Option<&Rows>) -> Vec<(String, String)> {
    let mut sums: BTreeMap<(Currency, usize), i128> = BTreeMap::new();
    let mut add = |rows: Option<&Rows>, currency: usize, columns: &[(usize, usize)]| {
        let Some(rows) = rows else { return };
        for row in 0..rows.table.len() {
            let Some(currency) = rows.table.text(currency, row).and_then(Currency::parse) else { continue };
            for (place, column) in columns {
                *sums.entry((currency, *place)).or_default() += i128::from(rows.table.money(*column, row).unwrap_or(0));
            }
        }
    };
    add(open, open_items::CURRENCY, &[(0, open_items::AMOUNT_OPEN), (1, open_items::AMOUNT_DISPUTED)]);
    add(accrued, penalty_totals::CURRENCY, &[(2, penalty_totals::ACCRUED_TO_DATE)]);
    let words = ["open", "of it in dispute", "penalties accrued"];
    let text = |currency: Currency, thousandths: i128| {
        format!("{} {currency}", format_amount(thousandths / i128::from(currency.thousandths()), currency.digits()))
    };
    sums.into_iter().map(|((currency, at), sum)| (words[at].to_owned(), text(currency, sum))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::contract::INPUTS;

    #[test]
    fn every_table_of_the_ledger_that_names_customers_is_told() {
        let told: BTreeSet<&str> = events::of_ledger().map(|spec| spec.name).chain(["customers"]).collect();
        let names_somebody = |spec: &&contract::TableSpec| ["customer_id", "invoice_id"].iter().any(|name| spec.position(name).is_some());
        let left: Vec<&str> = INPUTS.iter().filter(names_somebody).map(|spec| spec.name).filter(|name| !told.contains(name)).collect();
        // Consumption is no claim, and totals of the ledger are checked by every night.
        assert_eq!(left, ["usage", "control_totals"]);
    }
}
