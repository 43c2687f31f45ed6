//! Invoices drawn at random: their instalments, money, disputes and notices, as the ledger would leave them.

use proptest::prelude::*;

use crate::case::{Case, day};
use crate::law::customer_type;
use relance::base::date::Date;
use relance::base::money::{Amount, Rate};
use relance::night::documents::{CustomerType, Exit, ExitKind};
use relance::night::ledger::{Application, ApplicationKind};
use relance::night::penalties::{Imputation, InsolvencyStop, Notice, Stay, Terms};

/// Money as drawn: what it is, its day after the epoch of the case, and its share of what it can lower or take back, in thousandths.
pub type Drawn = (ApplicationKind, i32, i64);

/// A drawn invoice, its days after the epoch.
#[derive(Debug, Clone)]
pub struct Drawing {
    pub code: &'static str,
    pub epoch: Date,
    /// Days are moved to where months, half-years and leap years meet.
    pub snapped: bool,
    /// Due dates and amounts.
    pub instalments: Vec<(i32, i64)>,
    pub issued: i32,
    pub exit: Option<i32>,
    pub insolvent: Option<i32>,
    pub contract: Option<i64>,
    pub customer_type: Option<CustomerType>,
    /// First day, days it lasts, amount.
    pub stays: Vec<(i32, Option<i32>, Option<i64>)>,
    /// Day given, days until it opens.
    pub notices: Vec<(i32, i32)>,
    pub money: Vec<Drawn>,
    /// Days the history lasts.
    pub length: i32,
}

impl Drawing {
    /// A day of the history.
    pub fn at(&self, days: i32) -> Date {
        let date = self.epoch.plus_days(days);
        if self.snapped { date.end_of_month().plus_days(date.0.rem_euclid(3) - 1) } else { date }
    }

    /// The invoice as the ledger would leave it: oldest instalment first, refunds from the newest.
    pub fn case(&self, as_of: Date) -> Case {
        let instalments: Vec<_> = self.instalments.iter().map(|(due, amount)| (self.at(*due), *amount)).collect();
        let mut case = Case::new(self.code, &instalments);
        case.invoice.issue_date = self.at(self.issued);
        case.customer.penalty_rate = self.contract.map(Rate);
        case.customer.customer_type = self.customer_type;
        case.customer.insolvent_since = self.insolvent.map(|days| self.at(days)).filter(|since| *since <= as_of);
        case.stays = self.stays.iter().map(|drawn| self.stay(drawn)).collect();
        case.notices = self.notices.iter().map(|drawn| self.notice(drawn)).collect();
        case.notices.sort_unstable();
        let first = case.invoice.issue_date;
        let exit = self.exit.map(|days| self.at(days).max(first)).filter(|exit| *exit <= as_of);
        let mut money: Vec<_> = self.money.iter().map(|(kind, days, share)| (self.at(*days).max(first), *kind, *share)).collect();
        // Of one day, credit notes come before payments.
        money.sort_by_key(|(date, kind, _)| (*date, *kind != ApplicationKind::Credit));
        money.retain(|(date, ..)| *date <= exit.unwrap_or(as_of));
        for (source, (date, kind, share)) in (0..).zip(money) {
            let before = case.applications.len();
            case = spread(case, date, kind, share);
            case.applications[before..].iter_mut().for_each(|application| application.source = source);
        }
        case.invoice.exit = exit.map(|on| Exit { on, kind: ExitKind::Sold });
        case
    }

    fn stay(&self, (opened, length, amount): &(i32, Option<i32>, Option<i64>)) -> Stay {
        let opened_on = self.at(*opened);
        let closed_on = length.map(|days| self.at(opened + days).max(opened_on));
        Stay { opened_on, closed_on, amount: amount.map(Amount) }
    }

    fn notice(&self, (given, post): &(i32, i32)) -> Notice {
        let given_on = self.at(*given);
        Notice { given_on, opens: self.at(given + post).max(given_on) }
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
    let of = |application: &&Application| application.item as usize == item;
    case.applications.iter().filter(of).map(|application| signed_cash(application.kind, application.amount.0)).sum()
}

/// Cash as what came in.
pub fn signed_cash(kind: ApplicationKind, amount: i64) -> i64 {
    match kind {
        ApplicationKind::Cash => amount,
        ApplicationKind::Refund => -amount,
        ApplicationKind::Credit | ApplicationKind::WriteOff | ApplicationKind::Sale | ApplicationKind::Revival => 0,
    }
}

/// Of two, none and three minor digits; laws have their sums in some of them.
pub const CURRENCIES: &[&str] = &["EUR", "GBP", "JPY", "KWD"];

/// Few days and many: most histories are short, some see several years.
fn length() -> impl Strategy<Value = i32> {
    prop_oneof![12 => 0..400, 1 => 400..1_600]
}

/// An amount as often small enough that every cent of interest counts.
fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![2 => 1..100_i64, 1 => (1..100_i64).prop_map(|whole| whole * 1_000), 3 => 1..3_000_000_i64]
}

prop_compose! {
    /// What stops penalties or makes them run.
    fn standing(length: i32)(
        exit in prop::option::weighted(0.15, 0..=length),
        insolvent in prop::option::weighted(0.15, 0..=length),
        contract in prop::option::weighted(0.4, prop_oneof![4 => 0..250_000_i64, 1 => -10_000..0_i64]),
        customer_type in prop::option::of(customer_type()),
        stays in prop::collection::vec((0..=length, prop::option::of(0..200), prop::option::of(1..2_000_000_i64)), 0..3),
        notices in prop::collection::vec((0..=length, 0..5), 0..3),
    ) -> Drawing {
        Drawing {
            code: "EUR", epoch: day("2010-03-01"), snapped: false, instalments: Vec::new(), issued: 0,
            exit, insolvent, contract, customer_type, stays, notices, money: Vec::new(), length,
        }
    }
}

prop_compose! {
    fn drawing_of(length: i32)(
        code in prop::sample::select(CURRENCIES),
        epoch in prop_oneof![0..4_500, (0..13).prop_map(|years| years * 365)],
        snapped in prop::bool::weighted(0.3),
        instalments in prop::collection::vec((0..=length / 2, amount()), 1..4),
        issued in prop_oneof![4 => -60..0, 1 => 0..60],
        standing in standing(length).boxed(),
        money in prop::collection::vec((kind(), -20..=length, share()), 0..9),
    ) -> Drawing {
        let epoch = standing.epoch.plus_days(epoch);
        Drawing { code, epoch, snapped, instalments, issued, money, ..standing }
    }
}

/// An invoice between 2010 and 2026.
pub fn drawing() -> BoxedStrategy<Drawing> {
    length().prop_flat_map(|length| drawing_of(length).boxed()).boxed()
}

/// A night of a history, in days after its epoch: more often late than early.
pub fn night(drawing: &Drawing) -> impl Strategy<Value = i32> + use<> {
    prop_oneof![2 => 0..=drawing.length, 1 => drawing.length * 3 / 4..=drawing.length, 1 => Just(drawing.length)]
}

fn kind() -> impl Strategy<Value = ApplicationKind> {
    prop_oneof![4 => Just(ApplicationKind::Cash), 1 => Just(ApplicationKind::Credit), 2 => Just(ApplicationKind::Refund)]
}

fn share() -> impl Strategy<Value = i64> {
    prop_oneof![Just(1000_i64), Just(1), 1..1000_i64]
}

/// The settings of a night.
pub fn terms() -> impl Strategy<Value = Terms> {
    let imputation =
        prop_oneof![Just(Imputation::PrincipalFirst), Just(Imputation::InterestFirst), Just(Imputation::CostsInterestPrincipal)];
    let stop = prop_oneof![2 => Just(None), 1 => Just(Some(InsolvencyStop::DayBefore)), 1 => Just(Some(InsolvencyStop::SameDay))];
    (imputation, any::<bool>(), stop).prop_map(|(imputation, dispute_stops_interest, insolvency)| Terms {
        imputation,
        dispute_stops_interest,
        insolvency,
        ..crate::case::terms(Date::MIN)
    })
}
