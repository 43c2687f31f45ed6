//! Ids of the input tables that name nothing, and would with the zeros, blanks or capitals they lost on the way.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::base::contract::{self, TableSpec, customers, invoices, payments};
use crate::base::date::Date;
use crate::base::hash::key_hash;
use crate::base::table::Table;
use crate::error::{Exit, Failure};
use crate::night::normalise::reject::Finding;
use crate::night::normalise::{Fate, Shard};
use crate::rules::program::Grain;
use crate::run::intake::Portfolio;
use crate::run::named_ids::{plain, present, quoted};

/// Kind of the finding.
pub const WRITTEN_OTHERWISE: &str = "ids_written_otherwise";
/// Ids told as examples.
const SHOWN: usize = 3;
/// Rows from which on a table none of whose ids is known refuses the night: fewer may be an accident.
const MANY: u64 = 10;

/// A table whose rows name customers or invoices.
type Naming = (&'static TableSpec, fn(&Shard) -> &Table);

/// All of them, but the customers themselves.
const NAMING: [Naming; 15] = [
    (&payments::SPEC, |shard| &shard.payments),
    (&contract::installments::SPEC, |shard| &shard.installments),
    (&contract::disputes::SPEC, |shard| &shard.disputes),
    (&contract::deductions::SPEC, |shard| &shard.deductions),
    (&contract::promises::SPEC, |shard| &shard.promises),
    (&contract::holds::SPEC, |shard| &shard.holds),
    (&contract::waivers::SPEC, |shard| &shard.waivers),
    (&contract::overrides::SPEC, |shard| &shard.overrides),
    (&contract::decisions::SPEC, |shard| &shard.decisions),
    (&contract::contacts::SPEC, |shard| &shard.contacts),
    (&contract::agency_events::SPEC, |shard| &shard.agency_events),
    (&contract::legal_events::SPEC, |shard| &shard.legal_events),
    (&contract::payables::SPEC, |shard| &shard.payables),
    (&contract::deliveries::SPEC, |shard| &shard.deliveries),
    (&contract::usage::SPEC, |shard| &shard.usage),
];

/// A column of ids of which some are written otherwise in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub table: &'static str,
    pub column: &'static str,
    /// Rows whose id is written otherwise, rows whose id is known, and rows with an id.
    pub rows: u64,
    known: u64,
    of: u64,
    /// The first ids, each with the one of the ledger that was probably meant.
    examples: Vec<(String, String)>,
}

impl Written {
    /// `2 of 7 ids in customer_id are written otherwise in the ledger`.
    pub fn message(&self) -> String {
        let verb = if self.rows == 1 { "is" } else { "are" };
        format!("{} of {} ids in {} {verb} written otherwise in the ledger", self.rows, self.of, self.column)
    }

    /// `'42' (the ledger has '0042')`.
    pub fn examples(&self) -> String {
        let told: Vec<String> = self.examples.iter().take(SHOWN).map(|(id, meant)| quoted(id, Some(meant))).collect();
        told.join(", ") + if self.examples.len() > SHOWN { ", …" } else { "" }
    }

    fn finding(&self) -> Finding {
        let message = format!("{}: {}; leading zeros, blanks and capitals count", self.message(), self.examples());
        Finding { kind: WRITTEN_OTHERWISE, table: self.table, key: self.column.to_owned(), message: message.into(), amount: None }
    }

    /// Whether all that would be known of customers, or paid by them, is lost.
    fn loses_all(&self) -> bool {
        let matters = self.column == "customer_id" && matches!(self.table, "customers" | "payments");
        matters && self.known == 0 && self.of >= MANY
    }
}

/// One finding for each such column.
///
/// # Errors
/// [`Exit::Data`] where no row at all of the customers or payments names a customer as the ledger does.
pub fn check(portfolio: &Portfolio, as_of: Date) -> Result<Vec<Finding>, Failure> {
    let all = written_otherwise(portfolio, as_of);
    let lost: Vec<String> = all
        .iter()
        .filter(|written| written.loses_all())
        .map(|written| format!("{}: {}", written.table, written.finding().message))
        .collect();
    if lost.is_empty() {
        return Ok(all.iter().map(Written::finding).collect());
    }
    Err(Failure::all(Exit::Data, lost).remedy(
        "export ids as text, as the ledger writes them: in SQL LPAD(CAST(id AS VARCHAR), 10, '0') for ten digits, TRIM(id) for blanks; \
         nothing was published",
    ))
}

/// The columns of ids of which some are written otherwise in the ledger, in order of table and column. Rows dated after the night are left out.
pub fn written_otherwise(portfolio: &Portfolio, as_of: Date) -> Vec<Written> {
    let seen: Vec<Seen> = (0..portfolio.shards.len()).into_par_iter().map(|at| Seen::of(portfolio, at)).collect();
    let mut all: Vec<Written> = of_customers(portfolio, &seen).into_iter().collect();
    let tallies = tallies(portfolio, &seen, as_of);
    for (grain, column) in [(Grain::Customer, "customer_id"), (Grain::Invoice, "invoice_id")] {
        let of_grain = || tallies.iter().filter(|((_, its), _)| *its == column);
        let wanted: BTreeSet<&[u8]> = of_grain().flat_map(|(_, tally)| tally.unknown.keys().map(Vec::as_slice)).collect();
        if wanted.is_empty() {
            continue;
        }
        let alike = present(portfolio, grain, |id| wanted.contains(&*plain(id)));
        let meant = by_plain(alike);
        all.extend(of_grain().filter_map(|((table, column), tally)| tally.written(table, column, &meant)));
    }
    all.sort_by_key(|written| (written.table, written.column));
    all
}

/// Ids by their plain form: the smallest of each.
fn by_plain(ids: BTreeSet<Vec<u8>>) -> BTreeMap<Vec<u8>, Vec<u8>> {
    ids.into_iter().rev().map(|id| (plain(&id).into_owned(), id)).collect()
}

/// Hashes of ids, in a power of two of places of which at most half are taken: every id of the portfolio is looked up in one.
struct Hashes {
    places: Vec<u64>,
}

impl Hashes {
    fn of(hashes: impl ExactSizeIterator<Item = u64>) -> Hashes {
        let mut places = vec![0; (2 * hashes.len()).next_power_of_two()];
        for hash in hashes.map(nonzero) {
            let free = probe(&places, hash).find(|at| matches!(places[*at], 0) || places[*at] == hash);
            free.into_iter().for_each(|at| places[at] = hash);
        }
        Hashes { places }
    }

    fn has(&self, hash: u64) -> bool {
        let hash = nonzero(hash);
        probe(&self.places, hash).map(|at| self.places[at]).take_while(|place| *place != 0).any(|place| place == hash)
    }
}

/// Zero is a free place.
fn nonzero(hash: u64) -> u64 {
    hash.max(1)
}

/// Where a hash may be, in order.
fn probe(places: &[u64], hash: u64) -> impl Iterator<Item = usize> + use<> {
    let mask = places.len() - 1;
    let first = usize::try_from(hash & 0xFFFF_FFFF).unwrap_or(0);
    (0..=mask).map(move |step| (first + step) & mask)
}

/// The customers of a shard.
struct Seen {
    /// Those that have a row.
    rows: Hashes,
    /// Those that only invoices name.
    unknown: BTreeSet<Vec<u8>>,
    /// Invoices whose customer has a row.
    invoices: u64,
}

impl Seen {
    fn of(portfolio: &Portfolio, at: usize) -> Seen {
        let (shard, fates) = (&portfolio.shards[at], &portfolio.judged[at].fates);
        let ids = (0..shard.customers.len()).map(|row| shard.customers.text(customers::CUSTOMER_ID, row).unwrap_or_default());
        let mut seen = Seen { rows: Hashes::of(ids.map(key_hash)), unknown: BTreeSet::new(), invoices: 0 };
        for row in (0..shard.invoices.len()).filter(|row| fates[*row] != Fate::Ignored) {
            let Some(id) = shard.invoices.text(invoices::CUSTOMER_ID, row) else { continue };
            if seen.has_row(id) {
                seen.invoices += 1;
            } else if !seen.unknown.contains(id) {
                seen.unknown.insert(id.to_vec());
            }
        }
        seen
    }

    fn has_row(&self, id: &[u8]) -> bool {
        self.rows.has(key_hash(id))
    }
}

/// The ids of one column.
#[derive(Default)]
struct Tally {
    of: u64,
    known: u64,
    /// Those nobody knows, by their plain form: how many rows, and the first of them.
    unknown: BTreeMap<Vec<u8>, (u64, Vec<u8>)>,
}

impl Tally {
    fn add(&mut self, id: &[u8], is_known: bool) {
        self.of += 1;
        if is_known {
            self.known += 1;
        } else {
            self.add_unknown(plain(id).into_owned(), 1, id.to_vec());
        }
    }

    fn add_unknown(&mut self, plain: Vec<u8>, rows: u64, id: Vec<u8>) {
        let all = self.unknown.entry(plain).or_insert_with(|| (0, id.clone()));
        all.0 += rows;
        if id < all.1 {
            all.1 = id;
        }
    }

    fn merge(&mut self, other: Tally) {
        self.of += other.of;
        self.known += other.known;
        other.unknown.into_iter().for_each(|(plain, (rows, id))| self.add_unknown(plain, rows, id));
    }

    fn written(&self, table: &'static str, column: &'static str, meant: &BTreeMap<Vec<u8>, Vec<u8>>) -> Option<Written> {
        let text = |id: &[u8]| String::from_utf8_lossy(id).into_owned();
        let found = || self.unknown.iter().filter_map(|(plain, (rows, id))| Some((*rows, id, meant.get(plain)?)));
        let rows = found().map(|(rows, ..)| rows).sum();
        let examples = found().take(SHOWN + 1).map(|(_, id, meant)| (text(id), text(meant))).collect();
        (rows > 0).then_some(Written { table, column, rows, known: self.known, of: self.of, examples })
    }
}

/// Rows of customers that no invoice names, where an invoice names the same customer otherwise.
fn of_customers(portfolio: &Portfolio, seen: &[Seen]) -> Option<Written> {
    let meant = by_plain(seen.iter().flat_map(|seen| seen.unknown.iter().cloned()).collect());
    if meant.is_empty() {
        return None;
    }
    let of_shard = |shard: &Shard| {
        let ids = (0..shard.customers.len()).filter_map(|row| shard.customers.text(customers::CUSTOMER_ID, row));
        let mut alike: BTreeSet<&[u8]> = ids.filter(|id| meant.contains_key(&*plain(id))).collect();
        if !alike.is_empty() {
            let invoiced = (0..shard.invoices.len()).filter_map(|row| shard.invoices.text(invoices::CUSTOMER_ID, row));
            invoiced.for_each(|id| {
                alike.remove(id);
            });
        }
        let mut tally = Tally::default();
        alike.into_iter().for_each(|id| tally.add(id, false));
        tally.of = u64::try_from(shard.customers.len()).unwrap_or(u64::MAX);
        tally
    };
    let parts: Vec<Tally> = portfolio.shards.par_iter().map(of_shard).collect();
    let mut all = Tally { known: seen.iter().map(|seen| seen.invoices).sum(), ..Tally::default() };
    parts.into_iter().for_each(|part| all.merge(part));
    all.written(customers::SPEC.name, "customer_id", &meant)
}

/// The ids of every column that names customers or invoices.
fn tallies(portfolio: &Portfolio, seen: &[Seen], as_of: Date) -> BTreeMap<(&'static str, &'static str), Tally> {
    let elsewhere = |id: &[u8], hash: u64| {
        let mut places = portfolio.invoice_index.find(hash);
        places.any(|place| portfolio.shards[place.shard].invoices.text(invoices::INVOICE_ID, place.row) == Some(id))
    };
    let of_shard = |(shard, seen): (&Shard, &Seen)| {
        let mut tallies = BTreeMap::new();
        // What is named is nearly always in the same shard.
        let own = Hashes::of(shard.invoices.key_hash.iter().copied());
        let has_invoice = |id: &[u8]| {
            let hash = key_hash(id);
            own.has(hash) || elsewhere(id, hash)
        };
        for (spec, table) in NAMING {
            let table = table(shard);
            let exists = |row: usize| spec.own_date.and_then(|column| table.date(column, row)).is_none_or(|date| date <= as_of);
            for column in ["customer_id", "invoice_id"] {
                let Some(at) = spec.position(column) else { continue };
                let mut tally = Tally::default();
                for id in (0..table.len()).filter(|row| exists(*row)).filter_map(|row| table.text(at, row)) {
                    let is_known = if column == "invoice_id" { has_invoice(id) } else { seen.has_row(id) || seen.unknown.contains(id) };
                    tally.add(id, is_known);
                }
                if tally.of > 0 {
                    tallies.insert((spec.name, column), tally);
                }
            }
        }
        tallies
    };
    let parts: Vec<BTreeMap<(&'static str, &'static str), Tally>> = portfolio.shards.par_iter().zip(seen).map(of_shard).collect();
    let mut all: BTreeMap<(&'static str, &'static str), Tally> = BTreeMap::new();
    for (place, tally) in parts.into_iter().flatten() {
        all.entry(place).or_default().merge(tally);
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_hash_is_there_when_it_was_entered(
            hashes in prop::collection::vec(prop_oneof![0_u64..40, any::<u64>()], 0..60),
            asked in prop::collection::vec(prop_oneof![1_u64..40, any::<u64>()], 20),
        ) {
            let all = Hashes::of(hashes.iter().copied());
            for hash in hashes.iter().chain(&asked) {
                let entered = hashes.iter().any(|other| nonzero(*other) == nonzero(*hash));
                prop_assert_eq!(all.has(*hash), entered, "{}", hash);
            }
        }
    }
}
