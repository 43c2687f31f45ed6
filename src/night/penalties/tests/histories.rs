//! Random histories against an independent computation: one day after the other, in decimals, from the rates as published.

use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

use super::published::{PUBLISHED, book};
use super::{Case, day, terms};
use crate::base::date::Date;
use crate::base::money::{Amount, Rate};
use crate::night::documents::{Exit, ExitKind};
use crate::night::ledger::ApplicationKind;
use crate::night::penalties::{Imputation, InsolvencyStop, Line, Stay, Terms};
use crate::rules::rates::RateBook;

/// Money as drawn: what it is, its day after the epoch of the case, and its share of what it can lower or take back, in thousandths.
pub type Drawn = (ApplicationKind, i32, i64);

/// A drawn invoice before any money, its nights in days after the epoch.
#[derive(Debug, Clone)]
pub struct Drawing {
    pub code: &'static str,
    pub epoch: Date,
    /// Due dates after the epoch, and amounts.
    instalments: Vec<(i32, i64)>,
    issued: i32,
    exit: Option<i32>,
    insolvent: Option<i32>,
    contract: Option<i64>,
    stays: Vec<(i32, Option<i32>, Option<i64>)>,
    pub money: Vec<Drawn>,
    pub as_of: i32,
}

impl Drawing {
    /// The invoice as the ledger would leave it with this money: oldest instalment first, refunds from the newest.
    pub fn case(&self, money: &[Drawn], as_of: Date) -> Case {
        let at = |days: i32| self.epoch.plus_days(days);
        let instalments: Vec<_> = self.instalments.iter().map(|(due, amount)| (at(*due), *amount)).collect();
        let mut case = Case::new(self.code, &instalments);
        case.invoice.issue_date = at(self.issued);
        case.customer.penalty_rate = self.contract.map(Rate);
        case.customer.insolvent_since = self.insolvent.map(at).filter(|since| *since <= as_of);
        let stay = |(opened, closed, amount): &(i32, Option<i32>, Option<i64>)| Stay {
            opened_on: at(*opened),
            closed_on: closed.map(|days| at(opened + days)),
            amount: amount.map(Amount),
        };
        case.stays = self.stays.iter().map(stay).collect();
        let exit = self.exit.map(|days| at(days).max(case.invoice.issue_date)).filter(|exit| *exit <= as_of);
        let mut money: Vec<_> = money.iter().map(|(kind, days, share)| (at(*days).max(case.invoice.issue_date), *kind, *share)).collect();
        money.sort_by_key(|(date, ..)| *date);
        money.retain(|(date, ..)| *date <= exit.unwrap_or(as_of));
        for (date, kind, share) in money {
            case = spread(case, date, kind, share);
        }
        case.invoice.exit = exit.map(|on| Exit { on, kind: ExitKind::Sold });
        case
    }
}

/// Applies a share of what there is to the instalments.
fn spread(mut case: Case, date: Date, kind: ApplicationKind, share: i64) -> Case {
    let room = |case: &Case, item: usize| match kind {
        ApplicationKind::Refund => net_cash(case, item),
        _ => case.items[item].open.0,
    };
    let mut order: Vec<_> = (0..case.items.len()).collect();
    order.sort_by_key(|item| (case.items[*item].due_date, *item));
    if kind == ApplicationKind::Refund {
        order.reverse();
    }
    let mut left = order.iter().map(|item| room(&case, *item)).sum::<i64>() * share / 1000;
    for item in order {
        let part = left.min(room(&case, item));
        left -= part;
        if part > 0 {
            case = case.applied(u32::try_from(item).expect("few"), kind, date, part);
        }
    }
    case
}

/// Cash on an instalment, refunds taken off.
fn net_cash(case: &Case, item: usize) -> i64 {
    let of = |application: &&super::Application| application.item as usize == item;
    case.applications.iter().filter(of).map(|application| signed_cash(application.kind, application.amount.0)).sum()
}

fn signed_cash(kind: ApplicationKind, amount: i64) -> i64 {
    match kind {
        ApplicationKind::Cash => amount,
        ApplicationKind::Refund => -amount,
        ApplicationKind::Credit | ApplicationKind::Exit => 0,
    }
}

prop_compose! {
    pub fn drawing()(
        code in prop_oneof![Just("EUR"), Just("GBP"), Just("JPY")],
        epoch in 0..800,
        instalments in prop::collection::vec((0..200, prop_oneof![1..100_i64, 1..3_000_000_i64]), 1..4),
        issued in prop_oneof![4 => -60..0, 1 => 0..60],
        exit in prop::option::weighted(0.15, 0..400),
        insolvent in prop::option::weighted(0.15, 0..400),
        contract in prop::option::weighted(0.3, 60_000..180_000_i64),
        stays in prop::collection::vec((0..300, prop::option::of(0..200), prop::option::of(1..2_000_000_i64)), 0..3),
        money in prop::collection::vec((kind(), -20..350, share()), 0..8),
        as_of in 0..400,
    ) -> Drawing {
        let epoch = day("2023-06-01").plus_days(epoch);
        Drawing { code, epoch, instalments, issued, exit, insolvent, contract, stays, money, as_of }
    }
}

fn kind() -> impl Strategy<Value = ApplicationKind> {
    prop_oneof![4 => Just(ApplicationKind::Cash), 1 => Just(ApplicationKind::Credit), 2 => Just(ApplicationKind::Refund)]
}

fn share() -> impl Strategy<Value = i64> {
    prop_oneof![Just(1000_i64), Just(1), 1..1000_i64]
}

pub fn imputation() -> impl Strategy<Value = Imputation> {
    prop_oneof![Just(Imputation::PrincipalFirst), Just(Imputation::InterestFirst), Just(Imputation::CostsInterestPrincipal)]
}

/// What the independent computation finds.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    interest: i64,
    charge: i64,
    first_late: Option<Date>,
}

/// One invoice, day by day.
struct Oracle<'a> {
    case: &'a Case,
    terms: Terms,
    uk: bool,
    /// Interest not yet paid or settled, times 365.
    unpaid: Decimal,
    interest_paid: i64,
    costs_paid: i64,
    principal_paid: i64,
    credited: i64,
    charge: i64,
    first_late: Option<Date>,
}

impl<'a> Oracle<'a> {
    fn run(case: &'a Case, terms: Terms, uk: bool) -> Found {
        let mut oracle = Oracle {
            case,
            terms,
            uk,
            unpaid: Decimal::ZERO,
            interest_paid: 0,
            costs_paid: 0,
            principal_paid: 0,
            credited: 0,
            charge: 0,
            first_late: None,
        };
        let last = case.invoice.exit.map_or(terms.as_of, |exit| exit.on);
        let mut date = case.invoice.issue_date;
        while date <= last {
            oracle.one_day(date);
            date = date.plus_days(1);
        }
        let interest = oracle.interest_paid + oracle.due();
        Found { interest, charge: oracle.charge, first_late: oracle.first_late }
    }

    fn one_day(&mut self, date: Date) {
        let principal = self.principal(date);
        let is_late = |item: usize| date > self.falls_due(item) && principal[item] > 0;
        let late: Vec<_> = (0..principal.len()).filter(|item| is_late(*item)).collect();
        if !late.is_empty() {
            self.first_late = self.first_late.or(Some(date));
            self.arise(&late, &principal);
        }
        if self.bears_interest(date) {
            let stayed = self.stayed(date, &principal);
            for item in late {
                let rate = self.rate(if self.uk { self.falls_due(item).plus_days(1) } else { date });
                self.unpaid += Decimal::from((principal[item] - stayed[item]).max(0)) * rate;
            }
        }
        self.impute(date);
    }

    fn falls_due(&self, item: usize) -> Date {
        self.case.items[item].due_date.max(self.case.invoice.issue_date)
    }

    fn bears_interest(&self, date: Date) -> bool {
        self.case.customer.insolvent_since.is_none_or(|judgment| match self.terms.insolvency {
            InsolvencyStop::DayBefore => date < judgment,
            InsolvencyStop::SameDay => date <= judgment,
        })
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

    fn rate(&self, date: Date) -> Decimal {
        let (_, default, floor, uk) = PUBLISHED.iter().rev().find(|(first, ..)| day(first) <= date).expect("a published half-year");
        let contract = self.case.customer.penalty_rate.map(|rate| rate.0);
        let rate = match contract {
            Some(contract) if self.uk || contract >= floor * 100 => contract,
            _ => {
                if self.uk {
                    uk * 100
                } else {
                    default * 100
                }
            }
        };
        Decimal::new(rate, 6)
    }

    fn arise(&mut self, late: &[usize], principal: &[i64]) {
        let fell_due_before = |item: &usize| self.case.customer.insolvent_since.is_none_or(|judgment| self.falls_due(*item) < judgment);
        if self.charge == 0 && late.iter().any(fell_due_before) {
            let debt: i64 = late.iter().map(|item| principal[*item]).sum();
            self.charge = match (self.uk, self.case.invoice.currency.code()) {
                (false, "EUR") => 40_00,
                (true, "GBP") if debt < 1_000_00 => 40_00,
                (true, "GBP") if debt < 10_000_00 => 70_00,
                (true, "GBP") => 100_00,
                _ => 0,
            };
        }
    }

    fn due(&self) -> i64 {
        let due = (self.unpaid / Decimal::from(365)).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        i64::try_from(due).expect("small")
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
        let costs = if pays_costs { cash.min(self.charge - self.costs_paid) } else { 0 };
        self.costs_paid += costs;
        let (rest, due) = (cash - costs, self.due());
        let interest = rest.min(due);
        self.interest_paid += interest;
        if rest > 0 && rest >= due {
            self.unpaid = Decimal::ZERO;
        } else {
            self.unpaid -= Decimal::from(interest * 365);
        }
        self.principal_paid += rest - interest;
    }

    fn give_back(&mut self, cash: i64) {
        let principal = cash.min(self.principal_paid);
        let interest = (cash - principal).min(self.interest_paid);
        self.principal_paid -= principal;
        self.interest_paid -= interest;
        self.unpaid += Decimal::from(interest * 365);
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

/// Lines are in order, do not overlap within an item, are as long as base and rate allow, and carry the rounded running sum.
fn check_lines(lines: &[Line]) {
    assert!(lines.is_sorted_by_key(|line| (line.from, line.to, line.sequence)));
    let (mut sum, mut written) = (Decimal::ZERO, Decimal::ZERO);
    for (at, line) in lines.iter().enumerate() {
        assert!(line.days() > 0 && line.base.is_positive());
        sum += Decimal::from(line.base.0) * Decimal::new(line.rate.0, 6) * Decimal::from(line.days());
        let reached = (sum / Decimal::from(365)).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        assert_eq!(Decimal::from(line.amount.0), reached - written);
        written = reached;
        if let Some(next) = lines[at + 1..].iter().find(|next| next.sequence == line.sequence) {
            let joins = next.from == line.to && next.base == line.base && next.rate == line.rate;
            assert!(line.to <= next.from && !joins, "{line:?} {next:?}");
        }
    }
}

thread_local! {
    static BOOK: RateBook = book();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_day_by_day_computation_finds_the_same(
        drawing in drawing(),
        uk in any::<bool>(),
        imputation in imputation(),
        dispute_stops_interest in any::<bool>(),
        same_day in any::<bool>(),
    ) {
        let as_of = drawing.epoch.plus_days(drawing.as_of);
        let insolvency = if same_day { InsolvencyStop::SameDay } else { InsolvencyStop::DayBefore };
        let terms = Terms { imputation, dispute_stops_interest, insolvency, ..terms(as_of) };
        let case = drawing.case(&drawing.money, as_of);
        let regime = if uk { "UK_B2B" } else { "FR_B2B" };
        let (accrued, lines) = BOOK.with(|book| case.accrue(regime, book, terms)).expect("all rates are known");
        let charge = accrued.charge.map_or(0, |charge| charge.amount.0);
        let found = Found { interest: accrued.interest.0, charge, first_late: accrued.first_late };
        prop_assert_eq!(found, Oracle::run(&case, terms, uk));
        if imputation == Imputation::PrincipalFirst {
            check_lines(&lines);
        }
    }
}
