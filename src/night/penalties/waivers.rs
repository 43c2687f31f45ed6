//! Penalties a person gave up: each waiver takes its part of what has accrued, the oldest first, and never more than there is.
//!
//! What accrued stays as it is; a waiver is a line of its own beside it. A waiver of more than has accrued goes on taking what accrues
//! later, up to its amount. Like all else it is worked out anew each night, so a waiver that comes late or is taken back restates.

use crate::base::money::Amount;
use crate::night::documents::Waiver;

/// What one waiver gave up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waived {
    pub waiver: Waiver,
    /// What had accrued to date, less what waivers before it gave up.
    pub of: Amount,
    pub amount: Amount,
}

impl Waived {
    /// What the waiver names beyond that.
    pub fn unused(&self) -> Amount {
        self.waiver.amount.map_or(Amount::ZERO, |amount| amount - self.amount)
    }
}

/// Takes the waivers of one invoice, in order, from what has accrued on it. Adds what each gave up to `taken`; returns their sum.
pub fn take(accrued: Amount, waivers: &[Waiver], taken: &mut Vec<Waived>) -> Amount {
    let mut left = accrued;
    for waiver in waivers {
        let amount = waiver.amount.unwrap_or(left).min(left);
        taken.push(Waived { waiver: *waiver, of: left, amount });
        left -= amount;
    }
    accrued - left
}

#[cfg(test)]
#[expect(
    clippy::inconsistent_digit_grouping,
    clippy::mistyped_literal_suffixes,
    reason = "cents are set apart from whole units: 413_68 is 413.68"
)]
mod tests {
    use super::*;
    use crate::base::date::Date;
    use crate::night::documents::InvoiceIx;

    fn waiver(invoice: InvoiceIx, amount: Option<i64>) -> Waiver {
        Waiver { invoice, row: 0, on: Date::MIN, amount: amount.map(Amount) }
    }

    #[test]
    fn waivers_take_what_there_is_in_order() {
        // What accrued; amounts of the waivers; what each took and could not take; what is left.
        type Case<'a> = (i64, &'a [Option<i64>], &'a [(i64, i64)], i64);
        let cases: [Case<'_>; 6] = [
            (453_68, &[Some(40_00)], &[(40_00, 0)], 413_68),
            (453_68, &[Some(453_68)], &[(453_68, 0)], 0),
            (453_68, &[Some(400_00), Some(100_00)], &[(400_00, 0), (53_68, 46_32)], 0),
            (453_68, &[Some(40_00), None, Some(1)], &[(40_00, 0), (413_68, 0), (0, 1)], 0),
            (0, &[Some(5_00), None], &[(0, 5_00), (0, 0)], 0),
            (453_68, &[], &[], 453_68),
        ];
        for (accrued, waivers, expected, left) in cases {
            let waivers: Vec<Waiver> = waivers.iter().map(|amount| waiver(0, *amount)).collect();
            let mut taken = Vec::new();
            let sum = take(Amount(accrued), &waivers, &mut taken);
            let found: Vec<(i64, i64)> = taken.iter().map(|waived| (waived.amount.0, waived.unused().0)).collect();
            assert_eq!((found.as_slice(), accrued - sum.0), (expected, left), "{accrued} {waivers:?}");
        }
    }
}
