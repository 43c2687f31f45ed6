//! What was agreed with a customer: promises, instalment plans and extensions, and what it proposes itself.
//!
//! A promise that a customer offers binds nobody until it is confirmed. Of several plans the one agreed last counts.

use crate::base::contract::promises;
use crate::base::date::Date;
use crate::base::money::{Amount, Currency};
use crate::night::documents::{Promise, PromiseKind};
use crate::night::facts::balances::{number, share};
use crate::night::facts::behaviour::Paying;
use crate::night::facts::{Debtor, Subject, Sums, day};
use crate::night::fx::NoRate;
use crate::night::ledger::Item;
use crate::night::promise::Outcome;
use crate::rules::program::{Cell, Extensions, MISSING};

/// Facts of this file.
pub const NAMES: &[&str] = &[
    "broken_promises_12m",
    "last_broken_promise_date",
    "kept_promises_12m",
    "promises_12m",
    "promise_date",
    "promise_amount",
    "promise_paid",
    "arrangement_confirmed",
    "plan_state",
    "plan_next_due_in",
    "plan_next_missing",
    "plan_left",
    "plan_paid_share",
    "plans_12m",
    "broken_plans_12m",
    "extensions_12m",
    "proposal_date",
    "proposal_total",
    "proposal_first",
    "proposal_lasts",
    "oldest_days_past_agreed_due",
];

/// A plan is at risk from this many days before an instalment that is not paid yet.
const PLAN_WARNING_DAYS: i32 = 3;
/// The warning comes earlier by as many days as the customer is late on average, up to this many days before the instalment.
const LONGEST_WARNING_DAYS: i32 = 14;
/// A promise stays a fact for this many days after it fell due: longer than any grace a rule would give.
pub const RECENT_DAYS: i32 = 31;

/// Values of `plan_state`.
const NO_PLAN: Cell = 0;
const ON_TRACK: Cell = 1;
const AT_RISK: Cell = 2;
const BROKEN: Cell = 3;
const KEPT: Cell = 4;

/// The column of a fact; `None` where the name is not of this file.
///
/// # Errors
/// [`NoRate`] for a currency without a rate.
pub fn column(subject: &Subject<'_>, paying: &Paying, name: &str) -> Result<Option<Vec<Cell>>, NoRate> {
    let each = |fact: &dyn Fn(&Debtor) -> Result<Cell, NoRate>| subject.debtors.iter().map(fact).collect::<Result<Vec<_>, _>>().map(Some);
    let of_plan = |fact: &dyn Fn(&Plan<'_>) -> Result<Cell, NoRate>| {
        each(&|debtor| current_plan(subject, debtor).map_or(Ok(MISSING), |plan| fact(&plan)))
    };
    let of_proposal = |fact: &dyn Fn(&[&Promise]) -> Result<Cell, NoRate>| {
        each(&|debtor| {
            let proposal = open_proposal(subject, debtor);
            if proposal.is_empty() { Ok(MISSING) } else { fact(&proposal) }
        })
    };
    let money = |currency: Currency, amount: Amount| Ok(subject.rates.convert_amount(amount, currency)?.0);
    match name {
        "broken_promises_12m" => each(&|debtor| Ok(matured_12m(subject, debtor, Outcome::is_broken))),
        "last_broken_promise_date" => each(&|debtor| Ok(day(last_broken(subject, debtor)))),
        "kept_promises_12m" => each(&|debtor| Ok(matured_12m(subject, debtor, Outcome::is_kept))),
        "promises_12m" => each(&|debtor| Ok(made_12m(subject, debtor, |kind| matches!(kind, None | Some(PromiseKind::Promise))))),
        "extensions_12m" => each(&|debtor| Ok(made_12m(subject, debtor, |kind| kind == Some(PromiseKind::Extension)))),
        "promise_date" => each(&|debtor| Ok(day(open_promise(subject, debtor).map(|promise| promise.due_on)))),
        "promise_amount" => {
            each(&|debtor| open_promise(subject, debtor).map_or(Ok(MISSING), |promise| money(promise.currency, promise.amount)))
        }
        "promise_paid" => each(&|debtor| promise_paid(subject, debtor)),
        "arrangement_confirmed" => {
            each(&|debtor| Ok(Cell::from(open_promise(subject, debtor).is_some_and(|promise| promise.confirmed_on.is_some()))))
        }
        "plan_state" => {
            let late = paying.average_days_late(subject);
            let states = subject.debtors.iter().zip(late);
            Ok(Some(states.map(|(debtor, late)| current_plan(subject, debtor).map_or(NO_PLAN, |plan| plan.state(subject, late))).collect()))
        }
        "plan_next_due_in" => {
            of_plan(&|plan| Ok(plan.next().map_or(MISSING, |next| Cell::from(next.promise.due_on.days_since(subject.as_of)))))
        }
        "plan_next_missing" => {
            of_plan(&|plan| plan.next().map_or(Ok(MISSING), |next| money(next.promise.currency, next.promise.amount - next.cash)))
        }
        "plan_left" => of_plan(&|plan| plan.sum(subject, |outcome| outcome.promise.amount - outcome.cash)),
        "plan_paid_share" => of_plan(&|plan| {
            let whole = plan.sum(subject, |outcome| outcome.promise.amount)?;
            Ok(share(plan.sum(subject, |outcome| outcome.cash)?, whole))
        }),
        "plans_12m" => each(&|debtor| Ok(plans_12m(subject, debtor, |_| true))),
        "broken_plans_12m" => each(&|debtor| Ok(plans_12m(subject, debtor, |plan| plan.is_broken()))),
        "proposal_date" => of_proposal(&|proposal| Ok(day(proposal.iter().map(|promise| promise.promised_on).min()))),
        "proposal_total" => of_proposal(&|proposal| {
            let mut sums = Sums::default();
            proposal.iter().for_each(|promise| sums.add(promise.currency, promise.amount.wide()));
            subject.reporting(sums.iter())
        }),
        "proposal_first" => of_proposal(&|proposal| money(proposal[0].currency, proposal[0].amount)),
        "proposal_lasts" => of_proposal(&|proposal| {
            let last = proposal.iter().map(|promise| promise.due_on).max();
            Ok(last.map_or(MISSING, |last| Cell::from(last.days_since(subject.as_of).max(0))))
        }),
        "oldest_days_past_agreed_due" => each(&|debtor| Ok(oldest_days_past_agreed_due(subject, debtor))),
        _ => Ok(None),
    }
}

fn matured_12m(subject: &Subject<'_>, debtor: &Debtor, counts: fn(&Outcome) -> bool) -> Cell {
    let after = subject.window(12);
    let outcomes = subject.promise_outcomes.of(debtor.customer);
    number(outcomes.iter().filter(|outcome| outcome.is_matured && outcome.promise.due_on > after && counts(outcome)).count())
}

/// The day for which the last promise that was broken had been made.
fn last_broken(subject: &Subject<'_>, debtor: &Debtor) -> Option<Date> {
    let broken = subject.promise_outcomes.of(debtor.customer).iter().filter(|outcome| outcome.is_matured && outcome.is_broken());
    broken.map(|outcome| outcome.promise.due_on).max()
}

/// Promises of a kind made within twelve months, cancelled ones too: whoever plays for time cancels.
fn made_12m(subject: &Subject<'_>, debtor: &Debtor, is_meant: fn(Option<PromiseKind>) -> bool) -> Cell {
    let after = subject.window(12);
    let all = subject.documents.promises.of(debtor.customer).iter();
    number(all.filter(|promise| !promise.is_proposal && promise.promised_on > after && is_meant(promise.kind)).count())
}

/// The promise that matters at `as_of`: the next one due, else the last one that fell due lately, so that rules can give it their own
/// grace. Extensions count, they move a date too; the instalments of a broken plan promise nothing any more.
fn open_promise<'a>(subject: &Subject<'a>, debtor: &Debtor) -> Option<&'a Promise> {
    let all = subject.documents.promises.of(debtor.customer);
    if all.is_empty() {
        return None;
    }
    let plan = current_plan(subject, debtor).filter(|plan| !plan.is_broken());
    let stands = |promise: &&Promise| {
        let in_plan = || plan.as_ref().is_some_and(|plan| plan.key == plan_key(subject, promise));
        !promise.is_proposal && promise.cancelled_on.is_none() && (promise.kind != Some(PromiseKind::PlanInstallment) || in_plan())
    };
    let lately = subject.as_of.plus_days(-RECENT_DAYS);
    let next = all.iter().filter(stands).find(|promise| promise.due_on >= subject.as_of);
    next.or_else(|| all.iter().filter(stands).rfind(|promise| promise.due_on >= lately))
}

/// What has come in towards the promise that matters.
fn promise_paid(subject: &Subject<'_>, debtor: &Debtor) -> Result<Cell, NoRate> {
    let Some(promise) = open_promise(subject, debtor) else { return Ok(MISSING) };
    let outcome = subject.promise_outcomes.of(debtor.customer).iter().find(|outcome| outcome.promise.row == promise.row);
    let paid = outcome.map_or(Amount::ZERO, |outcome| outcome.cash);
    Ok(subject.rates.convert_amount(paid, promise.currency)?.0)
}

/// What makes instalments one plan: its id, else the day it was agreed.
type PlanKey<'a> = Result<&'a [u8], Date>;

fn plan_key<'a>(subject: &Subject<'a>, promise: &Promise) -> PlanKey<'a> {
    subject.shard.promises.text(promises::PLAN_ID, promise.row as usize).ok_or(promise.promised_on)
}

/// An instalment plan that stands, its instalments in order of day.
struct Plan<'a> {
    key: PlanKey<'a>,
    instalments: Vec<&'a Outcome>,
}

impl Plan<'_> {
    fn agreed_on(&self) -> Option<Date> {
        self.instalments.iter().map(|outcome| outcome.promise.promised_on).min()
    }

    fn is_broken(&self) -> bool {
        self.instalments.iter().any(|outcome| outcome.is_broken())
    }

    /// The first instalment that is not paid and still can be.
    fn next(&self) -> Option<&Outcome> {
        self.instalments.iter().find(|outcome| !outcome.is_matured && !outcome.is_kept()).copied()
    }

    fn sum(&self, subject: &Subject<'_>, part: impl Fn(&Outcome) -> Amount) -> Result<Cell, NoRate> {
        let mut sums = Sums::default();
        self.instalments.iter().for_each(|outcome| sums.add(outcome.promise.currency, part(outcome).wide()));
        subject.reporting(sums.iter())
    }

    /// Broken once an instalment was not paid in time; at risk from shortly before one that is not paid; kept where all are paid.
    /// `late` is how many days the customer is late on average.
    fn state(&self, subject: &Subject<'_>, late: Cell) -> Cell {
        let habit = if late == MISSING { 0 } else { i32::try_from(late).unwrap_or(i32::MAX).max(0) };
        let warning = PLAN_WARNING_DAYS.saturating_add(habit).min(LONGEST_WARNING_DAYS);
        match self.next() {
            _ if self.is_broken() => BROKEN,
            Some(next) if next.promise.due_on.days_since(subject.as_of) <= warning => AT_RISK,
            Some(_) => ON_TRACK,
            None => KEPT,
        }
    }
}

/// The plans of a debtor that have an instalment within the last twelve months or ahead.
fn plans<'a>(subject: &Subject<'a>, debtor: &Debtor) -> Vec<Plan<'a>> {
    let mut plans: Vec<Plan<'a>> = Vec::new();
    let outcomes = subject.promise_outcomes.of(debtor.customer).iter();
    for outcome in outcomes.filter(|outcome| outcome.promise.kind == Some(PromiseKind::PlanInstallment)) {
        let key = plan_key(subject, &outcome.promise);
        match plans.iter_mut().find(|plan| plan.key == key) {
            Some(plan) => plan.instalments.push(outcome),
            None => plans.push(Plan { key, instalments: vec![outcome] }),
        }
    }
    let after = subject.window(12);
    plans.retain(|plan| plan.instalments.iter().any(|outcome| outcome.promise.due_on > after));
    plans
}

/// The plan agreed last.
fn current_plan<'a>(subject: &Subject<'a>, debtor: &Debtor) -> Option<Plan<'a>> {
    plans(subject, debtor).into_iter().max_by_key(|plan| (plan.agreed_on(), plan.key))
}

/// Plans agreed within twelve months.
fn plans_12m(subject: &Subject<'_>, debtor: &Debtor, counts: impl Fn(&Plan<'_>) -> bool) -> Cell {
    let after = Some(subject.window(12));
    number(plans(subject, debtor).iter().filter(|plan| plan.agreed_on() > after && counts(plan)).count())
}

/// The payments a customer offered last and nobody has answered, in order of day: a plan, or one promise.
fn open_proposal<'a>(subject: &Subject<'a>, debtor: &Debtor) -> Vec<&'a Promise> {
    let all = subject.documents.promises.of(debtor.customer);
    let is_open = |promise: &&Promise| promise.is_proposal && promise.cancelled_on.is_none();
    let Some(last) = all.iter().filter(is_open).max_by_key(|promise| (promise.promised_on, plan_key(subject, promise))) else {
        return Vec::new();
    };
    let key = plan_key(subject, last);
    all.iter().filter(is_open).filter(|promise| plan_key(subject, promise) == key).collect()
}

/// The day an item is due as agreed: its due date, or the day of the latest extension that moves it, within limits.
/// An extension that names no invoice moves those that existed when it was given.
pub fn agreed_due_date(subject: &Subject<'_>, item: &Item, limits: &Extensions) -> Date {
    let Extensions::Count { at_most, up_to } = limits else { return item.due_date };
    let issued_on = subject.documents.invoices[item.invoice as usize].issue_date;
    let moves = |promise: &&Promise| {
        let stands = promise.kind == Some(PromiseKind::Extension) && !promise.is_proposal && promise.cancelled_on.is_none();
        let is_about = promise.invoice.map_or(issued_on <= promise.promised_on, |invoice| invoice == item.invoice);
        stands && is_about && promise.due_on > item.due_date
    };
    let mut given: Vec<(Date, Date)> = Vec::new();
    given.extend(subject.documents.promises.of(item.customer).iter().filter(moves).map(|promise| (promise.promised_on, promise.due_on)));
    given.sort_unstable();
    let counted = given.iter().take(at_most.map_or(usize::MAX, |most| most as usize));
    let agreed = counted.map(|(_, due)| *due).max().unwrap_or(item.due_date);
    up_to.map_or(agreed, |days| agreed.min(item.due_date.plus_days(days)))
}

/// Days since the agreed due date of an item.
pub fn days_past_agreed_due(subject: &Subject<'_>, item: &Item) -> Cell {
    Cell::from(subject.as_of.days_since(agreed_due_date(subject, item, &Extensions::ALL)))
}

fn oldest_days_past_agreed_due(subject: &Subject<'_>, debtor: &Debtor) -> Cell {
    let days = |item: &Item| days_past_agreed_due(subject, item);
    let chaseable = subject.items(debtor).filter(|item| item.collectible().is_positive()).map(days).max();
    chaseable.or_else(|| subject.items(debtor).map(days).max()).unwrap_or(MISSING)
}
