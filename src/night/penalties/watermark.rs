//! Tonight's penalties against last night's: what is new, what is restated, and what tomorrow must remember.
//!
//! Each night is worked out from scratch; only the total of each invoice passes from night to night. Because the difference is taken
//! from what was last told, the differences of any nights add up to one computation on the last of them.

use crate::base::money::Amount;
use crate::night::penalties::Accrued;

/// An invoice's row of `penalty_totals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    pub accrued_to_date: Amount,
    /// What was told before; zero where nothing was.
    pub accrued_before: Amount,
    /// The difference; below zero where facts that came late take back what was told.
    pub accrued_tonight: Amount,
    pub is_final: bool,
}

impl Total {
    /// Whether tonight takes back part of what was told before.
    pub fn is_restated(&self) -> bool {
        self.accrued_tonight.is_negative()
    }
}

/// What tonight tells of an invoice: everything while it is late, else only what was never told or has changed since.
/// `before` is the invoice's total as the state of last night holds it.
pub fn total(before: Option<Amount>, accrued: &Accrued) -> Option<Total> {
    let accrued_to_date = accrued.total();
    let is_news = match before {
        Some(before) => before != accrued_to_date,
        None => accrued.first_late.is_some(),
    };
    let accrued_before = before.unwrap_or_default();
    let accrued_tonight = accrued_to_date - accrued_before;
    (is_news || accrued.late_tonight).then_some(Total { accrued_to_date, accrued_before, accrued_tonight, is_final: accrued.is_final })
}

/// What the state holds of an invoice for tomorrow, also of one settled for good: without it, tomorrow would tell it all again.
pub fn remembered(before: Option<Amount>, accrued: &Accrued) -> Option<Amount> {
    (before.is_some() || accrued.first_late.is_some()).then(|| accrued.total())
}
