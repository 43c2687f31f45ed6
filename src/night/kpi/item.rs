//! What one item of the ledger adds to the figures: its sales, its balance, its past.

use crate::base::date::Date;
use crate::base::money::divide_half_up;
use crate::night::documents::{CustomerIx, Invoice};
use crate::night::kpi::KpiInput;
use crate::night::kpi::cell::{Count, Sum, Sums};
use crate::night::kpi::cohort::{Recovered, horizon_of};
use crate::night::kpi::scope::Cutting;
use crate::night::kpi::windows::Windows;
use crate::night::ledger::{Application, ApplicationKind, Item};

/// Adds a document's amount to the sales of its month, by code, and of the windows it falls in; credit notes are negative.
pub fn add_sale(cutting: &mut Cutting, (issued, month): (Date, usize), amount: i128, windows: &Windows) {
    cutting.sell(month, amount);
    let starts =
        [(Sum::Sales90Days, windows.opening), (Sum::Sales3Months, windows.three_months), (Sum::Sales12Months, windows.twelve_months)];
    for (sum, start) in starts {
        if issued > start {
            cutting.sums()[sum] += amount;
        }
    }
}

/// Adds what is open of an item tonight.
pub fn add_balance(cutting: &mut Cutting, item: &Item, input: &KpiInput) {
    let days_past_due = input.as_of.days_since(item.due_date);
    let (open, disputed) = (item.open.wide(), item.disputed.wide());
    let at = input.bands.of(days_past_due);
    let band = cutting.band(at);
    band.count += 1;
    band.amount += open;
    band.disputed += disputed;
    let sums = cutting.sums();
    sums[Count::OpenItems] += 1;
    sums[Sum::Open] += open;
    sums[Sum::Disputed] += disputed;
    sums[Sum::Collectible] += item.collectible().wide();
    sums[Sum::Expected] += open * input.curve.weight(days_past_due);
    sums[Sum::ExpectedLoss] += open * input.loss_rates.get(at).map_or(0, |rate| i128::from(rate.0));
    if days_past_due > 0 {
        sums[Count::OverdueItems] += 1;
        sums[Sum::Overdue] += open;
        sums[Sum::OpenDaysLate] += open * i128::from(days_past_due);
    }
}

/// Adds the depreciation of what is open: the tax can be had back once a claim is lost, so it is no loss (07 §C.14). The net amount is
/// rounded for each item, as it is booked. Where the ledger does not say what tax there is, none is taken off, and that is told apart.
pub fn add_depreciation(sums: &mut Sums, item: &Item, invoice: &Invoice, input: &KpiInput) {
    let band = input.bands.of(input.as_of.days_since(item.due_date));
    let rate = input.depreciation_rates.get(band).map_or(0, |rate| i128::from(rate.0));
    if rate == 0 {
        return;
    }
    let (open, amount) = (item.open.wide(), invoice.amount.wide());
    let tax = input.taxes.get(item.invoice as usize).copied().flatten();
    let net = tax.map_or(open, |tax| divide_half_up(open * (amount - tax.wide().clamp(0, amount)), amount));
    sums[Sum::DepreciationUntaxed] += if tax.is_none() { open } else { 0 };
    sums[Sum::DepreciationBase] += net;
    sums[Sum::Depreciation] += net * rate;
}

/// Adds what was applied to an item, and gives back the cash by its days after the due date.
pub fn add_past(
    cutting: &mut Cutting,
    item: &Item,
    invoice: &Invoice,
    history: &[Application],
    input: &KpiInput,
    windows: &Windows,
) -> Recovered {
    let mut recovered = Recovered::default();
    let is_new = invoice.issue_date > windows.opening;
    let mut opening = if is_new { 0 } else { item.amount.wide() };
    let sums = cutting.sums();
    sums[Sum::Invoiced] += if is_new { item.amount.wide() } else { 0 };
    for application in history {
        let refund = application.kind == ApplicationKind::Refund;
        let amount = application.amount.wide();
        let signed = if application.kind.opens() { -amount } else { amount };
        if application.date <= windows.opening {
            opening -= signed;
        } else {
            // What is taken back has a sum of its own; what is revived lowers what was written off.
            sums[flow(application.kind)] += if refund { amount } else { signed };
        }
        if application.date > windows.twelve_months {
            match application.kind {
                ApplicationKind::WriteOff | ApplicationKind::Revival => sums[Sum::WrittenOff12Months] += signed,
                ApplicationKind::Sale => sums[Sum::Sold12Months] += signed,
                ApplicationKind::Cash | ApplicationKind::Credit | ApplicationKind::Refund => {}
            }
        }
        if matches!(application.kind, ApplicationKind::Cash | ApplicationKind::Refund) {
            let value_date = input.money[application.source as usize].date;
            let days_late = value_date.days_since(item.due_date);
            recovered[horizon_of(days_late)] += signed;
            if !refund && value_date > windows.opening {
                sums[Sum::Received] += amount;
                sums[Sum::ReceivedDaysLate] += amount * i128::from(days_late);
                sums[Sum::ReceivedDaysFromIssue] += amount * i128::from(value_date.days_since(invoice.issue_date));
            }
        }
    }
    sums[Sum::Opening] += opening;
    recovered
}

/// Adds how long an item that fell due in the 90-day window waited for its customer to be contacted. `contacts` are the days on which somebody of
/// ours tried, by customer and in order.
pub fn add_first_contact(sums: &mut Sums, item: &Item, history: &[Application], contacts: &[(CustomerIx, Date)], windows: &Windows) {
    if item.due_date <= windows.opening {
        return;
    }
    let at = contacts.partition_point(|contact| *contact <= (item.customer, item.due_date));
    let Some((_, on)) = contacts.get(at).filter(|(customer, _)| *customer == item.customer) else { return };
    let before = history.iter().filter(|application| application.date < *on);
    let settled: i128 = before.map(|application| application.amount.wide() * if application.kind.opens() { -1 } else { 1 }).sum();
    if settled < item.amount.wide() {
        sums[Count::FirstContacts] += 1;
        sums[Count::FirstContactDays] += i64::from(on.days_since(item.due_date));
    }
}

/// The sum that what happened to an item in the 90-day window belongs to.
fn flow(kind: ApplicationKind) -> Sum {
    match kind {
        ApplicationKind::Cash => Sum::CashApplied,
        ApplicationKind::Refund => Sum::Refunded,
        ApplicationKind::Credit => Sum::CreditsApplied,
        ApplicationKind::WriteOff | ApplicationKind::Revival => Sum::WrittenOff,
        ApplicationKind::Sale => Sum::Sold,
    }
}
