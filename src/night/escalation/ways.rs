//! Which of a step's contacts is made where several would reach the customer.

use crate::base::contract::values::PREFERRED_CHANNELS;
use crate::night::escalation::action::Ordered;
use crate::night::escalation::ladder::Walk;
use crate::rules::program::{Action, Cell, ChannelKey, Facts, MISSING, Step, Type};

impl Walk<'_> {
    /// Whether there is nothing that an action needs and the debtor does not have.
    pub fn reaches(&self, action: &Action) -> bool {
        self.lacks(action.verb).is_none()
    }

    /// The action that goes first by `channels:` of a step, `first` being the one that would be done without the key: the first as written
    /// that reaches the customer. `own` says whether the condition of the step holds, so that its own action is among them. What is no
    /// contact has no channel, and stays.
    pub fn in_order<'s>(&self, step: &'s Step, own: bool, first: &'s Action) -> (&'s Action, Option<Ordered>) {
        if step.channels.is_empty() || first.verb.channel().is_none() {
            return (first, None);
        }
        let all = step.actions().skip(usize::from(!own));
        let ways: Vec<&Action> = all.filter(|action| action.verb.channel().is_some() && self.reaches(action)).collect();
        // Of equals the first as written.
        let best = ways.iter().copied().min_by_key(|action| self.places(step, action)).unwrap_or(first);
        let moved = !std::ptr::eq(best, first);
        let others = ways.iter().copied().filter(|other| if moved { std::ptr::eq(*other, first) } else { !std::ptr::eq(*other, best) });
        let told = |other: &Action| {
            let differs = |key: &&ChannelKey| self.place(**key, best) != self.place(**key, other);
            let by = step.channels.iter().find(differs)?.name();
            Some(Ordered { by, before: other.verb, moved })
        };
        (best, others.filter_map(told).next())
    }

    fn places(&self, step: &Step, action: &Action) -> Vec<Cell> {
        step.channels.iter().map(|key| self.place(*key, action)).collect()
    }

    /// Where a key puts an action: the smallest first, what it knows nothing of last.
    fn place(&self, key: ChannelKey, action: &Action) -> Cell {
        let facts = self.facts.debtor(self.unit.debtor);
        match key {
            ChannelKey::Preferred(field) => {
                let Type::Enum(names) = &self.rulebook.program.fields[field.0 as usize].ty else { return 0 };
                let preferred = usize::try_from(facts.cell(field)).ok().and_then(|at| names.get(at));
                let own = action.verb.way().map(|way| PREFERRED_CHANNELS[way]);
                Cell::from(preferred.is_none() || preferred.map(String::as_str) != own)
            }
            ChannelKey::Answered(fields) => {
                let share = action.verb.way().map_or(MISSING, |way| facts.cell(fields[way]));
                // The least cell there is becomes the largest.
                share.saturating_neg()
            }
            ChannelKey::Cheapest => action.cost.unwrap_or(Cell::MAX),
        }
    }
}
