//! Lists of ids in the rules, held against the ledger: an id that names nobody is a typo, a number that lost its zeros, or somebody gone.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::base::contract::{customers, invoices};
use crate::base::table::Table;
use crate::night::normalise::Fate;
use crate::night::normalise::reject::Finding;
use crate::rules::program::{Grain, IdList, Program};
use crate::run::intake::Portfolio;

/// Kind of the finding.
pub const NAMES_NOBODY: &str = "list_names_nobody";
/// Ids told as examples.
const SHOWN: usize = 3;

/// A list of the rules with ids that no row of the ledger has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    pub list: String,
    /// How many ids of how many.
    pub count: usize,
    pub of: usize,
    /// What the ids should name: `customer`, `invoice`.
    pub what: &'static str,
    /// The first ids, each with the one of the ledger that was probably meant.
    pub examples: Vec<(String, Option<String>)>,
}

impl Unmatched {
    /// `2 of 7 ids name no customer`.
    pub fn message(&self) -> String {
        let (ids, verb) = if self.of == 1 { ("id", "names") } else { ("ids", if self.count == 1 { "names" } else { "name" }) };
        format!("{} of {} {ids} {verb} no {}", self.count, self.of, self.what)
    }

    /// `'42' (the ledger has '0042'), 'C-9'`.
    pub fn examples(&self) -> String {
        let one = |(id, meant): &(String, Option<String>)| quoted(id, meant.as_deref());
        let more = if self.count > self.examples.len() { ", …" } else { "" };
        self.examples.iter().map(one).collect::<Vec<_>>().join(", ") + more
    }

    fn finding(&self) -> Finding {
        let message = format!("{}: {}", self.message(), self.examples());
        Finding { kind: NAMES_NOBODY, table: "rules", key: self.list.clone(), message: message.into(), amount: None }
    }
}

/// `'42' (the ledger has '0042')`.
pub(super) fn quoted(id: &str, meant: Option<&str>) -> String {
    meant.map_or_else(|| format!("'{id}'"), |meant| format!("'{id}' (the ledger has '{meant}')"))
}

/// One finding for each list with ids that name nothing.
pub fn findings(program: &Program, portfolio: &Portfolio) -> Vec<Finding> {
    unmatched(program, portfolio).iter().map(Unmatched::finding).collect()
}

/// The lists of the rules with ids that name nothing, in order of name. Rows dated after the night name nothing yet.
pub fn unmatched(program: &Program, portfolio: &Portfolio) -> Vec<Unmatched> {
    let wanted = |grain| {
        let lists = program.id_lists.iter().filter(move |list| list.grain == grain);
        lists.flat_map(|list| list.values.iter().map(String::as_bytes)).collect::<BTreeSet<&[u8]>>()
    };
    let wanted = [(Grain::Customer, wanted(Grain::Customer)), (Grain::Invoice, wanted(Grain::Invoice))];
    let missing = wanted.map(|(grain, mut ids)| {
        let mut meant = BTreeMap::new();
        if !ids.is_empty() {
            let found = present(portfolio, grain, |id| ids.contains(id));
            ids.retain(|id| !found.contains(*id));
            meant = likely(portfolio, grain, &ids);
        }
        (grain, ids, meant)
    });
    let of_list = |list: &IdList| {
        let (_, ids, meant) = missing.iter().find(|(grain, ..)| *grain == list.grain)?;
        let gone: Vec<&String> = list.values.iter().filter(|id| ids.contains(id.as_bytes())).collect();
        let example = |id: &&String| ((*id).clone(), meant.get(&*plain(id.as_bytes())).map(|id| String::from_utf8_lossy(id).into_owned()));
        (!gone.is_empty()).then(|| Unmatched {
            list: list.name.clone(),
            count: gone.len(),
            of: list.values.len(),
            what: if list.grain == Grain::Customer { "customer" } else { "invoice" },
            examples: gone.iter().take(SHOWN).map(example).collect(),
        })
    };
    program.id_lists.iter().filter_map(of_list).collect()
}

/// The ids of the ledger that differ from a wanted one in capitals, blanks or leading zeros alone: the smallest of each.
fn likely(portfolio: &Portfolio, grain: Grain, ids: &BTreeSet<&[u8]>) -> BTreeMap<Vec<u8>, Vec<u8>> {
    if ids.is_empty() {
        return BTreeMap::new();
    }
    let wanted: BTreeSet<Vec<u8>> = ids.iter().map(|id| plain(id).into_owned()).collect();
    let alike = present(portfolio, grain, |id| wanted.contains(&*plain(id)));
    alike.into_iter().rev().map(|id| (plain(&id).into_owned(), id)).collect()
}

/// An id without what is easily lost on the way.
pub(super) fn plain(id: &[u8]) -> Cow<'_, [u8]> {
    let id = id.trim_ascii();
    let digits = id.iter().position(|byte| *byte != b'0').unwrap_or(id.len().saturating_sub(1));
    let id = id.get(digits..).unwrap_or_default();
    let id = id.strip_suffix(b".0").unwrap_or(id);
    if id.iter().any(u8::is_ascii_uppercase) { Cow::Owned(id.to_ascii_lowercase()) } else { Cow::Borrowed(id) }
}

/// The ids of the ledger that are wanted.
pub(super) fn present(portfolio: &Portfolio, grain: Grain, is_wanted: impl Fn(&[u8]) -> bool + Sync) -> BTreeSet<Vec<u8>> {
    let column = |table: &Table, column: usize, rows: &mut dyn Iterator<Item = usize>| -> BTreeSet<Vec<u8>> {
        rows.filter_map(|row| table.text(column, row)).filter(|id| is_wanted(id)).map(<[u8]>::to_vec).collect()
    };
    let of_shard = |at: usize| {
        let (shard, fates) = (&portfolio.shards[at], &portfolio.judged[at].fates);
        let mut invoiced = (0..shard.invoices.len()).filter(|row| fates[*row] != Fate::Ignored);
        match grain {
            Grain::Invoice => column(&shard.invoices, invoices::INVOICE_ID, &mut invoiced),
            Grain::Customer => {
                let mut ids = column(&shard.invoices, invoices::CUSTOMER_ID, &mut invoiced);
                ids.extend(column(&shard.customers, customers::CUSTOMER_ID, &mut (0..shard.customers.len())));
                ids
            }
        }
    };
    let parts: Vec<BTreeSet<Vec<u8>>> = (0..portfolio.shards.len()).into_par_iter().map(of_shard).collect();
    parts.into_iter().flatten().collect()
}
