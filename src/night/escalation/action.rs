//! An action drafted for tonight, and what became of it.

use std::fmt::Write;

use crate::base::date::Date;
use crate::base::hash::key_hash;
use crate::night::escalation::progress::Progress;
use crate::rules::program::{Action, Step, Verb};

/// Why an action goes out or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    Due,
    /// The team whose consent it needs.
    NeedsApproval(String),
    /// The block, hold or guard that stops it for as long as nothing changes.
    Held(String),
    /// The cap or calendar that drops it tonight, and the next lawful day, on which it is tried again; none for what goes with a step.
    Dropped {
        reason: String,
        again: Option<Date>,
    },
    /// The cap or calendar that puts it off, and the next lawful day.
    Postponed {
        reason: String,
        until: Date,
    },
}

impl Status {
    /// Name in the `actions` table.
    pub fn name(&self) -> &'static str {
        match self {
            Status::Due => "due",
            Status::NeedsApproval(_) => "needs_approval",
            Status::Held(_) | Status::Dropped { .. } => "held",
            Status::Postponed { .. } => "postponed",
        }
    }

    /// `status_reason` of the `actions` table.
    pub fn reason(&self) -> &str {
        match self {
            Status::Due => "",
            Status::NeedsApproval(reason) | Status::Held(reason) | Status::Dropped { reason, .. } | Status::Postponed { reason, .. } => {
                reason
            }
        }
    }

    /// The next lawful day of what a cap or calendar stops.
    pub fn lawful_on(&self) -> Option<Date> {
        match self {
            Status::Postponed { until, .. } => Some(*until),
            Status::Dropped { again, .. } => *again,
            Status::Due | Status::NeedsApproval(_) | Status::Held(_) => None,
        }
    }
}

/// A step that is due, before and after what may stop it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Position in the policy's steps; behind the last one stands what breaks a silence.
    pub step: usize,
    /// Which of the companions of its step it is, by position; `None` for what the step itself does.
    pub companion: Option<usize>,
    pub action: Action,
    pub approve: Option<String>,
    /// Why the step's `otherwise:` took its place, where it did: what the action as written lacks, `condition`, or the key of `channels:`.
    pub fallback: Option<&'static str>,
    /// What put it before others that would reach the customer too, where something did.
    pub ordered: Option<Ordered>,
    /// Quiet days after tonight whose contacts go out tonight.
    pub ahead: i32,
    /// The other wording it has, by its name within the step.
    pub reworded_by: Option<String>,
    pub status: Status,
    /// Open items it is about, by position.
    pub items: Vec<usize>,
    /// Days since it could first have gone out.
    pub days_late: i32,
    /// Where the ladder stands if tonight ends before this: with the steps that were done, agreed to or left out on the way to it.
    pub before: Option<Progress>,
    /// The day it reaches the debtor if it goes out tonight, where it is in the post until then.
    pub arrives_on: Option<Date>,
    /// What goes out in its place where its queue or channel is full, by `when_full:`; nothing stops that.
    pub spare: Option<Box<Draft>>,
}

/// `fallback_reason` of what goes out because there was no place for the step.
pub const FULL: &str = "full";

/// Why one contact of a step is made and not another that would reach the customer too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ordered {
    /// The key of `channels:` that tells the two apart.
    pub by: &'static str,
    pub before: Verb,
    /// Whether the other one would be made without the key.
    pub moved: bool,
}

impl Draft {
    /// Whether it is what a step of a ladder with so many steps does itself: what the ladder goes by.
    pub fn is_of_ladder(&self, steps: usize) -> bool {
        self.step < steps && self.companion.is_none()
    }

    /// Whether the order of channels put it in the place of what the step would do.
    pub fn is_moved(&self) -> bool {
        self.ordered.is_some_and(|ordered| ordered.moved)
    }

    /// Whether the step's `otherwise:` took its place.
    pub fn is_alternative(&self) -> bool {
        self.fallback.is_some()
    }

    /// Whether it goes out because there was no place for the step.
    pub fn stands_in(&self) -> bool {
        self.fallback == Some(FULL)
    }

    /// What stands behind the name of the step in the id of the rule that decided.
    pub fn part(&self, step: &Step) -> String {
        match self.companion.and_then(|at| step.also.get(at)) {
            Some(companion) => format!(".also.{}", companion.id),
            None if self.stands_in() => ".when_full".to_owned(),
            None if self.is_moved() => ".channels".to_owned(),
            None if self.is_alternative() => ".otherwise".to_owned(),
            None => String::new(),
        }
    }

    /// The day on which the debtor hears of it where it goes out tonight: time to pay counts from then.
    pub fn heard_on(&self, tonight: Date) -> Date {
        self.arrives_on.unwrap_or(tonight)
    }

    /// Whether the action goes out tonight.
    pub fn is_done(&self) -> bool {
        self.status == Status::Due
    }
}

/// What an action's id is made of.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    pub as_of: Date,
    pub customer: &'a [u8],
    /// Empty for actions about the customer.
    pub invoice: &'a [u8],
    /// Number of the instalment where each climbs by itself, else 0.
    pub sequence: i64,
    pub policy: &'a str,
    pub step: &'a str,
    pub currency: &'a str,
}

impl Identity<'_> {
    /// The stable id: 32 hexadecimal digits. The first half is a 64-bit XXH3 over all parts but the currency, so that what is asked in two
    /// currencies is known as one contact ([`contact_of`]); the second half is one over all parts.
    pub fn id(&self) -> String {
        let mut key = self.as_of.to_string().into_bytes();
        let mut add = |part: &[u8]| {
            // The length first, so that no two different lists of parts have the same bytes.
            key.extend_from_slice(&part.len().to_le_bytes());
            key.extend_from_slice(part);
            key_hash(&key)
        };
        let sequence = self.sequence.to_le_bytes();
        let parts = [self.customer, self.invoice, self.policy.as_bytes(), self.step.as_bytes(), &sequence];
        let contact = parts.map(&mut add)[4];
        let action = add(self.currency.as_bytes());
        let mut id = String::with_capacity(32);
        // Writing into a String cannot fail.
        let _ = write!(id, "{contact:016x}{action:016x}");
        id
    }
}

/// What the ids of all actions of one contact begin with; `None` for a text that is no id of an action.
pub fn contact_of(id: &[u8]) -> Option<&[u8]> {
    let is_id = id.len() == 32 && id.iter().all(u8::is_ascii_hexdigit);
    id.get(..16).filter(|_| is_id)
}
