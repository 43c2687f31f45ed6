//! What became of the debtor groups of each arm of a trial, as sums that add up across shards.
//!
//! Groups are drawn, so groups are counted: whatever a measure is, each group gives one pair of numbers, and the squares of the pairs are
//! summed beside them, from which [`crate::portfolio`] works out how far chance alone may have moved the whole.

use std::collections::BTreeMap;

use crate::base::date::Date;
use crate::base::money::Currency;
use crate::night::documents::CustomerIx;
use crate::night::kpi::monthly::Additive;
use crate::night::kpi::{KpiInput, convert, merge_maps};
use crate::night::ledger::{ApplicationKind, Item};
use crate::night::trials::Enrolled;

/// What is measured of a trial, as a quotient over the groups of an arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Balance at the draw / groups: no arm may have been given the larger debts.
    Owed,
    /// Days that balance was late at the draw, weighted by it / balance.
    DaysLateBefore,
    /// Cash that met what was owed at the draw, from then on / what was owed.
    Recovery,
    /// Receipts since the draw x days from due to value date / receipts.
    DaysLate,
    /// Contacts since the draw / groups.
    Contacts,
    /// What these contacts cost, thousandths of the reporting currency / groups.
    ContactCost,
    /// Complaints since the draw / groups.
    Complaints,
    /// What customers say of us tonight, millionths / customers who do, in millionths.
    Satisfaction,
}

/// Sums over the groups of an arm from which a ratio of two totals, and its error, are worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moments {
    pub groups: i128,
    pub x: i128,
    pub y: i128,
    pub xx: i128,
    pub xy: i128,
    pub yy: i128,
    /// Whether a sum did not fit; none of them means anything then.
    pub too_large: bool,
}

impl Moments {
    /// Adds a group.
    pub fn add(&mut self, x: i128, y: i128) {
        let squares = x.checked_mul(x).zip(x.checked_mul(y)).zip(y.checked_mul(y));
        match squares {
            Some(((xx, xy), yy)) => self.merge(&Moments { groups: 1, x, y, xx, xy, yy, too_large: false }),
            None => self.too_large = true,
        }
    }
}

impl Additive for Moments {
    fn merge(&mut self, other: &Moments) {
        self.too_large |= other.too_large;
        let sums = [
            (&mut self.groups, other.groups),
            (&mut self.x, other.x),
            (&mut self.y, other.y),
            (&mut self.xx, other.xx),
            (&mut self.xy, other.xy),
            (&mut self.yy, other.yy),
        ];
        for (sum, part) in sums {
            match sum.checked_add(part) {
                Some(whole) => *sum = whole,
                None => self.too_large = true,
            }
        }
    }
}

/// One arm of a trial.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arm {
    pub groups: i64,
    pub customers: i64,
    /// Customers for whom tonight's rules draw the other arm.
    pub crossed: i64,
    /// By measure and currency; `None` is the reporting one, and of what has no currency.
    pub measures: BTreeMap<(Measure, Option<Currency>), Moments>,
}

impl Additive for Arm {
    fn merge(&mut self, other: &Arm) {
        self.groups += other.groups;
        self.customers += other.customers;
        self.crossed += other.crossed;
        merge_maps(&mut self.measures, &other.measures);
    }
}

/// What trials are measured by, beside the ledger.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrialInput<'a> {
    /// In order of trial and customer.
    pub enrolled: &'a [Enrolled],
    /// Days after the draw during which something counts, by trial; `None`: up to the night.
    pub within: &'a [Option<i32>],
    /// What a contact costs, by position of its channel, thousandths of the reporting currency; empty where the job does not say.
    pub contact_costs: &'a [i64],
    /// Complaints, by customer and day.
    pub complaints: &'a [(CustomerIx, Date)],
}

/// The arms by position of their trial and whether they are the challenger's.
pub type Trials = BTreeMap<(usize, bool), Arm>;

/// What became of those who were drawn.
pub fn trials(input: &KpiInput) -> Trials {
    let TrialInput { enrolled, .. } = *input.trials;
    let group = |enrolled: &Enrolled| input.customers[enrolled.customer as usize].group;
    let mut drawn: Vec<&Enrolled> = enrolled.iter().filter(|enrolled| input.counts(enrolled.customer)).collect();
    drawn.sort_by_key(|enrolled| (enrolled.trial, group(enrolled), enrolled.on, enrolled.customer));
    let mut found = Trials::new();
    if drawn.is_empty() {
        return found;
    }
    let touches = Touches::of(input);
    for unit in drawn.chunk_by(|a, b| (a.trial, group(a), a.on) == (b.trial, group(b), b.on)) {
        let arm = found.entry((unit[0].trial, unit[0].on)).or_default();
        arm.groups += 1;
        arm.customers += i64::try_from(unit.len()).unwrap_or(i64::MAX);
        arm.crossed += i64::try_from(unit.iter().filter(|enrolled| enrolled.crossed).count()).unwrap_or(i64::MAX);
        Unit::of(unit, &touches, input).add_to(arm, input);
    }
    found
}

/// What people say is in millionths, and so are they.
const MILLION: i128 = 1_000_000;

/// Contacts and complaints by customer.
#[derive(Default)]
struct Touches {
    /// Day, and position of the channel.
    contacts: BTreeMap<CustomerIx, Vec<(Date, Option<u8>)>>,
    complaints: BTreeMap<CustomerIx, Vec<Date>>,
}

impl Touches {
    fn of(input: &KpiInput) -> Touches {
        let mut touches = Touches::default();
        for attempt in input.attempts {
            touches.contacts.entry(attempt.customer).or_default().push((attempt.on, attempt.channel));
        }
        for (customer, on) in input.trials.complaints {
            touches.complaints.entry(*customer).or_default().push(*on);
        }
        touches
    }
}

/// What became of one debtor group.
#[derive(Default)]
struct Unit {
    by_currency: BTreeMap<Currency, Claims>,
    contacts: i128,
    cost: i128,
    complaints: i128,
    /// Customers who say anything of us, and all they say, millionths.
    satisfaction: (i128, i128),
}

/// Sums of one group in one currency, minor units, and those times days.
#[derive(Default, Clone, Copy)]
struct Claims {
    owed: i128,
    owed_days_late: i128,
    collected: i128,
    received: i128,
    received_days_late: i128,
}

impl Unit {
    fn of(drawn: &[&Enrolled], touches: &Touches, input: &KpiInput) -> Unit {
        let mut unit = Unit::default();
        for enrolled in drawn {
            let within = input.trials.within.get(enrolled.trial).copied().flatten();
            let last = within.map_or(input.as_of, |days| enrolled.since.plus_days(days).min(input.as_of));
            let counts = |on: Date| on > enrolled.since && on <= last;
            let items = &input.ledger.items;
            let start = items.partition_point(|item| item.customer < enrolled.customer);
            for (at, item) in items.iter().enumerate().skip(start).take_while(|(_, item)| item.customer == enrolled.customer) {
                let claims = unit.by_currency.entry(input.invoice_of(item).currency).or_default();
                claims.add(item, at, enrolled.since, counts, input);
            }
            for (_, channel) in touches.contacts.get(&enrolled.customer).into_iter().flatten().filter(|(on, _)| counts(*on)) {
                unit.contacts += 1;
                let cost = channel.and_then(|channel| input.trials.contact_costs.get(usize::from(channel)));
                unit.cost += cost.copied().map_or(0, i128::from);
            }
            if let Some(said) = input.satisfaction.get(enrolled.customer as usize).copied().flatten() {
                unit.satisfaction = (unit.satisfaction.0 + MILLION, unit.satisfaction.1 + i128::from(said));
            }
            let complaints = touches.complaints.get(&enrolled.customer).into_iter().flatten();
            unit.complaints += complaints.filter(|on| counts(**on)).map(|_| 1).sum::<i128>();
        }
        unit
    }

    fn add_to(&self, arm: &mut Arm, input: &KpiInput) {
        let mut all = Some(Claims::default());
        for (currency, claims) in &self.by_currency {
            claims.add_to(arm, Some(*currency));
            all = all.zip(claims.converted(*currency, input)).map(|(all, converted)| all.plus(converted));
        }
        let mut give = |measure, x, y| arm.measures.entry((measure, None)).or_default().add(x, y);
        give(Measure::Contacts, 1, self.contacts);
        give(Measure::Complaints, 1, self.complaints);
        if self.satisfaction.0 > 0 {
            give(Measure::Satisfaction, self.satisfaction.0, self.satisfaction.1);
        }
        if !input.trials.contact_costs.is_empty() {
            give(Measure::ContactCost, 1, self.cost);
        }
        let Some(all) = all else {
            for measure in [Measure::Owed, Measure::DaysLateBefore, Measure::Recovery, Measure::DaysLate] {
                arm.measures.entry((measure, None)).or_default().too_large = true;
            }
            return;
        };
        give(Measure::Owed, 1, all.owed);
        if all.owed != 0 {
            give(Measure::DaysLateBefore, all.owed, all.owed_days_late);
        }
        all.add_to(arm, None);
    }
}

impl Claims {
    fn add(&mut self, item: &Item, at: usize, since: Date, counts: impl Fn(Date) -> bool, input: &KpiInput) {
        let was_there = input.invoice_of(item).issue_date <= since;
        let mut owed = if was_there { item.amount.wide() } else { 0 };
        for application in input.ledger.history(u32::try_from(at).unwrap_or(u32::MAX)) {
            let amount = application.amount.wide();
            let signed = if application.kind.opens() { -amount } else { amount };
            let is_cash = matches!(application.kind, ApplicationKind::Cash | ApplicationKind::Refund);
            if application.date <= since {
                owed -= signed;
            } else if is_cash && was_there && counts(application.date) {
                self.collected += signed;
            }
            if application.kind == ApplicationKind::Cash {
                let value_date = input.money[application.source as usize].date;
                if counts(value_date) {
                    self.received += amount;
                    self.received_days_late += amount * i128::from(value_date.days_since(item.due_date));
                }
            }
        }
        self.owed += owed;
        self.owed_days_late += owed * i128::from(since.days_since(item.due_date).max(0));
    }

    fn add_to(&self, arm: &mut Arm, currency: Option<Currency>) {
        if (self.owed, self.collected) != (0, 0) {
            arm.measures.entry((Measure::Recovery, currency)).or_default().add(self.owed, self.collected);
        }
        if self.received != 0 {
            arm.measures.entry((Measure::DaysLate, currency)).or_default().add(self.received, self.received_days_late);
        }
    }

    /// In the reporting currency, each sum rounded once.
    fn converted(&self, currency: Currency, input: &KpiInput) -> Option<Claims> {
        let convert = |sum| convert(sum, currency, input.rates);
        Some(Claims {
            owed: convert(self.owed)?,
            owed_days_late: convert(self.owed_days_late)?,
            collected: convert(self.collected)?,
            received: convert(self.received)?,
            received_days_late: convert(self.received_days_late)?,
        })
    }

    fn plus(self, other: Claims) -> Claims {
        Claims {
            owed: self.owed + other.owed,
            owed_days_late: self.owed_days_late + other.owed_days_late,
            collected: self.collected + other.collected,
            received: self.received + other.received,
            received_days_late: self.received_days_late + other.received_days_late,
        }
    }
}
