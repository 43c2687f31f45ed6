//! What stops an action: holds set by a person, blocks of the rules, and the law's own guards.
//!
//! A stop of contact stops everything the debtor hears of, hand-over and legal steps too, so that nothing goes out on a disputed,
//! promised or held item by another name; tasks for our own people, reviews, holds on orders and write-off proposals go on.

use crate::base::contract::values::{BARRED, LEGAL_STATUSES};
use crate::base::contract::{customers, holds, invoices};
use crate::base::date::Date;
use crate::base::table::Column;
use crate::night::escalation::Rulebook;
use crate::night::facts::placed::holder;
use crate::night::facts::{Debtor, FactTable, LEAST_LIMITATION_MONTHS, Subject, is_represented, limitation_date};
use crate::night::matchers::GrainIndex;
use crate::rules::index::Columns;
use crate::rules::program::{Clock, Effect, Represented, Verb};

/// Why nothing is asked for of what an agency has.
const PLACED: &str = "guard:placed";
/// Why nothing is asked for of what is handed over tonight.
const HANDED_OVER: &str = "guard:handed_over";

/// What is stopped for a debtor tonight, and by what.
#[derive(Debug, Clone, Default)]
pub struct Stops {
    /// Effects stopped for the customer as a whole, in order of precedence.
    customer: Vec<(Effect, String)>,
    /// Open items about which contact or escalation is stopped, in order of position, then of precedence.
    items: Vec<(usize, String)>,
    /// Open items that a hold or a block keeps from agencies, in order of precedence.
    kept_home: Vec<(usize, String)>,
    /// Open items whose penalties are held, by position.
    penalties: Vec<usize>,
    /// Blocks for which the customer's age clock stands still, by position.
    pauses: Vec<usize>,
    /// Open items whose own age clock stands still, each with the position of the block.
    paused_items: Vec<(usize, usize)>,
    /// Open items whose claim is barred by limitation, in order of position.
    barred: Vec<usize>,
    /// Whether somebody else speaks for the customer.
    is_represented: bool,
    /// Blocks that somebody has to look at some day: the open item, `None` for the customer, and the position of the block, in order.
    watched: Vec<(Option<usize>, usize)>,
}

/// What is stopped for every debtor of the shard.
pub fn all(subject: &Subject<'_>, facts: &FactTable, rulebook: &Rulebook<'_>) -> Vec<Stops> {
    let matchers = rulebook.matchers;
    let of_customers = hits(&matchers.customer_blocks, &facts.debtors(), rulebook);
    let of_items = hits(&matchers.invoice_blocks, &facts.items(), rulebook);
    let (mut of_customers, mut of_items) = (of_customers.as_slice(), of_items.as_slice());
    let stops = |(at, debtor): (usize, &Debtor)| {
        let customer = split_before(&mut of_customers, at + 1);
        let items = split_before(&mut of_items, debtor.items.end);
        Stops::of(subject, rulebook, debtor, customer, items)
    };
    subject.debtors.iter().enumerate().map(stops).collect()
}

/// The blocks that apply, each with the row it applies to, in order of the rows: most rows have none.
fn hits<C: Columns>(matcher: &GrainIndex, columns: &C, rulebook: &Rulebook<'_>) -> Vec<(usize, usize)> {
    let mut hits = Vec::new();
    matcher.index.hits(columns, rulebook.env, usize::MAX, |row, blocks| {
        hits.extend(blocks.iter().map(|block| (row, matcher.rules[*block as usize])));
    });
    hits
}

/// Takes the hits of the rows before one off the front.
fn split_before<'h>(hits: &mut &'h [(usize, usize)], row: usize) -> &'h [(usize, usize)] {
    let (own, rest) = hits.split_at(hits.partition_point(|(hit, _)| *hit < row));
    *hits = rest;
    own
}

impl Stops {
    /// Collects guards, holds and blocks, in that order. The blocks come with the rows they apply to: the debtor and its open items.
    fn of(subject: &Subject<'_>, rulebook: &Rulebook<'_>, debtor: &Debtor, customer: &[(usize, usize)], items: &[(usize, usize)]) -> Stops {
        let mut stops = Stops { is_represented: is_represented(subject, debtor.customer), ..Stops::default() };
        stops.guard(subject, debtor);
        stops.placed(subject, debtor);
        stops.bar(subject, debtor);
        stops.hold(subject, debtor);
        for (at, block) in customer.iter().map(|(_, block)| (*block, &rulebook.program.blocks[*block])) {
            if block.review_after.is_some() {
                stops.watched.push((None, at));
            }
            if block.clock == Clock::Pauses {
                stops.pauses.push(at);
            }
            stops.customer.extend(block.stops.iter().map(|effect| (*effect, block.rule.id.clone())));
        }
        let mut by_block: Vec<(usize, usize)> = items.iter().map(|(item, block)| (*block, *item)).collect();
        by_block.sort_unstable();
        for (at, item) in by_block {
            let block = &rulebook.program.blocks[at];
            if block.review_after.is_some() {
                stops.watched.push((Some(item), at));
            }
            if block.clock == Clock::Pauses {
                stops.paused_items.push((item, at));
            }
            if block.stops.contains(&Effect::Penalties) {
                stops.penalties.push(item);
            }
            if block.stops.iter().any(|effect| matches!(effect, Effect::Contact | Effect::Escalation)) {
                stops.items.push((item, block.rule.id.clone()));
            }
            if block.stops.contains(&Effect::Agency) {
                stops.kept_home.push((item, block.rule.id.clone()));
            }
        }
        stops.watched.sort_unstable();
        // A stable sort keeps holds before blocks for one item.
        stops.items.sort_by_key(|(item, _)| *item);
        stops
    }

    /// No rule lifts these: proceedings stay every claim, nobody writes to the dead, nor to those who asked not to be written to.
    fn guard(&mut self, subject: &Subject<'_>, debtor: &Debtor) {
        let Some(row) = subject.documents.customers[debtor.customer as usize].row.map(|row| row as usize) else { return };
        let table = &subject.shard.customers;
        let counts = |since: Option<Date>| since.is_none_or(|since| since <= subject.as_of);
        let mut stop = |name: &str, effects: &[Effect]| {
            self.customer.extend(effects.iter().map(|effect| (*effect, format!("guard:{name}"))));
        };
        let status = table.choice(customers::LEGAL_STATUS, row).map(|status| LEGAL_STATUSES[usize::from(status)]);
        if let Some(status) = status.filter(|_| counts(table.date(customers::LEGAL_STATUS_SINCE, row))) {
            stop(status, guarded(status));
        }
        let asked_on = table.date(customers::DO_NOT_CONTACT_SINCE, row);
        // A day alone is a request too.
        if table.flag(customers::DO_NOT_CONTACT, row).unwrap_or(asked_on.is_some()) && counts(asked_on) {
            stop("do_not_contact", &[Effect::Contact, Effect::Agency]);
        }
        if table.date(customers::BREATHING_SPACE_UNTIL, row).is_some_and(|until| subject.as_of <= until) {
            stop("breathing_space", &[Effect::Contact, Effect::Escalation, Effect::Agency]);
        }
    }

    /// What an agency has is asked for by nobody else.
    fn placed(&mut self, subject: &Subject<'_>, debtor: &Debtor) {
        if subject.memory.placements.is_empty() {
            return;
        }
        let is_held = |item: &usize| holder(subject, *item).is_some();
        self.items.extend(debtor.items.clone().filter(is_held).map(|item| (item, PLACED.to_owned())));
    }

    /// Nothing is asked for any more of items that are handed over tonight.
    pub fn hand_over(&mut self, items: &[usize]) {
        self.items.extend(items.iter().map(|item| (*item, HANDED_OVER.to_owned())));
        // A stable sort keeps what stood there before in front.
        self.items.sort_by_key(|(item, _)| *item);
    }

    /// Why an item must not be with an agency: the law, a hold somebody set, or limitation.
    pub fn forbids_agency(&self, item: usize) -> Option<&str> {
        let forbids =
            |effect: Effect, reason: &str| reason.starts_with("guard:") || effect == Effect::Agency && reason.starts_with("hold:");
        let of_customer = self.customer.iter().find(|(effect, reason)| forbids(*effect, reason));
        let of_item = self.kept_home.iter().find(|(kept, reason)| *kept == item && forbids(Effect::Agency, reason));
        let barred = self.is_barred(item).then_some(BARRED);
        of_customer.map(|(_, reason)| reason.as_str()).or(of_item.map(|(_, reason)| reason.as_str())).or(barred)
    }

    /// Why an item is kept from agencies by itself, whatever may be asked of the debtor about it.
    pub fn kept_home(&self, item: usize) -> Option<&str> {
        self.kept_home.iter().find(|(kept, _)| *kept == item).map(|(_, reason)| reason.as_str())
    }

    /// Why none of some items may go to an agency; `None` where one of them may.
    pub fn kept_home_all(&self, items: &[usize]) -> Option<&str> {
        let mut reasons = items.iter().map(|item| self.kept_home(*item));
        reasons.next().flatten().filter(|_| reasons.all(|reason| reason.is_some()))
    }

    /// What stops hand-overs of this debtor.
    pub fn hand_over_reason(&self) -> Option<String> {
        self.reason(Represented::Hold, Verb::Transfer)
    }

    /// Claims that are barred. Most are far too young to be, which their due date tells without asking for the law.
    fn bar(&mut self, subject: &Subject<'_>, debtor: &Debtor) {
        let is_told = subject.shard.invoices.columns.get(invoices::LIMITATION_ON).is_some_and(|column| !matches!(column, Column::Absent));
        let youngest = subject.window(LEAST_LIMITATION_MONTHS);
        for item in debtor.items.clone() {
            let ledger_item = &subject.ledger.items[subject.open_items[item] as usize];
            if (is_told || ledger_item.due_date <= youngest)
                && limitation_date(subject, ledger_item).is_some_and(|last| last < subject.as_of)
            {
                self.barred.push(item);
            }
        }
    }

    fn hold(&mut self, subject: &Subject<'_>, debtor: &Debtor) {
        for hold in subject.documents.holds.of(debtor.customer) {
            let id = subject.shard.holds.text(holds::HOLD_ID, hold.row as usize).unwrap_or_default();
            let reason = format!("hold:{}", String::from_utf8_lossy(id));
            let stopped =
                [(hold.stops_contact, Effect::Contact), (hold.stops_escalation, Effect::Escalation), (hold.stops_agency, Effect::Agency)];
            let effects = stopped.into_iter().filter(|(stops, _)| *stops).map(|(_, effect)| effect);
            match hold.invoice {
                None => self.customer.extend(effects.map(|effect| (effect, reason.clone()))),
                Some(invoice) => {
                    let is_its = |item: &usize| subject.ledger.items[subject.open_items[*item] as usize].invoice == invoice;
                    let items: Vec<usize> = debtor.items.clone().filter(is_its).collect();
                    if hold.stops_penalties {
                        self.penalties.extend(&items);
                    }
                    if hold.stops_agency {
                        self.kept_home.extend(items.iter().map(|item| (*item, reason.clone())));
                    }
                    if hold.stops_contact || hold.stops_escalation {
                        self.items.extend(items.into_iter().map(|item| (item, reason.clone())));
                    }
                }
            }
        }
    }

    /// Blocks that stand and are to be reviewed some day: the open item, `None` for the customer, and the position of the block.
    pub fn watched(&self) -> &[(Option<usize>, usize)] {
        &self.watched
    }

    /// Whether the claim of an open item is barred by limitation.
    pub fn is_barred(&self, item: usize) -> bool {
        self.barred.binary_search(&item).is_ok()
    }

    /// Whether contact about an open item is stopped.
    pub fn stops_item(&self, item: usize) -> bool {
        self.item_reason(item).is_some()
    }

    /// Why contact about an open item is stopped.
    pub fn item_reason(&self, item: usize) -> Option<&str> {
        let at = self.items.partition_point(|(stopped, _)| *stopped < item);
        self.items.get(at).filter(|(stopped, _)| *stopped == item).map(|(_, reason)| reason.as_str())
    }

    /// Blocks for which the customer's age clock stands still tonight, by position.
    pub fn pauses(&self) -> &[usize] {
        &self.pauses
    }

    /// Blocks for which the age clock of one open item stands still tonight, by position.
    pub fn pauses_item(&self, item: usize) -> impl Iterator<Item = usize> {
        self.paused_items.iter().filter(move |(paused, _)| *paused == item).map(|(_, block)| *block)
    }

    /// Whether penalties of all the debtor's invoices are held.
    pub fn holds_all_penalties(&self) -> bool {
        self.customer.iter().any(|(effect, _)| *effect == Effect::Penalties)
    }

    /// Open items whose penalties are held, by position.
    pub fn held_penalties(&self) -> &[usize] {
        &self.penalties
    }

    /// What stops a verb for this debtor under a policy, the first in order of precedence. What a block of the rules says of whom
    /// somebody speaks for comes before the guard, which is there where no rule says anything.
    pub fn reason(&self, represented: Represented, verb: Verb) -> Option<String> {
        let stopping = verb.stopped_by();
        let stopped = self.customer.iter().find(|(effect, _)| stopping.contains(effect)).map(|(_, reason)| reason.clone());
        let is_held = self.is_represented && represented == Represented::Hold && stopping.contains(&Effect::Contact);
        stopped.or_else(|| is_held.then(|| "guard:represented".to_owned()))
    }
}

/// What the law stops whatever the rules say: insolvency stays every claim, though not the halt of deliveries or the write-off.
fn guarded(legal_status: &str) -> &'static [Effect] {
    match legal_status {
        "insolvency" => &[Effect::Contact, Effect::Agency],
        "deceased" => &[Effect::Contact, Effect::Escalation],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stopped: &[Effect], verb: Verb, holds: bool) {
        let mut stops = Stops::default();
        stops.customer.extend(stopped.iter().map(|effect| (*effect, String::from("block"))));
        assert_eq!(stops.reason(Represented::Hold, verb).is_some(), holds, "{verb:?} under {stopped:?}");
    }

    #[test]
    fn silence_stops_what_the_debtor_hears_of_and_nothing_else() {
        for (verb, holds) in [
            (Verb::Email, true),
            (Verb::Letter, true),
            (Verb::RegisteredLetter, true),
            (Verb::Call, true),
            (Verb::Transfer, true),
            (Verb::Legal, true),
            (Verb::HoldOrders, false),
            (Verb::ProposeWriteOff, false),
            (Verb::ReviewCredit, false),
            (Verb::Task, false),
        ] {
            check(&[Effect::Contact], verb, holds);
        }
    }

    #[test]
    fn insolvency_stays_claims_but_not_the_halt_of_deliveries() {
        for (status, verb, holds) in [
            ("insolvency", Verb::Email, true),
            ("insolvency", Verb::Legal, true),
            ("insolvency", Verb::Transfer, true),
            ("insolvency", Verb::HoldOrders, false),
            ("insolvency", Verb::ProposeWriteOff, false),
            ("insolvency", Verb::Task, false),
            ("deceased", Verb::Email, true),
            ("deceased", Verb::Legal, true),
            ("deceased", Verb::Transfer, true),
            ("deceased", Verb::HoldOrders, true),
            ("in_court", Verb::Email, false),
            ("none", Verb::Email, false),
        ] {
            check(guarded(status), verb, holds);
        }
    }
}
