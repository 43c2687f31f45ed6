//! All accepted documents of one shard, in their final order, with every reference turned into a position.

mod decisions;

use crate::base::contract::values::{CUSTOMER_TYPES, LEGAL_STATUSES, PROMISE_KINDS, PROPOSERS};
use crate::base::contract::{self, agency_events, contacts, customers, deliveries, invoices, payables, promises};
use crate::base::date::Date;
use crate::base::money::{Amount, Currency, Rate};
use crate::night::by_customer::ByCustomer;
use crate::night::documents::{
    AgencyEvent, Contact, Customer, CustomerIx, CustomerType, DecisionRow, Deduction, Delivery, Deposits, Dispute, Exit, ExitKind, Hold,
    Instalment, Invoice, InvoiceIx, LegalEvent, Money, MoneyKind, OverrideRow, Payable, Pending, Promise, PromiseKind, Rejection, Waiver,
};
use crate::night::normalise::claims::{DeductionRow, WaiverRow};
use crate::night::normalise::customer_ids::CustomerIds;
use crate::night::normalise::customers::Groups;
use crate::night::normalise::id_order::IdOrder;
use crate::night::normalise::invoices::{Judged, is_credit_note};
use crate::night::normalise::judge::InvoiceIndex;
use crate::night::normalise::payments::{self, PaymentRow, Standing};
use crate::night::normalise::reject::{self, Finding, Reject};
use crate::night::normalise::rows::{CustomerRow, Rows};
use crate::night::normalise::{Count, Directory, Fate, Intake, Shard};

/// Days from issue to due date beyond which one of them must be a slip: ten years with three leap days.
const LONGEST_TERM: i32 = 3_653;

/// What the raw rows of a shard turned out to be.
#[derive(Debug, Default)]
pub struct Documents<'a> {
    /// In order of id.
    pub customer_ids: Vec<&'a [u8]>,
    pub customers: Vec<Customer>,
    /// Debtor groups of the shard, in order of id.
    pub group_ids: Vec<&'a [u8]>,
    /// In order of customer and invoice id.
    pub invoices: ByCustomer<Invoice>,
    /// In order of customer, date, credit notes before payments, and id: the order in which money on account is used.
    pub money: ByCustomer<Money>,
    /// Which of the money is for an order.
    pub deposits: Deposits,
    /// Instalments of plans that add up, in order of invoice, due date and sequence.
    pub instalments: Vec<Instalment>,
    /// In order of invoice.
    pub pending: Vec<Pending>,
    /// In order of invoice, opening date and row.
    pub disputes: Vec<Dispute>,
    /// Those not decided, in order of invoice and day.
    pub deductions: Vec<Deduction>,
    /// Those approved, for which credit notes are due, in order of invoice and day.
    pub approved: Vec<Deduction>,
    /// Open invoices on which a discount was kept back that was not earned, in order.
    pub unearned: Vec<InvoiceIx>,
    /// In order of invoice, day and id.
    pub waivers: Vec<Waiver>,
    /// In order of customer, due date and row.
    pub promises: ByCustomer<Promise>,
    /// In order of customer and day.
    pub rejections: ByCustomer<Rejection>,
    /// In order of customer.
    pub holds: ByCustomer<Hold>,
    pub overrides: ByCustomer<OverrideRow>,
    /// In order of customer and day: of one day a refusal after a consent.
    pub decisions: ByCustomer<DecisionRow>,
    /// In order of customer and day.
    pub contacts: ByCustomer<Contact>,
    /// In order of customer, day and kind.
    pub legal_events: ByCustomer<LegalEvent>,
    /// In order of customer and due date.
    pub payables: ByCustomer<Payable>,
    /// In order of customer and day.
    pub deliveries: ByCustomer<Delivery>,
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
    assembly.money(&rows, &index);
    assembly.claims(&rows);
    assembly.waivers(&rows);
    assembly.about_customers(&rows);
    let mut documents = assembly.documents;
    documents.customer_ids = assembly.ids.sorted;
    documents.rejects.extend(rows.rejects);
    documents.findings.extend(rows.findings);
    documents.counts = rows.counts;
    documents
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
            if row.is_none() && self.intake.has_customers {
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
        let used = (0_u32..).zip(&self.judged.fates).filter(|(_, fate)| **fate == Fate::Used).map(|(row, _)| row);
        let rows: Vec<u32> = used.filter(|row| !is_credit_note(table, *row as usize)).collect();
        let order = IdOrder::of(rows.iter().map(|row| self.invoice_id(*row)));
        let keyed: Vec<(CustomerIx, u32, u64)> =
            rows.into_iter().map(|row| (self.ids.of_invoice(row), row, order.key(self.invoice_id(row)))).collect();
        let keyed = ByCustomer::sorted(
            &keyed,
            self.customers_count(),
            |keyed| keyed.0,
            |a, b| IdOrder::compare(a.2, b.2, || (self.invoice_id(a.1), self.invoice_id(b.1))),
        );
        self.invoice_of = vec![InvoiceIx::MAX; table.len()];
        for (at, (_, row, _)) in (0_u32..).zip(&keyed) {
            self.invoice_of[*row as usize] = at;
        }
        self.documents.invoices = keyed.map(|(customer, row, _)| self.invoice(*customer, *row));
        let findings: Vec<Finding> = self.documents.invoices.iter().filter_map(|invoice| self.odd_due_date(invoice)).collect();
        self.documents.findings.extend(findings);
    }

    fn customers_count(&self) -> usize {
        self.ids.sorted.len()
    }

    fn invoice_id(&self, row: u32) -> &'a [u8] {
        self.shard.invoices.text(invoices::INVOICE_ID, row as usize).unwrap_or_default()
    }

    fn invoice(&self, customer: CustomerIx, row: u32) -> Invoice {
        let (table, at) = (&self.shard.invoices, row as usize);
        let currency = self.judged.currencies[at];
        let issue_date = table.date(invoices::ISSUE_DATE, at).unwrap_or(Date::MIN);
        let (exit, absent) = self.exit(at, issue_date);
        Invoice {
            customer,
            row,
            issue_date,
            due_date: table.date(invoices::DUE_DATE, at).unwrap_or(Date::MIN),
            amount: reject::minor(table.money(invoices::AMOUNT, at).unwrap_or(0), currency.thousandths()),
            currency,
            exit,
            absent,
            first_item: 0,
            items: 0,
        }
    }

    /// The earlier of write-off and sale, the write-off on one day, at the earliest on the issue date; and from when to when the invoice was
    /// written off before it was revived. A sale ends it for good: what is sold is not ours to revive.
    fn exit(&self, row: usize, issue_date: Date) -> (Option<Exit>, Option<(Date, Date)>) {
        let table = &self.shard.invoices;
        let day = |column| table.date(column, row).filter(|on| *on <= self.intake.as_of).map(|on| on.max(issue_date));
        let (written_off, sold) = (day(invoices::WRITTEN_OFF_ON), day(invoices::SOLD_ON));
        let revived = day(invoices::REVIVED_ON).filter(|revived| sold.is_none_or(|sold| *revived <= sold));
        let absent = written_off.zip(revived).filter(|(from, until)| from < until);
        let written_off = written_off.filter(|_| absent.is_none()).map(|on| Exit { on, kind: ExitKind::WrittenOff });
        let sold = sold.map(|on| Exit { on, kind: ExitKind::Sold });
        (written_off.into_iter().chain(sold).min_by_key(|exit| (exit.on, exit.kind)), absent)
    }

    fn odd_due_date(&self, invoice: &Invoice) -> Option<Finding> {
        let (due, issued) = (invoice.due_date, invoice.issue_date);
        let (kind, consequence) = if due < issued {
            ("due_before_issue", "penalties start after the issue date")
        } else if due.days_since(issued) > LONGEST_TERM {
            ("due_far_after_issue", "more than ten years later, and nothing is asked for until then")
        } else {
            return None;
        };
        let key = String::from_utf8_lossy(self.invoice_id(invoice.row)).into_owned();
        let message = format!("due on {due}, issued on {issued}: {consequence}").into();
        Some(Finding { kind, table: "invoices", key, message, amount: None })
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

    /// Credit notes and settled payments in the order in which money on account is used; what is no cash is kept apart.
    fn money(&mut self, rows: &Rows<'a>, index: &InvoiceIndex<'a>) {
        let mut money = Vec::with_capacity(rows.payments.len());
        self.credit_notes(index, &mut money);
        let rejections = self.payments(rows, &mut money);
        let (shard, customers) = (self.shard, self.customers_count());
        let mut in_order =
            |a: &Money, b: &Money| (a.date, a.kind).cmp(&(b.date, b.kind)).then_with(|| money_id(shard, a).cmp(money_id(shard, b)));
        self.documents.money = ByCustomer::sorted(&money, customers, |money| money.customer, &mut in_order);
        self.deposits();
        self.documents.pending.sort_unstable_by_key(|pending| (pending.invoice, pending.on, pending.amount));
        self.documents.rejections = ByCustomer::sorted(
            &rejections,
            customers,
            |rejection| rejection.customer,
            |a, b| a.on.cmp(&b.on).then_with(|| payment_id(shard, a.row).cmp(payment_id(shard, b.row))),
        );
    }

    fn deposits(&mut self) {
        let (payments, invoices) = (&self.shard.payments, &self.shard.invoices);
        let is_payment = |(_, money): &(u32, &Money)| money.kind == MoneyKind::Payment;
        let mut deposits = (0..)
            .zip(self.documents.money.iter())
            .filter(is_payment)
            .filter_map(|(at, money)| Some((at, money.customer, payments.text(contract::payments::DEPOSIT_FOR, money.row as usize)?)))
            .peekable();
        if deposits.peek().is_some() {
            let of_orders = (0..)
                .zip(self.documents.invoices.iter())
                .filter_map(|(at, invoice)| Some((at, invoice.customer, invoices.text(invoices::ORDER_ID, invoice.row as usize)?)));
            self.documents.deposits = Deposits::connect(deposits, of_orders);
        }
    }

    fn credit_notes(&mut self, index: &InvoiceIndex<'a>, money: &mut Vec<Money>) {
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
            money.push(Money {
                customer: self.ids.of_invoice(at),
                kind: MoneyKind::Credit,
                row: at,
                date: table.date(invoices::ISSUE_DATE, row).unwrap_or(Date::MIN),
                amount: -reject::minor(thousandths, currency.thousandths()),
                currency,
                invoice: invoice_row.map(|row| self.invoice_of[row as usize]),
            });
        }
    }

    fn payments(&mut self, rows: &Rows<'a>, money: &mut Vec<Money>) -> Vec<Rejection> {
        let mut rejections = Vec::new();
        for payment in &rows.payments {
            let customer = self.ids.of_row(payment.invoice_row, payment.customer_id);
            let invoice = payment.invoice_row.map(|row| self.invoice_of[row as usize]);
            match payment.standing {
                Standing::Settled => money.push(settled(payment, customer, invoice)),
                Standing::Pending => {
                    self.documents.unsettled.push((customer, payment.currency, payment.amount));
                    if let Some(invoice) = invoice.filter(|_| payment.amount.is_positive()) {
                        self.documents.pending.push(Pending { invoice, on: payment.date, amount: payment.amount });
                    }
                }
                Standing::CameBack { on } => {
                    self.documents.unsettled.push((customer, payment.currency, payment.amount));
                    let (table, at) = (&self.shard.payments, payment.row as usize);
                    rejections.push(Rejection {
                        customer,
                        on,
                        row: payment.row,
                        kind: table.choice(contract::payments::REJECTION_KIND, at),
                        method: table.choice(contract::payments::METHOD, at),
                        invoice,
                        amount: payment.amount,
                        currency: payment.currency,
                    });
                }
            }
        }
        rejections
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
        let deduction = |row: &DeductionRow| {
            let invoice = invoice_of[row.invoice_row as usize];
            Deduction { invoice, claimed_on: row.claimed_on, kind: row.kind, amount: row.amount }
        };
        self.documents.deductions = rows.deductions.iter().filter(|row| row.is_pending).map(deduction).collect();
        self.documents.approved = rows.deductions.iter().filter(|row| row.is_approved).map(deduction).collect();
        self.documents.deductions.sort_unstable();
        self.documents.approved.sort_unstable();
    }

    fn waivers(&mut self, rows: &Rows<'a>) {
        let given_up =
            |row: &WaiverRow| Waiver { invoice: self.invoice_of[row.invoice_row as usize], row: row.row, on: row.on, amount: row.amount };
        self.documents.waivers = rows.waivers.iter().map(given_up).collect();
        let id = |waiver: &Waiver| self.shard.waivers.text(contract::waivers::WAIVER_ID, waiver.row as usize).unwrap_or_default();
        let in_order = |a: &Waiver, b: &Waiver| (a.invoice, a.on).cmp(&(b.invoice, b.on)).then_with(|| id(a).cmp(id(b)));
        self.documents.waivers.sort_unstable_by(in_order);
    }

    fn deliveries(&mut self, rows: &Rows<'a>) {
        let table = &self.shard.deliveries;
        let found: Vec<Delivery> = (rows.deliveries.iter())
            .map(|delivery| Delivery {
                customer: self.customer_of(&delivery.about),
                on: table.date(deliveries::DELIVERED_ON, delivery.about.row as usize).unwrap_or(Date::MAX),
                amount: delivery.amount,
                currency: delivery.currency,
                row: delivery.about.row,
            })
            .collect();
        let id = |delivery: &Delivery| table.text(deliveries::DELIVERY_ID, delivery.row as usize);
        let in_order = |a: &Delivery, b: &Delivery| (a.on, id(a)).cmp(&(b.on, id(b)));
        self.documents.deliveries = ByCustomer::sorted(&found, self.customers_count(), |delivery| delivery.customer, in_order);
    }

    fn about_customers(&mut self, rows: &Rows<'a>) {
        self.promises(rows);
        self.holds(rows);
        self.overrides(rows);
        self.decisions(rows);
        self.contacts(rows);
        let table = &self.shard.payables;
        let owed: Vec<Payable> = (rows.payables.iter())
            .map(|payable| Payable {
                customer: self.customer_of(&payable.about),
                due_date: table.date(payables::DUE_DATE, payable.about.row as usize).unwrap_or(Date::MAX),
                amount: payable.amount,
                currency: payable.currency,
            })
            .collect();
        let key = |payable: &Payable| (payable.due_date, payable.currency, payable.amount);
        self.documents.payables = ByCustomer::sorted(&owed, self.customers_count(), |payable| payable.customer, |a, b| key(a).cmp(&key(b)));
        self.deliveries(rows);
        self.legal_events(rows);
        let events = &self.shard.agency_events;
        self.documents.agency_events = (rows.agency_events.iter())
            .filter_map(|event| {
                let at = event.row as usize;
                let (invoice, on) = (self.position(event)?, events.date(agency_events::EVENT_ON, at)?);
                Some(AgencyEvent { invoice, on, row: event.row, kind: events.choice(agency_events::KIND, at) })
            })
            .collect();
        self.documents.agency_events.sort_unstable_by_key(|event| (event.invoice, event.on, event.kind, event.row));
    }

    fn position(&self, row: &CustomerRow<'_>) -> Option<InvoiceIx> {
        row.invoice_row.map(|row| self.invoice_of[row as usize])
    }

    fn customer_of(&self, row: &CustomerRow<'_>) -> CustomerIx {
        self.ids.of_row(row.invoice_row, row.customer_id)
    }

    fn promises(&mut self, rows: &Rows<'a>) {
        let table = &self.shard.promises;
        let promised: Vec<Promise> = (rows.promises.iter())
            .map(|promise| {
                let at = promise.about.row as usize;
                let tonight = |column| table.date(column, at).filter(|on| *on <= self.intake.as_of);
                let confirmed_on = tonight(promises::CONFIRMED_ON);
                let proposed_by = table.choice(promises::PROPOSED_BY, at).map(|choice| PROPOSERS[usize::from(choice)]);
                let kind = match table.choice(promises::KIND, at).map(|choice| PROMISE_KINDS[usize::from(choice)]) {
                    Some("extension") => Some(PromiseKind::Extension),
                    Some("plan_installment") => Some(PromiseKind::PlanInstallment),
                    Some(_) => Some(PromiseKind::Promise),
                    None => None,
                };
                Promise {
                    row: promise.about.row,
                    customer: self.customer_of(&promise.about),
                    invoice: self.position(&promise.about),
                    kind,
                    promised_on: table.date(promises::PROMISED_ON, at).unwrap_or(Date::MIN),
                    due_on: table.date(promises::DUE_ON, at).unwrap_or(Date::MAX),
                    amount: promise.amount,
                    currency: promise.currency,
                    confirmed_on,
                    is_proposal: proposed_by == Some("customer") && confirmed_on.is_none(),
                    cancelled_on: tonight(promises::CANCELLED_ON),
                }
            })
            .collect();
        let id = |promise: &Promise| table.text(promises::PROMISE_ID, promise.row as usize).unwrap_or_default();
        let in_order = |a: &Promise, b: &Promise| a.due_on.cmp(&b.due_on).then_with(|| id(a).cmp(id(b)));
        self.documents.promises = ByCustomer::sorted(&promised, self.customers_count(), |promise| promise.customer, in_order);
    }

    fn contacts(&mut self, rows: &Rows<'a>) {
        let table = &self.shard.contacts;
        let made: Vec<Contact> = (rows.contacts.iter())
            .map(|contact| {
                let at = contact.row as usize;
                Contact {
                    customer: self.customer_of(contact),
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
        let in_order = |a: &Contact, b: &Contact| a.on.cmp(&b.on).then_with(|| id(a).cmp(id(b)));
        self.documents.contacts = ByCustomer::sorted(&made, self.customers_count(), |contact| contact.customer, in_order);
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

fn payment_id(shard: &Shard, row: u32) -> &[u8] {
    shard.payments.text(contract::payments::PAYMENT_ID, row as usize).unwrap_or_default()
}

fn unknown_customer(id: &[u8]) -> Finding {
    let key = String::from_utf8_lossy(id).into_owned();
    let message = format!("no accepted row of customers has the id {key}: all its attributes are missing");
    Finding { kind: "unknown_customer", table: "customers", key, message: message.into(), amount: None }
}
