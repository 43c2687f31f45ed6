//! The fixed sum for recovery costs: once per invoice, on its first late day, never taken back by a payment.

use crate::base::date::Date;
use crate::base::money::Amount;
use crate::night::penalties::Debt;
use crate::rules::rates::FixedCharge;

/// A fixed charge that arose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// The first late day.
    pub on: Date,
    /// What was open and late on that day: the debt that chooses the band.
    pub debt: Amount,
    pub amount: Amount,
}

/// Whether an invoice never bears the charge: it was issued before there was one, or its debtor is of a kind that owes none.
pub(super) fn is_free(charge: &FixedCharge, debt: &Debt<'_>) -> bool {
    let is_exempt = debt.customer_type.is_some_and(|kind| charge.exempt.contains(&kind.position()));
    is_exempt || charge.issued_from.is_some_and(|from| debt.invoice.issue_date < from)
}

/// Whether a debt that fell due on this day bears no fixed charge: it is older than the charge, or fell due in insolvency.
pub(super) fn is_exempt(charge: &FixedCharge, fell_due: Date, insolvent_since: Option<Date>) -> bool {
    charge.due_from.is_some_and(|from| fell_due < from) || insolvent_since.is_some_and(|judgment| judgment <= fell_due)
}
