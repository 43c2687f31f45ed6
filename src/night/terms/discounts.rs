//! Cash discounts: who earned one, and who took one too late.
//!
//! A discount is earned when, on its last day at the latest, all was paid that was not credited, but for the discount and the tolerance.
//! Whoever came later and kept back no more than that has taken a discount that was not earned: the rest is chased.

use super::{EarnedDiscount, TermsBook, TermsReader};
use crate::base::contract::invoices::{DISCOUNT_AMOUNT, DISCOUNT_UNTIL, INVOICE_ID, PAYMENT_TERMS, TAX_AMOUNT};
use crate::base::date::Date;
use crate::base::money::{Amount, divide_half_up, format_amount};
use crate::base::table::Column;
use crate::night::documents::{Deduction, Invoice};
use crate::night::ledger::{ApplicationKind, Ledger};
use crate::night::normalise::Shard;
use crate::night::normalise::documents::Documents;
use crate::night::normalise::reject::{self, Finding};

/// Position of `discount` among the kinds of deductions.
const DISCOUNT: Option<u8> = Some(4);

/// What was kept back of an invoice.
enum Taken {
    /// In time: a credit note is due to the customer.
    Earned(Amount),
    /// Too late.
    Unearned(Amount),
}

/// An offer of a discount.
struct Offer {
    until: Date,
    amount: Amount,
}

/// Finds the discounts that were taken on invoices that are not closed.
pub(super) fn check(shard: &Shard, documents: &mut Documents<'_>, ledger: &Ledger, book: &TermsBook<'_>) {
    let table = &shard.invoices;
    let has = |column: usize| !matches!(table.columns[column], Column::Absent);
    let mut reader = book.policy.filter(|_| has(PAYMENT_TERMS)).map(TermsReader::new);
    if !has(DISCOUNT_AMOUNT) && reader.is_none() {
        return;
    }
    let deducts = book.policy.is_some_and(|policy| policy.earned_discount == EarnedDiscount::Deduct);
    let (mut findings, mut deductions, mut unearned) = (Vec::new(), Vec::new(), Vec::new());
    for (at, invoice) in (0_u32..).zip(&documents.invoices) {
        // Few invoices offer a discount: whether one does is asked first.
        let offer = written(shard, invoice).or_else(|| by_terms(shard, invoice, book, reader.as_mut()?));
        let Some(offer) = offer else { continue };
        let open = open(invoice, ledger);
        if !open.is_positive() || open == invoice.amount {
            continue;
        }
        let tolerance = book.policy.map_or(0, |policy| policy.discount_tolerance) / invoice.currency.thousandths();
        let Some(taken) = taken(invoice, open, &offer, Amount(tolerance), ledger) else { continue };
        findings.push(finding(shard, invoice, &offer, &taken));
        match taken {
            Taken::Earned(amount) if deducts => {
                deductions.push(Deduction { invoice: at, claimed_on: offer.until, kind: DISCOUNT, amount });
            }
            Taken::Earned(_) => {}
            Taken::Unearned(_) => unearned.push(at),
        }
    }
    documents.findings.extend(findings);
    documents.unearned = unearned;
    if !deductions.is_empty() {
        documents.deductions.extend(deductions);
        documents.deductions.sort_unstable();
    }
}

fn open(invoice: &Invoice, ledger: &Ledger) -> Amount {
    let first = invoice.first_item as usize;
    ledger.items[first..first + invoice.items as usize].iter().map(|item| item.open).sum()
}

/// The discount the ledger gives.
fn written(shard: &Shard, invoice: &Invoice) -> Option<Offer> {
    let row = invoice.row as usize;
    let amount = reject::minor(shard.invoices.money(DISCOUNT_AMOUNT, row)?, invoice.currency.thousandths());
    let until = shard.invoices.date(DISCOUNT_UNTIL, row)?;
    (amount.is_positive() && amount < invoice.amount).then_some(Offer { until, amount })
}

/// The discount its terms give.
fn by_terms(shard: &Shard, invoice: &Invoice, book: &TermsBook<'_>, reader: &mut TermsReader<'_>) -> Option<Offer> {
    let text = shard.invoices.text(PAYMENT_TERMS, invoice.row as usize)?;
    let discount = reader.read(text).as_ref().ok()?.discount?;
    let amount = discount.of(invoice.amount);
    amount.is_positive().then(|| Offer { until: discount.until(invoice.issue_date, book.calendar), amount })
}

/// What was kept back, if it is a discount.
fn taken(invoice: &Invoice, open: Amount, offer: &Offer, tolerance: Amount, ledger: &Ledger) -> Option<Taken> {
    let (mut early, mut late, mut credited) = (0_i128, 0_i128, 0_i128);
    for item in invoice.first_item..invoice.first_item + invoice.items {
        for application in ledger.history(item) {
            let amount = application.amount.wide();
            match application.kind {
                ApplicationKind::Cash if application.date <= offer.until => early += amount,
                ApplicationKind::Cash => late += amount,
                ApplicationKind::Credit => credited += amount,
                // Money that went back never settled anything.
                ApplicationKind::Refund => early -= amount,
                ApplicationKind::WriteOff | ApplicationKind::Sale | ApplicationKind::Revival => {}
            }
        }
    }
    let needed = invoice.amount.wide() - credited - offer.amount.wide() - tolerance.wide();
    if early + late <= 0 || early + late < needed {
        None
    } else if early > 0 && early >= needed {
        Some(Taken::Earned(open))
    } else {
        Some(Taken::Unearned(open))
    }
}

fn finding(shard: &Shard, invoice: &Invoice, offer: &Offer, taken: &Taken) -> Finding {
    let row = invoice.row as usize;
    let text = |amount: i128| format_amount(amount, invoice.currency.digits());
    let until = offer.until;
    let (kind, amount, message) = match taken {
        Taken::Earned(amount) => {
            // A discount lowers price and tax in proportion.
            let tax = shard.invoices.money(TAX_AMOUNT, row).map(|tax| i128::from(tax / invoice.currency.thousandths()));
            let tax = tax.map(|tax| divide_half_up(amount.wide() * tax, invoice.amount.wide()));
            let tax = tax.map_or(String::new(), |tax| format!(", {} of it tax", text(tax)));
            let sum = text(amount.wide());
            ("earned_discount", amount, format!("paid by {until}, less a discount of {sum}{tax}: a credit note closes it"))
        }
        Taken::Unearned(amount) => {
            let message = format!("{} kept back as a discount that ended on {until}: it is still owed", text(amount.wide()));
            ("unearned_discount", amount, message)
        }
    };
    let key = String::from_utf8_lossy(shard.invoices.text(INVOICE_ID, row).unwrap_or_default()).into_owned();
    let amount = Some(amount.0.saturating_mul(invoice.currency.thousandths()));
    Finding { kind, table: "invoices", key, message: message.into(), amount }
}
