//! Facts of one open item. Money is in the reporting currency.

use crate::base::contract::values::DISPUTE_OUTCOMES;
use crate::base::contract::{customers, disputes, invoices};
use crate::base::date::Date;
use crate::base::money::{Amount, divide_half_up};
use crate::night::documents::{CustomerType, Dispute, of_invoice};
use crate::night::facts::arrangements::{RECENT_DAYS, agreed_due_date, days_past_agreed_due};
use crate::night::facts::{Subject, day};
use crate::night::fx::NoRate;
use crate::night::ledger::Item;
use crate::rules::program::{Cell, Extensions, MISSING, TextPool};

/// Facts of this file.
pub const NAMES: &[&str] = &[
    "amount",
    "amount_open",
    "amount_collectible",
    "amount_disputed",
    "amount_deducted",
    "amount_pending",
    "tax_open",
    "days_past_due",
    "dispute_status",
    "dispute_age",
    "item_promise_date",
    "agreed_due_date",
    "days_past_agreed_due",
    "limitation_date",
    "days_to_limitation",
    "item_currency",
    "item_contact_hold",
    "item_last_payment_date",
];

/// The column of a fact.
///
/// # Errors
/// [`NoRate`] for a currency without a rate.
pub fn column(subject: &Subject<'_>, name: &str, pool: &mut TextPool) -> Result<Vec<Cell>, NoRate> {
    let money = |part: fn(&Item) -> Amount| each(subject, |item| Ok(subject.rates.convert_amount(part(item), subject.currency(item))?.0));
    match name {
        "amount" => money(|item| item.amount),
        "amount_open" => money(|item| item.open),
        "amount_collectible" => money(Item::collectible),
        "amount_disputed" => money(|item| item.disputed),
        "amount_deducted" => money(|item| item.deducted),
        "amount_pending" => money(|item| item.pending),
        "tax_open" => each(subject, |item| match tax_open(subject, item) {
            Some(tax) => Ok(subject.rates.convert_amount(tax, subject.currency(item))?.0),
            None => Ok(MISSING),
        }),
        "days_past_due" => each(subject, |item| Ok(Cell::from(subject.as_of.days_since(item.due_date)))),
        "dispute_status" => each(subject, |item| Ok(dispute_status(subject, item))),
        "dispute_age" => each(subject, |item| Ok(item.disputed_since.map_or(MISSING, |since| Cell::from(subject.as_of.days_since(since))))),
        "item_promise_date" => each(subject, |item| Ok(promise_date(subject, item))),
        "agreed_due_date" => each(subject, |item| Ok(day(Some(agreed_due_date(subject, item, &Extensions::ALL))))),
        "days_past_agreed_due" => each(subject, |item| Ok(days_past_agreed_due(subject, item))),
        "limitation_date" => each(subject, |item| Ok(day(limitation_date(subject, item)))),
        "days_to_limitation" => {
            each(subject, |item| Ok(limitation_date(subject, item).map_or(MISSING, |last| Cell::from(last.days_since(subject.as_of)))))
        }
        "item_currency" => each(subject, |item| Ok(pool.code(subject.currency(item).code()))),
        "item_contact_hold" => each(subject, |item| Ok(Cell::from(is_held(subject, item)))),
        "item_last_payment_date" => each(subject, |item| Ok(day(item.last_payment_on))),
        _ => each(subject, |_| Ok(MISSING)),
    }
}

fn each(subject: &Subject<'_>, mut fact: impl FnMut(&Item) -> Result<Cell, NoRate>) -> Result<Vec<Cell>, NoRate> {
    subject.open_items.iter().map(|item| fact(&subject.ledger.items[*item as usize])).collect()
}

/// The tax in what is open of an item, in proportion to that in its invoice, rounded half-up; `None` where the ledger gives none.
fn tax_open(subject: &Subject<'_>, item: &Item) -> Option<Amount> {
    let invoice = &subject.documents.invoices[item.invoice as usize];
    let tax = subject.shard.invoices.money(invoices::TAX_AMOUNT, invoice.row as usize)? / invoice.currency.thousandths();
    let whole = invoice.amount.wide();
    let part = (whole > 0).then(|| divide_half_up(item.open.wide() * i128::from(tax), whole))?;
    i64::try_from(part).ok().map(Amount)
}

fn disputes_of<'a>(subject: &Subject<'a>, item: &Item) -> &'a [Dispute] {
    of_invoice(&subject.documents.disputes, item.invoice, |dispute| dispute.invoice)
}

/// 0 none, 1 open, 2 upheld, 3 partly upheld, 4 rejected: open wins, else the outcome of the dispute closed last.
fn dispute_status(subject: &Subject<'_>, item: &Item) -> Cell {
    let disputes = disputes_of(subject, item);
    if disputes.iter().any(|dispute| dispute.closed_on.is_none()) {
        return 1;
    }
    let last = disputes.iter().max_by_key(|dispute| dispute.closed_on);
    let outcome = last.and_then(|dispute| subject.shard.disputes.choice(disputes::OUTCOME, dispute.row as usize));
    match outcome.map(|outcome| DISPUTE_OUTCOMES[usize::from(outcome)]) {
        Some("upheld") => 2,
        Some("partly_upheld") => 3,
        Some("rejected") => 4,
        _ => 0,
    }
}

/// Whether the latest dispute about an item was found to be without reason.
pub fn is_dispute_rejected(subject: &Subject<'_>, item: &Item) -> bool {
    dispute_status(subject, item) == 4
}

fn promise_date(subject: &Subject<'_>, item: &Item) -> Cell {
    let runs = subject.documents.promises.of(item.customer).iter().filter(|promise| {
        let lately = promise.due_on >= subject.as_of.plus_days(-RECENT_DAYS);
        promise.invoice == Some(item.invoice) && !promise.is_proposal && promise.cancelled_on.is_none() && lately
    });
    let dates: Vec<Date> = runs.map(|promise| promise.due_on).collect();
    // In order of day: the next one due, else the last one that passed.
    day(dates.iter().find(|date| **date >= subject.as_of).or(dates.last()).copied())
}

/// The shortest limitation counted here, in months.
pub const LEAST_LIMITATION_MONTHS: i32 = 24;

/// Last day on which the claim is not barred: the one the ledger gives, which knows of acknowledgments and claims in court, else by law.
/// Where country or kind of debtor is unknown, so is the day.
pub fn limitation_date(subject: &Subject<'_>, item: &Item) -> Option<Date> {
    let row = subject.documents.invoices[item.invoice as usize].row as usize;
    if let Some(last) = subject.shard.invoices.date(invoices::LIMITATION_ON, row) {
        return Some(last);
    }
    let customer = &subject.documents.customers[item.customer as usize];
    let country = subject.shard.customers.text(customers::COUNTRY, customer.row? as usize)?;
    last_day_of_claim(country, customer.customer_type?, item.due_date)
}

/// Limitation counted from the due date, and never moved to a business day (07 §D.5). Reminders and notices, registered or not, do not
/// interrupt it; what does, an acknowledgment or a claim in court, is not in the ledger.
fn last_day_of_claim(country: &[u8], kind: CustomerType, due: Date) -> Option<Date> {
    let years = |years: i32| due.plus_months(12 * years);
    match (country, kind) {
        (b"FR", CustomerType::Consumer) => Some(years(2)),
        (b"FR", CustomerType::Company) => Some(years(5)),
        (b"GB", _) => Some(years(6)),
        // Counted from the end of the year in which the claim arose (BGB 199).
        (b"DE", _) => Date::from_ymd(due.ymd().0 + 3, 12, 31),
        _ => None,
    }
}

fn is_held(subject: &Subject<'_>, item: &Item) -> bool {
    subject.documents.holds.of(item.customer).iter().any(|hold| hold.invoice == Some(item.invoice) && hold.stops_contact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn d_06_to_d_10_and_n_30_the_last_day_of_a_claim() {
        use CustomerType::{Company, Consumer, PublicBody};
        let cases = [
            ("D-06", "FR", Company, "2021-04-01", Some("2026-04-01")),
            ("D-07", "FR", Consumer, "2024-01-31", Some("2026-01-31")),
            ("D-08", "GB", Company, "2020-11-21", Some("2026-11-21")),
            ("D-10: 29 February", "FR", Company, "2024-02-29", Some("2029-02-28")),
            ("D-12: whatever notice was given since", "FR", Company, "2021-12-01", Some("2026-12-01")),
            ("N-30: 31 December 2020 and 30 days, printed as January 2025", "FR", Company, "2021-01-30", Some("2026-01-30")),
            ("a Sunday stays", "FR", Company, "2021-11-22", Some("2026-11-22")),
            ("the end of the third year after", "DE", Company, "2023-01-01", Some("2026-12-31")),
            ("the end of the third year after", "DE", Consumer, "2023-12-31", Some("2026-12-31")),
            ("four years by another law", "FR", PublicBody, "2021-04-01", None),
            ("unknown", "US", Company, "2021-04-01", None),
        ];
        for (name, country, kind, due, expected) in cases {
            assert_eq!(last_day_of_claim(country.as_bytes(), kind, day(due)), expected.map(day), "{name}");
        }
    }
}
