//! The section `agencies:` of the job file: what each collection agency is given, in what form, and where.

use std::collections::BTreeMap;

use super::resolve::{Resolver, parse_choice};
use super::written::{Entries, RawAgency, Text};
use super::{Agency, AgencyFiles};
use crate::base::contract::{TableSpec, handed_over};
use crate::base::nearest::did_you_mean;

/// What stands for the recipient among the words of a program.
pub const RECIPIENT: &str = "{recipient}";

/// What an agency is given of each debt and debtor where its contract does not say: who owes what since when.
const DEBTS: &[&str] = &["batch", "line", "customer_id", "invoice_id", "sequence", "currency", "amount_placed", "issue_date", "due_date"];
const DEBTORS: &[&str] = &["customer_id", "name", "address", "country"];

impl Resolver<'_> {
    pub(super) fn agencies(&mut self, written: Option<Entries<RawAgency>>) -> BTreeMap<String, Agency> {
        let Entries(written) = written.unwrap_or(Entries(Vec::new()));
        let mut agencies: BTreeMap<String, Agency> = BTreeMap::new();
        for (id, agency) in written {
            let Some(agency) = self.agency(&id, agency) else { continue };
            if let Some((other, _)) = agencies.iter().find(|(_, before)| before.drop == agency.drop) {
                self.report_at(&id, format!("the batches of {other} are put into this folder: {} needs one of its own", id.value));
            }
            agencies.insert(id.value, agency);
        }
        agencies
    }

    fn agency(&mut self, id: &Text, written: RawAgency) -> Option<Agency> {
        self.unknown_keys(&written.unknown, RawAgency::KEYS);
        if !handed_over::is_agency_id(&id.value) {
            let most = handed_over::LONGEST_ID;
            self.report_at(
                id,
                format!(
                    "\"{}\" cannot be the id of an agency: up to {most} letters without accents, digits, _, - and ., not beginning with .",
                    id.value
                ),
            );
        }
        let files = AgencyFiles {
            debts: self.allowed(&handed_over::debts::SPEC, written.debts, DEBTS),
            debtors: self.allowed(&handed_over::debtors::SPEC, written.debtors, DEBTORS),
            documents: self.allowed(&handed_over::documents::SPEC, written.documents, &[]),
            contacts: self.allowed(&handed_over::contacts::SPEC, written.contacts, &[]),
        };
        if let Some(missing) = handed_over::DEBT_KEYS.iter().find(|key| !files.debts.contains(key)) {
            let name = handed_over::debts::SPEC.columns[*missing].name;
            self.report_at(id, format!("debts need the column {name}: without it nobody can tell which claim a row is about"));
        }
        let Some(drop) = written.drop else {
            self.report_at(id, "an agency needs the folder its batches are put into, as in {drop: handover/nord}");
            return None;
        };
        let drop = self.place(&drop);
        let semicolon = written.csv.is_some_and(|form| {
            self.parsed(&form, |text| parse_choice(text, &[(false, "plain"), (true, "semicolon")])).unwrap_or_default()
        });
        let words = |words: Option<Vec<Text>>| words.map(|words| words.into_iter().map(|word| word.value).collect::<Vec<String>>());
        let unencrypted = written
            .unencrypted
            .is_some_and(|flag| self.parsed(&flag, |text| parse_choice(text, &[(true, "true"), (false, "false")])).unwrap_or_default());
        let recipient = written.recipient.and_then(|key| self.recipient(&key));
        let (encrypt, sign) = (words(written.encrypt), words(written.sign));
        match (&encrypt, unencrypted) {
            (None, false) => self.report_at(
                id,
                format!(
                    "batches hold personal data: name the program that encrypts them, as in {{encrypt: [age, --encrypt, --recipient, \"{RECIPIENT}\"], \
                     recipient: age1...}}, or say unencrypted: true where the folder is safe by itself"
                ),
            ),
            (Some(_), true) => self.report_at(id, "an agency has either a program that encrypts, or unencrypted: true"),
            (Some(words), false) if !words.iter().any(|word| word == RECIPIENT) || recipient.is_none() => {
                self.report_at(id, format!("the program must be given the key of the agency: {RECIPIENT} among its words, and recipient: with the key"));
            }
            _ => {}
        }
        let fill = |words: Vec<String>| -> Vec<String> {
            words.into_iter().map(|word| if word == RECIPIENT { recipient.clone().unwrap_or_default() } else { word }).collect()
        };
        Some(Agency {
            files,
            creditor: written.creditor.and_then(|creditor| self.parsed(&creditor, |text| Ok(text.to_owned()))),
            semicolon,
            drop: self.base().join(drop?),
            encrypt: encrypt.map(fill),
            ending: written.ending.map_or_else(|| ".enc".to_owned(), |ending| self.ending(ending)),
            sign,
        })
    }

    /// What the names of files end in; nothing would hide that they are encrypted.
    fn ending(&mut self, written: Text) -> String {
        let is_plain =
            written.value.strip_prefix('.').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if !is_plain {
            self.report_at(&written, format!("\"{}\" is no ending of a file name, as in .age", written.value));
        }
        written.value
    }

    /// A key that can be told from any other: one of age, or a whole fingerprint. Short ids and addresses can be anybody's.
    fn recipient(&mut self, written: &Text) -> Option<String> {
        let key: String = written.value.split_whitespace().collect();
        let is_age =
            key.starts_with("age1") && key.len() >= 59 && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let is_fingerprint = matches!(key.len(), 40 | 64) && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_age || is_fingerprint {
            return Some(key);
        }
        self.report_at(written, format!("\"{key}\" is no key such as age1..., and no whole fingerprint of 40 or 64 hexadecimal digits: a part of one can be anybody's"));
        None
    }

    /// Columns of a file, each one that may be handed over; in the order of the catalogue, so that files of one contract are alike.
    fn allowed(&mut self, spec: &'static TableSpec, written: Option<Vec<Text>>, usual: &[&str]) -> Vec<usize> {
        let Some(written) = written else {
            let mut columns: Vec<usize> = usual.iter().filter_map(|name| spec.position(name)).collect();
            columns.sort_unstable();
            return columns;
        };
        let mut columns = Vec::new();
        for name in &written {
            match (handed_over::never(&name.value), spec.position(&name.value)) {
                (Some(why), _) => self.report_at(name, format!("{} is handed over to nobody: {why}", name.value)),
                (None, Some(column)) => columns.push(column),
                (None, None) => {
                    let near = did_you_mean(&name.value, spec.columns.iter().map(|column| column.name));
                    let all = spec.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
                    self.report_at(name, format!("{} of agencies have no column \"{}\"{near}; there are {all}", spec.name, name.value));
                }
            }
        }
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}
