//! Whether the money columns of the night need three decimals: they do as soon as one accepted row has a currency without two.

use std::sync::Arc;

use rayon::prelude::*;

use crate::base::contract::{deliveries, invoices, payables, payments, promises};
use crate::base::date::Date;
use crate::base::money::Currency;
use crate::base::table::Table;
use crate::night::normalise::documents::{self, Documents};
use crate::night::normalise::{Fate, Intake};
use crate::night::tables::segment;
use crate::rules::program::Program;
use crate::run::directory::InvoiceDirectory;
use crate::run::intake::Portfolio;
use crate::settings::Settings;

/// Amounts that rules give out are in the reporting currency, which then counts whether or not a row has it.
///
/// Looks at the invoices first, which are judged already. Only where another table names such a currency that no accepted invoice has
/// are its rows judged here, to know whether one is accepted.
pub fn need_thousandths(portfolio: &Portfolio, program: &Program, settings: &Settings, as_of: Date) -> bool {
    if is_odd(settings.reporting_currency) && segment::has_amounts(program) {
        return true;
    }
    let in_invoices = portfolio
        .judged
        .par_iter()
        .any(|judged| judged.fates.iter().zip(&judged.currencies).any(|(fate, currency)| *fate == Fate::Used && is_odd(*currency)));
    in_invoices || (named_elsewhere(portfolio, settings) && accepted_elsewhere(portfolio, settings, as_of))
}

fn is_odd(currency: Currency) -> bool {
    currency.digits() != 2
}

fn named_elsewhere(portfolio: &Portfolio, settings: &Settings) -> bool {
    let names = |table: &Table, column: usize| {
        // Neighbours mostly share a currency.
        let mut last: &[u8] = b"";
        let mut codes = (0..table.len()).filter_map(|row| table.text(column, row));
        codes.any(|code| std::mem::replace(&mut last, code) != code && Currency::parse(code).is_some_and(is_odd))
    };
    let in_shard = |shard: &crate::night::normalise::Shard| {
        names(&shard.payments, payments::CURRENCY)
            || names(&shard.promises, promises::CURRENCY)
            || names(&shard.payables, payables::CURRENCY)
            || names(&shard.deliveries, deliveries::CURRENCY)
            || names(&shard.invoices, invoices::CURRENCY)
    };
    is_odd(settings.reporting_currency) || portfolio.shards.par_iter().any(in_shard)
}

fn accepted_elsewhere(portfolio: &Portfolio, settings: &Settings, as_of: Date) -> bool {
    let tables: Vec<Arc<Table>> = portfolio.shards.iter().map(|shard| Arc::clone(&shard.invoices)).collect();
    let directory = InvoiceDirectory::new(&tables, &portfolio.judged, &portfolio.invoice_index);
    let intake = Intake {
        as_of,
        reporting_currency: settings.reporting_currency,
        duplicates: &portfolio.duplicates,
        has_customers: portfolio.inputs.contains_key("customers"),
    };
    (portfolio.shards.par_iter().zip(&portfolio.judged))
        .any(|(shard, judged)| has_odd(&documents::read(shard, judged, &portfolio.groups, &directory, &intake)))
}

fn has_odd(documents: &Documents<'_>) -> bool {
    documents.money.iter().any(|money| is_odd(money.currency))
        || documents.unsettled.iter().any(|(_, currency, _)| is_odd(*currency))
        || documents.promises.iter().any(|promise| is_odd(promise.currency))
        || documents.payables.iter().any(|payable| is_odd(payable.currency))
        || documents.deliveries.iter().any(|delivery| is_odd(delivery.currency))
}
