//! `relance test add`: a real customer on a real night as a test, with everything that could tell who it is masked.
//!
//! Dates, amounts and words of closed lists stay, because rules decide by them. Ids become `C-1`, `I-1`, … in the order of the rows;
//! a text stays only where the rules name that very text. What the test expects is what the rules decide about the masked rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use crate::base::contract::{Kind, TableSpec};
use crate::base::date::Date;
use crate::base::money::{Currency, divide_half_up, format_amount};
use crate::base::table::{Column, Table};
use crate::desk::test::suggest::expected::Effects;
use crate::desk::test::suggest::write::yaml;
use crate::desk::test::{Runner, pack};
use crate::error::{Exit, Failure};
use crate::night::fx::ONE;
use crate::rules::format::{Amounts, format as in_one_form};
use crate::rules::program::Program;
use crate::rules::test_file::TABLES;
use crate::run;
use crate::run::extract::{Extract, extract};
use crate::settings::Settings;

/// Which customer, on which night.
#[derive(Debug, Clone)]
pub struct Request {
    pub customer: String,
    pub as_of: Date,
    /// Name of the test; one is made where it is left out.
    pub name: Option<String>,
    /// The file the test will be in, for the places in messages.
    pub file: PathBuf,
}

/// Columns of customers by which somebody is reached.
const ADDRESSES: &[&str] = &["email", "phone", "address"];
/// Texts that say nothing about a person.
const OPEN_TEXTS: &[&str] = &["country", "language", "currency", "credit_limit_currency", "policy", "step", "bucket", "channel"];
/// Columns that hold ids, with the letter of what they name.
const IDS: &[(&str, &str)] = &[
    ("customer_id", "C"),
    ("parent_id", "G"),
    ("invoice_id", "I"),
    ("original_invoice_id", "I"),
    ("order_id", "ORDER"),
    ("deposit_for", "ORDER"),
    ("payment_id", "P"),
    ("dispute_id", "D"),
    ("deduction_id", "DEDUCTION"),
    ("promise_id", "Q"),
    ("plan_id", "PLAN"),
    ("hold_id", "H"),
    ("contact_id", "CONTACT"),
    ("event_id", "EVENT"),
    ("agency_id", "AGENCY"),
    ("payable_id", "PAYABLE"),
    ("collector_id", "COLLECTOR"),
];
/// Columns that would lead back to the night they come from.
const LEFT_OUT: &[&str] = &["action_id", "delivery_proof", "trial_arm", "placement"];

/// The test as the text of a test file.
///
/// # Errors
/// [`Exit::Data`] where no row names the customer; what reading the portfolio and the rules ends with.
pub fn add(settings: &Settings, request: &Request) -> Result<String, Failure> {
    let compiled = run::rules(settings, request.as_of)?;
    let program = &compiled.program;
    let Some(found) = extract(settings, program, request.as_of, &request.customer)? else {
        return Err(Failure::new(Exit::Data, format!("no row of the portfolio names the customer {}", request.customer))
            .remedy("give the id as the ledger writes it"));
    };
    let mut mask = Mask { program, ids: BTreeMap::new() };
    let name = request.name.clone().unwrap_or_else(|| format!("a case of {}", request.as_of));
    let head = format!(
        "# A real case, masked. What it expects is what the rules decide today: read it before you keep it.\n\
         # A debtor group is cut down to this customer, and trials may put it in another arm.\n\
         relance: 1\nkind: test\nas_of: {}\n{}\ntests:\n  - test: {}\n",
        request.as_of,
        mask.given(&found, settings.reporting_currency, request.as_of),
        yaml(&name)
    );
    let expected = expected(&head, settings, request, program)?;
    Ok(in_one_form(&format!("{head}    expect: {{{expected}}}\n"), &Amounts::default()))
}

/// Reads the test back and works it out.
fn expected(head: &str, settings: &Settings, request: &Request, program: &Program) -> Result<String, Failure> {
    let text = format!("{head}    expect: {{action: none}}\n");
    let pack = pack::of_text(&settings.places.rules, &request.file, &text, settings.reporting_currency, request.as_of)?;
    let mut runner = Runner::new(&pack, false)?;
    runner.settings = settings.clone();
    let night = pack.tests.first().and_then(|file| file.tests.first()).and_then(|test| test.nights.first());
    let Some(night) = night else { return Err(Failure::new(Exit::Bug, "the test that was written has no night")) };
    let mut expected = String::new();
    let ran = runner.night(night, None, |judged| expected = Effects::of(judged, program).written(&BTreeSet::new()))?;
    match ran.problem {
        Some(problem) => Err(Failure::new(Exit::Data, format!("the rows of {} cannot be a test: {problem}", request.customer))),
        None => Ok(expected),
    }
}

/// The last known rate of each currency the customer has anything in. Tests write rates with six decimals.
fn exchange_rates(found: &Extract, reporting: Currency, as_of: Date, text: &mut String) {
    let shard = &found.shard;
    let tables = [
        (&crate::base::contract::customers::SPEC, &shard.customers),
        (&crate::base::contract::invoices::SPEC, &*shard.invoices),
        (&crate::base::contract::payments::SPEC, &shard.payments),
        (&crate::base::contract::promises::SPEC, &shard.promises),
        (&crate::base::contract::payables::SPEC, &shard.payables),
        (&crate::base::contract::deliveries::SPEC, &shard.deliveries),
    ];
    let columns = tables.iter().flat_map(|(spec, table)| {
        let column = spec.position("currency").or_else(|| spec.position("credit_limit_currency"));
        column.map(|column| (0..table.len()).filter_map(move |row| table.text(column, row).and_then(Currency::parse)))
    });
    let used: BTreeSet<Currency> = columns.flatten().filter(|currency| *currency != reporting).collect();
    let latest = |currency: &Currency| {
        let own = found.rates.iter().filter(|row| row.currency == *currency && row.date <= as_of);
        own.max_by_key(|row| row.date)
    };
    let rates: Vec<_> = used.iter().filter_map(latest).collect();
    if !rates.is_empty() {
        text.push_str("  fx:\n");
    }
    for row in rates {
        let millionths = divide_half_up(i128::from(row.rate), i128::from(ONE / 1_000_000));
        let rate = format_amount(millionths, 6);
        // Writing into a String cannot fail.
        let _ = writeln!(text, "    - {{date: {}, currency: {}, rate_to_reporting: {rate}}}", row.date, row.currency);
    }
}

struct Mask<'p> {
    program: &'p Program,
    /// What each id became, by the letter of its kind and the id.
    ids: BTreeMap<(&'static str, String), String>,
}

impl Mask<'_> {
    /// Everything that is given.
    fn given(&mut self, found: &Extract, reporting: Currency, as_of: Date) -> String {
        let shard = &found.shard;
        let mut text = String::from("\ngiven:\n");
        let customer = self.rows(&crate::base::contract::customers::SPEC, &shard.customers, &found.extra.customers, reporting, as_of);
        if let Some(row) = customer.first() {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "  customer: {{{row}}}");
        }
        for (spec, _) in TABLES {
            let none = Vec::new();
            let (table, extra): (&Table, &[String]) = match spec.name {
                "invoices" => (&shard.invoices, &found.extra.invoices),
                "installments" => (&shard.installments, &none),
                "payments" => (&shard.payments, &none),
                "disputes" => (&shard.disputes, &none),
                "deductions" => (&shard.deductions, &none),
                "promises" => (&shard.promises, &none),
                "holds" => (&shard.holds, &none),
                "waivers" => (&shard.waivers, &none),
                "contacts" => (&shard.contacts, &none),
                "agency_events" => (&shard.agency_events, &none),
                "payables" => (&shard.payables, &none),
                "deliveries" => (&shard.deliveries, &none),
                "overrides" => (&shard.overrides, &none),
                "decisions" => (&shard.decisions, &none),
                "legal_events" => (&shard.legal_events, &none),
                "usage" => (&shard.usage, &none),
                "state" => (&shard.state, &none),
                _ => continue,
            };
            let mut rows = self.rows(spec, table, extra, reporting, as_of);
            // Where there is a contact log, it counts and the memory of contacts does not.
            rows.retain(|row| !(found.has_contact_log && row.starts_with("record: contact")));
            if !rows.is_empty() {
                let _ = writeln!(text, "  {}:", spec.name);
                rows.iter().for_each(|row| {
                    let _ = writeln!(text, "    - {{{row}}}");
                });
            }
        }
        exchange_rates(found, reporting, as_of, &mut text);
        text
    }

    /// The rows of a table that exist on the night.
    fn rows(&mut self, spec: &TableSpec, table: &Table, extra: &[String], reporting: Currency, as_of: Date) -> Vec<String> {
        let exists = |row: &usize| spec.own_date.is_none_or(|column| table.date(column, *row).is_none_or(|date| date <= as_of));
        (0..table.len()).filter(exists).map(|row| self.row(spec, table, extra, row, reporting)).collect()
    }

    fn row(&mut self, spec: &TableSpec, table: &Table, extra: &[String], row: usize, reporting: Currency) -> String {
        let currency = ["currency", "credit_limit_currency"].iter().find_map(|name| {
            let column = spec.position(name)?;
            table.text(column, row).and_then(Currency::parse)
        });
        let currency = currency.unwrap_or(reporting);
        let names =
            spec.columns.iter().map(|column| (column.name, Some(column.kind))).chain(extra.iter().map(|name| (name.as_str(), None)));
        let mut cells = Vec::new();
        for (at, (name, kind)) in names.enumerate().filter(|(_, (name, _))| !LEFT_OUT.contains(name)) {
            let is_told = || table.columns.get(at).is_some_and(|column| !matches!(column, Column::Absent));
            if let Some(value) = self.cell(table, at, name, kind, row, currency) {
                cells.push(format!("{name}: {value}"));
            } else if spec.name == "customers" && ADDRESSES.contains(&name) && is_told() {
                // A customer without an address is something else than a ledger that says nothing of addresses.
                cells.push(format!("{name}: missing"));
            }
        }
        cells.join(", ")
    }

    fn cell(&mut self, table: &Table, at: usize, name: &str, kind: Option<Kind>, row: usize, currency: Currency) -> Option<String> {
        match table.columns.get(at)? {
            Column::Text(_) | Column::Coded(_) => table.text(at, row).map(|text| self.text(name, &String::from_utf8_lossy(text))),
            Column::Money(_) => table.money(at, row).map(|thousandths| {
                let digits = currency.digits();
                format!("{} {currency}", format_amount(i128::from(thousandths / currency.thousandths()), digits))
            }),
            Column::Date(_) => table.date(at, row).map(|date| date.to_string()),
            Column::Flag(_) => table.flag(at, row).map(|flag| flag.to_string()),
            Column::Number(_) => table.number(at, row).map(|millionths| format_amount(i128::from(millionths), 6)),
            Column::Whole(_) => table.whole(at, row).map(|whole| whole.to_string()),
            Column::Choice(_) => match kind {
                Some(Kind::Choice(names)) => {
                    table.choice(at, row).and_then(|choice| names.get(usize::from(choice))).map(|name| (*name).to_owned())
                }
                _ => None,
            },
            Column::Absent | Column::Decimal(_) => None,
        }
    }

    /// A text that tells nobody who it is about.
    fn text(&mut self, name: &str, text: &str) -> String {
        if let Some((_, letter)) = IDS.iter().find(|(column, _)| *column == name) {
            let next = 1 + self.ids.keys().filter(|(its, _)| its == letter).count();
            return self.ids.entry((letter, text.to_owned())).or_insert_with(|| format!("{letter}-{next}")).clone();
        }
        let is_open = OPEN_TEXTS.contains(&name) || (name == "stops") || self.program.texts.codes.contains_key(text);
        match name {
            _ if is_open => yaml(text),
            "email" => "name@example.org".to_owned(),
            "phone" => "+00 000".to_owned(),
            _ => "masked".to_owned(),
        }
    }
}
