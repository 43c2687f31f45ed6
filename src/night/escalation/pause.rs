//! Days on which an age clock stood still: those since the last night that was evaluated, whether nights were missed or not.
//!
//! What a night sees of a block is whether it holds tonight. Of the nights before that were missed, documents tell: a dispute of the item
//! was open on a day or not; what else a block asks for began on a day. Where no document tells, a block that holds tonight is taken to
//! have held since the last night.

use crate::base::date::Date;
use crate::night::escalation::Rulebook;
use crate::night::escalation::begun::begun;
use crate::night::escalation::block::Stops;
use crate::night::facts::{Debtor, Subject};
use crate::night::ledger::Item;
use crate::rules::program::{Clock, Grain};

/// The fields that disputes decide, item by item.
const OF_DISPUTES: [&str; 3] = ["dispute_status", "dispute_age", "amount_disputed"];

/// What pauses are worked out from, for one debtor.
pub struct Pauses<'a> {
    pub subject: &'a Subject<'a>,
    pub rulebook: &'a Rulebook<'a>,
    pub stops: &'a Stops,
    pub debtor: &'a Debtor,
}

impl Pauses<'_> {
    /// Days of the customer's clock since the last night that was evaluated.
    pub fn of_customer(&self, evaluated_on: Option<Date>) -> i32 {
        let tonight = self.stops.pauses();
        self.count(evaluated_on, !tonight.is_empty(), |day| tonight.iter().any(|at| self.had_begun(*at, None, day)))
    }

    /// Days of the clock of an open item since the last night that was evaluated.
    pub fn of_item(&self, item: usize, evaluated_on: Option<Date>) -> i32 {
        let tonight: Vec<usize> = self.stops.pauses_item(item).collect();
        self.count(evaluated_on, !tonight.is_empty(), |day| {
            let begun = tonight.iter().filter(|at| !self.is_about_disputes(at)).any(|at| self.had_begun(*at, Some(item), day));
            begun || (self.disputes_pause() && self.was_disputed(item, day))
        })
    }

    /// Tonight, and the nights since the last one that was evaluated on which the clock would have stood still too.
    fn count(&self, evaluated_on: Option<Date>, tonight: bool, stood: impl Fn(Date) -> bool) -> i32 {
        let since = evaluated_on.map_or(0, |on| self.subject.as_of.days_since(on));
        let missed = (1..since).filter(|ago| stood(self.subject.as_of.plus_days(-*ago))).count();
        i32::try_from(missed).unwrap_or(i32::MAX).saturating_add(i32::from(tonight && since > 0))
    }

    /// Whether what a block of tonight asks for had begun by a day; where no document tells when, it had.
    fn had_begun(&self, block: usize, item: Option<usize>, day: Date) -> bool {
        let invoice = item.map(|item| self.item(item).invoice);
        let program = self.rulebook.program;
        begun(self.subject, program, &program.blocks[block], self.debtor, invoice).is_none_or(|begun| begun <= day)
    }

    /// Whether the clock of an item stands still while it is disputed.
    fn disputes_pause(&self) -> bool {
        let blocks = self.rulebook.program.blocks.iter().enumerate();
        let mut pausing = blocks.filter(|(_, block)| block.on == Grain::Invoice && block.clock == Clock::Pauses);
        pausing.any(|(at, _)| self.is_about_disputes(&at))
    }

    fn is_about_disputes(&self, block: &usize) -> bool {
        let program = self.rulebook.program;
        let mut is_about = false;
        program.blocks[*block].rule.when.visit_fields(&mut |field, _| {
            is_about |= OF_DISPUTES.contains(&program.fields[field.0 as usize].name.as_str());
        });
        is_about
    }

    /// Whether a dispute about an item was open on a day.
    fn was_disputed(&self, item: usize, day: Date) -> bool {
        let invoice = self.item(item).invoice;
        let disputes = &self.subject.documents.disputes;
        let from = disputes.partition_point(|dispute| dispute.invoice < invoice);
        let own = disputes[from..].iter().take_while(|dispute| dispute.invoice == invoice);
        own.into_iter().any(|dispute| dispute.opened_on <= day && dispute.closed_on.is_none_or(|closed| closed > day))
    }

    fn item(&self, item: usize) -> &Item {
        &self.subject.ledger.items[self.subject.open_items[item] as usize]
    }
}
