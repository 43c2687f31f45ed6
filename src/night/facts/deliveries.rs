//! What was delivered and is not invoiced: the deliveries of an order against the invoices of that order, the earliest first.

use std::collections::BTreeMap;

use crate::base::contract::{deliveries, invoices};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::night::documents::Delivery;
use crate::night::facts::balances::number;
use crate::night::facts::{Debtor, Subject, Sums, day};
use crate::night::fx::NoRate;
use crate::rules::program::Cell;

/// Facts of this file.
pub const NAMES: &[&str] = &["unbilled_deliveries", "unbilled_balance", "oldest_unbilled_date"];

/// The column of a fact; `None` where the name is not of this file.
///
/// # Errors
/// [`NoRate`] for a currency without a rate.
pub fn column(subject: &Subject<'_>, name: &str) -> Result<Option<Vec<Cell>>, NoRate> {
    if !NAMES.contains(&name) {
        return Ok(None);
    }
    let of = |debtor: &Debtor| {
        let unbilled = unbilled(subject, debtor);
        match name {
            "unbilled_deliveries" => Ok(number(unbilled.len())),
            "oldest_unbilled_date" => Ok(day(unbilled.first().map(|(on, ..)| *on))),
            _ => {
                let mut sums = Sums::default();
                unbilled.iter().for_each(|(_, amount, currency)| sums.add(*currency, amount.wide()));
                subject.reporting(sums.iter())
            }
        }
    };
    subject.debtors.iter().map(of).collect::<Result<_, NoRate>>().map(Some)
}

/// Deliveries of a debtor that its invoices do not reach, in order of day, with what of each is not invoiced.
fn unbilled(subject: &Subject<'_>, debtor: &Debtor) -> Vec<(Date, Amount, Currency)> {
    let delivered = subject.documents.deliveries.of(debtor.customer);
    if delivered.is_empty() {
        return Vec::new();
    }
    let mut invoiced: BTreeMap<(&[u8], Currency), Amount> = BTreeMap::new();
    for invoice in subject.documents.invoices.of(debtor.customer) {
        if let Some(order) = subject.shard.invoices.text(invoices::ORDER_ID, invoice.row as usize) {
            *invoiced.entry((order, invoice.currency)).or_insert(Amount::ZERO) += invoice.amount;
        }
    }
    let left_of = |delivery: &Delivery| {
        let order = subject.shard.deliveries.text(deliveries::ORDER_ID, delivery.row as usize).unwrap_or_default();
        let left = invoiced.entry((order, delivery.currency)).or_insert(Amount::ZERO);
        let covered = delivery.amount.min(*left);
        *left -= covered;
        (delivery.on, delivery.amount - covered, delivery.currency)
    };
    delivered.iter().map(left_of).filter(|(_, amount, _)| amount.is_positive()).collect()
}
