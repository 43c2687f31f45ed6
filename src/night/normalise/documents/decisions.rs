//! What people decided about a customer: holds and overrides in force at `as_of`, what became of proposals, what courts did.

use super::Assembly;
use crate::base::contract::{decisions, holds, legal_events, overrides};
use crate::base::words::listed;
use crate::night::by_customer::ByCustomer;
use crate::night::documents::{DecisionRow, Hold, LegalEvent, OverrideRow};
use crate::night::normalise::rows::{CustomerRow, Rows};

impl<'a> Assembly<'a> {
    pub(super) fn holds(&mut self, rows: &Rows<'a>) {
        let table = &self.shard.holds;
        let in_force = |row: usize| table.date(holds::UNTIL_DATE, row).is_none_or(|until| until >= self.intake.as_of);
        let held: Vec<Hold> = (rows.holds.iter().filter(|hold| in_force(hold.row as usize)))
            .map(|hold| {
                let stops = table.text(holds::STOPS, hold.row as usize);
                let names = |effect: &[u8]| stops.is_some_and(|stops| listed(stops).any(|part| part == effect));
                // A hold that does not say what it stops is a person's wish to leave the debtor alone; money is another matter.
                let silent = stops.is_none();
                Hold {
                    customer: self.customer_of(hold),
                    invoice: self.position(hold),
                    row: hold.row,
                    stops_contact: silent || names(b"contact"),
                    stops_penalties: names(b"penalties"),
                    stops_escalation: silent || names(b"escalation"),
                    stops_agency: silent || names(b"agency"),
                }
            })
            .collect();
        let id = |hold: &Hold| table.text(holds::HOLD_ID, hold.row as usize).unwrap_or_default();
        self.documents.holds = ByCustomer::sorted(&held, self.customers_count(), |hold| hold.customer, |a, b| id(a).cmp(id(b)));
    }

    pub(super) fn overrides(&mut self, rows: &Rows<'a>) {
        let table = &self.shard.overrides;
        let in_force = |row: usize| table.date(overrides::UNTIL_DATE, row).is_some_and(|until| until >= self.intake.as_of);
        let given: Vec<OverrideRow> = (rows.overrides.iter().filter(|own| in_force(own.row as usize)))
            .map(|own| OverrideRow { customer: self.customer_of(own), row: own.row })
            .collect();
        let id = |own: &OverrideRow| table.text(overrides::OVERRIDE_ID, own.row as usize).unwrap_or_default();
        self.documents.overrides = ByCustomer::sorted(&given, self.customers_count(), |own| own.customer, |a, b| id(a).cmp(id(b)));
    }

    pub(super) fn decisions(&mut self, rows: &Rows<'a>) {
        let table = &self.shard.decisions;
        let given: Vec<DecisionRow> =
            rows.decisions.iter().map(|own| DecisionRow { customer: self.customer_of(own), row: own.row }).collect();
        let order = |own: &DecisionRow| {
            let row = own.row as usize;
            (table.date(decisions::DECIDED_ON, row), table.choice(decisions::DECISION, row), table.text(decisions::DECISION_ID, row))
        };
        self.documents.decisions = ByCustomer::sorted(&given, self.customers_count(), |own| own.customer, |a, b| order(a).cmp(&order(b)));
    }

    pub(super) fn legal_events(&mut self, rows: &Rows<'a>) {
        let table = &self.shard.legal_events;
        let event = |own: &CustomerRow<'a>| {
            let (customer, at) = (self.customer_of(own), own.row as usize);
            let on = table.date(legal_events::EVENT_ON, at)?;
            Some(LegalEvent { customer, invoice: self.position(own), row: own.row, on, kind: table.choice(legal_events::KIND, at) })
        };
        let events: Vec<LegalEvent> = rows.legal_events.iter().filter_map(event).collect();
        let order = |event: &LegalEvent| (event.on, event.kind, table.text(legal_events::EVENT_ID, event.row as usize));
        self.documents.legal_events =
            ByCustomer::sorted(&events, self.customers_count(), |event| event.customer, |a, b| order(a).cmp(&order(b)));
    }
}
