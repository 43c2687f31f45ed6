//! Which columns of which tables a generated ledger has, and the rows of one block under construction.

use crate::base::contract::{
    agency_events, collectors, contacts, customers, deductions, disputes, fx, holds, installments, invoices, payables, payments, promises,
};
use crate::base::table::Column;
use crate::desk::generate::sheet::Sheet;
use crate::io::ledger_writer::Layout;

/// The tables written, in the order of [`Block::into_tables`].
pub const LAYOUT: &[Layout] = &[
    (&customers::SPEC, CUSTOMERS),
    (&invoices::SPEC, INVOICES),
    (&installments::SPEC, INSTALLMENTS),
    (&payments::SPEC, PAYMENTS),
    (&disputes::SPEC, DISPUTES),
    (&deductions::SPEC, DEDUCTIONS),
    (&promises::SPEC, PROMISES),
    (&holds::SPEC, HOLDS),
    (&contacts::SPEC, CONTACTS),
    (&agency_events::SPEC, AGENCY_EVENTS),
    (&payables::SPEC, PAYABLES),
    (&collectors::SPEC, COLLECTORS),
    (&fx::SPEC, FX),
];

const CUSTOMERS: &[usize] = {
    use customers::*;
    &[
        CUSTOMER_ID,
        NAME,
        CUSTOMER_TYPE,
        COUNTRY,
        LANGUAGE,
        PARENT_ID,
        SECTOR,
        TIER,
        CREDIT_LIMIT,
        CREDIT_LIMIT_CURRENCY,
        CREDIT_REVIEWED_ON,
        RISK_SCORE,
        RATING,
        LEGAL_STATUS,
        LEGAL_STATUS_SINCE,
        VULNERABLE,
        REPRESENTED_BY,
        DIRECT_DEBIT,
        PREFERRED_CHANNEL,
        EMAIL,
        PHONE,
        ADDRESS,
        EMAIL_VALID,
        ADDRESS_VALID,
        CONSENT_EMAIL,
        CONSENT_SMS,
        CONSENT_PHONE,
        COLLECTOR_ID,
        ON_CREDIT_HOLD,
        PENALTY_RATE,
        INSURED_LIMIT,
    ]
};
const INVOICES: &[usize] = {
    use invoices::*;
    &[
        INVOICE_ID,
        CUSTOMER_ID,
        ISSUE_DATE,
        DUE_DATE,
        AMOUNT,
        CURRENCY,
        DOCUMENT_TYPE,
        ORIGINAL_INVOICE_ID,
        ORDER_ID,
        TAX_AMOUNT,
        SENT_ON,
        DELIVERED_ON,
        PROOF_REF,
        DISCOUNT_UNTIL,
        DISCOUNT_AMOUNT,
        WRITTEN_OFF_ON,
        SOLD_ON,
        OWNER,
        BUSINESS_UNIT,
    ]
};
const INSTALLMENTS: &[usize] = {
    use installments::*;
    &[INVOICE_ID, SEQUENCE, DUE_DATE, AMOUNT]
};
const PAYMENTS: &[usize] = {
    use payments::*;
    &[PAYMENT_ID, CUSTOMER_ID, INVOICE_ID, PAYMENT_DATE, AMOUNT, CURRENCY, METHOD, STATUS, REJECTION_KIND, REJECTED_ON]
};
const DISPUTES: &[usize] = {
    use disputes::*;
    &[DISPUTE_ID, INVOICE_ID, OPENED_ON, CLOSED_ON, AMOUNT, REASON, OUTCOME]
};
const DEDUCTIONS: &[usize] = {
    use deductions::*;
    &[DEDUCTION_ID, INVOICE_ID, CLAIMED_ON, DECIDED_ON, AMOUNT, KIND, STATUS]
};
const PROMISES: &[usize] = {
    use promises::*;
    &[PROMISE_ID, CUSTOMER_ID, INVOICE_ID, KIND, PLAN_ID, PROMISED_ON, DUE_ON, AMOUNT, CURRENCY, CANCELLED_ON]
};
const HOLDS: &[usize] = {
    use holds::*;
    &[HOLD_ID, CUSTOMER_ID, FROM_DATE, UNTIL_DATE, STOPS, REASON, AUTHOR]
};
const CONTACTS: &[usize] = {
    use contacts::*;
    &[CONTACT_ID, CUSTOMER_ID, INVOICE_ID, CONTACTED_ON, CHANNEL, DIRECTION, OUTCOME]
};
const AGENCY_EVENTS: &[usize] = {
    use agency_events::*;
    &[EVENT_ID, AGENCY_ID, INVOICE_ID, EVENT_ON, KIND]
};
const PAYABLES: &[usize] = {
    use payables::*;
    &[PAYABLE_ID, CUSTOMER_ID, DUE_DATE, AMOUNT, CURRENCY]
};
const COLLECTORS: &[usize] = {
    use collectors::*;
    &[COLLECTOR_ID, LANGUAGES, CAPACITY]
};
const FX: &[usize] = {
    use fx::*;
    &[DATE, CURRENCY, RATE_TO_REPORTING]
};

/// Identifiers a block can give to rows that are not invoices or customers.
const SERIALS_PER_BLOCK: u64 = 10_000_000;

/// Rows of all tables for one block of customers.
#[derive(Debug)]
pub struct Block {
    pub customers: Sheet,
    pub invoices: Sheet,
    pub installments: Sheet,
    pub payments: Sheet,
    pub disputes: Sheet,
    pub deductions: Sheet,
    pub promises: Sheet,
    pub holds: Sheet,
    pub contacts: Sheet,
    pub agency_events: Sheet,
    pub payables: Sheet,
    pub collectors: Sheet,
    pub fx: Sheet,
    next_serial: u64,
}

impl Block {
    /// A block without rows. Its number keeps its identifiers apart from those of other blocks.
    pub fn new(number: u64) -> Block {
        Block {
            customers: Sheet::new(&customers::SPEC, CUSTOMERS),
            invoices: Sheet::new(&invoices::SPEC, INVOICES),
            installments: Sheet::new(&installments::SPEC, INSTALLMENTS),
            payments: Sheet::new(&payments::SPEC, PAYMENTS),
            disputes: Sheet::new(&disputes::SPEC, DISPUTES),
            deductions: Sheet::new(&deductions::SPEC, DEDUCTIONS),
            promises: Sheet::new(&promises::SPEC, PROMISES),
            holds: Sheet::new(&holds::SPEC, HOLDS),
            contacts: Sheet::new(&contacts::SPEC, CONTACTS),
            agency_events: Sheet::new(&agency_events::SPEC, AGENCY_EVENTS),
            payables: Sheet::new(&payables::SPEC, PAYABLES),
            collectors: Sheet::new(&collectors::SPEC, COLLECTORS),
            fx: Sheet::new(&fx::SPEC, FX),
            next_serial: number * SERIALS_PER_BLOCK,
        }
    }

    /// A number no other row of a generated ledger has.
    pub fn serial(&mut self) -> u64 {
        self.next_serial += 1;
        self.next_serial
    }

    /// The columns of every table, in the order of [`LAYOUT`].
    pub fn into_tables(self) -> Vec<Vec<Column>> {
        [
            self.customers,
            self.invoices,
            self.installments,
            self.payments,
            self.disputes,
            self.deductions,
            self.promises,
            self.holds,
            self.contacts,
            self.agency_events,
            self.payables,
            self.collectors,
            self.fx,
        ]
        .into_iter()
        .map(|sheet| sheet.columns)
        .collect()
    }
}
