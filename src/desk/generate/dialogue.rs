//! What is said and done about invoices besides paying them: disputes, deductions, promises, contacts, holds, placements, set-off.

use crate::base::contract::{agency_events, contacts, deductions, disputes, holds, payables, promises};
use crate::base::date::Date;
use crate::desk::generate::account::{Account, Invoice};
use crate::desk::generate::customer::Risk;

/// Contacts older than this are not kept.
const CONTACTS_KEPT: i32 = 60;
/// Reminders: days past due, channel, and usual outcomes.
const REMINDERS: &[(i32, &str, &[&str])] = &[
    (2, "email", &["delivered"]),
    (12, "email", &["delivered", "delivered", "returned"]),
    (20, "phone", &["answered", "answered", "no_answer", "promise", "refused"]),
    (35, "registered_letter", &["delivered", "delivered", "returned"]),
    (50, "phone", &["no_answer", "answered", "promise", "dispute"]),
];
/// Days past due after which an invoice may be with an agency.
const PLACED_AFTER: i32 = 120;

/// What a dispute means for its invoice.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conflict {
    /// Still open at `as_of`: nobody pays meanwhile.
    pub open: bool,
    /// Days by which payment is later.
    pub delay: i32,
    /// What is to be credited, minor units.
    pub credit: i64,
}

impl Account<'_> {
    /// Now and then an invoice is contested.
    pub fn dispute(&mut self, invoice: &Invoice) -> Conflict {
        let opened = invoice.due.plus_days(self.random.days(-10, 10)).max(invoice.issue);
        let length = self.random.days(8, 60);
        if !self.random.chance(22) || opened > self.as_of {
            return Conflict::default();
        }
        let closed = Some(opened.plus_days(length)).filter(|closed| *closed <= self.as_of);
        let part = self.random.chance(500).then(|| (invoice.amount * self.random.between(10, 80) / 100).max(1));
        let outcome = self.random.weighted(&[(25, "upheld"), (35, "partly_upheld"), (40, "rejected")]);
        self.write_dispute(invoice, opened, closed.map(|day| (day, outcome)), part);
        let contested = part.unwrap_or(invoice.amount);
        match (closed, outcome) {
            (None, _) => Conflict { open: true, ..Conflict::default() },
            (Some(_), "upheld") => Conflict { open: false, delay: length, credit: contested },
            (Some(_), "partly_upheld") => Conflict { open: false, delay: length, credit: (contested / 2).max(1) },
            (Some(_), _) => Conflict { open: false, delay: length, credit: 0 },
        }
    }

    fn write_dispute(&mut self, invoice: &Invoice, opened: Date, closed: Option<(Date, &str)>, part: Option<i64>) {
        let number = self.block.serial();
        let named = self.dirt.reference(invoice.number);
        let part = part.map(|part| self.thousandths(part));
        let sheet = &mut self.block.disputes;
        sheet.id(disputes::DISPUTE_ID, 'D', number);
        sheet.id(disputes::INVOICE_ID, 'I', named);
        sheet.date(disputes::OPENED_ON, opened);
        if let Some((day, outcome)) = closed {
            sheet.date(disputes::CLOSED_ON, day);
            sheet.text(disputes::OUTCOME, outcome);
        }
        if let Some(part) = part {
            sheet.money(disputes::AMOUNT, part);
        }
        sheet.text(disputes::REASON, self.random.pick(&["price", "quantity", "quality", "not_received", "paid"]));
        sheet.end_row();
    }

    /// Now and then a customer keeps something back; the amount, minor units.
    pub fn deduct(&mut self, invoice: &Invoice) -> i64 {
        let claimed = invoice.due.plus_days(self.random.days(-3, 8));
        let amount = invoice.amount * self.random.between(2, 8) / 100;
        if !self.random.chance(11) || claimed > self.as_of || amount == 0 {
            return 0;
        }
        let number = self.block.serial();
        let decided = Some(claimed.plus_days(self.random.days(10, 60))).filter(|day| *day <= self.as_of);
        let thousandths = self.thousandths(amount);
        let sheet = &mut self.block.deductions;
        sheet.id(deductions::DEDUCTION_ID, 'X', number);
        sheet.id(deductions::INVOICE_ID, 'I', invoice.number);
        sheet.date(deductions::CLAIMED_ON, claimed);
        sheet.money(deductions::AMOUNT, thousandths);
        sheet.text(deductions::KIND, self.random.pick(&["return", "promotion", "incentive", "adjustment", "discount", "other"]));
        match decided {
            Some(day) => {
                sheet.date(deductions::DECIDED_ON, day);
                sheet.text(deductions::STATUS, self.random.weighted(&[(7, "approved"), (3, "refused")]));
            }
            None => sheet.text(deductions::STATUS, "pending"),
        }
        sheet.end_row();
        amount
    }

    /// Reminders, promises and placements of an invoice that was or is late.
    pub fn remind(&mut self, invoice: &Invoice, owed: i64, settled: Option<Date>) {
        let end = settled.unwrap_or(self.as_of);
        for (after, channel, outcomes) in REMINDERS {
            let day = invoice.due.plus_days(*after);
            if day < end && self.as_of.days_since(day) <= CONTACTS_KEPT && self.random.chance(750) {
                let outcome = self.random.pick(outcomes);
                self.write_contact(invoice, day, channel, outcome);
            }
        }
        let late = end.days_since(invoice.due);
        if late > 8 && self.random.chance(70) {
            self.promise(invoice, owed, late);
        }
        if settled.is_none() && late > PLACED_AFTER && self.random.chance(150) {
            self.place(invoice, late);
        }
    }

    fn write_contact(&mut self, invoice: &Invoice, day: Date, channel: &str, outcome: &str) {
        let number = self.block.serial();
        let sheet = &mut self.block.contacts;
        sheet.id(contacts::CONTACT_ID, 'T', number);
        sheet.id(contacts::CUSTOMER_ID, 'C', self.customer.number);
        sheet.id(contacts::INVOICE_ID, 'I', invoice.number);
        sheet.date(contacts::CONTACTED_ON, day);
        sheet.text(contacts::CHANNEL, channel);
        sheet.text(contacts::DIRECTION, if self.random.chance(930) { "out" } else { "in" });
        sheet.text(contacts::OUTCOME, outcome);
        sheet.end_row();
    }

    /// A promise, an extension, or a plan of three monthly amounts.
    fn promise(&mut self, invoice: &Invoice, owed: i64, late: i32) {
        let promised = invoice.due.plus_days(self.random.days(5, late));
        let first_due = promised.plus_days(self.random.days(5, 20));
        let kind = match self.customer.risk {
            Risk::Bad | Risk::Erratic if owed > 100 && self.random.chance(250) => "plan_installment",
            _ => self.random.weighted(&[(85, "promise"), (15, "extension")]),
        };
        let parts = if kind == "plan_installment" { 3 } else { 1 };
        let plan = self.block.serial();
        for part in 0..parts {
            let amount = if part == 0 { owed - owed / parts * (parts - 1) } else { owed / parts };
            let number = self.block.serial();
            let thousandths = self.thousandths(amount);
            let thousandths = self.dirt.positive(thousandths);
            let sheet = &mut self.block.promises;
            sheet.id(promises::PROMISE_ID, 'R', number);
            sheet.id(promises::CUSTOMER_ID, 'C', self.customer.number);
            sheet.id(promises::INVOICE_ID, 'I', invoice.number);
            sheet.text(promises::KIND, kind);
            if parts > 1 {
                sheet.id(promises::PLAN_ID, 'L', plan);
            }
            sheet.date(promises::PROMISED_ON, promised);
            sheet.date(promises::DUE_ON, first_due.plus_months(i32::try_from(part).unwrap_or(0)));
            sheet.money(promises::AMOUNT, thousandths);
            sheet.text(promises::CURRENCY, self.customer.currency.code());
            if self.random.chance(40) && first_due <= self.as_of {
                sheet.date(promises::CANCELLED_ON, first_due);
            }
            sheet.end_row();
        }
    }

    fn place(&mut self, invoice: &Invoice, late: i32) {
        let accepted = invoice.due.plus_days(self.random.days(PLACED_AFTER - 20, late));
        self.write_agency_event(invoice, accepted, "accepted");
        let returned = accepted.plus_days(self.random.days(60, 180));
        if returned <= self.as_of {
            self.write_agency_event(invoice, returned, "returned");
        }
    }

    fn write_agency_event(&mut self, invoice: &Invoice, day: Date, kind: &str) {
        let number = self.block.serial();
        let sheet = &mut self.block.agency_events;
        sheet.id(agency_events::EVENT_ID, 'E', number);
        sheet.text(agency_events::AGENCY_ID, "agency-1");
        sheet.id(agency_events::INVOICE_ID, 'I', invoice.number);
        sheet.date(agency_events::EVENT_ON, day);
        sheet.text(agency_events::KIND, kind);
        sheet.end_row();
    }

    /// What concerns the customer as a whole: a hold a person set, a debt we have with them.
    pub fn account_events(&mut self) {
        if self.random.chance(8) {
            self.hold();
        }
        if self.random.chance(10) {
            let number = self.block.serial();
            let owed = self.thousandths(self.customer.scale / 3 + 1);
            let due = self.as_of.plus_days(self.random.days(-30, 30));
            let sheet = &mut self.block.payables;
            sheet.id(payables::PAYABLE_ID, 'Y', number);
            sheet.id(payables::CUSTOMER_ID, 'C', self.customer.number);
            sheet.date(payables::DUE_DATE, due);
            sheet.money(payables::AMOUNT, owed);
            sheet.text(payables::CURRENCY, self.customer.currency.code());
            sheet.end_row();
        }
    }

    fn hold(&mut self) {
        let number = self.block.serial();
        let from = self.as_of.plus_days(-self.random.days(1, 90));
        let until = self.random.chance(700).then(|| from.plus_days(self.random.days(10, 120)));
        let sheet = &mut self.block.holds;
        sheet.id(holds::HOLD_ID, 'H', number);
        sheet.id(holds::CUSTOMER_ID, 'C', self.customer.number);
        sheet.date(holds::FROM_DATE, from);
        if let Some(until) = until {
            sheet.date(holds::UNTIL_DATE, until);
        }
        sheet.text(holds::STOPS, self.random.pick(&["contact", "penalties", "escalation", "agency"]));
        sheet.text(holds::REASON, self.random.pick(&["key contract under negotiation", "complaint with management", "wrong address"]));
        sheet.text(holds::AUTHOR, "sales");
        sheet.end_row();
    }
}
