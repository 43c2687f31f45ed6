//! The data contract as data: every input and output table with its columns, kinds, keys and dates.
//!
//! The scan, the writer, the dictionary of the rules and the kernel all read these specifications, so that a name exists once.
//! Column constants are positions: `invoices::AMOUNT` is the place of `amount` in a [`Table`](crate::base::table::Table) of invoices.

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text; identifiers are exact bytes.
    Text,
    /// Money in the currency of the row.
    Money,
    /// A calendar day.
    Date,
    /// True or false.
    Flag,
    /// An exact decimal with at most six decimals.
    Number,
    /// A positive factor between two currencies, a decimal of twelve decimals.
    ExchangeRate,
    /// One of a closed list of values.
    Choice(&'static [&'static str]),
    /// A whole number; output only.
    Whole,
    /// A decimal(38,6); figures only.
    Decimal,
}

/// One column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Name in the contract.
    pub name: &'static str,
    /// Kind of its values.
    pub kind: Kind,
    /// Whether an input must have the column, and each row a value.
    pub required: bool,
}

/// One table of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSpec {
    /// Name in the job file and of the output file.
    pub name: &'static str,
    /// Columns in the order of the contract.
    pub columns: &'static [ColumnSpec],
    /// Columns that together are unique; empty where the contract asks for no unique key.
    pub key: &'static [usize],
    /// The column from whose date a row exists; rows dated after `as_of` are ignored.
    pub own_date: Option<usize>,
}

impl TableSpec {
    /// Position of a column by name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The words a column takes, or those it lists; `None` where it takes any value of its kind.
    pub fn words(&self, column: usize) -> Option<&'static [&'static str]> {
        match self.columns.get(column)?.kind {
            Kind::Choice(words) => Some(words),
            Kind::Flag => Some(values::FLAGS),
            Kind::Text if self.name == holds::SPEC.name && column == holds::STOPS => Some(values::HOLD_STOPS),
            _ => None,
        }
    }
}

macro_rules! count_as_one {
    ($name:ident) => {
        1
    };
}

macro_rules! tables {
    ($($(#[$doc:meta])* $table:ident key [$($key:ident),*] dated [$($dated:ident)?] { $($column:ident = $name:literal $need:ident $kind:expr;)* })*) => {
        $(
            $(#[$doc])*
            pub mod $table {
                use super::{ColumnSpec, Kind, TableSpec};
                #[allow(unused_imports, reason = "only some tables have enum columns")]
                use super::values::*;
                #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "positions are named like the constants they number")]
                enum Position { $($column,)* }
                $(
                    #[doc = concat!("Position of `", $name, "`.")]
                    pub const $column: usize = Position::$column as usize;
                )*
                /// Number of columns of the contract; extra columns follow.
                pub const WIDTH: usize = 0 $(+ count_as_one!($column))*;
                /// The table.
                pub const SPEC: TableSpec = TableSpec {
                    name: stringify!($table),
                    columns: &[$(ColumnSpec { name: $name, kind: { #[allow(unused_imports, reason = "kinds are named bare")] use Kind::*; $kind }, required: super::$need }),*],
                    key: &[$($key),*],
                    own_date: tables!(@dated $($dated)?),
                };
            }
        )*
    };
    (@dated) => { None };
    (@dated $dated:ident) => { Some($dated) };
}

#[allow(non_upper_case_globals, reason = "reads as a word in the tables below")]
const required: bool = true;
#[allow(non_upper_case_globals, reason = "reads as a word in the tables below")]
const optional: bool = false;

pub mod handed_over;
mod outputs;
#[cfg(test)]
mod tests;
pub mod values;

pub use outputs::*;

tables! {
    /// Who owes: one row per customer.
    customers key [CUSTOMER_ID] dated [] {
        CUSTOMER_ID = "customer_id" required Text;
        NAME = "name" optional Text;
        CUSTOMER_TYPE = "customer_type" optional Choice(CUSTOMER_TYPES);
        COUNTRY = "country" optional Text;
        LANGUAGE = "language" optional Text;
        PARENT_ID = "parent_id" optional Text;
        SECTOR = "sector" optional Text;
        TIER = "tier" optional Text;
        CREDIT_LIMIT = "credit_limit" optional Money;
        CREDIT_LIMIT_CURRENCY = "credit_limit_currency" optional Text;
        CREDIT_REVIEWED_ON = "credit_reviewed_on" optional Date;
        RISK_SCORE = "risk_score" optional Number;
        RATING = "rating" optional Text;
        RATING_ON = "rating_on" optional Date;
        LEGAL_STATUS = "legal_status" optional Choice(LEGAL_STATUSES);
        LEGAL_STATUS_SINCE = "legal_status_since" optional Date;
        VULNERABLE = "vulnerable" optional Flag;
        REPRESENTED_BY = "represented_by" optional Text;
        DIRECT_DEBIT = "direct_debit" optional Flag;
        PREFERRED_CHANNEL = "preferred_channel" optional Choice(PREFERRED_CHANNELS);
        EMAIL = "email" optional Text;
        PHONE = "phone" optional Text;
        ADDRESS = "address" optional Text;
        EMAIL_VALID = "email_valid" optional Flag;
        PHONE_VALID = "phone_valid" optional Flag;
        ADDRESS_VALID = "address_valid" optional Flag;
        CONTACT_CONSENT = "contact_consent" optional Text;
        CONSENT_EMAIL = "consent_email" optional Flag;
        CONSENT_SMS = "consent_sms" optional Flag;
        CONSENT_PHONE = "consent_phone" optional Flag;
        COLLECTOR_ID = "collector_id" optional Text;
        ON_CREDIT_HOLD = "on_credit_hold" optional Flag;
        PENALTY_RATE = "penalty_rate" optional Number;
        INSURED_LIMIT = "insured_limit" optional Money;
        INSURER = "insurer" optional Text;
        PERSON_ID = "person_id" optional Text;
        DO_NOT_CONTACT = "do_not_contact" optional Flag;
        DO_NOT_CONTACT_SINCE = "do_not_contact_since" optional Date;
        BREATHING_SPACE_UNTIL = "breathing_space_until" optional Date;
        EMAIL_SINCE = "email_since" optional Date;
        PHONE_SINCE = "phone_since" optional Date;
        ADDRESS_SINCE = "address_since" optional Date;
        TIME_ZONE = "time_zone" optional Text;
        SATISFACTION = "satisfaction" optional Number;
        RISK_AT_GRANT = "risk_at_grant" optional Text;
        MARGIN_12M = "margin_12m" optional Money;
    }
    /// What was invoiced: one row per document, credit notes negative.
    invoices key [INVOICE_ID] dated [ISSUE_DATE] {
        INVOICE_ID = "invoice_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        ISSUE_DATE = "issue_date" required Date;
        DUE_DATE = "due_date" required Date;
        AMOUNT = "amount" required Money;
        CURRENCY = "currency" optional Text;
        DOCUMENT_TYPE = "document_type" optional Choice(DOCUMENT_TYPES);
        ORIGINAL_INVOICE_ID = "original_invoice_id" optional Text;
        ORDER_ID = "order_id" optional Text;
        TAX_AMOUNT = "tax_amount" optional Money;
        SENT_ON = "sent_on" optional Date;
        DELIVERED_ON = "delivered_on" optional Date;
        PROOF_REF = "proof_ref" optional Text;
        DISCOUNT_UNTIL = "discount_until" optional Date;
        DISCOUNT_AMOUNT = "discount_amount" optional Money;
        WRITTEN_OFF_ON = "written_off_on" optional Date;
        SOLD_ON = "sold_on" optional Date;
        OWNER = "owner" optional Text;
        BUSINESS_UNIT = "business_unit" optional Text;
        PAYMENT_TERMS = "payment_terms" optional Text;
        PENALTY_RATE = "penalty_rate" optional Number;
        LIMITATION_ON = "limitation_on" optional Date;
        REVIVED_ON = "revived_on" optional Date;
        FINANCED_BY = "financed_by" optional Text;
        FINANCING_NOTIFIED = "financing_notified" optional Flag;
        POSTED_ON = "posted_on" optional Date;
    }
    /// Instalments of an invoice; they replace its single due date.
    installments key [INVOICE_ID, SEQUENCE] dated [] {
        INVOICE_ID = "invoice_id" required Text;
        SEQUENCE = "sequence" required Number;
        DUE_DATE = "due_date" required Date;
        AMOUNT = "amount" required Money;
    }
    /// Cash: receipts positive, refunds and reversals negative.
    payments key [PAYMENT_ID] dated [PAYMENT_DATE] {
        PAYMENT_ID = "payment_id" required Text;
        CUSTOMER_ID = "customer_id" optional Text;
        INVOICE_ID = "invoice_id" optional Text;
        PAYMENT_DATE = "payment_date" required Date;
        AMOUNT = "amount" required Money;
        CURRENCY = "currency" optional Text;
        METHOD = "method" optional Choice(METHODS);
        STATUS = "status" optional Choice(PAYMENT_STATUSES);
        REJECTION_KIND = "rejection_kind" optional Choice(REJECTION_KINDS);
        REJECTED_ON = "rejected_on" optional Date;
        DEPOSIT_FOR = "deposit_for" optional Text;
        COLLECTED_BY = "collected_by" optional Text;
        POSTED_ON = "posted_on" optional Date;
    }
    /// Contested invoices.
    disputes key [DISPUTE_ID] dated [OPENED_ON] {
        DISPUTE_ID = "dispute_id" required Text;
        INVOICE_ID = "invoice_id" required Text;
        OPENED_ON = "opened_on" required Date;
        CLOSED_ON = "closed_on" optional Date;
        AMOUNT = "amount" optional Money;
        REASON = "reason" optional Text;
        OUTCOME = "outcome" optional Choice(DISPUTE_OUTCOMES);
        OWNER = "owner" optional Text;
    }
    /// Amounts a customer keeps back or claims.
    deductions key [DEDUCTION_ID] dated [CLAIMED_ON] {
        DEDUCTION_ID = "deduction_id" required Text;
        INVOICE_ID = "invoice_id" required Text;
        CLAIMED_ON = "claimed_on" required Date;
        DECIDED_ON = "decided_on" optional Date;
        AMOUNT = "amount" required Money;
        KIND = "kind" optional Choice(DEDUCTION_KINDS);
        STATUS = "status" optional Choice(DEDUCTION_STATUSES);
    }
    /// Promises to pay, extensions and plan instalments.
    promises key [PROMISE_ID] dated [PROMISED_ON] {
        PROMISE_ID = "promise_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" optional Text;
        KIND = "kind" optional Choice(PROMISE_KINDS);
        PLAN_ID = "plan_id" optional Text;
        PROMISED_ON = "promised_on" required Date;
        DUE_ON = "due_on" required Date;
        AMOUNT = "amount" required Money;
        CURRENCY = "currency" optional Text;
        CANCELLED_ON = "cancelled_on" optional Date;
        CONFIRMED_ON = "confirmed_on" optional Date;
        PROPOSED_BY = "proposed_by" optional Choice(PROPOSERS);
    }
    /// What a person stopped, and until when.
    holds key [HOLD_ID] dated [FROM_DATE] {
        HOLD_ID = "hold_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" optional Text;
        FROM_DATE = "from_date" required Date;
        UNTIL_DATE = "until_date" optional Date;
        STOPS = "stops" optional Text;
        REASON = "reason" optional Text;
        AUTHOR = "author" optional Text;
    }
    /// Penalties a person gave up.
    waivers key [WAIVER_ID] dated [WAIVED_ON] {
        WAIVER_ID = "waiver_id" required Text;
        INVOICE_ID = "invoice_id" required Text;
        WAIVED_ON = "waived_on" required Date;
        AMOUNT = "amount" optional Money;
        REASON = "reason" optional Text;
        AUTHOR = "author" optional Text;
    }
    /// What a person decided for a customer in place of the rules, and until when.
    overrides key [OVERRIDE_ID] dated [FROM_DATE] {
        OVERRIDE_ID = "override_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        FROM_DATE = "from_date" required Date;
        UNTIL_DATE = "until_date" required Date;
        KIND = "kind" required Choice(OVERRIDE_KINDS);
        VALUE = "value" required Text;
        REASON = "reason" required Text;
        AUTHOR = "author" required Text;
    }
    /// What people decided about proposals of earlier nights.
    decisions key [DECISION_ID] dated [DECIDED_ON] {
        DECISION_ID = "decision_id" required Text;
        PROPOSAL_ID = "proposal_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        DECIDED_ON = "decided_on" required Date;
        DECISION = "decision" required Choice(DECISIONS);
        UNTIL_DATE = "until_date" optional Date;
        AUTHOR = "author" required Text;
        REASON = "reason" optional Text;
    }
    /// Contacts really made.
    contacts key [CONTACT_ID] dated [CONTACTED_ON] {
        CONTACT_ID = "contact_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" optional Text;
        CONTACTED_ON = "contacted_on" required Date;
        CHANNEL = "channel" optional Choice(CONTACT_CHANNELS);
        DIRECTION = "direction" optional Choice(CONTACT_DIRECTIONS);
        OUTCOME = "outcome" optional Choice(CONTACT_OUTCOMES);
        ACTION_ID = "action_id" optional Text;
        DELIVERY_PROOF = "delivery_proof" optional Text;
        RIGHT_PARTY = "right_party" optional Flag;
        REASON = "reason" optional Text;
    }
    /// What agencies report.
    agency_events key [EVENT_ID] dated [EVENT_ON] {
        EVENT_ID = "event_id" required Text;
        AGENCY_ID = "agency_id" required Text;
        INVOICE_ID = "invoice_id" required Text;
        EVENT_ON = "event_on" required Date;
        KIND = "kind" optional Choice(AGENCY_EVENT_KINDS);
        AMOUNT = "amount" optional Money;
        CURRENCY = "currency" optional Text;
        NOTE = "note" optional Text;
        FEE = "fee" optional Money;
    }
    /// What bailiffs, courts and liquidators did about a customer's debts.
    legal_events key [EVENT_ID] dated [EVENT_ON] {
        EVENT_ID = "event_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" optional Text;
        EVENT_ON = "event_on" required Date;
        KIND = "kind" required Choice(LEGAL_EVENT_KINDS);
        ROUTE = "route" optional Text;
        CASE_ID = "case_id" optional Text;
    }
    /// What we owe the customer.
    payables key [PAYABLE_ID] dated [] {
        PAYABLE_ID = "payable_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        DUE_DATE = "due_date" required Date;
        AMOUNT = "amount" required Money;
        CURRENCY = "currency" optional Text;
    }
    /// What went out to the customer, to be held against what was invoiced for its order.
    deliveries key [DELIVERY_ID] dated [DELIVERED_ON] {
        DELIVERY_ID = "delivery_id" required Text;
        CUSTOMER_ID = "customer_id" required Text;
        ORDER_ID = "order_id" required Text;
        DELIVERED_ON = "delivered_on" required Date;
        AMOUNT = "amount" required Money;
        CURRENCY = "currency" optional Text;
    }
    /// Consumption per month.
    usage key [CUSTOMER_ID, MONTH] dated [MONTH] {
        CUSTOMER_ID = "customer_id" required Text;
        MONTH = "month" required Date;
        QUANTITY = "quantity" required Number;
    }
    /// The collection team.
    collectors key [COLLECTOR_ID] dated [] {
        COLLECTOR_ID = "collector_id" required Text;
        LANGUAGES = "languages" optional Text;
        SEGMENTS = "segments" optional Text;
        CAPACITY = "capacity" optional Number;
        TEAM = "team" optional Text;
        AMOUNT_FROM = "amount_from" optional Number;
        AMOUNT_UP_TO = "amount_up_to" optional Number;
        AWAY_FROM = "away_from" optional Date;
        AWAY_UNTIL = "away_until" optional Date;
    }
    /// What a department means to reach.
    targets key [TARGET_ID] dated [] {
        TARGET_ID = "target_id" required Text;
        KPI = "kpi" required Text;
        SCOPE = "scope" optional Text;
        SCOPE_VALUE = "scope_value" optional Text;
        CURRENCY = "currency" optional Text;
        WINDOW_DAYS = "window_days" optional Number;
        MONTH = "month" optional Date;
        GOAL = "goal" required Choice(GOALS);
        TARGET = "target" required Number;
        OWNER = "owner" optional Text;
    }
    /// Exchange rates: one unit of `currency` in units of the reporting currency.
    fx key [DATE, CURRENCY] dated [DATE] {
        DATE = "date" required Date;
        CURRENCY = "currency" required Text;
        RATE_TO_REPORTING = "rate_to_reporting" required ExchangeRate;
    }
    /// The ledger's own totals, compared with what was read.
    control_totals key [TABLE, CURRENCY] dated [] {
        TABLE = "table" required Text;
        CURRENCY = "currency" required Text;
        COUNT = "count" required Number;
        AMOUNT = "amount" required Money;
        CUSTOMER_ID = "customer_id" optional Text;
    }
}

/// The input tables a job file may name, in the order they are read.
pub const INPUTS: &[TableSpec] = &[
    customers::SPEC,
    invoices::SPEC,
    installments::SPEC,
    payments::SPEC,
    disputes::SPEC,
    deductions::SPEC,
    promises::SPEC,
    holds::SPEC,
    waivers::SPEC,
    overrides::SPEC,
    decisions::SPEC,
    contacts::SPEC,
    agency_events::SPEC,
    legal_events::SPEC,
    payables::SPEC,
    deliveries::SPEC,
    usage::SPEC,
    collectors::SPEC,
    targets::SPEC,
    fx::SPEC,
    control_totals::SPEC,
];
