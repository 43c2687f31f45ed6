//! What came in of the debts each agency was given, by the month of the hand-over and by the time since: cohorts are compared at one age.

use std::collections::{BTreeMap, BTreeSet};

use super::standing::{find, is_collected};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::night::facts::{Subject, is_complaint};
use crate::night::ledger::ApplicationKind;
use crate::night::memory::PlacementRecord;

/// Days after the hand-over at which cohorts are compared.
pub const HORIZONS: [i32; 5] = [30, 60, 90, 180, 365];

/// An agency, the first day of a month, and a currency.
pub type Cohort = (String, Date, Currency);

/// What became of the debts of one cohort, minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Vintage {
    pub debts: u64,
    pub placed: i128,
    /// Debts that were asked back.
    pub recalled: u64,
    /// Debts on which anything came in, and the days until it did.
    pub paying: u64,
    pub days_to_first: i64,
    /// Complaints of its debtors while the agency had debts of theirs.
    pub complaints: u64,
    /// Cash that came in within each of [`HORIZONS`], to whomever it was paid.
    pub cash: [i128; HORIZONS.len()],
    /// What the agency keeps of what it collected of that.
    pub fees: [i128; HORIZONS.len()],
}

impl Vintage {
    /// Adds another one of the same cohort.
    pub fn add(&mut self, other: &Vintage) {
        self.debts += other.debts;
        self.placed += other.placed;
        self.recalled += other.recalled;
        self.paying += other.paying;
        self.days_to_first += other.days_to_first;
        self.complaints += other.complaints;
        for at in 0..HORIZONS.len() {
            self.cash[at] += other.cash[at];
            self.fees[at] += other.fees[at];
        }
    }
}

/// The cohorts of a shard.
pub(super) fn vintages(subject: &Subject<'_>, records: &[PlacementRecord]) -> BTreeMap<Cohort, Vintage> {
    let mut vintages: BTreeMap<Cohort, Vintage> = BTreeMap::new();
    // A complaint is about a debtor, however many of its debts an agency has.
    let mut heard: BTreeSet<(&[u8], &str)> = BTreeSet::new();
    for record in records {
        let is_first = heard.insert((&record.customer_id, &record.agency));
        let cohort = (record.agency.clone(), record.placed_on.first_of_month(), record.currency);
        vintages.entry(cohort).or_default().add(&of(subject, record, is_first));
    }
    vintages
}

fn of(subject: &Subject<'_>, record: &PlacementRecord, is_first: bool) -> Vintage {
    let receipts = receipts(subject, record);
    let mut vintage = Vintage {
        debts: 1,
        placed: record.amount.wide(),
        recalled: u64::from(record.recall.is_some()),
        complaints: if is_first { complaints(subject, record) } else { 0 },
        ..Vintage::default()
    };
    if let Some(first) = receipts.iter().filter(|receipt| receipt.amount.is_positive()).map(|receipt| receipt.age).min() {
        (vintage.paying, vintage.days_to_first) = (1, i64::from(first));
    }
    for (at, horizon) in HORIZONS.into_iter().enumerate() {
        let within = receipts.iter().filter(|receipt| receipt.age <= horizon);
        let (mut cash, mut collected) = (Amount::ZERO, Amount::ZERO);
        for receipt in within {
            cash += receipt.amount;
            if receipt.through_agency {
                collected += receipt.amount;
            }
        }
        vintage.cash[at] = cash.wide();
        vintage.fees[at] = record.commission_on(collected, cash - collected).wide();
    }
    vintage
}

/// Complaints from the hand-over until the debt ended.
fn complaints(subject: &Subject<'_>, record: &PlacementRecord) -> u64 {
    let Ok(customer) = subject.documents.customer_ids.binary_search_by(|id| (*id).cmp(&record.customer_id)) else { return 0 };
    let until = record.ended.as_ref().map_or(subject.as_of, |(on, _)| *on);
    let own = subject.documents.contacts.of(u32::try_from(customer).unwrap_or(u32::MAX)).iter();
    let of_time = own.filter(|contact| contact.on >= record.placed_on && contact.on <= until);
    of_time.filter(|contact| is_complaint(subject, contact)).map(|_| 1).sum()
}

/// Cash on a debt from its hand-over until it ended: what comes in later is the success of somebody else.
struct Receipt {
    /// Days since the hand-over.
    age: i32,
    amount: Amount,
    through_agency: bool,
}

fn receipts(subject: &Subject<'_>, record: &PlacementRecord) -> Vec<Receipt> {
    let Some(place) = find(subject, record) else {
        // The ledger has it no more: what is known of it is what the agency was told last.
        let ended = record.ended.as_ref().map_or(subject.as_of, |(on, _)| *on);
        let age = ended.days_since(record.placed_on);
        return vec![Receipt { age, amount: record.collected(), through_agency: true }];
    };
    let history = subject.ledger.history(u32::try_from(place.item).unwrap_or(u32::MAX));
    let until = record.ended.as_ref().map_or(subject.as_of, |(on, _)| *on);
    let since = history.iter().filter(|application| application.date > record.placed_on && application.date <= until);
    let receipt = |application: &crate::night::ledger::Application| {
        let amount = match application.kind {
            ApplicationKind::Cash => application.amount,
            ApplicationKind::Refund => Amount::ZERO - application.amount,
            _ => return None,
        };
        let age = application.date.days_since(record.placed_on);
        Some(Receipt { age, amount, through_agency: is_collected(subject, application.source, &record.agency) })
    };
    since.filter_map(receipt).collect()
}
