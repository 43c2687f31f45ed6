//! The walk over one invoice from the day it falls due to tonight: what is late each day, and what that costs.
//!
//! Days are taken in stretches within which nothing changes: no money, no item falling due, no dispute opened or closed. All that
//! happens on a day counts from the day after, so a payment leaves its own day on the old balance.

use crate::base::date::Date;
use crate::base::money::Amount;
use crate::night::ledger::Application;
use crate::night::penalties::charge::{self, Charge};
use crate::night::penalties::imputation::Balance;
use crate::night::penalties::lines::{Bearer, Line, Writer};
use crate::night::penalties::schedule::{DebtRates, Schedule};
use crate::night::penalties::{Accrued, Debt, InsolvencyStop, PenaltyError, Terms};
use crate::rules::rates::{Fixing, Regime, RowRef, Start};

/// Works out penalties invoice by invoice; keeps its buffers between invoices.
#[derive(Debug, Clone)]
pub struct Accruer {
    terms: Terms,
    /// The penalties of the invoice at hand.
    accrued: Accrued,
    balance: Balance,
    /// Money of the invoice at hand, by date, where the histories of several items have to be merged.
    money: Vec<Application>,
    /// The day after which each item of the invoice at hand may bear interest.
    starts: Vec<Date>,
    /// Rows used so far that nobody confirmed.
    unconfirmed: Vec<RowRef>,
}

impl Accruer {
    /// An accruer for one night.
    pub fn new(terms: Terms) -> Accruer {
        Accruer {
            terms,
            accrued: Accrued::NOTHING,
            balance: Balance::default(),
            money: Vec::new(),
            starts: Vec::new(),
            unconfirmed: Vec::new(),
        }
    }

    /// The rows used for any invoice so far that nobody confirmed.
    pub fn unconfirmed(&self) -> &[RowRef] {
        &self.unconfirmed
    }

    /// The penalties of one invoice under a regime, whose schedule is of the same night. Its interest lines are added to `lines`, in
    /// order of first day, last day and sequence; they add up to the interest returned.
    ///
    /// # Errors
    /// A rate is needed that the data does not have, or the interest is larger than any amount may be. `lines` may then hold lines of
    /// this invoice that mean nothing.
    pub fn accrue(&mut self, debt: &Debt<'_>, schedule: &Schedule<'_>, lines: &mut Vec<Line>) -> Result<&Accrued, PenaltyError> {
        let regime = schedule.regime;
        let window = Window::of(debt, regime, self.terms);
        self.accrued = Accrued::NOTHING;
        let is_too_old = regime.issued_from.is_some_and(|from| debt.invoice.issue_date < from);
        if is_too_old || debt.is_never_late(self.terms.as_of) {
            self.accrued.is_final = is_too_old || debt.is_settled() || window.is_closed;
            return Ok(&self.accrued);
        }
        self.balance.open(debt);
        self.starts.clear();
        self.starts.extend((0..debt.items.len()).map(|item| debt.starts(item, regime)));
        let in_order = debt.applications.is_sorted_by_key(|application| application.date);
        if !in_order {
            self.sort_money(debt);
        }
        let lines = Writer::new(lines, regime.day_count);
        let money = if in_order { debt.applications } else { &self.money };
        let rates = schedule.of_invoice(debt.invoice.issue_date);
        let (balance, accrued, starts) = (&mut self.balance, &mut self.accrued, self.starts.as_slice());
        let unconfirmed = &mut self.unconfirmed;
        let mut walk = Walk { terms: self.terms, window, debt, regime, rates, starts, balance, money, lines, accrued, unconfirmed };
        walk.receive_through(window.from)?;
        let mut from = window.from;
        while let Some(to) = walk.next_end(from) {
            walk.pass(from, to)?;
            walk.receive_through(to)?;
            walk.capitalise(to)?;
            from = to;
        }
        walk.finish()?;
        Ok(&self.accrued)
    }

    fn sort_money(&mut self, debt: &Debt<'_>) {
        self.money.clear();
        self.money.extend_from_slice(debt.applications);
        self.money.sort_by_key(|application| application.date);
    }
}

/// The days that count for an invoice: after `from`, through `to`.
#[derive(Debug, Clone, Copy)]
struct Window {
    /// The day the first item falls due.
    from: Date,
    /// Tonight, or the day the invoice left the open items.
    to: Date,
    /// Last day of interest; `to` unless insolvency stops it before.
    interest_to: Date,
    /// No later night can add to it.
    is_closed: bool,
}

impl Window {
    fn of(debt: &Debt<'_>, regime: &Regime, terms: Terms) -> Window {
        let (from, to) = debt.window(terms.as_of);
        let judgment = judgment(debt, regime);
        let stop = judgment.map_or(to, |judgment| match terms.insolvency.or(regime.insolvency_stop).unwrap_or_default() {
            InsolvencyStop::DayBefore => judgment.plus_days(-1),
            InsolvencyStop::SameDay => judgment,
        });
        Window { from, to, interest_to: stop.min(to), is_closed: debt.invoice.exit.is_some() || judgment.is_some() }
    }
}

/// The insolvency judgment, where the regime heeds it.
fn judgment(debt: &Debt<'_>, regime: &Regime) -> Option<Date> {
    debt.insolvent_since.filter(|_| regime.insolvency_stop.is_some())
}

/// One invoice on its way through its window.
struct Walk<'a> {
    terms: Terms,
    window: Window,
    debt: &'a Debt<'a>,
    regime: &'a Regime,
    rates: DebtRates<'a>,
    /// One per item.
    starts: &'a [Date],
    balance: &'a mut Balance,
    /// Money still to come.
    money: &'a [Application],
    lines: Writer<'a>,
    accrued: &'a mut Accrued,
    unconfirmed: &'a mut Vec<RowRef>,
}

impl Walk<'_> {
    /// Applies the money dated up to this day.
    fn receive_through(&mut self, day: Date) -> Result<(), PenaltyError> {
        let count = self.money.iter().take_while(|application| application.date <= day).count();
        if count == 0 {
            return Ok(());
        }
        let (now, later) = self.money.split_at(count);
        self.money = later;
        self.balance.apply(self.debt, now, self.terms.imputation, self.accrued.charge, &mut self.lines)
    }

    /// The last day of the stretch after `from`: the first on which something happens, at the latest the last day that counts.
    fn next_end(&self, from: Date) -> Option<Date> {
        let window = self.window;
        let item_days = (0..self.debt.items.len()).map(|item| self.debt.falls_due(item));
        let stays = if self.terms.dispute_stops_interest { self.debt.stays } else { &[] };
        let stay_days = stays.iter().flat_map(|stay| [stay.opened_on, stay.closed_on.unwrap_or(window.to)]);
        let money_days = self.money.first().map(|application| application.date);
        let days = [window.interest_to, window.to].into_iter().chain(money_days).chain(item_days).chain(stay_days);
        let end = days.filter(|day| from < *day && *day <= window.to).min()?;
        Some(if self.is_plain() { end } else { self.special_days(from).filter(|day| from < *day).fold(end, Date::min) })
    }

    /// Whether interest starts with the due date and never bears interest itself.
    fn is_plain(&self) -> bool {
        self.regime.start == Start::DueDate && self.regime.grace_days == 0 && !self.debt.compound
    }

    /// Days on which items begin to bear interest, and the next ones after `from` on which their interest begins to.
    fn special_days(&self, from: Date) -> impl Iterator<Item = Date> {
        let anniversaries = self.starts.iter().filter_map(move |start| self.anniversary(*start, from.plus_days(1)));
        self.starts.iter().copied().chain(anniversaries)
    }

    /// The first day on or after this one on which interest that runs from `start` bears interest.
    fn anniversary(&self, start: Date, day: Date) -> Option<Date> {
        let months = self.regime.compounds_after.filter(|_| self.debt.compound && start < Date::MAX)?;
        let passed = (day.month_index() - start.month_index()).max(0) / months;
        // The month of the day may hold an anniversary before it.
        (passed.max(1)..=passed + 1).map(|times| start.plus_months(times * months)).find(|anniversary| *anniversary >= day)
    }

    /// Interest due for the time the regime asks for bears interest from the day after on.
    fn capitalise(&mut self, day: Date) -> Result<(), PenaltyError> {
        if self.is_plain() || day > self.window.interest_to {
            return Ok(());
        }
        for (item, start) in self.starts.iter().enumerate() {
            if self.anniversary(*start, day) == Some(day) {
                self.balance.capitalise(item, self.debt.items[item].sequence, &self.lines)?;
            }
        }
        Ok(())
    }

    /// Counts the days after `from` through `to`, on which nothing changes.
    fn pass(&mut self, from: Date, to: Date) -> Result<(), PenaltyError> {
        let late = self.late(from);
        if late.is_zero() {
            return Ok(());
        }
        self.accrued.first_late.get_or_insert(from.plus_days(1));
        self.charge(from, late);
        if to <= self.window.interest_to { self.bear_interest(from, to) } else { Ok(()) }
    }

    /// What is late on the day after this one.
    fn late(&self, day: Date) -> Amount {
        self.late_items(day).map(|item| self.balance.principal[item]).sum()
    }

    /// The items that are open and late on the day after this one.
    fn late_items(&self, day: Date) -> impl Iterator<Item = usize> {
        (0..self.debt.items.len()).filter(move |item| self.balance.principal[*item].is_positive() && self.debt.falls_due(*item) <= day)
    }

    /// The fixed charge arises on the first late day of an item that is not exempt.
    fn charge(&mut self, from: Date, late: Amount) {
        let Some(fixed) = &self.regime.fixed_charge else { return };
        if self.accrued.charge.is_some() || charge::is_free(fixed, self.debt) {
            return;
        }
        let judgment = judgment(self.debt, self.regime);
        let is_liable = |item: usize| self.starts[item] <= from && !charge::is_exempt(fixed, self.debt.falls_due(item), judgment);
        if !self.late_items(from).any(is_liable) {
            return;
        }
        if fixed.currency == self.debt.invoice.currency {
            self.accrued.charge = Some(Charge { on: from.plus_days(1), debt: late, amount: fixed.for_debt(late) });
        } else {
            self.accrued.charge_in_other_currency = true;
        }
    }

    fn bear_interest(&mut self, from: Date, to: Date) -> Result<(), PenaltyError> {
        if self.regime.contract_only && self.debt.contract.is_none() {
            return Ok(());
        }
        if self.terms.dispute_stops_interest {
            self.balance.stay(self.debt.stays, from, to);
        }
        for item in 0..self.debt.items.len() {
            let base = self.balance.principal[item] - self.balance.stayed[item];
            if base.is_positive() && self.starts[item] <= from {
                self.add_days(item, from, to, base + self.balance.capital[item])?;
            }
        }
        Ok(())
    }

    /// Adds lines for one item, each day at its own rate.
    fn add_days(&mut self, item: usize, from: Date, to: Date, base: Amount) -> Result<(), PenaltyError> {
        match self.regime.fixing {
            Fixing::FixedAtStart => {
                let first_day = self.starts[item].plus_days(1);
                self.add_line(item, from, to, base, self.rates.position(first_day))
            }
            Fixing::Floats => {
                let mut position = self.rates.position(from.plus_days(1));
                let mut from = from;
                while from < to {
                    let end = self.rates.last_day(position).min(to);
                    self.add_line(item, from, end, base, position)?;
                    from = end;
                    position += 1;
                }
                Ok(())
            }
        }
    }

    fn add_line(&mut self, item: usize, from: Date, to: Date, base: Amount, position: usize) -> Result<(), PenaltyError> {
        let applicable = self.rates.rate(position, self.debt.contract)?;
        if let Some(row) = applicable.unconfirmed {
            self.accrued.uses_unconfirmed = true;
            if !self.unconfirmed.contains(&row) {
                self.unconfirmed.push(row);
            }
        }
        self.accrued.below_legal_floor |= applicable.below_legal_floor;
        self.accrued.above_legal_cap |= applicable.above_legal_cap;
        let bearer = Bearer { sequence: self.debt.items[item].sequence, start: self.starts[item] };
        self.lines.add(bearer, from, to, base, &applicable)
    }

    fn finish(self) -> Result<(), PenaltyError> {
        self.accrued.late_tonight = self.debt.invoice.exit.is_none() && !self.late(self.terms.as_of.plus_days(-1)).is_zero();
        self.accrued.is_final = self.window.is_closed || self.balance.total().is_zero();
        self.accrued.interest = self.lines.finish()?;
        Ok(())
    }
}
