//! Movement of open items between ages since the previous night.
//!
//! Yesterday's balance of an item moves to tonight's band as far as it is still open; the rest was settled, written off or sold.
//! What is open tonight beyond yesterday's balance is new. So the rows out of a band add up to yesterday's aging, and the rows into a band
//! to tonight's. An item counts once: in the row of the band it is in tonight, or of the way it left.

use std::collections::BTreeMap;

use crate::base::money::{Amount, Currency};
use crate::night::documents::{ExitKind, InvoiceIx};
use crate::night::kpi::KpiInput;
use crate::night::kpi::monthly::Additive;

/// An open item of the previous night, from its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviousItem<'a> {
    /// `None` where tonight's ledger has no such invoice: the item then counts as settled.
    pub invoice: Option<InvoiceIx>,
    pub sequence: i64,
    pub currency: Currency,
    /// Name of its aging band.
    pub bucket: &'a str,
    pub amount: Amount,
}

/// Not open the night before.
pub const NEW: &str = "new";
/// Paid or credited.
pub const SETTLED: &str = "settled";
/// Left by write-off.
pub const WRITTEN_OFF: &str = "written_off";
/// Left by sale.
pub const SOLD: &str = "sold";

/// From where to where, in which currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransitionKey {
    /// Name of yesterday's band, or [`NEW`].
    pub from: String,
    /// Name of tonight's band, or one of [`SETTLED`], [`WRITTEN_OFF`], [`SOLD`].
    pub to: String,
    pub currency: Currency,
}

/// Items and their amount, minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Movement {
    pub count: i64,
    pub amount: i128,
}

impl Additive for Movement {
    fn merge(&mut self, other: &Movement) {
        self.count += other.count;
        self.amount += other.amount;
    }
}

/// All movements between two nights.
pub type Transitions = BTreeMap<TransitionKey, Movement>;

/// The movements of one shard since a night that had these items open.
pub fn transitions<'a>(input: &'a KpiInput<'a>, earlier: &'a [PreviousItem<'a>]) -> Transitions {
    let mut moves = Moves { input, found: BTreeMap::new() };
    let mut known = vec![false; input.ledger.items.len()];
    for previous in earlier.iter().filter(|previous| counts(input, previous)) {
        match input.item_at(previous.invoice, previous.sequence, previous.currency) {
            Some(at) => {
                known[at] = true;
                moves.follow(previous, at);
            }
            None => moves.add(previous.bucket, SETTLED, previous.currency, 1, previous.amount),
        }
    }
    for at in input.item_range().filter(|at| !known[*at]) {
        moves.enter(at);
    }
    moves.named()
}

/// What was open the night before, by aging band and currency, minor units: added up by itself, as what the movements start from.
pub fn before(input: &KpiInput, earlier: &[PreviousItem<'_>]) -> BTreeMap<(String, Currency), i128> {
    let mut found: BTreeMap<(&str, Currency), i128> = BTreeMap::new();
    for previous in earlier.iter().filter(|previous| counts(input, previous)) {
        *found.entry((previous.bucket, previous.currency)).or_default() += previous.amount.wide();
    }
    found.into_iter().map(|((bucket, currency), amount)| ((bucket.to_owned(), currency), amount)).collect()
}

/// Whether an item of the night before is of a customer that counts. What tonight has no more is of nobody that is known.
fn counts(input: &KpiInput, previous: &PreviousItem<'_>) -> bool {
    let customer = || previous.invoice.and_then(|at| input.invoices.get(at as usize)).map(|invoice| invoice.customer);
    input.only.is_none() || customer().is_some_and(|customer| input.counts(customer))
}

struct Moves<'a> {
    input: &'a KpiInput<'a>,
    /// By names borrowed from the input: text is only copied once the shard is read.
    found: BTreeMap<(&'a str, &'a str, Currency), Movement>,
}

impl<'a> Moves<'a> {
    /// Splits yesterday's balance of an item over where it is tonight.
    fn follow(&mut self, previous: &PreviousItem<'a>, at: usize) {
        let item = &self.input.ledger.items[at];
        let stays = previous.amount.min(item.open);
        let left = (previous.amount - stays).min(item.exited);
        let (still_open, gone) = (item.open.is_positive(), left.is_positive());
        let (from, band, currency) = (previous.bucket, self.band(at), previous.currency);
        self.add(from, band, currency, i64::from(still_open), stays);
        self.add(from, self.exit(at), currency, i64::from(!still_open && gone), left);
        self.add(from, SETTLED, currency, i64::from(!still_open && !gone), previous.amount - stays - left);
        self.add(NEW, band, currency, 0, item.open - stays);
    }

    /// An item that was not open the night before.
    fn enter(&mut self, at: usize) {
        let item = &self.input.ledger.items[at];
        if item.open.is_positive() {
            let currency = self.input.invoice_of(item).currency;
            self.add(NEW, self.band(at), currency, 1, item.open);
        }
    }

    fn band(&self, at: usize) -> &'a str {
        let input = self.input;
        input.bands.name(input.bands.of(input.as_of.days_since(input.ledger.items[at].due_date)))
    }

    fn exit(&self, at: usize) -> &'static str {
        let exit = self.input.invoice_of(&self.input.ledger.items[at]).exit;
        if exit.is_some_and(|exit| exit.kind == ExitKind::Sold) { SOLD } else { WRITTEN_OFF }
    }

    fn add(&mut self, from: &'a str, to: &'a str, currency: Currency, count: i64, amount: Amount) {
        if count > 0 || !amount.is_zero() {
            self.found.entry((from, to, currency)).or_default().merge(&Movement { count, amount: amount.wide() });
        }
    }

    fn named(self) -> Transitions {
        let named = |(from, to, currency): (&str, &str, _)| TransitionKey { from: from.to_owned(), to: to.to_owned(), currency };
        self.found.into_iter().map(|(key, movement)| (named(key), movement)).collect()
    }
}
