//! Penalties worked out a second time from the definitions alone: one day after the other, every rate looked up every day, interest in
//! decimals that are exact until the one division that rounds them.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::case::Case;
use crate::drawing::signed_cash;
use crate::law::{Cap, Law, Reference};
use relance::base::date::Date;
use relance::base::day_count::DayCount;
use relance::night::ledger::ApplicationKind;
use relance::night::penalties::{Accrued, Imputation, InsolvencyStop, Terms};

/// What the independent computation finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    pub interest: i64,
    /// Day, debt and sum of the fixed charge.
    pub charge: Option<(Date, i64, i64)>,
    pub first_late: Option<Date>,
    pub late_tonight: bool,
    pub is_final: bool,
    pub uses_unconfirmed: bool,
    pub below_legal_floor: bool,
    pub above_legal_cap: bool,
    pub charge_in_other_currency: bool,
}

impl Found {
    /// The same as the engine tells it.
    pub fn of(accrued: &Accrued) -> Found {
        Found {
            interest: accrued.interest.0,
            charge: accrued.charge.map(|charge| (charge.on, charge.debt.0, charge.amount.0)),
            first_late: accrued.first_late,
            late_tonight: accrued.late_tonight,
            is_final: accrued.is_final,
            uses_unconfirmed: accrued.uses_unconfirmed,
            below_legal_floor: accrued.below_legal_floor,
            above_legal_cap: accrued.above_legal_cap,
            charge_in_other_currency: accrued.charge_in_other_currency,
        }
    }

    pub fn total(&self) -> i64 {
        self.interest + self.charge.map_or(0, |(.., amount)| amount)
    }
}

/// Every day count with the parts of its year.
pub const COUNTS: &[(DayCount, i64)] = &[
    (DayCount::Actual365Fixed, 365),
    (DayCount::Actual360, 360),
    (DayCount::ActualActualIsda, 365 * 366),
    (DayCount::ActualActualAfb, 365 * 366),
    (DayCount::ActualActualIsma, 2 * 91 * 181 * 183 * 184),
    (DayCount::Thirty360BondBasis, 360),
    (DayCount::Thirty360Us, 360),
    (DayCount::ThirtyE360, 360),
    (DayCount::ThirtyE360Isda, 360),
    (DayCount::Thirty360Inclusive, 360),
    (DayCount::Thirty365, 365),
    (DayCount::FullMonths, 12),
    (DayCount::StartedMonths, 12),
];

/// Parts of a year one day is worth, in a debt that bears interest after `start`: what the days through it make, less what those before
/// it do.
pub fn weight(count: DayCount, start: Date, date: Date) -> i64 {
    let before = date.plus_days(-1);
    let grown = |through: fn(Date, Date) -> i64| through(start, date) - if before > start { through(start, before) } else { 0 };
    match count {
        DayCount::Actual365Fixed | DayCount::Actual360 => 1,
        DayCount::ActualActualIsda => {
            if has_leap_day(date) {
                365
            } else {
                366
            }
        }
        DayCount::ActualActualAfb => grown(afb),
        DayCount::ActualActualIsma => 91 * 181 * 183 * 184 / half_year_around(start, before),
        DayCount::Thirty360BondBasis | DayCount::Thirty365 => grown(bond_basis),
        DayCount::Thirty360Us => grown(united_states),
        DayCount::ThirtyE360 => grown(eurobond),
        DayCount::ThirtyE360Isda => grown(german),
        DayCount::Thirty360Inclusive => grown(|start, end| eurobond(start.plus_days(1), end) + 1),
        DayCount::FullMonths => i64::from(ends_a_month(start, date)),
        DayCount::StartedMonths => i64::from(before == start || ends_a_month(start, before)),
    }
}

fn has_leap_day(date: Date) -> bool {
    Date::from_ymd(date.ymd().0, 2, 29).is_some()
}

fn is_last_of_month(date: Date) -> bool {
    date.plus_days(1).ymd().2 == 1
}

/// The days of months of 30 between two days of months.
fn thirties(start: Date, first: u32, end: Date, last: u32) -> i64 {
    let ((year, month, _), (end_year, end_month, _)) = (start.ymd(), end.ymd());
    360 * i64::from(end_year - year) + 30 * (i64::from(end_month) - i64::from(month)) + i64::from(last) - i64::from(first)
}

fn bond_basis(start: Date, end: Date) -> i64 {
    let (mut first, mut last) = (start.ymd().2, end.ymd().2);
    if first == 31 {
        first = 30;
    }
    if last == 31 && first == 30 {
        last = 30;
    }
    thirties(start, first, end, last)
}

fn united_states(start: Date, end: Date) -> i64 {
    let (mut first, mut last) = (start.ymd().2, end.ymd().2);
    let ends_february = |date: Date| date.ymd().1 == 2 && is_last_of_month(date);
    if ends_february(start) && ends_february(end) {
        last = 30;
    }
    if ends_february(start) || first == 31 {
        first = 30;
    }
    if last == 31 && first == 30 {
        last = 30;
    }
    thirties(start, first, end, last)
}

fn eurobond(start: Date, end: Date) -> i64 {
    thirties(start, start.ymd().2.min(30), end, end.ymd().2.min(30))
}

fn german(start: Date, end: Date) -> i64 {
    let number = |date: Date| if is_last_of_month(date) { 30 } else { date.ymd().2 };
    thirties(start, number(start), end, number(end))
}

/// Back from the end a year at a time; a 28 February goes to the 29th where there is one.
fn afb(start: Date, end: Date) -> i64 {
    let year_before = |date: Date| {
        let (year, month, number) = date.ymd();
        let leap_day = (month == 2 && number >= 28).then(|| Date::from_ymd(year - 1, 2, 29)).flatten();
        leap_day.or(Date::from_ymd(year - 1, month, number)).or(Date::from_ymd(year - 1, 2, 28)).expect("a day")
    };
    let (mut years, mut rest) = (0, end);
    while year_before(rest) >= start {
        rest = year_before(rest);
        years += 1;
    }
    let (mut days, mut is_leap, mut date) = (0, false, start);
    while date < rest {
        is_leap |= date.ymd().1 == 2 && date.ymd().2 == 29;
        days += 1;
        date = date.plus_days(1);
    }
    years * 365 * 366 + days * if is_leap { 365 } else { 366 }
}

/// Days of the half-year a day is in, of those that began with `start`.
fn half_year_around(start: Date, date: Date) -> i64 {
    let begins = |date: Date| date == start || (ends_a_month(start, date) && (date.month_index() - start.month_index()) % 6 == 0);
    let (mut first, mut next) = (date, date.plus_days(1));
    while !begins(first) {
        first = first.plus_days(-1);
    }
    while !begins(next) {
        next = next.plus_days(1);
    }
    i64::from(next.days_since(first))
}

/// Whether a month that began with `start` ends on this later day.
fn ends_a_month(start: Date, date: Date) -> bool {
    let (wanted, number) = (start.ymd().2, date.ymd().2);
    date > start && (number == wanted || (number < wanted && is_last_of_month(date)))
}

/// One invoice, day by day.
pub struct Oracle<'a> {
    case: &'a Case,
    terms: Terms,
    law: &'a Law,
    count: DayCount,
    parts: i64,
    /// Months after which interest bears interest.
    compounds: Option<i32>,
    /// Interest not yet paid or settled, times the parts of a year.
    unpaid: Decimal,
    /// The same of each item, payments short of all interest left out.
    of_item: Vec<Decimal>,
    /// Interest of each item that bears interest.
    capital: Vec<i64>,
    interest_paid: i64,
    costs_paid: i64,
    principal_paid: i64,
    credited: i64,
    found: Found,
}

impl<'a> Oracle<'a> {
    /// The penalties of the case tonight; `None` where a rate is needed that the law does not have.
    pub fn run(case: &'a Case, terms: Terms, law: &'a Law, (count, parts): (DayCount, i64), compounds: Option<i32>) -> Option<Found> {
        let mut oracle = Oracle {
            case,
            terms,
            law,
            count,
            parts,
            compounds,
            unpaid: Decimal::ZERO,
            of_item: vec![Decimal::ZERO; case.items.len()],
            capital: vec![0; case.items.len()],
            interest_paid: 0,
            costs_paid: 0,
            principal_paid: 0,
            credited: 0,
            found: Found::default(),
        };
        if law.issued_from.is_some_and(|from| case.invoice.issue_date < from) {
            return Some(Found { is_final: true, ..Found::default() });
        }
        let last = case.invoice.exit.map_or(terms.as_of, |exit| exit.on);
        let mut date = case.invoice.issue_date;
        while date <= last {
            oracle.one_day(date)?;
            date = date.plus_days(1);
        }
        Some(oracle.tell())
    }

    fn tell(self) -> Found {
        let tomorrow = self.terms.as_of.plus_days(1);
        let left = self.principal(tomorrow);
        let is_closed = self.case.invoice.exit.is_some() || self.insolvent_since().is_some();
        let is_late = |item: usize| self.terms.as_of > self.falls_due(item) && left[item] > 0;
        Found {
            interest: self.interest_paid + self.due(),
            late_tonight: self.case.invoice.exit.is_none() && (0..left.len()).any(is_late),
            is_final: is_closed || left.iter().all(|left| *left == 0),
            ..self.found
        }
    }

    fn one_day(&mut self, date: Date) -> Option<()> {
        let principal = self.principal(date);
        let is_late = |item: usize| date > self.falls_due(item) && principal[item] > 0;
        let late: Vec<_> = (0..principal.len()).filter(|item| is_late(*item)).collect();
        if !late.is_empty() {
            self.found.first_late = self.found.first_late.or(Some(date));
            self.arise(date, &late, &principal);
        }
        if self.bears_interest(date) {
            let stayed = self.stayed(date, &principal);
            for item in late {
                self.bear(item, date, principal[item] - stayed[item])?;
            }
        }
        self.impute(date);
        if self.compounds.is_some() {
            let paid = (self.capital.iter().sum::<i64>() - self.due()).max(0);
            let order = self.oldest_first();
            take(&mut self.capital, &order, paid);
            if self.bears_interest(date) {
                self.capitalise(date);
            }
        }
        Some(())
    }

    fn bear(&mut self, item: usize, date: Date, base: i64) -> Option<()> {
        let Some(start) = self.starts(item).filter(|start| *start < date && base > 0) else { return Some(()) };
        if self.law.contract_only && self.case.customer.penalty_rate.is_none() {
            return Some(());
        }
        let rate = self.rate(if self.law.is_fixed { start.plus_days(1) } else { date })?;
        let interest = Decimal::from(base + self.capital[item]) * Decimal::new(rate, 6) * Decimal::from(weight(self.count, start, date));
        self.unpaid += interest;
        self.of_item[item] += interest;
        Some(())
    }

    fn capitalise(&mut self, date: Date) {
        let Some(months) = self.compounds else { return };
        for item in 0..self.capital.len() {
            let passed = |start: &Date| (date.month_index() - start.month_index()) % months == 0 && ends_a_month(*start, date);
            if self.starts(item).filter(passed).is_some() {
                let bearing: i64 = self.capital.iter().sum();
                let due = rounded(self.of_item[item], self.parts) - self.capital[item];
                self.capital[item] += due.min(self.due() - bearing).max(0);
            }
        }
    }

    /// The day after which an item may bear interest.
    fn starts(&self, item: usize) -> Option<Date> {
        let due = self.falls_due(item);
        let noticed = || self.case.notices.iter().find(|notice| notice.given_on > due).map(|notice| notice.opens);
        let event = if self.law.waits_for_notice { noticed() } else { Some(due) };
        event.map(|event| event.plus_days(self.law.grace_days))
    }

    fn falls_due(&self, item: usize) -> Date {
        self.case.items[item].due_date.max(self.case.invoice.issue_date)
    }

    fn bears_interest(&self, date: Date) -> bool {
        self.insolvent_since().is_none_or(|judgment| match self.terms.insolvency.or(self.law.stop) {
            Some(InsolvencyStop::SameDay) => date <= judgment,
            Some(InsolvencyStop::DayBefore) | None => date < judgment,
        })
    }

    fn insolvent_since(&self) -> Option<Date> {
        self.case.customer.insolvent_since.filter(|_| self.law.stop.is_some())
    }

    /// Principal of each item on a day: the ledger's, or what is left of one debt paid oldest item first.
    fn principal(&self, date: Date) -> Vec<i64> {
        let mut principal: Vec<i64> = self.case.items.iter().map(|item| item.amount.0).collect();
        if self.terms.imputation == Imputation::PrincipalFirst {
            for application in self.case.applications.iter().filter(|application| application.date < date) {
                let change = if application.kind == ApplicationKind::Refund { application.amount.0 } else { -application.amount.0 };
                principal[application.item as usize] += change;
            }
            return principal;
        }
        take(&mut principal, &self.oldest_first(), self.credited + self.principal_paid);
        principal
    }

    fn oldest_first(&self) -> Vec<usize> {
        let mut order: Vec<_> = (0..self.case.items.len()).collect();
        order.sort_by_key(|item| (self.case.items[*item].due_date, *item));
        order
    }

    fn stayed(&self, date: Date, principal: &[i64]) -> Vec<i64> {
        let mut rest = principal.to_vec();
        if self.terms.dispute_stops_interest {
            for stay in self.case.stays.iter().filter(|stay| stay.opened_on < date && stay.closed_on.is_none_or(|closed| date <= closed)) {
                take(&mut rest, &self.oldest_first(), stay.amount.map_or(i64::MAX, |amount| amount.0));
            }
        }
        principal.iter().zip(rest).map(|(principal, rest)| principal - rest).collect()
    }

    /// The rate of a day: the contract's, where there is one and the law lets it stand.
    fn rate(&mut self, date: Date) -> Option<i64> {
        let Some(contract) = self.case.customer.penalty_rate.map(|rate| rate.0) else { return self.statutory(date) };
        let mut rate = contract.max(0);
        if !matches!(self.law.floor, Reference::None) {
            let (floor, confirmed) = self.law.floor.on(date)?;
            if contract < floor {
                self.found.below_legal_floor = true;
                return self.statutory(date);
            }
            self.found.uses_unconfirmed |= !confirmed;
        }
        let cap = match self.law.cap {
            Cap::None => i64::MAX,
            Cap::Rate(cap) => cap,
            Cap::Statutory => self.statutory(date)?,
        };
        self.found.above_legal_cap |= contract > cap;
        rate = rate.min(cap);
        Some(rate)
    }

    fn statutory(&mut self, date: Date) -> Option<i64> {
        let (rate, confirmed) = self.law.statutory(date, self.case.invoice.issue_date)?;
        self.found.uses_unconfirmed |= !confirmed;
        Some(rate)
    }

    fn arise(&mut self, date: Date, late: &[usize], principal: &[i64]) {
        let Some(tariff) = &self.law.charge else { return };
        let issued = self.case.invoice.issue_date;
        let is_free = tariff.issued_from.is_some_and(|from| issued < from)
            || tariff.exempt.is_some_and(|kind| self.case.customer.customer_type == Some(kind));
        let is_old = |due: Date| tariff.due_from.is_some_and(|from| due < from);
        let in_insolvency = |due: Date| self.insolvent_since().is_some_and(|judgment| judgment <= due);
        let is_liable = |item: &usize| {
            let due = self.falls_due(*item);
            !is_old(due) && !in_insolvency(due) && self.starts(*item).is_some_and(|start| start < date)
        };
        if is_free || self.found.charge.is_some() || !late.iter().any(is_liable) {
            return;
        }
        if tariff.currency == self.case.invoice.currency.code() {
            let debt: i64 = late.iter().map(|item| principal[*item]).sum();
            self.found.charge = Some((date, debt, tariff.of(debt)));
        } else {
            self.found.charge_in_other_currency = true;
        }
    }

    fn due(&self) -> i64 {
        rounded(self.unpaid, self.parts)
    }

    fn impute(&mut self, date: Date) {
        if self.terms.imputation == Imputation::PrincipalFirst {
            return;
        }
        let mut cash = 0;
        for application in self.case.applications.iter().filter(|application| application.date == date) {
            cash += signed_cash(application.kind, application.amount.0);
            self.credited += if application.kind == ApplicationKind::Credit { application.amount.0 } else { 0 };
        }
        if cash > 0 { self.receive(cash) } else { self.give_back(-cash) }
    }

    fn receive(&mut self, cash: i64) {
        let pays_costs = self.terms.imputation == Imputation::CostsInterestPrincipal;
        let charge = self.found.charge.map_or(0, |(.., amount)| amount);
        let costs = if pays_costs { cash.min(charge - self.costs_paid) } else { 0 };
        self.costs_paid += costs;
        let (rest, due) = (cash - costs, self.due());
        let interest = rest.min(due.max(0));
        self.interest_paid += interest;
        if rest > 0 && rest >= due {
            self.unpaid = Decimal::ZERO;
            self.of_item.fill(Decimal::ZERO);
        } else {
            self.unpaid -= Decimal::from(interest * self.parts);
        }
        self.principal_paid += rest - interest;
    }

    fn give_back(&mut self, cash: i64) {
        let principal = cash.min(self.principal_paid);
        let interest = (cash - principal).min(self.interest_paid);
        self.principal_paid -= principal;
        self.interest_paid -= interest;
        self.unpaid += Decimal::from(interest * self.parts);
        self.costs_paid -= cash - principal - interest;
    }
}

/// Takes an amount out of parts in this order.
fn take(parts: &mut [i64], order: &[usize], mut amount: i64) {
    for item in order {
        let part = parts[*item].min(amount);
        parts[*item] -= part;
        amount -= part;
    }
}

/// Whole minor units, half away from zero.
pub fn rounded(sum: Decimal, parts: i64) -> i64 {
    let whole = (sum / Decimal::from(parts)).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    i64::try_from(whole).expect("small")
}
