//! Random histories against an independent computation: one day after the other, in decimals, from the rates as published.

use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

use super::published::{PUBLISHED, PublishedRow, book, regime};
use super::{Case, day, terms};
use crate::base::date::Date;
use crate::base::day_count::DayCount;
use crate::base::money::{Amount, Rate};
use crate::night::documents::{Exit, ExitKind};
use crate::night::ledger::ApplicationKind;
use crate::night::penalties::{Imputation, InsolvencyStop, Line, Notice, Schedule, Stay, Terms, UnconfirmedRates};
use crate::rules::rates::{RateBook, Regime};

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
    notices: Vec<(i32, i32)>,
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
        case.notices = self.notices.iter().map(|(days, post)| Notice { given_on: at(*days), opens: at(days + post) }).collect();
        case.notices.sort_unstable();
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
        notices in prop::collection::vec((0..300, 0..5), 0..3),
        money in prop::collection::vec((kind(), -20..350, share()), 0..8),
        as_of in 0..400,
    ) -> Drawing {
        let epoch = day("2023-06-01").plus_days(epoch);
        Drawing { code, epoch, instalments, issued, exit, insolvent, contract, stays, notices, money, as_of }
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

/// A law as the domain definitions tell it, typed from there.
struct Law {
    regime: &'static str,
    /// Statutory rate in hundredths of a percent, from the published row of a half-year.
    rate: fn(&PublishedRow) -> i64,
    is_fixed: bool,
    has_floor: bool,
    stops_at_insolvency: bool,
    waits_for_notice: bool,
    /// Currency of the fixed sum.
    charge_in: &'static str,
}

const EURO_LAW: Law = Law {
    regime: "EU_MIN",
    rate: |(_, row, _)| row[0] + 800,
    is_fixed: false,
    has_floor: false,
    stops_at_insolvency: false,
    waits_for_notice: false,
    charge_in: "EUR",
};

const LAWS: &[Law] = &[
    Law { regime: "FR_B2B", rate: |(_, row, _)| row[1], has_floor: true, stops_at_insolvency: true, ..EURO_LAW },
    Law { regime: "UK_B2B", rate: |(_, row, _)| row[9], is_fixed: true, stops_at_insolvency: true, charge_in: "GBP", ..EURO_LAW },
    Law { regime: "FR_PUBLIC", is_fixed: true, stops_at_insolvency: true, ..EURO_LAW },
    Law { regime: "FR_B2C", rate: |(_, row, _)| row[3], waits_for_notice: true, stops_at_insolvency: true, charge_in: "", ..EURO_LAW },
    EURO_LAW,
    Law { regime: "DE_B2B", rate: |(_, row, _)| row[6], stops_at_insolvency: true, ..EURO_LAW },
    Law { regime: "DE_B2C", rate: |(_, row, _)| row[7], stops_at_insolvency: true, charge_in: "", ..EURO_LAW },
    Law { regime: "BE_B2B", rate: |(_, _, belgium)| belgium.unwrap_or(0), stops_at_insolvency: true, ..EURO_LAW },
    Law { regime: "IT_B2B", rate: |(_, row, _)| row[10], stops_at_insolvency: true, ..EURO_LAW },
    Law { regime: "ES_B2B", rate: |(_, row, _)| row[10], stops_at_insolvency: true, ..EURO_LAW },
];

/// Day counts the independent computation knows, with the parts of their year.
const COUNTS: &[(DayCount, i64)] = &[
    (DayCount::Actual365Fixed, 365),
    (DayCount::Actual360, 360),
    (DayCount::ActualActualIsda, 365 * 366),
    (DayCount::ThirtyE360, 360),
    (DayCount::ThirtyE360Isda, 360),
    (DayCount::FullMonths, 12),
];

/// Parts of a year one day is worth, in a debt that bears interest after `start`.
fn weight(count: DayCount, start: Date, date: Date) -> i64 {
    let last_of_month = |date: Date| date.plus_days(1).ymd().2 == 1;
    let thirty = |date: Date, day: u32| {
        let (year, month, _) = date.ymd();
        i64::from(year) * 360 + i64::from(month) * 30 + i64::from(day)
    };
    let before = date.plus_days(-1);
    match count {
        DayCount::ActualActualIsda => {
            let year = date.ymd().0;
            if Date::from_ymd(year, 2, 29).is_some() { 365 } else { 366 }
        }
        DayCount::ThirtyE360 => thirty(date, date.ymd().2.min(30)) - thirty(before, before.ymd().2.min(30)),
        DayCount::ThirtyE360Isda => {
            let day = |date: Date| if last_of_month(date) { 30 } else { date.ymd().2 };
            thirty(date, day(date)) - thirty(before, day(before))
        }
        DayCount::FullMonths => i64::from(ends_a_month(start, date)),
        _ => 1,
    }
}

/// Whether a month that began with `start` ends on this later day.
fn ends_a_month(start: Date, date: Date) -> bool {
    let (wanted, day) = (start.ymd().2, date.ymd().2);
    date > start && (day == wanted || (day < wanted && date.plus_days(1).ymd().2 == 1))
}

/// One invoice, day by day.
struct Oracle<'a> {
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
    charge: i64,
    first_late: Option<Date>,
}

impl<'a> Oracle<'a> {
    fn run(case: &'a Case, terms: Terms, law: &'a Law, (count, parts): (DayCount, i64), compounds: Option<i32>) -> Found {
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
                self.bear(item, date, principal[item] - stayed[item]);
            }
        }
        self.impute(date);
        if self.compounds.is_none() {
            return;
        }
        let paid = (self.capital.iter().sum::<i64>() - self.due()).max(0);
        let order = self.oldest_first();
        take(&mut self.capital, &order, paid);
        if self.bears_interest(date) {
            self.capitalise(date);
        }
    }

    fn bear(&mut self, item: usize, date: Date, base: i64) {
        let Some(start) = self.starts(item).filter(|start| *start < date && base > 0) else { return };
        let rate = self.rate(if self.law.is_fixed { start.plus_days(1) } else { date });
        let interest = Decimal::from(base + self.capital[item]) * rate * Decimal::from(weight(self.count, start, date));
        self.unpaid += interest;
        self.of_item[item] += interest;
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
        if self.law.waits_for_notice { noticed() } else { Some(due) }
    }

    fn falls_due(&self, item: usize) -> Date {
        self.case.items[item].due_date.max(self.case.invoice.issue_date)
    }

    fn bears_interest(&self, date: Date) -> bool {
        self.insolvent_since().is_none_or(|judgment| match self.terms.insolvency {
            Some(InsolvencyStop::DayBefore) | None => date < judgment,
            Some(InsolvencyStop::SameDay) => date <= judgment,
        })
    }

    fn insolvent_since(&self) -> Option<Date> {
        self.case.customer.insolvent_since.filter(|_| self.law.stops_at_insolvency)
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
        let row = PUBLISHED.iter().rev().find(|(first, ..)| day(first) <= date).expect("a published half-year");
        let contract = self.case.customer.penalty_rate.map(|rate| rate.0);
        let stands = |contract: &i64| !self.law.has_floor || *contract >= row.1[4] * 100;
        Decimal::new(contract.filter(stands).unwrap_or((self.law.rate)(row) * 100), 6)
    }

    fn arise(&mut self, late: &[usize], principal: &[i64]) {
        let fell_due_before = |item: &usize| self.insolvent_since().is_none_or(|judgment| self.falls_due(*item) < judgment);
        if self.charge == 0 && late.iter().any(fell_due_before) {
            let debt: i64 = late.iter().map(|item| principal[*item]).sum();
            let code = self.case.invoice.currency.code();
            self.charge = match code {
                "EUR" if self.law.charge_in == code => 40_00,
                "GBP" if self.law.charge_in == code && debt < 1_000_00 => 40_00,
                "GBP" if self.law.charge_in == code && debt < 10_000_00 => 70_00,
                "GBP" if self.law.charge_in == code => 100_00,
                _ => 0,
            };
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
        let costs = if pays_costs { cash.min(self.charge - self.costs_paid) } else { 0 };
        self.costs_paid += costs;
        let (rest, due) = (cash - costs, self.due());
        let interest = rest.min(due);
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
fn rounded(sum: Decimal, parts: i64) -> i64 {
    let whole = (sum / Decimal::from(parts)).round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    i64::try_from(whole).expect("small")
}

/// Lines are in order, do not overlap within an item, are as long as base and rate allow, and carry the rounded running sum.
fn check_lines(lines: &[Line], (count, parts): (DayCount, i64)) {
    assert!(lines.is_sorted_by_key(|line| (line.from, line.to, line.sequence)));
    let (mut sum, mut written) = (Decimal::ZERO, 0);
    for (at, line) in lines.iter().enumerate() {
        assert!(line.from < line.to && line.base.is_positive());
        let share: i64 = (1..=line.to.days_since(line.from)).map(|days| weight(count, line.start, line.from.plus_days(days))).sum();
        sum += Decimal::from(line.base.0) * Decimal::new(line.rate.0, 6) * Decimal::from(share);
        let reached = rounded(sum, parts);
        assert_eq!(line.amount.0, reached - written);
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
        law in 0..LAWS.len(),
        count in prop_oneof![Just(0), 0..COUNTS.len()],
        compounds in prop_oneof![4 => Just(None), 1 => (1..13).prop_map(Some)],
        imputation in imputation(),
        dispute_stops_interest in any::<bool>(),
        stop in prop_oneof![Just(None), Just(Some(InsolvencyStop::DayBefore)), Just(Some(InsolvencyStop::SameDay))],
    ) {
        let (law, count) = (&LAWS[law], COUNTS[count]);
        let as_of = drawing.epoch.plus_days(drawing.as_of);
        let terms = Terms { imputation, dispute_stops_interest, insolvency: stop, ..terms(as_of) };
        let case = Case { compound: compounds.is_some(), ..drawing.case(&drawing.money, as_of) };
        let (accrued, lines) = BOOK.with(|book| {
            let regime = Regime { day_count: count.0, compounds_after: compounds, ..regime(book, law.regime).clone() };
            case.accrue_by(&Schedule::new(&regime, book, as_of, UnconfirmedRates::Use), terms).expect("all rates are known")
        });
        let charge = accrued.charge.map_or(0, |charge| charge.amount.0);
        let found = Found { interest: accrued.interest.0, charge, first_late: accrued.first_late };
        prop_assert_eq!(found, Oracle::run(&case, terms, law, count, compounds), "{} {}", law.regime, count.0.name());
        if imputation == Imputation::PrincipalFirst {
            check_lines(&lines, count);
        }
    }
}
