//! All accepted documents of one shard, in their final order, with every reference turned into a position.

use crate::base::contract::values::{CUSTOMER_TYPES, LEGAL_STATUSES, PROMISE_KINDS};
use crate::base::contract::{self, agency_events, contacts, customers, holds, invoices, payables, promises};
use crate::base::date::Date;
use crate::base::hash::key_hash;
use crate::base::money::{Amount, Currency, Rate};
use crate::night::documents::{
    AgencyEvent, Contact, Customer, CustomerIx, CustomerType, Deduction, Dispute, Exit, ExitKind, Hold, Instalment, Invoice, InvoiceIx,
    Money, MoneyKind, Payable, Pending, Promise, PromiseKind, Rejection,
};
use crate::night::normalise::customers::Groups;
use crate::night::normalise::invoices::{Judged, is_credit_note};
use crate::night::normalise::judge::InvoiceIndex;
use crate::night::normalise::key_table::KeyTable;
use crate::night::normalise::payments::{self, PaymentRow, Standing};
use crate::night::normalise::reject::{self, Finding, Reject};
use crate::night::normalise::rows::{CustomerRow, Rows};
use crate::night::normalise::{Count, Directory, Fate, Intake, Shard};

/// What the raw rows of a shard turned out to be.
#[derive(Debug, Default)]
pub struct Documents<'a> {
    /// In order of id.
    pub customer_ids: Vec<&'a [u8]>,
    pub customers: Vec<Customer>,
    /// Debtor groups of the shard, in order of id.
    pub group_ids: Vec<&'a [u8]>,
    /// In order of customer and invoice id.
    pub invoices: Vec<Invoice>,
    /// In order of customer, date, credit notes before payments, and id: the order in which money on account is used.
    pub money: Vec<Money>,
    /// Instalments of plans that add up, in order of invoice, due date and sequence.
    pub instalments: Vec<Instalment>,
    /// In order of invoice.
    pub pending: Vec<Pending>,
    /// In order of invoice, opening date and row.
    pub disputes: Vec<Dispute>,
    /// In order of invoice.
    pub deductions: Vec<Deduction>,
    /// In order of customer, due date and row.
    pub promises: Vec<Promise>,
    /// In order of customer and day.
    pub rejections: Vec<Rejection>,
    /// In order of customer.
    pub holds: Vec<Hold>,
    /// In order of customer and day.
    pub contacts: Vec<Contact>,
    /// In order of customer and due date.
    pub payables: Vec<Payable>,
    /// In order of invoice and day.
    pub agency_events: Vec<AgencyEvent>,
    /// Accepted payments that are not cash: announced, or come back.
    pub unsettled: Vec<(CustomerIx, Currency, Amount)>,
    pub rejects: Vec<Reject>,
    pub findings: Vec<Finding>,
    /// Rows by fate of the tables read after the invoices.
    pub counts: Vec<(&'static str, Count)>,
}

/// Reads one shard. `customers` rows were judged before: all that are left in the shard are accepted.
pub fn read<'a>(
    shard: &'a Shard,
    judged: &'a Judged,
    groups: &'a Groups,
    directory: &'a dyn Directory,
    intake: &'a Intake<'a>,
) -> Documents<'a> {
    let index = InvoiceIndex::new(&shard.invoices, judged, directory);
    let rows = Rows::judge(shard, &index, intake);
    let ids = CustomerIds::collect(shard, judged, &rows);
    let mut assembly = Assembly { shard, judged, intake, ids, invoice_of: Vec::new(), documents: Documents::default() };
    assembly.customers(groups);
    assembly.invoices();
    assembly.instalments(&rows);
    assembly.credit_notes(&index);
    assembly.payments(&rows);
    assembly.claims(&rows);
    assembly.about_customers(&rows);
    let mut documents = assembly.documents;
    documents.customer_ids = assembly.ids.sorted;
    documents.rejects.extend(rows.rejects);
    documents.findings.extend(rows.findings);
    documents.counts = rows.counts;
    documents
}

/// Every customer named by an accepted row, in order of id.
struct CustomerIds<'a> {
    sorted: Vec<&'a [u8]>,
    table: KeyTable,
}

impl<'a> CustomerIds<'a> {
    fn collect(shard: &'a Shard, judged: &Judged, rows: &Rows<'a>) -> CustomerIds<'a> {
        let named = |table: &'a crate::base::table::Table, column| (0..table.len()).filter_map(move |row| table.text(column, row));
        let mut sorted: Vec<&[u8]> = named(&shard.customers, customers::CUSTOMER_ID).collect();
        let accepted = (0..shard.invoices.len()).filter(|row| judged.fates[*row] == Fate::Used);
        sorted.extend(accepted.filter_map(|row| shard.invoices.text(invoices::CUSTOMER_ID, row)));
        sorted.extend(rows.payments.iter().map(|payment| payment.customer_id));
        sorted.extend(rows.promises.iter().chain(&rows.payables).map(|row| row.about.customer_id));
        sorted.extend(rows.holds.iter().chain(&rows.contacts).chain(&rows.usage).map(|row| row.customer_id));
        let sorted = distinct(&sorted);
        let mut table = KeyTable::with_capacity(sorted.len());
        for (at, id) in (0_u32..).zip(&sorted) {
            table.insert(key_hash(id), at);
        }
        CustomerIds { sorted, table }
    }

    /// Position of a customer; every accepted row's customer has one.
    fn position(&self, id: &[u8]) -> CustomerIx {
        self.table.find(key_hash(id), |at| self.sorted[at as usize] == id).unwrap_or(CustomerIx::MAX)
    }
}

/// The distinct ids, in order. Most ids come many times, so they are told apart by hash before they are sorted.
fn distinct<'a>(ids: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let mut found: Vec<&[u8]> = Vec::new();
    let mut table = KeyTable::with_capacity(ids.len());
    for id in ids {
        let hash = key_hash(id);
        // Rows of one customer are often neighbours.
        if found.last() != Some(id) && table.find(hash, |at| found[at as usize] == *id).is_none() {
            table.insert(hash, u32::try_from(found.len()).unwrap_or(u32::MAX));
            found.push(id);
        }
    }
    found.sort_unstable();
    found
}

struct Assembly<'a> {
    shard: &'a Shard,
    judged: &'a Judged,
    intake: &'a Intake<'a>,
    ids: CustomerIds<'a>,
    /// Position of the invoice of each raw row; [`InvoiceIx::MAX`] where the row is none.
    invoice_of: Vec<InvoiceIx>,
    documents: Documents<'a>,
}

impl<'a> Assembly<'a> {
    fn customers(&mut self, groups: &'a Groups) {
        let table = &self.shard.customers;
        let mut row_of = vec![None; self.ids.sorted.len()];
        for row in 0..table.len() {
            let id = table.text(customers::CUSTOMER_ID, row).unwrap_or_default();
            row_of[self.ids.position(id) as usize] = u32::try_from(row).ok();
        }
        let mut group_ids: Vec<&[u8]> = self.ids.sorted.iter().map(|id| groups.root(id)).collect();
        let group_of = group_ids.clone();
        group_ids.sort_unstable();
        group_ids.dedup();
        for (at, row) in row_of.into_iter().enumerate() {
            let group = group_ids.binary_search(&group_of[at]).ok().and_then(|group| u32::try_from(group).ok()).unwrap_or(u32::MAX);
            self.documents.customers.push(self.customer(row, group));
            if row.is_none() {
                self.documents.findings.push(unknown_customer(self.ids.sorted[at]));
            }
        }
        self.documents.group_ids = group_ids;
    }

    fn customer(&self, row: Option<u32>, group: u32) -> Customer {
        let unknown = Customer { row: None, group, customer_type: None, insolvent_since: None, penalty_rate: None };
        let Some(row) = row else { return unknown };
        let (table, at) = (&self.shard.customers, row as usize);
        let choice = |column, values: &'static [&'static str]| table.choice(column, at).map(|choice| values[usize::from(choice)]);
        let insolvent = choice(customers::LEGAL_STATUS, LEGAL_STATUSES) == Some("insolvency");
        Customer {
            row: Some(row),
            group,
            customer_type: match choice(customers::CUSTOMER_TYPE, CUSTOMER_TYPES) {
                Some("company") => Some(CustomerType::Company),
                Some("consumer") => Some(CustomerType::Consumer),
                Some("public_body") => Some(CustomerType::PublicBody),
                _ => None,
            },
            insolvent_since: table.date(customers::LEGAL_STATUS_SINCE, at).filter(|since| insolvent && *since <= self.intake.as_of),
            penalty_rate: table.number(customers::PENALTY_RATE, at).map(Rate),
        }
    }

    fn invoices(&mut self) {
        let table = &self.shard.invoices;
        let mut rows: Vec<(CustomerIx, u32)> = Vec::with_capacity(table.len());
        for row in (0..table.len()).filter(|row| self.judged.fates[*row] == Fate::Used && !is_credit_note(table, *row)) {
            let customer = self.ids.position(table.text(invoices::CUSTOMER_ID, row).unwrap_or_default());
            rows.push((customer, u32::try_from(row).unwrap_or(u32::MAX)));
        }
        rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| self.invoice_id(a.1).cmp(self.invoice_id(b.1))));
        self.invoice_of = vec![InvoiceIx::MAX; table.len()];
        for (at, (customer, row)) in (0_u32..).zip(rows) {
            self.invoice_of[row as usize] = at;
            let invoice = self.invoice(customer, row);
            if invoice.due_date < invoice.issue_date {
                self.documents.findings.push(self.due_before_issue(&invoice));
            }
            self.documents.invoices.push(invoice);
        }
    }

    fn invoice_id(&self, row: u32) -> &'a [u8] {
        self.shard.invoices.text(invoices::INVOICE_ID, row as usize).unwrap_or_default()
    }

    fn invoice(&self, customer: CustomerIx, row: u32) -> Invoice {
        let (table, at) = (&self.shard.invoices, row as usize);
        let currency = self.judged.currencies[at];
        let issue_date = table.date(invoices::ISSUE_DATE, at).unwrap_or(Date::MIN);
        Invoice {
            customer,
            row,
            issue_date,
            due_date: table.date(invoices::DUE_DATE, at).unwrap_or(Date::MIN),
            amount: reject::minor(table.money(invoices::AMOUNT, at).unwrap_or(0), currency.thousandths()),
            currency,
            exit: self.exit(at, issue_date),
            first_item: 0,
            items: 0,
        }
    }

    /// The earlier of write-off and sale, the write-off on one day, at the earliest on the issue date.
    fn exit(&self, row: usize, issue_date: Date) -> Option<Exit> {
        let table = &self.shard.invoices;
        let dated = |column, kind| table.date(column, row).filter(|on| *on <= self.intake.as_of).map(|on| (on.max(issue_date), kind));
        let (on, kind) =
            dated(invoices::WRITTEN_OFF_ON, ExitKind::WrittenOff).into_iter().chain(dated(invoices::SOLD_ON, ExitKind::Sold)).min()?;
        Some(Exit { on, kind })
    }

    fn due_before_issue(&self, invoice: &Invoice) -> Finding {
        Finding {
            kind: "due_before_issue",
            table: "invoices",
            key: String::from_utf8_lossy(self.invoice_id(invoice.row)).into_owned(),
            message: format!("due on {}, issued on {}: penalties start after the issue date", invoice.due_date, invoice.issue_date).into(),
            amount: None,
        }
    }

    /// Keeps the plans that add up to their invoice; the others are set aside whole.
    fn instalments(&mut self, rows: &Rows<'a>) {
        let mut plans: Vec<Instalment> = (rows.instalments.iter())
            .map(|row| Instalment {
                invoice: self.invoice_of[row.invoice_row as usize],
                sequence: row.sequence,
                due_date: row.due_date,
                amount: row.amount,
            })
            .collect();
        plans.sort_unstable_by_key(|plan| (plan.invoice, plan.due_date, plan.sequence));
        for plan in plans.chunk_by(|a, b| a.invoice == b.invoice) {
            let invoice = &self.documents.invoices[plan[0].invoice as usize];
            let total: i128 = plan.iter().map(|part| part.amount.wide()).sum();
            if total == invoice.amount.wide() {
                self.documents.instalments.extend_from_slice(plan);
            } else {
                let key = String::from_utf8_lossy(self.invoice_id(invoice.row)).into_owned();
                let text = |amount| crate::base::money::format_amount(amount, invoice.currency.digits());
                let message = format!(
                    "instalments add up to {}, the invoice is {}: its own due date holds",
                    text(total),
                    text(invoice.amount.wide())
                );
                let amount = Some(invoice.amount.0 * invoice.currency.thousandths());
                self.documents.findings.push(Finding {
                    kind: "installments_do_not_add_up",
                    table: "installments",
                    key,
                    message: message.into(),
                    amount,
                });
            }
        }
    }

    fn credit_notes(&mut self, index: &InvoiceIndex<'a>) {
        let table = &self.shard.invoices;
        for row in (0..table.len()).filter(|row| self.judged.fates[*row] == Fate::Used && is_credit_note(table, *row)) {
            let customer_id = table.text(invoices::CUSTOMER_ID, row).unwrap_or_default();
            let currency = self.judged.currencies[row];
            let named = table.text(invoices::ORIGINAL_INVOICE_ID, row).map(|id| index.find(id));
            let (invoice_row, oddity) = payments::place(named, customer_id, currency);
            let thousandths = table.money(invoices::AMOUNT, row).unwrap_or(0);
            let at = u32::try_from(row).unwrap_or(u32::MAX);
            if let Some((kind, why)) = oddity {
                let original = reject::cell_text(table, invoices::ORIGINAL_INVOICE_ID, row);
                let message = format!("the credit note names invoice {original}, {why}; it stays on account");
                let key = String::from_utf8_lossy(self.invoice_id(at)).into_owned();
                self.documents.findings.push(Finding { kind, table: "invoices", key, message: message.into(), amount: Some(thousandths) });
            }
            self.documents.money.push(Money {
                customer: self.ids.position(customer_id),
                kind: MoneyKind::Credit,
                row: at,
                date: table.date(invoices::ISSUE_DATE, row).unwrap_or(Date::MIN),
                amount: -reject::minor(thousandths, currency.thousandths()),
                currency,
                invoice: invoice_row.map(|row| self.invoice_of[row as usize]),
            });
        }
    }

    fn payments(&mut self, rows: &Rows<'a>) {
        for payment in &rows.payments {
            let customer = self.ids.position(payment.customer_id);
            let invoice = payment.invoice_row.map(|row| self.invoice_of[row as usize]);
            match payment.standing {
                Standing::Settled => self.documents.money.push(settled(payment, customer, invoice)),
                Standing::Pending => {
                    self.documents.unsettled.push((customer, payment.currency, payment.amount));
                    if let Some(invoice) = invoice.filter(|_| payment.amount.is_positive()) {
                        self.documents.pending.push(Pending { invoice, amount: payment.amount });
                    }
                }
                Standing::CameBack { on, technical } => {
                    self.documents.unsettled.push((customer, payment.currency, payment.amount));
                    self.documents.rejections.push(Rejection { customer, on, technical });
                }
            }
        }
        let shard = self.shard;
        self.documents.money.sort_unstable_by(|a, b| {
            (a.customer, a.date, a.kind).cmp(&(b.customer, b.date, b.kind)).then_with(|| money_id(shard, a).cmp(money_id(shard, b)))
        });
        self.documents.pending.sort_unstable_by_key(|pending| (pending.invoice, pending.amount));
        self.documents.rejections.sort_unstable_by_key(|rejection| (rejection.customer, rejection.on, rejection.technical));
    }

    fn claims(&mut self, rows: &Rows<'a>) {
        let invoice_of = &self.invoice_of;
        self.documents.disputes = (rows.disputes.iter())
            .map(|dispute| Dispute {
                invoice: invoice_of[dispute.invoice_row as usize],
                row: dispute.row,
                opened_on: dispute.opened_on,
                closed_on: dispute.closed_on,
                amount: dispute.amount,
            })
            .collect();
        let source = &self.shard.disputes.source_row;
        self.documents.disputes.sort_unstable_by_key(|dispute| (dispute.invoice, dispute.opened_on, source[dispute.row as usize]));
        self.documents.deductions = (rows.deductions.iter().filter(|deduction| deduction.is_pending))
            .map(|deduction| Deduction { invoice: invoice_of[deduction.invoice_row as usize], amount: deduction.amount })
            .collect();
        self.documents.deductions.sort_unstable_by_key(|deduction| (deduction.invoice, deduction.amount));
    }

    fn about_customers(&mut self, rows: &Rows<'a>) {
        self.promises(rows);
        self.holds(rows);
        self.contacts(rows);
        let table = &self.shard.payables;
        self.documents.payables = (rows.payables.iter())
            .map(|payable| Payable {
                customer: self.ids.position(payable.about.customer_id),
                due_date: table.date(payables::DUE_DATE, payable.about.row as usize).unwrap_or(Date::MAX),
                amount: payable.amount,
                currency: payable.currency,
            })
            .collect();
        self.documents.payables.sort_unstable_by_key(|payable| (payable.customer, payable.due_date, payable.currency, payable.amount));
        let events = &self.shard.agency_events;
        self.documents.agency_events = (rows.agency_events.iter())
            .filter_map(|event| {
                let at = event.row as usize;
                let (invoice, on) = (self.position(event)?, events.date(agency_events::EVENT_ON, at)?);
                Some(AgencyEvent { invoice, on, kind: events.choice(agency_events::KIND, at) })
            })
            .collect();
        self.documents.agency_events.sort_unstable_by_key(|event| (event.invoice, event.on, event.kind));
    }

    fn position(&self, row: &CustomerRow<'_>) -> Option<InvoiceIx> {
        row.invoice_row.map(|row| self.invoice_of[row as usize])
    }

    fn promises(&mut self, rows: &Rows<'a>) {
        let table = &self.shard.promises;
        let mut promised: Vec<Promise> = (rows.promises.iter())
            .map(|promise| {
                let at = promise.about.row as usize;
                let kind = match table.choice(promises::KIND, at).map(|choice| PROMISE_KINDS[usize::from(choice)]) {
                    Some("extension") => Some(PromiseKind::Extension),
                    Some("plan_installment") => Some(PromiseKind::PlanInstallment),
                    Some(_) => Some(PromiseKind::Promise),
                    None => None,
                };
                Promise {
                    row: promise.about.row,
                    customer: self.ids.position(promise.about.customer_id),
                    invoice: self.position(&promise.about),
                    kind,
                    promised_on: table.date(promises::PROMISED_ON, at).unwrap_or(Date::MIN),
                    due_on: table.date(promises::DUE_ON, at).unwrap_or(Date::MAX),
                    amount: promise.amount,
                    currency: promise.currency,
                    cancelled_on: table.date(promises::CANCELLED_ON, at).filter(|on| *on <= self.intake.as_of),
                }
            })
            .collect();
        let id = |promise: &Promise| table.text(promises::PROMISE_ID, promise.row as usize).unwrap_or_default();
        promised.sort_unstable_by(|a, b| (a.customer, a.due_on).cmp(&(b.customer, b.due_on)).then_with(|| id(a).cmp(id(b))));
        self.documents.promises = promised;
    }

    fn holds(&mut self, rows: &Rows<'a>) {
        let table = &self.shard.holds;
        let in_force = |row: usize| table.date(holds::UNTIL_DATE, row).is_none_or(|until| until >= self.intake.as_of);
        self.documents.holds = (rows.holds.iter().filter(|hold| in_force(hold.row as usize)))
            .map(|hold| {
                let stops = table.text(holds::STOPS, hold.row as usize);
                let names =
                    |effect: &[u8]| stops.is_some_and(|stops| stops.split(|byte| b",;| ".contains(byte)).any(|part| part == effect));
                // A hold that does not say what it stops is a person's wish to leave the debtor alone; money is another matter.
                let silent = stops.is_none();
                Hold {
                    customer: self.ids.position(hold.customer_id),
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
        self.documents.holds.sort_unstable_by(|a, b| a.customer.cmp(&b.customer).then_with(|| id(a).cmp(id(b))));
    }

    fn contacts(&mut self, rows: &Rows<'a>) {
        let table = &self.shard.contacts;
        self.documents.contacts = (rows.contacts.iter())
            .map(|contact| {
                let at = contact.row as usize;
                Contact {
                    customer: self.ids.position(contact.customer_id),
                    row: contact.row,
                    on: table.date(contacts::CONTACTED_ON, at).unwrap_or(Date::MIN),
                    channel: table.choice(contacts::CHANNEL, at),
                    // Position 1 is `in`.
                    inbound: table.choice(contacts::DIRECTION, at) == Some(1),
                    outcome: table.choice(contacts::OUTCOME, at),
                }
            })
            .collect();
        let id = |contact: &Contact| table.text(contacts::CONTACT_ID, contact.row as usize).unwrap_or_default();
        self.documents.contacts.sort_unstable_by(|a, b| (a.customer, a.on).cmp(&(b.customer, b.on)).then_with(|| id(a).cmp(id(b))));
    }
}

fn settled(payment: &PaymentRow<'_>, customer: CustomerIx, invoice: Option<InvoiceIx>) -> Money {
    Money {
        customer,
        kind: MoneyKind::Payment,
        row: payment.row,
        date: payment.date,
        amount: payment.amount,
        currency: payment.currency,
        invoice,
    }
}

/// The id of a credit note or payment.
pub fn money_id<'a>(shard: &'a Shard, money: &Money) -> &'a [u8] {
    let (table, column) = match money.kind {
        MoneyKind::Credit => (&*shard.invoices, invoices::INVOICE_ID),
        MoneyKind::Payment => (&shard.payments, contract::payments::PAYMENT_ID),
    };
    table.text(column, money.row as usize).unwrap_or_default()
}

fn unknown_customer(id: &[u8]) -> Finding {
    let key = String::from_utf8_lossy(id).into_owned();
    let message = format!("no accepted row of customers has the id {key}: all its attributes are missing");
    Finding { kind: "unknown_customer", table: "customers", key, message: message.into(), amount: None }
}
