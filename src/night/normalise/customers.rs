//! Customer rows and the debtor groups their `parent_id` forms. Read before all else, because a group decides the shard.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::contract::customers::{COUNTRY, CREDIT_LIMIT_CURRENCY, CUSTOMER_ID, PARENT_ID, SPEC};
use crate::base::country::is_code;
use crate::base::hash::{key_hash, shard_of, shard_of_hash};
use crate::base::table::{Column, Table};
use crate::night::normalise::invoices::CurrencyReader;
use crate::night::normalise::reject::{self, Form, Problem, Reject};
use crate::night::normalise::{Count, Fate, Intake, join};
use crate::rules::program::Per;

/// The half of a hash that a slot of [`Groups`] keeps.
const UPPER: u64 = 0xFFFF_FFFF_0000_0000;

/// What became of the customer rows of a shard.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// One per row.
    pub fates: Vec<Fate>,
    pub rejects: Vec<Reject>,
    pub count: Count,
}

/// Decides the fate of every customer row of a shard.
pub fn judge(table: &Table, intake: &Intake<'_>) -> Judged {
    let form = Form::of(&SPEC, table);
    let mut judged = Judged { fates: Vec::with_capacity(table.len()), ..Judged::default() };
    for row in 0..table.len() {
        let fate = examine(table, row, intake, &form).unwrap_or_else(|problem| {
            judged.rejects.push(reject::reject(&SPEC, table, row, problem));
            Fate::Refused
        });
        judged.count.add(fate);
        judged.fates.push(fate);
    }
    judged
}

fn examine(table: &Table, row: usize, intake: &Intake<'_>, form: &Form<'_>) -> Result<Fate, Problem> {
    let source_row = table.source_row[row];
    let duplicates = &intake.duplicates.customers;
    if duplicates.spares(source_row) {
        return Ok(Fate::Ignored);
    }
    if let Some(problem) = form.problem(row, duplicates.refuses(source_row)) {
        return Err(problem);
    }
    let currency = CurrencyReader::default().read(table, CREDIT_LIMIT_CURRENCY, row)?.unwrap_or(intake.reporting_currency);
    form.decimals_problem(row, currency.thousandths()).map_or(Ok(Fate::Used), Err)
}

/// Writes countries as the data contract does: `de` is Germany, and rules and figures say `DE`. What is no code either way stays as it is,
/// and is a finding of the night.
pub fn spell_countries(table: &mut Table) {
    let Some(Column::Text(countries)) = table.columns.get_mut(COUNTRY) else { return };
    for row in 0..countries.len() {
        let code = countries.get_mut(row);
        if code.len() == 2 && code.iter().any(u8::is_ascii_lowercase) && is_code(&code.to_ascii_uppercase()) {
            code.make_ascii_uppercase();
        }
    }
}

/// Debtor groups: every customer with a parent, with the root of its chain. A cycle's root is its smallest id.
#[derive(Default)]
pub struct Groups {
    /// Customers with a parent, in order of id.
    members: Vec<Vec<u8>>,
    /// Root of each member.
    roots: Vec<Vec<u8>>,
    /// Shard of each member.
    shards: Vec<usize>,
    /// Finds a member: every row of the portfolio asks. The upper half of the hash, then the position + 1; 0 is a free slot.
    /// The length is a power of two at least twice the number of members, or there are none.
    slots: Vec<u64>,
    /// A bit for eight times as many hashes: most customers have no parent, and this tells so from memory that is always near.
    filter: Vec<u64>,
}

impl Groups {
    /// Works out the roots from the accepted customer rows of all shards.
    pub fn of<'a>(shards: impl Iterator<Item = (&'a Table, &'a [Fate])>) -> Groups {
        Groups::joined(&shards.collect::<Vec<_>>(), &[])
    }

    /// As [`Groups::of`]; groups whose members share one of these keys are worked out in one shard, and stay groups of their own.
    pub fn joined<'a>(shards: &[(&'a Table, &'a [Fate])], keys: &[Per]) -> Groups {
        let rows = || {
            shards.iter().flat_map(|(table, fates)| {
                let used = (0..table.len()).filter(|row| fates[*row] == Fate::Used);
                used.filter_map(|row| Some((*table, row, table.text(CUSTOMER_ID, row)?)))
            })
        };
        let parents: BTreeMap<&[u8], &[u8]> = rows().filter_map(|(table, row, id)| Some((id, table.text(PARENT_ID, row)?))).collect();
        let mut members: BTreeMap<&[u8], (&[u8], usize)> = BTreeMap::new();
        for id in parents.keys() {
            let root = root(&parents, id);
            members.insert(id, (root, shard_of(root)));
        }
        let of = |id: &'a [u8]| members.get(id).map_or(id, |(root, _)| *root);
        let homes = join::homes(rows().map(|(table, row, id)| (table, row, of(id))), keys);
        if !homes.is_empty() {
            let everybody: Vec<(&[u8], &[u8])> =
                rows().map(|(_, _, id)| (id, of(id))).chain(homes.keys().map(|root| (*root, *root))).collect();
            let joined = everybody.into_iter().filter_map(|(id, root)| Some((id, (root, shard_of(homes.get(root)?)))));
            members.extend(joined.collect::<Vec<_>>());
        }
        Groups::with(&members)
    }

    /// Groups of these members, each with its root and its shard.
    fn with(members: &BTreeMap<&[u8], (&[u8], usize)>) -> Groups {
        let slots = if members.is_empty() { 0 } else { (members.len() * 2).next_power_of_two() };
        let mut groups = Groups { slots: vec![0; slots], filter: vec![0; slots / 16 + 1], ..Groups::default() };
        for (at, (id, (root, shard))) in (0_u64..).zip(members) {
            groups.members.push(id.to_vec());
            groups.roots.push(root.to_vec());
            groups.shards.push(*shard);
            groups.enter(key_hash(id), at);
        }
        groups
    }

    /// The group a customer belongs to: the root of its chain, or itself.
    pub fn root<'a>(&'a self, customer_id: &'a [u8]) -> &'a [u8] {
        self.member(key_hash(customer_id), customer_id).map_or(customer_id, |at| &self.roots[at])
    }

    /// The shard of a customer: that of its group.
    pub fn shard(&self, customer_id: &[u8]) -> usize {
        let hash = key_hash(customer_id);
        self.member(hash, customer_id).map_or_else(|| shard_of_hash(hash), |at| self.shards[at])
    }

    /// Whether no customer has a parent.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    fn enter(&mut self, hash: u64, at: u64) {
        let (word, bit) = self.filter_bit(hash);
        self.filter[word] |= bit;
        let mut slot = self.home(hash);
        while self.slots[slot] != 0 {
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.slots[slot] = hash & UPPER | (at + 1);
    }

    /// The position of a customer among the members.
    fn member(&self, hash: u64, customer_id: &[u8]) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let (word, bit) = self.filter_bit(hash);
        if self.filter[word] & bit == 0 {
            return None;
        }
        let mut slot = self.home(hash);
        while self.slots[slot] != 0 {
            let found = self.slots[slot];
            if found & UPPER == hash & UPPER {
                let at = usize::try_from((found & !UPPER) - 1).unwrap_or(usize::MAX);
                if self.members[at] == customer_id {
                    return Some(at);
                }
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        None
    }

    /// Word and bit of a hash in the filter.
    fn filter_bit(&self, hash: u64) -> (usize, u64) {
        let bits = self.slots.len() * 4;
        let at = usize::try_from(hash >> 24 & 0xFFFF_FFFF).unwrap_or(0) & (bits - 1);
        (at / 64, 1 << (at % 64))
    }

    fn home(&self, hash: u64) -> usize {
        usize::try_from(hash & !UPPER).unwrap_or(0) & (self.slots.len() - 1)
    }
}

fn root<'a>(parents: &BTreeMap<&'a [u8], &'a [u8]>, id: &'a [u8]) -> &'a [u8] {
    let mut seen = BTreeSet::new();
    let mut at = id;
    while let Some(parent) = parents.get(at) {
        if !seen.insert(at) {
            return cycle_root(parents, at);
        }
        at = parent;
    }
    at
}

fn cycle_root<'a>(parents: &BTreeMap<&'a [u8], &'a [u8]>, on_cycle: &'a [u8]) -> &'a [u8] {
    let mut smallest = on_cycle;
    let mut at = parents[on_cycle];
    while at != on_cycle {
        smallest = smallest.min(at);
        at = parents[at];
    }
    smallest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::contract::customers::WIDTH;
    use crate::base::table::Texts;

    fn customers(rows: &[(&str, &str)]) -> Table {
        let mut columns = vec![Column::Absent; WIDTH];
        let texts = |part: fn(&(&str, &str)) -> String| {
            let mut texts = Texts::default();
            rows.iter().for_each(|row| texts.push(part(row).as_bytes()));
            Column::Text(texts)
        };
        columns[CUSTOMER_ID] = texts(|row| row.0.to_owned());
        columns[PARENT_ID] = texts(|row| row.1.to_owned());
        Table { columns, source_row: (0..).take(rows.len()).collect(), ..Table::default() }
    }

    #[test]
    fn the_root_of_a_chain_is_the_group_and_a_cycle_takes_its_smallest_id() {
        let table = customers(&[("A", "B"), ("B", "C"), ("C", ""), ("D", "E"), ("E", "F"), ("F", "E"), ("G", "unknown"), ("H", "H")]);
        let fates = vec![Fate::Used; table.len()];
        let groups = Groups::of([(&table, fates.as_slice())].into_iter());
        for (id, root) in [("A", "C"), ("B", "C"), ("C", "C"), ("D", "E"), ("E", "E"), ("F", "E"), ("G", "unknown"), ("H", "H"), ("Z", "Z")]
        {
            assert_eq!(groups.root(id.as_bytes()), root.as_bytes(), "{id}");
        }
    }

    #[test]
    fn a_refused_row_names_no_parent() {
        let table = customers(&[("A", "B")]);
        let groups = Groups::of([(&table, [Fate::Refused].as_slice())].into_iter());
        assert_eq!(groups.root(b"A"), b"A");
    }

    #[test]
    fn every_member_is_found_among_many_customers() {
        let parent = |at: usize| at.is_multiple_of(10).then(|| at / 20 * 2 + 1);
        let names: Vec<(String, String)> =
            (0..20_000).map(|at| (format!("C{at}"), parent(at).map_or(String::new(), |parent| format!("C{parent}")))).collect();
        let table = customers(&names.iter().map(|(id, parent)| (id.as_str(), parent.as_str())).collect::<Vec<_>>());
        let fates = vec![Fate::Used; table.len()];
        let groups = Groups::of([(&table, fates.as_slice())].into_iter());
        for (id, parent) in &names {
            // A parent has an odd number, so it has none itself.
            let root = if parent.is_empty() { id } else { parent };
            assert_eq!(groups.root(id.as_bytes()), root.as_bytes(), "{id}");
            assert_eq!(groups.shard(id.as_bytes()), shard_of(root.as_bytes()), "{id}");
        }
    }
}
