//! Hands debts over to agencies: who takes what, in which batch and line, and what ties the batches of an agency together.
//!
//! A batch is made on a night on which its agency is given a debt or told a change, and has the next number of that agency. Its hash goes
//! over all it says and the hash of the batch before, so that no batch can be lost, repeated or changed without the next one showing it.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::base::contract::values::NO_ROOM;
use crate::base::contract::{batches, placement_changes, placement_refusals, placements as columns};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::evaluate::Evaluated;
use crate::night::memory::PlacementRecord;
use crate::night::placements::{Change, Load, Ready, Refusal};
use crate::portfolio::adding_up::{Proof, Uneven};
use crate::portfolio::allocation::{Lot, allocate};
use crate::rules::program::{Agency, Program};

/// The last batch of an agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub batch: i64,
    pub made_on: Date,
    /// Hexadecimal SHA-256.
    pub hash: String,
}

/// The last batch of each agency.
pub type Heads = BTreeMap<String, Head>;

/// What is handed over and told tonight.
#[derive(Debug, Default)]
pub struct Handed {
    pub placements: Table,
    pub changes: Table,
    pub refusals: Table,
    pub batches: Table,
    pub accounts: Vec<Table>,
    pub heads: Heads,
    pub proofs: Vec<Proof>,
}

/// What a batch comes to in one currency.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    debts: i64,
    changes: i64,
    placed: i128,
    changed: i128,
}

/// Decides who takes what is ready, gives everything its batch and line, and remembers it in the shards.
///
/// # Errors
/// A currency in which what agencies have is not what they had, were given, and were told.
pub fn hand_over(shards: &mut [Evaluated], program: &Program, before: &Heads, as_of: Date) -> Result<Handed, Uneven> {
    let agencies: Vec<&Agency> = program.routes.agencies().map(|(_, agency)| agency).collect();
    let mut refusals: Vec<Refusal> = shards.iter_mut().flat_map(|shard| std::mem::take(&mut shard.placements.refusals)).collect();
    let taken = allocation(shards, &agencies);
    let mut numbers: BTreeMap<String, (i64, i64, i64)> = BTreeMap::new();
    let next = |agency: &str| before.get(agency).map_or(1, |head| head.batch + 1);
    let mut taken = taken.into_iter();
    let mut given: Vec<Vec<PlacementRecord>> = Vec::with_capacity(shards.len());
    for shard in shards.iter() {
        let mut records = Vec::new();
        for ready in &shard.placements.ready {
            match taken.next().flatten().and_then(|at| agencies.get(at)) {
                None => refusals.extend(ready.refused(NO_ROOM)),
                Some(agency) => records.extend(debts(ready, &agency.id)),
            }
        }
        records.sort();
        for record in &mut records {
            let number = numbers.entry(record.agency.clone()).or_insert_with(|| (next(&record.agency), 0, 0));
            number.1 += 1;
            (record.batch, record.line) = (number.0, number.1);
        }
        given.push(records);
    }
    refusals.sort();
    let mut changes: Vec<(i64, i64, &Change)> = Vec::new();
    for change in shards.iter().flat_map(|shard| &shard.placements.changes) {
        let number = numbers.entry(change.agency.clone()).or_insert_with(|| (next(&change.agency), 0, 0));
        number.2 += 1;
        changes.push((number.0, number.2, change));
    }
    let proofs = prove(shards, &given, &changes)?;
    let (heads, batches) = chain(&given, &changes, before, &numbers, as_of);
    let told = changes_table(&changes);
    for (shard, records) in shards.iter_mut().zip(given) {
        shard.placements.records.extend(records);
        shard.placements.records.sort();
    }
    let accounts =
        shards.iter_mut().map(|shard| std::mem::take(&mut shard.placements.accounts)).filter(|table| !table.is_empty()).collect();
    let placements = placements_table(shards.iter().flat_map(|shard| &shard.placements.records));
    Ok(Handed { placements, changes: told, refusals: refusals_table(&refusals), batches, accounts, heads, proofs })
}

/// The agency of every debtor with something ready, in order of shard.
fn allocation(shards: &[Evaluated], agencies: &[&Agency]) -> Vec<Option<usize>> {
    let position = |id: &str| agencies.iter().position(|agency| agency.id == id);
    let mut loads = vec![Load::default(); agencies.len()];
    for (id, load) in shards.iter().flat_map(|shard| &shard.placements.loads) {
        if let Some(sum) = position(id).and_then(|at| loads.get_mut(at)) {
            sum.debtors = sum.debtors.saturating_add(load.debtors);
            sum.amount = sum.amount.saturating_add(load.amount);
        }
    }
    let mut lots = Vec::new();
    for placements in shards.iter().map(|shard| &shard.placements) {
        lots.extend(placements.ready.iter().map(|ready| Lot {
            group: &ready.group,
            home: placements.homes.get(&ready.group).and_then(|id| position(id)),
            amount: ready.amount,
            takers: ready.takers.iter().filter_map(|taker| Some((position(&taker.agency)?, taker.net))).collect(),
        }));
    }
    let agencies: Vec<(&Agency, Load)> = agencies.iter().copied().zip(loads).collect();
    allocate(&lots, &agencies)
}

/// The debts of a debtor as an agency takes them.
fn debts<'a>(ready: &'a Ready, agency: &'a str) -> impl Iterator<Item = PlacementRecord> + 'a {
    let terms = ready.takers.iter().filter(move |taker| taker.agency == agency).flat_map(|taker| &taker.terms);
    ready.debts.iter().zip(terms).map(|(debt, terms)| PlacementRecord {
        agency: agency.to_owned(),
        told: terms.told,
        fee_rate: terms.fee_rate,
        minimum_fee: terms.minimum_fee,
        direct_from: terms.direct_from,
        ..debt.clone()
    })
}

/// Proves that what agencies have, or gave back tonight, is what they had, and what they were given and told.
fn prove(shards: &[Evaluated], given: &[Vec<PlacementRecord>], changes: &[(i64, i64, &Change)]) -> Result<Vec<Proof>, Uneven> {
    let mut sums: BTreeMap<Currency, (i128, i128)> = BTreeMap::new();
    for (currency, opening) in shards.iter().flat_map(|shard| &shard.placements.opening) {
        sums.entry(*currency).or_default().0 += opening;
    }
    for record in given.iter().flatten() {
        let sum = sums.entry(record.currency).or_default();
        *sum = (sum.0 + record.amount.wide(), sum.1 + record.told.balance().wide());
    }
    for (.., change) in changes {
        sums.entry(change.currency).or_default().0 += change.amount.unwrap_or(Amount::ZERO).wide();
    }
    for (currency, closing) in shards.iter().flat_map(|shard| &shard.placements.closing) {
        sums.entry(*currency).or_default().1 += closing;
    }
    if let Some((currency, (left, right))) = sums.iter().find(|(_, (left, right))| left != right) {
        let message = "what agencies have is not what they had, were given and were told";
        return Err(Uneven::money(message, *currency, *left, *right));
    }
    let proof = |(currency, (left, right)): (Currency, (i128, i128))| Proof { name: "placements".to_owned(), currency, left, right };
    Ok(sums.into_iter().map(proof).collect())
}

/// The last batch of each agency after tonight, and the rows of `batches`.
fn chain(
    given: &[Vec<PlacementRecord>],
    changes: &[(i64, i64, &Change)],
    before: &Heads,
    numbers: &BTreeMap<String, (i64, i64, i64)>,
    as_of: Date,
) -> (Heads, Table) {
    let mut heads = before.clone();
    let mut totals: BTreeMap<(&str, Currency), Totals> = BTreeMap::new();
    for (agency, (batch, ..)) in numbers {
        let mut seal = Seal::new(agency, *batch, as_of, before.get(agency).map_or("", |head| head.hash.as_str()));
        for record in given.iter().flatten().filter(|record| record.agency == *agency) {
            seal.debt(record);
            let sum = totals.entry((agency, record.currency)).or_default();
            (sum.debts, sum.placed) = (sum.debts + 1, sum.placed + record.amount.wide());
        }
        for (_, line, change) in changes.iter().filter(|(.., change)| change.agency == *agency) {
            seal.change(*line, change);
            let sum = totals.entry((agency, change.currency)).or_default();
            (sum.changes, sum.changed) = (sum.changes + 1, sum.changed + change.amount.unwrap_or(Amount::ZERO).wide());
        }
        heads.insert(agency.clone(), Head { batch: *batch, made_on: as_of, hash: seal.hash() });
    }
    let mut table = TableBuilder::output(&batches::SPEC);
    for ((agency, currency), sum) in &totals {
        let Some(head) = heads.get(*agency) else { continue };
        table.text(batches::AGENCY, agency.as_bytes());
        table.whole(batches::BATCH, head.batch);
        table.whole(batches::DEBTS, sum.debts);
        table.whole(batches::CHANGES, sum.changes);
        table.text(batches::CURRENCY, currency.code().as_bytes());
        table.thousandths(batches::AMOUNT_PLACED, sum.placed * i128::from(currency.thousandths()));
        table.thousandths(batches::AMOUNT_CHANGED, sum.changed * i128::from(currency.thousandths()));
        table.text(batches::HASH, head.hash.as_bytes());
        table.text(batches::HASH_BEFORE, before.get(*agency).map_or("", |head| head.hash.as_str()).as_bytes());
        table.end_row();
    }
    (heads, table.finish())
}

/// The hash over what a batch says. The length of every part goes before it, so that no two batches have the same bytes.
struct Seal(Sha256);

impl Seal {
    fn new(agency: &str, batch: i64, as_of: Date, before: &str) -> Seal {
        let mut seal = Seal(Sha256::new());
        seal.text(agency.as_bytes());
        seal.number(batch);
        seal.number(i64::from(as_of.0));
        seal.text(before.as_bytes());
        seal
    }

    fn debt(&mut self, record: &PlacementRecord) {
        self.text(b"debt");
        self.number(record.line);
        self.text(&record.customer_id);
        self.text(&record.invoice_id);
        self.number(record.sequence);
        self.text(record.currency.code().as_bytes());
        self.number(record.amount.0);
    }

    fn change(&mut self, line: i64, change: &Change) {
        self.text(change.kind.name().as_bytes());
        self.number(line);
        self.number(change.placed.0);
        self.number(change.placed.1);
        self.text(change.currency.code().as_bytes());
        self.number(change.amount.unwrap_or(Amount::ZERO).0);
        self.number(change.balance.0);
        self.text(change.reason.as_bytes());
        self.number(change.due_by.map_or(0, |day| i64::from(day.0)));
    }

    fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }

    fn text(&mut self, text: &[u8]) {
        self.number(i64::try_from(text.len()).unwrap_or(i64::MAX));
        self.0.update(text);
    }

    fn hash(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn placements_table<'a>(records: impl Iterator<Item = &'a PlacementRecord>) -> Table {
    let mut table = TableBuilder::output(&columns::SPEC);
    for record in records {
        table.text(columns::AGENCY, record.agency.as_bytes());
        table.whole(columns::BATCH, record.batch);
        table.whole(columns::LINE, record.line);
        table.date(columns::PLACED_ON, Some(record.placed_on));
        table.text(columns::CUSTOMER_ID, &record.customer_id);
        table.text(columns::INVOICE_ID, &record.invoice_id);
        if record.sequence != 0 {
            table.whole(columns::SEQUENCE, record.sequence);
        }
        table.text(columns::CURRENCY, record.currency.code().as_bytes());
        for (column, amount) in [
            (columns::AMOUNT_PLACED, record.amount),
            (columns::BALANCE, record.told.balance()),
            (columns::AMOUNT_DISPUTED, record.told.disputed),
            (columns::COLLECTED, record.collected()),
            (columns::COMMISSION, record.commission()),
        ] {
            table.money(column, amount, record.currency);
        }
        table.number(columns::FEE_RATE, record.fee_rate.0);
        let status = match (&record.ended, &record.recall) {
            (Some(_), _) => "ended",
            (None, Some(_)) => "recalled",
            (None, None) => "with_agency",
        };
        table.text(columns::STATUS, status.as_bytes());
        table.date(columns::RECALLED_ON, record.recall.as_ref().map(|recall| recall.on));
        table.date(columns::RECALL_BY, record.recall.as_ref().map(|recall| recall.by));
        table.date(columns::ENDED_ON, record.ended.as_ref().map(|(on, _)| *on));
        table.text(columns::REASON, record.reason().unwrap_or_default().as_bytes());
        table.end_row();
    }
    table.finish()
}

fn changes_table(changes: &[(i64, i64, &Change)]) -> Table {
    use placement_changes as columns;
    let mut table = TableBuilder::output(&columns::SPEC);
    for (batch, line, change) in changes {
        table.text(columns::AGENCY, change.agency.as_bytes());
        table.whole(columns::BATCH, *batch);
        table.whole(columns::LINE, *line);
        table.text(columns::KIND, change.kind.name().as_bytes());
        table.text(columns::CUSTOMER_ID, &change.customer_id);
        table.text(columns::INVOICE_ID, &change.invoice_id);
        if change.sequence != 0 {
            table.whole(columns::SEQUENCE, change.sequence);
        }
        table.whole(columns::PLACED_BATCH, change.placed.0);
        table.whole(columns::PLACED_LINE, change.placed.1);
        table.text(columns::CURRENCY, change.currency.code().as_bytes());
        if let Some(amount) = change.amount {
            table.money(columns::AMOUNT, amount, change.currency);
        }
        table.money(columns::BALANCE, change.balance, change.currency);
        table.text(columns::REASON, change.reason.as_bytes());
        table.date(columns::DUE_BY, change.due_by);
        table.end_row();
    }
    table.finish()
}

fn refusals_table(refusals: &[Refusal]) -> Table {
    use placement_refusals as columns;
    let mut table = TableBuilder::output(&columns::SPEC);
    for refusal in refusals {
        table.text(columns::CUSTOMER_ID, &refusal.customer_id);
        table.text(columns::INVOICE_ID, &refusal.invoice_id);
        if refusal.sequence != 0 {
            table.whole(columns::SEQUENCE, refusal.sequence);
        }
        table.text(columns::CURRENCY, refusal.currency.code().as_bytes());
        table.money(columns::AMOUNT_OPEN, refusal.amount, refusal.currency);
        table.text(columns::MISSING, refusal.missing.join("|").as_bytes());
        table.text(columns::PROPOSAL_ID, refusal.proposal.as_bytes());
        table.end_row();
    }
    table.finish()
}
