//! Sums behind the portfolio figures: one shard's ledger in, exact integers out that add up across shards in any order.
//!
//! Ratios and tables belong to [`crate::portfolio`]. Nothing is rounded here but a debtor group's total in the reporting currency.

mod agencies;
mod bands;
mod cell;
mod cohort;
mod concentration;
mod contacts;
mod conversion;
mod expected;
mod item;
mod monthly;
mod parity;
mod payment_delays;
mod postings;
mod satisfaction;
mod scope;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;
mod transition;
mod trials;
mod windows;

use std::collections::BTreeMap;
use std::ops::Range;

pub use agencies::Collected;
pub use bands::AgingBands;
pub use cell::{Band, Cell, Count, Sum};
pub use cohort::{Cohort, Cohorts, HORIZONS};
pub use concentration::{Concentration, TOP};
pub use contacts::{Attempt, Contacts, Productivity};
pub use conversion::convert;
pub use expected::{ExpectedCash, Habit, Method, Methods, Returned};
pub use monthly::{Additive, Monthly};
pub use parity::{Treated, Treatment};
pub use payment_delays::{DELAY_BANDS, PaymentDelays, Unpaid};
pub use postings::Posted;
pub use satisfaction::Stated;
pub use scope::{NO_CODE, Part, Scope, ScopeCodes};
pub use transition::{Movement, NEW, PreviousItem, SETTLED, SOLD, TransitionKey, Transitions, WRITTEN_OFF};
pub use trials::{Arm, Measure, Moments, TrialInput, Trials};
pub use windows::{FLOW_DAYS, Windows};

use crate::base::date::Date;
use crate::base::money::{Amount, Currency, Rate};
use crate::base::recovery::RecoveryCurve;
use crate::night::documents::{Customer, CustomerIx, Invoice, InvoiceIx, Money, MoneyKind, Pending, Promise};
use crate::night::fx::Rates;
use crate::night::kpi::cell::Sums;
use crate::night::kpi::cohort::OpenCohorts;
use crate::night::kpi::concentration::{GroupTotal, OpenByGroup, totals_by_group};
use crate::night::kpi::monthly::MonthCodes;
use crate::night::kpi::payment_delays::OpenDelays;
use crate::night::kpi::scope::{Cutting, Subject};
use crate::night::ledger::{Item, Ledger};
use crate::night::penalties::waivers::Waived;
use crate::night::promise::Outcome;

/// What the figures of one shard are worked out from.
#[derive(Debug, Clone, Copy)]
pub struct KpiInput<'a> {
    pub as_of: Date,
    /// The one customer the sums are of; all where left out. What the night before had and tonight has not counts for nobody alone.
    pub only: Option<CustomerIx>,
    pub customers: &'a [Customer],
    pub invoices: &'a [Invoice],
    /// Credit notes and settled payments, in the order of [`Ledger::left`].
    pub money: &'a [Money],
    /// The agency that collected each of them; empty where the job has no agency fees.
    pub agencies: &'a [Option<&'a [u8]>],
    pub ledger: &'a Ledger,
    /// What became of every promise that stands, so far.
    pub promise_outcomes: &'a [Outcome],
    /// Promises, in order of customer.
    pub promises: &'a [Promise],
    pub promise_grace_days: i32,
    /// Announced payments, in order of invoice.
    pub pending: &'a [Pending],
    /// Contacts that went out.
    pub attempts: &'a [Attempt],
    /// Names of the steps attempts were made for: policy and step.
    pub steps: &'a [String],
    pub trials: &'a TrialInput<'a>,
    /// What each customer says of us, millionths; empty where the ledger does not say.
    pub satisfaction: &'a [Option<i64>],
    pub posted: &'a Posted,
    pub methods: &'a Methods,
    /// Customers who are late, in order.
    pub treated: &'a [Treated],
    /// Penalties accrued to date less those waived, one per invoice.
    pub penalties: &'a [Amount],
    /// What waivers gave up.
    pub waived: &'a [Waived],
    /// Open items of the previous night.
    pub previous: &'a [PreviousItem<'a>],
    /// Open items of an earlier night that tonight is compared with, where there is one.
    pub earlier: Option<&'a [PreviousItem<'a>]>,
    /// The job's scopes but `all`, which is always there.
    pub scopes: &'a [Scope<'a>],
    pub bands: &'a AgingBands,
    pub curve: &'a RecoveryCurve,
    /// Share expected to be lost, by aging band; empty where the job names none.
    pub loss_rates: &'a [Rate],
    /// Depreciation of the balance net of tax, by aging band; empty where the job names none.
    pub depreciation_rates: &'a [Rate],
    /// Tax in each invoice, where known; only with `depreciation_rates`.
    pub taxes: &'a [Option<Amount>],
    pub rates: &'a Rates,
}

impl KpiInput<'_> {
    fn invoice_of(&self, item: &Item) -> &Invoice {
        &self.invoices[item.invoice as usize]
    }

    /// Positions of the items that count, which are in order of customer.
    fn item_range(&self) -> Range<usize> {
        self.range(&self.ledger.items, |item| item.customer)
    }

    /// Positions of the money documents that count, in the same order.
    fn money_range(&self) -> Range<usize> {
        self.range(self.money, |document| document.customer)
    }

    fn range<T>(&self, rows: &[T], customer: impl Fn(&T) -> CustomerIx) -> Range<usize> {
        let Some(only) = self.only else { return 0..rows.len() };
        rows.partition_point(|row| customer(row) < only)..rows.partition_point(|row| customer(row) <= only)
    }

    /// The parts a customer is in: `all`, and one of every scope that is about customers.
    fn parts_of(&self, customer: CustomerIx) -> impl Iterator<Item = Part> {
        let own = (1..).zip(self.scopes).filter_map(move |(scope, cut)| {
            let ScopeCodes::Customer(codes) = cut.codes else { return None };
            let code = codes.get(customer as usize).copied().unwrap_or(NO_CODE);
            Some(Part { scope, value: cut.values.get(code as usize).map(|name| name.as_str().into()) })
        });
        std::iter::once(Part { scope: 0, value: None }).chain(own)
    }

    fn counts(&self, customer: CustomerIx) -> bool {
        self.only.is_none_or(|only| only == customer)
    }

    /// Position of an invoice's item, where the invoice is in this currency.
    fn item_at(&self, invoice: Option<InvoiceIx>, sequence: i64, currency: Currency) -> Option<usize> {
        let invoice = self.invoices.get(invoice? as usize).filter(|invoice| invoice.currency == currency)?;
        let first = invoice.first_item as usize;
        let items = &self.ledger.items[first..first + invoice.items as usize];
        items.binary_search_by_key(&sequence, |item| item.sequence).ok().map(|at| first + at)
    }
}

/// The sums of one shard, or of several added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cells {
    pub cells: BTreeMap<(Part, Currency), Cell>,
    /// Debtor groups in each currency.
    pub concentration: BTreeMap<(Part, Currency), Concentration>,
    /// Debtor groups over all currencies, each currency of a group converted with one rounding.
    pub concentration_reporting: BTreeMap<Part, Concentration>,
    pub cohorts: BTreeMap<Currency, Cohorts>,
    pub payment_delays: BTreeMap<Currency, PaymentDelays>,
    pub collected: Collected,
    pub contacts: Contacts,
    pub trials: Trials,
    pub satisfaction: BTreeMap<Part, Stated>,
    pub parity: BTreeMap<Part, Treatment>,
    pub expected_cash: BTreeMap<Currency, ExpectedCash>,
    pub transitions: Transitions,
    /// What was open the night before, by name of its aging band.
    pub before: BTreeMap<(String, Currency), i128>,
    /// The same since an earlier night; empty where there is none to compare with.
    pub transitions_since: Transitions,
    pub before_since: BTreeMap<(String, Currency), i128>,
}

impl Cells {
    /// The sums of one shard.
    pub fn of(input: &KpiInput) -> Cells {
        let windows = Windows::ending(input.as_of);
        let months = months(input);
        let mut cutting = Cutting::new(input.scopes, &months, input.bands.names().len());
        let OpenItems { groups, cohorts, delays } = add_items(input, &windows, &mut cutting, &months);
        add_money(input, &windows, &mut cutting, &months);
        add_promises(input, &mut cutting);
        add_penalties(input, &mut cutting);
        postings::add_postings(input, &windows, &mut cutting);
        let (keys, cells) = cutting.finish();
        let totals = groups.finish();
        let mut found = Cells {
            concentration: by_currency(&keys, &totals),
            concentration_reporting: reporting(&keys, &totals, input.rates),
            cohorts: cohorts.finish(),
            payment_delays: delays.finish(),
            collected: Collected::of(input, &windows),
            contacts: Contacts::of(input, &windows),
            trials: trials::trials(input),
            satisfaction: satisfaction::satisfaction(input),
            parity: parity::parity(input),
            expected_cash: expected::expected(input),
            transitions: transition::transitions(input, input.previous),
            before: transition::before(input, input.previous),
            transitions_since: input.earlier.map_or_else(BTreeMap::new, |earlier| transition::transitions(input, earlier)),
            before_since: input.earlier.map_or_else(BTreeMap::new, |earlier| transition::before(input, earlier)),
            cells: BTreeMap::new(),
        };
        merge_all(&mut found.cells, keys.into_iter().zip(&cells));
        found
    }
}

impl Additive for Cells {
    fn merge(&mut self, other: &Cells) {
        merge_maps(&mut self.cells, &other.cells);
        merge_maps(&mut self.concentration, &other.concentration);
        merge_maps(&mut self.concentration_reporting, &other.concentration_reporting);
        merge_maps(&mut self.cohorts, &other.cohorts);
        merge_maps(&mut self.payment_delays, &other.payment_delays);
        self.collected.merge(&other.collected);
        self.contacts.merge(&other.contacts);
        merge_maps(&mut self.trials, &other.trials);
        merge_maps(&mut self.satisfaction, &other.satisfaction);
        merge_maps(&mut self.parity, &other.parity);
        merge_maps(&mut self.expected_cash, &other.expected_cash);
        merge_maps(&mut self.transitions, &other.transitions);
        merge_maps(&mut self.before, &other.before);
        merge_maps(&mut self.transitions_since, &other.transitions_since);
        merge_maps(&mut self.before_since, &other.before_since);
    }
}

fn merge_maps<K: Ord + Clone, V: Additive>(into: &mut BTreeMap<K, V>, parts: &BTreeMap<K, V>) {
    merge_all(into, parts.iter().map(|(key, part)| (key.clone(), part)));
}

fn merge_all<'a, K: Ord, V: Additive + 'a>(into: &mut BTreeMap<K, V>, parts: impl Iterator<Item = (K, &'a V)>) {
    for (key, part) in parts {
        into.entry(key).or_default().merge(part);
    }
}

/// The months of all documents and due dates.
fn months(input: &KpiInput) -> MonthCodes {
    let issued = input.invoices.iter().map(|invoice| invoice.issue_date);
    let due = input.ledger.items.iter().map(|item| item.due_date);
    let credit_notes = input.money.iter().filter(|document| document.kind == MoneyKind::Credit).map(|document| document.date);
    MonthCodes::of(issued.chain(due).chain(credit_notes), input.as_of)
}

/// What items are added to beside the cells.
struct OpenItems<'a> {
    groups: OpenByGroup,
    cohorts: OpenCohorts<'a>,
    delays: OpenDelays,
}

fn add_items<'a>(input: &KpiInput, windows: &Windows, cutting: &mut Cutting<'a>, months: &'a MonthCodes) -> OpenItems<'a> {
    let mut groups = OpenByGroup::default();
    let mut cohorts = OpenCohorts::new(months);
    let mut delays = OpenDelays::default();
    let mut contacts: Vec<(CustomerIx, Date)> = input.attempts.iter().map(|attempt| (attempt.customer, attempt.on)).collect();
    contacts.sort_unstable();
    for position in input.item_range() {
        let (item, at) = (&input.ledger.items[position], u32::try_from(position).unwrap_or(u32::MAX));
        let invoice = input.invoice_of(item);
        cutting.locate(item.customer, invoice.currency, Subject::Item(position));
        let issue_month = months.code(invoice.issue_date);
        item::add_sale(cutting, (invoice.issue_date, issue_month), item.amount.wide(), windows);
        item::add_first_contact(cutting.sums(), item, input.ledger.history(at), &contacts, windows);
        let recovered = item::add_past(cutting, item, invoice, input.ledger.history(at), input, windows);
        if item.open.is_positive() {
            item::add_balance(cutting, item, input);
            if !input.depreciation_rates.is_empty() {
                item::add_depreciation(cutting.sums(), item, invoice, input);
            }
            let group = input.customers[item.customer as usize].group;
            cutting.current().for_each(|cell| groups.add(cell, group, item.open.wide()));
            let days_past_due = input.as_of.days_since(item.due_date);
            delays.add(invoice.currency, days_past_due, item.open.wide(), item.disputed.is_positive());
        }
        cohorts.add_item(invoice.currency, (item.due_date, issue_month), (item.amount - item.credited).wide(), &recovered);
    }
    OpenItems { groups, cohorts, delays }
}

fn add_money(input: &KpiInput, windows: &Windows, cutting: &mut Cutting, months: &MonthCodes) {
    for at in input.money_range() {
        let (document, left) = (&input.money[at], input.ledger.left[at]);
        let credit_note = document.kind == MoneyKind::Credit;
        if !credit_note && left.is_zero() {
            continue;
        }
        cutting.locate(document.customer, document.currency, Subject::Money(at));
        if credit_note {
            item::add_sale(cutting, (document.date, months.code(document.date)), -document.amount.wide(), windows);
        }
        let sum = if credit_note { Sum::UnallocatedCredit } else { Sum::UnallocatedCash };
        cutting.sums()[sum] += left.wide();
    }
}

fn add_promises(input: &KpiInput, cutting: &mut Cutting) {
    for outcome in input.promise_outcomes.iter().filter(|outcome| outcome.is_matured && input.counts(outcome.promise.customer)) {
        let invoice = outcome.promise.invoice.and_then(|invoice| input.invoices.get(invoice as usize));
        let subject = invoice.map_or(Subject::Account, |invoice| Subject::Item(invoice.first_item as usize));
        cutting.locate(outcome.promise.customer, outcome.promise.currency, subject);
        add_outcome(cutting.sums(), outcome);
    }
}

fn add_outcome(cell: &mut Sums, outcome: &Outcome) {
    let promised = outcome.promise.amount.wide();
    cell[Count::Promises] += 1;
    cell[Sum::Promised] += promised;
    cell[Sum::PromisedCash] += outcome.cash.wide();
    if outcome.is_kept() {
        cell[Count::PromisesKept] += 1;
        cell[Sum::PromisedKept] += promised;
    }
}

fn add_penalties(input: &KpiInput, cutting: &mut Cutting) {
    let accrued = input.invoices.iter().zip(input.penalties).filter(|(_, accrued)| !accrued.is_zero());
    for (invoice, accrued) in accrued.filter(|(invoice, _)| input.counts(invoice.customer)) {
        cutting.locate(invoice.customer, invoice.currency, Subject::Item(invoice.first_item as usize));
        cutting.sums()[Sum::Penalties] += accrued.wide();
    }
    for waived in input.waived {
        let invoice = &input.invoices[waived.waiver.invoice as usize];
        if !input.counts(invoice.customer) {
            continue;
        }
        cutting.locate(invoice.customer, invoice.currency, Subject::Item(invoice.first_item as usize));
        cutting.sums()[Sum::PenaltiesWaived] += waived.amount.wide();
    }
}

fn by_currency(keys: &[(Part, Currency)], totals: &[GroupTotal]) -> BTreeMap<(Part, Currency), Concentration> {
    let mut found = BTreeMap::new();
    for cell in totals.chunk_by(|a, b| a.place == b.place) {
        merge_all(&mut found, [(keys[cell[0].place].clone(), &concentration_of(cell))].into_iter());
    }
    found
}

/// Each group's totals in the reporting currency; a currency without a rate, which the run refuses, is left out.
fn reporting(keys: &[(Part, Currency)], totals: &[GroupTotal], rates: &Rates) -> BTreeMap<Part, Concentration> {
    let mut parts: Vec<&Part> = keys.iter().map(|(part, _)| part).collect();
    parts.sort_unstable();
    parts.dedup();
    let converted = totals.iter().filter_map(|total| {
        let (part, currency) = &keys[total.place];
        let amount = convert(total.amount, *currency, rates)?;
        Some(GroupTotal { place: parts.binary_search(&part).ok()?, amount, ..*total })
    });
    let converted = totals_by_group(converted.collect());
    converted.chunk_by(|a, b| a.place == b.place).map(|part| (parts[part[0].place].clone(), concentration_of(part))).collect()
}

fn concentration_of(groups: &[GroupTotal]) -> Concentration {
    let mut found = Concentration::default();
    groups.iter().for_each(|group| found.add_group(group.amount));
    found
}
