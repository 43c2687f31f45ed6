//! What happened, day by day: which dates of which rows are events, and what is told of each.

use std::collections::BTreeMap;

use crate::base::contract::{self, TableSpec, actions, penalty_totals, proposals};
use crate::base::date::Date;
use crate::desk::dossier::rows::{Place, Rows};

/// Something that happened, or was to happen, on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    pub on: Date,
    pub what: String,
    /// Id of the row.
    pub reference: String,
    pub amount: String,
    /// Columns of the row with what stands in them.
    pub details: Vec<(String, String)>,
    pub place: Place,
}

/// Which dates of a table of the ledger are events.
struct Dated {
    table: &'static TableSpec,
    reference: &'static str,
    amount: Option<&'static str>,
    /// Column and what happened then.
    dates: &'static [(&'static str, &'static str)],
}

const LEDGER: &[Dated] = &[
    Dated {
        table: &contract::invoices::SPEC,
        reference: "invoice_id",
        amount: Some("amount"),
        dates: &[
            ("issue_date", "invoiced"),
            ("delivered_on", "delivered"),
            ("sent_on", "invoice sent"),
            ("due_date", "fell due"),
            ("written_off_on", "written off"),
            ("revived_on", "taken up again"),
            ("sold_on", "sold"),
            ("limitation_on", "barred"),
        ],
    },
    Dated {
        table: &contract::installments::SPEC,
        reference: "invoice_id",
        amount: Some("amount"),
        dates: &[("due_date", "instalment fell due")],
    },
    Dated {
        table: &contract::payments::SPEC,
        reference: "payment_id",
        amount: Some("amount"),
        dates: &[("payment_date", "payment"), ("rejected_on", "payment came back")],
    },
    Dated {
        table: &contract::disputes::SPEC,
        reference: "dispute_id",
        amount: Some("amount"),
        dates: &[("opened_on", "dispute opened"), ("closed_on", "dispute closed")],
    },
    Dated {
        table: &contract::deductions::SPEC,
        reference: "deduction_id",
        amount: Some("amount"),
        dates: &[("claimed_on", "deduction claimed"), ("decided_on", "deduction decided")],
    },
    Dated {
        table: &contract::promises::SPEC,
        reference: "promise_id",
        amount: Some("amount"),
        dates: &[
            ("promised_on", "arrangement made"),
            ("confirmed_on", "arrangement confirmed"),
            ("due_on", "arrangement due"),
            ("cancelled_on", "arrangement cancelled"),
        ],
    },
    Dated {
        table: &contract::holds::SPEC,
        reference: "hold_id",
        amount: None,
        dates: &[("from_date", "hold begins"), ("until_date", "hold ends")],
    },
    Dated { table: &contract::waivers::SPEC, reference: "waiver_id", amount: Some("amount"), dates: &[("waived_on", "penalties waived")] },
    Dated {
        table: &contract::overrides::SPEC,
        reference: "override_id",
        amount: None,
        dates: &[("from_date", "own treatment begins"), ("until_date", "own treatment ends")],
    },
    Dated { table: &contract::decisions::SPEC, reference: "decision_id", amount: None, dates: &[("decided_on", "decision")] },
    Dated { table: &contract::contacts::SPEC, reference: "contact_id", amount: None, dates: &[("contacted_on", "contact")] },
    Dated { table: &contract::agency_events::SPEC, reference: "event_id", amount: Some("amount"), dates: &[("event_on", "agency")] },
    Dated { table: &contract::legal_events::SPEC, reference: "event_id", amount: None, dates: &[("event_on", "proceedings")] },
    Dated { table: &contract::payables::SPEC, reference: "payable_id", amount: Some("amount"), dates: &[("due_date", "we owe")] },
    Dated { table: &contract::deliveries::SPEC, reference: "delivery_id", amount: Some("amount"), dates: &[("delivered_on", "delivery")] },
];

/// Tables of the ledger that hold events.
pub fn of_ledger() -> impl Iterator<Item = &'static TableSpec> {
    LEDGER.iter().map(|dated| dated.table)
}

/// Events of the rows of a table of the ledger, up to a night. `refused` are the reasons of the rows that the night refused.
pub fn happened(rows: &Rows, until: Date, refused: &BTreeMap<Place, String>) -> Vec<Event> {
    let Some(dated) = LEDGER.iter().find(|dated| dated.table.name == rows.spec.name) else { return Vec::new() };
    let own_date = rows.spec.own_date;
    let exists = |row: &usize| own_date.and_then(|column| rows.table.date(column, *row)).is_none_or(|on| on <= until);
    let mut events = Vec::new();
    for row in (0..rows.table.len()).filter(exists) {
        for (column, what) in dated.dates {
            let Some(on) = rows.day(column, row).filter(|on| *on <= until) else { continue };
            let Some(what) = of_credit_note(rows, row, column).unwrap_or(Some(what)) else { continue };
            let is_first = Some(*column) == dated.dates.iter().map(|(column, _)| *column).find(|column| rows.day(column, row).is_some());
            let mut event = event(rows, row, on, what, dated.reference, dated.amount);
            // What else stands in the row is told once.
            event.details.retain(|(name, _)| name != column);
            if !is_first {
                event.details.clear();
            } else if let Some(reason) = refused.get(&rows.places[row]) {
                event.details.insert(0, ("refused".to_owned(), reason.clone()));
            }
            events.push(event);
        }
    }
    events
}

/// What a date of a credit note is instead: the day it is given, and no day on which anything falls due. `None` for other rows.
fn of_credit_note(rows: &Rows, row: usize, column: &str) -> Option<Option<&'static str>> {
    let is_one = rows.named("document_type", row).as_deref() == Some("credit_note");
    match column {
        "issue_date" if is_one => Some(Some("credited")),
        "due_date" if is_one => Some(None),
        _ => None,
    }
}

fn event(rows: &Rows, row: usize, on: Date, what: &str, reference: &str, amount: Option<&str>) -> Event {
    let told = |name: &str| [reference, "customer_id", "currency"].contains(&name) || amount == Some(name);
    let details = rows.spec.columns.iter().enumerate().filter(|(_, column)| !told(column.name));
    Event {
        on,
        what: what.to_owned(),
        reference: rows.named(reference, row).unwrap_or_default(),
        amount: amount.and_then(|amount| rows.named(amount, row)).unwrap_or_default(),
        details: details.filter_map(|(at, column)| Some((column.name.to_owned(), rows.cell(at, row)?))).collect(),
        place: rows.places[row],
    }
}

/// What the nights did: a thing that stands as it stood the night before is told once.
#[derive(Debug, Default)]
pub struct Nights {
    /// By kind of thing and what tells it apart: how it stood last.
    stood: BTreeMap<(&'static str, String), String>,
}

impl Nights {
    /// Events of a table of a night.
    pub fn events(&mut self, rows: &Rows, on: Date) -> Vec<Event> {
        let (kind, key, stand, reference, amount, what): (&'static str, &[usize], &[usize], _, _, _) = match rows.spec.name {
            "actions" => (
                "action",
                &[actions::POLICY, actions::STEP, actions::ACTION, actions::INVOICE_ID, actions::CURRENCY][..],
                &[actions::STATUS, actions::STATUS_REASON][..],
                "action_id",
                "amount_due",
                actions::STATUS,
            ),
            "proposals" => (
                "proposal",
                &[proposals::RULE_ID, proposals::INVOICE_ID][..],
                &[proposals::STATUS, proposals::MISSING][..],
                "proposal_id",
                "amount",
                proposals::STATUS,
            ),
            "penalty_totals" => (
                "penalties told",
                &[penalty_totals::INVOICE_ID][..],
                &[penalty_totals::ACCRUED_TO_DATE, penalty_totals::WAIVED_TO_DATE][..],
                "invoice_id",
                "accrued_tonight",
                penalty_totals::INVOICE_ID,
            ),
            _ => return Vec::new(),
        };
        let mut tonight = BTreeMap::new();
        let mut events = Vec::new();
        for row in 0..rows.table.len() {
            let words = |columns: &[usize]| columns.iter().map(|at| rows.cell(*at, row).unwrap_or_default()).collect::<Vec<_>>().join("\n");
            let (key, stands) = ((kind, words(key)), words(stand));
            // What goes out goes out anew each night; all else is told when it changes.
            let goes_out = kind == "action" && rows.cell(what, row).as_deref() == Some("due");
            if goes_out || self.stood.get(&key) != Some(&stands) {
                let word = if kind == "penalties told" { String::new() } else { format!(" {}", rows.cell(what, row).unwrap_or_default()) };
                events.push(event(rows, row, on, &format!("{kind}{word}"), reference, Some(amount)));
            }
            tonight.insert(key, stands);
        }
        self.stood.retain(|(of, _), _| *of != kind);
        self.stood.extend(tonight);
        events
    }
}
