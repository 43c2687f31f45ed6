//! Cash by who collected it: agencies, and the creditor itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::money::Currency;
use crate::night::documents::MoneyKind;
use crate::night::kpi::monthly::Additive;
use crate::night::kpi::{KpiInput, Windows, merge_maps};

/// Settled receipts of the rolling twelve months less refunds, by value date, minor units. Empty where the job has no agency fees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// By agency; `None` is the creditor.
    pub by: BTreeMap<(Option<Arc<str>>, Currency), i128>,
    /// All of them, added up by themselves.
    pub whole: BTreeMap<Currency, i128>,
}

impl Collected {
    /// The receipts of one shard.
    pub fn of(input: &KpiInput, windows: &Windows) -> Collected {
        let mut by: BTreeMap<(Option<&[u8]>, Currency), i128> = BTreeMap::new();
        let mut whole: BTreeMap<Currency, i128> = BTreeMap::new();
        for (money, agency) in input.money.iter().zip(input.agencies).filter(|(money, _)| input.counts(money.customer)) {
            if money.kind == MoneyKind::Payment && money.date > windows.twelve_months {
                *by.entry((*agency, money.currency)).or_default() += money.amount.wide();
                *whole.entry(money.currency).or_default() += money.amount.wide();
            }
        }
        let name = |id: &[u8]| Arc::from(String::from_utf8_lossy(id).as_ref());
        Collected { by: by.into_iter().map(|((agency, currency), sum)| ((agency.map(name), currency), sum)).collect(), whole }
    }
}

impl Additive for Collected {
    fn merge(&mut self, other: &Collected) {
        merge_maps(&mut self.by, &other.by);
        merge_maps(&mut self.whole, &other.whole);
    }
}
