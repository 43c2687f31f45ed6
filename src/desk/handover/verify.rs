//! `relance agency verify`: whether a batch arrived as it was made, for the side that receives it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::note::DeliveryNote;
use super::{MANIFEST, SIGNATURE};
use crate::base::counted::counted;
use crate::base::money::{Currency, format_amount};
use crate::error::{Exit, Failure};
use crate::io::digest::sha256;
use crate::io::folder;
use crate::io::receipts::{BatchFile, BatchManifest};

/// Checks the files of a batch against the delivery note beside it, if one is there, those of a decrypted one against its manifest, and the
/// manifest against that of the batch before where it is given. Of a batch that is still encrypted nothing more than the note can be checked.
///
/// # Errors
/// [`Exit::No`] with everything that is not as it was made; [`Exit::NoInput`] where there is no manifest.
pub fn verify(batch: &Path, before: Option<&Path>) -> Result<String, Failure> {
    let note = DeliveryNote::beside(batch)?;
    if let Some(failure) = note.as_ref().map_or_else(|| Ok(Vec::new()), |note| note.differences(batch)).map(failed)? {
        return Err(failure);
    }
    let path = batch.join(MANIFEST);
    if let (Some(note), false) = (&note, path.is_file()) {
        return Ok(format!(
            "batch {} of {} for {} arrived whole, {}: decrypt it into another folder, and verify what it says\n",
            note.batch,
            note.made_on,
            note.agency,
            counted(note.files.len(), "file")
        ));
    }
    let mut wrong = Vec::new();
    let text = folder::read(&path)?;
    let manifest = BatchManifest::parse(&text, &path)?;
    let is_its = |note: &DeliveryNote| {
        (&note.agency, note.batch, &note.made_on, &note.totals) == (&manifest.agency, manifest.batch, &manifest.made_on, &manifest.totals)
    };
    if note.is_some_and(|note| !is_its(&note)) {
        wrong.push(format!("{MANIFEST}: the delivery note beside it is that of another batch"));
    }
    // It has one form only, so that a change of any letter shows.
    if manifest.text()? != text {
        wrong.push(format!("{MANIFEST}: it was changed after it was made"));
    }
    for file in &manifest.files {
        if let Err(what) = is_as_made(batch, file) {
            wrong.push(format!("{}: {what}", file.file));
        }
    }
    wrong.extend(strangers(batch, &manifest)?);
    if wrong.is_empty() {
        wrong.extend(totals(batch, &manifest)?);
    }
    if let Some(before) = before {
        wrong.extend(follows(&manifest, before)?);
    }
    if let Some(failure) = failed(wrong) {
        return Err(failure);
    }
    let after = before.map_or_else(String::new, |_| ", and follows the one before".to_owned());
    Ok(format!("batch {} of {} for {} is as it was made{after}\n", manifest.batch, manifest.made_on, manifest.agency))
}

/// All that is wrong; `None` where nothing is.
fn failed(wrong: Vec<String>) -> Option<Failure> {
    (!wrong.is_empty()).then(|| Failure::all(Exit::No, wrong).remedy("do not use it: ask for the batch again"))
}

fn is_as_made(batch: &Path, file: &BatchFile) -> Result<(), String> {
    // A name that leads elsewhere is none of a batch.
    if file.file.contains(['/', '\\']) || file.file.starts_with('.') {
        return Err("this cannot be the name of a file of a batch".to_owned());
    }
    let bytes = fs::read(batch.join(&file.file)).map_err(|error| format!("it cannot be read: {error}"))?;
    if u64::try_from(bytes.len()).ok() != Some(file.bytes) {
        return Err(format!("it has {} bytes and was made with {}", bytes.len(), file.bytes));
    }
    match sha256(bytes.as_slice()) {
        Ok(hash) if hash == file.sha256 => Ok(()),
        _ => Err("it was changed after it was made: its SHA-256 is another one".to_owned()),
    }
}

/// Files that the manifest does not know.
fn strangers(batch: &Path, manifest: &BatchManifest) -> Result<Vec<String>, Failure> {
    let known: BTreeSet<&str> = manifest.files.iter().map(|file| file.file.as_str()).collect();
    let entries = fs::read_dir(batch).map_err(|error| Failure::file(&error, "read", batch))?;
    let mut names: Vec<String> = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.sort_unstable();
    let is_own = |name: &String| known.contains(name.as_str()) || name == MANIFEST || *name == format!("{MANIFEST}{SIGNATURE}");
    Ok(names.into_iter().filter(|name| !is_own(name)).map(|name| format!("{name}: the manifest does not know this file")).collect())
}

/// Rows and amounts of the text files, added up once more.
fn totals(batch: &Path, manifest: &BatchManifest) -> Result<Vec<String>, Failure> {
    let mut wrong = Vec::new();
    let mut sums: BTreeMap<String, [i128; 4]> = BTreeMap::new();
    for (name, column, at) in [("debts.csv", "amount_placed", 0), ("changes.csv", "amount", 2)] {
        let Some(file) = manifest.files.iter().find(|file| file.file == name) else { continue };
        let rows = records(&folder::read(&batch.join(name))?, &manifest.form.separator);
        let (head, rows) = rows.split_first().map_or((&[][..], &[][..]), |(head, rows)| (head.as_slice(), rows));
        if head != file.columns.as_slice() {
            wrong.push(format!("{name}: its columns are not those of the manifest"));
        }
        if u64::try_from(rows.len()).ok() != Some(file.rows) {
            wrong.push(format!("{name}: it has {} rows, the manifest {}", rows.len(), file.rows));
        }
        let position = |name: &str| head.iter().position(|known| known == name);
        let (Some(currency), Some(amount)) = (position("currency"), position(column)) else { continue };
        for row in rows {
            let code = row.get(currency).cloned().unwrap_or_default();
            let cell = row.get(amount).map(String::as_str).unwrap_or_default();
            let Some(value) = minor_units(cell, &code, &manifest.form.decimal_mark) else {
                wrong.push(format!("{name}: \"{cell}\" is no amount of {code}"));
                continue;
            };
            let sum = sums.entry(code).or_default();
            sum[at] += 1;
            sum[at + 1] += value;
        }
    }
    for total in &manifest.totals {
        let [debts, placed, changes, changed] = sums.remove(&total.currency).unwrap_or_default();
        let digits = Currency::parse(total.currency.as_bytes()).map_or(2, Currency::digits);
        let own = (debts.to_string(), format_amount(placed, digits), changes.to_string(), format_amount(changed, digits));
        let made = (total.debts.to_string(), total.amount_placed.clone(), total.changes.to_string(), total.amount_changed.clone());
        if own != made {
            wrong.push(format!("totals in {}: {own:?} are not those of the manifest, {made:?}", total.currency));
        }
    }
    wrong.extend(sums.into_keys().map(|currency| format!("totals: the manifest has none in {currency}")));
    Ok(wrong)
}

/// Minor units; nothing is nothing.
fn minor_units(cell: &str, code: &str, mark: &str) -> Option<i128> {
    let currency = Currency::parse(code.as_bytes())?;
    if cell.is_empty() {
        return Some(0);
    }
    let (sign, digits) = cell.strip_prefix('-').map_or((1, cell), |digits| (-1, digits));
    let (whole, part) = digits.split_once(mark).unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) || part.len() != currency.digits() as usize {
        return None;
    }
    format!("{whole}{part}").parse::<i128>().ok().map(|value| sign * value)
}

/// Whether a batch is the next one after that of another manifest.
fn follows(manifest: &BatchManifest, before: &Path) -> Result<Vec<String>, Failure> {
    let path = if before.is_dir() { before.join(MANIFEST) } else { before.to_owned() };
    let text = folder::read(&path)?;
    let earlier = BatchManifest::parse(&text, &path)?;
    let mut wrong = Vec::new();
    if earlier.agency != manifest.agency {
        wrong.push(format!("the batch before is for {}, not for {}", earlier.agency, manifest.agency));
    } else if earlier.batch + 1 != manifest.batch {
        wrong.push(format!("batch {} does not follow batch {}: {} is missing", manifest.batch, earlier.batch, earlier.batch + 1));
    } else {
        let hash = sha256(text.as_bytes()).unwrap_or_default();
        if manifest.previous.as_ref().is_none_or(|previous| previous.manifest_sha256 != hash) {
            wrong.push(format!("batch {} was made after another batch {} than this one", manifest.batch, earlier.batch));
        }
        if manifest.chain.hash_before.as_deref() != Some(earlier.chain.hash.as_str()) {
            wrong.push("the chain of hashes is broken between the two batches".to_owned());
        }
    }
    Ok(wrong)
}

/// The rows of a text file (RFC 4180), its head first.
fn records(text: &str, separator: &str) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let separator = separator.chars().next().unwrap_or(',');
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            _ if quoted => cell.push(letter),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            _ if letter == separator => row.push(std::mem::take(&mut cell)),
            _ => cell.push(letter),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}
