//! How often a debtor may be contacted: rolling windows over what was really done and what tonight has already sent out.
//!
//! What has waited for longest goes first, so that nobody waits for ever and newcomers take no place that was told; of one day the most
//! urgent: the higher step threshold, then the larger amount, then the customer id. What is postponed, also by a quiet day, takes its place
//! on the day it is postponed to, so that two actions are never put off to the same place. What goes with a step (`also:`) has the places
//! that the steps leave.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::base::contract::contacts;
use crate::base::contract::values::CONTACT_CHANNELS;
use crate::base::date::Date;
use crate::night::escalation::action::{Draft, Status, contact_of};
use crate::night::escalation::place::Place;
use crate::night::escalation::{Outcome, Rulebook, quiet, settle, steps_of, wait_for_the_first};
use crate::night::facts::{Subject, is_conversation};
use crate::rules::program::{Cap, Overflow, Per, Verb};

/// Days that are looked at for a lawful one.
const LONGEST_SEARCH: i32 = 100 * 366;

/// A day before all others.
const LONG_AGO: Date = Date(i32::MIN / 2);

/// A contact that counts against the caps.
#[derive(Debug, Clone, Copy)]
struct Done {
    on: Date,
    verb: Verb,
}

/// Puts off or drops what goes beyond a cap.
pub fn apply(subject: &Subject<'_>, rulebook: &Rulebook<'_>, outcomes: &mut [Outcome]) {
    if rulebook.program.caps.is_empty() {
        return;
    }
    let waits = |draft: &Draft| contacts(draft) || is_put_off(draft) || draft.spare.is_some();
    let mut order: Vec<usize> = (0..outcomes.len()).filter(|at| outcomes[*at].drafts.iter().any(waits)).collect();
    if order.is_empty() {
        return;
    }
    order.sort_by_key(|at| (Reverse(urgency(subject, rulebook, &outcomes[*at])), outcomes[*at].debtor, outcomes[*at].item));
    let contacted: Vec<u32> = order.iter().map(|at| subject.debtors[outcomes[*at].debtor].customer).collect();
    let mut books = Books::open(subject, rulebook, &contacted);
    for at in &order {
        books.keep(&mut outcomes[*at]);
    }
    for at in order {
        books.join(&mut outcomes[at]);
    }
}

fn contacts(draft: &Draft) -> bool {
    draft.is_done() && draft.action.verb.channel().is_some()
}

/// Whether a contact waits for the end of quiet days.
fn is_put_off(draft: &Draft) -> bool {
    draft.status.lawful_on().is_some() && draft.companion.is_none() && draft.action.verb.channel().is_some()
}

/// For how many days it has waited, the threshold of the highest step, then what is asked for.
fn urgency(subject: &Subject<'_>, rulebook: &Rulebook<'_>, outcome: &Outcome) -> (i32, i32, i128) {
    let Some(policy) = outcome.policy else { return (0, i32::MIN, 0) };
    let waited = outcome.drafts.iter().map(|draft| draft.days_late).max().unwrap_or(0);
    let policy = &rulebook.program.policies[policy];
    let threshold = outcome.drafts.iter().map(|draft| policy.step(draft.step).at).max().unwrap_or(i32::MIN);
    let items = outcome.drafts.iter().flat_map(|draft| &draft.items);
    let asked = items.map(|item| subject.ledger.items[subject.open_items[*item] as usize].collectible().wide()).sum();
    (waited, threshold, asked)
}

/// The caps in force, each with what counts against it.
struct Books<'a> {
    subject: &'a Subject<'a>,
    rulebook: &'a Rulebook<'a>,
    books: Vec<Book<'a>>,
}

impl<'a> Books<'a> {
    /// `contacted` are the customers of tonight's contacts: what counts against others is of no interest.
    fn open(subject: &'a Subject<'a>, rulebook: &'a Rulebook<'a>, contacted: &[u32]) -> Books<'a> {
        let mut identities: BTreeMap<Per, Vec<u32>> = BTreeMap::new();
        let caps = &rulebook.program.caps;
        let books = caps.iter().map(|cap| {
            let identity = identities.entry(cap.per).or_insert_with(|| identities_of(subject, cap.per)).clone();
            Book::open(cap, identity, contacted, subject)
        });
        Books { subject, rulebook, books: books.collect() }
    }

    /// Takes the contacts of an outcome that every cap has room for, and puts off the others.
    fn keep(&mut self, outcome: &mut Outcome) {
        let customer = self.subject.debtors[outcome.debtor].customer;
        let steps = steps_of(self.rulebook, outcome);
        let mut stopped = false;
        for at in 0..outcome.drafts.len() {
            let draft = &outcome.drafts[at];
            if let Some(earliest) = draft.status.lawful_on().filter(|_| is_put_off(draft)) {
                let lawful = self.place_from(earliest, outcome.place, customer, draft.action.verb);
                if let Status::Postponed { until: on, .. } | Status::Dropped { again: Some(on), .. } = &mut outcome.drafts[at].status {
                    *on = lawful;
                }
                stopped = true;
                continue;
            }
            // What stands behind a step that is stopped waits for it, and takes no place.
            if draft.companion.is_some() || stopped && draft.step < steps {
                continue;
            }
            let verb = draft.action.verb;
            if let Some(cap) = self.reached(customer, verb).filter(|_| contacts(draft)) {
                outcome.drafts[at].status = self.overflow(cap, outcome.place, customer, verb);
                stopped = true;
                continue;
            }
            if contacts(draft) {
                self.take(customer, verb, self.subject.as_of);
            }
            self.keep_spare(customer, &mut outcome.drafts[at]);
        }
        if stopped {
            wait_for_the_first(self.rulebook, outcome);
            settle(self.rulebook, outcome, self.subject.as_of);
        }
    }

    /// Takes a place for what may stand in for an action that has one, where a cap counts it and not the action. Without room for it there
    /// is nothing that stands in.
    fn keep_spare(&mut self, customer: u32, draft: &mut Draft) {
        let (tonight, verb) = (self.subject.as_of, draft.action.verb);
        let Some(spare) = draft.spare.as_ref().map(|spare| spare.action.verb) else { return };
        let counts_it_only = |book: &Book<'_>| book.counts(spare, tonight) && !book.counts(verb, tonight);
        if self.books.iter().all(|book| !counts_it_only(book) || book.stays_within(customer, tonight)) {
            self.books.iter_mut().filter(|book| counts_it_only(book)).for_each(|book| book.take(customer, tonight));
        } else {
            draft.spare = None;
        }
    }

    /// Takes what goes with the steps of an outcome where places are left once every step has its own, and drops the rest.
    fn join(&mut self, outcome: &mut Outcome) {
        let customer = self.subject.debtors[outcome.debtor].customer;
        for draft in outcome.drafts.iter_mut().filter(|draft| draft.companion.is_some() && contacts(draft)) {
            let verb = draft.action.verb;
            match self.reached(customer, verb) {
                Some(cap) => draft.status = Status::Dropped { reason: cap.id.clone(), again: None },
                None => self.take(customer, verb, self.subject.as_of),
            }
        }
    }

    /// The first cap that has no room for a contact tonight. What is more urgent keeps the place it was put off to: who goes out tonight
    /// must not take it.
    fn reached(&self, customer: u32, verb: Verb) -> Option<&'a Cap> {
        let tonight = self.subject.as_of;
        let reached = self.books.iter().find(|book| book.counts(verb, tonight) && !book.stays_within(customer, tonight));
        reached.map(|book| book.cap)
    }

    fn take(&mut self, customer: u32, verb: Verb, day: Date) {
        self.books.iter_mut().filter(|book| book.cap.count.contains(&verb)).for_each(|book| book.take(customer, day));
    }

    fn overflow(&mut self, cap: &Cap, place: Place, customer: u32, verb: Verb) -> Status {
        let (reason, until) = (cap.id.clone(), self.place_from(self.subject.as_of.plus_days(1), place, customer, verb));
        match cap.then {
            Overflow::Drop => Status::Dropped { reason, again: Some(until) },
            Overflow::Postpone => Status::Postponed { reason, until },
        }
    }

    /// The first day from one on that is not quiet and on which every cap has room; the place there is taken.
    fn place_from(&mut self, earliest: Date, place: Place, customer: u32, verb: Verb) -> Date {
        let counting = || self.books.iter().filter(|book| book.cap.count.contains(&verb));
        // Days before are known to be full from an earlier search.
        let first = counting().map(|book| book.full_until(customer)).max().map_or(earliest, |day| day.max(earliest));
        let is_lawful = |day: &Date| {
            quiet::quiet(self.rulebook.program, place, verb, *day).is_none()
                && counting().all(|book| !book.counts(verb, *day) || book.stays_within(customer, *day))
        };
        let until = (0..LONGEST_SEARCH).map(|days| first.plus_days(days)).find(is_lawful).unwrap_or(first);
        let tomorrow = self.subject.as_of.plus_days(1);
        // What was not looked at is not known to be full.
        for book in self.books.iter_mut().filter(|book| book.cap.count.contains(&verb) && earliest == tomorrow) {
            book.note_full(customer, tomorrow, until);
        }
        self.take(customer, verb, until);
        until
    }
}

/// One cap, and the days that count against it for each of those who are counted together.
struct Book<'a> {
    cap: &'a Cap,
    /// Who is counted together: a number for each customer.
    identity: Vec<u32>,
    /// Contacts of the log, or conversations, ascending.
    earlier: Vec<(u32, Date)>,
    /// What goes out tonight, and what was put off to a later day, ascending for each.
    planned: BTreeMap<u32, Vec<Date>>,
    /// The day before which a search has found no room.
    full_until: BTreeMap<u32, Date>,
}

impl<'a> Book<'a> {
    fn open(cap: &'a Cap, identity: Vec<u32>, contacted: &[u32], subject: &Subject<'_>) -> Book<'a> {
        let after = subject.as_of.plus_days(-cap.within);
        // An identity is a number below that of the customers.
        let mut matters = vec![false; identity.len()];
        contacted.iter().for_each(|customer| matters[identity[*customer as usize] as usize] = true);
        let mut earlier = Vec::new();
        for (customer, own) in (0_u32..).zip(&identity).filter(|(_, own)| matters[**own as usize]) {
            if cap.after_conversation {
                let spoken =
                    subject.documents.contacts.of(customer).iter().filter(|contact| contact.on > after && is_conversation(contact));
                earlier.extend(spoken.map(|contact| (*own, contact.on)));
            } else {
                let counted = self::earlier(subject, customer).filter(|done| done.on > after && cap.count.contains(&done.verb));
                earlier.extend(counted.map(|done| (*own, done.on)));
            }
        }
        earlier.sort_unstable();
        Book { cap, identity, earlier, planned: BTreeMap::new(), full_until: BTreeMap::new() }
    }

    fn counts(&self, verb: Verb, day: Date) -> bool {
        self.cap.in_force(day) && self.cap.count.contains(&verb)
    }

    /// How many contacts lie in the window that ends on a day.
    fn counted(&self, identity: u32, day: Date) -> usize {
        let after = day.plus_days(-self.cap.within);
        let earlier =
            self.earlier.partition_point(|done| *done <= (identity, day)) - self.earlier.partition_point(|done| *done <= (identity, after));
        let planned = self.planned.get(&identity).filter(|_| !self.cap.after_conversation);
        earlier + planned.map_or(0, |days| days.partition_point(|on| *on <= day) - days.partition_point(|on| *on <= after))
    }

    /// Whether one contact more on a day keeps the window that ends on it.
    fn has_room(&self, customer: u32, day: Date) -> bool {
        let counted = self.counted(self.identity[customer as usize], day);
        u32::try_from(counted).is_ok_and(|counted| counted < self.cap.at_most)
    }

    /// Whether it keeps the windows that end on later days too, on which others have their place already.
    fn stays_within(&self, customer: u32, day: Date) -> bool {
        let identity = self.identity[customer as usize];
        let planned = self.planned.get(&identity).filter(|_| !self.cap.after_conversation).map_or(&[][..], Vec::as_slice);
        let (from, to) = (planned.partition_point(|on| *on <= day), planned.partition_point(|on| *on < day.plus_days(self.cap.within)));
        self.has_room(customer, day) && planned[from..to].iter().all(|later| self.has_room(customer, *later))
    }

    fn take(&mut self, customer: u32, day: Date) {
        let days = self.planned.entry(self.identity[customer as usize]).or_default();
        days.insert(days.partition_point(|on| *on <= day), day);
    }

    fn full_until(&self, customer: u32) -> Date {
        self.full_until.get(&self.identity[customer as usize]).copied().unwrap_or(LONG_AGO)
    }

    /// Notes that this cap has no room on the days before one.
    fn note_full(&mut self, customer: u32, tomorrow: Date, until: Date) {
        let identity = self.identity[customer as usize];
        let mut full = self.full_until.get(&identity).copied().unwrap_or(tomorrow).max(tomorrow);
        while full < until && self.cap.in_force(full) && !self.has_room(customer, full) {
            full = full.plus_days(1);
        }
        self.full_until.insert(identity, full);
    }
}

/// Who is counted together: a number for each customer, the same for those who share it.
fn identities_of(subject: &Subject<'_>, per: Per) -> Vec<u32> {
    let customers = &subject.documents.customers;
    match per.column() {
        None if per == Per::Group => customers.iter().map(|customer| customer.group).collect(),
        None => (0_u32..).take(customers.len()).collect(),
        Some(column) => {
            let table = &subject.shard.customers;
            let key = |row: u32| table.text(column, row as usize).and_then(|written| per.key(written));
            let keys: Vec<Option<Vec<u8>>> = customers.iter().map(|customer| customer.row.and_then(key)).collect();
            let mut first: BTreeMap<&[u8], u32> = BTreeMap::new();
            for (at, key) in (0_u32..).zip(&keys) {
                if let Some(key) = key {
                    first.entry(key).or_insert(at);
                }
            }
            // A customer without a key is counted alone.
            (0_u32..).zip(&keys).map(|(at, key)| key.as_ref().and_then(|key| first.get(key.as_slice())).copied().unwrap_or(at)).collect()
        }
    }
}

/// Contacts of earlier days with one customer: those of the log; where the job has no log, those the state remembers.
fn earlier<'a>(subject: &Subject<'a>, customer: u32) -> impl Iterator<Item = Done> + use<'a> {
    // What was asked in two currencies has two actions: the first attempt of the one is the first of the other.
    let (mut attempts, mut seen) = (BTreeMap::<(Date, Verb, &[u8]), usize>::new(), BTreeSet::new());
    let told = &subject.shard.contacts;
    let log = subject.documents.contacts.of(customer).iter().filter(|contact| !contact.inbound);
    let log = log.filter_map(move |contact| {
        let channel = CONTACT_CHANNELS[usize::from(contact.channel?)];
        let verb = Verb::ALL.iter().find(|(_, _, used)| *used == Some(channel)).map(|(verb, ..)| *verb)?;
        let done = Some(Done { on: contact.on, verb });
        let Some(action) = told.text(contacts::ACTION_ID, contact.row as usize) else { return done };
        let Some(of_contact) = contact_of(action) else { return done };
        let attempt = attempts.entry((contact.on, verb, action)).and_modify(|attempt| *attempt += 1).or_default();
        done.filter(|_| seen.insert((contact.on, verb, of_contact, *attempt)))
    });
    let remembered = if subject.has_contact_log { &[] } else { subject.memory.contacts.as_slice() };
    let start = remembered.partition_point(|contact| contact.customer < customer);
    let remembered = remembered[start..].iter().take_while(move |contact| contact.customer == customer).filter_map(|contact| {
        let verb = Verb::ALL.iter().find(|(_, name, _)| *name == contact.channel).map(|(verb, ..)| *verb)?;
        Some(Done { on: contact.on, verb })
    });
    log.chain(remembered)
}
