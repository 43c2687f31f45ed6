//! `relance export`: batches for collection agencies, each handed over exactly once, and what the other side checks them with.
//!
//! | a process dies | what is there | the next one |
//! |---|---|---|
//! | while the files are written | `.batch-000002.partial` | deletes it and writes it anew: the same bytes before encryption |
//! | after the receipt | the receipt, and the partial folder, whole | gives it its name |
//! | after the folder has its name | receipt and folder, no trigger | writes the trigger |
//! | after the trigger | all, but for the mark of the receipt | sets the mark |

mod contents;
mod note;
pub mod status;
pub mod verify;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::base::contract::TableSpec;
use crate::base::contract::handed_over::{contacts, debtors, debts, documents, purpose};
use crate::base::counted::counted;
use crate::base::date::Date;
use crate::base::money::{Currency, format_amount};
use crate::base::nearest::did_you_mean;
use crate::desk::cells::value;
use crate::desk::sheet::{Page, csv};
use crate::error::{Exit, Failure};
use crate::io::digest::sha256;
use crate::io::manifest::{self, Manifest};
use crate::io::publish;
use crate::io::receipts::{BatchFile, BatchManifest, Chain, DataProtection, Form, Previous, Purpose, Receipts, Total, batch_name};
use crate::io::seal::{Content, Sealed};
use crate::io::write::{Layout, OutputColumn, TableWriter};
use crate::settings::{Agency, Settings};
use contents::{Contents, Part, Sum};
use note::DeliveryNote;

/// Name of the manifest in a batch.
const MANIFEST: &str = "manifest.json";
/// What the name of its signature ends in.
const SIGNATURE: &str = ".sig";
/// What the name of a trigger ends in: whoever polls the folder waits for it.
const READY: &str = ".ready";
/// What stands before a text that a spreadsheet would take for a formula.
const GUARD: &str = "'";

/// Whose batches, and up to which night.
#[derive(Debug)]
pub struct Request<'a> {
    pub settings: &'a Settings,
    pub agency: String,
    /// The last night looked at; the newest published one where left out.
    pub as_of: Option<Date>,
    /// Write nothing: say what would be handed over.
    pub dry_run: bool,
}

/// A batch that a night made.
struct Made {
    batch: i64,
    on: Date,
    folder: PathBuf,
    night: Manifest,
}

/// Hands over every batch of an agency that was not handed over yet, oldest first; gives back what was, in words.
///
/// # Errors
/// [`Exit::Usage`] for an agency the job does not have, [`Exit::NoInput`] where no night is published, [`Exit::Data`] where a batch is missing or says
/// something else than what was handed over, [`Exit::Config`] where the program that encrypts fails.
pub fn export(request: &Request<'_>) -> Result<String, Failure> {
    let settings = request.settings;
    let agency = settings.agencies.get(&request.agency).ok_or_else(|| unknown(request))?;
    let _lock = if request.dry_run { None } else { Some(publish::lock(&settings.places.out)?) };
    let receipts = Receipts::of(&settings.places.out, &request.agency);
    let mut told = String::new();
    for made in waiting(request, &receipts)? {
        let contents = contents::gather(settings, (&request.agency, agency), made.batch, (made.on, &made.folder))?;
        if request.dry_run {
            told.push_str(&report(request, agency, &made, &contents));
            continue;
        }
        let place = hand_over(&request.agency, agency, &made, &contents, &receipts)?;
        told.push_str(&format!("{}: {}\n", place.display(), words(&contents)));
    }
    if told.is_empty() {
        told = format!("nothing waits to be handed over to {}\n", request.agency);
    }
    Ok(told)
}

fn unknown(request: &Request<'_>) -> Failure {
    let known: Vec<&str> = request.settings.agencies.keys().map(String::as_str).collect();
    let near = did_you_mean(&request.agency, known.iter().copied());
    let failure = Failure::new(Exit::Usage, format!("the job file has no agency \"{}\"{near}", request.agency));
    failure
        .remedy(format!("say under agencies: what it is given and where, as in agencies: {{{}: {{drop: handover, ...}}}}", request.agency))
}

/// Batches without the mark of having been sent, in order and without a gap.
fn waiting(request: &Request<'_>, receipts: &Receipts) -> Result<Vec<Made>, Failure> {
    let out = &request.settings.places.out;
    let mut nights = publish::nights(out);
    nights.retain(|(night, _)| request.as_of.is_none_or(|as_of| *night <= as_of));
    if nights.is_empty() {
        return Err(Failure::new(Exit::NoInput, format!("no night is published in {}", out.display())).remedy("relance run publishes one"));
    }
    // By the receipts, not by the nights: old nights may be gone.
    let sent = receipts.batches().into_iter().filter(|batch| receipts.is_sent(*batch)).max().unwrap_or(0);
    let mut expected = sent + 1;
    let missing = |batch: i64| {
        Failure::new(Exit::Data, format!("batch {batch} of {} is missing: no night there is made it", request.agency))
            .remedy("restore that night: an agency that misses a batch knows of payments and recalls too late")
    };
    let (mut waiting, mut last) = (Vec::new(), sent);
    for (on, folder) in nights {
        let night = manifest::read(&folder)?;
        let Some(head) = night.batches.get(&request.agency) else { continue };
        let (batch, is_its) = (head.number, head.made_on == on.to_string());
        last = last.max(batch);
        if batch <= sent || !is_its {
            continue;
        }
        if batch != expected {
            return Err(missing(expected));
        }
        expected = batch + 1;
        waiting.push(Made { batch, on, folder, night });
    }
    if last >= expected { Err(missing(expected)) } else { Ok(waiting) }
}

/// Puts one batch where the agency looks for it.
fn hand_over(id: &str, agency: &Agency, made: &Made, contents: &Contents, receipts: &Receipts) -> Result<PathBuf, Failure> {
    let name = batch_name(made.batch);
    let (partial, folder) = (agency.drop.join(format!(".{name}.partial")), agency.drop.join(&name));
    let trigger = agency.drop.join(format!("{name}{READY}"));
    fs::create_dir_all(&agency.drop).map_err(|error| Failure::file(&error, "create", &agency.drop))?;
    let is_whole = receipts.read(made.batch)?.is_some() && (partial.exists() || folder.exists() || trigger.exists());
    if !is_whole {
        // Without a receipt it was not this one that put it there.
        if folder.exists() {
            return Err(Failure::new(
                Exit::Data,
                format!("{} is there already, and was not put there by this out folder", folder.display()),
            )
            .remedy("give the agency a folder of its own, or restore the receipts: out/handed-over"));
        }
        write(id, agency, made, contents, receipts, &partial)?;
    }
    if partial.exists() {
        fs::rename(&partial, &folder).map_err(|error| Failure::file(&error, "rename", &partial))?;
    }
    if !trigger.exists() {
        let (_, manifest) = receipts.read(made.batch)?.ok_or_else(|| Failure::new(Exit::Bug, "a batch without a receipt"))?;
        let note = DeliveryNote::of(&manifest, &folder)?.text()?;
        let beginning = agency.drop.join(format!(".{name}{READY}"));
        // A process that died while it wrote may have left this one.
        let _ = fs::remove_file(&beginning);
        write_whole(&beginning, None, note.as_bytes())?;
        fs::rename(&beginning, &trigger).map_err(|error| Failure::file(&error, "write", &trigger))?;
    }
    sync(&agency.drop)?;
    receipts.sent(made.batch)?;
    Ok(folder)
}

/// Writes a batch, whole, into a folder nobody looks for, and keeps its receipt.
fn write(id: &str, agency: &Agency, made: &Made, contents: &Contents, receipts: &Receipts, partial: &Path) -> Result<(), Failure> {
    if partial.exists() {
        fs::remove_dir_all(partial).map_err(|error| Failure::file(&error, "delete", partial))?;
    }
    private_folder(partial)?;
    let files = write_parts(agency, partial, contents)?;
    let manifest = describe(id, agency, made, contents, files, receipts)?;
    let text = manifest.text()?;
    write_whole(&partial.join(named(agency, MANIFEST)), agency.encrypt.as_deref(), text.as_bytes())?;
    if let Some(sign) = &agency.sign {
        write_whole(&partial.join(format!("{MANIFEST}{SIGNATURE}")), Some(sign), text.as_bytes())?;
    }
    sync(partial)?;
    receipts.keep(made.batch, &text)
}

/// A folder that nobody else may look into.
fn private_folder(path: &Path) -> Result<(), Failure> {
    #[cfg(unix)]
    let created = {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().mode(0o700).create(path)
    };
    #[cfg(not(unix))]
    let created = fs::create_dir(path);
    created.map_err(|error| Failure::file(&error, "create", path))
}

fn sync(folder: &Path) -> Result<(), Failure> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| Failure::file(&error, "write", folder))
}

/// The name of a file as it lies in the batch.
fn named(agency: &Agency, name: &str) -> String {
    if agency.encrypt.is_some() { format!("{name}{}", agency.ending) } else { name.to_owned() }
}

fn write_whole(path: &Path, program: Option<&[String]>, bytes: &[u8]) -> Result<Content, Failure> {
    let sealed = Sealed::create(path, program)?;
    let written = sealed.sink().write_all(bytes);
    // A program that failed says why; that its input broke says nothing.
    let content = sealed.finish()?;
    written.map_err(|error| Failure::file(&error, "write", path))?;
    Ok(content)
}

/// Every table as text and as Parquet.
fn write_parts(agency: &Agency, folder: &Path, contents: &Contents) -> Result<Vec<BatchFile>, Failure> {
    let program = agency.encrypt.as_deref();
    let decimals = if contents.totals.keys().any(|currency| currency.digits() > 2) { 3 } else { 2 };
    let mut files = Vec::new();
    for part in &contents.parts {
        let (rows, columns) = (u64::try_from(part.table.len()).unwrap_or(u64::MAX), part.head());
        let name = format!("{}.csv", part.name);
        let Content { bytes, sha256 } = write_whole(&folder.join(named(agency, &name)), program, csv(part, agency).as_bytes())?;
        files.push(BatchFile { file: name, rows, bytes, sha256, columns: columns.clone() });
        let name = format!("{}.parquet", part.name);
        let path = folder.join(named(agency, &name));
        let sealed = Sealed::create(&path, program)?;
        let mut writer = TableWriter::over(Box::new(sealed.sink()), &path, layout(part), decimals, &[], &[])?;
        let written = writer.append(&part.chosen()).and_then(|()| writer.finish());
        let Content { bytes, sha256 } = sealed.finish()?;
        written?;
        files.push(BatchFile { file: name, rows, bytes, sha256, columns });
    }
    Ok(files)
}

fn layout(part: &Part) -> Layout {
    let column = |column: &usize| {
        let column = &part.spec.columns[*column];
        OutputColumn { name: column.name.to_owned(), kind: column.kind, required: column.required }
    };
    Layout { name: part.name.to_owned(), columns: part.columns.iter().map(column).collect() }
}

fn csv(part: &Part, agency: &Agency) -> String {
    let cells = |row| part.columns.iter().map(|column| value(part.spec, &part.table, *column, row)).collect();
    let page = Page { title: part.name.to_owned(), head: part.head(), rows: (0..part.table.len()).map(cells).collect() };
    csv::write(&page, if agency.semicolon { csv::Style::Semicolon } else { csv::Style::Plain })
}

/// The manifest of a batch.
fn describe(
    id: &str,
    agency: &Agency,
    made: &Made,
    contents: &Contents,
    files: Vec<BatchFile>,
    receipts: &Receipts,
) -> Result<BatchManifest, Failure> {
    let head = made.night.batches.get(id).ok_or_else(|| Failure::new(Exit::Bug, "a batch that no night made"))?;
    let before = receipts.read(made.batch - 1)?;
    let previous = before.as_ref().map(|(text, manifest)| {
        let manifest_sha256 = sha256(text.as_bytes()).map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
        Ok::<Previous, Failure>(Previous { batch: manifest.batch, manifest_sha256 })
    });
    let (separator, decimal_mark) = if agency.semicolon { (";", ",") } else { (",", ".") };
    Ok(BatchManifest {
        relance: env!("CARGO_PKG_VERSION").to_owned(),
        creditor: agency.creditor.clone(),
        agency: id.to_owned(),
        batch: made.batch,
        made_on: made.on.to_string(),
        previous: previous.transpose()?,
        chain: Chain { hash: head.hash.clone(), hash_before: before.map(|(_, manifest)| manifest.chain.hash) },
        form: Form {
            encoding: "UTF-8".to_owned(),
            byte_order_mark: agency.semicolon,
            separator: separator.to_owned(),
            decimal_mark: decimal_mark.to_owned(),
            formula_guard: GUARD.to_owned(),
        },
        files,
        totals: contents.totals.iter().map(|(currency, sum)| total(*currency, sum)).collect(),
        data_protection: data_protection(agency, contents),
        seal: String::new(),
    })
}

fn total(currency: Currency, sum: &Sum) -> Total {
    let text = |thousandths: i128| format_amount(thousandths / i128::from(currency.thousandths()), currency.digits());
    Total {
        currency: currency.code().to_owned(),
        debts: sum.debts,
        amount_placed: text(sum.placed),
        changes: sum.changes,
        amount_changed: text(sum.changed),
    }
}

fn data_protection(agency: &Agency, contents: &Contents) -> DataProtection {
    let purpose_of = |part: &Part| {
        let name = part.name.to_owned();
        let of = move |column: String| Purpose { file: name.clone(), why: purpose(&name, &column).to_owned(), column };
        part.head().into_iter().map(of).collect::<Vec<Purpose>>()
    };
    let files = &agency.files;
    let all: [(&TableSpec, &[usize]); 4] = [
        (&debts::SPEC, &files.debts),
        (&debtors::SPEC, &files.debtors),
        (&documents::SPEC, &files.documents),
        (&contacts::SPEC, &files.contacts),
    ];
    let left_out = all.iter().flat_map(|(spec, given)| {
        let columns = spec.columns.iter().enumerate().filter(|(at, _)| !given.contains(at));
        columns.map(|(_, column)| format!("{}.{}", spec.name, column.name))
    });
    DataProtection {
        people: u64::try_from(contents.people).unwrap_or(u64::MAX),
        columns: contents.parts.iter().flat_map(purpose_of).collect(),
        left_out: left_out.collect(),
    }
}

/// `3 debts for 1600.00 EUR, 5 changes for -180.00 EUR, of 2 people`.
fn words(contents: &Contents) -> String {
    let of = |(currency, sum): (&Currency, &Sum)| {
        let total = total(*currency, sum);
        let (debts, changes) = (counted(sum.debts, "debt"), counted(sum.changes, "change"));
        format!(
            "{debts} for {} {currency}, {changes} for {} {currency}",
            total.amount_placed,
            total.amount_changed,
            currency = total.currency
        )
    };
    let sums: Vec<String> = contents.totals.iter().map(of).collect();
    format!("{}, of {}", sums.join("; "), counted(contents.people, "debtor"))
}

/// What a batch would be, for whoever answers for the data.
fn report(request: &Request<'_>, agency: &Agency, made: &Made, contents: &Contents) -> String {
    let mut told = format!("{}, batch {} of {}: {}\n", request.agency, made.batch, made.on, words(contents));
    let encrypted = agency.encrypt.as_ref().map_or_else(|| "not encrypted".to_owned(), |words| format!("encrypted by {}", words.join(" ")));
    told.push_str(&format!("would be put into {}, {encrypted}\n", agency.drop.display()));
    let report = data_protection(agency, contents);
    for Purpose { file, column, why } in &report.columns {
        told.push_str(&format!("  {:<28}{why}\n", format!("{file}.{column}")));
    }
    told.push_str(&format!("left out: {}\n", report.left_out.join(", ")));
    told
}
