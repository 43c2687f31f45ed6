//! Prepares the figures of one shard: which customer, item or document belongs to which part of each scope.

use std::collections::BTreeMap;

use crate::base::contract::values::CUSTOMER_TYPES;
use crate::base::contract::{contacts, customers, invoices, payments};
use crate::base::date::Date;
use crate::base::money::Amount;
use crate::night::accruals::Accruals;
use crate::night::documents::{Contact, CustomerIx, Invoice, Money, MoneyKind, Rejection};
use crate::night::escalation::Outcome;
use crate::night::escalation::action::contact_of;
use crate::night::evaluate::Night;
use crate::night::facts::is_complaint;
use crate::night::facts::{FactTable, Subject, usual_method};
use crate::night::kpi::{Attempt, KpiInput, Methods, NO_CODE, Posted, PreviousItem, Returned, Scope, ScopeCodes, TrialInput};
use crate::night::memory::{ItemRecord, Memory};
use crate::night::normalise::reject::minor;
use crate::night::segmentation::Column as Decided;
use crate::night::{treatment, trials};
use crate::rules::program::{Facts, Type};

/// Values of one scope with the codes that point to them.
#[derive(Debug, Default)]
struct Cut {
    values: Vec<String>,
    customers: Vec<u32>,
    items: Vec<u32>,
    money: Vec<u32>,
}

/// Hands on what the figures of a shard are worked out from.
pub fn read<T>(
    subject: &Subject<'_>,
    facts: &FactTable,
    night: &Night<'_>,
    queues: &[Decided],
    outcomes: &[Outcome],
    accruals: &Accruals,
    read: impl FnOnce(&KpiInput) -> T,
) -> T {
    let cuts: Vec<Cut> = night
        .scopes
        .iter()
        .map(|scope| if scope == "queue" { by_queue(subject, night, queues) } else { cut(subject, facts, night, outcomes, scope) })
        .collect();
    let scopes: Vec<Scope<'_>> = cuts.iter().map(Cut::scope).collect();
    let previous: Vec<PreviousItem<'_>> = subject.memory.lost_items.iter().chain(subject.memory.items.iter()).map(previous_item).collect();
    let earlier = subject.shard.earlier.as_ref().map(|state| Memory::earlier_items(state, subject.shard, subject.documents));
    let earlier: Option<Vec<PreviousItem<'_>>> = earlier.map(|items| items.iter().map(previous_item).collect());
    let steps = Steps::of(subject, night.by_step);
    read(&KpiInput {
        as_of: subject.as_of,
        only: None,
        customers: &subject.documents.customers,
        invoices: &subject.documents.invoices,
        money: &subject.documents.money,
        agencies: &agencies(subject, night),
        ledger: subject.ledger,
        promise_outcomes: subject.promise_outcomes,
        promises: &subject.documents.promises,
        promise_grace_days: subject.promise_grace_days,
        pending: &subject.documents.pending,
        attempts: &attempts(subject, &steps),
        steps: &steps.names,
        trials: &TrialInput {
            enrolled: &trials::enrolled(subject, facts, night.program),
            within: &night.program.trials.iter().map(|trial| trial.measured_for).collect::<Vec<_>>(),
            contact_costs: night.contact_costs,
            complaints: &complaints(subject),
        },
        satisfaction: &satisfaction(subject),
        posted: &posted(subject),
        methods: &methods(subject),
        treated: &treatment::treated(subject),
        penalties: &accruals.to_date,
        waived: &accruals.waived,
        previous: &previous,
        earlier: earlier.as_deref(),
        scopes: &scopes,
        bands: night.bands,
        curve: night.curve,
        loss_rates: night.loss_rates,
        depreciation_rates: night.depreciation_rates,
        taxes: &taxes(subject, night),
        rates: night.rates,
    })
}

fn previous_item<'a>(item: &ItemRecord<'a>) -> PreviousItem<'a> {
    PreviousItem { invoice: item.invoice, sequence: item.sequence, currency: item.currency, bucket: item.bucket, amount: item.amount }
}

/// The steps of the actions of earlier nights that contacted somebody, as the state remembers them.
#[derive(Default)]
struct Steps<'a> {
    /// `policy.step`, in order of name.
    names: Vec<String>,
    /// Position of the step of a contact, by the half of its id that its actions in all currencies share.
    of_contact: BTreeMap<&'a [u8], u32>,
}

impl<'a> Steps<'a> {
    /// All of them, where the job asks for figures of steps.
    fn of(subject: &Subject<'a>, by_step: bool) -> Steps<'a> {
        if !by_step {
            return Steps::default();
        }
        let known = subject.memory.contacts.iter().filter(|contact| !contact.step.is_empty());
        let named: Vec<(&[u8], String)> = known
            .filter_map(|contact| Some((contact_of(contact.action_id.as_bytes())?, format!("{}.{}", contact.policy, contact.step))))
            .collect();
        let mut names: Vec<String> = named.iter().map(|(_, name)| name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let position = |name: &String| names.binary_search(name).ok().and_then(|at| u32::try_from(at).ok());
        let of_contact = named.iter().filter_map(|(id, name)| Some((*id, position(name)?))).collect();
        Steps { names, of_contact }
    }
}

/// Contacts that went out, with who was reached where the log says so.
fn attempts(subject: &Subject<'_>, steps: &Steps<'_>) -> Vec<Attempt> {
    let table = &subject.shard.contacts;
    let step = |row: usize| steps.of_contact.get(contact_of(table.text(contacts::ACTION_ID, row)?)?).copied();
    let attempt = |contact: &Contact| Attempt {
        customer: contact.customer,
        on: contact.on,
        channel: contact.channel,
        outcome: contact.outcome,
        right_party: table.flag(contacts::RIGHT_PARTY, contact.row as usize),
        step: if steps.of_contact.is_empty() { None } else { step(contact.row as usize) },
    };
    subject.documents.contacts.iter().filter(|contact| !contact.inbound).map(attempt).collect()
}

/// What each customer says of us; nothing where the ledger has no such column.
fn satisfaction(subject: &Subject<'_>) -> Vec<Option<i64>> {
    let table = &subject.shard.customers;
    if !table.has_column(customers::SATISFACTION) {
        return Vec::new();
    }
    let said = |row: u32| table.number(customers::SATISFACTION, row as usize);
    subject.documents.customers.iter().map(|customer| customer.row.and_then(said)).collect()
}

/// How everybody pays; nothing where the ledger has no such column.
fn methods(subject: &Subject<'_>) -> Methods {
    let table = &subject.shard.payments;
    if !table.has_column(payments::METHOD) {
        return Methods::default();
    }
    let of_money = |money: &Money| match money.kind {
        MoneyKind::Payment => table.choice(payments::METHOD, money.row as usize),
        MoneyKind::Credit => None,
    };
    let mut usual = vec![None; subject.documents.customers.len()];
    for debtor in subject.debtors {
        usual[debtor.customer as usize] = usual_method(subject, debtor);
    }
    let returned = |rejection: &Rejection| Returned {
        customer: rejection.customer,
        on: rejection.on,
        method: rejection.method,
        currency: rejection.currency,
        amount: rejection.amount,
    };
    let returned = subject.documents.rejections.iter().map(returned).collect();
    Methods { usual, of_money: subject.documents.money.iter().map(of_money).collect(), returned }
}

/// When documents were entered in the books; nothing where the ledger has no such column.
fn posted(subject: &Subject<'_>) -> Posted {
    let (bills, cash) = (&subject.shard.invoices, &subject.shard.payments);
    let is_past = |on: &Date| *on <= subject.as_of;
    let mut found = Posted::default();
    if bills.has_column(invoices::POSTED_ON) {
        let on = |invoice: &Invoice| bills.date(invoices::POSTED_ON, invoice.row as usize).filter(is_past);
        found.invoices = subject.documents.invoices.iter().map(on).collect();
    }
    if cash.has_column(payments::POSTED_ON) {
        let on = |money: &Money| match money.kind {
            MoneyKind::Payment => cash.date(payments::POSTED_ON, money.row as usize).filter(is_past),
            MoneyKind::Credit => None,
        };
        found.payments = subject.documents.money.iter().map(on).collect();
    }
    found
}

/// Complaints of customers, where the log tells them: contacts that came in for that reason.
fn complaints(subject: &Subject<'_>) -> Vec<(CustomerIx, Date)> {
    subject
        .documents
        .contacts
        .iter()
        .filter(|contact| is_complaint(subject, contact))
        .map(|contact| (contact.customer, contact.on))
        .collect()
}

/// The agency that collected each payment, where the job has their fees; nothing otherwise.
fn agencies<'a>(subject: &Subject<'a>, night: &Night<'_>) -> Vec<Option<&'a [u8]>> {
    if !night.has_agency_fees {
        return Vec::new();
    }
    let table = &subject.shard.payments;
    let agency = |money: &Money| match money.kind {
        MoneyKind::Payment => table.text(payments::COLLECTED_BY, money.row as usize),
        MoneyKind::Credit => None,
    };
    subject.documents.money.iter().map(agency).collect()
}

/// Tax in the amount of each invoice, where the job has it asked for; nothing otherwise.
fn taxes(subject: &Subject<'_>, night: &Night<'_>) -> Vec<Option<Amount>> {
    if night.depreciation_rates.is_empty() {
        return Vec::new();
    }
    let table = &subject.shard.invoices;
    let tax = |invoice: &Invoice| {
        let thousandths = table.money(invoices::TAX_AMOUNT, invoice.row as usize);
        thousandths.map(|thousandths| minor(thousandths, invoice.currency.thousandths()))
    };
    subject.documents.invoices.iter().map(tax).collect()
}

impl Cut {
    fn scope(&self) -> Scope<'_> {
        let codes = if self.customers.is_empty() {
            ScopeCodes::Item { items: &self.items, money: &self.money }
        } else {
            ScopeCodes::Customer(&self.customers)
        };
        Scope { values: &self.values, codes }
    }
}

/// Gives values codes in the order in which they are first met.
#[derive(Default)]
struct Codes {
    values: Vec<String>,
    known: BTreeMap<Vec<u8>, u32>,
}

impl Codes {
    fn code(&mut self, value: Option<&[u8]>) -> u32 {
        let Some(value) = value else { return NO_CODE };
        if let Some(code) = self.known.get(value) {
            return *code;
        }
        let code = u32::try_from(self.values.len()).unwrap_or(NO_CODE);
        self.values.push(String::from_utf8_lossy(value).into_owned());
        self.known.insert(value.to_vec(), code);
        code
    }
}

fn cut(subject: &Subject<'_>, facts: &FactTable, night: &Night<'_>, outcomes: &[Outcome], scope: &str) -> Cut {
    match scope {
        "country" => by_column(subject, customers::COUNTRY),
        "collector" => by_column(subject, customers::COLLECTOR_ID),
        "customer_type" => by_type(subject),
        "risk_at_grant" => by_column(subject, customers::RISK_AT_GRANT),
        "vulnerable" => by_vulnerability(subject),
        "policy" => by_policy(subject, night, outcomes),
        "business_unit" => by_invoice_column(subject, invoices::BUSINESS_UNIT),
        "financed_by" => by_invoice_column(subject, invoices::FINANCED_BY),
        field => by_field(subject, facts, night, field),
    }
}

fn by_column(subject: &Subject<'_>, column: usize) -> Cut {
    let mut codes = Codes::default();
    let table = &subject.shard.customers;
    let customers = subject.documents.customers.iter();
    let customers = customers.map(|customer| codes.code(customer.row.and_then(|row| table.text(column, row as usize)))).collect();
    Cut { values: codes.values, customers, ..Cut::default() }
}

fn by_type(subject: &Subject<'_>) -> Cut {
    let table = &subject.shard.customers;
    let customers = subject.documents.customers.iter();
    let code = |row: u32| table.choice(customers::CUSTOMER_TYPE, row as usize).map_or(NO_CODE, u32::from);
    let customers = customers.map(|customer| customer.row.map_or(NO_CODE, code)).collect();
    Cut { values: CUSTOMER_TYPES.iter().map(|name| (*name).to_owned()).collect(), customers, ..Cut::default() }
}

/// Whoever the ledger says nothing of has no value.
fn by_vulnerability(subject: &Subject<'_>) -> Cut {
    let table = &subject.shard.customers;
    let flag = |row: u32| table.flag(customers::VULNERABLE, row as usize).map_or(NO_CODE, u32::from);
    let customers = subject.documents.customers.iter().map(|customer| customer.row.map_or(NO_CODE, flag)).collect();
    Cut { values: vec!["no".to_owned(), "yes".to_owned()], customers, ..Cut::default() }
}

fn by_policy(subject: &Subject<'_>, night: &Night<'_>, outcomes: &[Outcome]) -> Cut {
    let mut customers = vec![NO_CODE; subject.documents.customers.len()];
    for outcome in outcomes {
        let customer = subject.debtors[outcome.debtor].customer as usize;
        customers[customer] = outcome.policy.and_then(|policy| u32::try_from(policy).ok()).unwrap_or(NO_CODE);
    }
    Cut { values: night.program.policies.iter().map(|policy| policy.applies.id.clone()).collect(), customers, ..Cut::default() }
}

/// By the output of a decision table with this name; all without a value where the rules have none.
fn by_field(subject: &Subject<'_>, facts: &FactTable, night: &Night<'_>, field: &str) -> Cut {
    let mut customers = vec![NO_CODE; subject.documents.customers.len()];
    let Some(id) = night.program.field(field) else { return Cut { customers, ..Cut::default() } };
    let Type::Enum(values) = &night.program.fields[id.0 as usize].ty else { return Cut { customers, ..Cut::default() } };
    for (at, debtor) in subject.debtors.iter().enumerate() {
        customers[debtor.customer as usize] = u32::try_from(facts.debtor(at).cell(id)).unwrap_or(NO_CODE);
    }
    Cut { values: values.to_vec(), customers, ..Cut::default() }
}

/// By the queue of the first assignment table.
fn by_queue(subject: &Subject<'_>, night: &Night<'_>, queues: &[Decided]) -> Cut {
    let mut customers = vec![NO_CODE; subject.documents.customers.len()];
    let (Some(assignment), Some(queue)) = (night.program.assignments.first(), queues.first()) else {
        return Cut { customers, ..Cut::default() };
    };
    let Type::Enum(values) = &night.program.fields[assignment.table.output.0 as usize].ty else {
        return Cut { customers, ..Cut::default() };
    };
    for (debtor, cell) in subject.debtors.iter().zip(&queue.cells) {
        customers[debtor.customer as usize] = u32::try_from(*cell).unwrap_or(NO_CODE);
    }
    Cut { values: values.to_vec(), customers, ..Cut::default() }
}

fn by_invoice_column(subject: &Subject<'_>, column: usize) -> Cut {
    let mut codes = Codes::default();
    let table = &subject.shard.invoices;
    let documents = subject.documents;
    let mut value = |row: u32| codes.code(table.text(column, row as usize));
    let items = subject.ledger.items.iter().map(|item| value(documents.invoices[item.invoice as usize].row)).collect();
    let money = documents.money.iter().map(|money| if money.kind == MoneyKind::Credit { value(money.row) } else { NO_CODE }).collect();
    Cut { values: codes.values, items, money, ..Cut::default() }
}
