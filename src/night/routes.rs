//! What each way on which a debt may come in is expected to bring tonight, and which one that is ready brings the most.
//!
//! `collected = Σ collectible × share(days past due)`, `net = collected − fee − cost − cost of delay`, over the late items of a customer,
//! in the reporting currency. A delay costs what capital costs: `collected × cost of capital × days / 365`. Each of them is rounded once,
//! half-up (fees by success and netback: 07 §C.15).

use std::collections::BTreeMap;

use crate::base::contract::routes as columns;
use crate::base::money::{Amount, Rate, divide_half_up, format_amount};
use crate::base::recovery::RecoveryCurve;
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::escalation::Rulebook;
use crate::night::facts::{Debtor, FactTable, Subject, Sums, cell};
use crate::night::fx::NoRate;
use crate::night::ledger::Item;
use crate::rules::program::{Cell, Collects, MISSING, Program, Route, Use};

/// Days after which what waiting costs is looked at.
const WAIT: i32 = 30;

/// The routes of a shard.
#[derive(Debug, Default)]
pub struct Routes {
    /// Rows of `routes`, in order of customer and route.
    pub told: Table,
    /// By route: how often it is the best, and what it brings there, in the reporting currency.
    pub figures: BTreeMap<String, (u64, i128)>,
}

/// What a route is expected to bring.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outlook<'a> {
    route: usize,
    amount: Cell,
    collected: Cell,
    fee: Cell,
    cost: Cell,
    delay: Cell,
    /// What would come in less a month later.
    waiting: Cell,
    missing: Vec<&'a str>,
}

impl Outlook<'_> {
    fn net(&self) -> Cell {
        let spent = [self.fee, self.cost, self.delay].map(i128::from).into_iter().sum::<i128>();
        cell(i128::from(self.collected) - spent)
    }
}

/// Works out the routes of a shard, and fills the fields rules read.
///
/// # Errors
/// [`NoRate`] for a currency without a rate.
pub fn routes(subject: &Subject<'_>, facts: &mut FactTable, rulebook: &Rulebook<'_>) -> Result<Routes, NoRate> {
    let program = rulebook.program;
    let mut told = TableBuilder::output(&columns::SPEC);
    if program.routes.all.is_empty() {
        return Ok(Routes { told: told.finish(), figures: BTreeMap::new() });
    }
    let mut best = vec![MISSING; subject.debtors.len()];
    let mut best_net = best.clone();
    let mut nets = vec![best.clone(); program.routes.all.len()];
    let mut figures = BTreeMap::new();
    for (at, debtor) in subject.debtors.iter().enumerate() {
        let outlooks = outlooks(subject, facts, rulebook, at, debtor)?;
        let mut ready: Vec<&Outlook<'_>> = outlooks.iter().filter(|outlook| outlook.missing.is_empty()).collect();
        ready.sort_by_key(|outlook| (std::cmp::Reverse(outlook.net()), outlook.route));
        if let Some(first) = ready.first() {
            best[at] = cell(i128::try_from(first.route).unwrap_or(0));
            best_net[at] = first.net();
            let figure: &mut (u64, i128) = figures.entry(program.routes.all[first.route].name.clone()).or_default();
            *figure = (figure.0 + 1, figure.1.saturating_add(i128::from(first.net())));
        }
        for outlook in &outlooks {
            nets[outlook.route][at] = outlook.net();
            let rank = ready.iter().position(|other| other.route == outlook.route);
            tell(&mut told, subject, program, debtor, outlook, rank);
        }
    }
    let fields = program.routes.best.into_iter().zip([best]).chain(program.routes.best_net.into_iter().zip([best_net]));
    let of_each = program.routes.all.iter().map(|route| route.net).zip(nets);
    for (field, column) in fields.chain(of_each).filter(|(field, _)| program.fields[field.0 as usize].used != Use::None) {
        facts.set(field, column);
    }
    Ok(Routes { told: told.finish(), figures })
}

/// What a route that is open to a debtor comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Position among the routes of the rules.
    pub route: usize,
    pub net: Cell,
    /// How much is missing before it is gone.
    pub missing: usize,
}

/// The routes that are open to a debtor, in the order of the rules.
///
/// # Errors
/// [`NoRate`] for a currency without a rate.
pub fn open_to(subject: &Subject<'_>, facts: &FactTable, rulebook: &Rulebook<'_>, debtor: usize) -> Result<Vec<Open>, NoRate> {
    let outlooks = outlooks(subject, facts, rulebook, debtor, &subject.debtors[debtor])?;
    let open = |outlook: &Outlook<'_>| Open { route: outlook.route, net: outlook.net(), missing: outlook.missing.len() };
    Ok(outlooks.iter().map(open).collect())
}

/// The routes that are open to a debtor who is late with something that can be asked for.
fn outlooks<'a>(
    subject: &Subject<'_>,
    facts: &FactTable,
    rulebook: &Rulebook<'a>,
    at: usize,
    debtor: &Debtor,
) -> Result<Vec<Outlook<'a>>, NoRate> {
    let late = |item: &&Item| item.due_date < subject.as_of && item.collectible().is_positive();
    let items: Vec<&Item> = subject.items(debtor).filter(late).collect();
    let mut outlooks = Vec::new();
    if items.is_empty() {
        return Ok(outlooks);
    }
    let row = facts.debtor(at);
    let env = rulebook.env;
    for (number, route) in rulebook.program.routes.all.iter().enumerate() {
        if !route.rule.in_force(env.as_of) || !route.rule.when.holds(&row, env) {
            continue;
        }
        let missing = route.needs.iter().filter(|need| !need.when.holds(&row, env)).map(|need| need.name.as_str()).collect();
        let cost = route.cost.as_ref().map_or(0, |cost| cost.value(&row, env));
        let cost = if cost == MISSING { 0 } else { cost };
        outlooks.push(Outlook { route: number, cost, missing, ..incoming(subject, route, &items)? });
    }
    Ok(outlooks)
}

/// What comes in on a route, and what is kept of it.
fn incoming<'a>(subject: &Subject<'_>, route: &Route, items: &[&Item]) -> Result<Outlook<'a>, NoRate> {
    let curve = match &route.collects {
        Collects::Expected => subject.curve,
        Collects::Curve(curve) => curve,
    };
    let [mut amount, mut collected, mut later, mut fee] = [(); 4].map(|()| Sums::default());
    for item in items {
        let (currency, age) = (subject.currency(item), subject.as_of.days_since(item.due_date));
        let collectible = item.collectible().wide();
        amount.add(currency, collectible);
        collected.add(currency, collectible * curve.weight(age));
        later.add(currency, collectible * curve.weight(age.saturating_add(WAIT)));
        match route.agency.as_ref().filter(|agency| agency.is_by_debt()) {
            None => fee.add(currency, collectible * curve.weight(age) * i128::from(route.fee_at(age).0)),
            Some(agency) => {
                let owed = subject.rates.convert_amount(item.collectible(), currency)?.0;
                let rate = agency.fee_of(owed).unwrap_or_else(|| route.fee_at(age));
                // The least fee is due only where money comes in, so it counts with the same weight.
                let kept = i128::max(i128::from(owed) * i128::from(rate.0), i128::from(agency.minimum_fee) * i128::from(Rate::ONE.0));
                fee.add(subject.rates.reporting(), kept * curve.weight(age));
            }
        }
    }
    let whole = curve.denominator();
    let collected = reporting(subject, &collected, whole)?;
    let delay = subject.cost_of_capital.map_or(0, |rate| delay(collected, rate, route.takes));
    Ok(Outlook {
        route: 0,
        amount: subject.reporting(amount.iter())?,
        collected,
        fee: reporting(subject, &fee, whole * i128::from(Rate::ONE.0))?,
        cost: 0,
        delay,
        waiting: collected - reporting(subject, &later, whole)?,
        missing: Vec::new(),
    })
}

/// Sums over a common denominator, divided currency by currency, in the reporting currency.
fn reporting(subject: &Subject<'_>, sums: &Sums, denominator: i128) -> Result<Cell, NoRate> {
    let divided: Vec<_> = sums.iter().map(|(currency, sum)| (*currency, divide_half_up(*sum, denominator))).collect();
    subject.reporting(divided.iter())
}

/// What money that comes later costs.
fn delay(collected: Cell, cost_of_capital: Rate, days: i32) -> Cell {
    let interest = i128::from(collected) * i128::from(cost_of_capital.0) * i128::from(days);
    cell(divide_half_up(interest, i128::from(Rate::ONE.0) * 365))
}

fn tell(told: &mut TableBuilder, subject: &Subject<'_>, program: &Program, debtor: &Debtor, outlook: &Outlook<'_>, rank: Option<usize>) {
    let (route, reporting) = (&program.routes.all[outlook.route], subject.rates.reporting());
    told.text(columns::CUSTOMER_ID, subject.documents.customer_ids[debtor.customer as usize]);
    told.text(columns::ROUTE, route.name.as_bytes());
    told.flag(columns::READY, rank.is_some());
    told.text(columns::MISSING, outlook.missing.join("|").as_bytes());
    if let Some(rank) = rank.and_then(|rank| i64::try_from(rank).ok()) {
        told.whole(columns::RANK, rank + 1);
    }
    told.text(columns::CURRENCY, reporting.code().as_bytes());
    let amounts = [
        (columns::AMOUNT, outlook.amount),
        (columns::COLLECTED, outlook.collected),
        (columns::FEE, outlook.fee),
        (columns::COST, outlook.cost),
        (columns::COST_OF_DELAY, outlook.delay),
        (columns::EXPECTED_NET, outlook.net()),
        (columns::COST_OF_WAITING, outlook.waiting),
    ];
    amounts.into_iter().for_each(|(column, amount)| told.money(column, Amount(amount), reporting));
    told.whole(columns::TAKES, i64::from(route.takes));
    told.text(columns::BASIS, basis(route, subject).as_bytes());
    told.end_row();
}

/// The assumptions behind the figures of a route.
fn basis(route: &Route, subject: &Subject<'_>) -> String {
    let knots = |knots: &[(i32, Rate)]| match knots {
        [] => "0%".to_owned(),
        [(_, share)] => percent(*share),
        many => many.iter().map(|(age, share)| format!("{age}d {}", percent(*share))).collect::<Vec<_>>().join(", "),
    };
    let of_curve = |curve: &RecoveryCurve| knots(curve.knots());
    let collects = match &route.collects {
        Collects::Expected => format!("expected: {}", of_curve(subject.curve)),
        Collects::Curve(curve) => of_curve(curve),
    };
    let capital = subject.cost_of_capital.map_or_else(|| "not stated".to_owned(), percent);
    format!("collects={collects}|fee={}|cost_of_capital={capital}", fee(route, subject, knots(&route.fee)))
}

/// What is kept, by age or by the amount of a debt, with the least there is.
fn fee(route: &Route, subject: &Subject<'_>, by_age: String) -> String {
    let digits = subject.rates.reporting().digits();
    let amount = |amount: Cell| format_amount(i128::from(amount), digits);
    let Some(agency) = &route.agency else { return by_age };
    let tier = |(from, rate): &(Cell, Rate)| format!("from {} {}", amount(*from), percent(*rate));
    let tiers: Vec<String> = agency.fee_by_amount.iter().map(tier).collect();
    let fee = if tiers.is_empty() { by_age } else { tiers.join(", ") };
    let fee = if agency.minimum_fee > 0 { format!("{fee}, at least {}", amount(agency.minimum_fee)) } else { fee };
    if agency.fee_on_direct_payments { format!("{fee}, also of what is paid to us") } else { fee }
}

fn percent(rate: Rate) -> String {
    let shown = format_amount(i128::from(rate.0), 4);
    format!("{}%", shown.trim_end_matches('0').trim_end_matches('.'))
}
