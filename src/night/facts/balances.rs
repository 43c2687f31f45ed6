//! What a customer owes, how late, and what stands against it. Money is in the reporting currency.

use crate::base::contract::{customers, invoices};
use crate::base::money::{Amount, Currency};
use crate::night::documents::{ExitKind, MoneyKind};
use crate::night::facts::item::{is_dispute_rejected, limitation_date};
use crate::night::facts::verification::revived_on;
use crate::night::facts::{Debtor, Subject, Sums, cell};
use crate::night::fx::NoRate;
use crate::night::ledger::Item;
use crate::rules::program::{Cell, MISSING};

/// Facts of this file.
pub const NAMES: &[&str] = &[
    "exposure",
    "overdue_balance",
    "collectible_balance",
    "disputed_balance",
    "rejected_disputes_balance",
    "unallocated_balance",
    "deposit_balance",
    "revived_balance",
    "written_off_balance",
    "payables_due",
    "invoices_without_terms",
    "set_off_balance",
    "sales_12m",
    "penalties_accrued",
    "group_exposure",
    "oldest_days_past_due",
    "next_due_in",
    "open_items",
    "overdue_items",
    "disputed_share",
    "credit_limit_use",
    "expected_recovery",
];

/// The column of a fact; `None` where the name is not of this file.
///
/// # Errors
/// [`NoRate`] for a currency without a rate.
pub fn column(subject: &Subject<'_>, name: &str) -> Result<Option<Vec<Cell>>, NoRate> {
    let each = |fact: &dyn Fn(&Debtor) -> Result<Cell, NoRate>| subject.debtors.iter().map(fact).collect::<Result<Vec<_>, _>>().map(Some);
    let late = |item: &Item| subject.as_of.days_since(item.due_date);
    match name {
        "exposure" => each(&|debtor| subject.sum(debtor, |item| item.open)),
        "overdue_balance" => each(&|debtor| subject.sum(debtor, |item| if late(item) > 0 { item.open } else { Amount::ZERO })),
        "collectible_balance" => each(&|debtor| subject.sum(debtor, Item::collectible)),
        "disputed_balance" => each(&|debtor| subject.sum(debtor, |item| item.disputed)),
        "rejected_disputes_balance" => {
            each(&|debtor| subject.sum(debtor, |item| if is_dispute_rejected(subject, item) { item.open } else { Amount::ZERO }))
        }
        "unallocated_balance" => money_left(subject, false).map(Some),
        "deposit_balance" => money_left(subject, true).map(Some),
        "revived_balance" => {
            each(&|debtor| subject.sum(debtor, |item| if revived_on(subject, item).is_some() { item.open } else { Amount::ZERO }))
        }
        "written_off_balance" => written_off(subject).map(Some),
        "invoices_without_terms" => Ok(Some(without_terms(subject))),
        "payables_due" => payables_due(subject).map(Some),
        "set_off_balance" => set_off_balance(subject).map(Some),
        "sales_12m" => sales(subject).map(Some),
        // Known once penalties are: see `penalties_accrued`.
        "penalties_accrued" => Ok(Some(vec![0; subject.debtors.len()])),
        "group_exposure" => group_exposure(subject).map(Some),
        "oldest_days_past_due" => each(&|debtor| Ok(oldest_days_past_due(subject, debtor))),
        "next_due_in" => each(&|debtor| {
            let next = subject.items(debtor).map(|item| -late(item)).filter(|days| *days >= 0).min();
            Ok(next.map_or(MISSING, Cell::from))
        }),
        "open_items" => each(&|debtor| Ok(number(debtor.items.len()))),
        "overdue_items" => each(&|debtor| Ok(number(subject.items(debtor).filter(|item| late(item) > 0).count()))),
        "disputed_share" => each(&|debtor| Ok(share(subject.sum(debtor, |item| item.disputed)?, subject.sum(debtor, |item| item.open)?))),
        "credit_limit_use" => each(&|debtor| credit_limit_use(subject, debtor)),
        "expected_recovery" => each(&|debtor| expected_recovery(subject, debtor)),
        _ => Ok(None),
    }
}

/// Days past due of the oldest item that can be asked for; of the oldest at all where none can.
pub fn oldest_days_past_due(subject: &Subject<'_>, debtor: &Debtor) -> Cell {
    let days = |item: &Item| Cell::from(subject.as_of.days_since(item.due_date));
    let chaseable = subject.items(debtor).filter(|item| item.collectible().is_positive()).map(days).max();
    chaseable.or_else(|| subject.items(debtor).map(days).max()).unwrap_or(MISSING)
}

/// A count as a number cell.
pub fn number(count: usize) -> Cell {
    Cell::try_from(count).unwrap_or(0).saturating_mul(1_000_000)
}

/// A share in millionths; missing where the whole is not positive.
pub fn share(part: Cell, whole: Cell) -> Cell {
    if whole <= 0 {
        return MISSING;
    }
    cell(crate::base::money::divide_half_up(i128::from(part) * 1_000_000, i128::from(whole)))
}

/// What is left of the money of each customer: on account, or kept for orders.
fn money_left(subject: &Subject<'_>, for_orders: bool) -> Result<Vec<Cell>, NoRate> {
    let of = |debtor: &Debtor| {
        let mut sums = Sums::default();
        for (money, left, _) in subject.money_left(debtor.customer).filter(|(_, _, is_deposit)| *is_deposit == for_orders) {
            sums.add(money.currency, left.wide());
        }
        subject.reporting(sums.iter())
    };
    subject.debtors.iter().map(of).collect()
}

/// Open invoices without payment terms; none where the ledger has no such column.
fn without_terms(subject: &Subject<'_>) -> Vec<Cell> {
    let table = &subject.shard.invoices;
    if !table.has_column(invoices::PAYMENT_TERMS) {
        return vec![0; subject.debtors.len()];
    }
    let of = |debtor: &Debtor| {
        // An invoice in instalments counts once: its items are neighbours.
        let mut named: Vec<_> = subject.items(debtor).map(|item| item.invoice).collect();
        named.dedup();
        let row = |invoice: &u32| subject.documents.invoices[*invoice as usize].row as usize;
        number(named.iter().filter(|invoice| table.text(invoices::PAYMENT_TERMS, row(invoice)).is_none()).count())
    };
    subject.debtors.iter().map(of).collect()
}

fn payables_due(subject: &Subject<'_>) -> Result<Vec<Cell>, NoRate> {
    let of = |debtor: &Debtor| {
        let mut sums = Sums::default();
        let due = subject.documents.payables.of(debtor.customer).iter().filter(|payable| payable.due_date <= subject.as_of);
        due.for_each(|payable| sums.add(payable.currency, payable.amount.wide()));
        subject.reporting(sums.iter())
    };
    subject.debtors.iter().map(of).collect()
}

/// What was written off, was not taken up again since, and is known not to be barred.
fn written_off(subject: &Subject<'_>) -> Result<Vec<Cell>, NoRate> {
    let of = |debtor: &Debtor| {
        let mut sums = Sums::default();
        for item in &subject.ledger.items[subject.all_items(debtor.customer)] {
            let exit = subject.documents.invoices[item.invoice as usize].exit;
            let is_written_off = exit.is_some_and(|exit| exit.kind == ExitKind::WrittenOff && exit.on <= subject.as_of);
            if is_written_off && limitation_date(subject, item).is_some_and(|last| last >= subject.as_of) {
                sums.add(subject.currency(item), item.exited.wide());
            }
        }
        subject.reporting(sums.iter())
    };
    subject.debtors.iter().map(of).collect()
}

/// What may be set off in each currency: what the customer owes and is due, or what we owe it and is due, whichever is less
/// (C. civ. 1347-1: claims between the same parties, of one kind, certain, liquid and due).
fn set_off_balance(subject: &Subject<'_>) -> Result<Vec<Cell>, NoRate> {
    let of = |debtor: &Debtor| {
        let mut owed = Sums::default();
        let due = subject.documents.payables.of(debtor.customer).iter().filter(|payable| payable.due_date <= subject.as_of);
        due.for_each(|payable| owed.add(payable.currency, payable.amount.wide()));
        let claims = |currency: Currency| {
            let due = subject.items(debtor).filter(|item| item.due_date <= subject.as_of && subject.currency(item) == currency);
            due.map(|item| item.collectible().wide()).sum::<i128>()
        };
        let sums: Vec<(Currency, i128)> = owed.iter().map(|(currency, sum)| (*currency, claims(*currency).min(*sum).max(0))).collect();
        subject.reporting(sums.iter())
    };
    subject.debtors.iter().map(of).collect()
}

/// What was invoiced within twelve months, credit notes deducted.
fn sales(subject: &Subject<'_>) -> Result<Vec<Cell>, NoRate> {
    let after = subject.window(12);
    let of = |debtor: &Debtor| {
        let mut sums = Sums::default();
        let invoiced = subject.documents.invoices.of(debtor.customer).iter().filter(|invoice| invoice.issue_date > after);
        invoiced.for_each(|invoice| sums.add(invoice.currency, invoice.amount.wide()));
        let credits = subject.documents.money.of(debtor.customer).iter();
        let credits = credits.filter(|money| money.kind == MoneyKind::Credit && money.date > after);
        credits.for_each(|credit| sums.add(credit.currency, -credit.amount.wide()));
        subject.reporting(sums.iter())
    };
    subject.debtors.iter().map(of).collect()
}

/// Interest and fixed charges to date on what is open, less waivers, of each debtor.
///
/// # Errors
/// [`NoRate`] for a currency without a rate.
pub fn penalties_accrued(subject: &Subject<'_>, to_date: &[Amount]) -> Result<Vec<Cell>, NoRate> {
    let of = |debtor: &Debtor| {
        let mut sums = Sums::default();
        let mut last = None;
        for item in subject.items(debtor).filter(|item| last.replace(item.invoice) != Some(item.invoice)) {
            sums.add(subject.currency(item), to_date.get(item.invoice as usize).copied().unwrap_or(Amount::ZERO).wide());
        }
        subject.reporting(sums.iter())
    };
    subject.debtors.iter().map(of).collect()
}

fn group_exposure(subject: &Subject<'_>) -> Result<Vec<Cell>, NoRate> {
    let group = |debtor: &Debtor| subject.documents.customers[debtor.customer as usize].group as usize;
    let mut totals = vec![0_i128; subject.documents.group_ids.len()];
    for debtor in subject.debtors {
        totals[group(debtor)] += i128::from(subject.sum(debtor, |item| item.open)?);
    }
    Ok(subject.debtors.iter().map(|debtor| cell(totals[group(debtor)])).collect())
}

fn credit_limit_use(subject: &Subject<'_>, debtor: &Debtor) -> Result<Cell, NoRate> {
    let table = &subject.shard.customers;
    let Some(row) = subject.documents.customers[debtor.customer as usize].row else { return Ok(MISSING) };
    let Some(limit) = table.money(customers::CREDIT_LIMIT, row as usize) else { return Ok(MISSING) };
    let currency =
        table.text(customers::CREDIT_LIMIT_CURRENCY, row as usize).and_then(Currency::parse).unwrap_or(subject.rates.reporting());
    let limit = subject.rates.convert_amount(Amount(limit / currency.thousandths()), currency)?;
    // A limit of nothing is used up by the first cent: it counts as one of a minor unit, so that every threshold is passed.
    Ok(share(subject.sum(debtor, |item| item.open)?, limit.0.max(1)))
}

fn expected_recovery(subject: &Subject<'_>, debtor: &Debtor) -> Result<Cell, NoRate> {
    let mut sums = Sums::default();
    for item in subject.items(debtor) {
        let days = subject.as_of.days_since(item.due_date);
        sums.add(subject.currency(item), subject.curve.share(days).of(item.open));
    }
    subject.reporting(sums.iter())
}
