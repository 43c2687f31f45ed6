//! What a step asks for, and whether that is enough for it.

use crate::base::date::Date;
use crate::night::escalation::ladder::Walk;
use crate::night::facts::add;
use crate::night::fx::NoRate;
use crate::rules::program::{Cell, Step};

impl Walk<'_> {
    /// The items a step is about on a day: a reminder is about what is late by then, a step before the due date about what falls due.
    pub fn asked_for(&self, step: &Step, on: Date) -> Vec<usize> {
        let from = if step.at < 1 { step.at - self.days_ahead(step, on) } else { 1 };
        let item_at = |at: usize| &self.subject.ledger.items[self.subject.open_items[at] as usize];
        let reached = |at: &usize| on.days_since(item_at(*at).due_date) >= from;
        let reached: Vec<usize> = self.unit.chaseable.iter().copied().filter(reached).collect();
        let mut asked = Vec::new();
        for at in &reached {
            add(&mut asked, self.subject.currency(item_at(*at)), item_at(*at).collectible().wide());
        }
        asked.retain(|(currency, asked)| *asked > self.subject.on_account(self.customer(), *currency).wide());
        let is_asked = |at: &usize| asked.iter().any(|(currency, _)| *currency == self.subject.currency(item_at(*at)));
        reached.iter().copied().filter(is_asked).collect()
    }

    /// Whether amount and share of the balance both reach the step's minimum on a day.
    pub fn reaches_minimum(&self, step: &Step, on: Date) -> Result<bool, NoRate> {
        let Some(due) = self.amount_due(step, on)? else { return Ok(true) };
        if step.min_amount.is_some_and(|minimum| due < minimum) {
            return Ok(false);
        }
        let Some(share) = step.min_share else { return Ok(true) };
        let all = self.reporting(self.subject.debtors[self.unit.debtor].items.clone())?;
        Ok(i128::from(due) * 1_000_000 >= i128::from(all) * i128::from(share.0))
    }

    /// What could be asked for with a step on a day, in the reporting currency; `None` where it has no minimum.
    pub fn amount_due(&self, step: &Step, on: Date) -> Result<Option<Cell>, NoRate> {
        if step.min_amount.is_none() && step.min_share.is_none() {
            return Ok(None);
        }
        self.reporting(self.asked_for(step, on).into_iter()).map(Some)
    }

    fn reporting(&self, items: impl Iterator<Item = usize>) -> Result<Cell, NoRate> {
        let mut sums = Vec::new();
        for item in items {
            let item = &self.subject.ledger.items[self.subject.open_items[item] as usize];
            add(&mut sums, self.subject.currency(item), item.collectible().wide());
        }
        self.subject.reporting(&sums)
    }
}
