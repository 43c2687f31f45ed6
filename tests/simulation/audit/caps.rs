//! Contacts in every window against the caps of the rules, counted one by one.

use std::collections::BTreeMap;

use super::Audit;
use crate::engine::{Action, Contact, Night};
use crate::spec::{Cap, Step};

impl Audit<'_> {
    /// No window holds more contacts than a cap allows.
    pub(super) fn caps(&mut self, night: &Night, log: &[&Contact]) {
        let day = night.day;
        let sent = |action: &&Action| action.status == "due" && Step::channel(&action.verb).is_some();
        let mut sent: Vec<&Action> = night.actions.iter().filter(sent).collect();
        sent.dedup_by_key(|action| &action.id);
        for cap in &self.rules.caps {
            let whom = |customer: usize| {
                if cap.per_group { self.world.customers[customer].group(day) } else { &self.world.customers[customer].id }
            };
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for action in sent.iter().filter(|action| cap.count.contains(&action.verb.as_str())) {
                *counts.entry(whom(action.customer)).or_default() += 1;
            }
            let tonight = counts.clone();
            for contact in
                log.iter().filter(|contact| !contact.inbound && contact.day > day - cap.within && counts_as(cap, contact.channel))
            {
                if let Some(count) = counts.get_mut(whom(contact.customer)) {
                    *count += 1;
                }
            }
            for (whom, count) in counts {
                assert!(count <= cap.at_most, "{}: night {day}: {whom}: {count} contacts within {}", self.rules.name, cap.id);
                if count == cap.at_most {
                    *self.seen.entry(format!("{} reached", cap.id)).or_default() += tonight.len().min(1) as u64;
                }
            }
        }
    }
}

fn counts_as(cap: &Cap, channel: &str) -> bool {
    cap.count.iter().any(|verb| Step::channel(verb) == Some(channel))
}
