//! Who is chased for what: the customer as a whole by its oldest item, or each invoice by itself.

use crate::base::date::Date;
use crate::base::money::Currency;
use crate::night::escalation::block::Stops;
use crate::night::escalation::pause::Pauses;
use crate::night::escalation::place::Place;
use crate::night::facts::arrangements::agreed_due_date;
use crate::night::facts::{Debtor, FactTable, Subject, add};
use crate::night::memory::LadderRecord;
use crate::rules::program::{Facts, FieldId, Grain, MISSING, Policy};

/// One ladder to climb tonight.
#[derive(Debug, Clone)]
pub struct Unit<'a> {
    /// Position of the debtor.
    pub debtor: usize,
    /// Position of the open item, for ladders per invoice.
    pub item: Option<usize>,
    /// Items that can be asked for, oldest first, by position among the open items.
    pub chaseable: Vec<usize>,
    /// Whether all of them are barred by limitation.
    pub is_barred: bool,
    /// What the policy's clock shows: days, `None` where nothing runs.
    pub clock: Option<i32>,
    /// Last night's record of this ladder.
    pub record: Option<LadderRecord<'a>>,
    /// Last night's record of the item that drives the clock.
    pub driving: Option<LadderRecord<'a>>,
    /// Latest receipt on the items.
    pub last_payment_on: Option<Date>,
    /// Days on which the clock of the ladder stood still.
    pub paused_days: i32,
    /// Where the debtor is, and where its letters are printed.
    pub place: Place,
    /// Items whose own clock stood still on some days, with how many, by position among the open items.
    pub paused_items: Vec<(usize, i32)>,
}

/// The ladders of a debtor under its policy.
pub fn units<'a>(subject: &Subject<'a>, facts: &FactTable, policy: &Policy, pauses: &Pauses<'_>, at: usize) -> Vec<Unit<'a>> {
    let claims = Claims::of(subject, pauses.debtor);
    match policy.grain {
        Grain::Customer => vec![of_customer(subject, facts, policy, (pauses, &claims), at)],
        Grain::Invoice => pauses.debtor.items.clone().map(|item| of_item(subject, facts, policy, (pauses, &claims), at, item)).collect(),
    }
}

fn of_customer<'a>(
    subject: &Subject<'a>,
    facts: &FactTable,
    policy: &Policy,
    (pauses, claims): (&Pauses<'_>, &Claims),
    at: usize,
) -> Unit<'a> {
    let (debtor, stops) = (pauses.debtor, pauses.stops);
    let mut chaseable: Vec<usize> = debtor.items.clone().filter(|item| is_chaseable(subject, (stops, claims), *item)).collect();
    // A barred claim pushes nobody up the ladder, unless there is nothing else.
    let is_barred = !chaseable.is_empty() && chaseable.iter().all(|item| stops.is_barred(*item));
    chaseable.retain(|item| is_barred || !stops.is_barred(*item));
    chaseable.sort_by_key(|item| age_key(subject, policy, *item));
    let driving = chaseable
        .first()
        .and_then(|item| subject.memory.ladder_of_item(&subject.ledger.items[subject.open_items[*item] as usize]))
        .copied();
    let paused_items: Vec<(usize, i32)> =
        debtor.items.clone().map(|item| (item, paused_days(subject, pauses, item))).filter(|(_, days)| *days > 0).collect();
    let record = subject.memory.own_ladder(debtor.customer).copied();
    Unit {
        debtor: at,
        item: None,
        clock: clock(subject, facts, policy, at, None, &chaseable)
            .map(|days| days - oldest_pause(facts, policy, &chaseable, &paused_items)),
        chaseable,
        is_barred,
        driving,
        last_payment_on: subject.items(debtor).filter_map(|item| item.last_payment_on).max(),
        paused_days: record.map_or(0, |record| record.paused_days.saturating_add(pauses.of_customer(record.evaluated_on))),
        place: Place::default(),
        record,
        paused_items,
    }
}

/// Days the clock of an item has stood still: those up to last night, and those since.
fn paused_days(subject: &Subject<'_>, pauses: &Pauses<'_>, item: usize) -> i32 {
    let Some(record) = subject.memory.item(&subject.ledger.items[subject.open_items[item] as usize]) else { return 0 };
    record.paused_days.saturating_add(pauses.of_item(item, record.evaluated_on))
}

/// Days the customer's age clock lacks because its oldest item's own clock stood still.
fn oldest_pause(facts: &FactTable, policy: &Policy, chaseable: &[usize], paused_items: &[(usize, i32)]) -> i32 {
    let oldest = chaseable.first().filter(|_| policy.clock.is_some_and(|field| facts.is_age_clock(field)));
    oldest.and_then(|oldest| paused_items.iter().find(|(item, _)| item == oldest)).map_or(0, |(_, days)| *days)
}

fn of_item<'a>(
    subject: &Subject<'a>,
    facts: &FactTable,
    policy: &Policy,
    (pauses, claims): (&Pauses<'_>, &Claims),
    at: usize,
    item: usize,
) -> Unit<'a> {
    let chaseable: Vec<usize> = [item].into_iter().filter(|item| is_chaseable(subject, (pauses.stops, claims), *item)).collect();
    let ledger_item = &subject.ledger.items[subject.open_items[item] as usize];
    let record = subject.memory.ladder_of_item(ledger_item).copied();
    let evaluated_on = subject.memory.item(ledger_item).and_then(|record| record.evaluated_on);
    // A block on the item and one on the customer stop the clock once; the item's own is the finer of the two.
    let paused_days = paused_days(subject, pauses, item)
        .max(subject.memory.item(ledger_item).map_or(0, |record| record.paused_days.saturating_add(pauses.of_customer(evaluated_on))));
    Unit {
        debtor: at,
        item: Some(item),
        clock: clock(subject, facts, policy, at, Some(item), &chaseable),
        chaseable,
        is_barred: pauses.stops.is_barred(item),
        driving: record,
        record,
        last_payment_on: ledger_item.last_payment_on,
        place: Place::default(),
        paused_days,
        paused_items: if paused_days > 0 { vec![(item, paused_days)] } else { Vec::new() },
    }
}

/// Currencies in which something can be asked of a debtor: its collectible items exceed the money it has on account.
struct Claims(Vec<Currency>);

impl Claims {
    fn of(subject: &Subject<'_>, debtor: &Debtor) -> Claims {
        let mut sums = Vec::new();
        subject.items(debtor).for_each(|item| add(&mut sums, subject.currency(item), item.collectible().wide()));
        let exceeds = |(currency, sum): &(Currency, i128)| *sum > subject.on_account(debtor.customer, *currency).wide();
        Claims(sums.into_iter().filter(exceeds).map(|(currency, _)| currency).collect())
    }
}

/// Whether an item can be asked for: something is collectible, money on account does not cover the currency's whole debt,
/// and nothing stops contact about it.
fn is_chaseable(subject: &Subject<'_>, (stops, claims): (&Stops, &Claims), item: usize) -> bool {
    let ledger_item = &subject.ledger.items[subject.open_items[item] as usize];
    ledger_item.collectible().is_positive() && !stops.stops_item(item) && claims.0.contains(&subject.currency(ledger_item))
}

/// The day an open item is due for a ladder: its own, or the one agreed since.
pub fn agreed_due(subject: &Subject<'_>, policy: &Policy, item: usize) -> Date {
    agreed_due_date(subject, &subject.ledger.items[subject.open_items[item] as usize], &policy.extensions)
}

/// Oldest first: agreed due date, issue date, then the order of the ledger.
fn age_key(subject: &Subject<'_>, policy: &Policy, item: usize) -> (Date, Date, u32) {
    let at = subject.open_items[item];
    let ledger_item = &subject.ledger.items[at as usize];
    (agreed_due(subject, policy, item), subject.documents.invoices[ledger_item.invoice as usize].issue_date, at)
}

/// What the clock shows. The customer's age clock is that of its oldest chaseable item, so that a disputed invoice does not
/// push the others up the ladder; every other clock is read as the rules define it.
fn clock(
    subject: &Subject<'_>,
    facts: &FactTable,
    policy: &Policy,
    debtor: usize,
    item: Option<usize>,
    chaseable: &[usize],
) -> Option<i32> {
    let field = policy.clock?;
    if item.is_none() && facts.is_age_clock(field) {
        let oldest = chaseable.first()?;
        return Some(subject.as_of.days_since(agreed_due(subject, policy, *oldest)));
    }
    if let (Some(item), true) = (item, facts.is_item_clock(field)) {
        return (!chaseable.is_empty()).then(|| subject.as_of.days_since(agreed_due(subject, policy, item)));
    }
    let row = item.map_or(facts.debtor(debtor), |item| facts.item(debtor, item));
    days(&row, field).filter(|_| !chaseable.is_empty())
}

fn days(facts: &impl Facts, field: FieldId) -> Option<i32> {
    let cell = facts.cell(field);
    if cell == MISSING { None } else { i32::try_from(cell).ok() }
}
