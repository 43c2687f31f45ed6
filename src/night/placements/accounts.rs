//! What agencies report against what came in, and what they claim to keep against what was agreed: to the cent, and nothing guessed.

use std::collections::BTreeMap;

use super::standing::REMEMBERED_MONTHS;
use crate::base::contract::agency_accounts as columns;
use crate::base::contract::agency_events::{AGENCY_ID, AMOUNT, CURRENCY, EVENT_ID, FEE};
use crate::base::contract::invoices::INVOICE_ID;
use crate::base::contract::values::AGENCY_EVENT_KINDS;
use crate::base::date::Date;
use crate::base::money::{Amount, Currency, format_amount};
use crate::base::table::Table;
use crate::base::table_builder::TableBuilder;
use crate::night::documents::AgencyEvent;
use crate::night::facts::Subject;
use crate::night::memory::PlacementRecord;
use crate::night::normalise::reject::Finding;

/// Days that money may take from an agency to us before a difference is told.
const ON_ITS_WAY: i32 = 10;

/// Days for which what an agency tells is asked for in the ledger.
const WORTH_A_WORD: i32 = 31;

const UNRECORDED: &str = "agency_report_unrecorded";
const UNMATCHED: &str = "agency_event_unmatched";
const AFTER_END: &str = "agency_event_after_end";
const DIFFERENCE: &str = "agency_difference";
const FEE_DIFFERENCE: &str = "agency_fee_difference";

/// Who collects on which invoice.
type Key = (String, Vec<u8>);

/// What was reported, received, kept and claimed of an invoice, minor units of its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Account {
    customer_id: Vec<u8>,
    currency: Currency,
    placed_on: Date,
    ended_on: Option<Date>,
    reported: Amount,
    received: Amount,
    commission: Amount,
    /// `None` where the agency claimed nothing.
    claimed: Option<Amount>,
    last_report: Option<Date>,
    /// The last thing the agency told of it.
    last_event: Option<(Date, &'static str)>,
}

/// The accounts of a shard with every agency, in order of agency and invoice, and what does not fit.
pub(super) fn accounts(subject: &Subject<'_>, records: &[PlacementRecord], has_agencies: bool) -> (Table, Vec<Finding>) {
    let mut accounts: BTreeMap<Key, Account> = BTreeMap::new();
    for record in records {
        let account = accounts.entry((record.agency.clone(), record.invoice_id.clone())).or_insert_with(|| Account::of(record));
        account.placed_on = account.placed_on.min(record.placed_on);
        account.ended_on = account.ended_on.zip(record.ended.as_ref()).map(|(one, (other, _))| one.max(*other));
        account.received += record.collected();
        account.commission += record.commission();
    }
    let mut findings = Vec::new();
    if has_agencies || !accounts.is_empty() {
        reported(subject, &mut accounts, &mut findings);
    }
    let mut table = TableBuilder::output(&columns::SPEC);
    for ((agency, invoice), account) in &accounts {
        findings.extend(account.findings(agency, invoice, subject.as_of));
        account.tell(&mut table, agency, invoice);
    }
    (table.finish(), findings)
}

/// Adds what agencies reported to the accounts.
fn reported(subject: &Subject<'_>, accounts: &mut BTreeMap<Key, Account>, findings: &mut Vec<Finding>) {
    let table = &subject.shard.agency_events;
    for event in &subject.documents.agency_events {
        let row = event.row as usize;
        let text = |column| String::from_utf8_lossy(table.text(column, row).unwrap_or_default()).into_owned();
        let finding =
            |kind, message: String| Finding { kind, table: "agency_events", key: text(EVENT_ID), message: message.into(), amount: None };
        let invoice = &subject.documents.invoices[event.invoice as usize];
        let id = subject.shard.invoices.text(INVOICE_ID, invoice.row as usize).unwrap_or_default();
        let kind = event.kind.map_or("", |kind| AGENCY_EVENT_KINDS[usize::from(kind)]);
        let known = accounts.get_mut(&(text(AGENCY_ID), id.to_vec())).filter(|account| account.placed_on <= event.on);
        let Some(account) = known else {
            // What an agency had so long ago is not remembered.
            if event.on.plus_months(REMEMBERED_MONTHS) <= subject.as_of {
                continue;
            }
            let name = String::from_utf8_lossy(id);
            findings.push(finding(UNMATCHED, format!("{} tells {kind} of {name}, which it was not given by then", text(AGENCY_ID))));
            continue;
        };
        account.last_event = account.last_event.max(Some((event.on, kind)));
        if is_unrecorded(subject, event, kind) {
            let name = String::from_utf8_lossy(id);
            findings.push(finding(
                UNRECORDED,
                format!("{} tells {kind} of {name}, and the ledger has none: record it, or ask", text(AGENCY_ID)),
            ));
        }
        let currency = table.text(CURRENCY, row).and_then(Currency::parse).unwrap_or(account.currency);
        if currency != account.currency {
            findings.push(finding(UNMATCHED, format!("it is in {currency}, and the debt in {}", account.currency)));
            continue;
        }
        let money = |column| table.money(column, row).map(|thousandths| Amount(thousandths / currency.thousandths()));
        if let Some(fee) = money(FEE) {
            account.claimed = Some(account.claimed.unwrap_or(Amount::ZERO) + fee);
        }
        if kind != "payment" {
            continue;
        }
        account.reported += money(AMOUNT).unwrap_or(Amount::ZERO);
        account.last_report = account.last_report.max(Some(event.on));
        if let Some(ended) = account.ended_on.filter(|ended| *ended < event.on) {
            findings.push(finding(AFTER_END, format!("{} tells a payment after the debt ended on {ended}", text(AGENCY_ID))));
        }
    }
}

/// Whether an agency tells of a dispute or a promise that nobody has written down since; after a month it is history.
fn is_unrecorded(subject: &Subject<'_>, event: &AgencyEvent, kind: &str) -> bool {
    if subject.as_of.days_since(event.on) > WORTH_A_WORD {
        return false;
    }
    let (documents, invoice) = (subject.documents, &subject.documents.invoices[event.invoice as usize]);
    match kind {
        "dispute" => !documents.disputes.iter().any(|dispute| dispute.invoice == event.invoice),
        "promise" => !documents.promises.of(invoice.customer).iter().any(|promise| promise.promised_on >= event.on),
        _ => false,
    }
}

impl Account {
    fn of(record: &PlacementRecord) -> Account {
        Account {
            customer_id: record.customer_id.clone(),
            currency: record.currency,
            placed_on: record.placed_on,
            ended_on: Some(record.placed_on),
            reported: Amount::ZERO,
            received: Amount::ZERO,
            commission: Amount::ZERO,
            claimed: None,
            last_report: None,
            last_event: None,
        }
    }

    fn status(&self) -> &'static str {
        match self.reported.cmp(&self.received) {
            std::cmp::Ordering::Greater => "reported_not_received",
            std::cmp::Ordering::Less => "received_not_reported",
            std::cmp::Ordering::Equal if self.claimed.is_some_and(|claimed| claimed != self.commission) => "fee_differs",
            std::cmp::Ordering::Equal => "matched",
        }
    }

    /// What does not fit and is not on its way any more.
    fn findings(&self, agency: &str, invoice: &[u8], as_of: Date) -> Option<Finding> {
        let text = |amount: Amount| format!("{} {}", format_amount(amount.wide(), self.currency.digits()), self.currency);
        let (kind, message, amount) = match self.status() {
            "matched" => return None,
            "fee_differs" => {
                let claimed = self.claimed.unwrap_or(Amount::ZERO);
                let message = format!("{agency} claims {}, and {} was agreed", text(claimed), text(self.commission));
                (FEE_DIFFERENCE, message, claimed - self.commission)
            }
            // What came in without a report has no day of one.
            _ if self.last_report.is_some_and(|on| as_of.days_since(on) <= ON_ITS_WAY) => return None,
            _ => {
                let message = format!("{agency} reported {}, and {} came in", text(self.reported), text(self.received));
                (DIFFERENCE, message, self.reported - self.received)
            }
        };
        let key = String::from_utf8_lossy(invoice).into_owned();
        let amount = Some(amount.0.saturating_mul(self.currency.thousandths()));
        Some(Finding { kind, table: "agency_events", key, message: message.into(), amount })
    }

    fn tell(&self, table: &mut TableBuilder, agency: &str, invoice: &[u8]) {
        table.text(columns::AGENCY, agency.as_bytes());
        table.text(columns::CUSTOMER_ID, &self.customer_id);
        table.text(columns::INVOICE_ID, invoice);
        table.text(columns::CURRENCY, self.currency.code().as_bytes());
        table.text(columns::STATUS, self.status().as_bytes());
        for (column, amount) in [
            (columns::REPORTED, self.reported),
            (columns::RECEIVED, self.received),
            (columns::DIFFERENCE, self.reported - self.received),
            (columns::COMMISSION, self.commission),
        ] {
            table.money(column, amount, self.currency);
        }
        if let Some(claimed) = self.claimed {
            table.money(columns::CLAIMED, claimed, self.currency);
            table.money(columns::FEE_DIFFERENCE, claimed - self.commission, self.currency);
        }
        table.date(columns::LAST_REPORT_ON, self.last_report);
        if let Some((on, kind)) = self.last_event {
            table.date(columns::LAST_EVENT_ON, Some(on));
            table.text(columns::LAST_EVENT, kind.as_bytes());
        }
        table.end_row();
    }
}
