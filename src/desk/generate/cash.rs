//! How invoices are paid: at once or in parts, twice by mistake, by debit, one by one or many at a time, with a reference or without.

use crate::base::contract::payments;
use crate::base::date::Date;
use crate::desk::generate::account::{Account, Invoice};
use crate::desk::generate::customer::References;

/// Invoices in a thousand that are agreed to be paid in instalments.
const IN_INSTALLMENTS: u64 = 7;
/// Days before its due date from which a debit is on its way.
const DEBIT_ANNOUNCED: i32 = 10;
/// Day of the month on which a customer with one payment a month pays.
const BATCH_DAY: i32 = 25;

/// A row of `payments`, before it is written.
#[derive(Debug, Clone)]
pub struct PaymentRow {
    pub number: Option<u64>,
    pub customer: Option<u64>,
    pub invoice: Option<u64>,
    pub date: Option<Date>,
    /// Thousandths of a whole unit.
    pub amount: i64,
    pub currency: &'static str,
    pub method: &'static str,
    pub status: &'static str,
    /// Kind and day of a rejection or reversal.
    pub rejected: Option<(&'static str, Date)>,
}

/// How an invoice is paid that is not debited.
#[derive(Debug, Clone, Copy)]
enum Manner {
    Whole,
    InParts,
    Twice,
    BouncedCheque,
}

impl Account<'_> {
    /// Pays an invoice, `delay` days later than this customer would; the day it was settled, `None` while something is open at `as_of`.
    pub fn settle(&mut self, invoice: &Invoice, owed: i64, delay: i32) -> Option<Date> {
        if self.customer.direct_debit {
            return self.debit(invoice, owed);
        }
        let day = invoice.due.plus_days(self.customer.risk.lateness(self.random)? + delay).max(invoice.issue);
        if owed == invoice.amount && owed > 100 && self.random.chance(IN_INSTALLMENTS) {
            return self.pay_installments(invoice, day);
        }
        match self.random.weighted(&[(882, Manner::Whole), (110, Manner::InParts), (4, Manner::Twice), (4, Manner::BouncedCheque)]) {
            Manner::Whole => self.pay(invoice, day, owed),
            Manner::InParts => self.pay_in_parts(invoice, day, owed),
            Manner::Twice => self.pay_twice(invoice, day, owed),
            Manner::BouncedCheque => self.pay_after_bounce(invoice, day, owed),
        }
    }

    /// Pays an amount on a day, or with the next batch; `None` where that day has not come, or never will.
    fn pay(&mut self, invoice: &Invoice, day: Date, amount: i64) -> Option<Date> {
        let day = if self.customer.references == References::Batched { next_batch_day(day) } else { day };
        if day > self.as_of || self.customer.insolvent_on.is_some_and(|insolvent| day >= insolvent) {
            return None;
        }
        if self.customer.references == References::Batched {
            self.batch.push((day, amount));
        } else {
            let row = self.receipt(invoice, day, amount);
            self.write_payment(row);
        }
        Some(day)
    }

    fn pay_installments(&mut self, invoice: &Invoice, day: Date) -> Option<Date> {
        let late = day.days_since(invoice.due);
        let plan = self.installments(invoice);
        let paid: Vec<Option<Date>> = plan.iter().map(|(due, amount)| self.pay(invoice, due.plus_days(late), *amount)).collect();
        paid.into_iter().collect::<Option<Vec<Date>>>()?.last().copied()
    }

    fn pay_in_parts(&mut self, invoice: &Invoice, day: Date, owed: i64) -> Option<Date> {
        let first = owed * self.random.between(30, 70) / 100;
        let wait = self.random.days(15, 60);
        let never = self.random.chance(80);
        self.pay(invoice, day, first.max(1))?;
        if never { None } else { self.pay(invoice, day.plus_days(wait), owed - first.max(1)) }
    }

    /// The second payment mostly comes back as a refund.
    fn pay_twice(&mut self, invoice: &Invoice, day: Date, owed: i64) -> Option<Date> {
        let settled = self.pay(invoice, day, owed)?;
        let refund_day = day.plus_days(self.random.days(10, 45));
        if self.pay(invoice, day.plus_days(3), owed).is_some() && refund_day <= self.as_of && self.random.chance(700) {
            let mut row = self.receipt(invoice, refund_day, -owed);
            row.invoice = row.invoice.filter(|_| self.random.chance(500));
            row.customer = Some(self.customer.number);
            self.write_payment(row);
        }
        Some(settled)
    }

    fn pay_after_bounce(&mut self, invoice: &Invoice, day: Date, owed: i64) -> Option<Date> {
        let bounced = day.plus_days(self.random.days(3, 8));
        if bounced <= self.as_of {
            let mut row = self.receipt(invoice, day, owed);
            (row.method, row.status, row.rejected) = ("cheque", "reversed", Some(("non_technical", bounced)));
            self.write_payment(row);
        }
        self.pay(invoice, bounced.plus_days(12), owed)
    }

    /// A direct debit on the due date: announced before it, now and then sent back and then paid otherwise.
    fn debit(&mut self, invoice: &Invoice, owed: i64) -> Option<Date> {
        if self.customer.insolvent_on.is_some_and(|insolvent| invoice.due >= insolvent) {
            return None;
        }
        let mut row = self.receipt(invoice, invoice.due, owed);
        (row.method, row.customer, row.invoice) = ("direct_debit", Some(self.customer.number), Some(invoice.number));
        if invoice.due > self.as_of {
            row.status = "pending";
            if invoice.due.days_since(self.as_of) <= DEBIT_ANNOUNCED {
                self.write_payment(row);
            }
            return None;
        }
        if !self.random.chance(40) {
            self.write_payment(row);
            return Some(invoice.due);
        }
        let kind = self.random.weighted(&[(6, "technical"), (4, "non_technical")]);
        let rejected_on = invoice.due.plus_days(self.random.days(1, 5));
        (row.status, row.rejected) = ("rejected", Some((kind, rejected_on)));
        if rejected_on <= self.as_of {
            self.write_payment(row);
        }
        let paid_after = self.random.days(8, 70);
        self.pay(invoice, rejected_on.plus_days(paid_after), owed)
    }

    /// Writes the gathered payments: one a day, for whatever was due by then.
    pub fn pay_batch(&mut self) {
        let mut batch = std::mem::take(&mut self.batch);
        batch.sort_unstable();
        for day in batch.chunk_by(|one, other| one.0 == other.0) {
            let total = day.iter().map(|(_, amount)| amount).sum();
            let nothing = Invoice { number: 0, issue: day[0].0, due: day[0].0, amount: 0 };
            let mut row = self.receipt(&nothing, day[0].0, total);
            (row.invoice, row.customer) = (None, Some(self.customer.number));
            self.write_payment(row);
        }
    }

    /// A settled receipt for an invoice, as this customer refers to it.
    fn receipt(&mut self, invoice: &Invoice, day: Date, amount: i64) -> PaymentRow {
        let named = self.customer.references == References::Named;
        let unnamed_customer = named && self.random.chance(50);
        PaymentRow {
            number: Some(self.block.serial()),
            customer: (!unnamed_customer).then_some(self.customer.number),
            invoice: named.then_some(invoice.number),
            date: Some(day),
            amount: self.thousandths(amount),
            currency: self.customer.currency.code(),
            method: self.random.weighted(&[(80, "transfer"), (10, "card"), (8, "cheque"), (2, "cash")]),
            status: if self.random.chance(900) { "settled" } else { "" },
            rejected: None,
        }
    }

    fn write_payment(&mut self, mut row: PaymentRow) {
        let repeat = self.dirt.payment(&mut row, self.as_of);
        let sheet = &mut self.block.payments;
        if let Some(number) = row.number {
            sheet.id(payments::PAYMENT_ID, 'P', number);
        }
        if let Some(customer) = row.customer {
            sheet.id(payments::CUSTOMER_ID, 'C', customer);
        }
        if let Some(invoice) = row.invoice {
            sheet.id(payments::INVOICE_ID, 'I', invoice);
        }
        if let Some(date) = row.date {
            sheet.date(payments::PAYMENT_DATE, date);
        }
        sheet.money(payments::AMOUNT, row.amount);
        sheet.text(payments::CURRENCY, row.currency);
        sheet.text(payments::METHOD, row.method);
        sheet.text(payments::STATUS, row.status);
        if let Some((kind, day)) = row.rejected {
            sheet.text(payments::REJECTION_KIND, kind);
            sheet.date(payments::REJECTED_ON, day);
        }
        sheet.end_row();
        if repeat {
            sheet.repeat_row();
        }
    }
}

fn next_batch_day(day: Date) -> Date {
    let this_month = day.first_of_month().plus_days(BATCH_DAY - 1);
    if day <= this_month { this_month } else { this_month.plus_months(1) }
}
