//! What a collection agency may be given: every column there is. Which of them an agency gets is for its contract to say.

use super::{ColumnSpec, Kind, TableSpec, optional, required, values};

tables! {
    /// Debts that are handed over.
    debts key [] dated [] {
        BATCH = "batch" required Whole;
        LINE = "line" required Whole;
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" required Text;
        SEQUENCE = "sequence" optional Whole;
        CURRENCY = "currency" required Text;
        AMOUNT_PLACED = "amount_placed" required Money;
        PENALTIES = "penalties" optional Money;
        AMOUNT = "amount" optional Money;
        AMOUNT_PAID = "amount_paid" optional Money;
        AMOUNT_CREDITED = "amount_credited" optional Money;
        ISSUE_DATE = "issue_date" optional Date;
        DUE_DATE = "due_date" optional Date;
        DAYS_PAST_DUE = "days_past_due" optional Whole;
        FEE_RATE = "fee_rate" optional Number;
        PROOF_REF = "proof_ref" optional Text;
    }
    /// Those who owe them.
    debtors key [] dated [] {
        CUSTOMER_ID = "customer_id" required Text;
        NAME = "name" optional Text;
        CUSTOMER_TYPE = "customer_type" optional Choice(CUSTOMER_TYPES);
        COUNTRY = "country" optional Text;
        LANGUAGE = "language" optional Text;
        ADDRESS = "address" optional Text;
        EMAIL = "email" optional Text;
        PHONE = "phone" optional Text;
    }
    /// Invoices, credit notes and payments behind them.
    documents key [] dated [] {
        CUSTOMER_ID = "customer_id" required Text;
        INVOICE_ID = "invoice_id" required Text;
        KIND = "kind" required Text;
        DOCUMENT_ID = "document_id" required Text;
        DATE = "date" optional Date;
        CURRENCY = "currency" required Text;
        AMOUNT = "amount" optional Money;
    }
    /// How their debtors were reminded.
    contacts key [] dated [] {
        CUSTOMER_ID = "customer_id" required Text;
        CONTACT_ID = "contact_id" required Text;
        CONTACTED_ON = "contacted_on" required Date;
        CHANNEL = "channel" optional Choice(CONTACT_CHANNELS);
        OUTCOME = "outcome" optional Choice(CONTACT_OUTCOMES);
    }
}

/// Columns nobody outside is given, whatever a contract says, by what they have in their names; with the reason.
const NEVER: &[(&[&str], &str)] = &[
    (&["iban", "bic", "bank", "account", "mandate"], "bank details are of no use to who collects, and of great use to who steals"),
    (&["note", "comment", "remark", "text", "reason", "memo"], "free text holds what nobody checked: health, family, opinions"),
    (&["score", "rating", "risk", "segment", "tier", "satisfaction", "worth"], "what we think of a debtor stays with us"),
    (&["birth", "vulnerable", "health", "represented"], "it is about the person, not about the debt"),
    (&["password", "secret", "token"], "it opens something"),
];

/// The most letters of the id of an agency.
pub const LONGEST_ID: usize = 64;

/// Whether a text can be the id of an agency: it names folders, so that no id may lead anywhere else.
pub fn is_agency_id(id: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    !id.starts_with('.') && (1..=LONGEST_ID).contains(&id.len()) && id.chars().all(is_plain)
}

/// Why no agency is given a column of this name; `None` where one may be.
pub fn never(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let has = |words: &[&str]| lower.split(['_', ' ', '-', '.']).any(|part| words.contains(&part.trim_end_matches('s')));
    NEVER.iter().find(|(words, _)| has(words)).map(|(_, why)| *why)
}

/// What each column is for, by file: why an agency is given it.
const PURPOSES: &[(&str, &[&str], &str)] = &[
    ("debts", &["batch", "line"], "to name the debt when both speak of it"),
    ("debts", &["customer_id", "invoice_id", "sequence"], "to name the debtor and the claim in payments and reports"),
    ("debts", &["currency", "amount_placed"], "the amount of the claim"),
    ("debts", &["penalties"], "interest and charges, told apart from the principal as the first letter must"),
    ("debts", &["amount", "amount_paid", "amount_credited"], "to show how the amount came about"),
    ("debts", &["issue_date", "due_date", "days_past_due"], "the basis of the claim, and since when it is late"),
    ("debts", &["fee_rate"], "what was agreed for this debt"),
    ("debts", &["proof_ref"], "to prove what was delivered"),
    ("debtors", &["customer_id"], "to tell whose debt it is"),
    ("debtors", &["name", "address", "country"], "to write to the debtor"),
    ("debtors", &["customer_type"], "other rules hold for consumers"),
    ("debtors", &["language"], "to be understood"),
    ("debtors", &["email", "phone"], "to reach the debtor"),
    (
        "documents",
        &["customer_id", "invoice_id", "kind", "document_id", "date", "currency", "amount"],
        "to answer what the debtor asks about the claim",
    ),
    (
        "contacts",
        &["customer_id", "contact_id", "contacted_on", "channel", "outcome"],
        "to know what was tried, and not to press more than is lawful",
    ),
    ("changes", &[], "to ask for what is still owed, and no more"),
];

/// Why an agency is given a column of a file.
pub fn purpose(file: &str, column: &str) -> &'static str {
    let of = |(of, columns, _): &&(&str, &[&str], &str)| *of == file && (columns.is_empty() || columns.contains(&column));
    PURPOSES.iter().find(of).map_or("", |(.., why)| why)
}

/// Columns without which nobody can tell which claim a row is about.
pub const DEBT_KEYS: &[usize] = &[debts::LINE, debts::CUSTOMER_ID, debts::INVOICE_ID, debts::CURRENCY, debts::AMOUNT_PLACED];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_purpose_and_none_is_forbidden() {
        for spec in [debts::SPEC, debtors::SPEC, documents::SPEC, contacts::SPEC] {
            for column in spec.columns {
                assert!(!purpose(spec.name, column.name).is_empty(), "{}.{}", spec.name, column.name);
                assert_eq!(never(column.name), None, "{}.{}", spec.name, column.name);
            }
        }
    }

    #[test]
    fn what_nobody_outside_is_given_is_known_by_its_name() {
        for name in
            ["iban", "IBAN", "debtor_iban", "bank_account", "notes", "note", "risk_score", "scores", "rating", "birth_date", "vulnerable"]
        {
            assert!(never(name).is_some(), "{name}");
        }
        for name in ["name", "address", "denotes", "scored", "contextual"] {
            assert_eq!(never(name), None, "{name}");
        }
    }
}
