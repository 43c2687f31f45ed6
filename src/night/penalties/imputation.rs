//! What money lowers: the principal that bears interest, or interest and costs before it.
//!
//! Where the principal comes first, each item follows the ledger. Where interest comes first, money the ledger put on the principal
//! goes elsewhere, and the invoice's principal is one debt again: money lowers its oldest item first, and a refund restores the
//! newest first. Within a day receipts and refunds are netted, so that their order does not matter.

use crate::base::date::Date;
use crate::base::money::Amount;
use crate::night::ledger::{Application, ApplicationKind};
use crate::night::penalties::lines::Writer;
use crate::night::penalties::{Charge, Debt, Imputation, PenaltyError, Stay};

/// Cash by what it paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Imputed {
    pub costs: Amount,
    pub interest: Amount,
    pub principal: Amount,
}

/// Divides a receipt: costs first, then interest, the rest to the principal.
pub(super) fn impute(cash: Amount, unpaid_costs: Amount, unpaid_interest: Amount) -> Imputed {
    let costs = cash.min(unpaid_costs.or_zero());
    let interest = (cash - costs).min(unpaid_interest.or_zero());
    Imputed { costs, interest, principal: cash - costs - interest }
}

/// The principal of one invoice as penalties see it, and the cash that paid other things.
#[derive(Debug, Clone, Default)]
pub(super) struct Balance {
    /// Principal left of each item.
    pub principal: Vec<Amount>,
    /// Part of each item's principal that bears no interest for the days at hand.
    pub stayed: Vec<Amount>,
    /// Interest of each item that has come to bear interest itself.
    pub capital: Vec<Amount>,
    oldest_first: Vec<usize>,
    /// All cash so far.
    paid: Imputed,
    /// Cash that paid interest since interest was last settled whole; below zero where a refund took more back.
    paid_on_account: Amount,
}

impl Balance {
    /// The balance before any money.
    pub fn open(&mut self, debt: &Debt<'_>) {
        self.principal.clear();
        self.principal.extend(debt.items.iter().map(|item| item.amount));
        self.stayed.clear();
        self.stayed.resize(debt.items.len(), Amount::ZERO);
        self.capital.clear();
        self.capital.resize(debt.items.len(), Amount::ZERO);
        self.oldest_first.clear();
        self.oldest_first.extend(0..debt.items.len());
        if debt.items.len() > 1 {
            self.oldest_first.sort_unstable_by_key(|item| (debt.items[*item].due_date, *item));
        }
        self.paid = Imputed::default();
        self.paid_on_account = Amount::ZERO;
    }

    /// Principal of all items.
    pub fn total(&self) -> Amount {
        self.principal.iter().copied().sum()
    }

    /// Applies the money of one day or more without interest between them.
    pub fn apply(
        &mut self,
        debt: &Debt<'_>,
        money: &[Application],
        imputation: Imputation,
        charge: Option<Charge>,
        lines: &mut Writer<'_>,
    ) -> Result<(), PenaltyError> {
        let costs = match imputation {
            Imputation::PrincipalFirst => {
                self.follow_ledger(debt, money);
                return Ok(());
            }
            Imputation::InterestFirst => Amount::ZERO,
            Imputation::CostsInterestPrincipal => charge.map_or(Amount::ZERO, |charge| charge.amount),
        };
        let outcome = self.impute_cash(debt, money, costs, lines);
        self.keep_capital_below(self.unpaid(lines)?);
        outcome
    }

    fn impute_cash(&mut self, debt: &Debt<'_>, money: &[Application], costs: Amount, lines: &mut Writer<'_>) -> Result<(), PenaltyError> {
        let credit = sum(money, ApplicationKind::Credit)?;
        let cash = sum(money, ApplicationKind::Cash)? - sum(money, ApplicationKind::Refund)?;
        if cash.is_negative() {
            // A credit note may settle what the refund of its day reopens, so the refund goes first.
            self.give_back(debt, -cash);
            self.lower(credit);
            return Ok(());
        }
        self.lower(credit);
        self.receive(cash, costs, lines)
    }

    /// Sets the part of each item that bears no interest on the days after `from` through `to`: disputes add up, at most to what is
    /// left of the invoice, and take the oldest item first.
    pub fn stay(&mut self, stays: &[Stay], from: Date, to: Date) {
        let total = self.total();
        let running = stays.iter().filter(|stay| stay.opened_on <= from && stay.closed_on.is_none_or(|closed| to <= closed));
        let mut disputed = running.fold(Amount::ZERO, |sum, stay| total.min(sum + stay.amount.unwrap_or(total).min(total)));
        for &item in &self.oldest_first {
            self.stayed[item] = self.principal[item].min(disputed);
            disputed -= self.stayed[item];
        }
    }

    /// Makes the unpaid interest of an item, as far as it does not do so yet, bear interest.
    pub fn capitalise(&mut self, item: usize, sequence: i64, lines: &Writer<'_>) -> Result<(), PenaltyError> {
        let bearing: Amount = self.capital.iter().copied().sum();
        let of_item = lines.running_of(sequence)? - self.capital[item];
        let unpaid = self.unpaid(lines)?;
        self.capital[item] += of_item.min(unpaid - bearing).or_zero();
        Ok(())
    }

    /// Interest due and not paid, rounded.
    fn unpaid(&self, lines: &Writer<'_>) -> Result<Amount, PenaltyError> {
        i64::try_from(lines.running() - self.paid_on_account.wide()).map(Amount).map_err(|_| PenaltyError::TooLarge)
    }

    /// Interest that was paid bears none any more; the oldest item's goes first.
    fn keep_capital_below(&mut self, unpaid: Amount) {
        let bearing: Amount = self.capital.iter().copied().sum();
        let mut paid = (bearing - unpaid.or_zero()).or_zero();
        for &item in &self.oldest_first {
            let part = self.capital[item].min(paid);
            self.capital[item] -= part;
            paid -= part;
        }
    }

    fn follow_ledger(&mut self, debt: &Debt<'_>, money: &[Application]) {
        for application in money {
            let left = &mut self.principal[(application.item - debt.invoice.first_item) as usize];
            match application.kind {
                ApplicationKind::Cash | ApplicationKind::Credit => *left -= application.amount,
                ApplicationKind::Refund => *left += application.amount,
                // The window ends with the exit, whatever is left; what is revived was owed all along.
                ApplicationKind::WriteOff | ApplicationKind::Sale | ApplicationKind::Revival => {}
            }
        }
    }

    /// A receipt. Where it covers all interest due, rounded, that is settled; else the exact remainder stays due.
    fn receive(&mut self, cash: Amount, costs: Amount, lines: &mut Writer<'_>) -> Result<(), PenaltyError> {
        let due = self.unpaid(lines)?;
        let imputed = impute(cash, costs - self.paid.costs, due);
        self.paid.costs += imputed.costs;
        self.paid.interest += imputed.interest;
        self.paid.principal += imputed.principal;
        self.paid_on_account += imputed.interest;
        if cash > imputed.costs && imputed.interest == due {
            lines.settle()?;
            self.paid_on_account = Amount::ZERO;
        }
        self.lower(imputed.principal);
        Ok(())
    }

    /// A refund: takes back what was paid last first, principal, then interest, then costs.
    fn give_back(&mut self, debt: &Debt<'_>, cash: Amount) {
        let principal = cash.min(self.paid.principal);
        let interest = (cash - principal).min(self.paid.interest);
        let costs = (cash - principal - interest).min(self.paid.costs);
        self.paid.principal -= principal;
        self.paid.interest -= interest;
        self.paid.costs -= costs;
        self.paid_on_account -= interest;
        self.raise(debt, principal);
    }

    fn lower(&mut self, mut amount: Amount) {
        for &item in &self.oldest_first {
            let part = self.principal[item].min(amount);
            self.principal[item] -= part;
            amount -= part;
        }
    }

    fn raise(&mut self, debt: &Debt<'_>, mut amount: Amount) {
        for &item in self.oldest_first.iter().rev() {
            let part = (debt.items[item].amount - self.principal[item]).min(amount);
            self.principal[item] += part;
            amount -= part;
        }
    }
}

/// What was applied in this way, all items together.
fn sum(money: &[Application], kind: ApplicationKind) -> Result<Amount, PenaltyError> {
    let sum: i128 = money.iter().filter(|application| application.kind == kind).map(|application| application.amount.wide()).sum();
    i64::try_from(sum).map(Amount).map_err(|_| PenaltyError::TooLarge)
}
