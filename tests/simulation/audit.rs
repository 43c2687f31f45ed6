//! What must hold of the outputs of every night, judged from the inputs and the output tables alone.

mod caps;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Action, Contact, Item, Night, date};
use crate::ladder::{Climb, Facts, Last, Standing};
use crate::spec::{CatchUp, Change, Payment, Policy, Resume, Rules, Terminal};
use crate::world::{Open, Span, World};

/// A customer, and its open item where ladders run per invoice.
type Unit = (usize, Option<(usize, i64)>);
type Key = (usize, i64);

/// What the outputs of earlier nights have shown of a unit.
#[derive(Debug, Clone)]
struct Memo {
    policy: usize,
    standing: Standing,
    /// Climbs counted as one: another begins where the rules say that a ladder starts again.
    epoch: u32,
}

/// An action that did not go out, and why.
#[derive(Debug, Clone)]
struct Waiting {
    policy: usize,
    step: usize,
    status: String,
    /// The item that drove it.
    driving: Key,
    /// The step an entry lifted to.
    floor: usize,
}

/// What was foretold of a unit to which nothing happens.
#[derive(Debug, Clone)]
struct Plan {
    verb: String,
    on: Option<i32>,
    asks_consent: bool,
}

/// Steps done of items, by instalment and step: the night, and the epoch of the ladder.
pub type Done = BTreeMap<(Key, usize, usize), Vec<i32>>;

pub struct Audit<'w> {
    world: &'w World,
    rules: &'w Rules,
    /// Holds of each customer as a whole.
    holds: Vec<Vec<Span>>,
    /// Customers to whom nothing happens.
    calm: Vec<bool>,
    units: BTreeMap<Unit, Memo>,
    /// Steps that items were served with under customers' ladders: policy and step.
    served: BTreeMap<Key, (usize, usize)>,
    /// Days on which the clock of an open item stood still.
    paused: BTreeMap<Key, i32>,
    waiting: BTreeMap<Unit, Vec<Waiting>>,
    plans: BTreeMap<usize, Plan>,
    /// The last night on which a step of a customer counted as agreed to.
    agreed: BTreeMap<usize, i32>,
    /// Requests for consent: unit, policy, step, with night and id.
    requests: BTreeMap<(Unit, usize, usize), Vec<(i32, String)>>,
    once: BTreeMap<(Key, u32, usize, usize), i32>,
    /// How often an item was settled on some night, and open again on a later one.
    spells: BTreeMap<Key, u32>,
    last: Option<i32>,
    /// Items of the last night.
    before: BTreeSet<Key>,
    /// Every step that went out, by the item that drove it.
    pub done: Done,
    /// Why a ladder started again, by item: what is done before it is another crossing.
    pub restarted: BTreeSet<usize>,
    pub seen: BTreeMap<String, u64>,
}

impl<'w> Audit<'w> {
    pub fn new(world: &'w World, rules: &'w Rules) -> Audit<'w> {
        let mut holds = vec![Vec::new(); world.customers.len()];
        world.holds.iter().for_each(|(customer, span)| holds[*customer].push(*span));
        let mut calm: Vec<bool> = (0..world.customers.len()).map(|at| holds[at].is_empty() && world.is_calm(at)).collect();
        world.contacts.iter().for_each(|(customer, ..)| calm[*customer] = false);
        Audit {
            world,
            rules,
            holds,
            calm,
            units: BTreeMap::new(),
            served: BTreeMap::new(),
            paused: BTreeMap::new(),
            waiting: BTreeMap::new(),
            plans: BTreeMap::new(),
            agreed: BTreeMap::new(),
            requests: BTreeMap::new(),
            once: BTreeMap::new(),
            spells: BTreeMap::new(),
            last: None,
            before: BTreeSet::new(),
            done: Done::new(),
            restarted: BTreeSet::new(),
            seen: BTreeMap::new(),
        }
    }

    fn count(&mut self, what: &str) {
        *self.seen.entry(what.to_owned()).or_default() += 1;
    }

    /// Judges a night. `log` is what the night could know of contacts.
    pub fn see(&mut self, night: &Night, log: &[Contact]) {
        let day = night.day;
        let known: Vec<&Contact> = log.iter().filter(|contact| contact.day <= day).collect();
        self.caps(night, &known);
        let ids: BTreeSet<&str> = night.actions.iter().map(|action| action.id.as_str()).collect();
        assert_eq!(ids.len(), night.actions.len(), "night {day}: two actions have the same id");
        let mut agreed: BTreeMap<&str, i32> = BTreeMap::new();
        for contact in known.iter().filter(|contact| !contact.action.is_empty()) {
            agreed.entry(&contact.action).or_insert(contact.day);
        }
        let mut items: BTreeMap<usize, Vec<&Item>> = BTreeMap::new();
        night.items.iter().for_each(|item| items.entry(self.world.invoices[item.invoice].customer).or_default().push(item));
        let mut actions: BTreeMap<usize, Vec<&Action>> = BTreeMap::new();
        night.actions.iter().for_each(|action| actions.entry(action.customer).or_default().push(action));
        let mut open_now = BTreeSet::new();
        for at in 0..self.world.customers.len() {
            let own = items.remove(&at).unwrap_or_default();
            let asked = actions.remove(&at).unwrap_or_default();
            let open = self.ledger(at, day, &own);
            self.pauses(day, &open);
            open_now.extend(open.iter().map(|(invoice, item)| (*invoice, item.sequence)));
            self.customer(at, day, &open, &own, &asked, &agreed);
        }
        let gone: Vec<Key> = self.before.difference(&open_now).copied().collect();
        for key in gone {
            self.restarted.insert(key.0);
            *self.spells.entry(key).or_default() += 1;
            self.served.remove(&key);
            self.paused.remove(&key);
        }
        self.before = open_now;
        self.last = Some(day);
    }

    /// The open items are those of the documents, and each has a next action with a day, or a reason.
    fn ledger(&mut self, customer: usize, day: i32, own: &[&Item]) -> Vec<(usize, Open)> {
        let invoices = &self.world.customers[customer].invoices;
        let open: Vec<(usize, Open)> =
            invoices.iter().flat_map(|invoice| self.world.invoices[*invoice].open(day).into_iter().map(|open| (*invoice, open))).collect();
        let expected: BTreeSet<(usize, i64, i64, i64)> =
            open.iter().map(|(invoice, open)| (*invoice, open.sequence, open.open, open.collectible)).collect();
        let found: BTreeSet<(usize, i64, i64, i64)> =
            own.iter().map(|item| (item.invoice, item.sequence, item.open, item.collectible)).collect();
        assert_eq!(found, expected, "night {day}: open items of {}", self.world.customers[customer].id);
        for item in own {
            let place =
                format!("night {day}: {} {}: {} {:?}", self.world.invoices[item.invoice].id, item.sequence, item.next_action, item.next_on);
            match item.next_action.strip_prefix("none: ") {
                Some(reason) => assert!(!reason.is_empty() && item.next_on.is_none(), "{place}"),
                None => assert!(!item.next_action.is_empty() && item.next_on.is_some_and(|on| on > day), "{place}"),
            }
        }
        open
    }

    /// Days on which a dispute stood do not count, whether a night was run on them or not.
    fn pauses(&mut self, day: i32, open: &[(usize, Open)]) {
        let Some(last) = self.last.filter(|_| self.rules.disputes_pause) else { return };
        for (invoice, item) in open {
            let key = (*invoice, item.sequence);
            if self.before.contains(&key) {
                let disputes = &self.world.invoices[*invoice].disputes;
                let stood = (last + 1..=day).filter(|day| disputes.iter().any(|dispute| dispute.is_open(*day))).count();
                *self.paused.entry(key).or_default() += i32::try_from(stood).expect("days");
            }
        }
    }

    /// Whether nobody is to hear of an item.
    pub fn is_blocked(&self, invoice: usize, day: i32) -> bool {
        let invoice = &self.world.invoices[invoice];
        invoice.disputes.iter().any(|dispute| dispute.is_open(day))
            || invoice.promises.iter().any(|promise| promise.from <= day && day <= promise.to)
            || invoice.holds.iter().any(|hold| hold.holds(day))
    }

    pub fn is_held(&self, customer: usize, day: i32) -> bool {
        self.holds[customer].iter().any(|span| span.holds(day))
    }

    fn customer(&mut self, at: usize, day: i32, open: &[(usize, Open)], own: &[&Item], asked: &[&Action], agreed: &BTreeMap<&str, i32>) {
        self.amounts(at, day, open, asked);
        if open.is_empty() {
            assert!(asked.is_empty(), "night {day}: an action about nothing open: {asked:?}");
            let gone: Vec<Unit> = self.units.keys().filter(|(customer, _)| *customer == at).copied().collect();
            gone.iter().for_each(|unit| self.forget(unit));
            self.plans.remove(&at);
            return;
        }
        let policy = self.policy(at, day, own);
        let rules = &self.rules.policies[policy];
        let units: Vec<(Unit, Vec<(usize, Open)>)> = if rules.per_invoice {
            open.iter().map(|(invoice, item)| ((at, Some((*invoice, item.sequence))), vec![(*invoice, *item)])).collect()
        } else {
            vec![((at, None), open.to_vec())]
        };
        // Ladders of the other grain, and of items that are settled, are over.
        let over: Vec<Unit> = self.units.keys().filter(|unit| unit.0 == at && units.iter().all(|(own, _)| own != *unit)).copied().collect();
        over.iter().for_each(|unit| self.forget(unit));
        for (unit, items) in units {
            let is_its = |action: &&&Action| unit.1.is_none_or(|key| (action.invoice, action.sequence) == (Some(key.0), key.1));
            let own_actions: Vec<&Action> = asked.iter().filter(is_its).copied().collect();
            self.unit(unit, policy, day, &items, open, &own_actions, agreed);
        }
        self.foretold(at, day, own, asked);
    }

    fn forget(&mut self, unit: &Unit) {
        self.units.remove(unit);
        self.waiting.remove(unit);
    }

    /// The policy of the customer's tier, unless the one before is to be finished.
    fn policy(&mut self, at: usize, day: i32, own: &[&Item]) -> usize {
        let now = usize::from(self.world.customers[at].tier(day) != 'a');
        let names: BTreeSet<&str> = own.iter().map(|item| item.policy.as_str()).collect();
        assert_eq!(names.len(), 1, "night {day}: {}: one policy for one customer", self.world.customers[at].id);
        let told = self.rules.policies.iter().position(|policy| names.contains(policy.id)).expect("a policy of the rules");
        let memos: Vec<&Memo> = self.units.iter().filter(|((customer, _), _)| *customer == at).map(|(_, memo)| memo).collect();
        let old = memos.first().map(|memo| memo.policy);
        let finishes = |policy: usize| self.rules.policies[policy].change == Change::FinishOld;
        let is_open = |key: &Key| own.iter().any(|item| (item.invoice, item.sequence) == *key);
        let mut begun = self.units.iter().filter(|((customer, key), _)| *customer == at && key.as_ref().is_none_or(is_open));
        let has_begun = begun.any(|(_, memo)| memo.standing.served.is_some());
        let expected = old.filter(|old| finishes(*old) && has_begun).unwrap_or(now);
        assert_eq!(told, expected, "night {day}: policy of {}", self.world.customers[at].id);
        if old.is_some_and(|old| old != now) {
            self.restarted.extend(self.world.customers[at].invoices.iter());
            self.count(if told == now { "policy changed" } else { "old policy finished" });
        }
        told
    }

    /// Never an action with nothing due, nor one on an item that is paid, contested, promised or held.
    fn amounts(&mut self, at: usize, day: i32, open: &[(usize, Open)], asked: &[&Action]) {
        for action in asked {
            let place = format!("night {day}: {action:?}");
            assert!(action.cents > 0, "nothing is due: {place}");
            assert!(!action.about.is_empty(), "{place}");
            for invoice in &action.about {
                let is_open = open.iter().any(|(other, item)| other == invoice && item.collectible > 0);
                assert!(is_open && !self.is_blocked(*invoice, day), "paid, contested, promised or held: {place}");
            }
            let most: i64 = open.iter().filter(|(invoice, _)| action.about.contains(invoice)).map(|(_, item)| item.collectible).sum();
            assert!(action.cents <= most, "{place}");
            if action.status != "held" && action.verb != "task" {
                assert!(!self.is_held(at, day), "the customer is held: {place}");
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one ladder with all that is known of it")]
    fn unit(
        &mut self,
        unit: Unit,
        policy: usize,
        day: i32,
        items: &[(usize, Open)],
        all: &[(usize, Open)],
        asked: &[&Action],
        agreed: &BTreeMap<&str, i32>,
    ) {
        let rules = &self.rules.policies[policy];
        let customer = &self.world.customers[unit.0];
        let mut chased: Vec<&(usize, Open)> =
            items.iter().filter(|(invoice, item)| item.collectible > 0 && !self.is_blocked(*invoice, day)).collect();
        chased.sort_by_key(|(invoice, item)| (item.due, self.world.invoices[*invoice].issue, *invoice, item.sequence));
        let driving = chased.first().map(|(invoice, item)| (*invoice, item.sequence));
        let facts = Facts {
            day,
            policy: rules,
            items: chased.iter().map(|(_, item)| (day - item.due, item.collectible)).collect(),
            paused: driving.and_then(|key| self.paused.get(&key).copied()).unwrap_or(0),
            last_payment: items.iter().filter_map(|(_, item)| item.last_payment).max(),
            has_email: customer.has_email,
            exposure: all.iter().map(|(_, item)| item.open).sum(),
            collectible: all.iter().map(|(_, item)| item.collectible).sum(),
            broken_promises: self.broken(unit.0, day),
            in_the_post: self.rules.post.map_or(0, |post| post.takes),
        };
        let (standing, last, epoch) = self.standing(unit, policy, driving);
        let requests = |step: usize, from: i32, done: Option<i32>| {
            let asked = self.requests.get(&(unit, policy, step)).into_iter().flatten();
            let answered =
                asked.filter(|(night, _)| *night >= from).filter_map(|(night, id)| agreed.get(id.as_str()).map(|on| (*night, *on)));
            // The log is in the order in which things were done.
            answered.filter(|(night, on)| on >= night && done.is_none_or(|done| *on > done)).map(|(_, on)| on).min()
        };
        let climb = facts.climb(standing, last, requests);
        let place = || {
            format!(
                "{}, night {day}, {:?} under {}, driven by {driving:?}: {standing:?} {climb:?} {chased:?}",
                self.rules.name,
                self.name(unit),
                rules.id
            )
        };
        let told: Vec<(usize, bool, i32)> = asked
            .iter()
            .map(|action| (action.step, action.verb == "task" && rules.steps[action.step].verb != "task", action.days_late))
            .collect();
        // None goes out before the one that stands before it.
        let stopped = asked.iter().position(|action| action.status != "due" && action.status != "displaced");
        let until = stopped.map_or(climb.wanted.len(), |stopped| climb.wanted.len().min(stopped + 1));
        let wanted: Vec<(usize, bool, i32)> =
            climb.wanted[..until].iter().map(|wanted| (wanted.step, wanted.is_task, wanted.days_late)).collect();
        assert_eq!(told, wanted, "what is asked for, and what should be: {}", place());
        let own = asked.to_vec();
        self.resolve(unit, policy, &climb, &own, driving, day);
        self.settle(
            unit,
            policy,
            day,
            (&climb, standing),
            &own,
            &chased.iter().map(|(invoice, item)| (*invoice, *item)).collect::<Vec<_>>(),
            items,
            epoch,
        );
    }

    fn name(&self, unit: Unit) -> (String, Option<(String, i64)>) {
        (self.world.customers[unit.0].id.clone(), unit.1.map(|(invoice, sequence)| (self.world.invoices[invoice].id.clone(), sequence)))
    }

    /// Promises of twelve months whose day and grace have passed without the money.
    fn broken(&self, customer: usize, day: i32) -> i64 {
        if self.rules.policies.iter().all(|policy| policy.entry.is_none()) {
            return 0;
        }
        let after = date(day).plus_months(-12);
        let invoices = self.world.customers[customer].invoices.iter().map(|at| &self.world.invoices[*at]);
        let broken = invoices.filter(|invoice| invoice.issue <= day).flat_map(|invoice| {
            invoice.promises.iter().filter(move |promise| {
                let paid = invoice.money.iter().filter(|money| {
                    let counts = !money.is_credit && money.cents > 0 && money.rejected_on.is_none_or(|back| back > day);
                    counts && promise.from <= money.on && money.on <= promise.to + 3
                });
                let paid: i64 = paid.map(|money| money.cents).sum();
                promise.to + 3 < day && date(promise.to) > after && paid < promise.cents
            })
        });
        i64::try_from(broken.count()).expect("few")
    }

    /// Where the unit stood, in terms of tonight's policy; the day of its last step, and the number of the climb.
    fn standing(&mut self, unit: Unit, policy: usize, driving: Option<Key>) -> (Option<Standing>, Option<Last>, u32) {
        let Some(memo) = self.units.get(&unit).cloned() else { return (None, None, 0) };
        let (last, epoch) = (memo.standing.last, memo.epoch);
        if memo.standing.entered.is_none() {
            return (None, last, epoch + 1);
        }
        let served = match (unit.1, driving) {
            (None, Some(driving)) => self.served.get(&driving).filter(|(of, _)| *of == memo.policy).map(|(_, step)| *step),
            _ => memo.standing.served,
        };
        if memo.policy == policy {
            return (Some(Standing { served, ..memo.standing }), last, epoch);
        }
        if self.rules.policies[policy].change != Change::Map {
            return (None, last, epoch + 1);
        }
        (Some(Standing { served: served.filter(|step| self.is_mapped(*step)), ..memo.standing }), last, epoch + 1)
    }

    fn is_mapped(&self, step: usize) -> bool {
        self.rules.policies.iter().all(|policy| step < policy.steps.len())
    }

    /// What did not go out the night before appears again, goes out, or ended for a reason.
    fn resolve(&mut self, unit: Unit, policy: usize, climb: &Climb, own: &[&Action], driving: Option<Key>, day: i32) {
        let rules = &self.rules.policies[policy];
        for waiting in self.waiting.remove(&unit).unwrap_or_default() {
            let again = own.iter().find(|action| waiting.policy == policy && action.step == waiting.step);
            let passed = climb.passed.iter().find(|(step, _)| *step == waiting.step).map(|(_, why)| *why);
            let reason = match again {
                Some(action) if action.status == "due" => "went out",
                Some(_) => "appears again",
                None if waiting.policy != policy => "another policy",
                None if driving.is_none() => "nothing to ask for any more",
                None if driving != Some(waiting.driving) => "another item is the oldest",
                None if passed.is_some() => passed.unwrap_or_default(),
                None if rules.steps[waiting.step].at < 0 => "the due date has come",
                None if waiting.step < climb.start && rules.resume == Resume::Closest => "a later step is the closest now",
                None if waiting.step < climb.start && rules.entry.is_some() => "an entry lifts over it",
                // The clock of late comers counts from the foot again once an entry is over.
                None if rules.resume == Resume::Rebase && climb.floor < waiting.floor => "what lifted it is over",
                None if climb.wanted.first().is_some_and(|wanted| wanted.step < waiting.step) => "a lower step goes first",
                None if !climb.wanted.is_empty() && rules.catch_up == CatchUp::JumpToLatest => "a later step takes its place",
                None if rules.payment == Payment::Restart && climb.standing.served >= Some(waiting.step) => "the payment was taken back",
                // It had started again with a payment, was held, and stands on its step again with the clock of who was just freed.
                None if rules.payment == Payment::Restart
                    && rules.resume == Resume::Rebase
                    && climb.standing.served.is_some()
                    && climb.standing.last.is_some_and(|last| climb.standing.entered > Some(last.on)) =>
                {
                    "the payment was taken back, and its distances start over"
                }
                None => climb.why,
            };
            let is_lost = ["no further step is due", "one step a night"].contains(&reason);
            assert!(!is_lost, "{}: night {day}: {:?}: {waiting:?} is lost: {climb:?}", self.rules.name, self.name(unit));
            self.count(&format!("{}, then {reason}", waiting.status));
        }
    }

    /// Remembers what was done, as the outputs tell it.
    #[expect(clippy::too_many_arguments, reason = "one ladder with all that came of it")]
    fn settle(
        &mut self,
        unit: Unit,
        policy: usize,
        day: i32,
        (climb, before): (&Climb, Option<Standing>),
        own: &[&Action],
        chased: &[(usize, Open)],
        items: &[(usize, Open)],
        mut epoch: u32,
    ) {
        let rules = &self.rules.policies[policy];
        let mut standing = climb.standing;
        let restarts = rules.payment == Payment::Restart && before.is_some_and(|before| self.paid_since(items, before.last));
        if restarts && before.is_some_and(|before| before.served.is_some()) {
            epoch += 1;
            self.restarted.extend(items.iter().map(|(invoice, _)| *invoice));
        }
        let done: Vec<&&Action> = own.iter().take_while(|action| action.status == "due").collect();
        let is_stopped = done.len() < own.len();
        if is_stopped {
            // The steps before the first that is stopped are done, agreed to or left out.
            standing = Standing { entered: standing.entered, ..climb.wanted[done.len()].before };
            let is_held = own[done.len()].status == "held" && !self.is_dropped(&own[done.len()].reason);
            if is_held {
                standing = stopped(rules, standing, day);
            }
        }
        if chased.is_empty() {
            standing = stopped(rules, standing, day);
        }
        let stood = if climb.passed.is_empty() { standing.served } else { before.filter(|_| !restarts).and_then(|before| before.served) };
        self.remember_items(unit, policy, day, (&standing, stood), (own, &done), chased, items);
        for action in own {
            self.count(&format!("{} {}", rules.id, action.status));
            let Action { policy: _, step, status, id, .. } = action;
            match status.as_str() {
                "due" => self.done_once(unit, policy, *step, day, chased[0], epoch),
                "needs_approval" => self.requests.entry((unit, policy, *step)).or_default().push((day, id.clone())),
                _ => {}
            }
            if status != "due" {
                self.waiting.entry(unit).or_default().push(Waiting {
                    policy,
                    step: *step,
                    status: status.clone(),
                    driving: (chased[0].0, chased[0].1.sequence),
                    floor: climb.floor,
                });
            }
        }
        if climb.passed.iter().any(|(_, why)| *why == "agreed to") {
            self.agreed.insert(unit.0, day);
        }
        for (_, why) in &climb.passed {
            self.count(&format!("passed: {why}"));
        }
        if climb.standing.entered.is_some() || standing.last.is_some() {
            self.units.insert(unit, Memo { policy, standing, epoch });
        } else {
            self.units.remove(&unit);
        }
    }

    fn is_dropped(&self, reason: &str) -> bool {
        reason == "quiet_days" || self.rules.caps.iter().any(|cap| cap.id == reason)
    }

    fn paid_since(&self, items: &[(usize, Open)], last: Option<Last>) -> bool {
        items.iter().filter_map(|(_, item)| item.last_payment).max().zip(last).is_some_and(|(paid, last)| paid > last.on)
    }

    /// Under a customer's ladder each item remembers how far it was served.
    #[expect(clippy::too_many_arguments, reason = "one ladder with all that came of it")]
    fn remember_items(
        &mut self,
        unit: Unit,
        policy: usize,
        day: i32,
        (standing, stood): (&Standing, Option<usize>),
        (own, done): (&[&Action], &[&&Action]),
        chased: &[(usize, Open)],
        items: &[(usize, Open)],
    ) {
        if unit.1.is_some() {
            return;
        }
        let steps = &self.rules.policies[policy].steps;
        for (invoice, item) in items {
            let key = (*invoice, item.sequence);
            let age = day - item.due;
            let old_enough = |last: usize| (0..=last).rev().find(|step| steps[*step].at <= age);
            let is_about = |step: usize| chased.iter().any(|(other, open)| (*other, open.sequence) == key && age >= steps[step].at.min(1));
            let tonight = done.iter().filter(|action| is_about(action.step)).filter_map(|action| old_enough(action.step)).max();
            let earlier = self.served.get(&key).copied();
            let earlier = earlier.and_then(|(of, step)| match self.rules.policies[policy].change {
                _ if of == policy => Some(step),
                Change::Map => Some(step).filter(|step| self.is_mapped(*step)),
                _ => None,
            });
            // A step that is left out tonight is left out for those old enough for it, and none before it for anybody.
            let goes_beyond = done.len() < own.len() && standing.served > done.iter().map(|action| action.step).max();
            let passed = standing.served.filter(|_| (own.is_empty() || goes_beyond) && standing.entered.is_some()).and_then(old_enough);
            let passed = passed.filter(|step| stood.is_none_or(|stood| *step > stood));
            match tonight.max(earlier).max(passed) {
                Some(step) => self.served.insert(key, (policy, step)),
                None => self.served.remove(&key),
            };
        }
    }

    /// A step goes out once on one crossing; a last step that is repeated keeps its distance.
    fn done_once(&mut self, unit: Unit, policy: usize, step: usize, day: i32, driving: (usize, Open), epoch: u32) {
        let key = (driving.0, driving.1.sequence);
        let rules = &self.rules.policies[policy];
        let epoch = 1_000 * self.spells.get(&key).copied().unwrap_or(0) + epoch;
        if let Some(earlier) = self.once.insert((key, epoch, policy, step), day) {
            let repeats = match rules.terminal {
                Terminal::RepeatLast(days) => step + 1 == rules.steps.len() && day - earlier >= days,
                Terminal::Stop => false,
            };
            assert!(repeats, "{}: step {step} on night {earlier} and again on night {day}: {:?}", self.rules.name, self.name(unit));
            self.count("the last step again");
        }
        self.done.entry((key, policy, step)).or_default().push(day);
    }

    /// Where nothing happens to a customer, what was foretold comes on its day, and nothing before.
    fn foretold(&mut self, at: usize, day: i32, own: &[&Item], asked: &[&Action]) {
        let customer = &self.world.customers[at];
        if std::env::var("RELANCE_SIMULATION_TRACE").is_ok_and(|traced| traced == customer.id) {
            let open: Vec<_> = customer.invoices.iter().map(|at| (*at, self.world.invoices[*at].open(day))).collect();
            println!("night {day}: {open:?} {own:?} {asked:?}");
        }
        if !self.calm[at] {
            return;
        }
        if let Some(plan) = self.plans.remove(&at) {
            let place = format!("{}: night {day}: {}: {plan:?}, {asked:?}", self.rules.name, customer.id);
            match plan.on {
                Some(on) if day >= on => {
                    // A ladder that jumps leaves out what waited, or was foretold for a night that was missed.
                    let jumps =
                        self.rules.policies.iter().any(|policy| policy.id == own[0].policy && policy.catch_up == CatchUp::JumpToLatest);
                    let is_met = asked.iter().any(|action| action.verb == plan.verb || jumps);
                    // A step that was asked for may have been agreed to since.
                    let is_agreed = plan.asks_consent || self.agreed.get(&at) == Some(&day);
                    // A reminder of before the due date, foretold for a night that was missed, lapses on it; where the clock counts from the
                    // day of entry, as many days later as the step stands before it.
                    let policy = self.rules.policies.iter().find(|policy| policy.id == own[0].policy);
                    let rebased = policy.filter(|policy| policy.resume == Resume::Rebase);
                    let early = rebased.and_then(|policy| policy.steps.iter().map(|step| step.at).min()).map_or(0, |at| at.min(0));
                    let missed = on + 1 + early..=day;
                    let items = || own.iter().flat_map(|item| self.world.invoices[item.invoice].open(day));
                    let lapses = on < day && items().any(|item| missed.contains(&item.due));
                    assert!(is_met || is_agreed || lapses, "not what was foretold: {place}");
                    self.count("foretold and met");
                }
                _ if plan.on.is_none() && plan.asks_consent => {}
                _ => assert!(asked.iter().all(|action| action.status != "due") || plan.asks_consent, "before its day: {place}"),
            }
        }
        let asks_consent = asked.iter().any(|action| action.status == "needs_approval");
        let item = own[0];
        self.plans.insert(at, Plan { verb: item.next_action.clone(), on: item.next_on, asks_consent });
    }
}

/// Who comes late comes late once more after a stop: on the first night that is free of it.
fn stopped(policy: &Policy, standing: Standing, day: i32) -> Standing {
    let comes_late = policy.resume == Resume::Closest || (policy.resume == Resume::Rebase && standing.served.is_none());
    Standing { entered: standing.entered.map(|entered| if comes_late { day + 1 } else { entered }), ..standing }
}
