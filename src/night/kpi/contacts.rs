//! What the contacts of a team came to: attempts, who was reached, who promised, by channel.

use std::collections::BTreeMap;

use crate::base::contract::values::CONTACT_OUTCOMES;
use crate::base::date::Date;
use crate::night::documents::CustomerIx;
use crate::night::kpi::monthly::Additive;
use crate::night::kpi::{KpiInput, Windows, merge_maps};

/// Somebody of ours tried to reach a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    pub customer: CustomerIx,
    pub on: Date,
    /// Position in [`CONTACT_CHANNELS`](crate::base::contract::values::CONTACT_CHANNELS).
    pub channel: Option<u8>,
    /// Position in [`CONTACT_OUTCOMES`].
    pub outcome: Option<u8>,
    /// Whether it was the debtor who was reached, where the log says so.
    pub right_party: Option<bool>,
    /// The step it was made for, by position in [`KpiInput::steps`]; where steps are told and the state knows of it.
    pub step: Option<u32>,
}

/// How many attempts came to what (07 §C.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Productivity {
    pub attempts: i64,
    /// Somebody answered: outcomes `answered`, `refused`, `promise` and `dispute`.
    pub reached: i64,
    /// Of those reached, the debtor.
    pub right_party: i64,
    /// Of those reached, who it was is not known.
    pub unknown_party: i64,
    /// Outcome `promise`.
    pub promises: i64,
}

impl Productivity {
    fn add(&mut self, attempt: &Attempt) {
        let outcome = attempt.outcome.and_then(|outcome| CONTACT_OUTCOMES.get(usize::from(outcome))).copied().unwrap_or_default();
        let is_reached = matches!(outcome, "answered" | "refused" | "promise" | "dispute");
        self.attempts += 1;
        self.reached += i64::from(is_reached);
        self.right_party += i64::from(is_reached && attempt.right_party == Some(true));
        self.unknown_party += i64::from(is_reached && attempt.right_party.is_none());
        self.promises += i64::from(outcome == "promise");
    }
}

impl Additive for Productivity {
    fn merge(&mut self, other: &Productivity) {
        self.attempts += other.attempts;
        self.reached += other.reached;
        self.right_party += other.right_party;
        self.unknown_party += other.unknown_party;
        self.promises += other.promises;
    }
}

/// The attempts of the 90-day window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contacts {
    /// By position of the channel; `None` where the log has none.
    pub by_channel: BTreeMap<Option<u8>, Productivity>,
    /// By policy and step; what was done for none is left out.
    pub by_step: BTreeMap<String, Productivity>,
    /// All of them, added up by themselves.
    pub whole: Productivity,
}

impl Contacts {
    /// The attempts of one shard.
    pub fn of(input: &KpiInput, windows: &Windows) -> Contacts {
        let mut found = Contacts::default();
        let recent = input.attempts.iter().filter(|attempt| attempt.on > windows.opening && input.counts(attempt.customer));
        for attempt in recent {
            found.by_channel.entry(attempt.channel).or_default().add(attempt);
            found.whole.add(attempt);
            if let Some(step) = attempt.step.and_then(|step| input.steps.get(step as usize)) {
                found.by_step.entry(step.clone()).or_default().add(attempt);
            }
        }
        found
    }
}

impl Additive for Contacts {
    fn merge(&mut self, other: &Contacts) {
        merge_maps(&mut self.by_channel, &other.by_channel);
        merge_maps(&mut self.by_step, &other.by_step);
        self.whole.merge(&other.whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::night::kpi::testing::{Books, day};

    #[test]
    fn attempts_of_ninety_days_are_counted_by_what_came_of_them() {
        let mut books = Books::on("2026-11-22");
        books.customer(0);
        books.customer(0);
        // Day, channel, outcome, whether it was the debtor. The window starts after 24 August.
        let attempts = [
            ("2026-08-24", Some(2), "promise", Some(true)),
            ("2026-08-25", Some(2), "no_answer", None),
            ("2026-11-01", Some(2), "answered", Some(false)),
            ("2026-11-02", Some(2), "promise", Some(true)),
            ("2026-11-03", Some(0), "delivered", Some(true)),
            ("2026-11-04", None, "refused", None),
            ("2026-11-05", Some(0), "", None),
        ];
        for (at, (on, channel, outcome, right_party)) in (0..).zip(attempts) {
            let outcome = CONTACT_OUTCOMES.iter().position(|known| *known == outcome).and_then(|at| u8::try_from(at).ok());
            let step = (on > "2026-11-01").then_some(at % 2);
            books.attempts.push(Attempt { customer: at % 2, on: day(on), channel, outcome, right_party, step });
        }
        books.steps = ["dunning.first", "dunning.call"].map(str::to_owned).to_vec();
        let of = |attempts, reached, right_party, unknown_party, promises| Productivity {
            attempts,
            reached,
            right_party,
            unknown_party,
            promises,
        };
        let found = books.cells().contacts;
        assert_eq!(found.whole, of(6, 3, 1, 1, 1));
        let by_channel = [(None, of(1, 1, 0, 1, 0)), (Some(0), of(2, 0, 0, 0, 0)), (Some(2), of(3, 2, 1, 0, 1))];
        assert_eq!(found.by_channel, BTreeMap::from(by_channel));
        let by_step = [("dunning.call".to_owned(), of(2, 2, 1, 1, 1)), ("dunning.first".to_owned(), of(2, 0, 0, 0, 0))];
        assert_eq!(found.by_step, BTreeMap::from(by_step));
        let mut whole = Productivity::default();
        found.by_channel.values().for_each(|part| whole.merge(part));
        assert_eq!(whole, found.whole);
    }
}
