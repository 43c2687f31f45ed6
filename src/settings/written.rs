//! The job file as written: texts with their places, nothing decided yet.
//!
//! Every value is kept as text because any of them may be a `${NAME}` of the environment. Keys nobody knows are gathered,
//! not refused at the first one, so that one reading finds all of them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_saphyr::Spanned;

use super::freshness::NEVER;
use super::values;
use super::{
    Choice, DueDate, Duplicates, EarnedDiscount, Imputation, InsolvencyStop, JOB_VERSION, SCOPES, Unallocated, UnconfirmedRates, WhenStale,
};
use crate::base::calendar::Roll;
use crate::base::contract::values::CONTACT_CHANNELS;
use crate::base::form::{Form, Key, Noun, Value};
use crate::base::recovery::Interpolation;
use crate::base::terms::EomMethod;

/// A text and where it stands.
pub type Text = Spanned<String>;

/// A mapping with free keys, in the order written.
#[derive(Debug)]
pub struct Entries<T>(pub Vec<(Text, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

/// A mapping with fixed keys, all optional as far as reading goes. Each key says what may stand behind it and what it means.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($field:ident: $type:ty = $key:ident($value:expr, $means:literal),)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub struct $name {
            $(pub $field: Option<$type>,)*
            /// Keys that mean nothing here.
            pub unknown: Vec<Text>,
        }

        impl $name {
            /// The keys that mean something here.
            pub const KEYS: &[&str] = &[$(stringify!($field)),*];
            /// The same with what may stand behind them.
            pub const FORM: Form = Form { what: $what, keys: &[$(Key::$key(stringify!($field), $value, $means)),*] };
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Keys;
                impl<'de> Visitor<'de> for Keys {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a mapping")
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        let mut section = $name::default();
                        while let Some(key) = map.next_key::<Text>()? {
                            match key.value.as_str() {
                                $(stringify!($field) => section.$field = map.next_value()?,)*
                                _ => {
                                    map.next_value::<IgnoredAny>()?;
                                    section.unknown.push(key);
                                }
                            }
                        }
                        Ok(section)
                    }
                }
                deserializer.deserialize_map(Keys)
            }
        }
    };
}

/// Names of the contract with names of the files, by table.
const BY_TABLE: Value = Value::Map(&Value::Names(Noun::InputTable), &Value::Map(&Value::Names(Noun::InputColumn), &Value::Text));
/// Words of the files, each with the word of the contract it stands for, by table and column.
const WORDS: Value = Value::Map(
    &Value::Names(Noun::InputTable),
    &Value::Map(
        &Value::Names(Noun::InputColumn),
        &Value::Map(&Value::Text, &Value::Either(&[Value::Choice(values::all_words), Value::Flag])),
    ),
);
const ROUNDED: Value =
    Value::Map(&Value::Names(Noun::InputTable), &Value::Map(&Value::Names(Noun::InputColumn), &Value::Choice(|| vec!["round"])));

section! {
    /// The whole file.
    RawJob, "a job" {
        relance: Text = needed(Value::Choice(|| vec![JOB_VERSION]), "Version of the job file's language"),
        portfolio: Entries<Text> = needed(
            Value::Map(&Value::Names(Noun::InputTable), &Value::Text),
            "The tables: each a Parquet file, a folder, a glob or a hive folder, relative to this file. Only invoices are required"
        ),
        rules: Text = needed(Value::Text, "Folder of the policy pack: segmentation, escalation, penalties"),
        out: Text = new(Value::Text, "Folder under which the folders of nights appear; by default out"),
        reporting_currency: Text = needed(Value::Word(Noun::Currency), "Rules compare money in this currency, and totals are given in it"),
        fx: Text = new(Value::Text, "Exchange rates: date, currency, rate_to_reporting. Needed where a second currency appears"),
        columns: Entries<Entries<Text>> = new(BY_TABLE, "Names of your own columns, table by table, name of the contract first"),
        values: Entries<Entries<Entries<Text>>> = new(
            WORDS,
            "Words of your own in columns that take a closed list of words, each with the one it stands for, as in Société: company; missing is none"
        ),
        floats: Entries<Entries<Text>> = new(ROUNDED, "Columns of money that are floats and may be rounded to the minor unit"),
        unallocated: Text = new(Value::Choice(names_of::<Unallocated>), "What becomes of money that names no invoice"),
        imputation: Text = new(Value::Choice(names_of::<Imputation>), "What a payment settles first"),
        dispute_stops_interest: Text = new(Value::Flag, "Whether the disputed part bears no interest while the dispute is open"),
        insolvency_stop: Text = new(Value::Choice(names_of::<InsolvencyStop>), "Last day of interest when insolvency proceedings open; by default as each regime says"),
        unconfirmed_rates: Text = new(Value::Choice(names_of::<UnconfirmedRates>), "What becomes of published rates nobody confirmed"),
        cost_of_capital: Text = new(Value::Rate, "What a year of capital costs: what customers who pay late use us for (free_credit); without it nobody is charged with it"),
        promise_grace_days: Text = new(Value::Whole, "Days after its due day on which a promise may still be kept"),
        aging: Vec<Text> = new(Value::List(&Value::Whole), "Upper bounds of the aging bands in days past due, from 0 on"),
        duplicates: Text = new(Value::Choice(names_of::<Duplicates>), "What becomes of rows that share a key"),
        rejects: RawRejects = new(Value::Group(&RawRejects::FORM), "How many refused rows are too many"),
        freshness: RawFreshness = new(Value::Group(&RawFreshness::FORM), "How old exports may be, by the newest date in them"),
        control_totals: Text = new(Value::Text, "The ledger's own totals, compared with what was read"),
        kpis: RawKpis = new(Value::Group(&RawKpis::FORM), "Which figures are wanted"),
        recovery: RawRecovery = new(Value::Group(&RawRecovery::FORM), "What is expected of claims by their age; without it the published curve"),
        agencies: Entries<RawAgency> = new(
            Value::Map(&Value::Text, &Value::Group(&RawAgency::FORM)),
            "What each collection agency is given, in what form and where, by its id"
        ),
        terms: RawTerms = new(Value::Group(&RawTerms::FORM), "Payment terms: due dates, cash discounts, longest terms; without it nobody reads them"),
    }
}

section! {
    /// `rejects:`.
    RawRejects, "a limit of refused rows" {
        fail_above: Text = new(Value::Rate, "Share of refused rows or refused money per table above which nothing is published"),
    }
}

/// `3 business days`, or a table that is not watched.
const AGE: Value = Value::Either(&[Value::Choice(|| vec![NEVER]), Value::Days]);

section! {
    /// `freshness:`.
    RawFreshness, "how old exports may be" {
        payments: Text = new(AGE, "How far the newest receipt may lie behind the night"),
        invoices: Text = new(AGE, "How far the newest date of issue may lie behind the night"),
        contacts: Text = new(AGE, "How far the newest contact may lie behind the night; by default not watched"),
        when_stale: Text = new(Value::Choice(names_of::<WhenStale>), "What becomes of a night beyond a limit stated here: refuse (nothing is published) or tell (a finding)"),
    }
}

section! {
    /// `kpis:`.
    RawKpis, "the wanted figures" {
        scopes: Vec<Text> = new(Value::List(&Value::Choice(|| SCOPES.to_vec())), "Groups for which figures are given"),
        months: Text = new(Value::Whole, "Length of monthly histories"),
        loss_rates: Vec<Text> = new(Value::List(&Value::Rate), "Share expected to be lost in each aging band, current first: the provision matrix of IFRS 9"),
        agency_fees: Entries<Text> = new(Value::Map(&Value::Text, &Value::Rate), "What agencies keep of what they collect, by agency id: 25%"),
        contact_costs: Entries<Text> = new(Value::Map(&Value::Choice(|| CONTACT_CHANNELS.to_vec()), &Value::OwnMoney), "What one contact costs, by channel, in the reporting currency: {email: 0.02, phone: 4.50}"),
        rolls_since: Text = new(Value::Text, "An earlier night from which rolls are told as well: month_end, or a day as in 2026-10-31"),
        effort: RawEffort = new(Value::Group(&RawEffort::FORM), "What collecting took in the ninety days up to the night, for figures of productivity"),
        depreciation_rates: Vec<Text> = new(Value::List(&Value::Rate), "Depreciation of each aging band, current first, on balances net of tax: French accounts"),
    }
}

/// Columns of a file of agencies.
const COLUMNS: Value = Value::List(&Value::Text);

section! {
    /// An agency under `agencies:`.
    RawAgency, "what an agency is given" {
        debts: Vec<Text> = new(COLUMNS, "Columns of the debts; by default who owes what since when"),
        debtors: Vec<Text> = new(COLUMNS, "Columns of the debtors; by default customer_id, name, address, country"),
        documents: Vec<Text> = new(COLUMNS, "Columns of the invoices, credit notes and payments behind them; by default none"),
        contacts: Vec<Text> = new(COLUMNS, "Columns of how the debtors were reminded; by default none"),
        csv: Text = new(Value::Choice(|| vec!["plain", "semicolon"]), "Form of its text files: commas and a decimal point, or semicolons and a decimal comma"),
        creditor: Text = new(Value::Text, "Who hands over, by the name debtors know: it stands in every manifest"),
        drop: Text = needed(Value::Text, "The folder its batches are put into"),
        encrypt: Vec<Text> = new(COLUMNS, "The program that encrypts, word by word, from standard input to standard output; {recipient} stands for the key"),
        recipient: Text = new(Value::Text, "The key of the agency: one of age, or a whole fingerprint"),
        ending: Text = new(Value::Text, "What the names of encrypted files end in, as in .age; by default .enc"),
        sign: Vec<Text> = new(COLUMNS, "The program that signs the manifest, word by word, from standard input to standard output"),
        unencrypted: Text = new(Value::Flag, "true where batches are not encrypted, because the folder is safe by itself"),
    }
}

section! {
    /// `kpis.effort:`.
    RawEffort, "what collecting took" {
        people: Text = needed(Value::Whole, "How many people collect"),
        hours: Text = needed(Value::Whole, "Their hours, all together"),
        cost: Text = needed(Value::OwnMoney, "What they cost, in the reporting currency"),
    }
}

section! {
    /// `recovery:`.
    RawRecovery, "a recovery curve" {
        curve: Entries<Text> = new(Value::Map(&Value::Whole, &Value::Rate), "Days past due, each with the share still recovered of a claim that old"),
        interpolation: Text = new(Value::Choice(names_of::<Interpolation>), "How the curve runs between two days: in a straight line, or by decay"),
    }
}

section! {
    /// `terms:`.
    RawTerms, "what holds of payment terms" {
        due_date: Text = new(Value::Choice(names_of::<DueDate>), "Where an invoice without a due date gets one; by default it is refused"),
        eom_method: Text = new(
            Value::Choice(names_of::<EomMethod>),
            "How eom(45) is counted: the days first (after) or the end of the month first (then); without it eom is refused"
        ),
        roll: Text = new(Value::Choice(names_of::<Roll>), "Where a due date from terms goes that is no business day; by default it stays"),
        default: Text = new(Value::Text, "Terms of an invoice with neither a due date nor terms, as in net_from_receipt(30)"),
        codes: Entries<Text> = new(Value::Map(&Value::Text, &Value::Text), "Your own words for terms, each with what it means, as in Z030: net(30)"),
        earned_discount: Text = new(
            Value::Choice(names_of::<EarnedDiscount>),
            "Whether an earned discount is still asked for until its credit note comes (keep), or is a deduction (deduct)"
        ),
        discount_tolerance: Text = new(Value::OwnMoney, "What a payment may fall short of the discounted amount, in its own currency"),
        legal_maximum: Entries<RawLegalMaximum> = new(
            Value::Map(&Value::Text, &Value::Group(&RawLegalMaximum::FORM)),
            "Longest terms of companies by their country, or for all: longer ones are told"
        ),
    }
}

section! {
    /// A row of `terms.legal_maximum:`.
    RawLegalMaximum, "the longest terms of a country" {
        days: Text = needed(Value::Whole, "Days from the invoice date"),
        end_of_month: Text = new(Value::Whole, "Days end of month that may be agreed expressly, whatever day that is"),
        periodic: Text = new(Value::Whole, "Days from the invoice date for periodic invoices"),
    }
}

fn names_of<T: Choice>() -> Vec<&'static str> {
    T::ALL.iter().map(|(_, name)| *name).collect()
}
