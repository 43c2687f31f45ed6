//! How money comes, and how it comes back: methods, rejections by kind and method, what a customer uses us for beyond its terms.

use std::collections::BTreeMap;

use crate::base::contract::payments;
use crate::base::contract::values::METHODS;
use crate::base::date::Date;
use crate::base::money::{Amount, divide_half_up};
use crate::night::documents::{InvoiceIx, Money, MoneyKind, Rejection};
use crate::night::facts::balances::{number, share};
use crate::night::facts::{Debtor, Subject, Sums, day};
use crate::night::fx::NoRate;
use crate::night::ledger::ApplicationKind;
use crate::rules::program::{Cell, MISSING};

/// Facts of this file.
pub const NAMES: &[&str] = &[
    "usual_method",
    "cheque_share_12m",
    "last_rejection_kind",
    "last_rejection_method",
    "last_rejection_amount",
    "rejections_this_month",
    "direct_debit_rejections_this_month",
    "direct_debit_rejections_12m",
    "cheque_rejections_12m",
    "card_rejections_12m",
    "rejected_amount_open",
    "group_broken_promises_12m",
    "first_invoice_date",
    "free_credit_12m",
    "unearned_discounts",
];

/// The column of a fact; `None` where the name is not of this file.
///
/// # Errors
/// [`NoRate`] for a currency without a rate.
pub fn column(subject: &Subject<'_>, name: &str) -> Result<Option<Vec<Cell>>, NoRate> {
    let each = |fact: &dyn Fn(&Debtor) -> Cell| Ok(Some(subject.debtors.iter().map(fact).collect()));
    let tried = |fact: &dyn Fn(&Debtor) -> Result<Cell, NoRate>| subject.debtors.iter().map(fact).collect::<Result<Vec<_>, _>>().map(Some);
    let (year, month) = (subject.window(12), last_day_of_the_month_before(subject.as_of));
    let rejected = |after: Date, method: Option<&str>| {
        let counts =
            |rejection: &&Rejection| rejection.on > after && method.is_none_or(|method| method_of(rejection.method) == Some(method));
        Ok(Some(subject.debtors.iter().map(|debtor| number(rejections(subject, debtor).iter().filter(counts).count())).collect()))
    };
    let last = |debtor: &Debtor| rejections(subject, debtor).last();
    match name {
        "usual_method" => each(&|debtor| usual_method(subject, debtor).map_or(MISSING, Cell::from)),
        "cheque_share_12m" => each(&|debtor| {
            let (cheques, all) = receipts(subject, debtor)
                .fold((0, 0), |(cheques, all), (_, method)| (cheques + usize::from(method_of(method) == Some("cheque")), all + 1));
            share(number(cheques), number(all))
        }),
        "last_rejection_kind" => each(&|debtor| last(debtor).and_then(|rejection| rejection.kind).map_or(MISSING, Cell::from)),
        "last_rejection_method" => each(&|debtor| last(debtor).and_then(|rejection| rejection.method).map_or(MISSING, Cell::from)),
        "last_rejection_amount" => tried(&|debtor| match last(debtor) {
            Some(rejection) => Ok(subject.rates.convert_amount(rejection.amount, rejection.currency)?.0),
            None => Ok(MISSING),
        }),
        "rejections_this_month" => rejected(month, None),
        "direct_debit_rejections_this_month" => rejected(month, Some("direct_debit")),
        "direct_debit_rejections_12m" => rejected(year, Some("direct_debit")),
        "cheque_rejections_12m" => rejected(year, Some("cheque")),
        "card_rejections_12m" => rejected(year, Some("card")),
        "rejected_amount_open" => tried(&|debtor| rejected_amount_open(subject, debtor, year)),
        "group_broken_promises_12m" => Ok(Some(group_broken_promises(subject, year))),
        "first_invoice_date" => each(&|debtor| {
            let issued = subject.documents.invoices.of(debtor.customer).iter().map(|invoice| invoice.issue_date);
            day(issued.min())
        }),
        "free_credit_12m" => tried(&|debtor| free_credit(subject, debtor, year)),
        "unearned_discounts" => each(&|debtor| {
            let (own, unearned) = (subject.documents.invoices.range(debtor.customer), &subject.documents.unearned);
            let before = |end: usize| unearned.partition_point(|invoice| (*invoice as usize) < end);
            number(before(own.end) - before(own.start))
        }),
        _ => Ok(None),
    }
}

fn last_day_of_the_month_before(date: Date) -> Date {
    let (_, _, day) = date.ymd();
    date.plus_days(-i32::try_from(day).unwrap_or(0))
}

fn rejections<'a>(subject: &Subject<'a>, debtor: &Debtor) -> &'a [Rejection] {
    subject.documents.rejections.of(debtor.customer)
}

fn method_of(method: Option<u8>) -> Option<&'static str> {
    method.and_then(|method| METHODS.get(usize::from(method))).copied()
}

/// Receipts of twelve months, each with its method.
fn receipts<'a>(subject: &Subject<'a>, debtor: &Debtor) -> impl Iterator<Item = (&'a Money, Option<u8>)> + use<'a> {
    let (after, table) = (subject.window(12), &subject.shard.payments);
    let own = subject.documents.money.of(debtor.customer).iter();
    let receipts = own.filter(move |money| money.kind == MoneyKind::Payment && money.amount.is_positive() && money.date > after);
    receipts.map(move |money| (money, table.choice(payments::METHOD, money.row as usize)))
}

/// The method of most receipts of twelve months; of two with as many the one the contract names first.
pub fn usual_method(subject: &Subject<'_>, debtor: &Debtor) -> Option<u8> {
    let mut counts = [0_u32; METHODS.len()];
    for (_, method) in receipts(subject, debtor) {
        if let Some(count) = method.and_then(|method| counts.get_mut(usize::from(method))) {
            *count += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let usual = counts.iter().position(|count| *count == most).filter(|_| most > 0);
    usual.and_then(|at| u8::try_from(at).ok())
}

/// What came back in twelve months and is still open of the invoices it was paid for: of each the largest such payment, at most what is open.
fn rejected_amount_open(subject: &Subject<'_>, debtor: &Debtor, after: Date) -> Result<Cell, NoRate> {
    let mut largest: BTreeMap<InvoiceIx, Amount> = BTreeMap::new();
    for rejection in rejections(subject, debtor).iter().filter(|rejection| rejection.on > after) {
        if let Some(invoice) = rejection.invoice {
            let known = largest.entry(invoice).or_insert(Amount::ZERO);
            *known = (*known).max(rejection.amount);
        }
    }
    let mut sums = Sums::default();
    for (invoice, amount) in largest {
        let document = &subject.documents.invoices[invoice as usize];
        let first = document.first_item as usize;
        let open: Amount = subject.ledger.items[first..first + document.items as usize].iter().map(|item| item.open).sum();
        sums.add(document.currency, amount.min(open).or_zero().wide());
    }
    subject.reporting(sums.iter())
}

/// Promises broken in twelve months by any customer of the debtor group, its own among them.
fn group_broken_promises(subject: &Subject<'_>, after: Date) -> Vec<Cell> {
    let group = |customer: u32| subject.documents.customers[customer as usize].group as usize;
    let mut broken = vec![0_usize; subject.documents.group_ids.len()];
    for outcome in
        subject.promise_outcomes.iter().filter(|outcome| outcome.is_matured && outcome.promise.due_on > after && outcome.is_broken())
    {
        broken[group(outcome.promise.customer)] += 1;
    }
    subject.debtors.iter().map(|debtor| number(broken[group(debtor.customer)])).collect()
}

/// What all customers of a shard used us for; `None` where the job does not say what capital costs.
///
/// # Errors
/// [`NoRate`] for a currency without a rate.
pub fn free_credit_of_all(subject: &Subject<'_>) -> Result<Option<i128>, NoRate> {
    if subject.cost_of_capital.is_none() {
        return Ok(None);
    }
    let mut sum = 0;
    for debtor in subject.debtors {
        sum += i128::from(free_credit(subject, debtor, subject.window(12))?);
    }
    Ok(Some(sum))
}

/// What the customer's use of money beyond its due dates cost in twelve months: amounts x days late within the window x the yearly cost of
/// capital / 365, rounded half up once per currency. Missing where the job does not say what capital costs.
fn free_credit(subject: &Subject<'_>, debtor: &Debtor, after: Date) -> Result<Cell, NoRate> {
    let Some(cost) = subject.cost_of_capital else { return Ok(MISSING) };
    let mut amount_days = Sums::default();
    for at in subject.all_items(debtor.customer) {
        let item = &subject.ledger.items[at];
        let late = |until: Date| i128::from(until.days_since(item.due_date.max(after)).max(0));
        let currency = subject.currency(item);
        for paid in subject.ledger.history(u32::try_from(at).unwrap_or(u32::MAX)).iter().filter(|paid| paid.kind == ApplicationKind::Cash) {
            amount_days.add(currency, paid.amount.wide() * late(paid.date));
        }
        amount_days.add(currency, item.open.wide() * late(subject.as_of));
    }
    let mut sums = Sums::default();
    for (currency, sum) in amount_days.iter() {
        sums.add(*currency, divide_half_up(sum.saturating_mul(i128::from(cost.0)), 365 * 1_000_000));
    }
    subject.reporting(sums.iter())
}
